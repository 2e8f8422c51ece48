/* http { } of a kind, as initialisers of struct swarm_http; what is not a literal is set by prepare(). */
#include "check/engine.h"
#include "emit.h"

#include <inttypes.h>
#include <string.h>

static void set_later(struct emit *em, const struct kind *kind, const char *field, const struct expr *e, bool text,
                      enum type_kind type)
{
    struct function *before = prepare_enter(em);
    struct scope_of_temps scope;

    write_at(&em->fn->body, &em->unit->sources, e->span);
    temps_begin(em, &scope);
    const char *value = text ? emit_prepared_string(em, e) : emit_as(em, e, type_kind(type));
    if (strcmp(field, "retries") == 0 || strcmp(field, "connections") == 0) {
        value = emit_temp(em, e->span, type_kind(type), value);
        write_open(&em->fn->body, "if (!swarm_failed(s) && (%s < 0 || %s > INT32_MAX)) {", value, value);
        write_line(&em->fn->body, "swarm_error(s, %s, \"%s must be a number from 0 to 2147483647\");",
                   emit_place_of(em, e), field);
        write_close(&em->fn->body, "}");
        value = arena_format(em->arena, "(int32_t)%s", value);
        em->fn->may_fail = true;
    }
    write_line(&em->fn->body, "kinds[%u].http.%s = %s;", kind->index, field, c_bare(em->arena, value));
    emit_leave_if_failed(em);
    temps_end(em, &scope);
    prepare_leave(em, before);
}

static void number(struct emit *em, const struct kind *kind, struct writer *w, const char *field, const struct expr *e,
                   enum type_kind type)
{
    if (!e) {
        write_line(w, ".%s = -1,", field);
    } else if (expr_is_known(e)) {
        const char *text = type == TYPE_DURATION ? c_duration(em->arena, e->known.i) : c_int(em->arena, e->known.i);
        write_line(w, ".%s = %s,", field, c_bare(em->arena, text));
    } else {
        write_line(w, ".%s = -1,", field);
        set_later(em, kind, field, e, false, type);
    }
}

static void text_field(struct emit *em, const struct kind *kind, struct writer *w, const char *field,
                       const struct expr *e)
{
    if (!e) {
        return;
    }
    const char *text = known_line(em, e);
    if (text) {
        write_line(w, ".%s = %s,", field, text);
    } else {
        set_later(em, kind, field, e, true, TYPE_STRING);
    }
}

static void switch_field(struct writer *w, const char *field, const struct attr *attr)
{
    write_line(w, ".%s = %s,", field,
               !attr                                ? "SWARM_UNSAID"
               : strcmp(attr->word.text, "on") == 0 ? "SWARM_ON"
                                                    : "SWARM_OFF");
}

static const struct attr *find(const struct kind *kind, enum attr_kind wanted)
{
    const struct attr *found = NULL;

    for (const struct attr *attr = kind->http; attr; attr = attr->next) {
        if (attr->kind == wanted) {
            found = attr;
        }
    }
    return found;
}

/* A header whose value is missing is left out, so the count is known in prepare() then. */
static bool may_be_missing(const struct expr *e)
{
    return e->type.optional || e->type.kind == TYPE_JSON || e->type.kind == TYPE_NULL;
}

static void header_later(struct emit *em, const char *name, const char *table, const char *count,
                         const struct attr *attr)
{
    struct function *before = prepare_enter(em);
    struct scope_of_temps scope;

    write_at(&em->fn->body, &em->unit->sources, attr->span);
    temps_begin(em, &scope);
    if (may_be_missing(attr->b)) {
        const char *value = emit_temp(em, attr->b->span, attr->b->type, emit_expr(em, attr->b));
        emit_leave_if_failed(em);
        write_open(&em->fn->body, "if (!swarm_is_null(%s)) {", value);
        write_line(&em->fn->body,
                   "%s[%s++] = (struct swarm_header){%s, swarm_string(s, swarm_format(s, %s, &%s, 1), %s)};", table,
                   count, name, emit_place_of(em, attr->b), value, emit_place_of(em, attr->b));
        write_close(&em->fn->body, "}");
        em->fn->may_fail = true;
    } else {
        write_line(&em->fn->body, "%s[%s++] = (struct swarm_header){%s, %s};", table, count, name,
                   emit_prepared_string(em, attr->b));
    }
    emit_leave_if_failed(em);
    temps_end(em, &scope);
    prepare_leave(em, before);
}

