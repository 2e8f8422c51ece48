/* Shapes without a clock: what each stage asks for at which time, arrivals one by one, and lanes of dispatchers. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "control/dispatch.h"
#include "control/population.h"
#include "control/shape.h"
#include "engine/engine.h"
#include "engine/run.h"
#include "tap.h"

static const struct swarm_place place = {"test.swarm", 1, "a stage"};
static struct user user; /* a strand to run formulas in */

static struct swarm_strand *strand(void)
{
    return &user.strand.base;
}

static void add(struct swarm_stages *shape, struct swarm_stage stage)
{
    stage.place = &place;
    swarm_stage(strand(), shape, stage);
}

static uint64_t level;
static uint64_t level_now(void *data, const bool *only)
{
    (void)data;
    (void)only;
    return level;
}

static struct shape_want ask(struct shape_run *run, int64_t now, bool reached)
{
    struct shape_want want;

    shape_ask(run, now, reached, level_now, NULL, &want);
    if (want.target) {
        level = want.users;
    }
    return want;
}

/* ---- stages ---- */

static void test_jump(void)
{
    struct swarm_stages shape = {.most = -1};
    struct shape_run run;
    struct shape_want want;

    add(&shape, (struct swarm_stage){.kind = SWARM_STAGE_JUMP, .users = 10, .rate = 5, .time = 3 * SWARM_S});
    add(&shape, (struct swarm_stage){.kind = SWARM_STAGE_JUMP, .users = 4, .rate = -1, .time = SWARM_S});
    level = 0;
    shape_begin(&run, &shape, strand(), 100);
    want = ask(&run, 100, true);
    ok(want.target && want.users == 10 && want.rate == 5 && want.begun == &shape.stage[0],
       "a jump asks for its users at its rate");
    is_int(want.next, 100 + 3 * SWARM_S, "… and lasts its time in all");
    want = ask(&run, want.next + 7, false);
    ok(want.missed == &shape.stage[0], "a target that is not reached in time is told");
    want = ask(&run, want.next + 7, false);
    ok(want.target && want.users == 4 && want.rate == 6, "a jump without a rate goes in one step");
    is_int(want.next, 100 + 4 * SWARM_S, "a stage begins when the one before was to end, however late it was asked");
    want = ask(&run, want.next, true);
    ok(!want.missed && !want.over, "a target that is reached is not told");
    ok(ask(&run, want.next, true).over, "behind the last stage the shape is over");
    shape_free(&shape);
}

static void test_until_reached(void)
{
    struct swarm_stages shape = {.most = -1};
    struct shape_run run;
    struct shape_want want;

    add(&shape, (struct swarm_stage){.kind = SWARM_STAGE_JUMP, .users = 10, .rate = 5, .time = -1});
    add(&shape, (struct swarm_stage){.kind = SWARM_STAGE_HOLD, .time = SWARM_S});
    shape_begin(&run, &shape, strand(), 0);
    want = ask(&run, 0, true);
    ok(want.target && want.next == INT64_MAX, "`until reached` has no time of its own");
    want = ask(&run, 5 * SWARM_S, false);
    ok(!want.over && want.next == INT64_MAX, "… goes on while the target is not reached");
    want = ask(&run, 6 * SWARM_S, true);
    is_int(want.next, 6 * SWARM_S, "… and ends when it is");
    want = ask(&run, 6 * SWARM_S, true);
    ok(!want.target && want.next == 7 * SWARM_S, "the next stage counts from there");
    shape_free(&shape);
}

/* Asks as often as it wants to be asked; users at each whole second go to `seen`. */
static void follow(struct shape_run *run, uint64_t *seen, int seconds)
{
    int64_t now = 0;

    for (int s = 0; s < seconds; s++) {
        while (now <= s * SWARM_S) {
            struct shape_want want = ask(run, now, true);

            if (want.over) {
                return;
            }
            now = want.next > now ? want.next : now;
            if (want.next > s * SWARM_S) {
                break;
            }
        }
        seen[s] = level;
    }
}

