/* Bytes that grow: in an arena (nothing to free) or in memory of its own (value_buffer_free). Bounded: 64 MB
 * in an arena, 1 GB else; beyond that `full` is set and nothing more goes in. All zero bytes are an empty one
 * with memory of its own. */
#ifndef SWARM_VALUE_BUFFER_H
#define SWARM_VALUE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

struct value_buffer {
    char *data; /* not NUL-terminated */
    size_t size, capacity;
    size_t bound;        /* of size; 0: as above. What goes beyond a bound of one's own is cut */
    struct arena *arena; /* NULL: memory of its own */
    bool full;
};

char *value_buffer_room(struct value_buffer *buffer, size_t n); /* n more bytes to be written, NULL: full */
void value_buffer_add(struct value_buffer *buffer, const void *bytes, size_t n);
void value_buffer_byte(struct value_buffer *buffer, char byte);
void value_buffer_string(struct value_buffer *buffer, const char *string);
void value_buffer_format(struct value_buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));
void value_buffer_free(struct value_buffer *buffer); /* of memory of its own; empty afterwards */

#endif
