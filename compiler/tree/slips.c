/* Syntax errors in words. The grammar says only where it stopped and what it would take; rules in order look at what stands
 * around and say what was meant. The first that recognises something reports it; the last one always does. */
#include "slips_rule.h"

/* ------------------------------------------------------------------ repairs that let reading go on */

static bool indented_more(const struct slip *slip, size_t raw)
{
    const struct tokens *tokens = &slip->p->raw;
    while (raw < tokens->n - 1 && tokens->at[raw].kind == TOK_NEWLINE)
        raw++;
    return raw < tokens->n - 1 &&
           filter_indent(slip->p, tokens->at[raw].span.from) > filter_indent(slip->p, slip->begin->span.from);
}

/* Braces around the indented lines that follow; `colon` is the raw token to replace, or the line end. */
static void add_braces(const struct slip *slip, struct diag *diag, size_t raw, bool colon)
{
    struct parser *p = slip->p;
    size_t line_end = colon ? raw + 1 : raw;
    if (p->raw.at[line_end].kind != TOK_NEWLINE || !indented_more(slip, line_end))
        return;
    size_t end = filter_dedent(p, line_end, filter_indent(p, slip->begin->span.from));
    if (p->repairs + 3 > MAX_REPAIRS)
        return;
    if (colon)
        parse_repair(p, NULL, raw, 0, true);
    parse_repair(p, diag, raw, '{', false);
    parse_repair(p, NULL, end, '}', false);
}

/* ------------------------------------------------------------------ rules */

/* k6's `import http from "k6/http"`, Python's `from locust import task` */
static bool foreign_import(const struct slip *slip)
{
    if (slip->begin->kind != TOK_IMPORT && !(is_word(slip->begin, "from") && slip->place == PLACE_TOP))
        return false;
    if (slip->at > slip->first + 1 && slip->begin->kind == TOK_IMPORT)
        return false;
    bool path = slip->begin->kind == TOK_IMPORT && slip->t->kind == TOK_NAME && ends_line(slip->next);
    return said(slip, path ? DIAG_E0158 : DIAG_E0151, error_span(slip),
                path ? "the path of an import stands between quotes" : "this is not how a file is imported",
                "write `import \"path.swarm\"`, then use its declarations as file.NAME");
}

static bool stray_sign(const struct slip *slip)
{
    if (slip->t->kind == TOK_FAT_ARROW || slip->last->kind == TOK_FAT_ARROW) {
        if (is_condition(slip))
            return said(slip, DIAG_E0104, slip->t->span, "`=>` is not an operator", "greater or equal is `>=`");
        return said(slip, DIAG_E0144, slip->t->span, "there are no arrow functions with `=>`",
                    "declare a function with a name: fn NAME(x: int) -> int { return x }");
    }
    if (slip->t->kind == TOK_DECORATOR)
        return said(slip, DIAG_E0146, slip->t->span, "there are no decorators with `@`",
                    "write `task NAME weight 3 tag smoke { … }`");
    if (slip->t->kind == TOK_INTERPOLATION_END && slip->last->kind == TOK_INTERPOLATION)
        return said(slip, DIAG_E0114, span_join(slip->last->span, slip->t->span), "nothing stands between `${` and `}`",
                    "write the value that belongs there: ${name}");
    if (is_word(slip->last, "lambda") && slip->t->kind == TOK_NAME)
        return said(slip, DIAG_E0144, slip->last->span, "there is no `lambda`",
                    "declare a function with a name: fn NAME(x: int) -> int { return x }");
    return false;
}

/* An operator where something begins. */
static bool begins_with_operator(const struct slip *slip)
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

/* let r = await get "/x" · await fetch("/x") */
static bool awaiting(const struct slip *slip)
{
    bool value =
        is_word(slip->last, "await") && slip->last->kind == TOK_NAME && slip->at > slip->first + 1 && slip->t->word;
    if (!value && !(slip->begin->kind == TOK_AWAIT && slip->t->kind == '('))
        return false;
    return said(slip, DIAG_E0143, value ? slip->last->span : slip->begin->span, "a call or request is not awaited",
                "every request waits for its answer by itself; `await` is for a gate: await everyone");
}

