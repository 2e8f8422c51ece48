/* The nodes the grammar builds, with the few rules that belong to the form of a text rather than to its meaning. */
#include <ctype.h>
#include <string.h>

#include "numbers.h"
#include "parse.h"
#include "swarm.tab.h"

struct span span_join(struct span from, struct span to)
{
    return (struct span){
        .from = from.from < to.from ? from.from : to.from, .to = to.to > from.to ? to.to : from.to, .file = from.file};
}

/* ------------------------------------------------------------------ expressions */

struct expr *node_expr(struct parser *p, enum expr_kind kind, struct span span)
{
    struct expr *expr = ARENA_NEW(p->arena, struct expr);
    expr->kind = kind;
    expr->span = expr->whole = span;
    expr->depth = 1;
    return expr;
}

static void raise(struct parser *p, struct expr *expr, const struct expr *child)
{
    if (!child || child->depth < expr->depth)
        return;
    expr->depth = child->depth + 1;
    if (expr->depth <= MAX_NESTING)
        return;
    parse_too_deep(p, expr->span);
    *expr =
        (struct expr){.kind = EXPR_ERROR, .span = expr->span, .depth = 1}; /* whoever walks the tree stays in bounds */
}

void node_depth_items(struct parser *p, struct expr *expr)
{
    for (const struct item *item = expr->items; item; item = item->next)
        raise(p, expr, item->value);
}

struct expr *node_number(struct parser *p, const struct token *token)
{
    struct expr *expr = node_expr(p, EXPR_INT, token->span);
    switch (token->kind) {
    case TOK_FLOAT:
    case TOK_PERCENT:
        expr->kind = EXPR_FLOAT;
        expr->percent = token->kind == TOK_PERCENT;
        expr->number = token->number;
        break;
    case TOK_RATE:
        expr->kind = EXPR_RATE;
        expr->number = token->number;
        break;
    case TOK_DURATION:
        expr->kind = EXPR_DURATION;
        expr->integer = token->integer;
        break;
    default:
        expr->size = token->kind == TOK_SIZE;
        expr->integer = token->integer;
    }
    return expr;
}

/* NULL for a piece that the indentation of a block text was all of. */
struct text_part *node_piece(struct parser *p, const struct token *token)
{
    if (token->literal.n == 0)
        return NULL;
    struct text_part *part = ARENA_NEW(p->arena, struct text_part);
    part->literal = token->literal;
    part->span = token->span;
    return part;
}

struct expr *node_literal(struct parser *p, const struct token *token)
{
    struct expr *expr = node_expr(p, EXPR_TEXT, token->span);
    expr->raw = token->raw;
    expr->block = token->block;
    if (token->literal.n) {
        expr->parts = node_piece(p, token);
        uint32_t quotes = token->block ? 3 : 1, from = token->span.from;
        const char *text = p->source->text;
        if (token->raw)
            while (from < token->span.to && text[from] != '"')
                from++;
        from += quotes;
        expr->parts->span.from = from < token->span.to ? from : token->span.to;
        uint32_t behind = quotes;
        for (uint32_t i = token->span.to; token->raw && i > from && text[i - 1] == '#'; i--)
            behind++;
        if (expr->parts->span.from + behind <= token->span.to)
            expr->parts->span.to = token->span.to - behind;
    }
    return expr;
}

struct expr *node_text(struct parser *p, struct span span, const struct token *open, struct text_part *parts)
{
    struct expr *expr = node_expr(p, EXPR_TEXT, span);
    expr->block = open->block;
    expr->parts = parts;
    for (const struct text_part *part = parts; part; part = part->next)
        raise(p, expr, part->expr);
    return expr;
}

struct text_part *node_interpolation(struct parser *p, struct span span, struct expr *expr)
{
    struct text_part *part = ARENA_NEW(p->arena, struct text_part);
    part->expr = expr;
    part->span = span;
    uint32_t from = span.from + 2, to = span.to;
    const char *text = p->source->text;
    if (to > from && text[to - 1] == '}')
        to--;
    while (from < to && isspace((unsigned char)text[from]))
        from++;
    while (to > from && isspace((unsigned char)text[to - 1]))
        to--;
    part->source = (struct slice){text + from, to > from ? to - from : 0};
    return part;
}

