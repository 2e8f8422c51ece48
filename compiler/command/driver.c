#include "driver.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "check/engine.h"
#include "command.h"
#include "complete.h"
#include "emit/emit.h"

static bool colours(void)
{
    const char *no = getenv("NO_COLOR"), *terminal = getenv("TERM");

    return isatty(STDERR_FILENO) && !(no && *no) && !(terminal && strcmp(terminal, "dumb") == 0);
}

/* The scenario's name without its folder and .swarm. */
static const char *default_output(struct arena *arena, const char *input)
{
    const char *slash = strrchr(input, '/');
    const char *name = slash ? slash + 1 : input;
    size_t n = strlen(name);

    if (n > 6 && strcmp(name + n - 6, ".swarm") == 0) {
        return arena_copy(arena, name, n - 6);
    }
    return arena_format(arena, "%s.out", name);
}

/* Nothing that is no program of an earlier compilation is overwritten: not the scenario, no folder, no
 * device. */
static bool output_allowed(const char *input, const char *output)
{
    struct stat in, out;

    if (!*output) {
        fputs("swarmc: the name of the output is empty\n", stderr);
        return false;
    }
    if (stat(output, &out) != 0) {
        return true;
    }
    if (S_ISDIR(out.st_mode)) {
        fprintf(stderr, "swarmc: %s is a folder; name the program with -o\n", output);
        return false;
    }
    if (!S_ISREG(out.st_mode)) {
        fprintf(stderr, "swarmc: %s is no ordinary file; name the program with -o\n", output);
        return false;
    }
    if (stat(input, &in) == 0 && in.st_dev == out.st_dev && in.st_ino == out.st_ino) {
        fprintf(stderr, "swarmc: %s is the scenario itself; name the program with -o\n", output);
        return false;
    }
    size_t n = strlen(output);
    if (n > 6 && strcmp(output + n - 6, ".swarm") == 0) {
        fprintf(stderr, "swarmc: %s is a scenario; name the program with -o\n", output);
        return false;
    }
    return true;
}

static int print_diagnostics(const struct unit *unit, const struct opts *opts, int code)
{
    if (unit->diags->errors || unit->diags->warnings || opts->format == DIAG_JSON) {
        diag_print(unit->diags, stderr, opts->format, colours());
    }
    return code;
}

static int write_c(const struct unit *unit, const struct opts *opts, const struct text *c)
{
    (void)unit;
    if (opts->output && strcmp(opts->output, "-") != 0) {
        if (!output_allowed(opts->input, opts->output)) {
            return EXIT_USAGE;
        }
        return write_file(opts->output, c->p, c->n, 0644) ? EXIT_FINE : EXIT_USAGE;
    }
    if (fwrite(c->p, 1, c->n, stdout) != c->n || fflush(stdout) != 0) {
        fprintf(stderr, "swarmc: cannot write the generated C: %s\n", strerror(errno));
        return EXIT_USAGE;
    }
    return EXIT_FINE;
}

/* Name of the C file in #line directives: the same wherever the temporary file is. */
static const char *c_name(struct unit *unit, const struct opts *opts, const char *output)
{
    bool kept = opts->mode == MODE_COMPILE && opts->keep_c;
    bool named = opts->mode == MODE_EMIT_C && opts->output && strcmp(opts->output, "-") != 0;
    const char *of = kept || named ? output : opts->input;
    const char *slash = strrchr(of, '/');
    struct text quoted = {0};

    for (const char *p = slash ? slash + 1 : of; *p; p++) {
        if (*p == '"' || *p == '\\') {
            text_add(&quoted, "\\", 1);
        }
        text_add(&quoted, (unsigned char)*p < 0x20 ? "?" : p, 1);
    }
    const char *name = arena_format(unit->arena, named ? "%s" : "%s.c", quoted.p ? quoted.p : "scenario");
    text_free(&quoted);
    return name;
}

static int generate(struct unit *unit, const struct opts *opts)
{
    struct text c = {0};
    int code;
    const char *output = opts->output ? opts->output : default_output(unit->arena, opts->input);

    if (unit->info->kind_count == 0) {
        fprintf(stderr,
                "swarmc: %s has no user, so there is nothing to run; a program needs at least one: "
                "user Visitor { task look { get \"/\" } }\n",
                opts->input);
        return EXIT_DIAGNOSTICS;
    }
    if (opts->mode == MODE_COMPILE && !output_allowed(opts->input, output)) {
        return EXIT_USAGE;
    }
    emit_program(unit, c_name(unit, opts, output), EMIT_EMBED, &c);
    if (opts->mode == MODE_EMIT_C) {
        code = write_c(unit, opts, &c);
    } else {
        code = EXIT_FINE;
        if (opts->keep_c && !write_file(arena_format(unit->arena, "%s.c", output), c.p, c.n, 0644)) {
            code = EXIT_USAGE;
        }
        if (code == EXIT_FINE) {
            code = toolchain_compile(opts, unit, output, c.p, c.n);
        }
    }
    text_free(&c);
    return code;
}

