/* man.c - the manual page of a program, in the man macros: --man | man -l - */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"

/* A text between macros: no line of it begins a request, no hyphen becomes a dash. */
static void put_text(FILE *out, const char *text)
{
    for (const char *c = text; *c; c++) {
        if ((*c == '.' || *c == '\'') && (c == text || c[-1] == '\n'))
            fputs("\\&", out);
        if (*c == '\\')
            fputs("\\e", out);
        else if (*c == '-')
            fputs("\\-", out);
        else if (strncmp(c, "…", strlen("…")) == 0) {
            fputs("...", out);
            c += strlen("…") - 1;
        } else
            fputc(*c, out);
    }
}

static void put_name(FILE *out, const char *dashes, const char *name)
{
    fputs("\\fB", out);
    put_text(out, dashes);
    put_text(out, name);
    fputs("\\fR", out);
}

static void put_flag(FILE *out, const struct flag *flag)
{
    char letter[2] = {flag->letter, '\0'}, env[128];

    fputs(".TP\n", out);
    if (flag->letter) {
        put_name(out, "-", letter);
        fputs(", ", out);
    }
    put_name(out, "--", flag->name);
    if (flag->placeholder) {
        fputs(" \\fI", out);
        put_text(out, flag->placeholder);
        fputs("\\fR", out);
    }
    fputc('\n', out);
    put_text(out, flag->help);
    fputs(".\n", out);
    if (flag->fallback) {
        fputs("Default: ", out);
        put_text(out, flag->fallback);
        fputs(".\n", out);
    }
    if (flag->where != WHERE_LINE) {
        flag_env(env, sizeof env, "SWARM", flag);
        fprintf(out, "Environment: %s", env);
        if (flag->where == WHERE_LOCUST) {
            flag_env(env, sizeof env, "LOCUST", flag);
            fprintf(out, ", %s", env);
        }
        fputs(".\n", out);
    }
}

static void put_option(FILE *out, const struct swarm_option *option)
{
    char name[128], *text = cli_option_text(option);

    fputs(".TP\n", out);
    cli_option_name(name, sizeof name, option);
    put_name(out, "--", name);
    if (option->type == SWARM_OPTION_BOOL) {
        fputs(", ", out);
        put_name(out, "--no-", name);
    } else {
        fprintf(out, " \\fI%s\\fR", cli_option_placeholder(option));
    }
    fputc('\n', out);
    put_text(out, text ? text : "");
    cli_option_env(name, sizeof name, option);
    fprintf(out, "\nEnvironment: %s.\n", name);
    free(text);
}

static void put_title(FILE *out, const char *name)
{
    fputs(".TH \"", out);
    for (const char *c = name; *c; c++)
        fputc(*c == '"' || *c == '\\' ? '_' : toupper((unsigned char)*c), out);
    fputs("\" 1 \"\" \"swarm " SWARM_VERSION "\" \"Load tests\"\n", out);
}

void cli_man(FILE *out, const char *program_name, const struct swarm_program *program)
{
    put_title(out, program_name);
    fputs(".SH NAME\n", out);
    put_text(out, program_name);
    fputs(" \\- load test compiled from ", out);
    put_text(out, program->source);
    fputs("\n.SH SYNOPSIS\n", out);
    put_name(out, "", program_name);
    fputs(" [options] [\\fIKIND\\fR ...]\n", out);
    fputs(".SH DESCRIPTION\nCreates users of the kinds ", out);
    for (uint32_t i = 0; i < program->kind_count; i++)
        fprintf(out, "%s%s", i ? ", " : "", program->kinds[i].name);
    fputs(", lets them do their tasks, and reports what the server answered, how fast.\nKinds that are named restrict "
          "the "
          "run to them.\n",
          out);
    if (program->option_count > 0)
        fputs(".SH OPTIONS OF THE SCENARIO\n", out);
    for (uint32_t i = 0; i < program->option_count; i++)
        put_option(out, &program->options[i]);
    fputs(".SH OPTIONS\n", out);
    for (int group = 0; group < GROUP_COUNT; group++) {
        fprintf(out, ".SS %s\n", flag_groups[group].title);
        for (int i = 0; i < FLAG_COUNT; i++) {
            if ((int)flag_table[i].group == group)
                put_flag(out, &flag_table[i]);
        }
    }
    fputs(
        ".SH FILES\n.TP\n\\&./swarm.conf, ~/.swarm.conf, [tool.swarm] of ./pyproject.toml\n"
        "Options, one a line, as in \\fBrun\\-time = 5m\\fR. The command line wins over the environment, the "
        "environment "
        "over \\-\\-config, that over the others.\n"
        ".SH KEYS\nOn a terminal: w and W start 1 and 10 users more, s and S stop them, p pauses and goes on, q ends "
        "the "
        "run, ? shows the keys.\n"
        ".SH SIGNALS\n.TP\nSIGINT, SIGTERM\nThe users stop in order, the exit code is that of the verdict; the second "
        "one ends the program at once.\n.TP\nSIGUSR1\nPrints the tables.\n.TP\nSIGHUP\nOpens the log file anew.\n"
        ".SH EXIT STATUS\n.TP\n0\npassed\n.TP\n1\nfailed\n.TP\n2\nwrong usage\n.TP\n3\ncould not run\n.TP\n4\nthe "
        "machine "
        "that made the load was not healthy\n.TP\n130, 143\nleft at once by a second signal\n",
        out);
}
