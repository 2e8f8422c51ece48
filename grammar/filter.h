/* Tokens between the lexer (swarm.l) and the grammar (swarm.y). The lexer turns a whole source into raw tokens;
 * filter_brackets makes every bracket have its partner; filter_lines settles which line ends count and which words are
 * keywords. The grammar then reads a finished array, so that recovery and messages can look both ways.
 * (Between them filter_foreign reads what other languages would write.)
 * Tokens live in malloc'd arrays owned by struct parser; what they point to lives in the arena. */
#ifndef SWARM_FILTER_H
#define SWARM_FILTER_H

#include "tree/ast.h"

enum { NO_TOKEN = 0xffffffffu };

struct token {
    int16_t kind; /* TOK_… of swarm.tab.h; 0 ends the array */
    bool space;   /* white space or a line end stands before it */
    bool first_on_line;
    bool raw, block; /* texts: r"…", """…""" */
    bool made;       /* not in the source: put in to repair what was reported */
    struct span span;
    uint32_t origin;  /* its index among the raw tokens */
    const char *word; /* words and names: interned */
    union {
        int64_t integer;      /* INT SIZE DURATION */
        double number;        /* FLOAT PERCENT RATE */
        struct slice literal; /* TEXT, TEXT_PIECE */
    };
    /* set by filter_lines: */
    uint32_t inner; /* the innermost bracket around it (a closer: its opener), NO_TOKEN outside all */
    uint32_t match; /* brackets: the partner */
    uint32_t first; /* the first token of its statement, entry or declaration */
};

struct tokens {
    struct token *at;
    size_t n, room;
};

struct parser;

/* What a word is: see the table in filter.c. */
enum word_class {
    WORD_NAME,     /* an ordinary name */
    WORD_RESERVED, /* one of the 29 */
    WORD_START,    /* a keyword where a statement, declaration or attribute starts */
    WORD_CLAUSE,   /* a keyword inside one (`within`, `over`); the grammar also takes it as a name */
    WORD_BOTH,
};
enum word_class filter_word(const char *text, size_t n, int *kind);
/* Words that start something or join clauses, for did-you-mean; NULL ends. */
const char *filter_word_at(size_t index, enum word_class *word_class, int *kind);

void tokens_add(struct tokens *tokens, struct token token);
void tokens_free(struct tokens *tokens);

void filter_lex(struct parser *parser);      /* in swarm.l: fills parser->raw */
void filter_foreign(struct parser *parser);  /* foreign.c: reports and replaces tokens of other languages in raw */
void filter_brackets(struct parser *parser); /* brackets.c: raw and the repairs -> balanced */
void filter_lines(struct parser *parser);    /* balanced -> tokens */

/* Columns of white space in front of the first thing on the line of `offset`. */
uint32_t filter_indent(const struct parser *parser, uint32_t offset);
/* Index of the raw line end in front of the first line behind raw token `at` that is indented by at most `indent`;
 * the end of the source when there is none. */
size_t filter_dedent(const struct parser *parser, size_t at, uint32_t indent);

/* The token is a word that a line with a block begins with: user, task, if … */
bool filter_begins_block(const struct token *token);
/* The token ends a value, so that what follows is an operator or something new. */
bool filter_ends_value(int kind);
bool filter_opens(int kind);
bool filter_closes(int kind);
/* The file declares something of that name (let, var, a parameter …): then a foreign word is not taken for a slip. */
bool filter_declares(const struct parser *parser, const char *word);

#endif
