/* Built-in functions: numbers and conversions. */
#include <math.h>

#include "value.h"

static double checked(struct swarm_strand *s, const struct swarm_place *place, double f)
{
    if (!isfinite(f)) {
        value_error(s, place, isnan(f) ? "the result is no number" : "the result is larger than 1.8e308");
        return 0;
    }
    return f;
}

int64_t swarm_fn_min_int(struct swarm_strand *s, const struct swarm_place *place, int64_t a, int64_t b)
{
    (void)s, (void)place;
    return a < b ? a : b;
}

double swarm_fn_min_float(struct swarm_strand *s, const struct swarm_place *place, double a, double b)
{
    (void)s, (void)place;
    return a < b ? a : b;
}

int64_t swarm_fn_max_int(struct swarm_strand *s, const struct swarm_place *place, int64_t a, int64_t b)
{
    (void)s, (void)place;
    return a > b ? a : b;
}

double swarm_fn_max_float(struct swarm_strand *s, const struct swarm_place *place, double a, double b)
{
    (void)s, (void)place;
    return a > b ? a : b;
}

/* The one of two that comes first (sign < 0) or last; both numbers or both durations. */
static struct swarm_value extreme(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a,
                                  struct swarm_value b, int sign)
{
    struct swarm_value odd = a.kind == SWARM_DURATION || value_is_number(a) ? b : a;
    bool durations = a.kind == SWARM_DURATION && b.kind == SWARM_DURATION;
    if (!durations && !(value_is_number(a) && value_is_number(b))) {
        value_wanted(s, place, a.kind == SWARM_DURATION && value_is_number(b) ? "a duration" : "a number", odd);
        return swarm_null();
    }
    return swarm_compare(s, a, b, place) * sign < 0 ? b : a;
}

struct swarm_value swarm_fn_min_value(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a,
                                      struct swarm_value b)
{
    return extreme(s, place, a, b, -1);
}

struct swarm_value swarm_fn_max_value(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a,
                                      struct swarm_value b)
{
    return extreme(s, place, a, b, 1);
}

static struct swarm_value extreme_of_list(struct swarm_strand *s, const struct swarm_place *place,
                                          struct swarm_value list, int sign)
{
    struct swarm_walk walk = swarm_walk(s, list, place);
    struct swarm_value best = swarm_null(), next;
    for (bool first = true; swarm_step_on(s, &walk, &next) && !swarm_failed(s); first = false) {
        best = extreme(s, place, first ? next : best, next, sign);
    }
    return swarm_failed(s) ? swarm_null() : best;
}

struct swarm_value swarm_fn_min_list(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value list)
{
    return extreme_of_list(s, place, list, -1);
}

struct swarm_value swarm_fn_max_list(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value list)
{
    return extreme_of_list(s, place, list, 1);
}

struct swarm_value swarm_fn_sum(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value list)
{
    struct swarm_walk walk = swarm_walk(s, list, place);
    struct swarm_value sum = swarm_int(0), next;
    for (bool first = true; swarm_step_on(s, &walk, &next) && !swarm_failed(s); first = false) {
        if (next.kind != SWARM_DURATION && !value_is_number(next)) {
            value_wanted(s, place, "a list of numbers", next);
            break;
        }
        sum = first && next.kind == SWARM_DURATION ? next : swarm_add(s, sum, next, place);
    }
    return swarm_failed(s) ? swarm_null() : sum;
}

int64_t swarm_fn_abs_int(struct swarm_strand *s, const struct swarm_place *place, int64_t a)
{
    return a < 0 ? swarm_negate_int(s, a, place) : a;
}

double swarm_fn_abs_float(struct swarm_strand *s, const struct swarm_place *place, double a)
{
    (void)s, (void)place;
    return fabs(a);
}

struct swarm_value swarm_fn_abs_value(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a)
{
    if (a.kind == SWARM_INT) {
        return swarm_int(swarm_fn_abs_int(s, place, a.i));
    }
    return swarm_float(fabs(swarm_need_float(s, a, place)));
}

static int64_t whole(struct swarm_strand *s, const struct swarm_place *place, double f)
{
    if (!(f >= -9223372036854775808.0 && f < 9223372036854775808.0)) {
        value_wanted(s, place, "a number that fits into 64 bits", swarm_float(f));
        return 0;
    }
    return (int64_t)f;
}

int64_t swarm_fn_floor(struct swarm_strand *s, const struct swarm_place *place, double a)
{
    return whole(s, place, floor(a));
}

int64_t swarm_fn_ceil(struct swarm_strand *s, const struct swarm_place *place, double a)
{
    return whole(s, place, ceil(a));
}

int64_t swarm_fn_round(struct swarm_strand *s, const struct swarm_place *place, double a)
{
    return whole(s, place, round(a));
}

double swarm_fn_pow(struct swarm_strand *s, const struct swarm_place *place, double a, double b)
{
    return checked(s, place, pow(a, b));
}

double swarm_fn_exp(struct swarm_strand *s, const struct swarm_place *place, double a)
{
    return checked(s, place, exp(a));
}

double swarm_fn_ln(struct swarm_strand *s, const struct swarm_place *place, double a)
{
    if (a <= 0) {
        value_wanted(s, place, "a number larger than 0", swarm_float(a));
        return 0;
    }
    return log(a);
}

double swarm_fn_sqrt(struct swarm_strand *s, const struct swarm_place *place, double a)
{
    if (a < 0) {
        value_wanted(s, place, "a number of 0 or more", swarm_float(a));
        return 0;
    }
    return sqrt(a);
}

double swarm_fn_sin(struct swarm_strand *s, const struct swarm_place *place, double a)
{
    (void)s, (void)place;
    return sin(a);
}

double swarm_fn_cos(struct swarm_strand *s, const struct swarm_place *place, double a)
{
    (void)s, (void)place;
    return cos(a);
}

/* ------------------------------------------------------------------ conversions */

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct swarm_value without_blanks(struct swarm_value text)
{
    while (text.n && is_blank(text.text[0])) {
        text.text++;
        text.n--;
    }
    while (text.n && is_blank(text.text[text.n - 1])) {
        text.n--;
    }
    return text;
}

int64_t swarm_fn_int(struct swarm_strand *s, const struct swarm_place *place, int64_t a)
{
    (void)s, (void)place;
    return a;
}

/* Of a number toward zero; of a text with nothing but a whole number (and blanks around it). */
int64_t swarm_fn_int_value(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a)
{
    if (a.kind == SWARM_TEXT) {
        struct swarm_value text = without_blanks(a);
        int64_t i;
        if (value_read_int(text.text, text.n, &i)) {
            return i;
        }
        value_wanted(s, place, "a whole number", a);
        return 0;
    }
    struct value_number number;
    if (!value_number(a, &number)) {
        value_wanted(s, place, "a number or a text", a);
        return 0;
    }
    return number.whole ? number.i : whole(s, place, trunc(number.f));
}

double swarm_fn_float(struct swarm_strand *s, const struct swarm_place *place, double a)
{
    (void)s, (void)place;
    return a;
}

double swarm_fn_float_value(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a)
{
    if (a.kind != SWARM_TEXT) {
        return swarm_need_float(s, a, place);
    }
    struct swarm_value text = without_blanks(a);
    double f;
    if (!value_read_float(text.text, text.n, &f)) {
        value_wanted(s, place, "a number", a);
        return 0;
    }
    return f;
}

struct swarm_value swarm_fn_string(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a)
{
    return a.kind == SWARM_TEXT ? a : swarm_format(s, place, &a, 1);
}