/* `let x = 1 +`, and a statement on the next line: its word was read as the value that is missing. */
static bool value_on_the_next_line(const struct slip *slip)
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

/* let r = get "/x" */
static bool request_as_value(const struct slip *slip)
{
    if (slip->at < 2 || !slip_is_method(slip->last->word) || slip->last->kind != TOK_NAME ||
        !(is_text(slip->t->kind) || slip->t->kind == TOK_NAME))
        return false;
    const struct token *before = slip->last - 1;
    if (before->kind != '=' && before->kind != TOK_RETURN && before->kind != '(' && before->kind != ',')
        return false;
    struct diag *diag = say(slip, DIAG_E0137, slip->last->span, "a request has no value: it is a statement");
    const char *method = slip->last->word;
    const char *name =
        before->kind == '=' && before > slip->begin && (before - 1)->kind == TOK_NAME ? (before - 1)->word : "id";
    diag_help(slip->p->unit->diags, diag,
              "save what is needed of the response in its block: %s \"/path\" { save %s = json }", method, name);
    return true;
}

static bool wrong_loop(const struct slip *slip)
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
static bool instead_of_block(const struct slip *slip)
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
        add_braces(slip, diag, slip->t->origin, true);
        return true;
    }
    if (is_word(slip->t, "then") || is_word(slip->t, "do"))
        return said(slip, DIAG_E0171, slip->t->span, "there is no such word before a block",
                    "blocks stand between `{` and `}`");
    return false;
}

static bool missing_block(const struct slip *slip)
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
        add_braces(slip, diag, slip->t->origin, false);
    return true;
}

/* repeat { }, while { }, if { }: the brace was read as an object. */
static bool missing_condition(const struct slip *slip)
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

static bool metric_kind(const char *word)
{
    return word && (strcmp(word, "counter") == 0 || strcmp(word, "trend") == 0 || strcmp(word, "rate") == 0 ||
                    strcmp(word, "gauge") == 0);
}

/* task pay tag smoke-test */
static bool tag_with_a_dash(const struct slip *slip)
{
    if (slip->t->kind != '-' || slip->last->kind != TOK_NAME || slip->next->kind != TOK_NAME)
        return false;
    for (size_t at = slip->at - 1; at > slip->first; at--) {
        if (slip->p->tokens.at[at].kind != TOK_TAG)
            continue;
        struct diag *diag = diag_add(slip->p->unit->diags, DIAG_E0158, span_join(slip->last->span, slip->next->span),
                                     "a tag that is no plain name stands between quotes");
        diag_help(slip->p->unit->diags, diag, "write tag \"%s-%s\"", slip->last->word, slip->next->word);
        return true;
    }
    return false;
}

/* log warning "x" */
static bool log_level(const struct slip *slip)
{
    if (slip->begin->kind != TOK_LOG || slip->at != slip->first + 2 || slip->last->kind != TOK_NAME ||
        !is_text(slip->t->kind))
        return false;
    struct diag *diag =
        diag_add(slip->p->unit->diags, DIAG_E0169, slip->last->span, "`%s` is no level of the log", slip->last->word);
    diag_help(slip->p->unit->diags, diag, "the levels are debug, info, warn and error: log warn \"text\"");
    return true;
}

