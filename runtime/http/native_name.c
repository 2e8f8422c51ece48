/* Host names of the native engine: those that were looked up before the run are known, others are looked up once a shard,
 * and all of them again when their time is up. */
#include "native_internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "engine/clock.h"

static const int64_t ask_again_after = INT64_C(5) * 1000000000;

/* The addresses of an answer replace those of before. */
static void take_answer(struct native_name *name, const struct name_answer *answer)
{
    free(name->addresses);
    name->addresses = memory_new(answer->count, sizeof *name->addresses);
    name->count = answer->count;
    for (uint32_t i = 0; i < answer->count; i++) {
        name->addresses[i].at = answer->addresses[i];
    }
}

static void set_known(struct native_name *name, const struct name_entry *known)
{
    if (known && known->answer.count) {
        take_answer(name, &known->answer);
        name->stale_at = known->asked + known->answer.good_for;
    }
}

static struct native_name *make_name(struct exchange_shard *shard, const char *host)
{
    struct native_name *name = memory_new(1, sizeof *name);
    struct name_answer fixed;

    name->shard = shard;
    name->host = memory_text(host, strlen(host));
    name->fixed = name_is_fixed(host, &fixed);
    if (name->fixed) {
        take_answer(name, &fixed);
    } else {
        set_known(name, name_book_find(shard->book, host));
        name->turn = shard->number; /* so that shards with few users do not all begin with one address */
    }
    name->next = shard->names;
    shard->names = name;
    return name;
}

struct native_name *native_name_of(struct exchange_shard *shard, struct url_part part)
{
    char host[NAME_LENGTH + 1];

    if (!name_of_host(part, host)) {
        return NULL;
    }
    for (struct native_name *name = shard->names; name; name = name->next) {
        if (strcmp(name->host, host) == 0) {
            return name;
        }
    }
    return make_name(shard, host);
}

/* ------------------------------------------------------------------ look-ups */

static void answered(void *data, const struct name_answer *answer)
{
    struct native_name *name = data;

    name->asking = NULL;
    if (answer->count) {
        take_answer(name, answer);
    }
    /* When it failed, the addresses of before are kept. */
    name->stale_at = clock_now() + (answer->count ? answer->good_for : ask_again_after);
    while (name->waiting.first) {
        struct native_work *work = name->waiting.first;

        native_list_remove(work);
        if (name->count) {
            native_connect(work);
        } else {
            native_fail(work, EXCHANGE_NO_ADDRESS, NULL);
        }
    }
}

static bool ask(struct native_name *name)
{
    name->asking = lookup_start(name->shard->loop, name->shard->book->resolver, name->host, answered, name);
    return name->asking;
}

bool native_name_ready(struct native_name *name, struct native_work *work)
{
    if (name->fixed) {
        return true;
    }
    if (!name->asking && (!name->count || clock_now() >= name->stale_at) && !ask(name) && !name->count) {
        native_fail(work, EXCHANGE_NO_ADDRESS, NULL);
        return false;
    }
    if (!name->count) {
        native_list_add(&name->waiting, work);
        native_loop_deadline(name->shard, work->deadline);
        return false;
    }
    return true;
}

uint32_t native_name_turn(struct native_name *name, int64_t now)
{
    for (uint32_t i = 0; i < name->count; i++) {
        uint32_t at = (name->turn + i) % name->count;

        if (name->addresses[at].bad_until <= now) {
            name->turn = at + 1;
            return at;
        }
    }
    return name->turn++ % name->count;
}

void native_name_free_all(struct exchange_shard *shard)
{
    for (struct native_name *name = shard->names, *next; name; name = next) {
        next = name->next;
        if (name->asking) {
            lookup_abandon(name->asking);
        }
        free(name->addresses);
        free(name->host);
        free(name);
    }
    shard->names = NULL;
}
