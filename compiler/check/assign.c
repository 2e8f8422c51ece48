/* What gives names their values: let, save, assignment; and the `else` behind a right side. */
#include "checker.h"

static bool value_waits(const struct expr *e)
{
    return e && (e->kind == EXPR_POP || (e->kind == EXPR_CALL && e->symbol && e->symbol->kind == SYMBOL_ACTION));
}

/* The right side of let, =, save, return: calls of actions and pop wait. */
void check_right(struct checker *c, struct expr *e)
{
    if (!e)
        return;
    check_value(c, e);
    if (value_waits(e))
        check_waits(c, e->span,
                    e->kind == EXPR_POP ? "`pop`"
                                        : arena_format(c->arena, "a call of the action `%s`", e->symbol->name));
}

/* `next` of queue data may stand only where an else follows; check_call has let it pass for the right side.
 */
void check_next_else(struct checker *c, const struct stmt *s)
{
    const struct expr *e = s->value;
    struct diag *diag;

    if (!e || e->kind != EXPR_CALL || !e->symbol || e->symbol->kind != SYMBOL_DATA || s->otherwise)
        return;
    if (!name_is(e->symbol->decl->strategy.text, "queue"))
        return;
    diag = diag_add(c->diags, DIAG_E0512, e->span, "the rows of `%s` can run out, so `next` of it needs an `else`",
                    e->symbol->name);
    diag_help(c->diags, diag, "`… = next(%s) else stop user`", e->symbol->name);
    diag_label(c->diags, diag, e->symbol->span, "`queue`: each row is given out once");
}

static void check_leaving_else(struct checker *c, struct stmt *s)
{
    struct flow before = c->body->flow;
    struct diag *diag;

    if (!s->otherwise)
        return;
    check_block(c, s->otherwise);
    if (c->body->flow.reachable && before.reachable) {
        diag = diag_add(c->diags, DIAG_E0504, s->otherwise->span,
                        "this `else` must leave: there is no value to go on with");
        diag_help(c->diags, diag,
                  "end it with `return`, `fail`, `break`, `stop user` …; another value in its place is `?? value`");
    }
    c->body->flow = before;
}

static struct type stored_type(struct type t, bool no_null)
{
    if (t.kind == TYPE_NULL)
        t = type_of(TYPE_JSON);
    if (no_null || t.kind == TYPE_JSON)
        t.optional = false;
    return t;
}

void add_variable(struct decl *home, struct symbol *symbol)
{
    struct symbol **last;

    symbol->home = home;
    if (!home || !home->scope)
        return;
    for (last = &home->scope->variables; *last; last = &(*last)->next)
        if (*last == symbol)
            return;
    *last = symbol;
}

void watch(struct checker *c, struct symbol *symbol)
{
    struct entry *entry = ARENA_NEW(c->arena, struct entry);

    entry->symbol = symbol;
    *c->last_watched = entry;
    c->last_watched = &entry->next;
}

struct symbol *declare_local(struct checker *c, struct stmt *s, enum symbol_kind kind, struct env *env,
                             struct type type, struct decl *home)
{
    struct symbol *symbol = symbol_new(c, kind, s->name, type);

    symbol->stmt = s;
    symbol->state = STATE_DONE;
    scope_declare(c, env, symbol);
    add_variable(home, symbol);
    s->symbol = symbol;
    if (kind == SYMBOL_SAVE)
        symbol->bit = ++c->bit_count;
    return symbol;
}

void check_let(struct checker *c, struct stmt *s)
{
    check_right(c, s->value);
    if (!require_value(c, s->value))
        s->value->type = type_of(TYPE_ERROR);
    check_next_else(c, s);
    check_leaving_else(c, s);
    if (!s->name.text || !s->value)
        return;
    watch(c, declare_local(c, s, SYMBOL_LET, c->body->env, stored_type(s->value->type, s->otherwise != NULL),
                           c->body->decl));
}

void check_save(struct checker *c, struct stmt *s)
{
    struct symbol *symbol;
    bool bad;

    if (c->body->kind == BODY_FN) {
        struct diag *diag =
            diag_add(c->diags, DIAG_E0506, s->word, "`save` cannot stand in a `fn`: a fn computes, it keeps nothing");
        diag_help(c->diags, diag, "`let %s = …`", s->name.text ? s->name.text : "x");
    }
    check_right(c, s->value);
    bad = !require_value(c, s->value);
    check_next_else(c, s);
    check_leaving_else(c, s);
    if (!s->name.text || !s->value)
        return;
    symbol = scope_find(c->body->env, s->name.text);
    if (!symbol) {
        struct type type = stored_type(bad ? type_of(TYPE_ERROR) : s->value->type, true);
        symbol = declare_local(c, s, SYMBOL_SAVE, c->body->saves, type, c->body->save_home);
        symbol->saved_by = c->body->request;
        watch(c, symbol);
        flow_set(c, &c->body->flow, symbol, true);
        return;
    }
    s->symbol = symbol;
    assign_to(c, symbol, s->name.span);
    if (!bad)
        require_fits(c, symbol->type, s->value,
                     arena_format(c->arena, "the %s `%s`", symbol_what(symbol), symbol->name));
    spread_secret(c, symbol, s->value->type);
}

/* ------------------------------------------------------------------ assignment */

static struct expr *root_of(struct expr *target)
{
    while (target && (target->kind == EXPR_FIELD || target->kind == EXPR_INDEX))
        target = target->left;
    return target;
}

