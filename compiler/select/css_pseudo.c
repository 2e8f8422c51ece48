/* Pseudo-classes of CSS selectors (css.h). */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "css.h"

enum {
    MOST_DEPTH = 20,
    MOST_STEP = 1000000, /* of an+b */
};

/* ------------------------------------------------------------------ an+b */

static bool number(struct css_scan *s, long *value)
{
    size_t from = s->at;

    for (*value = 0; css_peek(s) > 0 && isdigit(css_peek(s)); s->at++) {
        *value = *value * 10 + (css_peek(s) - '0');
        if (*value > MOST_STEP) {
            return css_fail_at(s, from, "the number is too large");
        }
    }
    return s->at > from;
}

static bool word_at(struct css_scan *s, const char *word)
{
    size_t n = strlen(word);

    if (s->n - s->at < n || strncasecmp(s->p + s->at, word, n) != 0 ||
        (s->at + n < s->n && css_is_name((unsigned char)s->p[s->at + n]))) {
        return false;
    }
    s->at += n;
    return true;
}

static bool an_plus_b(struct css_scan *s, struct css_step *step)
{
    static const char wanted[] = "a place is wanted here: 3, odd, even or 2n+1";
    long sign = 1, number_in_front = 1;
    bool digits;

    css_spaces(s);
    if (word_at(s, "odd") || word_at(s, "even")) {
        *step = (struct css_step){2, tolower((unsigned char)s->p[s->at - 1]) == 'd'};
        return true;
    }
    if (css_peek(s) == '+' || css_peek(s) == '-') {
        sign = css_peek(s) == '-' ? -1 : 1;
        s->at++;
    }
    digits = number(s, &number_in_front);
    if (css_failed(s)) {
        return false;
    }
    if (css_peek(s) != 'n' && css_peek(s) != 'N') {
        *step = (struct css_step){0, sign * number_in_front};
        return digits || css_fail(s, wanted);
    }
    s->at++;
    *step = (struct css_step){sign * (digits ? number_in_front : 1), 0};
    css_spaces(s);
    if (css_peek(s) == '+' || css_peek(s) == '-') {
        sign = css_peek(s) == '-' ? -1 : 1;
        s->at++;
        css_spaces(s);
        if (!number(s, &step->b)) {
            return css_fail(s, "a number is missing");
        }
        step->b *= sign;
    }
    return true;
}

/* ------------------------------------------------------------------ pseudo-classes */

/* The list in parentheses as one condition. */
static bool inner_list(struct css_scan *s, struct css_text *out, const char *front, bool relative)
{
    struct css_text inner = {0};
    bool good = css_list(s, &inner, relative);

    if (good) {
        css_add_and(s, out);
        css_add(s, out, front);
        css_add(s, out, "(");
        css_add_text(s, out, &inner);
        css_add(s, out, ")");
    }
    css_clear(&inner);
    return good && !css_failed(s);
}

struct pseudo {
    const char *name;
    const char *condition; /* of one without parentheses, or NULL */
    enum { PLAIN, LIST, NOT, HAS, NTH, NTH_OF_TYPE, CONTAINS } kind;
    bool last;
};

#define LINK "(self::a or self::area) and @href"
#define CONTROL                                                                                                        \
    "self::button or self::input or self::select or self::textarea or self::option or self::optgroup or "              \
    "self::fieldset"

