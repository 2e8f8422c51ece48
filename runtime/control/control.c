#include "control_state.h"

#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "../base/memory.h"
#include "../cli/cli.h"
#include "../engine/engine.h"
#include "../engine/post.h"
#include "../engine/run.h"
#include "../engine/shard.h"
#include "../engine/shared.h"
#include "../http/http.h"
#include "../log/log.h"
#include "../report/report.h"
#include "../report/reports.h"
#include "../state/state.h"
#include "../stats/stats.h"
#include "life.h"
#include "metrics_server.h"
#include "orders.h"
#include "population.h"
#include "signals.h"
#include "steer.h"
#include "terminal.h"

/* ---- sending ---- */

void control_send_all(struct control *c, enum message_type type, int64_t at)
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
    c->most_alive = alive > c->most_alive ? alive : c->most_alive;
    atomic_store(&c->config.users, (int64_t)alive);
}

/* uv timers count whole milliseconds from the loop's last look at the clock. */
void control_timer(struct control *c, uv_timer_t *timer, uv_timer_cb fire, int64_t ns)
{
    uv_update_time(&c->loop);
    uv_timer_start(timer, fire, ns <= 0 ? 0 : (uint64_t)(ns / SWARM_MS + (ns % SWARM_MS > 0)), 0);
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
    uv_timer_stop(&c->warm_timer);
    control_send_all(c, MESSAGE_END, 0);
}

static void no_answer(uv_timer_t *timer)
{
    struct control *c = timer->data;

    log_error("swarm.run", "%u of %u threads did not end in time: what they counted last is missing",
              c->shard_count - c->ended, c->shard_count);
    c->result.complete = false;
    uv_stop(&c->loop);
}

int64_t control_after(int64_t timeout)
{
    int64_t now = clock_now();

    return timeout > INT64_MAX / 2 - now ? INT64_MAX / 2 : now + timeout;
}

static void finish(struct control *c)
{
    control_timer(c, &c->guard_timer, no_answer, GRACE_MS * SWARM_MS);
    end_shards(c);
}

void control_torn_down(struct life *life, enum hook_end end)
{
    struct control *c = life->data;

    if ((end == HOOK_ERROR || end == HOOK_FAILED) && !c->result.why[0]) {
        snprintf(c->result.why, sizeof c->result.why, "%.*s", (int)sizeof c->result.why - 1, life->why);
    }
    finish(c);
}

/* `on teardown` reads merged metrics: everything is collected first. */
static void tear_down(struct life *life, enum hook_end end)
{
    struct control *c = life->data;

    (void)end;
    if (!c->set_up || c->program->hook_count == 0) {
        finish(c);
        return;
    }
    uv_timer_stop(&c->tick_timer);
    c->collecting = true;
    c->warming = false;
    c->awaited += c->shard_count;
    control_send_all(c, MESSAGE_TAKE, 0);
}

/* Nobody is left: what is measured ends here. */
static void close_run(struct control *c)
{
    c->state = CLOSING;
    uv_timer_stop(&c->step_timer);
    uv_timer_stop(&c->run_timer);
    uv_timer_stop(&c->warm_timer);
    uv_timer_stop(&c->guard_timer);
    terminal_close();
    log_status("");
    life_stop(&c->life, 0);
    stats_end(c->stats, clock_now(), clock_unix_ms());
    if (c->started) {
        life_run(&c->life, SWARM_ON_TEST_STOP, tear_down);
    } else {
        tear_down(&c->life, HOOK_DONE);
    }
}

void control_tell_stopping(struct control *c)
{
    if (c->started && !c->told_stopping) {
        c->told_stopping = true;
        (void)life_run_here(&c->life, SWARM_ON_TEST_STOPPING);
    }
}

