/* reference.c - docs/options.md: the table of flags as a page. Linked into no scenario: a test makes it. */
#include "table.h"

static void put_cell(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '|')
            fputc('\\', out);
        fputc(*text, out);
    }
}

static void put_row(FILE *out, const struct flag *flag)
{
    char env[128];

    fputs("| ", out);
    if (flag->letter)
        fprintf(out, "`-%c`, ", flag->letter);
    fprintf(out, "`--%s%s%s` | ", flag->name, flag->placeholder ? " " : "", flag->placeholder ? flag->placeholder : "");
    put_cell(out, flag->fallback ? flag->fallback : "");
    fputs(flag->fallback ? " | " : "| ", out);
    put_cell(out, flag->help);
    fputs(" | ", out);
    if (flag->where == WHERE_LINE) {
        fputs("the command line alone |\n", out);
        return;
    }
    flag_env(env, sizeof env, "SWARM", flag);
    fprintf(out, "`%s`", env);
    if (flag->where == WHERE_LOCUST) {
        flag_env(env, sizeof env, "LOCUST", flag);
        fprintf(out, ", `%s`", env);
    }
    fputs(" |\n", out);
}

void cli_reference(FILE *out)
{
    static const struct {
        const char *name, *instead;
    } reserved[] = {
#define RESERVED(name, instead) {name, instead},
#include "flags.def"
    };

    fputs("# Options of a program\n\n"
          "Every program that `swarmc` makes takes these; `./checkout --help GROUP` shows the same, `./checkout --man "
          "| man -l -` the\n"
          "manual page, `./checkout --completion bash|zsh|fish` what a shell needs. The scenario's own options stand "
          "beside them.\n"
          "[running.md](running.md) tells how a run goes, what may stand in configuration files, and what the exit "
          "codes mean.\n"
          "This page is made from the same table as the program: `make options` writes it.\n",
          out);
    for (int group = 0; group < GROUP_COUNT; group++) {
        fprintf(out, "\n## %s (`--help %s`)\n\n| option | default | meaning | environment |\n|---|---|---|---|\n",
                flag_groups[group].title, flag_groups[group].word);
        for (int i = 0; i < FLAG_COUNT; i++) {
            if ((int)flag_table[i].group == group)
                put_row(out, &flag_table[i]);
        }
    }
    fputs("\n## Locust's options that are not there\n\n| option | instead |\n|---|---|\n", out);
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        fprintf(out, "| `--%s` | %s |\n", reserved[i].name,
                reserved[i].instead ? reserved[i].instead : "not in this version");
}
