/* From generated C to a program or shared object: how it is compiled and linked. No shell is involved. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "check/check.h"
#include "driver.h"
#include "elf_stack.h"
#include "link_flags.h"
#include "toolchain.h"

/* ------------------------------------------------------------------ static programs */

/* One static file. What the runtime refers to weakly is asked for by name (runtime/static/static.h). */
static void add_whole(struct cc_command *command, const struct installation *home, const char *libraries)
{
    cc_add(command, "-static");
    cc_add(command, "-Wl,-u,swarm_resolver_static,-u,static_case,--wrap=dlopen");
    cc_add(command, "-Wl,--start-group");
    cc_add(command, home->library);
    cc_add(command, home->whole);
    cc_add_lines(command, libraries);
    cc_add_words(command, SWARM_STATIC_LINK_FLAGS);
    cc_add(command, "-Wl,--end-group");
}

/* Leaves out libraries of ours that the linker has not found: the scenario may not need them. False: it found all. */
static bool leave_out_missing(struct cc_command *command, const char *log)
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

/* ------------------------------------------------------------------ programs */

/* A large program is compiled at -O0 unless a level is asked for: 200 tasks take three times as long at -O1,
 * and a program of requests hardly runs faster. */
enum { LARGE = 512 * 1024 };

static char level_of(const struct opts *opts, size_t size)
{
    return opts->level ? opts->level : size > LARGE ? '0' : '1';
}

static void make_command(struct cc_command *command, const struct opts *opts, const struct installation *home,
                         const char *c_file, size_t size, const char *output, const char *objects,
                         const char *libraries)
{
    cc_add_compiler(command, opts);
    cc_add(command, "-std=gnu11");
    cc_add(command, arena_format(command->arena, "-O%c", level_of(opts, size)));
    if (opts->debug) {
        cc_add(command, "-g");
    }
    cc_add_words(command, SWARM_PROGRAM_CFLAGS);
    cc_add(command, arena_format(command->arena, "-I%s", home->include));
    cc_add(command, "-o");
    cc_add(command, output);
    cc_add(command, c_file);
    cc_add_lines(command, objects);
    if (home->whole) {
        add_whole(command, home, libraries);
        return;
    }
    cc_add(command, home->library);
    cc_add_lines(command, libraries);
    cc_add_words(command, SWARM_LINK_FLAGS);
}

/* ------------------------------------------------------------------ what fails */

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

static int failed(struct arena *arena, const struct cc_command *command, int status, int error, const char *log_file,
                  const char *c_file)
{
    if (status < 0) {
        return cc_not_there(command, error);
    }
    const char *log = cc_log(arena, log_file);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127 && log[0] == '\0') {
        return cc_not_there(command, ENOENT);
    }
    if (WIFSIGNALED(status)) {
        fprintf(stderr, "swarmc: the C compiler %s was ended by signal %d (%s)\n", command->argv[0], WTERMSIG(status),
                strsignal(WTERMSIG(status)));
        return EXIT_TOOLS;
    }
    if (cc_tell_missing(log)) {
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

/* ------------------------------------------------------------------ compiling */

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
    if (!home_find(&job->home)) {
        return EXIT_TOOLS;
    }
    job->c_file = files_temporary(arena, ".c", c, n);
    job->log_file = files_temporary(arena, ".log", "", 0);
    if (!job->c_file || !job->log_file) {
        return EXIT_TOOLS;
    }
    job->made = files_beside(arena, output);
    fd = mkostemp(job->made, O_CLOEXEC);
    if (fd < 0) {
        files_cannot_write(output);
        return EXIT_USAGE;
    }
    close(fd);
    temporary_add(job->made);
    return EXIT_FINE;
}

static int job_end(const struct job *job)
{
    if (rename(job->made, job->output) != 0) {
        files_cannot_write(job->output);
        return EXIT_USAGE;
    }
    temporary_forget(job->made);
    return EXIT_FINE;
}

