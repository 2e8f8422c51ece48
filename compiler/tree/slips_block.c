/* Blocks: a colon or an indentation in their place, what a loop or a condition lacks before them, what stands behind an `else`. */
#include "slips_rule.h"

static bool indented_more(const struct parser *p, uint32_t indent, size_t raw)
{
    const struct tokens *tokens = &p->raw;
    while (raw < tokens->n - 1 && tokens->at[raw].kind == TOK_NEWLINE)
        raw++;
    return raw < tokens->n - 1 && filter_indent(p, tokens->at[raw].span.from) > indent;
}

void slips_add_braces(struct parser *p, struct diag *diag, struct span begin, size_t raw, bool colon)
{
    size_t line_end = colon ? raw + 1 : raw;
    uint32_t indent = filter_indent(p, begin.from);
    if (p->raw.at[line_end].kind != TOK_NEWLINE || !indented_more(p, indent, line_end))
        return;
    size_t end = filter_dedent(p, line_end, indent);
    if (p->repairs + 3 > MAX_REPAIRS)
        return;
    if (colon)
        parse_repair(p, NULL, raw, 0, true);
    parse_repair(p, diag, raw, '{', false);
    parse_repair(p, NULL, end, '}', false);
}

bool slip_wrong_loop(const struct slip *slip)
{
    if (slip->begin->kind == TOK_LOOP && slip->at == slip->first + 1 && slip->t->kind == TOK_INT)
        return said(slip, DIAG_E0186, slip->t->span, "`loop` goes on without end",
                    "a number of rounds is written repeat 3 { … }");
    if (slip->begin->kind != TOK_FOR || slip->place == PLACE_OBJECT)
        return false;
    size_t distance = slip->at - slip->first;
    if (distance == 1 && slip->t->kind == '(')
        return said(slip, DIAG_E0152, slip->t->span, "`for` goes through a list or a range, without parentheses",
                    "write `for i in 1..3 { … }` or `for x in list { … }`");
    if (distance == 2 && slip->t->kind == '=')
        return said(slip, DIAG_E0152, slip->t->span, "`for` goes through a list or a range",
                    "write `for i in 1..3 { … }`");
    if (distance == 2 && slip->t->kind == ',')
        return said(slip, DIAG_E0152, slip->t->span, "`for` has one variable",
                    "count with a `let` before the loop, or go through a range: for i in 0..len(list) - 1 { … }");
    if (distance == 1 && (is_word(slip->t, "let") || is_word(slip->t, "const") || is_word(slip->t, "var")))
        return said(slip, DIAG_E0152, slip->t->span, "the variable of a `for` needs no declaration",
                    "write `for x in list { … }`");
    return false;
}

/* a : b where a block is meant, = where == is, then, do */
bool slip_instead_of_block(const struct slip *slip)
{
    int kind = slip->t->kind;
    if (kind == '=' && is_condition(slip))
        return said(slip, DIAG_E0106, slip->t->span, "`=` does not compare", "write `==`");
    if (!fits(slip, "'{'") || slip->at == slip->first)
        return false;
    bool block = !wants_value(slip);
    if (kind == ':' && slip->begin->kind == TOK_USER && slip->next->kind == TOK_NAME && !slip->next->first_on_line)
        return said(slip, DIAG_E0156, slip->t->span, "what a user is based on stands behind `extends`",
                    "write user Shopper extends Base { … }");
    bool result = (slip->begin->kind == TOK_FN || slip->begin->kind == TOK_ACTION) && slip->last->kind == ')' &&
                  slip->next->kind == TOK_NAME;
    if (kind == ':' && block && !result) {
        struct diag *diag = say(slip, DIAG_E0156, slip->t->span, "a block begins with `{`, not with `:`");
        diag_help(slip->p->unit->diags, diag, "write `{` … `}` around what belongs to it");
        slips_add_braces(slip->p, diag, slip->begin->span, slip->t->origin, true);
        return true;
    }
    if (is_word(slip->t, "then") || is_word(slip->t, "do"))
        return said(slip, DIAG_E0171, slip->t->span, "there is no such word before a block",
                    "blocks stand between `{` and `}`");
    return false;
}

bool slip_missing_block(const struct slip *slip)
{
    if (!fits(slip, "'{'") || wants_value(slip) || wants_name(slip) || fits(slip, "the end of the line") ||
        slip->at == slip->first)
        return false;
    if (slip->place == PLACE_SHAPE && slip->begin->kind != TOK_REPEAT && slip->begin->kind != TOK_FOR &&
        slip->begin->kind != TOK_EVERY)
        return false;
    bool line_end = ends_line(slip->t);
    bool starts = slip->t->word && (slip_is_statement(slip->t->word) || slip->t->kind == TOK_NAME);
    if (!line_end && !starts)
        return false;
    const char *word = word_of(slip, slip->begin);
    struct diag *diag = diag_add(slip->p->unit->diags, DIAG_E0129, line_end ? behind(slip->last) : slip->t->span,
                                 "`{` is missing: `%s` has a block", word);
    const char *form = form_of_begin(slip);
    diag_help(slip->p->unit->diags, diag, "write %s", form ? form : "`{` … `}` around what belongs to it");
    if (slip->t->kind == TOK_NEWLINE)
        slips_add_braces(slip->p, diag, slip->begin->span, slip->t->origin, false);
    return true;
}

