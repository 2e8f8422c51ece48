/* Gates between users of several shards: who waits is let through once, in time or not; stops and cuts at any moment. */
#include "state/gate.c"

#include "tests/state/crowd.h"

enum { GATES = 300, USERS = 60 };

static struct swarm_gate gates[GATES];
static struct swarm_gate *table[GATES];
static atomic_uint passed, late, wrong, opened;

static bool is_open(struct swarm_gate *gate)
{
    struct gate *own = gate->state;
    bool open;

    uv_mutex_lock(&own->lock);
    open = own->open;
    uv_mutex_unlock(&own->lock);
    return open;
}

/* Every seventh user opens the gate that the others wait for. */
static enum swarm_step walk(struct swarm_strand *s, struct swarm_frame *base)
{
    struct crowd_task *f = (struct crowd_task *)base;

    switch (base->at) {
    case 0:
        if (swarm_user_id(s) % 7 == 0) {
            return swarm_sleep(s, 1, swarm_uniform(s, 0, SWARM_MS));
        case 1:;
            f->n = atomic_fetch_add(&opened, 1);
            if (f->n < GATES) {
                swarm_open(s, &gates[f->n]);
            }
            return SWARM_DONE;
        }
        f->n = atomic_load(&opened);
        if (f->n >= GATES) {
            return SWARM_DONE;
        }
        return swarm_await(s, 2, &gates[f->n],
                           swarm_user_id(s) % 2 ? SWARM_NO_LIMIT : swarm_user_id(s) % 5 * 100 * SWARM_US);
    case 2:;
        if (s->answered) {
            atomic_fetch_add(&passed, 1);
            atomic_fetch_add(&wrong, !is_open(&gates[f->n]));
        } else {
            atomic_fetch_add(&late, 1);
        }
    }
    return SWARM_DONE;
}

int main(void)
{
    unsigned waiting = 0, open = 0;

    for (int i = 0; i < GATES; i++) {
        table[i] = &gates[i];
        gates[i].name = "go";
    }
    crowd_program.gates = table;
    crowd_program.gate_count = GATES;
    crowd_open(walk);
    crowd_start(USERS);
    while (atomic_load(&opened) < GATES) {
        crowd_stop_some(5, random_below(&crowd_chance, 2) ? 0 : 50 * SWARM_MS);
        crowd_start(random_below(&crowd_chance, 4));
        while (crowd_started - crowd_gone > 3 * USERS) {
            crowd_stop_some(20, 0);
        }
        if (crowd_started - crowd_gone < USERS / 2) {
            crowd_start(USERS / 2);
        }
    }
    crowd_close();
    for (int i = 0; i < GATES; i++) {
        struct gate *own = gates[i].state;

        waiting += own->waiters.first != NULL;
        open += own->open;
    }
    is_uint(waiting, 0, "nobody waits any more");
    is_uint(open, GATES, "an open gate stays open");
    is_uint(wrong, 0, "nobody passes a closed gate");
    ok(passed > 0 && opened > 0 && late > 0, "%u passes, %u too late, %u times opened", passed, late, opened);
    state_close(&crowd_program);
    stats_free(crowd_stats);
    return tap_done();
}
