/* The names of the language that say something of the user and the run: user.id, user.name, worker_index,
 * run.time, run.users. */
#include <string.h>

#include "engine.h"
#include "run.h"

int64_t swarm_user_id(struct swarm_strand *s)
{
    return (int64_t)strand_of(s)->user->id;
}

struct swarm_value swarm_user_name(struct swarm_strand *s)
{
    const char *name = strand_of(s)->user->kind->name;

    return swarm_text(name, (uint32_t)strlen(name));
}

/* One process: the first and only one. */
int64_t swarm_worker_index(struct swarm_strand *s)
{
    (void)s;
    return 0;
}

int64_t swarm_run_time(struct swarm_strand *s)
{
    struct shard *shard = strand_of(s)->shard;
    int64_t begin = atomic_load(&shard->config->begin);

    int64_t paused = atomic_load(&shard->config->paused);

    return begin ? (paused ? paused : shard_now(shard)) - begin : 0;
}

int64_t swarm_run_users(struct swarm_strand *s)
{
    return atomic_load(&strand_of(s)->shard->config->users);
}
