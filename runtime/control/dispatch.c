/* dispatch.c - see dispatch.h. The rules are those of Locust's UsersDispatcher:
 * docs/internals/dispatch.md. */
#include "dispatch.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <swarm/program.h>

#include "../base/memory.h"

/* A smooth weighted sequence: each pick is the kind that brings the shares closest to the weights (in the
 * Kullback-Leibler sense). */
struct picker {
    double *weight; /* by kind; 0: not in it */
    uint64_t *picked;
};

struct kind {
    char *name;
    double weight;
    uint64_t count;
};

struct shard {
    char *id;
    uint64_t *users; /* dispatched, by kind */
    uint32_t *last;  /* by kind: the one dispatched last, NONE */
    bool gone;
};

/* A dispatched user, in two stacks: of all, from which one may leave in the middle, and of its kind in its
 * shard. */
struct placed {
    uint32_t kind : 16, shard : 16;
    uint32_t before, after; /* of all; `before` also links the free ones */
    uint32_t below;         /* of the same kind and shard */
};

_Static_assert(sizeof(struct placed) == SWARM_USER_PLACE, "SWARM_USER_PLACE in program.h is the size of struct placed");

struct lost {
    uint32_t kind, shard;
};

struct dispatch {
    struct kind *kinds;
    uint32_t *by_name; /* kinds in order of their names */
    bool *only;        /* kinds that may be picked */
    size_t kind_count;
    struct shard *shards;
    size_t shard_count, shard_capacity;
    uint32_t *ring; /* shards in the order in which they are dealt to */
    size_t ring_count, next;
    struct placed *placed; /* users; `top` is the one dispatched last, `free` unused ones */
    size_t placed_count, placed_capacity;
    uint32_t top, free;
    uint64_t users;
    struct lost *lost; /* whose places are to be filled again: a queue from lost_first on */
    size_t lost_first, lost_count, lost_capacity;

    struct picker weighted, fixed;
    uint64_t fixed_left; /* picks of `fixed` still to come before weighted ones */
    bool fill_fixed;     /* fixed kinds may have fewer users than their count */

    uint64_t target, per_step;
    double rate;
    bool begun, done, rebalance;
    bool restricted_anew; /* `only` changed since the last step up */
    bool apart;           /* users of kinds that are not in `only` are left alone */
    uint64_t wait_ns;

    struct dispatch_action *actions;
    size_t action_count, action_capacity;
};

/* From this rate on (users a second) a second's users are started in so many slices. */
#define SMOOTH_FROM 500
#define SLICES      100

enum { KINDS = 1 << 16, SHARDS = 1 << 16 }; /* that struct placed tells apart */

#define NO_KIND UINT32_MAX
#define NONE    UINT32_MAX

/* ---- picking a kind --------------------------------------------------------------------------------- */

static void picker_reset(struct picker *p, size_t kinds)
{
    memset(p->weight, 0, kinds * sizeof *p->weight);
    memset(p->picked, 0, kinds * sizeof *p->picked);
}

/* Whether kind a (with its score) goes before kind b. Kinds are looked at in order of their names, so
 * equal ones keep that order. */
static bool goes_first(const struct picker *p, uint32_t a, double score_a, uint32_t b, double score_b)
{
    double a_sum = p->weight[a] + (double)p->picked[a], b_sum = p->weight[b] + (double)p->picked[b];

    if (score_a != score_b)
        return score_a < score_b;
    if (a_sum != b_sum)
        return a_sum < b_sum;
    return p->weight[a] < p->weight[b];
}

static uint32_t pick(struct picker *p, const uint32_t *by_name, size_t kinds)
{
    uint32_t best = NO_KIND;
    double best_score = 0;

    for (size_t i = 0; i < kinds; i++) {
        uint32_t k = by_name[i];
        double sum = p->weight[k] + (double)p->picked[k];
        double score;

        if (p->weight[k] <= 0)
            continue;
        score = p->weight[k] * log2(sum / (sum + 1));
        if (best == NO_KIND || goes_first(p, k, score, best, best_score)) {
            best = k;
            best_score = score;
        }
    }
    if (best != NO_KIND)
        p->picked[best]++;
    return best;
}

static void restart_weighted(struct dispatch *d)
{
    picker_reset(&d->weighted, d->kind_count);
    for (size_t k = 0; k < d->kind_count; k++) {
        if (d->only[k] && d->kinds[k].count == 0)
            d->weighted.weight[k] = d->kinds[k].weight;
    }
}

