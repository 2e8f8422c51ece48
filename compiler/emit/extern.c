/* extern "C": a fn becomes a function that takes its values apart for the C and calls it; an action a machine that waits for
 * its ticket. swarmc writes the prototypes of both into a header for the C file, too. */
#include "check/extern.h"
#include "emit.h"

#include <ctype.h>
#include <string.h>

/* ------------------------------------------------------------------ names and types of the C */

/* signer.c -> signer */
static const char *stem_of(struct arena *arena, const struct decl *foreign)
{
    const char *path = foreign->path->known.text.p, *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    const char *dot = strrchr(base, '.');
    char *stem = (char *)arena_format(arena, "%.*s", (int)(dot && dot > base ? dot - base : (long)strlen(base)), base);

    for (char *p = stem; *p; p++) {
        if (!isalnum((unsigned char)*p)) {
            *p = '_';
        }
    }
    return isdigit((unsigned char)stem[0]) ? arena_format(arena, "_%s", stem) : stem;
}

const char *extern_header_name(struct arena *arena, const struct decl *foreign)
{
    const char *path = foreign->path->known.text.p, *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    const char *dot = strrchr(base, '.');

    return arena_format(arena, "%.*s.swarm.h", (int)(dot && dot > base ? dot - base : (long)strlen(base)), base);
}

const char *extern_c_name(struct arena *arena, const struct decl *member)
{
    return arena_format(arena, "%s_%s", stem_of(arena, member->foreign), member->name.text);
}

static const char *argument_type(struct type type)
{
    switch (type.kind) {
    case TYPE_BOOL:
        return "bool ";
    case TYPE_INT:
    case TYPE_DURATION:
        return "int64_t ";
    case TYPE_FLOAT:
    case TYPE_RATE:
        return "double ";
    case TYPE_STRING:
        return "struct swarm_text ";
    default:
        return "const struct swarm_json *";
    }
}

static const char *prototype(struct arena *arena, const struct decl *member)
{
    bool fn = member->kind == DECL_FN;
    const char *text =
        arena_format(arena, "%s%s(%s", fn ? argument_type(member->symbol->type) : "void ", extern_c_name(arena, member),
                     fn ? "struct swarm_context *context" : "struct swarm_ticket *ticket");

    for (const struct param *param = member->params; param; param = param->next) {
        text = arena_format(arena, "%s, %sswarm_%s", text, argument_type(param->symbol->type), param->name.text);
    }
    return arena_format(arena, "%s)", text);
}

const char *extern_header(struct arena *arena, const struct decl *foreign)
{
    const char *text =
        "/* Made by swarmc: what the scenario declares in its extern block. */\n#include <swarm/extension.h>\n\n";

    for (const struct decl *member = foreign->members; member; member = member->next) {
        if (member->symbol) {
            text = arena_format(arena, "%s%s;\n", text, prototype(arena, member));
        }
    }
    return text;
}

/* ------------------------------------------------------------------ declarations */

void emit_extern_declarations(struct emit *em)
{
    for (unsigned i = 0; i < em->info->extern_count; i++) {
        for (const struct decl *member = em->info->externs[i]->members; member; member = member->next) {
            if (member->symbol && member->symbol->listed) {
                write_line(&em->head, "%s __attribute__((weak));", prototype(em->arena, member));
            }
        }
    }
}

static void write_if_missing(struct emit *em, const struct decl *member, const char *leave)
{
    const char *name = extern_c_name(em->arena, member);

    write_open(&em->fn->body, "if (!%s) {", name);
    write_line(&em->fn->body, "swarm_error(s, %s, \"%%s does not define %s\", %s);", emit_place(em, member->span, ""),
               name, c_string(em->arena, member->foreign->path->known.text.p));
    write_line(&em->fn->body, "%s", leave);
    write_close(&em->fn->body, "}");
}

/* ------------------------------------------------------------------ fn */

static const char *argument_text(struct emit *em, struct type type, const char *name)
{
    switch (type.kind) {
    case TYPE_BOOL:
    case TYPE_INT:
    case TYPE_DURATION:
    case TYPE_FLOAT:
    case TYPE_RATE:
        return type_is_value(type) ? arena_format(em->arena, "swarm_extern_json(&context, %s)", name) : name;
    case TYPE_STRING:
        return arena_format(em->arena, "swarm_extern_text(%s)", name);
    default:
        return arena_format(em->arena, "swarm_extern_json(&context, %s)", name);
    }
}

