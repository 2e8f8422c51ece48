/* Declarations of a file: what they declare, their constant expressions, options, callables, hooks. */
#include <strings.h>

#include "checker.h"

/* ------------------------------------------------------------------ declaring */

void declare_callable(struct checker *c, struct env *env, struct decl *decl)
{
    bool fn = decl->kind == DECL_FN;
    struct type result = decl->type_name.name.text ? resolve_type(c, &decl->type_name, env) : type_of(TYPE_VOID);
    struct symbol *symbol = symbol_new(c, fn ? SYMBOL_FN : SYMBOL_ACTION, decl->name, result);
    struct diag *diag;

    symbol->decl = decl;
    symbol->home = decl->owner;
    decl->symbol = symbol;
    scope_declare(c, env, symbol);
    symbol->env = env;
    if (fn && result.kind == TYPE_VOID) {
        diag = diag_add(c->diags, DIAG_E0313, decl->name.span, "the function `%s` does not say what it returns",
                        decl->name.text ? decl->name.text : "");
        diag_help(c->diags, diag, "`fn %s(…) -> int { … }`; what returns nothing is an `action`",
                  decl->name.text ? decl->name.text : "f");
        symbol->type = type_of(TYPE_ERROR);
    }
    for (struct param *param = decl->params; param; param = param->next) {
        param->symbol = symbol_new(c, SYMBOL_PARAM, param->name, resolve_type(c, &param->type_name, env));
        param->symbol->param = param;
        param->symbol->home = decl;
        param->symbol->state = STATE_DONE;
        param->symbol->constness = param->constant ? CONST_START : CONST_NO;
        if (param->constant && fn)
            diag_add(c->diags, DIAG_E0514, param->name.span, "only actions have `const` parameters");
    }
}

void declare_variable(struct checker *c, struct env *env, struct decl *decl, enum symbol_kind kind, struct decl *home)
{
    struct symbol *symbol = symbol_new(c, kind, decl->name, type_of(TYPE_ERROR));

    symbol->decl = decl;
    decl->symbol = symbol;
    scope_declare(c, env, symbol);
    symbol->env = env;
    if (home)
        add_variable(home, symbol);
}

static void declare_plain(struct checker *c, struct module *module, struct decl *decl, enum symbol_kind kind)
{
    struct symbol *symbol = symbol_new(c, kind, decl->name, type_of(TYPE_ERROR));

    symbol->decl = decl;
    decl->symbol = symbol;
    scope_declare(c, &module->env, symbol);
    symbol->env = &module->env;
    if (kind == SYMBOL_DATA)
        symbol->type = data_type(decl);
    if (kind != SYMBOL_OPTION && kind != SYMBOL_CONST)
        symbol->state = STATE_DONE;
}

static void declare_import(struct checker *c, struct module *module, struct decl *decl)
{
    if (decl->name.text)
        declare_plain(c, module, decl, SYMBOL_IMPORT);
}

void declare_module(struct checker *c, struct module *module)
{
    static const struct {
        enum decl_kind decl;
        enum symbol_kind symbol;
    } plain[] = {
        {DECL_OPTION, SYMBOL_OPTION}, {DECL_CONST, SYMBOL_CONST}, {DECL_DATA, SYMBOL_DATA},
        {DECL_GATE, SYMBOL_GATE},     {DECL_QUEUE, SYMBOL_QUEUE}, {DECL_METRIC, SYMBOL_METRIC},
        {DECL_USER, SYMBOL_USER},     {DECL_GROUP, SYMBOL_GROUP},
    };

    module->env = (struct env){.kind = ENV_FILE, .module = module};
    for (struct decl *decl = module->decls; decl; decl = decl->next) {
        for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
            if (decl->kind == plain[i].decl)
                declare_plain(c, module, decl, plain[i].symbol);
        if (decl->kind == DECL_ERROR && decl->name.text) {
            declare_plain(c, module, decl, SYMBOL_CONST);
            decl->symbol->state = STATE_DONE;
        }
        if (decl->kind == DECL_IMPORT)
            declare_import(c, module, decl);
        else if (decl->kind == DECL_SHAPE && decl->name.text)
            declare_plain(c, module, decl, SYMBOL_SHAPE);
        else if (decl->kind == DECL_VAR)
            declare_variable(c, &module->env, decl, SYMBOL_SHARED, NULL);
        else if (decl->kind == DECL_EXTERN)
            for (struct decl *member = decl->members; member; member = member->next)
                declare_callable(c, &module->env, member);
    }
    for (struct decl *decl = module->decls; decl; decl = decl->next)
        if (decl->kind == DECL_FN || decl->kind == DECL_ACTION)
            declare_callable(c, &module->env, decl);
}

