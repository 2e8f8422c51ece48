/* The threads on which actions of one's own C run: made when first needed, at most --pool-threads of them, never ended. One pool a
 * process.
 *
 * A ticket is one call. Until a thread begins it, it is in the pool's queue and can be dropped; then it belongs to the C, which ends it
 * once. Ending sends it as a message to the shard that waits, or frees it when nobody does any more. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"
#include "../engine/hook.h"
#include "../engine/post.h"
#include "../engine/run.h"
#include "../engine/shard.h"
#include "../report/request_log.h"
#include "../stats/stats.h"
#include "../value/value.h"
#include "extern.h"

enum ticket_state {
    TICKET_QUEUED,
    TICKET_RUNNING,
    TICKET_ENDED,    /* its message is on the way */
    TICKET_GIVEN_UP, /* nobody waits: ending frees it */
};

struct swarm_ticket {
    struct message message; /* first */
    struct strand *strand;  /* touched in its shard alone; NULL: cancelled */
    struct shard *shard;
    const struct swarm_c_action *action;
    enum ticket_state state;              /* under the pool's lock */
    struct swarm_ticket *next, *previous; /* in the queue */
    int64_t issued, ended;
    struct extern_memory memory;
    uint32_t count;
    struct swarm_value *arguments; /* kept slots */
    enum swarm_c_result got;
    struct swarm_value result; /* plain, or text that the ticket's memory holds */
    const char *failure;       /* of the ticket's memory; NULL: none */
};

static struct pool {
    pthread_mutex_t lock;
    pthread_cond_t more;
    struct swarm_ticket *first, *last;
    unsigned threads, idle, queued;
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER, .more = PTHREAD_COND_INITIALIZER};

/* ---- tickets ---- */

static void free_parts(struct swarm_ticket *ticket)
{
    for (uint32_t i = 0; i < ticket->count; i++) {
        value_release(&ticket->arguments[i]);
    }
    extern_free(&ticket->memory);
}

static void ticket_free(struct swarm_ticket *ticket)
{
    free_parts(ticket);
    free(ticket);
}

static void enqueue(struct swarm_ticket *ticket)
{
    ticket->previous = pool.last;
    *(pool.last ? &pool.last->next : &pool.first) = ticket;
    pool.last = ticket;
    pool.queued++;
}

static void unqueue(struct swarm_ticket *ticket)
{
    *(ticket->previous ? &ticket->previous->next : &pool.first) = ticket->next;
    *(ticket->next ? &ticket->next->previous : &pool.last) = ticket->previous;
    pool.queued--;
}

/* ---- threads ---- */

static void *worker(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&pool.lock);
    for (;;) {
        struct swarm_ticket *ticket;

        while (!pool.first) {
            pool.idle++;
            pthread_cond_wait(&pool.more, &pool.lock);
            pool.idle--;
        }
        ticket = pool.first;
        unqueue(ticket);
        ticket->state = TICKET_RUNNING;
        pthread_mutex_unlock(&pool.lock);
        ticket->action->start(ticket);
        pthread_mutex_lock(&pool.lock);
    }
    return NULL;
}

/* Under the lock: one more thread when all are busy. False: there is none and none can be made. */
static bool have_thread(unsigned most)
{
    pthread_attr_t attributes;
    pthread_t thread;
    bool made;

    if (pool.queued < pool.idle || pool.threads >= most) {
        return pool.threads > 0;
    }
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    made = pthread_create(&thread, &attributes, worker, NULL) == 0;
    pthread_attr_destroy(&attributes);
    pool.threads += made;
    return pool.threads > 0;
}

/* ---- in the shard ---- */

static uint32_t row_of(const struct swarm_ticket *ticket)
{
    const struct shard *shard = ticket->shard;
    bool hook = ticket->strand && user_is_hook(ticket->strand->user, shard->config->program);

    return hook ? recorder_setup_row(shard->recorder, ticket->action->row) : ticket->action->row;
}

/* Dropped before it began, or given up while it ran. */
static void cancelled(struct strand *strand)
{
    struct swarm_ticket *ticket = strand->operation_data;
    uint32_t row = row_of(ticket);
    enum ticket_state state;

    ticket->strand = NULL;
    pthread_mutex_lock(&pool.lock);
    state = ticket->state;
    if (state == TICKET_QUEUED) {
        unqueue(ticket);
    } else if (state == TICKET_RUNNING) {
        ticket->state = TICKET_GIVEN_UP;
    }
    pthread_mutex_unlock(&pool.lock);
    if (state == TICKET_QUEUED) {
        recorder_drop(strand->shard->recorder, row);
        ticket_free(ticket);
    } else {
        recorder_cut(strand->shard->recorder, row);
    }
}

