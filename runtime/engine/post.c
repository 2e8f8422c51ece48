#include "post.h"

#include <stdlib.h>

#include "../base/memory.h"

int post_open(struct post *post, uv_loop_t *loop, uv_async_cb taken, void *data)
{
    int error;

    post->first = NULL;
    post->last = &post->first;
    error = uv_mutex_init(&post->lock);
    if (error) {
        return error;
    }
    error = uv_async_init(loop, &post->wake, taken);
    if (error) {
        uv_mutex_destroy(&post->lock);
        return error;
    }
    post->wake.data = data;
    return 0;
}

void post_close(struct post *post)
{
    struct message *message = post_take(post);

    while (message) {
        struct message *next = message->next;

        message_free(message);
        message = next;
    }
    uv_mutex_destroy(&post->lock);
    uv_close((uv_handle_t *)&post->wake, NULL);
}

struct message *message_new(enum message_type type, uint32_t shard)
{
    struct message *message = memory_new(1, sizeof *message);

    message->type = type;
    message->shard = shard;
    return message;
}

void message_free(struct message *message)
{
    free(message->bytes);
    free(message);
}

void post_send(struct post *post, struct message *message)
{
    bool was_empty;

    message->next = NULL;
    uv_mutex_lock(&post->lock);
    was_empty = !post->first;
    *post->last = message;
    post->last = &message->next;
    /* Under the lock: the receiver may close the mailbox as soon as it has seen its last message. */
    if (was_empty) {
        uv_async_send(&post->wake);
    }
    uv_mutex_unlock(&post->lock);
}

struct message *post_take(struct post *post)
{
    struct message *first;

    uv_mutex_lock(&post->lock);
    first = post->first;
    post->first = NULL;
    post->last = &post->first;
    uv_mutex_unlock(&post->lock);
    return first;
}