/* ------------------------------------------------------------------ options */

static const struct flag {
    const char *name;
    bool now;
} flags[] = {
#define FLAG(id, group, name, ...) {name, true},
#define RESERVED(name, ...)        {name, false},
#include "runtime/cli/flags.def"
#undef FLAG
#undef RESERVED
};

static bool is_flag_name(const char *option, const char *flag)
{
    for (; *option && *flag; option++, flag++)
        if ((*option == '_' ? '-' : *option) != *flag)
            return false;
    return *option == *flag;
}

static void check_flag_name(struct checker *c, const struct decl *decl)
{
    const char *name = decl->name.text;
    struct diag *diag;

    if (!name)
        return;
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        if (!is_flag_name(name, flags[i].name) &&
            !(strncmp(name, "no_", 3) == 0 && is_flag_name(name + 3, flags[i].name)))
            continue;
        diag = diag_add(c->diags, DIAG_E0211, decl->name.span,
                        "an option cannot be called `%s`: `--%s` is a flag of every load test", name, flags[i].name);
        diag_help(c->diags, diag, "take another name, like `my_%s`", name);
        return;
    }
}

static void check_choices(struct checker *c, struct decl *decl, struct type type)
{
    bool found = false;
    struct diag *diag;

    if (!decl->choices)
        return;
    for (struct item *item = decl->choices; item; item = item->next) {
        if (!check_constant(c, decl->symbol->env, item->value, type,
                            arena_format(c->arena, "a choice of `%s`", decl->name.text)))
            return;
        if (decl->value && decl->value->constness == CONST_KNOWN && item->value->constness == CONST_KNOWN &&
            item->value->type.kind == decl->value->type.kind)
            found |= constants_equal(type, &item->value->known, &decl->value->known);
        else
            found = true;
    }
    if (found || !decl->value)
        return;
    diag = diag_add(c->diags, DIAG_E0210, decl->value->span, "the default of `%s` is not one of its choices",
                    decl->name.text);
    diag_label(c->diags, diag, decl->choices->value->span, "the choices begin here");
}

/* Options of imported files are options of the program: two of one name would be one flag. */
static void check_other_files(struct checker *c, const struct decl *decl)
{
    for (const struct module *module = c->modules; module; module = module->next)
        for (const struct decl *other = module->file < decl->span.file ? module->decls : NULL; other;
             other = other->next)
            if (other->kind == DECL_OPTION && other->name.text == decl->name.text && decl->name.text) {
                struct diag *diag = diag_add(c->diags, DIAG_E0201, decl->name.span,
                                             "another file of this program has an option `%s`", decl->name.text);
                diag_help(c->diags, diag, "both would be `--%s`: give one of the two another name", decl->name.text);
                diag_label(c->diags, diag, other->name.span, "the other one");
                return;
            }
}

/* The default stands in --help and in the program, so it is known when that is compiled. */
static void check_default(struct checker *c, const struct decl *decl, const char *name)
{
    struct diag *diag;

    if (decl->secret || decl->value->constness == CONST_KNOWN) {
        return;
    }
    diag = diag_add(c->diags, DIAG_E0212, decl->value->span,
                    "the default of `%s` is not known when the scenario is compiled", name);
    diag_help(c->diags, diag,
              "every option can be set by the environment (SWARM_ and its name in capitals); "
              "other variables are read by `const NAME = env(\"X\", \"default\")`");
}

