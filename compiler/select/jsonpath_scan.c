/* What a JSONPath is made of: characters, texts with their escapes, and the nodes of the table. */
#include "jsonpath.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_NODES = 10000 };

bool jsonpath_fail_at(struct jsonpath_scan *s, size_t at, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    selector_vfail(s->mistake, at, format, args);
    va_end(args);
    return false;
}

bool jsonpath_fail(struct jsonpath_scan *s, const char *what)
{
    return jsonpath_fail_at(s, s->at, "%s", what);
}

/* ------------------------------------------------------------------ nodes */

uint32_t jsonpath_node(struct jsonpath_scan *s, enum swarm_jsonpath_kind kind)
{
    if (selector_failed(s->mistake)) {
        return 0;
    }
    if (s->count == s->room) {
        uint32_t room = s->room ? 2 * s->room : 32;
        struct swarm_jsonpath_node *nodes = room <= MOST_NODES ? realloc(s->nodes, room * sizeof *nodes) : NULL;
        if (!nodes) {
            jsonpath_fail(s, "it is too long");
            return 0;
        }
        s->nodes = nodes;
        s->room = room;
    }
    s->nodes[s->count] = (struct swarm_jsonpath_node){.kind = (uint8_t)kind, .text = ""};
    return s->count++;
}

void jsonpath_hang(struct jsonpath_scan *s, uint32_t parent, uint32_t *last, uint32_t child)
{
    if (selector_failed(s->mistake)) {
        return;
    }
    *(*last ? &s->nodes[*last].next : &s->nodes[parent].first) = child;
    *last = child;
}

/* ------------------------------------------------------------------ characters */

void jsonpath_spaces(struct jsonpath_scan *s)
{
    while (jsonpath_peek(s) == ' ' || jsonpath_peek(s) == '\t' || jsonpath_peek(s) == '\n' ||
           jsonpath_peek(s) == '\r') {
        s->at++;
    }
}

void jsonpath_put(struct jsonpath_scan *s, char byte)
{
    s->texts[s->used++] = byte;
}

/* ------------------------------------------------------------------ texts */

static int hex(int ch)
{
    if (jsonpath_is_digit(ch)) {
        return ch - '0';
    }
    ch |= 0x20;
    return ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : -1;
}

/* At the u of \uXXXX. */
static bool hex4(struct jsonpath_scan *s, uint32_t *code)
{
    *code = 0;
    for (size_t i = 1; i <= 4; i++) {
        int digit = hex(jsonpath_peek_at(s, i));
        if (digit < 0) {
            return jsonpath_fail_at(s, s->at - 1, "`\\u` wants four hexadecimal digits");
        }
        *code = *code << 4 | (uint32_t)digit;
    }
    s->at += 5;
    return true;
}

