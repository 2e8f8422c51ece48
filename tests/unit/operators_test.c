/* Arithmetic, comparisons, membership, and what a plain type needs of a value. */
#include <float.h>

#include "../../runtime/value/regex.h"
#include "../lib/value_strand.h"

#define S        test_strand
#define INT(i)   swarm_int(i)
#define FLOAT(f) swarm_float(f)
#define SEC(n)   swarm_duration((n)*SWARM_S)

static struct swarm_value null_value;

/* The result as JSON with its kind, or the error. */
static const char *result(struct swarm_value v)
{
    static char text[600];
    const char *error = error_taken();
    if (*error) {
        return error;
    }
    snprintf(text, sizeof text, "%s %s", value_kind_name(v), TEXT(v));
    return text;
}

static void test_plain_ints(void)
{
    is_int(swarm_add_int(S, 2, 3, at), 5, "2 + 3");
    is_int(swarm_mod_int(S, -7, 3, at), -1, "-7 %% 3 has the sign of -7");
    is_int(swarm_mod_int(S, INT64_MIN, -1, at), 0, "smallest %% -1");
    is_str(error_taken(), "", "no error so far");
    swarm_add_int(S, INT64_MAX, 1, at);
    is_str(error_taken(), "x: the result does not fit into 64 bits", "largest + 1");
    swarm_sub_int(S, INT64_MIN, 1, at);
    like(error_taken(), "64 bits", "smallest - 1");
    swarm_mul_int(S, INT64_MAX, 2, at);
    like(error_taken(), "64 bits", "largest * 2");
    swarm_negate_int(S, INT64_MIN, at);
    like(error_taken(), "64 bits", "-smallest");
    is_int(swarm_mod_int(S, 1, 0, at), 0, "1 %% 0 is 0 with an error");
    is_str(error_taken(), "x: division by zero", "1 %% 0");
}

static void test_plain_floats(void)
{
    is_dbl(swarm_divide(S, 7, 2, at), 3.5, 0, "7 / 2");
    is_dbl(swarm_mod_float(S, 7.5, 2, at), 1.5, 0, "7.5 %% 2");
    is_str(error_taken(), "", "no error so far");
    swarm_divide(S, 1, 0, at);
    is_str(error_taken(), "x: division by zero", "1.0 / 0");
    swarm_mod_float(S, 1, 0, at);
    is_str(error_taken(), "x: division by zero", "1.0 %% 0");
    swarm_mul_float(S, DBL_MAX, 2, at);
    like(error_taken(), "larger than", "largest float * 2");
    swarm_add_float(S, DBL_MAX, DBL_MAX, at);
    like(error_taken(), "larger than", "largest float + itself");
    swarm_sub_float(S, -DBL_MAX, DBL_MAX, at);
    like(error_taken(), "larger than", "smallest float - largest");
    is_int(swarm_scale(S, 3 * SWARM_S, 1.5, at), 4500 * SWARM_MS, "3s * 1.5");
    is_int(swarm_shrink(S, SWARM_S, 3, at), 333333333, "1s / 3 is rounded");
    swarm_scale(S, INT64_MAX, 1.1, at);
    like(error_taken(), "292 years", "too long a duration");
    swarm_shrink(S, SWARM_S, 0, at);
    is_str(error_taken(), "x: division by zero", "1s / 0");
}

