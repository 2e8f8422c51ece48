/* What control tells its shards about users: collected over a step of the population and sent as few messages, so that
 * starting a million users neither takes a million locks nor leaves a million freed blocks behind.
 *
 * Orders for one shard arrive in the order in which they were given. Shards and messages are not owned; the orders
 * themselves belong to control's thread. */
#ifndef SWARM_ORDERS_H
#define SWARM_ORDERS_H

#include <stdbool.h>
#include <stdint.h>

struct orders;
struct shard;

/* `shards` must outlive the orders. */
struct orders *orders_new(struct shard **shards, uint32_t count);
/* What was not sent is dropped. */
void orders_free(struct orders *orders);

/* A user of `kind`; visit: it comes for one, that was due at `due`. */
void orders_start(struct orders *orders, uint32_t shard, uint32_t kind, uint64_t id, bool visit, int64_t due);
/* The newest user of a kind is to stop, and what still runs of it is cut at `cut_at`. */
void orders_stop(struct orders *orders, uint32_t shard, uint32_t kind, int64_t cut_at);
/* Sends what has been collected. To be called before anything else is sent to a shard about users. */
void orders_send(struct orders *orders);

#endif
