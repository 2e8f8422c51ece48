/* Expressions: one function a kind of node; each leaves a type, constness and what its name means. */
#include "checker.h"

static void set(struct expr *e, enum type_kind kind, enum constness constness)
{
    e->type = type_of(kind);
    e->constness = constness;
}

/* ------------------------------------------------------------------ names */

static void report_not_value(struct checker *c, const struct expr *e, const struct symbol *symbol)
{
    struct diag *diag =
        diag_add(c->diags, DIAG_E0206, e->span, "the %s `%s` is not a value", symbol_what(symbol), symbol->name);

    switch (symbol->kind) {
    case SYMBOL_FN:
    case SYMBOL_ACTION:
        diag_help(c->diags, diag, "call it: `%s(…)`", symbol->name);
        break;
    case SYMBOL_DATA:
        diag_help(c->diags, diag, "a row of it is `next(%s)`", symbol->name);
        break;
    case SYMBOL_QUEUE:
        diag_help(c->diags, diag, "an entry is put into it by `push %s value`, taken by `let x = pop %s`", symbol->name,
                  symbol->name);
        break;
    case SYMBOL_GATE:
        diag_help(c->diags, diag, "`await %s` waits for it", symbol->name);
        break;
    case SYMBOL_IMPORT:
        diag_help(c->diags, diag, "name something of it: `%s.NAME`", symbol->name);
        break;
    default:
        break;
    }
    diag_label(c->diags, diag, symbol->span, "declared here");
}

static void report_conditional(struct checker *c, const struct expr *e, const struct symbol *symbol)
{
    struct diag *diag;

    if (symbol->stmt && symbol->stmt->span.from > e->span.from && symbol->stmt->span.file == e->span.file) {
        diag = diag_add(c->diags, DIAG_E0500, e->span, "`%s` is used before it is saved", symbol->name);
        diag_help(c->diags, diag, "move the use behind the `save`");
    } else {
        diag = diag_add(c->diags, DIAG_E0501, e->span, "`%s` need not be set here: its `save` is conditional",
                        symbol->name);
        const struct decl *here = c->body->decl;
        bool same = !symbol->stmt || !here ||
                    (symbol->stmt->span.file == here->span.file && symbol->stmt->span.from >= here->span.from &&
                     symbol->stmt->span.to <= here->span.to);
        diag_help(
            c->diags, diag,
            same
                ? "declare it before with a value for the other case: `let %s = null`"
                : "declare it where both see it, with a value for the other case: `var %s = null` in the user or group",
            symbol->name);
    }
    diag_label(c->diags, diag, symbol->span, "it is saved here");
}

/* A read of a saved value: has it been saved on every way to this place? */
void mark_used(struct checker *c, struct expr *e, struct symbol *symbol)
{
    symbol->read = true;
    if (symbol->kind != SYMBOL_SAVE || !symbol->bit)
        return;
    if (!flow_is_set(&c->body->flow, symbol)) {
        report_conditional(c, e, symbol);
        e->type = type_of(TYPE_ERROR);
        flow_set(c, &c->body->flow, symbol, true); /* once is enough */
        return;
    }
    if (!flow_is_sure(&c->body->flow, symbol))
        symbol->needs_check = true;
}

static void report_not_constant(struct checker *c, const struct expr *e, const char *name)
{
    struct diag *diag = diag_add(c->diags, DIAG_E0212, e->span, "`%s` is not known before the run, but %s must be",
                                 name, c->body->constant_what);

    diag_help(c->diags, diag, "%s",
              c->body->constant_help ? c->body->constant_help
                                     : "literals, `const`, options, `env(…)`, operators and functions without chance "
                                       "and time may stand here");
}

/* Variables get their first values in order: one further down has none yet. */
static bool is_later(const struct decl *decl, const struct symbol *symbol)
{
    return decl && decl->kind == DECL_VAR && decl->symbol && decl->symbol->kind == symbol->kind &&
           decl->symbol->home == symbol->home && symbol->index > decl->symbol->index;
}

static void report_later(struct checker *c, struct expr *e, const struct symbol *symbol)
{
    struct diag *diag =
        diag_add(c->diags, DIAG_E0500, e->span, "`%s` has no value yet: it is declared further down", symbol->name);

    diag_help(c->diags, diag, "declare it first");
    diag_label(c->diags, diag, symbol->span, "declared here");
    set(e, TYPE_ERROR, CONST_NO);
}

