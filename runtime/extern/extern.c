#include "extern.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"
#include "../engine/engine.h"
#include "../value/json.h"
#include "../value/value.h"

/* ---- memory ---- */

struct extern_piece {
    struct extern_piece *next;
    uint64_t unused; /* keeps what follows aligned to 16 */
};

void *extern_room(struct extern_memory *memory, size_t n)
{
    struct extern_piece *piece = memory_new(1, sizeof *piece + n);

    piece->next = memory->first;
    memory->first = piece;
    return piece + 1;
}

void extern_free(struct extern_memory *memory)
{
    while (memory->first) {
        struct extern_piece *piece = memory->first;

        memory->first = piece->next;
        free(piece);
    }
}

/* ---- trees ---- */

struct swarm_json {
    enum swarm_json_kind kind;
    bool truth;
    struct swarm_text text, key, source; /* characters or digits; of an entry; as JSON */
    struct swarm_json *items;            /* count of them, side by side */
    size_t count;
};

static const struct swarm_text no_text = {"", 0};

static struct swarm_text characters(struct extern_memory *memory, const struct json_token *string)
{
    struct swarm_text text = {string->text + 1, string->n - 2};
    char *to;

    if (string->escaped) {
        to = extern_room(memory, text.n + 1);
        text.n = json_unescape(to, text.p, text.n);
        text.p = to;
    }
    return text;
}

static void fill(struct extern_memory *memory, struct swarm_json *json, const struct json_token *token);

static void fill_items(struct extern_memory *memory, struct swarm_json *json, const struct json_token *token)
{
    struct json_cursor cursor = json_open(token->text, token->n), again = cursor;
    struct json_token key, value;
    size_t i = 0;

    while (json_next(&cursor, &key, &value)) {
        json->count++;
    }
    json->items = extern_room(memory, json->count * sizeof *json->items + 1);
    for (; json_next(&again, &key, &value); i++) {
        fill(memory, &json->items[i], &value);
        json->items[i].key = json->kind == SWARM_JSON_OBJECT ? characters(memory, &key) : no_text;
    }
}

/* Containers of valid JSON are at most JSON_DEPTH deep. */
static void fill(struct extern_memory *memory, struct swarm_json *json, const struct json_token *token)
{
    *json = (struct swarm_json){.text = no_text, .key = no_text, .source = {token->text, token->n}};
    switch (token->text[0]) {
    case '{':
    case '[':
        json->kind = token->text[0] == '{' ? SWARM_JSON_OBJECT : SWARM_JSON_LIST;
        fill_items(memory, json, token);
        break;
    case '"':
        json->kind = SWARM_JSON_STRING;
        json->text = characters(memory, token);
        break;
    case 't':
    case 'f':
        json->kind = SWARM_JSON_BOOL;
        json->truth = token->text[0] == 't';
        break;
    case 'n':
        json->kind = SWARM_JSON_NULL;
        break;
    default:
        json->kind = SWARM_JSON_NUMBER;
        json->text = json->source;
    }
}

/* The value stands in a list of our own: a token needs something behind it. */
const struct swarm_json *extern_json(struct extern_memory *memory, const char *text, size_t n)
{
    struct json_error error;
    struct json_cursor cursor;
    struct json_token token;
    struct swarm_json *json;
    char *copy;

    if (n > UINT32_MAX - 3 || !json_check(text, n, &error)) {
        return NULL;
    }
    if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3;
        n -= 3;
    }
    copy = extern_room(memory, n + 3);
    copy[0] = '[';
    memcpy(copy + 1, text, n);
    copy[n + 1] = ']';
    cursor = json_open(copy, n + 2);
    if (!json_next(&cursor, NULL, &token)) {
        return NULL;
    }
    json = extern_room(memory, sizeof *json);
    fill(memory, json, &token);
    return json;
}

const struct swarm_json *extern_json_of(struct extern_memory *memory, struct swarm_value v)
{
    struct value_buffer text = {0};
    const struct swarm_json *json;

    value_json(v, &text);
    json = extern_json(memory, text.data, text.size);
    value_buffer_free(&text);
    return json;
}

enum swarm_json_kind swarm_json_kind(const struct swarm_json *json)
{
    return json ? json->kind : SWARM_JSON_NULL;
}

bool swarm_json_is_true(const struct swarm_json *json)
{
    return json && json->truth;
}

