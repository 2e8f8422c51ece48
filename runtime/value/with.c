/* x.a[0] = value: a value that shares with the old one all but the path. */
#include <string.h>

#include "value.h"

/* A step for messages: .name or [3] */
static void describe_step(struct swarm_value step, struct value_buffer *buffer)
{
    bool text = step.kind == SWARM_TEXT;
    value_buffer_byte(buffer, text ? '.' : '[');
    value_text(step, buffer);
    if (!text) {
        value_buffer_byte(buffer, ']');
    }
}

static void wrong_kind(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value whole,
                       struct swarm_value step)
{
    struct value_buffer text = {.bound = 80}, found = {0};
    describe_step(step, &text);
    value_describe(whole, &found);
    value_error(s, place, "wanted %s to set %.*s, found %.*s", step.kind == SWARM_TEXT ? "an object" : "a list",
                (int)text.size, text.data, (int)found.size, found.data);
    value_buffer_free(&text);
    value_buffer_free(&found);
}

static struct swarm_value with_element(struct swarm_strand *s, struct swarm_value whole,
                                       const struct swarm_value *steps, uint32_t count, struct swarm_value value,
                                       const struct swarm_place *place)
{
    const struct swarm_value *old;
    uint32_t n;
    int64_t index = swarm_need_int(s, steps[0], place);
    if (swarm_failed(s) || !value_unfold(s, place, whole, &old, &n)) {
        return swarm_null();
    }
    if (index < 0 || index >= n) {
        value_error(s, place, "there is no element [%lld] to set: the list has %u", (long long)index, n);
        return swarm_null();
    }
    struct swarm_value *items = value_room(s, place, n * sizeof *items);
    if (!items) {
        return swarm_null();
    }
    memcpy(items, old, n * sizeof *items);
    items[index] = swarm_with(s, old[index], steps + 1, count - 1, value, place);
    return swarm_failed(s) ? swarm_null() : value_group(s, place, SWARM_LIST, items, n);
}

static struct swarm_value with_entry(struct swarm_strand *s, struct swarm_value whole, const struct swarm_value *steps,
                                     uint32_t count, struct swarm_value value, const struct swarm_place *place)
{
    const struct swarm_value *old;
    uint32_t n, at = 0;
    if (!value_unfold(s, place, whole, &old, &n)) {
        return swarm_null();
    }
    while (at < n && !swarm_equal(old[2 * at], steps[0])) {
        at++;
    }
    uint32_t after = at == n ? n + 1 : n;
    struct swarm_value *items = value_room(s, place, 2 * (size_t)after * sizeof *items);
    if (!items) {
        return swarm_null();
    }
    if (n) {
        memcpy(items, old, 2 * (size_t)n * sizeof *items);
    }
    items[2 * at] = steps[0];
    items[2 * at + 1] = swarm_with(s, at < n ? old[2 * at + 1] : swarm_null(), steps + 1, count - 1, value, place);
    return swarm_failed(s) ? swarm_null() : value_group(s, place, SWARM_OBJECT, items, after);
}

struct swarm_value swarm_with(struct swarm_strand *s, struct swarm_value whole, const struct swarm_value *steps,
                              uint32_t count, struct swarm_value value, const struct swarm_place *place)
{
    if (count == 0 || swarm_failed(s)) {
        return value;
    }
    bool by_text = steps[0].kind == SWARM_TEXT;
    if (!by_text && !value_is_number(steps[0])) {
        value_wanted(s, place, "a whole number or a text as index", steps[0]);
        return swarm_null();
    }
    if (by_text ? !value_is_object(whole) : !value_is_list(whole)) {
        wrong_kind(s, place, whole, steps[0]);
        return swarm_null();
    }
    return by_text ? with_entry(s, whole, steps, count, value, place)
                   : with_element(s, whole, steps, count, value, place);
}
