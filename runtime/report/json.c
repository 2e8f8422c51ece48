/* json.c - the JSON report: see document.h, docs/report.schema.json and docs/reports.md */
#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"
#include "document.h"
#include "failure_keep.h"
#include "json_out.h"
#include "request_log.h"
#include "text.h"

/* ---- parts of a row --------------------------------------------------------------------------------- */

static void put_time(struct json *j, const char *key, int64_t unix_ms)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = unix_ms ? open_memstream(&text, &size) : NULL;

    if (out) {
        text_put_utc(out, unix_ms);
        fclose(out);
    }
    json_out_text(j, key, text);
    free(text);
}

/* The label of a percentile without its sign: "99.9". */
static void percentile_key(char *out, size_t size, int i)
{
    snprintf(out, size, "%.*s", (int)strlen(text_percentile_labels[i]) - 1, text_percentile_labels[i]);
}

/* [[lowest microsecond of the bucket, count], …] */
static void put_histogram(struct json *j, const char *key, const struct hist *hist)
{
    json_out_array(j, key);
    for (uint32_t b = hist_next(hist, 0); b < HIST_BUCKETS; b = hist_next(hist, b + 1)) {
        json_out_array(j, NULL);
        json_out_count(j, NULL, hist_bucket_low(b));
        json_out_count(j, NULL, hist_at(hist, b));
        json_out_end(j);
    }
    json_out_end(j);
}

static void put_percentiles(struct json *j, const struct stats_row_view *row)
{
    char key[16];

    json_out_object(j, "percentiles_us");
    for (int i = 0; i < TEXT_PERCENTILES; i++) {
        percentile_key(key, sizeof key, i);
        json_out_rounded(j, key, stats_percentile_us(row, text_percentiles[i]), 3);
    }
    json_out_end(j);
    json_out_array(j, "too_few_samples_for");
    for (int i = 0; i < TEXT_PERCENTILES; i++) {
        percentile_key(key, sizeof key, i);
        if (!text_percentile_known(row->requests, text_percentiles[i]))
            json_out_text(j, NULL, key);
    }
    json_out_end(j);
}

/* A histogram without exact bounds: late starts, loop lag, times from the intended start. */
static void put_lags(struct json *j, const char *key, const struct hist *hist)
{
    static const double percentiles[] = {0.5, 0.9, 0.99, 1};
    static const char *const keys[] = {"50", "90", "99", "100"};

    json_out_object(j, key);
    json_out_count(j, "count", hist->count);
    json_out_object(j, "percentiles_us");
    for (size_t i = 0; hist->count > 0 && i < sizeof keys / sizeof *keys; i++)
        json_out_rounded(j, keys[i], hist_percentile_us(hist, percentiles[i]), 3);
    json_out_end(j);
    json_out_end(j);
}

/* Of the requests that had an intended start: measured from there. */
static void put_intended(struct json *j, const struct stats_row_view *row)
{
    char key[16];

    if (row->scheduled.count == 0)
        return;
    json_out_object(j, "from_intended_start");
    json_out_count(j, "count", row->scheduled.count);
    json_out_object(j, "percentiles_us");
    for (int i = 0; i < TEXT_PERCENTILES; i++) {
        percentile_key(key, sizeof key, i);
        json_out_rounded(j, key, stats_scheduled_percentile_us(row, text_percentiles[i]), 3);
    }
    json_out_end(j);
    json_out_end(j);
}

static void put_times(struct json *j, const struct stats_row_view *row)
{
    if (row->requests == 0)
        return;
    json_out_rounded(j, "mean_us", stats_mean_us(row), 3);
    json_out_rounded(j, "min_us", (double)row->min_ns / 1e3, 3);
    json_out_rounded(j, "max_us", (double)row->max_ns / 1e3, 3);
    if (row->first_byte_count > 0)
        json_out_rounded(j, "first_byte_mean_us", (double)row->first_byte_ns / (double)row->first_byte_count / 1e3, 3);
    put_percentiles(j, row);
}

