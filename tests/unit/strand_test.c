/* Stops at every moment: users that wait in every way there is (sleep, yield, a request that may finish, a
 * queue, a ticket whose other side lives on, an action), told to stop softly at each event number and at
 * random times, and cut off behind that. After each run nobody and nothing may be left. A failing run is
 * repeated by `strand_test SEED EVENT`. */
#include "base/random.h"
#include "tests/engine/harness.h"
#include "value/value.h"

enum { USERS = 4 };

static uint64_t chance; /* of the test's own decisions */

static uint64_t one_of(uint64_t n)
{
    return random_below(&chance, n);
}

/* ---- what must balance ---- */

static struct {
    int started, left;    /* on start completed, on stop begun: users */
    int entered, exited;  /* the same for groups */
    int measured, closed; /* measure blocks begun, closed in line or by their pad */
    int frames, jobs;     /* kept values held by walkers; tickets alive */
    int pushed, popped;
    int stopping, stopped; /* on stop begun, and at its end */
    int cut;               /* requests */
    unsigned events;
} sum;

/* ---- a queue: waiters in order, items handed to the first ---- */

struct waiter {
    struct waiter *next, **previous;
    struct strand *strand;
};

static struct waiter *waiters;
static int items;

static void leave_queue(struct waiter *waiter)
{
    *waiter->previous = waiter->next;
    if (waiter->next) {
        waiter->next->previous = waiter->previous;
    }
    waiter->previous = NULL;
}

static void pop_cancel(struct strand *strand)
{
    leave_queue(strand->operation_data);
}
static const struct operation pop_operation = {.name = "pop", .cancel = pop_cancel};

static enum swarm_step test_pop(struct swarm_strand *s, uint32_t at, struct waiter *waiter, int64_t within)
{
    struct strand *strand = strand_of(s);
    struct waiter **last = &waiters;

    if (!strand_begin(strand, at)) {
        return strand_stopped(strand);
    }
    s->answered = true;
    if (items > 0) {
        items--;
        return SWARM_RUN;
    }
    while (*last) {
        last = &(*last)->next;
    }
    *waiter = (struct waiter){.previous = last, .strand = strand};
    *last = waiter;
    if (within >= 0) {
        strand_timeout(strand, test_now + within);
    }
    return strand_wait(strand, &pop_operation, waiter);
}

static void test_push(void)
{
    struct waiter *first = waiters;

    sum.pushed++;
    if (!first) {
        items++;
        return;
    }
    leave_queue(first);
    first->strand->base.answered = true;
    strand_complete(first->strand);
}

/* ---- tickets: jobs with memory of their own ---- */

struct ticket {
    struct ticket *next;
    struct strand *strand; /* NULL: cut */
};
static struct ticket *tickets;

static void ticket_cancel(struct strand *strand)
{
    ((struct ticket *)strand->operation_data)->strand = NULL;
}
static const struct operation ticket_operation = {.name = "ticket", .cancel = ticket_cancel};

static enum swarm_step test_job(struct swarm_strand *s, uint32_t at)
{
    struct strand *strand = strand_of(s);
    struct ticket *ticket;

    if (!strand_begin(strand, at)) {
        return strand_stopped(strand);
    }
    ticket = malloc(sizeof *ticket);
    *ticket = (struct ticket){tickets, strand};
    tickets = ticket;
    sum.jobs++;
    return strand_wait(strand, &ticket_operation, ticket);
}

/* The other side: finishes one of the jobs, wanted or not. */
static void finish_job(void)
{
    struct ticket **at = &tickets, *ticket;

    for (uint64_t skip = one_of(3); skip > 0 && *at && (*at)->next; skip--) {
        at = &(*at)->next;
    }
    ticket = *at;
    if (!ticket) {
        return;
    }
    *at = ticket->next;
    if (ticket->strand) {
        strand_complete(ticket->strand);
    }
    free(ticket);
    sum.jobs--;
}

