#include "reporting.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <swarm/program.h>

#include "../base/memory.h"
#include "../cli/cli.h"
#include "../report/request_log.h"
#include "control.h"
#include "git.h"
#include "metrics_server.h"
#include "threshold.h"
#include "verdict.h"

/* ---- texts ---- */

static const char *keep(struct reporting *r, char *text)
{
    r->texts = memory_grow(r->texts, r->text_count, &r->text_capacity, sizeof *r->texts);
    r->texts[r->text_count++] = text;
    return text;
}

static const char *format(struct reporting *r, const char *how, ...) __attribute__((format(printf, 2, 3)));
static const char *format(struct reporting *r, const char *how, ...)
{
    char *text = NULL;
    va_list args;
    int n;

    va_start(args, how);
    n = vasprintf(&text, how, args);
    va_end(args);
    return n < 0 ? "" : keep(r, text);
}

static void add(struct report_pairs *pairs, const char *name, const char *value)
{
    pairs->items = memory_resize(pairs->items, pairs->count + 1, sizeof *pairs->items);
    pairs->items[pairs->count++] = (struct report_pair){name, value};
}

/* 90s, 1m30s, 250ms: as --run-time takes it */
static const char *span_text(struct reporting *r, int64_t ns)
{
    int64_t ms = ns / 1000000, s = ms / 1000;

    if (ms % 1000) {
        return format(r, "%" PRId64 "ms", ms);
    }
    if (s % 60 || s == 0) {
        return format(r, "%" PRId64 "s", s);
    }
    return s % 3600 ? format(r, "%" PRId64 "m", s / 60) : format(r, "%" PRId64 "h", s / 3600);
}

/* ---- what was asked for ---- */

static const struct run_setting *setting_named(const struct run_plan *plan, const char *name)
{
    for (size_t i = 0; i < plan->setting_count; i++) {
        if (!plan->settings[i].option && strcmp(plan->settings[i].name, name) == 0) {
            return &plan->settings[i];
        }
    }
    return NULL;
}

/* What was said, behind what holds although nobody said it. */
static void add_settings(struct reporting *r, const struct swarm_program *program, const struct run_plan *plan)
{
    struct report_pairs *settings = &r->run.settings;

    if (!setting_named(plan, "users") && program->shape_count == 0) {
        add(settings, "users", format(r, "%" PRIu64, plan->users));
    }
    if (!setting_named(plan, "spawn-rate") && program->shape_count == 0) {
        add(settings, "spawn-rate", format(r, "%.15g", plan->spawn_rate));
    }
    if (!setting_named(plan, "run-time")) {
        add(settings, "run-time", "no limit");
    }
    if (!setting_named(plan, "stop-timeout")) {
        add(settings, "stop-timeout", span_text(r, plan->stop_timeout_ns));
    }
    for (size_t i = 0; i < plan->setting_count; i++) {
        const struct run_setting *setting = &plan->settings[i];

        if (setting->option) {
            add(&r->run.options, setting->name, setting->value);
        } else if (strcmp(setting->name, "label") != 0) {
            add(settings, setting->name, setting->value);
        }
    }
}

static void add_label(struct reporting *r, const char *text)
{
    struct report_pairs *labels = &r->run.labels;
    const char *equals = strchr(text, '='), *name = format(r, "%.*s", (int)(equals - text), text);
    size_t i = 0;

    while (i < labels->count && strcmp(labels->items[i].name, name) != 0) {
        i++;
    }
    if (i < labels->count) {
        labels->items[i].value = equals + 1;
    } else {
        add(labels, name, equals + 1);
    }
}

static void describe(struct reporting *r, const struct swarm_program *program, const struct run_plan *plan,
                     const char *const *targets, const char *name, uint64_t seed, uint32_t threads)
{
    char commit[80];

    git_commit(commit, sizeof commit);
    r->run = (struct report_run){
        .program = name,
        .scenario = program->source,
        .scenario_hash = program->hash,
        .version = program->version,
        .seed = seed,
        .threads = threads,
    };
    r->run.commit = commit[0] ? keep(r, memory_text(commit, strlen(commit))) : NULL;
    add_settings(r, program, plan);
    for (uint32_t i = 0; i < program->kind_count; i++) {
        if (plan->only[i]) {
            add(&r->run.targets, program->kinds[i].name, targets[i]);
        }
    }
    for (size_t i = 0; i < plan->labels.count; i++) {
        add_label(r, plan->labels.items[i]);
    }
}

