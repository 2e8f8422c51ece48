/* A hierarchical wheel (Varghese and Lauck, "Hashed and hierarchical timing wheels", scheme 7) of two levels, with heaps
 * for the slot that is due now, because the wheel alone knows a due time only as exactly as its slots:
 *
 *   fine    8,192 slots of 2^20 ns (1.05 ms)        8.6 s ahead
 *   coarse  8,192 slots of 2^33 ns (8.6 s)         19.5 h ahead
 *   beyond  one slot, looked through when the coarse level turns
 *   near    two heaps by due time: timers of slots that have been reached, the patient ones apart
 *
 * A slot is a chain of chunks of pointers, a cache line each: adding touches the chunk alone and not another timer, and
 * when the slot is reached its timers are fetched side by side, where a linked list would wait for each. What that costs
 * is measured by tests/unit/timer_test.c; docs/internals/timers.md has the figures. */
#include "timer.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <swarm/program.h>

#include "../base/memory.h"
#include "timer_heap.h"

enum {
    SLOT_BITS = 13,
    SLOTS = 1 << SLOT_BITS,
    FINE_SHIFT = 20,
    COARSE_SHIFT = FINE_SHIFT + SLOT_BITS,
    WORDS = SLOTS / 64,
    CHUNK_TIMERS = 7,   /* with the link to the next: a cache line */
    PAGE_CHUNKS = 1024, /* allocated at once */
    LOOK_THROUGH = 4,   /* a slot with at most so many is asked for its earliest */
    PATIENT_SLOTS = 64, /* who waits longer is patient: 67 ms, so that 2.1 ms is 3 % at most */
    TOGETHER_LEAST = 3, /* patient timers in a slot, from which on they are served together, ... */
    TOGETHER_MOST = 20, /* ... in windows of two slots; of one, a half, ... where more would come together than this */
    WINDOW_SHIFT_MOST = FINE_SHIFT + 1,
    WINDOW_SHIFT_LEAST = FINE_SHIFT - 3,
};

enum timer_where { NOWHERE, IN_FINE, IN_COARSE, IN_BEYOND, IN_HURRY, IN_PATIENT, IN_DUE };

struct chunk {
    struct chunk *before; /* full; of free ones: the next */
    struct timer *timers[CHUNK_TIMERS];
};

_Static_assert((sizeof(struct chunk) + CHUNK_TIMERS - 1) / CHUNK_TIMERS == SWARM_USER_TIMER,
               "SWARM_USER_TIMER in program.h is a timer's share of a chunk");

/* Its chunks are full, but the last. */
struct slot {
    struct chunk *last; /* NULL: empty */
    uint32_t count;
    uint32_t hurry; /* of them, not patient */
};

struct wheel_level {
    struct slot slots[SLOTS];
    uint64_t used[WORDS]; /* one bit a slot that may hold timers */
};

struct timer_wheel {
    struct wheel_level fine, coarse;
    struct slot beyond;
    struct timer_heap hurry, patient;
    uint32_t reached;   /* patient timers of the slot that has been reached */
    uint32_t order;     /* of the next start */
    struct timer **due; /* those that are being fired; a stopped one is NULL */
    size_t due_count, due_capacity;
    int64_t fine_at, coarse_at; /* slots that have been reached, counted from the clock's zero */
    struct chunk *free;         /* chunks of `pages` that no slot has */
    struct chunk **pages;
    size_t page_count, page_capacity;
};

/* ---- chunks ---- */

static void add_page(struct timer_wheel *w)
{
    struct chunk *page = memory_apart(PAGE_CHUNKS, sizeof *page);

    w->pages = memory_grow(w->pages, w->page_count, &w->page_capacity, sizeof(struct chunk *));
    w->pages[w->page_count++] = page;
    for (size_t i = 0; i < PAGE_CHUNKS; i++) {
        page[i].before = w->free;
        w->free = &page[i];
    }
}

static struct chunk *take_chunk(struct timer_wheel *w)
{
    struct chunk *chunk;

    if (!w->free) {
        add_page(w);
    }
    chunk = w->free;
    w->free = chunk->before;
    return chunk;
}

