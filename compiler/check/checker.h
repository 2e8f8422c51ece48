/* Inside of the checker: what its files share. check.h is what others see.
 *
 * check.c      the order of things
 * names.c      environments, symbols, looking names up, did-you-mean
 * decl.c       declarations of a file, options, constants, variables, hooks, http
 * user.c       users and groups: members; extend.c what they inherit; use.c `use`
 * type.c       what fits where; const.c folds constants
 * expr.c       expressions; operator.c operators; call.c calls; builtins.c the table of built-in functions
 * word.c       the language's own words
 * stmt.c       statements; assign.c let, save, assignment; loop.c branches and loops
 * place.c      where what may stand; known.c what is known now and can never work
 * request.c    requests and attributes; url.c URLs and rows; engine.c who carries them
 * flow.c       definite assignment
 * program.c    the tables of struct program_info; row_makers.c where a row is made
 * pattern.c    regular expressions; extract.c selectors
 * state.c      gates, queues, metrics; data.c test data, data_file.c its files
 * import.c     files and modules (stdlib.c: where those are); extern.c C of one's own
 * shape.c threshold.c  their names say it; walk.c for all that only look */
#ifndef SWARMC_CHECKER_H
#define SWARMC_CHECKER_H

#include <string.h>

#include "base/arena.h"
#include "check.h"

/* ------------------------------------------------------------------ flow */

struct bits {
    uint64_t *words; /* of the arena; shared until changed */
    unsigned n;
};

/* What is known at a place of a body: can it be reached, and which saves have happened: `set` counts those of
 * a request that had to be answered for it (language.md: otherwise a run-time error), `sure` does not. */
struct flow {
    bool reachable;
    struct bits set, sure;
};

/* ------------------------------------------------------------------ environments */

enum env_kind { ENV_FILE, ENV_USER, ENV_GROUP, ENV_BODY, ENV_BLOCK };

struct entry {
    struct symbol *symbol;
    struct entry *next;
};

struct env {
    enum env_kind kind;
    struct env *outer;
    struct decl *decl;     /* user, group, body */
    struct module *module; /* ENV_FILE */
    struct flow started;   /* ENV_USER, ENV_GROUP: what is known when its `on start` is over */
    struct entry *entries, **last;
};

/* A file. The main one is the first. */
struct module {
    uint16_t file;
    const char *path; /* as source.h has it */
    struct decl *decls;
    struct env env;
    bool loading, listed;
    const struct module *importer; /* that named it first */
    struct module *next;
};

enum symbol_state { STATE_NEW, STATE_BUSY, STATE_DONE };

/* ------------------------------------------------------------------ bodies */

enum body_kind {
    BODY_NONE, /* a constant expression, an initial value */
    BODY_TASK, /* and steps */
    BODY_START,
    BODY_STOP,
    BODY_ACTION,
    BODY_FN,
    BODY_SENDING_HOOK, /* setup test_start test_stop teardown every */
    BODY_QUIET_HOOK,   /* init quitting test_stopping spawning_complete */
    BODY_REQUEST_HOOK,
    BODY_ERROR_HOOK,
    BODY_FORMULA, /* of a shape */
};

struct loop {
    struct loop *outer;
    bool branch;          /* a branch of parallel: nothing may leave it */
    bool in_response;     /* began inside the response block that is being checked */
    struct symbol waited; /* its bit in a flow: on the way here, this round has waited */
    struct flow breaks;
};

/* A save or let that stands somewhere in the body, for the message. */
struct later {
    const char *name;
    bool let;
    struct span span;
    struct later *next;
};

struct body {
    enum body_kind kind;
    const char *what;   /* "task browse", "fn half", "on init": for messages */
    struct decl *decl;  /* whose body it is; home of its lets */
    struct decl *user;  /* or NULL */
    struct decl *group; /* innermost group or NULL */
    struct env *env;    /* innermost environment */
    struct env *saves;  /* where a save declares */
    struct decl *save_home;
    struct flow flow;
    struct flow returns; /* joined at `return` */
    struct loop *loop;
    struct later *later;
    struct type result; /* of a fn or action */
    bool in_action;     /* `return e` is allowed (fn and action) */
    bool impure;
    bool constant; /* only constants may be used here; `constant_what` says where */
    const char *constant_what;
    const char *constant_help; /* the way out there, where it is not what a constant is made of */

    struct request *request; /* whose response block is being checked */
    bool in_attributes;      /* of a request: for the message of a response word */
    struct flow leaves;      /* joined at `succeed` and `fail` of the response block */
    bool condition;          /* inside expect require if while ?: of a response block */
    bool reads_status;
    struct attr *http; /* defaults of the user: for the warning about `follow` */
};

/* ------------------------------------------------------------------ the checker */

/* A group of the file on the way to a `use` in it. */
struct use_path {
    struct symbol *symbol;
    const struct use_path *outer;
};

