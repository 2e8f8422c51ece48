#include "fmt.h"

#include <stdlib.h>
#include <string.h>

#include "swarm.tab.h"
#include "tree/parse.h"

enum { INDENT = 2, NONE = -1 };

/* A token of the filter; a text with all its interpolations is one. */
struct unit_of_text {
    int kind, last_kind; /* of its first and last token */
    uint32_t from, to;
    long match, inner; /* indexes of units; NONE */
    bool starts;       /* a statement, declaration, attribute or entry begins with it */
    bool call;         /* `(` or `[` right behind what it belongs to */
    bool broken;       /* `{`: there is a line end in it, so it has one behind it and one before its partner */
    unsigned ternary;  /* `?` in it whose `:` is to come */
    bool ternary_colon, prefix;
};

struct open {
    size_t line; /* of the layout, where the bracket stands */
    unsigned indent;
};

struct fmt {
    const struct source *source;
    struct unit_of_text *units;
    size_t count;
    struct fmt_layout *layout;
    struct open *open;
    size_t depth;
    bool fresh;      /* a new line is to begin */
    bool empty;      /* with an empty one before it */
    unsigned indent; /* of the line being made */
    bool shifts;     /* texts of several lines go with their line */
};

static void *grow(void *p, size_t *room, size_t size)
{
    *room = *room ? *room * 2 : 256;
    p = realloc(p, *room * size);
    if (!p) {
        fputs("swarmc: out of memory\n", stderr);
        exit(3);
    }
    return p;
}

/* ------------------------------------------------------------------ units */

static bool is_opener(int kind)
{
    return kind == '(' || kind == '[' || kind == '{';
}

static bool is_closer(int kind)
{
    return kind == ')' || kind == ']' || kind == '}';
}

/* `one of` is one token of the filter, whose place is that of `one`. */
static uint32_t behind_one_of(const struct source *source, uint32_t at)
{
    while (at < source->n && (source->text[at] == ' ' || source->text[at] == '\t'))
        at++;
    return at + 2 <= source->n ? at + 2 : at;
}

static size_t text_end(const struct tokens *tokens, size_t at)
{
    unsigned depth = 0;

    for (; tokens->at[at].kind != 0; at++) {
        if (tokens->at[at].kind == TOK_TEXT_OPEN)
            depth++;
        else if (tokens->at[at].kind == TOK_TEXT_CLOSE && --depth == 0)
            return at;
    }
    return at - 1;
}

static bool binary_place(int before, bool starts)
{
    return !starts && filter_ends_value(before);
}

/* What can be said about a unit from those before it. */
static void classify(struct fmt *fmt, size_t at, struct unit_of_text *open)
{
    struct unit_of_text *unit = &fmt->units[at];
    int before = at ? fmt->units[at - 1].last_kind : 0;

    unit->call = (unit->kind == '(' || unit->kind == '[') && at && fmt->units[at - 1].to == unit->from;
    unit->prefix = unit->kind == '-' && !binary_place(before, unit->starts);
    if (unit->kind == '?' && open)
        open->ternary++;
    if (unit->kind == ':' && open && open->ternary) {
        open->ternary--;
        unit->ternary_colon = true;
    }
}

