/* secret.c - see secret.h */
#include "secret.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"

/* A text that is hidden: a secret, found in any of the ways in which one writes it in URLs, JSON and HTML, or the
 * inside of its base64, found as it is. */
struct form {
    char *text;
    size_t len;
    bool exact;
};

/* The longest first, so that a secret that contains another is masked as a whole. Written before threads start. */
static struct form *forms;
static size_t form_count, form_capacity;

static const char mask[] = "***";

static int longest_first(const void *a, const void *b)
{
    const struct form *x = a, *y = b;

    return (x->len < y->len) - (x->len > y->len);
}

static void add_form(const char *text, size_t len, bool exact)
{
    if (len == 0)
        return;
    for (size_t i = 0; i < form_count; i++) {
        if (forms[i].len == len && memcmp(forms[i].text, text, len) == 0)
            return;
    }
    forms = memory_grow(forms, form_count, &form_capacity, sizeof *forms);
    forms[form_count++] = (struct form){memory_text(text, len), len, exact};
}

/* Base64 of the value at offset 0, 1 or 2 of a group of three, without the characters that depend on its
 * neighbours. */
static size_t base64_form(char *out, const char *value, size_t len, size_t offset)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t n = 0, first = (offset * 8 + 5) / 6, last = (offset + len) * 8 / 6;

    for (size_t digit = first; digit < last; digit++) {
        unsigned bits = 0;

        for (size_t bit = digit * 6; bit < digit * 6 + 6; bit++) {
            unsigned char byte = (unsigned char)value[bit / 8 - offset];

            bits = bits << 1 | ((byte >> (7 - bit % 8)) & 1u);
        }
        out[n++] = digits[bits];
    }
    return n;
}

void secret_add(const char *value, size_t len)
{
    char *out;

    if (len == 0)
        return;
    add_form(value, len, false);
    out = memory_new(len * 2 + 8, 1);
    /* Shorter ones would be found in texts that have nothing to do with the secret. */
    for (size_t offset = 0; offset < 3 && len >= 6; offset++) {
        size_t n = base64_form(out, value, len, offset);

        add_form(out, n, true);
        for (size_t i = 0; i < n; i++)
            out[i] = out[i] == '+' ? '-' : out[i] == '/' ? '_' : out[i];
        add_form(out, n, true);
    }
    free(out);
    qsort(forms, form_count, sizeof *forms, longest_first);
}

void secret_clear(void)
{
    for (size_t i = 0; i < form_count; i++)
        free(forms[i].text);
    free(forms);
    forms = NULL;
    form_count = form_capacity = 0;
}

bool secret_any(void)
{
    return form_count > 0;
}

/* ---- one character, written in some way --------------------------------------------------------------- */

#define CUT SIZE_MAX /* the text ends inside of what may be the character */

/* What stands at the text: how long it is, and of how many bytes of the secret. */
struct unit {
    size_t len, of;
};

/* The character at `p`, and how many bytes it has; a byte that begins none stands for itself. */
static uint32_t code_at(const char *p, size_t len, size_t *of)
{
    unsigned char c = (unsigned char)*p;
    size_t n = c < 0xc0 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    uint32_t code = n == 1 ? c : c & (0x7fu >> n);

    *of = 1;
    if (n > len)
        return c;
    for (size_t i = 1; i < n; i++) {
        if (((unsigned char)p[i] & 0xc0) != 0x80)
            return c;
        code = code << 6 | ((unsigned char)p[i] & 0x3fu);
    }
    *of = n;
    return code;
}

/* Up to `most` digits of the base; how many, their value in *value. */
static size_t digits_at(const char *p, size_t len, size_t most, unsigned base, uint32_t *value)
{
    size_t n = 0;

    for (*value = 0; n < most && n < len; n++) {
        unsigned char c = (unsigned char)p[n], lower = c | 32;
        unsigned digit = c >= '0' && c <= '9' ? c - 48u : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10u : 16;

        if (digit >= base)
            break;
        *value = *value * base + digit;
    }
    return n;
}

/* %41, also encoded twice as %2541 */
static size_t percent_at(const char *p, size_t len, unsigned char byte)
{
    size_t at = len >= 3 && memcmp(p, "%25", 3) == 0 && byte != '%' ? 3 : 1;
    uint32_t value;
    size_t n = digits_at(p + at, len - at, 2, 16, &value);

    if (n == 2)
        return value == byte ? at + 2 : 0;
    return at + n == len ? CUT : 0;
}

/* &lt; &#60; &#x3c; of HTML and XML */
static struct unit entity_at(const char *p, size_t len, const char *secret, size_t secret_len)
{
    static const struct {
        const char *text;
        char byte;
    } names[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}};
    size_t of, n, at = 2;
    uint32_t code = code_at(secret, secret_len, &of), value;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t name = strlen(names[i].text);

        if (*secret == names[i].byte && memcmp(p, names[i].text, len < name ? len : name) == 0)
            return (struct unit){len < name ? CUT : name, 1};
    }
    if (len < 2 || p[1] != '#')
        return (struct unit){0, 0};
    at += len > at && (p[at] | 32) == 'x';
    n = digits_at(p + at, len - at, 7, at == 3 ? 16 : 10, &value);
    at += n;
    if (at == len)
        return (struct unit){CUT, 1};
    return (struct unit){n > 0 && p[at] == ';' && value == code ? at + 1 : 0, of};
}

