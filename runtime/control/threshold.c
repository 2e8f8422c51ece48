#include "threshold.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"
#include "../cli/cli.h"
#include "../log/log.h"
#include "../report/text.h"
#include "../stats/stats.h"
#include "shapes.h"

/* ---- opening ---- */

static void add_warm_up(struct thresholds *t, int64_t after)
{
    for (size_t i = 0; i < t->warm_up_count; i++) {
        if (t->warm_ups[i].after == after) {
            return;
        }
    }
    t->warm_ups = memory_resize(t->warm_ups, t->warm_up_count + 1, sizeof *t->warm_ups);
    t->warm_ups[t->warm_up_count++] = (struct warm_up){.after = after};
}

bool thresholds_have_warm_up(const struct thresholds *t)
{
    return t->warm_up_count > 0;
}

bool thresholds_open(struct thresholds *t, const struct swarm_program *program, const struct run_plan *plan,
                     const char *name)
{
    char why[512];

    *t = (struct thresholds){.count = program->threshold_count + plan->thresholds.count};
    t->results = memory_new(t->count, sizeof *t->results);
    t->given = memory_new(plan->thresholds.count, sizeof *t->given);
    for (size_t i = 0; i < program->threshold_count; i++) {
        t->results[i].threshold = &program->thresholds[i];
        if (program->thresholds[i].after > 0) {
            add_warm_up(t, program->thresholds[i].after);
        }
    }
    for (size_t i = 0; i < plan->thresholds.count; i++) {
        if (!threshold_read(&t->given[i], program, plan->thresholds.items[i], why, sizeof why)) {
            fprintf(stderr, "%s: error: argument --threshold: %s\n", name, why);
            return false;
        }
        t->results[program->threshold_count + i].threshold = &t->given[i];
    }
    return true;
}

void thresholds_free(struct thresholds *t)
{
    for (size_t i = 0; i < t->warm_up_count; i++) {
        if (t->warm_ups[i].snapshot) {
            stats_snapshot_unref(t->warm_ups[i].snapshot);
        }
    }
    free(t->warm_ups);
    free(t->results);
    free(t->given);
    *t = (struct thresholds){0};
}

/* ---- measuring ---- */

/* What a row counted after the warm-up. */
struct counted {
    uint64_t requests, failures, total_ns;
    uint64_t min_ns, max_ns;
    struct hist times;
    bool owned; /* times is a copy */
    double seconds;
};

static const struct stats_row_view *row_of(const struct stats_snapshot *snap, const char *name)
{
    if (!name) {
        return &snap->total;
    }
    for (size_t i = 0; i < snap->row_count; i++) {
        const struct stats_row_view *row = &snap->rows[i];
        size_t n = strlen(row->type);

        if (strncmp(name, row->type, n) == 0 && name[n] == ' ' && strcmp(name + n + 1, row->name) == 0) {
            return row;
        }
    }
    return NULL;
}

/* The values between two moments; minimum and maximum are then those of the buckets. */
static void subtract(struct counted *c, const struct stats_row_view *before)
{
    struct hist times = {0};
    uint32_t first = HIST_BUCKETS, last = HIST_BUCKETS;

    c->requests -= before->requests;
    c->failures -= before->failures;
    c->total_ns -= before->total_ns;
    for (uint32_t b = hist_next(&c->times, 0); b < HIST_BUCKETS; b = hist_next(&c->times, b + 1)) {
        uint64_t n = hist_at(&c->times, b) - hist_at(&before->times, b);

        if (n > 0) {
            hist_add_bucket(&times, b, n);
            first = first == HIST_BUCKETS ? b : first;
            last = b;
        }
    }
    if (first < HIST_BUCKETS) {
        c->min_ns = hist_at(&before->times, first) ? hist_bucket_low(first) * 1000 : c->min_ns;
        if (hist_bucket_low(first) * 1000 > c->min_ns) {
            c->min_ns = hist_bucket_low(first) * 1000;
        }
        if ((hist_bucket_high(last) + 1) * 1000 < c->max_ns) {
            c->max_ns = (hist_bucket_high(last) + 1) * 1000;
        }
    }
    c->times = times;
    c->owned = true;
}

static struct counted count(const struct stats_snapshot *snap, const struct stats_snapshot *before, const char *name)
{
    const struct stats_row_view *row = row_of(snap, name), *then = before ? row_of(before, name) : NULL;
    struct counted c = {.seconds = snap->rate_s};

