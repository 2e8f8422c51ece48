/*
 * interval.h - the response times of the requests that ended in an interval, as a sparse histogram: two neighbours can be joined
 * without an error. Internal to report/. Whoever holds one frees it with interval_free().
 */
#ifndef SWARM_INTERVAL_H
#define SWARM_INTERVAL_H

#include "../stats/stats.h"

struct interval_bucket {
    uint32_t bucket;
    uint64_t count;
};

struct interval_times {
    struct interval_bucket *buckets; /* ascending; NULL: no requests */
    size_t count;
};

/* Fills `times`, which is empty, with what `now` counted beyond `seen`, which catches up. */
void interval_take(struct interval_times *times, struct hist *seen, const struct hist *now);

/* Adds those of the next interval and frees them. */
void interval_join(struct interval_times *times, struct interval_times *next);
void interval_free(struct interval_times *times);

/* In microseconds: the value at rank ceil(p * n), within [min, max] of the row over the run; 0 without requests. */
double interval_percentile_us(const struct interval_times *times, const struct stats_row_view *row, double p);

#endif
