/* For the unit tests of requests: one user in a shard without a loop, and an engine whose answers are told by
 * the test.
 *
 *     fetch(&call)            starts a request as generated code does; what was started is in `started`
 *     answer(status, head lines, body)   completes the exchange under way
 *     break_off(error, text, sends)
 *     failures()              messages of all failed requests so far, "ROW: MESSAGE (count)" joined by "; "
 *
 * Time stands still until it is moved (test_now). */
#ifndef SWARM_TESTS_HTTP_FIXTURE_H
#define SWARM_TESTS_HTTP_FIXTURE_H

#include "engine/run.h"
#include "tap.h"

#include "engine/shard.h"
#include "engine/strand.h"
#include "http/fetch.h"
#include "stats/stats.h"
#include "value/value.h"

static int64_t test_now = 1000 * SWARM_S;
static TAP_UNUSED int64_t test_clock(void)
{
    return test_now;
}

/* ---- an engine on strings ---- */

static struct exchange *under_way; /* NULL: none */
static char started[8192];         /* "METHOD URL\nName: value\n…\n\nbody" of the last one */
static unsigned starts, cancels, sessions_open;

static void fake_start(struct exchange *ex)
{
    struct bytes text = {0};

    starts++;
    under_way = ex;
    head_clear(&ex->head);
    ex->stamps = (struct exchange_stamps){0};
    ex->received = 0;
    ex->sends = 0;
    ex->sent = false;
    ex->error = EXCHANGE_OK;
    bytes_format(&text, "%s ", ex->method);
    url_write(&text, &ex->url);
    bytes_add_text(&text, "\n");
    for (size_t i = 0; i < ex->header_count; i++) {
        bytes_format(&text, "%s: %s\n", ex->headers[i].name, ex->headers[i].value);
    }
    if (ex->cookie) {
        bytes_format(&text, "Cookie: %s\n", ex->cookie);
    }
    if (ex->has_body) {
        bytes_format(&text, "(%zu)\n", ex->body_size);
        bytes_add(&text, ex->body, ex->body_size);
    }
    snprintf(started, sizeof started, "%s", text.p);
    bytes_free(&text);
}

static void fake_cancel(struct exchange *ex)
{
    cancels++;
    if (ex != under_way) {
        bail_out("cancel of what is not under way");
    }
    under_way = NULL;
}

static struct exchange_session *fake_open(struct exchange_shard *shard, const struct exchange_profile *profile)
{
    (void)shard;
    (void)profile;
    sessions_open++;
    return (struct exchange_session *)(void *)&sessions_open;
}

static void fake_close(struct exchange_session *session)
{
    (void)session;
    sessions_open--;
}

static bool fake_start_all(char *why, size_t why_size)
{
    (void)why;
    (void)why_size;
    return true;
}

static const struct exchange_engine fake_engine = {
    .name = "fake",
    .global_start = fake_start_all,
    .session_open = fake_open,
    .session_close = fake_close,
    .start = fake_start,
    .cancel = fake_cancel,
};

static TAP_UNUSED void finish(enum exchange_error error, const char *text, uint32_t sends, bool sent)
{
    struct exchange *ex = under_way;

    under_way = NULL;
    ex->error = error;
    snprintf(ex->text, sizeof ex->text, "%s", text);
    ex->sends = sends;
    ex->sent = sent;
    ex->stamps.last_byte = 1;
    ex->sink->done(ex);
}

static TAP_UNUSED void break_off(enum exchange_error error, const char *text, uint32_t sends)
{
    finish(error, text, sends, sends > 0);
}

static TAP_UNUSED void head_of(int status, const char *lines)
{
    char line[512];

    head_line(&under_way->head, line, (size_t)snprintf(line, sizeof line, "HTTP/1.1 %d X\r\n", status));
    while (*lines) {
        size_t n = strcspn(lines, "\n");

        head_line(&under_way->head, lines, n);
        lines += n + (lines[n] == '\n');
    }
    head_line(&under_way->head, "\r\n", 2);
}

