/* Writing C: literals, negations, #line. */
#include "emit/write.h"
#include "tap.h"

static struct arena *arena;

static void literals(void)
{
    is_str(c_string(arena, "a\"b\\c\n\t\r"), "\"a\\\"b\\\\c\\n\\t\\r\"", "escapes");
    is_str(c_text(arena, "a\0b\x01", 4), "\"a\\000b\\001\"",
           "NUL and control characters in octal, so that no digit joins them");
    is_str(c_string(arena, "what\?\?(x)?"), "\"what\\?\?(x)?\"", "no trigraphs");
    is_str(c_string(arena, "Malm\xc3\xb6"), "\"Malm\xc3\xb6\"", "UTF-8 stays");
    is_str(c_int(arena, 5), "5", "an int");
    is_str(c_int(arena, -5), "(-5)", "a negative int stands in parentheses");
    is_str(c_int(arena, INT64_C(5000000000)), "INT64_C(5000000000)", "more than an int of C");
    is_str(c_int(arena, INT64_MIN), "INT64_MIN", "the smallest");
    is_str(c_duration(arena, INT64_C(1500000000)), "(1500 * SWARM_MS)", "a duration in its largest whole unit");
    is_str(c_duration(arena, INT64_C(3000000000)), "(3 * SWARM_S)", "seconds");
    is_str(c_duration(arena, 7), "7", "nanoseconds");
    is_str(c_duration(arena, 0), "0", "no time");
    is_str(c_float(arena, 1), "1.0", "a whole float keeps its kind");
    is_str(c_float(arena, 0.1), "0.1", "shortest digits");
    is_str(c_float(arena, -2.5), "(-2.5)", "a negative float");
    is_str(c_float(arena, 0.1 + 0.2), "0.30000000000000004", "all digits that count");
}

static void expressions(void)
{
    is_str(c_bare(arena, "(a == b)"), "a == b", "bare");
    is_str(c_bare(arena, "(a) + (b)"), "(a) + (b)", "these parentheses do not belong together");
    is_str(c_bare(arena, "f(\")\")"), "f(\")\")", "a parenthesis in a text");
    is_str(c_bare(arena, "(f(\"(\"))"), "f(\"(\")", "bare around a text with a parenthesis");
    is_str(c_not(arena, "x"), "!x", "not of a name");
    is_str(c_not(arena, "f->a.b"), "!f->a.b", "not of a member");
    is_str(c_not(arena, "f(a, \" \")"), "!f(a, \" \")", "not of a call");
    is_str(c_not(arena, "(!f(a))"), "f(a)", "not of not");
    is_str(c_not(arena, "(a == b)"), "!(a == b)", "not of a comparison");
    is_str(c_not(arena, "!a && b"), "!(!a && b)", "not of and");
    is_str(c_not(arena, "(a) || (b)"), "!((a) || (b))", "not of or");
}

static void uses(void)
{
    ok(c_uses("f->a = 1;", "f"), "a name");
    ok(!c_uses("x.f = x->f;", "f"), "a member is none");
    ok(!c_uses("g(\"f\");", "f"), "nor is a text");
    ok(!c_uses("ff = f1;", "f"), "nor a part of a name");
    ok(!c_uses("#line 1 \"f\"\n", "f"), "nor a directive");
    ok(c_uses("\"\\\"\" f", "f"), "behind a text with an escaped quote");
    ok(!c_uses("", "f") && !c_uses(NULL, "f"), "nothing uses nothing");
}

static void lines(void)
{
    struct sources sources = {0};
    struct writer outer = {0}, inner = {0};
    struct text out = {0};

    source_add(&sources, arena, "a.swarm", "one\ntwo\n", 8);
    write_open(&outer, "void f(void) {");
    write_at(&inner, &sources, (struct span){.from = 4, .to = 7});
    write_line(&inner, "two();");
    write_line(&inner, "glue();");
    write_append(&outer, &inner);
    write_close(&outer, "}");
    write_blank(&outer);
    write_blank(&outer);
    write_line(&outer, "int x;");
    write_blank(&outer);
    write_finish(&outer, "a.c", &out);
    is_str(out.p, "void f(void) {\n#line 2 \"a.swarm\"\n    two();\n#line 5 \"a.c\"\n    glue();\n}\n\nint x;\n",
           "scenario lines are announced, glue goes back to the C file, blank lines are single");
    text_free(&out);
    write_free(&outer);
    write_free(&inner);
}

int main(void)
{
    arena = arena_new();
    literals();
    expressions();
    uses();
    lines();
    arena_free(arena);
    return tap_done();
}
