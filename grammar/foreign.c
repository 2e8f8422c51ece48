/* Tokens and pairs of tokens that other languages would write: reported once and read as what was meant, so that the grammar
 * needs no rule for them and nothing follows from them. Names that the file declares itself are left alone. */
#include <stdlib.h>
#include <string.h>

#include "filter.h"
#include "numbers.h"
#include "swarm.tab.h"
#include "tree/parse.h"

struct foreign {
    struct parser *p;
    const struct token *in;
    struct tokens out;
    size_t dropped; /* the raw token that belongs to something reported and is left out, 0 for none */
};

static int by_address(const void *a, const void *b)
{
    const char *const *left = a, *const *right = b;
    return *left < *right ? -1 : *left > *right;
}

static bool is_name(const struct token *token, const char *word)
{
    return token->kind == TOK_NAME && strcmp(token->word, word) == 0;
}

/* Names behind `let save var const for fn action data option gate queue`, metric's, parameters (`name :`) and import aliases. */
static bool is_declared_at(const struct token *raw, size_t at)
{
    static const char *const words[] = {"var",  "const", "fn",      "action",  "data",  "option", "secret",
                                        "gate", "queue", "counter", "trend",   "rate",  "gauge",  "user",
                                        "task", "step",  "tasks",   "journey", "chain", "shape"};
    if (raw[at].kind != TOK_NAME || at == 0)
        return false;
    const struct token *last = &raw[at - 1];
    if (last->kind == TOK_LET || last->kind == TOK_SAVE || last->kind == TOK_FOR || last->kind == TOK_AS)
        return true;
    if (raw[at + 1].kind == ':' && (last->kind == '(' || last->kind == ',' || is_name(last, "const")))
        return true;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (is_name(last, words[i]))
            return true;
    return false;
}

static void collect_declared(struct parser *p)
{
    size_t count = 0;
    for (size_t i = 1; i < p->raw.n; i++)
        count += is_declared_at(p->raw.at, i);
    p->declared = ARENA_ARRAY(p->arena, const char *, count + 1);
    for (size_t i = 1; i < p->raw.n; i++)
        if (is_declared_at(p->raw.at, i))
            p->declared[p->declared_count++] = p->raw.at[i].word;
    qsort(p->declared, p->declared_count, sizeof *p->declared, by_address);
}

bool filter_declares(const struct parser *p, const char *word)
{
    return p->declared_count && bsearch(&word, p->declared, p->declared_count, sizeof *p->declared, by_address);
}

/* ------------------------------------------------------------------ messages */

static void report(struct foreign *foreign, enum diag_code code, struct span span, const char *word,
                   const char *problem, const char *help)
{
    struct diags *diags = foreign->p->unit->diags;
    struct diag *diag = diag_add(diags, code, span, "`%s` %s", word, problem);
    diag_help(diags, diag, "%s", help);
}

static void put_kind(struct foreign *foreign, const struct token *like, int kind)
{
    struct token token = *like;
    token.kind = (int16_t)kind;
    tokens_add(&foreign->out, token);
}

static const struct token *last_of(const struct foreign *foreign)
{
    static const struct token none = {.kind = TOK_NEWLINE};
    return foreign->out.n ? &foreign->out.at[foreign->out.n - 1] : &none;
}

static bool at_begin(const struct foreign *foreign)
{
    int kind = last_of(foreign)->kind;
    return kind == TOK_NEWLINE || kind == ';' || kind == '{' || kind == '}';
}

/* ------------------------------------------------------------------ each slip: how many tokens it took, 0 for none */

