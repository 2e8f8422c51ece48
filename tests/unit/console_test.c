/* The tables on the terminal, character by character where they are Locust's. */
#include <tap.h>

#include "log/secret.h"
#include "report/report.h"
#include "report/text.h"
#include "snapshot_fixture.h"

typedef void print_table(FILE *out, const struct stats_snapshot *snap, int name_width);

static char *shown(print_table *print, const struct stats_snapshot *snap, int name_width)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    print(out, snap, name_width);
    fclose(out);
    return text;
}

static void final_requests(FILE *out, const struct stats_snapshot *snap, int name_width)
{
    console_requests(out, snap, name_width, false);
}

static void current_requests(FILE *out, const struct stats_snapshot *snap, int name_width)
{
    console_requests(out, snap, name_width, true);
}

static void test_requests(void)
{
    struct fixture f = fixture_new();
    struct stats_snapshot *snap;
    char *text;

    fixture_fill(&f);
    snap = fixture_snapshot(&f, 4);
    text = shown(final_requests, snap, 40);
    is_str(text,
           /* clang-format off */
           "Type     Name                                  # reqs      # fails |    Avg     Min     Max    Med |   req/s  failures/s\n"
           "--------|------------------------------------|-------|-------------|-------|-------|-------|-------|--------|-----------\n"
           "GET      /hello                                     7    3(42.86%) |   8953      12   58760    130 |    1.75        0.75\n"
           "POST     /login                                     1     0(0.00%) |   1.24    1.24    1.24   1.24 |    0.25        0.00\n"
           "SETUP    GET /token                                 1     0(0.00%) |     20      20      20     20 |    0.25        0.00\n"
           "TRANSACTION visit                                   1     0(0.00%) |   9000    9000    9000   9000 |    0.25        0.00\n"
           "--------|------------------------------------|-------|-------------|-------|-------|-------|-------|--------|-----------\n"
           "         Aggregated                                 8    3(37.50%) |   7834    1.24   58760    120 |    2.00        0.75\n"
           /* clang-format on */
           "\n",
           "the table of requests on 120 columns");
    free(text);
    text = shown(final_requests, snap, 80);
    is_uint(strcspn(text, "\n"), 160, "80 columns of name: 160 in all");
    free(text);
    text = shown(final_requests, snap, 0);
    like(text, "/hello", "no room for names: they are shown all the same");
    free(text);
    stats_snapshot_unref(snap);
    snap = fixture_snapshot(&f, 20);
    text = shown(current_requests, snap, 40);
    unlike(text, "1.75", "current rates are not those of the run");
    free(text);
    stats_snapshot_unref(snap);
    snap = fixture_snapshot(&f, 31);
    text = shown(current_requests, snap, 40);
    like(text,
         "Aggregated                                 8    3(37.50%) |   7834    1.24   58760    120 |    0.00        "
         "0.00\n",
         "without traffic they fall to 0");
    free(text);
    stats_snapshot_unref(snap);
    fixture_free(&f);
}

static void test_percentiles(void)
{
    struct fixture f = fixture_new();
    struct stats_snapshot *snap;
    char *text;

    for (int i = 0; i < 7; i++)
        fixture_request(&f, 0, 100000, 0, NULL);
    fixture_request(&f, 1, 8999, 0, NULL);
    snap = fixture_snapshot(&f, 1);
    text = shown(console_percentiles, snap, 40);
    is_str(text,
           "Response time percentiles (approximated)\n"
           "Type     Name                                          50%    66%    75%    80%    90%    95%    98%    "
           "99%  99.9% 99.99%   100% # reqs\n"
           "--------|----------------------------------------|--------|------|------|------|------|------|------|------"
           "|------|------|------|------\n"
           "GET      /hello                                        100    100    100    100    100*   100*   100*   "
           "100*   100*   100*   100      7\n"
           "POST     /login                                       9.00*  9.00*  9.00*  9.00*  9.00*  9.00*  9.00*  "
           "9.00*  9.00*  9.00*  9.00      1\n"
           "--------|----------------------------------------|--------|------|------|------|------|------|------|------"
           "|------|------|------|------\n"
           "         Aggregated                                    100    100    100    100    100*   100*   100*   "
           "100*   100*   100*   100      8\n"
           "* too few requests for this percentile: the slowest one\n"
           "\n",
           "percentiles");
    free(text);
    stats_snapshot_unref(snap);
    fixture_free(&f);
}

