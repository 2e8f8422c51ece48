/* Built-in functions: bytes as text: base64 (RFC 4648), hexadecimal, URLs (RFC 3986), hashes (OpenSSL). */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "value.h"

static const struct swarm_value empty = SWARM_TEXT_LITERAL("");
static const char base64_letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

struct swarm_value swarm_fn_base64(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a)
{
    size_t n = ((size_t)a.n + 2) / 3 * 4;
    char *text = value_take_text(s, place, a) ? value_room(s, place, n) : NULL;
    if (!text) {
        return empty;
    }
    const unsigned char *from = (const unsigned char *)a.text;
    char *to = text;
    for (uint32_t i = 0; i < a.n; i += 3) {
        uint32_t left = a.n - i;
        uint32_t word =
            (uint32_t)from[i] << 16 | (left > 1 ? (uint32_t)from[i + 1] << 8 : 0) | (left > 2 ? from[i + 2] : 0);
        *to++ = base64_letters[word >> 18];
        *to++ = base64_letters[word >> 12 & 63];
        *to++ = left > 1 ? base64_letters[word >> 6 & 63] : '=';
        *to++ = left > 2 ? base64_letters[word & 63] : '=';
    }
    return value_arena_text(text, n);
}

/* Letters of both alphabets of RFC 4648. */
static int base64_value(char c)
{
    if (c == '-' || c == '_') {
        return c == '-' ? 62 : 63;
    }
    const char *letter = c ? strchr(base64_letters, c) : NULL;
    return letter ? (int)(letter - base64_letters) : -1;
}

struct swarm_value swarm_fn_unbase64(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a)
{
    if (!value_take_text(s, place, a)) {
        return empty;
    }
    size_t n = a.n;
    while (n && a.n - n < 2 && a.text[n - 1] == '=') {
        n--;
    }
    bool padded = n < a.n;
    unsigned char *to = value_room(s, place, n / 4 * 3 + 3), *start = to;
    if (!to) {
        return empty;
    }
    bool fine = n % 4 != 1 && (!padded || a.n % 4 == 0);
    uint32_t word = 0, bits = 0;
    for (size_t i = 0; i < n && fine; i++) {
        int value = base64_value(a.text[i]);
        fine = value >= 0;
        word = word << 6 | ((uint32_t)value & 63);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            *to++ = (unsigned char)(word >> bits);
        }
    }
    if (!fine) {
        value_wanted(s, place, "a base64 text", a);
        return empty;
    }
    return value_arena_text((char *)start, (size_t)(to - start));
}

static struct swarm_value hex_of(struct swarm_strand *s, const struct swarm_place *place, const unsigned char *bytes,
                                 size_t n)
{
    static const char digits[] = "0123456789abcdef";
    char *text = value_room(s, place, 2 * n);
    if (!text) {
        return empty;
    }
    for (size_t i = 0; i < n; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    return value_arena_text(text, 2 * n);
}

struct swarm_value swarm_fn_hex(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a)
{
    return value_take_text(s, place, a) ? hex_of(s, place, (const unsigned char *)a.text, a.n) : empty;
}

struct swarm_value swarm_fn_urlencode(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a)
{
    char *text = value_take_text(s, place, a) ? value_room(s, place, 3 * (size_t)a.n) : NULL;
    if (!text) {
        return empty;
    }
    static const char digits[] = "0123456789ABCDEF";
    char *to = text;
    for (uint32_t i = 0; i < a.n; i++) {
        unsigned char c = (unsigned char)a.text[i];
        bool unreserved = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '-' || c == '.' ||
                          c == '_' || c == '~';
        if (unreserved) {
            *to++ = (char)c;
        } else {
            *to++ = '%';
            *to++ = digits[c >> 4];
            *to++ = digits[c & 15];
        }
    }
    return value_arena_text(text, (size_t)(to - text));
}

/* ------------------------------------------------------------------ hashes */

static struct swarm_value digest(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a,
                                 const EVP_MD *kind, const char *name)
{
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned n;
    if (!value_take_text(s, place, a)) {
        return empty;
    }
    if (!EVP_Digest(a.text, a.n, bytes, &n, kind, NULL)) {
        value_error(s, place, "OpenSSL of this machine does not offer %s", name);
        return empty;
    }
    return hex_of(s, place, bytes, n);
}

struct swarm_value swarm_fn_sha256(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a)
{
    return digest(s, place, a, EVP_sha256(), "SHA-256");
}

struct swarm_value swarm_fn_md5(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a)
{
    return digest(s, place, a, EVP_md5(), "MD5");
}

struct swarm_value swarm_fn_hmac_sha256(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value key,
                                        struct swarm_value a)
{
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned n;
    if (!value_take_text(s, place, key) || !value_take_text(s, place, a)) {
        return empty;
    }
    if (key.n > INT32_MAX || !HMAC(EVP_sha256(), key.n ? key.text : "", (int)key.n,
                                   (const unsigned char *)(a.n ? a.text : ""), a.n, bytes, &n)) {
        value_error(s, place, "OpenSSL of this machine does not offer HMAC-SHA-256");
        return empty;
    }
    return hex_of(s, place, bytes, n);
}
