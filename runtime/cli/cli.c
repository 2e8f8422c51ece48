/* cli.c - parses the command line and the environment: see cli.h */
#include "cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../log/memory.h"
#include "../log/secret.h"
#include "table.h"

#ifndef SWARM_VERSION
#define SWARM_VERSION "0.1.0"
#endif

const struct flag flag_table[FLAG_COUNT] = {
#define FLAG(id, group, name, letter, value, env, placeholder, fallback, help) \
    [FLAG_##id] = { GROUP_##group, name, letter, VALUE_##value, env, placeholder, fallback, help },
#include "flags.def"
};

enum { NAME_LENGTH = 128, ALSO_LENGTH = 512, MAX_THREADS = 1024 };

struct cli_texts {
    char **items;
    size_t count, capacity;
};

/* What is being parsed; lives as long as cli_parse. */
struct parse {
    struct run_plan *plan;
    const struct swarm_program *program;
    const char *name;             /* of the program, for messages */
    char *const *env;
    FILE *err;
    bool help, version, list;
};

/* A flag or an option of the scenario, as found by its name. */
struct found {
    const struct flag *flag;      /* one of the two */
    const struct swarm_option *option;
    bool negated;                 /* --no-NAME */
    char label[NAME_LENGTH];      /* for messages: "-u/--users", "--page-size", "SWARM_USERS" */
};

static void complain(const struct parse *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void complain(const struct parse *p, const char *format, ...)
{
    va_list args;

    fprintf(p->err, "%s: error: ", p->name);
    va_start(args, format);
    vfprintf(p->err, format, args);
    va_end(args);
    fputc('\n', p->err);
}

static char *keep(struct parse *p, const char *text)
{
    struct cli_texts *texts = p->plan->texts;

    texts->items = memory_grow(texts->items, texts->count, &texts->capacity, sizeof(char *));
    texts->items[texts->count] = memory_text(text, strlen(text));
    return texts->items[texts->count++];
}

void run_plan_free(struct run_plan *plan)
{
    if (plan->texts) {
        for (size_t i = 0; i < plan->texts->count; i++)
            free(plan->texts->items[i]);
        free(plan->texts->items);
        free(plan->texts);
    }
    free(plan->kind_hosts);
    free(plan->only);
    memset(plan, 0, sizeof *plan);
}

/* ---- values of flags -------------------------------------------------------------------------------- */

static int kind_named(const struct swarm_program *program, const char *name, size_t len)
{
    for (uint32_t i = 0; i < program->kind_count; i++) {
        if (strlen(program->kinds[i].name) == len && memcmp(program->kinds[i].name, name, len) == 0)
            return (int)i;
    }
    return -1;
}

static bool unknown_kind(struct parse *p, const char *name)
{
    struct suggestion suggestion;

    complain(p, "unknown user kind: '%s'", name);
    suggest_start(&suggestion, name);
    for (uint32_t i = 0; i < p->program->kind_count; i++)
        suggest_offer(&suggestion, p->program->kinds[i].name);
    if (suggestion.best[0]) {
        fprintf(p->err, "Did you mean '%s'?\n", suggestion.best);
        return false;
    }
    fputs("The user kinds of this program are:", p->err);
    for (uint32_t i = 0; i < p->program->kind_count; i++)
        fprintf(p->err, " %s", p->program->kinds[i].name);
    fputc('\n', p->err);
    return false;
}

static void set_kind_host(struct run_plan *plan, uint32_t kind, const char *url)
{
    for (size_t i = 0; i < plan->kind_host_count; i++) {
        if (plan->kind_hosts[i].kind == kind) {
            plan->kind_hosts[i].url = url;
            return;
        }
    }
    plan->kind_hosts = memory_resize(plan->kind_hosts, plan->kind_host_count + 1, sizeof *plan->kind_hosts);
    plan->kind_hosts[plan->kind_host_count++] = (struct run_host){ kind, url };
}

/* A password in a URL must not be shown by any report. */
static void hide_password(const char *url)
{
    const char *user = strstr(url, "://") + 3;
    size_t authority = strcspn(user, "/?#");
    const char *at = memrchr(user, '@', authority);
    const char *colon = at ? memchr(user, ':', (size_t)(at - user)) : NULL;

    if (colon)
        secret_add(colon + 1, (size_t)(at - colon - 1));
}

static bool set_host(struct parse *p, const char *label, const char *text)
{
    size_t name = strcspn(text, "=:/?#.");
    const char *url = text[name] == '=' ? text + name + 1 : text;
    int kind = 0;

    if (url != text) {
        char kind_name[NAME_LENGTH];

        kind = kind_named(p->program, text, name);
        snprintf(kind_name, sizeof kind_name, "%.*s", (int)name, text);
        if (kind < 0)
            return unknown_kind(p, kind_name);
    }
    if (!value_url(url)) {
        complain(p, "argument %s: invalid URL: '%s'", label, url);
        fprintf(p->err, "A host begins with http:// or https://, as in --host http://127.0.0.1:8080\n");
        return false;
    }
    hide_password(url);
    if (url == text)
        p->plan->host = keep(p, url);
    else
        set_kind_host(p->plan, (uint32_t)kind, keep(p, url));
    return true;
}

static bool set_level(struct parse *p, const char *label, const char *text)
{
    int level = log_level_from_name(text);

    if (level < 0) {
        complain(p, "argument %s: invalid choice: '%s' (choose from 'DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL')",
                 label, text);
        return false;
    }
    p->plan->log_level = (enum log_level)level;
    return true;
}

static bool set_text(struct parse *p, enum flag_id id, const char *label, const char *text)
{
    if (text[0] == '\0') {
        complain(p, "argument %s: must not be empty", label);
        return false;
    }
    if (id == FLAG_CA && access(text, R_OK) != 0) {
        complain(p, "argument %s: cannot read '%s': %s", label, text, strerror(errno));
        return false;
    }
    if (id == FLAG_CA)
        p->plan->ca_file = keep(p, text);
    else if (id == FLAG_CSV)
        p->plan->csv_prefix = keep(p, text);
    else
        p->plan->log_file = keep(p, text);
    return true;
}

/* A whole number within its bounds. */
static bool read_number(struct parse *p, const char *label, const char *text, uint64_t least, uint64_t most, uint64_t *out)
{
    int64_t negative;

    if (!value_unsigned(text, out)) {
        if (value_int(text, &negative) && negative < 0)
            complain(p, "argument %s: must be >= %llu", label, (unsigned long long)least);
        else
            complain(p, "argument %s: invalid int value: '%s'", label, text);
        return false;
    }
    if (*out < least || *out > most) {
        complain(p, "argument %s: must be between %llu and %llu", label, (unsigned long long)least,
                 (unsigned long long)most);
        return false;
    }
    return true;
}

static bool set_number(struct parse *p, enum flag_id id, const char *label, const char *text)
{
    struct run_plan *plan = p->plan;
    uint64_t number;

    if (id == FLAG_USERS) {
        plan->users_given = true;
        return read_number(p, label, text, 0, INT32_MAX, &plan->users);
    }
    if (id == FLAG_SEED) {
        plan->seed_given = true;
        return read_number(p, label, text, 0, UINT64_MAX, &plan->seed);
    }
    if (!read_number(p, label, text, id == FLAG_THREADS ? 1 : 0, id == FLAG_THREADS ? MAX_THREADS : 255, &number))
        return false;
    if (id == FLAG_THREADS)
        plan->threads = (uint32_t)number;
    else
        plan->exit_code_on_error = (int)number;
    return true;
}

static bool set_rate(struct parse *p, const char *label, const char *text)
{
    double rate;

    if (!value_rate(text, &rate)) {
        bool negative = value_float(text, &rate);

        complain(p, negative ? "argument %s: must be > 0" : "argument %s: invalid float value: '%s'", label, text);
        return false;
    }
    if (rate <= 0) {
        complain(p, "argument %s: must be > 0", label);
        return false;
    }
    p->plan->spawn_rate = rate;
    p->plan->spawn_rate_given = true;
    return true;
}

static bool set_span(struct parse *p, enum flag_id id, const char *label, const char *text)
{
    int64_t ns;

    if (!cli_parse_span(text, &ns)) {
        complain(p, "argument %s: Invalid time span format: '%s'. Valid formats: 20, 20s, 250ms, 3m, 2h, 1h20m, 3h30m10s, etc.",
                 label, text);
        return false;
    }
    if (id == FLAG_RUN_TIME)
        p->plan->run_time_ns = ns;
    else
        p->plan->stop_timeout_ns = ns;
    return true;
}

static bool set_switch(struct parse *p, enum flag_id id, const char *label, const char *text)
{
    struct run_plan *plan = p->plan;
    bool *const switches[FLAG_COUNT] = {
        [FLAG_HELP] = &p->help,
        [FLAG_VERSION] = &p->version,
        [FLAG_LIST] = &p->list,
        [FLAG_HEADLESS] = &plan->headless,
        [FLAG_INSECURE] = &plan->insecure,
        [FLAG_CSV_FULL_HISTORY] = &plan->csv_full_history,
        [FLAG_PRINT_STATS] = &plan->print_stats,
        [FLAG_ONLY_SUMMARY] = &plan->only_summary,
    };

    if (!text) {
        *switches[id] = true;
        return true;
    }
    if (value_bool(text, switches[id]))
        return true;
    complain(p, "Unexpected value for %s: '%s'. Expecting 'true', 'false', 'yes', 'no', 'on', 'off', '1' or '0'", label,
             text);
    return false;
}

static bool set_flag(struct parse *p, const struct flag *flag, const char *label, const char *text)
{
    enum flag_id id = (enum flag_id)(flag - flag_table);

    switch (flag->value) {
    case VALUE_SWITCH:
        return set_switch(p, id, label, text);
    case VALUE_COUNT:
    case VALUE_THREADS:
    case VALUE_SEED:
    case VALUE_EXIT_CODE:
        return set_number(p, id, label, text);
    case VALUE_RATE:
        return set_rate(p, label, text);
    case VALUE_SPAN:
        return set_span(p, id, label, text);
    case VALUE_HOST:
        return set_host(p, label, text);
    case VALUE_TEXT:
        return set_text(p, id, label, text);
    case VALUE_LEVEL:
        return set_level(p, label, text);
    }
    return false;
}

/* ---- values of the scenario's options --------------------------------------------------------------- */

/* Reads a text of the option's type into *out, whose member depends on the type. */
union value {
    int64_t number;
    double real;
    bool truth;
};

static bool read_value(enum swarm_option_type type, const char *text, union value *out)
{
    switch (type) {
    case SWARM_OPTION_INT:
        return value_int(text, &out->number);
    case SWARM_OPTION_FLOAT:
        return value_float(text, &out->real);
    case SWARM_OPTION_BOOL:
        return value_bool(text, &out->truth);
    case SWARM_OPTION_DURATION:
        return cli_parse_span(text, &out->number);
    case SWARM_OPTION_SIZE:
        return value_size(text, &out->number);
    case SWARM_OPTION_RATE:
        return value_rate(text, &out->real);
    case SWARM_OPTION_STRING:
        return true;
    }
    return false;
}

static bool same_value(enum swarm_option_type type, const char *typed, const char *choice)
{
    union value a = { 0 }, b = { 0 };

    if (strcmp(typed, choice) == 0)
        return true;
    if (type == SWARM_OPTION_STRING || !read_value(type, typed, &a) || !read_value(type, choice, &b))
        return false;
    if (type == SWARM_OPTION_FLOAT || type == SWARM_OPTION_RATE)
        return a.real == b.real;
    return type == SWARM_OPTION_BOOL ? a.truth == b.truth : a.number == b.number;
}

static bool is_choice(const struct swarm_option *option, const char *text)
{
    for (size_t i = 0; option->choices && option->choices[i]; i++) {
        if (same_value(option->type, text, option->choices[i]))
            return true;
    }
    return !option->choices;
}

static void wrong_choice(struct parse *p, const struct swarm_option *option, const char *label, const char *text)
{
    fprintf(p->err, "%s: error: argument %s: invalid choice: '%s' (choose from ", p->name, label,
            option->secret ? "***" : text);
    for (size_t i = 0; option->choices[i]; i++)
        fprintf(p->err, "%s'%s'", i ? ", " : "", option->choices[i]);
    fputs(")\n", p->err);
}

static void wrong_value(struct parse *p, const struct swarm_option *option, const char *label, const char *text)
{
    static const char *const names[] = { "int", "float", "bool", "string", "time span", "size", "rate" };
    static const char *const examples[] = { "20", "2.5", "true, false, yes, no, on, off, 1 or 0", "text",
                                            "90, 90s, 250ms, 20m, 1h30m", "512, 64KB, 1MB", "10, 10/s, 300/m" };

    complain(p, "argument %s: invalid %s value: '%s'", label, names[option->type], option->secret ? "***" : text);
    fprintf(p->err, "Write it like %s\n", examples[option->type]);
}

static bool set_option(struct parse *p, const struct swarm_option *option, const char *label, const char *text)
{
    union value value = { 0 };

    if (!read_value(option->type, text, &value)) {
        wrong_value(p, option, label, text);
        return false;
    }
    if (!is_choice(option, text)) {
        wrong_choice(p, option, label, text);
        return false;
    }
    if (option->secret)
        secret_add(text, strlen(text));
    switch (option->type) {
    case SWARM_OPTION_INT:
    case SWARM_OPTION_DURATION:
    case SWARM_OPTION_SIZE:
        *(int64_t *)option->value = value.number;
        break;
    case SWARM_OPTION_FLOAT:
    case SWARM_OPTION_RATE:
        *(double *)option->value = value.real;
        break;
    case SWARM_OPTION_BOOL:
        *(bool *)option->value = value.truth;
        break;
    case SWARM_OPTION_STRING:
        if (strlen(text) > UINT32_MAX) {
            complain(p, "argument %s: too long", label);
            return false;
        }
        *(struct swarm_value *)option->value = (struct swarm_value){
            .text = keep(p, text), .n = (uint32_t)strlen(text), .kind = SWARM_TEXT, .owner = SWARM_PROGRAM };
        break;
    }
    return true;
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
    char name[NAME_LENGTH - 8];

    cli_option_name(name, sizeof name, option);
    *found = (struct found){ .option = option, .negated = negated };
    snprintf(found->label, sizeof found->label, "--%s%s", negated ? "no-" : "", name);
}

enum { EXACT = 1000000 };

/* Counts in *matches how often `typed` (of `len` bytes) begins `name`; a name that is equal beats all. True when `found` shall become this one. */
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

/* Looks at all long names. Options stand before flags, so that an older scenario's option hides a newer flag. `also`
 * gets the names of further matches. */
static int look_up(const struct parse *p, const char *typed, size_t len, struct found *found, char also[ALSO_LENGTH])
{
    const struct swarm_program *program = p->program;
    struct found other = { 0 };
    int count = 0, before;
    char name[NAME_LENGTH];

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
    char name[NAME_LENGTH];

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
    char typed[NAME_LENGTH];

    snprintf(typed, sizeof typed, "%.*s", (int)strcspn(argument, "="), argument);
    if (is_reserved(typed + 2, strlen(typed) < 2 ? 0 : strlen(typed) - 2)) {
        complain(p, "%s is not available in this version (swarm " SWARM_VERSION ")", typed);
        return false;
    }
    complain(p, "unrecognized arguments: %s", typed);
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
        return set_flag(p, found->flag, found->label, text);
    if (found->option->type != SWARM_OPTION_BOOL)
        return set_option(p, found->option, found->label, text);
    if (text && !found->negated)
        return set_option(p, found->option, found->label, text);
    if (text) {
        complain(p, "argument %s: takes no value", found->label);
        return false;
    }
    truth = !found->negated;
    return set_option(p, found->option, found->label, truth ? "true" : "false");
}

/* Whether an argument can be the value of the option before it: not another option, but "-5" and "-" may. */
static bool is_value(const char *argument)
{
    return argument && (argument[0] != '-' || argument[1] == '\0' || (argument[1] >= '0' && argument[1] <= '9') ||
                        argument[1] == '.');
}

static bool parse_long(struct parse *p, const char *argument, char *const *rest, int *used)
{
    const char *typed = argument + 2, *equals = strchr(typed, '=');
    size_t len = equals ? (size_t)(equals - typed) : strlen(typed);
    struct found found = { 0 };
    char also[ALSO_LENGTH] = "";
    int count = len > 0 && len < NAME_LENGTH ? look_up(p, typed, len, &found, also) : 0;

    if (count == 0 || (count < EXACT && is_reserved(typed, len)))
        return unknown_option(p, argument);
    if (count > 1 && count < EXACT) {
        complain(p, "ambiguous option: --%.*s could match %s%s", (int)len, typed, strstr(found.label, "--"), also);
        return false;
    }
    if (equals || !takes_value(&found))
        return apply(p, &found, equals ? equals + 1 : NULL);
    if (!is_value(rest[0])) {
        complain(p, "argument %s: expected one argument", found.label);
        return false;
    }
    *used = 1;
    return apply(p, &found, rest[0]);
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
        if (!is_value(rest[0])) {
            complain(p, "argument %s: expected one argument", found.label);
            return false;
        }
        *used = 1;
        return apply(p, &found, rest[0]);
    }
    return true;
}

static bool add_kind(struct parse *p, const char *name)
{
    int kind = kind_named(p->program, name, strlen(name));

    if (kind < 0)
        return unknown_kind(p, name);
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
    char env[NAME_LENGTH];

    for (uint32_t i = 0; i < p->program->option_count; i++) {
        cli_option_env(env, sizeof env, &p->program->options[i]);
        if (strcmp(env, name) == 0)
            return true;
    }
    return false;
}

/* Several hosts in one variable are separated by blanks. */
static bool set_hosts(struct parse *p, const char *label, const char *text)
{
    char *copy = memory_text(text, strlen(text)), *rest = copy, *word;
    bool good = true;

    while (good && (word = strsep(&rest, " \t"))) {
        if (*word)
            good = set_host(p, label, word);
    }
    free(copy);
    return good;
}

/* An empty variable is as good as none, except for texts of the scenario. */
static bool parse_environment(struct parse *p)
{
    char env[NAME_LENGTH];
    const char *text;

    for (int i = 0; i < FLAG_COUNT; i++) {
        const struct flag *flag = &flag_table[i];

        text = flag->env && !is_option_env(p, flag->env) ? variable(p, flag->env) : NULL;
        if (!text || !*text)
            continue;
        if (flag->value == VALUE_HOST ? !set_hosts(p, flag->env, text) : !set_flag(p, flag, flag->env, text))
            return false;
    }
    for (uint32_t i = 0; i < p->program->option_count; i++) {
        const struct swarm_option *option = &p->program->options[i];

        cli_option_env(env, sizeof env, option);
        text = variable(p, env);
        if (text && (*text || option->type == SWARM_OPTION_STRING) && !set_option(p, option, env, text))
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

    if (!parse_environment(p) || !parse_arguments(p, argc, argv))
        return false;
    if (plan->csv_full_history && !plan->csv_prefix && !p->help && !p->version && !p->list) {
        complain(p, "'--csv-full-history' requires '--csv'.");
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

int cli_parse(struct run_plan *plan, const struct swarm_program *program, int argc, char *const *argv, char *const *env,
              FILE *out, FILE *err)
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
    fflush(out);
    run_plan_free(plan);
    return good ? EXIT_PASSED : EXIT_USAGE;
}
