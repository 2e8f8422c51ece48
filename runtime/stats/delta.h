/*
 * delta.h - what a source counted since its last delta, and its binary form: delta_write writes it,
 * delta_read reads it, nothing else knows it. Internal to stats/ (later the form of the wire and of saved
 * runs).
 *
 * Form, version 4: "SWDL", one byte version, then a sequence of unsigned LEB128 numbers and texts (length,
 * bytes):
 *   source, sequence
 *   kinds: n, each: users alive, users lost, histogram of lags
 *   health: histogram of loop lag, histogram of late starts, CPU and wall nanoseconds, failed connects: no
 *     descriptor, no port
 *   rows: n, each: type, name, requests, failures, tries, cut, dropped, bytes, total, min, max, first byte
 *     sum and count, histogram of times, histogram from the intended start, messages: n, each: note
 *   errors: n, each: file, line, kind, task, note
 *   metrics: n, each: name, kind, count, hits, sum, min, max (each 8 bytes, a double), buckets: n, each: distance to the
 *     one before, count
 * and the FNV-1a of all before it, four bytes, least first. A note is text, count, first seen, last seen
 * (Unix ms). A histogram is the number of its buckets that are not empty, each: distance to the one
 * before, count.
 */
#ifndef SWARM_DELTA_H
#define SWARM_DELTA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "health.h"
#include "hist.h"
#include "metrics.h"
#include "tally.h"

enum { DELTA_VERSION = 4 };

struct delta_kind {
    uint64_t users, lost;
    struct hist lag;
};

struct delta_row {
    char *type, *name;
    struct tally tally;
};

/* One of the scenario's own metrics; gauges are not in it. */
struct delta_metric {
    char *name;
    enum swarm_metric_kind kind;
    struct metric_sum sum;
};

struct delta {
    uint32_t source;
    uint64_t sequence; /* 1 for the first one of a source */
    struct delta_kind *kinds;
    size_t kind_count;
    struct health_counts health;
    struct delta_row **rows; /* NULL entries and those with nothing counted are not written */
    size_t row_count;
    struct tally_notes errors;
    struct delta_metric *metrics; /* those with nothing counted are not written */
    size_t metric_count;
};

/* The bytes, to be freed with free(). */
void *delta_write(const struct delta *delta, size_t *len);

/* Reads them into *delta, which then owns everything in it. False (and nothing to free) when they are not
 * exactly one delta of this version. */
bool delta_read(struct delta *delta, const void *bytes, size_t len);
void delta_free(struct delta *delta);

#endif
