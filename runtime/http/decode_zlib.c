/* gzip and deflate, by zlib. */
#include "decode.h"

#include <zlib.h>

enum { GZIP_BITS = 15 + 16, ZLIB_BITS = 15, RAW_BITS = -15 };

static enum decode_result inflate_all(const char *body, size_t n, size_t limit, int bits, struct bytes *out,
                                      const char *name, char *why)
{
    z_stream z = {.next_in = (Bytef *)(uintptr_t)body, .avail_in = (uInt)n};
    enum decode_result result = DECODE_DONE;
    int code;

    if (inflateInit2(&z, bits) != Z_OK) {
        return decode_bad(why, name, "no memory");
    }
    for (;;) {
        size_t piece = decode_piece(out, limit);

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
            result = decode_bad(why, name, "it ends too early");
            break;
        }
        if (code != Z_OK) {
            result = decode_bad(why, name, code == Z_NEED_DICT ? "it needs a dictionary" : z.msg ? z.msg : "damaged");
            break;
        }
    }
    inflateEnd(&z);
    return result;
}

/* "deflate" is the zlib format (RFC 9110 8.4.1.2), but some servers send it without its header. */
static enum decode_result inflate_either(const char *body, size_t n, size_t limit, struct bytes *out, char *why)
{
    const unsigned char *head = (const unsigned char *)body;
    bool zlib = n >= 2 && (head[0] & 0x0f) == 8 && (head[0] * 256u + head[1]) % 31 == 0;

    return inflate_all(body, n, limit, zlib ? ZLIB_BITS : RAW_BITS, out, "deflate", why);
}

static enum decode_result undo(size_t which, const char *body, size_t n, size_t limit, struct bytes *out, char *why)
{
    return which < 2 ? inflate_all(body, n, limit, GZIP_BITS, out, "gzip", why)
                     : inflate_either(body, n, limit, out, why);
}

const struct decode_coding swarm_zlib = {{"gzip", "x-gzip", "deflate"}, undo};
