/* Branches and loops: what is known behind them, and whether a round may go by without waiting. */
#include "checker.h"

static void warn_constant(struct checker *c, const struct expr *e)
{
    if (!e || e->constness != CONST_KNOWN || e->type.kind != TYPE_BOOL)
        return;
    diag_add(c->diags, DIAG_W0903, e->span, "this condition is always %s", e->known.i ? "true" : "false");
}

void check_if(struct checker *c, struct stmt *s)
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

void check_for(struct checker *c, struct stmt *s)
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
        diag = diag_add(c->diags, DIAG_E0319, s->value->span,
                        "`for` goes through a list or a range of whole numbers, found %s", type_article(t));
        if (t.kind == TYPE_INT)
            diag_help(c->diags, diag, "`for i in 1..n`, or `repeat n { … }`");
        else if (t.kind == TYPE_STRING)
            diag_help(c->diags, diag, "`split(text, \",\")` makes a list of a text");
        element = type_of(TYPE_ERROR);
    }
    element.secret = t.secret;
    if (s->value)
        check_rounds(c, s->value);
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

void check_while(struct checker *c, struct stmt *s)
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

void check_repeat(struct checker *c, struct stmt *s)
{
    struct flow before;
    struct loop loop;
    bool surely = false;
    struct diag *diag;

    check_expr(c, s->value);
    if (s->value && s->value->type.kind == TYPE_FLOAT) {
        diag = diag_add(c->diags, DIAG_E0302, s->value->span,
                        "`repeat` needs a whole number (int), found a number (float)");
        diag_help(c->diags, diag, "`floor(…)` makes a whole number");
    } else if (s->value && require_fits(c, type_of(TYPE_INT), s->value, "`repeat`") &&
               s->value->constness == CONST_KNOWN && s->value->type.kind == TYPE_INT) {
        surely = s->value->known.i > 0;
        if (s->value->known.i < 0)
            diag_add(c->diags, DIAG_E0321, s->value->span, "`repeat` cannot be done %lld times",
                     (long long)s->value->known.i);
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

void check_loop(struct checker *c, struct stmt *s)
{
    struct flow before;
    struct loop loop;

    for (int i = 0; i < 2; i++) {
        struct expr *e = i == 0 ? s->every : s->within;
        if (!e)
            continue;
        check_expr(c, e);
        if (require_duration(c, e, i == 0 ? "`every`" : "`within`"))
            check_positive(c, e, i == 0 ? "every" : "within", i == 1);
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

void check_break(struct checker *c, struct stmt *s)
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