struct expr *node_name(struct parser *p, struct name name)
{
    struct expr *expr = node_expr(p, EXPR_NAME, name.span);
    expr->name = name;
    return expr;
}

struct expr *node_field(struct parser *p, struct expr *left, struct name name, struct span span)
{
    struct expr *expr = node_expr(p, EXPR_FIELD, span);
    expr->left = left;
    expr->name = name;
    raise(p, expr, left);
    return expr;
}

struct expr *node_index(struct parser *p, struct expr *left, struct expr *right, struct span span)
{
    struct expr *expr = node_expr(p, EXPR_INDEX, span);
    expr->left = left;
    expr->right = right;
    raise(p, expr, left);
    raise(p, expr, right);
    return expr;
}

struct expr *node_call(struct parser *p, struct expr *left, struct item *args, struct span span)
{
    struct expr *expr = node_expr(p, EXPR_CALL, span);
    expr->left = left;
    expr->items = args;
    raise(p, expr, left);
    node_depth_items(p, expr);
    return expr;
}

struct expr *node_unary(struct parser *p, enum op op, struct expr *right, struct span span)
{
    struct expr *expr = node_expr(p, EXPR_UNARY, span);
    expr->op = op;
    expr->right = right;
    raise(p, expr, right);
    return expr;
}

static bool is_comparison(enum op op)
{
    return op >= OP_EQ && op <= OP_NOT_MATCHES;
}

struct expr *node_binary(struct parser *p, enum op op, struct expr *left, struct expr *right, struct span span)
{
    struct expr *expr = node_expr(p, EXPR_BINARY, span);
    expr->op = op;
    expr->left = left;
    expr->right = right;
    raise(p, expr, left);
    raise(p, expr, right);
    if (is_comparison(op) && left->kind == EXPR_BINARY && is_comparison(left->op) && !left->parenthesised) {
        const char *text = p->source->text;
        struct span first = left->whole, middle = left->right->whole, last = right->whole;
        struct diag *diag = diag_add(p->unit->diags, DIAG_E0108, span, "comparisons do not form a chain");
        diag_help(p->unit->diags, diag, "join two with `and`: %.*s and %.*s %s %.*s", (int)(first.to - first.from),
                  text + first.from, (int)(middle.to - middle.from), text + middle.from, op_text(op),
                  (int)(last.to - last.from), text + last.from);
    }
    return expr;
}

struct expr *node_ternary(struct parser *p, struct expr *c, struct expr *a, struct expr *b, struct span span)
{
    struct expr *expr = node_expr(p, EXPR_TERNARY, span);
    expr->condition = c;
    expr->left = a;
    expr->right = b;
    raise(p, expr, c);
    raise(p, expr, a);
    raise(p, expr, b);
    return expr;
}

struct expr *node_pop(struct parser *p, struct name qualifier, struct name name, struct expr *within, struct span span)
{
    struct expr *expr = node_expr(p, EXPR_POP, span);
    expr->qualifier = qualifier;
    expr->name = name;
    expr->right = within;
    raise(p, expr, within);
    return expr;
}

struct item *node_item(struct parser *p, struct expr *value)
{
    struct item *item = ARENA_NEW(p->arena, struct item);
    item->value = value;
    return item;
}

struct item *node_entry(struct parser *p, struct name key, struct expr *value)
{
    struct item *item = node_item(p, value);
    item->key = key;
    return item;
}

/* The text as a name: keys of objects, tags, methods. */
struct name node_key(struct parser *p, const struct expr *text)
{
    const struct text_part *part = text->parts;
    if (part && (part->expr || part->next)) {
        struct diag *diag =
            diag_add(p->unit->diags, DIAG_E0173, text->span, "a text with ${…} cannot stand for a name");
        diag_help(p->unit->diags, diag, "write the name itself, as a text without ${…}");
        return (struct name){NULL, text->span};
    }
    struct slice literal = part ? part->literal : (struct slice){"", 0};
    return (struct name){arena_intern(p->arena, literal.p, literal.n), text->span};
}

const char *node_method(struct parser *p, const struct expr *text)
{
    const char *method = node_key(p, text).text;
    bool token = method && *method;
    for (const char *c = method; token && *c; c++)
        token = isalnum((unsigned char)*c) || strchr("!#$%&'*+-.^_`|~", *c);
    if (token || !method)
        return method ? method : "GET";
    struct diag *diag = diag_add(p->unit->diags, DIAG_E0169, text->span, "this cannot be the method of a request");
    diag_help(p->unit->diags, diag, "a method is one word: request \"PROPFIND\" \"/dav\"");
    return "GET";
}

