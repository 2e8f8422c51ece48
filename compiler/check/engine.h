/* Which HTTP engine carries a user kind's requests, and which libraries come with it. Decided from the keys of its
 * http { }, which are known when a scenario is compiled, so that a program links what it uses and no more. */
#ifndef SWARMC_ENGINE_H
#define SWARMC_ENGINE_H

#include "check/check.h"

enum http_engine { ENGINE_NATIVE, ENGINE_CURL };

struct engine_choice {
    enum http_engine engine;
    const struct attr *key; /* the key that only libcurl can do; NULL: none stands there */
    bool wanted;            /* --http-engine said it */
};

/* Of a kind with this merged http { }. */
struct engine_choice engine_of(const struct unit *unit, const struct attr *http);
/* "the native engine"; "libcurl" */
const char *engine_title(enum http_engine engine);
/* "native", "curl", as --http-engine takes them. False: no engine has this name. */
bool engine_wanted_read(const char *text, enum engine_wanted *wanted);
/* Reports each key that the wanted engine cannot do. True: there is none. Behind check_unit(). */
bool engine_check(struct unit *unit);

/* Content codings that the program's requests can ask for and whose bodies its blocks read. */
struct engine_codings {
    bool zlib, brotli; /* gzip and deflate; br */
};
struct engine_codings engine_codings(const struct unit *unit);

#endif
