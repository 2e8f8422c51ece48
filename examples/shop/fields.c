/*
 * fields.c - the values of a body, {"name": value, …} (RFC 8259) or name=value&… (application/x-www-form-urlencoded).
 *
 * The body is walked for each question; the shop's bodies are a few hundred bytes and nothing needs to be kept.
 */
#include "shop.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DEPTH_MAX 64

/* A place in a JSON text. The text ends in a NUL that belongs to nobody. */
struct cursor {
    const char *p;
    const char *end;
};

/* Where a decoded text goes; counts on when it is full. */
struct sink {
    char *data;
    size_t cap;
    size_t len;
};

static void put(struct sink *s, unsigned ch)
{
    if (s && s->len < s->cap)
        s->data[s->len] = (char)ch;
    if (s)
        s->len++;
}

static void put_utf8(struct sink *s, unsigned ch)
{
    if (ch < 0x80) {
        put(s, ch);
        return;
    }
    if (ch < 0x800) {
        put(s, 0xc0 | ch >> 6);
    } else {
        if (ch < 0x10000) {
            put(s, 0xe0 | ch >> 12);
        } else {
            put(s, 0xf0 | ch >> 18);
            put(s, 0x80 | (ch >> 12 & 0x3f));
        }
        put(s, 0x80 | (ch >> 6 & 0x3f));
    }
    put(s, 0x80 | (ch & 0x3f));
}

static void skip_space(struct cursor *c)
{
    while (c->p < c->end && (*c->p == ' ' || *c->p == '\t' || *c->p == '\n' || *c->p == '\r'))
        c->p++;
}

static bool take(struct cursor *c, char wanted)
{
    skip_space(c);
    if (c->p >= c->end || *c->p != wanted)
        return false;
    c->p++;
    return true;
}

static int hex_value(char ch)
{
    return ch >= '0' && ch <= '9' ? ch - '0' : (ch | 32) >= 'a' && (ch | 32) <= 'f' ? (ch | 32) - 'a' + 10 : -1;
}

static bool take_hex4(struct cursor *c, unsigned *out)
{
    int i, digit;

    *out = 0;
    for (i = 0; i < 4; i++) {
        digit = c->p < c->end ? hex_value(*c->p++) : -1;
        if (digit < 0)
            return false;
        *out = *out << 4 | (unsigned)digit;
    }
    return true;
}

/* After "\u": the character, of two escapes where it is a surrogate pair. */
static bool take_unicode(struct cursor *c, struct sink *out)
{
    unsigned high, low;

    if (!take_hex4(c, &high))
        return false;
    if (high >= 0xd800 && high < 0xdc00) {
        if (c->end - c->p < 6 || c->p[0] != '\\' || c->p[1] != 'u')
            return false;
        c->p += 2;
        if (!take_hex4(c, &low) || low < 0xdc00 || low > 0xdfff)
            return false;
        high = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
    } else if (high >= 0xdc00 && high <= 0xdfff) {
        return false;
    }
    put_utf8(out, high);
    return true;
}

static bool take_string(struct cursor *c, struct sink *out)
{
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    const char *name;

    if (!take(c, '"'))
        return false;
    while (c->p < c->end && *c->p != '"') {
        if ((unsigned char)*c->p < 0x20)
            return false;
        if (*c->p != '\\') {
            put(out, (unsigned char)*c->p++);
            continue;
        }
        if (++c->p >= c->end)
            return false;
        if (*c->p == 'u') {
            c->p++;
            if (!take_unicode(c, out))
                return false;
            continue;
        }
        name = *c->p ? strchr(names, *c->p) : NULL;
        if (!name)
            return false;
        put(out, (unsigned char)values[name - names]);
        c->p++;
    }
    if (c->p >= c->end)
        return false;
    c->p++;
    return true;
}

static bool take_digits(struct cursor *c)
{
    const char *begin = c->p;

    while (c->p < c->end && *c->p >= '0' && *c->p <= '9')
        c->p++;
    return c->p > begin;
}

static bool take_number(struct cursor *c)
{
    if (c->p < c->end && *c->p == '-')
        c->p++;
    if (c->p < c->end && *c->p == '0')
        c->p++;
    else if (!take_digits(c))
        return false;
    if (c->p < c->end && *c->p == '.') {
        c->p++;
        if (!take_digits(c))
            return false;
    }
    if (c->p < c->end && (*c->p | 32) == 'e') {
        c->p++;
        if (c->p < c->end && (*c->p == '+' || *c->p == '-'))
            c->p++;
        return take_digits(c);
    }
    return true;
}

