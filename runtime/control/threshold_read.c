/* Thresholds of the command line: --threshold 'p95 < 500ms'. */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../cli/cli.h"
#include "../cli/table.h"
#include "threshold.h"

struct reader {
    struct swarm_threshold *out;
    const struct swarm_program *program;
    const char *p;
    char *why;
    size_t size;
};

static bool wrong(const struct reader *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool wrong(const struct reader *r, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(r->why, r->size, format, args);
    va_end(args);
    return false;
}

static void skip_blanks(struct reader *r)
{
    while (isspace((unsigned char)*r->p)) {
        r->p++;
    }
}

/* ---- the row ---- */

static bool is_row(const struct swarm_program *program, const char *name)
{
    for (uint32_t i = 0; i < program->row_count; i++) {
        size_t n = strlen(program->rows[i].type);

        if (strncmp(name, program->rows[i].type, n) == 0 && name[n] == ' ' &&
            strcmp(name + n + 1, program->rows[i].name) == 0) {
            return true;
        }
    }
    return false;
}

static bool no_such_row(const struct reader *r, const char *name)
{
    struct suggestion suggestion;
    char row[512];

    suggest_start(&suggestion, name);
    for (uint32_t i = 0; i < r->program->row_count; i++) {
        snprintf(row, sizeof row, "%s %s", r->program->rows[i].type, r->program->rows[i].name);
        suggest_offer(&suggestion, row);
    }
    return suggestion.best[0] ? wrong(r, "no request makes the row '%s'; did you mean '%s'?", name, suggestion.best)
                              : wrong(r, "no request makes the row '%s'", name);
}

/* "POST /x" at the begin. */
static bool read_row(struct reader *r)
{
    char *end;

    if (*r->p != '"') {
        return true;
    }
    end = strchr(r->p + 1, '"');
    if (!end) {
        return wrong(r, "the name of the row has no end: \"%s", r->p + 1);
    }
    *end = '\0';
    r->out->row = r->p + 1;
    r->p = end + 1;
    return is_row(r->program, r->out->row) || r->program->makes_rows || no_such_row(r, r->out->row);
}

/* ---- the metric ---- */

/* clang-format off */
static const struct { const char *name; enum swarm_measure measure; double percentile; } measures[] = {
    {"fail_ratio", SWARM_FAIL_RATIO, 0}, {"fails", SWARM_FAILS, 0}, {"requests", SWARM_REQUESTS, 0}, {"rps", SWARM_RPS, 0},
    {"avg", SWARM_AVG, 0}, {"min", SWARM_MIN, 0}, {"max", SWARM_MAX, 0}, {"median", SWARM_PERCENTILE, 0.5},
    {"generator.lag.avg", SWARM_LAG_AVG, 0}, {"generator.lag.max", SWARM_LAG_MAX, 0},
    /* clang-format on */
};

/* clang-format off */
static const struct { const char *name; enum swarm_measure measure; const char *kinds; double percentile; } fields[] = {
    {"", SWARM_METRIC_VALUE, "cgr", 0}, {"rate", SWARM_METRIC_RATE, "c", 0}, {"max", SWARM_METRIC_MAX, "gt", 0},
    {"min", SWARM_METRIC_MIN, "t", 0}, {"avg", SWARM_METRIC_AVG, "t", 0}, {"count", SWARM_METRIC_COUNT, "t", 0},
    /* clang-format on */
    {"median", SWARM_METRIC_PERCENTILE, "t", 0.5},
};

/* p95, p99.9 */
static bool read_percentile(const char *name, double *p)
{
    char *end;

    if (name[0] != 'p' || !isdigit((unsigned char)name[1])) {
        return false;
    }
    *p = strtod(name + 1, &end) / 100;
    return *end == '\0' && *p > 0 && *p <= 1;
}

static bool no_such_metric(const struct reader *r, const char *name)
{
    struct suggestion suggestion;

    suggest_start(&suggestion, name);
    for (size_t i = 0; i < sizeof measures / sizeof *measures; i++) {
        suggest_offer(&suggestion, measures[i].name);
    }
    for (uint32_t i = 0; i < r->program->metric_count; i++) {
        suggest_offer(&suggestion, r->program->metrics[i]->name);
    }
    return suggestion.best[0]
               ? wrong(r, "there is no metric '%s'; did you mean '%s'?", name, suggestion.best)
               : wrong(
                     r,
                     "there is no metric '%s': there are fail_ratio fails requests rps avg min max median p50 … p99.9, "
                     "generator.lag.p99, and the scenario's own",
                     name);
}

static bool read_custom(struct reader *r, const struct swarm_metric *metric, const char *field)
{
    static const char letters[] = {[SWARM_COUNTER] = 'c', [SWARM_TREND] = 't', [SWARM_RATE] = 'r', [SWARM_GAUGE] = 'g'};

    r->out->metric = metric;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        if (strcmp(fields[i].name, field) == 0 && strchr(fields[i].kinds, letters[metric->kind])) {
            r->out->measure = fields[i].measure;
            r->out->percentile = fields[i].percentile;
            return true;
        }
    }
    if (metric->kind == SWARM_TREND && read_percentile(field, &r->out->percentile)) {
        r->out->measure = SWARM_METRIC_PERCENTILE;
        return true;
    }
    if (metric->kind == SWARM_TREND && !field[0]) {
        return wrong(r, "the trend '%s' has many values: %s.avg, %s.p95, %s.max …", metric->name, metric->name,
                     metric->name, metric->name);
    }
    return wrong(r, "the metric '%s' has no '%s'", metric->name, field);
}

