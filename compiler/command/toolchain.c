/* The C compiler: where the library and headers of Swarm are, how the program is compiled and linked, and
 * what is missing when that fails. No shell is involved. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "check/check.h"
#include "check/extern.h"
#include "driver.h"
#include "elf_stack.h"
#include "link_flags.h"

extern char **environ;

/* ------------------------------------------------------------------ where Swarm is */

struct installation {
    char library[PATH_MAX], include[PATH_MAX];
    const char *whole; /* libswarm-static.a beside it, or NULL: no --static */
};

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

static bool find_home(struct installation *home)
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

/* ------------------------------------------------------------------ the command */

enum { MAX_ARGUMENTS = 128 };

struct command {
    const char *argv[MAX_ARGUMENTS];
    size_t n;
    struct arena *arena;
};

static void add(struct command *command, const char *argument)
{
    if (command->n + 1 < MAX_ARGUMENTS) {
        command->argv[command->n++] = argument;
        command->argv[command->n] = NULL;
    }
}

/* Words between spaces: "ccache gcc". */
static void add_words(struct command *command, const char *words)
{
    for (const char *p = words + strspn(words, " \t"); *p; p += strspn(p, " \t")) {
        size_t n = strcspn(p, " \t");
        add(command, arena_copy(command->arena, p, n));
        p += n;
    }
}

static void add_lines(struct command *command, const char *lines)
{
    for (const char *p = lines; *p;) {
        size_t n = strcspn(p, "\n");
        add(command, arena_copy(command->arena, p, n));
        p += n + (p[n] == '\n');
    }
}

/* A large program is compiled at -O0 unless a level is asked for: 200 tasks take three times as long at -O1,
 * and a program of requests hardly runs faster. */
enum { LARGE = 512 * 1024 };

static char level_of(const struct opts *opts, size_t size)
{
    return opts->level ? opts->level : size > LARGE ? '0' : '1';
}

/* One static file. What the runtime refers to weakly is asked for by name (runtime/static/static.h). */
static void add_whole(struct command *command, const struct installation *home, const char *libraries)
{
    add(command, "-static");
    add(command, "-Wl,-u,swarm_resolver_static,-u,static_case,--wrap=dlopen");
    add(command, "-Wl,--start-group");
    add(command, home->library);
    add(command, home->whole);
    add_lines(command, libraries);
    add_words(command, SWARM_STATIC_LINK_FLAGS);
    add(command, "-Wl,--end-group");
}

static void make_command(struct command *command, const struct opts *opts, const struct installation *home,
                         const char *c_file, size_t size, const char *output, const char *objects,
                         const char *libraries)
{
    const char *cc = opts->cc ? opts->cc : getenv("CC");

    add_words(command, cc && *cc ? cc : "cc");
    if (command->n == 0) {
        add(command, "cc");
    }
    add(command, "-std=gnu11");
    add(command, arena_format(command->arena, "-O%c", level_of(opts, size)));
    if (opts->debug) {
        add(command, "-g");
    }
    add_words(command, SWARM_PROGRAM_CFLAGS);
    add(command, arena_format(command->arena, "-I%s", home->include));
    add(command, "-o");
    add(command, output);
    add(command, c_file);
    add_lines(command, objects);
    if (home->whole) {
        add_whole(command, home, libraries);
        return;
    }
    add(command, home->library);
    add_lines(command, libraries);
    add_words(command, SWARM_LINK_FLAGS);
}

/* Runs it with its messages in `log`. Returns the wait status, or -1 with errno. */
static int run(const struct command *command, const char *log)
{
    posix_spawn_file_actions_t actions;
    pid_t pid;
    int status;

    if (posix_spawn_file_actions_init(&actions) != 0) {
        errno = ENOMEM;
        return -1;
    }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_TRUNC | O_APPEND, 0600);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    int error = posix_spawnp(&pid, command->argv[0], &actions, NULL, (char *const *)command->argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) {
        errno = error;
        return -1;
    }
    temporary_child(pid);
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) {
            temporary_child(0);
            return -1;
        }
    }
    temporary_child(0);
    return status;
}

