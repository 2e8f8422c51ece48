/* Expressions as C text.
 *
 * An expression of the language never changes a variable, so only the order of calls among themselves matters
 * (which error is first, which random number is drawn): of several operands with effects all but the last are
 * put into temporaries, in order. What needs statements of its own writes them to the body; a right side that
 * is not always evaluated is then written inside an `if`. */
#include "emit.h"

#include <inttypes.h>
#include <string.h>

struct type type_kind(enum type_kind kind)
{
    return (struct type){.kind = (uint8_t)kind};
}

bool type_is_value(struct type type)
{
    return type_c(type) == C_VALUE;
}

bool expr_is_known(const struct expr *e)
{
    if (e->constness != CONST_KNOWN || e->type.optional) {
        return false;
    }
    switch (e->type.kind) {
    case TYPE_BOOL:
    case TYPE_INT:
    case TYPE_FLOAT:
    case TYPE_DURATION:
    case TYPE_RATE:
    case TYPE_STRING:
        return true;
    default:
        return false;
    }
}

const char *emit_known(struct emit *em, struct type type, const struct constant *known)
{
    switch (type.kind) {
    case TYPE_BOOL:
        return known->i ? "true" : "false";
    case TYPE_INT:
        return c_int(em->arena, known->i);
    case TYPE_DURATION:
        return c_duration(em->arena, known->i);
    case TYPE_FLOAT:
    case TYPE_RATE:
        return c_float(em->arena, known->f);
    default:
        return arena_format(em->arena, "swarm_text(%s, %zu)", c_text(em->arena, known->text.p, known->text.n),
                            known->text.n);
    }
}

const char *emit_temp(struct emit *em, struct span span, struct type type, const char *text)
{
    const char *name = emit_temp_name(em, span);

    em->fn->temps++;
    write_line(&em->fn->body, "const %s %s = %s;", c_type(type), name, c_bare(em->arena, text));
    return name;
}

/* ------------------------------------------------------------------ kinds */

const char *emit_box(struct emit *em, struct type type, const char *text)
{
    if (type_is_value(type)) {
        return text;
    }
    text = c_bare(em->arena, text);
    switch (type.kind) {
    case TYPE_BOOL:
        return arena_format(em->arena, "swarm_bool(%s)", text);
    case TYPE_DURATION:
        return arena_format(em->arena, "swarm_duration(%s)", text);
    case TYPE_INT:
        return arena_format(em->arena, "swarm_int(%s)", text);
    default:
        return arena_format(em->arena, "swarm_float(%s)", text);
    }
}

static const char *need_function(struct type want)
{
    switch (want.kind) {
    case TYPE_BOOL:
        return "swarm_need_bool";
    case TYPE_INT:
        return "swarm_need_int";
    case TYPE_FLOAT:
        return "swarm_need_float";
    case TYPE_DURATION:
        return "swarm_need_duration";
    case TYPE_RATE:
        return "swarm_need_rate";
    case TYPE_STRING:
        return "swarm_need_text";
    case TYPE_LIST:
        return "swarm_need_list";
    default:
        return NULL;
    }
}

static bool is_simple(const char *text)
{
    return strpbrk(text, "( ") == NULL;
}

/* A value that must be of the wanted kind unless it is missing. */
static const char *convert_optional(struct emit *em, const struct expr *e, struct type from, struct type want,
                                    const char *text)
{
    struct type plain = want;
    const char *value = is_simple(text) ? text : emit_temp(em, e->span, from, text);

    plain.optional = false;
    em->fn->may_fail = true;
    const char *converted = arena_format(em->arena, "%s(s, %s, %s)", need_function(plain), value, emit_place_of(em, e));
    return arena_format(em->arena, "(swarm_is_null(%s) ? %s : %s)", value, value, emit_box(em, plain, converted));
}

const char *emit_convert(struct emit *em, const struct expr *e, struct type from, struct type want, const char *text)
{
    enum c_kind have = type_c(from), need = type_c(want);

    if (need == C_VOID || have == C_VOID) {
        return text;
    }
    if (have != C_VALUE && need != C_VALUE) {
        if (have == C_INT && need == C_FLOAT) {
            return arena_format(em->arena, "(double)%s", text);
        }
        return text;
    }
    if (have != C_VALUE) {
        struct type boxed = from;
        if (from.kind == TYPE_INT && (want.kind == TYPE_FLOAT || want.kind == TYPE_RATE)) {
            boxed.kind = TYPE_FLOAT;
            text = arena_format(em->arena, "(double)%s", text);
        }
        return emit_box(em, boxed, text);
    }
    if (need == C_VALUE) {
        bool loose = from.kind == TYPE_JSON || from.kind == TYPE_ERROR || (from.optional && !want.optional);
        if (!loose || !need_function(want)) {
            return text;
        }
        if (want.optional) {
            return convert_optional(em, e, from, want, text);
        }
    }
    em->fn->may_fail = true;
    return arena_format(em->arena, "%s(s, %s, %s)", need_function(want), text, emit_place_of(em, e));
}

