/*
 * output.h - a report that is written as a whole, again and again: into PATH.tmp, then renamed, so that a reader finds
 * the old one or the new one and never a part. `-` is the standard output; what is no regular file (a pipe, /dev/stdout)
 * is written to as it is. Both get the last version alone. Internal to report/.
 */
#ifndef SWARM_OUTPUT_H
#define SWARM_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct output {
    const char *flag; /* "--json", for messages */
    const char *path; /* the caller's */
    char *temporary;  /* PATH.tmp; NULL: written to as it is */
    FILE *file;       /* between begin and commit */
    int error;        /* of the last write */
    bool told;        /* its first failure during the run was logged */
};

/* Makes missing folders and tries the place, so that a path that cannot be written is found before the run. False: `why`
 * says which path, the cause and the way out. */
bool output_open(struct output *o, const char *flag, const char *path, char *why, size_t size);
void output_close(struct output *o);

/* Whether it can be replaced, and so be written while the run goes on. */
bool output_is_file(const struct output *o);

/* Begins a new version. NULL: o->error says why. */
FILE *output_begin(struct output *o);
/* The version is complete: it takes the place of the old one. It is on the disk first. False: o->error says why,
 * and the old one is still there. */
bool output_commit(struct output *o);

#endif
