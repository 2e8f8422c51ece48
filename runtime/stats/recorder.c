/* recorder.c - what one shard counts: see stats.h. A recorder is a delta that fills up, and a cache of the
 * rows by name. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"
#include "../log/secret.h"
#include "delta.h"
#include "rows.h"
#include "stats.h"

enum { NS_PER_US = 1000 };

/* A part of the scenario and its row. */
struct part {
    const char *kind, *group, *task;
    uint32_t row;
};

struct recorder {
    struct stats_rows *table;
    struct delta delta; /* rows[id]; their texts belong to the table */
    uint32_t *slots;    /* cache by name: id + 1, 0 is free; a power of two, at most half full */
    size_t slot_count, slots_used;
    struct part *parts; /* by the addresses of their names; kind NULL: free; a power of two, at most half full */
    size_t part_slots, parts_used;
    bool complete; /* the table is full and every row of it is in the cache */
};

struct recorder *recorder_create(struct stats_rows *rows, uint32_t source, size_t kinds)
{
    struct recorder *rec = memory_apart(1, sizeof *rec);

    rec->table = rows;
    rec->delta.source = source;
    rec->delta.sequence = 1;
    rec->delta.kinds = memory_apart(kinds, sizeof *rec->delta.kinds);
    rec->delta.kind_count = kinds;
    rec->slot_count = 64;
    rec->slots = memory_new(rec->slot_count, sizeof *rec->slots);
    return rec;
}

void recorder_free(struct recorder *rec)
{
    if (!rec)
        return;
    for (size_t i = 0; i < rec->delta.row_count; i++) {
        if (rec->delta.rows[i])
            rec->delta.rows[i]->type = rec->delta.rows[i]->name = NULL;
    }
    for (size_t i = 0; i < rec->delta.metric_count; i++)
        rec->delta.metrics[i].name = NULL;
    delta_free(&rec->delta);
    free(rec->slots);
    free(rec->parts);
    free(rec);
}

/* ---- rows ------------------------------------------------------------------------------------------- */

static __attribute__((noinline)) struct delta_row *new_row(struct recorder *rec, uint32_t id)
{
    struct delta *d = &rec->delta;
    struct swarm_row row = rows_at(rec->table, id);

    if (id >= d->row_count) {
        size_t count = (size_t)id + 1 > d->row_count * 2 ? (size_t)id + 1 : d->row_count * 2;

        d->rows = memory_resize(d->rows, count, sizeof(struct delta_row *));
        memset(d->rows + d->row_count, 0, (count - d->row_count) * sizeof(struct delta_row *));
        d->row_count = count;
    }
    d->rows[id] = memory_new(1, sizeof(struct delta_row));
    d->rows[id]->type = (char *)(uintptr_t)row.type;
    d->rows[id]->name = (char *)(uintptr_t)row.name;
    return d->rows[id];
}

static inline struct delta_row *row_of(struct recorder *rec, uint32_t id)
{
    if (id < rec->delta.row_count && rec->delta.rows[id])
        return rec->delta.rows[id];
    return new_row(rec, id);
}

static uint32_t *slot_of(struct recorder *rec, const char *type, const char *name, size_t len)
{
    size_t at = rows_hash(type, name, len) & (rec->slot_count - 1);

    while (rec->slots[at]) {
        const struct delta_row *row = row_of(rec, rec->slots[at] - 1);

        if (strcmp(row->type, type) == 0 && strlen(row->name) == len && memcmp(row->name, name, len) == 0)
            break;
        at = (at + 1) & (rec->slot_count - 1);
    }
    return &rec->slots[at];
}

static void remember(struct recorder *rec, uint32_t id)
{
    struct delta_row *row = row_of(rec, id);
    uint32_t *slot = slot_of(rec, row->type, row->name, strlen(row->name));

    if (*slot)
        return;
    *slot = id + 1;
    if (++rec->slots_used * 2 < rec->slot_count)
        return;

    uint32_t *old = rec->slots;
    size_t old_count = rec->slot_count;

    rec->slot_count *= 2;
    rec->slots = memory_new(rec->slot_count, sizeof *rec->slots);
    for (size_t i = 0; i < old_count; i++) {
        if (old[i]) {
            row = row_of(rec, old[i] - 1);
            *slot_of(rec, row->type, row->name, strlen(row->name)) = old[i];
        }
    }
    free(old);
}

/* Once no new name can come any more, every name of the table goes into the cache: what is not in it then
 * is `(other)`, without the lock. */
static void complete_cache(struct recorder *rec)
{
    uint32_t count = rows_count(rec->table);

    for (uint32_t id = 0; id < count; id++)
        remember(rec, id);
    rec->complete = true;
}

