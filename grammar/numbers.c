#include "numbers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "swarm.tab.h"
#include "tree/parse.h"

enum { MAX_DIGITS = 400 };

static const struct {
    const char *text;
    int kind;
    int64_t factor;
} units[] = {
    {"ms", TOK_DURATION, 1000 * 1000},
    {"s", TOK_DURATION, INT64_C(1000) * 1000 * 1000},
    {"m", TOK_DURATION, INT64_C(60) * 1000 * 1000 * 1000},
    {"h", TOK_DURATION, INT64_C(3600) * 1000 * 1000 * 1000},
    {"KB", TOK_SIZE, 1024},
    {"MB", TOK_SIZE, 1024 * 1024},
    {"GB", TOK_SIZE, 1024 * 1024 * 1024},
};

static const struct unit_alias aliases[] = {
    /* clang-format off */
    {"min", "m", "minutes are `m`"},       {"mins", "m", "minutes are `m`"},       {"minute", "m", "minutes are `m`"},
    {"minutes", "m", "minutes are `m`"},   {"M", "m", "minutes are `m`, megabytes `MB`"},
    {"sec", "s", "seconds are `s`"},       {"secs", "s", "seconds are `s`"},       {"second", "s", "seconds are `s`"},
    {"seconds", "s", "seconds are `s`"},   {"S", "s", "seconds are `s`"},          {"hr", "h", "hours are `h`"},
    {"hrs", "h", "hours are `h`"},         {"hour", "h", "hours are `h`"},         {"hours", "h", "hours are `h`"},
    {"H", "h", "hours are `h`"},           {"msec", "ms", "milliseconds are `ms`"}, {"msecs", "ms", "milliseconds are `ms`"},
    {"millis", "ms", "milliseconds are `ms`"}, {"milliseconds", "ms", "milliseconds are `ms`"},
    {"MS", "ms", "milliseconds are `ms`"}, {"d", NULL, "a day is `24h`"},          {"day", NULL, "a day is `24h`"},
    {"days", NULL, "a day is `24h`"},      {"w", NULL, "a week is `168h`"},
    /* clang-format on */
    {"us", NULL, "the smallest unit is `ms`: 0.5ms is 500 microseconds"},
    {"ns", NULL, "the smallest unit is `ms`: 0.001ms is 1,000 nanoseconds"},
    {"k", "KB", "a size is written with `KB`, a plain number with all its digits: 5_000"},
    {"K", "KB", "kilobytes are `KB`"},
    {"kb", "KB", "kilobytes are `KB`"},
    {"Kb", "KB", "kilobytes are `KB`"},
    {"kB", "KB", "kilobytes are `KB`"},
    {"KiB", "KB", "kilobytes are `KB`, 1,024 bytes"},
    {"kib", "KB", "kilobytes are `KB`, 1,024 bytes"},
    {"mb", "MB", "megabytes are `MB`"},
    {"Mb", "MB", "megabytes are `MB`"},
    {"mB", "MB", "megabytes are `MB`"},
    {"MiB", "MB", "megabytes are `MB`, powers of 1,024"},
    {"gb", "GB", "gigabytes are `GB`"},
    {"Gb", "GB", "gigabytes are `GB`"},
    {"GiB", "GB", "gigabytes are `GB`, powers of 1,024"},
    {"B", NULL, "bytes are a plain number"},
    {"bytes", NULL, "bytes are a plain number"},
    {"rps", NULL, "a rate is written `10/s`"},
    {"ps", NULL, "a rate is written `10/s`"},
    {"x", NULL, "numbers are decimal"},
};

static const struct number_slip too_large = {NUMBER_TOO_LARGE, NULL};
static const struct number_slip wrong_form = {NUMBER_FORM, NULL};
static const struct number_slip wrong_unit = {NUMBER_UNIT, NULL};
static const struct number_slip wrong_order = {NUMBER_FORM, "units go from large to small: 1h30m"};
static const struct number_slip wrong_hex = {NUMBER_FORM, "numbers are decimal: 255, not 0xff"};

const struct unit_alias *number_unit_alias(const char *unit, size_t n)
{
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
        if (strlen(aliases[i].foreign) == n && memcmp(aliases[i].foreign, unit, n) == 0)
            return &aliases[i];
    return NULL;
}

static int unit_index(const char *unit, size_t n)
{
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strlen(units[i].text) == n && memcmp(units[i].text, unit, n) == 0)
            return (int)i;
    return -1;
}

bool number_is_unit(const char *unit, size_t n)
{
    return unit_index(unit, n) >= 0;
}

static bool is_digit(char c)
{
    return (c >= '0' && c <= '9') || c == '_';
}

/* The digits before a unit, `_` left out: 1_000 or 2.5. Returns how many bytes they take. */
static size_t digits_of(const char *text, size_t n, char *out, bool exponent, bool *fraction)
{
    size_t at = 0, length = 0;
    *fraction = false;
    for (; at < n; at++) {
        char c = text[at];
        bool point = c == '.' && !*fraction && at + 1 < n && text[at + 1] >= '0' && text[at + 1] <= '9';
        bool sign = exponent && (c == '+' || c == '-') && length && (text[at - 1] == 'e' || text[at - 1] == 'E');
        bool power = exponent && (c == 'e' || c == 'E');
        if (!is_digit(c) && !point && !sign && !power)
            break;
        *fraction = *fraction || point || power;
        if (c != '_' && length < MAX_DIGITS)
            out[length++] = c;
    }
    out[length] = '\0';
    return at;
}

