#include "shape_show.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"
#include "../cli/cli.h"
#include "../engine/engine.h"
#include "population.h"

enum {
    LONGEST_S = 24 * 3600, /* a shape without an end is shown as far as this */
    PLOT_WIDTH = 60,
    PLOT_HEIGHT = 10,
};

/* A lane at a whole second. */
struct moment {
    uint64_t target, users, arrived;
    double rate;
    const struct swarm_stage *stage;
};

struct curve {
    struct population_view view; /* whose */
    struct moment *moments;      /* one a second, from 0 */
    size_t count, room;
    bool over;
};

struct show {
    FILE *out;
    const struct swarm_program *program;
    struct curve *curves;
    size_t curve_count;
    bool endless;
    struct population_action *missed;
    size_t missed_count, missed_room;
};

/* ---- working it out ---- */

static void note_missed(struct show *show, const struct population_action *actions, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (actions[i].act == POPULATION_MISSED) {
            show->missed = memory_grow(show->missed, show->missed_count, &show->missed_room, sizeof *show->missed);
            show->missed[show->missed_count++] = actions[i];
        }
    }
}

static void take_moment(struct show *show, const struct population *p)
{
    for (size_t i = 0; i < show->curve_count; i++) {
        struct curve *curve = &show->curves[i];
        struct population_view view = population_lane(p, i);

        if (curve->over) {
            continue;
        }
        curve->view = view;
        curve->over = view.over;
        curve->moments = memory_grow(curve->moments, curve->count, &curve->room, sizeof *curve->moments);
        curve->moments[curve->count++] = (struct moment){view.target, view.users, view.arrived, view.rate, view.stage};
    }
}

static void work_out(struct show *show, struct population *p, const struct run_plan *plan, struct run_config *config)
{
    int64_t longest = plan->run_time_ns > 0 ? plan->run_time_ns : LONGEST_S * SWARM_S, now = 0, second = 0;

    population_begin(p, 0);
    for (;;) {
        size_t count;
        const struct population_action *actions;
        int64_t next;

        atomic_store(&config->begin, clock_now() - now);
        atomic_store(&config->users, (int64_t)population_users(p));
        actions = population_step(p, now, &count);
        note_missed(show, actions, count);
        next = population_next(p);
        if (next <= now && !population_over(p)) {
            continue;
        }
        if (now == second || population_over(p)) {
            take_moment(show, p);
        }
        if (population_over(p) || now >= longest) {
            break;
        }
        second += now == second ? SWARM_S : 0;
        now = next < second ? next : second;
    }
    show->endless = !population_over(p);
}

/* ---- writing ---- */

static void put_time(FILE *out, int width, size_t seconds)
{
    char text[32];

    if (seconds < 60) {
        snprintf(text, sizeof text, "%zus", seconds);
    } else if (seconds < 3600) {
        snprintf(text, sizeof text, "%zum%02zus", seconds / 60, seconds % 60);
    } else {
        snprintf(text, sizeof text, "%zuh%02zum%02zus", seconds / 3600, seconds / 60 % 60, seconds % 60);
    }
    fprintf(out, "%*s", width, text);
}

static uint64_t arrivals_in(const struct curve *curve, size_t i)
{
    return i + 1 < curve->count ? curve->moments[i + 1].arrived - curve->moments[i].arrived : 0;
}

static bool differs(const struct curve *curve, size_t i)
{
    const struct moment *now = &curve->moments[i], *before = i > 0 ? &curve->moments[i - 1] : NULL;

    return !before || i + 1 == curve->count || now->target != before->target || now->users != before->users ||
           now->rate != before->rate || now->stage != before->stage ||
           (curve->view.arrives && arrivals_in(curve, i) != arrivals_in(curve, i - 1));
}

/* A line for every second in which something changes. */
static void put_table(FILE *out, const struct curve *curve)
{
    const struct swarm_stage *told = NULL;

    if (curve->view.arrives) {
        fprintf(out, "%10s %12s %12s  %s\n", "Time", "Arriving/s", "Arrived", "Stage");
    } else {
        fprintf(out, "%10s %12s %12s %10s  %s\n", "Time", "Target", "Users", "Rate/s", "Stage");
    }
    for (size_t i = 0; i < curve->count; i++) {
        const struct moment *moment = &curve->moments[i];
        const char *stage = moment->stage && moment->stage != told ? moment->stage->place->what : "";

        if (!differs(curve, i)) {
            continue;
        }
        told = moment->stage;
        put_time(out, 10, i);
        if (curve->view.arrives) {
            fprintf(out, " %12" PRIu64 " %12" PRIu64, arrivals_in(curve, i), moment->arrived);
        } else {
            fprintf(out, " %12" PRIu64 " %12" PRIu64 " %10.6g", moment->target, moment->users, moment->rate);
        }
        fprintf(out, "%s%s\n", moment->stage || curve->over ? "  " : "",
                moment->stage ? stage
                : curve->over ? "(end)"
                              : "");
    }
    fputc('\n', out);
}

static double height_of(const struct curve *curve, size_t i)
{
    return curve->view.arrives ? (double)arrivals_in(curve, i) : (double)curve->moments[i].users;
}

