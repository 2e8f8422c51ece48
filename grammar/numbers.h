/* Numbers as they are written: 42, 1_000, 2.5, 1e3, 250ms, 1h30m, 64KB, 1%, 10/s. */
#ifndef SWARM_NUMBERS_H
#define SWARM_NUMBERS_H

#include <stddef.h>

#include "filter.h"

enum number_problem { NUMBER_UNIT, NUMBER_TOO_LARGE, NUMBER_FORM };

struct number_slip {
    enum number_problem problem;
    const char *help; /* may be NULL */
};

/* Sets kind and value of `token` from the n bytes at `text`; what is wrong with it, or NULL. */
const struct number_slip *number_read(const char *text, size_t n, struct token *token);
void number_report(struct parser *p, const struct number_slip *slip, const char *text, size_t n, struct span span);

/* What a unit that is not one of ours is called here ("min" -> "m"), with a sentence; NULL when it is no unit. */
struct unit_alias {
    const char *foreign, *own, *sentence;
};
const struct unit_alias *number_unit_alias(const char *unit, size_t n);
bool number_is_unit(const char *unit, size_t n); /* ms s m h KB MB GB */

#endif
