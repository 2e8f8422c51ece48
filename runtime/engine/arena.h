/* Memory of a strand's temporaries: chunks that grow, freed by mark and reset, bounded (64 MB a strand).
 * Empty it holds no chunk. Alignment 8 (16-byte values need no more on our targets). All zero bytes are an
 * empty arena. */
#ifndef SWARM_ENGINE_ARENA_H
#define SWARM_ENGINE_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARENA_BOUND ((size_t)64 << 20)

struct arena_chunk;
struct arena {
    struct arena_chunk *chunk; /* the newest */
};

/* NULL when the bound is reached (the caller raises an error) — never on exhausted memory: that ends the
 * process. */
void *arena_get(struct arena *arena, size_t n);
/* The same beyond the bound, for the message that says that it is reached. */
void *arena_get_beyond(struct arena *arena, size_t n);
/* Grows the newest allocation in place when p + old ends the newest chunk's used part and there is room. */
bool arena_extend(struct arena *arena, void *p, size_t old, size_t more);
/* Where the arena stands now, and back to there: frees what it got since. An arena that was empty holds no
 * chunk. */
void arena_mark(const struct arena *arena, void **chunk, uint32_t *used);
void arena_reset(struct arena *arena, void *chunk, uint32_t used);
void arena_clear(struct arena *arena);
size_t arena_size(const struct arena *arena); /* bytes of its chunks */

#endif