/* ---- a request: finishes under a soft stop, sooner when it is told of it ---- */

static void request_cancel(struct strand *strand)
{
    (void)strand;
    sum.cut++;
}
static void request_soft(struct strand *strand)
{
    strand_timeout(strand, test_now + 20 * MS);
}
static void request_over(struct strand *strand)
{
    strand->base.answered = true;
    if (one_of(8) == 0) {
        swarm_exit_with(&strand->base, SWARM_REQUIRED); /* a hard failure: the runtime leaves the frame */
    }
    strand_complete(strand);
}
static const struct operation request_operation = {
    .name = "request", .cancel = request_cancel, .expired = request_over, .finishes = true, .soft_stop = request_soft};

static enum swarm_step test_request(struct swarm_strand *s, uint32_t at)
{
    struct strand *strand = strand_of(s);

    if (!strand_begin(strand, at)) {
        return strand_stopped(strand);
    }
    if (one_of(10) == 0) {
        swarm_error(s, &script_place, "could not be built");
        return SWARM_RUN;
    }
    strand_timeout(strand, test_now + (int64_t)one_of(400) * MS + 1);
    return strand_wait(strand, &request_operation, NULL);
}

/* ---- machines ---- */

struct action_frame {
    struct swarm_frame frame;
    struct swarm_value parameter; /* kept */
};
static const uint32_t action_kept[] = {offsetof(struct action_frame, parameter)};

static enum swarm_step action_step(struct swarm_strand *s, struct swarm_frame *base)
{
    struct action_frame *f = (struct action_frame *)base;

    switch (f->frame.at) {
    case 0:
        if (one_of(2)) {
            return test_request(s, 1);
        case 1:;
        } else {
            return swarm_sleep(s, 2, (int64_t)one_of(60) * MS);
        case 2:;
        }
        if (one_of(6) == 0) {
            swarm_error(s, &script_place, "in an action");
            return swarm_leave(s, 0);
        }
        s->result = swarm_let(s, f->parameter);
    }
    return SWARM_DONE;
}
static const struct swarm_machine action = {.step = action_step,
                                            .name = "action",
                                            .points = script_points,
                                            .point_count = 3,
                                            .size = sizeof(struct action_frame),
                                            .kept = action_kept,
                                            .kept_count = 1,
                                            .file = "test.swarm"};

struct walker {
    struct swarm_frame frame;
    struct swarm_value saved; /* kept */
    struct waiter waiter;
    unsigned rest;
    bool popping, inside; /* inside: a measure block */
    union {
        struct action_frame action;
    } u;
};
static const uint32_t walker_kept[] = {offsetof(struct walker, saved)};

/* Resume points: plain ones, and the same within measure. */
enum { AT_PLAIN = 1, AT_MEASURED = 2, AT_CALL = 3, AT_CALL_MEASURED = 4, AT_PAD = 5 };
static const struct swarm_point walker_points[] = {{1, 0}, {1, 0}, {2, AT_PAD}, {3, 0}, {4, AT_PAD}, {5, 0}};

static enum swarm_step walk_out(struct swarm_strand *s, struct walker *f)
{
    return swarm_leave(s, f->inside ? AT_PAD : 0);
}

static enum swarm_step walk_on(struct swarm_strand *s, struct walker *f, bool in_group)
{
    uint32_t at = f->inside ? AT_MEASURED : AT_PLAIN;

