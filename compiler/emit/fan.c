/* parallel: each branch is a machine of its own, run by a strand of its own. In its functions `b` is the branch's frame and `f`
 * the task's, so that what a branch holds names the same things as the rest of the task. A branch inside of another one's
 * `else` has `b->outer`. */
#include "emit.h"

#include <inttypes.h>
#include <string.h>

/* ------------------------------------------------------------------ a branch's own variables */

static void own_stmt(struct emit *em, const struct machine *branch, const struct stmt *stmt);

static void own_block(struct emit *em, const struct machine *branch, const struct block *block)
{
    for (const struct stmt *stmt = block ? block->first : NULL; stmt; stmt = stmt->next) {
        own_stmt(em, branch, stmt);
    }
}

/* What is declared in it: each branch has its own. A `save` is the task's. */
static void own_stmt(struct emit *em, const struct machine *branch, const struct stmt *stmt)
{
    bool declares = stmt->kind == STMT_LET || stmt->kind == STMT_FOR || stmt->kind == STMT_PARALLEL;

    if (declares && stmt->symbol) {
        lower_variable(&em->lower, stmt->symbol)->branch = branch;
    }
    own_block(em, branch, stmt->body);
    own_block(em, branch, stmt->otherwise);
    if (stmt->request) {
        own_block(em, branch, stmt->request->body);
        own_block(em, branch, stmt->request->otherwise);
    }
}

/* ------------------------------------------------------------------ machines */

static const char *branch_name(struct emit *em, const struct stmt *stmt)
{
    return emit_unique(em, arena_format(em->arena, "%s_branch", em->fn->machine->name), stmt->span);
}

static void add_pointer(struct emit *em, struct frame *frame, const char *name, const struct frame *to)
{
    (void)lower_field(&em->lower, frame, name, arena_format(em->arena, "struct %s *", to->tag), false);
}

/* `alone`: the branch is this one statement; else it is all of the body of `parallel for` (stmt). */
static struct machine *emit_branch(struct emit *em, const struct stmt *stmt, const struct stmt *alone)
{
    struct machine *branch = ARENA_NEW(em->arena, struct machine);
    struct function fn = {.machine = em->fn->machine,
                          .branch = branch,
                          .kind = em->fn->kind,
                          .leave = "return swarm_leave(s, 0);",
                          .result = type_kind(TYPE_VOID)};
    struct stmt copy;
    struct block one = {0};
    const struct block *body = stmt->body;

    branch->decl = em->fn->machine->decl;
    branch->name = branch_name(em, alone ? alone : stmt);
    branch->frame = lower_frame(&em->lower, branch->name, false);
    branch->home = em->fn->machine->home;
    branch->frame->branch_of = em->fn->kind;
    branch->frame->branch_line = emit_line_of(em, (alone ? alone : stmt)->span);
    branch->outer = em->fn->branch;
    add_pointer(em, branch->frame, "task", em->fn->machine->frame);
    if (branch->outer) {
        add_pointer(em, branch->frame, "outer", branch->outer->frame);
    }
    if (alone) {
        copy = *alone;
        copy.next = NULL;
        one = *stmt->body;
        one.first = &copy;
        body = &one;
    } else if (stmt->symbol) {
        lower_variable(&em->lower, stmt->symbol)->branch = branch;
    }
    own_block(em, branch, body);
    fn.measured = has_measure(body);
    function_begin(em, &fn, IN_MACHINE);
    emit_point(em, (alone ? alone : stmt)->span);
    if (!alone && stmt->symbol) {
        (void)emit_variable(em, stmt->symbol);
    }
    emit_block(em, body);
    machine_finish(em, branch, em->fn->machine->decl->name.text ? em->fn->machine->decl->name.text : "parallel", "b");
    lower_add_frame(&em->lower, branch->frame);
    return branch;
}

/* ------------------------------------------------------------------ the statement */

/* Begins a branch; its frame is `branch` in the braces it leaves open. */
static void open_branch(struct emit *em, const struct stmt *stmt, const char *fan, const struct machine *branch)
{
    const char *tag = branch->frame->tag;

    write_open(&em->fn->body, "{");
    write_line(&em->fn->body, "struct %s *branch = (struct %s *)swarm_branch(s, &%s, &%s_machine, %s);", tag, tag, fan,
               branch->name, emit_place(em, stmt->span, ""));
}

static void fill_branch(struct emit *em, const struct machine *branch)
{
    write_line(&em->fn->body, "branch->task = f;");
    if (branch->outer) {
        write_line(&em->fn->body, "branch->outer = b;");
    }
}

static void join(struct emit *em, const struct stmt *stmt, const char *fan)
{
    unsigned point = emit_point(em, stmt->span);

    write_at(&em->fn->body, &em->unit->sources, stmt->span);
    write_line(&em->fn->body, "return swarm_fan_join(s, %u, &%s); case %u:;", point, fan, point);
}

static void begin_fan(struct emit *em, const struct stmt *stmt, const char *fan, const char *max)
{
    const char *place = stmt->max ? emit_place_of(em, stmt->max) : emit_place(em, stmt->span, "");

    write_line(&em->fn->body, "swarm_fan_begin(s, &%s, %s, %s);", fan, max, place);
    if (stmt->max) {
        em->fn->may_fail = true;
        emit_leave_if_failed(em);
    }
}

