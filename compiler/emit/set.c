/* Where values go: let, save, assignment, and the calls of actions, whose result is such a value. */
#include "emit.h"

#include <string.h>

static void at(struct emit *em, struct span span)
{
    write_at(&em->fn->body, &em->unit->sources, span);
}

/* ------------------------------------------------------------------ variables */

/* Makes a value last as long as a variable that is not a kept slot. */
const char *emit_lasting(struct emit *em, const char *text, bool alias, bool local)
{
    if (!alias || em->fn->where == IN_FN) {
        return c_bare(em->arena, text);
    }
    bool may_be_view = em->fn->where == IN_JUDGE && !local;
    return arena_format(em->arena, "%s(s, %s)", may_be_view ? "swarm_copy" : "swarm_let", c_bare(em->arena, text));
}

void emit_store(struct emit *em, const struct symbol *symbol, const char *text, bool alias)
{
    if (symbol->kind == SYMBOL_SHARED) {
        emit_shared_write(em, symbol, text);
        return;
    }
    const char *variable = emit_variable(em, symbol);

    if (emit_is_kept(em, symbol)) {
        write_line(&em->fn->body, "swarm_keep(s, &%s, %s);", variable, c_bare(em->arena, text));
        return;
    }
    bool local = lower_variable(&em->lower, symbol)->where == WHERE_LOCAL;
    bool value = type_is_value(symbol->type);
    write_line(&em->fn->body, "%s = %s;", variable,
               value ? emit_lasting(em, text, alias, local) : c_bare(em->arena, text));
}

static bool is_local(struct emit *em, const struct stmt *stmt)
{
    return stmt->kind == STMT_LET && em->fn->local_block;
}

/* Declares the C local of a `let` in `w`, if it is one. */
static bool declare_local(struct emit *em, const struct stmt *stmt, struct writer *w, const char *initial)
{
    struct symbol *symbol = stmt->symbol;

    if (!is_local(em, stmt)) {
        return false;
    }
    const char *name = emit_local_name(em, symbol);
    struct variable *variable = lower_variable(&em->lower, symbol);
    variable->where = WHERE_LOCAL;
    variable->name = name;
    if (!initial) {
        initial = type_is_value(symbol->type) ? "swarm_null()" : type_c(symbol->type) == C_BOOL ? "false" : "0";
    }
    write_line(w, "%s %s = %s;", c_type(symbol->type), name, initial);
    if (!symbol->read) {
        write_line(w, "(void)%s;", name);
    }
    return true;
}

const char *emit_result_text(struct type type)
{
    switch (type_c(type)) {
    case C_INT:
        return "s->result.i";
    case C_FLOAT:
        return "s->result.f";
    case C_BOOL:
        return "(s->result.i != 0)";
    default:
        return "s->result";
    }
}

/* ------------------------------------------------------------------ calls of actions */

void emit_action_call(struct emit *em, const struct expr *call)
{
    struct machine *callee = machine_of(em, call->symbol->decl);
    struct machine *caller = emit_own_machine(em);
    unsigned n = 0;
    struct scope_of_temps scope;

    for (const struct param *param = call->symbol->decl->params; param; param = param->next) {
        n++;
    }
    const struct expr **operands = ARENA_ARRAY(em->arena, const struct expr *, n + 1);
    struct type *wants = ARENA_ARRAY(em->arena, struct type, n + 1);
    const char **texts = ARENA_ARRAY(em->arena, const char *, n + 1);
    const struct symbol **params = ARENA_ARRAY(em->arena, const struct symbol *, n + 1);
    n = 0;
    if (!callee || em->fn->where != IN_MACHINE) {
        emit_broken(em, call->span, "the action `%s` has no machine here", call->symbol->name);
    }
    const char *member =
        lower_member(&em->lower, caller->frame, callee->frame, arena_format(em->arena, "%s_call", callee->name));
    const char *frame = arena_format(em->arena, "%s->call.%s", emit_own(em), member);
    const struct item *item = call->items;
    for (const struct param *param = call->symbol->decl->params; param; param = param->next) {
        if (item && param->symbol->constness != CONST_KNOWN) {
            params[n] = param->symbol;
            operands[n] = item->value;
            wants[n++] = param->symbol->type;
        }
        item = item ? item->next : NULL;
    }
    at(em, call->span);
    temps_begin(em, &scope);
    emit_operands(em, operands, wants, n, texts);
    for (unsigned i = 0; i < n; i++) {
        const char *text =
            type_is_value(wants[i]) ? emit_lasting(em, texts[i], expr_may_alias(em, operands[i]), false) : texts[i];
        texts[i] = expr_is_known(operands[i]) ? text : emit_temp(em, operands[i]->span, wants[i], text);
    }
    emit_leave_if_failed(em);
    write_line(&em->fn->body, "swarm_enter(s, &%s->frame, &%s.frame, &%s_machine);", emit_own(em), frame, callee->name);
    for (unsigned i = 0; i < n; i++) {
        const struct variable *variable = lower_variable(&em->lower, params[i]);
        if (variable->kept) {
            write_line(&em->fn->body, "swarm_keep(s, &%s.%s, %s);", frame, variable->name, texts[i]);
        } else {
            write_line(&em->fn->body, "%s.%s = %s;", frame, variable->name, c_bare(em->arena, texts[i]));
        }
    }
    temps_end(em, &scope);
    unsigned point = emit_point(em, call->span);
    at(em, call->span);
    write_line(&em->fn->body, "return swarm_call(s, %u, &%s.frame); case %u:;", point, frame, point);
}

