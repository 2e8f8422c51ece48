#include "bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

void bytes_grow(struct bytes *b, size_t wanted)
{
    size_t capacity = b->capacity ? b->capacity : 64;

    while (capacity < wanted) {
        capacity *= 2;
    }
    b->p = memory_resize(b->p, capacity, 1);
    b->capacity = capacity;
}

void bytes_format(struct bytes *b, const char *format, ...)
{
    va_list args, again;
    int n;

    va_start(args, format);
    va_copy(again, args);
    n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n > 0) {
        vsnprintf(bytes_room(b, (size_t)n), (size_t)n + 1, format, again);
        b->n += (size_t)n;
    }
    va_end(again);
}

void bytes_free(struct bytes *b)
{
    free(b->p);
    *b = (struct bytes){0};
}
