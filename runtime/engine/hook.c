#include "hook.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"
#include "../base/random.h"
#include "../stats/stats.h"
#include "group.h"
#include "poison.h"
#include "shard.h"
#include "shared.h"
#include "strand.h"

/* A hook under way: its user, then the frame of its machine. */
struct hook_run_of {
    struct user user; /* first */
    struct hook_run_of *next, *previous;
    uint32_t index;
    bool unmet; /* an `expect` outside of a response did not hold */
    uint64_t frame[];
};

struct hooks {
    struct hook_run_of *first;
    struct session *session; /* of all of them */
    struct timer cut;        /* when those that were told to stop are cut off */
    struct user observer;    /* whom `on request` and `on user_error` run as: made when first used */
    bool observing;
};

static const struct swarm_kind_of_user nobody = {.name = ""}, on_request = {.name = STATS_ON_REQUEST},
                                       on_user_error = {.name = STATS_ON_USER_ERROR};

struct hooks *hooks_open(void)
{
    return memory_new(1, sizeof(struct hooks));
}

void hooks_close(struct shard *shard)
{
    if (shard->hooks->observing) {
        arena_clear(&shard->hooks->observer.strand.arena);
    }
    free(shard->hooks);
    shard->hooks = NULL;
}

static void make_user(struct user *user, struct shard *shard, uint64_t salt)
{
    const struct swarm_program *program = shard->config->program;
    uint64_t seed = shard->config->seed;

    user->kind = program->hook_user ? program->hook_user : &nobody;
    user->kind_index = program->kind_count;
    user->random = random_next(&seed) ^ (salt + UINT64_C(0x9e3779b97f4a7c15));
    user->strand.user = user;
    user->strand.shard = shard;
}

/* ---- beginning ---- */

static struct hook_run_of *begin(struct shard *shard, uint32_t index)
{
    const struct swarm_machine *machine = shard->config->program->hooks[index].machine;
    struct hook_run_of *run = memory_new(1, sizeof *run + machine->size);
    struct swarm_frame *frame = (struct swarm_frame *)run->frame;

    make_user(&run->user, shard, index);
    run->index = index;
    run->user.strand.base.state = frame;
    strand_enter(&run->user.strand, frame, NULL, machine, machine->size);
    run->user.strand.base.top = frame;
    run->next = shard->hooks->first;
    if (run->next) {
        run->next->previous = run;
    }
    shard->hooks->first = run;
    return run;
}

void hook_start(struct shard *shard, uint32_t index)
{
    struct hook_run_of *run = begin(shard, index);

    run->user.session = shard->hooks->session;
    shard->hooks->session = shard->config->requests->session(&run->user);
    strand_ready(&run->user.strand);
}

/* ---- ending ---- */

/* What the hook's strand was left with; an error is counted here. */
static enum hook_end end_of(struct hook_run_of *run, char *why, size_t size)
{
    struct strand *strand = &run->user.strand;
    const struct swarm_machine *machine = strand->shard->config->program->hooks[run->index].machine;
    const struct task_error *error = strand->error;

    switch ((enum swarm_exit)strand->base.exit) {
    case SWARM_NO_EXIT:
        break;
    case SWARM_ERROR:
        recorder_error(strand->shard->recorder, error->place.file, error->place.line, "", machine->name, error->text,
                       error->n, clock_unix_ms());
        snprintf(why, size, "%s:%" PRIu32 ": %s", error->place.file, error->place.line, error->text);
        return HOOK_ERROR;
    case SWARM_STOP:
    case SWARM_STOP_USER:
    case SWARM_CUT:
        snprintf(why, size, "it was stopped");
        return HOOK_STOPPED;
    default:
        snprintf(why, size, "a `require` or `save` did not hold");
        return HOOK_FAILED;
    }
    if (run->unmet) {
        snprintf(why, size, "an `expect` did not hold");
        return HOOK_ERROR;
    }
    return HOOK_DONE;
}

static void free_run(struct hook_run_of *run)
{
    struct shard *shard = run->user.strand.shard;

    *(run->previous ? &run->previous->next : &shard->hooks->first) = run->next;
    if (run->next) {
        run->next->previous = run->previous;
    }
    arena_clear(&run->user.strand.arena);
    unpoison(run->frame, shard->config->program->hooks[run->index].machine->size);
    free(run);
}

void hook_over(struct user *user)
{
    struct hook_run_of *run = (struct hook_run_of *)user;
    struct shard *shard = user->strand.shard;
    enum swarm_event event = shard->config->program->hooks[run->index].event;
    struct message *message = message_new(MESSAGE_HOOK_OVER, shard->index);
    char why[512] = "";

    message->kind = run->index;
    message->how = end_of(run, why, sizeof why);
    message->bytes = memory_text(why, strlen(why));
    free_run(run);
    hooks_publish(shard, event == SWARM_ON_SETUP || event == SWARM_ON_TEST_START);
    post_send(shard->config->control, message);
}

