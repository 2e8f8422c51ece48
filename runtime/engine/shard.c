#include "shard.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "../base/cache.h"
#include "../base/memory.h"
#include "../base/random.h"
#include "../stats/stats.h"
#include "fan.h"
#include "group.h"
#include "hold.h"
#include "hook.h"
#include "shared.h"
#include "slab.h"

enum { USER_ENDS = USER_LEFT + 1 };

/* Forty samples of the loop's lag a second: a p99 after some seconds, for a thousandth of a core. */
#define HEARTBEAT (25 * SWARM_MS)

struct user_list {
    struct user *first, *last;
};

struct shard_kind {
    struct slab slab;
    struct user_list users;   /* that are not stopping, in order of creation */
    uint64_t alive;           /* stopping ones too */
    uint64_t gone[USER_ENDS]; /* since the last message about them */
};

/* What only this file touches of a shard. */
struct shard_private {
    struct timers *timers; /* the shard's */
    uv_thread_t thread;
    struct post post;
    const struct http_plan *http;
    struct shard_kind *kinds;
    struct user_list stopping; /* in order of cut_at */
    struct timer cut;          /* when the first of them is cut off */
    bool gone;                 /* some of kinds[].gone is not 0 */
    bool ended;                /* MESSAGE_END came */
    bool wake_open;
    int wake_fd; /* timerfd: libuv's timers are whole milliseconds */
    uv_poll_t wake;
    int64_t armed;          /* what it is set to; INT64_MAX: off */
    int64_t cpu, wall;      /* clock_cpu() and clock_now() of the last delta */
    struct timer heartbeat; /* so that the loop's lag is known when nobody's timer is due */
};

int64_t shard_now(struct shard *shard)
{
    (void)shard;
    return clock_now();
}

/* ---- lists of users ---- */

static void list_append(struct user_list *list, struct user *user)
{
    user->next = NULL;
    user->previous = list->last;
    *(list->last ? &list->last->next : &list->first) = user;
    list->last = user;
}

static void list_remove(struct user_list *list, struct user *user)
{
    *(user->previous ? &user->previous->next : &list->first) = user->next;
    *(user->next ? &user->next->previous : &list->last) = user->previous;
}

/* ---- users ---- */

/* The user's first random state: the run's seed and its id, mixed so that neighbours share nothing. */
static uint64_t seed_of(uint64_t seed, uint64_t id)
{
    uint64_t state = random_next(&seed) ^ id;

    return random_next(&state);
}

struct user *shard_start_user(struct shard *shard, uint32_t kind, uint64_t id)
{
    struct shard_kind *slot = &shard->own->kinds[kind];
    struct user *user = slab_get(&slot->slab);

    user->kind = &shard->config->program->kinds[kind];
    user->kind_index = kind;
    user->id = id;
    user->random = seed_of(shard->config->seed, id);
    user->strand.user = user;
    user->strand.shard = shard;
    user->strand.base.state = user + 1;
    group_enter(&user->strand, (struct swarm_frame *)(user + 1), NULL, user->kind->group);
    list_append(&slot->users, user);
    slot->alive++;
    strand_ready(&user->strand);
    return user;
}

/* Of an open model: it comes for a visit, and was to come at `due`. */
static void start_visit(struct shard *shard, uint32_t kind, uint64_t id, int64_t due)
{
    struct user *user = shard_start_user(shard, kind, id);
    int64_t visits = user->kind->visits > 0 ? user->kind->visits : 1, late = shard_now(shard) - due;

    late = late > 0 ? late : 0;
    user->visits = visits < UINT32_MAX ? (uint32_t)visits : UINT32_MAX;
    user->arrived = true;
    user->late_us = late / SWARM_US < UINT32_MAX ? (uint32_t)(late / SWARM_US) : UINT32_MAX;
    recorder_lag(shard->recorder, kind, (uint64_t)late);
    recorder_late_start(shard->recorder, (uint64_t)late);
}

static void end_user(struct user *user)
{
    struct shard *shard = user->strand.shard;
    struct shard_private *own = shard->own;
    struct shard_kind *slot = &own->kinds[user->kind_index];

    if (user_is_hook(user, shard->config->program)) {
        hook_over(user);
        return;
    }
    list_remove(user->phase == USER_STOPPING ? &own->stopping : &slot->users, user);
    user->phase = USER_GONE;
    if (user->session) {
        shard->config->requests->session_close(user);
    }
    arena_clear(&user->strand.arena);
    if (user->end == USER_LOST) {
        recorder_lost(shard->recorder, user->kind_index);
    }
    slot->gone[user->end]++;
    slot->alive--;
    own->gone = true;
    slab_put(&slot->slab, user);
}

