/* ==, <, in, contains. Equality needs no strand: what it must unfold of JSON lies in memory of its own. */
#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"
#include "json.h"
#include "value.h"

/* ------------------------------------------------------------------ equal */

/* One level of a list or object: elements, or entries sorted by key, with the texts that had to be unescaped.
 */
struct unfolded {
    struct swarm_value *items;
    uint32_t n;
    struct arena texts;
};

static void unfold_json(struct unfolded *to, struct swarm_value v)
{
    struct json_cursor cursor = json_open(v.text, v.n);
    struct json_token key, token;
    size_t used = 0, room = 0;
    while (json_next(&cursor, &key, &token)) {
        if (used + 2 > room) {
            room = room ? 2 * room : 16;
            to->items = memory_resize(to->items, room * sizeof *to->items, 1);
        }
        if ((cursor.object && !json_value(&to->texts, &key, SWARM_VIEW, &to->items[used++])) ||
            !json_value(&to->texts, &token, SWARM_VIEW, &to->items[used])) {
            to->items[used] = swarm_null();
        }
        used++;
    }
    to->n = cursor.object ? value_distinct(to->items, (uint32_t)(used / 2)) : (uint32_t)used;
}

static int by_key(const void *left, const void *right)
{
    const struct swarm_value *a = left, *b = right;
    int order = memcmp(a->text, b->text, a->n < b->n ? a->n : b->n);
    return order ? order : (a->n > b->n) - (a->n < b->n);
}

static struct unfolded unfold(struct swarm_value v)
{
    struct unfolded to = {.n = v.n};
    bool object = value_is_object(v);
    if (v.kind == SWARM_JSON) {
        unfold_json(&to, v);
    } else if (v.n) {
        size_t size = (object ? 2 : 1) * (size_t)v.n * sizeof *to.items;
        to.items = memory_resize(NULL, size, 1);
        memcpy(to.items, v.items, size);
    }
    if (object && to.n) {
        qsort(to.items, to.n, 2 * sizeof *to.items, by_key);
    }
    return to;
}

static void fold(struct unfolded *unfolded)
{
    free(unfolded->items);
    arena_clear(&unfolded->texts);
}

static bool equal_groups(struct swarm_value a, struct swarm_value b)
{
    bool object = value_is_object(a);
    if (object != value_is_object(b)) {
        return false;
    }
    if (a.kind == SWARM_JSON && b.kind == SWARM_JSON && a.n == b.n && memcmp(a.text, b.text, a.n) == 0) {
        return true;
    }
    struct unfolded x = unfold(a), y = unfold(b);
    bool same = x.n == y.n;
    size_t count = object ? 2 * (size_t)x.n : x.n;
    for (size_t i = 0; same && i < count; i++) {
        same = swarm_equal(x.items[i], y.items[i]);
    }
    fold(&x);
    fold(&y);
    return same;
}

static bool is_group(struct swarm_value v)
{
    return v.kind == SWARM_LIST || v.kind == SWARM_OBJECT || v.kind == SWARM_JSON;
}

bool swarm_equal(struct swarm_value a, struct swarm_value b)
{
    if (value_is_number(a) && value_is_number(b)) {
        return value_compare_numbers(a, b) == 0;
    }
    if (is_group(a) && is_group(b)) {
        return equal_groups(a, b);
    }
    if (a.kind != b.kind) {
        return false;
    }
    switch (a.kind) {
    case SWARM_NULL:
        return true;
    case SWARM_BOOL:
        return !a.i == !b.i;
    case SWARM_TEXT:
        return a.n == b.n && memcmp(a.text, b.text, a.n) == 0;
    default:
        return a.i == b.i;
    }
}

/* ------------------------------------------------------------------ order */

static bool has_order(struct swarm_value v)
{
    return value_is_number(v) || v.kind == SWARM_TEXT || v.kind == SWARM_DURATION;
}

static const char *wanted_beside(struct swarm_value v)
{
    return v.kind == SWARM_TEXT ? "a text" : v.kind == SWARM_DURATION ? "a duration" : "a number";
}

/* Operands that are not of one kind: which of them is taken to be wrong. A literal, a number of the scenario
 * and a duration are what the person wrote, so the other one is. */
static void report_kinds(struct swarm_strand *s, struct swarm_value a, struct swarm_value b,
                         const struct swarm_place *place)
{
    bool meant_a = a.kind == SWARM_INT || a.kind == SWARM_FLOAT || a.kind == SWARM_DURATION ||
                   (a.kind == SWARM_TEXT && a.owner == SWARM_PROGRAM);
    bool meant_b = b.kind == SWARM_INT || b.kind == SWARM_FLOAT || b.kind == SWARM_DURATION ||
                   (b.kind == SWARM_TEXT && b.owner == SWARM_PROGRAM);
    bool first_wrong = !has_order(a)        ? true
                       : !has_order(b)      ? false
                       : meant_a != meant_b ? meant_b
                                            : a.kind == SWARM_TEXT;
    struct swarm_value wrong = first_wrong ? a : b, other = first_wrong ? b : a;
    value_wanted(s, place, wanted_beside(other), wrong);
}

int swarm_compare(struct swarm_strand *s, struct swarm_value a, struct swarm_value b, const struct swarm_place *place)
{
    if (value_is_number(a) && value_is_number(b)) {
        return value_compare_numbers(a, b);
    }
    if (a.kind == b.kind && a.kind == SWARM_TEXT) {
        return by_key(&a, &b);
    }
    if (a.kind == b.kind && a.kind == SWARM_DURATION) {
        return (a.i > b.i) - (a.i < b.i);
    }
    report_kinds(s, a, b, place);
    return 0;
}

/* ------------------------------------------------------------------ membership */

static bool in_list(struct swarm_strand *s, struct swarm_value list, struct swarm_value element)
{
    struct swarm_mark mark = swarm_mark(s);
    struct swarm_walk walk = swarm_walk(s, list, NULL);
    struct swarm_value next;
    bool found = false;
    while (!found && swarm_step_on(s, &walk, &next)) {
        found = swarm_equal(next, element);
    }
    if (!swarm_failed(s)) {
        swarm_reset(s, &mark); /* texts unescaped on the way */
    }
    return found;
}

bool swarm_contains(struct swarm_strand *s, struct swarm_value whole, struct swarm_value part,
                    const struct swarm_place *place)
{
    if (value_is_list(whole)) {
        return in_list(s, whole, part);
    }
    if (whole.kind != SWARM_TEXT && !value_is_object(whole)) {
        value_wanted(s, place, "a list, text or object", whole);
        return false;
    }
    if (part.kind != SWARM_TEXT) {
        value_wanted(s, place, "a text", part);
        return false;
    }
    if (whole.kind == SWARM_TEXT) {
        return part.n == 0 || memmem(whole.text, whole.n, part.text, part.n);
    }
    if (whole.kind == SWARM_OBJECT) {
        for (uint32_t i = 0; i < whole.n; i++) {
            if (swarm_equal(whole.items[2 * i], part)) {
                return true;
            }
        }
        return false;
    }
    struct json_cursor cursor = json_open(whole.text, whole.n);
    struct json_token key, value;
    while (json_next(&cursor, &key, &value)) {
        if (json_string_is(&key, part.text, part.n)) {
            return true;
        }
    }
    return false;
}

bool swarm_in(struct swarm_strand *s, struct swarm_value element, struct swarm_value list,
              const struct swarm_place *place)
{
    return swarm_contains(s, list, element, place);
}
