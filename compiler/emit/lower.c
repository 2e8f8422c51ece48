#include "lower.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

/* Sizes of what program.h declares, on a 64-bit machine. */
static const struct {
    const char *name;
    uint32_t size, align;
} c_types[] = {
    {"bool", 1, 1},
    {"uint8_t", 1, 1},
    {"uint32_t", 4, 4},
    {"int64_t", 8, 8},
    {"uint64_t", 8, 8},
    {"double", 8, 8},
    {"struct swarm_value", 16, 8},
    {"struct swarm_walk", 24, 8},
    {"struct swarm_mark", 16, 8},
    {"struct swarm_poll", 32, 8},
    {"struct swarm_transaction", 16, 8},
    {"struct swarm_fan", 8, 8},
};
enum { FRAME_SIZE = 16, GROUP_FRAME_SIZE = 40 };

/* Words of C and of the compilers in single lower-case words; no generated name begins with swarm_ either. */
static const char *const taken[] = {
    "asm",   "auto",   "bool",     "break",  "case",     "char",   "const",    "continue", "default",
    "do",    "double", "else",     "enum",   "extern",   "false",  "float",    "for",      "goto",
    "if",    "inline", "int",      "linux",  "long",     "main",   "register", "restrict", "return",
    "short", "signed", "sizeof",   "static", "struct",   "switch", "true",     "typedef",  "typeof",
    "union", "unix",   "unsigned", "void",   "volatile", "while",  "i386",     "errno",
};

static bool name_taken(const struct lower *lower, const char *name)
{
    if (strncmp(name, "swarm", 5) == 0) {
        return true;
    }
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
        if (strcmp(taken[i], name) == 0) {
            return true;
        }
    }
    for (size_t i = 0; i < lower->name_count; i++) {
        if (lower->names[i] == name) {
            return true;
        }
    }
    return false;
}

const char *lower_snake(struct arena *arena, const char *name)
{
    struct text out = {0};

    for (const char *p = name; *p; p++) {
        unsigned char c = (unsigned char)*p;
        bool begins = isupper(c) && p > name && (islower((unsigned char)p[-1]) || isdigit((unsigned char)p[-1]));
        if (begins) {
            text_add(&out, "_", 1);
        }
        char lower_case = isalnum(c) ? (char)tolower(c) : '_';
        text_add(&out, &lower_case, 1);
    }
    const char *copy = arena_copy(arena, out.p ? out.p : "", out.n);
    text_free(&out);
    return copy;
}

const char *lower_name(struct lower *lower, const char *wanted)
{
    const char *name = arena_intern(lower->arena, wanted, strlen(wanted));

    if (strncmp(name, "swarm", 5) == 0) {
        wanted = arena_format(lower->arena, "my_%s", wanted);
        name = arena_intern(lower->arena, wanted, strlen(wanted));
    }
    for (unsigned i = 2; name_taken(lower, name); i++) {
        const char *other = arena_format(lower->arena, "%s_%u", wanted, i);
        name = arena_intern(lower->arena, other, strlen(other));
    }
    if (lower->name_count == lower->name_room) {
        size_t room = lower->name_room ? lower->name_room * 2 : 64;
        const char **names = ARENA_ARRAY(lower->arena, const char *, room);
        if (lower->name_count) {
            memcpy(names, lower->names, lower->name_count * sizeof *names);
        }
        lower->names = names;
        lower->name_room = room;
    }
    lower->names[lower->name_count++] = name;
    return name;
}

void lower_init(struct lower *lower, struct unit *unit)
{
    *lower = (struct lower){.arena = unit->arena, .unit = unit};
    lower->last_home = &lower->homes;
    lower->last_frame = &lower->frames;
}

static void begin_extent(struct extent *extent, struct extent *outer)
{
    extent->outer = outer;
    extent->last_field = &extent->fields;
    extent->last_inner = &extent->inner;
}

struct frame *lower_frame(struct lower *lower, const char *tag, bool group)
{
    struct frame *frame = ARENA_NEW(lower->arena, struct frame);

    frame->tag = tag;
    frame->group = group;
    frame->last_field = &frame->fields;
    frame->last_member = &frame->members;
    begin_extent(&frame->whole, NULL);
    frame->extent = &frame->whole;
    return frame;
}

void lower_enter(struct lower *lower, struct frame *frame)
{
    struct extent *extent = ARENA_NEW(lower->arena, struct extent);

    begin_extent(extent, frame->extent);
    extent->link = frame->extent->last_inner;
    *extent->link = extent;
    frame->extent->last_inner = &extent->next;
    frame->extent = extent;
}

void lower_leave(struct frame *frame)
{
    struct extent *extent = frame->extent;

    frame->extent = extent->outer;
    if (!extent->fields && !extent->inner) { /* it is the last one */
        *extent->link = NULL;
        extent->outer->last_inner = extent->link;
    }
}

static bool field_named(const struct frame *frame, const char *name)
{
    for (const struct field *field = frame->fields; field; field = field->next) {
        if (strcmp(field->name, name) == 0) {
            return true;
        }
    }
    return false;
}

