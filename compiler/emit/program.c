/* The whole C file: options, constants, rows, prepare(), the program's table and main(). */
#include "check/engine.h"
#include "emit.h"

#include <inttypes.h>
#include <string.h>

/* ------------------------------------------------------------------ prepare() */

struct function *prepare_enter(struct emit *em)
{
    struct function *before = em->fn;

    em->fn = em->preparing;
    return before;
}

void prepare_leave(struct emit *em, struct function *before)
{
    em->fn = before;
}

const char *emit_prepared_string(struct emit *em, const struct expr *e)
{
    const char *text = emit_as(em, e, e->type);

    if (e->type.kind != TYPE_STRING || e->type.optional) {
        text = arena_format(em->arena, "swarm_format(s, %s, (const struct swarm_value[1]){%s}, 1)",
                            emit_place_of(em, e), emit_box(em, e->type, text));
    }
    em->fn->may_fail = true;
    return arena_format(em->arena, "swarm_string(s, %s, %s)", text, emit_place_of(em, e));
}

/* A const or top-level var that is computed at the start. */
static void prepare_global(struct emit *em, const struct symbol *symbol, const struct expr *value)
{
    struct function *before = prepare_enter(em);
    struct scope_of_temps scope;

    write_at(&em->fn->body, &em->unit->sources, value->span);
    temps_begin(em, &scope);
    write_line(&em->fn->body, "%s = %s;", emit_global(em, symbol), c_bare(em->arena, emit_as(em, value, symbol->type)));
    emit_leave_if_failed(em);
    temps_end(em, &scope);
    prepare_leave(em, before);
}

/* ------------------------------------------------------------------ constants, variables */

static void emit_const(struct emit *em, const struct symbol *symbol)
{
    const struct expr *value = symbol->decl->value;

    if (expr_is_known(value)) {
        return; /* stands where it is used */
    }
    if (constant_possible(value)) {
        return; /* a table where it is first used */
    }
    write_line(&em->head, "static %s %s;", c_type(symbol->type), emit_global(em, symbol));
    prepare_global(em, symbol, value);
}

/* ------------------------------------------------------------------ options */

static const char *option_type(struct emit *em, const struct symbol *symbol)
{
    const char *written = symbol->decl->type_name.name.text;

    switch (symbol->type.kind) {
    case TYPE_INT:
        return written && strcmp(written, "size") == 0 ? "SWARM_OPTION_SIZE" : "SWARM_OPTION_INT";
    case TYPE_FLOAT:
        return "SWARM_OPTION_FLOAT";
    case TYPE_BOOL:
        return "SWARM_OPTION_BOOL";
    case TYPE_STRING:
        return "SWARM_OPTION_STRING";
    case TYPE_DURATION:
        return "SWARM_OPTION_DURATION";
    case TYPE_RATE:
        return "SWARM_OPTION_RATE";
    default:
        emit_broken(em, symbol->span, "an option of this type has no C");
    }
}

static const char *option_initial(struct emit *em, const struct symbol *symbol, const struct expr *value)
{
    if (!value || !expr_is_known(value)) {
        emit_broken(em, symbol->span, "the default of the option `%s` is not known", symbol->name);
    }
    if (symbol->type.kind == TYPE_STRING) {
        return constant_initialiser(em, value);
    }
    if (value->type.kind == TYPE_INT && type_c(symbol->type) == C_FLOAT) {
        return c_float(em->arena, (double)value->known.i);
    }
    return c_bare(em->arena, emit_known(em, symbol->type, &value->known));
}

/* The text of a choice or default, as a person would type it. */
static const char *option_text(struct emit *em, const struct expr *value)
{
    size_t n;
    const char *text = known_text(em, value, &n);

    return text ? c_text(em->arena, text, n) : c_string(em->arena, emit_source(em, value->span));
}

static void emit_option(struct emit *em, const struct symbol *symbol, struct writer *table)
{
    const struct decl *decl = symbol->decl;
    const char *name = emit_global(em, symbol);
    const char *choices = "NULL", *help = "\"\"";
    size_t n;

    write_line(&em->head, "static %s %s = %s;", c_type(symbol->type), name, option_initial(em, symbol, decl->value));
    if (decl->choices) {
        struct text list = {0};
        for (const struct item *item = decl->choices; item; item = item->next) {
            text_printf(&list, "%s, ", option_text(em, item->value));
        }
        choices = arena_format(em->arena, "%s_choices", name);
        write_line(&em->head, "static const char *const %s[] = {%sNULL};", choices, list.p);
        text_free(&list);
    }
    if (decl->help) {
        const char *text = known_text(em, decl->help, &n);
        help = text ? c_text(em->arena, text, n) : help;
    }
    write_line(table,
               "{.name = %s, .type = %s, .help = %s, .default_text = %s, .choices = %s, .secret = %s, .value "
               "= &%s},",
               c_string(em->arena, symbol->name), option_type(em, symbol), help, option_text(em, decl->value), choices,
               decl->secret ? "true" : "false", name);
}