/* \n, \", \u00e9 of JSON, also of JSON in JSON: with more backslashes. */
static struct unit backslash_at(const char *p, size_t len, const char *secret, size_t secret_len)
{
    static const char letters[] = "b\bf\fn\nr\rt\tv\v";
    size_t at = 0, of, n;
    uint32_t code = code_at(secret, secret_len, &of), value, low;

    while (at < len && p[at] == '\\')
        at++;
    if (*secret == '\\')
        return (struct unit){at < 2 ? 1 : 2, 1};
    if (at == len)
        return (struct unit){CUT, 1};
    if (p[at] == *secret)
        return (struct unit){at + 1, 1};
    if (p[at] == '&') {
        struct unit entity = entity_at(p + at, len - at, secret, secret_len);

        entity.len += entity.len == 0 || entity.len == CUT ? 0 : at;
        return entity;
    }
    for (size_t i = 0; i + 1 < sizeof letters; i += 2) {
        if (p[at] == letters[i] && *secret == letters[i + 1])
            return (struct unit){at + 1, 1};
    }
    if (p[at] != 'u')
        return (struct unit){0, 0};
    n = digits_at(p + at + 1, len - at - 1, 4, 16, &value);
    at += 1 + n;
    if (n < 4)
        return (struct unit){at == len ? CUT : 0, 1};
    if (value >= 0xd800 && value < 0xdc00) {
        if (at + 6 > len)
            return (struct unit){CUT, of};
        if (p[at] == '\\' && digits_at(p + at + 2, 4, 4, 16, &low) == 4) {
            value = 0x10000 + ((value & 0x3ff) << 10) + (low & 0x3ff);
            at += 6;
        }
    }
    /* The second is a server that took UTF-8 for Latin-1. */
    if (value == code)
        return (struct unit){at, of};
    return (struct unit){value == (unsigned char)*secret ? at : 0, 1};
}

static struct unit unit_at(const char *p, size_t len, const char *secret, size_t secret_len)
{
    struct unit unit = {0, 1};

    if (*p == '%')
        unit.len = percent_at(p, len, (unsigned char)*secret);
    else if (*p == '\\')
        unit = backslash_at(p, len, secret, secret_len);
    else if (*p == '&')
        unit = entity_at(p, len, secret, secret_len);
    else if (*p == '+' && *secret == ' ')
        unit.len = 1;
    if ((unit.len == 0 || unit.len == CUT) && *p == *secret)
        unit = (struct unit){1, 1};
    return unit;
}

/* ---- masking ---------------------------------------------------------------------------------------- */

/* How many bytes at `text` are the form; 0: it does not stand there; CUT: the text ends before it is whole. */
static size_t match(const struct form *form, const char *text, size_t len)
{
    size_t at = 0, known = form->len < len ? form->len : len;

    if (memcmp(form->text, text, known) == 0)
        return form->len <= len ? form->len : CUT;
    for (size_t done = 0; !form->exact && done < form->len;) {
        struct unit unit;

        if (at == len)
            return CUT;
        unit = unit_at(text + at, len - at, form->text + done, form->len - done);
        if (unit.len == 0 || unit.len == CUT)
            return unit.len;
        at += unit.len;
        done += unit.of;
    }
    return at;
}

/* How long the longest form is that stands at `text`; 0 if none does. */
static size_t form_at(const char *text, size_t len)
{
    for (size_t i = 0; i < form_count; i++) {
        size_t n = match(&forms[i], text, len);

        if (n != 0 && n != CUT)
            return n;
    }
    return 0;
}

size_t secret_cut(const char *text, size_t len)
{
    for (size_t at = 0; at < len; at++) {
        for (size_t i = 0; i < form_count; i++) {
            if (match(&forms[i], text + at, len - at) == CUT)
                return at;
        }
    }
    return len;
}

char *secret_mask(const char *text, size_t len, size_t *out_len)
{
    char *out = NULL;
    size_t n = 0, at = 0, done = 0, capacity = 0;

    if (form_count == 0)
        return NULL;
    while (at < len) {
        size_t length = form_at(text + at, len - at), need;

        if (length == 0) {
            at++;
            continue;
        }
        need = n + (at - done) + sizeof mask + (len - at);
        if (need > capacity) {
            capacity = need * 2;
            out = memory_resize(out, capacity, 1);
        }
        memcpy(out + n, text + done, at - done);
        n += at - done;
        memcpy(out + n, mask, sizeof mask - 1);
        n += sizeof mask - 1;
        at += length;
        done = at;
    }
    if (!out)
        return NULL;
    if (n + (len - done) + 1 > capacity)
        out = memory_resize(out, n + (len - done) + 1, 1);
    memcpy(out + n, text + done, len - done);
    n += len - done;
    out[n] = '\0';
    if (out_len)
        *out_len = n;
    return out;
}