static void name_value(struct checker *c, struct expr *e, struct symbol *symbol)
{
    struct body *body = c->body;

    e->symbol = symbol;
    need_symbol(c, symbol);
    symbol->type.secret |= holds_secret(c, symbol);
    e->type = symbol->type;
    switch (symbol->kind) {
    case SYMBOL_OPTION:
    case SYMBOL_CONST:
        e->constness = symbol->constness;
        e->known = symbol->known;
        symbol->read = true;
        return;
    case SYMBOL_PARAM:
        e->constness = symbol->constness;
        e->known = symbol->known;
        symbol->read = true;
        return;
    case SYMBOL_SHARED:
    case SYMBOL_VAR:
        body->impure = true;
        if (body->kind == BODY_NONE && is_later(body->decl, symbol)) {
            report_later(c, e, symbol);
            return;
        }
        /* fall through */
    case SYMBOL_LET:
    case SYMBOL_SAVE:
        e->constness = CONST_NO;
        if (body->constant) {
            report_not_constant(c, e, symbol->name);
            e->type = type_of(TYPE_ERROR);
            return;
        }
        if (symbol->kind == SYMBOL_SAVE && symbol->env && symbol->env->kind != ENV_BODY)
            body->impure = true;
        mark_used(c, e, symbol);
        return;
    case SYMBOL_METRIC:
        symbol->read = true;
        e->type = type_of(TYPE_FLOAT);
        body->impure = true;
        if (body->constant)
            report_not_constant(c, e, symbol->name);
        return;
    default:
        report_not_value(c, e, symbol);
        e->type = type_of(TYPE_ERROR);
    }
}

static void check_name(struct checker *c, struct expr *e)
{
    struct symbol *symbol = scope_find(c->body->env, e->name.text);

    if (!e->name.text) {
        set(e, TYPE_ERROR, CONST_NO);
    } else if (symbol) {
        name_value(c, e, symbol);
    } else if (!check_word_name(c, e)) {
        set(e, TYPE_ERROR, CONST_NO);
        if (builtin_exists(e->name.text)) {
            struct diag *diag =
                diag_add(c->diags, DIAG_E0206, e->span, "the function `%s` is not a value", e->name.text);
            diag_help(c->diags, diag, "call it: `%s(…)`", e->name.text);
        } else {
            report_unknown(c, e->name, "the name");
        }
    }
}

/* ------------------------------------------------------------------ texts, lists, objects */

static void check_part(struct checker *c, struct expr *e, struct text_part *part)
{
    struct type t;
    struct diag *diag;

    check_expr(c, part->expr);
    t = part->expr->type;
    e->type.secret |= t.secret;
    switch (t.kind) {
    case TYPE_NULL:
        diag = diag_add(c->diags, DIAG_E0309, part->expr->span, "null cannot be written into a text");
        diag_help(c->diags, diag, "leave it out, or write the word itself");
        break;
    case TYPE_RANGE:
    case TYPE_OPAQUE:
    case TYPE_VOID:
        diag_add(c->diags, DIAG_E0309, part->expr->span, "%s cannot be written into a text", type_article(t));
        break;
    case TYPE_RESPONSE:
        diag = diag_add(c->diags, DIAG_E0309, part->expr->span, "this cannot be written into a text as a whole");
        diag_help(c->diags, diag, "name a part of it: `headers[\"Content-Type\"]`, `cookies[\"sid\"]`");
        break;
    default:
        break;
    }
}

static void check_text(struct checker *c, struct expr *e)
{
    set(e, TYPE_STRING, CONST_NO);
    for (struct text_part *part = e->parts; part; part = part->next)
        if (part->expr)
            check_part(c, e, part);
    fold_text(c, e);
}

/* Entries are JSON values, durations and rates too (written as a number of seconds). */
static void check_element(struct checker *c, struct expr *list, struct expr *value)
{
    check_expr(c, value);
    list->type.secret |= value->type.secret;
    list->constness = constness_min(list->constness, value->constness);
    if (!type_fits(type_of(TYPE_JSON), value->type))
        diag_add(c->diags, DIAG_E0302, value->span, "%s cannot be part of a list or object", type_article(value->type));
}

static void check_list(struct checker *c, struct expr *e)
{
    set(e, TYPE_LIST, CONST_KNOWN);
    for (struct item *item = e->items; item; item = item->next)
        check_element(c, e, item->value);
}

