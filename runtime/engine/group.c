/* One machine for every user, task group, chain and journey. Its states, with what leaves them:
 *
 *   ENTER     vars are set                              → STARTING
 *   STARTING  an `on start` runs                       → STARTING, PICK; fails: left without its `on stop`
 *   PICK      the next entry is drawn, or the next step → RUNNING; a journey without a next step: ENDING
 *   RUNNING   the entry's own frame is on top           → WAITING; by its exit: see task_left()
 *   WAITING   the wait between tasks                    → PICK; a stop: ENDING
 *   ENDING    an `on stop` runs, soft stops pass by     → ENDING; then the frame is left
 *
 * An entry that was left by an exit leaves s->exit set when this machine is stepped. */
#include "group.h"
#include "hold.h"
#include "hook.h"

#include <string.h>

#include "../base/random.h"
#include "../log/log.h"
#include "../stats/stats.h"
#include "fan.h"
#include "shard.h"

enum state { ENTER, STARTING, PICK, RUNNING, WAITING, ENDING };

enum {
    AT_ONCE = 1,   /* the nested group that has ended was interrupted: no wait */
    SCHEDULED = 2, /* `start` is an intended time (pace) */
    OVERRUN = 4,   /* it had passed already when the task before ended */
};

/* A wait whose expression fails: long enough not to spin. */
#define WAIT_AFTER_ERROR SWARM_S
/* Sleep of a user without anything to pick; only a stop ends it early. */
#define IDLE (3600 * SWARM_S)

/* own.entry of a chain before its first task. */
#define BEFORE_FIRST UINT32_MAX

/* --once: every entry of a group once, in order, without waits. Set before threads run. */
static bool once;

void group_run_once(void)
{
    once = true;
}

/* struct swarm_group_frame.own */
struct own {
    const struct swarm_group *group;
    int64_t start;  /* of the running entry; while WAITING by pace: of the next one */
    uint32_t entry; /* running; of a journey: the next one */
    uint8_t hook;   /* the next one to run */
    uint8_t exit;   /* put aside while `on stop` runs: SWARM_STOP_USER and stronger; or an interrupt, or none:
                       back to the parent */
    uint8_t flags;
};
_Static_assert(sizeof(struct own) <= sizeof((struct swarm_group_frame *)0)->own, "fits struct swarm_group_frame");

static struct own *own_of(const struct swarm_frame *frame)
{
    return (struct own *)((struct swarm_group_frame *)frame)->own;
}

const struct swarm_group *group_of(const struct swarm_frame *frame)
{
    return own_of(frame)->group;
}

static bool is_root(const struct swarm_frame *frame)
{
    return frame->up == 0;
}

static struct swarm_frame *child_at(struct swarm_frame *frame, uint32_t offset)
{
    return (struct swarm_frame *)((char *)frame + offset);
}

void group_enter(struct strand *strand, struct swarm_frame *frame, struct swarm_frame *caller,
                 const struct swarm_group *group)
{
    strand_enter(strand, frame, caller, &group_machine, group->size);
    own_of(frame)->group = group;
    own_of(frame)->entry = group->kind == SWARM_GROUP_CHAIN && !once ? BEFORE_FIRST : 0;
    strand->base.top = frame;
}

/* ---- exits ---- */

/* Takes the exit away from the strand, and with it everything that the entry left in the arena; an error is
 * counted. */
static enum swarm_exit take_exit(struct strand *strand, const char *task)
{
    enum swarm_exit exit = (enum swarm_exit)strand->base.exit;
    const struct task_error *error = strand->error;

    if (exit == SWARM_ERROR && error) {
        recorder_error(strand->shard->recorder, error->place.file, error->place.line, strand->user->kind->name, task,
                       error->text, error->n, clock_unix_ms());
        hook_user_error(strand, error->place.file, error->place.line, task, error->text, error->n);
        if (log_enabled(LOG_LEVEL_DEBUG)) {
            log_debug("swarm.user", "%s %s, user %llu: %s:%u: %s", strand->user->kind->name, task,
                      (unsigned long long)strand->user->id, error->place.file, (unsigned)error->place.line,
                      error->text);
        }
    }
    strand->base.exit = SWARM_NO_EXIT;
    strand->error = NULL;
    arena_clear(&strand->arena);
    return exit;
}

static enum user_end end_by(enum swarm_exit exit)
{
    if (exit < SWARM_STOP_USER) {
        return USER_LOST;
    }
    return exit == SWARM_STOP_USER ? USER_RETIRED : USER_STOPPED;
}

