/*
 * phases.h - --phases: where the time of requests goes, as metrics of the run beside the scenario's own, so that a slow
 * handshake is not mistaken for a slow server. In milliseconds, of every exchange that was answered (each hop of a redirect):
 *
 *   phase: waiting      for a connection, where `connections` limits them
 *   phase: connecting   name and TCP; only where a connection was opened
 *   phase: TLS          its handshake; only where there was one
 *   phase: server       from the request's leaving to the first byte of the answer
 *   phase: receiving    from the first byte to the last
 */
#ifndef SWARM_HTTP_PHASES_H
#define SWARM_HTTP_PHASES_H

#include <stdbool.h>

#include <swarm/program.h>

struct fetch;

extern bool phases_wanted; /* set before threads run */

/* The program with these metrics behind its own; freed by phases_close(), its parts stay the program's. To be called once,
 * before anything reads the program's metrics. */
const struct swarm_program *phases_open(const struct swarm_program *program);
void phases_close(void);

/* An exchange was answered. */
void phases_count(const struct fetch *fetch);

#endif
