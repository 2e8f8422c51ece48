/*
 * exit_codes.h - what the exit code of a compiled scenario means; the only place where the numbers stand.
 *
 * A verdict of "failed" ends with EXIT_FAILED_RUN or with the number given to --exit-code-on-error. A
 * first SIGINT or SIGTERM ends the run in order and with the verdict's code; only the second one gives 130
 * or 143.
 */
#ifndef SWARM_EXIT_CODES_H
#define SWARM_EXIT_CODES_H

enum swarm_exit_code {
    EXIT_PASSED = 0,     /* the run took place and nothing failed */
    EXIT_FAILED_RUN = 1, /* requests or tasks failed, nothing was measured, a report is incomplete */
    EXIT_USAGE = 2,      /* unknown option, kind or shape, a wrong value, no host: nothing was started */
    EXIT_CANNOT_RUN = 3, /* the run could not start: a report path, a port, memory, setup failed */
    EXIT_UNHEALTHY = 4,  /* --fail-on-unhealthy: the load generator itself spoiled the figures */
    EXIT_SIGINT = 130,   /* a second SIGINT: left at once */
    EXIT_SIGTERM = 143,  /* a second SIGTERM: left at once */
};

#endif
