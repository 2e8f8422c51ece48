/*
 * report.h - what a run writes: the tables on the terminal and the CSV files. Everything here reads a
 * struct stats_snapshot and nothing else. Belongs to control's thread.
 *
 * console: pure functions that print into a FILE (a memory stream for log_table).
 * csv: four files with Locust's names and columns, and one of the scenario's own metrics. All but the history are rewritten whole each time (a new file
 *   beside the old one, fsync, rename), so that a reader never sees half of one; the history
 *   grows by whole lines. A write that fails is remembered with its reason and the run goes on; csv_close
 *   tells what is not complete. The run then ends with exit code 1 at least; its counts are in the tables.
 */
#ifndef SWARM_REPORT_H
#define SWARM_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "../stats/stats.h"

/* ---- console ------------------------------------------------------------------------------------- */

/* Columns of the name column: terminal width - 80 within 0 .. 80, 80 when there is no terminal. Reads
 * COLUMNS, then asks stderr. */
int console_name_width(void);

/* The table of requests. `current`: the rates of the last 10 seconds, else those of the run. */
void console_requests(FILE *out, const struct stats_snapshot *snap, int name_width, bool current);

/* The percentiles over the run. */
void console_percentiles(FILE *out, const struct stats_snapshot *snap, int name_width);
/* A row LAG for each kind whose starts have a schedule: how late they were. They are no requests and in no total; nothing without any. */
void console_lags(FILE *out, const struct stats_snapshot *snap, int name_width);

/* Failures by message; errors in tasks by place; extra tries, cut off requests, lost users.
 * Each prints nothing when there is nothing to tell. */
void console_failures(FILE *out, const struct stats_snapshot *snap, int name_width);
void console_errors(FILE *out, const struct stats_snapshot *snap, int name_width);
void console_notes(FILE *out, const struct stats_snapshot *snap, int name_width);
/* The scenario's own metrics; nothing without any. */
void console_metrics(FILE *out, const struct stats_snapshot *snap, int name_width);

/* Everything that is shown at the end, in order: requests, percentiles, start lags, metrics, failures, errors in tasks, notes. */
void console_summary(FILE *out, const struct stats_snapshot *snap, int name_width);

/* The same straight to stderr (log_table): the periodic table, and the end. */
void console_print_periodic(const struct stats_snapshot *snap);
void console_print_summary(const struct stats_snapshot *snap);

/* ---- CSV ----------------------------------------------------------------------------------------- */

struct csv;

/* The history is thinned when it has this many bytes: with --csv-full-history and 2,000 rows it would grow by a gigabyte an
 * hour. */
#define CSV_HISTORY_BYTES (64LL << 20)

/* Creates missing folders and all four files (with their headers) before the run, so that a path that
 * cannot be written is found now. NULL: `why` (of `size` bytes) says which path, the cause and the way
 * out. SIGXFSZ is ignored from here on, so a size limit is an error of a write. */
struct csv *csv_open(const char *prefix, bool full_history, char *why, size_t size);

/* Also PREFIX_metrics.csv, of a scenario that has metrics: a line each, columns Type,Name,Unit,Count,Value,Rate,Average,
 * Min,Max,50%,90%,95%,99%; what a kind of metric does not have is empty. False: `why`, as above. */
bool csv_add_metrics(struct csv *csv, char *why, size_t size);

/* Rewrites the tables and appends to the history. Once a second during the run. The first failure of
 * a file is logged at once, later ones are counted. Returns false when something could not be written this
 * time. */
bool csv_write(struct csv *csv, const struct stats_snapshot *snap);

/* The last write, with the snapshot of the end (a history line for it included), fsync of the history,
 * then close. Tries again what failed before, so files that can be written now are complete. Returns false
 * when one is not complete; what and why has been logged. */
bool csv_close(struct csv *csv, const struct stats_snapshot *snap);

/* Another limit than CSV_HISTORY_BYTES. */
void csv_limit_history(struct csv *csv, long long bytes);

/* Closes without the last write (the run could not start). */
void csv_abandon(struct csv *csv);

#endif
