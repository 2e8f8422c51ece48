/* Makes every bracket have its partner before the grammar sees it, with one message for each that has none. Where a closing
 * one is missing is told by what cannot stand inside, and by indentation. */
#include <stdlib.h>
#include <string.h>

#include "filter.h"
#include "swarm.tab.h"
#include "tree/parse.h"

struct open_bracket {
    uint32_t at; /* index into balanced */
    int kind;
    bool object;
};

struct scan {
    struct parser *p;
    const struct token *tokens;
    size_t n;
    struct open_bracket stack[MAX_NESTING + 1];
    size_t depth;
    uint32_t suspect; /* a `{` whose closing brace is indented less than its line */
};

uint32_t filter_indent(const struct parser *p, uint32_t offset)
{
    const struct source *source = p->source;
    uint32_t from = source->lines[source_line(source, offset) - 1], indent = 0;
    for (; from < source->n && (source->text[from] == ' ' || source->text[from] == '\t'); from++)
        indent += source->text[from] == '\t' ? 8 - indent % 8 : 1;
    return indent;
}

size_t filter_dedent(const struct parser *p, size_t at, uint32_t indent)
{
    const struct token *raw = p->raw.at;
    for (at++; at < p->raw.n - 1; at++)
        if (raw[at].first_on_line && raw[at].kind != TOK_NEWLINE && filter_indent(p, raw[at].span.from) <= indent)
            break;
    while (at > 0 && raw[at - 1].kind == TOK_NEWLINE)
        at--;
    return at;
}

/* ------------------------------------------------------------------ raw tokens and repairs to balanced ones */

static void build(struct parser *p)
{
    p->balanced.n = 0;
    const struct repair *repair = p->repair;
    for (size_t i = 0; i < p->raw.n; i++) {
        bool drop = false;
        for (; repair && repair->before == i; repair = repair->next) {
            drop = drop || repair->drop;
            if (!repair->kind)
                continue;
            uint32_t place = i ? p->raw.at[i - 1].span.to : 0;
            tokens_add(&p->balanced, (struct token){
                                         .kind = (int16_t)repair->kind,
                                         .made = true,
                                         .origin = (uint32_t)i,
                                         .span = {.from = place, .to = place, .file = p->file},
                                     });
        }
        if (!drop) {
            tokens_add(&p->balanced, p->raw.at[i]);
            p->balanced.at[p->balanced.n - 1].origin = (uint32_t)i;
        }
    }
}

static int partner(int kind)
{
    return kind == '(' ? ')' : kind == '[' ? ']' : kind == '{' ? '}' : TOK_INTERPOLATION_END;
}

/* Reports the bracket at stack index `bottom` and closes it and all above it in front of balanced token `before`. */
static void close_from(struct scan *scan, size_t bottom, size_t before)
{
    struct parser *p = scan->p;
    const struct token *opener = &scan->tokens[scan->stack[bottom].at];
    struct diag *diag =
        diag_add(p->unit->diags, DIAG_E0127, opener->span, "`%c` is opened here and not closed", opener->kind);
    struct span place = {.from = before ? scan->tokens[before - 1].span.to : 0, .file = p->file};
    place.to = place.from;
    diag_label(p->unit->diags, diag, place, "a `%c` is wanted before this", partner(opener->kind));
    diag_help(p->unit->diags, diag, "close it with `%c`", partner(opener->kind));
    size_t origin = scan->tokens[before].origin;
    for (size_t i = scan->depth; i-- > bottom;)
        parse_repair(p, i + 1 == scan->depth ? diag : NULL, origin, partner(scan->stack[i].kind), false);
}

/* ------------------------------------------------------------------ what cannot stand inside a bracket */

static bool starts_statement(const struct token *tokens, size_t at)
{
    return at == 0 || tokens[at].first_on_line || tokens[at - 1].kind == '{' || tokens[at - 1].kind == ';';
}

/* A `{` there opens an object: not `-> json {`, `task form {`. */
static bool begins_object(const struct token *tokens, size_t at)
{
    if (at == 0)
        return false;
    const struct token *last = &tokens[at - 1];
    switch (last->kind) {
    /* clang-format off */
    case '=': case '(': case ',': case '[': case ':': case '?': case TOK_ELLIPSIS: case TOK_COALESCE: case TOK_EQ: case TOK_NE:
    case TOK_IN: case TOK_RETURN:
        /* clang-format on */
        return true;
    case TOK_NAME:
        return starts_statement(tokens, at - 1) &&
               (strcmp(last->word, "json") == 0 || strcmp(last->word, "form") == 0 || strcmp(last->word, "query") == 0);
    default:
        return false;
    }
}

