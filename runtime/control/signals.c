#include "signals.h"

#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "terminal.h"

static atomic_int count, last;
static atomic_bool loop_over, tables, reopen;
static bool reopens_log;
static _Atomic(uv_async_t *) to_wake;
static const int taken[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1};
enum { TAKEN = sizeof taken / sizeof *taken };

/* Safe in a handler, says libuv. */
static void wake_up(void)
{
    uv_async_t *wake = atomic_load(&to_wake);

    if (wake && !atomic_load(&loop_over)) {
        uv_async_send(wake);
    }
}

static void stop_wanted(int number)
{
    int n = atomic_fetch_add(&count, 1) + 1;

    atomic_store(&last, number);
    if (n > 2 || (n == 2 && atomic_load(&loop_over))) {
        terminal_restore();
        _exit(128 + number);
    }
    wake_up();
}

static void arrived(int number)
{
    if (number == SIGUSR1) {
        atomic_store(&tables, true);
        wake_up();
    } else if (number == SIGHUP && reopens_log) {
        atomic_store(&reopen, true);
        wake_up();
    } else {
        stop_wanted(number);
    }
}

void signals_take(bool reopens)
{
    struct sigaction action, before;

    memset(&action, 0, sizeof action);
    sigemptyset(&action.sa_mask);
    action.sa_flags = SA_RESTART;
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
    atomic_store(&count, 0);
    atomic_store(&loop_over, true); /* not begun: nobody looks at the count */
    reopens_log = reopens;
    action.sa_handler = arrived;
    for (int i = 0; i < TAKEN; i++) {
        sigaction(taken[i], NULL, &before);
        if (taken[i] == SIGHUP && !reopens && before.sa_handler == SIG_IGN) {
            continue;
        }
        sigaction(taken[i], &action, NULL);
    }
}

void signals_wake(uv_async_t *wake)
{
    atomic_store(&to_wake, wake);
    atomic_store(&loop_over, false);
    if (atomic_load(&count) > 0 || atomic_load(&tables) || atomic_load(&reopen)) {
        wake_up();
    }
}

int signals_count(int *number)
{
    *number = atomic_load(&last);
    return atomic_load(&count);
}

bool signals_want_tables(void)
{
    return atomic_exchange(&tables, false);
}

bool signals_want_reopen(void)
{
    return atomic_exchange(&reopen, false);
}

void signals_loop_over(void)
{
    atomic_store(&loop_over, true);
    atomic_store(&to_wake, NULL);
}
