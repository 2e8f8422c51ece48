/* log.c - see log.h */
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "../base/memory.h"
#include "../base/utf8.h"
#include "secret.h"

enum { LINE_LIMIT = 8192 };
#define SECOND_NS INT64_C(1000000000)

/* What a place of the scenario has written in its current second. */
struct place {
    const char *file;
    uint32_t line;
    enum log_level level;
    int64_t since_ns;
    uint32_t written;
    uint64_t suppressed;
};

static struct {
    pthread_mutex_t lock;
    enum log_level least;
    int file; /* -1: stderr */
    const char *path;
    enum log_format format;
    char status[512]; /* the line at the bottom of the terminal */
    char host[64];    /* up to its first dot */
    struct place *places;
    size_t place_count, place_capacity;
} logs = {.lock = PTHREAD_MUTEX_INITIALIZER, .least = LOG_LEVEL_INFO, .file = -1};

static const char *const level_names[] = {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"};

const char *log_level_name(enum log_level level)
{
    return level_names[level];
}

int log_level_from_name(const char *name)
{
    for (int i = 0; i <= LOG_LEVEL_CRITICAL; i++) {
        if (strcasecmp(name, level_names[i]) == 0)
            return i;
    }
    return -1;
}

/* ---- writing ---------------------------------------------------------------------------------------- */

/* Writes all of it; false with an error. */
static bool write_all(int fd, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, text, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        text += n;
        len -= (size_t)n;
    }
    return true;
}

static const char *host_name(void)
{
    if (logs.host[0] == '\0') {
        if (gethostname(logs.host, sizeof logs.host) != 0)
            snprintf(logs.host, sizeof logs.host, "localhost");
        logs.host[sizeof logs.host - 1] = '\0';
        logs.host[strcspn(logs.host, ".")] = '\0';
    }
    return logs.host[0] ? logs.host : "localhost";
}

/* "[2021-07-24 10:41:10,947] HOST/INFO/swarm.main: " in local time. */
static size_t put_head(char *out, size_t size, enum log_level level, const char *logger)
{
    struct timespec now;
    struct tm tm;
    size_t n;

    clock_gettime(CLOCK_REALTIME, &now);
    localtime_r(&now.tv_sec, &tm);
    n = strftime(out, size, "[%Y-%m-%d %H:%M:%S", &tm);
    n += (size_t)snprintf(out + n, size - n, ",%03d] %s/%s/%s: ", (int)(now.tv_nsec / 1000000), host_name(),
                          level_names[level], logger);
    return n;
}

/* What moves a cursor or turns a line round: controls (those above 0x7f too, which some terminals obey), ends of lines
 * and paragraphs, embeddings and isolates of right-to-left text (UAX #9). */
static bool steers(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2066 && code <= 0x2069);
}

/* So that a message is one line, moves no cursor and is UTF-8. */
size_t log_escape(char *out, size_t size, const char *text, size_t len)
{
    size_t n = 0, step;

    for (size_t i = 0; i < len && n + 9 < size; i += step) {
        size_t length = utf8_sequence(text + i, len - i);
        unsigned char c = (unsigned char)text[i];
        uint32_t code = length > 1 ? c & (0x7fu >> length) : c;

        step = length ? length : 1;
        for (size_t k = 1; k < length; k++)
            code = code << 6 | ((unsigned char)text[i + k] & 0x3fu);
        if (c == '\n' || c == '\t' || c == '\r') {
            out[n++] = '\\';
            out[n++] = c == '\n' ? 'n' : c == '\t' ? 't' : 'r';
        } else if (length == 0 || (steers(code) && code < 0x100)) {
            n += (size_t)snprintf(out + n, size - n, "\\x%02x", (unsigned)(uint8_t)code);
        } else if (steers(code)) {
            n += (size_t)snprintf(out + n, size - n, "\\u{%x}", (unsigned)code);
        } else {
            memcpy(out + n, text + i, length);
            n += length;
        }
    }
    return n;
}

/* ---- the line at the bottom ------------------------------------------------------------------------- */

/* To the terminal, above the line at its bottom. */
static void write_stderr(const char *text, size_t len)
{
    static const char clear[] = "\r\033[K";

    if (logs.status[0])
        write_all(STDERR_FILENO, clear, sizeof clear - 1);
    write_all(STDERR_FILENO, text, len);
    if (logs.status[0])
        write_all(STDERR_FILENO, logs.status, strlen(logs.status));
}

/* Bytes of a text that take this many columns. */
static size_t cut_columns(const char *text, size_t columns)
{
    size_t n = 0;

    for (; text[n]; n++) {
        if (((unsigned char)text[n] & 0xc0) != 0x80 && columns-- == 0)
            break;
    }
    return n;
}

