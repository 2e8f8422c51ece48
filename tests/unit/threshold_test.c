/* Thresholds: reading those of the command line, measuring rows and metrics of a snapshot, warm-ups, verdicts. */
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "control/shapes.h"
#include "control/threshold.h"
#include "control/verdict.h"
#include "stats/stats.h"
#include "tap.h"

static const struct swarm_row rows[] = {{"GET", "/a"}, {"POST", "/b"}};
static struct swarm_metric basket = {.name = "basket", .unit = "euro", .kind = SWARM_TREND, .index = 0};
static struct swarm_metric coupon = {.name = "coupon", .unit = "", .kind = SWARM_RATE, .index = 1};
static struct swarm_metric bought = {.name = "bought", .unit = "", .kind = SWARM_COUNTER, .index = 2};
static struct swarm_metric *const metrics[] = {&basket, &coupon, &bought};
static struct swarm_program program = {
    .rows = rows,
    .row_count = 2,
    .metrics = metrics,
    .metric_count = 3,
};

/* ---- reading ---- */

static void reads(const char *text, enum swarm_measure measure, enum swarm_comparison comparison, double limit,
                  const char *row)
{
    struct swarm_threshold t;
    char copy[256], why[512] = "";

    snprintf(copy, sizeof copy, "%s", text);
    if (!ok(threshold_read(&t, &program, copy, why, sizeof why), "%s is read", text)) {
        diag("%s", why);
        return;
    }
    ok(t.measure == measure && t.comparison == comparison, "… as what it says");
    is_dbl(t.limit, limit, 1e-9, "… with its limit");
    ok(row ? t.row && strcmp(t.row, row) == 0 : !t.row, "… of its row");
}

static void refuses(const char *text, const char *message)
{
    struct swarm_threshold t;
    char copy[256], why[512] = "";

    snprintf(copy, sizeof copy, "%s", text);
    ok(!threshold_read(&t, &program, copy, why, sizeof why), "%s is refused", text);
    like(why, message, "… and says why");
}

static void test_reading(void)
{
    struct swarm_threshold t;
    char text[] = "fail_ratio<=5% abort after 30s", why[64];

    reads("p95 < 500ms", SWARM_PERCENTILE, SWARM_LESS, 500e6, NULL);
    reads("  p99.9<2s ", SWARM_PERCENTILE, SWARM_LESS, 2e9, NULL);
    reads("fail_ratio < 1%", SWARM_FAIL_RATIO, SWARM_LESS, 0.01, NULL);
    reads("fails == 0", SWARM_FAILS, SWARM_EQUAL, 0, NULL);
    reads("requests >= 1_000", SWARM_REQUESTS, SWARM_GREATER_EQUAL, 1000, NULL);
    reads("rps > 600/m", SWARM_RPS, SWARM_GREATER, 10, NULL);
    reads("median <= 1m", SWARM_PERCENTILE, SWARM_LESS_EQUAL, 60e9, NULL);
    reads("generator.lag.p99 < 10ms", SWARM_LAG_PERCENTILE, SWARM_LESS, 10e6, NULL);
    reads("\"POST /b\" max < 1s", SWARM_MAX, SWARM_LESS, 1e9, "POST /b");
    reads("\"GET /a\" { avg < 1s }", SWARM_AVG, SWARM_LESS, 1e9, "GET /a");
    reads("basket.p95 < 100", SWARM_METRIC_PERCENTILE, SWARM_LESS, 100, NULL);
    reads("basket.avg < 2s", SWARM_METRIC_AVG, SWARM_LESS, 2e9, NULL);
    reads("coupon > 10%", SWARM_METRIC_VALUE, SWARM_GREATER, 0.1, NULL);
    reads("bought.rate > 2", SWARM_METRIC_RATE, SWARM_GREATER, 2, NULL);
    ok(threshold_read(&t, &program, text, why, sizeof why) && t.abort_after == 30 * SWARM_S, "abort after is read");

    refuses("p95 < 500", "'500ms'");
    refuses("p95 < fast", "not a time");
    refuses("p95", "< <= > >= or ==");
    refuses("p95 < ", "limit is missing");
    refuses("p95 != 5s", "< <= > >= or ==");
    refuses("p0 < 5s", "no metric 'p0'");
    refuses("p101 < 5s", "no metric 'p101'");
    refuses("fail_ration < 1%", "did you mean 'fail_ratio'");
    refuses("fail_ratio < much", "not a number");
    refuses("", "p95 < 500ms");
    refuses("\"GET /x\" p95 < 5s", "no request makes the row 'GET /x'");
    refuses("\"POST /bb\" p95 < 5s", "did you mean 'POST /b'");
    refuses("\"POST /b p95 < 5s", "has no end");
    refuses("p95 < 5s please", "nothing may follow");
    refuses("p95 < 5s abort 3s", "abort after");
    refuses("basket < 5", "basket.p95");
    refuses("coupon.p95 < 5", "has no 'p95'");
}

