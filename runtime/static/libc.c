/* Functions of the C library as static programs can have them. glibc's own load shared libraries of the very version that the
 * program was linked with, which the machine may not have; the linker warns of each. These here are found before them. */
#include <arpa/inet.h>
#include <errno.h>
#include <grp.h>
#include <iconv.h>
#include <netdb.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/lookup.h"
#include "static.h"

/* ------------------------------------------------------------------ host names */

struct found {
    struct addrinfo info; /* first */
    union name_address address;
};

static bool port_of(const char *service, in_port_t *port)
{
    char *end;
    unsigned long n = service ? strtoul(service, &end, 10) : 0;

    *port = htons((uint16_t)n);
    return !service || (*service >= '0' && *service <= '9' && *end == '\0' && n <= UINT16_MAX);
}

static bool find_addresses(const char *host, int flags, struct name_answer *answer)
{
    static const struct sockaddr_in any_v4 = {.sin_family = AF_INET};
    static const struct sockaddr_in6 any_v6 = {.sin6_family = AF_INET6};

    *answer = (struct name_answer){.count = 0};
    if (!host && flags & AI_PASSIVE) {
        name_answer_add(answer, (const struct sockaddr *)&any_v4);
        name_answer_add(answer, (const struct sockaddr *)&any_v6);
        return true;
    }
    if (name_is_fixed(host ? host : "localhost", answer)) {
        return true;
    }
    if (!(flags & AI_NUMERICHOST)) {
        swarm_resolver_static.ask(host, answer);
    }
    return answer->count > 0;
}

static struct addrinfo *make_info(const union name_address *address, in_port_t port, const struct addrinfo *hints)
{
    struct found *found = calloc(1, sizeof *found);

    if (!found) {
        return NULL;
    }
    found->address = *address;
    if (address->any.sa_family == AF_INET) {
        found->address.v4.sin_port = port;
    } else {
        found->address.v6.sin6_port = port;
    }
    found->info.ai_family = address->any.sa_family;
    found->info.ai_socktype = hints && hints->ai_socktype ? hints->ai_socktype : SOCK_STREAM;
    found->info.ai_protocol = hints ? hints->ai_protocol : 0;
    found->info.ai_addr = &found->address.any;
    found->info.ai_addrlen = address->any.sa_family == AF_INET ? sizeof address->v4 : sizeof address->v6;
    return &found->info;
}

int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **result)
{
    int family = hints ? hints->ai_family : AF_UNSPEC;
    struct addrinfo **end = result;
    struct name_answer answer;
    in_port_t port;

    *result = NULL;
    if (!host && !service) {
        return EAI_NONAME;
    }
    if (!port_of(service, &port)) {
        return EAI_SERVICE;
    }
    if (!find_addresses(host, hints ? hints->ai_flags : 0, &answer)) {
        return answer.unreachable ? EAI_AGAIN : EAI_NONAME;
    }
    for (uint32_t i = 0; i < answer.count; i++) {
        if (family != AF_UNSPEC && family != answer.addresses[i].any.sa_family) {
            continue;
        }
        *end = make_info(&answer.addresses[i], port, hints);
        if (!*end) {
            freeaddrinfo(*result);
            *result = NULL;
            return EAI_MEMORY;
        }
        end = &(*end)->ai_next;
    }
    return *result ? 0 : EAI_NONAME;
}

void freeaddrinfo(struct addrinfo *info)
{
    while (info) {
        struct addrinfo *next = info->ai_next;

        free(info); /* the first of a struct found */
        info = next;
    }
}

/* Numbers alone: nobody asks for names. */
int getnameinfo(const struct sockaddr *address, socklen_t size, char *host, socklen_t host_size, char *service,
                socklen_t service_size, int flags)
{
    bool v6 = size >= sizeof(struct sockaddr_in6) && address->sa_family == AF_INET6;
    const struct sockaddr_in6 *six = (const void *)address;
    const struct sockaddr_in *four = (const void *)address;

    (void)flags;
    if (!v6 && (size < sizeof *four || address->sa_family != AF_INET)) {
        return EAI_FAMILY;
    }
    if (host && host_size &&
        !inet_ntop(address->sa_family, v6 ? (const void *)&six->sin6_addr : &four->sin_addr, host, host_size)) {
        return EAI_OVERFLOW;
    }
    if (service && service_size) {
        int n = snprintf(service, service_size, "%u", ntohs(v6 ? six->sin6_port : four->sin_port));

        return n < (int)service_size ? 0 : EAI_OVERFLOW;
    }
    return 0;
}

/* Asked by OpenSSL and libxml2 in functions that nobody calls. */
struct hostent *gethostbyname(const char *host)
{
    (void)host;
    h_errno = HOST_NOT_FOUND;
    return NULL;
}

/* ------------------------------------------------------------------ services, users, groups: nothing is known of them */

struct servent *getservbyname(const char *name, const char *protocol)
{
    (void)name;
    (void)protocol;
    return NULL;
}

int getservbyname_r(const char *name, const char *protocol, struct servent *room, char *buffer, size_t size,
                    struct servent **result)
{
    (void)name;
    (void)protocol;
    (void)room;
    (void)buffer;
    (void)size;
    *result = NULL;
    return ENOENT;
}

int getservbyport_r(int port, const char *protocol, struct servent *room, char *buffer, size_t size,
                    struct servent **result)
{
    (void)port;
    return getservbyname_r(NULL, protocol, room, buffer, size, result);
}

int getpwuid_r(uid_t user, struct passwd *room, char *buffer, size_t size, struct passwd **result)
{
    (void)user;
    (void)room;
    (void)buffer;
    (void)size;
    *result = NULL;
    return 0;
}

int getgrgid_r(gid_t group, struct group *room, char *buffer, size_t size, struct group **result)
{
    (void)group;
    (void)room;
    (void)buffer;
    (void)size;
    *result = NULL;
    return 0;
}

/* ------------------------------------------------------------------ shared libraries, conversions that are such */

/* The C library has a dlopen() of its own in every static program, so this one stands in for it by the linker's --wrap. */
void *__wrap_dlopen(const char *name, int mode)
{
    (void)name;
    (void)mode;
    return NULL;
}

/* libxml2 then uses ICU, whose tables are in the program. */
iconv_t iconv_open(const char *to, const char *from)
{
    (void)to;
    (void)from;
    errno = EINVAL;
    return (iconv_t)-1;
}
