/* Branches of `parallel`: when they begin, when the join is, which exit wins, what a stop does; and what a `measure` counts. */
#include "base/random.h"
#include "tests/engine/harness.h"
#include "value/value.h"

enum { MOST = 8 };

static struct script branches[MOST], start = SCRIPT("start", ""), stop = SCRIPT("stop", ""),
                                     after = SCRIPT("after", "");
static unsigned branch_count;
static int64_t branch_max;

struct fan_frame {
    struct swarm_frame frame;
    struct swarm_fan fan;
    struct swarm_transaction transaction;
    unsigned next;
};

static const struct swarm_place place = {"test.swarm", 9, "n"};

/* What swarmc makes of `measure "all" { parallel max N for … { … } }`. */
static enum swarm_step fan_step(struct swarm_strand *s, struct swarm_frame *base)
{
    struct fan_frame *f = (struct fan_frame *)base;

    switch (f->frame.at) {
    case 0:
        say("fan");
        f->transaction = swarm_transaction(s, 0);
        swarm_fan_begin(s, &f->fan, branch_max, &place);
        if (swarm_failed(s)) {
            return swarm_leave(s, 3);
        }
        for (;;) {
            return swarm_fan_room(s, 1, &f->fan);
        case 1:;
            if (!swarm_fan_open(&f->fan) || f->next == branch_count) {
                break;
            }
            if (!swarm_branch(s, &f->fan, &branches[f->next % MOST].machine, &place)) {
                break;
            }
            f->next++;
        }
        return swarm_fan_join(s, 2, &f->fan);
    case 2:;
        (with_times ? say_at : say)("joined");
        swarm_measured(s, &f->transaction);
        return SWARM_DONE;
    case 3:;
        (with_times ? say_at : say)("left");
        swarm_measured_left(s, &f->transaction);
        return swarm_leave(s, 0);
    }
    return SWARM_DONE;
}

static const struct swarm_point fan_points[] = {{1, 0}, {2, 3}, {2, 3}, {3, 0}};
static const struct swarm_machine fan_machine = {.step = fan_step,
                                                 .name = "fan",
                                                 .points = fan_points,
                                                 .point_count = 4,
                                                 .size = sizeof(struct fan_frame),
                                                 .file = "test.swarm"};

struct state {
    struct swarm_group_frame group;
    union {
        struct script_frame script;
        struct fan_frame fan;
    } u;
};

static const struct swarm_machine *starts[2] = {&start.machine}, *stops[2] = {&stop.machine};
static struct swarm_entry entries[2];
static struct swarm_group group;
static struct swarm_wait wait_long = {.kind = SWARM_WAIT_CONSTANT, .a = 3600 * SWARM_S};
static const struct swarm_row rows[] = {{"TRANSACTION", "all"}};

/* A user whose first task is the fan, over these branches, and the second one is `after`. */
static void begin(int64_t max, unsigned count, const char *const *texts)
{
    static const char *const names[MOST] = {"a", "b", "c", "d", "e", "g", "h", "i"};

    branch_count = count;
    branch_max = max;
    with_times = false;
    for (unsigned i = 0; i < MOST; i++) {
        branches[i] = (struct script)SCRIPT("", "");
        branches[i].machine.name = names[i];
        branches[i].text = i < count && texts ? texts[i] : "";
    }
    start.text = stop.text = after.text = "";
    start.runs = stop.runs = after.runs = 0;
    /* clang-format off */
    entries[0] = (struct swarm_entry){.name = "fan", .machine = &fan_machine, .weight = 1, .offset = offsetof(struct state, u)};
    entries[1] = (struct swarm_entry){.name = "after", .machine = &after.machine, .weight = 0, .offset = offsetof(struct state, u)};
    group = (struct swarm_group){
        .name = "U", .kind = SWARM_GROUP_USER, .entries = entries, .entry_count = 2, .on_start = starts, .on_stop = stops,
        .hook_offset = offsetof(struct state, u), .wait = &wait_long, .size = sizeof(struct state)};
    test_kinds[0] = (struct swarm_kind_of_user){.name = "U", .group = &group, .size = sizeof(struct state), .weight = 1, .count = -1};
    /* clang-format on */
    open_shard(1);
    stats_rows_free(test_config.rows);
    shard_close(&test_shard);
    test_program.rows = rows;
    test_program.row_count = 1;
    test_config.rows = stats_rows_create(rows, 1);
    shard_open(&test_shard, &test_config, 0);
    shard_start_user(&test_shard, 0, 1);
}

