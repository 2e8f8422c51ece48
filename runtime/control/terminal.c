#include "terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static struct {
    uv_poll_t poll;
    void (*pressed)(void *data, char key);
    void *data;
    struct termios before, ours;
    bool open, reading;
} terminal;

static atomic_bool changed; /* the terminal has our settings */

/* ---- settings ---- */

static bool in_foreground(void)
{
    return tcgetpgrp(STDIN_FILENO) == getpgrp();
}

void terminal_restore(void)
{
    int error = errno;

    if (atomic_exchange(&changed, false)) {
        tcsetattr(STDIN_FILENO, TCSANOW, &terminal.before);
    }
    errno = error;
}

static void apply(void)
{
    if (!atomic_exchange(&changed, true)) {
        tcsetattr(STDIN_FILENO, TCSANOW, &terminal.ours);
    }
}

/* ---- signals ---- */

static const int deadly[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGQUIT};

/* The handler is gone after the first one (SA_RESETHAND), so this ends the process as if it had not been there. */
static void crashed(int number)
{
    terminal_restore();
    raise(number);
}

static void suspended(int number)
{
    int error = errno;
    sigset_t only;

    terminal_restore();
    signal(SIGTSTP, SIG_DFL);
    sigemptyset(&only);
    sigaddset(&only, number);
    raise(number);
    sigprocmask(SIG_UNBLOCK, &only, NULL); /* stops here */
    sigprocmask(SIG_BLOCK, &only, NULL);
    signal(SIGTSTP, suspended);
    errno = error;
}

static void continued(int number)
{
    int error = errno;

    (void)number;
    if (terminal.open && in_foreground()) {
        apply();
    }
    errno = error;
}

/* One that somebody else has taken stays theirs. */
static void take(int number, void (*handler)(int), int flags)
{
    struct sigaction action, before;

    memset(&action, 0, sizeof action);
    sigemptyset(&action.sa_mask);
    action.sa_handler = handler;
    action.sa_flags = flags;
    if (sigaction(number, NULL, &before) == 0 && before.sa_handler == SIG_DFL) {
        sigaction(number, &action, NULL);
    }
}

static void take_signals(void)
{
    for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++) {
        take(deadly[i], crashed, (int)(SA_RESETHAND | SA_NODEFER));
    }
    take(SIGTSTP, suspended, SA_RESTART);
    take(SIGCONT, continued, SA_RESTART);
}

/* ---- keys ---- */

static void readable(uv_poll_t *poll, int status, int events)
{
    char keys[64];
    ssize_t n;

    (void)events;
    if (status < 0 || !in_foreground()) { /* a read in the background would stop the program */
        uv_poll_stop(poll);
        terminal.reading = false;
        return;
    }
    n = read(STDIN_FILENO, keys, sizeof keys);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
        uv_poll_stop(poll);
        terminal.reading = terminal.open = false;
        terminal_restore();
        uv_close((uv_handle_t *)poll, NULL);
        return;
    }
    for (ssize_t i = 0; i < n; i++) {
        terminal.pressed(terminal.data, keys[i]);
    }
}

void terminal_look(void)
{
    if (!terminal.open || !in_foreground()) {
        return;
    }
    apply();
    if (!terminal.reading) {
        terminal.reading = uv_poll_start(&terminal.poll, UV_READABLE, readable) == 0;
    }
}

bool terminal_open(uv_loop_t *loop, void (*pressed)(void *data, char key), void *data)
{
    static bool registered;
    int flags = fcntl(STDIN_FILENO, F_GETFL);

    if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &terminal.before) != 0 ||
        uv_poll_init(loop, &terminal.poll, STDIN_FILENO) != 0) {
        return false;
    }
    fcntl(STDIN_FILENO, F_SETFL, flags); /* libuv has made it non-blocking: for the shell and our own tables too */
    terminal.ours = terminal.before;
    terminal.ours.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    terminal.ours.c_cc[VMIN] = 1;
    terminal.ours.c_cc[VTIME] = 0;
    terminal.pressed = pressed;
    terminal.data = data;
    terminal.open = true;
    if (!registered) {
        registered = true;
        atexit(terminal_restore);
    }
    take_signals();
    terminal_look();
    return true;
}

void terminal_close(void)
{
    if (terminal.open) {
        terminal.open = terminal.reading = false;
        uv_poll_stop(&terminal.poll);
        uv_close((uv_handle_t *)&terminal.poll, NULL);
    }
    terminal_restore();
}
