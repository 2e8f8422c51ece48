/* github.c - see github.h */
#include "github.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../log/log.h"
#include "text.h"

enum {
    ANNOTATIONS = 10,   /* of a kind in a step; GitHub shows no more */
    SUMMARY_ROWS = 100, /* a summary is at most 1 MiB */
};

/* ---- annotations ------------------------------------------------------------------------------------ */

/* The text of a workflow command: %, CR and LF escaped; in a property (file=…) also ':' and ','. */
static void put_command_text(FILE *out, const char *text, bool property)
{
    char *masked = text_masked(text);

    for (const char *p = masked; *p; p++) {
        if (*p == '%' || *p == '\r' || *p == '\n' || (property && (*p == ':' || *p == ',')))
            fprintf(out, "%%%02X", (unsigned)(unsigned char)*p);
        else
            fputc(*p, out);
    }
    free(masked);
}

static void annotate(FILE *out, const char *level, const char *file, uint32_t line, const char *title, const char *text)
{
    fprintf(out, "::%s title=", level);
    put_command_text(out, title, true);
    if (file && file[0] && line > 0) {
        fputs(",file=", out);
        put_command_text(out, file, true);
        fprintf(out, ",line=%" PRIu32, line);
    }
    fputs("::", out);
    put_command_text(out, text, false);
    fputc('\n', out);
}

static int annotate_thresholds(FILE *out, const struct report_verdict *verdict)
{
    char text[1400];
    int told = 0;

    for (size_t i = 0; i < verdict->threshold_count && told < ANNOTATIONS; i++) {
        const struct report_threshold *t = &verdict->thresholds[i];

        if (t->state != REPORT_BROKEN && t->state != REPORT_NO_DATA)
            continue;
        snprintf(text, sizeof text, "%s%s%s: %s", t->row ? t->row : "", t->row ? ": " : "", t->text, t->value_text);
        annotate(out, "error", t->file, t->line, "Threshold broken", text);
        told++;
    }
    return told;
}

static void annotate_failures(FILE *out, const struct stats_snapshot *snap, const char *level)
{
    char text[STATS_ROW_NAME + STATS_MESSAGE_BYTES + 64];
    int told = 0;

    for (size_t r = 0; r < snap->row_count; r++) {
        const struct stats_row_view *row = &snap->rows[r];

        for (size_t m = 0; m < row->message_count && told < ANNOTATIONS; m++, told++) {
            snprintf(text, sizeof text, "%" PRIu64 " x %s %s: %s", row->messages[m].count, row->type, row->name,
                     row->messages[m].text);
            annotate(out, level, NULL, 0, "Requests failed", text);
        }
    }
    told = 0;
    for (size_t i = 0; i < snap->error_count && told < ANNOTATIONS; i++, told++) {
        const struct stats_error *error = &snap->errors[i];

        snprintf(text, sizeof text, "%" PRIu64 " x %s", error->count, error->text);
        annotate(out, level, error->file, error->line, "Error in a task", text);
    }
}

void github_annotations(FILE *out, const struct document *doc)
{
    const struct report_verdict *verdict = doc->verdict;
    char text[1024];

    if (!verdict->passed && annotate_thresholds(out, verdict) == 0)
        annotate(out, "error", NULL, 0, "Load test failed", verdict->why);
    annotate_failures(out, doc->snap, verdict->passed || verdict->threshold_count > 0 ? "warning" : "error");
    stats_health_text(doc->snap, text, sizeof text);
    if (text[0])
        annotate(out, "warning", NULL, 0, "Load generator", text);
}

/* ---- summary ---------------------------------------------------------------------------------------- */

/* A text in a cell of a Markdown table: what would be markup is escaped, line ends are blanks. */
static void put_cell(FILE *out, const char *text)
{
    char *masked = text_masked(text);

    for (const char *p = masked; *p; p++) {
        if (strchr("\\`*_{}[]<>()#+|~&", *p))
            fprintf(out, "&#%d;", *p);
        else
            fputc((unsigned char)*p < 0x20 ? ' ' : *p, out);
    }
    free(masked);
}

static void put_ms(FILE *out, double us)
{
    fprintf(out, us < 9995 ? " %.2f |" : " %.0f |", us / 1000);
}