static unsigned emit_options(struct emit *em)
{
    struct writer table = {0};
    unsigned n = 0;

    write_open(&table, "static const struct swarm_option options[] = {");
    for (const struct symbol *symbol = em->info->options; symbol; symbol = symbol->next) {
        emit_option(em, symbol, &table);
        n++;
    }
    write_table(&em->tables, &table, n);
    return n;
}

/* ------------------------------------------------------------------ rows */

static unsigned emit_rows(struct emit *em)
{
    struct writer table = {0};
    unsigned n = 0;

    write_open(&table, "static const struct swarm_row rows[] = {");
    for (const struct row *row = em->info->rows; row; row = row->next) {
        if (row->index != n) {
            emit_broken(em, row->span, "row %u stands at place %u", row->index, n);
        }
        write_line(&table, "{%s, %s},", c_string(em->arena, row->type), c_string(em->arena, row->name));
        n++;
    }
    write_table(&em->tables, &table, n);
    return n;
}

static void emit_codings(struct emit *em)
{
    struct engine_codings used = em->unit->for_host ? (struct engine_codings){true, true} : engine_codings(em->unit);

    if (used.zlib || used.brotli) {
        write_line(&em->tables, "static const struct decode_coding *const codings[] = {%s%sNULL};",
                   used.zlib ? "&swarm_zlib, " : "", used.brotli ? "&swarm_brotli, " : "");
        write_blank(&em->tables);
        em->has_codings = true;
    }
}

/* What a look-up before the run can be made for: the origins of absolute URLs, each once. */
static void emit_origins(struct emit *em)
{
    struct counts seen = {0};
    struct writer table = {0};

    for (unsigned i = 0; i < em->info->request_count; i++) {
        const struct expr *url = em->info->requests[i]->url;
        const char *origin = url ? url_origin(em, url) : NULL;

        if (origin && count_up(em, &seen, origin) == 0) {
            write_line(&table, "%s,", c_string(em->arena, origin));
            em->has_origins = true;
        }
    }
    if (em->has_origins) {
        write_open(&em->tables, "static const char *const origins[] = {");
        write_append(&em->tables, &table);
        write_line(&em->tables, "NULL,");
        write_close(&em->tables, "};");
        write_blank(&em->tables);
    }
    write_free(&table);
}

static bool makes_rows(const struct program_info *info)
{
    for (unsigned i = 0; i < info->request_count; i++) {
        if (!info->requests[i]->row) {
            return true;
        }
    }
    return false;
}

/* ------------------------------------------------------------------ the whole */

static void emit_action(struct emit *em, const struct symbol *symbol)
{
    const struct decl *decl = symbol->decl;
    struct home *home = decl->owner ? lower_home(&em->lower, decl->owner) : NULL;
    const char *wanted = home ? arena_format(em->arena, "%s_%s", home->name, symbol->name) : symbol->name;

    (void)emit_machine(em, decl, lower_name(&em->lower, wanted), symbol->name, home);
}

static void emit_tables(struct emit *em, bool prepares, const struct writer *shared)
{
    unsigned rows = emit_rows(em), options = emit_options(em);
    const char *source = em->unit->sources.count ? em->unit->sources.file[0].path : "";

    emit_codings(em);
    emit_origins(em);
    write_open(&em->tables, "static const struct swarm_program program = {");
    write_line(&em->tables, ".abi = SWARM_ABI,");
    write_line(&em->tables, ".source = %s,", c_string(em->arena, source));
    write_line(&em->tables, ".version = %s,", c_string(em->arena, SWARM_VERSION));
    write_line(&em->tables, ".hash = %s,", c_string(em->arena, emit_hash(em)));
    write_line(&em->tables, ".kinds = kinds,");
    write_line(&em->tables, ".kind_count = %u,", em->info->kind_count);
    if (rows) {
        write_line(&em->tables, ".rows = rows,");
        write_line(&em->tables, ".row_count = %u,", rows);
    }
    if (em->has_codings) {
        write_line(&em->tables, ".codings = codings,");
    }
    if (em->has_origins) {
        write_line(&em->tables, ".origins = origins,");
    }
    if (makes_rows(em->info)) {
        write_line(&em->tables, ".makes_rows = true,");
    }
    if (options) {
        write_line(&em->tables, ".options = options,");
        write_line(&em->tables, ".option_count = %u,", options);
    }
    if (em->shape_count) {
        write_line(&em->tables, ".shapes = shapes,");
        write_line(&em->tables, ".shape_count = %u,", em->shape_count);
    }
    if (em->threshold_count) {
        write_line(&em->tables, ".thresholds = thresholds,");
        write_line(&em->tables, ".threshold_count = %u,", em->threshold_count);
    }
    emit_large_table(em, &em->tables);
    write_append(&em->tables, shared);
    if (prepares) {
        write_line(&em->tables, ".prepare = prepare,");
    }
    write_close(&em->tables, "};");
    write_blank(&em->tables);
    write_open(&em->tables, "int main(int argc, char **argv)\n{");
    write_line(&em->tables, "return swarm_main(&program, argc, argv);");
    write_close(&em->tables, "}");
}

