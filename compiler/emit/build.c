/* What a request sends: constant parts become fields of its struct swarm_call, the rest a function that
 * builds it. */
#include "emit.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct attr *find(const struct request *request, enum attr_kind kind)
{
    const struct attr *found = NULL;

    for (const struct attr *attr = request->attrs; attr; attr = attr->next) {
        if (attr->kind == kind) {
            found = attr; /* the last one counts */
        }
    }
    return found;
}

const char *known_line(struct emit *em, const struct expr *e)
{
    size_t n;
    const char *text = known_text(em, e, &n);

    for (size_t i = 0; text && i < n; i++) {
        if ((unsigned char)text[i] < 0x20 && text[i] != '\t') {
            return NULL;
        }
    }
    return text ? c_text(em->arena, text, n) : NULL;
}

static bool headers_constant(struct emit *em, const struct request *request)
{
    for (const struct attr *attr = request->attrs; attr; attr = attr->next) {
        if (attr->kind == ATTR_HEADER && !known_line(em, attr->b)) {
            return false;
        }
    }
    return true;
}

/* ------------------------------------------------------------------ constant parts */

static void constant_headers(struct emit *em, const struct request *request, const char *stem, struct built *built)
{
    size_t n;

    for (const struct attr *attr = request->attrs; attr; attr = attr->next) {
        if (attr->kind != ATTR_HEADER) {
            continue;
        }
        if (built->header_count++ == 0) {
            built->headers = arena_format(em->arena, "%s_headers", stem);
            write_open(&em->code, "static const struct swarm_header %s[] = {", built->headers);
        }
        const char *name = known_text(em, attr->a, &n);
        write_line(&em->code, "{%s, %s},", c_string(em->arena, name), known_line(em, attr->b));
    }
    if (built->header_count) {
        write_close(&em->code, "};");
    }
}

/* body file("x") */
static void constant_file(struct emit *em, const struct expr *e, struct built *built)
{
    const struct body_piece piece = {.file = e->left};
    const char *path = emit_file_path(em, e->left);
    uint64_t size = emit_file_size(em, e->span, path);

    if (emit_is_large(em, size)) {
        built->large = emit_large(em, e->span, &piece, 1, NULL);
        return;
    }
    built->body = emit_file(em, e->span, path);
    built->body_size = arena_format(em->arena, "%" PRIu64, size);
}

/* ------------------------------------------------------------------ query { } and form { } of known values
 */

typedef void encode(struct text *out, const char *p, size_t n);

static bool add_pair(struct emit *em, struct text *out, encode *write, const char *key, const struct expr *value)
{
    size_t n;
    const char *text = known_text(em, value, &n);

    if (value->kind == EXPR_NULL) {
        return true; /* not sent */
    }
    if (!text) {
        return false;
    }
    if (out->n) {
        text_add(out, "&", 1);
    }
    write(out, key, strlen(key));
    text_add(out, "=", 1);
    write(out, text, n);
    return true;
}

/* False when something of it is computed; *out then holds a part. A list repeats its key. */
static bool constant_pairs(struct emit *em, const struct attr *attr, encode *write, struct text *out)
{
    if (attr->a->kind != EXPR_OBJECT) {
        return false;
    }
    for (const struct item *item = attr->a->items; item; item = item->next) {
        if (item->spread) {
            return false;
        }
        const struct item *element = item->value->kind == EXPR_LIST ? item->value->items : NULL;
        if (item->value->kind != EXPR_LIST && !add_pair(em, out, write, item->key.text, item->value)) {
            return false;
        }
        for (; element; element = element->next) {
            if (element->spread || !add_pair(em, out, write, item->key.text, element->value)) {
                return false;
            }
        }
    }
    return true;
}

static bool constant_form(struct emit *em, const struct attr *form, struct built *built)
{
    struct text text = {0};
    bool constant = constant_pairs(em, form, emit_encode_form, &text);

    if (constant) {
        built->body = c_text(em->arena, text.p ? text.p : "", text.n);
        built->body_size = arena_format(em->arena, "%zu", text.n);
        built->content_type = "\"application/x-www-form-urlencoded\"";
    }
    text_free(&text);
    return constant;
}

/* A constant URL with its constant query; *query says whether the query is in it. */
static const char *whole_url(struct emit *em, const struct request *request, bool *query)
{
    const char *url = url_constant(em, request->url);
    const struct attr *attr = find(request, ATTR_QUERY);
    struct text text = {0};

    *query = false;
    for (const struct attr *other = request->attrs; other && attr; other = other->next) {
        if (other->kind == ATTR_QUERY && other != attr) {
            attr = NULL; /* more than one */
        }
    }
    if (attr && !strchr(url, '#') && constant_pairs(em, attr, url_encode_component, &text)) {
        size_t n = strlen(url);
        const char *between = !strchr(url, '?') ? "?" : url[n - 1] == '?' || url[n - 1] == '&' ? "" : "&";
        url = text.n ? arena_format(em->arena, "%s%s%s", url, between, text.p) : url;
        *query = true;
    }
    text_free(&text);
    return url;
}

