/* Built-in functions. */
#include <time.h>

#include "../../runtime/base/random.h"
#include "../lib/value_strand.h"

#define S test_strand

static struct swarm_value null_value;

static const char *result(struct swarm_value v)
{
    static char text[600];
    const char *error = error_taken();
    if (*error) {
        return error;
    }
    snprintf(text, sizeof text, "%s", JSON(v));
    return text;
}

static struct swarm_value t(const char *string)
{
    return text_of(string);
}

#define IS(call, wanted) is_str(result(call), (wanted), "%s", #call)

/* ------------------------------------------------------------------ random */

static void test_random_numbers(void)
{
    bool fine = true;
    int counts[5] = {0};
    for (int i = 0; i < 10000; i++) {
        int64_t n = swarm_fn_random_int(S, at, -2, 2);
        double f = swarm_fn_random_float(S, at, 0.5, 1.5);
        int64_t d = swarm_fn_random_duration(S, at, SWARM_S, 2 * SWARM_S), u = swarm_uniform(S, 10, 20);
        fine = fine && n >= -2 && n <= 2 && f >= 0.5 && f < 1.5 && d >= SWARM_S && d < 2 * SWARM_S && u >= 10 && u < 20;
        counts[n + 2]++;
    }
    ok(fine, "random numbers keep to their bounds");
    for (int i = 0; i < 5; i++) {
        ok(counts[i] > 1800 && counts[i] < 2200, "%d is drawn about as often as the others", i - 2);
    }
    swarm_fn_random_int(S, at, INT64_MIN, INT64_MAX);
    is_int(swarm_fn_random_int(S, at, INT64_MAX, INT64_MAX), INT64_MAX, "the largest number alone");
    is_int(swarm_fn_random_duration(S, at, 5, 5), 5, "a duration from 5 to 5");
    is_dbl(swarm_fn_random_float(S, at, 2, 2), 2, 0, "a float from 2 to 2");
    ok(isfinite(swarm_fn_random_float(S, at, -1.7e308, 1.7e308)), "a wide range");
    is_int(swarm_uniform(S, 7, 3), 7, "a wait whose bounds are swapped is its first");
    is_str(error_taken(), "", "no error so far");
    swarm_fn_random_int(S, at, 5, 3);
    is_str(error_taken(), "x: wanted the smaller bound first, found 5 and 3", "random(5, 3)");
    swarm_fn_random_float(S, at, 5.5, 3);
    is_str(error_taken(), "x: wanted the smaller bound first, found 5.5 and 3", "random(5.5, 3.0)");
    swarm_fn_random_duration(S, at, SWARM_S, 0);
    is_str(error_taken(), "x: wanted the smaller bound first, found 1s and 0s", "random(1s, 0s)");
    test_user.random = 1;
    int64_t first = swarm_fn_random_int(S, at, 0, 1000000);
    test_user.random = 1;
    is_int(swarm_fn_random_int(S, at, 0, 1000000), first, "a state repeats");
    uint64_t state = 1234567;
    is_uint(random_next(&state), UINT64_C(6457827717110365317), "splitmix64 as published");
    is_uint(random_next(&state), UINT64_C(3203168211198807973), "… and the next");
}

static void test_distributions(void)
{
    double sum = 0, squares = 0, sum_exponential = 0;
    const int n = 20000;
    for (int i = 0; i < n; i++) {
        double g = swarm_fn_gauss(S, at, 10, 2);
        sum += g;
        squares += (g - 10) * (g - 10);
        sum_exponential += (double)swarm_fn_exponential_duration(S, at, SWARM_S);
    }
    is_dbl(sum / n, 10, 0.1, "gauss: mean");
    is_dbl(squares / n, 4, 0.2, "gauss: variance");
    is_dbl(sum_exponential / n / 1e9, 1, 0.05, "exponential: mean");
    is_dbl(swarm_fn_gauss(S, at, 3, 0), 3, 0, "no deviation");
    is_int(swarm_fn_gauss_duration(S, at, SWARM_S, 0), SWARM_S, "… of a duration");
    is_dbl(swarm_fn_exponential(S, at, 0), 0, 0, "a mean of 0");
    is_str(error_taken(), "", "no error so far");
    swarm_fn_gauss(S, at, 0, -1);
    is_str(error_taken(), "x: wanted a standard deviation of 0 or more, found -1", "a negative deviation");
    swarm_fn_gauss_duration(S, at, 0, -SWARM_S);
    is_str(error_taken(), "x: wanted a standard deviation of 0 or more, found -1s", "… of a duration");
    swarm_fn_exponential(S, at, -1);
    is_str(error_taken(), "x: wanted a mean of 0 or more, found -1", "a negative mean");
}

