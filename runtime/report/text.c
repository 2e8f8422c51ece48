/* text.c - see text.h */
#include "text.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../base/memory.h"
#include "../log/log.h"
#include "../log/secret.h"

const double text_percentiles[TEXT_PERCENTILES] = {0.50, 0.66, 0.75, 0.80, 0.90, 0.95, 0.98, 0.99, 0.999, 0.9999, 1.0};
const char *const text_percentile_labels[TEXT_PERCENTILES] = {"50%", "66%", "75%",   "80%",    "90%", "95%",
                                                              "98%", "99%", "99.9%", "99.99%", "100%"};

bool text_percentile_known(uint64_t n, double p)
{
    return p >= 1 ? n > 0 : (double)n * (1 - p) >= 1 - 1e-9;
}

static char *masked_bytes(const char *text)
{
    char *masked = secret_mask(text, strlen(text), NULL);

    return masked ? masked : memory_text(text, strlen(text));
}

char *text_valid(char *text)
{
    size_t bad = 0, n = 0;
    char *valid;
    int step;

    for (const char *p = text; *p; p += step ? step : 1) {
        step = text_character((const unsigned char *)p);
        bad += step == 0;
    }
    if (bad == 0)
        return text;
    valid = memory_new(strlen(text) + 2 * bad + 1, 1);
    for (const char *p = text; *p; p += step ? step : 1) {
        step = text_character((const unsigned char *)p);
        memcpy(valid + n, step ? p : "\xef\xbf\xbd", step ? (size_t)step : 3);
        n += step ? (size_t)step : 3;
    }
    valid[n] = '\0';
    free(text);
    return valid;
}

char *text_masked(const char *text)
{
    return text_valid(masked_bytes(text));
}

char *text_shown(const char *text)
{
    char *masked = masked_bytes(text), *shown;
    size_t len = strlen(masked), size = len * 4 + 12;

    shown = memory_new(size, 1);
    shown[log_escape(shown, size, masked, len)] = '\0';
    free(masked);
    return shown;
}

int text_character(const unsigned char *p)
{
    if (p[0] < 0x80)
        return 1;
    if (p[0] >= 0xc2 && p[0] <= 0xdf)
        return (p[1] & 0xc0) == 0x80 ? 2 : 0;
    if ((p[0] & 0xf0) == 0xe0) {
        if ((p[1] & 0xc0) != 0x80 || (p[2] & 0xc0) != 0x80)
            return 0;
        return (p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ? 0 : 3;
    }
    if (p[0] >= 0xf0 && p[0] <= 0xf4) {
        if ((p[1] & 0xc0) != 0x80 || (p[2] & 0xc0) != 0x80 || (p[3] & 0xc0) != 0x80)
            return 0;
        return (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f) ? 0 : 4;
    }
    return 0;
}

int text_put_character(FILE *out, const unsigned char *p)
{
    int n = text_character(p);

    if (n == 0)
        fputs("\xef\xbf\xbd", out);
    else
        fwrite(p, 1, (size_t)n, out);
    return n ? n : 1;
}

void text_put_padded(FILE *out, const char *text, int width)
{
    int shown = 0;

    for (const char *p = text; *p; p++)
        shown += ((unsigned char)*p & 0xc0) != 0x80;
    fputs(text, out);
    if (shown < width)
        fprintf(out, "%*s", width - shown, "");
}

void text_put_float(FILE *out, double value)
{
    char digits[40];
    int precision = 0, exponent;

    do {
        snprintf(digits, sizeof digits, "%.*e", precision, value);
    } while (++precision <= 17 && strtod(digits, NULL) != value);
    exponent = atoi(strchr(digits, 'e') + 1);
    precision--; /* digits behind the point of the e form */
    if (value != 0 && (exponent < -4 || exponent >= 16))
        fputs(digits, out);
    else
        fprintf(out, "%.*f", precision - exponent > 1 ? precision - exponent : 1, value);
}

void text_put_utc(FILE *out, int64_t unix_ms)
{
    time_t seconds = (time_t)(unix_ms / 1000);
    struct tm tm;
    char text[32];

    gmtime_r(&seconds, &tm);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
    fputs(text, out);
}
