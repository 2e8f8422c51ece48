#include "cache.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

struct cached {
    struct cached *same_bucket, *newer;
    void *value;
    size_t n;
    char text[];
};

static unsigned bucket_of(const char *text, size_t n)
{
    uint32_t hash = 2166136261u; /* FNV-1a */

    for (size_t i = 0; i < n; i++) {
        hash = (hash ^ (unsigned char)text[i]) * 16777619u;
    }
    return hash % CACHE_KEPT;
}

void *cache_find(const struct text_cache *cache, const char *text, size_t n)
{
    for (const struct cached *c = cache->buckets[bucket_of(text, n)]; c; c = c->same_bucket) {
        if (c->n == n && memcmp(c->text, text, n) == 0) {
            return c->value;
        }
    }
    return NULL;
}

static void drop_oldest(struct text_cache *cache)
{
    struct cached *oldest = cache->oldest, **link = &cache->buckets[bucket_of(oldest->text, oldest->n)];

    while (*link != oldest) {
        link = &(*link)->same_bucket;
    }
    *link = oldest->same_bucket;
    cache->oldest = oldest->newer;
    if (!cache->oldest) {
        cache->newest = NULL;
    }
    cache->count--;
    cache->free_value(oldest->value);
    free(oldest);
}

void cache_put(struct text_cache *cache, const char *text, size_t n, void *value)
{
    struct cached **bucket = &cache->buckets[bucket_of(text, n)], *c;

    if (cache->count == CACHE_KEPT) {
        drop_oldest(cache);
    }
    c = memory_resize(NULL, sizeof *c + n, 1);
    *c = (struct cached){.same_bucket = *bucket, .value = value, .n = n};
    memcpy(c->text, text, n);
    *bucket = c;
    *(cache->newest ? &cache->newest->newer : &cache->oldest) = c;
    cache->newest = c;
    cache->count++;
}

void cache_clear(struct text_cache *cache)
{
    while (cache->count) {
        drop_oldest(cache);
    }
}