/* Ends a frame whose `on stop`s are over or not due: a stop goes on upwards, else the parent goes on. */
static enum swarm_step leave_group(struct strand *strand, struct swarm_frame *frame, enum swarm_exit exit)
{
    if (is_root(frame) && strand->user->end != USER_LEFT) {
        strand->user->end = once && exit < SWARM_STOP_USER ? USER_RETIRED : end_by(exit); /* nobody comes instead */
    } else if (!is_root(frame) && exit == SWARM_INTERRUPT) {
        own_of(swarm_up(frame))->flags |= AT_ONCE;
    }
    if (exit < SWARM_STOP_USER) {
        return SWARM_DONE;
    }
    swarm_exit_with(&strand->base, exit);
    return swarm_leave(&strand->base, 0);
}

static enum swarm_step next_stop_hook(struct strand *strand, struct swarm_frame *frame)
{
    struct own *own = own_of(frame);
    const struct swarm_machine *const *hooks = own->group->on_stop;
    struct swarm_frame *hook = child_at(frame, own->group->hook_offset);

    if (!hooks || !hooks[own->hook] || own->exit == SWARM_CUT) {
        strand->shield = 0;
        return leave_group(strand, frame, (enum swarm_exit)own->exit);
    }
    frame->at = ENDING;
    strand_enter(strand, hook, frame, hooks[own->hook], hooks[own->hook]->size);
    own->hook++;
    strand->base.top = hook;
    return SWARM_RUN;
}

/* The group is over because of `exit` (none: its last step is done): its `on stop`s, then back. */
static enum swarm_step end_group(struct strand *strand, struct swarm_frame *frame, enum swarm_exit exit)
{
    struct own *own = own_of(frame);

    own->exit = (uint8_t)exit;
    own->hook = 0;
    strand->shield = 1;
    return next_stop_hook(strand, frame);
}

static enum swarm_step stop_hook_left(struct strand *strand, struct swarm_frame *frame)
{
    struct own *own = own_of(frame);
    enum swarm_exit exit = take_exit(strand, "on stop");

    if (exit >= SWARM_STOP_USER && exit > own->exit) {
        own->exit = (uint8_t)exit;
    }
    return next_stop_hook(strand, frame);
}

/* A user that came for a visit (arrivals) has made its last pick: it goes. */
static bool visit_is_over(struct strand *strand, const struct swarm_frame *frame)
{
    return is_root(frame) && strand->user->visits > 0 && --strand->user->visits == 0;
}

static enum swarm_step end_visit(struct strand *strand, struct swarm_frame *frame)
{
    strand->user->end = USER_LEFT;
    return end_group(strand, frame, SWARM_STOP);
}

/* ---- start ---- */

static enum swarm_step start_failed(struct strand *strand, struct swarm_frame *frame)
{
    return leave_group(strand, frame, take_exit(strand, "on start"));
}

static enum swarm_step next_start_hook(struct strand *strand, struct swarm_frame *frame)
{
    struct own *own = own_of(frame);
    const struct swarm_machine *const *hooks = own->group->on_start;
    struct swarm_frame *hook = child_at(frame, own->group->hook_offset);

    if (!hooks || !hooks[own->hook]) {
        frame->at = PICK;
        return SWARM_RUN;
    }
    frame->at = STARTING;
    strand_enter(strand, hook, frame, hooks[own->hook], hooks[own->hook]->size);
    own->hook++;
    strand->base.top = hook;
    return SWARM_RUN;
}

static enum swarm_step enter(struct strand *strand, struct swarm_frame *frame)
{
    const struct swarm_group *group = group_of(frame);

    if (group->init) {
        group->init(&strand->base, frame);
        if (swarm_failed(&strand->base)) {
            return start_failed(strand, frame);
        }
        arena_clear(&strand->arena);
    }
    return next_start_hook(strand, frame);
}

/* ---- picking ---- */

/* By weight among the edges of a chain's task; entry_count: none has a weight. */
static uint32_t draw_next(struct user *user, const struct swarm_group *group, uint32_t current)
{
    const struct swarm_entry *entry;
    uint64_t total = 0, at;

    if (current == BEFORE_FIRST) {
        return 0;
    }
    entry = &group->entries[current];
    for (uint32_t i = 0; i < entry->edge_count; i++) {
        total += (uint64_t)entry->edges[i].weight;
    }
    if (total == 0) {
        return group->entry_count;
    }
    at = random_below(&user->random, total);
    for (uint32_t i = 0;; i++) {
        uint64_t weight = (uint64_t)entry->edges[i].weight;

        if (at < weight) {
            return entry->edges[i].to;
        }
        at -= weight;
    }
}