    if (row) {
        c.requests = row->requests;
        c.failures = row->failures;
        c.total_ns = row->total_ns;
        c.min_ns = row->min_ns;
        c.max_ns = row->max_ns;
        c.times = row->times;
    }
    if (then) {
        subtract(&c, then);
    }
    if (before) {
        c.seconds -= before->rate_s;
    }
    return c;
}

static double percentile_ns(const struct counted *c, double p)
{
    return stats_bounded_percentile_us(&c->times, c->min_ns, c->max_ns, p) * 1000;
}

static double hist_mean_ns(const struct hist *h)
{
    double sum = 0;

    for (uint32_t b = hist_next(h, 0); b < HIST_BUCKETS; b = hist_next(h, b + 1)) {
        sum += (double)hist_at(h, b) * ((double)hist_bucket_low(b) + (double)hist_bucket_high(b)) / 2;
    }
    return h->count ? sum / (double)h->count * 1000 : 0;
}

/* Of the row. False: no data. A number of requests is a number also when it is 0. */
static bool measure_row(const struct swarm_threshold *t, const struct counted *c, double *value)
{
    double requests = (double)c->requests;

    switch (t->measure) {
    case SWARM_REQUESTS:
        *value = requests;
        return true;
    case SWARM_RPS:
        *value = c->seconds > 0 ? requests / c->seconds : 0;
        return true;
    case SWARM_FAIL_RATIO:
        *value = requests > 0 ? (double)c->failures / requests : 0;
        break;
    case SWARM_FAILS:
        *value = (double)c->failures;
        break;
    case SWARM_AVG:
        *value = requests > 0 ? (double)c->total_ns / requests : 0;
        break;
    case SWARM_MIN:
        *value = (double)c->min_ns;
        break;
    case SWARM_MAX:
        *value = (double)c->max_ns;
        break;
    case SWARM_PERCENTILE:
        *value = percentile_ns(c, t->percentile);
        break;
    default:
        return false;
    }
    return c->requests > 0;
}

static bool measure_lag(const struct swarm_threshold *t, const struct stats_snapshot *snap, double *value)
{
    const struct hist *lag = &snap->loop_lag;

    *value = t->measure == SWARM_LAG_AVG
                 ? hist_mean_ns(lag)
                 : hist_percentile_us(lag, t->measure == SWARM_LAG_MAX ? 1 : t->percentile) * 1000;
    return lag->count > 0;
}

/* A metric's counts after the warm-up; buckets are a copy. */
static struct stats_metric metric_since(const struct stats_metric *now, const struct stats_metric *before)
{
    struct stats_metric metric = *now;
    size_t k = 0, n = 0;

    metric.sum.buckets = memory_new(now->sum.bucket_count, sizeof *metric.sum.buckets);
    for (size_t i = 0; i < now->sum.bucket_count; i++) {
        struct metric_bucket bucket = now->sum.buckets[i];

        while (before && k < before->sum.bucket_count && before->sum.buckets[k].key < bucket.key) {
            k++;
        }
        if (before && k < before->sum.bucket_count && before->sum.buckets[k].key == bucket.key) {
            bucket.count -= before->sum.buckets[k].count;
        }
        if (bucket.count > 0) {
            metric.sum.buckets[n++] = bucket;
        }
    }
    metric.sum.bucket_count = n;
    if (before) {
        metric.sum.count -= before->sum.count;
        metric.sum.hits -= before->sum.hits;
        metric.sum.sum -= before->sum.sum;
    }
    return metric;
}

static double metric_measure(const struct swarm_threshold *t, const struct stats_metric *metric, bool whole,
                             double seconds)
{
    bool gauge = metric->kind == SWARM_GAUGE;

    switch (t->measure) {
    case SWARM_METRIC_RATE:
        return seconds > 0 ? metric->sum.sum / seconds : 0;
    case SWARM_METRIC_MIN:
        return whole ? stats_metric_min(metric) : stats_metric_percentile(metric, 1e-12);
    case SWARM_METRIC_MAX:
        return whole || gauge ? stats_metric_max(metric) : stats_metric_percentile(metric, 1);
    case SWARM_METRIC_COUNT:
        return (double)metric->sum.count;
    case SWARM_METRIC_PERCENTILE:
        return stats_metric_percentile(metric, t->percentile);
    default:
        return stats_metric_value(metric);
    }
}

