/* metrics.c - see metrics.h */
#include "metrics.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"
#include "stats.h"

enum { KEY_SHIFT = 44 }; /* of the 64 bits: sign, 11 of the exponent, 8 of the fraction stay */

#define SIGN (UINT64_C(1) << 63)

/* ---- buckets ---------------------------------------------------------------------------------------- */

/* The bits of a double, so that they are in the order of the values. */
static uint64_t ordered(double value)
{
    uint64_t bits;

    value += 0.0; /* -0.0 is 0.0 */
    memcpy(&bits, &value, sizeof bits);
    return bits & SIGN ? ~bits : bits | SIGN;
}

static double from_ordered(uint64_t bits)
{
    double value;

    bits = bits & SIGN ? bits & ~SIGN : ~bits;
    memcpy(&value, &bits, sizeof value);
    return value;
}

uint32_t metric_key(double value)
{
    return (uint32_t)(ordered(value) >> KEY_SHIFT);
}

/* The middle of a bucket. */
static double middle(uint32_t key)
{
    uint64_t low = (uint64_t)key << KEY_SHIFT, high = low | ((UINT64_C(1) << KEY_SHIFT) - 1);

    return from_ordered(low) / 2 + from_ordered(high) / 2;
}

void metric_bucket_add(struct metric_sum *sum, uint32_t key, uint64_t n)
{
    size_t low = 0, high = sum->bucket_count;

    while (low < high) {
        size_t at = low + (high - low) / 2;

        if (sum->buckets[at].key < key)
            low = at + 1;
        else
            high = at;
    }
    if (low == sum->bucket_count || sum->buckets[low].key != key) {
        sum->buckets = memory_grow(sum->buckets, sum->bucket_count, &sum->bucket_capacity, sizeof *sum->buckets);
        memmove(sum->buckets + low + 1, sum->buckets + low, (sum->bucket_count - low) * sizeof *sum->buckets);
        sum->buckets[low] = (struct metric_bucket){.key = key};
        sum->bucket_count++;
    }
    sum->buckets[low].count += n;
}

/* ---- counting --------------------------------------------------------------------------------------- */

void metric_count(struct metric_sum *sum, double by)
{
    sum->count++;
    sum->sum += by;
}

void metric_sample(struct metric_sum *sum, double value)
{
    if (sum->count == 0 || value < sum->min)
        sum->min = value;
    if (sum->count == 0 || value > sum->max)
        sum->max = value;
    sum->count++;
    sum->sum += value;
    metric_bucket_add(sum, metric_key(value), 1);
}

void metric_condition(struct metric_sum *sum, bool held)
{
    sum->count++;
    sum->hits += held;
}

void metric_merge(struct metric_sum *into, const struct metric_sum *from)
{
    if (from->count == 0)
        return;
    if (into->count == 0 || from->min < into->min)
        into->min = from->min;
    if (into->count == 0 || from->max > into->max)
        into->max = from->max;
    into->count += from->count;
    into->hits += from->hits;
    into->sum += from->sum;
    for (size_t i = 0; i < from->bucket_count; i++)
        metric_bucket_add(into, from->buckets[i].key, from->buckets[i].count);
}

void metric_sum_clear(struct metric_sum *sum)
{
    struct metric_bucket *buckets = sum->buckets;
    size_t capacity = sum->bucket_capacity;

    *sum = (struct metric_sum){.buckets = buckets, .bucket_capacity = capacity};
}

void metric_sum_free(struct metric_sum *sum)
{
    free(sum->buckets);
    memset(sum, 0, sizeof *sum);
}

/* ---- levels ----------------------------------------------------------------------------------------- */

struct metric_level {
    pthread_mutex_t lock;
    double value, max;
    bool set;
};

struct metric_level *metric_level_new(void)
{
    struct metric_level *level = memory_new(1, sizeof *level);

    pthread_mutex_init(&level->lock, NULL);
    return level;
}

void metric_level_free(struct metric_level *level)
{
    if (!level)
        return;
    pthread_mutex_destroy(&level->lock);
    free(level);
}

static void store(struct metric_level *level, double value)
{
    level->value = value;
    if (!level->set || value > level->max)
        level->max = value;
    level->set = true;
}

void metric_level_set(struct metric_level *level, double value)
{
    pthread_mutex_lock(&level->lock);
    store(level, value);
    pthread_mutex_unlock(&level->lock);
}

void metric_level_add(struct metric_level *level, double by)
{
    pthread_mutex_lock(&level->lock);
    store(level, level->value + by);
    pthread_mutex_unlock(&level->lock);
}

bool metric_level_read(struct metric_level *level, double *value, double *max)
{
    bool set;

    pthread_mutex_lock(&level->lock);
    *value = level->value;
    *max = level->max;
    set = level->set;
    pthread_mutex_unlock(&level->lock);
    return set;
}

/* ---- in a snapshot ---------------------------------------------------------------------------------- */

const struct stats_metric *stats_metric_find(const struct stats_snapshot *snap, const char *name)
{
    for (size_t i = 0; i < snap->metric_count; i++) {
        if (strcmp(snap->metrics[i].name, name) == 0)
            return &snap->metrics[i];
    }
    return NULL;
}

bool stats_metric_any(const struct stats_metric *metric)
{
    return metric->kind == SWARM_GAUGE ? metric->level_set : metric->sum.count > 0;
}

double stats_metric_value(const struct stats_metric *metric)
{
    const struct metric_sum *sum = &metric->sum;

    switch (metric->kind) {
    case SWARM_COUNTER:
        return sum->sum;
    case SWARM_GAUGE:
        return metric->level;
    case SWARM_RATE:
        return sum->count ? (double)sum->hits / (double)sum->count : 0;
    default:
        return sum->count ? sum->sum / (double)sum->count : 0;
    }
}

double stats_metric_rate(const struct stats_metric *metric, const struct stats_snapshot *snap)
{
    return snap->rate_s > 0 ? metric->sum.sum / snap->rate_s : 0;
}

double stats_metric_min(const struct stats_metric *metric)
{
    return metric->sum.min;
}

double stats_metric_max(const struct stats_metric *metric)
{
    return metric->kind == SWARM_GAUGE ? metric->level_max : metric->sum.max;
}

double stats_metric_percentile(const struct stats_metric *metric, double p)
{
    const struct metric_sum *sum = &metric->sum;
    uint64_t rank, seen = 0;
    double value = sum->max;

    if (sum->count == 0)
        return 0;
    rank = (uint64_t)ceil(p * (double)sum->count);
    for (size_t i = 0; i < sum->bucket_count; i++) {
        seen += sum->buckets[i].count;
        if (seen >= (rank ? rank : 1)) {
            value = middle(sum->buckets[i].key);
            break;
        }
    }
    return value < sum->min ? sum->min : value > sum->max ? sum->max : value;
}

const char *stats_metric_kind(enum swarm_metric_kind kind)
{
    static const char *const names[] = {
        [SWARM_COUNTER] = "counter", [SWARM_TREND] = "trend", [SWARM_RATE] = "rate", [SWARM_GAUGE] = "gauge"};

    return names[kind];
}
