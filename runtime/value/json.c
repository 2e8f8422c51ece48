/* The validating pass: one loop, no recursion. Which paths are still possible is a set of 64 bits a level; a
 * text is passed once for each 64 paths. */
#include "json.h"

#include <string.h>

#include "../base/utf8.h"
#include "json_scan.h"

const char json_no_room[] = "no room for its texts";

enum { PATHS_A_PASS = 64 };

struct level {
    uint64_t active; /* paths that lead into this container */
    uint64_t ends;   /* paths that end at it */
    const char *start;
    uint64_t index; /* of an array's element */
    bool object;
};

struct scan {
    const char *p, *begin, *end;
    const char *what; /* error */
    struct arena *arena;
    const struct swarm_path *paths;
    struct swarm_value *found;
    uint64_t into, ends; /* of the value that comes next */
    uint32_t depth;
    uint8_t owner;
    struct level levels[JSON_DEPTH];
};

static bool wrong(struct scan *scan, const char *at, const char *what)
{
    scan->p = at;
    scan->what = what;
    return false;
}

static void skip_spaces(struct scan *scan)
{
    while (scan->p < scan->end && json_is_space(*scan->p)) {
        scan->p++;
    }
}

/* Most texts have none. */
static inline void skip_space(struct scan *scan)
{
    if (scan->p < scan->end && (unsigned char)*scan->p <= ' ') {
        skip_spaces(scan);
    }
}

static char peek(const struct scan *scan)
{
    return scan->p < scan->end ? *scan->p : '\0';
}

/* ------------------------------------------------------------------ scalars */

static bool hex4(const char *p, const char *end)
{
    for (int i = 0; i < 4; i++) {
        if (p + i >= end || json_hex_digit(p[i]) < 0) {
            return false;
        }
    }
    return true;
}

static bool scan_escape(struct scan *scan, const char *p)
{
    if (p + 1 >= scan->end) {
        return wrong(scan, scan->end, "it ends within a text");
    }
    if (p[1] == 'u') {
        if (!hex4(p + 2, scan->end)) {
            return wrong(scan, p, "\\u without four hexadecimal digits");
        }
        scan->p = p + 6;
        return true;
    }
    if (!p[1] || !strchr("\"\\/bfnrt", p[1])) {
        return wrong(scan, p, "an unknown escape in a text");
    }
    scan->p = p + 2;
    return true;
}

/* From scan->p within a text to behind its closing quote. */
static bool scan_odd_string(struct scan *scan, bool *escaped)
{
    for (;;) {
        const char *p = json_skip_plain(scan->p, scan->end);
        if (p >= scan->end) {
            return wrong(scan, scan->end, "it ends within a text");
        }
        if (*p == '"') {
            scan->p = p + 1;
            return true;
        }
        if (*p == '\\') {
            *escaped = true;
            if (!scan_escape(scan, p)) {
                return false;
            }
            continue;
        }
        if ((unsigned char)*p < 0x20) {
            return wrong(scan, p, "a control character in a text");
        }
        size_t length = utf8_sequence(p, (size_t)(scan->end - p));
        if (!length) {
            return wrong(scan, p, "invalid UTF-8 in a text");
        }
        scan->p = p + length;
    }
}

/* scan->p at the opening quote; behind the closing one afterwards. */
static inline bool scan_string(struct scan *scan, bool *escaped)
{
    const char *p = json_skip_plain(scan->p + 1, scan->end);

    *escaped = false;
    if (p < scan->end && *p == '"') {
        scan->p = p + 1;
        return true;
    }
    scan->p = p;
    return scan_odd_string(scan, escaped);
}

static bool is_digit(const struct scan *scan)
{
    return (unsigned)(peek(scan) - '0') < 10;
}

static bool scan_digits(struct scan *scan)
{
    if (!is_digit(scan)) {
        return wrong(scan, scan->p, "a digit is missing");
    }
    while (is_digit(scan)) {
        scan->p++;
    }
    return true;
}

static bool scan_number(struct scan *scan)
{
    const char *start = scan->p;
    scan->p += *scan->p == '-';
    const char *digits = scan->p;
    if (!scan_digits(scan)) {
        return false;
    }
    if (*digits == '0' && scan->p - digits > 1) {
        return wrong(scan, start, "a number with a zero in front");
    }
    if (peek(scan) == '.') {
        scan->p++;
        if (!scan_digits(scan)) {
            return false;
        }
    }
    if (peek(scan) == 'e' || peek(scan) == 'E') {
        scan->p++;
        scan->p += peek(scan) == '+' || peek(scan) == '-';
        return scan_digits(scan);
    }
    return true;
}

