/* What a row of a data file is: CSV (RFC 4180), an array of JSON objects (RFC 8259), lines. swarmc and the program read a
 * file with the same functions, so that what was checked at compile time is what is found at the start. Nothing here
 * allocates, and nothing but the C library is used.
 *
 * Offsets count from the first byte behind a byte order mark. An error has the offset where it was found and one sentence. */
#ifndef SWARM_STATE_SCAN_H
#define SWARM_STATE_SCAN_H

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { SCAN_JSON_DEPTH = 1000 };

struct scan_error {
    size_t offset;
    char what[240];
};

struct scan {
    const char *bytes;
    size_t n;
    void *data;
    /* Each row, in order: where it begins and the byte behind it. */
    void (*row)(void *data, size_t from, size_t to);
    /* CSV: each name of the first line; JSON: each key of a row; as it stands there, without quotes around it. `escaped`: it
     * holds doubled quotes or backslashes. NULL: not wanted. */
    void (*name)(void *data, const char *text, size_t n, bool escaped);
    struct scan_error *error;
    uint32_t columns; /* CSV: of the first line */
};

/* Bytes of a byte order mark at the beginning. */
static inline size_t scan_mark(const char *bytes, size_t n)
{
    return n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

__attribute__((format(printf, 3, 4))) static inline bool scan_fail(struct scan *scan, const char *at,
                                                                   const char *format, ...)
{
    va_list args;

    scan->error->offset = (size_t)(at - scan->bytes);
    va_start(args, format);
    vsnprintf(scan->error->what, sizeof scan->error->what, format, args);
    va_end(args);
    return false;
}

/* Length of the well-formed UTF-8 sequence at p (RFC 3629), 0: there is none. */
static inline size_t scan_utf8_at(const unsigned char *p, size_t n)
{
    size_t length = p[0] < 0x80                   ? 1
                    : p[0] >= 0xc2 && p[0] < 0xe0 ? 2
                    : (p[0] & 0xf0) == 0xe0       ? 3
                    : p[0] >= 0xf0 && p[0] < 0xf5 ? 4
                                                  : 0;

    if (length == 0 || length > n) {
        return 0;
    }
    for (size_t i = 1; i < length; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf0 && p[1] < 0x90) ||
        (p[0] == 0xf4 && p[1] > 0x8f)) {
        return 0;
    }
    return length;
}

static inline bool scan_utf8(struct scan *scan)
{
    const unsigned char *p = (const unsigned char *)scan->bytes, *end = p + scan->n;

    while (p < end) {
        uint64_t word;

        if (end - p >= 8) {
            memcpy(&word, p, sizeof word);
            if (!(word & UINT64_C(0x8080808080808080))) {
                p += 8;
                continue;
            }
        }
        size_t length = scan_utf8_at(p, (size_t)(end - p));
        if (length == 0) {
            return scan_fail(scan, (const char *)p, "this is not UTF-8: byte 0x%02x", *p);
        }
        p += length;
    }
    return true;
}

/* ------------------------------------------------------------------ CSV */

static inline bool scan_line_ends(const char *p, const char *end)
{
    return p == end || *p == '\n' || (*p == '\r' && (p + 1 == end || p[1] == '\n'));
}

/* Behind the line end at p. */
static inline const char *scan_next_line(const char *p, const char *end)
{
    p += p < end && *p == '\r';
    return p + (p < end && *p == '\n');
}

/* A field at p: its text (without the quotes around it) and whether quotes in it are doubled. Returns the byte behind it: a
 * comma or the end of the line. In a file that was checked: error may be NULL then. */
static inline const char *scan_field(struct scan *scan, const char *p, const char *end, const char **text, size_t *n,
                                     bool *escaped)
{
    const char *begin = p;

    *escaped = false;
    if (p == end || *p != '"') {
        for (; p < end && *p != ',' && *p != '\n'; p++) {
            if (*p == '"' && scan) {
                scan_fail(
                    scan, p,
                    "a quote in a field that does not begin with one: quote the field and double the quotes in it");
                return NULL;
            }
            if (*p == '\r' && scan_line_ends(p, end)) {
                break;
            }
        }
        *text = begin;
        *n = (size_t)(p - begin);
        return p;
    }
    *text = ++p;
    for (;;) {
        p = memchr(p, '"', (size_t)(end - p));
        if (!p) {
            if (scan) {
                scan_fail(scan, begin, "this quoted field is not closed");
            }
            return NULL;
        }
        if (p + 1 == end || p[1] != '"') {
            break;
        }
        *escaped = true;
        p += 2;
    }
    *n = (size_t)(p - *text);
    p++;
    if (scan && !scan_line_ends(p, end) && *p != ',') {
        scan_fail(scan, p, "a comma or the end of the line belongs behind a quoted field");
        return NULL;
    }
    return p;
}

