/* Metrics as the scenario writes and reads them; what is counted of them is runtime/stats/metrics.h. */
#include <math.h>

#include "../stats/metrics.h"
#include "../stats/stats.h"
#include "../value/value.h"
#include "state.h"

void metric_open(struct swarm_metric *metric)
{
    metric->state = metric_level_new(); /* a gauge's value; of the others what was published last */
}

void metric_close(struct swarm_metric *metric)
{
    metric_level_free(metric->state);
    metric->state = NULL;
}

bool metric_gauge(const struct swarm_metric *metric, double *value, double *max)
{
    return metric_level_read(metric->state, value, max);
}

void metrics_publish(const struct swarm_program *program, const struct stats_snapshot *snapshot)
{
    for (uint32_t i = 0; i < program->metric_count && i < snapshot->metric_count; i++) {
        if (program->metrics[i]->kind != SWARM_GAUGE) {
            metric_level_set(program->metrics[i]->state, stats_metric_value(&snapshot->metrics[i]));
        }
    }
}

/* A finite number; durations count as seconds. False: an error. */
static bool number_of(struct swarm_strand *s, struct swarm_value v, const struct swarm_place *place, double *number)
{
    *number = v.kind == SWARM_DURATION ? (double)v.i / 1e9 : swarm_need_float(s, v, place);
    return !swarm_failed(s);
}

static struct recorder *recorder_of(struct swarm_strand *s)
{
    return strand_of(s)->shard->recorder;
}

void swarm_count(struct swarm_strand *s, struct swarm_metric *metric, struct swarm_value by,
                 const struct swarm_place *place)
{
    double number;

    if (!number_of(s, by, place, &number)) {
        return;
    }
    if (number < 0) {
        swarm_error(s, place, "a counter only grows: %s += %g", metric->name, number);
        return;
    }
    recorder_count(recorder_of(s), metric->index, number);
}

void swarm_measure_value(struct swarm_strand *s, struct swarm_metric *metric, struct swarm_value v,
                         const struct swarm_place *place)
{
    double number;

    if (number_of(s, v, place, &number)) {
        recorder_value(recorder_of(s), metric->index, number);
    }
}

void swarm_observe(struct swarm_strand *s, struct swarm_metric *metric, bool condition)
{
    recorder_condition(recorder_of(s), metric->index, condition);
}

void swarm_gauge_set(struct swarm_strand *s, struct swarm_metric *metric, struct swarm_value v,
                     const struct swarm_place *place)
{
    double number;

    if (number_of(s, v, place, &number)) {
        metric_level_set(metric->state, number);
    }
}

void swarm_gauge_add(struct swarm_strand *s, struct swarm_metric *metric, struct swarm_value by, int sign,
                     const struct swarm_place *place)
{
    double number;

    if (number_of(s, by, place, &number)) {
        metric_level_add(metric->state, sign < 0 ? -number : number);
    }
}

double swarm_metric_value(struct swarm_strand *s, const struct swarm_metric *metric)
{
    double value, max;

    (void)s;
    (void)metric_level_read(metric->state, &value, &max);
    return value;
}
