/*
 * mask.h - hiding what looks like a credential in a request or an answer that is shown to people: values of names in
 * which pass, pwd, token, secret, key, credential, signature, authorization or cookie stands, passwords in URLs, and
 * JSON Web Tokens. What the scenario calls secret is secret.h's.
 */
#ifndef SWARM_MASK_H
#define SWARM_MASK_H

#include <stdbool.h>
#include <stddef.h>

/* Whether a value of this name is hidden, in any case: "csrf_token", "X-Api-Key", "PASSWORD2". */
bool mask_is_secret_name(const char *name, size_t n);

/* The value of a header as it may be shown: Authorization keeps its scheme, Cookie and Set-Cookie their names and
 * attributes; to be freed. */
char *mask_header(const char *name, const char *value);

/* A body or URL with the values of such names as ***: in JSON ("token": "x", also all values in a list or an object
 * of that name), also in JSON in JSON; forms, queries and URLs in them (token=x&, token%3Dx); parts of multipart
 * bodies; elements of XML, value="x" of an HTML tag that has such a name; GraphQL, YAML and lines of headers. To be
 * freed, NUL-terminated, its length in *out_n. Its structure stays; what is cut off is taken for the inside of a value. */
char *mask_text(const char *text, size_t n, size_t *out_n);

#endif
