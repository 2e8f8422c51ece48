#include "parse.h"
void slips_report(struct parser *p, size_t at, const char *const *fits, size_t count)
{
    const struct token *t = &p->tokens.at[at];
    struct text text = {0};
    for (size_t i = 0; i < count && i < 8; i++) text_printf(&text, "%s, ", fits[i]);
    diag_add(p->unit->diags, DIAG_E0100, t->span, "unexpected; fits: %s", text.p ? text.p : "");
    text_free(&text);
}
void slips_value_alone(struct parser *p, const struct expr *value) { diag_add(p->unit->diags, DIAG_E0136, value->span, "alone"); }
void slips_call(struct parser *p, const struct expr *call) { (void)p; (void)call; }
void slips_value_missing(struct parser *p, struct name word) { diag_add(p->unit->diags, DIAG_E0163, word.span, "missing"); }
