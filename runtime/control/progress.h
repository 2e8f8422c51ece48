/* The line that tells how far a run is: elapsed of total, users, requests, failures, p95. At the bottom of a terminal it is
 * redrawn, in a log it stands above each table. */
#ifndef SWARM_PROGRESS_H
#define SWARM_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stats_snapshot;

struct progress {
    int64_t elapsed, total; /* ns of run time; total 0: no limit */
    const char *state;      /* "paused", "stopping"; "" while it runs */
    uint64_t target;        /* users that are wanted */
};

/* Into `out`, cut at `size`; where it is longer than `columns` a shorter one, in which what matters the most comes first. */
void progress_text(char *out, size_t size, const struct progress *progress, const struct stats_snapshot *snap,
                   size_t columns);

#endif
