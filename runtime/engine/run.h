/* What all shards of a run share and nobody changes after the start, and the messages between control and
 * shards. */
#ifndef SWARM_ENGINE_RUN_H
#define SWARM_ENGINE_RUN_H

#include <stdatomic.h>
#include <swarm/program.h>

struct stats_rows;

struct run_config {
    const struct swarm_program *program; /* prepared: targets and weights are final */
    struct stats_rows *rows;
    uint64_t seed;
    int64_t stop_timeout; /* ns */
    bool insecure;
    const char *ca_file;         /* NULL: the system's */
    unsigned pool_threads;       /* for actions of one's own C: > 0 */
    struct shared_store *shared; /* the file's variables; NULL: none */
    struct post *control;        /* where shards send to */
    /* What a scenario may ask for; control writes, shards read. */
    atomic_int_least64_t begin;       /* clock_now() of the run's begin; 0: not yet */
    atomic_int_least64_t users;       /* alive */
    atomic_int_least64_t paused;      /* clock_now() of the pause's begin; 0: none */
    atomic_int_least64_t *iterations; /* of --iterations: how many may still begin; NULL: no limit */
};

#endif
