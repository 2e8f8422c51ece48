/* Statements. In a machine every wait is one line, `return swarm_OP(s, N, …); case N:;`, and no C variable
 * lives across one: temporaries stand in a { } of their statement, conditions that need statements go through
 * `test`. */
#include "emit.h"

#include <string.h>

static void at(struct emit *em, struct span span)
{
    write_at(&em->fn->body, &em->unit->sources, span);
}

unsigned emit_point(struct emit *em, struct span span)
{
    struct machine *machine = emit_own_machine(em);

    if (machine->point_count == machine->point_room) {
        unsigned room = machine->point_room ? machine->point_room * 2 : 16;
        struct point *points = ARENA_ARRAY(em->arena, struct point, room);
        if (machine->point_count) {
            memcpy(points, machine->points, machine->point_count * sizeof *points);
        }
        machine->points = points;
        machine->point_room = room;
    }
    machine->points[machine->point_count] =
        (struct point){emit_line_of(em, span), em->fn->measure ? em->fn->measure->pad : 0};
    return machine->point_count++;
}

struct machine *emit_own_machine(struct emit *em)
{
    return em->fn->branch ? em->fn->branch : em->fn->machine;
}

const char *emit_own(struct emit *em)
{
    return em->fn->branch ? "b" : "f";
}

const char *emit_state(struct emit *em, const struct stmt *stmt, const char *what, const char *type)
{
    const char *wanted = arena_format(em->arena, "%s_%u", what, (unsigned)emit_line_of(em, stmt->span));
    const struct field *field = lower_scoped(&em->lower, emit_own_machine(em)->frame, wanted, type);

    return arena_format(em->arena, "%s->%s", emit_own(em), field->name);
}

/* ------------------------------------------------------------------ if */

const char *emit_condition(struct emit *em, const struct expr *e)
{
    struct scope_of_temps scope;

    temps_begin(em, &scope);
    const char *text = emit_as(em, e, type_kind(TYPE_BOOL));
    if (!temps_made(em, &scope) && !em->fn->may_fail) {
        temps_end(em, &scope);
        return c_bare(em->arena, text);
    }
    write_line(&em->fn->body, "test = %s;", c_bare(em->arena, text));
    emit_leave_if_failed(em);
    temps_end(em, &scope);
    return "test";
}

static void emit_if(struct emit *em, const struct stmt *stmt)
{
    at(em, stmt->value->span);
    const char *condition = emit_condition(em, stmt->value);

    write_open(&em->fn->body, "if (%s) {", condition);
    emit_block(em, stmt->body);
    if (stmt->otherwise) {
        write_else(&em->fn->body, "} else {");
        emit_block(em, stmt->otherwise);
    }
    write_close(&em->fn->body, "}");
}

/* ------------------------------------------------------------------ leaving */

void emit_after_block(struct emit *em)
{
    struct function *fn = em->fn;

    if (fn->where != IN_JUDGE || !fn->request->implied_last) {
        return;
    }
    if (!fn->settles) {
        write_line(&fn->body, "swarm_expect_status(s, r);");
        return;
    }
    write_open(&fn->body, "if (!settled) {");
    write_line(&fn->body, "swarm_expect_status(s, r);");
    write_close(&fn->body, "}");
}

static void leave_judge(struct emit *em, const char *code)
{
    if (em->fn->where == IN_HOOK) {
        write_line(&em->fn->body, "%s", em->fn->leave);
        return;
    }
    emit_after_block(em);
    write_line(&em->fn->body, "return %s;", code);
}

static void emit_break(struct emit *em, bool again)
{
    if (em->fn->loops > 0) {
        emit_measured(em, em->fn->loops);
        write_line(&em->fn->body, again ? "continue;" : "break;");
    } else if (em->fn->where == IN_JUDGE) {
        *(again ? &em->fn->continues : &em->fn->breaks) = true;
        leave_judge(em, again ? "SWARM_CODE_CONTINUE" : "SWARM_CODE_BREAK");
    }
}

