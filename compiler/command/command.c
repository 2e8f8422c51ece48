#include "command.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct command_of_swarmc commands[] = {
    {"fmt", "FILE... [--check]", "bring scenarios into the one style; --check only says which are not", command_fmt},
    {"test", "FILE.swarm [-- OPTIONS]", "run every task and step once and show each request and response", command_test},
    {"run", "FILE.swarm [-- OPTIONS]", "compile into a cache and run at once", command_run},
    {"new", "NAME", "write NAME.swarm, a scenario to start from", command_new},
};
enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

void command_help(void)
{
    puts("\nCommands:");
    for (int i = 0; i < COMMAND_COUNT; i++) {
        char left[48];
        snprintf(left, sizeof left, "%s %s", commands[i].name, commands[i].arguments);
        printf("  %-28s %s\n", left, commands[i].help);
    }
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

bool command_main(int argc, char **argv, int *code)
{
    if (argc < 2 || argv[1][0] == '-')
        return false;
    for (int i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(argv[1], commands[i].name) == 0) {
            *code = commands[i].run(argc - 1, argv + 1);
            return true;
        }
    *code = EXIT_USAGE;
    return misspelt(argv[1]);
}
