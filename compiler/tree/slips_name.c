/* Declarations and what they name: names, types, parameters, tags, levels, settings; the forms of stages, thresholds and data. */
#include "slips_rule.h"

static bool metric_kind(const char *word)
{
    return word && (strcmp(word, "counter") == 0 || strcmp(word, "trend") == 0 || strcmp(word, "rate") == 0 ||
                    strcmp(word, "gauge") == 0);
}

/* task pay tag smoke-test */
bool slip_tag_with_a_dash(const struct slip *slip)
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
bool slip_log_level(const struct slip *slip)
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
bool slip_wrong_name(const struct slip *slip)
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
bool slip_wrong_let(const struct slip *slip)
{
    int begin = slip->begin->kind;
    if ((begin != TOK_LET && begin != TOK_SAVE && begin != TOK_CONST) || slip->at != slip->first + 2)
        return false;
    const char *word = begin == TOK_LET ? "let" : begin == TOK_SAVE ? "save" : "const";
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

bool slip_parameters(const struct slip *slip)
{
    int begin = slip->begin->kind;
    if (begin != TOK_FN && begin != TOK_ACTION && begin != TOK_OPTION)
        return false;
    struct diags *diags = slip->p->unit->diags;
    struct diag *diag;
    if (begin == TOK_OPTION) {
        if (slip->last->kind == TOK_ONE_OF)
            return said(slip, DIAG_E0173, error_span(slip), "the choices of an option stand in a list",
                        "write one of [\"eu\", \"us\"]");
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

/* weight = 3, timeout: 5s, host = "…" */
bool slip_setting(const struct slip *slip)
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

/* task a => b · task a -> b: 3 · task a -> b 50% · journey buy repeat 3 */
bool slip_edges(const struct slip *slip)
{
    int kind = slip->t->kind;
    if (slip->begin->kind == TOK_JOURNEY && slip->last->kind == TOK_REPEAT && is_number(kind))
        return said(slip, DIAG_E0100, slip->t->span, "a journey that repeats goes on until `interrupt`",
                    "count its rounds in a `var` of the user, or write `repeat 3 { … }` in a step");
    if (slip->begin->kind != TOK_TASK)
        return false;
    if (kind == TOK_ARROW && slip->last->kind == '}')
        return said(slip, DIAG_E0100, slip->t->span, "where a chain goes on stands before the block",
                    "write task home -> product 3, search { … }");
    if (kind == TOK_FAT_ARROW)
        return said(slip, DIAG_E0144, slip->t->span, "where a chain goes on stands behind `->`, not `=>`",
                    "write task home -> product 3, search { … }");
    bool edge = false;
    for (size_t at = slip->first; at < slip->at; at++)
        edge |= slip->p->tokens.at[at].kind == TOK_ARROW;
    if (!edge || slip->last->kind != TOK_NAME)
        return false;
    if (kind == TOK_PERCENT)
        return said(slip, DIAG_E0169, slip->t->span, "the weights behind `->` are whole numbers, shares of their sum",
                    "write task home -> product 3, search 1 { … }: three of four go on to `product`");
    if (kind == ':' && is_number(slip->next->kind))
        return said(slip, DIAG_E0184, slip->t->span, "the weight of a way stands behind its name without `:`",
                    "write task home -> product 3, search 1 { … }");
    return false;
}

bool slip_stage_form(const struct slip *slip)
{
    const struct token *stage = slip->begin;
    if (slip->t->kind == '}' && slip->at > 0) /* it ends the shape: the stage before it is meant */
        stage = &slip->p->tokens.at[slip->last->first];
    int begin = stage->kind;
    if (slip->place != PLACE_SHAPE && begin != TOK_USERS && stage == slip->begin)
        return false;
    if (begin != TOK_JUMP && begin != TOK_RAMP && begin != TOK_HOLD && begin != TOK_ARRIVE && begin != TOK_AT &&
        begin != TOK_EVERY && begin != TOK_USERS)
        return false;
    const char *form = slip_form(stage->word, begin == TOK_USERS ? PLACE_FORMULA : PLACE_SHAPE);
    if (fits(slip, "users") && !wants_value(slip)) {
        struct diag *diag =
            diag_add(slip->p->unit->diags, DIAG_E0157, ends_line(slip->t) ? behind(slip->last) : slip->t->span,
                     "`users` is missing behind the number");
        diag_help(slip->p->unit->diags, diag, "write %s", form);
        return true;
    }
    struct diag *diag;
    if (slip->t->kind == '}')
        diag = diag_add(slip->p->unit->diags, DIAG_E0176, behind(slip->last), "the stage with `%s` is not complete",
                        stage->word);
    else
        diag = diag_add(slip->p->unit->diags, DIAG_E0176, error_span(slip), "%s does not belong into a stage with `%s`",
                        met(slip, slip->t), stage->word);
    diag_help(slip->p->unit->diags, diag, "write %s", form);
    return true;
}

bool slip_threshold_form(const struct slip *slip)
{
    if (slip->place != PLACE_THRESHOLDS || slip->at == slip->first)
        return false;
    int kind = slip->t->kind;
    if (kind == ',')
        return said(slip, DIAG_E0177, slip->t->span, "thresholds are not separated by commas",
                    "write each on a line of its own, or `;` between them");
    if (kind == '(' && is_word(slip->last, "p"))
        return said(slip, DIAG_E0177, span_join(slip->last->span, slip->t->span), "a percentile is one word",
                    "write `p95 < 500ms`");
    if (kind == TOK_FOR || is_word(slip->t, "abort"))
        return said(slip, DIAG_E0177, slip->t->span, "behind a threshold stands at most from when on it ends the run",
                    "write `p95 < 500ms abort after 30s`");
    return said(slip, DIAG_E0177, error_span(slip), "a threshold is a metric, a comparison and a value",
                "write `p95 < 500ms`, `fail_ratio < 1%`, `rps > 100 abort after 30s` or \"GET /row\" { … }");
}

bool slip_data_strategy(const struct slip *slip)
{
    if (slip->begin->kind != TOK_DATA)
        return false;
    if (slip->last->kind == ')' && ends_line(slip->t))
        return said(slip, DIAG_E0169, behind(slip->last), "how the rows are handed out is missing",
                    "write queue, circular, random or shuffle behind it: data people = csv(\"people.csv\") circular");
    return false;
}
