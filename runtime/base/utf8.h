/* UTF-8 as of RFC 3629. Texts are bytes; a byte that is part of no valid sequence counts as one code point.
 */
#ifndef SWARM_VALUE_UTF8_H
#define SWARM_VALUE_UTF8_H

#include <stddef.h>
#include <stdint.h>

#define UTF8_REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

size_t utf8_sequence(const char *p, size_t n); /* length of the valid sequence at p, n > 0 bytes at hand; 0: none */
size_t utf8_count(const char *p, size_t n);    /* code points */
size_t utf8_offset(const char *p, size_t n, uint64_t count); /* bytes of the first `count` code points, at most n */
size_t utf8_put(char *to, uint32_t code_point);              /* 1 to 4 bytes; a surrogate or larger: U+FFFD */

#endif
