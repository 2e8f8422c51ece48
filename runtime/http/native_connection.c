/* Connections of the native engine: opening, writing a request, reading its answer. */
#include "native_internal.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/memory.h"
#include "engine/clock.h"
#include "native_socket.h"

enum { INLINE_BODY = 16 * 1024 }; /* bytes of a body that are sent as part of the head */

static const int64_t bad_for = INT64_C(30) * 1000000000; /* that an address which refused comes last */

struct native_connection *native_idle(struct exchange_session *session, const struct exchange *ex)
{
    struct native_connection *first = session->connections;
    const struct url *url = &ex->url;
    struct url_part host = url->host;

    if (first && first->at_target && ex->lines && first->state == NATIVE_IDLE) {
        return first;
    }
    if (host.n > 2 && host.p[0] == '[') {
        host.p++;
        host.n -= 2;
    }
    for (struct native_connection *c = session->connections; c; c = c->next) {
        if (c->state == NATIVE_IDLE && c->port == url->port && c->https == url->https &&
            strncasecmp(c->name->host, host.p, host.n) == 0 && !c->name->host[host.n]) {
            return c;
        }
    }
    return NULL;
}

bool native_ended(const struct native_connection *connection)
{
    char byte;
    ssize_t n = recv(connection->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

    return n == 0 || (n > 0 && !connection->tls) || (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK);
}

void native_close(struct native_connection *connection)
{
    struct exchange_session *session = connection->session;
    struct exchange_shard *shard = session->shard;
    struct native_connection **at = &session->connections;

    while (*at != connection) {
        at = &(*at)->next;
    }
    *at = connection->next;
    if (connection->tls) {
        session->profile->tls->close(connection->tls, connection->state != NATIVE_HANDSHAKE);
    }
    close(connection->fd);
    if (connection->work) {
        connection->work->connection = NULL;
    }
    connection->state = NATIVE_DEAD;
    if (shard->serving) {
        connection->next = shard->closed;
        shard->closed = connection;
    } else {
        free(connection);
    }
}

/* ------------------------------------------------------------------ opening */

/* Errors of ours that another address does not heal. */
static bool is_hopeless(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

/* That is tried; a name that was looked up meanwhile may have fewer. */
static struct native_address *address_of(const struct native_work *work)
{
    return &work->name->addresses[work->address % work->name->count];
}

static int begin_connect(struct native_work *work)
{
    const struct native_address *address = address_of(work);
    struct native_connection *connection;
    struct sockaddr_in6 at;
    socklen_t size = address->at.any.sa_family == AF_INET ? sizeof address->at.v4 : sizeof address->at.v6;
    int one = 1, fd, error;

    memcpy(&at, &address->at, size);
    at.sin6_port = htons(work->ex->url.port); /* where IPv4's is, too */
    fd = socket(address->at.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
    if (fd < 0) {
        return errno;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(fd, (struct sockaddr *)&at, size) < 0 && errno != EINPROGRESS) {
        error = errno;
        close(fd);
        return error;
    }
    connection = memory_new(1, sizeof *connection);
    *connection = (struct native_connection){
        .session = work->ex->session,
        .next = work->ex->session->connections,
        .name = work->name,
        .work = work,
        .fd = fd,
        .port = work->ex->url.port,
        .state = NATIVE_CONNECTING,
        .https = work->ex->url.https,
        .at_target = work->ex->lines != NULL,
    };
    work->ex->session->connections = connection;
    work->connection = connection;
    if (!native_loop_watch(work->shard, connection)) {
        error = errno;
        native_close(connection);
        return error;
    }
    return 0;
}

static void address_failed(struct native_work *work, int error, int64_t now)
{
    address_of(work)->bad_until = now + bad_for;
    work->error = native_error_of(error, EXCHANGE_OTHER);
    if (work->error == EXCHANGE_OTHER) {
        snprintf(work->ex->text, sizeof work->ex->text, "%s", strerror(error));
    }
}

/* Tries the addresses that are left, each in an equal share of the time that is left. */
static void connect_next(struct native_work *work)
{
    int64_t now = clock_now();
    uint32_t count = work->name->count;

    while (work->tried < count) {
        int error;

        work->address = work->tried ? (work->address + 1) % count : native_name_turn(work->name, now);
        work->tried++;
        error = begin_connect(work);
        if (!error) {
            work->deadline = now + (work->connect_until - now) / (int64_t)(1 + count - work->tried);
            native_list_add(&work->shard->opening, work);
            native_loop_deadline(work->shard, work->deadline);
            return;
        }
        address_failed(work, error, now);
        if (is_hopeless(error)) {
            address_of(work)->bad_until = 0;
            break;
        }
    }
    native_fail(work, work->error, NULL);
}

void native_connect(struct native_work *work)
{
    work->tried = 0;
    work->error = EXCHANGE_NO_ADDRESS;
    connect_next(work);
}

static void connect_failed(struct native_work *work, int error)
{
    native_list_remove(work);
    native_close(work->connection);
    address_failed(work, error, clock_now());
    connect_next(work);
}

void native_connect_expired(struct native_work *work, int64_t now)
{
    if (!work->connection) {
        native_fail(work, EXCHANGE_CONNECT_TIMEOUT, NULL);
        return;
    }
    if (work->connection->state == NATIVE_CONNECTING && now < work->connect_until) {
        connect_failed(work, ETIMEDOUT);
        return;
    }
    native_fail(work, EXCHANGE_CONNECT_TIMEOUT, NULL);
}

static void tls_failed(struct native_work *work)
{
    const struct exchange_tls *tls = work->ex->session->profile->tls;
    char text[EXCHANGE_TEXT];
    enum exchange_error error = tls->explain(work->connection->tls, text, sizeof text);

    native_fail(work, error, text);
}

static void handshake(struct native_work *work)
{
    const struct exchange_tls *tls = work->ex->session->profile->tls;
    int result = tls->handshake(work->connection->tls);

    switch (result) {
    case NATIVE_AGAIN:
        return;
    case NATIVE_FAILED:
        tls_failed(work);
        return;
    case NATIVE_CUT:
    case 0:
        native_fail(work, EXCHANGE_TLS, "the server closed the connection during the handshake");
        return;
    default:
        work->ex->stamps.tls = clock_now() - work->connected;
        native_list_remove(work);
        native_send(work);
    }
}

static void begin_tls(struct native_work *work)
{
    struct native_connection *connection = work->connection;
    struct exchange_session *session = connection->session;
    const struct exchange_profile *profile = session->profile;
    struct native_tls_context *context;
    char why[EXCHANGE_TEXT];

    context = native_context_of(work->shard, profile, why, sizeof why);
    if (!context) {
        native_fail(work, EXCHANGE_TLS, why);
        return;
    }
    connection->tls = profile->tls->open(context, connection->fd, work->ex->url.host, connection->port,
                                         profile->tls_resume ? &session->resume : NULL);
    connection->state = NATIVE_HANDSHAKE;
    if (work->list) {
        work->deadline = work->connect_until;
        native_loop_deadline(work->shard, work->deadline);
    }
    handshake(work);
}

static void connecting_event(struct native_work *work, uint32_t events)
{
    struct native_connection *connection = work->connection;
    socklen_t size = sizeof(int);
    int error = 0;

    if (!(events & (EPOLLOUT | EPOLLERR | EPOLLHUP))) {
        return;
    }
    getsockopt(connection->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error) {
        connect_failed(work, error);
        return;
    }
    work->connected = clock_now();
    work->ex->stamps.connect = work->connected - work->connect_at;
    address_of(work)->bad_until = 0;
    if (connection->https) {
        begin_tls(work);
        return;
    }
    native_list_remove(work);
    native_send(work);
}

/* ------------------------------------------------------------------ writing */

/* Bytes that were taken; NATIVE_AGAIN, NATIVE_FAILED (errno for a plain connection). */
static ssize_t write_parts(struct native_connection *connection, const struct iovec *parts, int count)
{
    struct msghdr message = {.msg_iov = (struct iovec *)parts, .msg_iovlen = (size_t)count};
    ssize_t n;

    if (connection->tls) {
        return connection->session->profile->tls->write(connection->tls, parts[0].iov_base, parts[0].iov_len);
    }
    do {
        n = count == 1 ? native_socket_send(connection->fd, parts[0].iov_base, parts[0].iov_len)
                       : sendmsg(connection->fd, &message, MSG_NOSIGNAL);
    } while (n < 0 && errno == EINTR);
    if (n >= 0) {
        return n;
    }
    return errno == EAGAIN || errno == EWOULDBLOCK ? NATIVE_AGAIN : NATIVE_FAILED;
}

/* Writing failed. What the server said before it closed may still be there to be read. */
static void write_failed(struct native_work *work)
{
    if (!work->ex->sent) {
        native_break(work, EXCHANGE_RESET);
        return;
    }
    work->broken = true;
    if (!work->list) {
        native_list_add(&work->shard->ready, work);
        native_loop_kick(work->shard);
    }
}

static void note_sent(struct native_work *work)
{
    if (!work->ex->sent) {
        work->ex->sent = true;
        work->ex->sends++;
    }
}

/* Writes `head` from *head_sent on, then the body that is not part of it. True: all is out. */
static bool write_on(struct native_work *work, const char *head, size_t size, size_t *head_sent)
{
    const struct exchange *ex = work->ex;
    bool tls = work->connection->tls != NULL;

    while (*head_sent < size || work->body_sent < ex->body_size) {
        struct iovec parts[2];
        int count = 0;
        ssize_t n;
        size_t of_head;

        if (*head_sent < size) {
            parts[count++] = (struct iovec){(char *)head + *head_sent, size - *head_sent};
        }
        if (work->body_sent < ex->body_size && (!tls || !count)) {
            parts[count++] = (struct iovec){(char *)ex->body + work->body_sent, ex->body_size - work->body_sent};
        }
        n = write_parts(work->connection, parts, count);
        if (n == NATIVE_AGAIN) {
            work->unsent = true;
            return false;
        }
        if (n <= 0) {
            work->unsent = true;
            write_failed(work);
            return false;
        }
        note_sent(work);
        of_head = (size_t)n < size - *head_sent ? (size_t)n : size - *head_sent;
        *head_sent += of_head;
        work->body_sent += (size_t)n - of_head;
    }
    work->unsent = false;
    return true;
}

void native_send(struct native_work *work)
{
    struct exchange_shard *shard = work->shard;
    struct exchange *ex = work->ex;
    struct bytes *head = &shard->request;
    size_t sent = 0;

    work->connection->state = NATIVE_BUSY;
    bytes_clear(head, NATIVE_BUFFER);
    native_request_write(head, ex);
    work->body_sent = 0;
    if (ex->body_size <= INLINE_BODY) {
        bytes_add(head, ex->body, ex->body_size);
        work->body_sent = ex->body_size;
    }
    work->rest_sent = 0;
    work->rest.n = 0;
    native_parse_begin(&work->parse, ex->method[0] == 'H' && strcmp(ex->method, "HEAD") == 0);
    ex->stamps.sent = work->reused ? 1 : clock_now() - ex->began; /* on an idle connection it leaves at once */
    if (!write_on(work, head->p, head->n, &sent) && work->unsent && sent < head->n && work->connection) {
        bytes_add(&work->rest, head->p + sent, head->n - sent);
    }
}

static void send_on(struct native_work *work)
{
    write_on(work, bytes_text(&work->rest), work->rest.n, &work->rest_sent);
}

/* ------------------------------------------------------------------ reading */

static ssize_t read_some(struct native_connection *connection, char *bytes, size_t n)
{
    ssize_t got;

    if (connection->tls) {
        return connection->session->profile->tls->read(connection->tls, bytes, n);
    }
    do {
        got = native_socket_recv(connection->fd, bytes, n);
    } while (got < 0 && errno == EINTR);
    if (got >= 0) {
        return got;
    }
    return errno == EAGAIN || errno == EWOULDBLOCK ? NATIVE_AGAIN : NATIVE_FAILED;
}

static enum native_rest rest_of(const struct native_connection *connection)
{
    return connection->tls ? connection->session->profile->tls->rest(connection->tls) : NATIVE_REST_NONE;
}

static void read_failed(struct native_work *work)
{
    const struct native_connection *connection = work->connection;
    enum exchange_error error;
    char text[EXCHANGE_TEXT];

    if (!connection->tls) {
        native_break(work, native_error_of(errno, EXCHANGE_RESET));
        return;
    }
    error = connection->session->profile->tls->explain(connection->tls, text, sizeof text);
    if (error == EXCHANGE_RESET) {
        native_break(work, EXCHANGE_RESET);
    } else {
        native_fail(work, error, text);
    }
}

/* The server has closed in order, or (cut) without TLS's end. */
static void ended(struct native_work *work, bool cut)
{
    struct exchange *ex = work->ex;

    work->connection->peer_closed = true;
    work->now = clock_now();
    if (!ex->head.complete) {
        native_break(work, EXCHANGE_CLOSED);
    } else if (native_parse_ends(&work->parse) && !cut) {
        native_finish(work);
    } else {
        native_fail(work, EXCHANGE_INCOMPLETE, NULL);
    }
}

/* The answer is complete; keeps its connection when it can be used again. Bytes behind the answer are nobody's. */
static void complete(struct native_work *work, bool clean)
{
    struct native_connection *connection = work->connection;

    clean &= work->parse.keep && !work->unsent && !work->broken && !connection->peer_closed &&
             work->ex->session->profile->keep_alive;
    if (!clean || rest_of(connection) != NATIVE_REST_NONE) {
        native_close(connection);
    }
    native_finish(work);
}

/* Takes what was read. False: the exchange is over, or failed. */
static bool take(struct native_work *work, struct url_part input, bool drained)
{
    struct exchange *ex = work->ex;
    struct url_part piece;

    for (;;) {
        switch (native_parse(&work->parse, &ex->head, &input, &piece)) {
        case NATIVE_PARSE_MORE:
            return true;
        case NATIVE_PARSE_HEAD:
            if (!ex->sink->head(ex)) {
                native_fail(work, EXCHANGE_STOPPED, NULL);
                return false;
            }
            break;
        case NATIVE_PARSE_BODY:
            ex->received += piece.n;
            if (!ex->sink->body(ex, piece.p, piece.n)) {
                native_fail(work, EXCHANGE_STOPPED, NULL);
                return false;
            }
            break;
        case NATIVE_PARSE_DONE:
            complete(work, drained && !input.n);
            return false;
        case NATIVE_PARSE_BAD:
            native_fail(work, EXCHANGE_NOT_HTTP, work->parse.why);
            return false;
        case NATIVE_PARSE_TOO_LARGE:
            native_fail(work, EXCHANGE_HEAD_TOO_LARGE, NULL);
            return false;
        }
    }
}

void native_read(struct native_work *work)
{
    struct exchange_shard *shard = work->shard;
    struct native_connection *connection = work->connection;
    size_t budget = NATIVE_READ_BUDGET;

    for (;;) {
        ssize_t n = read_some(connection, shard->buffer, NATIVE_BUFFER);
        bool drained = n < NATIVE_BUFFER && !connection->peer_closed && rest_of(connection) != NATIVE_REST_END;

        if (n == NATIVE_AGAIN) {
            if (work->broken) {
                native_break(work, EXCHANGE_RESET);
            }
            return;
        }
        if (n == NATIVE_FAILED) {
            read_failed(work);
            return;
        }
        if (n == 0 || n == NATIVE_CUT) {
            ended(work, n == NATIVE_CUT);
            return;
        }
        work->now = clock_now();
        if (!work->ex->stamps.first_byte) {
            work->ex->stamps.first_byte = work->now - work->ex->began;
        }
        if (!take(work, (struct url_part){shard->buffer, (size_t)n}, drained) || drained) {
            return;
        }
        if ((size_t)n >= budget) {
            native_list_add(&shard->ready, work);
            native_loop_kick(shard);
            return;
        }
        budget -= (size_t)n;
    }
}

/* ------------------------------------------------------------------ events */

/* Nothing is asked of an idle connection: what comes is its end, or is nobody's. TLS may have something of its own to
 * say (tickets). */
static void idle_event(struct native_connection *connection, uint32_t events)
{
    char extra;

    if (!(events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))) {
        return;
    }
    if (!connection->tls || read_some(connection, &extra, 1) != NATIVE_AGAIN) {
        native_close(connection);
    }
}

static void busy_event(struct native_work *work, uint32_t events)
{
    if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) {
        work->connection->peer_closed = true;
    }
    if (work->unsent && !work->broken && (events & EPOLLOUT)) {
        struct native_connection *connection = work->connection;

        send_on(work);
        if (connection->state != NATIVE_BUSY || connection->work != work) {
            return;
        }
    }
    if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) && !work->list) {
        native_read(work);
    }
}

void native_event(struct native_connection *connection, uint32_t events)
{
    switch (connection->state) {
    case NATIVE_IDLE:
        idle_event(connection, events);
        break;
    case NATIVE_CONNECTING:
        connecting_event(connection->work, events);
        break;
    case NATIVE_HANDSHAKE:
        handshake(connection->work);
        break;
    case NATIVE_BUSY:
        busy_event(connection->work, events);
        break;
    default:
        break;
    }
}
