/* Time, read through one function each so that tests turn the clock. */
#ifndef SWARM_ENGINE_CLOCK_H
#define SWARM_ENGINE_CLOCK_H

#include <stdint.h>

int64_t clock_now(void);     /* nanoseconds of the monotonic clock */
int64_t clock_unix_ms(void); /* milliseconds since 1970 */
int64_t clock_unix_s(void);  /* seconds since 1970, late by a tick of the kernel at most; the cheapest to read */
int64_t clock_cpu(void);     /* nanoseconds of CPU that the calling thread has used */

/* Tests: clock_now() answers what `source` says; NULL: the system's again. */
void clock_replace(int64_t (*source)(void));

#endif
