/* Several user kinds, written by hand as swarmc writes them; the command line picks one by its name:
 *
 *     user Slow    { task t { get "/slow" }  on stop { get "/bye" } }
 *     user Lost    { on start { get "/deny" { require status == 200 } }  task t { get "/never" } }
 *     user Paced   { wait pace 200ms; task t { get "/tick"; sleep 100ms } }
 *     user Once    { on start { get "/hello"; stop user }  task t { get "/never" } }
 *     user Broken  { wait 100ms; task t { fail "broken" } }
 *     user Asleep  { task t { sleep 1h }  on stop { get "/bye" } }
 *     user Nested  { tasks Forum { on start { get "/enter" }  task t { get "/read"; sleep 1h }
 *                                  on stop { get "/leave" } }
 *                    on start { get "/hello" }  on stop { get "/bye" } }
 *     user Picker  { var n = 0
 *                    task a weight 2 { get "/a"; n += 1; if n == 20 { stop test "enough" } }
 *                    task b { get "/b"; n += 1; if n == 20 { stop test "enough" } } }
 *
 * and Stuck, whose task blocks its thread for a minute, which no scenario can do.
 */
#include <swarm/program.h>
#include <time.h>

#ifndef HAND_ABI
#define HAND_ABI SWARM_ABI
#endif

static const struct swarm_row rows[] = {
    {"GET", "/slow"},  {"GET", "/bye"},  {"GET", "/deny"},  {"GET", "/never"}, {"GET", "/tick"}, {"GET", "/hello"},
    {"GET", "/enter"}, {"GET", "/read"}, {"GET", "/leave"}, {"GET", "/a"},     {"GET", "/b"},
};
enum { SLOW, BYE, DENY, NEVER, TICK, HELLO, ENTER, READ, LEAVE, A, B };

#define CALL(index, path)                                                                                              \
    {                                                                                                                  \
        .method = "GET", .row = (index), .url = (path), .timeout = -1, .connect_timeout = -1, .follow = SWARM_UNSAID,  \
        .compressed = SWARM_ENCODING_UNSAID, .retries = -1, .place = {                                                 \
            "visits.swarm",                                                                                            \
            (index) + 1,                                                                                               \
            ""                                                                                                         \
        }                                                                                                              \
    }

static const struct swarm_call calls[] = {
    [SLOW] = CALL(SLOW, "/slow"), [BYE] = CALL(BYE, "/bye"),       [NEVER] = CALL(NEVER, "/never"),
    [TICK] = CALL(TICK, "/tick"), [HELLO] = CALL(HELLO, "/hello"), [ENTER] = CALL(ENTER, "/enter"),
    [READ] = CALL(READ, "/read"), [LEAVE] = CALL(LEAVE, "/leave"), [A] = CALL(A, "/a"),
    [B] = CALL(B, "/b"),
};

static const struct swarm_place require_place = {"visits.swarm", 3, ""};
static int deny_judge(struct swarm_strand *s, struct swarm_frame *base, const struct swarm_response *r)
{
    (void)base;
    if (!swarm_holds(s, swarm_status(r) == 200)) {
        swarm_unmet(s, &require_place, "status == 200", swarm_int(swarm_status(r)), swarm_int(200));
        return swarm_require_left(s);
    }
    return SWARM_CODE_NEXT;
}
static const struct swarm_call deny = {.method = "GET",
                                       .row = DENY,
                                       .url = "/deny",
                                       .timeout = -1,
                                       .connect_timeout = -1,
                                       .follow = SWARM_UNSAID,
                                       .compressed = SWARM_ENCODING_UNSAID,
                                       .retries = -1,
                                       .judge = deny_judge,
                                       .place = {"visits.swarm", 3, ""}};

/* ---- machines ---- */

static const struct swarm_point points[] = {{1, 0}, {1, 0}, {1, 0}};

/* One request. */
static enum swarm_step get_step(struct swarm_strand *s, const struct swarm_call *call)
{
    switch (s->top->at) {
    case 0:
        return swarm_fetch(s, 1, call);
    case 1:;
    }
    return SWARM_DONE;
}

#define GET(label, call)                                                                                               \
    static enum swarm_step label##_step(struct swarm_strand *s, struct swarm_frame *base)                              \
    {                                                                                                                  \
        (void)base;                                                                                                    \
        return get_step(s, (call));                                                                                    \
    }                                                                                                                  \
    static const struct swarm_machine label = {.step = label##_step,                                                   \
                                               .name = #label,                                                         \
                                               .points = points,                                                       \
                                               .point_count = 3,                                                       \
                                               .size = sizeof(struct swarm_frame),                                     \
                                               .file = "visits.swarm"}

