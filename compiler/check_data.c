/* Test data: files are there, and a CSV's first line names its columns. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "checker.h"

char *path_beside(struct checker *c, uint16_t file, const char *path)
{
    const char *of = file < c->unit->sources.count ? c->unit->sources.file[file].path : "";
    const char *slash = strrchr(of, '/');

    if (path[0] == '/' || !slash)
        return arena_copy(c->arena, path, strlen(path));
    return arena_format(c->arena, "%.*s/%s", (int)(slash - of), of, path);
}

bool file_exists(struct checker *c, struct span from, const char *path)
{
    struct stat info;
    FILE *file;

    path = path_beside(c, from.file, path);
    if (stat(path, &info) != 0 || S_ISDIR(info.st_mode))
        return false;
    file = fopen(path, "rb");
    if (!file)
        return false;
    fclose(file);
    return true;
}

struct type data_type(const struct decl *decl)
{
    struct type type = type_of(TYPE_RECORD);

    if (name_is(decl->keyword.text, "lines"))
        return type_of(TYPE_STRING);
    type.record = decl;
    return type;
}

const struct name *data_columns(const struct decl *decl, size_t *count)
{
    *count = decl ? decl->column_count : 0;
    return decl ? decl->columns : NULL;
}

/* One field of a CSV line (RFC 4180); returns where the next begins, NULL at the end of the line. */
static const char *csv_field(const char *p, const char *end, struct text *out)
{
    bool quoted = p < end && *p == '"';

    if (quoted)
        p++;
    for (; p < end; p++) {
        if (quoted && *p == '"') {
            if (p + 1 < end && p[1] == '"') {
                p++;
            } else {
                quoted = false;
                continue;
            }
        } else if (!quoted && *p == ',') {
            return p + 1;
        } else if (!quoted && (*p == '\n' || *p == '\r')) {
            return NULL;
        }
        text_add(out, p, 1);
    }
    return NULL;
}

static void read_columns(struct checker *c, struct decl *decl, const char *p, size_t n)
{
    const char *at = p, *end = p + n;
    size_t room = 1;

    for (size_t i = 0; i < n && p[i] != '\n'; i++)
        room += p[i] == ',';
    decl->columns = ARENA_ARRAY(c->arena, struct name, room);
    decl->column_count = 0;
    while (at && decl->column_count < room) {
        struct text field = {0};
        at = csv_field(at, end, &field);
        decl->columns[decl->column_count++] =
            (struct name){arena_intern(c->arena, field.n ? field.p : "", field.n), decl->name.span};
        text_free(&field);
    }
}

void check_data(struct checker *c, struct decl *decl)
{
    enum { HEAD = 64 * 1024 };
    struct diag *diag;
    const char *path;
    char *head;
    size_t n;
    FILE *file;

    if (!decl->path ||
        !check_constant(c, decl->symbol->env, decl->path, type_of(TYPE_STRING), "the name of a file") ||
        decl->path->constness != CONST_KNOWN)
        return;
    path = decl->path->known.text.p;
    if (!file_exists(c, decl->path->span, path)) {
        diag = diag_add(c->diags, DIAG_E0703, decl->path->span, "cannot read the file `%s`", path);
        diag_help(c->diags, diag, "its path is relative to this file: %s",
                  path_beside(c, decl->path->span.file, path));
        return;
    }
    if (!name_is(decl->keyword.text, "csv"))
        return;
    file = fopen(path_beside(c, decl->path->span.file, path), "rb");
    if (!file)
        return;
    head = malloc(HEAD);
    if (head) {
        n = fread(head, 1, HEAD, file);
        size_t skip = n >= 3 && memcmp(head, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
        if (n == skip)
            diag_add(c->diags, DIAG_E0706, decl->path->span,
                     "`%s` is empty: its first line must name the columns", path);
        else
            read_columns(c, decl, head + skip, n - skip);
        free(head);
    }
    fclose(file);
}
