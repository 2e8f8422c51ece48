/* From recorders through deltas to snapshots: nothing is lost, nothing counts twice, and rates follow the
 * clock. */
#include <pthread.h>
#include <tap.h>

#include "log/secret.h"
#include "stats/stats.h"

#define S  INT64_C(1000000000)
#define MS UINT64_C(1000000)

static const struct swarm_row fixed_rows[] = {{"GET", "/a"}, {"POST", "/b"}, {"TRANSACTION", "visit"}};
static const char *const kind_names[] = {"Shopper", "Visitor"};

enum { ROW_A, ROW_B, ROW_VISIT, FIXED };

struct bench {
    struct stats_rows *rows;
    struct recorder *rec[3];
    struct stats *stats;
};

static struct bench bench_new(void)
{
    struct bench b = {.rows = stats_rows_create(fixed_rows, FIXED), .stats = stats_create(kind_names, 2)};

    for (uint32_t i = 0; i < 3; i++)
        b.rec[i] = recorder_create(b.rows, i, 2);
    return b;
}

static void bench_free(struct bench *b)
{
    for (int i = 0; i < 3; i++)
        recorder_free(b->rec[i]);
    stats_free(b->stats);
    stats_rows_free(b->rows);
}

static void request(struct recorder *rec, uint32_t row, uint64_t ms, uint64_t bytes, bool failed)
{
    struct recorder_sample sample = {.duration_ns = ms * MS, .bytes = bytes, .failed = failed};

    recorder_request(rec, row, &sample);
}

static void failure(struct recorder *rec, uint32_t row, const char *text, int64_t unix_ms)
{
    request(rec, row, 10, 0, true);
    recorder_failure(rec, row, text, strlen(text), unix_ms);
}

static enum stats_fold hand_over(struct bench *b, int i)
{
    size_t len;
    void *delta = recorder_take(b->rec[i], &len);
    enum stats_fold result = stats_fold(b->stats, delta, len);

    free(delta);
    return result;
}

static uint64_t requests_of(const struct stats_snapshot *snap, const char *type, const char *name)
{
    const struct stats_row_view *row = stats_find(snap, type, name);

    return row ? row->requests : 0;
}

