/* The form of CSS selectors: enough of selectors level 4 to find a slip of the hand before the run. */
#include <ctype.h>

#include "checker.h"

struct scan {
    const char *p;
    size_t n, at;
    const char *mistake;
    unsigned depth;
};

static int peek(const struct scan *s)
{
    return s->at < s->n ? (unsigned char)s->p[s->at] : -1;
}

static bool fail(struct scan *s, const char *mistake)
{
    if (!s->mistake)
        s->mistake = mistake;
    return false;
}

static void spaces(struct scan *s)
{
    while (s->at < s->n && isspace((unsigned char)s->p[s->at]))
        s->at++;
}

static bool is_name(int ch)
{
    return ch >= 0x80 || ch == '_' || ch == '-' || ch == '\\' || isalnum(ch);
}

static bool name(struct scan *s, const char *mistake)
{
    size_t from = s->at;

    if (peek(s) >= '0' && peek(s) <= '9')
        return fail(s, mistake);
    while (s->at < s->n && is_name(peek(s)))
        s->at += peek(s) == '\\' && s->at + 1 < s->n ? 2 : 1;
    return s->at > from || fail(s, mistake);
}

static bool quoted(struct scan *s)
{
    int quote = peek(s);

    s->at++;
    while (s->at < s->n && peek(s) != quote)
        s->at += peek(s) == '\\' && s->at + 1 < s->n ? 2 : 1;
    if (s->at >= s->n)
        return fail(s, "a quote is not closed");
    s->at++;
    return true;
}

static bool attribute(struct scan *s)
{
    s->at++;
    spaces(s);
    if (!name(s, "`[` wants the name of an attribute"))
        return false;
    spaces(s);
    if (s->at < s->n && strchr("~|^$*", peek(s)) && peek(s) > 0) {
        s->at++;
        if (peek(s) != '=')
            return fail(s, "`=` is missing");
    }
    if (peek(s) == '=') {
        s->at++;
        spaces(s);
        if (peek(s) == '"' || peek(s) == '\'') {
            if (!quoted(s))
                return false;
        } else {
            size_t from = s->at;
            while (s->at < s->n && is_name(peek(s)))
                s->at++;
            if (s->at == from)
                return fail(s, "a value is missing behind `=`");
        }
        spaces(s);
        if (peek(s) == 'i' || peek(s) == 's')
            s->at++;
        spaces(s);
    }
    if (peek(s) != ']')
        return fail(s, "`[` is not closed by `]`");
    s->at++;
    return true;
}

static bool list(struct scan *s);

static bool pseudo(struct scan *s)
{
    size_t from;
    bool selectors;

    s->at++;
    if (peek(s) == ':')
        s->at++;
    from = s->at;
    if (!name(s, "`:` wants a name, like `:first-child`"))
        return false;
    selectors = (s->at - from == 3 && strncmp(s->p + from, "not", 3) == 0) ||
                (s->at - from == 2 && strncmp(s->p + from, "is", 2) == 0);
    if (peek(s) != '(')
        return true;
    if (++s->depth > 20)
        return fail(s, "it nests too deep");
    s->at++;
    if (selectors) {
        if (!list(s))
            return false;
    } else {
        while (s->at < s->n && peek(s) != ')') {
            if (peek(s) == '"' || peek(s) == '\'') {
                if (!quoted(s))
                    return false;
            } else {
                s->at++;
            }
        }
    }
    if (peek(s) != ')')
        return fail(s, "`(` is not closed by `)`");
    s->at++;
    s->depth--;
    return true;
}

static bool compound(struct scan *s)
{
    size_t from = s->at;

    if (peek(s) == '*')
        s->at++;
    else if (is_name(peek(s)) && !(peek(s) >= '0' && peek(s) <= '9'))
        name(s, "");
    for (;;) {
        bool good = true;
        switch (peek(s)) {
        case '.':
            s->at++;
            good = name(s, "`.` wants the name of a class");
            break;
        case '#':
            s->at++;
            good = name(s, "`#` wants an id");
            break;
        case '[':
            good = attribute(s);
            break;
        case ':':
            good = pseudo(s);
            break;
        default:
            return s->at > from ||
                   fail(s, s->at < s->n ? "an element, class or id is wanted here" : "it ends too early");
        }
        if (!good)
            return false;
    }
}

static bool complex(struct scan *s)
{
    spaces(s);
    for (;;) {
        if (!compound(s))
            return false;
        spaces(s);
        if (s->at >= s->n || peek(s) == ',' || peek(s) == ')')
            return true;
        if (peek(s) == '>' || peek(s) == '+' || peek(s) == '~') {
            s->at++;
            spaces(s);
        }
    }
}

static bool list(struct scan *s)
{
    for (;;) {
        if (!complex(s))
            return false;
        if (peek(s) != ',')
            return true;
        s->at++;
    }
}

const char *selector_mistake(const char *text, size_t n, size_t *at)
{
    struct scan s = {.p = text, .n = n};

    spaces(&s);
    if (s.at >= n)
        return "it is empty";
    if (list(&s) && s.at < n)
        fail(&s, "this does not belong here");
    *at = s.at < n ? s.at : n ? n - 1 : 0;
    return s.mistake;
}
