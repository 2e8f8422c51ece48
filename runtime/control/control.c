#include "control.h"

#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "../cli/cli.h"
#include "../engine/engine.h"
#include "../engine/post.h"
#include "../engine/run.h"
#include "../engine/shard.h"
#include "../log/log.h"
#include "../log/memory.h"
#include "../report/report.h"
#include "../state/state.h"
#include "../stats/stats.h"
#include "dispatch.h"
#include "signals.h"

enum state { READY, SPAWNING, RUNNING, STOPPING, STOPPED };

enum {
    TICK_MS = 1000,  /* deltas are taken, snapshots made, CSV written */
    TABLE_TICKS = 2, /* from one table on the terminal to the next */
    LATE_MS = 100,   /* a step that is later than this starts the counting anew */
    GRACE_MS = 5000, /* for a shard to answer when everything in it must have been cut off */
};

struct control {
    const struct swarm_program *program;
    const struct run_plan *plan;
    struct csv *csv;
    struct run_config config;
    uv_loop_t loop;
    struct post post;
    uv_timer_t step_timer, tick_timer, run_timer, guard_timer;
    struct shard **shards;
    uint32_t shard_count, ready, ended, awaited; /* awaited: deltas of this tick that are to come */
    struct dispatch *dispatch;
    struct stats_rows *rows;
    struct stats *stats;
    enum state state;
    uint64_t alive, next_id;
    int64_t next_step; /* when the dispatcher may take its next one */
    unsigned ticks;
    bool ending; /* MESSAGE_END was sent */
    bool told_spawned;
    struct control_result result;
};

static void now_stop(struct control *c);
static void schedule_step(struct control *c);

/* ---- sending ---- */

static void send_all(struct control *c, enum message_type type, int64_t at)
{
    for (uint32_t i = 0; i < c->shard_count; i++) {
        struct message *message = message_new(type, i);

        message->at = at;
        shard_send(c->shards[i], message);
    }
}

static void set_alive(struct control *c, uint64_t alive)
{
    c->alive = alive;
    atomic_store(&c->config.users, (int64_t)alive);
}

/* uv timers count whole milliseconds from the loop's last look at the clock. */
static void start_timer(struct control *c, uv_timer_t *timer, uv_timer_cb fire, int64_t ns)
{
    uv_update_time(&c->loop);
    uv_timer_start(timer, fire, ns <= 0 ? 0 : (uint64_t)(ns / SWARM_MS + (ns % SWARM_MS > 0)), 0);
}

/* When users that are told to stop now are cut off. */
static int64_t cut_time(const struct control *c)
{
    int64_t now = clock_now(), timeout = c->plan->stop_timeout_ns;

    return timeout > INT64_MAX / 2 - now ? INT64_MAX / 2 : now + timeout;
}

/* ---- the end ---- */

static void end_shards(struct control *c)
{
    if (c->ending) {
        return;
    }
    c->ending = true;
    c->state = STOPPED;
    uv_timer_stop(&c->tick_timer);
    stats_end(c->stats, clock_now(), clock_unix_ms());
    send_all(c, MESSAGE_END, 0);
}

static void no_answer(uv_timer_t *timer)
{
    struct control *c = timer->data;

    log_error("swarm.run", "%u of %u threads did not end in time: what they counted last is missing",
              c->shard_count - c->ended, c->shard_count);
    c->result.complete = false;
    uv_stop(&c->loop);
}

static void stop(struct control *c)
{
    int64_t cut_at = cut_time(c);

    if (c->state >= STOPPING) {
        return;
    }
    uv_timer_stop(&c->step_timer);
    uv_timer_stop(&c->run_timer);
    c->state = STOPPING;
    send_all(c, MESSAGE_STOP_ALL, cut_at);
    start_timer(c, &c->guard_timer, no_answer, cut_at - clock_now() + GRACE_MS * SWARM_MS);
    now_stop(c);
}

/* When nobody is left: the shards may end. */
static void now_stop(struct control *c)
{
    if (c->state == STOPPING && c->alive == 0) {
        end_shards(c);
    }
}

static void run_time_over(uv_timer_t *timer)
{
    struct control *c = timer->data;

    log_info("swarm.main", "--run-time limit reached, shutting down");
    stop(c);
}

/* ---- users ---- */

