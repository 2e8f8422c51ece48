/* Timers whose slot of the wheel has been reached, by due time (equal: order of start). For timer.c alone. */
#ifndef SWARM_ENGINE_TIMER_HEAP_H
#define SWARM_ENGINE_TIMER_HEAP_H

#include <stddef.h>

#include "timer.h"

struct timer_heap_entry {
    int64_t due;
    struct timer *timer;
    uint32_t order;
};

/* Zeroed is empty. A timer's `index` is its place in it. */
struct timer_heap {
    struct timer_heap_entry *entries;
    size_t count, capacity;
};

void timer_heap_add(struct timer_heap *heap, struct timer *timer);
void timer_heap_remove(struct timer_heap *heap, size_t i);
/* Gives memory back that a burst needed. */
void timer_heap_shrink(struct timer_heap *heap);
void timer_heap_free(struct timer_heap *heap);

static inline bool timer_heap_earlier(const struct timer_heap_entry *a, const struct timer_heap_entry *b)
{
    return a->due < b->due || (a->due == b->due && (int32_t)(a->order - b->order) < 0);
}

/* The earliest due time, INT64_MAX: none. */
static inline int64_t timer_heap_due(const struct timer_heap *heap)
{
    return heap->count ? heap->entries[0].due : INT64_MAX;
}

#endif