static void put_row(struct json *j, const char *key, const struct stats_row_view *row, bool histogram)
{
    json_out_object(j, key);
    json_out_text(j, "type", row->type);
    json_out_text(j, "name", row->name);
    json_out_truth(j, "in_totals", row->in_totals);
    json_out_count(j, "requests", row->requests);
    json_out_count(j, "failures", row->failures);
    json_out_real(j, "failure_ratio", stats_fail_ratio(row));
    json_out_count(j, "extra_tries", row->tries);
    json_out_count(j, "cut_off", row->cut);
    json_out_count(j, "dropped", row->dropped);
    json_out_count(j, "bytes", row->bytes);
    json_out_real(j, "requests_per_s", row->rate);
    json_out_real(j, "failures_per_s", row->failure_rate);
    json_out_real(j, "now_requests_per_s", row->now_rate);
    json_out_real(j, "now_failures_per_s", row->now_failure_rate);
    put_times(j, row);
    put_intended(j, row);
    if (histogram)
        put_histogram(j, "histogram", &row->times);
    json_out_end(j);
}

/* ---- parts of the document -------------------------------------------------------------------------- */

static void put_pairs(struct json *j, const char *key, const struct report_pairs *pairs)
{
    json_out_object(j, key);
    for (size_t i = 0; i < pairs->count; i++)
        json_out_text(j, pairs->items[i].name, pairs->items[i].value);
    json_out_end(j);
}

static void put_run(struct json *j, const struct document *doc)
{
    const struct report_run *run = doc->run;
    const struct stats_snapshot *snap = doc->snap;
    char seed[24];

    snprintf(seed, sizeof seed, "%llu", (unsigned long long)run->seed);
    json_out_object(j, "run");
    json_out_text(j, "program", run->program);
    json_out_text(j, "scenario", run->scenario);
    json_out_text(j, "scenario_hash", run->scenario_hash);
    json_out_text(j, "swarm_version", run->version);
    json_out_text(j, "git_commit", run->commit);
    json_out_text(j, "state", !doc->verdict ? "running" : doc->verdict->left ? "left" : "finished");
    put_time(j, "started", snap->begin_ms);
    put_time(j, "ended", doc->verdict ? snap->end_ms ? snap->end_ms : snap->now_ms : 0);
    put_time(j, "written", snap->now_ms);
    json_out_rounded(j, "elapsed_s", snap->elapsed_s, 6);
    json_out_rounded(j, "rates_over_s", snap->rate_s, 6);
    json_out_count(j, "now_window_s", STATS_WINDOW_S);
    json_out_text(j, "seed", seed);
    json_out_count(j, "threads", run->threads);
    put_pairs(j, "settings", &run->settings);
    put_pairs(j, "options", &run->options);
    put_pairs(j, "targets", &run->targets);
    put_pairs(j, "labels", &run->labels);
    json_out_end(j);
}

static void put_verdict(struct json *j, const struct report_verdict *verdict)
{
    if (!verdict) {
        json_out_null(j, "verdict");
        return;
    }
    json_out_object(j, "verdict");
    json_out_truth(j, "passed", verdict->passed);
    json_out_count(j, "exit_code", (uint64_t)verdict->exit_code);
    json_out_text(j, "why", verdict->why);
    json_out_count(j, "arrivals", verdict->arrived);
    json_out_count(j, "arrivals_dropped", verdict->dropped);
    json_out_end(j);
}

