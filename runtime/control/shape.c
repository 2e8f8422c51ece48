#include "shape.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"

/* Users of a ramp come one by one, but not in more steps than this. */
#define RAMP_STEP (10 * SWARM_MS)
/* Two questions about arrivals are at least so far apart. */
#define ARRIVAL_STEP (SWARM_MS / 2)

/* ---- building ---- */

static bool in_range(struct swarm_strand *s, const struct swarm_stage *stage)
{
    const struct swarm_place *place = stage->place;

    if (stage->users < 0 || stage->users > SHAPE_MOST) {
        swarm_error(s, place, "a stage has between 0 and %" PRId64 " users, found %" PRId64, SHAPE_MOST, stage->users);
    } else if (stage->time < 0 && stage->time != -1) {
        swarm_error(s, place, "the time of a stage is not negative");
    } else if (stage->kind == SWARM_STAGE_ARRIVE && (stage->rate < 0 || stage->rate_to < 0)) {
        swarm_error(s, place, "a rate is not negative");
    } else if (stage->kind == SWARM_STAGE_JUMP && stage->rate == 0) {
        swarm_error(s, place, "at 0/s this stage starts nobody");
    } else if (stage->kind == SWARM_STAGE_EVERY && stage->every < SWARM_MS) {
        swarm_error(s, place, "a formula is evaluated at most every millisecond");
    }
    return !swarm_failed(s);
}

void swarm_stage(struct swarm_strand *s, struct swarm_stages *stages, struct swarm_stage stage)
{
    if (swarm_failed(s) || !in_range(s, &stage)) {
        return;
    }
    if (stages->count == SHAPE_STAGES) {
        swarm_error(s, stage.place, "a shape has at most %d stages, loops gone through", SHAPE_STAGES);
        return;
    }
    if (stage.loop_count) {
        struct swarm_value *loops = memory_new(stage.loop_count, sizeof *loops);

        memcpy(loops, stage.loops, stage.loop_count * sizeof *loops);
        stage.loops = loops;
    } else {
        stage.loops = NULL;
    }
    stages->arrives |= stage.kind == SWARM_STAGE_ARRIVE;
    stages->computes |= stage.kind == SWARM_STAGE_EVERY;
    stages->stage = memory_grow(stages->stage, stages->count, &stages->room, sizeof *stages->stage);
    stages->stage[stages->count++] = stage;
}

void swarm_at_most(struct swarm_strand *s, struct swarm_stages *stages, int64_t users, const struct swarm_place *place)
{
    if (!swarm_failed(s) && (users < 0 || users > SHAPE_MOST)) {
        swarm_error(s, place, "`at most` takes between 0 and %" PRId64 " users, found %" PRId64, SHAPE_MOST, users);
    }
    stages->most = users;
}

bool shape_build(struct swarm_stages *shape, const struct swarm_shape *from, struct swarm_strand *s)
{
    *shape = (struct swarm_stages){.most = -1};
    from->build(s, shape);
    return !swarm_failed(s);
}

void shape_free(struct swarm_stages *shape)
{
    for (size_t i = 0; i < shape->count; i++) {
        free((void *)shape->stage[i].loops);
    }
    free(shape->stage);
    *shape = (struct swarm_stages){.most = -1};
}

/* ---- asking about the whole ---- */

static uint64_t bounded(const struct swarm_stages *shape, int64_t users)
{
    if (shape->most >= 0 && users > shape->most) {
        return (uint64_t)shape->most;
    }
    return users < 0 ? 0 : (uint64_t)users;
}

uint64_t shape_peak(const struct swarm_stages *shape)
{
    uint64_t peak = 0;

    if (shape->arrives || shape->computes) {
        return shape->most >= 0 ? (uint64_t)shape->most : UINT64_MAX;
    }
    for (size_t i = 0; i < shape->count; i++) {
        const struct swarm_stage *stage = &shape->stage[i];
        uint64_t users = stage->kind == SWARM_STAGE_HOLD ? 0 : bounded(shape, stage->users);

        if (stage->only) {
            peak += users; /* beside those of other stages */
        } else if (users > peak) {
            peak = users;
        }
    }
    return peak;
}

