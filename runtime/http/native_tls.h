/* native_tls.h - the parts of the native engine's TLS: whom a context trusts and what it shows of itself
 * (native_trust.c), what a user remembers of earlier connections (native_tickets.c). native_tls.c puts them together. */
#ifndef SWARM_HTTP_NATIVE_TLS_H
#define SWARM_HTTP_NATIVE_TLS_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>

#include "exchange.h"

/* ------------------------------------------------------------------ trust */

/* Sets verification and the certificates that vouch for servers: profile->ca, else SSL_CERT_FILE and SSL_CERT_DIR, else
 * what the system has. False: `why` says which file is wrong how. */
bool tls_trust(SSL_CTX *ctx, const struct exchange_profile *profile, char *why, size_t why_size);
/* The client's certificate and key. */
bool tls_identify(SSL_CTX *ctx, const struct exchange_profile *profile, char *why, size_t why_size);
/* What is wrong with a server's certificate, as told by X509_V_ERR_… */
void tls_explain_certificate(const SSL_CTX *ctx, long verdict, const char *host, char *text, size_t size);

/* ------------------------------------------------------------------ tickets */

/* One session for each of the servers that a user was connected to last, at most a few; NULL: none. */
struct tls_tickets;

/* The session becomes the newest one of this server; the tickets own it. */
void tls_tickets_keep(struct tls_tickets **tickets, const char *host, uint16_t port, SSL_SESSION *session);
/* A reference to the server's session, or NULL. A ticket of TLS 1.3 is used once (RFC 8446 C.4): it is forgotten here. */
SSL_SESSION *tls_tickets_take(struct tls_tickets **tickets, const char *host, uint16_t port);
void tls_tickets_free(struct tls_tickets *tickets);

#endif
