/* Statements: bodies and blocks, leaving them, and what stands alone. Others: assign.c loop.c
 * request.c. */
#include "checker.h"

static void check_stmt(struct checker *c, struct stmt *s);

/* ------------------------------------------------------------------ bodies and blocks */

void begin_body(struct checker *c, struct body *body, enum body_kind kind, struct decl *decl, struct env *outer,
                const char *what)
{
    *body = (struct body){.kind = kind, .what = what, .decl = decl, .flow = flow_start(), .returns = flow_dead()};
    body->env = env_new(c, ENV_BODY, outer, decl);
    body->saves = body->env;
    body->save_home = decl;
    body->result = type_of(TYPE_VOID);
    if (decl && (!decl->scope || kind != BODY_FORMULA)) /* a shape may have several formulas */
        decl->scope = ARENA_NEW(c->arena, struct scope);
}

struct prescan {
    struct checker *c;
    struct body *body;
};

static void prescan_stmt(struct walk *walk, struct stmt *s)
{
    struct prescan *prescan = walk->data;
    struct later *later;

    if ((s->kind != STMT_SAVE && s->kind != STMT_LET) || !s->name.text)
        return;
    later = ARENA_NEW(prescan->c->arena, struct later);
    *later = (struct later){s->name.text, s->kind == STMT_LET, s->name.span, NULL};
    struct later **last = &prescan->body->later;
    while (*last)
        last = &(*last)->next;
    *last = later;
}

void prescan_saves(struct checker *c, struct body *body, struct block *block)
{
    struct prescan prescan = {c, body};
    struct walk walk = {.stmt = prescan_stmt, .data = &prescan};

    walk_block(&walk, block);
}

void check_stmts(struct checker *c, struct stmt *first)
{
    bool begun = c->body->flow.reachable;

    for (struct stmt *s = first; s; s = s->next) {
        if (begun && !c->body->flow.reachable) {
            diag_add(c->diags, DIAG_W0902, s->word, "this is never reached");
            begun = false;
        }
        check_stmt(c, s);
    }
}

void check_block(struct checker *c, struct block *block)
{
    struct env *outer = c->body->env;

    if (!block)
        return;
    c->body->env = env_new(c, ENV_BLOCK, outer, NULL);
    check_stmts(c, block->first);
    c->body->env = outer;
}

void end_callable(struct checker *c, struct body *body)
{
    struct decl *decl = body->decl;
    struct span span = decl->name.span;
    struct diag *diag;

    if (body->result.kind == TYPE_VOID || body->result.kind == TYPE_ERROR || !body->flow.reachable)
        return;
    if (c->diags->errors && (!decl->body->first || decl->body->first->kind == STMT_ERROR))
        return; /* the body could not be read */
    diag = diag_add(c->diags, DIAG_E0314, span, "`%s` may end without `return`", decl->name.text);
    diag_help(c->diags, diag, "it returns %s: end it with `return …`", type_article(body->result));
}

/* ------------------------------------------------------------------ leaving */

static bool in_branch(const struct body *body)
{
    for (const struct loop *loop = body->loop; loop; loop = loop->outer)
        if (loop->branch)
            return true;
    return false;
}

