/*
 * native_internal.h - the inside of the native HTTP/1.1 engine: native_loop.c (an epoll set in the shard's libuv
 * loop), native_name.c (host names), native_connection.c (connecting, reading, writing), native_request.c (the bytes
 * of a request) and native_engine.c (exchanges and sessions). No other file includes it; native_parse.h and
 * native_transport.h stand for themselves.
 *
 * Ownership. A connection belongs to its session, which lists all of its own, idle or not. While an exchange is under
 * way on it, it has a struct native_work, which goes back to the shard's list afterwards. A connection that is
 * closed while events of it may still be at hand goes to the shard's `closed` list and is freed behind them.
 */
#ifndef SWARM_HTTP_NATIVE_INTERNAL_H
#define SWARM_HTTP_NATIVE_INTERNAL_H

#include <uv.h>

#include "bytes.h"
#include "exchange.h"
#include "native_parse.h"
#include "native_transport.h"

enum {
    NATIVE_BUFFER = 64 * 1024,       /* bytes read at once */
    NATIVE_CONNECTIONS_KEPT = 64,    /* idle ones a user, over all hosts */
    NATIVE_READ_BUDGET = 256 * 1024, /* bytes of one connection before others have their turn */
};

struct native_work;

/* Of work; each is in one list at most. */
struct native_list {
    struct native_work *first, *last;
};

/* ------------------------------------------------------------------ names: native_name.c */

struct native_address {
    union name_address at;
    int64_t bad_until; /* it refused: others have precedence until then */
};

/* Lives as long as the shard. */
struct native_name {
    struct exchange_shard *shard;
    struct native_name *next;
    struct native_address *addresses;
    uint32_t count, turn;       /* addresses; where the next connection begins */
    bool fixed;                 /* never looked up: an address, localhost */
    struct lookup *asking;      /* the look-up under way, or NULL */
    int64_t stale_at;           /* when the addresses are looked up again */
    struct native_list waiting; /* for the first answer */
    char *host;                 /* lower case, without brackets */
};

/* The entry of a host, made if there is none. NULL: no name can be like this. */
struct native_name *native_name_of(struct exchange_shard *shard, struct url_part host);
/* Whether it has addresses. When they are old they are looked up again meanwhile; when there are none, the work waits
 * for them in `waiting` and native_connect() or native_fail() follows from the loop. */
bool native_name_ready(struct native_name *name, struct native_work *work);
/* The address where a connection begins, in turn, those that refused lately left out where others are. */
uint32_t native_name_turn(struct native_name *name, int64_t now);
void native_name_free_all(struct exchange_shard *shard);

/* ------------------------------------------------------------------ connections: native_connection.c */

enum native_state {
    NATIVE_IDLE,
    NATIVE_CONNECTING,
    NATIVE_HANDSHAKE,
    NATIVE_BUSY,
    NATIVE_DEAD, /* closed, among those that will be freed */
};

struct native_connection {
    struct exchange_session *session;
    struct native_connection *next; /* of the session, or of the shard's closed ones */
    struct native_name *name;
    struct native_work *work; /* NULL: idle */
    struct native_tls *tls;   /* NULL: plain, or not connected yet */
    int fd;
    uint16_t port;
    uint8_t state; /* enum native_state */
    bool https;
    bool at_target;   /* opened for an exchange with `lines`: to the target of the kind */
    bool peer_closed; /* it will send nothing more */
};

/* An exchange under way: waiting for a name, connecting, or on a connection. */
struct native_work {
    struct exchange *ex;
    struct exchange_shard *shard;
    struct native_connection *connection; /* NULL: none yet, or over */
    struct native_list *list;             /* that it is in, or NULL */
    struct native_work *next, *previous;  /* there, or among the free ones */
    struct native_parse parse;
    struct bytes rest; /* of the head: what could not be sent at once */
    size_t rest_sent;  /* bytes of it */
    size_t body_sent;  /* bytes of the body */
    struct native_name *name;
    int64_t now;               /* when bytes of the answer came last */
    int64_t connect_at;        /* when connecting began */
    int64_t connected;         /* when the TCP connection was there */
    int64_t connect_until;     /* its deadline, over all addresses */
    int64_t deadline;          /* of the address that is tried */
    uint32_t tried;            /* addresses of the name, the one of now included */
    uint32_t address;          /* which is tried */
    enum exchange_error error; /* of the last one */
    bool reused;               /* the connection carried an answer before */
    bool again;                /* it goes out a second time, on a new connection */
    bool unsent;               /* a part of the request has not left yet */
    bool broken;               /* writing failed: an answer may still be there to be read */
};

