/* The dispatcher against Locust's worked examples: every state is what each worker has after a step, kinds
 * in order of name. */
#include <math.h>
#include <tap.h>

#include "control/dispatch.h"

enum { MAX_KINDS = 8 };

static struct dispatch *local(const double *weights, const uint64_t *counts, size_t kinds, size_t shards)
{
    static const char *const names[] = {"U1", "U2", "U3", "U4", "U5", "U6", "U7", "U8"};
    struct dispatch_kind list[MAX_KINDS];

    for (size_t i = 0; i < kinds; i++)
        list[i] = (struct dispatch_kind){names[i], weights ? weights[i] : 1, counts ? counts[i] : 0};
    return dispatch_create(list, kinds, shards);
}

/* "100 010 001": the users of each shard in `order` (NULL: 0, 1, ...), digits of kinds; with `sep` numbers
 * are separated by it. */
static const char *state(struct dispatch *d, const uint32_t *order, size_t shards, size_t kinds, const char *sep)
{
    static char text[512];
    size_t n = 0;

    for (size_t i = 0; i < shards; i++) {
        for (size_t k = 0; k < kinds; k++)
            n += (size_t)snprintf(
                text + n, sizeof text - n, "%s%llu",
                k   ? sep
                : i ? " "
                    : "",
                (unsigned long long)dispatch_shard_users(d, (uint32_t)k, order ? order[i] : (uint32_t)i));
    }
    return text;
}

/* Applies actions to a model of its own, so that actions and the dispatcher's own counts are compared. */
struct model {
    int64_t users[64][MAX_KINDS];
};

static int apply(struct model *m, const struct dispatch_action *actions, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        m->users[actions[i].shard][actions[i].kind] += actions[i].delta;
        if (m->users[actions[i].shard][actions[i].kind] < 0)
            return 0;
    }
    return 1;
}

static struct model the_model;

/* Takes one step; false when the actions do not lead to the dispatcher's own counts. */
static int step(struct dispatch *d, size_t shards, size_t kinds)
{
    size_t n;
    const struct dispatch_action *actions = dispatch_step(d, &n);

    if (!apply(&the_model, actions, n))
        return 0;
    for (size_t i = 0; i < shards; i++) {
        for (size_t k = 0; k < kinds; k++) {
            if ((uint64_t)the_model.users[i][k] != dispatch_shard_users(d, (uint32_t)k, (uint32_t)i))
                return 0;
        }
    }
    return 1;
}

/* The states of a whole ramp, ended by NULL; the dispatcher is done with the last one and not before. */
static void ramp(struct dispatch *d, const uint32_t *order, size_t shards, size_t kinds, const char *sep,
                 const char *const *states, const char *what)
{
    for (size_t i = 0; states[i]; i++) {
        ok(!dispatch_done(d), "%s: step %zu is to come", what, i + 1);
        ok(step(d, shards, kinds), "%s: actions of step %zu make its state", what, i + 1);
        is_str(state(d, order, shards, kinds, sep), states[i], "%s: step %zu", what, i + 1);
    }
    ok(dispatch_done(d), "%s: done", what);
}

#define RAMP(d, shards, kinds, what, ...)                                                                              \
    ramp(d, NULL, shards, kinds, "", (const char *const[]){__VA_ARGS__, NULL}, what)

static void fresh(void)
{
    memset(&the_model, 0, sizeof the_model);
}