static void test_failures(void)
{
    struct fixture f = fixture_new();
    struct stats_snapshot *snap;
    char *text;

    snap = fixture_snapshot(&f, 1);
    text = shown(console_failures, snap, 80);
    is_str(text, "", "nothing failed: no report");
    free(text);
    stats_snapshot_unref(snap);
    fixture_fill(&f);
    recorder_failure(f.rec, 1, "came first\nwith two lines", 25, FIXTURE_UNIX_MS);
    snap = fixture_snapshot(&f, 2);
    text = shown(console_failures, snap, 40);
    is_str(text,
           "Error report\n"
           "# occurrences      Error\n"
           "------------------|----------------------------------------------------------------------------------------"
           "-------------\n"
           "1                  POST /login: came first\\nwith two lines\n"
           "2                  GET /hello: Got wrong response\n"
           "1                  GET /hello: status 503 \"Service\", sorry\n"
           "------------------|----------------------------------------------------------------------------------------"
           "-------------\n"
           "\n",
           "failures in order of first occurrence");
    free(text);
    stats_snapshot_unref(snap);
    fixture_free(&f);
}

static void test_lags(void)
{
    struct fixture f = fixture_new();
    struct stats_snapshot *snap;
    char *text;

    fixture_request(&f, 0, 1000, 0, NULL);
    snap = fixture_snapshot(&f, 1);
    text = shown(console_lags, snap, 40);
    is_str(text, "", "nobody has a schedule: no table");
    free(text);
    stats_snapshot_unref(snap);
    for (int i = 0; i < 99; i++)
        recorder_lag(f.rec, 1, 40000);
    recorder_lag(f.rec, 1, 200000);
    snap = fixture_snapshot(&f, 2);
    text = shown(console_lags, snap, 40);
    is_str(text,
           "Start lag percentiles (how late arrivals and the tasks of `wait pace` and `wait rate` began)\n"
           "Type     Name                                          50%    66%    75%    80%    90%    95%    98%    "
           "99%  99.9% 99.99%   100% starts\n"
           "--------|----------------------------------------|--------|------|------|------|------|------|------|------"
           "|------|------|------|------\n"
           "LAG      Visitor                                      0.04   0.04   0.04   0.04   0.04   0.04   0.04   "
           "0.04   0.20*  0.20*  0.20    100\n"
           "* too few starts for this percentile: the latest one\n"
           "\n",
           "a row for the kind that has one");
    free(text);
    is_int(snap->total.requests, 1, "starts are no requests");
    stats_snapshot_unref(snap);
    fixture_free(&f);
}

