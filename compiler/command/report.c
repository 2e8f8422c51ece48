/* swarmc report compare: which rows of a run got slower or fail more than those of another, with what confidence.
 *
 * Times: the rows' histograms are the samples. A percentile is judged by a bootstrap: both samples are drawn anew many times,
 * and the 95 % interval of the ratio B / A is taken from what the percentile then is (draw_percentile). A row is slower when the whole interval lies above 1 and the ratio is above 1 + tolerance. Failures: the difference of
 * the two ratios by Newcombe's interval (the hybrid score interval, method 10 of R. G. Newcombe, Statistics in Medicine 17,
 * 1998). The draws follow a fixed seed: the same files give the same answer. */
#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"

enum {
    DRAWS = 1000,
    FEWEST = 20, /* requests; less tell nothing of a p95 */
    MOST_BYTES = 256 << 20,
};

struct bucket {
    double us;   /* its middle */
    double upto; /* requests in it and those before */
};

struct row {
    const char *type, *name;
    double requests, failures, rate;
    struct bucket *buckets;
    size_t count;
};

struct run {
    const char *path;
    cJSON *json;
    struct row *rows;
    size_t row_count;
};

enum measure { P50, P95, P99, FAILED, MEASURES };
static const double percentiles[] = {[P50] = 0.5, [P95] = 0.95, [P99] = 0.99};
static const char *const measure_names[MEASURES] = {"p50", "p95", "p99", "failures"};

enum finding { SAME, WORSE, BETTER, UNSURE, TOO_FEW };
static const char *const finding_names[] = {"same", "WORSE", "better", "unsure", "too few"};

struct comparison {
    double a, b;      /* times in microseconds; shares of failed requests */
    double low, high; /* 95 % interval of b / a; of b - a for failures */
    enum finding finding;
};

/* ------------------------------------------------------------------ reading */

static void *get_memory(size_t n, size_t size)
{
    void *memory = calloc(n ? n : 1, size);

    if (!memory) {
        fputs("swarmc: out of memory\n", stderr);
        exit(EXIT_TOOLS);
    }
    return memory;
}

static char *read_text(const char *path)
{
    FILE *file = fopen(path, "re");
    size_t n = 0, room = 1 << 16;
    char *text = get_memory(room, 1);

    while (file) {
        size_t got = fread(text + n, 1, room - n - 1, file);

        n += got;
        if (got == 0 || n > MOST_BYTES) {
            break;
        }
        if (n + 1 == room) {
            text = realloc(text, room *= 2);
            if (!text) {
                fputs("swarmc: out of memory\n", stderr);
                exit(EXIT_TOOLS);
            }
        }
    }
    if (!file || ferror(file) || n > MOST_BYTES) {
        fprintf(stderr, "swarmc report: cannot read %s: %s\n", path,
                n > MOST_BYTES ? "larger than 256 MiB" : strerror(errno));
        free(text);
        text = NULL;
    } else {
        text[n] = '\0';
    }
    if (file) {
        fclose(file);
    }
    return text;
}

static double number_of(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);

    return cJSON_IsNumber(item) && isfinite(item->valuedouble) && item->valuedouble >= 0 ? item->valuedouble : 0;
}

static const char *text_of(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);

    return cJSON_IsString(item) ? item->valuestring : "";
}

/* The middle of the bucket that begins at `low` microseconds: 1 us wide below 256, then 128 to each power of two. */
static double middle(double low)
{
    return low < 256 ? low : low + (exp2(floor(log2(low)) - 7) - 1) / 2;
}

/* False: it is no histogram, or does not add up. */
static bool read_buckets(const cJSON *json, struct row *row)
{
    const cJSON *pair, *histogram = cJSON_GetObjectItemCaseSensitive(json, "histogram");
    double sum = 0, last = -1;

    row->buckets = get_memory((size_t)cJSON_GetArraySize(histogram), sizeof *row->buckets);
    cJSON_ArrayForEach(pair, histogram)
    {
        const cJSON *low = cJSON_GetArrayItem(pair, 0), *count = cJSON_GetArrayItem(pair, 1);

        if (!cJSON_IsNumber(low) || !cJSON_IsNumber(count) || low->valuedouble <= last || low->valuedouble > 0x1p40 ||
            !(count->valuedouble >= 1 && count->valuedouble < 0x1p53)) {
            return false;
        }
        last = low->valuedouble;
        sum += count->valuedouble;
        row->buckets[row->count++] = (struct bucket){middle(last), sum};
    }
    return sum == row->requests;
}