static void test_sequences(void)
{
    static const struct {
        const char *name;
        double weights[3];
        size_t kinds;
        const char *sequence;
    } cases[] = {
        {"1 1 1", {1, 1, 1}, 3, "ABCABCABCABCABCABCABCABC"}, {"1 2", {1, 2}, 2, "BABBABBABBABBABBABBABBAB"},
        {"3 1", {3, 1}, 2, "ABAAABAAABAAABAAABAAABAA"},      {"5 1", {5, 1}, 2, "AABAAAAABAAAAABAAAAABAAA"},
        {"10 1", {10, 1}, 2, "AAAABAAAAAAAAAAABAAAAAAA"},    {"4 5", {4, 5}, 2, "BABABABABBABABABABBABABA"},
        {"2 1 1", {2, 1, 1}, 3, "ABCAABCAABCAABCAABCAABCA"}, {"1 2 3", {1, 2, 3}, 3, "CBACBCCBACBCCBACBCCBACBC"},
        {"5 3 2", {5, 3, 2}, 3, "ABCABAACBAABCABAACBAABCA"}, {"7 2 1", {7, 2, 1}, 3, "AABACAABAAAABACAABAAAABA"},
    };

    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct dispatch *d = local(cases[c].weights, NULL, cases[c].kinds, 1);
        char got[25] = "";
        size_t n;
        const struct dispatch_action *actions;

        dispatch_retarget(d, 24, INFINITY, NULL);
        actions = dispatch_step(d, &n);
        for (size_t i = 0; i < n && i < 24; i++)
            got[i] = (char)('A' + actions[i].kind);
        is_str(got, cases[c].sequence, "order of kinds with weights %s", cases[c].name);
        dispatch_free(d);
    }
}

static void test_names_decide(void)
{
    const struct dispatch_kind kinds[] = {{"Zed", 1, 0}, {"Abe", 1, 0}, {"Mia", 1, 0}};
    struct dispatch *d = dispatch_create(kinds, 3, 1);
    size_t n;
    const struct dispatch_action *actions;

    dispatch_retarget(d, 3, 3, NULL);
    actions = dispatch_step(d, &n);
    is_uint(n, 3, "three users in the first step");
    is_uint(actions[0].kind, 1, "Abe before");
    is_uint(actions[1].kind, 2, "Mia before");
    is_uint(actions[2].kind, 0, "Zed");
    dispatch_free(d);
    is_ptr(dispatch_create(kinds, 3, 0), NULL, "there is no dispatcher without shards");
}

static void test_rates(void)
{
    static const struct {
        double rate;
        uint64_t per_step, wait_ns;
    } cases[] = {
        {0.5, 1, 2000000000}, {1, 1, 1000000000},     {2, 2, 1000000000},        {2.4, 2, 833333333},
        {4, 4, 1000000000},   {9, 9, 1000000000},     {0.001, 1, 1000000000000}, {499, 499, 1000000000},
        {500, 5, 10000000},   {50000, 500, 10000000}, {1050, 11, 10476190},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct dispatch *d = local(NULL, NULL, 1, 1);
        size_t n;

        dispatch_retarget(d, 1000, cases[i].rate, NULL);
        is_uint(dispatch_wait_ns(d), 0, "rate %g: the first step is immediate", cases[i].rate);
        dispatch_step(d, &n);
        is_uint(n, cases[i].per_step, "rate %g: users of a step", cases[i].rate);
        is_uint(dispatch_wait_ns(d), cases[i].wait_ns, "rate %g: wait between steps", cases[i].rate);
        dispatch_free(d);
    }
}

