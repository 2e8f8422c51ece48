/* From a request as written to an exchange: target, merged headers, cookies; and from an answer to the next
 * hop. */
#include "digest.h"
#include "fetch.h"

#include <strings.h>
#include <time.h>

#include "base/memory.h"
#include "engine/clock.h"
#include "redirect.h"
#include "trace.h"
#include "value/value.h"

/* ------------------------------------------------------------------ where to */

static void wrong_url(struct fetch *fetch, const char *why)
{
    struct swarm_strand *s = &fetch->strand->base;
    struct value_buffer shown = {0};

    value_describe((struct swarm_value){.text = bytes_text(&fetch->request.url),
                                        .n = (uint32_t)fetch->request.url.n,
                                        .kind = SWARM_TEXT},
                   &shown);
    swarm_error(s, &fetch->call->place, "%.*s is no URL to send to: %s", (int)shown.size, shown.data, why);
    value_buffer_free(&shown);
}

static const struct http_target *target_of(struct fetch *fetch)
{
    const struct http_target *own = &session_settings(fetch->strand->user)->target;

    return own->text.n ? own : &fetch->kind->target;
}

/* query { } goes behind what the URL has; a fragment is never sent. */
static void add_query(struct bytes *url, const struct bytes *query)
{
    const char *fragment = url->n ? memchr(url->p, '#', url->n) : NULL;

    if (fragment) {
        url->n = (size_t)(fragment - url->p);
        url->p[url->n] = '\0';
    }
    if (!query->n) {
        return;
    }
    bytes_add_char(url, url->n && memchr(url->p, '?', url->n) ? '&' : '?');
    bytes_add(url, query->p, query->n);
}

static void use_user_info(struct fetch *fetch, const char *user, size_t n)
{
    bytes_clear(&fetch->authorization, SIZE_MAX);
    if (n) {
        http_authorization(&fetch->authorization, SWARM_AUTH_BASIC, user, n, NULL, 0);
    }
}

/* A clean path behind the kind's target: the target was taken apart before. The path begins with that of the target. */
static void resolve_at_target(struct fetch *fetch, const struct http_target *target)
{
    struct bytes *url = &fetch->first_url;
    const struct swarm_request *q = &fetch->request;
    const char *path, *query;

    bytes_add(url, target->text.p, target->text.n);
    bytes_add(url, q->url.p, q->url.n);
    add_query(url, &q->query);
    fetch->origin = target->url;
    path = url->p + target->text.n - target->url.path.n;
    query = memchr(path, '?', (size_t)(url->p + url->n - path));
    fetch->origin.path = (struct url_part){path, (size_t)((query ? query : url->p + url->n) - path)};
    fetch->origin.query = (struct url_part){query, query ? (size_t)(url->p + url->n - query) : 0};
    use_user_info(fetch, bytes_text(&target->user), target->user.n);
}

static const char *content_type_of(const struct fetch *fetch)
{
    if (fetch->request.has_body) {
        return fetch->request.content_type;
    }
    return fetch->call->body || fetch->call->large ? fetch->call->content_type : NULL;
}

/* A constant URL behind the kind's target was made and taken apart at the call's first request. */
static bool resolve_fixed(struct fetch *fetch, const struct http_target *target)
{
    const struct prepared *prepared;

    fetch->fixed = NULL;
    if (!fetch->call->url || fetch->call->build || target != &fetch->kind->target) {
        return false;
    }
    prepared = prepared_of(&fetch->http->prepared, fetch->kind, fetch->call, content_type_of(fetch));
    if (!prepared->request.n) {
        return false;
    }
    fetch->fixed = prepared;
    fetch->origin = prepared->url;
    fetch->at_target = true;
    return true;
}

bool fetch_resolve(struct fetch *fetch)
{
    const struct http_target *target = target_of(fetch);
    struct swarm_request *q = &fetch->request;
    struct bytes *url = &fetch->first_url;
    const char *why;

    bytes_clear(url, SIZE_MAX);
    bytes_clear(&fetch->authorization, SIZE_MAX);
    if (resolve_fixed(fetch, target)) {
        return true;
    }
    if (fetch->call->url) {
        bytes_add_text(&q->url, fetch->call->url);
    }
    fetch->at_target = q->url.n && q->url.p[0] == '/' && target == &fetch->kind->target && target->text.n;
    if (fetch->at_target && !q->unclean && target->text.n + q->url.n + q->query.n < URL_LIMIT) {
        resolve_at_target(fetch, target);
        return true;
    }
    if (q->url.n && q->url.p[0] == '/') {
        if (!target->text.n) {
            wrong_url(fetch, "it has no host and there is no target (--host URL)");
            return false;
        }
        bytes_add(url, target->text.p, target->text.n);
        use_user_info(fetch, bytes_text(&target->user), target->user.n);
    }
    if (q->unclean) {
        url_clean(url, q->url.p, q->url.n);
    } else {
        bytes_add(url, q->url.p, q->url.n);
    }
    add_query(url, &q->query);
    if (!url_parse(&fetch->origin, bytes_text(url), url->n, &why)) {
        wrong_url(fetch,
                  q->url.n && q->url.p[0] == '/' ? why : "it neither begins with / nor is it absolute (http://…)");
        return false;
    }
    if (fetch->origin.user_info.n) {
        struct bytes user = {0};

        url_decode(&user, fetch->origin.user_info.p, fetch->origin.user_info.n);
        use_user_info(fetch, user.p, user.n);
        bytes_free(&user);
    }
    return true;
}

