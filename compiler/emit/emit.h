/* From the checked tree to C. emit_program() writes one C file that includes swarm/program.h alone: tables,
 * and a step machine for everything that waits. What it cannot make sense of is an internal error
 * (emit_broken): the checker has refused every scenario that is not sound.
 *
 * Parts of the output are written at the same time and put together at the end, in this order: head (options,
 * constants), structs, data (places, constant lists), code, tables.
 *
 * Names of the C: variables of the scenario end in their line (token_12), so they can't clash with what is
 * made here, which ends in a letter: place_12a, t_12a (a temporary), shopper_add_step. */
#ifndef SWARMC_EMIT_H
#define SWARMC_EMIT_H

#include "base/arena.h"
#include "lower.h"
#include "write.h"

/* Files that a scenario names: part of the program up to 64 MB (.incbin), or, for `swarmc run`, so that a compiler without an assembler
 * will do, read where they are when it starts, but for bodies and parts of up to 1 MB: these are texts in the C. */
enum emit_files { EMIT_EMBED, EMIT_READ };
/* Generates the program. c_file: the C file's name in #line directives. */
void emit_program(struct unit *unit, const char *c_file, enum emit_files files, struct text *out);
/* --explain-memory: bytes of a user of each kind, as text. */
void emit_explain_memory(struct unit *unit, struct text *out);

/* SWARM_USER_BASE, SWARM_USER_PLACE, SWARM_USER_TIMER and SWARM_BRANCH_BASE of swarm/program.h; the generated C checks
 * them. */
enum { EMIT_USER_BASE = 216, EMIT_USER_PLACE = 16, EMIT_USER_TIMER = 10, EMIT_BRANCH_BASE = 176 };

/* ------------------------------------------------------------------ shared by the files of this folder */

enum place_of_code { IN_MACHINE, IN_JUDGE, IN_BUILD, IN_FN, IN_EVAL, IN_PREPARE, IN_FORMULA, IN_HOOK };

struct count_of {
    const char *key; /* interned */
    unsigned count;
    struct count_of *next;
};

struct counts {
    struct count_of *buckets[64];
};

/* A machine: task, step, hook or action. */
struct machine {
    const struct decl *decl;
    const char *name; /* shopper_checkout_add */
    struct frame *frame;
    struct home *home; /* user or group it belongs to, NULL: an action of the file */
    struct kind *kind;
    struct point {
        uint32_t line;
        unsigned pad; /* resume point that cleans up when the frame is left from here, 0: none */
    } * points;       /* its resume points */
    unsigned point_count, point_room;
    struct machine *outer; /* of a branch: the branch its statement stands in, or NULL */
};

/* A `measure` around what is being written. */
struct measure_scope {
    struct measure_scope *outer;
    const char *transaction; /* "f->measure_12" */
    unsigned pad, loops;
};

/* A C function being written. */
struct function {
    enum place_of_code where;
    struct function *outer;
    struct writer body;
    struct machine *machine;       /* whose frame `f` is, or NULL */
    struct machine *branch;        /* of a `parallel`: whose frame `b` is; `f` is the task's then */
    struct measure_scope *measure; /* innermost */
    bool measured;                 /* there is a `measure` somewhere in it */
    struct writer pads;            /* of its measures: they stand at the end */
    const struct kind *kind;       /* whose state `u` is, or NULL */
    const char *leave;             /* "return swarm_leave(s, 0);" */
    struct type result;            /* of a fn or action */
    bool may_fail;                 /* something emitted since the last test may have failed */
    bool local_block;              /* variables of the block being written are C locals */
    unsigned temps, loops;         /* loops: of the function itself */
    struct counts names;           /* locals */
    const struct expr *bound[2];   /* operands that already stand in a variable (expect) */
    const char *bound_text[2];
    unsigned bound_count;

    /* judges */
    struct request *request;
    const struct expr **paths; /* what swarm_found() is asked for, by index */
    const char **path_keys;
    unsigned path_count, path_room;
    bool settles; /* has `settled` */
    bool breaks, continues, returns;
};

struct emit {
    struct arena *arena;
    struct unit *unit;
    struct program_info *info;
    enum emit_files files;
    struct lower lower;
    struct writer head, structs, data, code, tables, prepare;
    struct function *fn;
    struct counts names;  /* of file-level statics */
    struct counts places; /* key → already written */
    struct machine **machines;
    unsigned machine_count, machine_room;
    struct text large; /* "&large_12a, " of each */
    unsigned large_count;
    unsigned shape_count, threshold_count;
    bool has_codings, has_origins;
    struct function *preparing; /* prepare() */
};