/* What has not begun is dropped, what runs may end. */
static void soft_stop(struct strand *strand)
{
    struct swarm_ticket *ticket = strand->operation_data;
    bool queued;

    pthread_mutex_lock(&pool.lock);
    queued = ticket->state == TICKET_QUEUED;
    if (queued) {
        unqueue(ticket);
    }
    pthread_mutex_unlock(&pool.lock);
    if (queued) {
        recorder_drop(strand->shard->recorder, row_of(ticket));
        ticket_free(ticket);
        swarm_exit_with(&strand->base, SWARM_STOP);
        strand_complete(strand);
    }
}

static const struct operation calling = {
    .name = "call",
    .cancel = cancelled,
    .finishes = true,
    .soft_stop = soft_stop,
};

static void fail_for(struct swarm_ticket *ticket, const char *why)
{
    if (!ticket->failure) {
        ticket->failure = why;
    }
}

/* The result as a value of the strand; a wrong one is a failure. */
static struct swarm_value take_result(struct swarm_ticket *ticket)
{
    struct swarm_strand *s = &ticket->strand->base;
    enum swarm_c_result want = ticket->action->result, got = ticket->got;
    struct swarm_value v = ticket->result;

    if (ticket->failure) {
        return swarm_null();
    }
    if (got != want && !(want == SWARM_C_DURATION && got == SWARM_C_INT)) {
        fail_for(ticket, "the C ended it with another kind of result than is declared");
        return swarm_null();
    }
    if (want == SWARM_C_DURATION) {
        v.kind = SWARM_DURATION;
    }
    if (want != SWARM_C_JSON || v.kind != SWARM_TEXT) {
        return swarm_copy(s, v);
    }
    v = swarm_fn_parse_json(s, &ticket->action->place, swarm_copy(s, v));
    if (swarm_failed(s)) {
        s->exit = SWARM_NO_EXIT;
        ticket->strand->error = NULL;
        fail_for(ticket, "its result is not JSON");
    }
    return v;
}

/* Its line in --log-requests. */
static void log_call(const struct strand *strand, uint32_t row, const struct recorder_sample *sample,
                     const char *failure)
{
    struct swarm_row text = recorder_row_text(strand->shard->recorder, row);

    request_log_add(&(struct request_log_entry){
        .start_ms = clock_unix_ms() - (int64_t)(sample->duration_ns / (uint64_t)SWARM_MS),
        .type = text.type,
        .name = text.name,
        .kind = strand->user->kind->name,
        .user = strand->user->id,
        .duration_ns = sample->duration_ns,
        .error = failure,
        .error_size = failure ? strlen(failure) : 0,
    });
}

static void arrived(struct message *message)
{
    struct swarm_ticket *ticket = (struct swarm_ticket *)message;
    struct strand *strand = ticket->strand;
    struct recorder_sample sample = {.duration_ns = (uint64_t)(ticket->ended - ticket->issued)};
    int64_t late;
    uint32_t row;

    if (!strand) {
        free_parts(ticket);
        return;
    }
    row = row_of(ticket);
    late = strand_late(strand);
    sample.late_ns = late > 0 ? (uint64_t)late : 0;
    sample.scheduled = late >= 0;
    strand->base.result = take_result(ticket);
    sample.failed = ticket->failure != NULL;
    strand_count(strand, row, &sample);
    if (request_log_wanted()) {
        log_call(strand, row, &sample, ticket->failure);
    }
    if (ticket->failure) {
        recorder_failure(strand->shard->recorder, row, ticket->failure, strlen(ticket->failure), clock_unix_ms());
        swarm_exit_with(&strand->base, SWARM_REQUIRED);
    }
    strand->base.answered = !ticket->failure;
    free_parts(ticket);
    strand_complete(strand);
}

static struct swarm_ticket *ticket_new(struct strand *strand, const struct swarm_c_action *action,
                                       const struct swarm_value *arguments, uint32_t count)
{
    struct swarm_ticket *ticket = memory_new(1, sizeof *ticket);

    ticket->message = (struct message){.type = MESSAGE_CALL, .shard = strand->shard->index, .call = arrived};
    ticket->strand = strand;
    ticket->shard = strand->shard;
    ticket->action = action;
    ticket->count = count;
    ticket->arguments = extern_room(&ticket->memory, (count + 1) * sizeof *ticket->arguments);
    for (uint32_t i = 0; i < count; i++) {
        swarm_keep(&strand->base, &ticket->arguments[i], arguments[i]);
    }
    return ticket;
}

