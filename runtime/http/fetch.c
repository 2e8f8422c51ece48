/* A request from its issuing to its place in the statistics: tries, hops, limits, verdict. Every request that
 * is counted is counted in settle(), every one that is cut off in cancelled(). */
#include "fetch.h"

#include <stdlib.h>

#include "base/memory.h"
#include "decode.h"
#include "digest.h"
#include "engine/clock.h"
#include "keep.h"
#include "phases.h"
#include "redirect.h"
#include "report/request_log.h"
#include "response.h"
#include "stats/stats.h"
#include "trace.h"
#include "value/value.h"

enum {
    FREE_LEAST = 256,      /* fetches that a shard may keep for later; more only while as many are in use */
    BODY_KEEP = 64 * 1024, /* bytes of memory that a kept one holds on to, a buffer */
};

static const int64_t backoff_limit = 60 * SWARM_S;

static const struct operation request_operation;

/* ------------------------------------------------------------------ memory */

static struct fetch *pop_free(struct http_shard *http)
{
    struct fetch *fetch = http->free;

    http->free = fetch->next_free;
    http->free_count--;
    return fetch;
}

static struct fetch *fetch_take(struct http_shard *http)
{
    struct fetch *fetch = http->free ? pop_free(http) : NULL;

    http->used_count++;
    if (fetch) {
        return fetch;
    }
    fetch = memory_new(1, sizeof *fetch);
    fetch->http = http;
    head_init(&fetch->exchange.head);
    return fetch;
}

static void fetch_free(struct fetch *fetch)
{
    request_free(&fetch->request);
    bytes_free(&fetch->first_url);
    bytes_free(&fetch->url);
    bytes_free(&fetch->history);
    bytes_free(&fetch->cookies);
    bytes_free(&fetch->authorization);
    bytes_free(&fetch->digest_answer);
    bytes_free(&fetch->received);
    bytes_free(&fetch->decoded);
    bytes_free(&fetch->verdict.message);
    bytes_free(&fetch->verdict.trace);
    bytes_free(&fetch->trace);
    head_free(&fetch->exchange.head);
    free(fetch->headers.items);
    free(fetch);
}

static void fetch_give_back(struct fetch *fetch)
{
    struct http_shard *http = fetch->http;

    bytes_clear(&fetch->received, BODY_KEEP);
    bytes_clear(&fetch->decoded, BODY_KEEP);
    bytes_clear(&fetch->request.body, BODY_KEEP);
    head_clear(&fetch->exchange.head);
    fetch->strand = NULL;
    fetch->next_free = http->free;
    http->free = fetch;
    http->free_count++;
    http->used_count--;
    while (http->free_count > FREE_LEAST + http->used_count) {
        fetch_free(pop_free(http));
    }
}

void fetch_free_all(struct http_shard *http)
{
    while (http->free) {
        fetch_free(pop_free(http));
    }
}

/* ------------------------------------------------------------------ the end */

/* What went out beyond the one that is counted as a request: docs/internals/http.md has the sum. */
static uint32_t extra_sends(const struct fetch *fetch)
{
    return fetch->sends - (fetch->try_sent ? 1 : 0);
}

/* Counts the request, gives its memory back and lets the strand go on. */
static void settle(struct fetch *fetch, int64_t duration)
{
    struct strand *strand = fetch->strand;
    struct recorder *recorder = strand->shard->recorder;
    const struct exchange_of_block *verdict = &fetch->verdict;
    int64_t late = strand_late(strand);
    struct recorder_sample sample = {
        .duration_ns = (uint64_t)duration,
        .first_byte_ns = (uint64_t)fetch->first_byte,
        .late_ns = late > 0 ? (uint64_t)late : 0,
        .scheduled = late >= 0,
        .bytes = fetch->exchange.received,
        .failed = verdict->failed,
    };

    strand_count(strand, fetch->row, &sample);
    if (request_log_wanted()) {
        fetch_log(fetch, &sample);
    }
    if (verdict->failed) {
        recorder_failure(recorder, fetch->row, bytes_text(&verdict->message), verdict->message.n, clock_unix_ms());
        keep_failure(fetch, duration);
    }
    if (extra_sends(fetch)) {
        recorder_tries(recorder, fetch->row, extra_sends(fetch));
    }
    trace_over(fetch, duration);
    fetch_tell_hooks(fetch, duration);
    fetch_give_back(fetch);
    strand_complete(strand);
}

