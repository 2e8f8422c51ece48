/* Built-in functions: the calendar and the environment. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../base/memory.h"
#include "value.h"

static const struct swarm_value empty = SWARM_TEXT_LITERAL("");

static struct timespec now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return time;
}

int64_t swarm_fn_timestamp(struct swarm_strand *s, const struct swarm_place *place)
{
    (void)s, (void)place;
    return now().tv_sec;
}

int64_t swarm_fn_timestamp_ms(struct swarm_strand *s, const struct swarm_place *place)
{
    (void)s, (void)place;
    struct timespec time = now();
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* Length of strftime's conversion at p (POSIX: %, perhaps E or O, a letter); 0: there is none. */
static size_t conversion(const char *p, const char *end)
{
    static const char letters[] = "aAbBcCdDeFgGhHIjmMnprRsStTuUVwWxXyYzZ%";
    size_t n = 1;
    if (p + n < end && (p[n] == 'E' || p[n] == 'O')) {
        n++;
    }
    return p + n < end && p[n] && strchr(letters, p[n]) ? n + 1 : 0;
}

/* The format is made of one conversion that conversion() has checked. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void add_conversion(struct value_buffer *buffer, const char *p, size_t n, const struct tm *time, int64_t seconds)
{
    char format[4] = "", text[128];
    if (p[n - 1] == 's') { /* strftime would take the time as local */
        value_buffer_format(buffer, "%" PRId64, seconds);
        return;
    }
    memcpy(format, p, n);
    value_buffer_add(buffer, text, strftime(text, sizeof text, format, time));
}
#pragma GCC diagnostic pop

struct swarm_value swarm_fn_format_time(struct swarm_strand *s, const struct swarm_place *place, int64_t a,
                                        struct swarm_value format)
{
    struct tm time;
    time_t seconds = (time_t)a;
    if (!value_take_text(s, place, format)) {
        return empty;
    }
    if (!gmtime_r(&seconds, &time)) {
        value_wanted(s, place, "a time in seconds since 1970", swarm_int(a));
        return empty;
    }
    struct value_buffer buffer = {.arena = &strand_of(s)->arena};
    const char *p = format.text, *end = p + format.n;
    while (p < end) {
        size_t n = 1;
        if (*p != '%') {
            const char *percent = memchr(p, '%', (size_t)(end - p));
            n = (size_t)((percent ? percent : end) - p);
            value_buffer_add(&buffer, p, n);
        } else if ((n = conversion(p, end))) {
            add_conversion(&buffer, p, n, &time, a);
        } else {
            value_wanted(s, place, "a format of strftime's letters", format);
            return empty;
        }
        p += n;
    }
    if (buffer.full) {
        value_no_room(s, place);
    }
    return swarm_failed(s) || !buffer.size ? empty : value_arena_text(buffer.data, buffer.size);
}

struct swarm_value swarm_fn_format_time_float(struct swarm_strand *s, const struct swarm_place *place, double a,
                                              struct swarm_value format)
{
    if (!(fabs(a) < 9e18)) {
        value_wanted(s, place, "a time in seconds since 1970", swarm_float(a));
        return empty;
    }
    return swarm_fn_format_time(s, place, (int64_t)floor(a), format);
}

struct swarm_value swarm_fn_env(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value name,
                                struct swarm_value otherwise)
{
    if (!value_take_text(s, place, name)) {
        return swarm_null();
    }
    if (name.n == 0 || memchr(name.text, '\0', name.n) || memchr(name.text, '=', name.n)) {
        value_wanted(s, place, "the name of an environment variable", name);
        return swarm_null();
    }
    char *string = memory_resize(NULL, (size_t)name.n + 1, 1);
    memcpy(string, name.text, name.n);
    string[name.n] = '\0';
    const char *value = getenv(string); /* lives as long as the program: nobody changes the environment */
    free(string);
    return value ? swarm_text(value, (uint32_t)strlen(value)) : otherwise;
}
