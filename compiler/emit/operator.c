/* Operators. Plain comparisons are plain C; everything that can overflow, divide by zero or meet a value of
 * another kind is a call of the runtime. */
#include "emit.h"

#include <string.h>

static bool is_loose(struct type type)
{
    return type.kind == TYPE_JSON || type.kind == TYPE_ERROR || type.optional;
}

/* The operand that can be of another kind than wanted is what a message is about. */
static const char *place_of_operands(struct emit *em, struct span span, const struct expr *left,
                                     const struct expr *right)
{
    if (is_loose(left->type)) {
        return emit_place_of(em, left);
    }
    if (is_loose(right->type)) {
        return emit_place_of(em, right);
    }
    return emit_place(em, span, emit_source(em, span));
}

static void two_operands(struct emit *em, const struct expr *left, struct type left_as, const struct expr *right,
                         struct type right_as, const char *out[2])
{
    const struct expr *operands[2] = {left, right};
    const struct type wants[2] = {left_as, right_as};

    emit_operands(em, operands, wants, 2, out);
}

/* ------------------------------------------------------------------ unary */

const char *emit_unary(struct emit *em, const struct expr *e)
{
    if (e->op == OP_NOT) {
        return arena_format(em->arena, "(!%s)", emit_as(em, e->right, type_kind(TYPE_BOOL)));
    }
    const char *right = emit_expr(em, e->right);
    switch (type_c(e->right->type)) {
    case C_FLOAT:
        return arena_format(em->arena, "(-%s)", right);
    case C_INT:
        em->fn->may_fail = true;
        return arena_format(em->arena, "swarm_negate_int(s, %s, %s)", right, emit_place_of(em, e));
    default:
        em->fn->may_fail = true;
        return arena_format(em->arena, "swarm_negate(s, %s, %s)", right, emit_place_of(em, e->right));
    }
}

/* ------------------------------------------------------------------ arithmetic */

static const char *operation_name(enum op op)
{
    switch (op) {
    case OP_ADD:
        return "add";
    case OP_SUB:
        return "sub";
    case OP_MUL:
        return "mul";
    case OP_DIV:
        return "div";
    default:
        return "mod";
    }
}

static const char *duration_arithmetic(struct emit *em, enum op op, const struct expr *left, const struct expr *right,
                                       const char *place)
{
    const char *out[2];
    struct type number = type_kind(TYPE_FLOAT);

    if (left->type.kind == TYPE_DURATION && right->type.kind == TYPE_DURATION) {
        two_operands(em, left, left->type, right, right->type, out);
        return arena_format(em->arena, "swarm_%s_int(s, %s, %s, %s)", operation_name(op), out[0], out[1], place);
    }
    bool first = left->type.kind == TYPE_DURATION;
    const struct expr *other = first ? right : left;
    if (op == OP_MUL && other->type.kind == TYPE_INT) {
        two_operands(em, left, left->type, right, right->type, out);
        return arena_format(em->arena, "swarm_mul_int(s, %s, %s, %s)", out[0], out[1], place);
    }
    two_operands(em, left, first ? left->type : number, right, first ? number : right->type, out);
    return arena_format(em->arena, "%s(s, %s, %s, %s)", op == OP_MUL ? "swarm_scale" : "swarm_shrink",
                        out[first ? 0 : 1], out[first ? 1 : 0], place);
}