static const struct pseudo pseudos[] = {
    {"first-child", "not(preceding-sibling::*)", PLAIN, false},
    {"last-child", "not(following-sibling::*)", PLAIN, false},
    {"only-child", "not(preceding-sibling::* or following-sibling::*)", PLAIN, false},
    {"first-of-type", "swarm-place()=1", PLAIN, false},
    {"last-of-type", "swarm-last-place()=1", PLAIN, false},
    {"only-of-type", "swarm-place()=1 and swarm-last-place()=1", PLAIN, false},
    {"empty", "not(* or text())", PLAIN, false},
    {"root", "not(parent::*)", PLAIN, false},
    {"checked", "((self::input and @checked and (@type='checkbox' or @type='radio')) or (self::option and @selected))",
     PLAIN, false},
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

static bool nth(struct css_scan *s, struct css_text *out, const struct pseudo *pseudo)
{
    struct css_text place = {0}, of = {0};
    struct css_step step;
    bool good = an_plus_b(s, &step);

    css_spaces(s);
    if (good && pseudo->kind == NTH && word_at(s, "of")) {
        good = css_list(s, &of, false);
    }
    if (good && pseudo->kind == NTH_OF_TYPE) {
        css_add(s, &place, pseudo->last ? "swarm-last-place()" : "swarm-place()");
    } else if (good) {
        css_add(s, &place, pseudo->last ? "(count(following-sibling::*" : "(count(preceding-sibling::*");
        if (of.n) {
            css_add_and(s, out);
            css_add(s, out, "(");
            css_add_text(s, out, &of);
            css_add(s, out, ")");
            css_add(s, &place, "[");
            css_add_text(s, &place, &of);
            css_add(s, &place, "]");
        }
        css_add(s, &place, ")+1)");
    }
    good = good && css_add_step(s, out, &place, step);
    css_clear(&place);
    css_clear(&of);
    return good;
}

static bool contains(struct css_scan *s, struct css_text *out)
{
    struct css_text text = {0};
    bool good;

    css_spaces(s);
    if (css_peek(s) != '"' && css_peek(s) != '\'') {
        return css_fail(s, "`:contains` wants a text in quotes");
    }
    good = css_quoted(s, &text);
    if (good) {
        css_add_and(s, out);
        css_add(s, out, "contains(.,");
        css_add_literal(s, out, &text);
        css_add(s, out, ")");
    }
    css_clear(&text);
    return good && !css_failed(s);
}

static bool with_parentheses(struct css_scan *s, struct css_text *out, const struct pseudo *pseudo)
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

static bool unknown_pseudo(struct css_scan *s, size_t from, const struct css_text *text, bool element)
{
    static const char *const looked_at[] = {"hover",      "focus",        "focus-within", "focus-visible", "active",
                                            "visited",    "target",       "visible",      "before",        "after",
                                            "first-line", "first-letter", "placeholder",  "selection"};

    for (size_t i = 0; i < sizeof looked_at / sizeof *looked_at; i++) {
        if (strcmp(looked_at[i], text->p) == 0) {
            return css_fail_at(s, from, "`:%s` is about a page on a screen; there is none", text->p);
        }
    }
    if (element && (strcmp(text->p, "text") == 0 || strcmp(text->p, "attr") == 0)) {
        css_fail_at(s, from, "`::%s` is not a part of CSS", text->p);
        selector_help(s->mistake, text->p[0] == 't' ? "css() gives the texts of the elements"
                                                    : "the attribute is the second argument: css(\"a\", \"href\")");
        return false;
    }
    css_fail_at(s, from, "`:%.60s` is not known", text->p);
    if (strcmp(text->p, "first") == 0 || strcmp(text->p, "eq") == 0 || strcmp(text->p, "last") == 0) {
        selector_help(s->mistake, "the result is a list: css(\"li\")[0]");
    } else {
        selector_help(
            s->mistake,
            "there are :first-child :last-child :nth-child() :nth-of-type() :not() :is() :has() :empty :contains()");
    }
    return false;
}

static bool pseudo_named(struct css_scan *s, struct css_text *out, size_t from, const struct css_text *text,
                         bool element)
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
        return css_peek(s) == '(' ? css_fail_at(s, s->at, "`:%s` takes nothing in parentheses", pseudo->name)
                                  : css_add_and(s, out) && css_add(s, out, pseudo->condition);
    }
    if (css_peek(s) != '(') {
        return css_fail_at(s, s->at, "`:%s` wants parentheses behind it", pseudo->name);
    }
    if (++s->depth > MOST_DEPTH) {
        return css_fail(s, "it nests too deep");
    }
    s->at++;
    if (!with_parentheses(s, out, pseudo)) {
        return false;
    }
    css_spaces(s);
    if (css_peek(s) != ')') {
        return css_fail(s, "`(` is not closed by `)`");
    }
    s->at++;
    s->depth--;
    return true;
}

bool css_pseudo(struct css_scan *s, struct css_text *out)
{
    struct css_text text = {0};
    size_t from = s->at;
    bool element, good;

    s->at++;
    element = css_peek(s) == ':';
    s->at += element;
    good = css_name(s, &text, "`:` wants a name, like `:first-child`");
    if (good) {
        css_to_lower(&text);
        good = pseudo_named(s, out, from, &text, element);
    }
    css_clear(&text);
    return good;
}
