/*
 * stats.h - what is counted, from the shard that measures to the snapshot that every report reads.
 *
 *   struct stats_rows     the rows of the process: the program's own, known at compile time (their index is
 *                         their id), and names made up during the run. Shared by all threads, one lock, taken
 *                         once a new name and shard.
 *   struct recorder       what one shard counts. Only its thread touches it; nothing in it is shared.
 *   delta                 what a recorder counted since its last one: bytes in the one binary form (delta.h),
 *                         self-contained (rows by text), numbered per source. Written by recorder_take, read
 *                         by stats_fold.
 *   struct stats          the sums of all deltas. Belongs to control's thread.
 *   struct stats_snapshot the state at one moment, immutable, counted by references. All reports read it.
 *
 * Ownership: whoever creates a thing frees it with its _free / _unref; texts given to a function are
 * copied, except those of the program (struct swarm_row of stats_rows_create, kind names), which live as
 * long as the process. Every moment is an argument: *_ns are nanoseconds of the monotonic clock, *_ms
 * milliseconds of Unix time.
 *
 * A percentile is the value at rank ceil(p * n), clamped to the exact [min, max]; the median is the 50 %
 * one.
 */
#ifndef SWARM_STATS_H
#define SWARM_STATS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <swarm/program.h>

#include "health.h"
#include "hist.h"
#include "metrics.h"

enum {
    STATS_DYNAMIC_ROWS = 1000, /* names made up during the run; the rest are counted in `TYPE (other)` */
    STATS_ROW_NAME = 512,      /* bytes of a name made up during the run; longer ones are cut */
    STATS_MESSAGES = 200,      /* distinct failure messages a row; the rest in `(other messages)` */
    STATS_MESSAGE_BYTES = 256, /* of a failure's message; longer ones are cut at a character */
    STATS_ERRORS = 1000,       /* distinct errors in tasks; the rest in `(other errors)` */
    STATS_ERROR_BYTES = 512,
    STATS_WINDOW_S = 10, /* the span of current rates and current percentiles */
};

/* Type of the rows in which recorders and sums keep what each part of a scenario sent: no report lists them as rows, a
 * snapshot shows them as parts. */
#define STATS_PART "(part)"

/* `kind` of errors that are listed and change no verdict: of the hooks that look at requests and errors. */
#define STATS_ON_REQUEST    "on request"
#define STATS_ON_USER_ERROR "on user_error"

/* ---- rows ---------------------------------------------------------------------------------------- */

/* A row is (type, name): the type is a method (GET, POST, ...), TRANSACTION, SETUP, CALL or a module's own.
 * TRANSACTION and SETUP rows are listed and stay out of the totals. */
struct stats_rows;

/* The table of a process with the program's rows as ids 0 .. count-1. `fixed` stays the caller's and must
 * outlive the table. */
struct stats_rows *stats_rows_create(const struct swarm_row *fixed, size_t count);
void stats_rows_free(struct stats_rows *rows);

/* True when rows of this type count in the totals. */
bool stats_type_in_totals(const char *type);

/* ---- recorder: one a shard, its thread only ------------------------------------------------------ */

struct recorder;

/* A judged request (or a finished `measure` block). */
struct recorder_sample {
    uint64_t duration_ns;   /* from issuing to the last byte: the number in the row */
    uint64_t first_byte_ns; /* from issuing to the first byte of the answer; 0: not known */
    uint64_t late_ns;       /* after its intended start; read only when `scheduled` */
    uint64_t bytes;         /* of the body as received */
    bool scheduled;         /* there was an intended start (pace, rate, arrivals) */
    bool failed;
};

/* `source` numbers the shard (unique among those folded into one struct stats); `kinds` is the number of
 * user kinds. */
struct recorder *recorder_create(struct stats_rows *rows, uint32_t source, size_t kinds);
void recorder_free(struct recorder *rec);

/* The id of a row whose name is made up at run time: own cache first, then the process-wide table. Over
 * the cap it is the row `TYPE (other)`. `type` must be a text of the program. */
uint32_t recorder_row(struct recorder *rec, const char *type, const char *name, size_t len);

/* The row (SETUP, "METHOD name") that stands for `row` in a hook that sends. */
uint32_t recorder_setup_row(struct recorder *rec, uint32_t row);

/* What a row of the recorder is called: texts as long as the recorder's. */
struct swarm_row recorder_row_text(struct recorder *rec, uint32_t row);

/* Counts a request; `failed` ones need one recorder_failure too, which says why. */
void recorder_request(struct recorder *rec, uint32_t row, const struct recorder_sample *sample);

/* The same, in its row and in the roll-up by what sent it: kind of user, innermost journey or group that is not the
 * kind itself ("": none), task or step. Texts of the program: told apart by their addresses, summed by what they say. */
