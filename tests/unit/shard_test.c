/* Shards as threads: users started, stopped and counted by messages; nothing is lost on the way. */
#include "http/http.h"
#include "tests/engine/harness.h"

enum { SHARDS = 3, USERS = 500 };

struct state {
    struct swarm_group_frame group;
    struct script_frame child;
};

static struct script rest = SCRIPT("rest", "S"); /* the runs of all users: counted by their waits, not by the script */

static enum swarm_step rest_step(struct swarm_strand *s, struct swarm_frame *base)
{
    switch (base->at) {
    case 0:
        return swarm_sleep(s, 1, 5 * MS);
    case 1:;
        if (swarm_user_id(s) % 10 == 0) {
            swarm_error(s, &script_place, "every tenth");
            return swarm_leave(s, 0);
        }
        if (swarm_user_id(s) % 10 == 1) {
            return swarm_stop_user(s);
        }
    }
    return SWARM_DONE;
}

static struct swarm_entry entries[] = {
    {.name = "rest", .machine = &rest.machine, .weight = 1, .offset = offsetof(struct state, child)}};
static const struct swarm_group group = {.name = "U",
                                         .kind = SWARM_GROUP_USER,
                                         .entries = entries,
                                         .entry_count = 1,
                                         .hook_offset = offsetof(struct state, child),
                                         .size = sizeof(struct state)};

static uv_loop_t loop;
static struct post post;
static struct stats *stats;
static struct shard *shards[SHARDS];
static unsigned ready, ended, deltas, wrong;
static uint64_t gone, retired;

static void send_to_all(enum message_type type, uint64_t number)
{
    for (unsigned i = 0; i < SHARDS; i++) {
        struct message *message = message_new(type, i);

        message->number = number;
        message->at = clock_now() + SWARM_S;
        shard_send(shards[i], message);
    }
}

static void arrived(uv_async_t *wake)
{
    struct message *message = post_take(&post);

    (void)wake;
    while (message) {
        struct message *next = message->next;

        switch (message->type) {
        case MESSAGE_READY:
            wrong += message->bytes != NULL;
            ready++;
            break;
        case MESSAGE_DELTA:
            wrong += stats_fold(stats, message->bytes, message->size) != STATS_FOLDED;
            deltas++;
            break;
        case MESSAGE_GONE:
            gone += message->number;
            retired += message->how == USER_RETIRED ? message->number : 0;
            break;
        case MESSAGE_ENDED:
            ended++;
            break;
        default:
            wrong++;
        }
        message_free(message);
        message = next;
    }
}

static void wait_until_equal(const volatile void *value, size_t size, uint64_t wanted)
{
    for (;;) {
        uint64_t now = size == sizeof(unsigned) ? *(const volatile unsigned *)value : *(const volatile uint64_t *)value;

        if (now >= wanted) {
            return;
        }
        uv_run(&loop, UV_RUN_ONCE);
    }
}
#define WAIT(value, wanted) wait_until_equal(&(value), sizeof(value), (wanted))

int main(void)
{
    struct http_settings settings = {.targets = (const char *[]){NULL}};
    const char *names[] = {"U"};
    struct http_plan *http;
    struct stats_snapshot *snap;
    char why[256] = "";
    uint64_t errors;

    rest.machine.step = rest_step;
    test_kinds[0] = (struct swarm_kind_of_user){
        .name = "U",
        .group = &group,
        .size = sizeof(struct state),
        .weight = 1,
        .count = -1,
        .http = {
            .timeout = -1, .connect_timeout = -1, .backoff = -1, .max_body = -1, .retries = -1, .connections = -1}};
    test_program = (struct swarm_program){.abi = SWARM_ABI, .kinds = test_kinds, .kind_count = 1};
    http = http_plan_create(&test_program, &settings, why, sizeof why);
    if (!http) {
        bail_out("no plan: %s", why);
    }
    uv_loop_init(&loop);
    post_open(&post, &loop, arrived, NULL);
    stats = stats_create(names, 1);
    stats_begin(stats, clock_now(), clock_unix_ms());
    test_config.program = &test_program;
    test_config.rows = stats_rows_create(NULL, 0);
    test_config.control = &post;
    test_config.requests = &http_requests;
    for (unsigned i = 0; i < SHARDS; i++) {
        shards[i] = shard_create(&test_config, http, i);
    }
    WAIT(ready, SHARDS);
    is_uint(wrong, 0, "every shard is ready");

    for (uint64_t id = 1; id <= USERS; id++) {
        struct message *message = message_new(MESSAGE_START, 0);

        message->number = id;
        shard_send(shards[id % SHARDS], message);
    }
    WAIT(retired, USERS / 10);
    is_uint(gone, USERS / 10, "who stops himself is told of, once");
    send_to_all(MESSAGE_TAKE, 0);
    WAIT(deltas, SHARDS);
    snap = stats_take_snapshot(stats, clock_now(), clock_unix_ms());
    is_uint(snap->users, USERS - USERS / 10, "the others are alive");
    errors = snap->task_errors;
    stats_snapshot_unref(snap);

    send_to_all(MESSAGE_STOP, 50);
    WAIT(gone, USERS / 10 + SHARDS * 50);
    is_uint(gone, USERS / 10 + SHARDS * 50, "fifty of each shard are stopped");
    for (unsigned i = 0; i < 20; i++) {
        send_to_all(MESSAGE_TAKE, 0);
    }
    send_to_all(MESSAGE_STOP_ALL, 0);
    WAIT(gone, USERS);
    is_uint(gone, USERS, "everybody is gone");
    send_to_all(MESSAGE_END, 0);
    WAIT(ended, SHARDS);
    is_uint(wrong, 0, "no count is missing or double");
    is_uint(deltas, SHARDS * 22, "a delta for each that was asked for, and a last one");
    for (unsigned i = 0; i < SHARDS; i++) {
        shard_join(shards[i]);
    }
    snap = stats_take_snapshot(stats, clock_now(), clock_unix_ms());
    is_uint(snap->users, 0, "nobody is alive");
    ok(snap->task_errors >= errors && snap->error_count == 1, "the errors of all are in one line: %llu",
       (unsigned long long)snap->task_errors);
    ok(snap->cpu_ns > 0 && snap->loop_lag.count > 0, "the shards' CPU time and lag are measured");
    stats_snapshot_unref(snap);

    post_close(&post);
    uv_run(&loop, UV_RUN_DEFAULT);
    is_int(uv_loop_close(&loop), 0, "no handle is left open");
    stats_free(stats);
    stats_rows_free(test_config.rows);
    http_plan_free(http);
    return tap_done();
}
