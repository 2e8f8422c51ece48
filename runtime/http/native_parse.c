#include "native_parse.h"

#include <strings.h>

enum {
    HEAD_PIECE = 256,  /* bytes copied at once in search of a head's end */
    CHUNK_DIGITS = 15, /* 60 bits: no sum overflows */
};

enum state {
    STATE_HEAD,
    STATE_LENGTH,     /* a body of `left` bytes */
    STATE_CLOSE,      /* a body up to the end of the connection */
    STATE_SIZE_FIRST, /* the first digit of a chunk's size */
    STATE_SIZE,
    STATE_EXTENSION, /* the rest of that line */
    STATE_CHUNK,
    STATE_CHUNK_END, /* CR LF behind the chunk */
    STATE_CHUNK_LF,
    STATE_TRAILERS,
    STATE_DONE,
};

void native_parse_begin(struct native_parse *parse, bool no_body)
{
    *parse = (struct native_parse){.no_body = no_body, .state = STATE_HEAD};
}

static enum native_parse_result bad(struct native_parse *parse, const char *why)
{
    parse->why = why;
    return NATIVE_PARSE_BAD;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* ------------------------------------------------------------------ the head */

static inline bool is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

/* "HTTP/1.1 200 OK" (RFC 9112 section 4); the reason may be missing. */
static enum native_parse_result status_line(struct native_parse *parse, struct head *head, const char *line, size_t n)
{
    const char *end = line + n, *p = line;
    int status = 0, digits = 0;

    if (n < 12 || memcmp(line, "HTTP/1.", 7) != 0 || !is_digit(line[7]) || line[8] != ' ') {
        return bad(parse, "no status line of HTTP/1.1");
    }
    for (p += 8; p < end && *p == ' '; p++) {
    }
    for (; p < end && is_digit(*p); p++, digits++) {
        status = digits < 3 ? status * 10 + (*p - '0') : 0;
    }
    if (digits != 3 || status < 100 || (p < end && *p != ' ')) {
        return bad(parse, "the status is no number of three digits");
    }
    parse->http_1_0 = line[7] == '0';
    head->status = status;
    return NATIVE_PARSE_MORE;
}

/* ------------------------------------------------------------------ names */

/* Eight bytes against eight of a name in lower case: its letters in any case (bit 6 tells them from '-'), '-' as it is. */
static inline bool same_eight(const char *p, const char *name)
{
    uint64_t a, b;

    memcpy(&a, p, 8);
    memcpy(&b, name, 8);
    return (a | ((b & UINT64_C(0x4040404040404040)) >> 1)) == b;
}

/* Of 8 to 24 bytes, in words that may overlap. */
static inline bool same_name(const char *p, const char *name, size_t n)
{
    return same_eight(p, name) && (n < 16 || same_eight(p + 8, name + 8)) && same_eight(p + n - 8, name + n - 8);
}

/* ------------------------------------------------------------------ how the body ends (RFC 9112 section 6.3) */

/* Takes the next element of a list (RFC 9110 5.6.1), blanks around it left out. False: no more. */
static inline bool next_element(struct url_part *list, struct url_part *element)
{
    const char *p = list->p, *end = p + list->n, *comma;

    while (p < end && (is_blank(*p) || *p == ',')) {
        p++;
    }
    if (p == end) {
        return false;
    }
    comma = memchr(p, ',', (size_t)(end - p));
    if (!comma) {
        comma = end;
    }
    *list = (struct url_part){comma, (size_t)(end - comma)};
    while (is_blank(comma[-1])) { /* ends at the byte at p at the latest */
        comma--;
    }
    *element = (struct url_part){p, (size_t)(comma - p)};
    return true;
}

static bool is_word(struct url_part element, const char *word)
{
    return element.n == strlen(word) && strncasecmp(element.p, word, element.n) == 0;
}

/* The usual value: blanks, at most 15 digits, the end. */
static bool plain_number(struct url_part value, uint64_t *number)
{
    const char *p = value.p, *end = p + value.n, *digits;

    while (p < end && is_blank(*p)) {
        p++;
    }
    *number = 0;
    for (digits = p; p < end && is_digit(*p); p++) {
        *number = *number * 10 + (uint64_t)(*p - '0');
    }
    return p == end && p > digits && p - digits <= 15;
}

/* The same length may be said more than once, as a list or in fields. */
static const char *content_length(struct native_framing *framing, struct url_part list)
{
    struct url_part element;
    bool any = false;
    uint64_t length;

    if (!framing->has_length && plain_number(list, &length)) {
        framing->has_length = true;
        framing->length = length;
        return NULL;
    }
    while (next_element(&list, &element)) {
        length = 0;

        for (size_t i = 0; i < element.n; i++) {
            if (!is_digit(element.p[i])) {
                return "Content-Length is no number";
            }
            length = length * 10 + (uint64_t)(element.p[i] - '0');
            if (length > INT64_MAX / 16) {
                return "Content-Length is too large";
            }
        }
        if (framing->has_length && framing->length != length) {
            return "Content-Length says two lengths";
        }
        framing->has_length = any = true;
        framing->length = length;
    }
    return any ? NULL : "Content-Length is no number";
}

/* We ask for no transfer coding (TE), so only chunked may come; "identity" is nothing (RFC 2616 3.6). */
static const char *transfer_encoding(struct native_framing *framing, struct url_part list)
{
    struct url_part element;

    while (next_element(&list, &element)) {
        if (is_word(element, "identity")) {
            continue;
        }
        if (framing->chunked || !is_word(element, "chunked")) {
            return framing->chunked ? "a transfer coding behind chunked" : "a transfer coding that nobody asked for";
        }
        framing->chunked = true;
    }
    framing->has_coding = true;
    return NULL;
}

static const char *connection(struct native_framing *framing, struct url_part list)
{
    struct url_part element;

    if (list.n == 11 && is_blank(*list.p) && same_name(list.p + 1, "keep-alive", 10)) { /* the usual value */
        framing->keep_alive = true;
        return NULL;
    }
    while (next_element(&list, &element)) {
        if (element.n == 5) {
            framing->close |= is_word(element, "close");
        } else if (element.n == 10) {
            framing->keep_alive |= is_word(element, "keep-alive");
        }
    }
    return NULL;
}

/* The fields that say how the body ends. */
static const struct {
    const char *name;
    size_t size;
    const char *(*read)(struct native_framing *framing, struct url_part value); /* NULL: nothing is wrong */
} deciding[] = {
    {"Content-Length", 14, content_length},
    {"Connection", 10, connection},
    {"Transfer-Encoding", 17, transfer_encoding},
};

enum { DECIDING = sizeof deciding / sizeof deciding[0] };

/* Lines that are not what they should be are taken apart with all others, and framing read from the fields. */
static void framing_of_fields(struct native_parse *parse, const struct head *head)
{
    size_t count;
    const struct head_field *fields = head_fields(head, &count);

    parse->framing = (struct native_framing){.length = 0};
    parse->why = NULL;
    for (size_t i = 0; i < count * DECIDING && !parse->why; i++) {
        const struct head_field *field = &fields[i / DECIDING];
        size_t which = i % DECIDING;

        if (field->name_size == deciding[which].size &&
            strncasecmp(head->text.p + field->name, deciding[which].name, field->name_size) == 0) {
            parse->why = deciding[which].read(&parse->framing,
                                              (struct url_part){head->text.p + field->value, field->value_size});
        }
    }
}

static enum native_parse_result head_over(struct native_parse *parse, struct head *head)
{
    struct native_framing *framing = &parse->framing;
    bool empty = parse->no_body || head->status == 204 || head->status == 304 || head->status == 101;