double swarm_json_number(const struct swarm_json *json)
{
    char digits[400];

    if (!json || json->kind != SWARM_JSON_NUMBER || json->text.n >= sizeof digits) {
        return 0;
    }
    memcpy(digits, json->text.p, json->text.n);
    digits[json->text.n] = '\0';
    return strtod(digits, NULL);
}

int64_t swarm_json_integer(const struct swarm_json *json)
{
    char digits[400], *end;
    double number = swarm_json_number(json);
    long long whole;

    if (!json || json->kind != SWARM_JSON_NUMBER || json->text.n >= sizeof digits) {
        return 0;
    }
    memcpy(digits, json->text.p, json->text.n);
    digits[json->text.n] = '\0';
    whole = strtoll(digits, &end, 10);
    if (*end == '\0') {
        return whole;
    }
    if (number >= 9223372036854775807.0) {
        return INT64_MAX;
    }
    return number <= -9223372036854775808.0 ? INT64_MIN : (int64_t)number;
}

struct swarm_text swarm_json_characters(const struct swarm_json *json)
{
    return json ? json->text : no_text;
}

size_t swarm_json_count(const struct swarm_json *json)
{
    return json ? json->count : 0;
}

const struct swarm_json *swarm_json_at(const struct swarm_json *json, size_t index)
{
    return json && index < json->count ? &json->items[index] : NULL;
}

struct swarm_text swarm_json_key(const struct swarm_json *entry)
{
    return entry ? entry->key : no_text;
}

const struct swarm_json *swarm_json_get(const struct swarm_json *json, const char *key)
{
    size_t n = strlen(key);

    for (size_t i = json && json->kind == SWARM_JSON_OBJECT ? json->count : 0; i-- > 0;) {
        if (json->items[i].key.n == n && memcmp(json->items[i].key.p, key, n) == 0) {
            return &json->items[i];
        }
    }
    return NULL;
}

struct swarm_text swarm_json_source(const struct swarm_json *json)
{
    return json ? json->source : (struct swarm_text){"null", 4};
}

/* ---- fn ---- */

static void *room_for_context(struct swarm_context *context, size_t n)
{
    void *room = value_room(context->s, context->place, n);

    /* The error is raised; the C that asked goes on, so it gets something to write to. */
    return room ? room : arena_get_beyond(&strand_of(context->s)->arena, n);
}

char *swarm_room(struct swarm_context *context, size_t n)
{
    return room_for_context(context, n ? n : 1);
}

struct swarm_text swarm_text_new(struct swarm_context *context, const char *p, size_t n)
{
    char *copy = swarm_room(context, n);

    if (n) {
        memcpy(copy, p, n);
    }
    return (struct swarm_text){copy, n};
}

const struct swarm_json *swarm_json_new(struct swarm_context *context, const char *text, size_t n)
{
    const struct swarm_json *json = extern_json(&context->memory, text, n);

    if (!json) {
        swarm_context_error(context, "what it returns is not JSON");
    }
    return json;
}

void swarm_context_error(struct swarm_context *context, const char *message)
{
    if (!swarm_failed(context->s)) {
        swarm_error(context->s, context->place, "%s", message);
    }
}

struct swarm_text swarm_extern_text(struct swarm_value v)
{
    return v.kind == SWARM_TEXT ? (struct swarm_text){v.n ? v.text : "", v.n} : no_text;
}

const struct swarm_json *swarm_extern_json(struct swarm_context *context, struct swarm_value v)
{
    return extern_json_of(&context->memory, v);
}

struct swarm_value swarm_from_text(struct swarm_context *context, struct swarm_text text)
{
    if (swarm_failed(context->s)) {
        return swarm_null();
    }
    if (text.n > UINT32_MAX || (text.n && !text.p)) {
        swarm_context_error(context, "it returned a text that is none");
        return swarm_null();
    }
    return (struct swarm_value){.text = text.p, .n = (uint32_t)text.n, .kind = SWARM_TEXT, .owner = SWARM_ARENA};
}

struct swarm_value swarm_from_json(struct swarm_context *context, const struct swarm_json *json)
{
    struct swarm_text source = swarm_json_source(json);
    struct swarm_value v;

    if (swarm_failed(context->s)) {
        return swarm_null();
    }
    v = (struct swarm_value){.text = source.p, .n = (uint32_t)source.n, .kind = SWARM_TEXT, .owner = SWARM_VIEW};
    return swarm_copy(context->s, swarm_fn_parse_json(context->s, context->place, swarm_copy(context->s, v)));
}

void swarm_context_end(struct swarm_context *context)
{
    extern_free(&context->memory);
}