static inline bool scan_csv(struct scan *scan)
{
    const char *p = scan->bytes, *end = p + scan->n;
    bool header = true;

    while (p < end) {
        const char *begin = p, *text;
        uint32_t fields = 0;
        size_t n;
        bool escaped;

        if (scan_line_ends(p, end)) { /* an empty line is no row */
            p = scan_next_line(p, end);
            continue;
        }
        for (;;) {
            p = scan_field(scan, p, end, &text, &n, &escaped);
            if (!p) {
                return false;
            }
            fields++;
            if (header && scan->name) {
                scan->name(scan->data, text, n, escaped);
            }
            if (p == end || *p != ',') {
                break;
            }
            p++;
        }
        if (header) {
            scan->columns = fields;
        } else if (fields != scan->columns) {
            return scan_fail(scan, begin, "this row has %" PRIu32 " field%s, the first line names %" PRIu32 " column%s",
                             fields, fields == 1 ? "" : "s", scan->columns, scan->columns == 1 ? "" : "s");
        } else {
            scan->row(scan->data, (size_t)(begin - scan->bytes), (size_t)(p - scan->bytes));
        }
        header = false;
        p = scan_next_line(p, end);
    }
    return true;
}

/* ------------------------------------------------------------------ lines */

static inline bool scan_lines(struct scan *scan)
{
    const char *p = scan->bytes, *end = p + scan->n;

    while (p < end) {
        const char *stop = memchr(p, '\n', (size_t)(end - p)), *last;

        stop = stop ? stop : end;
        last = stop > p && stop[-1] == '\r' ? stop - 1 : stop;
        if (last > p) { /* an empty line is no row */
            scan->row(scan->data, (size_t)(p - scan->bytes), (size_t)(last - scan->bytes));
        }
        p = stop + (stop < end);
    }
    return true;
}

/* ------------------------------------------------------------------ JSON */

static inline const char *scan_json_space(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r')) {
        p++;
    }
    return p;
}

static inline const char *scan_json_wrong(struct scan *scan, const char *at, const char *what)
{
    if (at == scan->bytes + scan->n) {
        scan_fail(scan, at, "%s, but the file ends here", what);
    } else {
        scan_fail(scan, at, "%s", what);
    }
    return NULL;
}

static inline bool scan_is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* p is behind the opening quote; returns the byte behind the closing one. */
static inline const char *scan_json_string(struct scan *scan, const char *p, const char *end, bool *escaped)
{
    const char *begin = p - 1;

    *escaped = false;
    for (; p < end && *p != '"'; p++) {
        if ((unsigned char)*p < 0x20) {
            return scan_json_wrong(scan, *p == '\n' || *p == '\r' ? begin : p,
                                   *p == '\n' || *p == '\r' ? "this text is not closed on its line"
                                                            : "control characters in a text are written \\u00XX");
        }
        if (*p != '\\') {
            continue;
        }
        *escaped = true;
        p++;
        if (p == end) {
            break;
        }
        if (*p == 'u') {
            for (int i = 1; i <= 4; i++) {
                if (end - p <= i || !scan_is_hex(p[i])) {
                    return scan_json_wrong(scan, p - 1, "\\u is followed by four hexadecimal digits");
                }
            }
            p += 4;
        } else if (!strchr("\"\\/bfnrt", *p) || !*p) {
            return scan_json_wrong(scan, p - 1, "JSON has no such escape");
        }
    }
    return p < end ? p + 1 : scan_json_wrong(scan, begin, "this text is not closed");
}

static inline const char *scan_json_digits(const char *p, const char *end)
{
    while (p < end && *p >= '0' && *p <= '9') {
        p++;
    }
    return p;
}

