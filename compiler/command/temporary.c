/* Temporary files that go away whatever ends swarmc. The list is fixed in size, so that a signal handler can
 * walk it. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "driver.h"

enum { MAX_FILES = 64, MAX_PATH = 4096 };

static char paths[MAX_FILES][MAX_PATH]; /* "": free */
static volatile sig_atomic_t child;

void temporary_remove_all(void)
{
    for (int i = MAX_FILES; i-- > 0;) { /* what lies in a folder came behind it */
        if (paths[i][0]) {
            if (unlink(paths[i]) != 0) {
                rmdir(paths[i]);
            }
            paths[i][0] = '\0';
        }
    }
}

static void on_signal(int number)
{
    if (child > 0) {
        kill(child, SIGTERM);
    }
    temporary_remove_all();
    signal(number, SIG_DFL);
    raise(number);
}

void temporary_catch_signals(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = on_signal}, before;

    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        sigaddset(&action.sa_mask, numbers[i]);
    }
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (sigaction(numbers[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN) {
            sigaction(numbers[i], &action, NULL);
        }
    }
    atexit(temporary_remove_all);
}

const char *temporary_add(const char *path)
{
    size_t n = strlen(path);

    for (int i = 0; i < MAX_FILES && n < MAX_PATH; i++) {
        if (!paths[i][0]) {
            memcpy(paths[i] + 1, path + 1, n); /* the first byte last: the handler sees all or nothing */
            paths[i][0] = path[0];
            return paths[i];
        }
    }
    return NULL;
}

void temporary_forget(const char *path)
{
    for (int i = 0; i < MAX_FILES; i++) {
        if (paths[i][0] && strcmp(paths[i], path) == 0) {
            paths[i][0] = '\0';
            return;
        }
    }
}

void temporary_child(int pid)
{
    child = pid;
}