size_t log_columns(void)
{
    struct winsize size;

    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col - 1u : 79;
}

void log_status(const char *text)
{
    if (!isatty(STDERR_FILENO))
        return;
    pthread_mutex_lock(&logs.lock);
    if (text[0] || logs.status[0]) {
        snprintf(logs.status, sizeof logs.status, "%.*s", (int)cut_columns(text, log_columns()), text);
        write_all(STDERR_FILENO, "\r\033[K", 4);
        write_all(STDERR_FILENO, logs.status, strlen(logs.status));
    }
    pthread_mutex_unlock(&logs.lock);
}

/* ---- lines ------------------------------------------------------------------------------------------ */

/* 2021-07-24T10:41:10.947Z */
static size_t put_utc(char *out, size_t size)
{
    struct timespec now;
    struct tm tm;
    size_t n;

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &tm);
    n = strftime(out, size, "%Y-%m-%dT%H:%M:%S", &tm);
    return n + (size_t)snprintf(out + n, size - n, ".%03dZ", (int)(now.tv_nsec / 1000000));
}

/* The inside of a JSON string, as far as it fits; not cut in the middle of a character. What is no UTF-8 becomes U+FFFD. */
static size_t put_json(char *out, size_t size, const char *text, size_t len)
{
    size_t n = 0;

    for (size_t i = 0; i < len && n + 8 < size;) {
        unsigned char c = (unsigned char)text[i];
        size_t width = utf8_sequence(text + i, len - i);

        if (width == 0) {
            n += (size_t)snprintf(out + n, size - n, "\\ufffd");
            i++;
        } else if (c == '"' || c == '\\') {
            out[n++] = '\\';
            out[n++] = (char)c;
            i++;
        } else if (c < 0x20 || c == 0x7f) {
            n += (size_t)snprintf(out + n, size - n, "\\u%04x", c);
            i++;
        } else {
            memcpy(out + n, text + i, width);
            n += width;
            i += width;
        }
    }
    return n;
}

static size_t put_json_line(char *out, size_t size, enum log_level level, const char *logger,
                            const struct log_speaker *speaker, const char *text, size_t len)
{
    size_t n = (size_t)snprintf(out, size, "{\"time\":\"");

    n += put_utc(out + n, size - n);
    n += (size_t)snprintf(out + n, size - n, "\",\"host\":\"");
    n += put_json(out + n, 256, host_name(), strlen(host_name()));
    n += (size_t)snprintf(out + n, size - n, "\",\"level\":\"%s\",\"logger\":\"%s\",", level_names[level], logger);
    if (speaker) {
        n += (size_t)snprintf(out + n, size - n, "\"kind\":\"%.200s\",\"user\":%llu,\"file\":\"", speaker->kind,
                              (unsigned long long)speaker->user);
        n += put_json(out + n, 1024, speaker->file, strlen(speaker->file));
        n += (size_t)snprintf(out + n, size - n, "\",\"line\":%u,", (unsigned)speaker->line);
    }
    n += (size_t)snprintf(out + n, size - n, "\"message\":\"");
    n += put_json(out + n, size - n - 8, text, len);
    out[n++] = '"';
    out[n++] = '}';
    return n;
}

static size_t put_text_line(char *out, size_t size, enum log_level level, const char *logger,
                            const struct log_speaker *speaker, const char *text, size_t len)
{
    size_t n = put_head(out, 256, level, logger);

    if (speaker && speaker->kind[0])
        n += (size_t)snprintf(out + n, 1024, "%.200s %llu (%.700s:%u): ", speaker->kind,
                              (unsigned long long)speaker->user, speaker->file, (unsigned)speaker->line);
    else if (speaker)
        n += (size_t)snprintf(out + n, 1024, "%.700s:%u: ", speaker->file, (unsigned)speaker->line);
    return n + log_escape(out + n, size - n - 8, text, len);
}

/* One line; the lock is held. speaker: NULL outside of the scenario. The text is escaped after it was masked, for an
 * escape could hide a part of a secret. */
static void write_line(enum log_level level, const char *logger, const struct log_speaker *speaker, const char *text,
                       size_t len)
{
    char line[LINE_LIMIT + 2048];
    size_t masked_len = len, n;
    char *masked = secret_mask(text, len, &masked_len);

    n = (logs.format == LOG_FORMAT_JSON ? put_json_line : put_text_line)(line, sizeof line - 1, level, logger, speaker,
                                                                         masked ? masked : text, masked_len);
    free(masked);
    line[n++] = '\n';
    /* What the file does not take (the disk is full) goes to stderr; an error there has nowhere to be told and is not
     * worth ending the run for. */
    if (logs.file < 0 || !write_all(logs.file, line, n))
        write_stderr(line, n);
}

