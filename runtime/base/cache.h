/* cache.h - what was made of a text while the program runs (a pattern, an expression, a query), found again by the text.
 *
 * Ownership. A cache belongs to one thread and owns the values put into it: at most CACHE_KEPT, the one that was put in first is
 * freed first. A value that was found is valid until the next cache_put(). Who makes a cache sets free_value, which frees a value,
 * and free, which frees the cache and what its maker keeps beside it; so a shard frees those that it has without knowing what is
 * in them. The rest is zeroed. */
#ifndef SWARM_BASE_CACHE_H
#define SWARM_BASE_CACHE_H

#include <stddef.h>

#define CACHE_KEPT 256

struct text_cache {
    void (*free)(struct text_cache *cache);
    void (*free_value)(void *value);
    struct cached *buckets[CACHE_KEPT];
    struct cached *oldest, *newest;
    unsigned count;
};

void *cache_find(const struct text_cache *cache, const char *text, size_t n); /* NULL: not there */
/* Takes the value; the oldest one may be freed for it. The text is copied; it must not be in the cache. */
void cache_put(struct text_cache *cache, const char *text, size_t n, void *value);
/* Frees all values; the cache is empty then. */
void cache_clear(struct text_cache *cache);

/* At the end of what owns it; cache may be NULL. */
static inline void cache_free(struct text_cache *cache)
{
    if (cache) {
        cache->free(cache);
    }
}

#endif
