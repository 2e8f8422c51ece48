/* --explain-memory: the bytes of a user of each kind, from the same layout that the generated C asserts. */
#include "emit.h"

#include <inttypes.h>
#include <string.h>

enum {
    NAME_WIDTH = 40,
    BLOCK_HEAD = 8, /* what the allocator keeps of a block, and to what it rounds */
    BLOCK_ROUND = 16,
};

static void line(struct text *out, unsigned depth, const char *name, uint32_t bytes)
{
    text_printf(out, "  %*s%-*s %7" PRIu32, (int)(2 * depth), "", (int)(NAME_WIDTH - 2 * depth), name, bytes);
}

static const char *part_name(struct arena *arena, const char *member)
{
    static const char *const suffixes[][2] = {
        {"_task", "task "}, {"_step", "step "}, {"_group", "journey "}, {"_call", "action "}};
    size_t n = strlen(member);

    if (strncmp(member, "on_start", 8) == 0 || strncmp(member, "on_stop", 7) == 0) {
        return strncmp(member, "on_start", 8) == 0 ? "on start" : "on stop";
    }
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        size_t length = strlen(suffixes[i][0]);
        if (n > length && strcmp(member + n - length, suffixes[i][0]) == 0) {
            return arena_format(arena, "%s%.*s", suffixes[i][1], (int)(n - length), member);
        }
    }
    return member;
}

/* The fields of an extent and of the largest one in it. */
static void extent_fields(struct text *out, const struct extent *extent, const char **between)
{
    const struct extent *largest = extent->inner;

    for (const struct field *field = extent->fields; field; field = field->beside) {
        text_printf(out, "%s%s %" PRIu32, *between, field->name, field->size);
        *between = ", ";
    }
    for (const struct extent *inner = extent->inner; inner; inner = inner->next) {
        if (lower_extent_size(inner) > lower_extent_size(largest)) {
            largest = inner;
        }
    }
    if (largest) {
        extent_fields(out, largest, between);
    }
}

/* What a frame holds beside its head: state of loops and fans, variables, saves; of statements that share one place the largest. */
static void fields(struct text *out, const struct frame *frame)
{
    const char *between = "   ";

    extent_fields(out, &frame->whole, &between);
    text_puts(out, "\n");
}

/* A part's own bytes, and of those that share one place the largest, which counts. */
static void part(struct arena *arena, struct text *out, const struct frame *frame, const char *name, unsigned depth)
{
    const struct member *largest = NULL;

    for (const struct member *member = frame->members; member; member = member->next) {
        if (!largest || member->frame->size > largest->frame->size) {
            largest = member;
        }
    }
    line(out, depth, name, frame->size - (largest ? largest->frame->size : 0));
    fields(out, frame);
    if (largest) {
        part(arena, out, largest->frame, part_name(arena, largest->name), depth + 1);
    }
}

static void total(struct text *out, const char *name, uint32_t bytes)
{
    line(out, 0, name, bytes);
    text_puts(out, "\n");
}

/* Blocks of their own while a `parallel` runs: they are on top of the user. */
static void branches(struct emit *em, struct text *out, const struct kind *kind)
{
    for (const struct frame *frame = em->lower.frames; frame; frame = frame->next) {
        if (frame->branch_of == kind) {
            uint32_t bytes = EMIT_BRANCH_BASE + frame->size + BLOCK_HEAD;

            bytes = (bytes + BLOCK_ROUND - 1) / BLOCK_ROUND * BLOCK_ROUND;
            line(out, 0, arena_format(em->arena, "and each branch of `parallel`, line %" PRIu32, frame->branch_line),
                 bytes);
            fields(out, frame);
        }
    }
}

void emit_memory(struct emit *em, struct text *out)
{
    text_puts(out, "Bytes of one user that has not sent a request yet, along its largest path. On top of it come the "
                   "contents of saved\n"
                   "texts and JSON, and from the first request on its session: connections, cookies, headers.\n");
    for (const struct kind *kind = em->unit->info->kinds; kind; kind = kind->next) {
        const struct home *home = lower_home(&em->lower, kind->decl);

        text_printf(out, "\nuser %s\n", kind->name);
        total(out, "base", EMIT_USER_BASE);
        part(em->arena, out, home->frame, "state", 0);
        total(out, "place in the list of all users", EMIT_USER_PLACE);
        total(out, "place among the timers", EMIT_USER_TIMER);
        total(out, "in all", EMIT_USER_BASE + home->frame->size + EMIT_USER_PLACE + EMIT_USER_TIMER);
        branches(em, out, kind);
    }
}
