/*
 * tap.h - a small producer of the Test Anything Protocol for C unit tests.
 *
 * A test program includes this header once, calls the checks below in any order and ends with
 *
 *     return tap_done();
 *
 * which prints the plan ("1..N") and gives 0 when everything passed and 1 when a check failed or none ran.
 * A program that crashes or returns early prints no plan, and the runner counts that as a failure.
 *
 *     ok(expr, fmt, ...)                    expr is true; fmt names the check as printf does
 *     pass(fmt, ...)  fail(fmt, ...)
 *     is_int(got, want, fmt, ...)           signed integers
 *     is_uint(got, want, fmt, ...)          unsigned integers, up to 64 bits
 *     is_dbl(got, want, eps, fmt, ...)      |got - want| <= eps; both NaN is equal
 *     is_str(got, want, fmt, ...)           NUL-terminated texts; NULL equals only NULL
 *     is_mem(got, want, len, fmt, ...)      len bytes
 *     is_ptr(got, want, fmt, ...)
 *     like(got, part, fmt, ...)             the text contains the part
 *     unlike(got, part, fmt, ...)           the text does not contain the part
 *     skip(reason, fmt, ...)                counted as skipped, by name; a reason that begins with "missing tool"
 *                                           says that this machine could have run it
 *     diag(fmt, ...)                        a comment line
 *     bail_out(fmt, ...)                    stop this program at once: nothing after it makes sense
 *
 * Every check evaluates each argument once and gives 1 when it passed, so that a test can guard what follows
 * with it. Failures print the values and the place.
 */
#ifndef SWARM_TESTS_TAP_H
#define SWARM_TESTS_TAP_H

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TAP_UNUSED            __attribute__((unused))
#define TAP_PRINTF(fmt, args) __attribute__((unused, format(printf, fmt, args)))

static unsigned tap_count;
static unsigned tap_failed;

/* Prints one line of text without its line breaks and '#', which mean something to a reader of TAP. */
static TAP_UNUSED void tap_put_name(const char *name)
{
    for (; *name; name++)
        putchar(*name == '\n' || *name == '\r' || *name == '#' ? ' ' : *name);
}

__attribute__((format(printf, 4, 0))) static TAP_UNUSED int tap_result(int passed, const char *file, int line,
                                                                       const char *fmt, va_list args)
{
    char name[512];

    vsnprintf(name, sizeof name, fmt, args);
    printf("%sok %u - ", passed ? "" : "not ", ++tap_count);
    tap_put_name(name);
    putchar('\n');
    if (!passed) {
        tap_failed++;
        printf("#   at %s:%d\n", file, line);
    }
    fflush(stdout);
    return passed;
}

/* Prints "#   label: text" with the text quoted and every unprintable byte escaped; long ones are cut. */
static TAP_UNUSED void tap_put_bytes(const char *label, const void *bytes, size_t len)
{
    const unsigned char *p = bytes;
    size_t i, limit = len < 2000 ? len : 2000;

    if (!bytes) {
        printf("#   %s: NULL\n", label);
        return;
    }
    printf("#   %s: \"", label);
    for (i = 0; i < limit; i++) {
        if (p[i] == '\n')
            fputs("\\n", stdout);
        else if (p[i] == '"' || p[i] == '\\')
            printf("\\%c", p[i]);
        else if (p[i] < 0x20 || p[i] == 0x7f)
            printf("\\x%02x", p[i]);
        else
            putchar(p[i]);
    }
    printf("\"%s (%zu bytes)\n", limit < len ? "..." : "", len);
}

static int tap_ok(int passed, const char *file, int line, const char *expr, const char *fmt, ...) TAP_PRINTF(5, 6);
static int tap_ok(int passed, const char *file, int line, const char *expr, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    tap_result(passed, file, line, fmt, args);
    va_end(args);
    if (!passed && expr)
        printf("#   false: %s\n", expr);
    return passed;
}

static int tap_is_int(intmax_t got, intmax_t want, const char *file, int line, const char *fmt, ...) TAP_PRINTF(5, 6);
static int tap_is_int(intmax_t got, intmax_t want, const char *file, int line, const char *fmt, ...)
{
    va_list args;
    int passed = got == want;

    va_start(args, fmt);
    tap_result(passed, file, line, fmt, args);
    va_end(args);
    if (!passed)
        printf("#   got:  %" PRIdMAX "\n#   want: %" PRIdMAX "\n", got, want);
    return passed;
}

static int tap_is_uint(uintmax_t got, uintmax_t want, const char *file, int line, const char *fmt, ...)
    TAP_PRINTF(5, 6);
static int tap_is_uint(uintmax_t got, uintmax_t want, const char *file, int line, const char *fmt, ...)
{
    va_list args;
    int passed = got == want;

    va_start(args, fmt);
    tap_result(passed, file, line, fmt, args);
    va_end(args);
    if (!passed)
        printf("#   got:  %" PRIuMAX "\n#   want: %" PRIuMAX "\n", got, want);
    return passed;
}

static int tap_is_dbl(double got, double want, double eps, const char *file, int line, const char *fmt, ...)
    TAP_PRINTF(6, 7);
static int tap_is_dbl(double got, double want, double eps, const char *file, int line, const char *fmt, ...)
{
    va_list args;
    int passed = got == want || (isnan(got) && isnan(want)) || fabs(got - want) <= eps;

    va_start(args, fmt);
    tap_result(passed, file, line, fmt, args);
    va_end(args);
    if (!passed)
        printf("#   got:  %.17g\n#   want: %.17g (within %g)\n", got, want, eps);
    return passed;
}

