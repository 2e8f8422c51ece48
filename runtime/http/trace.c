#include "trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "decode.h"
#include "engine/group.h"
#include "fetch.h"
#include "log/secret.h"
#include "stats/stats.h"
#include "value/value.h"

enum {
    BODY_SHOWN = 4 * 1024,  /* bytes of a body */
    BODY_TAKEN = 64 * 1024, /* bytes of a compressed one, to be read */
};

bool swarm_tracing; /* set before threads run */

void trace_open(void)
{
    swarm_tracing = true;
}

/* ------------------------------------------------------------------ pieces */

/* Credentials are not shown, only their scheme. */
static void add_header(struct bytes *out, char sign, const char *name, const char *value)
{
    if (strcasecmp(name, "Authorization") == 0 || strcasecmp(name, "Proxy-Authorization") == 0) {
        bytes_format(out, "%c %s: %.*s ***\n", sign, name, (int)strcspn(value, " "), value);
        return;
    }
    bytes_format(out, "%c %s: %s\n", sign, name, value);
}

static bool is_text(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)p[i];

        if (c < 0x20 && c != '\t' && c != '\n' && c != '\r') {
            return false;
        }
    }
    return true;
}

/* Up to BODY_SHOWN bytes, not in the middle of a character, each line behind the sign. */
static void add_body(struct bytes *out, char sign, const char *p, size_t n)
{
    size_t shown = n < BODY_SHOWN ? n : BODY_SHOWN;

    if (n == 0) {
        return;
    }
    while (shown < n && shown > 0 && ((unsigned char)p[shown] & 0xc0) == 0x80) {
        shown--;
    }
    bytes_format(out, "%c\n", sign);
    if (!is_text(p, shown)) {
        bytes_format(out, "%c (%zu bytes that are no text)\n", sign, n);
        return;
    }
    for (const char *end = p + shown, *next; p < end; p = next) {
        const char *line = memchr(p, '\n', (size_t)(end - p));
        size_t length = line ? (size_t)(line - p) : (size_t)(end - p);

        next = line ? line + 1 : end;
        if (length > 0 && p[length - 1] == '\r') {
            length--;
        }
        bytes_format(out, "%c ", sign);
        bytes_add(out, p, length);
        bytes_add_char(out, '\n');
    }
    if (shown < n) {
        bytes_format(out, "%c … (%zu bytes in all)\n", sign, n);
    }
}

/* ------------------------------------------------------------------ a request */

void trace_sent(struct fetch *fetch)
{
    const struct exchange *ex = &fetch->exchange;
    struct bytes *out = &fetch->trace;
    bool host = false;

    if (!swarm_tracing) {
        return;
    }
    bytes_format(out, "> %s ", ex->method);
    url_write(out, &ex->url);
    bytes_add_char(out, '\n');
    for (size_t i = 0; i < ex->header_count; i++) {
        host |= strcasecmp(ex->headers[i].name, "Host") == 0;
    }
    if (!host) {
        struct bytes origin = {0};

        url_write_origin(&origin, &ex->url);
        bytes_format(out, "> Host: %s\n", strstr(bytes_text(&origin), "://") ? strstr(origin.p, "://") + 3 : "");
        bytes_free(&origin);
    }
    for (size_t i = 0; i < ex->header_count; i++) {
        add_header(out, '>', ex->headers[i].name, ex->headers[i].value);
    }
    if (ex->cookie) {
        add_header(out, '>', "Cookie", ex->cookie);
    }
    if (ex->has_body) {
        bytes_format(out, "> Content-Length: %zu\n", ex->body_size);
        add_body(out, '>', ex->body, ex->body_size);
    }
}

uint64_t trace_body_room(const struct fetch *fetch)
{
    if (!swarm_tracing || fetch->received.n >= BODY_TAKEN) {
        return 0;
    }
    return BODY_TAKEN - fetch->received.n;
}

