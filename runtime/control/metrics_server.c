#include "metrics_server.h"

#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../base/memory.h"
#include "../log/log.h"
#include "../report/reports.h"

enum { CLIENTS = 16, REQUEST_MOST = 8192, CLIENT_MS = 10000 };

struct client {
    uv_tcp_t socket;
    uv_timer_t timer;
    uv_write_t write;
    struct metrics_server *server;
    struct client *next;
    char request[REQUEST_MOST + 1];
    size_t used;
    char *answer;
    int handles; /* that are not closed yet */
    bool answered;
};

struct metrics_server {
    uv_tcp_t listener;
    uv_loop_t *loop;
    struct reports *reports;
    struct stats_snapshot *snap;
    struct client *clients;
    size_t client_count;
    bool stopping, closed;
};

/* ---- listening ---- */

static int bind_to(const struct addrinfo *address)
{
    int one = 1,
        fd = socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, address->ai_protocol);

    if (fd < 0) {
        return -1;
    }
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, address->ai_addr, address->ai_addrlen) == 0 && listen(fd, CLIENTS) == 0) {
        return fd;
    }
    one = errno;
    close(fd);
    errno = one;
    return -1;
}

static void tell_place(int fd)
{
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    char host[64], port[16];

    if (getsockname(fd, (struct sockaddr *)&address, &size) == 0 &&
        getnameinfo((struct sockaddr *)&address, size, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) == 0) {
        bool v6 = strchr(host, ':') != NULL;

        log_info("swarm.main", "Metrics at http://%s%s%s:%s/metrics", v6 ? "[" : "", host, v6 ? "]" : "", port);
    }
}

int metrics_server_listen(const char *host, int port, char *why, size_t size)
{
    struct addrinfo wanted = {.ai_flags = AI_PASSIVE | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM}, *found = NULL;
    char number[16];
    int fd = -1, error;

    snprintf(number, sizeof number, "%d", port);
    error = getaddrinfo(host, number, &wanted, &found);
    if (error) {
        snprintf(why, size, "--metrics-host %s: %s", host, gai_strerror(error));
        return -1;
    }
    for (const struct addrinfo *address = found; address && fd < 0; address = address->ai_next) {
        fd = bind_to(address);
    }
    error = errno;
    freeaddrinfo(found);
    if (fd < 0) {
        snprintf(why, size, "cannot listen on %s:%d for --metrics-port: %s; %s", host, port, strerror(error),
                 error == EADDRINUSE ? "give another port, or 0 for any" : "check --metrics-host and --metrics-port");
        return -1;
    }
    tell_place(fd);
    return fd;
}

/* ---- clients ---- */

static void free_server(struct metrics_server *server)
{
    if (server->stopping && server->closed && server->client_count == 0) {
        stats_snapshot_unref(server->snap);
        free(server);
    }
}

static void client_closed(uv_handle_t *handle)
{
    struct client *client = handle->data, **at;
    struct metrics_server *server = client->server;

    if (--client->handles > 0) {
        return;
    }
    for (at = &server->clients; *at != client; at = &(*at)->next) {
    }
    *at = client->next;
    server->client_count--;
    free(client->answer);
    free(client);
    free_server(server);
}

static void close_client(struct client *client)
{
    if (!uv_is_closing((uv_handle_t *)&client->timer)) {
        uv_close((uv_handle_t *)&client->timer, client_closed);
        uv_close((uv_handle_t *)&client->socket, client_closed);
    }
}

static void time_over(uv_timer_t *timer)
{
    close_client(timer->data);
}

static void written(uv_write_t *write, int status)
{
    (void)status;
    close_client(write->data);
}

static void send_answer(struct client *client, const char *status, const char *type, const char *body, size_t n)
{
    size_t size = n + 256;
    int head;
    uv_buf_t buffer;

    client->answered = true;
    client->answer = memory_new(size, 1);
    head = snprintf(client->answer, size,
                    "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n%sConnection: close\r\n\r\n", status,
                    type, n, strncmp(status, "405", 3) == 0 ? "Allow: GET, HEAD\r\n" : "");
    if (strncmp(client->request, "HEAD ", 5) != 0) {
        memcpy(client->answer + head, body, n);
        head += (int)n;
    }
    buffer = uv_buf_init(client->answer, (unsigned)head);
    client->write.data = client;
    if (uv_write(&client->write, (uv_stream_t *)&client->socket, &buffer, 1, written)) {
        close_client(client);
    }
}

static void refuse(struct client *client, const char *status)
{
    char text[128];

    snprintf(text, sizeof text, "%s; try GET /metrics\n", status);
    send_answer(client, status, "text/plain; charset=utf-8", text, strlen(text));
}

