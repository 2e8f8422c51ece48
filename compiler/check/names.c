/* Environments, symbols, looking names up, and what is said about a name that nobody declares. */
#include "checker.h"

struct env *env_new(struct checker *c, enum env_kind kind, struct env *outer, struct decl *decl)
{
    struct env *env = ARENA_NEW(c->arena, struct env);

    env->kind = kind;
    env->outer = outer;
    env->decl = decl;
    return env;
}

struct module *env_module(const struct env *env)
{
    while (env->outer)
        env = env->outer;
    return env->module;
}

static struct env *user_env(struct env *env)
{
    while (env && env->kind != ENV_USER)
        env = env->outer;
    return env;
}

struct env *enter_file(struct checker *c, struct env *env, uint16_t file)
{
    struct env *user = user_env(env), *before;

    if (!user)
        return NULL;
    before = user->outer;
    for (struct module *module = c->modules; module; module = module->next)
        if (module->file == file)
            user->outer = &module->env;
    return before;
}

void leave_file(struct env *env, struct env *before)
{
    struct env *user = user_env(env);

    if (user && before)
        user->outer = before;
}

struct symbol *symbol_new(struct checker *c, enum symbol_kind kind, struct name name, struct type type)
{
    struct symbol *symbol = ARENA_NEW(c->arena, struct symbol);

    symbol->kind = kind;
    symbol->name = name.text;
    symbol->span = name.span;
    symbol->type = type;
    symbol->index = ++c->symbol_count;
    return symbol;
}

bool name_is(const char *name, const char *word)
{
    return name && strcmp(name, word) == 0;
}

struct symbol *scope_find_in(const struct env *env, const char *name)
{
    for (struct entry *entry = env->entries; entry; entry = entry->next)
        if (entry->symbol->name == name)
            return entry->symbol;
    return NULL;
}

struct symbol *scope_find(const struct env *env, const char *name)
{
    for (; env; env = env->outer) {
        struct symbol *symbol = scope_find_in(env, name);
        if (symbol)
            return symbol;
    }
    return NULL;
}

const char *symbol_what(const struct symbol *symbol)
{
    switch (symbol->kind) {
    case SYMBOL_OPTION:
        return "option";
    case SYMBOL_CONST:
        return "constant";
    case SYMBOL_SHARED:
    case SYMBOL_VAR:
    case SYMBOL_LET:
        return "variable";
    case SYMBOL_SAVE:
        return "saved value";
    case SYMBOL_PARAM:
        return "parameter";
    case SYMBOL_FN:
        return "function";
    case SYMBOL_ACTION:
        return "action";
    case SYMBOL_USER:
        return "user";
    case SYMBOL_GROUP:
        return "group";
    case SYMBOL_TASK:
        return "task";
    case SYMBOL_DATA:
        return "data";
    case SYMBOL_GATE:
        return "gate";
    case SYMBOL_QUEUE:
        return "queue";
    case SYMBOL_METRIC:
        return "metric";
    case SYMBOL_IMPORT:
        return "import";
    case SYMBOL_SHAPE:
        return "shape";
    }
    return "name";
}

const char *symbol_article(const struct checker *c, const struct symbol *symbol)
{
    const char *what = symbol_what(symbol);

    return arena_format(c->arena, "%s %s", strchr("aeio", *what) ? "an" : "a", what);
}

bool is_broken(const struct symbol *symbol)
{
    return symbol->decl && symbol->decl->kind == DECL_ERROR;
}

bool is_response_word(const char *name)
{
    static const char *const words[] = {
        "status", "json", "text",  "headers", "cookies",   "url",      "history",  "time",
        "size",   "css",  "xpath", "regex",   "regex_all", "jsonpath", "response",
    };

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (name_is(name, words[i]))
            return true;
    return false;
}

static bool may_not_be_response_word(enum symbol_kind kind)
{
    switch (kind) {
    case SYMBOL_OPTION:
    case SYMBOL_CONST:
    case SYMBOL_SHARED:
    case SYMBOL_VAR:
    case SYMBOL_LET:
    case SYMBOL_SAVE:
    case SYMBOL_PARAM:
    case SYMBOL_FN:
        return true;
    default:
        return false;
    }
}