static void emit_return(struct emit *em, const struct stmt *stmt)
{
    struct function *fn = em->fn;
    struct scope_of_temps scope;
    bool called = is_action_call(stmt->value);

    if (called) {
        emit_action_call(em, stmt->value);
    }
    called = called || emit_waiting_value(em, stmt->value);
    if (stmt->value && !(called && type_c(stmt->value->type) == type_c(fn->result) && !type_is_value(fn->result))) {
        at(em, stmt->span);
        temps_begin(em, &scope);
        const char *text =
            called ? emit_convert(em, stmt->value, stmt->value->type, fn->result, emit_result_text(stmt->value->type))
                   : emit_as(em, stmt->value, fn->result);
        if (fn->where == IN_FN) {
            write_line(&fn->body, "return %s;", c_bare(em->arena, text));
            fn->may_fail = false; /* the caller looks */
            temps_end(em, &scope);
            return;
        }
        text = emit_box(em, fn->result, text);
        bool alias = !called && expr_may_alias(em, stmt->value);
        text = type_is_value(fn->result) ? emit_lasting(em, text, alias, false) : text;
        if (fn->may_fail) {
            text = emit_temp(em, stmt->value->span, type_kind(TYPE_JSON), text);
            emit_leave_if_failed(em);
        }
        if (strcmp(text, "s->result") != 0) {
            write_line(&fn->body, "s->result = %s;", text);
        }
        temps_end(em, &scope);
    }
    at(em, stmt->span);
    if (fn->where == IN_JUDGE) {
        fn->returns = true;
        leave_judge(em, "SWARM_CODE_RETURN");
    } else if (fn->where == IN_MACHINE) {
        emit_measured(em, 0);
        write_line(&fn->body, "return SWARM_DONE;");
    } else {
        write_line(&fn->body, "%s", fn->leave);
    }
}

static void emit_exit(struct emit *em, const struct stmt *stmt)
{
    const char *exit, *leave;

    switch (stmt->kind) {
    case STMT_INTERRUPT:
        exit = stmt->after_wait ? "SWARM_INTERRUPT_WAIT" : "SWARM_INTERRUPT";
        leave = stmt->after_wait ? "swarm_interrupt(s, true)" : "swarm_interrupt(s, false)";
        break;
    case STMT_RESCHEDULE:
        exit = "SWARM_RESCHEDULE";
        leave = "swarm_reschedule(s)";
        break;
    default:
        exit = "SWARM_STOP_USER";
        leave = "swarm_stop_user(s)";
    }
    at(em, stmt->span);
    if (em->fn->where == IN_MACHINE && !em->fn->measured) {
        write_line(&em->fn->body, "return %s;", leave);
        return;
    }
    write_line(&em->fn->body, "swarm_exit_with(s, %s);", exit);
    if (em->fn->where == IN_MACHINE) { /* the resume point it stands at may be that of a measure that is over */
        write_line(&em->fn->body, "%s", em->fn->leave);
        return;
    }
    leave_judge(em, "SWARM_CODE_NEXT");
}

/* In the formula of a shape: it has run out. */
static void emit_stop_shape(struct emit *em, const struct stmt *stmt)
{
    struct scope_of_temps scope;

    at(em, stmt->span);
    temps_begin(em, &scope);
    if (stmt->message) {
        const char *why = emit_value(em, stmt->message);
        write_line(&em->fn->body, "swarm_log(s, SWARM_INFO, %s, %s);", why, emit_place(em, stmt->span, ""));
    }
    write_line(&em->fn->body, "wish->stop = true;");
    write_line(&em->fn->body, "%s", em->fn->leave);
    temps_end(em, &scope);
}

static void emit_stop_test(struct emit *em, const struct stmt *stmt)
{
    struct scope_of_temps scope;

    if (em->fn->where == IN_FORMULA) {
        emit_stop_shape(em, stmt);
        return;
    }
    at(em, stmt->span);
    temps_begin(em, &scope);
    const char *why = stmt->message ? emit_value(em, stmt->message) : "swarm_null()";
    if (em->fn->may_fail) {
        why = emit_temp(em, stmt->message->span, type_kind(TYPE_STRING), why);
        emit_leave_if_failed(em);
    }
    if (em->fn->where == IN_MACHINE && !em->fn->measured) {
        write_line(&em->fn->body, "return swarm_stop_test(s, %s);", why);
        temps_end(em, &scope);
        return;
    }
    write_line(&em->fn->body, "swarm_ask_stop(s, %s);", why);
    temps_end(em, &scope);
    if (em->fn->where == IN_MACHINE) {
        write_line(&em->fn->body, "%s", em->fn->leave);
        return;
    }
    leave_judge(em, "SWARM_CODE_NEXT");
}

static void emit_fail(struct emit *em, const struct stmt *stmt)
{
    struct scope_of_temps scope;

    at(em, stmt->span);
    temps_begin(em, &scope);
    const char *message = stmt->message ? emit_value(em, stmt->message) : "swarm_text(\"failed\", 6)";
    if (em->fn->may_fail) {
        message = emit_temp(em, stmt->message->span, type_kind(TYPE_STRING), message);
        emit_leave_if_failed(em);
    }
    write_line(&em->fn->body, "swarm_fail(s, %s, %s);", emit_place(em, stmt->span, ""), message);
    temps_end(em, &scope);
    write_line(&em->fn->body, "%s", em->fn->leave);
}

