/* swarm/program.h — everything generated code knows of the runtime, and the only header it includes.
 *
 * A program is tables (kinds, groups, calls, rows, options) and small step machines; swarm_main() runs it. Types are
 * plain C; no type of libuv, libcurl or cJSON is seen here. The ABI number changes with any change of a layout or a
 * meaning; swarm_main() refuses a program of another number.
 *
 * Machines. What waits is a function `enum swarm_step NAME(struct swarm_strand *s, struct swarm_frame *base)`: one
 * switch over base->at. Every wait is one line, `return swarm_OP(s, N, …); case N:;`. Leaving early is
 * `return swarm_leave(s, PAD)`. What does not wait (fn, response block, wait expression) is an ordinary function.
 *
 * Errors. A helper that can fail takes the strand and a place; when it fails it sets s->exit (the first one wins) and
 * returns 0, "" or null. Generated code tests swarm_failed(s) once a statement and leaves; in an expect or require
 * swarm_holds() turns the error into the message.
 *
 * Values. Plain types are C types. Text, lists, objects and JSON are struct swarm_value: 16 bytes, contents never
 * changed in place. `owner` says how long the bytes live:
 *   SWARM_PROGRAM  for ever                        SWARM_VIEW   until the response block is over
 *   SWARM_ARENA    until the task ends, or the round of a loop that waits (swarm_mark, swarm_reset)
 *   SWARM_KEPT     in a kept slot: until it is overwritten or its frame is left
 * swarm_let() makes a value last at least as long as the arena when it came from a kept slot, swarm_copy() also when it
 * was a view; swarm_keep() stores into a kept slot. */
#ifndef SWARM_PROGRAM_H
#define SWARM_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#error "a program is C"
#endif

#define SWARM_ABI 3

/* Bytes of a user before its own state (struct user of the runtime): what --explain-memory adds. */
#define SWARM_USER_BASE 216
/* And its place in the list of all users, and among the timers of its shard when many wait; a branch of `parallel`
 * before its own frame. */
#define SWARM_USER_PLACE  16
#define SWARM_USER_TIMER  10
#define SWARM_BRANCH_BASE 176

#define SWARM_US INT64_C(1000)
#define SWARM_MS INT64_C(1000000)
#define SWARM_S  INT64_C(1000000000)

/* ------------------------------------------------------------------ values */

enum swarm_kind {
    SWARM_NULL,     /* missing; all zero bytes are null */
    SWARM_BOOL,     /* i */
    SWARM_INT,      /* i */
    SWARM_FLOAT,    /* f; always finite */
    SWARM_DURATION, /* i, nanoseconds */
    SWARM_NUMBER,   /* text, n: a JSON number with its digits as they came */
    SWARM_TEXT,     /* text, n bytes (not NUL-terminated) */
    SWARM_LIST,     /* items, n elements */
    SWARM_OBJECT,   /* items, n entries: key, value, key, value … (keys are SWARM_TEXT, distinct) */
    SWARM_JSON,     /* text, n: valid JSON text of an array or object, not looked into yet */
};

enum swarm_owner { SWARM_PROGRAM, SWARM_VIEW, SWARM_ARENA, SWARM_KEPT };

struct swarm_value {
    union {
        const char *text;
        const struct swarm_value *items;
        int64_t i;
        double f;
    };
    uint32_t n;
    uint8_t kind, owner;
    uint8_t raw; /* text made by raw(): not encoded in a URL */
    uint8_t unused;
};

/* clang-format off */
#define SWARM_TEXT_LITERAL(s) {.text = (s), .n = sizeof(s) - 1, .kind = SWARM_TEXT, .owner = SWARM_PROGRAM}
/* clang-format on */

struct swarm_place {
    const char *file;
    uint32_t line;
    const char *what; /* source text of the expression it is about ("json.items[0].price"), or "" */
};

/* ------------------------------------------------------------------ strands, frames, machines */

enum swarm_step {
    SWARM_DONE, /* the machine has ended; s->result may hold what it returned */
    SWARM_RUN,  /* ready at once: step again */
    SWARM_WAIT, /* an operation is under way */
    SWARM_LEFT, /* from swarm_leave() */
};

enum swarm_exit {
    SWARM_NO_EXIT,
    SWARM_ERROR,    /* an error of the task: listed with its place */
    SWARM_REQUIRED, /* require, a failed save: the request's failure is counted, the task ends */
    SWARM_RESCHEDULE,
    SWARM_INTERRUPT,
    SWARM_INTERRUPT_WAIT,
    SWARM_STOP_USER,
    SWARM_STOP, /* the run stops: soft */
    SWARM_CUT,  /* the stop timeout is over */
};

struct swarm_frame;
struct swarm_strand {
    struct swarm_frame *top;
    void *state;               /* the user's own struct (swarm_kind.size) */
    struct swarm_value result; /* of an action that has returned; of a pop */
    uint8_t exit;              /* enum swarm_exit */
    uint8_t code;              /* what the last request's block asked for: enum swarm_code */
    bool answered; /* whether the last request got a complete response; a wait with a deadline ended in time */
    bool told;     /* of the runtime: swarm_holds() has turned an error into the message */
};

