/* CSS selectors to XPath 1.0 (selector.h). One descent over the text; each compound becomes a condition on an element, and
 * a complex selector is read from the right: `ul > li b` is "b with an ancestor li whose parent is ul", so every element
 * is looked at once and comes once, in the order of the document. */
#include <ctype.h>
#include <string.h>

#include "css.h"

/* ------------------------------------------------------------------ simple selectors */

static bool attribute_value(struct css_scan *s, struct css_text *value)
{
    size_t from;

    css_spaces(s);
    if (css_peek(s) == '"' || css_peek(s) == '\'') {
        return css_quoted(s, value);
    }
    from = s->at;
    css_name_rest(s, value); /* numbers too: browsers refuse them, people write them */
    return css_failed(s) ? false : s->at > from || css_fail(s, "a value is missing behind `=`");
}

static bool attribute_parts(struct css_scan *s, struct css_text *out, struct css_text *called, struct css_text *value)
{
    int how = '=';
    bool any_case = false;

    s->at++;
    css_spaces(s);
    if (!css_name(s, called, "`[` wants the name of an attribute")) {
        return false;
    }
    while (css_peek(s) == ':') { /* xlink:href: in HTML a name like any other */
        s->at++;
        css_add(s, called, ":");
        if (!css_name(s, called, "`:` wants a name")) {
            return false;
        }
    }
    css_spaces(s);
    if (css_peek(s) > 0 && strchr("~|^$*", css_peek(s))) {
        how = css_peek(s);
        s->at++;
        if (css_peek(s) != '=') {
            return css_fail(s, "`=` is missing");
        }
    }
    if (css_peek(s) != '=') {
        return css_peek(s) == ']' ? css_add_and(s, out) && css_add_attribute(s, out, called)
                                  : css_fail(s, "`[` is not closed by `]`");
    }
    s->at++;
    if (!attribute_value(s, value)) {
        return false;
    }
    css_spaces(s);
    if (css_peek(s) > 0 && strchr("iIsS", css_peek(s))) {
        any_case = tolower(css_peek(s)) == 'i';
        s->at++;
        css_spaces(s);
    }
    return css_peek(s) == ']' ? css_add_comparison(s, out, called, how, value, any_case)
                              : css_fail(s, "`[` is not closed by `]`");
}

static bool attribute(struct css_scan *s, struct css_text *out)
{
    struct css_text called = {0}, value = {0};
    bool good = attribute_parts(s, out, &called, &value);

    s->at += good;
    css_clear(&called);
    css_clear(&value);
    return good;
}

static bool class_or_id(struct css_scan *s, struct css_text *out)
{
    struct css_text text = {0}, of = {0};
    bool id = css_peek(s) == '#', good;

    s->at++;
    if (id && css_peek(s) > 0 && isdigit(css_peek(s))) {
        good = css_name_rest(s, &text); /* #42 is no selector, but ids are such */
    } else {
        good = css_name(s, &text, id ? "`#` wants an id" : "`.` wants the name of a class");
    }
    good =
        good && css_add(s, &of, id ? "id" : "class") && css_add_comparison(s, out, &of, id ? '=' : '~', &text, false);
    css_clear(&text);
    css_clear(&of);
    return good;
}

/* ------------------------------------------------------------------ compounds and combinators */

static void move(struct css_text *to, struct css_text *from)
{
    css_clear(to);
    *to = *from;
    *from = (struct css_text){0};
}

/* Conditions on an element go to `out`; none: any element. type: the element's name where it is plain, so that it can
 * stand in the step itself. */
static bool compound(struct css_scan *s, struct css_text *out, struct css_text *type)
{
    size_t from = s->at;

    if (css_peek(s) == '*') {
        s->at++;
    } else if (css_is_name(css_peek(s)) && !isdigit(css_peek(s))) {
        if (!css_name(s, type, "an element, class or id is wanted here")) {
            return false;
        }
        if (css_peek(s) == '|') {
            return css_fail(s, "namespaces are not looked at: leave the prefix out");
        }
        if (!css_is_plain_name(type) || css_has_upper(type)) {
            css_add_element(s, out, type);
            css_clear(type);
        }
    }
    for (;;) {
        bool good;
        switch (css_peek(s)) {
        case '.':
        case '#':
            good = class_or_id(s, out);
            break;
        case '[':
            good = attribute(s, out);
            break;
        case ':':
            good = css_pseudo(s, out);
            break;
        default:
            return s->at > from ||
                   css_fail(s, s->at < s->n ? "an element, class or id is wanted here" : "it ends too early");
        }
        if (!good) {
            return false;
        }
    }
}

