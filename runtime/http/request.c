/* What build() calls. */
#include "request.h"

#include "head.h"
#include "http.h"
#include "plan.h"
#include "value/value.h"

enum { REQUEST_KEEP = 16 * 1024 };

void request_clear(struct swarm_request *q, struct strand *strand, const struct swarm_call *call)
{
    q->strand = strand;
    q->call = call;
    bytes_clear(&q->url, REQUEST_KEEP);
    q->unclean = false;
    bytes_clear(&q->query, REQUEST_KEEP);
    bytes_clear(&q->body, REQUEST_KEEP);
    q->has_body = false;
    q->content_type = NULL;
    bytes_clear(&q->row, REQUEST_KEEP);
    fields_clear(&q->headers);
    q->headers.any_case = true;
    fields_clear(&q->cookies);
    q->timeout = q->connect_timeout = q->backoff = q->retries = -1;
}

void request_free(struct swarm_request *q)
{
    bytes_free(&q->url);
    bytes_free(&q->query);
    bytes_free(&q->body);
    bytes_free(&q->multipart_type);
    bytes_free(&q->row);
    fields_free(&q->headers);
    fields_free(&q->cookies);
}

bool request_text(struct swarm_strand *s, struct swarm_value v, const struct swarm_place *place,
                  struct value_buffer *room, struct url_part *text)
{
    if (swarm_failed(s)) {
        return false;
    }
    if (v.kind == SWARM_NULL) {
        value_wanted(s, place, "a value", v);
        return false;
    }
    if (v.kind == SWARM_TEXT) {
        *text = (struct url_part){v.n ? v.text : "", v.n};
        return true;
    }
    value_text(v, room);
    *text = (struct url_part){room->size ? room->data : "", room->size};
    return true;
}

/* ------------------------------------------------------------------ URL */

void swarm_url_text(struct swarm_request *q, const char *text, uint32_t n)
{
    bytes_add(&q->url, text, n);
}

/* A value as it is, at the start of a URL. */
void swarm_url_origin(struct swarm_strand *s, struct swarm_request *q, struct swarm_value v,
                      const struct swarm_place *place)
{
    struct value_buffer room = {0};
    struct url_part text;

    if (request_text(s, v, place, &room, &text)) {
        bytes_add(&q->url, text.p, text.n);
        q->unclean = true;
    }
    value_buffer_free(&room);
}

static void add_encoded(struct swarm_strand *s, struct swarm_request *q, struct swarm_value v,
                        const struct swarm_place *place)
{
    struct value_buffer room = {0};
    struct url_part text;

    if (request_text(s, v, place, &room, &text)) {
        if (v.raw) {
            bytes_add(&q->url, text.p, text.n);
            q->unclean = true;
        } else {
            url_encode(&q->url, text.p, text.n);
        }
    }
    value_buffer_free(&room);
}

void swarm_url_segment(struct swarm_strand *s, struct swarm_request *q, struct swarm_value v,
                       const struct swarm_place *place)
{
    add_encoded(s, q, v, place);
}

void swarm_url_component(struct swarm_strand *s, struct swarm_request *q, struct swarm_value v,
                         const struct swarm_place *place)
{
    add_encoded(s, q, v, place);
}

void swarm_url_value(struct swarm_strand *s, struct swarm_request *q, struct swarm_value v,
                     const struct swarm_place *place)
{
    swarm_url_origin(s, q, v, place);
}

void swarm_row_name(struct swarm_strand *s, struct swarm_request *q, struct swarm_value name,
                    const struct swarm_place *place)
{
    struct value_buffer room = {0};
    struct url_part text;

    if (request_text(s, name, place, &room, &text)) {
        bytes_clear(&q->row, REQUEST_KEEP);
        bytes_add(&q->row, text.p, text.n);
    }
    value_buffer_free(&room);
}

/* ------------------------------------------------------------------ headers, cookies, auth */

