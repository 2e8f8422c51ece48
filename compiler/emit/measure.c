/* measure "name" { }: a transaction in the frame. Where the block is left in line (its end, break, continue, return) it is counted
 * there; an exit of the strand goes over the pad that all resume points in the block name, and each `leave` in it. */
#include "emit.h"

#include <string.h>

bool has_measure(const struct block *block)
{
    for (const struct stmt *stmt = block ? block->first : NULL; stmt; stmt = stmt->next) {
        if (stmt->kind == STMT_MEASURE || has_measure(stmt->body) || has_measure(stmt->otherwise) ||
            (stmt->request && has_measure(stmt->request->otherwise))) {
            return true;
        }
    }
    return false;
}

void emit_measured(struct emit *em, unsigned loops)
{
    for (const struct measure_scope *at = em->fn->measure; at && at->loops >= loops; at = at->outer) {
        write_line(&em->fn->body, "swarm_measured(s, &%s);", at->transaction);
    }
}

static const struct row *row_named(const struct emit *em, const struct slice *name)
{
    for (const struct row *row = em->info->rows; row; row = row->next) {
        if (strcmp(row->type, "TRANSACTION") == 0 && strlen(row->name) == name->n &&
            memcmp(row->name, name->p, name->n) == 0) {
            return row;
        }
    }
    return NULL;
}

static void begin(struct emit *em, const struct stmt *stmt, const char *transaction)
{
    const struct expr *name = stmt->message;
    const struct row *row = expr_is_known(name) ? row_named(em, &name->known.text) : NULL;
    struct scope_of_temps scope;

    write_at(&em->fn->body, &em->unit->sources, stmt->span);
    if (row) {
        write_line(&em->fn->body, "%s = swarm_transaction(s, %u);", transaction, row->index);
        return;
    }
    temps_begin(em, &scope);
    const char *text = emit_value(em, name);
    if (em->fn->may_fail) {
        text = emit_temp(em, name->span, type_kind(TYPE_JSON), text);
        emit_leave_if_failed(em);
    }
    write_line(&em->fn->body, "%s = swarm_transaction_named(s, %s, %s);", transaction, text, emit_place_of(em, name));
    em->fn->may_fail = true;
    emit_leave_if_failed(em);
    temps_end(em, &scope);
}

static void write_pad(struct emit *em, const struct measure_scope *scope)
{
    struct writer *pads = &em->fn->pads;

    write_line(pads, "case %u:;", scope->pad);
    write_line(pads, "swarm_measured_left(s, &%s);", scope->transaction);
    write_line(pads, "return swarm_leave(s, %u);", scope->outer ? scope->outer->pad : 0);
}

void emit_measure(struct emit *em, const struct stmt *stmt)
{
    struct function *fn = em->fn;
    const char *leave = fn->leave;
    struct measure_scope scope = {
        .outer = fn->measure,
        .transaction = emit_state(em, stmt, "measure", "struct swarm_transaction"),
        .loops = fn->loops,
    };

    begin(em, stmt, scope.transaction);
    scope.pad = emit_point(em, stmt->span);
    fn->measure = &scope;
    fn->leave = arena_format(em->arena, "return swarm_leave(s, %u);", scope.pad);
    write_open(&fn->body, "{");
    emit_block(em, stmt->body);
    write_close(&fn->body, "}");
    fn->measure = scope.outer;
    fn->leave = leave;
    write_line(&fn->body, "swarm_measured(s, &%s);", scope.transaction);
    write_pad(em, &scope);
}
