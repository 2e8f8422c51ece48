/* JSONPath (RFC 9535) over a valid JSON text. Nodes are tokens of the text (value/json.h): nothing is copied or built; a
 * value is made where a comparison or a function needs it, and of what was found. Work and results are bounded. */
#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"
#include "../base/utf8.h"
#include "../http/response.h"
#include "../value/json.h"
#include "../value/value.h"
#include "extract.h"

enum {
    MOST_FOUND = 1000000,
    MOST_LOOKED_AT = 50000000,
};

struct nodes {
    struct json_token *items;
    size_t n, room;
};

struct search {
    struct swarm_strand *s;
    const struct swarm_place *place;
    const struct swarm_jsonpath *query;
    struct json_token root;
    struct arena texts; /* what comparisons had to unescape */
    uint64_t looked_at;
    bool failed;
};

/* "Nothing" of the RFC: there is no value. */
struct maybe {
    bool some;
    struct swarm_value value;
};

static const struct swarm_jsonpath_node *node_of(const struct search *x, uint32_t index)
{
    return &x->query->nodes[index];
}

static bool stop(struct search *x, const char *format, int limit)
{
    if (!x->failed) {
        x->failed = true;
        value_error(x->s, x->place, "%s (the limit is %d)", format, limit);
    }
    return false;
}

static bool count_look(struct search *x)
{
    return ++x->looked_at <= MOST_LOOKED_AT || stop(x, "the query looks at too many values", MOST_LOOKED_AT);
}

static bool add(struct search *x, struct nodes *nodes, const struct json_token *token)
{
    if (nodes->n == MOST_FOUND) {
        return stop(x, "the query finds too many values", MOST_FOUND);
    }
    if (nodes->n == nodes->room) {
        nodes->room = nodes->room ? 2 * nodes->room : 16;
        nodes->items = memory_resize(nodes->items, nodes->room, sizeof *nodes->items);
    }
    nodes->items[nodes->n++] = *token;
    return true;
}

static bool is_array(const struct json_token *token)
{
    return token->text[0] == '[';
}

static bool is_object(const struct json_token *token)
{
    return token->text[0] == '{';
}

static bool next_child(struct search *x, struct json_cursor *cursor, struct json_token *child)
{
    return json_next(cursor, NULL, child) && count_look(x);
}

static int64_t count_children(struct search *x, const struct json_token *token)
{
    struct json_cursor cursor = json_open(token->text, token->n);
    struct json_token child;
    int64_t n = 0;

    while (next_child(x, &cursor, &child)) {
        n++;
    }
    return n;
}

/* ------------------------------------------------------------------ selectors */

static bool test(struct search *x, uint32_t index, const struct json_token *current);

/* The member of that name; of several the last one, as in JSON.parse. */
static bool find_member(struct search *x, const struct json_token *token, const struct swarm_jsonpath_node *name,
                        struct json_token *found)
{
    struct json_cursor cursor;
    struct json_token key, child;
    bool any = false;

    if (!is_object(token)) {
        return false;
    }
    cursor = json_open(token->text, token->n);
    while (json_next(&cursor, &key, &child) && count_look(x)) {
        if (json_string_is(&key, name->text, name->n)) {
            *found = child;
            any = true;
        }
    }
    return any;
}

static bool find_element(struct search *x, const struct json_token *token, int64_t index, struct json_token *found)
{
    struct json_cursor cursor;

    if (!is_array(token)) {
        return false;
    }
    if (index < 0) {
        index += count_children(x, token);
    }
    cursor = json_open(token->text, token->n);
    while (index >= 0 && next_child(x, &cursor, found)) {
        if (index-- == 0) {
            return true;
        }
    }
    return false;
}

static int64_t clamp(int64_t value, int64_t least, int64_t most)
{
    return value < least ? least : value > most ? most : value;
}

/* Bounds as of section 2.3.4.2.2. */
static void slice(struct search *x, const struct swarm_jsonpath_node *node, const struct json_token *token,
                  struct nodes *out)
{
    struct json_cursor cursor;
    struct json_token child;
    struct nodes picked = {0};
    int64_t n, start, end, step = node->c, lower, upper;

