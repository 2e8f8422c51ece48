/* Easy handles: what is set once, what is set for each exchange, and the callbacks that fill the exchange in.
 */
#include "curl_internal.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"
#include "engine/clock.h"

enum {
    POOL_LIMIT = 4096, /* easy handles kept for later, a shard and profile */
    KEEP_FOR_EVER = 10 * 365 * 86400,
    REQUEST_KEEP = 16 * 1024, /* bytes of memory that a pooled handle holds on to */
};

/* ------------------------------------------------------------------ callbacks of libcurl */

static size_t on_header(char *line, size_t size, size_t n, void *data)
{
    struct curl_easy *easy = data;
    struct exchange *ex = easy->ex;
    size_t length = size * n;

    if (!ex->stamps.first_byte) {
        ex->stamps.first_byte = clock_now() - ex->began;
    }
    if (ex->head.complete) { /* a trailer: not kept, but libcurl keeps it, so it is bounded like a head */
        ex->head.total += length;
        if (ex->head.total <= HEAD_LIMIT) {
            return length;
        }
        ex->error = EXCHANGE_HEAD_TOO_LARGE;
        easy->stopped = true;
        return 0;
    }
    switch (head_line(&ex->head, line, length)) {
    case HEAD_MORE:
    case HEAD_INTERIM:
        return length;
    case HEAD_DONE:
        if (ex->sink->head(ex)) {
            return length;
        }
        ex->error = EXCHANGE_STOPPED;
        break;
    case HEAD_BAD:
        ex->error = EXCHANGE_NOT_HTTP;
        break;
    case HEAD_TOO_LARGE:
        ex->error = EXCHANGE_HEAD_TOO_LARGE;
        break;
    }
    easy->stopped = true;
    return 0;
}

static size_t on_body(char *bytes, size_t size, size_t n, void *data)
{
    struct curl_easy *easy = data;
    struct exchange *ex = easy->ex;
    size_t length = size * n;

    ex->received += length;
    if (ex->sink->body(ex, bytes, length)) {
        return length;
    }
    ex->error = EXCHANGE_STOPPED;
    easy->stopped = true;
    return 0;
}

bool easy_has_sent(struct curl_easy *easy)
{
    long size = 0;

    curl_easy_getinfo(easy->curl, CURLINFO_REQUEST_SIZE, &size);
    return size > easy->size_before;
}

/* Called before each sending, also when libcurl sends again because a kept connection turned out to be dead.
 */
static int on_request(void *data, char *primary_ip, char *local_ip, int primary_port, int local_port)
{
    struct curl_easy *easy = data;
    struct exchange *ex = easy->ex;

    (void)primary_ip;
    (void)local_ip;
    (void)primary_port;
    (void)local_port;
    if (!easy->asked || easy_has_sent(easy)) {
        easy->asked = true;
        ex->sends++;
        curl_easy_getinfo(easy->curl, CURLINFO_REQUEST_SIZE, &easy->size_before);
    }
    ex->stamps.sent = clock_now() - ex->began;
    return CURL_PREREQFUNC_OK;
}

static curl_socket_t on_open(void *data, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct curl_easy *easy = data;
    curl_socket_t fd;

    (void)purpose;
    name_opened(easy);
    fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (fd < 0) {
        easy->open_errno = errno;
        return CURL_SOCKET_BAD;
    }
    curl_loop_forget(&easy->shard->loop, fd); /* in case one of that number was closed without our knowing */
    return fd;
}

static int on_close(void *data, curl_socket_t fd)
{
    struct exchange_shard *shard = data;

    curl_loop_forget(&shard->loop, fd);
    return close(fd);
}

/* ------------------------------------------------------------------ easy handles */

static void set_profile(CURL *curl, const struct exchange_profile *profile)
{
    static const long versions[] = {
        [EXCHANGE_HTTP_1_1] = CURL_HTTP_VERSION_1_1,
        [EXCHANGE_HTTP_2] = CURL_HTTP_VERSION_2TLS,
        [EXCHANGE_HTTP_ANY] = CURL_HTTP_VERSION_2TLS,
    };

    curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, versions[profile->version]);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, profile->verify ? 1L : 0L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, profile->verify ? 2L : 0L);
    curl_easy_setopt(curl, CURLOPT_SSL_SESSIONID_CACHE, profile->tls_resume ? 1L : 0L);
    if (profile->ca) {
        curl_easy_setopt(curl, CURLOPT_CAINFO, profile->ca);
        curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
    }
    if (profile->cert) {
        curl_easy_setopt(curl, CURLOPT_SSLCERT, profile->cert);
        curl_easy_setopt(curl, CURLOPT_SSLKEY, profile->key ? profile->key : profile->cert);
    }
    curl_easy_setopt(curl, CURLOPT_PROXY, profile->proxy ? profile->proxy : ""); /* "": not that of the environment */
    curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, profile->keep_alive ? 0L : 1L);
}

