/* multipart/form-data (RFC 7578), names written as browsers write them (the HTML standard, "multipart form data"). */
#include <stdlib.h>

#include "request.h"
#include "value/value.h"

/* A line end or quote in a name must not end it. */
static void add_name(struct bytes *out, struct url_part text)
{
    for (size_t i = 0; i < text.n; i++) {
        switch (text.p[i]) {
        case '"':
            bytes_add_text(out, "%22");
            break;
        case '\r':
            bytes_add_text(out, "%0D");
            break;
        case '\n':
            bytes_add_text(out, "%0A");
            break;
        default:
            bytes_add_char(out, text.p[i]);
        }
    }
}

static bool begin_part(struct swarm_strand *s, struct bytes *out, const struct swarm_part *part)
{
    struct value_buffer room = {0};
    struct url_part name;
    bool made = request_text(s, part->name, part->place, &room, &name);

    if (made) {
        bytes_add_text(out, "Content-Disposition: form-data; name=\"");
        add_name(out, name);
        bytes_add_char(out, '"');
    }
    value_buffer_free(&room);
    return made;
}

static bool add_type(struct swarm_strand *s, struct bytes *out, const struct swarm_part *part)
{
    struct value_buffer room = {0};
    struct url_part type = {"application/octet-stream", 24};
    bool made = part->type.kind == SWARM_NULL || (request_text(s, part->type, part->place, &room, &type) &&
                                                  request_header_allowed(s, part->place, "Content-Type", type));

    if (made) {
        bytes_add_text(out, "Content-Type: ");
        bytes_add(out, type.p, type.n);
    }
    value_buffer_free(&room);
    return made;
}

/* What stands between two boundaries: a head and a text that is in `text` or, of a file, in the program. */
struct piece {
    size_t head_from, head_size, text_from, text_size;
    const struct swarm_part *file;
};

struct pieces {
    struct bytes text;   /* heads and the values of fields, one behind the other */
    struct bytes places; /* struct piece … */
};

static void add_file(struct swarm_strand *s, struct pieces *to, const struct swarm_part *part)
{
    struct piece piece = {.head_from = to->text.n, .file = part};

    if (!begin_part(s, &to->text, part)) {
        return;
    }
    bytes_add_text(&to->text, "; filename=\"");
    add_name(&to->text, (struct url_part){part->file, strlen(part->file)});
    bytes_add_text(&to->text, "\"\r\n");
    if (!add_type(s, &to->text, part)) {
        return;
    }
    bytes_add_text(&to->text, "\r\n\r\n");
    piece.head_size = to->text.n - piece.head_from;
    bytes_add(&to->places, &piece, sizeof piece);
}

static void add_value(struct swarm_strand *s, struct pieces *to, const struct swarm_part *part, struct swarm_value v)
{
    struct piece piece = {.head_from = to->text.n};
    struct value_buffer room = {0};
    struct url_part text;

    if (request_text(s, v, part->place, &room, &text) && begin_part(s, &to->text, part)) {
        bytes_add_text(&to->text, "\r\n\r\n");
        piece.head_size = to->text.n - piece.head_from;
        piece.text_from = to->text.n;
        piece.text_size = text.n;
        bytes_add(&to->text, text.p, text.n);
        bytes_add(&to->places, &piece, sizeof piece);
    }
    value_buffer_free(&room);
}

static void add_field(struct swarm_strand *s, struct pieces *to, const struct swarm_part *part)
{
    const struct swarm_value *items = &part->value;
    uint32_t n = 1;

    if (value_is_object(part->value)) {
        value_wanted(s, part->place, "a text, number or list", part->value);
        return;
    }
    if (value_is_list(part->value) && !value_unfold(s, part->place, part->value, &items, &n)) {
        return;
    }
    for (uint32_t i = 0; i < n && !swarm_failed(s); i++) {
        if (value_is_object(items[i]) || (items != &part->value && value_is_list(items[i]))) {
            value_wanted(s, part->place, "a list of texts and numbers", items[i]);
        } else if (items[i].kind != SWARM_NULL) {
            add_value(s, to, part, items[i]);
        }
    }
}

static const char *content(const struct pieces *pieces, const struct piece *piece, size_t *n)
{
    *n = piece->file ? piece->file->size : piece->text_size;
    return piece->file ? piece->file->data : pieces->text.p + piece->text_from;
}

static uint64_t hash_of(const struct pieces *pieces, const struct piece *all, size_t count)
{
    uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */

    for (size_t i = 0; i < count; i++) {
        size_t n;
        const char *p = content(pieces, &all[i], &n);

        n = n < 4096 ? n : 4096;
        for (size_t k = 0; k < n; k++) {
            hash = (hash ^ (unsigned char)p[k]) * UINT64_C(1099511628211);
        }
    }
    return hash;
}

enum { BOUNDARY = 32 };

/* One that stands in no content; the same contents get the same one. */
static void choose_boundary(const struct pieces *pieces, const struct piece *all, size_t count, char boundary[BOUNDARY])
{
    bool inside = true;

    for (uint64_t hash = hash_of(pieces, all, count); inside; hash++) {
        snprintf(boundary, BOUNDARY, "swarm-%016llx", (unsigned long long)hash);
        inside = false;
        for (size_t i = 0; i < count && !inside; i++) {
            size_t n;
            const char *p = content(pieces, &all[i], &n);

            inside = n && memmem(p, n, boundary, strlen(boundary));
        }
    }
}

static void write_body(struct swarm_request *q, const struct pieces *pieces)
{
    const struct piece *all = (const struct piece *)bytes_text(&pieces->places);
    size_t count = pieces->places.n / sizeof *all;
    char boundary[BOUNDARY];

    choose_boundary(pieces, all, count, boundary);
    for (size_t i = 0; i < count; i++) {
        size_t n;
        const char *p = content(pieces, &all[i], &n);

        bytes_format(&q->body, "--%s\r\n", boundary);
        bytes_add(&q->body, pieces->text.p + all[i].head_from, all[i].head_size);
        bytes_add(&q->body, p, n);
        bytes_add_text(&q->body, "\r\n");
    }
    bytes_format(&q->body, "--%s--\r\n", boundary);
    bytes_clear(&q->multipart_type, 256);
    bytes_format(&q->multipart_type, "multipart/form-data; boundary=%s", boundary);
    q->content_type = q->multipart_type.p;
    q->has_body = true;
}

void swarm_multipart(struct swarm_strand *s, struct swarm_request *q, const struct swarm_part *parts, uint32_t count)
{
    struct pieces pieces = {0};

    for (uint32_t i = 0; i < count && !swarm_failed(s); i++) {
        (parts[i].file ? add_file : add_field)(s, &pieces, &parts[i]);
    }
    if (!swarm_failed(s)) {
        write_body(q, &pieces);
    }
    bytes_free(&pieces.text);
    bytes_free(&pieces.places);
}
