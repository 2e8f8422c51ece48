/* memory.c - see memory.h */
#include "memory.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exit_codes.h"

void memory_exhausted(void)
{
    static const char message[] = "swarm: out of memory: what was counted cannot be kept; "
                                  "run fewer users or make memory available\n";

    if (write(STDERR_FILENO, message, sizeof message - 1) < 0)
        _exit(EXIT_CANNOT_RUN);
    _exit(EXIT_CANNOT_RUN);
}

void *memory_new(size_t n, size_t size)
{
    void *p = calloc(n ? n : 1, size);

    if (!p)
        memory_exhausted();
    return p;
}

/* Two lines of 64 bytes: processors fetch them in pairs. */
enum { APART = 128 };

void *memory_apart(size_t n, size_t size)
{
    bool fits = n == 0 || size <= (SIZE_MAX - APART) / n;
    size_t lines = fits && n * size > 0 ? (n * size + APART - 1) / APART : 1;
    void *p = fits ? aligned_alloc(APART, lines * APART) : NULL;

    if (!p)
        memory_exhausted();
    return memset(p, 0, lines * APART);
}

void *memory_resize(void *old, size_t n, size_t size)
{
    void *p = n && size > SIZE_MAX / n ? NULL : realloc(old, n > 0 && size > 0 ? n * size : 1);

    if (!p)
        memory_exhausted();
    return p;
}

char *memory_text(const char *text, size_t len)
{
    char *copy = memory_new(len + 1, 1);

    if (len > 0)
        memcpy(copy, text, len);
    return copy;
}

void *memory_grow(void *array, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return array;
    *capacity = *capacity ? *capacity * 2 : 8;
    return memory_resize(array, *capacity, size);
}