    head->complete = true;
    if (parse->odd) {
        framing_of_fields(parse, head);
    }
    if (parse->why && !empty) {
        return NATIVE_PARSE_BAD;
    }
    parse->keep = !parse->why && head->status != 101 && !framing->close && (!parse->http_1_0 || framing->keep_alive);
    if (empty) {
        parse->state = STATE_DONE;
    } else if (framing->chunked) {
        parse->state = STATE_SIZE_FIRST;
        parse->keep &= !framing->has_length && !parse->http_1_0; /* RFC 9112 6.1: what they mean is not sure */
    } else if (framing->has_length && !framing->has_coding) {
        parse->state = framing->length ? STATE_LENGTH : STATE_DONE;
        parse->left = framing->length;
    } else {
        parse->state = STATE_CLOSE;
        parse->keep = false;
    }
    return NATIVE_PARSE_HEAD;
}

/* Whether the line begins with a name and its colon. With a blank before the colon it is odd. */
static inline bool begins_with(struct native_parse *parse, const char *line, size_t n, const char *name, size_t size)
{
    if (n <= size || (line[size] != ':' && !is_blank(line[size]) && line[size] != '\r') ||
        !same_name(line, name, size)) {
        return false;
    }
    parse->odd |= line[size] != ':'; /* a bare CR is a blank (RFC 9112 2.2) */
    return true;
}

static const char *read_field(struct native_parse *parse, struct head *head, const char *line, size_t n)
{
    struct native_framing *framing = &parse->framing;

    switch (*line | 0x20) {
    case 'c':
        if (begins_with(parse, line, n, "content-length", 14)) {
            return content_length(framing, (struct url_part){line + 15, n - 15});
        }
        if (begins_with(parse, line, n, "connection", 10)) {
            return connection(framing, (struct url_part){line + 11, n - 11});
        }
        head->coded |= begins_with(parse, line, n, "content-encoding", 16);
        return NULL;
    case 's':
        if (begins_with(parse, line, n, "set-cookie", 10) && !head->sets_cookies) {
            head->sets_cookies = true;
            head->cookies_at = (uint32_t)(line - head->text.p);
        }
        return NULL;
    case 't':
        if (begins_with(parse, line, n, "transfer-encoding", 17)) {
            return transfer_encoding(framing, (struct url_part){line + 18, n - 18});
        }
        return NULL;
    default: /* a folded line (a CR is a blank there, RFC 9112 2.2) goes on with whatever stands before */
        parse->odd = true;
        return NULL;
    }
}

/* Only lines that decide something are looked at; all are taken apart when somebody asks (head_fields), and those that
 * are odd after the last one (framing_of_fields). */
static enum native_parse_result field_line(struct native_parse *parse, struct head *head, const char *line, size_t n)
{
    const char *why = read_field(parse, head, line, n);

