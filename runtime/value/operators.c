/* Arithmetic. Overflow, a division by zero and what is no number are errors of the task. */
#include <math.h>

#include "value.h"

static int64_t too_large(struct swarm_strand *s, const struct swarm_place *place)
{
    value_error(s, place, "the result does not fit into 64 bits");
    return 0;
}

static double checked(struct swarm_strand *s, double f, const struct swarm_place *place)
{
    if (!isfinite(f)) {
        value_error(s, place, isnan(f) ? "the result is no number" : "the result is larger than 1.8e308");
        return 0;
    }
    return f;
}

static bool by_zero(struct swarm_strand *s, const struct swarm_place *place)
{
    value_error(s, place, "division by zero");
    return true;
}

/* ------------------------------------------------------------------ plain types */

int64_t swarm_add_int(struct swarm_strand *s, int64_t a, int64_t b, const struct swarm_place *place)
{
    int64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? too_large(s, place) : sum;
}

int64_t swarm_sub_int(struct swarm_strand *s, int64_t a, int64_t b, const struct swarm_place *place)
{
    int64_t difference;
    return __builtin_sub_overflow(a, b, &difference) ? too_large(s, place) : difference;
}

int64_t swarm_mul_int(struct swarm_strand *s, int64_t a, int64_t b, const struct swarm_place *place)
{
    int64_t product;
    return __builtin_mul_overflow(a, b, &product) ? too_large(s, place) : product;
}

int64_t swarm_mod_int(struct swarm_strand *s, int64_t a, int64_t b, const struct swarm_place *place)
{
    if (b == 0) {
        by_zero(s, place);
        return 0;
    }
    return b == -1 ? 0 : a % b;
}

int64_t swarm_negate_int(struct swarm_strand *s, int64_t a, const struct swarm_place *place)
{
    return swarm_sub_int(s, 0, a, place);
}

double swarm_add_float(struct swarm_strand *s, double a, double b, const struct swarm_place *place)
{
    return checked(s, a + b, place);
}

double swarm_sub_float(struct swarm_strand *s, double a, double b, const struct swarm_place *place)
{
    return checked(s, a - b, place);
}

double swarm_mul_float(struct swarm_strand *s, double a, double b, const struct swarm_place *place)
{
    return checked(s, a * b, place);
}

double swarm_divide(struct swarm_strand *s, double a, double b, const struct swarm_place *place)
{
    if (b == 0) {
        by_zero(s, place);
        return 0;
    }
    return checked(s, a / b, place);
}

double swarm_mod_float(struct swarm_strand *s, double a, double b, const struct swarm_place *place)
{
    if (b == 0) {
        by_zero(s, place);
        return 0;
    }
    return checked(s, fmod(a, b), place);
}

/* Long double has the 64 bits of a duration on x86; elsewhere at least those of a double. */
static int64_t duration_of(struct swarm_strand *s, long double ns, const struct swarm_place *place)
{
    ns = roundl(ns);
    if (!(ns >= -9223372036854775808.0L && ns < 9223372036854775808.0L)) {
        value_error(s, place, "the duration is longer than 292 years");
        return 0;
    }
    return (int64_t)ns;
}

int64_t swarm_scale(struct swarm_strand *s, int64_t duration, double by, const struct swarm_place *place)
{
    return duration_of(s, (long double)duration * (long double)by, place);
}

int64_t swarm_shrink(struct swarm_strand *s, int64_t duration, double by, const struct swarm_place *place)
{
    if (by == 0) {
        by_zero(s, place);
        return 0;
    }
    return duration_of(s, (long double)duration / (long double)by, place);
}

/* ------------------------------------------------------------------ values */

struct arithmetic {
    int64_t (*whole)(struct swarm_strand *s, int64_t a, int64_t b, const struct swarm_place *place); /* NULL: by real */
    double (*real)(struct swarm_strand *s, double a, double b, const struct swarm_place *place);
};

static const struct arithmetic add = {swarm_add_int, swarm_add_float}, subtract = {swarm_sub_int, swarm_sub_float},
                               multiply = {swarm_mul_int, swarm_mul_float}, divide = {NULL, swarm_divide},
                               modulo = {swarm_mod_int, swarm_mod_float};

static struct swarm_value wanted(struct swarm_strand *s, const char *what, struct swarm_value found,
                                 const struct swarm_place *place)
{
    value_wanted(s, place, what, found);
    return swarm_null();
}

/* The first of two operands that is no number, a missing one before all others. */
static struct swarm_value wanted_numbers(struct swarm_strand *s, struct swarm_value a, struct swarm_value b,
                                         const struct swarm_place *place)
{
    bool first = a.kind == SWARM_NULL || (b.kind != SWARM_NULL && !value_is_number(a));
    return wanted(s, "a number", first ? a : b, place);
}