static bool scan_word(struct scan *scan, const char *word, size_t n)
{
    if ((size_t)(scan->end - scan->p) < n || memcmp(scan->p, word, n) != 0) {
        return wrong(scan, scan->p, "a value is missing");
    }
    scan->p += n;
    return true;
}

/* ------------------------------------------------------------------ paths */

static bool record(struct scan *scan, uint64_t paths, const struct json_token *token)
{
    struct swarm_value value;
    if (!json_value(scan->arena, token, scan->owner, &value)) {
        return wrong(scan, scan->p, json_no_room);
    }
    for (; paths; paths &= paths - 1) {
        scan->found[__builtin_ctzll(paths)] = value;
    }
    return true;
}

/* Path i goes on through the member or element at hand. What an earlier one of the same key gave is
 * forgotten. */
static void follow(struct scan *scan, int i)
{
    uint64_t bit = UINT64_C(1) << i;
    scan->found[i] = swarm_null();
    if (scan->paths[i].count == scan->depth) {
        scan->ends |= bit;
    } else {
        scan->into |= bit;
    }
}

static void follow_key(struct scan *scan, const struct json_token *key)
{
    for (uint64_t left = scan->levels[scan->depth - 1].active; left; left &= left - 1) {
        int i = __builtin_ctzll(left);
        const struct swarm_path_step *step = &scan->paths[i].steps[scan->depth - 1];
        if (step->key && json_string_is(key, step->key, step->n)) {
            follow(scan, i);
        }
    }
}

static void follow_index(struct scan *scan)
{
    const struct level *level = &scan->levels[scan->depth - 1];
    for (uint64_t left = level->active; left; left &= left - 1) {
        int i = __builtin_ctzll(left);
        const struct swarm_path_step *step = &scan->paths[i].steps[scan->depth - 1];
        if (!step->key && step->n == level->index) {
            follow(scan, i);
        }
    }
}

/* ------------------------------------------------------------------ containers */

/* At the first byte of a member or element: up to its value. */
static bool begin_member(struct scan *scan)
{
    const struct level *level = &scan->levels[scan->depth - 1];
    scan->into = scan->ends = 0;
    if (!level->object) {
        if (level->active) {
            follow_index(scan);
        }
        return true;
    }
    if (peek(scan) != '"') {
        return wrong(scan, scan->p, "a key in quotes is missing");
    }
    struct json_token key = {.text = scan->p};
    if (!scan_string(scan, &key.escaped)) {
        return false;
    }
    if (level->active) {
        key.n = (uint32_t)(scan->p - key.text);
        follow_key(scan, &key);
    }
    skip_space(scan);
    if (peek(scan) != ':') {
        return wrong(scan, scan->p, "a colon is missing");
    }
    scan->p++;
    skip_space(scan);
    return true;
}

static bool open_container(struct scan *scan)
{
    if (scan->depth == JSON_DEPTH) {
        return wrong(scan, scan->p, "nested more than 1,000 deep");
    }
    scan->levels[scan->depth++] =
        (struct level){.active = scan->into, .ends = scan->ends, .start = scan->p, .object = *scan->p == '{'};
    scan->p++;
    skip_space(scan);
    return true;
}

static bool close_container(struct scan *scan)
{
    const struct level *level = &scan->levels[--scan->depth];
    scan->p++;
    if (!level->ends) {
        return true;
    }
    struct json_token token = {.text = level->start, .n = (uint32_t)(scan->p - level->start)};
    return record(scan, level->ends, &token);
}

static bool scan_scalar(struct scan *scan)
{
    struct json_token token = {.text = scan->p};
    bool fine;
    switch (peek(scan)) {
    case '"':
        fine = scan_string(scan, &token.escaped);
        break;
    case 't':
        fine = scan_word(scan, "true", 4);
        break;
    case 'f':
        fine = scan_word(scan, "false", 5);
        break;
    case 'n':
        fine = scan_word(scan, "null", 4);
        break;
    default:
        if (peek(scan) != '-' && !is_digit(scan)) {
            return wrong(scan, scan->p, "a value is missing");
        }
        fine = scan_number(scan);
    }
    if (!fine || !scan->ends) {
        return fine;
    }
    token.n = (uint32_t)(scan->p - token.text);
    return record(scan, scan->ends, &token);
}

