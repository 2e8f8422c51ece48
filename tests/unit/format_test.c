/* Values as text, as JSON and for people. */
#include <float.h>

#include "../../runtime/base/random.h"
#include "../lib/value_strand.h"

static const char *float_text(double f)
{
    static char text[VALUE_FLOAT + 1];
    text[value_write_float(text, f)] = '\0';
    return text;
}

static const char *duration_text(int64_t ns)
{
    static char text[VALUE_DURATION + 1];
    text[value_write_duration(text, ns)] = '\0';
    return text;
}

static void test_floats(void)
{
    static const struct {
        double f;
        const char *text;
    } cases[] = {
        {5, "5"},
        {6.5, "6.5"},
        {0.1, "0.1"},
        {0.1 + 0.2, "0.30000000000000004"},
        {1e21, "1e+21"},
        {1e20, "100000000000000000000"},
        {123456789012345680000.0, "123456789012345680000"},
        {1e-6, "0.000001"},
        {1e-7, "1e-7"},
        {1.5e-7, "1.5e-7"},
        {-0.0, "0"},
        {-2.5, "-2.5"},
        {100, "100"},
        {DBL_MAX, "1.7976931348623157e+308"},
        {5e-324, "5e-324"},
        {2.2250738585072014e-308, "2.2250738585072014e-308"},
        {9007199254740993.0, "9007199254740992"},
        {1.0 / 3, "0.3333333333333333"},
        {4.35, "4.35"},
        {1e23, "1e+23"},
        {0.000123, "0.000123"},
        {-1e-100, "-1e-100"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        is_str(float_text(cases[i].f), cases[i].text, "float %s", cases[i].text);
    }
    uint64_t state = 1;
    int bad = 0, long_ones = 0;
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = random_next(&state);
        double f;
        memcpy(&f, &bits, sizeof f);
        if (isfinite(f)) {
            bad += strtod(float_text(f), NULL) != f;
            long_ones += strlen(float_text(f)) > VALUE_FLOAT - 1;
        }
    }
    is_int(bad, 0, "random doubles read back the same");
    is_int(long_ones, 0, "… and fit");
}

