/* Names and places in the generated C. */
#include "emit.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void emit_broken(struct emit *em, struct span span, const char *format, ...)
{
    va_list args;

    fprintf(stderr, "%s:%" PRIu32 ": internal error: ", emit_file_of(em, span), emit_line_of(em, span));
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputs("\nThis is a bug of swarmc; please report it with the scenario.\n", stderr);
    exit(70); /* EX_SOFTWARE of sysexits.h */
}

unsigned count_up(struct emit *em, struct counts *counts, const char *key)
{
    const char *name = arena_intern(em->arena, key, strlen(key));
    struct count_of **at = &counts->buckets[((uintptr_t)name >> 4) % 64];

    for (; *at; at = &(*at)->next) {
        if ((*at)->key == name) {
            return ++(*at)->count;
        }
    }
    *at = ARENA_NEW(em->arena, struct count_of);
    (*at)->key = name;
    return 0;
}

/* a, b … z, ba, bb … */
static const char *letters(struct arena *arena, unsigned n)
{
    char text[12];
    size_t at = sizeof text;

    text[--at] = '\0';
    do {
        text[--at] = (char)('a' + n % 26);
        n /= 26;
    } while (n > 0);
    return arena_format(arena, "%s", text + at);
}

uint32_t emit_line_of(const struct emit *em, struct span span)
{
    return span.file < em->unit->sources.count ? source_line(&em->unit->sources.file[span.file], span.from) : 0;
}

const char *emit_file_of(const struct emit *em, struct span span)
{
    return span.file < em->unit->sources.count ? em->unit->sources.file[span.file].path : "?";
}

const char *emit_unique(struct emit *em, const char *stem, struct span span)
{
    const char *base = arena_format(em->arena, "%s_%" PRIu32, stem, emit_line_of(em, span));
    return arena_format(em->arena, "%s%s", base, letters(em->arena, count_up(em, &em->names, base)));
}

const char *emit_temp_name(struct emit *em, struct span span)
{
    const char *base = arena_format(em->arena, "t_%" PRIu32, emit_line_of(em, span));
    return arena_format(em->arena, "%s%s", base, letters(em->arena, count_up(em, &em->fn->names, base)));
}

const char *emit_local_name(struct emit *em, const struct symbol *symbol)
{
    const char *base = arena_format(em->arena, "%s_%" PRIu32, symbol->name, emit_line_of(em, symbol->span));
    unsigned before = count_up(em, &em->fn->names, base);
    return before == 0 ? base : arena_format(em->arena, "%s_%u", base, before + 1);
}

const char *emit_source(struct emit *em, struct span span)
{
    struct text out = {0};
    const struct source *source = &em->unit->sources.file[span.file];
    bool space = false;

    for (uint32_t i = span.from; i < span.to && i < source->n; i++) {
        char c = source->text[i];
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
            space = out.n > 0;
            continue;
        }
        if (space) {
            text_add(&out, " ", 1);
        }
        space = false;
        text_add(&out, &c, 1);
    }
    if (out.n > 200) { /* cut at a character */
        out.n = 200;
        while (out.n > 0 && ((unsigned char)out.p[out.n] & 0xc0) == 0x80) {
            out.n--;
        }
        text_puts(&out, "…");
    }
    const char *copy = arena_copy(em->arena, out.p ? out.p : "", out.n);
    text_free(&out);
    return copy;
}

const char *emit_place_fields(struct emit *em, struct span span, const char *what)
{
    return arena_format(em->arena, "{%s, %" PRIu32 ", %s}", c_string(em->arena, emit_file_of(em, span)),
                        emit_line_of(em, span), c_string(em->arena, what));
}

const char *emit_place(struct emit *em, struct span span, const char *what)
{
    const char *fields = emit_place_fields(em, span, what);
    const char *key = arena_intern(em->arena, fields, strlen(fields));
    struct count_of **at = &em->places.buckets[((uintptr_t)key >> 4) % 64];

    for (; *at; at = &(*at)->next) {
        if ((*at)->key == key) {
            break;
        }
    }
    if (!*at) {
        const char *base = arena_format(em->arena, "place_%" PRIu32, emit_line_of(em, span));
        unsigned number = count_up(em, &em->names, base);
        *at = ARENA_NEW(em->arena, struct count_of);
        (*at)->key = key;
        (*at)->count = number;
        write_line(&em->data, "static const struct swarm_place %s%s = %s;", base, letters(em->arena, number), fields);
    }
    return arena_format(em->arena, "&place_%" PRIu32 "%s", emit_line_of(em, span), letters(em->arena, (*at)->count));
}

const char *emit_place_of(struct emit *em, const struct expr *e)
{
    return emit_place(em, e->span, emit_source(em, e->span));
}

/* ------------------------------------------------------------------ variables */