void recorder_part(struct recorder *rec, uint32_t row, const char *kind, const char *group, const char *task,
                   const struct recorder_sample *sample);

/* The reason of a failed request. Secrets are masked, the text is cut to STATS_MESSAGE_BYTES. */
void recorder_failure(struct recorder *rec, uint32_t row, const char *text, size_t len, int64_t unix_ms);

/* An error in a task, hook or `wait`: grouped by place and message. `file` as given to swarmc, `kind` and
 * `task` for the report (NULL or "": none); the three are texts of the program. Secrets are masked. */
void recorder_error(struct recorder *rec, const char *file, uint32_t line, const char *kind, const char *task,
                    const char *text, size_t len, int64_t unix_ms);

/* Tries of a request beyond the judged one (retries, and what an engine sent again by itself). */
void recorder_tries(struct recorder *rec, uint32_t row, uint64_t n);

/* A request or `measure` block cut off at the stop: in nobody's requests and failures. */
void recorder_cut(struct recorder *rec, uint32_t row);

/* A call that the stop found in the queue of the pool, not begun: in no other count. */
void recorder_drop(struct recorder *rec, uint32_t row);

/* A user whose `on start` ended early. */
void recorder_lost(struct recorder *rec, uint32_t kind);

/* How late a scheduled start (wait pace / rate, arrival) was. */
void recorder_lag(struct recorder *rec, uint32_t kind, uint64_t ns);

/* The generator's health. How late the shard's loop served a timer; how late a scheduled start was that was
 * ours to keep (an arrival, a pace that was not overrun); a connect that failed by a limit of our own; and
 * the CPU time that the shard's thread used within a time, both since the last call. */
void recorder_loop_lag(struct recorder *rec, uint64_t ns);
void recorder_late_start(struct recorder *rec, uint64_t ns);
void recorder_limit(struct recorder *rec, enum stats_limit limit);
void recorder_cpu(struct recorder *rec, uint64_t cpu_ns, uint64_t wall_ns);

/* How many users of a kind are alive in this shard now (a level, not a count). */
void recorder_users(struct recorder *rec, uint32_t kind, uint64_t alive);

/* The scenario's own metrics, by their index in the program's table, which is told first. Values are finite. */
void recorder_metrics(struct recorder *rec, struct swarm_metric *const *metrics, size_t count);
void recorder_count(struct recorder *rec, uint32_t metric, double by);
void recorder_value(struct recorder *rec, uint32_t metric, double value);
void recorder_condition(struct recorder *rec, uint32_t metric, bool held);

/* Everything counted since the last call as one delta, which the caller frees with free(), and starts
 * anew. A delta without anything new is small (levels and its number), so one can be taken each second. */
void *recorder_take(struct recorder *rec, size_t *len);

/* ---- sums: control's thread only ----------------------------------------------------------------- */

struct stats;

/* `kinds` are the names of the user kinds (the program's). */
struct stats *stats_create(const char *const *kinds, size_t kind_count);
void stats_free(struct stats *stats);

/* The scenario's own metrics; gauges are read from their `state` (struct metric_level) when a snapshot is made. */
void stats_metrics(struct stats *stats, struct swarm_metric *const *metrics, size_t count);

/* The run begins: rates count from here. To be called once, before the first snapshot. */
void stats_begin(struct stats *stats, int64_t now_ns, int64_t unix_ms);

/* The run is over, its last user gone: rates over the run end here, what teardown does afterwards takes no
 * time from them. */
void stats_end(struct stats *stats, int64_t now_ns, int64_t unix_ms);

/* --reset-stats: everything that was counted is forgotten (requests, failures, errors, metrics, lost users), only
 * who is alive and the generator's health stay. Rates count from here on. */
void stats_reset(struct stats *stats, int64_t now_ns);

enum stats_fold {
    STATS_FOLDED,    /* the next delta of its source */
    STATS_GAP,       /* folded, but deltas of its source before it are missing (snapshot: lost_deltas) */
    STATS_REPEATED,  /* seen before: ignored */
    STATS_MALFORMED, /* not a delta of this version, or damaged: ignored as a whole (bad_deltas) */
};

/* Adds one delta. It is checked as a whole before anything is counted. */
enum stats_fold stats_fold(struct stats *stats, const void *delta, size_t len);

/* A shard or worker is gone: its users are no longer alive. What it counted stays. */
void stats_drop_source(struct stats *stats, uint32_t source);

/* ---- snapshot ------------------------------------------------------------------------------------ */

struct stats_failure {
    const char *text;
    uint64_t count;
    int64_t first_ms, last_ms; /* Unix time */
};

