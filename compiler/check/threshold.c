/* Thresholds: metrics and rows that the program makes, units, and the direction (language.md section 8). */
#include <ctype.h>
#include <stdlib.h>

#include "checker.h"
#include "row_makers.h"

enum measure { MEASURE_NONE, MEASURE_TIME, MEASURE_RATIO, MEASURE_COUNT, MEASURE_RATE, MEASURE_FREE };

static const struct {
    const char *name;
    enum measure measure;
    bool less;
} metrics[] = {
    {"fail_ratio", MEASURE_RATIO, true}, {"fails", MEASURE_COUNT, true}, {"requests", MEASURE_COUNT, false},
    {"rps", MEASURE_RATE, false},        {"avg", MEASURE_TIME, true},    {"min", MEASURE_TIME, true},
    {"max", MEASURE_TIME, true},         {"median", MEASURE_TIME, true},
};

/* p95, p99.9: above 0, at most 100. */
static bool is_percentile(const char *name)
{
    char *end;

    if (!name || name[0] != 'p' || strspn(name + 1, "0123456789.") != strlen(name + 1) ||
        !isdigit((unsigned char)name[1]))
        return false;
    double percent = strtod(name + 1, &end);
    return *end == '\0' && percent > 0 && percent <= 100;
}

static void path_of(const struct expr *e, struct text *out)
{
    if (e->kind == EXPR_FIELD) {
        path_of(e->left, out);
        text_add(out, ".", 1);
    }
    if (e->name.text)
        text_puts(out, e->name.text);
}

/* A metric of the scenario; `field` is what is asked of it, or NULL. */
static enum measure custom(struct checker *c, const struct expr *e, struct symbol *metric, const char *field)
{
    static const struct {
        const char *kind, *fields;
    } table[] = {
        {"counter", " rate "},
        {"gauge", " max "},
        {"trend", " avg min max median count "},
        {"rate", " "},
    };
    const char *kind = metric->decl->keyword.text;
    struct diag *diag;

    metric->read = true;
    if (!field) {
        if (!name_is(kind, "trend"))
            return name_is(kind, "rate") ? MEASURE_RATIO : MEASURE_FREE;
        diag = diag_add(c->diags, DIAG_E0611, e->span, "the trend `%s` has many values: say which", metric->name);
        diag_help(c->diags, diag, "`%s.avg`, `%s.p95`, `%s.max` …", metric->name, metric->name, metric->name);
        return MEASURE_NONE;
    }
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const char *word = arena_format(c->arena, " %s ", field);
        if (name_is(kind, table[i].kind) &&
            (strstr(table[i].fields, word) || (name_is(kind, "trend") && is_percentile(field))))
            return MEASURE_FREE;
    }
    diag = diag_add(c->diags, DIAG_E0611, e->name.span, "the %s `%s` has no `%s`", kind, metric->name, field);
    if (name_is(kind, "trend"))
        diag_help(c->diags, diag, "a trend has avg min max median count and percentiles like p95");
    else if (name_is(kind, "rate"))
        diag_help(c->diags, diag, "its share stands alone: %s > 95%%", metric->name);
    else
        diag_help(c->diags, diag, "its value stands alone, `%s.%s` is %s", metric->name,
                  name_is(kind, "counter") ? "rate" : "max",
                  name_is(kind, "counter") ? "what it grows in a second" : "its greatest");
    return MEASURE_NONE;
}

/* What begins with a name of this module: the metric, and behind it the field that is asked (NULL: none). An imported one
   is `n.metric`, so its field is one name further. NULL: the name is no metric. */
static struct symbol *own_metric(const struct module *module, const struct expr *e, const char **field)
{
    const struct expr *name[3] = {NULL};
    size_t n = 0;

