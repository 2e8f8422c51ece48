/* Memory from malloc; exhausted memory ends the process with a message, as everywhere in the runtime. */
#ifndef SWARM_VALUE_MEMORY_H
#define SWARM_VALUE_MEMORY_H

#include <stddef.h>

void *value_again(void *old, size_t n); /* realloc */
void *value_get(size_t n);              /* malloc */

#endif
