/* Built-in functions that draw random numbers, from the user's own generator (base/random.h). */
#include <math.h>
#include <stdio.h>

#include "../base/random.h"
#include "value.h"

/* Code without a user (constants) has no random numbers of its own. */
static uint64_t *state_of(struct swarm_strand *s)
{
    static _Thread_local uint64_t other;
    struct user *user = strand_of(s)->user;
    return user ? &user->random : &other;
}

static int64_t below(struct swarm_strand *s, int64_t a, uint64_t count)
{
    return (int64_t)((uint64_t)a + random_below(state_of(s), count));
}

int64_t swarm_uniform(struct swarm_strand *s, int64_t a, int64_t b)
{
    return a < b ? below(s, a, (uint64_t)b - (uint64_t)a) : a;
}

static void wrong_bounds(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a,
                         struct swarm_value b)
{
    struct value_buffer from = {0}, to = {0};
    value_text(a, &from);
    value_text(b, &to);
    value_error(s, place, "wanted the smaller bound first, found %.*s and %.*s", (int)from.size, from.data,
                (int)to.size, to.data);
    value_buffer_free(&from);
    value_buffer_free(&to);
}

int64_t swarm_fn_random_int(struct swarm_strand *s, const struct swarm_place *place, int64_t a, int64_t b)
{
    if (a > b) {
        wrong_bounds(s, place, swarm_int(a), swarm_int(b));
        return 0;
    }
    return below(s, a, (uint64_t)b - (uint64_t)a + 1);
}

double swarm_fn_random_float(struct swarm_strand *s, const struct swarm_place *place, double a, double b)
{
    if (a > b) {
        wrong_bounds(s, place, swarm_float(a), swarm_float(b));
        return 0;
    }
    double unit = random_unit(state_of(s));
    double f = a * (1 - unit) + b * unit; /* b - a may be beyond what a double holds */
    return f >= b && a < b ? nextafter(b, a) : f < a ? a : f;
}

int64_t swarm_fn_random_duration(struct swarm_strand *s, const struct swarm_place *place, int64_t a, int64_t b)
{
    if (a > b) {
        wrong_bounds(s, place, swarm_duration(a), swarm_duration(b));
        return 0;
    }
    return swarm_uniform(s, a, b);
}

struct swarm_value swarm_fn_pick(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value list)
{
    if (!value_take_list(s, place, list)) {
        return swarm_null();
    }
    int64_t n = swarm_length(s, list, place);
    return n ? swarm_index(s, list, swarm_int(below(s, 0, (uint64_t)n)), place) : swarm_null();
}

/* ------------------------------------------------------------------ distributions */

/* Box and Muller (1958); the second of the pair is not kept, so that a draw depends on the state alone. */
static double normal(struct swarm_strand *s)
{
    double u = 1 - random_unit(state_of(s)); /* (0, 1] */
    double angle = 2 * M_PI * random_unit(state_of(s));
    return sqrt(-2 * log(u)) * cos(angle);
}

static double checked(struct swarm_strand *s, const struct swarm_place *place, double f)
{
    if (!isfinite(f)) {
        value_error(s, place, "the result is larger than 1.8e308");
        return 0;
    }
    return f;
}

/* Draws beyond what 64 bits hold are cut there: 292 years. */
static int64_t nanoseconds(double f)
{
    if (f >= 9223372036854775807.0) {
        return INT64_MAX;
    }
    return f <= -9223372036854775808.0 ? INT64_MIN : (int64_t)llround(f);
}

static bool not_negative(struct swarm_strand *s, const struct swarm_place *place, const char *wanted,
                         struct swarm_value v, bool negative)
{
    if (negative) {
        value_wanted(s, place, wanted, v);
    }
    return !negative;
}

double swarm_fn_gauss(struct swarm_strand *s, const struct swarm_place *place, double mean, double deviation)
{
    if (!not_negative(s, place, "a standard deviation of 0 or more", swarm_float(deviation), deviation < 0)) {
        return 0;
    }
    return checked(s, place, mean + deviation * normal(s));
}

int64_t swarm_fn_gauss_duration(struct swarm_strand *s, const struct swarm_place *place, int64_t mean,
                                int64_t deviation)
{
    if (!not_negative(s, place, "a standard deviation of 0 or more", swarm_duration(deviation), deviation < 0)) {
        return 0;
    }
    return nanoseconds((double)mean + (double)deviation * normal(s));
}

double swarm_fn_exponential(struct swarm_strand *s, const struct swarm_place *place, double mean)
{
    if (!not_negative(s, place, "a mean of 0 or more", swarm_float(mean), mean < 0)) {
        return 0;
    }
    return checked(s, place, -mean * log(1 - random_unit(state_of(s))));
}

int64_t swarm_fn_exponential_duration(struct swarm_strand *s, const struct swarm_place *place, int64_t mean)
{
    if (!not_negative(s, place, "a mean of 0 or more", swarm_duration(mean), mean < 0)) {
        return 0;
    }
    return nanoseconds(-(double)mean * log(1 - random_unit(state_of(s))));
}

/* RFC 9562, version 4: 122 random bits. */
struct swarm_value swarm_fn_uuid(struct swarm_strand *s, const struct swarm_place *place)
{
    enum { LENGTH = 36 };
    char *text = value_room(s, place, LENGTH + 1);
    if (!text) {
        return swarm_text("", 0);
    }
    uint64_t high = random_next(state_of(s)), low = random_next(state_of(s));
    snprintf(text, LENGTH + 1, "%08x-%04x-4%03x-%04x-%012llx", (unsigned)(high >> 32), (unsigned)(high >> 16 & 0xffff),
             (unsigned)(high & 0xfff), (unsigned)(0x8000 | (low >> 48 & 0x3fff)),
             (unsigned long long)(low & UINT64_C(0xffffffffffff)));
    return value_arena_text(text, LENGTH);
}
