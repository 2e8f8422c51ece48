/* Literal selectors, expressions, patterns and paths of css() xpath() regex() jsonpath(): what would find them wrong while
 * running finds them wrong here, with the place inside the text. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>

#include "checker.h"
#include "select/selector.h"

/* ------------------------------------------------------------------ places inside of a text */

static size_t utf8_length(unsigned long code)
{
    return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}

/* Bytes of the piece at p in the source, and how many it stands for. */
static size_t piece(const char *p, size_t n, size_t *stands_for)
{
    *stands_for = 1;
    if (n < 2 || p[0] != '\\')
        return 1;
    if (n >= 4 && p[1] == 'u' && p[2] == '{') {
        size_t to = 3;
        unsigned long code = 0;
        for (; to < n && isxdigit((unsigned char)p[to]); to++)
            code = code * 16 + (unsigned long)(isdigit((unsigned char)p[to]) ? p[to] - '0' : (p[to] | 0x20) - 'a' + 10);
        *stands_for = utf8_length(code);
        return to < n ? to + 1 : to;
    }
    return 2;
}

struct span place_in_text(const struct checker *c, const struct expr *text, size_t at)
{
    const struct source *source = &c->unit->sources.file[text->span.file];
    struct span inner = text->span;
    size_t from, n, seen = 0;

    if (text->kind != EXPR_TEXT || !text->parts || text->parts->next || text->parts->expr || text->block)
        return inner;
    inner = text->parts->span;
    n = inner.to - inner.from;
    if (inner.to > source->n || n == 0)
        return text->span;
    if (at >= text->known.text.n && at > 0)
        at = text->known.text.n - 1; /* it ends too early */
    for (from = 0; from < n && seen < at;) {
        size_t stands_for = 1, step = text->raw ? 1 : piece(source->text + inner.from + from, n - from, &stands_for);
        if (seen + stands_for > at)
            break;
        seen += stands_for;
        from += step;
    }
    inner.from += (uint32_t)(from < n ? from : n - 1);
    inner.to = inner.from + 1;
    while (inner.to < source->n && ((unsigned char)source->text[inner.to] & 0xc0) == 0x80)
        inner.to++;
    return inner;
}

/* ------------------------------------------------------------------ XPath */

static bool is_name(int ch)
{
    return isalnum(ch) || ch == '_' || ch == '-' || ch == '.' || ch >= 0x80;
}

static bool one_of(const char *const *words, const char *p, size_t n)
{
    for (; *words; words++)
        if (strlen(*words) == n && memcmp(*words, p, n) == 0)
            return true;
    return false;
}

/* The message is `before`, up to 60 bytes of the name, and `after`. */
static bool wrong(struct selector_mistake *mistake, size_t at, const char *before, size_t n, const char *name,
                  const char *after, const char *help)
{
    mistake->at = at;
    snprintf(mistake->what, sizeof mistake->what, "%s%.*s%s", before, (int)(n < 60 ? n : 60), name, after);
    snprintf(mistake->help, sizeof mistake->help, "%s", help);
    return false;
}

