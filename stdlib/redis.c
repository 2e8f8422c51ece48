/* std/redis: a client of the Redis protocol (RESP2, https://redis.io/docs/latest/develop/reference/protocol-spec/), written with
 * swarm/extension.h alone. Connections are blocking; each is used by one call at a time. */
#include "redis.swarm.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum {
    CONNECT_MS = 10000,
    ANSWER_S = 60,           /* the most that an answer may take */
    LARGEST_TEXT = 64 << 20, /* of an answer */
    DEEPEST = 32,            /* lists in lists */
};

/* ------------------------------------------------------------------ connections */

struct connection {
    pthread_mutex_t lock; /* held during a command */
    int fd;               /* -1: closed */
    char buffer[16384];
    size_t at, end;
};

static pthread_mutex_t table_lock = PTHREAD_MUTEX_INITIALIZER;
static struct connection **table;
static size_t count, room;

/* Its number, from 1; numbers are not given twice. */
static int64_t add_connection(struct connection *connection)
{
    int64_t number = 0;

    pthread_mutex_lock(&table_lock);
    if (count == room) {
        size_t larger = room ? 2 * room : 64;
        struct connection **grown = realloc(table, larger * sizeof *table);

        if (grown) {
            table = grown;
            room = larger;
        }
    }
    if (count < room) {
        table[count++] = connection;
        number = (int64_t)count;
    }
    pthread_mutex_unlock(&table_lock);
    return number;
}

static struct connection *find_connection(int64_t number)
{
    struct connection *connection;

    pthread_mutex_lock(&table_lock);
    connection = number >= 1 && (uint64_t)number <= count ? table[number - 1] : NULL;
    pthread_mutex_unlock(&table_lock);
    return connection;
}

static void shut(struct connection *connection)
{
    if (connection->fd >= 0) {
        close(connection->fd);
        connection->fd = -1;
    }
}

/* ------------------------------------------------------------------ one call */

struct call {
    struct connection *connection;
    bool failed;
    char why[512];
    char *text; /* being written: a command, or JSON */
    size_t n, room;
};

static void fail(struct call *call, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void fail(struct call *call, const char *format, ...)
{
    va_list arguments;

    if (call->failed) {
        return;
    }
    call->failed = true;
    va_start(arguments, format);
    vsnprintf(call->why, sizeof call->why, format, arguments);
    va_end(arguments);
}

static void add(struct call *call, const char *p, size_t n)
{
    if (call->n + n + 1 > call->room) {
        size_t larger = 2 * (call->n + n + 64);
        char *grown = realloc(call->text, larger);

        if (!grown) {
            fail(call, "no memory left");
            return;
        }
        call->text = grown;
        call->room = larger;
    }
    memcpy(call->text + call->n, p, n);
    call->n += n;
    call->text[call->n] = '\0';
}

static void add_format(struct call *call, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add_format(struct call *call, const char *format, ...)
{
    char text[128];
    va_list arguments;
    int n;

    va_start(arguments, format);
    n = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    add(call, text, n < 0 ? 0 : (size_t)n);
}

static void add_word(struct call *call, const char *p, size_t n)
{
    add_format(call, "$%zu\r\n", n);
    add(call, p, n);
    add(call, "\r\n", 2);
}

static void send_command(struct call *call)
{
    size_t sent = 0;

    while (!call->failed && sent < call->n) {
        ssize_t n = send(call->connection->fd, call->text + sent, call->n - sent, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            fail(call, "cannot send: %s", strerror(errno));
            shut(call->connection);
            return;
        }
        sent += (size_t)n;
    }
    call->n = 0;
}

/* ------------------------------------------------------------------ reading */

static bool fill(struct call *call)
{
    struct connection *connection = call->connection;
    ssize_t n;

    if (call->failed || connection->fd < 0) {
        return false;
    }
    do {
        n = recv(connection->fd, connection->buffer, sizeof connection->buffer, 0);
    } while (n < 0 && errno == EINTR);
    if (n <= 0) {
        fail(call,
             n == 0            ? "the server closed the connection"
             : errno == EAGAIN ? "no answer after %ds"
                               : "cannot read (%d)",
             n < 0 && errno == EAGAIN ? ANSWER_S : errno);
        shut(connection);
        return false;
    }
    connection->at = 0;
    connection->end = (size_t)n;
    return true;
}

static int next_byte(struct call *call)
{
    struct connection *connection = call->connection;

    if (connection->at == connection->end && !fill(call)) {
        return -1;
    }
    return (unsigned char)connection->buffer[connection->at++];
}

/* What stands up to the line's end; a longer line is cut. */
static void read_line(struct call *call, char *line, size_t size)
{
    size_t n = 0;
    int c;

    while ((c = next_byte(call)) >= 0 && c != '\n') {
        if (c != '\r' && n + 1 < size) {
            line[n++] = (char)c;
        }
    }
    line[n] = '\0';
}

static void broken(struct call *call)
{
    fail(call, "the answer is not of a Redis server");
    shut(call->connection);
}

static bool read_number(struct call *call, const char *text, long long *number)
{
    char *end;

    errno = 0;
    *number = strtoll(text, &end, 10);
    if (end == text || *end || errno) {
        broken(call);
        return false;
    }
    return true;
}

/* The answer as JSON. Bytes of a text that are no UTF-8 are replaced by whoever reads the JSON. */
static void json_string(struct call *call, const char *p, size_t n)
{
    add(call, "\"", 1);
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)p[i];

        if (c == '"' || c == '\\') {
            add_format(call, "\\%c", c);
        } else if (c < 0x20) {
            add_format(call, "\\u%04x", c);
        } else {
            add(call, p + i, 1);
        }
    }
    add(call, "\"", 1);
}

