/* URLs and the rows they are counted in (language.md section 5, Row). */
#include <ctype.h>
#include <strings.h>

#include "checker.h"

static bool begins(struct slice text, const char *with)
{
    size_t n = strlen(with);

    return text.n >= n && strncasecmp(text.p, with, n) == 0;
}

bool url_is_absolute(struct slice text)
{
    return begins(text, "http://") || begins(text, "https://");
}

/* The URL as a known text (a const, a const parameter), else none. */
static bool known_text(const struct expr *url, struct slice *text)
{
    if (url->kind == EXPR_TEXT || url->constness != CONST_KNOWN || url->type.kind != TYPE_STRING)
        return false;
    *text = url->known.text;
    return true;
}

bool url_is_relative(const struct expr *url)
{
    struct slice text;

    if (known_text(url, &text))
        return text.n > 0 && text.p[0] == '/';
    return url->kind == EXPR_TEXT && url->parts && !url->parts->expr && url->parts->literal.n > 0 &&
           url->parts->literal.p[0] == '/';
}

/* What is wrong with host and port of an absolute URL, NULL for nothing. `whole`: the text goes no further; otherwise values
 * follow it, and the authority counts as read only where a `/`, `?` or `#` ends it. */
const char *url_authority_fault(struct slice text, bool whole)
{
    size_t from = 0, to, colon;
    long port = 0;

    if (!url_is_absolute(text))
        return NULL;
    while (text.p[from] != ':')
        from++;
    from += 3;
    for (to = from; to < text.n && !memchr("/?#", text.p[to], 3); to++)
        if (text.p[to] == '@')
            from = to + 1;
    if (to == text.n && !whole)
        return NULL;
    for (colon = to; colon > from && text.p[colon - 1] >= '0' && text.p[colon - 1] <= '9'; colon--)
        continue;
    if (colon > from && text.p[colon - 1] == ':') {
        for (size_t i = colon; i < to && port <= 65535; i++)
            port = port * 10 + (text.p[i] - '0');
        if (to > colon && (port == 0 || port > 65535))
            return "the port of a URL is a number from 1 to 65535";
        to = colon - 1;
    }
    return to == from ? "this URL names no host" : NULL;
}

static void check_form(struct checker *c, const struct expr *url, struct slice text)
{
    struct diag *diag;
    bool whole = url->kind != EXPR_TEXT || (url->parts && !url->parts->next && !url->parts->expr);
    const char *fault = url_authority_fault(text, whole);

    if (fault)
        diag_add(c->diags, DIAG_E0403, url->span, "%s", fault);
    if (url_is_absolute(text) || (text.n > 0 && text.p[0] == '/'))
        return;
    if (text.n > 0 && memchr(text.p, ':', text.n) && text.n > 3 && memmem(text.p, text.n, "://", 3)) {
        diag = diag_add(c->diags, DIAG_E0403, url->span, "only `http://` and `https://` URLs can be requested");
        return;
    }
    diag = diag_add(c->diags, DIAG_E0403, url->span, "a relative URL starts with `/`");
    if (text.n == 0)
        diag_help(c->diags, diag, "the front page is `\"/\"`");
    else if (begins(text, "www.") || begins(text, "localhost"))
        diag_help(c->diags, diag, "another server is named with its scheme: `\"http://%.*s\"`", (int)text.n, text.p);
    else
        diag_help(c->diags, diag, "`\"/%.*s\"`, or an absolute URL: `\"http://…\"`", (int)(text.n > 40 ? 40 : text.n),
                  text.p);
}

static void need_as(struct checker *c, const struct expr *url)
{
    struct diag *diag =
        diag_add(c->diags, DIAG_E0404, url->span, "this URL is not known before the run, so its row needs a name");

    diag_help(c->diags, diag, "add `as \"NAME\"` behind it: every address would be a row of its own otherwise");
}

void check_row_name(struct checker *c, struct expr *as)
{
    struct diag *diag;

    check_expr(c, as);
    refuse_secret(c, as, "the name of a row");
    if (!require_value(c, as) || as->type.kind == TYPE_ERROR)
        return;
    if (!type_fits(type_of(TYPE_STRING), as->type)) {
        diag_add(c->diags, DIAG_E0415, as->span, "the name of a row is a text, found %s", type_article(as->type));
        return;
    }
    if (as->constness == CONST_KNOWN && as->known.text.n == 0) {
        diag_add(c->diags, DIAG_E0415, as->span, "the name of a row is empty");
        return;
    }
    if (as->constness == CONST_NO) {
        diag = diag_add(c->diags, DIAG_W0906, as->span,
                        "the name of this row is made while running: there may be very many rows");
        diag_help(c->diags, diag,
                  "a fixed name counts all of them in one row; 1,000 such rows are kept, the rest is `(other)`");
    }
}