static void check_secret_default(struct checker *c, const struct decl *decl)
{
    struct diag *diag;

    if (!decl->secret || (decl->value->constness == CONST_KNOWN && decl->value->type.kind == TYPE_STRING &&
                          decl->value->known.text.n == 0)) {
        return;
    }
    diag = diag_add(c->diags, DIAG_E0209, decl->value->span,
                    "the default of a secret must be empty: a secret does not stand in a file");
    diag_help(c->diags, diag, "`= \"\"`; the value comes from the command line or the environment");
}

static void work_out_option(struct checker *c, struct symbol *symbol)
{
    struct decl *decl = symbol->decl;
    struct diag *diag;
    const char *name = decl->name.text ? decl->name.text : "option";

    symbol->constness = CONST_START;
    symbol->type = resolve_type(c, &decl->type_name, symbol->env);
    check_flag_name(c, decl);
    check_other_files(c, decl);
    if (symbol->type.kind != TYPE_ERROR && !type_is_plain(symbol->type)) {
        diag = diag_add(c->diags, DIAG_E0214, decl->type_name.name.span, "an option cannot be %s",
                        type_article(symbol->type));
        diag_help(c->diags, diag,
                  "options are int float bool string duration size or rate; `split(…)` makes a list of a text");
        symbol->type = type_of(TYPE_ERROR);
    }
    if (decl->help) {
        check_constant(c, symbol->env, decl->help, type_of(TYPE_STRING), "the help of an option");
    }
    if (decl->value && check_constant(c, symbol->env, decl->value, symbol->type,
                                      arena_format(c->arena, "the default of `%s`", name))) {
        check_default(c, decl, name);
        check_secret_default(c, decl);
    }
    check_choices(c, decl, symbol->type);
    symbol->type.secret = decl->secret;
}

/* ------------------------------------------------------------------ constants and variables */

static void append(struct symbol **first, struct symbol **last, struct symbol *symbol)
{
    if (*last)
        (*last)->next = symbol;
    else
        *first = symbol;
    *last = symbol;
}

static void work_out_const(struct checker *c, struct symbol *symbol)
{
    struct expr *value = symbol->decl->value;

    symbol->type = type_of(TYPE_ERROR);
    symbol->constness = CONST_START;
    if (!value)
        return;
    if (check_constant(c, symbol->env, value, type_of(TYPE_ERROR), "a constant")) {
        symbol->constness = value->constness;
        symbol->known = value->known;
        symbol->type = value->type;
        if (value->type.kind == TYPE_NULL)
            symbol->type = type_of(TYPE_JSON);
        if (!require_value(c, value))
            symbol->type = type_of(TYPE_ERROR);
    }
    append(&c->info->consts, &c->last_const, symbol);
}

static void work_out_var(struct checker *c, struct symbol *symbol)
{
    struct decl *decl = symbol->decl;
    struct expr *value = decl->value;
    struct type declared =
        decl->type_name.name.text ? resolve_type(c, &decl->type_name, symbol->env) : type_of(TYPE_VOID);
    bool typed = decl->type_name.name.text != NULL, shared = symbol->kind == SYMBOL_SHARED;
    const char *what = arena_format(c->arena, "the variable `%s`", decl->name.text ? decl->name.text : "");
    struct body body = {.kind = BODY_NONE,
                        .what = what,
                        .decl = decl,
                        .env = symbol->env,
                        .flow = flow_start(),
                        .user = shared ? NULL : symbol->home,
                        .constant = shared,
                        .constant_what = "the first value of a shared variable"};
    struct body *outer = c->body;

    symbol->type = typed ? declared : type_of(TYPE_JSON);
    if (!value || value->kind == EXPR_NULL) {
        if (value) {
            c->body = &body;
            check_expr(c, value);
            c->body = outer;
        }
        if (typed && declared.kind != TYPE_JSON)
            symbol->type.optional = true;
        return;
    }
    c->body = &body;
    check_expr(c, value);
    c->body = outer;
    if (!require_value(c, value)) {
        symbol->type = typed ? declared : type_of(TYPE_ERROR);
        return;
    }
    if (typed) {
        require_fits(c, declared, value, what);
        symbol->type.secret = value->type.secret;
        return;
    }
    symbol->type = value->type;
    if (symbol->type.kind == TYPE_JSON)
        symbol->type.optional = false;
}

