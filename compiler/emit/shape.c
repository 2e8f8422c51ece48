/* Shapes: of each a function that adds its stages in order, and of each formula a plain C function. */
#include "emit.h"

#include <inttypes.h>
#include <string.h>

/* The `for`s around a stage, outermost first. */
struct loops {
    const struct stage *stage;
    const struct loops *outer;
    unsigned depth; /* from 0 */
};

static void emit_stages(struct emit *em, const struct stage *stage, const struct loops *loops);

/* ------------------------------------------------------------------ only */

/* A flag a kind, or NULL for all. */
static const char *only_of(struct emit *em, const struct stage *stage)
{
    struct text flags = {0};

    if (!stage || stage->only_count == 0) {
        return "NULL";
    }
    for (const struct kind *kind = em->info->kinds; kind; kind = kind->next) {
        bool named = false;
        for (size_t i = 0; i < stage->only_count; i++) {
            named |= stage->only[i].text == kind->name;
        }
        text_printf(&flags, "%s%s", kind == em->info->kinds ? "" : ", ", named ? "true" : "false");
    }
    const char *name = emit_unique(em, "only", stage->span);
    write_line(&em->data, "static const bool %s[] = {%s};", name, flags.p);
    text_free(&flags);
    return name;
}

/* ------------------------------------------------------------------ formulas */

static void declare_loops(struct emit *em, const struct loops *loops)
{
    if (!loops) {
        return;
    }
    declare_loops(em, loops->outer);
    struct symbol *symbol = loops->stage->symbol;
    if (!symbol) {
        return;
    }
    const char *name = emit_local_name(em, symbol);
    lower_variable(&em->lower, symbol)->name = name;
    write_line(&em->fn->body, "%s %s = loops[%u]%s;", c_type(symbol->type), name, loops->depth,
               type_is_value(symbol->type) ? "" : ".i");
    write_line(&em->fn->body, "(void)%s;", name);
}

/* The names that the loops' variables have in this function. */
static void restore_loops(struct emit *em, const struct loops *loops, const char *const *names)
{
    for (; loops; loops = loops->outer) {
        if (loops->stage->symbol) {
            lower_variable(&em->lower, loops->stage->symbol)->name = names[loops->depth];
        }
    }
}

static void set_wish(struct emit *em, const char *field, const struct expr *e, enum type_kind kind)
{
    struct scope_of_temps scope;

    write_at(&em->fn->body, &em->unit->sources, e->span);
    temps_begin(em, &scope);
    write_line(&em->fn->body, "wish->%s = %s;", field, c_bare(em->arena, emit_as(em, e, type_kind(kind))));
    emit_leave_if_failed(em);
    temps_end(em, &scope);
}

static const char *emit_formula(struct emit *em, const struct stage *stage, const struct loops *loops)
{
    const char *name = emit_unique(em, "formula", stage->span);
    const char **names = ARENA_ARRAY(em->arena, const char *, loops ? loops->depth + 1 : 1);
    struct function fn = {0};

    for (const struct loops *at = loops; at; at = at->outer) {
        names[at->depth] = at->stage->symbol ? lower_variable(&em->lower, at->stage->symbol)->name : NULL;
    }
    function_begin(em, &fn, IN_FORMULA);
    declare_loops(em, loops);
    emit_block(em, stage->formula);
    set_wish(em, "users", stage->result->users, TYPE_INT);
    set_wish(em, "rate", stage->result->rate, TYPE_RATE);
    function_end(em, "void", name,
                 "struct swarm_strand *s, const struct swarm_value *loops, int64_t elapsed, struct swarm_wish *wish");
    restore_loops(em, loops, names);
    return name;
}

/* ------------------------------------------------------------------ stages */

static const char *stage_place(struct emit *em, const struct stage *stage)
{
    struct span span = stage->span;

    if (stage->kind == STAGE_EVERY) {
        span.to = stage->until ? stage->until->span.to : stage->duration->span.to;
    }
    return emit_place(em, stage->span, emit_source(em, span));
}

/* A number of a stage; otherwise: what stands for one that was not given. */
static const char *number(struct emit *em, const struct expr *e, enum type_kind kind, const char *otherwise)
{
    if (!e) {
        return otherwise;
    }
    const char *text = c_bare(em->arena, emit_as(em, e, type_kind(kind)));
    return expr_is_known(e) ? text : emit_temp(em, e->span, type_kind(kind), text);
}

/* Values of the loops around, for a formula: an array of C text. */
static const char *loop_values(struct emit *em, const struct loops *loops)
{
    if (!loops) {
        return "";
    }
    const char *outer = loop_values(em, loops->outer);
    const struct symbol *symbol = loops->stage->symbol;
    const char *value = symbol ? emit_box(em, symbol->type, emit_global(em, symbol)) : "swarm_null()";
    return arena_format(em->arena, "%s%s%s", outer, outer[0] ? ", " : "", value);
}