static bool read_row(const cJSON *json, struct row *row)
{
    *row = (struct row){.type = text_of(json, "type"),
                        .name = text_of(json, "name"),
                        .requests = number_of(json, "requests"),
                        .failures = number_of(json, "failures"),
                        .rate = number_of(json, "requests_per_s")};
    return row->failures <= row->requests && read_buckets(json, row);
}

static bool read_run(const char *path, struct run *run)
{
    char *text = read_text(path);
    const cJSON *rows, *item;
    bool good = true;

    *run = (struct run){.path = path};
    if (!text) {
        return false;
    }
    run->json = cJSON_Parse(text);
    free(text);
    if (strcmp(text_of(run->json, "format"), "swarm-report") != 0) {
        fprintf(stderr, "swarmc report: %s is no report of a run: write one with ./scenario --json %s\n", path, path);
        return false;
    }
    if (number_of(run->json, "version") != 1) {
        fprintf(stderr, "swarmc report: %s has version %g of the format, this swarmc knows version 1\n", path,
                number_of(run->json, "version"));
        return false;
    }
    rows = cJSON_GetObjectItemCaseSensitive(run->json, "rows");
    run->rows = get_memory((size_t)cJSON_GetArraySize(rows) + 1, sizeof *run->rows);
    good = read_row(cJSON_GetObjectItemCaseSensitive(run->json, "total"), &run->rows[run->row_count++]);
    cJSON_ArrayForEach(item, rows)
    {
        good = good && read_row(item, &run->rows[run->row_count++]);
    }
    if (!good) {
        fprintf(stderr, "swarmc report: %s is damaged: a row's histogram does not add up to its requests\n", path);
    }
    return good;
}

static void free_run(struct run *run)
{
    for (size_t i = 0; i < run->row_count; i++) {
        free(run->rows[i].buckets);
    }
    free(run->rows);
    cJSON_Delete(run->json);
}

/* ------------------------------------------------------------------ times */

/* xorshift64*: Vigna, An experimental exploration of Marsaglia's xorshift generators (2016). 0 <= result < 1 */
static double draw_uniform(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (double)((*state * UINT64_C(0x2545f4914f6cdd1d)) >> 11) / 0x1p53;
}

/* Box and Muller's transform. */
static double draw_normal(uint64_t *state)
{
    double u = 1 - draw_uniform(state), v = draw_uniform(state);

    return sqrt(-2 * log(u)) * cos(2 * M_PI * v);
}

/* The value at rank ceil(share * n). */
static double value_at(const struct row *row, double share)
{
    double rank = ceil(share * row->requests * (1 - 1e-12));
    size_t low = 0, high = row->count;

    while (low + 1 < high) { /* the first bucket that reaches the rank lies in low .. high - 1 */
        size_t between = low + (high - low) / 2;

        if (row->buckets[between - 1].upto >= rank) {
            high = between;
        } else {
            low = between;
        }
    }
    return row->count ? row->buckets[low].us : 0;
}

/* A percentile of a sample drawn anew from the row. How many of n draws fall below a value is binomial, so the drawn percentile
 * is the value at a share that varies about p with the deviation sqrt(p (1 - p) / n); the normal form of that is used. */
