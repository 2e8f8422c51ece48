/* parallel: strands of their own for the branches of a statement, and the join. */
#ifndef SWARM_ENGINE_FAN_H
#define SWARM_ENGINE_FAN_H

#include "engine.h"

/* A branch's first frame has been left: tells its fan and frees the strand. */
void fan_branch_over(struct strand *strand);

/* The strand whose statement a branch belongs to; of any other strand itself. */
struct strand *fan_root(struct strand *strand);

#endif
