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

static void add_lines(struct bytes *out, const struct exchange *ex)
{
    if (ex->lines) {
        bytes_add(out, ex->lines, ex->lines_size);
        return;
    }
    if (!has_header(ex, "Host")) {
        bytes_add(out, "Host: ", 6);
        url_write_host(out, &ex->url);
        bytes_add(out, "\r\n", 2);
    }
    for (size_t i = 0; i < ex->header_count; i++) {
        header_write(out, &ex->headers[i]);
    }
}

static void add_number(struct bytes *out, size_t n)
{
    char digits[24], *p = digits + sizeof digits;

    do {
        *--p = (char)('0' + n % 10);
        n /= 10;
    } while (n);
    bytes_add(out, p, (size_t)(digits + sizeof digits - p));
}

void native_request_write(struct bytes *out, const struct exchange *ex)
{
    if (ex->request) {
        bytes_add(out, ex->request, ex->request_size);
    } else {
        bytes_add_text(out, ex->method);
        bytes_add_char(out, ' ');
        url_write_target(out, &ex->url);
        bytes_add(out, " HTTP/1.1\r\n", 11);
        add_lines(out, ex);
    }
    if (ex->cookie) {
        bytes_add(out, "Cookie: ", 8);
        bytes_add_text(out, ex->cookie);
        bytes_add(out, "\r\n", 2);
    }
    if (ex->has_body) {
        bytes_add(out, "Content-Length: ", 16);
        add_number(out, ex->body_size);
        bytes_add(out, "\r\n", 2);
    }
    if (!ex->session->profile->keep_alive && !has_header(ex, "Connection")) {
        bytes_add_text(out, "Connection: close\r\n");
    }
    bytes_add(out, "\r\n", 2);
}
