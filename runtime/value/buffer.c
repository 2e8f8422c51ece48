#include "buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"
#include "../engine/arena.h"

enum { BUFFER_FIRST = 64, BUFFER_BOUND = 1 << 30 };

static bool grow_in_arena(struct value_buffer *buffer, size_t wanted)
{
    if (buffer->data && arena_extend(buffer->arena, buffer->data, buffer->capacity, wanted - buffer->capacity)) {
        buffer->capacity = wanted;
        return true;
    }
    size_t capacity = wanted + wanted / 2;
    char *data = arena_get(buffer->arena, capacity);
    if (!data) {
        capacity = wanted;
        data = arena_get(buffer->arena, capacity);
    }
    if (!data) {
        return false;
    }
    if (buffer->size) {
        memcpy(data, buffer->data, buffer->size);
    }
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

static bool grow(struct value_buffer *buffer, size_t wanted)
{
    if (wanted > BUFFER_BOUND) {
        return false;
    }
    if (wanted < BUFFER_FIRST) {
        wanted = BUFFER_FIRST;
    }
    if (buffer->arena) {
        return grow_in_arena(buffer, wanted);
    }
    size_t capacity = wanted + buffer->capacity / 2;
    buffer->data = memory_resize(buffer->data, capacity, 1);
    buffer->capacity = capacity;
    return true;
}

char *value_buffer_room(struct value_buffer *buffer, size_t n)
{
    if (buffer->full) {
        return NULL;
    }
    if (n > buffer->capacity - buffer->size && (n > BUFFER_BOUND || !grow(buffer, buffer->size + n))) {
        buffer->full = true;
        return NULL;
    }
    char *room = buffer->data + buffer->size;
    buffer->size += n;
    return room;
}

void value_buffer_add(struct value_buffer *buffer, const void *bytes, size_t n)
{
    if (buffer->bound && n > buffer->bound - buffer->size) {
        n = buffer->bound - buffer->size;
        value_buffer_add(buffer, bytes, n);
        buffer->full = true;
        return;
    }
    if (n == 0) {
        return;
    }
    char *room = buffer->full ? NULL : value_buffer_room(buffer, n);
    if (room) {
        memcpy(room, bytes, n);
    }
}

void value_buffer_byte(struct value_buffer *buffer, char byte)
{
    value_buffer_add(buffer, &byte, 1);
}

void value_buffer_string(struct value_buffer *buffer, const char *string)
{
    value_buffer_add(buffer, string, strlen(string));
}

void value_buffer_format(struct value_buffer *buffer, const char *format, ...)
{
    char small[256];
    va_list list;
    va_start(list, format);
    int n = vsnprintf(small, sizeof small, format, list);
    va_end(list);
    if (n < 0) {
        return;
    }
    if ((size_t)n < sizeof small) {
        value_buffer_add(buffer, small, (size_t)n);
        return;
    }
    char *large = memory_resize(NULL, (size_t)n + 1, 1);
    va_start(list, format);
    vsnprintf(large, (size_t)n + 1, format, list);
    va_end(list);
    value_buffer_add(buffer, large, (size_t)n);
    free(large);
}

void value_buffer_free(struct value_buffer *buffer)
{
    if (!buffer->arena) {
        free(buffer->data);
    }
    *buffer = (struct value_buffer){.arena = buffer->arena};
}