/* What a declaration's name is mistaken for. */
static bool wrong_name(const struct slip *slip)
{
    int begin = slip->begin->kind;
    bool head = begin == TOK_TASK || begin == TOK_STEP || begin == TOK_USER || begin == TOK_ABSTRACT ||
                begin == TOK_TASKS || begin == TOK_JOURNEY || begin == TOK_CHAIN || begin == TOK_ON ||
                begin == TOK_SHAPE || begin == TOK_THRESHOLDS || begin == TOK_HTTP;
    if (head && slip->t->kind == '(' && fits(slip, "'{'")) {
        struct diag *diag = diag_add(slip->p->unit->diags, DIAG_E0134, slip->t->span, "`%s` takes no parentheses",
                                     word_of(slip, slip->begin));
        diag_help(slip->p->unit->diags, diag, "write %s; what takes parameters is an `action`",
                  slip_form(word_of(slip, slip->begin), slip->place));
        return true;
    }
    if (!wants_name(slip))
        return false;
    int kind = slip->t->kind;
    bool is_switch =
        slip->last == slip->begin && (begin == TOK_FOLLOW || begin == TOK_COMPRESSED || begin == TOK_VERIFY ||
                                      begin == TOK_KEEP_ALIVE || begin == TOK_TLS_RESUME);
    if (is_switch && (kind == TOK_TRUE || kind == TOK_FALSE))
        return said(slip, DIAG_E0169, slip->t->span, "a switch says `on` or `off`",
                    begin == TOK_COMPRESSED ? "write gzip, br, any or off"
                    : kind == TOK_TRUE      ? "write `on`"
                                            : "write `off`");
    if (kind == TOK_ELSE && slip->at == slip->first)
        return said(slip, DIAG_E0132, slip->t->span, "this `else` belongs to no `if` and to no request",
                    "it stands behind the `}` of an `if` or a request, without `;` before it");
    if (kind >= TOK_IF && kind <= TOK_POP && slip->t->word) {
        struct diag *diag = diag_add(slip->p->unit->diags, DIAG_E0132, slip->t->span,
                                     "`%s` is a word of the language and cannot be a name", slip->t->word);
        diag_help(slip->p->unit->diags, diag,
                  "choose another, for example `%s_`; behind a dot and as a key every word is allowed", slip->t->word);
        return true;
    }
    if (is_text(kind) && slip->last->kind == TOK_AUTH)
        return said(slip, DIAG_E0169, error_span(slip), "the kind of authentication is missing before this",
                    "write auth basic \"user\", \"password\", auth digest \"user\", \"password\" or auth bearer token");
    if (is_text(kind) && slip->last->kind == TOK_VERSION)
        return said(slip, DIAG_E0169, error_span(slip), "the version of HTTP stands here without quotes",
                    "write version 1.1, version 2 or version any");
    if (is_text(kind) && begin == TOK_DATA && slip->last->kind == '=')
        return said(slip, DIAG_E0169, error_span(slip), "the kind of the file is missing around this",
                    "write csv(\"people.csv\"), json(\"items.json\") or lines(\"words.txt\")");
    if (is_text(kind)) {
        int n;
        struct span span = error_span(slip);
        const char *text = source_at(slip, span, &n);
        struct diag *diag = say(slip, DIAG_E0133, span, "a name stands here without quotes");
        char name[40];
        size_t length = 0;
        for (int i = 0; i < n && length + 1 < sizeof name; i++) {
            char c = text[i];
            bool letter =
                (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c >= '0' && c <= '9' && length);
            if (letter)
                name[length++] = c;
            else if (length && (c == ' ' || c == '-') && name[length - 1] != '_')
                name[length++] = '_';
        }
        name[length] = '\0';
        diag_help(slip->p->unit->diags, diag, "write `%s %s`", word_of(slip, slip->last), length ? name : "name");
        return true;
    }
    if (begin == TOK_METRIC && slip->at == slip->first + 2 && (ends_line(slip->t) || kind == ':') &&
        !metric_kind(slip->last->word)) {
        struct diag *diag = diag_add(slip->p->unit->diags, DIAG_E0169, slip->last->span,
                                     "what kind of metric `%s` is, is missing before it", word_of(slip, slip->last));
        if (kind == ':' && metric_kind(slip->next->word))
            diag_help(slip->p->unit->diags, diag, "write metric %s %s", slip->next->word, word_of(slip, slip->last));
        else
            diag_help(slip->p->unit->diags, diag, "write metric counter %s, or trend, rate, gauge",
                      word_of(slip, slip->last));
        return true;
    }
    if (slip->last->word && slip->begin->kind != TOK_DATA &&
        (kind == '{' || kind == '(' || kind == '=' || kind == ':' || ends_line(slip->t))) {
        const char *form = slip_form(slip->last->word, slip->place);
        struct diag *diag =
            diag_add(slip->p->unit->diags, DIAG_E0178, slip->last->span, "`%s` needs a name", slip->last->word);
        if (form)
            diag_help(slip->p->unit->diags, diag, "write %s", form);
        return true;
    }
    return false;
}

