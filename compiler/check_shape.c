/* Shapes: stages, whom they name, and that open and closed models do not mix (language.md section 7). */
#include "checker.h"

struct shape {
    struct checker *c;
    struct module *module;
    struct decl *decl;
    const struct stage *open, *closed; /* first arrive; first jump or ramp */
};

static void check_stages(struct shape *shape, struct env *env, struct stage *stage);

static void check_users(struct shape *shape, struct env *env, struct expr *users, const char *what)
{
    if (users && check_constant(shape->c, env, users, type_of(TYPE_INT), what) && users->constness == CONST_KNOWN &&
        users->type.kind == TYPE_INT && users->known.i < 0)
        diag_add(shape->c->diags, DIAG_E0321, users->span, "%s must be 0 or more", what);
}

static void check_rate(struct shape *shape, struct env *env, struct expr *rate)
{
    if (rate && check_constant(shape->c, env, rate, type_of(TYPE_RATE), "a rate") && rate->constness == CONST_KNOWN &&
        rate->type.kind == TYPE_RATE && rate->known.f < 0)
        diag_add(shape->c->diags, DIAG_E0321, rate->span, "a rate must be 0 or more");
}

static void check_time(struct shape *shape, struct env *env, struct expr *time)
{
    if (time && check_constant(shape->c, env, time, type_of(TYPE_DURATION), "the time of a stage") && time->constness == CONST_KNOWN &&
        time->type.kind == TYPE_DURATION && time->known.i < 0)
        diag_add(shape->c->diags, DIAG_E0321, time->span, "the time of a stage must be 0 or more");
}

static void check_only(struct shape *shape, const struct stage *stage)
{
    for (size_t i = 0; i < stage->only_count; i++) {
        struct name name = stage->only[i];
        struct symbol *symbol = name.text ? lookup_in(&shape->module->env, name.text) : NULL;
        struct near near;
        struct diag *diag;
        if (!name.text || (symbol && symbol->kind == SYMBOL_USER && !symbol->decl->abstract))
            continue;
        if (symbol) {
            diag = diag_add(shape->c->diags, DIAG_E0601, name.span, symbol->kind == SYMBOL_USER ? "`%s` is abstract: there are no such users" :
                            "`%s` is not a user", name.text);
            diag_label(shape->c->diags, diag, symbol->span, "declared here");
            continue;
        }
        diag = diag_add(shape->c->diags, DIAG_E0601, name.span, "there is no user `%s`", name.text);
        near_begin(&near, name.text);
        for (struct entry *entry = shape->module->env.entries; entry; entry = entry->next)
            if (entry->symbol->kind == SYMBOL_USER)
                near_offer(&near, entry->symbol->name);
        if (near.best)
            diag_help(shape->c->diags, diag, "did you mean `%s`?", near.best);
    }
}

static void note_model(struct shape *shape, const struct stage *stage)
{
    bool open = stage->kind == STAGE_ARRIVE;
    const struct stage *other;
    struct diag *diag;

    if (!open && stage->kind != STAGE_JUMP && stage->kind != STAGE_RAMP)
        return;
    if (open && !shape->open)
        shape->open = stage;
    if (!open && !shape->closed)
        shape->closed = stage;
    other = open ? shape->closed : shape->open;
    if (!other)
        return;
    diag = diag_add(shape->c->diags, DIAG_E0600, stage->span, "`arrive` does not mix with `jump` and `ramp` in one shape");
    diag_help(shape->c->diags, diag, "`arrive` says how many come a second, the others how many there are: make two shapes of it");
    diag_label(shape->c->diags, diag, other->span, "the other model");
    shape->open = shape->closed = NULL;
}

static void check_for(struct shape *shape, struct env *env, struct stage *stage)
{
    struct env *inner = env_new(shape->c, ENV_BLOCK, env, NULL);
    struct type element = type_of(TYPE_INT);
    struct symbol *symbol;

    if (stage->users && check_constant(shape->c, env, stage->users, type_of(TYPE_ERROR), "the list of a `for` in a shape")) {
        struct type t = stage->users->type;
        if (t.kind == TYPE_LIST || t.kind == TYPE_JSON)
            element = type_of(TYPE_JSON);
        else if (t.kind != TYPE_RANGE)
            diag_add(shape->c->diags, DIAG_E0319, stage->users->span, "`for` goes through a list or a range of whole numbers, found %s",
                     type_article(t));
    }
    if (stage->name.text) {
        symbol = symbol_new(shape->c, SYMBOL_CONST, stage->name, element);
        symbol->constness = CONST_START;
        symbol->state = STATE_DONE;
        declare(shape->c, inner, symbol);
        stage->symbol = symbol;
    }
    check_stages(shape, inner, stage->body);
}

static void check_formula(struct shape *shape, struct env *env, struct stage *stage)
{
    struct checker *c = shape->c;
    struct body body, *outer = c->body;
    struct stage *result = stage->result;

    check_time(shape, env, stage->duration);
    check_time(shape, env, stage->until);
    begin_body(c, &body, BODY_FORMULA, shape->decl, env, "the formula of a shape");
    c->body = &body;
    if (stage->formula) {
        prescan_saves(c, &body, stage->formula);
        check_stmts(c, stage->formula->first);
    }
    if (result) {
        check_expr(c, result->users);
        require_fits(c, type_of(TYPE_INT), result->users, "the number of users");
        if (result->rate) {
            check_expr(c, result->rate);
            require_fits(c, type_of(TYPE_RATE), result->rate, "a rate");
        }
        check_only(shape, result);
    } else {
        struct diag *diag = diag_add(c->diags, DIAG_E0603, stage->span, "this formula does not say how many users there are to be");
        diag_help(c->diags, diag, "end it with `users N at 10/s`");
    }
    c->body = outer;
}

static void check_stages(struct shape *shape, struct env *env, struct stage *stage)
{
    for (; stage; stage = stage->next) {
        note_model(shape, stage);
        check_only(shape, stage);
        switch (stage->kind) {
        case STAGE_JUMP:
        case STAGE_RAMP:
        case STAGE_AT_MOST:
            check_users(shape, env, stage->users, "the number of users");
            check_rate(shape, env, stage->rate);
            check_time(shape, env, stage->duration);
            break;
        case STAGE_HOLD:
            check_time(shape, env, stage->duration);
            break;
        case STAGE_ARRIVE:
            check_rate(shape, env, stage->rate);
            check_rate(shape, env, stage->rate_to);
            check_time(shape, env, stage->duration);
            break;
        case STAGE_REPEAT:
            check_users(shape, env, stage->users, "`repeat`");
            check_stages(shape, env, stage->body);
            break;
        case STAGE_FOR:
            check_for(shape, env, stage);
            break;
        case STAGE_EVERY:
            check_formula(shape, env, stage);
            break;
        }
    }
}

void check_shape(struct checker *c, struct module *module, struct decl *decl, struct decl *user)
{
    struct shape shape = {.c = c, .module = module, .decl = decl};

    check_not_yet(c, NOT_SHAPE, decl->word, "shape");
    if (!user && !decl->name.text)
        for (struct decl *other = module->decls; other != decl; other = other->next)
            if (other->kind == DECL_SHAPE && !other->name.text) {
                struct diag *diag = diag_add(c->diags, DIAG_E0604, decl->word, "two shapes without a name: which one is to run?");
                diag_help(c->diags, diag, "name them: `shape Day { }`, and pick one with `--shape Day`");
                diag_label(c->diags, diag, other->word, "the other one");
                break;
            }
    check_stages(&shape, &module->env, decl->stages);
}