static void end(void)
{
    shard_stop_all(&test_shard, test_now);
    run_until(test_now + 3600 * SWARM_S);
    is_uint(shard_users(&test_shard), 0, "everybody is gone");
    close_shard();
}

#define BEGIN(max, ...)                                                                                                \
    begin(max, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *), (const char *const[]){__VA_ARGS__})

static uint64_t measured(bool failed)
{
    struct stats_snapshot *snap = counted();
    const struct stats_row_view *row = stats_find(snap, "TRANSACTION", "all");
    uint64_t n = !row ? 0 : failed ? row->failures : row->requests;

    stats_snapshot_unref(snap);
    return n;
}

static void test_join(void)
{
    BEGIN(INT64_MAX, "s", "", "ss");
    with_times = true;
    run_until(SWARM_S);
    is_str(trace, "start@0 fan a@0 b@0 c@0 joined@200", "all begin at once, the join is when the last has ended");
    is_uint(measured(false), 1, "the measure around it is counted");
    end();

    begin(INT64_MAX, 0, NULL);
    run_until(SWARM_S);
    is_str(trace, "start fan joined", "no branch at all");
    end();
}

static void test_max(void)
{
    BEGIN(2, "ss", "s", "s", "s");
    with_times = true;
    run_until(SWARM_S);
    is_str(trace, "start@0 fan a@0 b@0 c@100 d@200 joined@300", "max 2: the next begins when one has ended");
    end();

    BEGIN(2, "q", "s", "s", "s");
    with_times = true;
    run_until(SWARM_S);
    is_str(trace, "start@0 fan a@0 b@0 c@0 d@100 left@200", "an exit lets the others begin too");
    end();

    BEGIN(0, "s");
    run_until(SWARM_S);
    is_str(trace, "start fan left", "max 0 is an error");
    end();
}

/* What the group does with the exit shows which one won. */
static void test_strength(void)
{
    static const struct {
        const char *a, *b, *want;
        uint64_t requests, failures, errors;
    } cases[] = {
        {"s", "e", "start fan a b left", 1, 1, 1},       {"s", "q", "start fan a b left", 1, 1, 0},
        {"e", "se", "start fan a b left", 1, 1, 2},      {"se", "r", "start fan a b left", 1, 1, 1},
        {"r", "sr", "start fan a b left", 1, 0, 0},      {"r", "si", "start fan a b left", 1, 0, 0},
        {"si", "e", "start fan a b left", 1, 0, 1},      {"w", "sq", "start fan a b left", 1, 0, 0},
        {"su", "e", "start fan a b left stop", 0, 0, 1}, {"si", "u", "start fan a b left stop", 0, 0, 0},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        BEGIN(INT64_MAX, cases[i].a, cases[i].b);
        run_until(SWARM_S);
        is_str(trace, cases[i].want, "%s and %s", cases[i].a, cases[i].b);
        struct stats_snapshot *snap = counted();
        const struct stats_row_view *row = stats_find(snap, "TRANSACTION", "all");
        is_uint(row ? row->requests : 0, cases[i].requests, "%s and %s: measured", cases[i].a, cases[i].b);
        is_uint(row ? row->failures : 0, cases[i].failures, "%s and %s: failed", cases[i].a, cases[i].b);
        is_uint(snap->task_errors, cases[i].errors, "%s and %s: every error is counted", cases[i].a, cases[i].b);
        if (cases[i].errors) {
            is_str(snap->errors[0].task, "fan", "%s and %s: under its task", cases[i].a, cases[i].b);
        }
        stats_snapshot_unref(snap);
        end();
    }
}