uint32_t recorder_row(struct recorder *rec, const char *type, const char *name, size_t len)
{
    static const char other[] = "(other)";
    uint32_t slot, id;

    len = tally_cut(name, len, STATS_ROW_NAME);
    if (memchr(name, '\0', len))
        len = strlen(name);
    slot = *slot_of(rec, type, name, len);
    if (slot)
        return slot - 1;
    if (!rec->complete && rows_full(rec->table)) {
        complete_cache(rec);
        return recorder_row(rec, type, name, len);
    }
    if (rec->complete) {
        name = other;
        len = sizeof other - 1;
        slot = *slot_of(rec, type, name, len);
        if (slot)
            return slot - 1;
    }
    id = rows_id(rec->table, type, name, len, rec->complete);
    remember(rec, id);
    return id;
}

uint32_t recorder_setup_row(struct recorder *rec, uint32_t row)
{
    struct swarm_row base = rows_at(rec->table, row);
    size_t type_len = strlen(base.type), name_len = strlen(base.name);
    char *name = memory_new(type_len + name_len + 2, 1);
    size_t len = type_len + 1 + name_len;
    uint32_t slot, id;

    memcpy(name, base.type, type_len);
    name[type_len] = ' ';
    memcpy(name + type_len + 1, base.name, name_len);
    slot = *slot_of(rec, "SETUP", name, len);
    id = slot ? slot - 1 : rows_id(rec->table, "SETUP", name, len, true);
    if (!slot)
        remember(rec, id);
    free(name);
    return id;
}

struct swarm_row recorder_row_text(struct recorder *rec, uint32_t row)
{
    return rows_at(rec->table, row);
}

/* ---- counting --------------------------------------------------------------------------------------- */

/* Where a sample falls in the histograms of a row. */
struct places {
    uint32_t time, scheduled;
};

static struct places places_of(const struct recorder_sample *sample)
{
    struct places places = {.time = hist_bucket(sample->duration_ns / NS_PER_US)};

    if (sample->scheduled)
        places.scheduled = hist_bucket((sample->duration_ns + sample->late_ns) / NS_PER_US);
    return places;
}

static void count(struct tally *t, const struct recorder_sample *sample, struct places places)
{
    uint64_t ns = sample->duration_ns;

    if (t->requests == 0 || ns < t->min_ns)
        t->min_ns = ns;
    if (ns > t->max_ns)
        t->max_ns = ns;
    t->requests++;
    t->failures += sample->failed;
    t->bytes += sample->bytes;
    t->total_ns += ns;
    t->first_byte_ns += sample->first_byte_ns;
    t->first_byte_count += sample->first_byte_ns > 0;
    hist_count(&t->times, places.time);
    if (sample->scheduled)
        hist_count(&t->scheduled, places.scheduled);
}

void recorder_request(struct recorder *rec, uint32_t row, const struct recorder_sample *sample)
{
    count(&row_of(rec, row)->tally, sample, places_of(sample));
}

/* ---- parts ------------------------------------------------------------------------------------------ */

static struct part *part_slot(struct recorder *rec, const char *kind, const char *group, const char *task)
{
    /* Multiplicative hashing by odd constants of 64 bits: it is done once a request. */
    uint64_t mixed = ((uint64_t)(uintptr_t)kind * UINT64_C(0x9e3779b97f4a7c15) ^ (uint64_t)(uintptr_t)group) *
                         UINT64_C(0xff51afd7ed558ccd) ^
                     (uint64_t)(uintptr_t)task * UINT64_C(0xc4ceb9fe1a85ec53);
    size_t at = (size_t)(mixed >> 32) & (rec->part_slots - 1);

    while (rec->parts[at].kind &&
           (rec->parts[at].kind != kind || rec->parts[at].group != group || rec->parts[at].task != task))
        at = (at + 1) & (rec->part_slots - 1);
    return &rec->parts[at];
}

static void widen_parts(struct recorder *rec)
{
    struct part *old = rec->parts;
    size_t count = rec->part_slots;

    rec->part_slots = count ? count * 2 : 32;
    rec->parts = memory_new(rec->part_slots, sizeof *rec->parts);
    for (size_t i = 0; i < count; i++) {
        if (old[i].kind)
            *part_slot(rec, old[i].kind, old[i].group, old[i].task) = old[i];
    }
    free(old);
}

/* The row of a part is called KIND, GROUP, TASK with the unit separator of ASCII between them, which no name holds. */
static uint32_t part_row(struct recorder *rec, const char *kind, const char *group, const char *task)
{
    size_t size = strlen(kind) + strlen(group) + strlen(task) + 3;
    char *name = memory_new(size, 1);
    uint32_t row;

    snprintf(name, size, "%s\x1f%s\x1f%s", kind, group, task);
    row = rows_id(rec->table, STATS_PART, name, size - 1, true);
    free(name);
    return row;
}

void recorder_part(struct recorder *rec, uint32_t row, const char *kind, const char *group, const char *task,
                   const struct recorder_sample *sample)
{
    struct places places = places_of(sample);
    struct part *part;

    if (rec->parts_used * 2 >= rec->part_slots)
        widen_parts(rec);
    part = part_slot(rec, kind, group, task);
    if (!part->kind) {
        *part = (struct part){kind, group, task, part_row(rec, kind, group, task)};
        rec->parts_used++;
    }
    count(&row_of(rec, row)->tally, sample, places);
    count(&row_of(rec, part->row)->tally, sample, places);
}

