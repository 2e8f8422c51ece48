/* The JSON scanner: what is valid, paths, messages, and texts that were mutilated. */
#include "../../runtime/base/random.h"
#include "../../runtime/base/utf8.h"
#include "../../runtime/value/json.h"
#include "../lib/value_strand.h"

#define S test_strand

/* ------------------------------------------------------------------ valid or not */

static void test_valid(void)
{
    static const char *const texts[] = {
        "0",
        "-0",
        "1.5e+10",
        "1E5",
        "true",
        "false",
        "null",
        "\"\"",
        "[]",
        "{}",
        " [ 1 , 2 ] ",
        "\t\r\n{ \"a\" : { } }\n",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDE00\"",
        "\"\\ud800\"",
        "\"\x7f\"",
        "\"\xf0\x9f\x98\x80\"",
        "[[[[]]]]",
        "{\"a\":1,\"a\":2}",
        "{\"\":0}",
        "123456789012345678901234567890",
        "1e999",
        "\xef\xbb\xbf{}",
        "[\"a long plain text of many words\"]",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct json_error error = {0};
        ok(json_check(texts[i], strlen(texts[i]), &error), "valid: %s", texts[i]);
    }
}

static void test_invalid(void)
{
    static const struct {
        const char *text;
        size_t offset;
        const char *what;
    } cases[] = {
        {"", 0, "it ends too early"},
        {"  ", 2, "it ends too early"},
        {"nope", 0, "a value is missing"},
        {"[1,]", 3, "a value is missing"},
        {"[1 2]", 3, "a comma or ] is missing"},
        {"[1", 2, "it ends too early"},
        {"[", 1, "it ends too early"},
        {"{\"a\" 1}", 5, "a colon is missing"},
        {"{\"a\":1,}", 7, "a key in quotes is missing"},
        {"{a:1}", 1, "a key in quotes is missing"},
        {"{\"a\":1 \"b\":2}", 7, "a comma or } is missing"},
        {"{\"a\":1]", 6, "a comma or } is missing"},
        {"[1}", 2, "a comma or ] is missing"},
        {"01", 0, "a number with a zero in front"},
        {"-", 1, "it ends too early"},
        {"[1.]", 3, "a digit is missing"},
        {"[1e]", 3, "a digit is missing"},
        {"[+1]", 1, "a value is missing"},
        {"[.5]", 1, "a value is missing"},
        {"[NaN]", 1, "a value is missing"},
        {"[tru]", 1, "a value is missing"},
        {"true false", 5, "something follows behind the value"},
        {"{} x", 3, "something follows behind the value"},
        {"\"abc", 4, "it ends within a text"},
        {"\"abc\\", 5, "it ends within a text"},
        {"\"a\\x\"", 2, "an unknown escape in a text"},
        {"\"\\u12g4\"", 1, "\\u without four hexadecimal digits"},
        {"\"a\nb\"", 2, "a control character in a text"},
        {"\"a\xff\"", 2, "invalid UTF-8 in a text"},
        {"\"\xc0\x80\"", 1, "invalid UTF-8 in a text"},
        {"\"\xed\xa0\x80\"", 1, "invalid UTF-8 in a text"},
        {"'a'", 0, "a value is missing"},
        {"// c\n1", 0, "a value is missing"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct json_error error = {0};
        ok(!json_check(cases[i].text, strlen(cases[i].text), &error), "refused: %s", cases[i].text);
        is_uint(error.offset, cases[i].offset, "… at its place");
        is_str(error.what, cases[i].what, "… with its cause");
    }
    struct json_error error;
    ok(!json_check("\"\0\"", 3, &error), "a zero byte in a text is refused");
    ok(!json_check("1\0", 2, &error), "a zero byte behind the value too");
}

static void test_depth(void)
{
    struct json_error error;
    char *text = malloc(400000);
    memset(text, '[', JSON_DEPTH);
    memset(text + JSON_DEPTH, ']', JSON_DEPTH);
    ok(json_check(text, 2 * JSON_DEPTH, &error), "1,000 levels");
    memset(text, '[', 200000);
    memset(text + 200000, ']', 200000);
    ok(!json_check(text, 400000, &error), "200,000 levels are refused");
    is_str(error.what, "nested more than 1,000 deep", "… with the cause");
    is_uint(error.offset, JSON_DEPTH, "… and the place");
    memset(text + JSON_DEPTH, ']', JSON_DEPTH);
    text[2 * JSON_DEPTH] = '\0';
    struct swarm_value deep = json_of(text), same = json_of(text);
    ok(swarm_equal(deep, same), "deep texts can be compared");
    text[JSON_DEPTH - 1] = ' ';
    text[JSON_DEPTH] = ' ';
    text[JSON_DEPTH - 2] = '[';
    ok(!swarm_equal(deep, json_of(text)), "… level by level");
    is_uint(strlen(JSON(deep)), 2 * JSON_DEPTH, "… and written");
    free(text);
}

/* ------------------------------------------------------------------ paths */

/* clang-format off */
#define KEY(k) (struct swarm_path_step){(k), sizeof(k) - 1}
#define AT(i) (struct swarm_path_step){NULL, (i)}
/* clang-format on */

static void found_is(const char *text, const struct swarm_path_step *steps, uint32_t count, const char *wanted)
{
    struct swarm_path path = {.steps = steps, .count = count};
    struct swarm_value found;
    struct json_error error = {0};
    bool valid = json_find(&test_user.strand.arena, text, strlen(text), SWARM_VIEW, &path, 1, &found, &error);
    is_str(valid ? JSON(found) : error.what, wanted, "%s: %u steps", text, count);
}

static void test_paths(void)
{
    static const char doc[] = "{\"items\":[{\"id\":7,\"price\":12.5},{\"id\":9}],\"esc\\u0061ped\":\"\\u00e9\\\"\","
                              "\"list\":[1,[2,3]],\"t\":true,\"n\":null,\"e\":\"\",\"Items\":5}";
    found_is(doc, (struct swarm_path_step[]){KEY("items"), AT(0), KEY("price")}, 3, "12.5");
    found_is(doc, (struct swarm_path_step[]){KEY("items"), AT(1)}, 2, "{\"id\":9}");
    found_is(doc, (struct swarm_path_step[]){KEY("items")}, 1, "[{\"id\":7,\"price\":12.5},{\"id\":9}]");
    found_is(doc, (struct swarm_path_step[]){KEY("Items")}, 1, "5");
    found_is(doc, (struct swarm_path_step[]){KEY("escaped")}, 1, "\"\xc3\xa9\\\"\"");
    found_is(doc, (struct swarm_path_step[]){KEY("list"), AT(1), AT(1)}, 3, "3");
    found_is(doc, (struct swarm_path_step[]){KEY("list"), AT(4000000000)}, 2, "null");
    found_is(doc, (struct swarm_path_step[]){KEY("list"), KEY("0")}, 2, "null");
    found_is(doc, (struct swarm_path_step[]){AT(0)}, 1, "null");
    found_is(doc, (struct swarm_path_step[]){KEY("t")}, 1, "true");
    found_is(doc, (struct swarm_path_step[]){KEY("t"), KEY("x")}, 2, "null");
    found_is(doc, (struct swarm_path_step[]){KEY("n")}, 1, "null");
    found_is(doc, (struct swarm_path_step[]){KEY("e")}, 1, "\"\"");
    found_is("[1,2]", NULL, 0, "[1,2]");
    found_is(" 5 ", NULL, 0, "5");
    found_is("\xef\xbb\xbf\"x\"", NULL, 0, "\"x\"");
    found_is("{\"a\":{\"b\":1},\"a\":{}}", (struct swarm_path_step[]){KEY("a"), KEY("b")}, 2, "null");
    found_is("{\"a\":{\"b\":1,\"b\":2},\"\\u0061\":{\"b\":3}}", (struct swarm_path_step[]){KEY("a"), KEY("b")}, 2, "3");
    found_is("{\"a\":1,\"a\":[0]}", (struct swarm_path_step[]){KEY("a"), AT(0)}, 2, "0");
    found_is("{\"k\\u0000\":1}", (struct swarm_path_step[]){KEY("k\0")}, 1, "1");
    found_is("{\"a\":1} x", (struct swarm_path_step[]){KEY("a")}, 1, "something follows behind the value");
}

static void test_many_paths(void)
{
    enum { MANY = 200 };
    struct value_buffer text = {0};
    static struct swarm_path_step steps[MANY][2];
    static char names[MANY][16];
    struct swarm_path paths[MANY];
    struct swarm_value found[MANY];
    struct json_error error;
    value_buffer_byte(&text, '{');
    for (int i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof names[i], "k%d", i);
        value_buffer_format(&text, "%s\"%s\":[%d,{\"x\":\"\\n\"}]", i ? "," : "", names[i], i);
        steps[i][0] = (struct swarm_path_step){names[i], (uint32_t)strlen(names[i])};
        steps[i][1] = (struct swarm_path_step){NULL, 0};
        paths[i] = (struct swarm_path){.steps = steps[i], .count = 2};
    }
    value_buffer_byte(&text, '}');
    ok(json_find(&test_user.strand.arena, text.data, text.size, SWARM_VIEW, paths, MANY, found, &error),
       "200 paths at once");
    bool all = true;
    for (int i = 0; i < MANY; i++) {
        all = all && swarm_equal(found[i], swarm_int(i));
    }
    ok(all, "… each found");
    value_buffer_free(&text);
}

