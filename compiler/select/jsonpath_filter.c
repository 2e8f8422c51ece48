/* The expressions of a JSONPath's filters (RFC 9535, section 2.3.5): comparisons, tests, functions and their types (section 2.4). */
#include <stdio.h>
#include <string.h>

#include "jsonpath.h"

/* What an expression is, as section 2.4.1 has it. */
enum result { LITERAL, SINGULAR, QUERY, FUNCTION_VALUE, FUNCTION_LOGICAL };

static bool number_literal(struct jsonpath_scan *s, uint32_t *out)
{
    size_t from = s->at;

    s->at += jsonpath_peek(s) == '-';
    if (!jsonpath_is_digit(jsonpath_peek(s))) {
        return jsonpath_fail(s, "a digit is missing");
    }
    if (jsonpath_peek(s) == '0' && jsonpath_is_digit(jsonpath_peek_at(s, 1))) {
        return jsonpath_fail_at(s, from, "a number with a zero in front");
    }
    while (jsonpath_is_digit(jsonpath_peek(s))) {
        s->at++;
    }
    if (jsonpath_peek(s) == '.') {
        s->at++;
        if (!jsonpath_is_digit(jsonpath_peek(s))) {
            return jsonpath_fail(s, "a digit is missing");
        }
        while (jsonpath_is_digit(jsonpath_peek(s))) {
            s->at++;
        }
    }
    if (jsonpath_peek(s) == 'e' || jsonpath_peek(s) == 'E') {
        s->at++;
        s->at += jsonpath_peek(s) == '+' || jsonpath_peek(s) == '-';
        if (!jsonpath_is_digit(jsonpath_peek(s))) {
            return jsonpath_fail(s, "a digit is missing");
        }
        while (jsonpath_is_digit(jsonpath_peek(s))) {
            s->at++;
        }
    }
    *out = jsonpath_node(s, SWARM_PATH_NUMBER);
    if (selector_failed(s->mistake)) {
        return false;
    }
    s->nodes[*out].text = s->texts + s->used;
    s->nodes[*out].n = (uint32_t)(s->at - from);
    for (size_t i = from; i < s->at; i++) {
        jsonpath_put(s, s->p[i]);
    }
    return true;
}

struct function {
    const char *name;
    enum swarm_jsonpath_kind kind;
    unsigned arguments;
    bool nodes;   /* its argument is a query, else values */
    bool logical; /* its result is true or false, else a value */
};
static const struct function functions[] = {
    {"length", SWARM_PATH_LENGTH, 1, false, false}, {"count", SWARM_PATH_COUNT, 1, true, false},
    {"value", SWARM_PATH_VALUE, 1, true, false},    {"match", SWARM_PATH_MATCH, 2, false, true},
    {"search", SWARM_PATH_SEARCH, 2, false, true},
};

static bool operand(struct jsonpath_scan *s, uint32_t *out, enum result *result);

static bool argument(struct jsonpath_scan *s, const struct function *function, uint32_t *out)
{
    size_t from;
    enum result result;

    jsonpath_spaces(s);
    from = s->at;
    if (!operand(s, out, &result)) {
        return false;
    }
    if (function->nodes ? result != SINGULAR && result != QUERY
                        : result != LITERAL && result != SINGULAR && result != FUNCTION_VALUE) {
        return jsonpath_fail_at(s, from,
                                function->nodes ? "`%s` takes a query"
                                                : "`%s` takes a value: a literal or a query that finds at most one",
                                function->name);
    }
    jsonpath_spaces(s);
    return true;
}

