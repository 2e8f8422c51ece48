/*
 * dispatch.h - who is started and stopped, where, in which order and in which steps: Locust's dispatcher
 * as a pure function. It has no clock: the caller performs the actions of a step, waits dispatch_wait_ns,
 * and asks for the next one.
 *
 * Order of kinds: smooth weighted sequence over the kinds sorted by name, after those with a fixed count
 * were filled up. Users are dealt to the shards in turn. Up: picks of the sequence; down: the user
 * dispatched last goes first. A step is max(1, floor(rate)) users, the next one follows that many divided
 * by the rate later. docs/internals/dispatch.md has the rules.
 *
 * A dispatcher belongs to one thread. Names and ids given at creation are copied.
 */
#ifndef SWARM_DISPATCH_H
#define SWARM_DISPATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dispatch;

struct dispatch_kind {
    const char *name;
    double weight;  /* share of the users; 0: never. Ignored when `count` is given */
    uint64_t count; /* fixed number of users, served first; 0: none */
};

struct dispatch_action {
    uint32_t kind;  /* index into the kinds given */
    uint32_t shard; /* index into the shards given, in the order given or added */
    int32_t delta;  /* +1: start one, -1: stop one */
};

/* `shards` shards of this process, dealt to in order of their index. NULL without any shard, or with
 * more than 65,536 kinds or shards. */
struct dispatch *dispatch_create(const struct dispatch_kind *kinds, size_t kind_count, size_t shards);

/* The same with workers by id. They are dealt to host by host: the host is the id up to its first '_'. */
struct dispatch *dispatch_create_workers(const struct dispatch_kind *kinds, size_t kind_count, const char *const *ids,
                                         size_t id_count);
void dispatch_free(struct dispatch *d);

/* A new target: `users` in all at `rate` users a second (> 0; INFINITY: in one step). `only` has one flag
 * a kind, NULL is all kinds; users of other kinds stay, count in `users`, and leave in their turn when
 * there are too many. What is under way is given up where it stands. The first step of it may be taken at
 * once. */
void dispatch_retarget(struct dispatch *d, uint64_t users, double rate, const bool *only);

/* The same for a stage of a shape: `users` of the kinds in `only` (NULL: of all), which are counted alone; users of other
 * kinds neither count nor leave. most: users of a step; 0: as the rate says. */
void dispatch_aim(struct dispatch *d, uint64_t users, double rate, const bool *only, uint64_t most);

/* Someone arrives, whatever the target: the next kind of the sequence and the next shard in turn. False when no kind can
 * be picked. dispatch_left() when the visit is over, or was lost: nobody takes the place. */
bool dispatch_arrive(struct dispatch *d, uint32_t *kind, uint32_t *shard);
void dispatch_left(struct dispatch *d, uint32_t kind, uint32_t shard);

/* The next step: its actions in order, valid until the next call; *count may be 0. */
const struct dispatch_action *dispatch_step(struct dispatch *d, size_t *count);

/* True when no further step is needed. */
bool dispatch_done(const struct dispatch *d);

/* Time from the step just taken to the next one in nanoseconds; 0 when it may follow at once (a new
 * target, a rebalance). It holds after the last step too: when a user is lost then, the step that replaces
 * it is not due before. */
uint64_t dispatch_wait_ns(const struct dispatch *d);

/* A user ended by itself. Lost (its `on start` failed): one of the same kind takes its place there in one
 * of the next steps, and it counts as one of that step. Retired (`stop user`): not replaced, the target
 * (and a fixed count) shrinks by one. */
void dispatch_lost(struct dispatch *d, uint32_t kind, uint32_t shard);
void dispatch_retired(struct dispatch *d, uint32_t kind, uint32_t shard);

/* A worker comes (returns its shard index; UINT32_MAX when 65,536 have come already) or goes: the next step, due at once, is the rebalance. Removing
 * the last one is ignored. */
uint32_t dispatch_add_worker(struct dispatch *d, const char *id);
void dispatch_remove_worker(struct dispatch *d, uint32_t shard);

/* Users that are dispatched now: in all, of some kinds (NULL: of all), of a kind, of a kind in a shard. And the target. */
uint64_t dispatch_users(const struct dispatch *d);
uint64_t dispatch_users_of(const struct dispatch *d, const bool *only);
uint64_t dispatch_kind_users(const struct dispatch *d, uint32_t kind);
uint64_t dispatch_shard_users(const struct dispatch *d, uint32_t kind, uint32_t shard);
uint64_t dispatch_target(const struct dispatch *d);

/* Sum of the fixed counts of the kinds in play (for the note that a target is below it). */
uint64_t dispatch_fixed_total(const struct dispatch *d);

#endif
