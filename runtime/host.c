/* swarm-host PROGRAM.so [OPTIONS]: the whole runtime, for scenarios that `swarmc run` has compiled into a shared object
 * without a link step. swarm_main(), which the object's main() calls, looks at the ABI before anything else. */
#include <dlfcn.h>
#include <stdio.h>

#include "base/exit_codes.h"

typedef int entry(int argc, char **argv);

int main(int argc, char **argv)
{
    void *object;
    entry *enter;

    if (argc < 3) {
        fprintf(stderr, "usage: %s PROGRAM.so NAME [OPTIONS]\n", argc > 0 ? argv[0] : "swarm-host");
        return EXIT_USAGE;
    }
    object = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    if (!object) {
        fprintf(stderr, "%s: error: %s\n", argv[2], dlerror());
        return EXIT_CANNOT_RUN;
    }
    *(void **)&enter = dlsym(object, "main");
    if (!enter) {
        fprintf(stderr, "%s: error: %s is no program of swarmc\n", argv[2], argv[1]);
        return EXIT_CANNOT_RUN;
    }
    return enter(argc - 2, argv + 2);
}