uint64_t shard_users(const struct shard *shard)
{
    uint64_t alive = 0;

    for (uint32_t i = 0; i < shard->config->program->kind_count; i++) {
        alive += shard->own->kinds[i].alive;
    }
    return alive;
}

/* ---- stopping ---- */

static void cut_due(struct timer *timer)
{
    struct shard_private *own = (struct shard_private *)((char *)timer - offsetof(struct shard_private, cut));
    struct user *user = own->stopping.first;
    struct timers *timers = user ? &user->strand.shard->timers : NULL;

    for (; user && user->cut_at <= timer->due; user = user->next) {
        strand_stop(&user->strand, SWARM_CUT);
    }
    if (user) {
        timer_start(timers, timer, user->cut_at, cut_due);
    }
}

static void stop_user(struct shard *shard, struct user *user, int64_t cut_at)
{
    struct shard_private *own = shard->own;

    list_remove(&own->kinds[user->kind_index].users, user);
    user->phase = USER_STOPPING;
    if (own->stopping.last && own->stopping.last->cut_at > cut_at) {
        cut_at = own->stopping.last->cut_at; /* control's clock is ours, but its messages may be late */
    }
    user->cut_at = cut_at;
    list_append(&own->stopping, user);
    strand_stop(&user->strand, SWARM_STOP);
    if (!timer_is_started(&own->cut)) {
        timer_start(&shard->timers, &own->cut, own->stopping.first->cut_at, cut_due);
    }
}

void shard_stop_users(struct shard *shard, uint32_t kind, uint64_t n, int64_t cut_at)
{
    struct user_list *users = &shard->own->kinds[kind].users;

    while (n-- > 0 && users->last) {
        stop_user(shard, users->last, cut_at);
    }
}

void shard_stop_all(struct shard *shard, int64_t cut_at)
{
    for (uint32_t i = 0; i < shard->config->program->kind_count; i++) {
        shard_stop_users(shard, i, UINT64_MAX, cut_at);
    }
}

void shard_stop_waiting(struct shard *shard, int64_t cut_at)
{
    for (uint32_t i = 0; i < shard->config->program->kind_count; i++) {
        struct user *user = shard->own->kinds[i].users.first, *next;

        for (; user; user = next) {
            next = user->next;
            if (user->strand.operation && group_is_between(&user->strand)) {
                stop_user(shard, user, cut_at);
            }
        }
    }
}

/* ---- holding ---- */

static void nothing_to_cancel(struct strand *strand)
{
    (void)strand;
}

static const struct operation holding = {.name = "pause", .cancel = nothing_to_cancel};

enum swarm_step hold_wait(struct strand *strand)
{
    return strand_wait(strand, &holding, NULL);
}

void shard_hold(struct shard *shard, bool held)
{
    shard->held = held;
    if (held) {
        return;
    }
    for (uint32_t i = 0; i < shard->config->program->kind_count; i++) {
        for (struct user *user = shard->own->kinds[i].users.first; user; user = user->next) {
            if (user->strand.operation == &holding) {
                strand_complete(&user->strand);
            }
        }
    }
}

bool hold_take_iteration(struct shard *shard)
{
    atomic_int_least64_t *left = shard->config->iterations;
    int64_t before = left ? atomic_fetch_sub(left, 1) : INT64_MAX;

    if (before == 1) {
        post_send(shard->config->control, message_new(MESSAGE_EXHAUSTED, shard->index));
    }
    return before > 0;
}

bool hold_is_exhausted(const struct shard *shard)
{
    const atomic_int_least64_t *left = shard->config->iterations;

    return left && atomic_load_explicit(left, memory_order_relaxed) <= 0;
}

/* ---- a turn ---- */

bool shard_turn(struct shard *shard)
{
    struct strand *strand;

    shard->now = clock_now();
    if (timers_run(&shard->timers, shard->now) > 0) {
        recorder_loop_lag(shard->recorder, (uint64_t)shard->timers.late);
    }
    strand = shard->ready_first;
    shard->ready_first = NULL;
    shard->ready_last = &shard->ready_first;
    while (strand) {
        struct strand *next = strand->next_ready;

        strand->ready = false;
        if (!strand_step(strand)) {
            strand->is_branch ? fan_branch_over(strand) : end_user(strand->user);
        }
        strand = next;
    }
    return shard->ready_first != NULL;
}

/* ---- messages ---- */

static struct message *new_message(struct shard *shard, enum message_type type)
{
    return message_new(type, shard->index);
}

static void tell(struct shard *shard, struct message *message)
{
    post_send(shard->config->control, message);
}

void shard_ask_stop(struct shard *shard, const char *why, size_t n)
{
    struct message *message = new_message(shard, MESSAGE_STOP_TEST);

    message->bytes = why ? memory_text(why, n) : NULL;
    message->size = n;
    tell(shard, message);
}

