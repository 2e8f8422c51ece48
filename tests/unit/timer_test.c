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

/* ---- waking up ---- */

#define WINDOW (INT64_C(1) << 21) /* the longest that patient timers are kept waiting for others */

static void start_at(struct item *item, int64_t due)
{
    item->due = due;
    timer_start(&timers, &item->timer, due, note);
}

/* Turns like a loop that nothing else wakes, until all `n` have fired or nothing wakes it any more: how often it woke;
 * *latest gets the most that one was late. */
static unsigned wake_until_all(unsigned n, int64_t *latest)
{
    unsigned wakes = 0;

    fired_count = 0;
    *latest = 0;
    while (fired_count < n) {
        int64_t now = timers_wake(&timers);
        unsigned before = fired_count;

        if (now == INT64_MAX) {
            break;
        }
        wakes++;
        timers_run(&timers, now);
        for (unsigned i = before; i < fired_count; i++) {
            if (now - fired[i]->due > *latest) {
                *latest = now - fired[i]->due;
            }
        }
    }
    return wakes;
}

static void test_wake_exact(void)
{
    static struct item items[3000];
    int64_t latest;
    unsigned wakes;

    memset(items, 0, sizeof items);
    timers_init(&timers, 0);
    is_int(timers_wake(&timers), INT64_MAX, "an empty wheel never wakes");
    start_at(&items[0], 3 * S + 12345);
    start_at(&items[1], 3 * S + 67890);
    wakes = wake_until_all(2, &latest);
    is_int(latest, 0, "two that are due in one millisecond fire when they are due");
    ok(wakes <= 3, "and wake the loop once each (%u times with the turn of the wheel)", wakes);
    timers_free(&timers);
    timers_init(&timers, 0);
    memset(items, 0, sizeof items);
    for (unsigned i = 0; i < 3000; i++) {
        start_at(&items[i], (int64_t)i * 10000);
    }
    wake_until_all(3000, &latest);
    is_int(latest, 0, "those that wait 30 ms at most are never late, however many they are");
    timers_free(&timers);
}

static void test_wake_together(unsigned per_ms, unsigned wakes_most)
{
    enum { SPAN = 2000 }; /* ms */
    static struct item items[40 * SPAN];
    unsigned n = per_ms * SPAN, wakes;
    int64_t latest;

    memset(items, 0, sizeof items);
    timers_init(&timers, 0);
    for (unsigned i = 0; i < n; i++) {
        start_at(&items[i], S + (int64_t)(next_random() % (uint64_t)(SPAN * MS)));
    }
    wakes = wake_until_all(n, &latest);
    is_uint(fired_count, n, "%u patient ones a millisecond: all fire", per_ms);
    ok(latest <= WINDOW, "none is later than a window (%lld ns)", (long long)latest);
    ok(wakes <= wakes_most * SPAN / 10, "the loop wakes %u times for %u", wakes, n);
    timers_free(&timers);
}

/* One in a hurry among many patient ones: it is not late; and whatever else wakes the loop takes those that are due. */
static void test_wake_mixed(void)
{
    static struct item items[1000];
    struct item hurry = {.due = 0};
    int64_t latest, now;

    memset(items, 0, sizeof items);
    timers_init(&timers, 0);
    for (unsigned i = 0; i < 1000; i++) {
        start_at(&items[i], 100 * MS + (int64_t)i * 100000);
    }
    fired_count = 0;
    for (now = 0; now < 150 * MS; now = timers_wake(&timers)) {
        timers_run(&timers, now);
    }
    start_at(&hurry, now + 10);
    is_int(timers_wake(&timers) <= now + 10, 1, "one in a hurry wakes the loop though others would wait");
    timers_run(&timers, now + 10);
    ok(!timer_is_started(&hurry.timer), "and is not late");
    start_at(&hurry, now + 2 * MS + 10);
    while ((now = timers_wake(&timers)) < hurry.due) {
        timers_run(&timers, now);
    }
    is_int(now, hurry.due, "nor is one that is due in a slot of theirs");
    timers_run(&timers, now);
    now += 300000;
    timers_run(&timers, now);
    latest = 0;
    for (unsigned i = 0; i < 1000; i++) {
        latest += timer_is_started(&items[i].timer) && items[i].due <= now;
    }
    is_int(latest, 0, "when the loop turns before a window ends, nobody who is due is left waiting");
    for (unsigned i = 0; i < 1000; i++) {
        timer_stop(&timers, &items[i].timer);
    }
    is_int(timers_wake(&timers), INT64_MAX, "when all are stopped, nothing wakes the loop");
    timers_free(&timers);
}

