/* reports.c - the files of a run and the thread that writes them: see reports.h */
#include "reports.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"
#include "../log/log.h"
#include "document.h"
#include "file.h"
#include "github.h"
#include "output.h"
#include "report.h"

enum form { JSON, HTML, JUNIT, PROMETHEUS, FORMS };

enum { HTML_HISTOGRAMS = 40 }; /* rows with one in the page: 2,000 would make it megabytes */

struct form_kind {
    const char *flag;
    void (*put)(FILE *out, const struct document *doc);
    bool live; /* refreshed while the run goes on */
    size_t row_histograms;
};

static const struct form_kind forms[FORMS] = {
    [JSON] = {"--json", document_json, true, SIZE_MAX},
    [HTML] = {"--html", document_html, false, HTML_HISTOGRAMS},
    [JUNIT] = {"--junit", document_junit, false, 0},
    [PROMETHEUS] = {"--prometheus-file", document_prometheus, true, 0},
};

struct reports {
    const struct report_run *run;
    struct csv *csv;
    struct output outputs[FORMS];
    bool wanted[FORMS];
    struct history history;
    struct stats_snapshot *last; /* of the end */
    bool printed;                /* what is no file was written */
    int64_t next_ns;             /* when the files are refreshed again */
    int64_t interval_ns;

    /* between control and the thread */
    pthread_t thread;
    bool started;
    pthread_mutex_t lock;
    pthread_cond_t given;
    struct stats_snapshot *waiting;
    uint64_t target;
    bool ending;
};

/* ---- writing ---------------------------------------------------------------------------------------- */

/* One version of one file. */
static bool write_form(struct reports *r, enum form form, struct stats_snapshot *snap,
                       const struct report_verdict *verdict)
{
    struct output *output = &r->outputs[form];
    struct document doc = {.run = r->run,
                           .snap = snap,
                           .history = &r->history,
                           .verdict = verdict,
                           .row_histograms = forms[form].row_histograms};
    FILE *out = output_begin(output);

    if (!out)
        return false;
    forms[form].put(out, &doc);
    return output_commit(output);
}

static void refresh(struct reports *r, struct stats_snapshot *snap)
{
    if (r->csv)
        csv_write(r->csv, snap);
    for (int f = 0; f < FORMS; f++) {
        struct output *output = &r->outputs[f];

        if (!r->wanted[f] || !forms[f].live || !output_is_file(output) || write_form(r, (enum form)f, snap, NULL))
            continue;
        if (!output->told)
            log_error("swarm.report", "cannot write %s: %s; the run goes on and it is tried again; %s", output->path,
                      strerror(output->error), file_way_out(output->error, output->flag));
        output->told = true;
    }
}

/* A point of the history has the buckets of its interval, some kilobytes: only for the reports that show it. */
static void remember(struct reports *r, struct stats_snapshot *snap, uint64_t target, bool last)
{
    if (r->wanted[JSON] || r->wanted[HTML])
        history_add(&r->history, snap, target, last);
}

static void take(struct reports *r, struct stats_snapshot *snap, uint64_t target)
{
    remember(r, snap, target, false);
    if (snap->now_ns >= r->next_ns) {
        /* a tenth early is on time: ticks are not exact */
        r->next_ns = snap->now_ns + r->interval_ns - r->interval_ns / 10;
        refresh(r, snap);
    }
}

/* ---- the thread ------------------------------------------------------------------------------------- */

static void *write_all(void *data)
{
    struct reports *r = data;

    pthread_mutex_lock(&r->lock);
    for (;;) {
        struct stats_snapshot *snap = r->waiting;
        uint64_t target = r->target;

        if (!snap && r->ending)
            break;
        if (!snap) {
            pthread_cond_wait(&r->given, &r->lock);
            continue;
        }
        r->waiting = NULL;
        pthread_mutex_unlock(&r->lock);
        take(r, snap, target);
        stats_snapshot_unref(snap);
        pthread_mutex_lock(&r->lock);
    }
    pthread_mutex_unlock(&r->lock);
    return NULL;
}

/* Signals are control's: the thread gets none. */
static bool start(struct reports *r)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    r->started = pthread_create(&r->thread, NULL, write_all, r) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return r->started;
}

