/* plan.h - what all requests of a kind of user share: its target and its http { }, taken apart and with
 * defaults filled in. Made once by control, read by all shards, never changed. */
#ifndef SWARM_HTTP_PLAN_H
#define SWARM_HTTP_PLAN_H

#include <swarm/program.h>

#include "exchange.h"
#include "fields.h"
#include "http.h"

/* An origin and a path in front of relative URLs: "http://host:port/path", without a slash at its end. */
struct http_target {
    struct bytes text; /* empty: none */
    struct url url;    /* the same taken apart; points into text */
    struct bytes user; /* "user:password" of its user info, decoded; empty: none */
};

enum { HTTP_ENGINES = 2 }; /* that a program may use */

struct http_kind {
    struct http_target target;
    uint32_t engine; /* index in the plan's; HTTP_ENGINES: it sends nothing */
    struct exchange_profile profile;
    struct fields headers;                     /* the defaults, then those of http { }, in order */
    int64_t timeout, connect_timeout, backoff; /* ns */
    uint64_t max_body;
    int32_t retries;
    uint32_t connections; /* requests under way to one host, of one user; 0: any number */
    bool follow;
    enum swarm_compressed compressed;
};

struct http_plan {
    struct http_kind *kinds;
    size_t count;
    const struct exchange_engine *engines[HTTP_ENGINES]; /* each once */
    uint32_t engine_count;
    const struct decode_coding *const *codings; /* of the program */
    struct name_book names;                     /* known before the shards start */
};

/* Takes a target apart. False: *why. */
bool http_target_set(struct http_target *target, const char *text, size_t n, const char **why);
void http_target_free(struct http_target *target);

/* The value of Accept-Encoding, NULL: not sent. */
const char *http_accept_encoding(enum swarm_compressed compressed);

/* "Basic dXNlcjpwYXNz" or "Bearer TOKEN". `b` is NULL for bearer. */
void http_authorization(struct bytes *out, enum swarm_auth scheme, const char *a, size_t a_size, const char *b,
                        size_t b_size);

#endif
