#include "session.h"

#include <stdlib.h>

#include "base/memory.h"
#include "request.h"
#include "value/value.h"

const struct http_kind *http_kind_of(const struct user *user)
{
    return &user->strand.shard->http->plan->kinds[user->kind_index];
}

struct session *session_of(struct user *user)
{
    if (!user->session) {
        user->session = memory_new(1, sizeof *user->session);
        user->session->headers.any_case = true;
    }
    return user->session;
}

struct connections *session_connections(struct user *user)
{
    struct session *session = session_of(user);
    struct http_shard *http = user->strand.shard->http;

    if (!session->connections) {
        const struct http_kind *kind = http_kind_of(user);

        session->connections = connections_open(http->plan->engines[kind->engine], http->exchanges[kind->engine],
                                                &kind->profile, kind->connections);
    }
    return session->connections;
}

/* Back to how the user began, connections included. */
static void empty(struct user *user)
{
    struct session *session = user->session;

    if (session->connections) {
        connections_drop(session->connections);
        session->connections = NULL;
    }
    cookie_jar_free(&session->jar);
    fields_free(&session->headers);
    fields_free(&session->cookies);
    http_target_free(&session->target);
}

void session_close(struct user *user)
{
    if (!user->session) {
        return;
    }
    empty(user);
    free(user->session);
    user->session = NULL;
}

/* ------------------------------------------------------------------ session … */

void swarm_session_reset(struct swarm_strand *s)
{
    if (strand_of(s)->user->session) {
        empty(strand_of(s)->user);
    }
}

void swarm_session_header(struct swarm_strand *s, const char *name, struct swarm_value v,
                          const struct swarm_place *place)
{
    struct session *session = session_of(strand_of(s)->user);
    struct value_buffer room = {0};
    struct url_part text;

    if (v.kind == SWARM_NULL) {
        fields_remove(&session->headers, name);
        return;
    }
    if (request_text(s, v, place, &room, &text) && request_header_allowed(s, place, name, text)) {
        fields_set(&session->headers, name, text.p, text.n);
    }
    value_buffer_free(&room);
}

void swarm_session_cookie(struct swarm_strand *s, const char *name, struct swarm_value v,
                          const struct swarm_place *place)
{
    struct session *session = session_of(strand_of(s)->user);
    struct value_buffer room = {0};
    struct url_part text;

    if (v.kind == SWARM_NULL) {
        fields_remove(&session->cookies, name);
        return;
    }
    if (request_text(s, v, place, &room, &text) && request_cookie_allowed(s, place, name, text)) {
        fields_set(&session->cookies, name, text.p, text.n);
    }
    value_buffer_free(&room);
}

void swarm_session_auth(struct swarm_strand *s, enum swarm_auth scheme, struct swarm_value a, struct swarm_value b,
                        const struct swarm_place *place)
{
    struct session *session = session_of(strand_of(s)->user);
    struct bytes value = {0};

    if (scheme == SWARM_AUTH_UNSAID || a.kind == SWARM_NULL) {
        fields_remove(&session->headers, "Authorization");
    } else if (request_authorization(s, scheme, a, b, place, &value)) {
        fields_set(&session->headers, "Authorization", value.p, value.n);
    }
    bytes_free(&value);
}

void swarm_session_target(struct swarm_strand *s, struct swarm_value v, const struct swarm_place *place)
{
    struct session *session = session_of(strand_of(s)->user);
    struct value_buffer room = {0}, shown = {0};
    struct url_part text;
    const char *why;

    if (v.kind == SWARM_NULL) {
        http_target_free(&session->target);
        return;
    }
    if (request_text(s, v, place, &room, &text) && !http_target_set(&session->target, text.p, text.n, &why)) {
        http_target_free(&session->target);
        value_describe(v, &shown);
        swarm_error(s, place, "session target: %.*s is no URL to send to: %s", (int)shown.size, shown.data, why);
        value_buffer_free(&shown);
    }
    value_buffer_free(&room);
}
