/* Calls: functions and actions of one's own, built-in functions, metrics, modules. */
#include "checker.h"

static void set(struct expr *e, enum type_kind kind)
{
    e->type = type_of(kind);
    e->constness = CONST_NO;
}

static unsigned count_args(const struct expr *e)
{
    unsigned n = 0;

    for (const struct item *item = e->items; item; item = item->next)
        n++;
    return n;
}

static void check_args(struct checker *c, struct expr *e)
{
    for (struct item *item = e->items; item; item = item->next)
        check_expr(c, item->value);
}

static enum constness args_constness(const struct expr *e)
{
    enum constness constness = CONST_KNOWN;

    for (const struct item *item = e->items; item; item = item->next)
        constness = constness_min(constness, item->value->constness);
    return constness;
}

/* ------------------------------------------------------------------ built-in functions */

static enum type_kind letter_kind(char letter)
{
    switch (letter) {
    case 'i':
        return TYPE_INT;
    case 'f':
        return TYPE_FLOAT;
    case 'b':
        return TYPE_BOOL;
    case 'd':
        return TYPE_DURATION;
    case 's':
        return TYPE_STRING;
    case 'l':
        return TYPE_LIST;
    case 'r':
        return TYPE_RATE;
    default:
        return TYPE_JSON;
    }
}

/* What `j` takes of the plain kinds: an overload that is there for JSON values takes only those it could work with. */
static bool json_letter_takes(const char *name, enum type_kind kind)
{
    static const struct {
        const char *name, *letters;
    } narrow[] = {
        {"len", ""},  {"min", "if"},   {"max", "if"},     {"abs", "if"},
        {"keys", ""}, {"int", "ifsb"}, {"float", "ifsb"}, {"slice", "sl"},
    };
    const char letter = kind == TYPE_INT      ? 'i'
                        : kind == TYPE_FLOAT  ? 'f'
                        : kind == TYPE_STRING ? 's'
                        : kind == TYPE_BOOL   ? 'b'
                        : kind == TYPE_LIST   ? 'l'
                                              : '\0';

    for (size_t i = 0; letter && i < sizeof narrow / sizeof *narrow; i++)
        if (name_is(name, narrow[i].name))
            return strchr(narrow[i].letters, letter) != NULL;
    return true;
}

static bool letter_fits(const struct builtin *builtin, char letter, struct type t, bool convert)
{
    if (t.kind == TYPE_ERROR)
        return true;
    switch (letter) {
    case 'f':
        return t.kind == TYPE_FLOAT || t.kind == TYPE_INT || (convert && t.kind == TYPE_JSON);
    case 'j':
        if (t.kind == TYPE_DURATION || t.kind == TYPE_RATE)
            return name_is(builtin->name, "string") || name_is(builtin->name, "append") ||
                   name_is(builtin->name, "index_of");
        return (type_is_plain(t) || t.kind == TYPE_JSON || t.kind == TYPE_LIST || t.kind == TYPE_RECORD ||
                t.kind == TYPE_NULL) &&
               json_letter_takes(builtin->name, t.kind);
    default:
        return t.kind == letter_kind(letter) || (convert && t.kind == TYPE_JSON);
    }
}

/* Do the arguments fit? *count: whether their number does. *bad: the first that does not fit. */
static bool overload_fits(const struct builtin *builtin, const struct expr *e, bool convert, bool *count,
                          const struct expr **bad)
{
    const char *at = builtin->signature;
    bool good = true;

    *count = true;
    for (const struct item *item = e->items; item; item = item->next) {
        if (*at == '>') {
            *count = false;
            return false;
        }
        if (good && !letter_fits(builtin, *at, item->value->type, convert)) {
            *bad = item->value;
            good = false;
        }
        at++;
        if (*at == '*')
            at++;
    }
    while (*at != '>') {
        if (at[1] != '*') {
            *count = false;
            return false;
        }
        at += 2;
    }
    return good;
}