struct swarm_machine;
struct swarm_frame {
    const struct swarm_machine *machine;
    uint32_t up; /* distance in bytes down to the caller's frame; 0: none */
    uint32_t at; /* resume point */
};

struct swarm_point {
    uint32_t line;
    uint16_t pad; /* resume point that cleans up (measure), 0: none */
};

struct swarm_machine {
    enum swarm_step (*step)(struct swarm_strand *s, struct swarm_frame *base);
    const char *name;                 /* "browse", for messages */
    const struct swarm_point *points; /* of resume points 0 … point_count - 1 */
    uint32_t point_count;
    uint32_t size;        /* of its frame struct */
    const uint32_t *kept; /* offsets of kept slots (struct swarm_value) in the frame, freed when it is left */
    uint32_t kept_count;
    const char *file;
};

static inline bool swarm_failed(const struct swarm_strand *s)
{
    return s->exit != SWARM_NO_EXIT;
}

/* The frame that called this one (a step's journey, a task's user, an action's caller). */
static inline struct swarm_frame *swarm_up(struct swarm_frame *frame)
{
    return (struct swarm_frame *)((char *)frame - frame->up);
}

/* Calling an action: swarm_enter() zeroes the callee's frame (part of the caller's struct) and links it; then its
 * parameters are stored, then `return swarm_call(s, N, &f->login_5.frame); case N:;`, then s->result is read. */
void swarm_enter(struct swarm_strand *s, struct swarm_frame *caller, struct swarm_frame *callee,
                 const struct swarm_machine *machine);
enum swarm_step swarm_call(struct swarm_strand *s, uint32_t at, struct swarm_frame *callee);

/* Leaves because of s->exit (which is set). pad: resume point of an enclosing clean-up, 0: none. The four after it set the
 * exit and leave with pad 0; where a clean-up encloses them: `swarm_exit_with(s, …); return swarm_leave(s, PAD);`. */
enum swarm_step swarm_leave(struct swarm_strand *s, uint32_t pad);
enum swarm_step swarm_reschedule(struct swarm_strand *s); /* sets the exit and leaves */
enum swarm_step swarm_interrupt(struct swarm_strand *s, bool after_wait);
enum swarm_step swarm_stop_user(struct swarm_strand *s);
enum swarm_step swarm_stop_test(struct swarm_strand *s, struct swarm_value why); /* why: a text or null */
/* The same from a response block: they set the exit; the block then returns SWARM_CODE_NEXT. */
void swarm_exit_with(struct swarm_strand *s, enum swarm_exit exit);
void swarm_ask_stop(struct swarm_strand *s,
                    struct swarm_value why); /* stop test in a block: asks control and sets the exit */

/* ------------------------------------------------------------------ waits */

enum swarm_step swarm_sleep(struct swarm_strand *s, uint32_t at, int64_t ns); /* <= 0: ready at once */
enum swarm_step swarm_yield(struct swarm_strand *s, uint32_t at);             /* lets the others of the shard run */
/* At the head of a loop in a machine: true every 1,000th round, then yield. */
static inline bool swarm_due(uint32_t *rounds)
{
    if (++*rounds < 1000) {
        return false;
    }
    *rounds = 0;
    return true;
}

/* loop every E within W: every -1: none; within -1: none. swarm_poll() waits at the head of each round (not before the
 * first) and sets `over` when no further round can start. */
struct swarm_poll {
    int64_t every, deadline, next;
    bool over, begun;
};
struct swarm_poll swarm_every(struct swarm_strand *s, int64_t every, int64_t within);
enum swarm_step swarm_poll(struct swarm_strand *s, uint32_t at, struct swarm_poll *poll);

/* ------------------------------------------------------------------ measure
 * `f->measure_12 = swarm_transaction(s, ROW);` before the block, swarm_measured() where it is left in line; each resume point in
 * it has a pad that calls swarm_measured_left(), which looks at s->exit, and leaves. */

struct swarm_transaction {
    int64_t begun;
    uint32_t row;
};
struct swarm_transaction swarm_transaction(struct swarm_strand *s, uint32_t row);
/* A name made while running; null is an error. */
struct swarm_transaction swarm_transaction_named(struct swarm_strand *s, struct swarm_value name,
                                                 const struct swarm_place *place);
void swarm_measured(struct swarm_strand *s, const struct swarm_transaction *transaction);
void swarm_measured_left(struct swarm_strand *s, const struct swarm_transaction *transaction);

/* ------------------------------------------------------------------ parallel
 * Branches are strands of their own with a machine each; its frame begins with struct swarm_frame and holds what the branch
 * needs of the task: swarm_branch() makes it, then it is filled in. From swarm_fan_begin() on (which may fail, then there is no
 * fan) all ways lead to swarm_fan_join(), also with s->exit set. The join leaves by the strongest exit of all. */

