/* multipart { }: files are taken into the program. Where every part is known, the whole body is put together by the assembler,
 * boundary included; else a table of parts is filled and swarm_multipart() does it. */
#include "emit.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>

/* Types of what people upload (the IANA registry). */
static const char *const types[][2] = {
    /* clang-format off */
    {"txt", "text/plain"},          {"csv", "text/csv"},          {"html", "text/html"},          {"htm", "text/html"},
    {"css", "text/css"},            {"js", "text/javascript"},    {"md", "text/markdown"},        {"xml", "application/xml"},
    {"json", "application/json"},   {"pdf", "application/pdf"},   {"zip", "application/zip"},     {"gz", "application/gzip"},
    {"png", "image/png"},           {"jpg", "image/jpeg"},        {"jpeg", "image/jpeg"},         {"gif", "image/gif"},
    {"webp", "image/webp"},         {"svg", "image/svg+xml"},     {"bmp", "image/bmp"},           {"ico", "image/vnd.microsoft.icon"},
    {"avif", "image/avif"},         {"tif", "image/tiff"},        {"tiff", "image/tiff"},         {"mp3", "audio/mpeg"},
    {"wav", "audio/wav"},           {"ogg", "audio/ogg"},         {"mp4", "video/mp4"},           {"webm", "video/webm"},
    {"woff", "font/woff"},          {"woff2", "font/woff2"},      {"wasm", "application/wasm"},   {"yaml", "application/yaml"},
    {"yml", "application/yaml"},    {"rtf", "application/rtf"},   {"doc", "application/msword"},  {"xls", "application/vnd.ms-excel"},
    /* clang-format on */
    {"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
    {"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
};

static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static const char *guess_type(const char *path)
{
    const char *dot = strrchr(base_of(path), '.');

    for (size_t i = 0; dot && i < sizeof types / sizeof *types; i++) {
        if (strcasecmp(dot + 1, types[i][0]) == 0) {
            return types[i][1];
        }
    }
    return "application/octet-stream";
}

/* The whole file, mapped: munmap() frees it. NULL: it is empty. */
static const char *map_file(struct emit *em, const struct part *part, const char *path, size_t *n)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    void *p = NULL;

    *n = emit_file_size(em, part->span, path);
    if (fd < 0 || (*n && (p = mmap(NULL, *n, PROT_READ, MAP_PRIVATE, fd, 0)) == MAP_FAILED)) {
        emit_broken(em, part->span, "the file %s cannot be read", path);
    }
    close(fd);
    return p;
}

/* ------------------------------------------------------------------ everything is known */

/* A part whose head and text are known; of a file, `path`. */
struct known {
    struct text head, text;
    const struct expr *file; /* NULL: a field */
    const char *path;
    const char *content; /* of the file */
    size_t size;
};

static void add_name(struct text *out, const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (p[i] == '"' || p[i] == '\r' || p[i] == '\n') {
            text_puts(out, p[i] == '"' ? "%22" : p[i] == '\r' ? "%0D" : "%0A");
        } else {
            text_add(out, p + i, 1);
        }
    }
}

static bool is_known(struct emit *em, const struct part *part)
{
    size_t n;

    return known_text(em, part->name, &n) && known_text(em, part->value, &n) &&
           (!part->content_type || known_text(em, part->content_type, &n));
}

static void fill(struct emit *em, const struct part *part, struct known *known)
{
    size_t n, value_size, type_size = 0;
    const char *name = known_text(em, part->name, &n), *value = known_text(em, part->value, &value_size);

    text_puts(&known->head, "Content-Disposition: form-data; name=\"");
    add_name(&known->head, name, n);
    if (part->file) {
        const char *type = part->content_type ? known_text(em, part->content_type, &type_size) : guess_type(value);
        text_puts(&known->head, "\"; filename=\"");
        add_name(&known->head, base_of(value), strlen(base_of(value)));
        text_puts(&known->head, "\"\r\nContent-Type: ");
        text_add(&known->head, type, type_size ? type_size : strlen(type));
        text_puts(&known->head, "\r\n\r\n");
        known->file = part->value;
        known->path = emit_file_path(em, part->value);
        known->content = map_file(em, part, known->path, &known->size);
    } else {
        text_puts(&known->head, "\"\r\n\r\n");
        text_add(&known->text, value, value_size);
    }
}

