/* The parts of jsonpath.c: characters, texts and the table that grows (jsonpath_scan.c), the expressions of filters
 * (jsonpath_filter.c), selectors, segments and queries (jsonpath.c). What returns bool returns false when something is wrong, which is
 * noted in `mistake` then; what is read goes on from `at`.
 *
 * Ownership. nodes and texts belong to jsonpath_parse(), which returns copies. Nodes move when one is added: they are
 * spoken of by index. */
#ifndef SWARMC_JSONPATH_H
#define SWARMC_JSONPATH_H

#include <swarm/program.h>

#include "selector.h"

enum { JSONPATH_DEPTH = 100 }; /* of queries and expressions in each other */

struct jsonpath_scan {
    const char *p;
    size_t n, at;
    struct selector_mistake *mistake;
    unsigned depth;
    struct swarm_jsonpath_node *nodes;
    uint32_t count, room;
    char *texts; /* of names and literals, unescaped: never longer than the query */
    size_t used;
};

/* ------------------------------------------------------------------ jsonpath_scan.c */

/* Notes what is wrong, the first time; false. */
bool jsonpath_fail_at(struct jsonpath_scan *s, size_t at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool jsonpath_fail(struct jsonpath_scan *s, const char *what);

/* A new node; 0: there is no room (reported). The first node is the query, so no other one has index 0. */
uint32_t jsonpath_node(struct jsonpath_scan *s, enum swarm_jsonpath_kind kind);
/* Hangs `child` behind the last child of `parent`; *last is that one, 0 at first. */
void jsonpath_hang(struct jsonpath_scan *s, uint32_t parent, uint32_t *last, uint32_t child);

void jsonpath_spaces(struct jsonpath_scan *s);
void jsonpath_put(struct jsonpath_scan *s, char byte); /* to texts */
/* A text in quotes of either kind, a name without: to the node's text. */
bool jsonpath_text(struct jsonpath_scan *s, uint32_t to);
bool jsonpath_name(struct jsonpath_scan *s, uint32_t to);

/* The next byte and the one `ahead` of it; -1: behind the end. */
static inline int jsonpath_peek(const struct jsonpath_scan *s)
{
    return s->at < s->n ? (unsigned char)s->p[s->at] : -1;
}

static inline int jsonpath_peek_at(const struct jsonpath_scan *s, size_t ahead)
{
    return s->at + ahead < s->n ? (unsigned char)s->p[s->at + ahead] : -1;
}

static inline bool jsonpath_is_digit(int ch)
{
    return ch >= '0' && ch <= '9';
}

static inline bool jsonpath_is_letter(int ch)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z');
}

static inline bool jsonpath_is_name_first(int ch)
{
    return jsonpath_is_letter(ch) || ch == '_' || ch >= 0x80;
}

static inline bool jsonpath_begins_number(const struct jsonpath_scan *s)
{
    return jsonpath_peek(s) == '-' || jsonpath_is_digit(jsonpath_peek(s));
}

/* ------------------------------------------------------------------ jsonpath.c, jsonpath_filter.c */

/* At $ or @. White space behind it belongs to it only where a segment follows. */
bool jsonpath_query(struct jsonpath_scan *s, uint32_t *out);
/* It finds one node at most: names and indices alone. */
bool jsonpath_is_singular(const struct jsonpath_scan *s, uint32_t query);
/* An expression behind `?`. */
bool jsonpath_logical_or(struct jsonpath_scan *s, uint32_t *out);

#endif
