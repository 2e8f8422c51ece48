/*
 * exchange.h - what an HTTP engine does, and all it does: one exchange. It connects, negotiates TLS, writes
 * one request, and reports the head of the answer, pieces of its body and the end, with stamps. It knows
 * nothing of redirects, cookies, authentication, retries, decompression, verdicts, users or strands: that is
 * above it and the same for all engines.
 *
 * Ownership. The caller owns struct exchange and everything it points to, and keeps it until done() or
 * cancel(); the engine keeps its own part behind `own`. One thread a shard: every call and every callback is
 * on the shard's thread.
 *
 * Rules of an engine.
 *  - start() never calls the sink: whatever happens, also a failure at once, is told from the loop.
 *  - done() is called exactly once for a started exchange, unless it was cancelled; the exchange has left the
 *    engine by then, so done() may free it, start it anew or close its session.
 *  - cancel() detaches before it returns: nothing is told any more, the connection is closed unless it can be
 *    kept.
 *  - An exchange uses connections of its session alone. A connection is kept when the answer allows it.
 *  - 1xx answers are not reported. Bytes of the body are reported without the transfer coding (chunked), with
 *    the content coding (gzip).
 */
#ifndef SWARM_HTTP_EXCHANGE_H
#define SWARM_HTTP_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uv.h>

#include "head.h"
#include "lookup.h"
#include "url.h"

enum exchange_error {
    EXCHANGE_OK,
    EXCHANGE_REFUSED,     /* connection refused */
    EXCHANGE_RESET,       /* the connection broke while the request or the answer was on its way */
    EXCHANGE_UNREACHABLE, /* no route to host or network */
    EXCHANGE_NO_ADDRESS,  /* the name has no address */
    EXCHANGE_CONNECT_TIMEOUT,
    EXCHANGE_CERTIFICATE,    /* it was not accepted; the text says why */
    EXCHANGE_TLS,            /* TLS failed in another way */
    EXCHANGE_CLOSED,         /* closed before a whole head came */
    EXCHANGE_INCOMPLETE,     /* closed before the whole body came */
    EXCHANGE_NOT_HTTP,       /* what came is no HTTP answer */
    EXCHANGE_HEAD_TOO_LARGE, /* beyond HEAD_LIMIT */
    EXCHANGE_NO_DESCRIPTOR,  /* of our own making: too many open files */
    EXCHANGE_NO_PORT,        /* of our own making: no local port is free */
    EXCHANGE_PROXY,          /* the proxy refused or failed */
    EXCHANGE_STOPPED,        /* the sink said stop */
    EXCHANGE_OTHER,          /* the text says what */
};

/* Nanoseconds from exchange.began; 0: did not happen. */
struct exchange_stamps {
    int64_t connect;    /* spent on connecting (name, TCP) */
    int64_t tls;        /* spent on the TLS handshake */
    int64_t sent;       /* when the request went out (the last time) */
    int64_t first_byte; /* when the first byte of the answer came */
    int64_t last_byte;  /* when the exchange was over */
};

/* What differs between kinds of users and not between requests; lives as long as the shard. */
struct exchange_profile {
    bool verify;
    const char *ca, *cert, *key, *proxy; /* NULL: the system's, none, none, none */
    bool keep_alive, tls_resume;
    enum { EXCHANGE_HTTP_1_1, EXCHANGE_HTTP_2, EXCHANGE_HTTP_ANY } version;
    const struct exchange_tls *tls; /* of the native engine: NULL: none is linked */
};

struct exchange_session; /* the connections of one user */
struct exchange_shard;   /* an engine in one shard */
struct exchange;

struct exchange_sink {
    /* The head is complete: ex->head holds it. False: stop (done with EXCHANGE_STOPPED). */
    bool (*head)(struct exchange *ex);
    /* A piece of the body, valid during the call. False: stop. */
    bool (*body)(struct exchange *ex, const char *bytes, size_t n);
    void (*done)(struct exchange *ex);
};

enum { EXCHANGE_TEXT = 256 };

struct exchange {
    /* The request; set by the caller. */
    struct exchange_session *session;
    const char *method;
    struct url url;               /* where to and what for: absolute, without user info */
    const struct header *headers; /* all but Host (unless it is among them), Content-Length and Connection */
    size_t header_count;
    const char *cookie; /* value of a header Cookie behind them; NULL: none */
    const char *lines;  /* Host and the headers (without `cookie`) as bytes, each line with CR LF; or NULL */
    size_t lines_size;
    const char *request; /* the request line and `lines` as bytes, or NULL */
    size_t request_size;
    const char *body;
    size_t body_size;
    bool has_body;           /* then Content-Length is sent, also for 0 */
    int64_t connect_timeout; /* ns */
    int64_t began;           /* when start() is called: clock_now(); stamps count from it */
    const struct exchange_sink *sink;

    /* What came of it; set by the engine. */
    struct head head; /* initialised and freed by the caller (head_init, head_free) */
    struct exchange_stamps stamps;
    uint64_t received; /* bytes of the body */
    uint32_t sends;    /* how often the request went out: more than once when a kept connection was dead */
    bool sent;         /* whether a byte went out the last time */
    enum exchange_error error;
    char text[EXCHANGE_TEXT]; /* detail for some errors, or "" */

    void *own; /* of the engine */
};

struct exchange_engine {
    const char *name;   /* for people */
    const char *option; /* as --http-engine calls it */
    /* Readies what the process shares; may be called by any thread, any number of times. */
    bool (*global_start)(char *why, size_t why_size);

    /* `book`: names that were looked up before; it outlives the shard. `number`: of the shard, from 0. */
    struct exchange_shard *(*open)(uv_loop_t *loop, const struct name_book *book, uint32_t number, char *why,
                                   size_t why_size);
    void (*close)(struct exchange_shard *shard); /* no session is open */
    void (*turn)(struct exchange_shard *shard);  /* gets what was started on its way; calls no sink */

    struct exchange_session *(*session_open)(struct exchange_shard *shard, const struct exchange_profile *profile);
    void (*session_close)(struct exchange_session *session); /* no exchange of it is under way */

    void (*start)(struct exchange *ex);
    void (*cancel)(struct exchange *ex); /* of a started one that is not done */
};

extern const struct exchange_engine swarm_curl_engine, swarm_native_engine;

#endif