/* A declaration found to hold secrets. */
struct secret {
    struct span span;
    struct secret *next;
};

enum { VARIANT_BUCKETS = 1024 };

struct checker {
    struct unit *unit;
    struct arena *arena;
    struct diags *diags;
    struct program_info *info;
    struct module *main, *modules;
    struct body *body;
    struct symbol *pending; /* copies of actions whose bodies are still to be checked */
    unsigned symbol_count, bit_count;
    unsigned variant_count;                   /* copies of actions for their constants */
    struct symbol *variants[VARIANT_BUCKETS]; /* those copies, by their constants */
    bool secrets_spread; /* a variable turned out to hold a secret: everything is looked at once more */
    struct symbol *last_const, *last_option, *last_shared;
    struct entry *watched, **last_watched; /* what is declared to be read: is it? */
    struct secret *secrets;
    const struct use_path *use_path; /* groups that are being copied for a `use`, innermost first */
    struct span outermost_use;
    unsigned uses; /* copies made for the user or group of the file that is being checked */
};

/* check.c */
bool is_syntax_error(const struct diag *diag);

/* names.c */
struct env *env_new(struct checker *c, enum env_kind kind, struct env *outer, struct decl *decl);
struct module *env_module(const struct env *env);
/* What a user inherits from a file it imports is looked at with the names of that file around the user's own:
 * from here to leave_file, the environment of the user (around env, or env) lies in `file`. */
struct env *enter_file(struct checker *c, struct env *env, uint16_t file);
void leave_file(struct env *env, struct env *before);
struct symbol *symbol_new(struct checker *c, enum symbol_kind kind, struct name name, struct type type);
/* Adds to an environment; reports a clash with any visible own name and a response word. */
void scope_declare(struct checker *c, struct env *env, struct symbol *symbol);
struct symbol *scope_find_in(const struct env *env, const char *name);            /* this environment alone */
struct symbol *scope_find(const struct env *env, const char *name);               /* and those around it */
const char *symbol_what(const struct symbol *symbol);                             /* "variable", "user", … */
const char *symbol_article(const struct checker *c, const struct symbol *symbol); /* "a variable", "an option", … */
bool is_response_word(const char *name);
bool is_broken(const struct symbol *symbol); /* of a declaration that was reported: says nothing more */
/* Reports that a name is not declared, with the nearest one, words of other tools, or the save further down.
 */
void report_unknown(struct checker *c, struct name name, const char *what);
const char *foreign_word(const char *name); /* Swarm's way of saying what another tool calls so, or NULL */
bool name_is(const char *name, const char *word);

/* type.c */
struct type type_of(enum type_kind kind);
struct type resolve_type(struct checker *c, const struct type_name *name, const struct env *env);
bool type_is_number(struct type t);
bool type_is_loose(struct type t); /* json, error: decided while running */
bool type_is_plain(struct type t);
bool type_fits(struct type to, struct type from);
bool value_fits(struct type to, const struct expr *value); /* an object literal is no text or number */
const char *value_article(const struct expr *value);
/* Reports unless value fits; `what` names the place: "`n`", "parameter `a` of `f`". True when it fits. */
bool require_fits(struct checker *c, struct type to, const struct expr *value, const char *what);
bool require_duration(struct checker *c, const struct expr *value, const char *what);
/* A value known to the compiler that is below 0, or 0 where `zero` is false, is an error. */
void check_positive(struct checker *c, const struct expr *value, const char *what, bool zero);
const char *type_article(struct type t); /* "a number (int)", "a text" */
struct type type_join(struct type a, struct type b, bool *differ);
/* A variable that once holds a secret is secret everywhere: what was looked at before is looked at again. */
void spread_secret(struct checker *c, struct symbol *symbol, struct type from);
bool holds_secret(const struct checker *c, const struct symbol *symbol);

/* const.c */
void fold_unary(struct checker *c, struct expr *e);
void fold_binary(struct checker *c, struct expr *e);
void fold_text(struct checker *c, struct expr *e);
enum constness constness_min(enum constness a, enum constness b);
bool constants_equal(struct type type, const struct constant *a, const struct constant *b);

/* expr.c */
void check_expr(struct checker *c, struct expr *e);
/* Right side of let, =, save, return or a statement: an action call may stand here. */
void check_value(struct checker *c, struct expr *e);
void check_condition(struct checker *c, struct expr *e);
/* A constant expression of a declaration that must fit `type` (TYPE_ERROR: any). */
bool check_constant(struct checker *c, struct env *env, struct expr *e, struct type type, const char *what);
void refuse_secret(struct checker *c, const struct expr *e, const char *where);

/* operator.c */
enum type_kind arithmetic_kind(enum op op, enum type_kind a, enum type_kind b); /* TYPE_VOID: do not go together */
void check_unary(struct checker *c, struct expr *e);
void check_binary(struct checker *c, struct expr *e);
void check_ternary(struct checker *c, struct expr *e);

