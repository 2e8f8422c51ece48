/* The parser: values of literals, texts, soft words, line ends, precedence, limits. Trees are compared as ast_dump writes them. */
#include "compiler/tree/parse.h"

#include <stdio.h>
#include <stdlib.h>

#include "tap.h"

struct parsed {
    struct arena *arena;
    struct unit unit;
    struct diags diags;
    struct text dump;
};

static void parse(struct parsed *parsed, const char *text)
{
    *parsed = (struct parsed){.arena = arena_new()};
    parsed->unit.arena = parsed->arena;
    diags_init(&parsed->diags, parsed->arena, &parsed->unit.sources);
    parsed->unit.diags = &parsed->diags;
    ast_parse(&parsed->unit, source_add(&parsed->unit.sources, parsed->arena, "x.swarm", text, strlen(text)));
    ast_dump(&parsed->unit, &parsed->dump);
}

static void end(struct parsed *parsed)
{
    text_free(&parsed->dump);
    arena_free(parsed->arena);
}

/* The dump of `const X = EXPRESSION` without places and what is around it, joined by spaces. */
static void value_is(const char *expression, const char *wanted)
{
    struct parsed parsed;
    char *source = NULL, *got = calloc(1, 65536);
    if (!got || asprintf(&source, "const X = %s\n", expression) < 0)
        bail_out("no memory");
    parse(&parsed, source);
    size_t n = 0;
    const char *at = parsed.dump.p ? strstr(parsed.dump.p, "value: ") : NULL;
    for (at = at ? at + 7 : ""; *at && n < 65000; at++) {
        if (*at == ' ' && at[1] == '@') {
            while (*at != '\n')
                at++;
            got[n++] = ' ';
            while (at[1] == ' ')
                at++;
        } else {
            got[n++] = *at;
        }
    }
    while (n && got[n - 1] == ' ')
        got[--n] = '\0';
    is_str(got, wanted, "%s", expression);
    is_uint(parsed.diags.errors, 0, "%s has no error", expression);
    free(got);
    free(source);
    end(&parsed);
}

static void code_is(const char *text, const char *wanted)
{
    struct parsed parsed;
    parse(&parsed, text);
    static const char *const names[] = {
#define CODE(id, severity, title, explanation) #id,
#include "diag/codes.def"
#undef CODE
    };
    char got[256] = "";
    for (const struct diag *diag = parsed.diags.first; diag && strlen(got) < 200; diag = diag->next)
        snprintf(got + strlen(got), sizeof got - strlen(got), "%s%s", got[0] ? " " : "", names[diag->code]);
    is_str(got, wanted, "%.60s", text);
    end(&parsed);
}

static void test_numbers(void)
{
    value_is("1_000", "int 1000");
    value_is("9_223_372_036_854_775_807", "int 9223372036854775807");
    value_is("2.5", "float 2.5");
    value_is("1e3", "float 1000");
    value_is("1%", "float 0.01 percent");
    value_is("64KB", "int 65536 size");
    value_is("1h30m", "duration 5400000000000");
    value_is("1.5s", "duration 1500000000");
    value_is("0.1s", "duration 100000000");
    value_is("300/m", "rate 5");
    value_is("1s..3s", "binary .. duration 1000000000 duration 3000000000");
    value_is("5 % 2", "binary % int 5 int 2");
    value_is("10 / n", "binary / int 10 name n");
    code_is("const X = 9223372036854775808\n", "E0121");
    code_is("const X = 300000h300000h\n", "E0122");
    code_is("const X = 99999999999h\n", "E0121");
    code_is("const X = 1e999\n", "E0121");
}

static void test_texts(void)
{
    value_is("\"a\\u{e9}\\$\\n\\\\\"", "text literal \"a\xc3\xa9$\\u{a}\\\\\"");
    value_is("\"\"", "text");
    value_is("\"$5 {} $\"", "text literal \"$5 {} $\"");
    value_is("r\"a\\d${x}\"", "text raw literal \"a\\\\d${x}\"");
    value_is("r#\"a\"b\"#", "text raw literal \"a\\\"b\"");
    value_is("\"a${ x }b\"", "text literal \"a\" interpolation \"x\" name x literal \"b\"");
    value_is(
        "\"${\"${\"deep\"}\"}\"",
        "text interpolation \"\\\"${\\\"deep\\\"}\\\"\" text interpolation \"\\\"deep\\\"\" text literal \"deep\"");
    value_is("\"${ {a: 1}.a }\"", "text interpolation \"{a: 1}.a\" field a object a: int 1");
    value_is("\"\"\"one line\"\"\"", "text block literal \"one line\"");
    value_is("\"\"\"\n    a\n      b\n\n    c\n    \"\"\"", "text block literal \"a\\u{a}  b\\u{a}\\u{a}c\"");
    value_is("\"\"\"\r\n  a\r\n  b\r\n  \"\"\"", "text block literal \"a\\u{a}b\"");
    value_is("\"\"\"\n  a ${x}\n    b \"\" ${y}\n  \"\"\"",
             "text block literal \"a \" interpolation \"x\" name x literal \"\\u{a}  b \\\"\\\" \" interpolation \"y\" "
             "name y");
}