static void parallel_statements(struct emit *em, const struct stmt *stmt)
{
    const char *fan = emit_state(em, stmt, "fan", "struct swarm_fan");

    begin_fan(em, stmt, fan, "INT64_MAX");
    for (const struct stmt *alone = stmt->body->first; alone; alone = alone->next) {
        const struct machine *branch = emit_branch(em, stmt, alone);
        open_branch(em, stmt, fan, branch);
        write_open(&em->fn->body, "if (branch) {");
        fill_branch(em, branch);
        write_close(&em->fn->body, "}");
        write_close(&em->fn->body, "}");
    }
    join(em, stmt, fan);
}

/* What the elements come from: state of the walk, set in the temporaries' braces. */
struct elements {
    bool range;
    const char *walk, *left, *next;
};

static void begin_elements(struct emit *em, const struct stmt *stmt, struct elements *elements, const char *fan)
{
    const struct expr *value = stmt->value;
    const struct expr *operands[3] = {stmt->max, value, NULL};
    struct type wants[3] = {type_kind(TYPE_INT), value->type, type_kind(TYPE_INT)};
    const char *texts[3];
    struct scope_of_temps scope;

    temps_begin(em, &scope);
    if (elements->range) {
        operands[1] = value->left;
        operands[2] = value->right;
        wants[1] = type_kind(TYPE_INT);
    }
    emit_operands(em, operands, wants, 3, texts);
    for (unsigned i = 0; i < 3; i++) {
        if (operands[i] && !expr_is_known(operands[i])) {
            texts[i] = emit_temp(em, operands[i]->span, wants[i], texts[i]);
        }
    }
    emit_leave_if_failed(em);
    if (elements->range) {
        write_line(&em->fn->body, "%s = (uint64_t)%s;", elements->next, texts[1]);
        write_line(&em->fn->body, "%s = %s <= %s ? (uint64_t)%s - (uint64_t)%s + 1 : 0;", elements->left, texts[1],
                   texts[2], texts[2], texts[1]);
    } else {
        const char *list = emit_box(em, value->type, texts[1]);
        if (expr_may_alias(em, value)) {
            list = arena_format(em->arena, "swarm_let(s, %s)", list);
        }
        write_line(&em->fn->body, "%s = swarm_walk(s, %s, %s);", elements->walk, list, emit_place_of(em, value));
        em->fn->may_fail = true;
        emit_leave_if_failed(em);
    }
    begin_fan(em, stmt, fan, stmt->max ? c_bare(em->arena, texts[0]) : "INT64_MAX");
    temps_end(em, &scope);
}

static void write_break(struct emit *em, const char *condition)
{
    write_open(&em->fn->body, "if (%s) {", condition);
    write_line(&em->fn->body, "break;");
    write_close(&em->fn->body, "}");
}

static void set_element(struct emit *em, const struct stmt *stmt, const char *value)
{
    const struct variable *variable = lower_variable(&em->lower, stmt->symbol);

    if (variable->kept) {
        write_line(&em->fn->body, "swarm_keep(s, &branch->%s, %s);", variable->name, value);
    } else {
        write_line(&em->fn->body, "branch->%s = %s;", variable->name, value);
    }
}

static void parallel_for(struct emit *em, const struct stmt *stmt)
{
    const char *fan = emit_state(em, stmt, "fan", "struct swarm_fan");
    struct elements elements = {.range = stmt->value->type.kind == TYPE_RANGE};

    if (elements.range) {
        elements.left = emit_state(em, stmt, "left", "uint64_t");
        elements.next = emit_state(em, stmt, "next", "uint64_t");
    } else {
        elements.walk = emit_state(em, stmt, "walk", "struct swarm_walk");
    }
    const struct machine *branch = emit_branch(em, stmt, NULL);
    begin_elements(em, stmt, &elements, fan);
    write_open(&em->fn->body, "for (;;) {");
    unsigned point = emit_point(em, stmt->span);
    write_line(&em->fn->body, "return swarm_fan_room(s, %u, &%s); case %u:;", point, fan, point);
    write_break(em, arena_format(em->arena, "!swarm_fan_open(&%s)", fan));
    if (elements.range) {
        write_break(em, arena_format(em->arena, "%s == 0", elements.left));
        open_branch(em, stmt, fan, branch);
    } else {
        write_open(&em->fn->body, "{");
        write_line(&em->fn->body, "struct swarm_value element;");
        write_break(em, arena_format(em->arena, "!swarm_step_on(s, &%s, &element)", elements.walk));
        open_branch(em, stmt, fan, branch);
    }
    write_break(em, "!branch");
    fill_branch(em, branch);
    if (elements.range) {
        const char *value = arena_format(em->arena, "(int64_t)%s", elements.next);
        set_element(em, stmt, type_is_value(stmt->symbol->type) ? emit_box(em, type_kind(TYPE_INT), value) : value);
        write_line(&em->fn->body, "%s++;", elements.next);
        write_line(&em->fn->body, "%s--;", elements.left);
    } else {
        set_element(em, stmt, "element");
        write_close(&em->fn->body, "}");
    }
    write_close(&em->fn->body, "}");
    write_close(&em->fn->body, "}");
    join(em, stmt, fan);
}

void emit_parallel(struct emit *em, const struct stmt *stmt)
{
    write_at(&em->fn->body, &em->unit->sources, stmt->span);
    if (stmt->value) {
        parallel_for(em, stmt);
    } else {
        parallel_statements(em, stmt);
    }
}