/* True False None nil undefined NULL … */
static size_t foreign_value(struct foreign *foreign, const struct token *token)
{
    static const struct {
        const char *word, *meant;
        int kind;
    } values[] = {
        {"True", "true", TOK_TRUE},           {"TRUE", "true", TOK_TRUE},      {"False", "false", TOK_FALSE},
        {"FALSE", "false", TOK_FALSE},        {"None", "null", TOK_NULL_WORD}, {"nil", "null", TOK_NULL_WORD},
        {"undefined", "null", TOK_NULL_WORD}, {"NULL", "null", TOK_NULL_WORD}, {"Null", "null", TOK_NULL_WORD},
    };
    int last = last_of(foreign)->kind, next = token[1].kind;
    if (token->kind != TOK_NAME || last == '.' || at_begin(foreign) || (next == ':' && last == ',') || next == '(' ||
        next == '=' || last == TOK_NAME)
        return 0;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        if (strcmp(token->word, values[i].word) != 0 || filter_declares(foreign->p, token->word))
            continue;
        struct diag *diag = diag_add(foreign->p->unit->diags, DIAG_E0126, token->span,
                                     "`%s` is a value of another language", token->word);
        diag_help(foreign->p->unit->diags, diag, "write `%s`", values[i].meant);
        put_kind(foreign, token, values[i].kind);
        return 1;
    }
    return 0;
}

/* x is null, x is not null */
static size_t is_operator(struct foreign *foreign, const struct token *token)
{
    if (!is_name(token, "is") || !filter_ends_value(last_of(foreign)->kind) || token[1].kind == TOK_NEWLINE ||
        token[1].kind == '=' || token[1].kind == '.' || filter_closes(token[1].kind) || last_of(foreign)->kind == '}')
        return 0;
    bool negated = token[1].kind == TOK_NOT;
    struct span span = negated ? span_join(token->span, token[1].span) : token->span;
    const struct token *right = token + 1 + negated;
    static const char *const kinds[] = {"number", "string", "object", "array", "boolean", "list", "text",
                                        "int",    "float",  "bool",   "str",   "dict",    "map"};
    bool kind = false;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        kind |= is_name(right, kinds[i]) && !filter_declares(foreign->p, kinds[i]);
    report(foreign, DIAG_E0125, span, negated ? "is not" : "is", "is not an operator",
           kind      ? "the kind of a value is checked where it is used; that it is there at all is written `!= null`"
           : negated ? "write `!=`"
                     : "write `==`");
    put_kind(foreign, token, negated ? TOK_NE : TOK_EQ);
    return negated ? 2 : 1;
}

/* 10 /s, 10/ s, 10/sec: a number divided by a word that only a rate can mean */
static size_t rate_apart(struct foreign *foreign, const struct token *token)
{
    static const char *const words[] = {"s",   "m",    "h",      "sec",     "secs", "second", "seconds",
                                        "min", "mins", "minute", "minutes", "hr",   "hour",   "hours"};
    if ((token->kind != TOK_INT && token->kind != TOK_FLOAT) || token[1].kind != '/' || token[2].kind != TOK_NAME ||
        token[3].kind == '(' || token[3].kind == '.' || token[3].kind == '[' ||
        filter_declares(foreign->p, token[2].word))
        return 0;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(token[2].word, words[i]) != 0)
            continue;
        struct span span = span_join(token->span, token[2].span);
        const char *number = foreign->p->source->text + token->span.from;
        int length = (int)(token->span.to - token->span.from);
        struct diags *diags = foreign->p->unit->diags;
        struct diag *diag = diag_add(diags, DIAG_E0124, span,
                                     i < 3 ? "a rate is written without a space" : "the unit of a rate is s, m or h");
        diag_help(diags, diag, "write `%.*s/%c`", length, number, words[i][0]);
        struct token rate = *token;
        rate.kind = TOK_RATE;
        rate.span = span;
        rate.number = token->kind == TOK_INT ? (double)token->integer : token->number;
        tokens_add(&foreign->out, rate);
        return 3;
    }
    return 0;
}

/* 5 s, 64 KB, 5 min */
static size_t unit_apart(struct foreign *foreign, const struct token *token)
{
    if ((token->kind != TOK_INT && token->kind != TOK_FLOAT) || token[1].kind != TOK_NAME)
        return 0;
    const char *unit = token[1].word;
    size_t n = strlen(unit);
    const struct unit_alias *alias = number_unit_alias(unit, n);
    if (!number_is_unit(unit, n) && !(alias && alias->own))
        return 0;
    const char *number = foreign->p->source->text + token->span.from;
    int length = (int)(token->span.to - token->span.from);
    struct diags *diags = foreign->p->unit->diags;
    struct diag *diag =
        diag_add(diags, DIAG_E0123, span_join(token->span, token[1].span), "the unit stands apart from its number");
    diag_help(diags, diag, "write `%.*s%s`", length, number, alias && alias->own ? alias->own : unit);
    struct token joined = *token;
    char text[64];
    snprintf(text, sizeof text, "1%s", alias && alias->own ? alias->own : unit);
    number_read(text, strlen(text), &joined);
    tokens_add(&foreign->out, joined);
    return 2;
}