static bool constant_body(struct emit *em, const struct request *request, struct built *built)
{
    const struct attr *json = find(request, ATTR_JSON), *body = find(request, ATTR_BODY);
    size_t n;

    if (json) {
        struct text text = {0};
        bool constant = json_constant(json->a, &text);
        if (constant) {
            built->body = c_text(em->arena, text.p, text.n);
            built->body_size = arena_format(em->arena, "%zu", text.n);
            built->content_type = "\"application/json\"";
        }
        text_free(&text);
        return constant;
    }
    if (body && body->a->kind == EXPR_FILE) {
        constant_file(em, body->a, built);
        return true;
    }
    if (body) {
        const char *text = known_text(em, body->a, &n);
        if (!text) {
            return false;
        }
        built->body = c_text(em->arena, text, n);
        built->body_size = arena_format(em->arena, "%zu", n);
        return true;
    }
    const struct attr *form = find(request, ATTR_FORM);
    if (find(request, ATTR_MULTIPART)) {
        return multipart_constant(em, find(request, ATTR_MULTIPART), built);
    }
    return !form || constant_form(em, form, built);
}

static bool constant_limit(struct emit *em, const struct request *request, enum attr_kind kind, const char **out)
{
    const struct attr *attr = find(request, kind);

    if (!attr) {
        return true;
    }
    if (!expr_is_known(attr->a)) {
        return false;
    }
    *out = c_bare(em->arena, c_duration(em->arena, attr->a->known.i));
    return true;
}

static bool constant_retry(struct emit *em, const struct request *request, struct built *built)
{
    const struct attr *attr = find(request, ATTR_RETRY);

    if (!attr) {
        return true;
    }
    if (!expr_is_known(attr->a) || (attr->b && !expr_is_known(attr->b)) || attr->a->known.i > INT32_MAX) {
        return false;
    }
    built->retries = c_int(em->arena, attr->a->known.i);
    if (attr->b) {
        built->backoff = c_bare(em->arena, c_duration(em->arena, attr->b->known.i));
    }
    return true;
}

static void switches(struct emit *em, const struct request *request, struct built *built)
{
    const struct attr *follow = find(request, ATTR_FOLLOW), *compressed = find(request, ATTR_COMPRESSED);

    if (follow) {
        built->follow = strcmp(follow->word.text, "on") == 0 ? "SWARM_ON" : "SWARM_OFF";
    }
    if (compressed) {
        built->compressed = emit_encoding(em, compressed);
    }
}

const char *emit_encoding(struct emit *em, const struct attr *attr)
{
    static const char *const words[][2] = {{"gzip", "SWARM_ENCODING_GZIP"},
                                           {"br", "SWARM_ENCODING_BR"},
                                           {"any", "SWARM_ENCODING_ANY"},
                                           {"off", "SWARM_ENCODING_OFF"}};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(attr->word.text, words[i][0]) == 0) {
            return words[i][1];
        }
    }
    emit_broken(em, attr->span, "no such encoding");
}

/* ------------------------------------------------------------------ what is computed */

static void build_entries(struct emit *em, const struct attr *attr, const char *function)
{
    struct scope_of_temps scope;

    if (attr->a->kind != EXPR_OBJECT) {
        temps_begin(em, &scope);
        write_line(&em->fn->body, "%s(s, q, swarm_null(), %s, %s);", function, emit_value(em, attr->a),
                   emit_place_of(em, attr->a));
        temps_end(em, &scope);
        return;
    }
    for (const struct item *item = attr->a->items; item; item = item->next) {
        const char *key = item->spread ? "swarm_null()"
                                       : arena_format(em->arena, "swarm_text(%s, %zu)",
                                                      c_string(em->arena, item->key.text), strlen(item->key.text));
        temps_begin(em, &scope);
        write_line(&em->fn->body, "%s(s, q, %s, %s, %s);", function, key, emit_value(em, item->value),
                   emit_place_of(em, item->value));
        temps_end(em, &scope);
    }
}

static void build_auth(struct emit *em, const struct attr *attr)
{
    const struct expr *operands[2] = {attr->a, attr->b};
    const struct type wants[2] = {type_kind(TYPE_STRING), type_kind(TYPE_STRING)};
    const char *texts[2];

    emit_operands(em, operands, wants, 2, texts);
    write_line(&em->fn->body, "swarm_auth(s, q, %s, %s, %s, %s);", emit_auth_scheme(em, attr), texts[0], texts[1],
               emit_place(em, attr->span, ""));
}

