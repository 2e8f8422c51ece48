/*
 * url.h - absolute http and https URLs: taking apart, joining (RFC 3986 section 5.2), comparing origins,
 * percent-encoding.
 *
 * A struct url points into the text it was parsed from, which must outlive it and not change.
 */
#ifndef SWARM_HTTP_URL_H
#define SWARM_HTTP_URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bytes.h"

enum { URL_LIMIT = 64 * 1024 }; /* bytes of a URL */

struct url_part {
    const char *p;
    size_t n;
};

struct url {
    bool https;
    struct url_part user_info; /* without the @; n 0: none */
    struct url_part host;      /* an IPv6 address with its brackets */
    uint16_t port;             /* the scheme's where none is given */
    bool has_port;             /* given and not the scheme's own */
    struct url_part path;      /* "" or begins with / */
    struct url_part query;     /* with the ?; n 0: none */
};

/* Parses an absolute URL. The fragment is left out. False: *why says what is wrong ("no host"). */
bool url_parse(struct url *url, const char *text, size_t n, const char **why);

/* Writes it: scheme, host in lower case, port if not the scheme's, path (at least /), query. Never the user
 * info. */
void url_write(struct bytes *out, const struct url *url);
void url_write_origin(struct bytes *out, const struct url *url); /* scheme://host[:port] */
void url_write_host(struct bytes *out, const struct url *url);   /* host[:port], as in Host */
void url_write_target(struct bytes *out, const struct url *url); /* path and query, at least / */

bool url_same_origin(const struct url *a, const struct url *b);

/* Resolves a reference (of a Location) against a base and writes the absolute URL, cleaned (url_clean),
 * without fragment. False: *why. */
bool url_join(struct bytes *out, const struct url *base, const char *reference, size_t n, const char **why);

/* Copies a URL and encodes the bytes that no URL may hold: controls, space, quotes, < >, bytes >= 0x80. */
void url_clean(struct bytes *out, const char *text, size_t n);

/* Percent-encodes all but unreserved characters (RFC 3986 2.3): a path segment, or a part of a query. */
void url_encode(struct bytes *out, const char *text, size_t n);

/* The same for application/x-www-form-urlencoded: a space becomes +. */
void url_encode_form(struct bytes *out, const char *text, size_t n);

/* Undoes percent-encoding; anything malformed stays as it is. */
void url_decode(struct bytes *out, const char *text, size_t n);

#endif
