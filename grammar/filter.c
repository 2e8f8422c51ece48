#include "filter.h"

#include <stdlib.h>
#include <string.h>

#include "swarm.tab.h"
#include "tree/parse.h"

/* ------------------------------------------------------------------ words */

/* clang-format off */
#define RESERVED(text, kind) {text, TOK_##kind, WORD_RESERVED}
#define START(text, kind) {text, TOK_##kind, WORD_START}
#define CLAUSE(text, kind) {text, TOK_##kind, WORD_CLAUSE}
#define BOTH(text, kind) {text, TOK_##kind, WORD_BOTH}
/* clang-format on */

static const struct {
    const char *text;
    int kind;
    enum word_class word_class;
} words[] = {
    /* clang-format off */
    RESERVED("if", IF), RESERVED("else", ELSE), RESERVED("for", FOR), RESERVED("while", WHILE), RESERVED("repeat", REPEAT),
    RESERVED("loop", LOOP), RESERVED("break", BREAK), RESERVED("continue", CONTINUE), RESERVED("return", RETURN),
    RESERVED("let", LET), RESERVED("save", SAVE), RESERVED("expect", EXPECT), RESERVED("require", REQUIRE),
    RESERVED("fail", FAIL), RESERVED("succeed", SUCCEED), RESERVED("interrupt", INTERRUPT), RESERVED("reschedule", RESCHEDULE),
    RESERVED("stop", STOP), RESERVED("and", AND), RESERVED("or", OR), RESERVED("not", NOT), RESERVED("in", IN),
    RESERVED("contains", CONTAINS), RESERVED("matches", MATCHES), RESERVED("true", TRUE), RESERVED("false", FALSE),
    RESERVED("null", NULL_WORD), RESERVED("as", AS), RESERVED("pop", POP),
    /* clang-format on */

    /* clang-format off */
    START("import", IMPORT), START("target", TARGET), START("option", OPTION), START("const", CONST), START("data", DATA),
    START("var", VAR), START("gate", GATE), START("queue", QUEUE), START("metric", METRIC), START("fn", FN),
    START("action", ACTION), START("abstract", ABSTRACT), START("user", USER), START("tasks", TASKS),
    START("journey", JOURNEY), START("chain", CHAIN), START("use", USE), START("shape", SHAPE),
    START("thresholds", THRESHOLDS), START("on", ON), START("http", HTTP), START("extern", EXTERN), START("task", TASK),
    START("step", STEP), START("count", COUNT), START("visits", VISITS), START("wait", WAIT),
    START("session", SESSION), START("get", GET), START("post", POST), START("put", PUT), START("patch", PATCH),
    START("delete", DELETE), START("head", HEAD), START("options", OPTIONS), START("request", REQUEST),
    START("sleep", SLEEP), START("log", LOG), START("await", AWAIT), START("open", OPEN), START("parallel", PARALLEL),
    START("measure", MEASURE), START("push", PUSH), START("json", JSON), START("form", FORM), START("body", BODY),
    START("query", QUERY), START("multipart", MULTIPART), START("header", HEADER), START("cookie", COOKIE),
    START("timeout", TIMEOUT), START("connect_timeout", CONNECT_TIMEOUT), START("follow", FOLLOW), START("auth", AUTH),
    START("compressed", COMPRESSED), START("retry", RETRY), START("verify", VERIFY), START("keep_alive", KEEP_ALIVE),
    START("tls_resume", TLS_RESUME), START("ca", CA), START("cert", CERT), START("proxy", PROXY),
    START("connections", CONNECTIONS), START("max_body", MAX_BODY), START("version", VERSION), START("field", FIELD),
    START("file", FILE_PART), START("jump", JUMP), START("ramp", RAMP), START("hold", HOLD), START("arrive", ARRIVE),
    /* clang-format on */

    BOTH("weight", WEIGHT), BOTH("users", USERS), BOTH("at", AT), BOTH("every", EVERY),

    /* clang-format off */
    CLAUSE("tag", TAG), CLAUSE("extends", EXTENDS), CLAUSE("within", WITHIN), CLAUSE("max", MAX), CLAUSE("backoff", BACKOFF),
    CLAUSE("key", KEY), CLAUSE("over", OVER), CLAUSE("only", ONLY), CLAUSE("until", UNTIL), CLAUSE("reached", REACHED),
    CLAUSE("most", MOST), CLAUSE("to", TO), CLAUSE("after", AFTER), CLAUSE("abort", ABORT), CLAUSE("link", LINK),
    CLAUSE("type", TYPE), CLAUSE("from", FROM),
    /* clang-format on */
};

