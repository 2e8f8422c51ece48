/* curl_internal.h - the inside of the libcurl engine: curl_loop.c (a multi handle on a libuv loop),
 * curl_easy.c (easy handles: options, callbacks, pool), curl_name.c (host names) and curl_engine.c
 * (exchanges, sessions, errors). No other file includes it. */
#ifndef SWARM_HTTP_CURL_INTERNAL_H
#define SWARM_HTTP_CURL_INTERNAL_H

#include <curl/curl.h>
#include <uv.h>

#include "base/memory.h"
#include "exchange.h"

struct curl_socket;

/* One multi handle on the shard's loop. Sockets stay registered with the loop for as long as they are open:
 * libcurl takes its interest back after every transfer and announces it again at the next, which would cost
 * four system calls a request. */
struct curl_loop {
    CURLM *multi;
    uv_loop_t *loop;
    uv_timer_t *timer;            /* from malloc: they outlive the shard until the loop has closed them */
    uv_idle_t *idle;              /* runs while `kicked`, so that the loop does not sleep */
    bool kicked;                  /* libcurl wants to be called at once */
    struct curl_socket **sockets; /* by descriptor */
    size_t socket_count;
    void (*reap)(struct curl_loop *loop);    /* called after libcurl did something, outside of it: tells who is done */
    bool (*pending)(struct curl_loop *loop); /* whether there is something to reap */
    bool (*has_begun)(CURL *easy);           /* whether its request went out: it is connected */
};

bool curl_loop_open(struct curl_loop *loop, uv_loop_t *uv);
void curl_loop_close(struct curl_loop *loop);
/* A descriptor of libcurl is about to be closed: forgets it. */
void curl_loop_forget(struct curl_loop *loop, curl_socket_t fd);
/* Has the loop call libcurl and reap in its next turn. */
void curl_loop_kick(struct curl_loop *loop);
/* Gets libcurl going on what was added; reaps nothing. */
void curl_loop_start(struct curl_loop *loop);

/* ------------------------------------------------------------------ exchanges */

enum curl_method { METHOD_UNSET, METHOD_GET, METHOD_HEAD, METHOD_PLAIN, METHOD_BODY };

struct curl_name;

struct curl_list {
    struct curl_easy *first, *last;
};

struct curl_easy {
    CURL *curl;
    struct exchange *ex; /* under way, or NULL */
    struct exchange_shard *shard;
    struct curl_pool *pool;
    struct curl_easy *next, *previous; /* in `list`, or in the pool */
    struct curl_list *list;            /* of those that wait for a name, or are over; NULL: neither */
    struct curl_name *name;            /* that it looks up, or NULL */
    bool added;                        /* to the multi handle */
    CURLcode code;                     /* of one that is over */
    int open_errno;                    /* of a socket() that failed */
    bool asked;                        /* on_request() was called since the handle was added */
    bool again;                        /* it was added a second time, for a new connection */
    long size_before;                  /* bytes of requests sent when the last one began */
    bool stopped;                      /* the sink said stop, or the head was wrong */
    enum curl_method method;           /* what is set on the handle */
    long connect_timeout_ms;
    char method_name[32];
    struct bytes url, lines;
    struct curl_slist *headers;
    size_t headers_capacity;
    char text[CURL_ERROR_SIZE];
};

/* Easy handles set up for one profile. */
struct curl_pool {
    const struct exchange_profile *profile;
    struct curl_easy *free;
    size_t count;
};

/* A host name. libcurl starts a thread a look-up and does not join look-ups of one name, so the first
 * exchange asks and the others wait until the answer is in the multi handle's cache, where it stays. */
struct curl_name {
    char *host;
    bool known;
    struct curl_easy *asking; /* NULL: nobody */
    struct curl_list waiting;
};

struct exchange_shard {
    struct curl_loop loop; /* first */
    struct curl_pool **pools;
    size_t pool_count, pool_capacity;
    struct curl_name **names;
    size_t name_count, name_capacity;
    bool names_changed;    /* one became known */
    struct curl_list over; /* libcurl is done with them, their sinks do not know yet */
};

struct exchange_session {
    struct exchange_shard *shard;
    const struct exchange_profile *profile;
    CURLSH *share; /* NULL until the first exchange */
};

/* curl_easy.c: a handle for an exchange of this profile; and back, when it has left the multi handle.
 * easy_prepare() sets what the exchange needs. easy_has_sent() tells whether the request that began last has
 * left us, at least its first byte. */
struct curl_easy *easy_take(struct exchange_shard *shard, const struct exchange_profile *profile);
void easy_give_back(struct curl_easy *easy);
void easy_prepare(struct curl_easy *easy, struct exchange *ex);
bool easy_has_sent(struct curl_easy *easy);
void easy_free_pools(struct exchange_shard *shard);

/* curl_name.c: who asks for a name and who waits for it. name_enter() is called before a handle is added:
 * false when it has to wait. name_leave() when it is over or cancelled; `list` gets those that fail like it
 * did. name_next() gives one that may be added now, NULL: none. */
bool name_enter(struct curl_easy *easy);
void name_opened(struct curl_easy *easy); /* it opens a socket: its name has an address */
void name_leave(struct curl_easy *easy, bool failed, struct curl_list *list);
struct curl_easy *name_next(struct exchange_shard *shard);
void name_free_all(struct exchange_shard *shard);

void list_add(struct curl_list *list, struct curl_easy *easy);
void list_remove(struct curl_easy *easy);

#endif
