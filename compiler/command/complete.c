#include "complete.h"

#include <string.h>

#include "command.h"
#include "opts.h"

/* Inside single quotes of a shell; fish escapes the quote, the others end and begin the text. */
static void put_quoted(FILE *out, const char *text, bool fish, const char *also)
{
    for (; *text; text++) {
        if (*text == '\'') {
            fputs(fish ? "\\'" : "'\\''", out);
        } else if (strchr(also, *text)) {
            fprintf(out, "\\%c", *text);
        } else {
            fputc(*text, out);
        }
    }
}

/* The words that a value is one of; NULL: a file. */
static const char *words_of(const struct opts_entry *option)
{
    return strcmp(option->name, "--error-format") == 0  ? "text short json"
           : strcmp(option->name, "--completion") == 0  ? "bash zsh fish"
           : strcmp(option->name, "--http-engine") == 0 ? "native curl"
                                                        : NULL;
}

static void write_bash(FILE *out)
{
    struct opts_entry option;

    fputs("_swarmc()\n{\n    local word=\"${COMP_WORDS[COMP_CWORD]}\" before=\"${COMP_WORDS[COMP_CWORD-1]}\"\n"
          "    COMPREPLY=()\n    case \"$before\" in\n",
          out);
    for (size_t i = 0; opts_at(i, &option); i++) {
        if (words_of(&option)) {
            fprintf(out, "    %s) COMPREPLY=($(compgen -W '%s' -- \"$word\")); return ;;\n", option.name,
                    words_of(&option));
        }
    }
    fputs("    esac\n    if [[ \"$word\" == -* ]]; then\n        COMPREPLY=($(compgen -W '", out);
    for (size_t i = 0; opts_at(i, &option); i++) {
        fprintf(out, "%s%s", i ? " " : "", option.name);
    }
    fputs("' -- \"$word\"))\n        return\n    fi\n    COMPREPLY=($(compgen -f -X '!*.swarm' -- \"$word\") $(compgen "
          "-d -- \"$word\"))\n"
          "    if [ \"$COMP_CWORD\" = 1 ]; then\n        COMPREPLY+=($(compgen -W '",
          out);
    for (size_t i = 0; command_at(i); i++) {
        fprintf(out, "%s%s", i ? " " : "", command_at(i)->name);
    }
    fputs("' -- \"$word\"))\n    fi\n}\ncomplete -o filenames -F _swarmc swarmc\n", out);
}

static void write_zsh(FILE *out)
{
    struct opts_entry option;

    fputs("#compdef swarmc\n_swarmc()\n{\n    _arguments \\\n", out);
    for (size_t i = 0; opts_at(i, &option); i++) {
        fprintf(out, "    '%s[", option.name);
        put_quoted(out, option.help, false, "[]:\\");
        fputs(option.argument ? words_of(&option) ? "]:value:(" : "]:file:_files" : "]", out);
        fprintf(out, "%s%s' \\\n", option.argument && words_of(&option) ? words_of(&option) : "",
                option.argument && words_of(&option) ? ")" : "");
    }
    fputs("    '1: :{_alternative \"command:command:(", out);
    for (size_t i = 0; command_at(i); i++) {
        fprintf(out, "%s%s", i ? " " : "", command_at(i)->name);
    }
    fputs(")\" \"file:scenario:_files -g *.swarm\"}' \\\n    '*:scenario:_files -g \"*.swarm\"'\n}\n"
          "if [ \"$funcstack[1]\" = \"_swarmc\" ]; then\n    _swarmc \"$@\"\nelse\n    compdef _swarmc swarmc\nfi\n",
          out);
}

static void write_fish(FILE *out)
{
    struct opts_entry option;

    fputs("complete -c swarmc -k -x -a '(__fish_complete_suffix .swarm)'\n", out);
    for (size_t i = 0; command_at(i); i++) {
        fprintf(out, "complete -c swarmc -n __fish_use_subcommand -a %s -d '", command_at(i)->name);
        put_quoted(out, command_at(i)->help, true, "\\");
        fputs("'\n", out);
    }
    for (size_t i = 0; opts_at(i, &option); i++) {
        bool one_dash = option.name[1] != '-';

        fprintf(out, "complete -c swarmc %s %s", one_dash ? "-o" : "-l", option.name + (one_dash ? 1 : 2));
        if (option.short_name) {
            fprintf(out, " -s %c", option.short_name[1]);
        }
        if (option.argument) {
            fputs(words_of(&option) ? " -x -a '" : " -r -F", out);
            fprintf(out, "%s%s", words_of(&option) ? words_of(&option) : "", words_of(&option) ? "'" : "");
        }
        fputs(" -d '", out);
        put_quoted(out, option.help, true, "\\");
        fputs("'\n", out);
    }
}

bool complete_write(FILE *out, const char *shell)
{
    static const struct {
        const char *name;
        void (*write)(FILE *out);
    } shells[] = {{"bash", write_bash}, {"zsh", write_zsh}, {"fish", write_fish}};

    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++) {
        if (strcmp(shells[i].name, shell) == 0) {
            shells[i].write(out);
            return true;
        }
    }
    return false;
}
