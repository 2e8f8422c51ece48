/* The compiler's arena: alignment, zeroing, large blocks, interning, growable texts. */
#include "compiler/base/arena.c"

#include "tap.h"

static void test_alloc(struct arena *arena)
{
    bool aligned = true, zeroed = true;
    for (size_t size = 0; size < 3000; size += 7) {
        unsigned char *p = arena_alloc(arena, size);
        aligned = aligned && (uintptr_t)p % 16 == 0;
        for (size_t i = 0; i < size; i++)
            zeroed = zeroed && p[i] == 0;
        memset(p, 0xff, size);
    }
    ok(aligned, "blocks are aligned to 16");
    ok(zeroed, "blocks are zeroed, beside others that are full");
    unsigned char *large = arena_alloc(arena, 1000 * 1000);
    large[0] = large[999999] = 1;
    unsigned char *small = arena_alloc(arena, 8);
    small[0] = 1;
    ok(large[0] == 1 && large[999999] == 1, "a block larger than a page of the arena");
}

static void test_intern(struct arena *arena)
{
    const char *a = arena_intern(arena, "browse", 6), *b = arena_intern(arena, "browser", 6);
    is_ptr(a, b, "equal texts are one pointer");
    ok(arena_intern(arena, "brows", 5) != a, "a shorter text is another");
    is_str(a, "browse", "and it ends with a NUL");
    const char *first[2000];
    char name[16];
    bool same = true;
    for (int i = 0; i < 2000; i++) {
        snprintf(name, sizeof name, "name%d", i);
        first[i] = arena_intern(arena, name, strlen(name));
    }
    for (int i = 0; i < 2000; i++) {
        snprintf(name, sizeof name, "name%d", i);
        same = same && first[i] == arena_intern(arena, name, strlen(name));
    }
    ok(same, "2,000 names stay what they are while the table grows");
    ok(arena_intern(arena, "a\0b", 3) != arena_intern(arena, "a\0c", 3), "a NUL inside counts");
}

static void test_texts(struct arena *arena)
{
    is_str(arena_format(arena, "%s-%d", "x", 42), "x-42", "formatted into the arena");
    is_str(arena_copy(arena, "abcdef", 3), "abc", "a copy ends where it is told");
    struct text text = {0};
    for (int i = 0; i < 1000; i++)
        text_printf(&text, "%d,", i % 10);
    text_puts(&text, "end");
    text_add(&text, "\0!", 2);
    is_uint(text.n, 2005, "a text grows");
    is_str(text.p + 2000, "end", "and holds what was added");
    text_free(&text);
    ok(text.p == NULL && text.n == 0, "and is empty when freed");
}

int main(void)
{
    struct arena *arena = arena_new();
    test_alloc(arena);
    test_intern(arena);
    test_texts(arena);
    arena_free(arena);
    arena_free(NULL);
    return tap_done();
}