void check_url(struct checker *c, struct request *request)
{
    struct expr *url = request->url;
    struct slice text;

    if (!url)
        return;
    check_expr(c, url);
    if (request->as)
        check_row_name(c, request->as);
    if (!require_value(c, url) || url->type.kind == TYPE_ERROR)
        return;
    if (!type_fits(type_of(TYPE_STRING), url->type)) {
        diag_add(c->diags, DIAG_E0302, url->span, "a URL is a text, found %s", type_article(url->type));
        return;
    }
    if (known_text(url, &text)) {
        check_form(c, url, text);
        return;
    }
    if (url->kind != EXPR_TEXT) {
        if (!request->as && !(url->kind == EXPR_NAME && url->symbol && url->symbol->kind == SYMBOL_PARAM &&
                              url->symbol->param->constant))
            need_as(c, url);
        return;
    }
    if (!url->parts)
        check_form(c, url, (struct slice){"", 0});
    else if (!url->parts->expr)
        check_form(c, url, url->parts->literal);
    else if (!url->parts->next && !request->as)
        need_as(c, url);
}

/* ------------------------------------------------------------------ rows */

struct name_maker {
    struct text out;
    enum { BEFORE, AUTHORITY, PATH, OVER } at;
};

static void add_literal(struct name_maker *m, struct slice text)
{
    size_t i = 0;

    if (m->at == BEFORE) {
        m->at = PATH;
        if (url_is_absolute(text)) {
            m->at = AUTHORITY;
            i = begins(text, "https://") ? 8 : 7;
        }
    }
    for (; i < text.n && m->at != OVER; i++) {
        char ch = text.p[i];
        if (ch == '?' || ch == '#') {
            m->at = OVER;
            return;
        }
        if (m->at == AUTHORITY && ch == '/')
            m->at = PATH;
        if (m->at == PATH)
            text_add(&m->out, &ch, 1);
    }
}

static void add_value(struct name_maker *m, struct slice source)
{
    if (m->at == BEFORE) {
        m->at = PATH; /* at the very start: the origin */
        return;
    }
    if (m->at != PATH)
        return;
    text_add(&m->out, "[", 1);
    text_add(&m->out, source.p, source.n);
    text_add(&m->out, "]", 1);
}

static const char *row_name(struct checker *c, const struct request *request)
{
    struct name_maker m = {.at = BEFORE};
    struct slice text;
    const char *name;

    if (request->as) {
        if (request->as->constness != CONST_KNOWN || request->as->type.kind != TYPE_STRING)
            return NULL;
        return arena_copy(c->arena, request->as->known.text.p, request->as->known.text.n);
    }
    if (known_text(request->url, &text)) {
        add_literal(&m, text);
    } else if (request->url->kind == EXPR_TEXT) {
        for (struct text_part *part = request->url->parts; part; part = part->next) {
            if (part->expr)
                add_value(&m, part->source);
            else
                add_literal(&m, part->literal);
        }
    } else {
        return NULL;
    }
    name = m.out.n ? arena_copy(c->arena, m.out.p, m.out.n) : "/";
    text_free(&m.out);
    return name;
}

struct row *row_add(struct checker *c, const char *type, const char *name, struct span span)
{
    struct row **last = &c->info->rows;

    for (; *last; last = &(*last)->next)
        if (strcmp((*last)->name, name) == 0 && strcmp((*last)->type, type) == 0)
            return *last;
    *last = ARENA_NEW(c->arena, struct row);
    (*last)->type = type;
    (*last)->name = name;
    (*last)->index = c->info->row_count++;
    (*last)->span = span;
    return *last;
}

struct row *row_of(struct checker *c, const struct request *request, bool setup)
{
    const char *name = request->url ? row_name(c, request) : NULL;

    if (!name)
        return NULL;
    if (setup)
        return row_add(c, "SETUP", arena_format(c->arena, "%s %s", request->method, name), request->span);
    return row_add(c, request->method, name, request->span);
}