const char *emit_arithmetic(struct emit *em, enum op op, struct type result, const struct expr *left,
                            const struct expr *right)
{
    const char *out[2];
    struct span span = {.from = left->whole.from, .to = right->whole.to, .file = left->span.file};
    const char *place = place_of_operands(em, span, left, right);

    em->fn->may_fail = true;
    switch (result.optional ? TYPE_JSON : result.kind) {
    case TYPE_INT:
        two_operands(em, left, result, right, result, out);
        return arena_format(em->arena, "swarm_%s_int(s, %s, %s, %s)", operation_name(op), out[0], out[1], place);
    case TYPE_DURATION:
        return duration_arithmetic(em, op, left, right, place);
    case TYPE_FLOAT:
    case TYPE_RATE: {
        struct type number = type_kind(TYPE_FLOAT);
        bool seconds = (left->type.kind == TYPE_DURATION) != (right->type.kind == TYPE_DURATION); /* duration × rate */
        two_operands(em, left, number, right, number, out);
        if (op == OP_DIV) {
            return arena_format(em->arena, "swarm_divide(s, %s, %s, %s)", out[0], out[1], place);
        }
        const char *text =
            arena_format(em->arena, "swarm_%s_float(s, %s, %s, %s)", operation_name(op), out[0], out[1], place);
        return seconds ? arena_format(em->arena, "(%s / 1e9)", text) : text;
    }
    case TYPE_STRING:
        two_operands(em, left, result, right, result, out);
        return arena_format(em->arena, "swarm_join(s, %s, %s, %s)", out[0], out[1], place);
    default:
        two_operands(em, left, left->type, right, right->type, out);
        return arena_format(em->arena, "swarm_%s(s, %s, %s, %s)", operation_name(op), emit_box(em, left->type, out[0]),
                            emit_box(em, right->type, out[1]), place);
    }
}

/* ------------------------------------------------------------------ comparisons */

static const char *comparison(enum op op)
{
    switch (op) {
    case OP_EQ:
        return "==";
    case OP_NE:
        return "!=";
    case OP_LT:
        return "<";
    case OP_LE:
        return "<=";
    case OP_GT:
        return ">";
    default:
        return ">=";
    }
}

static const char *null_comparison(struct emit *em, const struct expr *e)
{
    const struct expr *other = e->left->kind == EXPR_NULL ? e->right : e->left;
    const char *text = emit_expr(em, other);

    if (type_is_value(other->type)) {
        return arena_format(em->arena, e->op == OP_EQ ? "swarm_is_null(%s)" : "(!swarm_is_null(%s))", text);
    }
    if (expr_has_effect(em, other, other->type)) {
        text = emit_temp(em, other->span, other->type, text);
        write_line(&em->fn->body, "(void)%s;", text);
    }
    return e->op == OP_EQ ? "false" : "true";
}

static const char *compare(struct emit *em, const struct expr *e)
{
    const char *out[2];
    enum c_kind left = type_c(e->left->type), right = type_c(e->right->type);

    if ((e->op == OP_EQ || e->op == OP_NE) && (e->left->kind == EXPR_NULL || e->right->kind == EXPR_NULL)) {
        return null_comparison(em, e);
    }
    if (left != C_VALUE && right != C_VALUE) {
        bool real = left == C_FLOAT || right == C_FLOAT;
        struct type number = type_kind(TYPE_FLOAT);
        two_operands(em, e->left, real ? number : e->left->type, e->right, real ? number : e->right->type, out);
        return arena_format(em->arena, "(%s %s %s)", out[0], comparison(e->op), out[1]);
    }
    two_operands(em, e->left, e->left->type, e->right, e->right->type, out);
    const char *a = emit_box(em, e->left->type, out[0]), *b = emit_box(em, e->right->type, out[1]);
    if (e->op == OP_EQ || e->op == OP_NE) {
        return arena_format(em->arena, e->op == OP_EQ ? "swarm_equal(%s, %s)" : "(!swarm_equal(%s, %s))", a, b);
    }
    em->fn->may_fail = true;
    return arena_format(em->arena, "(swarm_compare(s, %s, %s, %s) %s 0)", a, b,
                        place_of_operands(em, e->span, e->left, e->right), comparison(e->op));
}

/* ------------------------------------------------------------------ membership */

