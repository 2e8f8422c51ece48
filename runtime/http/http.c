/* The HTTP part of a shard. */
#include <stdlib.h>

#include "base/memory.h"
#include "engine/run.h"
#include "fetch.h"
#include "http.h"

static void close_engines(struct http_shard *http)
{
    for (uint32_t i = 0; i < HTTP_ENGINES; i++) {
        if (http->exchanges[i]) {
            http->plan->engines[i]->close(http->exchanges[i]);
        }
    }
    free(http);
}

static bool start(struct shard *shard, const struct http_plan *plan, char *why, size_t why_size)
{
    struct http_shard *http = memory_new(1, sizeof *http);

    http->plan = plan;
    for (uint32_t i = 0; i < plan->engine_count; i++) {
        http->exchanges[i] = plan->engines[i]->open(&shard->loop, &plan->names, shard->index, why, why_size);
        if (!http->exchanges[i]) {
            close_engines(http);
            return false;
        }
    }
    shard->http = http;
    return true;
}

static void stop(struct shard *shard)
{
    struct http_shard *http = shard->http;

    if (!http) {
        return;
    }
    fetch_free_all(http);
    prepared_free_all(&http->prepared);
    close_engines(http);
    shard->http = NULL;
}

static void turn(struct shard *shard)
{
    const struct http_plan *plan = shard->http->plan;

    for (uint32_t i = 0; i < plan->engine_count; i++) {
        plan->engines[i]->turn(shard->http->exchanges[i]);
    }
}

const struct request_part http_requests = {
    .start = start,
    .turn = turn,
    .stop = stop,
    .session = session_of,
    .session_close = session_close,
};