GET(slow, &calls[SLOW]);
GET(bye, &calls[BYE]);
GET(denied, &deny);
GET(never, &calls[NEVER]);
GET(hello, &calls[HELLO]);
GET(enter, &calls[ENTER]);
GET(leave, &calls[LEAVE]);

#define MACHINE(label)                                                                                                 \
    static const struct swarm_machine label = {.step = label##_step,                                                   \
                                               .name = #label,                                                         \
                                               .points = points,                                                       \
                                               .point_count = 3,                                                       \
                                               .size = sizeof(struct swarm_frame),                                     \
                                               .file = "visits.swarm"}

static enum swarm_step tick_step(struct swarm_strand *s, struct swarm_frame *base)
{
    switch (base->at) {
    case 0:
        return swarm_fetch(s, 1, &calls[TICK]);
    case 1:;
        return swarm_sleep(s, 2, 100 * SWARM_MS);
    case 2:;
    }
    return SWARM_DONE;
}
MACHINE(tick);

static enum swarm_step once_step(struct swarm_strand *s, struct swarm_frame *base)
{
    switch (base->at) {
    case 0:
        return swarm_fetch(s, 1, &calls[HELLO]);
    case 1:;
        return swarm_stop_user(s);
    }
    return SWARM_DONE;
}
MACHINE(once);

static const struct swarm_place broken_place = {"visits.swarm", 5, ""};
static enum swarm_step broken_step(struct swarm_strand *s, struct swarm_frame *base)
{
    (void)base;
    swarm_error(s, &broken_place, "broken");
    return swarm_leave(s, 0);
}
MACHINE(broken);

static enum swarm_step asleep_step(struct swarm_strand *s, struct swarm_frame *base)
{
    switch (base->at) {
    case 0:
        return swarm_sleep(s, 1, 3600 * SWARM_S);
    case 1:;
    }
    return SWARM_DONE;
}
MACHINE(asleep);

static enum swarm_step read_step(struct swarm_strand *s, struct swarm_frame *base)
{
    switch (base->at) {
    case 0:
        return swarm_fetch(s, 1, &calls[READ]);
    case 1:;
        return swarm_sleep(s, 2, 3600 * SWARM_S);
    case 2:;
    }
    return SWARM_DONE;
}
MACHINE(read);

static enum swarm_step stuck_step(struct swarm_strand *s, struct swarm_frame *base)
{
    struct timespec minute = {.tv_sec = 60};

    (void)s;
    (void)base;
    nanosleep(&minute, NULL);
    return SWARM_DONE;
}
MACHINE(stuck);

/* ---- kinds ---- */

struct leaf {
    struct swarm_group_frame group;
    struct swarm_frame child;
};
struct nested {
    struct swarm_group_frame group;
    union {
        struct swarm_frame child;
        struct leaf forum;
    } u;
};
struct picker {
    struct swarm_group_frame group;
    int64_t n;
    struct swarm_frame child;
};

static enum swarm_step pick_step(struct swarm_strand *s, struct swarm_frame *base, const struct swarm_call *call)
{
    struct picker *user = (struct picker *)swarm_up(base);
    static const struct swarm_value why = SWARM_TEXT_LITERAL("enough");

    switch (base->at) {
    case 0:
        return swarm_fetch(s, 1, call);
    case 1:;
        if (++user->n == 20) {
            return swarm_stop_test(s, why);
        }
    }
    return SWARM_DONE;
}
static enum swarm_step pick_a_step(struct swarm_strand *s, struct swarm_frame *base)
{
    return pick_step(s, base, &calls[A]);
}
MACHINE(pick_a);
static enum swarm_step pick_b_step(struct swarm_strand *s, struct swarm_frame *base)
{
    return pick_step(s, base, &calls[B]);
}
MACHINE(pick_b);

static const struct swarm_machine *const bye_hook[] = {&bye, NULL}, *const denied_hook[] = {&denied, NULL},
                                         *const once_hook[] = {&once, NULL}, *const hello_hook[] = {&hello, NULL},
                                         *const enter_hook[] = {&enter, NULL}, *const leave_hook[] = {&leave, NULL};
static const struct swarm_wait pace = {.kind = SWARM_WAIT_PACE, .a = 200 * SWARM_MS};
static const struct swarm_wait tenth = {.kind = SWARM_WAIT_CONSTANT, .a = 100 * SWARM_MS};

#define TASK(machine_)                                                                                                 \
    {                                                                                                                  \
        {                                                                                                              \
            .name = "t", .machine = (machine_), .weight = 1, .offset = offsetof(struct leaf, child)                    \
        }                                                                                                              \
    }
