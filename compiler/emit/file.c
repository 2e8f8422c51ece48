/* Files that a scenario names. The program holds them: the assembler takes them in, or, for a program that is
 * to need no assembler, they are texts of the C. Large ones are read when the program starts. */
#include "emit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MOST_EMBEDDED (UINT64_C(64) << 20)
enum { MOST_AS_TEXT = 1 << 20 }; /* compilers take long for larger ones */

const char *emit_beside(struct emit *em, struct span span, const char *name)
{
    const char *beside = emit_file_of(em, span), *slash = strrchr(beside, '/');
    char *resolved;

    if (name[0] != '/' && slash) {
        name = arena_format(em->arena, "%.*s/%s", (int)(slash - beside), beside, name);
    }
    resolved = realpath(name, NULL);
    if (!resolved) {
        emit_broken(em, span, "the file %s is gone", name);
    }
    name = arena_copy(em->arena, resolved, strlen(resolved));
    free(resolved);
    return name;
}

const char *emit_file_path(struct emit *em, const struct expr *e)
{
    size_t n;
    const char *name = known_text(em, e, &n);

    if (!name) {
        emit_broken(em, e->span, "the name of the file is not known");
    }
    return emit_beside(em, e->span, name);
}

uint64_t emit_file_size(struct emit *em, struct span span, const char *path)
{
    struct stat status;

    if (stat(path, &status) != 0) {
        emit_broken(em, span, "the file %s is gone", path);
    }
    return (uint64_t)status.st_size;
}

bool emit_is_large(const struct emit *em, uint64_t size)
{
    return size > (em->files == EMIT_READ ? MOST_AS_TEXT : MOST_EMBEDDED);
}

void emit_bytes(struct emit *em, const char *name, const char *p, size_t n)
{
    write_line(&em->data, "static const char %s[] = %s;", name, c_text(em->arena, n ? p : "", n));
}

static void write_as_text(struct emit *em, struct span span, const char *name, const char *path)
{
    size_t size = emit_file_size(em, span, path);
    FILE *file = fopen(path, "rb");
    char *bytes = malloc(size + 1);

    if (!file || !bytes || fread(bytes, 1, size + 1, file) != size) {
        emit_broken(em, span, "the file %s cannot be read", path);
    }
    emit_bytes(em, name, bytes, size);
    fclose(file);
    free(bytes);
}

void emit_assembled(struct emit *em, const char *name, const struct text *lines)
{
    write_line(&em->data, "__asm__(\".pushsection .rodata\\n\"");
    write_line(&em->data, "        \"swarm_%s:\\n\"", name);
    for (const char *line = lines->p; line && *line; line = strchr(line, '\n') + 1) {
        write_line(&em->data, "        %s", c_text(em->arena, line, (size_t)(strchr(line, '\n') + 1 - line)));
    }
    write_line(&em->data, "        \".byte 0\\n.popsection\");");
    write_line(&em->data, "extern const char %s[] __asm__(\"swarm_%s\");", name, name);
}

void emit_incbin(struct text *lines, const char *path, uint64_t skip, uint64_t size)
{
    text_puts(lines, ".incbin \"");
    for (const char *p = path; *p; p++) {
        if (*p == '"' || *p == '\\') {
            text_add(lines, "\\", 1);
        }
        text_add(lines, p, 1);
    }
    text_printf(lines, "\", %" PRIu64 ", %" PRIu64 "\n", skip, size);
}

const char *emit_file(struct emit *em, struct span span, const char *path)
{
    const char *name = emit_unique(em, "file", span);
    struct text lines = {0};

    if (em->files == EMIT_READ) {
        write_as_text(em, span, name, path);
        return name;
    }
    emit_incbin(&lines, path, 0, emit_file_size(em, span, path));
    emit_assembled(em, name, &lines);
    text_free(&lines);
    return name;
}

/* ------------------------------------------------------------------ large bodies */

const char *emit_path_at_start(struct emit *em, struct span span, const char *name)
{
    return em->files == EMIT_READ ? emit_beside(em, span, name) : name;
}

const char *emit_large(struct emit *em, struct span span, const struct body_piece *pieces, unsigned count,
                       const char *boundary)
{
    const char *name = emit_unique(em, "large", span);
    size_t n;

    write_open(&em->data, "static const struct swarm_piece %s_pieces[] = {", name);
    for (unsigned i = 0; i < count; i++) {
        const struct body_piece *piece = &pieces[i];
        if (piece->file) {
            const char *path = emit_path_at_start(em, piece->file->span, known_text(em, piece->file, &n));
            write_line(&em->data, "{.file = %s},", c_string(em->arena, path));
        } else {
            write_line(&em->data, "{.text = %s, .size = %zu},", c_text(em->arena, piece->text.p, piece->text.n),
                       piece->text.n);
        }
    }
    write_close(&em->data, "};");
    write_line(&em->data, "static struct swarm_large %s = {.pieces = %s_pieces, .count = %u, .boundary = %s};", name,
               name, count, boundary ? c_string(em->arena, boundary) : "NULL");
    text_printf(&em->large, "&%s, ", name);
    em->large_count++;
    return name;
}

void emit_large_table(struct emit *em, struct writer *program)
{
    if (!em->large_count) {
        return;
    }
    write_line(&em->data, "static struct swarm_large *const large_bodies[] = {%s};", em->large.p);
    write_line(program, ".large = large_bodies,");
    write_line(program, ".large_count = %u,", em->large_count);
}