static void put_threshold(struct json *j, const struct report_threshold *t)
{
    static const char *const states[] = {
        [REPORT_HOLDS] = "holds",
        [REPORT_BROKEN] = "broken",
        [REPORT_NO_DATA] = "no data",
        [REPORT_SKIPPED] = "skipped",
    };
    bool has = t->state == REPORT_HOLDS || t->state == REPORT_BROKEN;

    json_out_object(j, NULL);
    json_out_text(j, "threshold", t->text);
    json_out_text(j, "row", t->row);
    json_out_text(j, "file", t->file);
    json_out_count(j, "line", t->line);
    json_out_text(j, "state", states[t->state]);
    json_out_text(j, "value", t->value_text);
    if (has)
        json_out_real(j, "value_number", t->value);
    json_out_real(j, "limit_number", t->limit);
    json_out_truth(j, "stopped_the_run", t->aborted);
    json_out_end(j);
}

static void put_thresholds(struct json *j, const struct report_verdict *verdict)
{
    json_out_array(j, "thresholds");
    for (size_t i = 0; verdict && i < verdict->threshold_count; i++)
        put_threshold(j, &verdict->thresholds[i]);
    json_out_end(j);
}

static int by_requests(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? 1 : x > y ? -1 : 0;
}

/* How many requests a row needs so that it is among the `wanted` first ones. */
static uint64_t least_requests(const struct stats_snapshot *snap, size_t wanted)
{
    uint64_t *requests, least;

    if (wanted >= snap->row_count)
        return 0;
    requests = memory_new(snap->row_count, sizeof *requests);
    for (size_t i = 0; i < snap->row_count; i++)
        requests[i] = snap->rows[i].requests;
    qsort(requests, snap->row_count, sizeof *requests, by_requests);
    least = wanted ? requests[wanted - 1] : UINT64_MAX;
    free(requests);
    return least;
}

static void put_rows(struct json *j, const struct document *doc)
{
    const struct stats_snapshot *snap = doc->snap;
    uint64_t least = least_requests(snap, doc->row_histograms);
    size_t histograms = 0;

    put_row(j, "total", &snap->total, true);
    json_out_array(j, "rows");
    for (size_t i = 0; i < snap->row_count; i++) {
        bool wanted = snap->rows[i].requests >= least && histograms < doc->row_histograms;

        histograms += wanted;
        put_row(j, NULL, &snap->rows[i], wanted);
    }
    json_out_end(j);
}

/* The first failing exchange of a failure, where it was kept. */
static void put_exchange(struct json *j, const struct kept_failure *kept)
{
    if (!kept)
        return;
    json_out_object(j, "exchange");
    put_time(j, "at", kept->unix_ms);
    json_out_text(j, "kind", kept->kind);
    json_out_text(j, "task", kept->task);
    json_out_count(j, "user", kept->user);
    json_out_rounded(j, "duration_us", (double)kept->duration_ns / 1e3, 3);
    json_out_text(j, "request", kept->request);
    json_out_text(j, "response", kept->response);
    json_out_end(j);
}

static void put_failures(struct json *j, const struct stats_snapshot *snap)
{
    json_out_array(j, "failures");
    for (size_t r = 0; r < snap->row_count; r++) {
        const struct stats_row_view *row = &snap->rows[r];

        for (size_t m = 0; m < row->message_count; m++) {
            json_out_object(j, NULL);
            json_out_text(j, "type", row->type);
            json_out_text(j, "name", row->name);
            json_out_text(j, "message", row->messages[m].text);
            json_out_count(j, "count", row->messages[m].count);
            put_time(j, "first", row->messages[m].first_ms);
            put_time(j, "last", row->messages[m].last_ms);
            put_exchange(j, failure_keep_find(row->type, row->name, row->messages[m].text));
            json_out_end(j);
        }
    }
    json_out_end(j);
}

static void put_errors(struct json *j, const struct stats_snapshot *snap)
{
    json_out_array(j, "errors");
    for (size_t i = 0; i < snap->error_count; i++) {
        const struct stats_error *error = &snap->errors[i];

        json_out_object(j, NULL);
        json_out_text(j, "file", error->file);
        json_out_count(j, "line", error->line);
        json_out_text(j, "kind", error->kind);
        json_out_text(j, "task", error->task);
        json_out_text(j, "message", error->text);
        json_out_count(j, "count", error->count);
        put_time(j, "first", error->first_ms);
        put_time(j, "last", error->last_ms);
        json_out_end(j);
    }
    json_out_end(j);
}

