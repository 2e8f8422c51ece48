/*
 * log.h - log lines, in Locust's format:
 *
 *     [2021-07-24 10:41:10,947] HOST/INFO/swarm.main: Ramping to 10 users at a rate of 1.00 per second
 *
 * to stderr or to --logfile, each line with one write. The log is the process's, guarded by one lock,
 * usable from every thread from the first instruction on (before log_open: INFO to stderr). Secrets
 * (secret.h) are masked in every line, control characters are escaped, so that one message is one line. A
 * line of the scenario begins with who says it and where: "Shopper 17 (checkout.swarm:12): ...". As JSON a
 * line is {"time", "host", "level", "logger", "message"} and, of the scenario, {"kind", "user", "file", "line"}.
 * Loggers in use: swarm.main, swarm.run, swarm.user.
 */
#ifndef SWARM_LOG_H
#define SWARM_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARNING, LOG_LEVEL_ERROR, LOG_LEVEL_CRITICAL };

enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };

/* The name of a level as it stands in a line; and the level of a name in any case, -1 when it is none. */
const char *log_level_name(enum log_level level);
int log_level_from_name(const char *name);

/* Sets the least level that is written, the file (NULL: stderr), which is appended to, and the format. Returns 0 or an
 * errno; then the log goes on to stderr. The path must live until log_close(). */
int log_open(enum log_level least, const char *path, enum log_format format);

/* Opens the file anew (it was moved away). Returns 0 or an errno; then the old one stays. */
int log_reopen(void);

/* Writes what the limit still holds back, and closes the file; later lines go to stderr. */
void log_close(void);

/* True when lines of this level are written. */
bool log_enabled(enum log_level level);

/* Writes `text` into `out`, as far as it fits: control characters as \n, \t, \x1b, what would turn the line round as
 * \u{202e}, bytes that are no UTF-8 as \xff. Returns the length, at most 4 times that of the text. Not
 * NUL-terminated; 9 bytes of `size` may be left over. */
size_t log_escape(char *out, size_t size, const char *text, size_t len);

/* One line, formatted as printf does. Long ones are cut at 8 KiB. */
void log_line(enum log_level level, const char *logger, const char *format, ...) __attribute__((format(printf, 3, 4)));

#define log_debug(logger, ...)   log_line(LOG_LEVEL_DEBUG, logger, __VA_ARGS__)
#define log_info(logger, ...)    log_line(LOG_LEVEL_INFO, logger, __VA_ARGS__)
#define log_warning(logger, ...) log_line(LOG_LEVEL_WARNING, logger, __VA_ARGS__)
#define log_error(logger, ...)   log_line(LOG_LEVEL_ERROR, logger, __VA_ARGS__)

enum { LOG_PLACE_LIMIT = 10 }; /* lines a second of one `log` statement */

/* Who says a line of the scenario, and where. Texts of the program. */
struct log_speaker {
    const char *kind; /* of the user; "" outside of users */
    uint64_t user;
    const char *file; /* lives as long as the process */
    uint32_t line;
};

/* A line of a scenario's `log` statement, limited to LOG_PLACE_LIMIT a second and place; what is over is counted and
 * told as "FILE:LINE: n suppressed" in a line of its own when the second is over. */
void log_scenario(enum log_level level, const struct log_speaker *speaker, const char *text, size_t len,
                  int64_t now_ns);

/* Tells the suppressed ones whose second is over; control calls it once a second, and with INT64_MAX
 * before the final tables, which tells all of them. */
void log_tick(int64_t now_ns);

/* Writes a text (a table) to stderr as it is, in one piece between log lines; never to the log file. Texts
 * in it that people wrote or servers sent must have been masked and escaped before. */
void log_table(const char *text, size_t len);

/* How many characters such a line may have. */
size_t log_columns(void);

/* The line at the bottom of a terminal: log lines and tables that go there stand above it. "" takes it away. Only when
 * stderr is a terminal; cut to its width. */
void log_status(const char *text);

#endif
