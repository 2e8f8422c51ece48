/* json_out.c - see json_out.h */
#include "json_out.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

/* ---- texts ------------------------------------------------------------------------------------------ */

static void put_ascii(FILE *out, unsigned char c)
{
    static const char names[][2] = {{'"', '"'}, {'\\', '\\'}, {'\n', 'n'}, {'\r', 'r'}, {'\t', 't'}};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if ((unsigned char)names[i][0] == c) {
            fputc('\\', out);
            fputc(names[i][1], out);
            return;
        }
    }
    if (c < 0x20 || c == 0x7f || c == '<' || c == '>' || c == '&')
        fprintf(out, "\\u%04x", c);
    else
        fputc(c, out);
}

static void put_string(FILE *out, const char *text)
{
    fputc('"', out);
    for (const unsigned char *p = (const unsigned char *)text; *p;) {
        int n = text_character(p);

        if (n == 1) {
            put_ascii(out, *p);
        } else if (n == 3 && p[0] == 0xe2 && p[1] == 0x80 && (p[2] == 0xa8 || p[2] == 0xa9)) {
            fprintf(out, "\\u%04x", 0x2028u + (p[2] - 0xa8u)); /* line ends to JavaScript */
        } else {
            n = text_put_character(out, p);
        }
        p += n;
    }
    fputc('"', out);
}

/* ---- structure -------------------------------------------------------------------------------------- */

static void put_line_end(struct json *j, int depth)
{
    if (depth <= JSON_LINES)
        fprintf(j->out, "\n%*s", 2 * depth, "");
}

/* What stands before a value: comma, line, key. */
static void put_key(struct json *j, const char *key)
{
    if (j->any[j->depth])
        fputc(',', j->out);
    put_line_end(j, j->depth);
    j->any[j->depth] = true;
    if (key) {
        put_string(j->out, key);
        fputc(':', j->out);
        if (j->depth <= JSON_LINES)
            fputc(' ', j->out);
    }
}

static void open_level(struct json *j, char open, char close)
{
    fputc(open, j->out);
    if (j->depth + 1 >= JSON_DEPTH)
        abort();
    j->depth++;
    j->close[j->depth] = close;
    j->any[j->depth] = false;
}

void json_out_start(struct json *j, FILE *out)
{
    *j = (struct json){.out = out};
    open_level(j, '{', '}');
}

void json_out_finish(struct json *j)
{
    json_out_end(j);
    fputc('\n', j->out);
}

void json_out_object(struct json *j, const char *key)
{
    put_key(j, key);
    open_level(j, '{', '}');
}

void json_out_array(struct json *j, const char *key)
{
    put_key(j, key);
    open_level(j, '[', ']');
}

void json_out_end(struct json *j)
{
    int depth = j->depth--;

    if (j->any[depth])
        put_line_end(j, depth <= JSON_LINES ? depth - 1 : depth);
    fputc(j->close[depth], j->out);
}

/* ---- values ----------------------------------------------------------------------------------------- */

void json_out_text(struct json *j, const char *key, const char *text)
{
    char *masked;

    if (!text) {
        json_out_null(j, key);
        return;
    }
    put_key(j, key);
    masked = text_masked(text);
    put_string(j->out, masked);
    free(masked);
}

void json_out_count(struct json *j, const char *key, uint64_t value)
{
    put_key(j, key);
    fprintf(j->out, "%" PRIu64, value);
}

void json_out_whole(struct json *j, const char *key, int64_t value)
{
    put_key(j, key);
    fprintf(j->out, "%" PRId64, value);
}

void json_out_truth(struct json *j, const char *key, bool value)
{
    put_key(j, key);
    fputs(value ? "true" : "false", j->out);
}

void json_out_null(struct json *j, const char *key)
{
    put_key(j, key);
    fputs("null", j->out);
}

void json_out_real(struct json *j, const char *key, double value)
{
    if (!isfinite(value)) {
        json_out_null(j, key);
        return;
    }
    put_key(j, key);
    if (value == floor(value) && fabs(value) < 1e15)
        fprintf(j->out, "%.0f", value == 0 ? 0.0 : value);
    else
        text_put_float(j->out, value);
}

void json_out_rounded(struct json *j, const char *key, double value, int decimals)
{
    char digits[64];
    size_t n;

    if (!isfinite(value)) {
        json_out_null(j, key);
        return;
    }
    if (fabs(value) >= 1e15) {
        json_out_real(j, key, value);
        return;
    }
    put_key(j, key);
    n = (size_t)snprintf(digits, sizeof digits, "%.*f", decimals, value);
    if (decimals > 0) {
        while (digits[n - 1] == '0')
            n--;
        n -= digits[n - 1] == '.';
    }
    digits[n] = '\0';
    fputs(strcmp(digits, "-0") == 0 ? "0" : digits, j->out);
}
