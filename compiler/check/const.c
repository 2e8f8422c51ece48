/* Folding: values the compiler knows. Numbers as while running: int overflow is an error, `/` gives float. */
#include <math.h>

#include "checker.h"

enum constness constness_min(enum constness a, enum constness b)
{
    return a < b ? a : b;
}

bool constants_equal(struct type type, const struct constant *a, const struct constant *b)
{
    switch (type.kind) {
    case TYPE_FLOAT:
    case TYPE_RATE:
        return a->f == b->f;
    case TYPE_STRING:
        return a->text.n == b->text.n && (a->text.n == 0 || memcmp(a->text.p, b->text.p, a->text.n) == 0);
    default:
        return a->i == b->i;
    }
}

static bool known(const struct expr *e)
{
    return e->constness == CONST_KNOWN && type_is_plain(e->type) && !e->type.optional;
}

static double as_float(const struct expr *e)
{
    return e->type.kind == TYPE_FLOAT || e->type.kind == TYPE_RATE ? e->known.f : (double)e->known.i;
}

static void overflow(struct checker *c, struct expr *e)
{
    struct diag *diag = diag_add(c->diags, DIAG_E0312, e->span, "this is larger than a whole number can be (64 bits)");

    diag_help(c->diags, diag, "write one of the numbers as a float: `2.0`");
    e->type.kind = TYPE_ERROR;
    e->constness = CONST_NO;
}

static void divided_by_zero(struct checker *c, struct expr *e)
{
    struct diag *diag = diag_add(c->diags, DIAG_E0312, e->right->span, "division by zero");

    diag_help(c->diags, diag, "this can never work: the right side is always 0");
    e->type.kind = TYPE_ERROR;
    e->constness = CONST_NO;
}

void fold_unary(struct checker *c, struct expr *e)
{
    const struct expr *x = e->right;

    e->constness = x->constness;
    if (!known(x)) {
        if (e->constness == CONST_KNOWN)
            e->constness = CONST_START;
        return;
    }
    if (e->op == OP_NOT) {
        e->known.i = !x->known.i;
        return;
    }
    if (x->type.kind == TYPE_INT || x->type.kind == TYPE_DURATION) {
        if (__builtin_sub_overflow((int64_t)0, x->known.i, &e->known.i))
            overflow(c, e);
    } else {
        e->known.f = -x->known.f;
    }
}

static void fold_int(struct checker *c, struct expr *e, int64_t a, int64_t b)
{
    bool bad = false;

    switch (e->op) {
    case OP_ADD:
        bad = __builtin_add_overflow(a, b, &e->known.i);
        break;
    case OP_SUB:
        bad = __builtin_sub_overflow(a, b, &e->known.i);
        break;
    case OP_MUL:
        bad = __builtin_mul_overflow(a, b, &e->known.i);
        break;
    case OP_MOD:
        if (b == 0) {
            divided_by_zero(c, e);
            return;
        }
        e->known.i = b == -1 ? 0 : a % b;
        break;
    default:
        e->constness = CONST_START;
        return;
    }
    if (bad)
        overflow(c, e);
}

static void fold_float(struct checker *c, struct expr *e, double a, double b)
{
    switch (e->op) {
    case OP_ADD:
        e->known.f = a + b;
        break;
    case OP_SUB:
        e->known.f = a - b;
        break;
    case OP_MUL:
        e->known.f = a * b;
        break;
    case OP_DIV:
        if (b == 0) {
            divided_by_zero(c, e);
            return;
        }
        e->known.f = a / b;
        break;
    case OP_MOD:
        if (b == 0) {
            divided_by_zero(c, e);
            return;
        }
        e->known.f = fmod(a, b);
        break;
    default:
        e->constness = CONST_START;
        return;
    }
    if (!isfinite(e->known.f))
        e->constness = CONST_START;
}

/* duration × number, duration / number */
static void fold_duration(struct checker *c, struct expr *e)
{
    double result;

    if (e->left->type.kind == TYPE_INT || e->right->type.kind == TYPE_INT) {
        if (e->op == OP_MUL) {
            fold_int(c, e, e->left->known.i, e->right->known.i);
            return;
        }
    }
    if (e->left->type.kind == TYPE_DURATION && e->right->type.kind == TYPE_DURATION) {
        fold_int(c, e, e->left->known.i, e->right->known.i);
        return;
    }
    if (e->op == OP_DIV) {
        if (as_float(e->right) == 0) {
            divided_by_zero(c, e);
            return;
        }
        result = as_float(e->left) / as_float(e->right);
    } else if (e->op == OP_MUL) {
        result = as_float(e->left) * as_float(e->right);
    } else {
        e->constness = CONST_START;
        return;
    }
    if (!(fabs(result) < 9.2e18)) {
        overflow(c, e);
        return;
    }
    e->known.i = (int64_t)llround(result);
}

/* A factor of a number: a duration times a rate is counted in seconds. */
static double as_seconds(const struct expr *e)
{
    return e->type.kind == TYPE_DURATION ? as_float(e) / 1e9 : as_float(e);
}

