/*
 * health.h - how well the load generator itself kept up, and whether that spoils what it measured.
 *
 * Three layers, as for requests: a recorder counts (struct health_counts, in its delta), the sums keep one
 * struct health_total a source, a snapshot shows struct stats_health. All-zero bytes are empty.
 */
#ifndef SWARM_HEALTH_H
#define SWARM_HEALTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hist.h"

/* From here on a figure is spoiled. */
#define HEALTH_LAG_NS     INT64_C(10000000) /* 99 % of the time a loop has to be less late than this, or ... */
#define HEALTH_LAG_SHARE  0.1               /* ... than this part of the p99 of the response times */
#define HEALTH_BUSY       0.9               /* share of a core of one thread, over HEALTH_BUSY_S seconds */
#define HEALTH_BUSY_S     5
#define HEALTH_LATE_NS    INT64_C(10000000) /* a start that is later than this is a late one */
#define HEALTH_LATE_SHARE 0.01              /* of the starts that had an intended time */
enum {
    HEALTH_SAMPLES = 100,   /* a p99 of less tells nothing */
    HEALTH_LATE_STARTS = 3, /* fewer are an accident */
};

/* Why connects failed before anything was asked of a server. */
enum stats_limit {
    STATS_NO_DESCRIPTOR, /* too many open files (ulimit -n) */
    STATS_NO_PORT,       /* no local port is free */
    STATS_LIMITS
};

/* What one source counted since its last delta. */
struct health_counts {
    struct hist loop_lag;     /* how late its loop served a timer */
    struct hist late;         /* starts with an intended time that it was its own to keep: how late */
    uint64_t cpu_ns, wall_ns; /* of its thread on a core (user and system); time that passed meanwhile */
    uint64_t limits[STATS_LIMITS];
};

void health_clear(struct health_counts *counts); /* keeps its memory */
void health_free(struct health_counts *counts);

/* The sums of one source, and how busy it was at most. */
struct health_total {
    struct health_counts sum;
    uint64_t recent_cpu_ns[HEALTH_BUSY_S + 1], recent_wall_ns[HEALTH_BUSY_S + 1]; /* of the last deltas */
    size_t recent_count;
    double busy_most;
};

void health_fold(struct health_total *total, const struct health_counts *delta);
void health_total_free(struct health_total *total);

/* ---- in a snapshot ------------------------------------------------------------------------------- */

/* What is wrong; one bit each. */
enum stats_unhealthy {
    STATS_LOOP_LAGS = 1,     /* answers and timers waited for the loop: times are too long */
    STATS_CPU_FULL = 2,      /* a thread had no time left: the load was less than asked for */
    STATS_STARTS_LATE = 4,   /* arrivals and paced tasks did not begin when they should */
    STATS_OUT_OF_LIMITS = 8, /* connects failed by our own limits */
};

/* One thread of the generator. */
struct stats_shard {
    uint32_t source;
    uint64_t cpu_ns, wall_ns;
    double busy;      /* cpu_ns / wall_ns: 1 is a whole core */
    double busy_most; /* the most over HEALTH_BUSY_S seconds; 0 in a shorter run */
    struct hist loop_lag;
};

struct stats_health {
    struct stats_shard *shards; /* in order of source */
    size_t shard_count;
    struct hist late;                /* starts with an intended time, of arrivals and of paces that were kept */
    uint64_t starts, late_starts;    /* all of them; those that were later than HEALTH_LATE_NS */
    uint64_t no_descriptor, no_port; /* connects that failed by our own limits */
    unsigned unhealthy;              /* enum stats_unhealthy; 0: healthy */
};

struct stats_snapshot;

/* Sets `unhealthy` of a snapshot from everything else in it. */
void health_judge(struct stats_snapshot *snap);
void stats_health_free(struct stats_health *health);

/* What is wrong and what helps against it, in one sentence without a full stop; "" when nothing is. */
void stats_health_text(const struct stats_snapshot *snap, char *out, size_t size);

#endif