static void add_stage(struct emit *em, const char *kind, const struct stage *stage, const struct loops *loops)
{
    static const char *const no_time[] = {[STAGE_JUMP] = "-1", [STAGE_EVERY] = "-1", [STAGE_ARRIVE] = "0"};
    bool every = stage->kind == STAGE_EVERY, arrive = stage->kind == STAGE_ARRIVE, jump = stage->kind == STAGE_JUMP;
    struct writer *w = &em->fn->body;
    struct scope_of_temps scope;

    const char *formula = every ? emit_formula(em, stage, loops) : NULL;
    const char *only = only_of(em, every ? stage->result : stage), *place = stage_place(em, stage);
    write_at(w, &em->unit->sources, stage->span);
    temps_begin(em, &scope);
    const char *users = number(em, stage->kind == STAGE_HOLD || every || arrive ? NULL : stage->users, TYPE_INT, "0");
    const char *rate = number(em, every ? NULL : stage->rate, TYPE_RATE, jump ? "-1" : "0");
    const char *rate_to = arrive && stage->rate_to ? number(em, stage->rate_to, TYPE_RATE, "0") : rate;
    const char *time = number(em, every ? stage->until : stage->duration, TYPE_DURATION,
                              stage->kind <= STAGE_EVERY && no_time[stage->kind] ? no_time[stage->kind] : "0");
    const char *turn = every ? number(em, stage->duration, TYPE_DURATION, "0") : "0";
    emit_leave_if_failed(em);
    write_open(w, "swarm_stage(s, stages, (struct swarm_stage){");
    write_line(w, ".kind = %s,", kind);
    if (jump || stage->kind == STAGE_RAMP) {
        write_line(w, ".users = %s,", users);
    }
    if (jump || arrive) {
        write_line(w, ".rate = %s,", rate);
    }
    if (arrive) {
        write_line(w, ".rate_to = %s,", rate_to);
    }
    write_line(w, ".time = %s,", time);
    if (every) {
        write_line(w, ".every = %s,", turn);
        write_line(w, ".formula = %s,", formula);
        if (loops) {
            write_line(w, ".loops = (const struct swarm_value[]){%s},", loop_values(em, loops));
            write_line(w, ".loop_count = %u,", loops->depth + 1);
        }
    }
    write_line(w, ".only = %s,", only);
    write_line(w, ".place = %s,", place);
    write_close(w, "});");
    em->fn->may_fail = true;
    emit_leave_if_failed(em);
    temps_end(em, &scope);
}

static void add_cap(struct emit *em, const struct stage *stage)
{
    struct scope_of_temps scope;

    write_at(&em->fn->body, &em->unit->sources, stage->span);
    temps_begin(em, &scope);
    const char *users = number(em, stage->users, TYPE_INT, "0");
    write_line(&em->fn->body, "swarm_at_most(s, stages, %s, %s);", users, stage_place(em, stage));
    em->fn->may_fail = true;
    emit_leave_if_failed(em);
    temps_end(em, &scope);
}

/* ------------------------------------------------------------------ loops */

static const char *loop_name(struct emit *em, const char *what, const struct stage *stage)
{
    const char *base = arena_format(em->arena, "%s_%" PRIu32, what, emit_line_of(em, stage->span));
    unsigned number = count_up(em, &em->fn->names, base);
    return number == 0 ? arena_format(em->arena, "%sa", base) : arena_format(em->arena, "%s_%ua", base, number);
}

static void count_round(struct emit *em, const struct stage *stage, const char *rounds)
{
    write_open(&em->fn->body, "if (!swarm_round(s, &%s, %s)) {", rounds, emit_place(em, stage->span, ""));
    write_line(&em->fn->body, "%s", em->fn->leave);
    write_close(&em->fn->body, "}");
}

static void emit_repeat(struct emit *em, const struct stage *stage, const struct loops *loops)
{
    const char *left = loop_name(em, "left", stage), *rounds = loop_name(em, "rounds", stage);
    struct writer *w = &em->fn->body;

    write_open(w, "{");
    write_line(w, "uint32_t %s = 0;", rounds);
    write_line(w, "int64_t %s = %s;", left, c_bare(em->arena, emit_as(em, stage->users, type_kind(TYPE_INT))));
    emit_leave_if_failed(em);
    write_open(w, "for (; %s > 0; %s--) {", left, left);
    count_round(em, stage, rounds);
    emit_stages(em, stage->body, loops);
    write_close(w, "}");
    write_close(w, "}");
}

