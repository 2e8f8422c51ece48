/* runtime/extract/iregexp.c: what is an I-Regexp (RFC 9485), and what PCRE2 gets of it. */
#include "../../runtime/extract/extract.h"
#include "../lib/value_strand.h"

static void check(const char *pattern, const char *wanted)
{
    struct swarm_value v = iregexp_to_pcre(test_strand, text_of(pattern), false, at);
    char text[200] = "";

    if (v.kind == SWARM_TEXT) {
        snprintf(text, sizeof text, "%.*s", (int)v.n, v.text);
    }
    is_str(v.kind == SWARM_TEXT ? text : NULL, wanted, "%s", pattern);
}

int main(void)
{
    strand_begin_test();
    check("", "(?:)");
    check("a.b", "(?:a[^\\n\\r]b)");
    check("(a|b)*c", "(?:(?:a|b)*c)");
    check("^a$", "(?:\\Aa\\z)");
    check("a{2}b{2,}c{2,3}", "(?:a{2}b{2,}c{2,3})");
    check("[a-c\\-x]", "(?:[a-c\\-x])");
    check("[^-a]", "(?:[^\\-a])");
    check("[a-]", "(?:[a\\-])");
    check("\\p{Lu}\\P{N}[\\p{Zs}]", "(?:\\p{Lu}\\P{N}[\\p{Zs}])");
    check("\xc3\xa9+", "(?:\xc3\xa9+)");
    check("a**", NULL);
    check("*", NULL);
    check("a{3,2}", NULL);
    check("a{70000}", NULL);
    check("a{", NULL);
    check("[]", NULL);
    check("[b-a]", NULL);
    check("[a", NULL);
    check("[[:alpha:]]", NULL);
    check("(a", NULL);
    check("a)", NULL);
    check("\\d", NULL);
    check("\\b", NULL);
    check("\\p{Xx}", NULL);
    check("\\p{}", NULL);
    check("(?i)a", NULL);
    check("\xc3", NULL);
    ok(!swarm_failed(test_strand), "none of them is an error");
    strand_end_test();
    return tap_done();
}
