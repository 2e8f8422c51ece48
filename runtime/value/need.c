/* What a plain type needs of a value that is only known when it is used. */
#include <math.h>

#include "value.h"

static bool whole_of_double(double f, int64_t *i)
{
    if (f != floor(f) || f < -9223372036854775808.0 || f >= 9223372036854775808.0) {
        return false;
    }
    *i = (int64_t)f;
    return true;
}

int64_t swarm_need_int(struct swarm_strand *s, struct swarm_value v, const struct swarm_place *place)
{
    if (v.kind == SWARM_INT) {
        return v.i;
    }
    struct value_number number;
    if (!value_number(v, &number)) {
        value_wanted(s, place, "a number", v);
        return 0;
    }
    if (number.whole || whole_of_double(number.f, &number.i)) {
        return number.i;
    }
    value_wanted(s, place, number.f == floor(number.f) ? "a whole number of 64 bits" : "a whole number", v);
    return 0;
}

double swarm_need_float(struct swarm_strand *s, struct swarm_value v, const struct swarm_place *place)
{
    struct value_number number;
    if (!value_number(v, &number)) {
        value_wanted(s, place, "a number", v);
        return 0;
    }
    if (!isfinite(number.f)) {
        value_wanted(s, place, "a number up to 1.8e308", v);
        return 0;
    }
    return number.f;
}

bool swarm_need_bool(struct swarm_strand *s, struct swarm_value v, const struct swarm_place *place)
{
    if (v.kind != SWARM_BOOL) {
        value_wanted(s, place, "true or false", v);
        return false;
    }
    return v.i;
}

int64_t swarm_need_duration(struct swarm_strand *s, struct swarm_value v, const struct swarm_place *place)
{
    if (v.kind != SWARM_DURATION) {
        value_wanted(s, place, "a duration", v);
        return 0;
    }
    return v.i;
}

double swarm_need_rate(struct swarm_strand *s, struct swarm_value v, const struct swarm_place *place)
{
    return swarm_need_float(s, v, place);
}

bool value_take_text(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value v)
{
    if (v.kind != SWARM_TEXT) {
        value_wanted(s, place, "a text", v);
        return false;
    }
    return true;
}

bool value_take_list(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value v)
{
    if (!value_is_list(v)) {
        value_wanted(s, place, "a list", v);
        return false;
    }
    return true;
}

struct swarm_value swarm_need_text(struct swarm_strand *s, struct swarm_value v, const struct swarm_place *place)
{
    return value_take_text(s, place, v) ? v : swarm_text("", 0);
}

struct swarm_value swarm_need_list(struct swarm_strand *s, struct swarm_value v, const struct swarm_place *place)
{
    return value_take_list(s, place, v) ? v : swarm_null();
}

struct swarm_value swarm_need(struct swarm_strand *s, struct swarm_value v, const struct swarm_place *place)
{
    if (v.kind == SWARM_NULL) {
        value_wanted(s, place, "a value", v);
    }
    return v;
}
