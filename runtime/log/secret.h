/*
 * secret.h - values that must not be shown. They are registered before the run starts threads (options of
 * type secret, passwords of URLs) and never change afterwards, so masking takes no lock. A value is found as it
 * is, also where some of its characters are percent-encoded, escaped as in JSON or entities of HTML (each server
 * encodes others), and in base64 and base64url in the three alignments that `user:password` can have.
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

/* Where a text that was cut must end so that no beginning of a registered value is left at its end: at most `len`. */
size_t secret_cut(const char *text, size_t len);

#endif