static void test_values(void)
{
    struct swarm_value doc =
        json_of("{\"total\": 12.5, \"five\": 5, \"text\": \"n/a\", \"big\": 12345678901234567890}");
    struct swarm_value total = swarm_field(S, doc, "total", 5, at), five = swarm_field(S, doc, "five", 4, at),
                       text = swarm_field(S, doc, "text", 4, at), big = swarm_field(S, doc, "big", 3, at);
    is_str(result(swarm_add(S, total, INT(1), at)), "number 13.5", "12.5 + 1");
    is_int(swarm_add(S, five, INT(1), at).kind, SWARM_INT, "5 + 1 is whole");
    is_str(result(swarm_sub(S, five, FLOAT(0.5), at)), "number 4.5", "5 - 0.5");
    is_str(result(swarm_mul(S, five, five, at)), "number 25", "5 * 5");
    is_str(result(swarm_div(S, five, INT(2), at)), "number 2.5", "5 / 2");
    is_str(result(swarm_mod(S, five, INT(3), at)), "number 2", "5 %% 3");
    is_str(result(swarm_negate(S, total, at)), "number -12.5", "-12.5");
    is_str(result(swarm_add(S, big, INT(1), at)), "number 12345678901234567000",
           "digits beyond 64 bits count as float");
    is_str(result(swarm_add(S, text, text, at)), "text n/an/a", "texts join");
    is_str(result(swarm_add(S, text, INT(1), at)), "x: a text and a number are not joined by +: use \"${}\"",
           "text + number");
    is_str(result(swarm_add(S, INT(1), text, at)), "x: a text and a number are not joined by +: use \"${}\"",
           "number + text");
    is_str(result(swarm_mul(S, text, INT(2), at)), "x: wanted a number, found \"n/a\"", "text * number");
    is_str(result(swarm_mul(S, INT(2), text, at)), "x: wanted a number, found \"n/a\"", "number * text");
    is_str(result(swarm_mul(S, null_value, INT(2), at)), "x: wanted a number, found nothing", "null * 2");
    is_str(result(swarm_add(S, INT(2), null_value, at)), "x: wanted a number, found nothing", "2 + null");
    is_str(result(swarm_add(S, text, null_value, at)), "x: wanted a text, found nothing", "text + null");
    is_str(result(swarm_add(S, null_value, null_value, at)), "x: wanted a number, found nothing", "null + null");
    is_str(result(swarm_sub(S, text, INT(1), at)), "x: wanted a number, found \"n/a\"", "text - number");
    is_str(result(swarm_add(S, swarm_bool(true), INT(2), at)), "x: wanted a number, found true", "true + 2");
    is_str(result(swarm_div(S, five, INT(0), at)), "x: division by zero", "5 / 0");
    is_str(result(swarm_negate(S, text, at)), "x: wanted a number, found \"n/a\"", "-text");
    is_str(result(swarm_add(S, INT(INT64_MAX), five, at)), "x: the result does not fit into 64 bits", "overflow");
    is_str(result(swarm_add(S, json_of("1e999"), INT(1), at)), "x: the result is larger than 1.8e308", "1e999 + 1");
}

static void test_durations(void)
{
    is_str(result(swarm_add(S, SEC(1), SEC(2), at)), "duration 3s", "1s + 2s");
    is_str(result(swarm_sub(S, SEC(1), SEC(2), at)), "duration -1s", "1s - 2s");
    is_str(result(swarm_mul(S, SEC(2), json_of("2.5"), at)), "duration 5s", "2s * 2.5");
    is_str(result(swarm_mul(S, INT(3), SEC(2), at)), "duration 6s", "3 * 2s");
    is_str(result(swarm_div(S, SEC(3), INT(2), at)), "duration 1.5s", "3s / 2");
    is_str(result(swarm_div(S, SEC(3), SEC(2), at)), "number 1.5", "3s / 2s");
    is_str(result(swarm_div(S, SEC(3), SEC(0), at)), "x: division by zero", "3s / 0s");
    is_str(result(swarm_mod(S, SEC(5), SEC(3), at)), "duration 2s", "5s %% 3s");
    is_str(result(swarm_negate(S, SEC(5), at)), "duration -5s", "-5s");
    is_str(result(swarm_add(S, SEC(5), INT(1), at)), "x: wanted a duration, found 1", "5s + 1");
    is_str(result(swarm_add(S, INT(1), SEC(5), at)), "x: wanted a duration, found 1", "1 + 5s");
    is_str(result(swarm_sub(S, SEC(5), null_value, at)), "x: wanted a duration, found nothing", "5s - null");
    is_str(result(swarm_mul(S, SEC(5), SEC(5), at)), "x: wanted a number, found 5s", "5s * 5s");
    is_str(result(swarm_div(S, SEC(5), null_value, at)), "x: wanted a number or a duration, found nothing",
           "5s / null");
    is_str(result(swarm_div(S, INT(1), SEC(5), at)), "x: wanted a number, found 5s", "1 / 5s");
}

