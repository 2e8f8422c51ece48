/* Valid JSON texts: tokens, members, strings; and writing. */
#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"
#include "../base/utf8.h"
#include "../engine/arena.h"
#include "json.h"
#include "json_scan.h"

static const char *skip_space(const char *p)
{
    while (json_is_space(*p)) {
        p++;
    }
    return p;
}

/* p at the opening quote of a valid string. */
static const char *skip_string(const char *p, const char *end, bool *escaped)
{
    p = json_skip_to_quote(p + 1, end);
    while (*p == '\\') {
        *escaped = true;
        p = json_skip_to_quote(p + 2, end);
    }
    return p + 1;
}

static const char *skip_container(const char *p, const char *end)
{
    bool ignored;
    uint32_t depth = 0;
    for (;;) {
        p = json_skip_to_structure(p, end);
        if (*p == '"') {
            p = skip_string(p, end, &ignored);
            continue;
        }
        bool open = *p == '{' || *p == '[';
        p++;
        depth += open ? 1 : UINT32_MAX;
        if (depth == 0) {
            return p;
        }
    }
}

/* A number or word stands alone or in a container, so it is followed by one of these; a text as a whole has
 * none, which is why json_token() is only used within containers for scalars. */
static const char *skip_word(const char *p)
{
    while (*p != ',' && *p != ']' && *p != '}' && !json_is_space(*p)) {
        p++;
    }
    return p;
}

const char *json_token(const char *p, const char *end, struct json_token *token)
{
    p = skip_space(p);
    *token = (struct json_token){.text = p};
    const char *behind;
    if (*p == '"') {
        behind = skip_string(p, end, &token->escaped);
    } else if (*p == '{' || *p == '[') {
        behind = skip_container(p, end);
    } else {
        behind = skip_word(p);
    }
    token->n = (uint32_t)(behind - p);
    return behind;
}

struct json_cursor json_open(const char *text, size_t n)
{
    const char *p = skip_space(text);
    return (struct json_cursor){.p = p + 1, .end = text + n, .object = *p == '{'};
}

bool json_next(struct json_cursor *cursor, struct json_token *key, struct json_token *value)
{
    const char *p = skip_space(cursor->p);
    if (*p == ',') {
        p = skip_space(p + 1);
    }
    if (*p == ']' || *p == '}') {
        return false;
    }
    if (cursor->object) {
        struct json_token ignored;
        p = skip_space(json_token(p, cursor->end, key ? key : &ignored)) + 1;
    }
    cursor->p = json_token(p, cursor->end, value);
    return true;
}

bool json_value(struct arena *arena, const struct json_token *token, uint8_t owner, struct swarm_value *value)
{
    *value = (struct swarm_value){.text = token->text, .n = token->n, .owner = owner};
    switch (token->text[0]) {
    case '{':
    case '[':
        value->kind = SWARM_JSON;
        return true;
    case 't':
    case 'f':
        *value = swarm_bool(token->text[0] == 't');
        return true;
    case 'n':
        *value = swarm_null();
        return true;
    case '"':
        value->kind = SWARM_TEXT;
        value->text++;
        value->n -= 2;
        break;
    default:
        value->kind = SWARM_NUMBER;
        return true;
    }
    if (!token->escaped) {
        return true;
    }
    char *text = arena_get(arena, value->n);
    if (!text) {
        return false;
    }
    value->n = (uint32_t)json_unescape(text, value->text, value->n);
    value->text = text;
    value->owner = SWARM_ARENA;
    return true;
}

/* ------------------------------------------------------------------ escapes */

static uint32_t hex4(const char *p)
{
    uint32_t code = 0;
    for (int i = 0; i < 4; i++) {
        code = code << 4 | (uint32_t)json_hex_digit(p[i]);
    }
    return code;
}

/* from at a backslash and `u`; sets *used to the bytes that were read: 6, or 12 of a pair. */
static uint32_t code_point(const char *from, const char *end, size_t *used)
{
    uint32_t high = hex4(from + 2);
    *used = 6;
    if (high < 0xd800 || high > 0xdbff || end - from < 12 || from[6] != '\\' || from[7] != 'u') {
        return high;
    }
    uint32_t low = hex4(from + 8);
    if (low < 0xdc00 || low > 0xdfff) {
        return high;
    }
    *used = 12;
    return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

static char plain_escape(char c)
{
    switch (c) {
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return c;
    }
}

size_t json_unescape(char *to, const char *from, size_t n)
{
    char *start = to;
    const char *end = from + n;
    while (from < end) {
        if (*from != '\\') {
            *to++ = *from++;
        } else if (from[1] == 'u') {
            size_t used;
            uint32_t code = code_point(from, end, &used);
            to += utf8_put(to, code);
            from += used;
        } else {
            *to++ = plain_escape(from[1]);
            from += 2;
        }
    }
    return (size_t)(to - start);
}

bool json_string_is(const struct json_token *string, const char *text, size_t n)
{
    size_t length = string->n - 2;
    if (!string->escaped) {
        return length == n && memcmp(string->text + 1, text, n) == 0;
    }
    if (length < n) {
        return false;
    }
    char small[256], *room = length <= sizeof small ? small : memory_resize(NULL, length, 1);
    bool same = json_unescape(room, string->text + 1, length) == n && memcmp(room, text, n) == 0;
    if (room != small) {
        free(room);
    }
    return same;
}

/* ------------------------------------------------------------------ writing */

static void write_escaped(struct value_buffer *buffer, unsigned char c)
{
    static const char letters[] = "\bb\ff\nn\rr\tt\"\"\\\\";
    for (const char *p = letters; *p; p += 2) {
        if ((unsigned char)p[0] == c) {
            value_buffer_byte(buffer, '\\');
            value_buffer_byte(buffer, p[1]);
            return;
        }
    }
    value_buffer_format(buffer, "\\u%04x", c);
}

void json_write_string(struct value_buffer *buffer, const char *text, size_t n)
{
    const char *p = text, *end = text + n;
    value_buffer_byte(buffer, '"');
    while (p < end) {
        const char *plain = p;
        while (p < end) {
            p = json_skip_plain(p, end);
            size_t length = p < end ? utf8_sequence(p, (size_t)(end - p)) : 0;
            if (length < 2) {
                break;
            }
            p += length;
        }
        value_buffer_add(buffer, plain, (size_t)(p - plain));
        if (p < end) {
            if ((unsigned char)*p < 0x80) {
                write_escaped(buffer, (unsigned char)*p);
            } else {
                value_buffer_add(buffer, UTF8_REPLACEMENT, 3);
            }
            p++;
        }
    }
    value_buffer_byte(buffer, '"');
}

void json_write_compact(struct value_buffer *buffer, const char *text, size_t n)
{
    const char *p = text, *end = text + n;
    while (p < end && !buffer->full) {
        const char *run = p;
        bool ignored;
        while (p < end && !json_is_space(*p)) {
            p = *p == '"' ? skip_string(p, end, &ignored) : p + 1;
        }
        value_buffer_add(buffer, run, (size_t)(p - run));
        while (p < end && json_is_space(*p)) {
            p++;
        }
    }
}