/* By weight; entry_count: every weight is 0. */
static uint32_t draw(struct user *user, const struct swarm_group *group)
{
    uint64_t total = 0, at;

    for (uint32_t i = 0; i < group->entry_count; i++) {
        total += (uint64_t)group->entries[i].weight;
    }
    if (total == 0) {
        return group->entry_count;
    }
    at = random_below(&user->random, total);
    for (uint32_t i = 0;; i++) {
        uint64_t weight = (uint64_t)group->entries[i].weight;

        if (at < weight) {
            return i;
        }
        at -= weight;
    }
}

/* Of a pace. After an overrun the scenario itself is late, not who runs it. */
static void count_late_start(struct strand *strand, const struct own *own, uint64_t late)
{
    struct recorder *recorder = strand->shard->recorder;

    recorder_lag(recorder, strand->user->kind_index, late);
    if (!(own->flags & OVERRUN)) {
        recorder_late_start(recorder, late);
    }
}

/* An iteration is a task, or a journey with all its steps; a nested group is none, the tasks in it are. */
static bool is_iteration(const struct swarm_group *group, const struct swarm_entry *entry)
{
    return group->kind != SWARM_GROUP_JOURNEY && (!entry->group || entry->group->kind == SWARM_GROUP_JOURNEY);
}

static enum swarm_step run_entry(struct strand *strand, struct swarm_frame *frame, const struct swarm_entry *entry)
{
    struct swarm_frame *child = child_at(frame, entry->offset);
    struct own *own = own_of(frame);
    int64_t now = shard_now(strand->shard);

    if (is_iteration(own->group, entry) && !hold_take_iteration(strand->shard)) {
        return end_group(strand, frame, SWARM_STOP_USER);
    }
    if (own->flags & SCHEDULED) {
        count_late_start(strand, own, now > own->start ? (uint64_t)(now - own->start) : 0);
    }
    if (!(own->flags & SCHEDULED) || own->flags & OVERRUN) {
        own->start = now;
    }
    own->flags &= (uint8_t)~OVERRUN;
    frame->at = RUNNING;
    if (entry->group) {
        group_enter(strand, child, frame, entry->group);
    } else {
        strand_enter(strand, child, frame, entry->machine, entry->machine->size);
        strand->base.top = child;
    }
    return SWARM_RUN;
}

static enum swarm_step next_step(struct strand *strand, struct swarm_frame *frame)
{
    struct own *own = own_of(frame);
    const struct swarm_group *group = own->group;

    if (own->entry == group->entry_count && group->repeat && group->entry_count > 0 && !once) {
        if (!hold_take_iteration(strand->shard)) { /* each round is one */
            return end_group(strand, frame, SWARM_STOP_USER);
        }
        own->entry = 0;
        if (group->init) {
            group->init(&strand->base, frame);
            if (swarm_failed(&strand->base)) {
                take_exit(strand, group->name);
                return end_group(strand, frame, SWARM_NO_EXIT);
            }
        }
    }
    if (own->entry == group->entry_count) {
        return end_group(strand, frame, SWARM_NO_EXIT);
    }
    return run_entry(strand, frame, &group->entries[own->entry++]);
}

/* --once: what is never picked (weight 0, left out by tags) is left out; a chain's tasks all have their turn. */
static enum swarm_step next_in_order(struct strand *strand, struct swarm_frame *frame)
{
    struct own *own = own_of(frame);
    const struct swarm_group *group = own->group;

    while (own->entry < group->entry_count && group->kind != SWARM_GROUP_CHAIN &&
           group->entries[own->entry].weight == 0) {
        own->entry++;
    }
    if (own->entry < group->entry_count) {
        return run_entry(strand, frame, &group->entries[own->entry++]);
    }
    return end_group(strand, frame, is_root(frame) ? SWARM_STOP_USER : SWARM_NO_EXIT);
}

static enum swarm_step pick(struct strand *strand, struct swarm_frame *frame)
{
    struct own *own = own_of(frame);
    const struct swarm_group *group = own->group;

