#include "lower.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "tree/arena.h"

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
        bool begins =
            isupper(c) && p > name && (islower((unsigned char)p[-1]) || isdigit((unsigned char)p[-1]));
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

struct frame *lower_frame(struct lower *lower, const char *tag, bool group)
{
    struct frame *frame = ARENA_NEW(lower->arena, struct frame);

    frame->tag = tag;
    frame->group = group;
    frame->last_field = &frame->fields;
    frame->last_member = &frame->members;
    return frame;
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

struct field *lower_field(struct lower *lower, struct frame *frame, const char *wanted, const char *type,
                          bool kept)
{
    struct field *field = ARENA_NEW(lower->arena, struct field);

    field->name = wanted;
    for (unsigned i = 2; field_named(frame, field->name); i++) {
        field->name = arena_format(lower->arena, "%s_%u", wanted, i);
    }
    field->type = type;
    field->kept = kept;
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
    return field;
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

void lower_layout(struct frame *frame)
{
    uint32_t at = frame->group ? GROUP_FRAME_SIZE : FRAME_SIZE;
    uint32_t largest = 0;

    if (frame->laid_out) {
        return;
    }
    for (struct field *field = frame->fields; field; field = field->next) {
        at = align_up(at, field->align);
        field->offset = at;
        at += field->size;
    }
    for (struct member *member = frame->members; member; member = member->next) {
        lower_layout(member->frame);
        if (member->frame->size > largest) {
            largest = member->frame->size;
        }
    }
    if (frame->members) {
        at = align_up(at, 8);
    }
    frame->union_offset = at;
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
