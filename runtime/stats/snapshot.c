/* snapshot.c - the immutable state that every report reads: see stats.h */
#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"
#include "stats.h"
#include "totals.h"

#define NS_PER_S  1e9
#define NS_PER_US 1e3

/* A percentile from the intended start that is more than this above that of the response times tells another story. */
#define PARTED_US    1000
#define PARTED_SHARE 1.1

/* ---- making it -------------------------------------------------------------------------------------- */

static void copy_messages(struct stats_row_view *view, const struct tally_notes *messages)
{
    view->messages = memory_new(messages->count, sizeof *view->messages);
    view->message_count = messages->count;
    for (size_t i = 0; i < messages->count; i++) {
        const struct tally_note *note = &messages->items[i];

        view->messages[i] = (struct stats_failure){
            .text = memory_text(note->text, strlen(note->text)),
            .count = note->count,
            .first_ms = note->first_ms,
            .last_ms = note->last_ms,
        };
    }
}

static double per_second(uint64_t count, double seconds)
{
    return seconds > 0 ? (double)count / seconds : 0;
}

static void view_row(struct stats_row_view *view, const struct totals_row *row, const char *type, const char *name,
                     double rate_s, double window_s)
{
    const struct tally *sum = &row->sum;

    *view = (struct stats_row_view){
        .type = memory_text(type, strlen(type)),
        .name = memory_text(name, strlen(name)),
        .in_totals = stats_type_in_totals(type),
        .requests = sum->requests,
        .failures = sum->failures,
        .tries = sum->tries,
        .cut = sum->cut,
        .dropped = sum->dropped,
        .bytes = sum->bytes,
        .total_ns = sum->total_ns,
        .min_ns = sum->min_ns,
        .max_ns = sum->max_ns,
        .first_byte_ns = sum->first_byte_ns,
        .first_byte_count = sum->first_byte_count,
        .rate = per_second(sum->requests, rate_s),
        .failure_rate = per_second(sum->failures, rate_s),
        .now_rate = per_second(row->window.count + row->recent.count, window_s),
        .now_failure_rate = per_second(row->window_failures + row->recent_failures, window_s),
    };
    hist_copy(&view->times, &sum->times);
    hist_copy(&view->scheduled, &sum->scheduled);
    hist_copy(&view->window, &row->window);
    if (row->recent.count > 0)
        hist_merge(&view->window, &row->recent);
    copy_messages(view, &sum->messages);
}

static int by_name(const void *a, const void *b)
{
    const struct stats_row_view *x = a, *y = b;
    int order = strcmp(x->name, y->name);

    return order ? order : strcmp(x->type, y->type);
}

static void copy_rows(struct stats_snapshot *snap, const struct stats *stats, double window_s)
{
    snap->rows = memory_new(stats->row_count, sizeof *snap->rows);
    for (size_t i = 0; i < stats->row_count; i++) {
        const struct totals_row *row = stats->rows[i];

        if (tally_any(&row->sum) && strcmp(row->type, STATS_PART) != 0)
            view_row(&snap->rows[snap->row_count++], row, row->type, row->name, snap->rate_s, window_s);
    }
    qsort(snap->rows, snap->row_count, sizeof *snap->rows, by_name);
    view_row(&snap->total, &stats->total, "", "Aggregated", snap->rate_s, window_s);
}

/* ---- parts ------------------------------------------------------------------------------------------ */

static int by_part(const void *a, const void *b)
{
    const struct totals_row *const *x = a, *const *y = b;

    return strcmp((*x)->name, (*y)->name);
}

static void add_part(struct stats_snapshot *snap, const struct totals_row *row, const char *name, int depth)
{
    struct stats_part *part = &snap->parts[snap->part_count++];
    const char *group = strchr(name, '\x1f') + 1, *task = strchr(group, '\x1f') + 1;

    view_row(&part->counts, row, STATS_PART, "", snap->rate_s, 0);
    part->kind = memory_text(name, (size_t)(group - 1 - name));
    part->group = depth > 0 ? memory_text(group, (size_t)(task - 1 - group)) : NULL;
    part->task = depth > 1 ? memory_text(task, strlen(task)) : NULL;
}

