/* Built-in functions: lists, objects and JSON. */
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "value.h"

int64_t swarm_fn_len(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a)
{
    return swarm_length(s, a, place);
}

struct swarm_value swarm_fn_append(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value list,
                                   struct swarm_value element)
{
    const struct swarm_value *old;
    uint32_t n;
    if (!value_take_list(s, place, list) || !value_unfold(s, place, list, &old, &n)) {
        return swarm_null();
    }
    size_t size = n * sizeof *old;
    struct swarm_value *items = (struct swarm_value *)(uintptr_t)old;
    if (list.owner != SWARM_ARENA || !arena_extend(&strand_of(s)->arena, items, size, sizeof element)) {
        items = value_room(s, place, size + sizeof element);
        if (!items) {
            return swarm_null();
        }
        if (n) {
            memcpy(items, old, size);
        }
    }
    items[n] = element;
    return value_group(s, place, SWARM_LIST, items, n + 1);
}

/* ------------------------------------------------------------------ sort */

static const char *wanted_like(struct swarm_value first)
{
    return first.kind == SWARM_TEXT       ? "texts as before it"
           : first.kind == SWARM_DURATION ? "durations as before it"
                                          : "numbers as before it";
}

/* All numbers, all texts or all durations: then comparing raises no error. */
static bool can_be_sorted(struct swarm_strand *s, const struct swarm_place *place, const struct swarm_value *items,
                          uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        bool number = value_is_number(items[i]), first_number = value_is_number(items[0]);
        bool sortable = number || items[i].kind == SWARM_TEXT || items[i].kind == SWARM_DURATION;
        if (!sortable || number != first_number || (!number && items[i].kind != items[0].kind)) {
            value_wanted(s, place, i == 0 ? "numbers, texts or durations" : wanted_like(items[0]), items[i]);
            return false;
        }
    }
    return true;
}

static int by_order(const void *a, const void *b)
{
    return swarm_compare(NULL, *(const struct swarm_value *)a, *(const struct swarm_value *)b, NULL);
}

/* Merges the sorted halves of items; `room` holds the first one. Stable. */
static void merge(struct swarm_value *items, uint32_t half, uint32_t n, struct swarm_value *room)
{
    memcpy(room, items, half * sizeof *room);
    uint32_t left = 0, right = half, out = 0;
    while (left < half) {
        items[out++] = right < n && by_order(&items[right], &room[left]) < 0 ? items[right++] : room[left++];
    }
}

static void sort(struct swarm_value *items, uint32_t n, struct swarm_value *room)
{
    if (n < 2) {
        return;
    }
    sort(items, n / 2, room);
    sort(items + n / 2, n - n / 2, room);
    merge(items, n / 2, n, room);
}

struct swarm_value swarm_fn_sort(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value list)
{
    const struct swarm_value *old;
    uint32_t n;
    if (!value_take_list(s, place, list) || !value_unfold(s, place, list, &old, &n) ||
        !can_be_sorted(s, place, old, n)) {
        return swarm_null();
    }
    struct swarm_value *items = value_room(s, place, n * sizeof *items),
                       *room = value_room(s, place, n / 2 * sizeof *items);
    if (!items || !room) {
        return swarm_null();
    }
    if (n) {
        memcpy(items, old, n * sizeof *items);
    }
    sort(items, n, room);
    return value_group(s, place, SWARM_LIST, items, n);
}

/* ------------------------------------------------------------------ objects */

struct swarm_value swarm_fn_keys(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a)
{
    const struct swarm_value *entries;
    uint32_t n;
    if (!value_is_object(a)) {
        value_wanted(s, place, "an object", a);
        return swarm_null();
    }
    if (!value_unfold(s, place, a, &entries, &n)) {
        return swarm_null();
    }
    struct swarm_value *keys = value_room(s, place, n * sizeof *keys);
    if (!keys) {
        return swarm_null();
    }
    for (uint32_t i = 0; i < n; i++) {
        keys[i] = entries[2 * i];
    }
    return value_group(s, place, SWARM_LIST, keys, n);
}

struct swarm_value swarm_fn_index_of(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value list,
                                     struct swarm_value element)
{
    struct swarm_mark mark = swarm_mark(s);
    struct swarm_walk walk = swarm_walk(s, list, place);
    struct swarm_value next;
    for (int64_t i = 0; swarm_step_on(s, &walk, &next); i++) {
        if (swarm_equal(next, element)) {
            swarm_reset(s, &mark);
            return swarm_int(i);
        }
    }
    if (!swarm_failed(s)) {
        swarm_reset(s, &mark);
    }
    return swarm_null();
}

/* ------------------------------------------------------------------ JSON */

struct swarm_value swarm_fn_to_json(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a)
{
    struct value_buffer buffer = {.arena = &strand_of(s)->arena};
    value_json(a, &buffer);
    if (buffer.full) {
        value_no_room(s, place);
        return swarm_text("", 0);
    }
    return value_arena_text(buffer.data, buffer.size);
}

struct swarm_value swarm_fn_parse_json(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a)
{
    static const struct swarm_path whole = {.count = 0};
    struct swarm_value v;
    struct json_error error;
    if (!value_take_text(s, place, a) || json_find(&strand_of(s)->arena, a.text, a.n, a.owner, &whole, 1, &v, &error)) {
        return swarm_failed(s) ? swarm_null() : v;
    }
    if (error.what == json_no_room) {
        value_no_room(s, place);
        return swarm_null();
    }
    struct value_buffer why = {0};
    json_explain(&why, a.text, a.n, &error);
    value_error(s, place, "%.*s", (int)why.size, why.data);
    value_buffer_free(&why);
    return swarm_null();
}