    switch (one_of(16)) {
    case 0:
    case 1:
        return swarm_sleep(s, at, (int64_t)one_of(80) * MS);
    case 2:
        return swarm_yield(s, at);
    case 3:
    case 4:
        return test_request(s, at);
    case 5:
        f->popping = true;
        return test_pop(s, at, &f->waiter, one_of(2) ? -1 : (int64_t)one_of(100) * MS);
    case 6:
        test_push();
        return swarm_yield(s, at);
    case 7:
        return test_job(s, at);
    case 8:
    case 9:
        swarm_enter(s, &f->frame, &f->u.action.frame, &action);
        swarm_keep(s, &f->u.action.parameter, f->saved);
        return swarm_call(s, f->inside ? AT_CALL_MEASURED : AT_CALL, &f->u.action.frame);
    case 10:
        sum.measured += !f->inside;
        f->inside = true;
        return SWARM_RUN;
    case 11:
        sum.closed += f->inside;
        f->inside = false;
        return SWARM_RUN;
    case 12:
        swarm_error(s, &script_place, "an error of round %u", f->rest);
        return walk_out(s, f);
    case 13:
        swarm_exit_with(s, one_of(2) ? SWARM_REQUIRED : SWARM_RESCHEDULE);
        return walk_out(s, f);
    case 14:
        if (!in_group) {
            return SWARM_RUN;
        }
        swarm_exit_with(s, one_of(2) ? SWARM_INTERRUPT : SWARM_INTERRUPT_WAIT);
        return walk_out(s, f);
    default:
        if (one_of(40) > 0) {
            return SWARM_RUN;
        }
        swarm_exit_with(s, SWARM_STOP_USER);
        return walk_out(s, f);
    }
}

static enum swarm_step walker_step(struct swarm_strand *s, struct swarm_frame *base)
{
    struct walker *f = (struct walker *)base;
    char text[64];

    if (base->at == AT_PAD) {
        sum.closed++;
        return swarm_leave(s, 0);
    }
    if (base->at == 0) {
        f->rest = (unsigned)one_of(12);
        snprintf(text, sizeof text, "kept by a walker for %u rounds", f->rest);
        swarm_keep(
            s, &f->saved,
            (struct swarm_value){.text = text, .n = (uint32_t)strlen(text), .kind = SWARM_TEXT, .owner = SWARM_VIEW});
    }
    if (base->at == AT_CALL || base->at == AT_CALL_MEASURED) {
        swarm_keep(s, &f->saved, s->result);
    }
    if (f->popping) {
        f->popping = false;
        sum.popped += s->answered;
    }
    base->at = f->inside ? AT_MEASURED : AT_PLAIN;
    if (f->rest-- == 0) {
        sum.closed += f->inside;
        return SWARM_DONE;
    }
    return walk_on(s, f, swarm_up(base)->up != 0);
}

/* on start and on stop of user and group: half of them wait, some fail. */
struct hook {
    struct swarm_machine machine; /* first */
    int *count;
    bool stops;
};

static enum swarm_step hook_step(struct swarm_strand *s, struct swarm_frame *base)
{
    const struct hook *hook = (const struct hook *)base->machine;

    switch (base->at) {
    case 0:
        if (hook->stops) {
            ++*hook->count;
            sum.stopping++;
        }
        switch (one_of(hook->stops ? 3 : 4)) {
        case 0:
            return swarm_sleep(s, 1, (int64_t)one_of(200) * MS);
        case 1:
            return test_job(s, 1);
        case 3:
            return test_request(s, 1);
        }
    }
    sum.stopped += hook->stops;
    if (one_of(10) == 0) {
        swarm_error(s, &script_place, "a hook failed");
        return swarm_leave(s, 0);
    }
    if (!hook->stops) {
        ++*hook->count;
    }
    return SWARM_DONE;
}

#define HOOK(n, c, last)                                                                                               \
    {                                                                                                                  \
        .machine = {.step = hook_step,                                                                                 \
                    .name = (n),                                                                                       \
                    .points = script_points,                                                                           \
                    .point_count = 2,                                                                                  \
                    .size = sizeof(struct swarm_frame),                                                                \
                    .file = "test.swarm"},                                                                             \
        .count = &sum.c, .stops = (last)                                                                               \
    }
static const struct hook user_start = HOOK("on start", started, false), user_stop = HOOK("on stop", left, true);
static const struct hook group_start = HOOK("on start", entered, false), group_stop = HOOK("on stop", exited, true);
static const struct swarm_machine *const user_starts[] = {&user_start.machine, NULL};
static const struct swarm_machine *const user_stops[] = {&user_stop.machine, NULL};
static const struct swarm_machine *const group_starts[] = {&group_start.machine, NULL};
static const struct swarm_machine *const group_stops[] = {&group_stop.machine, NULL};