static void put_row(FILE *out, const struct stats_row_view *row)
{
    fputs("| ", out);
    put_cell(out, row->type);
    fputs(row->type[0] ? " " : "", out);
    put_cell(out, row->name);
    fprintf(out, " | %" PRIu64 " | %" PRIu64 " (%.2f%%) | %.2f |", row->requests, row->failures,
            stats_fail_ratio(row) * 100, row->rate);
    put_ms(out, stats_mean_us(row));
    put_ms(out, stats_percentile_us(row, 0.5));
    put_ms(out, stats_percentile_us(row, 0.95));
    put_ms(out, stats_percentile_us(row, 0.99));
    put_ms(out, (double)row->max_ns / 1e3);
    fputc('\n', out);
}

static void put_rows(FILE *out, const struct stats_snapshot *snap)
{
    size_t shown = 0, left = 0;

    fputs("| Request | Requests | Failed | Requests/s | Average ms | 50% | 95% | 99% | Max |\n"
          "|---|--:|--:|--:|--:|--:|--:|--:|--:|\n",
          out);
    for (size_t i = 0; i < snap->row_count; i++) {
        if (snap->rows[i].requests == 0)
            continue;
        if (shown++ < SUMMARY_ROWS)
            put_row(out, &snap->rows[i]);
        else
            left++;
    }
    put_row(out, &snap->total);
    if (left > 0)
        fprintf(out, "\n%zu more rows are in the files of the run.\n", left);
    fputc('\n', out);
}

static void put_thresholds(FILE *out, const struct report_verdict *verdict)
{
    static const char *const words[] = {[REPORT_HOLDS] = "holds",
                                        [REPORT_BROKEN] = "**broken**",
                                        [REPORT_NO_DATA] = "**broken**",
                                        [REPORT_SKIPPED] = "skipped"};

    if (verdict->threshold_count == 0)
        return;
    fputs("| Threshold | Verdict | Measured |\n|---|---|--:|\n", out);
    for (size_t i = 0; i < verdict->threshold_count; i++) {
        const struct report_threshold *t = &verdict->thresholds[i];

        fputs("| ", out);
        if (t->row) {
            put_cell(out, t->row);
            fputs(": ", out);
        }
        put_cell(out, t->text);
        fprintf(out, " | %s | ", words[t->state]);
        put_cell(out, t->value_text);
        fputs(" |\n", out);
    }
    fputc('\n', out);
}

static void put_failures(FILE *out, const struct stats_snapshot *snap)
{
    bool told = false;
    size_t shown = 0;

    for (size_t r = 0; r < snap->row_count; r++) {
        const struct stats_row_view *row = &snap->rows[r];

        for (size_t m = 0; m < row->message_count && shown < SUMMARY_ROWS; m++, shown++) {
            if (!told)
                fputs("| Occurrences | Failure |\n|--:|---|\n", out);
            told = true;
            fprintf(out, "| %" PRIu64 " | ", row->messages[m].count);
            put_cell(out, row->type);
            fputc(' ', out);
            put_cell(out, row->name);
            fputs(": ", out);
            put_cell(out, row->messages[m].text);
            fputs(" |\n", out);
        }
    }
    if (told)
        fputc('\n', out);
}

void github_summary(FILE *out, const struct document *doc)
{
    const struct report_verdict *verdict = doc->verdict;

    fputs("## Load test ", out);
    put_cell(out, doc->run->scenario);
    fprintf(out, ": %s\n\n", verdict->passed ? "passed" : "failed");
    put_cell(out, verdict->why);
    fprintf(out, " (exit code %d; %.1f s; rates over the run, times in milliseconds)\n\n", verdict->exit_code,
            doc->snap->elapsed_s);
    put_thresholds(out, verdict);
    put_rows(out, doc->snap);
    put_failures(out, doc->snap);
}

/* ---- where they go ---------------------------------------------------------------------------------- */

void github_tell(const struct document *doc, bool stdout_taken)
{
    const char *actions = getenv("GITHUB_ACTIONS"), *path = getenv("GITHUB_STEP_SUMMARY");
    FILE *out;

    if (!actions || strcmp(actions, "true") != 0)
        return;
    out = stdout_taken ? stderr : stdout;
    github_annotations(out, doc);
    fflush(out);
    if (!path || !path[0])
        return;
    out = fopen(path, "ae");
    if (out)
        github_summary(out, doc);
    if (!out || fclose(out) != 0)
        log_warning("swarm.report", "cannot write the step's summary %s: %s", path, strerror(errno));
}