static const char *content(const struct known *known, size_t *n)
{
    *n = known->path ? known->size : known->text.n;
    return known->path ? known->content : known->text.p;
}

/* A boundary that stands in no content. */
static const char *boundary_of(struct emit *em, const struct known *parts, unsigned count)
{
    for (unsigned number = 1;; number++) {
        const char *boundary = arena_format(em->arena, "swarm-boundary-%u", number);
        bool inside = false;
        for (unsigned i = 0; i < count && !inside; i++) {
            size_t n;
            const char *p = content(&parts[i], &n);
            inside = n && memmem(p, n, boundary, strlen(boundary));
        }
        if (!inside) {
            return boundary;
        }
    }
}

/* `.ascii "…"` of any bytes. */
static void add_ascii(struct text *lines, const struct text *text)
{
    for (size_t i = 0; i < text->n; i++) {
        unsigned char ch = (unsigned char)text->p[i];
        if (i % 64 == 0) {
            text_puts(lines, i ? "\"\n.ascii \"" : ".ascii \"");
        }
        if (ch < 0x20 || ch > 0x7e || ch == '"' || ch == '\\') {
            text_printf(lines, "\\%03o", ch);
        } else {
            text_add(lines, &text->p[i], 1);
        }
    }
    if (text->n) {
        text_puts(lines, "\"\n");
    }
}

/* The body as pieces: a file each, and all that stands between them. */
static unsigned cut(const struct known *parts, unsigned count, const char *boundary, struct body_piece *pieces)
{
    unsigned n = 0;

    for (unsigned i = 0; i < count; i++) {
        struct text *text = &pieces[n].text;
        text_printf(text, "%s--%s\r\n", i ? "\r\n" : "", boundary);
        text_add(text, parts[i].head.p, parts[i].head.n);
        text_add(text, parts[i].text.p, parts[i].text.n);
        if (parts[i].file) {
            pieces[++n].file = parts[i].file;
            n++;
        }
    }
    text_printf(&pieces[n].text, "%s--%s--\r\n", count ? "\r\n" : "", boundary);
    return n + 1;
}

/* As bytes of the program; how many. */
static uint64_t write_embedded(struct emit *em, const char *name, const struct body_piece *pieces, unsigned count)
{
    struct text lines = {0};
    uint64_t size = 0;

    for (unsigned i = 0; i < count; i++) {
        uint64_t n = pieces[i].text.n;
        if (pieces[i].file) {
            const char *path = emit_file_path(em, pieces[i].file);
            n = emit_file_size(em, pieces[i].file->span, path);
            emit_incbin(&lines, path, 0, n);
        } else {
            add_ascii(&lines, &pieces[i].text);
        }
        size += n;
    }
    emit_assembled(em, name, &lines);
    text_free(&lines);
    return size;
}

/* As one text of the C, where the program is to need no assembler. */
static uint64_t write_text(struct emit *em, const char *name, const struct known *parts, unsigned count,
                           const char *boundary)
{
    struct text whole = {0};
    uint64_t size;
    size_t n;

    for (unsigned i = 0; i < count; i++) {
        const char *p = content(&parts[i], &n);
        text_printf(&whole, "%s--%s\r\n", i ? "\r\n" : "", boundary);
        text_add(&whole, parts[i].head.p, parts[i].head.n);
        text_add(&whole, p, n);
    }
    text_printf(&whole, "%s--%s--\r\n", count ? "\r\n" : "", boundary);
    emit_bytes(em, name, whole.p, whole.n);
    size = whole.n;
    text_free(&whole);
    return size;
}

static bool any_large(const struct emit *em, const struct known *parts, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (emit_is_large(em, parts[i].size)) {
            return true;
        }
    }
    return false;
}

