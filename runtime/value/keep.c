/* How long values last: marks of the arena, copies, kept slots.
 *
 * A copy is one block: the items of lists and objects in front (aligned), the bytes of texts behind. A JSON
 * array is indexed when it is copied: it becomes a list over that block, its texts unescaped in place. */
#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"
#include "json.h"
#include "value.h"

struct kept {
    uint64_t size;   /* of the block behind this header */
    uint64_t unused; /* keeps the block aligned to 16 */
};

/* ------------------------------------------------------------------ the arena */

struct swarm_mark swarm_mark(struct swarm_strand *s)
{
    struct swarm_mark mark;
    arena_mark(&strand_of(s)->arena, &mark.chunk, &mark.used);
    return mark;
}

void swarm_reset(struct swarm_strand *s, const struct swarm_mark *mark)
{
    arena_reset(&strand_of(s)->arena, mark->chunk, mark->used);
}

/* ------------------------------------------------------------------ copies */

struct block {
    struct swarm_value *items; /* next free */
    char *bytes;
    uint8_t owner;
};

static bool is_bytes(struct swarm_value v)
{
    return v.kind == SWARM_TEXT || v.kind == SWARM_NUMBER || v.kind == SWARM_JSON;
}

static bool is_group(struct swarm_value v)
{
    return v.kind == SWARM_LIST || v.kind == SWARM_OBJECT;
}

static uint32_t items_of(struct swarm_value v)
{
    return v.kind == SWARM_OBJECT ? 2 * v.n : v.n;
}

static bool is_json_array(struct swarm_value v)
{
    return v.kind == SWARM_JSON && v.text[0] == '[';
}

static uint32_t elements_of(struct swarm_value array)
{
    struct json_cursor cursor = json_open(array.text, array.n);
    struct json_token token;
    uint32_t n = 0;
    while (json_next(&cursor, NULL, &token)) {
        n++;
    }
    return n;
}

/* What a copy needs: items in front, bytes behind. `index`: an array is indexed (only the outermost value
 * is). */
static void measure(struct swarm_value v, bool index, size_t *items, size_t *bytes)
{
    if (v.owner == SWARM_PROGRAM) {
        return;
    }
    if (is_bytes(v)) {
        *bytes += v.n;
        *items += index && is_json_array(v) ? elements_of(v) : 0;
        return;
    }
    if (!is_group(v)) {
        return;
    }
    *items += items_of(v);
    for (uint32_t i = 0; i < items_of(v); i++) {
        measure(v.items[i], false, items, bytes);
    }
}

static char *copy_bytes(struct block *block, struct swarm_value v)
{
    char *to = block->bytes;
    if (v.n) {
        memcpy(to, v.text, v.n);
    }
    block->bytes += v.n;
    return to;
}

/* The element's value over a copy of the array's text that nobody else reads: strings are unescaped where
 * they stand. */
static struct swarm_value own_element(const struct json_token *token, uint8_t owner)
{
    struct json_token plain = *token;
    plain.escaped = false;
    struct swarm_value v;
    json_value(NULL, &plain, owner, &v);
    if (token->escaped) {
        char *text = (char *)(uintptr_t)v.text;
        v.n = (uint32_t)json_unescape(text, text, v.n);
    }
    return v;
}

static struct swarm_value copy_array(struct block *block, struct swarm_value v)
{
    struct swarm_value *items = block->items;
    struct json_cursor cursor = json_open(copy_bytes(block, v), v.n);
    struct json_token token;
    while (json_next(&cursor, NULL, &token)) {
        *block->items++ = own_element(&token, block->owner);
    }
    return (struct swarm_value){
        .items = items, .n = (uint32_t)(block->items - items), .kind = SWARM_LIST, .owner = block->owner, .unused = 1};
}

static struct swarm_value copy_into(struct block *block, struct swarm_value v, bool index)
{
    if (v.owner == SWARM_PROGRAM || (!is_bytes(v) && !is_group(v))) {
        return v;
    }
    if (index && is_json_array(v)) {
        return copy_array(block, v);
    }
    if (is_bytes(v)) {
        v.text = copy_bytes(block, v);
        v.owner = block->owner;
        return v;
    }
    struct swarm_value *items = block->items;
    block->items += items_of(v);
    for (uint32_t i = 0; i < items_of(v); i++) {
        items[i] = copy_into(block, v.items[i], false);
    }
    v.items = items;
    v.owner = block->owner;
    return v;
}

static struct swarm_value copy_to_arena(struct swarm_strand *s, struct swarm_value v)
{
    size_t items = 0, bytes = 0;
    measure(v, true, &items, &bytes);
    char *room = value_room(s, NULL, items * sizeof v + bytes);
    if (!room) {
        return swarm_null();
    }
    struct block block = {
        .items = (struct swarm_value *)(void *)room, .bytes = room + items * sizeof v, .owner = SWARM_ARENA};
    return copy_into(&block, v, true);
}

static bool points(struct swarm_value v)
{
    return is_bytes(v) || is_group(v);
}

struct swarm_value swarm_let(struct swarm_strand *s, struct swarm_value v)
{
    return points(v) && v.owner == SWARM_KEPT ? copy_to_arena(s, v) : v;
}

struct swarm_value swarm_copy(struct swarm_strand *s, struct swarm_value v)
{
    return points(v) && (v.owner == SWARM_KEPT || v.owner == SWARM_VIEW) ? copy_to_arena(s, v) : v;
}

/* ------------------------------------------------------------------ kept slots */

static struct kept *block_of(const struct swarm_value *slot)
{
    return points(*slot) && slot->owner == SWARM_KEPT ? (struct kept *)(uintptr_t)slot->text - 1 : NULL;
}

void value_release(struct swarm_value *slot)
{
    free(block_of(slot));
    *slot = swarm_null();
}

/* A block for n bytes: the old one when it fits, is not more than four times too large and the value is not
 * in it. */
static struct kept *block_for(struct kept *old, size_t n, bool may_reuse)
{
    if (old && may_reuse && old->size >= n && old->size / 4 <= n) {
        return old;
    }
    size_t size = (n + 15) & ~(size_t)15;
    struct kept *block = memory_resize(NULL, sizeof *block + size, 1);
    *block = (struct kept){.size = size};
    return block;
}

void swarm_keep(struct swarm_strand *s, struct swarm_value *slot, struct swarm_value v)
{
    (void)s;
    struct kept *old = block_of(slot);
    if (old && v.kind == slot->kind && v.text == slot->text && v.n == slot->n && v.owner == SWARM_KEPT) {
        slot->raw = v.raw;
        return;
    }
    size_t items = 0, bytes = 0;
    measure(v, true, &items, &bytes);
    size_t n = items * sizeof v + bytes;
    if (!points(v) || v.owner == SWARM_PROGRAM || n == 0) {
        free(old);
        *slot = v;
        if (points(v) && n == 0 && v.owner != SWARM_PROGRAM) {
            slot->text = "";
            slot->owner = SWARM_PROGRAM;
        }
        return;
    }
    struct kept *block = block_for(old, n, v.owner != SWARM_KEPT);
    char *room = (char *)(block + 1);
    struct block to = {
        .items = (struct swarm_value *)(void *)room, .bytes = room + items * sizeof v, .owner = SWARM_KEPT};
    struct swarm_value copy = copy_into(&to, v, true);
    if (block != old) {
        free(old);
    }
    *slot = copy;
}