static void report_const_cycle(struct checker *c, struct symbol *symbol)
{
    struct diag *diag = diag_add(c->diags, DIAG_E0213, symbol->span, "the %s `%s` depends on itself",
                                 symbol_what(symbol), symbol->name);

    diag_help(c->diags, diag, "its value would need itself to be worked out");
    symbol->type = type_of(TYPE_ERROR);
}

void need_symbol(struct checker *c, struct symbol *symbol)
{
    if (symbol->state == STATE_DONE || !symbol->decl)
        return;
    if (symbol->state == STATE_BUSY) {
        if (symbol->kind != SYMBOL_FN && symbol->kind != SYMBOL_ACTION)
            report_const_cycle(c, symbol);
        return;
    }
    if (symbol->kind == SYMBOL_FN || symbol->kind == SYMBOL_ACTION) {
        check_callable(c, symbol);
        return;
    }
    symbol->state = STATE_BUSY;
    struct env *file = enter_file(c, symbol->env, symbol->decl->span.file);
    if (symbol->kind == SYMBOL_OPTION)
        work_out_option(c, symbol);
    else if (symbol->kind == SYMBOL_CONST)
        work_out_const(c, symbol);
    else if (symbol->kind == SYMBOL_VAR || symbol->kind == SYMBOL_SHARED)
        work_out_var(c, symbol);
    leave_file(symbol->env, file);
    symbol->state = STATE_DONE;
}

/* ------------------------------------------------------------------ functions and actions */

static struct decl *enclosing(const struct env *env, enum env_kind kind)
{
    for (; env; env = env->outer)
        if (env->kind == kind)
            return env->decl;
    return NULL;
}

void check_callable(struct checker *c, struct symbol *symbol)
{
    struct decl *decl = symbol->decl;
    bool fn = symbol->kind == SYMBOL_FN;
    struct body body, *outer = c->body;
    struct env *file;

    if (symbol->state != STATE_NEW)
        return;
    symbol->state = STATE_BUSY;
    file = enter_file(c, symbol->env, decl->span.file);
    begin_body(
        c, &body, fn ? BODY_FN : BODY_ACTION, decl, symbol->env,
        arena_format(c->arena, "the %s `%s`", fn ? "function" : "action", decl->name.text ? decl->name.text : ""));
    body.user = enclosing(symbol->env, ENV_USER);
    body.group = enclosing(symbol->env, ENV_GROUP);
    body.http = body.user ? body.user->attrs : file_http(env_module(symbol->env));
    body.result = symbol->type;
    body.in_action = true;
    for (struct env *env = symbol->env; env; env = env->outer)
        if (env->started.reachable)
            body.flow.set = flow_union(c, body.flow, env->started).set;
    c->body = &body;
    for (struct param *param = decl->params; param; param = param->next) {
        if (!param->symbol || !param->name.text)
            continue;
        scope_declare(c, body.env, param->symbol);
        param->symbol->state = STATE_DONE;
        add_variable(decl, param->symbol);
    }
    prescan_saves(c, &body, decl->body);
    if (decl->body) {
        check_stmts(c, decl->body->first);
        end_callable(c, &body);
    }
    c->body = outer;
    leave_file(symbol->env, file);
    symbol->impure = body.impure || !decl->body;
    symbol->state = STATE_DONE;
}