/* ------------------------------------------------------------------ static programs */

/* Leaves out libraries of ours that the linker has not found: the scenario may not need them. False: it found all. */
static bool leave_out_missing(struct command *command, const char *log)
{
    size_t n = 0;

    for (size_t i = 0; i < command->n; i++) {
        const char *library = command->argv[i], *said = arena_format(command->arena, "cannot find %s:", library);

        if (strncmp(library, "-l", 2) != 0 || !strstr(SWARM_STATIC_LINK_FLAGS, library) || !strstr(log, said)) {
            command->argv[n++] = library;
        }
    }
    bool any = n < command->n;
    command->n = n;
    command->argv[n] = NULL;
    return any;
}

/* The libswarm-static.a beside libswarm.a. NULL: a message was printed. */
static const char *whole_library(struct arena *arena, const struct installation *home)
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

/* What C of one's own uses that glibc cannot do in a static program. */
static void warn_of_shared(struct arena *arena, const char *log)
{
    static const char begin[] = "warning: Using '", end[] = "' in statically linked";

    for (const char *p = strstr(log, begin); p; p = strstr(p, begin)) {
        const char *stop = strstr(p += strlen(begin), end);

        if (!stop) {
            return;
        }
        fprintf(stderr,
                "swarmc: warning: the C of this scenario uses %s(), which loads shared libraries of the C library "
                "while the\n"
                "        program runs; where they are not there, or of another version, it fails\n",
                arena_copy(arena, p, (size_t)(stop - p)));
    }
}

/* ------------------------------------------------------------------ what is missing */

static const struct {
    const char *said;           /* by the C compiler or linker */
    const char *what, *package; /* of Debian and Ubuntu */
} missing[] = {
    {"cannot find -lcurl", "the library libcurl", "libcurl4-openssl-dev"},
    {"cannot find -luv", "the library libuv", "libuv1-dev"},
    {"cannot find -luv_a", "the static library libuv", "libuv1-dev"},
    {"cannot find -lcares", "the static library c-ares", "libc-ares-dev"},
    {"cannot find -lidn2", "the static library libidn2", "libidn2-dev"},
    {"cannot find -lunistring", "the static library libunistring", "libunistring-dev"},
    {"cannot find -licuuc", "the static library ICU", "libicu-dev"},
    {"cannot find -licui18n", "the static library ICU", "libicu-dev"},
    {"cannot find -licudata", "the static library ICU", "libicu-dev"},
    {"cannot find -llzma", "the static library liblzma", "liblzma-dev"},
    {"cannot find -lstdc++", "the static library of C++, which ICU needs,", "g++"},
    {"cannot find -lxml2", "the library libxml2", "libxml2-dev"},
    {"cannot find -lbrotlicommon", "the library Brotli", "libbrotli-dev"},
    {"cannot find -lcjson", "the library cJSON", "libcjson-dev"},
    {"cannot find -lpcre2-8", "the library PCRE2", "libpcre2-dev"},
    {"cannot find -lssl", "the library OpenSSL", "libssl-dev"},
    {"cannot find -lcrypto", "the library OpenSSL", "libssl-dev"},
    {"cannot find -lz", "the library zlib", "zlib1g-dev"},
    {"cannot find -lbrotlidec", "the library Brotli", "libbrotli-dev"},
    {"cannot find -lpsl", "the library libpsl", "libpsl-dev"},
    {"cannot find -lasan", "the library of the address sanitizer", "gcc"},
    {"cannot find -lm", "the C library's development files", "libc6-dev"},
    {"cannot find -lpthread", "the C library's development files", "libc6-dev"},
    {"cannot find -lc", "the C library's development files", "libc6-dev"},
    {"cannot find crt1.o", "the C library's development files", "libc6-dev"},
    {"cannot find Scrt1.o", "the C library's development files", "libc6-dev"},
    {"stdint.h: No such file", "the C library's development files", "libc6-dev"},
    {"stdint.h' file not found", "the C library's development files", "libc6-dev"},
    {"stddef.h: No such file", "the C compiler's own headers", "gcc"},
    {"cannot execute 'as'", "the assembler", "binutils"},
    {"cannot execute ‘as’", "the assembler", "binutils"},
    {"cannot execute 'cc1'", "the C compiler itself", "gcc"},
    {"cannot execute ‘cc1’", "the C compiler itself", "gcc"},
    {"cannot find 'ld'", "the linker", "binutils"},
    {"cannot find ‘ld’", "the linker", "binutils"},
    {"unable to execute command: Executable \"ld\"", "the linker", "binutils"},
};