/* ---- measuring ---- */

static struct stats *stats;
static struct recorder *recorder;
static struct stats_rows *table;
static bool everybody[] = {true, true};
static struct swarm_group nothing = {.name = "U"};
static struct swarm_kind_of_user kinds[] = {
    {.name = "A", .group = &nothing, .weight = 1, .count = -1},
    {.name = "B", .group = &nothing, .weight = 1, .count = -1},
};

static void request(uint32_t row, uint64_t ms, bool failed)
{
    struct recorder_sample sample = {.duration_ns = ms * 1000000, .failed = failed};

    recorder_request(recorder, row, &sample);
    if (failed) {
        recorder_failure(recorder, row, "no", 2, 0);
    }
}

static struct stats_snapshot *snapshot(int64_t now)
{
    size_t size;
    void *delta = recorder_take(recorder, &size);

    stats_fold(stats, delta, size);
    free(delta);
    return stats_take_snapshot(stats, now, now / 1000000);
}

static void open_stats(void)
{
    static const char *const names[] = {"A", "B"};

    table = stats_rows_create(rows, 2);
    recorder = recorder_create(table, 0, 2);
    recorder_metrics(recorder, metrics, 3);
    stats = stats_create(names, 2);
    stats_metrics(stats, metrics, 3);
    stats_begin(stats, 0, 0);
}

static void close_stats(void)
{
    stats_free(stats);
    recorder_free(recorder);
    stats_rows_free(table);
}

static void judged(const struct stats_snapshot *snap, struct swarm_threshold threshold, enum threshold_state state,
                   const char *value)
{
    struct run_plan plan = {.only = everybody};
    struct shapes shapes = {.program = &program};
    struct thresholds t;
    char text[64];

    program.thresholds = &threshold;
    program.threshold_count = 1;
    threshold.place.what = "test";
    thresholds_open(&t, &program, &plan, "test");
    thresholds_judge(&t, snap, &shapes, &plan);
    threshold_value_text(&t.results[0], text, sizeof text);
    is_int(t.results[0].state, state, "measure %d, limit %g", (int)threshold.measure, threshold.limit);
    is_str(text, value, "… and its value");
    thresholds_free(&t);
    program.thresholds = NULL;
    program.threshold_count = 0;
}

/* clang-format off */
#define T(...) (struct swarm_threshold){.abort_after = -1, __VA_ARGS__}
/* clang-format on */