/* ------------------------------------------------------------------ statements */

struct stmt *node_stmt(struct parser *p, enum stmt_kind kind, struct span word, struct span span)
{
    struct stmt *stmt = ARENA_NEW(p->arena, struct stmt);
    stmt->kind = kind;
    stmt->word = word;
    stmt->span = span;
    return stmt;
}

struct stmt *node_assign(struct parser *p, struct expr *target, enum op op, struct expr *value, struct block *otherwise,
                         struct span span)
{
    struct stmt *stmt = node_stmt(p, STMT_ASSIGN, target->span, span);
    stmt->target = target;
    stmt->op = op;
    stmt->value = value;
    stmt->otherwise = otherwise;
    for (const struct expr *part = target; part; part = part->left) {
        if (part->kind != EXPR_CALL)
            continue;
        struct diag *diag = diag_add(p->unit->diags, DIAG_E0165, target->span, "nothing can be assigned to a call");
        diag_help(p->unit->diags, diag, "assign to a variable: `name = …`; two values are compared with `==`");
        stmt->kind = STMT_ERROR;
        break;
    }
    return stmt;
}

struct stmt *node_call_stmt(struct parser *p, struct expr *value, struct span span)
{
    struct stmt *stmt = node_stmt(p, STMT_CALL, value->span, span);
    stmt->value = value;
    if (value->kind != EXPR_CALL) {
        slips_value_alone(p, value);
        stmt->kind = STMT_ERROR;
    } else {
        slips_call(p, value);
    }
    return stmt;
}

struct stmt *node_stop(struct parser *p, struct span word, struct name what, struct expr *message, struct span span)
{
    struct stmt *stmt = node_stmt(p, STMT_STOP_TEST, word, span);
    stmt->message = message;
    if (what.text && strcmp(what.text, "user") == 0 && !message) {
        stmt->kind = STMT_STOP_USER;
    } else if (!(what.text && strcmp(what.text, "test") == 0) && !(p->formula && !what.text)) {
        struct diag *diag = diag_add(p->unit->diags, DIAG_E0166, span,
                                     what.text && strcmp(what.text, "user") == 0 ? "`stop user` takes no message"
                                                                                 : "`stop` needs to know what to stop");
        diag_help(
            p->unit->diags, diag,
            "`stop user` ends this user for good, `stop test \"why\"` the whole run; a task is left with `return`");
    }
    return stmt;
}

struct stmt *node_log(struct parser *p, struct span word, struct name level, struct expr *value, struct span span)
{
    struct stmt *stmt = node_stmt(p, STMT_LOG, word, span);
    stmt->value = value;
    stmt->level = LOG_INFO_LEVEL;
    if (level.text)
        stmt->level = level.text[0] == 'd'   ? LOG_DEBUG_LEVEL
                      : level.text[0] == 'w' ? LOG_WARN_LEVEL
                      : level.text[0] == 'e' ? LOG_ERROR_LEVEL
                                             : LOG_INFO_LEVEL;
    return stmt;
}

struct stmt *node_interrupt_after(struct parser *p, struct span word, struct name name, struct span span)
{
    struct stmt *stmt = node_stmt(p, STMT_INTERRUPT, word, span);
    stmt->after_wait = true;
    if (strcmp(name.text, "wait") != 0) {
        struct diag *diag = diag_add(p->unit->diags, DIAG_E0169, name.span, "only `interrupt after wait` exists");
        diag_help(p->unit->diags, diag, "write `interrupt after wait`, or `interrupt` alone");
    }
    return stmt;
}

static void not_one_of(struct parser *p, struct name name, const char *what, const char *const *words, size_t count)
{
    struct near near;
    struct text list = {0};
    near_begin(&near, name.text);
    for (size_t i = 0; i < count; i++) {
        near_offer(&near, words[i]);
        text_printf(&list, "%s`%s`", i == 0 ? "" : i + 1 == count ? " or " : ", ", words[i]);
    }
    struct diag *diag = diag_add(p->unit->diags, DIAG_E0169, name.span, "`%s` is no %s", name.text, what);
    if (near.best)
        diag_help(p->unit->diags, diag, "did you mean `%s`? It is one of %s", near.best, list.p);
    else
        diag_help(p->unit->diags, diag, "write %s", list.p);
    text_free(&list);
}

