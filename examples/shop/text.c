/* text.c - growing texts, see text.h. */
#include "text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Makes room for that many more bytes and a NUL. */
static bool reserve(struct text *t, size_t more)
{
    size_t cap = t->cap ? t->cap : 256;
    char *data;

    if (t->failed)
        return false;
    if (more > SIZE_MAX / 4 - t->len) {
        t->failed = true;
        return false;
    }
    if (t->len + more + 1 <= t->cap)
        return true;
    while (cap < t->len + more + 1)
        cap *= 2;
    data = realloc(t->data, cap);
    if (!data) {
        t->failed = true;
        return false;
    }
    t->data = data;
    t->cap = cap;
    return true;
}

void text_add_bytes(struct text *t, const char *bytes, size_t len)
{
    if (!reserve(t, len))
        return;
    if (len)
        memcpy(t->data + t->len, bytes, len);
    t->len += len;
    t->data[t->len] = 0;
}

void text_add(struct text *t, const char *s)
{
    text_add_bytes(t, s, strlen(s));
}

void text_addf(struct text *t, const char *fmt, ...)
{
    va_list args;
    int len;

    va_start(args, fmt);
    len = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (len < 0 || !reserve(t, (size_t)len))
        return;
    va_start(args, fmt);
    vsnprintf(t->data + t->len, (size_t)len + 1, fmt, args);
    va_end(args);
    t->len += (size_t)len;
}

/* The length of the UTF-8 sequence at p (RFC 3629), 0 when there is none. */
static size_t utf8_len(const unsigned char *p, size_t left)
{
    size_t len = *p < 0x80 ? 1 : *p < 0xc2 ? 0 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : *p < 0xf5 ? 4 : 0;
    size_t i;

    if (len > left)
        return 0;
    for (i = 1; i < len; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    if ((*p == 0xe0 && p[1] < 0xa0) || (*p == 0xed && p[1] > 0x9f) || (*p == 0xf0 && p[1] < 0x90) ||
        (*p == 0xf4 && p[1] > 0x8f))
        return 0;
    return len;
}

/* An ASCII character that stands for itself in a JSON text. */
static bool is_plain(unsigned char ch)
{
    return ch >= 0x20 && ch < 0x7f && ch != '"' && ch != '\\';
}

void text_add_json(struct text *t, const char *bytes, size_t len)
{
    const unsigned char *p = (const unsigned char *)bytes;
    size_t i = 0, n;

    text_add_bytes(t, "\"", 1);
    while (i < len) {
        for (n = 0; i + n < len && is_plain(p[i + n]); n++)
            ;
        text_add_bytes(t, bytes + i, n);
        i += n;
        if (i == len)
            break;
        n = utf8_len(p + i, len - i);
        if (n == 0) {
            text_add(t, "\\ufffd");
            n = 1;
        } else if (p[i] == '"' || p[i] == '\\') {
            text_addf(t, "\\%c", p[i]);
        } else if (p[i] < 0x20 || p[i] == 0x7f) {
            text_addf(t, "\\u%04x", p[i]);
        } else {
            text_add_bytes(t, bytes + i, n);
        }
        i += n;
    }
    text_add_bytes(t, "\"", 1);
}

void text_add_html(struct text *t, const char *s)
{
    for (; *s; s++) {
        switch (*s) {
        /* clang-format off */
        case '&': text_add(t, "&amp;"); break;
        case '<': text_add(t, "&lt;"); break;
        case '>': text_add(t, "&gt;"); break;
        case '"': text_add(t, "&quot;"); break;
        case '\'': text_add(t, "&#39;"); break;
        default: text_add_bytes(t, s, 1);
            /* clang-format on */
        }
    }
}

void text_free(struct text *t)
{
    free(t->data);
    *t = (struct text){0};
}
