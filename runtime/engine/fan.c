/* A fan is the branches of one `parallel` under way, each a strand with a block of its own: strand, then the frame of its machine.
 * The strand that began it (the parent) waits for room or for the join, and is never left before all branches have ended, so a
 * branch may point into its frames.
 *
 * What a branch leaves in its arena ends with it; what outlives it stands in kept slots of the parent's frames.
 *
 * Stops. The parent's stop, soft or hard, goes on to every branch, which follows it as any strand does; the parent goes on
 * when the last one has ended. A branch that ends by a stop of its own (stop user, stop test) stops the others softly. Nothing
 * new is begun then. All other exits let the others finish, also those that have not begun (max). */
#include "fan.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"
#include "../stats/stats.h"
#include "group.h"
#include "hook.h"
#include "poison.h"
#include "shard.h"

/* Branches at once: more is surely not meant, and each takes some hundred bytes. */
enum { MOST_BRANCHES = 10000 };

struct branch {
    struct strand strand; /* first */
    struct fan *fan;
    struct branch *next, *previous;
    uint32_t size; /* of its frame */
    uint64_t frame[];
};

_Static_assert(sizeof(struct branch) == SWARM_BRANCH_BASE,
               "SWARM_BRANCH_BASE in program.h is the size of struct branch");

struct fan {
    struct strand *parent;
    struct branch *branches;
    int64_t max, running;
    struct task_error *error; /* of the first branch that had one, in the parent's arena */
    uint8_t exit;             /* the strongest so far */
    uint8_t wanted;           /* the strongest stop that the branches were told of */
    bool closed;              /* no further branch begins */
};

static struct branch *branch_of(struct strand *strand)
{
    return (struct branch *)strand;
}

struct strand *fan_root(struct strand *strand)
{
    while (strand->is_branch) {
        strand = branch_of(strand)->fan->parent;
    }
    return strand;
}

/* ---- exits ---- */

/* At a join the strongest exit wins: stop, interrupt, error, reschedule. */
static unsigned strength(uint8_t exit)
{
    static const uint8_t order[] = {
        [SWARM_NO_EXIT] = 0,   [SWARM_RESCHEDULE] = 1,     [SWARM_REQUIRED] = 2,
        [SWARM_ERROR] = 3,     [SWARM_INTERRUPT_WAIT] = 4, [SWARM_INTERRUPT] = 5,
        [SWARM_STOP_USER] = 6, [SWARM_STOP] = 7,           [SWARM_CUT] = 8,
    };

    return order[exit];
}

/* An error that the join does not leave by is counted here. */
static void count_error(struct fan *fan, const struct task_error *error)
{
    struct strand *root = fan_root(fan->parent);

    recorder_error(root->shard->recorder, error->place.file, error->place.line, root->user->kind->name,
                   strand_task(root), error->text, error->n, clock_unix_ms());
    hook_user_error(root, error->place.file, error->place.line, strand_task(root), error->text, error->n);
}

static void take_error(struct fan *fan, const struct task_error *error)
{
    size_t size = sizeof *error + error->n + 1;

    if (fan->error) {
        count_error(fan, error);
        return;
    }
    fan->error = arena_get_beyond(&fan->parent->arena, size);
    memcpy(fan->error, error, size);
}

static void take_exit(struct fan *fan, uint8_t exit, const struct task_error *error)
{
    if (exit == SWARM_ERROR && error) {
        take_error(fan, error);
    }
    if (strength(exit) > strength(fan->exit)) {
        fan->exit = exit;
    }
    fan->closed |= exit >= SWARM_STOP_USER;
}

static void tell_branches(struct fan *fan, enum swarm_exit wanted)
{
    if (wanted <= fan->wanted) {
        return;
    }
    fan->wanted = (uint8_t)wanted;
    for (struct branch *branch = fan->branches; branch; branch = branch->next) {
        strand_stop(&branch->strand, wanted);
    }
}

/* What the parent was told, unless it is in an `on stop`, which only a cut ends: its branches know that too. */
static void follow_parent(struct fan *fan)
{
    enum swarm_exit wanted = (enum swarm_exit)fan->parent->wanted;

    tell_branches(fan, wanted);
    fan->closed |= wanted == SWARM_CUT || (wanted && !fan->parent->shield);
}

/* ---- waiting ---- */

static void stopped(struct strand *parent)
{
    follow_parent(parent->operation_data);
}

static const struct operation branches_running = {.name = "parallel", .stop = stopped};

