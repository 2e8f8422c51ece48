/* URLs. Literal parts are encoded here (only what no URL may hold), known values by their place as the
 * runtime would: a path segment or a part of the query all but the unreserved characters, at the start or as
 * the host not at all. */
#include "emit.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

static void add_encoded(struct text *out, unsigned char c)
{
    text_printf(out, "%%%02X", c);
}

void emit_encode_literal(struct text *out, const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)p[i];
        if (c > 0x20 && c < 0x7f && c != '"' && c != '<' && c != '>') {
            text_add(out, p + i, 1);
        } else {
            add_encoded(out, c);
        }
    }
}

void url_encode_component(struct text *out, const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)p[i];
        if (isalnum(c) || c == '-' || c == '.' || c == '_' || c == '~') {
            text_add(out, p + i, 1);
        } else {
            add_encoded(out, c);
        }
    }
}

/* The set of the URL standard's application/x-www-form-urlencoded serializer. */
void emit_encode_form(struct text *out, const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)p[i];
        if (isalnum(c) || c == '*' || c == '-' || c == '.' || c == '_') {
            text_add(out, p + i, 1);
        } else if (c == ' ') {
            text_add(out, "+", 1);
        } else {
            add_encoded(out, c);
        }
    }
}

const char *known_text(struct emit *em, const struct expr *e, size_t *n)
{
    if (!expr_is_known(e)) {
        return NULL;
    }
    if (e->type.kind == TYPE_STRING) {
        *n = e->known.text.n;
        return arena_copy(em->arena, e->known.text.n ? e->known.text.p : "", e->known.text.n);
    }
    if (e->type.kind == TYPE_INT) {
        const char *digits = arena_format(em->arena, "%" PRId64, e->known.i);
        *n = strlen(digits);
        return digits;
    }
    return NULL;
}

enum url_place { URL_BEGIN, URL_AUTHORITY, URL_PATH, URL_QUERY };

/* Where the text behind a literal part stands. */
static enum url_place behind(enum url_place place, const char *p, size_t n)
{
    size_t i = 0;

    if (place == URL_BEGIN) {
        place = URL_PATH;
        if (n >= 7 && strncasecmp(p, "http://", 7) == 0) {
            place = URL_AUTHORITY;
            i = 7;
        } else if (n >= 8 && strncasecmp(p, "https://", 8) == 0) {
            place = URL_AUTHORITY;
            i = 8;
        }
    }
    for (; i < n; i++) {
        if (p[i] == '?') {
            place = URL_QUERY;
        } else if (p[i] == '/' && place == URL_AUTHORITY) {
            place = URL_PATH;
        }
    }
    return place;
}

static void add_known(struct text *out, enum url_place place, const char *p, size_t n)
{
    if (place == URL_PATH || place == URL_QUERY) {
        url_encode_component(out, p, n);
    } else {
        emit_encode_literal(out, p, n);
    }
}

bool url_is_constant(const struct expr *url)
{
    if (url->kind != EXPR_TEXT) {
        return expr_is_known(url) && url->type.kind == TYPE_STRING;
    }
    for (const struct text_part *part = url->parts; part; part = part->next) {
        if (part->expr && !(expr_is_known(part->expr) &&
                            (part->expr->type.kind == TYPE_STRING || part->expr->type.kind == TYPE_INT))) {
            return false;
        }
    }
    return true;
}

const char *url_constant(struct emit *em, const struct expr *url)
{
    struct text out = {0};
    enum url_place place = URL_BEGIN;
    size_t n;

    if (url->kind != EXPR_TEXT) {
        const char *text = known_text(em, url, &n);
        emit_encode_literal(&out, text, n);
    }
    for (const struct text_part *part = url->kind == EXPR_TEXT ? url->parts : NULL; part; part = part->next) {
        if (part->expr) {
            const char *text = known_text(em, part->expr, &n);
            add_known(&out, place, text, n);
            place = place == URL_BEGIN ? URL_AUTHORITY : place;
        } else {
            emit_encode_literal(&out, part->literal.p, part->literal.n);
            place = behind(place, part->literal.p, part->literal.n);
        }
    }
    const char *copy = arena_copy(em->arena, out.p ? out.p : "", out.n);
    text_free(&out);
    return copy;
}

const char *url_origin(struct emit *em, const struct expr *url)
{
    struct text out = {0};
    const char *origin = NULL;
    size_t n, scheme, authority;
    bool whole = true;

    if (url->kind != EXPR_TEXT) {
        const char *text = known_text(em, url, &n);
        text_add(&out, text ? text : "", text ? n : 0);
    }
    for (const struct text_part *part = url->kind == EXPR_TEXT ? url->parts : NULL; part && whole; part = part->next) {
        const char *text = part->expr ? known_text(em, part->expr, &n) : part->literal.p;
        whole = text != NULL;
        if (whole) {
            text_add(&out, text, part->expr ? n : part->literal.n);
        }
    }
    text_add(&out, "", 1);
    scheme = strncasecmp(out.p, "http://", 7) == 0 ? 7 : strncasecmp(out.p, "https://", 8) == 0 ? 8 : 0;
    authority = scheme ? strcspn(out.p + scheme, "/?#") : 0;
    if (authority && (whole || out.p[scheme + authority])) {
        origin = arena_copy(em->arena, out.p, scheme + authority);
    }
    text_free(&out);
    return origin;
}

static void flush(struct emit *em, struct text *literal)
{
    if (literal->n) {
        write_line(&em->fn->body, "swarm_url_text(q, %s, %zu);", c_text(em->arena, literal->p, literal->n), literal->n);
    }
    text_free(literal);
}

void emit_url(struct emit *em, const struct expr *url)
{
    struct text literal = {0};
    enum url_place place = URL_BEGIN;
    struct scope_of_temps scope;
    size_t n;

    if (url_is_constant(url)) {
        const char *text = url_constant(em, url);
        text_puts(&literal, text);
        flush(em, &literal);
        return;
    }
    if (url->kind != EXPR_TEXT) {
        temps_begin(em, &scope);
        write_line(&em->fn->body, "swarm_url_value(s, q, %s, %s);", emit_as(em, url, type_kind(TYPE_STRING)),
                   emit_place_of(em, url));
        temps_end(em, &scope);
        return;
    }
    for (const struct text_part *part = url->parts; part; part = part->next) {
        const char *text = part->expr ? known_text(em, part->expr, &n) : NULL;
        if (!part->expr) {
            emit_encode_literal(&literal, part->literal.p, part->literal.n);
            place = behind(place, part->literal.p, part->literal.n);
        } else if (text) {
            add_known(&literal, place, text, n);
        } else {
            const char *function = place == URL_QUERY ? "component" : place == URL_PATH ? "segment" : "origin";
            flush(em, &literal);
            temps_begin(em, &scope);
            write_line(&em->fn->body, "swarm_url_%s(s, q, %s, %s);", function, emit_value(em, part->expr),
                       emit_place_of(em, part->expr));
            temps_end(em, &scope);
        }
        if (part->expr && place == URL_BEGIN) {
            place = URL_AUTHORITY;
        }
    }
    flush(em, &literal);
}