static void check_return(struct checker *c, struct stmt *s)
{
    struct body *body = c->body;
    struct diag *diag;

    check_right(c, s->value);
    check_next_else(c, s);
    if (in_branch(body)) {
        diag = diag_add(c->diags, DIAG_E0511, s->word, "`return` cannot leave a branch of `parallel`");
        diag_help(c->diags, diag, "save what is needed and decide after the `parallel`");
    } else if (!body->in_action && s->value) {
        diag = diag_add(c->diags, DIAG_E0313, s->value->span, "%s returns no value", body->what);
        diag_help(c->diags, diag, "`return` alone ends it; `save` keeps a value");
    } else if (body->in_action && body->result.kind == TYPE_VOID && s->value) {
        diag = diag_add(c->diags, DIAG_E0313, s->value->span, "`%s` returns no value", body->decl->name.text);
        diag_help(c->diags, diag, "say what it returns: `%s %s(…) -> %s`", body->kind == BODY_FN ? "fn" : "action",
                  body->decl->name.text, s->value->type.kind == TYPE_STRING ? "string" : type_text(s->value->type));
        diag_label(c->diags, diag, body->decl->name.span, "declared here");
    } else if (body->in_action && body->result.kind != TYPE_VOID && !s->value) {
        diag = diag_add(c->diags, DIAG_E0313, s->word, "`%s` must return %s", body->decl->name.text,
                        type_article(body->result));
        diag_label(c->diags, diag, body->decl->name.span, "declared here");
    } else if (s->value && require_value(c, s->value)) {
        require_fits(c, body->result, s->value, arena_format(c->arena, "the result of `%s`", body->decl->name.text));
        if (body->decl->symbol)
            spread_secret(c, body->decl->symbol, s->value->type);
    }
    body->returns = flow_join(c, body->returns, body->flow);
    body->flow = flow_dead();
}

void check_message(struct checker *c, struct expr *message, const char *where)
{
    struct diag *diag;

    if (!message)
        return;
    check_expr(c, message);
    refuse_secret(c, message, where);
    if (!require_value(c, message) || type_fits(type_of(TYPE_STRING), message->type))
        return;
    diag = diag_add(c->diags, DIAG_E0302, message->span, "a message is a text, found %s", type_article(message->type));
    diag_help(c->diags, diag, "write it into a text: `\"${…}\"`");
}

static void check_expect(struct checker *c, struct stmt *s)
{
    check_condition(c, s->value);
    check_message(c, s->message, s->kind == STMT_EXPECT ? "the message of an `expect`" : "the message of a `require`");
    if (!s->value)
        return;
    refuse_in_fn(c, s->word, s->kind == STMT_EXPECT ? "`expect`" : "`require`");
    if (c->body->request) {
        s->settles = settles_status(s->value);
        warn_redirect_status(c, s->value);
    }
}

static void check_fail(struct checker *c, struct stmt *s)
{
    check_message(c, s->message, "the message of a `fail`");
    refuse_in_fn(c, s->word, "`fail`");
    if (c->body->request)
        c->body->leaves = flow_join(c, c->body->leaves, c->body->flow);
    c->body->flow = flow_dead();
}

static void check_succeed(struct checker *c, struct stmt *s)
{
    struct diag *diag;

    if (!c->body->request) {
        diag = diag_add(c->diags, DIAG_E0410, s->word, "`succeed` stands in no response block");
        diag_help(c->diags, diag,
                  "it makes a request a success, in its block: `get \"/\" { if status == 503 { succeed } }`");
        return;
    }
    c->body->leaves = flow_join(c, c->body->leaves, c->body->flow);
    c->body->flow = flow_dead();
}

static void check_interrupt(struct checker *c, struct stmt *s)
{
    struct body *body = c->body;
    struct diag *diag;

    if (!body->group || body->kind == BODY_FN || body->kind == BODY_STOP) {
        diag = diag_add(c->diags, DIAG_E0503, s->word, "`interrupt` stands in no group");
        if (body->kind == BODY_ACTION)
            diag_help(c->diags, diag,
                      "an action can be called from anywhere: return a value and `interrupt` in the task");
        else if (body->kind == BODY_STOP)
            diag_help(c->diags, diag, "the group is being left already");
        else
            diag_help(c->diags, diag,
                      "it leaves `tasks`, a `chain` or a `journey`; a task ends with `return`, a user with "
                      "`stop user`");
    }
    body->flow = flow_dead();
}

