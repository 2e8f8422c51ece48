/* The language's own words that are values: of the response (language.md section 5), of the user, the run,
 * hooks. */
#include "checker.h"

enum place { IN_RESPONSE, WITH_USER, ANYWHERE, IN_REQUEST_HOOK, IN_ERROR_HOOK, IN_SHAPE };

struct word {
    const char *base, *field; /* field NULL: the bare word */
    enum value_word word;
    enum place place;
    enum type_kind type;
    bool optional, body;
};

static const struct word words[] = {
    {"status", NULL, WORD_STATUS, IN_RESPONSE, TYPE_INT, false, false},
    {"json", NULL, WORD_JSON, IN_RESPONSE, TYPE_JSON, false, true},
    {"text", NULL, WORD_TEXT, IN_RESPONSE, TYPE_STRING, false, true},
    {"headers", NULL, WORD_HEADERS, IN_RESPONSE, TYPE_RESPONSE, false, false},
    {"cookies", NULL, WORD_COOKIES, IN_RESPONSE, TYPE_RESPONSE, false, false},
    {"url", NULL, WORD_URL, IN_RESPONSE, TYPE_STRING, false, false},
    {"history", NULL, WORD_HISTORY, IN_RESPONSE, TYPE_LIST, false, false},
    {"time", "first_byte", WORD_TIME_FIRST_BYTE, IN_RESPONSE, TYPE_DURATION, false, false},
    {"time", "connect", WORD_TIME_CONNECT, IN_RESPONSE, TYPE_DURATION, false, false},
    {"time", "tls", WORD_TIME_TLS, IN_RESPONSE, TYPE_DURATION, false, false},
    {"time", NULL, WORD_TIME, IN_RESPONSE, TYPE_DURATION, false, false},
    {"size", NULL, WORD_SIZE, IN_RESPONSE, TYPE_INT, false, false},
    {"response", NULL, WORD_RESPONSE, IN_RESPONSE, TYPE_RESPONSE, false, false},
    {"user", "id", WORD_USER_ID, WITH_USER, TYPE_INT, false, false},
    {"user", "name", WORD_USER_NAME, WITH_USER, TYPE_STRING, false, false},
    {"user", NULL, WORD_USER, ANYWHERE, TYPE_RESPONSE, false, false},
    {"run", "time", WORD_RUN_TIME, ANYWHERE, TYPE_DURATION, false, false},
    {"run", "users", WORD_RUN_USERS, ANYWHERE, TYPE_INT, false, false},
    {"run", NULL, WORD_RUN, ANYWHERE, TYPE_RESPONSE, false, false},
    {"worker_index", NULL, WORD_WORKER_INDEX, ANYWHERE, TYPE_INT, false, false},
    {"elapsed", NULL, WORD_ELAPSED, IN_SHAPE, TYPE_DURATION, false, false},
    {"request", "method", WORD_REQUEST_METHOD, IN_REQUEST_HOOK, TYPE_STRING, false, false},
    {"request", "name", WORD_REQUEST_NAME, IN_REQUEST_HOOK, TYPE_STRING, false, false},
    {"request", "url", WORD_REQUEST_URL, IN_REQUEST_HOOK, TYPE_STRING, false, false},
    {"request", "status", WORD_REQUEST_STATUS, IN_REQUEST_HOOK, TYPE_INT, true, false},
    {"request", "time", WORD_REQUEST_TIME, IN_REQUEST_HOOK, TYPE_DURATION, false, false},
    {"request", "size", WORD_REQUEST_SIZE, IN_REQUEST_HOOK, TYPE_INT, false, false},
    {"request", "error", WORD_REQUEST_ERROR, IN_REQUEST_HOOK, TYPE_STRING, true, false},
    {"request", "user", WORD_REQUEST_USER, IN_REQUEST_HOOK, TYPE_INT, false, false},
    {"error", "message", WORD_ERROR_MESSAGE, IN_ERROR_HOOK, TYPE_STRING, false, false},
    {"error", "place", WORD_ERROR_PLACE, IN_ERROR_HOOK, TYPE_STRING, false, false},
    {"error", "task", WORD_ERROR_TASK, IN_ERROR_HOOK, TYPE_STRING, false, false},
    {"error", "user", WORD_ERROR_USER, IN_ERROR_HOOK, TYPE_INT, false, false},
};
enum { WORD_COUNT = sizeof words / sizeof *words };