static void check_object(struct checker *c, struct expr *e)
{
    set(e, TYPE_JSON, CONST_KNOWN);
    for (struct item *item = e->items; item; item = item->next) {
        check_element(c, e, item->value);
        if (item->spread && !type_is_loose(item->value->type) && item->value->type.kind != TYPE_RECORD)
            diag_add(c->diags, DIAG_E0323, item->value->span, "`...` takes an object, found %s",
                     type_article(item->value->type));
        if (item->spread || !item->key.text)
            continue;
        for (struct item *other = e->items; other != item; other = other->next)
            if (other->key.text == item->key.text) {
                struct diag *diag = diag_add(c->diags, DIAG_E0322, item->key.span,
                                             "the key `%s` stands twice in this object", item->key.text);
                diag_label(c->diags, diag, other->key.span, "first here");
                break;
            }
    }
}

/* ------------------------------------------------------------------ fields, indexes */

static void report_field(struct checker *c, const struct expr *e)
{
    struct diag *diag;

    if (name_is(e->name.text, "len") || name_is(e->name.text, "size") || name_is(e->name.text, "count")) {
        diag = diag_add(c->diags, DIAG_E0307, e->name.span, "%s has no field `%s`", type_article(e->left->type),
                        e->name.text);
        diag_help(c->diags, diag, "that is `.length`");
        return;
    }
    diag =
        diag_add(c->diags, DIAG_E0307, e->name.span, "%s has no field `%s`", type_article(e->left->type), e->name.text);
    if (e->left->type.kind == TYPE_LIST)
        diag_help(c->diags, diag, "an element is `x[0]`, their number `x.length`");
    else if (e->left->type.kind == TYPE_STRING)
        diag_help(c->diags, diag,
                  "`parse_json(…)` makes a JSON value of a text; built-in functions are called as `upper(x)`");
}

static void record_field(struct checker *c, struct expr *e)
{
    size_t count;
    const struct name *columns = data_columns(e->left->type.record, &count);
    struct near near;
    struct diag *diag;

    set(e, name_is(e->left->type.record->keyword.text, "csv") && columns ? TYPE_STRING : TYPE_JSON, CONST_NO);
    e->type.optional = e->left->type.optional && e->type.kind != TYPE_JSON;
    for (size_t i = 0; columns && i < count; i++)
        if (name_is(columns[i].text, e->name.text))
            return;
    if (!columns)
        return;
    diag = diag_add(c->diags, DIAG_E0704, e->name.span, "the data `%s` has no column `%s`",
                    e->left->type.record->name.text, e->name.text);
    near_begin(&near, e->name.text);
    for (size_t i = 0; i < count; i++)
        near_offer(&near, columns[i].text);
    if (near.best)
        diag_help(c->diags, diag, "did you mean `%s`?", near.best);
    diag_label(c->diags, diag, e->left->type.record->name.span, "the data is declared here");
    e->type = type_of(TYPE_ERROR);
}

static void import_member(struct checker *c, struct expr *e, struct symbol *import)
{
    struct module *module = import_module(import->decl);
    struct symbol *member;
    struct near near;
    struct diag *diag;

    import->read = true;
    set(e, TYPE_ERROR, CONST_NO);
    if (!module)
        return;
    member = scope_find_in(&module->env, e->name.text);
    if (member) {
        name_value(c, e, member);
        return;
    }
    diag = diag_add(c->diags, DIAG_E0702, e->name.span, "`%s` has no `%s`", import->name, e->name.text);
    near_begin(&near, e->name.text);
    for (struct entry *entry = module->env.entries; entry; entry = entry->next)
        near_offer(&near, entry->symbol->name);
    if (near.best)
        diag_help(c->diags, diag, "did you mean `%s.%s`?", import->name, near.best);
    diag_label(c->diags, diag, import->span, "imported here");
}

static void check_field(struct checker *c, struct expr *e)
{
    struct type t;

    if (e->left->kind == EXPR_NAME && e->left->name.text) {
        struct symbol *symbol = scope_find(c->body->env, e->left->name.text);
        if (symbol && symbol->kind == SYMBOL_IMPORT) {
            e->left->symbol = symbol;
            import_member(c, e, symbol);
            return;
        }
    }
    if (check_word_field(c, e))
        return;
    check_expr(c, e->left);
    t = e->left->type;
    set(e, TYPE_JSON, CONST_NO);
    e->constness = constness_min(e->left->constness, CONST_START);
    if (t.kind == TYPE_ERROR) {
        set(e, TYPE_ERROR, CONST_NO);
        return;
    }
    if (name_is(e->name.text, "length") && (t.kind == TYPE_STRING || t.kind == TYPE_LIST || t.kind == TYPE_JSON)) {
        e->word = WORD_LENGTH;
        e->type = type_of(TYPE_INT);
        return;
    }
    if (t.kind == TYPE_RECORD) {
        record_field(c, e);
    } else if (t.kind != TYPE_JSON) {
        if (t.kind == TYPE_RESPONSE)
            diag_add(c->diags, DIAG_E0307, e->name.span, "there is no `%s` here", e->name.text);
        else
            report_field(c, e);
        set(e, TYPE_ERROR, CONST_NO);
    }
    e->type.secret = t.secret;
}