static void check_reschedule(struct checker *c, struct stmt *s)
{
    struct body *body = c->body;
    struct diag *diag;

    if (!refuse_in_fn(c, s->word, "`reschedule`") && body->kind != BODY_TASK && body->kind != BODY_ACTION) {
        diag = diag_add(c->diags, DIAG_E0509, s->word,
                        "`reschedule` ends a task and picks another: there is no task here");
        diag_help(c->diags, diag, "`return` ends %s", body->what);
    }
    body->flow = flow_dead();
}

static void check_stop(struct checker *c, struct stmt *s)
{
    const char *what = s->kind == STMT_STOP_USER ? "`stop user`" : "`stop test`";
    struct diag *diag;

    check_message(c, s->message, "the reason of a `stop test`");
    if (c->body->kind == BODY_FORMULA && s->kind == STMT_STOP_TEST) {
        c->body->flow = flow_dead();
        return;
    }
    if (!refuse_in_fn(c, s->word, what) && s->kind == STMT_STOP_USER && in_hook_without_user(c->body)) {
        diag = diag_add(c->diags, DIAG_E0509, s->word, "there is no user here to stop");
        diag_help(c->diags, diag, "`stop test` ends the run");
    }
    c->body->flow = flow_dead();
}

/* ------------------------------------------------------------------ the rest */

static void check_call_stmt(struct checker *c, struct stmt *s)
{
    struct expr *e = s->value;

    check_right(c, e);
    check_next_else(c, s);
    if (s->otherwise) { /* of pop: there is no value, so it need not leave */
        struct flow before = c->body->flow;
        check_block(c, s->otherwise);
        c->body->flow = flow_join(c, before, c->body->flow);
    }
    if (!e || e->kind != EXPR_CALL || e->type.kind == TYPE_ERROR || e->type.kind == TYPE_VOID)
        return;
    if (e->symbol && e->symbol->kind != SYMBOL_FN && e->symbol->kind != SYMBOL_DATA)
        return;
    diag_add(c->diags, DIAG_W0909, e->span, "nothing is done with what this returns");
}

static void check_sleep(struct checker *c, struct stmt *s)
{
    check_waits(c, s->word, "`sleep`");
    check_expr(c, s->value);
    if (s->value && s->value->type.kind == TYPE_RANGE) {
        if (s->value->type.range != TYPE_DURATION) {
            struct diag *diag =
                diag_add(c->diags, DIAG_E0304, s->value->span, "`sleep` needs durations, found numbers without a unit");
            diag_help(c->diags, diag, "`sleep 1s..3s`");
        }
        return;
    }
    if (require_duration(c, s->value, "`sleep`"))
        check_positive(c, s->value, "sleep", true);
}

static void check_log(struct checker *c, struct stmt *s)
{
    refuse_in_fn(c, s->word, "`log`");
    check_expr(c, s->value);
    require_value(c, s->value);
    refuse_secret(c, s->value, "the log");
}

/* One branch: begins with what was known before, nothing may jump out of it. */
static struct flow branch(struct checker *c, struct stmt *s, struct flow before)
{
    struct loop loop = {.outer = c->body->loop, .branch = true, .breaks = flow_dead()};
    struct diag *diag;

    loop.waited.bit = ++c->bit_count;
    c->body->flow = before;
    c->body->loop = &loop;
    if (s->kind != STMT_REQUEST && s->kind != STMT_CALL && s->kind != STMT_ERROR) {
        diag = diag_add(c->diags, DIAG_E0510, s->word, "`parallel` holds only requests and calls of actions");
        diag_help(c->diags, diag, "put what belongs together into an `action` and call it here");
        if (s->kind == STMT_LET) /* its name is used further down */
            check_stmt(c, s);
    } else {
        check_stmt(c, s);
        if (s->kind == STMT_CALL && s->value && s->value->symbol && s->value->symbol->kind != SYMBOL_ACTION)
            diag_add(c->diags, DIAG_E0510, s->value->span,
                     "`parallel` holds only requests and calls of actions, this is no action");
    }
    c->body->loop = loop.outer;
    return c->body->flow;
}

