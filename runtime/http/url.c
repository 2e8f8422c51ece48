#include "url.h"

#include <ctype.h>
#include <strings.h>

static bool fails(const char **why, const char *text)
{
    *why = text;
    return false;
}

static uint16_t usual_port(bool https)
{
    return https ? 443 : 80;
}

/* Letters of a host name; `_` occurs in practice, bytes >= 0x80 are left to the resolver. */
static bool host_char(unsigned char c)
{
    return isalnum(c) || c >= 0x80 || (c && strchr("-._~!$&'()*+,;=%", c));
}

static bool parse_port(struct url *url, const char *p, size_t n, const char **why)
{
    unsigned long port = 0;

    if (!n) {
        return true; /* "host:" is "host" (RFC 3986 3.2.3) */
    }
    for (size_t i = 0; i < n; i++) {
        if (!isdigit((unsigned char)p[i]) || port > 65535) {
            return fails(why, "the port is no number between 1 and 65535");
        }
        port = port * 10 + (unsigned long)(p[i] - '0');
    }
    if (port < 1 || port > 65535) {
        return fails(why, "the port is no number between 1 and 65535");
    }
    url->port = (uint16_t)port;
    url->has_port = url->port != usual_port(url->https);
    return true;
}

static bool parse_host(struct url *url, const char *p, size_t n, const char **why)
{
    const char *colon, *end;

    if (n && *p == '[') {
        end = memchr(p, ']', n);
        if (!end || end == p + 1) {
            return fails(why, "the [ of an IPv6 address is not closed");
        }
        for (const char *c = p + 1; c < end; c++) {
            if (!isxdigit((unsigned char)*c) && *c != ':' && *c != '.') {
                return fails(why, "what stands in [ ] is no IPv6 address");
            }
        }
        end++;
        url->host = (struct url_part){p, (size_t)(end - p)};
        if (end == p + n) {
            return true;
        }
        if (*end != ':') {
            return fails(why, "something stands between the host and its port");
        }
        return parse_port(url, end + 1, (size_t)(p + n - end - 1), why);
    }
    colon = memchr(p, ':', n);
    url->host = (struct url_part){p, colon ? (size_t)(colon - p) : n};
    if (!url->host.n) {
        return fails(why, "no host");
    }
    for (size_t i = 0; i < url->host.n; i++) {
        if (!host_char((unsigned char)p[i])) {
            return fails(why, "the host holds a character that no host has");
        }
    }
    return !colon || parse_port(url, colon + 1, n - url->host.n - 1, why);
}

bool url_parse(struct url *url, const char *text, size_t n, const char **why)
{
    const char *end, *at, *p = text;
    size_t authority;

    *url = (struct url){0};
    if (n > URL_LIMIT) {
        return fails(why, "longer than 64 KB");
    }
    if (n >= 7 && strncasecmp(p, "http://", 7) == 0) {
        p += 7;
    } else if (n >= 8 && strncasecmp(p, "https://", 8) == 0) {
        url->https = true;
        p += 8;
    } else {
        return fails(why, "it does not begin with http:// or https://");
    }
    url->port = usual_port(url->https);
    end = memchr(text, '#', n);
    if (!end) {
        end = text + n;
    }
    for (authority = 0; p + authority < end && !strchr("/?\\", p[authority]); authority++) {
    }
    for (at = p + authority; at > p && at[-1] != '@'; at--) {
    }
    if (at > p) {
        url->user_info = (struct url_part){p, (size_t)(at - p - 1)};
        authority -= (size_t)(at - p);
        p = at;
    }
    if (!parse_host(url, p, authority, why)) {
        return false;
    }
    p += authority;
    at = memchr(p, '?', (size_t)(end - p));
    url->path = (struct url_part){p, (size_t)((at ? at : end) - p)};
    if (at) {
        url->query = (struct url_part){at, (size_t)(end - at)};
    }
    if (url->path.n && url->path.p[0] != '/') {
        return fails(why, "the path does not begin with /"); /* a backslash */
    }
    return true;
}

