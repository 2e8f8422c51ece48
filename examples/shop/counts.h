/*
 * counts.h - what the shop received, exactly, in a mapping that outlives the process.
 *
 * Every request is counted under its method and path when its headers have arrived, whether its body ever comes or
 * not; what the HTTP library refuses by itself (no HTTP, headers of more than some 20 KB) is no request. The path is as
 * it was sent, without the query; a byte that is no printable ASCII character, a '"' or a '\' is written as %XX. A table holds up to COUNTS_KEYS different ones; requests beyond those are counted as "other".
 * Connections are counted when their first request is, with how many requests each of them carried.
 *
 * The file (one host's byte order, all numbers without sign):
 *
 *     struct counts_head     page 0
 *     struct counts_area     twice; the one in use is number (generation mod 2). A reset clears the other one and
 *                            switches, so no count is ever taken from under a request that is being counted
 *
 * All numbers are changed by single atomic operations: a process that dies at any point leaves a file that is right
 * up to the request each of its threads was just counting. Entries are found by open addressing with linear probing
 * from (hash mod COUNTS_SLOTS); an entry is in use when its key is not 0.
 */
#ifndef SHOP_COUNTS_H
#define SHOP_COUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text.h"

#define COUNTS_MAGIC     "shopcnt1"
#define COUNTS_KEYS      65536               /* different keys at most */
#define COUNTS_SLOTS     131072              /* a power of two, twice the keys */
#define COUNTS_KEY_MAX   1024                /* bytes of one key; a longer one is counted as other */
#define COUNTS_KEY_BYTES (4u << 20)          /* bytes of all keys */
#define COUNTS_EXACT     1024                /* connections with fewer requests than this are told apart exactly, */
#define COUNTS_BUCKETS   (COUNTS_EXACT + 54) /* the others by the power of two below their number */

struct counts_head {
    char magic[8];
    uint64_t size;               /* of the whole file */
    _Atomic uint64_t generation; /* number of resets */
    _Atomic uint64_t open;       /* connections open now, of the process that writes */
    uint64_t writer;             /* its process id */
    char reserved[4096 - 40];
};

struct counts_entry {
    _Atomic uint64_t count;
    _Atomic uint32_t key; /* offset of "METHOD path" in keys, plus 1; written last */
    uint32_t hash;        /* FNV-1a, 32 bits, of the key */
    uint32_t len;         /* bytes of the key */
    uint32_t reserved;
};

struct counts_area {
    _Atomic uint64_t other;       /* requests that found no room in the table */
    _Atomic uint64_t incomplete;  /* requests whose body did not come whole or whose answer could not be sent whole */
    _Atomic uint64_t accepted;    /* connections, also those without a counted request */
    _Atomic uint64_t connections; /* connections with a counted request */
    _Atomic uint32_t keys_used;   /* entries */
    _Atomic uint32_t bytes_used;  /* of keys */
    char reserved[24];
    _Atomic uint64_t buckets[COUNTS_BUCKETS]; /* [n]: connections with n requests; see counts_bucket() */
    struct counts_entry slots[COUNTS_SLOTS];
    char keys[COUNTS_KEY_BYTES];
};

struct counts;

/* A connection's own count; zeroes at its begin, used by one thread at a time. */
struct connection_counts {
    uint64_t generation;
    uint64_t requests;
    uint64_t number; /* of the connection, from 1 in the order they were opened; not counted with */
};

/* Opens the counts in that file, which is made when absent and gone on with when it holds counts; a NULL path counts
 * in memory alone. Returns NULL after a message on stderr. */
struct counts *counts_open(const char *path);
void counts_close(struct counts *c);

void counts_accept(struct counts *c);
void counts_disconnect(struct counts *c);
/* Counts one request; target is path and query as sent. Gives the number of the area for counts_incomplete(). */
uint64_t counts_request(struct counts *c, struct connection_counts *connection, const char *method, const char *target,
                        size_t target_len);
void counts_incomplete(struct counts *c, uint64_t generation);
void counts_reset(struct counts *c);

/* Adds the counts as one JSON object. */
void counts_json(const struct counts *c, struct text *t);
/* Prints the counts of a file as JSON to stdout; 0 or, after a message on stderr, 1. */
int counts_show(const char *path);

#endif