static void give_chunk(struct timer_wheel *w, struct chunk *chunk)
{
    chunk->before = w->free;
    w->free = chunk;
}

/* ---- slots ---- */

static void slot_add(struct timer_wheel *w, struct slot *slot, struct timer *timer, enum timer_where where)
{
    uint32_t at = slot->count++ % CHUNK_TIMERS;

    if (at == 0) {
        struct chunk *chunk = take_chunk(w);

        chunk->before = slot->last;
        slot->last = chunk;
    }
    slot->last->timers[at] = timer;
    slot->hurry += !timer->patient;
    timer->place = &slot->last->timers[at];
    timer->where = (uint8_t)where;
}

/* The last one takes its place. */
static void slot_remove(struct timer_wheel *w, struct slot *slot, struct timer *timer)
{
    uint32_t at = --slot->count % CHUNK_TIMERS;
    struct chunk *chunk = slot->last;
    struct timer *moved = chunk->timers[at];

    *timer->place = moved;
    moved->place = timer->place;
    slot->hurry -= !timer->patient;
    if (at == 0) {
        slot->last = chunk->before;
        give_chunk(w, chunk);
    }
}

/* The earliest due time of one that holds LOOK_THROUGH timers at most. */
static int64_t slot_earliest(const struct slot *slot)
{
    int64_t least = INT64_MAX;

    for (uint32_t i = 0; i < slot->count; i++) {
        if (slot->last->timers[i]->due < least) {
            least = slot->last->timers[i]->due;
        }
    }
    return least;
}

/* ---- wheel ---- */

static struct slot *level_slot(struct wheel_level *level, int64_t slot)
{
    return &level->slots[slot & (SLOTS - 1)];
}

static void level_add(struct timer_wheel *w, struct wheel_level *level, int64_t slot, struct timer *timer,
                      enum timer_where where)
{
    unsigned i = (unsigned)slot & (SLOTS - 1);

    slot_add(w, &level->slots[i], timer, where);
    level->used[i / 64] |= UINT64_C(1) << (i % 64);
}

static struct slot level_take(struct wheel_level *level, int64_t slot)
{
    unsigned i = (unsigned)slot & (SLOTS - 1);
    struct slot taken = level->slots[i];

    level->used[i / 64] &= ~(UINT64_C(1) << (i % 64));
    level->slots[i] = (struct slot){0};
    return taken;
}

/* The first slot after `at`, at most SLOTS further, that holds a timer; -1: none. Clears the bits of empty
 * ones. */
static int64_t level_next(struct wheel_level *level, int64_t at)
{
    int64_t slot = at + 1, end = at + SLOTS;

    while (slot <= end) {
        unsigned i = (unsigned)slot & (SLOTS - 1);
        uint64_t bits = level->used[i / 64] >> (i % 64);

        if (!bits) {
            slot += 64 - i % 64;
            continue;
        }
        slot += __builtin_ctzll(bits);
        if (slot > end) {
            break;
        }
        i = (unsigned)slot & (SLOTS - 1);
        if (level->slots[i].count) {
            return slot;
        }
        level->used[i / 64] &= ~(UINT64_C(1) << (i % 64));
    }
    return -1;
}

static void add_near(struct timer_wheel *w, struct timer *timer)
{
    timer->where = timer->patient ? IN_PATIENT : IN_HURRY;
    w->reached += timer->patient;
    timer_heap_add(timer->patient ? &w->patient : &w->hurry, timer);
}

/* The fine level holds the coarse slot that has been reached, the coarse level the 8,191 after it. */
static void place(struct timer_wheel *w, struct timer *timer)
{
    int64_t coarse = timer->due >> COARSE_SHIFT;

    if (timer->due >> FINE_SHIFT <= w->fine_at) {
        add_near(w, timer);
    } else if (coarse <= w->coarse_at) {
        level_add(w, &w->fine, timer->due >> FINE_SHIFT, timer, IN_FINE);
    } else if (coarse - w->coarse_at < SLOTS) {
        level_add(w, &w->coarse, coarse, timer, IN_COARSE);
    } else {
        slot_add(w, &w->beyond, timer, IN_BEYOND);
    }
}

