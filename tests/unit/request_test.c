/* Building requests: URL, query, headers in order, cookies, bodies, authentication, session; errors send
 * nothing. */
#include "http_fixture.h"

#define DEFAULTS "User-Agent: swarm/" SWARM_VERSION "\nAccept: */*\nAccept-Encoding: gzip, deflate, br\n"

static void (*builder)(struct swarm_request *q);

static void build(struct swarm_strand *strand, struct swarm_frame *base, struct swarm_request *q)
{
    (void)strand;
    (void)base;
    builder(q);
}

static struct swarm_value text(const char *p)
{
    return swarm_text(p, (uint32_t)strlen(p));
}

/* What is sent when `how` builds it; the error when nothing is. */
static const char *built(struct swarm_call call, void (*how)(struct swarm_request *q))
{
    unsigned before = starts;

    builder = how;
    call.build = how ? build : NULL;
    if (!fetch(&call)) {
        if (starts != before) {
            fail("nothing is sent after an error");
        }
        return error_text();
    }
    answer(200, "", "");
    return started;
}

static const char *headers_of(const char *sent)
{
    const char *line = strchr(sent, '\n');

    return line ? line + 1 : sent;
}

static const char *first_line(const char *sent)
{
    static char line[1024];

    snprintf(line, sizeof line, "%.*s", (int)strcspn(sent, "\n"), sent);
    return line;
}

/* ---- URLs ---- */

static struct swarm_value value;
static void url_segment(struct swarm_request *q)
{
    swarm_url_text(q, "/p/", 3);
    swarm_url_segment(s, q, value, &place);
    swarm_url_text(q, "?c=", 3);
    swarm_url_component(s, q, value, &place);
}
static void url_value(struct swarm_request *q)
{
    swarm_url_value(s, q, value, &place);
}
static void url_origin(struct swarm_request *q)
{
    swarm_url_origin(s, q, value, &place);
    swarm_url_text(q, "/rest", 5);
}

static const char *url_with(void (*how)(struct swarm_request *q), struct swarm_value v)
{
    struct swarm_call call = CALL("GET", 0, NULL);

    value = v;
    return first_line(built(call, how));
}

static void test_urls(void)
{
    static const struct swarm_call plain = GET_A();
    static const struct swarm_call absolute = CALL("GET", 0, "https://Other.example:443/x?y#z");
    static const struct swarm_value list[] = {{.i = 1, .kind = SWARM_INT}};
    struct swarm_value raw = text("a/b c");

    is_str(first_line(built(plain, NULL)), "GET http://host:8080/base/a",
           "target and its path in front of a relative URL");
    is_str(first_line(built(absolute, NULL)), "GET https://other.example/x?y", "an absolute one as it is");
    is_str(url_with(url_segment, text("a b/c?d&é")),
           "GET http://host:8080/base/p/a%20b%2Fc%3Fd%26%C3%A9?c=a%20b%2Fc%3Fd%26%C3%A9", "encoded");
    is_str(url_with(url_segment, swarm_int(42)), "GET http://host:8080/base/p/42?c=42", "a number");
    is_str(url_with(url_segment, swarm_list(s, list, 1)), "GET http://host:8080/base/p/%5B1%5D?c=%5B1%5D", "a list");
    raw.raw = 1;
    is_str(url_with(url_segment, raw), "GET http://host:8080/base/p/a/b%20c?c=a/b%20c",
           "raw() is not encoded, but for what no URL holds");
    like(url_with(url_segment, swarm_null()), "x: wanted a value, found nothing", "null is an error");
    is_str(url_with(url_value, text("/from/value?q=1")), "GET http://host:8080/base/from/value?q=1",
           "a value from / on");
    is_str(url_with(url_value, text("http://v.example/x y")), "GET http://v.example/x%20y", "an absolute value");
    is_str(url_with(url_value, text("/x\r\nEvil: 1")), "GET http://host:8080/base/x%0D%0AEvil:%201",
           "line ends are encoded");
    like(url_with(url_value, text("relative")), "\"relative\" is no URL to send to: it neither begins with / nor",
         "a relative value");
    like(url_with(url_value, text("ftp://x/")), "\"ftp://x/\" is no URL", "another scheme");
    like(url_with(url_value, text("")), "\"\" is no URL", "an empty one");
    is_str(url_with(url_origin, text("http://o.example")), "GET http://o.example/rest", "an origin in front");
    is_str(url_with(url_origin, text("/v2")), "GET http://host:8080/base/v2/rest", "a path in front");
    is_str(counts("GET", "/a"), "11/0/0/0/0", "what was not sent is not counted");
}

/* ---- query and form ---- */