/* An exchange is over or cut: what it put on the wire. A hop of a redirect is counted at its own path by who
 * serves it, so here only what was sent again counts. */
static void count_sends(struct fetch *fetch)
{
    const struct exchange *ex = &fetch->exchange;

    if (!fetch->hops) {
        fetch->sends += ex->sends;
        fetch->try_sent = ex->sent;
    } else {
        fetch->sends += ex->sends - (ex->sent ? 1 : 0);
    }
}

/* No complete answer: the block does not run, the task goes on. */
static void unanswered(struct fetch *fetch, const char *why, size_t n)
{
    struct strand *strand = fetch->strand;

    verdict_fail(&fetch->verdict, why, n);
    strand->base.answered = false;
    strand->base.code = SWARM_CODE_NEXT;
    settle(fetch, fetch->ended - fetch->issued);
}

/* A run-time error in a block is the request's failure and ends the task as require does. */
static void close_verdict(struct fetch *fetch)
{
    struct strand *strand = fetch->strand;

    if (strand->base.exit != SWARM_ERROR) {
        return;
    }
    if (strand->error) {
        verdict_fail(&fetch->verdict, strand->error->text, strand->error->n);
    }
    strand->error = NULL;
    strand->base.exit = SWARM_REQUIRED;
}

static void judge(struct fetch *fetch)
{
    struct swarm_strand *s = &fetch->strand->base;
    const struct swarm_call *call = fetch->call;

    s->answered = true;
    s->code = SWARM_CODE_NEXT;
    s->told = false;
    if (call->judge) {
        fetch->strand->block = &fetch->verdict;
        s->code = (uint8_t)call->judge(s, s->top, &fetch->response);
        fetch->strand->block = NULL;
        if (fetch->response.document) {
            fetch->response.document->free(fetch->response.document);
            fetch->response.document = NULL;
        }
        close_verdict(fetch);
    } else {
        verdict_of_status(&fetch->verdict, fetch->exchange.head.status);
    }
    settle(fetch, fetch->response.time);
}

/* ------------------------------------------------------------------ tries */

static void begin_try(struct fetch *fetch)
{
    fetch->waiting = false;
    fetch->try_sent = false;
    fetch->issued = clock_now();
    fetch->method = fetch->call->method;
    fetch->drop_body = false;
    fetch->hops = 0;
    fetch->first_byte = fetch->connect = fetch->tls = 0;
    fetch->challenged = false;
    bytes_clear(&fetch->history, BODY_KEEP);
    strand_timeout(fetch->strand, fetch->issued + fetch->timeout);
    fetch_send(fetch);
}

/* Whether another try follows this one; then it is on its way. The wait doubles from try to try. */
static bool retry(struct fetch *fetch)
{
    if (fetch->retries_left <= 0 || fetch->stopping) {
        return false;
    }
    fetch->retries_left--;
    fetch->waiting = true;
    fetch->try_sent = false; /* what has gone out is an extra try now, whatever becomes of the next */
    strand_timeout(fetch->strand, clock_now() + fetch->backoff);
    fetch->backoff = fetch->backoff < backoff_limit / 2 ? 2 * fetch->backoff : backoff_limit;
    return true;
}

static void fail_or_retry(struct fetch *fetch, const struct bytes *why)
{
    if (!retry(fetch)) {
        unanswered(fetch, bytes_text(why), why->n);
    }
}

/* ------------------------------------------------------------------ what engines report */