/* How much of a part's name says the kind (depth 0), the kind and the group (1), all (2). */
static size_t part_prefix(const char *name, int depth)
{
    const char *end = name;

    for (int i = 0; i <= depth && end; i++)
        end = strchr(i ? end + 1 : end, '\x1f');
    return end ? (size_t)(end - name) : strlen(name);
}

/* The sum of the rows from `from` on that share its prefix. Only the kind, and groups that are not the kind itself, have
 * one. */
static void add_sum(struct stats_snapshot *snap, struct totals_row *const *rows, size_t from, size_t count, int depth)
{
    size_t length = part_prefix(rows[from]->name, depth);
    struct totals_row sum = {0};

    if (from > 0 && strncmp(rows[from - 1]->name, rows[from]->name, length) == 0 &&
        part_prefix(rows[from - 1]->name, depth) == length)
        return;
    if (depth == 1 && rows[from]->name[part_prefix(rows[from]->name, 0) + 1] == '\x1f')
        return;
    for (size_t i = from; i < count; i++) {
        if (strncmp(rows[i]->name, rows[from]->name, length) != 0 || part_prefix(rows[i]->name, depth) != length)
            break;
        tally_merge(&sum.sum, &rows[i]->sum);
    }
    add_part(snap, &sum, rows[from]->name, depth);
    tally_free(&sum.sum);
}

static void copy_parts(struct stats_snapshot *snap, const struct stats *stats)
{
    struct totals_row **rows = memory_new(stats->row_count, sizeof *rows);
    size_t count = 0;

    for (size_t i = 0; i < stats->row_count; i++) {
        if (stats->rows[i]->sum.requests > 0 && strcmp(stats->rows[i]->type, STATS_PART) == 0)
            rows[count++] = stats->rows[i];
    }
    qsort(rows, count, sizeof *rows, by_part);
    snap->parts = memory_new(3 * count, sizeof *snap->parts);
    for (size_t i = 0; i < count; i++) {
        add_sum(snap, rows, i, count, 0);
        add_sum(snap, rows, i, count, 1);
        add_part(snap, rows[i], rows[i]->name, 2);
    }
    free(rows);
}

static void copy_errors(struct stats_snapshot *snap, const struct tally_notes *errors)
{
    snap->errors = memory_new(errors->count, sizeof *snap->errors);
    snap->error_count = errors->count;
    for (size_t i = 0; i < errors->count; i++) {
        const struct tally_note *note = &errors->items[i];

        snap->errors[i] = (struct stats_error){
            .file = memory_text(note->file, strlen(note->file)),
            .line = note->line,
            .kind = memory_text(note->kind, strlen(note->kind)),
            .task = memory_text(note->task, strlen(note->task)),
            .text = memory_text(note->text, strlen(note->text)),
            .count = note->count,
            .first_ms = note->first_ms,
            .last_ms = note->last_ms,
        };
        if (strcmp(note->kind, STATS_ON_REQUEST) != 0 && strcmp(note->kind, STATS_ON_USER_ERROR) != 0) {
            snap->task_errors += note->count;
        }
    }
}

static void copy_kinds(struct stats_snapshot *snap, const struct stats *stats)
{
    snap->kinds = memory_new(stats->kind_count, sizeof *snap->kinds);
    snap->kind_count = stats->kind_count;
    for (size_t i = 0; i < stats->kind_count; i++) {
        struct stats_kind *kind = &snap->kinds[i];

        kind->name = stats->kinds[i].name;
        kind->lost = stats->kinds[i].lost;
        hist_copy(&kind->lag, &stats->kinds[i].lag);
        for (size_t s = 0; s < stats->source_count; s++)
            kind->users += stats->sources[s].users[i];
        snap->users += kind->users;
        snap->lost += kind->lost;
    }
}

static void copy_metrics(struct stats_snapshot *snap, const struct stats *stats)
{
    snap->metrics = memory_new(stats->metric_count, sizeof *snap->metrics);
    snap->metric_count = stats->metric_count;
    for (size_t i = 0; i < stats->metric_count; i++) {
        const struct swarm_metric *of = stats->metrics[i].of;
        struct stats_metric *metric = &snap->metrics[i];

        *metric = (struct stats_metric){.name = of->name, .unit = of->unit, .kind = of->kind};
        metric_merge(&metric->sum, &stats->metrics[i].sum);
        if (of->kind == SWARM_GAUGE)
            metric->level_set = metric_level_read(of->state, &metric->level, &metric->level_max);
    }
}

