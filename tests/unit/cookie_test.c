/* Cookies: dates, attributes, which go where, bounds. */
#include "tap.h"

#include "http/cookie.h"

static const int64_t now = 1700000000; /* 2023-11-14T22:13:20Z */
static struct cookie_jar jar;

static struct url url_of(const char *text)
{
    struct url url;
    const char *why;

    if (!url_parse(&url, text, strlen(text), &why)) {
        bail_out("%s: %s", text, why);
    }
    return url;
}

static bool set(const char *from, const char *text)
{
    struct url url = url_of(from);

    return cookie_store(&jar, &url, text, strlen(text), now);
}

static const char *sent_at(const char *to, int64_t when)
{
    static struct bytes out;
    struct url url = url_of(to);

    bytes_clear(&out, SIZE_MAX);
    cookie_write(&jar, &url, when, NULL, NULL, &out);
    return bytes_text(&out);
}

static const char *sent(const char *to)
{
    return sent_at(to, now);
}

/* After setting one cookie in an empty jar. */
static void goes(const char *from, const char *text, const char *to, const char *want)
{
    cookie_jar_free(&jar);
    set(from, text);
    is_str(sent(to), want, "%s of %s, sent to %s", text, from, to);
}

static void test_dates(void)
{
    static const struct {
        const char *text;
        int64_t seconds; /* -1: no date */
    } cases[] = {
        {"Wed, 09 Jun 2021 10:18:14 GMT", 1623233894},
        {"Wednesday, 09-Jun-21 10:18:14 GMT", 1623233894},
        {"Wed Jun  9 10:18:14 2021", 1623233894},
        {"09 jun 2021 10:18:14", 1623233894},
        {"10:18:14 2021 jun 9", 1623233894},
        {"Thu, 01 Jan 1970 00:00:00 GMT", 0},
        {"Thu, 01-Jan-70 00:00:01 GMT", 1},
        {"Fri, 29 Feb 2024 23:59:59 GMT", 1709251199},
        {"1 Jan 69 0:0:0", 3124224000},
        {"31 Dec 9999 23:59:59", 253402300799},
        {"", -1},
        {"tomorrow", -1},
        {"29 Feb 2023 00:00:00", -1},
        {"32 Jan 2021 00:00:00", -1},
        {"1 Jan 2021 24:00:00", -1},
        {"1 Jan 2021 00:60:00", -1},
        {"1 Jan 1600 00:00:00", -1},
        {"1 Jan 2021", -1},
        {"2021 00:00:00", -1},
        {"0", -1},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t seconds = -1;
        bool is = cookie_date(cases[i].text, strlen(cases[i].text), &seconds);

        is_int(is ? seconds : -1, cases[i].seconds, "date \"%s\"", cases[i].text);
    }
}

static void test_syntax(void)
{
    goes("http://h/", "a=b", "http://h/", "a=b");
    goes("http://h/", "  a =  b c ; Path=/", "http://h/", "a=b c");
    goes("http://h/", "a=\"b\"", "http://h/", "a=\"b\"");
    goes("http://h/", "a=b=c", "http://h/", "a=b=c");
    goes("http://h/", "a=", "http://h/", "a=");
    goes("http://h/", "alone", "http://h/", "alone");
    goes("http://h/", "=value", "http://h/", "value");
    goes("http://h/", "", "http://h/", "");
    goes("http://h/", ";a=b", "http://h/", "");
    goes("http://h/", "a=b\x01", "http://h/", "");
    goes("http://h/", "a=b; unknown; path=/x; PATH=/", "http://h/", "a=b");
    cookie_jar_free(&jar);
    char big[COOKIE_BYTES + 8];
    memset(big, 'x', sizeof big);
    memcpy(big, "n=", 2);
    big[COOKIE_BYTES + 2] = '\0';
    ok(!set("http://h/", big), "a cookie of more than 4 KB is refused");
    big[COOKIE_BYTES + 1] = '\0';
    ok(set("http://h/", big), "one of 4 KB is not");
}

