/*
 * delay.c - answers that are sent later.
 *
 * A connection that waits is suspended, so that thousands can wait and no thread does. One thread keeps them in a heap
 * by the time they are due (monotonic clock) and resumes them; libmicrohttpd then calls the handler again.
 */
#include "shop.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WAITING_MAX 65536

struct waiting {
    int64_t due; /* ns of the monotonic clock */
    struct MHD_Connection *mhd;
};

static struct {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool stopping;
    size_t count;
    struct waiting heap[WAITING_MAX]; /* the earliest first */
} delay;

static int64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void heap_add(struct waiting w)
{
    size_t i = delay.count++, parent;

    for (; i > 0; i = parent) {
        parent = (i - 1) / 2;
        if (delay.heap[parent].due <= w.due)
            break;
        delay.heap[i] = delay.heap[parent];
    }
    delay.heap[i] = w;
}

static struct waiting heap_take(void)
{
    struct waiting first = delay.heap[0], last = delay.heap[--delay.count];
    size_t i = 0, child;

    for (; (child = 2 * i + 1) < delay.count; i = child) {
        if (child + 1 < delay.count && delay.heap[child + 1].due < delay.heap[child].due)
            child++;
        if (last.due <= delay.heap[child].due)
            break;
        delay.heap[i] = delay.heap[child];
    }
    delay.heap[i] = last;
    return first;
}

static void *resume_when_due(void *unused)
{
    struct timespec until;
    int64_t due;

    (void)unused;
    pthread_mutex_lock(&delay.lock);
    for (;;) {
        while (delay.count > 0 && (delay.stopping || delay.heap[0].due <= now_ns()))
            MHD_resume_connection(heap_take().mhd);
        if (delay.stopping)
            break;
        if (delay.count == 0) {
            pthread_cond_wait(&delay.changed, &delay.lock);
            continue;
        }
        due = delay.heap[0].due;
        until = (struct timespec){.tv_sec = due / 1000000000, .tv_nsec = due % 1000000000};
        pthread_cond_timedwait(&delay.changed, &delay.lock, &until);
    }
    pthread_mutex_unlock(&delay.lock);
    return NULL;
}

int delay_start(void)
{
    pthread_condattr_t monotonic;
    int error;

    pthread_mutex_init(&delay.lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&delay.changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    error = pthread_create(&delay.thread, NULL, resume_when_due, NULL);
    if (error)
        fprintf(stderr, "shop: cannot start a thread: %s\n", strerror(error));
    return error ? -1 : 0;
}

void delay_stop(void)
{
    pthread_mutex_lock(&delay.lock);
    delay.stopping = true;
    pthread_cond_signal(&delay.changed);
    pthread_mutex_unlock(&delay.lock);
    pthread_join(delay.thread, NULL);
}

enum MHD_Result delay_answer(struct request *r, long milliseconds)
{
    struct waiting w = {now_ns() + (int64_t)milliseconds * 1000000, r->mhd};
    bool full;

    r->delayed = true;
    pthread_mutex_lock(&delay.lock);
    full = delay.count == WAITING_MAX;
    if (!full && !delay.stopping) {
        /* Under the lock: the other thread must not resume what is not suspended yet. */
        MHD_suspend_connection(r->mhd);
        heap_add(w);
        if (delay.heap[0].mhd == r->mhd)
            pthread_cond_signal(&delay.changed);
        pthread_mutex_unlock(&delay.lock);
        return MHD_YES;
    }
    pthread_mutex_unlock(&delay.lock);
    return full ? reply_error(r, MHD_HTTP_SERVICE_UNAVAILABLE, "too many are waiting") : r->route->handler(r);
}
