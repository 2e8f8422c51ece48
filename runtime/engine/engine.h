/* The inside of the engine: users, strands, operations, shards. Only runtime/ sees this header.
 *
 * Ownership. A shard is a thread with its loop; it owns its users, timers, connections and recorder, and
 * nothing else touches them. Control (main thread) and shards exchange messages (struct message) that are
 * freed by who receives them. A user is one block of its kind's slab: struct user, then the kind's state
 * (swarm_kind_of_user.size bytes). */
#ifndef SWARM_ENGINE_H
#define SWARM_ENGINE_H

#include <swarm/program.h>
#include <uv.h>

#include "arena.h"
#include "clock.h"
#include "timer.h"

struct recorder_sample;
struct shard;
struct user;
struct strand;
struct session; /* runtime/http: a user's connections, cookies and headers */

/* ------------------------------------------------------------------ operations
 * Everything that waits is one mechanism. start: the operation's function (swarm_sleep, swarm_fetch …) first
 * calls strand_begin(strand, at): it stores the resume point and says whether a stop is wanted (then the
 * operation returns strand_stopped(strand)). Then it is either ready at once (returns SWARM_RUN) or waits:
 * strand_wait(). Never a callback from inside start. complete: strand_complete(), once, from the loop; stops
 * the strand's timer and puts it on the ready list; never steps. deadline: strand_timeout(strand, at_ns):
 * when it passes, `expired` of the operation is called (it completes or goes on). cancel: detaches before it
 * returns; nobody holds the strand's address afterwards. */
struct operation {
    const char *name;
    void (*cancel)(struct strand *strand);
    void (*expired)(struct strand *strand);   /* the strand's timer ran out; NULL: complete with answered = false */
    bool finishes;                            /* a soft stop lets it run to its end (a request); others end at once */
    void (*soft_stop)(struct strand *strand); /* finishes: told that a stop is wanted (a retry's backoff
                                                 becomes the last try) */
    void (*stop)(struct strand *strand);      /* takes every stop itself and completes when what it waits for has
                                            followed it */
};

struct strand {
    struct swarm_strand base; /* what generated code sees; first */
    struct user *user;
    struct shard *shard;
    const struct operation *operation; /* under way, or NULL */
    void *operation_data;
    struct timer timer;
    struct arena arena;
    struct strand *next_ready;
    bool ready;
    uint8_t wanted;                  /* a stop that is wanted: SWARM_NO_EXIT, SWARM_STOP_USER?, SWARM_STOP, SWARM_CUT */
    uint8_t shield;                  /* > 0: on stop is running, soft stops pass by */
    bool is_branch;                  /* of a `parallel` (fan.c) */
    bool waits_for_room;             /* at a `parallel max`: for the end of one branch, not of all */
    struct task_error *error;        /* message and place behind s->exit == SWARM_ERROR, in the arena */
    struct exchange_of_block *block; /* runtime/http: verdict being made while a judge runs, else NULL */
};

/* What stands behind s->exit == SWARM_ERROR. In the strand's arena: valid until the task ends. */
struct task_error {
    struct swarm_place place; /* file "" when it is not known */
    uint32_t n;
    char text[]; /* n bytes and a NUL */
};

static inline struct strand *strand_of(struct swarm_strand *s)
{
    return (struct strand *)s;
}

bool strand_begin(struct strand *strand, uint32_t at); /* false: a stop is wanted */
enum swarm_step strand_stopped(struct strand *strand); /* sets the exit and leaves */
enum swarm_step strand_wait(struct strand *strand, const struct operation *operation, void *data);
void strand_timeout(struct strand *strand, int64_t at_ns); /* shard clock; replaces an earlier one; INT64_MAX: none */
/* An operation that has set s->exit (a hard failure, an error) completes like any other or returns SWARM_RUN
 * from its start: the frame is then left at the pad of its resume point, its code behind the wait does not
 * run. */
void strand_complete(struct strand *strand);
/* A soft stop or a cut, now (the shard's orders; a branch's parent later). */
void strand_stop(struct strand *strand, enum swarm_exit wanted);
/* Name of the task, step or hook that runs, for reports. */
const char *strand_task(const struct strand *strand);
/* Counts a judged request of the strand: in its row, and in the part of the scenario that sent it. */
void strand_count(struct strand *strand, uint32_t row, const struct recorder_sample *sample);
/* How late the visit began that the strand's user came for (arrivals); -1: it came for none. For
 * recorder_sample.late_ns and .scheduled: each request of a visit counts from the visit's intended start. */
int64_t strand_late(const struct strand *strand);

/* ------------------------------------------------------------------ users */

enum user_phase { USER_RUNNING, USER_STOPPING, USER_GONE };
enum user_end {
    USER_STOPPED,
    USER_LOST,
    USER_RETIRED,
    USER_LEFT
}; /* told to stop; on start failed; by stop user; its visit is over */

struct user {
    struct strand strand;
    const struct swarm_kind_of_user *kind;
    uint32_t kind_index;
    uint32_t visits; /* picks that are left of its visit, the running one included; 0: it stays */
    uint64_t id;
    uint64_t random;              /* state of its random numbers: seed of the run mixed with id */
    struct session *session;      /* NULL until its first request */
    uint8_t phase;                /* enum user_phase */
    uint8_t end;                  /* enum user_end: how it ends */
    bool arrived;                 /* of an open model: it came for a visit, which was to begin ... */
    uint32_t late_us;             /* ... this long before it did */
    int64_t cut_at;               /* USER_STOPPING: when what still runs is cut off */
    struct user *next, *previous; /* of its kind in the shard, in order of creation; of those that stop */
};
_Static_assert(sizeof(struct user) == SWARM_USER_BASE, "SWARM_USER_BASE in program.h is the size of struct user");

/* ------------------------------------------------------------------ shards */

struct recorder;
struct http_shard;

struct run_config; /* immutable after the start: program, plan, rows: see run.h */

struct shard {
    uv_loop_t loop;
    const struct run_config *config;
    unsigned index;
    int64_t now; /* clock_now() at the begin of this turn; shard_now() reads it anew */
    struct timers timers;
    struct strand *ready_first, **ready_last;
    struct recorder *recorder;
    struct http_shard *http;
    struct text_cache *regexes;            /* runtime/value; NULL until the first use */
    struct text_cache *xpaths, *jsonpaths; /* runtime/extract; the same */
    struct shared *shared;                 /* its table of the file's variables, or NULL */
    struct hooks *hooks;                   /* of the file, that run here */
    bool held;                             /* no task begins (hold.h) */
    /* … the engine's own fields follow */
    struct shard_private *own;
};

int64_t shard_now(struct shard *shard); /* monotonic ns, read now */

/* An error of the task: formats into the strand's arena, sets exit SWARM_ERROR unless an exit is set. */
void strand_error(struct strand *strand, const struct swarm_place *place, const char *message, size_t n);

#endif
