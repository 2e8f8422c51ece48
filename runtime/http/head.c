#include "head.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"

enum { HEAD_KEEP = 8 * 1024 }; /* bytes of memory that an empty head holds on to */

void head_init(struct head *head)
{
    *head = (struct head){0};
}

void head_free(struct head *head)
{
    bytes_free(&head->text);
    free(head->fields);
    *head = (struct head){0};
}

static void forget(struct head *head)
{
    bytes_clear(&head->text, HEAD_KEEP);
    head->count = 0;
    head->status = 0;
    head->complete = head->unparsed = head->coded = head->sets_cookies = false;
}

void head_clear(struct head *head)
{
    forget(head);
    if (head->capacity > 64) {
        free(head->fields);
        head->fields = NULL;
        head->capacity = 0;
    }
    head->total = 0;
}

/* "HTTP/1.1 200 OK", "HTTP/2 200": the status, or -1. */
static int parse_status(const char *line, size_t n)
{
    const char *end = line + n, *p;
    int status = 0, digits = 0;

    if (n < 12 || memcmp(line, "HTTP/", 5) != 0) {
        return -1;
    }
    p = memchr(line, ' ', n);
    if (!p) {
        return -1;
    }
    while (p < end && *p == ' ') {
        p++;
    }
    for (; p < end && isdigit((unsigned char)*p); p++) {
        status = status * 10 + (*p - '0');
        if (++digits > 3) {
            return -1;
        }
    }
    if (digits != 3 || status < 100 || (p < end && *p != ' ')) {
        return -1;
    }
    return status;
}

static bool blank(char c)
{
    return c == ' ' || c == '\t';
}

static void trim(const char **p, size_t *n)
{
    while (*n && blank(**p)) {
        ++*p;
        --*n;
    }
    while (*n && blank((*p)[*n - 1])) {
        --*n;
    }
}

/* A line that begins with a blank goes on with the value before it. */
static void fold(struct head *head, const char *line, size_t n)
{
    struct head_field *field = &head->fields[head->count - 1];

    trim(&line, &n);
    if (!n) {
        return;
    }
    if (field->value_size) {
        bytes_add_char(&head->text, ' ');
        field->value_size++;
    }
    bytes_add(&head->text, line, n);
    field->value_size += (uint32_t)n;
}

/* "Name: value" in its parts, without the blanks around them. false: there is no colon. */
struct split {
    const char *name, *value;
    size_t name_size, value_size;
};
static bool split_line(const char *line, size_t n, struct split *parts)
{
    const char *colon = memchr(line, ':', n);

    if (!colon) {
        return false;
    }
    *parts = (struct split){.name = line, .value = colon + 1, .name_size = (size_t)(colon - line)};
    parts->value_size = n - parts->name_size - 1;
    trim(&parts->name, &parts->name_size);
    trim(&parts->value, &parts->value_size);
    return true;
}

/* Room for one more field, its sizes set. */
static struct head_field *new_field(struct head *head, const struct split *parts)
{
    if (head->count == head->capacity) {
        head->fields = memory_grow(head->fields, head->count, &head->capacity, sizeof *head->fields);
    }
    struct head_field *field = &head->fields[head->count++];

    field->name_size = (uint32_t)parts->name_size;
    field->value_size = (uint32_t)parts->value_size;
    return field;
}

static bool is_name(const struct split *parts, const char *name)
{
    return parts->name_size == strlen(name) && strncasecmp(parts->name, name, parts->name_size) == 0;
}

static enum head_result add_field(struct head *head, const char *line, size_t n)
{
    struct split parts;
    struct head_field *field;

    if (!split_line(line, n, &parts)) {
        return HEAD_MORE; /* no field: skipped, as browsers do */
    }
    if (head->count == HEAD_FIELDS) {
        return HEAD_TOO_LARGE;
    }
    head->coded |= is_name(&parts, "Content-Encoding");
    head->sets_cookies |= is_name(&parts, "Set-Cookie");
    field = new_field(head, &parts);
    /* The text before the last field ends with its NUL; so does this one, which a folded line may still
     * extend. */
    if (head->text.n) {
        bytes_add_char(&head->text, '\0');
    }
    field->name = (uint32_t)head->text.n;
    bytes_add(&head->text, parts.name, parts.name_size);
    bytes_add_char(&head->text, '\0');
    field->value = (uint32_t)head->text.n;
    bytes_add(&head->text, parts.value, parts.value_size);
    return HEAD_MORE;
}

enum head_result head_line(struct head *head, const char *line, size_t n)
{
    head->total += n;
    if (head->total > HEAD_LIMIT) {
        return HEAD_TOO_LARGE;
    }
    if (n && line[n - 1] == '\n') {
        n--;
    }
    if (n && line[n - 1] == '\r') {
        n--;
    }
    if (!head->status) {
        int status = parse_status(line, n);

        if (status < 0) {
            return HEAD_BAD;
        }
        head->status = status;
        return HEAD_MORE;
    }
    if (!n) {
        if (head->status < 200 && head->status != 101) {
            forget(head);
            return HEAD_INTERIM;
        }
        head->complete = true;
        return HEAD_DONE;
    }
    if (blank(line[0])) {
        if (head->count) {
            fold(head, line, n);
        }
        return HEAD_MORE;
    }
    return add_field(head, line, n);
}

/* ------------------------------------------------------------------ lines that lie in the text */