    if (!strand_begin(strand, PICK)) {
        return strand_stopped(strand);
    }
    if (strand->shard->held) {
        own->flags &= (uint8_t)~SCHEDULED; /* its time stands still too */
        return hold_wait(strand);
    }
    if (once && group->kind != SWARM_GROUP_JOURNEY) {
        return next_in_order(strand, frame);
    }
    if (group->kind == SWARM_GROUP_JOURNEY) {
        return next_step(strand, frame);
    }
    own->entry =
        group->kind == SWARM_GROUP_CHAIN ? draw_next(strand->user, group, own->entry) : draw(strand->user, group);
    if (own->entry < group->entry_count) {
        return run_entry(strand, frame, &group->entries[own->entry]);
    }
    if (is_root(frame) && strand->user->visits > 0) {
        return end_visit(strand, frame);
    }
    if (is_root(frame)) {
        return wait_until(strand, shard_now(strand->shard) + IDLE);
    }
    return end_group(strand, frame, SWARM_NO_EXIT);
}

/* ---- waiting ---- */

/* The innermost `wait` around, and the frame of the group that says it. */
static const struct swarm_wait *find_wait(struct swarm_frame **frame)
{
    for (;;) {
        const struct swarm_wait *wait = group_of(*frame)->wait;

        if (wait || is_root(*frame)) {
            return wait;
        }
        *frame = swarm_up(*frame);
    }
}

/* To be picked in the next round, after the others that are ready: also without any wait. */
static enum swarm_step yield(struct strand *strand)
{
    strand_ready(strand);
    return SWARM_WAIT;
}

static enum swarm_step wait_for(struct strand *strand, int64_t ns)
{
    int64_t at;

    if (ns <= 0) {
        return yield(strand);
    }
    return wait_until(strand, __builtin_add_overflow(shard_now(strand->shard), ns, &at) ? INT64_MAX - 1 : at);
}

static int64_t draw_between(struct user *user, int64_t a, int64_t b)
{
    if (b <= a) {
        return a;
    }
    return a + (int64_t)random_below(&user->random, (uint64_t)(b - a));
}

/* A cycle from the task's start. The next start is the intended one, so that cycles do not drift by what
 * waking up costs; after an overrun it is the real one, so that nothing is caught up. */
static enum swarm_step wait_pace(struct strand *strand, struct own *own, int64_t cycle)
{
    if (__builtin_add_overflow(own->start, cycle, &own->start)) {
        own->start = INT64_MAX - 1;
    }
    own->flags |= SCHEDULED;
    if (own->start <= shard_now(strand->shard)) {
        own->flags |= OVERRUN;
        return yield(strand);
    }
    return wait_until(strand, own->start);
}

static enum swarm_step wait_expression(struct strand *strand, const struct swarm_wait *wait, struct swarm_frame *owner)
{
    int64_t ns = wait->eval(&strand->base, owner);

    if (swarm_failed(&strand->base)) {
        take_exit(strand, "wait");
        ns = WAIT_AFTER_ERROR;
    }
    arena_clear(&strand->arena);
    return wait_for(strand, ns);
}

static enum swarm_step wait_between(struct strand *strand, struct swarm_frame *frame)
{
    struct swarm_frame *owner = frame;
    struct own *own = own_of(frame);
    const struct swarm_wait *wait = find_wait(&owner);

    if (!strand_begin(strand, WAITING)) {
        return strand_stopped(strand);
    }
    own->flags &= (uint8_t)~SCHEDULED;
    if (once || (own->group->kind != SWARM_GROUP_JOURNEY && hold_is_exhausted(strand->shard))) {
        return yield(strand);
    }
    switch (wait ? wait->kind : SWARM_WAIT_NONE) {
    case SWARM_WAIT_NONE:
        return yield(strand);
    case SWARM_WAIT_CONSTANT:
        return wait_for(strand, wait->a);
    case SWARM_WAIT_UNIFORM:
        return wait_for(strand, draw_between(strand->user, wait->a, wait->b));
    case SWARM_WAIT_PACE:
        return wait_pace(strand, own, wait->a);
    case SWARM_WAIT_EXPRESSION:
        return wait_expression(strand, wait, owner);
    }
    return yield(strand);
}

/* ---- after an entry ---- */

static enum swarm_step task_done(struct strand *strand, struct swarm_frame *frame)
{
    struct own *own = own_of(frame);

    arena_clear(&strand->arena);
    strand->base.result = swarm_null();
    if (visit_is_over(strand, frame)) {
        return end_visit(strand, frame);
    }
    if (own->flags & AT_ONCE) {
        own->flags &= (uint8_t) ~(AT_ONCE | SCHEDULED);
        frame->at = PICK;
        return yield(strand);
    }
    return wait_between(strand, frame);
}