const char *emit_global(struct emit *em, const struct symbol *symbol)
{
    struct variable *variable = lower_variable(&em->lower, symbol);

    if (!variable->name) {
        static const char *const suffixes[] = {
            [SYMBOL_OPTION] = "option", [SYMBOL_CONST] = "const", [SYMBOL_SHARED] = "shared", [SYMBOL_DATA] = "data",
            [SYMBOL_GATE] = "gate",     [SYMBOL_QUEUE] = "queue", [SYMBOL_METRIC] = "metric",
        };
        const char *suffix = suffixes[symbol->kind];
        const char *name = lower_name(&em->lower, arena_format(em->arena, "%s_%s", symbol->name, suffix));
        lower_variable(&em->lower, symbol)->name = name;
        return name;
    }
    return variable->name;
}

/* How a function of a branch reaches a variable of its own branch, or of one around it. */
static struct frame *frame_of_branch(struct emit *em, const struct symbol *symbol, const struct machine *branch,
                                     const char **path)
{
    const struct machine *at = em->fn->branch;

    *path = "b->";
    for (; at && at != branch; at = at->outer) {
        *path = arena_format(em->arena, "%souter->", *path);
    }
    if (!at) {
        emit_broken(em, symbol->span, "`%s` belongs to another branch", symbol->name);
    }
    return at->frame;
}

/* The struct a variable is a field of, and how this function reaches it; NULL: a local of the function. */
static struct frame *frame_of(struct emit *em, const struct symbol *symbol, const char **path, bool *group)
{
    struct home *home = symbol->home ? lower_home(&em->lower, symbol->home) : NULL;
    const struct machine *branch = lower_variable(&em->lower, symbol)->branch;

    *group = home != NULL;
    if (branch) {
        return frame_of_branch(em, symbol, branch, path);
    }
    if (home) {
        *path = home->path;
        return home->frame;
    }
    *path = "f->";
    return em->fn->machine ? em->fn->machine->frame : NULL;
}

static struct variable *placed(struct emit *em, const struct symbol *symbol, const char **path)
{
    struct variable *variable = lower_variable(&em->lower, symbol);
    bool group;

    if (variable->where == WHERE_LOCAL) {
        *path = "";
        return variable;
    }
    struct frame *frame = frame_of(em, symbol, path, &group);
    if (!frame) {
        emit_broken(em, symbol->span, "the variable `%s` has no place", symbol->name);
    }
    if (variable->where == WHERE_UNKNOWN) {
        bool value = type_c(symbol->type) == C_VALUE;
        bool kept = value && (group || variable->kept);
        const char *name = arena_format(em->arena, "%s_%" PRIu32, symbol->name, emit_line_of(em, symbol->span));
        bool whole = group || kept || symbol->kind != SYMBOL_LET;
        struct field *field = whole ? lower_field(&em->lower, frame, name, c_type(symbol->type), kept)
                                    : lower_scoped(&em->lower, frame, name, c_type(symbol->type));
        variable = lower_variable(&em->lower, symbol);
        variable->where = WHERE_FIELD;
        variable->kept = kept;
        variable->name = field->name;
    }
    return variable;
}

const char *emit_variable(struct emit *em, const struct symbol *symbol)
{
    const char *path;

    switch (symbol->kind) {
    case SYMBOL_OPTION:
    case SYMBOL_CONST:
        return emit_global(em, symbol);
    case SYMBOL_SHARED:
        return emit_shared_read(em, symbol);
    case SYMBOL_VAR:
    case SYMBOL_LET:
    case SYMBOL_SAVE:
    case SYMBOL_PARAM: {
        const struct variable *variable = placed(em, symbol, &path);
        return arena_format(em->arena, "%s%s", path, variable->name);
    }
    default:
        emit_broken(em, symbol->span, "`%s` is not a variable", symbol->name);
    }
}

const char *emit_unset_flag(struct emit *em, const struct symbol *symbol)
{
    const char *path;
    struct variable *variable = placed(em, symbol, &path);
    bool group;

    if (!variable->unset) {
        const char *ignored;
        struct frame *frame = frame_of(em, symbol, &ignored, &group);
        struct field *field =
            lower_field(&em->lower, frame, arena_format(em->arena, "unset_%s", variable->name), "uint8_t", false);
        variable = lower_variable(&em->lower, symbol);
        variable->unset = field->name;
    }
    return arena_format(em->arena, "%s%s", path, variable->unset);
}

bool emit_is_kept(struct emit *em, const struct symbol *symbol)
{
    const char *path;

    if (symbol->kind != SYMBOL_VAR && symbol->kind != SYMBOL_LET && symbol->kind != SYMBOL_SAVE &&
        symbol->kind != SYMBOL_PARAM) {
        return false;
    }
    return placed(em, symbol, &path)->where == WHERE_FIELD && lower_variable(&em->lower, symbol)->kept;
}