static void tell_gone(struct shard *shard)
{
    if (!shard->own->gone) {
        return;
    }
    shard->own->gone = false;
    for (uint32_t i = 0; i < shard->config->program->kind_count; i++) {
        for (uint32_t how = 0; how < USER_ENDS; how++) {
            uint64_t n = shard->own->kinds[i].gone[how];
            struct message *message;

            if (n == 0) {
                continue;
            }
            shard->own->kinds[i].gone[how] = 0;
            message = new_message(shard, MESSAGE_GONE);
            message->kind = i;
            message->how = how;
            message->number = n;
            tell(shard, message);
        }
    }
}

static void send_delta(struct shard *shard)
{
    struct message *message = new_message(shard, MESSAGE_DELTA);
    int64_t cpu = clock_cpu(), wall = clock_now();

    for (uint32_t i = 0; i < shard->config->program->kind_count; i++) {
        recorder_users(shard->recorder, i, shard->own->kinds[i].alive);
    }
    recorder_cpu(shard->recorder, (uint64_t)(cpu - shard->own->cpu), (uint64_t)(wall - shard->own->wall));
    shard->own->cpu = cpu;
    shard->own->wall = wall;
    message->bytes = recorder_take(shard->recorder, &message->size);
    tell(shard, message);
}

static void start(struct shard *shard, uint32_t kind, uint64_t id, bool visit, int64_t due)
{
    if (visit) {
        start_visit(shard, kind, id, due);
    } else {
        shard_start_user(shard, kind, id);
    }
}

static void receive(struct shard *shard, struct message *message)
{
    const struct user_start *starts = message->bytes;

    switch (message->type) {
    case MESSAGE_START:
        start(shard, message->kind, message->number, message->how, message->at);
        break;
    case MESSAGE_STARTS:
        for (uint64_t i = 0; i < message->number; i++) {
            start(shard, starts[i].kind, starts[i].id, starts[i].visit, starts[i].due);
        }
        break;
    case MESSAGE_STOP:
        shard_stop_users(shard, message->kind, message->number, message->at);
        break;
    case MESSAGE_STOP_ALL:
        shard_stop_all(shard, message->at);
        break;
    case MESSAGE_TAKE:
        send_delta(shard);
        break;
    case MESSAGE_HOLD:
        shard_hold(shard, message->how);
        break;
    case MESSAGE_STOP_WAITING:
        shard_stop_waiting(shard, message->at);
        break;
    case MESSAGE_HOOK:
        hook_start(shard, message->kind);
        break;
    case MESSAGE_HOOK_STOP:
        hooks_stop(shard, message->at);
        break;
    case MESSAGE_SHARED:
        shared_take(shard->shared, message);
        break;
    case MESSAGE_CALL:
        message->call(message);
        break;
    case MESSAGE_END:
        shard->own->ended = true;
        break;
    default:
        break;
    }
}

static void post_arrived(uv_async_t *wake)
{
    struct shard *shard = wake->data;
    struct message *message = post_take(&shard->own->post);

    while (message) {
        struct message *next = message->next;

        receive(shard, message);
        message_free(message);
        message = next;
    }
}

/* ---- opening and closing ---- */

void shard_open(struct shard *shard, const struct run_config *config, unsigned index)
{
    uint32_t kinds = config->program->kind_count;

    *shard = (struct shard){.config = config, .index = index, .now = clock_now()};
    shard->own = memory_apart(1, sizeof *shard->own);
    shard->own->timers = &shard->timers;
    shard->own->wake_fd = -1;
    shard->own->armed = INT64_MAX;
    shard->own->kinds = memory_apart(kinds, sizeof *shard->own->kinds);
    for (uint32_t i = 0; i < kinds; i++) {
        slab_init(&shard->own->kinds[i].slab, sizeof(struct user) + config->program->kinds[i].size);
    }
    shard->ready_last = &shard->ready_first;
    timers_init(&shard->timers, shard->now);
    shard->hooks = hooks_open();
    shard->shared = config->shared ? shared_open(config->shared) : NULL;
    shard->recorder = recorder_create(config->rows, index, kinds);
    recorder_metrics(shard->recorder, config->program->metrics, config->program->metric_count);
}

void shard_close(struct shard *shard)
{
    for (uint32_t i = 0; i < shard->config->program->kind_count; i++) {
        slab_free(&shard->own->kinds[i].slab);
    }
    free(shard->own->kinds);
    free(shard->own);
    hooks_close(shard);
    shared_close(shard->shared);
    cache_free(shard->regexes);
    cache_free(shard->xpaths);
    cache_free(shard->jsonpaths);
    timers_free(&shard->timers);
    recorder_free(shard->recorder);
}

