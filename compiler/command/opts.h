/* The command line of swarmc. One table (opts.c) holds every option; the help text is made from it. */
#ifndef SWARMC_OPTS_H
#define SWARMC_OPTS_H

#include <stdbool.h>
#include <stddef.h>

#include "diag/diag.h"
#include "tree/ast.h"

enum exit_code {
    EXIT_FINE = 0,
    EXIT_DIAGNOSTICS = 1,
    EXIT_USAGE = 2,
    EXIT_TOOLS = 3,     /* no C compiler, library or header */
    EXIT_INTERNAL = 70, /* a bug of swarmc; EX_SOFTWARE of sysexits.h */
};

enum mode {
    MODE_COMPILE,
    MODE_CHECK,
    MODE_EMIT_C,
    MODE_DUMP_AST,
    MODE_EXPLAIN_MEMORY,
    MODE_EXPLAIN, /* a code or a file */
    MODE_COMPLETION,
    MODE_VERSION,
    MODE_HELP,
};

struct opts {
    enum mode mode;
    const char *input, *output; /* output NULL: not given */
    const char *explain;
    const char *shell; /* --completion */
    const char *cc;    /* NULL: $CC, else cc */
    char level;        /* '0' '1' '2'; 0: not said */
    bool debug, keep_c, deny_warnings;
    bool whole; /* --static */
    enum engine_wanted engine;
    enum diag_format format;
};

/* False: a message was printed (exit EXIT_USAGE). */
bool opts_read(struct opts *opts, int argc, char **argv);
void opts_help(void);

/* The table, for what else is made of it. False: there is no option i. */
struct opts_entry {
    const char *name, *short_name, *argument, *help; /* "--cc", NULL, "CC", … */
};
bool opts_at(size_t i, struct opts_entry *entry);

#endif
