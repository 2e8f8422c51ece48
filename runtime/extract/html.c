/* css() and xpath(): documents by libxml2, HTML as lenient as a browser, XML where the answer says so. */
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/HTMLparser.h>
#include <libxml/HTMLtree.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>

#include "../../compiler/select/selector.h"
#include "../base/cache.h"
#include "../base/memory.h"
#include "../base/utf8.h"
#include "../http/response.h"
#include "../value/value.h"
#include "extract.h"

/* Steps of one evaluation, so that no expression runs for ever. */
static const unsigned long most_steps = 50000000;

struct document {
    struct response_document base;
    xmlDoc *doc;
    xmlXPathContext *context;
    const char *why; /* what was wrong with the last evaluation, or NULL */
};

/* A shard's compiled expressions; a CSS selector that was translated while running stands in `selectors`. */
struct expressions {
    struct text_cache xpaths; /* first */
    struct text_cache selectors;
    xmlXPathContext *context;
    const char *why; /* what was wrong with the last one compiled, or NULL; at its byte `at` */
    size_t at;
};

/* libxml2 is readied once, before there are threads; only programs that look into documents hold this file. */
__attribute__((constructor)) static void ready(void)
{
    xmlInitParser();
}

/* Some of its messages go past the handlers below to stderr. */
static void say_nothing(void *data, const char *format, ...)
{
    (void)data;
    (void)format;
}

static void on_compile_error(void *data, const xmlError *error)
{
    struct expressions *expressions = data;

    if (!expressions->why) {
        expressions->why = xpath_error(error->code);
        expressions->at = error->int1 > 0 ? (size_t)error->int1 : 0;
    }
}

static void on_evaluation_error(void *data, const xmlError *error)
{
    struct document *document = data;

    if (!document->why) {
        document->why = xpath_error(error->code);
    }
}

/* ------------------------------------------------------------------ expressions */

static void free_expression(void *expression)
{
    xmlXPathFreeCompExpr(expression);
}

static void free_expressions(struct text_cache *cache)
{
    struct expressions *expressions = (struct expressions *)cache;

    cache_clear(&expressions->xpaths);
    cache_clear(&expressions->selectors);
    xmlXPathFreeContext(expressions->context);
    free(expressions);
}

static struct expressions *expressions_of(struct swarm_strand *s)
{
    struct text_cache **cache = &strand_of(s)->shard->xpaths;
    struct expressions *expressions;

    if (*cache) {
        return (struct expressions *)*cache;
    }
    xmlSetGenericErrorFunc(NULL, say_nothing); /* of this thread */
    expressions = memory_new(1, sizeof *expressions);
    expressions->xpaths.free = free_expressions;
    expressions->xpaths.free_value = free_expression;
    expressions->selectors.free_value = free;
    expressions->context = xmlXPathNewContext(NULL);
    if (expressions->context) {
        expressions->context->error = (xmlStructuredErrorFunc)on_compile_error;
        expressions->context->userData = expressions;
    }
    *cache = &expressions->xpaths;
    return expressions;
}

static void report(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value text, const char *what,
                   const char *why, const size_t *at)
{
    struct value_buffer shown = {0};

    value_describe(text, &shown);
    if (at) {
        value_error(s, place, "%.*s is no %s: %s at byte %zu", (int)shown.size, shown.data, what, why, *at);
    } else {
        value_error(s, place, "%.*s is no %s: %s", (int)shown.size, shown.data, what, why);
    }
    value_buffer_free(&shown);
}

static xmlXPathCompExpr *expression_of(struct swarm_strand *s, struct swarm_value text, const struct swarm_place *place)
{
    struct expressions *expressions = expressions_of(s);
    xmlXPathCompExpr *compiled = cache_find(&expressions->xpaths, text.text, text.n);
    char *copy;

    if (compiled) {
        return compiled;
    }
    if (memchr(text.text, '\0', text.n)) {
        report(s, place, text, "XPath expression", "it holds a NUL", NULL);
        return NULL;
    }
    copy = memory_resize(NULL, (size_t)text.n + 1, 1);
    memcpy(copy, text.text, text.n);
    copy[text.n] = '\0';
    expressions->why = NULL;
    if (expressions->context) {
        xmlResetError(&expressions->context->lastError); /* only the first one is told otherwise */
    }
    compiled = expressions->context ? xmlXPathCtxtCompile(expressions->context, (const xmlChar *)copy) : NULL;
    free(copy);
    if (!compiled) {
        report(s, place, text, "XPath expression", expressions->why ? expressions->why : "it cannot be read",
               expressions->why ? &expressions->at : NULL);
        return NULL;
    }
    cache_put(&expressions->xpaths, text.text, text.n, compiled);
    return compiled;
}