static bool one_of(struct parser *p, struct name name, const char *what, const char *const *words, size_t count)
{
    if (!name.text)
        return false;
    for (size_t i = 0; i < count; i++)
        if (strcmp(name.text, words[i]) == 0)
            return true;
    not_one_of(p, name, what, words, count);
    return false;
}

#define ONE_OF(p, name, what, words) one_of(p, name, what, words, sizeof words / sizeof *words)

struct stmt *node_session(struct parser *p, struct span word, struct attr *attr, struct span span)
{
    static const char *const words[] = {"header", "cookie", "auth", "target", "reset"};
    struct stmt *stmt = node_stmt(p, STMT_SESSION, word, span);
    stmt->attr = attr;
    switch (attr->kind) {
    case ATTR_HEADER:
        stmt->session_kind = SESSION_HEADER;
        break;
    case ATTR_COOKIE:
        stmt->session_kind = SESSION_COOKIE;
        break;
    case ATTR_AUTH:
        stmt->session_kind = SESSION_AUTH;
        break;
    case ATTR_ERROR:
        break;
    default: {
        size_t n = attr->key.to - attr->key.from;
        struct name name = {arena_intern(p->arena, p->source->text + attr->key.from, n), attr->key};
        ONE_OF(p, name, "part of the session", words);
    }
    }
    return stmt;
}

struct stmt *node_session_word(struct parser *p, struct span word, struct name name, struct span span)
{
    static const char *const words[] = {"header", "cookie", "auth", "target", "reset"};
    struct stmt *stmt = node_stmt(p, STMT_SESSION, word, span);
    stmt->session_kind = SESSION_RESET;
    if (strcmp(name.text, "reset") != 0) {
        for (size_t i = 0; i < 4; i++) {
            if (strcmp(name.text, words[i]) != 0)
                continue;
            slips_value_missing(p, name);
            return stmt;
        }
        ONE_OF(p, name, "part of the session", words);
    }
    return stmt;
}

struct block *node_block(struct parser *p, struct stmt *first, struct span span, bool braces)
{
    struct block *block = ARENA_NEW(p->arena, struct block);
    block->first = first;
    block->span = span;
    block->braces = braces;
    return block;
}

/* `if a { … } else log "b"` */
struct block *node_bare_else(struct parser *p, struct stmt *stmt, struct span word, struct span span)
{
    struct diag *diag = diag_add(p->unit->diags, DIAG_E0167, span, "the `else` of an `if` has a block");
    diag_label(p->unit->diags, diag, word, "belongs to the `if` before it");
    diag_help(p->unit->diags, diag, "write `else { … }`");
    return node_block(p, stmt, span, false);
}

/* ------------------------------------------------------------------ requests */

void request_add_attr(struct request_items *items, struct attr *attr)
{
    if (attr)
        attr->after_statement = items->stmts.first != NULL;
    LIST_ADD(items->attrs, attr);
}

void request_add_stmt(struct request_items *items, struct stmt *stmt)
{
    if (stmt)
        items->stmts_span = items->stmts.first ? span_join(items->stmts_span, stmt->span) : stmt->span;
    LIST_ADD(items->stmts, stmt);
}

struct request *node_request(struct parser *p, const char *method, struct span method_span, struct expr *url,
                             struct expr *as, const struct request_items *items, struct block *otherwise,
                             struct span span)
{
    struct request *request = ARENA_NEW(p->arena, struct request);
    request->method = method;
    request->method_span = method_span;
    request->url = url;
    request->as = as;
    request->attrs = items->attrs.first;
    if (items->stmts.first)
        request->body = node_block(p, items->stmts.first, items->stmts_span, true);
    request->otherwise = otherwise;
    request->span = span;
    return request;
}

struct attr *node_attr(struct parser *p, enum attr_kind kind, struct span key, struct span span)
{
    struct attr *attr = ARENA_NEW(p->arena, struct attr);
    attr->kind = kind;
    attr->key = key;
    attr->span = span;
    return attr;
}

static const char *const switches[] = {"on", "off"};

