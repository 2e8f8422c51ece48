#include "command.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct command_of_swarmc commands[] = {
    {"fmt", "FILE... [--check]", "bring scenarios into the one style; --check only says which are not",
     "Writes each FILE again as it ought to look: indentation, blanks, line ends; comments stay. `-` reads the "
     "standard input and\n"
     "writes the standard output. A file with mistakes is left as it is.\n"
     "  --check   write nothing; print the names of the files that are not in the style. Exit code 1 when there are "
     "any, for CI\n"
     "Exit code 0: done; 1: a file has mistakes, or --check found one; 2: a file cannot be read or written.\n",
     command_fmt},
    {"test", "[--http-engine ENGINE] FILE.swarm [-- OPTIONS]",
     "run every task and step once and show each request and response",
     "Without waits, every user kind once, tasks and steps in the order of the file: what was sent, what came back, "
     "what was expected and\n"
     "found. Behind `--` stand options of the program, as --host http://127.0.0.1:8080. The same as `./scenario --once "
     "--trace`.\n",
     command_test},
    {"run", "[--http-engine ENGINE] FILE.swarm [-- OPTIONS]", "compile into a cache and run at once",
     "The program is kept in $XDG_CACHE_HOME/swarm (~/.cache/swarm) and made again when a file of it changed; with "
     "tcc, where that is\n"
     "installed, the first request is about a tenth of a second behind the start. Behind `--` stand options of the "
     "program: `--help` there\n"
     "lists them. Exit codes are the program's.\n",
     command_run},
    {"new", "NAME", "write NAME.swarm, a scenario to start from",
     "NAME is a name or path, with or without .swarm; a file that is there already is never written over.\n",
     command_new},
    {"report", "compare A.json B.json [--tolerance SHARE] [--failure-tolerance SHARE] [--json]",
     "which requests got slower or fail more from run A to run B",
     "A and B are reports that programs wrote with --json. Percentiles and shares of failures are compared row by row, "
     "with 95 % confidence.\n"
     "  --tolerance SHARE          how much slower may be, as 10% or 0.1 (the default: 10%)\n"
     "  --failure-tolerance SHARE  how much more of the requests may fail (the default: 0.5%)\n"
     "  --json                     the comparison as JSON\n"
     "Exit code 0: B is not worse; 1: it is; 2: a report cannot be read, or wrong usage.\n",
     command_report},
};
enum { COMMAND_COUNT = sizeof commands / sizeof *commands, LEFT_COLUMN = 28 };

void command_help(void)
{
    puts("\nCommands:");
    for (int i = 0; i < COMMAND_COUNT; i++) {
        char left[160];
        int width = snprintf(left, sizeof left, "%s %s", commands[i].name, commands[i].arguments);
        if (width > LEFT_COLUMN) {
            printf("  %s\n%*s%s\n", left, LEFT_COLUMN + 3, "", commands[i].help);
        } else {
            printf("  %-*s %s\n", LEFT_COLUMN, left, commands[i].help);
        }
    }
}

const struct command_of_swarmc *command_at(size_t i)
{
    return i < COMMAND_COUNT ? &commands[i] : NULL;
}

int command_usage(const char *command, const char *format, ...)
{
    va_list args;

    fprintf(stderr, "swarmc %s: ", command);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    for (int i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(commands[i].name, command) == 0)
            fprintf(stderr, "\nusage: swarmc %s %s\n", commands[i].name, commands[i].arguments);
    return EXIT_USAGE;
}

int command_unknown(const char *command, const char *word, const char *const *options)
{
    struct near near;

    near_begin(&near, word);
    for (; *options; options++)
        near_offer(&near, *options);
    if (near.best)
        return command_usage(command, "there is no option %s; did you mean %s?", word, near.best);
    return command_usage(command, "there is no option %s", word);
}

/* --help wherever it stands; behind `--` it is the program's that is run. */
static bool asks_help(int argc, char **argv)
{
    for (int i = 2; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

static int show_help(const struct command_of_swarmc *command)
{
    printf("usage: swarmc %s %s\n\n%c%s.\n%s", command->name, command->arguments,
           toupper((unsigned char)command->help[0]), command->help + 1, command->more);
    return fflush(stdout) == 0 ? EXIT_FINE : EXIT_USAGE;
}

/* Only words that can be no file are taken for a slip. */
static bool misspelt(const char *word)
{
    struct near near;

    if (strpbrk(word, "./") || access(word, F_OK) == 0)
        return false;
    near_begin(&near, word);
    for (int i = 0; i < COMMAND_COUNT; i++)
        near_offer(&near, commands[i].name);
    if (!near.best)
        return false;
    fprintf(stderr, "swarmc: there is no command %s; did you mean swarmc %s?\n", word, near.best);
    return true;
}

static const struct command_of_swarmc *named(const char *word)
{
    for (int i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(word, commands[i].name) == 0)
            return &commands[i];
    return NULL;
}

/* `swarmc help` and `swarmc help run`, as long as no scenario is called `help`. */
static int help_on(const char *word)
{
    const struct command_of_swarmc *command = word ? named(word) : NULL;

    if (command)
        return show_help(command);
    if (word) {
        if (!misspelt(word))
            fprintf(stderr, "swarmc: there is no command %s\n", word);
        return EXIT_USAGE;
    }
    opts_help();
    return fflush(stdout) == 0 ? EXIT_FINE : EXIT_USAGE;
}

bool command_main(int argc, char **argv, int *code)
{
    const struct command_of_swarmc *command;

    if (argc < 2 || argv[1][0] == '-')
        return false;
    command = named(argv[1]);
    if (command) {
        *code = asks_help(argc, argv) ? show_help(command) : command->run(argc - 1, argv + 1);
        return true;
    }
    if (strcmp(argv[1], "help") == 0 && argc <= 3 && access("help", F_OK) != 0) {
        *code = help_on(argv[2]);
        return true;
    }
    *code = EXIT_USAGE;
    return misspelt(argv[1]);
}