static void test_domains(void)
{
    goes("http://a.example.com/", "x=1", "http://a.example.com/", "x=1");
    goes("http://a.example.com/", "x=1", "http://b.a.example.com/", "");
    goes("http://a.example.com/", "x=1; Domain=example.com", "http://b.example.com/", "x=1");
    goes("http://a.example.com/", "x=1; Domain=.Example.COM", "http://example.com/", "x=1");
    goes("http://a.example.com/", "x=1; Domain=b.example.com", "http://b.example.com/", "");
    goes("http://example.com/", "x=1; Domain=ample.com", "http://ample.com/", "");
    goes("http://a.co.uk/", "x=1; Domain=co.uk", "http://b.co.uk/", "");
    goes("http://a.com/", "x=1; Domain=com", "http://b.com/", "");
    goes("http://a.github.io/", "x=1; Domain=github.io", "http://b.github.io/", "");
    goes("http://github.io/", "x=1; Domain=github.io", "http://github.io/", "x=1");
    goes("http://github.io/", "x=1; Domain=github.io", "http://b.github.io/", "");
    goes("http://localhost/", "x=1; Domain=localhost", "http://localhost/", "x=1");
    goes("http://127.0.0.1/", "x=1; Domain=127.0.0.1", "http://127.0.0.1/", "x=1");
    goes("http://127.0.0.1/", "x=1; Domain=0.0.1", "http://127.0.0.1/", "");
    goes("http://127.0.0.1:80/", "x=1", "http://127.0.0.1:8080/", "x=1");
    goes("http://[::1]/", "x=1", "http://[::1]/", "x=1");
    goes("http://A.example.com/", "x=1", "http://a.EXAMPLE.com/", "x=1");
}

static void test_paths(void)
{
    goes("http://h/a/b", "x=1", "http://h/a/c", "x=1");
    goes("http://h/a/b", "x=1", "http://h/a", "x=1");
    goes("http://h/a/b", "x=1", "http://h/ab", "");
    goes("http://h/a", "x=1", "http://h/", "x=1");
    goes("http://h/a/b", "x=1; Path=/", "http://h/", "x=1");
    goes("http://h/", "x=1; Path=/a", "http://h/a/b", "x=1");
    goes("http://h/", "x=1; Path=/a/", "http://h/a", "");
    goes("http://h/", "x=1; Path=a", "http://h/z", "x=1");
    goes("http://h", "x=1", "http://h", "x=1");
    cookie_jar_free(&jar);
    set("http://h/", "a=short; Path=/");
    set("http://h/", "b=long; Path=/x/y");
    set("http://h/", "c=middle; Path=/x");
    set("http://h/", "d=late; Path=/");
    is_str(sent("http://h/x/y"), "b=long; c=middle; a=short; d=late", "longer paths first, then older ones");
}

