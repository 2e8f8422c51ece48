/*
 * row_history.h - what the busiest rows were like over time, in at most ROW_HISTORY_POINTS intervals. Internal to report/.
 *
 * ROW_HISTORY_KEPT rows are kept, ROW_HISTORY_ROWS of them are shown. A run with more rows keeps the busiest: one that made more than
 * twice the requests of the least busy kept one takes its place, and is known from then on only. When all points are used, neighbours
 * are joined two by two, as in history.h. So neither 2,000 rows nor ten hours cost more than a few megabytes.
 */
#ifndef SWARM_ROW_HISTORY_H
#define SWARM_ROW_HISTORY_H

#include "interval.h"

enum { ROW_HISTORY_POINTS = 180, ROW_HISTORY_KEPT = 40, ROW_HISTORY_ROWS = 20 }; /* points: even */

struct row_history_point {
    uint64_t requests, failures; /* that ended in the interval */
    struct interval_times times;
};

struct row_series {
    char *type, *name;
    int64_t from_ns;             /* intervals that begin earlier are not known */
    uint64_t requests, failures; /* up to the last point */
    struct hist seen;
    struct row_history_point points[ROW_HISTORY_POINTS];
};

struct row_history {
    int64_t end_ns[ROW_HISTORY_POINTS]; /* of each interval, since the begin of the run */
    size_t count;
    int64_t interval_ns; /* from one point to the next */
    struct row_series *series[ROW_HISTORY_KEPT];
    size_t series_count;
    unsigned resets; /* of the counts, that the last point knew of */
};

/* interval_ns > 0: of the first points. */
void row_history_open(struct row_history *h, int64_t interval_ns);
void row_history_close(struct row_history *h);

/* The state at end_ns after the begin of the run. Adds a point when the last one is old enough; `last`: in any case. */
void row_history_add(struct row_history *h, const struct stats_snapshot *snap, int64_t end_ns, bool last);

/* When the interval of point i began. */
int64_t row_history_begin_ns(const struct row_history *h, size_t i);

/* The kept rows with the most requests, the busiest first. Returns how many. */
size_t row_history_busiest(const struct row_history *h, const struct stats_snapshot *snap,
                           const struct row_series *busiest[ROW_HISTORY_ROWS]);

#endif
