/* response.h - what looks into an answer's body (runtime/extract) needs of it. */
#ifndef SWARM_HTTP_RESPONSE_H
#define SWARM_HTTP_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <swarm/program.h>

/* Something made of the body and kept until the response block is over. */
struct response_document {
    void (*free)(struct response_document *document);
};
/* Where it is kept; NULL at first. */
struct response_document **response_document(const struct swarm_response *r);

/* The decoded body as JSON, checked once: white space around it taken off. False: it is none, an error of the block unless
 * `quiet`. */
bool response_json(struct swarm_strand *s, const struct swarm_response *r, bool quiet, const struct swarm_place *place,
                   const char **text, size_t *n);

#endif
