/* For the tests of what users share: real shards as threads, one kind of user whose task is a machine of the test, users
 * started and stopped at random. */
#ifndef SWARM_TESTS_CROWD_H
#define SWARM_TESTS_CROWD_H

#include <stdatomic.h>

#include "base/random.h"
#include "engine/shard.h"
#include "engine/strand.h"
#include "http/http.h"
#include "state/state.h"
#include "stats/stats.h"
#include "tap.h"
#include "value/value.h"

enum { SHARDS = 3 };

struct crowd_task {
    struct swarm_frame frame;
    int64_t n; /* the task's own */
};
struct crowd_user {
    struct swarm_group_frame group;
    struct crowd_task task;
};

static const struct swarm_point crowd_points[] = {{1, 0}, {1, 0}, {2, 0}, {3, 0}};
static struct swarm_machine crowd_machine = {
    .name = "task", .points = crowd_points, .point_count = 4, .size = sizeof(struct crowd_task), .file = "test.swarm"};
static struct swarm_entry crowd_entries[] = {
    {.name = "task", .machine = &crowd_machine, .weight = 1, .offset = offsetof(struct crowd_user, task)}};
static const struct swarm_group crowd_group = {.name = "U",
                                               .kind = SWARM_GROUP_USER,
                                               .entries = crowd_entries,
                                               .entry_count = 1,
                                               .hook_offset = offsetof(struct crowd_user, task),
                                               .size = sizeof(struct crowd_user)};
static struct swarm_kind_of_user crowd_kinds[] = {
    {.name = "U",
     .group = &crowd_group,
     .size = sizeof(struct crowd_user),
     .weight = 1,
     .count = -1,
     .http = {.timeout = -1, .connect_timeout = -1, .backoff = -1, .max_body = -1, .retries = -1, .connections = -1}}};
static const struct swarm_place crowd_place = {"test.swarm", 1, ""};

static struct swarm_program crowd_program = {.abi = SWARM_ABI, .kinds = crowd_kinds, .kind_count = 1};
static struct run_config crowd_config;
static struct http_plan *crowd_http;
static struct stats *crowd_stats;
static uv_loop_t crowd_loop;
static struct post crowd_post;
static struct shard *crowd_shards[SHARDS];
static uint64_t crowd_ready, crowd_ended, crowd_gone, crowd_started, crowd_wrong, crowd_chance = 4711;

static void crowd_arrived(uv_async_t *wake)
{
    struct message *message = post_take(&crowd_post);

    (void)wake;
    while (message) {
        struct message *next = message->next;

        crowd_ready += message->type == MESSAGE_READY && !message->bytes;
        crowd_ended += message->type == MESSAGE_ENDED;
        crowd_gone += message->type == MESSAGE_GONE ? message->number : 0;
        if (message->type == MESSAGE_DELTA) {
            crowd_wrong += stats_fold(crowd_stats, message->bytes, message->size) != STATS_FOLDED;
        }
        message_free(message);
        message = next;
    }
}

/* Until the number is reached. */
static void crowd_until(const uint64_t *number, uint64_t wanted)
{
    while (*number < wanted) {
        uv_run(&crowd_loop, UV_RUN_ONCE);
    }
}

static void crowd_send(unsigned shard, enum message_type type, uint64_t number, int64_t within)
{
    struct message *message = message_new(type, shard);

    message->number = number;
    message->at = clock_now() + within;
    shard_send(crowd_shards[shard], message);
}

static TAP_UNUSED void crowd_start(uint64_t users)
{
    for (uint64_t i = 0; i < users; i++) {
        crowd_started++;
        crowd_send((unsigned)(crowd_started % SHARDS), MESSAGE_START, crowd_started, 0);
    }
}

/* The newest users of a shard by chance; 0 ns: cut off at once. */
static TAP_UNUSED void crowd_stop_some(uint64_t most, int64_t within)
{
    crowd_send((unsigned)random_below(&crowd_chance, SHARDS), MESSAGE_STOP, random_below(&crowd_chance, most + 1),
               within);
    uv_sleep(1); /* the shards keep up with what is sent */
    uv_run(&crowd_loop, UV_RUN_NOWAIT);
}

static void crowd_open(enum swarm_step (*step)(struct swarm_strand *, struct swarm_frame *))
{
    struct http_settings settings = {.targets = (const char *[]){NULL}};
    struct state_settings state = {.seed = 1};
    const char *names[] = {"U"};
    char why[256] = "";

    crowd_machine.step = step;
    crowd_http = http_plan_create(&crowd_program, &settings, why, sizeof why);
    if (!crowd_http || !state_open(&crowd_program, &state, why, sizeof why)) {
        bail_out("cannot begin: %s", why);
    }
    uv_loop_init(&crowd_loop);
    post_open(&crowd_post, &crowd_loop, crowd_arrived, NULL);
    crowd_stats = stats_create(names, 1);
    stats_metrics(crowd_stats, crowd_program.metrics, crowd_program.metric_count);
    stats_begin(crowd_stats, clock_now(), clock_unix_ms());
    crowd_config.program = &crowd_program;
    crowd_config.rows = stats_rows_create(NULL, 0);
    crowd_config.control = &crowd_post;
    crowd_config.requests = &http_requests;
    for (unsigned i = 0; i < SHARDS; i++) {
        crowd_shards[i] = shard_create(&crowd_config, crowd_http, i);
    }
    crowd_until(&crowd_ready, SHARDS);
}

/* Everybody is stopped, all counts are there; what is shared still stands: state_close() afterwards. */
static void crowd_close(void)
{
    for (unsigned i = 0; i < SHARDS; i++) {
        crowd_send(i, MESSAGE_STOP_ALL, 0, SWARM_S);
    }
    crowd_until(&crowd_gone, crowd_started);
    for (unsigned i = 0; i < SHARDS; i++) {
        crowd_send(i, MESSAGE_END, 0, 0);
    }
    crowd_until(&crowd_ended, SHARDS);
    for (unsigned i = 0; i < SHARDS; i++) {
        shard_join(crowd_shards[i]);
    }
    post_close(&crowd_post);
    uv_run(&crowd_loop, UV_RUN_DEFAULT);
    uv_loop_close(&crowd_loop);
    stats_rows_free(crowd_config.rows);
    http_plan_free(crowd_http);
}

#endif
