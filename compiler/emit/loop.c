/* Loops. In a machine the state of a loop is in the frame, the arena is set back to where it was at the begin
 * of each round, and a loop that need not wait lets others run after 1,000 rounds; in a fn or response block
 * a loop is plain C and ends with an error after 1,000,000 rounds. */
#include "emit.h"

#include <inttypes.h>

static const char *local_state(struct emit *em, const struct stmt *stmt, const char *what)
{
    const char *base = arena_format(em->arena, "%s_%" PRIu32, what, emit_line_of(em, stmt->span));
    unsigned number = count_up(em, &em->fn->names, base);
    return number == 0 ? arena_format(em->arena, "%sa", base) : arena_format(em->arena, "%s_%ua", base, number);
}

static const char *set_mark(struct emit *em, const struct stmt *stmt)
{
    const char *mark = emit_state(em, stmt, "mark", "struct swarm_mark");
    write_line(&em->fn->body, "%s = swarm_mark(s);", mark);
    return mark;
}

/* What stands at the head of each round of a machine's loop. */
static void round_head(struct emit *em, const struct stmt *stmt, const char *mark, const char *rounds)
{
    write_line(&em->fn->body, "swarm_reset(s, &%s);", mark);
    if (rounds) {
        unsigned point = emit_point(em, stmt->span);
        write_open(&em->fn->body, "if (swarm_due(&%s)) {", rounds);
        write_line(&em->fn->body, "return swarm_yield(s, %u); case %u:;", point, point);
        write_close(&em->fn->body, "}");
    }
}

static const char *rounds_field(struct emit *em, const struct stmt *stmt)
{
    if (block_always_waits(stmt->body)) {
        return NULL;
    }
    const char *rounds = emit_state(em, stmt, "rounds", "uint32_t");
    write_line(&em->fn->body, "%s = 0;", rounds);
    return rounds;
}

static void emit_body(struct emit *em, const struct stmt *stmt)
{
    em->fn->loops++;
    emit_block(em, stmt->body);
    em->fn->loops--;
}

/* ------------------------------------------------------------------ machines */

static void machine_for_list(struct emit *em, const struct stmt *stmt)
{
    struct scope_of_temps scope;
    const char *walk = emit_state(em, stmt, "walk", "struct swarm_walk");

    write_at(&em->fn->body, &em->unit->sources, stmt->span);
    temps_begin(em, &scope);
    const char *list = emit_value(em, stmt->value);
    if (expr_may_alias(em, stmt->value)) {
        list = arena_format(em->arena, "swarm_let(s, %s)", list);
    }
    write_line(&em->fn->body, "%s = swarm_walk(s, %s, %s);", walk, list, emit_place_of(em, stmt->value));
    em->fn->may_fail = true;
    emit_leave_if_failed(em);
    temps_end(em, &scope);
    const char *mark = set_mark(em, stmt), *rounds = rounds_field(em, stmt);
    write_open(&em->fn->body, "for (;;) {");
    round_head(em, stmt, mark, rounds);
    const char *variable = emit_variable(em, stmt->symbol);
    if (emit_is_kept(em, stmt->symbol)) {
        const char *next = emit_temp_name(em, stmt->span);
        write_open(&em->fn->body, "{");
        write_line(&em->fn->body, "struct swarm_value %s;", next);
        write_open(&em->fn->body, "if (!swarm_step_on(s, &%s, &%s)) {", walk, next);
        write_line(&em->fn->body, "break;");
        write_close(&em->fn->body, "}");
        write_line(&em->fn->body, "swarm_keep(s, &%s, %s);", variable, next);
        write_close(&em->fn->body, "}");
    } else {
        write_open(&em->fn->body, "if (!swarm_step_on(s, &%s, &%s)) {", walk, variable);
        write_line(&em->fn->body, "break;");
        write_close(&em->fn->body, "}");
    }
    emit_body(em, stmt);
    write_close(&em->fn->body, "}");
    em->fn->may_fail = true;
    emit_leave_if_failed(em);
}

static void range_operands(struct emit *em, const struct expr *range, const char *out[2])
{
    const struct expr *operands[2] = {range->left, range->right};
    const struct type wants[2] = {type_kind(TYPE_INT), type_kind(TYPE_INT)};

    emit_operands(em, operands, wants, 2, out);
    for (unsigned i = 0; i < 2; i++) {
        if (!expr_is_known(operands[i])) {
            out[i] = emit_temp(em, operands[i]->span, wants[i], out[i]);
        }
    }
    emit_leave_if_failed(em);
}

/* How many rounds a range of whole numbers has; both ends are simple texts. */
static const char *range_rounds(struct emit *em, const struct expr *range, const char *const ends[2])
{
    if (expr_is_known(range->left) && expr_is_known(range->right)) {
        int64_t from = range->left->known.i, to = range->right->known.i;
        uint64_t rounds = from <= to ? (uint64_t)to - (uint64_t)from + 1 : 0;
        return arena_format(em->arena, rounds > INT32_MAX ? "UINT64_C(%" PRIu64 ")" : "%" PRIu64, rounds);
    }
    return arena_format(em->arena, "%s <= %s ? (uint64_t)%s - (uint64_t)%s + 1 : 0", ends[0], ends[1], ends[1],
                        ends[0]);
}