/* ------------------------------------------------------------------ effects */

static bool conversion_has_effect(struct type from, struct type want)
{
    if (type_c(want) != C_VALUE) {
        return type_c(from) == C_VALUE;
    }
    return type_c(from) == C_VALUE && need_function(want) &&
           (from.kind == TYPE_JSON || (from.optional && !want.optional));
}

static bool operator_has_effect(struct emit *em, const struct expr *e)
{
    bool values = type_is_value(e->left->type) || type_is_value(e->right->type);

    switch (e->op) {
    case OP_AND:
    case OP_OR:
        return expr_has_effect(em, e->left, type_kind(TYPE_BOOL)) ||
               expr_has_effect(em, e->right, type_kind(TYPE_BOOL));
    case OP_EQ:
    case OP_NE:
        return expr_has_effect(em, e->left, e->left->type) || expr_has_effect(em, e->right, e->right->type);
    case OP_LT:
    case OP_LE:
    case OP_GT:
    case OP_GE:
        return values || expr_has_effect(em, e->left, e->left->type) || expr_has_effect(em, e->right, e->right->type);
    default:
        return true;
    }
}

bool expr_has_effect(struct emit *em, const struct expr *e, struct type want)
{
    for (unsigned i = 0; i < em->fn->bound_count; i++) {
        if (em->fn->bound[i] == e) {
            return conversion_has_effect(e->type, want);
        }
    }
    if (expr_is_known(e) || e->kind == EXPR_NULL) {
        return conversion_has_effect(e->type, want);
    }
    if (conversion_has_effect(e->type, want)) {
        return true;
    }
    switch (e->kind) {
    case EXPR_NAME:
        return e->word ? true : e->symbol && e->symbol->kind == SYMBOL_SAVE && e->symbol->needs_check;
    case EXPR_UNARY:
        return e->op != OP_NOT || expr_has_effect(em, e->right, type_kind(TYPE_BOOL));
    case EXPR_BINARY:
        return operator_has_effect(em, e);
    case EXPR_TERNARY:
        return expr_has_effect(em, e->condition, type_kind(TYPE_BOOL)) || expr_has_effect(em, e->left, e->type) ||
               expr_has_effect(em, e->right, e->type);
    default:
        return true;
    }
}

void emit_operands(struct emit *em, const struct expr *const *operands, const struct type *wants, unsigned n,
                   const char **out)
{
    unsigned last = 0;

    for (unsigned i = 0; i < n; i++) {
        if (operands[i] && expr_has_effect(em, operands[i], wants[i])) {
            last = i;
        }
    }
    for (unsigned i = 0; i < n; i++) {
        if (!operands[i]) {
            out[i] = "swarm_null()";
            continue;
        }
        out[i] = emit_as(em, operands[i], wants[i]);
        if (i < last && expr_has_effect(em, operands[i], wants[i]) && !is_simple(out[i])) {
            out[i] = emit_temp(em, operands[i]->span, wants[i], out[i]);
        }
    }
}

bool expr_may_alias(struct emit *em, const struct expr *e)
{
    if (!type_is_value(e->type) || expr_is_known(e)) {
        return false;
    }
    switch (e->kind) {
    case EXPR_NULL:
        return false;
    case EXPR_TEXT: {
        const struct text_part *part = e->parts;
        return part && !part->next; /* "${x}" alone may be x itself */
    }
    case EXPR_BINARY:
        return e->op == OP_COALESCE || e->op == OP_ADD;
    case EXPR_NAME:
        if (e->word || !e->symbol) {
            return true;
        }
        if (e->symbol->kind == SYMBOL_OPTION || e->symbol->kind == SYMBOL_CONST) {
            return false;
        }
        return em->fn->where != IN_MACHINE || e->symbol->kind == SYMBOL_SHARED || emit_is_kept(em, e->symbol);
    case EXPR_LIST:
    case EXPR_OBJECT:
        for (const struct item *item = e->items; item; item = item->next) {
            if (expr_may_alias(em, item->value)) {
                return true;
            }
        }
        return false;
    default:
        return true;
    }
}

/* ------------------------------------------------------------------ kinds of expressions */