static void index_of_response(struct checker *c, struct expr *e)
{
    struct diag *diag;

    set(e, TYPE_STRING, CONST_NO);
    e->type.optional = true;
    if (e->left->word == WORD_HEADERS || e->left->word == WORD_COOKIES) {
        if (!type_fits(type_of(TYPE_STRING), e->right->type))
            diag_add(c->diags, DIAG_E0308, e->right->span, "the name of a %s is a text, found %s",
                     e->left->word == WORD_HEADERS ? "header" : "cookie", type_article(e->right->type));
        return;
    }
    diag = diag_add(c->diags, DIAG_E0308, e->span, "this has no elements");
    (void)diag;
    set(e, TYPE_ERROR, CONST_NO);
}

static void check_index(struct checker *c, struct expr *e)
{
    struct type t, index;
    struct diag *diag;

    check_expr(c, e->left);
    check_expr(c, e->right);
    t = e->left->type;
    index = e->right->type;
    set(e, TYPE_JSON, CONST_NO);
    e->constness = constness_min(constness_min(e->left->constness, e->right->constness), CONST_START);
    e->type.secret = t.secret;
    if (t.kind == TYPE_RESPONSE) {
        index_of_response(c, e);
        return;
    }
    if (t.kind == TYPE_ERROR || index.kind == TYPE_ERROR) {
        set(e, TYPE_ERROR, CONST_NO);
        return;
    }
    if (t.kind == TYPE_LIST && index.kind != TYPE_INT && index.kind != TYPE_JSON) {
        diag = diag_add(c->diags, DIAG_E0308, e->right->span, "the place in a list is a whole number, found %s",
                        type_article(index));
        if (index.kind == TYPE_FLOAT)
            diag_help(c->diags, diag, "`floor(…)` makes a whole number");
    } else if (t.kind == TYPE_JSON && index.kind != TYPE_INT && index.kind != TYPE_JSON && index.kind != TYPE_STRING) {
        diag_add(c->diags, DIAG_E0308, e->right->span, "an index is a whole number or a key, found %s",
                 type_article(index));
    } else if (t.kind == TYPE_STRING) {
        diag = diag_add(c->diags, DIAG_E0308, e->span, "a text has no elements");
        diag_help(c->diags, diag, "a part of a text is `slice(x, 0, 1)`");
        set(e, TYPE_ERROR, CONST_NO);
    } else if (t.kind == TYPE_RECORD) {
        if (index.kind != TYPE_STRING && index.kind != TYPE_JSON)
            diag_add(c->diags, DIAG_E0308, e->right->span, "a column is named by a text, found %s",
                     type_article(index));
    } else if (t.kind != TYPE_LIST && t.kind != TYPE_JSON) {
        diag_add(c->diags, DIAG_E0308, e->span, "%s has no elements", type_article(t));
        set(e, TYPE_ERROR, CONST_NO);
    }
    if (e->right->constness == CONST_KNOWN && index.kind == TYPE_INT && e->right->known.i < 0 &&
        e->type.kind != TYPE_ERROR) {
        diag = diag_add(c->diags, DIAG_E0308, e->right->span, "places are counted from 0, this is %lld",
                        (long long)e->right->known.i);
        diag_help(c->diags, diag, "the last element is `x[x.length - 1]`");
    }
}

/* ------------------------------------------------------------------ the rest */

static void check_file(struct checker *c, struct expr *e)
{
    check_expr(c, e->left);
    set(e, TYPE_STRING, CONST_KNOWN);
    if (e->left->type.kind != TYPE_STRING || e->left->constness != CONST_KNOWN) {
        if (e->left->type.kind != TYPE_ERROR)
            diag_add(c->diags, DIAG_E0212, e->left->span, "the name of a file must be known before the run");
        set(e, TYPE_ERROR, CONST_NO);
        return;
    }
    e->constness = CONST_START;
    if (!file_exists(c, e->span, e->left->known.text.p)) {
        struct diag *diag =
            diag_add(c->diags, DIAG_E0703, e->left->span, "cannot read the file `%s`", e->left->known.text.p);
        diag_help(c->diags, diag, "its path is relative to this file: %s",
                  path_beside(c, e->span.file, e->left->known.text.p));
    }
}