static double draw_percentile(const struct row *row, double p, uint64_t *state)
{
    double share = p + draw_normal(state) * sqrt(p * (1 - p) / row->requests);

    return value_at(row, share < 0 ? 0 : share > 1 ? 1 : share);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

static enum finding judge(double change, double low, double high, double none, double tolerance)
{
    if (low > none) {
        return change > tolerance ? WORSE : SAME;
    }
    if (high < none) {
        return change < -tolerance ? BETTER : SAME;
    }
    return fabs(change) > tolerance ? UNSURE : SAME;
}

static struct comparison compare_times(const struct row *a, const struct row *b, double p, double tolerance)
{
    struct comparison c = {.a = value_at(a, p), .b = value_at(b, p), .finding = TOO_FEW};
    uint64_t state = UINT64_C(0x9e3779b97f4a7c15);
    double ratios[DRAWS], fewest = fmax(FEWEST, 5 / (1 - p));

    if (a->requests < fewest || b->requests < fewest) {
        return c;
    }
    for (int i = 0; i < DRAWS; i++) {
        double x = draw_percentile(a, p, &state), y = draw_percentile(b, p, &state);

        ratios[i] = (y + 0.5) / (x + 0.5); /* half a microsecond: the resolution, and no division by 0 */
    }
    qsort(ratios, DRAWS, sizeof *ratios, by_value);
    c.low = ratios[DRAWS * 25 / 1000];
    c.high = ratios[DRAWS * 975 / 1000 - 1];
    c.finding = judge((c.b + 0.5) / (c.a + 0.5) - 1, c.low, c.high, 1, tolerance);
    return c;
}

/* ------------------------------------------------------------------ failures */

/* Wilson's score interval of a share, 95 %. */
static void wilson(double hits, double n, double *low, double *high)
{
    const double z = 1.959963984540054;
    double p = hits / n, width = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)), center = p + z * z / (2 * n);

    *low = (center - width) / (1 + z * z / n);
    *high = (center + width) / (1 + z * z / n);
}

static struct comparison compare_failures(const struct row *a, const struct row *b, double tolerance)
{
    struct comparison c = {.finding = TOO_FEW};
    double la, ha, lb, hb;

    if (a->requests < 1 || b->requests < 1) {
        return c;
    }
    c.a = a->failures / a->requests;
    c.b = b->failures / b->requests;
    wilson(a->failures, a->requests, &la, &ha);
    wilson(b->failures, b->requests, &lb, &hb);
    c.low = c.b - c.a - sqrt((c.b - lb) * (c.b - lb) + (ha - c.a) * (ha - c.a));
    c.high = c.b - c.a + sqrt((hb - c.b) * (hb - c.b) + (c.a - la) * (c.a - la));
    if (a->requests < FEWEST || b->requests < FEWEST) {
        return c;
    }
    c.finding = judge(c.b - c.a, c.low, c.high, 0, tolerance);
    return c;
}

/* ------------------------------------------------------------------ telling */

struct tolerances {
    double times, failures; /* shares: 0.1 is 10 %; of the requests */
};

struct compared {
    const struct row *a, *b; /* NULL: only the other run has it */
    struct comparison of[MEASURES];
};

static struct compared compare_rows(const struct row *a, const struct row *b, const struct tolerances *tolerances)
{
    struct compared result = {.a = a, .b = b};

    for (int m = P50; m <= P99; m++) {
        result.of[m] = compare_times(a, b, percentiles[m], tolerances->times);
    }
    result.of[FAILED] = compare_failures(a, b, tolerances->failures);
    return result;
}

static const struct row *row_named(const struct run *run, const struct row *like)
{
    for (size_t i = 0; i < run->row_count; i++) {
        if (strcmp(run->rows[i].type, like->type) == 0 && strcmp(run->rows[i].name, like->name) == 0) {
            return &run->rows[i];
        }
    }
    return NULL;
}

/* The total first, then the rows of A, then those that only B has. */
static struct compared *compare_runs(const struct run *a, const struct run *b, const struct tolerances *tolerances,
                                     size_t *count)
{
    struct compared *all = get_memory(a->row_count + b->row_count, sizeof *all);

    *count = 0;
    for (size_t i = 0; i < a->row_count; i++) {
        const struct row *other = row_named(b, &a->rows[i]);

        all[(*count)++] = other ? compare_rows(&a->rows[i], other, tolerances) : (struct compared){.a = &a->rows[i]};
    }
    for (size_t i = 0; i < b->row_count; i++) {
        if (!row_named(a, &b->rows[i])) {
            all[(*count)++] = (struct compared){.b = &b->rows[i]};
        }
    }
    return all;
}

static size_t count_worse(const struct compared *all, size_t count)
{
    size_t worse = 0;

    for (size_t i = 0; i < count; i++) {
        for (int m = 0; all[i].a && all[i].b && m < MEASURES; m++) {
            worse += all[i].of[m].finding == WORSE;
        }
    }
    return worse;
}

/* Figures that had requests enough in both reports. */
static size_t count_told(const struct compared *all, size_t count)
{
    size_t told = 0;

    for (size_t i = 0; i < count; i++) {
        for (int m = 0; all[i].a && all[i].b && m < MEASURES; m++) {
            told += all[i].of[m].finding != TOO_FEW;
        }
    }
    return told;
}

