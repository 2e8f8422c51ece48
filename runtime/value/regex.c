#define PCRE2_CODE_UNIT_WIDTH 8
#include "regex.h"

#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "../log/memory.h"

enum {
    BUCKETS = 256,
    MATCH_LIMIT = 1000000,
    DEPTH_LIMIT = 100000,
    HEAP_KB = 16 * 1024,
    STACK_FIRST = 32 * 1024,
    STACK_MOST = 512 * 1024
};

struct pattern {
    struct pattern *same_bucket;
    struct pattern *newer;
    pcre2_code *code;
    size_t n;
    char text[];
};

struct cache {
    struct regex_cache base;
    struct pattern *buckets[BUCKETS];
    struct pattern *oldest, *newest;
    unsigned count;
    pcre2_match_context *context;
    pcre2_jit_stack *stack;
    pcre2_match_data *data;
};

static void *checked(void *memory)
{
    if (!memory) {
        memory_resize(NULL, SIZE_MAX, 2); /* ends the process with the usual message */
    }
    return memory;
}

static unsigned bucket_of(const char *text, size_t n)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < n; i++) {
        hash = (hash ^ (unsigned char)text[i]) * 16777619u;
    }
    return hash % BUCKETS;
}

static void free_pattern(struct pattern *pattern)
{
    pcre2_code_free(pattern->code);
    free(pattern);
}

static void free_cache(struct regex_cache *base)
{
    struct cache *cache = (struct cache *)base;
    for (struct pattern *p = cache->oldest, *newer; p; p = newer) {
        newer = p->newer;
        free_pattern(p);
    }
    pcre2_match_data_free(cache->data);
    pcre2_jit_stack_free(cache->stack);
    pcre2_match_context_free(cache->context);
    free(cache);
}

static struct cache *new_cache(void)
{
    struct cache *cache = memory_resize(NULL, sizeof *cache, 1);
    *cache = (struct cache){.base.free = free_cache};
    cache->context = checked(pcre2_match_context_create(NULL));
    cache->data = checked(pcre2_match_data_create(REGEX_GROUPS, NULL));
    cache->stack = pcre2_jit_stack_create(STACK_FIRST, STACK_MOST, NULL); /* NULL: PCRE2 built without JIT */
    if (cache->stack) {
        pcre2_jit_stack_assign(cache->context, NULL, cache->stack);
    }
    pcre2_set_match_limit(cache->context, MATCH_LIMIT);
    pcre2_set_depth_limit(cache->context, DEPTH_LIMIT);
    pcre2_set_heap_limit(cache->context, HEAP_KB);
    return cache;
}

static void drop_oldest(struct cache *cache)
{
    struct pattern *oldest = cache->oldest, **link = &cache->buckets[bucket_of(oldest->text, oldest->n)];
    while (*link != oldest) {
        link = &(*link)->same_bucket;
    }
    *link = oldest->same_bucket;
    cache->oldest = oldest->newer;
    if (!cache->oldest) {
        cache->newest = NULL;
    }
    cache->count--;
    free_pattern(oldest);
}

static pcre2_code *compile(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value pattern)
{
    int code;
    PCRE2_SIZE offset;
    pcre2_code *compiled = pcre2_compile((PCRE2_SPTR)(pattern.n ? pattern.text : ""), pattern.n,
                                         PCRE2_UTF | PCRE2_MATCH_INVALID_UTF, &code, &offset, NULL);
    if (!compiled) {
        char why[160] = "";
        pcre2_get_error_message(code, (PCRE2_UCHAR *)why, sizeof why);
        struct value_buffer shown = {0};
        value_describe(pattern, &shown);
        value_error(s, place, "%.*s is no regular expression: %s at byte %zu", (int)shown.size, shown.data, why,
                    (size_t)offset);
        value_buffer_free(&shown);
        return NULL;
    }
    pcre2_jit_compile(compiled, PCRE2_JIT_COMPLETE); /* fails where there is no JIT: then it is interpreted */
    return compiled;
}

