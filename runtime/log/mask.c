/* mask.c - see mask.h */
#include "mask.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../base/memory.h"

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
    static const char *const words[] = {"pass",       "pwd",           "token",  "secret",   "key",
                                        "credential", "authorization", "cookie", "signature"};

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
        } else if (hide) {
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

/* ---- characters ------------------------------------------------------------------------------------- */

/* A character of a text, also one that is written in the way of a URL (%22), of JSON in JSON (\", \u0022) or of
 * HTML (&quot;): credentials stand in all of them. */
struct mark {
    char c;
    size_t len;         /* as it is written; 0 at the end */
    size_t backslashes; /* before it */
    bool coded;         /* as %22 */
};

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : isxdigit((unsigned char)c) ? (c | 32) - 'a' + 10 : -1;
}

static struct mark entity_mark(const char *p, const char *end)
{
    static const struct {
        const char *text;
        char c;
    } entities[] = {{"&quot;", '"'},  {"&#34;", '"'}, {"&#x22;", '"'}, {"&apos;", '\''}, {"&#39;", '\''},
                    {"&#x27;", '\''}, {"&lt;", '<'},  {"&gt;", '>'},   {"&amp;", '&'}};

    for (size_t i = 0; i < sizeof entities / sizeof *entities; i++) {
        size_t len = strlen(entities[i].text);

        if ((size_t)(end - p) >= len && strncasecmp(p, entities[i].text, len) == 0)
            return (struct mark){.c = entities[i].c, .len = len};
    }
    return (struct mark){.c = '&', .len = 1};
}

static struct mark backslash_mark(const char *p, const char *end)
{
    static const char plain[] = "\"\"''//n\nr\rt\t";
    struct mark mark = {.c = '\\', .len = 1};
    const char *at = p;
    unsigned code = 0;

    while (at < end && *at == '\\')
        at++;
    for (size_t i = 0; at < end && i + 1 < sizeof plain; i += 2) {
        if (*at == plain[i])
            return (struct mark){.c = plain[i + 1], .len = (size_t)(at - p) + 1, .backslashes = (size_t)(at - p)};
    }
    if (at < end && *at == '&') {
        struct mark entity = entity_mark(at, end);

        if (entity.c == '"' || entity.c == '\'')
            return (struct mark){.c = entity.c, .len = entity.len + (size_t)(at - p), .backslashes = (size_t)(at - p)};
        return mark;
    }
    if (end - at < 5 || *at != 'u')
        return mark;
    for (size_t i = 1; i < 5; i++) {
        if (!isxdigit((unsigned char)at[i]))
            return mark;
        code = code * 16 + (unsigned)hex_digit(at[i]);
    }
    if (code == 0 || code >= 0x80)
        return mark;
    return (struct mark){.c = (char)code, .len = (size_t)(at - p) + 5, .backslashes = (size_t)(at - p)};
}

static struct mark mark_at(const char *p, const char *end)
{
    if (p >= end)
        return (struct mark){0};
    if (*p == '\\')
        return backslash_mark(p, end);
    if (*p == '&')
        return entity_mark(p, end);
    if (*p == '%' && end - p >= 3 && hex_digit(p[1]) >= 0 && hex_digit(p[1]) < 8 && hex_digit(p[2]) >= 0)
        return (struct mark){.c = (char)(hex_digit(p[1]) * 16 + hex_digit(p[2])), .len = 3, .coded = true};
    return (struct mark){.c = *p, .len = 1};
}

static const char *skip_space(const char *p, const char *end)
{
    for (struct mark m = mark_at(p, end); m.len && isspace((unsigned char)m.c); m = mark_at(p, end))
        p += m.len;
    return p;
}

static bool is_quote(struct mark m)
{
    return m.c == '"' || m.c == '\'';
}

/* Whether `m` closes what `open` opened: as many levels of JSON in JSON deep, so `\\"` closes a plain one. */
static bool closes(struct mark open, struct mark m)
{
    return m.c == open.c && m.coded == open.coded && m.backslashes >= open.backslashes &&
           m.len - m.backslashes == open.len - open.backslashes &&
           (m.backslashes - open.backslashes) % (2 * (open.backslashes + 1)) == 0;
}

/* The closing quote of the string that begins at p; the end when it has none. */
static const char *string_close(const char *p, const char *end)
{
    struct mark open = mark_at(p, end), m;

    for (p += open.len; p < end; p += m.len) {
        m = mark_at(p, end);
        if (closes(open, m))
            return p + (m.len - open.len);
    }
    return end;
}

/* ---- texts ------------------------------------------------------------------------------------------ */

struct scan {
    const char *begin, *p, *end;
    struct masked out;
    size_t depth;    /* of objects and lists, all values in which are hidden */
    bool secret_tag; /* in an HTML tag with a name="..." that is one */
};

static void take(struct scan *s, const char *until)
{
    add(&s->out, s->p, (size_t)(until - s->p));
    s->p = until;
}

static void hide(struct scan *s, const char *until)
{
    if (until > s->p)
        add_hidden(&s->out);
    s->p = until;
}

