#include "signals.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

static atomic_int count, last;
static atomic_bool loop_over;
static _Atomic(uv_async_t *) to_wake;
static struct sigaction before[2];
static const int taken[2] = {SIGINT, SIGTERM};

static void arrived(int number)
{
    int n = atomic_fetch_add(&count, 1) + 1;
    uv_async_t *wake;

    atomic_store(&last, number);
    if (n > 2 || (n == 2 && atomic_load(&loop_over))) {
        _exit(128 + number);
    }
    wake = atomic_load(&to_wake);
    if (wake && !atomic_load(&loop_over)) {
        uv_async_send(wake); /* safe in a handler, says libuv */
    }
}

void signals_take(uv_async_t *wake)
{
    struct sigaction action;

    memset(&action, 0, sizeof action);
    sigemptyset(&action.sa_mask);
    action.sa_flags = SA_RESTART;
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
    atomic_store(&count, 0);
    atomic_store(&loop_over, false);
    atomic_store(&to_wake, wake);
    action.sa_handler = arrived;
    for (int i = 0; i < 2; i++) {
        sigaction(taken[i], &action, &before[i]);
    }
}

int signals_count(int *number)
{
    *number = atomic_load(&last);
    return atomic_load(&count);
}

void signals_loop_over(void)
{
    atomic_store(&loop_over, true);
    atomic_store(&to_wake, NULL);
}

void signals_release(void)
{
    for (int i = 0; i < 2; i++) {
        sigaction(taken[i], &before[i], NULL);
    }
}
