/* The HTTP part of a shard. */
#include <stdlib.h>

#include "fetch.h"
#include "log/memory.h"

bool http_shard_start(struct shard *shard, const struct http_plan *plan, char *why, size_t why_size)
{
    struct http_shard *http = memory_new(1, sizeof *http);

    http->plan = plan;
    http->engine = &curl_engine;
    if (!http->engine->global_start(why, why_size)) {
        free(http);
        return false;
    }
    http->exchanges = http->engine->open(&shard->loop, why, why_size);
    if (!http->exchanges) {
        free(http);
        return false;
    }
    shard->http = http;
    return true;
}

void http_shard_stop(struct shard *shard)
{
    struct http_shard *http = shard->http;

    if (!http) {
        return;
    }
    fetch_free_all(http);
    http->engine->close(http->exchanges);
    free(http);
    shard->http = NULL;
}

void http_shard_turn(struct shard *shard)
{
    shard->http->engine->turn(shard->http->exchanges);
}