/* repeat { }, while { }, if { }: the brace was read as an object. */
bool slip_missing_condition(const struct slip *slip)
{
    uint32_t open = slip_block(&slip->p->tokens, slip->at);
    if (open == NO_TOKEN || open == 0)
        return false;
    const struct token *word = &slip->p->tokens.at[open - 1],
                       *begin = &slip->p->tokens.at[slip->p->tokens.at[open].first];
    if (word->kind == TOK_ELSE && (begin->kind == TOK_EXPECT || begin->kind == TOK_REQUIRE))
        return said(slip, DIAG_E0174, slip->p->tokens.at[open].span, "the message stands right behind `else`",
                    "write `expect status == 200 else \"not found\"`; `require` also ends the task");
    if (word->kind == TOK_WEIGHT || (word->kind == TOK_EVERY && begin->kind == TOK_ON)) {
        const char *form = word->kind == TOK_WEIGHT ? "weight 3 { … }" : "on every 5m { … }";
        struct diag *diag = diag_add(slip->p->unit->diags, DIAG_E0163, word->span,
                                     "`%s` needs a value before its block", word_of(slip, word));
        diag_help(slip->p->unit->diags, diag, "write %s", form);
        if (word->kind == TOK_WEIGHT && slip->p->repairs < MAX_REPAIRS)
            parse_repair(slip->p, diag, slip->p->tokens.at[open].origin, TOK_INT, false);
        return true;
    }
    if (is_method(word->kind) || word->kind == TOK_AS) { /* `get {`, `get "/a" as {` */
        bool method = is_method(word->kind);
        struct diag *diag = diag_add(slip->p->unit->diags, DIAG_E0163, word->span, "`%s` needs %s before its block",
                                     word_of(slip, word), method ? "a URL" : "the name of a row");
        diag_help(slip->p->unit->diags, diag,
                  method ? "write %s \"/path\" { … }" : "write get \"/path\" %s \"row\" { … }", word_of(slip, word));
        if (slip->p->repairs < MAX_REPAIRS)
            parse_repair(slip->p, diag, slip->p->tokens.at[open].origin, TOK_TEXT, false);
        return true;
    }
    if (word->kind != TOK_REPEAT && word->kind != TOK_WHILE && word->kind != TOK_IF)
        return false;
    struct diag *diag = diag_add(slip->p->unit->diags, DIAG_E0163, word->span, "`%s` needs %s before its block",
                                 word_of(slip, word), word->kind == TOK_REPEAT ? "a number" : "a condition");
    diag_help(slip->p->unit->diags, diag, "write `%s`; without end is `loop { … }`",
              slip_form(word_of(slip, word), PLACE_BODY));
    if (slip->p->repairs < MAX_REPAIRS)
        parse_repair(slip->p, diag, slip->p->tokens.at[open].origin, word->kind == TOK_REPEAT ? TOK_INT : TOK_TRUE,
                     false);
    return true;
}

bool slip_message_of_expect(const struct slip *slip)
{
    int begin = slip->begin->kind;
    if ((begin != TOK_EXPECT && begin != TOK_REQUIRE))
        return false;
    if (bracket(slip) != '(' && (slip->t->kind == ',' || slip->t->kind == ':' || is_text(slip->t->kind)) &&
        !wants_value(slip))
        return said(slip, DIAG_E0174, error_span(slip), "the message stands behind `else`",
                    "write `expect status == 200 else \"not found\"`");
    if (slip->last->kind == TOK_ELSE &&
        (slip->t->kind == TOK_FAIL || slip->t->kind == '{' || slip->t->kind == TOK_LOG || slip->t->kind == TOK_RETURN))
        return said(slip, DIAG_E0174, slip->t->span, "the message stands right behind `else`",
                    "write `expect status == 200 else \"not found\"`; `require` also ends the task");
    return false;
}

bool slip_behind_else(const struct slip *slip)
{
    if (slip->last->kind != TOK_ELSE)
        return false;
    int begin = slip->begin->kind;
    bool value = slip->begin->kind == TOK_LET || begin == TOK_SAVE || begin == TOK_NAME;
    if (ends_line(slip->t))
        return said(slip, DIAG_E0180, slip->last->span, "behind this `else` nothing stands on its line",
                    "write the statement on the line of the `else`, or `else { … }`");
    if (value &&
        (is_number(slip->t->kind) || is_text(slip->t->kind) || slip->t->kind == TOK_NULL_WORD ||
         slip->t->kind == TOK_TRUE || slip->t->kind == TOK_FALSE || slip->t->kind == '[' || slip->t->kind == '-'))
        return said(slip, DIAG_E0181, error_span(slip), "`else` is followed by a statement, not by a value",
                    "a value to use instead stands behind `??`: let x = json.a ?? \"none\"");
    if (slip->t->word && (slip_is_statement(slip->t->word) || is_method(slip->t->kind))) {
        if (value || begin == TOK_AWAIT || begin == TOK_LOOP || begin == TOK_POP)
            return said(slip, DIAG_E0180, slip->t->span, "behind this `else` stands one simple statement, or a block",
                        "write `else { … }`");
        return said(slip, DIAG_E0167, slip->t->span, "this `else` has a block", "write `else { … }`");
    }
    return false;
}

/* user Shopper weight 3 { … }: what a task says before its block, a user says in it. */
bool slip_user_clause(const struct slip *slip)
{
    if (slip->begin->kind != TOK_USER || !fits(slip, "'{'"))
        return false;
    if (!is_word(slip->t, "weight") && !is_word(slip->t, "count") && !is_word(slip->t, "visits") &&
        !is_word(slip->t, "wait"))
        return false;
    struct diag *diag =
        diag_add(slip->p->unit->diags, DIAG_E0162, slip->t->span, "`%s` stands in the block of a user", slip->t->word);
    diag_help(slip->p->unit->diags, diag, "write it behind the `{`: %s", slip_form(slip->t->word, PLACE_USER));
    return true;
}