/* `lines` are separated by \n. The body comes in pieces of `piece` bytes. */
static TAP_UNUSED void answer_bytes(int status, const char *lines, const char *body, size_t n, size_t piece)
{
    bool go_on;

    head_of(status, lines);
    under_way->stamps.sent = under_way->stamps.first_byte = 1;
    go_on = under_way->sink->head(under_way);
    for (size_t at = 0; go_on && at < n; at += piece) {
        size_t now = n - at < piece ? n - at : piece;

        under_way->received += now;
        go_on = under_way->sink->body(under_way, body + at, now);
    }
    finish(go_on ? EXCHANGE_OK : EXCHANGE_STOPPED, "", 1, true);
}

static TAP_UNUSED void answer(int status, const char *lines, const char *body)
{
    answer_bytes(status, lines, body, strlen(body), 7);
}

/* ---- a user ---- */

static enum swarm_step no_step(struct swarm_strand *s, struct swarm_frame *base)
{
    (void)s;
    (void)base;
    return SWARM_DONE;
}

static const struct swarm_point test_points[] = {{1, 0}, {2, 0}};
static const struct swarm_machine test_machine = {no_step, "task", test_points, 2, sizeof(struct swarm_frame),
                                                  NULL,    0,      "test.swarm"};
static const struct swarm_row test_rows[] = {{"GET", "/a"}, {"POST", "/b"}};
static struct swarm_kind_of_user test_kind;
static const struct decode_coding *const test_codings[] = {&swarm_zlib, &swarm_brotli, NULL};
static struct swarm_program test_program = {
    .kinds = &test_kind, .kind_count = 1, .rows = test_rows, .row_count = 2, .codings = test_codings};
static struct swarm_frame test_frame = {.machine = &test_machine};
static struct user test_user;
static const struct run_config test_config = {.program = &test_program};
static struct shard test_shard;
static struct http_shard test_http;
static struct http_plan *test_plan;
static struct stats_rows *test_stats_rows;
static struct stats *test_stats;
static struct swarm_strand *const s = &test_user.strand.base;
static const struct swarm_place place = {"test.swarm", 7, "x"};

static TAP_UNUSED const struct swarm_http no_http = {
    .timeout = -1,
    .connect_timeout = -1,
    .backoff = -1,
    .max_body = -1,
    .retries = -1,
    .connections = -1,
    .follow = -1,
    .verify = -1,
    .keep_alive = -1,
    .tls_resume = -1,
    .compressed = -1,
};

/* A request about which nothing else is said. */
#define CALL(METHOD, ROW, URL, ...)                                                                                    \
    {                                                                                                                  \
        .method = (METHOD), .row = (ROW), .url = (URL), .timeout = -1, .connect_timeout = -1, .follow = -1,            \
        .compressed = -1, .retries = -1, .backoff = -1, .place = {"test.swarm", 3, ""}, __VA_ARGS__                    \
    }
#define GET_A(...)  CALL("GET", 0, "/a", __VA_ARGS__)
#define POST_B(...) CALL("POST", 1, "/b", __VA_ARGS__)

static TAP_UNUSED void open_with(const char *target, const struct swarm_http *http)
{
    static const char *const kinds[] = {"Shopper"};
    struct http_settings settings = {.targets = &target};
    char why[256];

    clock_replace(test_clock);
    test_kind = (struct swarm_kind_of_user){.name = "Shopper", .target = target, .http = *http};
    test_kind.http.engine = &fake_engine;
    test_plan = http_plan_create(&test_program, &settings, why, sizeof why);
    if (!test_plan) {
        bail_out("%s", why);
    }
    test_http = (struct http_shard){.plan = test_plan};
    test_stats_rows = stats_rows_create(test_rows, 2);
    test_stats = stats_create(kinds, 1);
    stats_begin(test_stats, 0, 0);
    test_shard =
        (struct shard){.config = &test_config, .http = &test_http, .recorder = recorder_create(test_stats_rows, 1, 1)};
    test_shard.ready_last = &test_shard.ready_first;
    timers_init(&test_shard.timers, test_now);
    test_user = (struct user){.kind = &test_kind, .id = 1};
    test_user.strand.user = &test_user;
    test_user.strand.shard = &test_shard;
    s->top = &test_frame;
    starts = cancels = 0;
}