/* Where every part is known. */
static void write_known(struct emit *em, const struct attr *attr, const struct known *parts, unsigned count,
                        struct built *built)
{
    const char *boundary = boundary_of(em, parts, count);
    struct body_piece *pieces = ARENA_ARRAY(em->arena, struct body_piece, 2 * count + 1);
    unsigned n = cut(parts, count, boundary, pieces);

    if (any_large(em, parts, count)) {
        built->large = emit_large(em, attr->span, pieces, n, boundary);
    } else {
        built->body = emit_unique(em, "multipart", attr->span);
        uint64_t size = em->files == EMIT_READ ? write_text(em, built->body, parts, count, boundary)
                                               : write_embedded(em, built->body, pieces, n);
        built->body_size = arena_format(em->arena, "%" PRIu64, size);
    }
    built->content_type = arena_format(em->arena, "\"multipart/form-data; boundary=%s\"", boundary);
    for (unsigned i = 0; i < n; i++) {
        text_free(&pieces[i].text);
    }
}

bool multipart_constant(struct emit *em, const struct attr *attr, struct built *built)
{
    unsigned count = 0, i = 0;

    for (const struct part *part = attr->parts; part; part = part->next, count++) {
        if (!is_known(em, part)) {
            return false;
        }
    }
    struct known *parts = ARENA_ARRAY(em->arena, struct known, count + 1);
    for (const struct part *part = attr->parts; part; part = part->next) {
        fill(em, part, &parts[i++]);
    }
    write_known(em, attr, parts, count, built);
    for (i = 0; i < count; i++) {
        text_free(&parts[i].head);
        text_free(&parts[i].text);
        if (parts[i].content) {
            munmap((void *)(uintptr_t)parts[i].content, parts[i].size);
        }
    }
    return true;
}

/* ------------------------------------------------------------------ something is computed */

static void set(struct emit *em, const char *table, unsigned i, const char *member, const char *value)
{
    write_line(&em->fn->body, "%s[%u].%s = %s;", table, i, member, value);
}

static void emit_content(struct emit *em, const struct part *part, const char *table, unsigned i)
{
    const char *path = emit_file_path(em, part->value);
    const struct body_piece piece = {.file = part->value};
    uint64_t size = emit_file_size(em, part->span, path);

    if (emit_is_large(em, size)) {
        const char *large = emit_large(em, part->span, &piece, 1, NULL);
        set(em, table, i, "data", arena_format(em->arena, "%s.bytes", large));
        set(em, table, i, "size", arena_format(em->arena, "%s.size", large));
        return;
    }
    set(em, table, i, "data", emit_file(em, part->span, path));
    set(em, table, i, "size", arena_format(em->arena, "%" PRIu64, size));
}

static void emit_part(struct emit *em, const struct part *part, const char *table, unsigned i)
{
    size_t n;
    const char *as = base_of(known_text(em, part->value, &n)), *guessed = guess_type(as);

    set(em, table, i, "file", c_string(em->arena, as));
    emit_content(em, part, table, i);
    set(em, table, i, "type",
        part->content_type
            ? emit_value(em, part->content_type)
            : arena_format(em->arena, "swarm_text(%s, %zu)", c_string(em->arena, guessed), strlen(guessed)));
}

void emit_multipart(struct emit *em, const struct attr *attr)
{
    const char *table = emit_temp_name(em, attr->span);
    unsigned count = 0, i = 0;

    for (const struct part *part = attr->parts; part; part = part->next) {
        count++;
    }
    write_line(&em->fn->body, "struct swarm_part %s[%u] = {{.file = NULL}};", table, count);
    for (const struct part *part = attr->parts; part; part = part->next, i++) {
        struct scope_of_temps scope;

        temps_begin(em, &scope);
        set(em, table, i, "place", emit_place_of(em, part->value));
        set(em, table, i, "name", emit_value(em, part->name));
        if (part->file) {
            emit_part(em, part, table, i);
        } else {
            set(em, table, i, "value", emit_value(em, part->value));
        }
        temps_end(em, &scope);
    }
    write_line(&em->fn->body, "swarm_multipart(s, q, %s, %u);", table, count);
}