struct attr *node_attr_word(struct parser *p, enum attr_kind kind, struct span key, struct name word, struct span span)
{
    static const char *const codings[] = {"gzip", "br", "any", "off"}, *const versions[] = {"1.1", "2", "any"};
    struct attr *attr = node_attr(p, kind, key, span);
    attr->word = word;
    bool good = kind == ATTR_COMPRESSED ? ONE_OF(p, word, "kind of compression", codings)
                : kind == ATTR_VERSION  ? ONE_OF(p, word, "version of HTTP", versions)
                                        : ONE_OF(p, word, "switch", switches);
    if (!good)
        attr->kind = ATTR_ERROR;
    return attr;
}

struct attr *node_attr_switch(struct parser *p, struct name key, struct name word, struct span span)
{
    enum attr_kind kind = key.text[0] == 'v' ? ATTR_VERIFY : key.text[0] == 'k' ? ATTR_KEEP_ALIVE : ATTR_TLS_RESUME;
    return node_attr_word(p, kind, key.span, word, span);
}

/* body file("x.bin") sends a file as it is. */
static void file_body(struct parser *p, struct expr *value)
{
    if (value->kind != EXPR_CALL || value->left->kind != EXPR_NAME || strcmp(value->left->name.text, "file") != 0 ||
        filter_declares(p, value->left->name.text))
        return;
    struct item *path = value->items;
    if (!path || path->next || path->value->kind != EXPR_TEXT) {
        struct diag *diag = diag_add(p->unit->diags, DIAG_E0163, value->span, "`file` wants one path, as a text");
        diag_help(p->unit->diags, diag, "write body file(\"fixtures/order.bin\")");
        value->kind = EXPR_ERROR;
        return;
    }
    value->kind = EXPR_FILE;
    value->left = path->value;
    value->items = NULL;
}

struct attr *node_attr_values(struct parser *p, enum attr_kind kind, struct span key, struct expr *a, struct expr *b,
                              struct span span)
{
    struct attr *attr = node_attr(p, kind, key, span);
    attr->a = a;
    attr->b = b;
    if (kind == ATTR_BODY)
        file_body(p, a);
    return attr;
}

struct attr *node_attr_auth(struct parser *p, struct span key, struct name word, struct expr *a, struct expr *b,
                            struct span span)
{
    static const char *const kinds[] = {"basic", "bearer", "digest"};
    struct attr *attr = node_attr_values(p, ATTR_AUTH, key, a, b, span);
    attr->word = word;
    if (!ONE_OF(p, word, "kind of authentication", kinds)) {
        attr->kind = ATTR_ERROR;
        return attr;
    }
    bool bearer = word.text[1] == 'e';
    if (bearer != !b) {
        struct diag *diag = diag_add(p->unit->diags, DIAG_E0163, span,
                                     bearer ? "`auth bearer` takes one value, the token"
                                            : "`auth %s` takes two values, user and password",
                                     word.text);
        diag_help(p->unit->diags, diag, bearer ? "write auth bearer token" : "write auth %s user, password", word.text);
        attr->kind = ATTR_ERROR;
    }
    return attr;
}

/* A number where a word is wanted: version 1.1 */
struct name node_source_word(struct parser *p, struct span span)
{
    return (struct name){arena_intern(p->arena, p->source->text + span.from, span.to - span.from), span};
}

/* ------------------------------------------------------------------ declarations */

struct decl *node_decl(struct parser *p, enum decl_kind kind, struct span word, struct span span)
{
    struct decl *decl = ARENA_NEW(p->arena, struct decl);
    decl->kind = kind;
    decl->word = word;
    decl->span = span;
    return decl;
}

void node_once(struct parser *p, const void *before, struct span span, const char *word)
{
    if (!before)
        return;
    struct diag *diag = diag_add(p->unit->diags, DIAG_E0218, span, "`%s` stands twice", word);
    diag_help(p->unit->diags, diag,
              word[0] == 'w' ? "keep one of the two" : "write all of them behind one `%s`, with commas between", word);
}

void node_head(struct parser *p, struct decl *decl, const struct head *head)
{
    decl->weight = head->weight;
    decl->tags = head->tags.first;
    decl->edges = head->edges.first;
    decl->repeat = head->repeat;
    if (head->repeat && !(decl->kind == DECL_GROUP && decl->group_kind == GROUP_JOURNEY)) {
        struct diag *diag = diag_add(p->unit->diags, DIAG_E0135, decl->word, "only a journey can `repeat`");
        diag_help(p->unit->diags, diag, "tasks are picked again and again anyway; inside one, write `repeat 3 { … }`");
    }
}

