/* --once: a run of one user of each kind, each of which does everything once and goes; failures alone decide, for one user
 * says nothing about thresholds. */
#ifndef SWARM_ONCE_H
#define SWARM_ONCE_H

#include "../cli/cli.h"

/* Makes it the plan, before shapes and thresholds are looked at. */
void once_plan(struct run_plan *plan, const struct swarm_program *program);

#endif