bool request_header_allowed(struct swarm_strand *s, const struct swarm_place *place, const char *name,
                            struct url_part value)
{
    if (!header_name_valid(name, strlen(name))) {
        swarm_error(s, place, "header \"%s\": no header has this name", name);
        return false;
    }
    if (!header_value_valid(value.p, value.n)) {
        swarm_error(s, place, "header \"%s\": the value holds a line end or a NUL byte", name);
        return false;
    }
    return true;
}

void swarm_header(struct swarm_strand *s, struct swarm_request *q, const char *name, struct swarm_value v,
                  const struct swarm_place *place)
{
    struct value_buffer room = {0};
    struct url_part text;

    if (v.kind == SWARM_NULL) {
        fields_set(&q->headers, name, NULL, 0);
        return;
    }
    if (request_text(s, v, place, &room, &text) && request_header_allowed(s, place, name, text)) {
        fields_set(&q->headers, name, text.p, text.n);
    }
    value_buffer_free(&room);
}

static bool has_any(struct url_part text, const char *characters)
{
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];

        if (c < 0x20 || c == 0x7f || strchr(characters, c)) {
            return true;
        }
    }
    return false;
}

bool request_cookie_allowed(struct swarm_strand *s, const struct swarm_place *place, const char *name,
                            struct url_part value)
{
    if (!name[0] || has_any((struct url_part){name, strlen(name)}, "=; \t")) {
        swarm_error(s, place, "cookie \"%s\": no cookie has this name", name);
        return false;
    }
    if (has_any(value, ";")) {
        swarm_error(s, place, "cookie \"%s\": the value holds a ; or a control character (use urlencode())", name);
        return false;
    }
    return true;
}

void swarm_cookie(struct swarm_strand *s, struct swarm_request *q, const char *name, struct swarm_value v,
                  const struct swarm_place *place)
{
    struct value_buffer room = {0};
    struct url_part text;

    if (v.kind == SWARM_NULL) {
        fields_set(&q->cookies, name, NULL, 0);
        return;
    }
    if (request_text(s, v, place, &room, &text) && request_cookie_allowed(s, place, name, text)) {
        fields_set(&q->cookies, name, text.p, text.n);
    }
    value_buffer_free(&room);
}

bool request_authorization(struct swarm_strand *s, enum swarm_auth scheme, struct swarm_value a, struct swarm_value b,
                           const struct swarm_place *place, struct bytes *out)
{
    struct value_buffer room_a = {0}, room_b = {0};
    struct url_part first, second = {NULL, 0};
    bool made = false;

    if (request_text(s, a, place, &room_a, &first) &&
        (scheme == SWARM_AUTH_BEARER || request_text(s, b, place, &room_b, &second))) {
        http_authorization(out, scheme, first.p, first.n, second.p, second.n);
        made = request_header_allowed(s, place, "Authorization", (struct url_part){out->p, out->n});
    }
    value_buffer_free(&room_a);
    value_buffer_free(&room_b);
    return made;
}

void swarm_auth(struct swarm_strand *s, struct swarm_request *q, enum swarm_auth scheme, struct swarm_value a,
                struct swarm_value b, const struct swarm_place *place)
{
    struct bytes value = {0};

    if (request_authorization(s, scheme, a, b, place, &value)) {
        fields_set(&q->headers, "Authorization", value.p, value.n);
    }
    bytes_free(&value);
}

/* ------------------------------------------------------------------ query, form */

typedef void encode(struct bytes *out, const char *text, size_t n);

static void add_pair(struct swarm_strand *s, struct bytes *out, encode *write, struct swarm_value key,
                     struct swarm_value v, const struct swarm_place *place)
{
    struct value_buffer room_key = {0}, room_value = {0};
    struct url_part name, value;

    if (request_text(s, key, place, &room_key, &name) && request_text(s, v, place, &room_value, &value)) {
        if (out->n) {
            bytes_add_char(out, '&');
        }
        write(out, name.p, name.n);
        bytes_add_char(out, '=');
        if (v.raw) {
            bytes_add(out, value.p, value.n);
        } else {
            write(out, value.p, value.n);
        }
    }
    value_buffer_free(&room_key);
    value_buffer_free(&room_value);
}