/* Softly, and what still runs after `timeout` is cut off. */
static void stop_within(struct control *c, int64_t timeout)
{
    int64_t cut_at = control_after(timeout);

    if (c->state >= STOPPING) {
        return;
    }
    if (c->state == SETTING_UP) {
        c->unwanted = true;
        life_stop(&c->life, cut_at);
        return;
    }
    control_tell_stopping(c);
    if (c->paused) {
        steer_resume(c);
    }
    uv_timer_stop(&c->step_timer);
    uv_timer_stop(&c->run_timer);
    c->state = STOPPING;
    control_send_all(c, MESSAGE_STOP_ALL, cut_at);
    life_stop(&c->life, cut_at);
    control_timer(c, &c->guard_timer, no_answer, cut_at - clock_now() + GRACE_MS * SWARM_MS);
    control_now_stop(c);
}

void control_stop(struct control *c)
{
    stop_within(c, c->plan->stop_timeout_ns);
}

static void drained(uv_timer_t *timer)
{
    stop_within(timer->data, 0);
}

/* The shape of arrivals has run out: nobody new comes, visits under way end by themselves within the stop
 * timeout. */
static void drain(struct control *c)
{
    c->state = DRAINING;
    control_tell_stopping(c);
    control_timer(c, &c->step_timer, drained, control_after(c->plan->stop_timeout_ns) - clock_now());
}

/* When nobody is left: the run ends. */
void control_now_stop(struct control *c)
{
    if (c->state == DRAINING && c->alive == 0 && c->life.every_running > 0) {
        stop_within(c, c->plan->stop_timeout_ns);
    } else if (c->state == DRAINING && c->alive == 0 && c->exhausted) {
        close_run(c);
    } else if ((c->state == STOPPING || c->state == DRAINING) && c->alive == 0 && c->life.every_running == 0) {
        close_run(c);
    }
}

void control_time_over(uv_timer_t *timer)
{
    struct control *c = timer->data;

    log_info("swarm.main", "--run-time limit reached, shutting down");
    control_stop(c);
}

/* ---- users ---- */

static void start_user(struct control *c, const struct population_action *action)
{
    bool visit = population_visits(c->population, action->kind);

    c->alive++;
    orders_start(c->orders, action->shard, action->kind, c->next_id++, visit,
                 visit ? action->due + c->pauses : action->due);
}

static void act(struct control *c, const struct population_action *action, int64_t cut_at)
{
    const struct swarm_place *place = action->stage ? action->stage->place : NULL;
    const char *owner = action->owner >= 0 ? c->program->kinds[action->owner].name : "";

    switch (action->act) {
    case POPULATION_START:
        start_user(c, action);
        break;
    case POPULATION_STOP:
        orders_stop(c->orders, action->shard, action->kind, cut_at);
        break;
    case POPULATION_STAGE:
        log_info("swarm.run", "Shape%s%s: %s", owner[0] ? " of " : "", owner, place->what);
        break;
    case POPULATION_MISSED:
        log_warning("swarm.run",
                    "%s:%" PRIu32 ": the stage `%s` could not reach its target in time: it ended with %" PRIu64
                    " of %" PRIu64 " users",
                    place->file, place->line, place->what, action->users, action->wanted);
        break;
    }
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
                                 population_kind_users(c->population, next));
    }
    log_info("swarm.run", "All users spawned: {%s} (%" PRIu64 " total users)", text, population_users(c->population));
}

/* A formula that failed has ended its shape. */
static void look_at_formulas(struct control *c)
{
    struct strand *strand = strand_of(c->shapes->strand);
    const struct task_error *error = strand->error;

    if (!swarm_failed(&strand->base) || c->result.why[0]) {
        return;
    }
    snprintf(c->result.why, sizeof c->result.why, "the shape failed: %s", error ? error->text : "no reason");
    log_error("swarm.run", "%s:%" PRIu32 ": the formula of the shape failed: %s", error ? error->place.file : "",
              error ? error->place.line : 0, error ? error->text : "no reason");
}