static void test_measuring(void)
{
    static const struct swarm_entry off = {.weight = 0}, on = {.weight = 1};
    static const struct swarm_maker maker_off = {0, &off}, maker_on = {0, &on};
    struct stats_snapshot *snap;

    open_stats();
    program.kinds = kinds;
    program.kind_count = 2;
    for (uint64_t i = 1; i <= 100; i++) {
        request(0, i * 10, i > 98);
    }
    recorder_value(recorder, 0, 10);
    recorder_value(recorder, 0, 30);
    recorder_condition(recorder, 1, true);
    recorder_condition(recorder, 1, false);
    recorder_count(recorder, 2, 8);
    snap = snapshot(4 * SWARM_S);
    judged(snap, T(.measure = SWARM_REQUESTS, .comparison = SWARM_EQUAL, .limit = 100), THRESHOLD_HOLDS, "100");
    judged(snap, T(.measure = SWARM_RPS, .comparison = SWARM_LESS, .limit = 25), THRESHOLD_BROKEN, "25");
    judged(snap, T(.measure = SWARM_FAILS, .comparison = SWARM_LESS_EQUAL, .limit = 2), THRESHOLD_HOLDS, "2");
    judged(snap, T(.measure = SWARM_FAIL_RATIO, .comparison = SWARM_LESS, .limit = 0.02), THRESHOLD_BROKEN, "2.00%");
    judged(snap, T(.measure = SWARM_AVG, .comparison = SWARM_LESS, .limit = 506e6), THRESHOLD_HOLDS, "505 ms");
    judged(snap, T(.measure = SWARM_MIN, .comparison = SWARM_GREATER_EQUAL, .limit = 10e6), THRESHOLD_HOLDS, "10 ms");
    judged(snap, T(.measure = SWARM_MAX, .comparison = SWARM_LESS, .limit = 1e9), THRESHOLD_BROKEN, "1000 ms");
    /* clang-format off */
    judged(snap, T(.measure = SWARM_PERCENTILE, .percentile = 1, .comparison = SWARM_EQUAL, .limit = 1e9), THRESHOLD_HOLDS, "1000 ms");
    judged(snap, T(.measure = SWARM_PERCENTILE, .percentile = 0.5, .comparison = SWARM_LESS, .limit = 503e6), THRESHOLD_HOLDS, "501 ms");
    judged(snap, T(.row = "GET /a", .measure = SWARM_REQUESTS, .comparison = SWARM_GREATER, .limit = 99), THRESHOLD_HOLDS, "100");
    judged(snap, T(.row = "POST /b", .measure = SWARM_MAX, .comparison = SWARM_LESS, .limit = 1e9), THRESHOLD_NO_DATA, "no data");
    judged(snap, T(.row = "POST /b", .measure = SWARM_FAILS, .comparison = SWARM_EQUAL, .limit = 0), THRESHOLD_NO_DATA, "no data");
    judged(snap, T(.row = "POST /b", .measure = SWARM_REQUESTS, .comparison = SWARM_EQUAL, .limit = 0), THRESHOLD_HOLDS, "0");
    judged(snap, T(.row = "POST /b", .measure = SWARM_MAX, .makers = &maker_on, .maker_count = 1), THRESHOLD_NO_DATA, "no data");
    judged(snap, T(.row = "POST /b", .measure = SWARM_MAX, .makers = &maker_off, .maker_count = 1), THRESHOLD_SKIPPED, "skipped");
    /* clang-format on */
    everybody[0] = false;
    judged(snap, T(.row = "POST /b", .measure = SWARM_MAX, .makers = &maker_on, .maker_count = 1), THRESHOLD_SKIPPED,
           "skipped");
    everybody[0] = true;
    /* clang-format off */
    judged(snap, T(.measure = SWARM_METRIC_AVG, .metric = &basket, .comparison = SWARM_EQUAL, .limit = 20), THRESHOLD_HOLDS, "20");
    judged(snap, T(.measure = SWARM_METRIC_MAX, .metric = &basket, .comparison = SWARM_LESS, .limit = 30), THRESHOLD_BROKEN, "30");
    judged(snap, T(.measure = SWARM_METRIC_COUNT, .metric = &basket, .comparison = SWARM_EQUAL, .limit = 2), THRESHOLD_HOLDS, "2");
    judged(snap, T(.measure = SWARM_METRIC_AVG, .metric = &basket, .comparison = SWARM_EQUAL, .limit = 20e9, .time = true), THRESHOLD_HOLDS, "20000 ms");
    judged(snap, T(.measure = SWARM_METRIC_VALUE, .metric = &coupon, .comparison = SWARM_GREATER, .limit = 0.5), THRESHOLD_BROKEN, "50.00%");
    judged(snap, T(.measure = SWARM_METRIC_VALUE, .metric = &bought, .comparison = SWARM_EQUAL, .limit = 8), THRESHOLD_HOLDS, "8");
    judged(snap, T(.measure = SWARM_METRIC_RATE, .metric = &bought, .comparison = SWARM_EQUAL, .limit = 2), THRESHOLD_HOLDS, "2");
    /* clang-format on */
    judged(snap, T(.measure = SWARM_LAG_MAX, .comparison = SWARM_LESS, .limit = 1e9), THRESHOLD_NO_DATA, "no data");
    stats_snapshot_unref(snap);
    close_stats();
}

