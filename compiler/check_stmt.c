/* Statements: where they may stand, what they declare, and what is known behind them. */
#include "checker.h"

static void check_stmt(struct checker *c, struct stmt *s);

/* ------------------------------------------------------------------ bodies and blocks */

void begin_body(struct checker *c, struct body *body, enum body_kind kind, struct decl *decl, struct env *outer, const char *what)
{
    *body = (struct body){.kind = kind, .what = what, .decl = decl, .flow = flow_start(), .returns = flow_dead()};
    body->env = env_new(c, ENV_BODY, outer, decl);
    body->saves = body->env;
    body->save_home = decl;
    body->result = type_of(TYPE_VOID);
    if (decl && !decl->scope)
        decl->scope = ARENA_NEW(c->arena, struct scope);
}

struct prescan {
    struct checker *c;
    struct body *body;
};

static void prescan_stmt(struct walk *walk, struct stmt *s)
{
    struct prescan *prescan = walk->data;
    struct later *later;

    if ((s->kind != STMT_SAVE && s->kind != STMT_LET) || !s->name.text)
        return;
    later = ARENA_NEW(prescan->c->arena, struct later);
    *later = (struct later){s->name.text, s->kind == STMT_LET, s->name.span, NULL};
    struct later **last = &prescan->body->later;
    while (*last)
        last = &(*last)->next;
    *last = later;
}

void prescan_saves(struct checker *c, struct body *body, struct block *block)
{
    struct prescan prescan = {c, body};
    struct walk walk = {.stmt = prescan_stmt, .data = &prescan};

    walk_block(&walk, block);
}

void check_stmts(struct checker *c, struct stmt *first)
{
    bool begun = c->body->flow.reachable;

    for (struct stmt *s = first; s; s = s->next) {
        if (begun && !c->body->flow.reachable) {
            diag_add(c->diags, DIAG_W0902, s->word, "this is never reached");
            begun = false;
        }
        check_stmt(c, s);
    }
}

void check_block(struct checker *c, struct block *block)
{
    struct env *outer = c->body->env;

    if (!block)
        return;
    c->body->env = env_new(c, ENV_BLOCK, outer, NULL);
    check_stmts(c, block->first);
    c->body->env = outer;
}

void end_callable(struct checker *c, struct body *body)
{
    struct decl *decl = body->decl;
    struct span span = decl->name.span;
    struct diag *diag;

    if (body->result.kind == TYPE_VOID || !body->flow.reachable)
        return;
    if (c->diags->errors && (!decl->body->first || decl->body->first->kind == STMT_ERROR))
        return; /* the body could not be read */
    diag = diag_add(c->diags, DIAG_E0314, span, "`%s` may end without `return`", decl->name.text);
    diag_help(c->diags, diag, "it returns %s: end it with `return …`", type_article(body->result));
}

/* ------------------------------------------------------------------ where things may stand */

static bool in_hook_without_user(const struct body *body)
{
    switch (body->kind) {
    case BODY_SENDING_HOOK:
    case BODY_QUIET_HOOK:
    case BODY_REQUEST_HOOK:
    case BODY_ERROR_HOOK:
    case BODY_FORMULA:
        return true;
    default:
        return false;
    }
}

/* A fn computes and nothing else. */
bool refuse_in_fn(struct checker *c, struct span span, const char *what)
{
    struct diag *diag;

    if (c->body->kind != BODY_FN && c->body->kind != BODY_FORMULA)
        return false;
    if (c->body->kind == BODY_FORMULA) {
        diag_add(c->diags, DIAG_E0506, span, "%s cannot stand in the formula of a shape: it only computes", what);
        return true;
    }
    diag = diag_add(c->diags, DIAG_E0506, span, "%s cannot stand in a `fn`: a fn computes, it does not wait or change anything", what);
    diag_help(c->diags, diag, "make it an action: `action %s(…) { … }`", c->body->decl->name.text ? c->body->decl->name.text : "NAME");
    return true;
}

