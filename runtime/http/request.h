/* request.h - a request as the scenario says it: what build() and the constant parts of a call make, before
 * target, session and redirects have their say. Belongs to its fetch; cleared and used again. */
#ifndef SWARM_HTTP_REQUEST_H
#define SWARM_HTTP_REQUEST_H

#include "engine/engine.h"
#include "fields.h"
#include "url.h"
#include "value/buffer.h"

struct swarm_request {
    struct strand *strand;
    const struct swarm_call *call;
    struct bytes url;   /* as written: absolute or from / on */
    bool unclean;       /* it may hold what no URL holds: a value was put in as it is */
    struct bytes query; /* without ? */
    struct bytes body;
    bool has_body;               /* `body` holds it; else the call's constant one counts */
    const char *content_type;    /* of the body unless a header says so, or NULL */
    struct bytes multipart_type; /* content_type of a multipart body: it names the boundary */
    struct bytes row;            /* of swarm_row_name */
    struct fields headers, cookies;
    int64_t timeout, connect_timeout, backoff; /* ns, -1: unsaid */
    int64_t retries;                           /* -1: unsaid */
};

void request_clear(struct swarm_request *q, struct strand *strand, const struct swarm_call *call);
void request_free(struct swarm_request *q);

/* A value as interpolation writes it, in `text` (which may point into the value or into `room`). False: an
 * error was raised; null is one ("wanted a value, found nothing"). */
bool request_text(struct swarm_strand *s, struct swarm_value v, const struct swarm_place *place,
                  struct value_buffer *room, struct url_part *text);

/* Whether such a header or cookie may be sent; else an error was raised. */
bool request_header_allowed(struct swarm_strand *s, const struct swarm_place *place, const char *name,
                            struct url_part value);
bool request_cookie_allowed(struct swarm_strand *s, const struct swarm_place *place, const char *name,
                            struct url_part value);

/* The value of Authorization. False: an error was raised. */
bool request_authorization(struct swarm_strand *s, enum swarm_auth scheme, struct swarm_value a, struct swarm_value b,
                           const struct swarm_place *place, struct bytes *out);

#endif