static void act(struct control *c, const struct dispatch_action *action)
{
    struct message *message = message_new(action->delta > 0 ? MESSAGE_START : MESSAGE_STOP, action->shard);

    message->kind = action->kind;
    if (action->delta > 0) {
        message->number = c->next_id++;
        set_alive(c, c->alive + 1);
    } else {
        message->number = 1;
        message->at = cut_time(c);
    }
    shard_send(c->shards[action->shard], message);
}

/* {"Admin": 1, "Shopper": 3}, sorted by name as Locust's. */
static void log_spawned(struct control *c)
{
    uint32_t count = c->program->kind_count;
    char text[1024] = "";
    const char *last = "";
    size_t used = 0;

    for (uint32_t n = 0; n < count; n++) {
        uint32_t next = count;

        for (uint32_t i = 0; i < count; i++) {
            const char *name = c->program->kinds[i].name;

            if (!c->plan->only[i]) {
                continue;
            }
            if (strcmp(name, last) > 0 && (next == count || strcmp(name, c->program->kinds[next].name) < 0)) {
                next = i;
            }
        }
        if (next == count || used >= sizeof text) {
            break;
        }
        last = c->program->kinds[next].name;
        used += (size_t)snprintf(text + used, sizeof text - used, "%s\"%s\": %" PRIu64, n ? ", " : "", last,
                                 dispatch_kind_users(c->dispatch, next));
    }
    log_info("swarm.run", "All users spawned: {%s} (%" PRIu64 " total users)", text,
             dispatch_users(c->dispatch));
}

/* No user is left, none is on its way, and the dispatcher has nobody more to start. */
static bool nobody_can_come(const struct control *c)
{
    return c->alive == 0 && dispatch_done(c->dispatch) && dispatch_users(c->dispatch) == 0;
}

static void look_around(struct control *c)
{
    if (c->state == SPAWNING && dispatch_done(c->dispatch)) {
        c->state = RUNNING;
        if (!c->told_spawned) {
            c->told_spawned = true;
            log_spawned(c);
        }
    }
    if ((c->state == SPAWNING || c->state == RUNNING) && nobody_can_come(c)) {
        log_info("swarm.main", "No user is left and none can start, shutting down");
        stop(c);
    }
    now_stop(c);
}

static void step(uv_timer_t *timer)
{
    struct control *c = timer->data;
    const struct dispatch_action *actions;
    size_t count;
    int64_t now = clock_now();

    if (c->state >= STOPPING || dispatch_done(c->dispatch)) {
        return;
    }
    if (now < c->next_step) {
        schedule_step(c);
        return;
    }
    actions = dispatch_step(c->dispatch, &count);
    for (size_t i = 0; i < count; i++) {
        act(c, &actions[i]);
    }
    /* Counted from when the step was due, so that late wake-ups do not add up; but nothing is caught up when
     * it was due long ago, because nobody was to be started then. */
    if (now - c->next_step > LATE_MS * SWARM_MS) {
        c->next_step = now;
    }
    if (__builtin_add_overflow(c->next_step, (int64_t)dispatch_wait_ns(c->dispatch), &c->next_step)) {
        c->next_step = INT64_MAX;
    }
    schedule_step(c);
    look_around(c);
}

static void schedule_step(struct control *c)
{
    if (c->state < STOPPING && !dispatch_done(c->dispatch)) {
        start_timer(c, &c->step_timer, step, c->next_step - clock_now());
    }
}

static void users_gone(struct control *c, const struct message *message)
{
    set_alive(c, c->alive - message->number);
    if (c->state < STOPPING) {
        for (uint64_t i = 0; i < message->number; i++) {
            if (message->how == USER_LOST) {
                dispatch_lost(c->dispatch, message->kind, message->shard);
            } else if (message->how == USER_RETIRED) {
                dispatch_retired(c->dispatch, message->kind, message->shard);
            }
        }
        if (!uv_is_active((uv_handle_t *)&c->step_timer)) {
            schedule_step(c);
        }
    }
    look_around(c);
}

/* ---- statistics ---- */

static void publish(struct control *c)
{
    struct stats_snapshot *snap = stats_take_snapshot(c->stats, clock_now(), clock_unix_ms());

    if (c->csv) {
        csv_write(c->csv, snap);
    }
    if (!c->plan->only_summary && c->ticks % TABLE_TICKS == 0) {
        console_print_periodic(snap);
    }
    metrics_publish(c->program, snap);
    stats_snapshot_unref(snap);
    log_tick(clock_now());
}

