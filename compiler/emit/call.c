/* Calls of built-in functions and fns, and the words of the language that are values. */
#include "emit.h"

#include <string.h>

/* ------------------------------------------------------------------ built-in functions */

static struct type type_of_letter(char letter)
{
    switch (letter) {
    case 'i':
        return type_kind(TYPE_INT);
    case 'f':
        return type_kind(TYPE_FLOAT);
    case 'b':
        return type_kind(TYPE_BOOL);
    case 'd':
        return type_kind(TYPE_DURATION);
    case 's':
        return type_kind(TYPE_STRING);
    case 'l':
        return type_kind(TYPE_LIST);
    case 'r':
        return type_kind(TYPE_RATE);
    default:
        return type_kind(TYPE_JSON);
    }
}

static const char *call_builtin(struct emit *em, const struct expr *e)
{
    enum { MAX = 8 };
    const struct expr *operands[MAX] = {NULL};
    struct type wants[MAX] = {{0}};
    const char *texts[MAX];
    bool optional[MAX] = {false};
    unsigned n = 0;
    const struct item *item = e->items;

    for (const char *p = e->builtin->signature; *p && *p != '>' && n < MAX; p++) {
        if (*p == '*') {
            continue;
        }
        optional[n] = p[1] == '*';
        wants[n] = type_of_letter(*p);
        operands[n] = item ? item->value : NULL;
        item = item ? item->next : NULL;
        n++;
    }
    emit_operands(em, operands, wants, n, texts);
    struct text out = {0};
    text_printf(&out, "%s(s, %s", e->builtin->symbol, emit_place_of(em, e));
    for (unsigned i = 0; i < n; i++) {
        const char *text = operands[i] && optional[i] ? emit_box(em, wants[i], texts[i]) : texts[i];
        text_printf(&out, ", %s", c_bare(em->arena, text));
    }
    text_puts(&out, ")");
    em->fn->may_fail = true;
    const char *result = arena_copy(em->arena, out.p, out.n);
    text_free(&out);
    return result;
}

/* ------------------------------------------------------------------ fns */

const char *fn_name(struct emit *em, const struct symbol *symbol)
{
    struct variable *variable = lower_variable(&em->lower, symbol);

    if (!variable->name) {
        const struct home *home =
            symbol->decl && symbol->decl->owner ? lower_home(&em->lower, symbol->decl->owner) : NULL;
        const char *wanted = home ? arena_format(em->arena, "%s_%s_fn", home->name, symbol->name)
                                  : arena_format(em->arena, "%s_fn", symbol->name);
        const char *name = lower_name(&em->lower, wanted);
        lower_variable(&em->lower, symbol)->name = name;
        return name;
    }
    return variable->name;
}

static const char *call_fn(struct emit *em, const struct expr *e)
{
    unsigned n = 0, i = 0;

    for (const struct param *param = e->symbol->decl->params; param; param = param->next) {
        n++;
    }
    const struct expr **operands = ARENA_ARRAY(em->arena, const struct expr *, n + 1);
    struct type *wants = ARENA_ARRAY(em->arena, struct type, n + 1);
    const char **texts = ARENA_ARRAY(em->arena, const char *, n + 1);
    const struct item *item = e->items;
    for (const struct param *param = e->symbol->decl->params; param; param = param->next, i++) {
        operands[i] = item ? item->value : NULL;
        wants[i] = param->symbol->type;
        item = item ? item->next : NULL;
    }
    emit_operands(em, operands, wants, n, texts);
    struct text out = {0};
    text_printf(&out, "%s(s", fn_name(em, e->symbol));
    for (i = 0; i < n; i++) {
        text_printf(&out, ", %s", c_bare(em->arena, texts[i]));
    }
    text_puts(&out, ")");
    em->fn->may_fail = true;
    const char *result = arena_copy(em->arena, out.p, out.n);
    text_free(&out);
    return result;
}