void url_write_host(struct bytes *out, const struct url *url)
{
    for (size_t i = 0; i < url->host.n; i++) {
        bytes_add_char(out, (char)tolower((unsigned char)url->host.p[i]));
    }
    if (url->has_port) {
        bytes_format(out, ":%u", url->port);
    }
}

void url_write_origin(struct bytes *out, const struct url *url)
{
    bytes_add_text(out, url->https ? "https://" : "http://");
    url_write_host(out, url);
}

void url_write_target(struct bytes *out, const struct url *url)
{
    if (!url->path.n) {
        bytes_add_char(out, '/');
    }
    bytes_add(out, url->path.p, url->path.n);
    bytes_add(out, url->query.p, url->query.n);
}

void url_write(struct bytes *out, const struct url *url)
{
    url_write_origin(out, url);
    url_write_target(out, url);
}

bool url_same_origin(const struct url *a, const struct url *b)
{
    return a->https == b->https && a->port == b->port && a->host.n == b->host.n &&
           strncasecmp(a->host.p, b->host.p, a->host.n) == 0;
}

/* ------------------------------------------------------------------ joining */

static bool starts(struct url_part s, const char *text)
{
    size_t n = strlen(text);

    return s.n >= n && memcmp(s.p, text, n) == 0;
}

static void skip(struct url_part *s, size_t n)
{
    s->p += n;
    s->n -= n;
}

/* RFC 3986 5.2.4; `floor` is where the path begins in out. */
static void remove_dot_segments(struct bytes *out, struct url_part in)
{
    size_t base = out->n;

    while (in.n) {
        if (starts(in, "../")) {
            skip(&in, 3);
        } else if (starts(in, "./")) {
            skip(&in, 2);
        } else if (starts(in, "/./") || (in.n == 2 && starts(in, "/."))) {
            if (in.n == 2) {
                bytes_add_char(out, '/');
                break;
            }
            skip(&in, 2);
        } else if (starts(in, "/../") || (in.n == 3 && starts(in, "/.."))) {
            bool last = in.n == 3;

            while (out->n > base && out->p[--out->n] != '/') {
            }
            if (out->p) {
                out->p[out->n] = '\0';
            }
            if (last) {
                bytes_add_char(out, '/');
                break;
            }
            skip(&in, 3);
        } else if ((in.n == 1 && starts(in, ".")) || (in.n == 2 && starts(in, ".."))) {
            break;
        } else {
            size_t n = 1;

            while (n < in.n && in.p[n] != '/') {
                n++;
            }
            bytes_add(out, in.p, n);
            skip(&in, n);
        }
    }
}

/* Whether a reference begins with "scheme:". */
static bool has_scheme(const char *p, size_t n)
{
    size_t i;

    if (!n || !isalpha((unsigned char)p[0])) {
        return false;
    }
    for (i = 1; i < n && (isalnum((unsigned char)p[i]) || (p[i] && strchr("+-.", p[i]))); i++) {
    }
    return i < n && p[i] == ':';
}

/* User info in it is left out: a redirect does not log anybody in. */
static bool write_absolute(struct bytes *out, const char *text, size_t n, const char **why)
{
    struct url url;

    if (!url_parse(&url, text, n, why)) {
        return false;
    }
    url_write_origin(out, &url);
    if (!url.path.n) {
        bytes_add_char(out, '/');
    }
    remove_dot_segments(out, url.path);
    bytes_add(out, url.query.p, url.query.n);
    return true;
}