struct stats_row_view {
    const char *type, *name; /* the total: "" and "Aggregated" */
    bool in_totals;
    uint64_t requests, failures; /* failed ones are requests too */
    uint64_t tries;              /* beyond the judged ones */
    uint64_t cut;                /* cut off at the stop, in neither of the above */
    uint64_t dropped;            /* by the stop before they began, in none of the above */
    uint64_t bytes;
    uint64_t total_ns, min_ns, max_ns;        /* of `requests`; 0 when there are none */
    uint64_t first_byte_ns, first_byte_count; /* sum and number of those known */
    double rate, failure_rate;                /* a second, over the run up to now or its end */
    double now_rate, now_failure_rate;        /* a second, over the last STATS_WINDOW_S seconds by the clock */
    struct hist times;                        /* of the run */
    struct hist window;                       /* of the last STATS_WINDOW_S seconds */
    struct hist scheduled;                    /* from the intended start, of requests that had one */
    struct stats_failure *messages;           /* in order of first occurrence */
    size_t message_count;
};

struct stats_error {
    const char *file;
    uint32_t line;
    const char *kind, *task; /* "" when there is none */
    const char *text;
    uint64_t count;
    int64_t first_ms, last_ms;
};

struct stats_kind {
    const char *name;
    uint64_t users;  /* alive */
    uint64_t lost;   /* whose `on start` ended early */
    struct hist lag; /* of scheduled starts */
};

/* What a kind of user, a journey or group of it, or a task of those sent. */
struct stats_part {
    const char *kind, *group,
        *task;                    /* group "": in none; group NULL: of the whole kind; task NULL: of the whole group */
    struct stats_row_view counts; /* without messages */
};

struct stats_snapshot {
    atomic_uint refs;
    int64_t begin_ns, now_ns;    /* monotonic */
    int64_t begin_ms, now_ms;    /* Unix */
    int64_t end_ms;              /* Unix; 0 while the run goes on */
    double elapsed_s;            /* from the begin of the run to its end, or to now */
    double rate_s;               /* the span of the rates over the run: the same, or since stats_reset() */
    unsigned resets;             /* how often that was */
    struct stats_row_view *rows; /* with anything counted; sorted by name, then type, in byte order */
    size_t row_count;
    struct stats_row_view total; /* of rows in totals */
    struct stats_part *parts;    /* sorted; a whole before its parts */
    size_t part_count;
    struct stats_error *errors; /* in order of first occurrence */
    size_t error_count;
    struct stats_kind *kinds; /* in the program's order */
    size_t kind_count;
    uint64_t users;               /* alive, all kinds */
    uint64_t users_most;          /* alive at once so far; who asks for the snapshot knows and sets it */
    uint64_t lost;                /* all kinds */
    struct stats_metric *metrics; /* the scenario's own, in the program's order */
    size_t metric_count;
    uint64_t task_errors;             /* occurrences in `errors`, but for those of `on request` and `on user_error` */
    struct hist loop_lag;             /* of all shards */
    uint64_t cpu_ns;                  /* of all shards */
    struct stats_health health;       /* by shard, and whether it spoils the figures */
    uint64_t lost_deltas, bad_deltas; /* both 0 unless something of ours is broken */
};

/* The state now; moves the window of current values on. The caller holds one reference. Call it about once
 * a second and at the end; other intervals are right too, the window then is as long as the nearest older
 * call at least STATS_WINDOW_S ago. */
struct stats_snapshot *stats_take_snapshot(struct stats *stats, int64_t now_ns, int64_t unix_ms);

struct stats_snapshot *stats_snapshot_ref(struct stats_snapshot *snap);
void stats_snapshot_unref(struct stats_snapshot *snap);

/* A row of the snapshot, NULL when nothing was counted in it. */
const struct stats_row_view *stats_find(const struct stats_snapshot *snap, const char *type, const char *name);

/* In microseconds: the percentile (0 < p <= 1) of times of which the exact extremes are known: the value at the first
 * and at the last rank is exact; 0 without times. */
double stats_bounded_percentile_us(const struct hist *times, uint64_t min_ns, uint64_t max_ns, double p);

/* In microseconds: percentile of a row over the run (0 < p <= 1), its mean, minimum, maximum; 0 without
 * requests. */
double stats_percentile_us(const struct stats_row_view *row, double p);
double stats_mean_us(const struct stats_row_view *row);

/* The same percentile over the last STATS_WINDOW_S seconds; 0 when nothing happened in them. */
double stats_now_percentile_us(const struct stats_row_view *row, double p);

/* The percentile of the times from the intended start, of requests that had one (arrivals); 0 without. */
double stats_scheduled_percentile_us(const struct stats_row_view *row, double p);

/* The row (the total, when all its requests had an intended start) where a percentile from the intended start
 * is more than 10 % and 1 ms above that of the response times, by the most; *p: which one (50 % to 99.9 %).
 * NULL: the two agree everywhere. */
const struct stats_row_view *stats_parted(const struct stats_snapshot *snap, double *p);

/* failures / requests, 0 without requests. */
double stats_fail_ratio(const struct stats_row_view *row);

#endif
