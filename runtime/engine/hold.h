/* Holding users between their tasks: a pause of the run, and the end of --iterations. */
#ifndef SWARM_ENGINE_HOLD_H
#define SWARM_ENGINE_HOLD_H

#include "engine.h"

/* In the shard's thread. While it is held no task and no step begins; those that run go on, waits go on too. Letting go
 * begins what came due meanwhile. */
void shard_hold(struct shard *shard, bool held);
/* A user is about to pick: waits until the shard is let go. Only when shard->held. */
enum swarm_step hold_wait(struct strand *strand);

/* Whether one more iteration (a task, or a whole journey) may begin; takes it. Control is told when the last one is
 * taken. True without a limit. */
bool hold_take_iteration(struct shard *shard);
bool hold_is_exhausted(const struct shard *shard);
/* Stops the users of the shard that wait between two tasks; the others end by themselves when their task is over. */
void shard_stop_waiting(struct shard *shard, int64_t cut_at);

#endif