void hooks_publish(struct shard *shard, bool seal)
{
    struct message *news = shared_publish(shard->shared, shard->index, seal);

    if (news) {
        post_send(shard->config->control, news);
    }
}

enum hook_end hook_run(struct shard *shard, uint32_t index, char *why, size_t size)
{
    struct hook_run_of *run = begin(shard, index);
    struct strand *strand = &run->user.strand;
    enum hook_end end;

    while (strand_step(strand)) { /* it has let others run: there are none */
        strand->ready = false;
        shard->ready_first = NULL;
        shard->ready_last = &shard->ready_first;
    }
    end = end_of(run, why, size);
    free_run(run);
    return end;
}

/* ---- stopping ---- */

static void cut_due(struct timer *timer)
{
    struct hooks *hooks = (struct hooks *)((char *)timer - offsetof(struct hooks, cut));

    for (struct hook_run_of *run = hooks->first; run; run = run->next) {
        strand_stop(&run->user.strand, SWARM_CUT);
    }
}

void hooks_stop(struct shard *shard, int64_t cut_at)
{
    struct hooks *hooks = shard->hooks;

    for (struct hook_run_of *run = hooks->first; run; run = run->next) {
        strand_stop(&run->user.strand, SWARM_STOP);
    }
    if (hooks->first) {
        timer_start(&shard->timers, &hooks->cut, cut_at, cut_due);
    }
}

void hooks_quit(struct shard *shard)
{
    struct user user = {.session = shard->hooks->session};

    timer_stop(&shard->timers, &shard->hooks->cut);
    if (user.session) {
        make_user(&user, shard, 0);
        shard->config->requests->session_close(&user);
        shard->hooks->session = NULL;
    }
}

void hook_unmet(struct strand *strand)
{
    const struct hooks *hooks = strand->shard->hooks; /* NULL: a shard without hooks */

    for (struct hook_run_of *run = hooks ? hooks->first : NULL; run; run = run->next) {
        if (&run->user == strand->user) {
            run->unmet = true;
        }
    }
}

/* ---- on request, on user_error ---- */

static struct strand *observer_of(struct shard *shard, const struct swarm_kind_of_user *kind)
{
    struct hooks *hooks = shard->hooks;

    if (!hooks->observing) {
        make_user(&hooks->observer, shard, (uint64_t)shard->index << 32);
        hooks->observing = true;
    }
    hooks->observer.kind = kind;
    return &hooks->observer.strand;
}

/* What a hook was left with touches no user; an error is listed under its place. */
static void forget(struct strand *strand)
{
    const struct task_error *error = strand->error;

    if (strand->base.exit == SWARM_ERROR && error) {
        recorder_error(strand->shard->recorder, error->place.file, error->place.line, strand->user->kind->name, "",
                       error->text, error->n, clock_unix_ms());
    }
    strand->base.exit = SWARM_NO_EXIT;
    strand->base.told = false;
    strand->error = NULL;
    arena_clear(&strand->arena);
}

static struct swarm_value view(const char *text, size_t n)
{
    return (struct swarm_value){.text = text, .n = (uint32_t)n, .kind = SWARM_TEXT, .owner = SWARM_VIEW};
}

void hook_request_judged(struct strand *strand, const struct hook_request *request)
{
    const struct swarm_program *program = strand->shard->config->program;
    struct swarm_judged judged;
    struct strand *observer;

    if (!program->on_request) {
        return;
    }
    judged = (struct swarm_judged){
        .method = swarm_text(request->method, (uint32_t)strlen(request->method)),
        .name = view(request->name, request->name_size),
        .url = view(request->url, request->url_size),
        .status = request->status ? swarm_int(request->status) : swarm_null(),
        .error = request->error ? view(request->error, request->error_size) : swarm_null(),
        .time = request->time,
        .size = request->size,
        .user = (int64_t)strand->user->id,
    };
    observer = observer_of(strand->shard, &on_request);
    for (swarm_on_request *const *hook = program->on_request; *hook; hook++) {
        (*hook)(&observer->base, &judged);
        forget(observer);
    }
}

void hook_user_error(struct strand *strand, const char *file, uint32_t line, const char *task, const char *text,
                     size_t n)
{
    const struct swarm_program *program = strand->shard->config->program;
    struct swarm_listed listed;
    struct strand *observer;
    char place[512];

    if (!program->on_user_error || user_is_hook(strand->user, program)) {
        return;
    }
    snprintf(place, sizeof place, "%s:%" PRIu32, file ? file : "", line);
    listed = (struct swarm_listed){
        .message = view(text, n),
        .place = view(place, strlen(place)),
        .task = view(task ? task : "", task ? strlen(task) : 0),
        .user = (int64_t)strand->user->id,
    };
    observer = observer_of(strand->shard, &on_user_error);
    for (swarm_on_user_error *const *hook = program->on_user_error; *hook; hook++) {
        (*hook)(&observer->base, &listed);
        forget(observer);
    }
}
