/* Regular expressions (PCRE2, UTF, compiled to machine code where the machine can). What was
 * compiled is kept in a cache of the shard (base/cache.h), which is made at the first use and freed with the
 * shard. Matching is bounded: a pattern that would search for ever is an error. Only programs that
 * use patterns link PCRE2. */
#ifndef SWARM_VALUE_REGEX_H
#define SWARM_VALUE_REGEX_H

#include "value.h"

#define REGEX_GROUPS 100
struct regex_span {
    size_t start, end; /* start > end: the group took no part */
};
struct regex_match {
    unsigned count;    /* groups that took part, and those before them; the whole match as the first */
    unsigned captures; /* groups that the pattern has */
    struct regex_span groups[REGEX_GROUPS];
};

/* The first match at or behind `from`. False: none, or an error (swarm_failed). match may be NULL. */
bool regex_find(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value pattern,
                struct swarm_value text, size_t from, struct regex_match *match);

#endif
