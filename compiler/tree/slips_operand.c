/* Values where the grammar stopped: operators, entries, arguments, what is missing or not used. */
#include "slips_rule.h"

/* An operator where something begins. */
bool slip_begins_with_operator(const struct slip *slip)
{
    int kind = slip->t->kind;
    if (slip->at != slip->first ||
        !(kind == '-' || kind == '+' || kind == '*' || kind == '/' || kind == '%' || kind == '<' || kind == '>' ||
          (kind >= TOK_RANGE && kind <= TOK_GE) || kind == '=' || kind == TOK_NOT || kind == TOK_IN ||
          kind == TOK_CONTAINS || kind == TOK_MATCHES || (kind >= TOK_NOT_IN && kind <= TOK_NOT_MATCHES)))
        return false;
    struct diag *diag =
        diag_add(slip->p->unit->diags, DIAG_E0131, slip->t->span,
                 "a line that begins with %s is a new statement, and no statement begins so", met(slip, slip->t));
    if (slip->at > 0 && slip->last->kind == TOK_NEWLINE && slip->at > 1)
        diag_label(slip->p->unit->diags, diag, behind(&slip->p->tokens.at[slip->at - 2]),
                   "the statement ends with this line");
    diag_help(slip->p->unit->diags, diag, "end the line before with %s, or put the whole expression in ( )",
              met(slip, slip->t));
    return true;
}

/* `let x = 1 +`, and a statement on the next line: its word was read as the value that is missing. */
bool slip_value_on_the_next_line(const struct slip *slip)
{
    const struct token *word = slip->last, *before = word - 1;
    if (slip->at < 2 || word == slip->begin || !word->first_on_line || word->kind != TOK_NAME ||
        !slip_fits_place(word->word, slip->place) || filter_ends_value(before->kind) || ends_line(before))
        return false;
    struct diag *diag =
        diag_add(slip->p->unit->diags, DIAG_E0163, behind(before), "a value is missing behind %s", met(slip, before));
    diag_help(slip->p->unit->diags, diag, "put a value there: a number, a text, a name …");
    return true;
}

/* Inside of { key: value } and f(a, b). */
bool slip_entries_and_arguments(const struct slip *slip)
{
    int kind = slip->t->kind, around = bracket(slip);
    if (around == '(' && (kind == ':' || kind == '=') && slip->last->kind == TOK_NAME &&
        filter_ends_value(bracket_before(slip)))
        return said(slip, DIAG_E0179, span_join(slip->last->span, slip->t->span), "arguments have no names",
                    "give them in their order: login(\"ann\", \"secret\")");
    if (around == '[' && kind == ':')
        return said(slip, DIAG_E0185, slip->t->span, "there is no slice with `:`", "write `slice(x, from, end)`");
    if (kind == TOK_IF && filter_ends_value(slip->last->kind) && slip->at != slip->first)
        return said(slip, DIAG_E0185, slip->t->span, "a choice between values is not written with `if`",
                    "write `condition ? a : b`");
    if (slip->place != PLACE_OBJECT || around != '{')
        return false;
    struct diags *diags = slip->p->unit->diags;
    const char *key = slip->last->word && slip->last->kind == TOK_NAME ? slip->last->word : "key";
    if (kind == '=' || kind == TOK_FAT_ARROW || kind == TOK_ARROW) {
        struct diag *diag = diag_add(diags, DIAG_E0173, slip->t->span,
                                     "in an object stands `:` between key and value, not %s", met(slip, slip->t));
        diag_help(diags, diag, "write `%s: value`", key);
        return true;
    }
    if (kind == ';')
        return said(slip, DIAG_E0173, slip->t->span, "entries of an object are not separated by `;`",
                    "write a comma, or begin a new line");
    if (slip->at == slip->first || kind == ',')
        return false;
    if (is_text(slip->last->kind) && fits(slip, "':'"))
        return said(slip, DIAG_E0173, ends_line(slip->t) ? slip->last->span : error_span(slip),
                    "a text in an object is a key and needs a value", "write `\"key\": value`");
    if (fits(slip, "':'") && begins_value(slip->t)) {
        struct diag *diag = say(slip, DIAG_E0173, error_span(slip), "`:` is missing between key and value");
        diag_help(diags, diag, "write `%s: value`", key);
        return true;
    }
    if (fits(slip, "','") && begins_value(slip->t))
        return said(slip, DIAG_E0173, error_span(slip), "a comma is missing before this entry",
                    "separate entries by commas or line ends");
    return false;
}

/* n + 1 or n == 2 as a statement */
bool slip_unused_value(const struct slip *slip)
{
    int kind = slip->t->kind;
    bool statements = slip->place == PLACE_BODY || slip->place == PLACE_REQUEST || slip->place == PLACE_RESPONSE ||
                      slip->place == PLACE_FORMULA;
    bool compares = kind == TOK_EQ || kind == TOK_NE || kind == '<' || kind == '>' || kind == TOK_LE || kind == TOK_GE;
    if (!statements || slip->begin->kind != TOK_NAME || !fits(slip, "'='") ||
        !(compares || kind == '+' || kind == '-' || kind == '*' || kind == '/' || kind == '%' || kind == TOK_COALESCE ||
          kind == TOK_AND || kind == TOK_OR))
        return false;
    return said(slip, DIAG_E0136, span_join(slip->begin->span, slip->t->span), "this value is not used for anything",
                kind == TOK_EQ ? "`=` assigns; what must hold is written `expect a == b`"
                : compares     ? "what must hold is written `expect a < b`"
                               : "write `name = …` or `name += …` to change a variable");
}

