/* How long values last, looking into them, changing them; errors. */
#include "../lib/value_strand.h"

#define S test_strand

static struct swarm_value key(const char *string)
{
    return swarm_text(string, (uint32_t)strlen(string));
}

static struct swarm_value field(struct swarm_value v, const char *name)
{
    return swarm_field(S, v, name, (uint32_t)strlen(name), at);
}

static struct swarm_value nth(struct swarm_value v, int64_t i)
{
    return swarm_index(S, v, swarm_int(i), at);
}

/* A value of a response: views of memory that goes away. */
static struct swarm_value view(char *bytes, enum swarm_kind kind)
{
    return (struct swarm_value){
        .text = bytes, .n = (uint32_t)strlen(bytes), .kind = (uint8_t)kind, .owner = SWARM_VIEW};
}

static void test_looking(void)
{
    struct swarm_value doc =
        json_of("{ \"items\" : [ {\"id\": 7, \"price\": 12.5 }, {\"id\":9} , [] ], \"case\": \"lower\","
                "\"Case\": \"upper\", \"esc\\u0061ped\": \"\\u00e9\\n\", \"no\": null, \"a\": 1, \"a\": 2}");
    is_int(doc.kind, SWARM_JSON, "a document is not looked into before it is used");
    is_str(TEXT(field(nth(field(doc, "items"), 0), "price")), "12.5", "items[0].price");
    is_int(swarm_length(S, field(doc, "items"), at), 3, "length of an array");
    is_int(swarm_length(S, doc, at), 6, "length of an object counts equal keys once");
    is_str(TEXT(field(doc, "Case")), "upper", "case of a key counts");
    is_str(TEXT(field(doc, "case")), "lower", "… both ways");
    is_str(TEXT(field(doc, "escaped")), "\xc3\xa9\n", "keys and texts are unescaped");
    is_str(TEXT(field(doc, "a")), "2", "the last of equal keys counts");
    is_int(field(doc, "no").kind, SWARM_NULL, "JSON null is missing");
    is_int(field(doc, "nope").kind, SWARM_NULL, "an absent key is missing");
    is_int(field(swarm_null(), "x").kind, SWARM_NULL, "a field of null is missing");
    is_int(field(swarm_int(1), "x").kind, SWARM_NULL, "a field of a number is missing");
    is_int(nth(field(doc, "items"), 3).kind, SWARM_NULL, "an index out of range is missing");
    is_int(nth(field(doc, "items"), -1).kind, SWARM_NULL, "a negative index too");
    is_int(nth(doc, 0).kind, SWARM_NULL, "an object has no [0]");
    is_str(TEXT(swarm_index(S, doc, key("case"), at)), "lower", "a text as index");
    is_str(TEXT(swarm_index(S, json_of("[1,2]"), json_of("1"), at)), "2", "a JSON number as index");
    is_int(swarm_length(S, text_of("Malm\xc3\xb6"), at), 5, "length of a text counts code points");
    is_int(swarm_length(S, text_of("a\xff\xfe"), at), 3, "… and each invalid byte");
    is_str(error_taken(), "", "no error so far");
    swarm_index(S, doc, swarm_bool(true), at);
    like(error_taken(), "wanted a whole number or a text as index", "a bool as index");
    swarm_index(S, json_of("[1]"), swarm_float(0.5), at);
    is_str(error_taken(), "x: wanted a whole number, found 0.5", "a fraction as index");
    swarm_length(S, swarm_int(1), at);
    is_str(error_taken(), "x: wanted a text, list or object, found 1", "length of a number");
    swarm_length(S, swarm_null(), at);
    is_str(error_taken(), "x: wanted a text, list or object, found nothing", "length of null");
}

static const char *walked(struct swarm_value list)
{
    static char text[200];
    size_t used = 0;
    struct swarm_walk walk = swarm_walk(S, list, at);
    struct swarm_value next;
    text[0] = '\0';
    while (swarm_step_on(S, &walk, &next)) {
        used += (size_t)snprintf(text + used, sizeof text - used, "%s;", TEXT(next));
    }
    return text;
}

