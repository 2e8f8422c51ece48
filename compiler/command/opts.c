#include "opts.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "check/engine.h"
#include "command.h"

enum option_id {
    OPTION_OUTPUT,
    OPTION_CHECK,
    OPTION_EMIT_C,
    OPTION_KEEP_C,
    OPTION_DUMP_AST,
    OPTION_EXPLAIN,
    OPTION_EXPLAIN_MEMORY,
    OPTION_O0,
    OPTION_O1,
    OPTION_O2,
    OPTION_DEBUG,
    OPTION_CC,
    OPTION_ENGINE,
    OPTION_STATIC,
    OPTION_FORMAT,
    OPTION_DENY,
    OPTION_COMPLETION,
    OPTION_VERSION,
    OPTION_HELP,
};

struct option {
    enum option_id id;
    const char *name;       /* --check */
    const char *short_name; /* -o, or NULL */
    const char *argument;   /* FILE, or NULL */
    const char *help;
};

static const struct option table[] = {
    {OPTION_OUTPUT, "--output", "-o", "FILE", "name of the program (default: the scenario's name without .swarm)"},
    {OPTION_CHECK, "--check", NULL, NULL, "look for mistakes, make nothing"},
    {OPTION_EMIT_C, "--emit-c", NULL, NULL, "write the generated C to the standard output, or to -o FILE"},
    {OPTION_KEEP_C, "--keep-c", NULL, NULL, "keep the generated C beside the program as FILE.c"},
    {OPTION_DUMP_AST, "--dump-ast", NULL, NULL, "print the tree of the scenario"},
    {OPTION_EXPLAIN, "--explain", NULL, "CODE|FILE", "tell more about a diagnostic; what was decided about a scenario"},
    {OPTION_EXPLAIN_MEMORY, "--explain-memory", NULL, NULL, "print the memory a user of each kind takes"},
    {OPTION_O0, "-O0", NULL, NULL, "compile as fast as possible"},
    {OPTION_O1, "-O1", NULL, NULL, "the default, but for scenarios of a hundred tasks and more (-O0)"},
    {OPTION_O2, "-O2", NULL, NULL, "make the program as fast as possible"},
    {OPTION_DEBUG, "-g", NULL, NULL, "for a debugger, which then steps through the scenario"},
    {OPTION_CC, "--cc", NULL, "CC", "the C compiler (default: $CC, else cc)"},
    {OPTION_ENGINE, "--http-engine", NULL, "ENGINE",
     "native or curl: who carries the requests of every user (default: see --explain)"},
    {OPTION_STATIC, "--static", NULL, NULL, "make one file that needs no library where it runs (native engine only)"},
    {OPTION_FORMAT, "--error-format", NULL, "FORMAT", "how mistakes are shown: text, short or json"},
    {OPTION_DENY, "--deny-warnings", NULL, NULL, "treat warnings as errors"},
    {OPTION_COMPLETION, "--completion", NULL, "SHELL", "print what bash, zsh or fish needs to complete this command"},
    {OPTION_VERSION, "--version", "-V", NULL, "print the version"},
    {OPTION_HELP, "--help", "-h", NULL, "print this"},
};
enum { OPTION_COUNT = sizeof table / sizeof *table };

void opts_help(void)
{
    printf("usage: swarmc [options] FILE.swarm\n       swarmc COMMAND …\n\n"
           "Compiles a scenario into the program that runs it: swarmc shop.swarm -o shop && ./shop --users "
           "100\n\n");
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        char left[48];
        const struct option *option = &table[i];
        snprintf(left, sizeof left, "%s%s%s%s%s", option->short_name ? option->short_name : "",
                 option->short_name ? ", " : "", option->name, option->argument ? " " : "",
                 option->argument ? option->argument : "");
        printf("  %-24s %s\n", left, option->help);
    }
    command_help();
    printf("\nExit code: 0 all is well, 1 mistakes in the scenario, 2 wrong usage or a file that cannot be "
           "used,\n"
           "3 something the compilation needs is not installed.\n"
           "Environment: CC, TMPDIR, NO_COLOR, SWARM_HOME (where the library and headers of Swarm are),\n"
           "SWARMC_HTTP_ENGINE (native or curl, for users that ask for neither).\n");
}

bool opts_at(size_t i, struct opts_entry *entry)
{
    if (i >= OPTION_COUNT) {
        return false;
    }
    *entry = (struct opts_entry){table[i].name, table[i].short_name, table[i].argument, table[i].help};
    return true;
}