/* Sets up the picks that bring fixed kinds to their counts. */
static void start_fixed(struct dispatch *d)
{
    d->fill_fixed = false;
    d->fixed_left = 0;
    picker_reset(&d->fixed, d->kind_count);
    for (uint32_t k = 0; k < d->kind_count; k++) {
        uint64_t count = d->only[k] ? d->kinds[k].count : 0, running = dispatch_kind_users(d, k);

        if (count > running) {
            d->fixed.weight[k] = (double)(count - running);
            d->fixed_left += count - running;
        }
    }
}

static uint32_t next_kind(struct dispatch *d)
{
    if (d->fixed_left == 0 && d->fill_fixed)
        start_fixed(d);
    if (d->fixed_left > 0) {
        d->fixed_left--;
        return pick(&d->fixed, d->by_name, d->kind_count);
    }
    return pick(&d->weighted, d->by_name, d->kind_count);
}

/* Starts both sequences anew. */
static void restart_sequences(struct dispatch *d)
{
    d->fixed_left = 0;
    restart_weighted(d);
}

/* After a change of `only` the users that are there are the first picks: they have their part in the shares. */
static void count_present(struct dispatch *d)
{
    if (!d->restricted_anew)
        return;
    d->restricted_anew = false;
    for (uint32_t k = 0; k < d->kind_count; k++) {
        if (d->weighted.weight[k] > 0)
            d->weighted.picked[k] = dispatch_kind_users(d, k);
    }
}

/* ---- creating --------------------------------------------------------------------------------------- */

static void sort_kinds(struct dispatch *d)
{
    for (uint32_t i = 0; i < d->kind_count; i++) {
        uint32_t at = i;

        for (; at > 0 && strcmp(d->kinds[d->by_name[at - 1]].name, d->kinds[i].name) > 0; at--)
            d->by_name[at] = d->by_name[at - 1];
        d->by_name[at] = i;
    }
}

static size_t host_length(const char *id)
{
    return strcspn(id, "_");
}

/* The number of the shard among those of its host, in order of their ids. */
static size_t number_in_host(const struct dispatch *d, uint32_t shard)
{
    const char *id = d->shards[shard].id;
    size_t host = host_length(id), number = 0;

    for (size_t i = 0; i < d->ring_count; i++) {
        const char *other = d->shards[d->ring[i]].id;

        if (host_length(other) == host && memcmp(other, id, host) == 0 && strcmp(other, id) < 0)
            number++;
    }
    return number;
}

/* Orders the ring: the first worker of every host, then the second ones, and so on. */
static void sort_ring(struct dispatch *d)
{
    size_t *number = memory_new(d->shard_count, sizeof *number);

    for (size_t i = 0; i < d->ring_count; i++)
        number[d->ring[i]] = number_in_host(d, d->ring[i]);
    for (size_t i = 1; i < d->ring_count; i++) {
        uint32_t shard = d->ring[i];
        size_t at = i;

        for (; at > 0; at--) {
            uint32_t before = d->ring[at - 1];

            if (number[before] < number[shard] ||
                (number[before] == number[shard] && strcmp(d->shards[before].id, d->shards[shard].id) <= 0))
                break;
            d->ring[at] = before;
        }
        d->ring[at] = shard;
    }
    free(number);
}

static uint32_t append_shard(struct dispatch *d, const char *id)
{
    uint32_t index = (uint32_t)d->shard_count;

    if (index == SHARDS) {
        return NONE;
    }
    d->shards = memory_grow(d->shards, d->shard_count, &d->shard_capacity, sizeof *d->shards);
    d->shards[d->shard_count++] = (struct shard){
        .id = memory_text(id, strlen(id)),
        .users = memory_new(d->kind_count, sizeof(uint64_t)),
        .last = memory_new(d->kind_count, sizeof(uint32_t)),
    };
    memset(d->shards[index].last, 0xff, d->kind_count * sizeof(uint32_t));
    d->ring = memory_resize(d->ring, d->ring_count + 1, sizeof *d->ring);
    d->ring[d->ring_count++] = index;
    return index;
}

static struct dispatch *create(const struct dispatch_kind *kinds, size_t kind_count)
{
    struct dispatch *d = memory_new(1, sizeof *d);

