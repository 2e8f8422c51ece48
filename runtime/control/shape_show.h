/* --show-shape: the users of a shape over time, worked out as in a run but without one. */
#ifndef SWARM_SHAPE_SHOW_H
#define SWARM_SHAPE_SHOW_H

#include <stdio.h>

#include "../engine/run.h"

struct run_plan;

/* A table and a plot of every shape that the plan lets run (of all of the file's, without --shape). config: that of the
 * strand, which is told the time. Returns the exit code. */
int shape_show(FILE *out, const struct swarm_program *program, const struct run_plan *plan, struct swarm_strand *strand,
               struct run_config *config, const char *name);

#endif