static void join_writer(struct reports *r)
{
    if (!r->started)
        return;
    pthread_mutex_lock(&r->lock);
    r->ending = true;
    pthread_cond_signal(&r->given);
    pthread_mutex_unlock(&r->lock);
    pthread_join(r->thread, NULL);
    r->started = false;
}

void reports_tick(struct reports *r, struct stats_snapshot *snap, uint64_t target)
{
    struct stats_snapshot *old;

    if (!r->started && !start(r)) {
        take(r, snap, target); /* no thread could be had: here, then */
        return;
    }
    pthread_mutex_lock(&r->lock);
    old = r->waiting;
    r->waiting = stats_snapshot_ref(snap);
    r->target = target;
    pthread_cond_signal(&r->given);
    pthread_mutex_unlock(&r->lock);
    stats_snapshot_unref(old);
}

/* ---- opening and closing ---------------------------------------------------------------------------- */

static bool open_csv(struct reports *r, const struct reports_settings *settings, char *why, size_t size)
{
    if (!settings->csv_prefix)
        return true;
    r->csv = csv_open(settings->csv_prefix, settings->csv_full_history, why, size);
    return r->csv && (!settings->csv_metrics || csv_add_metrics(r->csv, why, size));
}

struct reports *reports_open(const struct reports_settings *settings, char *why, size_t size)
{
    const char *const paths[FORMS] = {[JSON] = settings->json,
                                      [HTML] = settings->html,
                                      [JUNIT] = settings->junit,
                                      [PROMETHEUS] = settings->prometheus};
    struct reports *r = memory_new(1, sizeof *r);
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    bool good;

    sigaction(SIGXFSZ, &ignore, NULL);
    r->run = settings->run;
    r->interval_ns = settings->interval_ns;
    history_open(&r->history, settings->interval_ns);
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->given, NULL);
    good = open_csv(r, settings, why, size);
    for (int f = 0; good && f < FORMS; f++) {
        if (paths[f])
            good = r->wanted[f] = output_open(&r->outputs[f], forms[f].flag, paths[f], why, size);
    }
    if (good)
        return r;
    reports_free(r);
    return NULL;
}

void reports_prometheus(const struct reports *r, FILE *out, struct stats_snapshot *snap)
{
    document_prometheus(out, &(struct document){.run = r->run, .snap = snap});
}

bool reports_count(struct reports *r, struct stats_snapshot *snap, uint64_t target)
{
    bool complete = true;

    join_writer(r);
    r->last = stats_snapshot_ref(snap);
    remember(r, snap, target, true);
    if (r->csv)
        complete = csv_close(r->csv, snap);
    r->csv = NULL;
    return complete;
}

/* The wanted forms that are files, or those that are none. One that fails is not tried again. */
static bool write_forms(struct reports *r, const struct report_verdict *verdict, bool files)
{
    bool complete = true;

    for (int f = 0; f < FORMS; f++) {
        struct output *output = &r->outputs[f];

        if (!r->wanted[f] || output_is_file(output) != files || write_form(r, (enum form)f, r->last, verdict))
            continue;
        log_error("swarm.report", "%s lacks the end of the run: %s; the tables on the terminal are complete; %s",
                  output->path, strerror(output->error), file_way_out(output->error, output->flag));
        complete = r->wanted[f] = false;
    }
    return complete;
}

/* A report is on the standard output. */
static bool takes_stdout(const struct reports *r)
{
    for (int f = 0; f < FORMS; f++) {
        if (r->outputs[f].path && strcmp(r->outputs[f].path, "-") == 0)
            return true;
    }
    return false;
}

bool reports_conclude(struct reports *r, const struct report_verdict *verdict)
{
    bool complete = write_forms(r, verdict, true);

    if (!complete || r->printed)
        return complete;
    r->printed = true;
    complete = write_forms(r, verdict, false);
    github_tell(&(struct document){.run = r->run, .snap = r->last, .history = &r->history, .verdict = verdict},
                takes_stdout(r));
    return complete;
}

void reports_free(struct reports *r)
{
    if (!r)
        return;
    join_writer(r);
    stats_snapshot_unref(r->waiting);
    stats_snapshot_unref(r->last);
    csv_abandon(r->csv);
    for (int f = 0; f < FORMS; f++)
        output_close(&r->outputs[f]);
    history_close(&r->history);
    pthread_mutex_destroy(&r->lock);
    pthread_cond_destroy(&r->given);
    free(r);
}
