/* What the emitter is given: the tables of struct program_info. Only what can run is in them. */
#include "checker.h"

struct builder {
    struct checker *c;
    struct symbol *last_fn, *last_action, *last_option, *last_shared, *last_data, *last_gate, *last_queue, *last_metric;
    unsigned request_room;
    struct stmt *needs_host;
    bool has_session_target;
    bool setup; /* in a hook that sends: rows of type SETUP */
    unsigned generation;
};

/* ------------------------------------------------------------------ recursion */

struct chain {
    const struct symbol *symbol;
    const struct chain *outer;
};

struct calls {
    struct checker *c;
    const struct chain *chain;
    bool found;
};

static void report_cycle(struct checker *c, const struct chain *chain, const struct symbol *again)
{
    const struct symbol *order[16];
    unsigned n = 0;
    struct text way = {0};
    struct diag *diag;

    for (const struct chain *at = chain; at && n < 16; at = at->outer) {
        order[n++] = at->symbol;
        if (at->symbol == again)
            break;
    }
    for (unsigned i = n; i-- > 0;)
        text_printf(&way, "`%s` → ", order[i]->name);
    diag = diag_add(c->diags, DIAG_E0230, again->span,
                    n == 1 ? "`%s` calls itself: recursion is not possible"
                           : "`%s` calls itself over others: recursion is not possible",
                    again->name);
    diag_help(c->diags, diag, "%s`%s`; use a loop", way.p ? way.p : "", again->name);
    for (unsigned i = n; i-- > 1;)
        diag_label(c->diags, diag, order[i - 1]->span, "called on the way");
    text_free(&way);
}

static void follow_calls(struct calls *calls, struct symbol *symbol);

static void follow_expr(struct walk *walk, struct expr *e)
{
    struct calls *calls = walk->data;

    if (e->kind == EXPR_CALL && e->symbol && (e->symbol->kind == SYMBOL_FN || e->symbol->kind == SYMBOL_ACTION))
        follow_calls(calls, e->symbol);
}

/* state is STATE_DONE when nothing below is open, STATE_BUSY on the way. */
static void follow_calls(struct calls *calls, struct symbol *symbol)
{
    struct chain here = {symbol, calls->chain};
    struct walk walk = {.expr = follow_expr, .data = calls};

    if (symbol->visit == 1) {
        for (const struct chain *at = calls->chain; at; at = at->outer)
            if (at->symbol == symbol) {
                report_cycle(calls->c, calls->chain, symbol);
                calls->found = true;
                return;
            }
        return;
    }
    symbol->visit = 1;
    if (!symbol->decl)
        return;
    calls->chain = &here;
    walk_block(&walk, symbol->decl->body);
    calls->chain = here.outer;
}

static void follow_decls(struct calls *calls, struct decl *decl)
{
    for (; decl; decl = decl->next) {
        if ((decl->kind == DECL_FN || decl->kind == DECL_ACTION) && decl->symbol)
            follow_calls(calls, decl->symbol);
        if (decl->kind == DECL_USER || decl->kind == DECL_GROUP)
            follow_decls(calls, decl->members);
    }
}

void report_recursion(struct checker *c)
{
    struct calls calls = {.c = c};

    for (struct module *module = c->modules; module; module = module->next)
        follow_decls(&calls, module->decls);
}

/* ------------------------------------------------------------------ what is called and sent */

static void add_request(struct builder *b, struct request *request)
{
    struct program_info *info = b->c->info;

    if (info->request_count == b->request_room) {
        b->request_room = b->request_room ? b->request_room * 2 : 64;
        struct request **grown = ARENA_ARRAY(b->c->arena, struct request *, b->request_room);
        if (info->request_count)
            memcpy(grown, info->requests, info->request_count * sizeof *grown);
        info->requests = grown;
    }
    request->index = info->request_count;
    info->requests[info->request_count++] = request;
    request->row = row_of(b->c, request, b->setup);
}

static void list_callable(struct builder *b, struct symbol *symbol);

static void build_expr(struct walk *walk, struct expr *e)
{
    if (e->kind == EXPR_CALL && e->symbol && (e->symbol->kind == SYMBOL_FN || e->symbol->kind == SYMBOL_ACTION))
        list_callable(walk->data, e->symbol);
}

static void build_stmt(struct walk *walk, struct stmt *s)
{
    if (s->kind == STMT_REQUEST && s->request)
        add_request(walk->data, s->request);
    if (s->kind == STMT_MEASURE && s->message && s->message->constness == CONST_KNOWN &&
        s->message->type.kind == TYPE_STRING) {
        struct builder *b = walk->data;
        struct slice name = s->message->known.text;
        row_add(b->c, "TRANSACTION", arena_copy(b->c->arena, name.p, name.n), s->span);
    }
}

