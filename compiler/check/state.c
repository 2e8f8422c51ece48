/* What users share, at the places where it is used: gates, queues, metrics (language.md sections 2 and 6). */
#include "checker.h"

static void report_missing(struct checker *c, struct name name, const struct env *env, enum symbol_kind kind,
                           const char *what)
{
    struct diag *diag = diag_add(c->diags, DIAG_E0229, name.span, "the %s `%s` is not declared", what, name.text);
    struct near near;

    near_begin(&near, name.text);
    for (; env; env = env->outer)
        for (struct entry *entry = env->entries; entry; entry = entry->next)
            if (entry->symbol->kind == kind)
                near_offer(&near, entry->symbol->name);
    if (near.best)
        diag_help(c->diags, diag, "did you mean `%s`?", near.best);
    else
        diag_help(c->diags, diag, "declare it at the top of the file: `%s %s`", what, name.text);
}

/* A gate or queue by its name, or by that of an import and its own. NULL: reported. */
static struct symbol *named(struct checker *c, struct name qualifier, struct name name, enum symbol_kind kind,
                            const char *what)
{
    const struct env *env = c->body->env;
    struct symbol *symbol, *import;
    struct module *module;
    struct diag *diag;

    if (!name.text)
        return NULL;
    if (qualifier.text) {
        import = scope_find(env, qualifier.text);
        module = import && import->kind == SYMBOL_IMPORT ? import_module(import->decl) : NULL;
        if (!import || import->kind != SYMBOL_IMPORT)
            report_unknown(c, qualifier, "the import");
        if (!module)
            return NULL;
        import->read = true;
        env = &module->env;
        symbol = scope_find_in(env, name.text);
    } else {
        symbol = scope_find(env, name.text);
    }
    if (symbol && symbol->kind == kind) {
        symbol->read = true;
        return symbol;
    }
    if (symbol && is_broken(symbol))
        return NULL;
    if (!symbol) {
        report_missing(c, name, env, kind, what);
        return NULL;
    }
    diag = diag_add(c->diags, DIAG_E0229, name.span, "`%s` is %s, not a %s", symbol->name, symbol_article(c, symbol),
                    what);
    diag_label(c->diags, diag, symbol->span, "declared here");
    return NULL;
}

/* ------------------------------------------------------------------ gates and queues */

static void check_within(struct checker *c, struct expr *within)
{
    if (!within)
        return;
    check_expr(c, within);
    require_duration(c, within, "`within`");
}

void check_await(struct checker *c, struct stmt *s)
{
    struct flow before;

    check_waits(c, s->word, "`await`");
    s->symbol = named(c, s->qualifier, s->name, SYMBOL_GATE, "gate");
    check_within(c, s->within);
    before = c->body->flow;
    check_block(c, s->otherwise);
    c->body->flow = flow_join(c, before, c->body->flow);
}

void check_open(struct checker *c, struct stmt *s)
{
    refuse_in_fn(c, s->word, "`open`");
    s->symbol = named(c, s->qualifier, s->name, SYMBOL_GATE, "gate");
}

void check_push(struct checker *c, struct stmt *s)
{
    refuse_in_fn(c, s->word, "`push`");
    s->symbol = named(c, s->qualifier, s->name, SYMBOL_QUEUE, "queue");
    check_expr(c, s->value);
    if (require_value(c, s->value) && s->symbol && s->value)
        spread_secret(c, s->symbol, s->value->type);
}

void check_pop(struct checker *c, struct expr *e)
{
    e->type = type_of(TYPE_JSON);
    e->constness = CONST_NO;
    e->symbol = named(c, e->qualifier, e->name, SYMBOL_QUEUE, "queue");
    if (e->symbol)
        e->type.secret = holds_secret(c, e->symbol);
    check_within(c, e->right);
}

/* ------------------------------------------------------------------ metrics */