/* A part that has no group or task of its own is the sum of a whole kind, or a whole group. */
static void put_parts(struct json *j, const struct stats_snapshot *snap)
{
    json_out_array(j, "parts");
    for (size_t i = 0; i < snap->part_count; i++) {
        const struct stats_part *part = &snap->parts[i];

        json_out_object(j, NULL);
        json_out_text(j, "kind", part->kind);
        json_out_text(j, "journey", part->group);
        json_out_text(j, "task", part->task);
        json_out_count(j, "requests", part->counts.requests);
        json_out_count(j, "failures", part->counts.failures);
        json_out_real(j, "failure_ratio", stats_fail_ratio(&part->counts));
        json_out_count(j, "bytes", part->counts.bytes);
        json_out_real(j, "requests_per_s", part->counts.rate);
        json_out_real(j, "failures_per_s", part->counts.failure_rate);
        put_times(j, &part->counts);
        json_out_end(j);
    }
    json_out_end(j);
}

static void put_users(struct json *j, const struct stats_snapshot *snap)
{
    json_out_object(j, "users");
    json_out_count(j, "alive", snap->users);
    json_out_count(j, "most", snap->users_most);
    json_out_count(j, "lost", snap->lost);
    json_out_array(j, "kinds");
    for (size_t i = 0; i < snap->kind_count; i++) {
        const struct stats_kind *kind = &snap->kinds[i];

        json_out_object(j, NULL);
        json_out_text(j, "name", kind->name);
        json_out_count(j, "alive", kind->users);
        json_out_count(j, "lost", kind->lost);
        put_lags(j, "late_starts", &kind->lag);
        json_out_end(j);
    }
    json_out_end(j);
    json_out_end(j);
}

static void put_trend(struct json *j, const struct stats_metric *metric)
{
    static const double percentiles[] = {0.5, 0.9, 0.95, 0.99};
    static const char *const keys[] = {"50", "90", "95", "99"};

    json_out_real(j, "min", stats_metric_min(metric));
    json_out_real(j, "max", stats_metric_max(metric));
    json_out_object(j, "percentiles");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        json_out_real(j, keys[i], stats_metric_percentile(metric, percentiles[i]));
    json_out_end(j);
}

/* What a kind of metric does not have is left out, and so is what nothing was counted for. */
static void put_metrics(struct json *j, const struct stats_snapshot *snap)
{
    json_out_array(j, "metrics");
    for (size_t i = 0; i < snap->metric_count; i++) {
        const struct stats_metric *metric = &snap->metrics[i];
        bool any = stats_metric_any(metric);

        json_out_object(j, NULL);
        json_out_text(j, "kind", stats_metric_kind(metric->kind));
        json_out_text(j, "name", metric->name);
        json_out_text(j, "unit", metric->unit ? metric->unit : "");
        if (metric->kind != SWARM_GAUGE)
            json_out_count(j, "count", metric->sum.count);
        if (any)
            json_out_real(j, "value", stats_metric_value(metric));
        if (metric->kind == SWARM_COUNTER)
            json_out_real(j, "per_s", stats_metric_rate(metric, snap));
        if (any && metric->kind == SWARM_TREND)
            put_trend(j, metric);
        if (any && metric->kind == SWARM_GAUGE)
            json_out_real(j, "max", stats_metric_max(metric));
        json_out_end(j);
    }
    json_out_end(j);
}

/* ---- history ---------------------------------------------------------------------------------------- */

enum series {
    /* clang-format off */
    END_S, SPAN_S, USERS, TARGET, REQUESTS, FAILURES, ERRORS, REQUESTS_PER_S, FAILURES_PER_S, P50_US, P90_US, P95_US, P99_US,
    MAX_US, CPU, SERIES
    /* clang-format on */
};