/* ------------------------------------------------------------------ messages */

static void explained(const char *text, const char *wanted)
{
    struct json_error error = {0};
    struct value_buffer buffer = {0};
    if (!json_check(text, strlen(text), &error)) {
        json_explain(&buffer, text, strlen(text), &error);
    }
    value_buffer_byte(&buffer, '\0');
    is_str(buffer.data, wanted, "%s", wanted);
    value_buffer_free(&buffer);
}

static void test_messages(void)
{
    explained("<html><body>Oops</body></html>", "not JSON: starts with \"<html>\"");
    explained("\n <!DOCTYPE html>\n<html>", "not JSON: starts with \"<!DOCTYPE html>\"");
    explained("Internal Server Error\nat line 5", "not JSON: starts with \"Internal Server Error\"");
    explained("Internal Server Error that goes on", "not JSON: starts with \"Internal Server Error that goe\"");
    explained("", "not JSON: the body is empty");
    explained(" \r\n", "not JSON: the body is empty");
    explained("\xef\xbb\xbf", "not JSON: the body is empty");
    explained("[1, 2", "not JSON: it ends too early at byte 5");
    explained("{\"a\": 'x'}", "not JSON: a value is missing at byte 6");
    explained("{} {}", "not JSON: something follows behind the value at byte 3");
    swarm_fn_parse_json(S, at, text_of("<html>"));
    is_str(error_taken(), "x: not JSON: starts with \"<html>\"", "parse_json says the same");
}

