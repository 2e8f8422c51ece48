/* Values: the operators, built-in functions and texts of the language (the functions that swarm/program.h and
 * swarm/functions.h declare), and what other parts of the runtime need of them. Only runtime/ sees this
 * header.
 *
 * Ownership. The part owns no state but a shard's compiled patterns (regex.h). A value is 16 bytes; who frees
 * what it points to is said by `owner` (swarm/program.h). A list or object says the shortest life of all that
 * is in it, and `unused` holds how deep it is nested (at most VALUE_DEPTH, which bounds every recursion
 * here). A kept slot owns one block from malloc: value_release() frees it. */
#ifndef SWARM_VALUE_H
#define SWARM_VALUE_H

#include "../engine/engine.h"
#include "buffer.h"

#define VALUE_DEPTH 200

/* ------------------------------------------------------------------ errors */

#define VALUE_MESSAGE 4096

/* "WHAT: message" with place->what in front when there is one; an error of the task. */
void value_error(struct swarm_strand *s, const struct swarm_place *place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* "WHAT: wanted WANTED, found FOUND" */
void value_wanted(struct swarm_strand *s, const struct swarm_place *place, const char *wanted,
                  struct swarm_value found);
/* The strand's arena has reached its bound. */
void value_no_room(struct swarm_strand *s, const struct swarm_place *place);
/* From the strand's arena; NULL and an error when it is full. */
void *value_room(struct swarm_strand *s, const struct swarm_place *place, size_t n);

/* ------------------------------------------------------------------ values as text */

/* As ${}, log and string() write it: 5, 6.5, 1m30s, true, compact JSON; null: nothing. */
void value_text(struct swarm_value v, struct value_buffer *buffer);
/* As JSON: null is null, durations are seconds, texts are escaped (invalid UTF-8: U+FFFD), numbers keep their
 * digits. */
void value_json(struct swarm_value v, struct value_buffer *buffer);
/* For people, in messages: "n/a" in quotes, 5, nothing; at most 60 code points, control characters escaped.
 */
void value_describe(struct swarm_value v, struct value_buffer *buffer);
/* For the message of an expect that does not hold: `found 500`; when the kinds differ
 * `found 5 (number), wanted "5" (text)`. wanted null: nothing is said of it. */
void value_describe_found(struct swarm_value found, struct swarm_value wanted, struct value_buffer *buffer);
/* "number" "text" "duration" "list" "object" "true or false" "nothing" */
const char *value_kind_name(struct swarm_value v);

/* The shortest text that reads back as the same double, as JavaScript writes it; n of `to` is VALUE_FLOAT. */
#define VALUE_FLOAT 32
size_t value_write_float(char *to, double f);
#define VALUE_DURATION 48
size_t value_write_duration(char *to, int64_t ns); /* 250ms 1.5s 1m30s */

/* ------------------------------------------------------------------ numbers */

struct value_number {
    bool whole; /* i holds it exactly; else f */
    int64_t i;
    double f; /* always set */
};
bool value_is_number(struct swarm_value v);
bool value_number(struct swarm_value v, struct value_number *number); /* false: no number */
/* Exact for whole numbers and digits. */
int value_compare_numbers(struct swarm_value a, struct swarm_value b);
bool value_read_int(const char *text, size_t n, int64_t *i);  /* [+-]digits in range */
bool value_read_float(const char *text, size_t n, double *f); /* [+-]digits[.digits][e[+-]digits], finite */

/* ------------------------------------------------------------------ looking into values */

bool value_is_list(struct swarm_value v); /* SWARM_LIST, or SWARM_JSON of an array */
bool value_is_object(struct swarm_value v);
/* Elements of a list or the keys and values of an object, without doubles, one level unfolded; the array is
 * in the arena. False: an error. */
bool value_unfold(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value v,
                  const struct swarm_value **items, uint32_t *n);
/* A list or object of items that are in the arena already; sets owner and depth; nested too deep: an error
 * and null. */
struct swarm_value value_group(struct swarm_strand *s, const struct swarm_place *place, enum swarm_kind kind,
                               const struct swarm_value *items, uint32_t n);
/* Entries (key, value …) in which keys may repeat: the last value wins, at its first place. Returns how many
 * are left. */
uint32_t value_distinct(struct swarm_value *items, uint32_t n);
struct swarm_value value_arena_text(const char *text, size_t n);

/* ------------------------------------------------------------------ kept slots */

void value_release(struct swarm_value *slot); /* frees its block; the slot is null afterwards */

/* ------------------------------------------------------------------ arguments of functions */

/* False: it is none, an error. */
bool value_take_text(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value v);
bool value_take_list(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value v);

#endif
