/* What the shards have counted: asked for once a second and when a warm-up ends, folded, and shown to thresholds, reports and the
 * terminal. */
#include <stdio.h>

#include "../cli/cli.h"
#include "../engine/clock.h"
#include "../log/log.h"
#include "../report/report.h"
#include "../report/reports.h"
#include "../state/state.h"
#include "../stats/stats.h"
#include "control_state.h"
#include "metrics_server.h"
#include "population.h"
#include "steer.h"
#include "terminal.h"
#include "threshold.h"

struct stats_snapshot *control_snapshot(struct control *c)
{
    struct stats_snapshot *snap = stats_take_snapshot(c->stats, clock_now(), clock_unix_ms());

    snap->users_most = c->most_alive;
    return snap;
}

/* Stops the run when a threshold with `abort after` is broken. */
static void look_at_thresholds(struct control *c, const struct stats_snapshot *snap)
{
    const struct threshold_result *broken = c->state < STOPPING ? thresholds_look(c->thresholds, snap) : NULL;
    char name[512], value[64];

    if (broken) {
        threshold_name(broken->threshold, name, sizeof name);
        threshold_value_text(broken, value, sizeof value);
        log_info("swarm.main", "The threshold %s is broken (%s), shutting down", name, value);
        control_stop(c);
    }
}

/* Once: what is wrong first. The summary has all of it. */
static void look_at_health(struct control *c, const struct stats_snapshot *snap)
{
    char why[1024];

    if (snap->health.unhealthy == 0 || c->told_unhealthy) {
        return;
    }
    c->told_unhealthy = true;
    stats_health_text(snap, why, sizeof why);
    log_warning("swarm.run", "The load generator is the bottleneck: %s", why);
}

static void publish(struct control *c)
{
    struct stats_snapshot *snap;

    life_fold(&c->life, c->stats);
    snap = control_snapshot(c);

    look_at_thresholds(c, snap);
    look_at_health(c, snap);
    if (c->warming) { /* asked for by a threshold alone */
        c->warming = false;
        stats_snapshot_unref(snap);
        return;
    }
    reports_tick(c->reports, snap, population_target(c->population));
    metrics_server_show(c->metrics_server, snap);
    steer_progress(c, snap);
    if (!c->plan->only_summary && c->ticks % TABLE_TICKS == 0) {
        console_print_periodic(snap);
    }
    metrics_publish(c->program, snap);
    stats_snapshot_unref(snap);
    log_tick(clock_now());
}

void control_tick(uv_timer_t *timer)
{
    struct control *c = timer->data;

    if (c->awaited > 0) {
        publish(c); /* a shard is late: what there is */
    }
    c->ticks++;
    terminal_look();
    c->warming = false;
    c->awaited = c->shard_count;
    control_send_all(c, MESSAGE_TAKE, 0);
}

/* A warm-up is over: what has been counted until now is left out, so it is asked for now. */
static void warm_up_over(uv_timer_t *timer)
{
    struct control *c = timer->data;

    if (c->awaited == 0) {
        c->warming = true;
        c->awaited = c->shard_count;
        control_send_all(c, MESSAGE_TAKE, 0);
    }
    control_schedule_warm_up(c);
}

void control_schedule_warm_up(struct control *c)
{
    int64_t passed = clock_now() - atomic_load(&c->config.begin), next = thresholds_next_warm_up(c->thresholds, passed);

    if (next >= 0 && !c->paused) {
        control_timer(c, &c->warm_timer, warm_up_over, next - passed);
    }
}

void control_delta_arrived(struct control *c, const struct message *message)
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
    if (c->leaving > 0) {
        if (--c->leaving == 0) {
            uv_stop(&c->loop);
        }
        return;
    }
    if (!c->ending && c->awaited > 0 && --c->awaited == 0) {
        if (c->resetting) {
            c->resetting = false;
            log_info("swarm.run", "Resetting stats");
            stats_reset(c->stats, clock_now());
        }
        publish(c);
        if (c->collecting) {
            c->collecting = false;
            life_run(&c->life, SWARM_ON_TEARDOWN, control_torn_down);
        }
    }
}