bool check_waits(struct checker *c, struct span span, const char *what)
{
    struct body *body = c->body;
    struct diag *diag;

    if (refuse_in_fn(c, span, what))
        return false;
    if (body->request) {
        diag = diag_add(c->diags, DIAG_E0407, span, "%s cannot stand in a response block: a response block never waits", what);
        diag_help(c->diags, diag, "save what you need and do it after the block");
        diag_label(c->diags, diag, body->request->method_span, "the block of this request");
        return false;
    }
    if (body->kind == BODY_QUIET_HOOK || body->kind == BODY_REQUEST_HOOK || body->kind == BODY_ERROR_HOOK) {
        diag = diag_add(c->diags, DIAG_E0507, span, "%s cannot stand in `%s`: this hook never waits and cannot send a request", what,
                        body->what);
        diag_help(c->diags, diag, "`on setup`, `on test_start`, `on test_stop`, `on teardown` and `on every` may send requests");
        return false;
    }
    for (struct loop *loop = body->loop; loop; loop = loop->outer)
        flow_set(c, &body->flow, &loop->waited, true);
    return true;
}

static bool hook_is(const struct body *body, const char *name)
{
    return body->decl && body->decl->kind == DECL_HOOK && name_is(body->decl->name.text, name);
}

static bool may_write_shared(const struct body *body)
{
    return hook_is(body, "setup") || hook_is(body, "test_start") || hook_is(body, "every");
}

void assign_to(struct checker *c, struct symbol *symbol, struct span span)
{
    struct diag *diag = NULL;

    if (is_broken(symbol))
        return;
    need_symbol(c, symbol);
    symbol->written = true;
    switch (symbol->kind) {
    case SYMBOL_SHARED:
        if (may_write_shared(c->body))
            return;
        diag = diag_add(c->diags, DIAG_E0224, span,
                        "`%s` is shared by all users: it is written only in `on setup`, `on test_start` and `on every`", symbol->name);
        diag_help(c->diags, diag, "what each user is to have for itself is a `var` inside of the `user`");
        break;
    case SYMBOL_VAR:
        if (refuse_in_fn(c, span, arena_format(c->arena, "writing `%s`", symbol->name)))
            return;
        return;
    case SYMBOL_LET:
    case SYMBOL_SAVE:
        if (c->body->kind == BODY_FN && symbol->kind == SYMBOL_SAVE)
            refuse_in_fn(c, span, arena_format(c->arena, "writing `%s`", symbol->name));
        flow_set(c, &c->body->flow, symbol, true);
        return;
    case SYMBOL_PARAM:
        if (!symbol->param->constant)
            return;
        diag = diag_add(c->diags, DIAG_E0205, span, "the parameter `%s` is `const` and cannot be changed", symbol->name);
        break;
    case SYMBOL_CONST:
        diag = diag_add(c->diags, DIAG_E0205, span, "`%s` is a constant (const) and cannot be changed", symbol->name);
        diag_help(c->diags, diag, "what changes is a `var` in the user, or a `let` in the task");
        break;
    case SYMBOL_OPTION:
        diag = diag_add(c->diags, DIAG_E0205, span, "`%s` is an option: it is given on the command line and cannot be changed",
                        symbol->name);
        diag_help(c->diags, diag, "what changes is a `var` in the user, or a `let` in the task");
        break;
    case SYMBOL_METRIC:
        return;
    default:
        diag = diag_add(c->diags, DIAG_E0205, span, "the %s `%s` is not a variable and cannot be assigned", symbol_what(symbol),
                        symbol->name);
    }
    diag_label(c->diags, diag, symbol->span, "declared here");
}

/* ------------------------------------------------------------------ values */

bool require_value(struct checker *c, const struct expr *e)
{
    struct diag *diag;

    if (!e)
        return true;
    switch (e->type.kind) {
    case TYPE_VOID:
        diag = diag_add(c->diags, DIAG_E0315, e->span, "this returns nothing");
        if (e->symbol) {
            diag_help(c->diags, diag, "say what it returns: `action %s(…) -> string { … }`, and `return` it", e->symbol->name);
            diag_label(c->diags, diag, e->symbol->span, "`%s` is declared here", e->symbol->name);
        }
        return false;
    case TYPE_RANGE:
        diag = diag_add(c->diags, DIAG_E0318, e->span, "a range is not a value");
        diag_help(c->diags, diag, "ranges stand behind `wait`, `sleep` and `in`; by chance: `random(1, 3)`");
        return false;
    case TYPE_RESPONSE:
        diag = diag_add(c->diags, DIAG_E0309, e->span, "this is not a value as a whole");
        diag_help(c->diags, diag, "name a part of it: `headers[\"Content-Type\"]`, `cookies[\"sid\"]`");
        return false;
    default:
        return true;
    }
}