static void machine_for_range(struct emit *em, const struct stmt *stmt)
{
    struct scope_of_temps scope;
    const char *left = emit_state(em, stmt, "left", "uint64_t"), *next = emit_state(em, stmt, "next", "uint64_t");
    const char *ends[2];

    write_at(&em->fn->body, &em->unit->sources, stmt->span);
    temps_begin(em, &scope);
    range_operands(em, stmt->value, ends);
    write_line(&em->fn->body, "%s = (uint64_t)%s;", next, ends[0]);
    write_line(&em->fn->body, "%s = %s;", left, range_rounds(em, stmt->value, ends));
    temps_end(em, &scope);
    const char *mark = set_mark(em, stmt), *rounds = rounds_field(em, stmt);
    write_open(&em->fn->body, "for (; %s > 0; %s--) {", left, left);
    round_head(em, stmt, mark, rounds);
    const char *value = arena_format(em->arena, "(int64_t)%s", next);
    emit_store(em, stmt->symbol, type_is_value(stmt->symbol->type) ? emit_box(em, type_kind(TYPE_INT), value) : value,
               false);
    write_line(&em->fn->body, "%s++;", next);
    emit_body(em, stmt);
    write_close(&em->fn->body, "}");
}

static void machine_repeat(struct emit *em, const struct stmt *stmt)
{
    struct scope_of_temps scope;
    const char *left = emit_state(em, stmt, "left", "int64_t");

    write_at(&em->fn->body, &em->unit->sources, stmt->span);
    temps_begin(em, &scope);
    write_line(&em->fn->body, "%s = %s;", left, c_bare(em->arena, emit_as(em, stmt->value, type_kind(TYPE_INT))));
    emit_leave_if_failed(em);
    temps_end(em, &scope);
    const char *mark = set_mark(em, stmt), *rounds = rounds_field(em, stmt);
    write_open(&em->fn->body, "for (; %s > 0; %s--) {", left, left);
    round_head(em, stmt, mark, rounds);
    emit_body(em, stmt);
    write_close(&em->fn->body, "}");
}

static void break_unless(struct emit *em, const struct expr *e)
{
    if (expr_is_known(e) && e->known.i) {
        return;
    }
    write_at(&em->fn->body, &em->unit->sources, e->span);
    const char *condition = emit_condition(em, e);
    write_open(&em->fn->body, "if (%s) {", c_not(em->arena, condition));
    write_line(&em->fn->body, "break;");
    write_close(&em->fn->body, "}");
}

static void machine_while(struct emit *em, const struct stmt *stmt)
{
    const char *mark = set_mark(em, stmt), *rounds = rounds_field(em, stmt);

    write_open(&em->fn->body, "for (;;) {");
    round_head(em, stmt, mark, rounds);
    break_unless(em, stmt->value);
    emit_body(em, stmt);
    write_close(&em->fn->body, "}");
}

static void machine_poll(struct emit *em, const struct stmt *stmt)
{
    struct scope_of_temps scope;
    const char *poll = emit_state(em, stmt, "loop", "struct swarm_poll");
    const struct expr *operands[2] = {stmt->every, stmt->within};
    const struct type wants[2] = {type_kind(TYPE_DURATION), type_kind(TYPE_DURATION)};
    const char *texts[2];

    write_at(&em->fn->body, &em->unit->sources, stmt->span);
    temps_begin(em, &scope);
    emit_operands(em, operands, wants, 2, texts);
    for (unsigned i = 0; i < 2; i++) {
        texts[i] = operands[i] ? c_bare(em->arena, texts[i]) : "-1";
    }
    write_line(&em->fn->body, "%s = swarm_every(s, %s, %s);", poll, texts[0], texts[1]);
    emit_leave_if_failed(em);
    temps_end(em, &scope);
    const char *mark = set_mark(em, stmt), *rounds = stmt->every ? NULL : rounds_field(em, stmt);
    write_open(&em->fn->body, "for (;;) {");
    unsigned point = emit_point(em, stmt->span);
    write_line(&em->fn->body, "return swarm_poll(s, %u, &%s); case %u:;", point, poll, point);
    write_open(&em->fn->body, "if (%s.over) {", poll);
    write_line(&em->fn->body, "break;");
    write_close(&em->fn->body, "}");
    round_head(em, stmt, mark, rounds);
    emit_body(em, stmt);
    write_close(&em->fn->body, "}");
    if (stmt->otherwise) {
        write_open(&em->fn->body, "if (%s.over) {", poll);
        emit_block(em, stmt->otherwise);
        write_close(&em->fn->body, "}");
    }
}

static void machine_loop(struct emit *em, const struct stmt *stmt)
{
    if (stmt->every || stmt->within) {
        machine_poll(em, stmt);
        return;
    }
    const char *mark = set_mark(em, stmt), *rounds = rounds_field(em, stmt);
    write_open(&em->fn->body, "for (;;) {");
    round_head(em, stmt, mark, rounds);
    emit_body(em, stmt);
    write_close(&em->fn->body, "}");
}

