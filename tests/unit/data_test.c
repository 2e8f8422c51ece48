/* What a row is, in each format; where a mistake is; how rows are given out. */
#include "state/data.c"

#include "tests/engine/harness.h"

/* ---- the scanner ---- */

struct seen {
    char text[512];
};

static void add(struct seen *seen, const char *text, size_t n, char mark)
{
    size_t used = strlen(seen->text);

    snprintf(seen->text + used, sizeof seen->text - used, "%.*s%c", (int)n, text, mark);
}

static const char *scanned;

static void row_seen(void *data, size_t from, size_t to)
{
    add(data, scanned + from, to - from, '|');
}

static void name_seen(void *data, const char *text, size_t n, bool escaped)
{
    add(data, text, n, escaped ? '!' : '=');
}

/* "names=rows|" or "OFFSET: what". */
static const char *look(bool (*scan_one)(struct scan *), const char *text)
{
    static struct seen seen;
    struct scan_error error = {0};
    struct scan scan = {
        .bytes = text, .n = strlen(text), .data = &seen, .row = row_seen, .name = name_seen, .error = &error};

    scanned = text;
    seen.text[0] = '\0';
    if (!scan_one(&scan)) {
        snprintf(seen.text, sizeof seen.text, "%zu: %.60s", error.offset, error.what);
    }
    return seen.text;
}

static void scans(void)
{
    static const struct {
        bool (*scan)(struct scan *);
        const char *text, *wanted;
    } cases[] = {
        {scan_csv, "a,b\n1,2\n", "a=b=1,2|"},
        {scan_csv, "a,b\r\n1,2\r\n\r\n3,\r\n", "a=b=1,2|3,|"},
        {scan_csv, "a\n1", "a=1|"},
        {scan_csv, "\"a\",\"b\"\"c\"\n\"x\ny\",\"\"\n", "a=b\"\"c!\"x\ny\",\"\"|"},
        {scan_csv, "", ""},
        {scan_csv, "\n\na\n", "a="},
        {scan_csv, "a,b\n1\n", "4: this row has 1 field, the first line names 2 columns"},
        {scan_csv, "a\n1,2\n", "2: this row has 2 fields, the first line names 1 column"},
        {scan_csv, "a\n\"x\n", "2: this quoted field is not closed"},
        {scan_csv, "a\n\"x\"y\n", "5: a comma or the end of the line belongs behind a quoted field"},
        {scan_csv, "a\nx\"y\n", "3: a quote in a field that does not begin with one: quote the f"},
        {scan_csv, "a\nx\ry\n", "a=x\ry|"},
        {scan_lines, "x\n\ny\r\nz", "x|y|z|"},
        {scan_lines, "", ""},
        {scan_lines, "\r\n\n", ""},
        {scan_json, "[{\"a\": [1, {\"b\": null}], \"c\": -1.5e+3}, {}]",
         "a=c={\"a\": [1, {\"b\": null}], \"c\": -1.5e+3}|{}|"},
        {scan_json, " [ ] ", ""},
        {scan_json, "[{\"a\\n\": \"\\u00e9\"}]", "a\\n!{\"a\\n\": \"\\u00e9\"}|"},
        {scan_json, "{}", "0: the file holds an array of objects: [ { … }, … ]"},
        {scan_json, "", "0: a value belongs here, but the file ends here"},
        {scan_json, "[{}, 1]", "5: a row of data is an object: { \"name\": value }"},
        {scan_json, "[{},]", "4: JSON has no comma behind the last entry"},
        {scan_json, "[{\"a\":1,}]", "8: JSON has no comma behind the last entry"},
        {scan_json, "[{\"a\" 1}]", "6: a colon belongs behind the key"},
        {scan_json, "[{a: 1}]", "2: a key in double quotes belongs here"},
        {scan_json, "[{\"a\": 01}]", "7: a number does not begin with 0"},
        {scan_json, "[{\"a\": 1.}]", "9: digits belong behind the point of a number"},
        {scan_json, "[{\"a\": tru}]", "7: JSON has no such value"},
        {scan_json, "[{\"a\": 'x'}]", "7: texts of JSON stand in double quotes"},
        {scan_json, "[{\"a\": \"\\x\"}]", "8: JSON has no such escape"},
        {scan_json, "[{\"a\": \"\\u12\"}]", "8: \\u is followed by four hexadecimal digits"},
        {scan_json, "[{\"a\": \"b", "7: this text is not closed"},
        {scan_json, "[{}", "3: a comma or ] belongs here, but the file ends here"},
        {scan_json, "[{}] x", "5: something stands behind the array"},
    };
    struct scan_error error;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t n = strlen(cases[i].wanted);
        const char *found = look(cases[i].scan, cases[i].text);

        ok(strncmp(found, cases[i].wanted, n) == 0 && (n > 0 || !*found), "%zu: %s: %s", i, cases[i].wanted, found);
    }
    /* clang-format off */
    static const struct { const char *text; size_t n; int at; } texts[] = {
        {"plain text of some length", 25, -1}, {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\x9d", 9, -1}, {"ab\x80", 3, 2}, {"\xc0\xaf", 2, 0},
        {"x\xed\xa0\x80", 4, 1}, {"\xf4\x90\x80\x80", 4, 0}, {"eightbyt\xe2\x82", 10, 8}, {"", 0, -1},
        /* clang-format on */
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct scan scan = {.bytes = texts[i].text, .n = texts[i].n, .error = &error};
        int found = scan_utf8(&scan) ? -1 : (int)error.offset;

        is_int(found, texts[i].at, "UTF-8 %zu", i);
    }
}