static void report_clash(struct checker *c, const struct symbol *symbol, const struct symbol *other, bool same_place)
{
    struct diag *diag;

    if (same_place) {
        diag = diag_add(c->diags, DIAG_E0201, symbol->span, "`%s` is declared twice", symbol->name);
        diag_help(c->diags, diag, "give one of the two another name");
    } else {
        diag = diag_add(c->diags, DIAG_E0202, symbol->span, "`%s` would hide the %s `%s`", symbol->name,
                        symbol_what(other), other->name);
        if ((symbol->kind == SYMBOL_LET) &&
            (other->kind == SYMBOL_VAR || other->kind == SYMBOL_LET || other->kind == SYMBOL_SAVE))
            diag_help(c->diags, diag, "give it another name, or change the one that is there: `%s = …` without `let`",
                      symbol->name);
        else
            diag_help(c->diags, diag, "give one of the two another name");
    }
    diag_label(c->diags, diag, other->span, "the %s `%s` is declared here", symbol_what(other), other->name);
}

/* Declared to be read somewhere: one of the main file that nothing reads is a slip. Those of a library may be for others. */
static bool is_for_reading(enum symbol_kind kind)
{
    return kind == SYMBOL_OPTION || kind == SYMBOL_CONST || kind == SYMBOL_VAR || kind == SYMBOL_SHARED ||
           kind == SYMBOL_DATA || kind == SYMBOL_IMPORT;
}

void scope_declare(struct checker *c, struct env *env, struct symbol *symbol)
{
    struct entry *entry = ARENA_NEW(c->arena, struct entry);

    if (!symbol->name)
        return;
    if (is_response_word(symbol->name) && may_not_be_response_word(symbol->kind)) {
        struct diag *diag =
            diag_add(c->diags, DIAG_E0203, symbol->span, "`%s` is a response word and cannot be the name of %s",
                     symbol->name, symbol_article(c, symbol));
        diag_help(c->diags, diag, "in a response block `%s` is the answer's own; take another name, like `my_%s`",
                  symbol->name, symbol->name);
    }
    for (struct env *at = env; at; at = at->outer) {
        struct symbol *other = scope_find_in(at, symbol->name);
        if (other && other->kind != SYMBOL_TASK && symbol->kind != SYMBOL_TASK) {
            report_clash(c, symbol, other, at == env);
            break;
        }
    }
    entry->symbol = symbol;
    symbol->env = env;
    if (is_for_reading(symbol->kind) && symbol->span.file == c->main->file && env->kind != ENV_BLOCK)
        watch(c, symbol);
    if (!env->entries)
        env->last = &env->entries;
    *env->last = entry;
    env->last = &entry->next;
}

/* ------------------------------------------------------------------ unknown names */

