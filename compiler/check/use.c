/* `use NAME`: a user or group gets a copy of its own of a group of the file, as `extends` copies members. So the variables of a
 * group that is used at several places are there once for each, and what it does has one meaning everywhere. The copy is
 * looked at with the names of the file that declares it. */
#include "checker.h"

/* Copies a user may have: groups that use each other twice at each level would grow without end. */
enum { MOST_USES = 10000 };

static void no_such_group(struct checker *c, const struct env *env, const struct decl *use)
{
    struct diag *diag = diag_add(c->diags, DIAG_E0227, use->base.span, "there is no group `%s` to use", use->base.text);
    const char *imported = use->qualifier.text ? NULL : imported_name(c, use->base, IMPORTED_GROUP);
    struct near near;

    near_begin(&near, use->base.text);
    for (; env; env = env->outer)
        for (struct entry *entry = env->entries; entry; entry = entry->next)
            if (entry->symbol->kind == SYMBOL_GROUP)
                near_offer(&near, entry->symbol->name);
    if (imported)
        diag_help(c->diags, diag, "did you mean `use %s`? what a file declares is named with the file", imported);
    else if (near.best)
        diag_help(c->diags, diag, "did you mean `%s`?", near.best);
    else
        diag_help(c->diags, diag, "declare it at the top of the file: `tasks %s { … }`", use->base.text);
}

/* The group that is meant, NULL: there is none, which was reported. */
static struct symbol *find_group(struct checker *c, const struct env *env, const struct decl *use)
{
    struct symbol *symbol = NULL, *import = use->qualifier.text ? scope_find(env, use->qualifier.text) : NULL;

    if (!use->base.text)
        return NULL;
    if (!use->qualifier.text) {
        symbol = scope_find(env, use->base.text);
    } else if (import && import->kind == SYMBOL_IMPORT) {
        struct module *module = import_module(import->decl);
        import->read = true;
        if (!module)
            return NULL;
        symbol = scope_find_in(&module->env, use->base.text);
        env = &module->env;
    }
    if (symbol && (symbol->kind == SYMBOL_GROUP || is_broken(symbol)))
        return symbol->kind == SYMBOL_GROUP ? symbol : NULL;
    if (!symbol) {
        no_such_group(c, env, use);
        return NULL;
    }
    struct diag *diag = diag_add(c->diags, DIAG_E0227, use->base.span, "`%s` is %s, not a group", symbol->name,
                                 symbol_article(c, symbol));
    diag_label(c->diags, diag, symbol->span, "declared here");
    return NULL;
}

static bool uses_itself(struct checker *c, const struct decl *use, struct symbol *symbol)
{
    struct text way = {0};
    struct diag *diag;

    for (const struct use_path *at = c->use_path; at; at = at->outer) {
        if (at->symbol != symbol)
            continue;
        if (symbol->cyclic)
            return true;
        symbol->cyclic = true;
        diag = diag_add(c->diags, DIAG_E0231, use->base.span, "the group `%s` uses itself%s", symbol->name,
                        at == c->use_path ? "" : ", over others");
        for (const struct use_path *on = c->use_path; on != at; on = on->outer) {
            struct text before = way;
            way = (struct text){0};
            text_printf(&way, " → `%s`%s", on->symbol->name, before.p ? before.p : "");
            text_free(&before);
            on->symbol->cyclic = true;
        }
        diag_help(c->diags, diag,
                  "`%s`%s → `%s`: leave a group with `interrupt`, and what is around it picks the other", symbol->name,
                  way.p ? way.p : "", symbol->name);
        diag_label(c->diags, diag, symbol->span, "`%s` is declared here", symbol->name);
        text_free(&way);
        return true;
    }
    return false;
}

/* The tags of the `use` behind those of the group. */
static void add_tags(struct checker *c, struct decl *group, const struct tag *tags)
{
    struct tag *first = NULL, **last = &first;

    for (int own = 0; own < 2; own++) {
        for (const struct tag *tag = own ? tags : group->tags; tag; tag = tag->next) {
            *last = ARENA_NEW(c->arena, struct tag);
            (*last)->name = tag->name;
            last = &(*last)->next;
        }
    }
    group->tags = first;
}

void check_file_group(struct checker *c, struct module *module, struct decl *group)
{
    struct use_path here = {group->symbol, NULL};

    c->use_path = &here;
    c->uses = 0;
    check_group(c, &module->env, group, NULL, flow_start(), file_http(module));
    c->use_path = NULL;
}

void check_use(struct checker *c, struct env *env, struct decl *use, struct decl *user, struct attr *http)
{
    struct symbol *symbol;

    use->used = NULL;
    check_number(c, env, use->weight, "a weight", true, 0);
    symbol = find_group(c, env, use);
    if (!symbol)
        return;
    symbol->read = true;
    use->symbol = symbol;
    if (!symbol->decl || uses_itself(c, use, symbol))
        return;
    if (user ? !c->use_path : !c->use_path->outer)
        c->outermost_use = use->word;
    if (++c->uses > MOST_USES) {
        if (c->uses == MOST_USES + 1)
            diag_add(c->diags, DIAG_E0232, c->outermost_use,
                     "with all that its groups use, this holds more than %d groups", MOST_USES);
        return;
    }
    struct use_path here = {symbol, c->use_path};
    struct decl *group = clone_decl(c->arena, symbol->decl);
    if (use->weight)
        group->weight = NULL; /* its names are those of the `use` */
    add_tags(c, group, use->tags);
    c->use_path = &here;
    group->symbol = symbol;
    check_group(c, symbol->env, group, user, flow_start(), http);
    c->use_path = here.outer;
    if (use->weight)
        group->weight = use->weight;
    group->owner = use->owner;
    use->used = group;
}