const char *emit_call_expr(struct emit *em, const struct expr *e)
{
    if (e->builtin) {
        return call_builtin(em, e);
    }
    if (e->symbol && e->symbol->kind == SYMBOL_FN && e->symbol->decl) {
        return call_fn(em, e);
    }
    if (e->symbol && (e->symbol->kind == SYMBOL_METRIC || e->symbol->kind == SYMBOL_DATA)) {
        return emit_shared_call(em, e);
    }
    emit_broken(em, e->span, "this call has no C");
}

static const struct kind *kind_of(struct emit *em, const struct decl *decl)
{
    const struct home *home = decl && decl->owner ? lower_home(&em->lower, decl->owner) : NULL;
    return home ? home->kind : NULL;
}

void emit_fn(struct emit *em, const struct symbol *symbol)
{
    const struct decl *decl = symbol->decl;
    struct function fn = {.kind = kind_of(em, decl), .result = symbol->type};
    struct text parameters = {0};

    if (decl->foreign) {
        emit_extern_fn(em, symbol);
        return;
    }
    if (type_is_value(fn.result)) {
        fn.leave = "return swarm_null();";
    } else {
        fn.leave = type_c(fn.result) == C_BOOL ? "return false;" : "return 0;";
    }
    fn.local_block = true;
    function_begin(em, &fn, IN_FN);
    text_puts(&parameters, "struct swarm_strand *s");
    for (const struct param *param = decl->params; param; param = param->next) {
        const char *name = emit_local_name(em, param->symbol);
        struct variable *variable = lower_variable(&em->lower, param->symbol);
        variable->where = WHERE_LOCAL;
        variable->name = name;
        text_printf(&parameters, ", %s %s", c_type(param->symbol->type), name);
    }
    emit_block(em, decl->body);
    write_line(&fn.body, "%s", fn.leave);
    function_end(em, c_type(fn.result), fn_name(em, symbol), parameters.p);
    text_free(&parameters);
}

/* ------------------------------------------------------------------ JSON of a response */

static bool step_known(const struct expr *e)
{
    if (e->kind == EXPR_FIELD) {
        return true;
    }
    const struct expr *index = e->right;
    return expr_is_known(index) &&
           (index->type.kind == TYPE_STRING ||
            (index->type.kind == TYPE_INT && index->known.i >= 0 && index->known.i <= INT32_MAX));
}

/* json, or json.a[0].b with steps that are known: one path of the scan. */
bool is_json_path(const struct expr *e)
{
    for (;;) {
        if (e->word == WORD_JSON) {
            return true;
        }
        if (e->word || (e->kind != EXPR_FIELD && e->kind != EXPR_INDEX) || !e->left || e->symbol || !step_known(e)) {
            return false;
        }
        e = e->left;
    }
}

static void path_key(const struct expr *e, struct text *out)
{
    if (e->word == WORD_JSON) {
        text_puts(out, "json");
        return;
    }
    path_key(e->left, out);
    if (e->kind == EXPR_FIELD) {
        text_printf(out, "[%zu:%s]", strlen(e->name.text), e->name.text);
    } else if (e->right->type.kind == TYPE_STRING) {
        text_printf(out, "[%zu:", e->right->known.text.n);
        text_add(out, e->right->known.text.p, e->right->known.text.n);
        text_puts(out, "]");
    } else {
        text_printf(out, "[%lld]", (long long)e->right->known.i);
    }
}

