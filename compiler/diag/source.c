#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"

enum { MAX_FILE = 16 * 1024 * 1024, MAX_FILES = 4096 };

/* Index of the line that holds `offset`, from 0. */
static uint32_t line_index(const struct source *source, uint32_t offset)
{
    uint32_t low = 0, high = source->line_count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (source->lines[middle] <= offset)
            low = middle;
        else
            high = middle;
    }
    return low;
}

uint32_t source_line(const struct source *source, uint32_t offset)
{
    return line_index(source, offset) + 1;
}

uint32_t source_column(const struct source *source, uint32_t offset)
{
    uint32_t from = source->lines[line_index(source, offset)], column = 1;
    if (offset > source->n)
        offset = (uint32_t)source->n;
    for (uint32_t i = from; i < offset; i++)
        if (((unsigned char)source->text[i] & 0xc0) != 0x80)
            column++;
    return column;
}

static const uint32_t *find_lines(struct arena *arena, const char *text, size_t n, uint32_t *count)
{
    uint32_t lines = 1;
    for (size_t i = 0; i < n; i++)
        lines += text[i] == '\n';
    uint32_t *offsets = ARENA_ARRAY(arena, uint32_t, lines);
    uint32_t at = 1;
    for (size_t i = 0; i < n; i++)
        if (text[i] == '\n')
            offsets[at++] = (uint32_t)i + 1;
    *count = lines;
    return offsets;
}

/* Length of the well-formed UTF-8 sequence at p (RFC 3629: no overlong forms, no surrogates), 0 when there is none. */
static size_t sequence_length(const unsigned char *p, size_t n)
{
    if (p[0] < 0x80)
        return 1;
    size_t length = p[0] >= 0xc2 && p[0] <= 0xdf   ? 2
                    : p[0] >= 0xe0 && p[0] <= 0xef ? 3
                    : p[0] >= 0xf0 && p[0] <= 0xf4 ? 4
                                                   : 0;
    if (length == 0 || n < length)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf0 && p[1] < 0x90) ||
        (p[0] == 0xf4 && p[1] > 0x8f))
        return 0;
    return length;
}

/* Replaces what is not UTF-8, or NUL, by '?', and returns what the first of it was; NULL when all is well. */
static const char *mend_text(char *text, size_t n, uint32_t *at)
{
    const char *wrong = NULL;
    for (size_t i = 0; i < n;) {
        size_t length = text[i] ? sequence_length((const unsigned char *)text + i, n - i) : 0;
        if (length) {
            i += length;
            continue;
        }
        if (!wrong) {
            wrong = text[i] ? "this byte is not UTF-8" : "a NUL byte does not belong into a text";
            *at = (uint32_t)i;
        }
        text[i++] = '?';
    }
    return wrong;
}

struct source *source_add(struct sources *sources, struct arena *arena, const char *path, const char *text, size_t n)
{
    if (sources->count % 16 == 0) {
        struct source *files = ARENA_ARRAY(arena, struct source, sources->count + 16);
        if (sources->count)
            memcpy(files, sources->file, sources->count * sizeof *files);
        sources->file = files;
    }
    struct source *source = &sources->file[sources->count++];
    source->path = arena_copy(arena, path, strlen(path));
    char *copy = arena_copy(arena, text, n);
    source->n = n;
    source->wrong = mend_text(copy, n, &source->wrong_at);
    source->text = copy;
    source->lines = find_lines(arena, source->text, n, &source->line_count);
    return source;
}

/* Reads up to MAX_FILE + 1 bytes of an open file; the caller frees *bytes. */
static const char *read_all(int fd, char **bytes, size_t *n)
{
    size_t room = 64 * 1024;
    char *buffer = malloc(room);
    *n = 0;
    *bytes = buffer;
    if (!buffer)
        return "does not fit into memory";
    for (;;) {
        if (*n == room) {
            if (room > MAX_FILE)
                return "is larger than 16 MB";
            char *larger = realloc(buffer, room * 2);
            if (!larger)
                return "does not fit into memory";
            *bytes = buffer = larger;
            room *= 2;
        }
        ssize_t got = read(fd, buffer + *n, room - *n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return strerror(errno);
        if (got == 0)
            return *n > MAX_FILE ? "is larger than 16 MB" : NULL;
        *n += (size_t)got;
    }
}

static const char *open_file(struct arena *arena, const char *path, int *fd)
{
    /* Not blocking: opening a pipe nobody writes to would hang. */
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (*fd < 0)
        return errno == ENOENT ? "no such file" : arena_format(arena, "%s", strerror(errno));
    struct stat info;
    if (fstat(*fd, &info) != 0)
        return arena_format(arena, "%s", strerror(errno));
    if (S_ISDIR(info.st_mode))
        return "is a directory";
    if (S_ISREG(info.st_mode) && info.st_size > MAX_FILE)
        return "is larger than 16 MB";
    int flags = fcntl(*fd, F_GETFL);
    if (flags >= 0)
        fcntl(*fd, F_SETFL, flags & ~O_NONBLOCK);
    return NULL;
}

struct source *source_read(struct sources *sources, struct arena *arena, const char *path, const char **error)
{
    struct source *source = NULL;
    char *bytes = NULL;
    size_t n = 0;
    int fd = -1;
    if (sources->count >= MAX_FILES) {
        *error = "is one file too many: a scenario may have 4,096";
        return NULL;
    }
    *error = open_file(arena, path, &fd);
    if (*error)
        goto cleanup;
    *error = read_all(fd, &bytes, &n);
    if (*error) {
        *error = arena_format(arena, "%s", *error);
        goto cleanup;
    }
    size_t skip = n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    source = source_add(sources, arena, path, bytes + skip, n - skip);
cleanup:
    free(bytes);
    if (fd >= 0)
        close(fd);
    return source;
}
