<<<<<<< /tmp/tools/ours.c
/* Test data: files are there; a CSV's first line names its columns, the objects of a JSON array theirs. */
||||||| /tmp/tools/base.c
/* Test data: files are there, and a CSV's first line names its columns. */
=======
/* Test data: files are there; data_file.c looks into them. */
>>>>>>> /tmp/tools/theirs.c
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

<<<<<<< /tmp/tools/ours.c
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

/* ------------------------------------------------------------------ JSON: keys of the array's objects */

struct json {
    const char *p, *end;
    unsigned depth;
    bool bad;
};

static void json_space(struct json *j)
{
    while (j->p < j->end && strchr(" \t\r\n", *j->p) && *j->p)
        j->p++;
}

static bool json_take(struct json *j, char ch)
{
    json_space(j);
    if (j->p >= j->end || *j->p != ch)
        return false;
    j->p++;
    return true;
}

/* The bytes between the quotes, escapes as they stand. */
static struct slice json_text(struct json *j)
{
    struct slice text = {j->p, 0};

    if (!json_take(j, '"')) {
        j->bad = true;
        return text;
    }
    text.p = j->p;
    while (j->p < j->end && *j->p != '"')
        j->p += *j->p == '\\' && j->p + 1 < j->end ? 2 : 1;
    if (j->p >= j->end) {
        j->bad = true;
        return text;
    }
    text.n = (size_t)(j->p - text.p);
    j->p++;
    return text;
}

static void add_column(struct checker *c, struct decl *decl, size_t *room, struct slice key)
{
    const char *name = arena_intern(c->arena, key.p, key.n);

    for (size_t i = 0; i < decl->column_count; i++)
        if (decl->columns[i].text == name)
            return;
    if (decl->column_count == *room) {
        *room = *room ? *room * 2 : 16;
        struct name *grown = ARENA_ARRAY(c->arena, struct name, *room);
        if (decl->column_count)
            memcpy(grown, decl->columns, decl->column_count * sizeof *grown);
        decl->columns = grown;
    }
    decl->columns[decl->column_count++] = (struct name){name, decl->name.span};
}

/* A value; keys of an object go to decl where it is given. */
static void json_value(struct checker *c, struct json *j, struct decl *decl, size_t *room)
{
    enum { DEEPEST = 200 };
    bool object;

    json_space(j);
    if (j->p >= j->end || j->depth > DEEPEST) {
        j->bad = true;
        return;
    }
    if (*j->p == '"') {
        json_text(j);
        return;
    }
    object = *j->p == '{';
    if (!object && *j->p != '[') {
        const char *from = j->p;
        while (j->p < j->end && *j->p && !strchr(",]} \t\r\n", *j->p))
            j->p++;
        j->bad |= j->p == from;
        return;
    }
    j->p++;
    if (json_take(j, object ? '}' : ']'))
        return;
    j->depth++;
    do {
        if (object) {
            struct slice key = json_text(j);
            if (!j->bad && decl)
                add_column(c, decl, room, key);
            j->bad |= !json_take(j, ':');
        }
        if (!j->bad)
            json_value(c, j, NULL, NULL);
    } while (!j->bad && json_take(j, ','));
    j->bad |= !json_take(j, object ? '}' : ']');
    j->depth--;
}

static void read_keys(struct checker *c, struct decl *decl, const char *path, const char *p, size_t n)
{
    struct json j = {.p = p, .end = p + n};
    size_t room = 0;
    bool objects = true;

    decl->columns = NULL;
    decl->column_count = 0;
    if (!json_take(&j, '[')) {
        struct diag *diag = diag_add(c->diags, DIAG_E0706, decl->path->span,
                                     "`%s` is not a JSON array: each element is a row", path);
        diag_help(c->diags, diag, "`[{\"id\": 1}, {\"id\": 2}]`");
        return;
    }
    if (json_take(&j, ']')) {
        diag_add(c->diags, DIAG_E0706, decl->path->span, "`%s` holds no rows", path);
        return;
    }
    do {
        json_space(&j);
        objects &= j.p < j.end && *j.p == '{';
        json_value(c, &j, decl, &room);
    } while (!j.bad && json_take(&j, ','));
    if (!j.bad && objects && json_take(&j, ']'))
        return;
    if (j.bad)
        diag_add(c->diags, DIAG_E0706, decl->path->span, "`%s` is not JSON", path);
    decl->columns = NULL; /* rows of other kinds: what they hold is seen while running */
    decl->column_count = 0;
}

/* ------------------------------------------------------------------ */

static char *read_whole(const char *path, size_t limit, size_t *n)
{
    FILE *file = fopen(path, "rb");
    char *text = file ? malloc(limit) : NULL;

    *n = 0;
    if (text)
        *n = fread(text, 1, limit, file);
    if (file)
        fclose(file);
    return text;
}

||||||| /tmp/tools/base.c
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

=======
>>>>>>> /tmp/tools/theirs.c
void check_data(struct checker *c, struct decl *decl)
{
<<<<<<< /tmp/tools/ours.c
    enum { LIMIT = 4 * 1024 * 1024 }; /* of a larger file only a CSV's columns are looked at */
||||||| /tmp/tools/base.c
    enum { HEAD = 64 * 1024 };
=======
>>>>>>> /tmp/tools/theirs.c
    struct diag *diag;
    const char *path;
<<<<<<< /tmp/tools/ours.c
    char *text;
    size_t n, skip;
||||||| /tmp/tools/base.c
    char *head;
    size_t n;
    FILE *file;
=======
>>>>>>> /tmp/tools/theirs.c

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
<<<<<<< /tmp/tools/ours.c
    text = read_whole(path_beside(c, decl->path->span.file, path), LIMIT, &n);
    if (!text)
        return;
    skip = n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    if (name_is(decl->keyword.text, "csv") && n == skip)
        diag_add(c->diags, DIAG_E0706, decl->path->span,
                 "`%s` is empty: its first line must name the columns", path);
    else if (name_is(decl->keyword.text, "csv"))
        read_columns(c, decl, text + skip, n - skip);
    else if (name_is(decl->keyword.text, "json") && n < LIMIT)
        read_keys(c, decl, path, text + skip, n - skip);
    free(text);
||||||| /tmp/tools/base.c
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
=======
>>>>>>> /tmp/tools/theirs.c
}
