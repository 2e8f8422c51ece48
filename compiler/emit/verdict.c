/* expect and require: each operand of a top-level `and` is judged by itself, so that the message shows the
 * value that was wrong; it is computed once, into a variable that the condition and the message share. */
#include <string.h>

#include "emit.h"

struct unmet {
    const struct stmt *stmt;
    const char *source; /* "expect status == 201" */
    bool settles;
};

static bool is_comparison(const struct expr *e)
{
    return e->kind == EXPR_BINARY && e->op >= OP_EQ && e->op <= OP_NOT_MATCHES;
}

static bool is_loose(struct type type)
{
    return type.kind == TYPE_JSON || type.optional;
}

/* Puts the operand into a variable; its later uses read that. */
static const char *bind(struct emit *em, const struct expr *e)
{
    struct function *fn = em->fn;
    const char *text = emit_temp(em, e->span, e->type, emit_expr(em, e));

    fn->bound[fn->bound_count] = e;
    fn->bound_text[fn->bound_count++] = text;
    return emit_box(em, e->type, text);
}

static void write_leave(struct emit *em, const struct stmt *stmt)
{
    if (stmt->kind != STMT_REQUIRE) {
        return;
    }
    if (em->fn->where == IN_JUDGE) {
        write_line(&em->fn->body, "return swarm_require_left(s);");
    } else {
        write_line(&em->fn->body, "swarm_exit_with(s, SWARM_REQUIRED);");
        write_line(&em->fn->body, "%s", em->fn->leave);
    }
}

/* For --trace. */
static void write_judged(struct emit *em, const struct unmet *unmet, const char *found, bool good)
{
    write_open(&em->fn->body, "if (swarm_tracing) {");
    write_line(&em->fn->body, "swarm_judged(s, %s, %s, %s, %s);", emit_place(em, unmet->stmt->span, ""),
               c_string(em->arena, unmet->source), found ? found : "swarm_null()", good ? "true" : "false");
    write_close(&em->fn->body, "}");
}

static void write_unmet(struct emit *em, const struct unmet *unmet, const char *found, const char *wanted)
{
    const char *place = emit_place(em, unmet->stmt->span, "");

    write_judged(em, unmet, found, false);
    if (unmet->stmt->message) {
        struct scope_of_temps scope;
        temps_begin(em, &scope);
        const char *message = emit_value(em, unmet->stmt->message);
        if (em->fn->may_fail) { /* the error is the message then */
            message = emit_temp(em, unmet->stmt->message->span, type_kind(TYPE_STRING), message);
            write_open(&em->fn->body, "if (swarm_failed(s)) {");
            write_line(&em->fn->body, "(void)swarm_holds(s, false);");
            write_close(&em->fn->body, "}");
            em->fn->may_fail = false;
        }
        write_line(&em->fn->body, "swarm_unmet_message(s, %s, %s);", place, message);
        temps_end(em, &scope);
    } else if (found) {
        write_line(&em->fn->body, "swarm_unmet(s, %s, %s, %s, %s);", place, c_string(em->arena, unmet->source), found,
                   wanted);
    } else {
        write_line(&em->fn->body, "swarm_unmet_plain(s, %s, %s);", place, c_string(em->arena, unmet->source));
    }
    write_leave(em, unmet->stmt);
}

/* starts_with(url, "…"), ends_with(…): what they look at. */
static const struct expr *looked_at(const struct expr *e)
{
    if (e->kind != EXPR_CALL || !e->builtin || !e->items ||
        (strcmp(e->builtin->name, "starts_with") != 0 && strcmp(e->builtin->name, "ends_with") != 0)) {
        return NULL;
    }
    return e->items->value;
}

/* The operand whose value tells why the condition did not hold, or NULL. */
static const struct expr *shown_of(struct emit *em, const struct expr *e)
{
    const struct expr *shown = looked_at(e);

    if (e->kind == EXPR_UNARY && e->op == OP_NOT) {
        return shown_of(em, e->right);
    }
    if (e->kind == EXPR_BINARY && e->op == OP_OR) { /* status == 200 or status == 404 */
        const struct expr *other = shown_of(em, e->right);
        shown = shown_of(em, e->left);
        bool same = shown && other && strcmp(emit_source(em, shown->span), emit_source(em, other->span)) == 0;
        return same ? shown : NULL;
    }
    if (is_comparison(e)) {
        bool left = !expr_is_known(e->left) && e->left->kind != EXPR_NULL;
        shown = left ? e->left : e->right;
        if (!left && expr_is_known(e->right)) {
            return NULL;
        }
    } else if (e->type.kind == TYPE_JSON) {
        shown = e;
    }
    bool literal = shown && (shown->kind == EXPR_LIST || shown->kind == EXPR_OBJECT || expr_is_known(shown));
    return literal ? NULL : shown;
}

static void emit_part(struct emit *em, const struct unmet *unmet, const struct expr *e, const struct expr *const *rest,
                      unsigned count)
{
    struct function *fn = em->fn;
    struct scope_of_temps scope;
    const char *found = NULL, *wanted = "swarm_null()";

    temps_begin(em, &scope);
    fn->bound_count = 0;
    const struct expr *shown = shown_of(em, e);
    if (shown) {
        found = bind(em, shown);
    }
    if (shown && is_comparison(e) && e->op == OP_EQ && (is_loose(e->left->type) || is_loose(e->right->type))) {
        const struct expr *other = shown == e->left ? e->right : e->left;
        if (other->kind != EXPR_NULL) {
            wanted = expr_is_known(other) ? emit_value(em, other) : bind(em, other);
        }
    }
    const char *condition = emit_as(em, e, type_kind(TYPE_BOOL));
    if (fn->may_fail) {
        write_open(&fn->body, "if (!swarm_holds(s, %s)) {", c_bare(em->arena, condition));
    } else {
        write_open(&fn->body, "if (%s) {", c_not(em->arena, condition));
    }
    fn->may_fail = false;
    fn->bound_count = 0;
    write_unmet(em, unmet, found, wanted);
    if (count > 0) {
        write_else(&fn->body, "} else {");
        emit_part(em, unmet, rest[0], rest + 1, count - 1);
    } else {
        write_else(&fn->body, "} else {");
        write_judged(em, unmet, found, true);
        if (unmet->settles) {
            write_line(&fn->body, "settled = true;");
        }
    }
    write_close(&fn->body, "}");
    temps_end(em, &scope);
}

static unsigned flatten(const struct expr *e, const struct expr **parts, unsigned n, unsigned room)
{
    if (e->kind == EXPR_BINARY && e->op == OP_AND && n + 2 < room) {
        n = flatten(e->left, parts, n, room - 1);
        return flatten(e->right, parts, n, room);
    }
    parts[n] = e;
    return n + 1;
}

void emit_expect(struct emit *em, const struct stmt *stmt)
{
    enum { MAX = 64 };
    const struct expr *parts[MAX];
    struct span span = {.from = stmt->span.from, .to = stmt->value->whole.to, .file = stmt->span.file};
    struct unmet unmet = {.stmt = stmt, .source = emit_source(em, span)};

    unmet.settles = em->fn->where == IN_JUDGE && em->fn->settles && settles_status(stmt->value);
    unsigned n = expr_is_known(stmt->value) ? 1 : flatten(stmt->value, parts, 0, MAX);
    parts[0] = n == 1 ? stmt->value : parts[0];
    write_at(&em->fn->body, &em->unit->sources, stmt->span);
    emit_part(em, &unmet, parts[0], parts + 1, n - 1);
}
