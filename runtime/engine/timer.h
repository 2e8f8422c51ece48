/* Deadlines of a shard: a wheel of ours with nanosecond due times (libuv's timers are whole milliseconds). A
 * timer is embedded in its owner, which may not move while it is started; starting and stopping are O(1); expiry is in
 * order of due time within a turn. docs/internals/timers.md says why it is as it is. */
#ifndef SWARM_ENGINE_TIMER_H
#define SWARM_ENGINE_TIMER_H

#include <stdbool.h>
#include <stdint.h>

struct timer {
    union {
        struct timer **place; /* its entry in a slot of the wheel */
        uint64_t index;       /* in a heap of the nearest ones, or in the list of those that are being fired */
    };
    int64_t due; /* ns, shard clock */
    void (*fire)(struct timer *timer);
    uint32_t order; /* of start, modulo 2^32: decides where due times are equal */
    uint8_t where;  /* enum timer_where; 0: not started */
    bool patient;   /* it waits so long that two milliseconds more do not matter */
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
    return timer->where != 0;
}
/* Fires all that are due at `now`, in order of due time (equal: of start); a timer started by a fire with a
 * due time that has passed fires in the next call, so that input is served in between. Returns how many. */
unsigned timers_run(struct timers *timers, int64_t now);
int64_t timers_next(const struct timers *timers); /* the earliest due time (may be early by a slot), INT64_MAX: none */
/* When a loop that has nothing else to do should call timers_run() again: the earliest due time, but where many timers
 * come due that wait for 67 ms or longer, up to 2.1 ms behind it, so that they are served together. At most that late
 * for those, never late for the others. INT64_MAX: never. */
int64_t timers_wake(const struct timers *timers);

#endif
