/*
 * rows.h - the process-wide table of rows, as the recorders see it. Internal to stats/.
 */
#ifndef SWARM_ROWS_H
#define SWARM_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stats.h"

/* Names that start here are found by text: type, then name. */
uint32_t rows_hash(const char *type, const char *name, size_t len);

/* The id of (type, name). A new name counts against the cap unless `always`; over the cap it is the id of
 * `TYPE (other)`. Takes the lock. */
uint32_t rows_id(struct stats_rows *rows, const char *type, const char *name, size_t len, bool always);

/* The row of an id that rows_id gave or that the program has. Its texts live as long as the table. Takes
 * the lock for dynamic ones. */
struct swarm_row rows_at(struct stats_rows *rows, uint32_t id);

/* True when the cap is reached, so that no id is given to a new name any more. */
bool rows_full(struct stats_rows *rows);

/* Number of rows now; ids are 0 .. count-1. */
uint32_t rows_count(struct stats_rows *rows);

#endif
