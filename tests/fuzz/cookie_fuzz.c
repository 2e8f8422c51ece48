/* The cookie jar: the input's lines are Set-Cookie values, a line that begins with @ names the place where the next ones come
 * from and go to. Whatever comes, the jar stays within its limits, and what it sends is a header and goes only where it may. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "http/cookie.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const int64_t now = 1750000000;

static void fail(const char *what)
{
    fprintf(stderr, "cookie_fuzz: %s\n", what);
    abort();
}

static void check_header(struct cookie_jar *jar, const struct url *url)
{
    struct bytes out = {0};

    cookie_write(jar, url, now, NULL, NULL, &out);
    for (size_t i = 0; i < out.n; i++) {
        unsigned char c = (unsigned char)out.p[i];

        if ((c < 0x20 && c != '\t') || c == 0x7f) {
            fail("a control character in what is sent");
        }
    }
    for (const char *p = out.p; p && !url->https; p = strstr(p, "; ") ? strstr(p, "; ") + 2 : NULL) {
        if (strncasecmp(p, "__Secure-", 9) == 0 || strncasecmp(p, "__Host-", 7) == 0) {
            fail("a cookie for TLS alone without TLS");
        }
    }
    bytes_free(&out);
}

/* A cookie of a host of its own goes to no other. */
static void check_strangers(struct cookie_jar *jar)
{
    struct url stranger;
    const char *why, there[] = "https://stranger.invalid/";
    struct bytes out = {0};

    url_parse(&stranger, there, sizeof there - 1, &why);
    cookie_write(jar, &stranger, now, NULL, NULL, &out);
    if (out.n) {
        fail("a cookie goes to a host that set none");
    }
    bytes_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char home[] = "http://www.example.com/a/b";
    struct cookie_jar jar = {0};
    struct url url, other;
    const char *why, *p = (const char *)data, *end = p + size;
    bool strange = false;

    url_parse(&url, home, sizeof home - 1, &why);
    while (p < end) {
        const char *lf = memchr(p, '\n', (size_t)(end - p));
        size_t n = (size_t)((lf ? lf : end) - p);

        if (n && *p == '@') {
            if (url_parse(&other, p + 1, n - 1, &why)) {
                url = other;
                strange |= other.host.n >= 7 && strncasecmp(other.host.p + other.host.n - 7, "invalid", 7) == 0;
            }
        } else {
            cookie_store(&jar, &url, p, n, now);
        }
        if (jar.count > COOKIES_A_JAR) {
            fail("a jar beyond its limit");
        }
        check_header(&jar, &url);
        p += n + 1;
    }
    if (!strange) {
        check_strangers(&jar);
    }
    cookie_jar_free(&jar);
    return 0;
}
