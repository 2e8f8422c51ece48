/* Inside of driving the C compiler (toolchain.c): where Swarm is (home.c), one call of the compiler (cc.c), files (files.c), C of
 * one's own (extern.c). What the rest of the command line needs is in driver.h.
 *
 * Ownership. Texts are the arena's that is handed in. Temporary files are those of temporary.c: they are removed whatever happens.
 * What fails has been told on stderr when a function returns. */
#ifndef SWARMC_TOOLCHAIN_H
#define SWARMC_TOOLCHAIN_H

#include <limits.h>

#include "opts.h"

struct arena;
struct decl;
struct unit;

/* ------------------------------------------------------------------ where Swarm is: home.c */

struct installation {
    char library[PATH_MAX], include[PATH_MAX];
    const char *whole; /* libswarm-static.a beside it, or NULL: no --static */
};

/* SWARM_HOME, else as seen from this program: the source folder or what `make install` made. */
bool home_find(struct installation *home);
/* The libswarm-static.a beside libswarm.a; NULL: it is not there. */
const char *home_static(struct arena *arena, const struct installation *home);

/* ------------------------------------------------------------------ a call of the C compiler: cc.c */

enum { CC_WORDS = 128 };

/* Its words, for execvp(): what is beyond CC_WORDS is left out. */
struct cc_command {
    const char *argv[CC_WORDS];
    size_t n;
    struct arena *arena;
};

void cc_add(struct cc_command *command, const char *word);
void cc_add_words(struct cc_command *command, const char *words);          /* between spaces: "ccache gcc" */
void cc_add_compiler(struct cc_command *command, const struct opts *opts); /* first: --cc, CC, or cc */
void cc_add_lines(struct cc_command *command, const char *lines);          /* a word a line */

/* Runs it, its messages in the file `log`. The wait status, or -1 with errno. */
int cc_run(const struct cc_command *command, const char *log);
/* What it said: the first 64 KB of the file; "" when it cannot be read. */
char *cc_log(struct arena *arena, const char *path);
/* Says what is missing on the machine and how to install it, if that is why it failed. */
bool cc_tell_missing(const char *log);
/* Says that it could not be run: an errno. EXIT_TOOLS. */
int cc_not_there(const struct cc_command *command, int error);

/* ------------------------------------------------------------------ files: files.c */

/* All n bytes; errno says why not. */
bool files_write(int fd, const char *text, size_t n);
/* Where temporary files go: TMPDIR, or /tmp. */
const char *files_folder(void);
/* A file of a name nobody has, there, with this text. NULL: it cannot be made. */
const char *files_temporary(struct arena *arena, const char *suffix, const char *text, size_t n);
/* For mkostemp(): where a result is made, in the folder where it will be, so that it gets its name at once. */
char *files_beside(struct arena *arena, const char *output);
/* Says so, with errno; false. */
bool files_cannot_write(const char *output);

/* ------------------------------------------------------------------ C of one's own: extern.c */

/* Compiles the file of an `extern` into *object, a temporary one. An exit code. */
int extern_compile(struct arena *arena, const struct opts *opts, const struct unit *unit,
                   const struct installation *home, const struct decl *decl, const char *log_file, const char **object);
/* The linker misses something that only files of one's own can ask for, or has it twice. */
bool extern_is_wanting(const char *log);
/* Shows what compiler or linker said of it as it is, under the extern line. An exit code. */
int extern_refused(struct arena *arena, const struct opts *opts, const struct unit *unit, const struct decl *decl,
                   const char *log_file, bool linked);

#endif