/* save json.id · let n: int = 5 · let x == 5 */
static bool wrong_let(const struct slip *slip)
{
    int begin = slip->begin->kind;
    if ((begin != TOK_LET && begin != TOK_SAVE) || slip->at != slip->first + 2)
        return false;
    const char *word = begin == TOK_LET ? "let" : "save";
    struct diags *diags = slip->p->unit->diags;
    struct diag *diag;
    if (slip->t->kind == ':') {
        diag = diag_add(diags, DIAG_E0182, slip->t->span, "`%s` says no type", word);
        diag_help(diags, diag, "the type follows from the value: %s %s = value", word, word_of(slip, slip->last));
    } else if (slip->t->kind == '.' || slip->t->kind == '[' || slip->t->kind == '(' || slip->t->kind == TOK_AS) {
        diag = diag_add(diags, DIAG_E0178, slip->last->span, "`%s` needs a name for the value", word);
        diag_help(diags, diag, "write `%s name = %s…`", word, word_of(slip, slip->last));
    } else if (slip->t->kind == TOK_EQ) {
        diag = say(slip, DIAG_E0106, slip->t->span, "`==` compares, it gives no value");
        diag_help(diags, diag, "write `%s %s = value`", word, word_of(slip, slip->last));
    } else {
        diag = diag_add(diags, DIAG_E0163, ends_line(slip->t) ? behind(slip->last) : error_span(slip),
                        "`%s %s` needs `=` and a value", word, word_of(slip, slip->last));
        diag_help(diags, diag, "write `%s %s = value`", word, word_of(slip, slip->last));
    }
    return true;
}

static bool is_type(const char *word)
{
    static const char *const types[] = {"int",  "float", "bool", "string", "duration", "size",
                                        "rate", "list",  "json", "str",    "number"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(types[i], word) == 0)
            return true;
    return false;
}

static bool parameters(const struct slip *slip)
{
    int begin = slip->begin->kind;
    if (begin != TOK_FN && begin != TOK_ACTION && begin != TOK_OPTION)
        return false;
    struct diags *diags = slip->p->unit->diags;
    struct diag *diag;
    if (begin == TOK_OPTION) {
        if (slip->last->kind != TOK_NAME || !fits(slip, "':'"))
            return false;
        diag = diag_add(diags, DIAG_E0168, slip->last->span, "the option `%s` has no type", slip->last->word);
        diag_help(diags, diag, "write `option %s: string = \"\"`; types are int float bool string duration",
                  slip->last->word);
        return true;
    }
    const struct token *before = slip->last - 1;
    if (bracket(slip) == '(' && slip->last->kind == TOK_NAME && before->kind == TOK_NAME && !is_word(before, "const") &&
        fits(slip, "':'")) {
        bool type_first = is_type(before->word);
        diag = say(slip, DIAG_E0168, span_join(before->span, slip->last->span),
                   "the type of a parameter stands behind its name and `:`");
        diag_help(diags, diag, "write `%s: %s`", type_first ? slip->last->word : before->word,
                  type_first ? before->word : slip->last->word);
        return true;
    }
    if (bracket(slip) == '(' && slip->last->word && fits(slip, "':'")) {
        diag = diag_add(diags, DIAG_E0168, slip->last->span, "the parameter `%s` has no type", slip->last->word);
        diag_help(diags, diag, "write `%s: string`; types are int float bool string duration list json",
                  slip->last->word);
        return true;
    }
    if (bracket(slip) == '(' && slip->t->kind == '=') {
        said(slip, DIAG_E0168, slip->t->span, "parameters have no defaults", "every call gives every argument");
        return true;
    }
    if (bracket(slip) != '(' && slip->last->kind == ')' && slip->t->kind != '{' && !ends_line(slip->t)) {
        said(slip, DIAG_E0168, slip->t->span, "the result is written with `->`",
             "write `fn half(n: int) -> float { … }`");
        return true;
    }
    return false;
}