/* All branches have ended: their exit becomes the parent's. */
static void finish(struct fan *fan)
{
    struct strand *parent = fan->parent;

    if (fan->exit == SWARM_ERROR) {
        parent->error = fan->error;
    } else if (fan->error) {
        count_error(fan, fan->error);
    }
    swarm_exit_with(&parent->base, (enum swarm_exit)fan->exit);
    free(fan);
}

/* The parent waits for the join when joining, else for room. */
static bool has_room(const struct fan *fan)
{
    return fan->running < fan->max || fan->closed;
}

void fan_branch_over(struct strand *strand)
{
    struct branch *branch = branch_of(strand);
    struct fan *fan = branch->fan;
    struct strand *parent = fan->parent;

    take_exit(fan, strand->base.exit, strand->error);
    if (branch->previous) {
        branch->previous->next = branch->next;
    } else {
        fan->branches = branch->next;
    }
    if (branch->next) {
        branch->next->previous = branch->previous;
    }
    if (strand->base.exit == SWARM_STOP_USER || strand->base.exit == SWARM_STOP) {
        tell_branches(fan, (enum swarm_exit)strand->base.exit);
    }
    arena_clear(&strand->arena);
    unpoison(branch->frame, branch->size);
    free(branch);
    fan->running--;
    if (parent->operation == &branches_running && (fan->running == 0 || (parent->waits_for_room && has_room(fan)))) {
        bool joined = !parent->waits_for_room;

        strand_complete(parent);
        if (joined) {
            finish(fan);
        }
    }
}

/* ---- what generated code calls ---- */

void swarm_fan_begin(struct swarm_strand *s, struct swarm_fan *fan, int64_t max, const struct swarm_place *place)
{
    struct fan *own;

    fan->own = NULL;
    if (max < 1) {
        swarm_error(s, place, "parallel max %" PRId64 ": wanted 1 or more", max);
        return;
    }
    own = memory_new(1, sizeof *own);
    own->parent = strand_of(s);
    own->max = max;
    own->wanted = own->parent->wanted;
    own->closed = false;
    fan->own = own;
}

struct swarm_frame *swarm_branch(struct swarm_strand *s, struct swarm_fan *fan, const struct swarm_machine *machine,
                                 const struct swarm_place *place)
{
    struct strand *parent = strand_of(s);
    struct fan *own = fan->own;
    struct branch *branch;

    if (own->running == MOST_BRANCHES) {
        swarm_error(s, place, "parallel with more than %d branches at once: limit them, `parallel max 100 …`",
                    MOST_BRANCHES);
        return NULL;
    }
    branch = memory_new(1, sizeof *branch + machine->size);
    branch->strand.base.state = s->state;
    branch->strand.user = parent->user;
    branch->strand.shard = parent->shard;
    branch->strand.is_branch = true;
    branch->strand.wanted = parent->wanted;
    branch->strand.shield = parent->shield;
    branch->fan = own;
    branch->size = machine->size;
    branch->next = own->branches;
    if (own->branches) {
        own->branches->previous = branch;
    }
    own->branches = branch;
    own->running++;
    strand_enter(&branch->strand, (struct swarm_frame *)branch->frame, NULL, machine, machine->size);
    branch->strand.base.top = (struct swarm_frame *)branch->frame;
    strand_ready(&branch->strand);
    return branch->strand.base.top;
}

enum swarm_step swarm_fan_room(struct swarm_strand *s, uint32_t at, struct swarm_fan *fan)
{
    struct strand *strand = strand_of(s);
    struct fan *own = fan->own;

    (void)strand_begin(strand, at); /* a stop is the branches' business */
    follow_parent(own);
    strand->waits_for_room = true;
    return has_room(own) ? SWARM_RUN : strand_wait(strand, &branches_running, own);
}

bool swarm_fan_open(const struct swarm_fan *fan)
{
    struct fan *own = fan->own;

    if (own->closed) { /* what has not begun never will: the statement is left by the stop */
        take_exit(own, own->parent->wanted, NULL);
    }
    return !own->closed;
}

enum swarm_step swarm_fan_join(struct swarm_strand *s, uint32_t at, struct swarm_fan *fan)
{
    struct strand *strand = strand_of(s);
    struct fan *own = fan->own;

    (void)strand_begin(strand, at);
    follow_parent(own);
    strand->waits_for_room = false;
    fan->own = NULL;
    take_exit(own, s->exit, strand->error); /* what failed between two branches */
    s->exit = SWARM_NO_EXIT;
    strand->error = NULL;
    if (own->running > 0) {
        return strand_wait(strand, &branches_running, own);
    }
    finish(own);
    return SWARM_RUN;
}
