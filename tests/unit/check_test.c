/* What the checker leaves for the emitter: verdict flags, rows, order of hooks and callables, saves that need
 * a test. */
#include <string.h>

#include "base/arena.h"
#include "check/check.h"
#include "tap.h"

static struct unit unit;
static struct diags diags;

#define TARGET "target \"http://127.0.0.1:1\"\n"

static bool check(const char *text)
{
    memset(&unit, 0, sizeof unit);
    unit.arena = arena_new();
    diags_init(&diags, unit.arena, &unit.sources);
    unit.diags = &diags;
    ast_parse(&unit, source_add(&unit.sources, unit.arena, "x.swarm", text, strlen(text)));
    return check_unit(&unit);
}

static void end(void)
{
    arena_free(unit.arena);
}

static const struct request *request(unsigned i)
{
    return i < unit.info->request_count ? unit.info->requests[i] : NULL;
}

static bool row_is(unsigned i, const char *type, const char *name)
{
    const struct request *r = request(i);

    return r && r->row && strcmp(r->row->type, type) == 0 && strcmp(r->row->name, name) == 0;
}

static const struct symbol *variable(const struct decl *home, const char *name)
{
    for (const struct symbol *s = home->scope ? home->scope->variables : NULL; s; s = s->next)
        if (strcmp(s->name, name) == 0)
            return s;
    return NULL;
}

static const struct decl *member(const struct decl *in, const char *name)
{
    for (const struct decl *m = in->members; m; m = m->next)
        if (m->name.text && strcmp(m->name.text, name) == 0)
            return m;
    return NULL;
}

/* expect, require, if, while and ?: that read the status put the implied one last; what settles it is marked
 */
static void test_verdict(void)
{
    ok(check(TARGET "user U { task t {\n"
                    "get \"/0\"\n"
                    "get \"/1\" { log status }\n"
                    "get \"/2\" { expect status == 200 and size > 0 }\n"
                    "get \"/3\" { let x = status > 3 ? 1 : 2; log x }\n"
                    "get \"/4\" { expect json.a == 1 or status in [200] }\n"
                    "get \"/5\" { if headers[\"A\"] == null { require response.status <= 204 } }\n"
                    "get \"/6\" { expect status != 500 }\n"
                    "} }"),
       "requests with and without conditions on the status are right");
    static const struct {
        bool first, reads;
    } wanted[] = {{true, false}, {true, false},  {false, false}, {false, false},
                  {false, true}, {false, false}, {false, false}};
    for (unsigned i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        const struct request *r = request(i);
        ok(r && r->implied_first == wanted[i].first && r->implied_last == !wanted[i].first &&
               r->reads_body == wanted[i].reads,
           "request /%u: implied expect at the %s, body %s", i, wanted[i].first ? "begin" : "end",
           wanted[i].reads ? "kept" : "not kept");
    }
    if (unit.info->request_count == 7) {
        ok(request(2)->body->first->settles, "status == … and … settles the status");
        ok(!request(4)->body->first->settles, "under or nothing is settled");
        ok(request(5)->body->first->body->first->settles, "response.status <= settles it");
        ok(!request(6)->body->first->settles, "!= settles nothing");
    }
    end();
}

static void test_rows(void)
{
    ok(check(TARGET "const PATH = \"/c?x=1\"\noption base: string = \"http://127.0.0.1:2\"\n"
                    "action api(const row: string, path: string) { get path as row }\n"
                    "user U { var id = 1; task t {\n"
                    "get \"/a/${id + 1}/b?x=${id}#f\"\n"
                    "get \"${base}/o/${id}\"\n"
                    "get \"https://h.example:1/x/${id}?y\"\n"
                    "get \"http://h.example\"\n"
                    "get PATH\n"
                    "post \"/a\" as \"named\"\n"
                    "api(\"cart\", \"/1\")\napi(\"order\", \"/2\")\napi(\"cart\", \"/3\")\n"
                    "get \"/x\" as \"page ${id}\"\n"
                    "} }"),
       "URLs of all forms are right");
    ok(row_is(0, "GET", "/a/[id + 1]/b"), "a row is the path with its interpolations named, without the query");
    ok(row_is(1, "GET", "/o/[id]"), "an interpolation at the very start is left out");
    ok(row_is(2, "GET", "/x/[id]"), "the host is left out");
    ok(row_is(3, "GET", "/"), "no path is /");
    ok(row_is(4, "GET", "/c"), "a constant URL has the row of its value");
    ok(row_is(5, "POST", "named"), "as names a row");
    ok(row_is(6, "GET", "cart") && row_is(7, "GET", "order"), "a const parameter makes a row for each constant");
    ok(unit.info->request_count == 9 && !request(8)->row,
       "and one copy for each; a row made while running is not known");
    unsigned actions = 0;
    for (const struct symbol *s = unit.info->actions; s; s = s->next)
        actions++;
    ok(actions == 2, "the action stands in the program once for each constant, never as it was written");
    end();
}

