/* JSONPath (RFC 9535) to the table that swarm/requests.h describes (selector.h). The grammar is that of the RFC's appendix A, read
 * by descent; well-typedness of functions (section 2.4.3) is looked at where a function stands. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <swarm/program.h>

#include "selector.h"

enum {
    MOST_DEPTH = 100,
    MOST_NODES = 10000,
};
static const int64_t most_int = INT64_C(9007199254740991); /* 2^53 - 1: the whole numbers of I-JSON (RFC 7493) */

/* What an expression is, as section 2.4.1 has it. */
enum result { LITERAL, SINGULAR, QUERY, FUNCTION_VALUE, FUNCTION_LOGICAL };

struct parse {
    const char *p;
    size_t n, at;
    struct selector_mistake *mistake;
    unsigned depth;
    struct swarm_jsonpath_node *nodes;
    uint32_t count, room;
    char *texts; /* of names and literals, unescaped: never longer than the query */
    size_t used;
};

static bool fail_at(struct parse *s, size_t at, const char *format, ...) __attribute__((format(printf, 3, 4)));
static bool fail_at(struct parse *s, size_t at, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    selector_vfail(s->mistake, at, format, args);
    va_end(args);
    return false;
}

static bool fail(struct parse *s, const char *what)
{
    return fail_at(s, s->at, "%s", what);
}

/* ------------------------------------------------------------------ nodes */

/* A new node; 0: there is no room (reported). The first node is the query, so no other one has index 0. */
static uint32_t node(struct parse *s, enum swarm_jsonpath_kind kind)
{
    if (selector_failed(s->mistake)) {
        return 0;
    }
    if (s->count == s->room) {
        uint32_t room = s->room ? 2 * s->room : 32;
        struct swarm_jsonpath_node *nodes = room <= MOST_NODES ? realloc(s->nodes, room * sizeof *nodes) : NULL;
        if (!nodes) {
            fail(s, "it is too long");
            return 0;
        }
        s->nodes = nodes;
        s->room = room;
    }
    s->nodes[s->count] = (struct swarm_jsonpath_node){.kind = (uint8_t)kind, .text = ""};
    return s->count++;
}

/* Hangs `child` behind the last child of `parent`; *last is that one, 0 at first. */
static void hang(struct parse *s, uint32_t parent, uint32_t *last, uint32_t child)
{
    if (selector_failed(s->mistake)) {
        return;
    }
    *(*last ? &s->nodes[*last].next : &s->nodes[parent].first) = child;
    *last = child;
}

/* ------------------------------------------------------------------ characters */

static int peek(const struct parse *s)
{
    return s->at < s->n ? (unsigned char)s->p[s->at] : -1;
}

static int peek_at(const struct parse *s, size_t ahead)
{
    return s->at + ahead < s->n ? (unsigned char)s->p[s->at + ahead] : -1;
}

static bool is_digit(int ch)
{
    return ch >= '0' && ch <= '9';
}

static bool is_letter(int ch)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z');
}

static void spaces(struct parse *s)
{
    while (peek(s) == ' ' || peek(s) == '\t' || peek(s) == '\n' || peek(s) == '\r') {
        s->at++;
    }
}

static void put(struct parse *s, char byte)
{
    s->texts[s->used++] = byte;
}

/* ------------------------------------------------------------------ texts */

static int hex(int ch)
{
    if (is_digit(ch)) {
        return ch - '0';
    }
    ch |= 0x20;
    return ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : -1;
}

/* At the u of \uXXXX. */
static bool hex4(struct parse *s, uint32_t *code)
{
    *code = 0;
    for (size_t i = 1; i <= 4; i++) {
        int digit = hex(peek_at(s, i));
        if (digit < 0) {
            return fail_at(s, s->at - 1, "`\\u` wants four hexadecimal digits");
        }
        *code = *code << 4 | (uint32_t)digit;
    }
    s->at += 5;
    return true;
}

