/*
 * memory.h - memory for what is counted and reported. Running out of it cannot be reported by any of its
 * users without losing counts, so these functions do not fail: they end the process with a message and
 * EXIT_CANNOT_RUN.
 */
#ifndef SWARM_MEMORY_H
#define SWARM_MEMORY_H

#include <stddef.h>

/* Zeroed memory for n things of `size` bytes. */
void *memory_new(size_t n, size_t size);

/* The same, in cache lines that it shares with nothing: for what one thread writes all the time. */
void *memory_apart(size_t n, size_t size);

/* Grows or shrinks; what is new is not zeroed. */
void *memory_resize(void *old, size_t n, size_t size);

/* A copy of a text, NUL-terminated. */
char *memory_text(const char *text, size_t len);

/* Room for one more in an array that doubles: returns the (moved) array and keeps *capacity. */
void *memory_grow(void *array, size_t count, size_t *capacity, size_t size);

/* The same end, for a library that has none to give. */
void memory_exhausted(void) __attribute__((noreturn));

#endif
