/* Operators: what goes with what (language.md section 3), and the result. */
#include "checker.h"

static void set(struct expr *e, enum type_kind kind)
{
    e->type = type_of(kind);
}

void check_unary(struct checker *c, struct expr *e)
{
    struct type t;

    if (e->op == OP_NOT)
        check_condition(c, e->right);
    else
        check_expr(c, e->right);
    t = e->right->type;
    if (e->op == OP_NOT) {
        set(e, TYPE_BOOL);
    } else if (t.kind == TYPE_INT || t.kind == TYPE_FLOAT || t.kind == TYPE_DURATION || t.kind == TYPE_RATE) {
        set(e, t.kind);
    } else if (type_is_loose(t)) {
        set(e, t.kind);
    } else {
        diag_add(c->diags, DIAG_E0301, e->span, "`-` needs a number, found %s", type_article(t));
        set(e, TYPE_ERROR);
    }
    fold_unary(c, e);
}

/* ------------------------------------------------------------------ arithmetic */

enum type_kind arithmetic_kind(enum op op, enum type_kind a, enum type_kind b)
{
    bool a_number = a == TYPE_INT || a == TYPE_FLOAT, b_number = b == TYPE_INT || b == TYPE_FLOAT;

    if (a == TYPE_ERROR || b == TYPE_ERROR)
        return TYPE_ERROR;
    if (a_number && b_number) {
        if (op == OP_DIV)
            return TYPE_FLOAT;
        return a == TYPE_INT && b == TYPE_INT ? TYPE_INT : TYPE_FLOAT;
    }
    if (op == OP_ADD && a == TYPE_STRING && b == TYPE_STRING)
        return TYPE_STRING;
    if (a == TYPE_JSON || b == TYPE_JSON) {
        enum type_kind other = a == TYPE_JSON ? b : a;
        return other == TYPE_JSON || other == TYPE_INT || other == TYPE_FLOAT ||
                       (other == TYPE_STRING && op == OP_ADD) || other == TYPE_DURATION || other == TYPE_RATE
                   ? TYPE_JSON
                   : TYPE_VOID;
    }
    if (a == TYPE_DURATION && b == TYPE_DURATION)
        return op == OP_ADD || op == OP_SUB || op == OP_MOD ? TYPE_DURATION : op == OP_DIV ? TYPE_FLOAT : TYPE_VOID;
    if (a == TYPE_RATE && b == TYPE_RATE)
        return op == OP_ADD || op == OP_SUB ? TYPE_RATE : op == OP_DIV ? TYPE_FLOAT : TYPE_VOID;
    if ((a == TYPE_DURATION || a == TYPE_RATE) && b_number && (op == OP_MUL || op == OP_DIV))
        return a;
    if (a_number && (b == TYPE_DURATION || b == TYPE_RATE) && op == OP_MUL)
        return b;
    if (((a == TYPE_DURATION && b == TYPE_RATE) || (a == TYPE_RATE && b == TYPE_DURATION)) && op == OP_MUL)
        return TYPE_FLOAT;
    return TYPE_VOID;
}

static void report_arithmetic(struct checker *c, struct expr *e)
{
    struct type a = e->left->type, b = e->right->type;
    struct diag *diag = diag_add(c->diags, DIAG_E0301, e->span, "`%s` does not go with %s and %s", op_text(e->op),
                                 type_article(a), type_article(b));

    diag_label(c->diags, diag, e->left->span, "%s", type_article(a));
    diag_label(c->diags, diag, e->right->span, "%s", type_article(b));
    if (e->op == OP_ADD && (a.kind == TYPE_STRING || b.kind == TYPE_STRING))
        diag_help(c->diags, diag, "write the value into the text: use `${…}`, as in `\"n is ${n}\"`");
    else if (a.kind == TYPE_NULL || b.kind == TYPE_NULL)
        diag_help(c->diags, diag, "null is a missing value; `x ?? 0` puts another in its place");
    else if ((a.kind == TYPE_DURATION && type_is_number(b)) || (b.kind == TYPE_DURATION && type_is_number(a)))
        diag_help(c->diags, diag, "say the unit of the number: `2s`, or `n * 1s`");
    else if (e->op == OP_ADD && (a.kind == TYPE_LIST || b.kind == TYPE_LIST))
        diag_help(c->diags, diag, "`append(list, x)` makes a list with one element more");
}