static int by_source(const void *a, const void *b)
{
    const struct stats_shard *x = a, *y = b;

    return x->source < y->source ? -1 : x->source > y->source;
}

static void copy_health(struct stats_snapshot *snap, const struct stats *stats)
{
    struct stats_health *health = &snap->health;

    health->shards = memory_new(stats->source_count, sizeof *health->shards);
    for (size_t i = 0; i < stats->source_count; i++) {
        const struct health_total *total = &stats->sources[i].health;
        struct stats_shard *shard;

        snap->cpu_ns += total->sum.cpu_ns;
        hist_merge(&snap->loop_lag, &total->sum.loop_lag);
        hist_merge(&health->late, &total->sum.late);
        health->no_descriptor += total->sum.limits[STATS_NO_DESCRIPTOR];
        health->no_port += total->sum.limits[STATS_NO_PORT];
        if (total->sum.wall_ns == 0 && total->sum.loop_lag.count == 0) /* no loop: what control itself counts */
            continue;
        shard = &health->shards[health->shard_count++];
        shard->source = stats->sources[i].id;
        shard->cpu_ns = total->sum.cpu_ns;
        shard->wall_ns = total->sum.wall_ns;
        shard->busy = total->sum.wall_ns ? (double)total->sum.cpu_ns / (double)total->sum.wall_ns : 0;
        shard->busy_most = total->busy_most;
        hist_copy(&shard->loop_lag, &total->sum.loop_lag);
    }
    qsort(health->shards, health->shard_count, sizeof *health->shards, by_source);
    health_judge(snap);
}

struct stats_snapshot *stats_take_snapshot(struct stats *stats, int64_t now_ns, int64_t unix_ms)
{
    struct stats_snapshot *snap = memory_new(1, sizeof *snap);
    int64_t end_ns = stats->ended ? stats->end_ns : now_ns;
    double window_s;

    totals_advance(stats, now_ns);
    window_s = stats->mark_count > 0 ? (double)(now_ns - stats->marks[0]) / NS_PER_S : 0;
    atomic_init(&snap->refs, 1);
    snap->begin_ns = stats->begin_ns;
    snap->begin_ms = stats->begin_ms;
    snap->now_ns = now_ns;
    snap->now_ms = unix_ms;
    snap->end_ms = stats->end_ms;
    snap->elapsed_s = end_ns > stats->begin_ns ? (double)(end_ns - stats->begin_ns) / NS_PER_S : 0;
    snap->rate_s = end_ns > stats->rates_ns ? (double)(end_ns - stats->rates_ns) / NS_PER_S : 0;
    snap->resets = stats->resets;
    copy_rows(snap, stats, window_s);
    copy_parts(snap, stats);
    copy_errors(snap, &stats->errors);
    copy_kinds(snap, stats);
    copy_metrics(snap, stats);
    copy_health(snap, stats);
    snap->lost_deltas = stats->lost_deltas;
    snap->bad_deltas = stats->bad_deltas;
    return snap;
}

/* ---- letting it go ---------------------------------------------------------------------------------- */

static void free_text(const char *text)
{
    free((void *)(uintptr_t)text);
}

static void free_view(struct stats_row_view *view)
{
    free_text(view->type);
    free_text(view->name);
    hist_free(&view->times);
    hist_free(&view->window);
    hist_free(&view->scheduled);
    for (size_t i = 0; i < view->message_count; i++)
        free_text(view->messages[i].text);
    free(view->messages);
}

struct stats_snapshot *stats_snapshot_ref(struct stats_snapshot *snap)
{
    atomic_fetch_add_explicit(&snap->refs, 1, memory_order_relaxed);
    return snap;
}

