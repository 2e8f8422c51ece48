/* junit.c - the verdict as JUnit XML, which every CI server shows: see document.h and docs/reports.md.
 *
 * Suite `thresholds`: each threshold a test case. A suite for each user kind: its errors in tasks and its lost users. Suite
 * `requests`: a test case a row, which fails when requests of it failed and no threshold decides; suite `run`: the verdict. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "document.h"
#include "text.h"

/* ---- XML -------------------------------------------------------------------------------------------- */

/* U+FFFE or U+FFFF, which XML 1.0 does not have. */
static bool is_noncharacter(const unsigned char *p)
{
    return p[0] == 0xef && p[1] == 0xbf && (p[2] & 0xfe) == 0xbe;
}

/* Text for an attribute or an element: masked; characters that XML 1.0 has not become '?'. */
static void put_text(FILE *out, const char *text)
{
    char *masked = text_masked(text);

    for (const unsigned char *p = (const unsigned char *)masked; *p; p++) {
        switch (*p) {
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '&':
            fputs("&amp;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        case '\n':
            fputs("&#10;", out);
            break;
        case '\t':
            fputs("&#9;", out);
            break;
        default:
            if (*p < 0x20)
                fputc('?', out);
            else if (!is_noncharacter(p))
                p += text_put_character(out, p) - 1;
            else {
                fputc('?', out);
                p += 2;
            }
        }
    }
    free(masked);
}

static void put_attribute(FILE *out, const char *name, const char *text)
{
    fprintf(out, " %s=\"", name);
    put_text(out, text);
    fputc('"', out);
}

struct suite {
    const char *name;
    size_t tests, failures, skipped;
};

/* The suites are written twice: once into nothing to count their cases, which the opening tag has to tell. */
struct junit {
    FILE *out; /* NULL: only count */
    const struct document *doc;
    struct suite suite, sum;
};

static void begin_case(struct junit *j, const char *name)
{
    j->suite.tests++;
    if (!j->out)
        return;
    fputs("    <testcase", j->out);
    put_attribute(j->out, "classname", j->suite.name);
    put_attribute(j->out, "name", name);
}

static void good_case(struct junit *j, const char *name)
{
    begin_case(j, name);
    if (j->out)
        fputs("/>\n", j->out);
}

static void failed_case(struct junit *j, const char *name, const char *message, const char *details)
{
    begin_case(j, name);
    j->suite.failures++;
    if (!j->out)
        return;
    fputs(">\n      <failure", j->out);
    put_attribute(j->out, "message", message);
    fputs(">", j->out);
    put_text(j->out, details);
    fputs("</failure>\n    </testcase>\n", j->out);
}

static void skipped_case(struct junit *j, const char *name, const char *message)
{
    begin_case(j, name);
    j->suite.skipped++;
    if (!j->out)
        return;
    fputs(">\n      <skipped", j->out);
    put_attribute(j->out, "message", message);
    fputs("/>\n    </testcase>\n", j->out);
}

/* ---- suites ----------------------------------------------------------------------------------------- */

static void threshold_case(struct junit *j, const struct report_threshold *t)
{
    char name[1024], message[1200], place[512] = "--threshold";

    snprintf(name, sizeof name, "%s%s%s", t->row ? t->row : "", t->row ? ": " : "", t->text);
    snprintf(message, sizeof message, "%s: %s", name, t->value_text);
    if (t->file[0])
        snprintf(place, sizeof place, "%s:%" PRIu32, t->file, t->line);
    switch (t->state) {
    case REPORT_HOLDS:
        good_case(j, name);
        break;
    case REPORT_SKIPPED:
        skipped_case(j, name, "its row was switched off");
        break;
    case REPORT_BROKEN:
    case REPORT_NO_DATA:
        failed_case(j, name, message, place);
        break;
    }
}

static void thresholds_suite(struct junit *j)
{
    for (size_t i = 0; i < j->doc->verdict->threshold_count; i++)
        threshold_case(j, &j->doc->verdict->thresholds[i]);
}

/* The messages of a row's failures, a line each. */
static char *messages_of(const struct stats_row_view *row)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    for (size_t i = 0; i < row->message_count; i++)
        fprintf(out, "%" PRIu64 " x %s\n", row->messages[i].count, row->messages[i].text);
    fclose(out);
    return text;
}