/* ------------------------------------------------------------------ headers */

/* What must not be sent: nulls, the framing, which is ours, and what stays behind on a redirect. */
static bool unsent(const struct fetch *fetch, const struct header *header)
{
    if (!header->value || strcasecmp(header->name, "Content-Length") == 0 ||
        strcasecmp(header->name, "Transfer-Encoding") == 0) {
        return true;
    }
    if (fetch->drop_body && redirect_drops_header(header->name)) {
        return true;
    }
    return fetch->abroad && redirect_keeps_home(header->name);
}

static void add_cookies(struct bytes *out, const struct fields *cookies, const struct fields *without)
{
    for (size_t i = 0; i < cookies->count; i++) {
        const char *name = field_name(cookies, &cookies->items[i]), *value = field_value(cookies, &cookies->items[i]);

        if (!value || (without && fields_find(without, name))) {
            continue;
        }
        if (out->n) {
            bytes_add_text(out, "; ");
        }
        bytes_add_text(out, name);
        bytes_add_char(out, '=');
        bytes_add_text(out, value);
    }
}

/* The jar's cookies follow their domain; those of session and request stay with the first origin. `said`: the scenario
 * says the whole header. */
static void merge_cookies(struct fetch *fetch, bool said)
{
    struct session *session = session_of(fetch->strand->user);
    const struct fields *own = &fetch->request.cookies, *set = &session_settings(fetch->strand->user)->cookies;

    bytes_clear(&fetch->cookies, SIZE_MAX);
    if (fetch->abroad) {
        if (session->jar.count) {
            cookie_write(&session->jar, &fetch->exchange.url, clock_unix_s(), NULL, NULL, &fetch->cookies);
        }
        return;
    }
    if (said) {
        return;
    }
    if (session->jar.count) {
        cookie_write(&session->jar, &fetch->exchange.url, clock_unix_s(), own, set, &fetch->cookies);
    }
    add_cookies(&fetch->cookies, set, own);
    add_cookies(&fetch->cookies, own, NULL);
}

static void set_accept_encoding(struct fetch *fetch)
{
    if (fetch->call->compressed != SWARM_ENCODING_UNSAID) {
        header_list_set(&fetch->headers, "Accept-Encoding",
                        http_accept_encoding((enum swarm_compressed)fetch->call->compressed));
    }
}

/* Credentials of `auth digest` are not sent; what is sent is the answer to a challenge, when there was one. */
static void use_digest(struct fetch *fetch)
{
    struct header *header = header_list_find(&fetch->headers, "Authorization");

    fetch->digest = NULL;
    if (header && digest_kept(header->value)) {
        fetch->digest = fetch->abroad ? NULL : header->value;
        header->value = fetch->challenged ? bytes_text(&fetch->digest_answer) : NULL;
    }
}

static void merge_headers(struct fetch *fetch, const struct session_settings *settings, const char *type)
{
    struct header_list *list = &fetch->headers;
    struct exchange *ex = &fetch->exchange;
    size_t kept = 0;

    list->count = 0;
    header_list_set_all(list, &fetch->kind->headers);
    set_accept_encoding(fetch);
    if (!fetch->abroad) {
        header_list_set_all(list, &settings->headers);
    }
    for (uint32_t i = 0; i < fetch->call->header_count; i++) {
        header_list_set(list, fetch->call->headers[i].name, fetch->call->headers[i].value);
    }
    header_list_set_all(list, &fetch->request.headers);
    if (type && !header_list_find(list, "Content-Type")) {
        header_list_set(list, "Content-Type", type);
    }
    if (fetch->authorization.n && !header_list_find(list, "Authorization")) {
        header_list_set(list, "Authorization", fetch->authorization.p);
    }
    use_digest(fetch);
    merge_cookies(fetch, header_list_find(list, "Cookie") != NULL);
    for (size_t i = 0; i < list->count; i++) {
        if (!unsent(fetch, &list->items[i])) {
            list->items[kept++] = list->items[i];
        }
    }
    ex->headers = list->items;
    ex->header_count = kept;
}

