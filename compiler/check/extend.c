/* extends: what a user inherits is copied into it (language.md section 2). Done before anything is declared.
 */
#include <strings.h>

#include "checker.h"

struct decl *user_member(const struct decl *user, enum decl_kind kind)
{
    for (struct decl *member = user->members; member; member = member->next)
        if (member->kind == kind)
            return member;
    return NULL;
}

static bool same_attr(const struct attr *a, const struct attr *b)
{
    if (a->kind != b->kind)
        return false;
    if (a->kind != ATTR_HEADER && a->kind != ATTR_COOKIE)
        return true;
    const struct text_part *x = a->a ? a->a->parts : NULL, *y = b->a ? b->a->parts : NULL;
    if (!x || !y || x->expr || y->expr || x->next || y->next)
        return false;
    return x->literal.n == y->literal.n && strncasecmp(x->literal.p, y->literal.p, x->literal.n) == 0;
}

static const struct attr *find_same(const struct attr *attrs, const struct attr *attr)
{
    for (; attrs; attrs = attrs->next)
        if (same_attr(attrs, attr))
            return attrs;
    return NULL;
}

struct attr *http_merge(struct arena *arena, const struct attr *base, const struct attr *own)
{
    struct attr *first = NULL, **last = &first;

    for (const struct attr *attr = base; attr; attr = attr->next) {
        const struct attr *mine = find_same(own, attr);
        *last = clone_attr(arena, mine ? mine : attr);
        last = &(*last)->next;
    }
    for (const struct attr *attr = own; attr; attr = attr->next) {
        if (find_same(base, attr))
            continue;
        *last = clone_attr(arena, attr);
        last = &(*last)->next;
    }
    return first;
}

/* ------------------------------------------------------------------ members */

static const char *member_what(const struct decl *decl)
{
    switch (decl->kind) {
    case DECL_TASK:
        return decl->is_step ? "a step" : "a task";
    case DECL_GROUP:
        return decl->group_kind == GROUP_TASKS   ? "a group of tasks"
               : decl->group_kind == GROUP_CHAIN ? "a chain"
                                                 : "a journey";
    case DECL_VAR:
        return "a variable";
    case DECL_FN:
        return "a function";
    default:
        return "an action";
    }
}

static bool is_named(const struct decl *decl)
{
    return decl->kind == DECL_TASK || decl->kind == DECL_GROUP || decl->kind == DECL_VAR || decl->kind == DECL_FN ||
           decl->kind == DECL_ACTION;
}

static bool is_entry(const struct decl *decl)
{
    return decl->kind == DECL_TASK || decl->kind == DECL_GROUP;
}

/* The member of a user that takes the place of an inherited one, or NULL. */
static struct decl *replacement(struct checker *c, struct decl *user, const struct decl *inherited)
{
    for (struct decl **link = &user->members; *link; link = &(*link)->next) {
        struct decl *member = *link;
        if (inherited->kind == DECL_USE && member->kind == DECL_USE && member->base.text == inherited->base.text &&
            member->qualifier.text == inherited->qualifier.text)
            return member;
        if (!is_named(inherited) || !is_named(member) || !member->name.text ||
            member->name.text != inherited->name.text)
            continue;
        if (is_entry(inherited) != is_entry(member))
            continue; /* tasks and variables have names of their own */
        if (member->kind != inherited->kind || member->group_kind != inherited->group_kind ||
            member->is_step != inherited->is_step) {
            struct diag *diag =
                diag_add(c->diags, DIAG_E0217, member->name.span, "`%s` is %s here and %s in `%s`", member->name.text,
                         member_what(member), member_what(inherited), user->base.text);
            diag_help(c->diags, diag,
                      "what replaces an inherited member is of the same kind; otherwise give it another name");
            diag_label(c->diags, diag, inherited->name.span, "inherited from here");
            *link = member->next; /* what the base does with its own is right */
            return NULL;
        }
        return member;
    }
    return NULL;
}

static bool is_dropped(const struct decl *user, const struct decl *inherited)
{
    switch (inherited->kind) {
    case DECL_COUNT:
    case DECL_SHAPE:
        return true;
    case DECL_WEIGHT:
        return user_member(user, DECL_WEIGHT) || user_member(user, DECL_COUNT);
    case DECL_WAIT:
    case DECL_TARGET:
    case DECL_VISITS:
        return user_member(user, inherited->kind) != NULL;
    default:
        return false;
    }
}

static bool is_placed(struct decl *const *placed, size_t count, const struct decl *member)
{
    for (size_t i = 0; i < count; i++)
        if (placed[i] == member)
            return true;
    return false;
}

static void inherit(struct checker *c, struct decl *user, const struct decl *base)
{
    struct decl *first = NULL, **last = &first, *next;
    struct decl *http = user_member(user, DECL_HTTP), *base_http = user_member(base, DECL_HTTP);
    size_t count = 0, room = 0;

    for (struct decl *member = user->members; member; member = member->next)
        room++;
    struct decl **placed = ARENA_ARRAY(c->arena, struct decl *, room + 1);
    if (http && base_http)
        http->attrs = http_merge(c->arena, base_http->attrs, http->attrs);
    for (const struct decl *inherited = base->members; inherited; inherited = inherited->next) {
        struct decl *mine;
        if (is_dropped(user, inherited) || (inherited->kind == DECL_HTTP && http))
            continue;
        mine = replacement(c, user, inherited);
        if (mine && is_placed(placed, count, mine))
            continue;
        if (mine)
            placed[count++] = mine;
        *last = mine ? ARENA_NEW(c->arena, struct decl) : clone_decl(c->arena, inherited);
        if (mine) {
            **last = *mine;
            (*last)->next = NULL;
        }
        last = &(*last)->next;
    }
    for (struct decl *member = user->members; member; member = next) {
        next = member->next;
        if (is_placed(placed, count, member))
            continue;
        *last = member;
        member->next = NULL;
        last = &member->next;
    }
    user->members = first;
}

