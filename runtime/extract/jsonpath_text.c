/* jsonpath() of a query that is put together while the scenario runs. */
#include <stdlib.h>

#include "../../compiler/select/selector.h"
#include "../base/cache.h"
#include "../base/memory.h"
#include "../value/value.h"
#include "extract.h"

static void free_all(struct text_cache *cache)
{
    cache_clear(cache);
    free(cache);
}

static struct text_cache *cache_of(struct swarm_strand *s)
{
    struct text_cache **cache = &strand_of(s)->shard->jsonpaths;

    if (!*cache) {
        *cache = memory_new(1, sizeof **cache);
        (*cache)->free = free_all;
        (*cache)->free_value = free;
    }
    return *cache;
}

static const struct swarm_jsonpath *compiled(struct swarm_strand *s, struct swarm_value text,
                                             const struct swarm_place *place)
{
    struct text_cache *cache = cache_of(s);
    struct swarm_jsonpath *query = cache_find(cache, text.text, text.n);
    struct selector_mistake mistake;

    if (query) {
        return query;
    }
    query = jsonpath_parse(text.text, text.n, &mistake);
    if (!query) {
        struct value_buffer shown = {0};
        value_describe(text, &shown);
        value_error(s, place, "%.*s is no JSONPath: %s at byte %zu", (int)shown.size, shown.data, mistake.what,
                    mistake.at);
        value_buffer_free(&shown);
        return NULL;
    }
    query->search = swarm_jsonpath_regex;
    cache_put(cache, text.text, text.n, query);
    return query;
}

struct swarm_value swarm_jsonpath_text(struct swarm_strand *s, const struct swarm_response *r, struct swarm_value query,
                                       bool or_null, const struct swarm_place *place)
{
    const struct swarm_jsonpath *path;

    if (!value_take_text(s, place, query)) {
        return swarm_null();
    }
    path = compiled(s, query, place);
    return path ? swarm_jsonpath(s, r, path, or_null, place) : swarm_null();
}
