/* The first failing exchange of each failure, for reports (report/failure_keep.h). Nothing is done while nothing fails. */
#ifndef SWARM_HTTP_KEEP_H
#define SWARM_HTTP_KEEP_H

#include <stdint.h>

struct fetch;

/* The fetch is over and has failed, its request and answer are still there. */
void keep_failure(struct fetch *fetch, int64_t duration);
/* Whether a body that the block does not read is to be held for that, up to this many bytes: of an answer whose status
 * speaks of an error. */
uint64_t keep_body_room(const struct fetch *fetch);

#endif
