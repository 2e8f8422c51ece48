/* delta.c - see delta.h, which has the form */
#include "delta.h"

#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"

static const char magic[4] = "SWDL";

enum { CHECKSUM = 4 };

/* ---- writing ---------------------------------------------------------------------------------------- */

struct writer {
    unsigned char *bytes;
    size_t len, capacity;
};

static void put_bytes(struct writer *w, const void *bytes, size_t len)
{
    if (w->len + len > w->capacity) {
        w->capacity = (w->len + len) * 2;
        w->bytes = memory_resize(w->bytes, w->capacity, 1);
    }
    if (len > 0)
        memcpy(w->bytes + w->len, bytes, len);
    w->len += len;
}

static void put_number(struct writer *w, uint64_t value)
{
    unsigned char bytes[10];
    size_t n = 0;

    do {
        bytes[n] = (unsigned char)(value & 0x7f);
        value >>= 7;
        if (value)
            bytes[n] |= 0x80;
        n++;
    } while (value);
    put_bytes(w, bytes, n);
}

static void put_text(struct writer *w, const char *text)
{
    size_t len = strlen(text);

    put_number(w, len);
    put_bytes(w, text, len);
}

static void put_hist(struct writer *w, const struct hist *h)
{
    uint32_t used = 0, last = 0, b;

    for (b = hist_next(h, 0); b < HIST_BUCKETS; b = hist_next(h, b + 1))
        used++;
    put_number(w, used);
    for (b = hist_next(h, 0); b < HIST_BUCKETS; b = hist_next(h, b + 1)) {
        put_number(w, b - last);
        put_number(w, hist_at(h, b));
        last = b;
    }
}

static void put_note(struct writer *w, const struct tally_note *note)
{
    put_text(w, note->text);
    put_number(w, note->count);
    put_number(w, (uint64_t)note->first_ms);
    put_number(w, (uint64_t)note->last_ms);
}

static void put_row(struct writer *w, const struct delta_row *row)
{
    const struct tally *t = &row->tally;
    const uint64_t numbers[] = {t->requests, t->failures, t->tries,  t->cut,           t->dropped,         t->bytes,
                                t->total_ns, t->min_ns,   t->max_ns, t->first_byte_ns, t->first_byte_count};

    put_text(w, row->type);
    put_text(w, row->name);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        put_number(w, numbers[i]);
    put_hist(w, &t->times);
    put_hist(w, &t->scheduled);
    put_number(w, t->messages.count);
    for (size_t i = 0; i < t->messages.count; i++)
        put_note(w, &t->messages.items[i]);
}

static bool row_counts(const struct delta_row *row)
{
    return row && tally_any(&row->tally);
}

static void put_rows(struct writer *w, const struct delta *delta)
{
    size_t used = 0;

    for (size_t i = 0; i < delta->row_count; i++)
        used += row_counts(delta->rows[i]);
    put_number(w, used);
    for (size_t i = 0; i < delta->row_count; i++) {
        if (row_counts(delta->rows[i]))
            put_row(w, delta->rows[i]);
    }
}

static void put_errors(struct writer *w, const struct tally_notes *errors)
{
    put_number(w, errors->count);
    for (size_t i = 0; i < errors->count; i++) {
        put_text(w, errors->items[i].file);
        put_number(w, errors->items[i].line);
        put_text(w, errors->items[i].kind);
        put_text(w, errors->items[i].task);
        put_note(w, &errors->items[i]);
    }
}

static void put_double(struct writer *w, double value)
{
    unsigned char bytes[8];
    uint64_t bits;

    memcpy(&bits, &value, sizeof bits);
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(bits >> (8 * i));
    put_bytes(w, bytes, sizeof bytes);
}

static void put_metric(struct writer *w, const struct delta_metric *metric)
{
    const struct metric_sum *sum = &metric->sum;
    uint32_t last = 0;

    put_text(w, metric->name);
    put_number(w, metric->kind);
    put_number(w, sum->count);
    put_number(w, sum->hits);
    put_double(w, sum->sum);
    put_double(w, sum->min);
    put_double(w, sum->max);
    put_number(w, sum->bucket_count);
    for (size_t i = 0; i < sum->bucket_count; i++) {
        put_number(w, sum->buckets[i].key - last);
        put_number(w, sum->buckets[i].count);
        last = sum->buckets[i].key;
    }
}

static void put_metrics(struct writer *w, const struct delta *delta)
{
    size_t used = 0;

    for (size_t i = 0; i < delta->metric_count; i++)
        used += delta->metrics[i].sum.count > 0;
    put_number(w, used);
    for (size_t i = 0; i < delta->metric_count; i++) {
        if (delta->metrics[i].sum.count > 0)
            put_metric(w, &delta->metrics[i]);
    }
}

