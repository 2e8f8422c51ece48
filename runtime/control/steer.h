/* A run that is steered while it goes on: keys, pause, the end of --iterations; and what a person looks at meanwhile. */
#ifndef SWARM_STEER_H
#define SWARM_STEER_H

#include <stdint.h>

struct control;
struct stats_snapshot;

/* The clock of the shapes: it stands still during a pause. */
int64_t steer_clock(const struct control *c);
/* A key was pressed; data: the control. */
void steer_key(void *data, char key);
/* Ends a pause: what stood still goes on as if it had not been. */
void steer_resume(struct control *c);
/* MESSAGE_EXHAUSTED */
void steer_exhausted(struct control *c);
/* On a terminal at its bottom, also between the tables; else above each table. */
void steer_progress(struct control *c, const struct stats_snapshot *snap);
/* SIGUSR1, SIGHUP */
void steer_tables(struct control *c);
void steer_reopen_log(const struct control *c);

#endif
