/* file.c - see file.h */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/memory.h"

enum { PENDING_LIMIT = 4 << 20 };

int file_make_folders(const char *path, char **stuck_at)
{
    char *copy = memory_text(path, strlen(path));
    struct stat info;

    *stuck_at = NULL;
    for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        int error;

        *slash = '\0';
        error = mkdir(copy, 0777) == 0 || errno == EEXIST ? 0 : errno;
        if (stat(copy, &info) == 0)
            error = S_ISDIR(info.st_mode) ? 0 : ENOTDIR;
        if (error) {
            *stuck_at = copy;
            return error;
        }
        *slash = '/';
    }
    free(copy);
    return 0;
}

/* Returns 0 or an errno, and how much was written in *done. */
static int write_all(int fd, const char *bytes, size_t len, size_t *done)
{
    *done = 0;
    while (*done < len) {
        ssize_t n = write(fd, bytes + *done, len - *done);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno;
        if (n == 0)
            return ENOSPC;
        *done += (size_t)n;
    }
    return 0;
}

/* fsync where the file system knows it. */
int file_sync_fd(int fd)
{
    return fsync(fd) == 0 || errno == EINVAL || errno == ENOTSUP || errno == ENOSYS ? 0 : errno;
}

int file_replace(const char *path, const void *bytes, size_t len)
{
    size_t path_len = strlen(path), done;
    char *temporary = memory_new(path_len + 5, 1);
    int fd, error;

    memcpy(temporary, path, path_len);
    memcpy(temporary + path_len, ".tmp", 5);
    fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0) {
        error = errno;
        free(temporary);
        return error;
    }
    error = write_all(fd, bytes, len, &done);
    if (!error)
        error = file_sync_fd(fd);
    if (close(fd) != 0 && !error)
        error = errno;
    if (!error && rename(temporary, path) != 0)
        error = errno;
    if (error)
        unlink(temporary);
    free(temporary);
    return error;
}

int file_overwrite(const char *path, const void *bytes, size_t len, const void *old, size_t old_len)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC), error;
    size_t done;

    if (fd < 0)
        return errno;
    error = write_all(fd, bytes, len, &done);
    if (!error && ftruncate(fd, (off_t)len) != 0)
        error = errno;
    if (error && lseek(fd, 0, SEEK_SET) == 0 && write_all(fd, old, old_len, &done) == 0 &&
        ftruncate(fd, (off_t)old_len) != 0)
        error = errno;
    if (!error)
        error = file_sync_fd(fd);
    if (close(fd) != 0 && !error)
        error = errno;
    return error;
}

/* ---- growing ---------------------------------------------------------------------------------------- */

int file_grow_open(struct file_growing *file, const char *path)
{
    *file = (struct file_growing){.fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)};
    return file->fd < 0 ? errno : 0;
}

static void hold_back(struct file_growing *file, const char *lines, size_t len)
{
    if (file->pending_len + len > PENDING_LIMIT) {
        file->dropped = true;
        return;
    }
    file->pending = memory_resize(file->pending, file->pending_len + len, 1);
    memcpy(file->pending + file->pending_len, lines, len);
    file->pending_len += len;
}

/* Appends at the end of the last whole line; takes back what is there by half. */
static int append(struct file_growing *file, const char *lines, size_t len)
{
    size_t done;
    int error;

    if (lseek(file->fd, file->good, SEEK_SET) < 0 && errno != ESPIPE)
        return errno;
    error = write_all(file->fd, lines, len, &done);
    if (!error)
        file->good += (long long)len;
    else if (done > 0 && ftruncate(file->fd, file->good) != 0 && errno != EINVAL)
        error = errno;
    return error;
}

int file_grow(struct file_growing *file, const void *lines, size_t len)
{
    int error = 0;

    if (file->pending_len > 0)
        error = append(file, file->pending, file->pending_len);
    if (!error) {
        free(file->pending);
        file->pending = NULL;
        file->pending_len = 0;
        error = append(file, lines, len);
    }
    if (error && len > 0)
        hold_back(file, lines, len);
    return error;
}

int file_grow_close(struct file_growing *file)
{
    int error;

    if (file->fd < 0)
        return EBADF;
    error = file_grow(file, "", 0);
    if (!error)
        error = file_sync_fd(file->fd);
    if (close(file->fd) != 0 && !error)
        error = errno;
    file->fd = -1;
    free(file->pending);
    file->pending = NULL;
    file->pending_len = 0;
    return error;
}

/* `way` with the flag at its %s. */
static void put_way(char *out, size_t size, const char *way, const char *flag)
{
    const char *at = strstr(way, "%s");

    if (at)
        snprintf(out, size, "%.*s%s%s", (int)(at - way), way, flag, at + 2);
    else
        snprintf(out, size, "%s", way);
}

const char *file_way_out(int error, const char *flag)
{
    static _Thread_local char text[160];
    const char *way;

    switch (error) {
    case ENOSPC:
    case EDQUOT:
        way = "free some space, or give %s a path on another disk";
        break;
    case EFBIG:
        way = strcmp(flag, "--csv") == 0 ? "raise the limit on file sizes (ulimit -f), or leave out --csv-full-history"
                                         : "raise the limit on file sizes (ulimit -f)";
        break;
    case EACCES:
    case EPERM:
        way = "change the permissions, or give %s a path that may be written";
        break;
    case EROFS:
        way = "give %s a path on a file system that may be written";
        break;
    case EISDIR:
    case ENOTDIR:
    case ENAMETOOLONG:
    case ELOOP:
        way = "give %s another path";
        break;
    default:
        way = "check the path given to %s";
        break;
    }
    put_way(text, sizeof text, way, flag);
    return text;
}
