/*
 * file.h - report files: replaced as a whole, or growing by whole lines. Internal to report/.
 */
#ifndef SWARM_REPORT_FILE_H
#define SWARM_REPORT_FILE_H

#include <stdbool.h>
#include <stddef.h>

/* Makes the missing folders of a path. Returns 0 or an errno; *stuck_at (to be freed) is then the folder
 * that could not be made. */
int file_make_folders(const char *path, char **stuck_at);

/* Writes `path` as a whole: PATH.tmp, fsync, rename. Returns 0 or an errno, and then the old file is untouched. It waits for the
 * disk: never on the thread that starts the users. */
int file_replace(const char *path, const void *bytes, size_t len);

/* Writes over what is in `path`, which needs no space for a second file: the way out at the end when a
 * disk is full. When that fails too, `old`, its contents, is put back. Returns 0 or an errno. */
int file_overwrite(const char *path, const void *bytes, size_t len, const void *old, size_t old_len);

/* A file that grows. What could not be written is held back and written first the next time, up to a
 * limit. */
struct file_growing {
    int fd;         /* -1: not open */
    long long good; /* bytes of whole lines in it */
    char *pending;
    size_t pending_len;
    bool dropped; /* more was held back than the limit allows: lines are missing */
};

/* Empties or creates it. Returns 0 or an errno. */
int file_grow_open(struct file_growing *file, const char *path);

/* Appends whole lines; after an error none of them is in the file by half. Returns 0 or an errno. */
int file_grow(struct file_growing *file, const void *lines, size_t len);

/* Writes what is held back, fsync, close. Returns 0 or an errno. */
int file_grow_close(struct file_growing *file);

/* fsync where the file system knows it. Returns 0 or an errno. */
int file_sync_fd(int fd);

/* What a person can do about an errno of a report that `flag` ("--csv") asked for; valid until the thread asks again. */
const char *file_way_out(int error, const char *flag);

#endif
