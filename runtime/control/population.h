/* Who is to be there: the shapes of a run and the dispatchers that follow them, without a clock and without users. The
 * caller asks what is due at a time, does it, and comes back at population_next(). The same object runs a test and draws
 * --show-shape.
 *
 * A run has one main lane (the file's shape, or --users and --spawn-rate) and one for each kind with a shape of its own. */
#ifndef SWARM_POPULATION_H
#define SWARM_POPULATION_H

#include "shapes.h"

struct population;

enum population_act {
    POPULATION_START,  /* a user of `kind` in `shard`; due: of an arrival, when it was to come, else 0 */
    POPULATION_STOP,   /* the newest of `kind` in `shard` */
    POPULATION_STAGE,  /* `stage` begins; owner: the kind whose shape it is, -1: the main one */
    POPULATION_MISSED, /* `stage` has ended with `users`, fewer or more than `wanted` */
};

struct population_action {
    enum population_act act;
    uint32_t kind, shard;
    int64_t due;
    const struct swarm_stage *stage;
    int32_t owner;
    uint64_t users, wanted;
};

/* shapes: stays the caller's and must outlive it; at least one shard. */
struct population *population_create(const struct shapes *shapes, const struct run_plan *plan, size_t shards);
void population_free(struct population *p);

/* Time begins to count. */
void population_begin(struct population *p, int64_t now);
/* What is due now, in order; valid until the next call. */
const struct population_action *population_step(struct population *p, int64_t now, size_t *count);
/* When to ask again; INT64_MAX: when a user is lost or retired. */
int64_t population_next(const struct population *p);

/* A user ended by itself (dispatch.h), or its visit is over. */
void population_lost(struct population *p, uint32_t kind, uint32_t shard);
void population_retired(struct population *p, uint32_t kind, uint32_t shard);
void population_left(struct population *p, uint32_t kind, uint32_t shard);

/* Without a shape: a new number of users, `rate` a second; takes the place of the last one. */
void population_retarget(struct population *p, uint64_t users, double rate, int64_t now);

/* The shapes have run out: the run is to end. */
bool population_over(const struct population *p);
/* Then visits are under way, which may end by themselves. */
bool population_drains(const struct population *p);
/* Whether a user of this kind comes for a visit. */
bool population_visits(const struct population *p, uint32_t kind);
/* The first target of the main lane has been created; at once under arrivals. */
bool population_spawned(const struct population *p);
/* Nobody is there, and nothing will start anybody. */
bool population_extinct(const struct population *p);

/* What a lane is at. */
struct population_view {
    int32_t owner;                   /* kind whose own shape it is; -1: the main one */
    const struct swarm_stage *stage; /* NULL: none, or the shape has run out */
    bool over, arrives;
    uint64_t target, users, arrived; /* users: that were started and not stopped */
    double rate;                     /* of the last target */
};
size_t population_lanes(const struct population *p);
struct population_view population_lane(const struct population *p, size_t lane);

/* How many users are asked for now: the targets of all lanes; under arrivals those that are there. */
uint64_t population_target(const struct population *p);
uint64_t population_users(const struct population *p);
uint64_t population_kind_users(const struct population *p, uint32_t kind);
uint64_t population_fixed_total(const struct population *p); /* of the kinds with a count */
uint64_t
population_arrived(const struct population *p); /* under arrivals: started, and not started because of the cap */
uint64_t population_dropped(const struct population *p);

#endif