enum { WORD_COUNT = sizeof words / sizeof *words };

enum word_class filter_word(const char *text, size_t n, int *kind)
{
    for (size_t i = 0; i < WORD_COUNT; i++) {
        if (words[i].text[0] == text[0] && strlen(words[i].text) == n && memcmp(words[i].text, text, n) == 0) {
            *kind = words[i].kind;
            return words[i].word_class;
        }
    }
    return WORD_NAME;
}

const char *filter_word_at(size_t index, enum word_class *word_class, int *kind)
{
    if (index >= WORD_COUNT)
        return NULL;
    *word_class = words[index].word_class;
    *kind = words[index].kind;
    return words[index].text;
}

/* ------------------------------------------------------------------ arrays of tokens */

void tokens_add(struct tokens *tokens, struct token token)
{
    if (tokens->n == tokens->room) {
        size_t room = tokens->room ? tokens->room * 2 : 1024;
        struct token *at = realloc(tokens->at, room * sizeof *at);
        if (!at) {
            fputs("swarmc: out of memory\n", stderr);
            exit(3);
        }
        tokens->at = at;
        tokens->room = room;
    }
    tokens->at[tokens->n++] = token;
}

void tokens_free(struct tokens *tokens)
{
    free(tokens->at);
    *tokens = (struct tokens){0};
}

bool filter_opens(int kind)
{
    return kind == '(' || kind == '[' || kind == '{' || kind == TOK_INTERPOLATION;
}

bool filter_closes(int kind)
{
    return kind == ')' || kind == ']' || kind == '}' || kind == TOK_INTERPOLATION_END;
}

bool filter_ends_value(int kind)
{
    switch (kind) {
    /* clang-format off */
    case TOK_NAME: case TOK_INT: case TOK_FLOAT: case TOK_DURATION: case TOK_SIZE: case TOK_PERCENT: case TOK_RATE:
    case TOK_TEXT: case TOK_TEXT_CLOSE: case TOK_TRUE: case TOK_FALSE: case TOK_NULL_WORD: case ')': case ']': case '}':
        /* clang-format on */
        return true;
    default: /* clause words are names where a value ends with them */
        return kind >= TOK_WEIGHT && kind <= TOK_FROM;
    }
}

/* ------------------------------------------------------------------ line ends and soft words */

/* A line goes on behind these. */
static bool goes_on_after(int kind)
{
    switch (kind) {
    /* clang-format off */
    case ',': case ':': case '?': case '=': case TOK_ADD_ASSIGN: case TOK_SUB_ASSIGN: case TOK_ARROW: case '.':
    case '(': case '[': case '{': case '+': case '-': case '*': case '/': case '%': case TOK_RANGE: case TOK_COALESCE:
    case TOK_EQ: case TOK_NE: case '<': case TOK_LE: case '>': case TOK_GE: case TOK_AND: case TOK_OR: case TOK_IN:
    case TOK_CONTAINS: case TOK_MATCHES: case TOK_NOT_IN: case TOK_NOT_CONTAINS: case TOK_NOT_MATCHES:
        /* clang-format on */
        return true;
    default:
        return false;
    }
}

/* A line goes on when the next one begins with these. */
static bool goes_on_before(int kind, bool in_list)
{
    switch (kind) {
    /* clang-format off */
    case TOK_ELSE: case TOK_AND: case TOK_OR: case TOK_COALESCE: case '?': case ':': case '.': case ',':
    case ')': case ']': case '}': case 0:
        /* clang-format on */
        return true;
    case '{':
        return !in_list;
    default:
        return false;
    }
}

struct lines {
    struct parser *p;
    const struct tokens *in;
    struct tokens *out;
    uint32_t *open; /* indexes into `out` of the brackets that are open */
    size_t depth;
    uint32_t *firsts; /* first token of the statement in each of them, [0] outside all */
};

static int innermost(const struct lines *lines)
{
    return lines->depth ? lines->out->at[lines->open[lines->depth - 1]].kind : 0;
}

static int last_kind(const struct lines *lines)
{
    return lines->out->n ? lines->out->at[lines->out->n - 1].kind : TOK_NEWLINE;
}

/* The kind of the next token that is not a line end, from `at`; *line_end tells whether one stands before it. */
static int next_kind(const struct lines *lines, size_t at, bool *line_end)
{
    *line_end = false;
    while (lines->in->at[at].kind == TOK_NEWLINE) {
        *line_end = true;
        at++;
    }
    return lines->in->at[at].kind;
}