/* The highest value of each part of the time. */
static double fill_columns(const struct curve *curve, double columns[PLOT_WIDTH], size_t width)
{
    double top = 0;

    for (size_t c = 0; c < width; c++) {
        size_t from = c * curve->count / width, to = (c + 1) * curve->count / width;

        columns[c] = 0;
        for (size_t i = from; i < to || i == from; i++) {
            columns[c] = height_of(curve, i) > columns[c] ? height_of(curve, i) : columns[c];
        }
        top = columns[c] > top ? columns[c] : top;
    }
    return top;
}

static void put_plot(FILE *out, const struct curve *curve)
{
    size_t width = curve->count < PLOT_WIDTH ? curve->count : PLOT_WIDTH;
    double columns[PLOT_WIDTH], top = fill_columns(curve, columns, width);

    if (top <= 0 || curve->count < 2) {
        return;
    }
    for (int line = PLOT_HEIGHT; line > 0; line--) {
        if (line == PLOT_HEIGHT || line == PLOT_HEIGHT / 2) {
            fprintf(out, "%12.6g |", top * line / PLOT_HEIGHT);
        } else {
            fprintf(out, "%12s |", "");
        }
        for (size_t c = 0; c < width; c++) {
            fputc(columns[c] >= top * (line - 0.5) / PLOT_HEIGHT ? '#' : ' ', out);
        }
        fputc('\n', out);
    }
    fprintf(out, "%12s +", "0");
    for (size_t c = 0; c < width; c++) {
        fputc('-', out);
    }
    fprintf(out, "\n%14s0s", "");
    put_time(out, width > 3 ? (int)width - 2 : 8, curve->count - 1);
    fputs("\n\n", out);
}

static void put_curve(const struct show *show, const struct curve *curve, const struct shapes *shapes)
{
    if (curve->view.owner >= 0) {
        fprintf(show->out, "The shape of %s\n\n", show->program->kinds[curve->view.owner].name);
    } else {
        fprintf(show->out, "%s%s\n\n", shapes->main_of->name[0] ? "Shape " : "The shape", shapes->main_of->name);
    }
    put_table(show->out, curve);
    put_plot(show->out, curve);
}

static void put_missed(const struct show *show)
{
    for (size_t i = 0; i < show->missed_count; i++) {
        const struct population_action *missed = &show->missed[i];

        fprintf(show->out, "%s:%" PRIu32 ": warning: the stage `%s` ends with %" PRIu64 " of %" PRIu64 " users\n",
                missed->stage->place->file, missed->stage->place->line, missed->stage->place->what, missed->users,
                missed->wanted);
    }
}

/* ---- one shape of the file, and those of kinds ---- */

static int show_one(FILE *out, const struct swarm_program *program, const struct run_plan *plan,
                    struct swarm_strand *strand, struct run_config *config, const struct swarm_shape *main_of,
                    const char *name)
{
    struct show show = {.out = out, .program = program};
    struct population *p = NULL;
    struct shapes shapes;
    int code = EXIT_USAGE;

    if (!shapes_pick(&shapes, program, plan, strand, main_of, name)) {
        goto cleanup;
    }
    if (!shapes.any) {
        fprintf(stderr,
                "%s: error: this program has no shape to show: --users and --spawn-rate say how many users there are\n",
                name);
        goto cleanup;
    }
    p = population_create(&shapes, plan, 1);
    show.curve_count = population_lanes(p);
    show.curves = memory_new(show.curve_count, sizeof *show.curves);
    work_out(&show, p, plan, config);
    for (size_t i = 0; i < show.curve_count; i++) {
        put_curve(&show, &show.curves[i], &shapes);
    }
    put_missed(&show);
    if (show.endless) {
        fprintf(out, "%s\n",
                plan->run_time_ns > 0 ? "The shape goes on; --run-time ends the run here."
                                      : "The shape has no end, or one after more than a day.");
    }
    code = EXIT_PASSED;
    if (swarm_failed(strand)) {
        const struct task_error *error = strand_of(strand)->error;

        fprintf(stderr, "%s: error: %s:%" PRIu32 ": the formula of the shape failed: %s\n", name,
                error ? error->place.file : "", error ? error->place.line : 0, error ? error->text : "no reason");
        code = EXIT_FAILED_RUN;
    }
cleanup:
    for (size_t i = 0; i < show.curve_count; i++) {
        free(show.curves[i].moments);
    }
    free(show.curves);
    free(show.missed);
    population_free(p);
    shapes_free(&shapes);
    return code;
}

int shape_show(FILE *out, const struct swarm_program *program, const struct run_plan *plan, struct swarm_strand *strand,
               struct run_config *config, const char *name)
{
    int code = EXIT_PASSED, shown = 0;

    for (uint32_t i = 0; i < program->shape_count && !plan->shape && code == EXIT_PASSED; i++) {
        if (program->shapes[i].kind < 0) {
            code = show_one(out, program, plan, strand, config, &program->shapes[i], name);
            shown++;
        }
    }
    if (!shown) {
        code = show_one(out, program, plan, strand, config, NULL, name);
    }
    return fflush(out) == 0 ? code : EXIT_CANNOT_RUN;
}
