/* steer.c - see steer.h */
#include "steer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../cli/cli.h"
#include "../engine/clock.h"
#include "../engine/shard.h"
#include "../log/log.h"
#include "../report/report.h"
#include "../stats/stats.h"
#include "control_state.h"
#include "population.h"
#include "progress.h"
#include "shapes.h"

int64_t steer_clock(const struct control *c)
{
    return (c->paused ? c->paused : clock_now()) - c->pauses;
}

/* ---- pause ---- */

static void send_hold(struct control *c, bool held)
{
    for (uint32_t i = 0; i < c->shard_count; i++) {
        struct message *message = message_new(MESSAGE_HOLD, i);

        message->how = held;
        shard_send(c->shards[i], message);
    }
}

static void pause_run(struct control *c)
{
    c->paused = clock_now();
    atomic_store(&c->config.paused, c->paused);
    uv_timer_stop(&c->step_timer);
    uv_timer_stop(&c->run_timer);
    uv_timer_stop(&c->warm_timer);
    send_hold(c, true);
    log_info("swarm.run", "Paused: no task and no user starts, those that run go on; p goes on");
}

/* What stood still goes on as if the pause had not been. */
void steer_resume(struct control *c)
{
    int64_t length = clock_now() - c->paused;

    c->paused = 0;
    c->pauses += length;
    c->run_end += length;
    atomic_fetch_add(&c->config.begin, length);
    atomic_store(&c->config.paused, 0);
    send_hold(c, false);
    if (c->plan->run_time_ns > 0) {
        control_timer(c, &c->run_timer, control_time_over, c->run_end - clock_now());
    }
    log_info("swarm.run", "Going on after a pause of %.1f seconds", (double)length / 1e9);
    control_schedule_warm_up(c);
    control_schedule(c);
}

static void toggle_pause(struct control *c)
{
    if (c->paused) {
        steer_resume(c);
    } else if (c->state == SPAWNING || c->state == RUNNING) {
        pause_run(c);
    }
}

/* ---- keys ---- */

static void change_users(struct control *c, int64_t change)
{
    int64_t users = (int64_t)population_target(c->population) + change;

    if (c->shapes->any) {
        log_info("swarm.run", "A shape says how many users there are: w, W, s and S do nothing");
        return;
    }
    if (c->state != SPAWNING && c->state != RUNNING) {
        return;
    }
    c->steered = true;
    users = users < 0 ? 0 : users > INT32_MAX ? INT32_MAX : users;
    log_info("swarm.run", "Ramping to %" PRId64 " users at a rate of %.2f per second", users, (double)KEY_RATE);
    population_retarget(c->population, (uint64_t)users, KEY_RATE, steer_clock(c));
    control_schedule(c);
}

static void show_keys(void)
{
    static const char text[] = "w  start a user more      W  start 10 more\n"
                               "s  stop a user            S  stop 10\n"
                               "p  pause, go on           q  end the run in order\n"
                               "?  these keys             Ctrl-C twice: leave at once\n";

    log_table(text, sizeof text - 1);
}

void steer_key(void *data, char key)
{
    struct control *c = data;

    switch (key) {
    case 'w':
        change_users(c, 1);
        break;
    case 'W':
        change_users(c, 10);
        break;
    case 's':
        change_users(c, -1);
        break;
    case 'S':
        change_users(c, -10);
        break;
    case 'p':
        toggle_pause(c);
        break;
    case 'q':
        if (c->state < STOPPING) {
            log_info("swarm.main", "q was pressed, stopping the users");
            control_stop(c);
        }
        break;
    case '?':
        show_keys();
        break;
    default:
        break;
    }
}

/* --iterations: the last one has begun. Nobody comes any more, who waits goes, the others end after their task. */
void steer_exhausted(struct control *c)
{
    if (c->state != SPAWNING && c->state != RUNNING) {
        return;
    }
    log_info("swarm.main", "The last of %" PRIu64 " iterations has begun, the users end after theirs",
             c->plan->iterations);
    c->exhausted = true;
    c->state = DRAINING;
    uv_timer_stop(&c->step_timer);
    control_tell_stopping(c);
    control_send_all(c, MESSAGE_STOP_WAITING, control_after(c->plan->stop_timeout_ns));
    control_now_stop(c);
}

/* ---- what a person looks at ---- */

/* On a terminal at its bottom, also between the tables; else above each table. */
void steer_progress(struct control *c, const struct stats_snapshot *snap)
{
    struct progress progress = {
        .elapsed = steer_clock(c) - c->begun,
        .total = c->plan->run_time_ns,
        .state = c->paused              ? "paused"
                 : c->state >= DRAINING ? "stopping"
                                        : "",
        .target = c->state >= DRAINING ? snap->users : population_target(c->population),
    };
    char text[400], line[402];

    if (c->state < SPAWNING || c->state >= CLOSING) {
        return;
    }
    progress_text(text, sizeof text, &progress, snap, isatty(STDERR_FILENO) ? log_columns() : sizeof text);
    if (isatty(STDERR_FILENO)) {
        log_status(text);
    } else if (!c->plan->only_summary && c->ticks % TABLE_TICKS == 0) {
        log_table(line, (size_t)snprintf(line, sizeof line, "%s\n", text));
    }
}

/* SIGUSR1 */
void steer_tables(struct control *c)
{
    struct stats_snapshot *snap = stats_take_snapshot(c->stats, clock_now(), clock_unix_ms());

    console_print_summary(snap);
    stats_snapshot_unref(snap);
}

void steer_reopen_log(const struct control *c)
{
    int error = log_reopen();

    if (error) {
        log_error("swarm.main", "The log file %s cannot be opened anew: %s", c->plan->log_file, strerror(error));
    } else {
        log_info("swarm.main", "Log file opened anew");
    }
}
