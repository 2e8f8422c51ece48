/* output.c - see output.h */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/memory.h"
#include "file.h"

/* Creates the file beside it and removes it again. */
static int try_place(const struct output *o)
{
    int fd = open(o->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

    if (fd < 0)
        return errno;
    close(fd);
    unlink(o->temporary);
    return 0;
}

bool output_open(struct output *o, const char *flag, const char *path, char *why, size_t size)
{
    size_t path_size = strlen(path) + sizeof ".tmp";
    char *folder = NULL;
    struct stat info;
    int error;

    *o = (struct output){.flag = flag, .path = path};
    if (strcmp(path, "-") == 0)
        return true;
    error = file_make_folders(path, &folder);
    if (error) {
        snprintf(why, size, "cannot make the folder %s for %s: %s; %s", folder, flag, strerror(error),
                 file_way_out(error, flag));
        free(folder);
        return false;
    }
    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode)) {
        error = S_ISDIR(info.st_mode) ? EISDIR : access(path, W_OK) == 0 ? 0 : errno;
    } else {
        o->temporary = memory_new(path_size, 1);
        snprintf(o->temporary, path_size, "%s.tmp", path);
        error = try_place(o);
    }
    if (error)
        snprintf(why, size, "cannot write %s: %s; %s", path, strerror(error), file_way_out(error, flag));
    return error == 0;
}

void output_close(struct output *o)
{
    if (o->file)
        fclose(o->file);
    free(o->temporary);
    *o = (struct output){0};
}

bool output_is_file(const struct output *o)
{
    return o->temporary != NULL;
}

FILE *output_begin(struct output *o)
{
    const char *path = o->temporary ? o->temporary : o->path;
    int fd;

    if (!o->temporary && strcmp(o->path, "-") == 0)
        fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
    else
        fd = open(path, O_WRONLY | O_CREAT | (o->temporary ? O_TRUNC : 0) | O_CLOEXEC, 0666);
    o->error = fd < 0 ? errno : 0;
    if (fd < 0)
        return NULL;
    o->file = fdopen(fd, "w");
    if (!o->file) {
        o->error = errno;
        close(fd);
    }
    return o->file;
}

bool output_commit(struct output *o)
{
    bool good = fflush(o->file) == 0 && !ferror(o->file);
    int error = good ? 0 : errno ? errno : EIO;

    if (good && o->temporary)
        error = file_sync_fd(fileno(o->file));
    if (fclose(o->file) != 0 && !error)
        error = errno;
    o->file = NULL;
    if (!error && o->temporary && rename(o->temporary, o->path) != 0)
        error = errno;
    if (error && o->temporary)
        unlink(o->temporary);
    o->error = error;
    return error == 0;
}
