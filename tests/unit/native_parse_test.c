/* The parser of answers: what it makes of bytes, and that limits and splits do not change it. tests/http/cases has many more, played
 * to whole engines. */
#include "tap.h"

#include "http/native_parse.h"

static struct head head;
static struct bytes body;
static struct native_parse parse;
static size_t left; /* bytes that were none of the answer's */

/* The last result, for the bytes given in pieces of `step`. */
static enum native_parse_result read_all(const char *text, size_t n, size_t step, bool no_body)
{
    enum native_parse_result result = NATIVE_PARSE_MORE;
    struct url_part piece;

    head_clear(&head);
    bytes_clear(&body, 0);
    native_parse_begin(&parse, no_body);
    for (size_t at = 0; at < n; at += step) {
        struct url_part input = {text + at, n - at < step ? n - at : step};

        do {
            result = native_parse(&parse, &head, &input, &piece);
            if (result == NATIVE_PARSE_BODY) {
                bytes_add(&body, piece.p, piece.n);
            }
        } while (result == NATIVE_PARSE_HEAD || result == NATIVE_PARSE_BODY);
        left = n - at - step < n ? input.n + (n - at > step ? n - at - step : 0) : input.n;
        if (result != NATIVE_PARSE_MORE) {
            return result;
        }
    }
    return result;
}

struct wanted {
    const char *name, *text;
    enum native_parse_result result;
    const char *body;
    size_t left;
    bool keep;
};

#define OK_LINE "HTTP/1.1 200 OK\r\n"

static const struct wanted cases[] = {
    {"a length", OK_LINE "Content-Length: 5\r\n\r\nhello", NATIVE_PARSE_DONE, "hello", 0, true},
    {"bytes behind the answer", OK_LINE "Content-Length: 2\r\n\r\nhiHTTP", NATIVE_PARSE_DONE, "hi", 4, true},
    {"the same length twice", OK_LINE "Content-Length: 2\r\nContent-Length: 2, 2\r\n\r\nhi", NATIVE_PARSE_DONE, "hi", 0,
     true},
    {"two lengths", OK_LINE "Content-Length: 2\r\nContent-Length: 3\r\n\r\nhi", NATIVE_PARSE_BAD, "", 0, false},
    {"a negative length", OK_LINE "Content-Length: -2\r\n\r\nhi", NATIVE_PARSE_BAD, "", 0, false},
    {"a length beyond 64 bits", OK_LINE "Content-Length: 99999999999999999999\r\n\r\nhi", NATIVE_PARSE_BAD, "", 0,
     false},
    {"chunks", OK_LINE "Transfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\nT: u\r\n\r\nX", NATIVE_PARSE_DONE, "abc",
     1, true},
    {"chunks and a length", OK_LINE "Content-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
     NATIVE_PARSE_DONE, "a", 0, false},
    {"a chunk without its size", OK_LINE "Transfer-Encoding: chunked\r\n\r\n;a\r\n", NATIVE_PARSE_BAD, "", 0, true},
    {"a chunk beyond 60 bits", OK_LINE "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n", NATIVE_PARSE_BAD, "",
     0, true},
    {"a coding that nobody asked for", OK_LINE "Transfer-Encoding: gzip, chunked\r\n\r\n", NATIVE_PARSE_BAD, "", 0,
     false},
    {"up to the end", OK_LINE "\r\nall", NATIVE_PARSE_MORE, "all", 0, false},
    {"Connection: close", OK_LINE "Connection: x, Close\r\nContent-Length: 0\r\n\r\n", NATIVE_PARSE_DONE, "", 0, false},
    {"HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", NATIVE_PARSE_DONE, "", 0, false},
    {"HTTP/1.0 that keeps", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n", NATIVE_PARSE_DONE,
     "", 0, true},
    {"a folded length", OK_LINE "Content-Length:\r\n 2\r\n\r\nhi", NATIVE_PARSE_DONE, "hi", 0, true},
    {"a blank before the colon", OK_LINE "Content-Length : 2\r\n\r\nhi", NATIVE_PARSE_DONE, "hi", 0, true},
    {"names in any case", OK_LINE "cONTENT-lENGTH:2\r\ncONNECTION:\tclose\r\n\r\nhi", NATIVE_PARSE_DONE, "hi", 0,
     false},
    {"a name that begins alike", OK_LINE "Content-Lengths: 9\r\nContent-Length-: 9\r\nContent-Length: 2\r\n\r\nhi",
     NATIVE_PARSE_DONE, "hi", 0, true},
    {"a name that differs in bit 5", OK_LINE "Content\rLength: 9\r\nContent-Length: 2\r\n\r\nhi", NATIVE_PARSE_DONE,
     "hi", 0, true},
    {"a name that is the whole line", OK_LINE "Connection\r\nContent-Length\r\nContent-Length: 2\r\n\r\nhi",
     NATIVE_PARSE_DONE, "hi", 0, true},
    {"zeros before a length", OK_LINE "Content-Length: 00000000000000000002\r\n\r\nhi", NATIVE_PARSE_DONE, "hi", 0,
     true},
    {"204", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", NATIVE_PARSE_DONE, "", 0, true},
    {"101", "HTTP/1.1 101 Switching\r\n\r\nws", NATIVE_PARSE_DONE, "", 2, false},
    {"interim answers",
     "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nContent-Length: 9\r\n\r\n" OK_LINE
     "Content-Length: 1\r\n\r\nx",
     NATIVE_PARSE_DONE, "x", 0, true},
    {"no HTTP", "SSH-2.0", NATIVE_PARSE_BAD, "", 0, false},
    {"HTTP/2 in words", "HTTP/2 200 OK\r\n", NATIVE_PARSE_BAD, "", 0, false},
    {"a status of two digits", "HTTP/1.1 20 OK\r\n\r\n", NATIVE_PARSE_BAD, "", 0, false},
};

static void test_cases(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct wanted *want = &cases[i];
        size_t n = strlen(want->text), wrong = 0;

        for (size_t step = 1; step <= n; step++) {
            bool right = read_all(want->text, n, step, false) == want->result;

            if (want->result == NATIVE_PARSE_DONE) {
                right = right && left == want->left && parse.keep == want->keep;
            }
            right = right && strcmp(bytes_text(&body), want->body) == 0;
            wrong += !right;
        }
        is_uint(wrong, 0, "%s, in pieces of every size", want->name);
    }
}

