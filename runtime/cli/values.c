/* values.c - typed values as a person writes them on the command line */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli.h"
#include "table.h"

enum { NUMBER_LENGTH = 63 };

/* Copies a number without the '_' between its digits. False when it is too long or a '_' stands elsewhere. */
static bool plain_number(char out[NUMBER_LENGTH + 1], const char *text)
{
    size_t n = 0;

    for (size_t i = 0; text[i]; i++) {
        if (text[i] == '_') {
            if (i == 0 || !isdigit((unsigned char)text[i - 1]) || !isdigit((unsigned char)text[i + 1]))
                return false;
            continue;
        }
        if (n == NUMBER_LENGTH)
            return false;
        out[n++] = text[i];
    }
    out[n] = '\0';
    return n > 0;
}

bool value_int(const char *text, int64_t *out)
{
    char number[NUMBER_LENGTH + 1], *end;
    const char *digits = number;
    long long value;

    if (!plain_number(number, text))
        return false;
    digits += *digits == '-' || *digits == '+';
    if (!isdigit((unsigned char)*digits))
        return false;
    errno = 0;
    value = strtoll(number, &end, 10);
    if (*end != '\0' || errno != 0)
        return false;
    *out = value;
    return true;
}

bool value_unsigned(const char *text, uint64_t *out)
{
    char number[NUMBER_LENGTH + 1], *end;
    unsigned long long value;

    if (!plain_number(number, text) || !isdigit((unsigned char)number[0]))
        return false;
    errno = 0;
    value = strtoull(number, &end, 10);
    if (*end != '\0' || errno != 0)
        return false;
    *out = value;
    return true;
}

/* Digits with at most one point and an exponent: no hexadecimal, "inf" or "nan", which strtod would take. */
static bool looks_decimal(const char *text)
{
    const char *p = text + (*text == '-' || *text == '+');

    return (isdigit((unsigned char)*p) || (*p == '.' && isdigit((unsigned char)p[1]))) &&
           strspn(p, "0123456789.eE+-") == strlen(p);
}

bool value_float(const char *text, double *out)
{
    char number[NUMBER_LENGTH + 1], *end;
    double value;
    size_t len;
    bool percent;

    if (!plain_number(number, text))
        return false;
    len = strlen(number);
    percent = number[len - 1] == '%';
    if (percent)
        number[len - 1] = '\0';
    if (!looks_decimal(number))
        return false;
    value = strtod(number, &end);
    if (*end != '\0' || !isfinite(value))
        return false;
    *out = percent ? value / 100 : value;
    return true;
}

bool value_bool(const char *text, bool *out)
{
    static const char *const words[] = {"false", "true", "no", "yes", "off", "on", "0", "1"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcasecmp(text, words[i]) == 0) {
            *out = i % 2;
            return true;
        }
    }
    return false;
}

/* A run of digits at *text, which it moves on; false without one or when it is too large. */
static bool take_digits(const char **text, int64_t *out)
{
    int64_t value = 0;

    if (!isdigit((unsigned char)**text))
        return false;
    for (; isdigit((unsigned char)**text); (*text)++) {
        if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, **text - '0', &value))
            return false;
    }
    *out = value;
    return true;
}

struct unit {
    const char *name;
    int64_t factor;
};

/* The unit at *text, which it moves on, among those from `units` on; NULL if there is none. */
static const struct unit *take_unit(const char **text, const struct unit *units)
{
    size_t len = strspn(*text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    for (const struct unit *unit = units; unit->name; unit++) {
        if (strlen(unit->name) == len && strncasecmp(*text, unit->name, len) == 0) {
            *text += len;
            return unit;
        }
    }
    return NULL;
}

bool cli_parse_span(const char *text, int64_t *ns)
{
    static const struct unit falling[] = {
        {"h", 3600 * INT64_C(1000000000)},
        {"m", 60 * INT64_C(1000000000)},
        {"s", INT64_C(1000000000)},
        {"ms", INT64_C(1000000)},
        {NULL, 0},
    };
    const struct unit *units = falling;
    int64_t total = 0;

    for (bool first = true; first || *text; first = false) {
        const struct unit *unit;
        int64_t value;

        if (!take_digits(&text, &value))
            return false;
        if (first && *text == '\0')
            unit = &falling[2];
        else
            unit = take_unit(&text, units);
        if (!unit || __builtin_mul_overflow(value, unit->factor, &value) ||
            __builtin_add_overflow(total, value, &total))
            return false;
        units = unit + 1;
    }
    *ns = total;
    return true;
}

bool value_size(const char *text, int64_t *out)
{
    static const struct unit units[] = {
        {"", 1}, {"B", 1}, {"KB", INT64_C(1) << 10}, {"MB", INT64_C(1) << 20}, {"GB", INT64_C(1) << 30}, {NULL, 0},
    };
    char number[NUMBER_LENGTH + 1];
    const char *p = number;
    const struct unit *unit;
    int64_t value;

    if (!plain_number(number, text) || !take_digits(&p, &value))
        return false;
    unit = take_unit(&p, units);
    if (!unit || *p != '\0' || __builtin_mul_overflow(value, unit->factor, &value))
        return false;
    *out = value;
    return true;
}

bool value_rate(const char *text, double *out)
{
    const char *slash = strchr(text, '/');
    char number[NUMBER_LENGTH + 1];
    double seconds = 1, value;

    if (slash) {
        static const char letters[] = "smh";
        const char *letter = slash[1] ? strchr(letters, slash[1]) : NULL;

        if (!letter || slash[2] != '\0' || (size_t)(slash - text) > NUMBER_LENGTH)
            return false;
        seconds = letter == letters ? 1 : letter == letters + 1 ? 60 : 3600;
        memcpy(number, text, (size_t)(slash - text));
        number[slash - text] = '\0';
        text = number;
    }
    if (!value_float(text, &value) || value < 0)
        return false;
    *out = value / seconds;
    return true;
}

bool value_url(const char *text)
{
    size_t scheme = strncasecmp(text, "http://", 7) == 0 ? 7 : strncasecmp(text, "https://", 8) == 0 ? 8 : 0;
    const char *host = text + scheme, *at;
    size_t authority = strcspn(host, "/?#");

    if (scheme == 0)
        return false;
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if (*p <= 0x20 || *p == 0x7f || strchr("\"<>\\^`{|}", *p))
            return false;
    }
    at = memrchr(host, '@', authority);
    if (at) {
        authority -= (size_t)(at + 1 - host);
        host = at + 1;
    }
    return authority > 0 && host[0] != ':';
}