/* ------------------------------------------------------------------ the rest */

static void emit_log(struct emit *em, const struct stmt *stmt)
{
    static const char *const levels[] = {"SWARM_DEBUG", "SWARM_INFO", "SWARM_WARN", "SWARM_ERROR_LEVEL"};
    struct scope_of_temps scope;

    at(em, stmt->span);
    temps_begin(em, &scope);
    const char *text = emit_value(em, stmt->value);
    if (em->fn->may_fail) {
        text = emit_temp(em, stmt->value->span, type_kind(TYPE_JSON), text);
        emit_leave_if_failed(em);
    }
    write_line(&em->fn->body, "swarm_log(s, %s, %s, %s);", levels[stmt->level], text, emit_place(em, stmt->span, ""));
    temps_end(em, &scope);
}

/* A duration, or one of a range by chance. */
const char *emit_duration(struct emit *em, const struct expr *e)
{
    if (e->kind != EXPR_BINARY || e->op != OP_RANGE) {
        return emit_as(em, e, type_kind(TYPE_DURATION));
    }
    const struct expr *operands[2] = {e->left, e->right};
    const struct type wants[2] = {type_kind(TYPE_DURATION), type_kind(TYPE_DURATION)};
    const char *texts[2];
    emit_operands(em, operands, wants, 2, texts);
    return arena_format(em->arena, "swarm_uniform(s, %s, %s)", c_bare(em->arena, texts[0]),
                        c_bare(em->arena, texts[1]));
}

static void emit_sleep(struct emit *em, const struct stmt *stmt)
{
    struct scope_of_temps scope;

    at(em, stmt->span);
    temps_begin(em, &scope);
    const char *text = c_bare(em->arena, emit_duration(em, stmt->value));
    if (em->fn->may_fail) {
        text = emit_temp(em, stmt->value->span, type_kind(TYPE_DURATION), text);
        emit_leave_if_failed(em);
    }
    unsigned point = emit_point(em, stmt->span);
    if (!temps_made(em, &scope)) {
        write_line(&em->fn->body, "return swarm_sleep(s, %u, %s); case %u:;", point, text, point);
        temps_end(em, &scope);
        return;
    }
    write_line(&em->fn->body, "return swarm_sleep(s, %u, %s);", point, text);
    temps_end(em, &scope);
    write_line(&em->fn->body, "case %u:;", point);
}

static void emit_call(struct emit *em, const struct stmt *stmt)
{
    struct scope_of_temps scope;

    if (is_action_call(stmt->value)) {
        emit_action_call(em, stmt->value);
        return;
    }
    if (emit_waiting_value(em, stmt->value)) {
        emit_otherwise(em, stmt->otherwise);
        return;
    }
    at(em, stmt->span);
    temps_begin(em, &scope);
    write_line(&em->fn->body, "(void)%s;", emit_expr(em, stmt->value));
    emit_leave_if_failed(em);
    temps_end(em, &scope);
}

const char *emit_auth_scheme(struct emit *em, const struct attr *attr)
{
    if (strcmp(attr->word.text, "basic") == 0) {
        return "SWARM_AUTH_BASIC";
    }
    if (strcmp(attr->word.text, "bearer") == 0) {
        return "SWARM_AUTH_BEARER";
    }
    if (strcmp(attr->word.text, "digest") == 0) {
        return "SWARM_AUTH_DIGEST";
    }
    emit_broken(em, attr->span, "no such authentication");
}

/* A value that is used only if making it did not fail. */
static const char *emit_sure(struct emit *em, const struct expr *e, struct type want)
{
    const char *text = emit_as(em, e, want);

    if (em->fn->may_fail) {
        text = emit_temp(em, e->span, want, text);
        emit_leave_if_failed(em);
    }
    return emit_box(em, want, text);
}