static const char *letter_words(const struct builtin *builtin)
{
    static char out[96];
    char *end = out + sizeof out - 16, *p = out;

    for (const char *at = builtin->signature; *at != '>' && p < end; at++) {
        if (*at == '*')
            continue;
        const char *word = *at == 's' ? "text" : *at == 'j' ? "value" : type_text(type_of(letter_kind(*at)));
        p += snprintf(p, (size_t)(end - p) + 16, "%s%s%s", p == out ? "" : ", ", word,
                      at[1] == '*' ? " (optional)" : "");
        if (p > end)
            p = end;
    }
    *p = '\0';
    return out;
}

static void report_arguments(struct checker *c, const struct expr *e, const struct builtin *first, bool any_count,
                             const struct expr *bad)
{
    struct diag *diag;

    if (!any_count) {
        diag = diag_add(c->diags, DIAG_E0305, e->span, "`%s` does not take %u argument%s", first->name, count_args(e),
                        count_args(e) == 1 ? "" : "s");
    } else {
        diag = diag_add(c->diags, DIAG_E0306, bad ? bad->span : e->span, "`%s` does not take %s here", first->name,
                        type_article(bad ? bad->type : type_of(TYPE_NULL)));
    }
    struct text forms = {0};
    for (const struct builtin *b = first; b; b = builtin_next(b))
        text_printf(&forms, "%s`%s(%s)`", forms.n ? ", " : "", b->name, letter_words(b));
    diag_help(c->diags, diag, "%s: %s", forms.p, first->doc);
    text_free(&forms);
}

static void take_builtin(struct checker *c, struct expr *e, const struct builtin *builtin)
{
    const char *result = strchr(builtin->signature, '>') + 1;

    e->builtin = builtin;
    e->type = type_of(letter_kind(*result));
    e->type.optional = result[1] == '?' && e->type.kind != TYPE_JSON;
    if (name_is(builtin->name, "env") && e->items && e->items->next)
        e->type.optional = false;
    if (e->type.kind != TYPE_BOOL) /* int(key) shows the key as well as the key itself */
        for (struct item *item = e->items; item; item = item->next)
            e->type.secret |= item->value->type.secret;
    e->constness = builtin->pure ? constness_min(args_constness(e), CONST_START) : CONST_NO;
    check_known_arguments(c, e);
    if (!builtin->pure) {
        c->body->impure = true;
        if (c->body->constant) {
            struct diag *diag =
                diag_add(c->diags, DIAG_E0212, e->span, "`%s()` is not known before the run, but %s must be",
                         builtin->name, c->body->constant_what);
            diag_help(c->diags, diag, "neither chance nor time may stand here");
            set(e, TYPE_ERROR);
        }
    }
}

static void check_builtin(struct checker *c, struct expr *e, const struct builtin *first)
{
    const struct expr *bad = NULL, *candidate;
    bool any_count = false, count;

    check_args(c, e);
    for (const struct builtin *b = first; b; b = builtin_next(b)) {
        candidate = NULL;
        if (overload_fits(b, e, false, &count, &candidate)) {
            take_builtin(c, e, b);
            return;
        }
        any_count |= count;
        if (count && !bad)
            bad = candidate;
    }
    for (const struct builtin *b = first; b; b = builtin_next(b)) {
        candidate = NULL;
        if (overload_fits(b, e, true, &count, &candidate)) {
            take_builtin(c, e, b);
            return;
        }
    }
    set(e, TYPE_ERROR);
    report_arguments(c, e, first, any_count, bad);
}

/* ------------------------------------------------------------------ next(data) */

/* shop.people */
static struct symbol *imported(struct checker *c, struct expr *e)
{
    struct symbol *import = scope_find(c->body->env, e->left->name.text);
    struct module *module = import && import->kind == SYMBOL_IMPORT ? import_module(import->decl) : NULL;

    if (!module || !e->name.text)
        return NULL;
    import->read = true;
    return scope_find_in(&module->env, e->name.text);
}

/* shop.received of shop.received.add(1) */
static struct symbol *imported_metric(struct checker *c, struct expr *e)
{
    struct symbol *symbol;

    if (e->kind != EXPR_FIELD || e->left->kind != EXPR_NAME || !e->left->name.text)
        return NULL;
    symbol = imported(c, e);
    return symbol && symbol->kind == SYMBOL_METRIC ? symbol : NULL;
}

