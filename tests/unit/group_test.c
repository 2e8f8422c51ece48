/* Users, groups and journeys: what runs when, and what an exit leads to. */
#include "tests/engine/harness.h"

/* A kind with one level of nesting: the user's own hooks and two entries, of which `inner` may be a group
 * with two entries. */
struct inner_state {
    struct swarm_group_frame group;
    struct script_frame child;
};
struct user_state {
    struct swarm_group_frame group;
    union {
        struct script_frame child;
        struct inner_state inner;
    } u;
};

static struct script start = SCRIPT("start", ""), stop = SCRIPT("stop", "");
static struct script enter = SCRIPT("enter", ""), leave = SCRIPT("leave", "");
static struct script a = SCRIPT("a", ""), b = SCRIPT("b", ""), c = SCRIPT("c", "");

static const struct swarm_machine *user_starts[3], *user_stops[3], *inner_starts[2], *inner_stops[2];
static struct swarm_wait wait_outer, wait_inner;
static struct swarm_entry inner_entries[2], user_entries[2];
static struct swarm_group inner, outer;
static unsigned inits;

static void count_init(struct swarm_strand *s, struct swarm_frame *group)
{
    (void)s;
    (void)group;
    inits++;
}

static void say_script(struct script *script, const char *text)
{
    script->text = text;
    script->runs = 0;
}

/* A user with tasks a and b; or, with inner_kind, with the group (of b and c) and a. Weight 0 for the second
 * entries. */
static void make(bool nested, enum swarm_group_kind inner_kind, bool repeat)
{
    struct script *scripts[] = {&start, &stop, &enter, &leave, &a, &b, &c};

    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        say_script(scripts[i], "");
    }
    inits = 0;
    with_times = false;
    user_starts[0] = &start.machine;
    user_starts[1] = NULL;
    user_stops[0] = &stop.machine;
    user_stops[1] = NULL;
    inner_starts[0] = &enter.machine;
    inner_stops[0] = &leave.machine;
    wait_outer = (struct swarm_wait){.kind = SWARM_WAIT_CONSTANT, .a = SWARM_S};
    inner_entries[0] = (struct swarm_entry){
        .name = "b", .machine = &b.machine, .weight = 1, .offset = offsetof(struct inner_state, child)};
    inner_entries[1] = (struct swarm_entry){
        .name = "c", .machine = &c.machine, .weight = 0, .offset = offsetof(struct inner_state, child)};
    inner = (struct swarm_group){.name = "inner",
                                 .kind = inner_kind,
                                 .repeat = repeat,
                                 .entries = inner_entries,
                                 .entry_count = 2,
                                 .on_start = inner_starts,
                                 .on_stop = inner_stops,
                                 .hook_offset = offsetof(struct inner_state, child),
                                 .size = sizeof(struct inner_state),
                                 .init = count_init};
    user_entries[0] =
        (struct swarm_entry){.name = "a", .machine = &a.machine, .weight = 1, .offset = offsetof(struct user_state, u)};
    if (nested) {
        user_entries[0] = (struct swarm_entry){
            .name = "inner", .group = &inner, .weight = 1, .offset = offsetof(struct user_state, u)};
    }
    outer = (struct swarm_group){.name = "U",
                                 .kind = SWARM_GROUP_USER,
                                 .entries = user_entries,
                                 .entry_count = 1,
                                 .on_start = user_starts,
                                 .on_stop = user_stops,
                                 .hook_offset = offsetof(struct user_state, u),
                                 .wait = &wait_outer,
                                 .size = sizeof(struct user_state)};
    test_kinds[0] = (struct swarm_kind_of_user){
        .name = "U", .group = &outer, .size = sizeof(struct user_state), .weight = 1, .count = -1};
    open_shard(1);
}

static void run_one(int64_t until)
{
    shard_start_user(&test_shard, 0, 1);
    run_until(until);
}

static void soft_stop(void)
{
    shard_stop_all(&test_shard, test_now + 10 * SWARM_S);
}

