/* A coverage-guided fuzzer of the whole front end: any text is parsed, checked and, when it is right, made into C.
 * Built and run by tests/fuzz/fuzz.sh with libFuzzer under ASan or UBSan. What is dear and seldom finds anything (printing the tree, the
 * diagnostics, formatting) is done for a part of the texts, which the text itself decides: so a failure can be repeated. */
#include <malloc.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "check/check.h"
#include "diag/diag.h"
#include "emit/emit.h"
#include "format/fmt.h"
#include "mutator.h"
#include "tree/ast.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size, uint8_t *out,
                                 size_t max_out, unsigned int seed);

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
    return seed % 8 == 0 ? LLVMFuzzerMutate(data, size, max_size) : mutate_text(data, size, max_size, seed);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size, uint8_t *out,
                                 size_t max_out, unsigned int seed)
{
    return mutate_cross(a, a_size, b, b_size, out, max_out, seed);
}

/* FNV-1a (Fowler, Noll, Vo) */
static uint32_t hash_of(const uint8_t *data, size_t size)
{
    uint32_t hash = 2166136261u;

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ data[i]) * 16777619u;
    return hash;
}

static void dump(const struct unit *unit)
{
    struct text out = {0};

    ast_dump(unit, &out);
    text_free(&out);
}

/* What fmt makes of a text without mistakes means the same, or it is a bug. */
static void format(const struct source *source)
{
    struct text out = {0};

    if (!fmt_source(source, &out))
        abort();
    text_free(&out);
}

static void run(const uint8_t *data, size_t size)
{
    static FILE *nowhere;
    struct unit unit = {.arena = arena_new()};
    struct diags diags;
    struct text out = {0};
    uint32_t hash = hash_of(data, size);
    const char *every = getenv("FUZZ_EVERY"); /* all of it for each text: for measuring what is covered */

    if (!nowhere)
        nowhere = fopen("/dev/null", "w");
    unit.diags = &diags;
    diags_init(&diags, unit.arena, &unit.sources);
    const struct source *source = source_add(&unit.sources, unit.arena, "fuzz.swarm", (const char *)data, size);
    ast_parse(&unit, source);
    if (every || hash % 8 == 0)
        dump(&unit);
    if (!diags.errors && (every || hash % 8 == 1))
        format(&unit.sources.file[0]);
    if (!diags.errors && check_unit(&unit) && !diags.errors)
        emit_program(&unit, "fuzz.swarm.c", hash & 128 ? EMIT_READ : EMIT_EMBED, &out);
    if (every || hash % 8 == 2)
        diag_print(&diags, nowhere, DIAG_JSON, false);
    if (every || hash % 8 == 3)
        diag_print(&diags, nowhere, DIAG_TEXT, hash & 64);
    text_free(&out);
    arena_free(unit.arena);
}

#if defined __has_feature
#if __has_feature(address_sanitizer)
#define HAS_LEAK_CHECK 1 /* libFuzzer asks LeakSanitizer */
#endif
#endif

#ifndef HAS_LEAK_CHECK
static size_t in_use(void)
{
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}

/* Memory in use grows for a while with what the libraries keep and what malloc holds ready for the next time (up to 7 pieces of 64 sizes
 * in a thread's cache count as used); a text with which it grows on and on has a leak. */
static void look_for_leak(const uint8_t *data, size_t size, size_t before)
{
    enum { MOST_TIMES = 600 };
    size_t after = in_use();

    for (int i = 0; i < MOST_TIMES && after > before; i++) {
        before = after;
        run(data, size);
        after = in_use();
    }
    if (after > before) {
        fprintf(stderr, "leak: %zu bytes each time\n", after - before);
        abort();
    }
}
#endif

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
#ifdef HAS_LEAK_CHECK
    run(data, size);
#else
    bool asked = hash_of(data, size) % 8 == 4; /* mallinfo2() goes through the whole heap */
    size_t before = asked ? in_use() : 0;
    run(data, size);
    if (asked)
        look_for_leak(data, size, before);
#endif
    return 0;
}