static void test_life(void)
{
    goes("http://h/", "x=1; Max-Age=10", "http://h/", "x=1");
    is_str(sent_at("http://h/", now + 9), "x=1", "before Max-Age is over");
    is_str(sent_at("http://h/", now + 10), "", "when it is over");
    goes("http://h/", "x=1; Max-Age=0", "http://h/", "");
    goes("http://h/", "x=1; Max-Age=-5", "http://h/", "");
    goes("http://h/", "x=1; Max-Age=abc", "http://h/", "x=1");
    goes("http://h/", "x=1; Max-Age=99999999999999999999", "http://h/", "x=1");
    goes("http://h/", "x=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "http://h/", "");
    goes("http://h/", "x=1; Expires=Thu, 01 Jan 2099 00:00:00 GMT", "http://h/", "x=1");
    goes("http://h/", "x=1; Expires=never", "http://h/", "x=1");
    goes("http://h/", "x=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=10", "http://h/", "x=1");
    cookie_jar_free(&jar);
    set("http://h/", "x=1");
    set("http://h/", "y=1");
    set("http://h/", "x=2");
    is_str(sent("http://h/"), "x=2; y=1", "a new value keeps the place");
    set("http://h/", "x=longer");
    is_str(sent("http://h/"), "x=longer; y=1", "a longer one too");
    set("http://h/a/", "z=3; Path=/a");
    set("http://h/a/", "w=4; Path=/a");
    is_str(sent("http://h/a"), "z=3; w=4; x=longer; y=1", "those of longer paths first, then older ones");
    set("http://h/a/", "z=; Path=/a; Max-Age=0");
    set("http://h/a/", "w=; Path=/a; Max-Age=0");
    set("http://h/", "x=; Max-Age=0");
    is_str(sent("http://h/"), "y=1", "deleted");
    is_uint(jar.count, 1, "and gone from the jar");
}

static void test_secure(void)
{
    goes("https://h/", "x=1; Secure", "https://h/", "x=1");
    goes("https://h/", "x=1; Secure", "http://h/", "");
    goes("http://h/", "x=1; Secure", "https://h/", "");
    goes("https://h.example/", "__Secure-x=1; Secure", "https://h.example/", "__Secure-x=1");
    goes("https://h.example/", "__Secure-x=1", "https://h.example/", "");
    goes("https://h.example/", "__Host-x=1; Secure; Path=/", "https://h.example/", "__Host-x=1");
    goes("https://h.example/", "__Host-x=1; Secure", "https://h.example/", "");
    goes("https://h.example/", "__Host-x=1; Secure; Path=/a", "https://h.example/a", "");
    goes("https://h.example/", "__Host-x=1; Secure; Path=/; Domain=h.example", "https://h.example/", "");
    goes("https://h.example/", "__Host-x", "https://h.example/", "");
    goes("https://h.example/", "=__secure-x; Secure", "https://h.example/", "");
    cookie_jar_free(&jar);
    set("https://h/", "x=safe; Secure");
    ok(!set("http://h/", "x=evil"), "a cookie without Secure does not cover one with it");
    is_str(sent("https://h/"), "x=safe", "which stays");
}

static void test_bounds(void)
{
    char text[64];

    cookie_jar_free(&jar);
    for (int i = 0; i < 200; i++) {
        snprintf(text, sizeof text, "c%d=x", i);
        set("http://h.example/", text);
        sent("http://h.example/only"); /* uses all */
    }
    is_uint(jar.count, COOKIES_A_DOMAIN, "cookies of a domain are bounded");
    like(sent("http://h.example/"), "c199=x", "the newest are there");
    for (int i = 0; i < 2000; i++) {
        char from[64];

        snprintf(from, sizeof from, "http://h%d.example/", i);
        set(from, "a=b");
    }
    is_uint(jar.count, COOKIES_A_JAR, "cookies of a user are bounded");
    is_str(sent("http://h1999.example/"), "a=b", "the newest is there");
}

static void test_others(void)
{
    struct fields own = {0};
    struct bytes out = {0};
    struct url url = url_of("http://h/");

    cookie_jar_free(&jar);
    set("http://h/", "a=1");
    set("http://h/", "b=2");
    fields_set(&own, "a", "9", 1);
    cookie_write(&jar, &url, now, &own, NULL, &out);
    is_str(out.p, "b=2", "a name that the request sets itself is left out");
    is_str(cookie_value(&jar, &url, now, "b", 1), "2", "a value by its name");
    is_str(cookie_value(&jar, &url, now, "B", 1), NULL, "case matters");
    bytes_free(&out);
    fields_free(&own);
}

int main(void)
{
    test_dates();
    test_syntax();
    test_domains();
    test_paths();
    test_life();
    test_secure();
    test_bounds();
    test_others();
    cookie_jar_free(&jar);
    return tap_done();
}
