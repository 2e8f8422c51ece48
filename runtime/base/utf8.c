#include "utf8.h"

#include <stdbool.h>
#include <string.h>

static bool goes_on(unsigned char byte)
{
    return (byte & 0xc0) == 0x80;
}

size_t utf8_sequence(const char *p, size_t n)
{
    const unsigned char *b = (const unsigned char *)p;
    if (b[0] < 0x80) {
        return 1;
    }
    if (b[0] < 0xc2) {
        return 0;
    }
    if (b[0] < 0xe0) {
        return n >= 2 && goes_on(b[1]) ? 2 : 0;
    }
    if (b[0] < 0xf0) {
        if (n < 3 || !goes_on(b[1]) || !goes_on(b[2]) || (b[0] == 0xe0 && b[1] < 0xa0) ||
            (b[0] == 0xed && b[1] > 0x9f)) {
            return 0;
        }
        return 3;
    }
    if (b[0] > 0xf4 || n < 4 || !goes_on(b[1]) || !goes_on(b[2]) || !goes_on(b[3]) || (b[0] == 0xf0 && b[1] < 0x90) ||
        (b[0] == 0xf4 && b[1] > 0x8f)) {
        return 0;
    }
    return 4;
}

static size_t step(const char *p, size_t n)
{
    size_t length = utf8_sequence(p, n);
    return length ? length : 1;
}

size_t utf8_count(const char *p, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; count++) {
        i += step(p + i, n - i);
    }
    return count;
}

size_t utf8_offset(const char *p, size_t n, uint64_t count)
{
    size_t i = 0;
    while (i < n && count--) {
        i += step(p + i, n - i);
    }
    return i;
}

size_t utf8_put(char *to, uint32_t c)
{
    if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)) {
        memcpy(to, UTF8_REPLACEMENT, 3);
        return 3;
    }
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        to[0] = (char)(0xc0 | c >> 6);
        to[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        to[0] = (char)(0xe0 | c >> 12);
        to[1] = (char)(0x80 | (c >> 6 & 0x3f));
        to[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    to[0] = (char)(0xf0 | c >> 18);
    to[1] = (char)(0x80 | (c >> 12 & 0x3f));
    to[2] = (char)(0x80 | (c >> 6 & 0x3f));
    to[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}