static void test_head_request(void)
{
    static const char text[] = OK_LINE "Content-Length: 5\r\n\r\n";

    is_int(read_all(text, sizeof text - 1, SIZE_MAX, true), NATIVE_PARSE_DONE, "an answer to HEAD has no body");
    ok(parse.keep, "and its connection is kept");
}

static void test_end(void)
{
    read_all(OK_LINE "\r\nabc", strlen(OK_LINE) + 5, SIZE_MAX, false);
    ok(native_parse_ends(&parse), "the end of the connection is the end of a body without a length");
    read_all(OK_LINE "Content-Length: 5\r\n\r\nabc", strlen(OK_LINE) + 24, SIZE_MAX, false);
    ok(!native_parse_ends(&parse), "and not of one with a length");
}

/* `line` as often as it takes to be beyond a limit. */
static enum native_parse_result repeated(const char *front, const char *line, size_t times)
{
    struct bytes text = {0};
    enum native_parse_result result;

    bytes_add_text(&text, front);
    for (size_t i = 0; i < times; i++) {
        bytes_add_text(&text, line);
    }
    result = read_all(text.p, text.n, 1000, false);
    bytes_free(&text);
    return result;
}

static void test_limits(void)
{
    is_int(repeated(OK_LINE, "A: b\r\n", HEAD_FIELDS + 1), NATIVE_PARSE_TOO_LARGE, "too many fields");
    is_int(repeated(OK_LINE "A: ", "0123456789", HEAD_LIMIT / 10 + 1), NATIVE_PARSE_TOO_LARGE,
           "a field that is too long");
    is_int(repeated(OK_LINE "Transfer-Encoding: chunked\r\n\r\n0\r\n", "T: u\r\n", HEAD_LIMIT / 6 + 1),
           NATIVE_PARSE_TOO_LARGE, "trailers without end");
    is_int(repeated(OK_LINE "Transfer-Encoding: chunked\r\n\r\n1;", "x", NATIVE_CHUNK_LINE + 1), NATIVE_PARSE_BAD,
           "an extension without end");
    is_int(repeated("", "HTTP/1.1 100 Continue\r\n\r\n", NATIVE_INTERIM_LIMIT), NATIVE_PARSE_BAD,
           "answers before the answer without end");
    read_all(OK_LINE "A: \0\r\n\r\n", strlen(OK_LINE) + 8, SIZE_MAX, false);
    is_str(parse.why, "a NUL byte in a header", "a NUL byte");
}