static void check_any(struct checker *c, struct expr *e, bool may_wait)
{
    switch (e->kind) {
    case EXPR_ERROR:
        set(e, TYPE_ERROR, CONST_NO);
        break;
    case EXPR_NULL:
        set(e, TYPE_NULL, CONST_KNOWN);
        e->type.optional = true;
        break;
    case EXPR_BOOL:
        set(e, TYPE_BOOL, CONST_KNOWN);
        e->known.i = e->integer != 0;
        break;
    case EXPR_INT:
        set(e, TYPE_INT, CONST_KNOWN);
        e->known.i = e->integer;
        break;
    case EXPR_FLOAT:
        set(e, TYPE_FLOAT, CONST_KNOWN);
        e->known.f = e->number;
        break;
    case EXPR_DURATION:
        set(e, TYPE_DURATION, CONST_KNOWN);
        e->known.i = e->integer;
        break;
    case EXPR_RATE:
        set(e, TYPE_RATE, CONST_KNOWN);
        e->known.f = e->number;
        break;
    case EXPR_TEXT:
        check_text(c, e);
        break;
    case EXPR_LIST:
        check_list(c, e);
        break;
    case EXPR_OBJECT:
        check_object(c, e);
        break;
    case EXPR_NAME:
        check_name(c, e);
        break;
    case EXPR_FIELD:
        check_field(c, e);
        break;
    case EXPR_INDEX:
        check_index(c, e);
        break;
    case EXPR_CALL:
        check_call(c, e, may_wait);
        break;
    case EXPR_UNARY:
        check_unary(c, e);
        break;
    case EXPR_BINARY:
        check_binary(c, e);
        break;
    case EXPR_TERNARY:
        check_ternary(c, e);
        break;
    case EXPR_POP:
        check_pop(c, e);
        break;
    case EXPR_FILE:
        check_file(c, e);
        break;
    }
}

void check_expr(struct checker *c, struct expr *e)
{
    if (e)
        check_any(c, e, false);
}

void check_value(struct checker *c, struct expr *e)
{
    if (e)
        check_any(c, e, true);
}

/* Conditions are true or false; nothing else counts as either. */
void check_condition(struct checker *c, struct expr *e)
{
    bool before = c->body->condition;
    struct diag *diag;

    if (!e)
        return;
    c->body->condition = true;
    check_expr(c, e);
    c->body->condition = before;
    if (e->type.kind == TYPE_BOOL || type_is_loose(e->type))
        return;
    diag = diag_add(c->diags, DIAG_E0303, e->span, "a condition is true or false, found %s", type_article(e->type));
    if (type_is_number(e->type))
        diag_help(c->diags, diag, "compare it: `… != 0`");
    else if (e->type.kind == TYPE_STRING)
        diag_help(c->diags, diag, e->type.optional ? "compare it: `… != null`" : "compare it: `… != \"\"`");
    else if (e->type.kind == TYPE_LIST)
        diag_help(c->diags, diag, "ask for its length: `….length > 0`");
    else
        diag_help(c->diags, diag, "compare it with something");
}

bool check_constant(struct checker *c, struct env *env, struct expr *e, struct type type, const char *what)
{
    struct body body = {.kind = BODY_NONE,
                        .what = what,
                        .env = env,
                        .flow = {.reachable = true},
                        .constant = true,
                        .constant_what = what};
    struct body *outer = c->body;
    unsigned errors = c->diags->errors;

    if (!e)
        return false;
    c->body = &body;
    check_expr(c, e);
    c->body = outer;
    if (e->type.kind == TYPE_ERROR)
        return false;
    if (type.kind != TYPE_ERROR && !require_fits(c, type, e, what))
        return false;
    if (e->constness == CONST_NO && c->diags->errors == errors) {
        struct diag *diag = diag_add(c->diags, DIAG_E0212, e->span, "%s must be known before the run", what);
        diag_help(c->diags, diag,
                  "literals, `const`, options, `env(…)`, operators and functions without chance and time may "
                  "stand here");
        return false;
    }
    return true;
}

void refuse_secret(struct checker *c, const struct expr *e, const char *where)
{
    struct diag *diag;

    if (!e || !e->type.secret)
        return;
    diag = diag_add(c->diags, DIAG_E0310, e->span, "a secret must not stand in %s", where);
    diag_help(c->diags, diag, "secrets may be sent (headers, bodies, URLs), never shown");
}