static void check_next(struct checker *c, struct expr *e, bool may_wait)
{
    struct expr *arg = e->items ? e->items->value : NULL;
    struct symbol *symbol = NULL;
    struct diag *diag;

    set(e, TYPE_ERROR);
    c->body->impure = true;
    if (count_args(e) != 1) {
        diag = diag_add(c->diags, DIAG_E0305, e->span, "`next` takes the name of the data: `next(accounts)`");
        (void)diag;
        return;
    }
    if (arg->kind == EXPR_NAME && arg->name.text)
        symbol = scope_find(c->body->env, arg->name.text);
    else if (arg->kind == EXPR_FIELD && arg->left->kind == EXPR_NAME && arg->left->name.text)
        symbol = imported(c, arg);
    if (arg->kind == EXPR_NAME && !symbol) {
        report_unknown(c, arg->name, "the data");
        return;
    }
    if (!symbol) {
        diag_add(c->diags, DIAG_E0229, arg->span, "`next` takes the name of `data`");
        return;
    }
    if (is_broken(symbol))
        return;
    if (symbol->kind != SYMBOL_DATA) {
        diag =
            diag_add(c->diags, DIAG_E0229, arg->span, "`%s` is %s, not data", symbol->name, symbol_article(c, symbol));
        diag_label(c->diags, diag, symbol->span, "declared here");
        return;
    }
    symbol->read = true;
    arg->symbol = symbol;
    e->symbol = symbol;
    e->type = symbol->type;
    if (c->body->constant)
        diag_add(c->diags, DIAG_E0212, e->span, "a row of data is not known before the run, but %s must be",
                 c->body->constant_what);
    if (name_is(symbol->decl->strategy.text, "queue") && !may_wait) {
        diag = diag_add(c->diags, DIAG_E0512, e->span, "the rows of `%s` can run out, so `next` of it needs an `else`",
                        symbol->name);
        diag_help(c->diags, diag, "take the row first: `let row = next(%s) else stop user`", symbol->name);
        diag_label(c->diags, diag, symbol->span, "`queue`: each row is given out once");
    }
}

/* ------------------------------------------------------------------ functions and actions of one's own */

static bool check_arguments(struct checker *c, struct expr *e, struct symbol *symbol)
{
    struct param *param = symbol->decl->params;
    unsigned wanted = 0, found = count_args(e);
    bool good = true;

    check_args(c, e);
    for (struct param *p = param; p; p = p->next)
        wanted++;
    if (wanted != found) {
        struct diag *diag = diag_add(c->diags, DIAG_E0305, e->span, "`%s` takes %u argument%s, found %u", symbol->name,
                                     wanted, wanted == 1 ? "" : "s", found);
        diag_label(c->diags, diag, symbol->span, "declared here");
        return false;
    }
    for (struct item *item = e->items; item; item = item->next, param = param->next) {
        if (!param->symbol)
            continue;
        const char *what = arena_format(c->arena, "parameter `%s` of `%s`", param->name.text, symbol->name);
        if (!require_fits(c, param->symbol->type, item->value, what))
            good = false;
        spread_secret(c, param->symbol, item->value->type);
        if (!param->constant || item->value->constness != CONST_NO || item->value->type.kind == TYPE_ERROR)
            continue;
        struct diag *diag =
            diag_add(c->diags, DIAG_E0514, item->value->span,
                     "parameter `%s` of `%s` is `const`: it needs a constant here", param->name.text, symbol->name);
        diag_help(c->diags, diag, "give it a literal, a `const` or an option");
        diag_label(c->diags, diag, param->name.span, "declared `const` here");
        good = false;
    }
    return good;
}

static bool has_constants(const struct symbol *symbol)
{
    for (const struct param *param = symbol->decl->params; param; param = param->next)
        if (param->constant)
            return true;
    return false;
}

static struct constant converted(struct type to, const struct expr *value)
{
    struct constant known = value->known;

    if ((to.kind == TYPE_FLOAT || to.kind == TYPE_RATE) && value->type.kind == TYPE_INT)
        known.f = (double)value->known.i;
    return known;
}

