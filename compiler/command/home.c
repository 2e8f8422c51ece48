/* Where the library and headers of Swarm are. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "driver.h"
#include "link_flags.h"
#include "toolchain.h"

static bool readable(const char *path)
{
    return access(path, R_OK) == 0;
}

/* Tries DIR/LIBRARY with DIR/INCLUDE/swarm/program.h. */
static bool try_home(struct installation *home, const char *dir, const char *library, const char *include)
{
    char header[PATH_MAX];
    home->whole = NULL;
    int a = snprintf(home->library, sizeof home->library, "%s/%s", dir, library);
    int b = snprintf(home->include, sizeof home->include, "%s/%s", dir, include);
    int c = snprintf(header, sizeof header, "%s/%s/swarm/program.h", dir, include);

    return a < PATH_MAX && b < PATH_MAX && c < PATH_MAX && readable(home->library) && readable(header);
}

bool home_find(struct installation *home)
{
    static const char *const places[][2] = {
        {"libswarm.a", "include"},                 /* any BUILD=, a link to the headers beside it */
        {"libswarm.a", "../runtime/include"},      /* build/ */
        {"libswarm.a", "../../runtime/include"},   /* build/NAME/ */
        {"../lib/swarm/libswarm.a", "../include"}, /* PREFIX/bin */
    };
    static const char *const under_home[][2] = {
        {"lib/swarm/libswarm.a", "include"},
        {"build/libswarm.a", "runtime/include"},
    };
    const char *said = getenv("SWARM_HOME");
    char dir[PATH_MAX];

    if (said && *said) {
        for (size_t i = 0; i < sizeof under_home / sizeof *under_home; i++) {
            if (try_home(home, said, under_home[i][0], under_home[i][1])) {
                return true;
            }
        }
        fprintf(stderr, "swarmc: SWARM_HOME is %s, but neither lib/swarm/libswarm.a nor build/libswarm.a is there\n",
                said);
        return false;
    }
    ssize_t n = readlink("/proc/self/exe", dir, sizeof dir - 1);
    if (n <= 0) {
        fprintf(stderr, "swarmc: cannot find out where I am (/proc/self/exe: %s); set SWARM_HOME\n", strerror(errno));
        return false;
    }
    dir[n] = '\0';
    *strrchr(dir, '/') = '\0';
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (try_home(home, dir[0] ? dir : "/", places[i][0], places[i][1])) {
            return true;
        }
    }
    fprintf(stderr,
            "swarmc: libswarm.a and swarm/program.h are not where I look for them, from %s on;\n"
            "        run `make` in the source folder or `make install`, or set SWARM_HOME\n",
            dir);
    return false;
}

/* The libswarm-static.a beside libswarm.a. NULL: a message was printed. */
const char *home_static(struct arena *arena, const struct installation *home)
{
    int folder = (int)(strrchr(home->library, '/') - home->library);
    const char *path = arena_format(arena, "%.*s/libswarm-static.a", folder, home->library);

    if (SWARM_PROGRAM_CFLAGS[0]) {
        fputs("swarmc: --static does not go with the sanitizers that Swarm was built with\n", stderr);
        return NULL;
    }
    if (!readable(path)) {
        fprintf(stderr,
                "swarmc: --static needs %s, which is left out when Swarm is built without libraries of it;\n"
                "        on Debian and Ubuntu: apt-get install libc-ares-dev libidn2-dev libunistring-dev, then build "
                "Swarm again\n",
                path);
        return NULL;
    }
    return path;
}

const char *home_library(struct arena *arena)
{
    struct installation home;

    return home_find(&home) ? arena_format(arena, "%s", home.library) : "";
}

const char *home_host(struct arena *arena)
{
    struct installation home;
    const char *host;

    if (!home_find(&home)) {
        return NULL;
    }
    host = arena_format(arena, "%.*s/swarm-host", (int)(strrchr(home.library, '/') - home.library), home.library);
    return access(host, X_OK) == 0 ? host : NULL;
}