static void build_block(struct builder *b, struct block *block)
{
    struct walk walk = {.expr = build_expr, .stmt = build_stmt, .data = b};

    walk_block(&walk, block);
}

static void build_value(struct builder *b, struct expr *e)
{
    struct walk walk = {.expr = build_expr, .data = b};

    walk_expr(&walk, e);
}

static void build_attrs(struct builder *b, struct attr *attrs)
{
    struct walk walk = {.expr = build_expr, .data = b};

    walk_attrs(&walk, attrs);
}

static void append(struct symbol **first, struct symbol **last, struct symbol *symbol)
{
    symbol->next = NULL;
    if (*last)
        (*last)->next = symbol;
    else
        *first = symbol;
    *last = symbol;
}

/* Of an imported file: redis.get */
static const char *call_name(struct checker *c, const struct decl *decl)
{
    const char *name = decl->span.file == c->main->file ? NULL : file_stem(c, decl->span.file);

    return name ? arena_format(c->arena, "%s.%s", name, decl->name.text) : decl->name.text;
}

/* Callees first. */
static void list_callable(struct builder *b, struct symbol *symbol)
{
    struct program_info *info = b->c->info;

    if (symbol->listed || !symbol->decl)
        return;
    symbol->listed = true;
    if (symbol->decl->foreign && symbol->kind == SYMBOL_ACTION)
        symbol->decl->call_row = row_add(b->c, "CALL", call_name(b->c, symbol->decl), symbol->decl->name.span);
    build_block(b, symbol->decl->body);
    if (symbol->kind == SYMBOL_FN)
        append(&info->fns, &b->last_fn, symbol);
    else
        append(&info->actions, &b->last_action, symbol);
}

static void build_stages(struct builder *b, struct stage *stage)
{
    for (; stage; stage = stage->next) {
        build_value(b, stage->users);
        build_value(b, stage->rate);
        build_value(b, stage->rate_to);
        build_value(b, stage->duration);
        build_value(b, stage->until);
        build_block(b, stage->formula);
        build_stages(b, stage->result);
        build_stages(b, stage->body);
    }
}

static void build_thresholds(struct builder *b, struct decl *decl)
{
    build_value(b, decl->value);
    for (struct threshold *t = decl->thresholds; t; t = t->next) {
        build_value(b, t->value);
        build_value(b, t->abort_after);
    }
}

static void build_members(struct builder *b, struct decl *in)
{
    for (struct decl *member = in->members; member; member = member->next) {
        build_value(b, member->value);
        build_value(b, member->weight);
        build_stages(b, member->stages);
        if (member->kind == DECL_HOOK || member->kind == DECL_TASK) {
            build_block(b, member->body);
        } else if (member->kind == DECL_GROUP) {
            build_members(b, member);
        } else if (member->kind == DECL_USE && member->used) {
            build_members(b, member->used);
        }
    }
}

/* ------------------------------------------------------------------ does a kind need --host? */

static void host_members(struct builder *b, struct decl *in);

static void host_callable(struct builder *b, struct symbol *symbol);

static void host_expr(struct walk *walk, struct expr *e)
{
    if (e->kind == EXPR_CALL && e->symbol && e->symbol->kind == SYMBOL_ACTION)
        host_callable(walk->data, e->symbol);
}

static void host_stmt(struct walk *walk, struct stmt *s)
{
    struct builder *b = walk->data;

    if (s->kind == STMT_SESSION && s->session_kind == SESSION_TARGET)
        b->has_session_target = true;
    if (s->kind == STMT_REQUEST && s->request && s->request->url && !b->needs_host && url_is_relative(s->request->url))
        b->needs_host = s;
}

static void host_block(struct builder *b, struct block *block)
{
    struct walk walk = {.expr = host_expr, .stmt = host_stmt, .data = b};

    walk_block(&walk, block);
}

static void host_callable(struct builder *b, struct symbol *symbol)
{
    if (symbol->visit == b->generation || !symbol->decl)
        return;
    symbol->visit = b->generation;
    host_block(b, symbol->decl->body);
}

static void host_members(struct builder *b, struct decl *in)
{
    for (struct decl *member = in->members; member; member = member->next) {
        if (member->kind == DECL_HOOK || member->kind == DECL_TASK)
            host_block(b, member->body);
        else if (member->kind == DECL_GROUP)
            host_members(b, member);
        else if (member->kind == DECL_USE && member->used)
            host_members(b, member->used);
    }
}

static void find_needs_host(struct builder *b, const struct kind *kind)
{
    if (kind->target || b->c->info->target || b->c->info->needs_host)
        return;
    b->generation++;
    b->needs_host = NULL;
    b->has_session_target = false;
    host_members(b, kind->decl);
    if (!b->has_session_target)
        b->c->info->needs_host = b->needs_host;
}

