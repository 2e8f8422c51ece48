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
    }
    return user->session;
}

const struct session_settings *session_settings(const struct user *user)
{
    static const struct session_settings none = {0};

    return user->session && user->session->settings ? user->session->settings : &none;
}

/* To be written. */
static struct session_settings *settings_of(struct user *user)
{
    struct session *session = session_of(user);

    if (!session->settings) {
        session->settings = memory_new(1, sizeof *session->settings);
        session->settings->headers.any_case = true;
    }
    return session->settings;
}

static void settings_free(struct session_settings *settings)
{
    if (!settings) {
        return;
    }
    fields_free(&settings->headers);
    fields_free(&settings->cookies);
    http_target_free(&settings->target);
    free(settings);
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
    settings_free(session->settings);
    session->settings = NULL;
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
    struct session_settings *settings = settings_of(strand_of(s)->user);
    struct value_buffer room = {0};
    struct url_part text;

    if (v.kind == SWARM_NULL) {
        fields_remove(&settings->headers, name);
        return;
    }
    if (request_text(s, v, place, &room, &text) && request_header_allowed(s, place, name, text)) {
        fields_set(&settings->headers, name, text.p, text.n);
    }
    value_buffer_free(&room);
}

void swarm_session_cookie(struct swarm_strand *s, const char *name, struct swarm_value v,
                          const struct swarm_place *place)
{
    struct session_settings *settings = settings_of(strand_of(s)->user);
    struct value_buffer room = {0};
    struct url_part text;

    if (v.kind == SWARM_NULL) {
        fields_remove(&settings->cookies, name);
        return;
    }
    if (request_text(s, v, place, &room, &text) && request_cookie_allowed(s, place, name, text)) {
        fields_set(&settings->cookies, name, text.p, text.n);
    }
    value_buffer_free(&room);
}

void swarm_session_auth(struct swarm_strand *s, enum swarm_auth scheme, struct swarm_value a, struct swarm_value b,
                        const struct swarm_place *place)
{
    struct session_settings *settings = settings_of(strand_of(s)->user);
    struct bytes value = {0};

    if (scheme == SWARM_AUTH_UNSAID || a.kind == SWARM_NULL) {
        fields_remove(&settings->headers, "Authorization");
    } else if (request_authorization(s, scheme, a, b, place, &value)) {
        fields_set(&settings->headers, "Authorization", value.p, value.n);
    }
    bytes_free(&value);
}

void swarm_session_target(struct swarm_strand *s, struct swarm_value v, const struct swarm_place *place)
{
    struct session_settings *settings = settings_of(strand_of(s)->user);
    struct value_buffer room = {0}, shown = {0};
    struct url_part text;
    const char *why;

    if (v.kind == SWARM_NULL) {
        http_target_free(&settings->target);
        return;
    }
    if (request_text(s, v, place, &room, &text) && !http_target_set(&settings->target, text.p, text.n, &why)) {
        http_target_free(&settings->target);
        value_describe(v, &shown);
        swarm_error(s, place, "session target: %.*s is no URL to send to: %s", (int)shown.size, shown.data, why);
        value_buffer_free(&shown);
    }
    value_buffer_free(&room);
}
