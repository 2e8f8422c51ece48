/* The table of thresholds. */
#include "check/row_makers.h"
#include "emit.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name, *measure;
    double percentile;
} measures[] = {
    {"fail_ratio", "SWARM_FAIL_RATIO", 0},
    {"fails", "SWARM_FAILS", 0},
    {"requests", "SWARM_REQUESTS", 0},
    {"rps", "SWARM_RPS", 0},
    {"avg", "SWARM_AVG", 0},
    {"min", "SWARM_MIN", 0},
    {"max", "SWARM_MAX", 0},
    {"median", "SWARM_PERCENTILE", 0.5},
};

static const struct {
    const char *field, *measure;
    double percentile;
} fields[] = {
    {"rate", "SWARM_METRIC_RATE", 0}, {"max", "SWARM_METRIC_MAX", 0},     {"min", "SWARM_METRIC_MIN", 0},
    {"avg", "SWARM_METRIC_AVG", 0},   {"count", "SWARM_METRIC_COUNT", 0}, {"median", "SWARM_METRIC_PERCENTILE", 0.5},
};

struct measured {
    const char *measure;
    double percentile; /* from 0 to 1 */
};

static struct measured measure_of(struct emit *em, const struct threshold *t, const char *name)
{
    const char *field = t->metric_field;

    if (t->metric_symbol) {
        for (size_t i = 0; field && i < sizeof fields / sizeof *fields; i++) {
            if (strcmp(field, fields[i].field) == 0) {
                return (struct measured){fields[i].measure, fields[i].percentile};
            }
        }
        return field && field[0] == 'p' ? (struct measured){"SWARM_METRIC_PERCENTILE", strtod(field + 1, NULL) / 100}
                                        : (struct measured){"SWARM_METRIC_VALUE", 0};
    }
    for (size_t i = 0; i < sizeof measures / sizeof *measures; i++) {
        if (strcmp(name, measures[i].name) == 0) {
            return (struct measured){measures[i].measure, measures[i].percentile};
        }
    }
    if (strncmp(name, "generator.lag.", 14) == 0) {
        const char *what = name + 14;
        return what[0] == 'p' ? (struct measured){"SWARM_LAG_PERCENTILE", strtod(what + 1, NULL) / 100}
                              : (struct measured){strcmp(what, "max") == 0 ? "SWARM_LAG_MAX" : "SWARM_LAG_AVG", 0};
    }
    if (name[0] == 'p') {
        return (struct measured){"SWARM_PERCENTILE", strtod(name + 1, NULL) / 100};
    }
    emit_broken(em, t->span, "the metric `%s` has no C", name);
}

static const char *comparison_of(enum op op)
{
    switch (op) {
    case OP_LT:
        return "SWARM_LESS";
    case OP_LE:
        return "SWARM_LESS_EQUAL";
    case OP_GT:
        return "SWARM_GREATER";
    case OP_GE:
        return "SWARM_GREATER_EQUAL";
    default:
        return "SWARM_EQUAL";
    }
}

/* A value of the table: a literal, or computed in prepare(). */
static const char *field_value(struct emit *em, unsigned index, const char *field, const struct expr *e,
                               enum type_kind kind)
{
    struct function *before = prepare_enter(em);
    struct scope_of_temps scope;
    if (expr_is_known(e)) {
        const char *known = c_bare(em->arena, emit_as(em, e, type_kind(kind)));
        prepare_leave(em, before);
        return known;
    }
    write_at(&em->fn->body, &em->unit->sources, e->span);
    temps_begin(em, &scope);
    const char *text = c_bare(em->arena, emit_as(em, e, type_kind(kind)));
    write_line(&em->fn->body, "thresholds[%u].%s = %s;", index, field,
               kind == TYPE_DURATION && strcmp(field, "limit") == 0 ? arena_format(em->arena, "(double)(%s)", text)
                                                                    : text);
    emit_leave_if_failed(em);
    temps_end(em, &scope);
    prepare_leave(em, before);
    return "0";
}

static enum type_kind limit_type(const struct expr *value)
{
    return value->type.kind == TYPE_DURATION || value->type.kind == TYPE_RATE ? (enum type_kind)value->type.kind
                                                                              : TYPE_FLOAT;
}

/* Who makes a row: the name of a table, or NULL. */
static const char *row_makers_of(struct emit *em, const struct threshold *t, unsigned *count)
{
    struct row_maker found[MOST_MAKERS];
    struct text list = {0};

    *count = 0;
    for (const struct kind *kind = em->info->kinds; kind; kind = kind->next) {
        size_t n = row_makers(kind, t->row.text, found);
        if (n == MOST_MAKERS) {
            found[0].home = NULL; /* too many: whatever it picks */
            n = 1;
        }
        for (size_t i = 0; i < n; i++) {
            const struct home *home = found[i].home ? lower_home(&em->lower, found[i].home) : NULL;
            text_printf(&list, "%s{%u, ", *count ? ", " : "", kind->index);
            home ? text_printf(&list, "&%s_entries[%zu]}", home->name, found[i].entry) : text_puts(&list, "NULL}");
            ++*count;
        }
    }
    const char *name = *count ? emit_unique(em, "makers", t->span) : NULL;
    if (name) {
        write_line(&em->tables, "static const struct swarm_maker %s[] = {%s};", name, list.p);
    }
    text_free(&list);
    return name;
}

static void emit_one(struct emit *em, const struct decl *decl, const struct threshold *t, unsigned index,
                     struct writer *w)
{
    const char *name = emit_source(em, t->metric->span);
    struct measured measured = measure_of(em, t, name);
    enum type_kind type = limit_type(t->value);
    unsigned count = 0;

    write_open(w, "{");
    write_line(w, ".name = %s,", c_string(em->arena, name));
    write_line(w, ".measure = %s,", measured.measure);
    if (measured.percentile > 0) {
        write_line(w, ".percentile = %s,", c_float(em->arena, measured.percentile));
    }
    if (t->metric_symbol) {
        write_line(w, ".metric = &%s,", emit_global(em, t->metric_symbol));
    }
    write_line(w, ".comparison = %s,", comparison_of(t->op));
    write_line(w, ".limit = %s,", field_value(em, index, "limit", t->value, type));
    write_line(w, ".time = %s,", type == TYPE_DURATION ? "true" : "false");
    write_line(w, ".after = %s,", decl->value ? field_value(em, index, "after", decl->value, TYPE_DURATION) : "0");
    write_line(w, ".abort_after = %s,",
               t->abort_after ? field_value(em, index, "abort_after", t->abort_after, TYPE_DURATION) : "-1");
    if (t->row.text) {
        write_line(w, ".row = %s,", c_string(em->arena, t->row.text));
        const char *makers = row_makers_of(em, t, &count);
        if (makers) {
            write_line(w, ".makers = %s,", makers);
            write_line(w, ".maker_count = %u,", count);
        }
    }
    struct span span = {.from = t->metric->span.from, .to = t->value->span.to, .file = t->span.file};
    write_line(w, ".place = %s,", emit_place_fields(em, span, emit_source(em, span)));
    write_close(w, "},");
}

unsigned emit_thresholds(struct emit *em)
{
    struct writer table = {0};
    unsigned n = 0;

    write_open(&table, "static struct swarm_threshold thresholds[] = {");
    for (const struct decl *decl = em->unit->decls; decl; decl = decl->next) {
        for (const struct threshold *t = decl->kind == DECL_THRESHOLDS ? decl->thresholds : NULL; t; t = t->next) {
            emit_one(em, decl, t, n++, &table);
        }
    }
    write_table(&em->tables, &table, n);
    return n;
}