static void test_counts(void)
{
    struct bench b = bench_new();
    struct stats_snapshot *snap;
    const struct stats_row_view *row;

    stats_begin(b.stats, 100 * S, 1000000);
    for (int i = 0; i < 3; i++) {
        request(b.rec[i], ROW_A, 10, 100, false);
        request(b.rec[i], ROW_A, 30, 300, false);
        failure(b.rec[i], ROW_B, "status 500", 1000100 + i);
        request(b.rec[i], ROW_VISIT, 500, 0, false);
        recorder_tries(b.rec[i], ROW_B, 2);
        recorder_cut(b.rec[i], ROW_A);
        recorder_drop(b.rec[i], ROW_A);
        recorder_lost(b.rec[i], 1);
        recorder_users(b.rec[i], 0, 5);
        is_int(hand_over(&b, i), STATS_FOLDED, "delta of source %d", i);
    }
    snap = stats_take_snapshot(b.stats, 104 * S, 1004000);
    row = stats_find(snap, "GET", "/a");
    ok(row, "the row is there");
    is_uint(row->requests, 6, "requests");
    is_uint(row->failures, 0, "failures");
    is_uint(row->bytes, 1200, "bytes");
    is_uint(row->cut, 3, "cut off");
    is_uint(row->dropped, 3, "dropped before they began");
    is_uint(row->min_ns, 10 * MS, "minimum");
    is_uint(row->max_ns, 30 * MS, "maximum");
    is_dbl(stats_mean_us(row), 20000, 1e-9, "mean");
    is_dbl(stats_percentile_us(row, 0.5), 10000, 100, "median");
    is_dbl(stats_percentile_us(row, 1), 30000, 0, "100 %% is exact");
    is_dbl(stats_percentile_us(row, 0.99), 30000, 0, "and so is every one that is the slowest");
    is_dbl(stats_percentile_us(row, 0.01), 10000, 0, "or the fastest");
    is_dbl(row->rate, 1.5, 1e-9, "six in four seconds");
    row = stats_find(snap, "POST", "/b");
    is_uint(row->failures, 3, "failed");
    is_uint(row->tries, 6, "extra tries");
    is_uint(row->message_count, 1, "one message");
    is_str(row->messages[0].text, "status 500", "its text");
    is_uint(row->messages[0].count, 3, "its occurrences");
    is_int(row->messages[0].first_ms, 1000100, "first seen");
    is_int(row->messages[0].last_ms, 1000102, "last seen");
    is_uint(snap->total.requests, 9, "TRANSACTION is not in the total");
    is_uint(snap->total.failures, 3, "failures of the total");
    is_uint(requests_of(snap, "TRANSACTION", "visit"), 3, "but listed");
    is_ptr(stats_find(snap, "GET", "/nope"), NULL, "a row without counts is not there");
    is_uint(snap->users, 15, "users alive");
    is_uint(snap->kinds[0].users, 15, "by kind");
    is_uint(snap->kinds[1].lost, 3, "lost by kind");
    is_uint(snap->lost, 3, "lost in all");
    stats_drop_source(b.stats, 1);
    stats_snapshot_unref(snap);
    snap = stats_take_snapshot(b.stats, 105 * S, 1005000);
    is_uint(snap->users, 10, "the users of a source that is gone are gone");
    is_uint(snap->total.requests, 9, "what it counted stays");
    stats_snapshot_ref(snap);
    stats_snapshot_unref(snap);
    is_uint(snap->total.requests, 9, "a snapshot lives as long as somebody holds it");
    stats_snapshot_unref(snap);
    bench_free(&b);
}

static void test_order_of_rows(void)
{
    static const struct swarm_row rows[] = {{"POST", "/b"}, {"GET", "/b"}, {"GET", "/a"}, {"DELETE", "/b"}};
    struct stats_rows *table = stats_rows_create(rows, 4);
    struct recorder *rec = recorder_create(table, 0, 0);
    struct stats *stats = stats_create(NULL, 0);
    struct stats_snapshot *snap;
    size_t len;
    void *delta;

    for (uint32_t i = 0; i < 4; i++)
        request(rec, i, 1, 0, false);
    delta = recorder_take(rec, &len);
    stats_begin(stats, 0, 0);
    stats_fold(stats, delta, len);
    snap = stats_take_snapshot(stats, S, 0);
    is_str(snap->rows[0].name, "/a", "by name first");
    is_str(snap->rows[1].type, "DELETE", "then by type");
    is_str(snap->rows[2].type, "GET", "in byte order");
    is_str(snap->rows[3].type, "POST", "to the last");
    stats_snapshot_unref(snap);
    free(delta);
    recorder_free(rec);
    stats_free(stats);
    stats_rows_free(table);
}

static void test_deltas_are_numbered(void)
{
    struct bench b = bench_new();
    struct stats_snapshot *snap;
    size_t len[4];
    void *delta[4];

    stats_begin(b.stats, 0, 0);
    for (int i = 0; i < 4; i++) {
        request(b.rec[0], ROW_A, 5, 0, false);
        delta[i] = recorder_take(b.rec[0], &len[i]);
    }
    is_int(stats_fold(b.stats, delta[0], len[0]), STATS_FOLDED, "the first");
    is_int(stats_fold(b.stats, delta[0], len[0]), STATS_REPEATED, "the first again");
    is_int(stats_fold(b.stats, delta[1], len[1]), STATS_FOLDED, "the second");
    is_int(stats_fold(b.stats, delta[3], len[3]), STATS_GAP, "the fourth, the third is missing");
    is_int(stats_fold(b.stats, delta[2], len[2]), STATS_REPEATED, "an old one comes too late");
    snap = stats_take_snapshot(b.stats, S, 0);
    is_uint(requests_of(snap, "GET", "/a"), 3, "three of four counted, none twice");
    is_uint(snap->lost_deltas, 1, "one is missing, and the snapshot says so");
    is_uint(snap->bad_deltas, 0, "none is damaged");
    stats_snapshot_unref(snap);
    for (int i = 0; i < 4; i++)
        free(delta[i]);
    bench_free(&b);
}

