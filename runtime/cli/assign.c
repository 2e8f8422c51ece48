/* assign.c - see assign.h */
#include "assign.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../log/memory.h"
#include "../log/secret.h"

enum { MAX_THREADS = 1024 };

void cli_complain(const struct parse *p, const char *format, ...)
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

/* ---- values of flags -------------------------------------------------------------------------------- */

int cli_kind_named(const struct swarm_program *program, const char *name, size_t len)
{
    for (uint32_t i = 0; i < program->kind_count; i++) {
        if (strlen(program->kinds[i].name) == len && memcmp(program->kinds[i].name, name, len) == 0)
            return (int)i;
    }
    return -1;
}

bool cli_unknown_kind(struct parse *p, const char *name)
{
    struct suggestion suggestion;

    cli_complain(p, "unknown user kind: '%s'", name);
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
        char kind_name[CLI_NAME_LENGTH];

        kind = cli_kind_named(p->program, text, name);
        snprintf(kind_name, sizeof kind_name, "%.*s", (int)name, text);
        if (kind < 0)
            return cli_unknown_kind(p, kind_name);
    }
    if (!value_url(url)) {
        cli_complain(p, "argument %s: invalid URL: '%s'", label, url);
        fprintf(p->err, "A host begins with http:// or https://, as in --host http://127.0.0.1:8080\n");
        return false;
    }
    hide_password(url);
    if (p->env_hosts && label[0] == '-') {
        p->env_hosts = false;
        p->plan->host = NULL;
        p->plan->kind_host_count = 0;
    }
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
        cli_complain(p,
                     "argument %s: invalid choice: '%s' (choose from 'DEBUG', 'INFO', 'WARNING', 'ERROR', "
                     "'CRITICAL')",
                     label, text);
        return false;
    }
    p->plan->log_level = (enum log_level)level;
    return true;
}

static void add_threshold(struct parse *p, char *text)
{
    struct run_plan *plan = p->plan;

    plan->thresholds = memory_resize(plan->thresholds, plan->threshold_count + 1, sizeof *plan->thresholds);
    plan->thresholds[plan->threshold_count++] = text;
}

static bool add_data(struct parse *p, const char *label, const char *text)
{
    struct run_plan *plan = p->plan;
    const char *equals = strchr(text, '=');
    char *name;

    if (!equals || equals == text || !equals[1]) {
        cli_complain(p, "argument %s: NAME=FILE is wanted, found '%s'", label, text);
        return false;
    }
    name = keep(p, text);
    name[equals - text] = '\0';
    plan->data = memory_resize(plan->data, plan->data_count + 1, sizeof *plan->data);
    plan->data[plan->data_count++] = (struct run_data){ name, name + (equals - text) + 1 };
    return true;
}

static bool set_text(struct parse *p, enum flag_id id, const char *label, const char *text)
{
    if (text[0] == '\0') {
        cli_complain(p, "argument %s: must not be empty", label);
        return false;
    }
    if (id == FLAG_CA && access(text, R_OK) != 0) {
        cli_complain(p, "argument %s: cannot read '%s': %s", label, text, strerror(errno));
        return false;
    }
    if (id == FLAG_DATA)
        return add_data(p, label, text);
    if (id == FLAG_CA)
        p->plan->ca_file = keep(p, text);
    else if (id == FLAG_SHAPE)
        p->plan->shape = keep(p, text);
    else if (id == FLAG_THRESHOLD)
        add_threshold(p, keep(p, text));
    else if (id == FLAG_CSV)
        p->plan->csv_prefix = keep(p, text);
    else
        p->plan->log_file = keep(p, text);
    return true;
}

/* Adds the tags of a text, which commas or blanks may separate; those of the command line replace the environment's. */
static bool add_tags(struct parse *p, enum flag_id id, const char *label, const char *text)
{
    bool exclude = id == FLAG_EXCLUDE_TAGS, any = false;
    struct run_tags *tags = exclude ? &p->plan->exclude_tags : &p->plan->tags;
    char *rest = keep(p, text), *word;

    if (p->env_tags[exclude] && label[0] == '-') {
        tags->count = 0;
    }
    p->env_tags[exclude] = label[0] != '-';
    while ((word = strsep(&rest, label[0] == '-' ? "," : ", \t"))) {
        if (!*word)
            continue;
        any = true;
        tags->items = memory_resize(tags->items, tags->count + 1, sizeof *tags->items);
        tags->items[tags->count++] = word;
    }
    if (!any)
        cli_complain(p, "argument %s: no tag is named", label);
    return any;
}