/* ------------------------------------------------------------------ random texts */

static uint64_t state = 7;

static uint64_t draw(uint64_t n)
{
    return random_below(&state, n);
}

static void add_random_string(struct value_buffer *buffer)
{
    static const char *const pieces[] = {"a",
                                         "key",
                                         "\\n",
                                         "\\u0041",
                                         "\\ud83d\\ude00",
                                         "\xc3\xb6",
                                         "\xf0\x9f\x98\x80",
                                         "plain text of some length",
                                         "\\\"",
                                         " ",
                                         "{",
                                         "]",
                                         ",",
                                         ":",
                                         "\\\\",
                                         "\\ud800"};
    value_buffer_byte(buffer, '"');
    for (uint64_t n = draw(5); n; n--) {
        value_buffer_string(buffer, pieces[draw(sizeof pieces / sizeof *pieces)]);
    }
    value_buffer_byte(buffer, '"');
}

static void add_space(struct value_buffer *buffer)
{
    for (uint64_t n = draw(4) ? 0 : draw(3); n; n--) {
        value_buffer_byte(buffer, " \t\r\n"[draw(4)]);
    }
}

static void add_random_value(struct value_buffer *buffer, int depth)
{
    static const char *const scalars[] = {"0",    "-1",    "12.50", "1e5",    "123456789012345678901",
                                          "true", "false", "null",  "-0.0E-2"};
    uint64_t kind = draw(depth < 5 ? 6 : 3);
    add_space(buffer);
    if (kind == 0) {
        add_random_string(buffer);
    } else if (kind < 3) {
        value_buffer_string(buffer, scalars[draw(sizeof scalars / sizeof *scalars)]);
    } else {
        bool object = kind == 3;
        value_buffer_byte(buffer, object ? '{' : '[');
        for (uint64_t n = draw(5), i = 0; i < n; i++) {
            if (i) {
                value_buffer_byte(buffer, ',');
            }
            if (object) {
                add_space(buffer);
                add_random_string(buffer);
                add_space(buffer);
                value_buffer_byte(buffer, ':');
            }
            add_random_value(buffer, depth + 1);
        }
        add_space(buffer);
        value_buffer_byte(buffer, object ? '}' : ']');
    }
    add_space(buffer);
}

/* Everything that reads a valid text, once. Returns whether all of it agrees. */
static bool agrees(struct swarm_value v)
{
    struct swarm_value copy = swarm_null(), again;
    swarm_keep(S, &copy, v);
    bool fine = swarm_equal(v, copy) && swarm_equal(copy, v);
    const char *text = JSON(v);
    again = json_of(text);
    fine = fine && strcmp(JSON(again), text) == 0 && swarm_equal(again, v);
    if (value_is_list(v)) {
        int64_t n = swarm_length(S, v, at), walked = 0;
        struct swarm_walk walk = swarm_walk(S, v, at);
        struct swarm_value element;
        while (swarm_step_on(S, &walk, &element)) {
            fine = fine && swarm_equal(element, swarm_index(S, v, swarm_int(walked), at)) &&
                   swarm_equal(element, swarm_index(S, copy, swarm_int(walked), at)) && agrees(element);
            walked++;
        }
        fine = fine && walked == n && n == swarm_length(S, copy, at);
    } else if (value_is_object(v)) {
        struct swarm_value keys = swarm_fn_keys(S, at, v), key;
        struct swarm_walk walk = swarm_walk(S, keys, at);
        fine = fine && swarm_length(S, keys, at) == swarm_length(S, v, at);
        while (swarm_step_on(S, &walk, &key)) {
            struct swarm_path_step step = {key.text, key.n};
            struct swarm_path path = {.steps = &step, .count = 1};
            struct swarm_value found;
            struct json_error error;
            struct swarm_value member = swarm_index(S, v, key, at);
            fine = fine && json_find(&test_user.strand.arena, v.text, v.n, v.owner, &path, 1, &found, &error) &&
                   swarm_equal(found, member) && swarm_contains(S, v, key, at) && agrees(member);
        }
    }
    value_release(&copy);
    return fine;
}

