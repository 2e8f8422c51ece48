/* Diagnostics: dropped doubles, order, the three forms, and did-you-mean. */
#include "compiler/diag/diag.c"

#include "tap.h"

struct fixture {
    struct arena *arena;
    struct sources sources;
    struct diags diags;
};

static void begin(struct fixture *fixture)
{
    fixture->arena = arena_new();
    fixture->sources = (struct sources){0};
    const char *text = "user U {\n\ttask t { get \"/\xc3\xa9\" }\n}\n";
    source_add(&fixture->sources, fixture->arena, "a.swarm", text, strlen(text));
    diags_init(&fixture->diags, fixture->arena, &fixture->sources);
}

static char *printed(struct fixture *fixture, enum diag_format format, bool colour)
{
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    if (!out)
        bail_out("no memory");
    diag_print(&fixture->diags, out, format, colour);
    fclose(out);
    return text;
}

static struct span at(uint32_t from, uint32_t to)
{
    return (struct span){.from = from, .to = to};
}

static void test_text(void)
{
    struct fixture fixture;
    begin(&fixture);
    struct diag *later = diag_add(&fixture.diags, DIAG_E0100, at(23, 28), "second \"%s\"", "x");
    diag_help(&fixture.diags, later, "do %d", 2);
    diag_label(&fixture.diags, later, at(0, 4), "the user");
    diag_label(&fixture.diags, later, at(23, 28), "here");
    diag_add(&fixture.diags, DIAG_E0101, at(5, 6), "first");
    diag_add(&fixture.diags, DIAG_E0101, at(5, 9), "first again");
    diag_add(&fixture.diags, DIAG_W0190, at(5, 6), "a warning");
    is_uint(fixture.diags.errors, 2, "one code at one place counts once");
    is_uint(fixture.diags.warnings, 1, "warnings are counted apart");
    char *text = printed(&fixture, DIAG_TEXT, false);
    is_str(
        text,
        "a.swarm:1:6: error[E0101]: first\n 1 | user U {\n   |      ^\n"
        "a.swarm:1:6: warning[W0190]: a warning\n 1 | user U {\n   |      ^\n"
        "a.swarm:2:15: error[E0100]: second \"x\"\n 2 | \ttask t { get \"/\xc3\xa9\" }\n   | \t             ^~~~ here\n"
        " 1 | user U {\n   | ^~~~ the user\n  help: do 2\n",
        "text: sorted by place, carets by characters, tabs kept, labels at their lines");
    free(text);
    text = printed(&fixture, DIAG_SHORT, false);
    is_str(text,
           "a.swarm:1:6: error[E0101]: first\na.swarm:1:6: warning[W0190]: a warning\na.swarm:2:15: error[E0100]: "
           "second \"x\"\n",
           "short");
    free(text);
    text = printed(&fixture, DIAG_JSON, false);
    like(text, "\"line\": 2, \"column\": 15, \"end_line\": 2, \"end_column\": 19", "json: places");
    like(text, "\"message\": \"second \\\"x\\\"\"", "json: quotes are escaped");
    like(text, "\"labels\": [{", "json: labels");
    free(text);
    text = printed(&fixture, DIAG_TEXT, true);
    like(text, "\x1b[1;31merror[E0101]", "colour when asked for");
    free(text);
    arena_free(fixture.arena);
}

static void test_many(void)
{
    struct fixture fixture;
    begin(&fixture);
    for (uint32_t i = 0; i < 130; i++)
        diag_add(&fixture.diags, DIAG_E0100, at(i % 30, i % 30 + 1 + i / 30), "number %u", i);
    is_uint(fixture.diags.errors, 30, "doubles are dropped whatever they say");
    arena_free(fixture.arena);
    begin(&fixture);
    char *text = printed(&fixture, DIAG_JSON, false);
    is_str(text, "[]\n", "json without any is an empty array");
    free(text);
    fixture.diags.deny_warnings = true;
    diag_add(&fixture.diags, DIAG_W0190, at(0, 1), "denied");
    is_uint(fixture.diags.errors, 1, "a denied warning is an error");
    struct span nowhere = {.from = 5, .to = 9, .file = 7};
    diag_add(&fixture.diags, DIAG_E0100, nowhere, "no file");
    text = printed(&fixture, DIAG_TEXT, false);
    like(text, "error[E0100]: no file", "a place in no file has a message all the same");
    free(text);
    arena_free(fixture.arena);
}

static const char *nearest(const char *word)
{
    static const char *const candidates[] = {"header", "timeout", "get", "wait", "connect_timeout", "Shopper"};
    struct near near;
    near_begin(&near, word);
    for (size_t i = 0; i < sizeof candidates / sizeof *candidates; i++)
        near_offer(&near, candidates[i]);
    return near.best;
}

static void test_near(void)
{
    is_str(nearest("heder"), "header", "a letter is missing");
    is_str(nearest("timoeut"), "timeout", "two letters are swapped");
    is_str(nearest("conect_timout"), "connect_timeout", "two letters of a long word");
    is_str(nearest("shopper"), "Shopper", "another case");
    is_str(nearest("SHOPper"), "Shopper", "case differences count half");
    is_str(nearest("frobnicate"), NULL, "nothing like it");
    is_str(nearest("xyz"), NULL, "a short word needs to be close");
    is_str(nearest(""), NULL, "the empty word");
    is_str(nearest("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), NULL,
           "a very long word");
}

int main(void)
{
    test_text();
    test_many();
    test_near();
    return tap_done();
}