/* prepare() comes behind the tables it sets; it is written to em->code by function_end, so that is put aside.
 */
static bool emit_prepare(struct emit *em)
{
    struct writer code = em->code;

    if (em->preparing->body.lines == 0) {
        return false;
    }
    em->code = (struct writer){0};
    em->fn = em->preparing;
    function_end(em, "void", "prepare", "struct swarm_strand *s");
    write_append(&em->tables, &em->code);
    write_free(&em->code);
    em->code = code;
    return true;
}

static void begin(struct emit *em, struct unit *unit, struct function *preparing)
{
    static const char *const reserved[] = {"kinds",    "rows",         "options",          "program",
                                           "prepare",  "main",         "shapes",           "thresholds",
                                           "all_data", "all_gates",    "all_queues",       "all_metrics",
                                           "hooks",    "first_shared", "on_request_hooks", "on_user_error_hooks",
                                           "codings"};

    *em = (struct emit){.arena = unit->arena, .unit = unit, .info = unit->info, .preparing = preparing};
    lower_init(&em->lower, unit);
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++) {
        (void)lower_name(&em->lower, reserved[i]);
    }
    preparing->leave = "return;";
    preparing->where = IN_PREPARE;
}

static void make(struct emit *em)
{
    struct writer shared = {0};

    emit_extern_declarations(em);
    lower_savers(&em->lower);
    for (const struct symbol *symbol = em->info->consts; symbol; symbol = symbol->next) {
        emit_const(em, symbol);
    }
    emit_shared_tables(em, &shared);
    for (struct kind *kind = em->info->kinds; kind; kind = kind->next) {
        declare_homes(em, kind);
    }
    emit_shared_variables(em, &shared);
    for (const struct symbol *symbol = em->info->fns; symbol; symbol = symbol->next) {
        emit_fn(em, symbol);
    }
    for (const struct symbol *symbol = em->info->actions; symbol; symbol = symbol->next) {
        emit_action(em, symbol);
    }
    emit_kinds(em);
    emit_hooks(em, &shared);
    em->shape_count = emit_shapes(em);
    em->threshold_count = emit_thresholds(em);
    bool prepares = emit_prepare(em);
    emit_tables(em, prepares, &shared);
    write_free(&shared);
    emit_frames(em);
}

static void end(struct emit *em)
{
    write_free(&em->head);
    write_free(&em->structs);
    write_free(&em->data);
    write_free(&em->code);
    write_free(&em->tables);
    text_free(&em->large);
}

static void write_head(struct emit *em, struct writer *w)
{
    const char *source = em->unit->sources.count ? em->unit->sources.file[0].path : "";

    write_line(w, "/* Made by swarmc %s%s%s. */", SWARM_VERSION, strstr(source, "*/") ? "" : " from ",
               strstr(source, "*/") ? "" : source);
    write_line(w, "#include <swarm/program.h>");
    if (em->info->extern_count) {
        write_line(w, "#include <swarm/extension.h>");
    }
    write_blank(w);
    write_line(w, "/* What a scenario compares and assigns is its author's business. */");
    write_line(w, "#pragma GCC diagnostic ignored \"-Wtautological-compare\"");
    write_line(w, "#ifdef __clang__");
    write_line(w, "#pragma clang diagnostic ignored \"-Wself-assign\"");
    write_line(w, "#endif");
    write_blank(w);
    write_line(w,
               "_Static_assert(SWARM_USER_BASE == %d && SWARM_USER_PLACE == %d && SWARM_USER_TIMER == %d && "
               "SWARM_BRANCH_BASE == %d, "
               "\"swarmc and swarm/program.h agree on the size of a user\");",
               EMIT_USER_BASE, EMIT_USER_PLACE, EMIT_USER_TIMER, EMIT_BRANCH_BASE);
    write_blank(w);
}

void emit_program(struct unit *unit, const char *c_file, enum emit_files files, struct text *out)
{
    struct emit em;
    struct function preparing = {0};
    struct writer whole = {0};

    begin(&em, unit, &preparing);
    em.files = files;
    make(&em);
    write_head(&em, &whole);
    const struct writer *parts[] = {&em.head, &em.structs, &em.data, &em.code, &em.tables};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (parts[i]->text.n) {
            write_append(&whole, parts[i]);
            write_blank(&whole);
        }
    }
    write_finish(&whole, c_file, out);
    write_free(&whole);
    end(&em);
}

/* ------------------------------------------------------------------ --explain-memory */

void emit_explain_memory(struct unit *unit, struct text *out)
{
    struct emit em;
    struct function preparing = {0};

    begin(&em, unit, &preparing);
    make(&em);
    emit_memory(&em, out);
    end(&em);
}
