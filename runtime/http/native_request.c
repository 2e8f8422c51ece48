/* The head of a request as bytes (RFC 9112 section 3). */
#include "native_internal.h"

#include <strings.h>

static bool has_header(const struct exchange *ex, const char *name)
{
    for (size_t i = 0; i < ex->header_count; i++) {
        if (strcasecmp(ex->headers[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static void add_host(struct bytes *out, const struct url *url)
{
    bytes_add(out, "Host: ", 6);
    bytes_add(out, url->host.p, url->host.n);
    if (url->has_port) {
        bytes_format(out, ":%u", url->port);
    }
    bytes_add(out, "\r\n", 2);
}

void native_request_write(struct bytes *out, const struct exchange *ex)
{
    bytes_add_text(out, ex->method);
    bytes_add_char(out, ' ');
    url_write_target(out, &ex->url);
    bytes_add(out, " HTTP/1.1\r\n", 11);
    if (!has_header(ex, "Host")) {
        add_host(out, &ex->url);
    }
    for (size_t i = 0; i < ex->header_count; i++) {
        const struct header *header = &ex->headers[i];

        bytes_add_text(out, header->name);
        bytes_add(out, ": ", header->value[0] ? 2 : 1);
        bytes_add_text(out, header->value);
        bytes_add(out, "\r\n", 2);
    }
    if (ex->has_body) {
        bytes_format(out, "Content-Length: %zu\r\n", ex->body_size);
    }
    if (!ex->session->profile->keep_alive && !has_header(ex, "Connection")) {
        bytes_add_text(out, "Connection: close\r\n");
    }
    bytes_add(out, "\r\n", 2);
}
