/* extract.h - looking into the body of an answer: css(), xpath(), regex(), jsonpath(). What generated code calls is in
 * swarm/requests.h; a file each: html.c (libxml2), pattern.c (PCRE2), jsonpath.c, iregexp.c. A program refers to them one by
 * one, so it links libxml2 and PCRE2 only where it uses them.
 *
 * Ownership. What is compiled while the scenario runs, and the XPath of literals, is kept in caches of the shard (base/cache.h),
 * which are made at their first use and freed with the shard. A document is parsed once
 * an answer, however many selectors look into it, and freed when the response block is over (http/response.h). Values that
 * are returned live as requests.h says. */
#ifndef SWARM_EXTRACT_H
#define SWARM_EXTRACT_H

#include <stddef.h>
#include <stdint.h>

#include "../engine/engine.h"

/* iregexp.c: a regular expression of RFC 9485 as PCRE2 has it, `whole`: of the whole text. A text of the strand's arena;
 * null: the pattern is none (or an error was raised, swarm_failed). */
struct swarm_value iregexp_to_pcre(struct swarm_strand *s, struct swarm_value pattern, bool whole,
                                   const struct swarm_place *place);

/* jsonpath.c: the nodes that a query finds in a valid JSON text, as a list of views. Null: an error was raised. */
struct swarm_value jsonpath_evaluate(struct swarm_strand *s, const struct swarm_jsonpath *query, const char *text,
                                     size_t n, const struct swarm_place *place);

#endif