/* The token begins a statement that could not be an element, argument or entry. */
static bool begins_statement(const struct token *token)
{
    int next = token[0].kind ? token[1].kind : 0, kind;
    switch (token->kind) {
    /* clang-format off */
    case TOK_IF: case TOK_FOR: case TOK_WHILE: case TOK_REPEAT: case TOK_LOOP: case TOK_BREAK: case TOK_CONTINUE: case TOK_RETURN:
    case TOK_LET: case TOK_SAVE: case TOK_EXPECT: case TOK_REQUIRE: case TOK_FAIL: case TOK_SUCCEED: case TOK_INTERRUPT:
    case TOK_RESCHEDULE: case TOK_STOP:
        /* clang-format on */
        return next != ':';
    case TOK_NAME:
        return filter_word(token->word, strlen(token->word), &kind) == WORD_START &&
               (next == TOK_TEXT || next == TOK_TEXT_OPEN || next == TOK_NAME);
    default:
        return false;
    }
}

static bool is_open(const struct scan *scan, int kind)
{
    return scan->depth && scan->stack[scan->depth - 1].kind == kind;
}

/* The lowest of the brackets on top of the stack that a statement ends: all but blocks and interpolations. */
static size_t lowest_inner(const struct scan *scan)
{
    size_t lowest = scan->depth;
    while (lowest > 0) {
        const struct open_bracket *top = &scan->stack[lowest - 1];
        if (top->kind == TOK_INTERPOLATION || (top->kind == '{' && !top->object))
            break;
        lowest--;
    }
    return lowest;
}

static bool cut_at_line(struct scan *scan, size_t at)
{
    size_t lowest = lowest_inner(scan);
    if (lowest == scan->depth || !begins_statement(&scan->tokens[at + 1]))
        return false;
    close_from(scan, lowest, at);
    return true;
}

/* `if (a == 1 {`: what follows a value cannot be an object. */
static bool cut_at_block(struct scan *scan, size_t at)
{
    if (!(is_open(scan, '(') || is_open(scan, '[')) || at == 0 || !filter_ends_value(scan->tokens[at - 1].kind) ||
        scan->tokens[at - 1].kind == '}')
        return false;
    size_t lowest = scan->depth;
    while (lowest > 0 && (scan->stack[lowest - 1].kind == '(' || scan->stack[lowest - 1].kind == '['))
        lowest--;
    close_from(scan, lowest, at);
    return true;
}

/* ------------------------------------------------------------------ closing ones too many */

bool filter_begins_block(const struct token *token)
{
    static const char *const words[] = {"user", "abstract", "task",       "tasks", "journey",  "chain",
                                        "step", "shape",    "thresholds", "on",    "fn",       "action",
                                        "http", "measure",  "parallel",   "every", "multipart"};
    switch (token->kind) {
    case TOK_IF:
    case TOK_FOR:
    case TOK_WHILE:
    case TOK_REPEAT:
    case TOK_LOOP:
    case TOK_ELSE:
        return true;
    case TOK_NAME:
        for (size_t i = 0; i < sizeof words / sizeof *words; i++)
            if (strcmp(token->word, words[i]) == 0)
                return true;
        return false;
    default:
        return false;
    }
}

static bool ends_open(int kind)
{
    return kind == TOK_AND || kind == TOK_OR || kind == ',' || kind == '+' || kind == '=' || kind == TOK_ARROW;
}

