/* Metrics: what is counted in shards arrives in the snapshot; buckets, levels, errors. */
#include <math.h>

#include "base/memory.h"
#include "state/metric.c"
#include "stats/delta.h"
#include "tests/engine/harness.h"

static struct swarm_metric counter = {.name = "seen", .unit = "rows", .kind = SWARM_COUNTER, .index = 0};
static struct swarm_metric trend = {.name = "value", .unit = "", .kind = SWARM_TREND, .index = 1};
static struct swarm_metric rate = {.name = "share", .unit = "", .kind = SWARM_RATE, .index = 2};
static struct swarm_metric gauge = {.name = "level", .unit = "", .kind = SWARM_GAUGE, .index = 3};
static struct swarm_metric *const all[] = {&counter, &trend, &rate, &gauge};
static const struct swarm_program program = {.metrics = all, .metric_count = 4};
static const struct swarm_place place = {"test.swarm", 3, "n"};

/* ---- buckets ---- */

static void buckets(void)
{
    static const double values[] = {-1e300, -5, -1, -1e-9, 0, 1e-300, 1e-9, 0.5, 1, 1.004, 2, 12.5, 1e6, 1e300};
    struct metric_sum sum = {0};
    bool ordered = true;

    for (size_t i = 1; i < sizeof values / sizeof *values; i++) {
        ordered &= metric_key(values[i - 1]) <= metric_key(values[i]);
    }
    ok(ordered, "buckets are in the order of the values");
    is_uint(metric_key(-0.0), metric_key(0.0), "there is one zero");
    for (int i = 1; i <= 1000; i++) {
        metric_sample(&sum, i * 0.37);
    }
    struct stats_metric metric = {.name = "value", .unit = "", .kind = SWARM_TREND, .sum = sum};
    for (int p = 1; p <= 100; p++) {
        double exact = p * 10 * 0.37, found = stats_metric_percentile(&metric, p / 100.0);

        if (fabs(found - exact) > exact / 100) {
            fail("percentile %d: %g, wanted %g", p, found, exact);
        }
    }
    is_dbl(stats_metric_percentile(&metric, 1), 370, 1e-9, "the highest is exact");
    is_dbl(stats_metric_value(&metric), 0.37 * 500.5, 1e-9, "the mean is exact");
    metric_sum_free(&sum);
}

/* ---- from shards to the snapshot ---- */

static struct stats_snapshot *taken_from(struct stats *stats, struct recorder *const *recorders, int n)
{
    for (int i = 0; i < n; i++) {
        size_t len;
        void *bytes = recorder_take(recorders[i], &len);

        is_int(stats_fold(stats, bytes, len), STATS_FOLDED, "a delta with metrics is folded");
        free(bytes);
    }
    return stats_take_snapshot(stats, 3 * SWARM_S, 3000);
}

static void merged(void)
{
    const char *names[] = {"U"};
    struct stats *stats = stats_create(names, 1);
    struct stats_rows *rows = stats_rows_create(NULL, 0);
    struct recorder *recorders[2];
    struct stats_snapshot *snap;
    const struct stats_metric *metric;

    stats_metrics(stats, all, 4);
    stats_begin(stats, SWARM_S, 1000);
    for (int r = 0; r < 2; r++) {
        recorders[r] = recorder_create(rows, (uint32_t)r, 1);
        recorder_metrics(recorders[r], all, 4);
    }
    for (int round = 0; round < 2; round++) {
        recorder_count(recorders[0], 0, 1.5);
        recorder_count(recorders[1], 0, 2);
        recorder_value(recorders[0], 1, -3);
        recorder_value(recorders[1], 1, 7);
        recorder_condition(recorders[0], 2, true);
        recorder_condition(recorders[1], 2, false);
        metric_level_add(gauge.state, 3);
        metric_level_add(gauge.state, -2);
        stats_snapshot_unref(taken_from(stats, recorders, 2));
    }
    snap = taken_from(stats, recorders, 2); /* deltas without anything new */
    is_uint(snap->metric_count, 4, "all metrics are in the snapshot");
    metric = stats_metric_find(snap, "seen");
    is_dbl(stats_metric_value(metric), 7, 1e-12, "a counter is summed up");
    is_dbl(stats_metric_rate(metric, snap), 3.5, 1e-12, "its rate is over the run");
    is_str(metric->unit, "rows", "it has its unit");
    metric = stats_metric_find(snap, "value");
    is_uint(metric->sum.count, 4, "a trend has all values");
    is_dbl(stats_metric_min(metric), -3, 0, "its smallest");
    is_dbl(stats_metric_max(metric), 7, 0, "its largest");
    is_dbl(stats_metric_value(metric), 2, 1e-12, "its mean");
    is_dbl(stats_metric_percentile(metric, 0.5), -3, 0.03, "its median");
    is_dbl(stats_metric_value(stats_metric_find(snap, "share")), 0.5, 1e-12, "a rate is a share");
    metric = stats_metric_find(snap, "level");
    is_dbl(stats_metric_value(metric), 2, 1e-12, "a gauge is what it is now");
    is_dbl(stats_metric_max(metric), 4, 1e-12, "and the highest it was");
    ok(!stats_metric_find(snap, "other"), "an unknown name is none");
    metrics_publish(&program, snap);
    is_dbl(swarm_metric_value(NULL, &counter), 7, 1e-12, "the scenario reads the merged value");
    is_dbl(swarm_metric_value(NULL, &gauge), 2, 1e-12, "of a gauge the value now");
    stats_snapshot_unref(snap);
    for (int r = 0; r < 2; r++) {
        recorder_free(recorders[r]);
    }
    stats_free(stats);
    stats_rows_free(rows);
}

