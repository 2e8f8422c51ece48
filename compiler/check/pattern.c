/* Literal patterns of `matches` and regex(): PCRE2 says what is wrong with them, at compile time. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "checker.h"

void check_pattern(struct checker *c, const struct expr *pattern)
{
    int code;
    PCRE2_SIZE at;
    PCRE2_UCHAR message[160];
    pcre2_code *compiled;

    if (pattern->constness != CONST_KNOWN || pattern->type.kind != TYPE_STRING)
        return;
    compiled = pcre2_compile((PCRE2_SPTR)pattern->known.text.p, pattern->known.text.n, PCRE2_UTF, &code, &at, NULL);
    if (compiled) {
        pcre2_code_free(compiled);
        return;
    }
    if (pcre2_get_error_message(code, message, sizeof message) < 0)
        message[0] = '\0';
    diag_add(c->diags, DIAG_E0317, place_in_text(c, pattern, at), "this is not a regular expression: %s",
             (const char *)message);
}