static bool plain_elements(const struct expr *list)
{
    if (list->kind != EXPR_LIST || !list->items) {
        return false;
    }
    for (const struct item *item = list->items; item; item = item->next) {
        if (item->spread || type_is_value(item->value->type) || !expr_is_known(item->value)) {
            return false;
        }
    }
    return true;
}

/* x in [1, 2, 3]: (x == 1 || x == 2 || x == 3) */
static const char *in_plain_list(struct emit *em, const struct expr *element, const struct expr *list)
{
    bool real = element->type.kind == TYPE_FLOAT;
    for (const struct item *item = list->items; item; item = item->next) {
        real |= type_c(item->value->type) == C_FLOAT;
    }
    struct type type = real ? type_kind(TYPE_FLOAT) : element->type;
    const char *text = emit_as(em, element, type);
    if (strchr(text, '(')) {
        text = emit_temp(em, element->span, type, text);
    }
    struct text out = {0};
    text_puts(&out, list->items->next ? "(" : "");
    for (const struct item *item = list->items; item; item = item->next) {
        text_printf(&out, "(%s == %s)%s", text, emit_as(em, item->value, type), item->next ? " || " : "");
    }
    text_puts(&out, list->items->next ? ")" : "");
    const char *result = arena_copy(em->arena, out.p, out.n);
    text_free(&out);
    return result;
}

static const char *membership(struct emit *em, const struct expr *e)
{
    bool in = e->op == OP_IN || e->op == OP_NOT_IN;
    bool negated = e->op == OP_NOT_IN || e->op == OP_NOT_CONTAINS || e->op == OP_NOT_MATCHES;
    const char *out[2], *text;

    if (in && !type_is_value(e->left->type) && plain_elements(e->right)) {
        text = in_plain_list(em, e->left, e->right);
        return negated ? arena_format(em->arena, "(!%s)", text) : text;
    }
    bool matches = e->op == OP_MATCHES || e->op == OP_NOT_MATCHES;
    two_operands(em, e->left, matches ? type_kind(TYPE_STRING) : e->left->type, e->right,
                 matches ? type_kind(TYPE_STRING) : e->right->type, out);
    em->fn->may_fail = true;
    const char *function = in ? "swarm_in" : matches ? "swarm_matches" : "swarm_contains";
    const char *a = matches ? out[0] : emit_box(em, e->left->type, out[0]);
    const char *b = matches ? out[1] : emit_box(em, e->right->type, out[1]);
    return arena_format(em->arena, negated ? "(!%s(s, %s, %s, %s))" : "%s(s, %s, %s, %s)", function, a, b,
                        place_of_operands(em, e->span, in ? e->right : e->left, in ? e->left : e->right));
}

/* ------------------------------------------------------------------ what is not always evaluated */

/* Emits `e` aside; its statements stay in *aside. */
static const char *emit_aside(struct emit *em, const struct expr *e, struct type want, struct writer *aside)
{
    struct writer before = em->fn->body;

    em->fn->body = (struct writer){0};
    const char *text = emit_as(em, e, want);
    *aside = em->fn->body;
    em->fn->body = before;
    return text;
}

/* A variable that gets its value on more than one way. */
static const char *declare_temp(struct emit *em, struct span span, struct type type, const char *text)
{
    const char *name = emit_temp_name(em, span);

    em->fn->temps++;
    write_line(&em->fn->body, "%s %s = %s;", c_type(type), name, c_bare(em->arena, text));
    return name;
}

static void write_branch(struct emit *em, const char *condition, struct writer *statements, const char *name,
                         const char *text)
{
    write_open(&em->fn->body, "if (%s) {", condition);
    write_append(&em->fn->body, statements);
    write_line(&em->fn->body, "%s = %s;", name, c_bare(em->arena, text));
    write_close(&em->fn->body, "}");
    write_free(statements);
}