/* The option an argument names; *value is what stands behind `=` or in the same word (-oFILE), else NULL. */
static const struct option *find(const char *argument, const char **value)
{
    *value = NULL;
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option *option = &table[i];
        size_t n = strlen(option->name);
        if (strcmp(argument, option->name) == 0 || (option->short_name && strcmp(argument, option->short_name) == 0)) {
            return option;
        }
        if (option->argument && strncmp(argument, option->name, n) == 0 && argument[n] == '=') {
            *value = argument + n + 1;
            return option;
        }
        if (option->argument && option->short_name && argument[1] != '-' &&
            strncmp(argument, option->short_name, 2) == 0) {
            *value = argument + 2;
            return option;
        }
    }
    return NULL;
}

static bool usage(const char *format, ...) __attribute__((format(printf, 1, 2)));
static bool usage(const char *format, ...)
{
    va_list args;

    fputs("swarmc: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputs("\nTry `swarmc --help`.\n", stderr);
    return false;
}

static bool unknown(const char *argument)
{
    struct near near;

    near_begin(&near, argument);
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        near_offer(&near, table[i].name);
    }
    if (near.best) {
        return usage("there is no option %s; did you mean %s?", argument, near.best);
    }
    return usage("there is no option %s", argument);
}

static bool set_mode(struct opts *opts, enum mode mode, const char *name)
{
    if (opts->mode == MODE_HELP || opts->mode == MODE_VERSION) {
        return true;
    }
    if (opts->mode != MODE_COMPILE && opts->mode != mode && mode != MODE_HELP && mode != MODE_VERSION) {
        return usage("%s does not go with the other options given", name);
    }
    opts->mode = mode;
    return true;
}

static bool set_format(struct opts *opts, const char *value)
{
    static const char *const names[] = {[DIAG_TEXT] = "text", [DIAG_SHORT] = "short", [DIAG_JSON] = "json"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(value, names[i]) == 0) {
            opts->format = (enum diag_format)i;
            return true;
        }
    }
    return usage("--error-format is text, short or json, not %s", value);
}

static bool set(struct opts *opts, const struct option *option, const char *value)
{
    switch (option->id) {
    case OPTION_OUTPUT:
        opts->output = value;
        return true;
    case OPTION_CHECK:
        return set_mode(opts, MODE_CHECK, option->name);
    case OPTION_EMIT_C:
        return set_mode(opts, MODE_EMIT_C, option->name);
    case OPTION_DUMP_AST:
        return set_mode(opts, MODE_DUMP_AST, option->name);
    case OPTION_EXPLAIN_MEMORY:
        return set_mode(opts, MODE_EXPLAIN_MEMORY, option->name);
    case OPTION_EXPLAIN:
        opts->explain = value;
        return set_mode(opts, MODE_EXPLAIN, option->name);
    case OPTION_COMPLETION:
        opts->shell = value;
        return set_mode(opts, MODE_COMPLETION, option->name);
    case OPTION_VERSION:
        return set_mode(opts, MODE_VERSION, option->name);
    case OPTION_HELP:
        return set_mode(opts, MODE_HELP, option->name);
    case OPTION_KEEP_C:
        opts->keep_c = true;
        return true;
    case OPTION_O0:
    case OPTION_O1:
    case OPTION_O2:
        opts->level = option->name[2];
        return true;
    case OPTION_DEBUG:
        opts->debug = true;
        return true;
    case OPTION_CC:
        opts->cc = value;
        return true;
    case OPTION_ENGINE:
        return engine_wanted_read(value, &opts->engine) || usage("--http-engine is native or curl, not %s", value);
    case OPTION_STATIC:
        opts->whole = true;
        return true;
    case OPTION_FORMAT:
        return set_format(opts, value);
    case OPTION_DENY:
        opts->deny_warnings = true;
        return true;
    }
    return true;
}

bool opts_read(struct opts *opts, int argc, char **argv)
{
    bool only_files = false;

    *opts = (struct opts){0};
    for (int i = 1; i < argc; i++) {
        const char *argument = argv[i], *value;
        if (!only_files && strcmp(argument, "--") == 0) {
            only_files = true;
            continue;
        }
        if (only_files || argument[0] != '-' || !argument[1]) {
            if (opts->input) {
                return usage("one scenario at a time: %s and %s were given", opts->input, argument);
            }
            opts->input = argument;
            continue;
        }
        const struct option *option = find(argument, &value);
        if (!option) {
            return unknown(argument);
        }
        if (option->argument && !value) {
            value = i + 1 < argc ? argv[++i] : NULL;
        }
        if (option->argument && (!value || !*value)) {
            return usage("%s needs a value (%s)", argument, option->argument);
        }
        if (!set(opts, option, value)) {
            return false;
        }
    }
    if (opts->whole && opts->engine == WANTED_CURL) {
        return usage("--static and --http-engine curl do not go together: a static program has no libcurl");
    }
    if (!opts->input && opts->mode != MODE_EXPLAIN && opts->mode != MODE_COMPLETION && opts->mode != MODE_VERSION &&
        opts->mode != MODE_HELP) {
        return usage("which scenario? `swarmc FILE.swarm -o PROGRAM`");
    }
    return true;
}
