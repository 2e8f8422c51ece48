/* console.c - the tables on the terminal, in Locust's layout: see report.h and
 * docs/internals/statistics.md */
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../base/memory.h"
#include "../log/log.h"
#include "report.h"
#include "request_log.h"
#include "text.h"

enum {
    TYPE_WIDTH = 8,
    NUMBER_COLUMNS = 80, /* of the request table beside the name */
    WIDEST_NAME = 80,
    NARROW_NAME = 40,    /* of a terminal without room for it: lines wrap, but figures stand below each other */
    MESSAGE_LINES = 500, /* of one report; the CSV has all of them */
};

int console_name_width(void)
{
    const char *text = getenv("COLUMNS");
    struct winsize size;
    long columns = text ? strtol(text, NULL, 10) : 0;

    if (!isatty(STDERR_FILENO))
        return WIDEST_NAME;
    if (columns <= 0)
        columns = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
    if (columns <= 0)
        return WIDEST_NAME;
    columns -= NUMBER_COLUMNS;
    return columns < 0 ? 0 : columns > WIDEST_NAME ? WIDEST_NAME : (int)columns;
}

static void put_dashes(FILE *out, const int *widths, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            fputc('|', out);
        for (int k = 0; k < widths[i]; k++)
            fputc('-', out);
    }
    fputc('\n', out);
}

/* Milliseconds in a column: two decimals below 10 ms, whole ones above. */
static void put_ms(FILE *out, int width, double us)
{
    if (us < 9995)
        fprintf(out, "%*.2f", width, us / 1000);
    else
        fprintf(out, "%*.0f", width, us / 1000);
}

static void put_shown(FILE *out, const char *text, int width)
{
    char *shown = text_shown(text);

    text_put_padded(out, shown, width);
    free(shown);
}

/* ---- requests --------------------------------------------------------------------------------------- */

/* The name column is four narrower than asked for, which is Locust's arithmetic and makes the line
 * name_width + 80 long. */
static int name_column(int name_width)
{
    return name_width > 4 ? name_width - 4 : 0;
}

/* The type, and the name in what a long type leaves of `width`: figures stand below each other. */
static void put_type_and_name(FILE *out, const char *type, const char *name, int width)
{
    int beyond = (int)strlen(type) - TYPE_WIDTH;

    text_put_padded(out, type, TYPE_WIDTH);
    fputc(' ', out);
    put_shown(out, name, beyond > 0 ? width - beyond : width);
}

static void put_request_row(FILE *out, const struct stats_row_view *row, int name_width, bool current)
{
    char failures[64];

    snprintf(failures, sizeof failures, "%llu(%.2f%%)", (unsigned long long)row->failures, stats_fail_ratio(row) * 100);
    put_type_and_name(out, row->type, row->name, name_column(name_width));
    fprintf(out, " %7llu %12s |", (unsigned long long)row->requests, failures);
    put_ms(out, 7, stats_mean_us(row));
    fputc(' ', out);
    put_ms(out, 7, (double)row->min_ns / 1000);
    fputc(' ', out);
    put_ms(out, 7, (double)row->max_ns / 1000);
    put_ms(out, 7, stats_percentile_us(row, 0.5));
    fprintf(out, " | %7.2f %11.2f\n", current ? row->now_rate : row->rate,
            current ? row->now_failure_rate : row->failure_rate);
}

void console_requests(FILE *out, const struct stats_snapshot *snap, int name_width, bool current)
{
    const int widths[] = {TYPE_WIDTH, name_column(name_width), 7, 13, 7, 7, 7, 7, 8, 11};
    const size_t n = sizeof widths / sizeof *widths;

    fprintf(out, "%-*s %-*s %7s %12s |%7s %7s %7s%7s | %7s %11s\n", TYPE_WIDTH, "Type", widths[1], "Name", "# reqs",
            "# fails", "Avg", "Min", "Max", "Med", "req/s", "failures/s");
    put_dashes(out, widths, n);
    for (size_t i = 0; i < snap->row_count; i++) {
        if (snap->rows[i].requests > 0)
            put_request_row(out, &snap->rows[i], name_width, current);
    }
    put_dashes(out, widths, n);
    put_request_row(out, &snap->total, name_width, current);
    fputc('\n', out);
}