static struct curl_easy *easy_new(struct exchange_shard *shard, struct curl_pool *pool)
{
    struct curl_easy *easy = memory_new(1, sizeof *easy);
    CURL *curl = curl_easy_init();

    if (!curl) {
        memory_exhausted();
    }
    easy->curl = curl;
    easy->shard = shard;
    easy->pool = pool;
    easy->connect_timeout_ms = -1;
    curl_easy_setopt(curl, CURLOPT_PRIVATE, (char *)easy);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, easy->text);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 1L);
    curl_easy_setopt(curl, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_HTTP_CONTENT_DECODING, 0L);
    curl_easy_setopt(curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(curl, CURLOPT_MAXAGE_CONN, (long)KEEP_FOR_EVER); /* else a long think time reconnects unseen */
    curl_easy_setopt(curl, CURLOPT_DNS_CACHE_TIMEOUT, -1L);           /* see struct curl_name */
#if LIBCURL_VERSION_NUM >= 0x075500
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, easy);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, easy);
    curl_easy_setopt(curl, CURLOPT_PREREQFUNCTION, on_request);
    curl_easy_setopt(curl, CURLOPT_PREREQDATA, easy);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, on_open);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, easy);
    curl_easy_setopt(curl, CURLOPT_CLOSESOCKETFUNCTION, on_close);
    curl_easy_setopt(curl, CURLOPT_CLOSESOCKETDATA, shard);
    set_profile(curl, pool->profile);
    return easy;
}

static void easy_free(struct curl_easy *easy)
{
    curl_easy_cleanup(easy->curl);
    bytes_free(&easy->url);
    bytes_free(&easy->lines);
    free(easy->headers);
    free(easy);
}

static struct curl_pool *pool_of(struct exchange_shard *shard, const struct exchange_profile *profile)
{
    struct curl_pool *pool;

    for (size_t i = 0; i < shard->pool_count; i++) {
        if (shard->pools[i]->profile == profile) {
            return shard->pools[i];
        }
    }
    pool = memory_new(1, sizeof *pool);
    pool->profile = profile;
    shard->pools = memory_grow(shard->pools, shard->pool_count, &shard->pool_capacity, sizeof(struct curl_pool *));
    shard->pools[shard->pool_count++] = pool;
    return pool;
}

struct curl_easy *easy_take(struct exchange_shard *shard, const struct exchange_profile *profile)
{
    struct curl_pool *pool = pool_of(shard, profile);
    struct curl_easy *easy = pool->free;

    if (!easy) {
        return easy_new(shard, pool);
    }
    pool->free = easy->next;
    pool->count--;
    easy->next = NULL;
    return easy;
}

/* Takes the exchange off its handle; the handle has left the multi handle. */
void easy_give_back(struct curl_easy *easy)
{
    struct curl_pool *pool = easy->pool;

    easy->ex->own = NULL;
    easy->ex = NULL;
    curl_easy_setopt(easy->curl, CURLOPT_SHARE, NULL);
    if (easy->again) {
        curl_easy_setopt(easy->curl, CURLOPT_FRESH_CONNECT, 0L);
        easy->again = false;
    }
    if (pool->count == POOL_LIMIT) {
        easy_free(easy);
        return;
    }
    bytes_clear(&easy->url, REQUEST_KEEP);
    bytes_clear(&easy->lines, REQUEST_KEEP);
    easy->next = pool->free;
    pool->free = easy;
    pool->count++;
}

void easy_free_pools(struct exchange_shard *shard)
{
    for (size_t i = 0; i < shard->pool_count; i++) {
        struct curl_easy *easy = shard->pools[i]->free, *next;

        for (; easy; easy = next) {
            next = easy->next;
            easy_free(easy);
        }
        free(shard->pools[i]);
    }
    free(shard->pools);
}

/* ------------------------------------------------------------------ a request */

