/* Host names of the native engine: one look-up a name and shard, and again when its time is up. libuv's look-up
 * (getaddrinfo) does not tell how long an answer is good for. */
#include "native_internal.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/clock.h"
#include "log/memory.h"

enum { NAME_LIMIT = 255 };

static const int64_t good_for = INT64_C(60) * 1000000000, ask_again_after = INT64_C(5) * 1000000000;

static void add_address(struct native_name *name, const struct sockaddr *at)
{
    struct native_address *address = &name->addresses[name->count];

    if (name->count == NATIVE_ADDRESSES || (at->sa_family != AF_INET && at->sa_family != AF_INET6)) {
        return;
    }
    *address = (struct native_address){.bad_until = 0};
    memcpy(&address->at, at, at->sa_family == AF_INET ? sizeof address->at.v4 : sizeof address->at.v6);
    name->count++;
}

static void begin_addresses(struct native_name *name, size_t n)
{
    name->addresses = memory_new(n ? n : 1, sizeof *name->addresses);
    name->count = 0;
}

/* Addresses and localhost (RFC 6761 section 6.3) take no look-up. */
static bool set_fixed(struct native_name *name)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    bool local = strcmp(name->host, "localhost") == 0;
    bool is_v4 = local || inet_pton(AF_INET, name->host, &v4.sin_addr) == 1;
    bool is_v6 = local || (!is_v4 && inet_pton(AF_INET6, name->host, &v6.sin6_addr) == 1);

    if (!is_v4 && !is_v6) {
        return false;
    }
    begin_addresses(name, 2);
    if (is_v4) {
        add_address(name, (struct sockaddr *)&v4);
    }
    if (is_v6) {
        add_address(name, (struct sockaddr *)&v6);
    }
    return true;
}

struct native_name *native_name_of(struct exchange_shard *shard, struct url_part host)
{
    struct native_name *name;

    if (host.n > 2 && host.p[0] == '[') {
        host.p++;
        host.n -= 2;
    }
    if (!host.n || host.n > NAME_LIMIT || memchr(host.p, '\0', host.n)) {
        return NULL;
    }
    for (name = shard->names; name; name = name->next) {
        if (strncasecmp(name->host, host.p, host.n) == 0 && !name->host[host.n]) {
            return name;
        }
    }
    name = memory_new(1, sizeof *name);
    name->shard = shard;
    name->host = memory_text(host.p, host.n);
    for (char *p = name->host; *p; p++) {
        *p = (char)tolower((unsigned char)*p);
    }
    name->fixed = set_fixed(name);
    name->next = shard->names;
    shard->names = name;
    return name;
}

/* ------------------------------------------------------------------ look-ups */

static void free_name(struct native_name *name)
{
    free(name->addresses);
    free(name->host);
    free(name);
}

/* Addresses that can be used replace those of before. */
static void take_answer(struct native_name *name, const struct addrinfo *answer)
{
    struct native_address *before = name->addresses;
    uint32_t count_before = name->count;

    begin_addresses(name, NATIVE_ADDRESSES);
    for (const struct addrinfo *one = answer; one; one = one->ai_next) {
        add_address(name, one->ai_addr);
    }
    if (name->count) {
        free(before);
        name->addresses = memory_resize(name->addresses, name->count, sizeof *name->addresses);
    } else {
        free(name->addresses);
        name->addresses = before;
        name->count = count_before;
    }
}

static void looked_up(uv_getaddrinfo_t *request, int status, struct addrinfo *answer)
{
    struct native_name *name = request->data;
    int64_t now = clock_now();

    if (!name->shard) {
        uv_freeaddrinfo(answer);
        free_name(name);
        return;
    }
    name->asking = false;
    if (status == 0 && answer) {
        take_answer(name, answer);
    }
    uv_freeaddrinfo(answer);
    /* When it failed, the addresses of before are kept. */
    name->stale_at = now + (status == 0 ? good_for : ask_again_after);
    while (name->waiting.first) {
        struct native_work *work = name->waiting.first;

        native_list_remove(work);
        if (name->count) {
            native_connect(work);
        } else {
            native_fail(work, EXCHANGE_NO_ADDRESS, NULL);
        }
    }
}

static bool ask(struct native_name *name)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_protocol = IPPROTO_TCP};

    name->request.data = name;
    name->asking = uv_getaddrinfo(name->shard->loop, &name->request, looked_up, name->host, NULL, &hints) == 0;
    return name->asking;
}

bool native_name_ready(struct native_name *name, struct native_work *work)
{
    if (name->fixed) {
        return true;
    }
    if (!name->asking && (!name->count || clock_now() >= name->stale_at) && !ask(name) && !name->count) {
        native_fail(work, EXCHANGE_NO_ADDRESS, NULL);
        return false;
    }
    if (!name->count) {
        native_list_add(&name->waiting, work);
        native_loop_deadline(name->shard, work->deadline);
        return false;
    }
    return true;
}

uint32_t native_name_turn(struct native_name *name, int64_t now)
{
    for (uint32_t i = 0; i < name->count; i++) {
        uint32_t at = (name->turn + i) % name->count;

        if (name->addresses[at].bad_until <= now) {
            name->turn = at + 1;
            return at;
        }
    }
    return name->turn++ % name->count;
}

void native_name_free_all(struct exchange_shard *shard)
{
    for (struct native_name *name = shard->names, *next; name; name = next) {
        next = name->next;
        if (name->asking) {
            name->shard = NULL;
            uv_cancel((uv_req_t *)&name->request);
        } else {
            free_name(name);
        }
    }
    shard->names = NULL;
}
