/* The tree of a scenario. grammar/ builds it, the checker annotates it (fields marked "checked"), the emitter reads it.
 * Every node lives in the compilation's arena and carries its span. Lists are singly linked by `next`, in source order.
 * Names are interned (arena_intern): compare with ==. */
#ifndef SWARMC_AST_H
#define SWARMC_AST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "diag/source.h"
#include "type.h"

struct symbol;

struct name {
    const char *text; /* interned; NULL after a syntax error */
    struct span span;
};

struct slice {
    const char *p;
    size_t n; /* may hold NUL bytes */
};

/* ------------------------------------------------------------------ expressions */

enum expr_kind {
    EXPR_ERROR, /* stands where something wrong was; already reported; has TYPE_ERROR */
    EXPR_NULL,
    EXPR_BOOL,
    EXPR_INT,      /* integer: also sizes (64KB), already in bytes; `size` says so */
    EXPR_FLOAT,    /* number: also percentages (1% = 0.01); `percent` says so */
    EXPR_DURATION, /* integer, nanoseconds */
    EXPR_RATE,     /* number, a second */
    EXPR_TEXT,     /* parts; a literal without interpolation has one literal part or none */
    EXPR_LIST,     /* items (only .value) */
    EXPR_OBJECT,   /* items */
    EXPR_NAME,     /* name */
    EXPR_FIELD,    /* left . name (a name after a dot, any word) */
    EXPR_INDEX,    /* left [ right ] */
    EXPR_CALL, /* left ( args ) ; left is EXPR_NAME (f(x), M.f is EXPR_FIELD: t.add(1), headers.all("x"), auth.login()) */
    EXPR_UNARY,   /* op right: OP_NEGATE OP_NOT */
    EXPR_BINARY,  /* left op right */
    EXPR_TERNARY, /* condition ? left : right */
    EXPR_POP,     /* right side of let/=/save only: pop NAME [within DURATION]: name, right = within or NULL */
    EXPR_FILE,    /* body file("x"): text in left; only as value of an attribute */
};

enum op {
    OP_NONE,
    OP_NEGATE,
    OP_NOT,
    OP_MUL,
    OP_DIV,
    OP_MOD,
    OP_ADD,
    OP_SUB,
    OP_RANGE,    /* a..b */
    OP_COALESCE, /* ?? */
    /* clang-format off */
    OP_EQ, OP_NE, OP_LT, OP_LE, OP_GT, OP_GE,
    OP_IN, OP_NOT_IN, OP_CONTAINS, OP_NOT_CONTAINS, OP_MATCHES, OP_NOT_MATCHES,
    OP_AND, OP_OR,
    /* clang-format on */
};
const char *op_text(enum op op); /* as written: "+", "not in" */

/* A piece of a text: literal bytes (escapes already resolved), or an interpolated expression. */
struct text_part {
    struct slice literal; /* when expr == NULL */
    struct expr *expr;    /* ${expr} */
    struct span span;     /* of the piece in the source (for carets inside the text) */
    struct slice source;  /* source text between ${ and }, trimmed: names rows */
    struct text_part *next;
};

/* Element of a list, entry of an object (key: value, shorthand `key`, or spread `...value`), argument of a call. */
struct item {
    struct name key; /* object entries; key.text NULL for spreads, list elements, arguments */
    bool spread, shorthand;
    struct expr *value;
    struct item *next;
};

enum constness {
    CONST_NO,    /* known only while running */
    CONST_START, /* fixed before the run: depends on options, env, or const NAMEs that do */
    CONST_KNOWN, /* known to the compiler: `known` holds it (lists and objects: all elements known) */
};

struct constant {
    int64_t i;         /* int, bool, duration */
    double f;          /* float, rate */
    struct slice text; /* string */
};

struct expr {
    enum expr_kind kind;
    enum op op;
    struct span span;
    struct span whole; /* with the parentheses around it */
    bool raw, block;   /* EXPR_TEXT: r"…", \"\"\"…\"\"\" */
    bool parenthesised;
    bool size, percent;      /* EXPR_INT / EXPR_FLOAT written as 64KB / 1% */
    int64_t integer;         /* EXPR_INT EXPR_DURATION EXPR_BOOL */
    double number;           /* EXPR_FLOAT EXPR_RATE */
    struct name name;        /* EXPR_NAME EXPR_FIELD EXPR_POP */
    struct name qualifier;   /* EXPR_POP of an imported queue: pop lib.orders */
    unsigned depth;          /* height of the tree below: 1 for a leaf, bounded by the parser */
    struct text_part *parts; /* EXPR_TEXT */
    struct item *items;      /* EXPR_LIST EXPR_OBJECT EXPR_CALL (arguments) */
    struct expr *condition, *left, *right;
    struct expr *next; /* where a list of expressions is asked for */

