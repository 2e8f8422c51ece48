/* Top-level variables: their first values as a table that prepare() fills, reading and writing them by their number there. */
#include "emit.h"

#include <string.h>

static unsigned number_of(struct emit *em, const struct symbol *symbol)
{
    unsigned n = 0;

    for (const struct symbol *other = em->info->shared; other; other = other->next, n++) {
        if (other == symbol) {
            return n;
        }
    }
    emit_broken(em, symbol->span, "the variable `%s` is not in the table", symbol->name);
}

const char *emit_shared_read(struct emit *em, const struct symbol *symbol)
{
    unsigned n = number_of(em, symbol);

    switch (type_c(symbol->type)) {
    case C_INT:
        return arena_format(em->arena, "swarm_shared(s, %u).i", n);
    case C_FLOAT:
        return arena_format(em->arena, "swarm_shared(s, %u).f", n);
    case C_BOOL:
        return arena_format(em->arena, "(swarm_shared(s, %u).i != 0)", n);
    default:
        return arena_format(em->arena, "swarm_shared(s, %u)", n);
    }
}

void emit_shared_write(struct emit *em, const struct symbol *symbol, const char *text)
{
    write_line(&em->fn->body, "swarm_share(s, %u, %s);", number_of(em, symbol),
               c_bare(em->arena, emit_box(em, symbol->type, text)));
}

static void first_value(struct emit *em, const struct symbol *symbol, unsigned n)
{
    const struct expr *value = symbol->decl->value;
    struct function *before = prepare_enter(em);
    struct scope_of_temps scope;

    write_at(&em->fn->body, &em->unit->sources, value->span);
    temps_begin(em, &scope);
    const char *text = emit_box(em, symbol->type, emit_as(em, value, symbol->type));
    write_line(&em->fn->body, "first_shared[%u] = %s;", n, c_bare(em->arena, text));
    emit_leave_if_failed(em);
    temps_end(em, &scope);
    prepare_leave(em, before);
}

void emit_shared_variables(struct emit *em, struct writer *program)
{
    unsigned n = 0;

    for (const struct symbol *symbol = em->info->shared; symbol; symbol = symbol->next, n++) {
        if (symbol->decl->value && symbol->decl->value->kind != EXPR_NULL) {
            first_value(em, symbol, n);
        }
    }
    if (n > 0) {
        write_line(&em->head, "static struct swarm_value first_shared[%u];", n);
        write_line(program, ".shared = first_shared,");
        write_line(program, ".shared_count = %u,", n);
    }
}
