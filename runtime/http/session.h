/* session.h - what belongs to one user: connections, cookies, and what `session …` has set. Made at the first
 * need, freed by session_close() (http.h). Every user that ever sent a request has one, so it is kept small. */
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
    struct fetch *free;            /* for the next requests, with their memory */
    size_t free_count, used_count; /* of these; of those that are not free */
};

/* What `session …` has set. */
struct session_settings {
    struct fields headers, cookies; /* session header, auth; session cookie */
    struct http_target target;      /* session target; empty: none */
};

struct session {
    struct connections *connections; /* NULL until the first request */
    struct cookie_jar jar;
    struct session_settings *settings; /* NULL: nothing was set; session_settings() reads them */
};

/* The user's session, made if it has none. */
struct session *session_of(struct user *user);
/* With its connections opened. */
struct connections *session_connections(struct user *user);

/* What the user's `session …` has set; valid until the next such statement or the session's end. */
const struct session_settings *session_settings(const struct user *user);

const struct http_kind *http_kind_of(const struct user *user);

#endif