    for (const struct expr *at = e; at; at = at->kind == EXPR_FIELD ? at->left : NULL) {
        if (n == 3 || !at->name.text)
            return NULL;
        name[n++] = at;
    }
    struct symbol *symbol = scope_find_in(&module->env, name[--n]->name.text);
    if (symbol && symbol->kind == SYMBOL_IMPORT && n > 0 && import_module(symbol->decl)) {
        symbol->read = true;
        symbol = scope_find_in(&import_module(symbol->decl)->env, name[--n]->name.text);
    }
    if (!symbol || symbol->kind != SYMBOL_METRIC || n > 1)
        return NULL;
    *field = n == 1 ? name[0]->name.text : NULL;
    return symbol;
}

/* The metrics of a module and of those it imports, as they are named in it. */
static void offer_metrics(struct checker *c, struct near *near, const struct module *module)
{
    for (const struct entry *entry = module->env.entries; entry; entry = entry->next) {
        const struct symbol *symbol = entry->symbol;
        const struct module *other = symbol->kind == SYMBOL_IMPORT ? import_module(symbol->decl) : NULL;
        if (symbol->kind == SYMBOL_METRIC)
            near_offer(near, symbol->name);
        for (const struct entry *member = other ? other->env.entries : NULL; member; member = member->next)
            if (member->symbol->kind == SYMBOL_METRIC)
                near_offer(near, arena_format(c->arena, "%s.%s", symbol->name, member->symbol->name));
    }
}

/* What another tool calls a measure. */
static const char *measure_here(const char *name)
{
    static const struct {
        const char *word, *here;
    } words[] = {
        /* clang-format off */
        {"http_req_duration", "p95 < 500ms"}, {"http_req_failed", "fail_ratio < 1%"}, {"http_reqs", "requests > 100"},
        {"checks", "fail_ratio < 1%"}, {"error_rate", "fail_ratio < 1%"}, {"errorRate", "fail_ratio < 1%"},
        {"errors", "fails < 10"}, {"failures", "fails < 10"}, {"failed", "fails < 10"}, {"mean", "avg < 300ms"},
        {"average", "avg < 300ms"}, {"count", "requests > 100"}, {"throughput", "rps > 100"}, {"iterations", "requests > 100"},
        {"response_time", "p95 < 500ms"}, {"responseTime", "p95 < 500ms"}, {"latency", "p95 < 500ms"}, {"duration", "p95 < 500ms"},
        /* clang-format on */
    };

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (name_is(name, words[i].word))
            return words[i].here;
    return NULL;
}

static enum measure find_measure(struct checker *c, struct module *module, struct threshold *t, bool *less)
{
    const struct expr *e = t->metric;
    struct text path = {0};
    enum measure found = MEASURE_NONE;
    const struct expr *root = e;
    struct diag *diag;
    struct near near;

    *less = false;
    while (root->kind == EXPR_FIELD)
        root = root->left;
    t->metric_symbol = own_metric(module, e, &t->metric_field);
    if (t->metric_symbol)
        return custom(c, e, t->metric_symbol, t->metric_field);
    path_of(e, &path);
    for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++)
        if (name_is(path.p, metrics[i].name)) {
            found = metrics[i].measure;
            *less = metrics[i].less;
        }
    if (is_percentile(path.p) ||
        (path.p && strncmp(path.p, "generator.lag.", 14) == 0 &&
         (is_percentile(path.p + 14) || strcmp(path.p + 14, "max") == 0 || strcmp(path.p + 14, "avg") == 0))) {
        found = MEASURE_TIME;
        *less = true;
    }
    if (found != MEASURE_NONE && t->row.text && path.p && strncmp(path.p, "generator.", 10) == 0) {
        diag = diag_add(c->diags, DIAG_E0611, root->span, "`%s` is about the whole run, not about a row", path.p);
        diag_help(c->diags, diag, "write it outside of the row's block");
        found = MEASURE_NONE;
    }
    if (found == MEASURE_NONE && path.n) {
        diag = diag_add(c->diags, DIAG_E0611, root->span, "there is no metric `%s`", path.p);
        const struct symbol *first = root->name.text ? scope_find_in(&module->env, root->name.text) : NULL;
        bool imported = first && first->kind == SYMBOL_IMPORT;
        near_begin(&near, root->kind == EXPR_NAME && e->kind == EXPR_FIELD && !imported ? root->name.text : path.p);
        offer_metrics(c, &near, module);
        for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++)
            near_offer(&near, metrics[i].name);
        const char *here = measure_here(path.p);
        if (here)
            diag_help(c->diags, diag, "that is `%s` here", here);
        else if (near.best)
            diag_help(c->diags, diag, "did you mean `%s`?", near.best);
        else
            diag_help(c->diags, diag,
                      "there are fail_ratio fails requests rps avg min max median p50 … p99.9, and your own "
                      "`metric`s");
    }
    text_free(&path);
    return found;
}