/* Always one in a hurry, in whatever slot of a window, among patient ones. */
static void test_wake_crowd(void)
{
    enum { N = 3000 };
    static struct item items[N];
    struct item hurry = {.due = 0};
    unsigned late = 0, behind = 0, hurries = 0;

    memset(items, 0, sizeof items);
    timers_init(&timers, 0);
    for (unsigned i = 0; i < N; i++) {
        start_at(&items[i], 100 * MS + (int64_t)(next_random() % (uint64_t)(500 * MS)));
    }
    for (int64_t now = 0; now < 600 * MS; now = timers_wake(&timers)) {
        fired_count = 0;
        timers_run(&timers, now);
        for (unsigned i = 0; i < fired_count; i++) {
            int64_t behind_by = now - fired[i]->due;

            late += fired[i] == &hurry ? behind_by > 0 : behind_by > WINDOW;
            behind += fired[i] != &hurry && behind_by > 0;
        }
        if (!timer_is_started(&hurry.timer)) {
            hurries++;
            start_at(&hurry, now + 1 + (int64_t)(next_random() % (uint64_t)(5 * MS)));
        }
    }
    is_uint(late, 0, "of %u in a hurry and %u patient ones none is late, each by its own measure", hurries, N);
    ok(behind > N / 2, "most patient ones have waited for others (%u)", behind);
    for (unsigned i = 0; i < N; i++) {
        timer_stop(&timers, &items[i].timer);
    }
    timers_free(&timers);
}

/* In random order, with stops in between: no wake-up comes before one is needed for long, or behind a window. */
static void test_wake_model(uint64_t seed)
{
    enum { N = 300, ROUNDS = 4000 };
    static struct item items[N];
    int64_t now = 98765432109876;
    unsigned late = 0;

    state = seed;
    memset(items, 0, sizeof items);
    timers_init(&timers, now);
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct item *item = &items[next_random() % N];
        int64_t wake, least;

        item->started = next_random() % 4 != 0;
        if (item->started) {
            start_at(item, now + random_span());
        } else {
            timer_stop(&timers, &item->timer);
        }
        wake = timers_wake(&timers);
        least = model_next(items, N);
        late += least == INT64_MAX ? wake != INT64_MAX : wake > least + WINDOW;
        for (unsigned i = 0; i < N; i++) {
            late += items[i].started && !items[i].timer.patient && wake > items[i].due;
        }
        if (next_random() % 3 == 0) {
            now = wake == INT64_MAX ? now + MS : wake > now ? wake : now + 1;
            fired_count = 0;
            timers_run(&timers, now);
            for (unsigned i = 0; i < fired_count; i++) {
                fired[i]->started = 0;
            }
        }
    }
    is_uint(late, 0, "seed %llu: the loop wakes in time", (unsigned long long)seed);
    timers_free(&timers);
}

/* ---- cost ---- */

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
        test_wake_model(seed);
    }
    test_wake_exact();
    test_wake_together(5, 7);
    test_wake_together(12, 12);
    test_wake_together(40, 40);
    test_wake_mixed();
    test_wake_crowd();
    measure(1000, 100000);
    measure(1000000, 500000);
    return tap_done();
}
