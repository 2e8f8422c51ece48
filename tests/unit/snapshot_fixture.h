/* snapshot_fixture.h - a snapshot with known counts for the tests of the reports. */
#ifndef SWARM_SNAPSHOT_FIXTURE_H
#define SWARM_SNAPSHOT_FIXTURE_H

#include <stdlib.h>
#include <string.h>

#include "stats/stats.h"

#define FIXTURE_S       INT64_C(1000000000)
#define FIXTURE_UNIX_MS INT64_C(1700000000000) /* 2023-11-14T22:13:20Z */

struct fixture {
    struct stats_rows *rows;
    struct recorder *rec;
    struct stats *stats;
};

static const struct swarm_row fixture_rows[] = {
    {"GET", "/hello"}, {"POST", "/login"}, {"TRANSACTION", "visit"}, {"SETUP", "GET /token"}};
static const char *const fixture_kinds[] = {"Shopper", "Visitor"};

static inline struct fixture fixture_new(void)
{
    struct fixture f = {.rows = stats_rows_create(fixture_rows, 4), .stats = stats_create(fixture_kinds, 2)};

    f.rec = recorder_create(f.rows, 0, 2);
    stats_begin(f.stats, 0, FIXTURE_UNIX_MS);
    return f;
}

static inline void fixture_free(struct fixture *f)
{
    recorder_free(f->rec);
    stats_free(f->stats);
    stats_rows_free(f->rows);
}

/* A request that took `us` microseconds; with a message it failed. */
static inline void fixture_request(struct fixture *f, uint32_t row, uint64_t us, uint64_t bytes, const char *message)
{
    struct recorder_sample sample = {.duration_ns = us * 1000, .bytes = bytes, .failed = message != NULL};

    recorder_request(f->rec, row, &sample);
    if (message)
        recorder_failure(f->rec, row, message, strlen(message), FIXTURE_UNIX_MS + 3000);
}

/* Folds what was recorded and takes a snapshot `s` seconds after the begin. */
static inline struct stats_snapshot *fixture_snapshot(struct fixture *f, int s)
{
    size_t len;
    void *delta = recorder_take(f->rec, &len);

    stats_fold(f->stats, delta, len);
    free(delta);
    return stats_take_snapshot(f->stats, s * FIXTURE_S, FIXTURE_UNIX_MS + s * 1000);
}

/* Seven requests of /hello with three failures, one of /login, the others of rows that are not in the total. */
static inline void fixture_fill(struct fixture *f)
{
    fixture_request(f, 0, 12400, 1003, NULL);
    fixture_request(f, 0, 100000, 1003, NULL);
    fixture_request(f, 0, 150000, 1003, NULL);
    fixture_request(f, 0, 3400000, 1003, NULL);
    fixture_request(f, 0, 58760100, 1003, "Got wrong response");
    fixture_request(f, 0, 120000, 1003, "Got wrong response");
    fixture_request(f, 0, 130000, 1003, "status 503 \"Service\", sorry");
    fixture_request(f, 1, 1240, 40, NULL);
    fixture_request(f, 2, 9000000, 0, NULL);
    fixture_request(f, 3, 20000, 5, NULL);
    recorder_users(f->rec, 0, 3);
    recorder_users(f->rec, 1, 4);
}

#endif