static void cut(struct fmt *fmt, const struct tokens *tokens)
{
    struct unit_of_text outside = {0};
    size_t room = 0;
    bool starts = true;
    long open[MAX_NESTING + 2], *top = open;

    *top = NONE;
    for (size_t i = 0; tokens->at[i].kind != 0; i++) {
        const struct token *token = &tokens->at[i];
        struct unit_of_text unit = {.kind = token->kind, .last_kind = token->kind, .match = NONE, .starts = starts};
        if (token->kind == TOK_NEWLINE) {
            starts = true;
            continue;
        }
        if (fmt->count == room)
            fmt->units = grow(fmt->units, &room, sizeof *fmt->units);
        unit.from = token->span.from;
        if (token->kind == TOK_TEXT_OPEN) {
            i = text_end(tokens, i);
            unit.last_kind = TOK_TEXT_CLOSE;
        }
        unit.to = token->kind == TOK_ONE_OF ? behind_one_of(fmt->source, token->span.to) : tokens->at[i].span.to;
        if (is_closer(unit.kind) && top > open) {
            unit.match = *top--;
            fmt->units[unit.match].match = (long)fmt->count;
        }
        unit.inner = *top;
        fmt->units[fmt->count] = unit;
        classify(fmt, fmt->count, *top == NONE ? &outside : &fmt->units[*top]);
        starts = unit.kind == ';' || unit.kind == '{' ||
                 ((unit.kind == ',') && *top != NONE && fmt->units[*top].kind == '{');
        if (is_opener(unit.kind) && top < open + MAX_NESTING)
            *++top = (long)fmt->count;
        fmt->count++;
    }
}

/* ------------------------------------------------------------------ what stands between two units */

struct gap {
    uint32_t from, to;
    bool line_end;         /* there is one */
    uint32_t comment, end; /* behind the unit before, on its line; comment == end: none */
    uint32_t rest;         /* where the lines below begin */
};

static uint32_t line_end(const struct source *source, uint32_t at)
{
    const char *end = memchr(source->text + at, '\n', source->n - at);

    return end ? (uint32_t)(end - source->text) : (uint32_t)source->n;
}

static uint32_t trimmed(const struct source *source, uint32_t from, uint32_t to)
{
    while (to > from && strchr(" \t\r\f\v", source->text[to - 1]))
        to--;
    return to;
}

static struct gap gap_before(const struct fmt *fmt, size_t at)
{
    const struct source *source = fmt->source;
    struct gap gap = {.from = at ? fmt->units[at - 1].to : 0,
                      .to = at < fmt->count ? fmt->units[at].from : (uint32_t)source->n};
    const char *p = source->text;
    uint32_t i = gap.from;

    gap.rest = gap.comment = gap.end = gap.from;
    if (at == 0) {
        gap.line_end = true;
        return gap;
    }
    for (; i < gap.to && p[i] != '\n'; i++) {
        if (p[i] != '#')
            continue;
        gap.comment = i;
        i = line_end(source, i);
        gap.end = trimmed(source, gap.comment, i);
        break;
    }
    gap.line_end = i < gap.to;
    gap.rest = i;
    return gap;
}

static bool holds_comment(const struct fmt *fmt, uint32_t from, uint32_t to)
{
    return memchr(fmt->source->text + from, '#', to - from) != NULL;
}

/* `{` and `else` that belong behind what stands before them, whatever line they are on. */
static bool goes_up(const struct fmt *fmt, size_t at)
{
    const struct unit_of_text *unit = &fmt->units[at];
    int before = unit[-1].kind;

    if (unit->kind == TOK_ELSE)
        return before == '}';
    return unit->kind == '{' && !unit->starts && before != '[' && before != '(' && before != ',' && before != '{';
}

/* Blocks that hold a line end. */
static void find_broken(struct fmt *fmt)
{
    for (size_t i = 1; i < fmt->count; i++) {
        const struct unit_of_text *unit = &fmt->units[i];
        struct gap gap = gap_before(fmt, i);
        if (!gap.line_end || (goes_up(fmt, i) && !holds_comment(fmt, gap.rest, gap.to)))
            continue;
        for (long around = is_closer(unit->kind) ? unit->match : unit->inner; around != NONE;
             around = fmt->units[around].inner)
            if (fmt->units[around].kind == '{')
                fmt->units[around].broken = true;
    }
}

/* ------------------------------------------------------------------ lines */

static unsigned width_of(const char *p, size_t n)
{
    unsigned width = 0;

    for (size_t i = 0; i < n; i++)
        width += ((unsigned char)p[i] & 0xc0) != 0x80;
    return width;
}

