/* compiler/select/css.c: mistakes and their places; whatever is taken becomes XPath that libxml2 takes. */
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>

#include "select/selector.h"
#include "tap.h"

static void quiet(void *data, const xmlError *error)
{
    (void)data;
    (void)error;
}

static int compiles(const char *xpath)
{
    xmlXPathContext *context = xmlXPathNewContext(NULL);
    context->error = (xmlStructuredErrorFunc)quiet;
    xmlXPathCompExpr *compiled = xmlXPathCtxtCompile(context, (const xmlChar *)xpath);
    xmlXPathFreeContext(context);
    xmlXPathFreeCompExpr(compiled);
    return compiled != NULL;
}

static void mistakes(void)
{
    static const struct {
        const char *text;
        size_t at;
        const char *what;
    } cases[] = {
        {"", 0, "it is empty"},
        {"  ", 0, "it is empty"},
        {"a..b", 2, "`.` wants the name of a class"},
        {"a.", 2, "`.` wants the name of a class"},
        {"a#", 2, "`#` wants an id"},
        {"a >", 3, "it ends too early"},
        {"a,", 2, "it ends too early"},
        {", a", 0, "an element, class or id is wanted here"},
        {"a > > b", 4, "an element, class or id is wanted here"},
        {"1a", 0, "an element, class or id is wanted here"},
        {".1a", 1, "`.` wants the name of a class"},
        {"a[", 2, "`[` wants the name of an attribute"},
        {"a[b", 3, "`[` is not closed by `]`"},
        {"a[b=", 4, "a value is missing behind `=`"},
        {"a[b='c]", 4, "a quote is not closed"},
        {"a[b~c]", 4, "`=` is missing"},
        {"a[b='c' x]", 8, "`[` is not closed by `]`"},
        {"a)", 1, "`)` closes nothing"},
        {"a{b", 1, "this does not belong here"},
        {"a:", 2, "`:` wants a name, like `:first-child`"},
        {"a:hover", 1, "`:hover` is about a page on a screen; there is none"},
        {"a::before", 1, "`:before` is about a page on a screen; there is none"},
        {"a:first", 1, "`:first` is not known"},
        {"a:not(b", 7, "`(` is not closed by `)`"},
        {"a:not()", 6, "an element, class or id is wanted here"},
        {"a:empty(b)", 7, "`:empty` takes nothing in parentheses"},
        {"a:nth-child", 11, "`:nth-child` wants parentheses behind it"},
        {"a:nth-child(x)", 12, "a place is wanted here: 3, odd, even or 2n+1"},
        {"a:nth-child(2n+)", 15, "a number is missing"},
        {"a:nth-child(99999999)", 12, "the number is too large"},
        {"a:contains(b)", 11, "`:contains` wants a text in quotes"},
        {"svg|a", 3, "namespaces are not looked at: leave the prefix out"},
        {":is(:is(:is(:is(:is(:is(:is(:is(:is(:is(:is(:is(:is(:is(:is(:is(:is(:is(:is(:is(:is(a", 83,
         "it nests too deep"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct selector_mistake mistake = {0};
        char *xpath = css_to_xpath(cases[i].text, strlen(cases[i].text), &mistake);

        is_ptr(xpath, NULL, "refused: %s", cases[i].text);
        is_str(mistake.what, cases[i].what, "why: %s", cases[i].text);
        is_uint(mistake.at, cases[i].at, "where: %s", cases[i].text);
        free(xpath);
    }
}

static void translated(void)
{
    static const char *const cases[][2] = {
        {"a", "/descendant::a"},
        {" * ", "/descendant::*"},
        {"ul > li b", "/descendant::b[ancestor::li[parent::ul]]"},
        {"a + b", "/descendant::b[preceding-sibling::*[1]/self::a]"},
        {"a ~ b", "/descendant::b[preceding-sibling::a]"},
        {"a, b c", "/descendant::*[self::a or self::c and ancestor::b]"},
        {"#x", "/descendant::*[@id='x']"},
        {".x", "/descendant::*[contains(concat(' ',normalize-space(@class),' '),' x ')]"},
        {"[a=\"it's\"]", "/descendant::*[@a=\"it's\"]"},
        {"[a='']", "/descendant::*[@a='']"},
        {"[a^='']", "/descendant::*[false()]"},
        {"li:nth-child(3)", "/descendant::li[(count(preceding-sibling::*)+1)=3]"},
        {"a\\.b", "/descendant::*[(name()='a.b')]"},
        {"#\\31 2", "/descendant::*[@id='12']"},
        {"li:nth-of-type(odd)", "/descendant::li[(swarm-place()>=1 and (swarm-place()-(1)) mod 2=0)]"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct selector_mistake mistake;
        char *xpath = css_to_xpath(cases[i][0], strlen(cases[i][0]), &mistake);

        is_str(xpath, cases[i][1], "%s", cases[i][0]);
        free(xpath);
    }
}

/* Pieces of selectors in any order: what is taken must be XPath, what is not must have a place in the text. */
static void by_chance(void)
{
    /* clang-format off */
    static const char *const pieces[] = {"a", "div", "*", ".x", "#y", "[", "]", "(", ")", ":", ",", " ", " > ", "+", "~", "=", "'q'",
                                         "\"", "'", "[b]", "[b=c]", "[b*='c' i]", ":not(", ":is(", ":has(", ":nth-child(", "2n+1", "odd",
                                         "\\", "\\61 ", "-", "1", ":first-child", ":contains('x')", "\xc3\xa9", "\n", "n", "of", "|"};
    /* clang-format on */
    uint64_t state = 42;
    unsigned taken = 0, wrong = 0;

    for (unsigned round = 0; round < 60000; round++) {
        char text[200] = "";
        struct selector_mistake mistake = {0};
        unsigned count = 1 + (unsigned)(round % 12);

        for (unsigned i = 0; i < count; i++) {
            state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            const char *piece = pieces[(state >> 33) % (sizeof pieces / sizeof *pieces)];
            if (strlen(text) + strlen(piece) + 1 < sizeof text) {
                memcpy(text + strlen(text), piece, strlen(piece) + 1);
            }
        }
        char *copy = malloc(strlen(text) + 1); /* no NUL behind it that is its own */
        memcpy(copy, text, strlen(text));
        char *xpath = css_to_xpath(copy, strlen(text), &mistake);
        taken += xpath != NULL;
        if (xpath ? !compiles(xpath) : mistake.at > strlen(text) || !mistake.what[0]) {
            diag("%s → %s", text, xpath ? xpath : mistake.what);
            wrong++;
        }
        free(copy);
        free(xpath);
    }
    is_uint(wrong, 0, "what is taken is XPath, what is refused has a place");
    ok(taken > 1000, "many are taken (%u)", taken);
}

int main(void)
{
    mistakes();
    translated();
    by_chance();
    return tap_done();
}
