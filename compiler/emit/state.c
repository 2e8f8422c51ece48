/* Statements about what users share: next, gates, queues, metrics. */
#include "emit.h"

#include <string.h>

static void at(struct emit *em, struct span span)
{
    write_at(&em->fn->body, &em->unit->sources, span);
}

static const char *symbol_of(struct emit *em, const struct symbol *symbol, struct span span)
{
    if (!symbol) {
        emit_broken(em, span, "a gate, queue or data that is not known");
    }
    return emit_global(em, symbol);
}

/* `return swarm_OP(s, N, &NAME, within); case N:;` */
static void wait_within(struct emit *em, const char *operation, const char *name, const struct expr *within,
                        struct span span)
{
    struct scope_of_temps scope;
    const char *text = "SWARM_NO_LIMIT";

    at(em, span);
    temps_begin(em, &scope);
    if (within) {
        text = c_bare(em->arena, emit_as(em, within, type_kind(TYPE_DURATION)));
        if (em->fn->may_fail) {
            text = emit_temp(em, within->span, type_kind(TYPE_DURATION), text);
            emit_leave_if_failed(em);
        }
    }
    unsigned point = emit_point(em, span);
    if (!temps_made(em, &scope)) {
        write_line(&em->fn->body, "return %s(s, %u, &%s, %s); case %u:;", operation, point, name, text, point);
        temps_end(em, &scope);
        return;
    }
    write_line(&em->fn->body, "return %s(s, %u, &%s, %s);", operation, point, name, text);
    temps_end(em, &scope);
    write_line(&em->fn->body, "case %u:;", point);
}

bool emit_waiting_value(struct emit *em, const struct expr *e)
{
    if (!e || em->fn->where != IN_MACHINE) {
        return false;
    }
    if (e->kind == EXPR_POP) {
        wait_within(em, "swarm_pop", symbol_of(em, e->symbol, e->span), e->right, e->span);
        return true;
    }
    if (is_queue_next(e)) {
        unsigned point = emit_point(em, e->span);
        at(em, e->span);
        write_line(&em->fn->body, "return swarm_take(s, %u, &%s, %s); case %u:;", point,
                   symbol_of(em, e->symbol, e->span), emit_place_of(em, e), point);
        return true;
    }
    return false;
}

void emit_otherwise(struct emit *em, const struct block *otherwise)
{
    if (!otherwise) {
        return;
    }
    write_open(&em->fn->body, "if (!s->answered) {");
    emit_block(em, otherwise);
    write_close(&em->fn->body, "}");
}

void emit_await(struct emit *em, const struct stmt *stmt)
{
    wait_within(em, "swarm_await", symbol_of(em, stmt->symbol, stmt->span), stmt->within, stmt->span);
    emit_otherwise(em, stmt->otherwise);
}

void emit_open(struct emit *em, const struct stmt *stmt)
{
    at(em, stmt->span);
    write_line(&em->fn->body, "swarm_open(s, &%s);", symbol_of(em, stmt->symbol, stmt->span));
}

/* The value of a statement that hands it on, only if making it did not fail. */
static const char *value_of(struct emit *em, const struct expr *e)
{
    const char *text = emit_value(em, e);

    if (em->fn->may_fail) {
        text = emit_temp(em, e->span, type_kind(TYPE_JSON), text);
        emit_leave_if_failed(em);
    }
    return text;
}

void emit_push(struct emit *em, const struct stmt *stmt)
{
    struct scope_of_temps scope;

    at(em, stmt->span);
    temps_begin(em, &scope);
    const char *text = value_of(em, stmt->value);
    write_line(&em->fn->body, "swarm_push(s, &%s, %s, %s);", symbol_of(em, stmt->symbol, stmt->span), text,
               emit_place(em, stmt->span, ""));
    em->fn->may_fail = true;
    emit_leave_if_failed(em);
    temps_end(em, &scope);
}

/* c += n; g = n, g += n, g -= n */
void emit_metric_write(struct emit *em, const struct stmt *stmt, const struct symbol *metric)
{
    struct scope_of_temps scope;
    const char *name = emit_global(em, metric), *place = emit_place_of(em, stmt->value);

    at(em, stmt->span);
    temps_begin(em, &scope);
    const char *text = value_of(em, stmt->value);
    if (strcmp(metric->decl->keyword.text, "counter") == 0) {
        write_line(&em->fn->body, "swarm_count(s, &%s, %s, %s);", name, text, place);
    } else if (stmt->op == OP_NONE) {
        write_line(&em->fn->body, "swarm_gauge_set(s, &%s, %s, %s);", name, text, place);
    } else {
        write_line(&em->fn->body, "swarm_gauge_add(s, &%s, %s, %d, %s);", name, text, stmt->op == OP_SUB ? -1 : 1,
                   place);
    }
    em->fn->may_fail = true;
    emit_leave_if_failed(em);
    temps_end(em, &scope);
}

/* t.add(n), r.add(condition), next(data) */
const char *emit_shared_call(struct emit *em, const struct expr *e)
{
    const struct symbol *symbol = e->symbol;
    const char *name = emit_global(em, symbol);

    em->fn->may_fail = true;
    if (symbol->kind == SYMBOL_DATA) {
        return arena_format(em->arena, "swarm_next(s, &%s, %s)", name, emit_place_of(em, e));
    }
    const struct expr *value = e->items->value;
    if (strcmp(symbol->decl->keyword.text, "rate") == 0) {
        return arena_format(em->arena, "swarm_observe(s, &%s, %s)", name,
                            c_bare(em->arena, emit_as(em, value, type_kind(TYPE_BOOL))));
    }
    return arena_format(em->arena, "swarm_measure_value(s, &%s, %s, %s)", name, emit_value(em, value),
                        emit_place_of(em, value));
}
