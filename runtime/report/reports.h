/*
 * reports.h - everything a run writes beside the terminal: opened before the run, refreshed while it goes on, completed
 * at its end however it ends.
 *
 * A thread of its own writes the files, so that the one that starts the users never waits for a disk: reports_tick() hands
 * a snapshot over and returns. While it still writes the one before, only the newest waits. All other calls join it
 * first, so nothing here is used by two threads at a time.
 */
#ifndef SWARM_REPORTS_H
#define SWARM_REPORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "../stats/stats.h"

struct report_pair {
    const char *name, *value;
};

struct report_pairs {
    struct report_pair *items;
    size_t count;
};

/* What is known of a run before it begins. Texts are the caller's, until reports_free(). */
struct report_run {
    const char *program;       /* "checkout", how it was called */
    const char *scenario;      /* "checkout.swarm" */
    const char *scenario_hash; /* "sha256:…" of its sources; NULL: not known */
    const char *version;       /* of Swarm */
    const char *commit;        /* of git; NULL: not known */
    uint64_t seed;
    uint32_t threads;
    struct report_pairs settings; /* flags by name, as they apply */
    struct report_pairs options;  /* the scenario's; secrets are "***" */
    struct report_pairs targets;  /* by user kind */
    struct report_pairs labels;   /* --label */
};

enum report_threshold_state { REPORT_HOLDS, REPORT_BROKEN, REPORT_NO_DATA, REPORT_SKIPPED };

struct report_threshold {
    const char *text; /* "p95 < 500ms" */
    const char *row;  /* "POST /x"; NULL: the whole run */
    const char *file; /* where it stands; "" on the command line */
    uint32_t line;
    enum report_threshold_state state;
    const char *value_text; /* "412 ms", "0.42%", "no data", "skipped" */
    double value, limit;    /* times in nanoseconds */
    bool aborted;           /* it has stopped the run */
};

struct report_verdict {
    bool passed;
    bool left; /* by a second signal: the users had not ended */
    int exit_code;
    const char *why; /* "3 of 120 requests failed" */
    const struct report_threshold *thresholds;
    size_t threshold_count;
    uint64_t arrived, dropped; /* under arrivals */
};

struct reports_settings {
    const struct report_run *run;
    const char *csv_prefix; /* each NULL: not wanted */
    bool csv_full_history;
    bool csv_metrics; /* the scenario has metrics */
    const char *json, *html, *junit, *prometheus;
    int64_t interval_ns; /* from one refresh to the next */
};

struct reports;

/* Creates and tries all paths. NULL: `why` says what cannot be written, the cause and the way out. */
struct reports *reports_open(const struct reports_settings *settings, char *why, size_t size);

/* The run goes on. target: users that are asked for. Takes a reference of its own. */
void reports_tick(struct reports *reports, struct stats_snapshot *snap, uint64_t target);

/* The state of the run in Prometheus' text format; for control's thread, while the run goes on. */
void reports_prometheus(const struct reports *reports, FILE *out, struct stats_snapshot *snap);

/* Nothing is counted any more: completes the CSV files with the snapshot of the end. False: one is not complete; what and
 * why has been logged. reports_tick() is not to be called any more. */
bool reports_count(struct reports *reports, struct stats_snapshot *snap, uint64_t target);

/* After that: writes everything that tells the verdict too. False as above; it is then to be called again with the verdict
 * that has changed for it. What goes to the standard output or a pipe is written once all files are good. */
bool reports_conclude(struct reports *reports, const struct report_verdict *verdict);

/* Without the two before: the files stay as they were written last. */
void reports_free(struct reports *reports);

#endif
