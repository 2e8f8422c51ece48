/* orders.c - see orders.h */
#include "orders.h"

#include <stdlib.h>

#include "../base/memory.h"
#include "../engine/post.h"
#include "../engine/shard.h"

enum { STARTS = 256 }; /* of one message: 8 KB */

struct orders {
    struct shard **shards;
    uint32_t count;
    struct message **pending; /* by shard; NULL: none */
};

struct orders *orders_new(struct shard **shards, uint32_t count)
{
    struct orders *orders = memory_new(1, sizeof *orders);

    orders->shards = shards;
    orders->count = count;
    orders->pending = memory_new(count, sizeof(struct message *));
    return orders;
}

void orders_free(struct orders *orders)
{
    if (!orders) {
        return;
    }
    for (uint32_t i = 0; i < orders->count; i++) {
        if (orders->pending[i]) {
            message_free(orders->pending[i]);
        }
    }
    free(orders->pending);
    free(orders);
}

static void send_one(struct orders *orders, uint32_t shard)
{
    struct message *message = orders->pending[shard];

    orders->pending[shard] = NULL;
    if (message) {
        shard_send(orders->shards[shard], message);
    }
}

/* A new message, behind the one that was being filled. */
static struct message *begin(struct orders *orders, enum message_type type, uint32_t shard)
{
    send_one(orders, shard);
    return orders->pending[shard] = message_new(type, shard);
}

void orders_start(struct orders *orders, uint32_t shard, uint32_t kind, uint64_t id, bool visit, int64_t due)
{
    struct message *message = orders->pending[shard];
    struct user_start *starts;

    if (!message || message->type != MESSAGE_STARTS || message->number == STARTS) {
        message = begin(orders, MESSAGE_STARTS, shard);
        message->bytes = memory_new(STARTS, sizeof *starts);
    }
    starts = message->bytes;
    starts[message->number++] = (struct user_start){.kind = kind, .visit = visit, .id = id, .due = due};
}

void orders_stop(struct orders *orders, uint32_t shard, uint32_t kind, int64_t cut_at)
{
    struct message *message = orders->pending[shard];

    if (!message || message->type != MESSAGE_STOP || message->kind != kind || message->at != cut_at) {
        message = begin(orders, MESSAGE_STOP, shard);
        message->kind = kind;
        message->at = cut_at;
    }
    message->number++;
}

void orders_send(struct orders *orders)
{
    for (uint32_t i = 0; i < orders->count; i++) {
        send_one(orders, i);
    }
}