/* ---- the users: tasks, a group of tasks, a journey in it ---- */

struct journey_state {
    struct swarm_group_frame group;
    struct walker walker;
};
struct group_state {
    struct swarm_group_frame group;
    union {
        struct walker walker;
        struct journey_state journey;
    } u;
};
struct user_state {
    struct swarm_group_frame group;
    struct swarm_value variable; /* kept */
    union {
        struct walker walker;
        struct group_state group;
    } u;
};

static const struct swarm_machine walker_machine = {.step = walker_step,
                                                    .name = "walker",
                                                    .points = walker_points,
                                                    .point_count = 6,
                                                    .size = sizeof(struct walker),
                                                    .kept = walker_kept,
                                                    .kept_count = 1,
                                                    .file = "test.swarm"};
static const uint32_t user_kept[] = {offsetof(struct user_state, variable)};
static const struct swarm_wait uniform = {.kind = SWARM_WAIT_UNIFORM, .a = 0, .b = 50 * MS};
static const struct swarm_wait pace = {.kind = SWARM_WAIT_PACE, .a = 100 * MS};

static struct swarm_entry steps[] = {
    {.name = "one", .machine = &walker_machine, .weight = 1, .offset = offsetof(struct journey_state, walker)},
    {.name = "two", .machine = &walker_machine, .weight = 1, .offset = offsetof(struct journey_state, walker)},
};
static const struct swarm_group journey = {.name = "journey",
                                           .kind = SWARM_GROUP_JOURNEY,
                                           .repeat = true,
                                           .entries = steps,
                                           .entry_count = 2,
                                           .hook_offset = offsetof(struct journey_state, walker),
                                           .on_start = group_starts,
                                           .on_stop = group_stops,
                                           .size = sizeof(struct journey_state)};
static struct swarm_entry tasks[] = {
    {.name = "walk", .machine = &walker_machine, .weight = 2, .offset = offsetof(struct group_state, u)},
    {.name = "journey", .group = &journey, .weight = 1, .offset = offsetof(struct group_state, u)},
};
static const struct swarm_group group = {.name = "group",
                                         .kind = SWARM_GROUP_TASKS,
                                         .entries = tasks,
                                         .entry_count = 2,
                                         .hook_offset = offsetof(struct group_state, u),
                                         .on_start = group_starts,
                                         .on_stop = group_stops,
                                         .wait = &pace,
                                         .size = sizeof(struct group_state)};
static struct swarm_entry entries[] = {
    {.name = "walk", .machine = &walker_machine, .weight = 2, .offset = offsetof(struct user_state, u)},
    {.name = "group", .group = &group, .weight = 2, .offset = offsetof(struct user_state, u)},
};

static void user_init(struct swarm_strand *s, struct swarm_frame *frame)
{
    static const char text[] = "the variable of a user";

    swarm_keep(s, &((struct user_state *)frame)->variable,
               (struct swarm_value){.text = text, .n = sizeof text - 1, .kind = SWARM_TEXT, .owner = SWARM_VIEW});
}

static const struct swarm_group user = {.name = "U",
                                        .kind = SWARM_GROUP_USER,
                                        .entries = entries,
                                        .entry_count = 2,
                                        .hook_offset = offsetof(struct user_state, u),
                                        .on_start = user_starts,
                                        .on_stop = user_stops,
                                        .wait = &uniform,
                                        .size = sizeof(struct user_state),
                                        .kept = user_kept,
                                        .kept_count = 1,
                                        .init = user_init};

/* ---- runs ---- */

/* One event: a round of the shard, then a deadline or the other side of a job. False: nothing can happen any
 * more. */
