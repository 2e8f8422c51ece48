#include "diag.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"

enum { MAX_PRINTED = 100, MAX_LINE_SHOWN = 160 };

static const char *const code_texts[] = {
#define CODE(id, severity, title, text) [DIAG_##id] = #id,
#include "codes.def"
#undef CODE
};

#define WARNING SEVERITY_WARNING
#define ERROR   SEVERITY_ERROR
static const unsigned char code_severities[] = {
#define CODE(id, severity, title, text) [DIAG_##id] = severity,
#include "codes.def"
#undef CODE
};
#undef WARNING
#undef ERROR

/* ------------------------------------------------------------------ collecting */

void diags_init(struct diags *diags, struct arena *arena, struct sources *sources)
{
    *diags = (struct diags){.arena = arena, .sources = sources};
    diags->last = &diags->first;
}

static bool already_there(const struct diags *diags, enum diag_code code, struct span span)
{
    for (const struct diag *diag = diags->first; diag; diag = diag->next)
        if (diag->code == code && diag->span.file == span.file && diag->span.from == span.from)
            return true;
    return false;
}

struct diag *diag_add(struct diags *diags, enum diag_code code, struct span span, const char *format, ...)
{
    struct diag *diag = ARENA_NEW(diags->arena, struct diag);
    diag->code = code;
    diag->severity = code_severities[code];
    diag->span = span;
    va_list args;
    va_start(args, format);
    diag->message = arena_vformat(diags->arena, format, args);
    va_end(args);
    if (already_there(diags, code, span))
        return diag; /* filled by the caller, shown by nobody */
    *diags->last = diag;
    diags->last = &diag->next;
    if (diag->severity == SEVERITY_ERROR || diags->deny_warnings)
        diags->errors++;
    else
        diags->warnings++;
    return diag;
}

void diag_help(struct diags *diags, struct diag *diag, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    diag->help = arena_vformat(diags->arena, format, args);
    va_end(args);
}

void diag_label(struct diags *diags, struct diag *diag, struct span span, const char *format, ...)
{
    struct label *label = ARENA_NEW(diags->arena, struct label);
    label->span = span;
    va_list args;
    va_start(args, format);
    label->text = arena_vformat(diags->arena, format, args);
    va_end(args);
    struct label **last = &diag->labels;
    while (*last)
        last = &(*last)->next;
    *last = label;
}

void diags_drop(struct diags *diags, bool (*unwanted)(const struct diags *, const struct diag *, const void *with),
                const void *with)
{
    for (struct diag **at = &diags->first; *at;) {
        if (!unwanted(diags, *at, with)) {
            at = &(*at)->next;
            continue;
        }
        if ((*at)->severity == SEVERITY_ERROR)
            diags->errors--;
        else
            diags->warnings--;
        *at = (*at)->next;
    }
    diags->last = &diags->first;
    while (*diags->last)
        diags->last = &(*diags->last)->next;
}

/* ------------------------------------------------------------------ printing as text */

struct printer {
    const struct diags *diags;
    FILE *out;
    bool colour;
    int gutter; /* width of the line numbers */
};

static const struct source *source_of(const struct diags *diags, struct span span)
{
    return span.file < diags->sources->count ? &diags->sources->file[span.file] : NULL;
}

static void paint(const struct printer *printer, const char *sequence)
{
    if (printer->colour)
        fprintf(printer->out, "\x1b[%sm", sequence);
}

/* Control characters and the like never reach the terminal. */
static void put_clean(FILE *out, const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)p[i];
        if (c == '\t' || (c >= 0x20 && c != 0x7f))
            putc(c, out);
        else
            putc('?', out);
    }
}

/* The part of a line that is shown: long lines are cut around the place, at whole characters. */
struct window {
    uint32_t from, to;
    bool cut_left, cut_right;
};

