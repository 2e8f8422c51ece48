#include "life.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "../base/memory.h"
#include "../engine/shared.h"
#include "../log/log.h"
#include "../stats/stats.h"

struct every {
    uint32_t hook;
    int64_t due;
    bool running;
};

static const struct swarm_hook *hook_at(const struct life *life, uint32_t index)
{
    return &life->program->hooks[index];
}

static bool backwards(enum swarm_event event)
{
    return event == SWARM_ON_TEST_STOPPING || event == SWARM_ON_TEST_STOP || event == SWARM_ON_TEARDOWN ||
           event == SWARM_ON_QUITTING;
}

/* The next hook of the event, by its number; hook_count: there is none. */
static uint32_t next_hook(struct life *life, enum swarm_event event, uint32_t *at)
{
    uint32_t count = life->program->hook_count;

    while (*at < count) {
        uint32_t index = backwards(event) ? count - 1 - *at : *at;

        ++*at;
        if (hook_at(life, index)->event == event) {
            return index;
        }
    }
    return count;
}

static void remember(struct life *life, uint32_t index, enum hook_end end, const char *why)
{
    if (end == HOOK_DONE || life->end != HOOK_DONE) {
        return;
    }
    life->end = end;
    snprintf(life->why, sizeof life->why, "%s: %s", hook_at(life, index)->machine->name, why);
}

/* ---- opening ---- */

static void find_every(struct life *life)
{
    const struct swarm_program *program = life->program;

    life->every = memory_new(program->hook_count, sizeof *life->every);
    for (uint32_t i = 0; i < program->hook_count; i++) {
        if (program->hooks[i].event == SWARM_ON_EVERY) {
            life->every[life->every_count++].hook = i;
        }
    }
}

void life_open(struct life *life, const struct run_config *config, uv_loop_t *loop, struct shard **shards,
               uint32_t shard_count, uint32_t index)
{
    *life = (struct life){.program = config->program, .shards = shards, .shard_count = shard_count};
    shard_open(&life->here, config, index);
    uv_timer_init(loop, &life->timer);
    life->timer.data = life;
    find_every(life);
}

void life_close(struct life *life)
{
    uv_close((uv_handle_t *)&life->timer, NULL);
    shard_close(&life->here);
    free(life->every);
}

/* ---- events ---- */

static void send_hook(struct life *life, uint32_t index)
{
    struct message *message = message_new(MESSAGE_HOOK, 0);

    message->kind = index;
    shard_send(life->shards[0], message);
}

static void go_on(struct life *life)
{
    bool begins = life->event == SWARM_ON_SETUP || life->event == SWARM_ON_TEST_START;
    bool enough = begins && life->end != HOOK_DONE;
    uint32_t index = enough ? life->program->hook_count : next_hook(life, life->event, &life->at);

    if (index < life->program->hook_count) {
        send_hook(life, index);
        return;
    }
    life->running = false;
    life->over(life, life->end);
}

void life_run(struct life *life, enum swarm_event event, void (*over)(struct life *life, enum hook_end end))
{
    life->running = true;
    life->event = event;
    life->at = 0;
    life->end = HOOK_DONE;
    life->why[0] = '\0';
    life->over = over;
    go_on(life);
}

bool life_run_here(struct life *life, enum swarm_event event)
{
    uint32_t at = 0, index;
    bool good = true;
    char why[512];

    while ((index = next_hook(life, event, &at)) < life->program->hook_count) {
        switch (hook_run(&life->here, index, why, sizeof why)) {
        case HOOK_DONE:
        case HOOK_STOPPED:
            break;
        case HOOK_ERROR:
        case HOOK_FAILED:
            log_error("swarm.run", "%s: %s", hook_at(life, index)->machine->name, why);
            good = false;
        }
    }
    return good;
}

/* ---- on every ---- */

static void arm(struct life *life);

static void every_due(uv_timer_t *timer)
{
    struct life *life = timer->data;
    int64_t now = clock_now();

    for (uint32_t i = 0; i < life->every_count; i++) {
        struct every *every = &life->every[i];
        int64_t period = hook_at(life, every->hook)->every;

        if (every->due > now) {
            continue;
        }
        every->due += ((now - every->due) / period + 1) * period; /* what was missed is not caught up */
        if (!every->running) {
            every->running = true;
            life->every_running++;
            send_hook(life, every->hook);
        }
    }
    arm(life);
}

static void arm(struct life *life)
{
    int64_t next = INT64_MAX, wait;

    for (uint32_t i = 0; i < life->every_count; i++) {
        next = life->every[i].due < next ? life->every[i].due : next;
    }
    if (next == INT64_MAX) {
        return;
    }
    wait = next - clock_now();
    uv_update_time(life->timer.loop);
    uv_timer_start(&life->timer, every_due, wait <= 0 ? 0 : (uint64_t)((wait + SWARM_MS - 1) / SWARM_MS), 0);
}

void life_begin_every(struct life *life)
{
    int64_t now = clock_now();

    for (uint32_t i = 0; i < life->every_count; i++) {
        int64_t period = hook_at(life, life->every[i].hook)->every;

        life->every[i].due = period > INT64_MAX / 4 - now ? INT64_MAX / 4 : now + period;
    }
    arm(life);
}

void life_stop(struct life *life, int64_t cut_at)
{
    struct message *message;

    uv_timer_stop(&life->timer);
    if (!life->running && life->every_running == 0) {
        return;
    }
    message = message_new(MESSAGE_HOOK_STOP, 0);
    message->at = cut_at;
    shard_send(life->shards[0], message);
}

/* ---- messages ---- */

static void every_over(struct life *life, uint32_t hook)
{
    life->every_running--;
    for (uint32_t i = 0; i < life->every_count; i++) {
        if (life->every[i].hook == hook) {
            life->every[i].running = false;
        }
    }
}

void life_hook_over(struct life *life, const struct message *message)
{
    const struct swarm_hook *hook = hook_at(life, message->kind);
    enum hook_end end = (enum hook_end)message->how;

    if (end == HOOK_ERROR || end == HOOK_FAILED) {
        log_error("swarm.run", "%s: %s", hook->machine->name, (const char *)message->bytes);
    }
    if (hook->event == SWARM_ON_EVERY) {
        every_over(life, message->kind);
        return;
    }
    remember(life, message->kind, end, message->bytes);
    go_on(life);
}

void life_news(struct life *life, struct message *message)
{
    for (uint32_t i = 0; i < life->shard_count; i++) {
        if (i != message->shard) {
            shard_send(life->shards[i], shared_again(message));
        }
    }
    shared_take(life->here.shared, message);
}

void life_fold(struct life *life, struct stats *stats)
{
    size_t size;
    void *bytes = recorder_take(life->here.recorder, &size);

    (void)stats_fold(stats, bytes, size);
    free(bytes);
}
