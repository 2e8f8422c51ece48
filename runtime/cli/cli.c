/* cli.c - parses the command line: see cli.h */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"
#include "assign.h"

#ifndef SWARM_VERSION
#define SWARM_VERSION "0.1.0"
#endif

void run_plan_free(struct run_plan *plan)
{
    if (plan->texts) {
        for (size_t i = 0; i < plan->texts->count; i++)
            free(plan->texts->items[i]);
        free(plan->texts->items);
        free(plan->texts);
    }
    for (int i = 0; i < FLAG_COUNT; i++) {
        if (flag_table[i].value == VALUE_TEXTS)
            free(((struct cli_list *)(void *)((char *)plan + flag_table[i].field))->items);
    }
    free(plan->kind_hosts);
    free(plan->data);
    free(plan->only);
    free(plan->tags.items);
    free(plan->exclude_tags.items);
    free(plan->settings);
    memset(plan, 0, sizeof *plan);
}

/* ---- the command line ------------------------------------------------------------------------------- */

static bool unknown_option(struct parse *p, const char *argument)
{
    struct suggestion suggestion;
    char typed[sizeof((struct found *)0)->label];
    const char *instead = NULL, *elsewhere;

    snprintf(typed, sizeof typed, "%.*s", (int)strcspn(argument, "="), argument);
    if (strcmp(typed, "-f") == 0 || strcmp(typed, "--locustfile") == 0) {
        cli_complain(p, "%s is not needed: this program is the scenario %s", typed, p->program->source);
        return false;
    }
    if (table_is_reserved(typed + 2, strlen(typed) < 2 ? 0 : strlen(typed) - 2, &instead)) {
        cli_complain(p, "%s is not available in this version (swarm " SWARM_VERSION ")", typed);
        if (instead)
            fprintf(p->err, "Instead: %s\n", instead);
        return false;
    }
    cli_complain(p, "unrecognized arguments: %s", typed);
    suggest_start(&suggestion, typed);
    elsewhere = suggest_elsewhere(typed);
    if (elsewhere)
        snprintf(suggestion.best, sizeof suggestion.best, "--%s", elsewhere);
    else
        table_offer(p->program, &suggestion, "--");
    if (suggestion.best[0])
        cli_suggest(p, &suggestion);
    else
        fprintf(p->err, "%s --help shows what there is\n", p->name);
    return false;
}

/* Whether an argument can be the value of the option before it: not another option, but "-5" and "-" may. */
static bool is_value(const char *argument)
{
    return argument && (argument[0] != '-' || argument[1] == '\0' || argument[1] == '.' ||
                        (argument[1] >= '0' && argument[1] <= '9'));
}

/* What must not be read in the list of processes: a secret, the password in a URL. */
static void hide_argument(const struct found *found, char *text)
{
    char *user, *at, *colon;

    if (found->option && found->option->secret) {
        memset(text, '*', strlen(text));
        return;
    }
    user = found->flag && found->flag->value == VALUE_HOST ? strstr(text, "://") : NULL;
    at = user ? memrchr(user + 3, '@', strcspn(user + 3, "/?#")) : NULL;
    colon = at ? memchr(user + 3, ':', (size_t)(at - user - 3)) : NULL;
    if (colon)
        memset(colon + 1, '*', (size_t)(at - colon - 1));
}

static bool apply_argument(struct parse *p, const struct found *found, char *text)
{
    bool good = cli_apply(p, found, text);

    if (text)
        hide_argument(found, text);
    return good;
}

/* Applies the value behind a flag, of a list every word up to the next flag (as argparse's nargs='*' does). */
static bool apply_rest(struct parse *p, const struct found *found, char *const *rest, int *used)
{
    bool list = found->flag && found->flag->value == VALUE_TAGS;

    if (!is_value(rest[0])) {
        cli_complain(p, "argument %s: expected %s", found->label, list ? "at least one argument" : "one argument");
        return false;
    }
    do {
        if (!apply_argument(p, found, rest[(*used)++]))
            return false;
    } while (list && is_value(rest[*used]));
    return true;
}