static bool unicode_escape(struct jsonpath_scan *s)
{
    size_t from = s->at - 1;
    uint32_t code, low;

    if (!hex4(s, &code)) {
        return false;
    }
    if (code >= 0xdc00 && code <= 0xdfff) {
        return jsonpath_fail_at(s, from, "the second half of a pair stands alone");
    }
    if (code >= 0xd800 && code <= 0xdbff) {
        if (jsonpath_peek(s) != '\\' || jsonpath_peek_at(s, 1) != 'u') {
            return jsonpath_fail_at(s, from, "the first half of a pair stands alone");
        }
        s->at++;
        if (!hex4(s, &low)) {
            return false;
        }
        if (low < 0xdc00 || low > 0xdfff) {
            return jsonpath_fail_at(s, from, "the first half of a pair stands alone");
        }
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    if (code < 0x80) {
        jsonpath_put(s, (char)code);
    } else if (code < 0x800) {
        jsonpath_put(s, (char)(0xc0 | code >> 6));
        jsonpath_put(s, (char)(0x80 | (code & 0x3f)));
    } else if (code < 0x10000) {
        jsonpath_put(s, (char)(0xe0 | code >> 12));
        jsonpath_put(s, (char)(0x80 | (code >> 6 & 0x3f)));
        jsonpath_put(s, (char)(0x80 | (code & 0x3f)));
    } else {
        jsonpath_put(s, (char)(0xf0 | code >> 18));
        jsonpath_put(s, (char)(0x80 | (code >> 12 & 0x3f)));
        jsonpath_put(s, (char)(0x80 | (code >> 6 & 0x3f)));
        jsonpath_put(s, (char)(0x80 | (code & 0x3f)));
    }
    return true;
}

/* At the backslash. */
static bool escape(struct jsonpath_scan *s, int quote)
{
    static const char from[] = "bfnrt/\\", to[] = "\b\f\n\r\t/\\";
    int ch = jsonpath_peek_at(s, 1);
    const char *found;

    if (ch == 'u') {
        s->at++;
        return unicode_escape(s);
    }
    found = ch > 0 ? strchr(from, ch) : NULL;
    if (ch != quote && !found) {
        return jsonpath_fail(s, "an unknown escape");
    }
    jsonpath_put(s, found ? to[found - from] : (char)ch);
    s->at += 2;
    return true;
}

/* Length of the UTF-8 sequence at hand, 0: none (RFC 3629, table 3-7 of Unicode). */
static size_t sequence(const struct jsonpath_scan *s)
{
    int a = jsonpath_peek(s), b = jsonpath_peek_at(s, 1);
    size_t n = a < 0x80 ? 1 : a >= 0xc2 && a <= 0xdf ? 2 : (a & 0xf0) == 0xe0 ? 3 : a >= 0xf0 && a <= 0xf4 ? 4 : 0;

    if (n < 2) {
        return n;
    }
    if ((b & 0xc0) != 0x80 || b < 0 || (a == 0xe0 && b < 0xa0) || (a == 0xed && b > 0x9f) || (a == 0xf0 && b < 0x90) ||
        (a == 0xf4 && b > 0x8f)) {
        return 0;
    }
    for (size_t i = 2; i < n; i++) {
        if (jsonpath_peek_at(s, i) < 0 || (jsonpath_peek_at(s, i) & 0xc0) != 0x80) {
            return 0;
        }
    }
    return n;
}

static bool put_sequence(struct jsonpath_scan *s)
{
    size_t n = sequence(s);

    if (!n) {
        return jsonpath_fail(s, "this is not UTF-8");
    }
    while (n--) {
        jsonpath_put(s, s->p[s->at++]);
    }
    return true;
}

bool jsonpath_text(struct jsonpath_scan *s, uint32_t to)
{
    size_t begin = s->at, from = s->used;
    int quote = jsonpath_peek(s);

    s->at++;
    while (!selector_failed(s->mistake) && jsonpath_peek(s) != quote) {
        if (jsonpath_peek(s) < 0) {
            return jsonpath_fail_at(s, begin, "a quote is not closed");
        }
        if (jsonpath_peek(s) < 0x20) {
            return jsonpath_fail(s, "a control character in a text");
        }
        if (jsonpath_peek(s) == '\\') {
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

bool jsonpath_name(struct jsonpath_scan *s, uint32_t to)
{
    size_t from = s->used;

    if (!jsonpath_is_name_first(jsonpath_peek(s))) {
        jsonpath_fail(s, s->at < s->n ? "a name is wanted here" : "it ends too early");
        return jsonpath_is_digit(jsonpath_peek(s)) ? selector_help(s->mistake, "an index stands in brackets: [0]")
                                                   : false;
    }
    while (!selector_failed(s->mistake) &&
           (jsonpath_is_name_first(jsonpath_peek(s)) || jsonpath_is_digit(jsonpath_peek(s)))) {
        put_sequence(s);
    }
    if (selector_failed(s->mistake)) {
        return false;
    }
    s->nodes[to].text = s->texts + from;
    s->nodes[to].n = (uint32_t)(s->used - from);
    return true;
}