/* ------------------------------------------------------------------ functions of our own, for css_to_xpath() */

static bool same_name(const xmlNode *a, const xmlNode *b)
{
    return b->type == XML_ELEMENT_NODE && xmlStrEqual(a->name, b->name);
}

static void place_from(xmlXPathParserContext *parser, int arguments, bool behind)
{
    const xmlNode *node = parser->context->node;
    double n = 1;

    if (arguments != 0) {
        xmlXPathSetArityError(parser);
        return;
    }
    for (const xmlNode *other = behind ? node->next : node->prev; other; other = behind ? other->next : other->prev) {
        n += same_name(node, other);
    }
    valuePush(parser, xmlXPathNewFloat(n));
}

static void swarm_place_function(xmlXPathParserContext *parser, int arguments)
{
    place_from(parser, arguments, false);
}

static void swarm_last_place_function(xmlXPathParserContext *parser, int arguments)
{
    place_from(parser, arguments, true);
}

/* ------------------------------------------------------------------ documents */

static void free_document(struct response_document *base)
{
    struct document *document = (struct document *)base;

    xmlXPathFreeContext(document->context);
    xmlFreeDoc(document->doc);
    free(document);
}

static struct swarm_value content_type(struct swarm_strand *s, const struct swarm_response *r)
{
    return swarm_response_header(s, r, swarm_text("Content-Type", 12));
}

static bool ends_with(const char *p, size_t n, const char *end)
{
    size_t m = strlen(end);

    return n >= m && strncasecmp(p + n - m, end, m) == 0;
}

/* application/xml, text/xml, application/rss+xml …, but not XHTML, which is HTML to a person. */
static bool is_xml(struct swarm_value type)
{
    size_t n = 0;

    if (type.kind != SWARM_TEXT) {
        return false;
    }
    while (n < type.n && type.text[n] != ';' && type.text[n] != ' ') {
        n++;
    }
    return (ends_with(type.text, n, "/xml") || ends_with(type.text, n, "+xml")) &&
           !ends_with(type.text, n, "xhtml+xml");
}

/* charset=… of the content type, where libxml2 knows it; "" when there is none. */
static void charset_of(struct swarm_value type, char *to, size_t room)
{
    const char *p = type.kind == SWARM_TEXT ? type.text : "", *end = p + (type.kind == SWARM_TEXT ? type.n : 0);
    size_t n = 0;

    to[0] = '\0';
    while (end - p > 8 && strncasecmp(p, "charset=", 8) != 0) {
        p++;
    }
    if (end - p <= 8) {
        return;
    }
    for (p += 8; p < end && n + 1 < room; p++) {
        if (*p == ';' || *p == ' ') {
            break;
        }
        if (*p != '"' && *p != '\'') {
            to[n++] = *p;
        }
    }
    to[n] = '\0';
    xmlCharEncodingHandler *handler = xmlFindCharEncodingHandler(to);
    if (!handler) {
        to[0] = '\0';
        return;
    }
    xmlCharEncCloseFunc(handler);
}

/* Text beyond ASCII that is UTF-8 throughout: then that is what it is, whatever a parser would guess. */
static bool is_utf8(const char *p, size_t n)
{
    bool beyond = false;

    for (size_t i = 0; i < n;) {
        size_t step = utf8_sequence(p + i, n - i);
        if (!step) {
            return false;
        }
        beyond |= step > 1;
        i += step;
    }
    return beyond;
}