static struct field *add_field(struct lower *lower, struct frame *frame, struct extent *extent, const char *wanted,
                               const char *type)
{
    struct field *field = ARENA_NEW(lower->arena, struct field);

    field->name = wanted;
    for (unsigned i = 2; field_named(frame, field->name); i++) {
        field->name = arena_format(lower->arena, "%s_%u", wanted, i);
    }
    field->type = type;
    for (size_t i = 0; i < sizeof c_types / sizeof *c_types; i++) {
        if (strcmp(c_types[i].name, type) == 0) {
            field->size = c_types[i].size;
            field->align = c_types[i].align;
        }
    }
    if (type[strlen(type) - 1] == '*') {
        field->size = field->align = 8;
    }
    *frame->last_field = field;
    frame->last_field = &field->next;
    *extent->last_field = field;
    extent->last_field = &field->beside;
    return field;
}

struct field *lower_field(struct lower *lower, struct frame *frame, const char *wanted, const char *type, bool kept)
{
    struct field *field = add_field(lower, frame, &frame->whole, wanted, type);

    field->kept = kept;
    return field;
}

struct field *lower_scoped(struct lower *lower, struct frame *frame, const char *wanted, const char *type)
{
    return add_field(lower, frame, frame->extent, wanted, type);
}

const char *lower_member(struct lower *lower, struct frame *outer, struct frame *inner, const char *wanted)
{
    const char *name = wanted;

    for (const struct member *member = outer->members; member; member = member->next) {
        if (member->frame == inner) {
            return member->name;
        }
    }
    for (unsigned i = 2;; i++) {
        bool clash = false;
        for (const struct member *member = outer->members; member; member = member->next) {
            clash |= strcmp(member->name, name) == 0;
        }
        if (!clash) {
            break;
        }
        name = arena_format(lower->arena, "%s_%u", wanted, i);
    }
    struct member *member = ARENA_NEW(lower->arena, struct member);
    member->name = name;
    member->frame = inner;
    *outer->last_member = member;
    outer->last_member = &member->next;
    return name;
}

void lower_add_frame(struct lower *lower, struct frame *frame)
{
    *lower->last_frame = frame;
    lower->last_frame = &frame->next;
}

static uint32_t align_up(uint32_t n, uint32_t align)
{
    return (n + align - 1) / align * align;
}

bool lower_shares(const struct extent *extent)
{
    return extent->inner && extent->inner->next;
}

static uint32_t alignment(const struct extent *extent)
{
    uint32_t align = 1;

    for (const struct field *field = extent->fields; field; field = field->beside) {
        align = field->align > align ? field->align : align;
    }
    for (const struct extent *inner = extent->inner; inner; inner = inner->next) {
        uint32_t wanted = alignment(inner);
        align = wanted > align ? wanted : align;
    }
    return align;
}

/* Where an extent ends that begins at `at`, as C places it. */
static uint32_t place(const struct extent *extent, uint32_t at)
{
    uint32_t size = 0, align = 1;

    for (const struct field *field = extent->fields; field; field = field->beside) {
        at = align_up(at, field->align) + field->size;
    }
    if (!lower_shares(extent)) {
        return extent->inner ? place(extent->inner, at) : at;
    }
    for (const struct extent *inner = extent->inner; inner; inner = inner->next) {
        uint32_t own = lower_extent_size(inner), wanted = alignment(inner);
        size = own > size ? own : size;
        align = wanted > align ? wanted : align;
    }
    return align_up(at, align) + align_up(size, align);
}

uint32_t lower_extent_size(const struct extent *extent)
{
    return align_up(place(extent, 0), alignment(extent));
}

void lower_layout(struct frame *frame)
{
    uint32_t at, largest = 0;

    if (frame->laid_out) {
        return;
    }
    at = place(&frame->whole, frame->group ? GROUP_FRAME_SIZE : FRAME_SIZE);
    for (struct member *member = frame->members; member; member = member->next) {
        lower_layout(member->frame);
        if (member->frame->size > largest) {
            largest = member->frame->size;
        }
    }
    if (frame->members) {
        at = align_up(at, 8);
    }
    frame->size = align_up(at + largest, 8);
    frame->laid_out = true;
}

struct home *lower_home(struct lower *lower, const struct decl *decl)
{
    for (struct home *home = lower->homes; home; home = home->next) {
        if (home->decl == decl) {
            return home;
        }
    }
    return NULL;
}

struct variable *lower_variable(struct lower *lower, const struct symbol *symbol)
{
    if (symbol->index >= lower->variable_count) {
        size_t count = lower->variable_count ? lower->variable_count : 64;
        while (count <= symbol->index) {
            count *= 2;
        }
        struct variable *variables = ARENA_ARRAY(lower->arena, struct variable, count);
        if (lower->variable_count) {
            memcpy(variables, lower->variables, lower->variable_count * sizeof *variables);
        }
        lower->variables = variables;
        lower->variable_count = count;
    }
    return &lower->variables[symbol->index];
}

const char *c_type(struct type type)
{
    switch (type_c(type)) {
    case C_VOID:
        return "void";
    case C_BOOL:
        return "bool";
    case C_INT:
        return "int64_t";
    case C_FLOAT:
        return "double";
    default:
        return "struct swarm_value";
    }
}
