/* The parser of answers: whatever comes, the outcome is the same for every split of the input, nothing is taken that
 * was not there, and the limits hold. The first byte says whether the request was HEAD and how one of the splits is made. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "http/native_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct outcome {
    enum native_parse_result result;
    struct head head;
    struct bytes body;
    size_t taken;
    bool keep, ends;
    const char *why;
};

static void fail(const char *what)
{
    fprintf(stderr, "parser_fuzz: %s\n", what);
    abort();
}

/* Gives the parser what lies between from and to. True: it wants more. */
static bool feed(struct native_parse *parse, struct outcome *out, const char *from, const char *to)
{
    struct url_part input = {from, (size_t)(to - from)}, piece = {NULL, 0};

    for (;;) {
        out->result = native_parse(parse, &out->head, &input, &piece);
        if (input.p < from || input.p + input.n != to) {
            fail("the input is not shortened from its front");
        }
        switch (out->result) {
        case NATIVE_PARSE_MORE:
            if (input.n) {
                fail("more is wanted while there is some");
            }
            out->taken += (size_t)(input.p - from);
            return true;
        case NATIVE_PARSE_HEAD:
            if (!out->head.complete || out->head.status < 100 || out->head.status > 999) {
                fail("a head without a status");
            }
            break;
        case NATIVE_PARSE_BODY:
            if (piece.p < from || piece.p + piece.n > input.p || !piece.n) {
                fail("a piece of the body that is not in the input");
            }
            bytes_add(&out->body, piece.p, piece.n);
            break;
        default:
            out->taken += (size_t)(input.p - from);
            return false;
        }
    }
}

static void run(struct outcome *out, const char *text, size_t n, bool no_body, size_t step)
{
    struct native_parse parse;
    const char *p = text, *end = text + n;

    *out = (struct outcome){.result = NATIVE_PARSE_MORE};
    head_init(&out->head);
    native_parse_begin(&parse, no_body);
    while (p < end) {
        size_t piece = step ? step : (size_t)((unsigned char)*p % 7 + 1);

        piece = piece < (size_t)(end - p) ? piece : (size_t)(end - p);
        if (!feed(&parse, out, p, p + piece)) {
            break;
        }
        p += piece;
    }
    out->keep = parse.keep;
    out->ends = native_parse_ends(&parse);
    out->why = out->result == NATIVE_PARSE_BAD ? parse.why : "";
}

static void add_cookies(const struct head *head, struct bytes *all)
{
    const char *value;
    size_t from = 0, size;

    while (head_next_cookie(head, &from, &value, &size)) {
        bytes_add(all, value, size);
        bytes_add_char(all, '\n');
    }
}

/* Values of Set-Cookie from the lines and from the fields. */
static void compare_cookies(const struct head *head)
{
    struct bytes before = {0}, after = {0};
    size_t count;

    add_cookies(head, &before);
    head_fields(head, &count);
    add_cookies(head, &after);
    if (before.n != after.n || strcmp(bytes_text(&before), bytes_text(&after)) != 0) {
        fail("other cookies when the head is taken apart");
    }
    bytes_free(&before);
    bytes_free(&after);
}

static void same(const struct outcome *a, const struct outcome *b)
{
    const struct head_field *of_a, *of_b;
    size_t count_a, count_b;

    if (a->result != b->result || a->why != b->why) {
        fail("another result when split");
    }
    if (a->result == NATIVE_PARSE_BAD || a->result == NATIVE_PARSE_TOO_LARGE) {
        return; /* how much was taken before does not matter */
    }
    if (a->taken != b->taken || a->head.status != b->head.status || a->head.complete != b->head.complete) {
        fail("another head or end when split");
    }
    if (a->body.n != b->body.n || (a->body.n && memcmp(a->body.p, b->body.p, a->body.n) != 0)) {
        fail("another body when split");
    }
    if (!a->head.complete) {
        return;
    }
    if (a->keep != b->keep || a->ends != b->ends || a->head.coded != b->head.coded ||
        a->head.sets_cookies != b->head.sets_cookies) {
        fail("another end of the message when split");
    }
    compare_cookies(&a->head);
    of_a = head_fields(&a->head, &count_a);
    of_b = head_fields(&b->head, &count_b);
    if (count_a != count_b || count_a > HEAD_FIELDS) {
        fail("another number of fields when split");
    }
    for (size_t i = 0; i < count_a; i++) {
        if (strcmp(a->head.text.p + of_a[i].name, b->head.text.p + of_b[i].name) != 0 ||
            strcmp(a->head.text.p + of_a[i].value, b->head.text.p + of_b[i].value) != 0 ||
            strlen(a->head.text.p + of_a[i].value) != of_a[i].value_size) {
            fail("another field when split");
        }
    }
}

static void clear(struct outcome *out)
{
    head_free(&out->head);
    bytes_free(&out->body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct outcome whole, split;
    const char *text = (const char *)data + 1;
    bool no_body;

    if (!size) {
        return 0;
    }
    no_body = data[0] & 1;
    run(&whole, text, size - 1, no_body, SIZE_MAX);
    run(&split, text, size - 1, no_body, 1);
    same(&whole, &split);
    clear(&split);
    run(&split, text, size - 1, no_body, data[0] >> 1);
    same(&whole, &split);
    clear(&split);
    clear(&whole);
    return 0;
}
