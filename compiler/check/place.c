/* Where things may stand: what waits, what writes, what is a value at all. */
#include "checker.h"

bool in_hook_without_user(const struct body *body)
{
    switch (body->kind) {
    case BODY_SENDING_HOOK:
    case BODY_QUIET_HOOK:
    case BODY_REQUEST_HOOK:
    case BODY_ERROR_HOOK:
    case BODY_FORMULA:
        return true;
    default:
        return false;
    }
}

/* A fn computes and nothing else. */
bool refuse_in_fn(struct checker *c, struct span span, const char *what)
{
    struct diag *diag;

    if (c->body->kind != BODY_FN && c->body->kind != BODY_FORMULA)
        return false;
    if (c->body->kind == BODY_FORMULA) {
        diag_add(c->diags, DIAG_E0506, span, "%s cannot stand in the formula of a shape: it only computes", what);
        return true;
    }
    diag = diag_add(c->diags, DIAG_E0506, span,
                    "%s cannot stand in a `fn`: a fn computes, it does not wait or change anything", what);
    diag_help(c->diags, diag, "make it an action: `action %s(…) { … }`",
              c->body->decl->name.text ? c->body->decl->name.text : "NAME");
    return true;
}

bool check_waits(struct checker *c, struct span span, const char *what)
{
    struct body *body = c->body;
    struct diag *diag;

    if (refuse_in_fn(c, span, what))
        return false;
    if (body->request) {
        diag = diag_add(c->diags, DIAG_E0407, span, "%s cannot stand in a response block: a response block never waits",
                        what);
        diag_help(c->diags, diag, "save what you need and do it after the block");
        diag_label(c->diags, diag, body->request->method_span, "the block of this request");
        return false;
    }
    if (body->kind == BODY_QUIET_HOOK || body->kind == BODY_REQUEST_HOOK || body->kind == BODY_ERROR_HOOK) {
        diag = diag_add(c->diags, DIAG_E0507, span,
                        "%s cannot stand in `%s`: this hook never waits and cannot send a request", what, body->what);
        diag_help(c->diags, diag,
                  "`on setup`, `on test_start`, `on test_stop`, `on teardown` and `on every` may send requests");
        return false;
    }
    for (struct loop *loop = body->loop; loop; loop = loop->outer)
        flow_set(c, &body->flow, &loop->waited, true);
    return true;
}

static bool hook_is(const struct body *body, const char *name)
{
    return body->decl && body->decl->kind == DECL_HOOK && name_is(body->decl->name.text, name);
}

static bool may_write_shared(const struct body *body)
{
    return hook_is(body, "setup") || hook_is(body, "test_start") || hook_is(body, "every");
}

void assign_to(struct checker *c, struct symbol *symbol, struct span span)
{
    struct diag *diag = NULL;

    if (is_broken(symbol))
        return;
    need_symbol(c, symbol);
    symbol->written = true;
    switch (symbol->kind) {
    case SYMBOL_SHARED:
        if (may_write_shared(c->body))
            return;
        diag = diag_add(c->diags, DIAG_E0224, span,
                        "`%s` is shared by all users: it is written only in `on setup`, `on test_start` and `on every`",
                        symbol->name);
        diag_help(c->diags, diag, "what each user is to have for itself is a `var` inside of the `user`");
        break;
    case SYMBOL_VAR:
        if (refuse_in_fn(c, span, arena_format(c->arena, "writing `%s`", symbol->name)))
            return;
        return;
    case SYMBOL_LET:
    case SYMBOL_SAVE:
        if (c->body->kind == BODY_FN && symbol->kind == SYMBOL_SAVE)
            refuse_in_fn(c, span, arena_format(c->arena, "writing `%s`", symbol->name));
        flow_set(c, &c->body->flow, symbol, true);
        return;
    case SYMBOL_PARAM:
        if (!symbol->param->constant)
            return;
        diag =
            diag_add(c->diags, DIAG_E0205, span, "the parameter `%s` is `const` and cannot be changed", symbol->name);
        break;
    case SYMBOL_CONST:
        diag = diag_add(c->diags, DIAG_E0205, span, "`%s` is a constant (const) and cannot be changed", symbol->name);
        diag_help(c->diags, diag, "what changes is a `var` in the user, or a `let` in the task");
        break;
    case SYMBOL_OPTION:
        diag = diag_add(c->diags, DIAG_E0205, span,
                        "`%s` is an option: it is given on the command line and cannot be changed", symbol->name);
        diag_help(c->diags, diag, "what changes is a `var` in the user, or a `let` in the task");
        break;
    case SYMBOL_METRIC:
        return;
    default:
        diag = diag_add(c->diags, DIAG_E0205, span, "the %s `%s` is not a variable and cannot be assigned",
                        symbol_what(symbol), symbol->name);
    }
    diag_label(c->diags, diag, symbol->span, "declared here");
}

bool require_value(struct checker *c, const struct expr *e)
{
    struct diag *diag;

    if (!e)
        return true;
    switch (e->type.kind) {
    case TYPE_VOID:
        diag = diag_add(c->diags, DIAG_E0315, e->span, "this returns nothing");
        if (e->symbol) {
            diag_help(c->diags, diag, "say what it returns: `action %s(…) -> string { … }`, and `return` it",
                      e->symbol->name);
            diag_label(c->diags, diag, e->symbol->span, "`%s` is declared here", e->symbol->name);
        }
        return false;
    case TYPE_RANGE:
        diag = diag_add(c->diags, DIAG_E0318, e->span, "a range is not a value");
        diag_help(c->diags, diag, "ranges stand behind `wait`, `sleep` and `in`; by chance: `random(1, 3)`");
        return false;
    case TYPE_RESPONSE:
        diag = diag_add(c->diags, DIAG_E0309, e->span, "this is not a value as a whole");
        diag_help(c->diags, diag, "name a part of it: `headers[\"Content-Type\"]`, `cookies[\"sid\"]`");
        return false;
    default:
        return true;
    }
}