static void test_ramp(void)
{
    struct swarm_stages shape = {.most = -1};
    struct shape_run run;
    uint64_t seen[16] = {0};
    bool straight = true;

    level = 2;
    add(&shape, (struct swarm_stage){.kind = SWARM_STAGE_RAMP, .users = 12, .time = 5 * SWARM_S});
    add(&shape, (struct swarm_stage){.kind = SWARM_STAGE_RAMP, .users = 0, .time = 6 * SWARM_S});
    add(&shape, (struct swarm_stage){.kind = SWARM_STAGE_HOLD, .time = 10 * SWARM_S});
    shape_begin(&run, &shape, strand(), 0);
    follow(&run, seen, 13);
    for (int s = 0; s <= 5; s++) {
        straight &= seen[s] == (uint64_t)(2 + 2 * s);
    }
    for (int s = 5; s <= 11; s++) {
        straight &= seen[s] == (uint64_t)(12 - 2 * (s - 5));
    }
    ok(straight, "a ramp goes from the users there are to its target in a straight line, up and down");
    is_uint(seen[12], 0, "hold changes nothing");
    shape_free(&shape);
}

static void test_ramp_steps(void)
{
    struct swarm_stages shape = {.most = -1};
    struct shape_run run;
    int64_t now = 0;
    int asked = 0;
    uint64_t steps = 0;

    level = 0;
    add(&shape, (struct swarm_stage){.kind = SWARM_STAGE_RAMP, .users = 1000000, .time = SWARM_S});
    shape_begin(&run, &shape, strand(), 0);
    for (;;) {
        struct shape_want want = ask(&run, now, true);

        steps += want.target ? want.step : 0;
        if (want.over) {
            break;
        }
        asked++;
        now = want.next;
    }
    ok(asked <= 110 && level == 1000000 && steps == 1000000,
       "a steep ramp takes steps of 10 ms (%d), and gets there exactly", asked);
    shape_free(&shape);
}

static void test_cap(void)
{
    struct swarm_stages shape = {.most = -1};
    struct shape_run run;

    add(&shape, (struct swarm_stage){.kind = SWARM_STAGE_JUMP, .users = 100, .rate = 5, .time = SWARM_S});
    swarm_at_most(strand(), &shape, 30, &place);
    shape_begin(&run, &shape, strand(), 0);
    is_uint(ask(&run, 0, true).users, 30, "`at most` bounds users");
    is_uint(shape_peak(&shape), 30, "… and the peak");
    shape_free(&shape);
}

/* ---- formulas ---- */

static void saw(struct swarm_strand *s, const struct swarm_value *loops, int64_t elapsed, struct swarm_wish *wish)
{
    (void)s;
    wish->users = elapsed / SWARM_S + loops[0].i;
    wish->rate = 3;
    wish->stop = elapsed >= 5 * SWARM_S;
}

static void test_formula(void)
{
    struct swarm_stages shape = {.most = -1};
    struct swarm_value loop = {.kind = SWARM_INT, .i = 100};
    struct shape_run run;
    struct shape_want want;

    add(&shape, (struct swarm_stage){.kind = SWARM_STAGE_EVERY,
                                     .every = SWARM_S,
                                     .time = 60 * SWARM_S,
                                     .formula = saw,
                                     .loops = &loop,
                                     .loop_count = 1});
    loop.i = 0; /* was copied */
    shape_begin(&run, &shape, strand(), 0);
    want = ask(&run, 0, true);
    ok(want.target && want.users == 100 && want.rate == 3 && want.next == SWARM_S, "a formula is evaluated at once");
    want = ask(&run, SWARM_S / 2, true);
    ok(!want.target && want.next == SWARM_S, "… and not before its time");
    want = ask(&run, 3 * SWARM_S + 5, true);
    ok(want.users == 103 && want.next == 4 * SWARM_S,
       "turns that were slept through are left out, elapsed is the turn's");
    ok(ask(&run, 5 * SWARM_S, true).over, "`stop` ends the shape");
    is_uint(shape_peak(&shape), UINT64_MAX, "the peak of a formula is not known");
    shape_free(&shape);
}

/* ---- arrivals ---- */

static void test_arrivals(void)
{
    struct swarm_stages shape = {.most = -1};
    struct shape_run run;
    struct shape_want want;
    int64_t now = 0, last = -1, shortest = INT64_MAX, longest = 0;
    uint64_t come = 0;

    add(&shape, (struct swarm_stage){.kind = SWARM_STAGE_ARRIVE, .rate = 10, .rate_to = 10, .time = 2 * SWARM_S});
    add(&shape, (struct swarm_stage){.kind = SWARM_STAGE_HOLD, .time = SWARM_S});
    shape_begin(&run, &shape, strand(), 0);
    for (;;) {
        want = ask(&run, now, true);
        if (want.over) {
            break;
        }
        if (want.arrivals) {
            int64_t gap = want.first_due - last;

            come += want.arrivals;
            shortest = last >= 0 && gap < shortest ? gap : shortest;
            longest = last >= 0 && gap > longest ? gap : longest;
            last = want.last_due;
        }
        now = want.next;
    }
    is_uint(come, 30, "10 a second for 2 s, and a hold of 1 s that keeps the rate");
    ok(shortest >= 99 * SWARM_MS && longest <= 101 * SWARM_MS, "evenly spaced, over the border of stages too");
    shape_free(&shape);
}

