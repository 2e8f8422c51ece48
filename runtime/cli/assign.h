/*
 * assign.h - giving a value to a flag or an option of the scenario: what cli.c finds, assign.c reads, checks
 * and stores. Internal to cli/.
 */
#ifndef SWARM_CLI_ASSIGN_H
#define SWARM_CLI_ASSIGN_H

#include "cli.h"
#include "table.h"

enum { CLI_NAME_LENGTH = 128 };

struct cli_texts {
    char **items;
    size_t count, capacity;
};

/* What is being parsed; lives as long as cli_parse. */
struct parse {
    struct run_plan *plan;
    const struct swarm_program *program;
    const char *name;             /* of the program, for messages */
    char *const *env;
    FILE *err;
    bool help, version, list;
    bool env_hosts;               /* the hosts in the plan are those of the environment */
    bool env_tags[2];             /* so are the tags, those to exclude */
};

/* A line `PROGRAM: error: ...`. */
void cli_complain(const struct parse *p, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The index of a kind, -1 when there is none; and the complaint about it, which gives false. */
int cli_kind_named(const struct swarm_program *program, const char *name, size_t len);
bool cli_unknown_kind(struct parse *p, const char *name);

/* Reads `text` (NULL only for a switch: on) into the plan, or into the option's value. `label` names it in
 * complaints. False after a complaint. */
bool cli_set_flag(struct parse *p, const struct flag *flag, const char *label, const char *text);
bool cli_set_option(struct parse *p, const struct swarm_option *option, const char *label, const char *text);

#endif
