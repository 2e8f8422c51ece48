/*
 * secret.h - values that must not be shown. They are registered before the run starts threads (options of
 * type secret, passwords of URLs) and never change afterwards, so masking takes no lock. Masked forms of a
 * value: as it is, as the inside of a JSON text, percent-encoded, and as base64 in the three alignments
 * that `user:password` can have.
 */
#ifndef SWARM_SECRET_H
#define SWARM_SECRET_H

#include <stdbool.h>
#include <stddef.h>

/* Registers a value; the empty one is ignored. Copies it. */
void secret_add(const char *value, size_t len);

/* Forgets all of them. */
void secret_clear(void);

/* True when anything is registered: without, nothing needs to be masked. */
bool secret_any(void);

/* `text` with every registered value replaced by `***`: a new text, NUL-terminated, to be freed with
 * free(), its length in *out_len (may be NULL). NULL when there was nothing to mask: the text may be shown
 * as it is. */
char *secret_mask(const char *text, size_t len, size_t *out_len);

#endif
