/* What control.c, counting.c and steer.c share: the state of a run, and what both do with it. Internal to control/. */
#ifndef SWARM_CONTROL_STATE_H
#define SWARM_CONTROL_STATE_H

#include <stdatomic.h>
#include <uv.h>

#include "../engine/post.h"
#include "../engine/run.h"
#include "control.h"
#include "life.h"

enum state { READY, SETTING_UP, SPAWNING, RUNNING, DRAINING, STOPPING, CLOSING, STOPPED };

enum {
    TICK_MS = 1000,  /* deltas are taken, snapshots made, CSV written */
    TABLE_TICKS = 2, /* from one table on the terminal to the next */
    KEY_RATE = 100,  /* users a second when a key asks for them, as in Locust */
    GRACE_MS = 5000, /* for a shard to answer when everything in it must have been cut off */
    LEAVE_MS = 500,  /* after the second signal, for the shards to tell what they have counted */
};

struct control {
    const struct swarm_program *program;
    const struct run_plan *plan;
    struct reports *reports;
    struct metrics_server *metrics_server; /* NULL: none */
    struct run_config config;
    uv_loop_t loop;
    struct post post;
    uv_timer_t step_timer, tick_timer, run_timer, guard_timer, warm_timer;
    struct shard **shards;
    uint32_t shard_count, ready, ended, awaited; /* awaited: deltas of this tick that are to come */
    uint32_t leaving;                            /* last deltas that are to come, after the second signal */
    struct shapes *shapes;
    struct population *population;
    struct orders *orders; /* to the shards, of a step */
    struct thresholds *thresholds;
    struct stats_rows *rows;
    struct stats *stats;
    enum state state;
    uint64_t alive, most_alive, next_id;
    int64_t begun;          /* the run */
    int64_t paused, pauses; /* when the pause began, 0: none; the length of all that are over */
    int64_t run_end;        /* when --run-time is over */
    atomic_int_least64_t iterations;
    unsigned ticks;
    bool ending;  /* MESSAGE_END was sent */
    bool warming; /* the deltas that are to come are for the end of a warm-up */
    bool told_spawned, told_stopping, told_unhealthy;
    bool steered;    /* keys have changed the users: a run without any goes on */
    bool resetting;  /* --reset-stats: when all shards have told what they counted until now */
    bool exhausted;  /* --iterations: the last one has begun */
    bool set_up;     /* `on setup` is done: `on teardown` follows */
    bool started;    /* `on test_start` is done: `on test_stop` follows */
    bool unwanted;   /* told to stop while setting up */
    bool collecting; /* the deltas that are to come are what `on teardown` reads */
    bool counted;    /* the run could not begin, but there is something to report */
    struct life life;
    struct control_result result;
};

/* ---- control.c ---- */

void control_send_all(struct control *c, enum message_type type, int64_t at);
/* In `ns` from now; uv timers count whole milliseconds from the loop's last look at the clock. */
void control_timer(struct control *c, uv_timer_t *timer, uv_timer_cb fire, int64_t ns);
/* clock_now() plus a span that may be as large as it likes. */
int64_t control_after(int64_t span);
/* The population's next time. */
void control_schedule(struct control *c);
void control_time_over(uv_timer_t *timer);
/* In order, within --stop-timeout. */
void control_stop(struct control *c);
void control_tell_stopping(struct control *c);
/* When nobody is left: the run ends. */
void control_now_stop(struct control *c);

/* `on teardown` is over: the run ends. */
void control_torn_down(struct life *life, enum hook_end end);

/* ---- counting.c ---- */

/* Every TICK_MS: asks the shards for what they have counted. */
void control_tick(uv_timer_t *timer);
/* MESSAGE_DELTA: folds it; shows all of it when the last shard has answered. */
void control_delta_arrived(struct control *c, const struct message *message);
/* The end of the next warm-up of a threshold. */
void control_schedule_warm_up(struct control *c);
/* What has been counted until now; to be given back with stats_snapshot_unref(). */
struct stats_snapshot *control_snapshot(struct control *c);

#endif