static void headers(struct emit *em, const struct kind *kind, const char *stem, struct writer *w)
{
    unsigned n = 0;
    bool known = true;
    size_t length;
    const char *table = arena_format(em->arena, "%s_headers", stem);
    const char *count = arena_format(em->arena, "kinds[%u].http.header_count", kind->index);

    for (const struct attr *attr = kind->http; attr; attr = attr->next) {
        if (attr->kind == ATTR_HEADER) {
            n++;
            known &= known_line(em, attr->b) != NULL;
        }
    }
    if (n == 0) {
        return;
    }
    write_line(w, ".headers = %s,", table);
    write_line(w, ".header_count = %u,", known ? n : 0);
    write_open(&em->code, known ? "static const struct swarm_header %s[%u] = {" : "static struct swarm_header %s[%u];",
               table, n);
    if (!known) {
        em->code.depth--;
    }
    for (const struct attr *attr = kind->http; attr; attr = attr->next) {
        if (attr->kind != ATTR_HEADER) {
            continue;
        }
        const char *text = known_text(em, attr->a, &length);
        const char *name = c_text(em->arena, text, length);
        if (known) {
            write_line(&em->code, "{%s, %s},", name, known_line(em, attr->b));
        } else {
            header_later(em, name, table, count, attr);
        }
    }
    if (known) {
        write_close(&em->code, "};");
    }
}

/* By symbol, so that what no kind names is not linked. */
static void engine(struct emit *em, const struct kind *kind, struct writer *w)
{
    if (em->info->request_count == 0) {
        return;
    }
    if (engine_of(em->unit, kind->http).engine == ENGINE_CURL) {
        write_line(w, ".engine = &swarm_curl_engine,");
        return;
    }
    write_line(w, ".engine = &swarm_native_engine,");
    write_line(w, ".tls = &swarm_tls,");
}

void emit_http(struct emit *em, const struct kind *kind, const char *stem, struct writer *w)
{
    const struct attr *attr, *retry = find(kind, ATTR_RETRY), *encoding = find(kind, ATTR_COMPRESSED);
#define VALUE(kind_of_attr) ((attr = find(kind, kind_of_attr)) ? attr->a : NULL)
    write_open(w, ".http = {");
    engine(em, kind, w);
    headers(em, kind, stem, w);
    number(em, kind, w, "timeout", VALUE(ATTR_TIMEOUT), TYPE_DURATION);
    number(em, kind, w, "connect_timeout", VALUE(ATTR_CONNECT_TIMEOUT), TYPE_DURATION);
    number(em, kind, w, "backoff", retry ? retry->b : NULL, TYPE_DURATION);
    number(em, kind, w, "max_body", VALUE(ATTR_MAX_BODY), TYPE_INT);
    number(em, kind, w, "retries", retry ? retry->a : NULL, TYPE_INT);
    number(em, kind, w, "connections", VALUE(ATTR_CONNECTIONS), TYPE_INT);
    switch_field(w, "follow", find(kind, ATTR_FOLLOW));
    switch_field(w, "verify", find(kind, ATTR_VERIFY));
    switch_field(w, "keep_alive", find(kind, ATTR_KEEP_ALIVE));
    switch_field(w, "tls_resume", find(kind, ATTR_TLS_RESUME));
    write_line(w, ".compressed = %s,", encoding ? emit_encoding(em, encoding) : "SWARM_ENCODING_UNSAID");
    attr = find(kind, ATTR_AUTH);
    if (attr) {
        write_line(w, ".auth = %s,", emit_auth_scheme(em, attr));
        text_field(em, kind, w, "auth_a", attr->a);
        text_field(em, kind, w, "auth_b", attr->b);
    }
    text_field(em, kind, w, "ca", VALUE(ATTR_CA));
    text_field(em, kind, w, "proxy", VALUE(ATTR_PROXY));
    attr = find(kind, ATTR_CERT);
    if (attr) {
        text_field(em, kind, w, "cert", attr->a);
        text_field(em, kind, w, "key", attr->b);
    }
    attr = find(kind, ATTR_VERSION);
    if (attr) {
        write_line(w, ".version = %s,", c_string(em->arena, attr->word.text));
    }
    write_close(w, "},");
#undef VALUE
}
