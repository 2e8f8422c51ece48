/* Bodies and parts with files above 64 MB: read once, sent by all. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/memory.h"
#include "file.h"
#include "state.h"

/* A piece that is a file goes behind what is there. False: `why`. */
static bool add_file(struct swarm_large *large, const struct swarm_piece *piece, const char *directory, char *why,
                     size_t size)
{
    char *path = file_beside(piece->file, directory), *to;
    uint64_t n;
    int fd = file_begin(path, &n, why, size);
    bool good = false;

    if (fd >= 0) {
        large->bytes = memory_resize(large->bytes, large->size + n + 1, 1);
        to = large->bytes + large->size;
        good = file_finish(fd, to, n, path, why, size);
        large->size += n;
        if (good && large->boundary && memmem(to, n, large->boundary, strlen(large->boundary))) {
            snprintf(why, size,
                     "%s has changed: it holds the boundary of its multipart body; compile the scenario again", path);
            good = false;
        }
    }
    free(path);
    return good;
}

bool large_open(struct swarm_large *large, const char *directory, char *why, size_t size)
{
    size_t used;

    large->size = 0;
    for (uint32_t i = 0; i < large->count; i++) {
        const struct swarm_piece *piece = &large->pieces[i];

        if (piece->text) {
            large->bytes = memory_resize(large->bytes, large->size + piece->size + 1, 1);
            memcpy(large->bytes + large->size, piece->text, piece->size);
            large->size += piece->size;
        } else if (!add_file(large, piece, directory, why, size)) {
            used = strlen(why);
            snprintf(why + used, size - used, "; files above 64 MB are read from beside the program");
            large_close(large);
            return false;
        }
    }
    return true;
}

void large_close(struct swarm_large *large)
{
    free(large->bytes);
    large->bytes = NULL;
    large->size = 0;
}
