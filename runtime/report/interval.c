/* interval.c - see interval.h */
#include "interval.h"

#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"

void interval_take(struct interval_times *times, struct hist *seen, const struct hist *now)
{
    size_t capacity = 0;

    for (uint32_t b = hist_next(now, 0); b < HIST_BUCKETS; b = hist_next(now, b + 1)) {
        uint64_t more = hist_at(now, b) - hist_at(seen, b);

        if (more == 0)
            continue;
        times->buckets = memory_grow(times->buckets, times->count, &capacity, sizeof *times->buckets);
        times->buckets[times->count++] = (struct interval_bucket){b, more};
        hist_add_bucket(seen, b, more);
    }
    if (times->count > 0)
        times->buckets = memory_resize(times->buckets, times->count, sizeof *times->buckets);
}

void interval_join(struct interval_times *times, struct interval_times *next)
{
    struct interval_bucket *all;
    size_t a = 0, b = 0, n = 0;

    if (next->count == 0)
        return;
    if (times->count == 0) {
        *times = *next;
        *next = (struct interval_times){0};
        return;
    }
    all = memory_new(times->count + next->count, sizeof *all);
    while (a < times->count || b < next->count) {
        bool first = b == next->count || (a < times->count && times->buckets[a].bucket <= next->buckets[b].bucket);
        const struct interval_bucket *from = first ? &times->buckets[a++] : &next->buckets[b++];

        if (n > 0 && all[n - 1].bucket == from->bucket)
            all[n - 1].count += from->count;
        else
            all[n++] = *from;
    }
    free(times->buckets);
    times->buckets = memory_resize(all, n, sizeof *all);
    times->count = n;
    interval_free(next);
}

void interval_free(struct interval_times *times)
{
    free(times->buckets);
    *times = (struct interval_times){0};
}

double interval_percentile_us(const struct interval_times *times, const struct stats_row_view *row, double p)
{
    uint64_t count = 0, rank, seen = 0;
    double us = 0, min = (double)row->min_ns / 1e3, max = (double)row->max_ns / 1e3;

    for (size_t i = 0; i < times->count; i++)
        count += times->buckets[i].count;
    if (count == 0)
        return 0;
    rank = hist_rank(p, count);
    for (size_t i = 0; i < times->count; i++) {
        uint32_t bucket = times->buckets[i].bucket;

        seen += times->buckets[i].count;
        if (seen >= rank) {
            us = ((double)hist_bucket_low(bucket) + (double)hist_bucket_high(bucket)) / 2;
            break;
        }
    }
    return us < min ? min : us > max ? max : us;
}
