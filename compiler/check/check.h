/* Names, types and rules: everything language.md demands before code is made. check_unit() annotates the tree
 * (fields marked "checked" in ast.h) and fills struct program_info, all in the unit's arena; the emitter
 * reads those and reports nothing. Order: declare → resolve → types and rules → flow (definite assignment,
 * reachability).
 *
 * extends is done by copying: the checker clones the base's members into the user (base first, a member of
 * the same name replaced in its place, http merged key by key), then checks every concrete user by itself. So
 * inherited tasks see the user's own fns and vars, every expression has one meaning, and the emitter knows
 * nothing of inheritance. Diagnostics in cloned code are reported once (diag_add drops the same code at the
 * same place). */
#ifndef SWARMC_CHECK_H
#define SWARMC_CHECK_H

#include "diag/diag.h"
#include "tree/ast.h"

enum symbol_kind {
    SYMBOL_OPTION,
    SYMBOL_CONST,
    SYMBOL_SHARED, /* var at top level: written only in on setup / test_start / every */
    SYMBOL_VAR,    /* var of a user or group; `home` is that user or group */
    SYMBOL_LET,    /* let, for variable, shape's let; home: the task, action, fn or hook it stands in */
    SYMBOL_SAVE,   /* save of a new name; home: the task, action, hook; in a step: the journey; in on start:
                      what it starts */
    SYMBOL_PARAM,  /* home: the fn or action */
    SYMBOL_FN,
    SYMBOL_ACTION,
    SYMBOL_USER,
    SYMBOL_GROUP,
    SYMBOL_TASK,
    SYMBOL_DATA,
    SYMBOL_GATE,
    SYMBOL_QUEUE,
    SYMBOL_METRIC,
    SYMBOL_IMPORT,
    SYMBOL_SHAPE,
};

struct symbol {
    enum symbol_kind kind;
    const char *name;
    struct span span; /* where it is declared */
    struct type type;
    enum constness constness; /* OPTION: CONST_START; CONST: of its value; PARAM const: CONST_START or better */
    struct constant known;    /* CONST_KNOWN plain consts */
    struct decl *decl;        /* its declaration, for those that are decls */
    struct stmt *stmt;        /* LET, SAVE, FOR */
    struct param *param;
    struct decl *home;        /* whose storage it is (see above), NULL at top level */
    struct request *saved_by; /* SAVE: its first request; more than one may save it */
    bool needs_check;         /* SAVE used outside of its block: at a use the program must test that the request was
                         answered */
    bool read, written;
    unsigned index;      /* unique in the program, in order of declaration */
    struct symbol *next; /* in its home's list of variables (decl→scope) or program_info's lists */

    /* the checker's own */
    struct env *env;             /* where it was declared */
    struct symbol *next_variant; /* of an action's copies, one for each set of constants: in its bucket (checker.h) */
    unsigned char state;         /* of what is worked out on first use: enum symbol_state (checker.h) */
    bool impure;                 /* FN: reads variables or depends on time or chance */
    unsigned bit;                /* SAVE: its bit in the flow sets, from 1 */
    struct symbol *origin;       /* of a variant: the action itself */
    const struct symbol *caller; /* of a variant: the action or variant with the call that made it, or NULL */
    unsigned visit;              /* walks over calls: the last one that was here */
    bool listed;                 /* FN, ACTION: stands in program_info */
    bool cyclic;                 /* GROUP: uses itself, which was reported */
    struct symbol *pending;      /* variants whose bodies are still to be checked */
};