static int compare(const struct expr *a, const struct expr *b)
{
    if (a->type.kind == TYPE_STRING) {
        size_t n = a->known.text.n < b->known.text.n ? a->known.text.n : b->known.text.n;
        int order = n ? memcmp(a->known.text.p, b->known.text.p, n) : 0;
        if (order == 0)
            order = (a->known.text.n > b->known.text.n) - (a->known.text.n < b->known.text.n);
        return order;
    }
    if (a->type.kind == TYPE_FLOAT || a->type.kind == TYPE_RATE || b->type.kind == TYPE_FLOAT)
        return (as_float(a) > as_float(b)) - (as_float(a) < as_float(b));
    return (a->known.i > b->known.i) - (a->known.i < b->known.i);
}

static void fold_join(struct checker *c, struct expr *e)
{
    struct slice a = e->left->known.text, b = e->right->known.text;
    char *p = arena_alloc(c->arena, a.n + b.n + 1);

    if (a.n)
        memcpy(p, a.p, a.n);
    if (b.n)
        memcpy(p + a.n, b.p, b.n);
    e->known.text = (struct slice){p, a.n + b.n};
}

static bool is_zero(const struct expr *e)
{
    if (e->constness != CONST_KNOWN || !type_is_number(e->type))
        return false;
    return e->type.kind == TYPE_INT ? e->known.i == 0 : e->known.f == 0;
}

void fold_binary(struct checker *c, struct expr *e)
{
    e->constness = constness_min(e->left->constness, e->right->constness);
    if ((e->op == OP_DIV || e->op == OP_MOD) && e->left->constness != CONST_KNOWN && is_zero(e->right)) {
        divided_by_zero(c, e);
        return;
    }
    if (e->constness != CONST_KNOWN)
        return;
    if (!known(e->left) || !known(e->right) || !type_is_plain(e->type)) {
        e->constness = e->op == OP_RANGE ? CONST_KNOWN : CONST_START;
        return;
    }
    switch (e->op) {
    case OP_EQ:
        e->known.i = compare(e->left, e->right) == 0;
        return;
    case OP_NE:
        e->known.i = compare(e->left, e->right) != 0;
        return;
    case OP_LT:
        e->known.i = compare(e->left, e->right) < 0;
        return;
    case OP_LE:
        e->known.i = compare(e->left, e->right) <= 0;
        return;
    case OP_GT:
        e->known.i = compare(e->left, e->right) > 0;
        return;
    case OP_GE:
        e->known.i = compare(e->left, e->right) >= 0;
        return;
    case OP_AND:
        e->known.i = e->left->known.i && e->right->known.i;
        return;
    case OP_OR:
        e->known.i = e->left->known.i || e->right->known.i;
        return;
    case OP_COALESCE:
        e->known = e->left->known;
        if (e->type.kind == TYPE_FLOAT)
            e->known.f = as_float(e->left);
        return;
    case OP_ADD:
        if (e->type.kind == TYPE_STRING) {
            fold_join(c, e);
            return;
        }
        break;
    case OP_MUL:
    case OP_DIV:
    case OP_SUB:
    case OP_MOD:
        break;
    default:
        e->constness = CONST_START;
        return;
    }
    if (e->type.kind == TYPE_INT)
        fold_int(c, e, e->left->known.i, e->right->known.i);
    else if (e->type.kind == TYPE_DURATION)
        fold_duration(c, e);
    else if (e->op == OP_MUL)
        fold_float(c, e, as_seconds(e->left), as_seconds(e->right));
    else
        fold_float(c, e, as_float(e->left), as_float(e->right));
}

static void put(struct checker *c, struct text *out, const struct expr *e)
{
    char number[64];

    switch (e->type.kind) {
    case TYPE_STRING:
        text_add(out, e->known.text.p, e->known.text.n);
        return;
    case TYPE_INT:
        text_printf(out, "%lld", (long long)e->known.i);
        return;
    case TYPE_BOOL:
        text_puts(out, e->known.i ? "true" : "false");
        return;
    default:
        (void)c;
        snprintf(number, sizeof number, "%g", as_float(e));
        text_puts(out, number);
    }
}

/* A text is known when all its parts are and the runtime would write them alike: floats and durations are
 * left to it. */
void fold_text(struct checker *c, struct expr *e)
{
    struct text out = {0};

    e->constness = CONST_KNOWN;
    for (struct text_part *part = e->parts; part; part = part->next) {
        enum constness of = CONST_KNOWN;
        if (part->expr) {
            of = part->expr->constness;
            enum type_kind kind = part->expr->type.kind;
            if (of == CONST_KNOWN &&
                (!known(part->expr) || (kind != TYPE_STRING && kind != TYPE_INT && kind != TYPE_BOOL)))
                of = CONST_START;
        }
        e->constness = constness_min(e->constness, of);
    }
    if (e->constness != CONST_KNOWN)
        return;
    for (struct text_part *part = e->parts; part; part = part->next) {
        if (part->expr)
            put(c, &out, part->expr);
        else
            text_add(&out, part->literal.p, part->literal.n);
    }
    e->known.text = (struct slice){out.n ? arena_copy(c->arena, out.p, out.n) : "", out.n};
    text_free(&out);
}
