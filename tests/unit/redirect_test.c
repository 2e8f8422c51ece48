/* Following redirects: methods, origins, limits, what is counted. */
#include "http_fixture.h"

#include "http/redirect.h"

static struct bytes seen_url, seen_history;
static int64_t seen_status;

static int judge(struct swarm_strand *strand, struct swarm_frame *base, const struct swarm_response *r)
{
    struct swarm_value url = swarm_url(strand, r), history = swarm_history(strand, r);

    (void)base;
    seen_status = swarm_status(r);
    bytes_clear(&seen_url, 0);
    bytes_add(&seen_url, url.text, url.n);
    bytes_clear(&seen_history, 0);
    for (uint32_t i = 0; i < history.n; i++) {
        bytes_add(&seen_history, history.items[i].text, history.items[i].n);
        bytes_add_text(&seen_history, " ");
    }
    return SWARM_CODE_NEXT;
}

static const struct swarm_header fixed[] = {
    {"X-Call", "stays"}, {"Authorization", "Basic home"}, {"Content-Language", "de"}};
static const struct swarm_call get = GET_A(.judge = judge, .headers = fixed, .header_count = 2);
static const struct swarm_call post = POST_B(.judge = judge, .body = "data", .body_size = 4,
                                             .content_type = "text/plain", .headers = fixed, .header_count = 3);

static void test_rules(void)
{
    static const struct {
        int status;
        const char *method, *next;
    } cases[] = {
        {301, "GET", "GET"},   {301, "POST", "GET"},   {301, "PUT", "PUT"},       {301, "HEAD", "HEAD"},
        {302, "GET", "GET"},   {302, "POST", "GET"},   {302, "DELETE", "DELETE"}, {303, "POST", "GET"},
        {303, "PUT", "GET"},   {303, "DELETE", "GET"}, {303, "HEAD", "HEAD"},     {303, "GET", "GET"},
        {307, "POST", "POST"}, {308, "POST", "POST"},  {308, "PATCH", "PATCH"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        is_str(redirect_method(cases[i].status, cases[i].method), cases[i].next, "%d of %s", cases[i].status,
               cases[i].method);
    }
    for (int status = 100; status < 600; status++) {
        bool follows = status == 301 || status == 302 || status == 303 || status == 307 || status == 308;

        if (redirect_status(status) != follows) {
            fail("%d is followed: %d", status, follows);
        }
    }
}

static void test_hops(void)
{
    fetch(&get);
    answer(302, "Location: /next?x=1#frag", "moved");
    like(started, "GET http://host:8080/next?x=1\n", "a path leaves the target's path");
    like(started, "Authorization: Basic home\n", "Authorization goes along at home");
    answer(301, "Location: last", "");
    like(started, "GET http://host:8080/last\n", "relative to the hop");
    answer(200, "", "end");
    is_int(seen_status, 200, "the last status is judged");
    is_str(bytes_text(&seen_url), "http://host:8080/last", "url");
    is_str(bytes_text(&seen_history), "http://host:8080/base/a http://host:8080/next?x=1 ", "history");
    is_str(counts("GET", "/a"), "1/0/0/0/3", "one request, no extra tries, the last body's bytes");
}

static void test_methods(void)
{
    fetch(&post);
    answer(302, "Location: /got", "");
    like(started, "GET http://host:8080/got\n", "302 makes a POST a GET");
    unlike(started, "Content-", "without its body's headers");
    unlike(started, "data", "and without its body");
    answer(200, "", "");
    fetch(&post);
    answer(307, "Location: /again", "");
    like(started, "POST http://host:8080/again\n", "307 keeps it");
    like(started, "Content-Language: de\nContent-Type: text/plain\n(4)\ndata", "with body and headers");
    answer(200, "", "");
}

static void test_origins(void)
{
    swarm_session_header(s, "X-Session", swarm_text("home", 4), &place);
    swarm_session_cookie(s, "sc", swarm_text("home", 4), &place);
    fetch(&get);
    like(started, "X-Session: home\n", "session headers at home");
    like(started, "Cookie: sc=home\n", "session cookies at home");
    answer(302, "Location: http://other.example/x\nSet-Cookie: first=1; Path=/", "");
    like(started, "X-Call: stays\n", "headers of the request go along");
    unlike(started, "X-Session", "session headers stay at home");
    unlike(started, "Authorization", "Authorization stays at home");
    unlike(started, "Cookie", "and the cookies");
    answer(302, "Location: http://other.example/y\nSet-Cookie: there=2", "");
    like(started, "Cookie: there=2\n", "cookies of the jar follow their domain");
    answer(302, "Location: http://host:8080/back", "");
    like(started, "X-Session: home\n", "back home they are sent again");
    like(started, "Cookie: first=1; sc=home\n", "with the jar's");
    answer(200, "", "");
    swarm_session_reset(s);
}

static void test_limits(void)
{
    struct swarm_call off = get;

    fetch(&get);
    for (int i = 0; i < 10; i++) {
        answer(302, "Location: /loop", "");
    }
    answer(200, "", "");
    ok(s->answered, "ten redirects are followed");
    fetch(&get);
    for (int i = 0; i < 11; i++) {
        answer(302, "Location: /loop", "");
    }
    ok(!s->answered && !under_way, "the eleventh is not");
    is_str(failure("GET", "/a"), "more than 10 redirects", "and says so");

    fetch(&get);
    answer(302, "Location: ftp://x/y", "");
    ok(!s->answered, "another scheme is no answer");
    like(failure("GET", "/a"), "cannot follow the redirect to \"ftp://x/y\": ", "and says so");

    fetch(&get);
    answer(302, "", "no location");
    ok(s->answered && seen_status == 302, "without Location it is the answer");

    off.follow = SWARM_OFF;
    fetch(&off);
    answer(302, "Location: /next", "");
    ok(s->answered && seen_status == 302 && !under_way, "follow off");

    fetch(&get);
    answer(302, "Location: http://other.example:81/secret", "");
    break_off(EXCHANGE_REFUSED, "", 0);
    is_str(failure("GET", "/a"), "connection refused after a redirect to http://other.example:81",
           "the hop that failed is named");

    fetch(&get);
    answer(302, "Location: /slow", "");
    pass_time(61 * SWARM_S);
    ok(!under_way && !s->answered, "the time limit is for all hops together");
    like(failure("GET", "/a"), "after 1m", "and says so");
}

static void test_counting(void)
{
    struct swarm_call retried = post;
    const char *before;

    is_str(before = counts("POST", "/b"), "2/0/0/0/0", "nothing extra so far");
    fetch(&post);
    answer(303, "Location: /a", "");
    head_of(200, "");
    under_way->sink->head(under_way);
    finish(EXCHANGE_OK, "", 2, true);
    is_str(counts("POST", "/b"), "3/0/1/0/0", "a hop that went out twice is one extra try");
    retried.retries = 1;
    fetch(&retried);
    answer(303, "Location: /a", "");
    answer(503, "", "");
    pass_time(SWARM_S);
    like(started, "POST http://host:8080/base/b\n", "a retry begins at the first URL");
    answer(200, "", "");
    is_str(counts("POST", "/b"), "4/0/2/0/0", "and is one extra try");
}

int main(void)
{
    open_with("http://host:8080/base", &no_http);
    test_rules();
    test_hops();
    test_methods();
    test_origins();
    test_limits();
    test_counting();
    close_user();
    bytes_free(&seen_url);
    bytes_free(&seen_history);
    return tap_done();
}