static void tick(uv_timer_t *timer)
{
    struct control *c = timer->data;

    if (c->awaited > 0) {
        publish(c); /* a shard is late: what there is */
    }
    c->ticks++;
    c->awaited = c->shard_count;
    send_all(c, MESSAGE_TAKE, 0);
}

static void delta_arrived(struct control *c, const struct message *message)
{
    switch (stats_fold(c->stats, message->bytes, message->size)) {
    case STATS_FOLDED:
        break;
    case STATS_GAP:
    case STATS_REPEATED:
    case STATS_MALFORMED:
        log_error("swarm.run", "counts of thread %u are damaged", message->shard);
        break;
    }
    if (!c->ending && c->awaited > 0 && --c->awaited == 0) {
        publish(c);
    }
}

/* ---- begin ---- */

static void begin(struct control *c)
{
    const struct run_plan *plan = c->plan;
    int64_t now = clock_now();

    c->state = SPAWNING;
    stats_begin(c->stats, now, clock_unix_ms());
    atomic_store(&c->config.begin, now);
    if (plan->run_time_ns > 0) {
        log_info("swarm.main", "Run time limit set to %.6g seconds", (double)plan->run_time_ns / 1e9);
        start_timer(c, &c->run_timer, run_time_over, plan->run_time_ns);
    } else {
        log_info("swarm.main", "No run time limit set, use CTRL+C to interrupt");
    }
    dispatch_retarget(c->dispatch, plan->users, plan->spawn_rate, plan->only);
    if (dispatch_fixed_total(c->dispatch) > plan->users) {
        log_info("swarm.main",
                 "The counts of the user kinds (%" PRIu64 ") are more than the number of users (%" PRIu64
                 "), so not all of them will be started",
                 dispatch_fixed_total(c->dispatch), plan->users);
    }
    log_info("swarm.run", "Ramping to %" PRIu64 " users at a rate of %.2f per second", plan->users,
             plan->spawn_rate);
    c->next_step = now;
    uv_timer_start(&c->tick_timer, tick, TICK_MS, TICK_MS);
    step(&c->step_timer);
}

static void shard_ready(struct control *c, const struct message *message)
{
    if (message->bytes) {
        c->result.end = CONTROL_CANNOT;
        snprintf(c->result.why, sizeof c->result.why, "%s", (const char *)message->bytes);
    }
    if (++c->ready < c->shard_count) {
        return;
    }
    if (c->result.end == CONTROL_CANNOT) {
        send_all(c, MESSAGE_END, 0);
        c->ending = true;
        c->state = STOPPED;
    } else if (c->state == READY) {
        begin(c);
    } else {
        stats_begin(c->stats, clock_now(), clock_unix_ms());
        now_stop(c); /* a signal has come before */
    }
}

/* ---- the queue ---- */

static void signal_arrived(struct control *c)
{
    int number, count = signals_count(&number);
    const char *name = number == SIGTERM ? "SIGTERM" : "SIGINT";

    if (count >= 2 && c->result.end != CONTROL_LEFT) {
        log_warning("swarm.main", "Got %s again, leaving at once", name);
        c->result.end = CONTROL_LEFT;
        c->result.signal = number;
        uv_stop(&c->loop);
    } else if (count == 1 && c->state < STOPPING) {
        log_info("swarm.main", "Got %s, stopping the users (again: leave at once)", name);
        if (c->state == READY) {
            c->state = STOPPING;
        } else {
            stop(c);
        }
    }
}

static void receive(struct control *c, const struct message *message)
{
    switch (message->type) {
    case MESSAGE_READY:
        shard_ready(c, message);
        break;
    case MESSAGE_DELTA:
        delta_arrived(c, message);
        break;
    case MESSAGE_GONE:
        users_gone(c, message);
        break;
    case MESSAGE_STOP_TEST:
        if (c->state < STOPPING) {
            log_info("swarm.main", "stop test%s%s, shutting down", message->bytes ? ": " : "",
                     message->bytes ? (const char *)message->bytes : "");
            stop(c);
        }
        break;
    case MESSAGE_ENDED:
        if (++c->ended == c->shard_count) {
            uv_stop(&c->loop);
        }
        break;
    default:
        break;
    }
}

