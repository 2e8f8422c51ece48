/* decode.h - content codings of a body: gzip, deflate, br, also several on top of each other. */
#ifndef SWARM_HTTP_DECODE_H
#define SWARM_HTTP_DECODE_H

#include <stdbool.h>
#include <stddef.h>

#include <swarm/program.h>

#include "bytes.h"
#include "head.h"

enum decode_result {
    DECODE_PLAIN,     /* no coding that we know: the body is as it came */
    DECODE_DONE,      /* `out` holds the body */
    DECODE_BAD,       /* `why` says what: cannot decode gzip body: … */
    DECODE_TOO_LARGE, /* beyond `limit` bytes */
};

enum { DECODE_LAYERS = 4, DECODE_NAMES = 3, DECODE_WHY = 160 };

/* A library that undoes codings: swarm_zlib and swarm_brotli of swarm/program.h. Undoes the coding names[which] into
 * the empty `out`; a body without end and one beyond `limit` bytes are told. */
struct decode_coding {
    const char *names[DECODE_NAMES]; /* those behind the last one are NULL */
    enum decode_result (*undo)(size_t which, const char *body, size_t n, size_t limit, struct bytes *out, char *why);
};

/* Undoes the Content-Encoding fields of a head with the codings of the program (NULL-terminated, or NULL). A coding
 * that is not known stays, with all below it (servers write things like "utf-8" there); one that the program was made
 * without is bad. An empty body is never coded. */
enum decode_result decode_body(const struct decode_coding *const *codings, const struct head *head, const char *body,
                               size_t n, size_t limit, struct bytes *out, char why[DECODE_WHY]);

/* For codings. Writes why a body is bad. */
enum decode_result decode_bad(char *why, const char *name, const char *reason);
/* Room for the next piece, no more than one byte beyond the limit, which tells that it is exceeded. */
size_t decode_piece(const struct bytes *out, size_t limit);

#endif
