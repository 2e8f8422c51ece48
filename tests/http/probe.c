/*
 * probe.c - drives an HTTP engine through exchange.h, without anything that stands above it, for
 * tests/http/engine.t.
 *
 *     probe ENGINE [--insecure] [--ca FILE] [--cert FILE] [--key FILE] [--resume] [--no-keep-alive]
 *     probe --engines    the names of the engines, one a line
 *
 * reads one line a step from stdin, fields separated by one space, %XX-encoded where needed, and answers each
 * with one line on stdout, a JSON object, when it is over:
 *
 *  - METHOD URL SESSION [CONNECT_TIMEOUT_MS [BODY [NAME:VALUE…]]]
 *    an exchange in the session with that number; BODY - is none.
 *  - many N SESSIONS METHOD URL
 *    N exchanges, in the sessions 0 … SESSIONS-1, each session one after the other, the session's number behind
 *    the URL; {"ok": …, "failed": …, "sends": …}
 *  - cancel METHOD URL SESSION MS
 *    starts an exchange, cancels it after MS milliseconds; {"cancelled": true, "sends": …} or, when it was over
 *    before, its answer.
 *  - stop METHOD URL SESSION
 *    the sink says stop at the first byte of the body.
 *  - close SESSION
 *    closes the session; {"closed": SESSION}
 *  - wait MS
 *    lets the loop run that long; {"waited": MS}
 *  - memory
 *    {"memory": bytes of the heap that are in use}
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/clock.h"
#include "http/native_transport.h"

enum { SESSIONS = 4096, HEADERS = 32, FIELDS = 40 };

struct probe {
    struct exchange ex; /* first */
    struct bytes url, body;
    struct header headers[HEADERS];
    bool stop_at_body, started_over;
    int done; /* how often done() was called */
};

static const struct exchange_engine *engine;
static struct exchange_shard *shard;
static struct exchange_profile profile = {.verify = true, .keep_alive = true, .tls = &swarm_tls};
static struct exchange_session *sessions[SESSIONS];
static uv_loop_t loop;
static const struct name_book book = {.resolver = &swarm_resolver_system};
static bool starting;

static void die(const char *why)
{
    fprintf(stderr, "probe: %s\n", why);
    exit(2);
}

static struct exchange_session *session_at(unsigned long n)
{
    if (n >= SESSIONS) {
        die("no such session");
    }
    if (!sessions[n]) {
        sessions[n] = engine->session_open(shard, &profile);
    }
    return sessions[n];
}

/* ---- sink ---- */

static bool on_head(struct exchange *ex)
{
    if (starting || !ex->head.complete) {
        die("head() at a wrong moment");
    }
    return true;
}

static bool on_body(struct exchange *ex, const char *bytes, size_t n)
{
    struct probe *probe = (struct probe *)ex;

    if (starting || !ex->head.complete || probe->done) {
        die("body() at a wrong moment");
    }
    bytes_add(&probe->body, bytes, n);
    return !probe->stop_at_body;
}

static void on_done(struct exchange *ex)
{
    if (starting) {
        die("done() from inside start()");
    }
    ((struct probe *)ex)->done++;
}

static const struct exchange_sink sink = {on_head, on_body, on_done};

/* ---- exchanges ---- */

static void setup(struct probe *probe, const char *method, const char *url, unsigned long session)
{
    const char *why;

    *probe = (struct probe){0};
    head_init(&probe->ex.head);
    bytes_add_text(&probe->url, url);
    if (!url_parse(&probe->ex.url, probe->url.p, probe->url.n, &why)) {
        die(why);
    }
    probe->ex.session = session_at(session);
    probe->ex.method = method;
    probe->ex.headers = probe->headers;
    probe->ex.connect_timeout = 10 * INT64_C(1000000000);
    probe->ex.sink = &sink;
}

static void setup_numbered(struct probe *probe, const char *method, const char *url, unsigned long session)
{
    struct bytes numbered = {0};

    bytes_format(&numbered, "%s%lu", url, session);
    setup(probe, method, numbered.p, session);
    bytes_free(&numbered);
}

static void start(struct probe *probe)
{
    starting = true;
    probe->ex.began = clock_now();
    engine->start(&probe->ex);
    starting = false;
    engine->turn(shard);
}

static void cleanup(struct probe *probe)
{
    head_free(&probe->ex.head);
    bytes_free(&probe->url);
    bytes_free(&probe->body);
}

static void print_text(const char *p, size_t n)
{
    putchar('"');
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)p[i];

        if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\') {
            printf("\\u%04x", c);
        } else {
            putchar(c);
        }
    }
    putchar('"');
}

