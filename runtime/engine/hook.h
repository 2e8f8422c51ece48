/* Hooks of the file. Those that send run on shard 0 as a user of no kind (user_is_hook()), one strand a hook under way; they share
 * one session, so what `setup` logs in to `teardown` can use. Those that do not send run on control's thread in a shard of its own
 * without a loop. `on request` and `on user_error` are called where the request was judged, the error counted. */
#ifndef SWARM_ENGINE_HOOK_H
#define SWARM_ENGINE_HOOK_H

#include "engine.h"

enum hook_end {
    HOOK_DONE,
    HOOK_ERROR,   /* an error, listed */
    HOOK_FAILED,  /* a require or save that did not hold ended it: a hard failure */
    HOOK_STOPPED, /* by `stop test` or from outside */
};

struct hooks; /* of a shard */
struct message;

struct hooks *hooks_open(void);
void hooks_close(struct shard *shard);

static inline bool user_is_hook(const struct user *user, const struct swarm_program *program)
{
    return user->kind_index == program->kind_count;
}

/* ---- in the shard's thread ---- */

/* Starts program->hooks[index]; MESSAGE_HOOK_OVER follows. */
void hook_start(struct shard *shard, uint32_t index);
/* Its first frame has been left: counts, publishes, tells control, frees. */
void hook_over(struct user *user);
/* Softly, and what still runs at cut_at is cut off. */
void hooks_stop(struct shard *shard, int64_t cut_at);
/* Closes the hooks' session: no hook runs any more. */
void hooks_quit(struct shard *shard);
/* What hooks have written since goes to the others. */
void hooks_publish(struct shard *shard, bool seal);

/* ---- in control's thread ---- */

/* Runs a hook that never waits, to its end. why: what ended it (size bytes), unless HOOK_DONE. */
enum hook_end hook_run(struct shard *shard, uint32_t index, char *why, size_t size);

/* ---- where things happen ---- */

/* An `expect` outside of a response did not hold: where a hook of the run's life runs, it has failed. */
void hook_unmet(struct strand *strand);
/* After a judged request was counted; `error` NULL: it did not fail. status 0: no complete response. */
struct hook_request {
    const char *method, *name, *url, *error;
    size_t name_size, url_size, error_size;
    int64_t status, time, size;
};
void hook_request_judged(struct strand *strand, const struct hook_request *request);
/* After an error of a user was counted. task: NULL or "" when it is in none. */
void hook_user_error(struct strand *strand, const char *file, uint32_t line, const char *task, const char *text,
                     size_t n);

#endif
