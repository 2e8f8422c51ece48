/* json { } of a request: pieces of constant JSON text and values between them. */
#include "emit.h"

#include <inttypes.h>
#include <string.h>

static void add_string(struct text *out, const char *p, size_t n)
{
    text_add(out, "\"", 1);
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)p[i];
        if (c == '"' || c == '\\') {
            text_printf(out, "\\%c", c);
        } else if (c == '\n') {
            text_puts(out, "\\n");
        } else if (c == '\t') {
            text_puts(out, "\\t");
        } else if (c == '\r') {
            text_puts(out, "\\r");
        } else if (c < 0x20) {
            text_printf(out, "\\u%04x", c);
        } else {
            text_add(out, p + i, 1);
        }
    }
    text_add(out, "\"", 1);
}

/* A known plain value; false: the runtime writes it. */
static bool add_known(const struct expr *e, struct text *out)
{
    char digits[40];

    switch (e->type.kind) {
    case TYPE_BOOL:
        text_puts(out, e->known.i ? "true" : "false");
        return true;
    case TYPE_INT:
        text_printf(out, "%" PRId64, e->known.i);
        return true;
    case TYPE_STRING:
        add_string(out, e->known.text.p, e->known.text.n);
        return true;
    case TYPE_FLOAT:
        float_digits(digits, sizeof digits, e->known.f);
        if (strchr(digits, 'e')) {
            return false;
        }
        text_puts(out, digits);
        return true;
    default:
        return false;
    }
}

static bool in_pieces(const struct expr *e)
{
    if (e->kind == EXPR_LIST) {
        return true;
    }
    if (e->kind != EXPR_OBJECT) {
        return false;
    }
    for (const struct item *item = e->items; item; item = item->next) {
        if (item->spread) {
            return false;
        }
        for (const struct item *other = e->items; other != item; other = other->next) {
            if (other->key.text == item->key.text) {
                return false;
            }
        }
    }
    return true;
}

/* Calls are written to the function when em is not NULL; else false when there is one to write. */
static bool pieces(struct emit *em, const struct expr *e, struct text *literal);

static void flush(struct emit *em, struct text *literal)
{
    if (literal->n) {
        write_line(&em->fn->body, "swarm_json_text(q, %s, %zu);", c_text(em->arena, literal->p, literal->n),
                   literal->n);
    }
    text_free(literal);
}

static bool value_piece(struct emit *em, const struct expr *e, struct text *literal)
{
    struct scope_of_temps scope;

    if (!em) {
        return false;
    }
    flush(em, literal);
    temps_begin(em, &scope);
    write_line(&em->fn->body, "swarm_json_value(s, q, %s, %s);", emit_value(em, e), emit_place_of(em, e));
    em->fn->may_fail = false; /* the runtime looks behind build() */
    temps_end(em, &scope);
    return true;
}

static bool group_pieces(struct emit *em, const struct expr *e, struct text *literal)
{
    bool object = e->kind == EXPR_OBJECT;

    text_puts(literal, object ? "{" : "[");
    for (const struct item *item = e->items; item; item = item->next) {
        if (object) {
            add_string(literal, item->key.text, strlen(item->key.text));
            text_puts(literal, ":");
        }
        if (!pieces(em, item->value, literal)) {
            return false;
        }
        text_puts(literal, item->next ? "," : "");
    }
    text_puts(literal, object ? "}" : "]");
    return true;
}

static bool pieces(struct emit *em, const struct expr *e, struct text *literal)
{
    if (e->kind == EXPR_NULL) {
        text_puts(literal, "null");
        return true;
    }
    if (expr_is_known(e) && add_known(e, literal)) {
        return true;
    }
    if (in_pieces(e)) {
        return group_pieces(em, e, literal);
    }
    return value_piece(em, e, literal);
}

bool json_constant(const struct expr *e, struct text *out)
{
    return pieces(NULL, e, out);
}

void emit_json(struct emit *em, const struct expr *e)
{
    struct text literal = {0};

    pieces(em, e, &literal);
    flush(em, &literal);
}
