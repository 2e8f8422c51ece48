#include "decode.h"

#include <brotli/decode.h>
#include <stdio.h>
#include <strings.h>
#include <zlib.h>

#include "url.h"

enum { PIECE = 64 * 1024, GZIP_BITS = 15 + 16, ZLIB_BITS = 15, RAW_BITS = -15 };

enum coding { CODING_UNKNOWN, CODING_IDENTITY, CODING_GZIP, CODING_DEFLATE, CODING_BR };

static enum decode_result bad(char *why, const char *name, const char *reason)
{
    snprintf(why, DECODE_WHY, "cannot decode %s body: %s", name, reason);
    return DECODE_BAD;
}

/* Room for the next piece, no more than one byte beyond the limit, which tells that it is exceeded. */
static size_t next_piece(const struct bytes *out, size_t limit)
{
    size_t left = limit + 1 - out->n;

    return left < PIECE ? left : PIECE;
}

static enum decode_result inflate_all(const char *body, size_t n, size_t limit, int bits, struct bytes *out,
                                      const char *name, char *why)
{
    z_stream z = {.next_in = (Bytef *)(uintptr_t)body, .avail_in = (uInt)n};
    enum decode_result result = DECODE_DONE;
    int code;

    if (inflateInit2(&z, bits) != Z_OK) {
        return bad(why, name, "no memory");
    }
    for (;;) {
        size_t piece = next_piece(out, limit);

        z.next_out = (Bytef *)bytes_room(out, piece);
        z.avail_out = (uInt)piece;
        code = inflate(&z, Z_NO_FLUSH);
        out->n += piece - z.avail_out;
        out->p[out->n] = '\0';
        if (out->n > limit) {
            result = DECODE_TOO_LARGE;
            break;
        }
        if (code == Z_STREAM_END) {
            /* gzip: another member may follow (RFC 1952 2.2); anything else behind the end is ignored. */
            if (bits == GZIP_BITS && z.avail_in >= 2 && z.next_in[0] == 0x1f && z.next_in[1] == 0x8b) {
                inflateReset(&z);
                continue;
            }
            break;
        }
        if (code == Z_BUF_ERROR || (code == Z_OK && !z.avail_in && z.avail_out)) {
            result = bad(why, name, "it ends too early");
            break;
        }
        if (code != Z_OK) {
            result = bad(why, name,
                         code == Z_NEED_DICT ? "it needs a dictionary"
                         : z.msg             ? z.msg
                                             : "damaged");
            break;
        }
    }
    inflateEnd(&z);
    return result;
}

/* "deflate" is the zlib format (RFC 9110 8.4.1.2), but some servers send it without its header. */
static enum decode_result inflate_either(const char *body, size_t n, size_t limit, struct bytes *out,
                                         char *why)
{
    const unsigned char *head = (const unsigned char *)body;
    bool zlib = n >= 2 && (head[0] & 0x0f) == 8 && (head[0] * 256u + head[1]) % 31 == 0;

    return inflate_all(body, n, limit, zlib ? ZLIB_BITS : RAW_BITS, out, "deflate", why);
}

static enum decode_result unbrotli(const char *body, size_t n, size_t limit, struct bytes *out, char *why)
{
    BrotliDecoderState *state = BrotliDecoderCreateInstance(NULL, NULL, NULL);
    const uint8_t *in = (const uint8_t *)body;
    enum decode_result result = DECODE_DONE;
    size_t left = n;

    if (!state) {
        return bad(why, "br", "no memory");
    }
    for (;;) {
        size_t piece = next_piece(out, limit), room = piece;
        uint8_t *to = (uint8_t *)bytes_room(out, piece);
        BrotliDecoderResult code = BrotliDecoderDecompressStream(state, &left, &in, &room, &to, NULL);

        out->n += piece - room;
        out->p[out->n] = '\0';
        if (out->n > limit) {
            result = DECODE_TOO_LARGE;
            break;
        }
        if (code == BROTLI_DECODER_RESULT_SUCCESS) {
            break;
        }
        if (code == BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT) {
            result = bad(why, "br", "it ends too early");
            break;
        }
        if (code == BROTLI_DECODER_RESULT_ERROR) {
            result = bad(why, "br", BrotliDecoderErrorString(BrotliDecoderGetErrorCode(state)));
            break;
        }
    }
    BrotliDecoderDestroyInstance(state);
    return result;
}

static enum coding coding_of(struct url_part name)
{
    static const struct {
        const char *name;
        enum coding coding;
    } table[] = {
        {"gzip", CODING_GZIP}, {"x-gzip", CODING_GZIP},       {"deflate", CODING_DEFLATE},
        {"br", CODING_BR},     {"identity", CODING_IDENTITY}, {"", CODING_IDENTITY},
    };

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (strlen(table[i].name) == name.n && strncasecmp(table[i].name, name.p, name.n) == 0) {
            return table[i].coding;
        }
    }
    return CODING_UNKNOWN;
}

/* The codings in the order of their application; how many, -1: more than DECODE_LAYERS. */
static int read_codings(const struct head *head, enum coding codings[DECODE_LAYERS])
{
    const struct head_field *field;
    size_t from = 0;
    int count = 0;

    while ((field = head_next(head, "Content-Encoding", 16, &from))) {
        const char *p = head->text.p + field->value, *end = p + field->value_size;

        while (p <= end) {
            const char *comma = memchr(p, ',', (size_t)(end - p)), *stop = comma ? comma : end;
            struct url_part name = {p, (size_t)(stop - p)};
            enum coding coding;

            while (name.n && (*name.p == ' ' || *name.p == '\t')) {
                name.p++;
                name.n--;
            }
            while (name.n && (name.p[name.n - 1] == ' ' || name.p[name.n - 1] == '\t')) {
                name.n--;
            }
            coding = coding_of(name);
            p = stop + 1;
            if (coding == CODING_IDENTITY) {
                continue;
            }
            if (count == DECODE_LAYERS) {
                return -1;
            }
            codings[count++] = coding;
        }
    }
    return count;
}

static enum decode_result undo(enum coding coding, const char *body, size_t n, size_t limit,
                               struct bytes *out, char *why)
{
    switch (coding) {
    case CODING_GZIP:
        return inflate_all(body, n, limit, GZIP_BITS, out, "gzip", why);
    case CODING_DEFLATE:
        return inflate_either(body, n, limit, out, why);
    case CODING_BR:
        return unbrotli(body, n, limit, out, why);
    default:
        return DECODE_PLAIN;
    }
}

enum decode_result decode_body(const struct head *head, const char *body, size_t n, size_t limit,
                               struct bytes *out, char why[DECODE_WHY])
{
    enum coding codings[DECODE_LAYERS];
    enum decode_result result = DECODE_PLAIN;
    struct bytes layer = {0};
    int count = head->coded ? read_codings(head, codings) : 0;

    bytes_clear(out, SIZE_MAX);
    if (!n || count == 0) {
        return DECODE_PLAIN;
    }
    if (count < 0) {
        return bad(why, "the", "more than 4 codings on top of each other");
    }
    for (int i = count - 1; i >= 0; i--) {
        enum decode_result now;

        if (codings[i] == CODING_UNKNOWN) {
            break;
        }
        bytes_free(&layer);
        if (result == DECODE_DONE) {
            layer = *out;
            *out = (struct bytes){0};
            body = bytes_text(&layer);
            n = layer.n;
        }
        now = undo(codings[i], body, n, limit, out, why);
        if (now != DECODE_DONE) {
            result = now;
            break;
        }
        result = DECODE_DONE;
    }
    bytes_free(&layer);
    return result;
}