static const struct swarm_value pairs[] = {
    {.text = "k", .n = 1, .kind = SWARM_TEXT},
    {.text = "v w", .n = 3, .kind = SWARM_TEXT},
    {.text = "gone", .n = 4, .kind = SWARM_TEXT},
    {.kind = SWARM_NULL},
};
static void query(struct swarm_request *q)
{
    static const struct swarm_value items[] = {
        {.text = "x", .n = 1, .kind = SWARM_TEXT}, {.kind = SWARM_NULL}, {.i = 2, .kind = SWARM_INT}};

    swarm_query(s, q, text("a b"), text("c&d"), &place);
    swarm_query(s, q, text("none"), swarm_null(), &place);
    swarm_query(s, q, text("l"), swarm_list(s, items, 3), &place);
    swarm_query(s, q, swarm_null(), swarm_object(s, &place, pairs, 2), &place);
}
static void query_object(struct swarm_request *q)
{
    swarm_query(s, q, text("a"), swarm_object(s, &place, pairs, 2), &place);
}
static void form(struct swarm_request *q)
{
    swarm_form(s, q, text("name"), text("Ann & Bo"), &place);
    swarm_form(s, q, text("city"), text("Malmö"), &place);
    swarm_form(s, q, text("on"), swarm_bool(true), &place);
}
static void json(struct swarm_request *q)
{
    swarm_json_text(q, "{\"a\":", 5);
    swarm_json_value(s, q, text("x\"y"), &place);
    swarm_json_text(q, ",\"n\":", 5);
    swarm_json_value(s, q, swarm_null(), &place);
    swarm_json_text(q, "}", 1);
}
static void body(struct swarm_request *q)
{
    swarm_body(s, q, text("as it is"), &place);
}

static void test_bodies(void)
{
    static const struct swarm_call get = GET_A(), with_query = CALL("GET", 0, "/a?z=1#f"), post = POST_B();
    static const struct swarm_call constant =
        CALL("PUT", 0, "/a", .body = "fixed", .body_size = 5, .content_type = "application/json");

    is_str(first_line(built(get, query)), "GET http://host:8080/base/a?a%20b=c%26d&l=x&l=2&k=v%20w", "query");
    is_str(first_line(built(with_query, query)), "GET http://host:8080/base/a?z=1&a%20b=c%26d&l=x&l=2&k=v%20w",
           "behind a query that is there");
    like(built(get, query_object), "x: wanted a text, number or list, found {", "an object in a query");
    is_str(headers_of(built(post, form)),
           DEFAULTS "Content-Type: application/x-www-form-urlencoded\n(39)\nname=Ann+%26+Bo&city=Malm%C3%B6&on=true",
           "form");
    is_str(headers_of(built(post, json)),
           DEFAULTS "Content-Type: application/json\n(21)\n{\"a\":\"x\\\"y\",\"n\":null}", "json");
    is_str(headers_of(built(post, body)), DEFAULTS "(8)\nas it is", "body: no type of its own");
    is_str(headers_of(built(constant, NULL)), DEFAULTS "Content-Type: application/json\n(5)\nfixed", "a constant body");
    is_str(headers_of(built(post, NULL)), DEFAULTS "(0)\n", "a POST without a body has the length 0");
    is_str(headers_of(built(get, NULL)), DEFAULTS, "a GET has none");
}

/* ---- headers ---- */

static void header_value(struct swarm_request *q)
{
    swarm_header(s, q, "X-Value", value, &place);
}
static void cookie_value_of(struct swarm_request *q)
{
    swarm_cookie(s, q, "c", value, &place);
}
static void own_headers(struct swarm_request *q)
{
    swarm_header(s, q, "x-kind", text("request"), &place);
    swarm_header(s, q, "Accept", swarm_null(), &place);
    swarm_header(s, q, "Content-Length", text("999"), &place);
    swarm_header(s, q, "Content-Type", text("text/x"), &place);
    swarm_body(s, q, text("b"), &place);
}
static void basic(struct swarm_request *q)
{
    swarm_auth(s, q, SWARM_AUTH_BASIC, text("Aladdin"), text("open sesame"), &place);
}
static void bearer(struct swarm_request *q)
{
    swarm_auth(s, q, SWARM_AUTH_BEARER, text("tok\nen"), swarm_null(), &place);
}

