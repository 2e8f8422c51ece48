/* The native engine's descriptors in a shard's loop: an epoll set of its own, which libuv watches as one descriptor.
 * docs/internals/http.md says why. */
#include "native_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/memory.h"
#include "engine/clock.h"

enum { EVENTS = 256 }; /* taken at once; the loop comes back for the rest */

void native_list_add(struct native_list *list, struct native_work *work)
{
    work->list = list;
    work->next = NULL;
    work->previous = list->last;
    *(list->last ? &list->last->next : &list->first) = work;
    list->last = work;
}

void native_list_remove(struct native_work *work)
{
    struct native_list *list = work->list;

    if (!list) {
        return;
    }
    *(work->previous ? &work->previous->next : &list->first) = work->next;
    *(work->next ? &work->next->previous : &list->last) = work->previous;
    work->list = NULL;
    work->next = work->previous = NULL;
}

/* ------------------------------------------------------------------ descriptors */

/* Edge-triggered for all that may happen, so that this is the only call for the life of a connection. */
bool native_loop_watch(struct exchange_shard *shard, struct native_connection *connection)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = connection};

    return epoll_ctl(shard->epoll, EPOLL_CTL_ADD, connection->fd, &event) == 0;
}

static void free_closed(struct exchange_shard *shard)
{
    while (shard->closed) {
        struct native_connection *connection = shard->closed;

        shard->closed = connection->next;
        free(connection);
    }
}

static void on_events(uv_poll_t *poll, int status, int wanted)
{
    struct exchange_shard *shard = poll->data;
    struct epoll_event events[EVENTS];
    int n;

    (void)status;
    (void)wanted;
    n = epoll_wait(shard->epoll, events, EVENTS, 0);
    shard->serving = true;
    for (int i = 0; i < n; i++) {
        native_event(events[i].data.ptr, events[i].events);
    }
    shard->serving = false;
    free_closed(shard);
}

/* ------------------------------------------------------------------ what waits for the loop */

/* Those in the list now; what joins it meanwhile has its turn later. */
static void each(struct native_list *list, void (*serve)(struct native_work *work))
{
    struct native_list now = {0};

    while (list->first) {
        struct native_work *work = list->first;

        native_list_remove(work);
        native_list_add(&now, work);
    }
    while (now.first) {
        struct native_work *work = now.first;

        native_list_remove(work);
        serve(work);
    }
}

static void on_idle(uv_idle_t *idle)
{
    struct exchange_shard *shard = idle->data;

    shard->serving = true;
    each(&shard->over, native_finish);
    each(&shard->ready, native_read);
    shard->serving = false;
    free_closed(shard);
    if (!shard->over.first && !shard->ready.first) {
        uv_idle_stop(idle);
    }
}

void native_loop_kick(struct exchange_shard *shard)
{
    if (!uv_is_active((uv_handle_t *)shard->idle)) {
        uv_idle_start(shard->idle, on_idle);
    }
}

/* ------------------------------------------------------------------ deadlines */

static void on_timer(uv_timer_t *timer);

static void arm(struct exchange_shard *shard, int64_t deadline, int64_t now)
{
    int64_t ms = (deadline - now + 999999) / 1000000;

    shard->armed = deadline;
    uv_update_time(shard->loop);
    uv_timer_start(shard->timer, on_timer, ms > 0 ? (uint64_t)ms : 0, 0);
}

void native_loop_deadline(struct exchange_shard *shard, int64_t deadline)
{
    if (deadline < shard->armed) {
        arm(shard, deadline, clock_now());
    }
}

/* Moves those whose time is up to `late`; *next gets the earliest deadline of the others. */
static void take_late(struct native_list *list, int64_t now, struct native_list *late, int64_t *next)
{
    for (struct native_work *work = list->first, *after; work; work = after) {
        after = work->next;
        if (work->deadline <= now) {
            native_list_remove(work);
            native_list_add(late, work);
        } else if (work->deadline < *next) {
            *next = work->deadline;
        }
    }
}

static void on_timer(uv_timer_t *timer)
{
    struct exchange_shard *shard = timer->data;
    int64_t now = clock_now(), next = INT64_MAX;
    struct native_list late = {0};

    shard->armed = INT64_MAX;
    take_late(&shard->opening, now, &late, &next);
    for (struct native_name *name = shard->names; name; name = name->next) {
        take_late(&name->waiting, now, &late, &next);
    }
    if (next != INT64_MAX) {
        arm(shard, next, now);
    }
    while (late.first) {
        struct native_work *work = late.first;

        native_list_remove(work);
        native_connect_expired(work, now);
    }
}

/* ------------------------------------------------------------------ opening and closing */

bool native_loop_open(struct exchange_shard *shard, uv_loop_t *loop, char *why, size_t why_size)
{
    shard->loop = loop;
    shard->armed = INT64_MAX;
    shard->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (shard->epoll < 0) {
        snprintf(why, why_size, "no event set for connections: %m");
        return false;
    }
    shard->poll = memory_new(1, sizeof *shard->poll);
    if (uv_poll_init(loop, shard->poll, shard->epoll) != 0) {
        snprintf(why, why_size, "no event set for connections in the event loop");
        free(shard->poll);
        close(shard->epoll);
        return false;
    }
    shard->poll->data = shard;
    uv_poll_start(shard->poll, UV_READABLE, on_events);
    shard->idle = memory_new(1, sizeof *shard->idle);
    uv_idle_init(loop, shard->idle);
    shard->idle->data = shard;
    shard->timer = memory_new(1, sizeof *shard->timer);
    uv_timer_init(loop, shard->timer);
    shard->timer->data = shard;
    shard->buffer = memory_new(1, NATIVE_BUFFER);
    return true;
}

static void free_handle(uv_handle_t *handle)
{
    free(handle);
}

void native_loop_close(struct exchange_shard *shard)
{
    free_closed(shard);
    uv_close((uv_handle_t *)shard->poll, free_handle);
    uv_close((uv_handle_t *)shard->idle, free_handle);
    uv_close((uv_handle_t *)shard->timer, free_handle);
    close(shard->epoll);
    free(shard->buffer);
}
