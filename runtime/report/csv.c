/* csv.c - the CSV files, with Locust's names and columns: see report.h and
 * docs/internals/statistics.md */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"
#include "../log/log.h"
#include "csv_history.h"
#include "file.h"
#include "report.h"
#include "text.h"

enum table { STATS, FAILURES, EXCEPTIONS, METRICS, TABLES };

/* A file that is rewritten as a whole. */
struct whole {
    char *path;
    char *written; /* what is in it: equal contents are not written again */
    size_t written_len;
    int error; /* of the last write */
};

struct csv {
    struct whole tables[TABLES];
    struct file_growing history;
    char *history_path;
    int history_error;
    long long history_limit; /* bytes, from which on it is thinned */
    unsigned stride, moment; /* every stride-th moment is written */
    bool told[TABLES + 1];   /* the first failure of a file is told at once, others are not */
    int used;                /* of enum table that are written: METRICS where the scenario has some */
    bool full_history;
};

#define PERCENTILES "50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%"
static const char stats_header[] =
    "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,"
    "Max Response Time,Average Content Size,Requests/s,Failures/s," PERCENTILES "\r\n";
static const char history_header[] =
    "Timestamp,User Count,Type,Name,Requests/s,Failures/s," PERCENTILES ",Total Request Count,"
    "Total Failure Count,Total Median Response Time,Total Average Response Time,Total Min Response Time,"
    "Total Max Response Time,Total Average Content Size\r\n";
static const char failures_header[] = "Method,Name,Error,Occurrences,First Seen,Last Seen\r\n";
static const char exceptions_header[] = "Count,Message,Traceback,Nodes\r\n";
static const char metrics_header[] = "Type,Name,Unit,Count,Value,Rate,Average,Min,Max,50%,90%,95%,99%\r\n";

/* ---- fields ----------------------------------------------------------------------------------------- */

/* A text as a field (RFC 4180): quoted when it must be, a quote doubled. Secrets are masked. */
static void put_field(FILE *out, const char *text)
{
    char *masked = text_masked(text);

    if (!masked[strcspn(masked, ",\"\r\n")]) {
        fputs(masked, out);
    } else {
        fputc('"', out);
        for (const char *p = masked; *p; p++) {
            if (*p == '"')
                fputc('"', out);
            fputc(*p, out);
        }
        fputc('"', out);
    }
    free(masked);
}

static void put_whole_ms(FILE *out, double us)
{
    fprintf(out, "%.0f", us / 1000);
}

/* The n-th part of a time in milliseconds, "0" when there is none. From nanoseconds in one division, so
 * that it has no more digits than it needs. */
static void put_time(FILE *out, const struct stats_row_view *row, uint64_t ns, uint64_t n)
{
    if (row->requests == 0)
        fputc('0', out);
    else
        text_put_float(out, (double)ns / (1e6 * (double)n));
}

static void put_percentiles(FILE *out, const struct stats_row_view *row, bool now)
{
    for (int i = 0; i < TEXT_PERCENTILES; i++) {
        double p = text_percentiles[i];

        fputc(',', out);
        if (row->requests == 0)
            fputs("N/A", out);
        else
            put_whole_ms(out, now ? stats_now_percentile_us(row, p) : stats_percentile_us(row, p));
    }
}

/* Average, minimum, maximum, content size: columns that two files share. */
static void put_times(FILE *out, const struct stats_row_view *row)
{
    put_whole_ms(out, stats_percentile_us(row, 0.5));
    fputc(',', out);
    if (row->requests == 0)
        fputs("0.0", out);
    else
        put_time(out, row, row->total_ns, row->requests);
    fputc(',', out);
    put_time(out, row, row->min_ns, 1);
    fputc(',', out);
    put_time(out, row, row->max_ns, 1);
    fputc(',', out);
    if (row->requests == 0)
        fputc('0', out);
    else
        text_put_float(out, (double)row->bytes / (double)row->requests);
}

/* ---- the files -------------------------------------------------------------------------------------- */