/* Reads a combinator, white space included; 0: none follows. */
static int combinator(struct css_scan *s)
{
    size_t from = s->at;

    css_spaces(s);
    int ch = css_peek(s);
    if (ch < 0 || ch == ',' || ch == ')') {
        return 0;
    }
    if (ch == '>' || ch == '+' || ch == '~') {
        s->at++;
        css_spaces(s);
        return ch;
    }
    return s->at > from ? ' ' : 0;
}

static const char *axis_back(int how)
{
    return how == '>'   ? "parent::"
           : how == '+' ? "preceding-sibling::*[1]/self::"
           : how == '~' ? "preceding-sibling::"
                        : "ancestor::";
}

static const char *axis_on(int how)
{
    return how == '>'   ? "child::"
           : how == '+' ? "following-sibling::*[1]/self::"
           : how == '~' ? "following-sibling::"
                        : "descendant::";
}

/* One complex selector: type and conditions of its last compound, which hold the others. */
static bool complex(struct css_scan *s, struct css_text *type, struct css_text *conditions)
{
    int how;

    css_spaces(s);
    if (!compound(s, conditions, type)) {
        return false;
    }
    while ((how = combinator(s))) {
        struct css_text next = {0}, next_type = {0};
        bool good = compound(s, &next, &next_type);

        good = good && css_add_and(s, &next) && css_add(s, &next, axis_back(how)) &&
               css_add_node(s, &next, type, conditions);
        if (good) {
            move(type, &next_type);
            move(conditions, &next);
        }
        css_clear(&next);
        css_clear(&next_type);
        if (!good) {
            return false;
        }
    }
    return !css_failed(s);
}

/* `> li b` of :has(): a path from the element at hand. */
static bool relative_complex(struct css_scan *s, struct css_text *out)
{
    int how;

    css_spaces(s);
    how = css_peek(s) == '>' || css_peek(s) == '+' || css_peek(s) == '~' ? combinator(s) : ' ';
    for (bool first = true; how; first = false) {
        struct css_text conditions = {0}, type = {0};
        bool good = compound(s, &conditions, &type) && (first || css_add(s, out, "/")) &&
                    css_add(s, out, axis_on(how)) && css_add_node(s, out, &type, &conditions);
        css_clear(&conditions);
        css_clear(&type);
        if (!good) {
            return false;
        }
        how = combinator(s);
    }
    return true;
}

static bool one_of_list(struct css_scan *s, struct css_text *out, bool relative)
{
    struct css_text type = {0}, conditions = {0};
    bool good;

    if (relative) {
        return relative_complex(s, out);
    }
    good = complex(s, &type, &conditions);
    if (good && type.n) {
        css_add_element(s, out, &type);
        if (conditions.n) {
            css_add(s, out, " and ");
        }
    }
    if (good) {
        css_add(s, out, type.n || conditions.n ? "" : "true()");
        css_add_text(s, out, &conditions);
    }
    css_clear(&type);
    css_clear(&conditions);
    return good && !css_failed(s);
}

/* A group as a condition: selectors with `or` (relative ones: paths with `|`) between them. */
bool css_list(struct css_scan *s, struct css_text *out, bool relative)
{
    for (;;) {
        if (!one_of_list(s, out, relative)) {
            return false;
        }
        css_spaces(s);
        if (css_peek(s) != ',') {
            return true;
        }
        s->at++;
        css_add(s, out, relative ? " | " : " or ");
    }
}

/* A whole selector; one that is no group has its element in the step, so that only those are looked at. */
static bool whole(struct css_scan *s, struct css_text *out)
{
    struct css_text type = {0}, conditions = {0};
    bool good;

    css_add(s, out, "/descendant::");
    good = complex(s, &type, &conditions);
    css_spaces(s);
    if (good && css_peek(s) == ',') {
        css_clear(&type);
        css_clear(&conditions);
        s->at = 0;
        good = css_list(s, &conditions, false);
    }
    good = good && css_add_node(s, out, &type, &conditions);
    if (good && s->at < s->n) {
        good = css_fail(s, css_peek(s) == ')' ? "`)` closes nothing" : "this does not belong here");
    }
    css_clear(&type);
    css_clear(&conditions);
    return good;
}

char *css_to_xpath(const char *text, size_t n, struct selector_mistake *mistake)
{
    struct css_scan s = {.p = text, .n = n, .mistake = mistake};
    struct css_text out = {0};

    mistake->what[0] = mistake->help[0] = '\0';
    css_spaces(&s);
    if (s.at >= n) {
        css_fail_at(&s, 0, "it is empty");
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        if ((unsigned char)text[i] < 0x20 && !css_is_space(text[i])) {
            css_fail_at(&s, i, "a control character");
            return NULL;
        }
    }
    if (!whole(&s, &out) || css_failed(&s)) {
        css_clear(&out);
        return NULL;
    }
    return out.p;
}
