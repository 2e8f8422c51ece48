/* CSS conditions as XPath 1.0 (css.h). */
#include <ctype.h>
#include <string.h>

#include "css.h"

/* A literal of XPath 1.0, which has no escapes: a text with both quotes is put together. */
bool css_add_literal(struct css_scan *s, struct css_text *out, const struct css_text *text)
{
    const char *p = text->p ? text->p : "", *end = p + text->n;

    if (!memchr(p, '\'', text->n)) {
        return css_add(s, out, "'") && css_add_text(s, out, text) && css_add(s, out, "'");
    }
    if (!memchr(p, '"', text->n)) {
        return css_add(s, out, "\"") && css_add_text(s, out, text) && css_add(s, out, "\"");
    }
    css_add(s, out, "concat(''");
    while (p < end) {
        const char *stop = memchr(p, '\'', (size_t)(end - p));
        size_t n = (size_t)((stop ? stop : end) - p);
        if (n) {
            css_add(s, out, ",'");
            css_add_bytes(s, out, p, n);
            css_add(s, out, "'");
        }
        if (stop) {
            css_add(s, out, ",\"'\"");
        }
        p += n + (stop ? 1 : 0);
    }
    return css_add(s, out, ")");
}

/* Joins another condition to those of a compound. */
bool css_add_and(struct css_scan *s, struct css_text *out)
{
    return out->n == 0 || css_add(s, out, " and ");
}

bool css_is_plain_name(const struct css_text *text)
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

/* css_name() is one of the name as written and in small letters: names in HTML have no case, in XML they have. */
static bool add_name_test(struct css_scan *s, struct css_text *out, const struct css_text *text)
{
    struct css_text small = {0};

    css_add(s, out, "name()=");
    css_add_literal(s, out, text);
    if (css_has_upper(text)) {
        css_add_text(s, &small, text);
        if (!css_failed(s)) {
            css_to_lower(&small);
        }
        css_add(s, out, " or name()=");
        css_add_literal(s, out, &small);
    }
    css_clear(&small);
    return !css_failed(s);
}

bool css_add_element(struct css_scan *s, struct css_text *out, const struct css_text *text)
{
    if (css_is_plain_name(text) && !css_has_upper(text)) {
        return css_add(s, out, "self::") && css_add_text(s, out, text);
    }
    return css_add(s, out, "(") && add_name_test(s, out, text) && css_add(s, out, ")");
}

/* The attribute as a node-set. */
bool css_add_attribute(struct css_scan *s, struct css_text *out, const struct css_text *text)
{
    if (css_is_plain_name(text) && !css_has_upper(text)) {
        return css_add(s, out, "@") && css_add_text(s, out, text);
    }
    return css_add(s, out, "@*[") && add_name_test(s, out, text) && css_add(s, out, "]");
}

#define LARGE "'ABCDEFGHIJKLMNOPQRSTUVWXYZ'"
#define SMALL "'abcdefghijklmnopqrstuvwxyz'"

static bool has_space(const struct css_text *text)
{
    for (size_t i = 0; i < text->n; i++) {
        if (css_is_space((unsigned char)text->p[i])) {
            return true;
        }
    }
    return false;
}

static bool add_padded(struct css_scan *s, struct css_text *out, const struct css_text *text, const char *front,
                       const char *behind)
{
    struct css_text padded = {0};

    css_add(s, &padded, front);
    css_add_text(s, &padded, text);
    css_add(s, &padded, behind);
    css_add_literal(s, out, &padded);
    css_clear(&padded);
    return !css_failed(s);
}

/* A comparison of an attribute: how is one of = ~ | ^ $ *. */
bool css_add_comparison(struct css_scan *s, struct css_text *out, const struct css_text *attribute, int how,
                        struct css_text *value, bool any_case)
{
    struct css_text left = {0};

    if (any_case) {
        css_add(s, &left, "translate(");
        if (!css_failed(s)) {
            css_to_lower(value);
        }
    }
    css_add_attribute(s, &left, attribute);
    if (any_case) {
        css_add(s, &left, "," LARGE "," SMALL ")");
    }
    css_add_and(s, out);
    if ((how != '=' && how != '|' && value->n == 0) || (how == '~' && has_space(value))) {
        css_add(s, out, "false()"); /* by definition nothing */
        css_clear(&left);
        return !css_failed(s);
    }
    switch (how) {
    case '~':
        css_add(s, out, "contains(concat(' ',normalize-space(");
        css_add_text(s, out, &left);
        css_add(s, out, "),' '),");
        add_padded(s, out, value, " ", " ");
        css_add(s, out, ")");
        break;
    case '|':
        css_add(s, out, "(");
        css_add_attribute(s, out, attribute);
        css_add(s, out, " and (");
        css_add_text(s, out, &left);
        css_add(s, out, "=");
        css_add_literal(s, out, value);
        css_add(s, out, " or starts-with(");
        css_add_text(s, out, &left);
        css_add(s, out, ",");
        add_padded(s, out, value, "", "-");
        css_add(s, out, ")))");
        break;
    case '^':
    case '*':
        css_add(s, out, how == '^' ? "starts-with(" : "contains(");
        css_add_text(s, out, &left);
        css_add(s, out, ",");
        css_add_literal(s, out, value);
        css_add(s, out, ")");
        break;
    case '$':
        css_add(s, out, "substring(");
        css_add_text(s, out, &left);
        css_add(s, out, ",string-length(");
        css_add_text(s, out, &left);
        css_add(s, out, ")-string-length(");
        css_add_literal(s, out, value);
        css_add(s, out, ")+1)=");
        css_add_literal(s, out, value);
        break;
    default:
        css_add_text(s, out, &left);
        css_add(s, out, "=");
        css_add_literal(s, out, value);
        if (any_case && value->n == 0) { /* translate() of no attribute is an empty text too */
            css_add(s, out, " and ");
            css_add_attribute(s, out, attribute);
        }
    }
    css_clear(&left);
    return !css_failed(s);
}

/* place is an expression for a place from 1. */
bool css_add_step(struct css_scan *s, struct css_text *out, const struct css_text *place, struct css_step step)
{
    css_add_and(s, out);
    if (step.a == 0) {
        return css_add_text(s, out, place) && css_add_format(s, out, "=%ld", step.b);
    }
    css_add(s, out, "(");
    css_add_text(s, out, place);
    css_add_format(s, out, "%s%ld and ", step.a > 0 ? ">=" : "<=", step.b);
    if (step.a > 0) {
        css_add(s, out, "(");
        css_add_text(s, out, place);
        css_add_format(s, out, "-(%ld)) mod %ld=0)", step.b, step.a);
    } else {
        css_add_format(s, out, "(%ld-", step.b);
        css_add_text(s, out, place);
        css_add_format(s, out, ") mod %ld=0)", -step.a);
    }
    return !css_failed(s);
}

/* The node test of a step: `li[condition]`. */
bool css_add_node(struct css_scan *s, struct css_text *out, const struct css_text *type,
                  const struct css_text *conditions)
{
    if (type->n) {
        css_add_text(s, out, type);
    } else {
        css_add(s, out, "*");
    }
    if (conditions->n) {
        css_add(s, out, "[");
        css_add_text(s, out, conditions);
        css_add(s, out, "]");
    }
    return !css_failed(s);
}
