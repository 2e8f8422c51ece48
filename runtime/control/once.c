#include "once.h"

#include "../engine/group.h"

/* All of them are there at once: some may wait for others (gates, queues). */
void once_plan(struct run_plan *plan, const struct swarm_program *program)
{
    uint64_t kinds = 0;

    for (uint32_t i = 0; i < program->kind_count; i++) {
        program->kinds[i].count = plan->only[i] ? 1 : 0;
        kinds += plan->only[i];
    }
    plan->users = kinds;
    plan->users_given = true;
    plan->spawn_rate = (double)kinds;
    plan->threads = 1;
    plan->only_summary = true;
    plan->shape = NULL;
    group_run_once();
}