static void for_range(struct emit *em, const struct stage *stage, const struct loops *loops)
{
    const char *next = loop_name(em, "next", stage), *last = loop_name(em, "last", stage),
               *rounds = loop_name(em, "rounds", stage);
    struct writer *w = &em->fn->body;

    const char *from = number(em, stage->users->left, TYPE_INT, "0"),
               *to = number(em, stage->users->right, TYPE_INT, "0");
    write_line(w, "int64_t %s = %s, %s = %s;", next, from, last, to);
    emit_leave_if_failed(em);
    write_line(w, "uint32_t %s = 0;", rounds);
    write_open(w, "for (; %s <= %s; %s++) {", next, last, next);
    count_round(em, stage, rounds);
    const char *name = emit_local_name(em, stage->symbol);
    lower_variable(&em->lower, stage->symbol)->name = name;
    write_line(w, "int64_t %s = %s;", name, next);
    write_line(w, "(void)%s;", name);
    emit_stages(em, stage->body, loops);
    write_close(w, "}");
}

static void for_list(struct emit *em, const struct stage *stage, const struct loops *loops)
{
    const char *walk = loop_name(em, "walk", stage), *rounds = loop_name(em, "rounds", stage);
    struct writer *w = &em->fn->body;

    const char *list = emit_value(em, stage->users);
    write_line(w, "struct swarm_walk %s = swarm_walk(s, %s, %s);", walk, list, emit_place_of(em, stage->users));
    em->fn->may_fail = true;
    emit_leave_if_failed(em);
    write_line(w, "uint32_t %s = 0;", rounds);
    const char *name = emit_local_name(em, stage->symbol);
    lower_variable(&em->lower, stage->symbol)->name = name;
    write_line(w, "struct swarm_value %s;", name);
    write_open(w, "while (swarm_step_on(s, &%s, &%s)) {", walk, name);
    count_round(em, stage, rounds);
    emit_stages(em, stage->body, loops);
    write_close(w, "}");
    em->fn->may_fail = true;
    emit_leave_if_failed(em);
}

static void emit_for(struct emit *em, const struct stage *stage, const struct loops *outer)
{
    struct loops loops = {.stage = stage, .outer = outer, .depth = outer ? outer->depth + 1 : 0};

    write_open(&em->fn->body, "{");
    stage->users->type.kind == TYPE_RANGE ? for_range(em, stage, &loops) : for_list(em, stage, &loops);
    write_close(&em->fn->body, "}");
}

static void emit_stages(struct emit *em, const struct stage *stage, const struct loops *loops)
{
    static const char *const kinds[] = {
        [STAGE_JUMP] = "SWARM_STAGE_JUMP",     [STAGE_RAMP] = "SWARM_STAGE_RAMP",   [STAGE_HOLD] = "SWARM_STAGE_HOLD",
        [STAGE_ARRIVE] = "SWARM_STAGE_ARRIVE", [STAGE_EVERY] = "SWARM_STAGE_EVERY",
    };

    for (; stage; stage = stage->next) {
        switch (stage->kind) {
        case STAGE_REPEAT:
            emit_repeat(em, stage, loops);
            break;
        case STAGE_FOR:
            emit_for(em, stage, loops);
            break;
        case STAGE_AT_MOST:
            add_cap(em, stage);
            break;
        default:
            add_stage(em, kinds[stage->kind], stage, loops);
        }
    }
}

/* ------------------------------------------------------------------ the table */

static void emit_shape(struct emit *em, const struct decl *decl, const struct kind *kind, struct writer *table)
{
    const char *whose = kind ? kind->name : decl->name.text ? decl->name.text : "main";
    const char *name = lower_name(&em->lower, arena_format(em->arena, "%s_shape", lower_snake(em->arena, whose)));
    const char *title = decl->name.text ? decl->name.text : "";
    struct function fn = {.leave = "return;"};

    function_begin(em, &fn, IN_FORMULA);
    emit_stages(em, decl->stages, NULL);
    function_end(em, "void", name, "struct swarm_strand *s, struct swarm_stages *stages");
    write_line(table, "{.name = %s, .kind = %d, .build = %s, .place = %s},", c_string(em->arena, title),
               kind ? (int)kind->index : -1, name, emit_place_fields(em, decl->word, title));
}

unsigned emit_shapes(struct emit *em)
{
    struct writer table = {0};
    unsigned n = 0;

    write_open(&table, "static const struct swarm_shape shapes[] = {");
    for (const struct decl *decl = em->unit->decls; decl; decl = decl->next) {
        if (decl->kind == DECL_SHAPE) {
            emit_shape(em, decl, NULL, &table);
            n++;
        }
    }
    for (const struct kind *kind = em->info->kinds; kind; kind = kind->next) {
        for (const struct decl *member = kind->decl->members; member; member = member->next) {
            if (member->kind == DECL_SHAPE) {
                emit_shape(em, member, kind, &table);
                n++;
            }
        }
    }
    write_table(&em->tables, &table, n);
    return n;
}