/* Ends what is left and closes the shard; everybody must be gone. */
static void finish(void)
{
    soft_stop();
    run_until(test_now + 20 * SWARM_S);
    is_uint(shard_users(&test_shard), 0, "… nobody is left after the stop timeout");
    close_shard();
}

static void is_counted(unsigned errors, unsigned lost)
{
    struct stats_snapshot *snap = counted();

    is_uint(snap->task_errors, errors, "… %u errors counted", errors);
    is_uint(snap->lost, lost, "… %u users lost", lost);
    stats_snapshot_unref(snap);
}

static void test_life(void)
{
    make(false, SWARM_GROUP_TASKS, false);
    with_times = true;
    say_script(&a, "s");
    run_one(3 * SWARM_S);
    soft_stop();
    run_until(test_now);
    is_str(trace, "start@0 a@0 a@1100 a@2200 stop@3000", "on start, tasks with waits, on stop at once");
    finish();
}

static void test_exits_of_tasks(void)
{
    static const struct {
        const char *script, *want, *name;
        unsigned errors;
    } cases[] = {
        {"e|s", "start a a", "an error ends the task, the user waits and goes on", 1},
        {"me|s", "start a m a", "an error in measure steps the pad first", 1},
        {"q|s", "start a a", "require ends the task and is counted with its request", 0},
        {"r|s", "start a a", "reschedule waits", 0},
        {"u", "start a stop", "stop user: on stop, gone", 0},
        {"mS", "start a m stop", "a stop within measure steps the pad", 0},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        make(false, SWARM_GROUP_TASKS, false);
        say_script(&a, cases[i].script);
        run_one(i == 5 ? 500 * MS : 1500 * MS);
        if (i == 5) {
            soft_stop();
            run_until(test_now);
        }
        is_str(trace, cases[i].want, "%s", cases[i].name);
        is_counted(cases[i].errors, 0);
        finish();
    }
}

static void test_start_fails(void)
{
    static const struct {
        const char *script;
        unsigned errors, lost;
    } cases[] = {{"e", 1, 1}, {"q", 0, 1}, {"sq", 0, 1}, {"u", 0, 0}, {"r", 0, 1}};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        make(false, SWARM_GROUP_TASKS, false);
        say_script(&start, cases[i].script);
        run_one(500 * MS);
        is_str(trace, "start", "on start that ends by \"%s\": no task, no on stop", cases[i].script);
        is_uint(shard_users(&test_shard), 0, "… the user is gone");
        is_counted(cases[i].errors, cases[i].lost);
        finish();
    }
    make(false, SWARM_GROUP_TASKS, false);
    user_starts[0] = &enter.machine;
    user_starts[1] = &start.machine;
    user_starts[2] = NULL;
    say_script(&enter, "e");
    run_one(500 * MS);
    is_str(trace, "enter", "a base's on start that fails skips the rest");
    finish();
    make(false, SWARM_GROUP_TASKS, false);
    say_script(&start, "S");
    run_one(500 * MS);
    soft_stop();
    run_until(test_now);
    is_str(trace, "start", "stopped within on start: no on stop");
    is_counted(0, 0);
    finish();
}

static void test_stops(void)
{
    make(false, SWARM_GROUP_TASKS, false);
    say_script(&a, "f");
    say_script(&stop, "f");
    run_one(100 * MS);
    soft_stop();
    run_until(2 * SWARM_S);
    is_str(trace, "start a f stop f", "what is under way may finish, and so may on stop");
    finish();

    make(false, SWARM_GROUP_TASKS, false);
    say_script(&a, "f");
    run_one(100 * MS);
    shard_stop_all(&test_shard, 200 * MS);
    run_until(2 * SWARM_S);
    is_str(trace, "start a x", "the stop timeout cuts it off, on stop does not begin");
    finish();

    make(false, SWARM_GROUP_TASKS, false);
    say_script(&a, "f");
    say_script(&stop, "f");
    run_one(100 * MS);
    shard_stop_all(&test_shard, 500 * MS);
    run_until(2 * SWARM_S);
    is_str(trace, "start a f stop x", "the same timeout cuts on stop off");
    finish();

    make(false, SWARM_GROUP_TASKS, false);
    user_stops[1] = &leave.machine;
    user_stops[2] = NULL;
    say_script(&stop, "se");
    run_one(100 * MS);
    soft_stop();
    run_until(2 * SWARM_S);
    is_str(trace, "start a stop leave", "an error in on stop ends it only: the base's runs");
    is_counted(1, 0);
    finish();

    make(false, SWARM_GROUP_TASKS, false);
    say_script(&a, "S");
    run_one(100 * MS);
    shard_stop_all(&test_shard, test_now);
    run_until(test_now + 1);
    is_str(trace, "start a stop", "without a stop timeout on stop begins, and is cut at its first wait");
    is_uint(shard_users(&test_shard), 0, "… at once");
    finish();
}