static void check_arithmetic(struct checker *c, struct expr *e)
{
    enum type_kind kind = arithmetic_kind(e->op, e->left->type.kind, e->right->type.kind);

    if (kind == TYPE_VOID) {
        report_arithmetic(c, e);
        kind = TYPE_ERROR;
    }
    set(e, kind);
    if (kind == TYPE_STRING || kind == TYPE_JSON)
        e->type.secret = e->left->type.secret || e->right->type.secret;
}

/* ------------------------------------------------------------------ comparisons */

static bool comparable(struct type a, struct type b)
{
    if (type_is_loose(a) || type_is_loose(b))
        return true;
    if (type_is_number(a) && type_is_number(b))
        return true;
    if (a.kind == TYPE_RESPONSE || a.kind == TYPE_VOID || a.kind == TYPE_RANGE)
        return false;
    return a.kind == b.kind;
}

static void help_comparison(struct checker *c, struct diag *diag, const struct expr *a, const struct expr *b)
{
    const struct expr *text = a->type.kind == TYPE_STRING ? a : b->type.kind == TYPE_STRING ? b : NULL;
    const struct expr *number = type_is_number(a->type) ? a : type_is_number(b->type) ? b : NULL;

    if (text && number) {
        if (text->kind == EXPR_TEXT && text->constness == CONST_KNOWN)
            diag_help(c->diags, diag, "without quotes it is a number: `%.*s`", (int)text->known.text.n,
                      text->known.text.p);
        else
            diag_help(c->diags, diag, "`int(…)` makes a number of a text");
    } else if (text && (a->type.kind == TYPE_DURATION || b->type.kind == TYPE_DURATION)) {
        diag_help(c->diags, diag, "durations stand without quotes: `500ms`, `2s`");
    } else if (number && (a->type.kind == TYPE_DURATION || b->type.kind == TYPE_DURATION)) {
        diag_help(c->diags, diag, "say the unit: `500ms`, `2s`");
    } else if (number && (a->type.kind == TYPE_RATE || b->type.kind == TYPE_RATE)) {
        diag_help(c->diags, diag, "say the unit: `10/s`");
    } else if (a->type.kind == TYPE_BOOL || b->type.kind == TYPE_BOOL) {
        diag_help(c->diags, diag, "true and false compare with `true` and `false`, or stand alone");
    }
}

static void report_kinds(struct checker *c, struct expr *e)
{
    struct type a = e->left->type, b = e->right->type;
    struct diag *diag =
        diag_add(c->diags, DIAG_E0300, e->span, "%s and %s do not compare", type_article(a), type_article(b));

    diag_label(c->diags, diag, e->left->span, "%s", type_article(a));
    diag_label(c->diags, diag, e->right->span, "%s", type_article(b));
    help_comparison(c, diag, e->left, e->right);
}

static void check_equality(struct checker *c, struct expr *e)
{
    struct type a = e->left->type, b = e->right->type;

    set(e, TYPE_BOOL);
    if (a.kind == TYPE_NULL || b.kind == TYPE_NULL) {
        struct type other = a.kind == TYPE_NULL ? b : a;
        const struct expr *value = a.kind == TYPE_NULL ? e->right : e->left;
        if (type_is_plain(other) && !other.optional) {
            struct diag *diag = diag_add(c->diags, DIAG_W0912, e->span, "this is always %s: the value is never missing",
                                         e->op == OP_EQ ? "false" : "true");
            diag_label(c->diags, diag, value->span, "%s", type_article(other));
        }
        return;
    }
    if (!comparable(a, b))
        report_kinds(c, e);
}

static void check_order(struct checker *c, struct expr *e)
{
    struct type a = e->left->type, b = e->right->type;

    set(e, TYPE_BOOL);
    if (!comparable(a, b)) {
        if (a.kind == TYPE_NULL || b.kind == TYPE_NULL)
            diag_add(c->diags, DIAG_E0300, e->span, "null has no order: only `==` and `!=` compare with it");
        else
            report_kinds(c, e);
        return;
    }
    if (type_is_loose(a) && (type_is_plain(b) || type_is_loose(b)) && b.kind != TYPE_BOOL)
        return;
    if (type_is_loose(b) && type_is_plain(a) && a.kind != TYPE_BOOL)
        return;
    if (a.kind == TYPE_BOOL || b.kind == TYPE_BOOL || !type_is_plain(a) || !type_is_plain(b)) {
        struct type odd = a.kind == TYPE_BOOL || !type_is_plain(a) ? a : b;
        diag_add(c->diags, DIAG_E0300, e->span, "%s has no order: `%s` compares numbers, texts and durations",
                 type_article(odd), op_text(e->op));
    }
}

