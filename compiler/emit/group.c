/* Users and groups: their hooks, tasks, variables and tables. */
#include "emit.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* ------------------------------------------------------------------ homes */

static struct home *add_home(struct emit *em, const struct decl *decl, struct kind *kind, struct home *outer,
                             const char *name, const char *path)
{
    struct home *home = ARENA_NEW(em->arena, struct home);

    home->decl = decl;
    home->kind = kind;
    home->outer = outer;
    home->name = name;
    home->path = path;
    home->frame = lower_frame(&em->lower, name, true);
    *em->lower.last_home = home;
    em->lower.last_home = &home->next;
    return home;
}

static void declare_groups(struct emit *em, struct home *outer, struct decl *members);

static void declare_group(struct emit *em, struct home *outer, const struct decl *group)
{
    const char *wanted = arena_format(em->arena, "%s_%s", outer->name, lower_snake(em->arena, group->name.text));
    const char *name = lower_name(&em->lower, wanted);
    struct home *home = add_home(em, group, outer->kind, outer, name, NULL);
    const char *member = lower_member(&em->lower, outer->frame, home->frame,
                                      arena_format(em->arena, "%s_group", lower_snake(em->arena, group->name.text)));

    home->path = arena_format(em->arena, "%spart.%s.", outer->path, member);
    declare_groups(em, home, group->members);
}

static void declare_groups(struct emit *em, struct home *outer, struct decl *members)
{
    for (; members; members = members->next) {
        const struct decl *decl = decl_entry(members);
        if (decl && decl->kind == DECL_GROUP) {
            declare_group(em, outer, decl);
        }
    }
}

void declare_homes(struct emit *em, struct kind *kind)
{
    const char *name = lower_name(&em->lower, lower_snake(em->arena, kind->name));
    struct home *home = add_home(em, kind->decl, kind, NULL, name, "u->");

    for (size_t i = 0; i < kind->entry_count; i++) {
        if (kind->entries[i]->kind == DECL_GROUP) {
            declare_group(em, home, kind->entries[i]);
        }
    }
}

/* ------------------------------------------------------------------ machines of a home */

static struct machine *member_machine(struct emit *em, struct home *home, const struct decl *decl, const char *word,
                                      const char *title, const char *suffix)
{
    const char *name = lower_name(&em->lower, arena_format(em->arena, "%s_%s", home->name, word));
    struct machine *machine = emit_machine(em, decl, name, title, home);

    (void)lower_member(&em->lower, home->frame, machine->frame, arena_format(em->arena, "%s_%s", word, suffix));
    return machine;
}

static const char *member_name(const struct home *home, const struct frame *frame)
{
    for (const struct member *member = home->frame->members; member; member = member->next) {
        if (member->frame == frame) {
            return member->name;
        }
    }
    return "";
}

struct hooks {
    struct decl *const *decls;
    size_t count;
};

/* NAME_on_start[] or NAME_on_stop[]; false: there are none. */
static bool write_hooks(struct emit *em, struct home *home, struct hooks hooks, const char *word)
{
    struct text list = {0};

    for (size_t i = 0; i < hooks.count; i++) {
        const char *title = strcmp(word, "on_start") == 0 ? "on start" : "on stop";
        struct machine *machine = member_machine(em, home, hooks.decls[i], word, title, "hook");
        text_printf(&list, "&%s_machine, ", machine->name);
    }
    if (hooks.count) {
        write_line(&em->code, "static const struct swarm_machine *const %s_%s_hooks[] = {%sNULL};", home->name, word,
                   list.p);
        write_blank(&em->code);
    }
    text_free(&list);
    return hooks.count > 0;
}

/* ------------------------------------------------------------------ variables */

static bool begins_empty(const struct decl *var)
{
    return !var->value || var->value->kind == EXPR_NULL;
}

/* Frames are zeroed on entry, so what begins empty is set only where the group begins anew without being entered. */
static bool needs_init(const struct home *home, const struct decl *decl)
{
    return decl->kind == DECL_VAR && (!begins_empty(decl) || (home->outer && home->decl->repeat));
}