static void build_retry(struct emit *em, const struct attr *attr)
{
    const struct expr *operands[2] = {attr->a, attr->b};
    const struct type wants[2] = {type_kind(TYPE_INT), type_kind(TYPE_DURATION)};
    const char *texts[2];

    emit_operands(em, operands, wants, 2, texts);
    write_line(&em->fn->body, "swarm_retry(q, %s, %s);", c_bare(em->arena, texts[0]),
               attr->b ? c_bare(em->arena, texts[1]) : "-1");
}

static void build_named(struct emit *em, const struct attr *attr, const char *function)
{
    size_t n;
    const char *name = known_text(em, attr->a, &n);

    if (!name) {
        emit_broken(em, attr->span, "the name is not known");
    }
    write_line(&em->fn->body, "%s(s, q, %s, %s, %s);", function, c_text(em->arena, name, n), emit_value(em, attr->b),
               emit_place_of(em, attr->b));
}

/* What of the constant parts is constant indeed, so that build() leaves it out. */
struct constant_parts {
    bool url, query, headers, body, timeout, connect_timeout, retry;
};

static void build_attr(struct emit *em, const struct attr *attr, const struct constant_parts *constant)
{
    struct scope_of_temps scope;

    temps_begin(em, &scope);
    write_at(&em->fn->body, &em->unit->sources, attr->span);
    switch (attr->kind) {
    case ATTR_HEADER:
        if (!constant->headers) {
            build_named(em, attr, "swarm_header");
        }
        break;
    case ATTR_COOKIE:
        build_named(em, attr, "swarm_cookie");
        break;
    case ATTR_QUERY:
        if (!constant->query) {
            build_entries(em, attr, "swarm_query");
        }
        break;
    case ATTR_FORM:
        if (!constant->body) {
            build_entries(em, attr, "swarm_form");
        }
        break;
    case ATTR_JSON:
        if (!constant->body) {
            emit_json(em, attr->a);
        }
        break;
    case ATTR_MULTIPART:
        if (!constant->body) {
            emit_multipart(em, attr);
        }
        break;
    case ATTR_BODY:
        if (!constant->body) {
            write_line(&em->fn->body, "swarm_body(s, q, %s, %s);", emit_value(em, attr->a), emit_place_of(em, attr->a));
        }
        break;
    case ATTR_TIMEOUT:
        if (!constant->timeout) {
            write_line(&em->fn->body, "swarm_timeout(q, %s);",
                       c_bare(em->arena, emit_as(em, attr->a, type_kind(TYPE_DURATION))));
        }
        break;
    case ATTR_CONNECT_TIMEOUT:
        if (!constant->connect_timeout) {
            write_line(&em->fn->body, "swarm_connect_timeout(q, %s);",
                       c_bare(em->arena, emit_as(em, attr->a, type_kind(TYPE_DURATION))));
        }
        break;
    case ATTR_RETRY:
        if (!constant->retry) {
            build_retry(em, attr);
        }
        break;
    case ATTR_AUTH:
        build_auth(em, attr);
        break;
    case ATTR_FOLLOW:
    case ATTR_COMPRESSED:
        break;
    default:
        emit_broken(em, attr->span, "this attribute has no C here");
    }
    em->fn->body.announced = false;
    em->fn->may_fail = false;
    temps_end(em, &scope);
}

void emit_build(struct emit *em, const struct request *request, const char *stem, struct built *built)
{
    struct constant_parts constant = {
        .url = url_is_constant(request->url),
        .headers = headers_constant(em, request),
        .body = constant_body(em, request, built),
        .timeout = constant_limit(em, request, ATTR_TIMEOUT, &built->timeout),
        .connect_timeout = constant_limit(em, request, ATTR_CONNECT_TIMEOUT, &built->connect_timeout),
        .retry = constant_retry(em, request, built),
    };
    struct function fn = {.machine = em->fn->machine, .branch = em->fn->branch, .kind = em->fn->kind};

    switches(em, request, built);
    if (constant.headers) {
        constant_headers(em, request, stem, built);
    }
    function_begin(em, &fn, IN_BUILD);
    if (constant.url) {
        built->url = c_string(em->arena, whole_url(em, request, &constant.query));
    } else {
        write_at(&fn.body, &em->unit->sources, request->url->span);
        emit_url(em, request->url);
    }
    if (!request->row) {
        const struct expr *name = request->as ? request->as : request->url;
        struct scope_of_temps scope;
        temps_begin(em, &scope);
        write_line(&fn.body, "swarm_row_name(s, q, %s, %s);", emit_value(em, name), emit_place_of(em, name));
        temps_end(em, &scope);
    }
    fn.may_fail = false;
    for (const struct attr *attr = request->attrs; attr; attr = attr->next) {
        build_attr(em, attr, &constant);
    }
    if (fn.body.lines == 0) {
        write_free(&fn.body);
        em->fn = fn.outer;
        return;
    }
    built->build = arena_format(em->arena, "%s_build", stem);
    function_end(em, "void", built->build, "struct swarm_strand *s, struct swarm_frame *base, struct swarm_request *q");
}
