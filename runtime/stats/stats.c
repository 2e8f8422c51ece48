/* stats.c - the sums of all deltas and the window of current values: see stats.h, totals.h */
#include "stats.h"

#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"
#include "rows.h"
#include "totals.h"

struct stats *stats_create(const char *const *kinds, size_t kind_count)
{
    struct stats *stats = memory_new(1, sizeof *stats);

    stats->kinds = memory_new(kind_count, sizeof *stats->kinds);
    stats->kind_count = kind_count;
    for (size_t i = 0; i < kind_count; i++)
        stats->kinds[i].name = kinds[i];
    stats->slot_count = 64;
    stats->slots = memory_new(stats->slot_count, sizeof *stats->slots);
    return stats;
}

static void free_row(struct totals_row *row)
{
    free(row->type);
    free(row->name);
    tally_free(&row->sum);
    hist_free(&row->recent);
    hist_free(&row->window);
    for (size_t i = 0; i < row->slice_count; i++)
        free(row->slices[i]);
}

void stats_free(struct stats *stats)
{
    if (!stats)
        return;
    for (size_t i = 0; i < stats->row_count; i++) {
        free_row(stats->rows[i]);
        free(stats->rows[i]);
    }
    free(stats->rows);
    free(stats->slots);
    free_row(&stats->total);
    tally_notes_free(&stats->errors);
    for (size_t i = 0; i < stats->kind_count; i++)
        hist_free(&stats->kinds[i].lag);
    free(stats->kinds);
    for (size_t i = 0; i < stats->source_count; i++) {
        free(stats->sources[i].users);
        health_total_free(&stats->sources[i].health);
    }
    free(stats->sources);
    for (size_t i = 0; i < stats->metric_count; i++)
        metric_sum_free(&stats->metrics[i].sum);
    free(stats->metrics);
    free(stats);
}

void stats_metrics(struct stats *stats, struct swarm_metric *const *metrics, size_t count)
{
    stats->metrics = memory_new(count, sizeof *stats->metrics);
    stats->metric_count = count;
    for (size_t i = 0; i < count; i++)
        stats->metrics[i].of = metrics[i];
}

void stats_begin(struct stats *stats, int64_t now_ns, int64_t unix_ms)
{
    stats->begin_ns = now_ns;
    stats->begin_ms = unix_ms;
    stats->rates_ns = now_ns;
    stats->marks[0] = now_ns;
    stats->mark_count = 1;
}

void stats_end(struct stats *stats, int64_t now_ns, int64_t unix_ms)
{
    if (stats->ended)
        return;
    stats->ended = true;
    stats->end_ns = now_ns;
    stats->end_ms = unix_ms;
}

/* Rows are not kept as empty ones: a row stands in a report when something was counted in it. */
void stats_reset(struct stats *stats, int64_t now_ns)
{
    for (size_t i = 0; i < stats->row_count; i++) {
        free_row(stats->rows[i]);
        free(stats->rows[i]);
    }
    stats->row_count = 0;
    memset(stats->slots, 0, stats->slot_count * sizeof *stats->slots);
    free_row(&stats->total);
    stats->total = (struct totals_row){0};
    tally_notes_free(&stats->errors);
    stats->errors = (struct tally_notes){0};
    for (size_t i = 0; i < stats->kind_count; i++) {
        hist_clear(&stats->kinds[i].lag);
        stats->kinds[i].lost = 0;
    }
    for (size_t i = 0; i < stats->metric_count; i++) {
        metric_sum_free(&stats->metrics[i].sum);
        stats->metrics[i].sum = (struct metric_sum){0};
    }
    stats->marks[0] = now_ns;
    stats->mark_count = 1;
    stats->rates_ns = now_ns;
    stats->resets++;
}

/* ---- folding ---------------------------------------------------------------------------------------- */

