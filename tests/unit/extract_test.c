/* runtime/extract/html.c and base/cache.c: selectors over documents of every sort, one document an answer, the bound of the cache. */
#include "../../runtime/base/cache.h"
#include "../../runtime/extract/extract.h"
#include "../../runtime/http/fetch.h"
#include "../../runtime/http/response.h"
#include "../lib/value_strand.h"

static struct fetch answer;

static void answer_begin(const char *type, const char *body, size_t n)
{
    char line[200];

    head_clear(&answer.exchange.head);
    head_line(&answer.exchange.head, "HTTP/1.1 200 OK", 15);
    if (type) {
        int size = snprintf(line, sizeof line, "Content-Type: %s", type);
        head_line(&answer.exchange.head, line, (size_t)size);
    }
    head_line(&answer.exchange.head, "", 0);
    answer.response = (struct swarm_response){.fetch = &answer, .body = body, .body_size = n};
}

static void answer_end(void)
{
    if (answer.response.document) {
        answer.response.document->free(answer.response.document);
        answer.response.document = NULL;
    }
}

/* The value as JSON, or the error; valid until the next call. */
static const char *told(struct swarm_value v)
{
    static char text[VALUE_MESSAGE + 16];
    struct value_buffer out = {0};

    if (swarm_failed(test_strand)) {
        snprintf(text, sizeof text, "error: %s", error_taken());
        return text;
    }
    value_json(v, &out);
    snprintf(text, sizeof text, "%.*s", (int)out.size, out.data);
    value_buffer_free(&out);
    return text;
}

static const char *css(const char *selector)
{
    return told(swarm_css(test_strand, &answer.response, text_of(selector), text_of("id"), at));
}

static const char *xpath(const char *expression)
{
    return told(swarm_xpath(test_strand, &answer.response, text_of(expression), at));
}

static const char page[] =
    "<html id=h><body id=b><ul id=u class='list big'><li id=1 class=item lang=en-GB>one<li id=2 class='item last'>two "
    "<b id=x>bold</b></ul>"
    "<p id=p1></p><p id=p2 title=\"it's &quot;q&quot;\">text</p><div id=d><p id=p3><span id=s1></span><p id=p4><span "
    "id=s2></span></div>"
    "<input id=i1 type=checkbox checked><input id=i2 disabled><svg:rect id=r></svg:rect></body></html>";

static void selectors(void)
{
    static const char *const cases[][2] = {
        {"li", "[\"1\",\"2\"]"},
        {"UL LI", "[\"1\",\"2\"]"},
        {".item.last", "[\"2\"]"},
        {"ul.big > .item", "[\"1\",\"2\"]"},
        {"[lang|=en]", "[\"1\"]"},
        {"[lang|=e]", "[]"},
        {"[class~=big]", "[\"u\"]"},
        {"[class^=list][class$=big][class*=st]", "[\"u\"]"},
        {"[TITLE]", "[\"p2\"]"},
        {"[title='it\\'s \"q\"']", "[\"p2\"]"},
        {"[type=CHECKBOX i]", "[\"i1\"]"},
        {"li + li", "[\"2\"]"},
        {"ul ~ p", "[\"p1\",\"p2\"]"},
        {"p:first-of-type", "[\"p1\",\"p3\"]"},
        {"p:last-of-type", "[\"p2\",\"p4\"]"},
        {"p:nth-of-type(2)", "[\"p2\",\"p4\"]"},
        {"*:nth-last-of-type(2)", "[\"1\",\"p1\",\"p3\",\"i1\"]"},
        {"div:only-of-type", "[\"d\"]"},
        {"span:only-child", "[\"s1\",\"s2\"]"},
        {"p:empty", "[\"p1\"]"},
        {"p:not(:empty, [title])", "[\"p3\",\"p4\"]"},
        {"p:not(div p)", "[\"p1\",\"p2\"]"},
        {"p:is(div > p, #p1)", "[\"p1\",\"p3\",\"p4\"]"},
        {"p:has(span)", "[\"p3\",\"p4\"]"},
        {"p:has(+ div)", "[\"p2\"]"},
        {"li:has(~ li.last)", "[\"1\"]"},
        {":root", "[\"h\"]"},
        {":checked", "[\"i1\"]"},
        {"input:enabled", "[\"i1\"]"},
        {":disabled", "[\"i2\"]"},
        {"li:contains('bold')", "[\"2\"]"},
        {"body > :nth-child(2 of p)", "[\"p2\"]"},
        {"body > :nth-child(-n+2)", "[\"u\",\"p1\"]"},
        {"body > :nth-last-child(1)", "[\"r\"]"},
        {"body > :nth-child(0n+3)", "[\"p2\"]"},
        {"p3, #p1 , li", "[\"1\",\"2\",\"p1\"]"},
        {"#\\31", "[\"1\"]"},
        {"a..b", "error: x: \"a..b\" is no CSS selector: `.` wants the name of a class at byte 2"},
    };

    answer_begin("text/html", page, sizeof page - 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        is_str(css(cases[i][0]), cases[i][1], "%s", cases[i][0]);
    }
    struct response_document *first = answer.response.document;
    ok(first != NULL, "the document is kept");
    css("p");
    is_ptr(answer.response.document, first, "it is parsed once");
    answer_end();
}