/* call.c */
void check_call(struct checker *c, struct expr *e, bool may_wait);

/* known.c */
/* Arguments, bounds and codes of status that are known now and can never be right. */
void check_known_arguments(struct checker *c, const struct expr *call);
void check_known_status(struct checker *c, const struct expr *e);
void check_rounds(struct checker *c, const struct expr *in);

/* builtins.c */
bool builtin_exists(const char *name);
void builtin_offer(struct near *near);
const struct builtin *builtin_first(const char *name);
const struct builtin *builtin_next(const struct builtin *builtin); /* next overload of the same name, or NULL */

/* word.c */
bool check_word_name(struct checker *c, struct expr *e);  /* a bare name that is a word */
bool check_word_field(struct checker *c, struct expr *e); /* user.id headers.all … */
bool word_is_of_response(const char *name);
void word_offer_functions(struct near *near);            /* those of response blocks */
bool check_word_call(struct checker *c, struct expr *e); /* css(…) headers.all(…) */
bool word_reads_body(uint16_t word);

/* stmt.c */
void check_block(struct checker *c, struct block *block);
void check_stmts(struct checker *c, struct stmt *first);
void begin_body(struct checker *c, struct body *body, enum body_kind kind, struct decl *decl, struct env *outer,
                const char *what);
void prescan_saves(struct checker *c, struct body *body, struct block *block);
void end_callable(struct checker *c, struct body *body); /* may it end without the `return` it needs? */
void check_message(struct checker *c, struct expr *message, const char *where);
void mark_used(struct checker *c, struct expr *e, struct symbol *symbol);

/* place.c */
bool in_hook_without_user(const struct body *body);
bool refuse_in_fn(struct checker *c, struct span span, const char *what); /* a fn computes and nothing else */
bool require_value(struct checker *c, const struct expr *e); /* not a range, not nothing, not a part of the response */
/* May something that waits stand here? Reports where not; loops around it are told. */
bool check_waits(struct checker *c, struct span span, const char *what);
void assign_to(struct checker *c, struct symbol *symbol, struct span span); /* may it be written here? and flow */

/* assign.c */
void watch(struct checker *c, struct symbol *symbol); /* is it read at all? */
void check_right(struct checker *c, struct expr *e);  /* of let, =, save, return: actions and pop may stand here */
void check_next_else(struct checker *c, const struct stmt *s); /* rows of queue data need an else */
struct symbol *declare_local(struct checker *c, struct stmt *s, enum symbol_kind kind, struct env *env,
                             struct type type, struct decl *home);
void check_let(struct checker *c, struct stmt *s);
void check_save(struct checker *c, struct stmt *s);
void check_assign(struct checker *c, struct stmt *s);

/* loop.c */
void check_if(struct checker *c, struct stmt *s);
void check_for(struct checker *c, struct stmt *s);
void check_while(struct checker *c, struct stmt *s);
void check_repeat(struct checker *c, struct stmt *s);
void check_loop(struct checker *c, struct stmt *s);
void check_break(struct checker *c, struct stmt *s);

/* state.c: gates, queues, metrics */
void check_await(struct checker *c, struct stmt *s);
void check_open(struct checker *c, struct stmt *s);
void check_push(struct checker *c, struct stmt *s);
void check_pop(struct checker *c, struct expr *e);
void check_metric(struct checker *c, struct env *env, struct decl *decl);
void check_metric_write(struct checker *c, struct stmt *s, struct symbol *metric);
void check_metric_add(struct checker *c, struct expr *e, struct symbol *metric); /* t.add(…) */

/* request.c */
void check_request(struct checker *c, struct stmt *s);
void check_http(struct checker *c, struct env *env, struct attr *attrs);
void check_session(struct checker *c, struct stmt *s);
bool settles_status(const struct expr *e);
void warn_redirect_status(struct checker *c, const struct expr *e);

/* url.c */
void check_url(struct checker *c, struct request *request);
struct row *row_of(struct checker *c, const struct request *request, bool setup);
struct row *row_add(struct checker *c, const char *type, const char *name, struct span span);
void check_row_name(struct checker *c, struct expr *name); /* behind `as`, of a `measure` */
bool url_is_relative(const struct expr *url);
bool url_is_absolute(struct slice text); /* begins with http:// or https:// */
const char *url_authority_fault(struct slice text, bool whole);

/* flow.c */
struct flow flow_start(void);
struct flow flow_dead(void);
struct flow flow_join(struct checker *c, struct flow a, struct flow b);
void flow_set(struct checker *c, struct flow *flow, const struct symbol *symbol, bool sure);
bool flow_is_set(const struct flow *flow, const struct symbol *symbol);
bool flow_is_sure(const struct flow *flow, const struct symbol *symbol);
/* After a request: `set` as when it was answered, `sure` what is so either way. */
struct flow flow_answered(struct checker *c, struct flow answered, struct flow not_answered);
struct flow flow_union(struct checker *c, struct flow a, struct flow b); /* both have happened */

