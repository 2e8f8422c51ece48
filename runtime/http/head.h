/*
 * head.h - header fields, of requests and of answers.
 *
 * struct head is the head of an answer, put together from lines as they come off the wire by whichever
 * engine: status, fields in the order of arrival, names in any case, repeated ones kept, folded lines (RFC
 * 9112 5.2) joined by a space. Lenient where real servers are sloppy, never beyond HEAD_LIMIT bytes or
 * HEAD_FIELDS fields.
 */
#ifndef SWARM_HTTP_HEAD_H
#define SWARM_HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bytes.h"

enum {
    HEAD_LIMIT = 256 * 1024, /* bytes of a head, and of all 1xx heads before it */
    HEAD_FIELDS = 1000,
};

/* A field to be sent; NUL-terminated texts without CR, LF, NUL. */
struct header {
    const char *name, *value;
};

/* Appends "Name: value" and a line end. */
void header_write(struct bytes *out, const struct header *header);

struct head_field {
    uint32_t name, value; /* offsets into head->text; the value is NUL-terminated */
    uint32_t name_size, value_size;
};

struct head {
    int status;                 /* 0: no status line yet */
    bool complete;              /* the empty line came */
    bool coded, sets_cookies;   /* whether there may be a field Content-Encoding, Set-Cookie */
    bool unparsed;              /* the fields still are lines of the text, from `lines` on */
    uint32_t lines, cookies_at; /* cookies_at: not before it a line sets a cookie */
    struct bytes text;
    struct head_field *fields; /* head_fields() */
    size_t count, capacity;
    size_t total; /* bytes seen, 1xx included */
};

enum head_result {
    HEAD_MORE,    /* the line is taken */
    HEAD_DONE,    /* it was the empty line: the head is complete */
    HEAD_INTERIM, /* it was the empty line of a 1xx: forgotten, another head follows */
    HEAD_BAD,     /* not HTTP */
    HEAD_TOO_LARGE,
};

void head_init(struct head *head);
void head_free(struct head *head);
/* Empties it for the next answer. */
void head_clear(struct head *head);

/* One line with or without its line end. A line that begins with "HTTP/" where no field came yet is the
 * status line. */
enum head_result head_line(struct head *head, const char *line, size_t n);

/* The fields of a complete head. They may be taken apart at the first call, which changes the text in place. */
const struct head_field *head_fields(const struct head *head, size_t *count);

/* The first value of a field, or NULL; *size may be NULL. Valid until the head is cleared. */
const char *head_value(const struct head *head, const char *name, size_t name_size, size_t *size);
/* The field at or behind *from with that name, and moves *from behind it; NULL: no more. */
const struct head_field *head_next(const struct head *head, const char *name, size_t name_size, size_t *from);

/* The next value of Set-Cookie, without taking the head apart for it; *from is 0 at first. False: no more. */
bool head_next_cookie(const struct head *head, size_t *from, const char **value, size_t *size);

/* Whether `name` may be a field's name (RFC 9110 5.6.2, token), and whether a value holds no CR, LF, NUL. */
bool header_name_valid(const char *name, size_t n);
bool header_value_valid(const char *value, size_t n);

/* The standard reason phrase of a status, or NULL. */
const char *status_reason(int status);

#endif