/* ---- warm-up, abort, verdict ---- */

static void test_warm_up(void)
{
    struct swarm_threshold list[] = {
        T(.measure = SWARM_MAX, .comparison = SWARM_LESS, .limit = 100e6, .after = 2 * SWARM_S,
          .place.what = "max < 100ms"),
        T(.measure = SWARM_MIN, .comparison = SWARM_GREATER, .limit = 40e6, .after = 2 * SWARM_S,
          .place.what = "min > 40ms"),
        T(.measure = SWARM_REQUESTS, .comparison = SWARM_EQUAL, .limit = 2, .after = 2 * SWARM_S,
          .place.what = "requests == 2"),
        T(.measure = SWARM_RPS, .comparison = SWARM_EQUAL, .limit = 1, .after = 2 * SWARM_S, .place.what = "rps == 1"),
        T(.measure = SWARM_FAIL_RATIO, .comparison = SWARM_LESS, .limit = 0.3, .place.what = "fail_ratio < 30%"),
        T(.measure = SWARM_METRIC_AVG, .metric = &basket, .comparison = SWARM_EQUAL, .limit = 5, .after = 2 * SWARM_S,
          .place.what = "basket"),
        T(.measure = SWARM_METRIC_VALUE, .metric = &bought, .comparison = SWARM_EQUAL, .limit = 3, .after = 2 * SWARM_S,
          .place.what = "bought"),
        T(.measure = SWARM_MAX, .comparison = SWARM_LESS, .limit = 1e12, .after = 60 * SWARM_S, .place.what = "later"),
    };
    struct run_plan plan = {.only = everybody};
    struct shapes shapes = {.program = &program};
    struct stats_snapshot *snap;
    struct thresholds t;
    struct verdict verdict;

    program.thresholds = list;
    program.threshold_count = sizeof list / sizeof *list;
    open_stats();
    thresholds_open(&t, &program, &plan, "test");
    is_int(thresholds_next_warm_up(&t, 0), 2 * SWARM_S, "the first warm-up ends after 2 s");
    is_int(thresholds_next_warm_up(&t, 2 * SWARM_S), 60 * SWARM_S, "the next after a minute");
    is_int(thresholds_next_warm_up(&t, 60 * SWARM_S), -1, "and that was all");
    request(0, 5, true);
    request(0, 5000, false);
    recorder_value(recorder, 0, 1000);
    recorder_count(recorder, 2, 100);
    snap = snapshot(2 * SWARM_S);
    ok(!thresholds_look(&t, snap), "nothing stops the run");
    stats_snapshot_unref(snap);
    request(0, 50, false);
    request(0, 60, false);
    recorder_value(recorder, 0, 5);
    recorder_count(recorder, 2, 3);
    snap = snapshot(4 * SWARM_S);
    thresholds_judge(&t, snap, &shapes, &plan);
    for (size_t i = 0; i < 7; i++) {
        is_int(t.results[i].state, THRESHOLD_HOLDS, "%s, the warm-up left out", list[i].place.what);
    }
    is_int(t.results[7].state, THRESHOLD_NO_DATA, "a warm-up that was not over: no data");
    is_uint(thresholds_broken(&t), 1, "which is broken");
    verdict = verdict_of_run(snap, &t, 5, true, false);
    ok(!verdict.passed && verdict.exit_code == 5, "a broken threshold fails the run with the code that was asked for");
    is_str(verdict.why, "1 of 8 thresholds broken", "… and says so");
    t.count = 7;
    verdict = verdict_of_run(snap, &t, 1, true, false);
    ok(verdict.passed && verdict.exit_code == 0,
       "thresholds alone decide: one of four requests failed and the run passed");
    verdict = verdict_of_run(snap, &t, 1, false, false);
    ok(!verdict.passed && verdict.exit_code == 1, "reports that are not complete fail it all the same");
    verdict = verdict_of_run(snap, &t, 1, true, false);
    verdict_add_failure(&verdict, "the shape failed");
    ok(!verdict.passed && verdict.exit_code == 1 && strcmp(verdict.why, "the shape failed") == 0,
       "so does a failed formula");
    t.count = 8;
    stats_snapshot_unref(snap);
    thresholds_free(&t);
    close_stats();
}

