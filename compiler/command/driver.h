/* From a command line to a program: reads, checks, emits, runs the C compiler (toolchain.c).
 * Temporary files are removed whatever happens, by a signal too. */
#ifndef SWARMC_DRIVER_H
#define SWARMC_DRIVER_H

#include "opts.h"

/* Everything swarmc does; returns its exit code. */
int driver_main(int argc, char **argv);

/* explain.c: prints what a code means. False: no such code (a message was printed). */
bool explain_code(const char *code);
struct arena;
struct unit;
void explain_decisions(const struct unit *unit);

/* toolchain.c: compiles n bytes of C into the program `output`. Returns an exit code. */
int toolchain_compile(const struct opts *opts, const struct unit *unit, const char *output, const char *c, size_t n);
/* A shared object for swarm-host, compiled as fast as can be: by tcc where it is installed and may_tcc, else by cc -O0. */
int toolchain_shared(const struct opts *opts, const char *output, const char *c, size_t n, bool may_tcc);
/* home.c: libswarm.a, "" where it is not found; swarm-host, NULL: it is not there. Of the arena. */
const char *home_library(struct arena *arena);
const char *home_host(struct arena *arena);
/* extern.c: the C file of an extern, as the C compiler is given it. */
struct decl;
const char *extern_file(struct arena *arena, const struct unit *unit, const struct decl *decl);
/* files.c: writes a file as a whole or not at all; mode as of chmod. False: a message was printed. */
bool write_file(const char *path, const char *text, size_t n, unsigned mode);

/* temporary.c: files that are removed at the end, and by a signal. */
void temporary_catch_signals(void);
const char *temporary_add(const char *path); /* copies; NULL: too many */
void temporary_forget(const char *path);     /* it has got its final name */
void temporary_remove_all(void);
void temporary_child(int pid); /* ended by a signal too; 0: none */

#endif
