/* Values that are known when compiling and can never be right: what would be an error of every task that comes there, a loop without a
 * round, a status that no answer has. */
#include "checker.h"

static bool is_known(const struct expr *e)
{
    return e->constness == CONST_KNOWN && type_is_plain(e->type);
}

static double known_number(const struct expr *e)
{
    return e->type.kind == TYPE_INT || e->type.kind == TYPE_DURATION ? (double)e->known.i : e->known.f;
}

/* ------------------------------------------------------------------ built-in functions */

static void check_bounds(struct checker *c, const struct expr *call)
{
    const struct expr *from = call->items->value, *to = call->items->next->value;
    bool whole = call->type.kind != TYPE_FLOAT; /* ints and durations of 64 bits, exactly */

    if (!is_known(from) || !is_known(to) ||
        (whole ? from->known.i <= to->known.i : known_number(from) <= known_number(to)))
        return;
    struct diag *diag =
        diag_add(c->diags, DIAG_E0318, call->span, "the first bound of `random` is larger than the second");
    diag_help(c->diags, diag, "write the smaller one first");
}

/* The signs of a number; the program reads it exactly. */
static bool may_be_number(struct slice text, bool whole)
{
    bool digits = false;

    for (size_t i = 0; i < text.n; i++) {
        char sign = text.p[i];
        if (sign >= '0' && sign <= '9')
            digits = true;
        else if (sign != '-' && sign != '+' && sign != ' ' && (whole || !strchr(".eE", sign)))
            return false;
    }
    return digits;
}

static void never_works(struct checker *c, const struct expr *argument, const char *name, const char *wanted)
{
    struct diag *diag =
        diag_add(c->diags, DIAG_W0916, argument->span, "`%s` can never work here: it takes %s", name, wanted);

    diag_help(c->diags, diag, "every task that comes here ends with an error");
}

void check_known_arguments(struct checker *c, const struct expr *call)
{
    static const struct {
        const char *name;
        unsigned argument; /* which of them, from 0 */
        bool positive;     /* 0 will not do either */
        const char *wanted;
    } least[] = {
        {"sqrt", 0, false, "a number of 0 or more"},
        {"ln", 0, true, "a number larger than 0"},
        {"exponential", 0, false, "a mean of 0 or more"},
        {"gauss", 1, false, "a standard deviation of 0 or more"},
    };
    const char *name = call->builtin->name;
    const struct expr *first = call->items ? call->items->value : NULL;

    if (!first)
        return;
    if (name_is(name, "random"))
        check_bounds(c, call);
    if ((name_is(name, "int") || name_is(name, "float")) && first->type.kind == TYPE_STRING && is_known(first) &&
        !may_be_number(first->known.text, name_is(name, "int")))
        never_works(c, first, name, name_is(name, "int") ? "the digits of a whole number" : "the digits of a number");
    for (size_t i = 0; i < sizeof least / sizeof *least; i++) {
        const struct item *item = call->items;
        for (unsigned n = 0; item && n < least[i].argument; n++)
            item = item->next;
        if (!name_is(name, least[i].name) || !item || !is_known(item->value))
            continue;
        double number = known_number(item->value);
        if (number < 0 || (least[i].positive && number <= 0))
            never_works(c, item->value, name, least[i].wanted);
    }
}

/* ------------------------------------------------------------------ answers */

static void check_code(struct checker *c, const struct expr *code)
{
    if (!is_known(code) || code->type.kind != TYPE_INT || (code->known.i >= 100 && code->known.i <= 999))
        return;
    struct diag *diag =
        diag_add(c->diags, DIAG_W0903, code->span, "no answer has the status %lld", (long long)code->known.i);
    diag_help(c->diags, diag, "a status has three digits: `status == 200`");
}

void check_known_status(struct checker *c, const struct expr *e)
{
    bool left = e->left->word == WORD_STATUS;

    if (!left && e->right->word != WORD_STATUS)
        return;
    if (e->op == OP_EQ || e->op == OP_NE) {
        check_code(c, left ? e->right : e->left);
    } else if (left && (e->op == OP_IN || e->op == OP_NOT_IN) && e->right->kind == EXPR_LIST) {
        for (const struct item *item = e->right->items; item; item = item->next)
            if (!item->spread)
                check_code(c, item->value);
        if (!e->right->items)
            diag_add(c->diags, DIAG_W0903, e->span, "this condition is always %s: the list is empty",
                     e->op == OP_IN ? "false" : "true");
    }
}

/* ------------------------------------------------------------------ loops */

void check_rounds(struct checker *c, const struct expr *in)
{
    struct diag *diag;

    if (in->kind == EXPR_LIST && !in->items) {
        diag = diag_add(c->diags, DIAG_W0917, in->span, "there is nothing in this list: the loop has no round");
        diag_help(c->diags, diag, "put in what it goes through: `for id in [1, 2, 3] { … }`");
    }
    if (in->kind != EXPR_BINARY || in->op != OP_RANGE || in->left->kind != EXPR_INT || in->right->kind != EXPR_INT ||
        in->left->integer <= in->right->integer)
        return;
    diag = diag_add(c->diags, DIAG_W0917, in->span, "this range ends before it begins: the loop has no round");
    diag_help(c->diags, diag,
              "write the smaller one first; downwards it goes by `let n = %lld - i` in `for i in 0..%lld`",
              (long long)in->left->integer, (long long)(in->left->integer - in->right->integer));
}
