/* Step machines: the function, its resume points, its kept slots, its struct. */
#include "emit.h"

#include <inttypes.h>
#include <string.h>

struct machine *machine_of(struct emit *em, const struct decl *decl)
{
    for (unsigned i = 0; i < em->machine_count; i++) {
        if (em->machines[i]->decl == decl) {
            return em->machines[i];
        }
    }
    return NULL;
}

static void add_machine(struct emit *em, struct machine *machine)
{
    if (em->machine_count == em->machine_room) {
        unsigned room = em->machine_room ? em->machine_room * 2 : 32;
        struct machine **machines = ARENA_ARRAY(em->arena, struct machine *, room);
        if (em->machine_count) {
            memcpy(machines, em->machines, em->machine_count * sizeof(struct machine *));
        }
        em->machines = machines;
        em->machine_room = room;
    }
    em->machines[em->machine_count++] = machine;
}

unsigned kept_count(const struct frame *frame)
{
    unsigned n = 0;

    for (const struct field *slot = frame->fields; slot; slot = slot->next) {
        n += slot->kept;
    }
    return n;
}

void emit_kept(struct emit *em, const struct frame *frame, const char *name)
{
    if (kept_count(frame) == 0) {
        return;
    }
    write_open(&em->code, "static const uint32_t %s_kept[] = {", name);
    for (const struct field *slot = frame->fields; slot; slot = slot->next) {
        if (slot->kept) {
            write_line(&em->code, "offsetof(struct %s, %s),", frame->tag, slot->name);
        }
    }
    write_close(&em->code, "};");
}

static void write_points(struct emit *em, const struct machine *machine)
{
    struct text line = {0};

    for (unsigned i = 0; i < machine->point_count; i++) {
        text_printf(&line, "%s{%" PRIu32 ", %u}", i ? ", " : "", machine->points[i].line, machine->points[i].pad);
    }
    write_line(&em->code, "static const struct swarm_point %s_points[] = {%s};", machine->name, line.p);
    text_free(&line);
}

static void write_machine(struct emit *em, const struct machine *machine, const char *title)
{
    unsigned kept = kept_count(machine->frame);

    write_points(em, machine);
    emit_kept(em, machine->frame, machine->name);
    write_open(&em->code, "static const struct swarm_machine %s_machine = {", machine->name);
    write_line(&em->code, ".step = %s_step,", machine->name);
    write_line(&em->code, ".name = %s,", c_string(em->arena, title));
    write_line(&em->code, ".points = %s_points,", machine->name);
    write_line(&em->code, ".point_count = %u,", machine->point_count);
    write_line(&em->code, ".size = sizeof(struct %s),", machine->frame->tag);
    if (kept) {
        write_line(&em->code, ".kept = %s_kept,", machine->name);
        write_line(&em->code, ".kept_count = %u,", kept);
    }
    write_line(&em->code, ".file = %s,", c_string(em->arena, emit_file_of(em, machine->decl->span)));
    write_close(&em->code, "};");
    write_blank(&em->code);
}

static void place_params(struct emit *em, const struct decl *decl)
{
    for (const struct param *param = decl->params; param; param = param->next) {
        if (param->symbol->constness != CONST_KNOWN) {
            (void)emit_variable(em, param->symbol);
        }
    }
}

static bool ends_with_return(const struct block *block)
{
    const struct stmt *last = block ? block->first : NULL;

    while (last && last->next) {
        last = last->next;
    }
    return last && last->kind == STMT_RETURN;
}

void machine_finish(struct emit *em, struct machine *machine, const char *title, const char *frame)
{
    struct function *fn = em->fn;
    const char *name = arena_format(em->arena, "%s_step", machine->name);

    if (machine->point_count > 1) {
        struct writer whole = {0};
        write_open(&whole, "switch (%s->frame.at) {\ncase 0:;", frame);
        write_append(&whole, &fn->body);
        if (fn->pads.lines) {
            write_line(&whole, "return SWARM_DONE;");
            write_append(&whole, &fn->pads);
        }
        write_close(&whole, "}");
        write_free(&fn->body);
        write_free(&fn->pads);
        fn->body = whole;
    }
    write_line(&fn->body, "return SWARM_DONE;");
    function_end(em, "enum swarm_step", name, "struct swarm_strand *s, struct swarm_frame *base");
    write_machine(em, machine, title);
}

struct machine *emit_machine(struct emit *em, const struct decl *decl, const char *name, const char *title,
                             struct home *home)
{
    struct machine *machine = ARENA_NEW(em->arena, struct machine);
    struct function fn = {.machine = machine,
                          .kind = home ? home->kind : NULL,
                          .leave = "return swarm_leave(s, 0);",
                          .measured = has_measure(decl->body)};

    machine->decl = decl;
    machine->name = name;
    machine->frame = lower_frame(&em->lower, name, false);
    machine->home = home;
    if (decl->kind == DECL_ACTION && decl->symbol) {
        fn.result = decl->symbol->type;
    } else {
        fn.result = type_kind(TYPE_VOID);
    }
    lower_body(&em->lower, decl);
    function_begin(em, &fn, IN_MACHINE);
    emit_point(em, decl->span);
    if (decl->kind == DECL_ACTION) {
        place_params(em, decl);
    }
    if (decl->foreign) {
        emit_extern_body(em, decl);
    } else {
        emit_block(em, decl->body);
    }
    if (type_c(fn.result) != C_VOID && !ends_with_return(decl->body) && !decl->foreign) {
        write_line(&fn.body, "s->result = swarm_null();");
    }
    machine_finish(em, machine, title, "f");
    lower_add_frame(&em->lower, machine->frame);
    add_machine(em, machine);
    return machine;
}

/* ------------------------------------------------------------------ structs */

/* Statements that share a place are structs in a union, without names, so that a field is reached as any
 * other. */
static void write_extent(struct writer *w, const struct extent *extent)
{
    for (const struct field *field = extent->fields; field; field = field->beside) {
        write_line(w, "%s %s;", field->type, field->name);
    }
    if (!lower_shares(extent)) {
        if (extent->inner) {
            write_extent(w, extent->inner);
        }
        return;
    }
    write_open(w, "union {");
    for (const struct extent *inner = extent->inner; inner; inner = inner->next) {
        write_open(w, "struct {");
        write_extent(w, inner);
        write_close(w, "};");
    }
    write_close(w, "};");
}

static void write_frame(struct emit *em, struct frame *frame)
{
    struct writer *w = &em->structs;

    lower_layout(frame);
    write_open(w, "struct %s {", frame->tag);
    write_line(w, "%s;", frame->group ? "struct swarm_group_frame group" : "struct swarm_frame frame");
    write_extent(w, &frame->whole);
    if (frame->members) {
        write_open(w, "union {");
        for (const struct member *member = frame->members; member; member = member->next) {
            write_line(w, "struct %s %s;", member->frame->tag, member->name);
        }
        write_close(w, "} %s;", frame->group ? "part" : "call");
    }
    write_close(w, "};");
    write_line(w, "_Static_assert(sizeof(struct %s) == %" PRIu32 ", \"swarmc and the C compiler agree on its size\");",
               frame->tag, frame->size);
    write_blank(w);
}

void emit_frames(struct emit *em)
{
    for (struct frame *frame = em->lower.frames; frame; frame = frame->next) {
        write_frame(em, frame);
    }
}
