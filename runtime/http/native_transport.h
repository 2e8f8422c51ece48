/*
 * native_transport.h - what TLS is to the native engine: something that stands between a connected socket and
 * the bytes of HTTP. The engine calls it through struct exchange_tls (swarm_tls of native_tls.c), which a kind
 * names that may need it; a program whose kinds do not has no OpenSSL in it.
 *
 * The socket is non-blocking and watched edge-triggered for reading and writing: an operation that says
 * NATIVE_AGAIN has met EAGAIN on the socket, so an event follows. All calls are on the shard's thread.
 */
#ifndef SWARM_HTTP_NATIVE_TRANSPORT_H
#define SWARM_HTTP_NATIVE_TRANSPORT_H

#include <sys/types.h>

#include "exchange.h"

struct native_tls_context; /* a shard's, of one profile */
struct native_tls;         /* a connection's */

/* Beside counts of bytes (> 0) and 0 for an orderly end (close_notify), what read() and write() return. */
enum {
    NATIVE_AGAIN = -1,
    NATIVE_FAILED = -2, /* explain() says why */
    NATIVE_CUT = -3,    /* reading: the connection ended without close_notify */
};

/* What a connection has to give beyond what was read. */
enum native_rest {
    NATIVE_REST_NONE,
    NATIVE_REST_PART, /* a part of something whose other part has not come */
    NATIVE_REST_END,  /* the server has ended: the next read() tells how */
};

struct exchange_tls {
    /* NULL: it cannot be made (a certificate that cannot be read), `why` says why. */
    struct native_tls_context *(*context_open)(const struct exchange_profile *profile, char *why, size_t why_size);
    void (*context_close)(struct native_tls_context *context); /* no connection of it is left */

    /* `fd` is connected and stays the engine's. `host` is valid during the call. *resume is the user's memory of
     * earlier connections (tickets), NULL at first, and the implementation's to use; it outlives the connection. NULL
     * instead of the address: nothing is to be remembered. */
    struct native_tls *(*open)(struct native_tls_context *context, int fd, struct url_part host, uint16_t port,
                               void **resume);
    /* Before the engine closes the descriptor; orderly: with close_notify. */
    void (*close)(struct native_tls *tls, bool orderly);
    void (*resume_free)(void *resume);

    /* 1: done; else as read(). */
    int (*handshake)(struct native_tls *tls);
    /* Fills `bytes` as far as it can: fewer than n mean that nothing more was there (EAGAIN, or the end, which the next
     * call tells). */
    ssize_t (*read)(struct native_tls *tls, char *bytes, size_t n);
    ssize_t (*write)(struct native_tls *tls, const char *bytes, size_t n);
    enum native_rest (*rest)(const struct native_tls *tls); /* behind a read() that gave fewer than n bytes */
    /* What an operation that failed last failed of: EXCHANGE_CERTIFICATE, _TLS or _RESET, and its text. */
    enum exchange_error (*explain)(const struct native_tls *tls, char *text, size_t size);
};

extern const struct exchange_tls swarm_tls; /* native_tls.c */

#endif