static void test_headers(void)
{
    static const struct swarm_header fixed[] = {{"X-One", "1"}, {"X-Kind", "call"}};
    static const struct swarm_call get = GET_A(), call = GET_A(.headers = fixed, .header_count = 2);
    struct swarm_call plain_encoding = GET_A();

    plain_encoding.compressed = SWARM_ENCODING_OFF;
    is_str(headers_of(built(call, NULL)), DEFAULTS "X-One: 1\nX-Kind: call\n", "constant headers in their order");
    is_str(headers_of(built(plain_encoding, NULL)), "User-Agent: swarm/" SWARM_VERSION "\nAccept: */*\n",
           "compressed off");
    value = swarm_int(5);
    like(built(get, header_value), "X-Value: 5\n", "a computed header");
    value = swarm_null();
    unlike(built(get, header_value), "X-Value", "null is not sent");
    value = text("a\r\nEvil: 1");
    like(built(get, header_value), "header \"X-Value\": the value holds a line end", "a line end in a value");
    value = swarm_text("a\0b", 3);
    like(built(get, header_value), "header \"X-Value\": the value holds", "a NUL in a value");
    value = text("a;b");
    like(built(get, cookie_value_of), "cookie \"c\": the value holds a ;", "a ; in a cookie");
    like(built(get, basic), "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\n", "auth basic (RFC 7617)");
    like(built(get, bearer), "line end", "a line end in a token");

    s->exit = SWARM_NO_EXIT;
    swarm_session_header(s, "X-Kind", text("session"), &place);
    swarm_session_header(s, "X-Session", text("yes"), &place);
    is_str(headers_of(built(get, own_headers)),
           "User-Agent: swarm/" SWARM_VERSION
           "\nAccept-Encoding: gzip, deflate, br\nx-kind: request\nX-Session: yes\nContent-Type: text/x\n(1)\nb",
           "request beats session; null takes a default away; the length is ours");
    swarm_session_header(s, "X-Session", swarm_null(), &place);
    is_str(headers_of(built(get, NULL)), DEFAULTS "X-Kind: session\n", "null takes a session's header back");
    for (int i = 0; i < 5000; i++) {
        swarm_session_header(s, "X-Kind", text("a value that is set anew in every round of a task"), &place);
    }
    ok(session_settings(&test_user)->headers.text.capacity < 64 * 1024,
       "a session that is set again and again does not grow");
    swarm_session_reset(s);
    is_str(headers_of(built(get, NULL)), DEFAULTS, "session reset");
    ok(!session_of(&test_user)->settings && sizeof(struct session) <= 64,
       "a user that sets nothing holds no room for it");
}

/* ---- cookies and session ---- */

static void own_cookie(struct swarm_request *q)
{
    swarm_cookie(s, q, "b", text("request"), &place);
    swarm_cookie(s, q, "d", text("own"), &place);
}
static void whole_cookie(struct swarm_request *q)
{
    swarm_header(s, q, "Cookie", text("all=mine"), &place);
}

static void test_session(void)
{
    static const struct swarm_call get = GET_A();

    fetch(&get);
    answer(200, "Set-Cookie: a=jar\nSet-Cookie: b=jar\nSet-Cookie: e=elsewhere; Path=/other", "");
    like(built(get, NULL), "Cookie: a=jar; b=jar\n", "cookies of the jar");
    swarm_session_cookie(s, "b", text("session"), &place);
    swarm_session_cookie(s, "c", text("session"), &place);
    like(built(get, NULL), "Cookie: a=jar; b=session; c=session\n", "session beats jar");
    like(built(get, own_cookie), "Cookie: a=jar; c=session; b=request; d=own\n", "request beats session");
    like(built(get, whole_cookie), "Cookie: all=mine\n", "a header Cookie is the whole of it");
    swarm_session_auth(s, SWARM_AUTH_BEARER, text("t0ken"), swarm_null(), &place);
    like(built(get, NULL), "Authorization: Bearer t0ken\n", "session auth");
    like(built(get, basic), "Authorization: Basic QWxh", "request beats session");
    swarm_session_target(s, text("https://tenant.example/t/"), &place);
    is_str(first_line(built(get, NULL)), "GET https://tenant.example/t/a", "session target");
    unlike(started, "a=jar", "cookies do not follow to another host");
    is_uint(sessions_open, 1, "connections are open");
    swarm_session_reset(s);
    is_uint(sessions_open, 0, "session reset closes them");
    is_str(built(get, NULL), "GET http://host:8080/base/a\n" DEFAULTS, "and drops everything");
    swarm_session_target(s, text("tenant"), &place);
    like(error_text(), "session target: \"tenant\" is no URL to send to", "a wrong session target");
}

static void test_http_block(void)
{
    static const struct swarm_header headers[] = {{"X-Kind", "http"}, {"User-Agent", "mine"}};
    static const struct swarm_call get = GET_A();
    struct swarm_http http = no_http;
    char why[200];

    http.headers = headers;
    http.header_count = 2;
    http.auth = SWARM_AUTH_BASIC;
    http.auth_a = "u";
    http.auth_b = "p";
    http.compressed = SWARM_ENCODING_GZIP;
    open_with("http://me:pw%21@host", &http);
    is_str(built(get, NULL),
           "GET http://host/a\nUser-Agent: mine\nAccept: */*\nAccept-Encoding: gzip\nAuthorization: Basic "
           "dTpw\nX-Kind: http\n",
           "http { }");
    close_user();
    open_with("http://me:pw%21@host", &no_http);
    like(built(get, NULL), "Authorization: Basic bWU6cHch\n", "user and password of a target");
    close_user();
    open_with(NULL, &no_http);
    like(built(get, NULL), "\"/a\" is no URL to send to: it has no host and there is no target", "no target");
    close_user();
    ok(http_target_valid("http://host:1/path", why, sizeof why), "a target");
    ok(!http_target_valid("host:1", why, sizeof why), "no scheme");
    ok(!http_target_valid("http://host/?q", why, sizeof why), "a query");
    ok(!http_target_valid("http://ho st/", why, sizeof why), "a space");
}

int main(void)
{
    open_with("http://host:8080/base/", &no_http);
    test_urls();
    test_bodies();
    test_headers();
    test_session();
    close_user();
    test_http_block();
    return tap_done();
}