void stats_snapshot_unref(struct stats_snapshot *snap)
{
    if (!snap || atomic_fetch_sub_explicit(&snap->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < snap->row_count; i++)
        free_view(&snap->rows[i]);
    free(snap->rows);
    free_view(&snap->total);
    for (size_t i = 0; i < snap->part_count; i++) {
        free_text(snap->parts[i].kind);
        free_text(snap->parts[i].group);
        free_text(snap->parts[i].task);
        free_view(&snap->parts[i].counts);
    }
    free(snap->parts);
    for (size_t i = 0; i < snap->error_count; i++) {
        free_text(snap->errors[i].file);
        free_text(snap->errors[i].kind);
        free_text(snap->errors[i].task);
        free_text(snap->errors[i].text);
    }
    free(snap->errors);
    for (size_t i = 0; i < snap->kind_count; i++)
        hist_free(&snap->kinds[i].lag);
    free(snap->kinds);
    for (size_t i = 0; i < snap->metric_count; i++)
        metric_sum_free(&snap->metrics[i].sum);
    free(snap->metrics);
    hist_free(&snap->loop_lag);
    stats_health_free(&snap->health);
    free(snap);
}

/* ---- asking it -------------------------------------------------------------------------------------- */

const struct stats_row_view *stats_find(const struct stats_snapshot *snap, const char *type, const char *name)
{
    struct stats_row_view wanted = {.type = type, .name = name};

    return bsearch(&wanted, snap->rows, snap->row_count, sizeof *snap->rows, by_name);
}

static double clamp(double us, const struct stats_row_view *row)
{
    double min = (double)row->min_ns / NS_PER_US, max = (double)row->max_ns / NS_PER_US;

    if (us < min)
        return min;
    return us > max ? max : us;
}

double stats_bounded_percentile_us(const struct hist *times, uint64_t min_ns, uint64_t max_ns, double p)
{
    double min = (double)min_ns / NS_PER_US, max = (double)max_ns / NS_PER_US, us;

    if (times->count == 0)
        return 0;
    if (hist_rank(p, times->count) == times->count)
        return max;
    if (hist_rank(p, times->count) == 1)
        return min;
    us = hist_percentile_us(times, p);
    us = us < min ? min : us;
    return us > max ? max : us;
}

double stats_percentile_us(const struct stats_row_view *row, double p)
{
    return stats_bounded_percentile_us(&row->times, row->min_ns, row->max_ns, p);
}

double stats_now_percentile_us(const struct stats_row_view *row, double p)
{
    return row->window.count ? clamp(hist_percentile_us(&row->window, p), row) : 0;
}

double stats_scheduled_percentile_us(const struct stats_row_view *row, double p)
{
    double us = row->scheduled.count ? hist_percentile_us(&row->scheduled, p) : 0;

    return us > 0 && us < (double)row->min_ns / NS_PER_US ? (double)row->min_ns / NS_PER_US : us;
}

/* By how much a percentile from the intended start is above the other one, at most, and which. A row that other
 * users share is not looked at: its two histograms are of different requests. */
static double parted_by(const struct stats_row_view *row, double *p)
{
    static const double looked_at[] = {0.5, 0.9, 0.95, 0.99, 0.999};
    bool same = row->requests > 0 && row->scheduled.count == row->requests;
    double most = 0;

    for (size_t i = 0; same && i < sizeof looked_at / sizeof *looked_at; i++) {
        double service = stats_percentile_us(row, looked_at[i]),
               intended = stats_scheduled_percentile_us(row, looked_at[i]);

        if (intended - service > PARTED_US && intended > PARTED_SHARE * service && intended - service > most) {
            most = intended - service;
            *p = looked_at[i];
        }
    }
    return most;
}

const struct stats_row_view *stats_parted(const struct stats_snapshot *snap, double *p)
{
    double most = parted_by(&snap->total, p), its;
    const struct stats_row_view *row = most > 0 ? &snap->total : NULL;

    for (size_t i = 0; i < snap->row_count && row != &snap->total; i++) {
        double by = parted_by(&snap->rows[i], &its);

        if (by > most) {
            most = by;
            *p = its;
            row = &snap->rows[i];
        }
    }
    return row;
}

double stats_mean_us(const struct stats_row_view *row)
{
    return row->requests ? (double)row->total_ns / (double)row->requests / NS_PER_US : 0;
}

double stats_fail_ratio(const struct stats_row_view *row)
{
    return row->requests ? (double)row->failures / (double)row->requests : 0;
}