static const char *emit_text_expr(struct emit *em, const struct expr *e)
{
    unsigned n = 0, i = 0;

    for (const struct text_part *part = e->parts; part; part = part->next) {
        n++;
    }
    if (n == 0) {
        return "swarm_text(\"\", 0)";
    }
    const struct expr **operands = ARENA_ARRAY(em->arena, const struct expr *, n);
    struct type *wants = ARENA_ARRAY(em->arena, struct type, n);
    const char **texts = ARENA_ARRAY(em->arena, const char *, n);
    for (const struct text_part *part = e->parts; part; part = part->next, i++) {
        operands[i] = part->expr;
        wants[i] = part->expr ? part->expr->type : type_kind(TYPE_NULL);
    }
    emit_operands(em, operands, wants, n, texts);
    struct text out = {0};
    text_puts(&out, "swarm_format(s, ");
    text_puts(&out, emit_place_of(em, e));
    text_printf(&out, ", (const struct swarm_value[%u]){", n); /* tcc wants the number */
    i = 0;
    for (const struct text_part *part = e->parts; part; part = part->next, i++) {
        const char *text;
        if (!part->expr) {
            text = arena_format(em->arena, "swarm_text(%s, %zu)", c_text(em->arena, part->literal.p, part->literal.n),
                                part->literal.n);
        } else if (type_is_value(part->expr->type) &&
                   (part->expr->type.optional || part->expr->type.kind == TYPE_JSON)) {
            text = arena_format(em->arena, "swarm_need(s, %s, %s)", texts[i], emit_place_of(em, part->expr));
        } else {
            text = emit_box(em, part->expr->type, texts[i]);
        }
        text_printf(&out, "%s%s", i ? ", " : "", text);
    }
    text_printf(&out, "}, %u)", n);
    em->fn->may_fail = true;
    const char *result = arena_copy(em->arena, out.p, out.n);
    text_free(&out);
    return result;
}

static const char *emit_list_expr(struct emit *em, const struct expr *e)
{
    unsigned n = 0, i = 0;

    for (const struct item *item = e->items; item; item = item->next) {
        n++;
    }
    if (constant_possible(e)) {
        return emit_constant(em, e);
    }
    const struct expr **operands = ARENA_ARRAY(em->arena, const struct expr *, n);
    struct type *wants = ARENA_ARRAY(em->arena, struct type, n);
    const char **texts = ARENA_ARRAY(em->arena, const char *, n);
    for (const struct item *item = e->items; item; item = item->next, i++) {
        operands[i] = item->value;
        wants[i] = item->value->type;
    }
    emit_operands(em, operands, wants, n, texts);
    struct text out = {0};
    i = 0;
    for (const struct item *item = e->items; item; item = item->next, i++) {
        text_puts(&out, i ? ", " : "");
        if (e->kind == EXPR_OBJECT && item->spread) {
            text_puts(&out, "swarm_null(), ");
        } else if (e->kind == EXPR_OBJECT) {
            size_t length = strlen(item->key.text);
            text_printf(&out, "swarm_text(%s, %zu), ", c_text(em->arena, item->key.text, length), length);
        }
        text_puts(&out, emit_box(em, item->value->type, texts[i]));
    }
    em->fn->may_fail = true;
    const char *result =
        e->kind == EXPR_OBJECT
            ? arena_format(em->arena, "swarm_object(s, %s, (const struct swarm_value[%u]){%s}, %u)",
                           emit_place_of(em, e), 2 * n, out.p, n)
            : arena_format(em->arena, "swarm_list(s, (const struct swarm_value[%u]){%s}, %u)", n, out.p, n);
    text_free(&out);
    return result;
}

/* "POST /x", for the message about a save that got no answer. */
static const char *request_text(struct emit *em, const struct request *request)
{
    if (request->row) {
        return arena_format(em->arena, "%s %s", request->row->type, request->row->name);
    }
    return arena_format(em->arena, "%s %s", request->method,
                        emit_source(em, request->as ? request->as->span : request->url->span));
}

/* The request that was to set the variable, as C text. */
static const char *saver_text(struct emit *em, const struct symbol *symbol)
{
    struct variable *variable = lower_variable(&em->lower, symbol);
    const struct saver *saver = variable->savers;

    if (!saver || !saver->next) {
        const struct request *request = saver ? saver->request : symbol->saved_by;
        return request ? c_string(em->arena, request_text(em, request)) : "\"the request\"";
    }
    if (!variable->saver_table) {
        struct text list = {0};
        const char *name = emit_unique(em, arena_format(em->arena, "%s_savers", symbol->name), symbol->span);
        for (; saver; saver = saver->next) {
            text_printf(&list, "%s%s", c_string(em->arena, request_text(em, saver->request)), saver->next ? ", " : "");
        }
        write_line(&em->data, "static const char *const %s[] = {%s};", name, list.p);
        text_free(&list);
        variable->saver_table = name;
    }
    return arena_format(em->arena, "%s[%s - 1]", variable->saver_table, emit_unset_flag(em, symbol));
}

