/* Looking into lists, objects and JSON that was not looked into before. */
#include <string.h>

#include "../base/utf8.h"
#include "json.h"
#include "value.h"

static bool is_json_of(struct swarm_value v, char open)
{
    return v.kind == SWARM_JSON && v.text[0] == open;
}

bool value_is_list(struct swarm_value v)
{
    return v.kind == SWARM_LIST || is_json_of(v, '[');
}

bool value_is_object(struct swarm_value v)
{
    return v.kind == SWARM_OBJECT || is_json_of(v, '{');
}

/* What is read out of a group lives no longer than the group. */
static struct swarm_value of_token(struct swarm_strand *s, const struct json_token *token, uint8_t owner,
                                   const struct swarm_place *place)
{
    struct swarm_value v;
    if (!json_value(&strand_of(s)->arena, token, owner, &v)) {
        value_no_room(s, place);
        return swarm_null();
    }
    return v;
}

static struct swarm_value field_of_json(struct swarm_strand *s, struct swarm_value v, const char *key, uint32_t n,
                                        const struct swarm_place *place)
{
    struct json_cursor cursor = json_open(v.text, v.n);
    struct json_token name, value, found = {.text = NULL};
    while (json_next(&cursor, &name, &value)) {
        if (json_string_is(&name, key, n)) {
            found = value;
        }
    }
    return found.text ? of_token(s, &found, v.owner, place) : swarm_null();
}

struct swarm_value swarm_field(struct swarm_strand *s, struct swarm_value v, const char *key, uint32_t n,
                               const struct swarm_place *place)
{
    if (is_json_of(v, '{')) {
        return field_of_json(s, v, key, n, place);
    }
    if (v.kind != SWARM_OBJECT) {
        return swarm_null();
    }
    for (uint32_t i = 0; i < v.n; i++) {
        if (v.items[2 * i].n == n && memcmp(v.items[2 * i].text, key, n) == 0) {
            return v.items[2 * i + 1];
        }
    }
    return swarm_null();
}

static struct swarm_value element(struct swarm_strand *s, struct swarm_value v, int64_t index,
                                  const struct swarm_place *place)
{
    if (index < 0 || !value_is_list(v)) {
        return swarm_null();
    }
    if (v.kind == SWARM_LIST) {
        return index < v.n ? v.items[index] : swarm_null();
    }
    struct json_cursor cursor = json_open(v.text, v.n);
    struct json_token token;
    while (json_next(&cursor, NULL, &token)) {
        if (index-- == 0) {
            return of_token(s, &token, v.owner, place);
        }
    }
    return swarm_null();
}

struct swarm_value swarm_index(struct swarm_strand *s, struct swarm_value v, struct swarm_value index,
                               const struct swarm_place *place)
{
    if (index.kind == SWARM_TEXT) {
        return swarm_field(s, v, index.text, index.n, place);
    }
    if (!value_is_number(index)) {
        value_error(s, place, "wanted a whole number or a text as index, found %s", value_kind_name(index));
        return swarm_null();
    }
    int64_t i = swarm_need_int(s, index, place);
    return swarm_failed(s) ? swarm_null() : element(s, v, i, place);
}

static uint32_t count_tokens(struct swarm_value v)
{
    struct json_cursor cursor = json_open(v.text, v.n);
    struct json_token token;
    uint32_t n = 0;
    while (json_next(&cursor, NULL, &token)) {
        n++;
    }
    return n;
}

bool value_unfold(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value v,
                  const struct swarm_value **items, uint32_t *n)
{
    if (v.kind != SWARM_JSON) {
        *items = v.items;
        *n = v.n;
        return true;
    }
    struct json_cursor cursor = json_open(v.text, v.n);
    uint32_t count = count_tokens(v), used = 0;
    struct swarm_value *room = value_room(s, place, (size_t)count * (cursor.object ? 2 : 1) * sizeof *room);
    if (!room) {
        return false;
    }
    struct json_token key, token;
    while (json_next(&cursor, &key, &token)) {
        if (cursor.object) {
            room[used++] = of_token(s, &key, v.owner, place);
        }
        room[used++] = of_token(s, &token, v.owner, place);
    }
    *items = room;
    *n = cursor.object ? value_distinct(room, count) : count;
    return !swarm_failed(s);
}

int64_t swarm_length(struct swarm_strand *s, struct swarm_value v, const struct swarm_place *place)
{
    if (v.kind == SWARM_TEXT) {
        return (int64_t)utf8_count(v.text, v.n);
    }
    if (v.kind == SWARM_LIST || v.kind == SWARM_OBJECT) {
        return v.n;
    }
    if (is_json_of(v, '[')) {
        return count_tokens(v);
    }
    if (v.kind != SWARM_JSON) {
        value_wanted(s, place, "a text, list or object", v);
        return 0;
    }
    const struct swarm_value *items;
    uint32_t n = 0;
    struct swarm_mark mark = swarm_mark(s);
    bool fine = value_unfold(s, place, v, &items, &n);
    if (!fine) {
        return 0;
    }
    swarm_reset(s, &mark);
    return n;
}

/* ------------------------------------------------------------------ for */

struct swarm_walk swarm_walk(struct swarm_strand *s, struct swarm_value list, const struct swarm_place *place)
{
    if (!value_take_list(s, place, list)) {
        return (struct swarm_walk){.whole = swarm_null()};
    }
    struct swarm_walk walk = {.whole = list};
    if (list.kind == SWARM_JSON) {
        walk.offset = (uint32_t)(json_open(list.text, list.n).p - list.text);
    }
    return walk;
}

bool swarm_step_on(struct swarm_strand *s, struct swarm_walk *walk, struct swarm_value *next)
{
    struct swarm_value whole = walk->whole;
    if (whole.kind == SWARM_LIST) {
        if (walk->next >= whole.n) {
            return false;
        }
        *next = whole.items[walk->next++];
        return true;
    }
    if (whole.kind != SWARM_JSON) {
        return false;
    }
    struct json_cursor cursor = {.p = whole.text + walk->offset, .end = whole.text + whole.n};
    struct json_token token;
    if (!json_next(&cursor, NULL, &token)) {
        return false;
    }
    walk->offset = (uint32_t)(cursor.p - whole.text);
    walk->next++;
    *next = of_token(s, &token, whole.owner, NULL);
    return !swarm_failed(s);
}

bool swarm_round(struct swarm_strand *s, uint32_t *rounds, const struct swarm_place *place)
{
    enum { MOST = 1000000 };
    if (++*rounds <= MOST) {
        return true;
    }
    swarm_error(s, place, "a loop that does not wait made 1,000,000 rounds");
    return false;
}