static void put_stats_row(FILE *out, const struct stats_row_view *row)
{
    put_field(out, row->type);
    fputc(',', out);
    put_field(out, row->name);
    fprintf(out, ",%llu,%llu,", (unsigned long long)row->requests, (unsigned long long)row->failures);
    put_times(out, row);
    fputc(',', out);
    text_put_float(out, row->rate);
    fputc(',', out);
    text_put_float(out, row->failure_rate);
    put_percentiles(out, row, false);
    fputs("\r\n", out);
}

static void put_stats(FILE *out, const struct stats_snapshot *snap)
{
    fputs(stats_header, out);
    if (!snap)
        return;
    for (size_t i = 0; i < snap->row_count; i++) {
        if (snap->rows[i].requests > 0)
            put_stats_row(out, &snap->rows[i]);
    }
    put_stats_row(out, &snap->total);
}

static void put_failures(FILE *out, const struct stats_snapshot *snap)
{
    fputs(failures_header, out);
    for (size_t r = 0; snap && r < snap->row_count; r++) {
        const struct stats_row_view *row = &snap->rows[r];

        for (size_t m = 0; m < row->message_count; m++) {
            put_field(out, row->type);
            fputc(',', out);
            put_field(out, row->name);
            fputc(',', out);
            put_field(out, row->messages[m].text);
            fprintf(out, ",%llu,", (unsigned long long)row->messages[m].count);
            text_put_utc(out, row->messages[m].first_ms);
            fputc(',', out);
            text_put_utc(out, row->messages[m].last_ms);
            fputs("\r\n", out);
        }
    }
}

/* "checkout.swarm:12 in Shopper.buy" */
static void put_place(FILE *out, const struct stats_error *error)
{
    char *text = NULL;
    size_t size;
    FILE *place = open_memstream(&text, &size);

    if (!place)
        return;
    if (error->file[0])
        fprintf(place, "%s:%u", error->file, (unsigned)error->line);
    if (error->kind[0] || error->task[0])
        fprintf(place, " in %s%s%s", error->kind, error->kind[0] && error->task[0] ? "." : "", error->task);
    if (fclose(place) == 0)
        put_field(out, text);
    free(text);
}

static void put_exceptions(FILE *out, const struct stats_snapshot *snap)
{
    fputs(exceptions_header, out);
    for (size_t i = 0; snap && i < snap->error_count; i++) {
        fprintf(out, "%llu,", (unsigned long long)snap->errors[i].count);
        put_field(out, snap->errors[i].text);
        fputc(',', out);
        put_place(out, &snap->errors[i]);
        fputs(",local\r\n", out);
    }
}

/* What the kind does not have is empty, and so is what nothing was counted for. */
static void put_metric(FILE *out, const struct stats_snapshot *snap, const struct stats_metric *metric)
{
    static const double percentiles[] = {0.5, 0.9, 0.95, 0.99};
    bool any = stats_metric_any(metric), trend = any && metric->kind == SWARM_TREND;

    fprintf(out, "%s,", stats_metric_kind(metric->kind));
    put_field(out, metric->name);
    fputc(',', out);
    put_field(out, metric->unit);
    fputc(',', out);
    if (metric->kind != SWARM_GAUGE)
        fprintf(out, "%llu", (unsigned long long)metric->sum.count);
    fputc(',', out);
    if (metric->kind == SWARM_COUNTER || (any && metric->kind != SWARM_TREND))
        text_put_float(out, stats_metric_value(metric));
    fputc(',', out);
    if (metric->kind == SWARM_COUNTER)
        text_put_float(out, stats_metric_rate(metric, snap));
    fputc(',', out);
    if (trend)
        text_put_float(out, stats_metric_value(metric));
    fputc(',', out);
    if (trend)
        text_put_float(out, stats_metric_min(metric));
    fputc(',', out);
    if (trend || (any && metric->kind == SWARM_GAUGE))
        text_put_float(out, stats_metric_max(metric));
    for (size_t i = 0; i < sizeof percentiles / sizeof *percentiles; i++) {
        fputc(',', out);
        if (trend)
            text_put_float(out, stats_metric_percentile(metric, percentiles[i]));
    }
    fputs("\r\n", out);
}