/* ---- the loop ---- */

static void woken(uv_poll_t *poll, int status, int events)
{
    (void)poll;
    (void)status;
    (void)events;
}

/* Sets the wake-up to the next deadline, or to the end of a window of several (timers_wake()). Setting it takes back an
 * expiry, so nothing needs to read it. */
static void arm(struct shard *shard)
{
    struct shard_private *own = shard->own;
    int64_t next = timers_wake(&shard->timers);
    struct itimerspec at = {.it_value = {.tv_sec = 0}};

    if (next == own->armed) {
        return;
    }
    own->armed = next;
    if (next != INT64_MAX) {
        at.it_value.tv_sec = next / SWARM_S;
        at.it_value.tv_nsec = next % SWARM_S;
        if (next <= 0) {
            at.it_value.tv_nsec = 1;
        }
    }
    timerfd_settime(own->wake_fd, TFD_TIMER_ABSTIME, &at, NULL);
}

static bool open_loop(struct shard *shard, char *why, size_t size)
{
    struct shard_private *own = shard->own;
    int error;

    own->wake_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (own->wake_fd < 0) {
        snprintf(why, size, "no timer: %s", strerror(errno));
        return false;
    }
    error = uv_poll_init(&shard->loop, &own->wake, own->wake_fd);
    if (error) {
        snprintf(why, size, "no timer in the event loop: %s", uv_strerror(error));
        return false;
    }
    own->wake_open = true;
    uv_poll_start(&own->wake, UV_READABLE, woken);
    return shard->config->requests->start(shard, own->http, why, size);
}

static void close_loop(struct shard *shard)
{
    struct shard_private *own = shard->own;

    if (own->wake_open) {
        uv_close((uv_handle_t *)&own->wake, NULL);
    }
    post_close(&own->post);
    uv_run(&shard->loop, UV_RUN_DEFAULT);
    if (own->wake_fd >= 0) {
        close(own->wake_fd);
    }
    uv_loop_close(&shard->loop);
}

static void run_loop(struct shard *shard)
{
    void (*const requests_turn)(struct shard *) = shard->config->requests->turn;

    while (!shard->own->ended) {
        bool more = shard_turn(shard);

        requests_turn(shard);
        if (shared_changed(shard->shared) && atomic_load(&shard->config->begin)) {
            hooks_publish(shard, false);
        }
        tell_gone(shard);
        arm(shard);
        uv_run(&shard->loop, more ? UV_RUN_NOWAIT : UV_RUN_ONCE);
    }
}

static void beat(struct timer *timer)
{
    struct shard_private *own = (struct shard_private *)((char *)timer - offsetof(struct shard_private, heartbeat));

    timer_start(own->timers, timer, clock_now() + HEARTBEAT, beat);
}

static void shard_thread(void *argument)
{
    struct shard *shard = argument;
    char why[256];
    bool ready = open_loop(shard, why, sizeof why);
    struct message *message = new_message(shard, MESSAGE_READY);

    if (!ready) {
        message->bytes = memory_text(why, strlen(why));
    }
    tell(shard, message);
    shard->own->cpu = clock_cpu();
    shard->own->wall = clock_now();
    if (ready) {
        beat(&shard->own->heartbeat);
        run_loop(shard);
        hooks_quit(shard);
        shard->config->requests->stop(shard);
        send_delta(shard);
    } else {
        while (!shard->own->ended) {
            uv_run(&shard->loop, UV_RUN_ONCE);
        }
    }
    tell(shard, new_message(shard, MESSAGE_ENDED));
    close_loop(shard);
}

struct shard *shard_create(const struct run_config *config, const struct http_plan *http, unsigned index)
{
    struct shard *shard = memory_apart(1, sizeof *shard);

    shard_open(shard, config, index);
    shard->own->http = http;
    if (uv_loop_init(&shard->loop)) {
        goto no_loop;
    }
    /* The mailbox is opened here: control may send before the thread runs. */
    if (post_open(&shard->own->post, &shard->loop, post_arrived, shard)) {
        goto no_post;
    }
    if (uv_thread_create(&shard->own->thread, shard_thread, shard)) {
        goto no_thread;
    }
    return shard;
no_thread:
    post_close(&shard->own->post);
    uv_run(&shard->loop, UV_RUN_DEFAULT);
no_post:
    uv_loop_close(&shard->loop);
no_loop:
    shard_close(shard);
    free(shard);
    return NULL;
}

void shard_send(struct shard *shard, struct message *message)
{
    post_send(&shard->own->post, message);
}

void shard_join(struct shard *shard)
{
    uv_thread_join(&shard->own->thread);
    shard_close(shard);
    free(shard);
}
