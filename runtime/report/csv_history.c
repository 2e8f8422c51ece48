/* csv_history.c - see csv_history.h */
#include "csv_history.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/memory.h"

enum { MOMENT_SIZE = 64 };

/* Copies what stays. Fields of a history hold no line ends, so a line is a record. Returns 0 or an errno. */
static int copy_every_second(FILE *from, FILE *to)
{
    char *line = NULL, moment[MOMENT_SIZE] = "";
    size_t size = 0;
    bool keeps = false;
    ssize_t n = getline(&line, &size, from);

    if (n > 0)
        fwrite(line, 1, (size_t)n, to);
    while ((n = getline(&line, &size, from)) > 0) {
        size_t field = strcspn(line, ",");

        field = field < MOMENT_SIZE - 1 ? field : MOMENT_SIZE - 1;
        if (strncmp(moment, line, field) != 0 || moment[field]) {
            memcpy(moment, line, field);
            moment[field] = '\0';
            keeps = !keeps;
        }
        if (keeps)
            fwrite(line, 1, (size_t)n, to);
    }
    free(line);
    return ferror(from) || fflush(to) != 0 || ferror(to) ? (errno ? errno : EIO) : 0;
}

int csv_history_thin(struct file_growing *file, const char *path)
{
    size_t path_size = strlen(path) + sizeof ".tmp";
    char *temporary = memory_new(path_size, 1);
    FILE *from = fopen(path, "re"), *to = NULL;
    int error = from ? 0 : errno, fd = -1;

    snprintf(temporary, path_size, "%s.tmp", path);
    if (!error) {
        to = fopen(temporary, "we");
        error = to ? copy_every_second(from, to) : errno;
    }
    if (to && fclose(to) != 0 && !error)
        error = errno;
    if (from)
        fclose(from);
    if (!error) {
        fd = open(temporary, O_WRONLY | O_CLOEXEC);
        error = fd < 0 ? errno : rename(temporary, path) == 0 ? 0 : errno;
    }
    if (error) {
        if (fd >= 0)
            close(fd);
        if (to)
            unlink(temporary);
    } else {
        close(file->fd);
        file->fd = fd;
        file->good = lseek(fd, 0, SEEK_END);
    }
    free(temporary);
    return error;
}
