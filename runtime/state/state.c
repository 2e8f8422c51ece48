/* Opening and closing all of it. */
#include "state.h"

#include <stdio.h>
#include <string.h>

static const char *file_of(const struct swarm_data *data, const struct state_settings *settings)
{
    const char *file = NULL;

    for (size_t i = 0; i < settings->file_count; i++) {
        if (strcmp(settings->files[i].name, data->name) == 0) {
            file = settings->files[i].file; /* the last one counts */
        }
    }
    return file;
}

bool state_names_known(const struct swarm_program *program, const struct state_settings *settings, char *why,
                       size_t size)
{
    for (size_t i = 0; i < settings->file_count; i++) {
        bool known = false;
        size_t used;

        for (uint32_t d = 0; d < program->data_count; d++) {
            known |= strcmp(settings->files[i].name, program->data[d]->name) == 0;
        }
        if (known) {
            continue;
        }
        used = (size_t)snprintf(why, size, "--data: the scenario has no data `%s`%s", settings->files[i].name,
                                program->data_count ? "; there are: " : "");
        for (uint32_t d = 0; d < program->data_count && used < size; d++) {
            used += (size_t)snprintf(why + used, size - used, "%s%s", d ? ", " : "", program->data[d]->name);
        }
        return false;
    }
    return true;
}

bool state_open(const struct swarm_program *program, const struct state_settings *settings, char *why, size_t size)
{
    for (uint32_t i = 0; i < program->data_count; i++) {
        const char *file = file_of(program->data[i], settings);

        if (!data_open(program->data[i], file, file != NULL, settings, i, why, size)) {
            state_close(program);
            return false;
        }
    }
    for (uint32_t i = 0; i < program->large_count; i++) {
        if (!large_open(program->large[i], settings->directory, why, size)) {
            state_close(program);
            return false;
        }
    }
    for (uint32_t i = 0; i < program->gate_count; i++) {
        gate_open(program->gates[i]);
    }
    for (uint32_t i = 0; i < program->queue_count; i++) {
        queue_open(program->queues[i]);
    }
    for (uint32_t i = 0; i < program->metric_count; i++) {
        metric_open(program->metrics[i]);
    }
    return true;
}

void state_close(const struct swarm_program *program)
{
    for (uint32_t i = 0; i < program->data_count; i++) {
        data_close(program->data[i]);
    }
    for (uint32_t i = 0; i < program->large_count; i++) {
        large_close(program->large[i]);
    }
    for (uint32_t i = 0; i < program->gate_count; i++) {
        gate_close(program->gates[i]);
    }
    for (uint32_t i = 0; i < program->queue_count; i++) {
        queue_close(program->queues[i]);
    }
    for (uint32_t i = 0; i < program->metric_count; i++) {
        metric_close(program->metrics[i]);
    }
}
