/* JSONPath (RFC 9535) to the table that swarm/requests.h describes (selector.h). The grammar is that of the RFC's appendix A, read
 * by descent; well-typedness of functions (section 2.4.3) is looked at where a function stands. */
#include <stdlib.h>
#include <string.h>

#include "jsonpath.h"

static const int64_t most_int = INT64_C(9007199254740991); /* 2^53 - 1: the whole numbers of I-JSON (RFC 7493) */

/* ------------------------------------------------------------------ selectors */

static bool whole_number(struct jsonpath_scan *s, int64_t *value)
{
    size_t from = s->at;
    bool minus = jsonpath_peek(s) == '-';

    s->at += minus;
    if (!jsonpath_is_digit(jsonpath_peek(s))) {
        return jsonpath_fail_at(s, s->at, "a digit is missing");
    }
    if (jsonpath_peek(s) == '0' && (minus || jsonpath_is_digit(jsonpath_peek_at(s, 1)))) {
        return jsonpath_fail_at(s, from, minus ? "0 has no sign" : "a number with a zero in front");
    }
    for (*value = 0; jsonpath_is_digit(jsonpath_peek(s)); s->at++) {
        *value = *value * 10 + (jsonpath_peek(s) - '0');
        if (*value > most_int) {
            return jsonpath_fail_at(s, from, "the number is too large");
        }
    }
    if (minus) {
        *value = -*value;
    }
    return true;
}

/* An index or a slice. */
static bool index_or_slice(struct jsonpath_scan *s, uint32_t *out)
{
    int64_t start = 0, end = 0, step = 1;
    bool has_start = jsonpath_begins_number(s), has_end = false;
    size_t behind;

    if (has_start && !whole_number(s, &start)) {
        return false;
    }
    behind = s->at;
    jsonpath_spaces(s);
    if (jsonpath_peek(s) != ':') {
        s->at = behind;
        *out = jsonpath_node(s, SWARM_PATH_INDEX);
    } else {
        s->at++;
        jsonpath_spaces(s);
        has_end = jsonpath_begins_number(s);
        if (has_end && !whole_number(s, &end)) {
            return false;
        }
        behind = s->at;
        jsonpath_spaces(s);
        if (jsonpath_peek(s) == ':') {
            s->at++;
            behind = s->at;
            jsonpath_spaces(s);
            if (jsonpath_begins_number(s)) {
                if (!whole_number(s, &step)) {
                    return false;
                }
                behind = s->at;
            }
        }
        s->at = behind;
        *out = jsonpath_node(s, SWARM_PATH_SLICE);
    }
    if (selector_failed(s->mistake)) {
        return false;
    }
    s->nodes[*out].a = start;
    s->nodes[*out].b = end;
    s->nodes[*out].c = step;
    s->nodes[*out].has = (uint8_t)(has_start | has_end << 1);
    return true;
}

static bool selector(struct jsonpath_scan *s, uint32_t *out)
{
    uint32_t expression;

    switch (jsonpath_peek(s)) {
    case '"':
    case '\'':
        *out = jsonpath_node(s, SWARM_PATH_NAME);
        return !selector_failed(s->mistake) && jsonpath_text(s, *out);
    case '*':
        s->at++;
        *out = jsonpath_node(s, SWARM_PATH_WILDCARD);
        return !selector_failed(s->mistake);
    case '?':
        s->at++;
        jsonpath_spaces(s);
        *out = jsonpath_node(s, SWARM_PATH_FILTER);
        if (selector_failed(s->mistake) || !jsonpath_logical_or(s, &expression)) {
            return false;
        }
        s->nodes[*out].first = expression;
        return true;
    default:
        if (jsonpath_begins_number(s) || jsonpath_peek(s) == ':') {
            return index_or_slice(s, out);
        }
        jsonpath_fail(s, s->at < s->n ? "a name in quotes, an index, `*` or `?` is wanted here" : "it ends too early");
        return jsonpath_is_name_first(jsonpath_peek(s))
                   ? selector_help(s->mistake, "a name in brackets has quotes: ['name']")
                   : false;
    }
}

static bool bracketed(struct jsonpath_scan *s, uint32_t segment)
{
    uint32_t last = 0, one = 0;

    s->at++;
    for (;;) {
        jsonpath_spaces(s);
        if (!selector(s, &one)) {
            return false;
        }
        jsonpath_hang(s, segment, &last, one);
        jsonpath_spaces(s);
        if (jsonpath_peek(s) == ']') {
            s->at++;
            return true;
        }
        if (jsonpath_peek(s) != ',') {
            return jsonpath_fail(s, s->at < s->n ? "`,` or `]` is wanted here" : "`[` is not closed by `]`");
        }
        s->at++;
    }
}

