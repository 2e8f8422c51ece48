/* The histogram: its layout, exact merging, and percentiles against sorted samples. */
#include <math.h>
#include <tap.h>

#include "stats/hist.h"

/* xorshift64*: the same samples in every run. */
static uint64_t seed = 88172645463325252u;

static uint64_t next_random(void)
{
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    return seed * 2685821657736338717u;
}

static void test_layout(void)
{
    uint64_t at = 0;
    int gaps = 0, wide = 0, wrong = 0;

    for (uint32_t b = 0; b < HIST_BUCKETS; b++) {
        uint64_t low = hist_bucket_low(b), high = hist_bucket_high(b);

        gaps += low != at;
        wide += (double)(high - low) > (double)low / 100;
        wrong += hist_bucket(low) != b || hist_bucket(high) != b || hist_bucket((low + high) / 2) != b;
        at = high + 1;
    }
    is_int(gaps, 0, "buckets follow each other without gaps");
    is_int(wide, 0, "no bucket is wider than 1 %% of its values");
    is_int(wrong, 0, "every value falls into the bucket that has it");
    ok(at > UINT64_C(3600) * 1000000, "an hour is within the range (up to %llu us)", (unsigned long long)at);
    is_uint(hist_bucket(0), 0, "0 us");
    is_uint(hist_bucket(1), 1, "1 us");
    is_uint(hist_bucket_high(hist_bucket(200)), 200, "200 us has a bucket of its own");
    is_uint(hist_bucket(at), HIST_BUCKETS - 1, "longer ones count in the last bucket");
    is_uint(hist_bucket(UINT64_MAX), HIST_BUCKETS - 1, "also the longest");
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

enum { SAMPLES = 3000 };

static uint64_t sample(int distribution)
{
    double u = ((double)(next_random() >> 11) + 0.5) / 9007199254740992.0;

    switch (distribution) {
    case 0:
        return next_random() % 300; /* exact buckets */
    case 1:
        return next_random() % 60000000; /* up to a minute */
    case 2:
        return (uint64_t)(-log(u) * 20000); /* exponential, mean 20 ms */
    case 3:
        return (uint64_t)exp(log(10) + u * (log(4e9) - log(10))); /* 10 us to over an hour, even on the log scale */
    default:
        return 5000000 + next_random() % 3; /* nearly constant */
    }
}

static void test_percentiles(void)
{
    static const double ps[] = {0.0001, 0.01, 0.25, 0.5, 0.66, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 1};
    uint64_t *values = calloc(SAMPLES, sizeof *values);

    for (int distribution = 0; distribution < 5; distribution++) {
        double worst = 0;

        for (int round = 0; round < 20; round++) {
            size_t n = round == 0 ? 1 : 1 + next_random() % SAMPLES;
            struct hist h = {0};

            for (size_t i = 0; i < n; i++) {
                values[i] = sample(distribution);
                hist_add(&h, values[i]);
            }
            qsort(values, n, sizeof *values, by_value);
            for (size_t k = 0; k < sizeof ps / sizeof *ps; k++) {
                /* The rank in whole numbers: ten-thousandths of n, rounded up. */
                uint64_t parts = (uint64_t)llround(ps[k] * 10000), rank = (parts * n + 9999) / 10000;
                double exact = (double)values[rank - 1], got = hist_percentile_us(&h, ps[k]);
                double off = exact > 0 ? fabs(got - exact) / exact : got;

                worst = off > worst ? off : worst;
            }
            hist_free(&h);
        }
        ok(worst <= 0.01, "distribution %d: percentiles at most 1 %% off (worst %.4f %%)", distribution, worst * 100);
    }
    free(values);
}

static void test_ranks(void)
{
    struct hist h = {0};

    is_dbl(hist_percentile_us(&h, 0.5), 0, 0, "empty: 0");
    for (uint64_t v = 1; v <= 100; v++)
        hist_add(&h, v);
    is_dbl(hist_percentile_us(&h, 0.5), 50, 0, "50 %% of 1..100 is the 50th");
    is_dbl(hist_percentile_us(&h, 0.07), 7, 0, "7 %% is the 7th, in spite of rounding");
    is_dbl(hist_percentile_us(&h, 0.501), 51, 0, "50.1 %% is the 51st");
    is_dbl(hist_percentile_us(&h, 0.99), 99, 0, "99 %% is the 99th");
    is_dbl(hist_percentile_us(&h, 0.999), 100, 0, "99.9 %% is the 100th");
    is_dbl(hist_percentile_us(&h, 1), 100, 0, "100 %% is the last");
    is_dbl(hist_percentile_us(&h, 1e-9), 1, 0, "a tiny one is the first");
    hist_free(&h);
    hist_add(&h, 10);
    hist_add(&h, 20);
    is_dbl(hist_percentile_us(&h, 0.5), 10, 0, "the median of two is the lower one");
    hist_free(&h);
}

static int equal(const struct hist *a, const struct hist *b)
{
    if (a->count != b->count)
        return 0;
    for (uint32_t i = 0; i < HIST_BUCKETS; i++) {
        if (hist_at(a, i) != hist_at(b, i))
            return 0;
    }
    return 1;
}

static void test_merge(void)
{
    struct hist parts[4] = {0}, whole = {0}, merged = {0}, copy;

    for (int i = 0; i < 20000; i++) {
        uint64_t v = sample(i % 5);

        hist_add(&parts[next_random() % 4], v);
        hist_add(&whole, v);
    }
    for (int i = 0; i < 4; i++)
        hist_merge(&merged, &parts[i]);
    ok(equal(&merged, &whole), "four parts merged are the whole");
    hist_copy(&copy, &whole);
    ok(equal(&copy, &whole), "a copy is equal");
    for (uint32_t b = hist_next(&parts[0], 0); b < HIST_BUCKETS; b = hist_next(&parts[0], b + 1))
        hist_sub_bucket(&merged, b, hist_at(&parts[0], b));
    is_uint(merged.count, whole.count - parts[0].count, "a part can be taken out again");
    hist_clear(&merged);
    is_uint(merged.count, 0, "cleared");
    is_uint(hist_next(&merged, 0), HIST_BUCKETS, "and nothing is left in it");
    hist_sub_bucket(&merged, 5, 3);
    is_uint(merged.count, 0, "taking out of an empty bucket takes nothing");
    for (int i = 0; i < 4; i++)
        hist_free(&parts[i]);
    hist_free(&whole);
    hist_free(&merged);
    hist_free(&copy);
}

int main(void)
{
    test_layout();
    test_percentiles();
    test_ranks();
    test_merge();
    return tap_done();
}