struct decl *node_data(struct parser *p, struct span word, struct name name, struct name source, struct expr *path,
                       struct name strategy, struct span span)
{
    static const char *const sources[] = {"csv", "json", "lines"}, *const strategies[] = {"queue", "circular", "random",
                                                                                          "shuffle"};
    struct decl *decl = node_decl(p, DECL_DATA, word, span);
    decl->name = name;
    decl->keyword = source;
    decl->path = path;
    decl->strategy = strategy;
    if (!ONE_OF(p, source, "kind of data file", sources) ||
        !ONE_OF(p, strategy, "strategy of handing out rows", strategies))
        decl->kind = DECL_ERROR;
    return decl;
}

struct decl *node_metric(struct parser *p, struct span word, struct name kind, struct name name, struct expr *unit,
                         struct span span)
{
    static const char *const kinds[] = {"counter", "trend", "rate", "gauge"};
    struct decl *decl = node_decl(p, DECL_METRIC, word, span);
    decl->keyword = kind;
    decl->name = name;
    decl->unit = unit;
    if (!ONE_OF(p, kind, "kind of metric", kinds))
        decl->kind = DECL_ERROR;
    return decl;
}

void node_choices(struct parser *p, const struct expr *list)
{
    if (list->items || slips_quiet(p, list->span))
        return;
    struct diag *diag = diag_add(p->unit->diags, DIAG_E0163, list->span, "`one of` names no value to choose from");
    diag_help(p->unit->diags, diag, "name them, or leave it out: one of [\"eu\", \"us\"]");
}

struct param *node_const_param(struct parser *p, struct name word, struct name name, struct type_name type_name)
{
    struct param *param = ARENA_NEW(p->arena, struct param);
    param->name = name;
    param->type_name = type_name;
    param->constant = true;
    if (strcmp(word.text, "const") != 0) {
        struct diag *diag = diag_add(p->unit->diags, DIAG_E0168, word.span, "a parameter is written `name: type`");
        diag_help(p->unit->diags, diag, "write `%s: %s`; only `const` may stand before the name", name.text,
                  type_name.name.text ? type_name.name.text : "string");
    }
    return param;
}

struct stage *node_stage(struct parser *p, enum stage_kind kind, struct span span)
{
    struct stage *stage = ARENA_NEW(p->arena, struct stage);
    stage->kind = kind;
    stage->span = span;
    return stage;
}

void node_formula_result(struct parser *p, struct formula_items *items, struct stage *result)
{
    if (items->result) {
        struct diag *diag = diag_add(p->unit->diags, DIAG_E0176, result->span, "a formula says `users` once");
        diag_label(p->unit->diags, diag, items->result->span, "said here already");
        diag_help(p->unit->diags, diag, "compute the number first: let n = …, then users n at n * 1/s");
    }
    items->result = result;
}

void names_add(struct parser *p, struct name_array *names, struct name name)
{
    bool full = (names->n & (names->n - 1)) == 0; /* room is the next power of two */
    if (full) {
        struct name *larger = ARENA_ARRAY(p->arena, struct name, names->n ? names->n * 2 : 1);
        if (names->n)
            memcpy(larger, names->p, names->n * sizeof *larger);
        names->p = larger;
    }
    names->p[names->n++] = name;
}

/* A threshold, or the chain of those of a row. */
void node_thresholds_add(struct threshold_list *list, struct threshold *first)
{
    while (first) {
        struct threshold *next = first->next;
        first->next = NULL;
        LIST_ADD(*list, first);
        first = next;
    }
}

struct threshold *node_row_thresholds(struct parser *p, const struct expr *text, struct threshold *first)
{
    struct name row = node_key(p, text);
    for (struct threshold *threshold = first; threshold; threshold = threshold->next) {
        if (threshold->row.text) {
            struct diag *diag = diag_add(p->unit->diags, DIAG_E0177, threshold->row.span, "rows do not nest");
            diag_label(p->unit->diags, diag, text->span, "inside this row");
        }
        threshold->row = row;
    }
    return first;
}
