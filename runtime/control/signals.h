/* SIGINT and SIGTERM: the first one asks control to stop in order, the second one to leave at once; when
 * control cannot look any more (it writes the last reports, or hangs) the handler itself ends the process. */
#ifndef SWARM_SIGNALS_H
#define SWARM_SIGNALS_H

#include <uv.h>

/* Takes the two signals over; each arrival sends `wake`. SIGPIPE is ignored from here on. */
void signals_take(uv_async_t *wake);
/* How many have come, and the last one's number. */
int signals_count(int *number);
/* The loop is over: the next signal ends the process if it is the second one. `wake` is not used any more. */
void signals_loop_over(void);
/* Gives them back. */
void signals_release(void);

#endif