/* A text of its own block, so that a byte read beyond it is seen. */
static struct swarm_value exact(const char *text, size_t n, char **block)
{
    *block = malloc(n ? n : 1);
    memcpy(*block, text, n);
    return (struct swarm_value){.text = *block, .n = (uint32_t)n, .kind = SWARM_TEXT, .owner = SWARM_VIEW};
}

static void test_random(void)
{
    int wrong = 0;
    for (int round = 0; round < 1500; round++) {
        struct swarm_mark mark = swarm_mark(S);
        struct value_buffer text = {0};
        char *block;
        add_random_value(&text, 0);
        struct swarm_value v = swarm_fn_parse_json(S, at, exact(text.data, text.size, &block));
        bool fine = !swarm_failed(S) && agrees(v);
        if (!fine && !wrong++) {
            diag("%.*s", (int)text.size, text.data);
        }
        free(block);
        value_buffer_free(&text);
        error_taken();
        swarm_reset(S, &mark);
    }
    is_int(wrong, 0, "random texts are read alike in every way");
}

static void mutilate(char *text, size_t *n)
{
    static const char letters[] = "\"\\{}[],:0123456789eE+-.truefalsn \n\x01\xff\xc3u";
    for (uint64_t times = 1 + draw(3); times && *n; times--) {
        size_t i = draw(*n);
        switch (draw(4)) {
        case 0:
            text[i] = letters[draw(sizeof letters - 1)];
            break;
        case 1:
            text[i] = (char)draw(256);
            break;
        case 2:
            memmove(text + i, text + i + 1, *n - i - 1);
            --*n;
            break;
        default:
            *n = i;
        }
    }
}

static void test_mutilated(void)
{
    int wrong = 0, valid = 0, refused = 0;
    for (int round = 0; round < 20000; round++) {
        struct swarm_mark mark = swarm_mark(S);
        struct value_buffer text = {0};
        char *block;
        add_random_value(&text, 2);
        size_t n = text.size;
        mutilate(text.data, &n);
        struct swarm_value given = exact(text.data, n, &block);
        struct swarm_value v = swarm_fn_parse_json(S, at, given);
        struct json_error error;
        bool fine = json_check(given.text, given.n, &error);
        wrong += fine == swarm_failed(S) || (!fine && error.offset > n);
        valid += fine;
        refused += !fine;
        if (fine && round % 20 == 0) {
            wrong += !agrees(v);
        }
        free(block);
        value_buffer_free(&text);
        error_taken();
        swarm_reset(S, &mark);
    }
    is_int(wrong, 0, "mutilated texts are accepted or refused, nothing else");
    ok(valid > 100 && refused > 100, "both happened");
}

/* For tests/value/json.t: reads texts as hexadecimal digits, one a line, and writes each as the scanner reads it, or
 * "refused". An array is written from its copy, so that its texts are unescaped and escaped again. */
static int answer_lines(void)
{
    static char line[1 << 20];
    while (fgets(line, sizeof line, stdin)) {
        struct swarm_mark mark = swarm_mark(S);
        size_t n = strcspn(line, "\n") / 2;
        char *text = value_room(S, at, n);
        for (size_t i = 0; i < n; i++) {
            unsigned byte = 0;
            sscanf(line + 2 * i, "%2x", &byte);
            text[i] = (char)byte;
        }
        struct swarm_value v = swarm_fn_parse_json(S, at, value_arena_text(text, n)), kept = swarm_null();
        swarm_keep(S, &kept, v);
        puts(*error_taken() ? "refused" : JSON(kept));
        value_release(&kept);
        swarm_reset(S, &mark);
    }
    strand_end_test();
    return 0;
}

int main(int argc, char **argv)
{
    strand_begin_test();
    if (argc > 1 && strcmp(argv[1], "--lines") == 0) {
        return answer_lines();
    }
    test_valid();
    test_invalid();
    test_depth();
    test_paths();
    test_many_paths();
    test_messages();
    test_random();
    test_mutilated();
    strand_end_test();
    return tap_done();
}