/* ---- opening and concluding ---- */

/* The path of --html with {u}, {r} and {t} replaced by users, spawn rate and seconds of run time, as in Locust. */
static const char *expand(struct reporting *r, const struct run_plan *plan, const char *path)
{
    char *text = NULL;
    size_t size;
    FILE *out = path ? open_memstream(&text, &size) : NULL;

    if (!out) {
        return path;
    }
    for (const char *p = path; *p; p++) {
        if (strncmp(p, "{u}", 3) == 0) {
            fprintf(out, "%" PRIu64, plan->users);
        } else if (strncmp(p, "{r}", 3) == 0) {
            fprintf(out, "%.15g", plan->spawn_rate);
        } else if (strncmp(p, "{t}", 3) == 0) {
            fprintf(out, "%.15g", (double)plan->run_time_ns / 1e9);
        } else {
            fputc(*p, out);
            continue;
        }
        p += 2;
    }
    fclose(out);
    return keep(r, text);
}

bool reporting_open(struct reporting *r, const struct swarm_program *program, const struct run_plan *plan,
                    const char *const *targets, const char *name, uint64_t seed, uint32_t threads, char *why,
                    size_t size)
{
    struct reports_settings settings = {
        .run = &r->run,
        .csv_prefix = plan->csv_prefix,
        .csv_full_history = plan->csv_full_history,
        .csv_metrics = program->metric_count > 0,
        .json = plan->json_file,
        .html = expand(r, plan, plan->html_file),
        .junit = plan->junit_file,
        .prometheus = plan->prometheus_file,
        .interval_ns = plan->stats_history_ns,
    };

    describe(r, program, plan, targets, name, seed, threads);
    r->metrics_socket = -1;
    r->files = reports_open(&settings, why, size);
    if (!r->files || (plan->log_requests && !request_log_open(plan->log_requests, why, size))) {
        return false;
    }
    if (plan->metrics_port >= 0) {
        r->metrics_socket = metrics_server_listen(plan->metrics_host, plan->metrics_port, why, size);
    }
    return plan->metrics_port < 0 || r->metrics_socket >= 0;
}

void reporting_close(struct reporting *r)
{
    reports_free(r->files);
    (void)request_log_close();
    for (size_t i = 0; i < r->text_count; i++) {
        free(r->texts[i]);
    }
    free(r->texts);
    free(r->run.settings.items);
    free(r->run.options.items);
    free(r->run.targets.items);
    free(r->run.labels.items);
    *r = (struct reporting){0};
}

static struct report_threshold describe_threshold(struct reporting *r, const struct threshold_result *result)
{
    static const enum report_threshold_state states[] = {
        [THRESHOLD_HOLDS] = REPORT_HOLDS,
        [THRESHOLD_BROKEN] = REPORT_BROKEN,
        [THRESHOLD_NO_DATA] = REPORT_NO_DATA,
        [THRESHOLD_SKIPPED] = REPORT_SKIPPED,
    };
    const struct swarm_threshold *t = result->threshold;
    char value[64];

    threshold_value_text(result, value, sizeof value);
    return (struct report_threshold){
        .text = t->place.what ? t->place.what : "",
        .row = t->row,
        .file = t->place.file ? t->place.file : "",
        .line = t->place.line,
        .state = states[result->state],
        .value_text = format(r, "%s", value),
        .value = result->value,
        .limit = t->limit,
        .aborted = result->aborted,
    };
}

bool reporting_conclude(struct reporting *r, const struct thresholds *thresholds, const struct verdict *verdict,
                        const struct control_result *result)
{
    struct report_threshold *list = memory_new(thresholds->count, sizeof *list);
    struct report_verdict told = {
        .passed = verdict->passed,
        .left = result->end == CONTROL_LEFT,
        .exit_code = verdict->exit_code,
        .why = verdict->why,
        .thresholds = list,
        .threshold_count = thresholds->count,
        .arrived = result->arrived,
        .dropped = result->dropped,
    };
    bool complete;

    for (size_t i = 0; i < thresholds->count; i++) {
        list[i] = describe_threshold(r, &thresholds->results[i]);
    }
    complete = reports_conclude(r->files, &told);
    free(list);
    return complete;
}