static void test_newest_first(void)
{
    make(false, SWARM_GROUP_TASKS, false);
    say_script(&a, "S");
    for (uint64_t id = 1; id <= 5; id++) {
        shard_start_user(&test_shard, 0, id);
    }
    run_until(10 * MS);
    shard_stop_users(&test_shard, 0, 2, test_now + SWARM_S);
    run_until(20 * MS);
    is_uint(shard_users(&test_shard), 3, "two of five are stopped");
    shard_stop_users(&test_shard, 0, 9, test_now + SWARM_S);
    run_until(30 * MS);
    is_uint(shard_users(&test_shard), 0, "more than there are: all of them");
    finish();
}

static void test_nested(void)
{
    make(true, SWARM_GROUP_TASKS, false);
    with_times = true;
    say_script(&b, "|i|w|");
    run_one(2500 * MS);
    is_str(trace, "start@0 enter@0 b@0 b@1000 leave@1000 enter@1000 b@1000 leave@1000 enter@2000 b@2000",
           "interrupt: on stop, the parent picks at once; after wait: it waits first");
    is_uint(inits, 3, "the vars are new on each entry");
    soft_stop();
    run_until(test_now);
    like(trace, "leave@2500 stop@2500", "a stop runs the innermost on stop first");
    finish();

    make(true, SWARM_GROUP_TASKS, false);
    wait_inner = (struct swarm_wait){.kind = SWARM_WAIT_CONSTANT, .a = 100 * MS};
    inner.wait = &wait_inner;
    with_times = true;
    run_one(250 * MS);
    is_str(trace, "start@0 enter@0 b@0 b@100 b@200", "the innermost wait wins");
    finish();

    make(true, SWARM_GROUP_TASKS, false);
    with_times = true;
    say_script(&enter, "e|");
    run_one(1500 * MS);
    is_str(trace, "start@0 enter@0 enter@1000 b@1000",
           "a group whose on start fails is left, the parent waits and picks");
    is_counted(1, 0);
    finish();

    make(true, SWARM_GROUP_TASKS, false);
    say_script(&b, "u");
    run_one(1500 * MS);
    is_str(trace, "start enter b leave stop", "stop user passes every on stop");
    finish();

    make(true, SWARM_GROUP_TASKS, false);
    say_script(&b, "i");
    say_script(&leave, "ss");
    run_one(50 * MS);
    soft_stop();
    run_until(190 * MS);
    is_str(trace, "start enter b leave", "a soft stop passes by while on stop runs");
    run_until(250 * MS);
    is_str(trace, "start enter b leave stop", "and is followed behind it");
    finish();

    make(true, SWARM_GROUP_TASKS, false);
    outer.wait = NULL;
    say_script(&b, "i");
    shard_start_user(&test_shard, 0, 1);
    for (unsigned i = 0; i < 50; i++) {
        ok(i == 0 || shard_turn(&test_shard) || i < 50, "a group that is interrupted for ever yields, turn %u", i);
        if (i >= 2) {
            break;
        }
    }
    soft_stop();
    while (shard_turn(&test_shard)) {
    }
    finish();
}

