/* rows.c - see rows.h */
#include "rows.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"
#include "tally.h"

struct dynamic_row {
    char *type, *name;
};

struct stats_rows {
    const struct swarm_row *fixed;
    size_t fixed_count;
    pthread_mutex_t lock; /* of everything below */
    struct dynamic_row *dynamic;
    size_t dynamic_count, dynamic_capacity;
    size_t capped; /* names that count against the cap */
    atomic_bool full;
    uint32_t *slots; /* open addressing: id + 1, 0 is free; at most half full */
    size_t slot_count;
};

static const char other[] = "(other)";

bool stats_type_in_totals(const char *type)
{
    return strcmp(type, "SETUP") != 0 && strcmp(type, "TRANSACTION") != 0 && strcmp(type, STATS_PART) != 0;
}

uint32_t rows_hash(const char *type, const char *name, size_t len)
{
    uint32_t hash = tally_hash(TALLY_HASH, type, strlen(type) + 1);

    return tally_hash(hash, name, len);
}

static struct swarm_row row_at(const struct stats_rows *rows, uint32_t id)
{
    const struct dynamic_row *row;

    if (id < rows->fixed_count)
        return rows->fixed[id];
    row = &rows->dynamic[id - rows->fixed_count];
    return (struct swarm_row){row->type, row->name};
}

static uint32_t *slot_of(const struct stats_rows *rows, const char *type, const char *name, size_t len)
{
    size_t at = rows_hash(type, name, len) & (rows->slot_count - 1);

    while (rows->slots[at]) {
        struct swarm_row row = row_at(rows, rows->slots[at] - 1);

        if (strcmp(row.type, type) == 0 && strlen(row.name) == len && memcmp(row.name, name, len) == 0)
            break;
        at = (at + 1) & (rows->slot_count - 1);
    }
    return &rows->slots[at];
}

static void enter(struct stats_rows *rows, uint32_t id)
{
    struct swarm_row row = row_at(rows, id);
    uint32_t *slot = slot_of(rows, row.type, row.name, strlen(row.name));

    if (!*slot)
        *slot = id + 1;
}

/* Keeps the table at most half full with one more row. */
static void make_room(struct stats_rows *rows)
{
    size_t used = rows->fixed_count + rows->dynamic_count;

    if (rows->slot_count > (used + 1) * 2)
        return;
    while (rows->slot_count <= (used + 1) * 2)
        rows->slot_count = rows->slot_count ? rows->slot_count * 2 : 64;
    free(rows->slots);
    rows->slots = memory_new(rows->slot_count, sizeof *rows->slots);
    for (size_t id = 0; id < used; id++)
        enter(rows, (uint32_t)id);
}

struct stats_rows *stats_rows_create(const struct swarm_row *fixed, size_t count)
{
    struct stats_rows *rows = memory_new(1, sizeof *rows);

    rows->fixed = fixed;
    rows->fixed_count = count;
    pthread_mutex_init(&rows->lock, NULL);
    make_room(rows);
    return rows;
}

void stats_rows_free(struct stats_rows *rows)
{
    if (!rows)
        return;
    for (size_t i = 0; i < rows->dynamic_count; i++) {
        free(rows->dynamic[i].type);
        free(rows->dynamic[i].name);
    }
    free(rows->dynamic);
    free(rows->slots);
    pthread_mutex_destroy(&rows->lock);
    free(rows);
}

static uint32_t add_row(struct stats_rows *rows, const char *type, const char *name, size_t len)
{
    struct dynamic_row *row;
    uint32_t id = (uint32_t)(rows->fixed_count + rows->dynamic_count);

    make_room(rows);
    rows->dynamic = memory_grow(rows->dynamic, rows->dynamic_count, &rows->dynamic_capacity, sizeof *rows->dynamic);
    row = &rows->dynamic[rows->dynamic_count++];
    row->type = memory_text(type, strlen(type));
    row->name = memory_text(name, len);
    enter(rows, id);
    return id;
}

static uint32_t find_or_add(struct stats_rows *rows, const char *type, const char *name, size_t len, bool always)
{
    uint32_t slot = *slot_of(rows, type, name, len);

    if (slot)
        return slot - 1;
    if (always)
        return add_row(rows, type, name, len);
    if (rows->capped >= STATS_DYNAMIC_ROWS)
        return find_or_add(rows, type, other, sizeof other - 1, true);
    rows->capped++;
    if (rows->capped == STATS_DYNAMIC_ROWS)
        atomic_store(&rows->full, true);
    return add_row(rows, type, name, len);
}

uint32_t rows_id(struct stats_rows *rows, const char *type, const char *name, size_t len, bool always)
{
    uint32_t id;

    pthread_mutex_lock(&rows->lock);
    id = find_or_add(rows, type, name, len, always);
    pthread_mutex_unlock(&rows->lock);
    return id;
}

struct swarm_row rows_at(struct stats_rows *rows, uint32_t id)
{
    struct swarm_row row;

    if (id < rows->fixed_count)
        return rows->fixed[id];
    pthread_mutex_lock(&rows->lock);
    row = row_at(rows, id);
    pthread_mutex_unlock(&rows->lock);
    return row;
}

bool rows_full(struct stats_rows *rows)
{
    return atomic_load_explicit(&rows->full, memory_order_acquire);
}

uint32_t rows_count(struct stats_rows *rows)
{
    uint32_t count;

    pthread_mutex_lock(&rows->lock);
    count = (uint32_t)(rows->fixed_count + rows->dynamic_count);
    pthread_mutex_unlock(&rows->lock);
    return count;
}
