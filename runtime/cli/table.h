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
#define FLAG(id, group, name, letter, value, env, placeholder, fallback, help) FLAG_##id,
#include "flags.def"
    FLAG_COUNT
};

enum flag_group { GROUP_RUN, GROUP_TLS, GROUP_REPORT, GROUP_LOG, GROUP_OTHER, GROUP_COUNT };

/* How a flag's value is read. */
enum flag_value {
    VALUE_SWITCH,        /* none, or =true and the like */
    VALUE_COUNT,         /* whole number >= 0 */
    VALUE_RATE,          /* number > 0, a second */
    VALUE_SPAN,
    VALUE_HOST,          /* URL or KIND=URL; may repeat */
    VALUE_THREADS,       /* 1 .. 1024 */
    VALUE_SEED,          /* 0 .. 2^64-1 */
    VALUE_TEXT,          /* not empty */
    VALUE_EXIT_CODE,     /* 0 .. 255 */
    VALUE_LEVEL,         /* a log level */
    VALUE_LIST,          /* words, also with commas between them; takes what follows up to the next flag; may repeat */
};

struct flag {
    enum flag_group group;
    const char *name;            /* without the dashes */
    char letter;                 /* 0: none */
    enum flag_value value;
    const char *env;             /* NULL: none */
    const char *placeholder;     /* NULL: takes no value */
    const char *fallback;        /* for --help */
    const char *help;
};

extern const struct flag flag_table[FLAG_COUNT];

/* ---- help.c ---- */

void cli_help(FILE *out, const char *program_name, const struct swarm_program *program);
void cli_list(FILE *out, const struct swarm_program *program);

/* The name of a scenario's option as it is typed: page_size -> page-size. Cut at `size`. */
void cli_option_name(char *out, size_t size, const struct swarm_option *option);

/* Its environment variable: SWARM_PAGE_SIZE. */
void cli_option_env(char *out, size_t size, const struct swarm_option *option);

/* ---- values.c: each false when the text is not one ---- */

bool value_int(const char *text, int64_t *out);          /* 42, -7, 1_000 */
bool value_unsigned(const char *text, uint64_t *out);
bool value_float(const char *text, double *out);         /* finite; 2.5, 1e3, 1_000, 1% */
bool value_bool(const char *text, bool *out);            /* true yes on 1, false no off 0, in any case */
bool value_size(const char *text, int64_t *out);         /* bytes: 512, 64KB, 1MB, 2GB */
bool value_rate(const char *text, double *out);          /* a second: 10, 10/s, 300/m, 5/h; >= 0 */
bool value_url(const char *text);                        /* http:// or https:// and a host */

/* ---- suggest.c ---- */

/* Takes candidates one by one and keeps the one that is nearest to what was typed. */
struct suggestion {
    const char *typed;
    char best[128];              /* "" while none is near enough */
    size_t distance;
};

void suggest_start(struct suggestion *s, const char *typed);
void suggest_offer(struct suggestion *s, const char *candidate);

#endif
