/* Files that a program reads when it starts. */
#ifndef SWARM_STATE_FILE_H
#define SWARM_STATE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where a file is: beside the program, or in `directory` where that is not NULL; from / on as it stands. The caller frees it. */
char *file_beside(const char *file, const char *directory);

/* Opens a regular file: a descriptor and the file's size, or -1 and in `why` (size bytes) the reason. */
int file_begin(const char *path, uint64_t *n, char *why, size_t size);
/* Reads the n bytes and closes the descriptor. False: `why`. */
bool file_finish(int fd, char *to, uint64_t n, const char *path, char *why, size_t size);

#endif
