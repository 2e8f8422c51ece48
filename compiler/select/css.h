/* The parts of css.c: tokens of a selector (css_scan.c), the XPath that they become (css_xpath.c), pseudo-classes (css_pseudo.c), and
 * compounds, combinators and lists (css.c). All of them return false when something is wrong, which is noted then. A text belongs to
 * who declares it, and css_clear() ends it. */
#ifndef SWARMC_CSS_H
#define SWARMC_CSS_H

#include "selector.h"

struct css_text {
    char *p; /* NULL: nothing yet */
    size_t n, room;
};

struct css_scan {
    const char *p;
    size_t n, at;
    struct selector_mistake *mistake;
    unsigned depth;
};

/* css_scan.c: what is wrong, the first time; false. */
bool css_fail_at(struct css_scan *s, size_t at, const char *format, ...) __attribute__((format(printf, 3, 4)));
bool css_fail(struct css_scan *s, const char *what);
bool css_failed(const struct css_scan *s);

/* Growing texts, of 64 KB at most. */
bool css_add_bytes(struct css_scan *s, struct css_text *out, const char *p, size_t n);
bool css_add(struct css_scan *s, struct css_text *out, const char *text);
bool css_add_text(struct css_scan *s, struct css_text *out, const struct css_text *text);
bool css_add_format(struct css_scan *s, struct css_text *out, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void css_clear(struct css_text *text);
void css_to_lower(struct css_text *text);
bool css_has_upper(const struct css_text *text);

/* The next byte, -1 at the end; white space; names and texts in quotes, whose escapes are resolved into `out`. */
int css_peek(const struct css_scan *s);
bool css_is_space(int ch);
bool css_is_name(int ch);
void css_spaces(struct css_scan *s);
bool css_name(struct css_scan *s, struct css_text *out, const char *mistake);
bool css_name_rest(struct css_scan *s, struct css_text *out);
bool css_quoted(struct css_scan *s, struct css_text *out);

/* css_xpath.c: conditions on an element. */
bool css_add_literal(struct css_scan *s, struct css_text *out, const struct css_text *text);
/* The `and` before another condition, where there is one already. */
bool css_add_and(struct css_scan *s, struct css_text *out);
bool css_is_plain_name(const struct css_text *text);
bool css_add_element(struct css_scan *s, struct css_text *out, const struct css_text *text);
bool css_add_attribute(struct css_scan *s, struct css_text *out, const struct css_text *text);
bool css_add_comparison(struct css_scan *s, struct css_text *out, const struct css_text *attribute, int how,
                        struct css_text *value, bool any_case);
bool css_add_node(struct css_scan *s, struct css_text *out, const struct css_text *type,
                  const struct css_text *conditions);

/* an+b: the places a*n + b for n = 0, 1, 2 … */
struct css_step {
    long a, b;
};
bool css_add_step(struct css_scan *s, struct css_text *out, const struct css_text *place, struct css_step step);

/* css_pseudo.c: from the `:` on. */
bool css_pseudo(struct css_scan *s, struct css_text *out);

/* css.c: a list of selectors as one condition; relative: `> li b` of :has(). */
bool css_list(struct css_scan *s, struct css_text *out, bool relative);

#endif