static void test_operators(void)
{
    value_is("1 + 2 * 3", "binary + int 1 binary * int 2 int 3");
    value_is("-a.b[0]", "unary - index field b name a int 0");
    value_is("1..n + 1", "binary .. int 1 binary + name n int 1");
    value_is("a ?? 0 < 1", "binary < binary ?? name a int 0 int 1");
    value_is("a ?? b ?? c", "binary ?? name a binary ?? name b name c");
    value_is("not a == b and c or d", "binary or binary and unary not binary == name a name b name c name d");
    value_is("a not in [1]", "binary not in name a list int 1");
    value_is("a ? b : c ? d : e", "ternary if: name a name b ternary if: name c name d name e");
    value_is("x.if.stop", "field stop field if name x");
    value_is("{ if: 1, \"a b\": 2, c, ...d }", "object if: int 1 a b: int 2 c: name c ...: name d");
}

static void test_lines(void)
{
    value_is("[\n1\n-2\n{ c: 3 }\n]", "list int 1 unary - int 2 object c: int 3");
    value_is("(\n1\n- 2\n)", "binary - parenthesised int 1 int 2");
    value_is("a\n and b", "binary and name a name b");
    value_is("a\n .b", "field b name a");
    value_is("1 +\n2", "binary + int 1 int 2");
    code_is("user U\n{\n  task t\n  {\n    get \"/\"\n    {\n    }\n    else\n    {\n    }\n  }\n}\n", "");
    code_is("user U { task t { if a { } \n else if b { } \n else { } } }\n", "");
    code_is("user U { task t { ; get \"/\"; ; } }\n", "");
    code_is("user U { on stop { log error; log warn(1); log error[0]; log max(1, 2); log warn \"x\" } }\n", "");
    code_is("user U { var count = 0; var wait = 1; task t { count = 1; wait += 1; get = 2; body.a = 3; users[0] = 1; "
            "header(1) } }\n",
            "");
    code_is("user U { wait pace; task t { let x = { key, type, within: 1, every } } }\n", "");
}

static char *repeated(const char *a, size_t n, const char *middle, const char *b)
{
    struct text text = {0};
    text_puts(&text, "const X = ");
    for (size_t i = 0; i < n; i++)
        text_puts(&text, a);
    text_puts(&text, middle);
    for (size_t i = 0; i < n; i++)
        text_puts(&text, b);
    text_puts(&text, "\n");
    return text.p;
}

static void limit(const char *what, const char *a, size_t n, const char *middle, const char *b, const char *wanted)
{
    char *text = repeated(a, n, middle, b);
    diag("%zu %s", n, what);
    code_is(text, wanted);
    free(text);
}

static void test_limits(void)
{
    limit("parentheses", "(", 900, "1", ")", "");
    limit("parentheses", "(", 100000, "1", ")", "E0107");
    limit("sums", "1 + ", 900, "1", "", "");
    limit("sums", "1 + ", 100000, "1", "", "E0107");
    limit("nots", "not ", 100000, "a", "", "E0107");
    limit("paths", "", 100000, "a", ".b", "E0107");
    limit("choices", "a ? b : ", 100000, "c", "", "E0107");
    limit("texts", "\"${", 90, "1", "}\"", "");
    limit("texts", "\"${", 5000, "1", "}\"", "E0107");
    limit("lists", "[", 100000, "", "]", "E0107");
}

static void test_trees(void)
{
    struct parsed parsed;
    parse(&parsed, "user U {\n  task t weight 2 tag a, \"b-c\" {\n    let id = pop lib.q within 1s else return\n    "
                   "get \"/a/${id}\" { body file(\"x.bin\"); expect status == 200; header \"A\" \"b\" }\n  }\n}\n");
    is_uint(parsed.diags.errors, 0, "a task parses");
    like(parsed.dump.p, "task t tag a, b-c @2:3", "its tags");
    like(parsed.dump.p, "value: pop lib.q @3:14", "a queue of an imported file");
    like(parsed.dump.p, "interpolation \"id\" @4:13", "the source of an interpolation");
    like(parsed.dump.p, "attribute: body @4:22\n          file @4:27", "a body from a file");
    like(parsed.dump.p, "attribute: header late", "an attribute behind a statement says so");
    end(&parsed);
    parse(&parsed, "");
    is_uint(parsed.diags.errors, 0, "an empty file parses");
    ok(parsed.unit.decls == NULL, "to nothing");
    end(&parsed);
}

int main(void)
{
    test_numbers();
    test_texts();
    test_operators();
    test_lines();
    test_limits();
    test_trees();
    return tap_done();
}