struct swarm_fan {
    void *own;
};
void swarm_fan_begin(struct swarm_strand *s, struct swarm_fan *fan, int64_t max,
                     const struct swarm_place *place); /* max: at once */
/* NULL: too many, an error. */
struct swarm_frame *swarm_branch(struct swarm_strand *s, struct swarm_fan *fan, const struct swarm_machine *machine,
                                 const struct swarm_place *place);
/* Waits until fewer than max run; behind it swarm_fan_open() says whether a further branch may begin (no: a stop). */
enum swarm_step swarm_fan_room(struct swarm_strand *s, uint32_t at, struct swarm_fan *fan);
bool swarm_fan_open(const struct swarm_fan *fan);
enum swarm_step swarm_fan_join(struct swarm_strand *s, uint32_t at, struct swarm_fan *fan);

/* ------------------------------------------------------------------ memory of values */

struct swarm_mark {
    void *chunk;
    uint32_t used;
};
struct swarm_mark swarm_mark(struct swarm_strand *s);
void swarm_reset(struct swarm_strand *s, const struct swarm_mark *mark); /* frees what the arena got since */
struct swarm_value swarm_let(struct swarm_strand *s, struct swarm_value v);
struct swarm_value swarm_copy(struct swarm_strand *s, struct swarm_value v);
void swarm_keep(struct swarm_strand *s, struct swarm_value *slot, struct swarm_value v); /* v may be of that slot */

/* ------------------------------------------------------------------ errors */

