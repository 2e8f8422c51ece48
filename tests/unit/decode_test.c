/* Content codings: whole, cut short, damaged, bounded, on top of each other. */
#include "tap.h"

#include <zlib.h>

#include "http/decode.h"

/* "hello, hello, hello, hello" as BrotliEncoderCompress() of libbrotli 1.0.9 writes it. */
static const unsigned char brotli[] = {0x13, 0x19, 0x00, 0x00, 0xa4, 0x40, 0x58, 0x6a,
                                       0x90, 0x69, 0x2a, 0xf1, 0x9c, 0x5e, 0x00};

static struct head head_of(const char *encoding)
{
    struct head head;
    char line[128];

    head_init(&head);
    head_line(&head, "HTTP/1.1 200 OK\r\n", 17);
    if (encoding) {
        head_line(&head, line, (size_t)snprintf(line, sizeof line, "Content-Encoding: %s\r\n", encoding));
    }
    head_line(&head, "\r\n", 2);
    return head;
}

static size_t pack(const char *text, size_t n, int bits, unsigned char *out, size_t room)
{
    z_stream z = {.next_in = (Bytef *)(uintptr_t)text, .avail_in = (uInt)n, .next_out = out, .avail_out = (uInt)room};

    deflateInit2(&z, 6, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY);
    deflate(&z, Z_FINISH);
    deflateEnd(&z);
    return room - z.avail_out;
}

static const struct decode_coding *const all[] = {&swarm_zlib, &swarm_brotli, NULL};
static const struct decode_coding *const only_zlib[] = {&swarm_zlib, NULL};
static const struct decode_coding *const *codings = all;
static char why[DECODE_WHY];
static struct bytes out;

static enum decode_result decode(const char *encoding, const void *body, size_t n, size_t limit)
{
    struct head head = head_of(encoding);
    enum decode_result result;

    why[0] = '\0';
    result = decode_body(codings, &head, body, n, limit, &out, why);
    head_free(&head);
    return result;
}

int main(void)
{
    static const char text[] = "hello, swarm hello, swarm hello, swarm";
    static unsigned char packed[4096], twice[8192];
    static char zeros[1000000];
    size_t n, m;

    is_int(decode(NULL, text, sizeof text, 100), DECODE_PLAIN, "no coding");
    is_int(decode("identity", text, sizeof text, 100), DECODE_PLAIN, "identity");
    is_int(decode("utf-8", text, sizeof text, 100), DECODE_PLAIN, "a coding that is none");
    is_int(decode("gzip", "", 0, 100), DECODE_PLAIN, "an empty body");

    n = pack(text, sizeof text - 1, 31, packed, sizeof packed);
    is_int(decode("gzip", packed, n, 100), DECODE_DONE, "gzip");
    is_str(out.p, text, "its text");
    is_int(decode("X-GZIP", packed, n, 100), DECODE_DONE, "x-gzip, in capitals");
    is_int(decode("gzip", packed, n, sizeof text - 1), DECODE_DONE, "of exactly the limit");
    is_int(decode("gzip", packed, n, sizeof text - 2), DECODE_TOO_LARGE, "one byte beyond the limit");
    for (size_t cut = 1; cut < n; cut++) {
        if (decode("gzip", packed, cut, 100) != DECODE_BAD) {
            fail("gzip cut at %zu is noticed", cut);
        }
    }
    like(why, "cannot decode gzip body: it ends too early", "cut short");
    is_int(decode("gzip", text, sizeof text, 100), DECODE_BAD, "what is no gzip");
    like(why, "cannot decode gzip body: ", "says so");
    packed[n - 8] ^= 1;
    is_int(decode("gzip", packed, n, 100), DECODE_BAD, "a wrong checksum");
    packed[n - 8] ^= 1;

    memcpy(twice, packed, n);
    memcpy(twice + n, packed, n);
    is_int(decode("gzip", twice, 2 * n, 100), DECODE_DONE, "two members");
    is_uint(out.n, 2 * (sizeof text - 1), "both are there");
    memcpy(twice + n, "\0\0\0", 3);
    is_int(decode("gzip", twice, n + 3, 100), DECODE_DONE, "zeros behind the end are ignored");

    m = pack((char *)packed, n, 31, twice, sizeof twice);
    is_int(decode("gzip, gzip", twice, m, 1000), DECODE_DONE, "twice");
    is_str(out.p, text, "its text");
    is_int(decode("utf-8, gzip", packed, n, 1000), DECODE_DONE, "an unknown one below");
    is_str(out.p, text, "its text");
    is_int(decode("gzip, gzip, gzip, gzip, gzip", packed, n, 1000), DECODE_BAD, "five on top of each other");

    n = pack(text, sizeof text - 1, 15, packed, sizeof packed);
    is_int(decode("deflate", packed, n, 100), DECODE_DONE, "deflate");
    is_str(out.p, text, "its text");
    n = pack(text, sizeof text - 1, -15, packed, sizeof packed);
    is_int(decode("deflate", packed, n, 100), DECODE_DONE, "deflate without its header");
    is_str(out.p, text, "its text");
    is_int(decode("deflate", packed, n - 1, 100), DECODE_BAD, "cut short");

    is_int(decode("br", brotli, sizeof brotli, 100), DECODE_DONE, "br %s", why);
    is_str(bytes_text(&out), "hello, hello, hello, hello", "its text");
    is_int(decode("br", brotli, sizeof brotli - 3, 100), DECODE_BAD, "br cut short");
    like(why, "cannot decode br body: ", "says so");
    is_int(decode("br", "\xff\xff\xff\xff", 4, 100), DECODE_BAD, "what is no br");

    codings = only_zlib;
    is_int(decode("br", brotli, sizeof brotli, 100), DECODE_BAD, "a coding that the program was made without");
    like(why, "cannot decode br body: the scenario does not ask for", "says so");
    n = pack(text, sizeof text - 1, 31, packed, sizeof packed);
    is_int(decode("gzip", packed, n, 100), DECODE_DONE, "the other one is there");
    codings = NULL;
    is_int(decode("gzip", packed, n, 100), DECODE_BAD, "no coding at all");
    is_int(decode("utf-8", packed, n, 100), DECODE_PLAIN, "what is no coding stays");
    codings = all;

    n = pack(zeros, sizeof zeros, 31, packed, sizeof packed);
    is_int(decode("gzip", packed, n, 100000), DECODE_TOO_LARGE, "a bomb ends at the limit");
    ok(out.capacity < 400000, "and takes no more memory than that");
    bytes_free(&out);
    return tap_done();
}
