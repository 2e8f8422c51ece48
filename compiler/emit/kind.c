/* The table of user kinds. */
#include "emit.h"

#include <inttypes.h>
#include <string.h>

/* ------------------------------------------------------------------ which kinds need a target */

struct search {
    const struct decl *seen[256]; /* actions looked into */
    unsigned count;
};

static const struct stmt *relative_request(struct search *search, const struct block *block);

static bool is_relative(const struct expr *url)
{
    if (url->kind != EXPR_TEXT) {
        return expr_is_known(url) && url->type.kind == TYPE_STRING && url->known.text.n > 0 &&
               url->known.text.p[0] == '/';
    }
    return url->parts && !url->parts->expr && url->parts->literal.n > 0 && url->parts->literal.p[0] == '/';
}

static const struct stmt *in_action(struct search *search, const struct expr *call)
{
    if (!is_action_call(call)) {
        return NULL;
    }
    const struct decl *decl = call->symbol->decl;
    for (unsigned i = 0; i < search->count; i++) {
        if (search->seen[i] == decl) {
            return NULL;
        }
    }
    if (search->count == sizeof search->seen / sizeof *search->seen) {
        return NULL;
    }
    search->seen[search->count++] = decl;
    return relative_request(search, decl->body);
}

static const struct stmt *relative_request(struct search *search, const struct block *block)
{
    for (const struct stmt *stmt = block ? block->first : NULL; stmt; stmt = stmt->next) {
        const struct stmt *found = in_action(search, stmt->value);
        if (stmt->request && is_relative(stmt->request->url)) {
            return stmt;
        }
        if (!found && stmt->request) {
            found = relative_request(search, stmt->request->otherwise);
        }
        if (!found) {
            found = relative_request(search, stmt->body);
        }
        if (!found) {
            found = relative_request(search, stmt->otherwise);
        }
        if (found) {
            return found;
        }
    }
    return NULL;
}

static const struct stmt *relative_in_members(struct search *search, const struct decl *members)
{
    for (const struct decl *decl = members; decl; decl = decl->next) {
        const struct stmt *found = NULL;
        if (decl->kind == DECL_GROUP) {
            found = relative_in_members(search, decl->members);
        } else if (decl->kind == DECL_USE && decl->used) {
            found = relative_in_members(search, decl->used->members);
        } else if (decl->kind == DECL_TASK || decl->kind == DECL_HOOK) {
            found = relative_request(search, decl->body);
        }
        if (found) {
            return found;
        }
    }
    return NULL;
}

static const char *needs_host(struct emit *em, const struct kind *kind)
{
    struct search search = {0};
    const struct stmt *found = NULL;

    for (size_t i = 0; i < kind->on_start_count && !found; i++) {
        found = relative_request(&search, kind->on_start[i]->body);
    }
    for (size_t i = 0; i < kind->entry_count && !found; i++) {
        const struct decl *decl = kind->entries[i];
        found = decl->kind == DECL_GROUP ? relative_in_members(&search, decl->members)
                                         : relative_request(&search, decl->body);
    }
    for (size_t i = 0; i < kind->on_stop_count && !found; i++) {
        found = relative_request(&search, kind->on_stop[i]->body);
    }
    if (!found) {
        return NULL;
    }
    return arena_format(em->arena, "%s:%" PRIu32, emit_file_of(em, found->span), emit_line_of(em, found->span));
}

const char *hooks_need_host(struct emit *em)
{
    struct search search = {0};

    for (unsigned i = 0; i < em->info->hook_count; i++) {
        const struct stmt *found = relative_request(&search, em->info->hooks[i]->body);
        if (found) {
            return arena_format(em->arena, "%s:%" PRIu32, emit_file_of(em, found->span), emit_line_of(em, found->span));
        }
    }
    return NULL;
}

/* ------------------------------------------------------------------ the table */

/* A whole number of the table: a literal, or computed in prepare(). */
static const char *kind_number(struct emit *em, const struct kind *kind, const char *field, const struct expr *e,
                               const char *otherwise)
{
    if (!e) {
        return otherwise;
    }
    if (expr_is_known(e)) {
        return c_int(em->arena, e->known.i);
    }
    struct function *before = prepare_enter(em);
    struct scope_of_temps scope;
    write_at(&em->fn->body, &em->unit->sources, e->span);
    temps_begin(em, &scope);
    write_line(&em->fn->body, "kinds[%u].%s = %s;", kind->index, field,
               c_bare(em->arena, emit_as(em, e, type_kind(TYPE_INT))));
    emit_leave_if_failed(em);
    temps_end(em, &scope);
    write_open(&em->fn->body, "if (kinds[%u].%s < 0) {", kind->index, field);
    write_line(&em->fn->body, "swarm_error(s, %s, \"a %s is not negative\");", emit_place_of(em, e), field);
    write_line(&em->fn->body, "return;");
    write_close(&em->fn->body, "}");
    prepare_leave(em, before);
    return "0";
}

const char *emit_target(struct emit *em, const struct kind *kind)
{
    const struct decl *target = kind->target ? kind->target : em->info->target;
    if (!target) {
        return "NULL";
    }
    const char *text = known_line(em, target->value);
    if (text) {
        return text;
    }
    struct function *before = prepare_enter(em);
    struct scope_of_temps scope;
    write_at(&em->fn->body, &em->unit->sources, target->value->span);
    temps_begin(em, &scope);
    write_line(&em->fn->body, "kinds[%u].target = %s;", kind->index, emit_prepared_string(em, target->value));
    emit_leave_if_failed(em);
    temps_end(em, &scope);
    prepare_leave(em, before);
    return "NULL";
}

void emit_kinds(struct emit *em)
{
    struct writer table = {0};

    write_open(&table, "static struct swarm_kind_of_user kinds[] = {");
    for (struct kind *kind = em->info->kinds; kind; kind = kind->next) {
        struct home *home = lower_home(&em->lower, kind->decl);
        const char *host = needs_host(em, kind);
        emit_home(em, home);
        write_open(&table, "{");
        write_line(&table, ".name = %s,", c_string(em->arena, kind->name));
        write_line(&table, ".group = &%s_group,", home->name);
        write_line(&table, ".size = sizeof(struct %s),", home->frame->tag);
        write_line(&table, ".weight = %s,", kind_number(em, kind, "weight", kind->weight, "1"));
        write_line(&table, ".count = %s,", kind_number(em, kind, "count", kind->count, "-1"));
        if (kind->visits) {
            write_line(&table, ".visits = %s,", kind_number(em, kind, "visits", kind->visits, "0"));
        }
        write_line(&table, ".target = %s,", emit_target(em, kind));
        emit_http(em, kind, home->name, &table);
        if (host) {
            write_line(&table, ".needs_host = %s,", c_string(em->arena, host));
        }
        write_close(&table, "},");
    }
    emit_hook_user(em, &table);
    write_close(&table, "};");
    write_append(&em->tables, &table);
    write_blank(&em->tables);
    write_free(&table);
}