static bool call(struct jsonpath_scan *s, size_t from, const struct function *function, uint32_t *out)
{
    uint32_t last = 0, one = 0;

    if (++s->depth > JSONPATH_DEPTH) {
        return jsonpath_fail(s, "it nests too deep");
    }
    *out = jsonpath_node(s, function->kind);
    s->at++;
    for (unsigned i = 0; i < function->arguments; i++) {
        jsonpath_spaces(s);
        if (jsonpath_peek(s) == ')' || (i > 0 && jsonpath_peek(s) != ',')) {
            return jsonpath_fail_at(s, from, "`%s` takes %s", function->name,
                                    function->arguments == 1 ? "one argument" : "two arguments");
        }
        s->at += i > 0;
        if (!argument(s, function, &one)) {
            return false;
        }
        jsonpath_hang(s, *out, &last, one);
    }
    if (jsonpath_peek(s) == ',') {
        return jsonpath_fail_at(s, from, "`%s` takes %s", function->name,
                                function->arguments == 1 ? "one argument" : "two arguments");
    }
    if (jsonpath_peek(s) != ')') {
        return jsonpath_fail(s, s->at < s->n ? "`)` is wanted here" : "`(` is not closed by `)`");
    }
    s->at++;
    s->depth--;
    return true;
}

/* true, false, null or a call: what begins with a small letter. */
static bool word(struct jsonpath_scan *s, uint32_t *out, enum result *result)
{
    size_t from = s->at, n;
    const char *p = s->p + from;

    while ((jsonpath_peek(s) >= 'a' && jsonpath_peek(s) <= 'z') || jsonpath_peek(s) == '_' ||
           jsonpath_is_digit(jsonpath_peek(s))) {
        s->at++;
    }
    n = s->at - from;
    if (jsonpath_peek(s) == '(') {
        for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
            if (strlen(functions[i].name) == n && memcmp(functions[i].name, p, n) == 0) {
                *result = functions[i].logical ? FUNCTION_LOGICAL : FUNCTION_VALUE;
                return call(s, from, &functions[i], out);
            }
        }
        jsonpath_fail_at(s, from, "there is no function `%.*s`", (int)(n < 60 ? n : 60), p);
        return selector_help(s->mistake, "there are length() count() value() match() search()");
    }
    *result = LITERAL;
    if (n == 4 && memcmp(p, "true", 4) == 0) {
        *out = jsonpath_node(s, SWARM_PATH_TRUE);
    } else if (n == 5 && memcmp(p, "false", 5) == 0) {
        *out = jsonpath_node(s, SWARM_PATH_FALSE);
    } else if (n == 4 && memcmp(p, "null", 4) == 0) {
        *out = jsonpath_node(s, SWARM_PATH_NULL);
    } else {
        jsonpath_fail_at(s, from, "a value or a query is wanted here");
        return selector_help(s->mistake, "a member of the element is @.name, a text has quotes");
    }
    return !selector_failed(s->mistake);
}

static bool operand(struct jsonpath_scan *s, uint32_t *out, enum result *result)
{
    switch (jsonpath_peek(s)) {
    case '$':
    case '@':
        if (!jsonpath_query(s, out)) {
            return false;
        }
        *result = jsonpath_is_singular(s, *out) ? SINGULAR : QUERY;
        return true;
    case '"':
    case '\'':
        *result = LITERAL;
        *out = jsonpath_node(s, SWARM_PATH_TEXT);
        return !selector_failed(s->mistake) && jsonpath_text(s, *out);
    default:
        if (jsonpath_begins_number(s)) {
            *result = LITERAL;
            return number_literal(s, out);
        }
        if (jsonpath_peek(s) >= 'a' && jsonpath_peek(s) <= 'z') {
            return word(s, out, result);
        }
        jsonpath_fail(s, s->at < s->n ? "a value or a query is wanted here" : "it ends too early");
        return jsonpath_is_letter(jsonpath_peek(s))
                   ? selector_help(s->mistake, "true, false, null and functions have small letters; a member is @.name")
                   : false;
    }
}

/* Reads ==, != …; 0: none follows. */
static int comparison(struct jsonpath_scan *s)
{
    int ch = jsonpath_peek(s), next = jsonpath_peek_at(s, 1);

    if ((ch == '=' || ch == '!') && next == '=') {
        s->at += 2;
        return ch == '=' ? SWARM_PATH_EQ : SWARM_PATH_NE;
    }
    if (ch == '<' || ch == '>') {
        s->at += next == '=' ? 2 : 1;
        return ch == '<' ? next == '=' ? SWARM_PATH_LE : SWARM_PATH_LT : next == '=' ? SWARM_PATH_GE : SWARM_PATH_GT;
    }
    return 0;
}

