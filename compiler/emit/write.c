#include "write.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void indent(struct text *text, unsigned depth)
{
    for (unsigned i = 0; i < depth; i++) {
        text_puts(text, "    ");
    }
}

static void directive(struct writer *w)
{
    if (w->announced) {
        text_printf(&w->text, "#line %" PRIu32 " \"", w->line);
        for (const char *c = w->file; *c; c++) {
            if (*c == '"' || *c == '\\') {
                text_add(&w->text, "\\", 1);
            }
            text_add(&w->text, (unsigned char)*c < 0x20 ? "?" : c, 1);
        }
        text_puts(&w->text, "\"\n");
        w->announced = false;
        w->in_scenario = true;
    } else if (w->in_scenario) {
        text_puts(&w->text, "#line @\n");
        w->in_scenario = false;
    }
}

__attribute__((format(printf, 2, 0))) static void line(struct writer *w, const char *format, va_list args)
{
    va_list again;

    directive(w);
    indent(&w->text, w->depth);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    char *copy = malloc(n < 0 ? 1 : (size_t)n + 1);
    if (copy && n >= 0) {
        vsnprintf(copy, (size_t)n + 1, format, again);
        text_add(&w->text, copy, (size_t)n);
    }
    free(copy);
    va_end(again);
    text_add(&w->text, "\n", 1);
    w->lines++;
}

void write_line(struct writer *w, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    line(w, format, args);
    va_end(args);
}

void write_open(struct writer *w, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    line(w, format, args);
    va_end(args);
    w->depth++;
}

void write_close(struct writer *w, const char *format, ...)
{
    va_list args;
    w->depth--;
    w->announced = false;
    va_start(args, format);
    line(w, format, args);
    va_end(args);
}

void write_else(struct writer *w, const char *format, ...)
{
    va_list args;
    w->depth--;
    va_start(args, format);
    line(w, format, args);
    va_end(args);
    w->depth++;
}

void write_blank(struct writer *w)
{
    w->announced = false;
    directive(w);
    text_add(&w->text, "\n", 1);
}

void write_at(struct writer *w, const struct sources *sources, struct span span)
{
    const struct source *source = &sources->file[span.file];

    w->announced = true;
    w->file = source->path;
    w->line = source_line(source, span.from);
}

void write_append(struct writer *w, const struct writer *from)
{
    bool placed = false; /* a directive stands right before the next line */

    for (const char *p = from->text.p; p && *p;) {
        const char *end = strchr(p, '\n');
        size_t n = end ? (size_t)(end - p) : strlen(p);
        if (n >= 7 && memcmp(p, "#line @", 7) == 0) {
            directive(w);
            placed = true;
        } else if (*p == '#') {
            text_add(&w->text, p, n);
            text_add(&w->text, "\n", 1);
            w->announced = false;
            w->in_scenario = placed = true;
        } else {
            if (!placed) {
                directive(w);
            }
            placed = false;
            if (n > 0) {
                indent(&w->text, w->depth);
            }
            text_add(&w->text, p, n);
            text_add(&w->text, "\n", 1);
        }
        p += n + (end ? 1 : 0);
    }
    w->lines += from->lines;
}

void write_free(struct writer *w)
{
    text_free(&w->text);
    *w = (struct writer){0};
}

void write_table(struct writer *w, struct writer *table, unsigned rows)
{
    write_close(table, "};");
    if (rows) {
        write_append(w, table);
        write_blank(w);
    }
    write_free(table);
}

void write_finish(const struct writer *w, const char *c_file, struct text *out)
{
    unsigned number = 1;
    bool blank = false;

    for (const char *p = w->text.p; p && *p; number++) {
        const char *end = strchr(p, '\n');
        size_t n = end ? (size_t)(end - p) : strlen(p);
        if (n == 0 && (blank || !end || !end[1])) { /* one blank line at a time, none at the end */
            number--;
        } else if (n == 7 && memcmp(p, "#line @", 7) == 0) {
            text_printf(out, "#line %u \"%s\"\n", number + 1, c_file);
        } else {
            text_add(out, p, n);
            text_add(out, "\n", 1);
        }
        blank = n == 0;
        p += n + (end ? 1 : 0);
    }
}

const char *c_text(struct arena *arena, const char *p, size_t n)
{
    struct text out = {0};

    text_add(&out, "\"", 1);
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)p[i];
        switch (c) {
        case '"':
        case '\\':
            text_printf(&out, "\\%c", c);
            break;
        case '\n':
            text_puts(&out, "\\n");
            break;
        case '\t':
            text_puts(&out, "\\t");
            break;
        case '\r':
            text_puts(&out, "\\r");
            break;
        case '?': /* no trigraphs */
            text_puts(&out, i + 1 < n && p[i + 1] == '?' ? "\\?" : "?");
            break;
        default:
            if (c < 0x20 || c == 0x7f) {
                text_printf(&out, "\\%03o", c);
            } else {
                text_add(&out, p + i, 1);
            }
        }
    }
    text_add(&out, "\"", 1);
    const char *copy = arena_copy(arena, out.p, out.n);
    text_free(&out);
    return copy;
}

