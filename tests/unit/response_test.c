/* From the answer to the statistics: response words, verdicts, failures, retries, timeouts, stops. */
#include "http_fixture.h"

static int (*block)(const struct swarm_response *r);

static int judge(struct swarm_strand *strand, struct swarm_frame *base, const struct swarm_response *r)
{
    (void)strand;
    (void)base;
    return block(r);
}

static const struct swarm_path_step price[] = {{"items", 5}, {NULL, 1}, {"price", 5}}, nope[] = {{"nope", 4}};
static const struct swarm_path paths[] = {{price, 3, "json.items[1].price"}, {nope, 1, "json.nope"}};
static const struct swarm_call call = GET_A(.judge = judge, .keep_body = true, .paths = paths, .path_count = 2);
static const struct swarm_call bare = GET_A();

/* Runs a block over an answer; the failure it counted, or "" when the request did not fail. */
static const char *judged(int (*how)(const struct swarm_response *r), int status, const char *lines, const char *body)
{
    static char before[128];

    snprintf(before, sizeof before, "%s", counts("GET", "/a"));
    block = how;
    if (!fetch(&call)) {
        return "not started";
    }
    answer(status, lines, body);
    if (!s->answered) {
        return failure("GET", "/a");
    }
    struct stats_snapshot *snap = counted();
    const struct stats_row_view *row = stats_find(snap, "GET", "/a");
    unsigned long long requests = 0, failures = 0;
    bool failed;

    sscanf(before, "%llu/%llu", &requests, &failures);
    failed = row->failures > failures;
    if (row->requests != requests + 1) {
        fail("one request more is counted");
    }
    stats_snapshot_unref(snap);
    return failed ? failure("GET", "/a") : "";
}

/* ---- words ---- */

static void same_text(struct swarm_value v, const char *want, const char *name)
{
    char got[256];

    snprintf(got, sizeof got, "%.*s", v.kind == SWARM_TEXT ? (int)v.n : 4, v.kind == SWARM_TEXT ? v.text : "null");
    is_str(got, want, "%s", name);
}

static struct swarm_value named(const char *name)
{
    return swarm_text(name, (uint32_t)strlen(name));
}

static int words(const struct swarm_response *r)
{
    struct swarm_value all = swarm_response_headers(s, r, named("x-many"));

    is_int(swarm_status(r), 201, "status");
    is_int(swarm_size(r), 50, "size");
    same_text(swarm_body_text(s, r), "{\"items\": [{\"price\": 1}, {\"price\": 12.50}], \"z\":0}", "text");
    same_text(swarm_response_header(s, r, named("CONTENT-type")), "application/json", "a header in any case");
    same_text(swarm_response_header(s, r, named("X-Many")), "one", "the first of many");
    same_text(swarm_response_header(s, r, named("X-None")), "null", "a header that was not sent");
    is_int(all.n, 2, "all of many");
    same_text(all.items[1], "two", "the second");
    same_text(swarm_response_cookie(s, r, named("sid")), "abc", "a cookie");
    same_text(swarm_response_cookie(s, r, named("safe")), "kept",
              "a cookie that the jar refuses is in the answer all the same");
    same_text(swarm_response_cookie(s, r, named("none")), "null", "no cookie");
    same_text(swarm_url(s, r), "http://host/a", "url");
    is_int(swarm_history(s, r).n, 0, "no history");
    ok(swarm_equal(swarm_found(s, r, 0, &place), swarm_float(12.5)), "a path into the JSON");
    ok(swarm_is_null(swarm_found(s, r, 1, &place)), "a path that is not there");
    ok(!swarm_failed(s), "no error");
    return SWARM_CODE_BREAK;
}

static int not_json(const struct swarm_response *r)
{
    swarm_found(s, r, 0, &place);
    return SWARM_CODE_NEXT;
}

static void test_words(void)
{
    block = words;
    fetch(&call);
    answer(201,
           "Content-Type: application/json\nX-Many: one\nx-many: two\nSet-Cookie: sid=abc\nSet-Cookie: "
           "safe=kept; Secure",
           "{\"items\": [{\"price\": 1}, {\"price\": 12.50}], \"z\":0}");
    is_int(s->code, SWARM_CODE_BREAK, "what the block asked for");
    ok(s->answered && test_user.strand.ready, "the strand goes on");
    is_str(judged(not_json, 200, "", "<html><body>"), "not JSON: starts with \"<html>\"", "not JSON");
    is_int(s->exit, SWARM_REQUIRED, "an error in a block ends the task as require does");
    is_str(counted_error(), "", "and is no error of the task");
}