static void warn_direction(struct checker *c, const struct threshold *t, const char *name)
{
    const char *slow = t->value->type.kind == TYPE_DURATION ? "slow" : "wrong";
    struct diag *diag =
        diag_add(c->diags, DIAG_W0908, t->span, "`%s` is asked to be high: that holds when things are %s", name, slow);

    diag_help(c->diags, diag, "the wrong way round? a threshold says what is good: `<`");
}

static void check_value_of(struct checker *c, struct threshold *t, enum measure measure, bool less)
{
    struct type type = t->value->type;
    struct diag *diag;

    if (measure == MEASURE_NONE || type_is_loose(type))
        return;
    if (measure == MEASURE_TIME) {
        if (!require_duration(c, t->value, "a response time"))
            return;
        if (t->value->constness == CONST_KNOWN && t->value->type.kind == TYPE_DURATION && t->value->known.i <= 0 &&
            (t->op == OP_LT || t->op == OP_LE))
            diag_add(c->diags, DIAG_W0908, t->value->span, "no answer is as fast as that: it never holds");
    } else if (measure == MEASURE_RATIO || measure == MEASURE_COUNT) {
        if (!require_fits(c, type_of(TYPE_FLOAT), t->value,
                          measure == MEASURE_RATIO ? "a share" : "a number of requests"))
            return;
    } else if (!type_is_number(type) && type.kind != TYPE_RATE &&
               !(measure == MEASURE_FREE && type.kind == TYPE_DURATION)) {
        diag_add(c->diags, DIAG_E0302, t->value->span, "this needs a number, found %s", type_article(type));
        return;
    }
    if (less && (t->op == OP_GT || t->op == OP_GE) &&
        !(t->metric->kind == EXPR_NAME && name_is(t->metric->name.text, "min")))
        warn_direction(c, t, t->metric->name.text ? t->metric->name.text : "it");
    if (measure != MEASURE_RATIO || t->value->constness != CONST_KNOWN || t->op != OP_LT)
        return;
    double share = type.kind == TYPE_FLOAT ? t->value->known.f : (double)t->value->known.i;
    if (share > 1 && t->value->percent)
        diag_add(c->diags, DIAG_W0908, t->value->span, "no share is larger than 100 %%: it always holds");
    if (share >= 1 && !t->value->percent) {
        diag = diag_add(c->diags, DIAG_W0908, t->value->span, "this share is 1 = 100 %%: it always holds");
        diag_help(c->diags, diag, "one percent is `1%%`");
    }
}

/* `p95 < 500ms and fail_ratio < 1%` is read as a limit that is a condition. */
static bool report_joined(struct checker *c, const struct threshold *t)
{
    bool all = t->value->op == OP_AND;
    struct diag *diag;

    if (t->value->kind != EXPR_BINARY || (!all && t->value->op != OP_OR))
        return false;
    diag = diag_add(c->diags, DIAG_E0302, t->value->span, "`%s` does not join thresholds: %s", op_text(t->value->op),
                    all ? "they must all hold anyway" : "each must hold by itself");
    diag_help(c->diags, diag, "write each on a line of its own");
    return true;
}