/* Its kind is checked by the parser; the unit is shown in reports as it stands. */
void check_metric(struct checker *c, struct env *env, struct decl *decl)
{
    if (!decl->unit || !check_constant(c, env, decl->unit, type_of(TYPE_STRING), "the unit of a metric"))
        return;
    if (decl->unit->constness != CONST_KNOWN)
        diag_add(c->diags, DIAG_E0212, decl->unit->span, "the unit of a metric must be known to the compiler");
}

static bool is_number(struct type t)
{
    return type_is_number(t) || type_is_loose(t) || t.kind == TYPE_DURATION;
}

void check_metric_write(struct checker *c, struct stmt *s, struct symbol *metric)
{
    const char *kind = metric->decl->keyword.text;
    bool good = (name_is(kind, "counter") && s->op == OP_ADD) || name_is(kind, "gauge");
    struct diag *diag;

    metric->read = true;
    refuse_secret(c, s->value, "a metric");
    if (refuse_in_fn(c, s->word, arena_format(c->arena, "writing the metric `%s`", metric->name)))
        return;
    if (!good) {
        diag = diag_add(c->diags, DIAG_E0205, s->target->span, "the %s `%s` is not written so", kind, metric->name);
        if (name_is(kind, "counter"))
            diag_help(c->diags, diag, "a counter only grows: `%s += n`", metric->name);
        else
            diag_help(c->diags, diag, "`%s.add(…)`", metric->name);
        return;
    }
    struct type t = s->value->type;
    if (!is_number(t)) {
        diag_add(c->diags, DIAG_E0302, s->value->span, "the metric `%s` takes numbers, found %s", metric->name,
                 type_article(t));
        return;
    }
    if (name_is(kind, "counter") && s->value->constness == CONST_KNOWN &&
        (t.kind == TYPE_FLOAT ? s->value->known.f < 0 : t.kind == TYPE_INT && s->value->known.i < 0)) {
        diag = diag_add(c->diags, DIAG_E0321, s->value->span, "the counter `%s` only grows", metric->name);
        diag_help(c->diags, diag, "what goes up and down is a gauge: `metric gauge %s`", metric->name);
    }
}

void check_metric_add(struct checker *c, struct expr *e, struct symbol *metric)
{
    const char *kind = metric->decl->keyword.text;
    bool trend = name_is(kind, "trend"), rate = name_is(kind, "rate");
    unsigned count = 0;
    struct diag *diag;

    for (struct item *item = e->items; item; item = item->next, count++)
        check_expr(c, item->value);
    e->type = type_of(TYPE_VOID);
    e->constness = CONST_NO;
    e->symbol = metric;
    metric->read = true;
    c->body->impure = true;
    if (refuse_in_fn(c, e->span, arena_format(c->arena, "writing the metric `%s`", metric->name)))
        return;
    if (!name_is(e->left->name.text, "add") || (!trend && !rate)) {
        diag = diag_add(c->diags, DIAG_E0307, e->left->name.span, "the %s `%s` has no `%s`", kind, metric->name,
                        e->left->name.text);
        if (trend || rate)
            diag_help(c->diags, diag, "`%s.add(…)`", metric->name);
        else
            diag_help(c->diags, diag, "`%s += 1`", metric->name);
        return;
    }
    if (count != 1) {
        diag_add(c->diags, DIAG_E0305, e->span, "`%s.add` takes one value", metric->name);
        return;
    }
    struct type t = e->items->value->type;
    refuse_secret(c, e->items->value, "a metric");
    if (!require_value(c, e->items->value))
        return;
    if (rate && t.kind != TYPE_BOOL && !type_is_loose(t))
        diag_add(c->diags, DIAG_E0306, e->items->value->span, "a rate counts conditions, found %s", type_article(t));
    if (trend && !is_number(t))
        diag_add(c->diags, DIAG_E0306, e->items->value->span, "a trend takes numbers and durations, found %s",
                 type_article(t));
}