static bool is_name(struct mark m)
{
    return m.len && m.c && (isalnum((unsigned char)m.c) || strchr("_.-[]+$", m.c));
}

/* Behind the name or number that begins at p. */
static const char *word_end(const char *p, const char *end)
{
    for (struct mark m = mark_at(p, end); is_name(m); m = mark_at(p, end))
        p += m.len;
    return p;
}

/* The string at s->p, its quotes left. */
static void hide_string(struct scan *s)
{
    const char *close = string_close(s->p, s->end);

    take(s, s->p + mark_at(s->p, s->end).len);
    if (close > s->p || close == s->end)
        add_hidden(&s->out);
    s->p = close;
    take(s, close + mark_at(close, s->end).len);
    if (close == s->end)
        add(&s->out, "\"", 1);
}

/* The value behind the : or => of a secret name: of an object or a list all the values in it. */
static void hide_value(struct scan *s, const char *value)
{
    struct mark m = mark_at(value, s->end);

    take(s, value);
    if (is_quote(m)) {
        hide_string(s);
    } else if (m.c == '{' || m.c == '[') {
        take(s, value + m.len);
        s->depth = 1;
    } else {
        while (m.len && !isspace((unsigned char)m.c) && !strchr(",}])&;<", m.c) && !is_quote(m)) {
            value += m.len;
            m = mark_at(value, s->end);
        }
        hide(s, value);
    }
}

/* Behind the separator of a name and its value, : or =>, and the blanks around it; NULL: there is none. */
static const char *behind_colon(const char *p, const char *end)
{
    struct mark m;

    p = skip_space(p, end);
    m = mark_at(p, end);
    if (m.c == '=' && mark_at(p + m.len, end).c == '>')
        p += m.len;
    else if (m.c != ':')
        return NULL;
    return skip_space(p + mark_at(p, end).len, end);
}

static void take_string(struct scan *s)
{
    struct mark open = mark_at(s->p, s->end);
    const char *close = string_close(s->p, s->end), *inside = s->p + open.len;
    const char *value = behind_colon(close + mark_at(close, s->end).len, s->end);

    if (value && s->depth == 0 && mask_is_secret_name(inside, (size_t)(close - inside)))
        hide_value(s, value);
    else if (value && s->depth > 0)
        take(s, value);
    else if (s->depth > 0)
        hide_string(s);
    else
        take(s, inside); /* a text in it may be a form, a tag or JSON again */
}

/* Whether a line, an item or a text begins at p: `password: x` is a name and its value there, in a sentence not. */
static bool begins(const struct scan *s, const char *p)
{
    while (p > s->begin && (p[-1] == ' ' || p[-1] == '\t' || p[-1] == '-'))
        p--;
    return p == s->begin || strchr("\n\r{,(>\"'", p[-1]) ||
           (p - s->begin >= 2 && p[-2] == '\\' && (p[-1] == 'n' || p[-1] == 'r')) ||
           (p - s->begin >= 3 && p[-3] == '%' && strchr("2Aa", p[-1])) || p[-1] == ';';
}

/* The value of a line of a header, YAML or the like: to the end of the line or of what it stands in. */
static void hide_line(struct scan *s, const char *value, bool item)
{
    struct mark m = mark_at(value, s->end);

    take(s, value);
    while (m.len && m.c != '\n' && m.c != '\r' && m.c != '<' && !is_quote(m) && !(item && strchr(",})", m.c))) {
        value += m.len;
        m = mark_at(value, s->end);
    }
    hide(s, value);
}

/* The value behind the = of a form, a query or a tag. A coded & ends only what follows a coded =. */
static void hide_pair(struct scan *s, const char *value, bool coded)
{
    struct mark m = mark_at(value, s->end);

    take(s, value);
    if (is_quote(m)) {
        hide_string(s);
        return;
    }
    while (m.len && !((m.coded <= coded) && (isspace((unsigned char)m.c) || is_quote(m) || strchr("&;<>#", m.c)))) {
        value += m.len;
        m = mark_at(value, s->end);
    }
    hide(s, value);
}

/* A JSON Web Token: two parts or more of base64url, the first of which begins with {" */
static bool is_jwt(const char *p, const char *end)
{
    return end - p >= 20 && memcmp(p, "eyJ", 3) == 0 && memchr(p, '.', (size_t)(end - p));
}

/* The content of a part of a form: hidden when its name is a secret one. */
static void take_part(struct scan *s)
{
    const char *head = memmem(s->p, (size_t)(s->end - s->p), "\r\n\r\n", 4), *name, *content, *close;

    name = memmem(s->p, (size_t)(s->end - s->p), " name=", 6);
    content = head ? head + 4 : s->end;
    if (!name || name + 6 >= content)
        return;
    name += 6;
    close = is_quote(mark_at(name, content)) ? string_close(name, content) : word_end(name, content);
    if (!mask_is_secret_name(name, (size_t)(close - name)))
        return;
    take(s, content);
    close = memmem(s->p, (size_t)(s->end - s->p), "\r\n--", 4);
    hide(s, close ? close : s->end);
}