static void test_growing_arrivals(void)
{
    static const struct {
        double from, to;
        int64_t ms;
        uint64_t wanted;
    } cases[] = {
        {0, 100, 10000, 500}, {100, 0, 10000, 500},           {10, 500, 120000, 30600},
        {0, 0, 5000, 0},      {1.0 / 60, 1.0 / 60, 60000, 1}, {0.3, 0.7, 2000, 1},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct swarm_stages shape = {.most = -1};
        struct shape_run run;
        struct shape_want want;
        uint64_t come = 0, late = 0;
        int64_t now = 0, asked = 0;

        add(&shape, (struct swarm_stage){.kind = SWARM_STAGE_ARRIVE,
                                         .rate = cases[i].from,
                                         .rate_to = cases[i].to,
                                         .time = cases[i].ms * SWARM_MS});
        shape_begin(&run, &shape, strand(), 0);
        for (want = ask(&run, now, true); !want.over; want = ask(&run, now, true)) {
            come += want.arrivals;
            late += want.arrivals && (want.last_due > now || want.first_due > want.last_due);
            now = want.next;
            asked++;
        }
        is_uint(come, cases[i].wanted, "%g/s -> %g/s over %g s", cases[i].from, cases[i].to,
                (double)cases[i].ms / 1000);
        ok(late == 0 && asked <= 2 * (int64_t)cases[i].wanted + 10, "… each when it is due, without asking needlessly");
        shape_free(&shape);
    }
}

/* ---- what cannot be ---- */

static void wrong(struct swarm_stage stage, const char *what, const char *message)
{
    struct swarm_stages shape = {.most = -1};
    bool good;

    add(&shape, stage);
    good = swarm_failed(strand()) && user.strand.error && strstr(user.strand.error->text, message);
    ok(good && shape.count == 0, "%s is an error", what);
    user.strand.base.exit = SWARM_NO_EXIT;
    user.strand.error = NULL;
    arena_clear(&user.strand.arena);
    shape_free(&shape);
}

static void test_errors(void)
{
    struct swarm_stages shape = {.most = -1};

    wrong((struct swarm_stage){.kind = SWARM_STAGE_JUMP, .users = -1, .rate = 1, .time = 1},
          "a negative number of users", "found -1");
    wrong((struct swarm_stage){.kind = SWARM_STAGE_JUMP, .users = 1, .rate = 0, .time = 1}, "a rate of 0",
          "starts nobody");
    wrong((struct swarm_stage){.kind = SWARM_STAGE_HOLD, .time = -5}, "a negative time", "not negative");
    wrong((struct swarm_stage){.kind = SWARM_STAGE_ARRIVE, .rate = -1, .time = 1}, "a negative rate of arrivals",
          "not negative");
    wrong((struct swarm_stage){.kind = SWARM_STAGE_EVERY, .every = 10, .time = 1},
          "a formula without end of evaluations", "millisecond");
    for (int i = 0; i <= SHAPE_STAGES && !swarm_failed(strand()); i++) {
        add(&shape, (struct swarm_stage){.kind = SWARM_STAGE_HOLD, .time = 1});
    }
    ok(swarm_failed(strand()) && shape.count == SHAPE_STAGES, "the number of stages is bounded");
    user.strand.base.exit = SWARM_NO_EXIT;
    user.strand.error = NULL;
    arena_clear(&user.strand.arena);
    shape_free(&shape);
}

/* ---- the dispatcher with shapes ---- */

static uint64_t take_all(struct dispatch *d)
{
    uint64_t acts = 0;

    while (!dispatch_done(d)) {
        size_t count;

        dispatch_step(d, &count);
        acts += count;
    }
    return acts;
}

