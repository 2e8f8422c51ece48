#include "population.h"

#include <stdlib.h>

#include "../base/memory.h"
#include "../cli/cli.h"
#include "dispatch.h"

enum {
    TURNS = 100000 /* of a lane at one time: stages that take none, at most */
};

/* A step that is later than this starts the counting anew. */
#define LATE (100 * SWARM_MS)

struct lane {
    struct dispatch *dispatch;
    const struct swarm_stages *shape; /* NULL: --users and --spawn-rate */
    struct shape_run run;
    int32_t owner; /* kind whose own shape it is; -1: the main lane */
    bool over;
    bool aimed, spawned; /* the first target is known; and created */
    bool retired;        /* some user has stopped itself */
    bool retiring;       /* its users are being stopped */
    uint64_t wanted;     /* the last target */
    double rate;         /* and its rate */
    uint64_t arrived;
    int64_t next_step; /* when the dispatcher may take its next one */
    int64_t next_ask;  /* of the shape */
};

struct population {
    const struct shapes *shapes;
    const struct run_plan *plan;
    uint32_t kind_count;
    struct lane *lanes;
    size_t lane_count;
    uint32_t *lane_of; /* by kind */
    bool has_main;     /* lanes[0] is the main one */
    bool begun;
    uint64_t arrived, dropped;
    struct population_action *actions;
    size_t action_count, action_room;
};

/* ---- creating ---- */

static struct dispatch *make_dispatch(const struct population *p, int32_t owner, size_t shards)
{
    const struct swarm_kind_of_user *kinds = p->shapes->program->kinds;
    struct dispatch_kind *table = memory_new(p->kind_count, sizeof *table);
    struct dispatch *dispatch;

    for (uint32_t i = 0; i < p->kind_count; i++) {
        table[i] = (struct dispatch_kind){.name = kinds[i].name};
        if (owner >= 0) {
            table[i].weight = i == (uint32_t)owner;
        } else if (p->plan->only[i] && !p->shapes->own_of[i]) {
            table[i].weight = kinds[i].count < 0 ? (double)kinds[i].weight : 0;
            table[i].count = kinds[i].count > 0 ? (uint64_t)kinds[i].count : 0;
        }
    }
    dispatch = dispatch_create(table, p->kind_count, shards);
    free(table);
    return dispatch;
}

static void add_lane(struct population *p, int32_t owner, const struct swarm_stages *shape, size_t shards)
{
    p->lanes[p->lane_count++] = (struct lane){
        .dispatch = make_dispatch(p, owner, shards),
        .shape = shape,
        .owner = owner,
        .next_step = INT64_MAX,
        .next_ask = INT64_MAX,
    };
}

struct population *population_create(const struct shapes *shapes, const struct run_plan *plan, size_t shards)
{
    struct population *p = memory_new(1, sizeof *p);

    p->shapes = shapes;
    p->plan = plan;
    p->kind_count = shapes->program->kind_count;
    p->lanes = memory_new(p->kind_count + 1, sizeof *p->lanes);
    p->lane_of = memory_new(p->kind_count, sizeof *p->lane_of);
    p->has_main = shapes->main_of || !shapes->any;
    if (p->has_main) {
        add_lane(p, -1, shapes->main_of ? &shapes->main : NULL, shards);
    }
    for (uint32_t i = 0; i < p->kind_count; i++) {
        if (shapes->own_of[i]) {
            p->lane_of[i] = (uint32_t)p->lane_count;
            add_lane(p, (int32_t)i, &shapes->own[i], shards);
        }
    }
    return p;
}

void population_free(struct population *p)
{
    if (!p) {
        return;
    }
    for (size_t i = 0; i < p->lane_count; i++) {
        dispatch_free(p->lanes[i].dispatch);
    }
    free(p->lanes);
    free(p->lane_of);
    free(p->actions);
    free(p);
}

