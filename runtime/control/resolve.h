/* Host names before the run: a target whose name has no address ends it before anything was sent. */
#ifndef SWARM_RESOLVE_H
#define SWARM_RESOLVE_H

#include <stdbool.h>

#include <swarm/program.h>

struct http_plan;
struct run_plan;
struct shapes;

/* Looks up the names in the targets of all kinds that may run and in the absolute URLs of the scenario, once for all
 * shards, and waits for it. False: a target has no address, what is wrong is on stderr. A name of a URL alone has a warning
 * in the log: its requests fail, if there ever is one. A kind with a proxy leaves names to the proxy. */
bool resolve_names(const struct swarm_program *program, const struct run_plan *plan, struct http_plan *http,
                   const struct shapes *shapes, const char *name);

#endif
