/* bytes.h - a growing run of bytes, always followed by a NUL. All-zero is empty. Memory that runs out ends
 * the process (base/memory.h); who adds what an other side sends bounds it before. */
#ifndef SWARM_HTTP_BYTES_H
#define SWARM_HTTP_BYTES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
    char *p; /* NULL while nothing was ever added */
    size_t n, capacity;
};

void bytes_grow(struct bytes *b, size_t wanted); /* to at least so many bytes of memory */

/* Room for `more` bytes behind the n: where they go. The caller then raises n. */
static inline char *bytes_room(struct bytes *b, size_t more)
{
    if (b->n + more + 1 > b->capacity) {
        bytes_grow(b, b->n + more + 1);
    }
    return b->p + b->n;
}

static inline void bytes_add(struct bytes *b, const void *p, size_t n)
{
    char *to = bytes_room(b, n);

    if (n) {
        memcpy(to, p, n);
    }
    to[n] = '\0';
    b->n += n;
}

static inline void bytes_add_text(struct bytes *b, const char *text)
{
    bytes_add(b, text, strlen(text));
}

static inline void bytes_add_char(struct bytes *b, char c)
{
    char *to = bytes_room(b, 1);

    to[0] = c;
    to[1] = '\0';
    b->n++;
}

void bytes_format(struct bytes *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void bytes_free(struct bytes *b);

/* Empties it; keeps at most `keep` bytes of memory for the next use. */
static inline void bytes_clear(struct bytes *b, size_t keep)
{
    if (b->capacity > keep) {
        bytes_free(b);
    } else if (b->n) {
        b->n = 0;
        b->p[0] = '\0';
    }
}

static inline const char *bytes_text(const struct bytes *b)
{
    return b->p ? b->p : "";
}

#endif
