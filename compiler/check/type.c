/* What fits where (language.md section 3). */
#include "checker.h"

struct type type_of(enum type_kind kind)
{
    return (struct type){.kind = (uint8_t)kind};
}

bool type_is_number(struct type t)
{
    return t.kind == TYPE_INT || t.kind == TYPE_FLOAT;
}

bool type_is_loose(struct type t)
{
    return t.kind == TYPE_JSON || t.kind == TYPE_ERROR;
}

bool type_is_plain(struct type t)
{
    switch (t.kind) {
    case TYPE_BOOL:
    case TYPE_INT:
    case TYPE_FLOAT:
    case TYPE_STRING:
    case TYPE_DURATION:
    case TYPE_RATE:
        return true;
    default:
        return false;
    }
}

static const struct {
    const char *name;
    enum type_kind kind;
} names[] = {
    {"int", TYPE_INT},           {"float", TYPE_FLOAT},   {"bool", TYPE_BOOL}, {"string", TYPE_STRING},
    {"duration", TYPE_DURATION}, {"size", TYPE_INT},      {"rate", TYPE_RATE}, {"list", TYPE_LIST},
    {"json", TYPE_JSON},         {"percent", TYPE_FLOAT},
};

static const struct {
    const char *name, *say;
} foreign[] = {
    {"text", "string"},   {"str", "string"},   {"String", "string"}, {"number", "int` or `float"},
    {"integer", "int"},   {"double", "float"}, {"boolean", "bool"},  {"object", "json"},
    {"dict", "json"},     {"map", "json"},     {"any", "json"},      {"array", "list"},
    {"time", "duration"}, {"long", "int"},     {"void", ""},
};

/* shop.tenants: a record of its data. */
static struct type imported_type(struct checker *c, const struct type_name *name, const struct symbol *import)
{
    struct module *module = import_module(import->decl);
    struct symbol *member = module ? scope_find_in(&module->env, name->name.text) : NULL;

    if (!module)
        return type_of(TYPE_ERROR);
    if (member && member->kind == SYMBOL_DATA)
        return member->type;
    struct diag *diag =
        diag_add(c->diags, DIAG_E0214, name->name.span, "`%s` has no type `%s`", import->name, name->name.text);
    diag_help(c->diags, diag, "its types are the names of its `data`");
    return type_of(TYPE_ERROR);
}

struct type resolve_type(struct checker *c, const struct type_name *name, const struct env *env)
{
    struct symbol *symbol;
    struct diag *diag;
    struct near near;