static void send_metrics(struct client *client)
{
    char *text = NULL;
    size_t n = 0;
    FILE *out = client->server->snap ? open_memstream(&text, &n) : NULL;

    if (!out) {
        refuse(client, "503 Service Unavailable"); /* the run has not begun */
        return;
    }
    reports_prometheus(client->server->reports, out, client->server->snap);
    if (fclose(out) == 0) {
        send_answer(client, "200 OK", "text/plain; version=0.0.4; charset=utf-8", text, n);
    } else {
        refuse(client, "500 Internal Server Error");
    }
    free(text);
}

/* The head of the request is complete. */
static void answer(struct client *client)
{
    const char *path = strchr(client->request, ' ');
    size_t method = path ? (size_t)(path - client->request) : 0, length, line = strcspn(client->request, "\r\n");

    if (!path || method == 0 || method > line || strlen(client->request) < client->used) {
        refuse(client, "400 Bad Request");
        return;
    }
    length = strcspn(++path, " ?\r\n");
    if (strncmp(path + strcspn(path, " \r\n"), " HTTP/1.", 8) != 0) {
        refuse(client, "400 Bad Request");
    } else if (strncmp(client->request, "GET ", 4) != 0 && strncmp(client->request, "HEAD ", 5) != 0) {
        refuse(client, "405 Method Not Allowed");
    } else if (length != strlen("/metrics") || strncmp(path, "/metrics", length) != 0) {
        refuse(client, "404 Not Found");
    } else {
        send_metrics(client);
    }
}

static void give_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    struct client *client = handle->data;

    (void)suggested;
    *buffer = uv_buf_init(client->request + client->used, (unsigned)(REQUEST_MOST - client->used));
}

static void has_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buffer)
{
    struct client *client = stream->data;

    (void)buffer;
    if (n == 0) {
        return;
    }
    if (n < 0 && (n != UV_ENOBUFS || client->used < REQUEST_MOST)) {
        close_client(client);
        return;
    }
    client->used += n > 0 ? (size_t)n : 0;
    client->request[client->used] = '\0';
    if (memmem(client->request, client->used, "\r\n\r\n", 4) || memmem(client->request, client->used, "\n\n", 2)) {
        uv_read_stop(stream);
        answer(client);
    } else if (client->used >= REQUEST_MOST) {
        uv_read_stop(stream);
        refuse(client, "431 Request Header Fields Too Large");
    }
}

static void connected(uv_stream_t *listener, int status)
{
    struct metrics_server *server = listener->data;
    struct client *client;

    if (status < 0 || server->stopping) {
        return;
    }
    client = memory_new(1, sizeof *client);
    client->server = server;
    client->handles = 2;
    client->next = server->clients;
    server->clients = client;
    server->client_count++;
    uv_tcp_init(server->loop, &client->socket);
    uv_timer_init(server->loop, &client->timer);
    client->socket.data = client->timer.data = client;
    if (uv_accept(listener, (uv_stream_t *)&client->socket) || server->client_count > CLIENTS) {
        close_client(client);
        return;
    }
    uv_timer_start(&client->timer, time_over, CLIENT_MS, 0);
    uv_read_start((uv_stream_t *)&client->socket, give_room, has_read);
}

/* ---- the server ---- */

struct metrics_server *metrics_server_start(uv_loop_t *loop, int socket_fd, struct reports *reports)
{
    struct metrics_server *server = memory_new(1, sizeof *server);

    server->loop = loop;
    server->reports = reports;
    uv_tcp_init(loop, &server->listener);
    server->listener.data = server;
    if (uv_tcp_open(&server->listener, socket_fd)) {
        close(socket_fd);
        metrics_server_stop(server);
        return NULL;
    }
    if (uv_listen((uv_stream_t *)&server->listener, CLIENTS, connected)) {
        metrics_server_stop(server);
        return NULL;
    }
    return server;
}

void metrics_server_show(struct metrics_server *server, struct stats_snapshot *snap)
{
    struct stats_snapshot *old;

    if (!server) {
        return;
    }
    old = server->snap;
    server->snap = stats_snapshot_ref(snap);
    stats_snapshot_unref(old);
}

static void listener_closed(uv_handle_t *handle)
{
    struct metrics_server *server = handle->data;

    server->closed = true;
    free_server(server);
}

void metrics_server_stop(struct metrics_server *server)
{
    if (!server) {
        return;
    }
    server->stopping = true;
    for (struct client *client = server->clients; client; client = client->next) {
        close_client(client);
    }
    uv_close((uv_handle_t *)&server->listener, listener_closed);
}