/* Every damaged byte and every cut is found, and nothing of such a delta counts. */
static void test_damaged_deltas(void)
{
    struct bench b = bench_new();
    struct stats_snapshot *snap;
    size_t len;
    unsigned char *delta, *copy;
    int accepted = 0;

    stats_begin(b.stats, 0, 0);
    failure(b.rec[0], ROW_B, "status 500", 7);
    recorder_error(b.rec[0], "a.swarm", 3, "Shopper", "buy", "division by zero", 16, 9);
    recorder_lag(b.rec[0], 0, 5 * MS);
    delta = recorder_take(b.rec[0], &len);
    copy = malloc(len);
    for (size_t i = 0; i < len; i++) {
        memcpy(copy, delta, len);
        copy[i] ^= 0x15;
        accepted += stats_fold(b.stats, copy, len) != STATS_MALFORMED;
    }
    for (size_t cut = 0; cut < len; cut++)
        accepted += stats_fold(b.stats, delta, cut) != STATS_MALFORMED;
    is_int(accepted, 0, "%zu damaged deltas are refused", 2 * len);
    snap = stats_take_snapshot(b.stats, S, 0);
    is_uint(snap->total.requests, 0, "nothing of them counts");
    is_uint(snap->bad_deltas, 2 * len, "they are told");
    stats_snapshot_unref(snap);
    is_int(stats_fold(b.stats, delta, len), STATS_FOLDED, "the sound one is folded");
    snap = stats_take_snapshot(b.stats, S, 0);
    is_uint(snap->error_count, 1, "with its error");
    is_str(snap->errors[0].file, "a.swarm", "file");
    is_uint(snap->errors[0].line, 3, "line");
    is_str(snap->errors[0].task, "buy", "task");
    is_str(snap->errors[0].text, "division by zero", "message");
    is_uint(snap->kinds[0].lag.count, 1, "and its lag");
    stats_snapshot_unref(snap);
    free(copy);
    free(delta);
    bench_free(&b);
}

/* A delta whose checksum is right but whose contents are not: the reader trusts nothing. */
static void test_forged_deltas(void)
{
    struct bench b = bench_new();
    uint64_t state = 12345;
    size_t len;
    unsigned char *delta, *copy;
    int survived = 0;

    stats_begin(b.stats, 0, 0);
    failure(b.rec[0], ROW_B, "status 500", 7);
    delta = recorder_take(b.rec[0], &len);
    copy = malloc(len);
    for (int round = 0; round < 20000; round++) {
        uint32_t hash = 2166136261u;

        memcpy(copy, delta, len);
        for (int k = 0; k < 3; k++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            copy[5 + (state >> 33) % (len - 9)] = (unsigned char)(state >> 24);
        }
        for (size_t i = 0; i < len - 4; i++)
            hash = (hash ^ copy[i]) * 16777619u;
        for (int i = 0; i < 4; i++)
            copy[len - 4 + (size_t)i] = (unsigned char)(hash >> (8 * i));
        stats_fold(b.stats, copy, len);
        survived++;
    }
    is_int(survived, 20000, "forged deltas do no harm");
    free(copy);
    free(delta);
    bench_free(&b);
}

