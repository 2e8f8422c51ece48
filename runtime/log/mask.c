/* mask.c - see mask.h */
#include "mask.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "memory.h"

#define HIDDEN "***"

struct masked {
    char *p;
    size_t n, room;
};

static void add(struct masked *out, const char *p, size_t n)
{
    while (out->n + n + 1 > out->room) {
        out->room = out->room ? out->room * 2 : 256;
        out->p = memory_resize(out->p, out->room, 1);
    }
    memcpy(out->p + out->n, p, n);
    out->n += n;
    out->p[out->n] = '\0';
}

static void add_hidden(struct masked *out)
{
    add(out, HIDDEN, strlen(HIDDEN));
}

bool mask_is_secret_name(const char *name, size_t n)
{
    static const char *const words[] = {"pass", "token", "secret", "key"};

    for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
        size_t len = strlen(words[w]);

        for (size_t i = 0; i + len <= n; i++) {
            if (strncasecmp(name + i, words[w], len) == 0)
                return true;
        }
    }
    return false;
}

/* ---- headers ---------------------------------------------------------------------------------------- */

/* a=1; b=2 with hidden values; only the first one, `first`, of Set-Cookie: the others are attributes. */
static char *mask_cookies(const char *value, bool first)
{
    struct masked out = {0};
    bool hide = true;

    add(&out, "", 0);
    while (*value) {
        size_t len = strcspn(value, ";"), name = strcspn(value, "=;");

        if (hide && name < len) {
            add(&out, value, name + 1);
            add_hidden(&out);
        } else if (hide && !first) {
            add_hidden(&out);
        } else {
            add(&out, value, len);
        }
        value += len;
        len = strspn(value, "; ");
        add(&out, value, len);
        value += len;
        hide = !first;
    }
    return out.p;
}

char *mask_header(const char *name, const char *value)
{
    struct masked out = {0};

    if (strcasecmp(name, "Cookie") == 0 || strcasecmp(name, "Set-Cookie") == 0)
        return mask_cookies(value, name[0] == 'S' || name[0] == 's');
    if (strcasecmp(name, "Authorization") == 0 || strcasecmp(name, "Proxy-Authorization") == 0) {
        size_t scheme = strcspn(value, " ");

        if (value[scheme])
            add(&out, value, scheme + 1);
        add_hidden(&out);
    } else if (mask_is_secret_name(name, strlen(name))) {
        add_hidden(&out);
    } else {
        return mask_text(value, strlen(value), NULL);
    }
    return out.p;
}

/* ---- texts ------------------------------------------------------------------------------------------ */

struct scan {
    const char *p, *end;
    struct masked out;
    bool secret_tag; /* in an HTML tag with a name="..." that is one */
};

/* Behind the closing quote of a string that begins at p; the end when it has none. */
static const char *string_end(const char *p, const char *end)
{
    char quote = *p;

    for (p++; p < end && *p != quote; p++) {
        if (*p == '\\' && p + 1 < end)
            p++;
    }
    return p < end ? p + 1 : end;
}

static const char *skip_space(const char *p, const char *end)
{
    while (p < end && isspace((unsigned char)*p))
        p++;
    return p;
}

/* A value of JSON behind the ':' of a secret name: hidden, unless it is an object or a list, in which the names count. */
static void hide_json(struct scan *s, const char *colon)
{
    const char *value = skip_space(colon + 1, s->end);

    add(&s->out, s->p, (size_t)(value - s->p));
    s->p = value;
    if (value == s->end || *value == '{' || *value == '[')
        return;
    if (*value == '"') {
        add(&s->out, "\"" HIDDEN "\"", strlen(HIDDEN) + 2);
        s->p = string_end(value, s->end);
        return;
    }
    while (s->p < s->end && !strchr(",}] \t\r\n", *s->p))
        s->p++;
    add_hidden(&s->out);
}

static void take_string(struct scan *s)
{
    const char *end = string_end(s->p, s->end), *next = skip_space(end, s->end);

    if (next < s->end && *next == ':' && mask_is_secret_name(s->p, (size_t)(end - s->p))) {
        hide_json(s, next);
        return;
    }
    /* Not as a whole: a text in it may be a form, a tag or JSON again. */
    add(&s->out, s->p, 1);
    s->p++;
}

static bool is_name(char c)
{
    return isalnum((unsigned char)c) || (c != '\0' && strchr("_.-%[]+", c));
}

/* The attributes of the tag that begins at p: whether name="..." or id="..." is a secret one. */
static bool is_secret_tag(const char *p, const char *end)
{
    const char *close = memchr(p, '>', (size_t)(end - p));

    end = close ? close : end;
    for (const char *at = p; at + 6 < end; at++) {
        const char *value = strncasecmp(at, "name=", 5) == 0 ? at + 5 : NULL;

        if (value && isspace((unsigned char)at[-1]))
            return mask_is_secret_name(value, strcspn(value, " \t\r\n>") < (size_t)(end - value)
                                                  ? strcspn(value, " \t\r\n>")
                                                  : (size_t)(end - value));
    }
    return false;
}

/* NAME=value of a form, a query or a tag, at its first letter. */
static void take_pair(struct scan *s)
{
    const char *name = s->p, *p = name;
    bool hide;

    while (p < s->end && is_name(*p))
        p++;
    if (p == s->end || *p != '=') {
        add(&s->out, name, (size_t)(p - name));
        s->p = p;
        return;
    }
    hide = mask_is_secret_name(name, (size_t)(p - name)) ||
           (s->secret_tag && (size_t)(p - name) >= 5 && strncasecmp(name, "value", 5) == 0) ||
           (s->secret_tag && (size_t)(p - name) >= 7 && strncasecmp(name, "content", 7) == 0);
    p++;
    add(&s->out, name, (size_t)(p - name));
    s->p = p;
    if (!hide || p == s->end)
        return;
    if (*p == '"' || *p == '\'') {
        s->p = string_end(p, s->end);
        add(&s->out, p, 1);
        add_hidden(&s->out);
        add(&s->out, p, 1);
        return;
    }
    while (s->p < s->end && !strchr("& \t\r\n;\"'<>#", *s->p))
        s->p++;
    if (s->p > p)
        add_hidden(&s->out);
}

char *mask_text(const char *text, size_t n, size_t *out_n)
{
    struct scan s = {.p = text, .end = text + n};

    add(&s.out, "", 0);
    while (s.p < s.end) {
        if (*s.p == '"') {
            take_string(&s);
        } else if (is_name(*s.p)) {
            take_pair(&s);
        } else {
            if (*s.p == '<')
                s.secret_tag = is_secret_tag(s.p, s.end);
            else if (*s.p == '>')
                s.secret_tag = false;
            add(&s.out, s.p, 1);
            s.p++;
        }
    }
    if (out_n)
        *out_n = s.out.n;
    return s.out.p;
}