static int tap_is_str(const char *got, const char *want, const char *file, int line, const char *fmt, ...)
    TAP_PRINTF(5, 6);
static int tap_is_str(const char *got, const char *want, const char *file, int line, const char *fmt, ...)
{
    va_list args;
    int passed = got && want ? strcmp(got, want) == 0 : got == want;

    va_start(args, fmt);
    tap_result(passed, file, line, fmt, args);
    va_end(args);
    if (!passed) {
        tap_put_bytes("got ", got, got ? strlen(got) : 0);
        tap_put_bytes("want", want, want ? strlen(want) : 0);
    }
    return passed;
}

static int tap_is_mem(const void *got, const void *want, size_t len, const char *file, int line, const char *fmt, ...)
    TAP_PRINTF(6, 7);
static int tap_is_mem(const void *got, const void *want, size_t len, const char *file, int line, const char *fmt, ...)
{
    va_list args;
    int passed = len == 0 || (got && want ? memcmp(got, want, len) == 0 : got == want);

    va_start(args, fmt);
    tap_result(passed, file, line, fmt, args);
    va_end(args);
    if (!passed) {
        tap_put_bytes("got ", got, len);
        tap_put_bytes("want", want, len);
    }
    return passed;
}

static int tap_is_ptr(const void *got, const void *want, const char *file, int line, const char *fmt, ...)
    TAP_PRINTF(5, 6);
static int tap_is_ptr(const void *got, const void *want, const char *file, int line, const char *fmt, ...)
{
    va_list args;
    int passed = got == want;

    va_start(args, fmt);
    tap_result(passed, file, line, fmt, args);
    va_end(args);
    if (!passed)
        printf("#   got:  %p\n#   want: %p\n", got, want);
    return passed;
}

static int tap_like(const char *got, const char *part, int wanted, const char *file, int line, const char *fmt, ...)
    TAP_PRINTF(6, 7);
static int tap_like(const char *got, const char *part, int wanted, const char *file, int line, const char *fmt, ...)
{
    va_list args;
    int passed = got && part && (strstr(got, part) != NULL) == wanted;

    va_start(args, fmt);
    tap_result(passed, file, line, fmt, args);
    va_end(args);
    if (!passed) {
        tap_put_bytes("got", got, got ? strlen(got) : 0);
        tap_put_bytes(wanted ? "does not contain" : "contains", part, part ? strlen(part) : 0);
    }
    return passed;
}

static int tap_skip(const char *reason, const char *fmt, ...) TAP_PRINTF(2, 3);
static int tap_skip(const char *reason, const char *fmt, ...)
{
    char name[512];
    va_list args;

    va_start(args, fmt);
    vsnprintf(name, sizeof name, fmt, args);
    va_end(args);
    printf("ok %u - ", ++tap_count);
    tap_put_name(name);
    printf(" # SKIP %s\n", reason);
    fflush(stdout);
    return 1;
}

static void tap_diag(const char *fmt, ...) TAP_PRINTF(1, 2);
static void tap_diag(const char *fmt, ...)
{
    va_list args;

    fputs("# ", stdout);
    va_start(args, fmt);
    vprintf(fmt, args);
    va_end(args);
    putchar('\n');
}

static void tap_bail_out(const char *fmt, ...) __attribute__((unused, noreturn, format(printf, 1, 2)));
static void tap_bail_out(const char *fmt, ...)
{
    va_list args;

    fputs("Bail out! ", stdout);
    va_start(args, fmt);
    vprintf(fmt, args);
    va_end(args);
    putchar('\n');
    fflush(stdout);
    exit(1);
}

static TAP_UNUSED int tap_done(void)
{
    printf("1..%u\n", tap_count);
    if (tap_failed)
        printf("# %u of %u failed\n", tap_failed, tap_count);
    fflush(stdout);
    return tap_failed || !tap_count;
}

#define ok(expr, ...)               tap_ok(!!(expr), __FILE__, __LINE__, #expr, __VA_ARGS__)
#define pass(...)                   tap_ok(1, __FILE__, __LINE__, NULL, __VA_ARGS__)
#define fail(...)                   tap_ok(0, __FILE__, __LINE__, NULL, __VA_ARGS__)
#define is_int(got, want, ...)      tap_is_int((got), (want), __FILE__, __LINE__, __VA_ARGS__)
#define is_uint(got, want, ...)     tap_is_uint((got), (want), __FILE__, __LINE__, __VA_ARGS__)
#define is_dbl(got, want, eps, ...) tap_is_dbl((got), (want), (eps), __FILE__, __LINE__, __VA_ARGS__)
#define is_str(got, want, ...)      tap_is_str((got), (want), __FILE__, __LINE__, __VA_ARGS__)
#define is_mem(got, want, len, ...) tap_is_mem((got), (want), (len), __FILE__, __LINE__, __VA_ARGS__)
#define is_ptr(got, want, ...)      tap_is_ptr((got), (want), __FILE__, __LINE__, __VA_ARGS__)
#define like(got, part, ...)        tap_like((got), (part), 1, __FILE__, __LINE__, __VA_ARGS__)
#define unlike(got, part, ...)      tap_like((got), (part), 0, __FILE__, __LINE__, __VA_ARGS__)
#define skip(reason, ...)           tap_skip((reason), __VA_ARGS__)
#define diag(...)                   tap_diag(__VA_ARGS__)
#define bail_out(...)               tap_bail_out(__VA_ARGS__)

#endif
