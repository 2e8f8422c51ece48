/* What a shell needs to complete the command line of swarmc, made from the tables of options and commands. */
#ifndef SWARMC_COMPLETE_H
#define SWARMC_COMPLETE_H

#include <stdbool.h>
#include <stdio.h>

/* False: this is none of bash, zsh, fish. */
bool complete_write(FILE *out, const char *shell);

#endif