static void read_text(struct call *call, long long n)
{
    char *text;

    if (n < 0) {
        add(call, "null", 4);
        return;
    }
    text = n <= LARGEST_TEXT ? malloc((size_t)n + 1) : NULL;
    if (!text) {
        fail(call, "a text of %lld bytes is too large", n);
        shut(call->connection);
        return;
    }
    for (long long i = 0; i < n; i++) {
        int c = next_byte(call);

        if (c < 0) {
            break;
        }
        text[i] = (char)c;
    }
    if (!call->failed && (next_byte(call) != '\r' || next_byte(call) != '\n')) {
        broken(call);
    }
    if (!call->failed) {
        json_string(call, text, (size_t)n);
    }
    free(text);
}

static void read_answer(struct call *call, int depth)
{
    char line[512];
    long long n;
    int kind = next_byte(call);

    if (kind < 0) {
        return;
    }
    read_line(call, line, sizeof line);
    switch (call->failed ? 0 : kind) {
    case 0:
        return;
    case '+':
        json_string(call, line, strlen(line));
        return;
    case '-':
        fail(call, "%s", line);
        return;
    case ':':
        if (read_number(call, line, &n)) {
            add_format(call, "%lld", n);
        }
        return;
    case '$':
        if (read_number(call, line, &n)) {
            read_text(call, n);
        }
        return;
    case '*':
        break;
    default:
        broken(call);
        return;
    }
    if (!read_number(call, line, &n)) {
        return;
    }
    if (n < 0) {
        add(call, "null", 4);
        return;
    }
    if (depth == DEEPEST) {
        broken(call);
        return;
    }
    add(call, "[", 1);
    for (long long i = 0; i < n && !(call->failed && call->connection->fd < 0); i++) {
        if (i) {
            add(call, ",", 1);
        }
        read_answer(call, depth + 1);
    }
    add(call, "]", 1);
}

/* Sends what was written; the answer stands in call->text as JSON. */
static void ask(struct call *call)
{
    if (!call->failed && call->connection->fd < 0) {
        fail(call, "the connection is closed");
    }
    send_command(call);
    if (!call->failed) {
        read_answer(call, 0);
    }
}

/* ------------------------------------------------------------------ calls */

/* False: the ticket has ended. */
static bool begin(struct call *call, struct swarm_ticket *ticket, int64_t number)
{
    *call = (struct call){.connection = find_connection(number)};
    if (!call->connection) {
        swarm_finish_failed(ticket, "no such connection: it comes from redis.connect()");
        return false;
    }
    pthread_mutex_lock(&call->connection->lock);
    return true;
}

