/* Blocks of one size for the users of a kind in a shard. A page (64 KB to 1 MB, larger only for one block) is
 * mapped by itself; a free block holds the free list. Pages that have become empty are given back but for
 * one, so memory follows the number of users. */
#ifndef SWARM_ENGINE_SLAB_H
#define SWARM_ENGINE_SLAB_H

#include <stddef.h>

struct slab_page;
struct slab {
    size_t block, page; /* sizes in bytes */
    size_t per_page;
    size_t pages;                /* that are held, the spare one too */
    struct slab_page *with_room; /* pages with a free block; those without are in no list */
    struct slab_page *spare;     /* an empty page kept back */
};

void slab_init(struct slab *slab, size_t size);
void *slab_get(struct slab *slab); /* zeroed, aligned to 16; exhausted memory ends the process */
void slab_put(struct slab *slab, void *block);
void slab_free(struct slab *slab); /* every block has been put back */

#endif
