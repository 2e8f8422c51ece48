/*
 * assign.h - giving a value to a flag or an option of the scenario: what the command line, the environment and
 * configuration files say, assign.c reads, checks and stores. Internal to cli/.
 */
#ifndef SWARM_CLI_ASSIGN_H
#define SWARM_CLI_ASSIGN_H

#include "cli.h"
#include "table.h"

struct cli_texts {
    char **items;
    size_t count, capacity;
};

/* Something that was said. */
struct said {
    const struct flag *flag; /* one of the two */
    const struct swarm_option *option;
    const char *value, *from;
    unsigned rank;
};

/* What is being parsed; lives as long as cli_parse. */
struct parse {
    struct run_plan *plan;
    const struct swarm_program *program;
    const char *name; /* of the program, for messages */
    char *const *env;
    FILE *err;
    const char *place;          /* "swarm.conf:3", before every complaint; NULL: none */
    const char *from;           /* of what is said now, for reports */
    unsigned rank;              /* of what is said now: what is said at a higher rank replaces a list */
    bool locust_conf_alone;     /* there is one, and no file of ours in its place */
    bool splits;                /* blanks separate values that may repeat: the environment, configuration files */
    unsigned ranks[FLAG_COUNT]; /* at which each flag was said last; 0: not at all */
    unsigned kind_rank;         /* at which kinds were named last */
    struct said *said;
    size_t said_count, said_room;
};

/* A line `PROGRAM: error: ...`. */
void cli_complain(const struct parse *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* "Did you mean '...'?" */
void cli_suggest(const struct parse *p, const struct suggestion *suggestion);
/* A copy that lives as long as the plan. */
char *cli_keep(struct parse *p, const char *text, size_t len);

/* The index of a kind, -1 when there is none; and the complaint about it, which gives false. */
int cli_kind_named(const struct swarm_program *program, const char *name, size_t len);
bool cli_unknown_kind(struct parse *p, const char *name);
/* Runs this kind and those that were named before at the same rank. */
bool cli_add_kind(struct parse *p, const char *name);

/* Reads `text` (NULL only for a switch: on, and for --help) into the plan, or into the option's value. `label` names
 * it in complaints. False after a complaint. */
bool cli_set_flag(struct parse *p, const struct flag *flag, const char *label, const char *text);
bool cli_set_option(struct parse *p, const struct swarm_option *option, const char *label, const char *text);
/* Either, with --no-NAME. */
bool cli_apply(struct parse *p, const struct found *found, const char *text);

/* Fills the plan's settings from what was said. */
void cli_note_settings(struct parse *p);

/* ---- environment.c, config.c ---- */

bool cli_read_environment(struct parse *p);
/* Tells of each SWARM_NAME that nothing reads and that looks like a slip in a name of ours. */
void cli_warn_of_environment(const struct parse *p);
/* The configuration files there are; `extra`: of --config, or NULL. */
bool cli_read_configs(struct parse *p, const char *extra);
const char *cli_variable(const struct parse *p, const char *name);

#endif