static void test_equal(void)
{
    ok(swarm_equal(json_of("5"), INT(5)), "5 == 5");
    ok(swarm_equal(json_of("5.0"), INT(5)), "5.0 == 5");
    ok(swarm_equal(json_of("0.1"), FLOAT(0.1)), "0.1 == 0.1");
    ok(swarm_equal(json_of("1e2"), json_of("100")), "1e2 == 100");
    ok(swarm_equal(json_of("-0"), INT(0)), "-0 == 0");
    ok(swarm_equal(json_of("-0.0"), json_of("0e7")), "-0.0 == 0e7");
    ok(!swarm_equal(json_of("9223372036854775808"), INT(INT64_MAX)), "2^63 != 2^63 - 1");
    ok(!swarm_equal(json_of("9007199254740993"), json_of("9007199254740992")), "whole numbers beyond 2^53 are exact");
    ok(!swarm_equal(INT(9007199254740993), FLOAT(9007199254740992.0)), "also against a float");
    ok(swarm_equal(json_of("12345678901234567890123"), json_of("12345678901234567890123.000")),
       "digits beyond 64 bits");
    ok(!swarm_equal(json_of("12345678901234567890123"), json_of("12345678901234567890124")), "… to the last one");
    ok(swarm_equal(json_of("1e400"), json_of("10e399")), "beyond a double");
    ok(!swarm_equal(json_of("1e400"), json_of("1e401")), "… exact too");
    ok(!swarm_equal(json_of("5"), text_of("5")), "5 != \"5\"");
    ok(!swarm_equal(swarm_bool(true), text_of("true")), "true != \"true\"");
    ok(!swarm_equal(null_value, INT(0)), "null != 0");
    ok(swarm_equal(null_value, json_of("null")), "null == null");
    ok(!swarm_equal(SEC(1), INT(SWARM_S)), "a duration is no number");
    ok(swarm_equal(json_of("{\"a\": 1, \"b\": [1, 2, {\"c\": null}]}"),
                   json_of("{\"b\":[1,2.0,{\"c\":null}],\"a\":1e0}")),
       "deep");
    ok(!swarm_equal(json_of("{\"a\":1}"), json_of("{\"a\":1,\"b\":null}")), "an entry more");
    ok(swarm_equal(json_of("{\"a\":1,\"a\":2}"), json_of("{\"a\":2}")), "the last of equal keys counts");
    ok(swarm_equal(json_of("[\"\\u0041\\n\"]"), json_of("[\"A\\u000a\"]")), "texts are compared unescaped");
    ok(!swarm_equal(json_of("[]"), json_of("{}")), "[] != {}");
    ok(!swarm_equal(json_of("[1,2]"), json_of("[2,1]")), "order of a list counts");
    struct swarm_value list = swarm_list(S, (struct swarm_value[]){INT(1), text_of("b")}, 2);
    ok(swarm_equal(list, json_of("[1, \"b\"]")), "a list and an array");
    ok(!swarm_equal(json_of("[1]"), json_of("[1, 2]")), "lengths count");
}

static int sign(struct swarm_value a, struct swarm_value b)
{
    return swarm_compare(S, a, b, at);
}

