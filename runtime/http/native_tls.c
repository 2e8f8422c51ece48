/* TLS of the native engine: OpenSSL over a BIO of our own. What comes from the socket lands in one buffer a context (a
 * shard and profile), so that a connection at rest holds no bytes of its own and one recv() takes all that is there. */
#include "native_transport.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "native_socket.h"
#include "native_tls.h"

enum { BUFFER = 64 * 1024, TEXT = 256 };

struct native_tls_context {
    SSL_CTX *ctx;
    BIO_METHOD *method;
    /* What was read and not yet taken is at[from .. to), of the connection `owner`. It is put aside (struct native_tls)
     * when another connection reads. */
    struct native_tls *owner;
    size_t from, to;
    char *at; /* BUFFER bytes */
};

struct native_tls {
    struct native_tls_context *context;
    SSL *ssl;
    void **resume; /* the user's, or NULL */
    char *aside;   /* bytes that were read and wait for their turn, from aside_from on; NULL: none */
    uint32_t aside_from, aside_size;
    int fd;
    int error; /* errno of the socket's failure, 0: none */
    uint16_t port;
    bool drained;    /* the socket gave less than was asked for: nothing but its end can be left to be read now */
    bool blocked;    /* it said EAGAIN: not even that */
    bool peer_ended; /* the server has closed, with or without close_notify */
    bool failed;     /* the session is broken: nothing more may be written */
    bool ready;      /* the handshake is over; OpenSSL itself forgets that when the session fails */
    char host[];     /* without brackets, NUL-terminated */
};

/* ------------------------------------------------------------------ the socket as a BIO */

static void put_aside(struct native_tls_context *context)
{
    struct native_tls *owner = context->owner;
    size_t n = context->to - context->from;

    if (owner && n) {
        owner->aside = memory_new(n, 1);
        memcpy(owner->aside, context->at + context->from, n);
        owner->aside_from = 0;
        owner->aside_size = (uint32_t)n;
    }
    context->owner = NULL;
}

static int take_aside(struct native_tls *tls, char *bytes, int n)
{
    uint32_t left = tls->aside_size - tls->aside_from, size = (uint32_t)n < left ? (uint32_t)n : left;

    memcpy(bytes, tls->aside + tls->aside_from, size);
    tls->aside_from += size;
    if (tls->aside_from == tls->aside_size) {
        free(tls->aside);
        tls->aside = NULL;
    }
    return (int)size;
}

/* Fills the buffer from the socket. > 0: bytes are there; 0: the end; -1: errno. */
static ssize_t fill(struct native_tls *tls)
{
    struct native_tls_context *context = tls->context;
    ssize_t n;

    if (context->owner != tls) {
        put_aside(context);
    }
    do {
        n = native_socket_recv(tls->fd, context->at, BUFFER);
    } while (n < 0 && errno == EINTR);
    context->owner = tls;
    context->from = 0;
    context->to = n > 0 ? (size_t)n : 0;
    tls->drained = n < BUFFER;
    return n;
}

static int bio_read(BIO *bio, char *bytes, int n)
{
    struct native_tls *tls = BIO_get_data(bio);
    struct native_tls_context *context = tls->context;
    size_t left, size;
    ssize_t got;

    BIO_clear_retry_flags(bio);
    if (tls->aside) {
        return take_aside(tls, bytes, n);
    }
    if (context->owner != tls || context->from == context->to) {
        if (tls->drained) {
            BIO_set_retry_read(bio);
            return -1;
        }
        got = fill(tls);
        if (got == 0) {
            tls->peer_ended = true;
            return 0;
        }
        if (got < 0) {
            if (errno == EAGAIN || errno == EWOULDBLOCK) {
                tls->blocked = true;
                BIO_set_retry_read(bio);
            } else {
                tls->error = errno;
            }
            return -1;
        }
    }
    left = context->to - context->from;
    size = (size_t)n < left ? (size_t)n : left;
    memcpy(bytes, context->at + context->from, size);
    context->from += size;
    return (int)size;
}

static int bio_write(BIO *bio, const char *bytes, int n)
{
    struct native_tls *tls = BIO_get_data(bio);
    ssize_t sent;

    BIO_clear_retry_flags(bio);
    do {
        sent = native_socket_send(tls->fd, bytes, (size_t)n);
    } while (sent < 0 && errno == EINTR);
    if (sent < 0) {
        if (errno == EAGAIN || errno == EWOULDBLOCK) {
            BIO_set_retry_write(bio);
        } else {
            tls->error = errno;
        }
        return -1;
    }
    return (int)sent;
}

static long bio_control(BIO *bio, int command, long number, void *data)
{
    const struct native_tls *tls = BIO_get_data(bio);

    (void)number;
    (void)data;
    switch (command) {
    case BIO_CTRL_FLUSH:
        return 1;
    case BIO_CTRL_EOF:
        return tls && tls->peer_ended;
    default:
        return 0;
    }
}