static const char *initial_value(struct emit *em, const struct decl *var)
{
    if (!begins_empty(var)) {
        return emit_as(em, var->value, var->symbol->type);
    }
    return type_is_value(var->symbol->type) ? "swarm_null()" : "0";
}

static bool write_init(struct emit *em, struct home *home)
{
    struct function fn = {.kind = home->kind};
    bool any = false;

    for (const struct decl *decl = home->decl->members; decl; decl = decl->next) {
        any |= needs_init(home, decl);
    }
    if (!any) {
        return false;
    }
    function_begin(em, &fn, IN_PREPARE);
    for (const struct decl *decl = home->decl->members; decl; decl = decl->next) {
        struct scope_of_temps scope;
        if (!needs_init(home, decl)) {
            continue;
        }
        write_at(&fn.body, &em->unit->sources, decl->span);
        temps_begin(em, &scope);
        emit_store(em, decl->symbol, initial_value(em, decl), !begins_empty(decl));
        emit_leave_if_failed(em);
        temps_end(em, &scope);
    }
    function_end(em, "void", arena_format(em->arena, "%s_init", home->name),
                 "struct swarm_strand *s, struct swarm_frame *group");
    return true;
}

/* ------------------------------------------------------------------ waits */

static void wait_expression(struct emit *em, struct home *home, const struct decl *wait)
{
    struct function fn = {.kind = home->kind, .leave = "return 0;"};

    function_begin(em, &fn, IN_EVAL);
    write_at(&fn.body, &em->unit->sources, wait->span);
    const char *text = emit_duration(em, wait->value);
    write_line(&fn.body, "return %s;", c_bare(em->arena, text));
    function_end(em, "int64_t", arena_format(em->arena, "%s_wait_eval", home->name),
                 "struct swarm_strand *s, struct swarm_frame *group");
}

/* The pace of a rate: the duration between two, in nanoseconds. */
static void prepare_pace(struct emit *em, struct home *home, const struct decl *wait)
{
    struct function *before = prepare_enter(em);
    struct scope_of_temps scope;

    write_at(&em->fn->body, &em->unit->sources, wait->span);
    temps_begin(em, &scope);
    if (wait->wait_kind == WAIT_RATE) {
        const char *rate = emit_as(em, wait->value, type_kind(TYPE_RATE));
        rate = emit_temp(em, wait->span, type_kind(TYPE_RATE), rate);
        emit_leave_if_failed(em);
        write_line(&em->fn->body, "%s_wait.a = swarm_shrink(s, SWARM_S, %s, %s);", home->name, rate,
                   emit_place_of(em, wait->value));
        em->fn->may_fail = true;
    } else {
        write_line(&em->fn->body, "%s_wait.a = %s;", home->name, emit_as(em, wait->value, type_kind(TYPE_DURATION)));
    }
    emit_leave_if_failed(em);
    temps_end(em, &scope);
    prepare_leave(em, before);
}

/* NAME_wait */
static void write_wait(struct emit *em, struct home *home, const struct decl *wait)
{
    const struct expr *value = wait->value;
    bool range = value->kind == EXPR_BINARY && value->op == OP_RANGE;
    const char *kind = "SWARM_WAIT_EXPRESSION", *a = "0", *b = "0";

    if (wait->wait_kind != WAIT_VALUE) {
        kind = "SWARM_WAIT_PACE";
        if (!expr_is_known(value)) {
            prepare_pace(em, home, wait);
        } else if (wait->wait_kind == WAIT_PACE) {
            a = c_duration(em->arena, value->known.i);
        } else {
            double rate = value->type.kind == TYPE_INT ? (double)value->known.i : value->known.f;
            a = c_duration(em->arena, rate > 0 ? (int64_t)fmin(round(1e9 / rate), 9e18) : INT64_MAX);
        }
    } else if (range && expr_is_known(value->left) && expr_is_known(value->right)) {
        kind = "SWARM_WAIT_UNIFORM";
        a = c_duration(em->arena, value->left->known.i);
        b = c_duration(em->arena, value->right->known.i);
    } else if (!range && expr_is_known(value)) {
        kind = "SWARM_WAIT_CONSTANT";
        a = c_duration(em->arena, value->known.i);
    } else {
        wait_expression(em, home, wait);
    }
    write_open(&em->code, "static struct swarm_wait %s_wait = {", home->name);
    write_line(&em->code, ".kind = %s,", kind);
    write_line(&em->code, ".a = %s,", c_bare(em->arena, a));
    write_line(&em->code, ".b = %s,", c_bare(em->arena, b));
    if (strcmp(kind, "SWARM_WAIT_EXPRESSION") == 0) {
        write_line(&em->code, ".eval = %s_wait_eval,", home->name);
    }
    write_line(&em->code, ".place = %s,", emit_place_fields(em, wait->span, emit_source(em, value->span)));
    write_close(&em->code, "};");
    write_blank(&em->code);
}

