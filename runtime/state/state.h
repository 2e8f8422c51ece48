/* What users share: rows of data, large bodies, gates, queues, metrics.
 *
 * Ownership. The program's tables (struct swarm_data, swarm_gate, swarm_queue, swarm_metric) hold one pointer each to an
 * object of the process that state_open() makes and state_close() frees. Each object has a lock of its own; what it gives
 * away is a copy. Nobody is called with a lock held but post_send(): a lock of ours is always taken before a mailbox's.
 *
 * Waiters (waiter.h) wait in the order in which they came and are woken by a message to their shard. */
#ifndef SWARM_STATE_H
#define SWARM_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <swarm/program.h>

struct stats;
struct stats_snapshot;

/* --data NAME=FILE */
struct state_file {
    const char *name, *file;
};

struct state_settings {
    const struct state_file *files;
    size_t file_count;
    uint64_t seed; /* of the run: order of `shuffle` */
    const char
        *directory; /* where files are that the program reads at the start; NULL: that of the program's own file */
};

/* Whether every file is of some data of the program. False: `why` names one that is not. */
bool state_names_known(const struct swarm_program *program, const struct state_settings *settings, char *why,
                       size_t size);

/* Makes all objects; reads and checks the files that are not part of the program. False: `why` (size bytes) says what is
 * wrong, and nothing is left to close. Called once, before the shards run, on the main thread. */
bool state_open(const struct swarm_program *program, const struct state_settings *settings, char *why, size_t size);
/* When no shard runs any more. */
void state_close(const struct swarm_program *program);

/* ---- of the parts ---- */

bool data_open(struct swarm_data *data, const char *file, bool given, const struct state_settings *settings,
               uint32_t index, char *why, size_t size);
void data_close(struct swarm_data *data);
uint32_t data_rows(const struct swarm_data *data);

/* large.c: bodies with files above 64 MB. False: `why`, and nothing is left to close. */
bool large_open(struct swarm_large *large, const char *directory, char *why, size_t size);
void large_close(struct swarm_large *large);

void gate_open(struct swarm_gate *gate);
void gate_close(struct swarm_gate *gate);
void queue_open(struct swarm_queue *queue);
void queue_close(struct swarm_queue *queue);

void metric_open(struct swarm_metric *metric);
void metric_close(struct swarm_metric *metric);
/* The value of a gauge now and its highest; false: nobody has set it. Any thread. */
bool metric_gauge(const struct swarm_metric *metric, double *value, double *max);
/* Control: makes the sums of a snapshot what swarm_metric_value() gives, in every shard. */
void metrics_publish(const struct swarm_program *program, const struct stats_snapshot *snapshot);

#endif
