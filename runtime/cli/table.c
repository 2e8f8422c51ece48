/* table.c - the table of flags, and what a name in it means: see table.h */
#include "table.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

/* Macro names of flags.def, each with the columns of its row. */
const struct flag flag_table[FLAG_COUNT] = {
#define FLAG(id, group, name, letter, value, field, where, placeholder, fallback, help)                                \
    [FLAG_##id] = {GROUP_##group, name,        letter,   VALUE_##value, offsetof(struct run_plan, field),              \
                   WHERE_##where, placeholder, fallback, help},
#include "flags.def"
};

const struct flag_group_text flag_groups[GROUP_COUNT] = {
    [GROUP_RUN] = {"run", "Run"},
    [GROUP_USERS] = {"users", "Users, tasks and data"},
    [GROUP_TARGET] = {"target", "Connections and threads"},
    [GROUP_REPORT] = {"report", "Reports"},
    [GROUP_STATS] = {"stats", "Tables and statistics"},
    [GROUP_VERDICT] = {"verdict", "Verdict"},
    [GROUP_LOG] = {"log", "Log"},
    [GROUP_LOOK] = {"look", "Looking at the scenario"},
    [GROUP_OTHER] = {"other", "Other"},
};

/* ---- texts ------------------------------------------------------------------------------------------ */

void flag_env(char *out, size_t size, const char *prefix, const struct flag *flag)
{
    snprintf(out, size, "%s_%s", prefix, flag->name);
    for (char *p = out; *p; p++)
        *p = (char)(*p == '-' ? '_' : toupper((unsigned char)*p));
}

bool flag_takes_value(const struct flag *flag)
{
    return flag->value != VALUE_SWITCH && flag->value != VALUE_HELP;
}

bool flag_repeats(const struct flag *flag)
{
    return flag->value == VALUE_TEXTS || flag->value == VALUE_HOST || flag->value == VALUE_TAGS ||
           flag->value == VALUE_DATA;
}

const char *const *flag_choices(const struct flag *flag)
{
    static const char *const levels[] = {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL", NULL};
    static const char *const formats[] = {"text", "json", NULL};
    static const char *const shells[] = {"bash", "zsh", "fish", NULL};

    return flag->value == VALUE_LEVEL        ? levels
           : flag->value == VALUE_LOG_FORMAT ? formats
           : flag->value == VALUE_SHELL      ? shells
                                             : NULL;
}

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

const char *cli_option_placeholder(const struct swarm_option *option)
{
    static const char *const words[] = {"INT", "FLOAT", "", "TEXT", "SPAN", "SIZE", "RATE"};

    return words[option->type];
}

char *cli_option_text(const struct swarm_option *option)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    fputs(option->help, out);
    if (option->choices)
        fputs(option->help[0] ? ", one of" : "one of", out);
    for (size_t i = 0; option->choices && option->choices[i]; i++)
        fprintf(out, "%s %s", i ? "," : "", option->choices[i]);
    if (option->secret)
        fputs(option->help[0] ? " (secret)" : "(secret)", out);
    else if (option->default_text && option->default_text[0])
        fprintf(out, "%s(default: %s)", option->help[0] || option->choices ? " " : "", option->default_text);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

/* ---- finding what a name means ---------------------------------------------------------------------- */

static void label_flag(struct found *found, const struct flag *flag, const char *prefix)
{
    *found = (struct found){.flag = flag};
    if (flag->letter)
        snprintf(found->label, sizeof found->label, "-%c/--%s%s", flag->letter, prefix, flag->name);
    else
        snprintf(found->label, sizeof found->label, "--%s%s", prefix, flag->name);
}

static void label_option(struct found *found, const struct swarm_option *option, bool negated)
{
    char name[sizeof found->label - 8];

    cli_option_name(name, sizeof name, option);
    *found = (struct found){.option = option, .negated = negated};
    snprintf(found->label, sizeof found->label, "--%s%s", negated ? "no-" : "", name);
}

/* Counts in *count how often `typed` (of `len` bytes) begins `name`; a name that is equal beats all. True when
 * `found` shall become this one. */
static bool matches(const char *name, const char *typed, size_t len, int *count)
{
    if (strncmp(name, typed, len) != 0 || *count == FOUND_EXACTLY)
        return false;
    if (name[len] == '\0') {
        *count = FOUND_EXACTLY;
        return true;
    }
    return (*count)++ == 0;
}

/* Adds to the list of further matches, as far as there is room. */
static void add_name(char also[ALSO_LENGTH], const char *name)
{
    size_t used = strlen(also);

    snprintf(also + used, ALSO_LENGTH - used, ", %s", name);
}

/* Options stand before flags, so that an older scenario's option hides a newer flag. */
int table_look_up(const struct swarm_program *program, const char *typed, size_t len, struct found *found,
                  char also[ALSO_LENGTH])
{
    struct found other = {0};
    int count = 0, before;
    char name[sizeof other.label];

    for (uint32_t i = 0; i < program->option_count * 2; i++) {
        const struct swarm_option *option = &program->options[i / 2];
        bool negated = i % 2;

        if (negated && option->type != SWARM_OPTION_BOOL)
            continue;
        label_option(&other, option, negated);
        before = count;
        if (matches(other.label + 2, typed, len, &count))
            *found = other;
        else if (count != before)
            add_name(also, other.label);
    }
    for (int i = 0; i < FLAG_COUNT * 2; i++) {
        const struct flag *flag = &flag_table[i / 2];
        const char *prefix = i % 2 ? "swarm-" : "";

        /* The --swarm- names come up only when they are asked for. */
        if (i % 2 && strncmp(typed, "swarm-", 6) != 0)
            continue;
        snprintf(name, sizeof name, "--%s%s", prefix, flag->name);
        before = count;
        if (matches(name + 2, typed, len, &count))
            label_flag(found, flag, prefix);
        else if (count != before)
            add_name(also, name);
    }
    return count;
}

bool table_find_key(const struct swarm_program *program, const char *key, size_t len, struct found *found)
{
    char name[sizeof found->label], also[ALSO_LENGTH] = "";

    if (len == 0 || len >= sizeof name)
        return false;
    snprintf(name, sizeof name, "%.*s", (int)len, key);
    for (char *p = name; *p; p++) {
        if (*p == '_')
            *p = '-';
    }
    if (table_look_up(program, name, strlen(name), found, also) != FOUND_EXACTLY)
        return false;
    snprintf(found->label, sizeof found->label, "%s", name);
    return !(found->flag && found->flag->where == WHERE_LINE);
}

bool found_takes_value(const struct found *found)
{
    return found->flag ? flag_takes_value(found->flag) : found->option->type != SWARM_OPTION_BOOL;
}

bool table_is_reserved(const char *typed, size_t len, const char **instead)
{
    static const struct {
        const char *name, *instead;
    } names[] = {
#define RESERVED(name, instead) {name, instead},
#include "flags.def"
    };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strlen(names[i].name) == len && memcmp(names[i].name, typed, len) == 0) {
            *instead = names[i].instead;
            return true;
        }
    }
    return false;
}

void table_offer(const struct swarm_program *program, struct suggestion *suggestion, const char *dashes)
{
    char name[sizeof((struct found *)0)->label + 8];
    struct found found;

    for (uint32_t i = 0; i < program->option_count; i++) {
        for (int negated = 0; negated <= (program->options[i].type == SWARM_OPTION_BOOL); negated++) {
            label_option(&found, &program->options[i], negated);
            snprintf(name, sizeof name, "%s%s", dashes, found.label + 2);
            suggest_offer(suggestion, name);
        }
    }
    for (int i = 0; i < FLAG_COUNT; i++) {
        if (!dashes[0] && flag_table[i].where == WHERE_LINE)
            continue;
        snprintf(name, sizeof name, "%s%s", dashes, flag_table[i].name);
        suggest_offer(suggestion, name);
    }
}