/* ------------------------------------------------------------------ let, save, assignment */

static void after_save(struct emit *em, const struct stmt *stmt)
{
    const struct symbol *symbol = stmt->symbol;

    if (stmt->kind == STMT_SAVE && symbol->kind == SYMBOL_SAVE && symbol->needs_check && em->fn->where == IN_JUDGE) {
        write_line(&em->fn->body, "%s = 0;", emit_unset_flag(em, symbol));
    }
}

/* A value that may be missing, with something said for that case (else, or a save's own failure). */
static void set_unless_missing(struct emit *em, const struct stmt *stmt, const struct symbol *symbol, bool called)
{
    struct scope_of_temps scope;
    bool judge_save = stmt->kind == STMT_SAVE && em->fn->where == IN_JUDGE && !stmt->otherwise;

    declare_local(em, stmt, &em->fn->body, NULL);
    at(em, stmt->span);
    temps_begin(em, &scope);
    const char *value = called ? emit_result_text(stmt->value->type) : emit_expr(em, stmt->value);
    value = emit_temp(em, stmt->value->span, stmt->value->type, value);
    emit_leave_if_failed(em);
    if (judge_save) {
        write_open(&em->fn->body, "if (swarm_is_null(%s)) {", value);
        write_line(&em->fn->body, "swarm_save_missing(s, %s, %s);", emit_place_of(em, stmt->value),
                   c_string(em->arena, symbol->name));
        write_line(&em->fn->body, "%s", em->fn->leave);
        write_close(&em->fn->body, "}");
    } else {
        write_line(&em->fn->body, "test = swarm_is_null(%s);", value);
        write_open(&em->fn->body, "if (!test) {");
    }
    const char *text = emit_convert(em, stmt->value, stmt->value->type, symbol->type, value);
    if (em->fn->may_fail) {
        text = emit_temp(em, stmt->value->span, symbol->type, text);
        emit_leave_if_failed(em);
    }
    emit_store(em, symbol, text, !called && expr_may_alias(em, stmt->value));
    after_save(em, stmt);
    if (!judge_save) {
        write_close(&em->fn->body, "}");
    }
    temps_end(em, &scope);
    if (!judge_save) {
        write_open(&em->fn->body, "if (test) {");
        emit_block(em, stmt->otherwise);
        write_close(&em->fn->body, "}");
    }
}

/* The value of let, save or = goes into the symbol. */
void emit_set(struct emit *em, const struct stmt *stmt, const struct symbol *symbol)
{
    struct scope_of_temps scope;
    bool called = is_action_call(stmt->value);

    if (called) {
        emit_action_call(em, stmt->value);
    }
    called = called || emit_waiting_value(em, stmt->value);
    if (type_is_value(stmt->value->type) && !expr_is_known(stmt->value) &&
        (stmt->otherwise || (stmt->kind == STMT_SAVE && em->fn->where == IN_JUDGE))) {
        set_unless_missing(em, stmt, symbol, called);
        return;
    }
    at(em, stmt->span);
    temps_begin(em, &scope);
    const char *text = called ? emit_result_text(stmt->value->type) : emit_expr(em, stmt->value);
    bool needs_value = stmt->kind == STMT_SAVE && type_is_value(symbol->type) && type_is_value(stmt->value->type) &&
                       (stmt->value->type.optional || stmt->value->type.kind == TYPE_JSON);
    text = emit_convert(em, stmt->value, stmt->value->type, symbol->type, text);
    if (expr_is_known(stmt->value) && stmt->value->type.kind == TYPE_INT && type_c(symbol->type) == C_FLOAT) {
        text = c_float(em->arena, (double)stmt->value->known.i);
    }
    if (needs_value) {
        text = arena_format(em->arena, "swarm_need(s, %s, %s)", text, emit_place_of(em, stmt->value));
        em->fn->may_fail = true;
    }
    bool alias = !called && expr_may_alias(em, stmt->value);
    if (is_local(em, stmt)) {
        bool simple = !temps_made(em, &scope) && em->fn->body.lines == 0;
        text = type_is_value(symbol->type) ? emit_lasting(em, text, alias, true) : c_bare(em->arena, text);
        if (simple) {
            declare_local(em, stmt, &em->fn->body, text);
        } else {
            declare_local(em, stmt, &scope.outer, NULL);
            at(em, stmt->span);
            write_line(&em->fn->body, "%s = %s;", lower_variable(&em->lower, symbol)->name, text);
        }
        temps_end(em, &scope);
        emit_leave_if_failed(em);
        return;
    }
    if (stmt->kind != STMT_LET && em->fn->may_fail) { /* the old value stays when this one fails */
        text = emit_temp(em, stmt->value->span, symbol->type, text);
        emit_leave_if_failed(em);
    }
    emit_store(em, symbol, text, alias);
    after_save(em, stmt);
    temps_end(em, &scope);
    emit_leave_if_failed(em);
}