static void shape_over(struct control *c)
{
    look_at_formulas(c);
    if (population_drains(c->population)) {
        log_info("swarm.main", "Shape test completed: nobody new comes, visits under way end by themselves");
        drain(c);
    } else {
        log_info("swarm.main", "Shape test completed, shutting down");
        control_stop(c);
    }
}

static void look_around(struct control *c)
{
    if (c->state == SPAWNING && population_spawned(c->population)) {
        c->state = RUNNING;
        if (!c->told_spawned) {
            c->told_spawned = true;
            log_spawned(c);
            if (c->plan->reset_stats && !c->plan->once) {
                c->resetting = true;
                c->awaited += c->shard_count;
                control_send_all(c, MESSAGE_TAKE, 0);
            }
            (void)life_run_here(&c->life, SWARM_ON_SPAWNING_COMPLETE);
        }
    }
    if (c->state == SPAWNING || c->state == RUNNING) {
        if (population_over(c->population)) {
            shape_over(c);
        } else if (c->alive == 0 && !c->paused && !c->steered && population_extinct(c->population)) {
            log_info("swarm.main", "No user is left and none can start, shutting down");
            control_stop(c);
        }
    }
    control_now_stop(c);
}

/* What is due for the population, and its next time. */
static void step(uv_timer_t *timer)
{
    struct control *c = timer->data;
    const struct population_action *actions;
    size_t count;
    int64_t cut_at;

    if ((c->state != SPAWNING && c->state != RUNNING) || c->paused) {
        return;
    }
    actions = population_step(c->population, steer_clock(c), &count);
    cut_at = control_after(c->plan->stop_timeout_ns);
    for (size_t i = 0; i < count; i++) {
        act(c, &actions[i], cut_at);
    }
    set_alive(c, c->alive); /* before the users can ask for it */
    orders_send(c->orders);
    control_schedule(c);
    look_around(c);
}

void control_schedule(struct control *c)
{
    int64_t next = population_next(c->population);

    if ((c->state == SPAWNING || c->state == RUNNING) && next != INT64_MAX && !c->paused) {
        control_timer(c, &c->step_timer, step, next - steer_clock(c));
    }
}

static void user_gone(struct control *c, const struct message *message)
{
    switch ((enum user_end)message->how) {
    case USER_LOST:
        population_lost(c->population, message->kind, message->shard);
        break;
    case USER_RETIRED:
        population_retired(c->population, message->kind, message->shard);
        break;
    case USER_LEFT:
        population_left(c->population, message->kind, message->shard);
        break;
    case USER_STOPPED:
        break;
    }
}

static void users_gone(struct control *c, const struct message *message)
{
    set_alive(c, c->alive - message->number);
    if (c->state < STOPPING) {
        for (uint64_t i = 0; i < message->number; i++) {
            user_gone(c, message);
        }
        control_schedule(c);
    }
    look_around(c);
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
        c->run_end = control_after(plan->run_time_ns);
        control_timer(c, &c->run_timer, control_time_over, plan->run_time_ns);
    } else {
        log_info("swarm.main", "No run time limit set, use CTRL+C to interrupt");
    }
    c->begun = now;
    population_begin(c->population, now);
    if (!c->shapes->any && population_fixed_total(c->population) > plan->users) {
        log_info("swarm.main",
                 "The counts of the user kinds (%" PRIu64 ") are more than the number of users (%" PRIu64
                 "), so not all of them will be started",
                 population_fixed_total(c->population), plan->users);
    }
    if (!c->shapes->any) {
        log_info("swarm.run", "Ramping to %" PRIu64 " users at a rate of %.2f per second", plan->users,
                 plan->spawn_rate);
    }
    if (!plan->once && terminal_open(&c->loop, steer_key, c)) {
        log_info("swarm.main", "Keys: w W s S change the users, p pauses, q ends the run, ? tells more");
    }
    uv_timer_start(&c->tick_timer, control_tick, TICK_MS, TICK_MS);
    life_begin_every(&c->life);
    control_schedule_warm_up(c);
    step(&c->step_timer);
}

