/* bytes.h - a growing run of bytes, always followed by a NUL. All-zero is empty. Memory that runs out ends
 * the process (log/memory.h); who adds what an other side sends bounds it before. */
#ifndef SWARM_HTTP_BYTES_H
#define SWARM_HTTP_BYTES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
    char *p; /* NULL while nothing was ever added */
    size_t n, capacity;
};

/* Room for `more` bytes behind the n: where they go. The caller then raises n. */
char *bytes_room(struct bytes *b, size_t more);
void bytes_add(struct bytes *b, const void *p, size_t n);
void bytes_add_text(struct bytes *b, const char *text);
void bytes_add_char(struct bytes *b, char c);
void bytes_format(struct bytes *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void bytes_free(struct bytes *b);

/* Empties it; keeps at most `keep` bytes of memory for the next use. */
void bytes_clear(struct bytes *b, size_t keep);

static inline const char *bytes_text(const struct bytes *b)
{
    return b->p ? b->p : "";
}

#endif