/* The files of `extern`, and the libraries that they link: a line each. */
static int compile_externs(struct arena *arena, const struct opts *opts, const struct unit *unit, const struct job *job,
                           const char **objects, const char **libraries)
{
    *objects = *libraries = "";
    for (unsigned i = 0; i < unit->info->extern_count; i++) {
        const struct decl *decl = unit->info->externs[i];
        const char *object;
        int code = extern_compile(arena, opts, unit, &job->home, decl, job->log_file, &object);

        if (code != EXIT_FINE) {
            return code;
        }
        *objects = arena_format(arena, "%s%s\n", *objects, object);
        if (decl->link && decl->link->constness == CONST_KNOWN) {
            *libraries = arena_format(arena, "%s-l%s\n", *libraries, decl->link->known.text.p);
        }
    }
    return EXIT_FINE;
}

int toolchain_compile(const struct opts *opts, const struct unit *unit, const char *output, const char *c, size_t n)
{
    struct arena *arena = arena_new();
    struct cc_command command = {.arena = arena};
    const char *objects, *libraries;
    struct job job;
    int code = job_begin(arena, &job, output, c, n);

    if (code == EXIT_FINE && opts->whole && !(job.home.whole = home_static(arena, &job.home))) {
        code = EXIT_TOOLS;
    }
    if (code == EXIT_FINE) {
        code = compile_externs(arena, opts, unit, &job, &objects, &libraries);
    }
    if (code != EXIT_FINE) {
        goto cleanup;
    }
    make_command(&command, opts, &job.home, job.c_file, n, job.made, objects, libraries);
    errno = 0;
    int status = cc_run(&command, job.log_file);
    const char *first = opts->whole && status > 0 ? cc_log(arena, job.log_file) : "";
    if (leave_out_missing(&command, first)) {
        status = cc_run(&command, job.log_file);
    }
    if (status > 0 && cc_tell_missing(first)) {
        code = EXIT_TOOLS;
    } else if (status > 0 && unit->info->extern_count > 0 && extern_is_wanting(cc_log(arena, job.log_file))) {
        code = extern_refused(arena, opts, unit, unit->info->externs[unit->info->extern_count - 1], job.log_file, true);
    } else if (status != 0) {
        code = failed(arena, &command, status, errno, job.log_file, job.c_file);
    } else if (chmod(job.made, 0777 & ~umask_now()) != 0) {
        files_cannot_write(output);
        code = EXIT_USAGE;
    } else {
        code = job_end(&job);
        if (opts->whole) {
            warn_of_shared(arena, cc_log(arena, job.log_file));
        }
    }
cleanup:
    temporary_remove_all();
    arena_free(arena);
    return code;
}

/* ------------------------------------------------------------------ shared objects */

static void shared_command(struct cc_command *command, const struct opts *opts, const struct installation *home,
                           bool tcc, const char *c_file, const char *output)
{
    command->n = 0;
    if (tcc) {
        cc_add(command, "tcc");
    } else {
        cc_add_compiler(command, opts);
        cc_add(command, "-std=gnu11");
        cc_add(command, "-O0");
        cc_add_words(command, SWARM_PROGRAM_CFLAGS);
    }
    cc_add(command, "-shared");
    cc_add(command, "-fPIC");
    cc_add(command, arena_format(command->arena, "-I%s", home->include));
    cc_add(command, "-o");
    cc_add(command, output);
    cc_add(command, c_file);
}

int toolchain_shared(const struct opts *opts, const char *output, const char *c, size_t n, bool may_tcc)
{
    struct arena *arena = arena_new();
    struct cc_command command = {.arena = arena};
    struct job job;
    int code = job_begin(arena, &job, output, c, n), status = -1;

    if (code != EXIT_FINE) {
        goto cleanup;
    }
    if (may_tcc && !SWARM_PROGRAM_CFLAGS[0]) { /* what tcc cannot do the C compiler does */
        shared_command(&command, opts, &job.home, true, job.c_file, job.made);
        status = cc_run(&command, job.log_file);
        if (status == 0 && !elf_forbid_executable_stack(job.made)) { /* tcc says nothing of the stack */
            status = -1;
        }
    }
    if (status != 0) {
        shared_command(&command, opts, &job.home, false, job.c_file, job.made);
        errno = 0;
        status = cc_run(&command, job.log_file);
    }
    code = status == 0 ? job_end(&job) : failed(arena, &command, status, errno, job.log_file, job.c_file);
cleanup:
    temporary_remove_all();
    arena_free(arena);
    return code;
}
