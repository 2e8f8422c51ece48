/* The waits that need nothing but time: sleep, yield, polling loops. */
#include <stddef.h>

#include "shard.h"
#include "strand.h"

static void nothing_to_cancel(struct strand *strand)
{
    (void)strand;
}

static const struct operation sleeping = {.name = "sleep", .cancel = nothing_to_cancel};

/* `now` + `ns`, where both may be as large as they like. */
static int64_t later(int64_t now, int64_t ns)
{
    int64_t at;

    return __builtin_add_overflow(now, ns, &at) ? INT64_MAX - 1 : at;
}

enum swarm_step wait_until(struct strand *strand, int64_t at)
{
    strand_timeout(strand, at);
    return strand_wait(strand, &sleeping, NULL);
}

enum swarm_step swarm_sleep(struct swarm_strand *s, uint32_t at, int64_t ns)
{
    struct strand *strand = strand_of(s);

    if (!strand_begin(strand, at)) {
        return strand_stopped(strand);
    }
    return ns <= 0 ? SWARM_RUN : wait_until(strand, later(shard_now(strand->shard), ns));
}

enum swarm_step swarm_yield(struct swarm_strand *s, uint32_t at)
{
    struct strand *strand = strand_of(s);

    if (!strand_begin(strand, at)) {
        return strand_stopped(strand);
    }
    strand_ready(strand);
    return SWARM_WAIT;
}

struct swarm_poll swarm_every(struct swarm_strand *s, int64_t every, int64_t within)
{
    int64_t now = shard_now(strand_of(s)->shard);

    return (struct swarm_poll){
        .every = every,
        .deadline = within < 0 ? INT64_MAX : later(now, within),
        .next = now,
    };
}

/* The first round starts at once; the others `every` from start to start, at once when late. A round that
 * would start at the deadline or behind it does not; the wait for it ends at the deadline. */
enum swarm_step swarm_poll(struct swarm_strand *s, uint32_t at, struct swarm_poll *poll)
{
    struct strand *strand = strand_of(s);
    int64_t now = shard_now(strand->shard), start;

    if (!strand_begin(strand, at)) {
        return strand_stopped(strand);
    }
    if (!poll->begun) {
        poll->begun = true;
        poll->next = poll->every < 0 ? now : later(now, poll->every);
        return SWARM_RUN;
    }
    start = poll->every < 0 || poll->next < now ? now : poll->next;
    if (start >= poll->deadline) {
        poll->over = true;
        return now >= poll->deadline ? SWARM_RUN : wait_until(strand, poll->deadline);
    }
    poll->next = poll->every < 0 ? start : later(start, poll->every);
    return start <= now ? SWARM_RUN : wait_until(strand, start);
}
