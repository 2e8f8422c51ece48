/* A look-up of a host name in a thread of libuv's pool, so that no loop waits for a name server. */
#include "lookup.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

struct lookup {
    uv_work_t work;
    const struct name_resolver *resolver;
    void (*done)(void *data, const struct name_answer *answer); /* NULL: abandoned */
    void *data;
    struct name_answer answer;
    char host[NAME_LENGTH + 1];
};

void name_answer_add(struct name_answer *answer, const struct sockaddr *address)
{
    union name_address *at = &answer->addresses[answer->count];

    if (answer->count == NAME_ADDRESSES || (address->sa_family != AF_INET && address->sa_family != AF_INET6)) {
        return;
    }
    *at = (union name_address){0};
    memcpy(at, address, address->sa_family == AF_INET ? sizeof at->v4 : sizeof at->v6);
    answer->count++;
}

bool name_is_fixed(const char *host, struct name_answer *answer)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    bool local = strcmp(host, "localhost") == 0;

    answer->count = 0;
    if (local || inet_pton(AF_INET, host, &v4.sin_addr) == 1) {
        name_answer_add(answer, (struct sockaddr *)&v4);
    }
    if (local || inet_pton(AF_INET6, host, &v6.sin6_addr) == 1) {
        name_answer_add(answer, (struct sockaddr *)&v6);
    }
    return answer->count > 0;
}

bool name_of_host(struct url_part host, char name[NAME_LENGTH + 1])
{
    if (host.n > 2 && host.p[0] == '[') {
        host.p++;
        host.n -= 2;
    }
    if (!host.n || host.n > NAME_LENGTH || memchr(host.p, '\0', host.n)) {
        return false;
    }
    for (size_t i = 0; i < host.n; i++) {
        name[i] = (char)tolower((unsigned char)host.p[i]);
    }
    name[host.n] = '\0';
    return true;
}

/* In a thread of the pool. */
static void ask(uv_work_t *work)
{
    struct lookup *lookup = work->data;

    lookup->resolver->ask(lookup->host, &lookup->answer);
}

static void answered(uv_work_t *work, int status)
{
    struct lookup *lookup = work->data;

    (void)status; /* UV_ECANCELED: abandoned before it began */
    if (lookup->done) {
        lookup->done(lookup->data, &lookup->answer);
    }
    free(lookup);
}

struct lookup *lookup_start(uv_loop_t *loop, const struct name_resolver *resolver, const char *host,
                            void (*done)(void *data, const struct name_answer *answer), void *data)
{
    struct lookup *lookup = memory_new(1, sizeof *lookup);
    size_t n = strlen(host);

    lookup->resolver = resolver;
    lookup->done = done;
    lookup->data = data;
    lookup->work.data = lookup;
    memcpy(lookup->host, host, n < NAME_LENGTH ? n : NAME_LENGTH);
    if (uv_queue_work(loop, &lookup->work, ask, answered) != 0) {
        free(lookup);
        return NULL;
    }
    return lookup;
}

void lookup_abandon(struct lookup *lookup)
{
    lookup->done = NULL;
    uv_cancel((uv_req_t *)&lookup->work);
}