static uint32_t *slot_of(struct stats *stats, const char *type, const char *name)
{
    size_t at = rows_hash(type, name, strlen(name)) & (stats->slot_count - 1);

    while (stats->slots[at]) {
        const struct totals_row *row = stats->rows[stats->slots[at] - 1];

        if (strcmp(row->type, type) == 0 && strcmp(row->name, name) == 0)
            break;
        at = (at + 1) & (stats->slot_count - 1);
    }
    return &stats->slots[at];
}

static void widen(struct stats *stats)
{
    stats->slot_count *= 2;
    free(stats->slots);
    stats->slots = memory_new(stats->slot_count, sizeof *stats->slots);
    for (size_t i = 0; i < stats->row_count; i++)
        *slot_of(stats, stats->rows[i]->type, stats->rows[i]->name) = (uint32_t)i + 1;
}

static struct totals_row *row_named(struct stats *stats, const char *type, const char *name)
{
    uint32_t *slot = slot_of(stats, type, name);
    struct totals_row *row;

    if (*slot)
        return stats->rows[*slot - 1];
    row = memory_new(1, sizeof *row);
    row->type = memory_text(type, strlen(type));
    row->name = memory_text(name, strlen(name));
    stats->rows = memory_grow(stats->rows, stats->row_count, &stats->row_capacity, sizeof(struct totals_row *));
    stats->rows[stats->row_count++] = row;
    *slot = (uint32_t)stats->row_count;
    if (stats->row_count * 2 > stats->slot_count)
        widen(stats);
    return row;
}

static void add_tally(struct totals_row *row, const struct tally *tally)
{
    tally_merge(&row->sum, tally);
    hist_merge(&row->recent, &tally->times);
    row->recent_failures += tally->failures;
}

static void fold_rows(struct stats *stats, const struct delta *delta)
{
    for (size_t i = 0; i < delta->row_count; i++) {
        const struct delta_row *from = delta->rows[i];
        struct totals_row *row = row_named(stats, from->type, from->name);

        add_tally(row, &from->tally);
        for (size_t m = 0; m < from->tally.messages.count; m++)
            tally_message_add(&row->sum.messages, &from->tally.messages.items[m]);
        if (stats_type_in_totals(from->type))
            add_tally(&stats->total, &from->tally);
    }
}

static struct totals_source *source_of(struct stats *stats, uint32_t id)
{
    struct totals_source *source;

    for (size_t i = 0; i < stats->source_count; i++) {
        if (stats->sources[i].id == id)
            return &stats->sources[i];
    }
    stats->sources = memory_grow(stats->sources, stats->source_count, &stats->source_capacity, sizeof *stats->sources);
    source = &stats->sources[stats->source_count++];
    *source = (struct totals_source){.id = id};
    source->users = memory_new(stats->kind_count, sizeof *source->users);
    return source;
}

static void fold_metrics(struct stats *stats, const struct delta *delta)
{
    for (size_t i = 0; i < delta->metric_count; i++) {
        const struct delta_metric *from = &delta->metrics[i];

        for (size_t m = 0; m < stats->metric_count; m++) {
            const struct swarm_metric *of = stats->metrics[m].of;

            if (of->kind == from->kind && strcmp(of->name, from->name) == 0)
                metric_merge(&stats->metrics[m].sum, &from->sum);
        }
    }
}

static void fold(struct stats *stats, struct totals_source *source, const struct delta *delta)
{
    for (size_t i = 0; i < delta->kind_count; i++) {
        source->users[i] = delta->kinds[i].users;
        stats->kinds[i].lost += delta->kinds[i].lost;
        hist_merge(&stats->kinds[i].lag, &delta->kinds[i].lag);
    }
    health_fold(&source->health, &delta->health);
    fold_rows(stats, delta);
    for (size_t i = 0; i < delta->errors.count; i++)
        tally_error_add(&stats->errors, &delta->errors.items[i]);
    fold_metrics(stats, delta);
}