bool slip_operator_missing(const struct slip *slip)
{
    if (!is_condition(slip) || !filter_ends_value(slip->last->kind) || slip->at == slip->first)
        return false;
    struct diags *diags = slip->p->unit->diags;
    struct diag *diag;
    if (is_word(slip->t, "exists") || is_word(slip->t, "present") || is_word(slip->t, "not")) {
        diag = say(slip, DIAG_E0183, slip->t->span, "this is not an operator");
        diag_help(diags, diag, "that a value is there is written `!= null`, that it is missing `== null`");
        return true;
    }
    if (!begins_value(slip->t) || (slip->t->word && slip_is_statement(slip->t->word)))
        return false;
    if (is_word(slip->t, "starts_with") || is_word(slip->t, "ends_with") || is_word(slip->t, "startswith") ||
        is_word(slip->t, "endswith")) {
        bool start = slip->t->word[0] == 's';
        bool plain = slip->last->kind == TOK_NAME && (slip->last - 1)->kind != '.';
        diag = diag_add(diags, DIAG_E0183, slip->t->span, "%s is not an operator", met(slip, slip->t));
        diag_help(diags, diag, "it is a function: %s_with(%s, \"text\")", start ? "starts" : "ends",
                  plain ? slip->last->word : "value");
        return true;
    }
    if (is_word(slip->t, "between")) {
        diag = diag_add(diags, DIAG_E0183, slip->t->span, "`between` is not an operator");
        diag_help(diags, diag, "compare with both ends: `status >= 200 and status < 300`");
        return true;
    }
    bool word = slip->t->kind == TOK_NAME && begins_value(slip->next);
    diag = diag_add(diags, DIAG_E0183, error_span(slip),
                    word ? "%s is not an operator" : "an operator is missing before %s", met(slip, slip->t));
    diag_help(diags, diag, "compare with == != < <= > >= in contains matches, join with `and`, `or`");
    return true;
}

/* contains(text, "x"), matches(text, "x") */
bool slip_operator_called(const struct slip *slip)
{
    if ((slip->t->kind != TOK_CONTAINS && slip->t->kind != TOK_MATCHES) || slip->next->kind != '(' ||
        !wants_value(slip))
        return false;
    const char *word = slip->t->kind == TOK_CONTAINS ? "contains" : "matches";
    struct diag *diag = diag_add(slip->p->unit->diags, DIAG_E0183, slip->t->span,
                                 "`%s` is an operator, it stands between two values", word);
    diag_help(slip->p->unit->diags, diag, "write `text %s %s`", word,
              slip->t->kind == TOK_CONTAINS ? "\"word\"" : "r\"pattern\"");
    return true;
}

bool slip_value_missing(const struct slip *slip)
{
    if (!wants_value(slip) || slip->at == slip->first ||
        !(ends_line(slip->t) || slip->t->kind == ')' || slip->t->kind == ']' || slip->t->kind == ',' ||
          slip->t->kind == TOK_ELSE || slip->t->kind == '{' ||
          (slip->t->first_on_line && slip->t->kind >= TOK_IF && slip->t->kind <= TOK_STOP)))
        return false;
    struct diags *diags = slip->p->unit->diags;
    const char *form = slip->last == slip->begin ? form_of_begin(slip) : NULL;
    if (!form && slip->last == slip->begin && slip->begin->word)
        form = slip_form(slip->begin->word, PLACE_BODY);
    struct diag *diag =
        diag_add(diags, DIAG_E0163, behind(slip->last), "a value is missing behind %s", met(slip, slip->last));
    if (form)
        diag_help(diags, diag, "write %s", form);
    else if (slip->t->kind == ',')
        diag_help(diags, diag, "put a value there, or delete the comma");
    else
        diag_help(diags, diag, "put a value there: a number, a text, a name …");
    return true;
}

/* let a = if b { 1 } else { 2 } · [x for x in list] · items.0 */
bool slip_of_an_expression(const struct slip *slip)
{
    if (slip->t->kind == TOK_IF && wants_value(slip))
        return said(slip, DIAG_E0137, slip->t->span, "`if` has no value: it is a statement",
                    "a value that depends on a condition is written `condition ? a : b`");
    if (slip->t->kind == TOK_FOR && fits(slip, "']'"))
        return said(slip, DIAG_E0137, slip->t->span, "`for` makes no list: it is a statement",
                    "begin with `let list = []`, then for x in 1..3 { list = append(list, x) }");
    if (slip->t->kind == TOK_INT && slip->last->kind == '.' && slip->at > slip->first)
        return said(slip, DIAG_E0100, span_join(slip->last->span, slip->t->span),
                    "the entries of a list are not picked with a dot", "write `[0]` behind the list: items[0]");
    return false;
}
