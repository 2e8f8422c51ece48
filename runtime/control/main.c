/* swarm_main(): the order of work of a program, from its command line to its exit code. */
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/memory.h"
#include "../cli/cli.h"
#include "../http/http.h"
#include "../http/phases.h"
#include "../http/trace.h"
#include "../log/log.h"
#include "../log/secret.h"
#include "../report/failure_keep.h"
#include "../report/report.h"
#include "../report/request_log.h"
#include "../state/state.h"
#include "control.h"
#include "once.h"
#include "ratio.h"
#include "reporting.h"
#include "resolve.h"
#include "setup.h"
#include "shape_show.h"
#include "shapes.h"
#include "signals.h"
#include "tags.h"
#include "terminal.h"
#include "threshold.h"
#include "verdict.h"

struct run {
    const struct swarm_program *program;
    const char *name; /* of the program, for messages */
    struct run_plan plan;
    struct preparation preparation;
    struct shapes shapes;
    struct thresholds thresholds;
    const char **targets;
    struct http_plan *http;
    struct reporting reporting;
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
                                     run->program->kinds[i].name, run->targets[i] ? run->targets[i] : "no target");
        }
    }
    log_info("swarm.main", "Starting %s: %s", run->program->source, text);
    log_info("swarm.main", "Seed %" PRIu64 " (--seed repeats it), %" PRIu32 " thread%s", run->seed, run->threads,
             run->threads == 1 ? "" : "s");
}

/* Data files, gates, queues and metrics. CLI_GO_ON or the exit code. */
static int open_state(struct run *run)
{
    struct state_settings settings = {.file_count = run->plan.data_count, .seed = run->seed};
    struct state_file *files = memory_new(run->plan.data_count, sizeof *files);
    char why[1024];
    int code = CLI_GO_ON;

    for (size_t i = 0; i < run->plan.data_count; i++) {
        files[i] = (struct state_file){run->plan.data[i].name, run->plan.data[i].file};
    }
    settings.files = files;
    if (!state_names_known(run->program, &settings, why, sizeof why)) {
        code = EXIT_USAGE;
    } else if (!state_open(run->program, &settings, why, sizeof why)) {
        code = EXIT_CANNOT_RUN;
    }
    if (code != CLI_GO_ON) {
        fprintf(stderr, "%s: error: %s\n", run->name, why);
    }
    free(files);
    return code;
}

/* The exit code after what was asked for instead of a run. */
static int said(const struct run *run)
{
    if (fflush(stdout) == 0 && !ferror(stdout)) {
        return EXIT_PASSED;
    }
    fprintf(stderr, "%s: error: cannot write to the standard output\n", run->name);
    return EXIT_CANNOT_RUN;
}

/* Everything that can be wrong before the run. Returns CLI_GO_ON or the exit code. */
static int set_up(struct run *run)
{
    const struct swarm_program *program;
    struct http_settings settings = {
        .insecure = run->plan.insecure,
        .ca_file = run->plan.ca_file,
        .engine = run->plan.http_engine,
    };
    struct swarm_strand *strand;
    char why[512];
    int code;

    if (run->plan.phases) {
        run->program = phases_open(run->program);
    }
    program = run->program;
    if (!setup_prepare(&run->preparation, program, run->name)) {
        return EXIT_USAGE;
    }
    if (run->plan.equal_weights) {
        ratio_equal_weights(program);
    }
    if (!tags_filter(program, &run->plan, run->name)) {
        return EXIT_USAGE;
    }
    if (run->plan.show_task_ratio || run->plan.show_task_ratio_json) {
        ratio_show(stdout, program, &run->plan, run->plan.show_task_ratio_json);
        return said(run);
    }
    run->seed = setup_seed(&run->plan);
    code = open_state(run);
    if (code != CLI_GO_ON) {
        return code;
    }
    if (run->plan.trace) {
        trace_open();
    }
    if (run->plan.once) {
        once_plan(&run->plan, program);
    }
    strand = &run->preparation.user.strand.base;
    if (run->plan.show_shape) {
        return shape_show(stdout, program, &run->plan, strand, &run->preparation.config, run->name);
    }
    if (!shapes_pick(&run->shapes, program, &run->plan, strand, NULL, run->name) ||
        !(run->plan.once || thresholds_open(&run->thresholds, program, &run->plan, run->name))) {
        return EXIT_USAGE;
    }
    if (run->plan.reset_stats && thresholds_have_warm_up(&run->thresholds)) {
        fprintf(
            stderr,
            "%s: error: --reset-stats cannot stand beside `thresholds after`, which leaves out a warm-up by itself\n",
            run->name);
        return EXIT_USAGE;
    }
    run->targets = setup_targets(program, &run->plan);
    if (!setup_check(program, &run->plan, run->targets, &run->shapes, run->name)) {
        return EXIT_USAGE;
    }
    settings.targets = run->targets;
    run->http = http_plan_create(program, &settings, why, sizeof why);
    if (!run->http) {
        fprintf(stderr, "%s: error: %s\n", run->name, why);
        return EXIT_USAGE;
    }
    if (!resolve_names(program, &run->plan, run->http, &run->shapes, run->name)) {
        return EXIT_CANNOT_RUN;
    }
    run->threads = setup_threads(&run->plan, shapes_peak(&run->shapes, &run->plan));
    signals_take(run->plan.log_file != NULL);
    if (!reporting_open(&run->reporting, program, &run->plan, run->targets, run->name, run->seed, run->threads, why,
                        sizeof why)) {
        fprintf(stderr, "%s: error: %s\n", run->name, why);
        return EXIT_CANNOT_RUN;
    }
    return CLI_GO_ON;
}