void population_begin(struct population *p, int64_t now)
{
    p->begun = true;
    for (size_t i = 0; i < p->lane_count; i++) {
        struct lane *lane = &p->lanes[i];

        lane->next_step = now;
        if (lane->shape) {
            shape_begin(&lane->run, lane->shape, p->shapes->strand, now);
            lane->next_ask = now;
        } else {
            lane->wanted = p->plan->users;
            lane->aimed = true;
            dispatch_retarget(lane->dispatch, p->plan->users, p->plan->spawn_rate, NULL);
        }
    }
}

void population_retarget(struct population *p, uint64_t users, double rate, int64_t now)
{
    struct lane *lane = &p->lanes[0];

    if (!p->has_main || lane->shape) {
        return;
    }
    lane->wanted = users;
    lane->rate = rate;
    lane->next_step = now;
    dispatch_retarget(lane->dispatch, users, rate, NULL);
}

/* ---- steps ---- */

static struct population_action *add(struct population *p, enum population_act act)
{
    p->actions = memory_grow(p->actions, p->action_count, &p->action_room, sizeof *p->actions);
    p->actions[p->action_count] = (struct population_action){.act = act, .owner = -1};
    return &p->actions[p->action_count++];
}

static void add_user(struct population *p, enum population_act act, uint32_t kind, uint32_t shard, int64_t due)
{
    struct population_action *action = add(p, act);

    action->kind = kind;
    action->shard = shard;
    action->due = due;
}

static void add_stage(struct population *p, const struct lane *lane, enum population_act act,
                      const struct swarm_stage *stage)
{
    struct population_action *action = add(p, act);

    action->stage = stage;
    action->owner = lane->owner;
    action->users = dispatch_users_of(lane->dispatch, stage->only);
    action->wanted = lane->wanted;
}

/* One step of the dispatcher. */
static void take_step(struct population *p, struct lane *lane, int64_t now)
{
    size_t count;
    const struct dispatch_action *actions = dispatch_step(lane->dispatch, &count);

    for (size_t i = 0; i < count; i++) {
        add_user(p, actions[i].delta > 0 ? POPULATION_START : POPULATION_STOP, actions[i].kind, actions[i].shard, 0);
    }
    /* Counted from when the step was due, so that late wake-ups do not add up; but nothing is caught up when it was due
     * long ago, because nobody was to be started then. */
    if (now - lane->next_step > LATE) {
        lane->next_step = now;
    }
    if (__builtin_add_overflow(lane->next_step, (int64_t)dispatch_wait_ns(lane->dispatch), &lane->next_step)) {
        lane->next_step = INT64_MAX;
    }
}

/* So many arrive; those over the cap are dropped. */
static void let_arrive(struct population *p, struct lane *lane, const struct shape_want *want)
{
    int64_t span = want->last_due - want->first_due;

    for (uint64_t i = 0; i < want->arrivals; i++) {
        uint64_t here = dispatch_users(lane->dispatch);
        uint32_t kind, shard;

        p->arrived++;
        lane->arrived++;
        if ((lane->shape->most >= 0 && here >= (uint64_t)lane->shape->most) ||
            !dispatch_arrive(lane->dispatch, &kind, &shard)) {
            p->dropped++;
            continue;
        }
        add_user(p, POPULATION_START, kind, shard,
                 want->first_due +
                     (want->arrivals > 1 ? (int64_t)((double)span * (double)i / (double)(want->arrivals - 1)) : 0));
    }
}

static uint64_t level_of(void *data, const bool *only)
{
    const struct lane *lane = data;

    return dispatch_users_of(lane->dispatch, only);
}