static bool check_comparable(struct jsonpath_scan *s, size_t from, enum result result)
{
    if (result == QUERY) {
        return jsonpath_fail_at(s, from, "a query that may find several things cannot be compared");
    }
    if (result == FUNCTION_LOGICAL) {
        return jsonpath_fail_at(s, from, "`match` and `search` are conditions by themselves, they are not compared");
    }
    return true;
}

/* A comparison, a query (does it find anything?) or match() and search(). */
static bool comparison_or_test(struct jsonpath_scan *s, bool negated, uint32_t *out)
{
    size_t from = s->at, behind;
    enum result left, right;
    uint32_t a, b;
    int how;

    if (!operand(s, &a, &left)) {
        return false;
    }
    behind = s->at;
    jsonpath_spaces(s);
    how = negated ? 0 : comparison(s);
    if (!how) {
        if (jsonpath_peek(s) == '=') {
            jsonpath_fail(s, "`=` alone compares nothing");
            return selector_help(s->mistake, "equal is `==`");
        }
        s->at = behind;
        *out = a;
        if (left == LITERAL || left == FUNCTION_VALUE) {
            return jsonpath_fail_at(s, from,
                                    left == LITERAL ? "a literal is no condition: compare it"
                                                    : "this value is no condition: compare it");
        }
        return true;
    }
    jsonpath_spaces(s);
    behind = s->at;
    if (!check_comparable(s, from, left) || !operand(s, &b, &right) || !check_comparable(s, behind, right)) {
        return false;
    }
    *out = jsonpath_node(s, (enum swarm_jsonpath_kind)how);
    if (selector_failed(s->mistake)) {
        return false;
    }
    s->nodes[*out].first = a;
    s->nodes[a].next = b;
    return true;
}

static bool in_parentheses(struct jsonpath_scan *s, uint32_t *out)
{
    if (++s->depth > JSONPATH_DEPTH) {
        return jsonpath_fail(s, "it nests too deep");
    }
    s->at++;
    jsonpath_spaces(s);
    if (!jsonpath_logical_or(s, out)) {
        return false;
    }
    jsonpath_spaces(s);
    if (jsonpath_peek(s) != ')') {
        return jsonpath_fail(s, s->at < s->n ? "`)` is wanted here" : "`(` is not closed by `)`");
    }
    s->at++;
    s->depth--;
    return true;
}

static bool basic(struct jsonpath_scan *s, uint32_t *out)
{
    bool negated = jsonpath_peek(s) == '!';
    uint32_t inner = 0;

    if (negated) {
        s->at++;
        jsonpath_spaces(s);
    }
    if (!(jsonpath_peek(s) == '(' ? in_parentheses(s, &inner) : comparison_or_test(s, negated, &inner))) {
        return false;
    }
    *out = inner;
    if (negated) {
        *out = jsonpath_node(s, SWARM_PATH_NOT);
        if (selector_failed(s->mistake)) {
            return false;
        }
        s->nodes[*out].first = inner;
    }
    return true;
}

/* `one && one …` or `one || one …`. */
static bool chain(struct jsonpath_scan *s, int sign, enum swarm_jsonpath_kind kind,
                  bool (*part)(struct jsonpath_scan *s, uint32_t *out), uint32_t *out)
{
    uint32_t one = 0, last = 0;

    if (!part(s, &one)) {
        return false;
    }
    *out = one;
    for (;;) {
        size_t before = s->at;
        jsonpath_spaces(s);
        if (jsonpath_peek(s) != sign || jsonpath_peek_at(s, 1) != sign) {
            s->at = before;
            return true;
        }
        s->at += 2;
        jsonpath_spaces(s);
        if (!last) {
            *out = jsonpath_node(s, kind);
            jsonpath_hang(s, *out, &last, one);
        }
        if (!part(s, &one)) {
            return false;
        }
        jsonpath_hang(s, *out, &last, one);
    }
}

static bool logical_and(struct jsonpath_scan *s, uint32_t *out)
{
    return chain(s, '&', SWARM_PATH_AND, basic, out);
}

bool jsonpath_logical_or(struct jsonpath_scan *s, uint32_t *out)
{
    return chain(s, '|', SWARM_PATH_OR, logical_and, out);
}