/* ---- a delta that is damaged ---- */

static void damaged(void)
{
    struct stats_rows *rows = stats_rows_create(NULL, 0);
    struct recorder *recorder = recorder_create(rows, 0, 0);
    unsigned accepted = 0;
    size_t len;
    unsigned char *bytes;

    recorder_metrics(recorder, all, 4);
    recorder_value(recorder, 1, 1);
    recorder_value(recorder, 1, 1000);
    recorder_condition(recorder, 2, true);
    bytes = recorder_take(recorder, &len);
    for (size_t cut = 0; cut < len; cut++) {
        struct delta delta;

        accepted += delta_read(&delta, bytes, cut);
    }
    for (size_t at = 5; at + 4 < len; at++) { /* with a sum that is right */
        unsigned char *copy = memory_new(len, 1);
        struct delta delta;
        uint32_t hash;

        memcpy(copy, bytes, len);
        copy[at] ^= 0xff;
        hash = tally_hash(TALLY_HASH, copy, len - 4);
        for (int i = 0; i < 4; i++) {
            copy[len - 4 + (size_t)i] = (unsigned char)(hash >> (8 * i));
        }
        if (delta_read(&delta, copy, len)) {
            delta_free(&delta);
        }
        free(copy);
    }
    is_uint(accepted, 0, "half a delta is none; %zu bytes turned over break nothing", len);
    free(bytes);
    recorder_free(recorder);
    stats_rows_free(rows);
}

/* ---- what a scenario may give them ---- */

static void from_values(void)
{
    static struct user someone;
    static struct shard shard;
    struct swarm_strand *s = &someone.strand.base;
    struct stats_rows *rows = stats_rows_create(NULL, 0);

    someone.strand.user = &someone;
    someone.strand.shard = &shard;
    shard.recorder = recorder_create(rows, 0, 1);
    recorder_metrics(shard.recorder, all, 4);
    metric_level_set(gauge.state, 0);
    swarm_gauge_set(s, &gauge, swarm_duration(1500 * SWARM_MS), &place);
    is_dbl(swarm_metric_value(s, &gauge), 1.5, 1e-12, "a duration counts as seconds");
    swarm_gauge_add(s, &gauge, swarm_int(1), -1, &place);
    is_dbl(swarm_metric_value(s, &gauge), 0.5, 1e-12, "a gauge goes down too");
    ok(!swarm_failed(s), "numbers are no error");
    swarm_count(s, &counter, swarm_int(-1), &place);
    ok(s->exit == SWARM_ERROR && someone.strand.error, "a counter that shrinks is an error");
    like(someone.strand.error->text, "a counter only grows: seen += -1", "which says so");
    s->exit = SWARM_NO_EXIT;
    swarm_measure_value(s, &trend, swarm_text("x", 1), &place);
    ok(s->exit == SWARM_ERROR, "a text is no number");
    like(someone.strand.error->text, "wanted a number", "which is said");
    s->exit = SWARM_NO_EXIT;
    swarm_measure_value(s, &trend, swarm_null(), &place);
    ok(s->exit == SWARM_ERROR, "nor is nothing");
    arena_clear(&someone.strand.arena);
    recorder_free(shard.recorder);
    stats_rows_free(rows);
}

int main(void)
{
    for (int i = 0; i < 4; i++) {
        metric_open(all[i]);
    }
    buckets();
    merged();
    damaged();
    from_values();
    for (int i = 0; i < 4; i++) {
        metric_close(all[i]);
    }
    return tap_done();
}
