/* CSS selectors to XPath 1.0 (selector.h). One descent over the text; each compound becomes a condition on an element, and
 * a complex selector is read from the right: `ul > li b` is "b with an ancestor li whose parent is ul", so every element
 * is looked at once and comes once, in the order of the document. */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "selector.h"

enum {
    MOST_DEPTH = 20,
    MOST_XPATH = 64 * 1024, /* bytes of a condition */
    MOST_STEP = 1000000,    /* of an+b */
};

struct text_of {
    char *p; /* NULL: nothing yet */
    size_t n, room;
};

struct scan {
    const char *p;
    size_t n, at;
    struct selector_mistake *mistake;
    bool failed;
    unsigned depth;
};

/* ------------------------------------------------------------------ text */

static bool fail_at(struct scan *s, size_t at, const char *format, ...) __attribute__((format(printf, 3, 4)));
static bool fail_at(struct scan *s, size_t at, const char *format, ...)
{
    va_list args;

    if (s->failed) {
        return false;
    }
    s->failed = true;
    s->mistake->at = at;
    s->mistake->help[0] = '\0';
    va_start(args, format);
    vsnprintf(s->mistake->what, sizeof s->mistake->what, format, args);
    va_end(args);
    return false;
}

static bool fail(struct scan *s, const char *what)
{
    return fail_at(s, s->at, "%s", what);
}

static void help(struct scan *s, const char *what)
{
    snprintf(s->mistake->help, sizeof s->mistake->help, "%s", what);
}

static bool add_bytes(struct scan *s, struct text_of *out, const char *p, size_t n)
{
    if (s->failed) {
        return false;
    }
    if (out->n + n > MOST_XPATH) {
        return fail_at(s, 0, "it is too long");
    }
    if (out->n + n + 1 > out->room) {
        size_t room = 2 * (out->n + n) + 64;
        char *grown = realloc(out->p, room);
        if (!grown) {
            return fail_at(s, 0, "there is no memory for it");
        }
        out->p = grown;
        out->room = room;
    }
    memcpy(out->p + out->n, p, n);
    out->n += n;
    out->p[out->n] = '\0';
    return true;
}

static bool add(struct scan *s, struct text_of *out, const char *text)
{
    return add_bytes(s, out, text, strlen(text));
}

static bool add_text(struct scan *s, struct text_of *out, const struct text_of *text)
{
    return add_bytes(s, out, text->p ? text->p : "", text->n);
}

static bool add_format(struct scan *s, struct text_of *out, const char *format, ...) __attribute__((format(printf, 3, 4)));
static bool add_format(struct scan *s, struct text_of *out, const char *format, ...)
{
    char line[256];
    va_list args;

    va_start(args, format);
    int n = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    return add_bytes(s, out, line, n > 0 ? (size_t)n : 0);
}

static void clear(struct text_of *text)
{
    free(text->p);
    *text = (struct text_of){0};
}

/* A literal of XPath 1.0, which has no escapes: a text with both quotes is put together. */
static bool add_literal(struct scan *s, struct text_of *out, const struct text_of *text)
{
    const char *p = text->p ? text->p : "", *end = p + text->n;

    if (!memchr(p, '\'', text->n)) {
        return add(s, out, "'") && add_text(s, out, text) && add(s, out, "'");
    }
    if (!memchr(p, '"', text->n)) {
        return add(s, out, "\"") && add_text(s, out, text) && add(s, out, "\"");
    }
    add(s, out, "concat(''");
    while (p < end) {
        const char *stop = memchr(p, '\'', (size_t)(end - p));
        size_t n = (size_t)((stop ? stop : end) - p);
        if (n) {
            add(s, out, ",'");
            add_bytes(s, out, p, n);
            add(s, out, "'");
        }
        if (stop) {
            add(s, out, ",\"'\"");
        }
        p += n + (stop ? 1 : 0);
    }
    return add(s, out, ")");
}