/* Says what is missing, if that is why it failed. */
static bool tell_missing(const char *log)
{
    const char *told = NULL; /* those of one package stand together */

    for (size_t i = 0; i < sizeof missing / sizeof *missing; i++) {
        const char *found = strstr(log, missing[i].said);
        char behind = found ? found[strlen(missing[i].said)] : 'x';
        if (!found ||
            (strncmp(missing[i].said, "cannot find -l", 14) == 0 && behind != ':' && behind != '\n' &&
             behind != '\0') ||
            (told && strcmp(told, missing[i].package) == 0)) {
            continue;
        }
        fprintf(stderr, "swarmc: %s is not installed; on Debian and Ubuntu: apt-get install %s\n", missing[i].what,
                missing[i].package);
        told = missing[i].package;
    }
    return told;
}

static int no_compiler(const struct command *command, int error)
{
    if (error == ENOENT) {
        fprintf(stderr,
                "swarmc: there is no C compiler called %s; on Debian and Ubuntu: apt-get install gcc libc6-dev\n"
                "        (another one can be named with --cc or in the environment variable CC)\n",
                command->argv[0]);
    } else {
        fprintf(stderr, "swarmc: cannot run the C compiler %s: %s\n", command->argv[0], strerror(error));
    }
    return EXIT_TOOLS;
}

/* ------------------------------------------------------------------ files */

static bool write_all(int fd, const char *text, size_t n)
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

/* A file of a name nobody has, in TMPDIR; it is removed at the end. */
static const char *make_temporary(struct arena *arena, const char *suffix, const char *text, size_t n)
{
    const char *dir = getenv("TMPDIR");
    char *path = (char *)arena_format(arena, "%s/swarmc-XXXXXX%s", dir && *dir ? dir : "/tmp", suffix);
    int fd = mkostemps(path, (int)strlen(suffix), O_CLOEXEC);

    if (fd < 0 || !temporary_add(path)) {
        fprintf(stderr, "swarmc: cannot make a temporary file in %s: %s (TMPDIR names another folder)\n",
                dir && *dir ? dir : "/tmp", strerror(errno));
        if (fd >= 0) {
            close(fd);
            unlink(path);
        }
        return NULL;
    }
    bool written = write_all(fd, text, n);
    if (close(fd) != 0 || !written) {
        fprintf(stderr, "swarmc: cannot write %s: %s\n", path, strerror(errno));
        return NULL;
    }
    return path;
}

/* Where the result is made, in the folder where it will be, so that it gets its name at once. */
static char *beside(struct arena *arena, const char *output)
{
    const char *slash = strrchr(output, '/');
    int dir = slash ? (int)(slash - output) + 1 : 0;

    return (char *)arena_format(arena, "%.*s.%s.XXXXXX", dir, output, output + dir);
}

static bool cannot_write(const char *output)
{
    fprintf(stderr, "swarmc: cannot write %s: %s\n", output, strerror(errno));
    return false;
}