static bool find_metric(struct reader *r, const char *name)
{
    for (uint32_t i = 0; i < r->program->metric_count; i++) {
        const struct swarm_metric *metric = r->program->metrics[i];
        size_t n = strlen(metric->name);

        if (strncmp(name, metric->name, n) == 0 && (name[n] == '\0' || name[n] == '.')) {
            return read_custom(r, metric, name[n] ? name + n + 1 : "");
        }
    }
    for (size_t i = 0; i < sizeof measures / sizeof *measures; i++) {
        if (strcmp(name, measures[i].name) == 0) {
            r->out->measure = measures[i].measure;
            r->out->percentile = measures[i].percentile;
            return true;
        }
    }
    if (read_percentile(name, &r->out->percentile)) {
        r->out->measure = SWARM_PERCENTILE;
        return true;
    }
    if (strncmp(name, "generator.lag.", 14) == 0 && read_percentile(name + 14, &r->out->percentile)) {
        r->out->measure = SWARM_LAG_PERCENTILE;
        return true;
    }
    return no_such_metric(r, name);
}

static bool read_metric(struct reader *r)
{
    size_t n = strspn(r->p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.");
    char name[128];

    if (n == 0 || n >= sizeof name) {
        return wrong(r, "write it as 'p95 < 500ms': a metric, a comparison, a limit");
    }
    memcpy(name, r->p, n);
    name[n] = '\0';
    r->p += n;
    return find_metric(r, name);
}

/* ---- comparison and limit ---- */

static bool read_comparison(struct reader *r)
{
    static const struct {
        const char *text;
        enum swarm_comparison comparison;
    } table[] = {
        {"<=", SWARM_LESS_EQUAL}, {">=", SWARM_GREATER_EQUAL}, {"==", SWARM_EQUAL},
        {"<", SWARM_LESS},        {">", SWARM_GREATER},
    };

    skip_blanks(r);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (strncmp(r->p, table[i].text, strlen(table[i].text)) == 0) {
            r->out->comparison = table[i].comparison;
            r->p += strlen(table[i].text);
            return true;
        }
    }
    return wrong(r, "a metric is followed by < <= > >= or ==, found '%s'", r->p);
}

/* The next word, up to a blank or brace. */
static bool next_word(struct reader *r, char *word, size_t size)
{
    size_t n;

    skip_blanks(r);
    n = strcspn(r->p, " \t}");
    if (n == 0 || n >= size) {
        return false;
    }
    memcpy(word, r->p, n);
    word[n] = '\0';
    r->p += n;
    return true;
}

static bool wants_time(enum swarm_measure measure)
{
    return measure == SWARM_AVG || measure == SWARM_MIN || measure == SWARM_MAX || measure == SWARM_PERCENTILE ||
           measure == SWARM_LAG_AVG || measure == SWARM_LAG_MAX || measure == SWARM_LAG_PERCENTILE;
}

static bool read_limit(struct reader *r)
{
    char word[64];
    double number;
    int64_t ns;
    bool plain;

    if (!next_word(r, word, sizeof word)) {
        return wrong(r, "the limit is missing, as in 'p95 < 500ms'");
    }
    plain = value_float(word, &number);
    if (wants_time(r->out->measure)) {
        if (plain || !cli_parse_span(word, &ns)) {
            return wrong(r,
                         plain ? "a time needs its unit: '%sms' or '%ss'" : "'%s%.0s' is not a time, as in 500ms or 2s",
                         word, word);
        }
        r->out->limit = (double)ns;
        r->out->time = true;
        return true;
    }
    if (plain || (r->out->measure != SWARM_FAIL_RATIO && value_rate(word, &number))) {
        r->out->limit = number;
        return true;
    }
    if (r->out->metric && cli_parse_span(word, &ns)) {
        r->out->limit = (double)ns;
        r->out->time = true;
        return true;
    }
    return wrong(r, "'%s' is not a number, as in 100 or 1%%", word);
}

/* abort after D */
static bool read_abort(struct reader *r)
{
    char word[64];

    skip_blanks(r);
    if (strncmp(r->p, "abort", 5) != 0) {
        return true;
    }
    r->p += 5;
    if (!next_word(r, word, sizeof word) || strcmp(word, "after") != 0 || !next_word(r, word, sizeof word) ||
        !cli_parse_span(word, &r->out->abort_after)) {
        return wrong(r, "write 'abort after 30s'");
    }
    return true;
}

bool threshold_read(struct swarm_threshold *out, const struct swarm_program *program, char *text, char *why,
                    size_t size)
{
    struct reader r = {.out = out, .program = program, .p = text, .why = why, .size = size};
    bool brace;

    *out = (struct swarm_threshold){.abort_after = -1};
    skip_blanks(&r);
    if (!read_row(&r)) {
        return false;
    }
    skip_blanks(&r);
    brace = out->row && *r.p == '{';
    r.p += brace;
    skip_blanks(&r);
    out->place = (struct swarm_place){.file = "--threshold", .what = r.p};
    if (!read_metric(&r) || !read_comparison(&r) || !read_limit(&r) || !read_abort(&r)) {
        return false;
    }
    skip_blanks(&r);
    if (brace && *r.p == '}') {
        text[r.p - text] = '\0';
        r.p++;
        skip_blanks(&r);
    }
    return *r.p == '\0' || wrong(&r, "nothing may follow the limit, found '%s'", r.p);
}
