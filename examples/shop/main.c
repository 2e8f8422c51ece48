/* main.c - the demo shop: options, start, signals, end. */
#include "counts.h"
#include "shop.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define EXIT_USAGE  2
#define BACKLOG     4096
#define SPARE_FILES 64 /* descriptors that are not connections */

struct options {
    const char *bind;
    const char *port;
    const char *counts;
    const char *port_file;
    const char *journal;
    long threads;
};

static const char help[] =
    "usage: shop [options]\n"
    "       shop --show-counts FILE\n"
    "\n"
    "A small web shop for trying out load tests. It remembers everything in memory and counts what it receives;\n"
    "GET /_counts tells, POST /_counts/reset begins anew, and neither is counted.\n"
    "\n"
    "  --port N             the port, 0 for a free one (default 8080)\n"
    "  --bind ADDRESS       the address to listen at (default 127.0.0.1)\n"
    "  --threads N          threads that serve (default: one for each core)\n"
    "  --counts FILE        keep the counts in FILE; they survive a kill, and an existing file is gone on with\n"
    "  --journal FILE       write each request into FILE, a line of JSON each, with what it carried\n"
    "  --port-file FILE     write the port into FILE when the shop is ready\n"
    "  --show-counts FILE   print the counts in FILE as JSON and end\n"
    "  --help               print this and end\n";

enum { OPT_PORT = 256, OPT_BIND, OPT_THREADS, OPT_COUNTS, OPT_PORT_FILE, OPT_JOURNAL, OPT_SHOW_COUNTS, OPT_HELP };

static const struct option long_options[] = {
    {"port", required_argument, NULL, OPT_PORT},
    {"bind", required_argument, NULL, OPT_BIND},
    {"threads", required_argument, NULL, OPT_THREADS},
    {"counts", required_argument, NULL, OPT_COUNTS},
    {"port-file", required_argument, NULL, OPT_PORT_FILE},
    {"journal", required_argument, NULL, OPT_JOURNAL},
    {"show-counts", required_argument, NULL, OPT_SHOW_COUNTS},
    {"help", no_argument, NULL, OPT_HELP},
    {NULL, 0, NULL, 0},
};

static void usage_error(const char *message, const char *value)
{
    fprintf(stderr, "shop: %s: %s\nTry: shop --help\n", message, value);
    exit(EXIT_USAGE);
}

static void read_options(int argc, char **argv, struct options *o)
{
    long port;
    int option;

    while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        switch (option) {
        case OPT_PORT:
            if (!parse_number(optarg, 0, 65535, &port))
                usage_error("--port must be a number from 0 to 65535", optarg);
            o->port = optarg;
            break;
        case OPT_BIND:
            o->bind = optarg;
            break;
        case OPT_THREADS:
            if (!parse_number(optarg, 1, 256, &o->threads))
                usage_error("--threads must be a number from 1 to 256", optarg);
            break;
        /* clang-format off */
        case OPT_COUNTS: o->counts = optarg; break;
        case OPT_JOURNAL: o->journal = optarg; break;
        case OPT_PORT_FILE: o->port_file = optarg; break;
        case OPT_SHOW_COUNTS: exit(counts_show(optarg));
        case OPT_HELP: fputs(help, stdout); exit(0);
        default: fprintf(stderr, "Try: shop --help\n"); exit(EXIT_USAGE);
            /* clang-format on */
        }
    }
    if (optind < argc)
        usage_error("there is no such argument", argv[optind]);
}

/* Raises the number of open files as far as allowed and returns how many connections that leaves room for. */
static unsigned raise_file_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 512;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur > 1000000)
        return 1000000;
    return limit.rlim_cur > 2 * SPARE_FILES ? (unsigned)limit.rlim_cur - SPARE_FILES : SPARE_FILES;
}

/* A listening socket that does not block, or -1 after a message. */
static int listen_at(const struct options *o)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE};
    struct addrinfo *address;
    int fd, one = 1, error = getaddrinfo(o->bind, o->port, &hints, &address);

    if (error) {
        fprintf(stderr, "shop: --bind %s is no address: %s\n", o->bind, gai_strerror(error));
        return -1;
    }
    fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0 ||
        bind(fd, address->ai_addr, address->ai_addrlen) != 0 || listen(fd, BACKLOG) != 0) {
        fprintf(stderr, "shop: cannot listen at %s port %s: %s\n", o->bind, o->port, strerror(errno));
        if (fd >= 0)
            close(fd);
        fd = -1;
    }
    freeaddrinfo(address);
    return fd;
}

