#include "curl_internal.h"

#include <stdlib.h>

#include "base/memory.h"

/* A descriptor of libcurl in our loop. `watched` is what the loop polls for, `wanted` what libcurl asked for
 * last. After a transfer libcurl wants nothing and the descriptor is still watched for reading, as the next
 * request will. When something comes while nothing is wanted (the server closed an idle connection), watching
 * stops, or the loop would spin.
 *
 * libcurl tells us that it closes a descriptor (CURLOPT_CLOSESOCKETFUNCTION) only when it was connected (7.88
 * cf-socket.c, cf_socket_close); one that was not is forgotten when the interest in it ends. */
struct curl_socket {
    uv_poll_t poll;
    struct curl_loop *loop;
    curl_socket_t fd;
    int watched, wanted;
    bool connected; /* a request went out on it */
};

static void free_handle(uv_handle_t *handle)
{
    free(handle->data);
}

static void turn(struct curl_loop *loop, curl_socket_t fd, int events)
{
    int running;

    curl_multi_socket_action(loop->multi, fd, events, &running);
}

/* libcurl asks to be called at once by a timeout of 0; it is, in the same turn of the loop, for a libuv timer
 * of 1 ms would be in every measured time. Bounded: what goes on asking waits for the next turn, behind the
 * input of others. */
static void follow_up(struct curl_loop *loop)
{
    for (int i = 0; loop->kicked && i < 4; i++) {
        loop->kicked = false;
        turn(loop, CURL_SOCKET_TIMEOUT, 0);
    }
}

/* What is done is reaped after every event, not in batches: removing a transfer costs libcurl a walk over all
 * messages. What the reaping starts (the next hop of a redirect) goes on its way at once. */
static void serve(struct curl_loop *loop)
{
    for (int i = 0; i < 4; i++) {
        follow_up(loop);
        loop->reap(loop);
        if (!loop->kicked) {
            return;
        }
    }
}

static void on_idle(uv_idle_t *idle)
{
    struct curl_loop *loop = idle->data;

    serve(loop);
    if (!loop->kicked) {
        uv_idle_stop(idle);
    }
}

void curl_loop_kick(struct curl_loop *loop)
{
    loop->kicked = true;
    if (loop->idle && !uv_is_active((uv_handle_t *)loop->idle)) {
        uv_idle_start(loop->idle, on_idle);
    }
}

static void on_timer(uv_timer_t *timer)
{
    struct curl_loop *loop = timer->data;

    loop->kicked = false;
    turn(loop, CURL_SOCKET_TIMEOUT, 0);
    serve(loop);
}

static int timer_wanted(CURLM *multi, long timeout_ms, void *data)
{
    struct curl_loop *loop = data;

    (void)multi;
    if (!loop->timer) {
        return 0;
    }
    if (timeout_ms == 0) {
        curl_loop_kick(loop);
        return 0;
    }
    loop->kicked = false;
    if (timeout_ms < 0) {
        uv_timer_stop(loop->timer);
    } else {
        uv_update_time(loop->loop);
        uv_timer_start(loop->timer, on_timer, (uint64_t)timeout_ms, 0);
    }
    return 0;
}

static void on_socket(uv_poll_t *poll, int status, int events)
{
    struct curl_socket *s = poll->data;
    struct curl_loop *loop = s->loop;
    int action = 0;

    if (!s->wanted) {
        uv_poll_stop(poll);
        s->watched = 0;
        return;
    }
    if (status < 0) {
        action = CURL_CSELECT_ERR;
    }
    if (events & UV_READABLE) {
        action |= CURL_CSELECT_IN;
    }
    if (events & UV_WRITABLE) {
        action |= CURL_CSELECT_OUT;
    }
    turn(loop, s->fd, action);
    serve(loop);
}

static struct curl_socket *socket_of(struct curl_loop *loop, curl_socket_t fd)
{
    size_t i = (size_t)fd;
    struct curl_socket *s;

