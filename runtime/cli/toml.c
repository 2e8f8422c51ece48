/* toml.c - see toml.h; https://toml.io/en/v1.0.0 */
#include "toml.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"

enum { MAX_PATH = 512, MAX_DEPTH = 64 };

struct reader {
    const char *at, *end;
    unsigned line;
    const char *table;
    char here[MAX_PATH]; /* the table that keys belong to, joined by '.' */
    char **texts;        /* of the value that is read */
    size_t count, room;
    bool keeps;  /* they are wanted */
    bool nested; /* an array in an array, an inline table */
    struct toml_problem *problem;
};

static bool wrong(struct reader *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool wrong(struct reader *r, const char *format, ...)
{
    va_list args;

    r->problem->line = r->line;
    va_start(args, format);
    vsnprintf(r->problem->text, sizeof r->problem->text, format, args);
    va_end(args);
    return false;
}

/* ---- characters ------------------------------------------------------------------------------------- */

static char peek(const struct reader *r)
{
    return r->at < r->end ? *r->at : '\0';
}

static bool starts(const struct reader *r, const char *text)
{
    size_t len = strlen(text);

    return (size_t)(r->end - r->at) >= len && memcmp(r->at, text, len) == 0;
}

static char take(struct reader *r)
{
    char c = *r->at++;

    r->line += c == '\n';
    return c;
}

static void skip_blanks(struct reader *r)
{
    while (peek(r) == ' ' || peek(r) == '\t')
        r->at++;
}

/* Blanks, line ends and comments. */
static void skip_space(struct reader *r)
{
    for (;;) {
        if (peek(r) == '#') {
            while (r->at < r->end && *r->at != '\n')
                r->at++;
        } else if (r->at < r->end && strchr(" \t\r\n", *r->at)) {
            take(r);
        } else {
            return;
        }
    }
}

/* Nothing but a comment may follow. */
static bool end_line(struct reader *r)
{
    skip_blanks(r);
    if (peek(r) == '#') {
        while (r->at < r->end && *r->at != '\n')
            r->at++;
    }
    if (peek(r) == '\r')
        r->at++;
    if (r->at == r->end)
        return true;
    if (*r->at != '\n')
        return wrong(r, "the end of the line is wanted, found '%c'", *r->at);
    take(r);
    return true;
}

/* ---- strings ---------------------------------------------------------------------------------------- */

struct text {
    char *bytes;
    size_t len, room;
};

static void add(struct text *text, char c)
{
    text->bytes = memory_grow(text->bytes, text->len + 1, &text->room, 1);
    text->bytes[text->len++] = c;
    text->bytes[text->len] = '\0';
}

static void add_utf8(struct text *text, uint32_t c)
{
    if (c < 0x80) {
        add(text, (char)c);
    } else if (c < 0x800) {
        add(text, (char)(0xc0 | c >> 6));
        add(text, (char)(0x80 | (c & 0x3f)));
    } else if (c < 0x10000) {
        add(text, (char)(0xe0 | c >> 12));
        add(text, (char)(0x80 | (c >> 6 & 0x3f)));
        add(text, (char)(0x80 | (c & 0x3f)));
    } else {
        add(text, (char)(0xf0 | c >> 18));
        add(text, (char)(0x80 | (c >> 12 & 0x3f)));
        add(text, (char)(0x80 | (c >> 6 & 0x3f)));
        add(text, (char)(0x80 | (c & 0x3f)));
    }
}

static bool read_code(struct reader *r, int digits, struct text *out)
{
    uint32_t code = 0;

    for (int i = 0; i < digits; i++) {
        char c = peek(r);

        if (!isxdigit((unsigned char)c))
            return wrong(r, "\\%c wants %d hexadecimal digits", digits == 4 ? 'u' : 'U', digits);
        code = code * 16 + (uint32_t)(isdigit((unsigned char)c) ? c - '0' : (c | 32) - 'a' + 10);
        r->at++;
    }
    if (code == 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
        return wrong(r, "U+%04X cannot stand in a text", code);
    add_utf8(out, code);
    return true;
}

static bool read_escape(struct reader *r, bool lines, struct text *out)
{
    static const char letters[] = "b\bt\tn\nf\fr\re\033\"\"\\\\";
    char c = peek(r);
    const char *rest = r->at;

    for (size_t i = 0; c && i + 1 < sizeof letters; i += 2) {
        if (letters[i] == c) {
            r->at++;
            add(out, letters[i + 1]);
            return true;
        }
    }
    if (c == 'u' || c == 'U') {
        r->at++;
        return read_code(r, c == 'u' ? 4 : 8, out);
    }
    while (rest < r->end && (*rest == ' ' || *rest == '\t' || *rest == '\r'))
        rest++;
    if (lines && rest < r->end && *rest == '\n') {
        while (r->at < r->end && strchr(" \t\r\n", *r->at))
            take(r);
        return true;
    }
    return wrong(r, "there is no escape \\%c", c ? c : ' ');
}

/* A string of any of the four forms, at its first quote. */
static bool read_string(struct reader *r, struct text *out)
{
    char quote = *r->at, three[4] = {quote, quote, quote, '\0'};
    bool lines = starts(r, three);
    unsigned line = r->line;

    *out = (struct text){0};
    r->at += lines ? 3 : 1;
    if (lines && peek(r) == '\r')
        r->at++;
    if (lines && peek(r) == '\n')
        take(r);
    add(out, ' ');
    out->len = 0;
    out->bytes[0] = '\0';
    while (r->at < r->end) {
        char c = *r->at;

        if (lines ? starts(r, three) : c == quote) {
            r->at += lines ? 3 : 1;
            while (lines && peek(r) == quote)
                add(out, take(r));
            return true;
        }
        if (c == '\n' && !lines)
            break;
        take(r);
        if (c == '\\' && quote == '"') {
            if (!read_escape(r, lines, out))
                return false;
        } else if (c == '\0') {
            return wrong(r, "a NUL character");
        } else {
            add(out, c);
        }
    }
    r->line = line;
    return wrong(r, "the text that begins here has no end");
}

/* ---- keys ------------------------------------------------------------------------------------------- */

static bool is_bare(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '-';
}

/* a.b."c d" into path, joined by '.', behind what is there. */
static bool read_key(struct reader *r, char path[MAX_PATH])
{
    size_t used = strlen(path);

    for (;;) {
        struct text part = {0};
        bool good = true;

        skip_blanks(r);
        if (peek(r) == '"' || peek(r) == '\'') {
            good = read_string(r, &part);
        } else {
            while (is_bare(peek(r)))
                add(&part, take(r));
        }
        if (good && !part.bytes)
            good = wrong(r, "a key is wanted, found '%c'", peek(r) ? peek(r) : ' ');
        if (good && used + part.len + 2 >= MAX_PATH)
            good = wrong(r, "the key is too long");
        if (good)
            used += (size_t)snprintf(path + used, MAX_PATH - used, "%s%s", used ? "." : "", part.bytes);
        free(part.bytes);
        if (!good)
            return false;
        skip_blanks(r);
        if (peek(r) != '.')
            return true;
        r->at++;
    }
}

/* ---- values ----------------------------------------------------------------------------------------- */

static bool read_value(struct reader *r, unsigned depth);

static void keep_text(struct reader *r, char *bytes)
{
    if (!r->keeps) {
        free(bytes);
        return;
    }
    r->texts = memory_grow(r->texts, r->count, &r->room, sizeof *r->texts);
    r->texts[r->count++] = bytes;
}

static bool read_array(struct reader *r, unsigned depth)
{
    unsigned line = r->line;

    r->nested |= depth > 0;
    r->at++;
    for (;;) {
        skip_space(r);
        if (peek(r) == ']') {
            r->at++;
            return true;
        }
        if (r->at == r->end) {
            r->line = line;
            return wrong(r, "the list that begins here has no end");
        }
        if (!read_value(r, depth + 1))
            return false;
        skip_space(r);
        if (peek(r) == ',')
            r->at++;
        else if (r->at < r->end && *r->at != ']')
            return wrong(r, "a ',' or ']' is wanted in the list, found '%c'", *r->at);
    }
}

static bool read_inline_table(struct reader *r, unsigned depth)
{
    r->nested = true;
    r->at++;
    skip_blanks(r);
    if (peek(r) == '}') {
        r->at++;
        return true;
    }
    for (;;) {
        char path[MAX_PATH] = "";

        if (!read_key(r, path))
            return false;
        if (peek(r) != '=')
            return wrong(r, "a '=' is wanted behind the key %s", path);
        r->at++;
        if (!read_value(r, depth + 1))
            return false;
        skip_blanks(r);
        if (peek(r) == '}') {
            r->at++;
            return true;
        }
        if (peek(r) != ',')
            return wrong(r, "a ',' or '}' is wanted in the table, found '%c'", peek(r) ? peek(r) : ' ');
        r->at++;
    }
}

/* A number, a bool or a date; what it means is seen by who wants it. */
static bool read_word(struct reader *r)
{
    struct text word = {0};

    while (r->at < r->end && (isalnum((unsigned char)*r->at) || strchr("+-_.:", *r->at)))
        add(&word, take(r));
    if (!word.bytes)
        return wrong(r, "a value is wanted, found '%c'", peek(r) && peek(r) != '\n' ? peek(r) : ' ');
    if (!isdigit((unsigned char)word.bytes[0]) && !strchr("+-", word.bytes[0]) && strcmp(word.bytes, "true") != 0 &&
        strcmp(word.bytes, "false") != 0 && strcmp(word.bytes, "inf") != 0 && strcmp(word.bytes, "nan") != 0) {
        wrong(r, "a text stands in quotes: \"%.80s\"", word.bytes);
        free(word.bytes);
        return false;
    }
    keep_text(r, word.bytes);
    return true;
}

static bool read_value(struct reader *r, unsigned depth)
{
    struct text text;

    skip_blanks(r);
    if (depth > MAX_DEPTH)
        return wrong(r, "nested too deeply");
    switch (peek(r)) {
    case '"':
    case '\'':
        if (read_string(r, &text)) {
            keep_text(r, text.bytes);
            return true;
        }
        free(text.bytes);
        return false;
    case '[':
        return read_array(r, depth);
    case '{':
        return read_inline_table(r, depth);
    default:
        return read_word(r);
    }
}

/* ---- lines ------------------------------------------------------------------------------------------ */

static bool read_header(struct reader *r)
{
    bool array = starts(r, "[[");

    r->at += array ? 2 : 1;
    r->here[0] = '\0';
    if (!read_key(r, r->here))
        return false;
    if (!starts(r, array ? "]]" : "]"))
        return wrong(r, "a ']' is wanted behind the name of the table");
    r->at += array ? 2 : 1;
    return end_line(r);
}

/* The key's name when `path` is one of the wanted table. */
static const char *name_in_table(const struct reader *r, const char *path)
{
    size_t len = strlen(r->table);

    return strncmp(path, r->table, len) == 0 && path[len] == '.' ? path + len + 1 : NULL;
}

static bool read_pair(struct reader *r, bool (*give)(void *, const struct toml_value *), void *data, bool *found)
{
    char path[MAX_PATH];
    struct toml_value value = {.line = r->line};
    const char *name;
    bool good;

    snprintf(path, sizeof path, "%s", r->here);
    if (!read_key(r, path))
        return false;
    if (peek(r) != '=')
        return wrong(r, "a '=' is wanted behind the key");
    r->at++;
    skip_blanks(r);
    name = name_in_table(r, path);
    r->keeps = name != NULL;
    r->nested = false;
    value.array = peek(r) == '[';
    good = read_value(r, 0) && end_line(r);
    if (good && name) {
        value.key = name;
        value.texts = (const char *const *)r->texts;
        value.count = r->count;
        *found = true;
        r->line = r->nested ? value.line : r->line;
        good =
            r->nested ? wrong(r, "%s: neither a table nor a list of lists is wanted here", name) : give(data, &value);
    }
    for (size_t i = 0; i < r->count; i++)
        free(r->texts[i]);
    r->count = 0;
    return good;
}

bool toml_read(const char *text, size_t len, const char *table,
               bool (*give)(void *data, const struct toml_value *value), void *data, bool *found,
               struct toml_problem *problem)
{
    struct reader r = {.at = text, .end = text + len, .line = 1, .table = table, .problem = problem};
    bool good = true;

    *problem = (struct toml_problem){0};
    *found = false;
    if (starts(&r, "\xef\xbb\xbf"))
        r.at += 3;
    while (good) {
        skip_space(&r);
        if (r.at == r.end)
            break;
        if (peek(&r) == '[') {
            good = read_header(&r);
            *found |= good && strcmp(r.here, table) == 0;
        } else {
            good = read_pair(&r, give, data, found);
        }
    }
    free(r.texts);
    return good;
}
