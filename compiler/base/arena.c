#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* vasprintf */
#endif

#include "arena.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_SIZE = 64 * 1024, ALIGNMENT = 16, FIRST_BUCKETS = 256 };

struct arena_block {
    struct arena_block *next;
    size_t size, used; /* of the bytes behind the header */
    _Alignas(ALIGNMENT) unsigned char bytes[];
};

struct interned {
    struct interned *next;
    uint32_t hash;
    size_t n;
    char text[];
};

struct arena {
    struct arena_block *blocks;
    struct interned **buckets;
    size_t bucket_count, interned_count;
};

__attribute__((noreturn)) static void out_of_memory(void)
{
    fputs("swarmc: out of memory\n", stderr);
    exit(3);
}

struct arena *arena_new(void)
{
    struct arena *arena = calloc(1, sizeof *arena);
    if (!arena)
        out_of_memory();
    arena->bucket_count = FIRST_BUCKETS;
    arena->buckets = calloc(arena->bucket_count, sizeof(struct interned *));
    if (!arena->buckets)
        out_of_memory();
    return arena;
}

void arena_free(struct arena *arena)
{
    if (!arena)
        return;
    struct arena_block *block = arena->blocks;
    while (block) {
        struct arena_block *next = block->next;
        memset(block->bytes, 0xdd, block->used);
        free(block);
        block = next;
    }
    free(arena->buckets);
    free(arena);
}

/* A block of its own for large requests, put behind the current one so that the current one goes on being filled. */
static struct arena_block *add_block(struct arena *arena, size_t size)
{
    size_t room = size > BLOCK_SIZE / 4 ? size : BLOCK_SIZE;
    if (room > SIZE_MAX - sizeof(struct arena_block))
        out_of_memory();
    struct arena_block *block = malloc(sizeof(struct arena_block) + room);
    if (!block)
        out_of_memory();
    block->size = room;
    block->used = 0;
    if (arena->blocks && room != BLOCK_SIZE) {
        block->next = arena->blocks->next;
        arena->blocks->next = block;
    } else {
        block->next = arena->blocks;
        arena->blocks = block;
    }
    return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    if (size > SIZE_MAX - ALIGNMENT)
        out_of_memory();
    size = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    if (size == 0)
        size = ALIGNMENT;
    struct arena_block *block = arena->blocks;
    if (!block || block->size - block->used < size)
        block = add_block(arena, size);
    void *place = block->bytes + block->used;
    block->used += size;
    memset(place, 0, size);
    return place;
}

char *arena_copy(struct arena *arena, const char *text, size_t n)
{
    char *copy = arena_alloc(arena, n + 1);
    if (n)
        memcpy(copy, text, n);
    return copy;
}

char *arena_vformat(struct arena *arena, const char *format, va_list args)
{
    char *text;
    int n = vasprintf(&text, format, args);
    if (n < 0)
        out_of_memory();
    char *copy = arena_copy(arena, text, (size_t)n);
    free(text);
    return copy;
}

char *arena_format(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = arena_vformat(arena, format, args);
    va_end(args);
    return text;
}

/* FNV-1a. */
static uint32_t hash_of(const char *text, size_t n)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ (unsigned char)text[i]) * 16777619u;
    return hash;
}

static void grow_buckets(struct arena *arena)
{
    size_t count = arena->bucket_count * 2;
    struct interned **buckets = calloc(count, sizeof(struct interned *));
    if (!buckets)
        return; /* longer chains, nothing worse */
    for (size_t i = 0; i < arena->bucket_count; i++) {
        struct interned *entry = arena->buckets[i];
        while (entry) {
            struct interned *next = entry->next;
            entry->next = buckets[entry->hash & (count - 1)];
            buckets[entry->hash & (count - 1)] = entry;
            entry = next;
        }
    }
    free(arena->buckets);
    arena->buckets = buckets;
    arena->bucket_count = count;
}

const char *arena_intern(struct arena *arena, const char *text, size_t n)
{
    uint32_t hash = hash_of(text, n);
    struct interned *entry = arena->buckets[hash & (arena->bucket_count - 1)];
    for (; entry; entry = entry->next)
        if (entry->hash == hash && entry->n == n && memcmp(entry->text, text, n) == 0)
            return entry->text;
    if (arena->interned_count >= arena->bucket_count)
        grow_buckets(arena);
    entry = arena_alloc(arena, sizeof *entry + n + 1);
    entry->hash = hash;
    entry->n = n;
    if (n)
        memcpy(entry->text, text, n);
    entry->next = arena->buckets[hash & (arena->bucket_count - 1)];
    arena->buckets[hash & (arena->bucket_count - 1)] = entry;
    arena->interned_count++;
    return entry->text;
}

static void text_room(struct text *text, size_t more)
{
    if (more > SIZE_MAX / 2 - text->n - 1)
        out_of_memory();
    size_t wanted = text->n + more + 1;
    if (wanted <= text->room)
        return;
    size_t room = text->room ? text->room : 256;
    while (room < wanted)
        room *= 2;
    char *p = realloc(text->p, room);
    if (!p)
        out_of_memory();
    text->p = p;
    text->room = room;
}

void text_add(struct text *text, const char *p, size_t n)
{
    text_room(text, n);
    if (n)
        memcpy(text->p + text->n, p, n);
    text->n += n;
    text->p[text->n] = '\0';
}

void text_puts(struct text *text, const char *p)
{
    text_add(text, p, strlen(p));
}

void text_printf(struct text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *more;
    int n = vasprintf(&more, format, args);
    va_end(args);
    if (n < 0)
        out_of_memory();
    text_add(text, more, (size_t)n);
    free(more);
}

void text_free(struct text *text)
{
    free(text->p);
    *text = (struct text){0};
}
