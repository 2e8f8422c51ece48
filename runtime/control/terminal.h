/* The terminal that a run is steered from: keys are read one by one, without echo, while the program is in the foreground.
 * Whatever ends the program, the terminal is as it was before. One a process. */
#ifndef SWARM_TERMINAL_H
#define SWARM_TERMINAL_H

#include <stdbool.h>
#include <uv.h>

/* Begins to read keys in the loop; pressed() is called for each. False: the standard input is no terminal. */
bool terminal_open(uv_loop_t *loop, void (*pressed)(void *data, char key), void *data);
/* Looks whether the program is in the foreground (again); about once a second. */
void terminal_look(void);
/* Ends the reading; the loop must run once more. */
void terminal_close(void);
/* As it was before; may be called at any time, from signal handlers too. */
void terminal_restore(void);

#endif