static BIO_METHOD *make_method(void)
{
    BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "swarm");

    if (!method || !BIO_meth_set_read(method, bio_read) || !BIO_meth_set_write(method, bio_write) ||
        !BIO_meth_set_ctrl(method, bio_control)) {
        memory_exhausted();
    }
    return method;
}

/* ------------------------------------------------------------------ contexts */

static const unsigned char alpn[] = "\x08http/1.1";

/* What the user remembers: each new session, a ticket, is the newest one of its server. */
static int on_session(SSL *ssl, SSL_SESSION *session)
{
    struct native_tls *tls = SSL_get_app_data(ssl);

    if (!tls->resume || !SSL_SESSION_is_resumable(session)) {
        return 0;
    }
    tls_tickets_keep((struct tls_tickets **)tls->resume, tls->host, tls->port, session);
    return 1;
}

static void context_close(struct native_tls_context *context)
{
    SSL_CTX_free(context->ctx);
    BIO_meth_free(context->method);
    free(context->at);
    free(context);
}

static struct native_tls_context *context_open(const struct exchange_profile *profile, char *why, size_t why_size)
{
    struct native_tls_context *context = memory_new(1, sizeof *context);

    context->method = make_method();
    context->at = memory_new(1, BUFFER);
    context->ctx = SSL_CTX_new(TLS_client_method());
    if (!context->ctx) {
        memory_exhausted();
    }
    SSL_CTX_set_min_proto_version(context->ctx, TLS1_2_VERSION);
    SSL_CTX_set_mode(context->ctx,
                     SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_alpn_protos(context->ctx, alpn, sizeof alpn - 1);
    SSL_CTX_set_session_cache_mode(
        context->ctx, profile->tls_resume ? SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL : SSL_SESS_CACHE_OFF);
    SSL_CTX_sess_set_new_cb(context->ctx, on_session);
    if (!tls_trust(context->ctx, profile, why, why_size) || !tls_identify(context->ctx, profile, why, why_size)) {
        context_close(context);
        return NULL;
    }
    return context;
}

/* ------------------------------------------------------------------ connections */

/* Whom the certificate must name: an address by its bytes, else a host name, which also goes out as SNI. */
static void set_host(struct native_tls *tls)
{
    X509_VERIFY_PARAM *param = SSL_get0_param(tls->ssl);
    unsigned char address[16];

    if (inet_pton(AF_INET, tls->host, address) == 1 || inet_pton(AF_INET6, tls->host, address) == 1) {
        X509_VERIFY_PARAM_set1_ip_asc(param, tls->host);
        return;
    }
    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (!X509_VERIFY_PARAM_set1_host(param, tls->host, 0) || !SSL_set_tlsext_host_name(tls->ssl, tls->host)) {
        memory_exhausted();
    }
}

static struct native_tls *open_tls(struct native_tls_context *context, int fd, struct url_part host, uint16_t port,
                                   void **resume)
{
    struct native_tls *tls;
    SSL_SESSION *session;
    BIO *bio;

    if (host.n > 2 && host.p[0] == '[') {
        host.p++;
        host.n -= 2;
    }
    if (host.n > 1 && host.p[host.n - 1] == '.') {
        host.n--;
    }
    tls = memory_new(1, sizeof *tls + host.n + 1);
    memcpy(tls->host, host.p, host.n);
    tls->context = context;
    tls->fd = fd;
    tls->port = port;
    tls->resume = resume;
    tls->ssl = SSL_new(context->ctx);
    bio = BIO_new(context->method);
    if (!tls->ssl || !bio) {
        memory_exhausted();
    }
    BIO_set_data(bio, tls);
    BIO_set_init(bio, 1);
    SSL_set_bio(tls->ssl, bio, bio);
    SSL_set_app_data(tls->ssl, tls);
    SSL_set_connect_state(tls->ssl);
    set_host(tls);
    session = resume ? tls_tickets_take((struct tls_tickets **)resume, tls->host, port) : NULL;
    if (session) {
        SSL_set_session(tls->ssl, session);
        SSL_SESSION_free(session);
    }
    return tls;
}

static void close_tls(struct native_tls *tls, bool orderly)
{
    struct native_tls_context *context = tls->context;

    ERR_clear_error();
    if (!tls->failed && SSL_is_init_finished(tls->ssl)) {
        if (orderly) {
            SSL_shutdown(tls->ssl);
        }
        /* Else SSL_free() would take the session for a broken one, never to be resumed. */
        SSL_set_shutdown(tls->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    }
    SSL_free(tls->ssl);
    ERR_clear_error();
    if (context->owner == tls) {
        context->owner = NULL;
    }
    free(tls->aside);
    free(tls);
}

static void resume_free(void *resume)
{
    tls_tickets_free(resume);
}

/* ------------------------------------------------------------------ operations */

/* SSL_get_error() takes whatever error the thread still has for the operation's own. Clearing costs as much as a tenth of
 * a request, whether there is one or not; looking costs nothing. */
static void forget_errors(void)
{
    if (ERR_peek_error()) {
        ERR_clear_error();
    }
}

/* What a result <= 0 of OpenSSL means. */
static int trouble(struct native_tls *tls, int result)
{
    switch (SSL_get_error(tls->ssl, result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        return NATIVE_AGAIN;
    case SSL_ERROR_ZERO_RETURN:
        tls->peer_ended = true;
        return 0;
    default:
        tls->failed = true;
        return tls->peer_ended && !tls->error && (tls->ready || SSL_get_verify_result(tls->ssl) == X509_V_OK)
                   ? NATIVE_CUT
                   : NATIVE_FAILED;
    }
}

/* Whether a socket that gave little is to be asked again: NATIVE_AGAIN promises an event, and its end may be there
 * already, of which none would tell. */
static bool ask_again(struct native_tls *tls, int result)
{
    if (result != NATIVE_AGAIN || tls->blocked || !tls->drained) {
        return false;
    }
    tls->drained = false;
    return true;
}

static int handshake(struct native_tls *tls)
{
    int result;

    tls->drained = tls->blocked = false;
    do {
        forget_errors();
        result = SSL_do_handshake(tls->ssl);
        result = result == 1 ? 1 : trouble(tls, result);
    } while (ask_again(tls, result));
    tls->ready = result == 1;
    return result;
}

/* Whether another SSL_read() could give nothing: the socket had no more, all of it was taken, and was whole records. */
static bool is_empty(const struct native_tls *tls)
{
    const struct native_tls_context *context = tls->context;
    bool taken = context->owner != tls || context->from == context->to;

    return tls->drained && taken && !tls->aside && !SSL_has_pending(tls->ssl);
}

/* Fills `bytes`; *got is what it could. Returns what stopped it, 1: they are full, or no more is there. */
static int read_on(struct native_tls *tls, char *bytes, size_t n, size_t *got)
{
    forget_errors();
    while (*got < n && !(*got && is_empty(tls))) {
        int result = SSL_read(tls->ssl, bytes + *got, (int)(n - *got));

        if (result <= 0) {
            return trouble(tls, result);
        }
        *got += (size_t)result;
    }
    return 1;
}

static ssize_t read_tls(struct native_tls *tls, char *bytes, size_t n)
{
    size_t got = 0;
    int result;

    if (tls->failed) {
        return tls->peer_ended && !tls->error ? NATIVE_CUT : NATIVE_FAILED;
    }
    tls->drained = tls->blocked = false;
    do {
        result = read_on(tls, bytes, n, &got);
    } while (got == 0 && ask_again(tls, result));
    /* A ticket on its way makes OpenSSL get itself a buffer to write, too, that it would keep until it writes: 16 KB. */
    SSL_free_buffers(tls->ssl);
    return got ? (ssize_t)got : result;
}

static ssize_t write_tls(struct native_tls *tls, const char *bytes, size_t n)
{
    int result;

    if (tls->failed) {
        return NATIVE_FAILED;
    }
    forget_errors();
    result = SSL_write(tls->ssl, bytes, n < INT32_MAX ? (int)n : INT32_MAX);
    if (result > 0) {
        return result;
    }
    result = trouble(tls, result);
    return result == NATIVE_AGAIN ? NATIVE_AGAIN : NATIVE_FAILED;
}

static enum native_rest rest(const struct native_tls *tls)
{
    if (tls->failed || tls->peer_ended) {
        return NATIVE_REST_END;
    }
    return tls->aside || SSL_has_pending(tls->ssl) ? NATIVE_REST_PART : NATIVE_REST_NONE;
}

static enum exchange_error explain(const struct native_tls *tls, char *text, size_t size)
{
    long verdict = SSL_get_verify_result(tls->ssl);
    unsigned long code = ERR_peek_error();
    const char *reason;

    if (!tls->ready && verdict != X509_V_OK && SSL_get_verify_mode(tls->ssl) != SSL_VERIFY_NONE) {
        tls_explain_certificate(tls->context->ctx, verdict, tls->host, text, size);
        return EXCHANGE_CERTIFICATE;
    }
    if (tls->error) {
        snprintf(text, size, "%s", strerror(tls->error));
        return tls->ready ? EXCHANGE_RESET : EXCHANGE_TLS;
    }
    reason = code ? ERR_reason_error_string(code) : NULL;
    snprintf(text, size, "%s", reason ? reason : "the server broke off");
    return EXCHANGE_TLS;
}

const struct exchange_tls swarm_tls = {
    .context_open = context_open,
    .context_close = context_close,
    .open = open_tls,
    .close = close_tls,
    .resume_free = resume_free,
    .handshake = handshake,
    .read = read_tls,
    .write = write_tls,
    .rest = rest,
    .explain = explain,
};
