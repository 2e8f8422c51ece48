/* Drives one parse: lexer, token filter, grammar; again from the filter on when a repair was found. */
#include "parse.h"

#include <stdlib.h>
#include <string.h>

#include "slips.h"
#include "swarm.tab.h"

/* ------------------------------------------------------------------ tokens for the grammar */

int parse_next(union SWARM_STYPE *value, struct span *span, struct parser *p)
{
    if (p->at == p->tokens.n) /* the end is given again and again */
        p->at--;
    const struct token *token = &p->tokens.at[p->at++];
    *span = token->span;
    switch (token->kind) {
    /* clang-format off */
    case TOK_INT: case TOK_FLOAT: case TOK_DURATION: case TOK_SIZE: case TOK_PERCENT: case TOK_RATE: case TOK_TEXT: case TOK_TEXT_OPEN:
    case TOK_TEXT_PIECE: case TOK_TEXT_CLOSE:
        /* clang-format on */
        value->token = token;
        break;
    default:
        value->name = (struct name){token->word, token->span};
    }
    return token->kind;
}

/* ------------------------------------------------------------------ recovery */

static bool ends_statement(const struct token *token, uint32_t block)
{
    return token->kind == 0 ||
           (token->inner == block && (token->kind == TOK_NEWLINE || token->kind == ';' || token->kind == '}'));
}

/* Reading goes on at the end of the line, at the depth of brackets of the error. Where that failed already a token is left
 * behind, so that every recovery comes nearer to the end. */
void parse_recover(struct parser *p)
{
    const struct tokens *tokens = &p->tokens;
    size_t error = p->at - 1, at = error;
    bool again = p->failed && error <= p->error_token;
    p->failed = true;
    p->error_token = error;
    p->keep_lookahead = false;
    if (p->restart || p->give_up)
        return;
    if (tokens->at[at].kind == 0) { /* the end cannot be left behind */
        p->keep_lookahead = true;
        p->give_up = again;
        return;
    }
    uint32_t block = slip_block(tokens, at);
    if (again)
        at++;
    while (!ends_statement(&tokens->at[at], block))
        at = filter_opens(tokens->at[at].kind) ? tokens->at[at].match + 1 : at + 1;
    if (at == error) {
        p->keep_lookahead = true;
        return;
    }
    p->at = at;
}

void parse_too_deep(struct parser *p, struct span span)
{
    if (!p->give_up) {
        struct diag *diag = diag_add(p->unit->diags, DIAG_E0107, span, "this is nested too deeply");
        diag_help(p->unit->diags, diag,
                  "split it: a `let` for a part of an expression, an `action` for a part of a task");
    }
    p->give_up = true;
}

/* ------------------------------------------------------------------ repairs */

void parse_repair(struct parser *p, struct diag *diag, size_t before, int kind, bool drop)
{
    if (p->repairs >= MAX_REPAIRS) {
        p->give_up = true;
        return;
    }
    struct repair *repair = ARENA_NEW(p->arena, struct repair);
    *repair = (struct repair){.before = before, .kind = kind, .drop = drop, .diag = diag};
    struct repair **place = &p->repair;
    while (*place && (*place)->before <= before)
        place = &(*place)->next;
    repair->next = *place;
    *place = repair;
    p->repairs++;
    p->restart = true;
}

struct mark {
    struct diag **last;
    unsigned errors, warnings;
};

/* Forgets what was reported since `mark`, but for the repairs. */
static void take_back(struct parser *p, struct mark mark)
{
    struct diags *diags = p->unit->diags;
    *mark.last = NULL;
    diags->last = mark.last;
    diags->errors = mark.errors;
    diags->warnings = mark.warnings;
    for (struct repair *repair = p->repair; repair; repair = repair->next) {
        if (!repair->diag)
            continue;
        *diags->last = repair->diag;
        repair->diag->next = NULL;
        diags->last = &repair->diag->next;
        diags->errors++;
    }
}

/* ------------------------------------------------------------------ a source */

static void parse_tokens(struct parser *p)
{
    struct diags *diags = p->unit->diags;
    struct mark mark = {diags->last, diags->errors, diags->warnings};
    do {
        p->restart = false;
        take_back(p, mark);
        filter_brackets(p);
        if (p->give_up)
            return;
        take_back(p, mark);
        p->restart = false;
        filter_lines(p);
        p->at = 0;
        p->failed = false;
        p->formula = 0;
        p->decls = NULL;
        swarm_parse(p);
    } while (p->restart && !p->give_up);
}

/* The call of another tool that was reported at `diag`, from its `(` to its `)`. */
static bool call_behind(const struct parser *p, const struct diag *diag, struct span *call)
{
    const struct tokens *tokens = &p->tokens;
    size_t from = 0, to = tokens->n;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (tokens->at[middle].span.from < diag->span.to)
            from = middle + 1;
        else
            to = middle;
    }
    if (from >= tokens->n || tokens->at[from].kind != '(' || tokens->at[from].match == NO_TOKEN)
        return false;
    *call = span_join(tokens->at[from].span, tokens->at[tokens->at[from].match].span);
    return true;
}

static bool inside(const struct diags *diags, const struct diag *diag, const void *call)
{
    const struct span *span = call;
    (void)diags;
    return diag->span.file == span->file && diag->span.from > span->from && diag->span.to < span->to;
}

/* `check(r, { 'ok': (r) => r.status === 200 })` is one mistake: what stands between the parentheses goes with the word. */
static void drop_inside_calls(struct parser *p)
{
    enum { MOST = 100 };
    unsigned count = 0;
    for (const struct diag *diag = p->unit->diags->first; diag && count < MOST; diag = diag->next) {
        struct span call;
        if (diag->span.file != p->file ||
            (diag->code != DIAG_E0145 && diag->code != DIAG_E0147 && diag->code != DIAG_E0164) ||
            !call_behind(p, diag, &call))
            continue;
        count++;
        diags_drop(p->unit->diags, inside, &call);
    }
}

static void append(struct unit *unit, struct decl *decls)
{
    struct decl **last = &unit->decls;
    while (*last)
        last = &(*last)->next;
    *last = decls;
}

void ast_parse(struct unit *unit, const struct source *source)
{
    struct parser parser = {
        .unit = unit,
        .arena = unit->arena,
        .source = source,
        .file = (uint16_t)(source - unit->sources.file),
    };
    if (source->wrong) {
        struct span place = {.from = source->wrong_at, .to = source->wrong_at + 1, .file = parser.file};
        struct diag *diag = diag_add(unit->diags, DIAG_E0191, place, "%s", source->wrong);
        diag_help(unit->diags, diag, "a scenario is UTF-8 text: save the file as UTF-8");
        return;
    }
    filter_lex(&parser);
    if (parser.raw.n > MAX_TOKENS) {
        struct span end = parser.raw.at[parser.raw.n - 1].span;
        struct diag *diag =
            diag_add(unit->diags, DIAG_E0107, end, "this file holds more than 2,000,000 words and signs");
        diag_help(unit->diags, diag, "test data belongs into files that `data` reads");
        parser.give_up = true;
    }
    if (!parser.give_up) {
        filter_foreign(&parser);
        parse_tokens(&parser);
        drop_inside_calls(&parser);
        place_decls(&parser, parser.decls, NULL);
        append(unit, parser.decls);
    }
    tokens_free(&parser.raw);
    tokens_free(&parser.balanced);
    tokens_free(&parser.tokens);
}