/* ---- percentiles ------------------------------------------------------------------------------------ */

static void put_percentile_dashes(FILE *out, int name_width)
{
    int widths[TEXT_PERCENTILES + 3] = {TYPE_WIDTH, name_width, 8};
    const size_t n = sizeof widths / sizeof *widths;

    for (size_t i = 3; i < n; i++)
        widths[i] = 6;
    put_dashes(out, widths, n);
}

static void put_percentile_head(FILE *out, const char *title, const char *counted, int name_width)
{
    fprintf(out, "%s\n%-*s %-*s ", title, TYPE_WIDTH, "Type", name_width, "Name");
    for (int i = 0; i < TEXT_PERCENTILES; i++)
        fprintf(out, "%*s ", i == 0 ? 8 : 6, text_percentile_labels[i]);
    fprintf(out, "%6s\n", counted);
    put_percentile_dashes(out, name_width);
}

static void put_percentile_name(FILE *out, const char *type, const char *name, int name_width)
{
    put_type_and_name(out, type, name, name_width);
    fputc(' ', out);
}

/* The percentile of column i. One of too few values is marked in place of the blank behind it; returns whether it is. */
static bool put_percentile(FILE *out, int i, double us, uint64_t count)
{
    bool known = text_percentile_known(count, text_percentiles[i]);

    put_ms(out, i == 0 ? 8 : 6, us);
    fputc(known ? ' ' : '*', out);
    return !known;
}

static bool put_percentile_row(FILE *out, const struct stats_row_view *row, int name_width)
{
    bool marked = false;

    put_percentile_name(out, row->type, row->name, name_width);
    for (int i = 0; i < TEXT_PERCENTILES; i++)
        marked |= put_percentile(out, i, stats_percentile_us(row, text_percentiles[i]), row->requests);
    fprintf(out, "%6llu\n", (unsigned long long)row->requests);
    return marked;
}

void console_percentiles(FILE *out, const struct stats_snapshot *snap, int name_width)
{
    bool marked = false;

    put_percentile_head(out, "Response time percentiles (approximated)", "# reqs", name_width);
    for (size_t i = 0; i < snap->row_count; i++) {
        if (snap->rows[i].requests > 0)
            marked |= put_percentile_row(out, &snap->rows[i], name_width);
    }
    put_percentile_dashes(out, name_width);
    if (snap->total.requests > 0)
        marked |= put_percentile_row(out, &snap->total, name_width);
    if (marked)
        fputs("* too few requests for this percentile: the slowest one\n", out);
    fputc('\n', out);
}

static bool put_lag_row(FILE *out, const struct stats_kind *kind, int name_width)
{
    bool marked = false;

    put_percentile_name(out, "LAG", kind->name, name_width);
    for (int i = 0; i < TEXT_PERCENTILES; i++)
        marked |= put_percentile(out, i, hist_percentile_us(&kind->lag, text_percentiles[i]), kind->lag.count);
    fprintf(out, "%6llu\n", (unsigned long long)kind->lag.count);
    return marked;
}

void console_lags(FILE *out, const struct stats_snapshot *snap, int name_width)
{
    bool any = false, marked = false;

    for (size_t i = 0; i < snap->kind_count; i++)
        any |= snap->kinds[i].lag.count > 0;
    if (!any)
        return;
    put_percentile_head(out,
                        "Start lag percentiles (how late arrivals and the tasks of `wait pace` and `wait rate` began)",
                        "starts", name_width);
    for (size_t i = 0; i < snap->kind_count; i++) {
        if (snap->kinds[i].lag.count > 0)
            marked |= put_lag_row(out, &snap->kinds[i], name_width);
    }
    if (marked)
        fputs("* too few starts for this percentile: the latest one\n", out);
    fputc('\n', out);
}

/* ---- metrics ---------------------------------------------------------------------------------------- */