enum stats_fold stats_fold(struct stats *stats, const void *bytes, size_t len)
{
    struct delta delta;
    struct totals_source *source;
    enum stats_fold result = STATS_FOLDED;

    if (!delta_read(&delta, bytes, len)) {
        stats->bad_deltas++;
        return STATS_MALFORMED;
    }
    if (delta.kind_count != stats->kind_count || delta.sequence == 0) {
        stats->bad_deltas++;
        delta_free(&delta);
        return STATS_MALFORMED;
    }
    source = source_of(stats, delta.source);
    if (delta.sequence <= source->sequence) {
        result = STATS_REPEATED;
    } else {
        if (delta.sequence != source->sequence + 1) {
            stats->lost_deltas += delta.sequence - source->sequence - 1;
            result = STATS_GAP;
        }
        source->sequence = delta.sequence;
        fold(stats, source, &delta);
    }
    delta_free(&delta);
    return result;
}

void stats_drop_source(struct stats *stats, uint32_t source)
{
    memset(source_of(stats, source)->users, 0, stats->kind_count * sizeof(uint64_t));
}

/* ---- the window ------------------------------------------------------------------------------------- */

/* Turns what was counted since the last mark into a slice of the window. */
static void close_slice(struct totals_row *row, int64_t now_ns)
{
    struct totals_slice *slice;
    size_t used = 0;

    if (row->recent.count == 0 || row->slice_count == TOTALS_MARKS)
        return;
    for (uint32_t b = hist_next(&row->recent, 0); b < HIST_BUCKETS; b = hist_next(&row->recent, b + 1))
        used++;
    slice = memory_new(1, sizeof *slice + used * sizeof *slice->buckets);
    slice->end_ns = now_ns;
    slice->failures = row->recent_failures;
    for (uint32_t b = hist_next(&row->recent, 0); b < HIST_BUCKETS; b = hist_next(&row->recent, b + 1))
        slice->buckets[slice->count++] = (struct totals_bucket){b, hist_at(&row->recent, b)};
    row->slices[row->slice_count++] = slice;
    hist_merge(&row->window, &row->recent);
    row->window_failures += row->recent_failures;
    hist_clear(&row->recent);
    row->recent_failures = 0;
}

/* Takes slices that ended at or before `begin_ns` out of the window. */
static void drop_slices(struct totals_row *row, int64_t begin_ns)
{
    size_t gone = 0;

    while (gone < row->slice_count && row->slices[gone]->end_ns <= begin_ns) {
        struct totals_slice *slice = row->slices[gone++];

        for (size_t i = 0; i < slice->count; i++)
            hist_sub_bucket(&row->window, slice->buckets[i].bucket, slice->buckets[i].count);
        row->window_failures -= slice->failures;
        free(slice);
    }
    row->slice_count -= gone;
    memmove(row->slices, row->slices + gone, row->slice_count * sizeof *row->slices);
}

void totals_advance(struct stats *stats, int64_t now_ns)
{
    size_t old = 0;

    if (stats->mark_count > 0 && now_ns - stats->marks[stats->mark_count - 1] >= TOTALS_MARK_NS) {
        close_slice(&stats->total, now_ns);
        for (size_t i = 0; i < stats->row_count; i++)
            close_slice(stats->rows[i], now_ns);
    }
    while (old + 1 < stats->mark_count && now_ns - stats->marks[old + 1] >= TOTALS_WINDOW_NS)
        old++;
    stats->mark_count -= old;
    memmove(stats->marks, stats->marks + old, stats->mark_count * sizeof *stats->marks);
    if (stats->mark_count > 0 && now_ns - stats->marks[stats->mark_count - 1] >= TOTALS_MARK_NS)
        stats->marks[stats->mark_count++] = now_ns;
    if (old == 0)
        return;
    drop_slices(&stats->total, stats->marks[0]);
    for (size_t i = 0; i < stats->row_count; i++)
        drop_slices(stats->rows[i], stats->marks[0]);
}