static void check_parallel(struct checker *c, struct stmt *s)
{
    struct env *outer = c->body->env;
    struct flow before, after;

    check_waits(c, s->word, "`parallel`");
    if (s->max) {
        check_expr(c, s->max);
        if (require_fits(c, type_of(TYPE_INT), s->max, "`max`") && s->max->constness == CONST_KNOWN &&
            s->max->type.kind == TYPE_INT && s->max->known.i < 1)
            diag_add(c->diags, DIAG_E0321, s->max->span, "`max` must be 1 or more");
    }
    c->body->env = env_new(c, ENV_BLOCK, outer, NULL);
    if (s->value) {
        check_expr(c, s->value);
        struct type t = s->value->type;
        if (t.kind != TYPE_LIST && !type_is_loose(t) && !(t.kind == TYPE_RANGE && t.range == TYPE_INT))
            diag_add(c->diags, DIAG_E0319, s->value->span, "`parallel for` goes through a list, found %s",
                     type_article(t));
        struct type element = type_of(t.kind == TYPE_RANGE ? TYPE_INT : TYPE_JSON);
        element.secret = t.secret;
        if (s->name.text)
            declare_local(c, s, SYMBOL_LET, c->body->env, element, c->body->decl);
    }
    before = after = c->body->flow;
    for (struct stmt *b = s->body ? s->body->first : NULL; b; b = b->next)
        after = flow_union(c, after, branch(c, b, before));
    c->body->flow = s->value ? flow_join(c, before, after) : after;
    c->body->env = outer;
}

static void check_measure(struct checker *c, struct stmt *s)
{
    check_waits(c, s->word, "`measure`");
    if (s->message)
        check_row_name(c, s->message);
    check_block(c, s->body);
}

static void check_stmt(struct checker *c, struct stmt *s)
{
    switch (s->kind) {
    case STMT_ERROR:
        break;
    case STMT_LET:
        check_let(c, s);
        break;
    case STMT_ASSIGN:
        check_assign(c, s);
        break;
    case STMT_SAVE:
        check_save(c, s);
        break;
    case STMT_CALL:
        check_call_stmt(c, s);
        break;
    case STMT_IF:
        check_if(c, s);
        break;
    case STMT_FOR:
        check_for(c, s);
        break;
    case STMT_WHILE:
        check_while(c, s);
        break;
    case STMT_REPEAT:
        check_repeat(c, s);
        break;
    case STMT_LOOP:
        check_loop(c, s);
        break;
    case STMT_BREAK:
    case STMT_CONTINUE:
        check_break(c, s);
        break;
    case STMT_RETURN:
        check_return(c, s);
        break;
    case STMT_SLEEP:
        check_sleep(c, s);
        break;
    case STMT_LOG:
        check_log(c, s);
        break;
    case STMT_EXPECT:
    case STMT_REQUIRE:
        check_expect(c, s);
        break;
    case STMT_FAIL:
        check_fail(c, s);
        break;
    case STMT_SUCCEED:
        check_succeed(c, s);
        break;
    case STMT_INTERRUPT:
        check_interrupt(c, s);
        break;
    case STMT_RESCHEDULE:
        check_reschedule(c, s);
        break;
    case STMT_STOP_USER:
    case STMT_STOP_TEST:
        check_stop(c, s);
        break;
    case STMT_AWAIT:
        check_await(c, s);
        break;
    case STMT_OPEN:
        check_open(c, s);
        break;
    case STMT_PUSH:
        check_push(c, s);
        break;
    case STMT_REQUEST:
        check_request(c, s);
        break;
    case STMT_SESSION:
        check_session(c, s);
        break;
    case STMT_PARALLEL:
        check_parallel(c, s);
        break;
    case STMT_MEASURE:
        check_measure(c, s);
        break;
    }
}
