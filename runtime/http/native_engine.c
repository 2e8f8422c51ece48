/* Our own HTTP/1.1 engine: exchanges and sessions. */
#include "native_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "engine/clock.h"

enum {
    FREE_LEAST = 256,     /* works that a shard may keep for later; more only while as many are in use */
    REST_KEEP = 4 * 1024, /* bytes of memory that a kept one holds on to */
};

enum exchange_error native_error_of(int error, enum exchange_error otherwise)
{
    switch (error) {
    case ECONNREFUSED:
        return EXCHANGE_REFUSED;
    case ECONNRESET:
    case EPIPE:
    case ECONNABORTED:
        return EXCHANGE_RESET;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case EHOSTDOWN:
    case ENETDOWN:
    case EAFNOSUPPORT:
        return EXCHANGE_UNREACHABLE;
    case ETIMEDOUT:
        return EXCHANGE_CONNECT_TIMEOUT;
    case EMFILE:
    case ENFILE:
        return EXCHANGE_NO_DESCRIPTOR;
    case EADDRNOTAVAIL:
        return EXCHANGE_NO_PORT;
    default:
        return otherwise;
    }
}

/* ------------------------------------------------------------------ work */

static struct native_work *pop_free(struct exchange_shard *shard)
{
    struct native_work *work = shard->free;

    shard->free = work->next;
    shard->free_count--;
    return work;
}

static struct native_work *take_work(struct exchange_shard *shard, struct exchange *ex)
{
    struct native_work *work = shard->free ? pop_free(shard) : NULL;
    struct bytes rest = {0};

    shard->used_count++;
    if (work) {
        rest = work->rest;
    } else {
        work = memory_new(1, sizeof *work);
    }
    *work = (struct native_work){.ex = ex, .shard = shard, .rest = rest};
    ex->own = work;
    return work;
}

static void free_work(struct native_work *work)
{
    bytes_free(&work->rest);
    free(work);
}

static void give_back(struct native_work *work)
{
    struct exchange_shard *shard = work->shard;

    native_list_remove(work);
    if (work->connection) {
        work->connection->work = NULL;
        work->connection->state = NATIVE_IDLE;
    }
    work->ex->own = NULL;
    bytes_clear(&work->rest, REST_KEEP);
    work->next = shard->free;
    shard->free = work;
    shard->free_count++;
    shard->used_count--;
    while (shard->free_count > FREE_LEAST + shard->used_count) {
        free_work(pop_free(shard));
    }
}

/* ------------------------------------------------------------------ beginning */

