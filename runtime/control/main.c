/* swarm_main(): the order of work of a program, from its command line to its exit code. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../cli/cli.h"
#include "../http/http.h"
#include "../log/log.h"
#include "../log/secret.h"
#include "../report/report.h"
#include "control.h"
#include "setup.h"
#include "signals.h"
#include "verdict.h"

struct run {
    const struct swarm_program *program;
    const char *name; /* of the program, for messages */
    struct run_plan plan;
    struct preparation preparation;
    const char **targets;
    struct http_plan *http;
    struct csv *csv;
    uint64_t seed;
    uint32_t threads;
};

static const char *base_name(const char *path)
{
    const char *slash = path ? strrchr(path, '/') : NULL;

    return slash ? slash + 1 : path ? path : "swarm";
}

/* The run's first line: where each kind sends to. */
static void log_first_line(const struct run *run)
{
    char text[2048] = "";
    size_t used = 0;

    for (uint32_t i = 0; i < run->program->kind_count && used < sizeof text; i++) {
        if (run->plan.only[i]) {
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%s -> %s", used ? ", " : "",
                                     run->program->kinds[i].name,
                                     run->targets[i] ? run->targets[i] : "no target");
        }
    }
    log_info("swarm.main", "Starting %s: %s", run->program->source, text);
    log_info("swarm.main", "Seed %" PRIu64 " (--seed repeats it), %" PRIu32 " thread%s", run->seed,
             run->threads, run->threads == 1 ? "" : "s");
}

/* Everything that can be wrong before the run. Returns CLI_GO_ON or the exit code. */
static int set_up(struct run *run)
{
    const struct swarm_program *program = run->program;
    struct http_settings settings = {.insecure = run->plan.insecure, .ca_file = run->plan.ca_file};
    char why[512];

    if (!setup_prepare(&run->preparation, program, run->name)) {
        return EXIT_USAGE;
    }
    run->targets = setup_targets(program, &run->plan);
    if (!setup_check(program, &run->plan, run->targets, run->name)) {
        return EXIT_USAGE;
    }
    settings.targets = run->targets;
    run->http = http_plan_create(program, &settings, why, sizeof why);
    if (!run->http) {
        fprintf(stderr, "%s: error: %s\n", run->name, why);
        return EXIT_USAGE;
    }
    if (run->plan.csv_prefix) {
        run->csv = csv_open(run->plan.csv_prefix, run->plan.csv_full_history, why, sizeof why);
        if (!run->csv) {
            fprintf(stderr, "%s: error: %s\n", run->name, why);
            return EXIT_CANNOT_RUN;
        }
    }
    run->seed = setup_seed(&run->plan);
    run->threads = setup_threads(&run->plan);
    return CLI_GO_ON;
}

/* Tables, CSV and verdict; the snapshot is given back. */
static int report(struct run *run, struct control_result *result)
{
    struct verdict verdict;
    bool complete = result->complete;

    console_print_summary(result->snapshot);
    if (run->csv) {
        complete &= csv_close(run->csv, result->snapshot);
        run->csv = NULL;
    }
    verdict = verdict_of(result->snapshot, run->plan.exit_code_on_error, complete);
    stats_snapshot_unref(result->snapshot);
    if (result->end == CONTROL_LEFT) {
        verdict.exit_code = 128 + result->signal;
        log_info("swarm.main", "Shutting down (exit code %d): left before the users had ended",
                 verdict.exit_code);
    } else {
        log_info("swarm.main", "Shutting down (exit code %d): %s: %s", verdict.exit_code,
                 verdict.passed ? "passed" : "failed", verdict.why);
    }
    return verdict.exit_code;
}

static int fly(struct run *run)
{
    struct control_result result;
    int code;

    log_first_line(run);
    setup_limits(run->plan.users);
    result = control_run(run->program, &run->plan, run->http, run->csv, run->seed, run->threads);
    if (result.end == CONTROL_CANNOT) {
        fprintf(stderr, "%s: error: %s\n", run->name, result.why);
        signals_release();
        return EXIT_CANNOT_RUN;
    }
    code = report(run, &result);
    if (result.end == CONTROL_LEFT || !result.complete) {
        log_close();
        fflush(NULL);
        _exit(code); /* threads still use what the run owns */
    }
    signals_release();
    return code;
}

/* What of stdin, stdout and stderr is closed gets /dev/null, so that no socket or file takes its number. */
static void fill_standard_streams(void)
{
    int fd;

    do {
        fd = open("/dev/null", O_RDWR);
    } while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0) {
        close(fd);
    }
}

int swarm_main(const struct swarm_program *program, int argc, char **argv)
{
    struct run run = {.program = program, .name = base_name(argc > 0 ? argv[0] : NULL)};
    int code, error;

    fill_standard_streams();
    if (program->abi != SWARM_ABI) {
        fprintf(stderr,
                "%s: error: compiled for another version of the runtime (%u, this is %u): compile the "
                "scenario again\n",
                run.name, (unsigned)program->abi, (unsigned)SWARM_ABI);
        return EXIT_CANNOT_RUN;
    }
    code = cli_parse(&run.plan, program, argc, argv, environ, stdout, stderr);
    if (code != CLI_GO_ON) {
        return code;
    }
    error = log_open(run.plan.log_level, run.plan.log_file);
    if (error) {
        fprintf(stderr, "%s: error: cannot write the log file %s: %s\n", run.name, run.plan.log_file,
                strerror(error));
        code = EXIT_CANNOT_RUN;
    } else {
        code = set_up(&run);
    }
    if (code == CLI_GO_ON) {
        code = fly(&run);
    }
    if (run.csv) {
        csv_abandon(run.csv);
    }
    if (run.http) {
        http_plan_free(run.http);
    }
    free(run.targets);
    setup_forget(&run.preparation);
    log_close();
    run_plan_free(&run.plan);
    secret_clear();
    return code;
}