    d->kind_count = kind_count;
    d->kinds = memory_new(kind_count, sizeof *d->kinds);
    d->by_name = memory_new(kind_count, sizeof *d->by_name);
    d->only = memory_new(kind_count, sizeof *d->only);
    d->weighted.weight = memory_new(kind_count, sizeof(double));
    d->weighted.picked = memory_new(kind_count, sizeof(uint64_t));
    d->fixed.weight = memory_new(kind_count, sizeof(double));
    d->fixed.picked = memory_new(kind_count, sizeof(uint64_t));
    for (size_t k = 0; k < kind_count; k++) {
        d->kinds[k].name = memory_text(kinds[k].name, strlen(kinds[k].name));
        d->kinds[k].weight = kinds[k].weight;
        d->kinds[k].count = kinds[k].count;
        d->only[k] = true;
    }
    sort_kinds(d);
    d->top = d->free = NONE;
    d->fill_fixed = true;
    d->done = true;
    d->rate = 1;
    d->per_step = 1;
    restart_sequences(d);
    return d;
}

struct dispatch *dispatch_create(const struct dispatch_kind *kinds, size_t kind_count, size_t shards)
{
    struct dispatch *d;
    char id[24];

    if (shards == 0 || shards > SHARDS || kind_count > KINDS)
        return NULL;
    d = create(kinds, kind_count);
    for (size_t i = 0; i < shards; i++) {
        snprintf(id, sizeof id, "%zu", i);
        append_shard(d, id);
    }
    return d;
}

struct dispatch *dispatch_create_workers(const struct dispatch_kind *kinds, size_t kind_count, const char *const *ids,
                                         size_t id_count)
{
    struct dispatch *d;

    if (id_count == 0 || id_count > SHARDS || kind_count > KINDS)
        return NULL;
    d = create(kinds, kind_count);
    for (size_t i = 0; i < id_count; i++)
        append_shard(d, ids[i]);
    sort_ring(d);
    return d;
}

void dispatch_free(struct dispatch *d)
{
    if (!d)
        return;
    for (size_t k = 0; k < d->kind_count; k++)
        free(d->kinds[k].name);
    for (size_t i = 0; i < d->shard_count; i++) {
        free(d->shards[i].id);
        free(d->shards[i].users);
        free(d->shards[i].last);
    }
    free(d->kinds);
    free(d->by_name);
    free(d->only);
    free(d->shards);
    free(d->ring);
    free(d->placed);
    free(d->lost);
    free(d->weighted.weight);
    free(d->weighted.picked);
    free(d->fixed.weight);
    free(d->fixed.picked);
    free(d->actions);
    free(d);
}

/* ---- steps ------------------------------------------------------------------------------------------ */

static void act(struct dispatch *d, uint32_t kind, uint32_t shard, int32_t delta)
{
    d->actions = memory_grow(d->actions, d->action_count, &d->action_capacity, sizeof *d->actions);
    d->actions[d->action_count++] = (struct dispatch_action){kind, shard, delta};
}

static uint32_t new_placed(struct dispatch *d)
{
    uint32_t index = d->free;

    if (index != NONE) {
        d->free = d->placed[index].before;
        return index;
    }
    d->placed = memory_grow(d->placed, d->placed_count, &d->placed_capacity, sizeof *d->placed);
    return (uint32_t)d->placed_count++;
}

static void place(struct dispatch *d, uint32_t kind, uint32_t shard)
{
    uint32_t index = new_placed(d), *last = &d->shards[shard].last[kind];

    d->placed[index] = (struct placed){
        .kind = kind & (KINDS - 1), .shard = shard & (SHARDS - 1), .before = d->top, .after = NONE, .below = *last};
    if (d->top != NONE)
        d->placed[d->top].after = index;
    d->top = *last = index;
    d->shards[shard].users[kind]++;
    d->users++;
}

/* Takes away the user of this kind that was dispatched last to the shard; there is one. */
static void take_away(struct dispatch *d, uint32_t kind, uint32_t shard)
{
    uint32_t index = d->shards[shard].last[kind];
    struct placed *user = &d->placed[index];

    d->shards[shard].last[kind] = user->below;
    if (user->before != NONE)
        d->placed[user->before].after = user->after;
    if (user->after != NONE)
        d->placed[user->after].before = user->before;
    else
        d->top = user->before;
    user->before = d->free;
    d->free = index;
    d->shards[shard].users[kind]--;
    d->users--;
}

static void take_all_away(struct dispatch *d)
{
    d->placed_count = 0;
    d->top = d->free = NONE;
    d->users = 0;
    for (size_t i = 0; i < d->shard_count; i++) {
        memset(d->shards[i].users, 0, d->kind_count * sizeof(uint64_t));
        memset(d->shards[i].last, 0xff, d->kind_count * sizeof(uint32_t));
    }
}

static uint32_t next_shard(struct dispatch *d)
{
    uint32_t shard = d->ring[d->next];

    d->next = (d->next + 1) % d->ring_count;
    return shard;
}

static void forget_lost(struct dispatch *d)
{
    d->lost_first = d->lost_count = 0;
}