/* RFC 9110 9.2.2: what may be done twice. */
static bool is_idempotent(const char *method)
{
    static const char *const methods[] = {"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"};

    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        if (method[0] == methods[i][0] && strcmp(method, methods[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void open_connection(struct native_work *work)
{
    struct exchange *ex = work->ex;

    if (ex->url.https && !ex->session->profile->tls) {
        native_fail(work, EXCHANGE_TLS, "this program was compiled without TLS, for no target of it was https");
        return;
    }
    work->connect_at = clock_now();
    work->connect_until = work->deadline = work->connect_at + ex->connect_timeout;
    work->name = native_name_of(work->shard, ex->url.host);
    if (!work->name) {
        native_fail(work, EXCHANGE_NO_ADDRESS, NULL);
        return;
    }
    if (native_name_ready(work->name, work)) {
        native_connect(work);
    }
}

static void start(struct exchange *ex)
{
    struct exchange_session *session = ex->session;
    struct native_connection *connection;
    struct native_work *work = take_work(session->shard, ex);

    ex->stamps = (struct exchange_stamps){0};
    ex->received = 0;
    ex->sends = 0;
    ex->sent = false;
    ex->error = EXCHANGE_OK;
    ex->text[0] = '\0';
    head_clear(&ex->head);
    while ((connection = native_idle(session, ex)) && !is_idempotent(ex->method) && native_ended(connection)) {
        native_close(connection);
    }
    if (!connection) {
        open_connection(work);
        return;
    }
    work->connection = connection;
    connection->work = work;
    work->reused = true;
    native_send(work);
}

/* ------------------------------------------------------------------ the end */

static void keep_or_close(struct native_work *work)
{
    struct native_connection *connection = work->connection, *oldest = NULL;
    uint32_t idle = 0;

    if (connection->peer_closed) {
        native_close(connection);
        return;
    }
    for (struct native_connection *c = connection->session->connections; c; c = c->next) {
        if (c->state == NATIVE_IDLE) {
            idle++;
            oldest = c;
        }
    }
    if (idle >= NATIVE_CONNECTIONS_KEPT) {
        native_close(oldest);
    }
}

void native_finish(struct native_work *work)
{
    struct exchange *ex = work->ex;

    ex->stamps.last_byte = (work->now ? work->now : clock_now()) - ex->began;
    if (work->connection) {
        keep_or_close(work);
    }
    give_back(work);
    ex->sink->done(ex);
}

void native_fail(struct native_work *work, enum exchange_error error, const char *text)
{
    struct exchange *ex = work->ex;

    native_list_remove(work);
    work->now = 0;
    if (work->connection) {
        native_close(work->connection);
    }
    ex->error = error;
    if (text) {
        snprintf(ex->text, sizeof ex->text, "%s", text);
    }
    native_list_add(&work->shard->over, work);
    native_loop_kick(work->shard);
}

void native_break(struct native_work *work, enum exchange_error error)
{
    struct exchange *ex = work->ex;
    bool safe = !ex->sent || is_idempotent(ex->method);

    if (!work->reused || work->again || ex->stamps.first_byte || !safe) {
        native_fail(work, error, NULL);
        return;
    }
    native_list_remove(work);
    native_close(work->connection);
    work->again = true;
    work->reused = work->broken = work->unsent = false;
    ex->sent = false;
    open_connection(work);
}

static void cancel(struct exchange *ex)
{
    struct native_work *work = ex->own;

    if (work->connection) {
        native_close(work->connection);
    }
    give_back(work);
}

/* ------------------------------------------------------------------ sessions, shards */

static struct exchange_session *session_open(struct exchange_shard *shard, const struct exchange_profile *profile)
{
    struct exchange_session *session = memory_new(1, sizeof *session);

    session->shard = shard;
    session->profile = profile;
    return session;
}

static void close_session(struct exchange_session *session)
{
    while (session->connections) {
        native_close(session->connections);
    }
    if (session->resume) {
        session->profile->tls->resume_free(session->resume);
    }
    free(session);
}

struct native_tls_context *native_context_of(struct exchange_shard *shard, const struct exchange_profile *profile,
                                             char *why, size_t why_size)
{
    struct native_context *context;
    struct native_tls_context *tls;

    for (context = shard->contexts; context; context = context->next) {
        if (context->profile == profile) {
            return context->tls;
        }
    }
    tls = profile->tls->context_open(profile, why, why_size);
    if (!tls) {
        return NULL;
    }
    context = memory_new(1, sizeof *context);
    *context = (struct native_context){.next = shard->contexts, .profile = profile, .tls = tls};
    shard->contexts = context;
    return tls;
}

static struct exchange_shard *open_shard(uv_loop_t *loop, const struct name_book *book, uint32_t number, char *why,
                                         size_t why_size)
{
    struct exchange_shard *shard = memory_new(1, sizeof *shard);

    shard->book = book;
    shard->number = number;
    if (!native_loop_open(shard, loop, why, why_size)) {
        free(shard);
        return NULL;
    }
    return shard;
}

static void close_shard(struct exchange_shard *shard)
{
    native_name_free_all(shard);
    native_loop_close(shard);
    while (shard->free) {
        free_work(pop_free(shard));
    }
    while (shard->contexts) {
        struct native_context *context = shard->contexts;

        shard->contexts = context->next;
        context->profile->tls->context_close(context->tls);
        free(context);
    }
    bytes_free(&shard->request);
    free(shard);
}

/* What is started is on its way: start() sends at once. */
static void turn(struct exchange_shard *shard)
{
    (void)shard;
}

static bool global_start(char *why, size_t why_size)
{
    (void)why;
    (void)why_size;
    return true;
}

const struct exchange_engine swarm_native_engine = {
    .name = "native",
    .option = "native",
    .global_start = global_start,
    .open = open_shard,
    .close = close_shard,
    .turn = turn,
    .session_open = session_open,
    .session_close = close_session,
    .start = start,
    .cancel = cancel,
};
