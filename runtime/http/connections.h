/* connections.h - the connections of one user, and how many requests of it may be under way to one host at once
 * (`connections` of http { }). A request beyond that waits its turn, which is part of its time: it counts from its issuing.
 *
 * The session holds one of these and drops it at `session reset`; requests that are under way then go on in it, and the last one
 * frees it. */
#ifndef SWARM_HTTP_CONNECTIONS_H
#define SWARM_HTTP_CONNECTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "exchange.h"

struct fetch;

struct connections {
    const struct exchange_engine *engine;
    struct exchange_session *exchanges;
    uint32_t limit;       /* exchanges under way to one origin; 0: any number */
    struct fetch *active; /* their exchanges are started */
    struct fetch *waiting, **waiting_last;
    bool dropped; /* by the session: freed with the last request */
};

struct connections *connections_open(const struct exchange_engine *engine, struct exchange_shard *shard,
                                     const struct exchange_profile *profile, uint32_t limit);
/* Of the session; closes them when nothing is under way. */
void connections_drop(struct connections *connections);

/* The fetch's exchange is ready to be sent: starts it, or lets it wait. */
void connections_start(struct fetch *fetch);
/* Its exchange is over or given up; cancels it when it was started and is not done. Starts who waited for the place. */
void connections_done(struct fetch *fetch);
void connections_cancel(struct fetch *fetch);

#endif
