/* What control decides without a run: verdicts, targets, who may run, threads, values of prepare(). */
#include "cli/cli.h"
#include "control/setup.h"
#include "control/verdict.h"
#include "stats/stats.h"
#include "tap.h"

static void test_verdicts(void)
{
    static const struct {
        uint64_t requests, failures, errors, lost_deltas;
        int on_error;
        bool complete;
        int code;
        const char *why;
    } cases[] = {
        {10, 0, 0, 0, 1, true, 0, "10 requests, none failed"},
        {1, 0, 0, 0, 1, true, 0, "1 request, none failed"},
        {10, 3, 0, 0, 1, true, 1, "3 of 10 requests failed"},
        {10, 0, 1, 0, 1, true, 1, "1 error in tasks"},
        {10, 1, 2, 0, 5, true, 5, "1 of 10 requests failed, 2 errors in tasks"},
        {0, 0, 0, 0, 1, true, 1, "nothing was measured: no request, call or transaction was made"},
        {10, 1, 0, 0, 0, true, 0, "1 of 10 requests failed"},
        {10, 0, 0, 0, 0, false, 1, "reports are not complete"},
        {10, 0, 0, 1, 0, true, 1, "counts are missing, reports are not complete"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct stats_snapshot snap = {.task_errors = cases[i].errors, .lost_deltas = cases[i].lost_deltas};
        struct verdict verdict;

        snap.total.requests = cases[i].requests;
        snap.total.failures = cases[i].failures;
        verdict = verdict_of(&snap, cases[i].on_error, cases[i].complete, false);
        is_str(verdict.why, cases[i].why, "verdict %zu says why", i);
        is_int(verdict.exit_code, cases[i].code, "… and ends with %d", cases[i].code);
        is_int(verdict.passed, i < 2, "… %s", i < 2 ? "passed" : "failed");
        verdict_add_health(&verdict, &snap);
        is_int(verdict.exit_code, cases[i].code, "… a healthy generator changes nothing");
        snap.health = (struct stats_health){.no_port = 3, .unhealthy = STATS_OUT_OF_LIMITS};
        verdict_add_health(&verdict, &snap);
        is_int(verdict.exit_code, EXIT_UNHEALTHY, "… an unhealthy one ends with 4");
        ok(!verdict.passed &&
               strstr(verdict.why, "the load generator was the bottleneck: 3 connects failed because no"),
           "… and says why: %s", verdict.why);
    }
}

/* Tags excuse a run without a request; a server that never answers is no excuse. */
static void test_nothing_measured(void)
{
    struct stats_row_view row = {.type = "GET", .name = "/", .cut = 2},
                          queued = {.type = "CALL", .name = "f", .dropped = 3};
    struct stats_row_view hung[] = {{.type = "CALL", .name = "g", .cut = 1}, queued};
    struct stats_snapshot empty = {0}, cut = {.rows = &row, .row_count = 1};
    struct verdict verdict;

    verdict = verdict_of(&(struct stats_snapshot){.rows = &queued, .row_count = 1}, 1, true, false);
    is_int(verdict.exit_code, 0, "a run whose calls the stop dropped from the queue passes");
    is_str(verdict.why, "no call had begun at the stop, 3 dropped", "… and says so");
    verdict = verdict_of(&(struct stats_snapshot){.rows = hung, .row_count = 2}, 1, true, false);
    is_int(verdict.exit_code, 1, "calls that hang are no excuse, whatever waited behind them");
    is_str(verdict.why, "nothing was measured: 1 request cut off at the stop, none answered before", "… and says so");
    verdict = verdict_of(&empty, 1, true, true);
    is_int(verdict.exit_code, 0, "a run that tags left nothing passes");
    is_str(verdict.why, "no request is made under these tags", "… and says so");
    verdict = verdict_of(&cut, 1, true, false);
    is_int(verdict.exit_code, 1, "a run whose requests the stop cut off has failed");
    is_str(verdict.why, "nothing was measured: 2 requests cut off at the stop, none answered before", "… and says so");
}

static const struct swarm_group nothing = {.name = "U", .kind = SWARM_GROUP_USER};

static void test_kinds(void)
{
    static bool only[3] = {true, true, true};
    struct run_host admin = {1, "http://admin"};
    struct swarm_kind_of_user kinds[] = {
        {.name = "A", .group = &nothing, .weight = 1, .count = -1, .target = "http://a"},
        {.name = "B", .group = &nothing, .weight = 1, .count = -1, .target = "http://b", .needs_host = "x.swarm:3"},
        {.name = "C", .group = &nothing, .weight = 0, .count = -1, .needs_host = "x.swarm:9"},
    };
    struct swarm_program program = {.kinds = kinds, .kind_count = 3};
    struct run_plan plan = {.only = only, .users = 5};
    const char **targets = setup_targets(&program, &plan);

    is_str(targets[0], "http://a", "without --host a kind keeps its target");
    ok(!targets[2], "or has none");
    ok(setup_check(&program, &plan, targets, NULL, "test"), "a kind of weight 0 needs no target");
    free(targets);

    plan.host = "http://all";
    plan.kind_hosts = &admin;
    plan.kind_host_count = 1;
    targets = setup_targets(&program, &plan);
    is_str(targets[0], "http://all", "--host replaces every target");
    is_str(targets[1], "http://admin", "--host KIND= wins");
    free(targets);

    plan.host = NULL;
    plan.kind_host_count = 0;
    kinds[1].target = NULL;
    targets = setup_targets(&program, &plan);
    ok(!setup_check(&program, &plan, targets, NULL, "# test"), "a relative URL without target is refused");
    only[1] = false;
    ok(setup_check(&program, &plan, targets, NULL, "# test"), "but not in a kind that was not named");
    kinds[0].count = 0;
    ok(!setup_check(&program, &plan, targets, NULL, "# test"), "count 0 of the only kind: nobody can be started");
    free(targets);
}

static struct swarm_value computed;
static struct swarm_kind_of_user prepared_kind = {.name = "U", .group = &nothing, .count = -1};
static const struct swarm_place place = {"x.swarm", 4, "n"};

static void prepare_well(struct swarm_strand *s)
{
    computed = swarm_join(s, swarm_text("con", 3), swarm_text("stant", 5), &place);
    prepared_kind.weight = 3;
}
static void prepare_badly(struct swarm_strand *s)
{
    swarm_divide(s, 1, 0, &place);
}
static void prepare_negative(struct swarm_strand *s)
{
    (void)s;
    prepared_kind.weight = -1;
}

static void test_prepare(void)
{
    struct swarm_program program = {.kinds = &prepared_kind, .kind_count = 1, .prepare = prepare_well};
    struct preparation preparation;

    ok(setup_prepare(&preparation, &program, "# test"), "prepare() computes the consts");
    is_mem(computed.text, "constant", 8, "which live on");
    setup_forget(&preparation);
    program.prepare = prepare_badly;
    ok(!setup_prepare(&preparation, &program, "# test"), "an error in it ends the program");
    setup_forget(&preparation);
    program.prepare = prepare_negative;
    ok(!setup_prepare(&preparation, &program, "# test"), "so does a negative weight");
    setup_forget(&preparation);
}

int main(void)
{
    struct run_plan plan = {.threads = 7, .users = 2};

    test_verdicts();
    test_nothing_measured();
    test_kinds();
    test_prepare();
    is_uint(setup_threads(&plan, plan.users), 7, "--threads is taken as it is");
    plan.threads = 0;
    ok(setup_threads(&plan, plan.users) >= 1 && setup_threads(&plan, plan.users) <= 2,
       "else there are not more threads than users");
    plan.seed_given = true;
    plan.seed = 99;
    is_uint(setup_seed(&plan), 99, "--seed is taken as it is");
    return tap_done();
}
