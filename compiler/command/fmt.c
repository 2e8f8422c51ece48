/* swarmc fmt FILE… [--check]; `-` is the standard input, written to the standard output. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "command.h"
#include "driver.h"
#include "format/fmt.h"
#include "tree/ast.h"

enum { LARGEST = 16 * 1024 * 1024 };

static int worse(int a, int b)
{
    return a > b ? a : b;
}

static const struct source *read_input(struct unit *unit, const char *why[1])
{
    struct text text = {0};
    const struct source *source = NULL;
    char piece[16384];
    size_t n;

    while (text.n <= LARGEST && (n = fread(piece, 1, sizeof piece, stdin)) > 0)
        text_add(&text, piece, n);
    if (ferror(stdin))
        *why = strerror(errno);
    else if (text.n > LARGEST)
        *why = "larger than 16 MB";
    else
        source = source_add(&unit->sources, unit->arena, "<input>", text.p ? text.p : "", text.n);
    text_free(&text);
    return source;
}

/* Symbolic links are followed, so that the file they name is written and the link stays. */
static int write_back(const char *path, const struct text *out)
{
    struct stat info;
    char *real = realpath(path, NULL);
    int code = EXIT_USAGE;

    if (!real || stat(real, &info) != 0)
        fprintf(stderr, "swarmc fmt: %s: %s\n", path, strerror(errno));
    else
        code = write_file(real, out->p ? out->p : "", out->n, info.st_mode & 07777) ? EXIT_FINE : EXIT_USAGE;
    free(real);
    return code;
}

static int format_source(const struct source *source, bool input, bool check)
{
    struct text out = {0};
    int code = EXIT_FINE;

    if (!fmt_source(source, &out)) {
        fprintf(stderr,
                "swarmc fmt: %s: the result would mean something else; this is a bug of swarmc, nothing was written\n",
                source->path);
        code = EXIT_INTERNAL;
    } else if (check && (out.n != source->n || memcmp(out.p ? out.p : "", source->text, out.n) != 0)) {
        printf("%s\n", source->path);
        code = EXIT_DIAGNOSTICS;
    } else if (input && !check) {
        code = fwrite(out.p ? out.p : "", 1, out.n, stdout) == out.n && fflush(stdout) == 0 ? EXIT_FINE : EXIT_USAGE;
    } else if (!check && (out.n != source->n || memcmp(out.p ? out.p : "", source->text, out.n) != 0)) {
        code = write_back(source->path, &out);
    }
    text_free(&out);
    return code;
}

static int format_file(const char *path, bool check)
{
    struct unit unit = {.arena = arena_new()};
    struct diags diags;
    const char *why = "cannot be read";
    bool input = strcmp(path, "-") == 0;
    const struct source *source;
    int code;

    unit.diags = &diags;
    diags_init(&diags, unit.arena, &unit.sources);
    source = input ? read_input(&unit, &why) : source_read(&unit.sources, unit.arena, path, &why);
    if (!source) {
        fprintf(stderr, "swarmc fmt: %s: %s\n", input ? "the standard input" : path, why);
        code = EXIT_USAGE;
    } else {
        ast_parse(&unit, source);
        if (diags.errors) {
            diag_print(&diags, stderr, DIAG_TEXT, false);
            code = EXIT_DIAGNOSTICS;
        } else {
            code = format_source(source, input, check);
        }
    }
    arena_free(unit.arena);
    return code;
}

int command_fmt(int argc, char **argv)
{
    static const char *const options[] = {"--check", "--help", NULL};
    bool check = false, only_files = false;
    int files = 0, code = EXIT_FINE;

    for (int i = 1; i < argc; i++) {
        if (only_files || argv[i][0] != '-' || !argv[i][1])
            files++;
        else if (strcmp(argv[i], "--") == 0)
            only_files = true;
        else if (strcmp(argv[i], "--check") == 0)
            check = true;
        else
            return command_unknown("fmt", argv[i], options);
    }
    if (!files)
        return command_usage("fmt", "which files?");
    only_files = false;
    temporary_catch_signals();
    for (int i = 1; i < argc; i++) {
        if (!only_files && strcmp(argv[i], "--") == 0)
            only_files = true;
        else if (only_files || strcmp(argv[i], "--check") != 0)
            code = worse(code, format_file(argv[i], check));
    }
    return code;
}