static struct swarm_entry slow_tasks[] = TASK(&slow), never_tasks[] = TASK(&never), tick_tasks[] = TASK(&tick),
                          broken_tasks[] = TASK(&broken), asleep_tasks[] = TASK(&asleep), read_tasks[] = TASK(&read),
                          stuck_tasks[] = TASK(&stuck);

#define LEAF(label, tasks, start, stop, wait_)                                                                         \
    {                                                                                                                  \
        .name = (label), .kind = SWARM_GROUP_USER, .entries = (tasks), .entry_count = 1, .on_start = (start),          \
        .on_stop = (stop), .hook_offset = offsetof(struct leaf, child), .wait = (wait_), .size = sizeof(struct leaf),  \
        .file = "visits.swarm", .line = 1                                                                              \
    }
static const struct swarm_group slow_group = LEAF("Slow", slow_tasks, NULL, bye_hook, NULL);
static const struct swarm_group lost_group = LEAF("Lost", never_tasks, denied_hook, NULL, NULL);
static const struct swarm_group paced_group = LEAF("Paced", tick_tasks, NULL, NULL, &pace);
static const struct swarm_group once_group = LEAF("Once", never_tasks, once_hook, NULL, NULL);
static const struct swarm_group broken_group = LEAF("Broken", broken_tasks, NULL, NULL, &tenth);
static const struct swarm_group asleep_group = LEAF("Asleep", asleep_tasks, NULL, bye_hook, NULL);
static const struct swarm_group stuck_group = LEAF("Stuck", stuck_tasks, NULL, NULL, NULL);

static const struct swarm_group forum_group = {.name = "Forum",
                                               .kind = SWARM_GROUP_TASKS,
                                               .entries = read_tasks,
                                               .entry_count = 1,
                                               .on_start = enter_hook,
                                               .on_stop = leave_hook,
                                               .hook_offset = offsetof(struct leaf, child),
                                               .size = sizeof(struct leaf)};
static struct swarm_entry nested_tasks[] = {
    {.name = "Forum", .group = &forum_group, .weight = 1, .offset = offsetof(struct nested, u)}};
static const struct swarm_group nested_group = {.name = "Nested",
                                                .kind = SWARM_GROUP_USER,
                                                .entries = nested_tasks,
                                                .entry_count = 1,
                                                .on_start = hello_hook,
                                                .on_stop = bye_hook,
                                                .hook_offset = offsetof(struct nested, u),
                                                .size = sizeof(struct nested)};

static struct swarm_entry picker_tasks[] = {
    {.name = "a", .machine = &pick_a, .weight = 2, .offset = offsetof(struct picker, child)},
    {.name = "b", .machine = &pick_b, .weight = 1, .offset = offsetof(struct picker, child)}};
static const struct swarm_group picker_group = {.name = "Picker",
                                                .kind = SWARM_GROUP_USER,
                                                .entries = picker_tasks,
                                                .entry_count = 2,
                                                .hook_offset = offsetof(struct picker, child),
                                                .size = sizeof(struct picker)};

#define HTTP                                                                                                           \
    {                                                                                                                  \
        .engine = &swarm_curl_engine, .timeout = -1, .connect_timeout = -1, .backoff = -1, .max_body = -1,             \
        .retries = -1, .connections = -1, .follow = SWARM_UNSAID, .verify = SWARM_UNSAID, .keep_alive = SWARM_UNSAID,  \
        .tls_resume = SWARM_UNSAID, .compressed = SWARM_ENCODING_UNSAID                                                \
    }
#define KIND(label, group_, type)                                                                                      \
    {                                                                                                                  \
        .name = (label), .group = &group_, .size = sizeof(type), .weight = 1, .count = -1, .http = HTTP,               \
        .needs_host = "visits.swarm:1"                                                                                 \
    }
static struct swarm_kind_of_user kinds[] = {
    KIND("Slow", slow_group, struct leaf),       KIND("Lost", lost_group, struct leaf),
    KIND("Paced", paced_group, struct leaf),     KIND("Once", once_group, struct leaf),
    KIND("Broken", broken_group, struct leaf),   KIND("Asleep", asleep_group, struct leaf),
    KIND("Nested", nested_group, struct nested), KIND("Picker", picker_group, struct picker),
    KIND("Stuck", stuck_group, struct leaf),
};

static const struct swarm_program program = {.abi = HAND_ABI,
                                             .source = "visits.swarm",
                                             .version = "0.1.0",
                                             .kinds = kinds,
                                             .kind_count = sizeof kinds / sizeof *kinds,
                                             .rows = rows,
                                             .row_count = sizeof rows / sizeof *rows};

int main(int argc, char **argv)
{
    return swarm_main(&program, argc, argv);
}
