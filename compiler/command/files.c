/* Files that swarmc writes: temporary ones, and results, which appear under their name when they are complete. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "driver.h"
#include "toolchain.h"

bool files_write(int fd, const char *text, size_t n)
{
    while (n > 0) {
        ssize_t written = write(fd, text, n);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return false;
        }
        text += written;
        n -= (size_t)written;
    }
    return true;
}

const char *files_folder(void)
{
    const char *folder = getenv("TMPDIR");

    return folder && *folder ? folder : "/tmp";
}

const char *files_temporary(struct arena *arena, const char *suffix, const char *text, size_t n)
{
    char *path = (char *)arena_format(arena, "%s/swarmc-XXXXXX%s", files_folder(), suffix);
    int fd = mkostemps(path, (int)strlen(suffix), O_CLOEXEC);

    if (fd < 0 || !temporary_add(path)) {
        fprintf(stderr, "swarmc: cannot make a temporary file in %s: %s (TMPDIR names another folder)\n",
                files_folder(), strerror(errno));
        if (fd >= 0) {
            close(fd);
            unlink(path);
        }
        return NULL;
    }
    bool written = files_write(fd, text, n);
    if (close(fd) != 0 || !written) {
        fprintf(stderr, "swarmc: cannot write %s: %s\n", path, strerror(errno));
        return NULL;
    }
    return path;
}

char *files_beside(struct arena *arena, const char *output)
{
    const char *slash = strrchr(output, '/');
    int dir = slash ? (int)(slash - output) + 1 : 0;

    return (char *)arena_format(arena, "%.*s.%s.XXXXXX", dir, output, output + dir);
}

bool files_cannot_write(const char *output)
{
    fprintf(stderr, "swarmc: cannot write %s: %s\n", output, strerror(errno));
    return false;
}

bool write_file(const char *path, const char *text, size_t n, unsigned mode)
{
    struct arena *arena = arena_new();
    char *name = files_beside(arena, path);
    int fd = mkostemp(name, O_CLOEXEC);
    bool done = false;

    if (fd < 0) {
        files_cannot_write(path);
        goto cleanup;
    }
    temporary_add(name);
    done = files_write(fd, text, n) && fchmod(fd, mode) == 0;
    done = close(fd) == 0 && done && rename(name, path) == 0;
    if (!done) {
        files_cannot_write(path);
        unlink(name);
    }
    temporary_forget(name);
cleanup:
    arena_free(arena);
    return done;
}
