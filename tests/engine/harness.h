/* For the unit tests of the engine: a shard driven by hand under a clock of ours, and tasks that are scripts.
 *
 * A script is a text with one letter an action. Alternatives are separated by '|': the n-th run of the task
 * takes the n-th one, further runs the last. Each run leaves "NAME" in the trace, each letter what is said
 * here:
 *
 *     s  sleep 100 ms                    S  sleep 1 s, then "+"       y  yield
 *     f  an operation of 300 ms that a soft stop lets finish, then "f"; "x" when it is cut off
 *     m  what follows is measured: leaving it steps the pad, "m"
 *     e  an error of the task            q  require that does not hold
 *     r  reschedule    i  interrupt      w  interrupt after wait       u  stop user
 */
#ifndef SWARM_TESTS_HARNESS_H
#define SWARM_TESTS_HARNESS_H

#include "engine/shard.h"
#include "engine/strand.h"
#include "stats/stats.h"
#include "tap.h"

#define MS SWARM_MS

static int64_t test_now;
static int64_t test_clock(void)
{
    return test_now;
}

/* ---- trace ---- */

static char trace[16384];

static TAP_UNUSED void say(const char *what)
{
    size_t used = strlen(trace);

    snprintf(trace + used, sizeof trace - used, "%s%s", used ? " " : "", what);
}

/* With the milliseconds since the begin. */
static TAP_UNUSED void say_at(const char *what)
{
    char text[64];

    snprintf(text, sizeof text, "%s@%lld", what, (long long)(test_now / MS));
    say(text);
}

static TAP_UNUSED bool with_times;

/* ---- scripts ---- */

struct script {
    struct swarm_machine machine; /* first */
    const char *text;
    unsigned runs;
};

struct script_frame {
    struct swarm_frame frame;
    const char *next;
    struct swarm_value kept; /* holds a text of its own while the frame lives */
};

enum { POINT_PLAIN = 1, POINT_MEASURED = 2, POINT_PAD = 3 };
static const struct swarm_point script_points[] = {{1, 0}, {1, 0}, {2, POINT_PAD}, {3, 0}};
static const uint32_t script_kept[] = {offsetof(struct script_frame, kept)};
static const struct swarm_place script_place = {"test.swarm", 7, "x"};

static void slow_cut(struct strand *strand)
{
    (void)strand;
    say("x");
}
static void slow_over(struct strand *strand)
{
    say("f");
    strand_complete(strand);
}
static const struct operation slow = {.name = "slow", .cancel = slow_cut, .expired = slow_over, .finishes = true};

static enum swarm_step slow_start(struct swarm_strand *s, uint32_t at)
{
    struct strand *strand = strand_of(s);

    if (!strand_begin(strand, at)) {
        return strand_stopped(strand);
    }
    strand_timeout(strand, test_now + 300 * MS);
    return strand_wait(strand, &slow, NULL);
}

static const char *alternative(struct script *script)
{
    const char *text = script->text;

    for (unsigned i = 0; i < script->runs && strchr(text, '|'); i++) {
        text = strchr(text, '|') + 1;
    }
    script->runs++;
    return text;
}

static TAP_UNUSED enum swarm_step script_step(struct swarm_strand *s, struct swarm_frame *base)
{
    struct script_frame *f = (struct script_frame *)base;
    struct script *script = (struct script *)base->machine;
    uint32_t at = base->at == POINT_MEASURED ? POINT_MEASURED : POINT_PLAIN;

    if (base->at == POINT_PAD) {
        say("m");
        return swarm_leave(s, 0);
    }
    if (!f->next) {
        f->next = alternative(script);
        (with_times ? say_at : say)(script->machine.name);
        swarm_keep(
            s, &f->kept,
            (struct swarm_value){.text = "a text that is kept", .n = 19, .kind = SWARM_TEXT, .owner = SWARM_VIEW});
    }
    for (;;) {
        switch (*f->next) {
        case '\0':
        case '|':
            return SWARM_DONE;
        case 's':
            f->next++;
            return swarm_sleep(s, at, 100 * MS);
        case 'S':
            f->next++;
            return swarm_sleep(s, at, SWARM_S);
        case 'y':
            f->next++;
            return swarm_yield(s, at);
        case 'f':
            f->next++;
            return slow_start(s, at);
        case 'm':
            at = POINT_MEASURED;
            f->next++;
            break;
        case 'e':
            swarm_error(s, &script_place, "an error");
            return swarm_leave(s, at == POINT_MEASURED ? POINT_PAD : 0);
        case 'q':
            swarm_exit_with(s, SWARM_REQUIRED);
            return swarm_leave(s, at == POINT_MEASURED ? POINT_PAD : 0);
        case 'r':
            return swarm_reschedule(s);
        case 'i':
            return swarm_interrupt(s, false);
        case 'w':
            return swarm_interrupt(s, true);
        case 'u':
            return swarm_stop_user(s);
        default:
            bail_out("no such action: %c", *f->next);
        }
    }
}

#define SCRIPT(label, actions)                                                                                         \
    {                                                                                                                  \
        .machine = {.step = script_step,                                                                               \
                    .name = (label),                                                                                   \
                    .points = script_points,                                                                           \
                    .point_count = 4,                                                                                  \
                    .size = sizeof(struct script_frame),                                                               \
                    .kept = script_kept,                                                                               \
                    .kept_count = 1,                                                                                   \
                    .file = "test.swarm"},                                                                             \
        .text = (actions)                                                                                              \
    }

/* ---- a shard ---- */

static struct shard test_shard;
static struct run_config test_config;
static struct swarm_program test_program;
static struct swarm_kind_of_user test_kinds[4];

/* Opens a shard with `count` kinds, which are in test_kinds. */
static TAP_UNUSED void open_shard(uint32_t count)
{
    test_now = 0;
    trace[0] = '\0';
    clock_replace(test_clock);
    test_program = (struct swarm_program){.abi = SWARM_ABI, .kinds = test_kinds, .kind_count = count};
    test_config = (struct run_config){.program = &test_program, .seed = 1};
    test_config.rows = stats_rows_create(NULL, 0);
    shard_open(&test_shard, &test_config, 0);
}

static TAP_UNUSED void close_shard(void)
{
    shard_close(&test_shard);
    stats_rows_free(test_config.rows);
    clock_replace(NULL);
}

/* Turns until nothing is left to do before `until` (ns), and sets the clock there. */
static TAP_UNUSED void run_until(int64_t until)
{
    for (;;) {
        int64_t next;

        while (shard_turn(&test_shard)) {
        }
        next = timers_next(&test_shard.timers);
        if (next > until) {
            break;
        }
        if (next > test_now) {
            test_now = next;
        }
    }
    test_now = until;
    shard_turn(&test_shard);
}

/* What the shard has counted, folded: the caller unrefs it. */
static TAP_UNUSED struct stats_snapshot *counted(void)
{
    const char *names[4] = {"A", "B", "C", "D"};
    struct stats *stats = stats_create(names, test_program.kind_count);
    struct stats_snapshot *snap;
    size_t size;
    void *delta = recorder_take(test_shard.recorder, &size);

    stats_begin(stats, 0, 0);
    stats_fold(stats, delta, size);
    free(delta);
    snap = stats_take_snapshot(stats, SWARM_S, 1000);
    stats_free(stats);
    return snap;
}

#endif
