/* Queues between users: entries are copies, the oldest first; who waits longest is served first. While somebody waits the
 * queue is empty: an entry goes straight to the first waiter. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"
#include "../value/value.h"
#include "state.h"
#include "waiter.h"

struct item {
    struct item *next;
    struct swarm_value value; /* a kept slot */
};

struct queue {
    uv_mutex_t lock;
    struct item *first, *last;
    int64_t count;
    struct waiters waiters;
};

static void item_free(struct item *item)
{
    value_release(&item->value);
    free(item);
}

void queue_open(struct swarm_queue *queue)
{
    struct queue *own = memory_new(1, sizeof *own);

    uv_mutex_init(&own->lock);
    queue->state = own;
}

void queue_close(struct swarm_queue *queue)
{
    struct queue *own = queue->state;

    if (!own) {
        return;
    }
    while (own->first) {
        struct item *next = own->first->next;

        item_free(own->first);
        own->first = next;
    }
    uv_mutex_destroy(&own->lock);
    free(own);
    queue->state = NULL;
}

/* ---- under the lock ---- */

/* True: somebody waited for it. */
static bool hand_over(struct queue *own, struct item *item)
{
    struct waiter *waiter = own->waiters.first;

    if (!waiter) {
        return false;
    }
    waiter->item = item;
    waiters_wake(&own->waiters, waiter);
    return true;
}

static void append(struct queue *own, struct item *item)
{
    item->next = NULL;
    *(own->last ? &own->last->next : &own->first) = item;
    own->last = item;
    own->count++;
}

/* An entry that was given to somebody who had to leave: the next one's, or the oldest again. */
static void put_back(struct queue *own, struct item *item)
{
    if (hand_over(own, item)) {
        return;
    }
    item->next = own->first;
    own->first = item;
    if (!own->last) {
        own->last = item;
    }
    own->count++;
}

static struct item *take(struct queue *own)
{
    struct item *item = own->first;

    if (item) {
        own->first = item->next;
        if (!own->first) {
            own->last = NULL;
        }
        own->count--;
    }
    return item;
}

/* ---- waiting ---- */

static void give(struct swarm_strand *s, struct item *item)
{
    s->answered = item != NULL;
    s->result = swarm_null();
    if (item) {
        s->result = swarm_let(s, item->value);
        item_free(item);
    }
}

static void arrived(struct message *message)
{
    struct waiter *waiter = (struct waiter *)message;

    if (waiter->strand) {
        give(&waiter->strand->base, waiter->item);
        strand_complete(waiter->strand);
    }
}

/* Nobody will complete the strand any more. Returns what it has been given in the meantime; `keep` false: that goes back. */
static struct item *detach(struct strand *strand, bool keep)
{
    struct waiter *waiter = strand->operation_data;
    struct queue *own = waiter->of;
    struct item *item = NULL;
    bool woken;

    uv_mutex_lock(&own->lock);
    woken = waiter->woken;
    if (!woken) {
        waiters_remove(&own->waiters, waiter);
    } else if (keep) {
        item = waiter->item;
    } else {
        put_back(own, waiter->item);
    }
    uv_mutex_unlock(&own->lock);
    waiter->strand = NULL;
    if (!woken) {
        free(waiter);
    }
    return item;
}

static void cancel(struct strand *strand)
{
    (void)detach(strand, false);
}

static void expired(struct strand *strand)
{
    give(&strand->base, detach(strand, true));
    strand_complete(strand);
}

static const struct operation popping = {.name = "pop", .cancel = cancel, .expired = expired};

enum swarm_step swarm_pop(struct swarm_strand *s, uint32_t at, struct swarm_queue *queue, int64_t within)
{
    struct strand *strand = strand_of(s);
    struct queue *own = queue->state;
    struct waiter *waiter = NULL;
    struct item *item;

    if (!strand_begin(strand, at)) {
        return strand_stopped(strand);
    }
    uv_mutex_lock(&own->lock);
    item = take(own);
    if (!item && within > 0) {
        waiter = waiter_new(strand, own, arrived);
        waiters_append(&own->waiters, waiter);
    }
    uv_mutex_unlock(&own->lock);
    if (waiter) {
        return waiter_wait(waiter, &popping, within);
    }
    give(s, item);
    return SWARM_RUN;
}

/* 100000 as 100,000 */
static void write_grouped(char *out, size_t size, int64_t n)
{
    char digits[24];
    int count = snprintf(digits, sizeof digits, "%" PRId64, n);
    size_t used = 0;

    for (int i = 0; i < count && used + 2 < size; i++) {
        out[used++] = digits[i];
        if ((count - i - 1) % 3 == 0 && i + 1 < count) {
            out[used++] = ',';
        }
    }
    out[used] = '\0';
}

void swarm_push(struct swarm_strand *s, struct swarm_queue *queue, struct swarm_value v,
                const struct swarm_place *place)
{
    struct queue *own = queue->state;
    struct item *item = memory_new(1, sizeof *item);
    char room[32];
    bool full = false;

    swarm_keep(s, &item->value, v);
    uv_mutex_lock(&own->lock);
    if (!hand_over(own, item)) {
        full = own->count >= queue->max;
        if (!full) {
            append(own, item);
        }
    }
    uv_mutex_unlock(&own->lock);
    if (full) {
        item_free(item);
        write_grouped(room, sizeof room, queue->max);
        swarm_error(s, place, "queue %s is full (%s)", queue->name, room);
    }
}