static void test_stops(void)
{
    BEGIN(INT64_MAX, "S", "f", "fS", "u");
    with_times = true;
    run_until(SWARM_S);
    is_str(trace, "start@0 fan a@0 b@0 c@0 d@0 f f left@300 stop@300", "stop user in a branch: the others stop softly");
    end();

    BEGIN(1, "u", "s", "s");
    run_until(SWARM_S);
    is_str(trace, "start fan a left stop", "and nothing new begins");
    end();

    BEGIN(INT64_MAX, "S", "f", "ff");
    with_times = true;
    run_until(50 * MS);
    shard_stop_all(&test_shard, 10 * SWARM_S);
    run_until(SWARM_S);
    is_str(trace, "start@0 fan a@0 b@0 c@0 f f left@300 stop@300",
           "a soft stop reaches every branch, what runs may finish");
    is_uint(measured(false), 0, "a measure that a stop left is not counted");
    end();

    BEGIN(1, "f", "f", "f");
    run_until(50 * MS);
    shard_stop_all(&test_shard, 10 * SWARM_S);
    run_until(2 * SWARM_S);
    is_str(trace, "start fan a f left stop", "stopped while it waits for room: nothing new begins");
    end();

    BEGIN(INT64_MAX, "S", "f", "ff");
    with_times = true;
    run_until(50 * MS);
    shard_stop_all(&test_shard, 150 * MS);
    run_until(SWARM_S);
    is_str(trace, "start@0 fan a@0 b@0 c@0 x x left@150", "a hard stop cuts every branch");
    is_uint(shard_users(&test_shard), 0, "and the user is gone");
    end();
}

/* The fan is in `on stop`: what it does runs to its end, but for a cut. */
static void test_shield(void)
{
    BEGIN(INT64_MAX, "sss", "f");
    entries[0].weight = 0;
    entries[1].weight = 1;
    stops[0] = &fan_machine;
    after.text = "S";
    run_until(50 * MS);
    shard_stop_all(&test_shard, 10 * SWARM_S);
    run_until(2 * SWARM_S);
    is_str(trace, "start after fan a b f joined", "soft stops pass by in `on stop`");
    end();

    BEGIN(INT64_MAX, "sss", "f");
    entries[0].weight = 0;
    entries[1].weight = 1;
    run_until(50 * MS);
    shard_stop_all(&test_shard, 200 * MS);
    run_until(2 * SWARM_S);
    is_uint(shard_users(&test_shard), 0, "a cut does not");
    stops[0] = &stop.machine;
    end();
}

static void test_too_many(void)
{
    static const char *const texts[MOST] = {"S", "S", "S", "S", "S", "S", "S", "S"};

    begin(INT64_MAX, MOST, texts);
    branch_count = 10001;
    run_until(10 * SWARM_S);
    struct stats_snapshot *snap = counted();
    is_uint(snap->error_count, 1, "more than 10,000 branches at once are an error");
    like(snap->error_count ? snap->errors[0].text : "", "parallel with more than 10000 branches at once",
         "which says so");
    stats_snapshot_unref(snap);
    end();
}

/* Soft and hard stops at every moment: nobody is left behind, nothing is touched that is gone (under ASan). */
static void test_stops_everywhere(void)
{
    static const char *const all[] = {"",  "s",  "ss", "f", "fs", "sf", "y",   "e",  "se",
                                      "q", "fq", "r",  "i", "su", "fu", "msq", "mfe"};
    uint64_t random = 7;
    unsigned left = 0;

    for (int round = 0; round < 3000; round++) {
        const char *texts[MOST];
        unsigned count = 1 + (unsigned)(random_next(&random) % (MOST - 1));
        int64_t max = random_next(&random) % 2 ? INT64_MAX : 1 + (int64_t)(random_next(&random) % 3);
        int64_t soft = (int64_t)(random_next(&random) % 45) * 20 * MS,
                hard = (int64_t)(random_next(&random) % 20) * 20 * MS;

        for (unsigned i = 0; i < count; i++) {
            texts[i] = all[random_next(&random) % (sizeof all / sizeof *all)];
        }
        begin(max, count, texts);
        run_until(soft);
        shard_stop_all(&test_shard, soft + hard);
        run_until(soft + hard + SWARM_S);
        left += shard_users(&test_shard) != 0;
        close_shard();
    }
    is_uint(left, 0, "3,000 stops at any time, each followed by a cut: nobody is left");
}

int main(void)
{
    test_join();
    test_max();
    test_strength();
    test_stops();
    test_shield();
    test_too_many();
    test_stops_everywhere();
    return tap_done();
}
