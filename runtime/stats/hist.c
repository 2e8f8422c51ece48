/* hist.c - see hist.h. The layout is that of HdrHistogram (Gil Tene) with 128 buckets an octave and unit
 * magnitude 0. */
#include "hist.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"

uint32_t hist_bucket(uint64_t us)
{
    int exponent;

    if (us < 2 * HIST_BLOCK)
        return (uint32_t)us;
    exponent = 63 - __builtin_clzll(us);
    if (exponent - HIST_SUB_BITS + 1 >= HIST_BLOCKS)
        return HIST_BUCKETS - 1;
    return (uint32_t)(exponent - HIST_SUB_BITS + 1) * HIST_BLOCK +
           (uint32_t)((us >> (exponent - HIST_SUB_BITS)) - HIST_BLOCK);
}

uint64_t hist_bucket_low(uint32_t bucket)
{
    uint32_t block = bucket / HIST_BLOCK;
    uint64_t sub = bucket % HIST_BLOCK;

    if (block < 2)
        return bucket;
    return (sub + HIST_BLOCK) << (block - 1);
}

uint64_t hist_bucket_high(uint32_t bucket)
{
    uint32_t block = bucket / HIST_BLOCK;

    if (block < 2)
        return bucket;
    return hist_bucket_low(bucket) + ((uint64_t)1 << (block - 1)) - 1;
}

void hist_add_bucket(struct hist *h, uint32_t bucket, uint64_t n)
{
    uint32_t block = bucket / HIST_BLOCK;

    if (!h->blocks[block])
        h->blocks[block] = memory_new(HIST_BLOCK, sizeof **h->blocks);
    h->blocks[block][bucket % HIST_BLOCK] += n;
    h->count += n;
}

void hist_add(struct hist *h, uint64_t us)
{
    hist_add_bucket(h, hist_bucket(us), 1);
}

void hist_sub_bucket(struct hist *h, uint32_t bucket, uint64_t n)
{
    uint64_t *at;

    if (!h->blocks[bucket / HIST_BLOCK])
        return;
    at = &h->blocks[bucket / HIST_BLOCK][bucket % HIST_BLOCK];
    if (n > *at)
        n = *at;
    *at -= n;
    h->count -= n;
}

uint64_t hist_at(const struct hist *h, uint32_t bucket)
{
    const uint64_t *block = h->blocks[bucket / HIST_BLOCK];

    return block ? block[bucket % HIST_BLOCK] : 0;
}

void hist_merge(struct hist *into, const struct hist *from)
{
    for (int b = 0; b < HIST_BLOCKS; b++) {
        if (!from->blocks[b])
            continue;
        if (!into->blocks[b])
            into->blocks[b] = memory_new(HIST_BLOCK, sizeof **into->blocks);
        for (int i = 0; i < HIST_BLOCK; i++)
            into->blocks[b][i] += from->blocks[b][i];
    }
    into->count += from->count;
}

void hist_copy(struct hist *into, const struct hist *from)
{
    memset(into, 0, sizeof *into);
    if (from->count > 0)
        hist_merge(into, from);
}

uint32_t hist_next(const struct hist *h, uint32_t from)
{
    while (from < HIST_BUCKETS) {
        const uint64_t *block = h->blocks[from / HIST_BLOCK];

        if (!block) {
            from = (from / HIST_BLOCK + 1) * HIST_BLOCK;
            continue;
        }
        if (block[from % HIST_BLOCK])
            return from;
        from++;
    }
    return HIST_BUCKETS;
}

/* ceil(p * n), where a product that is whole but for the rounding of doubles counts as whole. */
uint64_t hist_rank(double p, uint64_t n)
{
    double rank = ceil(p * (double)n * (1 - 1e-12));

    if (rank < 1)
        return 1;
    return rank >= (double)n ? n : (uint64_t)rank;
}

double hist_percentile_us(const struct hist *h, double p)
{
    uint64_t rank, seen = 0;

    if (h->count == 0)
        return 0;
    rank = hist_rank(p, h->count);
    for (uint32_t b = hist_next(h, 0); b < HIST_BUCKETS; b = hist_next(h, b + 1)) {
        seen += hist_at(h, b);
        if (seen >= rank)
            return ((double)hist_bucket_low(b) + (double)hist_bucket_high(b)) / 2;
    }
    return 0;
}

void hist_clear(struct hist *h)
{
    for (int b = 0; b < HIST_BLOCKS; b++) {
        if (h->blocks[b])
            memset(h->blocks[b], 0, HIST_BLOCK * sizeof **h->blocks);
    }
    h->count = 0;
}

void hist_free(struct hist *h)
{
    for (int b = 0; b < HIST_BLOCKS; b++)
        free(h->blocks[b]);
    memset(h, 0, sizeof *h);
}
