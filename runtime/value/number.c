/* Numbers: from digits, to digits, and compared without loss. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"
#include "value.h"

/* ------------------------------------------------------------------ reading */

bool value_read_int(const char *text, size_t n, int64_t *i)
{
    bool negative = n && text[0] == '-';
    size_t at = n && (negative || text[0] == '+');
    if (at == n) {
        return false;
    }
    uint64_t sum = 0, most = (uint64_t)INT64_MAX + negative;
    for (; at < n; at++) {
        unsigned digit = (unsigned char)text[at] - (unsigned)'0';
        if (digit > 9 || sum > (most - digit) / 10) {
            return false;
        }
        sum = sum * 10 + digit;
    }
    *i = negative ? (int64_t)(0 - sum) : (int64_t)sum;
    return true;
}

static size_t digits_at(const char *text, size_t n, size_t at)
{
    size_t start = at;
    while (at < n && text[at] >= '0' && text[at] <= '9') {
        at++;
    }
    return at - start;
}

static bool looks_like_float(const char *text, size_t n)
{
    size_t at = n && (text[0] == '-' || text[0] == '+');
    size_t digits = digits_at(text, n, at);
    at += digits;
    if (at < n && text[at] == '.') {
        size_t behind = digits_at(text, n, at + 1);
        at += 1 + behind;
        digits += behind;
    }
    if (!digits) {
        return false;
    }
    if (at < n && (text[at] == 'e' || text[at] == 'E')) {
        at++;
        at += at < n && (text[at] == '-' || text[at] == '+');
        size_t exponent = digits_at(text, n, at);
        at += exponent;
        return exponent && at == n;
    }
    return at == n;
}

/* The double nearest to digits that are a number; infinite when too large. */
static double to_double(const char *text, size_t n)
{
    char small[64], *room = n < sizeof small ? small : memory_resize(NULL, n + 1, 1);
    memcpy(room, text, n);
    room[n] = '\0';
    double f = strtod(room, NULL);
    if (room != small) {
        free(room);
    }
    return f;
}

bool value_read_float(const char *text, size_t n, double *f)
{
    if (!looks_like_float(text, n)) {
        return false;
    }
    *f = to_double(text, n);
    return isfinite(*f);
}

bool value_is_number(struct swarm_value v)
{
    return v.kind == SWARM_INT || v.kind == SWARM_FLOAT || v.kind == SWARM_NUMBER;
}

bool value_number(struct swarm_value v, struct value_number *number)
{
    switch (v.kind) {
    case SWARM_INT:
        *number = (struct value_number){true, v.i, (double)v.i};
        return true;
    case SWARM_FLOAT:
        *number = (struct value_number){false, 0, v.f};
        return true;
    case SWARM_NUMBER:
        *number = (struct value_number){0};
        number->whole = value_read_int(v.text, v.n, &number->i);
        number->f = number->whole ? (double)number->i : to_double(v.text, v.n);
        return true;
    default:
        return false;
    }
}

/* ------------------------------------------------------------------ comparing */

/* A decimal number: 0.DIGITS × 10^exponent, no zero at either end of the digits; they lie in two runs (before
 * and behind the point). Zero has no digits. */
struct decimal {
    bool negative;
    int64_t exponent;
    const char *run[2];
    size_t n[2];
};

static size_t digits_of(const struct decimal *d)
{
    return d->n[0] + d->n[1];
}

static char digit_of(const struct decimal *d, size_t i)
{
    return i < d->n[0] ? d->run[0][i] : d->run[1][i - d->n[0]];
}

static void trim_zeros(struct decimal *d)
{
    while (d->n[0] && d->run[0][0] == '0') {
        d->run[0]++;
        d->n[0]--;
        d->exponent--;
    }
    while (!d->n[0] && d->n[1] && d->run[1][0] == '0') {
        d->run[1]++;
        d->n[1]--;
        d->exponent--;
    }
    while (d->n[1] && d->run[1][d->n[1] - 1] == '0') {
        d->n[1]--;
    }
    while (!d->n[1] && d->n[0] && d->run[0][d->n[0] - 1] == '0') {
        d->n[0]--;
    }
}

/* An exponent beyond ±10^15 is taken as that: nobody can write that many digits to make up for it. */
static int64_t exponent_of(const char *text, size_t n)
{
    const int64_t most = INT64_C(1000000000000000);
    int64_t exponent;
    if (!n) {
        return 0;
    }
    if (!value_read_int(text, n, &exponent)) {
        return text[0] == '-' ? -most : most;
    }
    return exponent > most ? most : exponent < -most ? -most : exponent;
}

static struct decimal decimal_of(const char *text, size_t n)
{
    struct decimal d = {.negative = text[0] == '-'};
    size_t at = d.negative;
    d.run[0] = text + at;
    d.n[0] = digits_at(text, n, at);
    at += d.n[0];
    d.run[1] = text + at;
    if (at < n && text[at] == '.') {
        d.run[1] = text + at + 1;
        d.n[1] = digits_at(text, n, at + 1);
        at += 1 + d.n[1];
    }
    d.exponent = (int64_t)d.n[0] + (at < n ? exponent_of(text + at + 1, n - at - 1) : 0);
    trim_zeros(&d);
    return d;
}

