#include "shapes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"
#include "../cli/cli.h"
#include "../cli/table.h"
#include "../engine/engine.h"
#include "../log/log.h"

static uint32_t count_of_file(const struct swarm_program *program)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < program->shape_count; i++) {
        count += program->shapes[i].kind < 0;
    }
    return count;
}

static void list_names(const struct swarm_program *program, const char *name)
{
    fprintf(stderr, "%s: help: the shapes of this program are:", name);
    for (uint32_t i = 0; i < program->shape_count; i++) {
        if (program->shapes[i].kind < 0) {
            fprintf(stderr, " %s", program->shapes[i].name[0] ? program->shapes[i].name : "(one without a name)");
        }
    }
    fputc('\n', stderr);
}

static const struct swarm_shape *find_named(const struct swarm_program *program, const char *wanted, const char *name)
{
    struct suggestion suggestion;

    suggest_start(&suggestion, wanted);
    for (uint32_t i = 0; i < program->shape_count; i++) {
        const struct swarm_shape *shape = &program->shapes[i];

        if (shape->kind >= 0) {
            continue;
        }
        if (strcmp(shape->name, wanted) == 0) {
            return shape;
        }
        suggest_offer(&suggestion, shape->name);
    }
    fprintf(stderr, "%s: error: there is no shape '%s'\n", name, wanted);
    if (suggestion.best[0]) {
        fprintf(stderr, "%s: help: did you mean --shape %s?\n", name, suggestion.best);
    } else if (count_of_file(program) > 0) {
        list_names(program, name);
    } else {
        fprintf(stderr, "%s: help: this program has no shapes: --users and --spawn-rate say how many users there are\n",
                name);
    }
    return NULL;
}

/* The file's shape that is to run, into main_of. */
static bool pick_main_shape(struct shapes *shapes, const struct run_plan *plan, const char *name)
{
    const struct swarm_program *program = shapes->program;
    uint32_t count = count_of_file(program);

    if (plan->shape) {
        shapes->main_of = find_named(program, plan->shape, name);
        return shapes->main_of != NULL;
    }
    if (count > 1) {
        fprintf(stderr, "%s: error: this program has %" PRIu32 " shapes: say which one is to run, with --shape NAME\n",
                name, count);
        list_names(program, name);
        return false;
    }
    for (uint32_t i = 0; i < program->shape_count; i++) {
        if (program->shapes[i].kind < 0) {
            shapes->main_of = &program->shapes[i];
        }
    }
    return true;
}

static bool compute(struct shapes *shapes, struct swarm_stages *stages, const struct swarm_shape *from,
                    const char *name)
{
    const struct task_error *error;

    if (shape_build(stages, from, shapes->strand)) {
        shapes->any = true;
        return true;
    }
    error = strand_of(shapes->strand)->error;
    fprintf(stderr, "%s: error: %s:%" PRIu32 ": %s\n", name, error ? error->place.file : from->place.file,
            error ? error->place.line : from->place.line, error ? error->text : "the shape cannot be computed");
    return false;
}

/* Shapes of kinds that were not left out on the command line. */
static bool take_own(struct shapes *shapes, const struct run_plan *plan, const char *name)
{
    for (uint32_t i = 0; i < shapes->program->shape_count; i++) {
        const struct swarm_shape *shape = &shapes->program->shapes[i];

        if (shape->kind < 0 || !plan->only[shape->kind]) {
            continue;
        }
        if (!compute(shapes, &shapes->own[shape->kind], shape, name)) {
            return false;
        }
        shapes->own_of[shape->kind] = shape;
    }
    return true;
}

static void note_others(const struct shapes *shapes, const struct run_plan *plan)
{
    if (shapes->main_of || !shapes->any) {
        return;
    }
    for (uint32_t i = 0; i < shapes->program->kind_count; i++) {
        if (plan->only[i] && !shapes->own_of[i]) {
            log_warning("swarm.main", "No shape says how many %s there are: none are started",
                        shapes->program->kinds[i].name);
        }
    }
}

bool shapes_pick(struct shapes *shapes, const struct swarm_program *program, const struct run_plan *plan,
                 struct swarm_strand *strand, const struct swarm_shape *pick_main, const char *name)
{
    bool numbers = plan->users_given || plan->spawn_rate_given;

    *shapes = (struct shapes){.program = program, .strand = strand, .main.most = -1};
    shapes->own_of = memory_new(program->kind_count, sizeof(struct swarm_shape *));
    shapes->own = memory_new(program->kind_count, sizeof *shapes->own);
    if (plan->shape && numbers) {
        fprintf(stderr, "%s: error: %s replaces a shape, so it cannot stand beside --shape\n", name,
                plan->users_given ? "--users" : "--spawn-rate");
        return false;
    }
    if (numbers && !plan->show_shape) {
        if (program->shape_count > 0) {
            log_info("swarm.main", "%s replaces the shape%s of the scenario",
                     plan->users_given ? "--users" : "--spawn-rate", program->shape_count == 1 ? "" : "s");
        }
        return true;
    }
    shapes->main_of = pick_main;
    if (!pick_main && !pick_main_shape(shapes, plan, name)) {
        return false;
    }
    if (shapes->main_of && !compute(shapes, &shapes->main, shapes->main_of, name)) {
        return false;
    }
    if (!take_own(shapes, plan, name)) {
        return false;
    }
    note_others(shapes, plan);
    return true;
}

void shapes_free(struct shapes *shapes)
{
    if (!shapes->program) {
        return;
    }
    shape_free(&shapes->main);
    for (uint32_t i = 0; i < shapes->program->kind_count; i++) {
        shape_free(&shapes->own[i]);
    }
    free(shapes->own_of);
    free(shapes->own);
    *shapes = (struct shapes){0};
}

static uint64_t add(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

uint64_t shapes_peak(const struct shapes *shapes, const struct run_plan *plan)
{
    uint64_t peak = shapes->main_of ? shape_peak(&shapes->main) : 0;

    if (!shapes->any) {
        return plan->users;
    }
    for (uint32_t i = 0; i < shapes->program->kind_count; i++) {
        peak = add(peak, shapes->own_of[i] ? shape_peak(&shapes->own[i]) : 0);
    }
    return peak;
}

bool shapes_may_run(const struct shapes *shapes, const struct run_plan *plan, uint32_t kind)
{
    const struct swarm_kind_of_user *user = &shapes->program->kinds[kind];

    if (!plan->only[kind]) {
        return false;
    }
    if (shapes->own_of && shapes->own_of[kind]) {
        return shape_names_kind(&shapes->own[kind], kind);
    }
    if (user->count < 0 ? user->weight == 0 : user->count == 0) {
        return false;
    }
    return !shapes->any || (shapes->main_of && shape_names_kind(&shapes->main, kind));
}