/* header Accept "x" · header "Accept": "x" · get /path */
static bool name_and_value(const struct slip *slip)
{
    int last = slip->last->kind;
    if ((last == TOK_HEADER || last == TOK_COOKIE || last == TOK_FIELD || last == TOK_FILE_PART ||
         last == TOK_MEASURE || last == TOK_REQUEST) &&
        slip->t->word) {
        struct diag *diag = diag_add(slip->p->unit->diags, DIAG_E0158, slip->t->span,
                                     "the name behind `%s` is a text between quotes", slip->last->word);
        diag_help(slip->p->unit->diags, diag, "write `%s \"%s\"%s`", slip->last->word, slip->t->word,
                  last == TOK_MEASURE ? " { … }" : " \"value\"");
        return true;
    }
    if ((last == TOK_HEADER || last == TOK_COOKIE || last == TOK_FIELD) &&
        (slip->t->kind == '(' || slip->t->kind == '{')) {
        struct diag *diag = diag_add(slip->p->unit->diags, DIAG_E0175, slip->t->span,
                                     "`%s` is followed by a name and a value, without brackets", slip->last->word);
        diag_help(slip->p->unit->diags, diag, "write %s, one line for each",
                  slip_form(slip->last->word, PLACE_REQUEST) ? slip_form(slip->last->word, PLACE_REQUEST)
                                                             : slip_form(slip->last->word, PLACE_PARTS));
        return true;
    }
    const struct token *before = slip->at > 1 ? slip->last - 1 : slip->last;
    if ((before->kind == TOK_HEADER || before->kind == TOK_COOKIE || before->kind == TOK_FIELD) && is_text(last) &&
        (slip->t->kind == ':' || slip->t->kind == '=' || slip->t->kind == ',')) {
        struct diag *diag =
            diag_add(slip->p->unit->diags, DIAG_E0175, slip->t->span,
                     "nothing stands between name and value but a space: %s does not belong here", met(slip, slip->t));
        diag_help(slip->p->unit->diags, diag, "write %s",
                  before->kind == TOK_FIELD    ? "field \"name\" \"value\""
                  : before->kind == TOK_COOKIE ? "cookie \"name\" \"value\""
                                               : "header \"Name\" \"value\"");
        return true;
    }
    if (is_method(last) && (slip->t->kind == '/' || slip->t->kind == ':'))
        return said(slip, DIAG_E0158, slip->t->span, "a URL stands between quotes", "write \"/path\"");
    return false;
}

/* post("/a", { … }) · get "/a", { … } */
static bool request_as_call(const struct slip *slip)
{
    if (!is_method(slip->begin->kind) || slip->t->kind != ',')
        return false;
    struct diag *diag = say(slip, DIAG_E0164, slip->t->span, "a request has no list of arguments");
    diag_help(slip->p->unit->diags, diag,
              "body and headers stand in its block: %s \"/path\" { json { key: value }; header \"Name\" \"value\" }",
              slip->begin->word);
    return true;
}

static bool message_of_expect(const struct slip *slip)
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

static bool behind_else(const struct slip *slip)
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

/* Inside of { key: value } and f(a, b). */
static bool entries_and_arguments(const struct slip *slip)
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

/* weight = 3, timeout: 5s, host = "…" */
static bool setting(const struct slip *slip)
{
    const struct token *name = slip->at == slip->first ? slip->t : slip->last;
    const struct token *sign = slip->at == slip->first ? slip->next : slip->t;
    if (is_word(slip->t, "weight") && slip->next->kind == '=') { /* task buy weight=3 */
        name = slip->t;
        sign = slip->next;
    }
    if (!name->word || (sign->kind != '=' && sign->kind != ':') || (name != slip->begin && !is_word(name, "weight")))
        return false;
    const struct foreign_word *foreign = slip_foreign_word(name->word);
    if (foreign)
        return false;
    if (!slip_fits_place(name->word, slip->place) && !is_word(name, "weight"))
        return false;
    if (slip->place == PLACE_THRESHOLDS || slip->place == PLACE_OBJECT)
        return false;
    struct diags *diags = slip->p->unit->diags;
    struct diag *diag = diag_add(diags, sign->kind == '=' ? DIAG_E0150 : DIAG_E0184, sign->span,
                                 "`%s` takes its value without `%c`", name->word, sign->kind);
    const char *form = is_word(name, "weight") ? "weight 3" : slip_form(name->word, slip->place);
    diag_help(diags, diag, "write %s", form);
    return true;
}

