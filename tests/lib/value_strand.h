/* A strand on its own for tests of values: a user with random numbers, a shard with its patterns, no engine.
 */
#ifndef SWARM_TESTS_VALUE_STRAND_H
#define SWARM_TESTS_VALUE_STRAND_H

#include <stdlib.h>
#include <string.h>

#include "../../runtime/base/cache.h"
#include "../../runtime/value/value.h"
#include "tap.h"

static struct shard test_shard;
static struct user test_user;
static struct swarm_strand *const test_strand = &test_user.strand.base;
static TAP_UNUSED const struct swarm_place test_place = {"test.swarm", 7, "x"};
static TAP_UNUSED const struct swarm_place *const at = &test_place;

static TAP_UNUSED struct swarm_strand *strand_begin_test(void)
{
    test_user.strand.user = &test_user;
    test_user.strand.shard = &test_shard;
    test_user.random = 42;
    return test_strand;
}

/* Takes the error back: its message, "" when there is none. Valid until the next call. */
static TAP_UNUSED const char *error_taken(void)
{
    static char message[VALUE_MESSAGE];
    message[0] = '\0';
    if (swarm_failed(test_strand)) {
        snprintf(message, sizeof message, "%s", test_user.strand.error->text);
    }
    test_strand->exit = SWARM_NO_EXIT;
    test_user.strand.error = NULL;
    return message;
}

static TAP_UNUSED void strand_end_test(void)
{
    arena_clear(&test_user.strand.arena);
    cache_free(test_shard.regexes);
    test_shard.regexes = NULL;
}

/* A text of the arena (not of the program, so that copies copy it). */
static TAP_UNUSED struct swarm_value text_of(const char *string)
{
    size_t n = strlen(string);
    char *text = arena_get(&test_user.strand.arena, n);
    memcpy(text, string, n);
    return value_arena_text(text, n);
}

static TAP_UNUSED struct swarm_value json_of(const char *string)
{
    return swarm_fn_parse_json(test_strand, at, text_of(string));
}

/* As C string; valid until the next but seven calls. */
static TAP_UNUSED const char *written(void (*write)(struct swarm_value, struct value_buffer *), struct swarm_value v)
{
    static char *texts[8];
    static unsigned next;
    struct value_buffer buffer = {0};
    write(v, &buffer);
    value_buffer_byte(&buffer, '\0');
    unsigned i = next++ % 8;
    free(texts[i]);
    return texts[i] = buffer.data;
}

#define TEXT(v)  written(value_text, (v))
#define JSON(v)  written(value_json, (v))
#define SHOWN(v) written(value_describe, (v))

#endif