/* A hook before the run has failed: exit code 3. */
static void cannot_begin(struct control *c)
{
    c->result.end = CONTROL_CANNOT;
    c->counted = true;
    snprintf(c->result.why, sizeof c->result.why, "%.*s", (int)sizeof c->result.why - 1, c->life.why);
}

static void end_before_begin(struct control *c)
{
    stats_begin(c->stats, clock_now(), clock_unix_ms());
    close_run(c);
}

static void test_started(struct life *life, enum hook_end end)
{
    struct control *c = life->data;

    if (end == HOOK_ERROR || end == HOOK_FAILED) {
        cannot_begin(c);
        end_before_begin(c);
        return;
    }
    c->started = true;
    if (c->unwanted || end == HOOK_STOPPED) {
        end_before_begin(c);
    } else {
        begin(c);
    }
}

static void was_set_up(struct life *life, enum hook_end end)
{
    struct control *c = life->data;

    if (end == HOOK_ERROR || end == HOOK_FAILED) {
        cannot_begin(c);
        end_before_begin(c);
        return;
    }
    c->set_up = true;
    if (c->unwanted || end == HOOK_STOPPED) {
        end_before_begin(c);
    } else {
        life_run(life, SWARM_ON_TEST_START, test_started);
    }
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
        control_send_all(c, MESSAGE_END, 0);
        c->ending = true;
        c->state = STOPPED;
    } else if (c->state == READY) {
        c->state = SETTING_UP;
        life_run(&c->life, SWARM_ON_SETUP, was_set_up);
    } else {
        stats_begin(c->stats, clock_now(), clock_unix_ms());
        control_now_stop(c); /* a signal has come before */
    }
}

/* ---- the queue ---- */

static void leave_now(uv_timer_t *timer)
{
    uv_stop(timer->loop);
}

/* Without waiting for users, but with what the shards have counted since the last tick, as far as they answer soon. */
static void leave(struct control *c)
{
    uv_timer_stop(&c->tick_timer);
    if (c->ready < c->shard_count || c->ending) {
        uv_stop(&c->loop);
        return;
    }
    c->leaving = c->awaited + c->shard_count;
    control_send_all(c, MESSAGE_TAKE, 0);
    control_timer(c, &c->guard_timer, leave_now, LEAVE_MS * SWARM_MS);
}

static void signal_arrived(struct control *c)
{
    int number, count = signals_count(&number);
    const char *name = number == SIGTERM ? "SIGTERM" : number == SIGHUP ? "SIGHUP" : "SIGINT";

    if (signals_want_tables()) {
        steer_tables(c);
    }
    if (signals_want_reopen()) {
        steer_reopen_log(c);
    }

    if (count >= 2 && c->result.end != CONTROL_LEFT) {
        log_warning("swarm.main", "Got %s again, leaving at once", name);
        c->result.end = CONTROL_LEFT;
        c->result.signal = number;
        leave(c);
    } else if (count == 1 && c->state < STOPPING) {
        log_info("swarm.main", "Got %s, stopping the users (again: leave at once)", name);
        if (c->state == READY) {
            c->state = STOPPING;
        } else {
            control_stop(c);
        }
    } else if (count == 1 && c->state == CLOSING) {
        life_stop(&c->life, control_after(c->plan->stop_timeout_ns));
    }
}

