/*
 * tally.h - the counts of one row and the sets of messages and errors, as a recorder, a delta and the sums
 * keep them. Internal to stats/. All-zero bytes are empty; *_free leaves them so.
 */
#ifndef SWARM_TALLY_H
#define SWARM_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hist.h"

/* A message with its occurrences; in `errors` with the place it came from. Texts are owned. */
struct tally_note {
    uint32_t hash;
    uint32_t line;            /* errors only */
    char *file, *kind, *task; /* errors only, else NULL */
    char *text;
    uint64_t count;
    int64_t first_ms, last_ms;
};

/* Notes in order of first occurrence, at most a limit of them and one that stands for the rest. */
struct tally_notes {
    struct tally_note *items;
    size_t count, capacity;
};

struct tally {
    uint64_t requests, failures, tries, cut, dropped, bytes;
    uint64_t total_ns, min_ns, max_ns; /* min and max of `requests`, 0 without */
    uint64_t first_byte_ns, first_byte_count;
    struct hist times, scheduled;
    struct tally_notes messages;
};

/* True when something was counted. */
bool tally_any(const struct tally *t);
/* Adds the counts; messages are left to the caller, for a total has none of its own. */
void tally_merge(struct tally *into, const struct tally *from);
void tally_clear(struct tally *t);
void tally_free(struct tally *t);

/* Adds `add->count` occurrences of a note; its texts are copied when it is new. Messages are alike by
 * text, errors by place and text. Over the limit (STATS_MESSAGES, STATS_ERRORS) a new one counts in
 * `(other messages)` or `(other errors)`. */
void tally_message_add(struct tally_notes *notes, const struct tally_note *add);
void tally_error_add(struct tally_notes *notes, const struct tally_note *add);
void tally_notes_free(struct tally_notes *notes);

/* Length of a text cut to `limit` bytes without cutting a UTF-8 character. */
size_t tally_cut(const char *text, size_t len, size_t limit);

/* FNV-1a over 32 bits; start with TALLY_HASH. */
#define TALLY_HASH 2166136261u
uint32_t tally_hash(uint32_t hash, const void *bytes, size_t len);

#endif
