/* How often each task is run: --show-task-ratio in Locust's two tables or as its JSON, and --equal-weights. */
#ifndef SWARM_RATIO_H
#define SWARM_RATIO_H

#include <stdbool.h>
#include <stdio.h>

struct run_plan;
struct swarm_program;

/* Weight 1 for every kind of user and every task and group that has one; counts of kinds, weight 0 and the edges of chains
 * stay as they are. Before the tags. */
void ratio_equal_weights(const struct swarm_program *program);

/* Of the kinds that run. What an entry's share is: among weighted choices by its weight; of a journey's steps each the same; of
 * a chain's tasks how often it is reached from the first one. */
void ratio_show(FILE *out, const struct swarm_program *program, const struct run_plan *plan, bool json);

#endif
