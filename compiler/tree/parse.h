/* Parsing one source: lexer -> token filter -> bison, with repair and restart (parse.c), the nodes the grammar's actions
 * build (nodes.c) and what is said about a mistake (slips.c). A struct parser lives for one call of ast_parse. */
#ifndef SWARMC_PARSE_H
#define SWARMC_PARSE_H

#include "ast.h"
#include "base/arena.h"
#include "diag/diag.h"
#include "filter.h"

enum {
    MAX_NESTING = 1000,      /* brackets in brackets, operators in operators */
    MAX_INTERPOLATION = 100, /* texts in texts */
    MAX_TOKENS = 2 * 1000 * 1000,
    MAX_SYNTAX_ERRORS = 100,
    MAX_REPAIRS = 50,
};

/* A token to put in front of raw token `before`, or in place of it. */
struct repair {
    size_t before;
    int kind;
    bool drop;
    struct diag *diag; /* reported with the first token of a repair; NULL for the others */
    struct repair *next;
};

struct parser {
    struct unit *unit;
    struct arena *arena;
    const struct source *source;
    uint16_t file;
    struct tokens raw, balanced, tokens;
    size_t at;           /* the token the grammar is given next */
    size_t error_token;  /* where the last syntax error was, so that none is reported or tried twice */
    bool failed;         /* there was one in this parse */
    bool cut_off;        /* a text or comment without end took the rest of the source */
    bool keep_lookahead; /* recovery ends at the token that is at hand */
    bool restart;        /* a repair was found: parse again */
    bool give_up;
    unsigned repairs;
    struct repair *repair;
    const char **declared; /* names the file declares, sorted by address */
    size_t declared_count;
    unsigned formula; /* > 0 inside `every D { }` of a shape */
    struct decl *decls;
};

/* ------------------------------------------------------------------ lists the grammar builds */

#define PARSE_LIST(type)                                                                                               \
    struct type##_list {                                                                                               \
        struct type *first, *last;                                                                                     \
    }
PARSE_LIST(decl);
PARSE_LIST(stmt);
PARSE_LIST(attr);
PARSE_LIST(stage);
PARSE_LIST(threshold);
PARSE_LIST(item);
PARSE_LIST(param);
PARSE_LIST(edge);
PARSE_LIST(tag);
PARSE_LIST(part);
PARSE_LIST(text_part);
#undef PARSE_LIST

/* `list` with `node` (NULL: nothing) at its end. */
#define LIST_ADD(list, node)                                                                                           \
    do {                                                                                                               \
        if (node) {                                                                                                    \
            if ((list).last)                                                                                           \
                (list).last->next = (node);                                                                            \
            else                                                                                                       \
                (list).first = (node);                                                                                 \
            (list).last = (node);                                                                                      \
        }                                                                                                              \
    } while (0)

struct name_array {
    struct name *p;
    size_t n;
};

/* The clauses between a task's or group's name and its block. */
struct head {
    struct expr *weight;
    struct tag_list tags;
    struct edge_list edges;
    bool repeat;
};

struct request_items {
    struct attr_list attrs;
    struct stmt_list stmts;
    struct span stmts_span;
};

struct formula_items {
    struct stmt_list stmts;
    struct stage *result;
};

/* ------------------------------------------------------------------ nodes (nodes.c) */

struct span span_join(struct span from, struct span to);

struct expr *node_expr(struct parser *p, enum expr_kind kind, struct span span);
struct expr *node_number(struct parser *p, const struct token *token);
struct expr *node_text(struct parser *p, struct span span, const struct token *open, struct text_part *parts);
struct expr *node_literal(struct parser *p, const struct token *token);
struct text_part *node_piece(struct parser *p, const struct token *token);
struct text_part *node_interpolation(struct parser *p, struct span span, struct expr *expr);
struct expr *node_name(struct parser *p, struct name name);
struct expr *node_field(struct parser *p, struct expr *left, struct name name, struct span span);
struct expr *node_index(struct parser *p, struct expr *left, struct expr *right, struct span span);
struct expr *node_call(struct parser *p, struct expr *left, struct item *args, struct span span);
struct expr *node_unary(struct parser *p, enum op op, struct expr *right, struct span span);
struct expr *node_binary(struct parser *p, enum op op, struct expr *left, struct expr *right, struct span span);
struct expr *node_ternary(struct parser *p, struct expr *c, struct expr *a, struct expr *b, struct span span);
struct expr *node_pop(struct parser *p, struct name qualifier, struct name name, struct expr *within, struct span span);
void node_depth_items(struct parser *p, struct expr *expr);
struct item *node_item(struct parser *p, struct expr *value);
struct item *node_entry(struct parser *p, struct name key, struct expr *value);
struct name node_key(struct parser *p, const struct expr *text);