/* At most six digits, as a person reads them; nothing: "-". */
static void put_value(FILE *out, bool has, double value)
{
    char text[32] = "-";

    if (has && value > -1e15 && value < 1e15 && value == (double)(int64_t)value)
        snprintf(text, sizeof text, "%lld", (long long)value);
    else if (has)
        snprintf(text, sizeof text, "%.6g", value);
    fprintf(out, " %11s", text);
}

static void put_metric(FILE *out, const struct stats_snapshot *snap, const struct stats_metric *metric, int name_width)
{
    bool any = stats_metric_any(metric), trend = any && metric->kind == SWARM_TREND;
    bool counter = metric->kind == SWARM_COUNTER, rate = metric->kind == SWARM_RATE;
    char share[32];

    text_put_padded(out, stats_metric_kind(metric->kind), TYPE_WIDTH);
    fputc(' ', out);
    put_shown(out, metric->name, name_width);
    if (rate && any) {
        snprintf(share, sizeof share, "%.2f%%", stats_metric_value(metric) * 100);
        fprintf(out, " %11s", share);
    } else {
        put_value(out, counter || any, stats_metric_value(metric));
    }
    put_value(out, counter, stats_metric_rate(metric, snap));
    put_value(out, metric->kind != SWARM_GAUGE, (double)metric->sum.count);
    put_value(out, trend, stats_metric_min(metric));
    put_value(out, trend, stats_metric_percentile(metric, 0.5));
    put_value(out, trend, stats_metric_percentile(metric, 0.95));
    put_value(out, trend || (any && metric->kind == SWARM_GAUGE), stats_metric_max(metric));
    fputc(metric->unit[0] ? ' ' : '\n', out);
    if (metric->unit[0]) {
        put_shown(out, metric->unit, 0);
        fputc('\n', out);
    }
}

void console_metrics(FILE *out, const struct stats_snapshot *snap, int name_width)
{
    int widest = 4;

    if (snap->metric_count == 0)
        return;
    for (size_t i = 0; i < snap->metric_count; i++) {
        int width = (int)strlen(snap->metrics[i].name);

        widest = width > widest ? width : widest;
    }
    if (widest < name_width)
        name_width = widest;

    const int widths[] = {TYPE_WIDTH, name_width, 11, 11, 11, 11, 11, 11, 11};

    fputs("Metrics\n", out);
    fprintf(out, "%-*s %-*s %11s %11s %11s %11s %11s %11s %11s\n", TYPE_WIDTH, "Type", name_width, "Name", "Value",
            "per second", "Count", "Min", "Med", "95%", "Max");
    put_dashes(out, widths, sizeof widths / sizeof *widths);
    for (size_t i = 0; i < snap->metric_count; i++)
        put_metric(out, snap, &snap->metrics[i], name_width);
    put_dashes(out, widths, sizeof widths / sizeof *widths);
    fputc('\n', out);
}

/* ---- failures and errors ---------------------------------------------------------------------------- */

/* A line of the two reports: what happened how often, sorted by when it happened first. */
struct line {
    const struct stats_row_view *row; /* of a failure */
    const struct stats_error *error;  /* of an error in a task */
    const struct stats_failure *failure;
    uint64_t count;
    int64_t first_ms;
    size_t index;
};