/* The body as a block would read it; what cannot be decoded (it was cut) is only counted. */
static void add_answer_body(struct fetch *fetch)
{
    const struct exchange *ex = &fetch->exchange;
    struct bytes decoded = {0}, *out = &fetch->trace;
    char why[DECODE_WHY];
    enum decode_result result = decode_body(fetch->http->plan->codings, &ex->head, bytes_text(&fetch->received),
                                            fetch->received.n, 16 * 1024 * 1024, &decoded, why);

    if (result == DECODE_PLAIN) {
        add_body(out, '<', bytes_text(&fetch->received), fetch->received.n);
    } else if (result == DECODE_DONE) {
        add_body(out, '<', bytes_text(&decoded), decoded.n);
    } else if (ex->received) {
        bytes_format(out, "<\n< (%llu compressed bytes)\n", (unsigned long long)ex->received);
    }
    if (ex->received > fetch->received.n) {
        bytes_format(out, "< … (%llu bytes in all)\n", (unsigned long long)ex->received);
    }
    bytes_free(&decoded);
}

void trace_answered(struct fetch *fetch)
{
    const struct head *head = &fetch->exchange.head;
    const struct head_field *fields;
    const char *reason;
    size_t count;

    if (!swarm_tracing) {
        return;
    }
    reason = status_reason(head->status);
    bytes_format(&fetch->trace, "< %d%s%s\n", head->status, reason ? " " : "", reason ? reason : "");
    fields = head_fields(head, &count);
    for (size_t i = 0; i < count; i++) {
        add_header(&fetch->trace, '<', head->text.p + fields[i].name, head->text.p + fields[i].value);
    }
    add_answer_body(fetch);
}

void trace_failed(struct fetch *fetch, const char *why)
{
    if (swarm_tracing) {
        bytes_format(&fetch->trace, "< %s\n", why);
    }
}

/* ------------------------------------------------------------------ showing it */

static void show(struct bytes *out)
{
    size_t n = out->n;
    char *masked = secret_mask(bytes_text(out), out->n, &n);

    fwrite(masked ? masked : bytes_text(out), 1, n, stdout);
    fflush(stdout);
    free(masked);
}

void swarm_judged(struct swarm_strand *s, const struct swarm_place *place, const char *source, struct swarm_value found,
                  bool good)
{
    struct strand *strand = strand_of(s);
    struct value_buffer text = {0};
    struct bytes line = {0};

    if (found.kind != SWARM_NULL) {
        value_buffer_string(&text, ": found ");
        value_describe(found, &text);
    }
    bytes_format(&line, "%s %s%.*s  (line %u)\n", good ? "ok" : "NOT", source, (int)text.size,
                 text.size ? text.data : "", (unsigned)place->line);
    if (strand->block) {
        bytes_add(&strand->block->trace, line.p, line.n);
    } else {
        show(&line);
    }
    value_buffer_free(&text);
    bytes_free(&line);
}

void trace_over(struct fetch *fetch, int64_t duration)
{
    const struct exchange_of_block *verdict = &fetch->verdict;
    const struct strand *strand = fetch->strand;
    struct bytes all = {0};
    char time[VALUE_DURATION];

    if (!swarm_tracing) {
        return;
    }
    bytes_format(&all, "\n--- %s, %s: %s %s\n", strand->user->kind->name, strand_task(strand),
                 recorder_row_text(strand->shard->recorder, fetch->row).type,
                 recorder_row_text(strand->shard->recorder, fetch->row).name);
    bytes_add(&all, bytes_text(&fetch->trace), fetch->trace.n);
    bytes_add(&all, bytes_text(&verdict->trace), verdict->trace.n);
    bytes_format(&all, "= %s", verdict->failed ? "failed: " : "passed");
    if (verdict->failed) {
        bytes_add(&all, bytes_text(&verdict->message), verdict->message.n);
    }
    bytes_format(&all, " (%.*s)\n", (int)value_write_duration(time, duration / 1000 * 1000), time);
    show(&all);
    bytes_free(&all);
    bytes_clear(&fetch->trace, 0);
    bytes_clear(&fetch->verdict.trace, 0);
}