/* Copies of actions for the constants they are called with; their bodies may ask for more. */
void check_pending(struct checker *c)
{
    while (c->pending) {
        struct symbol *symbol = c->pending;
        c->pending = symbol->pending;
        check_callable(c, symbol);
    }
}

/* ------------------------------------------------------------------ hooks at the top of a file */

static const struct hook {
    const char *name;
    enum body_kind kind;
} hooks[] = {
    {"init", BODY_QUIET_HOOK},          {"setup", BODY_SENDING_HOOK},
    {"test_start", BODY_SENDING_HOOK},  {"spawning_complete", BODY_QUIET_HOOK},
    {"test_stopping", BODY_QUIET_HOOK}, {"test_stop", BODY_SENDING_HOOK},
    {"teardown", BODY_SENDING_HOOK},    {"quitting", BODY_QUIET_HOOK},
    {"every", BODY_SENDING_HOOK},       {"request", BODY_REQUEST_HOOK},
    {"user_error", BODY_ERROR_HOOK},
};

static void report_hook(struct checker *c, struct decl *decl)
{
    const char *name = decl->name.text;
    struct diag *diag;
    struct near near;

    if (name_is(name, "start") || name_is(name, "stop")) {
        diag = diag_add(c->diags, DIAG_E0222, decl->name.span, "`on %s` belongs into a user or a group", name);
        diag_help(c->diags, diag,
                  name_is(name, "start")
                      ? "move it into the `user`; what happens once a run is `on setup` or `on test_start`"
                      : "move it into the `user`; what happens once a run is `on teardown` or `on test_stop`");
        return;
    }
    diag = diag_add(c->diags, DIAG_E0221, decl->name.span, "there is no `on %s`", name);
    near_begin(&near, name);
    for (size_t i = 0; i < sizeof hooks / sizeof *hooks; i++)
        near_offer(&near, hooks[i].name);
    if (near.best)
        diag_help(c->diags, diag, "did you mean `on %s`?", near.best);
    else
        diag_help(c->diags, diag,
                  "there are init setup test_start spawning_complete every request user_error test_stopping "
                  "test_stop "
                  "teardown quitting, and start and stop in a user");
}

static void check_hook(struct checker *c, struct module *module, struct decl *decl)
{
    struct body body, *outer = c->body;
    const struct hook *hook = NULL;

    if (!decl->name.text)
        return;
    for (size_t i = 0; i < sizeof hooks / sizeof *hooks; i++)
        if (name_is(decl->name.text, hooks[i].name))
            hook = &hooks[i];
    if (!hook) {
        report_hook(c, decl);
        return;
    }
    for (struct decl *other = module->decls; other != decl; other = other->next)
        if (other->kind == DECL_HOOK && other->name.text == decl->name.text && !decl->value) {
            struct diag *diag =
                diag_add(c->diags, DIAG_E0218, decl->name.span, "`on %s` stands twice in this file", decl->name.text);
            diag_label(c->diags, diag, other->name.span, "first here");
        }
    if (decl->value && check_constant(c, &module->env, decl->value, type_of(TYPE_DURATION), "`on every`") &&
        decl->value->constness == CONST_KNOWN && decl->value->known.i <= 0)
        diag_add(c->diags, DIAG_E0321, decl->value->span, "`on every` must be more than 0");
    begin_body(c, &body, hook->kind, decl, &module->env, arena_format(c->arena, "on %s", decl->name.text));
    body.http = file_http(module);
    c->body = &body;
    prescan_saves(c, &body, decl->body);
    if (decl->body)
        check_stmts(c, decl->body->first);
    c->body = outer;
}

/* ------------------------------------------------------------------ the file */