static void test_rates_follow_the_clock(void)
{
    struct bench b = bench_new();
    struct stats_snapshot *snap = NULL;

    stats_begin(b.stats, 0, 0);
    for (int second = 1; second <= 20; second++) {
        for (int i = 0; i < 50; i++)
            request(b.rec[0], ROW_A, second <= 10 ? 10 : 20, 0, false);
        hand_over(&b, 0);
        stats_snapshot_unref(snap);
        snap = stats_take_snapshot(b.stats, second * S, second * 1000);
        if (second == 1) {
            is_dbl(snap->total.now_rate, 50, 1e-9, "after one second: fifty a second");
        }
    }
    is_dbl(snap->total.now_rate, 50, 1e-9, "in the middle: fifty a second");
    is_dbl(snap->total.rate, 50, 1e-9, "over the run: fifty a second");
    is_uint(snap->total.window.count, 500, "the window has ten seconds");
    is_dbl(stats_now_percentile_us(&snap->total, 0.01), 20000, 200, "and knows only them");
    is_dbl(stats_percentile_us(&snap->total, 0.01), 10000, 100, "the run knows all");
    for (int second = 21; second <= 25; second++) {
        stats_snapshot_unref(snap);
        snap = stats_take_snapshot(b.stats, second * S, second * 1000);
    }
    is_dbl(snap->total.now_rate, 25, 1e-9, "five seconds without traffic: half the rate");
    is_dbl(snap->total.rate, 40, 1e-9, "over the run, up to the clock");
    for (int second = 26; second <= 31; second++) {
        stats_snapshot_unref(snap);
        snap = stats_take_snapshot(b.stats, second * S, second * 1000);
    }
    is_dbl(snap->total.now_rate, 0, 0, "after ten seconds without traffic: 0");
    is_uint(snap->total.window.count, 0, "and an empty window");
    is_dbl(stats_now_percentile_us(&snap->total, 0.95), 0, 0, "without percentiles");
    stats_snapshot_unref(snap);
    stats_end(b.stats, 40 * S, 40000);
    snap = stats_take_snapshot(b.stats, 50 * S, 50000);
    is_dbl(snap->total.rate, 25, 1e-9, "1,000 in the 40 seconds of the run");
    is_int(snap->end_ms, 40000, "the end is known");
    is_dbl(snap->elapsed_s, 40, 1e-9, "the span too");
    stats_snapshot_unref(snap);
    bench_free(&b);
}

/* Snapshots at odd moments: the window is as long as the nearest older one says, its rate is right. */
static void test_odd_moments(void)
{
    struct bench b = bench_new();
    struct stats_snapshot *snap;
    int wrong = 0;
    int64_t now = 0;

    stats_begin(b.stats, 0, 0);
    for (int i = 1; i <= 2000; i++) {
        now += S / 100 + (i % 7) * S / 50;
        for (int64_t k = 0; k < 1 + (i % 7) * 2; k++) /* one request each 10 ms */
            request(b.rec[0], ROW_A, 5, 0, k == 0);
        hand_over(&b, 0);
        snap = stats_take_snapshot(b.stats, now, 0);
        wrong += snap->total.now_rate < 99.999 || snap->total.now_rate > 100.001;
        wrong += snap->total.window.count > 1100;
        wrong += now > 11 * S && snap->total.window.count < 1000;
        stats_snapshot_unref(snap);
    }
    is_int(wrong, 0, "a steady rate is steady at 2,000 odd moments");
    snap = stats_take_snapshot(b.stats, now + 1000 * S, 0);
    ok(snap->total.now_rate < 1, "a long pause is part of the window that ends after it");
    stats_snapshot_unref(snap);
    snap = stats_take_snapshot(b.stats, now + 1001 * S, 0);
    is_dbl(snap->total.now_rate, 0, 0, "and gone after it");
    stats_snapshot_unref(snap);
    bench_free(&b);
}

