/* Who else is told of a judged request: the rows of those that hooks send, `on request`, --log-requests. */
#include "engine/hook.h"

#include "engine/run.h"
#include "fetch.h"
#include "report/request_log.h"
#include "stats/stats.h"

static bool in_hook(const struct fetch *fetch)
{
    return user_is_hook(fetch->strand->user, fetch->strand->shard->config->program);
}

uint32_t fetch_row(struct fetch *fetch)
{
    struct recorder *recorder = fetch->strand->shard->recorder;
    const struct swarm_call *call = fetch->call;
    const struct bytes *said = &fetch->request.row;
    struct bytes name = {0};
    uint32_t row = (uint32_t)call->row;

    if (!in_hook(fetch)) {
        return call->row >= 0 ? row : recorder_row(recorder, call->method, bytes_text(said), said->n);
    }
    if (call->row >= 0) { /* an action that a hook calls has a row of its own */
        const struct swarm_row *known = &fetch->strand->shard->config->program->rows[row];

        return strcmp(known->type, "SETUP") == 0 ? row : recorder_setup_row(recorder, row);
    }
    bytes_add_text(&name, call->method);
    bytes_add_char(&name, ' ');
    bytes_add(&name, bytes_text(said), said->n);
    row = recorder_row(recorder, "SETUP", name.p, name.n);
    bytes_free(&name);
    return row;
}

void fetch_tell_hooks(const struct fetch *fetch, int64_t duration)
{
    const struct shard *shard = fetch->strand->shard;
    const struct exchange_of_block *verdict = &fetch->verdict;
    const char *method = fetch->call->method;
    struct hook_request request;
    size_t n = strlen(method);

    if (!shard->config->program->on_request) {
        return;
    }
    request = (struct hook_request){
        .method = method,
        .name = recorder_row_text(shard->recorder, fetch->row).name,
        .url = bytes_text(fetch->fixed ? &fetch->fixed->text : &fetch->first_url),
        .url_size = fetch->fixed ? fetch->fixed->text.n : fetch->first_url.n,
        .error = verdict->failed ? bytes_text(&verdict->message) : NULL,
        .error_size = verdict->message.n,
        .status = fetch->strand->base.answered ? fetch->exchange.head.status : 0,
        .time = duration,
        .size = (int64_t)fetch->exchange.received,
    };
    if (in_hook(fetch) && strncmp(request.name, method, n) == 0 && request.name[n] == ' ') {
        request.name += n + 1; /* "GET /x" of type SETUP */
    }
    request.name_size = strlen(request.name);
    hook_request_judged(fetch->strand, &request);
}

void fetch_log(const struct fetch *fetch, const struct recorder_sample *sample)
{
    struct strand *strand = fetch->strand;
    const struct exchange_of_block *verdict = &fetch->verdict;
    struct swarm_row row = recorder_row_text(strand->shard->recorder, fetch->row);

    request_log_add(&(struct request_log_entry){
        .start_ms = clock_unix_ms() - (int64_t)(sample->duration_ns / (uint64_t)SWARM_MS),
        .type = row.type,
        .name = row.name,
        .kind = strand->user->kind->name,
        .user = strand->user->id,
        .status = strand->base.answered ? fetch->exchange.head.status : 0,
        .duration_ns = sample->duration_ns,
        .first_byte_ns = sample->first_byte_ns,
        .bytes = sample->bytes,
        .error = verdict->failed ? bytes_text(&verdict->message) : NULL,
        .error_size = verdict->message.n,
    });
}
