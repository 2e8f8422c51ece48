#include "mutator.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

/* Words and signs of the language, of other tools' languages, and numbers at the edges of what is allowed. */
static const char *const words[] = {
    /* clang-format off */
    "action", "arrive", "await", "body", "break", "chain", "circular", "const", "constant", "contains", "continue", "cookie", "count",
    "counter", "csv", "data", "each", "else", "every", "expect", "extends", "extern \"C\"", "fail", "false", "float", "fn", "follow", "for",
    "form", "gate", "gauge", "get", "header", "headers", "hold", "http", "if", "import", "in", "int", "interrupt", "journey", "json", "lines",
    "link", "list", "log", "log_error", "loop", "matches", "measure", "metric", "multipart", "name", "next", "not", "null", "on", "one of",
    "only", "open", "option", "or", "over", "and", "parallel", "per", "pop", "post", "push", "put", "patch", "delete", "head", "options",
    "query", "queue", "ramp", "random", "rate", "repeat", "request", "require", "reschedule", "return", "save", "secret", "set", "shape",
    "shuffle", "size", "sleep", "spread", "start", "status", "step", "stop", "stop user", "stop test", "string", "succeed", "tag", "target",
    "task", "tasks", "text", "throughput", "pacing", "timeout", "to", "trend", "true", "until reached", "use", "user", "users", "var", "wait",
    "weight", "while", "within", "as", "abort", "after", "add", "let", "wait 1s", "elapsed", "user.id", "run.time", "worker.index",
    "on start", "on stop", "on setup", "on teardown", "on test_start", "on init", "on request", "on user_error", "on every 1s",
    "thresholds", "p95", "p99.9", "failures", "requests", "rps", "median", "max", "duration", "bool",
    "css(\"a\")", "xpath(\"//a\")", "regex(r\"(a)\")", "regex_all(r\"a\")", "jsonpath(\"$.a\")", "json.a.b[0]", "json[\"a b\"]",
    "headers[\"X-A\"]", "headers.all(\"X-A\")", "cookies[\"a\"]", "time.first_byte", "response", "url", "history", "css_all", "upper(", "len(",
    "random(1, 9)", "pick(", "format(", "uuid()", "now()", "env(\"A\")", "hash(", "base64(", "split(", "join(", "min(", "max(", "int(",
    "{", "}", "(", ")", "[", "]", "{ }", "[]", "{ a: 1 }", ",", ":", ";", ".", "..", "...", "->", "=", "==", "!=", "<", "<=", ">", ">=", "+",
    "-", "*", "/", "%", "+=", "-=", "?", "??", "? 1 : 2", "\n", "#", "\"", "\"\"\"", "r\"", "${", "${x}", "\"${x}\"", "\"\"", "\"a\"", "\\",
    "0", "1", "2", "-1", "3.5", "1e9", "9223372036854775807", "9223372036854775808", "1s", "0s", "100ms", "1h30m", "1h", "64KB", "1MB",
    "10/s", "5/min", "1%", "100%", "1..3", "1s..2s", "0x1F", "1_000", "a", "b", "x", "n", "U", "G", "f", "t",
    "&&", "||", "!", "===", "'a'", "`a`", "//", "/*", "@task", "function", "class", "def", "vus", "check(", "assert", "sleep(1)", "{{x}}",
    "#{x}", "elif", "switch", "try", "None", "True", "await", "const x = ", "let x = ", "print(", "http.get(", "self.client", "=>",
    /* clang-format on */
};
enum { WORD_COUNT = sizeof words / sizeof *words, MOST_PIECES = 2048 };

struct piece {
    size_t from, to;
};

/* xorshift32 (Marsaglia 2003) */
static uint32_t draw(uint32_t *state, uint32_t below)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state % below;
}

static bool of_word(uint8_t c)
{
    return isalnum(c) || c == '_' || c >= 0x80;
}

/* Words, runs of blanks, and single signs. */
static size_t find_words(const uint8_t *text, size_t size, struct piece *pieces)
{
    size_t count = 0;

    for (size_t at = 0; at < size && count < MOST_PIECES;) {
        size_t from = at++;
        if (of_word(text[from]))
            while (at < size && of_word(text[at]))
                at++;
        if (text[from] != ' ')
            pieces[count++] = (struct piece){from, at};
    }
    return count;
}

static size_t find_lines(const uint8_t *text, size_t size, struct piece *pieces)
{
    size_t count = 0;

    for (size_t at = 0; at < size && count < MOST_PIECES;) {
        const uint8_t *end = memchr(text + at, '\n', size - at);
        size_t to = end ? (size_t)(end - text) + 1 : size;
        pieces[count++] = (struct piece){at, to};
        at = to;
    }
    return count;
}

/* From an opening bracket to the one that closes it, or to the end. */
static struct piece block_from(const uint8_t *text, size_t size, size_t from)
{
    size_t depth = 0, at = from;

    for (; at < size; at++) {
        depth += strchr("{([", text[at]) != NULL && text[at];
        if (strchr("})]", text[at]) && text[at] && --depth == 0)
            return (struct piece){from, at + 1};
    }
    return (struct piece){from, size};
}