const char *emit_hash(struct emit *em); /* hash.c */
__attribute__((noreturn, format(printf, 3, 4))) void emit_broken(struct emit *em, struct span span, const char *format,
                                                                 ...);

/* name.c: names and places */
const char *emit_unique(struct emit *em, const char *stem, struct span span); /* place_12a: a static of the file */
const char *emit_temp_name(struct emit *em, struct span span);                /* t_12a */
const char *emit_local_name(struct emit *em, const struct symbol *symbol);    /* token_12 */
const char *emit_source(struct emit *em, struct span span);                   /* source text, white space folded */
const char *emit_place(struct emit *em, struct span span, const char *what);  /* "&place_12a" */
const char *emit_place_of(struct emit *em, const struct expr *e);             /* what: its source text */
const char *emit_place_fields(struct emit *em, struct span span, const char *what); /* {"file", 12, "what"} */
uint32_t emit_line_of(const struct emit *em, struct span span);
const char *emit_file_of(const struct emit *em, struct span span);
unsigned count_up(struct emit *em, struct counts *counts, const char *key); /* 0 for the first */
const char *emit_global(struct emit *em, const struct symbol *symbol);      /* page_size_option */
const char *emit_variable(struct emit *em, const struct symbol *symbol);    /* "f->token_12", "u->…", "token_12" */
const char *emit_unset_flag(struct emit *em, const struct symbol *symbol);  /* "f->unset_token_12" */
bool emit_is_kept(struct emit *em, const struct symbol *symbol);

/* function.c: one function */
void function_begin(struct emit *em, struct function *fn, enum place_of_code where);
/* Writes `static RESULT NAME(PARAMETERS)` with what its body uses to em->code. */
void function_end(struct emit *em, const char *result, const char *name, const char *parameters);
struct scope_of_temps {
    struct writer outer;
    unsigned temps;
};
void temps_begin(struct emit *em, struct scope_of_temps *scope);
void temps_end(struct emit *em, struct scope_of_temps *scope); /* in { } when it made temporaries */
bool temps_made(struct emit *em, const struct scope_of_temps *scope);
void emit_leave_if_failed(struct emit *em); /* if something may have failed */

/* expr.c: expressions as C text. Statements they need go to em->fn->body before. */
const char *emit_expr(struct emit *em, const struct expr *e);                 /* as e->type */
const char *emit_as(struct emit *em, const struct expr *e, struct type want); /* converted */
const char *emit_value(struct emit *em, const struct expr *e);                /* as struct swarm_value */
const char *emit_element(struct emit *em, const struct expr *e);              /* value that is put into a list */
/* Operands in order: hoisted where the order of effects asks for it. out: n texts. */
void emit_operands(struct emit *em, const struct expr *const *operands, const struct type *wants, unsigned n,
                   const char **out);
const char *emit_temp(struct emit *em, struct span span, struct type type, const char *text);
const char *emit_box(struct emit *em, struct type type, const char *text); /* plain → value */
const char *emit_convert(struct emit *em, const struct expr *e, struct type from, struct type want, const char *text);
const char *emit_known(struct emit *em, struct type type, const struct constant *known);
bool expr_has_effect(struct emit *em, const struct expr *e, struct type want);
bool expr_is_known(const struct expr *e);                   /* a plain value known to the compiler */
bool expr_may_alias(struct emit *em, const struct expr *e); /* its value may live in a kept slot or be a view */
struct type type_kind(enum type_kind kind);
bool type_is_value(struct type type);

/* constant.c */
bool constant_possible(const struct expr *e);                     /* literal data that can stand in a static table */
const char *emit_constant(struct emit *em, const struct expr *e); /* name of a static const struct swarm_value */
const char *constant_initialiser(struct emit *em, const struct expr *e); /* {.…} */

/* operator.c */
const char *emit_unary(struct emit *em, const struct expr *e);
const char *emit_binary(struct emit *em, const struct expr *e);
const char *emit_ternary(struct emit *em, const struct expr *e);
const char *emit_arithmetic(struct emit *em, enum op op, struct type result, const struct expr *left,
                            const struct expr *right);

