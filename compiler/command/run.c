/* swarmc run and swarmc test: compile into a cache and become the program.
 *
 * The cache holds KEY.so (for swarm-host) or KEY (a whole program, for scenarios with C of their own), KEY being a
 * hash of the generated C, of the files it takes in and of what compiles it. A file appears under its name when it is whole,
 * so runs at the same time do not disturb each other; what was not used for longest goes when there are too many. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "check/engine.h"
#include "command.h"
#include "driver.h"
#include "emit/emit.h"
#include "tree/ast.h"

enum {
    MOST_KEPT = 40, /* programs in the cache */
    YOUNG = 600,    /* seconds in which one is not removed: it may be about to run */
    MOST_ARGUMENTS = 4096,
};

/* ------------------------------------------------------------------ the key */

struct key {
    uint64_t a, b;
};

/* FNV-1a, 64 bits, from two bases. */
static void key_add(struct key *key, const void *bytes, size_t n)
{
    const unsigned char *p = bytes;

    for (size_t i = 0; i < n; i++) {
        key->a = (key->a ^ p[i]) * 0x100000001b3u;
        key->b = (key->b ^ p[i] ^ 0x5a) * 0x100000001b3u;
    }
}

static void key_add_text(struct key *key, const char *text)
{
    key_add(key, text, strlen(text) + 1);
}

static void key_add_file(struct key *key, const char *path)
{
    struct stat info;

    if (stat(path, &info) == 0) {
        int64_t of[] = {(int64_t)info.st_size, (int64_t)info.st_mtim.tv_sec, (int64_t)info.st_mtim.tv_nsec,
                        (int64_t)info.st_ino};
        key_add(key, of, sizeof of);
    }
    key_add_text(key, path);
}

/* Files that the assembler takes in: `.incbin \"path\"` in the C. */
static bool add_embedded(struct key *key, struct arena *arena, const char *c)
{
    static const char mark[] = ".incbin \\\"";
    bool any = false;

    for (const char *p = strstr(c, mark); p; p = strstr(p, mark)) {
        const char *end;
        p += sizeof mark - 1;
        end = strstr(p, "\\\"");
        key_add_file(key, arena_copy(arena, p, end ? (size_t)(end - p) : strlen(p)));
        any = true;
    }
    return any;
}

/* ------------------------------------------------------------------ the cache */

/* $XDG_CACHE_HOME/swarm or ~/.cache/swarm, made when it is not there; NULL: a message was printed. */
static const char *cache_folder(struct arena *arena)
{
    const char *base = getenv("XDG_CACHE_HOME"), *home = getenv("HOME"), *folder;

    if (!(base && base[0] == '/')) {
        if (!home || home[0] != '/') {
            fputs("swarmc: there is no place for the cache: HOME and XDG_CACHE_HOME are not set\n", stderr);
            return NULL;
        }
        base = arena_format(arena, "%s/.cache", home);
    }
    folder = arena_format(arena, "%s/swarm", base);
    (void)mkdir(base, 0700);
    if (mkdir(folder, 0700) != 0 && errno != EEXIST) {
        fprintf(stderr, "swarmc: cannot make %s: %s\n", folder, strerror(errno));
        return NULL;
    }
    return folder;
}

struct kept {
    char name[256];
    struct timespec used;
};

static int older(const void *a, const void *b)
{
    const struct timespec *x = &((const struct kept *)a)->used, *y = &((const struct kept *)b)->used;

    return x->tv_sec != y->tv_sec ? (x->tv_sec < y->tv_sec ? -1 : 1)
                                  : (x->tv_nsec > y->tv_nsec) - (x->tv_nsec < y->tv_nsec);
}

/* Removes what was not used for longest. Who is running already keeps its file open. */
static void tidy(const char *folder)
{
    enum { ROOM = 1024 };
    struct kept *kept = calloc(ROOM, sizeof *kept);
    DIR *dir = opendir(folder);
    struct dirent *entry;
    time_t now = time(NULL);
    size_t n = 0;

    while (kept && dir && n < ROOM && (entry = readdir(dir))) {
        struct stat info;
        if (entry->d_name[0] == '.' || fstatat(dirfd(dir), entry->d_name, &info, 0) != 0 || !S_ISREG(info.st_mode))
            continue;
        snprintf(kept[n].name, sizeof kept[n].name, "%.255s", entry->d_name);
        kept[n++].used = info.st_mtim;
    }
    if (n > MOST_KEPT)
        qsort(kept, n, sizeof *kept, older);
    for (size_t i = 0; i + MOST_KEPT < n; i++)
        if (kept[i].used.tv_sec + YOUNG < now)
            (void)unlinkat(dirfd(dir), kept[i].name, 0);
    if (dir)
        closedir(dir);
    free(kept);
}

/* ------------------------------------------------------------------ compiling */

struct job {
    const char *input;
    const char *program; /* what is run: in the cache */
    bool shared;         /* by the host */
};