static void explain(const struct fetch *fetch, struct bytes *why)
{
    static const char *const words[EXCHANGE_OTHER + 1] = {
        [EXCHANGE_REFUSED] = "connection refused",
        [EXCHANGE_RESET] = "connection reset",
        [EXCHANGE_UNREACHABLE] = "no route to the host",
        [EXCHANGE_CLOSED] = "closed before an answer",
        [EXCHANGE_HEAD_TOO_LARGE] = "headers larger than 256KB",
        [EXCHANGE_NO_DESCRIPTOR] = "too many open files here (raise ulimit -n)",
        [EXCHANGE_NO_PORT] = "no free local port here (widen net.ipv4.ip_local_port_range)",
    };
    static const struct {
        enum exchange_error error;
        const char *front;
    } with_text[] = {
        {EXCHANGE_TLS, "TLS"},
        {EXCHANGE_NOT_HTTP, "not HTTP"},
        {EXCHANGE_PROXY, "proxy"},
    };
    const struct exchange *ex = &fetch->exchange;
    const char *length;
    char duration[VALUE_DURATION];

    for (size_t i = 0; i < sizeof with_text / sizeof with_text[0]; i++) {
        if (with_text[i].error == ex->error) {
            bytes_format(why, "%s: %s", with_text[i].front, ex->text);
            return;
        }
    }
    switch (ex->error) {
    case EXCHANGE_CERTIFICATE:
        bytes_format(why, "certificate of %.*s: %s", (int)ex->url.host.n, ex->url.host.p, ex->text);
        return;
    case EXCHANGE_NO_ADDRESS:
        bytes_format(why, "no address for %.*s", (int)ex->url.host.n, ex->url.host.p);
        return;
    case EXCHANGE_CONNECT_TIMEOUT:
        bytes_format(why, "connect timeout after %.*s", (int)value_write_duration(duration, ex->connect_timeout),
                     duration);
        return;
    case EXCHANGE_INCOMPLETE:
        length = head_value(&ex->head, "Content-Length", 14, NULL);
        bytes_format(why, "incomplete body: %llu", (unsigned long long)ex->received);
        bytes_format(why, length ? " of %s bytes" : " bytes, its end is missing", length);
        return;
    case EXCHANGE_OTHER:
        bytes_add_text(why, ex->text[0] ? ex->text : "failed");
        return;
    default:
        bytes_add_text(why, words[ex->error] ? words[ex->error] : "failed");
    }
}

/* Where it happened, when that is another place than the request's own. */
static void add_hop(const struct fetch *fetch, struct bytes *why)
{
    if (fetch->hops) {
        bytes_add_text(why, " after a redirect to ");
        url_write_origin(why, &fetch->exchange.url);
    }
}

static bool on_head(struct exchange *ex)
{
    (void)ex;
    return true;
}

static bool body_wanted(const struct fetch *fetch)
{
    return fetch->call->keep_body && !(fetch->follow && redirect_status(fetch->exchange.head.status) &&
                                       head_value(&fetch->exchange.head, "Location", 8, NULL));
}

static bool on_body(struct exchange *ex, const char *bytes, size_t n)
{
    struct fetch *fetch = (struct fetch *)ex;

    if (!body_wanted(fetch)) {
        uint64_t room = trace_body_room(fetch), for_reports = keep_body_room(fetch);

        room = room > for_reports ? room : for_reports;
        bytes_add(&fetch->received, bytes, n < room ? n : room);
        return true;
    }
    if (fetch->received.n + n > fetch->max_body) {
        fetch->too_large = true;
        return false;
    }
    bytes_add(&fetch->received, bytes, n);
    return true;
}

static void store_cookies(struct fetch *fetch)
{
    const struct head *head = &fetch->exchange.head;
    const char *value;
    size_t from = 0, size;

    while (head_next_cookie(head, &from, &value, &size)) {
        cookie_store(&session_of(fetch->strand->user)->jar, &fetch->exchange.url, value, size, clock_unix_s());
    }
}

static void body_too_large(struct fetch *fetch)
{
    char message[64];
    uint64_t limit = fetch->max_body;
    const char *unit = "B";
    static const struct {
        uint64_t size;
        const char *unit;
    } units[] = {{1 << 30, "GB"}, {1 << 20, "MB"}, {1 << 10, "KB"}};

    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (limit && limit % units[i].size == 0) {
            limit /= units[i].size;
            unit = units[i].unit;
            break;
        }
    }
    unanswered(fetch, message,
               (size_t)snprintf(message, sizeof message, "body larger than %llu%s", (unsigned long long)limit, unit));
}

