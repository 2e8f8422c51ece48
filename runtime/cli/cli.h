/*
 * cli.h - from argv and the environment to a run plan.
 *
 * One table (flags.def) is parsing, --help and messages. The scenario's own options stand beside it: `page_size` is --page-size and
 * SWARM_PAGE_SIZE. The command line wins over the environment, the environment over the default. There is no state outside
 * struct run_plan.
 */
#ifndef SWARM_CLI_H
#define SWARM_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "../log/log.h"
#include "exit_codes.h"

/* ---- what the program says about itself: program.h has the same shapes ------------------------------------------------- */

enum cli_type {
    CLI_INT,           /* value: int64_t */
    CLI_FLOAT,         /* double */
    CLI_BOOL,          /* bool */
    CLI_STRING,        /* struct cli_text */
    CLI_DURATION,      /* int64_t, nanoseconds */
    CLI_SIZE,          /* int64_t, bytes */
    CLI_RATE,          /* double, a second */
};

struct cli_text {
    const char *p;     /* NUL-terminated as well */
    size_t n;
};

/* An option of the scenario. cli_parse stores its value through `value`, whose type `type` says; texts live as long as the plan. */
struct cli_option {
    const char *name;              /* as declared: page_size */
    enum cli_type type;
    const char *help;              /* "" when there is none */
    const char *fallback;          /* the default as a person would type it: "20", "3s", "eu" */
    const char *const *choices;    /* `one of`, as typed; NULL: any value */
    size_t choice_count;
    bool secret;                   /* registered with secret_add, never shown */
    void *value;
};

struct cli_program {
    const char *name;              /* of the scenario, for --version when argv[0] is missing */
    const struct cli_option *options;
    size_t option_count;
    const char *const *kinds;      /* names of the user kinds that may run, in the program's order */
    size_t kind_count;
};

/* ---- the plan ---------------------------------------------------------------------------------------------------------- */

struct run_host {
    uint32_t kind;
    const char *url;
};

struct run_plan {
    uint64_t users;                /* --users, 1 */
    double spawn_rate;             /* --spawn-rate, 1: users a second, > 0 */
    bool users_given, spawn_rate_given;    /* then they replace a shape */
    int64_t run_time_ns;           /* --run-time; 0: no limit */
    int64_t stop_timeout_ns;       /* --stop-timeout, 10 s */
    const char *host;              /* --host URL; NULL: not given */
    struct run_host *kind_hosts;   /* --host KIND=URL, the last one of a kind */
    size_t kind_host_count;
    bool *only;                    /* one flag a kind: the positional names; all true when there were none */
    bool only_given;
    bool headless;
    bool list;                     /* already answered by cli_parse */
    const char *csv_prefix;        /* NULL: no CSV */
    bool csv_full_history;
    bool only_summary, print_stats;
    int exit_code_on_error;        /* 1; the code of a failed run */
    uint32_t threads;              /* 0: one a core */
    uint64_t seed;
    bool seed_given;
    enum log_level log_level;
    const char *log_file;          /* NULL: stderr */
    bool insecure;
    const char *ca_file;           /* NULL: the system's */
    struct cli_memory *memory;     /* owns every text above */
};

enum { CLI_GO_ON = -1 };

/* Parses argv (argv[0] is the program) and `env` (as environ; NULL: none) into *plan, which need not be initialised.
 * --help, --version and --list are answered on `out`, mistakes on `err` as `PROGRAM: error: ...`.
 * Returns CLI_GO_ON, or the exit code to leave with (then *plan holds nothing to free). */
int cli_parse(struct run_plan *plan, const struct cli_program *program, int argc, char *const *argv, char *const *env,
              FILE *out, FILE *err);

/* Frees the plan's texts; values of string options stored by cli_parse end with it. */
void run_plan_free(struct run_plan *plan);

/* A time span of the command line in nanoseconds: `90` (seconds), `90s`, `20m`, `1h30m`, `1h3m7s`, `250ms`, in falling units. False when
 * it is none or too long (292 years). */
bool cli_parse_span(const char *text, int64_t *ns);

#endif