static inline const char *scan_json_number(struct scan *scan, const char *p, const char *end)
{
    const char *begin = p, *digits;

    p += *p == '-';
    digits = p;
    p = scan_json_digits(p, end);
    if (p == digits || (*digits == '0' && p > digits + 1)) {
        return scan_json_wrong(scan, begin, p == digits ? "JSON has no such value" : "a number does not begin with 0");
    }
    if (p < end && *p == '.') {
        digits = ++p;
        p = scan_json_digits(p, end);
        if (p == digits) {
            return scan_json_wrong(scan, p, "digits belong behind the point of a number");
        }
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        p++;
        p += p < end && (*p == '+' || *p == '-');
        digits = p;
        p = scan_json_digits(p, end);
        if (p == digits) {
            return scan_json_wrong(scan, p, "digits belong behind the e of a number");
        }
    }
    return p;
}

static inline const char *scan_json_word(struct scan *scan, const char *p, const char *end)
{
    static const char *const words[] = {"true", "false", "null"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t n = strlen(words[i]);
        if ((size_t)(end - p) >= n && memcmp(p, words[i], n) == 0) {
            return p + n;
        }
    }
    return scan_json_wrong(scan, p,
                           p == end     ? "a value belongs here"
                           : *p == '\'' ? "texts of JSON stand in double quotes"
                                        : "JSON has no such value");
}

/* A value at p; depth 0 is the array of the rows, 1 a row. Returns the byte behind it. */
static inline const char *scan_json_value(struct scan *scan, const char *p, const char *end, unsigned depth)
{
    bool object = p < end && *p == '{', escaped;
    char closing = object ? '}' : ']';

    if (p < end && *p == '"') {
        return scan_json_string(scan, p + 1, end, &escaped);
    }
    if (p < end && (*p == '-' || (*p >= '0' && *p <= '9'))) {
        return scan_json_number(scan, p, end);
    }
    if (p == end || (*p != '{' && *p != '[')) {
        return scan_json_word(scan, p, end);
    }
    if (depth == SCAN_JSON_DEPTH) {
        return scan_json_wrong(scan, p, "this is nested more than 1,000 deep");
    }
    p = scan_json_space(p + 1, end);
    if (p < end && *p == closing) {
        return p + 1;
    }
    for (;;) {
        if (object) {
            const char *key = p + 1;

            if (p == end || *p != '"') {
                return scan_json_wrong(scan, p, "a key in double quotes belongs here");
            }
            p = scan_json_string(scan, p + 1, end, &escaped);
            if (!p) {
                return NULL;
            }
            if (depth == 1 && scan->name) {
                scan->name(scan->data, key, (size_t)(p - 1 - key), escaped);
            }
            p = scan_json_space(p, end);
            if (p == end || *p != ':') {
                return scan_json_wrong(scan, p, "a colon belongs behind the key");
            }
            p = scan_json_space(p + 1, end);
        }
        const char *value = p;
        if (depth == 0 && (p == end || *p != '{')) {
            return scan_json_wrong(scan, p, "a row of data is an object: { \"name\": value }");
        }
        p = scan_json_value(scan, p, end, depth + 1);
        if (!p) {
            return NULL;
        }
        if (depth == 0) {
            scan->row(scan->data, (size_t)(value - scan->bytes), (size_t)(p - scan->bytes));
        }
        p = scan_json_space(p, end);
        if (p < end && *p == closing) {
            return p + 1;
        }
        if (p == end || *p != ',') {
            return scan_json_wrong(scan, p, object ? "a comma or } belongs here" : "a comma or ] belongs here");
        }
        p = scan_json_space(p + 1, end);
        if (p < end && *p == closing) {
            return scan_json_wrong(scan, p, "JSON has no comma behind the last entry");
        }
    }
}

static inline bool scan_json(struct scan *scan)
{
    const char *end = scan->bytes + scan->n, *p = scan_json_space(scan->bytes, end);

    if (p < end && *p != '[') {
        return scan_fail(scan, p, "the file holds an array of objects: [ { … }, … ]");
    }
    p = scan_json_value(scan, p, end, 0);
    if (!p) {
        return false;
    }
    p = scan_json_space(p, end);
    return p == end || scan_fail(scan, p, "something stands behind the array");
}

/* 1-based; the column in characters. */
static inline void scan_position(const char *bytes, size_t offset, uint64_t *line, uint64_t *column)
{
    size_t begin = 0;

    *line = *column = 1;
    for (size_t i = 0; i < offset; i++) {
        if (bytes[i] == '\n') {
            (*line)++;
            begin = i + 1;
        }
    }
    for (size_t i = begin; i < offset; i++) {
        *column += ((unsigned char)bytes[i] & 0xc0) != 0x80;
    }
}

#endif
