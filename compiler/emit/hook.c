/* Hooks of the file. Those of the run's life are machines in a table; `on request` and `on user_error` never wait and are
 * plain functions. Hooks that send run as a user whom no table of users shows. */
#include "emit.h"

#include <string.h>

static const struct {
    const char *name, *event;
    bool sends;
} events[] = {
    {"init", "SWARM_ON_INIT", false},
    {"setup", "SWARM_ON_SETUP", true},
    {"test_start", "SWARM_ON_TEST_START", true},
    {"spawning_complete", "SWARM_ON_SPAWNING_COMPLETE", false},
    {"every", "SWARM_ON_EVERY", true},
    {"test_stopping", "SWARM_ON_TEST_STOPPING", false},
    {"test_stop", "SWARM_ON_TEST_STOP", true},
    {"teardown", "SWARM_ON_TEARDOWN", true},
    {"quitting", "SWARM_ON_QUITTING", false},
};
enum { EVENTS = sizeof events / sizeof *events };

/* Its number in `events`; EVENTS: of requests or errors. */
static unsigned event_of(const struct decl *hook)
{
    unsigned i = 0;

    while (i < EVENTS && strcmp(events[i].name, hook->name.text) != 0) {
        i++;
    }
    return i;
}

/* ------------------------------------------------------------------ whom they run as */

static bool any_sends(const struct emit *em)
{
    for (unsigned i = 0; i < em->info->hook_count; i++) {
        unsigned event = event_of(em->info->hooks[i]);
        if (event < EVENTS && events[event].sends) {
            return true;
        }
    }
    return false;
}

void emit_hook_user(struct emit *em, struct writer *kinds)
{
    struct kind *kind = ARENA_NEW(em->arena, struct kind);
    const char *host = hooks_need_host(em);

    if (!any_sends(em)) {
        return;
    }
    kind->name = "";
    kind->index = em->info->kind_count;
    kind->http = em->info->http;
    write_open(kinds, "{");
    write_line(kinds, ".name = \"\",");
    write_line(kinds, ".count = -1,");
    write_line(kinds, ".target = %s,", emit_target(em, kind));
    emit_http(em, kind, "hooks", kinds);
    if (host) {
        write_line(kinds, ".needs_host = %s,", c_string(em->arena, host));
    }
    write_close(kinds, "},");
}

/* ------------------------------------------------------------------ of the run's life */

static void compute_every(struct emit *em, const struct expr *e, unsigned index)
{
    struct function *before = prepare_enter(em);
    struct scope_of_temps scope;

    write_at(&em->fn->body, &em->unit->sources, e->span);
    temps_begin(em, &scope);
    write_line(&em->fn->body, "hooks[%u].every = %s;", index,
               c_bare(em->arena, emit_as(em, e, type_kind(TYPE_DURATION))));
    emit_leave_if_failed(em);
    temps_end(em, &scope);
    write_open(&em->fn->body, "if (hooks[%u].every <= 0) {", index);
    write_line(&em->fn->body, "swarm_error(s, %s, \"`on every` must be more than 0\");", emit_place_of(em, e));
    write_line(&em->fn->body, "return;");
    write_close(&em->fn->body, "}");
    prepare_leave(em, before);
}

static void emit_life_hook(struct emit *em, const struct decl *hook, unsigned event, unsigned index,
                           struct writer *table)
{
    const char *title = arena_format(em->arena, "on %s", hook->name.text);
    const char *name = lower_name(&em->lower, arena_format(em->arena, "on_%s", hook->name.text));
    const char *every = "0";

    (void)emit_machine(em, hook, name, title, NULL);
    if (hook->value && expr_is_known(hook->value)) {
        every = c_duration(em->arena, hook->value->known.i);
    } else if (hook->value) {
        compute_every(em, hook->value, index);
    }
    write_line(table, "{%s, &%s_machine, %s},", events[event].event, name, c_bare(em->arena, every));
}

/* ------------------------------------------------------------------ on request, on user_error */

/* What it saves lives as long as the function runs. */
static void declare_saves(struct emit *em, const struct decl *hook)
{
    for (struct symbol *symbol = hook->scope ? hook->scope->variables : NULL; symbol; symbol = symbol->next) {
        if (symbol->kind != SYMBOL_SAVE) {
            continue;
        }
        const char *name = emit_local_name(em, symbol);
        struct variable *variable = lower_variable(&em->lower, symbol);
        const char *initial = type_is_value(symbol->type)      ? "swarm_null()"
                              : type_c(symbol->type) == C_BOOL ? "false"
                                                               : "0";

        variable->where = WHERE_LOCAL;
        variable->name = name;
        write_line(&em->fn->body, "%s %s = %s;", c_type(symbol->type), name, initial);
        if (!symbol->read) {
            write_line(&em->fn->body, "(void)%s;", name);
        }
    }
}

static const char *emit_observer(struct emit *em, const struct decl *hook, const char *parameters)
{
    struct function fn = {.local_block = true};
    const char *name = lower_name(&em->lower, arena_format(em->arena, "on_%s", hook->name.text));

    function_begin(em, &fn, IN_HOOK);
    declare_saves(em, hook);
    emit_block(em, hook->body);
    function_end(em, "void", name, parameters);
    return name;
}

static void emit_observers(struct emit *em, const char *word, const char *type, const char *parameters,
                           struct writer *program)
{
    struct text list = {0};

    for (unsigned i = 0; i < em->info->hook_count; i++) {
        const struct decl *hook = em->info->hooks[i];
        if (strcmp(hook->name.text, word) == 0) {
            text_printf(&list, "%s, ", emit_observer(em, hook, parameters));
        }
    }
    if (list.n) {
        write_line(&em->tables, "static %s *const on_%s_hooks[] = {%sNULL};", type, word, list.p);
        write_line(program, ".on_%s = on_%s_hooks,", word, word);
    }
    text_free(&list);
}

/* ------------------------------------------------------------------ all of them */

void emit_hooks(struct emit *em, struct writer *program)
{
    struct writer table = {0};
    unsigned n = 0;

    write_open(&table, "static struct swarm_hook hooks[] = {");
    for (unsigned i = 0; i < em->info->hook_count; i++) {
        unsigned event = event_of(em->info->hooks[i]);
        if (event < EVENTS) {
            emit_life_hook(em, em->info->hooks[i], event, n++, &table);
        }
    }
    if (n > 0) {
        write_line(program, ".hooks = hooks,");
        write_line(program, ".hook_count = %u,", n);
    }
    write_table(&em->tables, &table, n);
    if (any_sends(em)) {
        write_line(program, ".hook_user = &kinds[%u],", em->info->kind_count);
    }
    emit_observers(em, "request", "swarm_on_request", "struct swarm_strand *s, const struct swarm_judged *request",
                   program);
    emit_observers(em, "user_error", "swarm_on_user_error", "struct swarm_strand *s, const struct swarm_listed *error",
                   program);
}
