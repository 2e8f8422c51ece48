/* What the generated program keeps where: the C structs of users, groups and machines, and the place of every
 * variable.
 *
 * A user's struct begins with struct swarm_group_frame, then come its variables, then one union of the frames
 * that are never alive together: hooks, tasks, groups. A machine's frame begins with struct swarm_frame, then
 * come its variables, then one union of the frames of the actions it calls. Structs grow while code is
 * emitted (lower_variable adds a field when a variable is first used) and are laid out when all code is there
 * (lower_layout): the sizes are those of the C compiler on a 64-bit machine, and a _Static_assert in the
 * generated C says so.
 *
 * Everything lives in the unit's arena. */
#ifndef SWARMC_LOWER_H
#define SWARMC_LOWER_H

#include "check/check.h"

struct machine; /* emit.h */

struct field {
    const char *name;
    const char *type; /* C type, "struct swarm_value" */
    uint32_t size, align;
    bool kept;                   /* a kept slot: freed by the runtime when the struct is left */
    struct field *next, *beside; /* of the frame; of the extent */
};

/* What lives as long as a block, and the statements in it, of which one runs at a time: in the struct they share one place. What is in them
 * is set before it is read, for it may hold what the statement before left there; so nothing in them is a kept slot. */
struct extent {
    struct extent *outer, *next, **link;
    struct field *fields, **last_field;
    struct extent *inner, **last_inner; /* those that have fields; one alone shares with nobody */
};

struct member {
    const char *name; /* in the union */
    struct frame *frame;
    struct member *next;
};

/* A struct of the generated program. */
struct frame {
    const char *tag;                       /* struct TAG */
    bool group;                            /* begins with struct swarm_group_frame, else struct swarm_frame */
    struct field *fields, **last_field;    /* all of them */
    struct extent whole, *extent;          /* extent: where what is written now is */
    struct member *members, **last_member; /* of the union `part` (groups) or `call` (machines) */
    uint32_t size;
    bool laid_out;
    const struct kind *branch_of; /* of a branch of a `parallel`: whose */
    uint32_t branch_line;
    struct frame *next; /* in the order in which C needs them */
};

/* A user or a group: where its struct is found from the user's state. */
struct home {
    const struct decl *decl;
    struct kind *kind;
    struct frame *frame;
    const char *path; /* "u->" or "u->part.checkout_group." */
    const char *name; /* prefix of everything it has: shopper_checkout */
    struct home *outer, *next;
};

enum where { WHERE_UNKNOWN, WHERE_FIELD, WHERE_LOCAL };

/* What is known of a variable, by symbol->index. */
struct variable {
    enum where where;
    const char *name;  /* field or local */
    const char *unset; /* field: number of the request that got no answer, 0: set (needs_check) */
    bool kept;
    bool seen;
    unsigned depth;               /* loops around its declaration */
    const struct machine *branch; /* of a `parallel`: it lives in the branch's frame */
    struct saver *savers;         /* requests that save it (needs_check), in order */
    const char *saver_table;      /* of their names in the C, when there is more than one */
};

struct saver {
    const struct request *request;
    unsigned number; /* from 1: what `unset` holds when this one got no answer */
    struct saver *next;
};

struct lower {
    struct arena *arena;
    struct unit *unit;
    struct variable *variables;
    size_t variable_count;
    struct home *homes, **last_home;
    struct frame *frames, **last_frame;
    const char **names; /* C names in use, a hash set */
    size_t name_count, name_room;
};

void lower_init(struct lower *lower, struct unit *unit);

/* A C name nobody else has: `wanted` in snake_case, with _2, _3 … if it is taken or a word of C. */
const char *lower_name(struct lower *lower, const char *wanted);
const char *lower_snake(struct arena *arena, const char *name);

struct frame *lower_frame(struct lower *lower, const char *tag, bool group);
/* A field of the whole frame, zeroed when it is entered. */
struct field *lower_field(struct lower *lower, struct frame *frame, const char *wanted, const char *type, bool kept);
/* A field of what is between lower_enter() and lower_leave(). */
struct field *lower_scoped(struct lower *lower, struct frame *frame, const char *wanted, const char *type);
void lower_enter(struct lower *lower, struct frame *frame);
void lower_leave(struct frame *frame);
bool lower_shares(
    const struct extent *extent); /* its inner ones share a place; else one's fields stand among its own */
uint32_t lower_extent_size(const struct extent *extent);
/* Makes `inner` part of the union of `outer` (once) and returns the member's name. */
const char *lower_member(struct lower *lower, struct frame *outer, struct frame *inner, const char *wanted);
void lower_add_frame(struct lower *lower, struct frame *frame); /* its struct is written after those added before */
void lower_layout(struct frame *frame);

struct home *lower_home(struct lower *lower, const struct decl *decl); /* NULL: not a user or group */
struct variable *lower_variable(struct lower *lower, const struct symbol *symbol);
void lower_savers(struct lower *lower); /* finds the savers of all variables */

/* lower_body.c: what a body does. */
bool stmt_waits(const struct stmt *stmt);
bool block_waits(const struct block *block);        /* some statement of it is a resume point */
bool block_always_waits(const struct block *block); /* every round through it sends a request */
/* Finds the variables of a machine's body that are written inside a loop that does not hold their
 * declaration. */
void lower_body(struct lower *lower, const struct decl *decl);
bool is_action_call(const struct expr *e);
bool is_queue_next(const struct expr *e); /* next(d) of queue data: an operation where something may wait */
const char *c_type(struct type type);

#endif