bool write_file(const char *path, const char *text, size_t n, unsigned mode)
{
    struct arena *arena = arena_new();
    char *name = beside(arena, path);
    int fd = mkostemp(name, O_CLOEXEC);
    bool done = false;

    if (fd < 0) {
        cannot_write(path);
        goto cleanup;
    }
    temporary_add(name);
    done = write_all(fd, text, n) && fchmod(fd, mode) == 0;
    done = close(fd) == 0 && done && rename(name, path) == 0;
    if (!done) {
        cannot_write(path);
        unlink(name);
    }
    temporary_forget(name);
cleanup:
    arena_free(arena);
    return done;
}

static char *read_log(struct arena *arena, const char *path)
{
    enum { MAX = 64 * 1024 };
    char *text = arena_alloc(arena, MAX + 1);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t n = 0;
    ssize_t got;

    while (fd >= 0 && n < MAX && (got = read(fd, text + n, MAX - n)) > 0) {
        n += (size_t)got;
    }
    if (fd >= 0) {
        close(fd);
    }
    text[n] = '\0';
    return text;
}

/* ------------------------------------------------------------------ compiling */

/* The C compiler did not like what we gave it. */
static int bug(const char *log, const char *c_file)
{
    fputs(log, stderr);
    fprintf(stderr,
            "\nswarmc: the C compiler refuses what swarmc made of the scenario. This is a bug of swarmc;\n"
            "        please report it with the scenario. The generated C is kept in %s\n",
            c_file);
    temporary_forget(c_file);
    return EXIT_INTERNAL;
}

static int failed(struct arena *arena, const struct command *command, int status, int error, const char *log_file,
                  const char *c_file)
{
    if (status < 0) {
        return no_compiler(command, error);
    }
    const char *log = read_log(arena, log_file);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127 && log[0] == '\0') {
        return no_compiler(command, ENOENT);
    }
    if (WIFSIGNALED(status)) {
        fprintf(stderr, "swarmc: the C compiler %s was ended by signal %d (%s)\n", command->argv[0], WTERMSIG(status),
                strsignal(WTERMSIG(status)));
        return EXIT_TOOLS;
    }
    if (tell_missing(log)) {
        return EXIT_TOOLS;
    }
    if (strstr(log, "No space left on device")) {
        fputs(log, stderr);
        fputs("swarmc: the disk is full (TMPDIR names another folder for temporary files)\n", stderr);
        return EXIT_TOOLS;
    }
    return bug(log, c_file);
}

static mode_t umask_now(void)
{
    mode_t mask = umask(0);
    umask(mask);
    return mask;
}

/* ------------------------------------------------------------------ C of one's own */

struct foreign {
    const struct decl *decl;
    const char *object;
};

static const char *file_of(struct arena *arena, const struct unit *unit, const struct decl *decl)
{
    const char *name = decl->path->known.text.p, *beside = unit->sources.file[decl->span.file].path;
    const char *slash = strrchr(beside, '/');

    return name[0] != '/' && slash ? arena_format(arena, "%.*s/%s", (int)(slash - beside), beside, name) : name;
}

