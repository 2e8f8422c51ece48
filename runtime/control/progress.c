#include "progress.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#include "../stats/stats.h"

/* 45s, 1m05s, 2h03m05s */
static void clock_text(char out[32], int64_t ns)
{
    int64_t s = ns / INT64_C(1000000000);

    if (s >= 3600) {
        snprintf(out, 32, "%" PRId64 "h%02dm%02ds", s / 3600, (int)(s / 60 % 60), (int)(s % 60));
    } else if (s >= 60) {
        snprintf(out, 32, "%dm%02ds", (int)(s / 60), (int)(s % 60));
    } else {
        snprintf(out, 32, "%ds", (int)s);
    }
}

void progress_text(char *out, size_t size, const struct progress *progress, const struct stats_snapshot *snap,
                   size_t columns)
{
    const struct stats_row_view *total = &snap->total;
    double p95 = stats_now_percentile_us(total, 0.95);
    char elapsed[32], of[40] = "", begin[160], time[48] = "";
    bool all = progress->target == snap->users;
    int n;

    clock_text(elapsed, progress->elapsed);
    if (progress->total > 0) {
        char limit[32];

        clock_text(limit, progress->total);
        snprintf(of, sizeof of, " of %s", limit);
    }
    if (all) {
        snprintf(begin, sizeof begin, "[%s%s] %s%s%" PRIu64 " user%s", elapsed, of, progress->state,
                 progress->state[0] ? ", " : "", snap->users, snap->users == 1 ? "" : "s");
    } else {
        snprintf(begin, sizeof begin, "[%s%s] %s%s%" PRIu64 " of %" PRIu64 " user%s", elapsed, of, progress->state,
                 progress->state[0] ? ", " : "", snap->users, progress->target, progress->target == 1 ? "" : "s");
    }
    if (p95 > 0) {
        snprintf(time, sizeof time, p95 < 9995 ? ", p95 %.2f ms" : ", p95 %.0f ms", p95 / 1000);
    }
    n = snprintf(out, size, "%s, %.1f requests/s%s (last %d s), %" PRIu64 " request%s, %" PRIu64 " failure%s", begin,
                 total->now_rate, time, (int)STATS_WINDOW_S, total->requests, total->requests == 1 ? "" : "s",
                 total->failures, total->failures == 1 ? "" : "s");
    if ((size_t)n > columns) {
        n = snprintf(out, size, "%s, %.1f requests/s%s (last %d s), %" PRIu64 " failure%s", begin, total->now_rate,
                     time, (int)STATS_WINDOW_S, total->failures, total->failures == 1 ? "" : "s");
    }
    if ((size_t)n > columns) {
        snprintf(out, size, "%s, %" PRIu64 " failed, %.0f/s%s", begin, total->failures, total->now_rate, time);
    }
}