static void expressions(void)
{
    static const char *const cases[][2] = {
        {"count(//li)", "2"},
        {"count(//li) div 4", "0.5"},
        {"1 div 0", "null"},
        {"//li/@id", "[\"1\",\"2\"]"},
        {"//b/ancestor::*[2] | //b", "[\"onetwo bold\",\"bold\"]"},
        {"string(//b)", "\"bold\""},
        {"//b = 'bold'", "true"},
        {"/html/body/p[2]/text()", "[\"text\"]"},
        {"html/@id", "[\"h\"]"},
        {"//nope", "[]"},
        {"//a[", "error: x: \"//a[\" is no XPath expression: a step or value is wanted here at byte 4"},
        {"//li[$x]", "error: x: XPath: there are no variables"},
        {"nope(1)", "error: x: XPath: there is no such function in XPath 1.0"},
        {"count(1)", "error: x: XPath: a value of another type is wanted"},
        {"count()", "error: x: XPath: a function has the wrong number of arguments"},
        {"//x:a", "error: x: XPath: a prefix is not known: there are no namespaces"},
        {"count(//li)", "2"},
    };

    answer_begin("text/html", page, sizeof page - 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        is_str(xpath(cases[i][0]), cases[i][1], "%s", cases[i][0]);
    }
    answer_end();
}

static void documents(void)
{
    static const struct {
        const char *type, *body, *expression, *found;
    } cases[] = {
        {"text/html", "", "count(//*)", "0"},
        {"text/html", "no tags", "string(//p)", "\"no tags\""},
        {"text/html", "<p>a<b>c<p>d", "//p", "[\"ac\",\"d\"]"},
        {"text/html", "<p>\xc3\xa9</p>", "string(//p)", "\"\xc3\xa9\""},
        {"text/html; charset=ISO-8859-1", "<p>\xe9</p>", "string(//p)", "\"\xc3\xa9\""},
        {"text/html; charset=\"utf-8\"", "<p>\xc3\xa9</p>", "string(//p)", "\"\xc3\xa9\""},
        {"text/html", "<meta charset=iso-8859-1><p>\xe9</p>", "string(//p)", "\"\xc3\xa9\""},
        {NULL, "<p>x</p>", "string(//p)", "\"x\""},
        {"application/xml", "<A><b>1</b></A>", "string(/A/b)", "\"1\""},
        {"application/atom+xml; charset=utf-8", "<A><b>\xc3\xa9</b></A>", "string(/A/b)", "\"\xc3\xa9\""},
        {"application/xhtml+xml", "<html xmlns='http://www.w3.org/1999/xhtml'><p>x</p></html>", "string(//p)", "\"x\""},
        {"text/xml", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "string(/a)",
         "error: x: the document declares entities of its own; such are not read"},
        {"text/xml", "not XML", "count(//*)", "0"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        answer_begin(cases[i].type, cases[i].body, strlen(cases[i].body));
        is_str(xpath(cases[i].expression), cases[i].found, "%s: %s", cases[i].type ? cases[i].type : "no type",
               cases[i].body);
        answer_end();
    }
}

static void long_ones(void)
{
    struct value_buffer body = {0};

    for (int i = 0; i < 3000; i++) {
        value_buffer_string(&body, "<p><i>");
    }
    answer_begin("text/html", body.data, body.size);
    is_str(xpath("count(//i[count(//p[count(//i) > count(//p)]) > 1])"),
           "error: x: XPath: it takes too long on this document", "an expression that would run for ever");
    is_str(xpath("count(//i)"), "3000", "the next one runs");
    answer_end();
    value_buffer_free(&body);
}

static void bounded_cache(void)
{
    char selector[32];

    answer_begin("text/html", page, sizeof page - 1);
    for (int i = 0; i < 3 * CACHE_KEPT; i++) {
        snprintf(selector, sizeof selector, "#p%d", i);
        css(selector);
    }
    is_uint(test_shard.xpaths->count, CACHE_KEPT, "the cache keeps %d", CACHE_KEPT);
    is_str(css("#p1"), "[\"p1\"]", "what was dropped is compiled again");
    answer_end();
}

int main(void)
{
    strand_begin_test();
    head_init(&answer.exchange.head);
    selectors();
    expressions();
    documents();
    long_ones();
    bounded_cache();
    head_free(&answer.exchange.head);
    cache_free(test_shard.xpaths);
    strand_end_test();
    return tap_done();
}