/* ------------------------------------------------------------------ fns and response blocks */

static void count_round(struct emit *em, const struct stmt *stmt, const char *rounds)
{
    write_open(&em->fn->body, "if (!swarm_round(s, &%s, %s)) {", rounds, emit_place(em, stmt->span, ""));
    write_line(&em->fn->body, "%s", em->fn->leave);
    write_close(&em->fn->body, "}");
}

static const char *declare_rounds(struct emit *em, const struct stmt *stmt)
{
    const char *rounds = local_state(em, stmt, "rounds");
    write_line(&em->fn->body, "uint32_t %s = 0;", rounds);
    return rounds;
}

static void declare_variable(struct emit *em, const struct stmt *stmt, const char *value)
{
    const char *name = emit_local_name(em, stmt->symbol);
    struct variable *variable = lower_variable(&em->lower, stmt->symbol);

    variable->where = WHERE_LOCAL;
    variable->name = name;
    if (value) {
        bool box = type_is_value(stmt->symbol->type);
        write_line(&em->fn->body, "%s %s = %s;", c_type(stmt->symbol->type), name,
                   box ? emit_box(em, type_kind(TYPE_INT), value) : value);
        if (!stmt->symbol->read) {
            write_line(&em->fn->body, "(void)%s;", name);
        }
    } else {
        write_line(&em->fn->body, "struct swarm_value %s;", name);
    }
}

static void plain_for_list(struct emit *em, const struct stmt *stmt)
{
    const char *walk = local_state(em, stmt, "walk"), *rounds = declare_rounds(em, stmt);

    const char *list = emit_value(em, stmt->value);
    write_line(&em->fn->body, "struct swarm_walk %s = swarm_walk(s, %s, %s);", walk, list,
               emit_place_of(em, stmt->value));
    em->fn->may_fail = true;
    emit_leave_if_failed(em);
    declare_variable(em, stmt, NULL);
    write_open(&em->fn->body, "while (swarm_step_on(s, &%s, &%s)) {", walk, emit_variable(em, stmt->symbol));
    count_round(em, stmt, rounds);
    emit_body(em, stmt);
    write_close(&em->fn->body, "}");
    em->fn->may_fail = true;
    emit_leave_if_failed(em);
}

static void plain_for_range(struct emit *em, const struct stmt *stmt)
{
    const char *left = local_state(em, stmt, "left"), *next = local_state(em, stmt, "next"),
               *rounds = declare_rounds(em, stmt);
    const char *ends[2];

    range_operands(em, stmt->value, ends);
    write_line(&em->fn->body, "uint64_t %s = (uint64_t)%s;", next, ends[0]);
    write_open(&em->fn->body, "for (uint64_t %s = %s; %s > 0; %s--) {", left, range_rounds(em, stmt->value, ends), left,
               left);
    count_round(em, stmt, rounds);
    declare_variable(em, stmt, arena_format(em->arena, "(int64_t)%s", next));
    write_line(&em->fn->body, "%s++;", next);
    emit_body(em, stmt);
    write_close(&em->fn->body, "}");
}

static void plain_loop(struct emit *em, const struct stmt *stmt)
{
    write_open(&em->fn->body, "{");
    if (stmt->kind == STMT_FOR) {
        stmt->value->type.kind == TYPE_RANGE ? plain_for_range(em, stmt) : plain_for_list(em, stmt);
    } else if (stmt->kind == STMT_REPEAT) {
        const char *left = local_state(em, stmt, "left"), *rounds = declare_rounds(em, stmt);
        const char *times = emit_as(em, stmt->value, type_kind(TYPE_INT));
        write_line(&em->fn->body, "int64_t %s = %s;", left, c_bare(em->arena, times));
        emit_leave_if_failed(em);
        write_open(&em->fn->body, "for (; %s > 0; %s--) {", left, left);
        count_round(em, stmt, rounds);
        emit_body(em, stmt);
        write_close(&em->fn->body, "}");
    } else {
        const char *rounds = declare_rounds(em, stmt);
        write_open(&em->fn->body, "for (;;) {");
        count_round(em, stmt, rounds);
        if (stmt->kind == STMT_WHILE) {
            break_unless(em, stmt->value);
        }
        emit_body(em, stmt);
        write_close(&em->fn->body, "}");
    }
    write_close(&em->fn->body, "}");
}

void emit_loop(struct emit *em, const struct stmt *stmt)
{
    write_at(&em->fn->body, &em->unit->sources, stmt->span);
    if (em->fn->where != IN_MACHINE) {
        plain_loop(em, stmt);
        return;
    }
    switch (stmt->kind) {
    case STMT_FOR:
        stmt->value->type.kind == TYPE_RANGE ? machine_for_range(em, stmt) : machine_for_list(em, stmt);
        return;
    case STMT_WHILE:
        machine_while(em, stmt);
        return;
    case STMT_REPEAT:
        machine_repeat(em, stmt);
        return;
    default:
        machine_loop(em, stmt);
    }
}