static const struct call_word {
    const char *name;
    enum value_word word;
    enum type_kind type;
    bool optional; /* the result may be missing */
    unsigned max;  /* arguments, at least 1 */
    const char *form;
} call_words[] = {
    {"css", WORD_CSS, TYPE_LIST, false, 2, "css(\"a.product\", \"href\")"},
    {"xpath", WORD_XPATH, TYPE_JSON, false, 1, "xpath(\"string(//title)\")"}, /* the expression says what it gives */
    {"regex", WORD_REGEX, TYPE_STRING, true, 1, "regex(r\"id=(\\d+)\")"},
    {"regex_all", WORD_REGEX_ALL, TYPE_LIST, false, 1, "regex_all(r\"id=(\\d+)\")"},
    {"jsonpath", WORD_JSONPATH, TYPE_LIST, false, 1, "jsonpath(\"$.items[*].id\")"},
};
enum { CALL_WORD_COUNT = sizeof call_words / sizeof *call_words };

bool word_reads_body(uint16_t word)
{
    return word == WORD_JSON || word == WORD_TEXT || (word >= WORD_CSS && word <= WORD_JSONPATH);
}

static void error(struct expr *e)
{
    e->type = type_of(TYPE_ERROR);
    e->constness = CONST_NO;
}

/* May the word stand here? Reports where not. */
static bool in_place(struct checker *c, const struct expr *e, enum place place, const char *name)
{
    struct body *body = c->body;
    struct diag *diag;

    switch (place) {
    case IN_RESPONSE:
        if (body->request)
            return true;
        if (body->in_attributes) {
            diag =
                diag_add(c->diags, DIAG_E0418, e->span, "`%s` is not there yet: the request is still to be sent", name);
            diag_help(c->diags, diag, "response words stand in the statements behind the attributes");
            return false;
        }
        diag = diag_add(c->diags, DIAG_E0408, e->span, "`%s` is a word of response blocks, there is no response here",
                        name);
        diag_help(c->diags, diag, "save it in the block of the request: `get \"/\" { save x = %s%s }`", name,
                  name_is(name, "headers") || name_is(name, "cookies") ? "[\"name\"]" : "");
        return false;
    case WITH_USER:
        if (!body->constant && body->kind != BODY_NONE && body->kind != BODY_FORMULA && body->kind != BODY_QUIET_HOOK &&
            body->kind != BODY_SENDING_HOOK && body->kind != BODY_REQUEST_HOOK && body->kind != BODY_ERROR_HOOK)
            return true;
        if (body->kind == BODY_NONE && body->user && !body->constant)
            return true;
        diag = diag_add(c->diags, DIAG_E0408, e->span, "there is no user here, so `%s` has no value", name);
        if (body->kind == BODY_REQUEST_HOOK || body->kind == BODY_ERROR_HOOK)
            diag_help(c->diags, diag, "the user's number is `%s.user`",
                      body->kind == BODY_REQUEST_HOOK ? "request" : "error");
        else
            diag_help(c->diags, diag, "use it in a user, or in a task, hook or action of one");
        return false;
    case IN_SHAPE:
        return body->kind == BODY_FORMULA;
    case IN_REQUEST_HOOK:
        return body->kind == BODY_REQUEST_HOOK;
    case IN_ERROR_HOOK:
        return body->kind == BODY_ERROR_HOOK;
    case ANYWHERE:
        return true;
    }
    return true;
}

static void take(struct checker *c, struct expr *e, const struct word *word)
{
    e->word = (uint16_t)word->word;
    e->type = type_of(word->type);
    e->type.optional = word->optional;
    e->constness = CONST_NO;
    if (word->word == WORD_STATUS && c->body->condition)
        c->body->reads_status = true;
    if (word->body && c->body->request)
        c->body->request->reads_body = true;
    c->body->impure = true;
    if (c->body->constant && word->place == ANYWHERE) {
        struct diag *diag =
            diag_add(c->diags, DIAG_E0212, e->span, "`%s%s%s` is not known before the run, but %s must be", word->base,
                     word->field ? "." : "", word->field ? word->field : "", c->body->constant_what);
        (void)diag;
        error(e);
    }
}

static const struct word *find(const char *base, const char *field)
{
    for (int i = 0; i < WORD_COUNT; i++)
        if (name_is(base, words[i].base) &&
            (field ? name_is(field, words[i].field ? words[i].field : "") : !words[i].field))
            return &words[i];
    return NULL;
}

