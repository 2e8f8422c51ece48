/* complete.c - what a shell needs to complete the options of a program. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"

/* What may follow an option. */
enum follows { NOTHING, ANYTHING, A_FILE, A_WORD };

struct entry {
    char name[128]; /* without the dashes */
    char letter;
    enum follows follows;
    const char *const *words; /* of A_WORD, NULL-terminated */
    const char *help;
};

static const char *const *topics(void)
{
    static const char *words[GROUP_COUNT + 3];

    for (int i = 0; i < GROUP_COUNT; i++)
        words[i] = flag_groups[i].word;
    words[GROUP_COUNT] = "scenario";
    words[GROUP_COUNT + 1] = "all";
    return words;
}

static struct entry entry_of_flag(const struct flag *flag)
{
    struct entry entry = {.letter = flag->letter, .help = flag->help};

    snprintf(entry.name, sizeof entry.name, "%s", flag->name);
    entry.words = flag->value == VALUE_HELP ? topics() : flag_choices(flag);
    if (entry.words)
        entry.follows = A_WORD;
    else if (flag->value == VALUE_FILE || flag->value == VALUE_READABLE || flag->value == VALUE_CONFIG ||
             strcmp(flag->name, "csv") == 0)
        entry.follows = A_FILE;
    else if (flag_takes_value(flag))
        entry.follows = ANYTHING;
    return entry;
}

static struct entry entry_of_option(const struct swarm_option *option, bool negated)
{
    struct entry entry = {.words = option->choices, .help = option->help};
    char name[100];

    cli_option_name(name, sizeof name, option);
    snprintf(entry.name, sizeof entry.name, "%s%s", negated ? "no-" : "", name);
    if (option->choices)
        entry.follows = A_WORD;
    else if (option->type != SWARM_OPTION_BOOL)
        entry.follows = ANYTHING;
    return entry;
}

static void each(const struct swarm_program *program, FILE *out, void (*put)(FILE *, const struct entry *))
{
    struct entry entry;

    for (uint32_t i = 0; i < program->option_count; i++) {
        entry = entry_of_option(&program->options[i], false);
        put(out, &entry);
        if (program->options[i].type == SWARM_OPTION_BOOL) {
            entry = entry_of_option(&program->options[i], true);
            put(out, &entry);
        }
    }
    for (int i = 0; i < FLAG_COUNT; i++) {
        entry = entry_of_flag(&flag_table[i]);
        put(out, &entry);
    }
}

/* Inside single quotes of a shell. */
static void put_quoted(FILE *out, const char *text, const char *also)
{
    for (; *text; text++) {
        if (*text == '\'')
            fputs("'\\''", out);
        else if (strchr(also, *text))
            fprintf(out, "\\%c", *text);
        else
            fputc(*text == '\n' ? ' ' : *text, out);
    }
}

static void put_words(FILE *out, const char *const *words)
{
    for (size_t i = 0; words[i]; i++) {
        if (i > 0)
            fputc(' ', out);
        put_quoted(out, words[i], "");
    }
}

/* A name that a shell's function may have. */
static void put_function(FILE *out, const char *name)
{
    fputs("_swarm_", out);
    for (; *name; name++)
        fputc(isalnum((unsigned char)*name) ? *name : '_', out);
}

/* ---- bash ------------------------------------------------------------------------------------------- */

static void put_bash_case(FILE *out, const struct entry *entry)
{
    if (entry->follows == NOTHING)
        return;
    fputs("    ", out);
    if (entry->letter)
        fprintf(out, "-%c|", entry->letter);
    fprintf(out, "--%s)\n", entry->name);
    if (entry->follows == A_FILE) {
        fputs("        COMPREPLY=($(compgen -f -- \"$word\"))\n", out);
    } else if (entry->follows == A_WORD) {
        fputs("        COMPREPLY=($(compgen -W '", out);
        put_words(out, entry->words);
        fputs("' -- \"$word\"))\n", out);
    }
    fputs("        return ;;\n", out);
}

/* The kinds of users, between spaces. */
static void put_kinds(FILE *out, const struct swarm_program *program)
{
    for (uint32_t i = 0; i < program->kind_count; i++) {
        fprintf(out, "%s%s", i ? " " : "", program->kinds[i].name);
    }
}