static void test_names_made_up(void)
{
    struct bench b = bench_new();
    struct stats_snapshot *snap;
    uint32_t first, again, other, other_post;
    char name[600];

    first = recorder_row(b.rec[0], "GET", "row 1", 5);
    again = recorder_row(b.rec[1], "GET", "row 1", 5);
    is_uint(again, first, "one row for all shards");
    is_uint(recorder_row(b.rec[2], "GET", "/a", 2), ROW_A, "a name that the program has is that row");
    for (int i = 2; i <= 1020; i++) {
        int n = snprintf(name, sizeof name, "row %d", i);
        uint32_t row = recorder_row(b.rec[i % 3], "GET", name, (size_t)n);

        request(b.rec[i % 3], row, 1, 0, false);
    }
    request(b.rec[0], first, 1, 0, false);
    other = recorder_row(b.rec[0], "GET", "one more", 8);
    is_uint(recorder_row(b.rec[2], "GET", "and another", 11), other, "over the cap there is one row for the rest");
    other_post = recorder_row(b.rec[1], "POST", "one more", 8);
    ok(other_post != other, "one for each type");
    is_uint(recorder_row(b.rec[2], "GET", "row 500", 7), recorder_row(b.rec[1], "GET", "row 500", 7),
            "names from before the cap are still found by everyone");
    stats_begin(b.stats, 0, 0);
    for (int i = 0; i < 3; i++)
        hand_over(&b, i);
    snap = stats_take_snapshot(b.stats, S, 0);
    is_uint(requests_of(snap, "GET", "row 1"), 1, "the first name");
    is_uint(requests_of(snap, "GET", "row 1000"), 1, "the thousandth");
    is_uint(requests_of(snap, "GET", "row 1001"), 0, "the next has no row");
    is_uint(requests_of(snap, "GET", "(other)"), 20, "but is counted");
    is_uint(snap->total.requests, 1020, "all are in the total");
    stats_snapshot_unref(snap);
    memset(name, 'x', sizeof name);
    recorder_row(b.rec[0], "GET", name, sizeof name);
    bench_free(&b);

    b = bench_new();
    memset(name, 'x', sizeof name);
    request(b.rec[0], recorder_row(b.rec[0], "GET", name, sizeof name), 1, 0, false);
    stats_begin(b.stats, 0, 0);
    hand_over(&b, 0);
    snap = stats_take_snapshot(b.stats, S, 0);
    is_uint(strlen(snap->rows[0].name), STATS_ROW_NAME, "a name that is too long is cut");
    stats_snapshot_unref(snap);
    bench_free(&b);
}

static void test_setup_rows(void)
{
    struct bench b = bench_new();
    struct stats_snapshot *snap;
    uint32_t row = recorder_setup_row(b.rec[0], ROW_A);

    is_uint(recorder_setup_row(b.rec[1], ROW_A), row, "the same row everywhere");
    request(b.rec[0], row, 4, 0, false);
    stats_begin(b.stats, 0, 0);
    hand_over(&b, 0);
    snap = stats_take_snapshot(b.stats, S, 0);
    is_uint(requests_of(snap, "SETUP", "GET /a"), 1, "SETUP, named METHOD name");
    is_uint(snap->total.requests, 0, "out of the total");
    stats_snapshot_unref(snap);
    bench_free(&b);
}

static void test_many_messages(void)
{
    struct bench b = bench_new();
    struct stats_snapshot *snap;
    const struct stats_row_view *row;
    char text[400];
    uint64_t sum = 0;

    stats_begin(b.stats, 0, 0);
    for (int i = 0; i < 1000; i++) {
        snprintf(text, sizeof text, "message %d", i % 500);
        failure(b.rec[i % 3], ROW_A, text, i);
        snprintf(text, sizeof text, "error %d", i);
        recorder_error(b.rec[0], "f.swarm", (uint32_t)i, "K", "t", text, strlen(text), i);
        snprintf(text, sizeof text, "more %d", i);
        recorder_error(b.rec[1], "f.swarm", (uint32_t)i, "K", "t", text, strlen(text), i);
    }
    for (int i = 0; i < 3; i++)
        hand_over(&b, i);
    snap = stats_take_snapshot(b.stats, S, 0);
    row = stats_find(snap, "GET", "/a");
    is_uint(row->message_count, STATS_MESSAGES + 1, "200 messages and one for the rest");
    for (size_t i = 0; i < row->message_count; i++)
        sum += row->messages[i].count;
    is_uint(sum, 1000, "every failure is in one of them");
    is_str(row->messages[STATS_MESSAGES].text, "(other messages)", "the rest has its name");
    is_uint(snap->error_count, STATS_ERRORS + 1, "errors are bounded too");
    is_uint(snap->task_errors, 2000, "and all counted");
    stats_snapshot_unref(snap);
    bench_free(&b);
}