const char *foreign_word(const char *name)
{
    static const struct {
        const char *word, *say;
    } table[] = {
        {"host", "the server is named by `target \"http://…\"`"},
        {"base_url", "the server is named by `target \"http://…\"`"},
        {"baseUrl", "the server is named by `target \"http://…\"`"},
        {"pace", "a fixed cycle is `wait pace 4s`"},
        {"rate", "a rate is `wait rate 0.2/s`"},
        {"http", "a request is a statement of its own: `get \"/path\" { save x = json.id }`"},
        {"client", "a request is a statement of its own: `get \"/path\" { save x = json.id }`"},
        {"requests", "a request is a statement of its own: `get \"/path\" { save x = json.id }`"},
        {"axios", "a request is a statement of its own: `get \"/path\" { save x = json.id }`"},
        {"fetch", "a request is a statement of its own: `get \"/path\" { save x = json.id }`"},
        {"elapsed", "since the begin of the run it is `run.time`, of an answer `time`; `elapsed` is for shapes"},
        {"contains_text", "that is `text contains \"…\"`"},
        {"wait_time", "think time is `wait 1s..3s`"},
        {"between", "think time is `wait 1s..3s`"},
        {"constant", "think time is `wait 2s`"},
        {"constant_pacing", "a fixed cycle is `wait pace 4s`"},
        {"constant_throughput", "a rate is `wait rate 0.2/s`"},
        {"fixed_count", "a fixed number of users is `count 5`"},
        {"vus", "the number of users is given by `--users 100` or in a `shape { }`"},
        {"__VU", "the number of a user is `user.id`"},
        {"__ITER", "count the rounds yourself: `var round = 0` in the user, `round += 1` in the task"},
        {"__ENV", "an environment variable is `env(\"NAME\")`"},
        {"duration",
         "how long an answer took is `time`; how long the run is, is given by `--run-time 5m` or in a `shape { }`"},
        {"self", "variables of a user are used by their name alone"},
        {"this", "variables of a user are used by their name alone"},
        {"None", "that is `null`"},
        {"nil", "that is `null`"},
        {"undefined", "that is `null`"},
        {"True", "that is `true`"},
        {"False", "that is `false`"},
        {"print", "to print is `log \"…\"`"},
        {"console", "to print is `log \"…\"`"},
        {"printf", "to print is `log \"…\"`"},
        {"res", "in a response block the words are bare: `status`, `json.a`, `headers[\"A\"]`"},
        {"resp", "in a response block the words are bare: `status`, `json.a`, `headers[\"A\"]`"},
        {"r", "in a response block the words are bare: `status`, `json.a`, `headers[\"A\"]`"},
        {"body", "in a response block the body is `text`, or `json`"},
        {"header", "in a response block a header is `headers[\"Name\"]`; what is sent is `header \"Name\" value`"},
        {"cookie", "in a response block a cookie is `cookies[\"name\"]`; what is sent is `cookie \"name\" value`"},
        {"getHeader", "in a response block a header is `headers[\"Name\"]`"},
        {"log", "to print is `log \"…\"`, or `log warn \"…\"`"},
        {"status_code", "in a response block that is `status`"},
        {"statusCode", "in a response block that is `status`"},
        {"code", "in a response block the code of the answer is `status`"},
        {"response_code", "in a response block that is `status`"},
        {"latency", "in a response block that is `time`, or `time.first_byte`"},
        {"response_time", "in a response block that is `time`"},
        {"responseTime", "in a response block that is `time`"},
        {"elapsed_time", "in a response block that is `time`"},
        {"str", "that is `string(x)`"},
        {"String", "that is `string(x)`"},
        {"parseInt", "that is `int(x)`"},
        {"randint", "that is `random(1, 6)`"},
        {"uuid4", "that is `uuid()`"},
        {"choice", "that is `pick(list)`"},
        {"size_of", "that is `len(x)`"},
        {"length", "that is `x.length` or `len(x)`"},
        {"check", "a check is `expect CONDITION else \"message\"`"},
        {"assert", "a check is `expect CONDITION else \"message\"`"},
        {"range", "a range is `1..3`"},
        {"Math", "functions stand alone: floor ceil round abs min max pow sqrt random"},
        {"math", "functions stand alone: floor ceil round abs min max pow sqrt random"},
        {"JSON", "a text becomes a value with `parse_json(text)`, a value a text with `to_json(value)`"},
        {"Date", "the time is `timestamp()` or `timestamp_ms()`, as a text `format_time(timestamp(), \"%Y-%m-%d\")`"},
        {"datetime",
         "the time is `timestamp()` or `timestamp_ms()`, as a text `format_time(timestamp(), \"%Y-%m-%d\")`"},
        {"isinstance", "json values are checked when they are used; `x == null` asks for a missing one"},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (name_is(name, table[i].word))
            return table[i].say;
    return NULL;
}

static void offer_names(struct near *near, const struct env *env, bool callable)
{
    for (; env; env = env->outer)
        for (struct entry *entry = env->entries; entry; entry = entry->next)
            if (entry->symbol->name &&
                (!callable || entry->symbol->kind == SYMBOL_FN || entry->symbol->kind == SYMBOL_ACTION))
                near_offer(near, entry->symbol->name);
}

/* The body a place lies in, of the file's declarations and what is in them. */
static const struct decl *body_around(const struct decl *decl, struct span span)
{
    for (; decl; decl = decl->next) {
        const struct decl *inner = body_around(decl->members, span);
        if (inner)
            return inner;
        if (decl->body && decl->body->span.file == span.file && decl->body->span.from <= span.from &&
            span.from < decl->body->span.to)
            return decl;
    }
    return NULL;
}

/* Something further up in this body could not be read, or something between the declarations: the name may
 * have been declared there. What is broken in another body declares nothing here. */
static bool is_unread(const struct checker *c, struct span span)
{
    const struct decl *own = body_around(c->unit->decls, span);

    for (const struct diag *diag = c->diags->first; diag; diag = diag->next) {
        if (!is_syntax_error(diag) || diag->span.file != span.file)
            continue;
        const struct decl *around = body_around(c->unit->decls, diag->span);
        if (!around || (around == own && diag->span.from < span.from))
            return true;
    }
    return false;
}

struct search {
    const char *name;
    const struct stmt *found;
};

static void search_save(struct walk *walk, struct stmt *s)
{
    struct search *search = walk->data;

    if (s->kind == STMT_SAVE && s->name.text == search->name && !search->found)
        search->found = s;
}

/* A save of that name in another task or action. */
static const struct stmt *saved_elsewhere(const struct decl *decl, const char *name, bool *in_action)
{
    struct search search = {.name = name};
    struct walk walk = {.stmt = search_save, .data = &search};

    for (; decl && !search.found; decl = decl->next) {
        *in_action = decl->kind == DECL_ACTION;
        walk_block(&walk, decl->body);
        if (!search.found && (decl->kind == DECL_USER || decl->kind == DECL_GROUP))
            search.found = saved_elsewhere(decl->members, name, in_action);
    }
    return search.found;
}

/* A variable of that name somewhere else: of another user, or in a block that is over. */
static const struct symbol *found_elsewhere(const struct checker *c, const char *name)
{
    for (const struct decl *decl = c->unit->decls; decl; decl = decl->next) {
        if (decl->kind != DECL_USER && decl->kind != DECL_GROUP)
            continue;
        for (const struct decl *member = decl->members; member; member = member->next)
            if ((member->kind == DECL_VAR || member->kind == DECL_FN || member->kind == DECL_ACTION) &&
                member->name.text == name && member->symbol)
                return member->symbol;
    }
    return NULL;
}

void report_unknown(struct checker *c, struct name name, const char *what)
{
    static const char *const words[] = {"user", "run",     "worker_index", "status", "json",
                                        "text", "headers", "cookies",      "time"};
    const char *foreign = foreign_word(name.text), *imported;
    const struct symbol *other;
    const struct stmt *save;
    bool in_action, callable = name_is(what, "the function");
    struct diag *diag;
    struct near near;

    if (!name.text)
        return;
    for (struct later *later = c->body ? c->body->later : NULL; later; later = later->next) {
        if (later->name != name.text)
            continue;
        if (later->span.from < name.span.from) {
            diag = diag_add(c->diags, DIAG_E0501, name.span, "`%s` is used where its block is over", name.text);
            diag_help(c->diags, diag, "declare it before the block: `let %s = …`", name.text);
            diag_label(c->diags, diag, later->span, "it lives only in this block");
            return;
        }
        diag = diag_add(c->diags, DIAG_E0500, name.span, "`%s` is used before it is %s", name.text,
                        later->let ? "declared" : "saved");
        diag_help(c->diags, diag, "move the use behind the `%s`", later->let ? "let" : "save");
        diag_label(c->diags, diag, later->span, later->let ? "it is declared here" : "it is saved here");
        return;
    }
    if (is_unread(c, name.span))
        return;
    diag = diag_add(c->diags, DIAG_E0200, name.span, "%s `%s` is not declared", what, name.text);
    near_begin(&near, name.text);
    if (c->body)
        offer_names(&near, c->body->env, callable);
    if (c->body && c->body->request && !callable)
        for (size_t i = 3; i < sizeof words / sizeof *words; i++)
            near_offer(&near, words[i]);
    for (size_t i = 0; i < 3 && !callable; i++)
        near_offer(&near, words[i]);
    if (callable)
        builtin_offer(&near);
    if (callable && c->body && c->body->request)
        word_offer_functions(&near);
    save = callable ? NULL : saved_elsewhere(c->unit->decls, name.text, &in_action);
    if (save) {
        diag_help(c->diags, diag,
                  in_action ? "a `save` stays in its action: `return` the value, and `let %s = …` where it is called"
                            : "a `save` stays in its task: declare `var %s = null` in the user, then each task sees it",
                  name.text);
        diag_label(c->diags, diag, save->name.span, "saved here");
    } else if ((imported = imported_name(c, name, callable ? IMPORTED_FUNCTION : IMPORTED_VALUE)) != NULL)
        diag_help(c->diags, diag, "did you mean `%s`? what a file declares is named with the file", imported);
    else if (foreign)
        diag_help(c->diags, diag, "%s", foreign);
    else if (callable && word_is_of_response(name.text))
        diag_help(c->diags, diag, "`%s` is no function: in a response block it is used as `%s%s`", name.text, name.text,
                  name_is(name.text, "json")                                       ? ".name"
                  : name_is(name.text, "headers") || name_is(name.text, "cookies") ? "[\"name\"]"
                                                                                   : "");
    else if (near.best)
        diag_help(c->diags, diag, "did you mean `%s`?", near.best);
    else if ((other = found_elsewhere(c, name.text)) != NULL) {
        diag_help(c->diags, diag, "what all users are to see is declared at the top of the file");
        diag_label(c->diags, diag, other->span, "there is %s of that name, seen only inside of this declaration",
                   symbol_article(c, other));
    } else if (callable)
        diag_help(c->diags, diag,
                  "declare it: `fn %s(…) -> int { … }` computes, `action %s(…) { … }` may send requests", name.text,
                  name.text);
    else if (name_is(what, "the data"))
        diag_help(c->diags, diag, "declare it at the top of the file: `data %s = csv(\"FILE\") circular`", name.text);
    else if (name_is(what, "the queue"))
        diag_help(c->diags, diag, "declare it at the top of the file: `queue %s`", name.text);
    else
        diag_help(c->diags, diag,
                  "declare it with `let %s = …` (here), `var` (in the user), `option` or `const` (at the top)",
                  name.text);
}
