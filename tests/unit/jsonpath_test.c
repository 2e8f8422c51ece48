/* compiler/select/jsonpath.c: places of mistakes, and no input that does harm. What is right and wrong: tests/extract/jsonpath.t. */
#include <swarm/program.h>

#include "select/selector.h"
#include "tap.h"

static void mistakes(void)
{
    static const struct {
        const char *text;
        size_t at;
        const char *what;
    } cases[] = {
        {"", 0, "it is empty"},
        {"a", 0, "it begins with `$`, the whole document"},
        {"$ ", 1, "a space at the end"},
        {"$a", 1, "this does not belong here"},
        {"$.", 2, "it ends too early"},
        {"$.1", 2, "a name is wanted here"},
        {"$[", 2, "it ends too early"},
        {"$[a]", 2, "a name in quotes, an index, `*` or `?` is wanted here"},
        {"$[0", 3, "`[` is not closed by `]`"},
        {"$[0 1]", 4, "`,` or `]` is wanted here"},
        {"$[01]", 2, "a number with a zero in front"},
        {"$[-0]", 2, "0 has no sign"},
        {"$[9007199254740992]", 2, "the number is too large"},
        {"$['a]", 2, "a quote is not closed"},
        {"$['\\x']", 3, "an unknown escape"},
        {"$['\\ud800']", 3, "the first half of a pair stands alone"},
        {"$['\\udc00']", 3, "the second half of a pair stands alone"},
        {"$['\\u12']", 3, "`\\u` wants four hexadecimal digits"},
        {"$['\x01']", 3, "a control character in a text"},
        {"$['\xff']", 3, "this is not UTF-8"},
        {"$[?@.a=1]", 6, "`=` alone compares nothing"},
        {"$[?1]", 3, "a literal is no condition: compare it"},
        {"$[?count(@.*)]", 3, "this value is no condition: compare it"},
        {"$[?@.*==1]", 3, "a query that may find several things cannot be compared"},
        {"$[?match(@,'a')==true]", 3, "`match` and `search` are conditions by themselves, they are not compared"},
        {"$[?nope(@)]", 3, "there is no function `nope`"},
        {"$[?length(@,@)>1]", 3, "`length` takes one argument"},
        {"$[?match(@)]", 3, "`match` takes two arguments"},
        {"$[?count(1)>1]", 9, "`count` takes a query"},
        {"$[?length(@.*)>1]", 10, "`length` takes a value: a literal or a query that finds at most one"},
        {"$[?(@.a]", 7, "`)` is wanted here"},
        {"$[?abc]", 3, "a value or a query is wanted here"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct selector_mistake mistake = {0};
        struct swarm_jsonpath *query = jsonpath_parse(cases[i].text, strlen(cases[i].text), &mistake);

        is_ptr(query, NULL, "refused: %s", cases[i].text);
        is_str(mistake.what, cases[i].what, "why: %s", cases[i].text);
        is_uint(mistake.at, cases[i].at, "where: %s", cases[i].text);
        free(query);
    }
}

/* Every index of a table lies in it, and leads on. */
static int sound(const struct swarm_jsonpath *query)
{
    for (uint32_t i = 0; i < query->count; i++) {
        if (query->nodes[i].first >= query->count || query->nodes[i].next >= query->count ||
            strlen(query->nodes[i].text) < query->nodes[i].n) {
            return 0;
        }
    }
    return query->count > 0 && query->nodes[0].kind == SWARM_PATH_ROOT;
}

static void by_chance(void)
{
    static const char *const pieces[] = {
        "$",      "@",      ".",   "..",      "a", "*",        "[",    "]",         "?",
        "(",      ")",      "'b'", "\"c\"",   "1", "-1",       ":",    ",",         "==",
        "<=",     "&&",     "||",  "!",       " ", "true",     "null", "length(",   "count(",
        "match(", "value(", "1e3", "\\u0061", "'", "\xc3\xa9", "\xc3", "$.a[?@.b]", "$[*]"};
    uint64_t state = 7;
    unsigned taken = 0, wrong = 0;

    for (unsigned round = 0; round < 100000; round++) {
        char text[200] = "$";
        struct selector_mistake mistake = {0};

        for (unsigned i = 0; i < round % 10; i++) {
            state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            const char *piece = pieces[(state >> 33) % (sizeof pieces / sizeof *pieces)];
            memcpy(text + strlen(text), piece, strlen(piece) + 1);
        }
        char *copy = malloc(strlen(text));
        memcpy(copy, text, strlen(text));
        struct swarm_jsonpath *query = jsonpath_parse(copy, strlen(text), &mistake);
        taken += query != NULL;
        if (query ? !sound(query) : mistake.at > strlen(text) || !mistake.what[0]) {
            diag("%s: %s", text, query ? "table" : mistake.what);
            wrong++;
        }
        free(copy);
        free(query);
    }
    is_uint(wrong, 0, "what is taken has a sound table, what is refused has a place");
    ok(taken > 1000, "many are taken (%u)", taken);
}

int main(void)
{
    mistakes();
    by_chance();
    return tap_done();
}