static void put_health(struct writer *w, const struct health_counts *health)
{
    put_hist(w, &health->loop_lag);
    put_hist(w, &health->late);
    put_number(w, health->cpu_ns);
    put_number(w, health->wall_ns);
    for (size_t i = 0; i < STATS_LIMITS; i++)
        put_number(w, health->limits[i]);
}

void *delta_write(const struct delta *delta, size_t *len)
{
    struct writer w = {0};
    unsigned char version = DELTA_VERSION, sum[CHECKSUM];
    uint32_t hash;

    put_bytes(&w, magic, sizeof magic);
    put_bytes(&w, &version, 1);
    put_number(&w, delta->source);
    put_number(&w, delta->sequence);
    put_number(&w, delta->kind_count);
    for (size_t i = 0; i < delta->kind_count; i++) {
        put_number(&w, delta->kinds[i].users);
        put_number(&w, delta->kinds[i].lost);
        put_hist(&w, &delta->kinds[i].lag);
    }
    put_health(&w, &delta->health);
    put_rows(&w, delta);
    put_errors(&w, &delta->errors);
    put_metrics(&w, delta);
    hash = tally_hash(TALLY_HASH, w.bytes, w.len);
    for (int i = 0; i < CHECKSUM; i++)
        sum[i] = (unsigned char)(hash >> (8 * i));
    put_bytes(&w, sum, sizeof sum);
    *len = w.len;
    return w.bytes;
}

/* ---- reading ---------------------------------------------------------------------------------------- */

struct reader {
    const unsigned char *at, *end;
    bool bad; /* set once; everything read after it is 0 */
};

static uint64_t get_number(struct reader *r)
{
    uint64_t value = 0;

    for (int shift = 0; shift < 64 && r->at < r->end && !r->bad; shift += 7) {
        unsigned char byte = *r->at++;

        value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return value;
    }
    r->bad = true;
    return 0;
}

/* A number of things, each of at least one byte: never more than bytes are left, so that it may be
 * allocated for. */
static size_t get_count(struct reader *r)
{
    uint64_t n = get_number(r);

    if (n > (uint64_t)(r->end - r->at)) {
        r->bad = true;
        return 0;
    }
    return (size_t)n;
}

static char *get_text(struct reader *r)
{
    size_t len = get_count(r);
    char *text = memory_text((const char *)r->at, len);

    if (memchr(text, '\0', len))
        r->bad = true;
    r->at += len;
    return text;
}

static void get_hist(struct reader *r, struct hist *h)
{
    size_t used = get_count(r);
    uint64_t bucket = 0;

    while (used-- > 0 && !r->bad) {
        uint64_t distance = get_number(r), n = get_number(r);

        if (r->bad || distance >= HIST_BUCKETS || bucket + distance >= HIST_BUCKETS) {
            r->bad = true;
            return;
        }
        bucket += distance;
        hist_add_bucket(h, (uint32_t)bucket, n);
    }
}

static void get_note(struct reader *r, struct tally_note *note)
{
    note->text = get_text(r);
    note->count = get_number(r);
    note->first_ms = (int64_t)get_number(r);
    note->last_ms = (int64_t)get_number(r);
}

static void get_notes(struct reader *r, struct tally_notes *notes, bool with_place)
{
    size_t n = get_count(r);

    notes->items = memory_new(n, sizeof *notes->items);
    notes->capacity = n ? n : 1;
    while (notes->count < n && !r->bad) {
        struct tally_note *note = &notes->items[notes->count++];

        if (with_place) {
            note->file = get_text(r);
            note->line = (uint32_t)get_number(r);
            note->kind = get_text(r);
            note->task = get_text(r);
        }
        get_note(r, note);
    }
}

static struct delta_row *get_row(struct reader *r)
{
    struct delta_row *row = memory_new(1, sizeof *row);
    struct tally *t = &row->tally;
    uint64_t *const numbers[] = {&t->requests, &t->failures,      &t->tries,           &t->cut,
                                 &t->dropped,  &t->bytes,         &t->total_ns,        &t->min_ns,
                                 &t->max_ns,   &t->first_byte_ns, &t->first_byte_count};

    row->type = get_text(r);
    row->name = get_text(r);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        *numbers[i] = get_number(r);
    get_hist(r, &t->times);
    get_hist(r, &t->scheduled);
    get_notes(r, &t->messages, false);
    if (t->times.count != t->requests || t->failures > t->requests)
        r->bad = true;
    return row;
}