static xmlDoc *parse(struct swarm_strand *s, const struct swarm_response *r, struct swarm_value body,
                     const struct swarm_place *place)
{
    struct swarm_value type = content_type(s, r);
    char charset[64];
    const char *encoding = charset;
    xmlDoc *doc;

    if (body.n > INT_MAX / 2) {
        value_error(s, place, "the document is too large: %u bytes", body.n);
        return NULL;
    }
    charset_of(type, charset, sizeof charset);
    if (!charset[0]) {
        encoding = is_utf8(body.text, body.n) ? "UTF-8" : NULL;
    }
    if (is_xml(type)) {
        doc = xmlReadMemory(body.text, (int)body.n, NULL, encoding,
                            XML_PARSE_RECOVER | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NONET |
                                XML_PARSE_COMPACT);
        if (doc && doc->intSubset && doc->intSubset->entities) { /* they may grow without bound */
            xmlFreeDoc(doc);
            value_error(s, place, "the document declares entities of its own; such are not read");
            return NULL;
        }
    } else {
        doc = htmlReadMemory(body.text, (int)body.n, NULL, encoding,
                             HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET |
                                 HTML_PARSE_COMPACT);
    }
    if (!doc) { /* nothing in it: selectors find nothing */
        doc = htmlNewDocNoDtD(NULL, NULL);
    }
    if (!doc) {
        value_error(s, place, "there is no memory for the document");
    }
    return doc;
}

static struct document *document_of(struct swarm_strand *s, const struct swarm_response *r,
                                    const struct swarm_place *place)
{
    struct response_document **kept = response_document(r);
    struct document *document;
    xmlDoc *doc;

    if (*kept) {
        return (struct document *)*kept;
    }
    doc = parse(s, r, swarm_body_text(s, r), place);
    if (!doc) {
        return NULL;
    }
    document = memory_new(1, sizeof *document);
    document->base.free = free_document;
    document->doc = doc;
    document->context = xmlXPathNewContext(doc);
    if (!document->context) {
        free_document(&document->base);
        value_error(s, place, "there is no memory for the document");
        return NULL;
    }
    document->context->error = (xmlStructuredErrorFunc)on_evaluation_error;
    document->context->userData = document;
    document->context->opLimit = most_steps;
    xmlXPathRegisterFunc(document->context, (const xmlChar *)"swarm-place", swarm_place_function);
    xmlXPathRegisterFunc(document->context, (const xmlChar *)"swarm-last-place", swarm_last_place_function);
    *kept = &document->base;
    return document;
}

/* The caller frees it; NULL: an error was raised. */
static xmlXPathObject *evaluate(struct swarm_strand *s, const struct swarm_response *r, struct swarm_value text,
                                const struct swarm_place *place)
{
    xmlXPathCompExpr *expression = expression_of(s, text, place);
    struct document *document = expression ? document_of(s, r, place) : NULL;
    xmlXPathObject *result;

    if (!document) {
        return NULL;
    }
    document->why = NULL;
    xmlResetError(&document->context->lastError);
    document->context->opCount = 0;
    document->context->node = (xmlNode *)document->doc;
    result = xmlXPathCompiledEval(expression, document->context);
    if (!result) {
        value_error(s, place, "XPath: %s", document->why ? document->why : "it cannot be evaluated");
        return NULL;
    }
    if (result->type == XPATH_NODESET && result->nodesetval) {
        xmlXPathNodeSetSort(result->nodesetval);
    }
    return result;
}

/* ------------------------------------------------------------------ results */

/* Takes what libxml2 allocated; NULL stays null. */
static struct swarm_value take_text(struct swarm_strand *s, xmlChar *text, const struct swarm_place *place)
{
    struct swarm_value value = swarm_null();

    if (text) {
        size_t n = strlen((const char *)text);
        char *copy = n <= UINT32_MAX ? value_room(s, place, n) : NULL;
        if (copy) {
            memcpy(copy, text, n);
            value = value_arena_text(copy, n);
        }
        xmlFree(text);
    }
    return value;
}

static void to_lower(char *to, const char *from)
{
    while ((*to++ = (char)(*from >= 'A' && *from <= 'Z' ? *from + 32 : *from))) {
        from++;
    }
}