/* What libxml2 finds only when it evaluates: functions, variables and prefixes that are not there. */
static bool names_known(const char *p, size_t n, struct selector_mistake *mistake)
{
    /* clang-format off */
    static const char *const functions[] = {
        "last", "position", "count", "id", "local-name", "namespace-uri", "name", "string", "concat", "starts-with", "contains",
        "substring-before", "substring-after", "substring", "string-length", "normalize-space", "translate", "boolean", "not",
        "true", "false", "lang", "number", "sum", "floor", "ceiling", "round", "comment", "text", "processing-instruction", "node",
        "and", "or", "div", "mod", NULL};
    /* clang-format on */

    for (size_t i = 0; i < n;) {
        unsigned char ch = (unsigned char)p[i];
        size_t from = i, behind;
        if (ch == '"' || ch == '\'') {
            const char *close = memchr(p + i + 1, ch, n - i - 1);
            i = close ? (size_t)(close - p) + 1 : n;
            continue;
        }
        if (ch == '$')
            return wrong(mistake, i, "there are no variables", 0, "", "",
                         "put the value into the text: \"//a[@id='${id}']\"");
        if (!is_name(ch) || isdigit(ch) || ch == '.' || ch == '-') {
            i++;
            if (isdigit(ch) || ch == '.')
                while (i < n && (isdigit((unsigned char)p[i]) || p[i] == '.'))
                    i++;
            continue;
        }
        while (i < n && is_name((unsigned char)p[i]))
            i++;
        if (i + 1 < n && p[i] == ':' && p[i + 1] != ':')
            return wrong(mistake, from, "the prefix `", i - from, p + from, "` is not known: there are no namespaces",
                         "`*[local-name()='item']` finds a name with any prefix");
        for (behind = i; behind < n && isspace((unsigned char)p[behind]);)
            behind++;
        if (behind < n && p[behind] == '(' && !one_of(functions, p + from, i - from))
            return wrong(mistake, from, "XPath 1.0 has no function `", i - from, p + from, "`", "");
    }
    return true;
}

static void on_error(void *data, const xmlError *error)
{
    struct selector_mistake *mistake = data;

    if (mistake->what[0])
        return;
    snprintf(mistake->what, sizeof mistake->what, "%s", xpath_error(error->code));
    mistake->at = error->int1 > 0 ? (size_t)error->int1 : 0;
}

/* Text is NUL-terminated behind n bytes. */
static bool xpath_good(const char *text, size_t n, struct selector_mistake *mistake)
{
    xmlXPathContext *context = xmlXPathNewContext(NULL);
    xmlXPathCompExpr *compiled;

    *mistake = (struct selector_mistake){0};
    if (!context)
        return true;
    if (memchr(text, '\0', n) || n == 0) {
        xmlXPathFreeContext(context);
        return wrong(mistake, 0, n ? "it holds a NUL" : "it is empty", 0, "", "", "");
    }
    context->error = (xmlStructuredErrorFunc)on_error;
    context->userData = mistake;
    compiled = xmlXPathCtxtCompile(context, (const xmlChar *)text);
    xmlXPathFreeContext(context);
    if (!compiled) {
        if (!mistake->what[0])
            wrong(mistake, 0, "it cannot be read", 0, "", "", "");
        return false;
    }
    xmlXPathFreeCompExpr(compiled);
    return names_known(text, n, mistake);
}

/* ------------------------------------------------------------------ */

static bool good(uint16_t word, struct slice text, struct selector_mistake *mistake)
{
    char *copy = malloc(text.n + 1); /* NUL-terminated, and found by a sanitizer when it is overrun */
    void *made = NULL;
    bool result = true;

    if (!copy)
        return true;
    memcpy(copy, text.p, text.n);
    copy[text.n] = '\0';
    if (word == WORD_XPATH)
        result = xpath_good(copy, text.n, mistake);
    else
        result = (made = word == WORD_CSS ? (void *)css_to_xpath(copy, text.n, mistake)
                                          : (void *)jsonpath_parse(copy, text.n, mistake)) != NULL;
    free(made);
    free(copy);
    return result;
}

void check_extract(struct checker *c, uint16_t word, const struct expr *text)
{
    struct selector_mistake mistake = {0};
    enum diag_code code = word == WORD_CSS ? DIAG_E0409 : word == WORD_XPATH ? DIAG_E0411 : DIAG_E0412;
    const char *what = word == WORD_CSS ? "a CSS selector" : word == WORD_XPATH ? "an XPath expression" : "a JSONPath";
    struct diag *diag;

    if (text->constness != CONST_KNOWN || text->type.kind != TYPE_STRING)
        return;
    if (word == WORD_REGEX || word == WORD_REGEX_ALL) {
        check_pattern(c, text);
        return;
    }
    if (good(word, text->known.text, &mistake))
        return;
    diag = diag_add(c->diags, code, place_in_text(c, text, mistake.at), "this is not %s: %s", what, mistake.what);
    if (mistake.help[0])
        diag_help(c->diags, diag, "%s", mistake.help);
}
