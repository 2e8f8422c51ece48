/*
 * totals.h - what stats.c sums up and snapshot.c copies. Internal to stats/.
 */
#ifndef SWARM_TOTALS_H
#define SWARM_TOTALS_H

#include "delta.h"
#include "stats.h"

/* A mark is a moment at which the current window may begin. Marks are at least half a second apart. */
enum { TOTALS_MARKS = 2 * STATS_WINDOW_S + 4 };
#define TOTALS_MARK_NS   INT64_C(500000000)
#define TOTALS_WINDOW_NS (STATS_WINDOW_S * INT64_C(1000000000))

struct totals_bucket {
    uint32_t bucket;
    uint64_t count;
};

/* What a row counted between two marks. */
struct totals_slice {
    int64_t end_ns;
    uint64_t failures;
    size_t count;
    struct totals_bucket buckets[];
};

struct totals_row {
    char *type, *name;
    struct tally sum;
    struct hist recent; /* since the last mark */
    uint64_t recent_failures;
    struct hist window; /* of the slices */
    uint64_t window_failures;
    struct totals_slice *slices[TOTALS_MARKS]; /* oldest first */
    size_t slice_count;
};

struct totals_kind {
    const char *name;
    uint64_t lost;
    struct hist lag;
};

struct totals_metric {
    const struct swarm_metric *of;
    struct metric_sum sum;
};

struct totals_source {
    uint32_t id;
    uint64_t sequence; /* of the last delta */
    uint64_t *users;   /* by kind */
    struct health_total health;
};

struct stats {
    int64_t begin_ns, begin_ms;
    int64_t rates_ns; /* where the rates over the run begin: begin_ns, or the last reset */
    unsigned resets;
    int64_t end_ns, end_ms;
    bool ended;
    struct totals_row **rows;
    size_t row_count, row_capacity;
    uint32_t *slots; /* rows by text: index + 1, 0 is free; at most half full */
    size_t slot_count;
    struct totals_row total;
    struct tally_notes errors;
    struct totals_kind *kinds;
    size_t kind_count;
    struct totals_metric *metrics;
    size_t metric_count;
    struct totals_source *sources;
    size_t source_count, source_capacity;
    uint64_t lost_deltas, bad_deltas;
    int64_t marks[TOTALS_MARKS]; /* oldest first; the oldest is where the window begins */
    size_t mark_count;
};

/* Makes a mark at `now_ns` when the last one is old enough, and lets go of what left the window. */
void totals_advance(struct stats *stats, int64_t now_ns);

#endif