void check_target(struct checker *c, struct env *env, struct decl *decl)
{
    struct diag *diag;
    struct slice text;

    if (!check_constant(c, env, decl->value, type_of(TYPE_STRING), "`target`") || decl->value->constness != CONST_KNOWN)
        return;
    text = decl->value->known.text;
    if (decl->value->type.kind != TYPE_STRING)
        return;
    const char *fault = url_authority_fault(text, true);
    if (url_is_absolute(text)) {
        if (memchr(text.p, '?', text.n) || memchr(text.p, '#', text.n))
            fault = "a target has no query: what stands behind `?` belongs to each request";
        if (fault)
            diag_add(c->diags, DIAG_E0403, decl->value->span, "%s", fault);
        return;
    }
    diag = diag_add(c->diags, DIAG_E0403, decl->value->span, "a target is an absolute URL");
    if (text.n >= 3 && memmem(text.p, text.n, "://", 3))
        diag_help(c->diags, diag, "it begins with `http://` or `https://`");
    else
        diag_help(c->diags, diag, text.n ? "`target \"http://%.*s\"`" : "`target \"http://127.0.0.1:8080\"`%.*s",
                  (int)text.n, text.p);
}

static void check_twice(struct checker *c, const struct module *module, const struct decl *decl, const char *what)
{
    for (const struct decl *other = module->decls; other != decl; other = other->next)
        if (other->kind == decl->kind && !decl->name.text && !other->name.text) {
            struct diag *diag = diag_add(c->diags, DIAG_E0218, decl->word, "%s stands twice in this file", what);
            diag_label(c->diags, diag, other->word, "first here");
            return;
        }
}

static void check_queue(struct checker *c, struct module *module, struct decl *decl)
{
    if (decl->value && check_constant(c, &module->env, decl->value, type_of(TYPE_INT), "`max`") &&
        decl->value->constness == CONST_KNOWN && decl->value->known.i <= 0)
        diag_add(c->diags, DIAG_E0321, decl->value->span, "a queue must have room for at least 1 entry");
}

static void check_one(struct checker *c, struct module *module, struct decl *decl)
{
    switch (decl->kind) {
    case DECL_TARGET:
        check_twice(c, module, decl, "`target`");
        check_target(c, &module->env, decl);
        break;
    case DECL_OPTION:
    case DECL_CONST:
    case DECL_VAR:
        need_symbol(c, decl->symbol);
        break;
    case DECL_DATA:
        check_data(c, decl);
        break;
    case DECL_QUEUE:
        check_queue(c, module, decl);
        break;
    case DECL_METRIC:
        check_metric(c, &module->env, decl);
        break;
    case DECL_HTTP:
        check_twice(c, module, decl, "`http { }`");
        check_http(c, &module->env, decl->attrs);
        break;
    case DECL_EXTERN:
        check_extern(c, decl);
        break;
    default:
        break;
    }
}

struct attr *file_http(const struct module *module)
{
    for (const struct decl *decl = module->decls; decl; decl = decl->next)
        if (decl->kind == DECL_HTTP)
            return decl->attrs;
    return NULL;
}

void check_declarations(struct checker *c, struct module *module)
{
    for (struct decl *decl = module->decls; decl; decl = decl->next)
        check_one(c, module, decl);
}

void check_bodies(struct checker *c, struct module *module)
{
    struct decl *decl;

    for (decl = module->decls; decl; decl = decl->next)
        if ((decl->kind == DECL_FN || decl->kind == DECL_ACTION) && decl->symbol)
            check_callable(c, decl->symbol);
    check_pending(c);
    for (decl = module->decls; decl; decl = decl->next) {
        if (decl->kind == DECL_USER)
            check_user(c, module, decl);
        else if (decl->kind == DECL_GROUP)
            check_file_group(c, module, decl);
        else if (decl->kind == DECL_HOOK)
            check_hook(c, module, decl);
        else if (decl->kind == DECL_THRESHOLDS)
            check_thresholds(c, module, decl);
        check_pending(c);
    }
    for (decl = module->decls; decl; decl = decl->next) { /* they ask for what is in the users */
        if (decl->kind == DECL_SHAPE)
            check_shape(c, module, decl, NULL);
        for (struct decl *member = decl->kind == DECL_USER ? decl->members : NULL; member; member = member->next)
            if (member->kind == DECL_SHAPE)
                check_shape(c, module, member, decl);
    }
}
