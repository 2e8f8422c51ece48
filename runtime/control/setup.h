/* What must be right before a run: options and consts computed, kinds that may run, their targets, limits of
 * the process. */
#ifndef SWARM_SETUP_H
#define SWARM_SETUP_H

#include <stdbool.h>
#include <stdint.h>

#include "../engine/engine.h"
#include "../engine/run.h"

struct run_plan;
struct shapes;

/* The strand in which prepare() ran. What consts hold lives in it, so it is closed after the run. */
struct preparation {
    struct run_config config;
    struct shard shard;
    struct user user;
};

/* Calls program->prepare. False: the scenario's values cannot be used; what is wrong is on stderr. */
bool setup_prepare(struct preparation *preparation, const struct swarm_program *program, const char *name);
void setup_forget(struct preparation *preparation);

/* The target of each kind with --host applied; NULL: none. To be freed with free(). */
const char **setup_targets(const struct swarm_program *program, const struct run_plan *plan);

/* True when some kind may run and each that may has what it needs (a target); else what is missing is on
 * stderr. shapes: NULL, or what they leave out needs nothing. */
bool setup_check(const struct swarm_program *program, const struct run_plan *plan, const char *const *targets,
                 const struct shapes *shapes, const char *name);

/* Threads to be used: --threads, else one a core that we may use, at most one a user there may be. */
uint32_t setup_threads(const struct run_plan *plan, uint64_t users);

/* Raises the soft limit of open files to the hard one; a warning when it is too low for so many users. */
void setup_limits(uint64_t users);

/* --seed, else a random one. */
uint64_t setup_seed(const struct run_plan *plan);

#endif