/* n++ and ++n; -- only where it cannot be two signs */
static size_t increment(struct foreign *foreign, const struct token *token)
{
    if ((token->kind != '+' && token->kind != '-') || token[1].kind != token->kind || token[1].space)
        return 0;
    int after = token[2].kind;
    for (size_t i = foreign->out.n; i-- > 0 && foreign->out.at[i].kind != TOK_NEWLINE;)
        if (foreign->out.at[i].kind == TOK_FOR && foreign->out.at[i + 1].kind == '(')
            return 0; /* for (…; …; i++) is one mistake */
    bool behind = filter_ends_value(last_of(foreign)->kind) && !at_begin(foreign) &&
                  (after == TOK_NEWLINE || after == ';' || after == '}' || after == ')' || after == 0);
    bool before = at_begin(foreign) && after == TOK_NAME;
    if (!behind && !before)
        return 0;
    bool plus = token->kind == '+';
    report(foreign, DIAG_E0109, span_join(token->span, token[1].span), plus ? "++" : "--", "does not exist",
           plus ? "write `+= 1`" : "write `-= 1`");
    if (before)
        tokens_add(&foreign->out, token[2]);
    struct token one = *token;
    put_kind(foreign, token, plus ? TOK_ADD_ASSIGN : TOK_SUB_ASSIGN);
    one.kind = TOK_INT;
    one.integer = 1;
    tokens_add(&foreign->out, one);
    return before ? 3 : 2;
}

/* elif, elsif, elseif behind a block or at the begin of a line */
static size_t else_if(struct foreign *foreign, const struct token *token)
{
    if (!(is_name(token, "elif") || is_name(token, "elsif") || is_name(token, "elseif")) || !at_begin(foreign) ||
        token[1].kind == '=' || token[1].kind == '.')
        return 0;
    report(foreign, DIAG_E0155, token->span, token->word, "is written in two words", "write `else if`");
    put_kind(foreign, token, TOK_ELSE);
    struct token word = *token;
    word.kind = TOK_IF;
    word.word = NULL;
    tokens_add(&foreign->out, word);
    return 1;
}

/* `if a: {`, `task t: {`: the word a block begins with and more stand before the colon on the line, so it is no key of an object. */
static size_t colon_block(struct foreign *foreign, const struct token *token)
{
    const struct token *out = foreign->out.at;
    size_t first = foreign->out.n, depth = 0;
    if (token->kind != ':' || token[1].kind != '{')
        return 0;
    while (first > 0 && out[first - 1].kind != TOK_NEWLINE && out[first - 1].kind != '}') {
        int kind = out[--first].kind;
        depth += filter_closes(kind);
        if (depth == 0 && (filter_opens(kind) || kind == '?' || kind == ':' || kind == ','))
            return 0;
        depth -= filter_opens(kind);
    }
    if (first + 2 > foreign->out.n || !filter_begins_block(&out[first]))
        return 0;
    struct diags *diags = foreign->p->unit->diags;
    struct diag *diag = diag_add(diags, DIAG_E0156, token->span, "a block begins with `{`, not with `:`");
    diag_help(diags, diag, "leave out the `:`");
    put_kind(foreign, &token[1], '{');
    return 2;
}

/* for x of list, foreach x in list */
static size_t for_of(struct foreign *foreign, const struct token *token)
{
    if (is_name(token, "foreach") && at_begin(foreign) && token[1].kind == TOK_NAME) {
        report(foreign, DIAG_E0153, token->span, token->word, "is written `for`", "write `for x in list { … }`");
        put_kind(foreign, token, TOK_FOR);
        return 1;
    }
    size_t n = foreign->out.n;
    if (is_name(token, "of") && n >= 2 && foreign->out.at[n - 1].kind == TOK_NAME &&
        foreign->out.at[n - 2].kind == TOK_FOR) {
        report(foreign, DIAG_E0153, token->span, token->word, "is not how `for` goes through a list",
               "write `for x in list { … }`");
        put_kind(foreign, token, TOK_IN);
        return 1;
    }
    return 0;
}

