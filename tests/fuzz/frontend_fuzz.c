/* A coverage-guided fuzzer of the whole front end: any text is parsed, checked and, when it is right, made into C.
 * Built and run by tests/fuzz/fuzz.sh with libFuzzer under ASan and UBSan. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "tree/arena.h"
#include "tree/ast.h"
#include "check/check.h"
#include "diag/diag.h"
#include "emit/emit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static FILE *nowhere;
    struct unit unit = {.arena = arena_new()};
    struct diags diags;
    struct text out = {0};

    if (!nowhere) {
        nowhere = fopen("/dev/null", "w");
    }
    unit.diags = &diags;
    diags_init(&diags, unit.arena, &unit.sources);
    const struct source *source = source_add(&unit.sources, unit.arena, "fuzz.swarm", (const char *)data, size);
    ast_parse(&unit, source);
    ast_dump(&unit, &out);
    if (!diags.errors && check_unit(&unit) && !diags.errors) {
        text_free(&out);
        out = (struct text){0};
        emit_program(&unit, "fuzz.swarm.c", &out);
    }
    diag_print(&diags, nowhere, size % 2 ? DIAG_TEXT : DIAG_JSON, false);
    text_free(&out);
    arena_free(unit.arena);
    return 0;
}
