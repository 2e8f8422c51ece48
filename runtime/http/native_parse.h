/*
 * native_parse.h - answers of HTTP/1.1 as they come off the wire (RFC 9110, RFC 9112): bytes in, head, pieces
 * of the body and the end out. No input or output, no clock: the result depends on the bytes alone, not on how
 * they are split.
 *
 * Call native_parse() until it wants more bytes or is over. The head's text holds the bytes of the head as they
 * came; its fields, which are taken apart when they are asked for (head_fields), point into it. Pieces of the body point into the input.
 *
 * Lenient where real servers are sloppy (a bare LF, no reason phrase, folded lines, a line without a colon),
 * strict where the end of the message is at stake: lengths that contradict each other, chunks without a size,
 * transfer codings nobody asked for are errors. Everything is bounded: HEAD_LIMIT bytes for all heads and
 * trailers, HEAD_FIELDS fields, NATIVE_INTERIM_LIMIT answers before the final one, NATIVE_CHUNK_LINE bytes for
 * the line of a chunk's size.
 */
#ifndef SWARM_HTTP_NATIVE_PARSE_H
#define SWARM_HTTP_NATIVE_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "head.h"
#include "url.h"

enum {
    NATIVE_INTERIM_LIMIT = 100,
    NATIVE_CHUNK_LINE = 16 * 1024,
};

enum native_parse_result {
    NATIVE_PARSE_MORE,      /* all is taken, the next bytes are wanted */
    NATIVE_PARSE_HEAD,      /* the head is complete */
    NATIVE_PARSE_BODY,      /* *piece is a part of the body */
    NATIVE_PARSE_DONE,      /* the message is over; what is left of the input is none of it */
    NATIVE_PARSE_BAD,       /* no HTTP; why says what is wrong */
    NATIVE_PARSE_TOO_LARGE, /* a head or trailers beyond the limits */
};

/* What the fields say of the end of the message (RFC 9112 section 6). */
struct native_framing {
    uint64_t length;
    bool has_length, has_coding, chunked, close, keep_alive;
};

struct native_parse {
    struct native_framing framing;
    uint64_t left;       /* bytes of the body or of the chunk to come */
    const char *why;     /* of NATIVE_PARSE_BAD */
    uint32_t line_start; /* in the head's text */
    uint32_t scanned;    /* there: without a line end up to here */
    uint32_t line;       /* bytes of the line of a chunk's size, or of the trailer line, so far */
    uint16_t lines;      /* of fields in the head */
    uint8_t state;
    uint8_t digits; /* of a chunk's size, without leading zeros */
    uint8_t interim;
    bool no_body; /* the request was HEAD */
    bool http_1_0;
    bool odd;  /* a line of the head is folded, or has a blank before its colon */
    bool nul;  /* there may be a NUL byte in the head */
    bool keep; /* the answer lets the connection be used again */
};

void native_parse_begin(struct native_parse *parse, bool no_body);

/* Takes bytes from the front of *input. `head` must be empty (head_clear) at the first call. */
enum native_parse_result native_parse(struct native_parse *parse, struct head *head, struct url_part *input,
                                      struct url_part *piece);

/* The connection has ended in order. True: that was the end of the message. */
bool native_parse_ends(const struct native_parse *parse);

#endif
