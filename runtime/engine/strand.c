/* Strands: frames, stepping, leaving, and the one mechanism of waiting (engine.h says what operations may
 * rely on). */
#include "strand.h"

#include <string.h>

#include "group.h"
#include "poison.h"
#include "shard.h"

/* What swarm_leave(s, 0) stores as resume point: the frame is left whatever its points say. */
#define LEAVE_NOW UINT32_MAX

/* ---- frames ---- */

void strand_enter(struct strand *strand, struct swarm_frame *frame, struct swarm_frame *caller,
                  const struct swarm_machine *machine, uint32_t size)
{
    (void)strand;
    unpoison(frame, size);
    memset(frame, 0, size);
    frame->machine = machine;
    frame->up = caller ? (uint32_t)((char *)frame - (char *)caller) : 0;
}

static void free_kept(struct strand *strand, struct swarm_frame *frame, const uint32_t *kept, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        swarm_keep(&strand->base, (struct swarm_value *)((char *)frame + kept[i]), swarm_null());
    }
}

/* Leaves the top frame: its kept slots are freed, its memory must not be touched any more. */
static void pop(struct strand *strand)
{
    struct swarm_frame *frame = strand->base.top;
    uint32_t size = frame->machine->size;

    strand->base.top = frame->up ? swarm_up(frame) : NULL;
    if (group_is(frame)) {
        const struct swarm_group *group = group_of(frame);

        free_kept(strand, frame, group->kept, group->kept_count);
        size = group->size;
    } else {
        free_kept(strand, frame, frame->machine->kept, frame->machine->kept_count);
    }
    poison(frame, size);
}

void swarm_enter(struct swarm_strand *s, struct swarm_frame *caller, struct swarm_frame *callee,
                 const struct swarm_machine *machine)
{
    strand_enter(strand_of(s), callee, caller, machine, machine->size);
}

enum swarm_step swarm_call(struct swarm_strand *s, uint32_t at, struct swarm_frame *callee)
{
    s->top->at = at;
    s->top = callee;
    return SWARM_RUN;
}

/* ---- leaving ---- */

enum swarm_step swarm_leave(struct swarm_strand *s, uint32_t pad)
{
    s->top->at = pad ? pad : LEAVE_NOW;
    return SWARM_LEFT;
}

void swarm_exit_with(struct swarm_strand *s, enum swarm_exit exit)
{
    if (!s->exit) {
        s->exit = (uint8_t)exit;
    }
}

/* From a statement: where it stands is not where the frame waited last, so no pad is looked up. */
static enum swarm_step leave_with(struct swarm_strand *s, enum swarm_exit exit)
{
    swarm_exit_with(s, exit);
    return swarm_leave(s, 0);
}

/* The pad of the resume point where the frame has waited. */
static uint32_t pad_of(const struct swarm_frame *frame)
{
    return frame->at < frame->machine->point_count ? frame->machine->points[frame->at].pad : 0;
}

/* An exit is set: goes up to the frame that takes care of it, a group or one whose point has a pad; that one
 * is stepped next. Without one the strand is over. */
static void unwind(struct strand *strand)
{
    while (strand->base.top) {
        struct swarm_frame *frame = strand->base.top;
        uint32_t pad;

        if (group_is(frame)) {
            return;
        }
        pad = pad_of(frame);
        if (pad) {
            frame->at = pad;
            return;
        }
        pop(strand);
    }
}

/* ---- stepping ---- */

bool strand_step(struct strand *strand)
{
    struct swarm_strand *s = &strand->base;

    if (s->exit) {
        unwind(strand);
    }
    while (s->top) {
        switch (s->top->machine->step(s, s->top)) {
        case SWARM_WAIT:
            return true;
        case SWARM_RUN:
            if (s->exit) {
                unwind(strand);
            }
            break;
        case SWARM_DONE:
            pop(strand);
            if (s->exit) {
                unwind(strand);
            }
            break;
        case SWARM_LEFT:
            if (s->top->at == LEAVE_NOW) {
                pop(strand);
                unwind(strand);
            }
            break;
        }
    }
    return false;
}

/* ---- exits that generated code asks for ---- */

