/* Which declaration may stand where. The grammar takes every declaration everywhere, so that one at the wrong place is one
 * message and what is in it is read all the same. */
#include <string.h>

#include "parse.h"

enum place { AT_TOP = 1, IN_USER = 2, IN_TASKS = 4, IN_JOURNEY = 8, IN_CHAIN = 16, IN_EXTERN = 32 };
enum { IN_GROUPS = IN_TASKS | IN_JOURNEY | IN_CHAIN };

static const struct {
    const char *word, *help;
    unsigned places;
} rules[] = {
    [DECL_IMPORT] = {"import", "write it at the top of the file", AT_TOP},
    [DECL_TARGET] = {"target", "write it at the top of the file, or in a user for that user", AT_TOP | IN_USER},
    [DECL_OPTION] = {"option", "write it at the top of the file", AT_TOP},
    [DECL_CONST] = {"const", "write it at the top of the file", AT_TOP},
    [DECL_DATA] = {"data", "write it at the top of the file", AT_TOP},
    [DECL_VAR] = {"var", "write it at the top of the file, in a user or in a group", AT_TOP | IN_USER | IN_GROUPS},
    [DECL_GATE] = {"gate", "write it at the top of the file", AT_TOP},
    [DECL_QUEUE] = {"queue", "write it at the top of the file", AT_TOP},
    [DECL_METRIC] = {"metric", "write it at the top of the file", AT_TOP},
    [DECL_FN] = {"fn", "write it at the top of the file, in a user or in a group",
                 AT_TOP | IN_USER | IN_GROUPS | IN_EXTERN},
    [DECL_ACTION] = {"action", "write it at the top of the file, in a user or in a group",
                     AT_TOP | IN_USER | IN_GROUPS | IN_EXTERN},
    [DECL_USER] = {"user", "users do not nest: write it at the top of the file", AT_TOP},
    [DECL_GROUP] = {"group", "write it at the top of the file, in a user or in a `tasks` group",
                    AT_TOP | IN_USER | IN_TASKS},
    [DECL_USE] = {"use", "write it in a user or in a `tasks` group", IN_USER | IN_TASKS},
    [DECL_WEIGHT] = {"weight", "write it in a user; the weight of a task stands behind its name", IN_USER},
    [DECL_COUNT] = {"count", "write it in a user", IN_USER},
    [DECL_VISITS] = {"visits", "write it in a user", IN_USER},
    [DECL_WAIT] = {"wait", "write it in a user or in a group", IN_USER | IN_GROUPS},
    [DECL_HOOK] = {"on", "write it at the top of the file, in a user or in a group", AT_TOP | IN_USER | IN_GROUPS},
    [DECL_HTTP] = {"http", "write it at the top of the file or in a user", AT_TOP | IN_USER},
    [DECL_SHAPE] = {"shape", "write it at the top of the file or in a user", AT_TOP | IN_USER},
    [DECL_THRESHOLDS] = {"thresholds", "write it at the top of the file", AT_TOP},
    [DECL_EXTERN] = {"extern", "write it at the top of the file", AT_TOP},
};

static unsigned place_of(const struct decl *owner)
{
    if (!owner)
        return AT_TOP;
    if (owner->kind == DECL_USER)
        return IN_USER;
    if (owner->kind == DECL_EXTERN)
        return IN_EXTERN;
    return owner->group_kind == GROUP_TASKS ? IN_TASKS : owner->group_kind == GROUP_JOURNEY ? IN_JOURNEY : IN_CHAIN;
}

static const char *place_text(unsigned place)
{
    switch (place) {
    case AT_TOP:
        return "at the top of the file";
    case IN_USER:
        return "in a user";
    case IN_TASKS:
        return "in a `tasks` group";
    case IN_JOURNEY:
        return "in a journey";
    case IN_CHAIN:
        return "in a chain";
    default:
        return "in `extern`";
    }
}

static void misplaced(struct parser *p, const struct decl *decl, const struct decl *owner, const char *word,
                      const char *help)
{
    struct diag *diag =
        diag_add(p->unit->diags, DIAG_E0160, decl->word, "`%s` cannot stand %s", word, place_text(place_of(owner)));
    if (owner && owner->name.text)
        diag_label(p->unit->diags, diag, owner->name.span, "inside this");
    diag_help(p->unit->diags, diag, "%s", help);
}