/* ---- verdicts ---- */

static int fine(const struct swarm_response *r)
{
    swarm_expect_status(s, r);
    return SWARM_CODE_NEXT;
}
static int expects(const struct swarm_response *r)
{
    if (!swarm_holds(s, swarm_status(r) == 201)) {
        swarm_unmet(s, &place, "expect status == 201", swarm_int(swarm_status(r)), swarm_int(201));
    }
    if (!swarm_holds(s, false)) {
        swarm_unmet_message(s, &place, named("second"));
    }
    swarm_expect_status(s, r);
    return SWARM_CODE_NEXT;
}
static int kinds_differ(const struct swarm_response *r)
{
    (void)r;
    swarm_unmet(s, &place, "expect json.five == \"5\"", swarm_int(5), named("5"));
    return SWARM_CODE_NEXT;
}
static int error_in_expect(const struct swarm_response *r)
{
    (void)r;
    if (!swarm_holds(s, swarm_need_int(s, named("n/a"), &place) > 3)) {
        swarm_unmet_plain(s, &place, "expect x > 3");
    }
    return SWARM_CODE_NEXT;
}
static int requires(const struct swarm_response *r)
{
    (void)r;
    swarm_unmet_plain(s, &place, "require ready");
    return swarm_require_left(s);
}
static int fails(const struct swarm_response *r)
{
    (void)r;
    swarm_fail(s, &place, named("my reason"));
    return SWARM_CODE_NEXT;
}
static int succeeds(const struct swarm_response *r)
{
    swarm_succeed(s);
    swarm_expect_status(s, r);
    return SWARM_CODE_NEXT;
}
static int fails_then_succeeds(const struct swarm_response *r)
{
    swarm_unmet_plain(s, &place, "expect first");
    return succeeds(r);
}
static int divides(const struct swarm_response *r)
{
    (void)r;
    swarm_divide(s, 1, 0, &place);
    return SWARM_CODE_NEXT;
}
static int saves(const struct swarm_response *r)
{
    static const struct swarm_place json_x = {"test.swarm", 9, "json.x"};

    (void)r;
    swarm_save_missing(s, &json_x, "x");
    return SWARM_CODE_NEXT;
}
static int reschedules(const struct swarm_response *r)
{
    (void)r;
    swarm_exit_with(s, SWARM_RESCHEDULE);
    return SWARM_CODE_NEXT;
}

static void test_verdicts(void)
{
    is_str(judged(fine, 399, "", ""), "", "399 is fine");
    is_str(judged(fine, 404, "", ""), "status 404 Not Found", "404 is not");
    is_str(judged(fine, 599, "", ""), "status 599", "a status without a standard reason");
    is_str(judged(expects, 500, "", ""), "expect status == 201: found 500", "the first verdict wins");
    is_int(s->exit, SWARM_NO_EXIT, "an expect ends nothing");
    is_str(judged(expects, 201, "", ""), "second", "a message of one's own");
    is_str(judged(kinds_differ, 200, "", ""), "expect json.five == \"5\": found 5 (number), wanted \"5\" (text)",
           "kinds that differ");
    is_str(judged(error_in_expect, 200, "", ""), "x: wanted a number, found \"n/a\"",
           "an error in an expect is its message");
    is_int(s->exit, SWARM_NO_EXIT, "and ends nothing");
    is_str(judged(requires, 200, "", ""), "require ready", "require");
    is_int(s->exit, SWARM_REQUIRED, "ends the task");
    is_str(judged(fails, 200, "", ""), "my reason", "fail");
    is_int(s->exit, SWARM_NO_EXIT, "ends the block alone");
    is_str(judged(succeeds, 503, "", ""), "", "succeed");
    is_str(judged(fails_then_succeeds, 200, "", ""), "expect first", "succeed does not take a failure back");
    like(judged(divides, 200, "", ""), "zero", "an error in a block");
    is_int(s->exit, SWARM_REQUIRED, "ends the task");
    is_str(judged(saves, 200, "", ""), "save x: json.x is missing", "a missing save");
    is_int(s->exit, SWARM_REQUIRED, "ends the task");
    is_str(judged(reschedules, 200, "", ""), "", "leaving a block is no failure");
    is_int(s->exit, SWARM_RESCHEDULE, "and goes on outside");
    is_str(counted_error(), "", "none of this is an error of the task");

    s->exit = SWARM_NO_EXIT;
    swarm_unmet(s, &place, "expect n == 3", swarm_int(2), swarm_int(3));
    is_str(counted_error(), "7 task: expect n == 3: found 2", "outside a block it is one, counted at once");
    is_int(s->exit, SWARM_NO_EXIT, "the task goes on");
    swarm_fail(s, &place, named("gone"));
    is_str(error_text(), "gone", "fail outside a block ends the task");
    s->exit = SWARM_NO_EXIT;

    fetch(&bare);
    answer(500, "", "x");
    is_str(failure("GET", "/a"), "status 500 Internal Server Error", "without a block 500 fails");
}