/* One step up. False when no kind can be picked. */
static bool add_users(struct dispatch *d)
{
    uint64_t goal = d->target - d->users > d->per_step ? d->users + d->per_step : d->target;

    count_present(d);
    while (d->lost_first < d->lost_count && d->users < goal) {
        struct lost lost = d->lost[d->lost_first++];

        place(d, lost.kind, lost.shard);
        act(d, lost.kind, lost.shard, +1);
    }
    while (d->users < goal) {
        uint32_t kind = next_kind(d), shard;

        if (kind == NO_KIND)
            return false;
        shard = next_shard(d);
        place(d, kind, shard);
        act(d, kind, shard, +1);
    }
    return true;
}

/* One step down: the user dispatched last goes first. */
static void remove_users(struct dispatch *d)
{
    uint64_t goal = d->users - d->target > d->per_step ? d->users - d->per_step : d->target;

    for (uint32_t at = d->top, before; d->users > goal && at != NONE; at = before) {
        struct placed last = d->placed[at];

        before = last.before;
        if (d->apart && !d->only[last.kind])
            continue;
        take_away(d, last.kind, last.shard);
        act(d, last.kind, last.shard, -1);
    }
    d->fill_fixed = true;
}

/* Deals all users anew over the ring, as if the ramp had run from zero, and makes the difference the
 * step's actions. */
static void deal_anew(struct dispatch *d)
{
    uint64_t users = d->users, **before = memory_new(d->shard_count, sizeof *before);

    for (size_t i = 0; i < d->shard_count; i++) {
        before[i] = memory_new(d->kind_count, sizeof(uint64_t));
        memcpy(before[i], d->shards[i].users, d->kind_count * sizeof(uint64_t));
    }
    take_all_away(d);
    forget_lost(d);
    d->next = 0;
    d->fill_fixed = true;
    restart_sequences(d);
    while (d->users < users) {
        uint32_t kind = next_kind(d);

        if (kind == NO_KIND)
            break;
        place(d, kind, next_shard(d));
    }
    for (int32_t delta = 1; delta >= -1; delta -= 2) {
        for (uint32_t i = 0; i < d->shard_count; i++) {
            for (uint32_t k = 0; k < d->kind_count && !d->shards[i].gone; k++) {
                uint64_t now = d->shards[i].users[k], was = before[i][k];
                uint64_t more = delta > 0 ? (now > was ? now - was : 0) : (was > now ? was - now : 0);

                for (; more > 0; more--)
                    act(d, k, i, delta);
            }
        }
    }
    for (size_t i = 0; i < d->shard_count; i++)
        free(before[i]);
    free(before);
}

static uint64_t step_wait_ns(const struct dispatch *d)
{
    double ns = isinf(d->rate) ? 0 : (double)d->per_step / d->rate * 1e9;

    return ns < 9e18 ? (uint64_t)llround(ns) : UINT64_C(9000000000000000000);
}

const struct dispatch_action *dispatch_step(struct dispatch *d, size_t *count)
{
    d->action_count = 0;
    if (d->rebalance) {
        d->rebalance = false;
        deal_anew(d);
        /* Before the first step of a ramp the ramp goes on at once, within one after the wait of the step
         * before. */
        d->wait_ns = d->begun ? step_wait_ns(d) : 0;
        d->done = d->users == d->target;
    } else if (d->users < d->target) {
        d->done = !add_users(d) || d->users == d->target;
        d->begun = true;
        d->wait_ns = step_wait_ns(d);
    } else if (d->users > d->target) {
        remove_users(d);
        d->done = d->users == d->target;
        d->begun = true;
        d->wait_ns = step_wait_ns(d);
    } else {
        d->done = true;
        d->begun = true;
        d->wait_ns = 0;
    }
    *count = d->action_count;
    return d->actions;
}

bool dispatch_done(const struct dispatch *d)
{
    return d->done && !d->rebalance;
}

uint64_t dispatch_wait_ns(const struct dispatch *d)
{
    return d->rebalance || !d->begun ? 0 : d->wait_ns;
}

/* Locust's rule is a step a second, or one user. Of many a second that is a thundering herd each second and not a rate, so
 * they come in slices. */
static uint64_t users_of_step(double rate)
{
    if (rate >= 1e18) {
        return UINT64_MAX;
    }
    if (rate >= SMOOTH_FROM) {
        return (uint64_t)ceil(rate / SLICES);
    }
    return rate < 1 ? 1 : (uint64_t)floor(rate);
}