static void test_pick(void)
{
    bool seen[3] = {false};
    struct swarm_value array = json_of("[0, 1, 2]"), list = swarm_copy(S, array);
    for (int i = 0; i < 200; i++) {
        seen[swarm_need_int(S, swarm_fn_pick(S, at, i % 2 ? array : list), at)] = true;
    }
    ok(seen[0] && seen[1] && seen[2], "pick picks every element");
    IS(swarm_fn_pick(S, at, json_of("[]")), "null");
    IS(swarm_fn_pick(S, at, swarm_int(1)), "x: wanted a list, found 1");
}

static void test_uuid(void)
{
    struct swarm_value uuid = swarm_fn_uuid(S, at), other = swarm_fn_uuid(S, at);
    ok(swarm_matches(S, uuid, t("^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"), at),
       "a UUID of version 4");
    ok(!swarm_equal(uuid, other), "no two are alike");
}

/* ------------------------------------------------------------------ numbers */

static void test_numbers(void)
{
    is_int(swarm_fn_min_int(S, at, 1, 2), 1, "min");
    is_int(swarm_fn_max_int(S, at, 1, 2), 2, "max");
    is_dbl(swarm_fn_min_float(S, at, 1.5, -2), -2, 0, "min of floats");
    is_dbl(swarm_fn_max_float(S, at, 1.5, -2), 1.5, 0, "max of floats");
    IS(swarm_fn_min_value(S, at, json_of("2"), swarm_float(1.5)), "1.5");
    IS(swarm_fn_max_value(S, at, json_of("2.50"), swarm_int(1)), "2.50");
    IS(swarm_fn_max_value(S, at, t("a"), swarm_int(1)), "x: wanted a number, found \"a\"");
    IS(swarm_fn_max_value(S, at, swarm_int(1), null_value), "x: wanted a number, found nothing");
    IS(swarm_fn_min_list(S, at, json_of("[3, 1.5, 2]")), "1.5");
    IS(swarm_fn_max_list(S, at, json_of("[3, 1.5, 2]")), "3");
    IS(swarm_fn_max_list(S, at, json_of("[]")), "null");
    IS(swarm_fn_max_list(S, at, json_of("[\"a\"]")), "x: wanted a number, found \"a\"");
    IS(swarm_fn_sum(S, at, json_of("[1, 2, 3]")), "6");
    IS(swarm_fn_sum(S, at, json_of("[1, 2.5]")), "3.5");
    IS(swarm_fn_sum(S, at, json_of("[]")), "0");
    IS(swarm_fn_sum(S, at, json_of("[1, \"2\"]")), "x: wanted a list of numbers, found \"2\"");
    IS(swarm_fn_sum(S, at, json_of("[9223372036854775807, 1]")), "x: the result does not fit into 64 bits");
    struct swarm_value durations =
        swarm_list(S, (struct swarm_value[]){swarm_duration(SWARM_S), swarm_duration(SWARM_MS)}, 2);
    is_str(TEXT(swarm_fn_sum(S, at, durations)), "1.001s", "sum of durations");
    is_str(TEXT(swarm_fn_min_list(S, at, durations)), "1ms", "shortest of durations");
    is_int(swarm_fn_abs_int(S, at, -5), 5, "abs");
    is_dbl(swarm_fn_abs_float(S, at, -5.5), 5.5, 0, "abs of a float");
    is_int(swarm_fn_floor(S, at, -1.5), -2, "floor");
    is_int(swarm_fn_ceil(S, at, -1.5), -1, "ceil");
    is_int(swarm_fn_round(S, at, -1.5), -2, "round: halves away from zero");
    is_int(swarm_fn_round(S, at, 2.5), 3, "… both ways");
    is_dbl(swarm_fn_pow(S, at, 2, 10), 1024, 0, "pow");
    is_dbl(swarm_fn_sqrt(S, at, 16), 4, 0, "sqrt");
    is_dbl(swarm_fn_ln(S, at, swarm_fn_exp(S, at, 2)), 2, 1e-12, "ln of exp");
    is_dbl(swarm_fn_sin(S, at, 0) + swarm_fn_cos(S, at, 0), 1, 0, "sin, cos");
    is_str(error_taken(), "", "no error so far");
    swarm_fn_abs_int(S, at, INT64_MIN);
    is_str(error_taken(), "x: the result does not fit into 64 bits", "abs of the smallest int");
    swarm_fn_floor(S, at, 1e19);
    is_str(error_taken(), "x: wanted a number that fits into 64 bits, found 10000000000000000000", "floor(1e19)");
    swarm_fn_pow(S, at, -8, 0.5);
    is_str(error_taken(), "x: the result is no number", "pow(-8, 0.5)");
    swarm_fn_pow(S, at, 10, 400);
    is_str(error_taken(), "x: the result is larger than 1.8e308", "pow(10, 400)");
    swarm_fn_exp(S, at, 1000);
    is_str(error_taken(), "x: the result is larger than 1.8e308", "exp(1000)");
    swarm_fn_ln(S, at, 0);
    is_str(error_taken(), "x: wanted a number larger than 0, found 0", "ln(0)");
    swarm_fn_sqrt(S, at, -1);
    is_str(error_taken(), "x: wanted a number of 0 or more, found -1", "sqrt(-1)");
}