/* A declaration's or statement's word at the wrong place. */
static bool misplaced(const struct slip *slip)
{
    const struct token *token = slip->begin;
    const char *word = token->word;
    bool here = slip->at == slip->first ||
                (slip->at == slip->first + 1 &&
                 (token->kind != TOK_NAME || !filter_ends_value(slip->t->kind) || begins_value(slip->t)));
    if (!word || !here || slip_fits_place(word, slip->place) || slip->place == PLACE_OBJECT ||
        slip->place == PLACE_THRESHOLDS)
        return false;
    if (!slip_form(word, slip->place) || (token->kind == TOK_NAME && slip->next->kind == '='))
        return false;
    struct diags *diags = slip->p->unit->diags;
    struct diag *diag;
    if (slip_is_declarations(slip->place) && slip_is_statement(word)) {
        diag = diag_add(diags, DIAG_E0161, token->span, "`%s` cannot stand %s", word, slip_place_text(slip->place));
        if (token->kind == TOK_LET || token->kind == TOK_SAVE)
            diag_help(diags, diag,
                      slip->place == PLACE_TOP ? "declare it with `const`, or with `var` when it changes"
                                               : "declare it with `var`");
        else if (slip->place == PLACE_TOP)
            diag_help(diags, diag, "what a user does stands in its tasks: user NAME { task NAME { %s … } }", word);
        else
            diag_help(diags, diag, "what a user does stands in its tasks and hooks: %s NAME { %s … }",
                      slip->place == PLACE_JOURNEY ? "step" : "task", word);
        return true;
    }
    bool statements = slip->place == PLACE_BODY || slip->place == PLACE_REQUEST || slip->place == PLACE_RESPONSE ||
                      slip->place == PLACE_FORMULA;
    if (statements && (is_word(token, "const") || is_word(token, "var"))) {
        bool constant = word[0] == 'c';
        diag = diag_add(diags, constant ? DIAG_E0139 : DIAG_E0140, token->span, "`%s` cannot stand %s", word,
                        slip_place_text(slip->place));
        diag_help(diags, diag, "write `let %s = …`",
                  slip->at == slip->first + 1 && slip->t->word ? slip->t->word : "name");
        return true;
    }
    if (statements && is_word(token, "wait")) {
        diag = diag_add(diags, DIAG_E0138, token->span, "`wait` is for the time between tasks, it cannot stand %s",
                        slip_place_text(slip->place));
        diag_help(diags, diag, "inside a task it is `sleep`: sleep 1s");
        return true;
    }
    if (statements && slip_is_attribute(word)) {
        diag = diag_add(diags, DIAG_E0160, token->span, "`%s` cannot stand %s", word, slip_place_text(slip->place));
        diag_help(diags, diag,
                  slip->place == PLACE_RESPONSE
                      ? "attributes stand in the block of the request itself, before its first statement"
                      : "it is an attribute of a request: post \"/path\" { %s … }",
                  word);
        return true;
    }
    if (statements && slip_is_declaration(word)) {
        diag = diag_add(diags, DIAG_E0162, token->span, "`%s` cannot stand %s", word, slip_place_text(slip->place));
        diag_help(diags, diag, "is a `}` missing before it? It is declared outside: %s", slip_form(word, slip->place));
        return true;
    }
    diag = diag_add(diags, DIAG_E0160, token->span, "`%s` cannot stand %s", word, slip_place_text(slip->place));
    if (slip_fits_place(word, PLACE_HTTP) && slip_fits_place("http", slip->place))
        diag_help(diags, diag, "what holds for every request stands in `http`: http { %s … }", word);
    else
        diag_help(diags, diag, "%s",
                  slip_is_http_only(word) ? "it belongs into `http { … }`" : slip_choices(slip->place));
    return true;
}

