/* URLs: taking apart, joining, encoding. */
#include "tap.h"

#include "http/url.h"

static void parses(const char *text, bool https, const char *host, unsigned port, const char *path, const char *query)
{
    struct url url;
    const char *why = "";
    char got[512];

    if (!ok(url_parse(&url, text, strlen(text), &why), "%s is a URL %s", text, why)) {
        return;
    }
    snprintf(got, sizeof got, "%d %.*s %u %.*s %.*s", url.https, (int)url.host.n, url.host.p, url.port, (int)url.path.n,
             url.path.p, (int)url.query.n, url.query.n ? url.query.p : "");
    char want[512];
    snprintf(want, sizeof want, "%d %s %u %s %s", https, host, port, path, query);
    is_str(got, want, "parts of %s", text);
}

static void refuses(const char *text, const char *part)
{
    struct url url;
    const char *why = "";

    ok(!url_parse(&url, text, strlen(text), &why), "\"%s\" is refused", text);
    like(why, part, "and said why");
}

static const char *joined(const char *base, const char *reference)
{
    static struct bytes out;
    struct url url;
    const char *why;

    bytes_clear(&out, SIZE_MAX);
    if (!url_parse(&url, base, strlen(base), &why)) {
        return why;
    }
    return url_join(&out, &url, reference, strlen(reference), &why) ? bytes_text(&out) : why;
}

static void test_parse(void)
{
    parses("http://example.com", false, "example.com", 80, "", "");
    parses("https://example.com/", true, "example.com", 443, "/", "");
    parses("HTTP://Example.COM:8080/a/b?c=d#e", false, "Example.COM", 8080, "/a/b", "?c=d");
    parses("http://user:pass@host/x", false, "host", 80, "/x", "");
    parses("http://a@b@host/x", false, "host", 80, "/x", "");
    parses("http://[::1]:81/x", false, "[::1]", 81, "/x", "");
    parses("http://host?q", false, "host", 80, "", "?q");
    parses("http://host#f?x", false, "host", 80, "", "");
    parses("http://host:/x", false, "host", 80, "/x", "");
    parses("http://127.0.0.1:65535/", false, "127.0.0.1", 65535, "/", "");

    refuses("", "http://");
    refuses("ftp://x", "http://");
    refuses("/path", "http://");
    refuses("http://", "no host");
    refuses("http:///x", "no host");
    refuses("http://:80/", "no host");
    refuses("http://host:0/", "port");
    refuses("http://host:65536/", "port");
    refuses("http://host:99999999999999999999/", "port");
    refuses("http://host:8a/", "port");
    refuses("http://ho st/", "host");
    refuses("http://ho\"st/", "host");
    refuses("http://[::1/", "not closed");
    refuses("http://[]/", "[");
    refuses("http://[::1]x/", "between");
    refuses("http://[g]/", "IPv6");
    refuses("http://host\\x", "path");
}

static void test_write(void)
{
    struct bytes out = {0};
    struct url url, other;
    const char *why;

    url_parse(&url, "HTTPS://u:p@Host.Example:443?a", 30, &why);
    url_write(&out, &url);
    is_str(out.p, "https://host.example/?a", "written without user info, usual port and capitals, with a path");
    bytes_clear(&out, 0);
    url_parse(&other, "https://HOST.example/else", 25, &why);
    ok(url_same_origin(&url, &other), "the same origin");
    url_parse(&other, "http://host.example/else", 24, &why);
    ok(!url_same_origin(&url, &other), "another scheme is another origin");
    url_parse(&other, "https://host.example:444/", 25, &why);
    ok(!url_same_origin(&url, &other), "another port is another origin");
    bytes_free(&out);
}