/* call.c */
const char *emit_call_expr(struct emit *em, const struct expr *e);
const char *emit_word(struct emit *em, const struct expr *e);
bool is_json_path(const struct expr *e);
void emit_fn(struct emit *em, const struct symbol *symbol);
const char *fn_name(struct emit *em, const struct symbol *symbol);

/* set.c: where values go */
void emit_set(struct emit *em, const struct stmt *stmt, const struct symbol *symbol); /* let, save, = */
void emit_assign(struct emit *em, const struct stmt *stmt);
void emit_action_call(struct emit *em, const struct expr *call); /* then s->result is read */
const char *emit_result_text(struct type type);                  /* s->result as this type */
/* Makes a value last as long as a variable that is no kept slot; local: a C local. */
const char *emit_lasting(struct emit *em, const char *text, bool alias, bool local);
void emit_store(struct emit *em, const struct symbol *symbol, const char *text, bool alias);

/* extract.c: css() xpath() regex() regex_all() jsonpath() */
const char *emit_extract(struct emit *em, const struct expr *e);

/* stmt.c */
void emit_block(struct emit *em, const struct block *block);
const char *emit_condition(struct emit *em, const struct expr *e); /* for if ( ): may be "test" */
unsigned emit_point(struct emit *em, struct span span);
struct machine *
emit_own_machine(struct emit *em);     /* whose resume points and state are written: the branch's, or the task's */
const char *emit_own(struct emit *em); /* its frame: "b" or "f" */
/* A field of that frame for the state of a statement: "f->mark_24". */
const char *emit_state(struct emit *em, const struct stmt *stmt, const char *what, const char *type);
void emit_after_block(struct emit *em);                                 /* what stands before each return of a judge */
const char *emit_auth_scheme(struct emit *em, const struct attr *attr); /* SWARM_AUTH_BASIC */
const char *emit_duration(struct emit *em, const struct expr *e);       /* or one of a range by chance */

/* data.c: the tables of data, gates, queues and metrics; their fields of struct swarm_program go to
 * `table` */
void emit_shared_tables(struct emit *em, struct writer *table);
/* state.c */
bool emit_waiting_value(struct emit *em,
                        const struct expr *e); /* pop, next of queue data: waits; the value is s->result */
void emit_otherwise(struct emit *em, const struct block *otherwise); /* else of await and pop */
void emit_await(struct emit *em, const struct stmt *stmt);
void emit_open(struct emit *em, const struct stmt *stmt);
void emit_push(struct emit *em, const struct stmt *stmt);
void emit_metric_write(struct emit *em, const struct stmt *stmt, const struct symbol *metric);
const char *emit_shared_call(struct emit *em, const struct expr *e);

/* loop.c, verdict.c */
void emit_loop(struct emit *em, const struct stmt *stmt);
void emit_expect(struct emit *em, const struct stmt *stmt);

/* measure.c */
void emit_measure(struct emit *em, const struct stmt *stmt);
void emit_measured(struct emit *em,
                   unsigned loops); /* in front of what leaves the measures in `loops` loops and more in line */
bool has_measure(const struct block *block);

/* fan.c */
void emit_parallel(struct emit *em, const struct stmt *stmt);

/* request.c */
void emit_request(struct emit *em, const struct stmt *stmt);
/* build.c */
struct built {
    const char *build;         /* function or NULL */
    const char *url, *headers; /* C text or NULL */
    unsigned header_count;
    const char *body, *body_size, *content_type;
    const char *large; /* name of the struct swarm_large instead of a body, or NULL */
    const char *timeout, *connect_timeout, *follow, *compressed, *retries, *backoff;
};
/* The literal of a known text that may stand in a table as a C string: no NUL, no line end; else NULL. */
const char *known_line(struct emit *em, const struct expr *e);
const char *emit_encoding(struct emit *em, const struct attr *attr); /* SWARM_ENCODING_GZIP */
void emit_build(struct emit *em, const struct request *request, const char *stem, struct built *built);
/* file.c: files that are taken into the program, and large ones, which are not */
const char *emit_beside(struct emit *em, struct span span, const char *name); /* where the file is, from the root on */
const char *emit_file_path(struct emit *em, const struct expr *e);            /* the same of a known text */
uint64_t emit_file_size(struct emit *em, struct span span, const char *path);
bool emit_is_large(const struct emit *em, uint64_t size);
const char *emit_file(struct emit *em, struct span span,
                      const char *path); /* one that is not large: the name of its bytes */
