/* Shapes: stages, whom they name, and that open and closed models do not mix (language.md section 7). */
#include <math.h>

#include "checker.h"

struct shape {
    struct checker *c;
    struct module *module;
    struct decl *decl, *user;          /* user: whose own shape it is, or NULL */
    const struct stage *open, *closed; /* first arrive; first jump or ramp */
    const struct stage *arrive;
    double level;              /* users there are when a stage begins; NaN: not known */
    const struct stage *bound; /* the `at most` so far */
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
    if (rate && check_constant(shape->c, env, rate, type_of(TYPE_RATE), "the rate of a stage") &&
        rate->constness == CONST_KNOWN && rate->type.kind == TYPE_RATE && rate->known.f < 0)
        diag_add(shape->c->diags, DIAG_E0321, rate->span, "a rate must be 0 or more");
}

static void check_time(struct shape *shape, struct env *env, struct expr *time)
{
    if (time && check_constant(shape->c, env, time, type_of(TYPE_DURATION), "the time of a stage") &&
        time->constness == CONST_KNOWN && time->type.kind == TYPE_DURATION && time->known.i < 0)
        diag_add(shape->c->diags, DIAG_E0321, time->span, "the time of a stage must be 0 or more");
}

/* Whose number a shape says: a kind with a shape of its own is in no other one. */
static void check_only_user(struct shape *shape, struct name name, const struct decl *user)
{
    const struct decl *own = user_member(user, DECL_SHAPE);
    struct diag *diag;

    if (shape->user && shape->user->name.text != name.text) {
        diag = diag_add(shape->c->diags, DIAG_E0601, name.span, "the shape of `%s` starts users of that kind alone",
                        shape->user->name.text);
        diag_help(shape->c->diags, diag, "say how many `%s` there are in a shape of the file", name.text);
    } else if (!shape->user && own) {
        diag = diag_add(shape->c->diags, DIAG_E0601, name.span,
                        "`%s` has a shape of its own, which says how many there are", name.text);
        diag_label(shape->c->diags, diag, own->word, "its own");
    }
}