/* Those of the call as they were merged before, where nothing else adds to them. */
static void set_headers(struct fetch *fetch)
{
    const struct session_settings *settings = session_settings(fetch->strand->user);
    const char *type = content_type_of(fetch);
    const struct prepared *prepared;
    struct exchange *ex = &fetch->exchange;

    if (settings->headers.count || fetch->request.headers.count || fetch->authorization.n || fetch->abroad ||
        fetch->drop_body || (type && type == fetch->request.multipart_type.p)) {
        merge_headers(fetch, settings, type);
        return;
    }
    prepared = fetch->fixed ? fetch->fixed : prepared_of(&fetch->http->prepared, fetch->kind, fetch->call, type);
    if (prepared->digest || prepared->content_type != type) {
        merge_headers(fetch, settings, type);
        return;
    }
    fetch->digest = NULL;
    merge_cookies(fetch, prepared->cookie);
    ex->headers = prepared->headers.items;
    ex->header_count = prepared->headers.count;
    if (fetch->at_target && !fetch->hops) {
        ex->lines = prepared->lines.p;
        ex->lines_size = prepared->lines.n;
        ex->request = fetch->fixed ? prepared->request.p : NULL;
        ex->request_size = prepared->request.n;
    }
}

/* ------------------------------------------------------------------ body, exchange */

static bool wants_length(const char *method)
{
    return method[0] == 'P' &&
           (strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 || strcmp(method, "PATCH") == 0);
}

static void set_body(struct fetch *fetch)
{
    struct exchange *ex = &fetch->exchange;

    ex->body = NULL;
    ex->body_size = 0;
    if (!fetch->drop_body && fetch->request.has_body) {
        ex->body = bytes_text(&fetch->request.body);
        ex->body_size = fetch->request.body.n;
    } else if (!fetch->drop_body && fetch->call->body) {
        ex->body = fetch->call->body;
        ex->body_size = fetch->call->body_size;
    } else if (!fetch->drop_body && fetch->call->large) {
        ex->body = fetch->call->large->bytes;
        ex->body_size = fetch->call->large->size;
    }
    ex->has_body = ex->body || wants_length(fetch->method);
}

void fetch_send(struct fetch *fetch)
{
    struct exchange *ex = &fetch->exchange;
    const char *why;

    if (fetch->hops) {
        url_parse(&ex->url, fetch->url.p, fetch->url.n, &why); /* it was parsed before, when it was joined */
    } else {
        ex->url = fetch->origin;
        ex->url.user_info.n = 0;
    }
    fetch->connections = session_connections(fetch->strand->user);
    ex->session = fetch->connections->exchanges;
    ex->method = fetch->method;
    fetch->abroad = fetch->hops && !url_same_origin(&fetch->origin, &ex->url);
    ex->lines = ex->request = NULL;
    set_headers(fetch);
    ex->cookie = fetch->cookies.n ? fetch->cookies.p : NULL;
    set_body(fetch);
    bytes_clear(&fetch->received, 64 * 1024);
    fetch->too_large = false;
    trace_sent(fetch);
    connections_start(fetch);
}

/* ------------------------------------------------------------------ redirects */

bool fetch_redirect(struct fetch *fetch, struct bytes *why)
{
    struct exchange *ex = &fetch->exchange;
    const char *reason, *method;
    struct bytes next = {0};
    size_t size;
    const char *location = head_value(&ex->head, "Location", 8, &size);

    if (fetch->hops == REDIRECT_LIMIT) {
        bytes_format(why, "more than %d redirects", REDIRECT_LIMIT);
        return false;
    }
    if (!url_join(&next, &ex->url, location, size, &reason)) {
        struct value_buffer shown = {0};

        value_describe((struct swarm_value){.text = location, .n = (uint32_t)size, .kind = SWARM_TEXT}, &shown);
        bytes_format(why, "cannot follow the redirect to %.*s: %s", (int)shown.size, shown.data, reason);
        value_buffer_free(&shown);
        bytes_free(&next);
        return false;
    }
    method = redirect_method(ex->head.status, fetch->method);
    if (method != fetch->method && strcmp(method, fetch->method) != 0) {
        fetch->drop_body = true;
        fetch->method = method;
    }
    url_write(&fetch->history, &ex->url);
    bytes_add_char(&fetch->history, '\0');
    bytes_free(&fetch->url);
    fetch->url = next;
    fetch->hops++;
    fetch->challenged = false;
    return true;
}
