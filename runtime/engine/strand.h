/* Of strands, what the engine alone uses. */
#ifndef SWARM_ENGINE_STRAND_H
#define SWARM_ENGINE_STRAND_H

#include "engine.h"

/* Makes a frame: zeroed, linked to its caller (NULL: the first of its strand). */
void strand_enter(struct strand *strand, struct swarm_frame *frame, struct swarm_frame *caller,
                  const struct swarm_machine *machine, uint32_t size);

/* Steps until the strand waits (true) or its first frame has been left (false; base.exit says how). */
bool strand_step(struct strand *strand);

/* Puts it at the end of the shard's ready list, to be stepped in the next round. */
void strand_ready(struct strand *strand);

#endif
