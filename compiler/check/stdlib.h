/* Where the modules of the standard library are: `import "std/NAME"`. */
#ifndef SWARMC_IMPORT_H
#define SWARMC_IMPORT_H

#include "base/arena.h"

/* The path of module NAME ("redis"), or NULL when there is none. */
const char *stdlib_module(struct arena *arena, const char *name);
struct near;
void stdlib_offer(struct arena *arena, struct near *near); /* for did-you-mean */
/* The names of all modules, "redis, shapes"; "none" without any. */
const char *stdlib_names(struct arena *arena);

#endif
