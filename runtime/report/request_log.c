/* request_log.c - see request_log.h */
#include "request_log.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../base/memory.h"
#include "../log/log.h"
#include "../log/secret.h"
#include "file.h"
#include "text.h"

enum { FLUSH_MS = 250 };

static const char header[] = "start,type,name,kind,user,status,duration_ms,first_byte_ms,bytes,error\r\n";

static struct {
    atomic_bool wanted;
    bool csv;
    const char *path;
    struct file_growing file;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t filled;
    char *filling, *writing; /* two buffers that change places */
    size_t used;
    uint64_t dropped;
    bool ending, told;
    int error; /* of the last write */
} request_log = {.lock = PTHREAD_MUTEX_INITIALIZER, .filled = PTHREAD_COND_INITIALIZER};

/* ---- a line ----------------------------------------------------------------------------------------- */

struct line {
    char text[REQUEST_LOG_LINE];
    size_t n;
};

static void put(struct line *line, const char *text, size_t n)
{
    size_t most = sizeof line->text - 64; /* what closes a line always fits behind it */
    size_t room = line->n < most ? most - line->n : 0;

    n = n < room ? n : room;
    memcpy(line->text + line->n, text, n);
    line->n += n;
}

static void end_line(struct line *line, const char *text)
{
    size_t n = strlen(text);

    memcpy(line->text + line->n, text, n);
    line->n += n;
}

static void put_format(struct line *line, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put_format(struct line *line, const char *format, ...)
{
    char text[128];
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (n > 0)
        put(line, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
}

/* RFC 4180: quoted when it must be. */
static void put_field(struct line *line, const char *text)
{
    if (!text[strcspn(text, ",\"\r\n")]) {
        put(line, text, strlen(text));
        return;
    }
    put(line, "\"", 1);
    for (const char *p = text; *p; p++) {
        if (*p == '"')
            put(line, "\"", 1);
        put(line, p, 1);
    }
    end_line(line, "\"");
}

static void put_string(struct line *line, const char *text)
{
    put(line, "\"", 1);
    for (const unsigned char *p = (const unsigned char *)text; *p;) {
        int n = text_character(p);

        if (n == 0)
            put(line, "\xef\xbf\xbd", 3);
        else if (*p == '"' || *p == '\\')
            put_format(line, "\\%c", *p);
        else if (*p < 0x20)
            put_format(line, "\\u%04x", *p);
        else
            put(line, (const char *)p, (size_t)n);
        p += n ? n : 1;
    }
    end_line(line, "\"");
}

/* A text of the entry: masked, at most `limit` bytes; to be freed. */
static char *shown(const char *text, size_t n, size_t limit)
{
    char *masked = secret_mask(text, n, &n), *kept;

    if (n > limit) {
        n = limit;
        while (n > 0 && ((unsigned char)(masked ? masked : text)[n] & 0xc0) == 0x80)
            n--;
    }
    kept = memory_text(masked ? masked : text, n);
    free(masked);
    return text_valid(kept);
}

static void put_start(struct line *line, int64_t unix_ms)
{
    time_t seconds = (time_t)(unix_ms / 1000);
    struct tm tm;
    char text[32];

    gmtime_r(&seconds, &tm);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm);
    put_format(line, "%s.%03dZ", text, (int)(unix_ms % 1000));
}

static void put_csv(struct line *line, const struct request_log_entry *e, const char *name, const char *error)
{
    put_start(line, e->start_ms);
    put_format(line, ",%s,", e->type);
    put_field(line, name);
    put(line, ",", 1);
    put_field(line, e->kind);
    put_format(line, ",%" PRIu64 ",%d,%.3f,", e->user, e->status, (double)e->duration_ns / 1e6);
    if (e->first_byte_ns > 0)
        put_format(line, "%.3f", (double)e->first_byte_ns / 1e6);
    put_format(line, ",%" PRIu64 ",", e->bytes);
    put_field(line, error);
    end_line(line, "\r\n");
}

static void put_json(struct line *line, const struct request_log_entry *e, const char *name, const char *error)
{
    put_format(line, "{\"start\":\"");
    put_start(line, e->start_ms);
    put_format(line, "\",\"type\":\"%s\",\"name\":", e->type);
    put_string(line, name);
    put_format(line, ",\"kind\":");
    put_string(line, e->kind);
    put_format(line, ",\"user\":%" PRIu64 ",\"status\":%d,\"duration_ms\":%.3f,\"first_byte_ms\":", e->user, e->status,
               (double)e->duration_ns / 1e6);
    if (e->first_byte_ns > 0)
        put_format(line, "%.3f", (double)e->first_byte_ns / 1e6);
    else
        put_format(line, "null");
    put_format(line, ",\"bytes\":%" PRIu64 ",\"error\":", e->bytes);
    if (e->error)
        put_string(line, error);
    else
        put_format(line, "null");
    end_line(line, "}\n");
}

/* ---- the buffer ------------------------------------------------------------------------------------- */

bool request_log_wanted(void)
{
    return atomic_load_explicit(&request_log.wanted, memory_order_relaxed);
}

void request_log_add(const struct request_log_entry *entry)
{
    struct line line = {.n = 0};
    char *name = shown(entry->name, strlen(entry->name), 512);
    char *error = entry->error ? shown(entry->error, entry->error_size, 512) : memory_text("", 0);

    (request_log.csv ? put_csv : put_json)(&line, entry, name, error);
    free(name);
    free(error);
    pthread_mutex_lock(&request_log.lock);
    if (!request_log.filling) {
        /* closed meanwhile: the run was left before its users had ended */
    } else if (request_log.used + line.n > REQUEST_LOG_BUFFER) {
        request_log.dropped++;
    } else {
        memcpy(request_log.filling + request_log.used, line.text, line.n);
        request_log.used += line.n;
        if (request_log.used > REQUEST_LOG_BUFFER / 2)
            pthread_cond_signal(&request_log.filled);
    }
    pthread_mutex_unlock(&request_log.lock);
}

uint64_t request_log_dropped(void)
{
    uint64_t dropped;

    pthread_mutex_lock(&request_log.lock);
    dropped = request_log.dropped;
    pthread_mutex_unlock(&request_log.lock);
    return dropped;
}

/* ---- the thread ------------------------------------------------------------------------------------- */

static void write_lines(const char *lines, size_t n)
{
    request_log.error = file_grow(&request_log.file, lines, n);
    if (request_log.error && !request_log.told) {
        request_log.told = true;
        log_error("swarm.report", "cannot write %s: %s; the run goes on and it is tried again; %s", request_log.path,
                  strerror(request_log.error), file_way_out(request_log.error, "--log-requests"));
    }
}

static void wait_for_lines(void)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += FLUSH_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    pthread_cond_timedwait(&request_log.filled, &request_log.lock, &until);
}

