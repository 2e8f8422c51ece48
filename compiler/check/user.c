/* Users and groups: their members, in the order in which one sees what the other has set. */
#include "checker.h"

/* ------------------------------------------------------------------ numbers of a declaration */

void check_number(struct checker *c, struct env *env, struct expr *value, const char *what, bool whole, int64_t least)
{
    double number;

    if (!value)
        return;
    if (!check_constant(c, env, value, type_of(whole ? TYPE_INT : TYPE_FLOAT), what) ||
        value->constness != CONST_KNOWN || !type_is_number(value->type))
        return;
    number = value->type.kind == TYPE_INT ? (double)value->known.i : value->known.f;
    if (number < (double)least)
        diag_add(c->diags, DIAG_E0321, value->span, "%s must be %lld or more", what, (long long)least);
}

/* ------------------------------------------------------------------ waits */

static void check_wait(struct checker *c, struct env *env, struct decl *decl, struct decl *user)
{
    struct body body = {.kind = BODY_NONE,
                        .what = "`wait`",
                        .decl = decl,
                        .user = user ? user : decl,
                        .env = env,
                        .flow = env->started,
                        .constant_what = ""};
    struct body *outer = c->body;
    struct expr *value = decl->value;
    struct diag *diag;

    if (!value)
        return;
    body.flow.reachable = true;
    c->body = &body;
    check_expr(c, value);
    c->body = outer;
    if (decl->wait_kind == WAIT_RATE) {
        if (require_fits(c, type_of(TYPE_RATE), value, "`wait rate`") && value->constness == CONST_KNOWN &&
            value->type.kind == TYPE_RATE && value->known.f <= 0)
            diag_add(c->diags, DIAG_E0321, value->span, "`wait rate` must be more than 0");
        return;
    }
    if (value->type.kind == TYPE_RANGE) {
        if (value->type.range != TYPE_DURATION || decl->wait_kind != WAIT_VALUE) {
            diag = diag_add(c->diags, DIAG_E0304, value->span,
                            decl->wait_kind == WAIT_VALUE ? "`wait` needs durations, found numbers without a unit"
                                                          : "`wait pace` needs one duration, found a range");
            diag_help(c->diags, diag, decl->wait_kind == WAIT_VALUE ? "`wait 1s..3s`" : "`wait pace 4s`");
        }
        return;
    }
    if (require_duration(c, value, decl->wait_kind == WAIT_PACE ? "`wait pace`" : "`wait`") &&
        value->constness == CONST_KNOWN && value->type.kind == TYPE_DURATION && value->known.i < 0) {
        diag = diag_add(c->diags, DIAG_E0321, value->span, "`wait` must be 0 or more");
        if (value->kind == EXPR_BINARY && value->op == OP_SUB)
            diag_help(c->diags, diag, "a range is written with `..`: `wait 1s..3s`");
    }
}

/* ------------------------------------------------------------------ bodies */

/* Runs a body in an environment; returns what is known at its end. */
static struct flow run_body(struct checker *c, struct decl *decl, enum body_kind kind, struct env *env,
                            struct env *saves, struct decl *home, struct decl *user, struct decl *group,
                            struct flow flow, struct attr *http, const struct decl *all_steps)
{
    struct body body, *outer = c->body;
    const char *name = decl->name.text ? decl->name.text : "";

    begin_body(c, &body, kind, decl, env,
               kind == BODY_TASK ? arena_format(c->arena, "the %s `%s`", decl->is_step ? "step" : "task", name)
                                 : arena_format(c->arena, "`on %s`", name));
    body.user = user;
    body.group = group;
    body.flow = flow;
    body.http = http;
    if (saves) {
        body.saves = saves;
        body.save_home = home;
    }
    c->body = &body;
    prescan_saves(c, &body, decl->body);
    for (const struct decl *step = all_steps; step; step = step->next)
        if (step->kind == DECL_TASK && step != decl)
            prescan_saves(c, &body, step->body);
    if (decl->body)
        check_stmts(c, decl->body->first);
    c->body = outer;
    return flow_join(c, body.flow, body.returns);
}

/* ------------------------------------------------------------------ members */

static bool may_stand(const struct decl *in, const struct decl *member)
{
    bool user = in->kind == DECL_USER;

    switch (member->kind) {
    case DECL_ERROR:
    case DECL_VAR:
    case DECL_FN:
    case DECL_ACTION:
    case DECL_HOOK:
    case DECL_WAIT:
        return true;
    case DECL_TASK:
        return user || in->group_kind != GROUP_JOURNEY ? !member->is_step : member->is_step;
    case DECL_GROUP:
    case DECL_USE:
        return user || in->group_kind == GROUP_TASKS;
    case DECL_WEIGHT:
    case DECL_COUNT:
    case DECL_VISITS:
    case DECL_TARGET:
    case DECL_HTTP:
    case DECL_SHAPE:
        return user;
    default:
        return false;
    }
}

