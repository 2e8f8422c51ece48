/* history.c - see history.h */
#include "history.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../log/memory.h"

void history_open(struct history *h, int64_t interval_ns)
{
    *h = (struct history){ .interval_ns = interval_ns };
}

void history_close(struct history *h)
{
    for (size_t i = 0; i < h->count; i++)
        free(h->points[i].buckets);
    hist_free(&h->seen);
    *h = (struct history){ 0 };
}

/* ---- joining ---------------------------------------------------------------------------------------- */

static void join_buckets(struct history_point *into, const struct history_point *next)
{
    struct history_bucket *all = memory_new(into->bucket_count + next->bucket_count, sizeof *all);
    size_t a = 0, b = 0, n = 0;

    while (a < into->bucket_count || b < next->bucket_count) {
        bool left = b == next->bucket_count ||
                    (a < into->bucket_count && into->buckets[a].bucket <= next->buckets[b].bucket);
        const struct history_bucket *from = left ? &into->buckets[a++] : &next->buckets[b++];

        if (n > 0 && all[n - 1].bucket == from->bucket)
            all[n - 1].count += from->count;
        else
            all[n++] = *from;
    }
    free(into->buckets);
    into->buckets = memory_resize(all, n ? n : 1, sizeof *all);
    into->bucket_count = n;
}

static void join(struct history_point *into, struct history_point *next)
{
    into->end_ns = next->end_ns;
    into->users = next->users;
    into->target = next->target;
    into->requests += next->requests;
    into->failures += next->failures;
    into->errors += next->errors;
    into->cpu_ns += next->cpu_ns;
    join_buckets(into, next);
    free(next->buckets);
    next->buckets = NULL;
}

static void thin(struct history *h)
{
    for (size_t i = 0; i < HISTORY_POINTS / 2; i++) {
        struct history_point point = h->points[2 * i];

        join(&point, &h->points[2 * i + 1]);
        h->points[i] = point;
    }
    h->count = HISTORY_POINTS / 2;
    h->interval_ns *= 2;
}

/* ---- adding ----------------------------------------------------------------------------------------- */

/* What was counted since the last point; h->seen catches up. */
static void take_buckets(struct history *h, const struct hist *times, struct history_point *point)
{
    size_t capacity = 0;

    for (uint32_t b = hist_next(times, 0); b < HIST_BUCKETS; b = hist_next(times, b + 1)) {
        uint64_t more = hist_at(times, b) - hist_at(&h->seen, b);

        if (more == 0)
            continue;
        point->buckets = memory_grow(point->buckets, point->bucket_count, &capacity, sizeof *point->buckets);
        point->buckets[point->bucket_count++] = (struct history_bucket){ b, more };
        hist_add_bucket(&h->seen, b, more);
    }
    if (point->bucket_count > 0)
        point->buckets = memory_resize(point->buckets, point->bucket_count, sizeof *point->buckets);
}

/* The counts were set back (--reset-stats): the history starts again from there. */
static void begin_again(struct history *h)
{
    hist_clear(&h->seen);
    h->last.requests = h->last.failures = h->last.errors = 0;
}

bool history_add(struct history *h, const struct stats_snapshot *snap, uint64_t target, bool last)
{
    const struct stats_row_view *total = &snap->total;
    int64_t end_ns = snap->now_ns - snap->begin_ns, since = end_ns - h->last.end_ns;
    struct history_point *point;

    if (last && snap->end_ms && snap->elapsed_s * 1e9 < (double)end_ns) {
        end_ns = (int64_t)llround(snap->elapsed_s * 1e9);
        since = end_ns - h->last.end_ns;
    }
    if (since <= 0 && last && h->count > 0 && total->requests > h->last.requests) {
        end_ns = h->last.end_ns + 1;    /* what came behind the run's end (teardown) */
        since = 1;
    }
    if (since <= 0 || (!last && since < h->interval_ns - h->interval_ns / 10))
        return false;
    if (h->count == HISTORY_POINTS)
        thin(h);
    if (snap->resets != h->resets)
        begin_again(h);
    h->resets = snap->resets;
    point = &h->points[h->count++];
    *point = (struct history_point){
        .end_ns = end_ns,
        .users = snap->users,
        .target = target,
        .requests = total->requests - h->last.requests,
        .failures = total->failures - h->last.failures,
        .errors = snap->task_errors - h->last.errors,
        .cpu_ns = snap->cpu_ns - h->last.cpu_ns,
    };
    take_buckets(h, &total->times, point);
    h->last = (struct history_point){ .end_ns = end_ns, .requests = total->requests, .failures = total->failures,
                                      .errors = snap->task_errors, .cpu_ns = snap->cpu_ns };
    return true;
}

/* ---- asking ----------------------------------------------------------------------------------------- */

double history_span_s(const struct history *h, size_t i)
{
    int64_t begin = i > 0 ? h->points[i - 1].end_ns : 0;

    return (double)(h->points[i].end_ns - begin) / 1e9;
}

double history_percentile_us(const struct history_point *point, const struct stats_row_view *total, double p)
{
    uint64_t count = 0, rank, seen = 0;
    double us = 0, min = (double)total->min_ns / 1e3, max = (double)total->max_ns / 1e3;

    for (size_t i = 0; i < point->bucket_count; i++)
        count += point->buckets[i].count;
    if (count == 0)
        return 0;
    rank = hist_rank(p, count);
    for (size_t i = 0; i < point->bucket_count; i++) {
        uint32_t bucket = point->buckets[i].bucket;

        seen += point->buckets[i].count;
        if (seen >= rank) {
            us = ((double)hist_bucket_low(bucket) + (double)hist_bucket_high(bucket)) / 2;
            break;
        }
    }
    return us < min ? min : us > max ? max : us;
}