/* True: there is an answer; else the ticket has ended. */
static bool finish(struct call *call, struct swarm_ticket *ticket)
{
    pthread_mutex_unlock(&call->connection->lock);
    if (call->failed) {
        swarm_finish_failed(ticket, call->why);
        free(call->text);
        return false;
    }
    return true;
}

void redis_get(struct swarm_ticket *ticket, int64_t connection, struct swarm_text key)
{
    struct call call;

    if (!begin(&call, ticket, connection)) {
        return;
    }
    add(&call, "*2\r\n$3\r\nGET\r\n", 13);
    add_word(&call, key.p, key.n);
    ask(&call);
    if (finish(&call, ticket)) {
        swarm_finish_json(ticket, call.text, call.n);
        free(call.text);
    }
}

void redis_set(struct swarm_ticket *ticket, int64_t connection, struct swarm_text key, struct swarm_text value)
{
    struct call call;

    if (!begin(&call, ticket, connection)) {
        return;
    }
    add(&call, "*3\r\n$3\r\nSET\r\n", 13);
    add_word(&call, key.p, key.n);
    add_word(&call, value.p, value.n);
    ask(&call);
    if (finish(&call, ticket)) {
        free(call.text);
        swarm_finish(ticket);
    }
}

void redis_incr(struct swarm_ticket *ticket, int64_t connection, struct swarm_text key)
{
    struct call call;
    long long number = 0;

    if (!begin(&call, ticket, connection)) {
        return;
    }
    add(&call, "*2\r\n$4\r\nINCR\r\n", 14);
    add_word(&call, key.p, key.n);
    ask(&call);
    if (!call.failed) {
        (void)read_number(&call, call.text, &number);
    }
    if (finish(&call, ticket)) {
        free(call.text);
        swarm_finish_int(ticket, number);
    }
}

static void add_words(struct call *call, const struct swarm_json *words)
{
    size_t n = swarm_json_count(words);

    if (n == 0) {
        fail(call, "redis.command needs the words of a command");
    }
    add_format(call, "*%zu\r\n", n);
    for (size_t i = 0; i < n; i++) {
        const struct swarm_json *word = swarm_json_at(words, i);
        enum swarm_json_kind kind = swarm_json_kind(word);
        struct swarm_text text = swarm_json_characters(word);

        if (kind != SWARM_JSON_STRING && kind != SWARM_JSON_NUMBER) {
            fail(call, "a word of a command is a text or a number");
        }
        add_word(call, text.p, text.n);
    }
}

void redis_command(struct swarm_ticket *ticket, int64_t connection, const struct swarm_json *words)
{
    struct call call;

    if (!begin(&call, ticket, connection)) {
        return;
    }
    add_words(&call, words);
    ask(&call);
    if (finish(&call, ticket)) {
        swarm_finish_json(ticket, call.text, call.n);
        free(call.text);
    }
}

void redis_close(struct swarm_ticket *ticket, int64_t connection)
{
    struct call call;

    if (!begin(&call, ticket, connection)) {
        return;
    }
    shut(call.connection);
    if (finish(&call, ticket)) {
        swarm_finish(ticket);
    }
}

/* ------------------------------------------------------------------ connect */

struct address {
    char user[128], password[256], host[256], port[16], database[16];
};

static bool take(char *to, size_t size, const char *p, size_t n)
{
    if (n >= size) {
        return false;
    }
    memcpy(to, p, n);
    to[n] = '\0';
    return true;
}

static bool take_credentials(struct address *address, const char *p, size_t n)
{
    const char *colon = memchr(p, ':', n);
    size_t user = colon ? (size_t)(colon - p) : n;

    return take(address->user, sizeof address->user, p, user) &&
           (!colon || take(address->password, sizeof address->password, colon + 1, n - user - 1));
}

