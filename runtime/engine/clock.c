#include "clock.h"

#include <stddef.h>
#include <time.h>

static int64_t (*replacement)(void);

static int64_t read_clock(clockid_t id)
{
    struct timespec t;

    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t clock_now(void)
{
    return replacement ? replacement() : read_clock(CLOCK_MONOTONIC);
}

int64_t clock_unix_ms(void)
{
    return read_clock(CLOCK_REALTIME) / 1000000;
}

int64_t clock_unix_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME_COARSE, &t);
    return t.tv_sec;
}

int64_t clock_cpu(void)
{
    return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

void clock_replace(int64_t (*source)(void))
{
    replacement = source;
}
