/* What every rule about a syntax error looks at and how it speaks: the error, what stands around it, and the messages' parts.
 * Each rule recognises one kind of slip: it reports it and says true, or says false and leaves it to the next. slips.c knows their
 * order. */
#ifndef SWARMC_SLIPS_RULE_H
#define SWARMC_SLIPS_RULE_H

#include "slips.h"

#include <string.h>

#include "swarm.tab.h"

struct slip {
    struct parser *p;
    size_t at, first;
    const struct token *t, *last, *next; /* at the error, before and behind it */
    const struct token *begin;           /* of the statement */
    enum slip_place place;
    const char *const *fits;
    size_t fit_count;
};

/* ------------------------------------------------------------------ looking */

static inline bool fits(const struct slip *slip, const char *alias)
{
    for (size_t i = 0; i < slip->fit_count; i++)
        if (strcmp(slip->fits[i], alias) == 0)
            return true;
    return false;
}

static inline bool wants_value(const struct slip *slip)
{
    return fits(slip, "a number") && fits(slip, "a text");
}

static inline bool wants_name(const struct slip *slip)
{
    return fits(slip, "a name") && !wants_value(slip);
}

static inline bool wants_end(const struct slip *slip)
{
    return fits(slip, "the end of the line");
}

static inline bool is_word(const struct token *token, const char *word)
{
    return token->word && strcmp(token->word, word) == 0;
}

static inline bool ends_line(const struct token *token)
{
    return token->kind == TOK_NEWLINE || token->kind == ';' || token->kind == 0 || token->kind == '}';
}

static inline bool is_number(int kind)
{
    return kind == TOK_INT || kind == TOK_FLOAT || kind == TOK_DURATION || kind == TOK_SIZE || kind == TOK_PERCENT ||
           kind == TOK_RATE;
}

static inline bool is_text(int kind)
{
    return kind == TOK_TEXT || kind == TOK_TEXT_OPEN;
}

static inline bool begins_value(const struct token *token)
{
    return is_number(token->kind) || is_text(token->kind) || token->kind == TOK_NAME || token->kind == TOK_TRUE ||
           token->kind == TOK_FALSE || token->kind == TOK_NULL_WORD;
}

static inline bool is_condition(const struct slip *slip)
{
    int kind = slip->begin->kind;
    if (kind == TOK_ELSE && slip->begin[1].kind == TOK_IF)
        return true;
    return kind == TOK_IF || kind == TOK_WHILE || kind == TOK_EXPECT || kind == TOK_REQUIRE;
}

static inline bool is_method(int kind)
{
    return kind == TOK_GET || kind == TOK_POST || kind == TOK_PUT || kind == TOK_PATCH || kind == TOK_DELETE ||
           kind == TOK_HEAD || kind == TOK_OPTIONS || kind == TOK_REQUEST;
}

/* The kind of the innermost bracket around the error. */
static inline int bracket(const struct slip *slip)
{
    return slip->t->inner == NO_TOKEN ? 0 : slip->p->tokens.at[slip->t->inner].kind;
}

static inline int bracket_before(const struct slip *slip)
{
    uint32_t inner = slip->t->inner;
    return inner == NO_TOKEN || inner == 0 ? 0 : slip->p->tokens.at[inner - 1].kind;
}

/* ------------------------------------------------------------------ saying */

static inline struct diag *say(const struct slip *slip, enum diag_code code, struct span span, const char *message)
{
    return diag_add(slip->p->unit->diags, code, span, "%s", message);
}

static inline bool said(const struct slip *slip, enum diag_code code, struct span span, const char *message,
                        const char *help)
{
    struct diag *diag = say(slip, code, span, message);
    if (help)
        diag_help(slip->p->unit->diags, diag, "%s", help);
    return true;
}

static inline const char *source_at(const struct slip *slip, struct span span, int *n)
{
    uint32_t length = span.to - span.from;
    *n = (int)(length > 40 ? 40 : length);
    return slip->p->source->text + span.from;
}