static void test_up_and_down(void)
{
    struct dispatch *d = local(NULL, NULL, 3, 3);

    fresh();
    dispatch_retarget(d, 9, 0.5, NULL);
    RAMP(d, 3, 3, "rate 0.5", "100 000 000", "100 010 000", "100 010 001", "200 010 001", "200 020 001", "200 020 002",
         "300 020 002", "300 030 002", "300 030 003");
    dispatch_free(d);

    for (int i = 0; i < 2; i++) {
        d = local(NULL, NULL, 3, 3);
        fresh();
        dispatch_retarget(d, 9, i ? 2.4 : 2, NULL);
        RAMP(d, 3, 3, i ? "rate 2.4" : "rate 2", "100 010 000", "200 010 001", "200 020 002", "300 030 002",
             "300 030 003");
        if (i == 0) {
            dispatch_retarget(d, 0, 2, NULL);
            RAMP(d, 3, 3, "down at rate 2", "300 020 002", "200 020 001", "100 010 001", "100 000 000", "000 000 000");
        }
        dispatch_free(d);
    }

    d = local(NULL, NULL, 3, 3);
    fresh();
    dispatch_retarget(d, 9, 4, NULL);
    RAMP(d, 3, 3, "rate 4", "200 010 001", "300 030 002", "300 030 003");
    dispatch_free(d);

    d = local(NULL, NULL, 3, 3);
    fresh();
    dispatch_retarget(d, 9, 3, NULL);
    RAMP(d, 3, 3, "rate 3", "100 010 001", "200 020 002", "300 030 003");
    dispatch_retarget(d, 9, 3, NULL);
    RAMP(d, 3, 3, "the target is reached already", "300 030 003");
    dispatch_free(d);

    d = local(NULL, NULL, 3, 3);
    fresh();
    dispatch_retarget(d, 9, 9, NULL);
    RAMP(d, 3, 3, "rate 9", "300 030 003");
    dispatch_free(d);

    d = local(NULL, NULL, 3, 4);
    fresh();
    dispatch_retarget(d, 9, 1, NULL);
    RAMP(d, 4, 3, "four workers", "100 000 000 000", "100 010 000 000", "100 010 001 000", "100 010 001 100",
         "110 010 001 100", "110 011 001 100", "110 011 101 100", "110 011 101 110", "111 011 101 110");
    dispatch_retarget(d, 0, 1, NULL);
    RAMP(d, 4, 3, "four workers down", "110 011 101 110", "110 011 101 100", "110 011 001 100", "110 010 001 100",
         "100 010 001 100", "100 010 001 000", "100 010 000 000", "100 000 000 000", "000 000 000 000");
    dispatch_free(d);
}

static void test_hosts(void)
{
    const char *const ids[] = {"hostname1_worker1", "hostname1_worker2", "hostname2_worker1", "hostname2_worker2"};
    const struct dispatch_kind kinds[] = {{"U1", 1, 0}, {"U2", 1, 0}, {"U3", 1, 0}};
    struct dispatch *d = dispatch_create_workers(kinds, 3, ids, 4);

    fresh();
    dispatch_retarget(d, 6, 2, NULL);
    RAMP(d, 4, 3, "two hosts", "100 000 010 000", "100 001 010 100", "110 001 011 100");
    dispatch_free(d);
}

static void test_weights(void)
{
    const double one_two[] = {1, 2}, one_two_three[] = {1, 2, 3};
    struct dispatch *d = local(one_two, NULL, 2, 4);
    const char *const first[] = {"1,1 1,0 0,1 0,1", "1,2 1,2 0,2 1,1", "1,3 2,2 1,3 1,2", "2,3 2,3 1,4 2,3",
                                 "2,5 2,4 2,4 2,4"};

    fresh();
    dispatch_retarget(d, 75, 5, NULL);
    for (size_t i = 0; i < 5; i++) {
        step(d, 4, 2);
        is_str(state(d, NULL, 4, 2, ","), first[i], "weights 1 2: step %zu", i + 1);
    }
    while (!dispatch_done(d))
        step(d, 4, 2);
    is_str(state(d, NULL, 4, 2, ","), "6,13 7,12 6,13 6,12", "weights 1 2: the end");
    is_uint(dispatch_kind_users(d, 0), 25, "25 of the first kind");
    is_uint(dispatch_kind_users(d, 1), 50, "50 of the second kind");
    dispatch_free(d);

    d = local(one_two_three, NULL, 3, 3);
    fresh();
    dispatch_retarget(d, 9, 0.5, NULL);
    RAMP(d, 3, 3, "weights 1 2 3", "001 000 000", "001 010 000", "001 010 100", "002 010 100", "002 020 100",
         "002 020 101", "003 020 101", "003 030 101", "003 030 201");
    dispatch_free(d);
}