static void test_durations(void)
{
    static const struct {
        int64_t ns;
        const char *text;
    } cases[] = {
        {0, "0s"},
        {250 * SWARM_MS, "250ms"},
        {1500 * SWARM_MS, "1.5s"},
        {90 * SWARM_S, "1m30s"},
        {5400 * SWARM_S, "1h30m"},
        {SWARM_S, "1s"},
        {60 * SWARM_S, "1m"},
        {3600 * SWARM_S, "1h"},
        {3661 * SWARM_S + 5 * SWARM_MS, "1h1m1.005s"},
        {1500 * SWARM_US, "1.5ms"},
        {1, "0.000001ms"},
        {-250 * SWARM_MS, "-250ms"},
        {INT64_MIN, "-2562047h47m16.854775808s"},
        {INT64_MAX, "2562047h47m16.854775807s"},
        {999999999, "999.999999ms"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        is_str(duration_text(cases[i].ns), cases[i].text, "duration %s", cases[i].text);
    }
}

static void test_text_and_json(void)
{
    is_str(TEXT(swarm_null()), "", "null as text");
    is_str(JSON(swarm_null()), "null", "null as JSON");
    is_str(TEXT(swarm_bool(true)), "true", "true");
    is_str(JSON(swarm_int(INT64_MIN)), "-9223372036854775808", "the smallest int");
    is_str(TEXT(swarm_duration(1500 * SWARM_MS)), "1.5s", "a duration as text");
    is_str(JSON(swarm_duration(1500 * SWARM_MS)), "1.5", "a duration as JSON is seconds");
    is_str(JSON(swarm_duration(-1)), "-0.000000001", "a nanosecond back");
    is_str(TEXT(json_of("1.50")), "1.50", "digits pass through");
    is_str(JSON(json_of("12345678901234567890.0e+1")), "12345678901234567890.0e+1", "… also as JSON");
    is_str(TEXT(text_of("a\"b")), "a\"b", "a text as text");
    is_str(JSON(text_of("a\"b\\c\n\t\x01/")), "\"a\\\"b\\\\c\\n\\t\\u0001/\"", "a text as JSON");
    is_str(JSON(text_of("Malm\xc3\xb6 \xff \xed\xa0\x80 \xe2\x82")),
           "\"Malm\xc3\xb6 \xef\xbf\xbd \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd \xef\xbf\xbd\xef\xbf\xbd\"",
           "invalid UTF-8 is replaced");
    is_str(TEXT(json_of(" { \"a\" : [ 1 , \" b \" ] } ")), "{\"a\":[1,\" b \"]}", "JSON is compact");
    struct swarm_value list =
        swarm_list(test_strand, (struct swarm_value[]){swarm_int(1), text_of("x"), swarm_null()}, 3);
    is_str(TEXT(list), "[1,\"x\",null]", "a list");
    struct swarm_value entries[] = {text_of("k\""), list};
    is_str(TEXT(swarm_object(test_strand, at, entries, 1)), "{\"k\\\"\":[1,\"x\",null]}", "an object");
}

static const char *found(struct swarm_value value, struct swarm_value wanted)
{
    static char text[800];
    struct value_buffer buffer = {0};
    value_describe_found(value, wanted, &buffer);
    snprintf(text, sizeof text, "%.*s", (int)buffer.size, buffer.data);
    value_buffer_free(&buffer);
    return text;
}

static void test_for_people(void)
{
    char text[101], wanted[300];
    is_str(SHOWN(text_of("n/a")), "\"n/a\"", "a text is quoted");
    is_str(SHOWN(swarm_null()), "nothing", "null is nothing");
    is_str(SHOWN(text_of("a\r\n\x1b[31m")), "\"a\\r\\n\\u001b[31m\"", "control characters are escaped");
    memset(text, 'a', 100);
    text[100] = '\0';
    snprintf(wanted, sizeof wanted, "\"%.60s…\"", text);
    is_str(SHOWN(text_of(text)), wanted, "a long text is cut");
    text[60] = '\0';
    snprintf(wanted, sizeof wanted, "\"%s\"", text);
    is_str(SHOWN(text_of(text)), wanted, "60 code points are not");
    char *large = malloc(1 << 20);
    memset(large, '1', (1 << 20) - 1);
    large[(1 << 20) - 1] = '\0';
    large[0] = '[';
    large[(1 << 20) - 2] = ']';
    const char *shown = SHOWN(json_of(large));
    ok(strlen(shown) == 60 + strlen("…"), "large JSON is cut");
    free(large);
    is_str(found(swarm_int(500), swarm_int(201)), "found 500", "the same kind");
    is_str(found(json_of("5"), text_of("5")), "found 5 (number), wanted \"5\" (text)", "kinds that differ");
    is_str(found(swarm_bool(true), text_of("true")), "found true, wanted \"true\" (text)", "a bool needs no name");
    is_str(found(json_of("[1]"), json_of("{}")), "found [1] (list), wanted {} (object)", "a list and an object");
    is_str(found(swarm_null(), text_of("5")), "found nothing", "nothing");
    is_str(found(text_of("a"), swarm_null()), "found \"a\"", "nothing to say of what was wanted");
}

static void test_buffer(void)
{
    struct value_buffer buffer = {.bound = 5};
    value_buffer_string(&buffer, "abc");
    value_buffer_string(&buffer, "def");
    value_buffer_string(&buffer, "ghi");
    is_mem(buffer.data, "abcde", 5, "a bound cuts");
    is_uint(buffer.size, 5, "… there");
    ok(buffer.full, "… and says so");
    value_buffer_free(&buffer);
    struct value_buffer formatted = {0};
    for (int i = 0; i < 3; i++) {
        value_buffer_format(&formatted, "%0*d,", 300, i);
    }
    is_uint(formatted.size, 903, "long formats");
    value_buffer_free(&formatted);
    struct arena arena = {0};
    struct value_buffer in_arena = {.arena = &arena};
    for (int i = 0; i < 10000; i++) {
        value_buffer_byte(&in_arena, (char)('a' + i % 26));
        if (i % 100 == 0) {
            arena_get(&arena, 8); /* something of others between */
        }
    }
    bool same = in_arena.size == 10000;
    for (int i = 0; same && i < 10000; i++) {
        same = in_arena.data[i] == (char)('a' + i % 26);
    }
    ok(same, "a buffer in an arena");
    static const char piece[1 << 16];
    while (!in_arena.full) {
        value_buffer_add(&in_arena, piece, sizeof piece);
    }
    ok(arena_size(&arena) <= ARENA_BOUND, "… is full at the arena's bound");
    arena_clear(&arena);
}

int main(void)
{
    strand_begin_test();
    test_floats();
    test_durations();
    test_text_and_json();
    test_for_people();
    test_buffer();
    strand_end_test();
    return tap_done();
}
