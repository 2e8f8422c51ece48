/* The JSON scanner (RFC 8259). Two ways over a text:
 *
 *   - json_find() validates a whole text and finds many paths in the same pass. Strict: UTF-8, no trailing
 * commas, no comments, nothing behind the value; containers at most 1,000 deep; a byte order mark in front is
 * skipped. Of equal keys the last one wins, as in JSON.parse; keys are compared unescaped, case matters.
 *   - cursors and tokens walk over a text that is known to be valid (SWARM_JSON), without validating again.
 *
 * Nothing here is recursive, nothing copies but unescaping. Numbers keep their digits. */
#ifndef SWARM_VALUE_JSON_H
#define SWARM_VALUE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <swarm/program.h>

#include "buffer.h"

#define JSON_DEPTH 1000

struct json_error {
    size_t offset;    /* of the byte that is wrong; the length of the text when it ends too early */
    const char *what; /* "a comma or ] is missing"; static */
};

/* A value in a valid text: its first byte tells its kind. Strings with their quotes. */
struct json_token {
    const char *text;
    uint32_t n;
    bool escaped; /* a string with a backslash */
};

/* Fills found[i] with the value at paths[i] or null. Views point into `text` and get `owner`; strings with
 * escapes are unescaped in the arena. False: not JSON (error says why), or error->what == json_no_room. */
bool json_find(struct arena *arena, const char *text, size_t n, uint8_t owner, const struct swarm_path *paths,
               uint32_t count, struct swarm_value *found, struct json_error *error);
bool json_check(const char *text, size_t n, struct json_error *error);
extern const char json_no_room[];

/* "not JSON: starts with "<html>"", "not JSON: the body is empty", "not JSON: a comma or ] is missing at byte
 * 17". */
void json_explain(struct value_buffer *buffer, const char *text, size_t n, const struct json_error *error);

/* ------------------------------------------------------------------ valid texts */

/* Elements of an array, members of an object, in order, doubles included. key may be NULL. */
struct json_cursor {
    const char *p, *end;
    bool object;
};
struct json_cursor json_open(const char *text, size_t n);
bool json_next(struct json_cursor *cursor, struct json_token *key, struct json_token *value);
/* The one token at p, white space before it skipped; returns the byte behind it. A number or word must stand
 * in a container: what follows ends it. */
const char *json_token(const char *p, const char *end, struct json_token *token);

/* The value of a token: views get `owner`. False: no room in the arena. */
bool json_value(struct arena *arena, const struct json_token *token, uint8_t owner, struct swarm_value *value);
bool json_string_is(const struct json_token *string, const char *text, size_t n); /* unescaped equal */
/* from: what is between the quotes. Writes at most n bytes (to may be from) and returns how many. Half a
 * surrogate pair becomes U+FFFD. */
size_t json_unescape(char *to, const char *from, size_t n);

/* ------------------------------------------------------------------ writing */

void json_write_string(struct value_buffer *buffer, const char *text, size_t n);  /* quoted; invalid UTF-8: U+FFFD */
void json_write_compact(struct value_buffer *buffer, const char *text, size_t n); /* valid JSON without white space */

#endif
