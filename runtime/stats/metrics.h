/*
 * metrics.h - the scenario's own metrics: what a recorder counts of them, what a delta carries, what a snapshot shows.
 *
 * Counters, trends and rates are counted in each shard and summed up by control, as requests are. A gauge is a level: one
 * shared value of the process (struct metric_level), read when a snapshot is made.
 *
 * Percentiles of a trend come from buckets that follow the binary form of a double: sign, exponent and the first eight bits
 * of the fraction. A bucket is at most 1/256 (0.4 %) of its value wide; any double has one, negative ones too, and adding
 * two sets is exact. Only buckets that hold something take memory (16 bytes).
 *
 * All-zero bytes are empty; *_free leaves them so.
 */
#ifndef SWARM_METRICS_H
#define SWARM_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <swarm/program.h>

struct metric_bucket {
    uint32_t key; /* metric_key() of its values: in their order */
    uint64_t count;
};

/* What was counted. */
struct metric_sum {
    uint64_t count;                /* additions of a counter, values of a trend, conditions of a rate */
    uint64_t hits;                 /* rate: conditions that held */
    double sum, min, max;          /* counter: sum alone; min and max of `count` > 0 values */
    struct metric_bucket *buckets; /* trend: by key */
    size_t bucket_count, bucket_capacity;
};

enum { METRIC_KEYS = 1 << 20 };

uint32_t metric_key(double value);
void metric_count(struct metric_sum *sum, double by);
void metric_sample(struct metric_sum *sum, double value);
void metric_condition(struct metric_sum *sum, bool held);
void metric_bucket_add(struct metric_sum *sum, uint32_t key, uint64_t n);
void metric_merge(struct metric_sum *into, const struct metric_sum *from);
void metric_sum_clear(struct metric_sum *sum); /* keeps its memory */
void metric_sum_free(struct metric_sum *sum);

/* ---- levels: any thread ---- */

struct metric_level;

struct metric_level *metric_level_new(void);
void metric_level_free(struct metric_level *level);
void metric_level_set(struct metric_level *level, double value);
void metric_level_add(struct metric_level *level, double by);
/* The value now and the highest so far; false: never set (both 0). */
bool metric_level_read(struct metric_level *level, double *value, double *max);

/* ---- in a snapshot ---- */

struct stats_snapshot;

struct stats_metric {
    const char *name, *unit; /* the program's */
    enum swarm_metric_kind kind;
    struct metric_sum sum;   /* not of gauges */
    double level, level_max; /* of gauges */
    bool level_set;
};

/* NULL: the program has none of that name. */
const struct stats_metric *stats_metric_find(const struct stats_snapshot *snap, const char *name);
/* False: nothing was counted, no value was set ("no data"). */
bool stats_metric_any(const struct stats_metric *metric);
/* Counter: the sum. Gauge: the value now. Rate: the share of conditions that held, 0 … 1. Trend: the mean. 0 without any. */
double stats_metric_value(const struct stats_metric *metric);
/* Counter: its sum a second over the run. */
double stats_metric_rate(const struct stats_metric *metric, const struct stats_snapshot *snap);
/* Trend: smallest and largest value; gauge: the highest it had. 0 without any. */
double stats_metric_min(const struct stats_metric *metric);
double stats_metric_max(const struct stats_metric *metric);
/* Trend: the value at rank ceil(p * count), 0 < p <= 1, within its smallest and largest. */
double stats_metric_percentile(const struct stats_metric *metric, double p);

/* "counter" "trend" "rate" "gauge" */
const char *stats_metric_kind(enum swarm_metric_kind kind);

#endif