enum swarm_step swarm_reschedule(struct swarm_strand *s)
{
    return leave_with(s, SWARM_RESCHEDULE);
}

enum swarm_step swarm_interrupt(struct swarm_strand *s, bool after_wait)
{
    return leave_with(s, after_wait ? SWARM_INTERRUPT_WAIT : SWARM_INTERRUPT);
}

enum swarm_step swarm_stop_user(struct swarm_strand *s)
{
    return leave_with(s, SWARM_STOP_USER);
}

void swarm_ask_stop(struct swarm_strand *s, struct swarm_value why)
{
    struct strand *strand = strand_of(s);

    shard_ask_stop(strand->shard, why.kind == SWARM_TEXT ? why.text : NULL, why.kind == SWARM_TEXT ? why.n : 0);
    swarm_exit_with(s, SWARM_STOP);
}

enum swarm_step swarm_stop_test(struct swarm_strand *s, struct swarm_value why)
{
    swarm_ask_stop(s, why);
    return swarm_leave(s, 0);
}

void strand_error(struct strand *strand, const struct swarm_place *place, const char *message, size_t n)
{
    struct task_error *error;

    if (strand->base.exit) {
        return;
    }
    strand->base.exit = SWARM_ERROR;
    error = arena_get_beyond(&strand->arena, sizeof *error + n + 1);
    error->place = place && place->file ? *place : (struct swarm_place){.file = "", .what = ""};
    error->n = (uint32_t)n;
    memcpy(error->text, message, n);
    error->text[n] = '\0';
    strand->error = error;
}

/* ---- operations ---- */

/* A stop that this strand has to follow now. */
static enum swarm_exit stop_wanted(const struct strand *strand)
{
    if (strand->wanted != SWARM_CUT && strand->shield) {
        return SWARM_NO_EXIT;
    }
    return (enum swarm_exit)strand->wanted;
}

bool strand_begin(struct strand *strand, uint32_t at)
{
    strand->base.top->at = at;
    return !stop_wanted(strand);
}

enum swarm_step strand_stopped(struct strand *strand)
{
    swarm_exit_with(&strand->base, stop_wanted(strand));
    return SWARM_RUN; /* left at the pad of the point that strand_begin() has stored */
}

enum swarm_step strand_wait(struct strand *strand, const struct operation *operation, void *data)
{
    strand->operation = operation;
    strand->operation_data = data;
    return SWARM_WAIT;
}

static void timer_ran_out(struct timer *timer)
{
    struct strand *strand = (struct strand *)((char *)timer - offsetof(struct strand, timer));

    if (strand->operation->expired) {
        strand->operation->expired(strand);
        return;
    }
    if (strand->operation->cancel) {
        strand->operation->cancel(strand);
    }
    strand->base.answered = false;
    strand_complete(strand);
}

void strand_timeout(struct strand *strand, int64_t at_ns)
{
    if (at_ns == INT64_MAX) {
        timer_stop(&strand->shard->timers, &strand->timer);
    } else {
        timer_start(&strand->shard->timers, &strand->timer, at_ns, timer_ran_out);
    }
}

void strand_ready(struct strand *strand)
{
    struct shard *shard = strand->shard;

    if (strand->ready) {
        return;
    }
    strand->ready = true;
    strand->next_ready = NULL;
    *shard->ready_last = strand;
    shard->ready_last = &strand->next_ready;
}

void strand_complete(struct strand *strand)
{
    strand->operation = NULL;
    strand->operation_data = NULL;
    timer_stop(&strand->shard->timers, &strand->timer);
    strand_ready(strand);
}

void strand_stop(struct strand *strand, enum swarm_exit wanted)
{
    const struct operation *operation = strand->operation;

    if (wanted <= strand->wanted) {
        return;
    }
    strand->wanted = (uint8_t)wanted;
    if (operation && operation->stop) {
        operation->stop(strand);
        return;
    }
    if (!operation || !stop_wanted(strand)) {
        return;
    }
    if (wanted != SWARM_CUT && operation->finishes) {
        if (operation->soft_stop) {
            operation->soft_stop(strand);
        }
        return;
    }
    if (operation->cancel) {
        operation->cancel(strand);
    }
    swarm_exit_with(&strand->base, wanted);
    strand_complete(strand);
}
