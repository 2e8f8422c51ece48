/* br, by Brotli's decoder. */
#include "decode.h"

#include <brotli/decode.h>

static enum decode_result undo(size_t which, const char *body, size_t n, size_t limit, struct bytes *out, char *why)
{
    BrotliDecoderState *state = BrotliDecoderCreateInstance(NULL, NULL, NULL);
    const uint8_t *in = (const uint8_t *)body;
    enum decode_result result = DECODE_DONE;
    size_t left = n;

    (void)which;
    if (!state) {
        return decode_bad(why, "br", "no memory");
    }
    for (;;) {
        size_t piece = decode_piece(out, limit), room = piece;
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
            result = decode_bad(why, "br", "it ends too early");
            break;
        }
        if (code == BROTLI_DECODER_RESULT_ERROR) {
            result = decode_bad(why, "br", BrotliDecoderErrorString(BrotliDecoderGetErrorCode(state)));
            break;
        }
    }
    BrotliDecoderDestroyInstance(state);
    return result;
}

const struct decode_coding swarm_brotli = {{"br"}, undo};
