/* --tags and --exclude-tags: what of the groups is left. */
#ifndef SWARM_TAGS_H
#define SWARM_TAGS_H

#include <stdbool.h>

#include "../cli/cli.h"

/* Sets the weight of everything that the plan's tags leave out to 0, and takes kinds of which nothing is left out of
 * plan->only, with a note. After the weights are known, before the first user. False: nobody is left, which was said on stderr. */
bool tags_filter(const struct swarm_program *program, struct run_plan *plan, const char *name);

#endif