static void test_order(void)
{
    ok(sign(json_of("2"), INT(10)) < 0, "2 < 10");
    ok(sign(text_of("2"), text_of("10")) > 0, "\"2\" > \"10\"");
    ok(sign(text_of("a"), text_of("ab")) < 0, "a prefix comes first");
    ok(sign(SEC(1), swarm_duration(500 * SWARM_MS)) > 0, "1s > 500ms");
    ok(sign(json_of("-1.5"), json_of("-1.25")) < 0, "-1.5 < -1.25");
    ok(sign(json_of("1e30"), json_of("1e-30")) > 0, "1e30 > 1e-30");
    ok(sign(json_of("9223372036854775808"), INT(INT64_MAX)) > 0, "2^63 > 2^63 - 1");
    ok(sign(INT(INT64_MIN), FLOAT(-1e300)) > 0, "smallest int > -1e300");
    ok(sign(INT(5), FLOAT(5.5)) < 0 && sign(FLOAT(5.5), INT(5)) > 0, "5 < 5.5 both ways");
    ok(sign(INT(-5), FLOAT(-5.5)) > 0, "-5 > -5.5");
    is_str(error_taken(), "", "no error so far");
    sign(json_of("\"n/a\""), INT(10));
    is_str(error_taken(), "x: wanted a number, found \"n/a\"", "text >= number");
    sign(INT(10), json_of("\"n/a\""));
    is_str(error_taken(), "x: wanted a number, found \"n/a\"", "number >= text");
    sign(json_of("5"), swarm_text("abc", 3));
    is_str(error_taken(), "x: wanted a text, found 5", "a number against a literal text");
    sign(null_value, INT(1));
    is_str(error_taken(), "x: wanted a number, found nothing", "null < 1");
    sign(json_of("5"), SEC(1));
    is_str(error_taken(), "x: wanted a duration, found 5", "5 < 1s");
    sign(json_of("[1,2]"), INT(1));
    is_str(error_taken(), "x: wanted a number, found [1,2]", "a list < 1");
    sign(null_value, null_value);
    is_str(error_taken(), "x: wanted a number, found nothing", "null < null");
}

static void test_membership(void)
{
    ok(swarm_in(S, json_of("\"c-42\""), swarm_list(S, (struct swarm_value[]){text_of("c-42")}, 1), at), "in a list");
    ok(swarm_in(S, INT(3), json_of("[1, 2, 3.0]"), at), "in an array, by value");
    ok(!swarm_in(S, text_of("3"), json_of("[1, 2, 3]"), at), "kinds count");
    ok(swarm_in(S, text_of("bc"), text_of("abcd"), at), "a text in a text");
    ok(swarm_in(S, text_of(""), text_of(""), at), "the empty text in any");
    ok(swarm_in(S, text_of("key"), json_of("{\"k\\u0065y\": 1}"), at), "a key of an object");
    ok(!swarm_in(S, text_of("1"), json_of("{\"key\": 1}"), at), "not a value of it");
    ok(swarm_contains(S, json_of("[\"\\u0041\"]"), text_of("A"), at), "contains is the reverse");
    is_str(error_taken(), "", "no error so far");
    swarm_contains(S, text_of("abc"), INT(1), at);
    is_str(error_taken(), "x: wanted a text, found 1", "a number in a text");
    swarm_contains(S, INT(1), INT(1), at);
    is_str(error_taken(), "x: wanted a list, text or object, found 1", "in a number");
}

static void test_matches(void)
{
    ok(swarm_matches(S, text_of("order 4711"), text_of("\\d+$"), at), "matches searches");
    ok(!swarm_matches(S, text_of("order"), text_of("^\\d"), at), "no match");
    ok(swarm_matches(S, text_of("Malm\xc3\xb6"), text_of("^.{5}$"), at), "a dot is a code point");
    ok(swarm_matches(S,
                     text_of("a\xff"
                             "b"),
                     text_of("b$"), at),
       "invalid UTF-8 is searched around");
    ok(swarm_matches(S, swarm_text("", 0), text_of("^$"), at), "an empty text");
    struct regex_match match;
    ok(regex_find(S, at, text_of("(\\w+)=(x)?(\\d+)"), text_of("  n=42"), 0, &match), "groups");
    is_uint(match.count, 4, "… with the whole as the first");
    ok(match.groups[3].start == 4 && match.groups[3].end == 6, "… the third is 42");
    ok(match.groups[2].start > match.groups[2].end, "… one took no part");
    is_str(error_taken(), "", "no error so far");
    swarm_matches(S, text_of("a"), text_of("(a"), at);
    like(error_taken(), "x: \"(a\" is no regular expression: missing closing parenthesis", "an unclosed group");
    swarm_matches(S, INT(1), text_of("a"), at);
    is_str(error_taken(), "x: wanted a text, found 1", "a number");
    swarm_matches(S, text_of("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"), text_of("^(a+)+$"), at);
    like(error_taken(), "takes too long", "a pattern that explodes is stopped");
    char *large = malloc(40001);
    memset(large, 'a', 40000);
    large[40000] = '\0';
    ok(swarm_matches(S, text_of(large), text_of("^(?:a|(b))*$"), at), "a long text that takes much memory");
    is_str(error_taken(), "", "… is no error");
    free(large);
    bool all = true;
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 2 * CACHE_KEPT; i++) {
            char pattern[32];
            snprintf(pattern, sizeof pattern, "^n%d$", i);
            all = all && swarm_matches(S, text_of(pattern + 1), text_of(pattern), at) == false;
            pattern[strlen(pattern) - 1] = '\0';
            all = all && swarm_matches(S, text_of(pattern + 1), text_of(pattern), at);
        }
    }
    ok(all, "more patterns than are kept");
    struct strand alone = {0};
    ok(swarm_matches(&alone.base, swarm_text("abc", 3), swarm_text("b", 1), at), "without a shard");
}