/* ------------------------------------------------------------------ entries */

static const char *entry_weight(struct emit *em, struct home *home, const struct decl *decl, size_t index)
{
    if (!decl->weight) {
        return "1";
    }
    if (expr_is_known(decl->weight)) {
        return c_int(em->arena, decl->weight->known.i);
    }
    struct function *before = prepare_enter(em);
    struct scope_of_temps scope;
    write_at(&em->fn->body, &em->unit->sources, decl->weight->span);
    temps_begin(em, &scope);
    write_line(&em->fn->body, "%s_entries[%zu].weight = %s;", home->name, index,
               c_bare(em->arena, emit_as(em, decl->weight, type_kind(TYPE_INT))));
    emit_leave_if_failed(em);
    temps_end(em, &scope);
    write_open(&em->fn->body, "if (%s_entries[%zu].weight < 0) {", home->name, index);
    write_line(&em->fn->body, "swarm_error(s, %s, \"a weight is not negative\");", emit_place_of(em, decl->weight));
    write_line(&em->fn->body, "return;");
    write_close(&em->fn->body, "}");
    prepare_leave(em, before);
    return "0";
}

struct entries {
    struct decl **decls;
    size_t count;
};

static struct entries entries_of(struct emit *em, const struct home *home)
{
    struct entries entries = {0};
    size_t n = 0;

    if (!home->outer) {
        return (struct entries){home->kind->entries, home->kind->entry_count};
    }
    for (struct decl *decl = home->decl->members; decl; decl = decl->next) {
        n += decl_entry(decl) != NULL;
    }
    entries.decls = ARENA_ARRAY(em->arena, struct decl *, n + 1);
    for (struct decl *decl = home->decl->members; decl; decl = decl->next) {
        if (decl_entry(decl)) {
            entries.decls[entries.count++] = decl_entry(decl);
        }
    }
    return entries;
}

static void write_entries(struct emit *em, struct home *home, struct entries entries)
{
    struct text table = {0};

    for (size_t i = 0; i < entries.count; i++) {
        const struct decl *decl = entries.decls[i];
        const char *name = c_string(em->arena, decl->name.text);
        const char *weight = entry_weight(em, home, decl, i);
        const char *more = emit_entry_more(em, home->name, entries.decls, entries.count, i);
        if (decl->kind == DECL_TASK) {
            struct machine *machine =
                member_machine(em, home, decl, decl->name.text, decl->name.text, decl->is_step ? "step" : "task");
            text_printf(&table,
                        "    {.name = %s, .machine = &%s_machine, .weight = %s, .offset = offsetof(struct "
                        "%s, part.%s)%s},\n",
                        name, machine->name, weight, home->frame->tag, member_name(home, machine->frame), more);
        } else if (decl->kind == DECL_GROUP) {
            struct home *inner = lower_home(&em->lower, decl);
            emit_home(em, inner);
            text_printf(&table,
                        "    {.name = %s, .group = &%s_group, .weight = %s, .offset = offsetof(struct %s, "
                        "part.%s)%s},\n",
                        name, inner->name, weight, home->frame->tag, member_name(home, inner->frame), more);
        } else {
            emit_broken(em, decl->span, "this cannot be picked");
        }
    }
    if (entries.count) {
        write_line(&em->code, "static struct swarm_entry %s_entries[] = {\n%s};", home->name, table.p);
    }
    text_free(&table);
}