static void test_extends(void)
{
    ok(check("fn b(n: int) -> int { return n }\nfn a(n: int) -> int { return b(n) }\nfn unused() -> int { "
             "return 1 }\n"
             "abstract user Base { wait 1s; count 2; on start { log \"base\" }; on stop { log \"base\" }\n"
             "  http { header \"A\" \"1\"; header \"B\" \"1\"; timeout 1s }\n"
             "  task x { get \"/base\" }; task y { get \"/${a(1)}\" } }\n"
             "user U extends Base { on start { log \"own\" }; on stop { log \"own\" }\n"
             "  http { header \"b\" \"2\"; retry 1 }\n"
             "  task x { get \"/own\" } }"),
       "a user that extends is right");
    const struct kind *kind = unit.info->kinds;
    ok(unit.info->kind_count == 1 && kind && kind->entry_count == 2,
       "an abstract user is no kind; tasks are replaced, not added");
    if (kind) {
        ok(kind->on_start_count == 2 && kind->on_start[0]->span.from < kind->on_start[1]->span.from,
           "on start: the base's first");
        ok(kind->on_stop_count == 2 && kind->on_stop[0]->span.from > kind->on_stop[1]->span.from,
           "on stop: the base's last");
        ok(!kind->count && kind->wait, "count is not inherited, wait is");
        unsigned attrs = 0;
        for (const struct attr *attr = kind->http; attr; attr = attr->next)
            attrs++;
        ok(attrs == 4, "http merges key by key, headers by name in any case");
    }
    ok(row_is(0, "GET", "/own"), "the own task stands in the place of the inherited one");
    const struct symbol *fn = unit.info->fns;
    ok(fn && strcmp(fn->name, "b") == 0 && fn->next && strcmp(fn->next->name, "a") == 0 && !fn->next->next,
       "functions: callees first, and only what is called");
    ok(unit.info->needs_host != NULL, "without a target a relative URL needs --host");
    end();
}

static void test_saves(void)
{
    ok(check(TARGET "user U {\n"
                    "on start { get \"/s\" { save sid = json.a } }\n"
                    "task t {\n"
                    "  get \"/1\" { save one = json.a }\n"
                    "  get \"/2\" { save two = json.a } else { return }\n"
                    "  get \"/${one}/${two}/${sid}\"\n"
                    "}\n"
                    "journey j { step a { get \"/j\" { save k = json.k } } step b { get \"/${k}\" } }\n"
                    "}") == false,
       "two steps on a line are a mistake");
    end();
    ok(check(TARGET "user U {\n"
                    "on start { get \"/s\" { save sid = json.a } }\n"
                    "task t {\n"
                    "  get \"/1\" { save one = json.a }\n"
                    "  get \"/2\" { save two = json.a } else { return }\n"
                    "  get \"/${one}/${two}/${sid}\"\n"
                    "}\n"
                    "journey j {\n step a { get \"/j\" { save k = json.k } }\n step b { get \"/${k}\" }\n }\n"
                    "}"),
       "saves are right");
    const struct decl *user = unit.info->kinds ? unit.info->kinds->decl : NULL;
    if (user) {
        const struct decl *task = member(user, "t"), *journey = member(user, "j");
        const struct symbol *one = task ? variable(task, "one") : NULL, *two = task ? variable(task, "two") : NULL;
        ok(one && one->needs_check && one->saved_by == request(1),
           "a value whose request need not have been answered is tested at its use");
        ok(two && !two->needs_check, "not where the else leaves");
        ok(variable(user, "sid") != NULL, "what on start saves belongs to the user");
        ok(journey && variable(journey, "k") != NULL, "what a step saves belongs to the journey");
    }
    end();
}

int main(void)
{
    test_verdict();
    test_rows();
    test_extends();
    test_saves();
    return tap_done();
}
