#include "keep.h"

#include <stdlib.h>
#include <strings.h>

#include "decode.h"
#include "engine/clock.h"
#include "engine/group.h"
#include "fetch.h"
#include "log/mask.h"
#include "log/secret.h"
#include "report/failure_keep.h"
#include "stats/stats.h"

enum {
    CODED_TAKEN = 64 * 1024, /* bytes of a compressed body, to be read */
    DECODED_MOST = 1 << 20,
};

uint64_t keep_body_room(const struct fetch *fetch)
{
    const struct head *head = &fetch->exchange.head;
    uint64_t most = FAILURE_KEEP_BODY;

    if (head->status < 400) {
        return 0;
    }
    if (head_value(head, "Content-Encoding", 16, NULL)) {
        most = CODED_TAKEN;
    }
    return fetch->received.n < most ? most - fetch->received.n : 0;
}

static bool is_text(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)p[i];

        if (c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f') {
            return false;
        }
    }
    return true;
}

/* The beginning of a body of `all` bytes, `n` of which are here; not cut in the middle of a character. */
static void add_body(struct bytes *out, const char *p, size_t n, uint64_t all)
{
    size_t shown = n < FAILURE_KEEP_BODY ? n : FAILURE_KEEP_BODY;
    char *masked;

    if (all == 0) {
        return;
    }
    bytes_add_char(out, '\n');
    while (shown < n && shown > 0 && ((unsigned char)p[shown] & 0xc0) == 0x80) {
        shown--;
    }
    if (shown < all) {
        shown = secret_cut(p, shown);
    }
    if (n == 0) {
        bytes_format(out, "(%llu bytes that the scenario does not read)\n", (unsigned long long)all);
        return;
    }
    if (!is_text(p, shown)) {
        bytes_format(out, "(%llu bytes that are no text)\n", (unsigned long long)all);
        return;
    }
    masked = mask_text(p, shown, &n);
    bytes_add(out, masked, n);
    bytes_add_char(out, '\n');
    free(masked);
    if (shown < all) {
        bytes_format(out, "… (%llu bytes in all)\n", (unsigned long long)all);
    }
}

static void add_header(struct bytes *out, const char *name, const char *value)
{
    char *masked = mask_header(name, value);

    bytes_format(out, "%s: %s\n", name, masked);
    free(masked);
}

static void add_request(struct bytes *out, const struct exchange *ex)
{
    struct bytes url = {0};
    char *masked;

    url_write(&url, &ex->url);
    masked = mask_text(bytes_text(&url), url.n, NULL);
    bytes_format(out, "%s %s\n", ex->method, masked);
    for (size_t i = 0; i < ex->header_count; i++) {
        add_header(out, ex->headers[i].name, ex->headers[i].value);
    }
    if (ex->cookie) {
        add_header(out, "Cookie", ex->cookie);
    }
    if (ex->has_body) {
        add_body(out, ex->body, ex->body_size, ex->body_size);
    }
    free(masked);
    bytes_free(&url);
}

/* The body as a block would read it. */
static void add_answer_body(struct bytes *out, const struct fetch *fetch)
{
    const struct exchange *ex = &fetch->exchange;
    struct bytes decoded = {0};
    char why[DECODE_WHY];

    switch (decode_body(fetch->http->plan->codings, &ex->head, bytes_text(&fetch->received), fetch->received.n,
                        DECODED_MOST, &decoded, why)) {
    case DECODE_PLAIN:
        add_body(out, bytes_text(&fetch->received), fetch->received.n, ex->received);
        break;
    case DECODE_DONE:
        add_body(out, bytes_text(&decoded), decoded.n, decoded.n);
        break;
    case DECODE_BAD:
    case DECODE_TOO_LARGE:
        if (ex->received) {
            bytes_format(out, "\n(%llu compressed bytes)\n", (unsigned long long)ex->received);
        }
        break;
    }
    bytes_free(&decoded);
}

static void add_answer(struct bytes *out, const struct fetch *fetch)
{
    const struct head *head = &fetch->exchange.head;
    const char *reason = status_reason(head->status);
    const struct head_field *fields;
    size_t count;

    if (head->status == 0) {
        return;
    }
    bytes_format(out, "%d%s%s\n", head->status, reason ? " " : "", reason ? reason : "");
    fields = head_fields(head, &count);
    for (size_t i = 0; i < count; i++) {
        add_header(out, head->text.p + fields[i].name, head->text.p + fields[i].value);
    }
    add_answer_body(out, fetch);
}

void keep_failure(struct fetch *fetch, int64_t duration)
{
    const struct strand *strand = fetch->strand;
    const struct bytes *message = &fetch->verdict.message;
    struct swarm_row row = recorder_row_text(strand->shard->recorder, fetch->row);
    struct bytes request = {0}, answer = {0};

    if (!failure_keep_wants(row.type, row.name, bytes_text(message), message->n)) {
        return;
    }
    add_request(&request, &fetch->exchange);
    add_answer(&answer, fetch);
    failure_keep_add(&(struct kept_failure){
        .type = row.type,
        .name = row.name,
        .message = bytes_text(message),
        .kind = strand->user->kind->name,
        .task = strand_task(strand),
        .user = strand->user->id,
        .unix_ms = clock_unix_ms(),
        .duration_ns = duration,
        .request = bytes_text(&request),
        .response = bytes_text(&answer),
    });
    bytes_free(&request);
    bytes_free(&answer);
}