    if (!is_array(token) || step == 0) {
        return;
    }
    n = count_children(x, token);
    start = node->has & 1 ? node->a : step > 0 ? 0 : n - 1;
    end = node->has & 2 ? node->b : step > 0 ? n : -n - 1;
    start = start >= 0 ? start : n + start;
    end = end >= 0 ? end : n + end;
    if (step > 0) {
        lower = clamp(start, 0, n);
        upper = clamp(end, 0, n);
    } else {
        upper = clamp(start, -1, n - 1);
        lower = clamp(end, -1, n - 1);
    }
    cursor = json_open(token->text, token->n);
    for (int64_t i = 0; next_child(x, &cursor, &child); i++) {
        if (step > 0 ? i >= lower && i < upper && (i - lower) % step == 0
                     : i > lower && i <= upper && (upper - i) % -step == 0) {
            add(x, step > 0 ? out : &picked, &child);
        }
    }
    for (size_t i = picked.n; i > 0; i--) {
        add(x, out, &picked.items[i - 1]);
    }
    free(picked.items);
}

static void every_child(struct search *x, const struct swarm_jsonpath_node *node, const struct json_token *token,
                        struct nodes *out)
{
    struct json_cursor cursor;
    struct json_token child;

    if (!is_array(token) && !is_object(token)) {
        return;
    }
    cursor = json_open(token->text, token->n);
    while (!x->failed && next_child(x, &cursor, &child)) {
        if (node->kind == SWARM_PATH_WILDCARD || test(x, node->first, &child)) {
            add(x, out, &child);
        }
    }
}

static void select_from(struct search *x, const struct swarm_jsonpath_node *segment, const struct json_token *token,
                        struct nodes *out)
{
    struct json_token found;

    for (uint32_t i = segment->first; i && !x->failed; i = node_of(x, i)->next) {
        const struct swarm_jsonpath_node *node = node_of(x, i);

        switch (node->kind) {
        case SWARM_PATH_NAME:
            if (find_member(x, token, node, &found)) {
                add(x, out, &found);
            }
            break;
        case SWARM_PATH_INDEX:
            if (find_element(x, token, node->a, &found)) {
                add(x, out, &found);
            }
            break;
        case SWARM_PATH_SLICE:
            slice(x, node, token, out);
            break;
        default:
            every_child(x, node, token, out);
        }
    }
}

/* The value itself and everything in it, from the outside in; at most JSON_DEPTH deep. */
static void descend(struct search *x, const struct swarm_jsonpath_node *segment, const struct json_token *token,
                    struct nodes *out)
{
    struct json_cursor cursor;
    struct json_token child;

    if (!is_array(token) && !is_object(token)) {
        return; /* no selector finds anything in it */
    }
    select_from(x, segment, token, out);
    cursor = json_open(token->text, token->n);
    while (!x->failed && next_child(x, &cursor, &child)) {
        descend(x, segment, &child, out);
    }
}

/* ------------------------------------------------------------------ queries */

static const struct json_token *start_of(const struct search *x, const struct swarm_jsonpath_node *query,
                                         const struct json_token *current)
{
    return query->kind == SWARM_PATH_ROOT ? &x->root : current;
}

/* Fills `nodes`, which the caller frees. */
static void run_query(struct search *x, uint32_t index, const struct json_token *current, struct nodes *nodes)
{
    const struct swarm_jsonpath_node *query = node_of(x, index);

    add(x, nodes, start_of(x, query, current));
    for (uint32_t i = query->first; i && !x->failed; i = node_of(x, i)->next) {
        const struct swarm_jsonpath_node *segment = node_of(x, i);
        struct nodes next = {0};

        for (size_t k = 0; k < nodes->n && !x->failed; k++) {
            (segment->kind == SWARM_PATH_CHILD ? select_from : descend)(x, segment, &nodes->items[k], &next);
        }
        free(nodes->items);
        *nodes = next;
    }
}

/* Of a query that finds at most one node. */
static bool run_singular(struct search *x, const struct swarm_jsonpath_node *query, const struct json_token *current,
                         struct json_token *found)
{
    *found = *start_of(x, query, current);
    for (uint32_t i = query->first; i; i = node_of(x, i)->next) {
        const struct swarm_jsonpath_node *one = node_of(x, node_of(x, i)->first);
        struct json_token from = *found;

        if (!(one->kind == SWARM_PATH_NAME ? find_member(x, &from, one, found)
                                           : find_element(x, &from, one->a, found))) {
            return false;
        }
    }
    return !x->failed;
}

