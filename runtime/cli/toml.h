/*
 * toml.h - the part of TOML 1.0 that configuration needs: all of its syntax is read, so that other tools' tables in the
 * same file do not disturb, but only the keys of one table are given out, as texts. Internal to cli/.
 */
#ifndef SWARM_CLI_TOML_H
#define SWARM_CLI_TOML_H

#include <stdbool.h>
#include <stddef.h>

struct toml_value {
    unsigned line;            /* from 1 */
    const char *key;          /* NUL-terminated, like the texts: valid during the call */
    const char *const *texts; /* a string's content; a number, a bool, a date as written; of an array each */
    size_t count;
    bool array;
};

struct toml_problem {
    unsigned line;
    char text[160];
};

/* Gives every key of the table `table` ("tool.swarm") to `take`; false from it ends the reading with false and an empty
 * problem. False: `problem` says what is wrong where. *found: the table is there. */
bool toml_read(const char *text, size_t len, const char *table,
               bool (*take)(void *data, const struct toml_value *value), void *data, bool *found,
               struct toml_problem *problem);

#endif