static void check_names(struct checker *c, const struct decl *in)
{
    for (struct decl *member = in->members; member; member = member->next) {
        if ((member->kind != DECL_TASK && member->kind != DECL_GROUP) || !member->name.text)
            continue;
        for (struct decl *other = in->members; other != member; other = other->next)
            if ((other->kind == DECL_TASK || other->kind == DECL_GROUP) && other->name.text == member->name.text) {
                struct diag *diag =
                    diag_add(c->diags, DIAG_E0201, member->name.span, "`%s` is declared twice", member->name.text);
                diag_help(c->diags, diag, "give one of the two another name");
                diag_label(c->diags, diag, other->name.span, "first here");
                break;
            }
    }
}

static void declare_members(struct checker *c, struct env *env, struct decl *in)
{
    in->scope = ARENA_NEW(c->arena, struct scope);
    for (struct decl *member = in->members; member; member = member->next) {
        struct env *file = enter_file(c, env, member->span.file);
        member->owner = in;
        if (!may_stand(in, member)) {
            leave_file(env, file);
            continue; /* reported with the syntax */
        }
        if (member->kind == DECL_VAR)
            declare_variable(c, env, member, SYMBOL_VAR, in);
        else if (member->kind == DECL_FN || member->kind == DECL_ACTION)
            declare_callable(c, env, member);
        if (member->kind == DECL_TASK || member->kind == DECL_GROUP) {
            member->symbol =
                symbol_new(c, member->kind == DECL_TASK ? SYMBOL_TASK : SYMBOL_GROUP, member->name, type_of(TYPE_VOID));
            member->symbol->decl = member;
            member->symbol->state = STATE_DONE;
        }
        leave_file(env, file);
    }
    check_names(c, in);
    for (struct decl *member = in->members; member; member = member->next)
        if (member->kind == DECL_VAR && member->symbol)
            need_symbol(c, member->symbol);
}

static void check_hooks(struct checker *c, struct env *env, struct decl *in, struct decl *user, struct flow flow,
                        struct attr *http)
{
    env->started = flow;
    for (struct decl *member = in->members; member; member = member->next) {
        if (member->kind != DECL_HOOK || !name_is(member->name.text, "start"))
            continue;
        struct env *file = enter_file(c, env, member->span.file);
        env->started = run_body(c, member, BODY_START, env, env, in, user, in->kind == DECL_GROUP ? in : NULL,
                                env->started, http, NULL);
        leave_file(env, file);
        if (!env->started.reachable)
            env->started = flow; /* it always leaves: nobody gets further */
    }
}

static void check_hook_names(struct checker *c, struct decl *in)
{
    for (struct decl *member = in->members; member; member = member->next) {
        const char *name = member->name.text;
        struct diag *diag;
        if (member->kind != DECL_HOOK || !name)
            continue;
        if (name_is(name, "start") || name_is(name, "stop"))
            continue;
        diag = diag_add(c->diags, DIAG_E0222, member->name.span, "`on %s` cannot stand in a %s", name,
                        in->kind == DECL_USER ? "user" : "group");
        diag_help(c->diags, diag, "here are `on start` and `on stop`; hooks of the run belong to the top of the file");
    }
}

/* ------------------------------------------------------------------ chains */

static struct decl *chain_task(const struct decl *chain, const char *name)
{
    for (struct decl *member = chain->members; member; member = member->next)
        if (member->kind == DECL_TASK && member->name.text == name)
            return member;
    return NULL;
}

static void check_edges(struct checker *c, struct env *env, const struct decl *chain, struct decl *task, bool *good)
{
    bool ways = !task->edges;

    for (struct edge *edge = task->edges; edge; edge = edge->next) {
        check_number(c, env, edge->weight, "a weight", true, 0);
        ways |= !edge->weight || edge->weight->constness != CONST_KNOWN || edge->weight->type.kind != TYPE_INT ||
                edge->weight->known.i != 0;
        if (!edge->name.text || chain_task(chain, edge->name.text))
            continue;
        *good = false;
        struct diag *diag =
            diag_add(c->diags, DIAG_E0228, edge->name.span, "the chain has no task `%s`", edge->name.text);
        struct near near;
        near_begin(&near, edge->name.text);
        for (struct decl *member = chain->members; member; member = member->next)
            if (member->kind == DECL_TASK && member->name.text)
                near_offer(&near, member->name.text);
        if (near.best)
            diag_help(c->diags, diag, "did you mean `%s`?", near.best);
    }
    if (!ways)
        diag_add(c->diags, DIAG_E0321, task->edges->weight->span,
                 "all ways on from `%s` have weight 0: none is ever taken", task->name.text);
}