/* A line before `end` that should have opened a block: a block's word, no brace, the next line indented more. */
static bool add_missing_brace(struct scan *scan, size_t end)
{
    struct parser *p = scan->p;
    const struct token *tokens = scan->tokens;
    for (size_t i = 0; i < end; i++) {
        if (!tokens[i].first_on_line || !filter_begins_block(&tokens[i]))
            continue;
        size_t last = i;
        bool brace = false;
        for (; last < end && tokens[last].kind != TOK_NEWLINE; last++)
            brace = brace || tokens[last].kind == '{';
        size_t next = last;
        while (next < end && tokens[next].kind == TOK_NEWLINE)
            next++;
        if (brace || last == i || tokens[next].kind == '{' || ends_open(tokens[last - 1].kind) ||
            filter_indent(p, tokens[next].span.from) <= filter_indent(p, tokens[i].span.from))
            continue;
        bool colon = tokens[last - 1].kind == ':';
        struct span place = tokens[last - 1].span;
        if (!colon)
            place.from = place.to;
        struct diag *diag =
            diag_add(p->unit->diags, colon ? DIAG_E0156 : DIAG_E0129, place,
                     colon ? "a block begins with `{`, not with `:`" : "`{` is missing at the end of this line");
        diag_help(p->unit->diags, diag, "the block stands between `{` and `}`");
        if (colon)
            parse_repair(p, NULL, tokens[last - 1].origin, 0, true);
        parse_repair(p, diag, tokens[last].origin, '{', false);
        return true;
    }
    return false;
}

/* A bracket that was put in closes nothing after a later repair: it is taken out again, its message stays. */
static bool take_out(struct parser *p, const struct token *token)
{
    for (struct repair *repair = p->repair; repair; repair = repair->next) {
        if (repair->before == token->origin && repair->kind == token->kind) {
            repair->kind = 0;
            return true;
        }
    }
    return false;
}

/* A `}` that ends its line, after nothing or another `}`, and is indented more than the line on which its block begins. */
static bool closes_too_deep(const struct scan *scan, uint32_t opener, size_t closer)
{
    const struct token *tokens = scan->tokens;
    return !tokens[opener].made && !tokens[closer].made && !begins_object(tokens, opener) &&
           tokens[closer + 1].kind == TOK_NEWLINE && (tokens[closer].first_on_line || tokens[closer - 1].kind == '}') &&
           filter_indent(scan->p, tokens[closer].span.from) > filter_indent(scan->p, tokens[opener].span.from);
}

/* Goes through the braces before `end`, but for the one at `skip`. The first `}` that closes too deep, and in *opener whose it is;
 * NO_TOKEN: there is none. */
static size_t first_too_deep(const struct scan *scan, size_t end, size_t skip, uint32_t *opener)
{
    uint32_t *stack = malloc((scan->n + 1) * sizeof *stack);
    size_t depth = 0, found = NO_TOKEN;
    for (size_t i = 0; stack && i <= end && found == NO_TOKEN; i++) {
        if (scan->tokens[i].kind == '{') {
            stack[depth++] = (uint32_t)i;
        } else if (scan->tokens[i].kind == '}' && i != skip && depth > 0) {
            *opener = stack[--depth];
            found = closes_too_deep(scan, *opener, i) ? i : found;
        }
    }
    free(stack);
    return found;
}

/* One `}` too many, seen at `at`: the one that, to judge by the indentation, closed a block too early. Without it all that follow
 * must stand right, else the indentation says nothing. */
static bool drop_early(struct scan *scan, size_t at)
{
    struct parser *p = scan->p;
    uint32_t opener = 0, ignored;
    size_t early = first_too_deep(scan, at, NO_TOKEN, &opener);
    if (early == NO_TOKEN || early == at || first_too_deep(scan, at, early, &ignored) != NO_TOKEN)
        return false;
    struct diag *diag = diag_add(p->unit->diags, DIAG_E0128, scan->tokens[early].span,
                                 "this `}` is one too many, to judge by the indentation");
    diag_label(p->unit->diags, diag, scan->tokens[opener].span, "it closes what begins here");
    diag_help(p->unit->diags, diag, "delete it");
    parse_repair(p, diag, scan->tokens[early].origin, 0, true);
    return true;
}

static void stray(struct scan *scan, size_t at)
{
    struct parser *p = scan->p;
    const struct token *token = &scan->tokens[at];
    if (token->made && take_out(p, token))
        return;
    if (token->kind == '}' && (add_missing_brace(scan, at) || drop_early(scan, at)))
        return;
    struct diag *diag =
        diag_add(p->unit->diags, DIAG_E0128, token->span, "there is no `%c` open that this `%c` could close",
                 token->kind == '}'   ? '{'
                 : token->kind == ']' ? '['
                                      : '(',
                 token->kind);
    diag_help(p->unit->diags, diag,
              token->kind == '}' ? "delete it, or look above for a block that ends too early"
                                 : "delete it, or look before it for one that is closed too early");
    parse_repair(p, diag, token->origin, 0, true);
}

