/* match() and search() of JSONPath: I-Regexp (RFC 9485) through PCRE2. A pattern that is no I-Regexp matches nothing (RFC
 * 9535, section 2.4.6); `^` and `$` are taken as PCRE2 takes them, as all implementations do. */
#include <string.h>

#include "../base/utf8.h"
#include "../value/regex.h"
#include "../value/value.h"
#include "extract.h"

enum { MOST_DEPTH = 100, MOST_TIMES = 65535 /* PCRE2's */ };

struct scan {
    const char *p, *end;
    struct value_buffer *out;
    unsigned depth;
};

static int peek(const struct scan *s)
{
    return s->p < s->end ? (unsigned char)*s->p : -1;
}

static bool take(struct scan *s, int ch)
{
    if (peek(s) != ch) {
        return false;
    }
    value_buffer_byte(s->out, (char)ch);
    s->p++;
    return true;
}

/* One character as it stands, of any length; *code tells equal and larger ones apart (UTF-8 keeps the order). */
static bool take_character(struct scan *s, uint32_t *code)
{
    size_t n = s->p < s->end ? utf8_sequence(s->p, (size_t)(s->end - s->p)) : 0;

    *code = 0;
    for (size_t i = 0; i < n; i++) {
        *code = *code << 8 | (unsigned char)s->p[i];
    }
    value_buffer_add(s->out, s->p, n);
    s->p += n;
    return n > 0;
}

/* \n \r \t, and signs that would mean something. */
static bool single_escape(struct scan *s, uint32_t *code)
{
    int ch = s->p + 1 < s->end ? (unsigned char)s->p[1] : -1;

    if (peek(s) != '\\' || ch <= 0 || !strchr("()*+-.?[\\]^nrt{|}", ch)) {
        return false;
    }
    *code = ch == 'n' ? '\n' : ch == 'r' ? '\r' : ch == 't' ? '\t' : (uint32_t)ch;
    value_buffer_add(s->out, s->p, 2);
    s->p += 2;
    return true;
}

static bool is_category(const char *p, size_t n)
{
    static const char *const minor[] = {"Llmotu", "Mcen", "Ndlo", "Pcdefios", "Sckmo", "Zlps", "Ccfno"};

    if (n < 1 || n > 2) {
        return false;
    }
    for (size_t i = 0; i < sizeof minor / sizeof *minor; i++) {
        if (minor[i][0] == p[0]) {
            return n == 1 || (p[1] != '\0' && strchr(minor[i] + 1, p[1]));
        }
    }
    return false;
}

/* \p{Lu}, \P{Lu} */
static bool category(struct scan *s)
{
    const char *close;

    if (s->end - s->p < 5 || s->p[0] != '\\' || (s->p[1] != 'p' && s->p[1] != 'P') || s->p[2] != '{') {
        return false;
    }
    close = memchr(s->p, '}', (size_t)(s->end - s->p));
    if (!close || !is_category(s->p + 3, (size_t)(close - s->p) - 3)) {
        return false;
    }
    value_buffer_add(s->out, s->p, (size_t)(close - s->p) + 1);
    s->p = close + 1;
    return true;
}

static bool class_character(struct scan *s, uint32_t *code)
{
    if (peek(s) == '\\') {
        return single_escape(s, code);
    }
    return peek(s) != '[' && peek(s) != ']' && peek(s) != '-' && take_character(s, code);
}

/* Behind `[`. */
static bool class_of_characters(struct scan *s)
{
    uint32_t from, to;
    bool any = false;

    value_buffer_byte(s->out, '[');
    s->p++;
    take(s, '^');
    if (peek(s) == '-') {
        value_buffer_string(s->out, "\\-");
        s->p++;
        any = true;
    }
    for (;; any = true) {
        if (peek(s) == ']') {
            return any && take(s, ']');
        }
        if (peek(s) == '-') { /* the last one */
            value_buffer_string(s->out, "\\-");
            s->p++;
            return peek(s) == ']' && any && take(s, ']');
        }
        if (category(s)) {
            continue;
        }
        if (!class_character(s, &from)) {
            return false;
        }
        if (peek(s) == '-' && s->p + 1 < s->end && s->p[1] != ']') {
            take(s, '-');
            if (!class_character(s, &to) || to < from) {
                return false;
            }
        }
    }
}

static bool times(struct scan *s, long *value)
{
    const char *from = s->p;

    for (*value = 0; peek(s) >= '0' && peek(s) <= '9'; s->p++) {
        *value = *value * 10 + (*s->p - '0');
        if (*value > MOST_TIMES) {
            return false;
        }
    }
    value_buffer_add(s->out, from, (size_t)(s->p - from));
    return s->p > from;
}

static bool quantifier(struct scan *s)
{
    long least, most;

    if (take(s, '*') || take(s, '+') || take(s, '?')) {
        return true;
    }
    if (!take(s, '{')) {
        return true; /* none */
    }
    if (!times(s, &least)) {
        return false;
    }
    if (take(s, ',') && peek(s) != '}' && (!times(s, &most) || most < least)) {
        return false;
    }
    return take(s, '}');
}

static bool branches(struct scan *s);

static bool atom(struct scan *s)
{
    uint32_t code;

    switch (peek(s)) {
    case '.':
        s->p++;
        value_buffer_string(s->out, "[^\\n\\r]");
        return true;
    case '^':
        s->p++;
        value_buffer_string(s->out, "\\A");
        return true;
    case '$':
        s->p++;
        value_buffer_string(s->out, "\\z");
        return true;
    case '\\':
        return category(s) || single_escape(s, &code);
    case '[':
        return class_of_characters(s);
    case '(':
        if (++s->depth > MOST_DEPTH) {
            return false;
        }
        s->p++;
        value_buffer_string(s->out, "(?:");
        if (!branches(s) || !take(s, ')')) {
            return false;
        }
        s->depth--;
        return true;
    case ')':
    case '*':
    case '+':
    case '?':
    case ']':
    case '{':
    case '}':
    case '|':
        return false;
    default:
        return take_character(s, &code);
    }
}

static bool branches(struct scan *s)
{
    for (;;) {
        while (peek(s) >= 0 && peek(s) != '|' && peek(s) != ')') {
            if (!atom(s) || !quantifier(s)) {
                return false;
            }
        }
        if (!take(s, '|')) {
            return true;
        }
    }
}

struct swarm_value iregexp_to_pcre(struct swarm_strand *s, struct swarm_value pattern, bool whole,
                                   const struct swarm_place *place)
{
    struct value_buffer out = {.arena = &strand_of(s)->arena};
    struct scan scan = {.p = pattern.text, .end = pattern.text + pattern.n, .out = &out};

    value_buffer_string(&out, whole ? "\\A(?:" : "(?:");
    if (!branches(&scan) || scan.p < scan.end) {
        return swarm_null();
    }
    value_buffer_string(&out, whole ? ")\\z" : ")");
    if (out.full) {
        value_no_room(s, place);
        return swarm_null();
    }
    return value_arena_text(out.data, out.size);
}

bool swarm_jsonpath_regex(struct swarm_strand *s, struct swarm_value text, struct swarm_value pattern, bool whole,
                          const struct swarm_place *place)
{
    struct swarm_mark mark = swarm_mark(s);
    struct swarm_value translated = iregexp_to_pcre(s, pattern, whole, place);
    bool found = translated.kind == SWARM_TEXT && regex_find(s, place, translated, text, 0, NULL);

    if (!swarm_failed(s)) {
        swarm_reset(s, &mark);
    }
    return found;
}
