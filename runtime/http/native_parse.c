#include "native_parse.h"

#include <ctype.h>
#include <strings.h>

#include "log/memory.h"

enum {
    HEAD_PIECE = 1024, /* bytes copied at once in search of a head's end */
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

/* "HTTP/1.1 200 OK" (RFC 9112 section 4); the reason may be missing. */
static enum native_parse_result status_line(struct native_parse *parse, struct head *head, const char *line,
                                            size_t n)
{
    const char *end = line + n, *p = line;
    int status = 0, digits = 0;

    if (n < 12 || memcmp(line, "HTTP/1.", 7) != 0 || !isdigit((unsigned char)line[7]) || line[8] != ' ') {
        return bad(parse, "no status line of HTTP/1.1");
    }
    for (p += 8; p < end && *p == ' '; p++) {
    }
    for (; p < end && isdigit((unsigned char)*p); p++, digits++) {
        status = digits < 3 ? status * 10 + (*p - '0') : 0;
    }
    if (digits != 3 || status < 100 || (p < end && *p != ' ')) {
        return bad(parse, "the status is no number of three digits");
    }
    parse->http_1_0 = line[7] == '0';
    head->status = status;
    return NATIVE_PARSE_MORE;
}

/* A line that begins with a blank goes on with the value before it (RFC 9112 5.2): it moves behind that. */
static void unfold(struct head *head, const char *line, size_t n)
{
    struct head_field *field = &head->fields[head->count - 1];
    char *end = head->text.p + field->value + field->value_size;

    while (n && is_blank(*line)) {
        line++;
        n--;
    }
    while (n && is_blank(line[n - 1])) {
        n--;
    }
    if (!n) {
        return;
    }
    if (field->value_size) {
        *end++ = ' ';
        field->value_size++;
    }
    memmove(end, line, n);
    end[n] = '\0';
    field->value_size += (uint32_t)n;
}

static enum native_parse_result field_line(struct native_parse *parse, struct head *head, char *line, size_t n)
{
    char *end = line + n, *colon = memchr(line, ':', n), *value, *name_end = colon;
    struct head_field *field;

