/* Inside the messages about syntax: where a token stands (slips_place.c), and the rules that know what was meant (slips.c and the files it names). */
#ifndef SWARMC_SLIPS_H
#define SWARMC_SLIPS_H

#include "parse.h"

enum slip_place {
    /* clang-format off */
    PLACE_TOP, PLACE_USER, PLACE_GROUP, PLACE_JOURNEY, PLACE_EXTERN, PLACE_BODY, PLACE_REQUEST, PLACE_RESPONSE, PLACE_HTTP, PLACE_SHAPE,
    PLACE_FORMULA, PLACE_THRESHOLDS, PLACE_PARTS, PLACE_OBJECT, PLACE_COUNT
    /* clang-format on */
};

/* What the statement, declaration or entry at this place is part of. */
enum slip_place slip_place(const struct parser *p, size_t at);
/* The innermost `{` around a token, NO_TOKEN at top level. */
uint32_t slip_block(const struct tokens *tokens, size_t at);
const char *slip_place_text(enum slip_place place); /* "in a user" */
bool slip_is_declarations(enum slip_place place);   /* top level, users, groups */

/* The word may begin something at this place; the place it belongs to otherwise. */
bool slip_fits_place(const char *word, enum slip_place place);
bool slip_is_statement(const char *word);
bool slip_is_declaration(const char *word);
bool slip_is_attribute(const char *word);
bool slip_is_http_only(const char *word);
bool slip_is_method(const char *word); /* get post … request */
const char *slip_nearest(const char *word, enum slip_place place);
/* Puts braces around the lines behind raw token `raw` that are indented more than the statement at `begin`; `raw` is the colon to
 * replace, or the line end. Nothing when there are none. */
void slips_add_braces(struct parser *p, struct diag *diag, struct span begin, size_t raw, bool colon);
/* How what begins with this word is written, NULL when the word begins nothing. */
const char *slip_form(const char *word, enum slip_place place);
/* All that may stand at a place, in a sentence. */
const char *slip_choices(enum slip_place place);

/* A word of another language or tool that begins a line. */
struct foreign_word {
    const char *word;
    enum diag_code code;
    const char *message;             /* goes before the word in backquotes */
    const char *help, *help_in_user; /* the second where declarations stand, when it differs */
};
const struct foreign_word *slip_foreign_word(const char *word);

#endif
