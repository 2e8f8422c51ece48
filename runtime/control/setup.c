#include "setup.h"

#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <uv.h>

#include "../base/cache.h"
#include "../base/memory.h"
#include "../cli/cli.h"
#include "../log/log.h"
#include "../value/value.h"
#include "shapes.h"

/* Weights and counts are added up as 64 bits. */
#define MOST INT64_C(1000000000000)

enum { FILES_OF_OUR_OWN = 64 }; /* open files beside the connections */

/* ---- prepare ---- */

static const struct swarm_kind_of_user nobody = {.name = ""};

static bool in_range(int64_t n, int64_t least)
{
    return n >= least && n <= MOST;
}

/* Weights and counts that were computed. */
static bool check_numbers(const struct swarm_program *program, const char *name)
{
    for (uint32_t i = 0; i < program->kind_count; i++) {
        const struct swarm_kind_of_user *kind = &program->kinds[i];

        if (!in_range(kind->weight, 0) || !in_range(kind->count, -1)) {
            fprintf(stderr, "%s: error: user %s: weight and count are between 0 and %" PRId64 "\n", name, kind->name,
                    MOST);
            return false;
        }
    }
    return true;
}

bool setup_prepare(struct preparation *preparation, const struct swarm_program *program, const char *name)
{
    struct strand *strand = &preparation->user.strand;

    memset(preparation, 0, sizeof *preparation);
    preparation->config.program = program;
    preparation->shard.config = &preparation->config;
    preparation->user.kind = &nobody;
    strand->user = &preparation->user;
    strand->shard = &preparation->shard;
    if (program->prepare) {
        program->prepare(&strand->base);
    }
    if (strand->base.exit) {
        const struct task_error *error = strand->error;

        if (error && error->place.file[0]) {
            fprintf(stderr, "%s: error: %s:%" PRIu32 ": %s\n", name, error->place.file, error->place.line, error->text);
        } else {
            fprintf(stderr, "%s: error: %s\n", name, error ? error->text : "the scenario ended before the run");
        }
        return false;
    }
    return check_numbers(program, name);
}

void setup_forget(struct preparation *preparation)
{
    arena_clear(&preparation->user.strand.arena);
    cache_free(preparation->shard.regexes);
    preparation->shard.regexes = NULL;
}

/* ---- kinds ---- */

static bool may_run(const struct swarm_kind_of_user *kind)
{
    return kind->count < 0 ? kind->weight > 0 : kind->count > 0;
}

const char **setup_targets(const struct swarm_program *program, const struct run_plan *plan)
{
    const char **targets = memory_new(program->kind_count + 1, sizeof *targets);

    for (uint32_t i = 0; i < program->kind_count; i++) {
        targets[i] = plan->host ? plan->host : program->kinds[i].target;
    }
    for (size_t i = 0; i < plan->kind_host_count; i++) {
        targets[plan->kind_hosts[i].kind] = plan->kind_hosts[i].url;
    }
    if (program->hook_user) {
        targets[program->kind_count] = plan->host ? plan->host : program->hook_user->target;
    }
    return targets;
}

static void warn_of_idle(const struct swarm_kind_of_user *kind)
{
    const struct swarm_group *group = kind->group;

    for (uint32_t i = 0; i < group->entry_count; i++) {
        if (group->entries[i].weight > 0) {
            return;
        }
    }
    log_warning("swarm.main", "%s has nothing to do after `on start`: %s", kind->name,
                group->entry_count ? "every weight is 0" : "it has no tasks");
}

bool setup_check(const struct swarm_program *program, const struct run_plan *plan, const char *const *targets,
                 const struct shapes *shapes, const char *name)
{
    bool any = false;

    for (uint32_t i = 0; i < program->kind_count; i++) {
        const struct swarm_kind_of_user *kind = &program->kinds[i];

        if (!plan->only[i] || !(shapes ? shapes_may_run(shapes, plan, i) : may_run(kind))) {
            continue;
        }
        any = true;
        if (!targets[i] && kind->needs_host) {
            fprintf(stderr,
                    "%s: error: %s has no target: the URL at %s is relative\n"
                    "%s: help: say where to send it, --host http://HOST:PORT, or write `target` in the "
                    "scenario\n",
                    name, kind->name, kind->needs_host, name);
            return false;
        }
        warn_of_idle(kind);
    }
    if (program->hook_user && !targets[program->kind_count] && program->hook_user->needs_host) {
        fprintf(stderr,
                "%s: error: the hooks have no target: the URL at %s is relative\n"
                "%s: help: say where to send it, --host http://HOST:PORT, or write `target` in the scenario\n",
                name, program->hook_user->needs_host, name);
        return false;
    }
    if (!any) {
        fprintf(stderr, "%s: error: no users can be started: every user kind%s has weight 0 or count 0\n", name,
                plan->only_given ? " that was named" : "");
    }
    return any;
}

/* ---- the process ---- */

/* Processors that this process may use, at least 1. */
static unsigned processors(void)
{
#if UV_VERSION_HEX >= 0x012c00
    return uv_available_parallelism();
#else /* libuv 1.43, Ubuntu 22.04's, does not tell */
    cpu_set_t set;

    return sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0 ? (unsigned)CPU_COUNT(&set) : 1;
#endif
}

uint32_t setup_threads(const struct run_plan *plan, uint64_t users)
{
    unsigned threads = plan->threads ? plan->threads : processors();

    if (!plan->threads && threads > users) {
        threads = (unsigned)users;
    }
    return threads ? threads : 1;
}

void setup_limits(uint64_t users)
{
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files)) {
        return;
    }
    if (files.rlim_cur < files.rlim_max) {
        rlim_t soft = files.rlim_cur;

        files.rlim_cur = files.rlim_max;
        if (setrlimit(RLIMIT_NOFILE, &files)) {
            files.rlim_cur = soft;
        }
    }
    if (files.rlim_cur != RLIM_INFINITY && users + FILES_OF_OUR_OWN > files.rlim_cur) {
        log_warning("swarm.main",
                    "Only %" PRIu64 " files may be open (ulimit -n), too few for the connections of %" PRIu64 " users",
                    (uint64_t)files.rlim_cur, users);
    }
}

uint64_t setup_seed(const struct run_plan *plan)
{
    uint64_t seed = plan->seed;

    if (!plan->seed_given && getrandom(&seed, sizeof seed, 0) != (ssize_t)sizeof seed) {
        seed = (uint64_t)clock_now();
    }
    /* Short enough to be typed again. */
    return plan->seed_given ? seed : seed >> 32;
}
