/*
 * static.h - what programs are given that are one static file (swarmc --static), as libswarm-static.a: a resolver, Unicode's
 * case mappings, and functions of the C library (libc.c) whose own versions would load shared libraries while the program runs.
 *
 * The rest of the runtime refers to it weakly (http/lookup.h, value/case.h), so that ordinary programs have none of it. What is
 * weak is asked for by name when a static program is linked (compiler/command/toolchain.c).
 */
#ifndef SWARM_STATIC_H
#define SWARM_STATIC_H

/* Finds nothing. Calls of dlopen() are linked to it. */
void *__wrap_dlopen(const char *name, int mode);

#endif