static int dump(const struct unit *unit)
{
    struct text out = {0};

    ast_dump(unit, &out);
    fwrite(out.p ? out.p : "", 1, out.n, stdout);
    text_free(&out);
    return fflush(stdout) == 0 ? EXIT_FINE : EXIT_USAGE;
}

static int explain_memory(struct unit *unit)
{
    struct text out = {0};

    emit_explain_memory(unit, &out);
    fwrite(out.p ? out.p : "", 1, out.n, stdout);
    text_free(&out);
    return fflush(stdout) == 0 ? EXIT_FINE : EXIT_USAGE;
}

static int after_check(struct unit *unit, const struct opts *opts)
{
    switch (opts->mode) {
    case MODE_CHECK:
        return EXIT_FINE;
    case MODE_EXPLAIN:
        explain_decisions(unit);
        return EXIT_FINE;
    case MODE_EXPLAIN_MEMORY:
        return explain_memory(unit);
    default:
        return generate(unit, opts);
    }
}

static int compile(struct unit *unit, const struct opts *opts)
{
    const char *why = NULL;
    const struct source *source = source_read(&unit->sources, unit->arena, opts->input, &why);

    if (!source) {
        fprintf(stderr, "swarmc: %s: %s\n", opts->input, why);
        return EXIT_USAGE;
    }
    unit->diags->deny_warnings = opts->deny_warnings;
    ast_parse(unit, source);
    if (unit->diags->errors) {
        return print_diagnostics(unit, opts, EXIT_DIAGNOSTICS);
    }
    if (opts->mode == MODE_DUMP_AST) {
        print_diagnostics(unit, opts, EXIT_FINE);
        return dump(unit);
    }
    unit->whole = opts->whole;
    unit->engine = opts->whole ? WANTED_NATIVE : opts->engine;
    bool sound = check_unit(unit) && engine_check(unit);
    bool denied = opts->deny_warnings && unit->diags->warnings;
    print_diagnostics(unit, opts, EXIT_FINE);
    if (!sound || unit->diags->errors || denied) {
        return EXIT_DIAGNOSTICS;
    }
    return after_check(unit, opts);
}

static int with_unit(const struct opts *opts)
{
    struct unit unit = {.arena = arena_new()};
    struct diags diags;

    unit.diags = &diags;
    diags_init(&diags, unit.arena, &unit.sources);
    int code = compile(&unit, opts);
    arena_free(unit.arena);
    return code;
}

/* What of stdin, stdout and stderr is closed gets /dev/null, so that no file of ours takes its number. */
static void fill_standard_streams(void)
{
    int fd;

    do {
        fd = open("/dev/null", O_RDWR);
    } while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0) {
        close(fd);
    }
}

int driver_main(int argc, char **argv)
{
    struct opts opts;
    int code;

    fill_standard_streams();
    if (command_main(argc, argv, &code)) {
        return code;
    }
    if (!opts_read(&opts, argc, argv)) {
        return EXIT_USAGE;
    }
    switch (opts.mode) {
    case MODE_HELP:
        opts_help();
        return fflush(stdout) == 0 ? EXIT_FINE : EXIT_USAGE;
    case MODE_COMPLETION:
        if (!complete_write(stdout, opts.shell)) {
            fprintf(stderr, "swarmc: --completion is bash, zsh or fish, not %s\n", opts.shell);
            return EXIT_USAGE;
        }
        return fflush(stdout) == 0 ? EXIT_FINE : EXIT_USAGE;
    case MODE_VERSION:
        printf("swarmc %s\n", SWARM_VERSION);
        return fflush(stdout) == 0 ? EXIT_FINE : EXIT_USAGE;
    case MODE_EXPLAIN:
        if (access(opts.explain, F_OK) != 0) {
            return explain_code(opts.explain) ? EXIT_FINE : EXIT_USAGE;
        }
        opts.input = opts.explain;
        break;
    default:
        break;
    }
    temporary_catch_signals();
    return with_unit(&opts);
}