/* A limit that is a duration is compared with seconds, which is what a metric counts. */
static bool measure_metric(const struct swarm_threshold *t, const struct stats_snapshot *snap,
                           const struct stats_snapshot *before, double *value)
{
    const struct stats_metric *now = stats_metric_find(snap, t->metric->name);
    const struct stats_metric *then = before ? stats_metric_find(before, t->metric->name) : NULL;
    struct stats_metric metric;
    bool any;

    if (!now) {
        return false;
    }
    metric = metric_since(now, then);
    any = stats_metric_any(&metric);
    *value = metric_measure(t, &metric, !before, snap->rate_s - (before ? before->rate_s : 0)) * (t->time ? 1e9 : 1);
    free(metric.sum.buckets);
    return any;
}

static bool measure(const struct swarm_threshold *t, const struct stats_snapshot *snap,
                    const struct stats_snapshot *before, double *value)
{
    struct counted counted;
    bool any;

    *value = 0;
    if (t->metric) {
        return measure_metric(t, snap, before, value);
    }
    if (t->measure == SWARM_LAG_AVG || t->measure == SWARM_LAG_MAX || t->measure == SWARM_LAG_PERCENTILE) {
        return measure_lag(t, snap, value);
    }
    counted = count(snap, before, t->row);
    any = measure_row(t, &counted, value);
    if (counted.owned) {
        hist_free(&counted.times);
    }
    return any;
}

/* ---- judging ---- */

static bool holds(const struct swarm_threshold *t, double value)
{
    switch (t->comparison) {
    case SWARM_LESS:
        return value < t->limit;
    case SWARM_LESS_EQUAL:
        return value <= t->limit;
    case SWARM_GREATER:
        return value > t->limit;
    case SWARM_GREATER_EQUAL:
        return value >= t->limit;
    case SWARM_EQUAL:
        return value == t->limit;
    }
    return false;
}

static const struct warm_up *warm_up_of(const struct thresholds *t, const struct swarm_threshold *threshold)
{
    for (size_t i = 0; i < t->warm_up_count; i++) {
        if (t->warm_ups[i].after == threshold->after) {
            return &t->warm_ups[i];
        }
    }
    return NULL;
}

static void judge(const struct thresholds *t, struct threshold_result *result, const struct stats_snapshot *snap)
{
    const struct swarm_threshold *threshold = result->threshold;
    const struct warm_up *warm_up = warm_up_of(t, threshold);
    bool any = false;

    result->value = 0;
    if (!warm_up || warm_up->snapshot) {
        any = measure(threshold, snap, warm_up ? warm_up->snapshot : NULL, &result->value);
    }
    result->state = !any ? THRESHOLD_NO_DATA : holds(threshold, result->value) ? THRESHOLD_HOLDS : THRESHOLD_BROKEN;
}

int64_t thresholds_next_warm_up(const struct thresholds *t, int64_t from)
{
    int64_t next = -1;

    for (size_t i = 0; i < t->warm_up_count; i++) {
        int64_t after = t->warm_ups[i].after;

        if (after > from && (next < 0 || after < next)) {
            next = after;
        }
    }
    return next;
}

const struct threshold_result *thresholds_look(struct thresholds *t, const struct stats_snapshot *snap)
{
    int64_t passed = snap->now_ns - snap->begin_ns;

    for (size_t i = 0; i < t->warm_up_count; i++) {
        if (!t->warm_ups[i].snapshot && passed >= t->warm_ups[i].after) {
            t->warm_ups[i].snapshot = stats_snapshot_ref((struct stats_snapshot *)snap);
        }
    }
    for (size_t i = 0; i < t->count; i++) {
        struct threshold_result *result = &t->results[i];

        if (result->threshold->abort_after < 0 || passed < result->threshold->abort_after) {
            continue;
        }
        judge(t, result, snap);
        if (result->state == THRESHOLD_BROKEN) {
            result->aborted = true;
            return result;
        }
    }
    return NULL;
}

/* Nobody who could make the row was to run: tags have set the weights of what they leave out to 0. */
static bool is_off(const struct swarm_threshold *threshold, const struct shapes *shapes, const struct run_plan *plan)
{
    for (uint32_t i = 0; i < threshold->maker_count; i++) {
        const struct swarm_maker *maker = &threshold->makers[i];

        if (shapes_may_run(shapes, plan, maker->kind) && (!maker->entry || maker->entry->weight > 0)) {
            return false;
        }
    }
    return threshold->maker_count > 0;
}