static TAP_UNUSED void close_user(void)
{
    session_close(&test_user);
    is_uint(sessions_open, 0, "the user's connections are closed");
    fetch_free_all(&test_http);
    prepared_free_all(&test_http.prepared);
    arena_clear(&test_user.strand.arena);
    recorder_free(test_shard.recorder);
    stats_free(test_stats);
    stats_rows_free(test_stats_rows);
    timers_free(&test_shard.timers);
    http_plan_free(test_plan);
    clock_replace(NULL);
}

/* Starts a request; true: it is under way. */
static TAP_UNUSED bool fetch(const struct swarm_call *call)
{
    s->exit = SWARM_NO_EXIT;
    test_user.strand.error = NULL;
    test_user.strand.ready = false;
    test_shard.ready_first = NULL;
    test_shard.ready_last = &test_shard.ready_first;
    prepared_free_all(&test_http.prepared); /* tests change calls and use their memory again */
    return swarm_fetch(s, 1, call) == SWARM_WAIT;
}

/* The error behind the exit, or "". */
static TAP_UNUSED const char *error_text(void)
{
    return s->exit == SWARM_ERROR && test_user.strand.error ? test_user.strand.error->text : "";
}

/* Lets time pass; timers that come due fire. */
static TAP_UNUSED void pass_time(int64_t ns)
{
    test_now += ns;
    timers_run(&test_shard.timers, test_now);
}

/* ---- what was counted ---- */

static TAP_UNUSED struct stats_snapshot *counted(void)
{
    size_t n;
    void *delta = recorder_take(test_shard.recorder, &n);

    stats_fold(test_stats, delta, n);
    free(delta);
    return stats_take_snapshot(test_stats, test_now, test_now / SWARM_MS);
}

/* "requests/failures/tries/cut/bytes" of a row. */
static TAP_UNUSED const char *counts(const char *type, const char *name)
{
    static char text[128];
    struct stats_snapshot *snap = counted();
    const struct stats_row_view *row = stats_find(snap, type, name);

    snprintf(text, sizeof text, "none");
    if (row) {
        snprintf(text, sizeof text, "%llu/%llu/%llu/%llu/%llu", (unsigned long long)row->requests,
                 (unsigned long long)row->failures, (unsigned long long)row->tries, (unsigned long long)row->cut,
                 (unsigned long long)row->bytes);
    }
    stats_snapshot_unref(snap);
    return text;
}

/* The newest failure message of a row. */
static TAP_UNUSED const char *failure(const char *type, const char *name)
{
    static char text[512];
    struct stats_snapshot *snap = counted();
    const struct stats_row_view *row = stats_find(snap, type, name);

    text[0] = '\0';
    if (row && row->message_count) {
        snprintf(text, sizeof text, "%s", row->messages[row->message_count - 1].text);
    }
    stats_snapshot_unref(snap);
    return text;
}

/* "LINE TASK: TEXT" of the newest error, or "". */
static TAP_UNUSED const char *counted_error(void)
{
    static char text[512];
    struct stats_snapshot *snap = counted();

    text[0] = '\0';
    if (snap->error_count) {
        const struct stats_error *error = &snap->errors[snap->error_count - 1];

        snprintf(text, sizeof text, "%u %s: %s", error->line, error->task, error->text);
    }
    stats_snapshot_unref(snap);
    return text;
}

#endif
