/* JSONPath for tests/extract/jsonpath.t: each line of the input is a query and a document, both in hexadecimal with a space
 * between; each line of the output is `invalid AT WHAT`, `error WHAT`, or the list of what was found as JSON. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "../../compiler/select/selector.h"
#include "../../runtime/extract/extract.h"
#include "../lib/value_strand.h"

static size_t unhex(const char *from, size_t n, char *to)
{
    size_t used = 0;

    for (size_t i = 0; i + 1 < n; i += 2) {
        char pair[3] = {from[i], from[i + 1], '\0'};
        to[used++] = (char)strtoul(pair, NULL, 16);
    }
    to[used] = '\0';
    return used;
}

static void answer(const char *query, size_t query_size, const char *text, size_t size)
{
    struct swarm_strand *s = strand_begin_test();
    struct selector_mistake mistake;
    struct swarm_jsonpath *path = jsonpath_parse(query, query_size, &mistake);
    struct value_buffer out = {0};

    if (!path) {
        printf("invalid %zu %s\n", mistake.at, mistake.what);
        return;
    }
    path->search = swarm_jsonpath_regex;
    struct swarm_value list = jsonpath_evaluate(s, path, text, size, at);
    if (swarm_failed(s)) {
        printf("error %s\n", error_taken());
    } else {
        value_json(list, &out);
        printf("%.*s\n", (int)out.size, out.data);
        value_buffer_free(&out);
    }
    free(path);
    arena_clear(&test_user.strand.arena);
}

int main(void)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t n;

    while ((n = getline(&line, &room, stdin)) > 0) {
        char *space = strchr(line, ' ');
        size_t first = (size_t)(space - line);
        char *query = malloc(first / 2 + 1), *text = malloc((size_t)n / 2 + 1);
        size_t query_size = unhex(line, first, query), size = unhex(space + 1, strcspn(space + 1, "\n"), text);

        answer(query, query_size, text, size);
        free(query);
        free(text);
    }
    free(line);
    strand_end_test();
    return 0;
}
