#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/memory.h"

char *file_beside(const char *file, const char *directory)
{
    char own[4096];
    ssize_t n = 0;
    char *slash, *path;

    if (file[0] == '/') {
        return memory_text(file, strlen(file));
    }
    if (!directory) {
        n = readlink("/proc/self/exe", own, sizeof own - 1);
        own[n > 0 ? n : 0] = '\0';
        slash = strrchr(own, '/');
        if (slash) {
            *slash = '\0';
        }
        directory = n > 0 && slash ? own : ".";
    }
    path = memory_new(strlen(directory) + strlen(file) + 2, 1);
    snprintf(path, strlen(directory) + strlen(file) + 2, "%s/%s", directory, file);
    return path;
}

int file_begin(const char *path, uint64_t *n, char *why, size_t size)
{
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0 || fstat(fd, &info) != 0 || S_ISDIR(info.st_mode)) {
        snprintf(why, size, "cannot read %s: %s", path, strerror(fd >= 0 && S_ISDIR(info.st_mode) ? EISDIR : errno));
        if (fd >= 0) {
            close(fd);
        }
        return -1;
    }
    *n = (uint64_t)info.st_size;
    return fd;
}

bool file_finish(int fd, char *to, uint64_t n, const char *path, char *why, size_t size)
{
    uint64_t used = 0;

    while (used < n) {
        ssize_t got = read(fd, to + used, n - used);

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            snprintf(why, size, "cannot read %s: %s", path, got < 0 ? strerror(errno) : "it became shorter");
            close(fd);
            return false;
        }
        used += (uint64_t)got;
    }
    close(fd);
    return true;
}