static void test_journeys(void)
{
    make(true, SWARM_GROUP_JOURNEY, false);
    with_times = true;
    run_one(3500 * MS);
    is_str(trace, "start@0 enter@0 b@0 c@1000 leave@2000 enter@3000 b@3000",
           "steps once in order, a wait behind each and behind the journey");
    finish();

    make(true, SWARM_GROUP_JOURNEY, true);
    with_times = true;
    say_script(&c, "|i");
    run_one(3500 * MS);
    is_str(trace, "start@0 enter@0 b@0 c@1000 b@2000 c@3000 leave@3000 enter@3000 b@3000",
           "repeat starts over until interrupt");
    is_uint(inits, 3, "the vars are new each round");
    finish();

    static const char *const hard[] = {"e|", "q|", "r|"};
    for (size_t i = 0; i < 3; i++) {
        make(true, SWARM_GROUP_JOURNEY, i == 1);
        with_times = true;
        say_script(&b, hard[i]);
        run_one(1500 * MS);
        is_str(trace, "start@0 enter@0 b@0 leave@0 enter@1000 b@1000",
               "\"%s\" in a step ends the journey, the parent waits", hard[i]);
        is_counted(i == 0, 0);
        finish();
    }
}

static void test_chain(void)
{
    static const struct swarm_edge to_c[] = {{0, 0}, {1, 1}}, to_b[] = {{0, 1}};

    make(true, SWARM_GROUP_CHAIN, false);
    inner_entries[0].edges = to_c;
    inner_entries[0].edge_count = 2;
    inner_entries[1].edges = to_b;
    inner_entries[1].edge_count = 1;
    inner_entries[0].weight = inner_entries[1].weight = 0;
    say_script(&c, "|e|i");
    run_one(5500 * MS);
    is_str(trace, "start enter b c b c b c leave enter b", "a chain begins at its first task and follows its edges");
    finish();
}

static void test_waits(void)
{
    static const struct {
        int64_t slept;
        const char *script, *want;
    } paces[] = {
        {0, "s", "start@0 a@0 a@400 a@800 a@1200"},
        {0, "s|SSss|s", "start@0 a@0 a@400 a@2600 a@3000"},
    };

    for (size_t i = 0; i < 2; i++) {
        make(false, SWARM_GROUP_TASKS, false);
        with_times = true;
        wait_outer = (struct swarm_wait){.kind = SWARM_WAIT_PACE, .a = 400 * MS};
        say_script(&a, paces[i].script);
        run_one(i ? 3300 * MS : 1500 * MS);
        is_str(trace, paces[i].want, "pace: a cycle from the task's start%s",
               i ? "; late: at once, nothing is caught up" : "");
        finish();
    }

    make(false, SWARM_GROUP_TASKS, false);
    wait_outer = (struct swarm_wait){.kind = SWARM_WAIT_UNIFORM, .a = 100 * MS, .b = 300 * MS};
    run_one(200 * SWARM_S);
    ok(a.runs > 900 && a.runs < 1100, "uniform between 100 ms and 300 ms: about a thousand in 200 s (%u)", a.runs);
    finish();

    make(false, SWARM_GROUP_TASKS, false);
    outer.wait = NULL;
    say_script(&a, "s");
    run_one(1050 * MS);
    is_uint(a.runs, 11, "no wait: the next task at once");
    finish();
}

static int64_t wait_round(struct swarm_strand *s, struct swarm_frame *group)
{
    static unsigned rounds;

    ok(group->machine != NULL && group == (struct swarm_frame *)s->state,
       "a wait expression sees the group that says it");
    if (rounds++ == 1) {
        swarm_error(s, &script_place, "no wait");
    }
    return 300 * MS;
}

static void test_expression(void)
{
    make(true, SWARM_GROUP_TASKS, false);
    with_times = true;
    wait_outer = (struct swarm_wait){.kind = SWARM_WAIT_EXPRESSION, .eval = wait_round};
    run_one(1800 * MS);
    is_str(trace, "start@0 enter@0 b@0 b@300 b@1300 b@1600",
           "a wait that is computed; where that fails, an error and a second");
    is_counted(1, 0);
    finish();
}