/* A closing bracket at `at`. True when something had to be repaired. */
static bool close_bracket(struct scan *scan, size_t at)
{
    int kind = scan->tokens[at].kind;
    size_t bottom = scan->depth;
    while (bottom > 0) {
        int open = scan->stack[bottom - 1].kind;
        if (partner(open) == kind)
            break;
        if (open == TOK_INTERPOLATION || (open == '{' && kind != '}'))
            bottom = 0;
        else
            bottom--;
    }
    if (bottom == 0) {
        stray(scan, at);
        return true;
    }
    if (bottom < scan->depth) {
        close_from(scan, bottom, at);
        return true;
    }
    const struct token *opener = &scan->tokens[scan->stack[bottom - 1].at], *closer = &scan->tokens[at];
    if (kind == '}' && closer->first_on_line && scan->suspect == NO_TOKEN && !opener->made && !closer->made &&
        filter_indent(scan->p, closer->span.from) < filter_indent(scan->p, opener->span.from))
        scan->suspect = scan->stack[bottom - 1].at;
    scan->depth--;
    return false;
}

/* ------------------------------------------------------------------ the end of the source */

static void close_at_end(struct scan *scan)
{
    struct parser *p = scan->p;
    if (p->cut_off) {
        for (size_t i = scan->depth; i-- > 0;)
            parse_repair(p, NULL, p->raw.n - 1, partner(scan->stack[i].kind), false);
        return;
    }
    size_t lowest = lowest_inner(scan);
    size_t end = scan->n - 1;
    while (end > 0 && scan->tokens[end - 1].kind == TOK_NEWLINE)
        end--;
    if (lowest < scan->depth && scan->suspect == NO_TOKEN) {
        close_from(scan, lowest, end);
        return;
    }
    uint32_t at = scan->suspect != NO_TOKEN ? scan->suspect : scan->stack[scan->depth - 1].at;
    const struct token *opener = &scan->tokens[at];
    size_t before = opener->made ? p->raw.n - 1 : filter_dedent(p, opener->origin, filter_indent(p, opener->span.from));
    struct span place = {.from = before ? p->raw.at[before - 1].span.to : 0, .file = p->file};
    place.to = place.from;
    struct diag *diag = diag_add(p->unit->diags, DIAG_E0127, opener->span, "this `{` is never closed");
    diag_label(p->unit->diags, diag, place, "`}` is missing here, to judge by the indentation");
    diag_help(p->unit->diags, diag, "close the block with `}`");
    parse_repair(p, diag, before, '}', false);
    /* What is open around it and ends with the source too is the same mistake. */
    if (scan->suspect == NO_TOKEN)
        for (size_t i = scan->depth - 1; i-- > 0;)
            parse_repair(p, NULL, p->raw.n - 1, partner(scan->stack[i].kind), false);
}

/* ------------------------------------------------------------------ one pass */

/* True when a repair was made, after which the scan begins again. */
static bool scan_tokens(struct scan *scan)
{
    struct parser *p = scan->p;
    scan->tokens = p->balanced.at;
    scan->n = p->balanced.n;
    scan->depth = 0;
    scan->suspect = NO_TOKEN;
    for (size_t i = 0; i + 1 < scan->n; i++) {
        int kind = scan->tokens[i].kind;
        if (kind == TOK_NEWLINE && cut_at_line(scan, i))
            return true;
        if (kind == '{' && cut_at_block(scan, i))
            return true;
        if (filter_opens(kind)) {
            if (scan->depth == MAX_NESTING) {
                parse_too_deep(p, scan->tokens[i].span);
                return false;
            }
            scan->stack[scan->depth++] =
                (struct open_bracket){(uint32_t)i, kind, kind == '{' && begins_object(scan->tokens, i)};
        } else if (filter_closes(kind) && close_bracket(scan, i)) {
            return true;
        }
    }
    if (scan->depth == 0)
        return false;
    close_at_end(scan);
    return true;
}

void filter_brackets(struct parser *p)
{
    struct scan *scan = calloc(1, sizeof *scan);
    if (!scan) {
        fputs("swarmc: out of memory\n", stderr);
        exit(3);
    }
    scan->p = p;
    do
        build(p);
    while (scan_tokens(scan) && !p->give_up);
    free(scan);
}