static void test_conversions(void)
{
    static const struct {
        const char *text;
        int64_t i;
    } fine[] = {{"5", 5},
                {" 5\n", 5},
                {"-7", -7},
                {"+7", 7},
                {"9223372036854775807", INT64_MAX},
                {"-9223372036854775808", INT64_MIN},
                {"007", 7}};
    for (size_t i = 0; i < sizeof fine / sizeof *fine; i++) {
        is_int(swarm_fn_int_value(S, at, t(fine[i].text)), fine[i].i, "int(\"%s\")", fine[i].text);
    }
    is_int(swarm_fn_int_value(S, at, swarm_float(2.7)), 2, "int(2.7)");
    is_int(swarm_fn_int_value(S, at, json_of("-2.7")), -2, "int(-2.7)");
    is_int(swarm_fn_int_value(S, at, json_of("1e3")), 1000, "int(1e3)");
    is_int(swarm_fn_int(S, at, 3), 3, "int(3)");
    is_str(error_taken(), "", "no error so far");
    static const char *const wrong[] = {
        "x", "", " ", "-", "5x", "2.5", "0x10", "9223372036854775808", "-9223372036854775809", "1_000", "1 2"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        swarm_fn_int_value(S, at, t(wrong[i]));
        char message[100];
        snprintf(message, sizeof message, "x: wanted a whole number, found \"%s\"", wrong[i]);
        is_str(error_taken(), message, "int(\"%s\")", wrong[i]);
    }
    swarm_fn_int_value(S, at, swarm_bool(true));
    is_str(error_taken(), "x: wanted a number or a text, found true", "int(true)");
    swarm_fn_int_value(S, at, json_of("1e30"));
    like(error_taken(), "fits into 64 bits", "int(1e30)");
    is_dbl(swarm_fn_float_value(S, at, t(" 2.5 ")), 2.5, 0, "float(\" 2.5 \")");
    is_dbl(swarm_fn_float_value(S, at, t("-1e3")), -1000, 0, "float(\"-1e3\")");
    is_dbl(swarm_fn_float_value(S, at, t(".5")), 0.5, 0, "float(\".5\")");
    is_dbl(swarm_fn_float_value(S, at, json_of("2.5")), 2.5, 0, "float(2.5)");
    is_dbl(swarm_fn_float(S, at, 2), 2, 0, "float(2)");
    is_str(error_taken(), "", "no error so far");
    static const char *const no_floats[] = {"nan", "inf", "0x1p3", "1e", "", ".", "1e999", "1,5", "--1"};
    for (size_t i = 0; i < sizeof no_floats / sizeof *no_floats; i++) {
        swarm_fn_float_value(S, at, t(no_floats[i]));
        like(error_taken(), "x: wanted a number, found \"", "float(\"%s\")", no_floats[i]);
    }
    IS(swarm_fn_string(S, at, swarm_int(5)), "\"5\"");
    IS(swarm_fn_string(S, at, t("a")), "\"a\"");
    IS(swarm_fn_string(S, at, null_value), "x: wanted a value, found nothing");
    IS(swarm_fn_to_json(S, at, json_of("{\"a\": [1, null]}")), "\"{\\\"a\\\":[1,null]}\"");
    IS(swarm_fn_to_json(S, at, null_value), "\"null\"");
    IS(swarm_fn_parse_json(S, at, t(" null ")), "null");
    IS(swarm_fn_parse_json(S, at, t("\"\\u0041\"")), "\"A\"");
    IS(swarm_fn_parse_json(S, at, t("{")), "x: not JSON: it ends too early at byte 1");
}

