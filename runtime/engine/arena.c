#include "arena.h"

#include <stdlib.h>

#include "../base/memory.h"
#include "poison.h"

enum { ARENA_FIRST = 1024, ARENA_LARGEST = 256 * 1024, ARENA_ALIGN = 8 };

struct arena_chunk {
    struct arena_chunk *older;
    size_t total;  /* bytes of this chunk and all older ones */
    uint32_t size; /* of the memory behind this header */
    uint32_t used;
};

static char *memory_of(struct arena_chunk *chunk)
{
    return (char *)(chunk + 1);
}

static size_t aligned(size_t n)
{
    return (n + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
}

/* Chunks double; one for something large has half as much again, so that a text that grows by joins finds
 * room. */
static size_t size_of_next(const struct arena_chunk *newest, size_t n)
{
    size_t size = newest ? (size_t)newest->size * 2 : ARENA_FIRST;
    if (size > ARENA_LARGEST) {
        size = ARENA_LARGEST;
    }
    return n > size / 2 ? aligned(n + n / 2) : size;
}

static struct arena_chunk *add_chunk(struct arena *arena, size_t n, size_t bound)
{
    size_t before = arena->chunk ? arena->chunk->total : 0;
    if (n > bound || before > bound - n) {
        return NULL;
    }
    size_t size = size_of_next(arena->chunk, n);
    if (size > bound - before) {
        size = n;
    }
    struct arena_chunk *chunk = memory_resize(NULL, sizeof *chunk + size, 1);
    *chunk = (struct arena_chunk){.older = arena->chunk, .total = before + size, .size = (uint32_t)size};
    poison(memory_of(chunk), size);
    arena->chunk = chunk;
    return chunk;
}

static void *get(struct arena *arena, size_t n, size_t bound)
{
    struct arena_chunk *chunk = arena->chunk;
    size_t start = chunk ? aligned(chunk->used) : 0;
    if (!chunk || start > chunk->size || n > chunk->size - start) {
        chunk = add_chunk(arena, aligned(n), bound);
        if (!chunk) {
            return NULL;
        }
        start = 0;
    }
    chunk->used = (uint32_t)(start + n);
    char *memory = memory_of(chunk) + start;
    unpoison(memory, n);
    return memory;
}

void *arena_get(struct arena *arena, size_t n)
{
    return n > ARENA_BOUND ? NULL : get(arena, n, ARENA_BOUND);
}

void *arena_get_beyond(struct arena *arena, size_t n)
{
    return get(arena, n, UINT32_MAX);
}

bool arena_extend(struct arena *arena, void *p, size_t old, size_t more)
{
    struct arena_chunk *chunk = arena->chunk;
    if (!chunk || (char *)p + old != memory_of(chunk) + chunk->used || more > chunk->size - chunk->used) {
        return false;
    }
    unpoison((char *)p + old, more);
    chunk->used += (uint32_t)more;
    return true;
}

void arena_mark(const struct arena *arena, void **chunk, uint32_t *used)
{
    *chunk = arena->chunk;
    *used = arena->chunk ? arena->chunk->used : 0;
}

void arena_reset(struct arena *arena, void *chunk, uint32_t used)
{
    while (arena->chunk && arena->chunk != chunk) {
        struct arena_chunk *older = arena->chunk->older;
        unpoison(memory_of(arena->chunk), arena->chunk->size);
        free(arena->chunk);
        arena->chunk = older;
    }
    if (arena->chunk && used < arena->chunk->used) {
        arena->chunk->used = used;
        poison(memory_of(arena->chunk) + used, arena->chunk->size - used);
    }
}

void arena_clear(struct arena *arena)
{
    arena_reset(arena, NULL, 0);
}

size_t arena_size(const struct arena *arena)
{
    return arena->chunk ? arena->chunk->total : 0;
}