static void check_only(struct shape *shape, const struct stage *stage)
{
    for (size_t i = 0; i < stage->only_count; i++) {
        struct name name = stage->only[i];
        struct symbol *symbol = name.text ? scope_find_in(&shape->module->env, name.text) : NULL;
        struct near near;
        struct diag *diag;
        if (!name.text)
            continue;
        if (symbol && symbol->kind == SYMBOL_USER && !symbol->decl->abstract) {
            check_only_user(shape, name, symbol->decl);
            continue;
        }
        if (symbol) {
            diag = diag_add(shape->c->diags, DIAG_E0601, name.span,
                            symbol->kind == SYMBOL_USER ? "`%s` is abstract: there are no such users"
                                                        : "`%s` is not a user",
                            name.text);
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

    if (!open && stage->kind != STAGE_JUMP && stage->kind != STAGE_RAMP && stage->kind != STAGE_EVERY)
        return;
    if (open && !shape->open)
        shape->open = stage;
    if (open && !shape->arrive)
        shape->arrive = stage;
    if (!open && !shape->closed)
        shape->closed = stage;
    other = open ? shape->closed : shape->open;
    if (!other)
        return;
    diag = diag_add(shape->c->diags, DIAG_E0600,
                    stage->kind == STAGE_EVERY ? stage->result ? stage->result->span : stage->span : stage->span,
                    "`arrive` does not mix with `jump`, `ramp` and formulas in one shape");
    diag_help(shape->c->diags, diag,
              "`arrive` says how many come a second, the others how many there are: make two shapes of it");
    diag_label(shape->c->diags, diag, other->span, "the other model");
    shape->open = shape->closed = NULL;
}

static void check_each(struct shape *shape, struct env *env, struct stage *stage)
{
    struct env *inner = env_new(shape->c, ENV_BLOCK, env, NULL);
    struct type element = type_of(TYPE_INT);
    struct symbol *symbol;

    if (stage->users &&
        check_constant(shape->c, env, stage->users, type_of(TYPE_ERROR), "the list of a `for` in a shape")) {
        struct type t = stage->users->type;
        if (t.kind == TYPE_LIST || t.kind == TYPE_JSON)
            element = type_of(TYPE_JSON);
        else if (t.kind != TYPE_RANGE)
            diag_add(shape->c->diags, DIAG_E0319, stage->users->span,
                     "`for` goes through a list or a range of whole numbers, found %s", type_article(t));
    }
    if (stage->name.text) {
        symbol = symbol_new(shape->c, SYMBOL_CONST, stage->name, element);
        symbol->constness = CONST_START;
        symbol->state = STATE_DONE;
        scope_declare(shape->c, inner, symbol);
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
    if (stage->duration && stage->duration->constness == CONST_KNOWN && stage->duration->type.kind == TYPE_DURATION &&
        stage->duration->known.i >= 0 && stage->duration->known.i < 1000000)
        diag_add(c->diags, DIAG_E0321, stage->duration->span, "a formula is evaluated at most every millisecond");
    begin_body(c, &body, BODY_FORMULA, shape->decl, env, "the formula of a shape");
    c->body = &body;
    if (stage->formula) {
        prescan_saves(c, &body, stage->formula);
        check_stmts(c, stage->formula->first);
    }
    if (result) {
        check_expr(c, result->users);
        if (require_fits(c, type_of(TYPE_INT), result->users, "the number of users") && result->users)
            check_positive(c, result->users, "users", true);
        if (result->rate) {
            check_expr(c, result->rate);
            require_fits(c, type_of(TYPE_RATE), result->rate, "the rate");
        }
        check_only(shape, result);
    } else {
        struct diag *diag =
            diag_add(c->diags, DIAG_E0603, stage->span, "this formula does not say how many users there are to be");
        diag_help(c->diags, diag, "end it with `users N at 10/s`");
    }
    c->body = outer;
}

static double known_number(const struct expr *e)
{
    if (!e || e->constness != CONST_KNOWN)
        return NAN;
    switch (e->type.kind) {
    case TYPE_INT:
        return (double)e->known.i;
    case TYPE_DURATION:
        return (double)e->known.i / 1e9;
    case TYPE_FLOAT:
    case TYPE_RATE:
        return e->known.f;
    default:
        return NAN;
    }
}

/* jump to 100 users at 1/s for 30s: 30 of them will be there. */
static void follow_level(struct shape *shape, const struct stage *stage)
{
    double users = known_number(stage->users), rate = known_number(stage->rate), time = known_number(stage->duration);
    double step = fmax(floor(rate), 1), reached = step * ceil(time * rate / step - 1e-9); /* as the dispatcher steps */
    struct diag *diag;

    if (stage->kind == STAGE_HOLD || stage->kind == STAGE_AT_MOST)
        return;
    if (stage->only_count || (stage->kind != STAGE_JUMP && stage->kind != STAGE_RAMP)) {
        shape->level = NAN;
        return;
    }
    if (stage->kind == STAGE_JUMP && stage->rate && rate > 0 && !stage->until_reached &&
        fabs(users - shape->level) > reached) {
        bool down = users < shape->level;
        diag = diag_add(shape->c->diags, DIAG_W0913, stage->span,
                        "this stage cannot reach its %g users: %g/s for %g s %s %g", users, rate, time,
                        down ? "stop" : "start", reached);
        diag_help(shape->c->diags, diag, "%s them faster, take more time, or write `until reached`",
                  down ? "stop" : "start");
        users = NAN;
    }
    shape->level = users;
}

static void check_jump(struct shape *shape, const struct stage *stage)
{
    const struct expr *rate = stage->rate;
    struct diag *diag;

    if (!stage->duration && !stage->until_reached) {
        diag = diag_add(shape->c->diags, DIAG_E0605, stage->span, "how long does this stage last?");
        diag_help(shape->c->diags, diag, "`for 30s`, or `until reached`");
    }
    if (rate && rate->constness == CONST_KNOWN && rate->type.kind == TYPE_RATE && rate->known.f == 0)
        diag_add(shape->c->diags, DIAG_E0321, rate->span, "at 0/s nobody is started or stopped");
}

static void check_bound(struct shape *shape, const struct stage *stage)
{
    struct diag *diag;

    if (stage->users && stage->users->constness == CONST_KNOWN && stage->users->type.kind == TYPE_INT &&
        stage->users->known.i == 0)
        diag_add(shape->c->diags, DIAG_E0321, stage->users->span, "with `at most 0` everybody who arrives is dropped");
    if (shape->bound) {
        diag = diag_add(shape->c->diags, DIAG_E0218, stage->span, "`at most` stands twice in this shape");
        diag_help(shape->c->diags, diag, "it holds for the whole shape: keep one of the two");
        diag_label(shape->c->diags, diag, shape->bound->span, "first here");
    }
    shape->bound = stage;
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
            check_each(shape, env, stage);
            break;
        case STAGE_EVERY:
            check_formula(shape, env, stage);
            break;
        }
        if (stage->kind == STAGE_JUMP)
            check_jump(shape, stage);
        if (stage->kind == STAGE_AT_MOST)
            check_bound(shape, stage);
        follow_level(shape, stage);
    }
}

/* ------------------------------------------------------------------ groups that never end, under arrivals */

struct ends {
    bool found;
    bool nested; /* in a group inside: its `interrupt` leaves that one alone */
    unsigned depth;
};

static void ends_stmt(struct walk *walk, struct stmt *s)
{
    struct ends *ends = walk->data;

    if ((s->kind == STMT_INTERRUPT && !ends->nested) || s->kind == STMT_STOP_USER || s->kind == STMT_STOP_TEST)
        ends->found = true;
}

static void ends_expr(struct walk *walk, struct expr *e)
{
    enum { DEEPEST = 16 };
    struct ends *ends = walk->data;

    if (e->kind != EXPR_CALL || !e->symbol || e->symbol->kind != SYMBOL_ACTION || !e->symbol->decl ||
        ends->depth >= DEEPEST)
        return;
    ends->depth++;
    walk_block(walk, e->symbol->decl->body);
    ends->depth--;
}

static void look_for_end(const struct decl *group, struct ends *ends)
{
    struct walk walk = {.stmt = ends_stmt, .expr = ends_expr, .data = ends};

    for (const struct decl *member = group->members; member; member = member->next) {
        if (member->kind == DECL_TASK || member->kind == DECL_HOOK) {
            walk_block(&walk, member->body);
        } else if (member->kind == DECL_GROUP) {
            bool before = ends->nested;
            ends->nested = true;
            look_for_end(member, ends);
            ends->nested = before;
        }
    }
}

/* The groups of a user or, `depth` groups deep, of a group: once one that never ends is picked, the visit never ends. */
static void check_ends(struct shape *shape, const struct decl *owner, unsigned depth)
{
    enum { DEEPEST = 16 };

    for (const struct decl *member = depth < DEEPEST ? owner->members : NULL; member; member = member->next) {
        const struct decl *group = member->kind == DECL_GROUP                   ? member
                                   : member->kind == DECL_USE && member->symbol ? member->symbol->decl
                                                                                : NULL;
        struct ends ends = {0};
        struct diag *diag;
        if (!group || !group->name.text || (group->group_kind == GROUP_JOURNEY && !group->repeat))
            continue;
        look_for_end(group, &ends);
        if (ends.found) {
            check_ends(shape, group, depth + 1);
            continue;
        }
        diag = diag_add(shape->c->diags, DIAG_E0517, shape->arrive->span,
                        "those who arrive make one visit, but the group `%s` never ends", group->name.text);
        diag_help(shape->c->diags, diag, "give it a task that leaves: `task leave { interrupt }`");
        diag_label(shape->c->diags, diag, group->name.span, "nothing in it says `interrupt`");
    }
}

/* Called when bodies are checked: calls have their meaning then. */
static void check_arrivals(struct shape *shape, const struct decl *user)
{
    if (!shape->arrive)
        return;
    for (const struct decl *decl = shape->module->decls; decl; decl = decl->next) {
        bool named = shape->arrive->only_count == 0;
        if (decl->kind != DECL_USER || decl->abstract || (user && decl != user) ||
            (!user && user_member(decl, DECL_SHAPE)))
            continue;
        for (size_t i = 0; i < shape->arrive->only_count; i++)
            named |= shape->arrive->only[i].text == decl->name.text;
        if (named)
            check_ends(shape, decl, 0);
    }
}

/* Of several shapes one is picked by its name. */
static void check_shape_name(struct checker *c, const struct module *module, const struct decl *decl)
{
    for (const struct decl *other = module->decls; other && !decl->name.text; other = other->next) {
        struct diag *diag;
        if (other->kind != DECL_SHAPE || other == decl || (!other->name.text && other->word.from > decl->word.from))
            continue;
        diag = diag_add(c->diags, DIAG_E0604, decl->word,
                        other->name.text ? "a shape without a name beside others: it could not be picked"
                                         : "two shapes without a name: which one is to run?");
        diag_help(c->diags, diag,
                  other->name.text ? "name it: `shape Day { }`, and pick one with `--shape Day`"
                                   : "name them: `shape Day { }`, and pick one with `--shape Day`");
        diag_label(c->diags, diag, other->word, "the other one");
        return;
    }
}

void check_shape(struct checker *c, struct module *module, struct decl *decl, struct decl *user)
{
    struct shape shape = {.c = c, .module = module, .decl = decl, .user = user, .level = 0};

    if (!user)
        check_shape_name(c, module, decl);
    if (!decl->stages) {
        struct diag *diag = diag_add(c->diags, DIAG_E0605, decl->word, "a shape without a stage ends the run at once");
        diag_help(c->diags, diag, "say how many users there are: shape { ramp to 100 users over 1m; hold for 5m }");
    }
    check_stages(&shape, &module->env, decl->stages);
    check_arrivals(&shape, user);
}