static struct type type_of_sum(struct type a, struct type b)
{
    if (a.kind == TYPE_JSON || b.kind == TYPE_JSON || a.optional || b.optional) {
        return type_kind(TYPE_JSON);
    }
    if (a.kind == TYPE_INT && b.kind == TYPE_FLOAT) {
        return type_kind(TYPE_FLOAT);
    }
    return type_kind(a.kind);
}

/* x += e */
static void emit_change(struct emit *em, const struct stmt *stmt, const struct symbol *symbol)
{
    struct scope_of_temps scope;
    struct type type = type_of_sum(stmt->target->type, stmt->value->type);

    at(em, stmt->span);
    temps_begin(em, &scope);
    const char *text = emit_arithmetic(em, stmt->op, type, stmt->target, stmt->value);
    text = emit_convert(em, stmt->target, type, symbol->type, text);
    if (em->fn->may_fail) {
        text = emit_temp(em, stmt->span, symbol->type, text);
        emit_leave_if_failed(em);
    }
    emit_store(em, symbol, text, em->fn->where == IN_JUDGE);
    temps_end(em, &scope);
}

/* x.a[0] = e: a new value in which that path is set. */
static void emit_path_assignment(struct emit *em, const struct stmt *stmt)
{
    unsigned n = 0, operand_count = 0;
    const struct expr *root = stmt->target;
    struct scope_of_temps scope;

    for (; root->kind == EXPR_FIELD || root->kind == EXPR_INDEX; root = root->left) {
        n++;
    }
    const struct expr **chain = ARENA_ARRAY(em->arena, const struct expr *, n + 1);
    const struct expr **operands = ARENA_ARRAY(em->arena, const struct expr *, n + 1);
    struct type *wants = ARENA_ARRAY(em->arena, struct type, n + 1);
    const char **texts = ARENA_ARRAY(em->arena, const char *, n + 1);
    n = 0;
    for (root = stmt->target; root->kind == EXPR_FIELD || root->kind == EXPR_INDEX; root = root->left) {
        chain[n++] = root;
    }
    at(em, stmt->span);
    temps_begin(em, &scope);
    for (unsigned i = n; i-- > 0;) { /* the chain is inside out */
        if (chain[i]->kind == EXPR_INDEX) {
            operands[operand_count] = chain[i]->right;
            wants[operand_count++] = chain[i]->right->type;
        }
    }
    if (stmt->op == OP_NONE) {
        operands[operand_count] = stmt->value;
        wants[operand_count] = stmt->value->type;
    }
    emit_operands(em, operands, wants, operand_count + (stmt->op == OP_NONE), texts);
    const char *value;
    if (stmt->op == OP_NONE) {
        value = emit_box(em, stmt->value->type, texts[operand_count]);
    } else {
        struct type type = type_of_sum(stmt->target->type, stmt->value->type);
        value = emit_box(em, type, emit_arithmetic(em, stmt->op, type, stmt->target, stmt->value));
    }
    struct text steps = {0};
    unsigned operand = 0;
    for (unsigned i = n; i-- > 0;) {
        text_puts(&steps, i + 1 < n ? ", " : "");
        if (chain[i]->kind == EXPR_FIELD) {
            text_printf(&steps, "swarm_text(%s, %zu)", c_string(em->arena, chain[i]->name.text),
                        strlen(chain[i]->name.text));
        } else {
            text_puts(&steps, emit_box(em, wants[operand], texts[operand]));
            operand++;
        }
    }
    em->fn->may_fail = true;
    const char *text =
        arena_format(em->arena, "swarm_with(s, %s, (const struct swarm_value[%u]){%s}, %u, %s, %s)",
                     emit_variable(em, root->symbol), n, steps.p, n, value, emit_place_of(em, stmt->target));
    text_free(&steps);
    text = emit_temp(em, stmt->span, type_kind(TYPE_JSON), text);
    emit_leave_if_failed(em);
    emit_store(em, root->symbol, text, true);
    temps_end(em, &scope);
}

void emit_assign(struct emit *em, const struct stmt *stmt)
{
    const struct symbol *symbol = stmt->target->symbol;

    if (symbol && symbol->kind == SYMBOL_METRIC) {
        emit_metric_write(em, stmt, symbol);
        return;
    }
    if (stmt->target->kind != EXPR_NAME && !(stmt->target->kind == EXPR_FIELD && symbol)) {
        emit_path_assignment(em, stmt);
    } else if (stmt->op == OP_NONE) {
        emit_set(em, stmt, symbol);
    } else {
        emit_change(em, stmt, symbol);
    }
}
