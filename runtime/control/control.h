/* Control: decides what the shards do. It runs on the main thread and goes through ready → spawning → running
 * → stopping → stopped. What it is told comes in one queue: messages of the shards, signals, its own clock.
 *
 * It owns the shards, the dispatcher and the sums of statistics; program, plan and reports are the caller's. */
#ifndef SWARM_CONTROL_H
#define SWARM_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http_plan;
struct reports;
struct run_plan;
struct shapes;
struct stats_snapshot;
struct swarm_program;
struct thresholds;

enum control_end {
    CONTROL_OVER,   /* the run has taken place: `snapshot` is its end */
    CONTROL_CANNOT, /* it could not begin: `why` */
    CONTROL_LEFT,   /* a second signal, `signal`: leave at once; threads still run, nothing may be freed */
};

struct control_result {
    enum control_end end;
    int signal;
    uint64_t arrived, dropped; /* under arrivals: those that were due, and those among them that `at most` kept out */
    uint64_t target;           /* users that were asked for at the end */
    bool complete;             /* every shard has given its last counts */
    struct stats_snapshot *snapshot; /* the caller's reference; CONTROL_CANNOT: NULL unless a hook ran before */
    char why[256];                   /* CONTROL_OVER: why the run has failed whatever was counted, "" else */
};

/* The whole run. shapes: how many users there are; thresholds: looked at while it runs, not judged. seed: of
 * everything random; reports: get a snapshot once a second;
 * metrics_socket: listens for --metrics-port, -1: none; it is taken. */
struct control_result control_run(const struct swarm_program *program, const struct run_plan *plan,
                                  const struct http_plan *http, struct reports *reports, int metrics_socket,
                                  uint64_t seed, uint32_t threads, struct shapes *shapes,
                                  struct thresholds *thresholds);

#endif