static void put_bash_name(FILE *out, const struct entry *entry)
{
    fprintf(out, " --%s", entry->name);
}

static void put_bash(FILE *out, const char *name, const struct swarm_program *program)
{
    put_function(out, name);
    fputs("()\n{\n    local word=\"${COMP_WORDS[COMP_CWORD]}\" before=\"${COMP_WORDS[COMP_CWORD-1]}\"\n"
          "    COMPREPLY=()\n    case \"$before\" in\n",
          out);
    each(program, out, put_bash_case);
    fputs("    esac\n    if [[ \"$word\" == -* ]]; then\n        COMPREPLY=($(compgen -W '", out);
    each(program, out, put_bash_name);
    fputs("' -- \"$word\"))\n    else\n        COMPREPLY=($(compgen -W '", out);
    put_kinds(out, program);
    fputs("' -- \"$word\"))\n    fi\n}\ncomplete -F ", out);
    put_function(out, name);
    fputs(" '", out);
    put_quoted(out, name, "");
    fputs("'\n", out);
}

/* ---- zsh -------------------------------------------------------------------------------------------- */

static void put_zsh_entry(FILE *out, const struct entry *entry)
{
    fputs("    '", out);
    if (entry->letter)
        fprintf(out, "(-%c --%s)'{-%c,--%s}'", entry->letter, entry->name, entry->letter, entry->name);
    else
        fprintf(out, "--%s", entry->name);
    fputc('[', out);
    put_quoted(out, entry->help[0] ? entry->help : entry->name, "[]:\\");
    fputc(']', out);
    if (entry->follows == A_FILE) {
        fputs(":file:_files", out);
    } else if (entry->follows == A_WORD) {
        fputs(":value:(", out);
        put_words(out, entry->words);
        fputc(')', out);
    } else if (entry->follows == ANYTHING) {
        fputs(":value: ", out);
    }
    fputs("' \\\n", out);
}

static void put_zsh(FILE *out, const char *name, const struct swarm_program *program)
{
    fprintf(out, "#compdef %s\n", name);
    put_function(out, name);
    fputs("()\n{\n    _arguments \\\n", out);
    each(program, out, put_zsh_entry);
    fputs("    '*:kind of user:(", out);
    put_kinds(out, program);
    fputs(")'\n}\nif [ \"$funcstack[1]\" = \"", out);
    put_function(out, name);
    fputs("\" ]; then\n    ", out);
    put_function(out, name);
    fputs(" \"$@\"\nelse\n    compdef ", out);
    put_function(out, name);
    fputs(" '", out);
    put_quoted(out, name, "");
    fputs("'\nfi\n", out);
}

/* ---- fish ------------------------------------------------------------------------------------------- */

static void put_fish_quoted(FILE *out, const char *text)
{
    for (const char *c = text; *c; c++) {
        fprintf(out, *c == '\'' || *c == '\\' ? "\\%c" : "%c", *c);
    }
}

static void put_fish_entry(FILE *out, const struct entry *entry)
{
    fputs("complete -c $program -l ", out);
    fputs(entry->name, out);
    if (entry->letter)
        fprintf(out, " -s %c", entry->letter);
    if (entry->follows == A_FILE)
        fputs(" -r -F", out);
    else if (entry->follows != NOTHING)
        fputs(" -x", out);
    if (entry->follows == A_WORD) {
        fputs(" -a '", out);
        put_words(out, entry->words);
        fputc('\'', out);
    }
    if (entry->help[0]) {
        fputs(" -d '", out);
        put_fish_quoted(out, entry->help);
        fputc('\'', out);
    }
    fputc('\n', out);
}

static void put_fish(FILE *out, const char *name, const struct swarm_program *program)
{
    fputs("set -l program '", out);
    put_fish_quoted(out, name);
    fputs("'\ncomplete -c $program -f -a '", out);
    put_kinds(out, program);
    fputs("'\n", out);
    each(program, out, put_fish_entry);
}

void cli_completion(FILE *out, const char *program_name, const struct swarm_program *program, const char *shell)
{
    if (strcmp(shell, "bash") == 0)
        put_bash(out, program_name, program);
    else if (strcmp(shell, "zsh") == 0)
        put_zsh(out, program_name, program);
    else
        put_fish(out, program_name, program);
}