/* ------------------------------------------------------------------ texts */

static void test_texts(void)
{
    IS(swarm_fn_lower(S, at, t("AbZ\xc3\x96[")), "\"abz\xc3\xb6[\"");
    IS(swarm_fn_upper(S, at, t("aBz{")), "\"ABZ{\"");
    /* clang-format off */
    IS(swarm_fn_upper(S, at, t("stra\xc3\x9f" "e \xd0\xb6 \xce\xb1")), "\"STRA\xc3\x9f" "E \xd0\x96 \xce\x91\"");
    IS(swarm_fn_lower(S, at, t("\xff" "A\xc3")), "\"\xef\xbf\xbd" "a\xef\xbf\xbd\"");
    /* clang-format on */
    IS(swarm_fn_lower(S, at, t("")), "\"\"");
    IS(swarm_fn_trim(S, at, t(" \t a b\r\n")), "\"a b\"");
    IS(swarm_fn_trim(S, at, t("  ")), "\"\"");
    IS(swarm_fn_split(S, at, t("a,b,,c"), t(",")), "[\"a\",\"b\",\"\",\"c\"]");
    IS(swarm_fn_split(S, at, t(",a,"), t(",")), "[\"\",\"a\",\"\"]");
    IS(swarm_fn_split(S, at, t(""), t(",")), "[\"\"]");
    IS(swarm_fn_split(S, at, t("aaa"), t("aa")), "[\"\",\"a\"]");
    IS(swarm_fn_split(S, at, t("abc"), t("")), "x: wanted a separator, found an empty text");
    IS(swarm_fn_split(S, at, swarm_int(1), t("")), "x: wanted a text, found 1");
    IS(swarm_fn_join(S, at, json_of("[\"a\", 1, true]"), t("-")), "\"a-1-true\"");
    IS(swarm_fn_join(S, at, json_of("[]"), t("-")), "\"\"");
    IS(swarm_fn_join(S, at, json_of("[1, null]"), t("-")), "x: wanted texts, found nothing at [1]");
    IS(swarm_fn_replace(S, at, t("aaa"), t("a"), t("bc")), "\"bcbcbc\"");
    IS(swarm_fn_replace(S, at, t("abab"), t("ab"), t("")), "\"\"");
    IS(swarm_fn_replace(S, at, t("abc"), t("x"), t("y")), "\"abc\"");
    IS(swarm_fn_replace(S, at, t("abc"), t(""), t("y")), "x: wanted a text to replace, found an empty one");
    IS(swarm_fn_slice(S, at, t("Malm\xc3\xb6!"), 3, swarm_int(5)), "\"m\xc3\xb6\"");
    IS(swarm_fn_slice(S, at, t("abc"), 1, null_value), "\"bc\"");
    IS(swarm_fn_slice(S, at, t("abc"), 5, null_value), "\"\"");
    IS(swarm_fn_slice(S, at, t("abc"), 2, swarm_int(1)), "\"\"");
    IS(swarm_fn_slice(S, at, t("abc"), 0, json_of("99")), "\"abc\"");
    IS(swarm_fn_slice(S, at, t("abc"), -1, null_value), "x: wanted a position of 0 or more, found -1");
    IS(swarm_fn_slice(S, at, t("abc"), 0, swarm_int(-2)), "x: wanted a position of 0 or more, found -2");
    IS(swarm_fn_slice_list(S, at, json_of("[1, 2, 3]"), 1, swarm_int(2)), "[2]");
    IS(swarm_fn_slice_list(S, at, json_of("[1, 2, 3]"), 1, null_value), "[2,3]");
    IS(swarm_fn_slice_list(S, at, json_of("[1, 2, 3]"), 7, null_value), "[]");
    ok(swarm_fn_starts_with(S, at, t("abc"), t("ab")), "starts_with");
    ok(!swarm_fn_starts_with(S, at, t("a"), t("ab")), "… not");
    ok(swarm_fn_ends_with(S, at, t("abc"), t("bc")), "ends_with");
    ok(swarm_fn_ends_with(S, at, t("abc"), t("")), "… with nothing");
    IS(swarm_fn_index_of_text(S, at,
                              t("\xc3\xb6"
                                "ab"),
                              t("b")),
       "2");
    IS(swarm_fn_index_of_text(S, at, t("abc"), t("x")), "null");
    is_int(swarm_fn_raw(S, at, t("a/b")).raw, 1, "raw");
    IS(swarm_fn_upper(S, at, null_value), "x: wanted a text, found nothing");
    is_int(swarm_fn_len(S, at, t("abc")), 3, "len");
}

