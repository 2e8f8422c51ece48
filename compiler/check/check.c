/* The order of checking. What a later step needs, an earlier one has worked out:
 * imports are read, users get what they inherit, names are declared, everything is looked at, calls are
 * followed, and the tables for the emitter are built. When a variable turned out to hold a secret, all is
 * looked at once more with that known. */
#include "checker.h"

/* A file without users is a library: what it declares is for others. */
static bool has_users(const struct module *module)
{
    for (const struct decl *decl = module->decls; decl; decl = decl->next)
        if (decl->kind == DECL_USER)
            return true;
    return false;
}

/* The hooks, options and metrics of an imported file work without being named. */
static bool works_by_itself(const struct symbol *import)
{
    const struct module *module = import_module(import->decl);

    if (!module)
        return true;
    for (const struct decl *decl = module->decls; decl; decl = decl->next)
        if (decl->kind == DECL_HOOK || decl->kind == DECL_OPTION || decl->kind == DECL_METRIC)
            return true;
    return false;
}

static const char *done_to(const struct symbol *symbol)
{
    switch (symbol->kind) {
    case SYMBOL_SAVE:
        return "is saved and never read";
    case SYMBOL_LET:
        return "is set and never read";
    case SYMBOL_OPTION:
        return "is an option that nothing reads: what is given for it changes nothing";
    case SYMBOL_IMPORT:
        return "is imported and never used";
    default:
        return "is declared and never read";
    }
}

static void warn_never_read(struct checker *c)
{
    for (struct entry *entry = c->watched; entry; entry = entry->next) {
        const struct symbol *symbol = entry->symbol;
        bool local = symbol->kind == SYMBOL_SAVE || symbol->kind == SYMBOL_LET;
        bool read = symbol->read || !symbol->name || symbol->name[0] == '_' || (!local && !has_users(c->main)) ||
                    (symbol->kind == SYMBOL_IMPORT && works_by_itself(symbol));
        for (struct entry *other = c->watched; other && !read; other = other->next)
            read = other->symbol->read && other->symbol->span.from == symbol->span.from &&
                   other->symbol->span.file == symbol->span.file;
        if (read)
            continue;
        struct diag *diag = diag_add(c->diags, DIAG_W0900, symbol->span, "`%s` %s", symbol->name, done_to(symbol));
        diag_help(c->diags, diag,
                  symbol->kind == SYMBOL_IMPORT   ? "leave the import out"
                  : symbol->kind == SYMBOL_OPTION ? "read `%s` where it is meant, or leave it out"
                                                  : "leave it out, or call it `_%s`",
                  symbol->name);
    }
}

/* codes_syntax.def comes first */
#define FIRST_OF_CHECKER DIAG_E0200

bool is_syntax_error(const struct diag *diag)
{
    return diag->severity == SEVERITY_ERROR && diag->code < FIRST_OF_CHECKER;
}

/* What the syntax has said about a place is enough: `print("x")` is no unknown function as well. And where
 * something could not be read, what seems to be missing or unused may well be in it: no warnings then. */
static bool is_echo(const struct diags *diags, const struct diag *diag, const void *with)
{
    (void)with;
    if (diag->code < FIRST_OF_CHECKER)
        return false;
    for (const struct diag *other = diags->first; other; other = other->next)
        if (is_syntax_error(other) && (diag->severity == SEVERITY_WARNING ||
                                       (other->span.from == diag->span.from && other->span.file == diag->span.file)))
            return true;
    return false;
}

/* A group at the top of the file that no user has: its tasks are never picked. */
static void warn_unused_groups(struct checker *c)
{
    for (const struct decl *decl = has_users(c->main) ? c->main->decls : NULL; decl; decl = decl->next) {
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
    diags_drop(unit->diags, is_echo, NULL);
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