/* Names of rows come from a file: nothing of them may steer a terminal. */
static void put_harmless(const char *text)
{
    for (; *text; text++) {
        putchar((unsigned char)*text < 0x20 || *text == 0x7f ? '?' : *text);
    }
}

static void put_name(const struct row *row)
{
    put_harmless(row->type);
    fputs(row->type[0] ? " " : "", stdout);
    put_harmless(row->name);
}

static void put_ms(double us)
{
    printf(us < 9995 ? "%.2f ms" : "%.0f ms", us / 1000);
}

static void put_comparison(const struct comparison *c, int m)
{
    printf("  %-9s %-8s ", measure_names[m], finding_names[c->finding]);
    if (m == FAILED) {
        printf("%.2f%% -> %.2f%%", c->a * 100, c->b * 100);
    } else {
        put_ms(c->a);
        fputs(" -> ", stdout);
        put_ms(c->b);
    }
    if (c->finding == TOO_FEW) {
        puts("   (too few requests to tell)");
    } else if (m == FAILED) {
        printf("   %+.2f points, between %+.2f and %+.2f\n", (c->b - c->a) * 100, c->low * 100, c->high * 100);
    } else {
        printf("   %+.1f%%, between %+.1f%% and %+.1f%%\n", ((c->b + 0.5) / (c->a + 0.5) - 1) * 100, (c->low - 1) * 100,
               (c->high - 1) * 100);
    }
}

static void put_table(const struct run *a, const struct run *b, const struct compared *all, size_t count,
                      const struct tolerances *tolerances)
{
    size_t worse = count_worse(all, count);

    printf(
        "A %s\nB %s\nFrom A to B, with 95%% confidence; up to %g%% of a time and %g points of failures are tolerated\n",
        a->path, b->path, tolerances->times * 100, tolerances->failures * 100);
    for (size_t i = 0; i < count; i++) {
        const struct compared *c = &all[i];

        putchar('\n');
        put_name(c->a ? c->a : c->b);
        if (!c->a || !c->b) {
            printf(": only in %s\n", c->a ? "A" : "B");
            continue;
        }
        printf(": %.0f and %.0f requests, %.2f and %.2f a second\n", c->a->requests, c->b->requests, c->a->rate,
               c->b->rate);
        for (int m = 0; m < MEASURES; m++) {
            put_comparison(&c->of[m], m);
        }
    }
    if (worse > 0) {
        printf("\nB is worse: %zu figure%s\n", worse, worse == 1 ? "" : "s");
    } else if (count_told(all, count) == 0) {
        puts("\nNothing can be told: no row has enough requests in both");
    } else {
        puts("\nB is not worse");
    }
}

static cJSON *comparison_json(const struct comparison *c, int m)
{
    cJSON *json = cJSON_CreateObject();

    cJSON_AddNumberToObject(json, m == FAILED ? "a_ratio" : "a_us", c->a);
    cJSON_AddNumberToObject(json, m == FAILED ? "b_ratio" : "b_us", c->b);
    cJSON_AddStringToObject(json, "finding", c->finding == WORSE ? "worse" : finding_names[c->finding]);
    if (c->finding != TOO_FEW) {
        cJSON_AddNumberToObject(json, m == FAILED ? "difference_low" : "ratio_low", c->low);
        cJSON_AddNumberToObject(json, m == FAILED ? "difference_high" : "ratio_high", c->high);
    }
    return json;
}

