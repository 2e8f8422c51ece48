/* measure "name" { }: the wall time of a block as a row of type TRANSACTION. */
#include <string.h>

#include "../stats/stats.h"
#include "engine.h"

struct swarm_transaction swarm_transaction(struct swarm_strand *s, uint32_t row)
{
    return (struct swarm_transaction){.begun = shard_now(strand_of(s)->shard), .row = row};
}

struct swarm_transaction swarm_transaction_named(struct swarm_strand *s, struct swarm_value name,
                                                 const struct swarm_place *place)
{
    struct strand *strand = strand_of(s);
    struct swarm_value text = swarm_format(s, place, &name, 1);

    if (swarm_failed(s)) {
        return (struct swarm_transaction){0};
    }
    return swarm_transaction(s, recorder_row(strand->shard->recorder, "TRANSACTION", text.n ? text.text : "", text.n));
}

static void count(struct strand *strand, const struct swarm_transaction *transaction, const char *why, size_t n)
{
    struct recorder *recorder = strand->shard->recorder;
    int64_t time = shard_now(strand->shard) - transaction->begun;
    struct recorder_sample sample = {.duration_ns = time > 0 ? (uint64_t)time : 0, .failed = why != NULL};

    recorder_request(recorder, transaction->row, &sample);
    if (why) {
        recorder_failure(recorder, transaction->row, why, n, clock_unix_ms());
    }
}

void swarm_measured(struct swarm_strand *s, const struct swarm_transaction *transaction)
{
    count(strand_of(s), transaction, NULL, 0);
}

void swarm_measured_left(struct swarm_strand *s, const struct swarm_transaction *transaction)
{
    static const char required[] = "a require or save in it failed";
    struct strand *strand = strand_of(s);

    switch ((enum swarm_exit)s->exit) {
    case SWARM_ERROR:
        if (strand->error) {
            count(strand, transaction, strand->error->text, strand->error->n);
        } else {
            count(strand, transaction, "an error", strlen("an error"));
        }
        return;
    case SWARM_REQUIRED:
        count(strand, transaction, required, sizeof required - 1);
        return;
    case SWARM_NO_EXIT:
    case SWARM_RESCHEDULE:
    case SWARM_INTERRUPT:
    case SWARM_INTERRUPT_WAIT:
        count(strand, transaction, NULL, 0);
        return;
    case SWARM_STOP_USER:
    case SWARM_STOP:
        return;
    case SWARM_CUT:
        recorder_cut(strand->shard->recorder, transaction->row);
        return;
    }
}