static struct window window_of(const struct source *source, uint32_t line, uint32_t place)
{
    uint32_t from = source->lines[line - 1];
    uint32_t to = line < source->line_count ? source->lines[line] : (uint32_t)source->n;
    while (to > from && (source->text[to - 1] == '\n' || source->text[to - 1] == '\r'))
        to--;
    struct window window = {.from = from, .to = to};
    if (to - from <= MAX_LINE_SHOWN)
        return window;
    if (place > to)
        place = to;
    if (place - from > MAX_LINE_SHOWN / 2) {
        window.from = place - MAX_LINE_SHOWN / 2;
        window.cut_left = true;
    }
    if (to - window.from > MAX_LINE_SHOWN) {
        window.to = window.from + MAX_LINE_SHOWN;
        window.cut_right = true;
    }
    while (window.from < to && ((unsigned char)source->text[window.from] & 0xc0) == 0x80)
        window.from++;
    while (window.to < to && ((unsigned char)source->text[window.to] & 0xc0) == 0x80)
        window.to++;
    return window;
}

static void print_source_line(const struct printer *printer, const struct source *source, uint32_t line,
                              struct window window)
{
    paint(printer, "2");
    fprintf(printer->out, " %*u | ", printer->gutter, line);
    paint(printer, "0");
    if (window.cut_left)
        fputs("… ", printer->out);
    put_clean(printer->out, source->text + window.from, window.to - window.from);
    fputs(window.cut_right ? " …\n" : "\n", printer->out);
}

/* `^~~~` under the span and its label; a span that goes on below ends with its first line. */
static void print_carets(const struct printer *printer, const struct source *source, struct span span,
                         struct window window, const char *label, const char *sequence)
{
    fprintf(printer->out, " %*s | %s", printer->gutter, "", window.cut_left ? "  " : "");
    uint32_t from = span.from > window.to ? window.to : span.from;
    for (uint32_t i = window.from; i < from; i++) {
        unsigned char c = (unsigned char)source->text[i];
        if ((c & 0xc0) != 0x80)
            putc(c == '\t' ? '\t' : ' ', printer->out);
    }
    paint(printer, sequence);
    putc('^', printer->out);
    uint32_t to = span.to < window.to ? span.to : window.to, characters = 0;
    for (uint32_t i = from; i < to; i++)
        if (((unsigned char)source->text[i] & 0xc0) != 0x80 && characters++ > 0)
            putc('~', printer->out);
    if (label)
        fprintf(printer->out, " %s", label);
    paint(printer, "0");
    putc('\n', printer->out);
}

static void print_place(const struct printer *printer, struct span span, const char *label, uint32_t shown_line,
                        uint16_t shown_file, const char *sequence)
{
    const struct source *source = source_of(printer->diags, span);
    if (!source)
        return;
    uint32_t line = source_line(source, span.from);
    struct window window = window_of(source, line, span.from);
    if (span.file != shown_file)
        fprintf(printer->out, " %*s in %s:%u\n", printer->gutter, "", source->path, line);
    if (span.file != shown_file || line != shown_line || window.cut_left)
        print_source_line(printer, source, line, window);
    print_carets(printer, source, span, window, label, sequence);
}

static bool same_span(struct span a, struct span b)
{
    return a.file == b.file && a.from == b.from && a.to == b.to;
}

static int digits_of(uint32_t number)
{
    int digits = 1;
    while (number >= 10) {
        number /= 10;
        digits++;
    }
    return digits;
}

static int gutter_of(const struct diags *diags, const struct diag *diag)
{
    const struct source *source = source_of(diags, diag->span);
    int gutter = source ? digits_of(source_line(source, diag->span.from)) : 1;
    for (const struct label *label = diag->labels; label; label = label->next) {
        source = source_of(diags, label->span);
        int digits = source ? digits_of(source_line(source, label->span.from)) : 1;
        gutter = digits > gutter ? digits : gutter;
    }
    return gutter;
}

static const char *severity_text(const struct diags *diags, const struct diag *diag)
{
    return diag->severity == SEVERITY_ERROR || diags->deny_warnings ? "error" : "warning";
}

