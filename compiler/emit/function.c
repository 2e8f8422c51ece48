/* One C function: its body is written first, so that its head declares what the body uses and nothing else.
 */
#include "emit.h"

#include <string.h>

void function_begin(struct emit *em, struct function *fn, enum place_of_code where)
{
    fn->where = where;
    fn->outer = em->fn;
    if (!fn->leave) {
        fn->leave = "return;";
    }
    em->fn = fn;
}

/* The names of parameters: the last word of each. */
static void write_unused(struct writer *w, const char *parameters, const char *body)
{
    for (const char *p = parameters; *p;) {
        size_t n = strcspn(p, ",");
        size_t end = n;
        while (end > 0 && (p[end - 1] == ' ' || p[end - 1] == ')')) {
            end--;
        }
        size_t begin = end;
        while (begin > 0 && strchr(" *", p[begin - 1]) == NULL) {
            begin--;
        }
        char name[128];
        if (end > begin && end - begin < sizeof name) {
            memcpy(name, p + begin, end - begin);
            name[end - begin] = '\0';
            if (!c_uses(body, name)) {
                write_line(w, "(void)%s;", name);
            }
        }
        p += n + (p[n] == ',');
    }
}

void function_end(struct emit *em, const char *result, const char *name, const char *parameters)
{
    struct function *fn = em->fn;
    struct writer head = {0};
    struct writer *w = &em->code;
    const char *body = fn->body.text.p ? fn->body.text.p : "";

    if (fn->branch) {
        bool task = c_uses(body, "f");
        if (task || c_uses(body, "b")) {
            write_line(&head, "struct %s *b = (struct %s *)base;", fn->branch->frame->tag, fn->branch->frame->tag);
        }
        if (task) {
            write_line(&head, "struct %s *f = b->task;", fn->machine->frame->tag);
        }
    } else if (c_uses(body, "f") && fn->machine) {
        const char *base = fn->where == IN_EVAL ? "group" : "base";
        write_line(&head, "struct %s *f = (struct %s *)%s;", fn->machine->frame->tag, fn->machine->frame->tag, base);
    }
    if (c_uses(body, "u") && fn->kind) {
        struct home *home = lower_home(&em->lower, fn->kind->decl);
        write_line(&head, "struct %s *u = s->state;", home->frame->tag);
    }
    if (c_uses(body, "settled")) {
        write_line(&head, "bool settled = false;");
    }
    if (c_uses(body, "test")) {
        write_line(&head, "bool test;");
    }
    write_append(&head, &fn->body);
    write_open(w, "static %s %s(%s)\n{", result, name, parameters);
    write_unused(w, parameters, head.text.p);
    write_append(w, &head);
    write_close(w, "}");
    write_blank(w);
    write_free(&head);
    write_free(&fn->body);
    em->fn = fn->outer;
}

void temps_begin(struct emit *em, struct scope_of_temps *scope)
{
    scope->outer = em->fn->body;
    scope->temps = em->fn->temps;
    em->fn->body = (struct writer){0};
}

bool temps_made(struct emit *em, const struct scope_of_temps *scope)
{
    return em->fn->temps > scope->temps;
}

void temps_end(struct emit *em, struct scope_of_temps *scope)
{
    struct writer inner = em->fn->body;
    bool braces = temps_made(em, scope);

    em->fn->body = scope->outer;
    if (braces) {
        bool announced = em->fn->body.announced;
        em->fn->body.announced = false;
        write_open(&em->fn->body, "{");
        em->fn->body.announced = announced;
    }
    write_append(&em->fn->body, &inner);
    if (braces) {
        write_close(&em->fn->body, "}");
    }
    write_free(&inner);
}

void emit_leave_if_failed(struct emit *em)
{
    if (!em->fn->may_fail) {
        return;
    }
    write_open(&em->fn->body, "if (swarm_failed(s)) {");
    write_line(&em->fn->body, "%s", em->fn->leave);
    write_close(&em->fn->body, "}");
    em->fn->may_fail = false;
}
