#include "601-own.swarm.h"

#include <math.h>

double _601_own_root(struct swarm_context *context, double x)
{
    (void)context;
    return sqrt(x);
}

int64_t _601_own_longer(struct swarm_context *context, int64_t d, int64_t n, bool really)
{
    (void)context;
    return really ? d * n : d;
}

void _601_own_ask(struct swarm_ticket *ticket, const struct swarm_json *words, struct swarm_text text)
{
    swarm_finish_text(ticket, text.p, swarm_json_count(words) ? text.n : 0);
}
