/* Writing C: lines with indentation, `#line` to the scenario and back, literals. A writer owns the memory of
 * its text (write_free). Lines are kept with relative indentation, so a writer can be appended to another at
 * any depth.
 *
 * A line that stands for a line of the scenario is announced with write_at(); every other line is glue and
 * belongs to the C file. Line numbers of the C file are not known before all parts are put together: `#line
 * @` stands for them until write_finish() resolves them. */
#ifndef SWARMC_EMIT_WRITE_H
#define SWARMC_EMIT_WRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "diag/source.h"

struct writer {
    struct text text;
    unsigned depth;
    unsigned lines;   /* written so far, directives not counted */
    bool announced;   /* the next line belongs to the scenario */
    bool in_scenario; /* the line written last did */
    const char *file; /* of the announced line */
    uint32_t line;
};

void write_line(struct writer *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
void write_open(struct writer *w, const char *format, ...) __attribute__((format(printf, 2, 3)));  /* then deeper */
void write_close(struct writer *w, const char *format, ...) __attribute__((format(printf, 2, 3))); /* back out first */
void write_else(struct writer *w, const char *format, ...) __attribute__((format(printf, 2, 3)));  /* `} else {` */
void write_blank(struct writer *w);
void write_at(struct writer *w, const struct sources *sources, struct span span);
void write_append(struct writer *w, const struct writer *from); /* indented to w's depth */
void write_free(struct writer *w);
/* Ends a table that was written aside: it goes to w, unless it has no rows. Frees it. */
void write_table(struct writer *w, struct writer *table, unsigned rows);

/* The whole text with every `#line @` resolved; c_file: name of the C file in the directives. */
void write_finish(const struct writer *w, const char *c_file, struct text *out);

/* C literals, in the arena. */
const char *c_text(struct arena *arena, const char *p, size_t n); /* with its quotes */
const char *c_string(struct arena *arena, const char *text);      /* of a NUL-terminated one */
const char *c_int(struct arena *arena, int64_t i);
const char *c_duration(struct arena *arena, int64_t ns); /* 500 * SWARM_MS */
const char *c_float(struct arena *arena, double f);

/* Shortest digits that read back as f; whole numbers get no ".0". At most 32 bytes with the NUL. */
void float_digits(char *out, size_t room, double f);

/* Whether the C text uses the identifier (comments, literals and members behind . or -> not looked at). */
bool c_uses(const char *text, const char *identifier);
/* Without one pair of parentheses around the whole, for `if (…)`. */
const char *c_bare(struct arena *arena, const char *expression);
/* The negation of a condition, for `if (…)`. */
const char *c_not(struct arena *arena, const char *condition);

#endif
