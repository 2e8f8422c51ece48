#include "plan.h"
#include "digest.h"
#include "native_transport.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#include "base/memory.h"

#ifndef SWARM_VERSION
#define SWARM_VERSION "0"
#endif

enum { DEFAULT_CONNECTIONS = 6 };
enum { BODY_LIMIT = 1 << 30 }; /* the most that max_body may say: lengths of values are 32 bits */

static const int64_t default_timeout = 60 * SWARM_S, default_connect_timeout = 10 * SWARM_S,
                     default_backoff = 100 * SWARM_MS, default_max_body = 16 << 20;

/* ------------------------------------------------------------------ targets */

bool http_target_set(struct http_target *target, const char *text, size_t n, const char **why)
{
    struct url url;

    bytes_clear(&target->text, 0);
    bytes_clear(&target->user, 0);
    if (memchr(text, '\0', n) || memchr(text, '\n', n) || memchr(text, '\r', n) || memchr(text, ' ', n)) {
        *why = "it holds a space or a line end";
        return false;
    }
    if (!url_parse(&url, text, n, why)) {
        return false;
    }
    if (url.query.n || memchr(text, '#', n)) {
        *why = "a target ends with its path, it has no ? or #";
        return false;
    }
    url_write_origin(&target->text, &url);
    while (url.path.n && url.path.p[url.path.n - 1] == '/') {
        url.path.n--;
    }
    url_clean(&target->text, url.path.p, url.path.n);
    if (url.user_info.n) {
        url_decode(&target->user, url.user_info.p, url.user_info.n);
    }
    return url_parse(&target->url, target->text.p, target->text.n, why);
}

void http_target_free(struct http_target *target)
{
    bytes_free(&target->text);
    bytes_free(&target->user);
}

bool http_target_valid(const char *url, char *why, size_t why_size)
{
    struct http_target target = {0};
    const char *reason = "";
    bool valid = http_target_set(&target, url, strlen(url), &reason);

    if (!valid) {
        snprintf(why, why_size, "%s", reason);
    }
    http_target_free(&target);
    return valid;
}

/* ------------------------------------------------------------------ headers */

const char *http_accept_encoding(enum swarm_compressed compressed)
{
    switch (compressed) {
    case SWARM_ENCODING_OFF:
        return NULL;
    case SWARM_ENCODING_GZIP:
        return "gzip";
    case SWARM_ENCODING_BR:
        return "br";
    default:
        return "gzip, deflate, br";
    }
}

/* RFC 4648 section 4 */
static void add_base64(struct bytes *out, const unsigned char *p, size_t n)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < n; i += 3) {
        size_t left = n - i;
        unsigned v = (unsigned)p[i] << 16 | (left > 1 ? (unsigned)p[i + 1] << 8 : 0) | (left > 2 ? p[i + 2] : 0);
        char four[4] = {letters[v >> 18], letters[v >> 12 & 63], left > 1 ? letters[v >> 6 & 63] : '=',
                        left > 2 ? letters[v & 63] : '='};

        bytes_add(out, four, 4);
    }
}

void http_authorization(struct bytes *out, enum swarm_auth scheme, const char *a, size_t a_size, const char *b,
                        size_t b_size)
{
    struct bytes pair = {0};

    if (scheme == SWARM_AUTH_DIGEST) {
        digest_keep(out, a, a_size, b, b_size);
        return;
    }
    if (scheme == SWARM_AUTH_BEARER) {
        bytes_add_text(out, "Bearer ");
        bytes_add(out, a, a_size);
        return;
    }
    bytes_add(&pair, a, a_size);
    if (b) {
        bytes_add_char(&pair, ':');
        bytes_add(&pair, b, b_size);
    }
    bytes_add_text(out, "Basic ");
    add_base64(out, (const unsigned char *)bytes_text(&pair), pair.n);
    bytes_free(&pair);
}

/* ------------------------------------------------------------------ kinds */