static bool take_word(struct cursor *c, const char *word)
{
    size_t len = strlen(word);

    if ((size_t)(c->end - c->p) < len || memcmp(c->p, word, len) != 0)
        return false;
    c->p += len;
    return true;
}

static bool take_value(struct cursor *c, int depth);

static bool take_list(struct cursor *c, int depth)
{
    if (take(c, ']'))
        return true;
    do {
        if (!take_value(c, depth))
            return false;
    } while (take(c, ','));
    return take(c, ']');
}

static bool take_members(struct cursor *c, int depth)
{
    if (take(c, '}'))
        return true;
    do {
        if (!take_string(c, NULL) || !take(c, ':') || !take_value(c, depth))
            return false;
    } while (take(c, ','));
    return take(c, '}');
}

static bool take_value(struct cursor *c, int depth)
{
    skip_space(c);
    if (c->p >= c->end || depth > DEPTH_MAX)
        return false;
    switch (*c->p) {
    /* clang-format off */
    case '"': return take_string(c, NULL);
    case '[': c->p++; return take_list(c, depth + 1);
    case '{': c->p++; return take_members(c, depth + 1);
    case 't': return take_word(c, "true");
    case 'f': return take_word(c, "false");
    case 'n': return take_word(c, "null");
    default: return take_number(c);
        /* clang-format on */
    }
}

/* Copies a value that has just been checked; false for null, lists and objects, and when there is no room. */
static bool copy_value(struct cursor c, const char *end, char *out, size_t cap)
{
    struct sink sink = {out, cap - 1, 0};

    skip_space(&c);
    if (*c.p == '{' || *c.p == '[' || *c.p == 'n')
        return false;
    if (*c.p == '"') {
        take_string(&c, &sink);
    } else {
        while (c.p < end)
            put(&sink, (unsigned char)*c.p++);
    }
    if (sink.len > sink.cap)
        return false;
    out[sink.len] = 0;
    return true;
}

static bool json_get(struct cursor c, const char *name, char *out, size_t cap)
{
    char key[64];
    struct sink sink;
    struct cursor value;

    if (!take(&c, '{'))
        return false;
    do {
        sink = (struct sink){key, sizeof key, 0};
        if (!take_string(&c, &sink) || !take(&c, ':'))
            return false;
        value = c;
        if (!take_value(&c, 0))
            return false;
        if (sink.len == strlen(name) && memcmp(key, name, sink.len) == 0)
            return copy_value(value, c.p, out, cap);
    } while (take(&c, ','));
    return false;
}

/* Decodes a form's text up to the end; false when there is no room. */
static bool form_decode(const char *p, const char *end, char *out, size_t cap)
{
    size_t len = 0;
    int high, low;

    for (; p < end; p++) {
        if (len + 1 >= cap)
            return false;
        out[len] = *p == '+' ? ' ' : *p;
        if (*p == '%' && end - p > 2) {
            high = hex_value(p[1]);
            low = hex_value(p[2]);
            if (high >= 0 && low >= 0) {
                out[len] = (char)(high << 4 | low);
                p += 2;
            }
        }
        len++;
    }
    out[len] = 0;
    return true;
}

static bool form_get(struct cursor c, const char *name, char *out, size_t cap)
{
    const char *next, *equals;
    char key[64];

    for (; c.p < c.end; c.p = next + 1) {
        next = memchr(c.p, '&', (size_t)(c.end - c.p));
        if (!next)
            next = c.end;
        equals = memchr(c.p, '=', (size_t)(next - c.p));
        if (equals && form_decode(c.p, equals, key, sizeof key) && strcmp(key, name) == 0)
            return form_decode(equals + 1, next, out, cap);
    }
    return false;
}

static bool is_form(const struct request *r)
{
    const char *type = request_header(r, MHD_HTTP_HEADER_CONTENT_TYPE);
    const char *form = MHD_HTTP_POST_ENCODING_FORM_URLENCODED;

    return type && strncasecmp(type, form, strlen(form)) == 0;
}

static struct cursor body_of(const struct request *r)
{
    return (struct cursor){r->body.data, r->body.data + r->body.len};
}

bool fields_valid(const struct request *r)
{
    struct cursor c;

    if (r->body.len == 0 || is_form(r))
        return true;
    c = body_of(r);
    if (!take(&c, '{') || !take_members(&c, 0))
        return false;
    skip_space(&c);
    return c.p == c.end;
}

bool fields_get(const struct request *r, const char *name, char *out, size_t cap)
{
    if (r->body.len == 0)
        return false;
    return is_form(r) ? form_get(body_of(r), name, out, cap) : json_get(body_of(r), name, out, cap);
}
