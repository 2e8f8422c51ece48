/* Host names by getaddrinfo(): the system's own ways (nsswitch.conf), so that a name means here what it means to every
 * other program of the machine. */
#include "lookup.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

/* getaddrinfo() does not tell how long an answer is good for. Caches of the system that it asks (systemd-resolved, nscd) do
 * know. */
static const int64_t good_for = INT64_C(60) * 1000000000;

static void ask(const char *host, struct name_answer *answer)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_protocol = IPPROTO_TCP},
                    *found = NULL;
    int error = getaddrinfo(host, NULL, &hints, &found);

    *answer = (struct name_answer){.good_for = good_for, .unreachable = error == EAI_AGAIN};
    for (const struct addrinfo *one = found; one && error == 0; one = one->ai_next) {
        name_answer_add(answer, one->ai_addr);
    }
    if (error == 0) {
        freeaddrinfo(found);
    }
    if (answer->count == 0) {
        snprintf(answer->why, sizeof answer->why, "%s",
                 error == EAI_SYSTEM ? strerror(errno)
                 : error             ? gai_strerror(error)
                                     : "no address of IPv4 or IPv6");
    }
}

const struct name_resolver swarm_resolver_system = {
    .ask = ask,
    .advice = "is the name right? `getent ahosts NAME` asks as this program does; names of containers are known inside "
              "their network only",
};
