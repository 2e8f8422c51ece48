/*
 * table.h - the flags as a table, and what the parts of cli/ share. Internal to cli/.
 */
#ifndef SWARM_CLI_TABLE_H
#define SWARM_CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <swarm/program.h>

enum flag_id {
#define FLAG(id, ...) FLAG_##id,
#include "flags.def"
    FLAG_COUNT
};

enum flag_group {
    /* clang-format off */
    GROUP_RUN, GROUP_USERS, GROUP_TARGET, GROUP_REPORT, GROUP_STATS, GROUP_VERDICT, GROUP_LOG, GROUP_LOOK, GROUP_OTHER,
    /* clang-format on */
    GROUP_COUNT
};

/* How a flag's value is read, and the type of the field of struct run_plan that takes it. */
enum flag_value {
    VALUE_SWITCH,     /* none, or =true and the like; bool */
    VALUE_USERS,      /* 0 .. 2^31-1; uint64_t */
    VALUE_AMOUNT,     /* 1 .. 2^63-1; uint64_t */
    VALUE_SEED,       /* 0 .. 2^64-1; uint64_t */
    VALUE_THREADS,    /* 1 .. 1024; uint32_t */
    VALUE_PORT,       /* 0 .. 65535; int32_t, which is -1 by default */
    VALUE_EXIT_CODE,  /* 0 .. 255; int */
    VALUE_RATE,       /* a second, > 0; double */
    VALUE_SPAN,       /* ns; int64_t */
    VALUE_INTERVAL,   /* ns, from 1 s on; int64_t */
    VALUE_TEXT,       /* not empty; const char * */
    VALUE_FILE,       /* the path of a file that is written, not empty; const char * */
    VALUE_READABLE,   /* of one that is read, looked at before the run; const char * */
    VALUE_TEXTS,      /* not empty, may repeat; struct cli_list */
    VALUE_LEVEL,      /* a log level; enum log_level */
    VALUE_LOG_FORMAT, /* enum log_format */
    VALUE_SHELL,      /* bash, zsh, fish; const char * */
    VALUE_HELP,       /* nothing, a group, all; const char * */
    VALUE_CONFIG,     /* a file that is read before the others; const char * */
    VALUE_HOST,       /* URL or KIND=URL, may repeat; the hosts of the plan */
    VALUE_TAGS,       /* words, also with commas between them; takes what follows up to the next flag; may repeat;
                            struct run_tags */
    VALUE_DATA,       /* NAME=FILE, may repeat; the data of the plan */
};

/* Where a flag may be said. */
enum flag_where {
    WHERE_LINE,   /* on the command line alone */
    WHERE_OURS,   /* also as SWARM_NAME and in configuration files */
    WHERE_LOCUST, /* and as LOCUST_NAME */
};

struct flag {
    enum flag_group group;
    const char *name; /* without the dashes */
    char letter;      /* 0: none */
    enum flag_value value;
    size_t field; /* its offset in struct run_plan */
    enum flag_where where;
    const char *placeholder; /* NULL: takes no value */
    const char *fallback;    /* for --help */
    const char *help;
};

extern const struct flag flag_table[FLAG_COUNT];

struct flag_group_text {
    const char *word; /* --help WORD */
    const char *title;
};
extern const struct flag_group_text flag_groups[GROUP_COUNT];

/* A flag or an option of the scenario, as found by its name. */
struct found {
    const struct flag *flag; /* one of the two */
    const struct swarm_option *option;
    bool negated;    /* --no-NAME */
    char label[128]; /* for messages: "-u/--users", "--page-size", "SWARM_USERS" */
};

/* ---- table.c: names ---- */

/* The environment variable of a flag, PREFIX_RUN_TIME. Cut at `size`. */
void flag_env(char *out, size_t size, const char *prefix, const struct flag *flag);
/* Whether a value follows the flag; which flags may be said several times. */
bool flag_takes_value(const struct flag *flag);
bool flag_repeats(const struct flag *flag);
/* The words that a flag's value is one of, NULL-terminated; NULL: anything. */
const char *const *flag_choices(const struct flag *flag);

/* The name of a scenario's option as it is typed: page_size -> page-size. Cut at `size`. */
void cli_option_name(char *out, size_t size, const struct swarm_option *option);
/* Its environment variable: SWARM_PAGE_SIZE. */
void cli_option_env(char *out, size_t size, const struct swarm_option *option);
/* What stands for its value: "INT"; "" for a bool. */
const char *cli_option_placeholder(const struct swarm_option *option);
/* Its help, choices and default in one text, which the caller frees. */
char *cli_option_text(const struct swarm_option *option);

enum { FOUND_EXACTLY = 1000000, ALSO_LENGTH = 512 };

/* What a long name of `len` bytes means, or is the beginning of. Returns how many there are, FOUND_EXACTLY for a whole
 * name; `also` gets the labels of the further ones. */
int table_look_up(const struct swarm_program *program, const char *typed, size_t len, struct found *found,
                  char also[ALSO_LENGTH]);
/* A whole name of a configuration file; '_' may stand for '-'. */
bool table_find_key(const struct swarm_program *program, const char *key, size_t len, struct found *found);
bool found_takes_value(const struct found *found);
/* Whether a name is reserved; *instead: what to do then, or NULL. */
bool table_is_reserved(const char *typed, size_t len, const char **instead);

/* ---- suggest.c ---- */

/* Takes candidates one by one and keeps the one that is nearest to what was typed. */
struct suggestion {
    const char *typed;
    char best[128]; /* "" while none is near enough */
    size_t distance;
};

void suggest_start(struct suggestion *s, const char *typed);
void suggest_offer(struct suggestion *s, const char *candidate);
/* What an option of another load tool (k6, hey, wrk, an old Locust), with or without dashes, is called here; NULL: none. */
const char *suggest_elsewhere(const char *typed);
/* Every name with `dashes` before it; without: those that a configuration file may have. */
void table_offer(const struct swarm_program *program, struct suggestion *suggestion, const char *dashes);

/* ---- help.c ---- */

/* topic: "" the scenario's options and the groups, the word of a group, "all". False: there is no such group. */
bool cli_help(FILE *out, const char *program_name, const struct swarm_program *program, const char *topic, int width);
int cli_help_width(FILE *out);
void cli_list(FILE *out, const struct swarm_program *program);

/* ---- man.c, complete.c, reference.c: made of the same table ---- */

void cli_man(FILE *out, const char *program_name, const struct swarm_program *program);
void cli_completion(FILE *out, const char *program_name, const struct swarm_program *program, const char *shell);
/* docs/options.md */
void cli_reference(FILE *out);

/* ---- values.c: each false when the text is not one ---- */

bool value_int(const char *text, int64_t *out); /* 42, -7, 1_000 */
bool value_unsigned(const char *text, uint64_t *out);
bool value_float(const char *text, double *out); /* finite; 2.5, 1e3, 1_000, 1% */
bool value_bool(const char *text, bool *out);    /* true yes on 1, false no off 0, in any case */
bool value_size(const char *text, int64_t *out); /* bytes: 512, 64KB, 1MB, 2GB */
bool value_rate(const char *text, double *out);  /* a second: 10, 10/s, 300/m, 5/h; >= 0 */
bool value_url(const char *text);                /* http:// or https:// and a host */

#endif
