/* session.h - what belongs to one user: connections, cookies, and what `session …` has set. Made at the first
 * need, freed by session_close() (http.h). */
#ifndef SWARM_HTTP_SESSION_H
#define SWARM_HTTP_SESSION_H

#include "connections.h"
#include "cookie.h"
#include "engine/engine.h"
#include "exchange.h"
#include "fields.h"
#include "plan.h"
#include "prepared.h"

struct fetch;

struct http_shard {
    const struct http_plan *plan;
    struct exchange_shard *exchanges[HTTP_ENGINES]; /* of the plan's engines */
    struct prepared_table prepared;
    struct fetch *free; /* for the next requests, with their memory */
    size_t free_count;
};

struct session {
    struct connections *connections; /* NULL until the first request */
    struct cookie_jar jar;
    struct fields headers, cookies; /* session header, cookie, auth */
    struct http_target target;      /* session target; empty: none */
};

/* The user's session, made if it has none. */
struct session *session_of(struct user *user);
/* With its connections opened. */
struct connections *session_connections(struct user *user);

const struct http_kind *http_kind_of(const struct user *user);

#endif
