/* history.c - see history.h */
#include "history.h"

#include <math.h>

void history_open(struct history *h, int64_t interval_ns)
{
    *h = (struct history){.interval_ns = interval_ns};
    row_history_open(&h->rows, interval_ns);
}

void history_close(struct history *h)
{
    for (size_t i = 0; i < h->count; i++)
        interval_free(&h->points[i].times);
    hist_free(&h->seen);
    row_history_close(&h->rows);
    *h = (struct history){0};
}

/* ---- joining ---------------------------------------------------------------------------------------- */

static void join(struct history_point *into, struct history_point *next)
{
    into->end_ns = next->end_ns;
    into->users = next->users;
    into->target = next->target;
    into->requests += next->requests;
    into->failures += next->failures;
    into->errors += next->errors;
    into->cpu_ns += next->cpu_ns;
    interval_join(&into->times, &next->times);
}

static void thin(struct history *h)
{
    for (size_t i = 0; i < HISTORY_POINTS / 2; i++) {
        struct history_point point = h->points[2 * i];

        join(&point, &h->points[2 * i + 1]);
        h->points[i] = point;
    }
    h->count = HISTORY_POINTS / 2;
    h->interval_ns *= 2;
}

/* ---- adding ----------------------------------------------------------------------------------------- */

/* The counts were set back (--reset-stats): the history starts again from there. */
static void begin_again(struct history *h)
{
    hist_clear(&h->seen);
    h->last.requests = h->last.failures = h->last.errors = 0;
}

/* What is too short for a rate belongs to the interval before; levels are those while there was load. */
static void add_rest(struct history_point *point, struct history_point *rest)
{
    rest->users = point->users;
    rest->target = point->target;
    join(point, rest);
}

bool history_add(struct history *h, const struct stats_snapshot *snap, uint64_t target, bool last)
{
    const struct stats_row_view *total = &snap->total;
    int64_t end_ns = snap->now_ns - snap->begin_ns, since = end_ns - h->last.end_ns;
    struct history_point point;
    bool rest;

    if (last && snap->end_ms && snap->elapsed_s * 1e9 < (double)end_ns) {
        end_ns = (int64_t)llround(snap->elapsed_s * 1e9);
        since = end_ns - h->last.end_ns;
    }
    if (since <= 0 && last && h->count > 0 && total->requests > h->last.requests) {
        end_ns = h->last.end_ns + 1; /* what came behind the run's end (teardown) */
        since = 1;
    }
    if (since <= 0 || (!last && since < h->interval_ns - h->interval_ns / 10))
        return false;
    rest = last && h->count > 0 && since < h->interval_ns / 10;
    if (h->count == HISTORY_POINTS && !rest)
        thin(h);
    if (snap->resets != h->resets)
        begin_again(h);
    h->resets = snap->resets;
    point = (struct history_point){
        .end_ns = end_ns,
        .users = snap->users,
        .target = target,
        .requests = total->requests - h->last.requests,
        .failures = total->failures - h->last.failures,
        .errors = snap->task_errors - h->last.errors,
        .cpu_ns = snap->cpu_ns - h->last.cpu_ns,
    };
    interval_take(&point.times, &h->seen, &total->times);
    if (rest)
        add_rest(&h->points[h->count - 1], &point);
    else
        h->points[h->count++] = point;
    h->last = (struct history_point){.end_ns = end_ns,
                                     .requests = total->requests,
                                     .failures = total->failures,
                                     .errors = snap->task_errors,
                                     .cpu_ns = snap->cpu_ns};
    row_history_add(&h->rows, snap, end_ns, last);
    return true;
}

/* ---- asking ----------------------------------------------------------------------------------------- */

double history_span_s(const struct history *h, size_t i)
{
    int64_t begin = i > 0 ? h->points[i - 1].end_ns : 0;

    return (double)(h->points[i].end_ns - begin) / 1e9;
}