    if (why && !parse->why) {
        parse->why = why;
    }
    if (parse->odd) {
        head->coded = head->sets_cookies = true; /* they may be */
    }
    return ++parse->lines > HEAD_FIELDS ? NATIVE_PARSE_TOO_LARGE : NATIVE_PARSE_MORE;
}

/* 1xx: forgotten, another head follows. */
static enum native_parse_result forget_interim(struct native_parse *parse, struct head *head)
{
    if (++parse->interim == NATIVE_INTERIM_LIMIT) {
        return bad(parse, "too many answers before the answer");
    }
    head->status = 0;
    head->coded = head->sets_cookies = false;
    parse->framing = (struct native_framing){.length = 0};
    parse->why = NULL;
    parse->lines = 0;
    parse->odd = false;
    return NATIVE_PARSE_MORE;
}

/* Whether the text can still be the beginning of an answer, so that nobody waits for the end of a line that
 * is none. */
static bool may_be_http(const struct head *head, const struct native_parse *parse)
{
    const char *line = head->text.p + parse->line_start;
    size_t n = head->text.n - parse->line_start;

    return memcmp(line, "HTTP/1.", n < 7 ? n : 7) == 0;
}

/* Whether a field whose line begins so may decide something; most do not. Those of the line that ends a head, too. */
static const bool may_decide[256] = {
    ['c'] = true, ['C'] = true, ['t'] = true,  ['T'] = true,  ['s'] = true,
    ['S'] = true, [' '] = true, ['\t'] = true, ['\r'] = true, ['\n'] = true,
};

/* A line without its LF, which stands behind it. */
static inline enum native_parse_result line_over(struct native_parse *parse, struct head *head, const char *line,
                                                 size_t n)
{
    if (!head->status) {
        head->lines = (uint32_t)(line + n + 1 - head->text.p);
        head->unparsed = true;
        return status_line(parse, head, line, n - (n && line[n - 1] == '\r'));
    }
    if (parse->nul && memchr(line, '\0', n)) {
        return bad(parse, "a NUL byte in a header");
    }
    if (!may_decide[(unsigned char)*line]) {
        return ++parse->lines > HEAD_FIELDS ? NATIVE_PARSE_TOO_LARGE : NATIVE_PARSE_MORE;
    }
    n -= n && line[n - 1] == '\r';
    if (n) {
        return field_line(parse, head, line, n);
    }
    return head->status >= 200 || head->status == 101 ? head_over(parse, head) : forget_interim(parse, head);
}

/* The lines of the head's text that are whole. */
static enum native_parse_result scan_lines(struct native_parse *parse, struct head *head)
{
    const char *text = head->text.p, *end = text + head->text.n, *line = text + parse->line_start;
    const char *from = text + parse->scanned, *lf;
    enum native_parse_result result = NATIVE_PARSE_MORE;

    while (result == NATIVE_PARSE_MORE && (lf = memchr(from, '\n', (size_t)(end - from)))) {
        result = line_over(parse, head, line, (size_t)(lf - line));
        line = from = lf + 1;
    }
    parse->line_start = (uint32_t)(line - text);
    parse->scanned = (uint32_t)(result == NATIVE_PARSE_MORE ? head->text.n : parse->line_start);
    if (result == NATIVE_PARSE_MORE && !head->status && !may_be_http(head, parse)) {
        return bad(parse, "no status line of HTTP/1.1");
    }
    return result;
}

static enum native_parse_result take_head(struct native_parse *parse, struct head *head, struct url_part *input)
{
    enum native_parse_result result = NATIVE_PARSE_MORE;