static bool same_constants(const struct symbol *variant, const struct expr *e)
{
    const struct item *item = e->items;

    for (const struct param *param = variant->decl->params; param; param = param->next, item = item->next) {
        if (!param->constant)
            continue;
        if (param->symbol->type.kind == TYPE_ERROR || item->value->type.kind == TYPE_ERROR)
            continue; /* reported: one copy is enough */
        struct constant given = converted(param->symbol->type, item->value);
        if (param->symbol->constness != item->value->constness || param->symbol->constness != CONST_KNOWN ||
            !type_is_plain(item->value->type) || !type_is_plain(param->symbol->type) ||
            !constants_equal(param->symbol->type, &param->symbol->known, &given))
            return false;
    }
    return true;
}

static uint32_t hash_bytes(uint32_t hash, const void *bytes, size_t n)
{
    const unsigned char *p = bytes;

    for (size_t i = 0; i < n; i++)
        hash = (hash ^ p[i]) * 16777619u; /* FNV-1a */
    return hash;
}

/* Where a variant of these constants is, if there is one. *shared: there may be; what is known only when the program starts
 * makes a copy at each call. */
static struct symbol **bucket_of(struct checker *c, const struct symbol *symbol, const struct expr *e, bool *shared)
{
    const struct item *item = e->items;
    uint32_t hash = hash_bytes(2166136261u, &symbol->index, sizeof symbol->index);

    *shared = true;
    for (const struct param *param = symbol->decl->params; param; param = param->next, item = item->next) {
        struct constant given;

        if (!param->constant)
            continue;
        if (param->symbol->type.kind == TYPE_ERROR || item->value->type.kind == TYPE_ERROR) {
            *shared = true;
            return &c->variants[0]; /* reported: one copy is enough */
        }
        *shared &= item->value->constness == CONST_KNOWN && type_is_plain(param->symbol->type);
        given = converted(param->symbol->type, item->value);
        if (*shared && param->symbol->type.kind == TYPE_STRING)
            hash = hash_bytes(hash, given.text.p, given.text.n);
        else if (*shared)
            hash = hash_bytes(hash, &given.i, sizeof given.i);
    }
    return &c->variants[hash % VARIANT_BUCKETS];
}

/* A variant of the action is being looked at, and this call is in it or in what it calls. */
static bool is_under_way(const struct symbol *caller, const struct symbol *symbol)
{
    for (; caller; caller = caller->caller)
        if (caller == symbol || caller->origin == symbol)
            return true;
    return false;
}

static void too_many_variants(struct checker *c, const struct expr *e, const struct symbol *symbol)
{
    struct diag *diag =
        diag_add(c->diags, DIAG_E0232, e->span, "`%s` would be there more than 10,000 times", symbol->name);

    diag_help(c->diags, diag,
              "each set of `const` arguments makes a copy of an action, and of those it calls: give fewer of them");
    diag_label(c->diags, diag, symbol->span, "declared here");
}

/* The copy of an action for the constants of this call; made once, checked when its surroundings are known. */
static struct symbol *variant_for(struct checker *c, struct expr *e, struct symbol *symbol)
{
    enum { MOST_VARIANTS = 10000 };
    bool shared;
    struct symbol *variant, **bucket = bucket_of(c, symbol, e, &shared);
    struct item *item = e->items;
    const struct symbol *caller = c->body->decl && c->body->decl->kind == DECL_ACTION ? c->body->decl->symbol : NULL;

