/* What reports tell about a run beside its counts: gathered from program, command line and thresholds. */
#ifndef SWARM_REPORTING_H
#define SWARM_REPORTING_H

#include "../report/reports.h"

struct control_result;
struct run_plan;
struct swarm_program;
struct thresholds;
struct verdict;

struct reporting {
    struct report_run run;
    char **texts; /* what `run` points to and nobody else owns */
    size_t text_count, text_capacity;
    struct reports *files;
    int metrics_socket; /* -1: none; control takes it */
};

/* Opens the files that the plan asks for. False: one cannot be written; `why` says which, the cause and the way out.
 * program and plan outlive it; targets: by kind, NULL where there is none. reporting_close() in either case. */
bool reporting_open(struct reporting *r, const struct swarm_program *program, const struct run_plan *plan,
                    const char *const *targets, const char *name, uint64_t seed, uint32_t threads, char *why,
                    size_t size);
void reporting_close(struct reporting *r);

/* At the end, after reports_count(): writes what tells the verdict. False: not everything could be written. */
bool reporting_conclude(struct reporting *r, const struct thresholds *thresholds, const struct verdict *verdict,
                        const struct control_result *result);

#endif