/* A whole number within its bounds. */
static bool read_number(struct parse *p, const char *label, const char *text, uint64_t least, uint64_t most,
                        uint64_t *out)
{
    int64_t negative;

    if (!value_unsigned(text, out)) {
        if (value_int(text, &negative) && negative < 0)
            cli_complain(p, "argument %s: must be >= %llu", label, (unsigned long long)least);
        else
            cli_complain(p, "argument %s: invalid int value: '%s'", label, text);
        return false;
    }
    if (*out < least || *out > most) {
        cli_complain(p, "argument %s: must be between %llu and %llu", label, (unsigned long long)least,
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
    if (id == FLAG_THREADS) {
        if (!read_number(p, label, text, 1, MAX_THREADS, &number))
            return false;
        plan->threads = (uint32_t)number;
        return true;
    }
    if (id == FLAG_POOL_THREADS) {
        if (!read_number(p, label, text, 1, MAX_THREADS, &number))
            return false;
        plan->pool_threads = (uint32_t)number;
        return true;
    }
    if (!read_number(p, label, text, 0, 255, &number))
        return false;
    plan->exit_code_on_error = (int)number;
    return true;
}

static bool set_rate(struct parse *p, const char *label, const char *text)
{
    double rate;

    if (!value_rate(text, &rate)) {
        if (value_float(text, &rate))
            cli_complain(p, "argument %s: must be > 0", label);
        else
            cli_complain(p, "argument %s: invalid float value: '%s'", label, text);
        return false;
    }
    if (rate <= 0) {
        cli_complain(p, "argument %s: must be > 0", label);
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
        cli_complain(p,
                     "argument %s: Invalid time span format: '%s'. Valid formats: 20, 20s, 250ms, 3m, 2h, "
                     "1h20m, 3h30m10s, etc.",
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
        [FLAG_SHOW_SHAPE] = &plan->show_shape,
        [FLAG_ONCE] = &plan->once,
        [FLAG_TRACE] = &plan->trace,
        [FLAG_INSECURE] = &plan->insecure,
        [FLAG_CSV_FULL_HISTORY] = &plan->csv_full_history,
        [FLAG_PRINT_STATS] = &plan->print_stats,
        [FLAG_ONLY_SUMMARY] = &plan->only_summary,
        [FLAG_FAIL_ON_UNHEALTHY] = &plan->fail_on_unhealthy,
    };

    if (!text) {
        *switches[id] = true;
        return true;
    }
    if (value_bool(text, switches[id]))
        return true;
    cli_complain(p,
                 "Unexpected value for %s: '%s'. Expecting 'true', 'false', 'yes', 'no', 'on', 'off', '1' "
                 "or '0'",
                 label, text);
    return false;
}

bool cli_set_flag(struct parse *p, const struct flag *flag, const char *label, const char *text)
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
    case VALUE_LIST:
        return add_tags(p, id, label, text);
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

static void wrong_choice(struct parse *p, const struct swarm_option *option, const char *label,
                         const char *text)
{
    fprintf(p->err, "%s: error: argument %s: invalid choice: '%s' (choose from ", p->name, label,
            option->secret ? "***" : text);
    for (size_t i = 0; option->choices[i]; i++)
        fprintf(p->err, "%s'%s'", i ? ", " : "", option->choices[i]);
    fputs(")\n", p->err);
}

static void wrong_value(struct parse *p, const struct swarm_option *option, const char *label,
                        const char *text)
{
    static const char *const names[] = { "int", "float", "bool", "string", "time span", "size", "rate" };
    static const char *const examples[] = {
        "20", "2.5", "true, false, yes, no, on, off, 1 or 0", "text", "90, 90s, 250ms, 20m, 1h30m",
        "512, 64KB, 1MB", "10, 10/s, 300/m",
    };

    cli_complain(p, "argument %s: invalid %s value: '%s'", label, names[option->type],
                 option->secret ? "***" : text);
    fprintf(p->err, "Write it like %s\n", examples[option->type]);
}

bool cli_set_option(struct parse *p, const struct swarm_option *option, const char *label, const char *text)
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
            cli_complain(p, "argument %s: too long", label);
            return false;
        }
        *(struct swarm_value *)option->value = (struct swarm_value){
            .text = keep(p, text), .n = (uint32_t)strlen(text), .kind = SWARM_TEXT, .owner = SWARM_PROGRAM };
        break;
    }
    return true;
}
