/* swarmc fmt: one style. Tokens keep their order and their lines; indentation, spaces, blank lines and the places of
 * braces become the same everywhere:
 *   2 spaces a level; `{` at the end of its line, `} else {` on one; a block that holds a line end begins and ends with one;
 *   one space between words, none inside of ( ) and [ ]; at most one empty line; no white space at the end of a line;
 *   columns that the author lined up with a neighbouring line (and comments behind lines) stay where they are.
 * fmt.c cuts a source into units, settles lines and indentation; align.c writes lines, columns kept. */
#ifndef SWARMC_FMT_H
#define SWARMC_FMT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct source;
struct text;
struct unit;

/* One word, sign, text or comment in a line. Its bytes are the source's. */
struct fmt_piece {
    const char *text;
    size_t n;
    unsigned column; /* in the source, in characters */
    unsigned gap;    /* characters of white space before it in the source; 0: none, or it began a line there */
    bool space;      /* one stands before it at least */
    bool number;     /* lined up by its end */
    bool comment;    /* two spaces before it at least */
    unsigned width;  /* in characters; of the last line of a text of several */
    bool lines;      /* a text of several lines */
    int shift;       /* of its later lines, to the right; they are shifted with the line it begins on */
    size_t link;     /* align.c */
    unsigned at;     /* align.c: the column it gets */
};

struct fmt_line {
    size_t first, n; /* pieces; none: an empty line */
    unsigned indent;
};

struct fmt_layout {
    struct fmt_piece *pieces;
    size_t piece_count, piece_room;
    struct fmt_line *lines;
    size_t line_count, line_room;
};

/* The source, which parses without an error, in the one style. False: it does not come out as the same tree, which is a
 * bug of swarmc. */
bool fmt_source(const struct source *source, struct text *out);

/* Writes the lines. */
void fmt_write(struct fmt_layout *layout, struct text *out);

#endif
