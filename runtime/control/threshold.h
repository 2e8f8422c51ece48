/* Thresholds: what the run must hold to, looked at while it runs (`abort after`) and judged at its end.
 *
 * Warm-up (`thresholds after D`) is left out by subtracting what had been counted at D, so a threshold with it holds a
 * reference to the snapshot of that moment. */
#ifndef SWARM_THRESHOLD_H
#define SWARM_THRESHOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <swarm/program.h>

struct run_plan;
struct shapes;
struct stats_snapshot;

enum threshold_state {
    THRESHOLD_HOLDS,
    THRESHOLD_BROKEN,
    THRESHOLD_NO_DATA, /* no samples: broken too */
    THRESHOLD_SKIPPED, /* its row was switched off */
};

struct threshold_result {
    const struct swarm_threshold *threshold;
    enum threshold_state state;
    double value; /* in the unit of the limit; HOLDS and BROKEN */
    bool aborted; /* it has stopped the run */
};

struct warm_up { /* of thresholds with `after` */
    int64_t after;
    struct stats_snapshot *snapshot; /* NULL: not over yet */
};

struct thresholds {
    struct threshold_result *results; /* the scenario's, then those of the command line */
    size_t count;
    struct swarm_threshold *given; /* of the command line */
    struct warm_up *warm_ups;
    size_t warm_up_count;
};

/* The scenario's and the plan's thresholds. False: one of the command line cannot be read; it is on stderr.
 * thresholds_free() in either case. */
bool thresholds_open(struct thresholds *t, const struct swarm_program *program, const struct run_plan *plan,
                     const char *name);
void thresholds_free(struct thresholds *t);

/* Reads `p95 < 500ms`, `"POST /x" p95 < 500ms`, `"POST /x" { p95 < 500ms }`, each with `abort after 30s` behind it if wanted.
 * Texts of *out point into `text`, which is changed and must stay. why: of `size` bytes, what is wrong. */
bool threshold_read(struct swarm_threshold *out, const struct swarm_program *program, char *text, char *why,
                    size_t size);

/* Whether some threshold leaves out a warm-up. */
bool thresholds_have_warm_up(const struct thresholds *t);
/* When a snapshot is wanted, in ns after the run's begin: the next end of a warm-up behind `from`; -1: none. */
int64_t thresholds_next_warm_up(const struct thresholds *t, int64_t from);
/* The run goes on: keeps what warm-ups need. The result that stops the run now, or NULL. */
const struct threshold_result *thresholds_look(struct thresholds *t, const struct stats_snapshot *snap);
/* The run is over: sets all results. */
void thresholds_judge(struct thresholds *t, const struct stats_snapshot *snap, const struct shapes *shapes,
                      const struct run_plan *plan);

/* After thresholds_judge(): how many are broken (no data included). */
size_t thresholds_broken(const struct thresholds *t);
/* "412.00 ms", "0.42%", "no data", "skipped" */
void threshold_value_text(const struct threshold_result *result, char *out, size_t size);
/* "GET /a: p95 < 500ms" */
void threshold_name(const struct swarm_threshold *threshold, char *out, size_t size);
/* The table of verdicts, to the terminal. Nothing when there are none. */
void thresholds_print(const struct thresholds *t);

#endif