static void test_fixed(void)
{
    static const struct {
        uint64_t counts[5];
        double weights[5];
        size_t kinds;
        uint64_t target, users[5];
    } cases[] = {
        {{1, 0, 0}, {1, 1, 1}, 3, 3, {1, 1, 1}},
        {{1, 0, 0}, {1, 1, 1}, 3, 9, {1, 4, 4}},
        {{8, 0, 0}, {1, 1, 1}, 3, 10, {8, 1, 1}},
        {{100, 0, 0}, {1, 1, 1}, 3, 100, {100, 0, 0}},
        {{100, 0, 0}, {1, 1, 1}, 3, 1000, {100, 450, 450}},
        {{5, 2, 0, 0, 0}, {1, 1, 1, 1, 1}, 5, 10, {5, 2, 1, 1, 1}},
        {{9, 1, 0, 0, 0}, {1, 1, 5, 3, 2}, 5, 20, {9, 1, 5, 3, 2}},
        {{500, 0, 0, 0, 0}, {1, 2, 1, 1, 1}, 5, 1000, {500, 200, 100, 100, 100}},
        {{250, 250, 0, 0, 0}, {1, 1, 3, 1, 1}, 5, 1000, {250, 250, 300, 100, 100}},
        {{13, 26, 39, 52, 1}, {1, 1, 1, 1, 1}, 5, 131, {13, 26, 39, 52, 1}},
        {{10, 10, 10, 10, 10}, {1, 1, 1, 1, 1}, 5, 100, {10, 10, 10, 10, 10}},
        {{50, 50}, {1, 1}, 2, 30, {15, 15}},
        {{2, 0, 0}, {1, 1, 1}, 3, 10, {2, 4, 4}},
    };

    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct dispatch *d = local(cases[c].weights, cases[c].counts, cases[c].kinds, 1);

        fresh();
        dispatch_retarget(d, cases[c].target, 10, NULL);
        for (int i = 0; i < 1000 && !dispatch_done(d); i++)
            step(d, 1, cases[c].kinds);
        ok(dispatch_done(d), "fixed counts %zu: ends", c + 1);
        for (size_t k = 0; k < cases[c].kinds; k++)
            is_uint(dispatch_kind_users(d, (uint32_t)k), cases[c].users[k], "fixed counts %zu: kind %zu", c + 1, k + 1);
        dispatch_free(d);
    }
}

/* Only fixed kinds and a target above their sum: the last step repeats the state. */
static void test_fixed_and_too_many(void)
{
    const uint64_t counts[] = {2, 1};
    struct dispatch *d = local(NULL, counts, 2, 1);

    fresh();
    is_uint(dispatch_fixed_total(d), 3, "sum of the fixed counts");
    dispatch_retarget(d, 10, 3, NULL);
    RAMP(d, 1, 2, "fixed kinds only", "21", "21");
    dispatch_free(d);
}

static void test_fixed_up_and_down(void)
{
    const uint64_t counts[] = {2, 0, 0};
    const double weights[] = {1, 1, 3};
    struct dispatch *d = local(weights, counts, 3, 1);

    fresh();
    dispatch_retarget(d, 5, 1, NULL);
    RAMP(d, 1, 3, "fixed first", "100", "200", "201", "211", "212");
    dispatch_retarget(d, 2, 1, NULL);
    RAMP(d, 1, 3, "down to the fixed ones", "211", "201", "200");
    dispatch_retarget(d, 7, 1, NULL);
    RAMP(d, 1, 3, "and up again", "201", "202", "212", "213", "214");
    dispatch_free(d);
}

static void test_only(void)
{
    const bool u1[] = {true, false, false}, u2[] = {false, true, false}, u3[] = {false, false, true};
    struct dispatch *d = local(NULL, NULL, 3, 3);

    fresh();
    dispatch_retarget(d, 9, 9, NULL);
    RAMP(d, 3, 3, "all kinds", "300 030 003");
    dispatch_retarget(d, 12, 3, u3);
    RAMP(d, 3, 3, "only U3", "301 031 004");
    dispatch_retarget(d, 15, 3, u2);
    RAMP(d, 3, 3, "only U2", "311 041 014");
    dispatch_retarget(d, 18, 3, u1);
    RAMP(d, 3, 3, "only U1", "411 141 114");
    dispatch_free(d);

    d = local(NULL, NULL, 3, 3);
    fresh();
    dispatch_retarget(d, 20, 20, u3);
    RAMP(d, 3, 3, "U3 alone", "007 007 006");
    dispatch_retarget(d, 9, 20, u3);
    RAMP(d, 3, 3, "U3 down", "003 003 003");
    dispatch_retarget(d, 3, 20, NULL);
    RAMP(d, 3, 3, "all, down", "001 001 001");
    dispatch_retarget(d, 21, 21, NULL);
    RAMP(d, 3, 3, "all, up", "151 115 511");
    dispatch_retarget(d, 9, 20, NULL);
    RAMP(d, 3, 3, "all, down again", "111 111 111");
    dispatch_free(d);

    /* ./prog User2 User3 -u 5 -r 10 */
    d = local(NULL, NULL, 3, 1);
    fresh();
    dispatch_retarget(d, 5, 10, (const bool[]){false, true, true});
    RAMP(d, 1, 3, "two kinds named", "032");
    dispatch_free(d);

    d = local(NULL, NULL, 2, 1);
    fresh();
    dispatch_retarget(d, 10, 10, NULL);
    RAMP(d, 1, 2, "ten", "55");
    dispatch_retarget(d, 5, 10, NULL);
    RAMP(d, 1, 2, "down to five", "32");
    dispatch_free(d);
}