/* What was met: `word`, this text, the end of the line. */
static inline const char *met(const struct slip *slip, const struct token *token)
{
    if (token->kind == 0)
        return "the end of the file";
    if (token->kind == TOK_NEWLINE)
        return "the end of the line";
    if (is_text(token->kind))
        return "a text";
    if (token->kind == TOK_TEXT_CLOSE || token->kind == TOK_TEXT_PIECE)
        return "the rest of the text";
    int n;
    const char *text = source_at(slip, token->span, &n);
    if (n == 0)
        return "what follows";
    while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
        n--;
    return arena_format(slip->p->arena, "`%.*s`", n, text);
}

static inline const char *word_of(const struct slip *slip, const struct token *token)
{
    return token->word ? token->word
                       : arena_format(slip->p->arena, "%.*s", (int)(token->span.to - token->span.from),
                                      slip->p->source->text + token->span.from);
}

/* A place without width behind a token. */
static inline struct span behind(const struct token *token)
{
    return (struct span){.from = token->span.to, .to = token->span.to, .file = token->span.file};
}

static inline struct span error_span(const struct slip *slip)
{
    if (slip->t->kind == TOK_NEWLINE || slip->t->kind == 0)
        return behind(slip->last);
    if (slip->t->kind == TOK_TEXT_OPEN) {
        size_t close = slip->at;
        while (slip->p->tokens.at[close].kind != TOK_TEXT_CLOSE && slip->p->tokens.at[close].kind != 0)
            close++;
        return span_join(slip->t->span, slip->p->tokens.at[close].span);
    }
    return slip->t->span;
}

static inline const char *form_of_begin(const struct slip *slip)
{
    const char *word = slip->begin->word;
    if (slip->begin->kind == TOK_SESSION || !word)
        return word ? slip_form(word, slip->place) : NULL;
    return slip_form(word, slip->place);
}

/* ------------------------------------------------------------------ rules */

/* slips_word.c */
bool slip_foreign_import(const struct slip *slip);
bool slip_stray_sign(const struct slip *slip);
bool slip_awaiting(const struct slip *slip);
bool slip_request_as_value(const struct slip *slip);
bool slip_name_and_value(const struct slip *slip);
bool slip_request_as_call(const struct slip *slip);
bool slip_misplaced(const struct slip *slip);
bool slip_unknown_word(const struct slip *slip);
bool slip_two_statements(const struct slip *slip);

/* slips_block.c */
bool slip_wrong_loop(const struct slip *slip);
bool slip_instead_of_block(const struct slip *slip);
bool slip_missing_block(const struct slip *slip);
bool slip_missing_condition(const struct slip *slip);
bool slip_message_of_expect(const struct slip *slip);
bool slip_behind_else(const struct slip *slip);
bool slip_user_clause(const struct slip *slip);

/* slips_name.c */
bool slip_tag_with_a_dash(const struct slip *slip);
bool slip_log_level(const struct slip *slip);
bool slip_wrong_name(const struct slip *slip);
bool slip_wrong_let(const struct slip *slip);
bool slip_parameters(const struct slip *slip);
bool slip_setting(const struct slip *slip);
bool slip_edges(const struct slip *slip);
bool slip_stage_form(const struct slip *slip);
bool slip_threshold_form(const struct slip *slip);
bool slip_data_strategy(const struct slip *slip);

/* slips_operand.c */
bool slip_begins_with_operator(const struct slip *slip);
bool slip_value_on_the_next_line(const struct slip *slip);
bool slip_entries_and_arguments(const struct slip *slip);
bool slip_unused_value(const struct slip *slip);
bool slip_operator_called(const struct slip *slip);
bool slip_operator_missing(const struct slip *slip);
bool slip_value_missing(const struct slip *slip);
bool slip_of_an_expression(const struct slip *slip);

#endif
