#include "decode.h"

#include <stdio.h>
#include <strings.h>

#include "url.h"

enum { PIECE = 64 * 1024 };

enum decode_result decode_bad(char *why, const char *name, const char *reason)
{
    snprintf(why, DECODE_WHY, "cannot decode %s body: %s", name, reason);
    return DECODE_BAD;
}

size_t decode_piece(const struct bytes *out, size_t limit)
{
    size_t left = limit + 1 - out->n;

    return left < PIECE ? left : PIECE;
}

/* ------------------------------------------------------------------ what a head says */

/* One coding that a body has. */
struct layer {
    const struct decode_coding *coding; /* NULL: it stays as it is */
    size_t which;                       /* of its names */
    const char *missing;                /* a coding that the program was made without */
};

static bool same(struct url_part name, const char *other)
{
    return strlen(other) == name.n && strncasecmp(other, name.p, name.n) == 0;
}

static bool is_identity(struct url_part name)
{
    return name.n == 0 || same(name, "identity");
}

static struct layer layer_of(const struct decode_coding *const *codings, struct url_part name)
{
    static const char *const known[] = {"gzip", "x-gzip", "deflate", "br"};

    for (; *codings; codings++) {
        for (size_t i = 0; i < DECODE_NAMES && (*codings)->names[i]; i++) {
            if (same(name, (*codings)->names[i])) {
                return (struct layer){.coding = *codings, .which = i};
            }
        }
    }
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (same(name, known[i])) {
            return (struct layer){.missing = known[i]};
        }
    }
    return (struct layer){0};
}

/* The codings in the order of their application; how many, -1: more than DECODE_LAYERS. */
static int read_codings(const struct decode_coding *const *codings, const struct head *head,
                        struct layer layers[DECODE_LAYERS])
{
    const struct head_field *field;
    size_t from = 0;
    int count = 0;

    while ((field = head_next(head, "Content-Encoding", 16, &from))) {
        const char *p = head->text.p + field->value, *end = p + field->value_size;

        while (p <= end) {
            const char *comma = memchr(p, ',', (size_t)(end - p)), *stop = comma ? comma : end;
            struct url_part name = {p, (size_t)(stop - p)};

            while (name.n && (*name.p == ' ' || *name.p == '\t')) {
                name.p++;
                name.n--;
            }
            while (name.n && (name.p[name.n - 1] == ' ' || name.p[name.n - 1] == '\t')) {
                name.n--;
            }
            p = stop + 1;
            if (is_identity(name)) {
                continue;
            }
            if (count == DECODE_LAYERS) {
                return -1;
            }
            layers[count++] = layer_of(codings, name);
        }
    }
    return count;
}

enum decode_result decode_body(const struct decode_coding *const *codings, const struct head *head, const char *body,
                               size_t n, size_t limit, struct bytes *out, char why[DECODE_WHY])
{
    static const struct decode_coding *const none[] = {NULL};
    struct layer layers[DECODE_LAYERS];
    enum decode_result result = DECODE_PLAIN;
    struct bytes whole = {0};
    int count = head->coded ? read_codings(codings ? codings : none, head, layers) : 0;

    bytes_clear(out, SIZE_MAX);
    if (!n || count == 0) {
        return DECODE_PLAIN;
    }
    if (count < 0) {
        return decode_bad(why, "the", "more than 4 codings on top of each other");
    }
    for (int i = count - 1; i >= 0; i--) {
        if (layers[i].missing) {
            result = decode_bad(why, layers[i].missing, "the scenario does not ask for this coding");
            break;
        }
        if (!layers[i].coding) {
            break;
        }
        bytes_free(&whole);
        if (result == DECODE_DONE) {
            whole = *out;
            *out = (struct bytes){0};
            body = bytes_text(&whole);
            n = whole.n;
        }
        result = layers[i].coding->undo(layers[i].which, body, n, limit, out, why);
        if (result != DECODE_DONE) {
            break;
        }
    }
    bytes_free(&whole);
    return result;
}