static bool take_host(struct address *address, const char *p, size_t n)
{
    const char *close = n && p[0] == '[' ? memchr(p, ']', n) : NULL, *colon;
    size_t host;

    if (close) { /* IPv6 */
        host = (size_t)(close - p) + 1;
        colon = host < n && p[host] == ':' ? p + host : NULL;
        if (!take(address->host, sizeof address->host, p + 1, host - 2)) {
            return false;
        }
    } else {
        colon = memchr(p, ':', n);
        host = colon ? (size_t)(colon - p) : n;
        if (!take(address->host, sizeof address->host, p, host)) {
            return false;
        }
    }
    return address->host[0] && (!colon || take(address->port, sizeof address->port, colon + 1, n - host - 1));
}

static bool read_address(struct swarm_text url, struct address *address)
{
    char text[1024], *p = text, *at, *slash;

    *address = (struct address){.port = "6379"};
    if (!take(text, sizeof text, url.p, url.n) || strlen(text) != url.n) {
        return false;
    }
    if (strncmp(p, "redis://", 8) == 0) {
        p += 8;
    }
    at = strrchr(p, '@');
    if (at) {
        if (!take_credentials(address, p, (size_t)(at - p))) {
            return false;
        }
        p = at + 1;
    }
    slash = strchr(p, '/');
    if (slash && !take(address->database, sizeof address->database, slash + 1, strlen(slash + 1))) {
        return false;
    }
    return take_host(address, p, slash ? (size_t)(slash - p) : strlen(p));
}

static int try_address(const struct addrinfo *info)
{
    int fd = socket(info->ai_family, info->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, info->ai_protocol), error = 0,
        one = 1;
    struct timeval limit = {.tv_sec = ANSWER_S};
    struct pollfd wait = {.fd = fd, .events = POLLOUT};
    socklen_t size = sizeof error;

    if (fd < 0) {
        return -1;
    }
    if (connect(fd, info->ai_addr, info->ai_addrlen) != 0) {
        if (errno != EINPROGRESS) {
            error = errno;
        } else if (poll(&wait, 1, CONNECT_MS) <= 0) {
            error = ETIMEDOUT;
        } else {
            getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
        }
    }
    if (error) {
        close(fd);
        errno = error;
        return -1;
    }
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    return fd;
}

static int open_socket(struct call *call, const struct address *address)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list, *info;
    int error = getaddrinfo(address->host, address->port, &hints, &list), fd = -1;

    if (error) {
        fail(call, "no address for %s: %s", address->host, gai_strerror(error));
        return -1;
    }
    for (info = list; info && fd < 0; info = info->ai_next) {
        fd = try_address(info);
    }
    if (fd < 0) {
        fail(call, "cannot connect to %s:%s: %s", address->host, address->port, strerror(errno));
    }
    freeaddrinfo(list);
    return fd;
}

static void introduce(struct call *call, const struct address *address)
{
    if (address->password[0]) {
        add_format(call, "*%d\r\n$4\r\nAUTH\r\n", address->user[0] ? 3 : 2);
        if (address->user[0]) {
            add_word(call, address->user, strlen(address->user));
        }
        add_word(call, address->password, strlen(address->password));
        ask(call);
        call->n = 0;
    }
    if (address->database[0] && !call->failed) {
        add(call, "*2\r\n$6\r\nSELECT\r\n", 16);
        add_word(call, address->database, strlen(address->database));
        ask(call);
    }
}

void redis_connect(struct swarm_ticket *ticket, struct swarm_text url)
{
    struct connection *connection = calloc(1, sizeof *connection);
    struct call call = {.connection = connection};
    struct address address;
    int64_t number = 0;

    if (!connection) {
        swarm_finish_failed(ticket, "no memory left");
        return;
    }
    pthread_mutex_init(&connection->lock, NULL);
    connection->fd = -1;
    if (!read_address(url, &address)) {
        fail(&call, "redis.connect takes redis://host:port or host:port");
    } else {
        connection->fd = open_socket(&call, &address);
        introduce(&call, &address);
    }
    if (!call.failed) {
        number = add_connection(connection);
    }
    if (!call.failed && number == 0) {
        fail(&call, "no memory left");
    }
    free(call.text);
    if (call.failed) {
        shut(connection);
        pthread_mutex_destroy(&connection->lock);
        free(connection);
        swarm_finish_failed(ticket, call.why);
        return;
    }
    swarm_finish_int(ticket, number);
}
