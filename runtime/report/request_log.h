/*
 * request_log.h - --log-requests: a line for each judged request, as CSV or JSON lines.
 *
 * request_log_add() may be called by every thread from request_log_open() to request_log_close(); it makes the line and puts
 * it into a buffer of REQUEST_LOG_BUFFER bytes, which a thread of the log writes to the file. A shard never waits for the
 * disk: a line that finds the buffer full is dropped and counted.
 */
#ifndef SWARM_REQUEST_LOG_H
#define SWARM_REQUEST_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { REQUEST_LOG_BUFFER = 8 << 20, REQUEST_LOG_LINE = 8192 };

struct request_log_entry {
    int64_t start_ms;        /* Unix: when it was issued */
    const char *type, *name; /* of its row */
    const char *kind;        /* of user */
    uint64_t user;
    int status; /* 0: no answer */
    uint64_t duration_ns;
    uint64_t first_byte_ns; /* 0: not known */
    uint64_t bytes;         /* of the body as received */
    const char *error;      /* NULL: it passed */
    size_t error_size;
};

/* Creates the file and its folders; a path that ends in .csv gets CSV, any other JSON lines. False: `why` says what is wrong and the way out. */
bool request_log_open(const char *path, char *why, size_t size);

/* True between open and close. */
bool request_log_wanted(void);
void request_log_add(const struct request_log_entry *entry);

/* Writes what is left. False: lines are missing in the file for an error, which has been logged; dropped lines are told as
 * well, but are no error. */
bool request_log_close(void);

/* How many lines were dropped because the disk was too slow. */
uint64_t request_log_dropped(void);

#endif