    /* checked */
    struct type type;
    enum constness constness;
    struct constant known;         /* CONST_KNOWN and a plain type */
    struct symbol *symbol;         /* EXPR_NAME; EXPR_CALL: the fn, action or metric; EXPR_FIELD: import member */
    const struct builtin *builtin; /* EXPR_CALL of a built-in function: the overload chosen */
    uint16_t word; /* enum value_word (check.h): NAME, FIELD or CALL that is a word of the language; 0: none */
};

/* ------------------------------------------------------------------ statements */

enum stmt_kind {
    STMT_ERROR,
    STMT_LET,    /* name = value [otherwise] */
    STMT_ASSIGN, /* target op= value [otherwise]; target is NAME, FIELD or INDEX chain; op: OP_NONE OP_ADD OP_SUB */
    STMT_SAVE,   /* name = value [otherwise] */
    STMT_CALL,   /* value: a call standing alone, or EXPR_POP (`pop q [within D] [otherwise]` alone) */
    STMT_IF,     /* value, body, otherwise (a block, or a block of one STMT_IF for else if) */
    STMT_FOR,    /* name in value, body */
    STMT_WHILE,  /* value, body */
    STMT_REPEAT, /* value times, body */
    STMT_LOOP,   /* body; every, within (both may be NULL), otherwise */
    STMT_BREAK,
    STMT_CONTINUE,
    STMT_RETURN, /* value or NULL */
    STMT_SLEEP,  /* value: duration or OP_RANGE of durations */
    STMT_LOG,    /* level, value */
    STMT_EXPECT,
    STMT_REQUIRE, /* value, message (text expression or NULL) */
    STMT_FAIL,    /* message */
    STMT_SUCCEED,
    STMT_INTERRUPT, /* after_wait */
    STMT_RESCHEDULE,
    STMT_STOP_USER,
    STMT_STOP_TEST, /* message or NULL */
    STMT_AWAIT,     /* name, within, otherwise */
    STMT_OPEN,      /* name */
    STMT_PUSH,      /* name, value */
    STMT_REQUEST,   /* request */
    STMT_SESSION,   /* session_kind, attr (header, cookie, auth), value (target) */
    STMT_PARALLEL,  /* body, or name in value; max */
    STMT_MEASURE,   /* message: the row's name, body */
};

enum log_level { LOG_DEBUG_LEVEL, LOG_INFO_LEVEL, LOG_WARN_LEVEL, LOG_ERROR_LEVEL };
enum session_kind { SESSION_HEADER, SESSION_COOKIE, SESSION_AUTH, SESSION_TARGET, SESSION_RESET };

struct block {
    struct stmt *first;
    struct span span; /* from { to } ; of the statement where there were no braces (`else fail "x"`) */
    bool braces;
};

struct stmt {
    enum stmt_kind kind;
    enum op op;
    struct span span; /* the whole statement */
    struct span word; /* its first word */
    struct name name;
    struct name qualifier; /* STMT_AWAIT, STMT_OPEN, STMT_PUSH of an imported gate or queue: open lib.everyone */
    struct expr *target;   /* STMT_ASSIGN */
    struct expr *value, *message, *every, *within, *max;
    struct block *body, *otherwise;
    struct request *request;
    struct attr *attr;
    enum log_level level;
    enum session_kind session_kind;
    bool after_wait;
    struct stmt *next;

    /* checked */
    struct symbol *symbol; /* what LET, SAVE, FOR declare or set; gate, queue */
    bool conditional;      /* a save that need not have happened when its block is over */
    bool settles; /* an expect or require that settles the status when it passes (language.md, section 5, Verdict) */
};

/* ------------------------------------------------------------------ requests */

