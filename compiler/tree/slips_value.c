/* What the grammar takes and is wrong all the same: values that stand alone, calls of other languages. */
#include <string.h>

#include "slips.h"

/* `json` alone on its line, and the entries below it: the braces are missing. */
static void braces_of_entries(struct parser *p, struct diag *diag, const struct expr *word, size_t at)
{
    static const char *const words[] = {"json", "form", "query", "multipart"};
    bool entries = false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        entries |= strcmp(word->name.text, words[i]) == 0;
    while (at > 0 && p->tokens.at[at].span.from > word->span.from)
        at--;
    size_t line_end = p->tokens.at[at].origin + 1;
    if (entries && p->tokens.at[at].span.from == word->span.from && line_end < p->raw.n)
        slips_add_braces(p, diag, word->span, line_end, false);
}

/* A value that stands alone as a statement. */
void slips_value_alone(struct parser *p, const struct expr *value)
{
    struct diags *diags = p->unit->diags;
    size_t at = p->at ? p->at - 1 : 0;
    enum slip_place place = slip_place(p, at);
    if (slips_quiet(p, value->span))
        return;
    struct diag *diag;
    if (value->kind == EXPR_NAME && slip_fits_place(value->name.text, place)) {
        diag = diag_add(diags, DIAG_E0163, value->span, "`%s` needs something behind it", value->name.text);
        diag_help(diags, diag, "write %s", slip_form(value->name.text, place));
        braces_of_entries(p, diag, value, at);
        return;
    }
    const struct foreign_word *foreign = value->kind == EXPR_NAME ? slip_foreign_word(value->name.text) : NULL;
    const char *nearest = value->kind == EXPR_NAME ? slip_nearest(value->name.text, place) : NULL;
    if (foreign) {
        diag = diag_add(diags, foreign->code, value->span, "%s `%s`", foreign->message, value->name.text);
        diag_help(diags, diag, "%s", foreign->help);
    } else if (nearest) {
        diag = diag_add(diags, DIAG_E0135, value->span, "nothing begins with `%s` %s", value->name.text,
                        slip_place_text(place));
        diag_help(diags, diag, "did you mean `%s`? It is written: %s", nearest, slip_form(nearest, place));
    } else {
        diag = diag_add(diags, DIAG_E0136, value->span, "this value is not used for anything");
        diag_help(diags, diag, "assign it, `log` it, or call it with parentheses");
    }
}

void slips_value_missing(struct parser *p, struct name word)
{
    struct diag *diag = diag_add(p->unit->diags, DIAG_E0163, word.span, "`%s` needs something behind it", word.text);
    diag_help(p->unit->diags, diag, "write %s",
              slip_form(word.text, PLACE_REQUEST) ? slip_form(word.text, PLACE_REQUEST) : "session reset");
}

/* print("x"), console.log("x"), self.client.get("/x"), assert(status == 200): good grammar, another language. */
void slips_call(struct parser *p, const struct expr *call)
{
    static const char *const clients[] = {"http", "client", "self", "requests", "axios", "session", "browser", "page"};
    const struct expr *callee = call->left, *root = callee;
    while (root->kind == EXPR_FIELD || root->kind == EXPR_INDEX || root->kind == EXPR_CALL)
        root = root->left;
    if (root->kind != EXPR_NAME || filter_declares(p, root->name.text))
        return;
    struct diags *diags = p->unit->diags;
    struct diag *diag;
    const struct foreign_word *foreign = slip_foreign_word(root->name.text);
    if (foreign && (callee->kind == EXPR_NAME || foreign->code == DIAG_E0145)) {
        diag = diag_add(diags, foreign->code, callee->span, "%s `%.*s`", foreign->message,
                        (int)(callee->span.to - callee->span.from), p->source->text + callee->span.from);
        diag_help(diags, diag, "%s", foreign->help);
        return;
    }
    if (callee->kind != EXPR_FIELD || !slip_is_method(callee->name.text))
        return;
    for (size_t i = 0; i < sizeof clients / sizeof *clients; i++) {
        if (strcmp(root->name.text, clients[i]) != 0)
            continue;
        diag = diag_add(diags, DIAG_E0164, callee->span, "a request is a statement of its own, not a call");
        diag_help(diags, diag, "write %s \"/path\" { … }", callee->name.text);
        return;
    }
}