static int by_first(const void *a, const void *b)
{
    const struct line *x = a, *y = b;

    if (x->first_ms != y->first_ms)
        return x->first_ms < y->first_ms ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

static void put_line(FILE *out, const struct line *line)
{
    char *text = text_shown(line->failure ? line->failure->text : line->error->text);
    const struct stats_error *error = line->error;

    fprintf(out, "%-18llu ", (unsigned long long)line->count);
    if (line->failure) {
        char *name = text_shown(line->row->name);

        fprintf(out, "%s %s: %s\n", line->row->type, name, text);
        free(name);
    } else if (error->file[0] == '\0') {
        fprintf(out, "%s\n", text);
    } else {
        fprintf(out, "%s:%u: %s", error->file, (unsigned)error->line, text);
        if (error->kind[0] || error->task[0])
            fprintf(out, " (in %s%s%s)", error->kind, error->kind[0] && error->task[0] ? "." : "", error->task);
        fputc('\n', out);
    }
    free(text);
}

static void put_lines(FILE *out, const char *title, struct line *lines, size_t n, int name_width)
{
    const int widths[] = {18, name_width + 61};
    uint64_t rest = 0;

    qsort(lines, n, sizeof *lines, by_first);
    fprintf(out, "%s\n%-18s %s\n", title, "# occurrences", "Error");
    put_dashes(out, widths, 2);
    for (size_t i = 0; i < n; i++) {
        if (i < MESSAGE_LINES)
            put_line(out, &lines[i]);
        else
            rest += lines[i].count;
    }
    if (rest > 0)
        fprintf(out, "%-18llu (%zu more messages: the CSV files of --csv list them)\n", (unsigned long long)rest,
                n - MESSAGE_LINES);
    put_dashes(out, widths, 2);
    fputc('\n', out);
}

void console_failures(FILE *out, const struct stats_snapshot *snap, int name_width)
{
    size_t n = 0, capacity = 0;
    struct line *lines = NULL;

    for (size_t r = 0; r < snap->row_count; r++) {
        const struct stats_row_view *row = &snap->rows[r];

        for (size_t m = 0; m < row->message_count; m++) {
            const struct stats_failure *failure = &row->messages[m];

            lines = memory_grow(lines, n, &capacity, sizeof *lines);
            lines[n] = (struct line){
                .row = row, .failure = failure, .count = failure->count, .first_ms = failure->first_ms, .index = n};
            n++;
        }
    }
    if (n > 0)
        put_lines(out, "Error report", lines, n, name_width);
    free(lines);
}

void console_errors(FILE *out, const struct stats_snapshot *snap, int name_width)
{
    struct line *lines = memory_new(snap->error_count, sizeof *lines);

    for (size_t i = 0; i < snap->error_count; i++)
        lines[i] = (struct line){.error = &snap->errors[i],
                                 .count = snap->errors[i].count,
                                 .first_ms = snap->errors[i].first_ms,
                                 .index = i};
    if (snap->error_count > 0)
        put_lines(out, "Errors in tasks", lines, snap->error_count, name_width);
    free(lines);
}

/* ---- notes ------------------------------------------------------------------------------------------ */

static void put_lost(FILE *out, const struct stats_snapshot *snap)
{
    const char *comma = "";

    if (snap->lost == 0)
        return;
    fprintf(out, "Lost users (`on start` ended early): %llu (", (unsigned long long)snap->lost);
    for (size_t i = 0; i < snap->kind_count; i++) {
        if (snap->kinds[i].lost > 0) {
            fprintf(out, "%s%s %llu", comma, snap->kinds[i].name, (unsigned long long)snap->kinds[i].lost);
            comma = ", ";
        }
    }
    fputs(")\n", out);
}

/* Rows with extra tries or cut off requests, which no column of the table above counts. */
static void put_apart(FILE *out, const struct stats_snapshot *snap, int name_width)
{
    const int widths[] = {TYPE_WIDTH, name_width, 12, 12};
    bool any = false;

    for (size_t i = 0; i < snap->row_count; i++)
        any |= snap->rows[i].tries || snap->rows[i].cut;
    if (!any)
        return;
    fputs("Not among the requests above\n", out);
    fprintf(out, "%-*s %-*s %12s %12s\n", TYPE_WIDTH, "Type", name_width, "Name", "extra tries", "cut off");
    put_dashes(out, widths, 4);
    for (size_t i = 0; i < snap->row_count; i++) {
        const struct stats_row_view *row = &snap->rows[i];

        if (!row->tries && !row->cut)
            continue;
        text_put_padded(out, row->type, TYPE_WIDTH);
        fputc(' ', out);
        put_shown(out, row->name, name_width);
        fprintf(out, " %12llu %12llu\n", (unsigned long long)row->tries, (unsigned long long)row->cut);
    }
    put_dashes(out, widths, 4);
    fputc('\n', out);
}

/* Calls that the stop found in the queue of the pool. */
static void put_dropped(FILE *out, const struct stats_snapshot *snap)
{
    uint64_t dropped = 0;

    for (size_t i = 0; i < snap->row_count; i++)
        dropped += snap->rows[i].dropped;
    if (dropped > 0)
        fprintf(out, "Calls that the stop dropped before they began: %llu\n", (unsigned long long)dropped);
}

static void put_request_log(FILE *out)
{
    uint64_t dropped = request_log_dropped();

    if (dropped > 0)
        fprintf(out,
                "Lines that --log-requests dropped because the disk was too slow: %llu (all counts above have those "
                "requests)\n",
                (unsigned long long)dropped);
}

/* Times from the intended start that tell another story than those of the table. */
static void put_parted(FILE *out, const struct stats_snapshot *snap)
{
    double p = 0;
    const struct stats_row_view *row = stats_parted(snap, &p);
    char *name;

    if (!row)
        return;
    name = text_shown(row->name);
    fprintf(out,
            "Counted from when the arrivals were due, p%g of %s%s%s is %.2f ms, not %.2f ms: visits began late, "
            "and the response times above do not contain that.\n",
            p * 100, row == &snap->total ? "all requests" : row->type, row == &snap->total ? "" : " ",
            row == &snap->total ? "" : name, stats_scheduled_percentile_us(row, p) / 1000,
            stats_percentile_us(row, p) / 1000);
    free(name);
}

static void put_health(FILE *out, const struct stats_snapshot *snap)
{
    char why[1024];

    if (snap->health.unhealthy == 0)
        return;
    stats_health_text(snap, why, sizeof why);
    fprintf(out, "THE LOAD GENERATOR WAS THE BOTTLENECK, so these figures are not the server's alone: %s.\n", why);
}

void console_notes(FILE *out, const struct stats_snapshot *snap, int name_width)
{
    put_apart(out, snap, name_width);
    put_dropped(out, snap);
    put_lost(out, snap);
    put_parted(out, snap);
    put_health(out, snap);
    put_request_log(out);
    if (snap->lost_deltas || snap->bad_deltas)
        fprintf(out,
                "THE COUNTS ABOVE ARE NOT COMPLETE: %llu messages with statistics were lost, %llu damaged; "
                "this is a fault of Swarm\n",
                (unsigned long long)snap->lost_deltas, (unsigned long long)snap->bad_deltas);
}

/* ---- all of it -------------------------------------------------------------------------------------- */

void console_summary(FILE *out, const struct stats_snapshot *snap, int name_width)
{
    fprintf(out, "Rates over the run (%.1f s), times in ms\n", snap->rate_s);
    console_requests(out, snap, name_width, false);
    console_percentiles(out, snap, name_width);
    console_lags(out, snap, name_width);
    console_metrics(out, snap, name_width);
    console_failures(out, snap, name_width);
    console_errors(out, snap, name_width);
    console_notes(out, snap, name_width);
}

static void put_periodic(FILE *out, const struct stats_snapshot *snap, int name_width)
{
    fprintf(out, "Rates of the last %d s, times in ms since the begin\n", STATS_WINDOW_S);
    console_requests(out, snap, name_width, true);
    put_lost(out, snap);
}

/* On a narrow terminal still as wide as the longest name, up to NARROW_NAME. */
static int name_width_for(const struct stats_snapshot *snap)
{
    int width = console_name_width(), longest = (int)sizeof "Aggregated" - 1;

    for (size_t i = 0; i < snap->row_count; i++) {
        int length = (int)strnlen(snap->rows[i].name, NARROW_NAME);

        longest = length > longest ? length : longest;
    }
    longest += 4; /* the table of requests has four fewer */
    return width < longest && width < NARROW_NAME ? (longest < NARROW_NAME ? longest : NARROW_NAME) : width;
}

static void print(const struct stats_snapshot *snap, void (*put)(FILE *, const struct stats_snapshot *, int))
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return;
    put(out, snap, name_width_for(snap));
    if (fclose(out) == 0)
        log_table(text, size);
    free(text);
}

void console_print_periodic(const struct stats_snapshot *snap)
{
    print(snap, put_periodic);
}

void console_print_summary(const struct stats_snapshot *snap)
{
    print(snap, console_summary);
}