static void emit_session(struct emit *em, const struct stmt *stmt)
{
    struct scope_of_temps scope;
    const struct attr *attr = stmt->attr;
    const char *place = stmt->session_kind == SESSION_RESET ? NULL : emit_place(em, stmt->span, "");

    at(em, stmt->span);
    temps_begin(em, &scope);
    switch (stmt->session_kind) {
    case SESSION_RESET:
        write_line(&em->fn->body, "swarm_session_reset(s);");
        break;
    case SESSION_TARGET:
        write_line(&em->fn->body, "swarm_session_target(s, %s, %s);",
                   emit_sure(em, stmt->value, type_kind(TYPE_STRING)), place);
        em->fn->may_fail = true;
        break;
    case SESSION_AUTH: {
        const char *a = emit_sure(em, attr->a, type_kind(TYPE_STRING));
        const char *b = attr->b ? emit_sure(em, attr->b, type_kind(TYPE_STRING)) : "swarm_null()";
        write_line(&em->fn->body, "swarm_session_auth(s, %s, %s, %s, %s);", emit_auth_scheme(em, attr), a, b, place);
        em->fn->may_fail = true;
        break;
    }
    default: {
        size_t n;
        const char *name = known_text(em, attr->a, &n);
        const char *value = emit_sure(em, attr->b, attr->b->type);
        write_line(&em->fn->body, "swarm_session_%s(s, %s, %s, %s);",
                   stmt->session_kind == SESSION_HEADER ? "header" : "cookie", c_text(em->arena, name, n), value,
                   place);
        em->fn->may_fail = true;
    }
    }
    emit_leave_if_failed(em);
    temps_end(em, &scope);
}

static void emit_stmt(struct emit *em, const struct stmt *stmt)
{
    switch (stmt->kind) {
    case STMT_LET:
    case STMT_SAVE:
        emit_set(em, stmt, stmt->symbol);
        return;
    case STMT_ASSIGN:
        emit_assign(em, stmt);
        return;
    case STMT_CALL:
        emit_call(em, stmt);
        return;
    case STMT_IF:
        emit_if(em, stmt);
        return;
    case STMT_FOR:
    case STMT_WHILE:
    case STMT_REPEAT:
    case STMT_LOOP:
        emit_loop(em, stmt);
        return;
    case STMT_BREAK:
    case STMT_CONTINUE:
        at(em, stmt->span);
        emit_break(em, stmt->kind == STMT_CONTINUE);
        return;
    case STMT_RETURN:
        emit_return(em, stmt);
        return;
    case STMT_SLEEP:
        emit_sleep(em, stmt);
        return;
    case STMT_LOG:
        emit_log(em, stmt);
        return;
    case STMT_EXPECT:
    case STMT_REQUIRE:
        emit_expect(em, stmt);
        return;
    case STMT_FAIL:
        emit_fail(em, stmt);
        return;
    case STMT_SUCCEED:
        at(em, stmt->span);
        write_line(&em->fn->body, "swarm_succeed(s);");
        write_line(&em->fn->body, "%s", em->fn->leave);
        return;
    case STMT_INTERRUPT:
    case STMT_RESCHEDULE:
    case STMT_STOP_USER:
        emit_exit(em, stmt);
        return;
    case STMT_STOP_TEST:
        emit_stop_test(em, stmt);
        return;
    case STMT_REQUEST:
        emit_request(em, stmt);
        return;
    case STMT_SESSION:
        emit_session(em, stmt);
        return;
    case STMT_PARALLEL:
        emit_parallel(em, stmt);
        return;
    case STMT_MEASURE:
        emit_measure(em, stmt);
        return;
    case STMT_AWAIT:
        emit_await(em, stmt);
        return;
    case STMT_OPEN:
        emit_open(em, stmt);
        return;
    case STMT_PUSH:
        emit_push(em, stmt);
        return;
    default:
        emit_broken(em, stmt->span, "this statement has no C yet (kind %d)", (int)stmt->kind);
    }
}

/* What a `let` declares lives as long as the block, everything else as long as its statement. */
static void scoped_stmt(struct emit *em, const struct stmt *stmt, struct frame *frame)
{
    if (stmt->kind == STMT_LET) {
        emit_stmt(em, stmt);
        return;
    }
    lower_enter(&em->lower, frame);
    emit_stmt(em, stmt);
    lower_leave(frame);
}

void emit_block(struct emit *em, const struct block *block)
{
    struct function *fn = em->fn;
    struct machine *machine = emit_own_machine(em);
    bool before = fn->local_block;

    fn->local_block = fn->where != IN_MACHINE || !block_waits(block);
    if (machine) {
        lower_enter(&em->lower, machine->frame);
    }
    for (const struct stmt *stmt = block ? block->first : NULL; stmt; stmt = stmt->next) {
        if (machine) {
            scoped_stmt(em, stmt, machine->frame);
        } else {
            emit_stmt(em, stmt);
        }
    }
    if (machine) {
        lower_leave(machine->frame);
    }
    fn->local_block = before;
}