static void test_aim(void)
{
    static const struct dispatch_kind kinds[] = {{"A", 1, 0}, {"B", 1, 0}};
    static const bool only_a[] = {true, false}, only_b[] = {false, true};
    struct dispatch *d = dispatch_create(kinds, 2, 2);

    dispatch_aim(d, 3, 10, only_a, 0);
    take_all(d);
    dispatch_aim(d, 5, 10, only_b, 0);
    take_all(d);
    ok(dispatch_kind_users(d, 0) == 3 && dispatch_kind_users(d, 1) == 5,
       "the number of a stage with `only` counts its kinds");
    dispatch_aim(d, 1, 10, only_a, 0);
    is_uint(take_all(d), 2, "… down too:");
    ok(dispatch_kind_users(d, 0) == 1 && dispatch_kind_users(d, 1) == 5, "others that came later stay");
    dispatch_lost(d, 1, 1);
    take_all(d);
    is_uint(dispatch_kind_users(d, 1), 5, "one of the others who is lost is replaced");
    dispatch_aim(d, 2, 10, NULL, 0);
    take_all(d);
    is_uint(dispatch_users(d), 2, "without `only` the number is the total again");
    dispatch_free(d);
}

static void test_arrive(void)
{
    static const struct dispatch_kind kinds[] = {{"A", 3, 0}, {"B", 1, 0}};
    struct dispatch *d = dispatch_create(kinds, 2, 2);
    uint64_t of_kind[2] = {0}, of_shard[2] = {0};

    for (int i = 0; i < 8; i++) {
        uint32_t kind, shard;

        ok(dispatch_arrive(d, &kind, &shard), "one arrives");
        of_kind[kind]++;
        of_shard[shard]++;
        dispatch_left(d, kind, shard);
    }
    ok(of_kind[0] == 6 && of_kind[1] == 2, "arrivals are of the kinds by weight, also when all have left again");
    ok(of_shard[0] == 4 && of_shard[1] == 4, "… dealt to the shards in turn");
    is_uint(dispatch_users(d), 0, "who has left is not there");
    dispatch_free(d);
}

/* ---- population ---- */

static void build_main(struct swarm_strand *s, struct swarm_stages *stages)
{
    swarm_stage(
        s, stages,
        (struct swarm_stage){.kind = SWARM_STAGE_JUMP, .users = 4, .rate = 2, .time = 10 * SWARM_S, .place = &place});
}

static void build_own(struct swarm_strand *s, struct swarm_stages *stages)
{
    swarm_stage(
        s, stages,
        (struct swarm_stage){.kind = SWARM_STAGE_JUMP, .users = 3, .rate = -1, .time = 5 * SWARM_S, .place = &place});
}

static void build_open(struct swarm_strand *s, struct swarm_stages *stages)
{
    swarm_stage(s, stages,
                (struct swarm_stage){
                    .kind = SWARM_STAGE_ARRIVE, .rate = 5, .rate_to = 5, .time = 2 * SWARM_S, .place = &place});
    swarm_at_most(s, stages, 3, &place);
}

struct tally {
    uint64_t started[3], stopped[3], stages;
};

/* Lets the time pass up to `until`. */
static int64_t let_pass(struct population *p, int64_t now, int64_t until, struct tally *tally)
{
    for (;;) {
        size_t count;
        const struct population_action *actions = population_step(p, now, &count);
        int64_t next;

        for (size_t i = 0; i < count; i++) {
            tally->started[actions[i].kind] += actions[i].act == POPULATION_START;
            tally->stopped[actions[i].kind] += actions[i].act == POPULATION_STOP;
            tally->stages += actions[i].act == POPULATION_STAGE;
        }
        next = population_next(p);
        if (population_over(p) || next > until) {
            return until;
        }
        now = next > now ? next : now;
    }
}

static struct swarm_group nothing = {.name = "U", .kind = SWARM_GROUP_USER};
static struct swarm_kind_of_user kinds[] = {
    {.name = "A", .group = &nothing, .weight = 1, .count = -1},
    {.name = "B", .group = &nothing, .weight = 1, .count = -1},
    {.name = "N", .group = &nothing, .weight = 1, .count = -1},
};
static bool everybody[] = {true, true, true};

