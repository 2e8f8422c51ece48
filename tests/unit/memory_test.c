/* What users cost, and that nothing grows: slabs, users that come and go, a task that never ends. */
#include "engine/slab.h"
#include "tests/engine/harness.h"

#if defined(__SANITIZE_ADDRESS__)
size_t __sanitizer_get_current_allocated_bytes(void); /* of the sanitizer's runtime; its header is not everywhere */
static size_t allocated(void)
{
    return __sanitizer_get_current_allocated_bytes();
}
#else
#include <malloc.h>
static size_t allocated(void)
{
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}
#endif

/* ---- slabs ---- */

static void test_slab(size_t size)
{
    enum { N = 5000 };
    static unsigned char *blocks[N];
    struct slab slab;
    unsigned wrong = 0;

    slab_init(&slab, size);
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < N; i++) {
            blocks[i] = slab_get(&slab);
            wrong += (uintptr_t)blocks[i] % 16 != 0 || blocks[i][0] || blocks[i][size - 1];
            memset(blocks[i], (int)(i % 255) + 1, size);
        }
        for (unsigned i = 0; i < N; i++) {
            wrong += blocks[i][0] != i % 255 + 1 || blocks[i][size - 1] != i % 255 + 1;
        }
        for (unsigned i = 0; i < N; i++) {
            unsigned at = (unsigned)((uint64_t)i * 2654435761u % N); /* a permutation: both are coprime */

            if (blocks[at]) {
                slab_put(&slab, blocks[at]);
                blocks[at] = NULL;
            }
        }
        for (unsigned i = 0; i < N; i++) {
            if (blocks[i]) {
                slab_put(&slab, blocks[i]);
                blocks[i] = NULL;
            }
        }
        is_uint(slab.pages, 1, "%zu byte blocks: one page is kept when all are back", size);
    }
    is_uint(wrong, 0, "%zu byte blocks: aligned, zeroed, nobody else's", size);
    slab_free(&slab);
    is_uint(slab.pages, 0, "%zu byte blocks: everything is given back", size);
}

/* ---- users ---- */

struct walker {
    struct swarm_group_frame group;
    struct script_frame child;
};

static struct script task = SCRIPT("task", "S");
static struct swarm_entry entries[] = {
    {.name = "task", .machine = &task.machine, .weight = 1, .offset = offsetof(struct walker, child)}};
static const struct swarm_group group = {.name = "U",
                                         .kind = SWARM_GROUP_USER,
                                         .entries = entries,
                                         .entry_count = 1,
                                         .hook_offset = offsetof(struct walker, child),
                                         .size = sizeof(struct walker)};

static void open_with(const struct swarm_group *of, uint32_t size)
{
    test_kinds[0] = (struct swarm_kind_of_user){.name = "U", .group = of, .size = size, .weight = 1, .count = -1};
    open_shard(1);
}

static void test_users(void)
{
    enum { N = 20000 };
    size_t before, peak = 0, per_user;

    ok(SWARM_USER_BASE <= 250, "a user costs %d bytes before its own state", SWARM_USER_BASE);
    open_with(&group, sizeof(struct walker));
    before = allocated();
    for (unsigned round = 0; round < 5; round++) {
        size_t now;

        trace[0] = '\0';
        for (uint64_t id = 1; id <= N; id++) {
            shard_start_user(&test_shard, 0, id);
        }
        run_until(test_now + 10 * MS);
        now = allocated();
        if (round == 0) {
            peak = now;
            per_user = (now - before) / N;
            diag("%d bytes of a user's head, %zu of its state, %zu on the heap", SWARM_USER_BASE, sizeof(struct walker),
                 per_user);
            ok(per_user < 100, "on the heap is only what a user keeps, here a text");
        } else {
            ok(now <= peak + peak / 50, "round %u of coming and going costs no more than the first", round);
        }
        shard_stop_all(&test_shard, test_now + SWARM_S);
        run_until(test_now + 10 * MS);
        is_uint(shard_users(&test_shard), 0, "all are gone");
    }
    ok(allocated() < before + (peak - before) / 3, "their memory is given back");
    close_shard();
}

/* ---- a task that never ends: each round makes values, keeps one, waits ---- */

struct endless {
    struct swarm_frame frame;
    struct swarm_mark mark;
    struct swarm_value saved;
    int64_t round;
};
struct endless_user {
    struct swarm_group_frame group;
    struct endless task;
};

static int64_t rounds;

static enum swarm_step endless_step(struct swarm_strand *s, struct swarm_frame *base)
{
    struct endless *f = (struct endless *)base;

    switch (base->at) {
    case 0:
        f->mark = swarm_mark(s);
        for (;;) {
            struct swarm_value parts[] = {swarm_text("round ", 6), swarm_int(++f->round),
                                          swarm_text(" of very many", 13)};

            swarm_keep(s, &f->saved, swarm_format(s, &script_place, parts, 3));
            rounds++;
            return swarm_sleep(s, 1, MS);
        case 1:;
            swarm_reset(s, &f->mark);
        }
    }
    return SWARM_DONE;
}
static const uint32_t endless_kept[] = {offsetof(struct endless, saved)};
static const struct swarm_machine endless = {.step = endless_step,
                                             .name = "endless",
                                             .points = script_points,
                                             .point_count = 2,
                                             .size = sizeof(struct endless),
                                             .kept = endless_kept,
                                             .kept_count = 1,
                                             .file = "test.swarm"};
static struct swarm_entry endless_entries[] = {
    {.name = "endless", .machine = &endless, .weight = 1, .offset = offsetof(struct endless_user, task)}};
static const struct swarm_group endless_group = {.name = "U",
                                                 .kind = SWARM_GROUP_USER,
                                                 .entries = endless_entries,
                                                 .entry_count = 1,
                                                 .hook_offset = offsetof(struct endless_user, task),
                                                 .size = sizeof(struct endless_user)};

static void test_endless(void)
{
    size_t early;

    open_with(&endless_group, sizeof(struct endless_user));
    for (uint64_t id = 1; id <= 20; id++) {
        shard_start_user(&test_shard, 0, id);
    }
    run_until(500 * MS);
    early = allocated();
    run_until(10 * SWARM_S);
    ok(rounds > 150000, "%lld rounds of 20 users", (long long)rounds);
    ok(allocated() <= early + 1024, "a task that never ends holds what it held at the begin");
    shard_stop_all(&test_shard, test_now);
    run_until(test_now + MS);
    close_shard();
}

int main(void)
{
    test_slab(1);
    test_slab(400);
    test_slab(5000);
    test_slab(70000);
    test_users();
    test_endless();
    return tap_done();
}