/* An error of the task (or of the block): message as printf, without the place. */
void swarm_error(struct swarm_strand *s, const struct swarm_place *place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* A name used whose save got no answer: "id is not set: POST /x got no answer" (request: "POST /x"). */
void swarm_unset(struct swarm_strand *s, const struct swarm_place *place, const char *request);

/* ------------------------------------------------------------------ making values */

static inline struct swarm_value swarm_null(void)
{
    return (struct swarm_value){.i = 0};
}
static inline struct swarm_value swarm_bool(bool b)
{
    return (struct swarm_value){.i = b, .kind = SWARM_BOOL};
}
static inline struct swarm_value swarm_int(int64_t i)
{
    return (struct swarm_value){.i = i, .kind = SWARM_INT};
}
static inline struct swarm_value swarm_float(double f)
{
    return (struct swarm_value){.f = f, .kind = SWARM_FLOAT};
}
static inline struct swarm_value swarm_duration(int64_t ns)
{
    return (struct swarm_value){.i = ns, .kind = SWARM_DURATION};
}
static inline struct swarm_value swarm_text(const char *text, uint32_t n) /* of the program: a literal */
{
    return (struct swarm_value){.text = text, .n = n, .kind = SWARM_TEXT};
}
static inline bool swarm_is_null(struct swarm_value v)
{
    return v.kind == SWARM_NULL;
}

/* For prepare(): the text as a C string that lives as long as the program; a NUL or line end in it is an error. */
const char *swarm_string(struct swarm_strand *s, struct swarm_value v, const struct swarm_place *place);

/* Texts with ${}: parts joined in the arena; each part as interpolation writes it (null: an error at `place`). */
struct swarm_value swarm_format(struct swarm_strand *s, const struct swarm_place *place,
                                const struct swarm_value *parts, uint32_t count);
/* n elements; the array is copied into the arena. */
struct swarm_value swarm_list(struct swarm_strand *s, const struct swarm_value *items, uint32_t n);
/* n entries (key, value alternating); a later key wins; a key that is null marks a spread: its value's entries go in. */
struct swarm_value swarm_object(struct swarm_strand *s, const struct swarm_place *place,
                                const struct swarm_value *entries, uint32_t n);

/* ------------------------------------------------------------------ using values: what a plain type needs
 * `json.items[0].price: wanted a number, found "n/a"` with place->what in front. */

int64_t swarm_need_int(struct swarm_strand *s, struct swarm_value v, const struct swarm_place *place);
double swarm_need_float(struct swarm_strand *s, struct swarm_value v, const struct swarm_place *place);
bool swarm_need_bool(struct swarm_strand *s, struct swarm_value v, const struct swarm_place *place);
int64_t swarm_need_duration(struct swarm_strand *s, struct swarm_value v, const struct swarm_place *place);
double swarm_need_rate(struct swarm_strand *s, struct swarm_value v, const struct swarm_place *place);
struct swarm_value swarm_need_text(struct swarm_strand *s, struct swarm_value v, const struct swarm_place *place);
struct swarm_value swarm_need_list(struct swarm_strand *s, struct swarm_value v, const struct swarm_place *place);
/* Anything but null ("x: wanted a value, found nothing"): save, attributes. */
struct swarm_value swarm_need(struct swarm_strand *s, struct swarm_value v, const struct swarm_place *place);

/* ------------------------------------------------------------------ operators
 * _int _float on plain types, the rest on values (json operands). Overflow, division by zero, NaN are errors. */

int64_t swarm_add_int(struct swarm_strand *s, int64_t a, int64_t b,
                      const struct swarm_place *place); /* durations too */
int64_t swarm_sub_int(struct swarm_strand *s, int64_t a, int64_t b, const struct swarm_place *place);
int64_t swarm_mul_int(struct swarm_strand *s, int64_t a, int64_t b, const struct swarm_place *place);
int64_t swarm_mod_int(struct swarm_strand *s, int64_t a, int64_t b,
                      const struct swarm_place *place); /* sign of a, as in C */
int64_t swarm_negate_int(struct swarm_strand *s, int64_t a, const struct swarm_place *place);
double swarm_add_float(struct swarm_strand *s, double a, double b, const struct swarm_place *place);
double swarm_sub_float(struct swarm_strand *s, double a, double b, const struct swarm_place *place);
double swarm_mul_float(struct swarm_strand *s, double a, double b, const struct swarm_place *place);
double swarm_divide(struct swarm_strand *s, double a, double b, const struct swarm_place *place);
double swarm_mod_float(struct swarm_strand *s, double a, double b, const struct swarm_place *place);
int64_t swarm_scale(struct swarm_strand *s, int64_t duration, double by,
                    const struct swarm_place *place); /* duration × number */
int64_t swarm_shrink(struct swarm_strand *s, int64_t duration, double by,
                     const struct swarm_place *place); /* duration / number */

struct swarm_value swarm_add(struct swarm_strand *s, struct swarm_value a, struct swarm_value b,
                             const struct swarm_place *place);
struct swarm_value swarm_sub(struct swarm_strand *s, struct swarm_value a, struct swarm_value b,
                             const struct swarm_place *place);
struct swarm_value swarm_mul(struct swarm_strand *s, struct swarm_value a, struct swarm_value b,
                             const struct swarm_place *place);
struct swarm_value swarm_div(struct swarm_strand *s, struct swarm_value a, struct swarm_value b,
                             const struct swarm_place *place);
struct swarm_value swarm_mod(struct swarm_strand *s, struct swarm_value a, struct swarm_value b,
                             const struct swarm_place *place);
struct swarm_value swarm_negate(struct swarm_strand *s, struct swarm_value a, const struct swarm_place *place);
/* Two texts joined in the arena (extends in place what the arena got last, so x += y in a loop is linear). */
struct swarm_value swarm_join(struct swarm_strand *s, struct swarm_value a, struct swarm_value b,
                              const struct swarm_place *place);

bool swarm_equal(struct swarm_value a,
                 struct swarm_value b); /* numbers by value, kinds that differ are not equal, deep */
/* < of values: both numbers, both texts (bytes) or both durations, else an error. Returns <0, 0, >0. */
int swarm_compare(struct swarm_strand *s, struct swarm_value a, struct swarm_value b, const struct swarm_place *place);
bool swarm_in(struct swarm_strand *s, struct swarm_value element, struct swarm_value list,
              const struct swarm_place *place);
bool swarm_contains(struct swarm_strand *s, struct swarm_value whole, struct swarm_value part,
                    const struct swarm_place *place);
/* A regular expression, compiled at the first use in a shard; the compiler has checked literal ones. */
bool swarm_matches(struct swarm_strand *s, struct swarm_value text, struct swarm_value pattern,
                   const struct swarm_place *place);

/* ------------------------------------------------------------------ looking into values */

struct swarm_value swarm_field(struct swarm_strand *s, struct swarm_value v, const char *key, uint32_t n,
                               const struct swarm_place *place); /* missing: null; v null: null; v no object: null */
struct swarm_value
swarm_index(struct swarm_strand *s, struct swarm_value v, struct swarm_value index,
            const struct swarm_place *place); /* index: a whole number or a text; out of range: null */
int64_t swarm_length(struct swarm_strand *s, struct swarm_value v, const struct swarm_place *place);
/* x.a[0] = value: a new value in which that path is set; steps are texts and whole numbers, count of them; a missing
 * object on the way is an error. */
struct swarm_value swarm_with(struct swarm_strand *s, struct swarm_value whole, const struct swarm_value *steps,
                              uint32_t count, struct swarm_value value, const struct swarm_place *place);

/* for x in list: `struct swarm_walk` is a frame field when the body waits; the list is held by it. */
struct swarm_walk {
    struct swarm_value whole; /* a list: kept alive by who made it (swarm_let before) */
    uint32_t next, offset;
};
struct swarm_walk swarm_walk(struct swarm_strand *s, struct swarm_value list, const struct swarm_place *place);
bool swarm_step_on(struct swarm_strand *s, struct swarm_walk *walk, struct swarm_value *element); /* false: over */

/* Rounds of a loop inside a fn or response block: false (and an error) after 1,000,000. */
bool swarm_round(struct swarm_strand *s, uint32_t *rounds, const struct swarm_place *place);

int64_t swarm_uniform(struct swarm_strand *s, int64_t a, int64_t b); /* a duration in [a, b) */

/* Names that are values (runtime/engine/names.c). */
int64_t swarm_user_id(struct swarm_strand *s);
struct swarm_value swarm_user_name(struct swarm_strand *s);
int64_t swarm_worker_index(struct swarm_strand *s);
int64_t swarm_run_time(struct swarm_strand *s); /* nanoseconds since the run began */
int64_t swarm_run_users(struct swarm_strand *s);

/* ------------------------------------------------------------------ variables of the file
 * Written in `on setup`, `on test_start` and `on every`, read everywhere. A shard reads its own table of immutable values
 * (runtime/engine/shared.c); what a hook writes between two waits reaches the others at once. A value that was written while
 * users run is as one of a kept slot: swarm_let() copies it. Plain types stand in a value too. */

struct swarm_value swarm_shared(struct swarm_strand *s, uint32_t index);
void swarm_share(struct swarm_strand *s, uint32_t index, struct swarm_value v);

/* ------------------------------------------------------------------ hooks of the file */

enum swarm_event {
    SWARM_ON_INIT,
    SWARM_ON_SETUP,
    SWARM_ON_TEST_START,
    SWARM_ON_SPAWNING_COMPLETE,
    SWARM_ON_EVERY,
    SWARM_ON_TEST_STOPPING,
    SWARM_ON_TEST_STOP,
    SWARM_ON_TEARDOWN,
    SWARM_ON_QUITTING,
};

struct swarm_hook {
    enum swarm_event event;
    const struct swarm_machine *machine; /* its frame is the first one of its strand */
    int64_t every;                       /* SWARM_ON_EVERY: ns, > 0 after prepare() */
};

/* What `on request` sees of a judged request: valid while it runs. */
struct swarm_judged {
    struct swarm_value method, name, url; /* url: absolute, of the request as it was sent first */
    struct swarm_value status, error;     /* null: there was no complete response; it did not fail */
    int64_t time, size, user;
};
/* What `on user_error` sees. */
struct swarm_listed {
    struct swarm_value message, place, task;
    int64_t user;
};
/* They never wait. An error in one is listed under its place and touches no user. */
typedef void swarm_on_request(struct swarm_strand *s, const struct swarm_judged *request);
typedef void swarm_on_user_error(struct swarm_strand *s, const struct swarm_listed *error);

/* ------------------------------------------------------------------ requests, bodies, verdicts */
#include <swarm/requests.h>

/* ------------------------------------------------------------------ data
 * Rows of a file, shared by all shards. The bytes are part of the program, or read at the start from beside it. */

enum swarm_format { SWARM_CSV, SWARM_ROWS_OF_JSON, SWARM_LINES };
enum swarm_strategy { SWARM_QUEUE, SWARM_CIRCULAR, SWARM_RANDOM, SWARM_SHUFFLE };

struct swarm_data {
    const char *name; /* accounts */
    const char *file; /* "accounts.csv", as the scenario says it */
    enum swarm_format format;
    enum swarm_strategy strategy;
    const char *const
        *columns; /* CSV: in order, as its first line names them; JSON: keys the scenario reads; NULL: none */
    uint32_t column_count;
    const char *bytes; /* embedded, without a byte order mark; NULL: `file` is read at the start */
    uint64_t size;
    void *state; /* of the runtime */
};

/* A row: CSV an object of texts, JSON an object, lines a text. `queue`: null when the rows have run out. */
struct swarm_value swarm_next(struct swarm_strand *s, struct swarm_data *data, const struct swarm_place *place);
/* The same for `queue` data in a machine: the row is s->result. */
enum swarm_step swarm_take(struct swarm_strand *s, uint32_t at, struct swarm_data *data,
                           const struct swarm_place *place);

/* ------------------------------------------------------------------ gates and queues: between users of any shard */

#define SWARM_NO_LIMIT INT64_MAX

struct swarm_gate {
    const char *name;
    void *state; /* of the runtime */
};
struct swarm_queue {
    const char *name;
    int64_t max; /* entries; > 0 */
    void *state; /* of the runtime */
};

/* Waits until the gate is open, at most `within` ns (SWARM_NO_LIMIT: for ever). Behind it: s->answered, it is open. */
enum swarm_step swarm_await(struct swarm_strand *s, uint32_t at, struct swarm_gate *gate, int64_t within);
void swarm_open(struct swarm_strand *s, struct swarm_gate *gate);
/* The oldest entry, waiters first come first served: s->result, and s->answered; null when none came in time. */
enum swarm_step swarm_pop(struct swarm_strand *s, uint32_t at, struct swarm_queue *queue, int64_t within);
/* Never waits; a full queue is an error. */
void swarm_push(struct swarm_strand *s, struct swarm_queue *queue, struct swarm_value v,
                const struct swarm_place *place);

/* ------------------------------------------------------------------ metrics */

enum swarm_metric_kind { SWARM_COUNTER, SWARM_TREND, SWARM_RATE, SWARM_GAUGE };
struct swarm_metric {
    const char *name;
    const char *unit; /* "" when none */
    enum swarm_metric_kind kind;
    uint32_t index; /* in swarm_program.metrics */
    void *state;    /* of the runtime */
};

/* counter += by (by >= 0, else an error); trend.add(by). A value that is a duration counts as seconds. */
void swarm_count(struct swarm_strand *s, struct swarm_metric *metric, struct swarm_value by,
                 const struct swarm_place *place);
void swarm_measure_value(struct swarm_strand *s, struct swarm_metric *metric, struct swarm_value v,
                         const struct swarm_place *place);
void swarm_observe(struct swarm_strand *s, struct swarm_metric *metric, bool condition); /* rate.add(condition) */
void swarm_gauge_set(struct swarm_strand *s, struct swarm_metric *metric, struct swarm_value v,
                     const struct swarm_place *place);
void swarm_gauge_add(struct swarm_strand *s, struct swarm_metric *metric, struct swarm_value by, int sign,
                     const struct swarm_place *place);
/* Its value, merged: of counters the sum, of trends the mean, of rates the share, of gauges the value now. Counters, trends
 * and rates as of control's last look (once a second, and before teardown). */
double swarm_metric_value(struct swarm_strand *s, const struct swarm_metric *metric);

/* ------------------------------------------------------------------ log */

enum swarm_level { SWARM_DEBUG, SWARM_INFO, SWARM_WARN, SWARM_ERROR_LEVEL };
void swarm_log(struct swarm_strand *s, enum swarm_level level, struct swarm_value v, const struct swarm_place *place);

/* ------------------------------------------------------------------ built-in functions: see compiler/check/builtins.def */
#include <swarm/functions.h>

/* ------------------------------------------------------------------ C of one's own (swarm/extension.h)
 * A fn is called in place, between the making of its context and swarm_context_end(). An action is a ticket that goes to a thread of
 * the pool; start() takes the arguments out of it and calls the C. */

struct swarm_text;
struct swarm_json;
struct swarm_ticket;

struct swarm_context {
    struct swarm_strand *s;
    const struct swarm_place *place;
    struct extern_memory {
        struct extern_piece *first;
    } memory; /* of JSON */
};
struct swarm_text swarm_extern_text(struct swarm_value v);
const struct swarm_json *swarm_extern_json(struct swarm_context *context, struct swarm_value v);
struct swarm_value swarm_from_text(struct swarm_context *context, struct swarm_text text);
struct swarm_value swarm_from_json(struct swarm_context *context, const struct swarm_json *json);
void swarm_context_end(struct swarm_context *context);

/* clang-format off */
enum swarm_c_result { SWARM_C_NOTHING, SWARM_C_INT, SWARM_C_DURATION, SWARM_C_FLOAT, SWARM_C_BOOL, SWARM_C_TEXT, SWARM_C_JSON };
/* clang-format on */
struct swarm_c_action {
    const char *name;
    uint32_t row; /* CALL name */
    enum swarm_c_result result;
    void (*start)(struct swarm_ticket *ticket);
    struct swarm_place place;
};
/* Behind the wait: s->result. A call that failed makes the runtime leave the frame, as `require` does. */
enum swarm_step swarm_call_c(struct swarm_strand *s, uint32_t at, const struct swarm_c_action *action,
                             const struct swarm_value *arguments, uint32_t count);
/* In start(): argument `index`. */
int64_t swarm_ticket_int(struct swarm_ticket *ticket, uint32_t index);
double swarm_ticket_float(struct swarm_ticket *ticket, uint32_t index);
bool swarm_ticket_bool(struct swarm_ticket *ticket, uint32_t index);
struct swarm_text swarm_ticket_text(struct swarm_ticket *ticket, uint32_t index);
const struct swarm_json *swarm_ticket_json(struct swarm_ticket *ticket, uint32_t index);

/* ------------------------------------------------------------------ shapes
 * Users or arrivals over time. A shape's stages are computed once, after prepare(): build() adds them in order, `repeat`
 * and `for` already gone through. */

enum swarm_stage_kind {
    SWARM_STAGE_JUMP, /* to `users` at `rate`, lasting `time` in all, or until reached */
    SWARM_STAGE_RAMP, /* to `users` in a straight line over `time` */
    SWARM_STAGE_HOLD,
    SWARM_STAGE_ARRIVE, /* `rate` arrivals a second, changing to `rate_to` over `time` */
    SWARM_STAGE_EVERY,  /* every `every` ns the formula says how many, for `time` */
};

/* What a formula asks for: it sets these, or stop. */
struct swarm_wish {
    int64_t users;
    double rate; /* users a second */
    bool stop;   /* the shape has run out */
};

struct swarm_stage {
    enum swarm_stage_kind kind;
    int64_t users;
    double rate, rate_to; /* JUMP: < 0: all at once */
    int64_t time;         /* ns; -1: until reached (JUMP), for ever (EVERY) */
    int64_t every;        /* ns */
    const bool *only;     /* one flag a kind: whom the number counts; NULL: all of them */
    /* elapsed: ns since the begin of its stage; loops: values of the `for`s around it, outermost first */
    void (*formula)(struct swarm_strand *s, const struct swarm_value *loops, int64_t elapsed, struct swarm_wish *wish);
    const struct swarm_value *loops; /* copied by swarm_stage() */
    uint32_t loop_count;
    const struct swarm_place *place; /* what: its source text */
};

struct swarm_stages; /* being built */
/* Adds a stage. A number that cannot be (negative users, no time) or too many stages are an error. */
void swarm_stage(struct swarm_strand *s, struct swarm_stages *stages, struct swarm_stage stage);
void swarm_at_most(struct swarm_strand *s, struct swarm_stages *stages, int64_t users, const struct swarm_place *place);

struct swarm_shape {
    const char *name; /* "" when it has none */
    int32_t kind;     /* whose own shape it is; -1: the file's */
    void (*build)(struct swarm_strand *s, struct swarm_stages *stages);
    struct swarm_place place;
};

/* ------------------------------------------------------------------ thresholds */

enum swarm_measure {
    /* clang-format off */
    SWARM_FAIL_RATIO, SWARM_FAILS, SWARM_REQUESTS, SWARM_RPS, SWARM_AVG, SWARM_MIN, SWARM_MAX, SWARM_PERCENTILE,
    SWARM_LAG_AVG, SWARM_LAG_MAX, SWARM_LAG_PERCENTILE, /* of the generator: how late its loops served timers */
    SWARM_METRIC_VALUE,      /* of a custom metric: a counter's sum, a rate's share, a gauge's value */
    SWARM_METRIC_RATE,       /* a counter's a second */
    SWARM_METRIC_MAX, SWARM_METRIC_MIN, SWARM_METRIC_AVG, SWARM_METRIC_COUNT, SWARM_METRIC_PERCENTILE,
    /* clang-format on */
};

enum swarm_comparison { SWARM_LESS, SWARM_LESS_EQUAL, SWARM_GREATER, SWARM_GREATER_EQUAL, SWARM_EQUAL };

/* What makes a row: something below an entry that is picked by weight. */
struct swarm_entry;
struct swarm_maker {
    uint32_t kind;
    const struct swarm_entry *entry; /* NULL: whatever the user picks */
};

struct swarm_threshold {
    const char *row;  /* "POST /x"; NULL: the whole run */
    const char *name; /* "p95", "basket.avg" */
    enum swarm_measure measure;
    double percentile; /* 0 < p <= 1 */
    const struct swarm_metric *metric;
    enum swarm_comparison comparison;
    double limit;                     /* times in ns */
    bool time;                        /* the limit is a duration */
    int64_t after;                    /* ns of warm-up that are left out */
    int64_t abort_after;              /* ns; -1: it does not stop the run */
    const struct swarm_maker *makers; /* of the row; NULL: not known, or the whole run */
    uint32_t maker_count;
    struct swarm_place place; /* what: its source text */
};

/* ------------------------------------------------------------------ tables */

/* How long a user waits between tasks. */
enum swarm_wait_kind {
    SWARM_WAIT_NONE,
    SWARM_WAIT_CONSTANT,
    SWARM_WAIT_UNIFORM,
    SWARM_WAIT_PACE,
    SWARM_WAIT_EXPRESSION
};
struct swarm_wait {
    enum swarm_wait_kind kind;
    int64_t a, b; /* ns: the wait, its bounds, the pace (wait rate R: pace 1/R) */
    int64_t (*eval)(struct swarm_strand *s, struct swarm_frame *group);
    struct swarm_place place;
};

enum swarm_group_kind { SWARM_GROUP_USER, SWARM_GROUP_TASKS, SWARM_GROUP_JOURNEY, SWARM_GROUP_CHAIN };

/* What may follow a task of a chain. */
struct swarm_edge {
    uint32_t to; /* index of an entry of the chain */
    int64_t weight;
};

struct swarm_group;
struct swarm_entry { /* initialise it by name: later constructs add to it */
    const char *name;
    const struct swarm_machine *machine; /* a task or step; NULL: a group */
    const struct swarm_group *group;
    int64_t weight;                 /* >= 0; set by prepare() where it is not a literal */
    uint32_t offset;                /* of its frame from the group's frame */
    const struct swarm_edge *edges; /* in a chain */
    uint32_t edge_count;
    const char *const *tags; /* its own, NULL-terminated; or NULL */
};

/* Users, groups and journeys: tables, read by one machine of the runtime. The frame of a group begins with this. */
struct swarm_group_frame {
    struct swarm_frame frame;
    uint64_t own[3]; /* of the runtime */
};

struct swarm_group {
    const char *name;
    enum swarm_group_kind kind;
    bool repeat; /* journey … repeat */
    struct swarm_entry *entries;
    uint32_t entry_count;
    const struct swarm_machine *const *on_start,
        *const *on_stop;           /* in the order in which they run; NULL-terminated, or NULL */
    uint32_t hook_offset;          /* of the hooks' frame from the group's frame */
    const struct swarm_wait *wait; /* NULL: the enclosing one */
    uint32_t size;
    const uint32_t *kept; /* offsets of kept slots in the group's frame */
    uint32_t kept_count;
    void (*init)(struct swarm_strand *s, struct swarm_frame *group); /* sets its vars on entry; may fail; or NULL */
    const char *file;
    uint32_t line;
};

/* Who carries a kind's requests. A program links the engines that its kinds name and no other. `tls` is what the native
 * engine needs for https; without it such a request fails and says so. */
struct exchange_engine;
struct exchange_tls;
extern const struct exchange_engine swarm_curl_engine, swarm_native_engine;
extern const struct exchange_tls swarm_tls;

/* What undoes content codings of bodies that blocks read: gzip and deflate; br. */
struct decode_coding;
extern const struct decode_coding swarm_zlib, swarm_brotli;

/* http { } of a kind, file's and its own merged; values computed by prepare() where they are not literals. */
struct swarm_http {
    const struct exchange_engine *engine; /* NULL: no request is in the program */
    const struct exchange_tls *tls;       /* of the native engine, NULL: https is not linked */
    const struct swarm_header *headers;
    uint32_t header_count;
    int64_t timeout, connect_timeout, backoff, max_body; /* -1: the default */
    int32_t retries, connections;                        /* -1: the default */
    int8_t follow, verify, keep_alive, tls_resume;       /* enum swarm_switch */
    int8_t compressed;
    uint8_t auth;                                          /* enum swarm_auth */
    const char *auth_a, *auth_b, *ca, *cert, *key, *proxy; /* NULL: none */
    const char *version;                                   /* "1.1" "2" "any"; NULL: unsaid */
};

struct swarm_kind_of_user {
    const char *name;
    const struct swarm_group *group; /* kind SWARM_GROUP_USER */
    uint32_t size;                   /* of its state, which begins with the group's frame */
    int64_t weight, count;           /* count -1: by weight */
    const char *target;              /* its own or the file's; NULL: none */
    struct swarm_http http;
    const char *needs_host; /* "checkout.swarm:12" of a relative URL it can reach; NULL: needs none */
    int64_t visits;         /* picks of one visit under arrivals; 0: unsaid, one */
};

struct swarm_row {
    const char *type, *name;
};

/* clang-format off */
enum swarm_option_type { SWARM_OPTION_INT, SWARM_OPTION_FLOAT, SWARM_OPTION_BOOL, SWARM_OPTION_STRING, SWARM_OPTION_DURATION, SWARM_OPTION_SIZE, SWARM_OPTION_RATE };
/* clang-format on */
struct swarm_option {
    const char *name; /* as declared: page_size → --page-size, SWARM_PAGE_SIZE */
    enum swarm_option_type type;
    const char *help;           /* "" when none */
    const char *default_text;   /* for --help */
    const char *const *choices; /* NULL-terminated texts, or NULL */
    bool secret;
    void *value; /* int64_t, double, bool, struct swarm_value; holds the default */
};

struct swarm_program {
    uint32_t abi;
    const char *source;  /* "checkout.swarm" */
    const char *version; /* of swarmc */
    const char *hash;    /* "sha256:…" of the sources, the scenario first, then what it imports */
    struct swarm_kind_of_user *kinds;
    uint32_t kind_count;
    const struct swarm_row *rows;
    uint32_t row_count;
    bool makes_rows; /* some request names its row while running */
    const struct swarm_option *options;
    uint32_t option_count;
    struct swarm_data *const *data;
    uint32_t data_count;
    struct swarm_large *const *large; /* bodies and parts to read at the start */
    uint32_t large_count;
    struct swarm_gate *const *gates;
    uint32_t gate_count;
    struct swarm_queue *const *queues;
    uint32_t queue_count;
    struct swarm_metric *const *metrics; /* metrics[i]->index == i */
    uint32_t metric_count;
    const struct swarm_shape *shapes; /* the file's, in order, then those of kinds */
    uint32_t shape_count;
    struct swarm_threshold *thresholds;
    uint32_t threshold_count;
    const struct swarm_hook *hooks; /* in the order in which they begin; those of the run's end run backwards */
    uint32_t hook_count;
    const struct swarm_kind_of_user *hook_user; /* whom the hooks that send run as, with the file's target and http:
                                                   kinds[kind_count]; NULL: none sends */
    swarm_on_request *const *on_request;        /* NULL-terminated, or NULL */
    swarm_on_user_error *const *on_user_error;
    const struct decode_coding *const *codings; /* NULL-terminated: those that requests ask for; NULL: none */
    const char *const *origins; /* NULL-terminated: "https://HOST" of absolute URLs that are known; NULL: none */
    struct swarm_value *shared; /* the first values of the file's variables */
    uint32_t shared_count;
    /* After the options: computes consts, top-level vars and what tables leave open. Errors end the program (exit 2). */
    void (*prepare)(struct swarm_strand *s);
};

/* The whole program: reads the command line, runs, reports; returns the exit code. */
int swarm_main(const struct swarm_program *program, int argc, char **argv);

#endif
