/* Gates: closed until somebody opens them, for the whole run. */
#include <stdlib.h>

#include "../base/memory.h"
#include "state.h"
#include "waiter.h"

struct gate {
    uv_mutex_t lock;
    bool open;
    struct waiters waiters;
};

void gate_open(struct swarm_gate *gate)
{
    struct gate *own = memory_new(1, sizeof *own);

    uv_mutex_init(&own->lock);
    gate->state = own;
}

void gate_close(struct swarm_gate *gate)
{
    struct gate *own = gate->state;

    if (own) {
        uv_mutex_destroy(&own->lock);
        free(own);
        gate->state = NULL;
    }
}

/* ---- waiting ---- */

static void arrived(struct message *message)
{
    struct waiter *waiter = (struct waiter *)message;

    if (waiter->strand) {
        waiter->strand->base.answered = true;
        strand_complete(waiter->strand);
    }
}

/* Nobody will complete the strand any more. True: the gate has opened before. */
static bool detach(struct strand *strand)
{
    struct waiter *waiter = strand->operation_data;
    struct gate *own = waiter->of;
    bool woken;

    uv_mutex_lock(&own->lock);
    woken = waiter->woken;
    if (!woken) {
        waiters_remove(&own->waiters, waiter);
    }
    uv_mutex_unlock(&own->lock);
    waiter->strand = NULL;
    if (!woken) {
        free(waiter);
    }
    return woken;
}

static void cancel(struct strand *strand)
{
    (void)detach(strand);
}

static void expired(struct strand *strand)
{
    strand->base.answered = detach(strand);
    strand_complete(strand);
}

static const struct operation awaiting = {.name = "await", .cancel = cancel, .expired = expired};

enum swarm_step swarm_await(struct swarm_strand *s, uint32_t at, struct swarm_gate *gate, int64_t within)
{
    struct strand *strand = strand_of(s);
    struct gate *own = gate->state;
    struct waiter *waiter = NULL;

    if (!strand_begin(strand, at)) {
        return strand_stopped(strand);
    }
    uv_mutex_lock(&own->lock);
    s->answered = own->open;
    if (!own->open && within > 0) {
        waiter = waiter_new(strand, own, arrived);
        waiters_append(&own->waiters, waiter);
    }
    uv_mutex_unlock(&own->lock);
    return waiter ? waiter_wait(waiter, &awaiting, within) : SWARM_RUN;
}

void swarm_open(struct swarm_strand *s, struct swarm_gate *gate)
{
    struct gate *own = gate->state;

    (void)s;
    uv_mutex_lock(&own->lock);
    own->open = true;
    while (own->waiters.first) {
        waiters_wake(&own->waiters, own->waiters.first);
    }
    uv_mutex_unlock(&own->lock);
}