static void test_worker_goes(void)
{
    const uint32_t rest[] = {0, 2};
    const uint64_t counts[] = {2, 0, 0};
    struct dispatch *d = local(NULL, NULL, 3, 3);

    fresh();
    dispatch_retarget(d, 9, 3, NULL);
    step(d, 3, 3);
    step(d, 3, 3);
    is_str(state(d, NULL, 3, 3, ""), "200 020 002", "before worker 2 goes");
    dispatch_remove_worker(d, 1);
    is_uint(dispatch_wait_ns(d), 0, "the rebalance is due at once");
    memset(the_model.users[1], 0, sizeof the_model.users[1]);
    ramp(d, rest, 2, 3, "", (const char *const[]){"111 111", "212 121", NULL}, "worker 2 goes");
    is_uint(dispatch_wait_ns(d), 1000000000, "the ramp goes on after its wait");
    dispatch_free(d);

    d = local(NULL, counts, 3, 3);
    fresh();
    dispatch_retarget(d, 9, 3, NULL);
    step(d, 3, 3);
    is_str(state(d, NULL, 3, 3, ""), "100 100 010", "fixed: the first step");
    step(d, 3, 3);
    is_str(state(d, NULL, 3, 3, ""), "101 110 011", "fixed: the second step");
    dispatch_remove_worker(d, 1);
    memset(the_model.users[1], 0, sizeof the_model.users[1]);
    ramp(d, rest, 2, 3, "", (const char *const[]){"120 102", "140 103", NULL}, "fixed: worker 2 goes");
    dispatch_free(d);

    d = local(NULL, NULL, 3, 3);
    fresh();
    dispatch_retarget(d, 9, 3, NULL);
    while (!dispatch_done(d))
        step(d, 3, 3);
    dispatch_remove_worker(d, 1);
    ok(!dispatch_done(d), "a rebalance is to come");
    memset(the_model.users[1], 0, sizeof the_model.users[1]);
    dispatch_retarget(d, 18, 3, NULL);
    step(d, 1, 3);
    is_str(state(d, rest, 2, 3, ""), "212 121", "removed between dispatches: the rebalance");
    is_uint(dispatch_wait_ns(d), 0, "removed between dispatches: the ramp begins at once");
    ramp(d, rest, 2, 3, "", (const char *const[]){"222 222", "323 232", "333 333", NULL}, "removed between dispatches");
    dispatch_remove_worker(d, 0);
    dispatch_remove_worker(d, 2);
    step(d, 0, 3);
    is_uint(dispatch_kind_users(d, 0) + dispatch_kind_users(d, 1) + dispatch_kind_users(d, 2), 18,
            "the last worker cannot be removed");
    is_uint(dispatch_shard_users(d, 0, 2), 6, "it has all users");
    dispatch_free(d);
}