void check_thresholds(struct checker *c, struct module *module, struct decl *decl)
{
    bool less;

    if (decl->value)
        check_constant(c, &module->env, decl->value, type_of(TYPE_DURATION), "`after`");
    if (!decl->thresholds) {
        struct diag *diag =
            diag_add(c->diags, DIAG_W0919, decl->word, "these thresholds hold none: they decide nothing");
        diag_help(c->diags, diag, "say what is good enough: thresholds { fail_ratio < 1%%; p95 < 500ms }");
    }
    for (struct threshold *t = decl->thresholds; t; t = t->next) {
        if (!t->metric || !t->value)
            continue;
        enum measure measure = find_measure(c, module, t, &less);
        if (report_joined(c, t))
            continue;
        if (check_constant(c, &module->env, t->value, type_of(TYPE_ERROR), "the limit of a threshold"))
            check_value_of(c, t, measure, less);
        if (t->abort_after)
            check_constant(c, &module->env, t->abort_after, type_of(TYPE_DURATION), "`abort after`");
    }
}

/* ------------------------------------------------------------------ rows */

/* Does a name fit a text with holes? */
static bool fits_pattern(const struct text_part *part, const char *name)
{
    if (!part)
        return *name == '\0';
    if (!part->expr)
        return strncmp(name, part->literal.p, part->literal.n) == 0 && fits_pattern(part->next, name + part->literal.n);
    for (;; name++) {
        if (fits_pattern(part->next, name))
            return true;
        if (!*name)
            return false;
    }
}

bool request_fits_row(const struct request *request, const char *row)
{
    size_t n = strlen(request->method);

    if (strncmp(row, request->method, n) != 0 || row[n] != ' ')
        return false;
    return !request->as || request->as->kind != EXPR_TEXT || fits_pattern(request->as->parts, row + n + 1);
}

static bool row_is_made(const struct checker *c, const char *name)
{
    for (const struct row *row = c->info->rows; row; row = row->next) {
        size_t n = strlen(row->type);
        if (strncmp(name, row->type, n) == 0 && name[n] == ' ' && strcmp(name + n + 1, row->name) == 0)
            return true;
    }
    for (unsigned i = 0; i < c->info->request_count; i++)
        if (!c->info->requests[i]->row && request_fits_row(c->info->requests[i], name))
            return true;
    return false;
}

/* The row whose name without its method this is, or NULL. */
static const char *row_named(const struct checker *c, const char *name)
{
    for (const struct row *row = c->info->rows; row; row = row->next)
        if (strcmp(row->name, name) == 0)
            return arena_format(c->arena, "%s %s", row->type, row->name);
    return NULL;
}

void check_threshold_rows(struct checker *c)
{
    for (struct decl *decl = c->main->decls; decl; decl = decl->next) {
        if (decl->kind != DECL_THRESHOLDS)
            continue;
        for (struct threshold *t = decl->thresholds; t; t = t->next) {
            struct diag *diag;
            struct near near;
            if (!t->row.text || row_is_made(c, t->row.text))
                continue;
            diag = diag_add(c->diags, DIAG_E0612, t->row.span, "no request makes the row `%s`", t->row.text);
            const char *whole = row_named(c, t->row.text);
            near_begin(&near, t->row.text);
            for (const struct row *row = c->info->rows; row; row = row->next)
                near_offer(&near, arena_format(c->arena, "%s %s", row->type, row->name));
            if (whole)
                diag_help(c->diags, diag, "a row is named `METHOD name`: did you mean `\"%s\"`?", whole);
            else if (near.best)
                diag_help(c->diags, diag, "did you mean `%s`?", near.best);
            else
                diag_help(c->diags, diag,
                          "a row is named `METHOD name`, as in `\"GET /products\"`; `swarmc --explain FILE` "
                          "lists them");
        }
    }
}
