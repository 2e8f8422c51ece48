#include "phases.h"

#include <stdlib.h>

#include "base/memory.h"
#include "fetch.h"
#include "stats/stats.h"

enum { WAITING, CONNECTING, TLS, SERVER, RECEIVING, PHASES };

bool phases_wanted;

static struct swarm_metric phases[PHASES] = {
    [WAITING] = {.name = "phase: waiting", .unit = "ms", .kind = SWARM_TREND},
    [CONNECTING] = {.name = "phase: connecting", .unit = "ms", .kind = SWARM_TREND},
    [TLS] = {.name = "phase: TLS", .unit = "ms", .kind = SWARM_TREND},
    [SERVER] = {.name = "phase: server", .unit = "ms", .kind = SWARM_TREND},
    [RECEIVING] = {.name = "phase: receiving", .unit = "ms", .kind = SWARM_TREND},
};
static struct swarm_program *wider;

const struct swarm_program *phases_open(const struct swarm_program *program)
{
    struct swarm_metric **metrics = memory_new(program->metric_count + PHASES, sizeof(struct swarm_metric *));

    for (uint32_t i = 0; i < program->metric_count; i++) {
        metrics[i] = program->metrics[i];
    }
    for (uint32_t i = 0; i < PHASES; i++) {
        phases[i].index = program->metric_count + i;
        metrics[phases[i].index] = &phases[i];
    }
    wider = memory_new(1, sizeof *wider);
    *wider = *program;
    wider->metrics = metrics;
    wider->metric_count += PHASES;
    phases_wanted = true;
    return wider;
}

void phases_close(void)
{
    if (wider) {
        free((void *)(uintptr_t)wider->metrics);
        free(wider);
        wider = NULL;
    }
}

static void add(const struct fetch *fetch, int phase, int64_t ns)
{
    recorder_value(fetch->strand->shard->recorder, phases[phase].index, ns > 0 ? (double)ns / 1e6 : 0);
}

void phases_count(const struct fetch *fetch)
{
    const struct exchange_stamps *stamps = &fetch->exchange.stamps;

    add(fetch, WAITING, fetch->exchange.began - fetch->asked);
    if (stamps->connect) {
        add(fetch, CONNECTING, stamps->connect);
    }
    if (stamps->tls) {
        add(fetch, TLS, stamps->tls);
    }
    add(fetch, SERVER, stamps->first_byte - stamps->sent);
    add(fetch, RECEIVING, stamps->last_byte - stamps->first_byte);
}