static void fetch_timers(const struct chunk *chunk, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        __builtin_prefetch(chunk->timers[i], 1);
    }
    __builtin_prefetch(chunk->before);
}

/* Those of a slot that has been taken out. While a chunk's timers are placed those of the next come from memory. */
static void place_all(struct timer_wheel *w, struct slot taken)
{
    struct chunk *chunk = taken.last, *before;
    uint32_t n = taken.count ? (taken.count - 1) % CHUNK_TIMERS + 1 : 0;

    if (chunk) {
        fetch_timers(chunk, n);
    }
    for (; chunk; chunk = before, n = CHUNK_TIMERS) {
        before = chunk->before;
        if (before) {
            fetch_timers(before, CHUNK_TIMERS);
        }
        for (uint32_t i = 0; i < n; i++) {
            place(w, chunk->timers[i]);
        }
        give_chunk(w, chunk);
    }
}

static void reach_fine(struct timer_wheel *w, int64_t slot)
{
    w->fine_at = slot;
    w->reached = 0;
}

static void turn_fine(struct timer_wheel *w, int64_t to)
{
    int64_t slot;

    while ((slot = level_next(&w->fine, w->fine_at)) >= 0 && slot <= to) {
        reach_fine(w, slot);
        place_all(w, level_take(&w->fine, slot));
    }
    if (w->fine_at < to) {
        reach_fine(w, to);
    }
}

/* The first coarse slot where `beyond` must be looked through again: none of it is due before. */
static int64_t beyond_at(const struct timer_wheel *w)
{
    return (w->coarse_at / SLOTS + 1) * SLOTS;
}

static void turn_coarse(struct timer_wheel *w, int64_t to)
{
    while (w->coarse_at < to) {
        int64_t next = level_next(&w->coarse, w->coarse_at);

        turn_fine(w, ((w->coarse_at + 1) << SLOT_BITS) - 1);
        if (next < 0 || next > to) {
            next = to;
        }
        if (next < beyond_at(w)) {
            w->coarse_at = next;
            reach_fine(w, (next << SLOT_BITS) - 1);
        } else {
            struct slot taken = w->beyond;

            next = w->coarse_at = beyond_at(w);
            reach_fine(w, (next << SLOT_BITS) - 1);
            w->beyond = (struct slot){0};
            place_all(w, taken);
        }
        place_all(w, level_take(&w->coarse, next));
    }
}

/* ---- interface ---- */

void timers_init(struct timers *timers, int64_t now)
{
    struct timer_wheel *w = memory_apart(1, sizeof *w);

    w->fine_at = now >> FINE_SHIFT;
    w->coarse_at = now >> COARSE_SHIFT;
    *timers = (struct timers){.wheel = w};
}

void timers_free(struct timers *timers)
{
    struct timer_wheel *w = timers->wheel;

    for (size_t i = 0; i < w->page_count; i++) {
        free(w->pages[i]);
    }
    free(w->pages);
    free(w->due);
    timer_heap_free(&w->hurry);
    timer_heap_free(&w->patient);
    free(w);
    timers->wheel = NULL;
}

void timer_start(struct timers *timers, struct timer *timer, int64_t due, void (*fire)(struct timer *timer))
{
    struct timer_wheel *w = timers->wheel;

    timer_stop(timers, timer);
    timer->due = due;
    timer->fire = fire;
    timer->order = w->order++;
    timer->patient = (due >> FINE_SHIFT) - w->fine_at > PATIENT_SLOTS;
    place(w, timer);
}

void timer_stop(struct timers *timers, struct timer *timer)
{
    struct timer_wheel *w = timers->wheel;

    switch ((enum timer_where)timer->where) {
    case NOWHERE:
        return;
    case IN_FINE:
        slot_remove(w, level_slot(&w->fine, timer->due >> FINE_SHIFT), timer);
        break;
    case IN_COARSE:
        slot_remove(w, level_slot(&w->coarse, timer->due >> COARSE_SHIFT), timer);
        break;
    case IN_BEYOND:
        slot_remove(w, &w->beyond, timer);
        break;
    case IN_HURRY:
        timer_heap_remove(&w->hurry, timer->index);
        break;
    case IN_PATIENT:
        timer_heap_remove(&w->patient, timer->index);
        break;
    case IN_DUE:
        w->due[timer->index] = NULL;
        break;
    }
    timer->where = NOWHERE;
}