static const char *and_or(struct emit *em, const struct expr *e)
{
    struct type truth = type_kind(TYPE_BOOL);
    struct writer aside;
    bool and = e->op == OP_AND;
    const char *left = emit_as(em, e->left, truth);
    const char *right = emit_aside(em, e->right, truth, &aside);

    if (aside.lines == 0) {
        write_free(&aside);
        return arena_format(em->arena, "(%s %s %s)", left, and? "&&" : "||", right);
    }
    const char *name = declare_temp(em, e->span, truth, left);
    write_branch(em, arena_format(em->arena, "%s%s", and? "" : "!", name), &aside, name, right);
    return name;
}

static const char *coalesce(struct emit *em, const struct expr *e)
{
    struct writer aside;

    if (!type_is_value(e->left->type)) { /* never missing */
        return emit_as(em, e->left, e->type);
    }
    const char *left = emit_expr(em, e->left);
    if (strpbrk(left, "( ")) {
        left = emit_temp(em, e->left->span, e->left->type, left);
    }
    const char *right = emit_aside(em, e->right, e->type, &aside);
    const char *kept;
    if (type_c(e->type) == C_VALUE) {
        kept = left;
    } else { /* an optional plain left side: present, so only its kind is looked at */
        kept = emit_convert(em, e->left, e->left->type, e->type, left);
    }
    if (aside.lines == 0) {
        write_free(&aside);
        return arena_format(em->arena, "(swarm_is_null(%s) ? %s : %s)", left, right, kept);
    }
    const char *name = declare_temp(
        em, e->span, e->type,
        type_c(e->type) == C_VALUE ? kept : arena_format(em->arena, "swarm_is_null(%s) ? 0 : %s", left, kept));
    write_branch(em, arena_format(em->arena, "swarm_is_null(%s)", left), &aside, name, right);
    return name;
}

const char *emit_ternary(struct emit *em, const struct expr *e)
{
    struct writer left_aside, right_aside;
    const char *condition = emit_as(em, e->condition, type_kind(TYPE_BOOL));
    const char *left = emit_aside(em, e->left, e->type, &left_aside);
    const char *right = emit_aside(em, e->right, e->type, &right_aside);

    if (left_aside.lines == 0 && right_aside.lines == 0) {
        write_free(&left_aside);
        write_free(&right_aside);
        return arena_format(em->arena, "(%s ? %s : %s)", condition, left, right);
    }
    const char *name = emit_temp_name(em, e->span);
    em->fn->temps++;
    write_line(&em->fn->body, "%s %s;", c_type(e->type), name);
    write_open(&em->fn->body, "if (%s) {", c_bare(em->arena, condition));
    write_append(&em->fn->body, &left_aside);
    write_line(&em->fn->body, "%s = %s;", name, c_bare(em->arena, left));
    write_else(&em->fn->body, "} else {");
    write_append(&em->fn->body, &right_aside);
    write_line(&em->fn->body, "%s = %s;", name, c_bare(em->arena, right));
    write_close(&em->fn->body, "}");
    write_free(&left_aside);
    write_free(&right_aside);
    return name;
}

const char *emit_binary(struct emit *em, const struct expr *e)
{
    switch (e->op) {
    case OP_AND:
    case OP_OR:
        return and_or(em, e);
    case OP_COALESCE:
        return coalesce(em, e);
    case OP_EQ:
    case OP_NE:
    case OP_LT:
    case OP_LE:
    case OP_GT:
    case OP_GE:
        return compare(em, e);
    case OP_IN:
    case OP_NOT_IN:
    case OP_CONTAINS:
    case OP_NOT_CONTAINS:
    case OP_MATCHES:
    case OP_NOT_MATCHES:
        return membership(em, e);
    case OP_MUL:
    case OP_DIV:
    case OP_MOD:
    case OP_ADD:
    case OP_SUB:
        return emit_arithmetic(em, e->op, e->type, e->left, e->right);
    default:
        emit_broken(em, e->span, "the operator `%s` has no C here", op_text(e->op));
    }
}