static bool value_waits(const struct expr *e)
{
    return e && (e->kind == EXPR_POP || (e->kind == EXPR_CALL && e->symbol && e->symbol->kind == SYMBOL_ACTION));
}

/* The right side of let, =, save, return: calls of actions and pop wait. */
static void check_right(struct checker *c, struct expr *e)
{
    if (!e)
        return;
    check_value(c, e);
    if (value_waits(e))
        check_waits(c, e->span, e->kind == EXPR_POP ? "`pop`" :
                    arena_format(c->arena, "a call of the action `%s`", e->symbol->name));
}

/* `next` of queue data may stand only where an else follows; check_call has let it pass for the right side. */
static void check_next_else(struct checker *c, const struct stmt *s)
{
    const struct expr *e = s->value;
    struct diag *diag;

    if (!e || e->kind != EXPR_CALL || !e->symbol || e->symbol->kind != SYMBOL_DATA || s->otherwise)
        return;
    if (!name_is(e->symbol->decl->strategy.text, "queue"))
        return;
    diag = diag_add(c->diags, DIAG_E0512, e->span, "the rows of `%s` can run out, so `next` of it needs an `else`", e->symbol->name);
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
        diag = diag_add(c->diags, DIAG_E0504, s->otherwise->span, "this `else` must leave: there is no value to go on with");
        diag_help(c->diags, diag, "end it with `return`, `fail`, `break`, `stop user` …; another value in its place is `?? value`");
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

static void watch(struct checker *c, struct symbol *symbol)
{
    struct entry *entry = ARENA_NEW(c->arena, struct entry);

    entry->symbol = symbol;
    *c->last_watched = entry;
    c->last_watched = &entry->next;
}

static struct symbol *declare_local(struct checker *c, struct stmt *s, enum symbol_kind kind, struct env *env, struct type type,
                                    struct decl *home)
{
    struct symbol *symbol = symbol_new(c, kind, s->name, type);

    symbol->stmt = s;
    symbol->state = STATE_DONE;
    declare(c, env, symbol);
    add_variable(home, symbol);
    s->symbol = symbol;
    if (kind == SYMBOL_SAVE)
        symbol->bit = ++c->bit_count;
    return symbol;
}

static void check_let(struct checker *c, struct stmt *s)
{
    check_right(c, s->value);
    if (!require_value(c, s->value))
        s->value->type = type_of(TYPE_ERROR);
    check_next_else(c, s);
    check_leaving_else(c, s);
    if (!s->name.text || !s->value)
        return;
    watch(c, declare_local(c, s, SYMBOL_LET, c->body->env, stored_type(s->value->type, s->otherwise != NULL), c->body->decl));
}

static void check_save(struct checker *c, struct stmt *s)
{
    struct symbol *symbol;
    bool bad;

    if (c->body->kind == BODY_FN) {
        struct diag *diag = diag_add(c->diags, DIAG_E0506, s->word, "`save` cannot stand in a `fn`: a fn computes, it keeps nothing");
        diag_help(c->diags, diag, "`let %s = …`", s->name.text ? s->name.text : "x");
    }
    check_right(c, s->value);
    bad = !require_value(c, s->value);
    check_next_else(c, s);
    check_leaving_else(c, s);
    if (!s->name.text || !s->value)
        return;
    symbol = lookup(c->body->env, s->name.text);
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
        require_fits(c, symbol->type, s->value, arena_format(c->arena, "the %s `%s`", symbol_what(symbol), symbol->name));
    spread_secret(c, symbol, s->value->type);
}

/* ------------------------------------------------------------------ assignment */

static struct expr *root_of(struct expr *target)
{
    while (target && (target->kind == EXPR_FIELD || target->kind == EXPR_INDEX))
        target = target->left;
    return target;
}

static void report_undeclared(struct checker *c, const struct expr *root)
{
    const char *name = root->name.text, *foreign = foreign_word(name);
    struct diag *diag;
    struct near near;

    if (is_response_word(name)) {
        diag = diag_add(c->diags, DIAG_E0205, root->span, "`%s` is a response word and cannot be assigned", name);
        return;
    }
    diag = diag_add(c->diags, DIAG_E0204, root->span, "`%s` is not declared: `let %s =` or `save %s =`", name, name, name);
    near_begin(&near, name);
    for (struct env *env = c->body->env; env; env = env->outer)
        for (struct entry *entry = env->entries; entry; entry = entry->next)
            if (entry->symbol->kind == SYMBOL_VAR || entry->symbol->kind == SYMBOL_LET || entry->symbol->kind == SYMBOL_SAVE ||
                entry->symbol->kind == SYMBOL_SHARED)
                near_offer(&near, entry->symbol->name);
    if (near.best)
        diag_help(c->diags, diag, "did you mean `%s`?", near.best);
    else if (foreign)
        diag_help(c->diags, diag, "%s", foreign);
    else
        diag_help(c->diags, diag, "`let` for this block, `save` for the rest of the task, `var` in the user for all its life");
}

static void check_compound(struct checker *c, struct stmt *s, struct type to, const char *what)
{
    enum type_kind kind = arithmetic_kind(s->op, to.kind, s->value->type.kind);
    struct diag *diag;

    if (kind == TYPE_ERROR)
        return;
    if (kind != TYPE_VOID && fits(to, type_of(kind)))
        return;
    if (kind == TYPE_VOID) {
        diag = diag_add(c->diags, DIAG_E0301, s->value->span, "`%s=` does not go with %s (%s) and %s", op_text(s->op), what,
                        type_text(to), type_article(s->value->type));
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

static void check_assign(struct checker *c, struct stmt *s)
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
    symbol = lookup(c->body->env, root->name.text);
    if (!symbol) {
        report_undeclared(c, root);
        return;
    }
    if (symbol->kind == SYMBOL_IMPORT && s->target->kind == EXPR_FIELD && s->target->left == root) { /* shop.received += 1 */
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

/* ------------------------------------------------------------------ branches and loops */

static void warn_constant(struct checker *c, const struct expr *e)
{
    if (!e || e->constness != CONST_KNOWN || e->type.kind != TYPE_BOOL)
        return;
    diag_add(c->diags, DIAG_W0903, e->span, "this condition is always %s", e->known.i ? "true" : "false");
}

static void check_if(struct checker *c, struct stmt *s)
{
    struct flow before, after;

    check_condition(c, s->value);
    warn_constant(c, s->value);
    before = c->body->flow;
    check_block(c, s->body);
    after = c->body->flow;
    c->body->flow = before;
    check_block(c, s->otherwise);
    c->body->flow = flow_join(c, after, c->body->flow);
}

static void begin_loop(struct checker *c, struct loop *loop)
{
    *loop = (struct loop){.outer = c->body->loop, .in_response = c->body->request != NULL, .breaks = flow_dead()};
    loop->waited.bit = ++c->bit_count;
    c->body->loop = loop;
}

/* Leaves c->body->flow as at the end of a round. */
static void loop_body(struct checker *c, struct stmt *s, struct loop *loop)
{
    check_block(c, s->body);
    c->body->loop = loop->outer;
}

static void check_for(struct checker *c, struct stmt *s)
{
    struct env *outer = c->body->env;
    struct type t, element = type_of(TYPE_JSON);
    struct loop loop;
    struct flow before;
    struct diag *diag;

    check_expr(c, s->value);
    t = s->value ? s->value->type : type_of(TYPE_ERROR);
    if (t.kind == TYPE_RANGE && t.range == TYPE_INT) {
        element = type_of(TYPE_INT);
    } else if (t.kind == TYPE_ERROR) {
        element = t;
    } else if (t.kind != TYPE_LIST && t.kind != TYPE_JSON) {
        diag = diag_add(c->diags, DIAG_E0319, s->value->span, "`for` goes through a list or a range of whole numbers, found %s",
                        type_article(t));
        if (t.kind == TYPE_INT)
            diag_help(c->diags, diag, "`for i in 1..n`, or `repeat n { … }`");
        else if (t.kind == TYPE_STRING)
            diag_help(c->diags, diag, "`split(text, \",\")` makes a list of a text");
        element = type_of(TYPE_ERROR);
    }
    element.secret = t.secret;
    before = c->body->flow;
    begin_loop(c, &loop);
    c->body->env = env_new(c, ENV_BLOCK, outer, NULL);
    if (s->name.text)
        declare_local(c, s, SYMBOL_LET, c->body->env, element, c->body->decl);
    loop_body(c, s, &loop);
    c->body->env = outer;
    c->body->flow = flow_join(c, before, flow_join(c, c->body->flow, loop.breaks));
}

static bool is_literal_true(const struct expr *e)
{
    return e && e->kind == EXPR_BOOL && e->integer;
}

static void check_while(struct checker *c, struct stmt *s)
{
    struct flow before;
    struct loop loop;

    check_condition(c, s->value);
    if (!is_literal_true(s->value))
        warn_constant(c, s->value);
    before = c->body->flow;
    begin_loop(c, &loop);
    loop_body(c, s, &loop);
    if (s->value && s->value->constness == CONST_KNOWN && s->value->type.kind == TYPE_BOOL && s->value->known.i)
        c->body->flow = loop.breaks;
    else
        c->body->flow = flow_join(c, before, flow_join(c, c->body->flow, loop.breaks));
}

static void check_repeat(struct checker *c, struct stmt *s)
{
    struct flow before;
    struct loop loop;
    bool surely = false;
    struct diag *diag;

    check_expr(c, s->value);
    if (s->value && s->value->type.kind == TYPE_FLOAT) {
        diag = diag_add(c->diags, DIAG_E0302, s->value->span, "`repeat` needs a whole number (int), found a number (float)");
        diag_help(c->diags, diag, "`floor(…)` makes a whole number");
    } else if (s->value && require_fits(c, type_of(TYPE_INT), s->value, "`repeat`") && s->value->constness == CONST_KNOWN &&
               s->value->type.kind == TYPE_INT) {
        surely = s->value->known.i > 0;
        if (s->value->known.i < 0)
            diag_add(c->diags, DIAG_E0321, s->value->span, "`repeat` cannot be done %lld times", (long long)s->value->known.i);
    }
    before = c->body->flow;
    begin_loop(c, &loop);
    loop_body(c, s, &loop);
    c->body->flow = flow_join(c, c->body->flow, loop.breaks);
    if (!surely)
        c->body->flow = flow_join(c, before, c->body->flow);
}

static void warn_never_waits(struct checker *c, const struct stmt *s, const struct loop *loop)
{
    struct diag *diag;

    if (s->every || c->body->request || c->body->kind == BODY_FN || c->body->kind == BODY_FORMULA)
        return;
    if (!c->body->flow.reachable || flow_is_sure(&c->body->flow, &loop->waited))
        return;
    diag = diag_add(c->diags, DIAG_W0904, s->word, "a round of this loop need not wait for anything");
    diag_help(c->diags, diag, "`loop every 100ms { … }` begins a round every 100 ms, `sleep` waits in it");
}

static void check_loop(struct checker *c, struct stmt *s)
{
    struct flow before;
    struct loop loop;

    for (int i = 0; i < 2; i++) {
        struct expr *e = i == 0 ? s->every : s->within;
        if (!e)
            continue;
        check_expr(c, e);
        require_duration(c, e, i == 0 ? "`every`" : "`within`");
    }
    if (s->every)
        check_waits(c, s->word, "`loop every`");
    before = c->body->flow;
    begin_loop(c, &loop);
    loop_body(c, s, &loop);
    warn_never_waits(c, s, &loop);
    c->body->flow = before;
    if (!s->within)
        c->body->flow = flow_dead();
    if (s->otherwise) {
        c->body->flow = before;
        check_block(c, s->otherwise);
    }
    c->body->flow = flow_join(c, c->body->flow, loop.breaks);
}

static void check_break(struct checker *c, struct stmt *s)
{
    const char *word = s->kind == STMT_BREAK ? "break" : "continue";
    struct loop *loop = c->body->loop;
    struct diag *diag;

    if (!loop) {
        diag = diag_add(c->diags, DIAG_E0502, s->word, "`%s` stands in no loop", word);
        if (c->body->kind == BODY_TASK && c->body->group)
            diag_help(c->diags, diag, "a task ends with `return`, a group is left with `interrupt`");
        else
            diag_help(c->diags, diag, "a task ends with `return`");
    } else if (loop->branch) {
        diag = diag_add(c->diags, DIAG_E0511, s->word, "`%s` cannot leave a branch of `parallel`", word);
        diag_help(c->diags, diag, "save what is needed and decide after the `parallel`");
    } else if (s->kind == STMT_BREAK) {
        loop->breaks = flow_join(c, loop->breaks, c->body->flow);
    }
    c->body->flow = flow_dead();
}

/* ------------------------------------------------------------------ leaving */

static bool in_branch(const struct body *body)
{
    for (const struct loop *loop = body->loop; loop; loop = loop->outer)
        if (loop->branch)
            return true;
    return false;
}

static void check_return(struct checker *c, struct stmt *s)
{
    struct body *body = c->body;
    struct diag *diag;

    check_right(c, s->value);
    check_next_else(c, s);
    if (in_branch(body)) {
        diag = diag_add(c->diags, DIAG_E0511, s->word, "`return` cannot leave a branch of `parallel`");
        diag_help(c->diags, diag, "save what is needed and decide after the `parallel`");
    } else if (!body->in_action && s->value) {
        diag = diag_add(c->diags, DIAG_E0313, s->value->span, "%s returns no value", body->what);
        diag_help(c->diags, diag, "`return` alone ends it; `save` keeps a value");
    } else if (body->in_action && body->result.kind == TYPE_VOID && s->value) {
        diag = diag_add(c->diags, DIAG_E0313, s->value->span, "`%s` returns no value", body->decl->name.text);
        diag_help(c->diags, diag, "say what it returns: `%s %s(…) -> %s`", body->kind == BODY_FN ? "fn" : "action", body->decl->name.text,
                  s->value->type.kind == TYPE_STRING ? "string" : type_text(s->value->type));
        diag_label(c->diags, diag, body->decl->name.span, "declared here");
    } else if (body->in_action && body->result.kind != TYPE_VOID && !s->value) {
        diag = diag_add(c->diags, DIAG_E0313, s->word, "`%s` must return %s", body->decl->name.text, type_article(body->result));
        diag_label(c->diags, diag, body->decl->name.span, "declared here");
    } else if (s->value && require_value(c, s->value)) {
        require_fits(c, body->result, s->value, arena_format(c->arena, "the result of `%s`", body->decl->name.text));
        if (body->decl->symbol)
            spread_secret(c, body->decl->symbol, s->value->type);
    }
    body->returns = flow_join(c, body->returns, body->flow);
    body->flow = flow_dead();
}

void check_message(struct checker *c, struct expr *message, const char *where)
{
    struct diag *diag;

    if (!message)
        return;
    check_expr(c, message);
    refuse_secret(c, message, where);
    if (!require_value(c, message) || fits(type_of(TYPE_STRING), message->type))
        return;
    diag = diag_add(c->diags, DIAG_E0302, message->span, "a message is a text, found %s", type_article(message->type));
    diag_help(c->diags, diag, "write it into a text: `\"${…}\"`");
}

static void check_expect(struct checker *c, struct stmt *s)
{
    check_condition(c, s->value);
    check_message(c, s->message, s->kind == STMT_EXPECT ? "the message of an `expect`" : "the message of a `require`");
    if (!s->value)
        return;
    refuse_in_fn(c, s->word, s->kind == STMT_EXPECT ? "`expect`" : "`require`");
    if (c->body->request) {
        s->settles = settles_status(s->value);
        warn_redirect_status(c, s->value);
    }
}

static void check_fail(struct checker *c, struct stmt *s)
{
    check_message(c, s->message, "the message of a `fail`");
    refuse_in_fn(c, s->word, "`fail`");
    if (c->body->request)
        c->body->leaves = flow_join(c, c->body->leaves, c->body->flow);
    c->body->flow = flow_dead();
}

static void check_succeed(struct checker *c, struct stmt *s)
{
    struct diag *diag;

    if (!c->body->request) {
        diag = diag_add(c->diags, DIAG_E0410, s->word, "`succeed` stands in no response block");
        diag_help(c->diags, diag, "it makes a request a success, in its block: `get \"/\" { if status == 503 { succeed } }`");
        return;
    }
    c->body->leaves = flow_join(c, c->body->leaves, c->body->flow);
    c->body->flow = flow_dead();
}

static void check_interrupt(struct checker *c, struct stmt *s)
{
    struct body *body = c->body;
    struct diag *diag;

    if (!body->group || body->kind == BODY_FN || body->kind == BODY_STOP) {
        diag = diag_add(c->diags, DIAG_E0503, s->word, "`interrupt` stands in no group");
        if (body->kind == BODY_ACTION)
            diag_help(c->diags, diag, "an action can be called from anywhere: return a value and `interrupt` in the task");
        else if (body->kind == BODY_STOP)
            diag_help(c->diags, diag, "the group is being left already");
        else
            diag_help(c->diags, diag, "it leaves `tasks`, a `chain` or a `journey`; a task ends with `return`, a user with `stop user`");
    }
    body->flow = flow_dead();
}

static void check_reschedule(struct checker *c, struct stmt *s)
{
    struct body *body = c->body;
    struct diag *diag;

    if (!refuse_in_fn(c, s->word, "`reschedule`") && body->kind != BODY_TASK && body->kind != BODY_ACTION) {
        diag = diag_add(c->diags, DIAG_E0509, s->word, "`reschedule` ends a task and picks another: there is no task here");
        diag_help(c->diags, diag, "`return` ends %s", body->what);
    }
    body->flow = flow_dead();
}

static void check_stop(struct checker *c, struct stmt *s)
{
    const char *what = s->kind == STMT_STOP_USER ? "`stop user`" : "`stop test`";
    struct diag *diag;

    check_message(c, s->message, "the reason of a `stop test`");
    if (c->body->kind == BODY_FORMULA && s->kind == STMT_STOP_TEST) {
        c->body->flow = flow_dead();
        return;
    }
    if (!refuse_in_fn(c, s->word, what) && s->kind == STMT_STOP_USER && in_hook_without_user(c->body)) {
        diag = diag_add(c->diags, DIAG_E0509, s->word, "there is no user here to stop");
        diag_help(c->diags, diag, "`stop test` ends the run");
    }
    c->body->flow = flow_dead();
}

/* ------------------------------------------------------------------ the rest */

static void check_call_stmt(struct checker *c, struct stmt *s)
{
    struct expr *e = s->value;

    check_right(c, e);
    check_next_else(c, s);
    if (s->otherwise) { /* of pop: there is no value, so it need not leave */
        struct flow before = c->body->flow;
        check_block(c, s->otherwise);
        c->body->flow = flow_join(c, before, c->body->flow);
    }
    if (!e || e->kind != EXPR_CALL || e->type.kind == TYPE_ERROR || e->type.kind == TYPE_VOID)
        return;
    if (e->symbol && e->symbol->kind != SYMBOL_FN && e->symbol->kind != SYMBOL_DATA)
        return;
    diag_add(c->diags, DIAG_W0909, e->span, "nothing is done with what this returns");
}

static void check_sleep(struct checker *c, struct stmt *s)
{
    check_waits(c, s->word, "`sleep`");
    check_expr(c, s->value);
    if (s->value && s->value->type.kind == TYPE_RANGE) {
        if (s->value->type.range != TYPE_DURATION) {
            struct diag *diag = diag_add(c->diags, DIAG_E0304, s->value->span, "`sleep` needs durations, found numbers without a unit");
            diag_help(c->diags, diag, "`sleep 1s..3s`");
        }
        return;
    }
    require_duration(c, s->value, "`sleep`");
}

static void check_log(struct checker *c, struct stmt *s)
{
    refuse_in_fn(c, s->word, "`log`");
    check_expr(c, s->value);
    require_value(c, s->value);
    refuse_secret(c, s->value, "the log");
}

/* One branch: begins with what was known before, nothing may jump out of it. */
static struct flow branch(struct checker *c, struct stmt *s, struct flow before)
{
    struct loop loop = {.outer = c->body->loop, .branch = true, .breaks = flow_dead()};
    struct diag *diag;

    loop.waited.bit = ++c->bit_count;
    c->body->flow = before;
    c->body->loop = &loop;
    if (s->kind != STMT_REQUEST && s->kind != STMT_CALL && s->kind != STMT_ERROR) {
        diag = diag_add(c->diags, DIAG_E0510, s->word, "`parallel` holds only requests and calls of actions");
        diag_help(c->diags, diag, "put what belongs together into an `action` and call it here");
    } else {
        check_stmt(c, s);
        if (s->kind == STMT_CALL && s->value && s->value->symbol && s->value->symbol->kind != SYMBOL_ACTION)
            diag_add(c->diags, DIAG_E0510, s->value->span, "`parallel` holds only requests and calls of actions, this is no action");
    }
    c->body->loop = loop.outer;
    return c->body->flow;
}

static void check_parallel(struct checker *c, struct stmt *s)
{
    struct env *outer = c->body->env;
    struct flow before, after;

    check_waits(c, s->word, "`parallel`");
    if (s->max) {
        check_expr(c, s->max);
        require_fits(c, type_of(TYPE_INT), s->max, "`max`");
    }
    c->body->env = env_new(c, ENV_BLOCK, outer, NULL);
    if (s->value) {
        check_expr(c, s->value);
        struct type t = s->value->type;
        if (t.kind != TYPE_LIST && !type_is_loose(t) && !(t.kind == TYPE_RANGE && t.range == TYPE_INT))
            diag_add(c->diags, DIAG_E0319, s->value->span, "`parallel for` goes through a list, found %s", type_article(t));
        if (s->name.text)
            declare_local(c, s, SYMBOL_LET, c->body->env, type_of(t.kind == TYPE_RANGE ? TYPE_INT : TYPE_JSON), c->body->decl);
    }
    before = after = c->body->flow;
    for (struct stmt *b = s->body ? s->body->first : NULL; b; b = b->next)
        after = flow_union(c, after, branch(c, b, before));
    c->body->flow = s->value ? flow_join(c, before, after) : after;
    c->body->env = outer;
}

static void check_measure(struct checker *c, struct stmt *s)
{
    check_waits(c, s->word, "`measure`");
    check_message(c, s->message, "the name of a row");
    check_block(c, s->body);
}

static void check_stmt(struct checker *c, struct stmt *s)
{
    switch (s->kind) {
    case STMT_ERROR:
        break;
    case STMT_LET:
        check_let(c, s);
        break;
    case STMT_ASSIGN:
        check_assign(c, s);
        break;
    case STMT_SAVE:
        check_save(c, s);
        break;
    case STMT_CALL:
        check_call_stmt(c, s);
        break;
    case STMT_IF:
        check_if(c, s);
        break;
    case STMT_FOR:
        check_for(c, s);
        break;
    case STMT_WHILE:
        check_while(c, s);
        break;
    case STMT_REPEAT:
        check_repeat(c, s);
        break;
    case STMT_LOOP:
        check_loop(c, s);
        break;
    case STMT_BREAK:
    case STMT_CONTINUE:
        check_break(c, s);
        break;
    case STMT_RETURN:
        check_return(c, s);
        break;
    case STMT_SLEEP:
        check_sleep(c, s);
        break;
    case STMT_LOG:
        check_log(c, s);
        break;
    case STMT_EXPECT:
    case STMT_REQUIRE:
        check_expect(c, s);
        break;
    case STMT_FAIL:
        check_fail(c, s);
        break;
    case STMT_SUCCEED:
        check_succeed(c, s);
        break;
    case STMT_INTERRUPT:
        check_interrupt(c, s);
        break;
    case STMT_RESCHEDULE:
        check_reschedule(c, s);
        break;
    case STMT_STOP_USER:
    case STMT_STOP_TEST:
        check_stop(c, s);
        break;
    case STMT_AWAIT:
        check_await(c, s);
        break;
    case STMT_OPEN:
        check_open(c, s);
        break;
    case STMT_PUSH:
        check_push(c, s);
        break;
    case STMT_REQUEST:
        check_request(c, s);
        break;
    case STMT_SESSION:
        check_session(c, s);
        break;
    case STMT_PARALLEL:
        check_parallel(c, s);
        break;
    case STMT_MEASURE:
        check_measure(c, s);
        break;
    }
}