static int make(struct unit *unit, struct job *job)
{
    struct opts opts = {.input = job->input, .level = '0', .debug = false};
    struct text c = {0};
    struct key key = {0xcbf29ce484222325u, 0x84222325cbf29ce4u};
    const char *folder = cache_folder(unit->arena);
    bool embedded;
    int code = EXIT_FINE;

    if (!folder)
        return EXIT_USAGE;
    job->shared = unit->info->extern_count == 0 && home_host(unit->arena) != NULL;
    unit->for_host = job->shared;
    emit_program(unit, "scenario.c", job->shared ? EMIT_READ : EMIT_EMBED, &c);
    key_add_text(&key, SWARM_VERSION);
    key_add_text(&key, getenv("CC") ? getenv("CC") : "");
    key_add(&key, c.p, c.n);
    embedded = add_embedded(&key, unit->arena, c.p);
    for (unsigned i = 0; i < unit->info->extern_count; i++)
        key_add_file(&key, extern_file(unit->arena, unit, unit->info->externs[i]));
    key_add_file(&key, home_library(unit->arena));
    job->program =
        arena_format(unit->arena, "%s/%016" PRIx64 "%016" PRIx64 "%s", folder, key.a, key.b, job->shared ? ".so" : "");
    if (access(job->program, R_OK) == 0) {
        (void)utimensat(AT_FDCWD, job->program, NULL, 0);
    } else {
        tidy(folder);
        code = job->shared ? toolchain_shared(&opts, job->program, c.p, c.n, !embedded)
                           : toolchain_compile(&opts, unit, job->program, c.p, c.n);
    }
    text_free(&c);
    return code;
}

static int compile(struct unit *unit, struct job *job)
{
    const char *why = NULL;
    const struct source *source = source_read(&unit->sources, unit->arena, job->input, &why);
    bool sound = false;

    if (!source) {
        fprintf(stderr, "swarmc: %s: %s\n", job->input, why);
        return EXIT_USAGE;
    }
    ast_parse(unit, source);
    if (!unit->diags->errors)
        sound = check_unit(unit) && engine_check(unit);
    if (unit->diags->errors || unit->diags->warnings)
        diag_print(unit->diags, stderr, DIAG_TEXT, false);
    if (!sound || unit->diags->errors)
        return EXIT_DIAGNOSTICS;
    if (unit->info->kind_count == 0) {
        fprintf(stderr, "swarmc: %s has no user, so there is nothing to run\n", job->input);
        return EXIT_DIAGNOSTICS;
    }
    return make(unit, job);
}

/* Becomes the program. */
static int become(struct arena *arena, const struct job *job, char **more, int count, const char *const *own)
{
    const char *argv[MOST_ARGUMENTS], *slash = strrchr(job->input, '/');
    const char *name = slash ? slash + 1 : job->input;
    size_t length = strlen(name), n = 0;

    if (job->shared) {
        argv[n++] = "swarm-host";
        argv[n++] = job->program;
    }
    argv[n++] = length > 6 && strcmp(name + length - 6, ".swarm") == 0 ? arena_copy(arena, name, length - 6) : name;
    while (*own)
        argv[n++] = *own++;
    if ((size_t)count + n >= MOST_ARGUMENTS) {
        fputs("swarmc: too many arguments\n", stderr);
        return EXIT_USAGE;
    }
    for (int i = 0; i < count; i++)
        argv[n++] = more[i];
    argv[n] = NULL;
    execv(job->shared ? home_host(arena) : job->program, (char *const *)argv);
    fprintf(stderr, "swarmc: cannot run %s: %s\n", job->program, strerror(errno));
    return EXIT_TOOLS;
}

/* --http-engine ENGINE or --http-engine=ENGINE at argv[*at], which is gone on behind it. */
static bool read_engine(const char *command, int argc, char **argv, int *at, enum engine_wanted *engine)
{
    const char *word = argv[(*at)++] + strlen("--http-engine");

    if (*word == '=')
        word++;
    else if (!*word && *at < argc)
        word = argv[(*at)++];
    if (engine_wanted_read(word, engine))
        return true;
    (void)command_usage(command, "--http-engine is native or curl%s%s", *word ? ", not " : "", word);
    return false;
}

/* A word between the scenario and `--`: a slip in an option of the command, else what is meant for the program. */
static int misplaced(const char *command, const char *word)
{
    struct near near;

    near_begin(&near, word);
    near_offer(&near, "--http-engine");
    if (strncmp(word, "--http-engine", strlen("--http-engine")) == 0)
        return command_usage(command, "%s belongs before the scenario", word);
    if (near.best)
        return command_usage(command, "there is no option %s; did you mean %s?", word, near.best);
    return command_usage(command, "%s: %s of the program stand behind `--`", word,
                         word[0] == '-' ? "options" : "options and user kinds");
}

static int run(const char *command, int argc, char **argv, const char *const *own)
{
    struct unit unit = {0};
    struct diags diags;
    struct job job = {0};
    int at = 1, code;

    if (at < argc && strncmp(argv[at], "--http-engine", 13) == 0 &&
        !read_engine(command, argc, argv, &at, &unit.engine))
        return EXIT_USAGE;
    if (at < argc && argv[at][0] != '-')
        job.input = argv[at++];
    if (at < argc && strcmp(argv[at], "--") == 0)
        at++;
    else if (at < argc)
        return misplaced(command, argv[at]);
    if (!job.input)
        return command_usage(command, "which scenario?");
    unit.arena = arena_new();
    unit.diags = &diags;
    diags_init(&diags, unit.arena, &unit.sources);
    temporary_catch_signals();
    code = compile(&unit, &job);
    if (code == EXIT_FINE) {
        temporary_remove_all();
        fflush(NULL);
        code = become(unit.arena, &job, argv + at, argc - at, own);
    }
    arena_free(unit.arena);
    return code;
}

int command_run(int argc, char **argv)
{
    static const char *const own[] = {NULL};

    return run("run", argc, argv, own);
}

int command_test(int argc, char **argv)
{
    static const char *const own[] = {"--once", "--trace", NULL};

    return run("test", argc, argv, own);
}