const char *c_string(struct arena *arena, const char *text)
{
    return c_text(arena, text, strlen(text));
}

const char *c_int(struct arena *arena, int64_t i)
{
    if (i == INT64_MIN) {
        return "INT64_MIN";
    }
    if (i > INT32_MAX || i < -INT32_MAX) {
        return arena_format(arena, "INT64_C(%" PRId64 ")", i);
    }
    return arena_format(arena, i < 0 ? "(%" PRId64 ")" : "%" PRId64, i);
}

const char *c_duration(struct arena *arena, int64_t ns)
{
    static const struct {
        int64_t size;
        const char *name;
    } units[] = {{1000000000, "SWARM_S"}, {1000000, "SWARM_MS"}, {1000, "SWARM_US"}};

    if (ns > 0) {
        for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
            if (ns % units[i].size == 0) {
                return arena_format(arena, "(%" PRId64 " * %s)", ns / units[i].size, units[i].name);
            }
        }
    }
    return c_int(arena, ns);
}

void float_digits(char *out, size_t room, double f)
{
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(out, room, "%.*g", precision, f);
        if (strtod(out, NULL) == f) {
            return;
        }
    }
}

const char *c_float(struct arena *arena, double f)
{
    char digits[40];

    float_digits(digits, sizeof digits, f);
    const char *dot = strpbrk(digits, ".e") ? "" : ".0";
    return arena_format(arena, signbit(f) ? "(%s%s)" : "%s%s", digits, dot);
}

static bool is_word(int c)
{
    return isalnum(c) || c == '_';
}

bool c_uses(const char *text, const char *identifier)
{
    size_t n = strlen(identifier);

    for (const char *p = text ? text : ""; *p;) {
        if (*p == '"') {
            for (p++; *p && *p != '"'; p++) {
                p += *p == '\\' && p[1];
            }
            p += *p == '"';
        } else if (*p == '#') { /* a directive */
            p += strcspn(p, "\n");
        } else if (is_word((unsigned char)*p)) {
            size_t length = 1;
            while (is_word((unsigned char)p[length])) {
                length++;
            }
            bool member = p > text && (p[-1] == '.' || p[-1] == '>');
            if (!member && length == n && memcmp(p, identifier, n) == 0) {
                return true;
            }
            p += length;
        } else {
            p++;
        }
    }
    return false;
}

const char *c_bare(struct arena *arena, const char *expression)
{
    size_t n = strlen(expression);
    int depth = 0;

    if (n < 2 || expression[0] != '(') {
        return expression;
    }
    for (size_t i = 0; i < n; i++) {
        if (expression[i] == '"') {
            for (i++; i < n && expression[i] != '"'; i++) {
                i += expression[i] == '\\';
            }
        } else if (expression[i] == '(') {
            depth++;
        } else if (expression[i] == ')' && --depth == 0 && i + 1 < n) {
            return expression;
        }
    }
    return arena_copy(arena, expression + 1, n - 2);
}

/* Length of an operand at the begin: an identifier with members, call and indexes behind it, or ( … ). 0:
 * none. */
static size_t operand_length(const char *text)
{
    size_t i = 0;
    int depth = 0;

    for (; text[i]; i++) {
        char c = text[i];
        if (c == '"') {
            for (i++; text[i] && text[i] != '"'; i++) {
                i += text[i] == '\\' && text[i + 1];
            }
            if (!text[i]) {
                return 0;
            }
        } else if (c == '(' || c == '[' || c == '{') {
            depth++;
        } else if (c == ')' || c == ']' || c == '}') {
            depth--;
        } else if (depth == 0 && !is_word((unsigned char)c) && c != '.' && !(c == '-' && text[i + 1] == '>') &&
                   !(c == '>' && i > 0 && text[i - 1] == '-')) {
            return i;
        }
    }
    return i;
}

const char *c_not(struct arena *arena, const char *condition)
{
    condition = c_bare(arena, condition);
    if (condition[0] == '!' && operand_length(condition + 1) == strlen(condition + 1)) {
        return c_bare(arena, condition + 1);
    }
    if (operand_length(condition) == strlen(condition)) {
        return arena_format(arena, "!%s", condition);
    }
    return arena_format(arena, "!(%s)", condition);
}
