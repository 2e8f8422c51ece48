/* C of one's own: a file of `extern` with the header of its prototypes, and what the C compiler or linker says of it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "check/check.h"
#include "check/extern.h"
#include "driver.h"
#include "link_flags.h"
#include "toolchain.h"

const char *extern_file(struct arena *arena, const struct unit *unit, const struct decl *decl)
{
    const char *name = decl->path->known.text.p, *beside = unit->sources.file[decl->span.file].path;
    const char *slash = strrchr(beside, '/');

    return name[0] != '/' && slash ? arena_format(arena, "%.*s/%s", (int)(slash - beside), beside, name) : name;
}

/* A folder with the header of prototypes; NULL: a message was printed. */
static const char *make_header(struct arena *arena, const struct decl *decl)
{
    const char *header, *text = extern_header(arena, decl);
    char *folder = (char *)arena_format(arena, "%s/swarmc-XXXXXX", files_folder());
    int fd;
    bool written;

    if (!mkdtemp(folder) || !temporary_add(folder)) {
        fprintf(stderr, "swarmc: cannot make a temporary folder: %s (TMPDIR says where)\n", strerror(errno));
        return NULL;
    }
    header = arena_format(arena, "%s/%s", folder, extern_header_name(arena, decl));
    fd = open(header, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    written = fd >= 0 && temporary_add(header) && files_write(fd, text, strlen(text));
    if (fd < 0 || close(fd) != 0 || !written) {
        fprintf(stderr, "swarmc: cannot write %s: %s\n", header, strerror(errno));
        return NULL;
    }
    return folder;
}

bool extern_is_wanting(const char *log)
{
    return strstr(log, "undefined reference") || strstr(log, "multiple definition") || strstr(log, "cannot find -l");
}

int extern_refused(struct arena *arena, const struct opts *opts, const struct unit *unit, const struct decl *decl,
                   const char *log_file, bool linked)
{
    const char *log = cc_log(arena, log_file), *file = decl->path->known.text.p;

    if (cc_tell_missing(log)) {
        return EXIT_TOOLS;
    }
    struct diags diags;
    diags_init(&diags, arena, unit->diags->sources);
    struct diag *diag = diag_add(&diags, DIAG_E0708, decl->path->span, "%s `%s`",
                                 linked ? "the linker refuses" : "the C compiler refuses", file);
    if (linked && opts->whole && strstr(log, "cannot find -l")) {
        diag_help(&diags, diag, "a static program needs its libraries as archives (libNAME.a)");
    }
    diag_print(&diags, stderr, opts->format, false);
    fputs(log, stderr);
    return EXIT_DIAGNOSTICS;
}

int extern_compile(struct arena *arena, const struct opts *opts, const struct unit *unit,
                   const struct installation *home, const struct decl *decl, const char *log_file, const char **object)
{
    struct cc_command command = {.arena = arena};
    const char *folder = make_header(arena, decl);

    *object = files_temporary(arena, ".o", "", 0);
    if (!folder || !*object) {
        return EXIT_TOOLS;
    }
    cc_add_compiler(&command, opts);
    cc_add(&command, "-std=gnu11");
    cc_add(&command, "-O2");
    cc_add(&command, "-g");
    cc_add_words(&command, SWARM_PROGRAM_CFLAGS);
    cc_add(&command, "-D_GNU_SOURCE");
    cc_add(&command, arena_format(arena, "-I%s", home->include));
    cc_add(&command, arena_format(arena, "-I%s", folder));
    cc_add(&command, "-c");
    cc_add(&command, "-o");
    cc_add(&command, *object);
    cc_add(&command, extern_file(arena, unit, decl));
    errno = 0;
    int status = cc_run(&command, log_file);
    if (status < 0) {
        return cc_not_there(&command, errno);
    }
    return status == 0 ? EXIT_FINE : extern_refused(arena, opts, unit, decl, log_file, false);
}