/* function, class, check … and words that are only misspelt */
static bool unknown_word(const struct slip *slip)
{
    const struct token *token = slip->begin;
    if (!token->word || slip->at > slip->first + 1 || slip->place == PLACE_OBJECT)
        return false;
    if (slip->place == PLACE_THRESHOLDS && slip->at != slip->first)
        return false;
    bool own_word = token->kind != TOK_NAME && slip_fits_place(token->word, slip->place);
    bool clause = token->kind >= TOK_WEIGHT && token->kind <= TOK_FROM;
    if ((token->kind != TOK_NAME && !clause) || own_word)
        return false;
    if (slip->at == slip->first + 1 &&
        !(begins_value(slip->t) || slip->t->kind == '{' || slip->t->kind == '(' || slip->t->kind == ':' ||
          slip->t->kind == '=' || slip->t->kind == '-' || slip->t->word))
        return false;
    struct diags *diags = slip->p->unit->diags;
    const struct foreign_word *foreign = filter_declares(slip->p, token->word) ? NULL : slip_foreign_word(token->word);
    struct diag *diag;
    if (foreign) {
        for (const struct diag *other = diags->first; other && foreign->code == DIAG_E0154; other = other->next)
            if (other->code == foreign->code && strcmp(token->word, "try") != 0)
                return true; /* the `catch` of a `try` that was reported */
        const char *help =
            slip_is_declarations(slip->place) && foreign->help_in_user ? foreign->help_in_user : foreign->help;
        diag = diag_add(diags, foreign->code, token->span, "%s `%s`", foreign->message, token->word);
        diag_help(diags, diag, "%s", help);
        return true;
    }
    const char *nearest = slip_nearest(token->word, slip->place);
    bool call = slip->at == slip->first && slip->next->kind == '(' && slip_is_declarations(slip->place);
    if (call) {
        diag = diag_add(diags, DIAG_E0161, token->span, "a call cannot stand %s", slip_place_text(slip->place));
        diag_help(diags, diag, "what a user does stands in its tasks: task NAME { %s(…) }", token->word);
        return true;
    }
    if (slip_is_declarations(slip->place) && slip->at == slip->first &&
        (slip->next->kind == '=' || slip->next->kind == '.' || slip->next->kind == TOK_ADD_ASSIGN ||
         slip->next->kind == TOK_SUB_ASSIGN)) {
        diag = diag_add(diags, DIAG_E0161, token->span, "an assignment cannot stand %s", slip_place_text(slip->place));
        diag_help(diags, diag,
                  slip->place == PLACE_TOP ? "declare with `const %s = …`, or `var %s = …` when it changes"
                                           : "declare with `var %s = …`; it changes in tasks",
                  token->word, token->word);
        return true;
    }
    if (nearest &&
        strcmp(nearest, token->word) == 0) { /* `timeout }` is no attribute, so the word was read as a name */
        diag = diag_add(diags, DIAG_E0163, token->span, "`%s` needs something behind it", token->word);
        diag_help(diags, diag, "write %s", slip_form(nearest, slip->place));
        return true;
    }
    diag = diag_add(diags, DIAG_E0135, token->span, "nothing begins with `%s` %s", token->word,
                    slip_place_text(slip->place));
    if (nearest)
        diag_help(diags, diag, "did you mean `%s`? It is written: %s", nearest,
                  slip_form(nearest, slip->place) ? slip_form(nearest, slip->place) : "p95 < 500ms");
    else
        diag_help(diags, diag, "%s", slip_choices(slip->place));
    return true;
}

/* get "/a" get "/b" */
static bool two_statements(const struct slip *slip)
{
    bool unknown = slip->at == slip->first + 1 && slip->begin->kind == TOK_NAME; /* `int n = 5` */
    if (!wants_end(slip) || slip->at == slip->first || !slip->t->word || slip->place == PLACE_OBJECT || unknown)
        return false;
    int next = slip->next->kind;
    bool begins = slip_fits_place(slip->t->word, slip->place) || slip_is_statement(slip->t->word) ||
                  slip_is_declaration(slip->t->word) ||
                  (slip->t->kind == TOK_NAME && (next == '=' || next == '(' || next == '.' || next == TOK_ADD_ASSIGN));
    if (!begins)
        return false;
    struct diag *diag =
        diag_add(slip->p->unit->diags, DIAG_E0130, slip->t->span, "a second statement begins on the same line");
    diag_label(slip->p->unit->diags, diag, slip->begin->span, "the first one begins here");
    diag_help(slip->p->unit->diags, diag, "begin a new line, or write `;` before `%s`", slip->t->word);
    return true;
}

