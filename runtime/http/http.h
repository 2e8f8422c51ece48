/*
 * http.h - requests, as the rest of the runtime sees them: what starts and ends with the run, a shard, a user. What
 * generated code calls is in swarm/program.h; the inside of this part is told in docs/internals/http.md.
 *
 * Ownership. struct http_shard belongs to its shard's thread. A user's session is made at its first request and freed by
 * session_close(). Nothing is shared between shards.
 */
#ifndef SWARM_HTTP_H
#define SWARM_HTTP_H

#include <stdbool.h>
#include <stddef.h>

struct shard;
struct swarm_program;
struct user;

/* ------------------------------------------------------------------ the run: main thread, before the shards start */

/* Whether the targets of the kinds, their http { } and the options can be used: a target that is no URL, a CA file that
 * cannot be read. Otherwise `why` says what, for a person. */
bool http_check(const struct swarm_program *program, const char *ca_file, char *why, size_t why_size);

/* True when `url` may be a target: http:// or https://, a host, at most a path. Otherwise `why` says what is wrong. */
bool http_target_valid(const char *url, char *why, size_t why_size);

/* ------------------------------------------------------------------ a shard: its own thread only */

/* Sets shard->http from shard->config (program, insecure, ca_file). NULL: it runs; else why it cannot. The loop must be
 * initialised. */
const char *http_shard_start(struct shard *shard);
/* All users must be gone (session_close). Handles of the loop are closed; run the loop once more (until it is empty)
 * before uv_loop_close(). */
void http_shard_stop(struct shard *shard);
/* Gets started requests on their way in this turn of the loop. To be called after strands were stepped; it is not needed
 * for anything to be right (an idle handle does it in the next turn), only saves a system call. Completes no strand. */
void http_shard_turn(struct shard *shard);

/* ------------------------------------------------------------------ a user */

/* Closes the user's connections and frees its cookies and headers; sets user->session to NULL. No request of the user may
 * be under way. */
void session_close(struct user *user);

#endif