struct stmt *node_stmt(struct parser *p, enum stmt_kind kind, struct span word, struct span span);
struct stmt *node_assign(struct parser *p, struct expr *target, enum op op, struct expr *value, struct block *otherwise,
                         struct span span);
struct stmt *node_call_stmt(struct parser *p, struct expr *value, struct span span);
struct stmt *node_stop(struct parser *p, struct span word, struct name what, struct expr *message, struct span span);
struct stmt *node_log(struct parser *p, struct span word, struct name level, struct expr *value, struct span span);
struct stmt *node_session(struct parser *p, struct span word, struct attr *attr, struct span span);
struct stmt *node_interrupt_after(struct parser *p, struct span word, struct name name, struct span span);
struct stmt *node_session_word(struct parser *p, struct span word, struct name name, struct span span);
struct block *node_bare_else(struct parser *p, struct stmt *stmt, struct span word, struct span span);
const char *node_method(struct parser *p, const struct expr *text);
struct block *node_block(struct parser *p, struct stmt *first, struct span span, bool braces);
struct request *node_request(struct parser *p, const char *method, struct span method_span, struct expr *url,
                             struct expr *as, const struct request_items *items, struct block *otherwise,
                             struct span span);
void request_add_attr(struct request_items *items, struct attr *attr);
void request_add_stmt(struct request_items *items, struct stmt *stmt);

struct attr *node_attr(struct parser *p, enum attr_kind kind, struct span key, struct span span);
struct attr *node_attr_word(struct parser *p, enum attr_kind kind, struct span key, struct name word, struct span span);
struct attr *node_attr_values(struct parser *p, enum attr_kind kind, struct span key, struct expr *a, struct expr *b,
                              struct span span);
struct attr *node_attr_auth(struct parser *p, struct span key, struct name word, struct expr *a, struct expr *b,
                            struct span span);

struct attr *node_attr_switch(struct parser *p, struct name key, struct name word, struct span span);
struct name node_source_word(struct parser *p, struct span span);

struct decl *node_decl(struct parser *p, enum decl_kind kind, struct span word, struct span span);
struct decl *node_data(struct parser *p, struct span word, struct name name, struct name source, struct expr *path,
                       struct name strategy, struct span span);
struct decl *node_metric(struct parser *p, struct span word, struct name kind, struct name name, struct expr *unit,
                         struct span span);
void node_head(struct parser *p, struct decl *decl, const struct head *head);
/* What a head says once: reports it where `before` is there already. */
void node_once(struct parser *p, const void *before, struct span span, const char *word);
/* Behind `one of`: reports a list without a choice. */
void node_choices(struct parser *p, const struct expr *list);
struct param *node_const_param(struct parser *p, struct name word, struct name name, struct type_name type_name);
void node_formula_result(struct parser *p, struct formula_items *items, struct stage *result);
void node_thresholds_add(struct threshold_list *list, struct threshold *first);
struct threshold *node_row_thresholds(struct parser *p, const struct expr *text, struct threshold *first);
struct stage *node_stage(struct parser *p, enum stage_kind kind, struct span span);
void names_add(struct parser *p, struct name_array *names, struct name name);

/* After a parse: what stands where it cannot (a task at top level …), which the grammar leaves open. */
void place_decls(struct parser *p, struct decl *decls, const struct decl *owner);

/* ------------------------------------------------------------------ mistakes (slips.c) */

/* A syntax error at token `at`; `fits` are the aliases of what the grammar would take there. */
void slips_report(struct parser *p, size_t at, const char *const *fits, size_t count);
/* False when this line already has a message, so that another would be noise. */
bool slips_quiet(const struct parser *p, struct span span);

void slips_value_alone(struct parser *p, const struct expr *value);
void slips_call(struct parser *p, const struct expr *call);
void slips_value_missing(struct parser *p, struct name word);

/* ------------------------------------------------------------------ the course of a parse (parse.c) */

void parse_recover(struct parser *p);
void parse_too_deep(struct parser *p, struct span span);
void parse_repair(struct parser *p, struct diag *diag, size_t before, int kind, bool drop);

/* ------------------------------------------------------------------ between parse.c and the grammar */

union SWARM_STYPE;
int parse_next(union SWARM_STYPE *value, struct span *span, struct parser *p);

#endif
