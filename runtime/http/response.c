/* Response words. Texts are views of the fetch: valid while the judge runs. */
#include <stdlib.h>

#include "engine/clock.h"
#include "fetch.h"
#include "response.h"
#include "value/json.h"
#include "value/json_scan.h"
#include "value/value.h"

static struct swarm_value view(const char *p, size_t n)
{
    return (struct swarm_value){.text = n ? p : "", .n = (uint32_t)n, .kind = SWARM_TEXT, .owner = SWARM_VIEW};
}

int64_t swarm_status(const struct swarm_response *r)
{
    return r->fetch->exchange.head.status;
}

int64_t swarm_size(const struct swarm_response *r)
{
    return (int64_t)r->fetch->exchange.received;
}

int64_t swarm_time(const struct swarm_response *r)
{
    return r->time;
}

int64_t swarm_time_first_byte(const struct swarm_response *r)
{
    return r->first_byte;
}

int64_t swarm_time_connect(const struct swarm_response *r)
{
    return r->connect;
}

int64_t swarm_time_tls(const struct swarm_response *r)
{
    return r->tls;
}

struct swarm_value swarm_body_text(struct swarm_strand *s, const struct swarm_response *r)
{
    (void)s;
    return view(r->body, r->body_size);
}

struct swarm_value swarm_url(struct swarm_strand *s, const struct swarm_response *r)
{
    struct bytes text = {0};
    struct swarm_value url;
    char *room;

    url_write(&text, &r->fetch->exchange.url);
    room = value_room(s, NULL, text.n);
    if (!room) {
        bytes_free(&text);
        return swarm_null();
    }
    memcpy(room, text.p, text.n);
    url = value_arena_text(room, text.n);
    bytes_free(&text);
    return url;
}

struct swarm_value swarm_history(struct swarm_strand *s, const struct swarm_response *r)
{
    const struct fetch *fetch = r->fetch;
    struct swarm_value *items = value_room(s, NULL, (fetch->hops + 1) * sizeof *items);
    const char *p = bytes_text(&fetch->history);

    if (!items) {
        return swarm_null();
    }
    for (uint32_t i = 0; i < fetch->hops; i++) {
        items[i] = view(p, strlen(p));
        p += strlen(p) + 1;
    }
    return value_group(s, NULL, SWARM_LIST, items, fetch->hops);
}

/* ------------------------------------------------------------------ headers, cookies */

struct swarm_value swarm_response_header(struct swarm_strand *s, const struct swarm_response *r,
                                         struct swarm_value name)
{
    const char *value;
    size_t size;

    if (!value_take_text(s, NULL, name)) {
        return swarm_null();
    }
    value = head_value(&r->fetch->exchange.head, name.text, name.n, &size);
    return value ? view(value, size) : swarm_null();
}

struct swarm_value swarm_response_headers(struct swarm_strand *s, const struct swarm_response *r,
                                          struct swarm_value name)
{
    const struct head *head = &r->fetch->exchange.head;
    const struct head_field *field;
    struct swarm_value *items;
    size_t from = 0, count;
    uint32_t n = 0;

    if (!value_take_text(s, NULL, name)) {
        return swarm_null();
    }
    head_fields(head, &count);
    items = value_room(s, NULL, (count + 1) * sizeof *items);
    if (!items) {
        return swarm_null();
    }
    while ((field = head_next(head, name.text, name.n, &from))) {
        items[n++] = view(head->text.p + field->value, field->value_size);
    }
    return value_group(s, NULL, SWARM_LIST, items, n);
}

/* What this answer sets, whether the user's jar took it or not; else what the jar would send to its URL (a
 * cookie that an earlier hop or request set). */
struct swarm_value swarm_response_cookie(struct swarm_strand *s, const struct swarm_response *r,
                                         struct swarm_value name)
{
    const struct head *head = &r->fetch->exchange.head;
    struct session *session = session_of(strand_of(s)->user);
    const struct head_field *field;
    struct swarm_value found = swarm_null();
    const char *value;
    size_t from = 0;

    if (!value_take_text(s, NULL, name)) {
        return found;
    }
    value = cookie_value(&session->jar, &r->fetch->exchange.url, clock_unix_s(), name.text, name.n);
    if (value) {
        return swarm_copy(s, view(value, strlen(value))); /* session reset in the block frees the jar */
    }
    while ((field = head_next(head, "Set-Cookie", 10, &from))) {
        struct url_part key, text;

        if (cookie_name_value(head->text.p + field->value, field->value_size, &key, &text) && key.n == name.n &&
            memcmp(key.p, name.text, key.n) == 0 && text.n) {
            found = view(text.p, text.n);
        }
    }
    return found;
}

/* ------------------------------------------------------------------ JSON */

static void not_json(struct swarm_strand *s, const struct swarm_response *r, const struct json_error *error,
                     const struct swarm_place *place)
{
    struct value_buffer why = {0};

    json_explain(&why, r->body, r->body_size, error);
    swarm_error(s, place, "%.*s", (int)why.size, why.size ? why.data : "");
    value_buffer_free(&why);
}

/* One scan finds all paths of the block. */
static bool scan(struct swarm_strand *s, struct swarm_response *r, const struct swarm_place *place)
{
    const struct swarm_call *call = r->fetch->call;
    struct swarm_value *found = value_room(s, place, (call->path_count + 1) * sizeof *found);
    struct json_error error;

    if (!found) {
        return false;
    }
    if (json_find(&strand_of(s)->arena, r->body, r->body_size, SWARM_VIEW, call->paths, call->path_count, found,
                  &error)) {
        r->found = found;
        r->is_json = true;
        return true;
    }
    if (error.what == json_no_room) {
        value_no_room(s, place);
        return false;
    }
    not_json(s, r, &error, place);
    return false;
}

bool response_json(struct swarm_strand *s, const struct swarm_response *r, bool quiet, const struct swarm_place *place,
                   const char **text, size_t *n)
{
    struct swarm_response *own = &r->fetch->response;
    struct json_error error;

    if (!own->is_json && !json_check(r->body, r->body_size, &error)) {
        if (!quiet) {
            not_json(s, r, &error, place);
        }
        return false;
    }
    own->is_json = true;
    *text = r->body;
    *n = r->body_size;
    if (*n >= 3 && memcmp(*text, "\xef\xbb\xbf", 3) == 0) {
        *text += 3;
        *n -= 3;
    }
    while (json_is_space(**text)) {
        (*text)++;
        (*n)--;
    }
    while (json_is_space((*text)[*n - 1])) {
        (*n)--;
    }
    return true;
}

struct response_document **response_document(const struct swarm_response *r)
{
    return &r->fetch->response.document;
}

struct swarm_value swarm_found(struct swarm_strand *s, const struct swarm_response *r, uint32_t index,
                               const struct swarm_place *place)
{
    if (!r->found && !scan(s, &r->fetch->response, place)) {
        return swarm_null();
    }
    return r->found[index];
}
