#include "own.swarm.h"

int64_t own_twice(struct swarm_context *context, int64_t n)
{
    (void)context;
    return 2 * n;
}