/* Where a statement, declaration, attribute or entry begins. */
static bool at_start(const struct lines *lines)
{
    int last = last_kind(lines), around = innermost(lines);
    if (last == TOK_ELSE || last == TOK_ABSTRACT || last == TOK_SESSION)
        return true;
    return (around == 0 || around == '{') && (last == TOK_NEWLINE || last == ';' || last == '{');
}

/* A soft word is a name when this follows. */
static bool makes_a_name(const struct lines *lines, size_t next, bool start)
{
    bool line_end;
    int kind = next_kind(lines, next, &line_end);
    if (!line_end && (kind == '=' || kind == TOK_ADD_ASSIGN || kind == TOK_SUB_ASSIGN))
        return true;
    if (kind == '.') /* a line goes on before a dot */
        return true;
    if (!start)
        return false;
    if (line_end)
        return kind != '{';
    switch (kind) {
    /* clang-format off */
    case ',': case ':': case ';': case '}': case ')': case ']': case 0: case TOK_EQ: case TOK_NE: case '<': case TOK_LE: case '>':
    case TOK_GE: case '?': case '*': case '%': case '+': case TOK_AND: case TOK_OR: case TOK_IN: case TOK_CONTAINS:
    /* clang-format on */
    case TOK_MATCHES:
        return true;
    default:
        return false;
    }
}

/* `log warn`, `wait pace`: the word is meant when a value follows on the line. `warn(x)` and `error[0]` are names. */
static bool value_follows(const struct lines *lines, size_t next)
{
    const struct token *token = &lines->in->at[next];
    switch (token->kind) {
    /* clang-format off */
    case TOK_NAME: case TOK_INT: case TOK_FLOAT: case TOK_DURATION: case TOK_SIZE: case TOK_PERCENT: case TOK_RATE:
    case TOK_TEXT: case TOK_TEXT_OPEN: case TOK_TRUE: case TOK_FALSE: case TOK_NULL_WORD: case '{':
        /* clang-format on */
        return true;
    case '(':
    case '[':
        return token->space;
    case TOK_NOT:
        return token[1].kind != TOK_IN && token[1].kind != TOK_CONTAINS && token[1].kind != TOK_MATCHES;
    default:
        return false;
    }
}

static bool is_word(const struct token *token, const char *text)
{
    return token->word && strcmp(token->word, text) == 0;
}

static bool is_level(const struct token *token)
{
    return is_word(token, "debug") || is_word(token, "info") || is_word(token, "warn") || is_word(token, "error");
}

static bool is_key_place(const struct lines *lines)
{
    int last = last_kind(lines);
    return innermost(lines) == '{' && (last == '{' || last == ',' || last == TOK_NEWLINE);
}

/* The kind of the word at `at`. */
static int word_kind(const struct lines *lines, size_t at)
{
    const struct token *token = &lines->in->at[at], *next = token + 1;
    int last = last_kind(lines), kind = TOK_NAME;
    if (last == '.' || (last == TOK_ON && token->kind == TOK_STOP))
        return TOK_NAME;
    if (token->kind != TOK_NAME) /* reserved */
        return next->kind == ':' && next[1].kind != TOK_NEWLINE && is_key_place(lines) ? TOK_NAME : token->kind;
    if (last == TOK_LOG && is_level(token))
        return value_follows(lines, at + 1) ? TOK_LEVEL : TOK_NAME;
    if (last == TOK_WAIT && (is_word(token, "pace") || is_word(token, "rate")))
        return !value_follows(lines, at + 1) ? TOK_NAME : is_word(token, "pace") ? TOK_PACE : TOK_WAIT_RATE;
    if (last == TOK_OPTION && is_word(token, "secret"))
        return next->kind == TOK_NAME ? TOK_SECRET : TOK_NAME;
    if (last == TOK_ON)
        return is_word(token, "every") ? TOK_EVERY : TOK_NAME;
    if (is_word(token, "one") && is_word(next, "of") && filter_ends_value(last))
        return TOK_ONE_OF;
    enum word_class word_class = filter_word(token->word, strlen(token->word), &kind);
    bool start = at_start(lines);
    if (word_class == WORD_NAME || makes_a_name(lines, at + 1, start))
        return TOK_NAME;
    return word_class == WORD_START && !start ? TOK_NAME : kind;
}

