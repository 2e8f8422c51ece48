/* Variables of the file: tables, news, what is sealed and what is freed; readers beside a writer never see half of a value. */
#include <pthread.h>
#include <string.h>

#include "tap.h"

#include "../../runtime/engine/shared.c"

static struct swarm_value first[2];
static const struct swarm_program program = {.shared = first, .shared_count = 2};
static struct run_config config = {.program = &program};

struct reader {
    struct shard shard;
    struct strand strand;
};

static void open_reader(struct reader *reader, struct shared_store *store)
{
    *reader = (struct reader){.shard.config = &config};
    reader->shard.shared = shared_open(store);
    reader->strand.shard = &reader->shard;
}

static size_t alive(const struct shared_store *store)
{
    size_t n = 0;

    for (const struct shared_block *block = store->first; block; block = block->next) {
        n++;
    }
    return n;
}

static struct swarm_value text_of(const char *text)
{
    return (struct swarm_value){.text = text, .n = (uint32_t)strlen(text), .kind = SWARM_TEXT, .owner = SWARM_ARENA};
}

static void test_tables(void)
{
    struct shared_store *store = shared_store_new(&program);
    struct reader writer, other;
    struct message *news;

    open_reader(&writer, store);
    open_reader(&other, store);
    first[0] = swarm_int(7);
    ok(swarm_shared(&writer.strand.base, 0).i == 7, "the first value is the program's");
    ok(!shared_publish(writer.shard.shared, 0, false), "nothing written, no news");
    swarm_share(&writer.strand.base, 0, text_of("one"));
    ok(swarm_shared(&writer.strand.base, 0).n == 3, "the writer sees it at once");
    ok(swarm_shared(&other.strand.base, 0).i == 7, "others do not before the news");
    news = shared_publish(writer.shard.shared, 0, false);
    shared_take(other.shard.shared, news);
    message_free(news);
    ok(swarm_shared(&other.strand.base, 0).owner == SWARM_KEPT, "written while users run: as a kept slot");
    ok(alive(store) == 1, "tables share one block");
    swarm_share(&writer.strand.base, 0, text_of("two"));
    swarm_share(&writer.strand.base, 0, text_of("three"));
    ok(alive(store) == 2, "what nobody was told of is freed at once");
    news = shared_publish(writer.shard.shared, 0, false);
    struct message *again = shared_again(news);
    shared_take(other.shard.shared, again);
    message_free(again);
    ok(alive(store) == 1, "the old value goes with the last table");
    message_free(news); /* nobody took it: the store frees what it held */
    swarm_share(&writer.strand.base, 1, text_of("sealed"));
    news = shared_publish(writer.shard.shared, 0, true);
    shared_take(other.shard.shared, news);
    message_free(news);
    ok(swarm_shared(&other.strand.base, 1).owner == SWARM_PROGRAM, "written before users run: the program's");
    size_t before = alive(store);
    swarm_share(&writer.strand.base, 1, text_of("later"));
    news = shared_publish(writer.shard.shared, 0, false);
    shared_take(other.shard.shared, news);
    message_free(news);
    ok(alive(store) == before + 1, "a sealed value stays: users may hold parts of it");
    shared_close(writer.shard.shared);
    shared_close(other.shard.shared);
    shared_store_free(store);
    first[0] = swarm_null();
}

/* ---- a writer and readers in threads of their own ---- */

enum { ROUNDS = 3000, READERS = 3 };

struct mailbox {
    struct reader reader;
    pthread_mutex_t lock;
    struct message *first, **last;
    bool over, broken;
    unsigned seen;
};

static void *read_on(void *argument)
{
    struct mailbox *box = argument;
    bool over = false;

    while (!over) {
        pthread_mutex_lock(&box->lock);
        struct message *message = box->first;
        box->first = NULL;
        box->last = &box->first;
        over = box->over;
        pthread_mutex_unlock(&box->lock);
        while (message) {
            struct message *next = message->next;
            shared_take(box->reader.shard.shared, message);
            message_free(message);
            message = next;
            box->seen++;
        }
        struct swarm_value a = swarm_shared(&box->reader.strand.base, 0), b = swarm_shared(&box->reader.strand.base, 1);
        if (a.kind == SWARM_LIST) {
            box->broken |= a.n != 2 || a.items[0].i != a.items[1].i || b.i != a.items[0].i;
        }
    }
    return NULL;
}

static void test_threads(void)
{
    struct shared_store *store = shared_store_new(&program);
    struct mailbox boxes[READERS];
    pthread_t threads[READERS];
    struct reader writer;
    bool whole = true, all = true;

    open_reader(&writer, store);
    for (int i = 0; i < READERS; i++) {
        boxes[i] = (struct mailbox){.lock = PTHREAD_MUTEX_INITIALIZER};
        boxes[i].last = &boxes[i].first;
        open_reader(&boxes[i].reader, store);
        pthread_create(&threads[i], NULL, read_on, &boxes[i]);
    }
    for (int64_t n = 1; n <= ROUNDS; n++) {
        struct swarm_value items[2] = {swarm_int(n), swarm_int(n)};
        swarm_share(&writer.strand.base, 0,
                    (struct swarm_value){.items = items, .n = 2, .kind = SWARM_LIST, .owner = SWARM_ARENA});
        swarm_share(&writer.strand.base, 1, swarm_int(n));
        struct message *news = shared_publish(writer.shard.shared, 0, false);
        for (int i = 0; i < READERS; i++) {
            struct message *mine = i + 1 < READERS ? shared_again(news) : news;
            mine->next = NULL;
            pthread_mutex_lock(&boxes[i].lock);
            *boxes[i].last = mine;
            boxes[i].last = &mine->next;
            pthread_mutex_unlock(&boxes[i].lock);
        }
    }
    for (int i = 0; i < READERS; i++) {
        pthread_mutex_lock(&boxes[i].lock);
        boxes[i].over = true;
        pthread_mutex_unlock(&boxes[i].lock);
        pthread_join(threads[i], NULL);
        whole &= !boxes[i].broken;
        all &= boxes[i].seen == ROUNDS;
    }
    ok(whole, "readers see whole values, and both variables of one news together");
    ok(all, "and every one of them");
    ok(alive(store) == 2, "only the last values are left");
    for (int i = 0; i < READERS; i++) {
        shared_close(boxes[i].reader.shard.shared);
    }
    shared_close(writer.shard.shared);
    ok(alive(store) == 0, "and nothing when the tables are closed");
    shared_store_free(store);
}

int main(void)
{
    test_tables();
    test_threads();
    return tap_done();
}