static const char *error_name(enum exchange_error error)
{
    static const char *const names[] = {
        [EXCHANGE_OK] = "ok",
        [EXCHANGE_REFUSED] = "refused",
        [EXCHANGE_RESET] = "reset",
        [EXCHANGE_UNREACHABLE] = "unreachable",
        [EXCHANGE_NO_ADDRESS] = "no address",
        [EXCHANGE_CONNECT_TIMEOUT] = "connect timeout",
        [EXCHANGE_CERTIFICATE] = "certificate",
        [EXCHANGE_TLS] = "tls",
        [EXCHANGE_CLOSED] = "closed",
        [EXCHANGE_INCOMPLETE] = "incomplete",
        [EXCHANGE_NOT_HTTP] = "not http",
        [EXCHANGE_HEAD_TOO_LARGE] = "head too large",
        [EXCHANGE_NO_DESCRIPTOR] = "no descriptor",
        [EXCHANGE_NO_PORT] = "no port",
        [EXCHANGE_PROXY] = "proxy",
        [EXCHANGE_STOPPED] = "stopped",
        [EXCHANGE_OTHER] = "other",
    };

    return names[error];
}

static void print_answer(const struct probe *probe)
{
    const struct head_field *fields;
    size_t count;
    const struct exchange *ex = &probe->ex;
    const struct exchange_stamps *t = &ex->stamps;
    bool answered = ex->error == EXCHANGE_OK;
    bool sane = t->last_byte > 0 && t->first_byte <= t->last_byte && t->connect >= 0 && t->tls >= 0 &&
                (!answered || (t->sent > 0 && t->first_byte >= t->sent && t->connect + t->tls <= t->sent + 1000000));

    printf("{\"error\": \"%s\", \"text\": ", error_name(ex->error));
    print_text(ex->text, strlen(ex->text));
    printf(", \"status\": %d, \"received\": %llu, \"sends\": %u, \"sent\": %s, \"stamps\": %s, "
           "\"connected\": %s, "
           "\"tls\": %s, \"done\": %d, \"headers\": [",
           ex->head.status, (unsigned long long)ex->received, ex->sends, ex->sent ? "true" : "false",
           sane ? "true" : "false", t->connect ? "true" : "false", t->tls ? "true" : "false", probe->done);
    fields = head_fields(&ex->head, &count);
    for (size_t i = 0; i < count; i++) {
        const struct head_field *field = &fields[i];

        printf(i ? ", [" : "[");
        print_text(ex->head.text.p + field->name, field->name_size);
        printf(", ");
        print_text(ex->head.text.p + field->value, field->value_size);
        putchar(']');
    }
    printf("], \"body\": ");
    print_text(bytes_text(&probe->body), probe->body.n);
    printf("}\n");
}

static void one(char **field, int count, bool stop)
{
    struct probe probe;
    struct bytes body = {0};

    setup(&probe, field[0], field[1], strtoul(field[2], NULL, 10));
    probe.stop_at_body = stop;
    if (count > 3) {
        probe.ex.connect_timeout = strtoll(field[3], NULL, 10) * 1000000;
    }
    if (count > 4 && strcmp(field[4], "-") != 0) {
        url_decode(&body, field[4], strlen(field[4]));
        probe.ex.body = bytes_text(&body);
        probe.ex.body_size = body.n;
        probe.ex.has_body = true;
    }
    for (int i = 5; i < count && probe.ex.header_count < HEADERS; i++) {
        char *colon = strchr(field[i], ':');
        struct bytes value = {0};

        if (!colon) {
            die("a header without a colon");
        }
        *colon = '\0';
        url_decode(&value, colon + 1, strlen(colon + 1));
        bytes_add(&value, "", 0);
        probe.headers[probe.ex.header_count++] = (struct header){field[i], value.p};
    }
    start(&probe);
    while (!probe.done) {
        uv_run(&loop, UV_RUN_ONCE);
    }
    print_answer(&probe);
    for (size_t i = 0; i < probe.ex.header_count; i++) {
        free((char *)probe.headers[i].value);
    }
    bytes_free(&body);
    cleanup(&probe);
}

static void many(char **field)
{
    unsigned long total = strtoul(field[1], NULL, 10), width = strtoul(field[2], NULL, 10), begun = 0, over = 0;
    unsigned long good = 0, failed = 0, sends = 0;
    struct probe *probes = calloc(width, sizeof *probes);

    if (!probes || !width) {
        die("many: wrong numbers");
    }
    for (; begun < width && begun < total; begun++) {
        setup_numbered(&probes[begun], field[3], field[4], begun);
        start(&probes[begun]);
    }
    while (over < total) {
        uv_run(&loop, UV_RUN_ONCE);
        for (unsigned long i = 0; i < width; i++) {
            if (!probes[i].done) {
                continue;
            }
            good += probes[i].ex.error == EXCHANGE_OK;
            failed += probes[i].ex.error != EXCHANGE_OK;
            sends += probes[i].ex.sends;
            over++;
            cleanup(&probes[i]);
            probes[i].done = 0;
            if (begun < total) {
                setup_numbered(&probes[i], field[3], field[4], i);
                start(&probes[i]);
                begun++;
            }
        }
    }
    printf("{\"ok\": %lu, \"failed\": %lu, \"sends\": %lu}\n", good, failed, sends);
    free(probes);
}

static void out_of_time(uv_timer_t *timer)
{
    *(bool *)timer->data = true;
}