static void test_walk(void)
{
    is_str(walked(json_of("[ 1, \"b\\u0062\", [2 ,3], {} ]")), "1;bb;[2,3];{};", "over an array");
    is_str(walked(swarm_list(S, (struct swarm_value[]){swarm_int(1), key("b")}, 2)), "1;b;", "over a list");
    is_str(walked(json_of("[]")), "", "over nothing");
    is_str(error_taken(), "", "no error so far");
    is_str(walked(json_of("{}")), "", "over an object: no round");
    is_str(error_taken(), "x: wanted a list, found {}", "… and an error");
    is_str(walked(swarm_null()), "", "over null: no round");
    is_str(error_taken(), "x: wanted a list, found nothing", "… and an error");
    uint32_t rounds = 999999;
    ok(swarm_round(S, &rounds, at), "round 1,000,000 is run");
    ok(!swarm_round(S, &rounds, at), "the next is not");
    like(error_taken(), "1,000,000 rounds", "… and an error");
}

static void test_owners(void)
{
    char body[] = "[\"a\",\"b\\n\"]";
    struct swarm_value v = view(body, SWARM_JSON);
    struct swarm_value kept = swarm_null();
    is_int(nth(v, 0).owner, SWARM_VIEW, "an element of a view is a view");
    is_int(nth(v, 1).owner, SWARM_ARENA, "an unescaped one is the arena's");
    struct swarm_value copy = swarm_copy(S, v), same = swarm_let(S, v);
    ok(same.text == v.text, "let leaves a view");
    struct swarm_value holder = swarm_list(S, &v, 1);
    is_int(holder.owner, SWARM_VIEW, "a list with a view is a view");
    struct swarm_value copied_holder = swarm_copy(S, holder);
    swarm_keep(S, &kept, v);
    memset(body, 'X', strlen(body));
    is_str(JSON(copy), "[\"a\",\"b\\n\"]", "a copy of a view outlives it");
    is_str(JSON(copied_holder), "[[\"a\",\"b\\n\"]]", "… also within a list");
    is_str(JSON(kept), "[\"a\",\"b\\n\"]", "… and a kept one");
    is_int(copy.kind, SWARM_LIST, "an array is indexed when it is copied");
    is_int(kept.kind, SWARM_LIST, "… or kept");
    is_int(kept.owner, SWARM_KEPT, "a kept value says so");
    is_int(nth(kept, 1).owner, SWARM_KEPT, "… and its elements");

    struct swarm_value let = swarm_let(S, kept), inner = swarm_list(S, (struct swarm_value[]){nth(kept, 0)}, 1);
    is_int(inner.owner, SWARM_KEPT, "a list with something kept says so");
    struct swarm_value outer = swarm_let(S, inner);
    swarm_keep(S, &kept, text_of("other"));
    is_str(JSON(let), "[\"a\",\"b\\n\"]", "let outlives the slot");
    is_str(JSON(outer), "[\"a\"]", "… also within a list");
    value_release(&kept);
    is_int(kept.kind, SWARM_NULL, "a slot that is released is null");
}

static void test_keep(void)
{
    struct swarm_value slot = swarm_null(), other = swarm_null();
    swarm_keep(S, &slot, text_of("twelve bytes"));
    const char *block = slot.text;
    swarm_keep(S, &slot, text_of("as many byte"));
    ok(slot.text == block, "the block is used again");
    swarm_keep(S, &slot, text_of("abc"));
    ok(slot.text != block, "not when it is more than four times too large");
    swarm_keep(S, &slot, slot);
    is_str(TEXT(slot), "abc", "a slot kept in itself");
    swarm_keep(S, &slot, swarm_fn_slice(S, at, slot, 1, swarm_null()));
    is_str(TEXT(slot), "bc", "a part of itself");
    swarm_keep(S, &slot, swarm_list(S, &slot, 1));
    is_str(JSON(slot), "[\"bc\"]", "a list of itself");
    swarm_keep(S, &slot, nth(slot, 0));
    is_str(TEXT(slot), "bc", "its element");
    swarm_keep(S, &slot, swarm_join(S, slot, slot, at));
    is_str(TEXT(slot), "bcbc", "joined with itself");
    swarm_keep(S, &other, slot);
    ok(other.text != slot.text, "two slots share nothing");
    swarm_keep(S, &slot, swarm_int(5));
    is_str(TEXT(slot), "5", "a plain value");
    swarm_keep(S, &slot, key("literal"));
    is_int(slot.owner, SWARM_PROGRAM, "a literal is not copied");
    swarm_keep(S, &slot, swarm_fn_raw(S, at, key("a/b")));
    is_int(slot.raw, 1, "raw stays raw");
    swarm_keep(S, &slot, text_of(""));
    is_str(JSON(slot), "\"\"", "an empty text");
    swarm_keep(S, &slot, json_of("[]"));
    is_str(JSON(slot), "[]", "an empty array");
    swarm_keep(S, &slot, swarm_list(S, NULL, 0));
    is_str(JSON(slot), "[]", "an empty list");
    swarm_keep(S, &slot, json_of("[[1, \"\\u0041\"], {\"k\": [\"\\\"\"]}, \"\\t\", 1.50]"));
    is_str(JSON(slot), "[[1,\"\\u0041\"],{\"k\":[\"\\\"\"]},\"\\t\",1.50]", "deep");
    swarm_keep(S, &slot, swarm_null());
    value_release(&other);
    value_release(&slot);
}