static void test_worker_comes(void)
{
    const char *const ids[] = {"hostname1_worker1", "hostname2_worker1"};
    const struct dispatch_kind kinds[] = {{"U1", 1, 0}, {"U2", 1, 0}, {"U3", 1, 0}};
    struct dispatch *d = dispatch_create_workers(kinds, 3, ids, 2);

    fresh();
    dispatch_retarget(d, 11, 3, NULL);
    step(d, 2, 3);
    is_uint(dispatch_shard_users(d, 0, 0) + dispatch_shard_users(d, 1, 0) + dispatch_shard_users(d, 2, 0), 2,
            "two users on the first worker");
    step(d, 2, 3);
    is_uint(dispatch_users(d), 6, "six users");
    is_uint(dispatch_add_worker(d, "hostname1_worker2"), 2, "the third worker has index 2");
    ramp(d, NULL, 3, 3, "", (const char *const[]){"200 020 002", "300 030 003", "400 040 003", NULL}, "a worker comes");
    dispatch_free(d);
}

static void test_small_steps(void)
{
    static const uint64_t targets[] = {1, 2, 3, 4, 3, 2, 1, 0};
    static const char *const states[] = {"10 00", "10 01", "20 01", "20 02", "20 01", "10 01", "10 00", "00 00"};
    struct dispatch *d = local(NULL, NULL, 2, 2);

    fresh();
    for (size_t i = 0; i < 8; i++) {
        dispatch_retarget(d, targets[i], 1, NULL);
        RAMP(d, 2, 2, "small steps", states[i]);
    }
    dispatch_free(d);
}

/* Up to the least, up to the most, back to the least: the same users. */
static void test_back_again(void)
{
    for (size_t shards = 1; shards <= 5; shards++) {
        for (int w = 1; w <= 4; w++) {
            const double weights[] = {w, 2, 5 - w};
            struct dispatch *d = local(weights, NULL, 3, shards);
            char before[512];

            fresh();
            dispatch_retarget(d, 13, 3, NULL);
            while (!dispatch_done(d))
                step(d, shards, 3);
            snprintf(before, sizeof before, "%s", state(d, NULL, shards, 3, ","));
            dispatch_retarget(d, 57, 4, NULL);
            while (!dispatch_done(d))
                step(d, shards, 3);
            dispatch_retarget(d, 13, 5, NULL);
            while (!dispatch_done(d))
                step(d, shards, 3);
            is_str(state(d, NULL, shards, 3, ","), before, "back again with %zu shards, weight %d", shards, w);
            dispatch_free(d);
        }
    }
}

static void test_lost(void)
{
    struct dispatch *d = local(NULL, NULL, 2, 2);
    size_t n;
    const struct dispatch_action *actions;

    fresh();
    dispatch_retarget(d, 4, 2, NULL);
    while (!dispatch_done(d))
        step(d, 2, 2);
    dispatch_lost(d, 1, 1);
    is_uint(dispatch_users(d), 3, "a lost user is not there any more");
    ok(!dispatch_done(d), "it is to be replaced");
    is_uint(dispatch_wait_ns(d), 1000000000, "not before the wait of the last step");
    actions = dispatch_step(d, &n);
    is_uint(n, 1, "one action");
    ok(n == 1 && actions[0].kind == 1 && actions[0].shard == 1 && actions[0].delta == 1,
       "the same kind in the same shard");
    ok(dispatch_done(d), "then the target is reached again");
    for (int i = 0; i < 2; i++) {
        dispatch_lost(d, 0, 0);
        dispatch_lost(d, 1, 1);
    }
    is_uint(dispatch_users(d), 0, "all four lost");
    dispatch_step(d, &n);
    is_uint(n, 2, "a step replaces as many as the rate says");
    dispatch_step(d, &n);
    is_uint(n, 2, "and the next one the others");
    ok(dispatch_done(d), "all replaced");
    dispatch_lost(d, 0, 1);
    is_uint(dispatch_users(d), 4, "a user that is not there cannot be lost");
    dispatch_lost(d, 0, 0);
    dispatch_retarget(d, 3, 2, NULL);
    dispatch_step(d, &n);
    is_uint(n, 0, "a lower target needs no replacement");
    dispatch_free(d);
}

