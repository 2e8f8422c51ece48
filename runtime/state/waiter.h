/* Who waits at a gate or for an entry of a queue. A waiter is one block: the message that will wake it is its first part.
 *
 * `strand` is touched in the waiter's own shard alone: whoever cancels clears it there, so a message that is under way finds
 * nobody. `woken` and the list are under the lock of the gate or queue. Until it is woken a waiter belongs to the list; then
 * to the message, which frees it when it has arrived. */
#ifndef SWARM_STATE_WAITER_H
#define SWARM_STATE_WAITER_H

#include "../engine/post.h"
#include "../engine/shard.h"

struct item;

struct waiter {
    struct message message; /* first */
    struct strand *strand;
    struct shard *shard;
    void *of; /* the gate or queue */
    struct waiter *next, *previous;
    struct item *item; /* of a queue: what it was given */
    bool woken;
};

struct waiters {
    struct waiter *first, *last;
};

struct waiter *waiter_new(struct strand *strand, void *of, void (*arrived)(struct message *message));
void waiters_append(struct waiters *waiters, struct waiter *waiter);
void waiters_remove(struct waiters *waiters, struct waiter *waiter);
/* Takes it from the list and sends its message. The caller holds the lock, and does not touch the waiter afterwards. */
void waiters_wake(struct waiters *waiters, struct waiter *waiter);
/* Makes the strand wait for it, at most `within` ns. */
enum swarm_step waiter_wait(struct waiter *waiter, const struct operation *operation, int64_t within);

#endif
