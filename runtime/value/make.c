/* Values that are made: texts, lists, objects. */
#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"
#include "value.h"

/* Of a group that holds values of both owners: whose life is shorter; a kept one must be copied sooner than a
 * view. */
static enum swarm_owner shorter(enum swarm_owner a, enum swarm_owner b)
{
    static const uint8_t rank[] = {[SWARM_PROGRAM] = 0, [SWARM_ARENA] = 1, [SWARM_VIEW] = 2, [SWARM_KEPT] = 3};
    return rank[a] > rank[b] ? a : b;
}

struct swarm_value value_arena_text(const char *text, size_t n)
{
    return (struct swarm_value){.text = text, .n = (uint32_t)n, .kind = SWARM_TEXT, .owner = SWARM_ARENA};
}

struct swarm_value value_group(struct swarm_strand *s, const struct swarm_place *place, enum swarm_kind kind,
                               const struct swarm_value *items, uint32_t n)
{
    uint32_t count = kind == SWARM_OBJECT ? 2 * n : n;
    uint8_t owner = SWARM_ARENA, depth = 0;
    for (uint32_t i = 0; i < count; i++) {
        bool group = items[i].kind == SWARM_LIST || items[i].kind == SWARM_OBJECT;
        bool points =
            group || items[i].kind == SWARM_TEXT || items[i].kind == SWARM_NUMBER || items[i].kind == SWARM_JSON;
        owner = points ? shorter(owner, items[i].owner) : owner;
        depth = group && items[i].unused > depth ? items[i].unused : depth;
    }
    if (depth >= VALUE_DEPTH) {
        value_error(s, place, "lists and objects nested more than %d deep", VALUE_DEPTH);
        return swarm_null();
    }
    return (struct swarm_value){
        .items = items, .n = n, .kind = (uint8_t)kind, .owner = owner, .unused = (uint8_t)(depth + 1)};
}

struct swarm_value swarm_list(struct swarm_strand *s, const struct swarm_value *items, uint32_t n)
{
    struct swarm_value *copy = value_room(s, NULL, n * sizeof *copy);
    if (!copy) {
        return swarm_null();
    }
    if (n) {
        memcpy(copy, items, n * sizeof *copy);
    }
    return value_group(s, NULL, SWARM_LIST, copy, n);
}

/* ------------------------------------------------------------------ objects */

/* Distinct keys: a small table of 1 + index into `items`, made when there are many. */
struct keys {
    struct swarm_value *items;
    uint32_t n;
    uint32_t *table, mask;
};

static uint32_t hash_of(struct swarm_value key)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (uint32_t i = 0; i < key.n; i++) {
        hash = (hash ^ (unsigned char)key.text[i]) * 16777619u;
    }
    return hash;
}

static bool same_key(struct swarm_value a, struct swarm_value b)
{
    return a.n == b.n && memcmp(a.text, b.text, a.n) == 0;
}

/* The place of the key's value; a new key gets the next one. */
static struct swarm_value *slot_of(struct keys *keys, struct swarm_value key)
{
    uint32_t i = 0, at = 0;
    if (keys->table) {
        for (at = hash_of(key) & keys->mask; keys->table[at]; at = (at + 1) & keys->mask) {
            i = keys->table[at] - 1;
            if (same_key(keys->items[2 * i], key)) {
                return &keys->items[2 * i + 1];
            }
        }
        keys->table[at] = keys->n + 1;
    } else {
        for (i = 0; i < keys->n; i++) {
            if (same_key(keys->items[2 * i], key)) {
                return &keys->items[2 * i + 1];
            }
        }
    }
    i = keys->n++;
    keys->items[2 * i] = key;
    return &keys->items[2 * i + 1];
}

static void make_table(struct keys *keys, uint32_t most)
{
    enum { FEW = 16 };
    if (most <= FEW) {
        return;
    }
    size_t size = 64;
    while (size < 2 * (size_t)most) {
        size *= 2;
    }
    keys->table = memory_resize(NULL, size * sizeof *keys->table, 1);
    memset(keys->table, 0, size * sizeof *keys->table);
    keys->mask = (uint32_t)(size - 1);
}