enum attr_kind {
    ATTR_ERROR,
    /* of a request */
    ATTR_JSON,      /* a: value (object literal or any expression) */
    ATTR_FORM,      /* a: object */
    ATTR_BODY,      /* a: text expression or EXPR_FILE */
    ATTR_QUERY,     /* a: object */
    ATTR_MULTIPART, /* parts */
    ATTR_COOKIE,    /* a: name (text literal), b: value */
    /* of a request and of http { } */
    ATTR_HEADER, /* a: name (text literal), b: value */
    ATTR_TIMEOUT,
    ATTR_CONNECT_TIMEOUT, /* a */
    ATTR_FOLLOW,          /* word on/off */
    ATTR_AUTH,            /* word basic (a, b), bearer (a), digest (a, b) */
    ATTR_COMPRESSED,      /* word gzip br any off */
    ATTR_RETRY,           /* a: tries; b: backoff or NULL */
    /* of http { } alone */
    ATTR_VERIFY,
    ATTR_KEEP_ALIVE,
    ATTR_TLS_RESUME, /* word on/off */
    ATTR_CA,
    ATTR_PROXY, /* a */
    ATTR_CERT,  /* a, b: key or NULL */
    ATTR_CONNECTIONS,
    ATTR_MAX_BODY, /* a */
    ATTR_VERSION,  /* word "1.1" "2" "any" */
};

/* field "name" value · file "name" "path" [type "t"] */
struct part {
    bool file;
    struct expr *name, *value, *content_type;
    struct span span;
    struct part *next;
};

struct attr {
    enum attr_kind kind;
    struct span span, key; /* whole; its first word */
    struct name word;      /* on off basic bearer digest gzip br any 1.1 2 … as written */
    struct expr *a, *b;
    struct part *parts;
    bool after_statement; /* came after the first response statement */
    struct attr *next;
};

struct request {
    const char *method; /* "GET" … or the text of request "NAME", upper-case kept as written */
    struct span method_span;
    struct expr *url;
    struct expr *as; /* or NULL */
    struct attr *attrs;
    struct block *body;      /* response statements; NULL when there was no block or only attributes */
    struct block *otherwise; /* else { } or NULL */
    struct span span;

    /* checked */
    struct row *row;                  /* the row when it is known at compile time, else NULL (dynamic `as`) */
    bool reads_body;                  /* text json css … are looked at: the body must be kept */
    bool implied_first, implied_last; /* an implied `expect status < 400` at the begin / the end of the block */
    unsigned index;                   /* number of the request in the program, in source order */
};

/* ------------------------------------------------------------------ declarations */

enum decl_kind {
    DECL_ERROR,
    DECL_IMPORT, /* path, name (NULL text: from the path) */
    DECL_TARGET, /* value */
    DECL_OPTION, /* secret, name, type_name, value (default or NULL), help, choices */
    DECL_CONST,  /* name, value */
    DECL_DATA,   /* name, source_kind word (csv json lines), path, strategy word */
    DECL_VAR,    /* name, type_name or NULL text, value or NULL */
    DECL_GATE,   /* name */
    DECL_QUEUE,  /* name, value (max) or NULL */
    DECL_METRIC, /* metric word (counter trend rate gauge), name, unit */
    DECL_FN,     /* name, params, result, body */
    DECL_ACTION, /* name, params, result or NULL text, body */
    DECL_USER,   /* abstract, name, base, members */
    DECL_GROUP,  /* group_kind, name, members, tags; weight: value or NULL; repeat */
    DECL_TASK,   /* task or step (is_step): name, weight value, tags, edges (chains), body */
    DECL_USE,    /* base (may be qualified: qualifier), weight value, tags */
    DECL_WEIGHT,
    DECL_COUNT,
    DECL_VISITS,     /* value */
    DECL_WAIT,       /* wait_kind, value (duration, OP_RANGE, rate, any expression) */
    DECL_HOOK,       /* name (start stop init setup …; `every`), value (every D), body */
    DECL_HTTP,       /* attrs */
    DECL_SHAPE,      /* name or NULL text, stages */
    DECL_THRESHOLDS, /* value (after D) or NULL, thresholds */
    DECL_EXTERN,     /* help: the "C", path, link, members (DECL_FN / DECL_ACTION without body) */
};

enum group_kind { GROUP_TASKS, GROUP_JOURNEY, GROUP_CHAIN };
enum wait_kind { WAIT_VALUE /* constant, range or expression */, WAIT_PACE, WAIT_RATE };

struct type_name {
    struct name qualifier; /* mqtt.Client */
    struct name name;      /* text NULL: none given */
};

struct param {
    struct name name;
    struct type_name type_name;
    bool constant;         /* const NAME: type */
    struct symbol *symbol; /* checked */
    struct param *next;
};

