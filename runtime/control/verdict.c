#include "verdict.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../base/exit_codes.h"
#include "../stats/stats.h"
#include "threshold.h"

static void add(struct verdict *verdict, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct verdict *verdict, const char *format, ...)
{
    size_t used = strlen(verdict->why);
    va_list args;

    if (used > 0) {
        used += (size_t)snprintf(verdict->why + used, sizeof verdict->why - used, ", ");
    }
    if (used < sizeof verdict->why) {
        va_start(args, format);
        vsnprintf(verdict->why + used, sizeof verdict->why - used, format, args);
        va_end(args);
    }
}

static const char *plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

/* What is wrong with the counts themselves fails a run whatever they say. */
static void add_incomplete(struct verdict *verdict, const struct stats_snapshot *snap, bool complete)
{
    if (snap->lost_deltas + snap->bad_deltas > 0) {
        add(verdict, "counts are missing");
        complete = false;
    }
    if (!complete) {
        add(verdict, "reports are not complete");
        verdict->exit_code = EXIT_FAILED_RUN;
    }
}

struct verdict verdict_of_run(const struct stats_snapshot *snap, const struct thresholds *thresholds, int on_error,
                              bool complete, bool tagged)
{
    size_t broken = thresholds_broken(thresholds), count = thresholds->count;
    struct verdict verdict = {.exit_code = on_error};

    if (count == 0) {
        return verdict_of(snap, on_error, complete, tagged);
    }
    if (broken > 0) {
        add(&verdict, "%zu of %zu threshold%s broken", broken, count, plural(count));
    }
    add_incomplete(&verdict, snap, complete);
    if (verdict.why[0] == '\0') {
        verdict.passed = true;
        verdict.exit_code = EXIT_PASSED;
        add(&verdict, "%zu threshold%s, none broken", count, plural(count));
    }
    return verdict;
}

/* What hooks sent (SETUP) is none of the users' doing. */
static bool was_measured(const struct stats_snapshot *snap)
{
    for (size_t i = 0; i < snap->row_count; i++) {
        if (snap->rows[i].requests > 0 && strcmp(snap->rows[i].type, "SETUP") != 0) {
            return true;
        }
    }
    return snap->total.requests > 0;
}

/* What was under way when the run stopped, and what it kept from beginning: in no row's requests. */
struct unmade {
    uint64_t cut, dropped;
};

static struct unmade unmade_at_stop(const struct stats_snapshot *snap)
{
    struct unmade unmade = {0};

    for (size_t i = 0; i < snap->row_count; i++) {
        unmade.cut += snap->rows[i].cut;
        unmade.dropped += snap->rows[i].dropped;
    }
    return unmade;
}

/* Tags, and a stop that came before any call had begun, excuse a run without figures. What began and never ended does not: a service
 * or a C function that hangs must not pass, whatever waited behind it. */
static void add_nothing_measured(struct verdict *verdict, struct unmade unmade, bool tagged)
{
    if (unmade.cut > 0) {
        add(verdict, "nothing was measured: %" PRIu64 " request%s cut off at the stop, none answered before",
            unmade.cut, plural(unmade.cut));
    } else if (unmade.dropped == 0 && !tagged) {
        add(verdict, "nothing was measured: no request, call or transaction was made");
    }
}

static void add_why_passed(struct verdict *verdict, const struct stats_snapshot *snap, struct unmade unmade)
{
    if (was_measured(snap)) {
        add(verdict, "%" PRIu64 " request%s, none failed", snap->total.requests, plural(snap->total.requests));
    } else if (unmade.dropped > 0) {
        add(verdict, "no call had begun at the stop, %" PRIu64 " dropped", unmade.dropped);
    } else {
        add(verdict, "no request is made under these tags");
    }
}

struct verdict verdict_of(const struct stats_snapshot *snap, int on_error, bool complete, bool tagged)
{
    const struct stats_row_view *total = &snap->total;
    struct verdict verdict = {.exit_code = on_error};
    struct unmade unmade = unmade_at_stop(snap);

    if (total->failures > 0) {
        add(&verdict, "%" PRIu64 " of %" PRIu64 " request%s failed", total->failures, total->requests,
            plural(total->requests));
    }
    if (snap->task_errors > 0) {
        add(&verdict, "%" PRIu64 " error%s in tasks", snap->task_errors, plural(snap->task_errors));
    }
    if (!was_measured(snap)) {
        add_nothing_measured(&verdict, unmade, tagged);
    }
    add_incomplete(&verdict, snap, complete);
    if (verdict.why[0] == '\0') {
        verdict.passed = true;
        verdict.exit_code = EXIT_PASSED;
        add_why_passed(&verdict, snap, unmade);
    }
    return verdict;
}

void verdict_add_health(struct verdict *verdict, const struct stats_snapshot *snap)
{
    char why[sizeof verdict->why];

    if (snap->health.unhealthy == 0) {
        return;
    }
    stats_health_text(snap, why, sizeof why);
    if (verdict->passed) {
        verdict->why[0] = '\0';
    }
    verdict->passed = false;
    verdict->exit_code = EXIT_UNHEALTHY;
    add(verdict, "the load generator was the bottleneck: %s", why);
}

void verdict_add_failure(struct verdict *verdict, const char *why)
{
    if (!why || why[0] == '\0') {
        return;
    }
    if (verdict->passed) {
        *verdict = (struct verdict){.exit_code = EXIT_FAILED_RUN};
    }
    add(verdict, "%s", why);
}
