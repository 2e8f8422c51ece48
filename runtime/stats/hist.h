/*
 * hist.h - a log-linear histogram of durations (the bucket layout of HdrHistogram), in microseconds.
 *
 * Values below 256 us have a bucket each; above, every power of two is cut into 128 equal buckets, so a
 * bucket is at most 1/128 (0.79 %) of its value wide and its midpoint at most 0.4 % off. Values up to 2^36
 * us (19 hours) are told apart, longer ones count in the last bucket. The layout is fixed, so adding two
 * histograms is exact. A power of two gets its memory (1 KiB) when the first value falls into it; a row
 * whose times lie between 1 ms and 30 ms costs about 5 KiB.
 *
 * A histogram belongs to one thread at a time. All-zero bytes are an empty histogram; hist_free gives its
 * memory back and leaves it empty. Running out of memory ends the process with a message, because a count
 * must not be lost.
 */
#ifndef SWARM_HIST_H
#define SWARM_HIST_H

#include <stddef.h>
#include <stdint.h>

enum {
    HIST_SUB_BITS = 7,
    HIST_BLOCK = 1 << HIST_SUB_BITS, /* buckets of a block */
    HIST_BLOCKS = 30,                /* two blocks of 1 us buckets, then one for each power of two */
    HIST_BUCKETS = HIST_BLOCKS * HIST_BLOCK,
};

struct hist {
    uint64_t count; /* of all buckets */
    uint64_t *blocks[HIST_BLOCKS];
};

/* The bucket of a value in microseconds: 0 .. HIST_BUCKETS - 1. */
uint32_t hist_bucket(uint64_t us);

/* The lowest and the highest value in microseconds that falls into a bucket. */
uint64_t hist_bucket_low(uint32_t bucket);
uint64_t hist_bucket_high(uint32_t bucket);

/* Counts one value in microseconds, or n values of one bucket. */
void hist_add(struct hist *h, uint64_t us);
void hist_add_bucket(struct hist *h, uint32_t bucket, uint64_t n);

/* The same for one value, where it is done with every request. */
static inline void hist_count(struct hist *h, uint32_t bucket)
{
    uint64_t *block = h->blocks[bucket / HIST_BLOCK];

    if (!block) {
        hist_add_bucket(h, bucket, 1);
        return;
    }
    block[bucket % HIST_BLOCK]++;
    h->count++;
}

/* Takes n values out of a bucket again (a window that moves on); n is at most what the bucket holds. */
void hist_sub_bucket(struct hist *h, uint32_t bucket, uint64_t n);

/* The count of a bucket. */
uint64_t hist_at(const struct hist *h, uint32_t bucket);

/* Adds every bucket of `from`; exact. */
void hist_merge(struct hist *into, const struct hist *from);

/* Makes `into`, which must be empty, a copy. */
void hist_copy(struct hist *into, const struct hist *from);

/* The first bucket at or after `from` that is not empty, HIST_BUCKETS if there is none. */
uint32_t hist_next(const struct hist *h, uint32_t from);

/* ceil(p * n) within 1 .. n: which of n sorted values a percentile is. */
uint64_t hist_rank(double p, uint64_t n);

/* The value at rank ceil(p * count), 0 < p <= 1 (smallest rank 1): the middle of its bucket in
 * microseconds; 0 when empty. Callers clamp it to the exact minimum and maximum they keep
 * (stats_percentile_us). */
double hist_percentile_us(const struct hist *h, double p);

/* Empties it and keeps its memory. */
void hist_clear(struct hist *h);

/* Empties it and frees its memory. */
void hist_free(struct hist *h);

#endif