enum swarm_step swarm_call_c(struct swarm_strand *s, uint32_t at, const struct swarm_c_action *action,
                             const struct swarm_value *arguments, uint32_t count)
{
    struct strand *strand = strand_of(s);
    struct swarm_ticket *ticket;
    bool good;

    s->answered = false;
    if (!strand_begin(strand, at)) {
        return strand_stopped(strand);
    }
    ticket = ticket_new(strand, action, arguments, count);
    ticket->issued = clock_now();
    pthread_mutex_lock(&pool.lock);
    good = have_thread(strand->shard->config->pool_threads);
    if (good) {
        enqueue(ticket);
        pthread_cond_signal(&pool.more);
    }
    pthread_mutex_unlock(&pool.lock);
    if (!good) {
        ticket_free(ticket);
        swarm_error(s, &action->place, "no thread can be made for it");
        return SWARM_RUN;
    }
    return strand_wait(strand, &calling, ticket);
}

/* ---- in the pool's threads ---- */

static const struct swarm_value *argument(const struct swarm_ticket *ticket, uint32_t index)
{
    return &ticket->arguments[index];
}

int64_t swarm_ticket_int(struct swarm_ticket *ticket, uint32_t index)
{
    return argument(ticket, index)->i;
}

double swarm_ticket_float(struct swarm_ticket *ticket, uint32_t index)
{
    return argument(ticket, index)->f;
}

bool swarm_ticket_bool(struct swarm_ticket *ticket, uint32_t index)
{
    return argument(ticket, index)->i != 0;
}

struct swarm_text swarm_ticket_text(struct swarm_ticket *ticket, uint32_t index)
{
    return swarm_extern_text(*argument(ticket, index));
}

const struct swarm_json *swarm_ticket_json(struct swarm_ticket *ticket, uint32_t index)
{
    return extern_json_of(&ticket->memory, *argument(ticket, index));
}

void *swarm_ticket_room(struct swarm_ticket *ticket, size_t n)
{
    return extern_room(&ticket->memory, n ? n : 1);
}

bool swarm_ticket_given_up(struct swarm_ticket *ticket)
{
    bool given_up;

    pthread_mutex_lock(&pool.lock);
    given_up = ticket->state == TICKET_GIVEN_UP;
    pthread_mutex_unlock(&pool.lock);
    return given_up;
}

/* Under the lock: whoever gives up a ticket that has ended knows that its message is in the shard's mailbox already. */
static void end(struct swarm_ticket *ticket, enum swarm_c_result got, struct swarm_value result)
{
    bool given_up;

    ticket->got = got;
    ticket->result = result;
    ticket->ended = clock_now();
    pthread_mutex_lock(&pool.lock);
    given_up = ticket->state == TICKET_GIVEN_UP;
    if (!given_up) {
        ticket->state = TICKET_ENDED;
        shard_send(ticket->shard, &ticket->message);
    }
    pthread_mutex_unlock(&pool.lock);
    if (given_up) {
        ticket_free(ticket);
    }
}

static struct swarm_value view_of(struct swarm_ticket *ticket, const char *p, size_t n)
{
    char *copy = extern_room(&ticket->memory, n + 1);

    if (n) {
        memcpy(copy, p, n);
    }
    return (struct swarm_value){.text = copy, .n = (uint32_t)n, .kind = SWARM_TEXT, .owner = SWARM_VIEW};
}

void swarm_finish(struct swarm_ticket *ticket)
{
    end(ticket, SWARM_C_NOTHING, swarm_null());
}

void swarm_finish_int(struct swarm_ticket *ticket, int64_t value)
{
    end(ticket, SWARM_C_INT, swarm_int(value));
}

void swarm_finish_float(struct swarm_ticket *ticket, double value)
{
    end(ticket, SWARM_C_FLOAT, swarm_float(value));
}

void swarm_finish_bool(struct swarm_ticket *ticket, bool value)
{
    end(ticket, SWARM_C_BOOL, swarm_bool(value));
}

void swarm_finish_text(struct swarm_ticket *ticket, const char *p, size_t n)
{
    if (n > UINT32_MAX) {
        swarm_finish_failed(ticket, "its result is larger than 4GB");
        return;
    }
    end(ticket, SWARM_C_TEXT, view_of(ticket, p, n));
}

void swarm_finish_json(struct swarm_ticket *ticket, const char *text, size_t n)
{
    if (n > UINT32_MAX) {
        swarm_finish_failed(ticket, "its result is larger than 4GB");
        return;
    }
    end(ticket, SWARM_C_JSON, view_of(ticket, text, n));
}

void swarm_finish_null(struct swarm_ticket *ticket)
{
    end(ticket, SWARM_C_JSON, swarm_null());
}

void swarm_finish_failed(struct swarm_ticket *ticket, const char *message)
{
    ticket->failure = view_of(ticket, message, strlen(message)).text;
    end(ticket, SWARM_C_NOTHING, swarm_null());
}
