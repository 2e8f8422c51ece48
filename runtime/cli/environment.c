/* environment.c - SWARM_NAME, and LOCUST_NAME where that is not there. An empty variable is as good as none, except for
 * texts of the scenario. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assign.h"

enum { NAME_LENGTH = 128 };

const char *cli_variable(const struct parse *p, const char *name)
{
    size_t len = strlen(name);

    for (char *const *entry = p->env; entry && *entry; entry++) {
        if (strncmp(*entry, name, len) == 0 && (*entry)[len] == '=')
            return *entry + len + 1;
    }
    return NULL;
}

static bool is_option_env(const struct parse *p, const char *name)
{
    char env[NAME_LENGTH];

    for (uint32_t i = 0; i < p->program->option_count; i++) {
        cli_option_env(env, sizeof env, &p->program->options[i]);
        if (strcmp(env, name) == 0)
            return true;
    }
    return false;
}

/* The variable that counts for a flag: its value, and its name in `name`. */
static const char *variable_of(const struct parse *p, const struct flag *flag, char name[NAME_LENGTH])
{
    const char *text;

    flag_env(name, NAME_LENGTH, "SWARM", flag);
    text = is_option_env(p, name) ? NULL : cli_variable(p, name);
    if ((!text || !*text) && flag->where == WHERE_LOCUST) {
        flag_env(name, NAME_LENGTH, "LOCUST", flag);
        text = cli_variable(p, name);
    }
    return text && *text ? text : NULL;
}

/* SWARM_KINDS, or LOCUST_USER_CLASSES: names with blanks between. */
static bool read_kinds(struct parse *p)
{
    const char *text = is_option_env(p, "SWARM_KINDS") ? NULL : cli_variable(p, "SWARM_KINDS");
    char *rest, *word;

    p->from = "SWARM_KINDS";
    if (!text || !*text) {
        text = cli_variable(p, "LOCUST_USER_CLASSES");
        p->from = "LOCUST_USER_CLASSES";
    }
    if (!text)
        return true;
    p->place = p->from;
    rest = cli_keep(p, text, strlen(text));
    while ((word = strsep(&rest, " \t"))) {
        if (*word && !cli_add_kind(p, word))
            return false;
    }
    p->place = NULL;
    return true;
}

bool cli_read_environment(struct parse *p)
{
    char env[NAME_LENGTH];
    const char *text;

    for (int i = 0; i < FLAG_COUNT; i++) {
        const struct flag *flag = &flag_table[i];

        text = flag->where == WHERE_LINE ? NULL : variable_of(p, flag, env);
        p->from = env;
        if (text && !cli_set_flag(p, flag, env, text))
            return false;
    }
    for (uint32_t i = 0; i < p->program->option_count; i++) {
        const struct swarm_option *option = &p->program->options[i];

        cli_option_env(env, sizeof env, option);
        p->from = env;
        text = cli_variable(p, env);
        if (text && (*text || option->type == SWARM_OPTION_STRING) && !cli_set_option(p, option, env, text))
            return false;
    }
    return read_kinds(p);
}

/* ---- variables that nothing reads -------------------------------------------------------------------- */

static const char prefix[] = "SWARM_";

/* Read by swarmc. */
static const char *const others[] = {"SWARM_HOME"};

static const struct flag *flag_with_env(const char *name)
{
    char env[NAME_LENGTH];

    for (int i = 0; i < FLAG_COUNT; i++) {
        flag_env(env, sizeof env, "SWARM", &flag_table[i]);
        if (strcmp(env, name) == 0)
            return &flag_table[i];
    }
    return NULL;
}

static bool is_other(const char *name)
{
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (strcmp(others[i], name) == 0)
            return true;
    }
    return false;
}

/* The name that is meant, in `best`: one slip in up to four letters, two in up to eight, else three. Other programs have
 * variables that begin with SWARM_ too, so what is like no name of ours is left alone. */
static void find_meant(const struct parse *p, const char *name, struct suggestion *s)
{
    size_t letters = strlen(name) - strlen(prefix);
    char env[NAME_LENGTH];

    suggest_start(s, name);
    s->distance = letters <= 4 ? 2 : letters <= 8 ? 3 : 4;
    for (uint32_t i = 0; i < p->program->option_count; i++) {
        cli_option_env(env, sizeof env, &p->program->options[i]);
        suggest_offer(s, env);
    }
    for (int i = 0; i < FLAG_COUNT; i++) {
        flag_env(env, sizeof env, "SWARM", &flag_table[i]);
        if (flag_table[i].where != WHERE_LINE)
            suggest_offer(s, env);
    }
    suggest_offer(s, "SWARM_KINDS");
    if (strcmp(name, "SWARM_USER_CLASSES") == 0) /* what becomes of LOCUST_USER_CLASSES */
        snprintf(s->best, sizeof s->best, "SWARM_KINDS");
}

/* Names alone are told: a value may be a secret. */
static void warn_of(const struct parse *p, const char *name)
{
    const struct flag *flag = flag_with_env(name);
    struct suggestion meant;

    if (is_other(name) || is_option_env(p, name) || strcmp(name, "SWARM_KINDS") == 0 ||
        (flag && flag->where != WHERE_LINE))
        return;
    if (flag) {
        if (flag->group == GROUP_LOOK)
            fprintf(p->err, "%s: warning: %s is not read: --%s counts on the command line alone\n", p->name, name,
                    flag->name);
        return;
    }
    find_meant(p, name, &meant);
    if (meant.best[0])
        fprintf(p->err, "%s: warning: nothing reads %s; did you mean %s?\n", p->name, name, meant.best);
}

void cli_warn_of_environment(const struct parse *p)
{
    for (char *const *entry = p->env; entry && *entry; entry++) {
        size_t len = strcspn(*entry, "=");
        char name[NAME_LENGTH];

        if (strncmp(*entry, prefix, strlen(prefix)) != 0 || len >= sizeof name)
            continue;
        memcpy(name, *entry, len);
        name[len] = '\0';
        warn_of(p, name);
    }
}