static void *write_log(void *data)
{
    (void)data;
    pthread_mutex_lock(&request_log.lock);
    while (!request_log.ending || request_log.used > 0) {
        char *lines = request_log.filling;
        size_t n = request_log.used;

        if (n == 0 || (!request_log.ending && n <= REQUEST_LOG_BUFFER / 2)) {
            wait_for_lines();
            n = request_log.used;
            lines = request_log.filling;
        }
        request_log.filling = request_log.writing;
        request_log.writing = lines;
        request_log.used = 0;
        pthread_mutex_unlock(&request_log.lock);
        if (n > 0)
            write_lines(lines, n);
        pthread_mutex_lock(&request_log.lock);
    }
    pthread_mutex_unlock(&request_log.lock);
    return NULL;
}

/* ---- open and close --------------------------------------------------------------------------------- */

static bool ends_with(const char *path, const char *end)
{
    size_t n = strlen(path), e = strlen(end);

    return n > e && strcmp(path + n - e, end) == 0;
}

static bool start(void)
{
    sigset_t all, before;
    bool good;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    good = pthread_create(&request_log.thread, NULL, write_log, NULL) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return good;
}

bool request_log_open(const char *path, char *why, size_t size)
{
    char *folder = NULL;
    int error = file_make_folders(path, &folder);

    free(folder);
    if (!error)
        error = file_grow_open(&request_log.file, path);
    request_log.csv = ends_with(path, ".csv");
    request_log.path = path;
    if (!error && request_log.csv)
        error = file_grow(&request_log.file, header, sizeof header - 1);
    if (error) {
        snprintf(why, size, "cannot write %s: %s; %s", path, strerror(error), file_way_out(error, "--log-requests"));
        return false;
    }
    request_log.filling = memory_new(REQUEST_LOG_BUFFER, 1);
    request_log.writing = memory_new(REQUEST_LOG_BUFFER, 1);
    request_log.used = 0;
    request_log.dropped = 0;
    request_log.ending = request_log.told = false;
    if (!start()) {
        snprintf(why, size, "no thread for --log-requests: %s", strerror(errno));
        return false;
    }
    atomic_store(&request_log.wanted, true);
    return true;
}

bool request_log_close(void)
{
    int error;

    if (!atomic_exchange(&request_log.wanted, false))
        return true;
    pthread_mutex_lock(&request_log.lock);
    request_log.ending = true;
    pthread_cond_signal(&request_log.filled);
    pthread_mutex_unlock(&request_log.lock);
    pthread_join(request_log.thread, NULL);
    error = file_grow_close(&request_log.file);
    if (!error && request_log.file.dropped)
        error = ENOSPC;
    if (error)
        log_error("swarm.report", "%s lacks lines: %s; %s", request_log.path, strerror(error),
                  file_way_out(error, "--log-requests"));
    if (request_log.dropped > 0)
        log_warning("swarm.report",
                    "%s lacks %" PRIu64 " requests: the disk was too slow for all of them (they are counted in "
                    "all other reports)",
                    request_log.path, request_log.dropped);
    pthread_mutex_lock(&request_log.lock);
    free(request_log.filling);
    free(request_log.writing);
    request_log.filling = request_log.writing = NULL;
    pthread_mutex_unlock(&request_log.lock);
    return error == 0;
}
