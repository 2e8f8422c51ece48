/* The small languages inside of texts that look into an answer: CSS selectors, which become XPath, and JSONPath
 * (RFC 9535), which becomes a table. Both are plain C without anything else of swarmc or the runtime, because both need
 * them: swarmc for what stands in the scenario as a literal, a program for what is put together while it runs
 * (libswarm.a holds the same objects).
 *
 * What they return is the caller's, from malloc. */
#ifndef SWARMC_SELECTOR_H
#define SWARMC_SELECTOR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct swarm_jsonpath;

/* What is wrong with a text, and where. */
struct selector_mistake {
    size_t at;      /* byte of the text, at most its length */
    char what[160]; /* "`.` wants the name of a class" */
    char help[120]; /* the way out, or "" */
};

/* mistake.c, for those who read such a text: they begin with an empty `what`. The first mistake counts; both return false. */
bool selector_vfail(struct selector_mistake *mistake, size_t at, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));
bool selector_help(struct selector_mistake *mistake, const char *what);
bool selector_failed(const struct selector_mistake *mistake);

/* css.c. Selectors level 4 as far as a document that nobody looks at has them: type, universal, class, id and
 * attribute selectors (with i and s), all combinators, groups, :is :where :not :has, :nth-child(an+b of S) and its
 * relatives, :root :empty :checked :disabled :enabled, and :contains("x"), which is not CSS but usual. The XPath is
 * of the whole document, from its root; it may call swarm-place() and swarm-last-place() (extract/html.c: the place of
 * an element among its siblings of the same name, from the front and from behind, from 1). NULL: a mistake. */
char *css_to_xpath(const char *text, size_t n, struct selector_mistake *mistake);

/* xpath_error.c. What a number of libxml2's errors (xmlError.code) says about an expression. */
const char *xpath_error(int code);

/* jsonpath.c. A table whose node 0 is the query. It is one block: free() frees all of it. NULL: a mistake. Refuses
 * what RFC 9535 says is no valid query, the types of function expressions included. */
struct swarm_jsonpath *jsonpath_parse(const char *text, size_t n, struct selector_mistake *mistake);

#endif