static const char *name_of_running(const struct own *own)
{
    uint32_t i = own->group->kind == SWARM_GROUP_JOURNEY || once ? own->entry - 1 : own->entry;

    return own->group->entries[i].name;
}

static enum swarm_step task_left(struct strand *strand, struct swarm_frame *frame)
{
    struct own *own = own_of(frame);
    enum swarm_exit exit = take_exit(strand, name_of_running(own));

    if (exit < SWARM_STOP_USER && visit_is_over(strand, frame)) {
        return end_visit(strand, frame);
    }
    switch (exit) {
    case SWARM_INTERRUPT:
    case SWARM_INTERRUPT_WAIT:
        if (once && own->group->kind != SWARM_GROUP_JOURNEY) { /* the tasks behind it have their turn too */
            return wait_between(strand, frame);
        }
        return is_root(frame) ? wait_between(strand, frame) : end_group(strand, frame, exit);
    case SWARM_STOP_USER:
    case SWARM_STOP:
    case SWARM_CUT:
        return end_group(strand, frame, exit);
    default: /* an error, require, reschedule */
        return own->group->kind == SWARM_GROUP_JOURNEY ? end_group(strand, frame, SWARM_NO_EXIT)
                                                       : wait_between(strand, frame);
    }
}

/* ---- the machine ---- */

static enum swarm_step left(struct strand *strand, struct swarm_frame *frame)
{
    switch ((enum state)frame->at) {
    case ENTER:
    case STARTING:
        return start_failed(strand, frame);
    case RUNNING:
        return task_left(strand, frame);
    case ENDING:
        return stop_hook_left(strand, frame);
    case PICK:
    case WAITING:
        break;
    }
    return end_group(strand, frame, take_exit(strand, "wait"));
}

static enum swarm_step group_step(struct swarm_strand *s, struct swarm_frame *frame)
{
    struct strand *strand = strand_of(s);

    if (swarm_failed(s)) {
        return left(strand, frame);
    }
    switch ((enum state)frame->at) {
    case ENTER:
        return enter(strand, frame);
    case STARTING:
        arena_clear(&strand->arena);
        return next_start_hook(strand, frame);
    case PICK:
    case WAITING:
        return pick(strand, frame);
    case RUNNING:
        return task_done(strand, frame);
    case ENDING:
        arena_clear(&strand->arena);
        return next_stop_hook(strand, frame);
    }
    return SWARM_DONE;
}

const struct swarm_machine group_machine = {.step = group_step, .name = "group"};

/* The innermost group that the strand is in, over a branch's parent; NULL: none. */
static struct swarm_frame *innermost_group(const struct strand *strand)
{
    struct swarm_frame *frame = fan_root((struct strand *)(uintptr_t)strand)->base.top;

    while (frame && !group_is(frame)) {
        frame = frame->up ? swarm_up(frame) : NULL;
    }
    return frame;
}

/* What a strand is at in its innermost group. */
static const char *task_in(const struct swarm_frame *frame)
{
    if (!frame) {
        return "";
    }
    switch ((enum state)frame->at) {
    case ENTER:
    case STARTING:
        return "on start";
    case ENDING:
        return "on stop";
    case RUNNING:
        return name_of_running(own_of(frame));
    case PICK:
    case WAITING:
        break;
    }
    return "wait";
}

const char *strand_task(const struct strand *strand)
{
    return task_in(innermost_group(strand));
}

bool group_is_between(const struct strand *strand)
{
    const struct swarm_frame *frame = strand->base.top;

    return frame && group_is(frame) && (frame->at == PICK || frame->at == WAITING) &&
           group_of(frame)->kind != SWARM_GROUP_JOURNEY;
}

void strand_count(struct strand *strand, uint32_t row, const struct recorder_sample *sample)
{
    const struct user *user = strand->user;
    const struct swarm_frame *frame = innermost_group(strand);
    const struct swarm_group *group = frame ? group_of(frame) : user->kind->group;

    if (user_is_hook(user, strand->shard->config->program)) {
        recorder_request(strand->shard->recorder, row, sample);
        return;
    }
    recorder_part(strand->shard->recorder, row, user->kind->name, group == user->kind->group ? "" : group->name,
                  task_in(frame), sample);
}

int64_t strand_late(const struct strand *strand)
{
    const struct user *user = strand->user;

    return user->arrived ? (int64_t)user->late_us * SWARM_US : -1;
}