void thresholds_judge(struct thresholds *t, const struct stats_snapshot *snap, const struct shapes *shapes,
                      const struct run_plan *plan)
{
    for (size_t i = 0; i < t->count; i++) {
        struct threshold_result *result = &t->results[i];

        if (result->aborted) {
            continue; /* what came while the run stopped changes nothing */
        }
        judge(t, result, snap);
        if (result->state == THRESHOLD_NO_DATA && is_off(result->threshold, shapes, plan)) {
            result->state = THRESHOLD_SKIPPED;
        }
    }
}

size_t thresholds_broken(const struct thresholds *t)
{
    size_t broken = 0;

    for (size_t i = 0; i < t->count; i++) {
        broken += t->results[i].state == THRESHOLD_BROKEN || t->results[i].state == THRESHOLD_NO_DATA;
    }
    return broken;
}

/* ---- showing ---- */

static bool is_time(const struct swarm_threshold *t)
{
    return t->time || t->measure == SWARM_AVG || t->measure == SWARM_MIN || t->measure == SWARM_MAX ||
           t->measure == SWARM_PERCENTILE || t->measure == SWARM_LAG_AVG || t->measure == SWARM_LAG_MAX ||
           t->measure == SWARM_LAG_PERCENTILE;
}

static bool is_share(const struct swarm_threshold *t)
{
    return t->measure == SWARM_FAIL_RATIO ||
           (t->metric && t->metric->kind == SWARM_RATE && t->measure == SWARM_METRIC_VALUE);
}

void threshold_value_text(const struct threshold_result *result, char *out, size_t size)
{
    double value = result->value;

    if (result->state == THRESHOLD_NO_DATA || result->state == THRESHOLD_SKIPPED) {
        snprintf(out, size, "%s", result->state == THRESHOLD_NO_DATA ? "no data" : "skipped");
    } else if (is_share(result->threshold)) {
        snprintf(out, size, "%.2f%%", value * 100);
    } else if (is_time(result->threshold)) {
        snprintf(out, size, value < 9.995e6 ? "%.2f ms" : "%.0f ms", value / 1e6);
    } else if (value == (double)(int64_t)value) {
        snprintf(out, size, "%" PRId64, (int64_t)value);
    } else {
        snprintf(out, size, "%.2f", value);
    }
}

void threshold_name(const struct swarm_threshold *t, char *out, size_t size)
{
    snprintf(out, size, "%s%s%s", t->row ? t->row : "", t->row ? ": " : "", t->place.what);
}

static void put_line(FILE *out, const struct threshold_result *result, int width)
{
    static const char *const words[] = {
        [THRESHOLD_HOLDS] = "holds",
        [THRESHOLD_BROKEN] = "BROKEN",
        [THRESHOLD_NO_DATA] = "BROKEN",
        [THRESHOLD_SKIPPED] = "skipped",
    };
    char name[512], value[64], *shown;

    threshold_name(result->threshold, name, sizeof name);
    threshold_value_text(result, value, sizeof value);
    shown = text_shown(name);
    fprintf(out, "%-8s ", words[result->state]);
    text_put_padded(out, shown, width);
    fprintf(out, " %s%s\n", value, result->aborted ? " (stopped the run)" : "");
    free(shown);
}

void thresholds_print(const struct thresholds *t)
{
    enum { WIDEST = 60 };
    char *text = NULL, name[512];
    size_t size = 0;
    int width = 9;
    FILE *out = t->count > 0 ? open_memstream(&text, &size) : NULL;

    if (!out) {
        return;
    }
    for (size_t i = 0; i < t->count; i++) {
        threshold_name(t->results[i].threshold, name, sizeof name);
        if ((int)strlen(name) > width) {
            width = strlen(name) > WIDEST ? WIDEST : (int)strlen(name);
        }
    }
    fprintf(out, "Thresholds\n%-8s %-*s %s\n", "Verdict", width, "Threshold", "Value");
    for (size_t i = 0; i < t->count; i++) {
        put_line(out, &t->results[i], width);
    }
    fputc('\n', out);
    if (fclose(out) == 0) {
        log_table(text, size);
    }
    free(text);
}
