#define PCRE2_CODE_UNIT_WIDTH 8
#include "regex.h"

#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "../base/cache.h"
#include "../base/memory.h"

enum {
    MATCH_LIMIT = 1000000,
    DEPTH_LIMIT = 100000,
    HEAP_KB = 16 * 1024,
    STACK_FIRST = 32 * 1024,
    STACK_MOST = 512 * 1024
};

/* What a shard has for its patterns. */
struct regexes {
    struct text_cache codes; /* first; values are pcre2_code */
    pcre2_match_context *context;
    pcre2_jit_stack *stack;
    pcre2_match_data *data;
};

static void *checked(void *memory)
{
    if (!memory) {
        memory_exhausted();
    }
    return memory;
}

static void free_code(void *code)
{
    pcre2_code_free(code);
}

static void free_regexes(struct text_cache *codes)
{
    struct regexes *regexes = (struct regexes *)codes;

    cache_clear(&regexes->codes);
    pcre2_match_data_free(regexes->data);
    pcre2_jit_stack_free(regexes->stack);
    pcre2_match_context_free(regexes->context);
    free(regexes);
}

static struct regexes *new_regexes(void)
{
    struct regexes *regexes = memory_new(1, sizeof *regexes);

    regexes->codes.free = free_regexes;
    regexes->codes.free_value = free_code;
    regexes->context = checked(pcre2_match_context_create(NULL));
    regexes->data = checked(pcre2_match_data_create(REGEX_GROUPS, NULL));
    regexes->stack = pcre2_jit_stack_create(STACK_FIRST, STACK_MOST, NULL); /* NULL: PCRE2 built without JIT */
    if (regexes->stack) {
        pcre2_jit_stack_assign(regexes->context, NULL, regexes->stack);
    }
    pcre2_set_match_limit(regexes->context, MATCH_LIMIT);
    pcre2_set_depth_limit(regexes->context, DEPTH_LIMIT);
    pcre2_set_heap_limit(regexes->context, HEAP_KB);
    return regexes;
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

static pcre2_code *compiled(struct swarm_strand *s, const struct swarm_place *place, struct regexes *regexes,
                            struct swarm_value pattern)
{
    const char *text = pattern.n ? pattern.text : "";
    pcre2_code *code = cache_find(&regexes->codes, text, pattern.n);

    if (!code) {
        code = compile(s, place, pattern);
        if (code) {
            cache_put(&regexes->codes, text, pattern.n, code);
        }
    }
    return code;
}

static void copy_groups(const struct regexes *regexes, const pcre2_code *code, int count, struct regex_match *match)
{
    uint32_t captures = 0;

    pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, &captures);
    match->captures = captures;
    const PCRE2_SIZE *spans = pcre2_get_ovector_pointer(regexes->data);
    match->count = count == 0 ? REGEX_GROUPS : (unsigned)count;
    for (unsigned i = 0; i < match->count; i++) {
        match->groups[i] = (struct regex_span){spans[2 * i], spans[2 * i + 1]};
        if (spans[2 * i] == PCRE2_UNSET) {
            match->groups[i] = (struct regex_span){1, 0};
        }
    }
}

static bool find(struct swarm_strand *s, const struct swarm_place *place, struct regexes *regexes,
                 struct swarm_value pattern, struct swarm_value text, size_t from, struct regex_match *match)
{
    pcre2_code *code = compiled(s, place, regexes, pattern);
    if (!code || from > text.n) {
        return false;
    }
    const char *subject = text.n ? text.text : ""; /* older ones take no NULL */
    int count = pcre2_match(code, (PCRE2_SPTR)subject, text.n, from, 0, regexes->data, regexes->context);
    if (count == PCRE2_ERROR_JIT_STACKLIMIT) { /* the interpreter may take more memory */
        count = pcre2_match(code, (PCRE2_SPTR)subject, text.n, from, PCRE2_NO_JIT, regexes->data, regexes->context);
    }
    if (count >= 0) {
        if (match) {
            copy_groups(regexes, code, count, match);
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
            shard->regexes = &new_regexes()->codes;
        }
        return find(s, place, (struct regexes *)shard->regexes, pattern, text, from, match);
    }
    struct regexes *regexes = new_regexes(); /* constants are computed before there is a shard */
    bool found = find(s, place, regexes, pattern, text, from, match);
    free_regexes(&regexes->codes);
    return found;
}

bool swarm_matches(struct swarm_strand *s, struct swarm_value text, struct swarm_value pattern,
                   const struct swarm_place *place)
{
    return regex_find(s, place, pattern, text, 0, NULL);
}