static void test_errors_and_notes(void)
{
    struct fixture f = fixture_new();
    struct stats_snapshot *snap;
    char *text;

    fixture_request(&f, 0, 1000, 0, NULL);
    snap = fixture_snapshot(&f, 1);
    text = shown(console_errors, snap, 80);
    is_str(text, "", "no errors: no report");
    free(text);
    text = shown(console_notes, snap, 80);
    is_str(text, "", "nothing to note: nothing is printed");
    free(text);
    stats_snapshot_unref(snap);
    for (int i = 0; i < 3; i++)
        recorder_error(f.rec, "checkout.swarm", 12, "Shopper", "buy", "division by zero", 16, 5);
    recorder_error(f.rec, "checkout.swarm", 40, NULL, NULL, "no", 2, 7);
    recorder_tries(f.rec, 0, 4);
    recorder_cut(f.rec, 1);
    recorder_lost(f.rec, 0);
    recorder_lost(f.rec, 1);
    recorder_lost(f.rec, 1);
    recorder_lag(f.rec, 1, 2500000);
    snap = fixture_snapshot(&f, 2);
    text = shown(console_errors, snap, 80);
    like(text, "3                  checkout.swarm:12: division by zero (in Shopper.buy)\n", "an error with its place");
    like(text, "1                  checkout.swarm:40: no\n", "one outside of a task");
    free(text);
    text = shown(console_notes, snap, 40);
    like(text, "extra tries      cut off\n", "a table of its own");
    like(text, "GET      /hello                                              4            0\n", "extra tries");
    like(text, "POST     /login                                              0            1\n",
         "cut off, without a request");
    like(text, "Lost users (`on start` ended early): 3 (Shopper 1, Visitor 2)\n", "lost users");
    unlike(text, "LAG", "late starts have a table of their own");
    unlike(text, "NOT COMPLETE", "the counts are complete");
    free(text);
    text = shown(final_requests, snap, 40);
    unlike(text, "/login", "a row without requests is not in the table");
    free(text);
    stats_fold(f.stats, "junk", 4);
    stats_snapshot_unref(snap);
    snap = fixture_snapshot(&f, 3);
    text = shown(console_summary, snap, 40);
    like(text, "THE COUNTS ABOVE ARE NOT COMPLETE", "a damaged delta is told");
    free(text);
    stats_snapshot_unref(snap);
    fixture_free(&f);
}

static void test_texts(void)
{
    static const struct {
        double value;
        const char *text;
    } floats[] = {
        /* clang-format off */
        { 0, "0.0" }, { 1, "1.0" }, { 100, "100.0" }, { 8938.371428571429, "8938.371428571429" }, { 448.8125, "448.8125" },
        { 0.75, "0.75" }, { 1003, "1003.0" }, { 58760.1, "58760.1" }, { 0.1, "0.1" }, { 1.0 / 3, "0.3333333333333333" },
        { 0.00001, "1e-05" }, { 0.0001, "0.0001" }, { 1e15, "1000000000000000.0" }, { 123456789.125, "123456789.125" },
        /* clang-format on */
    };
    struct fixture f = fixture_new();
    struct stats_snapshot *snap;
    char *text = NULL;
    size_t size;

    for (size_t i = 0; i < sizeof floats / sizeof *floats; i++) {
        FILE *out = open_memstream(&text, &size);

        text_put_float(out, floats[i].value);
        fclose(out);
        is_str(text, floats[i].text, "a float as Python writes it: %s", floats[i].text);
        free(text);
    }
    secret_add("s3cr3t", 6);
    fixture_request(&f, recorder_row(f.rec, "GET", "/\x1b[2J/s3cr3t/\xc3\xa9", 15), 1000, 0, NULL);
    snap = fixture_snapshot(&f, 1);
    text = shown(final_requests, snap, 40);
    like(text, "GET      /\\x1b[2J/***/\xc3\xa9 ", "names are masked, escaped");
    like(text, "\xc3\xa9                             1 ", "and padded by characters");
    free(text);
    secret_clear();
    stats_snapshot_unref(snap);
    fixture_free(&f);
}

static void test_many_lines(void)
{
    struct fixture f = fixture_new();
    struct stats_snapshot *snap;
    char *text, message[64], name[16];
    size_t lines = 0;

    for (int row = 0; row < 4; row++) {
        for (int i = 0; i < 150; i++) {
            snprintf(message, sizeof message, "message %d", i);
            snprintf(name, sizeof name, "row %d", row);
            fixture_request(&f, recorder_row(f.rec, "GET", name, strlen(name)), 1, 0, message);
        }
    }
    snap = fixture_snapshot(&f, 1);
    text = shown(console_failures, snap, 40);
    for (const char *p = text; (p = strchr(p, '\n')); p++)
        lines++;
    ok(lines < 520, "a report has an end (%zu lines)", lines);
    like(text, "100                (100 more messages", "and says what it left out");
    free(text);
    stats_snapshot_unref(snap);
    fixture_free(&f);
}

int main(void)
{
    test_requests();
    test_percentiles();
    test_failures();
    test_lags();
    test_errors_and_notes();
    test_texts();
    test_many_lines();
    return tap_done();
}
