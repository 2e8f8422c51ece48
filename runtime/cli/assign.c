/* assign.c - see assign.h */
#include "assign.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "../base/memory.h"
#include "../log/secret.h"

enum { MAX_THREADS = 1024 };

void cli_complain(const struct parse *p, const char *format, ...)
{
    va_list args;

    fprintf(p->err, "%s: error: %s%s", p->name, p->place ? p->place : "", p->place ? ": " : "");
    va_start(args, format);
    vfprintf(p->err, format, args);
    va_end(args);
    fputc('\n', p->err);
}

void cli_suggest(const struct parse *p, const struct suggestion *suggestion)
{
    if (suggestion->best[0])
        fprintf(p->err, "Did you mean '%s'?\n", suggestion->best);
}

char *cli_keep(struct parse *p, const char *text, size_t len)
{
    struct cli_texts *texts = p->plan->texts;

    texts->items = memory_grow(texts->items, texts->count, &texts->capacity, sizeof(char *));
    texts->items[texts->count] = memory_text(text, len);
    return texts->items[texts->count++];
}

static char *keep(struct parse *p, const char *text)
{
    return cli_keep(p, text, strlen(text));
}

static void *field_of(const struct parse *p, const struct flag *flag)
{
    return (char *)p->plan + flag->field;
}

/* ---- kinds ------------------------------------------------------------------------------------------ */

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
        cli_suggest(p, &suggestion);
        return false;
    }
    fputs("The user kinds of this program are:", p->err);
    for (uint32_t i = 0; i < p->program->kind_count; i++)
        fprintf(p->err, " %s", p->program->kinds[i].name);
    fputc('\n', p->err);
    return false;
}

bool cli_add_kind(struct parse *p, const char *name)
{
    int kind = cli_kind_named(p->program, name, strlen(name));

    if (kind < 0)
        return cli_unknown_kind(p, name);
    if (p->kind_rank != p->rank)
        memset(p->plan->only, 0, p->program->kind_count * sizeof *p->plan->only);
    p->kind_rank = p->rank;
    p->plan->only_given = true;
    p->plan->only[kind] = true;
    return true;
}

/* ---- lists ------------------------------------------------------------------------------------------ */

/* What was said at a lower rank is replaced as a whole: nothing is sent to a host that a file says and that was
 * forgotten. */
static void forget_lower(struct parse *p, const struct flag *flag)
{
    struct run_plan *plan = p->plan;

    if (p->ranks[flag - flag_table] >= p->rank)
        return;
    if (flag->value == VALUE_HOST) {
        plan->host = NULL;
        plan->kind_host_count = 0;
    } else if (flag->value == VALUE_DATA) {
        plan->data_count = 0;
    } else if (flag->value == VALUE_TAGS) {
        ((struct run_tags *)field_of(p, flag))->count = 0;
    } else if (flag->value == VALUE_TEXTS) {
        ((struct cli_list *)field_of(p, flag))->count = 0;
    }
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
    plan->kind_hosts[plan->kind_host_count++] = (struct run_host){kind, url};
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
        char kind_name[sizeof((struct found *)0)->label];

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
    if (url == text)
        p->plan->host = keep(p, url);
    else
        set_kind_host(p->plan, (uint32_t)kind, keep(p, url));
    return true;
}

/* Several hosts in one variable are separated by blanks. */
static bool set_hosts(struct parse *p, const char *label, const char *text)
{
    char *rest = p->splits ? keep(p, text) : NULL, *word;

    if (!rest)
        return set_host(p, label, text);
    while ((word = strsep(&rest, " \t"))) {
        if (*word && !set_host(p, label, word))
            return false;
    }
    return true;
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
    plan->data[plan->data_count++] = (struct run_data){name, name + (equals - text) + 1};
    return true;
}