static bool is_singular(const struct search *x, const struct swarm_jsonpath_node *query)
{
    for (uint32_t i = query->first; i; i = node_of(x, i)->next) {
        const struct swarm_jsonpath_node *one = node_of(x, node_of(x, i)->first);

        if (node_of(x, i)->kind != SWARM_PATH_CHILD || one->next ||
            (one->kind != SWARM_PATH_NAME && one->kind != SWARM_PATH_INDEX)) {
            return false;
        }
    }
    return true;
}

static bool finds_any(struct search *x, uint32_t index, const struct json_token *current)
{
    const struct swarm_jsonpath_node *query = node_of(x, index);
    struct nodes nodes = {0};
    struct json_token found;
    bool any;

    if (is_singular(x, query)) {
        return run_singular(x, query, current, &found);
    }
    run_query(x, index, current, &nodes);
    any = nodes.n > 0;
    free(nodes.items);
    return any && !x->failed;
}

/* ------------------------------------------------------------------ values */

static struct maybe value_of(struct search *x, const struct json_token *token)
{
    struct maybe maybe = {.some = true};

    if (!json_value(&x->texts, token, SWARM_VIEW, &maybe.value)) {
        stop(x, "the texts that the query compares are too large", (int)ARENA_BOUND);
        maybe.some = false;
    }
    return maybe;
}

static struct maybe evaluate(struct search *x, uint32_t index, const struct json_token *current);

static struct maybe length_of(struct search *x, struct maybe of)
{
    struct json_token token;

    if (of.some && of.value.kind == SWARM_TEXT) {
        return (struct maybe){true, swarm_int((int64_t)utf8_count(of.value.text, of.value.n))};
    }
    if (of.some && of.value.kind == SWARM_JSON) {
        token = (struct json_token){.text = of.value.text, .n = of.value.n};
        return (struct maybe){true, swarm_int(count_children(x, &token))};
    }
    return (struct maybe){.some = false};
}

/* count() and value() */
static struct maybe of_nodes(struct search *x, const struct swarm_jsonpath_node *node, const struct json_token *current)
{
    struct maybe result = {.some = false};
    struct nodes nodes = {0};

    run_query(x, node->first, current, &nodes);
    if (x->failed) {
        result.some = false;
    } else if (node->kind == SWARM_PATH_COUNT) {
        result = (struct maybe){true, swarm_int((int64_t)nodes.n)};
    } else if (nodes.n == 1) {
        result = value_of(x, &nodes.items[0]);
    }
    free(nodes.items);
    return result;
}

static struct maybe evaluate(struct search *x, uint32_t index, const struct json_token *current)
{
    const struct swarm_jsonpath_node *node = node_of(x, index);
    struct json_token found;

    switch (node->kind) {
    case SWARM_PATH_ROOT:
    case SWARM_PATH_CURRENT:
        return run_singular(x, node, current, &found) ? value_of(x, &found) : (struct maybe){.some = false};
    case SWARM_PATH_TEXT:
        return (struct maybe){true, swarm_text(node->text, node->n)};
    case SWARM_PATH_NUMBER:
        return (struct maybe){true, {.text = node->text, .n = node->n, .kind = SWARM_NUMBER}};
    case SWARM_PATH_TRUE:
    case SWARM_PATH_FALSE:
        return (struct maybe){true, swarm_bool(node->kind == SWARM_PATH_TRUE)};
    case SWARM_PATH_NULL:
        return (struct maybe){true, swarm_null()};
    case SWARM_PATH_LENGTH:
        return length_of(x, evaluate(x, node->first, current));
    default:
        return of_nodes(x, node, current);
    }
}

/* ------------------------------------------------------------------ conditions */

/* Conditions lie in each other: each gives back what it unescaped itself. */
struct mark {
    void *chunk;
    uint32_t used;
};

static struct mark texts_mark(const struct search *x)
{
    struct mark mark;

    arena_mark(&x->texts, &mark.chunk, &mark.used);
    return mark;
}

static bool equal(struct maybe a, struct maybe b)
{
    return a.some && b.some ? swarm_equal(a.value, b.value) : a.some == b.some;
}

static bool less(struct search *x, struct maybe a, struct maybe b)
{
    bool numbers, texts;

    if (!a.some || !b.some) {
        return false;
    }
    numbers = value_is_number(a.value) && value_is_number(b.value);
    texts = a.value.kind == SWARM_TEXT && b.value.kind == SWARM_TEXT;
    return (numbers || texts) && swarm_compare(x->s, a.value, b.value, x->place) < 0;
}