static bool parse_long(struct parse *p, char *argument, char *const *rest, int *used)
{
    char *typed = argument + 2, *equals = strchr(typed, '=');
    size_t len = equals ? (size_t)(equals - typed) : strlen(typed);
    struct found found = {0};
    char also[ALSO_LENGTH] = "";
    const char *instead;
    int count = len > 0 && len < sizeof found.label ? table_look_up(p->program, typed, len, &found, also) : 0;

    if (count == 0 || (count < FOUND_EXACTLY && table_is_reserved(typed, len, &instead)))
        return unknown_option(p, argument);
    if (count > 1 && count < FOUND_EXACTLY) {
        cli_complain(p, "ambiguous option: --%.*s could match %s%s", (int)len, typed, strstr(found.label, "--"), also);
        return false;
    }
    if (equals || !found_takes_value(&found))
        return apply_argument(p, &found, equals ? equals + 1 : NULL);
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
static bool parse_short(struct parse *p, char *argument, char *const *rest, int *used)
{
    for (char *letter = argument + 1; *letter; letter++) {
        const struct flag *flag = flag_with_letter(*letter);
        struct found found = {.flag = flag};

        if (!flag)
            return unknown_option(p, argument);
        snprintf(found.label, sizeof found.label, "-%c/--%s", flag->letter, flag->name);
        if (!flag_takes_value(flag)) {
            if (!cli_apply(p, &found, NULL))
                return false;
            continue;
        }
        if (letter[1] != '\0')
            return apply_argument(p, &found, letter + 1 + (letter[1] == '='));
        return apply_rest(p, &found, rest, used);
    }
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
            good = cli_add_kind(p, argv[i]);
        if (!good)
            return false;
        i += used;
    }
    return true;
}

/* ---- what is looked for before everything else ------------------------------------------------------ */

/* The file of the last --config on the line, which must be read before the rest of it; NULL: none. */
static const char *find_config(const struct parse *p, int argc, char *const *argv)
{
    const char *file = cli_variable(p, "SWARM_CONFIG");

    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        const char *equals = strchr(argv[i], '=');
        size_t len = equals ? (size_t)(equals - argv[i]) : strlen(argv[i]);
        struct found found = {0};
        char also[ALSO_LENGTH] = "";

        if (strncmp(argv[i], "--", 2) != 0 || table_look_up(p->program, argv[i] + 2, len - 2, &found, also) == 0 ||
            found.flag != &flag_table[FLAG_CONFIG] || also[0])
            continue;
        if (equals)
            file = equals + 1;
        else if (i + 1 < argc && is_value(argv[i + 1]))
            file = argv[++i];
    }
    return file && file[0] ? file : NULL;
}

/* --help and --version are answered even when something else on the line is wrong. */
static int asked_at(int argc, char *const *argv, const char *name, char letter)
{
    size_t len = strlen(name);

    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if ((argv[i][0] == '-' && argv[i][1] == letter && argv[i][2] == '\0') ||
            (strncmp(argv[i], "--", 2) == 0 && strncmp(argv[i] + 2, name, len) == 0 &&
             (argv[i][len + 2] == '\0' || argv[i][len + 2] == '=')))
            return i;
    }
    return 0;
}

static bool is_topic(const char *word)
{
    for (int i = 0; word && i < GROUP_COUNT; i++) {
        if (strcmp(word, flag_groups[i].word) == 0)
            return true;
    }
    return word && (strcmp(word, "all") == 0 || strcmp(word, "scenario") == 0);
}

/* What help is asked for: NULL: none. */
static const char *help_topic(int argc, char *const *argv)
{
    int at = asked_at(argc, argv, "help", 'h');
    const char *equals = at ? strchr(argv[at], '=') : NULL;

    if (at == 0)
        return NULL;
    if (equals)
        return equals + 1;
    return at + 1 < argc && is_topic(argv[at + 1]) ? argv[at + 1] : "";
}

/* ---- all of it -------------------------------------------------------------------------------------- */

static void set_defaults(struct run_plan *plan, const struct swarm_program *program)
{
    *plan = (struct run_plan){
        .users = 1,
        .spawn_rate = 1,
        .stop_timeout_ns = 10 * SWARM_S,
        .stats_history_ns = SWARM_S,
        .metrics_port = -1,
        .metrics_host = "127.0.0.1",
        .pool_threads = 16,
        .exit_code_on_error = EXIT_FAILED_RUN,
        .log_level = LOG_LEVEL_INFO,
        .only = memory_new(program->kind_count, sizeof(bool)),
        .texts = memory_new(1, sizeof(struct cli_texts)),
    };
    for (uint32_t i = 0; i < program->kind_count; i++)
        plan->only[i] = true;
}

