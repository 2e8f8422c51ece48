/* `log` of a scenario: the value as text, with the place it stands at, through the limited log of the process. */
#include <string.h>

#include "../engine/engine.h"
#include "../log/log.h"
#include "value.h"

void swarm_log(struct swarm_strand *s, enum swarm_level level, struct swarm_value v, const struct swarm_place *place)
{
    static const enum log_level levels[] = {
        [SWARM_DEBUG] = LOG_LEVEL_DEBUG,
        [SWARM_INFO] = LOG_LEVEL_INFO,
        [SWARM_WARN] = LOG_LEVEL_WARNING,
        [SWARM_ERROR_LEVEL] = LOG_LEVEL_ERROR,
    };
    const struct user *user = strand_of(s)->user;
    struct value_buffer text = {0};
    struct log_speaker speaker;

    if (!log_enabled(levels[level])) {
        return;
    }
    if (v.kind == SWARM_NULL) {
        value_buffer_add(&text, "null", 4);
    } else {
        value_text(v, &text);
    }
    speaker = (struct log_speaker){user->kind->name, user->id, place->file, place->line};
    log_scenario(levels[level], &speaker, text.size ? text.data : "", text.size, shard_now(strand_of(s)->shard));
    value_buffer_free(&text);
}