static void place_task(struct parser *p, const struct decl *decl, const struct decl *owner)
{
    unsigned place = place_of(owner);
    if (decl->is_step && place != IN_JOURNEY)
        misplaced(p, decl, owner, "step",
                  place == AT_TOP || place == IN_EXTERN
                      ? "steps belong into a journey: journey NAME { step NAME { … } }"
                      : "steps belong into a journey; here it is a `task`");
    else if (!decl->is_step && place == IN_JOURNEY)
        misplaced(p, decl, owner, "task", "a journey has steps, in their order: write `step`");
    else if (!decl->is_step && (place == AT_TOP || place == IN_EXTERN))
        misplaced(p, decl, owner, "task", "tasks belong into a user or a group: user NAME { task NAME { … } }");
}

static void place_body(struct parser *p, const struct decl *decl, const struct decl *owner)
{
    bool in_extern = place_of(owner) == IN_EXTERN;
    if (in_extern == (decl->body == NULL))
        return;
    struct diag *diag = diag_add(p->unit->diags, DIAG_E0170, decl->name.span,
                                 in_extern ? "`%s` has a body, but it is in the C file" : "`%s` has no body",
                                 decl->name.text ? decl->name.text : "");
    diag_help(p->unit->diags, diag,
              in_extern ? "end the line behind the parameters and the result"
                        : "write what it does between `{` and `}`; only those of `extern \"C\"` have none");
}

static void place_default(struct parser *p, const struct decl *decl)
{
    const char *type = decl->type_name.name.text ? decl->type_name.name.text : "string", *value = "\"\"";
    if (strcmp(type, "int") == 0)
        value = "10";
    else if (strcmp(type, "bool") == 0)
        value = "false";
    else if (strcmp(type, "float") == 0)
        value = "1.0";
    else if (strcmp(type, "duration") == 0)
        value = "5s";
    struct diag *diag = diag_add(p->unit->diags, DIAG_E0159, decl->name.span, "the option `%s` has no default",
                                 decl->name.text ? decl->name.text : "");
    diag_help(p->unit->diags, diag, "write `= value` behind its type: %s: %s = %s",
              decl->name.text ? decl->name.text : "name", type, value);
}

static void place_attrs(struct parser *p, const struct attr *attrs)
{
    static const struct {
        enum attr_kind kind;
        const char *word;
    } of_requests[] = {{ATTR_JSON, "json"},   {ATTR_FORM, "form"},           {ATTR_BODY, "body"},
                       {ATTR_QUERY, "query"}, {ATTR_MULTIPART, "multipart"}, {ATTR_COOKIE, "cookie"}};
    for (; attrs; attrs = attrs->next) {
        for (size_t i = 0; i < sizeof of_requests / sizeof *of_requests; i++) {
            if (attrs->kind != of_requests[i].kind)
                continue;
            struct diag *diag =
                diag_add(p->unit->diags, DIAG_E0160, attrs->key, "`%s` cannot stand in `http`", of_requests[i].word);
            diag_help(p->unit->diags, diag, "it belongs to a request: post \"/path\" { %s … }", of_requests[i].word);
        }
    }
}

void place_decls(struct parser *p, struct decl *decls, const struct decl *owner)
{
    for (struct decl *decl = decls; decl; decl = decl->next) {
        if (decl->kind == DECL_ERROR)
            continue;
        const char *word = decl->kind != DECL_GROUP            ? rules[decl->kind].word
                           : decl->group_kind == GROUP_TASKS   ? "tasks"
                           : decl->group_kind == GROUP_JOURNEY ? "journey"
                                                               : "chain";
        if (decl->kind == DECL_TASK)
            place_task(p, decl, owner);
        else if (!(rules[decl->kind].places & place_of(owner)))
            misplaced(p, decl, owner, word, rules[decl->kind].help);
        if (decl->kind == DECL_FN || decl->kind == DECL_ACTION)
            place_body(p, decl, owner);
        if (decl->kind == DECL_OPTION && !decl->value)
            place_default(p, decl);
        if (decl->kind == DECL_HTTP)
            place_attrs(p, decl->attrs);
        if (decl->kind == DECL_USER || decl->kind == DECL_GROUP || decl->kind == DECL_EXTERN)
            place_decls(p, decl->members, decl);
    }
}
