/* Deadlines of a shard: a wheel of ours with nanosecond due times (libuv's timers are whole milliseconds). A
 * timer is embedded in its owner; starting and stopping are O(1); expiry is in order of due time within a
 * turn. */
#ifndef SWARM_ENGINE_TIMER_H
#define SWARM_ENGINE_TIMER_H

#include <stdbool.h>
#include <stdint.h>

struct timer {
    union {
        struct timer *next; /* in a list */
        uint64_t index;     /* in the heap of the nearest ones */
    };
    struct timer **previous; /* NULL: not started */
    int64_t due;             /* ns, shard clock */
    void (*fire)(struct timer *timer);
};

struct timers {
    struct timer_wheel *wheel;
    int64_t late; /* of the last timers_run() that fired any: how long the earliest had been due */
};

void timers_init(struct timers *timers, int64_t now);
void timers_free(struct timers *timers);
void timer_start(struct timers *timers, struct timer *timer, int64_t due, void (*fire)(struct timer *timer));
void timer_stop(struct timers *timers, struct timer *timer);
static inline bool timer_is_started(const struct timer *timer)
{
    return timer->previous != 0;
}
/* Fires all that are due at `now`, in order of due time (equal: of start); a timer started by a fire with a
 * due time that has passed fires in the next call, so that input is served in between. Returns how many. */
unsigned timers_run(struct timers *timers, int64_t now);
int64_t timers_next(const struct timers *timers); /* the earliest due time (may be early by a slot), INT64_MAX: none */

#endif