/* ---- no answer ---- */

static void breaks(enum exchange_error error, const char *text, const char *want)
{
    fetch(&call);
    break_off(error, text, error == EXCHANGE_REFUSED || error == EXCHANGE_NO_ADDRESS ? 0 : 1);
    is_str(failure("GET", "/a"), want, "%s", want);
    if (s->answered || s->exit != SWARM_NO_EXIT || !test_user.strand.ready) {
        fail("no answer: the block does not run, the task goes on");
    }
}

static int never(const struct swarm_response *r)
{
    (void)r;
    fail("the block does not run");
    return SWARM_CODE_NEXT;
}

static void test_no_answer(void)
{
    block = never;
    breaks(EXCHANGE_REFUSED, "", "connection refused");
    breaks(EXCHANGE_RESET, "", "connection reset");
    breaks(EXCHANGE_NO_ADDRESS, "", "no address for host");
    breaks(EXCHANGE_CONNECT_TIMEOUT, "", "connect timeout after 10s");
    breaks(EXCHANGE_CERTIFICATE, "it has expired", "certificate of host: it has expired");
    breaks(EXCHANGE_CLOSED, "", "closed before an answer");
    breaks(EXCHANGE_NO_DESCRIPTOR, "", "too many open files here (raise ulimit -n)");
    breaks(EXCHANGE_OTHER, "odd", "odd");
    for (int error = EXCHANGE_REFUSED; error <= EXCHANGE_OTHER; error++) {
        fetch(&call);
        break_off((enum exchange_error)error, "why", 1);
        if (strlen(failure("GET", "/a")) < 3 || s->answered) {
            fail("error %d has a message", error);
        }
    }
    fetch(&call);
    head_of(200, "Content-Length: 1000");
    under_way->sink->head(under_way);
    under_way->received = 10;
    break_off(EXCHANGE_INCOMPLETE, "", 1);
    is_str(failure("GET", "/a"), "incomplete body: 10 of 1000 bytes", "half a body");

    fetch(&call);
    under_way->sends = 1;
    under_way->sent = true;
    pass_time(59 * SWARM_S);
    ok(under_way, "under way after 59 s");
    pass_time(2 * SWARM_S);
    ok(!under_way && cancels == 1, "cancelled after 60 s");
    is_str(failure("GET", "/a"), "timeout after 1m", "timeout");
    fetch(&call);
    pass_time(61 * SWARM_S);
    is_str(failure("GET", "/a"), "connect timeout after 1m", "timeout before a byte went out");
}

/* ---- bodies ---- */

static int reads(const struct swarm_response *r)
{
    same_text(swarm_body_text(s, r), "0123456789", "a body in pieces");
    return SWARM_CODE_NEXT;
}