/* Two reports in one file would leave one of them; devices take all. */
static bool check_files(struct parse *p)
{
    const struct run_plan *plan = p->plan;
    const struct {
        const char *flag, *path;
    } files[] = {{"--json", plan->json_file},
                 {"--html", plan->html_file},
                 {"--junit", plan->junit_file},
                 {"--prometheus-file", plan->prometheus_file},
                 {"--log-requests", plan->log_requests},
                 {"--logfile", plan->log_file}};
    const size_t n = sizeof files / sizeof *files;

    for (size_t i = 0; i < n; i++) {
        for (size_t k = i + 1; k < n && files[i].path; k++) {
            if (!files[k].path || strcmp(files[i].path, files[k].path) != 0 || strncmp(files[i].path, "/dev/", 5) == 0)
                continue;
            cli_complain(p, "%s and %s would both write %s: give each a path of its own", files[i].flag, files[k].flag,
                         strcmp(files[i].path, "-") == 0 ? "to the standard output" : files[i].path);
            return false;
        }
    }
    return true;
}

/* Flags that mean nothing without another one, and such as are in each other's way. */
static bool check_together(struct parse *p)
{
    const struct run_plan *plan = p->plan;

    if (plan->csv_full_history && !plan->csv_prefix) {
        cli_complain(p, "'--csv-full-history' requires '--csv'.");
        return false;
    }
    for (size_t i = 0; i < plan->labels.count; i++) {
        const char *equals = strchr(plan->labels.items[i], '=');

        if (!equals || equals == plan->labels.items[i]) {
            cli_complain(p, "argument --label: KEY=VALUE is wanted, found '%s'", plan->labels.items[i]);
            return false;
        }
    }
    return check_files(p);
}

static bool answers(const struct run_plan *plan)
{
    return plan->help || plan->version || plan->list || plan->man || plan->completion;
}

static bool parse_all(struct parse *p, int argc, char *const *argv)
{
    struct run_plan *plan = p->plan;

    if (!cli_read_configs(p, find_config(p, argc, argv)))
        return false;
    p->place = NULL;
    p->rank++;
    p->splits = true;
    if (!cli_read_environment(p))
        return false;
    p->rank++;
    p->splits = false;
    p->from = "command line";
    if (!parse_arguments(p, argc, argv) || (!answers(plan) && !check_together(p)))
        return false;
    plan->users_given = p->ranks[FLAG_USERS] > 0;
    plan->spawn_rate_given = p->ranks[FLAG_SPAWN_RATE] > 0;
    plan->seed_given = p->ranks[FLAG_SEED] > 0;
    cli_note_settings(p);
    return true;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash && slash[1] ? slash + 1 : path;
}

/* Writes what is asked for; the exit code. */
static int answer(struct parse *p, FILE *out)
{
    struct run_plan *plan = p->plan;
    bool good = true;

    if (plan->help) {
        good = cli_help(out, p->name, p->program, plan->help, cli_help_width(out));
        if (!good) {
            cli_complain(p, "there is no group of options '%s'", plan->help);
            fprintf(p->err, "%s --help shows the groups\n", p->name);
        }
    } else if (plan->version) {
        fprintf(out, "%s (swarm %s)\n", p->name, SWARM_VERSION);
    } else if (plan->man) {
        cli_man(out, p->name, p->program);
    } else if (plan->completion) {
        cli_completion(out, p->name, p->program, plan->completion);
    } else {
        cli_list(out, p->program);
    }
    if (!good)
        return EXIT_USAGE;
    if (fflush(out) == 0 && !ferror(out))
        return EXIT_PASSED;
    fprintf(p->err, "%s: error: cannot write to the standard output\n", p->name);
    return EXIT_CANNOT_RUN;
}

int cli_parse(struct run_plan *plan, const struct swarm_program *program, int argc, char *const *argv, char *const *env,
              FILE *out, FILE *err)
{
    struct parse p = {.plan = plan, .program = program, .env = env, .err = err};
    int code = CLI_GO_ON;

    p.name = argc > 0 && argv[0] && argv[0][0] ? base_name(argv[0]) : program->source;
    set_defaults(plan, program);
    plan->help = help_topic(argc, argv);
    plan->version = !plan->help && asked_at(argc, argv, "version", 'V');
    if (!plan->help && !plan->version && !parse_all(&p, argc, argv))
        code = EXIT_USAGE;
    else if (answers(plan))
        code = answer(&p, out);
    if (code == CLI_GO_ON)
        cli_warn_of_environment(&p);
    if (code == CLI_GO_ON && p.locust_conf_alone)
        fprintf(err, "%s: warning: locust.conf is not read: call it swarm.conf, or give --config locust.conf\n",
                p.name);
    free(p.said);
    if (code != CLI_GO_ON)
        run_plan_free(plan);
    return code;
}
