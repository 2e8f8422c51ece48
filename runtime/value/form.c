/* The forms of values as text: for ${}, as JSON, and for people. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../base/utf8.h"
#include "json.h"
#include "value.h"

/* ------------------------------------------------------------------ plain kinds */

/* n / 10^places without zeros at the end: 1500, 3 → 1.5 */
static size_t write_fraction(char *to, uint64_t n, int places)
{
    uint64_t unit = 1;
    for (int i = 0; i < places; i++) {
        unit *= 10;
    }
    size_t used = (size_t)snprintf(to, 24, "%" PRIu64, n / unit);
    if (n % unit) {
        used += (size_t)snprintf(to + used, 24, ".%0*" PRIu64, places, n % unit);
        while (to[used - 1] == '0') {
            used--;
        }
    }
    return used;
}

size_t value_write_duration(char *to, int64_t ns)
{
    const uint64_t second = SWARM_S, minute = 60 * second, hour = 60 * minute;
    uint64_t left = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
    size_t used = 0;
    if (ns < 0) {
        to[used++] = '-';
    }
    if (left > 0 && left < second) {
        used += write_fraction(to + used, left, 6);
        memcpy(to + used, "ms", 2);
        return used + 2;
    }
    bool larger = left >= minute;
    if (left >= hour) {
        used += (size_t)snprintf(to + used, 24, "%" PRIu64 "h", left / hour);
        left %= hour;
    }
    if (left >= minute) {
        used += (size_t)snprintf(to + used, 24, "%" PRIu64 "m", left / minute);
        left %= minute;
    }
    if (left || !larger) {
        used += write_fraction(to + used, left, 9);
        to[used++] = 's';
    }
    return used;
}

static void add_int(struct value_buffer *buffer, int64_t i)
{
    char room[24];
    int n = snprintf(room, sizeof room, "%" PRId64, i);
    value_buffer_add(buffer, room, (size_t)n);
}

static void add_float(struct value_buffer *buffer, double f)
{
    char room[VALUE_FLOAT];
    value_buffer_add(buffer, room, value_write_float(room, f));
}

static void add_seconds(struct value_buffer *buffer, int64_t ns)
{
    char room[VALUE_DURATION];
    if (ns < 0) {
        value_buffer_byte(buffer, '-');
    }
    value_buffer_add(buffer, room, write_fraction(room, ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns, 9));
}

/* ------------------------------------------------------------------ JSON */

static void add_group(struct swarm_value v, struct value_buffer *buffer)
{
    bool object = v.kind == SWARM_OBJECT;
    uint32_t count = object ? 2 * v.n : v.n;
    value_buffer_byte(buffer, object ? '{' : '[');
    for (uint32_t i = 0; i < count && !buffer->full; i++) {
        if (i) {
            value_buffer_byte(buffer, object && i % 2 ? ':' : ',');
        }
        value_json(v.items[i], buffer);
    }
    value_buffer_byte(buffer, object ? '}' : ']');
}

void value_json(struct swarm_value v, struct value_buffer *buffer)
{
    switch (v.kind) {
    case SWARM_NULL:
        value_buffer_string(buffer, "null");
        return;
    case SWARM_BOOL:
        value_buffer_string(buffer, v.i ? "true" : "false");
        return;
    case SWARM_INT:
        add_int(buffer, v.i);
        return;
    case SWARM_FLOAT:
        add_float(buffer, v.f);
        return;
    case SWARM_DURATION:
        add_seconds(buffer, v.i);
        return;
    case SWARM_NUMBER:
        value_buffer_add(buffer, v.text, v.n);
        return;
    case SWARM_TEXT:
        json_write_string(buffer, v.text, v.n);
        return;
    case SWARM_JSON:
        json_write_compact(buffer, v.text, v.n);
        return;
    default:
        add_group(v, buffer);
    }
}

void value_text(struct swarm_value v, struct value_buffer *buffer)
{
    char room[VALUE_DURATION];
    switch (v.kind) {
    case SWARM_NULL:
        return;
    case SWARM_TEXT:
        value_buffer_add(buffer, v.text, v.n);
        return;
    case SWARM_DURATION:
        value_buffer_add(buffer, room, value_write_duration(room, v.i));
        return;
    default:
        value_json(v, buffer);
    }
}

/* ------------------------------------------------------------------ for people */

enum { SHOWN = 60 };

const char *value_kind_name(struct swarm_value v)
{
    switch (v.kind) {
    case SWARM_NULL:
        return "nothing";
    case SWARM_BOOL:
        return "true or false";
    case SWARM_INT:
    case SWARM_FLOAT:
    case SWARM_NUMBER:
        return "number";
    case SWARM_DURATION:
        return "duration";
    case SWARM_TEXT:
        return "text";
    default:
        return value_is_list(v) ? "list" : "object";
    }
}

static void describe_text(struct swarm_value v, struct value_buffer *buffer)
{
    size_t shown = utf8_offset(v.text, v.n, SHOWN);
    json_write_string(buffer, v.text, shown);
    if (shown < v.n && !buffer->full) {
        buffer->size--;
        value_buffer_string(buffer, "…\"");
    }
}

void value_describe(struct swarm_value v, struct value_buffer *buffer)
{
    if (v.kind == SWARM_NULL) {
        value_buffer_string(buffer, "nothing");
        return;
    }
    if (v.kind == SWARM_TEXT) {
        describe_text(v, buffer);
        return;
    }
    struct value_buffer begin = {.bound = 4 * SHOWN + 4}; /* holds more than what is shown */
    value_text(v, &begin);
    size_t shown = utf8_offset(begin.data, begin.size, SHOWN);
    value_buffer_add(buffer, begin.data, shown);
    if (shown < begin.size) {
        value_buffer_string(buffer, "…");
    }
    value_buffer_free(&begin);
}

static void describe_with_kind(struct swarm_value v, struct value_buffer *buffer)
{
    value_describe(v, buffer);
    if (v.kind != SWARM_NULL && v.kind != SWARM_BOOL) {
        value_buffer_format(buffer, " (%s)", value_kind_name(v));
    }
}

void value_describe_found(struct swarm_value found, struct swarm_value wanted, struct value_buffer *buffer)
{
    value_buffer_string(buffer, "found ");
    if (wanted.kind == SWARM_NULL || found.kind == SWARM_NULL ||
        strcmp(value_kind_name(found), value_kind_name(wanted)) == 0) {
        value_describe(found, buffer);
        return;
    }
    describe_with_kind(found, buffer);
    value_buffer_string(buffer, ", wanted ");
    describe_with_kind(wanted, buffer);
}