static void test_bodies(void)
{
    struct swarm_http http = no_http;

    is_str(judged(reads, 200, "", "0123456789"), "", "read");
    block = never;
    is_str(judged(never, 200, "Content-Encoding: gzip", "not gzip at all"),
           "cannot decode gzip body: incorrect header check", "bad data");
    ok(!s->answered, "is no complete response");
    close_user();

    http.max_body = 16;
    open_with("http://host", &http);
    is_str(judged(never, 200, "", "0123456789abcdefg"), "body larger than 16B", "a body larger than max_body");
    ok(!s->answered && !under_way, "is no complete response");
    is_str(judged(fine, 200, "", "0123456789abcdef"), "", "one of that size is");
    fetch(&bare);
    answer(200, "", "0123456789abcdefghijklmnop");
    ok(s->answered, "what is not read may be larger");
    is_str(counts("GET", "/a"), "3/1/0/0/59", "and is counted");
}

/* ---- retries, stops ---- */

static void test_retries(void)
{
    struct swarm_call retry = call;
    char before[64];

    retry.retries = 2;
    retry.backoff = 100 * SWARM_MS;
    block = fine;
    fetch(&retry);
    answer(503, "", "");
    ok(!under_way && !test_user.strand.ready, "a 503 waits for the next try");
    pass_time(99 * SWARM_MS);
    ok(!under_way, "for the backoff");
    pass_time(2 * SWARM_MS);
    ok(under_way, "then it is sent again");
    break_off(EXCHANGE_RESET, "", 1);
    pass_time(150 * SWARM_MS);
    ok(!under_way, "the wait doubles");
    pass_time(51 * SWARM_MS);
    answer(200, "", "x");
    is_str(counts("GET", "/a"), "1/0/2/0/1", "judged and counted once, two extra tries");

    fetch(&retry);
    for (int i = 0; i < 3; i++) {
        answer(429, "", "");
        pass_time(SWARM_S);
    }
    is_str(counts("GET", "/a"), "2/1/4/0/1", "the last try is judged");
    is_str(failure("GET", "/a"), "status 429 Too Many Requests", "as it is");
    fetch(&retry);
    answer(404, "", "");
    ok(!under_way && s->answered, "404 is not tried again");
    fetch(&retry);
    for (int i = 0; i < 3; i++) {
        break_off(EXCHANGE_REFUSED, "", 0);
        pass_time(SWARM_S);
    }
    is_str(counts("GET", "/a"), "4/3/4/0/1", "what never went out is no extra try");

    fetch(&retry);
    answer(500, "", "");
    strand_stop(&test_user.strand, SWARM_STOP);
    ok(under_way, "a soft stop makes a backoff one last try");
    answer(500, "", "");
    ok(!under_way && test_user.strand.ready, "which is the last");
    is_str(counts("GET", "/a"), "5/4/5/0/1", "and counted");
    test_user.strand.wanted = SWARM_NO_EXIT;

    fetch(&retry);
    strand_stop(&test_user.strand, SWARM_STOP);
    ok(under_way, "a soft stop lets a request finish");
    answer(500, "", "");
    ok(!under_way && test_user.strand.ready, "and starts no other try");
    is_int(fetch(&retry), false, "nothing is started while a stop is wanted");
    is_int(s->exit, SWARM_STOP, "the strand leaves");
    test_user.strand.wanted = SWARM_NO_EXIT;

    snprintf(before, sizeof before, "%s", counts("GET", "/a"));
    is_str(before, "6/5/5/0/1", "so far");
    fetch(&bare);
    under_way->sends = 1;
    under_way->sent = true;
    strand_stop(&test_user.strand, SWARM_CUT);
    ok(!under_way && test_user.strand.ready, "a cut cancels");
    is_str(counts("GET", "/a"), "6/5/5/1/1", "cut off: in no requests and failures");
    test_user.strand.wanted = SWARM_NO_EXIT;
    fetch(&bare);
    strand_stop(&test_user.strand, SWARM_CUT);
    is_str(counts("GET", "/a"), "6/5/5/1/1", "cut off before a byte went out: in nothing");
    test_user.strand.wanted = SWARM_NO_EXIT;
    fetch(&retry);
    answer(500, "", "");
    strand_stop(&test_user.strand, SWARM_CUT);
    is_str(counts("GET", "/a"), "6/5/5/2/1", "cut off between two tries: the first was seen");
    test_user.strand.wanted = SWARM_NO_EXIT;
}

int main(void)
{
    open_with("http://host", &no_http);
    test_words();
    test_verdicts();
    test_no_answer();
    test_bodies();
    close_user();
    open_with("http://host", &no_http);
    test_retries();
    close_user();
    return tap_done();
}