/* A folder with the header of prototypes; NULL: a message was printed. */
static const char *make_header(struct arena *arena, const struct decl *decl)
{
    const char *tmp = getenv("TMPDIR"), *header, *text = extern_header(arena, decl);
    char *folder = (char *)arena_format(arena, "%s/swarmc-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    int fd;
    bool written;

    if (!mkdtemp(folder) || !temporary_add(folder)) {
        fprintf(stderr, "swarmc: cannot make a temporary folder: %s (TMPDIR says where)\n", strerror(errno));
        return NULL;
    }
    header = arena_format(arena, "%s/%s", folder, extern_header_name(arena, decl));
    fd = open(header, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    written = fd >= 0 && temporary_add(header) && write_all(fd, text, strlen(text));
    if (fd < 0 || close(fd) != 0 || !written) {
        fprintf(stderr, "swarmc: cannot write %s: %s\n", header, strerror(errno));
        return NULL;
    }
    return folder;
}

/* Something that only files of one's own can ask for is missing or there twice. */
static bool is_of_linker(const char *log)
{
    return strstr(log, "undefined reference") || strstr(log, "multiple definition") || strstr(log, "cannot find -l");
}

/* What the C compiler says of a file of one's own is shown as it is, under the extern line. */
static int foreign_failed(struct arena *arena, const struct opts *opts, const struct unit *unit,
                          const struct decl *decl, const char *log_file, bool linked)
{
    const char *log = read_log(arena, log_file), *file = decl->path->known.text.p;

    if (tell_missing(log)) {
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

static int compile_foreign(struct arena *arena, const struct opts *opts, const struct unit *unit,
                           const struct installation *home, struct foreign *foreign, const char *log_file)
{
    struct command command = {.arena = arena};
    const char *cc = opts->cc ? opts->cc : getenv("CC"), *folder = make_header(arena, foreign->decl);

    foreign->object = make_temporary(arena, ".o", "", 0);
    if (!folder || !foreign->object) {
        return EXIT_TOOLS;
    }
    add_words(&command, cc && *cc ? cc : "cc");
    add(&command, "-std=gnu11");
    add(&command, "-O2");
    add(&command, "-g");
    add_words(&command, SWARM_PROGRAM_CFLAGS);
    add(&command, "-D_GNU_SOURCE");
    add(&command, arena_format(arena, "-I%s", home->include));
    add(&command, arena_format(arena, "-I%s", folder));
    add(&command, "-c");
    add(&command, "-o");
    add(&command, foreign->object);
    add(&command, file_of(arena, unit, foreign->decl));
    errno = 0;
    int status = run(&command, log_file);
    if (status < 0) {
        return no_compiler(&command, errno);
    }
    return status == 0 ? EXIT_FINE : foreign_failed(arena, opts, unit, foreign->decl, log_file, false);
}

/* The files of one call of the compiler. The output appears under its name when it is complete. */
struct job {
    struct installation home;
    const char *c_file, *log_file, *output;
    char *made; /* beside the output */
};

/* EXIT_FINE, or what went wrong, told. */
static int job_begin(struct arena *arena, struct job *job, const char *output, const char *c, size_t n)
{
    int fd;

    *job = (struct job){.output = output};
    if (!find_home(&job->home)) {
        return EXIT_TOOLS;
    }
    job->c_file = make_temporary(arena, ".c", c, n);
    job->log_file = make_temporary(arena, ".log", "", 0);
    if (!job->c_file || !job->log_file) {
        return EXIT_TOOLS;
    }
    job->made = beside(arena, output);
    fd = mkostemp(job->made, O_CLOEXEC);
    if (fd < 0) {
        cannot_write(output);
        return EXIT_USAGE;
    }
    close(fd);
    temporary_add(job->made);
    return EXIT_FINE;
}

static int job_end(const struct job *job)
{
    if (rename(job->made, job->output) != 0) {
        cannot_write(job->output);
        return EXIT_USAGE;
    }
    temporary_forget(job->made);
    return EXIT_FINE;
}

int toolchain_compile(const struct opts *opts, const struct unit *unit, const char *output, const char *c, size_t n)
{
    struct arena *arena = arena_new();
    struct command command = {.arena = arena};
    struct job job;
    int code = job_begin(arena, &job, output, c, n);

    if (code == EXIT_FINE && opts->whole && !(job.home.whole = whole_library(arena, &job.home))) {
        code = EXIT_TOOLS;
    }
    if (code != EXIT_FINE) {
        goto cleanup;
    }
    const char *objects = "", *libraries = "";
    for (unsigned i = 0; i < unit->info->extern_count; i++) {
        struct foreign foreign = {.decl = unit->info->externs[i]};
        code = compile_foreign(arena, opts, unit, &job.home, &foreign, job.log_file);
        if (code != EXIT_FINE) {
            goto cleanup;
        }
        objects = arena_format(arena, "%s%s\n", objects, foreign.object);
        if (foreign.decl->link && foreign.decl->link->constness == CONST_KNOWN) {
            libraries = arena_format(arena, "%s-l%s\n", libraries, foreign.decl->link->known.text.p);
        }
    }
    make_command(&command, opts, &job.home, job.c_file, n, job.made, objects, libraries);
    errno = 0;
    int status = run(&command, job.log_file);
    const char *first = opts->whole && status > 0 ? read_log(arena, job.log_file) : "";
    if (leave_out_missing(&command, first)) {
        status = run(&command, job.log_file);
    }
    if (status > 0 && tell_missing(first)) {
        code = EXIT_TOOLS;
    } else if (status > 0 && unit->info->extern_count > 0 && is_of_linker(read_log(arena, job.log_file))) {
        code = foreign_failed(arena, opts, unit, unit->info->externs[unit->info->extern_count - 1], job.log_file, true);
    } else if (status != 0) {
        code = failed(arena, &command, status, errno, job.log_file, job.c_file);
    } else if (chmod(job.made, 0777 & ~umask_now()) != 0) {
        cannot_write(output);
        code = EXIT_USAGE;
    } else {
        code = job_end(&job);
        if (opts->whole) {
            warn_of_shared(arena, read_log(arena, job.log_file));
        }
    }
cleanup:
    temporary_remove_all();
    arena_free(arena);
    return code;
}

/* ------------------------------------------------------------------ shared objects */

const char *extern_file(struct arena *arena, const struct unit *unit, const struct decl *decl)
{
    return file_of(arena, unit, decl);
}

const char *toolchain_library(struct arena *arena)
{
    struct installation home;

    return find_home(&home) ? arena_format(arena, "%s", home.library) : "";
}

const char *toolchain_host(struct arena *arena)
{
    struct installation home;
    const char *host;

    if (!find_home(&home)) {
        return NULL;
    }
    host = arena_format(arena, "%.*s/swarm-host", (int)(strrchr(home.library, '/') - home.library), home.library);
    return access(host, X_OK) == 0 ? host : NULL;
}

static void shared_command(struct command *command, const struct opts *opts, const struct installation *home, bool tcc,
                           const char *c_file, const char *output)
{
    const char *cc = opts->cc ? opts->cc : getenv("CC");

    command->n = 0;
    if (tcc) {
        add(command, "tcc");
    } else {
        add_words(command, cc && *cc ? cc : "cc");
        add(command, "-std=gnu11");
        add(command, "-O0");
        add_words(command, SWARM_PROGRAM_CFLAGS);
    }
    add(command, "-shared");
    add(command, "-fPIC");
    add(command, arena_format(command->arena, "-I%s", home->include));
    add(command, "-o");
    add(command, output);
    add(command, c_file);
}

int toolchain_shared(const struct opts *opts, const char *output, const char *c, size_t n, bool may_tcc)
{
    struct arena *arena = arena_new();
    struct command command = {.arena = arena};
    struct job job;
    int code = job_begin(arena, &job, output, c, n), status = -1;

    if (code != EXIT_FINE) {
        goto cleanup;
    }
    if (may_tcc && !SWARM_PROGRAM_CFLAGS[0]) { /* what tcc cannot do the C compiler does */
        shared_command(&command, opts, &job.home, true, job.c_file, job.made);
        status = run(&command, job.log_file);
        if (status == 0 && !elf_forbid_executable_stack(job.made)) { /* tcc says nothing of the stack */
            status = -1;
        }
    }
    if (status != 0) {
        shared_command(&command, opts, &job.home, false, job.c_file, job.made);
        errno = 0;
        status = run(&command, job.log_file);
    }
    code = status == 0 ? job_end(&job) : failed(arena, &command, status, errno, job.log_file, job.c_file);
cleanup:
    temporary_remove_all();
    arena_free(arena);
    return code;
}
