/* help.c - what --help and --list print, from the same tables that are parsed */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"

enum { HELP_COLUMN = 30, HELP_WIDTH = 100 };

void cli_option_name(char *out, size_t size, const struct swarm_option *option)
{
    snprintf(out, size, "%s", option->name);
    for (char *p = out; *p; p++) {
        if (*p == '_')
            *p = '-';
    }
}

void cli_option_env(char *out, size_t size, const struct swarm_option *option)
{
    snprintf(out, size, "SWARM_%s", option->name);
    for (char *p = out; *p; p++)
        *p = (char)toupper((unsigned char)*p);
}

/* One entry: what is typed, then the text from HELP_COLUMN on, broken between words. */
static void put_entry(FILE *out, const char *head, const char *text)
{
    size_t column = (size_t)fprintf(out, "  %s", head);

    if (column + 2 > HELP_COLUMN) {
        fputc('\n', out);
        column = 0;
    }
    fprintf(out, "%*s", (int)(HELP_COLUMN - column), "");
    column = HELP_COLUMN;
    while (*text) {
        size_t len = strcspn(text, " ");

        if (column > HELP_COLUMN && column + 1 + len > HELP_WIDTH) {
            fprintf(out, "\n%*s", HELP_COLUMN, "");
            column = HELP_COLUMN;
        } else if (column > HELP_COLUMN) {
            fputc(' ', out);
            column++;
        }
        fwrite(text, 1, len, out);
        column += len;
        text += len + strspn(text + len, " ");
    }
    fputc('\n', out);
}

static void put_flag(FILE *out, const struct flag *flag)
{
    char head[128], text[512], letter[8] = "";
    int n;

    if (flag->letter)
        snprintf(letter, sizeof letter, "-%c, ", flag->letter);
    snprintf(head, sizeof head, "%s--%s%s%s", letter, flag->name, flag->placeholder ? " " : "",
             flag->placeholder ? flag->placeholder : "");
    n = snprintf(text, sizeof text, "%s", flag->help);
    if (flag->fallback)
        n += snprintf(text + n, sizeof text - (size_t)n, " (default: %s)", flag->fallback);
    if (flag->env)
        snprintf(text + n, sizeof text - (size_t)n, " [%s]", flag->env);
    put_entry(out, head, text);
}

static const char *placeholder_of(const struct swarm_option *option)
{
    static const char *const words[] = { "INT", "FLOAT", "", "TEXT", "SPAN", "SIZE", "RATE" };

    return words[option->type];
}

static void put_choices(FILE *text, const struct swarm_option *option)
{
    if (!option->choices)
        return;
    fputs(option->help[0] ? ", one of" : "one of", text);
    for (size_t i = 0; option->choices[i]; i++)
        fprintf(text, "%s %s", i ? "," : "", option->choices[i]);
}

static void put_option(FILE *out, const struct swarm_option *option)
{
    char name[96], env[96], head[256], *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);

    if (!stream)
        return;
    cli_option_name(name, sizeof name, option);
    cli_option_env(env, sizeof env, option);
    if (option->type == SWARM_OPTION_BOOL)
        snprintf(head, sizeof head, "--%s, --no-%s", name, name);
    else
        snprintf(head, sizeof head, "--%s %s", name, placeholder_of(option));
    fputs(option->help, stream);
    put_choices(stream, option);
    if (!option->secret && option->default_text && option->default_text[0])
        fprintf(stream, " (default: %s)", option->default_text);
    fprintf(stream, " [%s]", env);
    if (fclose(stream) == 0)
        put_entry(out, head, text);
    free(text);
}

void cli_list(FILE *out, const struct swarm_program *program)
{
    fputs("Available Users:\n", out);
    for (uint32_t i = 0; i < program->kind_count; i++)
        fprintf(out, "    %s\n", program->kinds[i].name);
}

void cli_help(FILE *out, const char *program_name, const struct swarm_program *program)
{
    static const char *const titles[GROUP_COUNT] = {
        "Run options", "TLS options", "Request statistics options", "Logging options", "Other options",
    };

    fprintf(out, "Usage: %s [options] [KIND ...]\n", program_name);
    fprintf(out, "\nA load test compiled from %s.\n", program->source);
    if (program->option_count > 0) {
        fputs("\nOptions of this scenario:\n", out);
        for (uint32_t i = 0; i < program->option_count; i++)
            put_option(out, &program->options[i]);
    }
    for (int group = 0; group < GROUP_COUNT; group++) {
        fprintf(out, "\n%s:\n", titles[group]);
        for (int i = 0; i < FLAG_COUNT; i++) {
            if ((int)flag_table[i].group == group)
                put_flag(out, &flag_table[i]);
        }
    }
    fputs("\nUser kinds (all of them run unless some are named):\n ", out);
    for (uint32_t i = 0; i < program->kind_count; i++)
        fprintf(out, " %s", program->kinds[i].name);
    fputs("\n\nExamples:\n", out);
    fprintf(out, "  %s --users 100 --spawn-rate 10 --run-time 1m --csv results\n", program_name);
    fprintf(out, "  %s --host http://127.0.0.1:8080\n", program_name);
    fputs("\nA name in [ ] is the environment variable that sets the option; the command line wins over it.\n"
          "A flag may be shortened as long as it stays unambiguous; --swarm-NAME reaches a flag hidden by\n"
          "an option of the scenario. Exit codes: 0 passed, 1 failed, 2 wrong usage, 3 the run could not\n"
          "start, 130 and 143 left at once by a second signal.\n", out);
}
