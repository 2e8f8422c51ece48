/*
 * history.h - what the run was like over time: for charts, in at most HISTORY_POINTS intervals. Internal to report/.
 *
 * A point tells of the interval that ended at it: what was counted in it, and the response times of its requests as a
 * histogram, so that two neighbours can be joined into one without an error. When all points are used, neighbours are
 * joined two by two and intervals are twice as long from then on: a run of ten hours takes no more memory and no larger
 * file than one of twenty minutes. Levels (users, target) are those at the interval's end.
 */
#ifndef SWARM_HISTORY_H
#define SWARM_HISTORY_H

#include "interval.h"
#include "row_history.h"

enum { HISTORY_POINTS = 720 }; /* even */

struct history_point {
    int64_t end_ns; /* since the begin of the run */
    uint64_t users;
    uint64_t target;             /* users that the shape or --users asked for */
    uint64_t requests, failures; /* in the totals, that ended in the interval */
    uint64_t errors;             /* in tasks */
    uint64_t cpu_ns;             /* of all shards */
    struct interval_times times; /* of `requests` */
};

struct history {
    struct history_point points[HISTORY_POINTS];
    size_t count;
    int64_t interval_ns;       /* from one point to the next */
    struct hist seen;          /* response times up to the last point */
    struct history_point last; /* the sums up to the last point */
    unsigned resets;           /* of the counts, that the last point knew of */
    struct row_history rows;   /* of the busiest rows, in fewer and longer intervals */
};

/* interval_ns > 0: of the first points. */
void history_open(struct history *h, int64_t interval_ns);
void history_close(struct history *h);

/* Adds a point when the last one is old enough; `last`: in any case, when anything has happened since. Returns whether
 * it did. */
bool history_add(struct history *h, const struct stats_snapshot *snap, uint64_t target, bool last);

/* Seconds of the interval of point i, > 0. */
double history_span_s(const struct history *h, size_t i);

#endif