/* Behind a value: closes what is over and goes up to the next value. `empty`: a container has just been
 * opened. */
static bool go_on(struct scan *scan, bool empty)
{
    while (scan->depth) {
        const char close = scan->levels[scan->depth - 1].object ? '}' : ']';
        skip_space(scan);
        if (peek(scan) == close) {
            if (!close_container(scan)) {
                return false;
            }
            empty = false;
            continue;
        }
        if (empty) {
            return begin_member(scan);
        }
        if (peek(scan) != ',') {
            return wrong(scan, scan->p, close == '}' ? "a comma or } is missing" : "a comma or ] is missing");
        }
        scan->p++;
        skip_space(scan);
        scan->levels[scan->depth - 1].index++;
        return begin_member(scan);
    }
    return true;
}

static bool scan_document(struct scan *scan)
{
    skip_space(scan);
    do {
        bool container = peek(scan) == '{' || peek(scan) == '[';
        if (container ? !open_container(scan) : !scan_scalar(scan)) {
            return false;
        }
        if (!go_on(scan, container)) {
            return false;
        }
    } while (scan->depth);
    skip_space(scan);
    return scan->p == scan->end || wrong(scan, scan->p, "something follows behind the value");
}

static bool pass(struct scan *scan, const struct swarm_path *paths, uint32_t count, struct swarm_value *found,
                 struct json_error *error)
{
    scan->p = scan->begin;
    scan->paths = paths;
    scan->found = found;
    scan->into = scan->ends = 0;
    scan->depth = 0;
    for (uint32_t i = 0; i < count; i++) {
        found[i] = swarm_null();
        follow(scan, (int)i);
    }
    if (scan_document(scan)) {
        return true;
    }
    bool over = scan->p == scan->end && scan->what != json_no_room;
    *error =
        (struct json_error){.offset = (size_t)(scan->p - scan->begin),
                            .what = over && strncmp(scan->what, "it ends", 7) != 0 ? "it ends too early" : scan->what};
    return false;
}

bool json_find(struct arena *arena, const char *text, size_t n, uint8_t owner, const struct swarm_path *paths,
               uint32_t count, struct swarm_value *found, struct json_error *error)
{
    struct scan scan;
    if (n > UINT32_MAX) {
        *error = (struct json_error){.what = "larger than 4 GB"};
        return false;
    }
    text = n ? text : "";
    size_t mark = n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    scan.begin = text + mark;
    scan.end = text + n;
    scan.arena = arena;
    scan.owner = owner;
    for (uint32_t done = 0;; done += PATHS_A_PASS) {
        uint32_t left = count - done;
        if (!pass(&scan, paths + done, left < PATHS_A_PASS ? left : PATHS_A_PASS, found + done, error)) {
            error->offset += mark;
            return false;
        }
        if (left <= PATHS_A_PASS) {
            return true;
        }
    }
}

bool json_check(const char *text, size_t n, struct json_error *error)
{
    struct swarm_path none = {.count = 0};
    struct swarm_value nothing;
    return json_find(NULL, text, n, SWARM_VIEW, &none, 0, &nothing, error);
}

/* ------------------------------------------------------------------ message */

/* How much of the begin of a text is shown: a tag, else up to the end of the line, at most 30 code points. */
static size_t shown_begin(const char *text, size_t n)
{
    size_t most = utf8_offset(text, n, 30);
    char last = text[0] == '<' ? '>' : '\n';
    const char *end = memchr(text, last, most);
    if (!end) {
        return most;
    }
    return (size_t)(end - text) + (last == '>');
}

void json_explain(struct value_buffer *buffer, const char *text, size_t n, const struct json_error *error)
{
    size_t start = n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    while (start < n && json_is_space(text[start])) {
        start++;
    }
    value_buffer_string(buffer, "not JSON: ");
    if (start == n) {
        value_buffer_string(buffer, "the body is empty");
        return;
    }
    if (error->offset <= start && error->what != json_no_room) {
        size_t shown = shown_begin(text + start, n - start);
        value_buffer_string(buffer, "starts with ");
        json_write_string(buffer, text + start, shown);
        return;
    }
    value_buffer_format(buffer, "%s at byte %zu", error->what, error->offset);
}