struct edge { /* -> name [weight] */
    struct name name;
    struct expr *weight;
    struct edge *next;
};

struct tag {
    struct name name;
    struct tag *next;
};

/* clang-format off */
enum stage_kind { STAGE_JUMP, STAGE_RAMP, STAGE_HOLD, STAGE_ARRIVE, STAGE_AT_MOST, STAGE_REPEAT, STAGE_FOR, STAGE_EVERY };
/* clang-format on */

struct stage {
    enum stage_kind kind;
    struct span span;
    struct expr *users, *rate, *rate_to, *duration; /* jump/ramp: users; arrive: rate [-> rate_to]; every: duration */
    struct expr *until;                             /* every D until D */
    bool until_reached, over;                       /* ramp/arrive: `over` */
    struct name *only;                              /* array */
    size_t only_count;
    struct name name;      /* for NAME in users */
    struct stage *body;    /* repeat, for */
    struct block *formula; /* every: statements; STMT_CALL is not used, `users N at R` is a stage_users statement: */
    struct stage *result;  /* every: `users N at R [only …]` (kind STAGE_JUMP), NULL when missing */
    struct symbol *symbol;
    struct stage *next;
};

struct threshold {
    struct span span;
    struct expr *metric; /* NAME or FIELD chain as written (p99.9 is one NAME) */
    enum op op;
    struct expr *value, *abort_after;
    struct name row;              /* of the enclosing "ROW" { }, text NULL outside */
    struct symbol *metric_symbol; /* checked: a metric of the scenario */
    const char *metric_field;     /* checked: what is asked of it (p95), or NULL */
    struct threshold *next;
};

struct decl {
    enum decl_kind kind;
    struct span span, word; /* whole; first word */
    struct name name;
    struct name base, qualifier;
    struct name keyword; /* metric kind, data source, strategy in `strategy`, … */
    struct name strategy;
    struct expr *value;
    struct expr *weight; /* tasks, groups, use */
    struct expr *path, *help, *unit, *link;
    struct item *choices; /* one of [ … ] */
    struct type_name type_name;
    struct param *params;
    struct decl *members;
    struct block *body;
    struct attr *attrs;
    struct stage *stages;
    struct threshold *thresholds;
    struct edge *edges;
    struct tag *tags;
    enum group_kind group_kind;
    enum wait_kind wait_kind;
    bool secret, abstract, is_step, repeat;
    struct decl *next;

    /* checked */
    struct symbol *symbol;
    struct scope *scope;  /* of users, groups, fns, actions, tasks */
    struct decl *owner;   /* user or group this is a member of, NULL at top level */
    struct decl *used;    /* DECL_USE: its own copy of the group */
    bool unknown_base;    /* DECL_USER: what it inherits is not known */
    void *link_module;    /* DECL_IMPORT: the checker's own */
    struct decl *foreign; /* DECL_FN, DECL_ACTION without body: the DECL_EXTERN they stand in */
    struct row *call_row; /* DECL_ACTION of an extern: CALL name */
    struct name
        *columns; /* DECL_DATA: as the first line of a CSV file names them; all keys of JSON rows; NULL: not known */
    size_t column_count;
    uint64_t data_rows, data_size; /* DECL_DATA: of the file, a byte order mark of data_mark bytes left out */
    unsigned data_mark;
    bool data_read;
};

/* ------------------------------------------------------------------ a compilation */

/* --http-engine: the engine of all kinds, or that which each one's http { } asks for. */
enum engine_wanted { WANTED_ANY, WANTED_NATIVE, WANTED_CURL };

struct unit {
    struct arena *arena;
    struct sources sources;
    struct diags *diags;
    struct decl *decls; /* of the main file, in order */
    enum engine_wanted engine;
    bool whole;    /* it becomes one static file: nobody can have libcurl */
    bool for_host; /* it is run by swarm-host, which holds the whole runtime */

    /* checked: see check.h */
    struct program_info *info;
};

/* Parses one source; syntax errors go to unit->diags, what could be read is appended to unit->decls. */
void ast_parse(struct unit *unit, const struct source *source);

/* --dump-ast: an indented tree, stable across runs. */
struct text;
void ast_dump(const struct unit *unit, struct text *out);
/* The same without lines and columns: equal for sources that differ in white space and comments only. */
void ast_dump_shape(const struct unit *unit, struct text *out);

#endif
