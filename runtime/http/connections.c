#include "connections.h"

#include <stdlib.h>

#include "base/memory.h"
#include "engine/clock.h"
#include "fetch.h"

struct connections *connections_open(const struct exchange_engine *engine, struct exchange_shard *shard,
                                     const struct exchange_profile *profile, uint32_t limit)
{
    struct connections *connections = memory_new(1, sizeof *connections);

    connections->engine = engine;
    connections->exchanges = engine->session_open(shard, profile);
    connections->limit = limit;
    connections->waiting_last = &connections->waiting;
    return connections;
}

static void free_dropped(struct connections *connections)
{
    if (connections->dropped && !connections->active && !connections->waiting) {
        connections->engine->session_close(connections->exchanges);
        free(connections);
    }
}

void connections_drop(struct connections *connections)
{
    connections->dropped = true;
    free_dropped(connections);
}

static bool has_room(const struct connections *connections, const struct fetch *wanted)
{
    uint32_t n = 0;

    for (const struct fetch *fetch = connections->active; fetch && n < connections->limit; fetch = fetch->next_active) {
        n += url_same_origin(&fetch->exchange.url, &wanted->exchange.url);
    }
    return connections->limit == 0 || n < connections->limit;
}

static void activate(struct connections *connections, struct fetch *fetch, int64_t now)
{
    fetch->queued = false;
    fetch->exchange.began = now;
    fetch->next_active = connections->active;
    connections->active = fetch;
    connections->engine->start(&fetch->exchange);
}

void connections_start(struct fetch *fetch)
{
    struct connections *connections = fetch->connections;

    fetch->asked = fetch->hops || fetch->challenged ? clock_now() : fetch->issued;
    if (has_room(connections, fetch)) {
        activate(connections, fetch, fetch->asked);
        return;
    }
    fetch->queued = true;
    fetch->exchange.sends = 0;
    fetch->exchange.sent = false;
    fetch->exchange.stamps = (struct exchange_stamps){0};
    head_clear(&fetch->exchange.head);
    fetch->next_active = NULL;
    *connections->waiting_last = fetch;
    connections->waiting_last = &fetch->next_active;
}

static void take_out(struct connections *connections, struct fetch *fetch)
{
    struct fetch **at = fetch->queued ? &connections->waiting : &connections->active;

    while (*at != fetch) {
        at = &(*at)->next_active;
    }
    *at = fetch->next_active;
    if (fetch->queued && !*at) {
        connections->waiting_last = at;
    }
}

/* The first that waits for a place at an origin that has one; one place came free, so one at most can begin. */
static void start_next(struct connections *connections)
{
    for (struct fetch *fetch = connections->waiting; fetch; fetch = fetch->next_active) {
        if (has_room(connections, fetch)) {
            take_out(connections, fetch);
            activate(connections, fetch, clock_now());
            return;
        }
    }
}

void connections_done(struct fetch *fetch)
{
    struct connections *connections = fetch->connections;

    take_out(connections, fetch);
    start_next(connections);
    fetch->connections = NULL;
    free_dropped(connections);
}

void connections_cancel(struct fetch *fetch)
{
    if (!fetch->queued) {
        fetch->connections->engine->cancel(&fetch->exchange);
    }
    connections_done(fetch);
}