/* Puts n bytes in the place of a piece; unchanged when there is no room. */
static size_t replace(uint8_t *text, size_t size, size_t room, struct piece old, const void *bytes, size_t n)
{
    if (size - (old.to - old.from) + n > room)
        return size;
    memmove(text + old.from + n, text + old.to, size - old.to);
    memcpy(text + old.from, bytes, n);
    return size - (old.to - old.from) + n;
}

static size_t copy_of(const uint8_t *text, struct piece piece, uint8_t copy[1024])
{
    size_t n = piece.to - piece.from;

    if (n > 1024)
        n = 1024;
    memcpy(copy, text + piece.from, n);
    return n;
}

/* b lies behind a, or is the same. */
static size_t swap(uint8_t *text, size_t size, size_t room, struct piece a, struct piece b)
{
    uint8_t first[1024], second[1024];
    size_t n, m;

    if (a.from > b.from)
        return swap(text, size, room, b, a);
    if (a.to > b.from || a.to - a.from > sizeof first || b.to - b.from > sizeof second)
        return size;
    n = copy_of(text, a, first);
    m = copy_of(text, b, second);
    size = replace(text, size, room, b, first, n);
    return replace(text, size, room, a, second, m);
}

/* A word of the table with a blank on each side that a word needs. */
static size_t insert_word(uint8_t *text, size_t size, size_t room, struct piece place, uint32_t *seed)
{
    uint8_t spaced[64];
    const char *word = words[draw(seed, WORD_COUNT)];
    size_t n = strlen(word), at = 0;

    if (place.from && of_word(text[place.from - 1]))
        spaced[at++] = ' ';
    memcpy(spaced + at, word, n);
    at += n;
    if (place.to < size && of_word(text[place.to]))
        spaced[at++] = ' ';
    return replace(text, size, room, place, spaced, at);
}

/* clang-format off */
enum change { WORD_AWAY, WORD_TWICE, WORD_SWAP, WORD_OTHER, WORD_NEW, WORD_COPY, LINE_AWAY, LINE_TWICE, LINE_SWAP, LINE_COPY, BLOCK_AWAY,
              BLOCK_COPY, CHANGE_COUNT };
/* clang-format on */

static size_t change_once(uint8_t *text, size_t size, size_t room, uint32_t *seed)
{
    static struct piece pieces[MOST_PIECES];
    uint8_t copy[1024];
    enum change change = draw(seed, CHANGE_COUNT);
    bool lines = change >= LINE_AWAY && change <= LINE_COPY;
    size_t count = lines ? find_lines(text, size, pieces) : find_words(text, size, pieces);
    struct piece a, b;

    if (!count)
        return replace(text, size, room, (struct piece){0, 0}, "user U { task t { get \"/\" } }\n", 30);
    a = pieces[draw(seed, (uint32_t)count)];
    b = pieces[draw(seed, (uint32_t)count)];
    switch (change) {
    case WORD_AWAY:
    case LINE_AWAY:
        return replace(text, size, room, a, "", 0);
    case WORD_TWICE:
    case LINE_TWICE:
        return replace(text, size, room, (struct piece){a.to, a.to}, copy, copy_of(text, a, copy));
    case WORD_SWAP:
    case LINE_SWAP:
        return swap(text, size, room, a, b);
    case WORD_OTHER:
        return insert_word(text, size, room, a, seed);
    case WORD_NEW:
        return insert_word(text, size, room, (struct piece){a.to, a.to}, seed);
    case WORD_COPY:
    case LINE_COPY:
        return replace(text, size, room, change == WORD_COPY ? a : (struct piece){a.from, a.from}, copy,
                       copy_of(text, b, copy));
    default:
        for (size_t i = 0; i < count && !strchr("{([", text[a.from]); i++)
            a = pieces[draw(seed, (uint32_t)count)];
        a = block_from(text, size, a.from);
        return change == BLOCK_AWAY
                   ? replace(text, size, room, a, "", 0)
                   : replace(text, size, room, (struct piece){b.from, b.from}, copy, copy_of(text, a, copy));
    }
}

size_t mutate_text(uint8_t *text, size_t size, size_t room, uint32_t seed)
{
    uint32_t state = seed ? seed : 1;
    unsigned changes = 1 + draw(&state, 3);

    for (unsigned i = 0; i < changes; i++)
        size = change_once(text, size, room, &state);
    return size;
}

size_t mutate_cross(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size, uint8_t *out, size_t room,
                    uint32_t seed)
{
    static struct piece pieces[MOST_PIECES];
    uint32_t state = seed ? seed : 1;
    size_t size = a_size < room ? a_size : room, count = find_lines(b, b_size, pieces), at = size;

    memcpy(out, a, size);
    if (!count)
        return size;
    size_t first = draw(&state, (uint32_t)count), last = first + draw(&state, (uint32_t)(count - first));
    size_t from = pieces[first].from, to = pieces[last].to;
    count = find_lines(out, size, pieces);
    if (count)
        at = pieces[draw(&state, (uint32_t)count)].from;
    return replace(out, size, room, (struct piece){at, at}, b + from, to - from);
}