/* group("name", function () { … }) and group("name", () => { … }): read as `measure "name" { … }` */
static size_t group_call(struct foreign *foreign, const struct token *token)
{
    if (!is_name(token, "group") || !at_begin(foreign) || token[1].kind != '(' ||
        (token[2].kind != TOK_TEXT && token[2].kind != TOK_TEXT_OPEN))
        return 0;
    const struct token *text = token + 2, *at = text;
    while (text->kind == TOK_TEXT_OPEN && at->kind && at->kind != TOK_TEXT_CLOSE)
        at++;
    const struct token *text_end = at;
    if (text_end->kind == 0 || at[1].kind != ',')
        return 0;
    at += 2;
    if (is_name(at, "function"))
        at++;
    if (at[0].kind != '(' || at[1].kind != ')')
        return 0;
    at += at[2].kind == TOK_FAT_ARROW ? 3 : 2;
    if (at->kind != '{')
        return 0;
    const struct token *end = at;
    for (size_t depth = 0; end->kind; end++) {
        depth += end->kind == '{';
        if (end->kind == '}' && --depth == 0)
            break;
    }
    if (end->kind != '}' || end[1].kind != ')')
        return 0;
    report(foreign, DIAG_E0148, token->span, "group", "is not how requests are measured together",
           "one row for several requests is `measure \"name\" { … }`");
    put_kind(foreign, token, TOK_MEASURE);
    while (text <= text_end)
        tokens_add(&foreign->out, *text++);
    foreign->dropped = (size_t)(end + 1 - foreign->in);
    return (size_t)(at - token);
}

/* {{name}} and #{name} inside texts */
static void other_interpolation(struct foreign *foreign, const struct token *token)
{
    const char *text = token->literal.p;
    for (size_t i = 0; i + 3 < token->literal.n; i++) {
        bool braces = text[i] == '{' && text[i + 1] == '{', hash = text[i] == '#' && text[i + 1] == '{';
        if (!braces && !hash)
            continue;
        size_t from = i + 2, at;
        while (from < token->literal.n && text[from] == ' ')
            from++;
        for (at = from; at < token->literal.n && (text[at] == '_' || (text[at] >= 'a' && text[at] <= 'z') ||
                                                  (text[at] >= 'A' && text[at] <= 'Z'));
             at++)
            continue;
        size_t end = at;
        while (end < token->literal.n && text[end] == ' ')
            end++;
        if (at == from || end >= token->literal.n || text[end] != '}' ||
            (braces && (end + 1 >= token->literal.n || text[end + 1] != '}')))
            continue;
        struct diags *diags = foreign->p->unit->diags;
        struct diag *diag = diag_add(diags, DIAG_W0190, token->span, "`%.*s` is put into the text as it stands",
                                     (int)(end + (braces ? 2 : 1) - i), text + i);
        diag_help(diags, diag, "a value is put in with `${%.*s}`; where the text is meant as it stands, write r\"…\"",
                  (int)(at - from), text + from);
        return;
    }
}

void filter_foreign(struct parser *p)
{
    static size_t (*const slips[])(struct foreign *, const struct token *) = {
        foreign_value, is_operator, rate_apart, unit_apart, increment, else_if, for_of, colon_block, group_call,
    };
    collect_declared(p);
    struct foreign foreign = {.p = p, .in = p->raw.at};
    for (size_t at = 0; at < p->raw.n;) {
        size_t taken = 0;
        const struct token *token = &p->raw.at[at];
        for (size_t i = 0; i < sizeof slips / sizeof *slips && !taken && token->kind; i++)
            taken = slips[i](&foreign, token);
        if (token->kind == TOK_TEXT_PIECE)
            other_interpolation(&foreign, token);
        if (!taken) {
            if (!foreign.dropped || at != foreign.dropped)
                tokens_add(&foreign.out, *token);
            taken = 1;
        }
        at += taken;
    }
    tokens_free(&p->raw);
    p->raw = foreign.out;
}
