/*
 * http.h - requests, as the rest of the runtime sees them: what starts and ends with the run, a shard, a
 * user. What generated code calls is in swarm/requests.h; the inside of this part is told in
 * docs/internals/http.md.
 *
 * Ownership. struct http_plan is made by control before the shards start, is never changed while they run,
 * and is freed by control after they have ended. struct http_shard belongs to its shard's thread. A user's
 * session is made at its first request and freed by session_close().
 */
#ifndef SWARM_HTTP_H
#define SWARM_HTTP_H

#include <stdbool.h>
#include <stddef.h>

struct request_part; /* engine/run.h */
struct swarm_program;
struct user;

/* ------------------------------------------------------------------ the run */

struct http_settings {
    const char *const *targets; /* one a kind, in the program's order, --host applied; NULL: it has none */
    bool insecure;              /* --insecure: no certificate is verified */
    const char *ca_file;        /* --ca FILE, or NULL */
    const char *engine;         /* --http-engine: "native" or "curl", which all kinds must have; NULL: each its own */
};

struct http_plan;

/* What all shards share: targets taken apart, the http { } of each kind with its defaults filled in. Texts of
 * program and settings must outlive it. NULL when something cannot be used (a target that is no URL, a CA
 * file that cannot be read); `why` then says what, for a person. Call it on the main thread before any other
 * starts. */
struct http_plan *http_plan_create(const struct swarm_program *program, const struct http_settings *settings, char *why,
                                   size_t why_size);
void http_plan_free(struct http_plan *plan);

/* True when `url` may be a target: http:// or https://, a host, at most a path. Otherwise `why` says what is
 * wrong. */
bool http_target_valid(const char *url, char *why, size_t why_size);

/* ------------------------------------------------------------------ shards and users */

/* For run_config.requests. */
extern const struct request_part http_requests;

/* Closes the user's connections and frees its cookies and headers. No request of the user may be under way.
 */
void session_close(struct user *user);

#endif
