#include "waiter.h"

#include "../base/memory.h"

struct waiter *waiter_new(struct strand *strand, void *of, void (*arrived)(struct message *message))
{
    struct waiter *waiter = memory_new(1, sizeof *waiter);

    waiter->message.type = MESSAGE_CALL;
    waiter->message.shard = strand->shard->index;
    waiter->message.call = arrived;
    waiter->strand = strand;
    waiter->shard = strand->shard;
    waiter->of = of;
    return waiter;
}

void waiters_append(struct waiters *waiters, struct waiter *waiter)
{
    waiter->next = NULL;
    waiter->previous = waiters->last;
    *(waiters->last ? &waiters->last->next : &waiters->first) = waiter;
    waiters->last = waiter;
}

void waiters_remove(struct waiters *waiters, struct waiter *waiter)
{
    *(waiter->previous ? &waiter->previous->next : &waiters->first) = waiter->next;
    *(waiter->next ? &waiter->next->previous : &waiters->last) = waiter->previous;
}

/* Under the lock: a shard that sees `woken` while it cancels has the message in its mailbox already, so the mailbox is not
 * closed before it was taken out. The address of the shard stays good as long as one of its users waits. */
void waiters_wake(struct waiters *waiters, struct waiter *waiter)
{
    waiters_remove(waiters, waiter);
    waiter->woken = true;
    shard_send(waiter->shard, &waiter->message);
}

enum swarm_step waiter_wait(struct waiter *waiter, const struct operation *operation, int64_t within)
{
    struct strand *strand = waiter->strand;
    int64_t at;

    if (within != SWARM_NO_LIMIT && !__builtin_add_overflow(shard_now(strand->shard), within, &at)) {
        strand_timeout(strand, at);
    }
    return strand_wait(strand, operation, waiter);
}