static pcre2_code *compiled(struct swarm_strand *s, const struct swarm_place *place, struct cache *cache,
                            struct swarm_value pattern)
{
    struct pattern **bucket = &cache->buckets[bucket_of(pattern.text, pattern.n)];
    for (struct pattern *p = *bucket; p; p = p->same_bucket) {
        if (p->n == pattern.n && memcmp(p->text, pattern.text, p->n) == 0) {
            return p->code;
        }
    }
    pcre2_code *code = compile(s, place, pattern);
    if (!code) {
        return NULL;
    }
    if (cache->count == REGEX_KEPT) {
        drop_oldest(cache);
    }
    struct pattern *p = memory_resize(NULL, sizeof *p + pattern.n, 1);
    *p = (struct pattern){.same_bucket = *bucket, .code = code, .n = pattern.n};
    memcpy(p->text, pattern.text, pattern.n);
    *bucket = p;
    *(cache->newest ? &cache->newest->newer : &cache->oldest) = p;
    cache->newest = p;
    cache->count++;
    return code;
}

static void copy_groups(const struct cache *cache, const pcre2_code *code, int count, struct regex_match *match)
{
    uint32_t captures = 0;

    pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, &captures);
    match->captures = captures;
    const PCRE2_SIZE *spans = pcre2_get_ovector_pointer(cache->data);
    match->count = count == 0 ? REGEX_GROUPS : (unsigned)count;
    for (unsigned i = 0; i < match->count; i++) {
        match->groups[i] = (struct regex_span){spans[2 * i], spans[2 * i + 1]};
        if (spans[2 * i] == PCRE2_UNSET) {
            match->groups[i] = (struct regex_span){1, 0};
        }
    }
}

static bool find(struct swarm_strand *s, const struct swarm_place *place, struct cache *cache,
                 struct swarm_value pattern, struct swarm_value text, size_t from, struct regex_match *match)
{
    pcre2_code *code = compiled(s, place, cache, pattern);
    if (!code || from > text.n) {
        return false;
    }
    const char *subject = text.n ? text.text : ""; /* older ones take no NULL */
    int count = pcre2_match(code, (PCRE2_SPTR)subject, text.n, from, 0, cache->data, cache->context);
    if (count == PCRE2_ERROR_JIT_STACKLIMIT) { /* the interpreter may take more memory */
        count = pcre2_match(code, (PCRE2_SPTR)subject, text.n, from, PCRE2_NO_JIT, cache->data, cache->context);
    }
    if (count >= 0) {
        if (match) {
            copy_groups(cache, code, count, match);
        }
        return true;
    }
    if (count != PCRE2_ERROR_NOMATCH) {
        char why[160] = "";
        pcre2_get_error_message(count, (PCRE2_UCHAR *)why, sizeof why);
        value_error(s, place, "the regular expression takes too long on a text of %u bytes: %s", text.n, why);
    }
    return false;
}

bool regex_find(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value pattern,
                struct swarm_value text, size_t from, struct regex_match *match)
{
    if (!value_take_text(s, place, text) || !value_take_text(s, place, pattern)) {
        return false;
    }
    struct shard *shard = strand_of(s)->shard;
    if (shard) {
        if (!shard->regexes) {
            shard->regexes = &new_cache()->base;
        }
        return find(s, place, (struct cache *)shard->regexes, pattern, text, from, match);
    }
    struct cache *cache = new_cache(); /* constants are computed before there is a shard */
    bool found = find(s, place, cache, pattern, text, from, match);
    free_cache(&cache->base);
    return found;
}

bool swarm_matches(struct swarm_strand *s, struct swarm_value text, struct swarm_value pattern,
                   const struct swarm_place *place)
{
    return regex_find(s, place, pattern, text, 0, NULL);
}