static bool is_edge_to(const struct decl *from, const char *name)
{
    for (const struct edge *edge = from->edges; edge; edge = edge->next)
        if (edge->name.text == name)
            return true;
    return false;
}

/* Marks what can be reached from the first task; `owner` is set already, so a list of its own is kept. */
static void warn_unreachable(struct checker *c, const struct decl *chain)
{
    size_t count = 0, reached = 0;
    bool grown = true;

    for (struct decl *member = chain->members; member; member = member->next)
        count += member->kind == DECL_TASK;
    const struct decl **list = ARENA_ARRAY(c->arena, const struct decl *, count + 1);
    for (struct decl *member = chain->members; member && !reached; member = member->next)
        if (member->kind == DECL_TASK)
            list[reached++] = member;
    while (grown) {
        grown = false;
        for (struct decl *member = chain->members; member; member = member->next) {
            bool known = member->kind != DECL_TASK, found = false;
            for (size_t i = 0; i < reached; i++) {
                known |= list[i] == member;
                found |= is_edge_to(list[i], member->name.text);
            }
            if (!known && found) {
                list[reached++] = member;
                grown = true;
            }
        }
    }
    for (struct decl *member = chain->members; member; member = member->next) {
        bool known = member->kind != DECL_TASK;
        for (size_t i = 0; i < reached; i++)
            known |= list[i] == member;
        if (known || !member->name.text)
            continue;
        struct diag *diag =
            diag_add(c->diags, DIAG_W0910, member->name.span, "nobody can reach the task `%s`", member->name.text);
        diag_help(c->diags, diag, "no `->` of a task that can be reached leads to it");
    }
}

/* ------------------------------------------------------------------ groups and users */

/* --tags looks at what is picked by weight: a chain follows its edges, a journey its order. */
static void warn_idle_tags(struct checker *c, const struct decl *in, const struct decl *task)
{
    bool chain = in->kind == DECL_GROUP && in->group_kind == GROUP_CHAIN,
         journey = in->kind == DECL_GROUP && in->group_kind == GROUP_JOURNEY;
    struct diag *diag;

    if (!task->tags || (!chain && !journey))
        return;
    diag = diag_add(c->diags, DIAG_W0915, task->tags->name.span,
                    "a tag of a %s has no effect: `--tags` chooses among what is picked by weight",
                    chain ? "chain's task" : "step");
    diag_help(c->diags, diag, "put it behind the name of the %s: %s %s tag %s { … }", chain ? "chain" : "journey",
              chain ? "chain" : "journey", in->name.text ? in->name.text : "NAME", task->tags->name.text);
}

static void check_task(struct checker *c, struct env *env, struct decl *in, struct decl *task, struct decl *user,
                       struct attr *http, struct flow *steps)
{
    bool step = in->kind == DECL_GROUP && in->group_kind == GROUP_JOURNEY;
    struct diag *diag;

    check_number(c, env, task->weight, "a weight", true, 0);
    if (step && task->weight) {
        diag = diag_add(c->diags, DIAG_E0220, task->weight->span, "a step has no weight");
        diag_help(c->diags, diag, "the steps of a journey are done in order; weights belong to `tasks`");
    }
    if (in->kind == DECL_GROUP && in->group_kind == GROUP_CHAIN && task->weight) {
        diag = diag_add(c->diags, DIAG_E0220, task->weight->span, "a task of a chain has no weight");
        diag_help(c->diags, diag, "weights of a chain stand behind `->`: task home -> product 3, search 1");
    }
    if (task->edges && (in->kind != DECL_GROUP || in->group_kind != GROUP_CHAIN)) {
        diag = diag_add(c->diags, DIAG_E0228, task->edges->name.span, "`->` belongs to the tasks of a chain");
        diag_help(c->diags, diag, "`chain NAME { task a -> b { … } }`");
    }
    warn_idle_tags(c, in, task);
    struct flow end =
        run_body(c, task, BODY_TASK, env, step ? env : NULL, step ? in : NULL, user, in->kind == DECL_GROUP ? in : NULL,
                 step ? *steps : env->started, http, step ? in->members : NULL);
    if (step)
        *steps = end.reachable ? end : *steps;
}

