/* The arena of a strand: alignment, growth in place, marks, bound. */
#include "../../runtime/engine/arena.h"
#include "../lib/tap.h"

static void test_get(void)
{
    struct arena arena = {0};
    is_uint(arena_size(&arena), 0, "an empty arena holds nothing");
    bool aligned = true, distinct = true;
    char *before = NULL;
    for (size_t n = 0; n < 3000; n++) {
        char *p = arena_get(&arena, n);
        aligned = aligned && (uintptr_t)p % 8 == 0;
        distinct = distinct && p != before;
        memset(p, (int)n, n);
        before = n ? p : before;
    }
    ok(aligned, "memory is aligned to 8");
    ok(distinct, "memory is not given twice");
    ok(arena_size(&arena) < 2 * 3000 * 3000 / 2, "little is wasted");
    arena_clear(&arena);
    ok(!arena.chunk, "cleared it holds no chunk");
}

static void test_extend(void)
{
    struct arena arena = {0};
    char *a = arena_get(&arena, 5);
    memcpy(a, "12345", 5);
    ok(arena_extend(&arena, a, 5, 3), "the newest grows in place");
    memcpy(a + 5, "678", 3);
    is_mem(a, "12345678", 8, "what it held stays");
    ok(!arena_extend(&arena, a, 5, 1), "only from its end");
    char *b = arena_get(&arena, 1);
    ok(!arena_extend(&arena, a, 8, 1), "not when something came behind it");
    ok(!arena_extend(&arena, b, 1, 1 << 20), "not beyond its chunk");
    struct arena other = {0};
    ok(!arena_extend(&other, b, 1, 1), "not in an empty arena");
    arena_clear(&arena);
}

static void test_marks(void)
{
    struct arena arena = {0};
    void *chunk;
    uint32_t used;
    arena_mark(&arena, &chunk, &used);
    arena_get(&arena, 100000);
    arena_reset(&arena, chunk, used);
    ok(!arena.chunk, "back to empty it holds no chunk");

    char *kept = arena_get(&arena, 10);
    memcpy(kept, "unchanged", 10);
    arena_mark(&arena, &chunk, &used);
    size_t size = arena_size(&arena);
    char *first = arena_get(&arena, 16);
    for (int i = 0; i < 100; i++) {
        arena_get(&arena, 5000);
    }
    arena_reset(&arena, chunk, used);
    is_uint(arena_size(&arena), size, "a reset frees the chunks that came since");
    is_str(kept, "unchanged", "what was there before stays");
    is_ptr(arena_get(&arena, 16), first, "memory is used again");
    arena_clear(&arena);
}

static void test_bound(void)
{
    struct arena arena = {0};
    size_t sum = 0;
    while (arena_get(&arena, 1 << 20)) {
        sum += 1 << 20;
    }
    ok(sum > ARENA_BOUND / 2, "more than half of the bound can be used");
    ok(arena_size(&arena) <= ARENA_BOUND, "no more than the bound is taken");
    ok(!arena_get(&arena, ARENA_BOUND + 1), "more than the bound is refused");
    ok(!arena_get(&arena, SIZE_MAX), "a size that overflows is refused");
    ok(arena_get_beyond(&arena, 1000) != NULL, "a message finds room beyond it");
    arena_clear(&arena);
    char *whole = arena_get(&arena, ARENA_BOUND);
    ok(whole != NULL, "the whole bound at once");
    ok(!arena_get(&arena, 1), "and nothing more");
    arena_clear(&arena);
}

int main(void)
{
    test_get();
    test_extend();
    test_marks();
    test_bound();
    return tap_done();
}
