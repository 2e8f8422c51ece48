/* --metrics-port: the state of the run for a Prometheus server that asks over HTTP. It lives in control's loop.
 *
 * It knows one thing, GET /metrics, and answers everything else with an error: a request of at most 8 KiB, one a
 * connection, at most 16 connections at a time, each cut off after ten seconds. */
#ifndef SWARM_METRICS_SERVER_H
#define SWARM_METRICS_SERVER_H

#include <uv.h>

struct metrics_server;
struct reports;
struct stats_snapshot;

/* A socket that listens on host:port (port 0: any), to be given to metrics_server_start(). -1: `why` says what is wrong. */
int metrics_server_listen(const char *host, int port, char *why, size_t size);

/* Serves from the loop. Takes the socket; NULL: it could not, and the socket is closed. */
struct metrics_server *metrics_server_start(uv_loop_t *loop, int socket, struct reports *reports);
/* What is told from now on. */
void metrics_server_show(struct metrics_server *server, struct stats_snapshot *snap);
/* NULL is nothing. The loop must run once more; the memory is gone then. */
void metrics_server_stop(struct metrics_server *server);

#endif
