/* css() xpath() regex() jsonpath(): a literal selector becomes its XPath, a literal query a table; the rest is compiled by the
 * program. */
#include "emit.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <swarm/program.h>

#include "select/selector.h"

static const char *xpath_of(struct emit *em, const struct expr *selector, const char *text, size_t n)
{
    struct selector_mistake mistake;
    char *xpath = css_to_xpath(text, n, &mistake);

    if (!xpath) {
        emit_broken(em, selector->span, "the selector has no XPath: %s", mistake.what);
    }
    const char *literal = arena_format(em->arena, "swarm_text(%s, %zu)", c_string(em->arena, xpath), strlen(xpath));
    free(xpath);
    return literal;
}

static const char *const kinds[] = {
    [SWARM_PATH_ROOT] = "ROOT",     [SWARM_PATH_CURRENT] = "CURRENT",
    [SWARM_PATH_CHILD] = "CHILD",   [SWARM_PATH_DESCENDANT] = "DESCENDANT",
    [SWARM_PATH_NAME] = "NAME",     [SWARM_PATH_WILDCARD] = "WILDCARD",
    [SWARM_PATH_INDEX] = "INDEX",   [SWARM_PATH_SLICE] = "SLICE",
    [SWARM_PATH_FILTER] = "FILTER", [SWARM_PATH_OR] = "OR",
    [SWARM_PATH_AND] = "AND",       [SWARM_PATH_NOT] = "NOT",
    [SWARM_PATH_EQ] = "EQ",         [SWARM_PATH_NE] = "NE",
    [SWARM_PATH_LT] = "LT",         [SWARM_PATH_LE] = "LE",
    [SWARM_PATH_GT] = "GT",         [SWARM_PATH_GE] = "GE",
    [SWARM_PATH_TEXT] = "TEXT",     [SWARM_PATH_NUMBER] = "NUMBER",
    [SWARM_PATH_TRUE] = "TRUE",     [SWARM_PATH_FALSE] = "FALSE",
    [SWARM_PATH_NULL] = "NULL",     [SWARM_PATH_LENGTH] = "LENGTH",
    [SWARM_PATH_COUNT] = "COUNT",   [SWARM_PATH_VALUE] = "VALUE",
    [SWARM_PATH_MATCH] = "MATCH",   [SWARM_PATH_SEARCH] = "SEARCH",
};

static void write_node(struct emit *em, const struct swarm_jsonpath_node *node)
{
    struct text line = {0};

    text_printf(&line, "{.kind = SWARM_PATH_%s", kinds[node->kind]);
    if (node->first) {
        text_printf(&line, ", .first = %" PRIu32, node->first);
    }
    if (node->next) {
        text_printf(&line, ", .next = %" PRIu32, node->next);
    }
    if (node->kind == SWARM_PATH_NAME || node->kind == SWARM_PATH_TEXT || node->kind == SWARM_PATH_NUMBER) {
        text_printf(&line, ", .text = %s, .n = %" PRIu32, c_text(em->arena, node->text, node->n), node->n);
    } else if (node->kind == SWARM_PATH_INDEX) {
        text_printf(&line, ", .a = %" PRId64, node->a);
    } else if (node->kind == SWARM_PATH_SLICE) {
        text_printf(&line, ", .has = %u, .a = %" PRId64 ", .b = %" PRId64 ", .c = %" PRId64, node->has, node->a,
                    node->b, node->c);
    }
    write_line(&em->data, "%s},", line.p);
    text_free(&line);
}

/* Name of the table. */
static const char *jsonpath_of(struct emit *em, const struct expr *e, const char *text, size_t n)
{
    struct selector_mistake mistake;
    struct swarm_jsonpath *query = jsonpath_parse(text, n, &mistake);
    bool search = false;

    if (!query) {
        emit_broken(em, e->span, "the query has no table: %s", mistake.what);
    }
    const char *name = emit_unique(em, "jsonpath", e->span);
    write_open(&em->data, "static const struct swarm_jsonpath_node %s_nodes[] = {", name);
    for (uint32_t i = 0; i < query->count; i++) {
        write_node(em, &query->nodes[i]);
        search |= query->nodes[i].kind == SWARM_PATH_MATCH || query->nodes[i].kind == SWARM_PATH_SEARCH;
    }
    write_close(&em->data, "};");
    write_line(&em->data, "static const struct swarm_jsonpath %s = {%s_nodes, %" PRIu32 ", %s};", name, name,
               query->count, search ? "swarm_jsonpath_regex" : "NULL");
    free(query);
    return name;
}

const char *emit_extract(struct emit *em, const struct expr *e)
{
    const struct expr *first = e->items->value, *second = e->items->next ? e->items->next->value : NULL;
    const struct expr *operands[2] = {first, second};
    const struct type wants[2] = {type_kind(TYPE_STRING), type_kind(TYPE_STRING)};
    const char *texts[2] = {NULL, "swarm_null()"}, *place = emit_place_of(em, e), *text, *function;
    const char *excused = e->type.optional ? "true" : "false"; /* the left side of `??` */
    size_t n;

    em->fn->may_fail = true;
    text = known_text(em, first, &n);
    switch (e->word) {
    case WORD_CSS:
        if (text) {
            texts[0] = xpath_of(em, first, text, n);
            if (second) {
                texts[1] = emit_as(em, second, wants[1]);
            }
        } else {
            emit_operands(em, operands, wants, second ? 2 : 1, texts);
        }
        return arena_format(em->arena, "%s(s, r, %s, %s, %s)", text ? "swarm_select" : "swarm_css", texts[0], texts[1],
                            place);
    case WORD_JSONPATH:
        if (text) {
            return arena_format(em->arena, "swarm_jsonpath(s, r, &%s, %s, %s)", jsonpath_of(em, e, text, n), excused,
                                place);
        }
        emit_operands(em, operands, wants, 1, texts);
        em->fn->may_fail = true;
        return arena_format(em->arena, "swarm_jsonpath_text(s, r, %s, %s, %s)", texts[0], excused, place);
    case WORD_XPATH:
        function = "swarm_xpath";
        break;
    case WORD_REGEX:
        function = "swarm_regex";
        break;
    default:
        function = "swarm_regex_all";
    }
    emit_operands(em, operands, wants, 1, texts);
    em->fn->may_fail = true;
    return arena_format(em->arena, "%s(s, r, %s, %s)", function, texts[0], place);
}