static bool is_base(const char *base)
{
    for (int i = 0; i < WORD_COUNT; i++)
        if (name_is(base, words[i].base))
            return true;
    return false;
}

void word_offer_functions(struct near *near)
{
    for (size_t i = 0; i < CALL_WORD_COUNT; i++)
        near_offer(near, call_words[i].name);
}

bool word_is_of_response(const char *name)
{
    for (int i = 0; i < WORD_COUNT; i++)
        if (words[i].place == IN_RESPONSE && name_is(name, words[i].base))
            return true;
    return false;
}

static const struct call_word *find_call(const char *name)
{
    for (int i = 0; i < CALL_WORD_COUNT; i++)
        if (name_is(name, call_words[i].name))
            return &call_words[i];
    return NULL;
}

bool check_word_name(struct checker *c, struct expr *e)
{
    const struct word *word = find(e->name.text, NULL);
    const struct call_word *call = find_call(e->name.text);
    struct diag *diag;

    if (call) {
        error(e);
        if (in_place(c, e, IN_RESPONSE, call->name)) {
            diag = diag_add(c->diags, DIAG_E0206, e->span, "`%s` is called with what to look for", call->name);
            diag_help(c->diags, diag, "`%s`", call->form);
        }
        return true;
    }
    if (!word)
        return false;
    if (!in_place(c, e, word->place, word->base)) {
        if (word->place == IN_SHAPE)
            return false;
        error(e);
        return true;
    }
    take(c, e, word);
    if (word->word == WORD_USER || word->word == WORD_RUN || word->word == WORD_RESPONSE) {
        error(e);
        diag = diag_add(c->diags, DIAG_E0206, e->span, "`%s` alone is not a value", word->base);
        diag_help(c->diags, diag,
                  word->word == WORD_USER  ? "`user.id` is the user's number, `user.name` its kind"
                  : word->word == WORD_RUN ? "`run.time` and `run.users` are there"
                                           : "name a part of it: `response.status`, or simply `status`");
    }
    return true;
}

static void report_word_field(struct checker *c, struct expr *e, const char *base)
{
    struct diag *diag = diag_add(c->diags, DIAG_E0307, e->name.span, "`%s` has no `%s`", base, e->name.text);
    struct near near;
    struct text all = {0};

    near_begin(&near, e->name.text);
    for (int i = 0; i < WORD_COUNT; i++)
        if (words[i].field && name_is(base, words[i].base)) {
            near_offer(&near, words[i].field);
            text_printf(&all, "%s`%s.%s`", all.n ? ", " : "", base, words[i].field);
        }
    if (near.best)
        diag_help(c->diags, diag, "did you mean `%s.%s`?", base, near.best);
    else if (name_is(base, "headers") || name_is(base, "cookies"))
        diag_help(c->diags, diag, "`%s[\"%s\"]`", base, e->name.text);
    else if (all.n)
        diag_help(c->diags, diag, "there are %s", all.p);
    text_free(&all);
    error(e);
}

/* response.X is X where X is a word of its own. */
static bool response_field(struct checker *c, struct expr *e)
{
    const struct word *word = find(e->name.text, NULL);
    struct diag *diag;
    struct near near;

    if (word && word->place == IN_RESPONSE && word->word != WORD_RESPONSE) {
        if (in_place(c, e, IN_RESPONSE, e->name.text))
            take(c, e, word);
        else
            error(e);
        e->left->word = WORD_RESPONSE;
        e->left->type = type_of(TYPE_RESPONSE);
        return true;
    }
    error(e);
    if (!in_place(c, e, IN_RESPONSE, "response"))
        return true;
    diag = diag_add(c->diags, DIAG_E0307, e->name.span, "`response` has no `%s`", e->name.text);
    near_begin(&near, e->name.text);
    for (int i = 0; i < WORD_COUNT; i++)
        if (words[i].place == IN_RESPONSE && !words[i].field)
            near_offer(&near, words[i].base);
    if (name_is(e->name.text, "status_code") || name_is(e->name.text, "statusCode"))
        diag_help(c->diags, diag, "that is `status`");
    else if (name_is(e->name.text, "body") || name_is(e->name.text, "content"))
        diag_help(c->diags, diag, "that is `text`, or `json`");
    else if (near.best)
        diag_help(c->diags, diag, "did you mean `response.%s`?", near.best);
    return true;
}

