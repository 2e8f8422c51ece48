/* health.c - whether the load generator kept up: see health.h */
#include "health.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stats.h"

#define NS_PER_US 1e3
#define NS_PER_MS 1e6
#define NS_PER_S  UINT64_C(1000000000)

/* ---- counts and sums -------------------------------------------------------------------------------- */

void health_clear(struct health_counts *counts)
{
    hist_clear(&counts->loop_lag);
    hist_clear(&counts->late);
    counts->cpu_ns = counts->wall_ns = 0;
    memset(counts->limits, 0, sizeof counts->limits);
}

void health_free(struct health_counts *counts)
{
    hist_free(&counts->loop_lag);
    hist_free(&counts->late);
    memset(counts, 0, sizeof *counts);
}

void health_total_free(struct health_total *total)
{
    health_free(&total->sum);
}

/* The share of a core over the last deltas, as many as make HEALTH_BUSY_S seconds. */
static void look_how_busy(struct health_total *total)
{
    uint64_t cpu = 0, wall = 0;

    for (size_t i = total->recent_count; i-- > 0 && wall < HEALTH_BUSY_S * NS_PER_S;) {
        cpu += total->recent_cpu_ns[i];
        wall += total->recent_wall_ns[i];
    }
    /* Deltas are a second apart, give or take: five of them may be a little less than five seconds. */
    if (wall >= HEALTH_BUSY_S * NS_PER_S * 9 / 10 && (double)cpu / (double)wall > total->busy_most)
        total->busy_most = (double)cpu / (double)wall;
}

void health_fold(struct health_total *total, const struct health_counts *delta)
{
    const size_t room = sizeof total->recent_cpu_ns / sizeof *total->recent_cpu_ns;

    hist_merge(&total->sum.loop_lag, &delta->loop_lag);
    hist_merge(&total->sum.late, &delta->late);
    total->sum.cpu_ns += delta->cpu_ns;
    total->sum.wall_ns += delta->wall_ns;
    for (size_t i = 0; i < STATS_LIMITS; i++)
        total->sum.limits[i] += delta->limits[i];
    if (total->recent_count == room) {
        total->recent_count--;
        memmove(total->recent_cpu_ns, total->recent_cpu_ns + 1, (room - 1) * sizeof *total->recent_cpu_ns);
        memmove(total->recent_wall_ns, total->recent_wall_ns + 1, (room - 1) * sizeof *total->recent_wall_ns);
    }
    total->recent_cpu_ns[total->recent_count] = delta->cpu_ns;
    total->recent_wall_ns[total->recent_count++] = delta->wall_ns;
    look_how_busy(total);
}

/* ---- judging ---------------------------------------------------------------------------------------- */

static double lag_us(const struct stats_shard *shard)
{
    return shard->loop_lag.count >= HEALTH_SAMPLES ? hist_percentile_us(&shard->loop_lag, 0.99) : 0;
}

/* A lag that is small beside the times it is part of spoils nothing. */
static bool loop_lags(const struct stats_snapshot *snap, const struct stats_shard *shard)
{
    double lag = lag_us(shard);

    return lag > HEALTH_LAG_NS / NS_PER_US && lag > HEALTH_LAG_SHARE * stats_percentile_us(&snap->total, 0.99);
}

static const struct stats_shard *worst_lag(const struct stats_snapshot *snap)
{
    const struct stats_health *health = &snap->health;
    const struct stats_shard *worst = NULL;

    for (size_t i = 0; i < health->shard_count; i++) {
        if (!worst || lag_us(&health->shards[i]) > lag_us(worst))
            worst = &health->shards[i];
    }
    return worst;
}

static const struct stats_shard *busiest(const struct stats_snapshot *snap)
{
    const struct stats_health *health = &snap->health;
    const struct stats_shard *most = NULL;

    for (size_t i = 0; i < health->shard_count; i++) {
        if (!most || health->shards[i].busy_most > most->busy_most)
            most = &health->shards[i];
    }
    return most;
}

static uint64_t later_than(const struct hist *h, uint64_t us)
{
    uint64_t n = 0;

    for (uint32_t b = hist_next(h, hist_bucket(us) + 1); b < HIST_BUCKETS; b = hist_next(h, b + 1))
        n += hist_at(h, b);
    return n;
}

void health_judge(struct stats_snapshot *snap)
{
    struct stats_health *health = &snap->health;
    const struct stats_shard *lag = worst_lag(snap), *busy = busiest(snap);

    health->starts = health->late.count;
    health->late_starts = later_than(&health->late, HEALTH_LATE_NS / 1000);
    health->unhealthy = 0;
    if (lag && loop_lags(snap, lag))
        health->unhealthy |= STATS_LOOP_LAGS;
    if (busy && busy->busy_most > HEALTH_BUSY)
        health->unhealthy |= STATS_CPU_FULL;
    if (health->late_starts >= HEALTH_LATE_STARTS &&
        (double)health->late_starts > HEALTH_LATE_SHARE * (double)health->starts)
        health->unhealthy |= STATS_STARTS_LATE;
    if (health->no_descriptor + health->no_port > 0)
        health->unhealthy |= STATS_OUT_OF_LIMITS;
}

void stats_health_free(struct stats_health *health)
{
    for (size_t i = 0; i < health->shard_count; i++)
        hist_free(&health->shards[i].loop_lag);
    free(health->shards);
    hist_free(&health->late);
}

/* ---- in words --------------------------------------------------------------------------------------- */

static void add(char *out, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void add(char *out, size_t size, const char *format, ...)
{
    size_t used = strlen(out);
    va_list args;

    if (used > 0 && used < size)
        used += (size_t)snprintf(out + used, size - used, "; ");
    if (used >= size)
        return;
    va_start(args, format);
    vsnprintf(out + used, size - used, format, args);
    va_end(args);
}

static void add_limits(const struct stats_health *health, char *out, size_t size)
{
    if (health->no_descriptor > 0)
        add(out, size, "%llu connects failed because too many files were open here (raise ulimit -n)",
            (unsigned long long)health->no_descriptor);
    if (health->no_port > 0)
        add(out, size,
            "%llu connects failed because no local port was free (widen net.ipv4.ip_local_port_range, keep connections "
            "alive)",
            (unsigned long long)health->no_port);
}

void stats_health_text(const struct stats_snapshot *snap, char *out, size_t size)
{
    const struct stats_health *health = &snap->health;
    const struct stats_shard *lag = worst_lag(snap), *busy = busiest(snap);

    out[0] = '\0';
    if (health->unhealthy & STATS_OUT_OF_LIMITS)
        add_limits(health, out, size);
    if (health->unhealthy & STATS_LOOP_LAGS)
        add(out, size,
            "thread %u was up to %.1f ms late (p99) in serving what was due, and times contain that (more --threads, "
            "another machine, or nothing else on this one)",
            (unsigned)lag->source, lag_us(lag) / 1000);
    if (health->unhealthy & STATS_STARTS_LATE)
        add(out, size, "%llu of %llu scheduled starts were more than %.0f ms late (p99 %.1f ms)",
            (unsigned long long)health->late_starts, (unsigned long long)health->starts, HEALTH_LATE_NS / NS_PER_MS,
            hist_percentile_us(&health->late, 0.99) / 1000);
    if (health->unhealthy & STATS_CPU_FULL)
        add(out, size,
            "thread %u used %.0f %% of its core for %d seconds (fewer users, more --threads or another machine)",
            (unsigned)busy->source, busy->busy_most * 100, HEALTH_BUSY_S);
}