static void test_fields(void)
{
    static const char text[] = OK_LINE
        "Server: x\r\n  y \r\nset-cookie: a=b\r\nno colon\r\nEmpty:\r\nB\rare: c\rd\r\nContent-Length: 0\r\n\r\n";
    static const char *const want[][2] = {
        {"Server", "x y"}, {"set-cookie", "a=b"}, {"Empty", ""}, {"B are", "c d"}, {"Content-Length", "0"}};
    const struct head_field *fields;
    size_t count;

    read_all(text, sizeof text - 1, 7, false);
    ok(head.sets_cookies, "it is known that a cookie is set");
    fields = head_fields(&head, &count);
    is_uint(count, sizeof want / sizeof want[0], "fields");
    for (size_t i = 0; i < count; i++) {
        is_str(head.text.p + fields[i].name, want[i][0], "name %zu", i);
        is_str(head.text.p + fields[i].value, want[i][1], "value %zu", i);
    }
    is_str(head_value(&head, "SERVER", 6, NULL), "x y", "found in any case");
}

/* All values of Set-Cookie, a | behind each. */
static const char *cookies(void)
{
    static struct bytes all;
    const char *value;
    size_t from = 0, size;

    bytes_clear(&all, SIZE_MAX);
    while (head_next_cookie(&head, &from, &value, &size)) {
        bytes_add(&all, value, size);
        bytes_add_char(&all, '|');
    }
    return bytes_text(&all);
}

static void test_cookies(void)
{
    static const char text[] = OK_LINE "Set-Cooky: no\r\nset-cookie: a=b ; Path=/ \r\nX: Set-Cookie: "
                                       "no\r\nSet-Cookie:\r\nSET-COOKIE:\tc\r=d\nContent-Length: 0\r\n\r\n";
    static const char want[] = "a=b ; Path=/||c =d|", late[] = OK_LINE "Set-Cookie: a=1\r\nSet-Cookie\r: b=2\r\n\r\n",
                      odd[] = OK_LINE "Set-Cookie: a=1\r\n ; Path=/\r\nSet-Cookie : b=2\r\n\r\n";
    size_t count;

    for (size_t step = 1; step < sizeof text; step++) {
        read_all(text, sizeof text - 1, step, false);
        if (strcmp(cookies(), want) != 0) {
            break;
        }
    }
    is_str(cookies(), want, "cookies of a head that is not taken apart, split anywhere");
    head_fields(&head, &count);
    is_str(cookies(), want, "the same afterwards");
    read_all(odd, sizeof odd - 1, sizeof odd, false);
    is_str(cookies(), "a=1 ; Path=/|b=2|", "folded, and with a blank before the colon");
    read_all(late, sizeof late - 1, sizeof late, false);
    is_str(cookies(), "a=1|b=2|", "a bare CR before a later colon");
    read_all(OK_LINE "\r\n", sizeof OK_LINE + 1, sizeof OK_LINE + 1, false);
    is_str(cookies(), "", "none");
}

int main(void)
{
    head_init(&head);
    test_cases();
    test_head_request();
    test_end();
    test_limits();
    test_cookies();
    test_fields();
    head_free(&head);
    bytes_free(&body);
    return tap_done();
}