void dispatch_retarget(struct dispatch *d, uint64_t users, double rate, const bool *only)
{
    bool changed = false;

    d->apart = false;
    for (size_t k = 0; k < d->kind_count; k++) {
        bool in = !only || only[k];

        changed |= in != d->only[k];
        d->only[k] = in;
    }
    if (changed)
        restart_sequences(d);
    d->restricted_anew |= changed;
    d->target = users;
    d->rate = rate > 0 ? rate : 1;
    d->per_step = users_of_step(d->rate);
    if (users <= d->users)
        forget_lost(d);
    d->begun = false;
    d->done = false;
    d->wait_ns = 0;
}

uint64_t dispatch_users_of(const struct dispatch *d, const bool *only)
{
    uint64_t users = 0;

    for (uint32_t k = 0; k < d->kind_count; k++)
        users += !only || only[k] ? dispatch_kind_users(d, k) : 0;
    return users;
}

void dispatch_aim(struct dispatch *d, uint64_t users, double rate, const bool *only, uint64_t most)
{
    dispatch_retarget(d, users + d->users - dispatch_users_of(d, only), rate, only);
    d->apart = only != NULL;
    if (most > 0)
        d->per_step = most;
}

/* ---- arrivals --------------------------------------------------------------------------------------- */

bool dispatch_arrive(struct dispatch *d, uint32_t *kind, uint32_t *shard)
{
    *kind = next_kind(d);
    if (*kind == NO_KIND)
        return false;
    *shard = next_shard(d);
    place(d, *kind, *shard);
    return true;
}

/* ---- users and workers that go ---------------------------------------------------------------------- */

/* A user of this kind has left the shard by itself. False when there is none. */
static bool has_left(struct dispatch *d, uint32_t kind, uint32_t shard)
{
    if (kind >= d->kind_count || shard >= d->shard_count || d->shards[shard].users[kind] == 0)
        return false;
    take_away(d, kind, shard);
    return true;
}

void dispatch_lost(struct dispatch *d, uint32_t kind, uint32_t shard)
{
    if (!has_left(d, kind, shard) || d->users >= d->target)
        return;
    if (d->lost_first > 0 && d->lost_first * 2 >= d->lost_count) {
        d->lost_count -= d->lost_first;
        memmove(d->lost, d->lost + d->lost_first, d->lost_count * sizeof *d->lost);
        d->lost_first = 0;
    }
    d->lost = memory_grow(d->lost, d->lost_count, &d->lost_capacity, sizeof *d->lost);
    d->lost[d->lost_count++] = (struct lost){kind, shard};
    d->done = false;
}

void dispatch_retired(struct dispatch *d, uint32_t kind, uint32_t shard)
{
    if (!has_left(d, kind, shard))
        return;
    if (d->target > 0)
        d->target--;
    if (d->kinds[kind].count > 0 && --d->kinds[kind].count == 0)
        d->kinds[kind].weight = 0;
    if (d->users == d->target && d->begun)
        d->done = true;
}

void dispatch_left(struct dispatch *d, uint32_t kind, uint32_t shard)
{
    has_left(d, kind, shard);
}

uint32_t dispatch_add_worker(struct dispatch *d, const char *id)
{
    uint32_t shard = append_shard(d, id);

    if (shard != NONE) {
        sort_ring(d);
        d->rebalance = true;
    }
    return shard;
}

void dispatch_remove_worker(struct dispatch *d, uint32_t shard)
{
    size_t kept = 0;

    if (shard >= d->shard_count || d->shards[shard].gone || d->ring_count == 1)
        return;
    d->shards[shard].gone = true;
    for (size_t i = 0; i < d->ring_count; i++) {
        if (d->ring[i] != shard)
            d->ring[kept++] = d->ring[i];
    }
    d->ring_count = kept;
    d->rebalance = true;
}

/* ---- asking ----------------------------------------------------------------------------------------- */

uint64_t dispatch_users(const struct dispatch *d)
{
    return d->users;
}

uint64_t dispatch_kind_users(const struct dispatch *d, uint32_t kind)
{
    uint64_t users = 0;

    for (size_t i = 0; i < d->shard_count; i++)
        users += d->shards[i].users[kind];
    return users;
}

uint64_t dispatch_shard_users(const struct dispatch *d, uint32_t kind, uint32_t shard)
{
    return d->shards[shard].users[kind];
}

uint64_t dispatch_target(const struct dispatch *d)
{
    return d->target;
}

uint64_t dispatch_fixed_total(const struct dispatch *d)
{
    uint64_t total = 0;

    for (size_t k = 0; k < d->kind_count; k++)
        total += d->only[k] ? d->kinds[k].count : 0;
    return total;
}
