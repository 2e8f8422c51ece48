#include "shared.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "../base/memory.h"
#include "engine.h"
#include "run.h"

struct shared_block {
    atomic_uint refs;
    bool sealed;                          /* under the store's lock */
    struct swarm_value value;             /* what readers get */
    struct swarm_value memory;            /* the same as a kept slot: what is freed */
    struct shared_block *next, *previous; /* in the store */
};

struct shared_store {
    const struct swarm_program *program;
    uv_mutex_t lock;
    struct shared_block *first;
};

struct shared {
    struct shared_store *store;
    struct shared_block **blocks; /* NULL: still the first value */
    bool *changed;
    bool any_changed;
};

/* What was written, as one message. */
struct news_item {
    uint32_t index;
    struct shared_block *block;
};
struct news {
    struct message message; /* first */
    uint32_t count;
    struct news_item items[];
};

/* ---- blocks ---- */

static struct shared_block *block_new(struct shared_store *store, struct swarm_value v)
{
    struct shared_block *block = memory_new(1, sizeof *block);

    swarm_keep(NULL, &block->memory, v);
    block->value = block->memory;
    atomic_store(&block->refs, 1);
    uv_mutex_lock(&store->lock);
    block->next = store->first;
    if (store->first) {
        store->first->previous = block;
    }
    store->first = block;
    uv_mutex_unlock(&store->lock);
    return block;
}

static void block_free(struct shared_block *block)
{
    swarm_keep(NULL, &block->memory, swarm_null());
    free(block);
}

static void block_ref(struct shared_block *block)
{
    atomic_fetch_add(&block->refs, 1);
}

static void block_unref(struct shared_store *store, struct shared_block *block)
{
    if (!block || atomic_fetch_sub(&block->refs, 1) > 1) {
        return;
    }
    uv_mutex_lock(&store->lock);
    if (block->sealed) { /* users may hold parts of it: until the end */
        uv_mutex_unlock(&store->lock);
        return;
    }
    *(block->previous ? &block->previous->next : &store->first) = block->next;
    if (block->next) {
        block->next->previous = block->previous;
    }
    uv_mutex_unlock(&store->lock);
    block_free(block);
}

/* All of it belongs to the program from now on. Nobody reads it yet but the hook that wrote it, which is over. */
static void seal_value(struct swarm_value *v)
{
    if (v->owner != SWARM_KEPT) {
        return;
    }
    v->owner = SWARM_PROGRAM;
    if (v->kind == SWARM_LIST || v->kind == SWARM_OBJECT) {
        struct swarm_value *items = (struct swarm_value *)(uintptr_t)v->items;
        uint32_t count = v->kind == SWARM_OBJECT ? 2 * v->n : v->n;

        for (uint32_t i = 0; i < count; i++) {
            seal_value(&items[i]);
        }
    }
}

static void block_seal(struct shared_store *store, struct shared_block *block)
{
    uv_mutex_lock(&store->lock);
    block->sealed = true;
    uv_mutex_unlock(&store->lock);
    seal_value(&block->value);
}

/* ---- the store ---- */

struct shared_store *shared_store_new(const struct swarm_program *program)
{
    struct shared_store *store = memory_new(1, sizeof *store);

    store->program = program;
    uv_mutex_init(&store->lock);
    return store;
}

void shared_store_free(struct shared_store *store)
{
    if (!store) {
        return;
    }
    while (store->first) {
        struct shared_block *block = store->first;

        store->first = block->next;
        block_free(block);
    }
    uv_mutex_destroy(&store->lock);
    free(store);
}

/* ---- tables ---- */

struct shared *shared_open(struct shared_store *store)
{
    struct shared *shared = memory_new(1, sizeof *shared);

    shared->store = store;
    shared->blocks = memory_new(store->program->shared_count, sizeof(struct shared_block *));
    shared->changed = memory_new(store->program->shared_count, sizeof *shared->changed);
    return shared;
}

void shared_close(struct shared *shared)
{
    if (!shared) {
        return;
    }
    for (uint32_t i = 0; i < shared->store->program->shared_count; i++) {
        block_unref(shared->store, shared->blocks[i]);
    }
    free(shared->blocks);
    free(shared->changed);
    free(shared);
}

struct swarm_value swarm_shared(struct swarm_strand *s, uint32_t index)
{
    const struct shard *shard = strand_of(s)->shard;
    const struct shared_block *block = shard->shared ? shard->shared->blocks[index] : NULL;

    return block ? block->value : shard->config->program->shared[index];
}

void swarm_share(struct swarm_strand *s, uint32_t index, struct swarm_value v)
{
    struct shared *shared = strand_of(s)->shard->shared;
    struct shared_block *block;

    if (!shared || swarm_failed(s)) {
        return;
    }
    block = block_new(shared->store, v); /* v may be part of the old value */
    block_unref(shared->store, shared->blocks[index]);
    shared->blocks[index] = block;
    shared->changed[index] = shared->any_changed = true;
}

/* ---- publishing ---- */

bool shared_changed(const struct shared *shared)
{
    return shared && shared->any_changed;
}

static struct news *news_new(uint32_t shard, uint32_t count)
{
    struct news *news = memory_resize(NULL, sizeof *news + count * sizeof *news->items, 1);

    news->message = (struct message){.type = MESSAGE_SHARED, .shard = shard};
    news->count = 0;
    return news;
}

static void add_news(struct news *news, uint32_t index, struct shared_block *block)
{
    block_ref(block);
    news->items[news->count++] = (struct news_item){index, block};
}

struct message *shared_publish(struct shared *shared, uint32_t shard, bool seal)
{
    uint32_t count = shared ? shared->store->program->shared_count : 0;
    struct news *news;

    if (!shared_changed(shared)) {
        return NULL;
    }
    news = news_new(shard, count);
    for (uint32_t i = 0; i < count; i++) {
        if (!shared->changed[i]) {
            continue;
        }
        shared->changed[i] = false;
        if (seal) {
            block_seal(shared->store, shared->blocks[i]);
        }
        add_news(news, i, shared->blocks[i]);
    }
    shared->any_changed = false;
    return &news->message;
}

struct message *shared_again(const struct message *message)
{
    const struct news *from = (const struct news *)message;
    struct news *news = news_new(from->message.shard, from->count);

    for (uint32_t i = 0; i < from->count; i++) {
        add_news(news, from->items[i].index, from->items[i].block);
    }
    return &news->message;
}

void shared_take(struct shared *shared, struct message *message)
{
    struct news *news = (struct news *)message;

    for (uint32_t i = 0; i < news->count; i++) {
        struct shared_block **slot = &shared->blocks[news->items[i].index];

        block_unref(shared->store, *slot);
        *slot = news->items[i].block; /* with the message's count */
    }
    news->count = 0;
}
