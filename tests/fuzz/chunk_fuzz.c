/* The reader of chunks against a second one, written to be obvious: the input is the body of a chunked answer. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "http/native_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char front[] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

static void fail(const char *what)
{
    fprintf(stderr, "chunk_fuzz: %s\n", what);
    abort();
}

/* Where a line ends: at its LF, or NULL. */
static const char *line_end(const char *p, const char *end)
{
    while (p < end && *p != '\n') {
        p++;
    }
    return p < end ? p : NULL;
}

static int digit(char c)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *found = c ? strchr(digits, c) : NULL;

    return found ? (int)((found - digits) % 16) : -1;
}

enum found { WANTS_MORE, OVER, WRONG };

static enum found trailers(const char **p, const char *end)
{
    const char *lf;
    bool empty;

    do {
        lf = line_end(*p, end);
        empty = true;
        for (const char *c = *p; c < (lf ? lf : end); c++) {
            empty &= *c == '\r';
        }
        *p = lf ? lf + 1 : end;
    } while (lf && !empty);
    return lf ? OVER : WANTS_MORE;
}

/* One chunk with its size. OVER: it was the last one. WRONG: neither this nor what follows can be read. */
static enum found chunk(const char **p, const char *end, struct bytes *body)
{
    uint64_t n = 0;
    int digits = 0;
    const char *c = *p, *lf;

    for (; c < end && digit(*c) >= 0; c++) {
        n = n * 16 + (uint64_t)digit(*c);
        digits += n != 0;
        if (digits > 15) {
            return WRONG;
        }
    }
    if (c == end) {
        return WANTS_MORE;
    }
    if (c == *p || !strchr("; \t\r\n", *c) || !*c) {
        return WRONG;
    }
    lf = line_end(c, end);
    if (!lf) {
        return WANTS_MORE;
    }
    *p = lf + 1;
    if (!n) {
        return OVER;
    }
    if ((uint64_t)(end - *p) < n) {
        bytes_add(body, *p, (size_t)(end - *p));
        return WANTS_MORE;
    }
    bytes_add(body, *p, n);
    *p += n;
    *p += *p < end && **p == '\r';
    if (*p == end) {
        return WANTS_MORE;
    }
    return *(*p)++ == '\n' ? WRONG + 1 : WRONG;
}

static enum found expected(const char **p, const char *end, struct bytes *body)
{
    enum found found;

    do {
        found = chunk(p, end, body);
    } while (found > WRONG);
    return found == OVER ? trailers(p, end) : found;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct native_parse parse;
    struct head head;
    struct bytes want = {0}, got = {0};
    struct url_part input = {front, sizeof front - 1}, piece;
    const char *p = (const char *)data, *end = p + size;
    enum native_parse_result result;
    enum found found;

    if (size > NATIVE_CHUNK_LINE / 2) {
        return 0; /* limits are not the second reader's */
    }
    found = expected(&p, end, &want);
    head_init(&head);
    native_parse_begin(&parse, false);
    if (native_parse(&parse, &head, &input, &piece) != NATIVE_PARSE_HEAD) {
        fail("the head is not read");
    }
    input = (struct url_part){(const char *)data, size};
    while ((result = native_parse(&parse, &head, &input, &piece)) == NATIVE_PARSE_BODY) {
        bytes_add(&got, piece.p, piece.n);
    }
    if (found == OVER ? result != NATIVE_PARSE_DONE || input.p != p
                      : result != (found == WRONG ? NATIVE_PARSE_BAD : NATIVE_PARSE_MORE)) {
        fail("the two readers do not agree on the end");
    }
    if (got.n != want.n || (got.n && memcmp(got.p, want.p, got.n) != 0)) {
        fail("the two readers do not agree on the body");
    }
    bytes_free(&got);
    bytes_free(&want);
    head_free(&head);
    return 0;
}