static void ask_shape(struct population *p, struct lane *lane, int64_t now)
{
    struct shape_want want;

    shape_ask(&lane->run, now, dispatch_done(lane->dispatch), level_of, lane, &want);
    if (want.missed) {
        add_stage(p, lane, POPULATION_MISSED, want.missed);
    }
    if (want.begun) {
        add_stage(p, lane, POPULATION_STAGE, want.begun);
    }
    lane->next_ask = want.next;
    if (want.over) {
        lane->over = true;
        lane->next_ask = INT64_MAX;
        return;
    }
    if (want.target) {
        const struct swarm_stage *stage = &lane->shape->stage[lane->run.at - !lane->run.entered];

        lane->wanted = want.users;
        lane->rate = want.rate;
        lane->aimed |= stage->kind != SWARM_STAGE_RAMP || !lane->run.entered;
        dispatch_aim(lane->dispatch, want.users, want.rate, want.only, want.step);
        lane->next_step = now;
    }
    if (want.arrivals > 0) {
        let_arrive(p, lane, &want);
    }
}

/* The shape lasts until its target is reached, and it is. */
static bool has_reached(const struct lane *lane)
{
    const struct swarm_stage *stage =
        lane->shape && lane->run.at < lane->shape->count ? &lane->shape->stage[lane->run.at] : NULL;

    return stage && !lane->over && lane->run.entered && stage->kind == SWARM_STAGE_JUMP && stage->time < 0 &&
           dispatch_done(lane->dispatch);
}

static bool steps(const struct lane *lane)
{
    return !dispatch_done(lane->dispatch) && !(lane->shape && lane->shape->arrives);
}

static void lane_turn(struct population *p, struct lane *lane, int64_t now)
{
    for (int turns = 0; turns < TURNS; turns++) {
        if (lane->shape && !lane->over && (now >= lane->next_ask || has_reached(lane))) {
            ask_shape(p, lane, now);
        } else if (steps(lane) && now >= lane->next_step) {
            take_step(p, lane, now);
        } else {
            break;
        }
        lane->spawned |= (lane->aimed && dispatch_done(lane->dispatch)) || (lane->shape && lane->shape->arrives);
    }
}

/* A kind's own shape is over, or the main one is: its users are stopped, visits end by themselves. */
static void retire_lane(struct population *p, struct lane *lane, int64_t now)
{
    lane->over = lane->retiring = true;
    lane->next_ask = INT64_MAX;
    if (!lane->shape->arrives) {
        uint64_t users = dispatch_users(lane->dispatch);

        dispatch_aim(lane->dispatch, 0, users > 0 ? (double)users : 1, NULL, 0);
        lane->next_step = now;
        lane_turn(p, lane, now);
    }
}

const struct population_action *population_step(struct population *p, int64_t now, size_t *count)
{
    bool over;

    p->action_count = 0;
    for (size_t i = 0; i < p->lane_count; i++) {
        lane_turn(p, &p->lanes[i], now);
    }
    over = p->has_main && p->lanes[0].shape && p->lanes[0].over;
    for (size_t i = p->has_main; i < p->lane_count; i++) {
        struct lane *lane = &p->lanes[i];

        if ((over || lane->over) && !lane->retiring && (!population_over(p) || population_drains(p))) {
            retire_lane(p, lane, now);
        }
    }
    *count = p->action_count;
    return p->actions;
}

int64_t population_next(const struct population *p)
{
    int64_t next = INT64_MAX;

    for (size_t i = 0; i < p->lane_count; i++) {
        const struct lane *lane = &p->lanes[i];

        if (!lane->over && lane->next_ask < next) {
            next = lane->next_ask;
        }
        if (steps(lane) && lane->next_step < next) {
            next = lane->next_step;
        }
    }
    return next;
}

/* ---- users that go ---- */

static struct lane *lane_of(const struct population *p, uint32_t kind)
{
    return &p->lanes[p->lane_of[kind]];
}

bool population_visits(const struct population *p, uint32_t kind)
{
    const struct lane *lane = lane_of(p, kind);

    return lane->shape && lane->shape->arrives;
}

void population_lost(struct population *p, uint32_t kind, uint32_t shard)
{
    if (population_visits(p, kind)) {
        dispatch_left(lane_of(p, kind)->dispatch, kind, shard);
    } else {
        dispatch_lost(lane_of(p, kind)->dispatch, kind, shard);
    }
}