static void report_arrivals(const struct control_result *result)
{
    char text[160];

    if (result->arrived > 0) {
        int n = snprintf(text, sizeof text,
                         "Arrivals: %" PRIu64 ", %" PRIu64 " of them dropped over the cap (`at most`)\n\n",
                         result->arrived, result->dropped);
        log_table(text, (size_t)n);
    }
}

/* --show-failures */
static void show_failures(const struct stats_snapshot *snap)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    if (!out) {
        return;
    }
    failure_keep_print(out, snap);
    if (fclose(out) == 0 && size > 0) {
        log_table(text, size);
    }
    free(text);
}

/* The files that tell the verdict. When one cannot be written that is part of the verdict, which the others then tell too. */
static struct verdict conclude(struct run *run, const struct control_result *result, bool complete)
{
    bool tagged = run->plan.tags.count > 0 || run->plan.exclude_tags.count > 0;
    struct verdict verdict;
    bool written;

    do {
        verdict = verdict_of_run(result->snapshot, &run->thresholds, run->plan.exit_code_on_error, complete, tagged);
        if (run->plan.fail_on_unhealthy && complete) {
            verdict_add_health(&verdict, result->snapshot);
        }
        verdict_add_failure(&verdict, result->why);
        if (result->end == CONTROL_LEFT) {
            /* No report may call it passed: what was under way is in none of the figures. */
            verdict_add_failure(&verdict, result->signal == SIGINT
                                              ? "left at a second Ctrl-C, before the users had ended"
                                              : "left at a second SIGTERM, before the users had ended");
            verdict.exit_code = 128 + result->signal;
        }
        written = reporting_conclude(&run->reporting, &run->thresholds, &verdict, result);
        complete = complete && written;
    } while (!written);
    return verdict;
}

/* The last line: in the log, and where that is a file or leaves such lines out, on the terminal too. */
static void say_verdict(const struct run *run, const struct verdict *verdict)
{
    const char *word = verdict->passed ? "passed" : "failed";

    log_info("swarm.main", "Shutting down (exit code %d): %s: %s", verdict->exit_code, word, verdict->why);
    if (run->plan.log_file || !log_enabled(LOG_LEVEL_INFO)) {
        fprintf(stderr, "%s: %s (exit code %d): %s\n", run->name, word, verdict->exit_code, verdict->why);
    }
}

/* Tables, files and verdict; the snapshot is given back. */
static int report(struct run *run, struct control_result *result)
{
    struct verdict verdict;
    bool complete = result->complete;

    console_print_summary(result->snapshot);
    report_arrivals(result);
    if (run->plan.show_failures) {
        show_failures(result->snapshot);
    }
    complete &= reports_count(run->reporting.files, result->snapshot, result->target);
    complete &= request_log_close();
    thresholds_judge(&run->thresholds, result->snapshot, &run->shapes, &run->plan);
    thresholds_print(&run->thresholds);
    verdict = conclude(run, result, complete);
    stats_snapshot_unref(result->snapshot);
    say_verdict(run, &verdict);
    return verdict.exit_code;
}

/* A hook before the run had an error: what it sent. */
static void report_failed_begin(struct run *run, struct control_result *result)
{
    struct verdict verdict = {.exit_code = EXIT_CANNOT_RUN};

    if (!result->snapshot) {
        return;
    }
    console_print_summary(result->snapshot);
    if (run->plan.show_failures) {
        show_failures(result->snapshot);
    }
    (void)reports_count(run->reporting.files, result->snapshot, result->target);
    thresholds_judge(&run->thresholds, result->snapshot, &run->shapes, &run->plan);
    snprintf(verdict.why, sizeof verdict.why, "%s", result->why);
    (void)reporting_conclude(&run->reporting, &run->thresholds, &verdict, result);
    stats_snapshot_unref(result->snapshot);
}

static int fly(struct run *run)
{
    struct control_result result;
    int code;

    log_first_line(run);
    if (shapes_peak(&run->shapes, &run->plan) < UINT64_MAX) {
        setup_limits(shapes_peak(&run->shapes, &run->plan));
    } else {
        setup_limits(0);
    }
    result = control_run(run->program, &run->plan, run->http, run->reporting.files, run->reporting.metrics_socket,
                         run->seed, run->threads, &run->shapes, &run->thresholds);
    if (result.end == CONTROL_CANNOT) {
        report_failed_begin(run, &result);
        fprintf(stderr, "%s: error: %s\n", run->name, result.why);
        return EXIT_CANNOT_RUN;
    }
    code = report(run, &result);
    if (result.end == CONTROL_LEFT || !result.complete) {
        log_close();
        terminal_restore();
        fflush(NULL);
        _exit(code); /* threads still use what the run owns */
    }
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
    error = log_open(run.plan.log_level, run.plan.log_file, run.plan.log_format);
    if (error) {
        fprintf(stderr, "%s: error: cannot write the log file %s: %s\n", run.name, run.plan.log_file, strerror(error));
        code = EXIT_CANNOT_RUN;
    } else {
        code = set_up(&run);
    }
    if (code == CLI_GO_ON) {
        code = fly(&run);
    }
    reporting_close(&run.reporting);
    if (run.http) {
        http_plan_free(run.http);
    }
    state_close(run.program);
    phases_close();
    failure_keep_clear();
    thresholds_free(&run.thresholds);
    shapes_free(&run.shapes);
    free(run.targets);
    setup_forget(&run.preparation);
    log_close();
    run_plan_free(&run.plan);
    secret_clear();
    return code;
}