static void put_json(const struct run *a, const struct run *b, const struct compared *all, size_t count,
                     const struct tolerances *tolerances)
{
    cJSON *json = cJSON_CreateObject(), *rows = cJSON_CreateArray();
    char *text;

    cJSON_AddStringToObject(json, "format", "swarm-comparison");
    cJSON_AddNumberToObject(json, "version", 1);
    cJSON_AddStringToObject(json, "a", a->path);
    cJSON_AddStringToObject(json, "b", b->path);
    cJSON_AddNumberToObject(json, "tolerance", tolerances->times);
    cJSON_AddNumberToObject(json, "failure_tolerance", tolerances->failures);
    cJSON_AddBoolToObject(json, "worse", count_worse(all, count) > 0);
    cJSON_AddNumberToObject(json, "figures_told", (double)count_told(all, count));
    for (size_t i = 0; i < count; i++) {
        const struct row *row = all[i].a ? all[i].a : all[i].b;
        cJSON *item = cJSON_CreateObject();

        cJSON_AddStringToObject(item, "type", row->type);
        cJSON_AddStringToObject(item, "name", row->name);
        cJSON_AddStringToObject(item, "in", all[i].a && all[i].b ? "both" : all[i].a ? "a" : "b");
        for (int m = 0; all[i].a && all[i].b && m < MEASURES; m++) {
            cJSON_AddItemToObject(item, measure_names[m], comparison_json(&all[i].of[m], m));
        }
        cJSON_AddItemToArray(rows, item);
    }
    cJSON_AddItemToObject(json, "rows", rows);
    text = cJSON_Print(json);
    puts(text ? text : "");
    cJSON_free(text);
    cJSON_Delete(json);
}

/* ------------------------------------------------------------------ the command */

/* "10%" or "0.1" as a share. A whole number is a percentage without its sign, or a slip: 5 would be 500 %. */
static bool read_share(const char *text, double *out)
{
    char *end;
    double value;

    errno = 0;
    value = strtod(text, &end);
    if (end == text || errno || !isfinite(value) || value < 0) {
        return false;
    }
    if (*end == '%') {
        value /= 100;
        end++;
    } else if (value >= 1) {
        return false;
    }
    *out = value;
    return *end == '\0';
}

/* --NAME VALUE or --NAME=VALUE at argv[*i]. 1: it is that, 0: it is not, -1: its value is missing or wrong, which was told. */
static int share_option(int argc, char **argv, int *i, const char *name, double *out)
{
    size_t n = strlen(name);
    const char *value;

    if (strncmp(argv[*i], name, n) != 0 || (argv[*i][n] && argv[*i][n] != '=')) {
        return 0;
    }
    value = argv[*i][n] ? argv[*i] + n + 1 : *i + 1 < argc ? argv[++*i] : "";
    if (read_share(value, out)) {
        return 1;
    }
    (void)command_usage("report", "%s wants a share, as 10%% or 0.1%s%s", name, *value ? ", not " : "", value);
    return -1;
}

static int compare(const char *const *paths, const struct tolerances *tolerances, bool json)
{
    struct run a, b = {0};
    int code = EXIT_USAGE;

    if (read_run(paths[0], &a) && read_run(paths[1], &b)) {
        size_t count;
        struct compared *all = compare_runs(&a, &b, tolerances, &count);

        (json ? put_json : put_table)(&a, &b, all, count, tolerances);
        code = count_worse(all, count) > 0 ? EXIT_DIAGNOSTICS : count_told(all, count) > 0 ? EXIT_FINE : EXIT_USAGE;
        free(all);
    }
    free_run(&a);
    free_run(&b);
    return fflush(stdout) == 0 ? code : EXIT_USAGE;
}

int command_report(int argc, char **argv)
{
    static const char *const options[] = {"--tolerance", "--failure-tolerance", "--json", "--help", NULL};
    struct tolerances tolerances = {0.1, 0.005};
    const char *paths[2];
    bool json = false;
    int count = 0;

    if (argc < 2 || strcmp(argv[1], "compare") != 0) {
        return command_usage("report", argc < 2 ? "what is to be done? `compare`%s" : "%s is not known, `compare` is",
                             argc < 2 ? "" : argv[1]);
    }
    for (int i = 2; i < argc; i++) {
        int found = share_option(argc, argv, &i, "--tolerance", &tolerances.times);

        found = found ? found : share_option(argc, argv, &i, "--failure-tolerance", &tolerances.failures);
        if (found < 0) {
            return EXIT_USAGE;
        }
        if (found) {
            continue;
        }
        if (strcmp(argv[i], "--json") == 0) {
            json = true;
        } else if (argv[i][0] == '-' && argv[i][1]) {
            return command_unknown("report", argv[i], options);
        } else if (count < 2) {
            paths[count++] = argv[i];
        } else {
            return command_usage("report", "two reports are compared; %s is a third one", argv[i]);
        }
    }
    if (count == 0) {
        return command_usage("report", "which reports?");
    }
    if (count == 1) {
        return command_usage("report", "%s is to be compared with which report?", paths[0]);
    }
    return compare(paths, &tolerances, json);
}
