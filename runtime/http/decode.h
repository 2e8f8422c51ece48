/* decode.h - content codings of a body: gzip, deflate, br, also several on top of each other. */
#ifndef SWARM_HTTP_DECODE_H
#define SWARM_HTTP_DECODE_H

#include <stdbool.h>
#include <stddef.h>

#include "bytes.h"
#include "head.h"

enum decode_result {
    DECODE_PLAIN,     /* no coding that we know: the body is as it came */
    DECODE_DONE,      /* `out` holds the body */
    DECODE_BAD,       /* `why` says what: cannot decode gzip body: … */
    DECODE_TOO_LARGE, /* beyond `limit` bytes */
};

enum { DECODE_LAYERS = 4, DECODE_WHY = 160 };

/* Undoes the Content-Encoding fields of a head. A coding that is not known stays, with all below it (servers
 * write things like "utf-8" there). An empty body is never coded. */
enum decode_result decode_body(const struct head *head, const char *body, size_t n, size_t limit,
                               struct bytes *out, char why[DECODE_WHY]);

#endif
