/* Built-in functions: upper and lower case, code point by code point as Unicode's simple mappings say (so "ß" stays as it
 * is). The C library's table serves, that of the locale C.UTF-8, whatever locale the program runs in; a static program has its own. */
#include <locale.h>
#include <pthread.h>
#include <string.h>
#include <wctype.h>

#include "../base/utf8.h"
#include "case.h"
#include "value.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static locale_t unicode; /* of the process; 0: there is none, letters of ASCII are mapped */

static void make_locale(void)
{
    unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

static uint32_t mapped(uint32_t c, bool upper)
{
    if (c < 0x80) {
        char first = upper ? 'a' : 'A';
        return c >= (uint32_t)first && c <= (uint32_t)first + 25 ? c ^ 0x20 : c;
    }
    if (static_case) {
        return static_case(c, upper);
    }
    if (!unicode) {
        return c;
    }
    return (uint32_t)(upper ? towupper_l((wint_t)c, unicode) : towlower_l((wint_t)c, unicode));
}

/* The code point of a valid sequence of n bytes. */
static uint32_t code_point(const char *p, size_t n)
{
    static const unsigned char first[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t c = (unsigned char)p[0] & first[n];

    for (size_t i = 1; i < n; i++) {
        c = c << 6 | ((unsigned char)p[i] & 0x3f);
    }
    return c;
}

static struct swarm_value in_case(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a,
                                  bool upper)
{
    static const struct swarm_value empty = SWARM_TEXT_LITERAL("");
    struct value_buffer buffer = {.arena = &strand_of(s)->arena};

    if (!value_take_text(s, place, a)) {
        return empty;
    }
    pthread_once(&once, make_locale);
    for (size_t i = 0, n; i < a.n && !buffer.full; i += n) {
        char bytes[4];
        n = utf8_sequence(a.text + i, a.n - i);
        if (n == 0) {
            n = 1; /* no UTF-8: left as it is */
            value_buffer_add(&buffer, a.text + i, 1);
        } else {
            value_buffer_add(&buffer, bytes, utf8_put(bytes, mapped(code_point(a.text + i, n), upper)));
        }
    }
    if (buffer.full) {
        value_no_room(s, place);
        return empty;
    }
    return buffer.size ? value_arena_text(buffer.data, buffer.size) : empty;
}

struct swarm_value swarm_fn_lower(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a)
{
    return in_case(s, place, a, false);
}

struct swarm_value swarm_fn_upper(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value a)
{
    return in_case(s, place, a, true);
}