/* n + 1 or n == 2 as a statement */
static bool unused_value(const struct slip *slip)
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

static bool operator_missing(const struct slip *slip)
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
    bool word = slip->t->kind == TOK_NAME && begins_value(slip->next);
    diag = diag_add(diags, DIAG_E0183, error_span(slip),
                    word ? "%s is not an operator" : "an operator is missing before %s", met(slip, slip->t));
    diag_help(diags, diag, "compare with == != < <= > >= in contains matches, join with `and`, `or`");
    return true;
}

static bool value_missing(const struct slip *slip)
{
    if (!wants_value(slip) || slip->at == slip->first ||
        !(ends_line(slip->t) || slip->t->kind == ')' || slip->t->kind == ']' || slip->t->kind == ',' ||
          slip->t->kind == TOK_ELSE || slip->t->kind == '{' ||
          (slip->t->first_on_line && slip->t->kind >= TOK_IF && slip->t->kind <= TOK_STOP)))
        return false;
    struct diags *diags = slip->p->unit->diags;
    const char *form = slip->last == slip->begin ? form_of_begin(slip) : NULL;
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

static bool stage_form(const struct slip *slip)
{
    int begin = slip->begin->kind;
    if (slip->place != PLACE_SHAPE && begin != TOK_USERS)
        return false;
    if (begin != TOK_JUMP && begin != TOK_RAMP && begin != TOK_HOLD && begin != TOK_ARRIVE && begin != TOK_AT &&
        begin != TOK_EVERY && begin != TOK_USERS)
        return false;
    const char *form = slip_form(slip->begin->word, begin == TOK_USERS ? PLACE_FORMULA : PLACE_SHAPE);
    if (fits(slip, "users") && !wants_value(slip)) {
        struct diag *diag =
            diag_add(slip->p->unit->diags, DIAG_E0157, ends_line(slip->t) ? behind(slip->last) : slip->t->span,
                     "`users` is missing behind the number");
        diag_help(slip->p->unit->diags, diag, "write %s", form);
        return true;
    }
    struct diag *diag = diag_add(slip->p->unit->diags, DIAG_E0176, error_span(slip),
                                 "%s does not belong into a stage with `%s`", met(slip, slip->t), slip->begin->word);
    diag_help(slip->p->unit->diags, diag, "write %s", form);
    return true;
}

static bool threshold_form(const struct slip *slip)
{
    if (slip->place != PLACE_THRESHOLDS || slip->at == slip->first)
        return false;
    return said(slip, DIAG_E0177, error_span(slip), "a threshold is a metric, a comparison and a value",
                "write `p95 < 500ms`, `fail_ratio < 1%`, `rps > 100 abort after 30s` or \"GET /row\" { … }");
}

static bool data_strategy(const struct slip *slip)
{
    if (slip->begin->kind != TOK_DATA)
        return false;
    if (slip->last->kind == ')' && ends_line(slip->t))
        return said(slip, DIAG_E0169, behind(slip->last), "how the rows are handed out is missing",
                    "write queue, circular, random or shuffle behind it: data people = csv(\"people.csv\") circular");
    return false;
}

/* ------------------------------------------------------------------ what is left */

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
        /* clang-format off */
        stray_sign, foreign_import, missing_condition, awaiting, value_on_the_next_line, request_as_value, wrong_loop, instead_of_block, begins_with_operator,
        message_of_expect, behind_else, wrong_let, name_and_value, request_as_call, setting, wrong_name, tag_with_a_dash, log_level, parameters, data_strategy,
        misplaced, entries_and_arguments, two_statements, unused_value, operator_missing, unknown_word, missing_block, stage_form, threshold_form, value_missing,
        /* clang-format on */
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