static const char *const series_keys[SERIES] = {
    "end_s",          "span_s", "users",  "target", "requests", "failures", "errors",    "requests_per_s",
    "failures_per_s", "p50_us", "p90_us", "p95_us", "p99_us",   "p100_us",  "cpu_cores",
};

static void put_percentile(struct json *j, const struct document *doc, const struct history_point *point, double p)
{
    if (point->requests == 0)
        json_out_null(j, NULL);
    else
        json_out_rounded(j, NULL, interval_percentile_us(&point->times, &doc->snap->total, p), 1);
}

static void put_sample(struct json *j, const struct document *doc, size_t i, enum series series)
{
    const struct history_point *point = &doc->history->points[i];
    double span = history_span_s(doc->history, i);

    switch (series) {
    case END_S:
        json_out_rounded(j, NULL, (double)point->end_ns / 1e9, 3);
        break;
    case SPAN_S:
        json_out_rounded(j, NULL, span, 3);
        break;
    case USERS:
        json_out_count(j, NULL, point->users);
        break;
    case TARGET:
        json_out_count(j, NULL, point->target);
        break;
    case REQUESTS:
        json_out_count(j, NULL, point->requests);
        break;
    case FAILURES:
        json_out_count(j, NULL, point->failures);
        break;
    case ERRORS:
        json_out_count(j, NULL, point->errors);
        break;
    case REQUESTS_PER_S:
        json_out_rounded(j, NULL, (double)point->requests / span, 3);
        break;
    case FAILURES_PER_S:
        json_out_rounded(j, NULL, (double)point->failures / span, 3);
        break;
    case P50_US:
        put_percentile(j, doc, point, 0.5);
        break;
    case P90_US:
        put_percentile(j, doc, point, 0.9);
        break;
    case P95_US:
        put_percentile(j, doc, point, 0.95);
        break;
    case P99_US:
        put_percentile(j, doc, point, 0.99);
        break;
    case MAX_US:
        put_percentile(j, doc, point, 1);
        break;
    case CPU:
        json_out_rounded(j, NULL, (double)point->cpu_ns / 1e9 / span, 3);
        break;
    case SERIES:
        break;
    }
}

static void put_history(struct json *j, const struct document *doc)
{
    json_out_object(j, "history");
    for (int s = 0; s < SERIES; s++) {
        json_out_array(j, series_keys[s]);
        for (size_t i = 0; i < doc->history->count; i++)
            put_sample(j, doc, i, (enum series)s);
        json_out_end(j);
    }
    json_out_end(j);
}

/* Of an interval that the row's series does not know: null. */
static bool is_known(const struct row_history *rows, const struct row_series *series, size_t i)
{
    return row_history_begin_ns(rows, i) >= series->from_ns;
}

static void put_series_counts(struct json *j, const struct row_history *rows, const struct row_series *series,
                              bool failures)
{
    json_out_array(j, failures ? "failures" : "requests");
    for (size_t i = 0; i < rows->count; i++) {
        if (is_known(rows, series, i))
            json_out_count(j, NULL, failures ? series->points[i].failures : series->points[i].requests);
        else
            json_out_null(j, NULL);
    }
    json_out_end(j);
}

static void put_series_percentile(struct json *j, const struct row_history *rows, const struct row_series *series,
                                  const struct stats_row_view *row, const char *key, double p)
{
    json_out_array(j, key);
    for (size_t i = 0; i < rows->count; i++) {
        if (is_known(rows, series, i) && series->points[i].requests > 0)
            json_out_rounded(j, NULL, interval_percentile_us(&series->points[i].times, row, p), 1);
        else
            json_out_null(j, NULL);
    }
    json_out_end(j);
}

