/*
 * lookup.h - looking up the addresses of a host name: who is asked (struct name_resolver),
 * a look-up in a loop that is not blocked by it, and the answers from before the run, with which the shards begin.
 *
 * Ownership. A look-up belongs to itself: it is freed behind done(), or some time after lookup_abandon(). The loop must
 * run until it is empty before it is closed. struct name_book is made by control before the shards start and never changed
 * while they run.
 */
#ifndef SWARM_HTTP_LOOKUP_H
#define SWARM_HTTP_LOOKUP_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <uv.h>

#include "url.h"

enum {
    NAME_ADDRESSES = 32, /* of one name; more are left out */
    NAME_LENGTH = 255,
};

union name_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
}; /* its port is 0 */

struct name_answer {
    uint32_t count; /* 0: none, `why` says why */
    union name_address addresses[NAME_ADDRESSES];
    int64_t good_for; /* ns */
    bool unreachable; /* no name server answered: it may be there nevertheless */
    char why[160];    /* for a person */
};

/* Appends an address, of IPv4 or IPv6; what is beyond NAME_ADDRESSES or of another family is left out. */
void name_answer_add(struct name_answer *answer, const struct sockaddr *address);

struct name_resolver {
    /* Sets all of *answer. Waits for the answer, in a thread that may do so; any number at a time. */
    void (*ask)(const char *host, struct name_answer *answer);
    const char *advice; /* what to check when a name has no address */
};

/* lookup_system.c: what the system's getaddrinfo() says: /etc/hosts, DNS and all that nsswitch.conf names. */
extern const struct name_resolver swarm_resolver_system;
/* runtime/static/resolver.c: asks c-ares. Only static programs have it; in others its address is NULL. */
extern const struct name_resolver swarm_resolver_static __attribute__((weak));

/* Addresses and localhost, which take no look-up (RFC 6761 section 6.3). `host` has no brackets. */
bool name_is_fixed(const char *host, struct name_answer *answer);

/* The host of a URL as it is looked up: in lower case and without brackets. False: no name can be like this. */
bool name_of_host(struct url_part host, char name[NAME_LENGTH + 1]);

/* ------------------------------------------------------------------ a look-up */

struct lookup;

/* done() follows from the loop, once. `host` is copied. NULL: it could not be begun. */
struct lookup *lookup_start(uv_loop_t *loop, const struct name_resolver *resolver, const char *host,
                            void (*done)(void *data, const struct name_answer *answer), void *data);
/* done() is not called any more. */
void lookup_abandon(struct lookup *lookup);

/* ------------------------------------------------------------------ before the run: names.c */

struct name_entry {
    char host[NAME_LENGTH + 1];
    struct name_answer answer;
    int64_t asked; /* when the answer came */
};

struct name_book {
    const struct name_resolver *resolver;
    struct name_entry *entries;
    size_t count, capacity;
};

/* Adds a host unless it is there or takes no look-up. */
void name_book_add(struct name_book *book, struct url_part host);
/* Looks all of them up side by side, and waits for it. */
void name_book_fill(struct name_book *book);
/* NULL: it is not there. `host` as of name_of_host(). */
const struct name_entry *name_book_find(const struct name_book *book, const char *host);
void name_book_free(struct name_book *book);

#endif
