/* The host names that are known before the run: looked up once for all shards. */
#include "lookup.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "engine/clock.h"

const struct name_entry *name_book_find(const struct name_book *book, const char *host)
{
    for (size_t i = 0; book && i < book->count; i++) {
        if (strcmp(book->entries[i].host, host) == 0) {
            return &book->entries[i];
        }
    }
    return NULL;
}

void name_book_add(struct name_book *book, struct url_part host)
{
    struct name_answer fixed;
    char name[NAME_LENGTH + 1];

    if (!name_of_host(host, name) || name_is_fixed(name, &fixed) || name_book_find(book, name)) {
        return;
    }
    book->entries = memory_grow(book->entries, book->count, &book->capacity, sizeof *book->entries);
    book->entries[book->count] = (struct name_entry){.asked = 0};
    memcpy(book->entries[book->count].host, name, sizeof name);
    book->count++;
}

static void answered(void *data, const struct name_answer *answer)
{
    struct name_entry *entry = data;

    entry->answer = *answer;
    entry->asked = clock_now();
}

void name_book_fill(struct name_book *book)
{
    uv_loop_t loop;

    if (book->count == 0 || uv_loop_init(&loop) != 0) {
        return;
    }
    for (size_t i = 0; i < book->count; i++) {
        (void)lookup_start(&loop, book->resolver, book->entries[i].host, answered, &book->entries[i]);
    }
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
}

void name_book_free(struct name_book *book)
{
    free(book->entries);
    book->entries = NULL;
    book->count = book->capacity = 0;
}
