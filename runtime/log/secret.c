/* secret.c - see secret.h */
#include "secret.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

struct form {
    char *text;
    size_t len;
};

/* Every form of every secret, the longest first, so that a secret that contains another is masked as a
 * whole. Written before threads start. */
static struct form *forms;
static size_t form_count, form_capacity;

static const char mask[] = "***";

static int longest_first(const void *a, const void *b)
{
    const struct form *x = a, *y = b;

    return (x->len < y->len) - (x->len > y->len);
}

static void add_form(const char *text, size_t len)
{
    if (len == 0)
        return;
    for (size_t i = 0; i < form_count; i++) {
        if (forms[i].len == len && memcmp(forms[i].text, text, len) == 0)
            return;
    }
    forms = memory_grow(forms, form_count, &form_capacity, sizeof *forms);
    forms[form_count++] = (struct form){memory_text(text, len), len};
}

/* ---- the forms -------------------------------------------------------------------------------------- */

/* The inside of a JSON text, with `/` written as it is. */
static size_t json_form(char *out, const char *value, size_t len)
{
    static const char letters[] = "\"\"\\\\\bb\ff\nn\rr\tt";
    size_t n = 0;

    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)value[i];
        const char *letter = NULL;

        for (size_t k = 0; k + 1 < sizeof letters; k += 2) {
            if ((unsigned char)letters[k] == c)
                letter = &letters[k + 1];
        }
        if (letter) {
            out[n++] = '\\';
            out[n++] = *letter;
        } else if (c < 0x20) {
            n += (size_t)snprintf(out + n, 7, "\\u%04x", c);
        } else {
            out[n++] = (char)c;
        }
    }
    return n;
}

static int is_unreserved(unsigned char c)
{
    return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || strchr("-._~", c) != NULL;
}

/* RFC 3986; `plus` writes a space as forms do. */
static size_t url_form(char *out, const char *value, size_t len, int plus, int upper)
{
    size_t n = 0;

    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)value[i];

        if (c != '\0' && is_unreserved(c))
            out[n++] = (char)c;
        else if (c == ' ' && plus)
            out[n++] = '+';
        else
            n += (size_t)snprintf(out + n, 4, upper ? "%%%02X" : "%%%02x", c);
    }
    return n;
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
    out = memory_new(len * 6 + 8, 1);
    add_form(value, len);
    add_form(out, json_form(out, value, len));
    for (int upper = 0; upper < 2; upper++) {
        add_form(out, url_form(out, value, len, 0, upper));
        add_form(out, url_form(out, value, len, 1, upper));
    }
    /* Shorter ones would be found in texts that have nothing to do with the secret. */
    for (size_t offset = 0; offset < 3 && len >= 6; offset++)
        add_form(out, base64_form(out, value, len, offset));
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

/* ---- masking ---------------------------------------------------------------------------------------- */

/* The longest form that stands at `text`, NULL if none does. */
static const struct form *form_at(const char *text, size_t len)
{
    for (size_t i = 0; i < form_count; i++) {
        const struct form *form = &forms[i];

        if (form->len <= len && form->text[0] == *text && memcmp(form->text, text, form->len) == 0)
            return form;
    }
    return NULL;
}

char *secret_mask(const char *text, size_t len, size_t *out_len)
{
    char *out = NULL;
    size_t n = 0, at = 0, done = 0, capacity = 0;

    if (form_count == 0)
        return NULL;
    while (at < len) {
        const struct form *form = form_at(text + at, len - at);
        size_t need;

        if (!form) {
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
        at += form->len;
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
