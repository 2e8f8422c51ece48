/* redirect.h - the rules of following a redirect (language.md 5; RFC 9110 15.4). */
#ifndef SWARM_HTTP_REDIRECT_H
#define SWARM_HTTP_REDIRECT_H

#include <stdbool.h>
#include <stddef.h>

enum { REDIRECT_LIMIT = 10 };

/* Whether a status sends on to its Location. */
bool redirect_status(int status);

/* The method of the next hop: 301 and 302 turn POST into GET, 303 anything but HEAD, 307 and 308 keep it. */
const char *redirect_method(int status, const char *method);

/* Whether a header tells of a body and goes with it when a redirect drops the body. */
bool redirect_drops_header(const char *name);

/* Whether a header stays with the first origin. */
bool redirect_keeps_home(const char *name);

#endif