/* Behind `.` or `..`: a name or `*`. */
static bool shorthand(struct jsonpath_scan *s, uint32_t segment)
{
    uint32_t one = jsonpath_node(s, jsonpath_peek(s) == '*' ? SWARM_PATH_WILDCARD : SWARM_PATH_NAME), last = 0;

    if (selector_failed(s->mistake)) {
        return false;
    }
    if (jsonpath_peek(s) == '*') {
        s->at++;
    } else if (!jsonpath_name(s, one)) {
        return false;
    }
    jsonpath_hang(s, segment, &last, one);
    return true;
}

static bool segment(struct jsonpath_scan *s, uint32_t *out)
{
    bool descendant = jsonpath_peek(s) == '.' && jsonpath_peek_at(s, 1) == '.';

    *out = jsonpath_node(s, descendant ? SWARM_PATH_DESCENDANT : SWARM_PATH_CHILD);
    if (selector_failed(s->mistake)) {
        return false;
    }
    if (jsonpath_peek(s) == '.') {
        s->at += descendant ? 2 : 1;
        if (!descendant || jsonpath_peek(s) != '[') {
            return shorthand(s, *out);
        }
    }
    return bracketed(s, *out);
}

bool jsonpath_is_singular(const struct jsonpath_scan *s, uint32_t query)
{
    for (uint32_t i = s->nodes[query].first; i; i = s->nodes[i].next) {
        const struct swarm_jsonpath_node *one = &s->nodes[s->nodes[i].first];
        if (s->nodes[i].kind != SWARM_PATH_CHILD || one->next ||
            (one->kind != SWARM_PATH_NAME && one->kind != SWARM_PATH_INDEX)) {
            return false;
        }
    }
    return true;
}

/* At $ or @. White space behind it belongs to it only where a segment follows. */
bool jsonpath_query(struct jsonpath_scan *s, uint32_t *out)
{
    uint32_t last = 0, one = 0;

    *out = jsonpath_node(s, jsonpath_peek(s) == '$' ? SWARM_PATH_ROOT : SWARM_PATH_CURRENT);
    s->at++;
    if (selector_failed(s->mistake) || ++s->depth > JSONPATH_DEPTH) {
        return jsonpath_fail(s, "it nests too deep");
    }
    for (;;) {
        size_t before = s->at;
        jsonpath_spaces(s);
        if (jsonpath_peek(s) != '.' && jsonpath_peek(s) != '[') {
            s->at = before;
            s->depth--;
            return true;
        }
        if (!segment(s, &one)) {
            return false;
        }
        jsonpath_hang(s, *out, &last, one);
    }
}

/* ------------------------------------------------------------------ the whole */

/* One block: the head, the nodes, the texts. */
static struct swarm_jsonpath *pack(struct jsonpath_scan *s)
{
    size_t nodes = s->count * sizeof *s->nodes;
    struct swarm_jsonpath *packed = malloc(sizeof *packed + nodes + s->used + 1);
    struct swarm_jsonpath_node *to = (struct swarm_jsonpath_node *)(packed + 1);

    if (!packed) {
        jsonpath_fail_at(s, 0, "there is no memory for it");
        return NULL;
    }
    memcpy(to, s->nodes, nodes);
    char *texts = (char *)to + nodes;
    memcpy(texts, s->texts, s->used);
    texts[s->used] = '\0';
    for (uint32_t i = 0; i < s->count; i++) {
        to[i].text = to[i].n ? texts + (to[i].text - s->texts) : "";
    }
    *packed = (struct swarm_jsonpath){.nodes = to, .count = s->count};
    return packed;
}

struct swarm_jsonpath *jsonpath_parse(const char *text, size_t n, struct selector_mistake *mistake)
{
    struct jsonpath_scan s = {.p = text, .n = n, .mistake = mistake, .texts = malloc(n + 1)};
    struct swarm_jsonpath *packed = NULL;
    uint32_t root;

    mistake->what[0] = mistake->help[0] = '\0';
    if (!s.texts) {
        jsonpath_fail_at(&s, 0, "there is no memory for it");
    } else if (jsonpath_peek(&s) != '$') {
        jsonpath_fail(&s, n ? "it begins with `$`, the whole document" : "it is empty");
    } else if (jsonpath_query(&s, &root) && s.at < n) {
        jsonpath_fail(&s, jsonpath_peek(&s) == ' ' ? "a space at the end" : "this does not belong here");
    } else if (!selector_failed(mistake)) {
        packed = pack(&s);
    }
    free(s.nodes);
    free(s.texts);
    return packed;
}
