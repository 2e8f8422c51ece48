/* A shape: how many users there are, or how many arrive, over time. A pure function of its stages, the time and a small
 * state; it has no clock and starts nobody. Whoever asks (population.c) gives the answers to the dispatcher.
 *
 * Stages follow each other without a gap: each begins when the one before was to end, however late it was asked; only
 * `until reached` ends when it is told. Times are nanoseconds of a clock of the caller's.
 *
 * Stages are owned by the struct swarm_stages that shape_build() fills; what they point to is the program's, and values of
 * loops live in the strand in which they were built. */
#ifndef SWARM_SHAPE_H
#define SWARM_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <swarm/program.h>

enum { SHAPE_STAGES = 100000 }; /* of one shape, loops gone through */

/* The most users that a stage may ask for. */
#define SHAPE_MOST INT64_C(1000000000)

struct swarm_stages {
    struct swarm_stage *stage;
    size_t count, room;
    int64_t most;  /* `at most`; -1: no bound */
    bool arrives;  /* open model */
    bool computes; /* has a formula: how many users there will be is not known */
};

/* Computes the stages. False when the scenario's values cannot be used: the strand then holds the error. */
bool shape_build(struct swarm_stages *shape, const struct swarm_shape *from, struct swarm_strand *s);
void shape_free(struct swarm_stages *shape);

/* The largest number of users a stage asks for; UINT64_MAX when a formula or arrivals decide. */
uint64_t shape_peak(const struct swarm_stages *shape);

/* Whether some stage counts users of this kind. */
bool shape_names_kind(const struct swarm_stages *shape, uint32_t kind);

struct shape_run {
    const struct swarm_stages *shape;
    struct swarm_strand *strand; /* in which formulas run */
    size_t at;                   /* the stage */
    bool entered;
    int64_t begin;          /* of the stage */
    int64_t level;          /* RAMP: the users there were at its begin */
    int64_t moved;          /* RAMP: users of the way that were asked for */
    int64_t turn;           /* EVERY: the next evaluation */
    struct swarm_wish wish; /* EVERY: the last answer */
    double arrived;         /* arrivals up to the stage's begin; whole ones are due at the halves between */
    double rate;            /* of the arrivals when the last `arrive` ended */
    uint64_t given;         /* arrivals handed out */
};

/* The answer to "what now?". */
struct shape_want {
    bool over;   /* the shape has run out, or its formula said `stop`, or failed (the strand's exit is set) */
    bool target; /* the following four are a new target for the dispatcher */
    uint64_t users;
    double rate;   /* users a second; > 0 */
    uint64_t step; /* RAMP: most users a step; 0: as the rate says */
    const bool *only;
    uint64_t arrivals;                /* that are due now */
    int64_t first_due, last_due;      /* when they were */
    int64_t next;                     /* when to ask again; INT64_MAX: when the target is reached */
    const struct swarm_stage *begun;  /* a stage that has begun, or NULL */
    const struct swarm_stage *missed; /* a stage that has ended without reaching its target, or NULL */
};

/* Users that count in a stage. */
typedef uint64_t shape_level(void *data, const bool *only);

void shape_begin(struct shape_run *run, const struct swarm_stages *shape, struct swarm_strand *strand, int64_t now);
/* One answer: at most one new target. To be asked again at want->next, which may have passed already; a stage that lasts
 * until its target is reached, also when it is. reached: the dispatcher has done what the last target asked for. */
void shape_ask(struct shape_run *run, int64_t now, bool reached, shape_level *level, void *data,
               struct shape_want *want);

#endif