static void put_metrics(FILE *out, const struct stats_snapshot *snap)
{
    fputs(metrics_header, out);
    for (size_t i = 0; snap && i < snap->metric_count; i++)
        put_metric(out, snap, &snap->metrics[i]);
}

static void put_history_row(FILE *out, const struct stats_snapshot *snap, const struct stats_row_view *row)
{
    fprintf(out, "%lld,%llu,", (long long)(snap->now_ms / 1000), (unsigned long long)snap->users);
    put_field(out, row->type);
    fputc(',', out);
    put_field(out, row->name);
    fprintf(out, ",%.6f,%.6f", row->now_rate, row->now_failure_rate);
    put_percentiles(out, row, true);
    fprintf(out, ",%llu,%llu,", (unsigned long long)row->requests, (unsigned long long)row->failures);
    put_times(out, row);
    fputs("\r\n", out);
}

/* ---- writing ---------------------------------------------------------------------------------------- */

static void (*const put_table[TABLES])(FILE *, const struct stats_snapshot *) = {
    put_stats,
    put_failures,
    put_exceptions,
    put_metrics,
};

/* The contents of a table; NULL (and ENOMEM in the file's error) when they cannot be made. */
static char *contents(enum table table, const struct stats_snapshot *snap, size_t *len)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, len);

    if (!out)
        return NULL;
    put_table[table](out, snap);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

static int write_table(struct csv *csv, enum table table, const struct stats_snapshot *snap, bool last)
{
    struct whole *file = &csv->tables[table];
    size_t len = 0;
    char *text = contents(table, snap, &len);

    file->error = ENOMEM;
    if (!text)
        return file->error;
    if (file->written && file->written_len == len && memcmp(file->written, text, len) == 0) {
        free(text);
        return file->error = 0;
    }
    file->error = file_replace(file->path, text, len);
    if (last && file->written && (file->error == ENOSPC || file->error == EDQUOT))
        file->error = file_overwrite(file->path, text, len, file->written, file->written_len);
    if (file->error) {
        free(text);
        return file->error;
    }
    free(file->written);
    file->written = text;
    file->written_len = len;
    return 0;
}

/* A history that has grown to its limit loses every second moment, and from then on every second one is left out. */
static void bound_history(struct csv *csv)
{
    if (csv->history.good < csv->history_limit || csv->history_error)
        return;
    csv->history_error = csv_history_thin(&csv->history, csv->history_path);
    if (csv->history_error)
        return;
    csv->stride *= 2;
    if (csv->history.good >= csv->history_limit)
        csv->history_limit = 2 * csv->history.good; /* few moments of very many rows */
}

static int write_history(struct csv *csv, const struct stats_snapshot *snap)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    csv->history_error = ENOMEM;
    if (!out)
        return csv->history_error;
    for (size_t i = 0; csv->full_history && i < snap->row_count; i++) {
        if (snap->rows[i].requests > 0)
            put_history_row(out, snap, &snap->rows[i]);
    }
    put_history_row(out, snap, &snap->total);
    if (fclose(out) == 0)
        csv->history_error = file_grow(&csv->history, text, len);
    free(text);
    bound_history(csv);
    return csv->history_error;
}

static void tell(struct csv *csv, size_t which, const char *path, int error)
{
    if (!error || csv->told[which])
        return;
    csv->told[which] = true;
    log_error("swarm.report", "cannot write %s: %s; the run goes on and it is tried again; %s", path, strerror(error),
              file_way_out(error, "--csv"));
}

bool csv_write(struct csv *csv, const struct stats_snapshot *snap)
{
    bool good = true;

    for (int t = 0; t < csv->used; t++) {
        int error = write_table(csv, (enum table)t, snap, false);

        tell(csv, (size_t)t, csv->tables[t].path, error);
        good &= !error;
    }
    if (csv->moment++ % csv->stride == 0)
        tell(csv, TABLES, csv->history_path, write_history(csv, snap));
    return good && !csv->history_error;
}

/* ---- opening and closing ---------------------------------------------------------------------------- */

static char *path_of(const char *prefix, const char *suffix)
{
    size_t size = strlen(prefix) + strlen(suffix) + 1;
    char *path = memory_new(size, 1);

    snprintf(path, size, "%s%s", prefix, suffix);
    return path;
}