static void test_lists(void)
{
    IS(swarm_fn_append(S, at, json_of("[1]"), t("a")), "[1,\"a\"]");
    struct swarm_value list = swarm_list(S, NULL, 0), one = swarm_fn_append(S, at, list, swarm_int(1));
    struct swarm_value two = swarm_fn_append(S, at, one, swarm_int(2)),
                       three = swarm_fn_append(S, at, one, swarm_int(3));
    is_str(JSON(one), "[1]", "append leaves its list");
    is_str(JSON(two), "[1,2]", "… appended once");
    is_str(JSON(three), "[1,3]", "… and twice");
    IS(swarm_fn_append(S, at, t("a"), t("a")), "x: wanted a list, found \"a\"");
    IS(swarm_fn_sort(S, at, json_of("[3, 1.5, 2, 10]")), "[1.5,2,3,10]");
    IS(swarm_fn_sort(S, at, json_of("[\"b\", \"a\", \"ab\"]")), "[\"a\",\"ab\",\"b\"]");
    IS(swarm_fn_sort(S, at, json_of("[]")), "[]");
    IS(swarm_fn_sort(S, at, json_of("[2, 1.0, 1]")), "[1.0,1,2]");
    IS(swarm_fn_sort(S, at, json_of("[1, \"a\"]")), "x: wanted numbers as before it, found \"a\"");
    IS(swarm_fn_sort(S, at, json_of("[true]")), "x: wanted numbers, texts or durations, found true");
    struct swarm_value many = swarm_list(S, NULL, 0);
    for (int i = 0; i < 1000; i++) {
        many = swarm_fn_append(S, at, many, swarm_int(swarm_fn_random_int(S, at, 0, 500)));
    }
    struct swarm_value sorted = swarm_fn_sort(S, at, many);
    bool rising = sorted.n == 1000;
    for (uint32_t i = 1; i < sorted.n; i++) {
        rising = rising && sorted.items[i - 1].i <= sorted.items[i].i;
    }
    ok(rising, "a thousand numbers are sorted");
    IS(swarm_fn_keys(S, at, json_of("{\"b\": 1, \"\\u0061\": 2, \"b\": 3}")), "[\"b\",\"a\"]");
    IS(swarm_fn_keys(S, at, json_of("[]")), "x: wanted an object, found []");
    IS(swarm_fn_index_of(S, at, json_of("[1, \"\\u0041\", 3]"), t("A")), "1");
    IS(swarm_fn_index_of(S, at, json_of("[1]"), t("A")), "null");
}

/* ------------------------------------------------------------------ bytes, time */

