/* Errors of a task: the first one wins and stays in the strand's arena with its place. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"
#include "../base/utf8.h"
#include "value.h"

/* At most VALUE_MESSAGE - 1 bytes, not within a code point. */
static size_t cut_at(const char *message, size_t n)
{
    if (n < VALUE_MESSAGE) {
        return n;
    }
    n = VALUE_MESSAGE - 1;
    while (n > VALUE_MESSAGE - 4 && ((unsigned char)message[n] & 0xc0) == 0x80) {
        n--;
    }
    return n;
}

static void error_of_list(struct swarm_strand *s, const struct swarm_place *place, const char *front,
                          const char *format, va_list list) __attribute__((format(printf, 4, 0)));
static void error_of_list(struct swarm_strand *s, const struct swarm_place *place, const char *front,
                          const char *format, va_list list)
{
    if (swarm_failed(s)) {
        return;
    }
    char message[VALUE_MESSAGE + 8];
    size_t used = 0;
    if (front && *front) {
        int n = snprintf(message, sizeof message, "%s: ", front);
        used = n < 0 ? 0 : (size_t)n < sizeof message ? (size_t)n : sizeof message - 1;
    }
    int n = vsnprintf(message + used, sizeof message - used, format, list);
    if (n > 0) {
        used += (size_t)n < sizeof message - used ? (size_t)n : sizeof message - used - 1;
    }
    strand_error(strand_of(s), place, message, cut_at(message, used));
}

void swarm_error(struct swarm_strand *s, const struct swarm_place *place, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    error_of_list(s, place, NULL, format, list);
    va_end(list);
}

void value_error(struct swarm_strand *s, const struct swarm_place *place, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    error_of_list(s, place, place ? place->what : NULL, format, list);
    va_end(list);
}

void value_wanted(struct swarm_strand *s, const struct swarm_place *place, const char *wanted, struct swarm_value found)
{
    if (swarm_failed(s)) {
        return;
    }
    struct value_buffer buffer = {0};
    value_describe(found, &buffer);
    value_error(s, place, "wanted %s, found %.*s", wanted, (int)buffer.size, buffer.size ? buffer.data : "");
    value_buffer_free(&buffer);
}

void swarm_unset(struct swarm_strand *s, const struct swarm_place *place, const char *request)
{
    swarm_error(s, place, "%s is not set: %s got no answer",
                place && place->what && *place->what ? place->what : "a value", request);
}

void value_no_room(struct swarm_strand *s, const struct swarm_place *place)
{
    value_error(s, place, "the values of this task are larger than %zu MB", ARENA_BOUND >> 20);
}

void *value_room(struct swarm_strand *s, const struct swarm_place *place, size_t n)
{
    void *memory = arena_get(&strand_of(s)->arena, n);
    if (!memory) {
        value_no_room(s, place);
    }
    return memory;
}
