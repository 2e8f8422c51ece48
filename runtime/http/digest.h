/* digest.h - Digest authentication (RFC 7616): a 401 with a challenge is answered by sending the request once more.
 *
 * `auth digest` is kept where Authorization is kept, so that request, session and http { } beat each other as they do with
 * other schemes; its value then begins with a byte that no header has, and holds user and password. */
#ifndef SWARM_HTTP_DIGEST_H
#define SWARM_HTTP_DIGEST_H

#include "head.h"
#include "url.h"

/* Writes the credentials; b may be NULL. */
void digest_keep(struct bytes *out, const char *user, size_t user_size, const char *password, size_t password_size);
/* Whether a value of Authorization is such credentials. */
bool digest_kept(const char *value);

/* The value of Authorization for one of the answer's challenges. False: there is none that we can answer. MD5, SHA-256 and
 * their -sess forms, qop auth or none. The client's nonce is made of the server's and `seed`, so that runs repeat. */
bool digest_answer(struct bytes *out, const char *credentials, const struct head *head, const char *method,
                   const struct url *url, uint64_t seed);

#endif