uint32_t value_distinct(struct swarm_value *items, uint32_t n)
{
    struct keys keys = {.items = items};
    make_table(&keys, n);
    for (uint32_t i = 0; i < n; i++) {
        struct swarm_value value = items[2 * i + 1];
        *slot_of(&keys, items[2 * i]) = value;
    }
    free(keys.table);
    return keys.n;
}

/* Entries with the spreads unfolded: count first, then fill. */
static bool count_entries(struct swarm_strand *s, const struct swarm_place *place, const struct swarm_value *entries,
                          uint32_t n, uint64_t *count)
{
    *count = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (entries[2 * i].kind != SWARM_NULL) {
            ++*count;
            continue;
        }
        if (!value_is_object(entries[2 * i + 1])) {
            value_wanted(s, place, "an object behind ...", entries[2 * i + 1]);
            return false;
        }
        *count += (uint64_t)swarm_length(s, entries[2 * i + 1], place);
    }
    if (*count > UINT32_MAX / 2) {
        value_no_room(s, place);
    }
    return !swarm_failed(s);
}

struct swarm_value swarm_object(struct swarm_strand *s, const struct swarm_place *place,
                                const struct swarm_value *entries, uint32_t n)
{
    uint64_t most;
    if (!count_entries(s, place, entries, n, &most)) {
        return swarm_null();
    }
    struct swarm_value *items = value_room(s, place, 2 * most * sizeof *items);
    if (!items) {
        return swarm_null();
    }
    uint32_t used = 0;
    for (uint32_t i = 0; i < n; i++) {
        const struct swarm_value *from = &entries[2 * i];
        uint32_t count = 1;
        if (from->kind == SWARM_NULL && !value_unfold(s, place, from[1], &from, &count)) {
            return swarm_null();
        }
        if (count) {
            memcpy(items + 2 * (size_t)used, from, 2 * (size_t)count * sizeof *items);
            used += count;
        }
    }
    return value_group(s, place, SWARM_OBJECT, items, value_distinct(items, used));
}

/* ------------------------------------------------------------------ texts */

struct swarm_value swarm_format(struct swarm_strand *s, const struct swarm_place *place,
                                const struct swarm_value *parts, uint32_t count)
{
    struct value_buffer buffer = {.arena = &strand_of(s)->arena};
    for (uint32_t i = 0; i < count; i++) {
        if (parts[i].kind == SWARM_NULL) {
            value_wanted(s, place, "a value", parts[i]);
            return swarm_text("", 0);
        }
        value_text(parts[i], &buffer);
    }
    if (buffer.full) {
        value_no_room(s, place);
        return swarm_text("", 0);
    }
    return buffer.size ? value_arena_text(buffer.data, buffer.size) : swarm_text("", 0);
}

struct swarm_value swarm_join(struct swarm_strand *s, struct swarm_value a, struct swarm_value b,
                              const struct swarm_place *place)
{
    if (!value_take_text(s, place, a) || !value_take_text(s, place, b)) {
        return swarm_text("", 0);
    }
    if (b.n == 0) {
        return a;
    }
    size_t n = (size_t)a.n + b.n;
    struct arena *arena = &strand_of(s)->arena;
    if (a.owner == SWARM_ARENA && n <= ARENA_BOUND && arena_extend(arena, (void *)(uintptr_t)a.text, a.n, b.n)) {
        memmove((char *)(uintptr_t)a.text + a.n, b.text, b.n);
        return value_arena_text(a.text, n);
    }
    char *text = value_room(s, place, n);
    if (!text) {
        return swarm_text("", 0);
    }
    if (a.n) {
        memcpy(text, a.text, a.n);
    }
    memcpy(text + a.n, b.text, b.n);
    return value_arena_text(text, n);
}

const char *swarm_string(struct swarm_strand *s, struct swarm_value v, const struct swarm_place *place)
{
    if (v.kind == SWARM_NULL) {
        value_wanted(s, place, "a value", v);
        return "";
    }
    struct value_buffer buffer = {0};
    value_text(v, &buffer);
    for (size_t i = 0; i < buffer.size; i++) {
        if (buffer.data[i] == '\0' || buffer.data[i] == '\r' || buffer.data[i] == '\n') {
            value_wanted(s, place, "a text without line end and zero byte", v);
            value_buffer_free(&buffer);
            return "";
        }
    }
    value_buffer_byte(&buffer, '\0');
    return buffer.data;
}
