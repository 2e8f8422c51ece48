#include "slab.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../base/exit_codes.h"
#include "poison.h"

enum { PAGE_LEAST = 64 * 1024, PAGE_MOST = 1024 * 1024, PAGE_BLOCKS = 16, BLOCK_ALIGN = 16 };

struct free_block {
    struct free_block *next;
};

/* At the begin of each page, which is aligned to its size: a block finds it by its address. */
struct slab_page {
    struct slab_page *next, **previous; /* of those with room; previous NULL: full, or the spare one */
    struct free_block *free;            /* given back */
    size_t used;                        /* blocks in use */
    size_t fresh;                       /* blocks from here on were never used */
};

enum { PAGE_HEAD = (sizeof(struct slab_page) + BLOCK_ALIGN - 1) / BLOCK_ALIGN * BLOCK_ALIGN };

void slab_init(struct slab *slab, size_t size)
{
    size_t page = PAGE_LEAST;

    if (size < sizeof(struct free_block)) {
        size = sizeof(struct free_block);
    }
    size = (size + BLOCK_ALIGN - 1) / BLOCK_ALIGN * BLOCK_ALIGN;
    while (page < PAGE_MOST && page - PAGE_HEAD < size * PAGE_BLOCKS) {
        page *= 2;
    }
    while (page - PAGE_HEAD < size) {
        page *= 2;
    }
    *slab = (struct slab){.block = size, .page = page, .per_page = (page - PAGE_HEAD) / size};
}

static void add_room(struct slab *slab, struct slab_page *page)
{
    page->next = slab->with_room;
    if (page->next) {
        page->next->previous = &page->next;
    }
    page->previous = &slab->with_room;
    slab->with_room = page;
}

static void remove_room(struct slab_page *page)
{
    *page->previous = page->next;
    if (page->next) {
        page->next->previous = page->previous;
    }
    page->previous = NULL;
}

/* A mapping of `size` bytes, a power of two, at a multiple of it. */
static void *map_page(size_t size)
{
    char *twice = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    char *page;

    if (twice == MAP_FAILED) {
        return NULL;
    }
    page = (char *)(((uintptr_t)twice + size - 1) & ~(uintptr_t)(size - 1));
    if (page > twice) {
        munmap(twice, (size_t)(page - twice));
    }
    munmap(page + size, (size_t)(twice + size - page));
    return page;
}

static struct slab_page *new_page(struct slab *slab)
{
    struct slab_page *page = slab->spare;

    slab->spare = NULL;
    if (page) {
        return page;
    }
    page = map_page(slab->page);
    if (!page) {
        fprintf(stderr, "error: out of memory for users (%zu bytes each)\n", slab->block);
        exit(EXIT_CANNOT_RUN);
    }
    slab->pages++;
    poison((char *)page + PAGE_HEAD, slab->page - PAGE_HEAD);
    return page;
}

static void free_page(struct slab *slab, struct slab_page *page)
{
    unpoison((char *)page + PAGE_HEAD, slab->page - PAGE_HEAD);
    munmap(page, slab->page);
    slab->pages--;
}

void *slab_get(struct slab *slab)
{
    struct slab_page *page = slab->with_room;
    void *block;

    if (!page) {
        page = new_page(slab);
        add_room(slab, page);
    }
    block = page->free;
    if (!block) {
        block = (char *)page + PAGE_HEAD + page->fresh++ * slab->block;
    }
    unpoison(block, slab->block);
    if (page->free) {
        page->free = page->free->next;
    }
    if (++page->used == slab->per_page) {
        remove_room(page);
    }
    return memset(block, 0, slab->block);
}

void slab_put(struct slab *slab, void *block)
{
    struct slab_page *page = (struct slab_page *)((uintptr_t)block & ~(uintptr_t)(slab->page - 1));
    struct free_block *freed = block;

    if (page->used == slab->per_page) {
        add_room(slab, page);
    }
    unpoison(block, slab->block);
    freed->next = page->free;
    page->free = freed;
    poison(block, slab->block);
    if (--page->used > 0) {
        return;
    }
    remove_room(page);
    if (slab->spare) {
        free_page(slab, page);
    } else {
        slab->spare = page;
    }
}

void slab_free(struct slab *slab)
{
    if (slab->spare) {
        free_page(slab, slab->spare);
        slab->spare = NULL;
    }
}
