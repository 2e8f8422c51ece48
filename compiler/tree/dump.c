/* swarmc --dump-ast: the tree as indented lines, `kind details @line:column`, the same in every run. */
#include <inttypes.h>
#include <string.h>

#include "ast.h"
#include "base/arena.h"

struct dump {
    const struct unit *unit;
    struct text *out;
    int depth;
    bool shape; /* without places */
};

static void dump_expr(struct dump *dump, const char *role, const struct expr *expr);
static void dump_stmts(struct dump *dump, const struct stmt *stmt);
static void dump_decls(struct dump *dump, const struct decl *decl);
static void dump_stages(struct dump *dump, const struct stage *stage);

/* ------------------------------------------------------------------ lines */

static void begin(struct dump *dump, const char *role, const char *kind)
{
    text_printf(dump->out, "%*s", dump->depth * 2, "");
    if (role)
        text_printf(dump->out, "%s: ", role);
    text_puts(dump->out, kind);
}

static void end(struct dump *dump, struct span span)
{
    if (!dump->shape && span.file < dump->unit->sources.count) {
        const struct source *source = &dump->unit->sources.file[span.file];
        text_printf(dump->out, " @%u:%u", source_line(source, span.from), source_column(source, span.from));
    }
    text_puts(dump->out, "\n");
}

static void add_name(struct dump *dump, struct name name)
{
    if (name.text)
        text_printf(dump->out, " %s", name.text);
}

static void add_qualified(struct dump *dump, struct name qualifier, struct name name)
{
    if (qualifier.text)
        text_printf(dump->out, " %s.%s", qualifier.text, name.text ? name.text : "");
    else
        add_name(dump, name);
}