static void set_method(struct curl_easy *easy, enum curl_method method, const char *name)
{
    CURL *curl = easy->curl;

    if (method == easy->method && strcmp(name, easy->method_name) == 0) {
        return;
    }
    switch (method) {
    case METHOD_HEAD:
        curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, NULL);
        curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
        break;
    case METHOD_BODY:
        curl_easy_setopt(curl, CURLOPT_POST, 1L);
        curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, strcmp(name, "POST") == 0 ? NULL : name);
        break;
    default:
        curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
        curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method == METHOD_GET ? NULL : name);
        break;
    }
    easy->method = method;
    snprintf(easy->method_name, sizeof easy->method_name, "%s", name);
    if (strlen(name) >= sizeof easy->method_name) {
        easy->method = METHOD_UNSET; /* too long to be remembered: set anew each time */
    }
}

static enum curl_method method_of(const struct exchange *ex)
{
    if (strcmp(ex->method, "HEAD") == 0) {
        return METHOD_HEAD;
    }
    if (ex->has_body) {
        return METHOD_BODY;
    }
    return strcmp(ex->method, "GET") == 0 ? METHOD_GET : METHOD_PLAIN;
}

/* The header lines, in libcurl's list form but without its allocations: it only reads them. Each line is a C
 * string in easy->lines; the list is linked when all are there, for the buffer moves as it grows. */
static void set_headers(struct curl_easy *easy, const struct exchange *ex)
{
    /* What libcurl would add of its own unless it is told not to; Expect costs a second a large POST. */
    static const char *const unwanted[] = {"Expect", "Accept", "Content-Type", "User-Agent"};
    bool seen[sizeof unwanted / sizeof unwanted[0]] = {false};
    size_t most = ex->header_count + sizeof unwanted / sizeof unwanted[0] + 2, n = 0;
    const char *line;

    if (easy->headers_capacity < most) {
        easy->headers = memory_resize(easy->headers, most, sizeof *easy->headers);
        easy->headers_capacity = most;
    }
    for (size_t i = 0; i < ex->header_count; i++, n++) {
        const struct header *header = &ex->headers[i];

        for (size_t j = 0; j < sizeof unwanted / sizeof unwanted[0]; j++) {
            seen[j] |= strcasecmp(header->name, unwanted[j]) == 0;
        }
        bytes_add_text(&easy->lines, header->name);
        bytes_add_text(&easy->lines, header->value[0] ? ": " : ";"); /* "Name;": an empty one */
        bytes_add(&easy->lines, header->value, strlen(header->value) + 1);
    }
    if (ex->cookie) {
        bytes_add_text(&easy->lines, "Cookie: ");
        bytes_add(&easy->lines, ex->cookie, strlen(ex->cookie) + 1);
        n++;
    }
    for (size_t j = 0; j < sizeof unwanted / sizeof unwanted[0]; j++) {
        if (!seen[j]) {
            bytes_add_text(&easy->lines, unwanted[j]);
            bytes_add(&easy->lines, ":", 2);
            n++;
        }
    }
    if (!easy->pool->profile->keep_alive) {
        bytes_add(&easy->lines, "Connection: close", sizeof "Connection: close");
        n++;
    }
    line = easy->lines.p;
    for (size_t i = 0; i < n; i++) {
        easy->headers[i].data = (char *)line;
        easy->headers[i].next = i + 1 < n ? &easy->headers[i + 1] : NULL;
        line += strlen(line) + 1;
    }
    curl_easy_setopt(easy->curl, CURLOPT_HTTPHEADER, easy->headers);
}

void easy_prepare(struct curl_easy *easy, struct exchange *ex)
{
    long timeout_ms = (long)((ex->connect_timeout + 999999) / 1000000);

    easy->ex = ex;
    ex->own = easy;
    easy->text[0] = '\0';
    easy->open_errno = 0;
    easy->size_before = 0;
    easy->asked = false;
    easy->stopped = false;
    easy->name = NULL;
    easy->added = false;
    url_write(&easy->url, &ex->url);
    curl_easy_setopt(easy->curl, CURLOPT_URL, easy->url.p);
    curl_easy_setopt(easy->curl, CURLOPT_SHARE, ex->session->share);
    if (timeout_ms < 1) {
        timeout_ms = 1;
    }
    if (timeout_ms != easy->connect_timeout_ms) {
        curl_easy_setopt(easy->curl, CURLOPT_CONNECTTIMEOUT_MS, timeout_ms);
        easy->connect_timeout_ms = timeout_ms;
    }
    set_method(easy, method_of(ex), ex->method);
    if (ex->has_body) {
        curl_easy_setopt(easy->curl, CURLOPT_POSTFIELDS, ex->body_size ? ex->body : "");
        curl_easy_setopt(easy->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)ex->body_size);
    }
    set_headers(easy, ex);
}
