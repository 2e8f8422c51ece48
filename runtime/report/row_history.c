/* row_history.c - see row_history.h */
#include "row_history.h"

#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"

/* A row takes the place of a kept one only when it is so many times as busy: else two that are alike would alternate. */
enum { BUSIER = 2 };

static void series_clear(struct row_series *series)
{
    free(series->type);
    free(series->name);
    hist_free(&series->seen);
    for (size_t i = 0; i < ROW_HISTORY_POINTS; i++)
        interval_free(&series->points[i].times);
    *series = (struct row_series){0};
}

void row_history_open(struct row_history *h, int64_t interval_ns)
{
    *h = (struct row_history){.interval_ns = interval_ns};
}

void row_history_close(struct row_history *h)
{
    for (size_t i = 0; i < h->series_count; i++) {
        series_clear(h->series[i]);
        free(h->series[i]);
    }
    *h = (struct row_history){0};
}

/* ---- joining ---------------------------------------------------------------------------------------- */

static void thin_series(struct row_series *series)
{
    for (size_t i = 0; i < ROW_HISTORY_POINTS / 2; i++) {
        struct row_history_point point = series->points[2 * i], *next = &series->points[2 * i + 1];

        point.requests += next->requests;
        point.failures += next->failures;
        interval_join(&point.times, &next->times);
        series->points[i] = point;
    }
    memset(series->points + ROW_HISTORY_POINTS / 2, 0, ROW_HISTORY_POINTS / 2 * sizeof *series->points);
}

static void thin(struct row_history *h)
{
    for (size_t i = 0; i < ROW_HISTORY_POINTS / 2; i++)
        h->end_ns[i] = h->end_ns[2 * i + 1];
    for (size_t i = 0; i < h->series_count; i++)
        thin_series(h->series[i]);
    h->count = ROW_HISTORY_POINTS / 2;
    h->interval_ns *= 2;
}

/* ---- which rows ------------------------------------------------------------------------------------- */

static int by_requests(const void *a, const void *b)
{
    const struct stats_row_view *x = *(const struct stats_row_view *const *)a,
                                *y = *(const struct stats_row_view *const *)b;

    if (x->requests != y->requests)
        return x->requests < y->requests ? 1 : -1;
    return x < y ? -1 : x > y;
}

static uint64_t requests_of(const struct row_series *series, const struct stats_snapshot *snap)
{
    const struct stats_row_view *row = stats_find(snap, series->type, series->name);

    return row ? row->requests : 0;
}

/* Rows with requests that are not kept, the busiest first; to be freed. */
static const struct stats_row_view **find_others(const struct row_history *h, const struct stats_snapshot *snap,
                                                 size_t *count)
{
    const struct stats_row_view **others = memory_new(snap->row_count, sizeof(struct stats_row_view *));
    bool *kept = memory_new(snap->row_count, sizeof *kept);
    size_t n = 0;

    for (size_t i = 0; i < h->series_count; i++) {
        const struct stats_row_view *row = stats_find(snap, h->series[i]->type, h->series[i]->name);

        if (row)
            kept[row - snap->rows] = true;
    }
    for (size_t i = 0; i < snap->row_count; i++) {
        if (!kept[i] && snap->rows[i].requests > 0)
            others[n++] = &snap->rows[i];
    }
    free(kept);
    qsort(others, n, sizeof(struct stats_row_view *), by_requests);
    *count = n;
    return others;
}

static void series_begin(struct row_series *series, const struct stats_row_view *row)
{
    series->type = memory_text(row->type, strlen(row->type));
    series->name = memory_text(row->name, strlen(row->name));
}

/* In the place of another row: known from end_ns on. */
static void series_replace(struct row_series *series, const struct stats_row_view *row, int64_t end_ns)
{
    series_clear(series);
    series_begin(series, row);
    series->from_ns = end_ns;
    series->requests = row->requests;
    series->failures = row->failures;
    hist_copy(&series->seen, &row->times);
}