/* The tags of a text, which commas, in variables and files also blanks may separate. */
static bool add_tags(struct parse *p, struct run_tags *tags, const char *label, const char *text)
{
    char *rest = keep(p, text), *word;
    bool any = false;

    while ((word = strsep(&rest, p->splits ? ", \t" : ","))) {
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

static void add_text(struct parse *p, struct cli_list *list, const char *text)
{
    list->items = memory_resize(list->items, list->count + 1, sizeof *list->items);
    list->items[list->count++] = keep(p, text);
}

/* ---- texts and words -------------------------------------------------------------------------------- */

static bool set_text(struct parse *p, const struct flag *flag, const char *label, const char *text)
{
    void *field = field_of(p, flag);

    if (text[0] == '\0') {
        cli_complain(p, "argument %s: must not be empty", label);
        return false;
    }
    if (flag->value == VALUE_READABLE && access(text, R_OK) != 0) {
        cli_complain(p, "argument %s: cannot read '%s': %s", label, text, strerror(errno));
        return false;
    }
    if (flag->value == VALUE_DATA)
        return add_data(p, label, text);
    if (flag->value == VALUE_TEXTS)
        add_text(p, field, text);
    else
        *(const char **)field = keep(p, text);
    return true;
}

static void wrong_choice(const struct parse *p, const char *label, const char *text, const char *const *choices)
{
    char list[1024] = "";
    size_t used = 0;

    for (size_t i = 0; choices[i] && used < sizeof list; i++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%s'%s'", i ? ", " : "", choices[i]);
    cli_complain(p, "argument %s: invalid choice: '%s' (choose from %s)", label, text, list);
}

/* The index of a word among those that the flag may be. */
static bool set_choice(struct parse *p, const struct flag *flag, const char *label, const char *text)
{
    const char *const *choices = flag_choices(flag);
    int i = 0;

    while (choices[i] && strcasecmp(choices[i], text) != 0)
        i++;
    if (!choices[i]) {
        wrong_choice(p, label, text, choices);
        return false;
    }
    if (flag->value == VALUE_LEVEL)
        *(enum log_level *)field_of(p, flag) = (enum log_level)i;
    else if (flag->value == VALUE_LOG_FORMAT)
        *(enum log_format *)field_of(p, flag) = (enum log_format)i;
    else
        *(const char **)field_of(p, flag) = choices[i];
    return true;
}

static bool set_help(struct parse *p, const struct flag *flag, const char *text)
{
    *(const char **)field_of(p, flag) = text ? keep(p, text) : "";
    return true;
}

/* ---- numbers ---------------------------------------------------------------------------------------- */

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

static bool set_number(struct parse *p, const struct flag *flag, const char *label, const char *text)
{
    static const struct {
        uint64_t least, most;
    } bounds[] = {
        [VALUE_USERS] = {0, INT32_MAX},     [VALUE_AMOUNT] = {1, INT64_MAX}, [VALUE_SEED] = {0, UINT64_MAX},
        [VALUE_THREADS] = {1, MAX_THREADS}, [VALUE_PORT] = {0, 65535},       [VALUE_EXIT_CODE] = {0, 255},
    };
    void *field = field_of(p, flag);
    uint64_t number;

    if (!read_number(p, label, text, bounds[flag->value].least, bounds[flag->value].most, &number))
        return false;
    if (flag->value == VALUE_THREADS)
        *(uint32_t *)field = (uint32_t)number;
    else if (flag->value == VALUE_PORT)
        *(int32_t *)field = (int32_t)number;
    else if (flag->value == VALUE_EXIT_CODE)
        *(int *)field = (int)number;
    else
        *(uint64_t *)field = number;
    return true;
}

static bool set_rate(struct parse *p, const struct flag *flag, const char *label, const char *text)
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
    *(double *)field_of(p, flag) = rate;
    return true;
}

static bool set_span(struct parse *p, const struct flag *flag, const char *label, const char *text)
{
    int64_t ns;

    if (!cli_parse_span(text, &ns)) {
        cli_complain(p,
                     "argument %s: Invalid time span format: '%s'. Valid formats: 20, 20s, 250ms, 3m, 2h, "
                     "1h20m, 3h30m10s, etc.",
                     label, text);
        return false;
    }
    if (flag->value == VALUE_INTERVAL && ns < SWARM_S) {
        cli_complain(p, "argument %s: must be 1s or longer", label);
        return false;
    }
    *(int64_t *)field_of(p, flag) = ns;
    return true;
}

static bool set_switch(struct parse *p, const struct flag *flag, const char *label, const char *text)
{
    bool *on = field_of(p, flag);

    if (!text) {
        *on = true;
        return true;
    }
    if (value_bool(text, on))
        return true;
    cli_complain(p,
                 "Unexpected value for %s: '%s'. Expecting 'true', 'false', 'yes', 'no', 'on', 'off', '1' "
                 "or '0'",
                 label, text);
    return false;
}

/* ---- flags ------------------------------------------------------------------------------------------ */

static bool assign(struct parse *p, const struct flag *flag, const char *label, const char *text)
{
    switch (flag->value) {
    case VALUE_SWITCH:
        return set_switch(p, flag, label, text);
    case VALUE_USERS:
    case VALUE_AMOUNT:
    case VALUE_SEED:
    case VALUE_THREADS:
    case VALUE_PORT:
    case VALUE_EXIT_CODE:
        return set_number(p, flag, label, text);
    case VALUE_RATE:
        return set_rate(p, flag, label, text);
    case VALUE_SPAN:
    case VALUE_INTERVAL:
        return set_span(p, flag, label, text);
    case VALUE_HOST:
        return set_hosts(p, label, text);
    case VALUE_TEXT:
    case VALUE_FILE:
    case VALUE_READABLE:
    case VALUE_TEXTS:
    case VALUE_DATA:
    case VALUE_CONFIG:
        return set_text(p, flag, label, text);
    case VALUE_LEVEL:
    case VALUE_LOG_FORMAT:
    case VALUE_SHELL:
        return set_choice(p, flag, label, text);
    case VALUE_TAGS:
        return add_tags(p, field_of(p, flag), label, text);
    case VALUE_HELP:
        return set_help(p, flag, text);
    }
    return false;
}

static void note(struct parse *p, struct said said)
{
    said.rank = p->rank;
    said.from = keep(p, p->from);
    p->said = memory_grow(p->said, p->said_count, &p->said_room, sizeof *p->said);
    p->said[p->said_count++] = said;
}

bool cli_set_flag(struct parse *p, const struct flag *flag, const char *label, const char *text)
{
    size_t id = (size_t)(flag - flag_table);

    forget_lower(p, flag);
    if (!assign(p, flag, label, text))
        return false;
    if (p->ranks[id] < p->rank)
        p->ranks[id] = p->rank;
    note(p, (struct said){.flag = flag, .value = keep(p, text ? text : "true")});
    return true;
}

bool cli_apply(struct parse *p, const struct found *found, const char *text)
{
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
    return cli_set_option(p, found->option, found->label, found->negated ? "false" : "true");
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
    union value a = {0}, b = {0};

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

static void wrong_value(struct parse *p, const struct swarm_option *option, const char *label, const char *text)
{
    static const char *const names[] = {"int", "float", "bool", "string", "time span", "size", "rate"};
    static const char *const examples[] = {
        "20",
        "2.5",
        "true, false, yes, no, on, off, 1 or 0",
        "text",
        "90, 90s, 250ms, 20m, 1h30m",
        "512, 64KB, 1MB",
        "10, 10/s, 300/m",
    };

    cli_complain(p, "argument %s: invalid %s value: '%s'", label, names[option->type], option->secret ? "***" : text);
    fprintf(p->err, "Write it like %s\n", examples[option->type]);
}

bool cli_set_option(struct parse *p, const struct swarm_option *option, const char *label, const char *text)
{
    union value value = {0};

    if (!read_value(option->type, text, &value)) {
        wrong_value(p, option, label, text);
        return false;
    }
    if (!is_choice(option, text)) {
        wrong_choice(p, label, option->secret ? "***" : text, option->choices);
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
            .text = keep(p, text), .n = (uint32_t)strlen(text), .kind = SWARM_TEXT, .owner = SWARM_PROGRAM};
        break;
    }
    note(p, (struct said){.option = option, .value = option->secret ? "***" : keep(p, text)});
    return true;
}

/* ---- what was said, for reports --------------------------------------------------------------------- */

static void add_setting(struct parse *p, const char *name, const char *value, const char *from, bool option)
{
    struct run_plan *plan = p->plan;
    char *masked = secret_mask(value, strlen(value), NULL);

    plan->settings = memory_resize(plan->settings, plan->setting_count + 1, sizeof *plan->settings);
    plan->settings[plan->setting_count++] =
        (struct run_setting){.name = name, .value = masked ? keep(p, masked) : value, .from = from, .option = option};
    free(masked);
}

/* All values of a flag at the rank that counts. */
static void note_flag(struct parse *p, const struct flag *flag)
{
    unsigned rank = p->ranks[flag - flag_table];
    const char *from = "", *value = "";

    for (size_t i = 0; i < p->said_count; i++) {
        const struct said *said = &p->said[i];
        char *both;

        if (said->flag != flag || said->rank != rank)
            continue;
        from = said->from;
        if (flag_repeats(flag) && value[0] && asprintf(&both, "%s %s", value, said->value) >= 0) {
            value = keep(p, both);
            free(both);
        } else {
            value = said->value;
        }
    }
    add_setting(p, flag->name, value, from, false);
}

static void note_option(struct parse *p, const struct swarm_option *option)
{
    const char *value = option->default_text ? option->default_text : "", *from = "default";

    for (size_t i = 0; i < p->said_count; i++) {
        if (p->said[i].option == option) {
            value = p->said[i].value;
            from = p->said[i].from;
        }
    }
    add_setting(p, option->name, value, from, true);
}

void cli_note_settings(struct parse *p)
{
    for (int i = 0; i < FLAG_COUNT; i++) {
        if (p->ranks[i] > 0)
            note_flag(p, &flag_table[i]);
    }
    for (uint32_t i = 0; i < p->program->option_count; i++)
        note_option(p, &p->program->options[i]);
}
