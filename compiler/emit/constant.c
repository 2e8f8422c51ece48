/* Lists and objects whose every entry is known: static tables. */
#include "emit.h"

#include <string.h>

enum { MAX_DEPTH = 100 };

/* Depth of nesting as values say it: 0 of what is no list or object; MAX_DEPTH: too deep for a table. */
static unsigned depth_of(const struct expr *e, unsigned around)
{
    unsigned deepest = 0;

    if ((e->kind != EXPR_LIST && e->kind != EXPR_OBJECT) || expr_is_known(e)) {
        return 0;
    }
    if (around >= MAX_DEPTH) {
        return MAX_DEPTH;
    }
    for (const struct item *item = e->items; item; item = item->next) {
        unsigned depth = depth_of(item->value, around + 1);
        deepest = depth > deepest ? depth : deepest;
    }
    return deepest + 1;
}

static bool all_known(const struct expr *e)
{
    if (expr_is_known(e) || e->kind == EXPR_NULL) {
        return true;
    }
    if (e->kind != EXPR_LIST && e->kind != EXPR_OBJECT) {
        return false;
    }
    for (const struct item *item = e->items; item; item = item->next) {
        if (item->spread || !all_known(item->value)) {
            return false;
        }
    }
    return true;
}

bool constant_possible(const struct expr *e)
{
    return depth_of(e, 0) < MAX_DEPTH && all_known(e);
}

static void put_items(struct emit *em, const struct expr *e, struct text *out)
{
    for (const struct item *item = e->items; item; item = item->next) {
        if (e->kind == EXPR_OBJECT) {
            text_printf(out, "SWARM_TEXT_LITERAL(%s), ", c_string(em->arena, item->key.text));
        }
        text_printf(out, "%s%s", constant_initialiser(em, item->value), item->next ? ", " : "");
    }
}

const char *constant_initialiser(struct emit *em, const struct expr *e)
{
    unsigned n = 0;

    if (e->kind == EXPR_NULL) {
        return "{.i = 0}";
    }
    if (expr_is_known(e)) {
        switch (e->type.kind) {
        case TYPE_BOOL:
            return arena_format(em->arena, "{.i = %d, .kind = SWARM_BOOL}", e->known.i != 0);
        case TYPE_INT:
            return arena_format(em->arena, "{.i = %s, .kind = SWARM_INT}", c_int(em->arena, e->known.i));
        case TYPE_DURATION:
            return arena_format(em->arena, "{.i = %s, .kind = SWARM_DURATION}", c_duration(em->arena, e->known.i));
        case TYPE_FLOAT:
        case TYPE_RATE:
            return arena_format(em->arena, "{.f = %s, .kind = SWARM_FLOAT}", c_float(em->arena, e->known.f));
        default:
            return arena_format(em->arena, "SWARM_TEXT_LITERAL(%s)",
                                c_text(em->arena, e->known.text.p, e->known.text.n));
        }
    }
    for (const struct item *item = e->items; item; item = item->next) {
        n++;
    }
    const char *kind = e->kind == EXPR_LIST ? "SWARM_LIST" : "SWARM_OBJECT";
    if (n == 0) {
        return arena_format(em->arena, "{.kind = %s, .unused = 1}", kind);
    }
    struct text items = {0};
    put_items(em, e, &items);
    const char *name = emit_unique(em, "items", e->span);
    write_line(&em->data, "static const struct swarm_value %s[] = {%s};", name, items.p);
    text_free(&items);
    return arena_format(em->arena, "{.items = %s, .n = %u, .kind = %s, .unused = %u}", name, n, kind, depth_of(e, 0));
}

const char *emit_constant(struct emit *em, const struct expr *e)
{
    const char *initialiser = constant_initialiser(em, e);
    const char *name = emit_unique(em, e->kind == EXPR_LIST ? "list" : "object", e->span);

    write_line(&em->data, "static const struct swarm_value %s = %s;", name, initialiser);
    return name;
}