/* Words of the language that are values. */
enum value_word {
    WORD_NONE,
    /* response words: only in a response block */
    WORD_STATUS,
    WORD_JSON,
    WORD_TEXT,
    WORD_HEADERS,
    WORD_HEADERS_ALL /* CALL headers.all("x") */,
    WORD_COOKIES,
    WORD_URL,
    WORD_HISTORY,
    WORD_TIME,
    WORD_TIME_FIRST_BYTE,
    WORD_TIME_CONNECT,
    WORD_TIME_TLS,
    WORD_SIZE,
    WORD_RESPONSE,
    WORD_CSS,
    WORD_XPATH,
    WORD_REGEX,
    WORD_REGEX_ALL,
    WORD_JSONPATH, /* CALLs */
    /* everywhere a user is */
    WORD_USER_ID,
    WORD_USER_NAME,
    WORD_WORKER_INDEX,
    WORD_RUN_TIME,
    WORD_RUN_USERS,
    WORD_USER,
    WORD_RUN,     /* the bare words: legal only with a field */
    WORD_ELAPSED, /* shapes */
    WORD_LENGTH,  /* FIELD: left.length of a text, list, object or json */
    WORD_REQUEST_METHOD,
    WORD_REQUEST_NAME,
    WORD_REQUEST_URL,
    WORD_REQUEST_STATUS,
    WORD_REQUEST_TIME,
    WORD_REQUEST_SIZE,
    WORD_REQUEST_ERROR,
    WORD_REQUEST_USER, /* on request */
    WORD_ERROR_MESSAGE,
    WORD_ERROR_PLACE,
    WORD_ERROR_TASK,
    WORD_ERROR_USER, /* on user_error */
};

/* A built-in function's overload: compiler/check/builtins.def. */
struct builtin {
    const char *name;
    const char *signature; /* "ii>i": i int, f float, b bool, d duration, s text, l list, j json or anything, r rate;
                       `?` behind the result: may be missing; `*` behind an argument letter: optional, then
                       missing */
    const char *symbol;    /* C function in swarm/program.h */
    bool pure;             /* same arguments, same result: may stand in const */
    const char *doc;
};

struct row {
    const char *type; /* GET … TRANSACTION */
    const char *name;
    unsigned index;
    struct span span; /* first request of it */
    struct row *next;
};

/* What stands behind an entry of a user or group: the task or group itself, of a `use` its copy of the group;
 * NULL: no entry. */
struct decl *decl_entry(struct decl *decl);

/* A concrete user, after extends. */
struct kind {
    const char *name;
    struct decl *decl;     /* its members are whole: own and inherited */
    struct decl **entries; /* what is picked: DECL_TASK, DECL_GROUP (of a `use` its copy), in order */
    size_t entry_count;
    struct decl **on_start, **on_stop; /* in the order in which they run */
    size_t on_start_count, on_stop_count;
    struct decl *wait;                    /* DECL_WAIT or NULL */
    struct expr *weight, *count, *visits; /* or NULL */
    struct decl *target;                  /* or NULL */
    struct attr *http;                    /* file's and user's http { } merged, file order */
    unsigned index;
    struct kind *next;
};

struct program_info {
    struct kind *kinds;
    unsigned kind_count;
    struct row *rows;
    unsigned row_count;
    struct request **requests;
    unsigned request_count; /* of all emitted bodies, in order */
    struct symbol *options; /* in order of declaration */
    struct symbol *consts;  /* in order of dependency */
    struct symbol *shared;  /* top-level vars */
    struct decl **externs;
    unsigned extern_count; /* DECL_EXTERN of all files */
    struct decl **hooks;
    unsigned hook_count;                            /* of the files, imported ones first; DECL_HOOK */
    struct symbol *data, *gates, *queues, *metrics; /* of all files, in order of declaration */
    struct symbol *fns; /* those that are called; callees before callers; of users and groups too (per concrete user) */
    struct symbol *actions;  /* same. An action with const parameters stands here once for each set of constants it is
                     called with: its decl is a copy whose const params have constness and known of the
                     argument; a call's expr→symbol is that copy's symbol */
    struct decl *target;     /* top level, or NULL */
    struct attr *http;       /* top level */
    struct stmt *needs_host; /* first request with a relative URL that a kind without a target can reach, or NULL */
};

/* Variables whose storage is `home`'s: decl→scope→variables (VAR, SAVE, LET, PARAM, in order of appearance).
 */
struct scope {
    struct symbol *variables;
};

/* Whether an expect or require of this condition, when it passed, settles the status (language.md section 5).
 */
bool settles_status(const struct expr *e);

/* Returns true when no error was found. Reports through unit->diags. */
bool check_unit(struct unit *unit);

#endif
