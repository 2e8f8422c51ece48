/* extern "C": the file, and what the C can take and give. */
#include <ctype.h>

#include "checker.h"
#include "extern.h"

static bool passes(struct type type)
{
    return type_is_plain(type) || type_is_loose(type) || type.kind == TYPE_LIST || type.kind == TYPE_RECORD;
}

static void check_member(struct checker *c, struct decl *foreign, struct decl *member)
{
    struct symbol *symbol = member->symbol;
    struct diag *diag;

    member->foreign = foreign;
    symbol->state = STATE_DONE;
    symbol->impure = member->kind == DECL_ACTION;
    for (struct param *param = member->params; param; param = param->next) {
        if (param->constant && member->kind == DECL_ACTION) {
            diag = diag_add(c->diags, DIAG_E0514, param->name.span, "an action of C has no `const` parameters");
            diag_help(c->diags, diag, "leave out `const`");
        }
        if (!passes(param->symbol->type))
            diag_add(c->diags, DIAG_E0214, param->type_name.name.span, "C cannot take %s",
                     type_article(param->symbol->type));
    }
    if (symbol->type.kind != TYPE_VOID && !passes(symbol->type))
        diag_add(c->diags, DIAG_E0214, member->type_name.name.span, "C cannot give %s", type_article(symbol->type));
}

/* Whether the text holds the name as a word of its own: where it doesn't, the C cannot define it. */
static bool mentions(const struct source *source, const char *name)
{
    size_t n = strlen(name);

    for (const char *p = source->text; (p = strstr(p, name)) != NULL; p++) {
        bool before = p > source->text && (isalnum((unsigned char)p[-1]) || p[-1] == '_');
        if (!before && !isalnum((unsigned char)p[n]) && p[n] != '_')
            return true;
    }
    return false;
}

static void look_for_members(struct checker *c, struct decl *foreign, const char *path)
{
    struct sources files = {0};
    const char *error = NULL;
    const struct source *source = source_read(&files, c->arena, path, &error);

    for (struct decl *member = foreign->members; source && member; member = member->next) {
        const char *name = member->symbol && member->name.text ? extern_c_name(c->arena, member) : NULL;
        struct diag *diag;
        if (!name || mentions(source, name))
            continue;
        diag = diag_add(c->diags, DIAG_W0921, member->name.span,
                        "`%s` does not define `%s`: calling it will be an error", foreign->path->known.text.p, name);
        diag_help(c->diags, diag,
                  "the C function is called as its file and its name here; `#include \"%s\"` declares it",
                  extern_header_name(c->arena, foreign));
    }
}

/* Files and libraries of an extern are needed when the scenario is compiled, so options and env() come too late. */
static bool check_compile_time(struct checker *c, const struct expr *e, const char *what)
{
    struct diag *diag;

    if (e->constness == CONST_KNOWN)
        return true;
    diag = diag_add(c->diags, DIAG_E0212, e->span, "%s must be known when the scenario is compiled", what);
    diag_help(c->diags, diag,
              "write it between quotes, without options and `env(…)`: they are known only when the program starts");
    return false;
}

/* The language is C, and the file has a name. */
static bool says_where(struct checker *c, struct decl *decl)
{
    struct expr *language = decl->help;
    struct diag *diag;

    if (!check_constant(c, &c->main->env, language, type_of(TYPE_STRING), "the language") ||
        !check_compile_time(c, language, "the language"))
        return false;
    if (strcmp(language->known.text.p, "C") != 0) {
        diag = diag_add(c->diags, DIAG_E0710, language->span, "`extern` takes \"C\", and the file behind `from`");
        diag_help(c->diags, diag, "extern \"C\" from \"%s\" { … }", decl->path ? "signer.c" : language->known.text.p);
        return false;
    }
    if (!decl->path) {
        diag = diag_add(c->diags, DIAG_E0711, language->span, "the file with the C is missing");
        diag_help(c->diags, diag, "extern \"C\" from \"signer.c\" { … }");
        return false;
    }
    return true;
}

void check_extern(struct checker *c, struct decl *decl)
{
    struct diag *diag;
    const char *path;

    for (struct decl *member = decl->members; member; member = member->next)
        if (member->symbol)
            check_member(c, decl, member);
    if (decl->link && check_constant(c, &c->main->env, decl->link, type_of(TYPE_STRING), "the name of a library"))
        check_compile_time(c, decl->link, "the name of a library");
    if (!says_where(c, decl) ||
        !check_constant(c, &c->main->env, decl->path, type_of(TYPE_STRING), "the name of a file") ||
        !check_compile_time(c, decl->path, "the name of a file"))
        return;
    path = path_beside(c, decl->span.file, decl->path->known.text.p);
    if (file_exists(c, decl->span, decl->path->known.text.p)) {
        look_for_members(c, decl, path);
        return;
    }
    diag = diag_add(c->diags, DIAG_E0703, decl->path->span, "cannot read the file `%s`", decl->path->known.text.p);
    diag_help(c->diags, diag, "its path is relative to this file: %s", path);
}