/* A const list or object is a table, written where it is first used. */
static const char *constant_global(struct emit *em, const struct symbol *symbol)
{
    const struct expr *value = symbol->decl->value;

    if (!lower_variable(&em->lower, symbol)->name) {
        const char *initialiser = constant_initialiser(em, value);
        write_line(&em->data, "static const struct swarm_value %s = %s;", emit_global(em, symbol), initialiser);
    }
    return emit_global(em, symbol);
}

static const char *emit_name_expr(struct emit *em, const struct expr *e)
{
    const struct symbol *symbol = e->symbol;

    if (symbol->kind == SYMBOL_METRIC) {
        return arena_format(em->arena, "swarm_metric_value(s, &%s)", emit_global(em, symbol));
    }
    if (symbol->kind == SYMBOL_SAVE && symbol->needs_check) {
        write_open(&em->fn->body, "if (%s) {", emit_unset_flag(em, symbol));
        write_line(&em->fn->body, "swarm_unset(s, %s, %s);", emit_place(em, e->span, symbol->name),
                   saver_text(em, symbol));
        write_close(&em->fn->body, "}");
        em->fn->temps++; /* statements stand before it */
        em->fn->may_fail = true;
    }
    if (symbol->kind == SYMBOL_CONST && symbol->decl && symbol->decl->value && constant_possible(symbol->decl->value)) {
        return constant_global(em, symbol);
    }
    return emit_variable(em, symbol);
}

static const char *emit_field_expr(struct emit *em, const struct expr *e)
{
    const char *left = emit_expr(em, e->left);

    em->fn->may_fail = true;
    return arena_format(em->arena, "swarm_field(s, %s, %s, %zu, %s)", emit_box(em, e->left->type, left),
                        c_string(em->arena, e->name.text), strlen(e->name.text), emit_place_of(em, e));
}

static const char *emit_index_expr(struct emit *em, const struct expr *e)
{
    const struct expr *operands[2] = {e->left, e->right};
    struct type wants[2] = {e->left->type, e->right->type};
    const char *texts[2];

    if (e->left->word == WORD_HEADERS || e->left->word == WORD_COOKIES) {
        const char *name = emit_as(em, e->right, type_kind(TYPE_STRING));
        em->fn->may_fail = true;
        return arena_format(em->arena, "swarm_response_%s(s, r, %s)",
                            e->left->word == WORD_HEADERS ? "header" : "cookie", name);
    }
    emit_operands(em, operands, wants, 2, texts);
    em->fn->may_fail = true;
    return arena_format(em->arena, "swarm_index(s, %s, %s, %s)", texts[0], emit_box(em, e->right->type, texts[1]),
                        emit_place_of(em, e));
}

const char *emit_expr(struct emit *em, const struct expr *e)
{
    for (unsigned i = 0; i < em->fn->bound_count; i++) {
        if (em->fn->bound[i] == e) {
            return em->fn->bound_text[i];
        }
    }
    if (expr_is_known(e)) {
        return emit_known(em, e->type, &e->known);
    }
    if (e->word || is_json_path(e)) {
        return emit_word(em, e);
    }
    switch (e->kind) {
    case EXPR_NULL:
        return "swarm_null()";
    case EXPR_TEXT:
        return emit_text_expr(em, e);
    case EXPR_LIST:
    case EXPR_OBJECT:
        return emit_list_expr(em, e);
    case EXPR_NAME:
        if (!e->symbol) {
            break;
        }
        return emit_name_expr(em, e);
    case EXPR_FIELD:
        if (e->symbol) {
            return emit_name_expr(em, e);
        }
        return emit_field_expr(em, e);
    case EXPR_INDEX:
        return emit_index_expr(em, e);
    case EXPR_CALL:
        return emit_call_expr(em, e);
    case EXPR_UNARY:
        return emit_unary(em, e);
    case EXPR_BINARY:
        return emit_binary(em, e);
    case EXPR_TERNARY:
        return emit_ternary(em, e);
    default:
        break;
    }
    emit_broken(em, e->span, "this expression has no C (kind %d)", (int)e->kind);
}

const char *emit_as(struct emit *em, const struct expr *e, struct type want)
{
    if (expr_is_known(e) && e->type.kind == TYPE_INT && type_c(want) == C_FLOAT) {
        return c_float(em->arena, (double)e->known.i);
    }
    return emit_convert(em, e, e->type, want, emit_expr(em, e));
}

const char *emit_value(struct emit *em, const struct expr *e)
{
    return emit_box(em, e->type, emit_expr(em, e));
}
