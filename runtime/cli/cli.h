/*
 * cli.h - from argv and the environment to a run plan.
 *
 * One table (flags.def) is parsing, --help and messages. The scenario's own options stand beside it:
 * `page_size` is --page-size and SWARM_PAGE_SIZE. The command line wins over the environment, the
 * environment over the default. There is no state outside struct run_plan and the option values of the
 * program.
 */
#ifndef SWARM_CLI_H
#define SWARM_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <swarm/program.h>

#include "../log/log.h"
#include "exit_codes.h"

struct run_host {
    uint32_t kind;                 /* index into swarm_program.kinds */
    const char *url;
};

struct run_data {
    const char *name, *file;       /* --data NAME=FILE */
};

/* Tags of --tags or --exclude-tags; none: no filter. */
struct run_tags {
    const char **items;
    size_t count;
};

struct run_plan {
    uint64_t users;                /* --users, 1 */
    double spawn_rate;             /* --spawn-rate, 1: users a second, finite and > 0 */
    bool users_given, spawn_rate_given;    /* then they replace a shape */
    const char *shape;             /* --shape NAME; NULL: not given */
    bool show_shape;               /* --show-shape: draw it and leave */
    bool once, trace;              /* --once, --trace */
    char **thresholds;             /* --threshold, as written; whoever reads them may change them */
    size_t threshold_count;
    int64_t run_time_ns;           /* --run-time; 0: no limit */
    int64_t stop_timeout_ns;       /* --stop-timeout, 10 s; 0: cut off at once */
    const char *host;              /* --host URL, http:// or https:// with a host; NULL: not given */
    struct run_host *kind_hosts;   /* --host KIND=URL, one entry a kind */
    size_t kind_host_count;
    struct run_data *data;         /* in the order in which they were said; the last one of a name counts */
    size_t data_count;
    bool *only;                    /* one flag a kind: the positional names; all true when there were none */
    bool only_given;
    struct run_tags tags, exclude_tags;
    bool headless;
    const char *csv_prefix;        /* NULL: no CSV */
    bool csv_full_history;
    bool only_summary, print_stats, fail_on_unhealthy;
    int exit_code_on_error;        /* 0 .. 255, 1: the code of a failed run */
    uint32_t pool_threads;         /* 1 .. 1024 */
    uint32_t threads;              /* 1 .. 1024; 0: not given, one a core */
    uint64_t seed;
    bool seed_given;
    enum log_level log_level;
    const char *log_file;          /* NULL: stderr */
    bool insecure;
    const char *ca_file;           /* readable when it was looked at; NULL: the system's */
    struct cli_texts *texts;       /* owns every text above and those of string options */
};

enum { CLI_GO_ON = -1 };

/* Parses argv (argv[0] is the program) and `env` (as environ; NULL: none) into *plan, which need not be
 * initialised, and into the values of the scenario's options, which keep their default when nothing is
 * said. Secrets are registered with secret_add. --help, --version and --list are answered on `out`,
 * mistakes on `err` as `PROGRAM: error: ...`, usually with a second line that shows the way out. Returns
 * CLI_GO_ON, or the exit code to leave with; then *plan holds nothing to free. */
int cli_parse(struct run_plan *plan, const struct swarm_program *program, int argc, char *const *argv,
              char *const *env, FILE *out, FILE *err);

/* Frees the plan's texts; the texts of string options that cli_parse set end with it. */
void run_plan_free(struct run_plan *plan);

/* A time span of the command line in nanoseconds: `90` (seconds), `90s`, `20m`, `1h30m`, `1h3m7s`,
 * `250ms`, units falling. False when it is none or too long (292 years). */
bool cli_parse_span(const char *text, int64_t *ns);

#endif
