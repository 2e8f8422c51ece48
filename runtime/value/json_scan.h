/* Small things of the JSON scanner that both its files use. */
#ifndef SWARM_VALUE_JSON_SCAN_H
#define SWARM_VALUE_JSON_SCAN_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static inline bool json_is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static inline int json_hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

#define JSON_EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* The high bit of each byte of the word that is zero; bytes above the first one may be marked wrongly. */
static inline uint64_t json_zero_bytes(uint64_t word)
{
    return (word - JSON_EACH(1)) & ~word & JSON_EACH(0x80);
}

/* The first byte in [p, end) that is no plain character of a string: a quote, a backslash, a control character or a byte
 * beyond ASCII. Eight bytes at a time ("Bit Twiddling Hacks", S. E. Anderson: zero in word, less than n). */
static inline const char *json_skip_plain(const char *p, const char *end)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    while (end - p >= 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        uint64_t hit = json_zero_bytes(word ^ JSON_EACH('"')) | json_zero_bytes(word ^ JSON_EACH('\\')) |
                       (((word - JSON_EACH(0x20)) | word) & JSON_EACH(0x80));
        if (hit) {
            return p + (__builtin_ctzll(hit) >> 3);
        }
        p += 8;
    }
#endif
    while (p < end && *p != '"' && *p != '\\' && (unsigned char)(*p - 0x20) < 0x60) {
        p++;
    }
    return p;
}

#endif
