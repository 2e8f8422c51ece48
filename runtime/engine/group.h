/* Users, task groups and journeys: tables (struct swarm_group), read by one machine. Its frame begins with
 * struct swarm_group_frame. */
#ifndef SWARM_ENGINE_GROUP_H
#define SWARM_ENGINE_GROUP_H

#include "strand.h"

extern const struct swarm_machine group_machine;

static inline bool group_is(const struct swarm_frame *frame)
{
    return frame->machine == &group_machine;
}

const struct swarm_group *group_of(const struct swarm_frame *frame);

/* Makes the frame of a group; its first step runs its vars' init and its `on start`. */
void group_enter(struct strand *strand, struct swarm_frame *frame, struct swarm_frame *caller,
                 const struct swarm_group *group);

/* --once: from now on every group runs each entry once, in order, without waits, and its user ends. Before threads run. */
void group_run_once(void);

/* Whether the strand is between two tasks: its innermost frame is a group that waits, or is to pick its next entry, and no
 * journey. */
bool group_is_between(const struct strand *strand);

#endif