static void add_literal(struct dump *dump, struct slice literal)
{
    text_puts(dump->out, " \"");
    for (size_t i = 0; i < literal.n; i++) {
        unsigned char c = (unsigned char)literal.p[i];
        if (c == '"' || c == '\\')
            text_printf(dump->out, "\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            text_printf(dump->out, "\\u{%x}", c);
        else
            text_add(dump->out, (const char *)&c, 1);
    }
    text_puts(dump->out, "\"");
}

static void add_flag(struct dump *dump, bool flag, const char *word)
{
    if (flag)
        text_printf(dump->out, " %s", word);
}

/* ------------------------------------------------------------------ expressions */

static const char *const expr_kinds[] = {
    [EXPR_ERROR] = "error",     [EXPR_NULL] = "null",         [EXPR_BOOL] = "bool",   [EXPR_INT] = "int",
    [EXPR_FLOAT] = "float",     [EXPR_DURATION] = "duration", [EXPR_RATE] = "rate",   [EXPR_TEXT] = "text",
    [EXPR_LIST] = "list",       [EXPR_OBJECT] = "object",     [EXPR_NAME] = "name",   [EXPR_FIELD] = "field",
    [EXPR_INDEX] = "index",     [EXPR_CALL] = "call",         [EXPR_UNARY] = "unary", [EXPR_BINARY] = "binary",
    [EXPR_TERNARY] = "ternary", [EXPR_POP] = "pop",           [EXPR_FILE] = "file",
};

static void dump_parts(struct dump *dump, const struct text_part *part)
{
    for (; part; part = part->next) {
        begin(dump, NULL, part->expr ? "interpolation" : "literal");
        add_literal(dump, part->expr ? part->source : part->literal);
        end(dump, part->span);
        dump->depth++;
        dump_expr(dump, NULL, part->expr);
        dump->depth--;
    }
}

static void dump_items(struct dump *dump, const struct item *item)
{
    for (; item; item = item->next)
        dump_expr(dump, item->spread ? "..." : item->key.text, item->value);
}

static void add_value(struct dump *dump, const struct expr *expr)
{
    switch (expr->kind) {
    case EXPR_BOOL:
        text_puts(dump->out, expr->integer ? " true" : " false");
        break;
    case EXPR_INT:
    case EXPR_DURATION:
        text_printf(dump->out, " %" PRId64, expr->integer);
        break;
    case EXPR_FLOAT:
    case EXPR_RATE:
        text_printf(dump->out, " %.17g", expr->number);
        break;
    case EXPR_UNARY:
    case EXPR_BINARY:
        text_printf(dump->out, " %s", op_text(expr->op));
        break;
    default:
        add_qualified(dump, expr->qualifier, expr->name);
    }
    add_flag(dump, expr->size, "size");
    add_flag(dump, expr->percent, "percent");
    add_flag(dump, expr->raw, "raw");
    add_flag(dump, expr->block, "block");
    add_flag(dump, expr->parenthesised, "parenthesised");
}

static void dump_expr(struct dump *dump, const char *role, const struct expr *expr)
{
    if (!expr)
        return;
    begin(dump, role, expr_kinds[expr->kind]);
    add_value(dump, expr);
    end(dump, expr->span);
    dump->depth++;
    dump_parts(dump, expr->parts);
    dump_expr(dump, "if", expr->condition);
    dump_expr(dump, NULL, expr->left);
    dump_expr(dump, NULL, expr->right);
    dump_items(dump, expr->items);
    dump->depth--;
}

/* ------------------------------------------------------------------ statements */

static const char *const stmt_kinds[] = {
    /* clang-format off */
    [STMT_ERROR] = "error", [STMT_LET] = "let", [STMT_ASSIGN] = "assign", [STMT_SAVE] = "save", [STMT_CALL] = "call", [STMT_IF] = "if",
    [STMT_FOR] = "for", [STMT_WHILE] = "while", [STMT_REPEAT] = "repeat", [STMT_LOOP] = "loop", [STMT_BREAK] = "break",
    [STMT_CONTINUE] = "continue", [STMT_RETURN] = "return", [STMT_SLEEP] = "sleep", [STMT_LOG] = "log", [STMT_EXPECT] = "expect",
    [STMT_REQUIRE] = "require", [STMT_FAIL] = "fail", [STMT_SUCCEED] = "succeed", [STMT_INTERRUPT] = "interrupt",
    [STMT_RESCHEDULE] = "reschedule", [STMT_STOP_USER] = "stop user", [STMT_STOP_TEST] = "stop test", [STMT_AWAIT] = "await",
    [STMT_OPEN] = "open", [STMT_PUSH] = "push", [STMT_REQUEST] = "request", [STMT_SESSION] = "session", [STMT_PARALLEL] = "parallel",
    /* clang-format on */
    [STMT_MEASURE] = "measure",
};

static const char *const attr_kinds[] = {
    /* clang-format off */
    [ATTR_ERROR] = "error", [ATTR_JSON] = "json", [ATTR_FORM] = "form", [ATTR_BODY] = "body", [ATTR_QUERY] = "query",
    [ATTR_MULTIPART] = "multipart", [ATTR_COOKIE] = "cookie", [ATTR_HEADER] = "header", [ATTR_TIMEOUT] = "timeout",
    [ATTR_CONNECT_TIMEOUT] = "connect_timeout", [ATTR_FOLLOW] = "follow", [ATTR_AUTH] = "auth", [ATTR_COMPRESSED] = "compressed",
    [ATTR_RETRY] = "retry", [ATTR_VERIFY] = "verify", [ATTR_KEEP_ALIVE] = "keep_alive", [ATTR_TLS_RESUME] = "tls_resume",
    [ATTR_CA] = "ca", [ATTR_PROXY] = "proxy", [ATTR_CERT] = "cert", [ATTR_CONNECTIONS] = "connections", [ATTR_MAX_BODY] = "max_body",
    /* clang-format on */
    [ATTR_VERSION] = "version",
};

static void dump_block(struct dump *dump, const char *role, const struct block *block)
{
    if (!block)
        return;
    begin(dump, NULL, role);
    add_flag(dump, !block->braces, "bare");
    end(dump, block->span);
    dump->depth++;
    dump_stmts(dump, block->first);
    dump->depth--;
}

static void dump_attrs(struct dump *dump, const struct attr *attr)
{
    for (; attr; attr = attr->next) {
        begin(dump, "attribute", attr_kinds[attr->kind]);
        add_name(dump, attr->word);
        add_flag(dump, attr->after_statement, "late");
        end(dump, attr->span);
        dump->depth++;
        dump_expr(dump, NULL, attr->a);
        dump_expr(dump, NULL, attr->b);
        for (const struct part *part = attr->parts; part; part = part->next) {
            begin(dump, "part", part->file ? "file" : "field");
            end(dump, part->span);
            dump->depth++;
            dump_expr(dump, "name", part->name);
            dump_expr(dump, "value", part->value);
            dump_expr(dump, "type", part->content_type);
            dump->depth--;
        }
        dump->depth--;
    }
}

static void dump_request(struct dump *dump, const struct request *request)
{
    if (!request)
        return;
    dump_expr(dump, "url", request->url);
    dump_expr(dump, "as", request->as);
    dump_attrs(dump, request->attrs);
    dump_block(dump, "response", request->body);
    dump_block(dump, "no answer", request->otherwise);
}

static void dump_stmts(struct dump *dump, const struct stmt *stmt)
{
    static const char *const sessions[] = {"header", "cookie", "auth", "target", "reset"}, *const levels[] = {
                                                                                               "debug", "info", "warn",
                                                                                               "error"};
    for (; stmt; stmt = stmt->next) {
        begin(dump, NULL, stmt_kinds[stmt->kind]);
        if (stmt->kind == STMT_SESSION)
            text_printf(dump->out, " %s", sessions[stmt->session_kind]);
        if (stmt->kind == STMT_LOG)
            text_printf(dump->out, " %s", levels[stmt->level]);
        if (stmt->kind == STMT_ASSIGN)
            text_printf(dump->out, " %s%s", op_text(stmt->op), stmt->op == OP_NONE ? "" : "=");
        if (stmt->request)
            text_printf(dump->out, " %s", stmt->request->method);
        add_qualified(dump, stmt->qualifier, stmt->name);
        add_flag(dump, stmt->after_wait, "after wait");
        end(dump, stmt->span);
        dump->depth++;
        dump_expr(dump, "target", stmt->target);
        dump_expr(dump, "max", stmt->max);
        dump_expr(dump, "value", stmt->value);
        dump_expr(dump, "every", stmt->every);
        dump_expr(dump, "within", stmt->within);
        dump_expr(dump, "message", stmt->message);
        dump_attrs(dump, stmt->attr);
        dump_request(dump, stmt->request);
        dump_block(dump, "block", stmt->body);
        dump_block(dump, "else", stmt->otherwise);
        dump->depth--;
    }
}

/* ------------------------------------------------------------------ shapes and thresholds */

static void dump_stages(struct dump *dump, const struct stage *stage)
{
    static const char *const kinds[] = {
        [STAGE_JUMP] = "jump",       [STAGE_RAMP] = "ramp",     [STAGE_HOLD] = "hold", [STAGE_ARRIVE] = "arrive",
        [STAGE_AT_MOST] = "at most", [STAGE_REPEAT] = "repeat", [STAGE_FOR] = "for",   [STAGE_EVERY] = "every",
    };
    for (; stage; stage = stage->next) {
        begin(dump, "stage", kinds[stage->kind]);
        add_name(dump, stage->name);
        add_flag(dump, stage->over, "over");
        add_flag(dump, stage->until_reached, "until reached");
        for (size_t i = 0; i < stage->only_count; i++)
            text_printf(dump->out, "%s%s", i ? ", " : " only ", stage->only[i].text ? stage->only[i].text : "?");
        end(dump, stage->span);
        dump->depth++;
        dump_expr(dump, "users", stage->users);
        dump_expr(dump, "rate", stage->rate);
        dump_expr(dump, "to", stage->rate_to);
        dump_expr(dump, "duration", stage->duration);
        dump_expr(dump, "until", stage->until);
        dump_stages(dump, stage->body);
        dump_block(dump, "formula", stage->formula);
        dump_stages(dump, stage->result);
        dump->depth--;
    }
}

static void dump_thresholds(struct dump *dump, const struct threshold *threshold)
{
    for (; threshold; threshold = threshold->next) {
        begin(dump, "threshold", op_text(threshold->op));
        if (threshold->row.text)
            add_literal(dump, (struct slice){threshold->row.text, strlen(threshold->row.text)});
        end(dump, threshold->span);
        dump->depth++;
        dump_expr(dump, "metric", threshold->metric);
        dump_expr(dump, "value", threshold->value);
        dump_expr(dump, "abort after", threshold->abort_after);
        dump->depth--;
    }
}

/* ------------------------------------------------------------------ declarations */

static const char *decl_kind(const struct decl *decl)
{
    static const char *const kinds[] = {
        /* clang-format off */
        [DECL_ERROR] = "error", [DECL_IMPORT] = "import", [DECL_TARGET] = "target", [DECL_OPTION] = "option", [DECL_CONST] = "const",
        [DECL_DATA] = "data", [DECL_VAR] = "var", [DECL_GATE] = "gate", [DECL_QUEUE] = "queue", [DECL_METRIC] = "metric",
        [DECL_FN] = "fn", [DECL_ACTION] = "action", [DECL_USER] = "user", [DECL_TASK] = "task", [DECL_USE] = "use",
        [DECL_WEIGHT] = "weight", [DECL_COUNT] = "count", [DECL_VISITS] = "visits", [DECL_WAIT] = "wait", [DECL_HOOK] = "on",
        [DECL_HTTP] = "http", [DECL_SHAPE] = "shape", [DECL_THRESHOLDS] = "thresholds", [DECL_EXTERN] = "extern",
        /* clang-format on */
    };
    if (decl->kind == DECL_GROUP)
        return decl->group_kind == GROUP_TASKS ? "tasks" : decl->group_kind == GROUP_JOURNEY ? "journey" : "chain";
    return decl->kind == DECL_TASK && decl->is_step ? "step" : kinds[decl->kind];
}

static void add_type(struct dump *dump, struct type_name type_name)
{
    if (!type_name.name.text)
        return;
    text_puts(dump->out, " :");
    add_qualified(dump, type_name.qualifier, type_name.name);
}

static void add_head(struct dump *dump, const struct decl *decl)
{
    add_flag(dump, decl->abstract, "abstract");
    add_flag(dump, decl->secret, "secret");
    add_name(dump, decl->keyword);
    add_name(dump, decl->name);
    add_name(dump, decl->strategy);
    if (decl->base.text) {
        add_flag(dump, decl->kind == DECL_USER, "extends");
        add_qualified(dump, decl->qualifier, decl->base);
    }
    add_type(dump, decl->type_name);
    add_flag(dump, decl->repeat, "repeat");
    add_flag(dump, decl->kind == DECL_WAIT && decl->wait_kind == WAIT_PACE, "pace");
    add_flag(dump, decl->kind == DECL_WAIT && decl->wait_kind == WAIT_RATE, "rate");
    for (const struct tag *tag = decl->tags; tag; tag = tag->next)
        text_printf(dump->out, "%s%s", tag == decl->tags ? " tag " : ", ", tag->name.text ? tag->name.text : "?");
}

static void dump_params(struct dump *dump, const struct param *param)
{
    for (; param; param = param->next) {
        begin(dump, NULL, "parameter");
        add_flag(dump, param->constant, "const");
        add_name(dump, param->name);
        add_type(dump, param->type_name);
        end(dump, param->name.span);
    }
}

static void dump_edges(struct dump *dump, const struct edge *edge)
{
    for (; edge; edge = edge->next) {
        begin(dump, NULL, "->");
        add_name(dump, edge->name);
        end(dump, edge->name.span);
        dump->depth++;
        dump_expr(dump, "weight", edge->weight);
        dump->depth--;
    }
}

static void dump_decls(struct dump *dump, const struct decl *decl)
{
    for (; decl; decl = decl->next) {
        begin(dump, NULL, decl_kind(decl));
        add_head(dump, decl);
        end(dump, decl->span);
        dump->depth++;
        dump_expr(dump, "weight", decl->weight);
        dump_edges(dump, decl->edges);
        dump_params(dump, decl->params);
        dump_expr(dump, "value", decl->value);
        dump_expr(dump, "path", decl->path);
        dump_expr(dump, "help", decl->help);
        dump_expr(dump, "unit", decl->unit);
        dump_expr(dump, "link", decl->link);
        for (const struct item *choice = decl->choices; choice; choice = choice->next)
            dump_expr(dump, "choice", choice->value);
        dump_attrs(dump, decl->attrs);
        dump_decls(dump, decl->members);
        dump_block(dump, "block", decl->body);
        dump_stages(dump, decl->stages);
        dump_thresholds(dump, decl->thresholds);
        dump->depth--;
    }
}

void ast_dump(const struct unit *unit, struct text *out)
{
    struct dump dump = {.unit = unit, .out = out};
    dump_decls(&dump, unit->decls);
}

void ast_dump_shape(const struct unit *unit, struct text *out)
{
    struct dump dump = {.unit = unit, .out = out, .shape = true};
    dump_decls(&dump, unit->decls);
}