static void cancel(char **field)
{
    struct probe probe;
    uv_timer_t timer;
    bool late = false;

    setup(&probe, field[1], field[2], strtoul(field[3], NULL, 10));
    uv_timer_init(&loop, &timer);
    timer.data = &late;
    start(&probe);
    if (strtoul(field[4], NULL, 10)) {
        uv_timer_start(&timer, out_of_time, strtoul(field[4], NULL, 10), 0);
        while (!late && !probe.done) {
            uv_run(&loop, UV_RUN_ONCE);
        }
    }
    uv_close((uv_handle_t *)&timer, NULL);
    if (probe.done) {
        print_answer(&probe);
    } else {
        engine->cancel(&probe.ex);
        printf("{\"cancelled\": true, \"sends\": %u, \"sent\": %s}\n", probe.ex.sends,
               probe.ex.sent ? "true" : "false");
    }
    cleanup(&probe);
    uv_run(&loop, UV_RUN_NOWAIT);
}

static void wait_ms(uint64_t ms)
{
    uv_timer_t timer;
    bool over = false;

    uv_timer_init(&loop, &timer);
    timer.data = &over;
    uv_update_time(&loop);
    uv_timer_start(&timer, out_of_time, ms, 0);
    while (!over) {
        uv_run(&loop, UV_RUN_ONCE);
    }
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(&loop, UV_RUN_NOWAIT);
    printf("{\"waited\": %llu}\n", (unsigned long long)ms);
}

/* AddressSanitizer's own heap, where there is one. */
size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

static void memory(void)
{
    struct mallinfo2 heap = mallinfo2();
    size_t used = __sanitizer_get_current_allocated_bytes ? __sanitizer_get_current_allocated_bytes()
                                                          : heap.uordblks + heap.hblkhd;

    printf("{\"memory\": %zu}\n", used);
}

static void step(char *line)
{
    char *field[FIELDS] = {NULL};
    int count = 0;

    for (char *p = strtok(line, " \n"); p && count < FIELDS; p = strtok(NULL, " \n")) {
        field[count++] = p;
    }
    if (count == 5 && strcmp(field[0], "many") == 0) {
        many(field);
    } else if (count == 5 && strcmp(field[0], "cancel") == 0) {
        cancel(field);
    } else if (count == 4 && strcmp(field[0], "stop") == 0) {
        one(field + 1, 3, true);
    } else if (count == 2 && strcmp(field[0], "close") == 0) {
        unsigned long n = strtoul(field[1], NULL, 10);

        engine->session_close(session_at(n));
        sessions[n] = NULL;
        uv_run(&loop, UV_RUN_NOWAIT);
        printf("{\"closed\": %lu}\n", n);
    } else if (count == 2 && strcmp(field[0], "wait") == 0) {
        wait_ms(strtoull(field[1], NULL, 10));
    } else if (count == 1 && strcmp(field[0], "memory") == 0) {
        memory();
    } else if (count >= 3) {
        one(field, count, false);
    } else if (count) {
        die("a line that is no step");
    }
    fflush(stdout);
}

int main(int argc, char **argv)
{
    static const struct exchange_engine *const engines[] = {&swarm_curl_engine, &swarm_native_engine};
    char *line = NULL;
    size_t room = 0;
    char why[256];

    for (size_t i = 0; argc > 1 && i < sizeof engines / sizeof engines[0]; i++) {
        if (strcmp(argv[1], "--engines") == 0) {
            puts(engines[i]->name);
        }
        if (strcmp(engines[i]->name, argv[1]) == 0) {
            engine = engines[i];
        }
    }
    if (argc == 2 && strcmp(argv[1], "--engines") == 0) {
        return 0;
    }
    if (!engine) {
        die("which engine?");
    }
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "--insecure") == 0) {
            profile.verify = false;
        } else if (strcmp(argv[i], "--ca") == 0 && i + 1 < argc) {
            profile.ca = argv[++i];
        } else if (strcmp(argv[i], "--cert") == 0 && i + 1 < argc) {
            profile.cert = argv[++i];
        } else if (strcmp(argv[i], "--key") == 0 && i + 1 < argc) {
            profile.key = argv[++i];
        } else if (strcmp(argv[i], "--resume") == 0) {
            profile.tls_resume = true;
        } else if (strcmp(argv[i], "--no-keep-alive") == 0) {
            profile.keep_alive = false;
        } else {
            die("unknown option");
        }
    }
    uv_loop_init(&loop);
    if (!engine->global_start(why, sizeof why) || !(shard = engine->open(&loop, &book, 0, why, sizeof why))) {
        die(why);
    }
    while (getline(&line, &room, stdin) > 0) {
        step(line);
    }
    free(line);
    for (size_t i = 0; i < SESSIONS; i++) {
        if (sessions[i]) {
            engine->session_close(sessions[i]);
        }
    }
    engine->close(shard);
    uv_run(&loop, UV_RUN_DEFAULT);
    return uv_loop_close(&loop) == 0 ? 0 : 3;
}