/* ------------------------------------------------------------------ kinds */

struct decl *decl_entry(struct decl *decl)
{
    return decl->kind == DECL_TASK || decl->kind == DECL_GROUP ? decl : decl->kind == DECL_USE ? decl->used : NULL;
}

static struct kind *make_kind(struct builder *b, struct decl *user)
{
    struct kind *kind = ARENA_NEW(b->c->arena, struct kind);
    size_t room = 0, stops = 0;
    struct decl *found;

    for (struct decl *member = user->members; member; member = member->next)
        room++;
    kind->name = user->name.text;
    kind->decl = user;
    kind->entries = ARENA_ARRAY(b->c->arena, struct decl *, room + 1);
    kind->on_start = ARENA_ARRAY(b->c->arena, struct decl *, room + 1);
    kind->on_stop = ARENA_ARRAY(b->c->arena, struct decl *, room + 1);
    for (struct decl *member = user->members; member; member = member->next) {
        if (decl_entry(member))
            kind->entries[kind->entry_count++] = decl_entry(member);
        else if (member->kind == DECL_HOOK && name_is(member->name.text, "start"))
            kind->on_start[kind->on_start_count++] = member;
        else if (member->kind == DECL_HOOK && name_is(member->name.text, "stop"))
            kind->on_stop_count++;
    }
    for (struct decl *member = user->members; member; member = member->next) /* the base's last */
        if (member->kind == DECL_HOOK && name_is(member->name.text, "stop"))
            kind->on_stop[kind->on_stop_count - ++stops] = member;
    kind->wait = user_member(user, DECL_WAIT);
    kind->weight = (found = user_member(user, DECL_WEIGHT)) ? found->value : NULL;
    kind->count = (found = user_member(user, DECL_COUNT)) ? found->value : NULL;
    kind->visits = (found = user_member(user, DECL_VISITS)) ? found->value : NULL;
    kind->target = user_member(user, DECL_TARGET);
    kind->http = user->attrs;
    kind->index = b->c->info->kind_count++;
    return kind;
}

static void build_file(struct builder *b, struct module *module)
{
    struct program_info *info = b->c->info;

    for (struct decl *decl = module->decls; decl; decl = decl->next) {
        if (decl->kind == DECL_OPTION && decl->symbol) {
            build_value(b, decl->value);
            append(&info->options, &b->last_option, decl->symbol);
        } else if (decl->kind == DECL_VAR && decl->symbol) {
            build_value(b, decl->value);
            append(&info->shared, &b->last_shared, decl->symbol);
        } else if (decl->kind == DECL_DATA && decl->symbol && decl->data_read) {
            append(&info->data, &b->last_data, decl->symbol);
        } else if (decl->kind == DECL_GATE && decl->symbol) {
            append(&info->gates, &b->last_gate, decl->symbol);
        } else if (decl->kind == DECL_QUEUE && decl->symbol) {
            build_value(b, decl->value);
            append(&info->queues, &b->last_queue, decl->symbol);
        } else if (decl->kind == DECL_METRIC && decl->symbol) {
            append(&info->metrics, &b->last_metric, decl->symbol);
        } else if (decl->kind == DECL_TARGET && module == b->c->main && !info->target) {
            build_value(b, decl->value);
            info->target = decl;
        } else if (decl->kind == DECL_HTTP && module == b->c->main && !info->http) {
            build_attrs(b, decl->attrs);
            info->http = decl->attrs;
        } else if (module == b->c->main && decl->kind == DECL_SHAPE) {
            build_stages(b, decl->stages);
        } else if (module == b->c->main && decl->kind == DECL_THRESHOLDS) {
            build_thresholds(b, decl);
        } else if (decl->kind == DECL_HOOK) {
            b->setup = true;
            build_value(b, decl->value);
            build_block(b, decl->body);
            b->setup = false;
        }
    }
}

void build_program(struct checker *c)
{
    struct builder b = {.c = c, .generation = 1};
    struct kind **last = &c->info->kinds;

    for (struct symbol *symbol = c->info->consts; symbol; symbol = symbol->next)
        build_value(&b, symbol->decl->value);
    list_hooks(c);
    list_externs(c);
    for (struct module *module = c->modules; module; module = module->next)
        build_file(&b, module);
    for (struct decl *decl = c->main->decls; decl; decl = decl->next) {
        if (decl->kind != DECL_USER || decl->abstract)
            continue;
        *last = make_kind(&b, decl);
        build_attrs(&b, (*last)->http);
        build_members(&b, decl);
        find_needs_host(&b, *last);
        last = &(*last)->next;
    }
}