/* The whole answer of the last hop is there. */
static void answered(struct fetch *fetch)
{
    struct exchange *ex = &fetch->exchange;
    char why[DECODE_WHY];

    fetch->response = (struct swarm_response){
        .fetch = fetch,
        .body = bytes_text(&fetch->received),
        .body_size = fetch->received.n,
        .time = fetch->ended - fetch->issued,
        .first_byte = fetch->first_byte,
        .connect = fetch->connect,
        .tls = fetch->tls,
    };
    if (fetch->call->keep_body) {
        switch (decode_body(fetch->http->plan->codings, &ex->head, bytes_text(&fetch->received), fetch->received.n,
                            fetch->max_body, &fetch->decoded, why)) {
        case DECODE_PLAIN:
            break;
        case DECODE_DONE:
            fetch->response.body = bytes_text(&fetch->decoded);
            fetch->response.body_size = fetch->decoded.n;
            break;
        case DECODE_BAD:
            unanswered(fetch, why, strlen(why));
            return;
        case DECODE_TOO_LARGE:
            body_too_large(fetch);
            return;
        }
    }
    judge(fetch);
}

static void take_stamps(struct fetch *fetch)
{
    const struct exchange *ex = &fetch->exchange;

    fetch->ended = ex->stamps.last_byte ? ex->began + ex->stamps.last_byte : clock_now();
    fetch->connect += ex->stamps.connect;
    fetch->tls += ex->stamps.tls;
    fetch->first_byte = 0;
    if (ex->stamps.first_byte) {
        fetch->first_byte = fetch->ended - fetch->issued - (ex->stamps.last_byte - ex->stamps.first_byte);
    }
}

/* `auth digest`: the request goes out once more, with the answer to the challenge. */
static bool answer_challenge(struct fetch *fetch)
{
    const struct exchange *ex = &fetch->exchange;

    if (!fetch->digest || fetch->challenged) {
        return false;
    }
    bytes_clear(&fetch->digest_answer, BODY_KEEP);
    if (!digest_answer(&fetch->digest_answer, fetch->digest, &ex->head, fetch->method, &ex->url,
                       fetch->strand->user->id)) {
        return false;
    }
    fetch->challenged = true;
    fetch->sends += fetch->hops > 0; /* of a hop only what is sent again counts */
    fetch_send(fetch);
    return true;
}

/* A connect that failed by a limit of this machine says nothing about the server. */
static void count_limit(const struct fetch *fetch)
{
    struct recorder *recorder = fetch->strand->shard->recorder;

    if (fetch->exchange.error == EXCHANGE_NO_DESCRIPTOR) {
        recorder_limit(recorder, STATS_NO_DESCRIPTOR);
    } else if (fetch->exchange.error == EXCHANGE_NO_PORT) {
        recorder_limit(recorder, STATS_NO_PORT);
    }
}

static void on_done(struct exchange *ex)
{
    struct fetch *fetch = (struct fetch *)ex;
    struct bytes why = {0};
    int status = ex->head.status;

    connections_done(fetch);
    take_stamps(fetch);
    count_sends(fetch);
    count_limit(fetch);
    if (ex->error == EXCHANGE_STOPPED && fetch->too_large) {
        body_too_large(fetch);
        return;
    }
    if (ex->error != EXCHANGE_OK) {
        explain(fetch, &why);
        add_hop(fetch, &why);
        trace_failed(fetch, bytes_text(&why));
        fail_or_retry(fetch, &why);
        bytes_free(&why);
        return;
    }
    trace_answered(fetch);
    if (phases_wanted) {
        phases_count(fetch);
    }
    store_cookies(fetch);
    if (status == 401 && answer_challenge(fetch)) {
        return;
    }
    if (fetch->follow && redirect_status(status) && head_value(&ex->head, "Location", 8, NULL)) {
        if (fetch_redirect(fetch, &why)) {
            fetch_send(fetch);
        } else {
            unanswered(fetch, why.p, why.n);
        }
        bytes_free(&why);
        return;
    }
    if ((status == 429 || status >= 500) && retry(fetch)) {
        return;
    }
    answered(fetch);
}

static const struct exchange_sink sink = {on_head, on_body, on_done};

