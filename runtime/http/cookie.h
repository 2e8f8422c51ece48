/*
 * cookie.h - a user's cookies, as RFC 6265bis (draft 22) says: domain and path matching, Expires and Max-Age,
 * Secure, host-only, the __Host- and __Secure- prefixes, public suffixes. HttpOnly and SameSite are read and
 * mean nothing here: a virtual user has no scripts, and every request is one that the user asked for.
 *
 * Bounded: COOKIE_BYTES a cookie, COOKIES_A_DOMAIN and COOKIES_A_JAR; beyond, the one used longest ago goes.
 * All-zero is an empty jar. Moments are seconds of Unix time.
 */
#ifndef SWARM_HTTP_COOKIE_H
#define SWARM_HTTP_COOKIE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bytes.h"
#include "fields.h"
#include "url.h"

enum {
    COOKIE_BYTES = 4096,     /* of name and value */
    COOKIE_ATTRIBUTE = 1024, /* of an attribute's value; longer ones are ignored */
    COOKIES_A_DOMAIN = 50,
    COOKIES_A_JAR = 500,
};

struct cookie;

struct cookie_jar {
    struct cookie **items;
    size_t count, capacity;
    uint64_t clock; /* orders creations and uses */
};

/* One Set-Cookie value of an answer from `url`. False: refused (it is then no cookie of this user). */
bool cookie_store(struct cookie_jar *jar, const struct url *url, const char *text, size_t n, int64_t now);

/* Appends "a=1; b=2" of the cookies that go to url, those of longer paths first, then older ones; a name
 * found in `without` (may be NULL) is left out. */
void cookie_write(struct cookie_jar *jar, const struct url *url, int64_t now, const struct fields *without,
                  const struct fields *without_too, struct bytes *out);

/* The value of the cookie of that name that would go to url first, or NULL; valid until the jar changes. */
const char *cookie_value(struct cookie_jar *jar, const struct url *url, int64_t now, const char *name, size_t n);

void cookie_jar_free(struct cookie_jar *jar);

/* The name and value of a Set-Cookie text (RFC 6265bis 5.6, steps 1-6); false: none. */
bool cookie_name_value(const char *text, size_t n, struct url_part *name, struct url_part *value);

/* A cookie date (RFC 6265bis 5.1.1) in seconds of Unix time; false: it is none. */
bool cookie_date(const char *text, size_t n, int64_t *seconds);

#endif
