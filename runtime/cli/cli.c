/* cli.c - parses the command line and the environment: see cli.h */
#include "assign.h"

#include <stdlib.h>
#include <string.h>

#include "../log/memory.h"
#include "../log/secret.h"

#ifndef SWARM_VERSION
#define SWARM_VERSION "0.1.0"
#endif

const struct flag flag_table[FLAG_COUNT] = {
#define FLAG(id, group, name, letter, value, env, placeholder, fallback, help) \
    [FLAG_##id] = { GROUP_##group, name, letter, VALUE_##value, env, placeholder, fallback, help },
#include "flags.def"
};

enum { ALSO_LENGTH = 512 };

/* A flag or an option of the scenario, as found by its name. */
struct found {
    const struct flag *flag;      /* one of the two */
    const struct swarm_option *option;
    bool negated;                 /* --no-NAME */
    char label[CLI_NAME_LENGTH];  /* for messages: "-u/--users", "--page-size", "SWARM_USERS" */
};

void run_plan_free(struct run_plan *plan)
{
    if (plan->texts) {
        for (size_t i = 0; i < plan->texts->count; i++)
            free(plan->texts->items[i]);
        free(plan->texts->items);
        free(plan->texts);
    }
    free(plan->kind_hosts);
    free(plan->data);
    free(plan->thresholds);
    free(plan->only);
    free(plan->tags.items);
    free(plan->exclude_tags.items);
    memset(plan, 0, sizeof *plan);
}

/* ---- finding what a name means ---------------------------------------------------------------------- */

static void label_flag(struct found *found, const struct flag *flag, const char *prefix)
{
    *found = (struct found){ .flag = flag };
    if (flag->letter)
        snprintf(found->label, sizeof found->label, "-%c/--%s%s", flag->letter, prefix, flag->name);
    else
        snprintf(found->label, sizeof found->label, "--%s%s", prefix, flag->name);
}

static void label_option(struct found *found, const struct swarm_option *option, bool negated)
{
    char name[CLI_NAME_LENGTH - 8];

    cli_option_name(name, sizeof name, option);
    *found = (struct found){ .option = option, .negated = negated };
    snprintf(found->label, sizeof found->label, "--%s%s", negated ? "no-" : "", name);
}

enum { EXACT = 1000000 };

/* Counts in *matches how often `typed` (of `len` bytes) begins `name`; a name that is equal beats all.
 * True when `found` shall become this one. */
static bool matches(const char *name, const char *typed, size_t len, int *count)
{
    if (strncmp(name, typed, len) != 0 || *count == EXACT)
        return false;
    if (name[len] == '\0') {
        *count = EXACT;
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

/* Looks at all long names. Options stand before flags, so that an older scenario's option hides a newer
 * flag. `also` gets the names of further matches. */
static int look_up(const struct parse *p, const char *typed, size_t len, struct found *found,
                   char also[ALSO_LENGTH])
{
    const struct swarm_program *program = p->program;
    struct found other = { 0 };
    int count = 0, before;
    char name[CLI_NAME_LENGTH];

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

static void offer_all(const struct parse *p, struct suggestion *suggestion)
{
    struct found found;
    char name[CLI_NAME_LENGTH];

    for (uint32_t i = 0; i < p->program->option_count; i++) {
        for (int negated = 0; negated <= (p->program->options[i].type == SWARM_OPTION_BOOL); negated++) {
            label_option(&found, &p->program->options[i], negated);
            suggest_offer(suggestion, found.label);
        }
    }
    for (int i = 0; i < FLAG_COUNT; i++) {
        snprintf(name, sizeof name, "--%s", flag_table[i].name);
        suggest_offer(suggestion, name);
    }
}

static bool is_reserved(const char *typed, size_t len)
{
    static const char *const names[] = {
#define RESERVED(name) name,
#include "flags.def"
    };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strlen(names[i]) == len && memcmp(names[i], typed, len) == 0)
            return true;
    }
    return false;
}

static bool unknown_option(struct parse *p, const char *argument)
{
    struct suggestion suggestion;
    char typed[CLI_NAME_LENGTH];

    snprintf(typed, sizeof typed, "%.*s", (int)strcspn(argument, "="), argument);
    if (is_reserved(typed + 2, strlen(typed) < 2 ? 0 : strlen(typed) - 2)) {
        cli_complain(p, "%s is not available in this version (swarm " SWARM_VERSION ")", typed);
        return false;
    }
    cli_complain(p, "unrecognized arguments: %s", typed);
    suggest_start(&suggestion, typed);
    offer_all(p, &suggestion);
    if (suggestion.best[0])
        fprintf(p->err, "Did you mean '%s'?\n", suggestion.best);
    else
        fprintf(p->err, "%s --help shows what there is\n", p->name);
    return false;
}

/* ---- the command line ------------------------------------------------------------------------------- */

static bool takes_value(const struct found *found)
{
    return found->flag ? found->flag->value != VALUE_SWITCH : found->option->type != SWARM_OPTION_BOOL;
}

static bool apply(struct parse *p, const struct found *found, const char *text)
{
    bool truth = true;

    if (found->flag)
        return cli_set_flag(p, found->flag, found->label, text);
    if (found->option->type != SWARM_OPTION_BOOL)
        return cli_set_option(p, found->option, found->label, text);
    if (text && !found->negated)
        return cli_set_option(p, found->option, found->label, text);
    if (text) {
        cli_complain(p, "argument %s: takes no value", found->label);
        return false;
    }
    truth = !found->negated;
    return cli_set_option(p, found->option, found->label, truth ? "true" : "false");
}

/* Whether an argument can be the value of the option before it: not another option, but "-5" and "-" may. */
static bool is_value(const char *argument)
{
    return argument && (argument[0] != '-' || argument[1] == '\0' || argument[1] == '.' ||
                        (argument[1] >= '0' && argument[1] <= '9'));
}

/* Applies the value behind a flag, of a list every word up to the next flag (as argparse's nargs='*' does). */
static bool apply_rest(struct parse *p, const struct found *found, char *const *rest, int *used)
{
    bool list = found->flag && found->flag->value == VALUE_LIST;

    if (!is_value(rest[0])) {
        cli_complain(p, "argument %s: expected %s", found->label, list ? "at least one argument" : "one argument");
        return false;
    }
    do {
        if (!apply(p, found, rest[(*used)++]))
            return false;
    } while (list && is_value(rest[*used]));
    return true;
}

static bool parse_long(struct parse *p, const char *argument, char *const *rest, int *used)
{
    const char *typed = argument + 2, *equals = strchr(typed, '=');
    size_t len = equals ? (size_t)(equals - typed) : strlen(typed);
    struct found found = { 0 };
    char also[ALSO_LENGTH] = "";
    int count = len > 0 && len < CLI_NAME_LENGTH ? look_up(p, typed, len, &found, also) : 0;

    if (count == 0 || (count < EXACT && is_reserved(typed, len)))
        return unknown_option(p, argument);
    if (count > 1 && count < EXACT) {
        cli_complain(p, "ambiguous option: --%.*s could match %s%s", (int)len, typed,
                     strstr(found.label, "--"), also);
        return false;
    }
    if (equals || !takes_value(&found))
        return apply(p, &found, equals ? equals + 1 : NULL);
    return apply_rest(p, &found, rest, used);
}

static const struct flag *flag_with_letter(char letter)
{
    for (int i = 0; i < FLAG_COUNT; i++) {
        if (flag_table[i].letter == letter)
            return &flag_table[i];
    }
    return NULL;
}

/* -u 5, -u5, -u=5, and switches in one word: -lV. */
static bool parse_short(struct parse *p, const char *argument, char *const *rest, int *used)
{
    for (const char *letter = argument + 1; *letter; letter++) {
        const struct flag *flag = flag_with_letter(*letter);
        struct found found;

        if (!flag)
            return unknown_option(p, argument);
        label_flag(&found, flag, "");
        if (!takes_value(&found)) {
            if (!apply(p, &found, NULL))
                return false;
            continue;
        }
        if (letter[1] != '\0')
            return apply(p, &found, letter + 1 + (letter[1] == '='));
        return apply_rest(p, &found, rest, used);
    }
    return true;
}

static bool add_kind(struct parse *p, const char *name)
{
    int kind = cli_kind_named(p->program, name, strlen(name));

    if (kind < 0)
        return cli_unknown_kind(p, name);
    if (!p->plan->only_given)
        memset(p->plan->only, 0, p->program->kind_count * sizeof *p->plan->only);
    p->plan->only_given = true;
    p->plan->only[kind] = true;
    return true;
}

static bool parse_arguments(struct parse *p, int argc, char *const *argv)
{
    bool options = true;

    for (int i = 1; i < argc; i++) {
        int used = 0;
        bool good;

        if (options && strcmp(argv[i], "--") == 0) {
            options = false;
            continue;
        }
        if (options && argv[i][0] == '-' && argv[i][1] == '-')
            good = parse_long(p, argv[i], argv + i + 1, &used);
        else if (options && argv[i][0] == '-' && argv[i][1] != '\0')
            good = parse_short(p, argv[i], argv + i + 1, &used);
        else
            good = add_kind(p, argv[i]);
        if (!good)
            return false;
        i += used;
    }
    return true;
}

/* ---- the environment -------------------------------------------------------------------------------- */

static const char *variable(const struct parse *p, const char *name)
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
    char env[CLI_NAME_LENGTH];

    for (uint32_t i = 0; i < p->program->option_count; i++) {
        cli_option_env(env, sizeof env, &p->program->options[i]);
        if (strcmp(env, name) == 0)
            return true;
    }
    return false;
}

/* Several hosts in one variable are separated by blanks. */
static bool set_hosts(struct parse *p, const struct flag *flag, const char *text)
{
    char *copy = memory_text(text, strlen(text)), *rest = copy, *word;
    bool good = true;

    while (good && (word = strsep(&rest, " \t"))) {
        if (*word)
            good = cli_set_flag(p, flag, flag->env, word);
    }
    free(copy);
    return good;
}

/* An empty variable is as good as none, except for texts of the scenario. */
static bool parse_environment(struct parse *p)
{
    char env[CLI_NAME_LENGTH];
    const char *text;

    for (int i = 0; i < FLAG_COUNT; i++) {
        const struct flag *flag = &flag_table[i];

        text = flag->env && !is_option_env(p, flag->env) ? variable(p, flag->env) : NULL;
        if (!text || !*text)
            continue;
        if (!(flag->value == VALUE_HOST ? set_hosts(p, flag, text) : cli_set_flag(p, flag, flag->env, text)))
            return false;
    }
    for (uint32_t i = 0; i < p->program->option_count; i++) {
        const struct swarm_option *option = &p->program->options[i];

        cli_option_env(env, sizeof env, option);
        text = variable(p, env);
        if (text && (*text || option->type == SWARM_OPTION_STRING) && !cli_set_option(p, option, env, text))
            return false;
    }
    return true;
}

/* ---- all of it -------------------------------------------------------------------------------------- */

static void set_defaults(struct run_plan *plan, const struct swarm_program *program)
{
    *plan = (struct run_plan){
        .users = 1,
        .spawn_rate = 1,
        .stop_timeout_ns = 10 * SWARM_S,
        .pool_threads = 16,
        .exit_code_on_error = EXIT_FAILED_RUN,
        .log_level = LOG_LEVEL_INFO,
        .only = memory_new(program->kind_count, sizeof(bool)),
        .texts = memory_new(1, sizeof(struct cli_texts)),
    };
    for (uint32_t i = 0; i < program->kind_count; i++)
        plan->only[i] = true;
}

static bool parse_all(struct parse *p, int argc, char *const *argv)
{
    struct run_plan *plan = p->plan;

    if (!parse_environment(p))
        return false;
    p->env_hosts = plan->host || plan->kind_host_count > 0;
    if (!parse_arguments(p, argc, argv))
        return false;
    if (plan->csv_full_history && !plan->csv_prefix && !p->help && !p->version && !p->list) {
        cli_complain(p, "'--csv-full-history' requires '--csv'.");
        return false;
    }
    return true;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash && slash[1] ? slash + 1 : path;
}

/* --help and --version are answered even when something else on the line is wrong. */
static bool asks_first(int argc, char *const *argv, const char *name, char letter)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if ((argv[i][0] == '-' && argv[i][1] == letter && argv[i][2] == '\0') ||
            (strncmp(argv[i], "--", 2) == 0 && strcmp(argv[i] + 2, name) == 0))
            return true;
    }
    return false;
}

int cli_parse(struct run_plan *plan, const struct swarm_program *program, int argc, char *const *argv,
              char *const *env, FILE *out, FILE *err)
{
    struct parse p = { .plan = plan, .program = program, .env = env, .err = err };
    bool good;

    p.name = argc > 0 && argv[0] && argv[0][0] ? base_name(argv[0]) : program->source;
    set_defaults(plan, program);
    p.help = asks_first(argc, argv, "help", 'h');
    p.version = !p.help && asks_first(argc, argv, "version", 'V');
    good = p.help || p.version || parse_all(&p, argc, argv);
    if (good && !p.help && !p.version && !p.list)
        return CLI_GO_ON;
    if (good && p.help)
        cli_help(out, p.name, program);
    else if (good && p.version)
        fprintf(out, "%s (swarm %s)\n", p.name, SWARM_VERSION);
    else if (good)
        cli_list(out, program);
    bool written = fflush(out) == 0 && !ferror(out);
    if (good && !written)
        fprintf(err, "%s: error: cannot write to the standard output\n", p.name);
    run_plan_free(plan);
    return !good ? EXIT_USAGE : written ? EXIT_PASSED : EXIT_CANNOT_RUN;
}