/* A name, maybe with its value, or any other word. */
static void take_word(struct scan *s)
{
    const char *name = s->p, *end = word_end(name, s->end), *value = behind_colon(end, s->end);
    size_t n = (size_t)(end - name);
    struct mark next = mark_at(end, s->end);
    bool secret = mask_is_secret_name(name, n);

    if (s->depth > 0) {
        if (value)
            take(s, value);
        else
            hide_value(s, name);
    } else if (next.c == '=' && !value) {
        secret |= s->secret_tag &&
                  ((n >= 5 && strncasecmp(name, "value", 5) == 0) || (n >= 7 && strncasecmp(name, "content", 7) == 0));
        if (secret)
            hide_pair(s, end + next.len, next.coded);
        else
            take(s, end + next.len);
    } else if (value && secret && (is_quote(mark_at(value, s->end)) || strchr("{[", mark_at(value, s->end).c))) {
        hide_value(s, value);
    } else if (value && secret && begins(s, name)) {
        hide_line(s, value, name > s->begin && strchr(" {,(", name[-1]));
    } else if (n == 19 && strncasecmp(name, "Content-Disposition", n) == 0) {
        take_part(s);
        take(s, s->p == name ? end : s->p);
    } else if (is_jwt(name, end)) {
        hide(s, end);
    } else {
        take(s, end);
    }
}

/* A tag: whether its name="..." is a secret one, and what stands in an element whose name is one. */
static void take_tag(struct scan *s)
{
    const char *name = s->p + mark_at(s->p, s->end).len, *word = name, *close = name, *at;
    bool element = false, self_closing = false;
    struct mark m;

    for (m = mark_at(word, s->end); is_name(m) || (m.len && m.c == ':'); m = mark_at(word, s->end))
        word += m.len;
    element = mask_is_secret_name(name, (size_t)(word - name));
    for (close = word, m = mark_at(close, s->end); m.len && m.c != '>' && m.c != '<'; m = mark_at(close, s->end)) {
        self_closing = m.c == '/';
        close += m.len;
    }
    s->secret_tag = false;
    for (at = word; at + 6 < close && !s->secret_tag; at++) {
        if (isspace((unsigned char)at[-1]) && strncasecmp(at, "name=", 5) == 0)
            s->secret_tag = mask_is_secret_name(
                at + 5,
                (size_t)((is_quote(mark_at(at + 5, close)) ? string_close(at + 5, close) : word_end(at + 5, close)) -
                         (at + 5)));
    }
    if (!element || m.c != '>' || self_closing) {
        take(s, name);
        return;
    }
    take(s, close + m.len);
    s->secret_tag = false;
    if ((size_t)(s->end - s->p) >= 9 && memcmp(s->p, "<![CDATA[", 9) == 0) {
        take(s, s->p + 9);
        at = memmem(s->p, (size_t)(s->end - s->p), "]]>", 3);
        hide(s, at ? at : s->end);
        return;
    }
    for (at = s->p, m = mark_at(at, s->end); m.len && m.c != '<'; m = mark_at(at, s->end))
        at += m.len;
    if (skip_space(s->p, at) < at)
        hide(s, at);
}

/* The password, or the token that stands in its place, of a URL that begins with `://` at s->p. */
static void take_authority(struct scan *s)
{
    const char *user, *colon = NULL, *at;
    struct mark m;

    for (size_t i = 0; i < 3; i++)
        take(s, s->p + mark_at(s->p, s->end).len);
    user = s->p;
    for (at = user, m = mark_at(at, s->end); m.len && m.c != '@' && !strchr("/?#<> \t\r\n", m.c) && !is_quote(m);
         m = mark_at(at, s->end)) {
        if (m.c == ':' && !colon)
            colon = at + m.len;
        at += m.len;
    }
    if (m.c != '@' || m.len == 0)
        return;
    if (colon)
        take(s, colon);
    hide(s, at);
}

static bool is_authority(const struct scan *s)
{
    struct mark colon = mark_at(s->p, s->end), first = mark_at(s->p + colon.len, s->end);

    return colon.c == ':' && first.c == '/' && mark_at(s->p + colon.len + first.len, s->end).c == '/';
}

char *mask_text(const char *text, size_t n, size_t *out_n)
{
    struct scan s = {.begin = text, .p = text, .end = text + n};

    add(&s.out, "", 0);
    while (s.p < s.end) {
        struct mark m = mark_at(s.p, s.end);

        if (is_quote(m)) {
            take_string(&s);
        } else if (is_name(m) && !strchr("[]", m.c)) {
            take_word(&s);
        } else if (is_authority(&s)) {
            take_authority(&s);
        } else if (m.c == '<' && s.depth == 0) {
            take_tag(&s);
        } else {
            if (m.c == '>')
                s.secret_tag = false;
            if (s.depth > 0)
                s.depth = s.depth + (m.c == '{' || m.c == '[') - (m.c == '}' || m.c == ']');
            take(&s, s.p + m.len);
        }
    }
    if (out_n)
        *out_n = s.out.n;
    return s.out.p;
}