static double get_double(struct reader *r)
{
    uint64_t bits = 0;
    double value;

    if (r->end - r->at < 8) {
        r->bad = true;
        return 0;
    }
    for (int i = 0; i < 8; i++)
        bits |= (uint64_t)*r->at++ << (8 * i);
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Buckets hold as many values as were counted, in a trend alone. */
static void get_buckets(struct reader *r, struct delta_metric *metric)
{
    struct metric_sum *sum = &metric->sum;
    size_t used = get_count(r);
    uint64_t key = 0, seen = 0;

    while (used-- > 0 && !r->bad) {
        uint64_t distance = get_number(r), n = get_number(r);

        if (r->bad || distance >= METRIC_KEYS || key + distance >= METRIC_KEYS) {
            r->bad = true;
            return;
        }
        key += distance;
        seen += n;
        metric_bucket_add(sum, (uint32_t)key, n);
    }
    if (seen != (metric->kind == SWARM_TREND ? sum->count : 0) || sum->hits > sum->count)
        r->bad = true;
}

static void get_metrics(struct reader *r, struct delta *delta)
{
    size_t n = get_count(r);

    delta->metrics = memory_new(n, sizeof *delta->metrics);
    while (delta->metric_count < n && !r->bad) {
        struct delta_metric *metric = &delta->metrics[delta->metric_count++];
        uint64_t kind;

        metric->name = get_text(r);
        kind = get_number(r);
        r->bad |= kind > SWARM_RATE;
        metric->kind = r->bad ? SWARM_COUNTER : (enum swarm_metric_kind)kind;
        metric->sum.count = get_number(r);
        metric->sum.hits = get_number(r);
        metric->sum.sum = get_double(r);
        metric->sum.min = get_double(r);
        metric->sum.max = get_double(r);
        get_buckets(r, metric);
    }
}

static void get_health(struct reader *r, struct health_counts *health)
{
    get_hist(r, &health->loop_lag);
    get_hist(r, &health->late);
    health->cpu_ns = get_number(r);
    health->wall_ns = get_number(r);
    for (size_t i = 0; i < STATS_LIMITS; i++)
        health->limits[i] = get_number(r);
}

static void get_body(struct reader *r, struct delta *delta)
{
    size_t n;

    delta->source = (uint32_t)get_number(r);
    delta->sequence = get_number(r);
    n = get_count(r);
    delta->kinds = memory_new(n, sizeof *delta->kinds);
    while (delta->kind_count < n && !r->bad) {
        struct delta_kind *kind = &delta->kinds[delta->kind_count++];

        kind->users = get_number(r);
        kind->lost = get_number(r);
        get_hist(r, &kind->lag);
    }
    get_health(r, &delta->health);
    n = get_count(r);
    delta->rows = memory_new(n, sizeof(struct delta_row *));
    while (delta->row_count < n && !r->bad)
        delta->rows[delta->row_count++] = get_row(r);
    get_notes(r, &delta->errors, true);
    get_metrics(r, delta);
    if (r->at != r->end)
        r->bad = true;
}

bool delta_read(struct delta *delta, const void *bytes, size_t len)
{
    const unsigned char *p = bytes;
    struct reader r = {0};
    uint32_t sum = 0;

    memset(delta, 0, sizeof *delta);
    if (len < sizeof magic + 1 + CHECKSUM || memcmp(p, magic, sizeof magic) != 0 || p[sizeof magic] != DELTA_VERSION)
        return false;
    for (int i = 0; i < CHECKSUM; i++)
        sum |= (uint32_t)p[len - CHECKSUM + (size_t)i] << (8 * i);
    if (sum != tally_hash(TALLY_HASH, p, len - CHECKSUM))
        return false;
    r.at = p + sizeof magic + 1;
    r.end = p + len - CHECKSUM;
    get_body(&r, delta);
    if (r.bad)
        delta_free(delta);
    return !r.bad;
}

void delta_free(struct delta *delta)
{
    for (size_t i = 0; i < delta->kind_count; i++)
        hist_free(&delta->kinds[i].lag);
    free(delta->kinds);
    health_free(&delta->health);
    for (size_t i = 0; i < delta->row_count; i++) {
        if (!delta->rows[i])
            continue;
        free(delta->rows[i]->type);
        free(delta->rows[i]->name);
        tally_free(&delta->rows[i]->tally);
        free(delta->rows[i]);
    }
    free(delta->rows);
    tally_notes_free(&delta->errors);
    for (size_t i = 0; i < delta->metric_count; i++) {
        free(delta->metrics[i].name);
        metric_sum_free(&delta->metrics[i].sum);
    }
    free(delta->metrics);
    memset(delta, 0, sizeof *delta);
}
