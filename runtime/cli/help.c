/* help.c - what --help and --list print, from the same tables that are parsed. A group fits a terminal's screen. */
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "table.h"

enum { HELP_COLUMN = 26, NARROWEST = 60, WIDEST = 110, USUAL = 80 };

int cli_help_width(FILE *out)
{
    const char *text = getenv("COLUMNS");
    long columns = text ? strtol(text, NULL, 10) : 0;
    struct winsize size;
    int fd = fileno(out);

    if (columns <= 0 && fd >= 0 && isatty(fd) && ioctl(fd, TIOCGWINSZ, &size) == 0)
        columns = size.ws_col;
    if (columns <= 0)
        columns = USUAL;
    return columns < NARROWEST ? NARROWEST : columns > WIDEST ? WIDEST : (int)columns;
}

/* Columns that a text of UTF-8 without wide characters takes. */
static size_t columns_of(const char *text, size_t len)
{
    size_t columns = 0;

    for (size_t i = 0; i < len; i++)
        columns += ((unsigned char)text[i] & 0xc0) != 0x80;
    return columns;
}

/* `text` from the column on where the cursor stands, broken between words, further lines from `indent` on. */
static void put_wrapped(FILE *out, const char *text, size_t indent, size_t width)
{
    size_t column = indent;

    while (*text) {
        size_t len = strcspn(text, " "), columns = columns_of(text, len);

        if (column > indent && column + 1 + columns > width) {
            fprintf(out, "\n%*s", (int)indent, "");
            column = indent;
        } else if (column > indent) {
            fputc(' ', out);
            column++;
        }
        fwrite(text, 1, len, out);
        column += columns;
        text += len + strspn(text + len, " ");
    }
    fputc('\n', out);
}

/* One entry: what is typed, then the text from HELP_COLUMN on. */
static void put_entry(FILE *out, const char *head, const char *text, size_t width)
{
    size_t column = 2 + columns_of(head, strlen(head));

    fprintf(out, "  %s", head);
    if (column + 2 > HELP_COLUMN) {
        fputc('\n', out);
        column = 0;
    }
    fprintf(out, "%*s", (int)(HELP_COLUMN - column), "");
    put_wrapped(out, text, HELP_COLUMN, width);
}

static void put_flag(FILE *out, const struct flag *flag, size_t width)
{
    char head[128], text[512], letter[8] = "";

    if (flag->letter)
        snprintf(letter, sizeof letter, "-%c, ", flag->letter);
    snprintf(head, sizeof head, "%s--%s%s%s", letter, flag->name, flag->placeholder ? " " : "",
             flag->placeholder ? flag->placeholder : "");
    if (flag->fallback)
        snprintf(text, sizeof text, "%s (default: %s)", flag->help, flag->fallback);
    else
        snprintf(text, sizeof text, "%s", flag->help);
    put_entry(out, head, text, width);
}

static void put_option(FILE *out, const struct swarm_option *option, size_t width)
{
    char name[96], env[96], head[256], *text = cli_option_text(option), *whole = NULL;

    cli_option_name(name, sizeof name, option);
    if (option->type == SWARM_OPTION_BOOL)
        snprintf(head, sizeof head, "--%s, --no-%s", name, name);
    else
        snprintf(head, sizeof head, "--%s %s", name, cli_option_placeholder(option));
    cli_option_env(env, sizeof env, option);
    if (text && asprintf(&whole, "%s%s[%s]", text, text[0] ? " " : "", env) >= 0)
        put_entry(out, head, whole, width);
    free(whole);
    free(text);
}

static void put_scenario(FILE *out, const struct swarm_program *program, size_t width)
{
    if (program->option_count == 0)
        return;
    fputs("\nOptions of this scenario:\n", out);
    for (uint32_t i = 0; i < program->option_count; i++)
        put_option(out, &program->options[i], width);
}

static void put_group(FILE *out, int group, size_t width)
{
    fprintf(out, "\n%s options:\n", flag_groups[group].title);
    for (int i = 0; i < FLAG_COUNT; i++) {
        if ((int)flag_table[i].group == group)
            put_flag(out, &flag_table[i], width);
    }
}

