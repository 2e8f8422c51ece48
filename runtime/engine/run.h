/* What all shards of a run share and nobody changes after the start, and the messages between control and
 * shards. */
#ifndef SWARM_ENGINE_RUN_H
#define SWARM_ENGINE_RUN_H

#include <stdatomic.h>
#include <swarm/program.h>

struct http_plan;
struct session;
struct shard;
struct stats_rows;
struct user;

/* What carries the requests of users: runtime/http, handed in, so that the engine knows no more of it than this. Called in the
 * shard's thread alone. */
struct request_part {
    /* Sets shard->http; the loop is initialised. False: it cannot run, `why` says why. */
    bool (*start)(struct shard *shard, const struct http_plan *plan, char *why, size_t why_size);
    /* After strands were stepped: gets started requests on their way in this turn of the loop. Not needed for anything to be right
     * (an idle handle does it in the next turn), only saves a system call. Completes no strand. */
    void (*turn)(struct shard *shard);
    /* All sessions are closed. Closes its handles; the loop is run until it is empty before it is closed. */
    void (*stop)(struct shard *shard);
    /* The user's session, made if it has none, and its end. No request of the user is under way then. */
    struct session *(*session)(struct user *user);
    void (*session_close)(struct user *user);
};

struct run_config {
    const struct swarm_program *program; /* prepared: targets and weights are final */
    const struct request_part *requests;
    struct stats_rows *rows;
    uint64_t seed;
    int64_t stop_timeout;        /* ns */
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