static void post_arrived(uv_async_t *wake)
{
    struct control *c = wake->data;
    struct message *message = post_take(&c->post);

    signal_arrived(c);
    while (message) {
        struct message *next = message->next;

        receive(c, message);
        message_free(message);
        message = next;
    }
}

/* ---- the whole ---- */

static struct dispatch *make_dispatch(const struct control *c)
{
    uint32_t count = c->program->kind_count;
    struct dispatch_kind *kinds = memory_new(count, sizeof *kinds);
    struct dispatch *dispatch;

    for (uint32_t i = 0; i < count; i++) {
        const struct swarm_kind_of_user *kind = &c->program->kinds[i];

        kinds[i] = (struct dispatch_kind){
            .name = kind->name,
            .weight = kind->count < 0 ? (double)kind->weight : 0,
            .count = kind->count > 0 ? (uint64_t)kind->count : 0,
        };
    }
    dispatch = dispatch_create(kinds, count, c->shard_count);
    free(kinds);
    return dispatch;
}

static struct stats *make_stats(const struct control *c)
{
    const char **names = memory_new(c->program->kind_count, sizeof *names);
    struct stats *stats;

    for (uint32_t i = 0; i < c->program->kind_count; i++) {
        names[i] = c->program->kinds[i].name;
    }
    stats = stats_create(names, c->program->kind_count);
    stats_metrics(stats, c->program->metrics, c->program->metric_count);
    free(names);
    return stats;
}

static bool open_control(struct control *c, const struct http_plan *http, uint32_t threads)
{
    uv_timer_t *timers[] = {&c->step_timer, &c->tick_timer, &c->run_timer, &c->guard_timer};

    if (uv_loop_init(&c->loop) || post_open(&c->post, &c->loop, post_arrived, c)) {
        return false;
    }
    for (size_t i = 0; i < sizeof timers / sizeof *timers; i++) {
        uv_timer_init(&c->loop, timers[i]);
        timers[i]->data = c;
    }
    c->config.control = &c->post;
    c->shards = memory_new(threads, sizeof(struct shard *));
    for (c->shard_count = 0; c->shard_count < threads; c->shard_count++) {
        struct shard *shard = shard_create(&c->config, http, c->shard_count);

        if (!shard) {
            return false;
        }
        c->shards[c->shard_count] = shard;
    }
    c->dispatch = make_dispatch(c);
    return c->dispatch != NULL;
}

static void close_control(struct control *c)
{
    for (uint32_t i = 0; i < c->shard_count; i++) {
        shard_join(c->shards[i]);
    }
    uv_close((uv_handle_t *)&c->step_timer, NULL);
    uv_close((uv_handle_t *)&c->tick_timer, NULL);
    uv_close((uv_handle_t *)&c->run_timer, NULL);
    uv_close((uv_handle_t *)&c->guard_timer, NULL);
    post_close(&c->post);
    uv_run(&c->loop, UV_RUN_DEFAULT);
    uv_loop_close(&c->loop);
    free(c->shards);
    dispatch_free(c->dispatch);
    stats_free(c->stats);
    stats_rows_free(c->rows);
}

struct control_result control_run(const struct swarm_program *program, const struct run_plan *plan,
                                  const struct http_plan *http, struct csv *csv, uint64_t seed,
                                  uint32_t threads)
{
    struct control *c = memory_new(1, sizeof *c);
    struct control_result result;

    c->program = program;
    c->plan = plan;
    c->csv = csv;
    c->next_id = 1;
    c->result.complete = true;
    c->rows = stats_rows_create(program->rows, program->row_count);
    c->stats = make_stats(c);
    c->config.program = program;
    c->config.rows = c->rows;
    c->config.seed = seed;
    c->config.stop_timeout = plan->stop_timeout_ns;
    c->config.insecure = plan->insecure;
    c->config.ca_file = plan->ca_file;
    if (!open_control(c, http, threads)) {
        fprintf(stderr, "error: no threads or no event loop could be made\n");
        exit(EXIT_CANNOT_RUN);
    }
    signals_take(&c->post.wake);
    uv_run(&c->loop, UV_RUN_DEFAULT);
    signals_loop_over();
    if (c->result.end != CONTROL_CANNOT) {
        c->result.snapshot = stats_take_snapshot(c->stats, clock_now(), clock_unix_ms());
    }
    result = c->result;
    if (result.end != CONTROL_LEFT && result.complete) {
        close_control(c);
        free(c);
    }
    return result;
}
