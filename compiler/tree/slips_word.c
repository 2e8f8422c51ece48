/* Words and signs of other languages and tools, requests written as calls, words at the wrong place, two statements on a line. */
#include "slips_rule.h"

/* k6's `import http from "k6/http"`, Python's `from locust import task` */
bool slip_foreign_import(const struct slip *slip)
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

bool slip_stray_sign(const struct slip *slip)
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

/* let r = await get "/x" · await fetch("/x") */
bool slip_awaiting(const struct slip *slip)
{
    bool value =
        is_word(slip->last, "await") && slip->last->kind == TOK_NAME && slip->at > slip->first + 1 && slip->t->word;
    if (!value && !(slip->begin->kind == TOK_AWAIT && slip->t->kind == '('))
        return false;
    return said(slip, DIAG_E0143, value ? slip->last->span : slip->begin->span, "a call or request is not awaited",
                "every request waits for its answer by itself; `await` is for a gate: await everyone");
}

/* let r = get "/x" */
bool slip_request_as_value(const struct slip *slip)
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

/* header Accept "x" · header "Accept": "x" · get /path */
bool slip_name_and_value(const struct slip *slip)
{
    int last = slip->last->kind;
    if ((last == TOK_HEADER || last == TOK_COOKIE || last == TOK_FIELD || last == TOK_FILE_PART ||
         last == TOK_MEASURE || last == TOK_REQUEST) &&
        slip->t->word) {
        struct diag *diag = diag_add(slip->p->unit->diags, DIAG_E0158, slip->t->span,
                                     "the name behind `%s` is a text between quotes", slip->last->word);
        if (last == TOK_REQUEST)
            diag_help(slip->p->unit->diags, diag,
                      "write `request \"%s\" \"/path\"`; get, post, put, patch, delete, head and "
                      "options are words of their own: `get \"/path\"`",
                      slip->t->word);
        else
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
bool slip_request_as_call(const struct slip *slip)
{
    if (!is_method(slip->begin->kind) || slip->t->kind != ',')
        return false;
    struct diag *diag = say(slip, DIAG_E0164, slip->t->span, "a request has no list of arguments");
    diag_help(slip->p->unit->diags, diag,
              "body and headers stand in its block: %s \"/path\" { json { key: value }; header \"Name\" \"value\" }",
              slip->begin->word);
    return true;
}

/* A declaration's or statement's word at the wrong place. */
bool slip_misplaced(const struct slip *slip)
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
bool slip_unknown_word(const struct slip *slip)
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
bool slip_two_statements(const struct slip *slip)
{
    bool unknown = slip->at == slip->first + 1 && slip->begin->kind == TOK_NAME; /* `int n = 5` */
    if (slip->place == PLACE_THRESHOLDS || (slip->place == PLACE_SHAPE && slip->t->kind == TOK_AT))
        return false; /* `p95 < 1s for 10s`, `jump to 5 users for 5s at 1/s` */
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