bool shape_names_kind(const struct swarm_stages *shape, uint32_t kind)
{
    for (size_t i = 0; i < shape->count; i++) {
        const struct swarm_stage *stage = &shape->stage[i];

        if (stage->kind != SWARM_STAGE_HOLD && (!stage->only || stage->only[kind])) {
            return true;
        }
    }
    return false;
}

/* ---- one stage ---- */

static int64_t later(int64_t at, int64_t ns)
{
    int64_t sum;

    return __builtin_add_overflow(at, ns, &sum) ? INT64_MAX : sum;
}

/* When the stage ends by itself. */
static int64_t end_of(const struct shape_run *run, const struct swarm_stage *stage)
{
    return stage->time < 0 ? INT64_MAX : later(run->begin, stage->time);
}

static void leave(struct shape_run *run, int64_t at)
{
    run->at++;
    run->begin = at;
    run->entered = false;
}

static void aim(const struct shape_run *run, const struct swarm_stage *stage, int64_t users, double rate,
                struct shape_want *want)
{
    want->target = true;
    want->users = bounded(run->shape, users);
    want->rate = rate > 0 && isfinite(rate) ? rate : 1;
    want->step = 0;
    want->only = stage->only;
}

/* JUMP. */

static void begin_jump(struct shape_run *run, const struct swarm_stage *stage, int64_t level, struct shape_want *want)
{
    double way = (double)llabs((long long)(bounded(run->shape, stage->users) - (uint64_t)level));

    /* Without a rate all at once; those who are lost are then replaced within a second. */
    aim(run, stage, stage->users, stage->rate < 0 ? fmax(way, 1) : stage->rate, want);
}

static void ask_jump(struct shape_run *run, const struct swarm_stage *stage, int64_t now, bool reached,
                     struct shape_want *want)
{
    int64_t end = end_of(run, stage);

    if (stage->time < 0 && reached) {
        leave(run, now);
        want->next = now;
    } else if (now >= end) {
        want->missed = reached ? NULL : stage;
        leave(run, end);
        want->next = end;
    } else {
        want->next = end;
    }
}

/* RAMP: users after a part of the time; one more at each even part of it. */

static void ask_ramp(struct shape_run *run, const struct swarm_stage *stage, int64_t now, struct shape_want *want)
{
    int64_t end = end_of(run, stage), to = (int64_t)bounded(run->shape, stage->users);
    int64_t way = to - run->level, length = way < 0 ? -way : way, moved = length;

    if (now < end) {
        moved = (int64_t)((__int128)length * (now - run->begin) / stage->time);
    }
    if (moved > run->moved) {
        aim(run, stage, way < 0 ? run->level - moved : run->level + moved, (double)length * 1e9 / (double)stage->time,
            want);
        want->step = (uint64_t)(moved - run->moved);
        run->moved = moved;
    }
    if (now >= end) {
        leave(run, end);
        want->next = end;
        return;
    }
    want->next = end;
    if (moved < length) {
        int64_t due = run->begin + (int64_t)(((__int128)(moved + 1) * stage->time + length - 1) / length);
        int64_t soonest = later(now, RAMP_STEP);

        want->next = due > soonest ? due : soonest < end ? soonest : end;
    }
}

/* EVERY. */

static void ask_formula(struct shape_run *run, const struct swarm_stage *stage, int64_t now, struct shape_want *want)
{
    int64_t end = end_of(run, stage), due = later(run->begin, run->turn * stage->every);
    struct swarm_wish wish = {0};

    if (now >= end) {
        leave(run, end);
        want->next = end;
        return;
    }
    if (now >= due) {
        struct swarm_mark mark = swarm_mark(run->strand);
        int64_t turn = (now - run->begin) / stage->every; /* those that were slept through are left out */

        stage->formula(run->strand, stage->loops, turn * stage->every, &wish);
        want->over = wish.stop || swarm_failed(run->strand);
        if (!swarm_failed(run->strand)) { /* the error lies there */
            swarm_reset(run->strand, &mark);
        }
        if (!want->over && (run->turn == 0 || wish.users != run->wish.users || wish.rate != run->wish.rate)) {
            aim(run, stage, wish.users, wish.rate, want);
        }
        run->wish = wish;
        run->turn = turn + 1;
        due = later(run->begin, run->turn * stage->every);
    }
    want->next = due < end ? due : end;
}