static void test_retired(void)
{
    const uint64_t counts[] = {2, 0};
    struct dispatch *d = local(NULL, counts, 2, 1);
    size_t n;

    dispatch_retarget(d, 4, 4, NULL);
    dispatch_step(d, &n);
    is_uint(n, 4, "four users");
    dispatch_retired(d, 0, 0);
    is_uint(dispatch_target(d), 3, "the target shrinks");
    is_uint(dispatch_fixed_total(d), 1, "and so does the fixed count");
    ok(dispatch_done(d), "nothing is to be done");
    dispatch_retired(d, 0, 0);
    dispatch_retired(d, 1, 0);
    dispatch_retired(d, 1, 0);
    is_uint(dispatch_users(d), 0, "nobody is left");
    is_uint(dispatch_target(d), 0, "and nobody is wanted");
    ok(dispatch_done(d), "done");
    dispatch_free(d);

    d = local(NULL, NULL, 1, 1);
    dispatch_retarget(d, 10, 2, NULL);
    dispatch_step(d, &n);
    dispatch_retired(d, 0, 0);
    dispatch_retired(d, 0, 0);
    for (int i = 0; i < 20 && !dispatch_done(d); i++)
        dispatch_step(d, &n);
    is_uint(dispatch_users(d), 8, "retired while ramping up: eight of ten in the end");
    dispatch_free(d);
}

/* Users leave in any order, many of them: the others and their order are untouched. */
static void test_many_leave(void)
{
    enum { USERS = 30000 };
    struct dispatch *d = local(NULL, NULL, 2, 3);
    uint64_t state = 7;
    size_t n, left = 0;

    dispatch_retarget(d, USERS, INFINITY, NULL);
    dispatch_step(d, &n);
    is_uint(n, USERS, "all in one step");
    while (left < USERS / 2) {
        uint32_t kind, shard;

        state = state * 6364136223846793005u + 1442695040888963407u;
        kind = (uint32_t)(state >> 40) % 2;
        shard = (uint32_t)(state >> 50) % 3;
        if (dispatch_shard_users(d, kind, shard) == 0)
            continue;
        if (state >> 63)
            dispatch_lost(d, kind, shard);
        else
            dispatch_retired(d, kind, shard);
        left++;
    }
    is_uint(dispatch_users(d), USERS / 2, "half of them left");
    ok(dispatch_target(d) > USERS / 2 && dispatch_target(d) < USERS, "some are to be replaced");
    while (!dispatch_done(d))
        dispatch_step(d, &n);
    is_uint(dispatch_users(d), dispatch_target(d), "and are");
    dispatch_retarget(d, 0, INFINITY, NULL);
    dispatch_step(d, &n);
    is_uint(dispatch_users(d), 0, "all go");
    for (uint32_t shard = 0; shard < 3; shard++)
        is_uint(dispatch_shard_users(d, 0, shard) + dispatch_shard_users(d, 1, shard), 0, "from shard %u",
                (unsigned)shard);
    dispatch_free(d);

    d = local(NULL, NULL, 2, 2);
    fresh();
    dispatch_retarget(d, 6, 6, NULL);
    RAMP(d, 2, 2, "six", "30 03");
    dispatch_retired(d, 0, 0);
    memset(&the_model, 0, sizeof the_model);
    the_model.users[0][0] = 2;
    the_model.users[1][1] = 3;
    dispatch_retarget(d, 0, 1, NULL);
    RAMP(d, 2, 2, "the last one first, without the one that left", "20 02", "20 01", "10 01", "10 00", "00 00");
    dispatch_free(d);
}

/* A new target while the ramp is under way begins at what is there. */
static void test_interrupted(void)
{
    struct dispatch *d = local(NULL, NULL, 3, 3);

    fresh();
    dispatch_retarget(d, 9, 3, NULL);
    step(d, 3, 3);
    dispatch_retarget(d, 5, 1, NULL);
    RAMP(d, 3, 3, "given up half-way", "200 010 001", "200 020 001");
    dispatch_free(d);
}

int main(void)
{
    test_sequences();
    test_names_decide();
    test_rates();
    test_up_and_down();
    test_hosts();
    test_weights();
    test_fixed();
    test_fixed_and_too_many();
    test_fixed_up_and_down();
    test_only();
    test_worker_goes();
    test_worker_comes();
    test_small_steps();
    test_back_again();
    test_lost();
    test_retired();
    test_many_leave();
    test_interrupted();
    return tap_done();
}