/* The heap with the earliest timer, NULL when there is none that is due at `now`. */
static struct timer_heap *earliest_heap(struct timer_wheel *w, int64_t now)
{
    struct timer_heap *heap = &w->patient;

    if (!heap->count || (w->hurry.count && timer_heap_earlier(&w->hurry.entries[0], &w->patient.entries[0]))) {
        heap = &w->hurry;
    }
    return timer_heap_due(heap) <= now ? heap : NULL;
}

/* Moves what is due from the heaps to w->due. */
static void take_due(struct timer_wheel *w, int64_t now)
{
    struct timer_heap *heap;

    w->due_count = 0;
    while ((heap = earliest_heap(w, now))) {
        struct timer *timer = heap->entries[0].timer;

        timer_heap_remove(heap, 0);
        w->due = memory_grow(w->due, w->due_count, &w->due_capacity, sizeof(struct timer *));
        timer->where = IN_DUE;
        timer->index = w->due_count;
        w->due[w->due_count++] = timer;
    }
    timer_heap_shrink(&w->hurry);
    timer_heap_shrink(&w->patient);
}

unsigned timers_run(struct timers *timers, int64_t now)
{
    struct timer_wheel *w = timers->wheel;
    unsigned fired = 0;

    turn_coarse(w, now >> COARSE_SHIFT);
    turn_fine(w, now >> FINE_SHIFT);
    take_due(w, now);
    if (w->due_count > 0) {
        timers->late = now - w->due[0]->due;
    }
    for (size_t i = 0; i < w->due_count; i++) {
        struct timer *timer = w->due[i];

        if (timer) {
            timer->where = NOWHERE;
            timer->fire(timer);
            fired++;
        }
    }
    return fired;
}

int64_t timers_next(const struct timers *timers)
{
    struct timer_wheel *w = timers->wheel;
    int64_t slot;

    if (w->hurry.count || w->patient.count) {
        int64_t a = timer_heap_due(&w->hurry), b = timer_heap_due(&w->patient);

        return a < b ? a : b;
    }
    if ((slot = level_next(&w->fine, w->fine_at)) >= 0) {
        const struct slot *found = level_slot(&w->fine, slot);

        return found->count <= LOOK_THROUGH ? slot_earliest(found) : slot << FINE_SHIFT;
    }
    slot = level_next(&w->coarse, w->coarse_at);
    if (w->beyond.count && (slot < 0 || slot > beyond_at(w))) {
        slot = beyond_at(w);
    }
    return slot >= 0 ? slot << COARSE_SHIFT : INT64_MAX;
}

/* The end of the window that `due` lies in, of a slot with `count` patient timers; not behind the begin of a slot with
 * timers in a hurry. A window of two slots begins with an even one, so both are in the fine level. */
static int64_t window_end(struct timer_wheel *w, int64_t due, uint32_t count)
{
    int64_t next = (due >> FINE_SHIFT) + 1, end;
    unsigned shift = WINDOW_SHIFT_MOST;

    for (count *= 2; count > TOGETHER_MOST && shift > WINDOW_SHIFT_LEAST; count /= 2) {
        shift--;
    }
    end = ((due >> shift) + 1) << shift;
    return end > next << FINE_SHIFT && level_slot(&w->fine, next)->hurry ? next << FINE_SHIFT : end;
}

int64_t timers_wake(const struct timers *timers)
{
    struct timer_wheel *w = timers->wheel;
    int64_t at = timers_next(timers), slot;

    if (w->patient.count) {
        int64_t hurry = timer_heap_due(&w->hurry);

        if (w->reached >= TOGETHER_LEAST) {
            at = window_end(w, timer_heap_due(&w->patient), w->reached);
            at = hurry < at ? hurry : at;
        }
        return at;
    }
    if (!w->hurry.count && (slot = level_next(&w->fine, w->fine_at)) >= 0) {
        const struct slot *found = level_slot(&w->fine, slot);

        if (!found->hurry && found->count >= TOGETHER_LEAST) {
            return window_end(w, at, found->count);
        }
    }
    return at;
}
