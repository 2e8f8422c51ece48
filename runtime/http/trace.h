/* --trace: each request with its answer, what its conditions found and its verdict, shown when it is over. What is shown is
 * collected in the fetch and written at once, so that users do not mix. Switched on before threads run, never off. */
#ifndef SWARM_HTTP_TRACE_H
#define SWARM_HTTP_TRACE_H

#include <stdbool.h>
#include <stdint.h>

struct fetch;

void trace_open(void);

/* The request of a hop goes out; its answer is there (or failed: `why`); all is over and judged. No-ops without --trace. */
void trace_sent(struct fetch *fetch);
void trace_answered(struct fetch *fetch);
void trace_failed(struct fetch *fetch, const char *why);
void trace_over(struct fetch *fetch, int64_t duration);
/* Whether the body is to be kept although the block does not read it, up to this many bytes. */
uint64_t trace_body_room(const struct fetch *fetch);

#endif
