/* Imports: each file is read once, whatever names it. Of a module that is not there the members are taken as they
 * come. */
#include <stdlib.h>

#include "checker.h"
#include "stdlib.h"

static struct module *import_file(struct checker *c, struct module *from, struct decl *decl, const char *path);

struct module *import_module(const struct decl *decl)
{
    return (struct module *)decl->link_module;
}

static bool declares(const struct decl *decl, const char *name, enum imported what)
{
    if (decl->kind == DECL_EXTERN) {
        for (const struct decl *member = decl->members; member; member = member->next)
            if (declares(member, name, what))
                return true;
        return false;
    }
    if (decl->name.text != name)
        return false;
    switch (decl->kind) {
    case DECL_FN:
    case DECL_ACTION:
        return what == IMPORTED_FUNCTION;
    case DECL_USER:
        return what == IMPORTED_USER;
    case DECL_GROUP:
        return what == IMPORTED_GROUP;
    case DECL_CONST:
    case DECL_OPTION:
    case DECL_VAR:
    case DECL_DATA:
    case DECL_GATE:
    case DECL_QUEUE:
    case DECL_METRIC:
        return what == IMPORTED_VALUE;
    default:
        return false;
    }
}

const char *imported_name(struct checker *c, struct name name, enum imported what)
{
    const struct module *module = c->modules;

    while (module && module->file != name.span.file)
        module = module->next;
    for (const struct decl *import = module ? module->decls : NULL; import; import = import->next) {
        const struct module *imported = import->kind == DECL_IMPORT ? import_module(import) : NULL;
        for (const struct decl *decl = imported ? imported->decls : NULL; decl; decl = decl->next)
            if (declares(decl, name.text, what))
                return arena_format(c->arena, "%s.%s", import->name.text, name.text);
    }
    return NULL;
}

/* "lib/auth.swarm" -> auth */
static const char *name_of_path(struct checker *c, const char *path)
{
    const char *base = strrchr(path, '/'), *dot;

    base = base ? base + 1 : path;
    dot = strrchr(base, '.');
    return arena_intern(c->arena, base, dot ? (size_t)(dot - base) : strlen(base));
}

static void add_way(struct text *way, const struct module *from, const struct module *to)
{
    if (from && from != to)
        add_way(way, from->importer, to);
    if (from)
        text_printf(way, "`%s` → ", from->path);
}

static void report_cycle(struct checker *c, struct decl *decl, const struct module *from, const struct module *to)
{
    struct text way = {0};
    struct diag *diag;

    add_way(&way, from, to);
    diag = diag_add(c->diags, DIAG_E0701, decl->path->span, "the imports go in a circle: %s`%s`", way.p, to->path);
    diag_help(c->diags, diag, "move what both need into a third file");
    text_free(&way);
}

static void import_standard(struct checker *c, struct module *module, struct decl *decl, const char *name)
{
    const char *path = stdlib_module(c->arena, name);
    struct diag *diag;
    struct near near;

    if (path) {
        decl->link_module = import_file(c, module, decl, path);
        return;
    }
    diag = diag_add(c->diags, DIAG_E0707, decl->path->span, "no module std/%s; there are: %s", name,
                    stdlib_names(c->arena));
    near_begin(&near, name);
    stdlib_offer(c->arena, &near);
    if (near.best)
        diag_help(c->diags, diag, "did you mean `import \"std/%s\"`?", near.best);
    else
        diag_help(c->diags, diag, "a file of one's own is imported by its path: `import \"lib/%s.swarm\"`", name);
}

static void check_import(struct checker *c, struct module *module, struct decl *decl)
{
    const struct expr *path = decl->path;

    if (!path || path->kind != EXPR_TEXT || !path->parts || path->parts->expr || path->parts->next) {
        if (path && path->kind != EXPR_ERROR)
            diag_add(c->diags, DIAG_E0700, path->span, "`import` needs the path of a file, without `${}`");
        return;
    }
    const char *text = arena_copy(c->arena, path->parts->literal.p, path->parts->literal.n);
    if (!decl->name.text) {
        decl->name.text = name_of_path(c, text);
        decl->name.span = path->span;
    }
    if (strncmp(text, "std/", 4) == 0)
        import_standard(c, module, decl, text + 4);
    else
        decl->link_module = import_file(c, module, decl, path_beside(c, decl->span.file, text));
}

static struct module *import_file(struct checker *c, struct module *from, struct decl *decl, const char *path)
{
    struct decl *decls = c->unit->decls;
    struct module *module, **last = &c->modules;
    struct source *source;
    const char *error = NULL;
    char *real = realpath(path, NULL), *other;
    bool same;