/* ------------------------------------------------------------------ the operation */

static void cancelled(struct strand *strand)
{
    struct fetch *fetch = strand->operation_data;

    if (!fetch->waiting) {
        connections_cancel(fetch);
        count_sends(fetch);
    }
    /* What never reached the wire is in no count: nobody saw it. */
    if (fetch->sends) {
        recorder_cut(strand->shard->recorder, fetch->row);
    }
    if (fetch->sends > 1) {
        recorder_tries(strand->shard->recorder, fetch->row, fetch->sends - 1);
    }
    fetch_give_back(fetch);
}

static void expired(struct strand *strand)
{
    struct fetch *fetch = strand->operation_data;
    char duration[VALUE_DURATION];
    struct bytes why = {0};
    bool queued;

    if (fetch->waiting) {
        begin_try(fetch);
        return;
    }
    queued = fetch->queued;
    connections_cancel(fetch);
    count_sends(fetch);
    fetch->ended = clock_now();
    bytes_format(&why, "%s after %.*s",
                 fetch->exchange.sent ? "timeout"
                 : queued             ? "no free connection"
                                      : "connect timeout",
                 (int)value_write_duration(duration, fetch->timeout), duration);
    add_hop(fetch, &why);
    trace_failed(fetch, bytes_text(&why));
    fail_or_retry(fetch, &why);
    bytes_free(&why);
}

static void soft_stop(struct strand *strand)
{
    struct fetch *fetch = strand->operation_data;

    fetch->stopping = true;
    if (fetch->waiting) {
        begin_try(fetch);
    }
}

static const struct operation request_operation = {
    .name = "request",
    .cancel = cancelled,
    .expired = expired,
    .finishes = true,
    .soft_stop = soft_stop,
};

static int64_t first_said(int64_t a, int64_t b, int64_t otherwise)
{
    return a >= 0 ? a : b >= 0 ? b : otherwise;
}

static void set_limits(struct fetch *fetch)
{
    const struct swarm_call *call = fetch->call;
    const struct swarm_request *q = &fetch->request;
    const struct http_kind *kind = fetch->kind;

    fetch->timeout = first_said(q->timeout, call->timeout, kind->timeout);
    fetch->exchange.connect_timeout = first_said(q->connect_timeout, call->connect_timeout, kind->connect_timeout);
    fetch->backoff = first_said(q->backoff, call->backoff, kind->backoff);
    fetch->retries_left = (int32_t)first_said(q->retries, call->retries, kind->retries);
    fetch->follow = call->follow == SWARM_UNSAID ? kind->follow : call->follow == SWARM_ON;
    fetch->max_body = kind->max_body;
}

/* Builds the request; false: an error of the task was raised. */
static bool prepare(struct fetch *fetch, struct swarm_strand *s)
{
    const struct swarm_call *call = fetch->call;
    struct swarm_request *q = &fetch->request;

    if (call->build) {
        call->build(s, s->top, q);
    }
    if (swarm_failed(s) || !fetch_resolve(fetch)) {
        return false;
    }
    set_limits(fetch);
    fetch->row = fetch_row(fetch);
    return true;
}

enum swarm_step swarm_fetch(struct swarm_strand *s, uint32_t at, const struct swarm_call *call)
{
    struct strand *strand = strand_of(s);
    struct fetch *fetch;

    s->answered = false;
    s->code = SWARM_CODE_NEXT;
    if (!strand_begin(strand, at)) {
        return strand_stopped(strand);
    }
    fetch = fetch_take(strand->shard->http);
    fetch->strand = strand;
    fetch->call = call;
    fetch->kind = http_kind_of(strand->user);
    fetch->exchange.sink = &sink;
    fetch->try_sent = false;
    fetch->exchange.received = 0;
    fetch->sends = 0;
    fetch->stopping = false;
    fetch->verdict.decided = fetch->verdict.failed = false;
    request_clear(&fetch->request, strand, call);
    if (!prepare(fetch, s)) {
        fetch_give_back(fetch);
        return SWARM_RUN; /* with the error as exit: the runtime leaves the frame */
    }
    begin_try(fetch);
    return strand_wait(strand, &request_operation, fetch);
}