/* RFC 3986 5.4, with http://a/b/c/d;p?q as base and no fragments. */
static void test_join(void)
{
    static const char *const cases[][2] = {
        {"g", "http://a/b/c/g"},
        {"./g", "http://a/b/c/g"},
        {"g/", "http://a/b/c/g/"},
        {"/g", "http://a/g"},
        {"//g", "http://g/"},
        {"?y", "http://a/b/c/d;p?y"},
        {"g?y", "http://a/b/c/g?y"},
        {"#s", "http://a/b/c/d;p?q"},
        {"g#s", "http://a/b/c/g"},
        {";x", "http://a/b/c/;x"},
        {"g;x", "http://a/b/c/g;x"},
        {"g;x?y#s", "http://a/b/c/g;x?y"},
        {"", "http://a/b/c/d;p?q"},
        {".", "http://a/b/c/"},
        {"./", "http://a/b/c/"},
        {"..", "http://a/b/"},
        {"../", "http://a/b/"},
        {"../g", "http://a/b/g"},
        {"../..", "http://a/"},
        {"../../", "http://a/"},
        {"../../g", "http://a/g"},
        {"../../../g", "http://a/g"},
        {"../../../../g", "http://a/g"},
        {"/./g", "http://a/g"},
        {"/../g", "http://a/g"},
        {"g.", "http://a/b/c/g."},
        {".g", "http://a/b/c/.g"},
        {"g..", "http://a/b/c/g.."},
        {"..g", "http://a/b/c/..g"},
        {"./../g", "http://a/b/g"},
        {"./g/.", "http://a/b/c/g/"},
        {"g/./h", "http://a/b/c/g/h"},
        {"g/../h", "http://a/b/c/h"},
        {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
        {"g;x=1/../y", "http://a/b/c/y"},
        {"g?y/./x", "http://a/b/c/g?y/./x"},
        {"g?y/../x", "http://a/b/c/g?y/../x"},
        {"http://x:81/y?z", "http://x:81/y?z"},
        {"HTTPS://X", "https://x/"},
        {"http://u:p@x/y", "http://x/y"},
        {"  /spaces around  ", "http://a/spaces%20around"},
        {"/m\xc3\xb6", "http://a/m%C3%B6"},
        {"/a%20b", "http://a/a%20b"},
        {"/x\r\nY: z", "http://a/x%0D%0AY:%20z"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        is_str(joined("http://a/b/c/d;p?q", cases[i][0]), cases[i][1], "join %s", cases[i][0]);
    }
    is_str(joined("http://a", "g"), "http://a/g", "join to a base without a path");
    is_str(joined("http://a?x", ""), "http://a/?x", "an empty reference to a base without a path");
    like(joined("http://a/", "ftp://x/"), "http://", "another scheme is refused");
    like(joined("http://a/", "javascript:alert(1)"), "http://", "no scheme of that kind");
    like(joined("http://a/", "http://"), "no host", "no host");
}

static void test_encode(void)
{
    static const char all[] = "aZ0-._~ a/b?c#d&e=f+g%h\"\xc3\xa9";
    struct bytes out = {0};

    url_encode(&out, all, strlen(all));
    is_str(out.p, "aZ0-._~%20a%2Fb%3Fc%23d%26e%3Df%2Bg%25h%22%C3%A9", "a segment or component");
    bytes_clear(&out, 0);
    url_encode_form(&out, "a b+c~*&=\n", 10);
    is_str(out.p, "a+b%2Bc%7E*%26%3D%0A", "a form");
    bytes_clear(&out, 0);
    url_clean(&out, "/a b?c=\"d\"&e=%20\t<>", 19);
    is_str(out.p, "/a%20b?c=%22d%22&e=%20%09%3C%3E", "cleaned");
    bytes_clear(&out, 0);
    url_decode(&out, "a%20b%2g%", 9);
    is_str(out.p, "a b%2g%", "decoded, leaving what is malformed");
    bytes_free(&out);
}

int main(void)
{
    test_parse();
    test_write();
    test_join();
    test_encode();
    return tap_done();
}