static void test_need(void)
{
    is_int(swarm_need_int(S, json_of("5"), at), 5, "5 fits int");
    is_int(swarm_need_int(S, json_of("5.0"), at), 5, "5.0 fits int");
    is_int(swarm_need_int(S, json_of("1e3"), at), 1000, "1e3 fits int");
    is_int(swarm_need_int(S, FLOAT(-3), at), -3, "-3.0 fits int");
    is_dbl(swarm_need_float(S, json_of("2.5"), at), 2.5, 0, "2.5 fits float");
    is_dbl(swarm_need_rate(S, INT(2), at), 2, 0, "2 fits rate");
    ok(swarm_need_bool(S, json_of("true"), at), "true fits bool");
    is_int(swarm_need_duration(S, SEC(2), at), 2 * SWARM_S, "2s fits duration");
    is_str(TEXT(swarm_need_text(S, text_of("a"), at)), "a", "a text");
    is_int(swarm_need_list(S, json_of("[1]"), at).kind, SWARM_JSON, "an array is a list");
    is_str(error_taken(), "", "no error so far");
    static const struct {
        const char *json, *wanted;
    } wrong[] = {
        {"12.5", "x: wanted a whole number, found 12.5"},
        {"\"n/a\"", "x: wanted a number, found \"n/a\""},
        {"null", "x: wanted a number, found nothing"},
        {"9223372036854775808", "x: wanted a whole number of 64 bits, found 9223372036854775808"},
        {"1e300", "x: wanted a whole number of 64 bits, found 1e300"},
        {"true", "x: wanted a number, found true"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        swarm_need_int(S, json_of(wrong[i].json), at);
        is_str(error_taken(), wrong[i].wanted, "int of %s", wrong[i].json);
    }
    swarm_need_float(S, json_of("1e999"), at);
    is_str(error_taken(), "x: wanted a number up to 1.8e308, found 1e999", "float of 1e999");
    swarm_need_bool(S, INT(1), at);
    is_str(error_taken(), "x: wanted true or false, found 1", "bool of 1");
    swarm_need_duration(S, INT(1), at);
    is_str(error_taken(), "x: wanted a duration, found 1", "duration of 1");
    swarm_need_text(S, json_of("5"), at);
    is_str(error_taken(), "x: wanted a text, found 5", "text of 5");
    swarm_need_list(S, json_of("{}"), at);
    is_str(error_taken(), "x: wanted a list, found {}", "list of {}");
    swarm_need(S, null_value, at);
    is_str(error_taken(), "x: wanted a value, found nothing", "a value of null");
}

int main(void)
{
    strand_begin_test();
    test_plain_ints();
    test_plain_floats();
    test_values();
    test_durations();
    test_equal();
    test_order();
    test_membership();
    test_matches();
    test_need();
    strand_end_test();
    return tap_done();
}
