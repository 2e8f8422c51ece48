/* A shard: a thread, its loop and the users in it. Control makes, tells (post.h) and joins it. */
#ifndef SWARM_ENGINE_SHARD_H
#define SWARM_ENGINE_SHARD_H

#include "engine.h"
#include "post.h"
#include "run.h"

struct http_plan;

/* Starts the thread, whose requests config->requests carries by `http`; it answers with MESSAGE_READY. NULL: no thread could be made. */
struct shard *shard_create(const struct run_config *config, const struct http_plan *http, unsigned index);
/* Sends a message to it, which it then owns. */
void shard_send(struct shard *shard, struct message *message);
/* Waits for the thread's end (after MESSAGE_ENDED) and frees everything. */
void shard_join(struct shard *shard);

/* ---- the shard's own thread ---- */

/* A scenario's `stop test`; why may be NULL. */
void shard_ask_stop(struct shard *shard, const char *why, size_t n);
/* wait.c: sleeps until a time of the shard's clock. */
enum swarm_step wait_until(struct strand *strand, int64_t at);

/* ---- for tests: a shard without thread and loop, driven by hand ---- */

void shard_open(struct shard *shard, const struct run_config *config, unsigned index);
void shard_close(struct shard *shard);
/* One round: expires timers that are due at clock_now() and steps what is ready. True when more is ready. */
bool shard_turn(struct shard *shard);
struct user *shard_start_user(struct shard *shard, uint32_t kind, uint64_t id);
void shard_stop_users(struct shard *shard, uint32_t kind, uint64_t n, int64_t cut_at);
void shard_stop_all(struct shard *shard, int64_t cut_at);
uint64_t shard_users(const struct shard *shard); /* alive */

#endif