static const char *json_path(struct emit *em, const struct expr *e)
{
    struct function *fn = em->fn;
    struct text key = {0};

    path_key(e, &key);
    const char *name = arena_intern(em->arena, key.p, key.n);
    text_free(&key);
    unsigned index = 0;
    while (index < fn->path_count && fn->path_keys[index] != name) {
        index++;
    }
    if (index == fn->path_count) {
        if (fn->path_count == fn->path_room) {
            unsigned room = fn->path_room ? fn->path_room * 2 : 8;
            const struct expr **paths = ARENA_ARRAY(em->arena, const struct expr *, room);
            const char **keys = ARENA_ARRAY(em->arena, const char *, room);
            if (fn->path_count) {
                memcpy(paths, fn->paths, fn->path_count * sizeof *paths);
                memcpy(keys, fn->path_keys, fn->path_count * sizeof *keys);
            }
            fn->paths = paths;
            fn->path_keys = keys;
            fn->path_room = room;
        }
        fn->paths[fn->path_count] = e;
        fn->path_keys[fn->path_count++] = name;
    }
    fn->may_fail = true;
    return arena_format(em->arena, "swarm_found(s, r, %u, %s)", index, emit_place_of(em, e));
}

/* ------------------------------------------------------------------ words */

static const char *by_name(struct emit *em, const char *function, const struct expr *name)
{
    em->fn->may_fail = true;
    return arena_format(em->arena, "%s(s, r, %s)", function, emit_as(em, name, type_kind(TYPE_STRING)));
}

static const struct {
    uint16_t word;
    const char *text;
    bool fails;
} words[] = {
    {WORD_STATUS, "swarm_status(r)", false},
    {WORD_SIZE, "swarm_size(r)", false},
    {WORD_TIME, "swarm_time(r)", false},
    {WORD_TIME_FIRST_BYTE, "swarm_time_first_byte(r)", false},
    {WORD_TIME_CONNECT, "swarm_time_connect(r)", false},
    {WORD_TIME_TLS, "swarm_time_tls(r)", false},
    {WORD_TEXT, "swarm_body_text(s, r)", true},
    {WORD_URL, "swarm_url(s, r)", true},
    {WORD_HISTORY, "swarm_history(s, r)", true},
    {WORD_USER_ID, "swarm_user_id(s)", false},
    {WORD_USER_NAME, "swarm_user_name(s)", false},
    {WORD_WORKER_INDEX, "swarm_worker_index(s)", false},
    {WORD_RUN_TIME, "swarm_run_time(s)", false},
    {WORD_RUN_USERS, "swarm_run_users(s)", false},
    {WORD_ELAPSED, "elapsed", false},
    {WORD_REQUEST_METHOD, "request->method", false},
    {WORD_REQUEST_NAME, "request->name", false},
    {WORD_REQUEST_URL, "request->url", false},
    {WORD_REQUEST_STATUS, "request->status", false},
    {WORD_REQUEST_TIME, "request->time", false},
    {WORD_REQUEST_SIZE, "request->size", false},
    {WORD_REQUEST_ERROR, "request->error", false},
    {WORD_REQUEST_USER, "request->user", false},
    {WORD_ERROR_MESSAGE, "error->message", false},
    {WORD_ERROR_PLACE, "error->place", false},
    {WORD_ERROR_TASK, "error->task", false},
    {WORD_ERROR_USER, "error->user", false},
};

const char *emit_word(struct emit *em, const struct expr *e)
{
    if (is_json_path(e)) {
        return json_path(em, e);
    }
    if (e->word == WORD_LENGTH) {
        const char *left = emit_box(em, e->left->type, emit_expr(em, e->left));
        em->fn->may_fail = true;
        return arena_format(em->arena, "swarm_length(s, %s, %s)", left, emit_place_of(em, e->left));
    }
    if (e->word == WORD_HEADERS_ALL && e->kind == EXPR_CALL && e->items) {
        return by_name(em, "swarm_response_headers", e->items->value);
    }
    if (e->word >= WORD_CSS && e->word <= WORD_JSONPATH && e->kind == EXPR_CALL && e->items) {
        return emit_extract(em, e);
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (words[i].word == e->word) {
            em->fn->may_fail |= words[i].fails;
            return words[i].text;
        }
    }
    emit_broken(em, e->span, "the word `%s` has no C here", emit_source(em, e->span));
}