/* ------------------------------------------------------------------ the table */

static const char *kind_of_group(struct emit *em, const struct home *home)
{
    if (!home->outer) {
        return "SWARM_GROUP_USER";
    }
    switch (home->decl->group_kind) {
    case GROUP_TASKS:
        return "SWARM_GROUP_TASKS";
    case GROUP_JOURNEY:
        return "SWARM_GROUP_JOURNEY";
    case GROUP_CHAIN:
        return "SWARM_GROUP_CHAIN";
    }
    emit_broken(em, home->decl->span, "no such group");
}

static struct hooks hooks_of(struct emit *em, const struct home *home, bool start)
{
    struct hooks hooks = {0};
    size_t n = 0;

    if (!home->outer) {
        const struct kind *kind = home->kind;
        return start ? (struct hooks){kind->on_start, kind->on_start_count}
                     : (struct hooks){kind->on_stop, kind->on_stop_count};
    }
    for (struct decl *decl = home->decl->members; decl; decl = decl->next) {
        n += decl->kind == DECL_HOOK;
    }
    struct decl **decls = ARENA_ARRAY(em->arena, struct decl *, n + 1);
    for (struct decl *decl = home->decl->members; decl; decl = decl->next) {
        if (decl->kind == DECL_HOOK && strcmp(decl->name.text, start ? "start" : "stop") == 0) {
            decls[hooks.count++] = decl;
        }
    }
    hooks.decls = decls;
    return hooks;
}

static const struct decl *wait_of(const struct home *home)
{
    if (!home->outer) {
        return home->kind->wait;
    }
    for (const struct decl *decl = home->decl->members; decl; decl = decl->next) {
        if (decl->kind == DECL_WAIT) {
            return decl;
        }
    }
    return NULL;
}

void emit_home(struct emit *em, struct home *home)
{
    const struct decl *wait = wait_of(home);
    bool starts = write_hooks(em, home, hooks_of(em, home, true), "on_start");
    bool stops = write_hooks(em, home, hooks_of(em, home, false), "on_stop");
    bool init = write_init(em, home);
    struct entries entries = entries_of(em, home);
    const char *title = home->outer ? home->decl->name.text : home->kind->name;

    write_entries(em, home, entries);
    if (wait) {
        write_wait(em, home, wait);
    }
    unsigned kept = kept_count(home->frame);
    emit_kept(em, home->frame, home->name);
    write_open(&em->code, "static const struct swarm_group %s_group = {", home->name);
    write_line(&em->code, ".name = %s,", c_string(em->arena, title));
    write_line(&em->code, ".kind = %s,", kind_of_group(em, home));
    if (home->outer && home->decl->repeat) {
        write_line(&em->code, ".repeat = true,");
    }
    if (entries.count) {
        write_line(&em->code, ".entries = %s_entries,", home->name);
        write_line(&em->code, ".entry_count = %zu,", entries.count);
    }
    if (starts) {
        write_line(&em->code, ".on_start = %s_on_start_hooks,", home->name);
    }
    if (stops) {
        write_line(&em->code, ".on_stop = %s_on_stop_hooks,", home->name);
    }
    if (starts || stops) {
        write_line(&em->code, ".hook_offset = offsetof(struct %s, part),", home->frame->tag);
    }
    if (wait) {
        write_line(&em->code, ".wait = &%s_wait,", home->name);
    }
    write_line(&em->code, ".size = sizeof(struct %s),", home->frame->tag);
    if (kept) {
        write_line(&em->code, ".kept = %s_kept,", home->name);
        write_line(&em->code, ".kept_count = %u,", kept);
    }
    if (init) {
        write_line(&em->code, ".init = %s_init,", home->name);
    }
    write_line(&em->code, ".file = %s,", c_string(em->arena, emit_file_of(em, home->decl->span)));
    write_line(&em->code, ".line = %" PRIu32 ",", emit_line_of(em, home->decl->span));
    write_close(&em->code, "};");
    write_blank(&em->code);
    lower_add_frame(&em->lower, home->frame);
}