/* A line that begins with a blank goes on with the value before it: it moves behind that. */
static void unfold(struct head *head, const char *line, size_t n)
{
    struct head_field *field = &head->fields[head->count - 1];
    char *end = head->text.p + field->value + field->value_size;

    trim(&line, &n);
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

/* The same as add_field(), without moving anything: the NUL goes over the line end, or a blank before it. */
static void place_field(struct head *head, const char *line, size_t n)
{
    struct split parts;
    struct head_field *field;

    if (head->count == HEAD_FIELDS || !split_line(line, n, &parts)) {
        return;
    }
    field = new_field(head, &parts);
    field->name = (uint32_t)(parts.name - head->text.p);
    field->value = (uint32_t)(parts.value - head->text.p);
    head->text.p[field->name + field->name_size] = '\0';
    head->text.p[field->value + field->value_size] = '\0';
}

/* RFC 9112 2.2 */
static void blank_bare_returns(char *line, size_t n)
{
    for (char *cr = memchr(line, '\r', n); cr; cr = memchr(cr, '\r', n - (size_t)(cr - line))) {
        *cr = ' ';
    }
}

static void parse_lines(struct head *head)
{
    char *line = head->text.p + head->lines, *end = head->text.p + head->text.n, *lf;

    head->unparsed = false;
    for (; line < end && (lf = memchr(line, '\n', (size_t)(end - line))); line = lf + 1) {
        size_t n = (size_t)(lf - line);

        n -= n && line[n - 1] == '\r';
        blank_bare_returns(line, n);
        if (!n) {
            return;
        }
        if (!blank(*line)) {
            place_field(head, line, n);
        } else if (head->count) {
            unfold(head, line, n);
        }
    }
}

const struct head_field *head_fields(const struct head *head, size_t *count)
{
    if (head->unparsed) {
        parse_lines((struct head *)(uintptr_t)head); /* what it says stays the same */
    }
    *count = head->count;
    return head->fields;
}

/* Of a head whose fields are still lines. None is folded, none has a blank before its colon: the parser would have taken
 * them apart. */
static bool next_cookie_line(struct head *head, size_t *from, const char **value, size_t *size)
{
    static const char name[] = "Set-Cookie:";
    char *line = head->text.p + (*from ? *from : head->cookies_at), *end = head->text.p + head->text.n, *lf;

    for (; line < end && (lf = memchr(line, '\n', (size_t)(end - line))); line = lf + 1) {
        size_t n = (size_t)(lf - line);

        if (n < sizeof name - 1 || strncasecmp(line, name, sizeof name - 1) != 0) {
            continue;
        }
        *from = (size_t)(lf + 1 - head->text.p);
        *value = line + sizeof name - 1;
        *size = n - (line[n - 1] == '\r') - (sizeof name - 1);
        blank_bare_returns(line, n - (line[n - 1] == '\r'));
        trim(value, size);
        return true;
    }
    return false;
}

/* ------------------------------------------------------------------ finding fields */

const struct head_field *head_next(const struct head *head, const char *name, size_t name_size, size_t *from)
{
    size_t count;
    const struct head_field *fields = head_fields(head, &count);

    while (*from < count) {
        const struct head_field *field = &fields[(*from)++];

        if (field->name_size == name_size && strncasecmp(head->text.p + field->name, name, name_size) == 0) {
            return field;
        }
    }
    return NULL;
}

bool head_next_cookie(const struct head *head, size_t *from, const char **value, size_t *size)
{
    const struct head_field *field;

    if (!head->sets_cookies) {
        return false;
    }
    if (head->unparsed) {
        return next_cookie_line((struct head *)(uintptr_t)head, from, value, size);
    }
    field = head_next(head, "Set-Cookie", 10, from);
    if (field) {
        *value = head->text.p + field->value;
        *size = field->value_size;
    }
    return field != NULL;
}

const char *head_value(const struct head *head, const char *name, size_t name_size, size_t *size)
{
    size_t from = 0;
    const struct head_field *field = head_next(head, name, name_size, &from);

    if (!field) {
        return NULL;
    }
    if (size) {
        *size = field->value_size;
    }
    return head->text.p + field->value;
}

void header_write(struct bytes *out, const struct header *header)
{
    bytes_add_text(out, header->name);
    bytes_add(out, ": ", header->value[0] ? 2 : 1);
    bytes_add_text(out, header->value);
    bytes_add(out, "\r\n", 2);
}

bool header_name_valid(const char *name, size_t n)
{
    if (!n) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)name[i];

        if (!isalnum(c) && (c == '\0' || !strchr("!#$%&'*+-.^_`|~", c))) {
            return false;
        }
    }
    return true;
}

bool header_value_valid(const char *value, size_t n)
{
    return !memchr(value, '\r', n) && !memchr(value, '\n', n) && !memchr(value, '\0', n);
}

/* IANA HTTP Status Code Registry. */
static const struct {
    int status;
    const char *reason;
} reasons[] = {
    {100, "Continue"},
    {101, "Switching Protocols"},
    {102, "Processing"},
    {103, "Early Hints"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {203, "Non-Authoritative Information"},
    {204, "No Content"},
    {205, "Reset Content"},
    {206, "Partial Content"},
    {207, "Multi-Status"},
    {208, "Already Reported"},
    {226, "IM Used"},
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {305, "Use Proxy"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {407, "Proxy Authentication Required"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {418, "I'm a teapot"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {423, "Locked"},
    {424, "Failed Dependency"},
    {425, "Too Early"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {451, "Unavailable For Legal Reasons"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {506, "Variant Also Negotiates"},
    {507, "Insufficient Storage"},
    {508, "Loop Detected"},
    {510, "Not Extended"},
    {511, "Network Authentication Required"},
};

const char *status_reason(int status)
{
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        if (reasons[i].status == status) {
            return reasons[i].reason;
        }
    }
    return NULL;
}