static void put(struct lines *lines, struct token token)
{
    size_t index = lines->out->n;
    bool starts = last_kind(lines) == TOK_NEWLINE || last_kind(lines) == ';';
    if (index == 0 || starts || (lines->out->at[index - 1].kind == '{' && !filter_closes(token.kind)))
        lines->firsts[lines->depth] = (uint32_t)index;
    if (filter_closes(token.kind) && lines->depth) {
        token.match = lines->open[--lines->depth];
        lines->out->at[token.match].match = (uint32_t)index;
        token.inner = token.match;
        token.first = lines->firsts[lines->depth];
        tokens_add(lines->out, token);
        return;
    }
    token.match = NO_TOKEN;
    token.inner = lines->depth ? lines->open[lines->depth - 1] : NO_TOKEN;
    token.first = lines->firsts[lines->depth];
    if (filter_opens(token.kind)) {
        lines->open[lines->depth++] = (uint32_t)index;
        lines->firsts[lines->depth] = token.kind == '{' ? (uint32_t)index + 1 : token.first;
    }
    tokens_add(lines->out, token);
}

/* Line ends and semicolons from `at`; returns how many raw tokens they are. */
static size_t line_end(struct lines *lines, size_t at)
{
    size_t from = at;
    const struct token *semicolon = NULL;
    int around = innermost(lines), last = last_kind(lines);
    if (around == '(' || around == TOK_INTERPOLATION) {
        if (lines->in->at[at].kind == ';')
            put(lines, lines->in->at[at]);
        return 1;
    }
    for (; lines->in->at[at].kind == TOK_NEWLINE || lines->in->at[at].kind == ';'; at++)
        if (lines->in->at[at].kind == ';')
            semicolon = &lines->in->at[at];
    int next = lines->in->at[at].kind;
    bool needless = last == TOK_NEWLINE || last == ';' || last == '{' || last == '[' || next == '}' || next == 0;
    bool goes_on = !semicolon && (goes_on_after(last) || goes_on_before(next, around == '['));
    if (around == '[' && semicolon)
        needless = false;
    if (!needless && !goes_on)
        put(lines, semicolon ? *semicolon : lines->in->at[from]);
    return at - from;
}

/* TEXT_OPEN [TEXT_PIECE] TEXT_CLOSE at `at` is one TEXT; returns how many raw tokens were taken, 0 when it is not one. */
static size_t whole_text(struct lines *lines, size_t at)
{
    const struct token *open = &lines->in->at[at];
    const struct token *close = open[1].kind == TOK_TEXT_PIECE ? open + 2 : open + 1;
    if (close->kind != TOK_TEXT_CLOSE)
        return 0;
    struct token token = *open;
    token.kind = TOK_TEXT;
    token.span = span_join(open->span, close->span);
    token.literal = close - open == 2 ? open[1].literal : (struct slice){"", 0};
    put(lines, token);
    return (size_t)(close - open) + 1;
}

/* `not in`, `not contains`, `not matches` behind a value are one operator. */
static size_t negated(struct lines *lines, size_t at)
{
    const struct token *token = &lines->in->at[at];
    int next = token[1].kind;
    int kind = next == TOK_IN         ? TOK_NOT_IN
               : next == TOK_CONTAINS ? TOK_NOT_CONTAINS
               : next == TOK_MATCHES  ? TOK_NOT_MATCHES
                                      : 0;
    if (!kind || !filter_ends_value(last_kind(lines)))
        return 0;
    struct token joined = *token;
    joined.kind = (int16_t)kind;
    joined.span = span_join(token->span, token[1].span);
    put(lines, joined);
    return 2;
}

void filter_lines(struct parser *p)
{
    struct lines lines = {.p = p, .in = &p->balanced, .out = &p->tokens};
    lines.out->n = 0;
    lines.open = calloc(MAX_NESTING + 2, sizeof *lines.open);
    lines.firsts = calloc(MAX_NESTING + 2, sizeof *lines.firsts);
    if (!lines.open || !lines.firsts) {
        fputs("swarmc: out of memory\n", stderr);
        exit(3);
    }
    for (size_t at = 0; lines.in->at[at].kind != 0;) {
        struct token token = lines.in->at[at];
        size_t taken = 0;
        if (token.kind == TOK_NEWLINE || token.kind == ';')
            taken = line_end(&lines, at);
        else if (token.kind == TOK_TEXT_OPEN)
            taken = whole_text(&lines, at);
        else if (token.kind == TOK_NOT)
            taken = negated(&lines, at);
        if (!taken) {
            if (token.word)
                token.kind = (int16_t)word_kind(&lines, at);
            put(&lines, token);
            taken = token.kind == TOK_ONE_OF ? 2 : 1;
        }
        at += taken;
    }
    struct token end = lines.in->at[lines.in->n - 1];
    put(&lines, end);
    free(lines.open);
    free(lines.firsts);
}