static void test_arena(void)
{
    struct swarm_mark mark = swarm_mark(S);
    struct swarm_value text = text_of("");
    size_t before = arena_size(&test_user.strand.arena);
    for (int i = 0; i < 100000; i++) {
        text = swarm_join(S, text, key("0123456789"), at);
    }
    is_uint(text.n, 1000000, "a text that grows by joins");
    ok(arena_size(&test_user.strand.arena) - before < 8000000, "takes linear room");
    struct swarm_value one = swarm_join(S, text_of("a"), key("1"), at), two = swarm_join(S, one, key("2"), at),
                       three = swarm_join(S, one, key("3"), at);
    is_str(TEXT(one), "a1", "what was joined stays");
    is_str(TEXT(two), "a12", "… extended once");
    is_str(TEXT(three), "a13", "… and twice");
    struct swarm_value list = swarm_list(S, NULL, 0);
    for (int i = 0; i < 10000; i++) {
        list = swarm_fn_append(S, at, list, swarm_int(i));
    }
    is_int(swarm_length(S, list, at), 10000, "a list that grows by append");
    is_str(TEXT(nth(list, 9999)), "9999", "… holds what was appended");
    swarm_reset(S, &mark);
    is_str(error_taken(), "", "no error so far");
    text = text_of("0123456789");
    while (!swarm_failed(S)) {
        text = swarm_join(S, text, text, at);
    }
    is_str(error_taken(), "x: the values of this task are larger than 64 MB", "the bound is an error");
    swarm_reset(S, &mark);
    list = swarm_list(S, NULL, 0);
    for (int i = 0; i < 300 && !swarm_failed(S); i++) {
        list = swarm_list(S, &list, 1);
    }
    like(error_taken(), "nested more than 200 deep", "lists cannot be nested for ever");
}

static void test_making(void)
{
    struct swarm_value base = json_of("{\"a\": 1, \"b\": 2}");
    struct swarm_value entries[] = {key("z"), swarm_int(0), swarm_null(), base,
                                    key("b"), swarm_int(3), key("n"),     swarm_null()};
    is_str(JSON(swarm_object(S, at, entries, 4)), "{\"z\":0,\"a\":1,\"b\":3,\"n\":null}",
           "an object with a spread; the later key wins");
    struct swarm_value many[200];
    for (int i = 0; i < 100; i++) {
        char name[8];
        snprintf(name, sizeof name, "k%d", i % 50);
        many[2 * i] = text_of(name);
        many[2 * i + 1] = swarm_int(i);
    }
    struct swarm_value object = swarm_object(S, at, many, 100);
    is_int(object.n, 50, "many keys are distinct");
    is_str(TEXT(field(object, "k7")), "57", "… with the later value");
    is_str(error_taken(), "", "no error so far");
    swarm_object(S, at, (struct swarm_value[]){swarm_null(), swarm_int(5)}, 1);
    is_str(error_taken(), "x: wanted an object behind ..., found 5", "a spread of a number");
    struct swarm_value parts[] = {key("a"), swarm_int(5), swarm_duration(90 * SWARM_S), json_of("[1, 2]")};
    is_str(TEXT(swarm_format(S, at, parts, 4)), "a51m30s[1,2]", "format");
    is_str(TEXT(swarm_format(S, at, parts, 0)), "", "of nothing");
    parts[1] = swarm_null();
    is_int(swarm_format(S, at, parts, 4).n, 0, "format of null");
    is_str(error_taken(), "x: wanted a value, found nothing", "… is an error");
    char *string = (char *)(uintptr_t)swarm_string(S, swarm_int(5), at);
    is_str(string, "5", "a C string");
    free(string);
    is_str(swarm_string(S, text_of("a\r\nb"), at), "", "not with a line end");
    is_str(error_taken(), "x: wanted a text without line end and zero byte, found \"a\\r\\nb\"", "… is an error");
    swarm_join(S, key("a"), swarm_int(1), at);
    is_str(error_taken(), "x: wanted a text, found 1", "join with a number");
}