    while (input->n && result == NATIVE_PARSE_MORE) {
        size_t n = input->n < HEAD_PIECE ? input->n : HEAD_PIECE, before = head->text.n;

        if (n > HEAD_LIMIT + 1 - head->total) {
            n = HEAD_LIMIT + 1 - head->total;
        }
        bytes_add(&head->text, input->p, n);
        parse->nul |= memchr(input->p, '\0', n) != NULL;
        result = scan_lines(parse, head);
        if (result == NATIVE_PARSE_HEAD) { /* what was copied beyond the head is not the head's */
            n = parse->line_start - before;
            head->text.n = parse->line_start;
        }
        input->p += n;
        input->n -= n;
        head->total += n;
        if (head->total > HEAD_LIMIT && result != NATIVE_PARSE_BAD) {
            return NATIVE_PARSE_TOO_LARGE;
        }
    }
    return result;
}

/* ------------------------------------------------------------------ the body */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void take_piece(struct native_parse *parse, struct url_part *input, struct url_part *piece)
{
    size_t n = input->n < parse->left ? input->n : (size_t)parse->left;

    *piece = (struct url_part){input->p, n};
    input->p += n;
    input->n -= n;
    parse->left -= n;
}

/* One byte of the line of a chunk's size (RFC 9112 section 7.1). */
static enum native_parse_result size_byte(struct native_parse *parse, char c)
{
    int digit = hex_digit(c);

    if (++parse->line > NATIVE_CHUNK_LINE) {
        return bad(parse, "the line of a chunk's size is too long");
    }
    if (parse->state == STATE_SIZE_FIRST) {
        if (digit < 0) {
            return bad(parse, "a chunk without its size");
        }
        parse->left = 0;
        parse->digits = 0;
        parse->state = STATE_SIZE;
    }
    if (parse->state == STATE_SIZE && digit >= 0) {
        parse->left = parse->left << 4 | (uint64_t)digit;
        parse->digits += parse->left != 0;
        return parse->digits > CHUNK_DIGITS ? bad(parse, "a chunk that is too large") : NATIVE_PARSE_MORE;
    }
    if (parse->state == STATE_SIZE && c != ';' && c != '\r' && c != '\n' && !is_blank(c)) {
        return bad(parse, "a chunk without its size");
    }
    parse->state = STATE_EXTENSION;
    if (c == '\n') {
        parse->line = 0;
        parse->state = parse->left ? STATE_CHUNK : STATE_TRAILERS;
    }
    return NATIVE_PARSE_MORE;
}

static enum native_parse_result chunk_end_byte(struct native_parse *parse, char c)
{
    if (c == '\n') {
        parse->state = STATE_SIZE_FIRST;
    } else if (c == '\r' && parse->state == STATE_CHUNK_END) {
        parse->state = STATE_CHUNK_LF;
    } else {
        return bad(parse, "no line end behind a chunk");
    }
    return NATIVE_PARSE_MORE;
}

static enum native_parse_result trailer_byte(struct native_parse *parse, struct head *head, char c)
{
    if (++head->total > HEAD_LIMIT) {
        return NATIVE_PARSE_TOO_LARGE;
    }
    if (c != '\n') {
        parse->line += c != '\r';
    } else if (parse->line) {
        parse->line = 0;
    } else {
        parse->state = STATE_DONE;
        return NATIVE_PARSE_DONE;
    }
    return NATIVE_PARSE_MORE;
}

/* What stands between chunks, a byte at a time. */
static enum native_parse_result between_chunks(struct native_parse *parse, struct head *head, struct url_part *input)
{
    char c = *input->p;

    input->p++;
    input->n--;
    switch (parse->state) {
    case STATE_CHUNK_END:
    case STATE_CHUNK_LF:
        return chunk_end_byte(parse, c);
    case STATE_TRAILERS:
        return trailer_byte(parse, head, c);
    default:
        return size_byte(parse, c);
    }
}

enum native_parse_result native_parse(struct native_parse *parse, struct head *head, struct url_part *input,
                                      struct url_part *piece)
{
    enum native_parse_result result;

    if (parse->state == STATE_HEAD) {
        return take_head(parse, head, input);
    }
    while (input->n && parse->state != STATE_DONE) {
        switch (parse->state) {
        case STATE_LENGTH:
            take_piece(parse, input, piece);
            parse->state = parse->left ? STATE_LENGTH : STATE_DONE;
            return NATIVE_PARSE_BODY;
        case STATE_CHUNK:
            take_piece(parse, input, piece);
            parse->state = parse->left ? STATE_CHUNK : STATE_CHUNK_END;
            return NATIVE_PARSE_BODY;
        case STATE_CLOSE:
            *piece = *input;
            input->p += input->n;
            input->n = 0;
            return NATIVE_PARSE_BODY;
        default:
            result = between_chunks(parse, head, input);
            if (result != NATIVE_PARSE_MORE) {
                return result;
            }
        }
    }
    return parse->state == STATE_DONE ? NATIVE_PARSE_DONE : NATIVE_PARSE_MORE;
}

bool native_parse_ends(const struct native_parse *parse)
{
    return parse->state == STATE_CLOSE;
}
