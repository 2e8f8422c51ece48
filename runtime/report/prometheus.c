/* prometheus.c - the state of a run in Prometheus' text exposition format (version 0.0.4): see document.h and
 * docs/reports.md. A family's samples stand together under its HELP and TYPE, times are seconds. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "document.h"
#include "text.h"

/* Upper bounds of the buckets in microseconds. A value counts by the upper end of its own bucket in the row's histogram,
 * which is at most 0.8 % above it. */
static const uint64_t bounds_us[] = {1000,   2500,    5000,    10000,   25000,    50000,    100000,  250000,
                                     500000, 1000000, 2500000, 5000000, 10000000, 30000000, 60000000};
enum { BOUNDS = sizeof bounds_us / sizeof *bounds_us };

static void family(FILE *out, const char *name, const char *type, const char *help)
{
    fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* A label's value: masked, with \\, \" and \n escaped; other control characters become blanks. */
static void put_label(FILE *out, const char *before, const char *name, const char *value)
{
    char *masked = text_masked(value);

    fprintf(out, "%s%s=\"", before, name);
    for (const char *p = masked; *p; p++) {
        if (*p == '\\' || *p == '"')
            fputc('\\', out);
        if (*p == '\n')
            fputs("\\n", out);
        else
            fputc((unsigned char)*p < 0x20 ? ' ' : *p, out);
    }
    fputc('"', out);
    free(masked);
}

static void put_real(FILE *out, double value)
{
    fputc(' ', out);
    text_put_float(out, value);
    fputc('\n', out);
}

/* ---- rows ------------------------------------------------------------------------------------------- */

static void put_row_labels(FILE *out, const char *name, const struct stats_row_view *row)
{
    fputs(name, out);
    put_label(out, "{", "type", row->type);
    put_label(out, ",", "name", row->name);
}

struct row_counter {
    const char *name, *help;
    uint64_t (*get)(const struct stats_row_view *row);
};

static uint64_t requests_of(const struct stats_row_view *row)
{
    return row->requests;
}

static uint64_t failures_of(const struct stats_row_view *row)
{
    return row->failures;
}

static uint64_t tries_of(const struct stats_row_view *row)
{
    return row->tries;
}

static uint64_t cut_of(const struct stats_row_view *row)
{
    return row->cut;
}

static uint64_t dropped_of(const struct stats_row_view *row)
{
    return row->dropped;
}

static uint64_t bytes_of(const struct stats_row_view *row)
{
    return row->bytes;
}

static const struct row_counter row_counters[] = {
    {"swarm_requests_total", "Judged requests by row; failed ones are among them.", requests_of},
    {"swarm_request_failures_total", "Failed requests by row.", failures_of},
    {"swarm_request_extra_tries_total", "Tries beyond the judged ones (retries, resent requests) by row.", tries_of},
    {"swarm_requests_cut_off_total", "Requests cut off at the stop by row; not among the requests.", cut_of},
    {"swarm_calls_dropped_total", "Calls that the stop found in the queue of the pool, by row; not among the requests.",
     dropped_of},
    {"swarm_response_bytes_total", "Bytes of bodies as received by row.", bytes_of},
};

static void put_row_counters(FILE *out, const struct stats_snapshot *snap)
{
    for (size_t c = 0; c < sizeof row_counters / sizeof *row_counters; c++) {
        family(out, row_counters[c].name, "counter", row_counters[c].help);
        for (size_t i = 0; i < snap->row_count; i++) {
            put_row_labels(out, row_counters[c].name, &snap->rows[i]);
            fprintf(out, "} %" PRIu64 "\n", row_counters[c].get(&snap->rows[i]));
        }
    }
}

static void put_durations(FILE *out, const struct stats_row_view *row)
{
    uint32_t bucket = hist_next(&row->times, 0);
    uint64_t seen = 0;

    for (int b = 0; b < BOUNDS; b++) {
        for (; bucket < HIST_BUCKETS && hist_bucket_high(bucket) <= bounds_us[b];
             bucket = hist_next(&row->times, bucket + 1))
            seen += hist_at(&row->times, bucket);
        put_row_labels(out, "swarm_request_duration_seconds_bucket", row);
        fprintf(out, ",le=\"%g\"} %" PRIu64 "\n", (double)bounds_us[b] / 1e6, seen);
    }
    put_row_labels(out, "swarm_request_duration_seconds_bucket", row);
    fprintf(out, ",le=\"+Inf\"} %" PRIu64 "\n", row->times.count);
    put_row_labels(out, "swarm_request_duration_seconds_sum", row);
    fputc('}', out);
    put_real(out, (double)row->total_ns / 1e9);
    put_row_labels(out, "swarm_request_duration_seconds_count", row);
    fprintf(out, "} %" PRIu64 "\n", row->times.count);
}

static void put_rows(FILE *out, const struct stats_snapshot *snap)
{
    put_row_counters(out, snap);
    family(out, "swarm_request_duration_seconds", "histogram", "Response times by row, from the begin of the run.");
    for (size_t i = 0; i < snap->row_count; i++) {
        if (snap->rows[i].requests > 0)
            put_durations(out, &snap->rows[i]);
    }
}

/* ---- users, errors, health -------------------------------------------------------------------------- */

static void put_users(FILE *out, const struct stats_snapshot *snap)
{
    family(out, "swarm_users", "gauge", "Users that are alive, by kind.");
    for (size_t i = 0; i < snap->kind_count; i++) {
        put_label(out, "swarm_users{", "kind", snap->kinds[i].name);
        fprintf(out, "} %" PRIu64 "\n", snap->kinds[i].users);
    }
    family(out, "swarm_users_lost_total", "counter", "Users whose `on start` ended early, by kind.");
    for (size_t i = 0; i < snap->kind_count; i++) {
        put_label(out, "swarm_users_lost_total{", "kind", snap->kinds[i].name);
        fprintf(out, "} %" PRIu64 "\n", snap->kinds[i].lost);
    }
}

static void put_errors(FILE *out, const struct stats_snapshot *snap)
{
    family(out, "swarm_task_errors_total", "counter", "Errors that ended tasks early.");
    fprintf(out, "swarm_task_errors_total %" PRIu64 "\n", snap->task_errors);
}

/* What of a histogram of lags is told. */
static const double lag_quantiles[] = {0.5, 0.99, 1};
enum { LAG_QUANTILES = sizeof lag_quantiles / sizeof *lag_quantiles };

static void put_start_lags(FILE *out, const struct stats_snapshot *snap)
{
    family(out, "swarm_planned_starts_total", "counter",
           "Visits of `arrive` and tasks of `wait pace` and `wait rate` that were due at some moment, by kind.");
    for (size_t i = 0; i < snap->kind_count; i++) {
        put_label(out, "swarm_planned_starts_total{", "kind", snap->kinds[i].name);
        fprintf(out, "} %" PRIu64 "\n", snap->kinds[i].lag.count);
    }
    family(out, "swarm_start_lag_seconds", "gauge", "How late planned starts began, by kind.");
    for (size_t i = 0; i < snap->kind_count; i++) {
        const struct stats_kind *kind = &snap->kinds[i];

        for (int q = 0; kind->lag.count > 0 && q < LAG_QUANTILES; q++) {
            put_label(out, "swarm_start_lag_seconds{", "kind", kind->name);
            fprintf(out, ",quantile=\"%g\"}", lag_quantiles[q]);
            put_real(out, hist_percentile_us(&kind->lag, lag_quantiles[q]) / 1e6);
        }
    }
}

static void put_health(FILE *out, const struct stats_snapshot *snap)
{
    family(out, "swarm_elapsed_seconds", "gauge", "Time since the begin of the run, up to its end.");
    fputs("swarm_elapsed_seconds", out);
    put_real(out, snap->elapsed_s);
    family(out, "swarm_cpu_seconds_total", "counter", "CPU time of the threads that run the users.");
    fputs("swarm_cpu_seconds_total", out);
    put_real(out, (double)snap->cpu_ns / 1e9);
    family(out, "swarm_generator_healthy", "gauge", "1: the load generator kept up, its figures can be trusted.");
    fprintf(out, "swarm_generator_healthy %d\n", snap->health.unhealthy == 0);
    family(out, "swarm_late_starts_total", "counter", "Starts that the generator made later than intended.");
    fprintf(out, "swarm_late_starts_total %" PRIu64 "\n", snap->health.late_starts);
    family(out, "swarm_loop_lag_seconds", "gauge", "How late the generator served its own timers.");
    for (size_t i = 0; snap->loop_lag.count > 0 && i < LAG_QUANTILES; i++) {
        fprintf(out, "swarm_loop_lag_seconds{quantile=\"%g\"}", lag_quantiles[i]);
        put_real(out, hist_percentile_us(&snap->loop_lag, lag_quantiles[i]) / 1e6);
    }
}

/* ---- the scenario's own metrics --------------------------------------------------------------------- */

static void put_metric_labels(FILE *out, const char *name, const struct stats_metric *metric)
{
    fputs(name, out);
    put_label(out, "{", "metric", metric->name);
    put_label(out, ",", "unit", metric->unit ? metric->unit : "");
}

static void put_kind_of_metric(FILE *out, const struct stats_snapshot *snap, enum swarm_metric_kind kind,
                               const char *name, const char *type, const char *help)
{
    bool told = false;

    for (size_t i = 0; i < snap->metric_count; i++) {
        const struct stats_metric *metric = &snap->metrics[i];

        if (metric->kind != kind || (kind != SWARM_COUNTER && !stats_metric_any(metric)))
            continue;
        if (!told)
            family(out, name, type, help);
        told = true;
        put_metric_labels(out, name, metric);
        fputc('}', out);
        put_real(out, stats_metric_value(metric));
    }
}

static void put_trends(FILE *out, const struct stats_snapshot *snap)
{
    static const double quantiles[] = {0.5, 0.9, 0.95, 0.99};
    bool told = false;

    for (size_t i = 0; i < snap->metric_count; i++) {
        const struct stats_metric *metric = &snap->metrics[i];

        if (metric->kind != SWARM_TREND || !stats_metric_any(metric))
            continue;
        if (!told)
            family(out, "swarm_metric_trend", "summary", "Values of the scenario's own trends.");
        told = true;
        for (size_t q = 0; q < sizeof quantiles / sizeof *quantiles; q++) {
            put_metric_labels(out, "swarm_metric_trend", metric);
            fprintf(out, ",quantile=\"%g\"}", quantiles[q]);
            put_real(out, stats_metric_percentile(metric, quantiles[q]));
        }
        put_metric_labels(out, "swarm_metric_trend_sum", metric);
        fputc('}', out);
        put_real(out, metric->sum.sum);
        put_metric_labels(out, "swarm_metric_trend_count", metric);
        fprintf(out, "} %" PRIu64 "\n", metric->sum.count);
    }
}

static void put_metrics(FILE *out, const struct stats_snapshot *snap)
{
    put_kind_of_metric(out, snap, SWARM_COUNTER, "swarm_metric_counter", "gauge",
                       "Sums of the scenario's own counters.");
    put_kind_of_metric(out, snap, SWARM_GAUGE, "swarm_metric_gauge", "gauge", "Levels of the scenario's own gauges.");
    put_kind_of_metric(out, snap, SWARM_RATE, "swarm_metric_rate", "gauge",
                       "Shares of the scenario's own rates, 0 to 1.");
    put_trends(out, snap);
}

/* ---- the whole -------------------------------------------------------------------------------------- */

/* A label's name from one that a person chose. */
static void label_name(char *out, size_t size, const char *name)
{
    size_t n = (size_t)snprintf(out, size, "label_%s", name);

    for (size_t i = 0; i < n && i < size - 1; i++) {
        char c = out[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')))
            out[i] = '_';
    }
}

static void put_info(FILE *out, const struct report_run *run)
{
    char name[128];

    family(out, "swarm_run_info", "gauge", "What runs; always 1.");
    put_label(out, "swarm_run_info{", "scenario", run->scenario);
    put_label(out, ",", "version", run->version);
    if (run->scenario_hash)
        put_label(out, ",", "scenario_hash", run->scenario_hash);
    if (run->commit)
        put_label(out, ",", "git_commit", run->commit);
    for (size_t i = 0; i < run->labels.count; i++) {
        label_name(name, sizeof name, run->labels.items[i].name);
        put_label(out, ",", name, run->labels.items[i].value);
    }
    fputs("} 1\n", out);
}

static void put_verdict(FILE *out, const struct report_verdict *verdict)
{
    family(out, "swarm_passed", "gauge", "1: the run has passed.");
    fprintf(out, "swarm_passed %d\n", verdict->passed);
    if (verdict->threshold_count == 0)
        return;
    family(out, "swarm_threshold_holds", "gauge", "1: the threshold holds, 0: it is broken or there was no data.");
    for (size_t i = 0; i < verdict->threshold_count; i++) {
        const struct report_threshold *t = &verdict->thresholds[i];

        if (t->state == REPORT_SKIPPED)
            continue;
        put_label(out, "swarm_threshold_holds{", "threshold", t->text);
        put_label(out, ",", "row", t->row ? t->row : "");
        fprintf(out, "} %d\n", t->state == REPORT_HOLDS);
    }
}

void document_prometheus(FILE *out, const struct document *doc)
{
    put_info(out, doc->run);
    put_rows(out, doc->snap);
    put_users(out, doc->snap);
    put_errors(out, doc->snap);
    put_metrics(out, doc->snap);
    put_start_lags(out, doc->snap);
    put_health(out, doc->snap);
    if (doc->verdict)
        put_verdict(out, doc->verdict);
}
