/* TLS sessions that a user can resume. */
#include "native_tls.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"

enum { SERVERS = 8 }; /* that one user remembers */

struct tls_tickets {
    struct tls_tickets *next; /* of the one used before */
    SSL_SESSION *session;
    uint16_t port;
    char host[];
};

/* Where the server's entry hangs; *at is NULL when there is none. */
static struct tls_tickets **find(struct tls_tickets **at, const char *host, uint16_t port)
{
    while (*at && ((*at)->port != port || strcasecmp((*at)->host, host) != 0)) {
        at = &(*at)->next;
    }
    return at;
}

static void drop(struct tls_tickets **at)
{
    struct tls_tickets *one = *at;

    *at = one->next;
    SSL_SESSION_free(one->session);
    free(one);
}

static void drop_behind(struct tls_tickets **at, unsigned count)
{
    while (*at && count--) {
        at = &(*at)->next;
    }
    while (*at) {
        drop(at);
    }
}

void tls_tickets_keep(struct tls_tickets **tickets, const char *host, uint16_t port, SSL_SESSION *session)
{
    struct tls_tickets **at = find(tickets, host, port), *one = *at;

    if (one) {
        *at = one->next;
        SSL_SESSION_free(one->session);
    } else {
        one = memory_new(1, sizeof *one + strlen(host) + 1);
        memcpy(one->host, host, strlen(host) + 1);
        one->port = port;
    }
    one->session = session;
    one->next = *tickets;
    *tickets = one;
    drop_behind(tickets, SERVERS);
}

SSL_SESSION *tls_tickets_take(struct tls_tickets **tickets, const char *host, uint16_t port)
{
    struct tls_tickets **at = find(tickets, host, port);
    SSL_SESSION *session;

    if (!*at) {
        return NULL;
    }
    session = (*at)->session;
    SSL_SESSION_up_ref(session);
    if (SSL_SESSION_get_protocol_version(session) >= TLS1_3_VERSION) {
        drop(at);
    }
    return session;
}

void tls_tickets_free(struct tls_tickets *tickets)
{
    drop_behind(&tickets, 0);
}
