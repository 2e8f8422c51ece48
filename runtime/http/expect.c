/* Verdicts: what expect, require, fail, succeed and a failed save do, in a response block and in a task. */
#include <stdlib.h>

#include "engine/clock.h"
#include "engine/group.h"
#include "engine/hook.h"
#include "fetch.h"
#include "head.h"
#include "stats/stats.h"
#include "value/value.h"

void verdict_fail(struct exchange_of_block *block, const char *message, size_t n)
{
    if (block->decided) {
        return;
    }
    block->decided = block->failed = true;
    bytes_clear(&block->message, SIZE_MAX);
    bytes_add(&block->message, message, n);
}

void verdict_of_status(struct exchange_of_block *block, int status)
{
    const char *reason;
    char message[80];
    int n;

    if (status < 400) {
        return;
    }
    reason = status_reason(status);
    n = snprintf(message, sizeof message, reason ? "status %d %s" : "status %d", status, reason);
    verdict_fail(block, message, (size_t)n);
}

/* The task, step or hook in which a strand is: the frame right below a group's. */
static const char *task_name(const struct strand *strand)
{
    struct swarm_frame *frame = strand->base.top;

    while (frame && frame->up && !group_is(swarm_up(frame))) {
        frame = swarm_up(frame);
    }
    return frame ? frame->machine->name : "";
}

/* What is not met: in a block the request's failure, in a task an error that is counted at once and ends
 * nothing. */
static void not_met(struct swarm_strand *s, const struct swarm_place *place, const char *message, size_t n)
{
    struct strand *strand = strand_of(s);

    if (strand->block) {
        verdict_fail(strand->block, message, n);
        return;
    }
    recorder_error(strand->shard->recorder, place->file, place->line, strand->user->kind->name, task_name(strand),
                   message, n, clock_unix_ms());
    hook_unmet(strand);
    hook_user_error(strand, place->file, place->line, task_name(strand), message, n);
}

bool swarm_holds(struct swarm_strand *s, bool condition)
{
    struct strand *strand = strand_of(s);
    const struct task_error *error = strand->error;

    s->told = false;
    if (s->exit == SWARM_NO_EXIT) {
        return condition;
    }
    if (s->exit != SWARM_ERROR || !error) {
        return false;
    }
    s->exit = SWARM_NO_EXIT;
    strand->error = NULL;
    s->told = true; /* the swarm_unmet…() that follows has nothing to add */
    not_met(s, &error->place, error->text, error->n);
    return false;
}

/* Whether the message was told by swarm_holds() already, or an exit is on its way that must not be covered.
 */
static bool told(struct swarm_strand *s)
{
    bool was = s->told;

    s->told = false;
    return was || swarm_failed(s);
}

void swarm_unmet(struct swarm_strand *s, const struct swarm_place *place, const char *source, struct swarm_value found,
                 struct swarm_value wanted)
{
    struct value_buffer message = {0};

    if (told(s)) {
        return;
    }
    value_buffer_string(&message, source);
    value_buffer_string(&message, ": ");
    value_describe_found(found, wanted, &message);
    not_met(s, place, message.data, message.size);
    value_buffer_free(&message);
}

void swarm_unmet_plain(struct swarm_strand *s, const struct swarm_place *place, const char *source)
{
    if (!told(s)) {
        not_met(s, place, source, strlen(source));
    }
}

void swarm_unmet_message(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value message)
{
    struct value_buffer text = {0};

    if (told(s)) {
        return;
    }
    value_text(message, &text);
    not_met(s, place, text.size ? text.data : "", text.size);
    value_buffer_free(&text);
}

void swarm_expect_status(struct swarm_strand *s, const struct swarm_response *r)
{
    struct strand *strand = strand_of(s);

    if (strand->block) {
        verdict_of_status(strand->block, r->fetch->exchange.head.status);
    }
}

void swarm_fail(struct swarm_strand *s, const struct swarm_place *place, struct swarm_value message)
{
    struct strand *strand = strand_of(s);
    struct value_buffer text = {0};

    if (swarm_failed(s)) {
        return;
    }
    value_text(message, &text);
    if (strand->block) {
        verdict_fail(strand->block, text.size ? text.data : "", text.size);
    } else {
        strand_error(strand, place, text.size ? text.data : "", text.size);
    }
    value_buffer_free(&text);
}

void swarm_succeed(struct swarm_strand *s)
{
    struct exchange_of_block *block = strand_of(s)->block;

    if (block) {
        block->decided = true;
    }
}

void swarm_save_missing(struct swarm_strand *s, const struct swarm_place *place, const char *name)
{
    struct strand *strand = strand_of(s);
    const char *what = place && place->what && place->what[0] ? place->what : "the value";
    struct bytes message = {0};

    if (swarm_failed(s)) {
        return;
    }
    bytes_format(&message, "save %s: %s is missing", name, what);
    if (strand->block) {
        verdict_fail(strand->block, message.p, message.n);
        swarm_exit_with(s, SWARM_REQUIRED);
    } else {
        strand_error(strand, place, message.p, message.n);
    }
    bytes_free(&message);
}
