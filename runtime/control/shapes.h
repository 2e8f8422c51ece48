/* Which shapes of a program run, and what they say: picked by the command line, their stages computed. */
#ifndef SWARM_SHAPES_H
#define SWARM_SHAPES_H

#include "shape.h"

struct run_plan;

struct shapes {
    const struct swarm_program *program;
    struct swarm_strand *strand;       /* in which they were computed, and formulas run */
    const struct swarm_shape *main_of; /* the file's shape that runs; NULL: none */
    struct swarm_stages main;
    const struct swarm_shape **own_of; /* by kind: its own shape; NULL: none */
    struct swarm_stages *own;
    bool any; /* a shape runs; else --users and --spawn-rate say how many */
};

/* False: a usage error, or the values of a stage cannot be used; it is on stderr. pick_main: NULL, or which of several
 * shapes of the file is to be the main one whatever the plan says. shapes_free() in either case. */
bool shapes_pick(struct shapes *shapes, const struct swarm_program *program, const struct run_plan *plan,
                 struct swarm_strand *strand, const struct swarm_shape *pick_main, const char *name);
void shapes_free(struct shapes *shapes);

/* The most users there may be at a time; UINT64_MAX when it is not known. */
uint64_t shapes_peak(const struct shapes *shapes, const struct run_plan *plan);

/* Whether there may be users of this kind. */
bool shapes_may_run(const struct shapes *shapes, const struct run_plan *plan, uint32_t kind);

#endif
