#include "mine.swarm.h"

#include <stdio.h>
#include <string.h>

int64_t mine_twice(struct swarm_context *context, int64_t n)
{
    if (n > 100) {
        swarm_context_error(context, "too large");
    }
    return 2 * n;
}

struct swarm_text mine_shout(struct swarm_context *context, struct swarm_text text)
{
    char *loud = swarm_room(context, text.n + 1);

    memcpy(loud, text.p, text.n);
    loud[text.n] = '!';
    return (struct swarm_text){loud, text.n + 1};
}

const struct swarm_json *mine_second(struct swarm_context *context, const struct swarm_json *list)
{
    struct swarm_text source = swarm_json_source(swarm_json_at(list, 1));

    return swarm_json_new(context, source.p, source.n);
}

void mine_slow(struct swarm_ticket *ticket, struct swarm_text name, const struct swarm_json *arg)
{
    char text[128];
    int n = snprintf(text, sizeof text, "{\"name\": \"%.*s\", \"limit\": %lld}", (int)name.n, name.p,
                     (long long)swarm_json_integer(swarm_json_get(arg, "limit")));

    swarm_finish_json(ticket, text, (size_t)n);
}

void mine_nothing(struct swarm_ticket *ticket)
{
    swarm_finish(ticket);
}

void mine_refuse(struct swarm_ticket *ticket)
{
    swarm_finish_failed(ticket, "not today");
}