static unsigned column_of(const struct source *source, uint32_t offset)
{
    uint32_t begin = offset;
    unsigned column = 0;

    while (begin > 0 && source->text[begin - 1] != '\n')
        begin--;
    for (uint32_t i = begin; i < offset; i++)
        if (source->text[i] == '\t')
            column += 8 - column % 8;
        else
            column += ((unsigned char)source->text[i] & 0xc0) != 0x80;
    return column;
}

static unsigned blanks_before(const struct source *source, uint32_t offset)
{
    unsigned n = 0;

    while (n < offset && (source->text[offset - n - 1] == ' ' || source->text[offset - n - 1] == '\t'))
        n++;
    return n < offset && source->text[offset - n - 1] != '\n' ? n : 0;
}

static void begin_line(struct fmt *fmt)
{
    struct fmt_layout *layout = fmt->layout;

    if (fmt->empty && layout->line_count) {
        if (layout->line_count == layout->line_room)
            layout->lines = grow(layout->lines, &layout->line_room, sizeof *layout->lines);
        layout->lines[layout->line_count++] = (struct fmt_line){.first = layout->piece_count};
    }
    if (layout->line_count == layout->line_room)
        layout->lines = grow(layout->lines, &layout->line_room, sizeof *layout->lines);
    layout->lines[layout->line_count++] = (struct fmt_line){.first = layout->piece_count, .indent = fmt->indent};
    fmt->fresh = fmt->empty = false;
}

static struct fmt_piece *add_piece(struct fmt *fmt, uint32_t from, uint32_t to, bool space)
{
    struct fmt_layout *layout = fmt->layout;
    const char *text = fmt->source->text + from, *last;
    bool first = fmt->fresh;
    struct fmt_piece *piece;

    if (first)
        begin_line(fmt);
    if (layout->piece_count == layout->piece_room)
        layout->pieces = grow(layout->pieces, &layout->piece_room, sizeof *layout->pieces);
    piece = &layout->pieces[layout->piece_count++];
    *piece = (struct fmt_piece){
        .text = text, .n = to - from, .space = space && !first, .column = column_of(fmt->source, from)};
    piece->gap = first ? 0 : blanks_before(fmt->source, from);
    last = memrchr(text, '\n', piece->n);
    piece->lines = last != NULL;
    piece->width = last ? width_of(last + 1, (size_t)(text + piece->n - last - 1)) : width_of(text, piece->n);
    layout->lines[layout->line_count - 1].n++;
    return piece;
}

/* How far the later lines of a text of several go with the line it stands on; 0 where one of them cannot. */
static int shift_of(const struct fmt *fmt, uint32_t from, uint32_t to)
{
    const struct source *source = fmt->source;
    uint32_t begin = from, end;
    unsigned before = 0;
    int shift;

    while (begin > 0 && source->text[begin - 1] != '\n')
        begin--;
    while (source->text[begin + before] == ' ')
        before++;
    if (!fmt->shifts || source->text[begin + before] == '\t')
        return 0;
    shift = (int)fmt->layout->lines[fmt->layout->line_count - 1].indent - (int)before;
    for (uint32_t at = line_end(source, from); at < to; at = end) {
        int blanks = 0;
        end = line_end(source, at + 1);
        while (source->text[at + 1 + (uint32_t)blanks] == ' ')
            blanks++;
        if (at + 1 + (uint32_t)blanks < end && (source->text[at + 1 + (uint32_t)blanks] == '\t' || blanks + shift < 0))
            return 0;
    }
    return shift;
}

/* Lines of comments below; the last empty line is remembered for what follows. */
static void add_comments(struct fmt *fmt, uint32_t from, uint32_t to, unsigned indent, bool may_be_empty)
{
    const char *p = fmt->source->text;
    unsigned line_ends = 0;
    bool any = false;

    for (uint32_t i = from; i < to; i++) {
        if (p[i] == '\n') {
            line_ends++;
        } else if (p[i] == '#') {
            uint32_t end = line_end(fmt->source, i);
            fmt->fresh = true;
            fmt->empty = line_ends > 1 && (may_be_empty || any);
            fmt->indent = indent;
            add_piece(fmt, i, trimmed(fmt->source, i, end), false);
            any = true;
            line_ends = 0;
            i = end - 1;
        }
    }
    fmt->fresh = fmt->fresh || any || line_ends > 0;
    fmt->empty = line_ends > 1 && (may_be_empty || any);
}