/* Opens a connection for work->ex, whose name has addresses, and sends the request on it. */
void native_connect(struct native_work *work);
/* Sends the request on the connection that the work has. */
void native_send(struct native_work *work);
/* Events of the connection (EPOLL…). */
void native_event(struct native_connection *connection, uint32_t events);
/* Goes on reading where a turn's budget was used up. */
void native_read(struct native_work *work);
/* Passes of the deadline of connecting, or of the wait for a name. */
void native_connect_expired(struct native_work *work, int64_t now);
/* Closes it and takes it from its session. */
void native_close(struct native_connection *connection);
/* Whether an idle one has ended, or says what nobody asked for, without the loop having told yet. A system call: for
 * requests that must not go out twice. */
bool native_ended(const struct native_connection *connection);
/* An idle one of the session to where the exchange goes, or NULL. */
struct native_connection *native_idle(struct exchange_session *session, const struct exchange *ex);

/* native_request.c: appends the head of a request. */
void native_request_write(struct bytes *out, const struct exchange *ex);

/* ------------------------------------------------------------------ the shard: native_loop.c */

struct native_context {
    struct native_context *next;
    const struct exchange_profile *profile;
    struct native_tls_context *tls;
};

struct exchange_shard {
    uv_loop_t *loop;
    const struct name_book *book; /* names that were looked up before the run */
    uint32_t number;              /* of the shard, from 0 */
    int epoll;
    bool serving; /* events are at hand: what is closed is freed behind them */
    /* From malloc: they outlive the shard until the loop has closed them. */
    uv_poll_t *poll;
    uv_idle_t *idle;                  /* runs while `over` or `ready` is not empty, so that the loop does not sleep */
    uv_timer_t *timer;                /* the next deadline of those that connect or wait for a name */
    int64_t armed;                    /* what it is set to; INT64_MAX: off */
    struct native_list over;          /* failed, their sinks do not know yet */
    struct native_list ready;         /* their connections have more to read than their turn allowed */
    struct native_list opening;       /* their connections are not there yet */
    struct native_connection *closed; /* to be freed */
    struct native_work *free;
    size_t free_count, used_count; /* of these; of those that are not free */
    struct native_name *names;
    struct native_context *contexts;
    struct bytes request; /* the head that is being sent */
    char *buffer;         /* NATIVE_BUFFER bytes */
};

bool native_loop_open(struct exchange_shard *shard, uv_loop_t *loop, char *why, size_t why_size);
void native_loop_close(struct exchange_shard *shard);
/* Watches a connection's descriptor. False: errno. */
bool native_loop_watch(struct exchange_shard *shard, struct native_connection *connection);
/* Has the loop call native_work_due() for what is in `over` and `ready`. */
void native_loop_kick(struct exchange_shard *shard);
/* A deadline of work that connects or waits for a name. */
void native_loop_deadline(struct exchange_shard *shard, int64_t deadline);

void native_list_add(struct native_list *list, struct native_work *work);
void native_list_remove(struct native_work *work);

/* ------------------------------------------------------------------ exchanges: native_engine.c */

struct exchange_session {
    struct exchange_shard *shard;
    const struct exchange_profile *profile;
    struct native_connection *connections;
    void *resume; /* of TLS */
};

/* The exchange failed: its sink is told from the loop. `text` may be NULL. Closes its connection. */
void native_fail(struct native_work *work, enum exchange_error error, const char *text);
/* The connection broke before the answer was there: sends once more where that is safe, else fails. */
void native_break(struct native_work *work, enum exchange_error error);
/* It is over: tells the sink. The work is no longer the caller's, and its connection may be gone. */
void native_finish(struct native_work *work);
/* The TLS context of a profile, NULL: none; `why`. */
struct native_tls_context *native_context_of(struct exchange_shard *shard, const struct exchange_profile *profile,
                                             char *why, size_t why_size);
enum exchange_error native_error_of(int error, enum exchange_error otherwise);

#endif
