/* Built-in functions: texts. Positions are code points; blanks are ASCII's. What is
 * cut out of a text is a view of it and lives as long. */
#include <string.h>

#include "../base/utf8.h"
#include "value.h"

static const struct swarm_value empty = SWARM_TEXT_LITERAL("");

static struct swarm_value part_of(struct swarm_value text, size_t start, size_t end)
{
    text.text += start;
    text.n = (uint32_t)(end - start);
    text.raw = 0;
    return text;
}

/* memmem() that takes empty texts without a pointer. */
static const char *find(const char *text, size_t n, struct swarm_value part)
{
    return part.n == 0 ? text : n < part.n ? NULL : memmem(text, n, part.text, part.n);
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct swarm_value swarm_fn_trim(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a)
{
    if (!value_take_text(s, place, a)) {
        return empty;
    }
    size_t start = 0, end = a.n;
    while (start < end && is_blank(a.text[start])) {
        start++;
    }
    while (end > start && is_blank(a.text[end - 1])) {
        end--;
    }
    return part_of(a, start, end);
}

static uint32_t count_of(struct swarm_value text, struct swarm_value part)
{
    uint32_t count = 0;
    const char *end = text.text + text.n;
    for (const char *p = text.text; (p = find(p, (size_t)(end - p), part)); p += part.n) {
        count++;
    }
    return count;
}

struct swarm_value swarm_fn_split(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a,
                                  struct swarm_value separator)
{
    if (!value_take_text(s, place, a) || !value_take_text(s, place, separator)) {
        return swarm_null();
    }
    if (separator.n == 0) {
        value_error(s, place, "wanted a separator, found an empty text");
        return swarm_null();
    }
    uint32_t n = count_of(a, separator) + 1;
    struct swarm_value *items = value_room(s, place, n * sizeof *items);
    if (!items) {
        return swarm_null();
    }
    size_t start = 0;
    for (uint32_t i = 0; i < n; i++) {
        const char *hit = i + 1 < n ? find(a.text + start, a.n - start, separator) : NULL;
        size_t end = hit ? (size_t)(hit - a.text) : a.n;
        items[i] = part_of(a, start, end);
        start = end + separator.n;
    }
    return value_group(s, place, SWARM_LIST, items, n);
}

static struct swarm_value made(struct swarm_strand *s, const struct swarm_place *place,
                               const struct value_buffer *buffer)
{
    if (buffer->full) {
        value_no_room(s, place);
    }
    return swarm_failed(s) || buffer->size == 0 ? empty : value_arena_text(buffer->data, buffer->size);
}

struct swarm_value swarm_fn_join(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value list,
                                 struct swarm_value separator)
{
    if (!value_take_list(s, place, list) || !value_take_text(s, place, separator)) {
        return empty;
    }
    const struct swarm_value *items;
    uint32_t n;
    if (!value_unfold(s, place, list, &items, &n)) {
        return empty;
    }
    struct value_buffer buffer = {.arena = &strand_of(s)->arena};
    for (uint32_t i = 0; i < n; i++) {
        if (items[i].kind == SWARM_NULL) {
            value_error(s, place, "wanted texts, found nothing at [%u]", i);
            return empty;
        }
        if (i) {
            value_buffer_add(&buffer, separator.text, separator.n);
        }
        value_text(items[i], &buffer);
    }
    return made(s, place, &buffer);
}

struct swarm_value swarm_fn_replace(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a,
                                    struct swarm_value old, struct swarm_value new)
{
    if (!value_take_text(s, place, a) || !value_take_text(s, place, old) || !value_take_text(s, place, new)) {
        return empty;
    }
    if (old.n == 0) {
        value_error(s, place, "wanted a text to replace, found an empty one");
        return empty;
    }
    struct value_buffer buffer = {.arena = &strand_of(s)->arena};
    const char *p = a.text, *end = a.text + a.n, *hit;
    while ((hit = find(p, (size_t)(end - p), old)) && !buffer.full) {
        value_buffer_add(&buffer, p, (size_t)(hit - p));
        value_buffer_add(&buffer, new.text, new.n);
        p = hit + old.n;
    }
    value_buffer_add(&buffer, p, (size_t)(end - p));
    return made(s, place, &buffer);
}

/* Bounds of slice(): not negative, the end null: as far as it goes; cut at `n`. */
static bool bounds(struct swarm_strand *s, const struct swarm_place *place, int64_t *start, struct swarm_value end,
                   int64_t *last)
{
    *last = end.kind == SWARM_NULL ? INT64_MAX : swarm_need_int(s, end, place);
    if (*start < 0 || *last < 0) {
        value_wanted(s, place, "a position of 0 or more", swarm_int(*start < 0 ? *start : *last));
    }
    if (*last < *start) {
        *last = *start;
    }
    return !swarm_failed(s);
}

struct swarm_value swarm_fn_slice(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a,
                                  int64_t start, struct swarm_value end)
{
    int64_t last;
    if (!value_take_text(s, place, a) || !bounds(s, place, &start, end, &last)) {
        return empty;
    }
    size_t from = utf8_offset(a.text, a.n, (uint64_t)start);
    size_t to = from + utf8_offset(a.text + from, a.n - from, (uint64_t)(last - start));
    return part_of(a, from, to);
}

struct swarm_value swarm_fn_slice_list(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a,
                                       int64_t start, struct swarm_value end)
{
    int64_t last;
    const struct swarm_value *items;
    uint32_t n;
    if (!value_take_list(s, place, a) || !bounds(s, place, &start, end, &last) ||
        !value_unfold(s, place, a, &items, &n)) {
        return swarm_null();
    }
    uint32_t from = start < n ? (uint32_t)start : n, to = last < n ? (uint32_t)last : n;
    return swarm_list(s, items + from, to - from);
}

struct swarm_value swarm_fn_slice_value(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a,
                                        int64_t start, struct swarm_value end)
{
    return value_is_list(a) ? swarm_fn_slice_list(s, place, a, start, end) : swarm_fn_slice(s, place, a, start, end);
}

bool swarm_fn_starts_with(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a,
                          struct swarm_value b)
{
    return value_take_text(s, place, a) && value_take_text(s, place, b) && a.n >= b.n &&
           memcmp(a.text, b.text, b.n) == 0;
}

bool swarm_fn_ends_with(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a,
                        struct swarm_value b)
{
    return value_take_text(s, place, a) && value_take_text(s, place, b) && a.n >= b.n &&
           memcmp(a.text + a.n - b.n, b.text, b.n) == 0;
}

struct swarm_value swarm_fn_index_of_text(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a,
                                          struct swarm_value b)
{
    if (!value_take_text(s, place, a) || !value_take_text(s, place, b)) {
        return swarm_null();
    }
    const char *hit = find(a.text, a.n, b);
    return hit ? swarm_int((int64_t)utf8_count(a.text, (size_t)(hit - a.text))) : swarm_null();
}

struct swarm_value swarm_fn_index_of_value(struct swarm_strand *s, const struct swarm_place *place,
                                           struct swarm_value a, struct swarm_value b)
{
    return value_is_list(a) ? swarm_fn_index_of(s, place, a, b) : swarm_fn_index_of_text(s, place, a, b);
}

struct swarm_value swarm_fn_raw(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a)
{
    if (!value_take_text(s, place, a)) {
        return empty;
    }
    a.raw = 1;
    return a;
}