static bool join_clean(struct bytes *out, const struct url *base, const char *p, size_t n, const char **why)
{
    struct bytes merged = {0};
    struct url_part path;
    const char *query;
    bool joined;

    if (has_scheme(p, n)) {
        return write_absolute(out, p, n, why);
    }
    if (n >= 2 && p[0] == '/' && p[1] == '/') {
        bytes_add_text(&merged, base->https ? "https:" : "http:");
        bytes_add(&merged, p, n);
        joined = write_absolute(out, merged.p, merged.n, why);
        bytes_free(&merged);
        return joined;
    }
    query = memchr(p, '?', n);
    path = (struct url_part){p, query ? (size_t)(query - p) : n};
    url_write_origin(out, base);
    if (!path.n) {
        struct url_part same = base->path;

        if (same.n) {
            bytes_add(out, same.p, same.n);
        } else {
            bytes_add_char(out, '/');
        }
        if (!query) {
            bytes_add(out, base->query.p, base->query.n);
        }
    } else if (path.p[0] == '/') {
        remove_dot_segments(out, path);
    } else {
        size_t keep = base->path.n;

        while (keep && base->path.p[keep - 1] != '/') {
            keep--;
        }
        bytes_add(&merged, base->path.p, keep);
        if (!keep) {
            bytes_add_char(&merged, '/');
        }
        bytes_add(&merged, path.p, path.n);
        remove_dot_segments(out, (struct url_part){merged.p, merged.n});
        bytes_free(&merged);
    }
    if (query) {
        bytes_add(out, query, n - path.n);
    }
    return true;
}

bool url_join(struct bytes *out, const struct url *base, const char *reference, size_t n, const char **why)
{
    struct bytes clean = {0};
    const char *fragment;
    bool joined;

    if (n > URL_LIMIT) {
        return fails(why, "longer than 64 KB");
    }
    while (n && isspace((unsigned char)*reference)) {
        reference++;
        n--;
    }
    while (n && isspace((unsigned char)reference[n - 1])) {
        n--;
    }
    fragment = memchr(reference, '#', n);
    if (fragment) {
        n = (size_t)(fragment - reference);
    }
    url_clean(&clean, reference, n);
    joined = join_clean(out, base, bytes_text(&clean), clean.n, why);
    bytes_free(&clean);
    return joined;
}

/* ------------------------------------------------------------------ encoding */

static void add_encoded(struct bytes *out, unsigned char c)
{
    static const char digits[] = "0123456789ABCDEF";
    const char code[3] = {'%', digits[c >> 4], digits[c & 15]};

    bytes_add(out, code, sizeof code);
}

void url_clean(struct bytes *out, const char *text, size_t n)
{
    size_t plain = 0;

    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text[i];

        if (c > 0x20 && c < 0x7f && c != '"' && c != '<' && c != '>') {
            continue;
        }
        bytes_add(out, text + plain, i - plain);
        add_encoded(out, c);
        plain = i + 1;
    }
    bytes_add(out, text + plain, n - plain);
}

static bool unreserved(unsigned char c)
{
    return isalnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

void url_encode(struct bytes *out, const char *text, size_t n)
{
    size_t plain = 0;

    for (size_t i = 0; i < n; i++) {
        if (unreserved((unsigned char)text[i])) {
            continue;
        }
        bytes_add(out, text + plain, i - plain);
        add_encoded(out, (unsigned char)text[i]);
        plain = i + 1;
    }
    bytes_add(out, text + plain, n - plain);
}

void url_encode_form(struct bytes *out, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text[i];

        /* The set of the URL standard's application/x-www-form-urlencoded serializer. */
        if (isalnum(c) || c == '*' || c == '-' || c == '.' || c == '_') {
            bytes_add_char(out, (char)c);
        } else if (c == ' ') {
            bytes_add_char(out, '+');
        } else {
            add_encoded(out, c);
        }
    }
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

void url_decode(struct bytes *out, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (text[i] == '%' && i + 2 < n && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0) {
            bytes_add_char(out, (char)(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2])));
            i += 2;
        } else {
            bytes_add_char(out, text[i]);
        }
    }
}