static void put_series(struct json *j, const struct document *doc, const struct row_series *series)
{
    const struct row_history *rows = &doc->history->rows;
    const struct stats_row_view *row = stats_find(doc->snap, series->type, series->name);

    json_out_object(j, NULL);
    json_out_text(j, "type", series->type);
    json_out_text(j, "name", series->name);
    put_series_counts(j, rows, series, false);
    put_series_counts(j, rows, series, true);
    put_series_percentile(j, rows, series, row, "p50_us", 0.5);
    put_series_percentile(j, rows, series, row, "p95_us", 0.95);
    put_series_percentile(j, rows, series, row, "p99_us", 0.99);
    json_out_end(j);
}

static void put_row_history(struct json *j, const struct document *doc)
{
    const struct row_history *rows = &doc->history->rows;
    const struct row_series *busiest[ROW_HISTORY_ROWS];
    size_t count = row_history_busiest(rows, doc->snap, busiest);

    json_out_object(j, "row_history");
    json_out_array(j, "end_s");
    for (size_t i = 0; i < rows->count; i++)
        json_out_rounded(j, NULL, (double)rows->end_ns[i] / 1e9, 3);
    json_out_end(j);
    json_out_array(j, "span_s");
    for (size_t i = 0; i < rows->count; i++)
        json_out_rounded(j, NULL, (double)(rows->end_ns[i] - row_history_begin_ns(rows, i)) / 1e9, 3);
    json_out_end(j);
    json_out_array(j, "rows");
    for (size_t i = 0; i < count; i++)
        put_series(j, doc, busiest[i]);
    json_out_end(j);
    json_out_end(j);
}

static void put_shard(struct json *j, const struct stats_shard *shard)
{
    json_out_object(j, NULL);
    json_out_count(j, "thread", shard->source);
    json_out_rounded(j, "cpu_s", (double)shard->cpu_ns / 1e9, 6);
    json_out_rounded(j, "busy", shard->busy, 4);
    json_out_rounded(j, "busy_most", shard->busy_most, 4);
    put_lags(j, "loop_lag", &shard->loop_lag);
    json_out_end(j);
}

static void put_health(struct json *j, const struct stats_snapshot *snap)
{
    const struct stats_health *health = &snap->health;
    char text[1024];

    stats_health_text(snap, text, sizeof text);
    json_out_object(j, "health");
    json_out_truth(j, "healthy", health->unhealthy == 0);
    json_out_text(j, "why", text);
    put_lags(j, "loop_lag", &snap->loop_lag);
    put_lags(j, "late", &health->late);
    json_out_count(j, "starts", health->starts);
    json_out_count(j, "late_starts", health->late_starts);
    json_out_count(j, "no_descriptor", health->no_descriptor);
    json_out_count(j, "no_port", health->no_port);
    json_out_count(j, "request_log_dropped", request_log_dropped());
    json_out_rounded(j, "cpu_s", (double)snap->cpu_ns / 1e9, 6);
    json_out_rounded(j, "cpu_cores", snap->elapsed_s > 0 ? (double)snap->cpu_ns / 1e9 / snap->elapsed_s : 0, 3);
    json_out_count(j, "messages_lost", snap->lost_deltas);
    json_out_count(j, "messages_damaged", snap->bad_deltas);
    json_out_array(j, "threads");
    for (size_t i = 0; i < health->shard_count; i++)
        put_shard(j, &health->shards[i]);
    json_out_end(j);
    json_out_end(j);
}

void document_json(FILE *out, const struct document *doc)
{
    struct json j;

    json_out_start(&j, out);
    json_out_text(&j, "format", "swarm-report");
    json_out_count(&j, "version", DOCUMENT_VERSION);
    put_run(&j, doc);
    put_verdict(&j, doc->verdict);
    put_thresholds(&j, doc->verdict);
    put_rows(&j, doc);
    put_parts(&j, doc->snap);
    put_failures(&j, doc->snap);
    put_errors(&j, doc->snap);
    put_users(&j, doc->snap);
    put_metrics(&j, doc->snap);
    put_history(&j, doc);
    put_row_history(&j, doc);
    put_health(&j, doc->snap);
    json_out_finish(&j);
}