/* ------------------------------------------------------------------ spaces */

static bool tight_behind(const struct unit_of_text *a)
{
    return a->kind == '(' || a->kind == '[' || a->kind == '.' || a->kind == TOK_RANGE || a->kind == TOK_ELLIPSIS ||
           a->prefix || a->kind == TOK_DECORATOR;
}

static bool tight_before(const struct unit_of_text *b)
{
    return b->kind == ')' || b->kind == ']' || b->kind == ',' || b->kind == ';' || b->kind == '.' ||
           b->kind == TOK_RANGE || (b->kind == ':' && !b->ternary_colon) || b->call;
}

static bool space_between(const struct unit_of_text *a, const struct unit_of_text *b)
{
    return !tight_behind(a) && !tight_before(b);
}

static bool is_number(int kind)
{
    return kind == TOK_INT || kind == TOK_FLOAT || kind == TOK_DURATION || kind == TOK_SIZE || kind == TOK_PERCENT ||
           kind == TOK_RATE;
}

/* ------------------------------------------------------------------ units to lines */

static unsigned inside(const struct fmt *fmt)
{
    return fmt->depth ? fmt->open[fmt->depth - 1].indent + INDENT : 0;
}

/* A line that goes on with a statement is indented once more. */
static unsigned indent_of(const struct fmt *fmt, size_t at)
{
    const struct unit_of_text *unit = &fmt->units[at];
    int around = unit->inner == NONE ? '{' : fmt->units[unit->inner].kind;

    if (is_closer(unit->kind))
        return fmt->depth ? fmt->open[fmt->depth - 1].indent : 0;
    return inside(fmt) + (around == '{' && !unit->starts ? INDENT : 0);
}

/* Does a line end stand before this unit? */
static bool breaks(const struct fmt *fmt, size_t at, const struct gap *gap)
{
    const struct unit_of_text *unit = &fmt->units[at], *before = at ? unit - 1 : NULL;

    if (!before)
        return true;
    if (before->kind == '{' && before->broken)
        return true;
    if (unit->kind == '}' && unit->match != NONE && fmt->units[unit->match].broken)
        return true;
    if (holds_comment(fmt, gap->rest, gap->to))
        return true;
    return gap->line_end && !goes_up(fmt, at);
}

static void add_unit(struct fmt *fmt, size_t at)
{
    struct unit_of_text *unit = &fmt->units[at];
    struct gap gap = gap_before(fmt, at);
    bool breaking = breaks(fmt, at, &gap), has_comment = gap.comment != gap.end;
    bool closer = is_closer(unit->kind), opened = at && is_opener(fmt->units[at - 1].kind);
    struct fmt_piece *piece;

    if (has_comment && breaking)
        add_piece(fmt, gap.comment, gap.end, true)->comment = true;
    if (breaking)
        add_comments(fmt, gap.rest, gap.to, closer ? inside(fmt) : indent_of(fmt, at), at && !opened);
    if (breaking) {
        fmt->fresh = true;
        fmt->empty = fmt->empty && !closer && (!opened || holds_comment(fmt, gap.rest, gap.to));
        fmt->indent = indent_of(fmt, at);
    }
    if (unit->kind == ';' && breaking) /* a line cannot begin with one */
        fmt->fresh = false;
    piece = add_piece(fmt, unit->from, unit->to, at && space_between(unit - 1, unit));
    piece->number = is_number(unit->kind);
    if (piece->lines)
        piece->shift = shift_of(fmt, unit->from, unit->to);
    if (closer && fmt->depth)
        fmt->depth--;
    if (is_opener(unit->kind)) {
        size_t line = fmt->layout->line_count - 1;
        fmt->open[fmt->depth++] = (struct open){line, fmt->layout->lines[line].indent};
    }
    if (has_comment && !breaking) { /* it stood before a brace that went up */
        add_piece(fmt, gap.comment, gap.end, true)->comment = true;
        fmt->fresh = true;
        fmt->indent = inside(fmt);
    }
}

