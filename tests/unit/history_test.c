/* The history of a run: bounded, thinned without an error, its percentiles those of the sorted samples. */
#include <tap.h>

#include "report/document.h"
#include "report/history.h"
#include "snapshot_fixture.h"

static uint64_t state = 88172645463325252u;

static uint64_t draw(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

/* Ten hours, a snapshot a second, the clock turned by hand. */
static void test_ten_hours(void)
{
    enum { SECONDS = 36000 };
    struct fixture f = fixture_new();
    struct history h;
    uint64_t sent = 0, failed = 0, requests = 0, failures = 0;
    bool ordered = true, whole = true;

    history_open(&h, FIXTURE_S);
    for (int s = 1; s <= SECONDS; s++) {
        struct stats_snapshot *snap;

        for (uint64_t n = draw() % 3; n > 0; n--) {
            bool bad = draw() % 5 == 0;

            fixture_request(&f, 0, 1000 + draw() % 500000, 10, bad ? "bad" : NULL);
            sent++;
            failed += bad;
        }
        snap = fixture_snapshot(&f, s);
        history_add(&h, snap, 10, s == SECONDS);
        stats_snapshot_unref(snap);
    }
    ok(h.count <= HISTORY_POINTS, "ten hours: at most %d points (%zu)", HISTORY_POINTS, h.count);
    ok(h.count > HISTORY_POINTS / 4, "ten hours: and not few");
    for (size_t i = 0; i < h.count; i++) {
        uint64_t in_buckets = 0;

        requests += h.points[i].requests;
        failures += h.points[i].failures;
        ordered &= history_span_s(&h, i) > 0;
        for (size_t b = 0; b < h.points[i].times.count; b++) {
            in_buckets += h.points[i].times.buckets[b].count;
            ordered &= b == 0 || h.points[i].times.buckets[b].bucket > h.points[i].times.buckets[b - 1].bucket;
        }
        whole &= in_buckets == h.points[i].requests;
    }
    is_uint(requests, sent, "ten hours: no request is lost by joining intervals");
    is_uint(failures, failed, "ten hours: no failure either");
    ok(ordered, "ten hours: intervals and buckets are in order");
    ok(whole, "ten hours: the histogram of an interval holds its requests");
    is_uint((uint64_t)(h.points[h.count - 1].end_ns / FIXTURE_S), SECONDS, "ten hours: the last point is the end");
    history_close(&h);
    fixture_free(&f);
}

/* A percentile of an interval against the sorted samples of it. */
static void test_percentiles(void)
{
    enum { SAMPLES = 3000, ROUNDS = 20 };
    static const double percentiles[] = {0.5, 0.9, 0.95, 0.99, 1};
    static uint64_t samples[SAMPLES];
    bool good = true;

    for (int round = 0; round < ROUNDS; round++) {
        struct fixture f = fixture_new();
        struct stats_snapshot *snap;
        struct history h;
        size_t n = 1 + draw() % SAMPLES;

        history_open(&h, FIXTURE_S);
        for (size_t i = 0; i < n; i++) {
            samples[i] = 1 + draw() % (UINT64_C(1) << (5 + draw() % 30));
            fixture_request(&f, 0, samples[i], 0, NULL);
        }
        snap = fixture_snapshot(&f, 1);
        history_add(&h, snap, 0, false);
        qsort(samples, n, sizeof *samples, by_value);
        for (size_t p = 0; p < sizeof percentiles / sizeof *percentiles; p++) {
            double exact = (double)samples[hist_rank(percentiles[p], n) - 1];
            double found = interval_percentile_us(&h.points[0].times, &snap->total, percentiles[p]);
            double row = stats_percentile_us(&snap->total, percentiles[p]);

            good &= found >= exact * 0.995 - 1 && found <= exact * 1.005 + 1;
            good &= percentiles[p] == 1 || row == found;
        }
        stats_snapshot_unref(snap);
        history_close(&h);
        fixture_free(&f);
    }
    ok(good, "percentiles are within 0.5 %% of the sorted samples, and those of the row when there is one interval");
}

/* Merging: what several recorders counted apart has the percentiles of all samples sorted together. */
static void test_merging(void)
{
    enum { SOURCES = 5, SAMPLES = 4000 };
    static uint64_t samples[SAMPLES];
    struct stats_rows *rows = stats_rows_create(fixture_rows, 4);
    struct stats *stats = stats_create(fixture_kinds, 2);
    struct recorder *recorders[SOURCES];
    struct stats_snapshot *snap;
    bool good = true;

    stats_begin(stats, 0, FIXTURE_UNIX_MS);
    for (uint32_t i = 0; i < SOURCES; i++)
        recorders[i] = recorder_create(rows, i, 2);
    for (size_t i = 0; i < SAMPLES; i++) {
        struct recorder_sample sample = {.duration_ns = 0};

        samples[i] = 10 + draw() % (UINT64_C(1) << (8 + draw() % 16));
        sample.duration_ns = samples[i] * 1000;
        recorder_request(recorders[draw() % SOURCES], 0, &sample);
        if (draw() % 100 == 0) {
            struct recorder *one = recorders[draw() % SOURCES];
            size_t len;
            void *delta = recorder_take(one, &len);

            good &= stats_fold(stats, delta, len) == STATS_FOLDED;
            free(delta);
        }
    }
    for (uint32_t i = 0; i < SOURCES; i++) {
        size_t len;
        void *delta = recorder_take(recorders[i], &len);

        good &= stats_fold(stats, delta, len) == STATS_FOLDED;
        free(delta);
        recorder_free(recorders[i]);
    }
    snap = stats_take_snapshot(stats, FIXTURE_S, FIXTURE_UNIX_MS + 1000);
    qsort(samples, SAMPLES, sizeof *samples, by_value);
    is_uint(snap->total.requests, SAMPLES, "merging: nothing is lost");
    is_uint(snap->total.min_ns, samples[0] * 1000, "merging: the minimum is exact");
    is_uint(snap->total.max_ns, samples[SAMPLES - 1] * 1000, "merging: so is the maximum");
    for (int i = 1; i <= 10000; i++) {
        double exact = (double)samples[hist_rank(i / 10000.0, SAMPLES) - 1],
               found = stats_percentile_us(&snap->total, i / 10000.0);

        good &= found >= exact * 0.995 - 0.5 && found <= exact * 1.005 + 0.5;
    }
    ok(good, "merging: each of 10,000 percentiles is within 0.5 %% of the sorted samples");
    stats_snapshot_unref(snap);
    stats_free(stats);
    stats_rows_free(rows);
}

static const struct row_series *series_named(const struct row_history *rows, const char *name)
{
    for (size_t i = 0; i < rows->series_count; i++) {
        if (strcmp(rows->series[i]->name, name) == 0)
            return rows->series[i];
    }
    return NULL;
}

/* A few rows for ten hours: each has all of its requests, in few intervals, and exact percentiles after they were joined. */
static void test_rows_over_time(void)
{
    enum { SECONDS = 36000 };
    struct fixture f = fixture_new();
    struct history h;
    struct stats_snapshot *snap = NULL;
    uint64_t sent[2] = {0}, failed = 0, counted[2] = {0}, failures = 0;
    bool whole = true;

    history_open(&h, 10 * FIXTURE_S);
    for (int s = 10; s <= SECONDS; s += 10) {
        for (uint64_t n = draw() % 3; n > 0; n--) {
            uint32_t row = draw() % 4 == 0;
            bool bad = row == 0 && draw() % 5 == 0;

            fixture_request(&f, row, row == 1 && s > SECONDS / 2 ? 400000 : 100000, 10, bad ? "bad" : NULL);
            sent[row]++;
            failed += bad;
        }
        stats_snapshot_unref(snap);
        snap = fixture_snapshot(&f, s);
        history_add(&h, snap, 10, s == SECONDS);
    }
    ok(h.rows.count <= ROW_HISTORY_POINTS && h.rows.count > ROW_HISTORY_POINTS / 4,
       "rows, ten hours: few intervals (%zu)", h.rows.count);
    is_int(h.rows.end_ns[h.rows.count - 1] / FIXTURE_S, SECONDS, "rows, ten hours: up to the end");
    for (int r = 0; r < 2; r++) {
        const struct row_series *series = series_named(&h.rows, fixture_rows[r].name);
        const struct stats_row_view *row = stats_find(snap, fixture_rows[r].type, fixture_rows[r].name);

        for (size_t i = 0; series && i < h.rows.count; i++) {
            const struct row_history_point *point = &series->points[i];
            double late = interval_percentile_us(&point->times, row, 0.5),
                   wanted = r == 1 && h.rows.end_ns[i] / FIXTURE_S > SECONDS * 11 / 20 ? 400000 : 100000;

            counted[r] += point->requests;
            failures += point->failures;
            whole &= (h.rows.end_ns[i] / FIXTURE_S > SECONDS / 2 - 400 &&
                      h.rows.end_ns[i] / FIXTURE_S <= SECONDS * 11 / 20) ||
                     point->requests == 0 || (late > wanted * 0.99 && late < wanted * 1.01);
        }
    }
    is_uint(counted[0], sent[0], "rows, ten hours: no request of a row is lost");
    is_uint(counted[1], sent[1], "rows, ten hours: of the other neither");
    is_uint(failures, failed, "rows, ten hours: nor a failure");
    ok(whole, "rows, ten hours: percentiles are those of the row at that time");
    stats_snapshot_unref(snap);
    history_close(&h);
    fixture_free(&f);
}

/* 2,000 rows: the busiest are kept; one that becomes busy late takes a place and is known from then on only. */
static void test_busiest_rows(void)
{
    enum { ROWS = 900, SECONDS = 1000 };
    struct fixture f = fixture_new();
    struct history h;
    struct stats_snapshot *snap = NULL;
    const struct row_series *busiest[ROW_HISTORY_ROWS], *late;
    uint32_t rows[ROWS];
    char name[64];
    size_t count, buckets = 0;
    bool in_order = true;

    for (int i = 0; i < ROWS; i++)
        rows[i] = recorder_row(f.rec, "GET", name, (size_t)snprintf(name, sizeof name, "/item/%d", i));
    history_open(&h, FIXTURE_S);
    for (int s = 1; s <= SECONDS; s++) {
        for (int i = 0; i < ROWS; i++) {
            if (i >= ROWS - 30 || s % 50 == 1)
                fixture_request(&f, rows[i], 1000 + draw() % 1000, 0, NULL);
        }
        for (int n = s > SECONDS / 2 ? 20 : 0; n > 0; n--)
            fixture_request(&f, rows[7], 5000, 0, NULL);
        stats_snapshot_unref(snap);
        snap = fixture_snapshot(&f, s);
        history_add(&h, snap, 1, s == SECONDS);
    }
    count = row_history_busiest(&h.rows, snap, busiest);
    is_uint(count, ROW_HISTORY_ROWS, "many rows: so many are shown");
    is_uint(h.rows.series_count, ROW_HISTORY_KEPT, "many rows: and so many kept");
    for (size_t i = 1; i < count; i++)
        in_order &= stats_find(snap, busiest[i - 1]->type, busiest[i - 1]->name)->requests >=
                    stats_find(snap, busiest[i]->type, busiest[i]->name)->requests;
    ok(in_order, "many rows: the busiest first");
    late = busiest[0];
    is_str(late->name, "/item/7", "many rows: one that became busy late is the first of them");
    ok(late->from_ns > SECONDS / 2 * FIXTURE_S, "many rows: known from then on only");
    in_order = true;
    for (size_t i = 1; i < count; i++)
        in_order &= atoi(busiest[i]->name + strlen("/item/")) >= ROWS - 30 && busiest[i]->from_ns < 60 * FIXTURE_S;
    ok(in_order, "many rows: the others are those that were busy all the time");
    for (size_t i = 0; i < h.rows.series_count; i++) {
        for (size_t p = 0; p < h.rows.count; p++)
            buckets += h.rows.series[i]->points[p].times.count;
    }
    ok(buckets < (size_t)ROW_HISTORY_KEPT * ROW_HISTORY_POINTS * 100, "many rows: little memory (%zu buckets)",
       buckets);
    stats_snapshot_unref(snap);
    history_close(&h);
    fixture_free(&f);
}

/* Many rows: what the page weighs. */
static void test_many_rows(void)
{
    struct fixture f = fixture_new();
    struct report_run run = {.program = "p", .scenario = "p.swarm", .version = "1"};
    struct report_verdict verdict = {.passed = true, .why = "fine"};
    struct history h;
    struct stats_snapshot *snap;
    char name[64], *text = NULL;
    size_t size = 0;
    FILE *out;

    for (int i = 0; i < 900; i++) {
        uint32_t row = recorder_row(f.rec, "GET", name, (size_t)snprintf(name, sizeof name, "/item/%d", i));

        for (int k = 0; k < 20; k++)
            fixture_request(&f, row, 1000 + draw() % 100000, 100, NULL);
    }
    snap = fixture_snapshot(&f, 1);
    history_open(&h, FIXTURE_S);
    history_add(&h, snap, 1, true);
    out = open_memstream(&text, &size);
    document_html(
        out, &(struct document){.run = &run, .snap = snap, .history = &h, .verdict = &verdict, .row_histograms = 40});
    fclose(out);
    ok(size < 900 * 1000, "900 rows: the page is below 1 kB a row (%zu)", size);
    ok(strstr(text, "/item/899") != NULL, "900 rows: each is in it");
    free(text);
    stats_snapshot_unref(snap);
    history_close(&h);
    fixture_free(&f);
}

int main(void)
{
    test_ten_hours();
    test_percentiles();
    test_merging();
    test_rows_over_time();
    test_busiest_rows();
    test_many_rows();
    return tap_done();
}
