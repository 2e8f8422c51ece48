/* Syntax errors in words. The grammar says only where it stopped and what it would take; rules in order look at what stands
 * around and say what was meant (slips_block.c, slips_name.c, slips_operand.c, slips_word.c). The first that recognises something
 * reports it; the last one always does. */
#include "slips_rule.h"

struct phrase {
    const char *alias, *text;
};

/* What would fit, in words: at most four things. */
static const char *wanted(const struct slip *slip)
{
    static const struct phrase signs[] = {
        {"'{'", "`{`"},     {"'('", "`(`"},       {"')'", "`)`"},
        {"']'", "`]`"},     {"':'", "`:`"},       {"'='", "`=`"},
        {"','", "a comma"}, {"a text", "a text"}, {"the end of the line", "the end of the line"},
    };
    struct text text = {0};
    unsigned count = 0;
    bool value = wants_value(slip), name = fits(slip, "a name");
    if (value)
        text_printf(&text, "%s", count++ ? ", a value" : "a value");
    else if (name)
        text_printf(&text, "%s", count++ ? ", a name" : "a name");
    for (size_t i = 0; !value && i < sizeof signs / sizeof *signs; i++)
        if (count < 4 && fits(slip, signs[i].alias) && !(i == 1 && filter_ends_value(slip->last->kind)) &&
            !(name && strcmp(signs[i].alias, "the end of the line") == 0))
            text_printf(&text, "%s%s", count++ ? ", " : "", signs[i].text);
    for (size_t i = 0; !value && !name && i < slip->fit_count && count < 5; i++) {
        int kind;
        enum word_class word_class = filter_word(slip->fits[i], strlen(slip->fits[i]), &kind);
        bool joins = word_class == WORD_CLAUSE || word_class == WORD_BOTH || kind == TOK_FOR || kind == TOK_AS ||
                     kind == TOK_ELSE || (kind == TOK_IN && slip->begin->kind == TOK_FOR);
        if (word_class != WORD_NAME && joins)
            text_printf(&text, "%s`%s`", count++ ? ", " : "", slip->fits[i]);
    }
    const char *phrase = count ? arena_copy(slip->p->arena, text.p, text.n) : NULL;
    text_free(&text);
    return phrase;
}

static void anything_else(const struct slip *slip)
{
    struct diags *diags = slip->p->unit->diags;
    const char *phrase = slip->at == slip->first ? NULL : wanted(slip), *form = form_of_begin(slip);
    struct diag *diag = diag_add(diags, DIAG_E0100, error_span(slip),
                                 slip->at == slip->first ? "%s cannot begin anything %s" : "%s does not fit here%s%s",
                                 met(slip, slip->t),
                                 slip->at == slip->first ? slip_place_text(slip->place)
                                 : phrase                ? ": wanted "
                                                         : "",
                                 phrase ? phrase : "");
    if (slip->at == slip->first)
        diag_help(diags, diag, "%s", slip_choices(slip->place));
    else if (form)
        diag_help(diags, diag, "it is written: %s", form);
}

bool slips_quiet(const struct parser *p, struct span span)
{
    uint32_t line = source_line(p->source, span.from);
    for (const struct diag *diag = p->unit->diags->first; diag; diag = diag->next)
        if (diag->severity == SEVERITY_ERROR && diag->span.file == span.file &&
            source_line(p->source, diag->span.from) == line)
            return true;
    return false;
}

void slips_report(struct parser *p, size_t at, const char *const *fits_here, size_t count)
{
    static bool (*const rules[])(const struct slip *) = {
        slip_edges,
        slip_stray_sign,
        slip_foreign_import,
        slip_of_an_expression,
        slip_user_clause,
        slip_missing_condition,
        slip_awaiting,
        slip_value_on_the_next_line,
        slip_request_as_value,
        slip_wrong_loop,
        slip_instead_of_block,
        slip_operator_called,
        slip_begins_with_operator,
        slip_message_of_expect,
        slip_behind_else,
        slip_wrong_let,
        slip_name_and_value,
        slip_request_as_call,
        slip_setting,
        slip_wrong_name,
        slip_tag_with_a_dash,
        slip_log_level,
        slip_parameters,
        slip_data_strategy,
        slip_misplaced,
        slip_entries_and_arguments,
        slip_two_statements,
        slip_unused_value,
        slip_operator_missing,
        slip_unknown_word,
        slip_missing_block,
        slip_stage_form,
        slip_threshold_form,
        slip_value_missing,
    };
    static const struct token nothing = {.kind = TOK_NEWLINE};
    if ((p->failed && at <= p->error_token) || p->restart || p->give_up)
        return;
    const struct tokens *tokens = &p->tokens;
    struct slip slip = {
        .p = p,
        .at = at,
        .t = &tokens->at[at],
        .last = at ? &tokens->at[at - 1] : &nothing,
        .next = at + 1 < tokens->n ? &tokens->at[at + 1] : &tokens->at[at],
        .fits = fits_here,
        .fit_count = count,
    };
    /* A line end before a closing bracket separates nothing and is not among the tokens; what ends too early ends there all the same. */
    struct token line_end = *slip.t;
    bool early = slip.t->kind == '}' && slip.t->first_on_line && at && slip.last->kind != '}' &&
                 slip.last->kind != '{' && slip.last->kind != ';' && slip.last->kind != TOK_NEWLINE;
    if (early) {
        line_end.kind = TOK_NEWLINE;
        line_end.first = slip.last->first;
        line_end.inner = slip.last->inner;
        slip.t = &line_end;
    }
    slip.first = slip.t->first;
    slip.begin = &tokens->at[slip.first];
    slip.place = slip_place(p, early ? at - 1 : at);
    struct span place = error_span(&slip);
    if (slips_quiet(p, place) || (slip.first < at && slips_quiet(p, slip.begin->span)))
        return;
    bool found = false;
    for (size_t i = 0; i < sizeof rules / sizeof *rules && !found; i++)
        found = rules[i](&slip);
    if (!found)
        anything_else(&slip);
    if (p->unit->diags->errors >= MAX_SYNTAX_ERRORS)
        p->give_up = true;
}
