/* Diagnostics are values; one function prints them, sorted by place, when the pass is over (diag_print). */
#ifndef SWARMC_DIAG_H
#define SWARMC_DIAG_H

#include <stdbool.h>
#include <stdio.h>

#include "source.h"

struct arena;

/* Codes and their titles: compiler/diag/codes.def, `CODE(E0101, ERROR, "title", "what --explain says")`, one row a code. */
enum diag_code {
#define CODE(id, severity, title, text) DIAG_##id,
#include "codes.def"
#undef CODE
    DIAG_CODE_COUNT
};

enum severity { SEVERITY_WARNING, SEVERITY_ERROR };

struct label {
    struct span span;
    const char *text; /* shown under the place */
    struct label *next;
};

struct diag {
    enum diag_code code;
    enum severity severity;
    struct span span;
    const char *message;  /* one line, no code, no place, no token name */
    const char *help;     /* the way out, or NULL */
    struct label *labels; /* other places that matter */
    struct diag *next;
};

struct diags {
    struct arena *arena;
    struct sources *sources;
    struct diag *first, **last;
    unsigned errors, warnings;
    bool deny_warnings;
};

void diags_init(struct diags *diags, struct arena *arena, struct sources *sources);

/* Adds one and returns it, so that help and labels can be hung on. A second diagnostic of the same code at the same
 * place, or an error inside the span of an earlier syntax error's recovery, is dropped (still returns a value to fill). */
struct diag *diag_add(struct diags *diags, enum diag_code code, struct span span, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void diag_help(struct diags *diags, struct diag *diag, const char *format, ...) __attribute__((format(printf, 3, 4)));
void diag_label(struct diags *diags, struct diag *diag, struct span span, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Takes out those that `unwanted` (which is given the rest and `with`) says yes to. */
void diags_drop(struct diags *diags, bool (*unwanted)(const struct diags *, const struct diag *, const void *with),
                const void *with);

enum diag_format { DIAG_TEXT, DIAG_SHORT, DIAG_JSON };
/* Prints all, sorted by file and place. TEXT: `file:line:col: error[E0101]: message`, the source line, caret range,
 * labels, `  help: …`. At most 100 are printed, then how many more. JSON: one array. */
void diag_print(const struct diags *diags, FILE *out, enum diag_format format, bool colour);

/* Best match for a misspelt word among candidates (edit distance <= 1 for up to 4 letters, 2 up to 8, else 3; case
 * differences count half), or NULL. */
struct near {
    const char *word, *best;
    unsigned distance;
};
void near_begin(struct near *near, const char *word);
void near_offer(struct near *near, const char *candidate);

#endif