void emit_extern_fn(struct emit *em, const struct symbol *symbol)
{
    const struct decl *decl = symbol->decl;
    struct function fn = {.result = symbol->type, .local_block = true};
    struct text parameters = {0}, call = {0};
    bool text = symbol->type.kind == TYPE_STRING, value = type_is_value(symbol->type);

    fn.leave = value ? "return swarm_null();" : type_c(fn.result) == C_BOOL ? "return false;" : "return 0;";
    function_begin(em, &fn, IN_FN);
    text_puts(&parameters, "struct swarm_strand *s");
    text_printf(&call, "%s(&context", extern_c_name(em->arena, decl));
    for (const struct param *param = decl->params; param; param = param->next) {
        const char *name = emit_local_name(em, param->symbol);
        text_printf(&parameters, ", %s %s", c_type(param->symbol->type), name);
        text_printf(&call, ", %s", argument_text(em, param->symbol->type, name));
    }
    write_if_missing(em, decl, fn.leave);
    write_line(&fn.body, "struct swarm_context context = {.s = s, .place = %s};",
               emit_place(em, decl->span, symbol->name));
    if (value) {
        write_line(&fn.body, "struct swarm_value result = swarm_from_%s(&context, %s));", text ? "text" : "json",
                   call.p);
    } else {
        write_line(&fn.body, "%s result = %s);", c_type(symbol->type), call.p);
    }
    if (symbol->type.kind == TYPE_FLOAT || symbol->type.kind == TYPE_RATE) {
        write_open(&fn.body, "if (!(result - result == 0)) {");
        write_line(&fn.body, "swarm_error(s, %s, \"it returned a number that is not finite\");",
                   emit_place(em, decl->span, symbol->name));
        write_line(&fn.body, "result = 0;");
        write_close(&fn.body, "}");
    }
    write_line(&fn.body, "swarm_context_end(&context);");
    write_line(&fn.body, "return result;");
    function_end(em, c_type(fn.result), fn_name(em, symbol), parameters.p);
    text_free(&parameters);
    text_free(&call);
}

/* ------------------------------------------------------------------ action */

static const char *result_name(struct type type)
{
    switch (type.kind) {
    case TYPE_VOID:
        return "SWARM_C_NOTHING";
    case TYPE_BOOL:
        return "SWARM_C_BOOL";
    case TYPE_INT:
        return "SWARM_C_INT";
    case TYPE_DURATION:
        return "SWARM_C_DURATION";
    case TYPE_FLOAT:
    case TYPE_RATE:
        return "SWARM_C_FLOAT";
    case TYPE_STRING:
        return "SWARM_C_TEXT";
    default:
        return "SWARM_C_JSON";
    }
}

static const char *ticket_argument(struct type type)
{
    switch (type.kind) {
    case TYPE_BOOL:
        return "bool";
    case TYPE_INT:
    case TYPE_DURATION:
        return "int";
    case TYPE_FLOAT:
    case TYPE_RATE:
        return "float";
    case TYPE_STRING:
        return "text";
    default:
        return "json";
    }
}

static void emit_start(struct emit *em, const struct decl *decl, const char *name)
{
    struct text call = {0};
    unsigned i = 0;

    text_printf(&call, "%s(ticket", extern_c_name(em->arena, decl));
    for (const struct param *param = decl->params; param; param = param->next, i++) {
        text_printf(&call, ", swarm_ticket_%s(ticket, %u)", ticket_argument(param->symbol->type), i);
    }
    write_open(&em->code, "static void %s(struct swarm_ticket *ticket)\n{", name);
    write_line(&em->code, "%s);", call.p);
    write_close(&em->code, "}");
    write_blank(&em->code);
    text_free(&call);
}

void emit_extern_body(struct emit *em, const struct decl *decl)
{
    struct function *fn = em->fn;
    const char *stem = em->fn->machine->name;
    const char *start = lower_name(&em->lower, arena_format(em->arena, "%s_start", stem));
    const char *table = lower_name(&em->lower, arena_format(em->arena, "%s_c", stem));
    struct text arguments = {0};
    unsigned n = 0, point;

    emit_start(em, decl, start);
    write_line(
        &em->code,
        "static const struct swarm_c_action %s = {.name = %s, .row = %u, .result = %s, .start = %s, .place = %s};",
        table, c_string(em->arena, decl->name.text), decl->call_row->index, result_name(decl->symbol->type), start,
        emit_place_fields(em, decl->span, decl->name.text));
    for (const struct param *param = decl->params; param; param = param->next, n++) {
        text_printf(&arguments, "%s%s", n ? ", " : "",
                    emit_box(em, param->symbol->type, emit_variable(em, param->symbol)));
    }
    write_if_missing(em, decl, fn->leave);
    point = emit_point(em, decl->span);
    if (n > 0) {
        write_line(&fn->body, "return swarm_call_c(s, %u, &%s, (const struct swarm_value[]){%s}, %u); case %u:;", point,
                   table, arguments.p, n, point);
    } else {
        write_line(&fn->body, "return swarm_call_c(s, %u, &%s, NULL, 0); case %u:;", point, table, point);
    }
    text_free(&arguments);
}