void emit_bytes(struct emit *em, const char *name, const char *p, size_t n);
void emit_incbin(struct text *lines, const char *path, uint64_t skip, uint64_t size); /* adds the directive */
/* Bytes called `name`, and a NUL: what directives of the assembler give, each a line. */
void emit_assembled(struct emit *em, const char *name, const struct text *lines);
const char *emit_path_at_start(struct emit *em, struct span span,
                               const char *name); /* of what is read when the program starts */
/* A body that is put together when the program starts: the name of its struct swarm_large. */
struct body_piece {
    const struct expr *file; /* a known text; NULL: */
    struct text text;
};
const char *emit_large(struct emit *em, struct span span, const struct body_piece *pieces, unsigned count,
                       const char *boundary);
void emit_large_table(struct emit *em, struct writer *program);
/* multipart.c: false when a part is computed; then emit_multipart() writes the calls that build it */
bool multipart_constant(struct emit *em, const struct attr *attr, struct built *built);
void emit_multipart(struct emit *em, const struct attr *attr);
/* url.c: constant text or NULL after calls were written into the build function */
bool url_is_constant(const struct expr *url);
void emit_encode_literal(struct text *out, const char *p, size_t n);
void url_encode_component(struct text *out, const char *p, size_t n);
void emit_encode_form(struct text *out, const char *p, size_t n);
const char *url_constant(struct emit *em, const struct expr *url);
void emit_url(struct emit *em, const struct expr *url);
const char *url_origin(struct emit *em,
                       const struct expr *url); /* "https://host:port" of an absolute one; NULL: not known */
/* json.c: false when it is not constant (*out then holds a part) */
bool json_constant(const struct expr *e, struct text *out);
void emit_json(struct emit *em, const struct expr *e);
const char *known_text(struct emit *em, const struct expr *e, size_t *n); /* of a known text; NULL otherwise */

/* machine.c */
struct machine *emit_machine(struct emit *em, const struct decl *decl, const char *name, const char *title,
                             struct home *home);
struct machine *machine_of(struct emit *em, const struct decl *decl);
/* Ends the function of a machine and writes its table; `frame` is "f" or "b". */
void machine_finish(struct emit *em, struct machine *machine, const char *title, const char *frame);
void emit_frames(struct emit *em);
void emit_memory(struct emit *em, struct text *out);                          /* everything has been made */
void emit_kept(struct emit *em, const struct frame *frame, const char *name); /* NAME_kept, if it has any */
unsigned kept_count(const struct frame *frame);

/* group.c: a user or group and everything in it */
void declare_homes(struct emit *em, struct kind *kind);
void emit_home(struct emit *em, struct home *home);

/* entry.c: further fields of an entry's initialiser, ", .edges = …, .tags = …" or ""; their tables go
 * before it. entries: of the whole group. */
const char *emit_entry_more(struct emit *em, const char *home, struct decl *const *entries, size_t count, size_t index);

/* kind.c */
void emit_kinds(struct emit *em);
const char *emit_target(struct emit *em, const struct kind *kind); /* initialiser of its target */
/* "file:line" of the first relative request in the bodies of hooks, or NULL */
const char *hooks_need_host(struct emit *em);

/* hook.c: the file's hooks. The fields of the program's table go to `program`. */
void emit_hook_user(struct emit *em, struct writer *kinds); /* what hooks that send run as: the last of kinds[] */
void emit_hooks(struct emit *em, struct writer *program);

/* extern.c: C of one's own */
void emit_extern_declarations(struct emit *em);
void emit_extern_fn(struct emit *em, const struct symbol *symbol);
void emit_extern_body(struct emit *em, const struct decl *decl); /* of an action's machine */

/* shared.c: top-level variables */
void emit_shared_variables(struct emit *em, struct writer *program);
const char *emit_shared_read(struct emit *em, const struct symbol *symbol);
void emit_shared_write(struct emit *em, const struct symbol *symbol, const char *text);
/* http.c: initialisers of struct swarm_http; what is computed goes to prepare(), into kinds[INDEX].http
 */
void emit_http(struct emit *em, const struct kind *kind, const char *name, struct writer *w);

/* shape.c, threshold.c: tables; how many entries they have */
unsigned emit_shapes(struct emit *em);
unsigned emit_thresholds(struct emit *em);

/* program.c: statements of prepare() are written between these */
struct function *prepare_enter(struct emit *em);
void prepare_leave(struct emit *em, struct function *before);
const char *emit_prepared_string(struct emit *em, const struct expr *e); /* const char * in prepare() */

#endif