/* JSON that is nested as deep as it may be, and one deeper. */
static void depth(void)
{
    enum { ROOM = 4096 };
    static char text[ROOM];

    for (int deep = SCAN_JSON_DEPTH - 2; deep <= SCAN_JSON_DEPTH - 1; deep++) {
        int used = snprintf(text, ROOM, "[{\"a\":");

        memset(text + used, '[', (size_t)deep);
        memset(text + used + deep, ']', (size_t)deep);
        snprintf(text + used + 2 * deep, (size_t)(ROOM - used - 2 * deep), "}]");
        if (deep == SCAN_JSON_DEPTH - 2) {
            unlike(look(scan_json, text), "nested", "1,000 deep is read");
        } else {
            like(look(scan_json, text), "nested more than 1,000 deep", "deeper is not");
        }
    }
}

/* ---- rows ---- */

static struct user someone;
static struct shard shard;
static const struct swarm_place place = {"test.swarm", 1, "next(rows)"};

static const char *next_text(struct swarm_data *data)
{
    static char text[256];
    struct value_buffer buffer = {0};

    value_json(swarm_next(&someone.strand.base, data, &place), &buffer);
    snprintf(text, sizeof text, "%.*s", (int)buffer.size, buffer.size ? buffer.data : "");
    value_buffer_free(&buffer);
    return text;
}

static struct swarm_data opened(enum swarm_format format, enum swarm_strategy strategy, const char *text)
{
    struct swarm_data data = {
        .name = "rows", .file = "rows", .format = format, .strategy = strategy, .bytes = text, .size = strlen(text)};
    struct state_settings settings = {.seed = 5};
    char why[256] = "";

    ok(data_open(&data, NULL, false, &settings, 0, why, sizeof why), "opens: %s", why);
    return data;
}

static void rows(void)
{
    struct swarm_data data = opened(SWARM_CSV, SWARM_QUEUE, "a,\"b\"\"b\"\r\n1,\"x \"\"y\"\"\"\r\n\r\n2,\r\n");

    is_uint(data_rows(&data), 2, "two rows");
    is_str(next_text(&data), "{\"a\":\"1\",\"b\\\"b\":\"x \\\"y\\\"\"}", "a row is an object of texts");
    is_str(next_text(&data), "{\"a\":\"2\",\"b\\\"b\":\"\"}", "an empty field is an empty text");
    is_str(next_text(&data), "null", "then there is none");
    is_str(next_text(&data), "null", "for ever");
    data_close(&data);
    data = opened(SWARM_LINES, SWARM_CIRCULAR, "x\r\n\ny");
    is_str(next_text(&data), "\"x\"", "a line is a text");
    is_str(next_text(&data), "\"y\"", "without its end");
    is_str(next_text(&data), "\"x\"", "circular begins anew");
    data_close(&data);
    data = opened(SWARM_ROWS_OF_JSON, SWARM_CIRCULAR, "[ {\"a\": 1.50, \"b\": [\"\\u0041\"]},\n {} ]");
    is_str(next_text(&data), "{\"a\":1.50,\"b\":[\"\\u0041\"]}", "a JSON row keeps what it holds");
    is_str(next_text(&data), "{}", "in order");
    data_close(&data);
    data = opened(SWARM_CSV, SWARM_QUEUE, "a\n");
    is_str(next_text(&data), "null", "queue data may have no rows at all");
    data_close(&data);
}

/* Every permutation of three is as likely (chi-square, 5 degrees of freedom, p = 0.001: 20.5); each round has all rows. */
static void shuffles(void)
{
    enum { ROUNDS = 6000 };
    struct swarm_data data = opened(SWARM_LINES, SWARM_SHUFFLE, "0\n1\n2\n");
    unsigned counts[27] = {0}, complete = 0, different = 0;
    double chi = 0;

    for (int i = 0; i < ROUNDS; i++) {
        int a = next_text(&data)[1] - '0', b = next_text(&data)[1] - '0', c = next_text(&data)[1] - '0';

        complete += a != b && b != c && a != c;
        counts[9 * a + 3 * b + c]++;
    }
    for (int i = 0; i < 27; i++) {
        double off = (double)counts[i] - ROUNDS / 6.0;

        different += counts[i] > 0;
        chi += counts[i] ? off * off / (ROUNDS / 6.0) : 0;
    }
    is_uint(complete, ROUNDS, "each round of shuffle has each row once");
    is_uint(different, 6, "in every order");
    ok(chi < 20.5, "all orders are as likely: chi-square %.1f", chi);
    data_close(&data);
}

static void random_rows(void)
{
    enum { DRAWS = 10000 };
    struct swarm_data data = opened(SWARM_LINES, SWARM_RANDOM, "0\n1\n2\n3\n");
    unsigned counts[4] = {0};
    double chi = 0;
    char first[9] = "", again[9] = "";

    someone.random = 1;
    for (int i = 0; i < 8; i++) {
        first[i] = next_text(&data)[1];
    }
    someone.random = 1;
    for (int i = 0; i < 8; i++) {
        again[i] = next_text(&data)[1];
    }
    is_str(again, first, "random follows the user's own random numbers");
    for (int i = 0; i < DRAWS; i++) {
        counts[next_text(&data)[1] - '0']++;
    }
    for (int i = 0; i < 4; i++) {
        chi += ((double)counts[i] - DRAWS / 4.0) * ((double)counts[i] - DRAWS / 4.0) / (DRAWS / 4.0);
    }
    ok(chi < 16.3, "all rows are as likely: chi-square %.1f", chi);
    data_close(&data);
}

int main(void)
{
    someone.strand.user = &someone;
    someone.strand.shard = &shard;
    scans();
    depth();
    rows();
    shuffles();
    random_rows();
    arena_clear(&someone.strand.arena);
    return tap_done();
}