static int64_t or_default(int64_t said, int64_t otherwise)
{
    return said >= 0 ? said : otherwise;
}

static bool set_headers(struct http_kind *kind, const struct swarm_http *http, char *why, size_t why_size)
{
    const char *encoding = http_accept_encoding(kind->compressed);

    kind->headers.any_case = true;
    fields_set(&kind->headers, "User-Agent", "swarm/" SWARM_VERSION, strlen("swarm/" SWARM_VERSION));
    fields_set(&kind->headers, "Accept", "*/*", 3);
    if (encoding) {
        fields_set(&kind->headers, "Accept-Encoding", encoding, strlen(encoding));
    }
    if (http->auth != SWARM_AUTH_UNSAID) {
        struct bytes value = {0};

        http_authorization(&value, (enum swarm_auth)http->auth, http->auth_a ? http->auth_a : "",
                           http->auth_a ? strlen(http->auth_a) : 0, http->auth_b,
                           http->auth_b ? strlen(http->auth_b) : 0);
        fields_set(&kind->headers, "Authorization", value.p, value.n);
        bytes_free(&value);
    }
    for (uint32_t i = 0; i < http->header_count; i++) {
        const struct swarm_header *header = &http->headers[i];

        if (!header_name_valid(header->name, strlen(header->name))) {
            snprintf(why, why_size, "http { header \"%s\" }: no header has this name", header->name);
            return false;
        }
        if (!header->value || !header_value_valid(header->value, strlen(header->value))) {
            snprintf(why, why_size, "http { header \"%s\" }: its value holds a line end", header->name);
            return false;
        }
        fields_set(&kind->headers, header->name, header->value, strlen(header->value));
    }
    return true;
}

static bool readable(const char *file, const char *what, char *why, size_t why_size)
{
    if (!file || access(file, R_OK) == 0) {
        return true;
    }
    snprintf(why, why_size, "cannot read %s file %s: %m", what, file);
    return false;
}

static bool set_profile(struct exchange_profile *profile, const struct swarm_http *http,
                        const struct http_settings *settings, char *why, size_t why_size)
{
    profile->verify = http->verify != SWARM_OFF && !settings->insecure;
    profile->ca = settings->ca_file ? settings->ca_file : http->ca;
    profile->cert = http->cert;
    profile->key = http->key;
    profile->proxy = http->proxy;
    profile->keep_alive = http->keep_alive != SWARM_OFF;
    profile->tls = http->tls;
    profile->tls_resume = http->tls_resume == SWARM_ON;
    profile->version = !http->version || strcmp(http->version, "1.1") == 0 ? EXCHANGE_HTTP_1_1
                       : strcmp(http->version, "2") == 0                   ? EXCHANGE_HTTP_2
                                                                           : EXCHANGE_HTTP_ANY;
    return readable(profile->ca, "CA", why, why_size) && readable(profile->cert, "certificate", why, why_size) &&
           readable(profile->key, "key", why, why_size);
}

/* Whether the files of certificates that were named are such, tried once before the run. */
static bool certificates_usable(const struct exchange_profile *profile, char *why, size_t why_size)
{
    struct native_tls_context *context;

    if (!profile->tls || !(profile->ca || profile->cert || profile->key)) {
        return true;
    }
    context = profile->tls->context_open(profile, why, why_size);
    if (!context) {
        return false;
    }
    profile->tls->context_close(context);
    return true;
}

