/*
 * static.h - what programs are given that are one static file (swarmc --static), as libswarm-static.a: a resolver, Unicode's
 * case mappings, and functions of the C library (libc.c) whose own versions would load shared libraries while the program runs.
 *
 * The rest of the runtime refers to it weakly, so that ordinary programs have none of it. What is weak is asked for by
 * name when a static program is linked (compiler/command/toolchain.c).
 */
#ifndef SWARM_STATIC_H
#define SWARM_STATIC_H

#include <stdbool.h>
#include <stdint.h>

struct name_resolver;

/* Asks c-ares. */
extern const struct name_resolver swarm_resolver_static __attribute__((weak));

/* The simple case mapping of a code point: a static program finds no locale where it runs. */
uint32_t static_case(uint32_t c, bool upper) __attribute__((weak));

/* Finds nothing. Calls of dlopen() are linked to it. */
void *__wrap_dlopen(const char *name, int mode);

#endif
