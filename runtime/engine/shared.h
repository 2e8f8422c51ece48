/* Variables of the file. Values are immutable blocks, counted by the tables and messages that hold them; every shard, and
 * control for the hooks that it runs, has a table of its own, so reading takes no lock and never sees a half-written value.
 *
 * Hooks that write run on shard 0. What one writes stands in shard 0's table at once; shared_publish() hands all of it to
 * control in one message, and control to the other shards, before anything that control does afterwards.
 *
 * What is written before users run is sealed (SWARM_PROGRAM: nobody copies it) and stays until the end of the process; what is
 * written later is like a kept slot (SWARM_KEPT: who reads it in a `let` copies it), and freed when the last table has the next
 * value: no strand holds it across a wait. */
#ifndef SWARM_ENGINE_SHARED_H
#define SWARM_ENGINE_SHARED_H

#include <stdbool.h>
#include <swarm/program.h>

#include "post.h"

struct shared_store; /* of the process: all blocks that are alive */
struct shared;       /* a table */

struct shared_store *shared_store_new(const struct swarm_program *program);
/* When every table is closed; frees what messages that nobody took still held. */
void shared_store_free(struct shared_store *store);

struct shared *shared_open(struct shared_store *store);
void shared_close(struct shared *shared);

/* Whether something was written that nobody was told of. */
bool shared_changed(const struct shared *shared);
/* seal: it is never freed before the end. NULL: nothing has changed. */
struct message *shared_publish(struct shared *shared, uint32_t shard, bool seal);
/* The same news for one more receiver. */
struct message *shared_again(const struct message *news);
/* Takes it over; the message is still to be freed. */
void shared_take(struct shared *shared, struct message *news);

#endif