void population_retired(struct population *p, uint32_t kind, uint32_t shard)
{
    struct lane *lane = lane_of(p, kind);

    if (population_visits(p, kind)) {
        dispatch_left(lane->dispatch, kind, shard);
        return;
    }
    lane->retired = true;
    dispatch_retired(lane->dispatch, kind, shard);
}

void population_left(struct population *p, uint32_t kind, uint32_t shard)
{
    dispatch_left(lane_of(p, kind)->dispatch, kind, shard);
}

/* ---- asking ---- */

bool population_over(const struct population *p)
{
    if (p->has_main) {
        return p->lanes[0].shape && p->lanes[0].over;
    }
    for (size_t i = 0; i < p->lane_count; i++) {
        if (!p->lanes[i].over) {
            return false;
        }
    }
    return true;
}

bool population_drains(const struct population *p)
{
    for (size_t i = 0; i < (p->has_main ? 1 : p->lane_count); i++) {
        if (p->lanes[i].shape && p->lanes[i].shape->arrives) {
            return true;
        }
    }
    return false;
}

bool population_spawned(const struct population *p)
{
    for (size_t i = 0; i < (p->has_main ? 1 : p->lane_count); i++) {
        if (!p->lanes[i].spawned) {
            return false;
        }
    }
    return true;
}

/* Whether the shape may still ask for more users than there are now. */
static bool may_grow(const struct lane *lane)
{
    const struct swarm_stages *shape = lane->shape;

    if (lane->over || !shape) {
        return false;
    }
    if (!lane->retired || lane->wanted == 0 || shape->arrives || shape->computes) {
        return true;
    }
    for (size_t i = lane->run.at; i < shape->count; i++) {
        const struct swarm_stage *stage = &shape->stage[i];
        bool begun = i == lane->run.at && lane->run.entered;

        if (stage->kind != SWARM_STAGE_HOLD && !(begun && stage->kind == SWARM_STAGE_JUMP)) {
            return true;
        }
    }
    return false;
}

bool population_extinct(const struct population *p)
{
    for (size_t i = 0; i < p->lane_count; i++) {
        const struct lane *lane = &p->lanes[i];

        if (dispatch_users(lane->dispatch) > 0 || steps(lane) || may_grow(lane)) {
            return false;
        }
    }
    return p->begun;
}

size_t population_lanes(const struct population *p)
{
    return p->lane_count;
}

struct population_view population_lane(const struct population *p, size_t index)
{
    const struct lane *lane = &p->lanes[index];
    struct population_view view = {.owner = lane->owner,
                                   .over = lane->over,
                                   .target = lane->wanted,
                                   .rate = lane->rate,
                                   .users = dispatch_users(lane->dispatch),
                                   .arrived = lane->arrived};

    if (lane->shape) {
        view.arrives = lane->shape->arrives;
        view.stage = !lane->over && lane->run.at < lane->shape->count ? &lane->shape->stage[lane->run.at] : NULL;
    }
    return view;
}

uint64_t population_target(const struct population *p)
{
    uint64_t users = 0;

    for (size_t i = 0; i < p->lane_count; i++) {
        struct population_view view = population_lane(p, i);

        users += view.arrives ? view.users : view.target;
    }
    return users;
}

uint64_t population_users(const struct population *p)
{
    uint64_t users = 0;

    for (size_t i = 0; i < p->lane_count; i++) {
        users += dispatch_users(p->lanes[i].dispatch);
    }
    return users;
}

uint64_t population_kind_users(const struct population *p, uint32_t kind)
{
    return p->lane_count ? dispatch_kind_users(lane_of(p, kind)->dispatch, kind) : 0;
}

uint64_t population_fixed_total(const struct population *p)
{
    return p->has_main ? dispatch_fixed_total(p->lanes[0].dispatch) : 0;
}

uint64_t population_arrived(const struct population *p)
{
    return p->arrived;
}

uint64_t population_dropped(const struct population *p)
{
    return p->dropped;
}
