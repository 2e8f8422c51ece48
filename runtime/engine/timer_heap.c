/* A binary heap that tells its timers where they are, so that they can be taken out anywhere. */
#include "timer_heap.h"

#include <stdlib.h>

#include "../base/memory.h"

enum { LEAST = 512 }; /* entries that are kept when it is empty */

static void put(struct timer_heap *heap, size_t i, struct timer_heap_entry entry)
{
    heap->entries[i] = entry;
    entry.timer->index = i;
}

static void up(struct timer_heap *heap, size_t i, struct timer_heap_entry entry)
{
    while (i > 0 && timer_heap_earlier(&entry, &heap->entries[(i - 1) / 2])) {
        put(heap, i, heap->entries[(i - 1) / 2]);
        i = (i - 1) / 2;
    }
    put(heap, i, entry);
}

static void down(struct timer_heap *heap, size_t i, struct timer_heap_entry entry)
{
    for (;;) {
        size_t child = 2 * i + 1;

        if (child >= heap->count) {
            break;
        }
        if (child + 1 < heap->count && timer_heap_earlier(&heap->entries[child + 1], &heap->entries[child])) {
            child++;
        }
        if (!timer_heap_earlier(&heap->entries[child], &entry)) {
            break;
        }
        put(heap, i, heap->entries[child]);
        i = child;
    }
    put(heap, i, entry);
}

void timer_heap_add(struct timer_heap *heap, struct timer *timer)
{
    if (heap->count == heap->capacity) {
        heap->capacity = heap->capacity ? heap->capacity * 2 : LEAST;
        heap->entries = memory_resize(heap->entries, heap->capacity, sizeof *heap->entries);
    }
    up(heap, heap->count++, (struct timer_heap_entry){timer->due, timer, timer->order});
}

void timer_heap_remove(struct timer_heap *heap, size_t i)
{
    struct timer_heap_entry last = heap->entries[--heap->count];

    if (i == heap->count) {
        return;
    }
    if (i > 0 && timer_heap_earlier(&last, &heap->entries[(i - 1) / 2])) {
        up(heap, i, last);
    } else {
        down(heap, i, last);
    }
}

void timer_heap_shrink(struct timer_heap *heap)
{
    if (heap->capacity > LEAST && heap->count < heap->capacity / 8) {
        heap->capacity /= 4;
        heap->entries = memory_resize(heap->entries, heap->capacity, sizeof *heap->entries);
    }
}

void timer_heap_free(struct timer_heap *heap)
{
    free(heap->entries);
    *heap = (struct timer_heap){0};
}