static bool compare(struct search *x, const struct swarm_jsonpath_node *node, const struct json_token *current)
{
    struct mark mark = texts_mark(x);
    struct maybe a = evaluate(x, node->first, current), b = evaluate(x, node_of(x, node->first)->next, current);
    bool result;

    switch (node->kind) {
    case SWARM_PATH_EQ:
        result = equal(a, b);
        break;
    case SWARM_PATH_NE:
        result = !equal(a, b);
        break;
    case SWARM_PATH_LT:
        result = less(x, a, b);
        break;
    case SWARM_PATH_LE:
        result = less(x, a, b) || equal(a, b);
        break;
    case SWARM_PATH_GT:
        result = less(x, b, a);
        break;
    default:
        result = less(x, b, a) || equal(a, b);
    }
    arena_reset(&x->texts, mark.chunk, mark.used);
    return result;
}

static bool matches(struct search *x, const struct swarm_jsonpath_node *node, const struct json_token *current)
{
    struct mark mark = texts_mark(x);
    struct maybe text = evaluate(x, node->first, current);
    struct maybe pattern = evaluate(x, node_of(x, node->first)->next, current);
    bool result = false;

    if (text.some && pattern.some && text.value.kind == SWARM_TEXT && pattern.value.kind == SWARM_TEXT) {
        result = x->query->search(x->s, text.value, pattern.value, node->kind == SWARM_PATH_MATCH, x->place);
        x->failed |= swarm_failed(x->s);
    }
    arena_reset(&x->texts, mark.chunk, mark.used);
    return result;
}

static bool test(struct search *x, uint32_t index, const struct json_token *current)
{
    const struct swarm_jsonpath_node *node = node_of(x, index);

    switch (node->kind) {
    case SWARM_PATH_ROOT:
    case SWARM_PATH_CURRENT:
        return finds_any(x, index, current);
    case SWARM_PATH_OR:
    case SWARM_PATH_AND:
        for (uint32_t i = node->first; i; i = node_of(x, i)->next) {
            if (test(x, i, current) == (node->kind == SWARM_PATH_OR)) {
                return node->kind == SWARM_PATH_OR;
            }
        }
        return node->kind == SWARM_PATH_AND;
    case SWARM_PATH_NOT:
        return !test(x, node->first, current);
    case SWARM_PATH_MATCH:
    case SWARM_PATH_SEARCH:
        return matches(x, node, current);
    default:
        return compare(x, node, current);
    }
}

/* ------------------------------------------------------------------ the whole */

static struct swarm_value list_of(struct search *x, const struct nodes *nodes)
{
    struct swarm_value *items = value_room(x->s, x->place, (nodes->n + 1) * sizeof *items);

    if (!items) {
        return swarm_null();
    }
    for (size_t i = 0; i < nodes->n; i++) {
        if (!json_value(&strand_of(x->s)->arena, &nodes->items[i], SWARM_VIEW, &items[i])) {
            value_no_room(x->s, x->place);
            return swarm_null();
        }
    }
    return value_group(x->s, x->place, SWARM_LIST, items, (uint32_t)nodes->n);
}

struct swarm_value jsonpath_evaluate(struct swarm_strand *s, const struct swarm_jsonpath *query, const char *text,
                                     size_t n, const struct swarm_place *place)
{
    struct search x = {.s = s, .place = place, .query = query};
    struct swarm_value result = swarm_null();
    struct nodes nodes = {0};

    x.root = (struct json_token){.text = text, .n = (uint32_t)n, .escaped = text[0] == '"' && memchr(text, '\\', n)};
    run_query(&x, 0, &x.root, &nodes);
    if (!x.failed) {
        result = list_of(&x, &nodes);
    }
    free(nodes.items);
    arena_clear(&x.texts);
    return result;
}

struct swarm_value swarm_jsonpath(struct swarm_strand *s, const struct swarm_response *r,
                                  const struct swarm_jsonpath *query, bool or_null, const struct swarm_place *place)
{
    const char *text;
    size_t n;

    return response_json(s, r, or_null, place, &text, &n) ? jsonpath_evaluate(s, query, text, n, place) : swarm_null();
}