static bool event(void)
{
    int64_t next;

    sum.events++;
    if (shard_turn(&test_shard)) {
        return true;
    }
    next = timers_next(&test_shard.timers);
    if (tickets && (one_of(3) == 0 || next > test_now + 10 * SWARM_S)) {
        finish_job(); /* no job takes so long that its user is cut off behind the longest timeout */
        return true;
    }
    if (one_of(12) == 0) {
        test_push();
        return true;
    }
    if (next != INT64_MAX) {
        if (next > test_now) {
            test_now = next;
        }
        return true;
    }
    return tickets != NULL || shard_users(&test_shard) > 0;
}

/* stop_at: number of the event at which all are told to stop; timeout: ns until they are cut off. */
static bool run(uint64_t seed, unsigned stop_at, int64_t timeout)
{
    bool right;

    memset(&sum, 0, sizeof sum);
    items = 0;
    chance = seed;
    test_kinds[0] = (struct swarm_kind_of_user){
        .name = "U", .group = &user, .size = sizeof(struct user_state), .weight = 1, .count = -1};
    open_shard(1);
    for (uint64_t id = 1; id <= USERS; id++) {
        shard_start_user(&test_shard, 0, id);
    }
    while (sum.events < stop_at) {
        event();
        if (one_of(100) == 0 && stop_at > 200) {
            shard_stop_users(&test_shard, 0, 1, test_now + timeout);
            shard_start_user(&test_shard, 0, sum.events + 100);
        }
    }
    shard_stop_all(&test_shard, test_now + timeout);
    while (shard_users(&test_shard) > 0 && sum.events < stop_at + 100000) {
        event();
    }
    right = shard_users(&test_shard) == 0 && !waiters;
    while (tickets) {
        finish_job();
    }
    right &= !shard_turn(&test_shard);
    right &= sum.jobs == 0 && sum.pushed == sum.popped + items && sum.measured == sum.closed;
    /* Every on start that completed has its on stop, unless a cut came between. */
    right &= sum.left <= sum.started && sum.exited <= sum.entered;
    right &= timeout < 10 * SWARM_S ||
             (sum.left == sum.started && sum.exited == sum.entered && sum.cut == 0 && sum.stopping == sum.stopped);
    close_shard();
    if (!right) {
        diag("seed %llu, stop at event %u, timeout %lld ms: users on start %d stop %d, groups %d %d, measure "
             "%d %d, jobs %d, "
             "items %d = %d + %d",
             (unsigned long long)seed, stop_at, (long long)(timeout / MS), sum.started, sum.left, sum.entered,
             sum.exited, sum.measured, sum.closed, sum.jobs, sum.pushed, sum.popped, items);
    }
    return right;
}

int main(int argc, char **argv)
{
    static const int64_t timeouts[] = {0, 30 * MS, 300 * MS, 1000 * SWARM_S};
    unsigned long long seed = argc > 1 ? strtoull(argv[1], NULL, 10) : (unsigned long long)clock_now();
    unsigned wrong = 0, runs = 0, events = 0;

    if (argc > 2) {
        ok(run(seed, (unsigned)strtoul(argv[2], NULL, 10), argc > 3 ? strtoll(argv[3], NULL, 10) * MS : 0), "that run");
        return tap_done();
    }
    diag("seed %llu", seed);
    for (unsigned i = 0; i < 4; i++) {
        wrong = 0;
        for (unsigned at = 0; at < 250; at++) {
            wrong += !run(7, at, timeouts[i]);
            events += sum.events;
        }
        is_uint(wrong, 0, "stopped at each of the first 250 events, cut off after %lld ms",
                (long long)(timeouts[i] / MS));
    }
    wrong = 0;
    for (runs = 0; runs < 2000; runs++) {
        uint64_t s = seed + runs;

        wrong += !run(s, (unsigned)(random_next(&s) % 600), timeouts[runs % 4]);
        events += sum.events;
    }
    is_uint(wrong, 0, "stopped at %u random times", runs);
    diag("%u events", events);
    return tap_done();
}