static void check_members(struct checker *c, struct env *env, struct decl *in, struct decl *user, struct attr *http)
{
    struct flow steps = env->started;
    bool edges_good = true;

    for (struct decl *member = in->members; member; member = member->next)
        if ((member->kind == DECL_FN || member->kind == DECL_ACTION) && member->symbol)
            check_callable(c, member->symbol);
    check_pending(c);
    for (struct decl *member = in->members; member; member = member->next) {
        if (!may_stand(in, member))
            continue;
        struct env *file = enter_file(c, env, member->span.file);
        switch (member->kind) {
        case DECL_TASK:
            check_task(c, env, in, member, user, http, &steps);
            if (in->kind == DECL_GROUP && in->group_kind == GROUP_CHAIN)
                check_edges(c, env, in, member, &edges_good);
            break;
        case DECL_GROUP:
            check_group(c, env, member, user, env->started, http);
            break;
        case DECL_USE:
            check_use(c, env, member, user, http);
            break;
        case DECL_WAIT:
            check_wait(c, env, member, user);
            break;
        case DECL_HOOK:
            if (!name_is(member->name.text, "start"))
                run_body(c, member, BODY_STOP, env, NULL, NULL, user, in->kind == DECL_GROUP ? in : NULL, env->started,
                         http, NULL);
            break;
        default:
            break;
        }
        leave_file(env, file);
    }
    if (in->kind == DECL_GROUP && in->group_kind == GROUP_CHAIN && edges_good)
        warn_unreachable(c, in);
}

void check_group(struct checker *c, struct env *outer, struct decl *group, struct decl *user, struct flow flow,
                 struct attr *http)
{
    struct env *env = env_new(c, ENV_GROUP, outer, group);

    check_number(c, env, group->weight ? group->weight : group->value, "a weight", true, 0);
    declare_members(c, env, group);
    check_hook_names(c, group);
    check_hooks(c, env, group, user, flow, http);
    check_members(c, env, group, user, http);
    if (!user_member(group, DECL_TASK) && !user_member(group, DECL_GROUP) && !user_member(group, DECL_USE))
        diag_add(c->diags, DIAG_E0518, group->name.span, "the group `%s` is empty: there is nothing to do in it",
                 group->name.text ? group->name.text : "");
}

static bool is_zero(const struct expr *weight)
{
    return weight && weight->constness == CONST_KNOWN &&
           ((weight->type.kind == TYPE_INT && weight->known.i == 0) ||
            (weight->type.kind == TYPE_FLOAT && weight->known.f == 0));
}

static void warn_nothing_to_do(struct checker *c, const struct decl *user)
{
    unsigned entries = 0, zero = 0;
    struct diag *diag;

    for (const struct decl *member = user->members; member; member = member->next) {
        if (member->kind != DECL_TASK && member->kind != DECL_GROUP && member->kind != DECL_USE)
            continue;
        entries++;
        const struct expr *weight = member->weight ? member->weight : member->value;
        zero += is_zero(weight);
    }
    if (user->abstract || !user->name.text || user->unknown_base)
        return;
    if (entries == 0) {
        diag = diag_add(c->diags, DIAG_W0901, user->name.span, "the user `%s` has no tasks: it does nothing",
                        user->name.text);
        diag_help(c->diags, diag, "`task NAME { … }`, or `abstract user` when others are to extend it");
    } else if (entries == zero) {
        diag_add(c->diags, DIAG_W0911, user->name.span, "all tasks of `%s` have weight 0: none is ever picked",
                 user->name.text);
    }
}

/* The shape says how many there are; the count counts only when --users replaces the shape. */
static void warn_count_and_shape(struct checker *c, const struct decl *user)
{
    const struct decl *count = user_member(user, DECL_COUNT), *shape = user_member(user, DECL_SHAPE);

    if (!count || !shape)
        return;
    struct diag *diag = diag_add(c->diags, DIAG_W0918, count->word,
                                 "`count` says nothing here: the shape of `%s` says how many there are",
                                 user->name.text ? user->name.text : "");
    diag_help(c->diags, diag, "keep one of the two");
    diag_label(c->diags, diag, shape->word, "its own shape");
}

void check_user(struct checker *c, struct module *module, struct decl *user)
{
    struct env *env = env_new(c, ENV_USER, &module->env, user);
    struct decl *http = user_member(user, DECL_HTTP);
    struct attr *merged = http_merge(c->arena, file_http(module), http ? http->attrs : NULL);

    c->uses = 0;
    declare_members(c, env, user);
    check_http(c, env, merged);
    user->attrs = merged;
    check_hook_names(c, user);
    for (struct decl *member = user->members; member; member = member->next) {
        struct env *file = enter_file(c, env, member->span.file);
        if (member->kind == DECL_HTTP)
            check_http(c, env, member->attrs);
        else if (member->kind == DECL_TARGET)
            check_target(c, env, member);
        else if (member->kind == DECL_WEIGHT)
            check_number(c, env, member->value, "a weight", true, 0);
        else if (member->kind == DECL_COUNT)
            check_number(c, env, member->value, "`count`", true, 0);
        else if (member->kind == DECL_VISITS)
            check_number(c, env, member->value, "`visits`", true, 1);
        leave_file(env, file);
    }
    check_hooks(c, env, user, user, flow_start(), merged);
    check_members(c, env, user, user, merged);
    warn_nothing_to_do(c, user);
    warn_count_and_shape(c, user);
}
