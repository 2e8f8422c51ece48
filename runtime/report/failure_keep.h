/*
 * failure_keep.h - the first failing exchange of each failure: what a person needs first when a run is red.
 *
 * A failure is a row and a message, as in the failures of a snapshot. The first exchange of each of up to FAILURE_KEEP_MOST
 * of them is kept, by whichever thread meets it first; the process owns them until failure_keep_clear(). Entries are
 * never changed once they are there, so reports may read them while the run goes on. Texts are masked (secret.h, mask.h)
 * but not escaped: they have line ends, and may have other control characters.
 */
#ifndef SWARM_FAILURE_KEEP_H
#define SWARM_FAILURE_KEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { FAILURE_KEEP_MOST = 100, FAILURE_KEEP_BODY = 4096 };

struct stats_snapshot;

struct kept_failure {
    const char *type, *name; /* of the row */
    const char *message;     /* as in the snapshot's failures */
    const char *kind, *task; /* who met it */
    uint64_t user;
    int64_t unix_ms;
    int64_t duration_ns;
    const char *request;  /* "POST http://host/login\nContent-Type: …\n\nbody" */
    const char *response; /* "500 Internal Server Error\nName: value\n\nbody"; "" when no answer came */
};

/* Whether this failure is a new one that is to be kept; the caller then makes its texts and adds it. Costs a look at
 * an atomic when everything is full, else a hash and a probe. */
bool failure_keep_wants(const char *type, const char *name, const char *message, size_t n);
/* Copies it. The texts come unmasked as to secret.h; what mask.h hides is done. */
void failure_keep_add(const struct kept_failure *failure);

/* Those that are there, in the order in which they were met. */
size_t failure_keep_count(void);
const struct kept_failure *failure_keep_at(size_t index);
/* The one of a row and a message of the snapshot; NULL: it was not kept. */
const struct kept_failure *failure_keep_find(const char *type, const char *name, const char *message);

/* --show-failures: all of them, for a terminal or log. */
void failure_keep_print(FILE *out, const struct stats_snapshot *snap);
void failure_keep_clear(void);

#endif