static void test_long_and_secret_messages(void)
{
    struct bench b = bench_new();
    struct stats_snapshot *snap;
    const struct stats_row_view *row;
    char text[400];

    secret_add("hunter2", 7);
    memset(text, 'a', sizeof text);
    text[255] = (char)0xc3;
    text[256] = (char)0xa9;
    request(b.rec[0], ROW_A, 1, 0, true);
    recorder_failure(b.rec[0], ROW_A, text, sizeof text, 1);
    failure(b.rec[0], ROW_B, "wanted hunter2, found it", 1);
    recorder_error(b.rec[0], "f.swarm", 1, NULL, NULL, "key hunter2 is bad", 18, 1);
    stats_begin(b.stats, 0, 0);
    hand_over(&b, 0);
    snap = stats_take_snapshot(b.stats, S, 0);
    row = stats_find(snap, "GET", "/a");
    is_uint(strlen(row->messages[0].text), 255, "cut before a character that does not fit whole");
    row = stats_find(snap, "POST", "/b");
    is_str(row->messages[0].text, "wanted ***, found it", "a secret is masked in a failure");
    is_str(snap->errors[0].text, "key *** is bad", "and in an error");
    is_str(snap->errors[0].kind, "", "no kind is an empty text");
    stats_snapshot_unref(snap);
    bench_free(&b);
    secret_clear();
}

static void test_errors_group_by_place(void)
{
    struct bench b = bench_new();
    struct stats_snapshot *snap;

    stats_begin(b.stats, 0, 0);
    for (int i = 0; i < 3; i++) {
        recorder_error(b.rec[i], "f.swarm", 7, "K", "t", "no", 2, 50 - i);
        recorder_error(b.rec[i], "f.swarm", 8, "K", "t", "no", 2, 60);
        hand_over(&b, i);
    }
    snap = stats_take_snapshot(b.stats, S, 0);
    is_uint(snap->error_count, 2, "two places");
    is_uint(snap->errors[0].count, 3, "three times each");
    is_int(snap->errors[0].first_ms, 48, "first seen");
    is_int(snap->errors[0].last_ms, 50, "last seen");
    stats_snapshot_unref(snap);
    bench_free(&b);
}

static void test_schedules(void)
{
    struct bench b = bench_new();
    struct stats_snapshot *snap;
    struct recorder_sample sample = {
        .duration_ns = 10 * MS, .late_ns = 90 * MS, .scheduled = true, .first_byte_ns = 4 * MS};
    const struct stats_row_view *row;

    recorder_request(b.rec[0], ROW_A, &sample);
    recorder_loop_lag(b.rec[0], 3 * MS);
    recorder_cpu(b.rec[0], 250 * MS, S);
    recorder_cpu(b.rec[0], 250 * MS, S);
    stats_begin(b.stats, 0, 0);
    hand_over(&b, 0);
    hand_over(&b, 0);
    snap = stats_take_snapshot(b.stats, S, 0);
    row = stats_find(snap, "GET", "/a");
    is_uint(row->scheduled.count, 1, "from the intended start");
    is_dbl(hist_percentile_us(&row->scheduled, 1), 100000, 1000, "the wait is part of it");
    is_dbl(stats_percentile_us(row, 0.5), 10000, 0, "service time is not");
    is_uint(row->first_byte_ns, 4 * MS, "first byte");
    is_uint(snap->loop_lag.count, 1, "lag of the loop");
    is_uint(snap->cpu_ns, 500 * MS, "CPU time counts once");
    stats_snapshot_unref(snap);
    bench_free(&b);
}

