/* The folder of the standard library, found relative to swarmc as the library of the runtime is: installed, in the
 * source folder, or beside the output of a build of one's own. */
#include "stdlib.h"

#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "diag/diag.h"

static const char *folder_if_there(struct arena *arena, const char *base, const char *path)
{
    const char *folder = arena_format(arena, "%s/%s", base, path);

    return access(folder, R_OK | X_OK) == 0 ? folder : NULL;
}

static const char *find_folder(struct arena *arena)
{
    static const char *const from_program[] = {"stdlib", "../stdlib", "../../stdlib", "../lib/swarm/stdlib"};
    const char *home = getenv("SWARM_HOME"), *folder = NULL;
    char dir[PATH_MAX];
    ssize_t n;

    if (home && *home) {
        folder = folder_if_there(arena, home, "lib/swarm/stdlib");
        return folder ? folder : folder_if_there(arena, home, "stdlib");
    }
    n = readlink("/proc/self/exe", dir, sizeof dir - 1);
    if (n <= 0)
        return NULL;
    dir[n] = '\0';
    *strrchr(dir, '/') = '\0';
    for (size_t i = 0; i < sizeof from_program / sizeof *from_program && !folder; i++)
        folder = folder_if_there(arena, dir, from_program[i]);
    return folder;
}

const char *stdlib_module(struct arena *arena, const char *name)
{
    const char *folder = find_folder(arena), *path;

    if (!folder || !*name || strchr(name, '/') || name[0] == '.')
        return NULL;
    path = arena_format(arena, "%s/%s.swarm", folder, name);
    return access(path, R_OK) == 0 ? path : NULL;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

enum { MOST_MODULES = 256 };

static size_t list_modules(struct arena *arena, const char *names[MOST_MODULES])
{
    const char *folder = find_folder(arena);
    DIR *dir = folder ? opendir(folder) : NULL;
    struct dirent *entry;
    size_t count = 0;

    while (dir && count < MOST_MODULES && (entry = readdir(dir))) {
        size_t n = strlen(entry->d_name);
        if (n > 6 && strcmp(entry->d_name + n - 6, ".swarm") == 0 && entry->d_name[0] != '.')
            names[count++] = arena_format(arena, "%.*s", (int)(n - 6), entry->d_name);
    }
    if (dir)
        closedir(dir);
    qsort(names, count, sizeof *names, by_name);
    return count;
}

void stdlib_offer(struct arena *arena, struct near *near)
{
    const char *names[MOST_MODULES];
    size_t count = list_modules(arena, names);

    for (size_t i = 0; i < count; i++)
        near_offer(near, names[i]);
}

const char *stdlib_names(struct arena *arena)
{
    const char *names[MOST_MODULES], *all = "";
    size_t count = list_modules(arena, names);

    for (size_t i = 0; i < count; i++)
        all = arena_format(arena, "%s%s%s", all, i ? ", " : "", names[i]);
    return count ? all : "none";
}
