/* regex() and regex_all(): over the decoded body. */
#include "../base/utf8.h"
#include "../http/response.h"
#include "../value/regex.h"
#include "../value/value.h"

/* Group 1 where the pattern has groups (null: it took no part), else the whole match. */
static struct swarm_value result_of(struct swarm_value body, const struct regex_match *match)
{
    unsigned group = match->captures > 0 ? 1 : 0;
    const struct regex_span *span = &match->groups[group];

    if (group >= match->count || span->start > span->end) {
        return swarm_null();
    }
    return (struct swarm_value){.text = body.text + span->start,
                                .n = (uint32_t)(span->end - span->start),
                                .kind = SWARM_TEXT,
                                .owner = SWARM_VIEW};
}

struct swarm_value swarm_regex(struct swarm_strand *s, const struct swarm_response *r, struct swarm_value pattern,
                               const struct swarm_place *place)
{
    struct swarm_value body = swarm_body_text(s, r);
    struct regex_match match;

    return regex_find(s, place, pattern, body, 0, &match) ? result_of(body, &match) : swarm_null();
}

struct swarm_value swarm_regex_all(struct swarm_strand *s, const struct swarm_response *r, struct swarm_value pattern,
                                   const struct swarm_place *place)
{
    struct swarm_value body = swarm_body_text(s, r), *items = NULL;
    struct regex_match match;
    uint32_t n = 0, room = 0;
    size_t from = 0;

    while (from <= body.n && regex_find(s, place, pattern, body, from, &match)) {
        struct swarm_value found = result_of(body, &match);
        const struct regex_span *all = &match.groups[0];

        from = all->end;
        if (all->start >= all->end) { /* an empty match: the next one begins behind the next character */
            size_t step = from < body.n ? utf8_sequence(body.text + from, body.n - from) : 1;
            from += step ? step : 1;
        }
        if (found.kind == SWARM_NULL) {
            continue;
        }
        if (n == room) {
            uint32_t more = room ? 2 * room : 16;
            struct swarm_value *grown = value_room(s, place, more * sizeof *grown);
            if (!grown) {
                return swarm_null();
            }
            if (n) {
                memcpy(grown, items, n * sizeof *items);
            }
            items = grown;
            room = more;
        }
        items[n++] = found;
    }
    return swarm_failed(s) ? swarm_null() : value_group(s, place, SWARM_LIST, items, n);
}