static void row_case(struct junit *j, const struct stats_row_view *row)
{
    char name[STATS_ROW_NAME + 64], message[128];
    char *details;

    snprintf(name, sizeof name, "%s %s", row->type, row->name);
    if (row->failures == 0 || j->doc->verdict->threshold_count > 0) {
        good_case(j, name);
        return;
    }
    details = messages_of(row);
    snprintf(message, sizeof message, "%" PRIu64 " of %" PRIu64 " failed", row->failures, row->requests);
    failed_case(j, name, message, details ? details : "");
    free(details);
}

static void requests_suite(struct junit *j)
{
    for (size_t i = 0; i < j->doc->snap->row_count; i++) {
        if (j->doc->snap->rows[i].requests > 0)
            row_case(j, &j->doc->snap->rows[i]);
    }
}

static void error_case(struct junit *j, const struct stats_error *error)
{
    char name[1100], message[STATS_ERROR_BYTES + 64], place[512];

    snprintf(place, sizeof place, "%s:%" PRIu32, error->file, error->line);
    snprintf(name, sizeof name, "%s (%s)", error->task[0] ? error->task : "hook", place);
    snprintf(message, sizeof message, "%" PRIu64 " x %s", error->count, error->text);
    if (j->doc->verdict->threshold_count > 0)
        skipped_case(j, name, message); /* told, but thresholds decide */
    else
        failed_case(j, name, message, place);
}

static void kind_suite(struct junit *j, const struct stats_kind *kind)
{
    char message[160];

    if (kind->lost == 0) {
        good_case(j, "on start");
    } else {
        snprintf(message, sizeof message, "%" PRIu64 " users were lost: their `on start` ended early", kind->lost);
        if (j->doc->verdict->threshold_count > 0)
            skipped_case(j, "on start", message);
        else
            failed_case(j, "on start", message, message);
    }
    for (size_t i = 0; i < j->doc->snap->error_count; i++) {
        if (strcmp(j->doc->snap->errors[i].kind, kind->name) == 0)
            error_case(j, &j->doc->snap->errors[i]);
    }
}

static void run_suite(struct junit *j)
{
    const struct report_verdict *verdict = j->doc->verdict;

    if (verdict->passed)
        good_case(j, "verdict");
    else
        failed_case(j, "verdict", verdict->why, verdict->why);
}

/* ---- the whole -------------------------------------------------------------------------------------- */

static void put_counts(FILE *out, const struct suite *suite, double seconds)
{
    fprintf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\" time=\"%.3f\"", suite->tests,
            suite->failures, suite->skipped, seconds);
}

static void put_suite(struct junit *j, const char *name, void (*fill)(struct junit *), const struct stats_kind *kind)
{
    FILE *out = j->out;

    for (int round = 0; round < 2; round++) {
        struct suite counted = j->suite;

        j->out = round ? out : NULL;
        j->suite = (struct suite){.name = name};
        if (j->out) {
            fputs("  <testsuite", out);
            put_attribute(out, "name", name);
            put_counts(out, &counted, j->doc->snap->elapsed_s);
            fputs(" timestamp=\"", out);
            text_put_utc(out, j->doc->snap->begin_ms);
            fputs("\">\n", out);
        }
        if (kind)
            kind_suite(j, kind);
        else
            fill(j);
        if (!out)
            break;
    }
    j->sum.tests += j->suite.tests;
    j->sum.failures += j->suite.failures;
    j->sum.skipped += j->suite.skipped;
    if (out)
        fputs("  </testsuite>\n", out);
}

static void put_suites(struct junit *j)
{
    j->sum = (struct suite){0};
    put_suite(j, "run", run_suite, NULL);
    if (j->doc->verdict->threshold_count > 0)
        put_suite(j, "thresholds", thresholds_suite, NULL);
    put_suite(j, "requests", requests_suite, NULL);
    for (size_t i = 0; i < j->doc->snap->kind_count; i++)
        put_suite(j, j->doc->snap->kinds[i].name, NULL, &j->doc->snap->kinds[i]);
}

void document_junit(FILE *out, const struct document *doc)
{
    struct junit j = {.doc = doc};

    put_suites(&j);
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites", out);
    put_attribute(out, "name", doc->run->scenario);
    put_counts(out, &j.sum, doc->snap->elapsed_s);
    fputs(">\n", out);
    j.out = out;
    put_suites(&j);
    fputs("</testsuites>\n", out);
}
