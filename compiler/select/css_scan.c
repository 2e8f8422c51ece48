/* Texts and tokens of CSS selectors (css.h). */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "css.h"

enum { MOST_XPATH = 64 * 1024 }; /* bytes of a condition */

/* ------------------------------------------------------------------ mistakes */

bool css_fail_at(struct css_scan *s, size_t at, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    selector_vfail(s->mistake, at, format, args);
    va_end(args);
    return false;
}

bool css_fail(struct css_scan *s, const char *what)
{
    return css_fail_at(s, s->at, "%s", what);
}

bool css_failed(const struct css_scan *s)
{
    return selector_failed(s->mistake);
}

/* ------------------------------------------------------------------ texts */

bool css_add_bytes(struct css_scan *s, struct css_text *out, const char *p, size_t n)
{
    if (css_failed(s)) {
        return false;
    }
    if (out->n + n > MOST_XPATH) {
        return css_fail_at(s, 0, "it is too long");
    }
    if (out->n + n + 1 > out->room) {
        size_t room = 2 * (out->n + n) + 64;
        char *grown = realloc(out->p, room);
        if (!grown) {
            return css_fail_at(s, 0, "there is no memory for it");
        }
        out->p = grown;
        out->room = room;
    }
    memcpy(out->p + out->n, p, n);
    out->n += n;
    out->p[out->n] = '\0';
    return true;
}

bool css_add(struct css_scan *s, struct css_text *out, const char *text)
{
    return css_add_bytes(s, out, text, strlen(text));
}

bool css_add_text(struct css_scan *s, struct css_text *out, const struct css_text *text)
{
    return css_add_bytes(s, out, text->p ? text->p : "", text->n);
}

bool css_add_format(struct css_scan *s, struct css_text *out, const char *format, ...)
{
    char line[256];
    va_list args;

    va_start(args, format);
    int n = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    return css_add_bytes(s, out, line, n > 0 ? (size_t)n : 0);
}

void css_clear(struct css_text *text)
{
    free(text->p);
    *text = (struct css_text){0};
}

bool css_has_upper(const struct css_text *text)
{
    for (size_t i = 0; i < text->n; i++) {
        if (isupper((unsigned char)text->p[i])) {
            return true;
        }
    }
    return false;
}

void css_to_lower(struct css_text *text)
{
    for (size_t i = 0; i < text->n; i++) {
        if (isupper((unsigned char)text->p[i])) {
            text->p[i] = (char)tolower((unsigned char)text->p[i]);
        }
    }
}

/* ------------------------------------------------------------------ tokens */

int css_peek(const struct css_scan *s)
{
    return s->at < s->n ? (unsigned char)s->p[s->at] : -1;
}

bool css_is_space(int ch)
{
    return ch == ' ' || ch == '\t' || ch == '\n' || ch == '\r' || ch == '\f';
}

void css_spaces(struct css_scan *s)
{
    while (css_is_space(css_peek(s))) {
        s->at++;
    }
}

bool css_is_name(int ch)
{
    return ch >= 0x80 || ch == '_' || ch == '-' || ch == '\\' || (ch > 0 && isalnum(ch));
}

static bool add_code_point(struct css_scan *s, struct css_text *out, uint32_t code)
{
    char bytes[4];
    size_t n;

    if ((code < 0x20 && !css_is_space((int)code)) || code == '\f' || code > 0x10ffff ||
        (code >= 0xd800 && code < 0xe000) || code == 0xfffe ||
        code == 0xffff) { /* no document holds them, and XPath neither */
        code = 0xfffd;
    }
    if (code < 0x80) {
        bytes[0] = (char)code;
        n = 1;
    } else if (code < 0x800) {
        bytes[0] = (char)(0xc0 | code >> 6);
        bytes[1] = (char)(0x80 | (code & 0x3f));
        n = 2;
    } else if (code < 0x10000) {
        bytes[0] = (char)(0xe0 | code >> 12);
        bytes[1] = (char)(0x80 | (code >> 6 & 0x3f));
        bytes[2] = (char)(0x80 | (code & 0x3f));
        n = 3;
    } else {
        bytes[0] = (char)(0xf0 | code >> 18);
        bytes[1] = (char)(0x80 | (code >> 12 & 0x3f));
        bytes[2] = (char)(0x80 | (code >> 6 & 0x3f));
        bytes[3] = (char)(0x80 | (code & 0x3f));
        n = 4;
    }
    return css_add_bytes(s, out, bytes, n);
}

/* Behind the backslash: up to six hexadecimal digits and one space, or any other character as it is. */
static bool escape(struct css_scan *s, struct css_text *out)
{
    uint32_t code = 0;
    unsigned digits = 0;

    for (; digits < 6 && css_peek(s) > 0 && isxdigit(css_peek(s)); digits++, s->at++) {
        int ch = tolower(css_peek(s));
        code = code * 16 + (uint32_t)(ch <= '9' ? ch - '0' : ch - 'a' + 10);
    }
    if (digits) {
        if (css_is_space(css_peek(s))) {
            s->at++;
        }
        return add_code_point(s, out, code);
    }
    if (css_peek(s) < 0 || css_peek(s) == '\n') {
        return css_fail(s, "it ends behind `\\`");
    }
    return css_add_bytes(s, out, s->p + s->at++, 1);
}

bool css_name_rest(struct css_scan *s, struct css_text *out)
{
    while (css_is_name(css_peek(s)) && !css_failed(s)) {
        if (css_peek(s) == '\\') {
            s->at++;
            escape(s, out);
        } else {
            css_add_bytes(s, out, s->p + s->at++, 1);
        }
    }
    return !css_failed(s);
}

bool css_name(struct css_scan *s, struct css_text *out, const char *mistake)
{
    int first = css_peek(s), second = s->at + 1 < s->n ? (unsigned char)s->p[s->at + 1] : -1;

    if (!css_is_name(first) || isdigit(first) ||
        (first == '-' && (second == -1 || isdigit(second) || !css_is_name(second)))) {
        return css_fail(s, mistake);
    }
    return css_name_rest(s, out);
}

bool css_quoted(struct css_scan *s, struct css_text *out)
{
    size_t begin = s->at;
    int quote = css_peek(s);

    s->at++;
    while (!css_failed(s) && css_peek(s) != quote) {
        if (css_peek(s) < 0 || css_peek(s) == '\n') {
            return css_fail_at(s, begin, "a quote is not closed");
        }
        if (css_peek(s) == '\\') {
            s->at++;
            if (css_peek(s) == '\n') {
                s->at++;
            } else {
                escape(s, out);
            }
        } else {
            css_add_bytes(s, out, s->p + s->at++, 1);
        }
    }
    s->at++;
    return !css_failed(s);
}