static bool unicode_escape(struct parse *s)
{
    size_t from = s->at - 1;
    uint32_t code, low;

    if (!hex4(s, &code)) {
        return false;
    }
    if (code >= 0xdc00 && code <= 0xdfff) {
        return fail_at(s, from, "the second half of a pair stands alone");
    }
    if (code >= 0xd800 && code <= 0xdbff) {
        if (peek(s) != '\\' || peek_at(s, 1) != 'u') {
            return fail_at(s, from, "the first half of a pair stands alone");
        }
        s->at++;
        if (!hex4(s, &low)) {
            return false;
        }
        if (low < 0xdc00 || low > 0xdfff) {
            return fail_at(s, from, "the first half of a pair stands alone");
        }
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    if (code < 0x80) {
        put(s, (char)code);
    } else if (code < 0x800) {
        put(s, (char)(0xc0 | code >> 6));
        put(s, (char)(0x80 | (code & 0x3f)));
    } else if (code < 0x10000) {
        put(s, (char)(0xe0 | code >> 12));
        put(s, (char)(0x80 | (code >> 6 & 0x3f)));
        put(s, (char)(0x80 | (code & 0x3f)));
    } else {
        put(s, (char)(0xf0 | code >> 18));
        put(s, (char)(0x80 | (code >> 12 & 0x3f)));
        put(s, (char)(0x80 | (code >> 6 & 0x3f)));
        put(s, (char)(0x80 | (code & 0x3f)));
    }
    return true;
}

/* At the backslash. */
static bool escape(struct parse *s, int quote)
{
    static const char from[] = "bfnrt/\\", to[] = "\b\f\n\r\t/\\";
    int ch = peek_at(s, 1);
    const char *found;

    if (ch == 'u') {
        s->at++;
        return unicode_escape(s);
    }
    found = ch > 0 ? strchr(from, ch) : NULL;
    if (ch != quote && !found) {
        return fail(s, "an unknown escape");
    }
    put(s, found ? to[found - from] : (char)ch);
    s->at += 2;
    return true;
}

/* Length of the UTF-8 sequence at hand, 0: none (RFC 3629, table 3-7 of Unicode). */
static size_t sequence(const struct parse *s)
{
    int a = peek(s), b = peek_at(s, 1);
    size_t n = a < 0x80 ? 1 : a >= 0xc2 && a <= 0xdf ? 2 : (a & 0xf0) == 0xe0 ? 3 : a >= 0xf0 && a <= 0xf4 ? 4 : 0;

    if (n < 2) {
        return n;
    }
    if ((b & 0xc0) != 0x80 || b < 0 || (a == 0xe0 && b < 0xa0) || (a == 0xed && b > 0x9f) || (a == 0xf0 && b < 0x90) ||
        (a == 0xf4 && b > 0x8f)) {
        return 0;
    }
    for (size_t i = 2; i < n; i++) {
        if (peek_at(s, i) < 0 || (peek_at(s, i) & 0xc0) != 0x80) {
            return 0;
        }
    }
    return n;
}

static bool put_sequence(struct parse *s)
{
    size_t n = sequence(s);

    if (!n) {
        return fail(s, "this is not UTF-8");
    }
    while (n--) {
        put(s, s->p[s->at++]);
    }
    return true;
}

/* In quotes of either kind; to the node's text. */
static bool string_literal(struct parse *s, uint32_t to)
{
    size_t begin = s->at, from = s->used;
    int quote = peek(s);

    s->at++;
    while (!selector_failed(s->mistake) && peek(s) != quote) {
        if (peek(s) < 0) {
            return fail_at(s, begin, "a quote is not closed");
        }
        if (peek(s) < 0x20) {
            return fail(s, "a control character in a text");
        }
        if (peek(s) == '\\') {
            escape(s, quote);
        } else {
            put_sequence(s);
        }
    }
    if (selector_failed(s->mistake)) {
        return false;
    }
    s->at++;
    s->nodes[to].text = s->texts + from;
    s->nodes[to].n = (uint32_t)(s->used - from);
    return true;
}

static bool is_name_first(int ch)
{
    return is_letter(ch) || ch == '_' || ch >= 0x80;
}

static bool member_name(struct parse *s, uint32_t to)
{
    size_t from = s->used;

    if (!is_name_first(peek(s))) {
        fail(s, s->at < s->n ? "a name is wanted here" : "it ends too early");
        return is_digit(peek(s)) ? selector_help(s->mistake, "an index stands in brackets: [0]") : false;
    }
    while (!selector_failed(s->mistake) && (is_name_first(peek(s)) || is_digit(peek(s)))) {
        put_sequence(s);
    }
    if (selector_failed(s->mistake)) {
        return false;
    }
    s->nodes[to].text = s->texts + from;
    s->nodes[to].n = (uint32_t)(s->used - from);
    return true;
}

/* ------------------------------------------------------------------ selectors */

static bool logical_or(struct parse *s, uint32_t *out);

static bool whole_number(struct parse *s, int64_t *value)
{
    size_t from = s->at;
    bool minus = peek(s) == '-';

    s->at += minus;
    if (!is_digit(peek(s))) {
        return fail_at(s, s->at, "a digit is missing");
    }
    if (peek(s) == '0' && (minus || is_digit(peek_at(s, 1)))) {
        return fail_at(s, from, minus ? "0 has no sign" : "a number with a zero in front");
    }
    for (*value = 0; is_digit(peek(s)); s->at++) {
        *value = *value * 10 + (peek(s) - '0');
        if (*value > most_int) {
            return fail_at(s, from, "the number is too large");
        }
    }
    if (minus) {
        *value = -*value;
    }
    return true;
}

static bool begins_number(const struct parse *s)
{
    return peek(s) == '-' || is_digit(peek(s));
}

/* An index or a slice. */
static bool index_or_slice(struct parse *s, uint32_t *out)
{
    int64_t start = 0, end = 0, step = 1;
    bool has_start = begins_number(s), has_end = false;
    size_t behind;

    if (has_start && !whole_number(s, &start)) {
        return false;
    }
    behind = s->at;
    spaces(s);
    if (peek(s) != ':') {
        s->at = behind;
        *out = node(s, SWARM_PATH_INDEX);
    } else {
        s->at++;
        spaces(s);
        has_end = begins_number(s);
        if (has_end && !whole_number(s, &end)) {
            return false;
        }
        behind = s->at;
        spaces(s);
        if (peek(s) == ':') {
            s->at++;
            behind = s->at;
            spaces(s);
            if (begins_number(s)) {
                if (!whole_number(s, &step)) {
                    return false;
                }
                behind = s->at;
            }
        }
        s->at = behind;
        *out = node(s, SWARM_PATH_SLICE);
    }
    if (selector_failed(s->mistake)) {
        return false;
    }
    s->nodes[*out].a = start;
    s->nodes[*out].b = end;
    s->nodes[*out].c = step;
    s->nodes[*out].has = (uint8_t)(has_start | has_end << 1);
    return true;
}

static bool selector(struct parse *s, uint32_t *out)
{
    uint32_t expression;

    switch (peek(s)) {
    case '"':
    case '\'':
        *out = node(s, SWARM_PATH_NAME);
        return !selector_failed(s->mistake) && string_literal(s, *out);
    case '*':
        s->at++;
        *out = node(s, SWARM_PATH_WILDCARD);
        return !selector_failed(s->mistake);
    case '?':
        s->at++;
        spaces(s);
        *out = node(s, SWARM_PATH_FILTER);
        if (selector_failed(s->mistake) || !logical_or(s, &expression)) {
            return false;
        }
        s->nodes[*out].first = expression;
        return true;
    default:
        if (begins_number(s) || peek(s) == ':') {
            return index_or_slice(s, out);
        }
        fail(s, s->at < s->n ? "a name in quotes, an index, `*` or `?` is wanted here" : "it ends too early");
        return is_name_first(peek(s)) ? selector_help(s->mistake, "a name in brackets has quotes: ['name']") : false;
    }
}

static bool bracketed(struct parse *s, uint32_t segment)
{
    uint32_t last = 0, one = 0;

    s->at++;
    for (;;) {
        spaces(s);
        if (!selector(s, &one)) {
            return false;
        }
        hang(s, segment, &last, one);
        spaces(s);
        if (peek(s) == ']') {
            s->at++;
            return true;
        }
        if (peek(s) != ',') {
            return fail(s, s->at < s->n ? "`,` or `]` is wanted here" : "`[` is not closed by `]`");
        }
        s->at++;
    }
}

/* Behind `.` or `..`: a name or `*`. */
static bool shorthand(struct parse *s, uint32_t segment)
{
    uint32_t one = node(s, peek(s) == '*' ? SWARM_PATH_WILDCARD : SWARM_PATH_NAME), last = 0;

    if (selector_failed(s->mistake)) {
        return false;
    }
    if (peek(s) == '*') {
        s->at++;
    } else if (!member_name(s, one)) {
        return false;
    }
    hang(s, segment, &last, one);
    return true;
}

static bool segment(struct parse *s, uint32_t *out)
{
    bool descendant = peek(s) == '.' && peek_at(s, 1) == '.';

    *out = node(s, descendant ? SWARM_PATH_DESCENDANT : SWARM_PATH_CHILD);
    if (selector_failed(s->mistake)) {
        return false;
    }
    if (peek(s) == '.') {
        s->at += descendant ? 2 : 1;
        if (!descendant || peek(s) != '[') {
            return shorthand(s, *out);
        }
    }
    return bracketed(s, *out);
}

static bool is_singular(const struct parse *s, uint32_t query)
{
    for (uint32_t i = s->nodes[query].first; i; i = s->nodes[i].next) {
        const struct swarm_jsonpath_node *one = &s->nodes[s->nodes[i].first];
        if (s->nodes[i].kind != SWARM_PATH_CHILD || one->next ||
            (one->kind != SWARM_PATH_NAME && one->kind != SWARM_PATH_INDEX)) {
            return false;
        }
    }
    return true;
}

/* At $ or @. White space behind it belongs to it only where a segment follows. */
static bool query(struct parse *s, uint32_t *out)
{
    uint32_t last = 0, one = 0;

    *out = node(s, peek(s) == '$' ? SWARM_PATH_ROOT : SWARM_PATH_CURRENT);
    s->at++;
    if (selector_failed(s->mistake) || ++s->depth > MOST_DEPTH) {
        return fail(s, "it nests too deep");
    }
    for (;;) {
        size_t before = s->at;
        spaces(s);
        if (peek(s) != '.' && peek(s) != '[') {
            s->at = before;
            s->depth--;
            return true;
        }
        if (!segment(s, &one)) {
            return false;
        }
        hang(s, *out, &last, one);
    }
}

/* ------------------------------------------------------------------ expressions */

static bool number_literal(struct parse *s, uint32_t *out)
{
    size_t from = s->at;

    s->at += peek(s) == '-';
    if (!is_digit(peek(s))) {
        return fail(s, "a digit is missing");
    }
    if (peek(s) == '0' && is_digit(peek_at(s, 1))) {
        return fail_at(s, from, "a number with a zero in front");
    }
    while (is_digit(peek(s))) {
        s->at++;
    }
    if (peek(s) == '.') {
        s->at++;
        if (!is_digit(peek(s))) {
            return fail(s, "a digit is missing");
        }
        while (is_digit(peek(s))) {
            s->at++;
        }
    }
    if (peek(s) == 'e' || peek(s) == 'E') {
        s->at++;
        s->at += peek(s) == '+' || peek(s) == '-';
        if (!is_digit(peek(s))) {
            return fail(s, "a digit is missing");
        }
        while (is_digit(peek(s))) {
            s->at++;
        }
    }
    *out = node(s, SWARM_PATH_NUMBER);
    if (selector_failed(s->mistake)) {
        return false;
    }
    s->nodes[*out].text = s->texts + s->used;
    s->nodes[*out].n = (uint32_t)(s->at - from);
    for (size_t i = from; i < s->at; i++) {
        put(s, s->p[i]);
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

static bool operand(struct parse *s, uint32_t *out, enum result *result);

static bool argument(struct parse *s, const struct function *function, uint32_t *out)
{
    size_t from;
    enum result result;

    spaces(s);
    from = s->at;
    if (!operand(s, out, &result)) {
        return false;
    }
    if (function->nodes ? result != SINGULAR && result != QUERY
                        : result != LITERAL && result != SINGULAR && result != FUNCTION_VALUE) {
        return fail_at(s, from,
                       function->nodes ? "`%s` takes a query"
                                       : "`%s` takes a value: a literal or a query that finds at most one",
                       function->name);
    }
    spaces(s);
    return true;
}

static bool call(struct parse *s, size_t from, const struct function *function, uint32_t *out)
{
    uint32_t last = 0, one = 0;

    if (++s->depth > MOST_DEPTH) {
        return fail(s, "it nests too deep");
    }
    *out = node(s, function->kind);
    s->at++;
    for (unsigned i = 0; i < function->arguments; i++) {
        spaces(s);
        if (peek(s) == ')' || (i > 0 && peek(s) != ',')) {
            return fail_at(s, from, "`%s` takes %s", function->name,
                           function->arguments == 1 ? "one argument" : "two arguments");
        }
        s->at += i > 0;
        if (!argument(s, function, &one)) {
            return false;
        }
        hang(s, *out, &last, one);
    }
    if (peek(s) == ',') {
        return fail_at(s, from, "`%s` takes %s", function->name,
                       function->arguments == 1 ? "one argument" : "two arguments");
    }
    if (peek(s) != ')') {
        return fail(s, s->at < s->n ? "`)` is wanted here" : "`(` is not closed by `)`");
    }
    s->at++;
    s->depth--;
    return true;
}

/* true, false, null or a call: what begins with a small letter. */
static bool word(struct parse *s, uint32_t *out, enum result *result)
{
    size_t from = s->at, n;
    const char *p = s->p + from;

    while ((peek(s) >= 'a' && peek(s) <= 'z') || peek(s) == '_' || is_digit(peek(s))) {
        s->at++;
    }
    n = s->at - from;
    if (peek(s) == '(') {
        for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
            if (strlen(functions[i].name) == n && memcmp(functions[i].name, p, n) == 0) {
                *result = functions[i].logical ? FUNCTION_LOGICAL : FUNCTION_VALUE;
                return call(s, from, &functions[i], out);
            }
        }
        fail_at(s, from, "there is no function `%.*s`", (int)(n < 60 ? n : 60), p);
        return selector_help(s->mistake, "there are length() count() value() match() search()");
    }
    *result = LITERAL;
    if (n == 4 && memcmp(p, "true", 4) == 0) {
        *out = node(s, SWARM_PATH_TRUE);
    } else if (n == 5 && memcmp(p, "false", 5) == 0) {
        *out = node(s, SWARM_PATH_FALSE);
    } else if (n == 4 && memcmp(p, "null", 4) == 0) {
        *out = node(s, SWARM_PATH_NULL);
    } else {
        fail_at(s, from, "a value or a query is wanted here");
        return selector_help(s->mistake, "a member of the element is @.name, a text has quotes");
    }
    return !selector_failed(s->mistake);
}

static bool operand(struct parse *s, uint32_t *out, enum result *result)
{
    switch (peek(s)) {
    case '$':
    case '@':
        if (!query(s, out)) {
            return false;
        }
        *result = is_singular(s, *out) ? SINGULAR : QUERY;
        return true;
    case '"':
    case '\'':
        *result = LITERAL;
        *out = node(s, SWARM_PATH_TEXT);
        return !selector_failed(s->mistake) && string_literal(s, *out);
    default:
        if (begins_number(s)) {
            *result = LITERAL;
            return number_literal(s, out);
        }
        if (peek(s) >= 'a' && peek(s) <= 'z') {
            return word(s, out, result);
        }
        fail(s, s->at < s->n ? "a value or a query is wanted here" : "it ends too early");
        return is_letter(peek(s))
                   ? selector_help(s->mistake, "true, false, null and functions have small letters; a member is @.name")
                   : false;
    }
}

/* Reads ==, != …; 0: none follows. */
static int comparison(struct parse *s)
{
    int ch = peek(s), next = peek_at(s, 1);

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

static bool check_comparable(struct parse *s, size_t from, enum result result)
{
    if (result == QUERY) {
        return fail_at(s, from, "a query that may find several things cannot be compared");
    }
    if (result == FUNCTION_LOGICAL) {
        return fail_at(s, from, "`match` and `search` are conditions by themselves, they are not compared");
    }
    return true;
}

/* A comparison, a query (does it find anything?) or match() and search(). */
static bool comparison_or_test(struct parse *s, bool negated, uint32_t *out)
{
    size_t from = s->at, behind;
    enum result left, right;
    uint32_t a, b;
    int how;

    if (!operand(s, &a, &left)) {
        return false;
    }
    behind = s->at;
    spaces(s);
    how = negated ? 0 : comparison(s);
    if (!how) {
        if (peek(s) == '=') {
            fail(s, "`=` alone compares nothing");
            return selector_help(s->mistake, "equal is `==`");
        }
        s->at = behind;
        *out = a;
        if (left == LITERAL || left == FUNCTION_VALUE) {
            return fail_at(s, from,
                           left == LITERAL ? "a literal is no condition: compare it"
                                           : "this value is no condition: compare it");
        }
        return true;
    }
    spaces(s);
    behind = s->at;
    if (!check_comparable(s, from, left) || !operand(s, &b, &right) || !check_comparable(s, behind, right)) {
        return false;
    }
    *out = node(s, (enum swarm_jsonpath_kind)how);
    if (selector_failed(s->mistake)) {
        return false;
    }
    s->nodes[*out].first = a;
    s->nodes[a].next = b;
    return true;
}

static bool in_parentheses(struct parse *s, uint32_t *out)
{
    if (++s->depth > MOST_DEPTH) {
        return fail(s, "it nests too deep");
    }
    s->at++;
    spaces(s);
    if (!logical_or(s, out)) {
        return false;
    }
    spaces(s);
    if (peek(s) != ')') {
        return fail(s, s->at < s->n ? "`)` is wanted here" : "`(` is not closed by `)`");
    }
    s->at++;
    s->depth--;
    return true;
}

static bool basic(struct parse *s, uint32_t *out)
{
    bool negated = peek(s) == '!';
    uint32_t inner = 0;

    if (negated) {
        s->at++;
        spaces(s);
    }
    if (!(peek(s) == '(' ? in_parentheses(s, &inner) : comparison_or_test(s, negated, &inner))) {
        return false;
    }
    *out = inner;
    if (negated) {
        *out = node(s, SWARM_PATH_NOT);
        if (selector_failed(s->mistake)) {
            return false;
        }
        s->nodes[*out].first = inner;
    }
    return true;
}

/* `one && one …` or `one || one …`. */
static bool chain(struct parse *s, int sign, enum swarm_jsonpath_kind kind,
                  bool (*part)(struct parse *s, uint32_t *out), uint32_t *out)
{
    uint32_t one = 0, last = 0;

    if (!part(s, &one)) {
        return false;
    }
    *out = one;
    for (;;) {
        size_t before = s->at;
        spaces(s);
        if (peek(s) != sign || peek_at(s, 1) != sign) {
            s->at = before;
            return true;
        }
        s->at += 2;
        spaces(s);
        if (!last) {
            *out = node(s, kind);
            hang(s, *out, &last, one);
        }
        if (!part(s, &one)) {
            return false;
        }
        hang(s, *out, &last, one);
    }
}

static bool logical_and(struct parse *s, uint32_t *out)
{
    return chain(s, '&', SWARM_PATH_AND, basic, out);
}

static bool logical_or(struct parse *s, uint32_t *out)
{
    return chain(s, '|', SWARM_PATH_OR, logical_and, out);
}

/* ------------------------------------------------------------------ the whole */

/* One block: the head, the nodes, the texts. */
static struct swarm_jsonpath *pack(struct parse *s)
{
    size_t nodes = s->count * sizeof *s->nodes;
    struct swarm_jsonpath *packed = malloc(sizeof *packed + nodes + s->used + 1);
    struct swarm_jsonpath_node *to = (struct swarm_jsonpath_node *)(packed + 1);

    if (!packed) {
        fail_at(s, 0, "there is no memory for it");
        return NULL;
    }
    memcpy(to, s->nodes, nodes);
    char *texts = (char *)to + nodes;
    memcpy(texts, s->texts, s->used);
    texts[s->used] = '\0';
    for (uint32_t i = 0; i < s->count; i++) {
        to[i].text = to[i].n ? texts + (to[i].text - s->texts) : "";
    }
    *packed = (struct swarm_jsonpath){.nodes = to, .count = s->count};
    return packed;
}

struct swarm_jsonpath *jsonpath_parse(const char *text, size_t n, struct selector_mistake *mistake)
{
    struct parse s = {.p = text, .n = n, .mistake = mistake, .texts = malloc(n + 1)};
    struct swarm_jsonpath *packed = NULL;
    uint32_t root;

    mistake->what[0] = mistake->help[0] = '\0';
    if (!s.texts) {
        fail_at(&s, 0, "there is no memory for it");
    } else if (peek(&s) != '$') {
        fail(&s, n ? "it begins with `$`, the whole document" : "it is empty");
    } else if (query(&s, &root) && s.at < n) {
        fail(&s, peek(&s) == ' ' ? "a space at the end" : "this does not belong here");
    } else if (!selector_failed(mistake)) {
        packed = pack(&s);
    }
    free(s.nodes);
    free(s.texts);
    return packed;
}