static void put_kinds(FILE *out, const struct swarm_program *program, size_t width)
{
    fputs("\nUser kinds (all of them run unless some are named):\n ", out);
    for (uint32_t i = 0, column = 1; i < program->kind_count; i++) {
        size_t len = strlen(program->kinds[i].name);

        if (column + 1 + len > width && column > 1) {
            fputs("\n ", out);
            column = 1;
        }
        fprintf(out, " %s", program->kinds[i].name);
        column += (uint32_t)len + 1;
    }
    fputc('\n', out);
}

static void put_notes(FILE *out, size_t width)
{
    fputc('\n', out);
    put_wrapped(
        out,
        "Each option also has an environment variable (--run-time: SWARM_RUN_TIME; the LOCUST_RUN_TIME of a "
        "Locust job is read where that is missing) and a key in ./swarm.conf, ~/.swarm.conf and "
        "[tool.swarm] of a TOML file (run-time = 5m). The command line wins over the environment, that over files. "
        "An option may be shortened as long as it stays unambiguous; --swarm-NAME reaches an option hidden by "
        "one of the scenario.",
        0, width);
}

static void put_codes(FILE *out, size_t width)
{
    fputc('\n', out);
    put_wrapped(out,
                "Exit codes: 0 passed, 1 failed, 2 wrong usage, 3 could not run, 4 the machine that made the load "
                "was not healthy, 130 and 143 left at once by a second signal.",
                0, width);
}

/* What groups there are, each with the names of its options. */
static void put_groups(FILE *out, const char *name, size_t width)
{
    fprintf(out, "\nOptions by group; %s --help GROUP tells more, --help all tells all:\n", name);
    for (int group = 0; group < GROUP_COUNT; group++) {
        char text[1024] = "";
        size_t used = 0;

        for (int i = 0; i < FLAG_COUNT && used < sizeof text; i++) {
            if ((int)flag_table[i].group == group)
                used +=
                    (size_t)snprintf(text + used, sizeof text - used, "%s--%s", used ? " " : "", flag_table[i].name);
        }
        fprintf(out, "  %-9s", flag_groups[group].word);
        put_wrapped(out, text, 11, width);
    }
}

static void put_usage(FILE *out, const char *name, const struct swarm_program *program)
{
    fprintf(out, "Usage: %s [options] [KIND ...]\n", name);
    fprintf(out, "\nA load test compiled from %s.\n", program->source);
}

static void put_overview(FILE *out, const char *name, const struct swarm_program *program, size_t width)
{
    put_usage(out, name, program);
    fputs("\nExamples:\n", out);
    fprintf(out, "  %s --users 100 --spawn-rate 10 --run-time 1m --csv results\n", name);
    fprintf(out, "  %s --host http://127.0.0.1:8080 --once --trace\n", name);
    put_scenario(out, program, width);
    put_groups(out, name, width);
}

static void put_all(FILE *out, const char *name, const struct swarm_program *program, size_t width)
{
    put_usage(out, name, program);
    put_scenario(out, program, width);
    for (int group = 0; group < GROUP_COUNT; group++)
        put_group(out, group, width);
    put_kinds(out, program, width);
    put_notes(out, width);
    put_codes(out, width);
}

bool cli_help(FILE *out, const char *program_name, const struct swarm_program *program, const char *topic, int columns)
{
    size_t width = (size_t)columns;

    if (topic[0] == '\0') {
        put_overview(out, program_name, program, width);
        return true;
    }
    if (strcmp(topic, "all") == 0) {
        put_all(out, program_name, program, width);
        return true;
    }
    if (strcmp(topic, "scenario") == 0) {
        put_scenario(out, program, width);
        put_kinds(out, program, width);
        return true;
    }
    for (int group = 0; group < GROUP_COUNT; group++) {
        if (strcmp(topic, flag_groups[group].word) != 0)
            continue;
        put_group(out, group, width);
        if (group == GROUP_VERDICT)
            put_codes(out, width);
        if (group == GROUP_OTHER)
            put_notes(out, width);
        return true;
    }
    return false;
}

void cli_list(FILE *out, const struct swarm_program *program)
{
    fputs("Available Users:\n", out);
    for (uint32_t i = 0; i < program->kind_count; i++)
        fprintf(out, "    %s\n", program->kinds[i].name);
}