    for (; *last; last = &(*last)->next) {
        other = realpath((*last)->path, NULL);
        same = real && other && strcmp(real, other) == 0;
        free(other);
        if (!same)
            continue;
        free(real);
        if ((*last)->loading)
            report_cycle(c, decl, from, *last);
        return *last;
    }
    free(real);
    source = source_read(&c->unit->sources, c->arena, path, &error);
    if (!source) {
        struct diag *diag = diag_add(c->diags, DIAG_E0700, decl->path->span, "cannot import `%s`: %s", path,
                                     error ? error : "it cannot be read");
        diag_help(c->diags, diag, "the path is relative to the file that imports");
        return NULL;
    }
    module = ARENA_NEW(c->arena, struct module);
    module->path = source->path;
    module->importer = from;
    module->file = (uint16_t)(c->unit->sources.count - 1);
    *last = module;
    c->unit->decls = NULL;
    ast_parse(c->unit, source);
    module->decls = c->unit->decls;
    c->unit->decls = decls;
    check_imports(c, module);
    return module;
}

void check_imports(struct checker *c, struct module *module)
{
    module->loading = true;
    for (struct decl *decl = module->decls; decl; decl = decl->next)
        if (decl->kind == DECL_IMPORT)
            check_import(c, module, decl);
    module->loading = false;
}

/* ------------------------------------------------------------------ names that all files share */

static bool is_shared_name(const struct decl *decl)
{
    return (decl->kind == DECL_OPTION || decl->kind == DECL_DATA || decl->kind == DECL_METRIC) && decl->name.text;
}

static const struct decl *first_of_name(const struct checker *c, const struct module *until, const struct decl *decl)
{
    for (const struct module *module = c->modules; module && module != until; module = module->next)
        for (const struct decl *other = module->decls; other; other = other->next)
            if (other->kind == decl->kind && other->name.text == decl->name.text)
                return other;
    return NULL;
}

/* Options, data and metrics of all files stand on one command line and in one report. */
void check_shared_names(struct checker *c)
{
    for (const struct module *module = c->modules; module; module = module->next)
        for (const struct decl *decl = module->decls; decl; decl = decl->next) {
            const struct decl *other = is_shared_name(decl) ? first_of_name(c, module, decl) : NULL;
            struct diag *diag;
            if (!other)
                continue;
            diag = diag_add(c->diags, DIAG_E0201, decl->name.span, "`%s` is declared in another file too",
                            decl->name.text);
            diag_label(c->diags, diag, other->name.span, "here");
            diag_help(c->diags, diag, "%s of all files go by their name alone %s: give one of the two another name",
                      decl->kind == DECL_OPTION ? "options"
                      : decl->kind == DECL_DATA ? "data"
                                                : "metrics",
                      decl->kind == DECL_METRIC ? "in the reports" : "on the command line");
        }
}

/* ------------------------------------------------------------------ extern, hooks */

const char *file_stem(struct checker *c, uint16_t file)
{
    return name_of_path(c, c->unit->sources.file[file].path);
}

void list_externs(struct checker *c)
{
    unsigned room = 0;

    for (struct module *module = c->modules; module; module = module->next)
        for (struct decl *decl = module->decls; decl; decl = decl->next)
            room += decl->kind == DECL_EXTERN;
    c->info->externs = ARENA_ARRAY(c->arena, struct decl *, room + 1);
    for (struct module *module = c->modules; module; module = module->next)
        for (struct decl *decl = module->decls; decl; decl = decl->next)
            if (decl->kind == DECL_EXTERN)
                c->info->externs[c->info->extern_count++] = decl;
}

static void hooks_of(struct checker *c, struct module *module, unsigned room)
{
    if (module->listed)
        return;
    module->listed = true;
    for (struct decl *decl = module->decls; decl; decl = decl->next)
        if (decl->kind == DECL_IMPORT && import_module(decl))
            hooks_of(c, import_module(decl), room);
    for (struct decl *decl = module->decls; decl; decl = decl->next)
        if (decl->kind == DECL_HOOK && c->info->hook_count < room)
            c->info->hooks[c->info->hook_count++] = decl;
}

void list_hooks(struct checker *c)
{
    unsigned room = 0;

    for (struct module *module = c->modules; module; module = module->next)
        for (struct decl *decl = module->decls; decl; decl = decl->next)
            room += decl->kind == DECL_HOOK;
    c->info->hooks = ARENA_ARRAY(c->arena, struct decl *, room + 1);
    hooks_of(c, c->main, room);
}
