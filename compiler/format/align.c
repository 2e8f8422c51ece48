/* Columns. A piece that stood in the column of a piece of a neighbouring line, with two spaces or more before one of them,
 * was put there on purpose: both keep that column, or move to the right together. Comments behind lines keep theirs too,
 * and move together with the comment above in the same column. Everything else gets one space. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "fmt.h"

enum {
    FAR = 200,  /* no column is kept behind this one */
    AROUND = 5, /* so many lines above are neighbours, up to an empty one */
};

static size_t root(const struct fmt_piece *pieces, size_t i)
{
    while (pieces[i].link != i)
        i = pieces[i].link;
    return i;
}

static unsigned anchor(const struct fmt_piece *piece)
{
    return piece->column + (piece->number ? piece->width : 0);
}

static void link_pieces(struct fmt_layout *layout, size_t a, size_t b)
{
    struct fmt_piece *p = layout->pieces;

    if (p[a].number != p[b].number || anchor(&p[a]) != anchor(&p[b]) || anchor(&p[a]) > FAR)
        return;
    if (!p[a].gap || !p[b].gap || (p[a].gap < 2 && p[b].gap < 2))
        return;
    a = root(p, a);
    b = root(p, b);
    p[a > b ? a : b].link = a > b ? b : a;
}

/* Behind a text of several lines columns mean nothing. */
static size_t pieces_to_link(const struct fmt_layout *layout, const struct fmt_line *line)
{
    size_t n = 0;

    while (n < line->n && !layout->pieces[line->first + n].lines)
        n++;
    return n;
}

static void link_lines(struct fmt_layout *layout, const struct fmt_line *above, const struct fmt_line *below)
{
    size_t n = pieces_to_link(layout, above), m = pieces_to_link(layout, below);

    for (size_t i = 1, j = 1; i < n && j < m;) {
        const struct fmt_piece *a = &layout->pieces[above->first + i], *b = &layout->pieces[below->first + j];
        if (a->comment || b->comment)
            return;
        link_pieces(layout, above->first + i, below->first + j);
        if (a->column + a->width <= b->column + b->width)
            i++;
        else
            j++;
    }
}

static long comment_of(const struct fmt_layout *layout, const struct fmt_line *line)
{
    size_t last = line->first + line->n - 1;

    return line->n > 1 && layout->pieces[last].comment ? (long)last : -1;
}

static void find_columns(struct fmt_layout *layout)
{
    long comment = -1;

    for (size_t i = 0; i < layout->piece_count; i++)
        layout->pieces[i].link = i;
    for (size_t i = 0; i < layout->line_count; i++) {
        const struct fmt_line *line = &layout->lines[i];
        long own = line->n ? comment_of(layout, line) : -1;
        for (size_t above = i; line->n && above > 0 && i - above < AROUND && layout->lines[above - 1].n; above--)
            link_lines(layout, &layout->lines[above - 1], line);
        if (own >= 0 && comment >= 0)
            link_pieces(layout, (size_t)comment, (size_t)own);
        if (own >= 0)
            comment = own;
    }
}

/* Moves every piece to where it must stand at least; true when one moved. */
static bool place(struct fmt_layout *layout, unsigned *columns, const bool *linked)
{
    bool moved = false;

    for (size_t i = 0; i < layout->line_count; i++) {
        const struct fmt_line *line = &layout->lines[i];
        unsigned at = line->indent;
        for (size_t j = 0; j < line->n; j++) {
            size_t index = line->first + j, group = root(layout->pieces, index);
            struct fmt_piece *piece = &layout->pieces[index];
            unsigned width = piece->number ? piece->width : 0;
            at += j == 0 ? 0 : piece->comment ? 2 : piece->space ? 1 : 0;
            if (linked[group]) {
                if (columns[group] < at + width) {
                    columns[group] = at + width;
                    moved = true;
                }
                at = columns[group] - width;
            }
            piece->at = at;
            at = (piece->lines ? 0 : at) + piece->width;
        }
    }
    return moved;
}

static void set_columns(struct fmt_layout *layout)
{
    enum { ROUNDS = 50 };
    unsigned *columns = calloc(layout->piece_count + 1, sizeof *columns);
    bool *linked = calloc(layout->piece_count + 1, sizeof *linked);

    if (!columns || !linked)
        abort();
    find_columns(layout);
    for (size_t i = 0; i < layout->piece_count; i++) {
        size_t group = root(layout->pieces, i);
        if (group != i ||
            (layout->pieces[i].comment && layout->pieces[i].gap >= 2 && anchor(&layout->pieces[i]) <= FAR))
            linked[group] = true;
        columns[i] = anchor(&layout->pieces[i]);
    }
    for (int round = 0; round < ROUNDS && place(layout, columns, linked); round++)
        continue;
    free(columns);
    free(linked);
}

static void add_blanks(struct text *out, unsigned n)
{
    text_printf(out, "%*s", (int)n, "");
}

/* A text of several lines, whose later ones go `shift` to the right. */
static void add_lines(const struct fmt_piece *piece, struct text *out)
{
    const char *p = piece->text, *end = p + piece->n, *line;

    for (bool first = true; p < end; p = line, first = false) {
        const char *next = memchr(p, '\n', (size_t)(end - p));
        line = next ? next + 1 : end;
        bool blank = p + strspn(p, " \r") >= line - (next != NULL);
        if (!first && piece->shift > 0 && !blank)
            add_blanks(out, (unsigned)piece->shift);
        if (!first && piece->shift < 0 && !blank)
            p += -piece->shift;
        text_add(out, p, (size_t)(line - p));
    }
}

void fmt_write(struct fmt_layout *layout, struct text *out)
{
    set_columns(layout);
    for (size_t i = 0; i < layout->line_count; i++) {
        const struct fmt_line *line = &layout->lines[i];
        unsigned at = 0;
        for (size_t j = 0; j < line->n; j++) {
            const struct fmt_piece *piece = &layout->pieces[line->first + j];
            if (piece->at > at)
                add_blanks(out, piece->at - at);
            if (piece->lines)
                add_lines(piece, out);
            else
                text_add(out, piece->text, piece->n);
            at = (piece->lines ? 0 : piece->at) + piece->width;
        }
        text_puts(out, "\n");
    }
}