static xmlChar *attribute_of(xmlNode *node, const char *name, const char *small)
{
    xmlChar *value = node->type == XML_ELEMENT_NODE ? xmlGetProp(node, (const xmlChar *)name) : NULL;

    return value || node->type != XML_ELEMENT_NODE ? value : xmlGetProp(node, (const xmlChar *)small);
}

/* The texts of nodes, or an attribute's values where it is there. */
static struct swarm_value list_of(struct swarm_strand *s, const xmlNodeSet *nodes, const char *attribute,
                                  const struct swarm_place *place)
{
    int count = nodes ? nodes->nodeNr : 0;
    struct swarm_value *items = value_room(s, place, ((size_t)count + 1) * sizeof *items);
    char *small = attribute ? memory_resize(NULL, strlen(attribute) + 1, 1) : NULL;
    uint32_t n = 0;

    if (small) {
        to_lower(small, attribute);
    }
    for (int i = 0; i < count && items && !swarm_failed(s); i++) {
        xmlNode *node = nodes->nodeTab[i];
        struct swarm_value text =
            take_text(s, attribute ? attribute_of(node, attribute, small) : xmlXPathCastNodeToString(node), place);
        if (text.kind == SWARM_TEXT) {
            items[n++] = text;
        }
    }
    free(small);
    return items && !swarm_failed(s) ? value_group(s, place, SWARM_LIST, items, n) : swarm_null();
}

struct swarm_value swarm_select(struct swarm_strand *s, const struct swarm_response *r, struct swarm_value xpath,
                                struct swarm_value attribute, const struct swarm_place *place)
{
    struct swarm_value list = swarm_null();
    xmlXPathObject *result;
    char *name = NULL;

    if (attribute.kind != SWARM_NULL) {
        if (!value_take_text(s, place, attribute)) {
            return list;
        }
        name = memory_resize(NULL, (size_t)attribute.n + 1, 1);
        memcpy(name, attribute.text, attribute.n);
        name[attribute.n] = '\0';
    }
    result = evaluate(s, r, xpath, place);
    if (result) {
        list = list_of(s, result->nodesetval, name, place);
        xmlXPathFreeObject(result);
    }
    free(name);
    return list;
}

struct swarm_value swarm_css(struct swarm_strand *s, const struct swarm_response *r, struct swarm_value selector,
                             struct swarm_value attribute, const struct swarm_place *place)
{
    struct text_cache *selectors = &expressions_of(s)->selectors;
    struct selector_mistake mistake;
    char *xpath;

    if (!value_take_text(s, place, selector)) {
        return swarm_null();
    }
    xpath = cache_find(selectors, selector.text, selector.n);
    if (!xpath) {
        xpath = css_to_xpath(selector.text, selector.n, &mistake);
        if (!xpath) {
            report(s, place, selector, "CSS selector", mistake.what, &mistake.at);
            return swarm_null();
        }
        cache_put(selectors, selector.text, selector.n, xpath);
    }
    return swarm_select(s, r, swarm_text(xpath, (uint32_t)strlen(xpath)), attribute, place);
}

struct swarm_value swarm_xpath(struct swarm_strand *s, const struct swarm_response *r, struct swarm_value expression,
                               const struct swarm_place *place)
{
    struct swarm_value value = swarm_null();
    xmlXPathObject *result;

    if (!value_take_text(s, place, expression)) {
        return value;
    }
    result = evaluate(s, r, expression, place);
    if (!result) {
        return value;
    }
    switch (result->type) {
    case XPATH_NODESET:
        value = list_of(s, result->nodesetval, NULL, place);
        break;
    case XPATH_BOOLEAN:
        value = swarm_bool(result->boolval);
        break;
    case XPATH_NUMBER:
        if (isfinite(result->floatval)) {
            bool whole = fabs(result->floatval) < 9007199254740992.0 && trunc(result->floatval) == result->floatval;
            value = whole ? swarm_int((int64_t)result->floatval) : swarm_float(result->floatval);
        }
        break;
    default:
        value = take_text(s, xmlXPathCastToString(result), place);
    }
    xmlXPathFreeObject(result);
    return value;
}
