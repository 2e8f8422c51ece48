/* Test data: files are there; data_file.c looks into them. */
#include <stdio.h>
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

void check_data(struct checker *c, struct decl *decl)
{
    struct diag *diag;
    const char *path;

    if (!decl->path ||
        !check_constant(c, decl->symbol->env, decl->path, type_of(TYPE_STRING), "the name of a file"))
        return;
    if (decl->path->constness != CONST_KNOWN || decl->path->type.kind != TYPE_STRING) {
        diag_add(c->diags, DIAG_E0212, decl->path->span,
                 "the name of a data file must be known to the compiler");
        return;
    }
    path = decl->path->known.text.p;
    if (!file_exists(c, decl->path->span, path)) {
        diag = diag_add(c->diags, DIAG_E0703, decl->path->span, "cannot read the file `%s`", path);
        diag_help(c->diags, diag, "its path is relative to this file: %s",
                  path_beside(c, decl->path->span.file, path));
    } else if (!decl->data_read) {
        decl->data_read = true; /* the scenario may be looked at more than once */
        read_data_file(c, decl, path);
    }
}