/* One entry of query { } or form { }: null is not sent, a list repeats the key. */
static void add_entry(struct swarm_strand *s, struct bytes *out, encode *write, struct swarm_value key,
                      struct swarm_value v, const struct swarm_place *place)
{
    const struct swarm_value *items;
    uint32_t n;

    if (v.kind == SWARM_NULL || swarm_failed(s)) {
        return;
    }
    if (value_is_object(v)) {
        value_wanted(s, place, "a text, number or list", v);
        return;
    }
    if (!value_is_list(v)) {
        add_pair(s, out, write, key, v, place);
        return;
    }
    if (!value_unfold(s, place, v, &items, &n)) {
        return;
    }
    for (uint32_t i = 0; i < n && !swarm_failed(s); i++) {
        if (items[i].kind == SWARM_NULL) {
            continue;
        }
        if (value_is_object(items[i]) || value_is_list(items[i])) {
            value_wanted(s, place, "a list of texts and numbers", items[i]);
            return;
        }
        add_pair(s, out, write, key, items[i], place);
    }
}

static void add_entries(struct swarm_strand *s, struct bytes *out, encode *write, struct swarm_value key,
                        struct swarm_value v, const struct swarm_place *place)
{
    const struct swarm_value *items;
    uint32_t n;

    if (key.kind != SWARM_NULL) {
        add_entry(s, out, write, key, v, place);
        return;
    }
    if (!value_is_object(v)) {
        value_wanted(s, place, "an object", v);
        return;
    }
    if (!value_unfold(s, place, v, &items, &n)) {
        return;
    }
    for (uint32_t i = 0; i + 1 < 2 * n; i += 2) {
        add_entry(s, out, write, items[i], items[i + 1], place);
    }
}

void swarm_query(struct swarm_strand *s, struct swarm_request *q, struct swarm_value key, struct swarm_value v,
                 const struct swarm_place *place)
{
    add_entries(s, &q->query, url_encode, key, v, place);
}

void swarm_form(struct swarm_strand *s, struct swarm_request *q, struct swarm_value key, struct swarm_value v,
                const struct swarm_place *place)
{
    q->has_body = true;
    q->content_type = "application/x-www-form-urlencoded";
    add_entries(s, &q->body, url_encode_form, key, v, place);
}

/* ------------------------------------------------------------------ bodies */

void swarm_body(struct swarm_strand *s, struct swarm_request *q, struct swarm_value v, const struct swarm_place *place)
{
    struct value_buffer room = {0};
    struct url_part text;

    if (request_text(s, v, place, &room, &text)) {
        q->has_body = true;
        bytes_add(&q->body, text.p, text.n);
    }
    value_buffer_free(&room);
}

void swarm_json_text(struct swarm_request *q, const char *text, uint32_t n)
{
    q->has_body = true;
    q->content_type = "application/json";
    bytes_add(&q->body, text, n);
}

void swarm_json_value(struct swarm_strand *s, struct swarm_request *q, struct swarm_value v,
                      const struct swarm_place *place)
{
    struct value_buffer room = {0};

    if (swarm_failed(s)) {
        return;
    }
    value_json(v, &room);
    if (room.full) {
        swarm_error(s, place, "the JSON of this request is too large");
    }
    q->has_body = true;
    q->content_type = "application/json";
    bytes_add(&q->body, room.size ? room.data : "", room.size);
    value_buffer_free(&room);
}

/* ------------------------------------------------------------------ limits */

void swarm_timeout(struct swarm_request *q, int64_t ns)
{
    if (ns <= 0) {
        swarm_error(&q->strand->base, &q->call->place, "timeout: it must be longer than 0");
    }
    q->timeout = ns;
}

void swarm_connect_timeout(struct swarm_request *q, int64_t ns)
{
    if (ns <= 0) {
        swarm_error(&q->strand->base, &q->call->place, "connect_timeout: it must be longer than 0");
    }
    q->connect_timeout = ns;
}

void swarm_retry(struct swarm_request *q, int64_t tries, int64_t backoff)
{
    if (tries < 0) {
        swarm_error(&q->strand->base, &q->call->place, "retry: it must not be below 0");
    }
    q->retries = tries;
    q->backoff = backoff;
}
