/* C of one's own: JSON for it, and the inside of tickets (pool.c). */
#ifndef SWARM_ENGINE_EXTERN_H
#define SWARM_ENGINE_EXTERN_H

#include <swarm/extension.h>
#include <swarm/program.h>

/* Memory in pieces that is freed at once (struct extern_memory of swarm/program.h). */
void *extern_room(struct extern_memory *memory, size_t n); /* zeroed, aligned to 16 */
void extern_free(struct extern_memory *memory);

/* A tree of JSON text; NULL: it is not JSON. The text is copied. */
const struct swarm_json *extern_json(struct extern_memory *memory, const char *text, size_t n);
/* The same of a value. */
const struct swarm_json *extern_json_of(struct extern_memory *memory, struct swarm_value v);

#endif