static void test_lanes(void)
{
    static const struct swarm_shape table[] = {{"Main", -1, build_main, {"x", 1, ""}},
                                               {"", 2, build_own, {"x", 2, ""}}};
    struct swarm_program program = {.kinds = kinds, .kind_count = 3, .shapes = table, .shape_count = 2};
    struct run_plan plan = {.only = everybody, .users = 1, .spawn_rate = 1};
    struct shapes shapes;
    struct population *p;
    struct tally tally = {{0}, {0}, 0};

    ok(shapes_pick(&shapes, &program, &plan, strand(), NULL, "# test") && shapes.any,
       "the only shape of the file runs");
    is_uint(shapes_peak(&shapes, &plan), 7, "the peak is that of all lanes");
    p = population_create(&shapes, &plan, 2);
    population_begin(p, 0);
    let_pass(p, 0, 3 * SWARM_S, &tally);
    ok(tally.started[0] == 2 && tally.started[1] == 2 && tally.started[2] == 3,
       "a kind with a shape of its own is not in the main shares");
    ok(population_spawned(p), "the first target is created");
    let_pass(p, 3 * SWARM_S, 6 * SWARM_S, &tally);
    ok(tally.stopped[2] == 3 && tally.stopped[0] == 0 && !population_over(p),
       "its shape running out retires only its users");
    let_pass(p, 6 * SWARM_S, 11 * SWARM_S, &tally);
    ok(population_over(p) && !population_drains(p), "the main shape running out ends the run");
    population_free(p);
    shapes_free(&shapes);

    plan.users_given = true;
    plan.users = 6;
    ok(shapes_pick(&shapes, &program, &plan, strand(), NULL, "# test") && !shapes.any, "--users replaces all shapes");
    p = population_create(&shapes, &plan, 1);
    population_begin(p, 0);
    tally = (struct tally){{0}, {0}, 0};
    let_pass(p, 0, 20 * SWARM_S, &tally);
    ok(tally.started[0] == 2 && tally.started[1] == 2 && tally.started[2] == 2,
       "and kinds with shapes of their own are back in the shares");
    ok(!population_over(p), "such a run does not end by itself");
    population_free(p);
    shapes_free(&shapes);
}

static void test_open_lane(void)
{
    static const struct swarm_shape table[] = {{"", -1, build_open, {"x", 1, ""}}};
    struct swarm_program program = {.kinds = kinds, .kind_count = 3, .shapes = table, .shape_count = 1};
    struct run_plan plan = {.only = everybody, .users = 1, .spawn_rate = 1};
    struct shapes shapes;
    struct population *p;
    struct tally tally = {{0}, {0}, 0};

    shapes_pick(&shapes, &program, &plan, strand(), NULL, "# test");
    p = population_create(&shapes, &plan, 1);
    population_begin(p, 0);
    let_pass(p, 0, SWARM_S, &tally);
    ok(population_spawned(p) && population_visits(p, 0),
       "under arrivals all is created at once, users come for visits");
    is_uint(population_users(p), 3, "not more than `at most`");
    population_left(p, 0, 0);
    population_lost(p, 1, 0);
    let_pass(p, SWARM_S, 3 * SWARM_S, &tally);
    is_uint(tally.started[0] + tally.started[1] + tally.started[2], 5,
            "who has left makes room, and a lost arrival is not replaced");
    ok(population_arrived(p) == 10 && population_dropped(p) == 5, "arrivals over the cap are counted: 5 of 10");
    ok(population_over(p) && population_drains(p), "when the shape runs out visits are still under way");
    population_free(p);
    shapes_free(&shapes);
}

static void test_extinct(void)
{
    static const struct swarm_shape table[] = {{"", -1, build_main, {"x", 1, ""}}};
    struct swarm_program program = {.kinds = kinds, .kind_count = 1, .shapes = table, .shape_count = 1};
    struct run_plan plan = {.only = everybody, .users = 1, .spawn_rate = 1};
    struct shapes shapes;
    struct population *p;
    struct tally tally = {{0}, {0}, 0};

    shapes_pick(&shapes, &program, &plan, strand(), NULL, "# test");
    p = population_create(&shapes, &plan, 1);
    population_begin(p, 0);
    let_pass(p, 0, 2 * SWARM_S, &tally);
    ok(!population_extinct(p), "users are there");
    for (int i = 0; i < 4; i++) {
        population_retired(p, 0, 0);
    }
    ok(population_extinct(p), "all have stopped themselves and no further stage brings anybody");
    population_free(p);
    shapes_free(&shapes);
}

int main(void)
{
    static struct shard shard;
    static struct run_config config;

    shard.config = &config;
    user.strand.shard = &shard;
    user.strand.user = &user;
    test_jump();
    test_until_reached();
    test_ramp();
    test_ramp_steps();
    test_cap();
    test_formula();
    test_arrivals();
    test_growing_arrivals();
    test_errors();
    test_aim();
    test_arrive();
    test_lanes();
    test_open_lane();
    test_extinct();
    return tap_done();
}