void log_line(enum log_level level, const char *logger, const char *format, ...)
{
    char text[LINE_LIMIT];
    va_list args;
    int n;

    if (!log_enabled(level))
        return;
    va_start(args, format);
    n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (n < 0)
        return;
    pthread_mutex_lock(&logs.lock);
    write_line(level, logger, NULL, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
    pthread_mutex_unlock(&logs.lock);
}

void log_table(const char *text, size_t len)
{
    pthread_mutex_lock(&logs.lock);
    write_stderr(text, len);
    pthread_mutex_unlock(&logs.lock);
}

/* ---- opening and closing ---------------------------------------------------------------------------- */

bool log_enabled(enum log_level level)
{
    return level >= __atomic_load_n(&logs.least, __ATOMIC_RELAXED);
}

static int open_file(const char *path)
{
    return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
}

/* Replaces the file; the old one is closed. */
static void set_file(int fd)
{
    if (logs.file >= 0)
        close(logs.file);
    logs.file = fd;
}

int log_open(enum log_level least, const char *path, enum log_format format)
{
    int fd = -1, error = 0;

    if (path) {
        fd = open_file(path);
        error = fd < 0 ? errno : 0;
    }
    pthread_mutex_lock(&logs.lock);
    __atomic_store_n(&logs.least, least, __ATOMIC_RELAXED);
    set_file(fd);
    logs.path = error ? NULL : path;
    logs.format = format;
    pthread_mutex_unlock(&logs.lock);
    return error;
}

int log_reopen(void)
{
    int fd, error = 0;

    pthread_mutex_lock(&logs.lock);
    if (logs.path) {
        fd = open_file(logs.path);
        error = fd < 0 ? errno : 0;
        if (fd >= 0)
            set_file(fd);
    }
    pthread_mutex_unlock(&logs.lock);
    return error;
}

/* ---- lines of the scenario -------------------------------------------------------------------------- */

static struct place *place_of(const char *file, uint32_t line)
{
    struct place *place;

    for (size_t i = 0; i < logs.place_count; i++) {
        place = &logs.places[i];
        if (place->line == line && (place->file == file || strcmp(place->file, file) == 0))
            return place;
    }
    logs.places = memory_grow(logs.places, logs.place_count, &logs.place_capacity, sizeof *logs.places);
    place = &logs.places[logs.place_count++];
    *place = (struct place){.file = file, .line = line};
    return place;
}

static void tell_suppressed(struct place *place)
{
    char text[512];
    int n;

    if (place->suppressed == 0)
        return;
    n = snprintf(text, sizeof text, "%s:%u: %llu suppressed", place->file, (unsigned)place->line,
                 (unsigned long long)place->suppressed);
    place->suppressed = 0;
    write_line(place->level, "swarm.user", NULL, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
}

void log_scenario(enum log_level level, const struct log_speaker *speaker, const char *text, size_t len, int64_t now_ns)
{
    struct place *place;

    if (!log_enabled(level))
        return;
    pthread_mutex_lock(&logs.lock);
    place = place_of(speaker->file, speaker->line);
    if (place->written == 0 || now_ns - place->since_ns >= SECOND_NS) {
        tell_suppressed(place);
        place->since_ns = now_ns;
        place->written = 0;
    }
    place->level = level;
    if (place->written < LOG_PLACE_LIMIT) {
        place->written++;
        write_line(level, "swarm.user", speaker, text, len);
    } else {
        place->suppressed++;
    }
    pthread_mutex_unlock(&logs.lock);
}

void log_tick(int64_t now_ns)
{
    pthread_mutex_lock(&logs.lock);
    for (size_t i = 0; i < logs.place_count; i++) {
        if (now_ns - logs.places[i].since_ns >= SECOND_NS)
            tell_suppressed(&logs.places[i]);
    }
    pthread_mutex_unlock(&logs.lock);
}

void log_close(void)
{
    pthread_mutex_lock(&logs.lock);
    for (size_t i = 0; i < logs.place_count; i++)
        tell_suppressed(&logs.places[i]);
    free(logs.places);
    logs.places = NULL;
    logs.place_count = logs.place_capacity = 0;
    set_file(-1);
    logs.path = NULL;
    logs.format = LOG_FORMAT_TEXT;
    pthread_mutex_unlock(&logs.lock);
}
