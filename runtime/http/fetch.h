/*
 * fetch.h - one request statement under way: its tries, each with its hops, and what is made of the answer.
 * Internal to runtime/http.
 *
 * A fetch belongs to the strand that waits for it (operation_data) from swarm_fetch() until it completes or
 * is cancelled; then it goes back to the shard's list with its memory. Response words give views of it: they
 * are valid while the judge runs.
 */
#ifndef SWARM_HTTP_FETCH_H
#define SWARM_HTTP_FETCH_H

#include "connections.h"
#include "engine/engine.h"
#include "exchange.h"
#include "request.h"
#include "session.h"

struct fetch;
struct recorder_sample;

/* The verdict of a request while its block runs: the first one wins. */
struct exchange_of_block {
    bool decided, failed;
    struct bytes message; /* why it failed */
    struct bytes trace;   /* --trace: what its conditions found */
};

struct swarm_response {
    struct fetch *fetch;
    const char *body; /* decoded */
    size_t body_size;
    int64_t time, first_byte, connect, tls; /* ns, of the last try with all its hops */
    const struct swarm_value *found;        /* of call->paths; NULL: not looked for yet */
    bool is_json;                           /* the body was looked at and is JSON */
    struct response_document *document;     /* made of the body, or NULL: freed when the block is over */
};

struct fetch {
    struct exchange exchange; /* first: the engine's callbacks get its address */
    struct strand *strand;
    struct http_shard *http;
    const struct swarm_call *call;
    const struct http_kind *kind;
    struct fetch *next_free;

    struct connections *connections; /* while the exchange is started or waits for its turn */
    struct fetch *next_active;       /* in their list */
    bool queued;                     /* it waits for its turn */
    int64_t asked;                   /* when it asked for a connection */

    struct swarm_request request;
    uint32_t row;

    /* limits */
    int64_t timeout, backoff; /* of a try; before the next try */
    uint64_t max_body;
    bool follow;
    int32_t retries_left;
    bool stopping; /* a soft stop is wanted: no retry follows */

    /* the try under way */
    int64_t issued, ended;
    bool waiting;   /* between two tries */
    uint32_t sends; /* of all tries: how often the request went out; of hops only what was sent again */
    bool try_sent;  /* whether the first hop of this try went out */
    const char *method;
    bool drop_body;               /* a redirect turned it into a GET */
    struct bytes first_url, url;  /* absolute; of the first hop, of the hops behind it */
    struct url origin;            /* parsed from first_url */
    const struct prepared *fixed; /* all of the request is constant but cookies and what a session adds; or NULL */
    bool at_target;               /* the URL is relative to the kind's own target */
    bool abroad;                  /* this hop is of another origin than the first */
    struct bytes history;         /* the URLs that redirected, each with a NUL */
    uint32_t hops;
    int64_t first_byte, connect, tls;

    /* headers of the hop */
    struct header_list headers; /* where those of the call are not all */
    struct bytes cookies;       /* value of Cookie */
    struct bytes authorization; /* of a URL's user info */
    const char *digest;         /* credentials of `auth digest` for this hop (digest.h), or NULL */
    struct bytes digest_answer; /* to the challenge of this hop */
    bool challenged;            /* the challenge of this hop was answered: another 401 is the server's answer */

    /* the answer */
    struct bytes received, decoded;
    struct bytes trace; /* --trace: what went out and what came, for people */
    bool too_large;     /* larger than max_body */
    struct exchange_of_block verdict;
    struct swarm_response response;
};

/* fetch_send.c: merges target, session and request and starts the exchange of the try's first hop, of the
 * next hop. False from fetch_resolve(): an error of the task was raised. */
bool fetch_resolve(struct fetch *fetch);
void fetch_send(struct fetch *fetch);
/* Prepares the next hop from the answer's Location. False: `why` holds the failure. */
bool fetch_redirect(struct fetch *fetch, struct bytes *why);

/* fetch_hook.c: the row that counts it; `on request`, after it was counted and before the next statement. */
uint32_t fetch_row(struct fetch *fetch);
/* Its line in --log-requests. */
void fetch_log(const struct fetch *fetch, const struct recorder_sample *sample);
void fetch_tell_hooks(const struct fetch *fetch, int64_t duration);

/* fetch.c: its memory, for a shard that ends. */
void fetch_free_all(struct http_shard *http);

/* expect.c: marks the request failed unless there is a verdict already. */
void verdict_fail(struct exchange_of_block *block, const char *message, size_t n);
void verdict_of_status(struct exchange_of_block *block, int status);

#endif