static unsigned port_of(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
    } address = {0};
    socklen_t len = sizeof address;

    if (getsockname(fd, &address.any, &len) != 0)
        return 0;
    return ntohs(address.any.sa_family == AF_INET6 ? address.in6.sin6_port : address.in.sin_port);
}

/* Writes the port so that a reader sees the whole number or no file; 0 or -1 after a message. */
static int write_port(const char *path, unsigned port)
{
    struct text name = {0};
    FILE *file = NULL;
    int result = -1;

    text_addf(&name, "%s.%ld", path, (long)getpid());
    if (name.failed)
        goto cleanup;
    file = fopen(name.data, "w");
    if (!file || fprintf(file, "%u\n", port) < 0)
        goto cleanup;
    result = fclose(file) == 0 && rename(name.data, path) == 0 ? 0 : -1;
    file = NULL;
cleanup:
    if (result != 0)
        fprintf(stderr, "shop: cannot write %s: %s\n", path, strerror(errno));
    if (file)
        fclose(file);
    text_free(&name);
    return result;
}

static struct MHD_Daemon *start_server(const struct options *o, int fd, unsigned connections, struct counts *counts)
{
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_TURBO;
    struct MHD_OptionItem pool[] = {
        {MHD_OPTION_THREAD_POOL_SIZE, (intptr_t)o->threads, NULL},
        {MHD_OPTION_END, 0, NULL},
    };

    if (o->threads == 1)
        pool[0] = pool[1];
    return MHD_start_daemon(flags, 0, NULL, NULL, serve_request, counts, MHD_OPTION_LISTEN_SOCKET, fd,
                            MHD_OPTION_CONNECTION_LIMIT, connections, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                            (size_t)(24 << 10), MHD_OPTION_URI_LOG_CALLBACK, serve_target, counts,
                            MHD_OPTION_NOTIFY_COMPLETED, serve_completed, counts, MHD_OPTION_NOTIFY_CONNECTION,
                            serve_connection, counts, MHD_OPTION_ARRAY, pool, MHD_OPTION_END);
}

/* Blocks the signals that end the shop, in this thread and those it starts; main waits for them. One that is ignored,
 * as Ctrl-C is in the background of a script, stays so. */
static sigset_t block_signals(void)
{
    static const int signals[] = {SIGINT, SIGTERM};
    struct sigaction action;
    sigset_t ending;
    size_t i;

    sigemptyset(&ending);
    for (i = 0; i < sizeof signals / sizeof *signals; i++) {
        if (sigaction(signals[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
            sigaddset(&ending, signals[i]);
    }
    pthread_sigmask(SIG_BLOCK, &ending, NULL);
    signal(SIGPIPE, SIG_IGN);
    return ending;
}

int main(int argc, char **argv)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    struct options o = {.bind = "127.0.0.1", .port = "8080", .threads = cores < 1 ? 1 : cores > 256 ? 256 : cores};
    struct MHD_Daemon *daemon = NULL;
    struct counts *counts;
    unsigned connections, port;
    sigset_t ending;
    int fd, number, result = 1;

    read_options(argc, argv, &o);
    ending = block_signals();
    connections = raise_file_limit();
    counts = counts_open(o.counts);
    if (!counts)
        return 1;
    if (journal_start(o.journal) != 0)
        goto cleanup;
    catalogue_start();
    pages_start();
    accounts_start();
    lab_start();
    fd = listen_at(&o);
    if (fd < 0)
        goto cleanup;
    port = port_of(fd);
    if (delay_start() != 0) {
        close(fd);
        goto cleanup;
    }
    daemon = start_server(&o, fd, connections, counts);
    if (!daemon) {
        fprintf(stderr, "shop: cannot start the server\n");
        close(fd);
        delay_stop();
        goto cleanup;
    }
    printf(strchr(o.bind, ':') ? "shop: listening on http://[%s]:%u\n" : "shop: listening on http://%s:%u\n", o.bind,
           port);
    fflush(stdout);
    if (!o.port_file || write_port(o.port_file, port) == 0) {
        sigwait(&ending, &number);
        result = 0;
    }
    delay_stop();
    MHD_stop_daemon(daemon);
cleanup:
    if (journal_stop() != 0)
        result = 1;
    counts_close(counts);
    return result;
}