/* ------------------------------------------------------------------ tokens */

static int peek(const struct scan *s)
{
    return s->at < s->n ? (unsigned char)s->p[s->at] : -1;
}

static bool is_space(int ch)
{
    return ch == ' ' || ch == '\t' || ch == '\n' || ch == '\r' || ch == '\f';
}

static void spaces(struct scan *s)
{
    while (is_space(peek(s))) {
        s->at++;
    }
}

static bool is_name(int ch)
{
    return ch >= 0x80 || ch == '_' || ch == '-' || ch == '\\' || (ch > 0 && isalnum(ch));
}

static bool add_code_point(struct scan *s, struct text_of *out, uint32_t code)
{
    char bytes[4];
    size_t n;

    if ((code < 0x20 && !is_space((int)code)) || code == '\f' || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ||
        code == 0xfffe || code == 0xffff) { /* no document holds them, and XPath neither */
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
    return add_bytes(s, out, bytes, n);
}

/* Behind the backslash: up to six hexadecimal digits and one space, or any other character as it is. */
static bool escape(struct scan *s, struct text_of *out)
{
    uint32_t code = 0;
    unsigned digits = 0;

    for (; digits < 6 && peek(s) > 0 && isxdigit(peek(s)); digits++, s->at++) {
        int ch = tolower(peek(s));
        code = code * 16 + (uint32_t)(ch <= '9' ? ch - '0' : ch - 'a' + 10);
    }
    if (digits) {
        if (is_space(peek(s))) {
            s->at++;
        }
        return add_code_point(s, out, code);
    }
    if (peek(s) < 0 || peek(s) == '\n') {
        return fail(s, "it ends behind `\\`");
    }
    return add_bytes(s, out, s->p + s->at++, 1);
}

static bool name_rest(struct scan *s, struct text_of *out)
{
    while (is_name(peek(s)) && !s->failed) {
        if (peek(s) == '\\') {
            s->at++;
            escape(s, out);
        } else {
            add_bytes(s, out, s->p + s->at++, 1);
        }
    }
    return !s->failed;
}

static bool name(struct scan *s, struct text_of *out, const char *mistake)
{
    int first = peek(s), second = s->at + 1 < s->n ? (unsigned char)s->p[s->at + 1] : -1;

    if (!is_name(first) || isdigit(first) || (first == '-' && (second == -1 || isdigit(second) || !is_name(second)))) {
        return fail(s, mistake);
    }
    return name_rest(s, out);
}

static bool quoted(struct scan *s, struct text_of *out)
{
    size_t begin = s->at;
    int quote = peek(s);

    s->at++;
    while (!s->failed && peek(s) != quote) {
        if (peek(s) < 0 || peek(s) == '\n') {
            return fail_at(s, begin, "a quote is not closed");
        }
        if (peek(s) == '\\') {
            s->at++;
            if (peek(s) == '\n') {
                s->at++;
            } else {
                escape(s, out);
            }
        } else {
            add_bytes(s, out, s->p + s->at++, 1);
        }
    }
    s->at++;
    return !s->failed;
}

/* ------------------------------------------------------------------ conditions */

/* Joins another condition to those of a compound. */
static bool add_and(struct scan *s, struct text_of *out)
{
    return out->n == 0 || add(s, out, " and ");
}

static bool is_plain_name(const struct text_of *text)
{
    if (!text->n || !(isalpha((unsigned char)text->p[0]) || text->p[0] == '_')) {
        return false;
    }
    for (size_t i = 0; i < text->n; i++) {
        unsigned char ch = (unsigned char)text->p[i];
        if (!isalnum(ch) && ch != '_' && ch != '-') {
            return false;
        }
    }
    return true;
}

static bool has_upper(const struct text_of *text)
{
    for (size_t i = 0; i < text->n; i++) {
        if (isupper((unsigned char)text->p[i])) {
            return true;
        }
    }
    return false;
}

static void to_lower(struct text_of *text)
{
    for (size_t i = 0; i < text->n; i++) {
        if (isupper((unsigned char)text->p[i])) {
            text->p[i] = (char)tolower((unsigned char)text->p[i]);
        }
    }
}

/* name() is one of the name as written and in small letters: names in HTML have no case, in XML they have. */
static bool add_name_test(struct scan *s, struct text_of *out, const struct text_of *text)
{
    struct text_of small = {0};

    add(s, out, "name()=");
    add_literal(s, out, text);
    if (has_upper(text)) {
        add_text(s, &small, text);
        if (!s->failed) {
            to_lower(&small);
        }
        add(s, out, " or name()=");
        add_literal(s, out, &small);
    }
    clear(&small);
    return !s->failed;
}

static bool add_element(struct scan *s, struct text_of *out, const struct text_of *text)
{
    if (is_plain_name(text) && !has_upper(text)) {
        return add(s, out, "self::") && add_text(s, out, text);
    }
    return add(s, out, "(") && add_name_test(s, out, text) && add(s, out, ")");
}

/* The attribute as a node-set. */
static bool add_attribute(struct scan *s, struct text_of *out, const struct text_of *text)
{
    if (is_plain_name(text) && !has_upper(text)) {
        return add(s, out, "@") && add_text(s, out, text);
    }
    return add(s, out, "@*[") && add_name_test(s, out, text) && add(s, out, "]");
}

#define LARGE "'ABCDEFGHIJKLMNOPQRSTUVWXYZ'"
#define SMALL "'abcdefghijklmnopqrstuvwxyz'"

static bool has_space(const struct text_of *text)
{
    for (size_t i = 0; i < text->n; i++) {
        if (is_space((unsigned char)text->p[i])) {
            return true;
        }
    }
    return false;
}

static bool add_padded(struct scan *s, struct text_of *out, const struct text_of *text, const char *front, const char *behind)
{
    struct text_of padded = {0};

    add(s, &padded, front);
    add_text(s, &padded, text);
    add(s, &padded, behind);
    add_literal(s, out, &padded);
    clear(&padded);
    return !s->failed;
}

/* A comparison of an attribute: how is one of = ~ | ^ $ *. */
static bool add_comparison(struct scan *s, struct text_of *out, const struct text_of *attribute, int how, struct text_of *value,
                           bool any_case)
{
    struct text_of left = {0};

    if (any_case) {
        add(s, &left, "translate(");
        if (!s->failed) {
            to_lower(value);
        }
    }
    add_attribute(s, &left, attribute);
    if (any_case) {
        add(s, &left, "," LARGE "," SMALL ")");
    }
    add_and(s, out);
    if ((how != '=' && how != '|' && value->n == 0) || (how == '~' && has_space(value))) {
        add(s, out, "false()"); /* by definition nothing */
        clear(&left);
        return !s->failed;
    }
    switch (how) {
    case '~':
        add(s, out, "contains(concat(' ',normalize-space(");
        add_text(s, out, &left);
        add(s, out, "),' '),");
        add_padded(s, out, value, " ", " ");
        add(s, out, ")");
        break;
    case '|':
        add(s, out, "(");
        add_attribute(s, out, attribute);
        add(s, out, " and (");
        add_text(s, out, &left);
        add(s, out, "=");
        add_literal(s, out, value);
        add(s, out, " or starts-with(");
        add_text(s, out, &left);
        add(s, out, ",");
        add_padded(s, out, value, "", "-");
        add(s, out, ")))");
        break;
    case '^':
    case '*':
        add(s, out, how == '^' ? "starts-with(" : "contains(");
        add_text(s, out, &left);
        add(s, out, ",");
        add_literal(s, out, value);
        add(s, out, ")");
        break;
    case '$':
        add(s, out, "substring(");
        add_text(s, out, &left);
        add(s, out, ",string-length(");
        add_text(s, out, &left);
        add(s, out, ")-string-length(");
        add_literal(s, out, value);
        add(s, out, ")+1)=");
        add_literal(s, out, value);
        break;
    default:
        add_text(s, out, &left);
        add(s, out, "=");
        add_literal(s, out, value);
        if (any_case && value->n == 0) { /* translate() of no attribute is an empty text too */
            add(s, out, " and ");
            add_attribute(s, out, attribute);
        }
    }
    clear(&left);
    return !s->failed;
}

/* ------------------------------------------------------------------ simple selectors */

static bool attribute_value(struct scan *s, struct text_of *value)
{
    size_t from;

    spaces(s);
    if (peek(s) == '"' || peek(s) == '\'') {
        return quoted(s, value);
    }
    from = s->at;
    name_rest(s, value); /* numbers too: browsers refuse them, people write them */
    return s->failed ? false : s->at > from || fail(s, "a value is missing behind `=`");
}

static bool attribute_parts(struct scan *s, struct text_of *out, struct text_of *called, struct text_of *value)
{
    int how = '=';
    bool any_case = false;

    s->at++;
    spaces(s);
    if (!name(s, called, "`[` wants the name of an attribute")) {
        return false;
    }
    while (peek(s) == ':') { /* xlink:href: in HTML a name like any other */
        s->at++;
        add(s, called, ":");
        if (!name(s, called, "`:` wants a name")) {
            return false;
        }
    }
    spaces(s);
    if (peek(s) > 0 && strchr("~|^$*", peek(s))) {
        how = peek(s);
        s->at++;
        if (peek(s) != '=') {
            return fail(s, "`=` is missing");
        }
    }
    if (peek(s) != '=') {
        return peek(s) == ']' ? add_and(s, out) && add_attribute(s, out, called) : fail(s, "`[` is not closed by `]`");
    }
    s->at++;
    if (!attribute_value(s, value)) {
        return false;
    }
    spaces(s);
    if (peek(s) > 0 && strchr("iIsS", peek(s))) {
        any_case = tolower(peek(s)) == 'i';
        s->at++;
        spaces(s);
    }
    return peek(s) == ']' ? add_comparison(s, out, called, how, value, any_case) : fail(s, "`[` is not closed by `]`");
}

static bool attribute(struct scan *s, struct text_of *out)
{
    struct text_of called = {0}, value = {0};
    bool good = attribute_parts(s, out, &called, &value);

    s->at += good;
    clear(&called);
    clear(&value);
    return good;
}

static bool class_or_id(struct scan *s, struct text_of *out)
{
    struct text_of text = {0}, of = {0};
    bool id = peek(s) == '#', good;

    s->at++;
    if (id && peek(s) > 0 && isdigit(peek(s))) {
        good = name_rest(s, &text); /* #42 is no selector, but ids are such */
    } else {
        good = name(s, &text, id ? "`#` wants an id" : "`.` wants the name of a class");
    }
    good = good && add(s, &of, id ? "id" : "class") && add_comparison(s, out, &of, id ? '=' : '~', &text, false);
    clear(&text);
    clear(&of);
    return good;
}

/* ------------------------------------------------------------------ an+b */

struct step {
    long a, b;
};

static bool number(struct scan *s, long *value)
{
    size_t from = s->at;

    for (*value = 0; peek(s) > 0 && isdigit(peek(s)); s->at++) {
        *value = *value * 10 + (peek(s) - '0');
        if (*value > MOST_STEP) {
            return fail_at(s, from, "the number is too large");
        }
    }
    return s->at > from;
}

static bool word_at(struct scan *s, const char *word)
{
    size_t n = strlen(word);

    if (s->n - s->at < n || strncasecmp(s->p + s->at, word, n) != 0 ||
        (s->at + n < s->n && is_name((unsigned char)s->p[s->at + n]))) {
        return false;
    }
    s->at += n;
    return true;
}

static bool an_plus_b(struct scan *s, struct step *step)
{
    static const char wanted[] = "a place is wanted here: 3, odd, even or 2n+1";
    long sign = 1, number_in_front = 1;
    bool digits;

    spaces(s);
    if (word_at(s, "odd") || word_at(s, "even")) {
        *step = (struct step){2, tolower((unsigned char)s->p[s->at - 1]) == 'd'};
        return true;
    }
    if (peek(s) == '+' || peek(s) == '-') {
        sign = peek(s) == '-' ? -1 : 1;
        s->at++;
    }
    digits = number(s, &number_in_front);
    if (s->failed) {
        return false;
    }
    if (peek(s) != 'n' && peek(s) != 'N') {
        *step = (struct step){0, sign * number_in_front};
        return digits || fail(s, wanted);
    }
    s->at++;
    *step = (struct step){sign * (digits ? number_in_front : 1), 0};
    spaces(s);
    if (peek(s) == '+' || peek(s) == '-') {
        sign = peek(s) == '-' ? -1 : 1;
        s->at++;
        spaces(s);
        if (!number(s, &step->b)) {
            return fail(s, "a number is missing");
        }
        step->b *= sign;
    }
    return true;
}

/* place is an expression for a place from 1. */
static bool add_step(struct scan *s, struct text_of *out, const struct text_of *place, struct step step)
{
    add_and(s, out);
    if (step.a == 0) {
        return add_text(s, out, place) && add_format(s, out, "=%ld", step.b);
    }
    add(s, out, "(");
    add_text(s, out, place);
    add_format(s, out, "%s%ld and ", step.a > 0 ? ">=" : "<=", step.b);
    if (step.a > 0) {
        add(s, out, "(");
        add_text(s, out, place);
        add_format(s, out, "-(%ld)) mod %ld=0)", step.b, step.a);
    } else {
        add_format(s, out, "(%ld-", step.b);
        add_text(s, out, place);
        add_format(s, out, ") mod %ld=0)", -step.a);
    }
    return !s->failed;
}

/* ------------------------------------------------------------------ pseudo-classes */

static bool list(struct scan *s, struct text_of *out, bool relative);

/* The list in parentheses as one condition. */
static bool inner_list(struct scan *s, struct text_of *out, const char *front, bool relative)
{
    struct text_of inner = {0};
    bool good = list(s, &inner, relative);

    if (good) {
        add_and(s, out);
        add(s, out, front);
        add(s, out, "(");
        add_text(s, out, &inner);
        add(s, out, ")");
    }
    clear(&inner);
    return good && !s->failed;
}

struct pseudo {
    const char *name;
    const char *condition; /* of one without parentheses, or NULL */
    enum { PLAIN, LIST, NOT, HAS, NTH, NTH_OF_TYPE, CONTAINS } kind;
    bool last;
};

#define LINK "(self::a or self::area) and @href"
#define CONTROL "self::button or self::input or self::select or self::textarea or self::option or self::optgroup or self::fieldset"

static const struct pseudo pseudos[] = {
    {"first-child", "not(preceding-sibling::*)", PLAIN, false},
    {"last-child", "not(following-sibling::*)", PLAIN, false},
    {"only-child", "not(preceding-sibling::* or following-sibling::*)", PLAIN, false},
    {"first-of-type", "swarm-place()=1", PLAIN, false},
    {"last-of-type", "swarm-last-place()=1", PLAIN, false},
    {"only-of-type", "swarm-place()=1 and swarm-last-place()=1", PLAIN, false},
    {"empty", "not(* or text())", PLAIN, false},
    {"root", "not(parent::*)", PLAIN, false},
    {"checked", "((self::input and @checked and (@type='checkbox' or @type='radio')) or (self::option and @selected))", PLAIN, false},
    {"disabled", "((" CONTROL ") and @disabled)", PLAIN, false},
    {"enabled", "((" CONTROL ") and not(@disabled))", PLAIN, false},
    {"link", "(" LINK ")", PLAIN, false},
    {"any-link", "(" LINK ")", PLAIN, false},
    {"not", NULL, NOT, false},
    {"is", NULL, LIST, false},
    {"where", NULL, LIST, false},
    {"matches", NULL, LIST, false},
    {"has", NULL, HAS, false},
    {"nth-child", NULL, NTH, false},
    {"nth-last-child", NULL, NTH, true},
    {"nth-of-type", NULL, NTH_OF_TYPE, false},
    {"nth-last-of-type", NULL, NTH_OF_TYPE, true},
    {"contains", NULL, CONTAINS, false},
};

static bool nth(struct scan *s, struct text_of *out, const struct pseudo *pseudo)
{
    struct text_of place = {0}, of = {0};
    struct step step;
    bool good = an_plus_b(s, &step);

    spaces(s);
    if (good && pseudo->kind == NTH && word_at(s, "of")) {
        good = list(s, &of, false);
    }
    if (good && pseudo->kind == NTH_OF_TYPE) {
        add(s, &place, pseudo->last ? "swarm-last-place()" : "swarm-place()");
    } else if (good) {
        add(s, &place, pseudo->last ? "(count(following-sibling::*" : "(count(preceding-sibling::*");
        if (of.n) {
            add_and(s, out);
            add(s, out, "(");
            add_text(s, out, &of);
            add(s, out, ")");
            add(s, &place, "[");
            add_text(s, &place, &of);
            add(s, &place, "]");
        }
        add(s, &place, ")+1)");
    }
    good = good && add_step(s, out, &place, step);
    clear(&place);
    clear(&of);
    return good;
}

static bool contains(struct scan *s, struct text_of *out)
{
    struct text_of text = {0};
    bool good;

    spaces(s);
    if (peek(s) != '"' && peek(s) != '\'') {
        return fail(s, "`:contains` wants a text in quotes");
    }
    good = quoted(s, &text);
    if (good) {
        add_and(s, out);
        add(s, out, "contains(.,");
        add_literal(s, out, &text);
        add(s, out, ")");
    }
    clear(&text);
    return good && !s->failed;
}

static bool with_parentheses(struct scan *s, struct text_of *out, const struct pseudo *pseudo)
{
    switch (pseudo->kind) {
    case NOT:
        return inner_list(s, out, "not", false);
    case HAS:
        return inner_list(s, out, "boolean", true);
    case LIST:
        return inner_list(s, out, "", false);
    case CONTAINS:
        return contains(s, out);
    default:
        return nth(s, out, pseudo);
    }
}

static bool unknown_pseudo(struct scan *s, size_t from, const struct text_of *text, bool element)
{
    static const char *const looked_at[] = {"hover", "focus", "focus-within", "focus-visible", "active", "visited", "target",
                                            "visible", "before", "after", "first-line", "first-letter", "placeholder", "selection"};

    for (size_t i = 0; i < sizeof looked_at / sizeof *looked_at; i++) {
        if (strcmp(looked_at[i], text->p) == 0) {
            return fail_at(s, from, "`:%s` is about a page on a screen; there is none", text->p);
        }
    }
    if (element && (strcmp(text->p, "text") == 0 || strcmp(text->p, "attr") == 0)) {
        fail_at(s, from, "`::%s` is not a part of CSS", text->p);
        help(s, text->p[0] == 't' ? "css() gives the texts of the elements" : "the attribute is the second argument: css(\"a\", \"href\")");
        return false;
    }
    fail_at(s, from, "`:%.60s` is not known", text->p);
    if (strcmp(text->p, "first") == 0 || strcmp(text->p, "eq") == 0 || strcmp(text->p, "last") == 0) {
        help(s, "the result is a list: css(\"li\")[0]");
    } else {
        help(s, "there are :first-child :last-child :nth-child() :nth-of-type() :not() :is() :has() :empty :contains()");
    }
    return false;
}

static bool pseudo_named(struct scan *s, struct text_of *out, size_t from, const struct text_of *text, bool element)
{
    const struct pseudo *pseudo = NULL;

    for (size_t i = 0; i < sizeof pseudos / sizeof *pseudos && !element; i++) {
        if (strcmp(pseudos[i].name, text->p) == 0) {
            pseudo = &pseudos[i];
        }
    }
    if (!pseudo) {
        return unknown_pseudo(s, from, text, element);
    }
    if (pseudo->kind == PLAIN) {
        return peek(s) == '(' ? fail_at(s, s->at, "`:%s` takes nothing in parentheses", pseudo->name)
                              : add_and(s, out) && add(s, out, pseudo->condition);
    }
    if (peek(s) != '(') {
        return fail_at(s, s->at, "`:%s` wants parentheses behind it", pseudo->name);
    }
    if (++s->depth > MOST_DEPTH) {
        return fail(s, "it nests too deep");
    }
    s->at++;
    if (!with_parentheses(s, out, pseudo)) {
        return false;
    }
    spaces(s);
    if (peek(s) != ')') {
        return fail(s, "`(` is not closed by `)`");
    }
    s->at++;
    s->depth--;
    return true;
}

static bool pseudo(struct scan *s, struct text_of *out)
{
    struct text_of text = {0};
    size_t from = s->at;
    bool element, good;

    s->at++;
    element = peek(s) == ':';
    s->at += element;
    good = name(s, &text, "`:` wants a name, like `:first-child`");
    if (good) {
        to_lower(&text);
        good = pseudo_named(s, out, from, &text, element);
    }
    clear(&text);
    return good;
}

/* ------------------------------------------------------------------ compounds and combinators */

/* Conditions on an element go to `out`; none: any element. type: the element's name where it is plain, so that it can
 * stand in the step itself. */
static bool compound(struct scan *s, struct text_of *out, struct text_of *type)
{
    size_t from = s->at;

    if (peek(s) == '*') {
        s->at++;
    } else if (is_name(peek(s)) && !isdigit(peek(s))) {
        if (!name(s, type, "an element, class or id is wanted here")) {
            return false;
        }
        if (peek(s) == '|') {
            return fail(s, "namespaces are not looked at: leave the prefix out");
        }
        if (!is_plain_name(type) || has_upper(type)) {
            add_element(s, out, type);
            clear(type);
        }
    }
    for (;;) {
        bool good;
        switch (peek(s)) {
        case '.':
        case '#':
            good = class_or_id(s, out);
            break;
        case '[':
            good = attribute(s, out);
            break;
        case ':':
            good = pseudo(s, out);
            break;
        default:
            return s->at > from || fail(s, s->at < s->n ? "an element, class or id is wanted here" : "it ends too early");
        }
        if (!good) {
            return false;
        }
    }
}

/* The node test of a step: `li[condition]`. */
static bool add_node(struct scan *s, struct text_of *out, const struct text_of *type, const struct text_of *conditions)
{
    if (type->n) {
        add_text(s, out, type);
    } else {
        add(s, out, "*");
    }
    if (conditions->n) {
        add(s, out, "[");
        add_text(s, out, conditions);
        add(s, out, "]");
    }
    return !s->failed;
}

/* Reads a combinator, white space included; 0: none follows. */
static int combinator(struct scan *s)
{
    size_t from = s->at;

    spaces(s);
    int ch = peek(s);
    if (ch < 0 || ch == ',' || ch == ')') {
        return 0;
    }
    if (ch == '>' || ch == '+' || ch == '~') {
        s->at++;
        spaces(s);
        return ch;
    }
    return s->at > from ? ' ' : 0;
}

static const char *axis_back(int how)
{
    return how == '>' ? "parent::" : how == '+' ? "preceding-sibling::*[1]/self::" : how == '~' ? "preceding-sibling::" : "ancestor::";
}

static const char *axis_on(int how)
{
    return how == '>' ? "child::" : how == '+' ? "following-sibling::*[1]/self::" : how == '~' ? "following-sibling::" : "descendant::";
}

static void move(struct text_of *to, struct text_of *from)
{
    clear(to);
    *to = *from;
    *from = (struct text_of){0};
}

/* One complex selector: type and conditions of its last compound, which hold the others. */
static bool complex(struct scan *s, struct text_of *type, struct text_of *conditions)
{
    int how;

    spaces(s);
    if (!compound(s, conditions, type)) {
        return false;
    }
    while ((how = combinator(s))) {
        struct text_of next = {0}, next_type = {0};
        bool good = compound(s, &next, &next_type);

        good = good && add_and(s, &next) && add(s, &next, axis_back(how)) && add_node(s, &next, type, conditions);
        if (good) {
            move(type, &next_type);
            move(conditions, &next);
        }
        clear(&next);
        clear(&next_type);
        if (!good) {
            return false;
        }
    }
    return !s->failed;
}

/* `> li b` of :has(): a path from the element at hand. */
static bool relative_complex(struct scan *s, struct text_of *out)
{
    int how;

    spaces(s);
    how = peek(s) == '>' || peek(s) == '+' || peek(s) == '~' ? combinator(s) : ' ';
    for (bool first = true; how; first = false) {
        struct text_of conditions = {0}, type = {0};
        bool good = compound(s, &conditions, &type) && (first || add(s, out, "/")) && add(s, out, axis_on(how)) &&
                    add_node(s, out, &type, &conditions);
        clear(&conditions);
        clear(&type);
        if (!good) {
            return false;
        }
        how = combinator(s);
    }
    return true;
}

static bool one_of_list(struct scan *s, struct text_of *out, bool relative)
{
    struct text_of type = {0}, conditions = {0};
    bool good;

    if (relative) {
        return relative_complex(s, out);
    }
    good = complex(s, &type, &conditions);
    if (good && type.n) {
        add_element(s, out, &type);
        if (conditions.n) {
            add(s, out, " and ");
        }
    }
    if (good) {
        add(s, out, type.n || conditions.n ? "" : "true()");
        add_text(s, out, &conditions);
    }
    clear(&type);
    clear(&conditions);
    return good && !s->failed;
}

/* A group as a condition: selectors with `or` (relative ones: paths with `|`) between them. */
static bool list(struct scan *s, struct text_of *out, bool relative)
{
    for (;;) {
        if (!one_of_list(s, out, relative)) {
            return false;
        }
        spaces(s);
        if (peek(s) != ',') {
            return true;
        }
        s->at++;
        add(s, out, relative ? " | " : " or ");
    }
}

/* A whole selector; one that is no group has its element in the step, so that only those are looked at. */
static bool whole(struct scan *s, struct text_of *out)
{
    struct text_of type = {0}, conditions = {0};
    bool good;

    add(s, out, "/descendant::");
    good = complex(s, &type, &conditions);
    spaces(s);
    if (good && peek(s) == ',') {
        clear(&type);
        clear(&conditions);
        s->at = 0;
        good = list(s, &conditions, false);
    }
    good = good && add_node(s, out, &type, &conditions);
    if (good && s->at < s->n) {
        good = fail(s, peek(s) == ')' ? "`)` closes nothing" : "this does not belong here");
    }
    clear(&type);
    clear(&conditions);
    return good;
}

char *css_to_xpath(const char *text, size_t n, struct selector_mistake *mistake)
{
    struct scan s = {.p = text, .n = n, .mistake = mistake};
    struct text_of out = {0};

    spaces(&s);
    if (s.at >= n) {
        fail_at(&s, 0, "it is empty");
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        if ((unsigned char)text[i] < 0x20 && !is_space(text[i])) {
            fail_at(&s, i, "a control character");
            return NULL;
        }
    }
    if (!whole(&s, &out) || s.failed) {
        clear(&out);
        return NULL;
    }
    return out.p;
}
