/* The signals of a run. SIGINT and SIGTERM: the first one asks control to stop in order, the second one to leave at once;
 * when control cannot look any more (it writes the last reports, or hangs) the handler itself ends the process. SIGHUP
 * counts as SIGTERM unless there is a log file to open anew. SIGUSR1 asks for the tables. */
#ifndef SWARM_SIGNALS_H
#define SWARM_SIGNALS_H

#include <stdbool.h>
#include <uv.h>

/* Takes them over for the rest of the process, before the reports are opened: a signal must not leave them half done. SIGPIPE is
 * ignored from here on. reopens: SIGHUP is for the log file; else one that is ignored (nohup) stays so. */
void signals_take(bool reopens);
/* The loop begins: from now on each arrival sends `wake`, and those before do so now. */
void signals_wake(uv_async_t *wake);
/* How many of those that stop have come, and the last one's number. */
int signals_count(int *number);
/* Whether SIGUSR1 (tables are wanted), SIGHUP (the log file is to be opened anew) has come since the last call. */
bool signals_want_tables(void);
bool signals_want_reopen(void);
/* The loop is over: the next signal ends the process if it is the second one. `wake` is not used any more. */
void signals_loop_over(void);

#endif
