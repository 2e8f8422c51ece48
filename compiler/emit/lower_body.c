/* What a body does, looked at before code is made of it: which blocks wait, which variables need a kept slot,
 * which requests save what. */
#include "lower.h"

#include <string.h>

#include "base/arena.h"

bool is_action_call(const struct expr *e)
{
    return e && e->kind == EXPR_CALL && e->symbol && e->symbol->kind == SYMBOL_ACTION;
}

bool is_queue_next(const struct expr *e)
{
    return e && e->kind == EXPR_CALL && e->symbol && e->symbol->kind == SYMBOL_DATA &&
           strcmp(e->symbol->decl->strategy.text, "queue") == 0;
}

bool stmt_waits(const struct stmt *stmt)
{
    switch (stmt->kind) {
    case STMT_FOR: /* every loop of a machine may yield */
    case STMT_WHILE:
    case STMT_REPEAT:
    case STMT_LOOP:
    case STMT_SLEEP:
    case STMT_REQUEST:
    case STMT_AWAIT:
    case STMT_PARALLEL:
    case STMT_MEASURE:
        return true;
    case STMT_IF:
        return block_waits(stmt->body) || block_waits(stmt->otherwise);
    default:
        return is_action_call(stmt->value) || is_queue_next(stmt->value) ||
               (stmt->value && stmt->value->kind == EXPR_POP) || block_waits(stmt->otherwise);
    }
}

bool block_waits(const struct block *block)
{
    for (const struct stmt *stmt = block ? block->first : NULL; stmt; stmt = stmt->next) {
        if (stmt_waits(stmt)) {
            return true;
        }
    }
    return false;
}

static bool has_continue(const struct block *block)
{
    for (const struct stmt *stmt = block ? block->first : NULL; stmt; stmt = stmt->next) {
        if (stmt->kind == STMT_CONTINUE || has_continue(stmt->body) || has_continue(stmt->otherwise) ||
            (stmt->request && (has_continue(stmt->request->body) || has_continue(stmt->request->otherwise)))) {
            return true;
        }
    }
    return false;
}

bool block_always_waits(const struct block *block)
{
    for (const struct stmt *stmt = block ? block->first : NULL; stmt; stmt = stmt->next) {
        if (stmt->kind == STMT_REQUEST) {
            return !has_continue(block);
        }
    }
    return false;
}

/* ------------------------------------------------------------------ kept slots */

struct look {
    struct lower *lower;
    const struct decl *decl;
    unsigned depth;   /* loops of the machine around this place */
    bool in_response; /* loops of a response block free nothing */
};

static void look_block(struct look *look, const struct block *block);

static void declared(struct look *look, const struct symbol *symbol)
{
    if (symbol) {
        struct variable *variable = lower_variable(look->lower, symbol);
        variable->depth = look->depth;
        variable->seen = true;
    }
}

static void written(struct look *look, const struct symbol *symbol)
{
    if (!symbol || type_c(symbol->type) != C_VALUE) {
        return;
    }
    struct variable *variable = lower_variable(look->lower, symbol);
    if (look->depth > variable->depth) {
        variable->kept = true;
    }
}

static const struct symbol *root_of(const struct expr *target)
{
    while (target && (target->kind == EXPR_FIELD || target->kind == EXPR_INDEX)) {
        target = target->left;
    }
    return target ? target->symbol : NULL;
}

static void look_stmt(struct look *look, const struct stmt *stmt)
{
    bool loop = stmt->kind == STMT_FOR || stmt->kind == STMT_WHILE || stmt->kind == STMT_REPEAT ||
                stmt->kind == STMT_LOOP ||
                stmt->kind == STMT_PARALLEL; /* a branch's arena ends with it, as that of a round does */

    if (stmt->kind == STMT_SAVE) {
        written(look, stmt->symbol);
    } else if (stmt->kind == STMT_ASSIGN) {
        written(look, root_of(stmt->target));
    } else if (stmt->kind == STMT_LET) {
        declared(look, stmt->symbol);
    }
    if (stmt->request) {
        bool before = look->in_response;
        look->in_response = true;
        look_block(look, stmt->request->body);
        look->in_response = before;
        look_block(look, stmt->request->otherwise);
    }
    if (loop && !look->in_response) {
        look->depth++;
        if (stmt->kind == STMT_FOR || stmt->kind == STMT_PARALLEL) {
            declared(look, stmt->symbol);
        }
        look_block(look, stmt->body);
        look->depth--;
    } else {
        if (stmt->kind == STMT_FOR) {
            declared(look, stmt->symbol);
        }
        look_block(look, stmt->body);
    }
    look_block(look, stmt->otherwise);
}

static void look_block(struct look *look, const struct block *block)
{
    for (const struct stmt *stmt = block ? block->first : NULL; stmt; stmt = stmt->next) {
        look_stmt(look, stmt);
    }
}

void lower_body(struct lower *lower, const struct decl *decl)
{
    struct look look = {.lower = lower, .decl = decl};
    if (decl->foreign)
        return;
    look_block(&look, decl->body);
}

/* ------------------------------------------------------------------ requests and what they save */

static void add_saver(struct lower *lower, const struct symbol *symbol, const struct request *request)
{
    struct variable *variable = lower_variable(lower, symbol);
    struct saver *last = NULL;

    for (struct saver *saver = variable->savers; saver; saver = saver->next) {
        if (saver->request == request) {
            return;
        }
        last = saver;
    }
    if (last && last->number == UINT8_MAX) {
        return; /* the message names the last one then */
    }
    struct saver *saver = ARENA_NEW(lower->arena, struct saver);
    saver->request = request;
    saver->number = last ? last->number + 1 : 1;
    *(last ? &last->next : &variable->savers) = saver;
}

static void find_savers(struct lower *lower, const struct request *request, const struct block *block)
{
    for (const struct stmt *stmt = block ? block->first : NULL; stmt; stmt = stmt->next) {
        if (stmt->kind == STMT_SAVE && stmt->symbol && stmt->symbol->kind == SYMBOL_SAVE && stmt->symbol->needs_check) {
            add_saver(lower, stmt->symbol, request);
        }
        find_savers(lower, request, stmt->body);
        find_savers(lower, request, stmt->otherwise);
    }
}

void lower_savers(struct lower *lower)
{
    const struct program_info *info = lower->unit->info;

    for (unsigned i = 0; i < info->request_count; i++) {
        find_savers(lower, info->requests[i], info->requests[i]->body);
    }
}