    if (!name->name.text)
        return type_of(TYPE_ERROR);
    if (name->qualifier.text) {
        symbol = scope_find(env, name->qualifier.text);
        if (!symbol || symbol->kind != SYMBOL_IMPORT) {
            diag = diag_add(c->diags, DIAG_E0214, name->qualifier.span, "no module `%s` is imported",
                            name->qualifier.text);
            diag_help(c->diags, diag, "`import \"std/%s\"` at the top of the file", name->qualifier.text);
            return type_of(TYPE_ERROR);
        }
        symbol->read = true;
        return imported_type(c, name, symbol);
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (name_is(name->name.text, names[i].name))
            return type_of(names[i].kind);
    symbol = scope_find(env, name->name.text);
    if (symbol && symbol->kind == SYMBOL_DATA)
        return symbol->type;
    diag = diag_add(c->diags, DIAG_E0214, name->name.span, "there is no type `%s`", name->name.text);
    near_begin(&near, name->name.text);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        near_offer(&near, names[i].name);
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
        if (name_is(name->name.text, foreign[i].name)) {
            if (foreign[i].say[0])
                diag_help(c->diags, diag, "that is `%s`", foreign[i].say);
            else
                diag_help(c->diags, diag, "leave out what an action returns when it returns nothing");
            return type_of(TYPE_ERROR);
        }
    if (near.best)
        diag_help(c->diags, diag, "did you mean `%s`?", near.best);
    else
        diag_help(c->diags, diag,
                  "the types are int float bool string duration size rate list json, and the names of `data`");
    return type_of(TYPE_ERROR);
}

const char *type_article(struct type t)
{
    switch (t.kind) {
    case TYPE_BOOL:
        return "true or false (bool)";
    case TYPE_INT:
        return "a whole number (int)";
    case TYPE_FLOAT:
        return "a number (float)";
    case TYPE_STRING:
        return "a text (string)";
    case TYPE_DURATION:
        return "a duration";
    case TYPE_RATE:
        return "a rate";
    case TYPE_LIST:
        return "a list";
    case TYPE_JSON:
        return "a JSON value";
    case TYPE_RANGE:
        return "a range";
    case TYPE_RECORD:
        return "a row of data";
    case TYPE_NULL:
        return "null";
    case TYPE_VOID:
        return "nothing";
    case TYPE_OPAQUE:
        return "a value of a module";
    default:
        return "a part of the response";
    }
}

/* Kinds alone; that a value may be missing is found out while running. */
bool type_fits(struct type to, struct type from)
{
    if (to.kind == TYPE_ERROR || from.kind == TYPE_ERROR)
        return true;
    if (from.kind == TYPE_VOID || from.kind == TYPE_RESPONSE || from.kind == TYPE_RANGE)
        return false;
    if (from.kind == TYPE_NULL)
        return to.kind == TYPE_JSON || to.optional;
    if (to.kind == TYPE_JSON)
        return from.kind != TYPE_OPAQUE;
    if (from.kind == TYPE_JSON)
        return to.kind != TYPE_OPAQUE && to.kind != TYPE_RANGE;
    if (to.kind == TYPE_RECORD)
        return from.kind == TYPE_RECORD && from.record == to.record;
    return to.kind == from.kind || (to.kind == TYPE_FLOAT && from.kind == TYPE_INT);
}

bool value_fits(struct type to, const struct expr *value)
{
    if (value->kind == EXPR_OBJECT && (type_is_plain(to) || to.kind == TYPE_LIST))
        return false;
    return type_fits(to, value->type);
}

const char *value_article(const struct expr *value)
{
    return value->kind == EXPR_OBJECT ? "an object" : type_article(value->type);
}

static const char *unit_help(struct checker *c, struct type to, const struct expr *value)
{
    if (!type_is_number(value->type) || value->constness != CONST_KNOWN || value->kind == EXPR_NAME)
        return NULL;
    double number = value->type.kind == TYPE_INT ? (double)value->known.i : value->known.f;
    if (to.kind == TYPE_DURATION) {
        if (number >= 100)
            return arena_format(c->arena, "say the unit: `%gms`, or `%gs`", number, number);
        return arena_format(c->arena, "say the unit: `%gs`, or `%gms`", number, number);
    }
    if (to.kind == TYPE_RATE)
        return arena_format(c->arena, "say the unit: `%g/s`", number);
    return NULL;
}

bool require_fits(struct checker *c, struct type to, const struct expr *value, const char *what)
{
    struct diag *diag;
    const char *help;

    if (!value || value_fits(to, value))
        return true;
    if (value->type.kind == TYPE_VOID)
        diag = diag_add(c->diags, DIAG_E0315, value->span, "%s needs %s, but this returns nothing", what,
                        type_article(to));
    else if ((to.kind == TYPE_DURATION || to.kind == TYPE_RATE) && type_is_number(value->type))
        diag = diag_add(c->diags, DIAG_E0304, value->span, "%s needs %s, found a number without a unit", what,
                        type_article(to));
    else
        diag = diag_add(c->diags, DIAG_E0302, value->span, "%s needs %s, found %s", what, type_article(to),
                        value_article(value));
    help = unit_help(c, to, value);
    if (help)
        diag_help(c->diags, diag, "%s", help);
    else if (to.kind == TYPE_DURATION && type_is_number(value->type))
        diag_help(c->diags, diag, "multiply it by its unit: `x * 1s`, or write `5s`");
    else if (to.kind == TYPE_STRING && (type_is_plain(value->type)))
        diag_help(c->diags, diag, "write it into a text: `\"${…}\"`");
    else if (type_is_number(to) && value->type.kind == TYPE_DURATION)
        diag_help(c->diags, diag, to.kind == TYPE_INT ? "in whole seconds: `floor(x / 1s)`" : "in seconds: `x / 1s`");
    else if (to.kind == TYPE_INT && value->type.kind == TYPE_FLOAT)
        diag_help(c->diags, diag, "`floor(…)`, `round(…)` or `ceil(…)` make a whole number");
    else if (to.kind == TYPE_INT && value->type.kind == TYPE_STRING)
        diag_help(c->diags, diag, "`int(…)` reads a whole number from a text");
    else if (to.kind == TYPE_FLOAT && value->type.kind == TYPE_STRING)
        diag_help(c->diags, diag, "`float(…)` reads a number from a text");
    else if (value->type.kind == TYPE_NULL)
        diag_help(c->diags, diag, "declare it with its type and no value to begin with nothing: `var x: string`");
    return false;
}

bool require_duration(struct checker *c, const struct expr *value, const char *what)
{
    return require_fits(c, type_of(TYPE_DURATION), value, what);
}

/* The type of either of two values (?? and ? :). *differ: two plain kinds that do not go together. */
struct type type_join(struct type a, struct type b, bool *differ)
{
    struct type t = a;

    *differ = false;
    t.optional = a.optional || b.optional;
    t.secret = a.secret || b.secret;
    if (a.kind == TYPE_ERROR || b.kind == TYPE_ERROR) {
        t.kind = TYPE_ERROR;
    } else if (a.kind == TYPE_NULL) {
        t = b;
        t.optional = b.kind != TYPE_JSON;
    } else if (b.kind == TYPE_NULL) {
        t.optional = a.kind != TYPE_JSON;
    } else if (type_is_number(a) && type_is_number(b)) {
        t.kind = a.kind == b.kind ? a.kind : TYPE_FLOAT;
    } else if (a.kind == b.kind && a.kind != TYPE_RESPONSE && a.kind != TYPE_VOID) {
        t.kind = a.kind;
    } else if (a.kind == TYPE_JSON || b.kind == TYPE_JSON || (a.kind == TYPE_LIST && b.kind == TYPE_RECORD) ||
               (a.kind == TYPE_RECORD && b.kind == TYPE_LIST)) {
        t.kind = TYPE_JSON;
    } else {
        *differ = true;
        t.kind = TYPE_ERROR;
    }
    if (t.kind == TYPE_JSON)
        t.optional = false;
    return t;
}

bool holds_secret(const struct checker *c, const struct symbol *symbol)
{
    for (const struct secret *secret = c->secrets; secret; secret = secret->next)
        if (secret->span.from == symbol->span.from && secret->span.file == symbol->span.file)
            return true;
    return false;
}

void spread_secret(struct checker *c, struct symbol *symbol, struct type from)
{
    struct secret *secret;

    if (!symbol || !from.secret || symbol->type.secret || holds_secret(c, symbol))
        return;
    secret = ARENA_NEW(c->arena, struct secret);
    secret->span = symbol->span;
    secret->next = c->secrets;
    c->secrets = secret;
    c->secrets_spread = true;
}