static void print_head(const struct printer *printer, const struct diag *diag)
{
    const struct source *source = source_of(printer->diags, diag->span);
    const char *severity = severity_text(printer->diags, diag);
    paint(printer, "1");
    if (source)
        fprintf(printer->out, "%s:%u:%u: ", source->path, source_line(source, diag->span.from),
                source_column(source, diag->span.from));
    paint(printer, severity[0] == 'e' ? "1;31" : "1;35");
    fprintf(printer->out, "%s[%s]: ", severity, code_texts[diag->code]);
    paint(printer, "0;1");
    put_clean(printer->out, diag->message, strlen(diag->message));
    paint(printer, "0");
    putc('\n', printer->out);
}

static void print_text(struct printer *printer, const struct diag *diag)
{
    const struct source *source = source_of(printer->diags, diag->span);
    print_head(printer, diag);
    printer->gutter = gutter_of(printer->diags, diag);
    if (source) {
        const char *own = NULL;
        for (const struct label *label = diag->labels; label && !own; label = label->next)
            if (same_span(label->span, diag->span))
                own = label->text;
        print_place(printer, diag->span, own, 0, diag->span.file, "1;31");
        uint32_t line = source_line(source, diag->span.from);
        uint16_t file = diag->span.file;
        for (const struct label *label = diag->labels; label; label = label->next) {
            const struct source *other = source_of(printer->diags, label->span);
            if (!other || same_span(label->span, diag->span))
                continue;
            print_place(printer, label->span, label->text, line, file, "1;36");
            line = source_line(other, label->span.from);
            file = label->span.file;
        }
    }
    if (diag->help) {
        paint(printer, "1;32");
        fputs("  help: ", printer->out);
        paint(printer, "0");
        put_clean(printer->out, diag->help, strlen(diag->help));
        putc('\n', printer->out);
    }
}

/* ------------------------------------------------------------------ printing as JSON */

static void print_json_text(FILE *out, const char *text)
{
    putc('"', out);
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if (*p == '"' || *p == '\\')
            fprintf(out, "\\%c", *p);
        else if (*p < 0x20 || *p == 0x7f)
            fprintf(out, "\\u%04x", *p);
        else
            putc(*p, out);
    }
    putc('"', out);
}

static void print_json_place(const struct diags *diags, FILE *out, struct span span)
{
    const struct source *source = source_of(diags, span);
    fputs("\"file\": ", out);
    if (!source) {
        fputs("null", out);
        return;
    }
    print_json_text(out, source->path);
    fprintf(out, ", \"line\": %u, \"column\": %u, \"end_line\": %u, \"end_column\": %u", source_line(source, span.from),
            source_column(source, span.from), source_line(source, span.to), source_column(source, span.to));
}

static void print_json(const struct diags *diags, FILE *out, const struct diag *diag)
{
    fputs("  {", out);
    print_json_place(diags, out, diag->span);
    fprintf(out, ", \"severity\": \"%s\", \"code\": \"%s\", \"message\": ", severity_text(diags, diag),
            code_texts[diag->code]);
    print_json_text(out, diag->message);
    fputs(", \"help\": ", out);
    if (diag->help)
        print_json_text(out, diag->help);
    else
        fputs("null", out);
    fputs(", \"labels\": [", out);
    for (const struct label *label = diag->labels; label; label = label->next) {
        fputs("{", out);
        print_json_place(diags, out, label->span);
        fputs(", \"text\": ", out);
        print_json_text(out, label->text);
        fputs(label->next ? "}, " : "}", out);
    }
    fputs("]}", out);
}

/* ------------------------------------------------------------------ all of them */

struct placed {
    const struct diag *diag;
    size_t order;
};

static int by_place(const void *a, const void *b)
{
    const struct placed *left = a, *right = b;
    const struct span *x = &left->diag->span, *y = &right->diag->span;
    if (x->file != y->file)
        return x->file < y->file ? -1 : 1;
    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    return left->order < right->order ? -1 : left->order > right->order;
}

static struct placed *sorted(const struct diags *diags, size_t *count)
{
    *count = 0;
    for (const struct diag *diag = diags->first; diag; diag = diag->next)
        ++*count;
    struct placed *places = ARENA_ARRAY(diags->arena, struct placed, *count + 1);
    size_t at = 0;
    for (const struct diag *diag = diags->first; diag; diag = diag->next, at++)
        places[at] = (struct placed){.diag = diag, .order = at};
    qsort(places, *count, sizeof *places, by_place);
    return places;
}