    if (is_under_way(caller, symbol))
        return symbol; /* recursion, reported as such */
    for (variant = shared ? *bucket : NULL; variant; variant = variant->next_variant)
        if (variant->origin == symbol && same_constants(variant, e))
            return variant;
    if (c->variant_count == MOST_VARIANTS) {
        too_many_variants(c, e, symbol);
        return symbol;
    }
    c->variant_count++;
    variant = symbol_new(c, SYMBOL_ACTION, symbol->decl->name, symbol->type);
    variant->decl = clone_decl(c->arena, symbol->decl);
    variant->decl->owner = symbol->decl->owner;
    variant->decl->symbol = variant;
    variant->home = symbol->home;
    variant->env = symbol->env;
    variant->next_variant = *bucket;
    *bucket = variant;
    for (struct param *param = variant->decl->params, *of = symbol->decl->params; param;
         param = param->next, of = of->next) {
        param->symbol = symbol_new(c, SYMBOL_PARAM, param->name, of->symbol->type);
        param->symbol->param = param;
        param->symbol->home = variant->decl;
        if (param->constant) {
            param->symbol->constness = item->value->constness;
            if (item->value->constness == CONST_KNOWN && !type_is_plain(item->value->type))
                param->symbol->constness = CONST_START;
            param->symbol->known = converted(param->symbol->type, item->value);
        }
        item = item->next;
    }
    variant->origin = symbol;
    variant->caller = caller;
    variant->pending = c->pending;
    c->pending = variant;
    return variant;
}

static void call_fn(struct checker *c, struct expr *e, struct symbol *symbol)
{
    bool good = check_arguments(c, e, symbol);

    symbol->read = true;
    symbol->type.secret |= holds_secret(c, symbol);
    e->symbol = symbol;
    e->type = symbol->type;
    if (!good)
        set(e, TYPE_ERROR);
    if (c->body->constant) {
        need_symbol(c, symbol);
        if (symbol->impure) {
            struct diag *diag =
                diag_add(c->diags, DIAG_E0212, e->span, "`%s` is not known before the run, but %s must be",
                         symbol->name, c->body->constant_what);
            diag_help(c->diags, diag, "it depends on chance, time or variables");
            diag_label(c->diags, diag, symbol->span, "declared here");
            set(e, TYPE_ERROR);
            return;
        }
        e->constness = constness_min(args_constness(e), CONST_START);
        return;
    }
    e->constness = CONST_NO;
}

static void call_action(struct checker *c, struct expr *e, struct symbol *symbol, bool may_wait)
{
    bool good = check_arguments(c, e, symbol);
    struct diag *diag;

    symbol->read = true;
    symbol->type.secret |= holds_secret(c, symbol);
    e->symbol = symbol;
    e->type = symbol->type;
    e->constness = CONST_NO;
    if (!may_wait) {
        diag = diag_add(c->diags, DIAG_E0505, e->span,
                        "the action `%s` may wait, so its call cannot stand inside of an expression", symbol->name);
        diag_help(c->diags, diag, "call it before: `let x = %s(…)`, then use `x`", symbol->name);
        diag_label(c->diags, diag, symbol->span, "`%s` is an action", symbol->name);
        return;
    }
    if (good && has_constants(symbol) && symbol->state != STATE_BUSY)
        e->symbol = variant_for(c, e, symbol);
}

static void call_symbol(struct checker *c, struct expr *e, struct symbol *symbol, bool may_wait)
{
    if (symbol->kind == SYMBOL_FN) {
        call_fn(c, e, symbol);
    } else if (symbol->kind == SYMBOL_ACTION) {
        call_action(c, e, symbol, may_wait);
    } else {
        check_args(c, e);
        set(e, TYPE_ERROR);
        if (is_broken(symbol))
            return;
        struct diag *diag = diag_add(c->diags, DIAG_E0207, e->left->span, "`%s` is %s, not a function", symbol->name,
                                     symbol_article(c, symbol));
        if (builtin_exists(symbol->name))
            diag_help(c->diags, diag, "it hides the built-in function `%s`: give it another name", symbol->name);
        diag_label(c->diags, diag, symbol->span, "declared here");
    }
}

/* ------------------------------------------------------------------ methods: metrics, members of imports */

static void call_member(struct checker *c, struct expr *e, struct symbol *import, bool may_wait)
{
    struct module *module = import_module(import->decl);
    struct symbol *member;
    struct near near;
    struct diag *diag;

    import->read = true;
    if (!module) {
        check_args(c, e);
        set(e, TYPE_ERROR);
        return;
    }
    member = scope_find_in(&module->env, e->left->name.text);
    if (member) {
        e->left->symbol = member;
        call_symbol(c, e, member, may_wait);
        return;
    }
    check_args(c, e);
    set(e, TYPE_ERROR);
    diag = diag_add(c->diags, DIAG_E0702, e->left->name.span, "`%s` has no `%s`", import->name, e->left->name.text);
    near_begin(&near, e->left->name.text);
    for (struct entry *entry = module->env.entries; entry; entry = entry->next)
        near_offer(&near, entry->symbol->name);
    if (near.best)
        diag_help(c->diags, diag, "did you mean `%s.%s`?", import->name, near.best);
    diag_label(c->diags, diag, import->span, "imported here");
}