/* Of + and -: beside a text stands a text, beside a duration a duration. */
static struct swarm_value wanted_alike(struct swarm_strand *s, struct swarm_value a, struct swarm_value b,
                                       const struct swarm_place *place)
{
    if (a.kind == SWARM_TEXT || b.kind == SWARM_TEXT) {
        struct swarm_value other = a.kind == SWARM_TEXT ? b : a;
        if (value_is_number(other)) {
            value_error(s, place, "a text and a number are not joined by +: use \"${}\"");
            return swarm_null();
        }
        return wanted(s, "a text", other, place);
    }
    if (a.kind == SWARM_DURATION || b.kind == SWARM_DURATION) {
        return wanted(s, "a duration", a.kind == SWARM_DURATION ? b : a, place);
    }
    return wanted_numbers(s, a, b, place);
}

static struct swarm_value calculate(struct swarm_strand *s, const struct arithmetic *by, struct swarm_value a,
                                    struct swarm_value b, const struct swarm_place *place)
{
    struct value_number x, y;
    if (!value_number(a, &x) || !value_number(b, &y)) {
        return wanted_numbers(s, a, b, place);
    }
    if (by->whole && x.whole && y.whole) {
        return swarm_int(by->whole(s, x.i, y.i, place));
    }
    return swarm_float(by->real(s, checked(s, x.f, place), checked(s, y.f, place), place));
}

static bool both(struct swarm_value a, struct swarm_value b, enum swarm_kind kind)
{
    return a.kind == kind && b.kind == kind;
}

struct swarm_value swarm_add(struct swarm_strand *s, struct swarm_value a, struct swarm_value b,
                             const struct swarm_place *place)
{
    if (both(a, b, SWARM_TEXT)) {
        return swarm_join(s, a, b, place);
    }
    if (both(a, b, SWARM_DURATION)) {
        return swarm_duration(swarm_add_int(s, a.i, b.i, place));
    }
    if (!value_is_number(a) || !value_is_number(b)) {
        return wanted_alike(s, a, b, place);
    }
    return calculate(s, &add, a, b, place);
}

struct swarm_value swarm_sub(struct swarm_strand *s, struct swarm_value a, struct swarm_value b,
                             const struct swarm_place *place)
{
    if (both(a, b, SWARM_DURATION)) {
        return swarm_duration(swarm_sub_int(s, a.i, b.i, place));
    }
    if (a.kind == SWARM_DURATION || b.kind == SWARM_DURATION) {
        return wanted(s, "a duration", a.kind == SWARM_DURATION ? b : a, place);
    }
    return calculate(s, &subtract, a, b, place);
}

struct swarm_value swarm_mul(struct swarm_strand *s, struct swarm_value a, struct swarm_value b,
                             const struct swarm_place *place)
{
    if (b.kind == SWARM_DURATION && value_is_number(a)) {
        return swarm_mul(s, b, a, place);
    }
    if (a.kind == SWARM_DURATION && value_is_number(b)) {
        return swarm_duration(swarm_scale(s, a.i, swarm_need_float(s, b, place), place));
    }
    if (a.kind == SWARM_DURATION) {
        return wanted(s, "a number", b, place);
    }
    return calculate(s, &multiply, a, b, place);
}

struct swarm_value swarm_div(struct swarm_strand *s, struct swarm_value a, struct swarm_value b,
                             const struct swarm_place *place)
{
    if (both(a, b, SWARM_DURATION)) {
        return swarm_float(swarm_divide(s, (double)a.i, (double)b.i, place));
    }
    if (a.kind == SWARM_DURATION && value_is_number(b)) {
        return swarm_duration(swarm_shrink(s, a.i, swarm_need_float(s, b, place), place));
    }
    if (a.kind == SWARM_DURATION) {
        return wanted(s, "a number or a duration", b, place);
    }
    return calculate(s, &divide, a, b, place);
}

struct swarm_value swarm_mod(struct swarm_strand *s, struct swarm_value a, struct swarm_value b,
                             const struct swarm_place *place)
{
    if (both(a, b, SWARM_DURATION)) {
        return swarm_duration(swarm_mod_int(s, a.i, b.i, place));
    }
    if (a.kind == SWARM_DURATION) {
        return wanted(s, "a duration", b, place);
    }
    return calculate(s, &modulo, a, b, place);
}

struct swarm_value swarm_negate(struct swarm_strand *s, struct swarm_value a, const struct swarm_place *place)
{
    if (a.kind == SWARM_DURATION) {
        return swarm_duration(swarm_negate_int(s, a.i, place));
    }
    return calculate(s, &subtract, swarm_int(0), a, place);
}
