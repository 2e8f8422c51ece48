/* Host names in a program that is one static file: c-ares, for the C library's resolver would load parts of the C library
 * (NSS) that the machine may not have, or has of another version. It knows /etc/hosts and DNS as /etc/resolv.conf says. */
#include <ares.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "http/lookup.h"

enum {
    SOCKETS = 16,
    SECONDS_A_TRY = 2, /* doubled from try to try; `options timeout: attempts:` of resolv.conf are stronger */
    TRIES = 3,
    LONGEST = 60 * 60, /* seconds that an answer is believed, whatever its time to live says */
};

struct asking {
    ares_channel channel;
    struct pollfd sockets[SOCKETS];
    nfds_t count;
    int status;
    bool over;
    struct ares_addrinfo *found;
};

static const char file[] = "/etc/resolv.conf";

/* c-ares calls it for each socket that it wants to read or write, and with neither before it closes one. */
static void socket_changed(void *data, ares_socket_t fd, int readable, int writable)
{
    struct asking *asking = data;
    nfds_t i = 0;

    while (i < asking->count && asking->sockets[i].fd != fd) {
        i++;
    }
    if (!readable && !writable) {
        if (i < asking->count) {
            asking->sockets[i] = asking->sockets[--asking->count];
        }
        return;
    }
    if (i == SOCKETS) {
        return; /* its query runs into its time */
    }
    asking->sockets[i] =
        (struct pollfd){.fd = fd, .events = (short)((readable ? POLLIN : 0) | (writable ? POLLOUT : 0))};
    if (i == asking->count) {
        asking->count++;
    }
}

static void found(void *data, int status, int timeouts, struct ares_addrinfo *result)
{
    struct asking *asking = data;

    (void)timeouts;
    asking->over = true;
    asking->status = status;
    asking->found = result;
}

/* Older c-ares leaves these options out. */
static void read_options(struct ares_options *options)
{
    FILE *in = fopen(file, "re");
    char line[512];

    while (in && fgets(line, sizeof line, in)) {
        char *rest, *word = strtok_r(line, " \t\r\n", &rest);

        if (!word || strcmp(word, "options") != 0) {
            continue;
        }
        while ((word = strtok_r(NULL, " \t\r\n", &rest))) {
            int n;

            if (sscanf(word, "timeout:%2d", &n) == 1 && n > 0 && n <= 30) {
                options->timeout = n * 1000;
            } else if (sscanf(word, "attempts:%1d", &n) == 1 && n > 0) {
                options->tries = n;
            }
        }
    }
    if (in) {
        fclose(in);
    }
}

static void wait_for(struct asking *asking)
{
    while (!asking->over) {
        struct pollfd ready[SOCKETS];
        struct timeval room, *left = ares_timeout(asking->channel, NULL, &room);
        nfds_t count = asking->count;
        int n;

        memcpy(ready, asking->sockets, sizeof ready);
        n = poll(ready, count, left ? (int)(left->tv_sec * 1000 + left->tv_usec / 1000 + 1) : 1000);
        for (nfds_t i = 0; n > 0 && i < count; i++) {
            if (ready[i].revents) {
                ares_process_fd(asking->channel, ready[i].revents & ~POLLOUT ? ready[i].fd : ARES_SOCKET_BAD,
                                ready[i].revents & POLLOUT ? ready[i].fd : ARES_SOCKET_BAD);
            }
        }
        ares_process_fd(asking->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD); /* whose time is up */
    }
}

/* The shortest time to live of all that the answer stands on. */
static int seconds_of(const struct ares_addrinfo *answer)
{
    int seconds = LONGEST;

    for (const struct ares_addrinfo_node *node = answer->nodes; node; node = node->ai_next) {
        seconds = node->ai_ttl < seconds ? node->ai_ttl : seconds;
    }
    for (const struct ares_addrinfo_cname *name = answer->cnames; name; name = name->next) {
        seconds = name->ttl < seconds ? name->ttl : seconds;
    }
    return seconds > 0 ? seconds : 1;
}

static void take(const struct asking *asking, struct name_answer *answer)
{
    const struct ares_addrinfo *result = asking->found;

    for (const struct ares_addrinfo_node *node = result ? result->nodes : NULL; node; node = node->ai_next) {
        name_answer_add(answer, node->ai_addr);
    }
    if (answer->count) {
        answer->good_for = seconds_of(result) * INT64_C(1000000000);
        return;
    }
    answer->unreachable =
        asking->status == ARES_ETIMEOUT || asking->status == ARES_ECONNREFUSED || asking->status == ARES_ESERVFAIL;
    if (answer->unreachable && access(file, R_OK) != 0) {
        snprintf(answer->why, sizeof answer->why, "there is no %s here, and no name server on this machine", file);
        return;
    }
    snprintf(answer->why, sizeof answer->why, "%s", ares_strerror(asking->status ? asking->status : ARES_ENODATA));
}

static void ask(const char *host, struct name_answer *answer)
{
    struct asking asking = {.status = 0};
    struct ares_options options = {.timeout = SECONDS_A_TRY * 1000,
                                   .tries = TRIES,
                                   .sock_state_cb = socket_changed,
                                   .sock_state_cb_data = &asking};
    struct ares_addrinfo_hints hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};

    *answer = (struct name_answer){.count = 0};
    read_options(&options);
    asking.status =
        ares_init_options(&asking.channel, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB);
    if (asking.status != ARES_SUCCESS) {
        snprintf(answer->why, sizeof answer->why, "%s", ares_strerror(asking.status));
        return;
    }
    ares_getaddrinfo(asking.channel, host, NULL, &hints, found, &asking);
    wait_for(&asking);
    take(&asking, answer);
    if (asking.found) {
        ares_freeaddrinfo(asking.found);
    }
    ares_destroy(asking.channel);
}

const struct name_resolver swarm_resolver_static = {
    .ask = ask,
    .advice = "is the name right? A static program knows the names of /etc/hosts and of the name servers in "
              "/etc/resolv.conf, no others",
};