/* ---- health ---- */

static unsigned unhealthy(struct bench *b, int64_t now, char *why, size_t size)
{
    struct stats_snapshot *snap;
    unsigned got;

    hand_over(b, 0);
    hand_over(b, 1);
    snap = stats_take_snapshot(b->stats, now, 0);
    got = snap->health.unhealthy;
    stats_health_text(snap, why, size);
    stats_snapshot_unref(snap);
    return got;
}

static void test_health(void)
{
    struct bench b = bench_new();
    struct stats_snapshot *snap;
    char why[512];

    stats_begin(b.stats, 0, 0);
    for (int i = 0; i < 5; i++) {
        recorder_cpu(b.rec[0], 950 * MS, S);
        recorder_cpu(b.rec[1], 100 * MS, S);
        if (i < 4)
            is_uint(unhealthy(&b, S, why, sizeof why), 0, "a busy second is no harm (%d)", i);
    }
    is_str(why, "", "and nothing is said");
    is_uint(unhealthy(&b, 5 * S, why, sizeof why), STATS_CPU_FULL, "five of them are");
    is_str(why, "thread 0 used 95 % of its core for 5 seconds (fewer users, more --threads or another machine)",
           "told with the thread");
    snap = stats_take_snapshot(b.stats, 5 * S, 0);
    is_uint(snap->health.shard_count, 2, "a thread each");
    is_dbl(snap->health.shards[1].busy, 0.1, 1e-9, "share of a core");
    is_uint(snap->health.shards[0].cpu_ns, 4750 * MS, "CPU time of one");
    is_uint(snap->cpu_ns, 5250 * MS, "and of all");
    stats_snapshot_unref(snap);
    bench_free(&b);

    b = bench_new();
    stats_begin(b.stats, 0, 0);
    for (int i = 0; i < HEALTH_SAMPLES - 1; i++)
        recorder_loop_lag(b.rec[1], 50 * MS);
    is_uint(unhealthy(&b, S, why, sizeof why), 0, "too few samples of the loop's lag");
    recorder_loop_lag(b.rec[1], 50 * MS);
    is_uint(unhealthy(&b, S, why, sizeof why), STATS_LOOP_LAGS, "enough of them");
    request(b.rec[0], ROW_A, 400, 0, false);
    is_uint(unhealthy(&b, S, why, sizeof why), STATS_LOOP_LAGS, "a lag that is much of the response times");
    for (int i = 0; i < 1000; i++)
        request(b.rec[0], ROW_A, 600, 0, false);
    is_uint(unhealthy(&b, S, why, sizeof why), 0, "one that is little of them spoils nothing");
    bench_free(&b);

    b = bench_new();
    stats_begin(b.stats, 0, 0);
    for (int i = 0; i < 400; i++)
        recorder_late_start(b.rec[0], i < 4 ? 11 * MS : 9 * MS);
    is_uint(unhealthy(&b, S, why, sizeof why), 0, "one start in a hundred may be late");
    recorder_late_start(b.rec[0], 500 * MS);
    is_uint(unhealthy(&b, S, why, sizeof why), STATS_STARTS_LATE, "not more");
    recorder_limit(b.rec[0], STATS_NO_DESCRIPTOR);
    recorder_limit(b.rec[1], STATS_NO_PORT);
    recorder_limit(b.rec[1], STATS_NO_PORT);
    is_uint(unhealthy(&b, S, why, sizeof why), STATS_STARTS_LATE | STATS_OUT_OF_LIMITS,
            "connects that failed by our limits");
    ok(strstr(why, "1 connects failed because too many files were open here (raise ulimit -n); 2 connects failed") ==
           why,
       "all of it is said: %s", why);
    bench_free(&b);
}

