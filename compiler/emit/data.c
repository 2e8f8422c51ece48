/* Test data and what users share, as tables of the program: data files (embedded as they are), gates, queues, metrics. */
#include "emit.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ data */

/* The file as the assembler takes it in; the bytes are called `name`. */
static void embed(struct emit *em, const struct decl *decl, const char *name)
{
    struct text lines = {0};

    if (decl->data_size) {
        emit_incbin(&lines, emit_beside(em, decl->path->span, decl->path->known.text.p), decl->data_mark,
                    decl->data_size);
    }
    emit_assembled(em, name, &lines);
    text_free(&lines);
}

static const char *word_of(struct emit *em, const char *prefix, const struct name *name)
{
    struct text out = {0};

    text_puts(&out, prefix);
    for (const char *p = name->text; *p; p++) {
        char c = *p >= 'a' && *p <= 'z' ? (char)(*p - 'a' + 'A') : *p;
        text_add(&out, &c, 1);
    }
    const char *copy = arena_copy(em->arena, out.p, out.n);
    text_free(&out);
    return copy;
}

static const char *columns_of(struct emit *em, const struct decl *decl, const char *stem)
{
    if (!decl->columns || decl->column_count == 0) {
        return NULL;
    }
    const char *name = arena_format(em->arena, "%s_columns", stem);
    write_open(&em->data, "static const char *const %s[] = {", name);
    for (size_t i = 0; i < decl->column_count; i++) {
        write_line(&em->data, "%s,", c_string(em->arena, decl->columns[i].text));
    }
    write_close(&em->data, "};");
    return name;
}

static void emit_data(struct emit *em, const struct symbol *symbol)
{
    const struct decl *decl = symbol->decl;
    const char *name = emit_global(em, symbol), *columns = columns_of(em, decl, name);
    bool embedded = em->files == EMIT_EMBED && !emit_is_large(em, decl->data_size),
         json = strcmp(decl->keyword.text, "json") == 0;

    if (embedded) {
        embed(em, decl, arena_format(em->arena, "%s_bytes", name));
    }
    write_open(&em->data, "static struct swarm_data %s = {", name);
    write_line(&em->data, ".name = %s,", c_string(em->arena, symbol->name));
    write_line(&em->data, ".file = %s,",
               c_string(em->arena, emit_path_at_start(em, decl->path->span, decl->path->known.text.p)));
    write_line(&em->data, ".format = %s,", json ? "SWARM_ROWS_OF_JSON" : word_of(em, "SWARM_", &decl->keyword));
    write_line(&em->data, ".strategy = %s,", word_of(em, "SWARM_", &decl->strategy));
    if (columns) {
        write_line(&em->data, ".columns = %s,", columns);
        write_line(&em->data, ".column_count = %zu,", decl->column_count);
    }
    if (embedded) {
        write_line(&em->data, ".bytes = %s_bytes,", name);
        write_line(&em->data, ".size = %" PRIu64 ",", decl->data_size);
    }
    write_close(&em->data, "};");
}

/* ------------------------------------------------------------------ gates, queues, metrics */

static void emit_gate(struct emit *em, const struct symbol *symbol)
{
    write_line(&em->data, "static struct swarm_gate %s = {.name = %s};", emit_global(em, symbol),
               c_string(em->arena, symbol->name));
}

static const char *queue_room(struct emit *em, const struct symbol *symbol)
{
    const struct expr *max = symbol->decl->value;
    struct scope_of_temps scope;

    if (!max) {
        return "100000";
    }
    if (expr_is_known(max)) {
        return c_int(em->arena, max->known.i);
    }
    struct function *before = prepare_enter(em);
    write_at(&em->fn->body, &em->unit->sources, max->span);
    temps_begin(em, &scope);
    write_line(&em->fn->body, "%s.max = %s;", emit_global(em, symbol),
               c_bare(em->arena, emit_as(em, max, type_kind(TYPE_INT))));
    emit_leave_if_failed(em);
    temps_end(em, &scope);
    write_open(&em->fn->body, "if (%s.max <= 0) {", emit_global(em, symbol));
    write_line(&em->fn->body, "swarm_error(s, %s, \"a queue must have room for at least 1 entry\");",
               emit_place_of(em, max));
    write_line(&em->fn->body, "return;");
    write_close(&em->fn->body, "}");
    prepare_leave(em, before);
    return "1";
}

static void emit_queue(struct emit *em, const struct symbol *symbol)
{
    write_line(&em->data, "static struct swarm_queue %s = {.name = %s, .max = %s};", emit_global(em, symbol),
               c_string(em->arena, symbol->name), queue_room(em, symbol));
}

static void emit_metric(struct emit *em, const struct symbol *symbol, unsigned index)
{
    const struct decl *decl = symbol->decl;
    const char *unit = "";
    size_t n;

    if (decl->unit) {
        unit = known_text(em, decl->unit, &n);
    }
    write_line(&em->data, "static struct swarm_metric %s = {.name = %s, .unit = %s, .kind = %s, .index = %u};",
               emit_global(em, symbol), c_string(em->arena, symbol->name), c_string(em->arena, unit ? unit : ""),
               word_of(em, "SWARM_", &decl->keyword), index);
}

/* ------------------------------------------------------------------ all of them */

static void emit_list(struct emit *em, const struct symbol *first, const char *type, const char *field,
                      struct writer *table)
{
    unsigned n = 0;

    if (!first) {
        return;
    }
    write_open(&em->data, "static struct %s *const all_%s[] = {", type, field);
    for (const struct symbol *symbol = first; symbol; symbol = symbol->next, n++) {
        write_line(&em->data, "&%s,", emit_global(em, symbol));
    }
    write_close(&em->data, "};");
    write_line(table, ".%s = all_%s,", field, field);
    write_line(table, ".%.*s_count = %u,", (int)(strcmp(field, "data") == 0 ? 4 : strlen(field) - 1), field, n);
}

void emit_shared_tables(struct emit *em, struct writer *table)
{
    const struct program_info *info = em->info;
    unsigned index = 0;

    for (const struct symbol *symbol = info->data; symbol; symbol = symbol->next) {
        emit_data(em, symbol);
    }
    for (const struct symbol *symbol = info->gates; symbol; symbol = symbol->next) {
        emit_gate(em, symbol);
    }
    for (const struct symbol *symbol = info->queues; symbol; symbol = symbol->next) {
        emit_queue(em, symbol);
    }
    for (const struct symbol *symbol = info->metrics; symbol; symbol = symbol->next) {
        emit_metric(em, symbol, index++);
    }
    emit_list(em, info->data, "swarm_data", "data", table);
    emit_list(em, info->gates, "swarm_gate", "gates", table);
    emit_list(em, info->queues, "swarm_queue", "queues", table);
    emit_list(em, info->metrics, "swarm_metric", "metrics", table);
}
