/*
 * cli.h - from argv, the environment and configuration files to a run plan.
 *
 * One table (flags.def) is parsing, --help and messages. The scenario's own options stand beside it:
 * `page_size` is --page-size, SWARM_PAGE_SIZE and the key page-size. The command line wins over the environment, the
 * environment over --config FILE, that over ./pyproject.toml, ./swarm.conf and ~/.swarm.conf in this order. There is
 * no state outside struct run_plan and the option values of the program.
 */
#ifndef SWARM_CLI_H
#define SWARM_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <swarm/program.h>

#include "../base/exit_codes.h"
#include "../log/log.h"

struct run_host {
    uint32_t kind; /* index into swarm_program.kinds */
    const char *url;
};

struct run_data {
    const char *name, *file; /* --data NAME=FILE */
};

/* Tags of --tags or --exclude-tags; none: no filter. */
struct run_tags {
    const char **items;
    size_t count;
};

/* Values of a flag that may be said several times, in order. */
struct cli_list {
    char **items;
    size_t count;
};

/* What was said for a flag or an option, for reports. Secrets are "***". */
struct run_setting {
    const char *name;  /* without dashes */
    const char *value; /* of a flag that repeats all of them, with blanks between; of a switch "true" */
    const char *from;  /* "command line", "SWARM_USERS", "swarm.conf:3", "default" */
    bool option;       /* one of the scenario's, which are all there */
};

struct run_plan {
    uint64_t users;                     /* --users, 1 */
    double spawn_rate;                  /* --spawn-rate, 1: users a second, finite and > 0 */
    bool users_given, spawn_rate_given; /* then they replace a shape */
    int64_t run_time_ns;                /* --run-time; 0: no limit */
    uint64_t iterations;                /* --iterations; 0: no limit */
    const char *host;                   /* --host URL, http:// or https:// with a host; NULL: not given */
    struct run_host *kind_hosts;        /* --host KIND=URL, one entry a kind */
    size_t kind_host_count;
    bool headless;
    int64_t stop_timeout_ns; /* --stop-timeout, 10 s; 0: cut off at once */
    const char *config;      /* --config; NULL: not given */

    const char *shape; /* --shape NAME; NULL: not given */
    bool *only;        /* one flag a kind: the positional names; all true when there were none */
    bool only_given;
    struct run_tags tags, exclude_tags;
    bool equal_weights;
    struct run_data *data; /* in the order in which they were said; the last one of a name counts */
    size_t data_count;
    uint64_t seed;
    bool seed_given;

    bool insecure;
    const char *http_engine; /* "native" or "curl" is all that is taken; NULL: whichever it was compiled for */
    const char *ca_file;     /* readable when it was looked at; NULL: the system's */
    uint32_t threads;        /* 1 .. 1024; 0: not given, one a core */
    uint32_t pool_threads;   /* 1 .. 1024 */

    const char *csv_prefix; /* NULL: no CSV */
    bool csv_full_history;
    const char *json_file, *html_file, *junit_file, *prometheus_file; /* NULL: not wanted; "-": standard output */
    int32_t metrics_port;                                             /* -1: none */
    const char *metrics_host;                                         /* "127.0.0.1" */
    const char *log_requests;                                         /* NULL: not wanted */
    int64_t stats_history_ns;                                         /* --stats-history, 1 s: >= 1 s */
    struct cli_list labels; /* --label KEY=VALUE; KEY is not empty, the last one of a key counts */
    bool print_stats, only_summary, show_failures, phases, reset_stats;

    struct cli_list thresholds; /* --threshold, as written; whoever reads them may change them */
    int exit_code_on_error;     /* 0 .. 255, 1: the code of a failed run */
    bool fail_on_unhealthy;

    enum log_level log_level;
    const char *log_file; /* NULL: stderr */
    enum log_format log_format;

    bool once, trace;                                       /* --once, --trace */
    bool show_shape, show_task_ratio, show_task_ratio_json; /* shown instead of a run */

    bool list, version, man; /* answered by cli_parse, like these two */
    const char *help, *completion;

    struct run_setting *settings; /* flags that were given, then all options of the scenario */
    size_t setting_count;
    struct cli_texts *texts; /* owns every text above and those of string options */
};

enum { CLI_GO_ON = -1 };

/* Parses argv (argv[0] is the program), `env` (as environ; NULL: none) and the configuration files into *plan, which
 * need not be initialised, and into the values of the scenario's options, which keep their default when nothing is
 * said. Secrets are registered with secret_add, and overwritten with '*' in argv, so that the list of processes does
 * not show them. --help, --version and the like are answered on `out`, mistakes on `err` as `PROGRAM: error: ...`,
 * usually with a second line that shows the way out. Returns CLI_GO_ON, or the exit code to leave with; then *plan
 * holds nothing to free. */
int cli_parse(struct run_plan *plan, const struct swarm_program *program, int argc, char *const *argv, char *const *env,
              FILE *out, FILE *err);

/* Frees the plan's texts; the texts of string options that cli_parse set end with it. */
void run_plan_free(struct run_plan *plan);

/* A time span of the command line in nanoseconds: `90` (seconds), `90s`, `20m`, `1h30m`, `1h3m7s`,
 * `250ms`, units falling. False when it is none or too long (292 years). */
bool cli_parse_span(const char *text, int64_t *ns);

#endif