/* decl.c */
void declare_module(struct checker *c, struct module *module);
void check_declarations(struct checker *c, struct module *module);
void check_bodies(struct checker *c, struct module *module);
void need_symbol(struct checker *c, struct symbol *symbol); /* works out a const, option, var, or fn on first use */
void check_callable(struct checker *c, struct symbol *symbol);
void check_pending(struct checker *c);
void declare_callable(struct checker *c, struct env *env, struct decl *decl);
void declare_variable(struct checker *c, struct env *env, struct decl *decl, enum symbol_kind kind, struct decl *home);
void add_variable(struct decl *home, struct symbol *symbol);
void check_target(struct checker *c, struct env *env, struct decl *decl);

/* use.c */
void check_file_group(struct checker *c, struct module *module, struct decl *group); /* declared at the top of a file */
void check_use(struct checker *c, struct env *env, struct decl *use, struct decl *user, struct attr *http);

/* user.c */
void expand_users(struct checker *c, struct module *module);
void check_user(struct checker *c, struct module *module, struct decl *user);
void check_group(struct checker *c, struct env *outer, struct decl *group, struct decl *user, struct flow flow,
                 struct attr *http);
/* Base's attributes, own ones in their place (headers by name) or behind them. New nodes. */
struct attr *http_merge(struct arena *arena, const struct attr *base, const struct attr *own);
struct attr *file_http(const struct module *module); /* of the file's http { }, or NULL */
void check_number(struct checker *c, struct env *env, struct expr *value, const char *what, bool whole, int64_t least);
struct decl *user_member(const struct decl *user, enum decl_kind kind); /* first of that kind, or NULL */

/* clone.c */
struct decl *clone_decl(struct arena *arena, const struct decl *decl); /* deep; annotations cleared; next = NULL */
struct attr *clone_attr(struct arena *arena, const struct attr *attr); /* one; next = NULL */

/* walk.c: visits every statement and expression, a node before what it holds. */
struct walk {
    void (*stmt)(struct walk *walk, struct stmt *stmt);
    void (*expr)(struct walk *walk, struct expr *expr);
    void *data;
};
void walk_expr(struct walk *walk, struct expr *expr);
void walk_block(struct walk *walk, struct block *block);
void walk_attrs(struct walk *walk, struct attr *attr);

/* program.c */
void report_recursion(struct checker *c);
void build_program(struct checker *c);

/* data.c */
void check_data(struct checker *c, struct decl *decl);
const struct name *data_columns(const struct decl *decl, size_t *count); /* NULL: not known */
struct type data_type(const struct decl *decl);                          /* of one row */
void warn_rows_and_users(struct checker *c);                             /* when the kinds are known */
/* data_file.c: reads and checks a file that is there; sets columns and the other data_… of the declaration.
 */
void read_data_file(struct checker *c, struct decl *decl, const char *path);
bool file_exists(struct checker *c, struct span from, const char *path);
char *path_beside(struct checker *c, uint16_t file, const char *path);

/* import.c */
void check_imports(struct checker *c, struct module *module);
struct module *import_module(const struct decl *decl);
/* "auth.login": how a name is written in a file of which an import declares it; NULL: none declares such a thing. */
enum imported { IMPORTED_VALUE, IMPORTED_FUNCTION, IMPORTED_USER, IMPORTED_GROUP };
const char *imported_name(struct checker *c, struct name name, enum imported what); /* NULL: a standard module */
void check_shared_names(struct checker *c); /* options, data, metrics: one of a name in all files */
void list_externs(struct checker *c);
const char *file_stem(struct checker *c, uint16_t file); /* "auth" of lib/auth.swarm */
void list_hooks(struct checker *c);                      /* of all files, what is imported before what imports it */

/* extern.c */
void check_extern(struct checker *c, struct decl *decl);

/* shape.c, threshold.c */
void check_shape(struct checker *c, struct module *module, struct decl *decl, struct decl *user);
void check_thresholds(struct checker *c, struct module *module, struct decl *decl);
void check_threshold_rows(struct checker *c); /* when the rows are known */

/* pattern.c: reports a literal pattern that PCRE2 does not take */
void check_pattern(struct checker *c, const struct expr *pattern);

/* extract.c: a literal argument of css() xpath() regex() jsonpath() */
void check_extract(struct checker *c, uint16_t word, const struct expr *text);
/* Byte `at` of a literal text, in the source; of one with a ${} or an indented block, all of it. */
struct span place_in_text(const struct checker *c, const struct expr *text, size_t at);

#endif