static void free_csv(struct csv *csv)
{
    for (int t = 0; t < TABLES; t++) {
        free(csv->tables[t].path);
        free(csv->tables[t].written);
    }
    free(csv->history_path);
    free(csv->history.pending);
    free(csv);
}

/* Creates an empty table of rows; 0 or an errno. */
static int create_table(struct csv *csv, enum table table)
{
    size_t len = 0;
    char *text = contents(table, NULL, &len);
    int error = text ? file_replace(csv->tables[table].path, text, len) : ENOMEM;

    csv->tables[table].written = text;
    csv->tables[table].written_len = len;
    return error;
}

/* Creates the files; 0 or an errno and the path that it is about. */
static int create_files(struct csv *csv, const char **path)
{
    int error = 0;

    for (int t = 0; t < csv->used && !error; t++) {
        *path = csv->tables[t].path;
        error = create_table(csv, (enum table)t);
    }
    if (error)
        return error;
    *path = csv->history_path;
    error = file_grow_open(&csv->history, *path);
    return error ? error : file_grow(&csv->history, history_header, sizeof history_header - 1);
}

struct csv *csv_open(const char *prefix, bool full_history, char *why, size_t size)
{
    static const char *const suffixes[TABLES] = {"_stats.csv", "_failures.csv", "_exceptions.csv", "_metrics.csv"};
    struct csv *csv = memory_new(1, sizeof *csv);
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    const char *path = NULL;
    char *folder = NULL;
    int error;

    sigaction(SIGXFSZ, &ignore, NULL);
    csv->full_history = full_history;
    csv->used = METRICS; /* that one comes with csv_add_metrics() */
    csv->history.fd = -1;
    csv->history_limit = CSV_HISTORY_BYTES;
    csv->stride = 1;
    for (int t = 0; t < TABLES; t++)
        csv->tables[t].path = path_of(prefix, suffixes[t]);
    csv->history_path = path_of(prefix, "_stats_history.csv");
    error = file_make_folders(csv->history_path, &folder);
    if (error)
        snprintf(why, size, "cannot make the folder %s for --csv: %s; %s", folder, strerror(error),
                 file_way_out(error, "--csv"));
    free(folder);
    if (!error) {
        error = create_files(csv, &path);
        if (error)
            snprintf(why, size, "cannot write %s: %s; %s", path, strerror(error), file_way_out(error, "--csv"));
    }
    if (!error)
        return csv;
    csv_abandon(csv);
    return NULL;
}

bool csv_add_metrics(struct csv *csv, char *why, size_t size)
{
    int error = create_table(csv, METRICS);

    if (error)
        snprintf(why, size, "cannot write %s: %s; %s", csv->tables[METRICS].path, strerror(error),
                 file_way_out(error, "--csv"));
    csv->used = TABLES;
    return error == 0;
}

void csv_limit_history(struct csv *csv, long long bytes)
{
    csv->history_limit = bytes;
}

void csv_abandon(struct csv *csv)
{
    if (!csv)
        return;
    if (csv->history.fd >= 0)
        file_grow_close(&csv->history);
    free_csv(csv);
}

static bool tell_incomplete(const char *path, int error, const char *what)
{
    if (error)
        log_error("swarm.report", "%s %s: %s; the tables on the terminal are complete; %s", path, what, strerror(error),
                  file_way_out(error, "--csv"));
    return error != 0;
}

bool csv_close(struct csv *csv, const struct stats_snapshot *snap)
{
    bool incomplete = false;
    int error;

    if (!csv)
        return true;
    for (int t = 0; t < csv->used; t++) {
        error = write_table(csv, (enum table)t, snap, true);
        incomplete |= tell_incomplete(csv->tables[t].path, error, "lacks the last counts");
    }
    write_history(csv, snap);
    error = file_grow_close(&csv->history);
    if (!error && csv->history.dropped)
        error = ENOSPC;
    incomplete |= tell_incomplete(csv->history_path, error, "lacks lines");
    free_csv(csv);
    return !incomplete;
}