/* ------------------------------------------------------------------ users */

static struct module *module_named(struct module *module, const char *name)
{
    for (struct decl *decl = module->decls; decl; decl = decl->next)
        if (decl->kind == DECL_IMPORT && decl->name.text == name)
            return import_module(decl);
    return NULL;
}

static struct decl *find_user(const struct module *module, const char *name)
{
    for (struct decl *decl = module->decls; decl; decl = decl->next)
        if (decl->kind == DECL_USER && decl->name.text == name)
            return decl;
    return NULL;
}

static void report_no_base(struct checker *c, const struct module *module, struct decl *user)
{
    struct diag *diag =
        diag_add(c->diags, DIAG_E0215, user->base.span, "there is no user `%s` to extend", user->base.text);
    const char *imported = user->qualifier.text ? NULL : imported_name(c, user->base, IMPORTED_USER);
    struct near near;

    user->unknown_base = true;
    near_begin(&near, user->base.text);
    for (const struct decl *decl = module ? module->decls : NULL; decl; decl = decl->next)
        if (decl->kind == DECL_USER && decl != user && decl->name.text)
            near_offer(&near, decl->name.text);
    if (imported)
        diag_help(c->diags, diag, "did you mean `extends %s`? what a file declares is named with the file", imported);
    else if (near.best)
        diag_help(c->diags, diag, "did you mean `%s`?", near.best);
    else
        diag_help(c->diags, diag, "declare it: `abstract user %s { … }`", user->base.text);
}

/* Users whose bases are being looked for, innermost first. */
struct under_way {
    const struct decl *user;
    struct under_way *outer;
};

static void expand(struct checker *c, struct module *module, struct decl *user, struct under_way *outer)
{
    struct under_way here = {user, outer};
    struct module *from = module;
    struct decl *base;

    if (!user->base.text)
        return;
    for (struct under_way *at = outer; at; at = at->outer)
        if (at->user == user) {
            struct diag *diag = diag_add(c->diags, DIAG_E0216, user->base.span, "`%s` extends itself",
                                         user->name.text ? user->name.text : "");
            for (struct under_way *way = outer; way && way->user != user; way = way->outer)
                diag_label(c->diags, diag, way->user->base.span, "over `%s`", way->user->name.text);
            user->base.text = NULL;
            return;
        }
    if (user->qualifier.text) {
        from = module_named(module, user->qualifier.text);
        if (!from) {
            report_no_base(c, NULL, user);
            user->base.text = NULL;
            return;
        }
    }
    base = find_user(from, user->base.text);
    if (!base) {
        report_no_base(c, from, user);
    } else {
        expand(c, from, base, &here);
        if (user->base.text)
            inherit(c, user, base);
    }
    user->base.text = NULL; /* done */
}

/* ------------------------------------------------------------------ what may stand only once */

static void check_once(struct checker *c, const struct decl *decl)
{
    static const enum decl_kind once[] = {DECL_WEIGHT, DECL_COUNT, DECL_VISITS, DECL_WAIT,
                                          DECL_TARGET, DECL_HTTP,  DECL_SHAPE,  DECL_HOOK};

    for (const struct decl *member = decl->members; member; member = member->next) {
        if (member->kind == DECL_GROUP)
            check_once(c, member);
        for (size_t i = 0; i < sizeof once / sizeof *once; i++) {
            if (member->kind != once[i])
                continue;
            for (const struct decl *other = decl->members; other != member; other = other->next) {
                if (other->kind != member->kind || (member->kind == DECL_HOOK && other->name.text != member->name.text))
                    continue;
                struct diag *diag = diag_add(c->diags, DIAG_E0218, member->word, "this stands twice in `%s`",
                                             decl->name.text ? decl->name.text : "");
                diag_help(c->diags, diag, "keep one of the two");
                diag_label(c->diags, diag, other->word, "first here");
                break;
            }
        }
    }
    if (decl->kind == DECL_USER && user_member(decl, DECL_WEIGHT) && user_member(decl, DECL_COUNT)) {
        struct diag *diag = diag_add(c->diags, DIAG_E0219, user_member(decl, DECL_COUNT)->word,
                                     "a user has a `weight` or a `count`, not both");
        diag_help(c->diags, diag, "`count` fixes the number of these users, `weight` gives them a share of the others");
        diag_label(c->diags, diag, user_member(decl, DECL_WEIGHT)->word, "the weight");
    }
}

void expand_users(struct checker *c, struct module *module)
{
    for (struct decl *decl = module->decls; decl; decl = decl->next)
        if (decl->kind == DECL_USER || decl->kind == DECL_GROUP)
            check_once(c, decl);
    for (struct decl *decl = module->decls; decl; decl = decl->next)
        if (decl->kind == DECL_USER)
            expand(c, module, decl, NULL);
}
