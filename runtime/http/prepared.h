/*
 * prepared.h - what all requests of one call have in common in one kind of user: the headers of its layers merged, and
 * the same as bytes. Made at the first such request of a shard, freed with the shard, read only in between.
 */
#ifndef SWARM_HTTP_PREPARED_H
#define SWARM_HTTP_PREPARED_H

#include <swarm/program.h>

#include "plan.h"

/* Header fields, each name once, in order of their first setting. All-zero is empty. */
struct header_list {
    struct header *items;
    size_t count, capacity;
};

struct header *header_list_find(const struct header_list *list, const char *name);
/* A stronger layer replaces a weaker one's value at its place; NULL: it is not sent. */
void header_list_set(struct header_list *list, const char *name, const char *value);
void header_list_set_all(struct header_list *list, const struct fields *fields);

struct prepared {
    const struct swarm_call *call; /* NULL: an empty place of the table */
    const struct http_kind *kind;
    const char *content_type; /* that it was made with */
    struct header_list headers;
    struct bytes lines; /* Host of the kind's own target and the headers, each line with its CR LF */
    /* Of a call whose URL is a constant path behind the kind's target; empty otherwise. */
    struct bytes text;    /* the URL */
    struct url url;       /* the same taken apart; points into it */
    struct bytes request; /* request line and lines */
    bool cookie;          /* one of them is Cookie: no jar's goes with it */
    bool digest;          /* one holds the credentials of `auth digest`: no request is like the other */
};

/* Open addressing by call and kind; all-zero is empty. */
struct prepared_table {
    struct prepared **items;
    size_t count, capacity; /* a power of two */
};

const struct prepared *prepared_of(struct prepared_table *table, const struct http_kind *kind,
                                   const struct swarm_call *call, const char *content_type);
void prepared_free_all(struct prepared_table *table);

#endif
