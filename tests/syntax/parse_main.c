/* parse [--dump] [--error-format text|short|json] [-] FILE…: parses each file, prints what is wrong, exit 1 on errors. With `-` the
 * names of files are read from standard input, one a line, and one line `NAME: N errors` is printed for each: many files in
 * one process, for mutations. */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "diag/diag.h"
#include "tree/ast.h"

struct options {
    bool dump, quiet;
    enum diag_format format;
};

static bool parse_file(const char *path, const struct options *options)
{
    struct arena *arena = arena_new();
    struct unit unit = {.arena = arena};
    struct diags diags;
    diags_init(&diags, arena, &unit.sources);
    unit.diags = &diags;
    const char *error = NULL;
    const struct source *source = source_read(&unit.sources, arena, path, &error);
    bool good = false;
    if (!source) {
        fprintf(stderr, "%s: %s\n", path, error);
    } else {
        ast_parse(&unit, source);
        good = diags.errors == 0;
        FILE *sink = options->quiet ? fopen("/dev/null", "w") : stderr;
        if (sink)
            diag_print(&diags, sink, options->format, false);
        if (options->quiet && sink)
            fclose(sink);
        struct text text = {0};
        if (options->dump || options->quiet)
            ast_dump(&unit, &text);
        if (options->dump && text.p)
            fputs(text.p, stdout);
        text_free(&text);
        if (options->quiet)
            printf("%s: %u errors\n", path, diags.errors);
    }
    arena_free(arena);
    return good;
}

static void parse_listed(struct options *options)
{
    char line[4096];
    options->quiet = true;
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = '\0';
        parse_file(line, options);
        fflush(stdout);
    }
}

int main(int argc, char **argv)
{
    struct options options = {.format = DIAG_TEXT};
    bool good = true;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--dump") == 0)
            options.dump = true;
        else if (strcmp(argv[i], "--error-format") == 0 && i + 1 < argc)
            options.format = argv[++i][0] == 's' ? DIAG_SHORT : argv[i][0] == 'j' ? DIAG_JSON : DIAG_TEXT;
        else if (strcmp(argv[i], "-") == 0)
            parse_listed(&options);
        else
            good = parse_file(argv[i], &options) && good;
    }
    return good ? 0 : 1;
}
