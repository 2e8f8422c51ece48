/* random.h - the random numbers of a run: splitmix64 (Steele, Lea, Flood 2014). Each user has a state of its own, so that a run with
 * a seed repeats whatever the others do. Not for secrets. */
#ifndef SWARM_BASE_RANDOM_H
#define SWARM_BASE_RANDOM_H

#include <stdint.h>

uint64_t random_next(uint64_t *state);
/* 0 to bound - 1 without bias; bound 0: all 64 bits. */
uint64_t random_below(uint64_t *state, uint64_t bound);
double random_unit(uint64_t *state); /* [0, 1), 53 bits */

#endif