/* ARRIVE, and HOLD behind it. A line of rates from `rate` on, growing by `slope` each second: after t seconds
 * rate t + slope t²/2 have come. */

struct stream {
    double rate, slope;
};

static struct stream stream_of(const struct shape_run *run, const struct swarm_stage *stage)
{
    struct stream stream = {.rate = run->rate};

    if (stage->kind == SWARM_STAGE_ARRIVE) {
        stream.rate = stage->rate;
        stream.slope = stage->time > 0 ? (stage->rate_to - stage->rate) / ((double)stage->time / 1e9) : 0;
    }
    return stream;
}

static double come_after(const struct stream *stream, int64_t ns)
{
    double t = (double)ns / 1e9;

    return stream->rate * t + stream->slope * t * t / 2;
}

/* When the n-th arrival of all (from 0) is due, in ns from the begin of the stage; INT64_MAX: not in this stage. The root of
 * slope t²/2 + rate t = n + 1/2 - those before, in the form that does not cancel out. */
static int64_t due_of(const struct shape_run *run, const struct stream *stream, uint64_t n)
{
    double left = (double)n + 0.5 - run->arrived;
    double root = stream->rate * stream->rate + 2 * stream->slope * left;
    double below = root < 0 ? 0 : stream->rate + sqrt(root);
    double t = left <= 0 ? 0 : below > 0 ? 2 * left / below : INFINITY;

    return t < 9e9 ? (int64_t)ceil(t * 1e9) : INT64_MAX;
}

static void ask_arrivals(struct shape_run *run, const struct swarm_stage *stage, int64_t now, struct shape_want *want)
{
    struct stream stream = stream_of(run, stage);
    int64_t end = end_of(run, stage), until = now < end ? now : end, next;
    double come = run->arrived + come_after(&stream, until - run->begin);
    uint64_t due = come < 0 ? 0 : (uint64_t)floor(come + 0.5);

    if (due > run->given) {
        want->arrivals = due - run->given;
        want->first_due = later(run->begin, due_of(run, &stream, run->given));
        want->last_due = later(run->begin, due_of(run, &stream, due - 1));
        run->given = due;
    }
    if (now >= end) {
        run->arrived = come;
        run->rate = stage->kind == SWARM_STAGE_ARRIVE ? stage->rate_to : run->rate;
        leave(run, end);
        want->next = end;
        return;
    }
    next = later(run->begin, due_of(run, &stream, run->given));
    if (next < later(now, ARRIVAL_STEP)) {
        next = later(now, ARRIVAL_STEP);
    }
    want->next = next < end ? next : end;
}

/* ---- the whole ---- */

void shape_begin(struct shape_run *run, const struct swarm_stages *shape, struct swarm_strand *strand, int64_t now)
{
    *run = (struct shape_run){.shape = shape, .strand = strand, .begin = now};
}

static void enter(struct shape_run *run, const struct swarm_stage *stage, shape_level *level, void *data,
                  struct shape_want *want)
{
    run->entered = true;
    run->level = (int64_t)level(data, stage->only);
    run->moved = run->turn = 0;
    want->begun = stage;
    if (stage->kind == SWARM_STAGE_JUMP) {
        begin_jump(run, stage, run->level, want);
    }
}

void shape_ask(struct shape_run *run, int64_t now, bool reached, shape_level *level, void *data,
               struct shape_want *want)
{
    const struct swarm_stage *stage;

    *want = (struct shape_want){.next = INT64_MAX};
    if (run->at == run->shape->count) {
        want->over = true;
        return;
    }
    stage = &run->shape->stage[run->at];
    if (!run->entered) {
        enter(run, stage, level, data, want);
        if (want->target) {
            want->next = end_of(run, stage);
            return;
        }
    }
    switch (stage->kind) {
    case SWARM_STAGE_JUMP:
        ask_jump(run, stage, now, reached, want);
        return;
    case SWARM_STAGE_RAMP:
        ask_ramp(run, stage, now, want);
        return;
    case SWARM_STAGE_EVERY:
        ask_formula(run, stage, now, want);
        return;
    case SWARM_STAGE_HOLD:
    case SWARM_STAGE_ARRIVE:
        ask_arrivals(run, stage, now, want);
        return;
    }
}