/* A `;` beside a line end, which parts two statements as well. */
static bool is_needless(const struct fmt *fmt, size_t at)
{
    return fmt->units[at].kind == ';' && at > 0 && at + 1 < fmt->count &&
           (gap_before(fmt, at).line_end || gap_before(fmt, at + 1).line_end);
}

static void lay_out(struct fmt *fmt)
{
    struct gap end;

    find_broken(fmt);
    fmt->fresh = true;
    for (size_t i = 0; i < fmt->count; i++) {
        struct unit_of_text *unit = &fmt->units[i];
        if (is_needless(fmt, i)) /* its place is that of what stands before it, so that no comment around it is lost */
            *unit = (struct unit_of_text){.kind = ';',
                                          .last_kind = ';',
                                          .from = unit[-1].to,
                                          .to = unit[-1].to,
                                          .match = NONE,
                                          .inner = unit->inner};
        else
            add_unit(fmt, i);
    }
    end = gap_before(fmt, fmt->count);
    if (end.comment != end.end)
        add_piece(fmt, end.comment, end.end, true)->comment = true;
    add_comments(fmt, end.rest, end.to, 0, fmt->count > 0);
}

/* ------------------------------------------------------------------ a source */

static void format(const struct source *source, struct parser *p, bool shifts, struct text *out)
{
    struct fmt_layout layout = {0};
    struct open open[MAX_NESTING + 2];
    struct fmt fmt = {.source = source, .layout = &layout, .open = open, .shifts = shifts};

    cut(&fmt, &p->tokens);
    lay_out(&fmt);
    fmt_write(&layout, out);
    free(fmt.units);
    free(layout.pieces);
    free(layout.lines);
}

/* The tree of a text, without places; false: it has mistakes. */
static bool tree_of(const char *text, size_t n, struct text *tree)
{
    struct unit unit = {.arena = arena_new()};
    struct diags diags;
    bool good;

    unit.diags = &diags;
    diags_init(&diags, unit.arena, &unit.sources);
    ast_parse(&unit, source_add(&unit.sources, unit.arena, "text", text, n));
    good = diags.errors == 0;
    if (good)
        ast_dump_shape(&unit, tree);
    arena_free(unit.arena);
    return good;
}

static bool same_tree(const struct source *source, const struct text *out)
{
    struct text before = {0}, after = {0};
    bool same = tree_of(source->text, source->n, &before) && tree_of(out->p ? out->p : "", out->n, &after) &&
                before.n == after.n && memcmp(before.p ? before.p : "", after.p ? after.p : "", after.n) == 0;

    text_free(&before);
    text_free(&after);
    return same;
}

bool fmt_source(const struct source *source, struct text *out)
{
    struct unit unit = {.arena = arena_new()};
    struct diags diags;
    struct parser parser = {.unit = &unit, .arena = unit.arena};
    bool same = false;

    unit.diags = &diags;
    diags_init(&diags, unit.arena, &unit.sources);
    parser.source = source_add(&unit.sources, unit.arena, source->path, source->text, source->n);
    filter_lex(&parser);
    filter_foreign(&parser);
    filter_brackets(&parser);
    filter_lines(&parser);
    for (int shifts = 1; shifts >= 0 && !same; shifts--) {
        out->n = 0;
        format(source, &parser, shifts, out);
        same = same_tree(source, out);
    }
    tokens_free(&parser.raw);
    tokens_free(&parser.balanced);
    tokens_free(&parser.tokens);
    arena_free(unit.arena);
    return same;
}