static void receive(struct control *c, struct message *message)
{
    switch (message->type) {
    case MESSAGE_READY:
        shard_ready(c, message);
        break;
    case MESSAGE_DELTA:
        control_delta_arrived(c, message);
        break;
    case MESSAGE_GONE:
        users_gone(c, message);
        break;
    case MESSAGE_SHARED:
        life_news(&c->life, message);
        break;
    case MESSAGE_HOOK_OVER:
        life_hook_over(&c->life, message);
        control_now_stop(c);
        break;
    case MESSAGE_STOP_TEST:
        if (c->state < STOPPING) {
            log_info("swarm.main", "stop test%s%s, shutting down", message->bytes ? ": " : "",
                     message->bytes ? (const char *)message->bytes : "");
            control_stop(c);
        }
        break;
    case MESSAGE_EXHAUSTED:
        steer_exhausted(c);
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
    uv_timer_t *timers[] = {&c->step_timer, &c->tick_timer, &c->run_timer, &c->guard_timer, &c->warm_timer};

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
    life_open(&c->life, &c->config, &c->loop, c->shards, c->shard_count, c->shard_count);
    c->life.data = c;
    c->orders = orders_new(c->shards, c->shard_count);
    c->population = population_create(c->shapes, c->plan, c->shard_count);
    return true;
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
    uv_close((uv_handle_t *)&c->warm_timer, NULL);
    metrics_server_stop(c->metrics_server);
    life_close(&c->life);
    post_close(&c->post);
    uv_run(&c->loop, UV_RUN_DEFAULT);
    uv_loop_close(&c->loop);
    free(c->shards);
    orders_free(c->orders);
    population_free(c->population);
    stats_free(c->stats);
    stats_rows_free(c->rows);
    shared_store_free(c->config.shared);
}

/* From `init` to `quitting`. */
static void run_loop(struct control *c)
{
    bool began = life_run_here(&c->life, SWARM_ON_INIT);

    if (!began) {
        c->result.end = CONTROL_CANNOT;
        snprintf(c->result.why, sizeof c->result.why, "`on init` had an error");
    }
    uv_run(&c->loop, UV_RUN_DEFAULT);
    if (began && c->result.end != CONTROL_LEFT) {
        (void)life_run_here(&c->life, SWARM_ON_QUITTING);
    }
    life_fold(&c->life, c->stats);
}

struct control_result control_run(const struct swarm_program *program, const struct run_plan *plan,
                                  const struct http_plan *http, struct reports *reports, int metrics_socket,
                                  uint64_t seed, uint32_t threads, struct shapes *shapes, struct thresholds *thresholds)
{
    struct control *c = memory_new(1, sizeof *c);
    const struct run_config *config = strand_of(shapes->strand)->shard->config;
    struct control_result result;

    c->program = program;
    c->plan = plan;
    c->reports = reports;
    c->shapes = shapes;
    c->thresholds = thresholds;
    c->next_id = 1;
    c->result.complete = true;
    c->rows = stats_rows_create(program->rows, program->row_count);
    c->stats = make_stats(c);
    c->config.program = program;
    c->config.requests = &http_requests;
    c->config.rows = c->rows;
    c->config.seed = seed;
    c->config.stop_timeout = plan->stop_timeout_ns;
    c->config.pool_threads = plan->pool_threads;
    c->config.shared = shared_store_new(program);
    if (plan->iterations > 0 && !plan->once) {
        atomic_store(&c->iterations, (int64_t)plan->iterations);
        c->config.iterations = &c->iterations;
    }
    if (!open_control(c, http, threads)) {
        fprintf(stderr, "error: no threads or no event loop could be made\n");
        exit(EXIT_CANNOT_RUN);
    }
    strand_of(shapes->strand)->shard->config = &c->config; /* formulas ask for run.time and run.users */
    if (metrics_socket >= 0) {
        c->metrics_server = metrics_server_start(&c->loop, metrics_socket, reports);
    }
    signals_wake(&c->post.wake);
    run_loop(c);
    signals_loop_over();
    log_status("");
    if (c->result.end != CONTROL_CANNOT || c->counted) {
        c->result.snapshot = control_snapshot(c);
    }
    c->result.target = population_target(c->population);
    c->result.arrived = population_arrived(c->population);
    c->result.dropped = population_dropped(c->population);
    strand_of(shapes->strand)->shard->config = config;
    result = c->result;
    if (result.end != CONTROL_LEFT && result.complete) {
        close_control(c);
        free(c);
    }
    return result;
}
