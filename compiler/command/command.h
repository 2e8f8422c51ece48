/* Subcommands: swarmc fmt, run, test, new, report. command.c has the table; each command reads what stands behind its name. */
#ifndef SWARMC_COMMAND_H
#define SWARMC_COMMAND_H

#include <stdbool.h>

#include "opts.h"

struct command_of_swarmc {
    const char *name, *arguments, *help;
    const char *more;                  /* behind it, of --help */
    int (*run)(int argc, char **argv); /* argv[0] is the command's name; returns an exit code */
};

/* When argv[1] names a command, runs it: true, and its exit code. A word that looks like a misspelt one is reported. */
bool command_main(int argc, char **argv, int *code);
void command_help(void);
/* The i-th command; NULL behind the last. */
const struct command_of_swarmc *command_at(size_t i);
/* "swarmc: …" and how to get help; returns EXIT_USAGE. */
int command_usage(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same for an option that the command does not have: which of `options` (its own, NULL behind the last) may be meant. */
int command_unknown(const char *command, const char *word, const char *const *options);

int command_fmt(int argc, char **argv);
int command_run(int argc, char **argv);
int command_test(int argc, char **argv);
int command_new(int argc, char **argv);
int command_report(int argc, char **argv);

#endif