/* x in list, list contains x, text contains text */
static void check_membership(struct checker *c, struct expr *e)
{
    bool in = e->op == OP_IN || e->op == OP_NOT_IN;
    struct expr *whole = in ? e->right : e->left, *part = in ? e->left : e->right;
    struct type t = whole->type;
    struct diag *diag;

    set(e, TYPE_BOOL);
    if (type_is_loose(t) || part->type.kind == TYPE_ERROR)
        return;
    if (t.kind == TYPE_STRING) {
        if (in) {
            diag = diag_add(c->diags, DIAG_E0316, e->span, "`in` asks for an element of a list, found %s",
                            type_article(t));
            diag_help(c->diags, diag, "a part of a text: `text contains \"…\"`");
        } else if (!type_fits(type_of(TYPE_STRING), part->type)) {
            diag =
                diag_add(c->diags, DIAG_E0316, part->span, "a text contains texts, found %s", type_article(part->type));
            if (type_is_number(part->type))
                diag_help(c->diags, diag, "write it as a text: `\"…\"`, or `\"${n}\"`");
        }
        return;
    }
    if (t.kind != TYPE_LIST) {
        diag = diag_add(c->diags, DIAG_E0316, whole->span, "`%s` needs a list%s, found %s", op_text(e->op),
                        in ? "" : " or a text", type_article(t));
        if (t.kind == TYPE_RANGE)
            diag_help(c->diags, diag, "compare with both ends: `x >= 1 and x <= 3`");
        else if (type_is_number(t) && in)
            diag_help(c->diags, diag, "write a list: `in [200, 204]`");
        return;
    }
    if (whole->kind != EXPR_LIST)
        return;
    for (struct item *item = whole->items; item; item = item->next)
        if (!item->spread && !comparable(part->type, item->value->type) && item->value->type.kind != TYPE_NULL &&
            part->type.kind != TYPE_NULL) {
            diag = diag_add(c->diags, DIAG_E0300, item->value->span, "%s and %s do not compare",
                            type_article(part->type), type_article(item->value->type));
            diag_label(c->diags, diag, part->span, "%s", type_article(part->type));
            return;
        }
}

static void check_matches(struct checker *c, struct expr *e)
{
    set(e, TYPE_BOOL);
    if (!type_fits(type_of(TYPE_STRING), e->left->type)) {
        struct diag *diag = diag_add(c->diags, DIAG_E0316, e->left->span, "`matches` looks at a text, found %s",
                                     type_article(e->left->type));
        diag_help(c->diags, diag, "write it into a text: `\"${…}\"`");
    }
    if (!type_fits(type_of(TYPE_STRING), e->right->type)) {
        diag_add(c->diags, DIAG_E0316, e->right->span, "a pattern is a text, found %s", type_article(e->right->type));
        return;
    }
    check_pattern(c, e->right);
}

static void check_range(struct checker *c, struct expr *e)
{
    struct type a = e->left->type, b = e->right->type;
    struct diag *diag;

    set(e, TYPE_RANGE);
    if (a.kind == TYPE_ERROR || b.kind == TYPE_ERROR) {
        set(e, TYPE_ERROR);
        return;
    }
    e->type.range = a.kind;
    if (a.kind == TYPE_JSON)
        e->type.range = b.kind == TYPE_JSON ? TYPE_INT : b.kind;
    if (a.kind == TYPE_DURATION && type_is_number(b) && e->right->constness == CONST_KNOWN) {
        diag = diag_add(c->diags, DIAG_E0304, e->right->span, "the end of this range needs a unit");
        diag_help(c->diags, diag, "`1s..3s`");
        set(e, TYPE_ERROR);
        return;
    }
    if (b.kind == TYPE_DURATION && type_is_number(a)) {
        diag = diag_add(c->diags, DIAG_E0304, e->left->span, "the begin of this range needs a unit");
        diag_help(c->diags, diag, "`1s..3s`");
        set(e, TYPE_ERROR);
        return;
    }
    if (!comparable(a, b) || (e->type.range != TYPE_INT && e->type.range != TYPE_DURATION)) {
        diag = diag_add(c->diags, DIAG_E0318, e->span,
                        "a range goes from one whole number or duration to another, found %s and %s", type_article(a),
                        type_article(b));
        if (a.kind == TYPE_FLOAT || b.kind == TYPE_FLOAT)
            diag_help(c->diags, diag, "`floor(…)` makes a whole number; by chance: `random(0.5, 1.5)`");
        set(e, TYPE_ERROR);
        return;
    }
    if (e->left->constness == CONST_KNOWN && e->right->constness == CONST_KNOWN && type_is_plain(a) &&
        type_is_plain(b) && e->left->known.i > e->right->known.i && e->type.range == TYPE_DURATION) {
        diag = diag_add(c->diags, DIAG_E0318, e->span, "this range ends before it begins");
        diag_help(c->diags, diag, "write the smaller one first");
    }
}