static void test_abort(void)
{
    struct swarm_threshold list[] = {
        T(.measure = SWARM_FAILS, .comparison = SWARM_LESS, .limit = 1, .place.what = "fails < 1"),
        /* clang-format off */
        {.measure = SWARM_FAIL_RATIO, .comparison = SWARM_LESS, .limit = 0.5, .abort_after = 3 * SWARM_S, .place.what = "fail_ratio < 50%"},
        {.row = "POST /b", .measure = SWARM_MAX, .comparison = SWARM_LESS, .limit = 1, .abort_after = 0, .place.what = "max < 1ms"},
        /* clang-format on */
    };
    struct run_plan plan = {.only = everybody};
    struct shapes shapes = {.program = &program};
    const struct threshold_result *broken;
    struct stats_snapshot *snap;
    struct thresholds t;
    char name[64];

    program.thresholds = list;
    program.threshold_count = 3;
    open_stats();
    thresholds_open(&t, &program, &plan, "test");
    request(0, 5, true);
    snap = snapshot(2 * SWARM_S);
    ok(!thresholds_look(&t, snap), "broken before its time, or without data yet: the run goes on");
    stats_snapshot_unref(snap);
    snap = snapshot(3 * SWARM_S);
    broken = thresholds_look(&t, snap);
    ok(broken && broken->threshold == &list[1] && broken->aborted, "broken after its time: the run stops");
    threshold_name(broken->threshold, name, sizeof name);
    is_str(name, "fail_ratio < 50%", "it has a name");
    stats_snapshot_unref(snap);
    for (int i = 0; i < 9; i++) {
        request(0, 5, false);
    }
    snap = snapshot(4 * SWARM_S);
    thresholds_judge(&t, snap, &shapes, &plan);
    is_int(t.results[1].state, THRESHOLD_BROKEN, "what comes while the run stops does not mend it");
    stats_snapshot_unref(snap);
    threshold_name(&list[2], name, sizeof name);
    is_str(name, "POST /b: max < 1ms", "one of a row names its row");
    thresholds_free(&t);
    close_stats();
}

static void test_no_thresholds(void)
{
    struct stats_snapshot snap = {.task_errors = 0};
    struct thresholds none = {0};

    snap.total.requests = 4;
    snap.total.failures = 1;
    is_int(verdict_of_run(&snap, &none, 1, true, false).exit_code, 1,
           "without thresholds a failed request fails the run");
}

int main(void)
{
    test_reading();
    test_measuring();
    test_warm_up();
    test_abort();
    test_no_thresholds();
    return tap_done();
}