/* What the two histograms of a row must hold for the summary to tell them apart. */
static void test_parted(void)
{
    const struct {
        uint64_t late_us;
        bool other;
        const char *row, *what;
    } cases[] = {
        {0, false, NULL, "on time"},
        {900, false, NULL, "less than a millisecond"},
        {1200, false, NULL, "less than a tenth"},
        {3000, false, "Aggregated", "more than both"},
        {3000, true, "/a", "requests without a schedule beside them: the row is named"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bench b = bench_new();
        struct recorder_sample sample = {.duration_ns = 20 * MS, .late_ns = cases[i].late_us * 1000, .scheduled = true};
        struct stats_snapshot *snap;
        const struct stats_row_view *row;
        double p = 0;

        stats_begin(b.stats, 0, 0);
        recorder_request(b.rec[0], ROW_A, &sample);
        if (cases[i].other)
            request(b.rec[0], ROW_B, 20, 0, false);
        hand_over(&b, 0);
        snap = stats_take_snapshot(b.stats, S, 0);
        row = stats_parted(snap, &p);
        is_str(row ? row->name : "none", cases[i].row ? cases[i].row : "none", "%s", cases[i].what);
        is_dbl(p, row ? 0.5 : 0, 0, "… by the first of the percentiles that differ the most");
        stats_snapshot_unref(snap);
        bench_free(&b);
    }
}

/* Shards record in threads of their own while deltas are folded: the sums are exact. */
enum { THREADS = 3, ROUNDS = 20, EACH = 500 };

struct shard {
    struct recorder *rec;
    void *delta[ROUNDS];
    size_t len[ROUNDS];
};

static void *run_shard(void *arg)
{
    struct shard *shard = arg;
    char name[32];

    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < EACH; i++) {
            int n = snprintf(name, sizeof name, "item %d", i);

            request(shard->rec, recorder_row(shard->rec, "GET", name, (size_t)n), (uint64_t)i, 1, false);
            request(shard->rec, recorder_setup_row(shard->rec, ROW_B), 1, 0, false);
        }
        shard->delta[round] = recorder_take(shard->rec, &shard->len[round]);
    }
    return NULL;
}

static void test_threads(void)
{
    struct bench b = bench_new();
    struct shard shards[THREADS];
    pthread_t threads[THREADS];
    struct stats_snapshot *snap;
    int wrong = 0;

    for (int i = 0; i < THREADS; i++) {
        shards[i].rec = b.rec[i];
        if (pthread_create(&threads[i], NULL, run_shard, &shards[i]) != 0)
            bail_out("no thread");
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    stats_begin(b.stats, 0, 0);
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < THREADS; i++) {
            wrong += stats_fold(b.stats, shards[i].delta[round], shards[i].len[round]) != STATS_FOLDED;
            free(shards[i].delta[round]);
        }
    }
    is_int(wrong, 0, "every delta is folded");
    snap = stats_take_snapshot(b.stats, S, 0);
    is_uint(snap->total.requests, THREADS * ROUNDS * EACH, "all requests are there");
    is_uint(snap->row_count, EACH + 1, "one row for a name, whoever made it up");
    is_uint(requests_of(snap, "GET", "item 77"), THREADS * ROUNDS, "with everyone's counts");
    is_uint(requests_of(snap, "SETUP", "POST /b"), THREADS * ROUNDS * EACH, "also for SETUP");
    stats_snapshot_unref(snap);
    bench_free(&b);
}

int main(void)
{
    test_counts();
    test_order_of_rows();
    test_deltas_are_numbered();
    test_damaged_deltas();
    test_forged_deltas();
    test_rates_follow_the_clock();
    test_odd_moments();
    test_names_made_up();
    test_setup_rows();
    test_many_messages();
    test_long_and_secret_messages();
    test_errors_group_by_place();
    test_schedules();
    test_health();
    test_parted();
    test_threads();
    return tap_done();
}
