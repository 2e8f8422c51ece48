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

static inline uint64_t json_word(const char *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof word);
    return word;
}

static inline const char *json_first_hit(const char *p, uint64_t hits)
{
    return p + (__builtin_ctzll(hits) >> 3);
}

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define JSON_BY_WORDS(p, end) ((end) - (p) >= 8)
#else
#define JSON_BY_WORDS(p, end) false
#endif

/* The first byte in [p, end) that is no plain character of a string: a quote, a backslash, a control
 * character or a byte beyond ASCII. Eight bytes at a time ("Bit Twiddling Hacks", S. E. Anderson: zero in
 * word, less than n). */
static inline const char *json_skip_plain(const char *p, const char *end)
{
    for (; JSON_BY_WORDS(p, end); p += 8) {
        uint64_t word = json_word(p);
        uint64_t hits = json_zero_bytes(word ^ JSON_EACH('"')) | json_zero_bytes(word ^ JSON_EACH('\\')) |
                        (((word - JSON_EACH(0x20)) | word) & JSON_EACH(0x80));
        if (hits) {
            return json_first_hit(p, hits);
        }
    }
    while (p < end && *p != '"' && *p != '\\' && (unsigned char)(*p - 0x20) < 0x60) {
        p++;
    }
    return p;
}

/* The first quote or backslash. */
static inline const char *json_skip_to_quote(const char *p, const char *end)
{
    for (; JSON_BY_WORDS(p, end); p += 8) {
        uint64_t word = json_word(p);
        uint64_t hits = json_zero_bytes(word ^ JSON_EACH('"')) | json_zero_bytes(word ^ JSON_EACH('\\'));
        if (hits) {
            return json_first_hit(p, hits);
        }
    }
    while (p < end && *p != '"' && *p != '\\') {
        p++;
    }
    return p;
}

/* The first quote, bracket or brace. */
static inline const char *json_skip_to_structure(const char *p, const char *end)
{
    for (; JSON_BY_WORDS(p, end); p += 8) {
        uint64_t word = json_word(p), bent = word | JSON_EACH(0x20); /* [ ] become { } */
        uint64_t hits = json_zero_bytes(word ^ JSON_EACH('"')) | json_zero_bytes(bent ^ JSON_EACH('{')) |
                        json_zero_bytes(bent ^ JSON_EACH('}'));
        if (hits) {
            return json_first_hit(p, hits);
        }
    }
    while (p < end && *p != '"' && (*p | 0x20) != '{' && (*p | 0x20) != '}') {
        p++;
    }
    return p;
}

#endif
