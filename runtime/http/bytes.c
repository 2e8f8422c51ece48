#include "bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "log/memory.h"

char *bytes_room(struct bytes *b, size_t more)
{
    size_t wanted = b->n + more + 1;

    if (wanted > b->capacity) {
        size_t capacity = b->capacity ? b->capacity : 64;

        while (capacity < wanted) {
            capacity *= 2;
        }
        b->p = memory_resize(b->p, capacity, 1);
        b->capacity = capacity;
    }
    return b->p + b->n;
}

void bytes_add(struct bytes *b, const void *p, size_t n)
{
    char *to = bytes_room(b, n);

    if (n) {
        memcpy(to, p, n);
    }
    to[n] = '\0';
    b->n += n;
}

void bytes_add_text(struct bytes *b, const char *text)
{
    bytes_add(b, text, strlen(text));
}

void bytes_add_char(struct bytes *b, char c)
{
    bytes_add(b, &c, 1);
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

void bytes_clear(struct bytes *b, size_t keep)
{
    if (b->capacity > keep) {
        bytes_free(b);
        return;
    }
    b->n = 0;
    if (b->p) {
        b->p[0] = '\0';
    }
}