static bool set_kind(struct http_kind *kind, const struct swarm_http *http, const char *target,
                     const struct http_settings *settings, char *why, size_t why_size)
{
    const char *reason;

    if (target && !http_target_set(&kind->target, target, strlen(target), &reason)) {
        snprintf(why, why_size, "target \"%s\": %s", target, reason);
        return false;
    }
    kind->timeout = or_default(http->timeout, default_timeout);
    kind->connect_timeout = or_default(http->connect_timeout, default_connect_timeout);
    kind->backoff = or_default(http->backoff, default_backoff);
    kind->max_body = (uint64_t)or_default(http->max_body, default_max_body);
    if (kind->max_body > BODY_LIMIT) {
        kind->max_body = BODY_LIMIT;
    }
    kind->retries = http->retries > 0 ? http->retries : 0;
    kind->follow = http->follow != SWARM_OFF;
    kind->compressed =
        http->compressed == SWARM_ENCODING_UNSAID ? SWARM_ENCODING_ANY : (enum swarm_compressed)http->compressed;
    if (!set_headers(kind, http, why, why_size) || !set_profile(&kind->profile, http, settings, why, why_size) ||
        !certificates_usable(&kind->profile, why, why_size)) {
        return false;
    }
    kind->connections = http->connections > 0 ? (uint32_t)http->connections : DEFAULT_CONNECTIONS;
    if (kind->profile.version == EXCHANGE_HTTP_2) {
        kind->connections = 0; /* one connection takes them all */
    }
    return true;
}

/* The engine was chosen when the scenario was compiled: what is not there can only be refused. */
static bool engine_wanted(const struct http_settings *settings, const struct swarm_kind_of_user *kind,
                          const struct exchange_engine *engine, char *why, size_t why_size)
{
    const char *wanted = settings->engine;

    if (!wanted || !engine || strcmp(wanted, engine->option) == 0) {
        return true;
    }
    if (strcmp(wanted, "native") != 0 && strcmp(wanted, "curl") != 0) {
        snprintf(why, why_size, "--http-engine is native or curl, not %s", wanted);
        return false;
    }
    snprintf(why, why_size, "--http-engine %s: %s%s made for %s; compile with swarmc --http-engine %s", wanted,
             *kind->name ? kind->name : "the file's hooks", *kind->name ? " was" : " were", engine->option, wanted);
    return false;
}

/* The index of the kind's engine among the plan's, which it joins and is readied at its first kind. */
static bool set_engine(struct http_plan *plan, struct http_kind *kind, const struct exchange_engine *engine, char *why,
                       size_t why_size)
{
    if (!engine) {
        kind->engine = HTTP_ENGINES;
        return true;
    }
    for (uint32_t i = 0; i < plan->engine_count; i++) {
        if (plan->engines[i] == engine) {
            kind->engine = i;
            return true;
        }
    }
    if (plan->engine_count == HTTP_ENGINES) {
        snprintf(why, why_size, "a program with more than %d HTTP engines", HTTP_ENGINES);
        return false;
    }
    kind->engine = plan->engine_count;
    plan->engines[plan->engine_count++] = engine;
    return engine->global_start(why, why_size);
}

struct http_plan *http_plan_create(const struct swarm_program *program, const struct http_settings *settings, char *why,
                                   size_t why_size)
{
    struct http_plan *plan = memory_new(1, sizeof *plan);

    plan->codings = program->codings;
    plan->names.resolver = &swarm_resolver_static ? &swarm_resolver_static : &swarm_resolver_system;
    plan->count = program->kind_count + (program->hook_user ? 1 : 0);
    plan->kinds = memory_new(plan->count, sizeof *plan->kinds);
    for (size_t i = 0; i < plan->count; i++) {
        const char *target = settings->targets ? settings->targets[i] : program->kinds[i].target;

        const struct swarm_http *http = &program->kinds[i].http;

        if (!engine_wanted(settings, &program->kinds[i], http->engine, why, why_size) ||
            !set_engine(plan, &plan->kinds[i], http->engine, why, why_size) ||
            !set_kind(&plan->kinds[i], http, target, settings, why, why_size)) {
            http_plan_free(plan);
            return NULL;
        }
    }
    return plan;
}

void http_plan_free(struct http_plan *plan)
{
    if (!plan) {
        return;
    }
    for (size_t i = 0; i < plan->count; i++) {
        http_target_free(&plan->kinds[i].target);
        fields_free(&plan->kinds[i].headers);
    }
    name_book_free(&plan->names);
    free(plan->kinds);
    free(plan);
}