static void check_coalesce(struct checker *c, struct expr *e)
{
    bool differ;

    if (e->left->word == WORD_JSONPATH) /* a list, but `??` says what is taken where the body is no JSON */
        e->left->type.optional = true;
    struct type a = e->left->type, b = e->right->type;
    e->type = type_join(a, b, &differ);
    if (!differ) {
        if (a.kind != TYPE_NULL && e->type.kind != TYPE_JSON)
            e->type.optional = a.optional && b.optional;
        return;
    }
    struct diag *diag =
        diag_add(c->diags, DIAG_E0311, e->span, "the two sides of `??` are of different kinds: %s and %s",
                 type_article(a), type_article(b));
    diag_help(c->diags, diag, "the right side takes the place of a missing left one, so it is of the same kind");
}

/* Words that need a field, and what returns nothing; ranges have messages of their own. */
static bool check_operand(struct checker *c, const struct expr *e)
{
    return (e->type.kind != TYPE_RESPONSE && e->type.kind != TYPE_VOID) || require_value(c, e);
}

void check_binary(struct checker *c, struct expr *e)
{
    if (e->op == OP_AND || e->op == OP_OR) {
        check_condition(c, e->left);
        check_condition(c, e->right);
        set(e, TYPE_BOOL);
        fold_binary(c, e);
        return;
    }
    check_expr(c, e->left);
    check_expr(c, e->right);
    if (!check_operand(c, e->left) || !check_operand(c, e->right)) {
        set(e, TYPE_ERROR);
        return;
    }
    switch (e->op) {
    case OP_RANGE:
        check_range(c, e);
        break;
    case OP_COALESCE:
        check_coalesce(c, e);
        break;
    case OP_EQ:
    case OP_NE:
        check_equality(c, e);
        check_known_status(c, e);
        break;
    case OP_LT:
    case OP_LE:
    case OP_GT:
    case OP_GE:
        check_order(c, e);
        break;
    case OP_IN:
    case OP_NOT_IN:
    case OP_CONTAINS:
    case OP_NOT_CONTAINS:
        check_membership(c, e);
        check_known_status(c, e);
        break;
    case OP_MATCHES:
    case OP_NOT_MATCHES:
        check_matches(c, e);
        break;
    default:
        check_arithmetic(c, e);
    }
    if (e->type.kind == TYPE_ERROR)
        e->constness = CONST_NO;
    else
        fold_binary(c, e);
}

void check_ternary(struct checker *c, struct expr *e)
{
    bool differ;

    check_condition(c, e->condition);
    check_expr(c, e->left);
    check_expr(c, e->right);
    e->type = type_join(e->left->type, e->right->type, &differ);
    if (differ) {
        struct diag *diag =
            diag_add(c->diags, DIAG_E0311, e->span, "the two values of `? :` are of different kinds: %s and %s",
                     type_article(e->left->type), type_article(e->right->type));
        diag_label(c->diags, diag, e->left->span, "%s", type_article(e->left->type));
        diag_label(c->diags, diag, e->right->span, "%s", type_article(e->right->type));
        diag_help(c->diags, diag, "make both of one kind");
    }
    if (e->type.kind == TYPE_RANGE || e->type.kind == TYPE_VOID) {
        diag_add(c->diags, DIAG_E0318, e->span, "a range stands directly behind `wait`, `sleep` or `in`");
        e->type = type_of(TYPE_ERROR);
    }
    e->constness = constness_min(e->condition->constness, constness_min(e->left->constness, e->right->constness));
    if (e->constness != CONST_KNOWN)
        return;
    if (e->condition->type.kind != TYPE_BOOL || !type_is_plain(e->type) || e->type.optional) {
        e->constness = CONST_START;
        return;
    }
    const struct expr *taken = e->condition->known.i ? e->left : e->right;
    e->known = taken->known;
    if (e->type.kind == TYPE_FLOAT && taken->type.kind == TYPE_INT)
        e->known.f = (double)taken->known.i;
    if (!e->condition->parenthesised && e->condition->kind != EXPR_NAME)
        diag_add(c->diags, DIAG_W0903, e->condition->span, "this condition is always %s",
                 e->condition->known.i ? "true" : "false");
}
