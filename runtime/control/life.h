/* The hooks of a run's life, as control sees them: which are due, in which order, what comes of them, and the
 * news of the file's variables between the shards. What sends runs on shard 0, what does not runs here, in a
 * shard without a loop.
 *
 * The hooks of an event run one after another, of imported files first; test_stopping, test_stop, teardown and
 * quitting the other way round. */
#ifndef SWARM_LIFE_H
#define SWARM_LIFE_H

#include "../engine/hook.h"
#include "../engine/post.h"
#include "../engine/run.h"
#include "../engine/shard.h"

struct stats;
struct every;

struct life {
    const struct swarm_program *program;
    struct shard **shards; /* control's; the hooks that send run on the first */
    uint32_t shard_count;
    struct shard here; /* of the hooks that do not send */
    uv_timer_t timer;  /* of `on every` */
    struct every *every;
    uint32_t every_count;
    uint32_t every_running;

    /* the event under way */
    bool running;
    enum swarm_event event;
    uint32_t at; /* hooks looked at, of all */
    void (*over)(struct life *life, enum hook_end end);
    enum hook_end end; /* the first that was not HOOK_DONE */
    char why[512];     /* of that */
    void *data;        /* control's own */
};

/* config->shared must be there. index: of the shard without loop, one that no other has. */
void life_open(struct life *life, const struct run_config *config, uv_loop_t *loop, struct shard **shards,
               uint32_t shard_count, uint32_t index);
void life_close(struct life *life); /* the loop must run once more */

/* Runs the hooks of an event that send; over() is called when all have ended, or at once when there are none.
 * setup and test_start end with the first one that is not HOOK_DONE. */
void life_run(struct life *life, enum swarm_event event, void (*over)(struct life *life, enum hook_end end));
/* Runs those of an event that do not send, to their end. False: one had an error (life->why). */
bool life_run_here(struct life *life, enum swarm_event event);
void life_begin_every(struct life *life);
/* No further one begins; what runs of hooks is stopped softly, and cut off at cut_at. */
void life_stop(struct life *life, int64_t cut_at);

/* MESSAGE_HOOK_OVER, MESSAGE_SHARED */
void life_hook_over(struct life *life, const struct message *message);
void life_news(struct life *life, struct message *message);
/* Adds what was counted here. */
void life_fold(struct life *life, struct stats *stats);

#endif