bool check_word_field(struct checker *c, struct expr *e)
{
    const char *base = e->left->kind == EXPR_NAME ? e->left->name.text : NULL;
    const struct word *word;

    if (e->left->kind == EXPR_FIELD && e->left->left->kind == EXPR_NAME &&
        name_is(e->left->left->name.text, "response") && !scope_find(c->body->env, e->left->left->name.text)) {
        /* response.time.connect */
        word = find(e->left->name.text, e->name.text);
        if (word && word->place == IN_RESPONSE) {
            if (in_place(c, e, IN_RESPONSE, "response"))
                take(c, e, word);
            else
                error(e);
            return true;
        }
        return false;
    }
    if (!base || !is_base(base) || scope_find(c->body->env, base))
        return false;
    if (name_is(base, "response"))
        return response_field(c, e);
    word = find(base, e->name.text);
    if (word) {
        if (!in_place(c, e, word->place, arena_format(c->arena, "%s.%s", base, e->name.text))) {
            error(e);
            if (word->place == IN_REQUEST_HOOK || word->place == IN_ERROR_HOOK)
                return false; /* an ordinary unknown name */
            return true;
        }
        take(c, e, word);
        return true;
    }
    word = find(base, NULL);
    if (name_is(base, "json") || name_is(base, "text") || name_is(base, "history"))
        return false; /* a path, .length */
    if ((name_is(base, "request") && c->body->kind != BODY_REQUEST_HOOK) ||
        (name_is(base, "error") && c->body->kind != BODY_ERROR_HOOK))
        return false;
    if (word && !in_place(c, e, word->place, base)) {
        error(e);
        return true;
    }
    report_word_field(c, e, base);
    return true;
}

/* ------------------------------------------------------------------ calls */

static void call_response(struct checker *c, struct expr *e, const struct call_word *word)
{
    unsigned n = 0;

    error(e);
    for (struct item *item = e->items; item; item = item->next, n++)
        check_expr(c, item->value);
    if (!in_place(c, e, IN_RESPONSE, word->name))
        return;
    if (n < 1 || n > word->max) {
        struct diag *diag =
            diag_add(c->diags, DIAG_E0305, e->span, "`%s` takes %s", word->name,
                     word->max == 1 ? "one text" : "a selector, and the name of an attribute where one is wanted");
        diag_help(c->diags, diag, "`%s`", word->form);
        return;
    }
    for (struct item *item = e->items; item; item = item->next)
        if (!type_fits(type_of(TYPE_STRING), item->value->type)) {
            diag_add(c->diags, DIAG_E0306, item->value->span, "`%s` takes a text here, found %s", word->name,
                     type_article(item->value->type));
            return;
        }
    check_extract(c, (uint16_t)word->word, e->items->value);
    e->word = (uint16_t)word->word;
    e->type = type_of(word->type);
    e->type.optional = word->optional;
    c->body->request->reads_body = true;
}

/* headers.all("X"), response.css("x") */
bool check_word_call(struct checker *c, struct expr *e)
{
    struct expr *callee = e->left;
    const struct call_word *word;
    const struct expr *base;

    if (callee->kind == EXPR_NAME) {
        word = find_call(callee->name.text);
        if (!word)
            return false;
        call_response(c, e, word);
        return true;
    }
    base = callee->left;
    if (base->kind == EXPR_NAME && name_is(base->name.text, "response") &&
        (word = find_call(callee->name.text)) != NULL) {
        call_response(c, e, word);
        return true;
    }
    if (base->kind == EXPR_FIELD && base->left->kind == EXPR_NAME && name_is(base->left->name.text, "response"))
        ;
    else if (base->kind != EXPR_NAME)
        return false;
    if (!name_is(base->name.text, "headers") || !name_is(callee->name.text, "all"))
        return false;
    for (struct item *item = e->items; item; item = item->next)
        check_expr(c, item->value);
    error(e);
    if (!in_place(c, e, IN_RESPONSE, "headers"))
        return true;
    if (!e->items || e->items->next || !type_fits(type_of(TYPE_STRING), e->items->value->type)) {
        diag_add(c->diags, DIAG_E0305, e->span,
                 "`headers.all` takes the name of a header: `headers.all(\"Set-Cookie\")`");
        return true;
    }
    e->word = WORD_HEADERS_ALL;
    e->type = type_of(TYPE_LIST);
    return true;
}