static void test_bytes(void)
{
    static const char *const plain[] = {"", "f", "fo", "foo", "foob", "fooba", "foobar"};
    static const char *const coded[] = {"",         "Zg==",     "Zm8=",    "Zm9v",
                                        "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"}; /* RFC 4648, 10 */
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
        is_str(TEXT(swarm_fn_base64(S, at, t(plain[i]))), coded[i], "base64(\"%s\")", plain[i]);
        is_str(TEXT(swarm_fn_unbase64(S, at, t(coded[i]))), plain[i], "unbase64(\"%s\")", coded[i]);
    }
    IS(swarm_fn_unbase64(S, at, t("Zm8")), "\"fo\"");
    IS(swarm_fn_base64(S, at, t("\xfb\xff\xfe")), "\"+//+\"");
    struct swarm_value bytes = swarm_fn_unbase64(S, at, t("-__-"));
    ok(bytes.n == 3 && memcmp(bytes.text, "\xfb\xff\xfe", 3) == 0, "the alphabet of URLs is read too");
    static const char *const wrong[] = {"Z", "Zg=", "Zm9v=", "Zm!v", "=", "Zg===", "Zm 9v", "Zg==Zg=="};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        swarm_fn_unbase64(S, at, t(wrong[i]));
        like(error_taken(), "x: wanted a base64 text, found", "unbase64(\"%s\")", wrong[i]);
    }
    IS(swarm_fn_hex(S, at, t("a\xff")), "\"61ff\"");
    IS(swarm_fn_urlencode(S, at, t("a b&c=d/\xc3\xb6~-._")), "\"a%20b%26c%3Dd%2F%C3%B6~-._\"");
    IS(swarm_fn_sha256(S, at, t("abc")), "\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"");
    IS(swarm_fn_sha256(S, at, t("")), "\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"");
    IS(swarm_fn_md5(S, at, t("abc")), "\"900150983cd24fb0d6963f7d28e17f72\"");
    /* RFC 4231, test case 2 */
    IS(swarm_fn_hmac_sha256(S, at, t("Jefe"), t("what do ya want for nothing?")),
       "\"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843\"");
    IS(swarm_fn_hmac_sha256(S, at, t(""), t("")),
       "\"b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad\"");
    IS(swarm_fn_sha256(S, at, swarm_int(1)), "x: wanted a text, found 1");
}

static void test_time(void)
{
    time_t before = time(NULL);
    int64_t seconds = swarm_fn_timestamp(S, at), ms = swarm_fn_timestamp_ms(S, at);
    time_t after = time(NULL);
    ok(seconds >= before && seconds <= after + 1, "timestamp");
    ok(ms >= seconds * 1000 && ms / 1000 <= after + 1, "timestamp_ms");
    IS(swarm_fn_format_time(S, at, 1700000000, t("%Y-%m-%dT%H:%M:%SZ")), "\"2023-11-14T22:13:20Z\"");
    IS(swarm_fn_format_time(S, at, -1, t("%F %T %s 100%%")), "\"1969-12-31 23:59:59 -1 100%\"");
    IS(swarm_fn_format_time(S, at, 0, t("")), "\"\"");
    IS(swarm_fn_format_time(S, at, 0, t("no letters")), "\"no letters\"");
    IS(swarm_fn_format_time(S, at, 0, t("%z")), "\"+0000\"");
    IS(swarm_fn_format_time_float(S, at, -0.5, t("%T")), "\"23:59:59\"");
    IS(swarm_fn_format_time(S, at, 0, t("%Q")), "x: wanted a format of strftime's letters, found \"%Q\"");
    IS(swarm_fn_format_time(S, at, 0, t("%")), "x: wanted a format of strftime's letters, found \"%\"");
    IS(swarm_fn_format_time(S, at, INT64_MAX, t("%Y")),
       "x: wanted a time in seconds since 1970, found 9223372036854775807");
    IS(swarm_fn_format_time_float(S, at, 1e19, t("%Y")),
       "x: wanted a time in seconds since 1970, found 10000000000000000000");
}

static void test_env(void)
{
    setenv("SWARM_TEST_VALUE", "set", 1);
    unsetenv("SWARM_TEST_NONE");
    IS(swarm_fn_env(S, at, t("SWARM_TEST_VALUE"), null_value), "\"set\"");
    IS(swarm_fn_env(S, at, t("SWARM_TEST_NONE"), t("default")), "\"default\"");
    IS(swarm_fn_env(S, at, t("SWARM_TEST_NONE"), null_value), "null");
    IS(swarm_fn_env(S, at, t("A=B"), null_value), "x: wanted the name of an environment variable, found \"A=B\"");
}

int main(void)
{
    strand_begin_test();
    test_random_numbers();
    test_distributions();
    test_pick();
    test_uuid();
    test_numbers();
    test_conversions();
    test_texts();
    test_lists();
    test_bytes();
    test_time();
    test_env();
    strand_end_test();
    return tap_done();
}