static void test_nothing_to_do(void)
{
    make(false, SWARM_GROUP_TASKS, false);
    user_entries[0].weight = 0;
    run_one(5000 * SWARM_S);
    is_str(trace, "start", "every weight 0: the user waits");
    is_uint(shard_users(&test_shard), 1, "… and lives");
    finish();
    make(true, SWARM_GROUP_TASKS, false);
    inner_entries[0].weight = 0;
    run_one(1500 * MS);
    is_str(trace, "start enter leave enter leave", "a group without anything to pick is over");
    finish();
}

static void test_weights(void)
{
    make(false, SWARM_GROUP_TASKS, false);
    user_entries[1] =
        (struct swarm_entry){.name = "b", .machine = &b.machine, .weight = 3, .offset = offsetof(struct user_state, u)};
    outer.entry_count = 2;
    run_one(2000 * SWARM_S);
    ok(a.runs + b.runs >= 2000 && b.runs > 1400 && b.runs < 1600, "weights 1 and 3: %u and %u of 2,000", a.runs,
       b.runs);
    finish();
}

/* ---- loop every … within … ---- */

struct polling {
    struct swarm_frame frame;
    struct swarm_poll poll;
    unsigned rounds;
};
struct polling_user {
    struct swarm_group_frame group;
    struct polling task;
};

static int64_t poll_every, poll_within, round_takes;

static enum swarm_step polling_step(struct swarm_strand *s, struct swarm_frame *base)
{
    struct polling *f = (struct polling *)base;

    switch (base->at) {
    case 0:
        f->poll = swarm_every(s, poll_every, poll_within);
        for (;;) {
            return swarm_poll(s, 1, &f->poll);
        case 1:;
            if (f->poll.over) {
                say_at("over");
                break;
            }
            say_at("round");
            if (++f->rounds == 6) {
                break;
            }
            return swarm_sleep(s, 2, round_takes);
        case 2:;
        }
    }
    return SWARM_DONE;
}

static void test_polling(void)
{
    static const struct swarm_machine polling = {.step = polling_step,
                                                 .name = "polling",
                                                 .points = script_points,
                                                 .point_count = 3,
                                                 .size = sizeof(struct polling),
                                                 .file = "test.swarm"};
    static const struct {
        int64_t every, within, takes;
        const char *want, *name;
    } cases[] = {
        {100, 350, 0, "round@0 round@100 round@200 round@300 over@350", "the wait for a round ends at the deadline"},
        {100, 300, 0, "round@0 round@100 round@200 over@300", "no round starts at the deadline"},
        {100, 1000, 250, "round@0 round@250 round@500 round@750 over@1000", "a late round starts at once"},
        {100, -1, 120, "round@0 round@120 round@240 round@360 round@480 round@600", "without within"},
        {100, 0, 0, "round@0 over@0", "the first round always starts"},
        {100, 50, 200, "round@0 over@200", "a round is never cut by within"},
        {-1, 250, 100, "round@0 round@100 round@200 over@300", "without every: one behind the other"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        make(false, SWARM_GROUP_TASKS, false);
        outer.on_start = outer.on_stop = NULL;
        wait_outer.a = 3600 * SWARM_S;
        user_entries[0].machine = &polling;
        user_entries[0].offset = offsetof(struct polling_user, task);
        outer.size = test_kinds[0].size = sizeof(struct polling_user);
        close_shard();
        open_shard(1);
        poll_every = cases[i].every < 0 ? -1 : cases[i].every * MS;
        poll_within = cases[i].within < 0 ? -1 : cases[i].within * MS;
        round_takes = cases[i].takes * MS;
        run_one(2 * SWARM_S);
        is_str(trace, cases[i].want, "loop: %s", cases[i].name);
        finish();
    }
}

int main(void)
{
    test_life();
    test_polling();
    test_exits_of_tasks();
    test_start_fails();
    test_stops();
    test_newest_first();
    test_nested();
    test_journeys();
    test_chain();
    test_waits();
    test_expression();
    test_nothing_to_do();
    test_weights();
    return tap_done();
}