static struct row_series *least_busy(const struct row_history *h, const struct stats_snapshot *snap, uint64_t *requests)
{
    struct row_series *least = NULL;

    for (size_t i = 0; i < h->series_count; i++) {
        uint64_t n = requests_of(h->series[i], snap);

        if (!least || n < *requests) {
            least = h->series[i];
            *requests = n;
        }
    }
    return least;
}

/* As long as there was room, every row was kept from its first request on. */
static void choose_rows(struct row_history *h, const struct stats_snapshot *snap, int64_t end_ns)
{
    size_t count;
    const struct stats_row_view **others = find_others(h, snap, &count);

    for (size_t i = 0; i < count; i++) {
        if (h->series_count < ROW_HISTORY_KEPT) {
            struct row_series *series = memory_new(1, sizeof *series);

            series_begin(series, others[i]);
            h->series[h->series_count++] = series;
        } else {
            uint64_t requests = 0;
            struct row_series *least = least_busy(h, snap, &requests);

            if (others[i]->requests / BUSIER <= requests)
                break;
            series_replace(least, others[i], end_ns);
        }
    }
    free(others);
}

/* ---- adding ----------------------------------------------------------------------------------------- */

/* The counts were set back (--reset-stats). */
static void begin_again(struct row_history *h)
{
    for (size_t i = 0; i < h->series_count; i++) {
        hist_clear(&h->series[i]->seen);
        h->series[i]->requests = h->series[i]->failures = 0;
    }
}

/* What was counted since the last time, to what the point has; points that were not used yet are empty. */
static void add_to_point(struct row_series *series, size_t at, const struct stats_row_view *row)
{
    struct row_history_point *point = &series->points[at];
    struct interval_times times = {0};

    if (!row)
        return;
    point->requests += row->requests - series->requests;
    point->failures += row->failures - series->failures;
    series->requests = row->requests;
    series->failures = row->failures;
    interval_take(&times, &series->seen, &row->times);
    interval_join(&point->times, &times);
}

void row_history_add(struct row_history *h, const struct stats_snapshot *snap, int64_t end_ns, bool last)
{
    int64_t since = end_ns - (h->count > 0 ? h->end_ns[h->count - 1] : 0);
    bool rest =
        last && h->count > 0 && since < h->interval_ns / 10; /* too short for a rate: part of the interval before */

    if (since <= 0 || (!last && since < h->interval_ns - h->interval_ns / 10))
        return;
    if (h->count == ROW_HISTORY_POINTS && !rest)
        thin(h);
    if (snap->resets != h->resets)
        begin_again(h);
    h->resets = snap->resets;
    choose_rows(h, snap, end_ns);
    h->count += !rest;
    h->end_ns[h->count - 1] = end_ns;
    for (size_t i = 0; i < h->series_count; i++)
        add_to_point(h->series[i], h->count - 1, stats_find(snap, h->series[i]->type, h->series[i]->name));
}

/* ---- asking ----------------------------------------------------------------------------------------- */

int64_t row_history_begin_ns(const struct row_history *h, size_t i)
{
    return i > 0 ? h->end_ns[i - 1] : 0;
}

size_t row_history_busiest(const struct row_history *h, const struct stats_snapshot *snap,
                           const struct row_series *busiest[ROW_HISTORY_ROWS])
{
    size_t n = 0;

    for (size_t i = 0; i < h->series_count; i++) {
        const struct row_series *series = h->series[i];
        uint64_t requests = requests_of(series, snap);
        size_t at;

        if (requests == 0)
            continue;
        at = n < ROW_HISTORY_ROWS ? n++ : ROW_HISTORY_ROWS;
        while (at > 0 && requests_of(busiest[at - 1], snap) < requests) {
            if (at < ROW_HISTORY_ROWS)
                busiest[at] = busiest[at - 1];
            at--;
        }
        if (at < ROW_HISTORY_ROWS)
            busiest[at] = series;
    }
    return n;
}
