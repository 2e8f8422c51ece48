/* Whether a run passed, and why, in words. */
#ifndef SWARM_VERDICT_H
#define SWARM_VERDICT_H

#include <stdbool.h>
#include <stddef.h>

struct stats_snapshot;
struct thresholds;

struct verdict {
    bool passed;
    int exit_code;
    char why[1024]; /* "3 of 120 requests failed, 2 errors in tasks" */
};

/* on_error: the exit code of a failed run. complete: every report could be written and every shard answered;
 * without it the run has failed whatever on_error says. tagged: --tags or --exclude-tags left something out. A run without
 * any request, call or transaction has measured nothing and failed, unless tags are the reason; one whose requests
 * were all cut off at the stop has failed too: a server that hangs does not pass. */
struct verdict verdict_of(const struct stats_snapshot *snap, int on_error, bool complete, bool tagged);

/* Something beside the counts has failed the run: why; "" or NULL: nothing. */
void verdict_add_failure(struct verdict *verdict, const char *why);

/* --fail-on-unhealthy: a run whose figures the load generator itself has spoiled says nothing about the
 * server, passed or failed: exit code 4, unless a report is missing. */
void verdict_add_health(struct verdict *verdict, const struct stats_snapshot *snap);

/* Where thresholds exist they alone decide (they have been judged); else the same as verdict_of(). */
struct verdict verdict_of_run(const struct stats_snapshot *snap, const struct thresholds *thresholds, int on_error,
                              bool complete, bool tagged);

#endif
