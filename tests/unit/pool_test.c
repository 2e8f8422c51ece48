/* What C of one's own gets: trees of JSON. How calls are queued, dropped and given up is tested with whole programs (tests/extern). */
#include <string.h>

#include "tap.h"

#include "../../runtime/extern/extern.c"

static bool text_is(struct swarm_text text, const char *wanted)
{
    return text.n == strlen(wanted) && memcmp(text.p, wanted, text.n) == 0;
}

int main(void)
{
    static const char text[] = "{\"a\": [1, \"x\\u00e9\\n\", null, true], \"b\": -12.5e2, \"a\\\"b\": {\"c\": "
                               "9223372036854775807}, \"b\": 7.9}";
    struct extern_memory memory = {0};
    const struct swarm_json *json = extern_json(&memory, text, sizeof text - 1), *a = swarm_json_get(json, "a");

    ok(swarm_json_kind(json) == SWARM_JSON_OBJECT && swarm_json_count(json) == 4, "an object with its entries");
    ok(swarm_json_kind(a) == SWARM_JSON_LIST && swarm_json_count(a) == 4, "a list with its elements");
    ok(swarm_json_integer(swarm_json_at(a, 0)) == 1, "a whole number");
    ok(text_is(swarm_json_characters(swarm_json_at(a, 1)), "x\xc3\xa9\n"), "a text without its escapes");
    ok(swarm_json_kind(swarm_json_at(a, 2)) == SWARM_JSON_NULL, "null");
    ok(swarm_json_is_true(swarm_json_at(a, 3)), "true");
    ok(!swarm_json_at(a, 4) && !swarm_json_get(a, "x") && !swarm_json_get(NULL, "x"), "what is not there");
    ok(swarm_json_number(swarm_json_get(json, "b")) == 7.9, "of two entries of one name the last");
    ok(swarm_json_integer(swarm_json_get(json, "b")) == 7, "a fraction is cut off");
    ok(swarm_json_number(swarm_json_at(json, 1)) == -1250, "a number with an exponent");
    ok(text_is(swarm_json_key(swarm_json_at(json, 2)), "a\"b"), "a key without its escapes");
    ok(swarm_json_integer(swarm_json_get(swarm_json_at(json, 2), "c")) == INT64_MAX, "the largest whole number");
    ok(text_is(swarm_json_source(swarm_json_at(json, 1)), "-12.5e2"), "numbers keep their digits");
    ok(text_is(swarm_json_source(NULL), "null") && text_is(swarm_json_characters(NULL), ""), "of nothing");
    ok(swarm_json_integer(extern_json(&memory, "1e30", 4)) == INT64_MAX, "what does not fit is the nearest that does");
    ok(!extern_json(&memory, "{\"a\": }", 7) && !extern_json(&memory, "", 0), "what is no JSON");
    extern_free(&memory);
    ok(!memory.first, "all is freed");
    return tap_done();
}