static void print_short(const struct diags *diags, FILE *out, const struct diag *diag)
{
    const struct source *source = source_of(diags, diag->span);
    if (source)
        fprintf(out, "%s:%u:%u: ", source->path, source_line(source, diag->span.from),
                source_column(source, diag->span.from));
    fprintf(out, "%s[%s]: ", severity_text(diags, diag), code_texts[diag->code]);
    put_clean(out, diag->message, strlen(diag->message));
    putc('\n', out);
}

void diag_print(const struct diags *diags, FILE *out, enum diag_format format, bool colour)
{
    struct printer printer = {.diags = diags, .out = out, .colour = colour};
    size_t count;
    const struct placed *places = sorted(diags, &count);
    size_t shown = count < MAX_PRINTED ? count : MAX_PRINTED;
    if (format == DIAG_JSON)
        fputs(shown ? "[\n" : "[", out);
    for (size_t i = 0; i < shown; i++) {
        if (format == DIAG_TEXT) {
            print_text(&printer, places[i].diag);
        } else if (format == DIAG_SHORT) {
            print_short(diags, out, places[i].diag);
        } else {
            print_json(diags, out, places[i].diag);
            fputs(i + 1 < shown ? ",\n" : "\n", out);
        }
    }
    if (format == DIAG_JSON)
        fputs("]\n", out);
    else if (count > shown)
        fprintf(out, "… and %zu more\n", count - shown);
}

/* ------------------------------------------------------------------ did you mean */

enum { MAX_WORD = 64 };

static unsigned char lower(unsigned char c)
{
    return c >= 'A' && c <= 'Z' ? (unsigned char)(c + 32) : c;
}

static unsigned exchange_cost(unsigned char a, unsigned char b)
{
    return a == b ? 0 : lower(a) == lower(b) ? 1 : 2;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Optimal string alignment (insert, delete, replace, swap of neighbours) in halves: a case difference costs 1, all else 2. */
static unsigned distance_of(const char *a, size_t n, const char *b, size_t m)
{
    unsigned rows[3][MAX_WORD + 1];
    for (size_t j = 0; j <= m; j++)
        rows[0][j] = (unsigned)j * 2;
    for (size_t i = 1; i <= n; i++) {
        unsigned *row = rows[i % 3], *above = rows[(i + 2) % 3], *two_above = rows[(i + 1) % 3];
        row[0] = (unsigned)i * 2;
        for (size_t j = 1; j <= m; j++) {
            unsigned char x = (unsigned char)a[i - 1], y = (unsigned char)b[j - 1];
            row[j] = least(least(above[j], row[j - 1]) + 2, above[j - 1] + exchange_cost(x, y));
            if (i > 1 && j > 1 && lower(x) == lower((unsigned char)b[j - 2]) &&
                lower(y) == lower((unsigned char)a[i - 2]))
                row[j] = least(row[j], two_above[j - 2] + 2);
        }
    }
    return rows[n % 3][m];
}

void near_begin(struct near *near, const char *word)
{
    *near = (struct near){.word = word};
    size_t n = strlen(word);
    near->distance = (n <= 4 ? 2 : n <= 8 ? 4 : 6) + 1; /* the best so far must be below */
    if (n == 0 || n > MAX_WORD)
        near->word = NULL;
}

void near_offer(struct near *near, const char *candidate)
{
    size_t m = strlen(candidate);
    if (!near->word || m == 0 || m > MAX_WORD)
        return;
    size_t n = strlen(near->word);
    unsigned distance = strcasecmp(near->word, candidate) == 0 ? 1 : distance_of(near->word, n, candidate, m);
    /* A word made of other letters altogether is no misspelling of a short one. */
    if (distance < near->distance && distance < 2 * (n < m ? m : n)) {
        near->distance = distance;
        near->best = candidate;
    }
}