    if (parse->nul && memchr(line, '\0', n)) {
        return bad(parse, "a NUL byte in a header");
    }
    if (is_blank(*line)) {
        if (head->count) {
            unfold(head, line, n);
        }
        return NATIVE_PARSE_MORE;
    }
    if (!colon) {
        return NATIVE_PARSE_MORE; /* no field: skipped, as browsers do */
    }
    if (head->count == HEAD_FIELDS) {
        return NATIVE_PARSE_TOO_LARGE;
    }
    if (head->count == head->capacity) {
        head->fields = memory_grow(head->fields, head->count, &head->capacity, sizeof *head->fields);
    }
    for (value = colon + 1; value < end && is_blank(*value); value++) {
    }
    while (end > value && is_blank(end[-1])) {
        end--;
    }
    while (name_end > line && is_blank(name_end[-1])) {
        name_end--;
    }
    field = &head->fields[head->count++];
    field->name = (uint32_t)(line - head->text.p);
    field->name_size = (uint32_t)(name_end - line);
    field->value = (uint32_t)(value - head->text.p);
    field->value_size = (uint32_t)(end - value);
    *name_end = '\0';
    *end = '\0'; /* over the line end, or a blank before it */
    return NATIVE_PARSE_MORE;
}

/* ------------------------------------------------------------------ how the body ends (RFC 9112 section 6.3) */

struct framing {
    uint64_t length;
    bool has_length, has_coding, chunked, close, keep_alive;
};

/* Takes the next element of a list (RFC 9110 5.6.1), blanks around it left out. False: no more. */
static bool next_element(struct url_part *list, struct url_part *element)
{
    const char *comma;
    size_t n;

    while (list->n && (is_blank(*list->p) || *list->p == ',')) {
        list->p++;
        list->n--;
    }
    if (!list->n) {
        return false;
    }
    comma = memchr(list->p, ',', list->n);
    n = comma ? (size_t)(comma - list->p) : list->n;
    *element = (struct url_part){list->p, n};
    list->p += n;
    list->n -= n;
    while (element->n && is_blank(element->p[element->n - 1])) {
        element->n--;
    }
    return true;
}

static bool is_word(struct url_part element, const char *word)
{
    return element.n == strlen(word) && strncasecmp(element.p, word, element.n) == 0;
}

/* The same length may be said more than once, as a list or in fields. */
static const char *content_length(struct framing *framing, struct url_part list)
{
    struct url_part element;
    bool any = false;

    while (next_element(&list, &element)) {
        uint64_t length = 0;

        for (size_t i = 0; i < element.n; i++) {
            if (!isdigit((unsigned char)element.p[i])) {
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
static const char *transfer_encoding(struct framing *framing, struct url_part list)
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

static void connection(struct framing *framing, struct url_part list)
{
    struct url_part element;

    while (next_element(&list, &element)) {
        framing->close |= is_word(element, "close");
        framing->keep_alive |= is_word(element, "keep-alive");
    }
}

static const char *read_framing(struct framing *framing, const struct head *head)
{
    const char *why = NULL;

    for (size_t i = 0; i < head->count && !why; i++) {
        const struct head_field *field = &head->fields[i];
        const char *name = head->text.p + field->name;
        struct url_part value = {head->text.p + field->value, field->value_size};

        if (field->name_size == 14 && strncasecmp(name, "Content-Length", 14) == 0) {
            why = content_length(framing, value);
        } else if (field->name_size == 17 && strncasecmp(name, "Transfer-Encoding", 17) == 0) {
            why = transfer_encoding(framing, value);
        } else if (field->name_size == 10 && strncasecmp(name, "Connection", 10) == 0) {
            connection(framing, value);
        }
    }
    return why;
}

static enum native_parse_result head_over(struct native_parse *parse, struct head *head)
{
    struct framing framing = {.length = 0};
    const char *why = read_framing(&framing, head);
    bool empty = parse->no_body || head->status == 204 || head->status == 304 || head->status == 101;

    if (why && !empty) {
        return bad(parse, why);
    }
    parse->keep = !why && head->status != 101 && !framing.close && (!parse->http_1_0 || framing.keep_alive);
    if (empty) {
        parse->state = STATE_DONE;
    } else if (framing.chunked) {
        parse->state = STATE_SIZE_FIRST;
        parse->keep &= !framing.has_length && !parse->http_1_0; /* RFC 9112 6.1: what they mean is not sure */
    } else if (framing.has_length && !framing.has_coding) {
        parse->state = framing.length ? STATE_LENGTH : STATE_DONE;
        parse->left = framing.length;
    } else {
        parse->state = STATE_CLOSE;
        parse->keep = false;
    }
    head->complete = true;
    return NATIVE_PARSE_HEAD;
}

static enum native_parse_result head_line_over(struct native_parse *parse, struct head *head, char *line, size_t n)
{
    char *cr = memchr(line, '\r', n);

    if (cr) {
        n -= line[n - 1] == '\r';
        for (; cr && cr < line + n; cr = memchr(cr, '\r', (size_t)(line + n - cr))) {
            *cr = ' '; /* a bare one: RFC 9112 2.2 */
        }
    }
    if (!head->status) {
        return status_line(parse, head, line, n);
    }
    if (n) {
        return field_line(parse, head, line, n);
    }
    if (head->status >= 200 || head->status == 101) {
        return head_over(parse, head);
    }
    /* 1xx: forgotten, another head follows. */
    if (++parse->interim == NATIVE_INTERIM_LIMIT) {
        return bad(parse, "too many answers before the answer");
    }
    head->status = 0;
    head->count = 0;
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

/* The lines of the head's text that are whole. */
static enum native_parse_result scan_lines(struct native_parse *parse, struct head *head)
{
    enum native_parse_result result = NATIVE_PARSE_MORE;

    while (result == NATIVE_PARSE_MORE) {
        char *from = head->text.p + parse->scanned;
        char *lf = memchr(from, '\n', head->text.n - parse->scanned);
        char *line = head->text.p + parse->line_start;

        if (!lf) {
            parse->scanned = (uint32_t)head->text.n;
            if (!head->status && !may_be_http(head, parse)) {
                return bad(parse, "no status line of HTTP/1.1");
            }
            return NATIVE_PARSE_MORE;
        }
        parse->line_start = parse->scanned = (uint32_t)(lf + 1 - head->text.p);
        result = head_line_over(parse, head, line, (size_t)(lf - line));
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
