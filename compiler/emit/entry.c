/* What an entry of a group has beside its machine and weight: the edges of a chain's task, and tags. */
#include "emit.h"

#include <inttypes.h>

static size_t index_of(struct emit *em, struct decl *const *entries, size_t count, const struct edge *edge)
{
    for (size_t i = 0; i < count; i++) {
        if (entries[i]->name.text == edge->name.text) {
            return i;
        }
    }
    emit_broken(em, edge->name.span, "the chain has no task `%s`", edge->name.text);
}

/* A weight that is known only at the start: set in prepare(). */
static void prepare_edge(struct emit *em, const char *name, unsigned index, const struct expr *weight)
{
    struct function *before = prepare_enter(em);
    struct scope_of_temps scope;

    write_at(&em->fn->body, &em->unit->sources, weight->span);
    temps_begin(em, &scope);
    write_line(&em->fn->body, "%s[%u].weight = %s;", name, index,
               c_bare(em->arena, emit_as(em, weight, type_kind(TYPE_INT))));
    emit_leave_if_failed(em);
    temps_end(em, &scope);
    write_open(&em->fn->body, "if (%s[%u].weight < 0) {", name, index);
    write_line(&em->fn->body, "swarm_error(s, %s, \"a weight is not negative\");", emit_place_of(em, weight));
    write_line(&em->fn->body, "return;");
    write_close(&em->fn->body, "}");
    prepare_leave(em, before);
}

static unsigned write_edges(struct emit *em, const char *name, struct decl *const *entries, size_t count,
                            const struct edge *edge)
{
    struct text list = {0};
    unsigned n = 0;
    bool all_known = true;

    for (; edge; edge = edge->next, n++) {
        bool known = !edge->weight || expr_is_known(edge->weight);
        int64_t weight = !edge->weight ? 1 : known ? edge->weight->known.i : 0;
        text_printf(&list, "%s{%zu, %s}", n ? ", " : "", index_of(em, entries, count, edge), c_int(em->arena, weight));
        all_known &= known;
        if (!known) {
            prepare_edge(em, name, n, edge->weight);
        }
    }
    write_line(&em->code, "static %sstruct swarm_edge %s[] = {%s};", all_known ? "const " : "", name, list.p);
    text_free(&list);
    return n;
}

static void write_tags(struct emit *em, const char *name, const struct tag *tag)
{
    struct text list = {0};

    for (; tag; tag = tag->next) {
        text_printf(&list, "%s, ", c_string(em->arena, tag->name.text));
    }
    write_line(&em->code, "static const char *const %s[] = {%sNULL};", name, list.p);
    text_free(&list);
}

const char *emit_entry_more(struct emit *em, const char *home, struct decl *const *entries, size_t count, size_t index)
{
    const struct decl *decl = entries[index];
    const char *more = "";

    if (decl->kind == DECL_TASK && decl->edges) {
        const char *name = arena_format(em->arena, "%s_edges_%zu", home, index);
        more = arena_format(em->arena, ", .edges = %s, .edge_count = %u", name,
                            write_edges(em, name, entries, count, decl->edges));
    }
    if (decl->tags) {
        const char *name = arena_format(em->arena, "%s_tags_%zu", home, index);
        write_tags(em, name, decl->tags);
        more = arena_format(em->arena, "%s, .tags = %s", more, name);
    }
    return more;
}