static void report_method(struct checker *c, struct expr *e)
{
    struct diag *diag;
    const char *name = e->left->name.text;

    check_args(c, e);
    set(e, TYPE_ERROR);
    if (e->left->left->kind == EXPR_NAME && name_is(e->left->left->name.text, "response") && c->body->request) {
        diag = diag_add(c->diags, DIAG_E0207, e->left->span, "`response` has no function `%s`", name ? name : "");
        if (name_is(name, "failure"))
            diag_help(c->diags, diag, "a request is failed with `fail \"message\"`");
        else if (name_is(name, "success"))
            diag_help(c->diags, diag, "a request is made a success with `succeed`");
        else if (name_is(name, "json"))
            diag_help(c->diags, diag, "the body as JSON is `json`, without call: `json.items[0].id`");
        return;
    }
    check_expr(c, e->left->left);
    if (e->left->left->type.kind == TYPE_ERROR)
        return;
    diag = diag_add(c->diags, DIAG_E0207, e->left->span, "values have no functions: there is no `.%s(…)`",
                    name ? name : "");
    if (name && builtin_exists(name))
        diag_help(c->diags, diag, "call it with the value: `%s(x)`", name);
    else if (name_is(name, "push") || name_is(name, "append"))
        diag_help(c->diags, diag, "`x = append(x, value)`");
    else if (name_is(name, "toLowerCase"))
        diag_help(c->diags, diag, "`lower(x)`");
    else if (name_is(name, "toUpperCase"))
        diag_help(c->diags, diag, "`upper(x)`");
    else if (name_is(name, "json"))
        diag_help(c->diags, diag, "in a response block the body as JSON is `json`: `json.items[0].id`");
    else if (name_is(name, "includes"))
        diag_help(c->diags, diag, "`x contains value`");
    else
        diag_help(c->diags, diag, "built-in functions are called as `len(x)`");
}

void check_call(struct checker *c, struct expr *e, bool may_wait)
{
    struct expr *callee = e->left;
    struct symbol *symbol;

    set(e, TYPE_ERROR);
    if (callee->kind == EXPR_FIELD && callee->left->kind == EXPR_NAME && callee->left->name.text) {
        symbol = scope_find(c->body->env, callee->left->name.text);
        if (symbol && symbol->kind == SYMBOL_METRIC)
            check_metric_add(c, e, symbol);
        else if (symbol && symbol->kind == SYMBOL_IMPORT)
            call_member(c, e, symbol, may_wait);
        else if (symbol || !check_word_call(c, e))
            report_method(c, e);
        return;
    }
    if (callee->kind == EXPR_FIELD) {
        symbol = imported_metric(c, callee->left);
        if (symbol)
            check_metric_add(c, e, symbol);
        else if (!check_word_call(c, e))
            report_method(c, e);
        return;
    }
    if (callee->kind != EXPR_NAME || !callee->name.text) {
        check_expr(c, callee);
        check_args(c, e);
        set(e, TYPE_ERROR);
        if (callee->type.kind != TYPE_ERROR)
            diag_add(c->diags, DIAG_E0207, callee->span, "only functions and actions can be called");
        return;
    }
    symbol = scope_find(c->body->env, callee->name.text);
    if (symbol) {
        call_symbol(c, e, symbol, may_wait);
    } else if (name_is(callee->name.text, "next")) {
        check_next(c, e, may_wait);
    } else if (check_word_call(c, e)) {
        return;
    } else if (builtin_exists(callee->name.text)) {
        check_builtin(c, e, builtin_first(callee->name.text));
    } else {
        check_args(c, e);
        set(e, TYPE_ERROR);
        report_unknown(c, callee->name, "the function");
    }
}