/* What was assigned is known from here on, so that its uses are not reported as well. */
static void declare_silently(struct checker *c, struct name name)
{
    struct symbol *symbol = symbol_new(c, SYMBOL_VAR, name, type_of(TYPE_ERROR));

    symbol->state = STATE_DONE;
    scope_declare(c, c->body->saves ? c->body->saves : c->body->env, symbol);
}

static void report_undeclared(struct checker *c, const struct expr *root)
{
    const char *name = root->name.text, *foreign = foreign_word(name);
    struct diag *diag;
    struct near near;

    if (name_is(name, "user") || name_is(name, "run") || name_is(name, "worker_index")) {
        diag_add(c->diags, DIAG_E0205, root->span, "`%s` is a word of the language and cannot be assigned", name);
        return;
    }
    if (is_response_word(name)) {
        diag = diag_add(c->diags, DIAG_E0205, root->span, "`%s` is a response word and cannot be assigned", name);
        return;
    }
    diag =
        diag_add(c->diags, DIAG_E0204, root->span, "`%s` is not declared: `let %s =` or `save %s =`", name, name, name);
    near_begin(&near, name);
    for (struct env *env = c->body->env; env; env = env->outer)
        for (struct entry *entry = env->entries; entry; entry = entry->next)
            if (entry->symbol->kind == SYMBOL_VAR || entry->symbol->kind == SYMBOL_LET ||
                entry->symbol->kind == SYMBOL_SAVE || entry->symbol->kind == SYMBOL_SHARED)
                near_offer(&near, entry->symbol->name);
    if (near.best)
        diag_help(c->diags, diag, "did you mean `%s`?", near.best);
    else if (foreign)
        diag_help(c->diags, diag, "%s", foreign);
    else
        diag_help(c->diags, diag,
                  "`let` for this block, `save` for the rest of the task, `var` in the user for all its life");
    declare_silently(c, root->name);
}

static void check_compound(struct checker *c, struct stmt *s, struct type to, const char *what)
{
    enum type_kind kind = arithmetic_kind(s->op, to.kind, s->value->type.kind);
    struct diag *diag;

    if (kind == TYPE_ERROR)
        return;
    if (kind != TYPE_VOID && type_fits(to, type_of(kind)))
        return;
    if (kind == TYPE_VOID) {
        diag = diag_add(c->diags, DIAG_E0301, s->value->span, "`%s=` does not go with %s (%s) and %s", op_text(s->op),
                        what, type_text(to), type_article(s->value->type));
        if (to.kind == TYPE_STRING && s->op == OP_ADD)
            diag_help(c->diags, diag, "write the value into a text: use `${…}`");
        else if (to.kind == TYPE_LIST)
            diag_help(c->diags, diag, "`x = append(x, value)`");
        else if (to.kind == TYPE_DURATION && type_is_number(s->value->type))
            diag_help(c->diags, diag, "say the unit: `1s`");
        return;
    }
    diag = diag_add(c->diags, DIAG_E0302, s->value->span, "%s holds %s, this would make it %s", what, type_article(to),
                    type_article(type_of(kind)));
    if (to.kind == TYPE_INT)
        diag_help(c->diags, diag, "declare it as a float: `var x = 0.0`");
}

void check_assign(struct checker *c, struct stmt *s)
{
    struct expr *root = root_of(s->target);
    struct symbol *symbol;
    const char *what;
    unsigned errors;

    check_right(c, s->value);
    check_next_else(c, s);
    check_leaving_else(c, s);
    if (!root || root->kind != EXPR_NAME || !root->name.text) {
        if (root && root->kind != EXPR_ERROR)
            diag_add(c->diags, DIAG_E0205, s->target->span, "only variables and parts of them can be assigned");
        return;
    }
    symbol = scope_find(c->body->env, root->name.text);
    if (!symbol) {
        report_undeclared(c, root);
        return;
    }
    if (symbol->kind == SYMBOL_IMPORT && s->target->kind == EXPR_FIELD &&
        s->target->left == root) { /* shop.received += 1 */
        check_expr(c, s->target);
        if (!s->target->symbol)
            return;
        root = s->target;
        symbol = root->symbol;
    }
    s->symbol = symbol;
    root->symbol = symbol;
    if (!require_value(c, s->value))
        return;
    if (symbol->kind == SYMBOL_METRIC && root == s->target) {
        check_metric_write(c, s, symbol);
        return;
    }
    errors = c->diags->errors;
    if (root != s->target || s->op != OP_NONE) {
        bool was_read = symbol->read;
        check_expr(c, s->target);
        if (root == s->target)
            symbol->read = was_read;
    } else {
        need_symbol(c, symbol);
        s->target->type = symbol->type;
    }
    if (c->diags->errors != errors)
        return;
    assign_to(c, symbol, root->span);
    if (c->diags->errors != errors)
        return;
    spread_secret(c, symbol, s->value->type);
    if (root != s->target) {
        struct type place = s->target->type;
        if (s->target->word == WORD_LENGTH || place.kind == TYPE_STRING)
            diag_add(c->diags, DIAG_E0205, s->target->span, "this part cannot be assigned");
        else if (s->op != OP_NONE)
            check_compound(c, s, place, "this");
        else if (place.kind != TYPE_ERROR)
            require_fits(c, place, s->value, "this");
        return;
    }
    what = arena_format(c->arena, "the %s `%s`", symbol_what(symbol), symbol->name);
    if (s->op == OP_NONE)
        require_fits(c, symbol->type, s->value, what);
    else
        check_compound(c, s, symbol->type, what);
}