    if (i >= loop->socket_count) {
        size_t count = loop->socket_count ? loop->socket_count : 64;

        while (count <= i) {
            count *= 2;
        }
        loop->sockets = memory_resize(loop->sockets, count, sizeof(struct curl_socket *));
        for (size_t j = loop->socket_count; j < count; j++) {
            loop->sockets[j] = NULL;
        }
        loop->socket_count = count;
    }
    if (loop->sockets[i]) {
        return loop->sockets[i];
    }
    s = memory_new(1, sizeof *s);
    if (uv_poll_init_socket(loop->loop, &s->poll, fd) != 0) {
        free(s);
        return NULL;
    }
    s->poll.data = s;
    s->loop = loop;
    s->fd = fd;
    loop->sockets[i] = s;
    return s;
}

static int socket_wanted(CURL *easy, curl_socket_t fd, int what, void *data, void *own)
{
    struct curl_loop *loop = data;
    struct curl_socket *s;
    int wanted = 0;

    (void)own;
    if (what == CURL_POLL_REMOVE) {
        s = (size_t)fd < loop->socket_count ? loop->sockets[fd] : NULL;
        if (s && s->connected) {
            s->wanted = 0;
        } else {
            curl_loop_forget(loop, fd);
        }
        return 0;
    }
    s = socket_of(loop, fd);
    if (!s) {
        return -1;
    }
    s->connected |= loop->has_begun(easy);
    if (what & CURL_POLL_IN) {
        wanted |= UV_READABLE;
    }
    if (what & CURL_POLL_OUT) {
        wanted |= UV_WRITABLE;
    }
    s->wanted = wanted;
    if (s->watched != wanted) {
        s->watched = wanted;
        uv_poll_start(&s->poll, wanted, on_socket);
    }
    return 0;
}

void curl_loop_forget(struct curl_loop *loop, curl_socket_t fd)
{
    struct curl_socket *s = (size_t)fd < loop->socket_count ? loop->sockets[fd] : NULL;

    if (!s) {
        return;
    }
    loop->sockets[fd] = NULL;
    /* Stops polling at once (epoll_ctl), so the descriptor may be closed; the memory goes when the loop lets
     * go of it. */
    uv_close((uv_handle_t *)&s->poll, free_handle);
}

void curl_loop_start(struct curl_loop *loop)
{
    follow_up(loop);
    if (!loop->kicked && !loop->pending(loop)) {
        uv_idle_stop(loop->idle);
    }
}

bool curl_loop_open(struct curl_loop *loop, uv_loop_t *uv)
{
    loop->loop = uv;
    loop->multi = curl_multi_init();
    if (!loop->multi) {
        return false;
    }
    loop->timer = memory_new(1, sizeof *loop->timer);
    uv_timer_init(uv, loop->timer);
    loop->timer->data = loop;
    loop->idle = memory_new(1, sizeof *loop->idle);
    uv_idle_init(uv, loop->idle);
    loop->idle->data = loop;
    curl_multi_setopt(loop->multi, CURLMOPT_SOCKETFUNCTION, socket_wanted);
    curl_multi_setopt(loop->multi, CURLMOPT_SOCKETDATA, loop);
    curl_multi_setopt(loop->multi, CURLMOPT_TIMERFUNCTION, timer_wanted);
    curl_multi_setopt(loop->multi, CURLMOPT_TIMERDATA, loop);
    return true;
}

static void free_plain(uv_handle_t *handle)
{
    free(handle);
}

void curl_loop_close(struct curl_loop *loop)
{
    uv_timer_t *timer = loop->timer;
    uv_idle_t *idle = loop->idle;

    loop->timer = NULL; /* what libcurl asks for while it closes is not served any more */
    loop->idle = NULL;
    curl_multi_cleanup(loop->multi);
    uv_close((uv_handle_t *)timer, free_plain);
    uv_close((uv_handle_t *)idle, free_plain);
    for (size_t i = 0; i < loop->socket_count; i++) {
        if (loop->sockets[i]) {
            uv_close((uv_handle_t *)&loop->sockets[i]->poll, free_handle);
        }
    }
    free(loop->sockets);
}
