/* A queue between users of several shards that come, go and are cut off: every entry is popped once or still there. */
#include "state/queue.c"

#include "tests/state/crowd.h"

enum { ENTRIES = 20000, USERS = 60, MAX = 200 };

static struct swarm_queue queue = {.name = "orders", .max = MAX};
static struct swarm_queue *const queues[] = {&queue};
static atomic_uint popped[ENTRIES];
static atomic_int_least64_t next_entry;
static atomic_uint refused, pops, empty, wrong;

static void push_next(struct swarm_strand *s)
{
    int64_t n = atomic_fetch_add(&next_entry, 1);
    struct swarm_value parts[] = {swarm_text("entry", 5), swarm_int(n)};

    if (n >= ENTRIES) {
        return;
    }
    swarm_push(s, &queue, swarm_list(s, parts, 2), &crowd_place);
    if (swarm_failed(s)) {
        atomic_fetch_add(&refused, 1);
        atomic_fetch_add(&popped[n], 1); /* was not taken in */
    }
}

static void took(struct swarm_strand *s)
{
    int64_t n;

    if (!s->answered) {
        atomic_fetch_add(&wrong, !swarm_is_null(s->result));
        atomic_fetch_add(&empty, 1);
        return;
    }
    n = swarm_need_int(s, swarm_index(s, s->result, swarm_int(1), &crowd_place), &crowd_place);
    atomic_fetch_add(&wrong, n < 0 || n >= ENTRIES);
    atomic_fetch_add(&popped[n], 1);
    atomic_fetch_add(&pops, 1);
}

/* Every sixth user pushes, now and then more than there is room for; the others pop, with every kind of limit. */
static enum swarm_step trade(struct swarm_strand *s, struct swarm_frame *base)
{
    static const int64_t limits[] = {0, 20 * SWARM_US, 300 * SWARM_US, 2 * SWARM_MS, SWARM_NO_LIMIT};
    struct crowd_task *f = (struct crowd_task *)base;

    switch (base->at) {
    case 0:
        if (swarm_user_id(s) % 6 == 0) {
            for (f->n = swarm_uniform(s, 0, 100) == 0 ? 2 * MAX : 3; f->n > 0 && !swarm_failed(s); f->n--) {
                push_next(s);
            }
            if (swarm_failed(s)) {
                return swarm_leave(s, 0);
            }
            return swarm_sleep(s, 1, swarm_uniform(s, 0, 200 * SWARM_US));
        case 1:;
            return SWARM_DONE;
        }
        return swarm_pop(s, 2, &queue, limits[swarm_user_id(s) % 5]);
    case 2:;
        took(s);
    }
    return SWARM_DONE;
}

static void count_rest(void)
{
    struct queue *own = queue.state;
    uint64_t once = 0, rest = 0;

    for (struct item *item = own->first; item; item = item->next) {
        atomic_fetch_add(&popped[item->value.items[1].i], 1);
        rest++;
    }
    is_int(own->count, (int64_t)rest, "the queue knows how many there are");
    ok(!own->waiters.first, "nobody waits any more");
    for (int i = 0; i < ENTRIES; i++) {
        once += popped[i] == 1;
    }
    is_uint(once, ENTRIES, "each entry was popped once, refused once, or is still there");
    is_uint(wrong, 0, "what is popped is what was pushed, or null");
    ok(pops > 0 && empty > 0 && refused > 0, "%u pops, %u in vain, %u refused", pops, empty, refused);
}

static void grouped(void)
{
    char text[32];

    write_grouped(text, sizeof text, 100000);
    is_str(text, "100,000", "thousands are told apart");
    write_grouped(text, sizeof text, 42);
    is_str(text, "42", "small numbers are not");
    write_grouped(text, sizeof text, 1234567);
    is_str(text, "1,234,567", "millions");
}

int main(void)
{
    crowd_program.queues = queues;
    crowd_program.queue_count = 1;
    crowd_open(trade);
    crowd_start(USERS);
    while (atomic_load(&next_entry) < ENTRIES) {
        uint64_t before = crowd_started;

        crowd_stop_some(8, random_below(&crowd_chance, 2) ? 0 : 50 * SWARM_MS);
        crowd_start(random_below(&crowd_chance, 6));
        if (crowd_started - crowd_gone < USERS / 2 || before == crowd_started) {
            crowd_start(USERS / 4);
        }
        while (crowd_started - crowd_gone > 4 * USERS) {
            crowd_stop_some(40, 0);
        }
    }
    crowd_close();
    count_rest();
    grouped();
    state_close(&crowd_program);
    stats_free(crowd_stats);
    return tap_done();
}
