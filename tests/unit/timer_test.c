/* The timer wheel against a model that looks through everything. */
#include "engine/timer.h"

#include <time.h>

#include "tap.h"

#define MS INT64_C(1000000)
#define S  INT64_C(1000000000)

struct item {
    struct timer timer; /* first */
    int64_t due;
    uint64_t started; /* order of start; 0: not started */
    unsigned fires;
};

static struct timers timers;
static struct item *fired[200000];
static unsigned fired_count;

static void note(struct timer *timer)
{
    struct item *item = (struct item *)timer;

    item->fires++;
    fired[fired_count++] = item;
}

static uint64_t state = 1;
static uint64_t next_random(void)
{
    uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static void test_order(void)
{
    static const int64_t dues[] = {5 * MS, 3 * MS, 5 * MS + 1, 3 * MS, 20 * S, 100 * 3600 * S, 0, 20 * S, 9 * S};
    static const unsigned want[] = {6, 1, 3, 0, 2, 8, 4, 7, 5};
    struct item items[9] = {{.due = 0}};
    int64_t now = 0, next;

    timers_init(&timers, 0);
    is_int(timers_next(&timers), INT64_MAX, "nothing is due in an empty wheel");
    for (unsigned i = 0; i < 9; i++) {
        timer_start(&timers, &items[i].timer, dues[i], note);
    }
    fired_count = 0;
    while ((next = timers_next(&timers)) != INT64_MAX) {
        now = next > now ? next : now + 1;
        timers_run(&timers, now);
    }
    is_uint(fired_count, 9, "all nine fired");
    for (unsigned i = 0; i < 9; i++) {
        is_ptr(fired[i], &items[want[i]], "place %u belongs to timer %u", i, want[i]);
    }
    ok(now >= 100 * 3600 * S && now < 100 * 3600 * S + 2, "the last one fired when it was due, not later");
    timers_free(&timers);
}

static struct item chained;
static void start_chained(struct timer *timer)
{
    note(timer);
    timer_start(&timers, &chained.timer, 0, note);
}

static void stop_other(struct timer *timer)
{
    note(timer);
    timer_stop(&timers, &chained.timer);
}

static void test_inside(void)
{
    struct item first = {.due = 0};

    timers_init(&timers, 0);
    fired_count = 0;
    timer_start(&timers, &first.timer, MS, start_chained);
    is_uint(timers_run(&timers, 2 * MS), 1,
            "what a timer starts with a time that has passed does not fire in the same call");
    is_uint(timers_run(&timers, 2 * MS), 1, "but in the next");
    timer_start(&timers, &first.timer, 3 * MS, stop_other);
    timer_start(&timers, &chained.timer, 3 * MS + 1, note);
    is_uint(timers_run(&timers, 4 * MS), 1, "a timer that is due may be stopped by the one before it");
    ok(!timer_is_started(&chained.timer), "and is then not started");
    timer_stop(&timers, &chained.timer);
    is_int(timers_next(&timers), INT64_MAX, "stopping again does nothing");
    timers_free(&timers);
}

/* The due time of the earliest, among those that are started. */
static int64_t model_next(const struct item *items, unsigned n)
{
    int64_t least = INT64_MAX;

    for (unsigned i = 0; i < n; i++) {
        if (items[i].started && items[i].due < least) {
            least = items[i].due;
        }
    }
    return least;
}

static bool in_order(void)
{
    for (unsigned i = 1; i < fired_count; i++) {
        const struct item *a = fired[i - 1], *b = fired[i];

        if (a->due > b->due || (a->due == b->due && a->started > b->started)) {
            return false;
        }
    }
    return true;
}

static int64_t random_span(void)
{
    static const int64_t spans[] = {10, MS, 50 * MS, 10 * S, 3600 * S, 50 * 3600 * S};

    return (int64_t)(next_random() % (uint64_t)spans[next_random() % 6]);
}

static void test_model(uint64_t seed)
{
    enum { N = 300, ROUNDS = 6000 };
    static struct item items[N];
    int64_t now = 12345678901234;
    uint64_t order = 0;
    unsigned wrong = 0, early = 0, late = 0;

    state = seed;
    memset(items, 0, sizeof items);
    timers_init(&timers, now);
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct item *item = &items[next_random() % N];
        int64_t least;

        if (next_random() % 4 == 0) {
            timer_stop(&timers, &item->timer);
            item->started = 0;
        } else {
            item->due = now + random_span();
            item->started = ++order;
            timer_start(&timers, &item->timer, item->due, note);
        }
        if (next_random() % 4 > 0) {
            continue;
        }
        least = model_next(items, N);
        late += timers_next(&timers) > least;
        now += random_span() / 4;
        fired_count = 0;
        timers_run(&timers, now);
        wrong += !in_order();
        for (unsigned i = 0; i < fired_count; i++) {
            early += fired[i]->due > now || !fired[i]->started;
        }
        for (unsigned i = 0; i < fired_count; i++) {
            fired[i]->started = 0;
        }
        wrong += model_next(items, N) <= now;
    }
    is_uint(early, 0, "seed %llu: nothing fires before its time", (unsigned long long)seed);
    is_uint(wrong, 0, "seed %llu: all that is due fires, in order", (unsigned long long)seed);
    is_uint(late, 0, "seed %llu: the next due time is never told too late", (unsigned long long)seed);
    timers_free(&timers);
}

static void restart(struct timer *timer)
{
    fired_count++;
    timer_start(&timers, timer, timer->due + S + (int64_t)(next_random() % (uint64_t)(2 * S)), restart);
}

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Never judged: what an expiry with a new start costs. */
static void measure(unsigned n, unsigned expiries)
{
    struct item *items = calloc(n, sizeof *items);
    int64_t now = 0;
    double begin;

    timers_init(&timers, 0);
    for (unsigned i = 0; i < n; i++) {
        timer_start(&timers, &items[i].timer, (int64_t)(next_random() % (uint64_t)(3 * S)), restart);
    }
    fired_count = 0;
    begin = seconds();
    while (fired_count < expiries) {
        now = timers_next(&timers);
        timers_run(&timers, now + MS / 2);
    }
    diag("%u timers: %.0f ns for an expiry and a new start", n, (seconds() - begin) * 1e9 / fired_count);
    for (unsigned i = 0; i < n; i++) {
        timer_stop(&timers, &items[i].timer);
    }
    is_int(timers_next(&timers), INT64_MAX, "%u timers stopped, none is left", n);
    timers_free(&timers);
    free(items);
}

int main(void)
{
    test_order();
    test_inside();
    for (uint64_t seed = 1; seed <= 5; seed++) {
        test_model(seed);
    }
    measure(1000, 100000);
    measure(1000000, 500000);
    return tap_done();
}