static void test_with(void)
{
    struct swarm_value doc = json_of("{\"a\": [1, {\"b\": 2}], \"c\": 3}");
    struct swarm_value path[] = {key("a"), swarm_int(1), key("b")};
    struct swarm_value changed = swarm_with(S, doc, path, 3, key("new"), at);
    is_str(JSON(changed), "{\"a\":[1,{\"b\":\"new\"}],\"c\":3}", "a path is set");
    is_str(JSON(doc), "{\"a\":[1,{\"b\":2}],\"c\":3}", "the old value stays");
    is_str(JSON(swarm_with(S, changed, (struct swarm_value[]){key("d")}, 1, swarm_int(4), at)),
           "{\"a\":[1,{\"b\":\"new\"}],\"c\":3,\"d\":4}", "a new key is added");
    is_str(JSON(swarm_with(S, doc, path, 0, swarm_int(1), at)), "1", "no path: the value");
    is_str(error_taken(), "", "no error so far");
    swarm_with(S, doc, (struct swarm_value[]){key("x"), key("y")}, 2, swarm_int(1), at);
    is_str(error_taken(), "x: wanted an object to set .y, found nothing", "a missing object on the way");
    swarm_with(S, doc, (struct swarm_value[]){key("a"), swarm_int(2)}, 2, swarm_int(1), at);
    is_str(error_taken(), "x: there is no element [2] to set: the list has 2", "an index out of range");
    swarm_with(S, doc, (struct swarm_value[]){key("c"), swarm_int(0)}, 2, swarm_int(1), at);
    is_str(error_taken(), "x: wanted a list to set [0], found 3", "an index into a number");
    swarm_with(S, doc, (struct swarm_value[]){swarm_bool(true)}, 1, swarm_int(1), at);
    like(error_taken(), "wanted a whole number or a text as index", "a bool as step");
}

static void test_errors(void)
{
    static const struct swarm_place nameless = {"other.swarm", 3, ""};
    swarm_error(S, &nameless, "the %s one", "first");
    swarm_error(S, at, "the second one");
    is_int(S->exit, SWARM_ERROR, "an error sets the exit");
    is_int(test_user.strand.error->place.line, 3, "with its place");
    is_str(error_taken(), "the first one", "the first one wins");
    S->exit = SWARM_RESCHEDULE;
    swarm_error(S, at, "too late");
    is_int(S->exit, SWARM_RESCHEDULE, "another exit stays");
    ok(!test_user.strand.error, "… without a message");
    S->exit = SWARM_NO_EXIT;
    swarm_unset(S, at, "POST /x");
    is_str(error_taken(), "x is not set: POST /x got no answer", "a name that is not set");
    char *large = malloc(10001);
    for (int i = 0; i < 10000; i += 2) {
        memcpy(large + i, "\xc3\xb6", 2);
    }
    large[10000] = '\0';
    swarm_error(S, at, "a%s", large);
    const char *message = error_taken();
    size_t n = strlen(message);
    ok(n < VALUE_MESSAGE && n > VALUE_MESSAGE - 8 && n % 2 == 1, "a long message is cut between code points");
    swarm_error(S, NULL, "without a place");
    is_str(error_taken(), "without a place", "no place");
    free(large);
}

int main(void)
{
    strand_begin_test();
    test_looking();
    test_walk();
    test_owners();
    test_keep();
    test_arena();
    test_making();
    test_with();
    test_errors();
    strand_end_test();
    return tap_done();
}
