/* serve.c - a request from its first byte to its last: the callbacks of libmicrohttpd, and what handlers answer with. */
#include "counts.h"
#include "shop.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *serve_target(void *cls, const char *target, struct MHD_Connection *mhd)
{
    size_t len = strlen(target);
    struct request *r = calloc(1, sizeof *r + len + 1);

    if (!r)
        return NULL;
    r->mhd = mhd;
    r->counts = cls;
    r->target_len = len;
    memcpy(r->target, target, len + 1);
    return r;
}

static _Atomic uint64_t opened; /* connections so far */

void serve_connection(void *cls, struct MHD_Connection *mhd, void **socket_context,
                      enum MHD_ConnectionNotificationCode code)
{
    (void)mhd;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        struct connection_counts *connection = calloc(1, sizeof *connection);
        if (connection)
            connection->number = atomic_fetch_add(&opened, 1) + 1;
        *socket_context = connection;
        counts_accept(cls);
        return;
    }
    counts_disconnect(cls);
    free(*socket_context);
    *socket_context = NULL;
}

static struct connection_counts *connection_of(struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info ? info->socket_context : NULL;
}

/* The headers are here: counts the request and finds who answers it. */
static enum MHD_Result begin(struct request *r, const char *method, const char *path)
{
    struct connection_counts *connection = connection_of(r->mhd);

    if (!connection)
        return MHD_NO;
    r->begun = true;
    r->method = method;
    r->path = path;
    r->route = route_find(method, path, &r->tail);
    if (strcmp(path, "/_counts") == 0 || strcmp(path, "/_counts/reset") == 0)
        return MHD_YES;
    r->counted = true;
    r->generation = counts_request(r->counts, connection, method, r->target, r->target_len);
    return MHD_YES;
}

static enum MHD_Result take_piece(struct request *r, const char *data, size_t len)
{
    r->body_bytes += len;
    if (!r->route->chunk) {
        if (r->body_bytes <= r->route->body_limit)
            text_add_bytes(&r->body, data, len);
        return MHD_YES;
    }
    r->piece = data;
    r->piece_len = len;
    return r->route->chunk(r);
}

enum MHD_Result serve_request(void *cls, struct MHD_Connection *mhd, const char *path, const char *method,
                              const char *version, const char *data, size_t *data_len, void **request)
{
    struct request *r = *request;
    size_t len = *data_len;

    (void)cls, (void)mhd, (void)version;
    if (!r)
        return MHD_NO;
    if (!r->begun)
        return begin(r, method, path);
    if (len > 0) {
        *data_len = 0;
        return take_piece(r, data, len);
    }
    if (!r->route->chunk && r->body_bytes > r->route->body_limit)
        return reply_error(r, MHD_HTTP_CONTENT_TOO_LARGE, "the body is too large");
    if (r->body.failed)
        return MHD_NO;
    if (!r->delayed)
        journal_add(r, connection_of(r->mhd)->number);
    return r->route->handler(r);
}

void serve_completed(void *cls, struct MHD_Connection *mhd, void **request, enum MHD_RequestTerminationCode code)
{
    struct request *r = *request;

    (void)mhd;
    *request = NULL;
    if (!r)
        return;
    if (r->counted && code != MHD_REQUEST_TERMINATED_COMPLETED_OK)
        counts_incomplete(cls, r->generation);
    if (r->state_end)
        r->state_end(r);
    text_free(&r->body);
    free(r);
}

void response_header(struct MHD_Response *response, const char *name, const char *value)
{
    if (response)
        MHD_add_response_header(response, name, value);
}

static struct MHD_Response *response_make(struct text *t, const char *type)
{
    struct MHD_Response *response;

    if (t->failed) {
        text_free(t);
        return NULL;
    }
    if (t->data)
        response = MHD_create_response_from_buffer(t->len, t->data, MHD_RESPMEM_MUST_FREE);
    else
        response = MHD_create_response_from_buffer(0, (void *)"", MHD_RESPMEM_PERSISTENT);
    if (!response)
        text_free(t);
    *t = (struct text){0};
    if (type)
        response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    return response;
}

struct MHD_Response *response_text(struct text *t, const char *type)
{
    return response_make(t, type);
}

struct MHD_Response *response_kept(struct text *t, const char *type)
{
    struct MHD_Response *response = response_make(t, type);

    if (!response) {
        fprintf(stderr, "shop: out of memory\n");
        exit(1);
    }
    return response;
}

enum MHD_Result reply_kept(struct request *r, unsigned status, struct MHD_Response *response)
{
    return MHD_queue_response(r->mhd, status, response);
}

enum MHD_Result reply(struct request *r, unsigned status, struct MHD_Response *response)
{
    enum MHD_Result result;

    if (!response)
        return MHD_NO;
    result = MHD_queue_response(r->mhd, status, response);
    MHD_destroy_response(response);
    return result;
}

enum MHD_Result reply_html(struct request *r, unsigned status, struct text *t)
{
    return reply(r, status, response_text(t, "text/html; charset=utf-8"));
}

enum MHD_Result reply_json(struct request *r, unsigned status, struct text *t)
{
    return reply(r, status, response_text(t, "application/json"));
}

enum MHD_Result reply_plain(struct request *r, unsigned status, const char *message)
{
    struct text t = {0};

    text_add(&t, message);
    return reply(r, status, response_text(&t, "text/plain; charset=utf-8"));
}

enum MHD_Result reply_error(struct request *r, unsigned status, const char *message)
{
    struct text t = {0};

    text_add(&t, "{\"error\": ");
    text_add_json(&t, message, strlen(message));
    text_add(&t, "}\n");
    return reply_json(r, status, &t);
}

enum MHD_Result reply_redirect(struct request *r, unsigned status, const char *location)
{
    struct text t = {0};
    struct MHD_Response *response;

    text_addf(&t, "see %s\n", location);
    response = response_text(&t, "text/plain; charset=utf-8");
    response_header(response, MHD_HTTP_HEADER_LOCATION, location);
    return reply(r, status, response);
}

const char *request_query(const struct request *r, const char *name)
{
    return MHD_lookup_connection_value(r->mhd, MHD_GET_ARGUMENT_KIND, name);
}

const char *request_header(const struct request *r, const char *name)
{
    return MHD_lookup_connection_value(r->mhd, MHD_HEADER_KIND, name);
}

const char *request_cookie(const struct request *r, const char *name)
{
    return MHD_lookup_connection_value(r->mhd, MHD_COOKIE_KIND, name);
}

bool parse_number(const char *text, long low, long high, long *out)
{
    char *end;
    long n;

    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    n = strtol(text, &end, 10);
    if (errno || *end || n < low || n > high)
        return false;
    *out = n;
    return true;
}

bool request_query_number(const struct request *r, const char *name, long low, long high, long otherwise, long *out)
{
    const char *text = request_query(r, name);

    *out = otherwise;
    return !text || parse_number(text, low, high, out);
}