static int compare_magnitudes(const struct decimal *a, const struct decimal *b)
{
    if (!digits_of(a) || !digits_of(b)) {
        return (digits_of(a) != 0) - (digits_of(b) != 0);
    }
    if (a->exponent != b->exponent) {
        return a->exponent < b->exponent ? -1 : 1;
    }
    for (size_t i = 0; i < digits_of(a) && i < digits_of(b); i++) {
        if (digit_of(a, i) != digit_of(b, i)) {
            return digit_of(a, i) < digit_of(b, i) ? -1 : 1;
        }
    }
    return (digits_of(a) > digits_of(b)) - (digits_of(a) < digits_of(b));
}

static int compare_decimals(const struct decimal *a, const struct decimal *b)
{
    bool minus_a = a->negative && digits_of(a), minus_b = b->negative && digits_of(b);
    if (minus_a != minus_b) {
        return minus_a ? -1 : 1;
    }
    return minus_a ? -compare_magnitudes(a, b) : compare_magnitudes(a, b);
}

static int compare_doubles(double a, double b)
{
    return (a > b) - (a < b);
}

static int compare_int_double(int64_t i, double f)
{
    if (f >= 9223372036854775808.0) {
        return -1;
    }
    if (f < -9223372036854775808.0) {
        return 1;
    }
    int64_t whole = (int64_t)f;
    if (i != whole) {
        return i < whole ? -1 : 1;
    }
    return compare_doubles(0, f - (double)whole);
}

static struct decimal decimal_of_value(struct swarm_value v, char room[24])
{
    if (v.kind == SWARM_NUMBER) {
        return decimal_of(v.text, v.n);
    }
    int n = snprintf(room, 24, "%lld", (long long)v.i);
    return decimal_of(room, (size_t)n);
}

int value_compare_numbers(struct swarm_value a, struct swarm_value b)
{
    struct value_number x = {0}, y = {0};
    value_number(a, &x);
    value_number(b, &y);
    if (x.whole && y.whole) {
        return (x.i > y.i) - (x.i < y.i);
    }
    if (a.kind != SWARM_FLOAT && b.kind != SWARM_FLOAT) {
        char room_a[24], room_b[24];
        struct decimal da = decimal_of_value(a, room_a), db = decimal_of_value(b, room_b);
        return compare_decimals(&da, &db);
    }
    if (x.whole) {
        return compare_int_double(x.i, y.f);
    }
    if (y.whole) {
        return -compare_int_double(y.i, x.f);
    }
    return compare_doubles(x.f, y.f);
}

/* ------------------------------------------------------------------ writing */

/* The fewest significant digits that read back the same: 15 to 17, fewer without the zeros at the end; a
 * subnormal double has less precision, so they are tried from one on. Returns the decimal exponent of the
 * first digit. */
static int shortest_digits(double f, char digits[20])
{
    char text[40];
    for (int precision = f < DBL_MIN ? 0 : 14; precision <= 16; precision++) {
        snprintf(text, sizeof text, "%.*e", precision, f);
        if (precision == 16 || strtod(text, NULL) == f) {
            break;
        }
    }
    char *e = strchr(text, 'e');
    size_t n = 0;
    for (char *p = text; p < e; p++) {
        if (*p != '.') {
            digits[n++] = *p;
        }
    }
    while (n > 1 && digits[n - 1] == '0') {
        n--;
    }
    digits[n] = '\0';
    return atoi(e + 1);
}

static size_t fill(char *to, char c, int n)
{
    memset(to, c, (size_t)n);
    return (size_t)n;
}

static size_t put(char *to, const char *from, size_t n)
{
    memcpy(to, from, n);
    return n;
}

/* ECMAScript's Number::toString: plain digits up to 21 places before and 6 zeros behind the point, else an
 * exponent. */
size_t value_write_float(char *to, double f)
{
    char *start = to;
    if (f < 0) {
        *to++ = '-';
        f = -f;
    }
    if (f == 0) {
        *start = '0';
        return 1;
    }
    if (f < 9007199254740992.0 && f == floor(f)) { /* 2^53: each such number has digits of its own */
        return (size_t)(to - start) + (size_t)snprintf(to, 20, "%lld", (long long)f);
    }
    char digits[20];
    int point = shortest_digits(f, digits) + 1, n = (int)strlen(digits);
    if (n <= point && point <= 21) {
        to += put(to, digits, (size_t)n);
        to += fill(to, '0', point - n);
    } else if (0 < point && point <= 21) {
        to += put(to, digits, (size_t)point);
        *to++ = '.';
        to += put(to, digits + point, (size_t)(n - point));
    } else if (-6 < point && point <= 0) {
        to += put(to, "0.", 2);
        to += fill(to, '0', -point);
        to += put(to, digits, (size_t)n);
    } else {
        *to++ = digits[0];
        if (n > 1) {
            *to++ = '.';
            to += put(to, digits + 1, (size_t)n - 1);
        }
        to += (size_t)snprintf(to, 8, "e%c%d", point > 0 ? '+' : '-', abs(point - 1));
    }
    return (size_t)(to - start);
}
