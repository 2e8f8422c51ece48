/* The order of checking. What a later step needs, an earlier one has worked out:
 * imports are read, users get what they inherit, names are declared, everything is looked at, calls are
 * followed, and the tables for the emitter are built. When a variable turned out to hold a secret, all is
 * looked at once more with that known. */
#include "checker.h"

static void warn_never_read(struct checker *c)
{
    for (struct entry *entry = c->watched; entry; entry = entry->next) {
        const struct symbol *symbol = entry->symbol;
        bool read = symbol->read || !symbol->name || symbol->name[0] == '_';
        for (struct entry *other = c->watched; other && !read; other = other->next)
            read = other->symbol->read && other->symbol->span.from == symbol->span.from &&
                   other->symbol->span.file == symbol->span.file;
        if (read)
            continue;
        struct diag *diag = diag_add(c->diags, DIAG_W0900, symbol->span, "`%s` is %s and never read", symbol->name,
                                     symbol->kind == SYMBOL_SAVE ? "saved" : "set");
        diag_help(c->diags, diag,
                  symbol->kind == SYMBOL_SAVE ? "leave it out, or call it `_%s`" : "leave it out, or call it `_%s`",
                  symbol->name);
    }
}

/* codes_syntax.def comes first */
#define FIRST_OF_CHECKER DIAG_E0200

bool is_syntax_error(const struct diag *diag)
{
    return diag->severity == SEVERITY_ERROR && diag->code < FIRST_OF_CHECKER;
}

static bool is_echo(const struct diags *diags, const struct diag *diag)
{
    if (diag->code < FIRST_OF_CHECKER)
        return false;
    for (const struct diag *other = diags->first; other; other = other->next)
        if (is_syntax_error(other) && (diag->severity == SEVERITY_WARNING ||
                                       (other->span.from == diag->span.from && other->span.file == diag->span.file)))
            return true;
    return false;
}

/* What the syntax has said about a place is enough: `print("x")` is no unknown function as well. And where
 * something could not be read, what seems to be missing or unused may well be in it: no warnings then. */
static void drop_echoes(struct diags *diags)
{
    for (struct diag **at = &diags->first; *at;) {
        if (!is_echo(diags, *at)) {
            at = &(*at)->next;
            continue;
        }
        if ((*at)->severity == SEVERITY_ERROR)
            diags->errors--;
        else
            diags->warnings--;
        *at = (*at)->next;
    }
    diags->last = &diags->first;
    while (*diags->last)
        diags->last = &(*diags->last)->next;
}

/* A group at the top of the file that no user has: its tasks are never picked. A file without users is a
 * library. */
static void warn_unused_groups(struct checker *c)
{
    bool users = false;

    for (const struct decl *decl = c->main->decls; decl; decl = decl->next)
        users |= decl->kind == DECL_USER;
    for (const struct decl *decl = c->main->decls; decl && users; decl = decl->next) {
        if (decl->kind != DECL_GROUP || !decl->symbol || decl->symbol->read || !decl->name.text)
            continue;
        struct diag *diag = diag_add(c->diags, DIAG_W0914, decl->name.span,
                                     "nobody uses the group `%s`: its tasks are never reached", decl->name.text);
        diag_help(c->diags, diag, "`use %s` in a user", decl->name.text);
    }
}

static void check_all(struct checker *c)
{
    c->info = ARENA_NEW(c->arena, struct program_info);
    c->symbol_count = c->bit_count = c->variant_count = 0;
    memset(c->variants, 0, sizeof c->variants);
    c->last_const = NULL;
    c->watched = NULL;
    c->last_watched = &c->watched;
    c->secrets_spread = false;
    c->pending = NULL;
    for (struct module *module = c->modules; module; module = module->next)
        declare_module(c, module);
    for (struct module *module = c->modules; module; module = module->next)
        check_declarations(c, module);
    for (struct module *module = c->modules; module; module = module->next)
        check_bodies(c, module);
}

bool check_unit(struct unit *unit)
{
    enum { MOST_ROUNDS = 8 };
    struct checker checker = {.unit = unit, .arena = unit->arena, .diags = unit->diags}, *c = &checker;
    struct module *main = ARENA_NEW(unit->arena, struct module);

    main->decls = unit->decls;
    main->path = unit->sources.count ? unit->sources.file[0].path : "";
    c->main = c->modules = main;
    check_imports(c, main);
    check_shared_names(c);
    for (struct module *module = c->modules; module; module = module->next)
        expand_users(c, module);
    for (int round = 0; round < MOST_ROUNDS; round++) {
        check_all(c);
        if (!c->secrets_spread)
            break;
    }
    drop_echoes(unit->diags);
    report_recursion(c);
    if (!unit->diags->errors) {
        build_program(c);
        check_threshold_rows(c);
        warn_rows_and_users(c);
    }
    if (!unit->diags->errors) { /* a misspelt name leaves the right one unread */
        warn_never_read(c);
        warn_unused_groups(c);
    }
    unit->info = c->info;
    return unit->diags->errors == 0;
}