/* digits × factor in whole units, without a detour over double; false when it does not fit. */
static bool scaled(const char *digits, int64_t factor, int64_t *value)
{
    int64_t whole = 0;
    for (; *digits >= '0' && *digits <= '9'; digits++)
        if (__builtin_mul_overflow(whole, 10, &whole) || __builtin_add_overflow(whole, *digits - '0', &whole))
            return false;
    if (__builtin_mul_overflow(whole, factor, &whole))
        return false;
    if (*digits == '.') {
        int64_t part = factor;
        double rest = 0, place = (double)part;
        for (digits++; *digits >= '0' && *digits <= '9'; digits++) {
            place /= 10;
            rest += (*digits - '0') * place;
        }
        if (__builtin_add_overflow(whole, (int64_t)llround(rest), &whole))
            return false;
    }
    *value = whole;
    return true;
}

static const struct number_slip *plain(const char *digits, bool fraction, struct token *token)
{
    if (fraction) {
        token->kind = TOK_FLOAT;
        token->number = strtod(digits, NULL);
        return isfinite(token->number) ? NULL : &too_large;
    }
    token->kind = TOK_INT;
    return scaled(digits, 1, &token->integer) ? NULL : &too_large;
}

static const struct number_slip *rate(const char *digits, char unit, struct token *token)
{
    token->kind = TOK_RATE;
    token->number = strtod(digits, NULL) / (unit == 's' ? 1 : unit == 'm' ? 60 : 3600);
    return isfinite(token->number) ? NULL : &too_large;
}

/* The kind of a number whose unit is wrong, so that no second message follows from it. */
static int likely_kind(const char *unit, size_t n)
{
    const struct unit_alias *alias = number_unit_alias(unit, n);
    if (!alias || !alias->own)
        return alias && (alias->foreign[0] == 'd' || alias->foreign[0] == 'w' || alias->foreign[0] == 'u' ||
                         alias->foreign[0] == 'n')
                   ? TOK_DURATION
                   : TOK_INT;
    return units[unit_index(alias->own, strlen(alias->own))].kind;
}

/* 250ms, 1h30m, 64KB */
static const struct number_slip *with_units(const char *text, size_t n, struct token *token)
{
    char digits[MAX_DIGITS + 1];
    int64_t total = 0, last_factor = INT64_MAX, value;
    int kind = 0;
    token->integer = 0;
    for (size_t at = 0; at < n;) {
        bool fraction;
        at += digits_of(text + at, n - at, digits, false, &fraction);
        size_t from = at;
        while (at < n && !is_digit(text[at]))
            at++;
        int index = unit_index(text + from, at - from);
        if (index < 0 || digits[0] == '\0' || (kind && (units[index].kind != kind || kind != TOK_DURATION))) {
            token->kind = (int16_t)likely_kind(text + from, at - from);
            return text[0] == '0' && (text[from] == 'x' || text[from] == 'X') ? &wrong_hex : &wrong_unit;
        }
        kind = token->kind = (int16_t)units[index].kind;
        if (units[index].factor >= last_factor || (fraction && at < n))
            return fraction && at < n ? &wrong_form : &wrong_order;
        last_factor = units[index].factor;
        if (!scaled(digits, units[index].factor, &value) || __builtin_add_overflow(total, value, &total))
            return &too_large;
    }
    token->integer = total;
    return NULL;
}

const struct number_slip *number_read(const char *text, size_t n, struct token *token)
{
    char digits[MAX_DIGITS + 1];
    bool fraction;
    token->integer = 0;
    if (n > MAX_DIGITS)
        return &too_large;
    size_t used = digits_of(text, n, digits, true, &fraction);
    if (used == n)
        return text[n - 1] == '_' || strstr(digits, "ee") ? &wrong_form : plain(digits, fraction, token);
    if (used == n - 1 && text[used] == '%') {
        token->kind = TOK_PERCENT;
        token->number = strtod(digits, NULL) / 100;
        return isfinite(token->number) ? NULL : &too_large;
    }
    if (used == n - 2 && text[used] == '/')
        return rate(digits, text[n - 1], token);
    return with_units(text, n, token);
}

static size_t unit_at(const char *text, size_t n)
{
    size_t at = 0;
    while (at < n && (is_digit(text[at]) || text[at] == '.'))
        at++;
    return at;
}

void number_report(struct parser *p, const struct number_slip *slip, const char *text, size_t n, struct span span)
{
    struct diags *diags = p->unit->diags;
    int shown = n > 60 ? 60 : (int)n;
    struct diag *diag;
    if (slip->problem == NUMBER_TOO_LARGE) {
        diag = diag_add(diags, DIAG_E0121, span, "the number `%.*s` is too large", shown, text);
        diag_help(diags, diag, "whole numbers go to 9,223,372,036,854,775,807, durations to 292 years");
        return;
    }
    if (slip->problem == NUMBER_FORM) {
        diag = diag_add(diags, DIAG_E0122, span, "`%.*s` is not how a number is written", shown, text);
        diag_help(diags, diag, "%s", slip->help ? slip->help : "42, 1_000, 2.5, 1e3, 250ms, 1h30m, 64KB, 1%, 10/s");
        return;
    }
    size_t at = unit_at(text, n), end = at;
    while (end < n && !is_digit(text[end]))
        end++;
    const struct unit_alias *alias = number_unit_alias(text + at, end - at);
    diag = diag_add(diags, DIAG_E0120, span, "`%.*s` has a unit that does not exist: `%.*s`", shown, text,
                    end - at > 40 ? 40 : (int)(end - at), text + at);
    if (alias && alias->own)
        diag_help(diags, diag, "%s: %.*s%s", alias->sentence, (int)at, text, alias->own);
    else if (alias)
        diag_help(diags, diag, "%s", alias->sentence);
    else
        diag_help(diags, diag,
                  "units are ms s m h for durations, KB MB GB for sizes; a name cannot begin with a digit");
}