/* A text as it is kept: secrets masked, NUL bytes dropped to their escape, cut; to be freed. */
static char *kept_text(const char *text, size_t len, size_t limit)
{
    size_t masked_len = 0;
    char *masked = secret_mask(text, len, &masked_len);
    char *kept;

    if (!masked) {
        len = tally_cut(text, len, limit);
        kept = memory_text(text, len);
    } else {
        len = tally_cut(masked, masked_len, limit);
        kept = memory_text(masked, len);
        free(masked);
    }
    for (size_t i = 0; i < len; i++) {
        if (kept[i] == '\0')
            kept[i] = ' ';
    }
    return kept;
}

void recorder_failure(struct recorder *rec, uint32_t row, const char *text, size_t len, int64_t unix_ms)
{
    struct tally_note note = {.count = 1, .first_ms = unix_ms, .last_ms = unix_ms};

    note.text = kept_text(text, len, STATS_MESSAGE_BYTES);
    tally_message_add(&row_of(rec, row)->tally.messages, &note);
    free(note.text);
}

void recorder_error(struct recorder *rec, const char *file, uint32_t line, const char *kind, const char *task,
                    const char *text, size_t len, int64_t unix_ms)
{
    struct tally_note note = {.line = line, .count = 1, .first_ms = unix_ms, .last_ms = unix_ms};

    note.file = (char *)(uintptr_t)(file ? file : "");
    note.kind = (char *)(uintptr_t)(kind ? kind : "");
    note.task = (char *)(uintptr_t)(task ? task : "");
    note.text = kept_text(text, len, STATS_ERROR_BYTES);
    tally_error_add(&rec->delta.errors, &note);
    free(note.text);
}

void recorder_tries(struct recorder *rec, uint32_t row, uint64_t n)
{
    row_of(rec, row)->tally.tries += n;
}

void recorder_cut(struct recorder *rec, uint32_t row)
{
    row_of(rec, row)->tally.cut++;
}

void recorder_drop(struct recorder *rec, uint32_t row)
{
    row_of(rec, row)->tally.dropped++;
}

void recorder_lost(struct recorder *rec, uint32_t kind)
{
    if (kind < rec->delta.kind_count)
        rec->delta.kinds[kind].lost++;
}

void recorder_lag(struct recorder *rec, uint32_t kind, uint64_t ns)
{
    if (kind < rec->delta.kind_count)
        hist_add(&rec->delta.kinds[kind].lag, ns / NS_PER_US);
}

void recorder_loop_lag(struct recorder *rec, uint64_t ns)
{
    hist_add(&rec->delta.health.loop_lag, ns / NS_PER_US);
}

void recorder_late_start(struct recorder *rec, uint64_t ns)
{
    hist_add(&rec->delta.health.late, ns / NS_PER_US);
}

void recorder_limit(struct recorder *rec, enum stats_limit limit)
{
    rec->delta.health.limits[limit]++;
}

void recorder_cpu(struct recorder *rec, uint64_t cpu_ns, uint64_t wall_ns)
{
    rec->delta.health.cpu_ns += cpu_ns;
    rec->delta.health.wall_ns += wall_ns;
}

void recorder_users(struct recorder *rec, uint32_t kind, uint64_t alive)
{
    if (kind < rec->delta.kind_count)
        rec->delta.kinds[kind].users = alive;
}

/* ---- metrics ---------------------------------------------------------------------------------------- */

void recorder_metrics(struct recorder *rec, struct swarm_metric *const *metrics, size_t count)
{
    rec->delta.metrics = memory_apart(count, sizeof *rec->delta.metrics);
    rec->delta.metric_count = count;
    for (size_t i = 0; i < count; i++) {
        rec->delta.metrics[i].name = (char *)(uintptr_t)metrics[i]->name;
        rec->delta.metrics[i].kind = metrics[i]->kind;
    }
}

void recorder_count(struct recorder *rec, uint32_t metric, double by)
{
    metric_count(&rec->delta.metrics[metric].sum, by);
}

void recorder_value(struct recorder *rec, uint32_t metric, double value)
{
    metric_sample(&rec->delta.metrics[metric].sum, value);
}

void recorder_condition(struct recorder *rec, uint32_t metric, bool held)
{
    metric_condition(&rec->delta.metrics[metric].sum, held);
}

/* ---- handing over ----------------------------------------------------------------------------------- */

void *recorder_take(struct recorder *rec, size_t *len)
{
    struct delta *d = &rec->delta;
    void *bytes = delta_write(d, len);

    d->sequence++;
    health_clear(&d->health);
    tally_notes_free(&d->errors);
    for (size_t i = 0; i < d->kind_count; i++) {
        d->kinds[i].lost = 0;
        hist_clear(&d->kinds[i].lag);
    }
    for (size_t i = 0; i < d->row_count; i++) {
        if (d->rows[i] && tally_any(&d->rows[i]->tally))
            tally_clear(&d->rows[i]->tally);
    }
    for (size_t i = 0; i < d->metric_count; i++)
        metric_sum_clear(&d->metrics[i].sum);
    return bytes;
}
