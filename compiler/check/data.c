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
    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode)) /* opening a pipe would wait for its writer */
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

/* ------------------------------------------------------------------ rows and users */

struct readers {
    const struct symbol *data;
    bool found;
    unsigned depth;
};

static void reads_expr(struct walk *walk, struct expr *e)
{
    enum { DEEPEST = 32 };
    struct readers *readers = walk->data;

    if (e->kind != EXPR_CALL || !e->symbol)
        return;
    readers->found |= e->symbol == readers->data;
    if (e->symbol->kind == SYMBOL_ACTION && e->symbol->decl && readers->depth < DEEPEST && !readers->found) {
        readers->depth++;
        walk_block(walk, e->symbol->decl->body);
        readers->depth--;
    }
}

static void reads_member(struct walk *walk, const struct decl *member)
{
    if (member->kind == DECL_TASK || member->kind == DECL_HOOK)
        walk_block(walk, member->body);
    for (const struct decl *inner = member->kind == DECL_GROUP ? member->members : NULL; inner; inner = inner->next)
        reads_member(walk, inner);
}

static bool reads(const struct decl *user, const struct symbol *data)
{
    struct readers readers = {.data = data};
    struct walk walk = {.expr = reads_expr, .data = &readers};

    for (const struct decl *member = user->members; member; member = member->next)
        reads_member(&walk, member);
    return readers.found;
}

static bool known_number(const struct expr *e)
{
    return e && e->constness == CONST_KNOWN && e->type.kind == TYPE_INT;
}

static const struct expr *most_users(const struct stage *stage, const struct expr *most)
{
    for (; stage; stage = stage->next) {
        if ((stage->kind == STAGE_JUMP || stage->kind == STAGE_RAMP) && known_number(stage->users) &&
            (!most || stage->users->known.i > most->known.i))
            most = stage->users;
        most = most_users(stage->body, most);
    }
    return most;
}

/* Users that are known to take rows of it: those with a `count`, or all of a shape where there is one kind. */
static void warn_too_few(struct checker *c, const struct symbol *data)
{
    const struct decl *decl = data->decl;
    const struct expr *said = NULL;
    int64_t users = 0;
    struct diag *diag;

    for (const struct kind *kind = c->info->kinds; kind; kind = kind->next) {
        if (!reads(kind->decl, data))
            continue;
        if (known_number(kind->count)) {
            users += kind->count->known.i;
            said = kind->count;
        }
        for (const struct decl *shape = c->main->decls; shape && !kind->count && c->info->kind_count == 1;
             shape = shape->next) {
            said = shape->kind == DECL_SHAPE ? most_users(shape->stages, said) : said;
            users = said ? said->known.i : 0;
        }
    }
    if (!said || users <= 0 || (uint64_t)users <= decl->data_rows)
        return;
    diag =
        diag_add(c->diags, DIAG_W0920, decl->path->span, "`%s` has %llu row%s, fewer than the %lld users that take one",
                 data->name, (unsigned long long)decl->data_rows, decl->data_rows == 1 ? "" : "s", (long long)users);
    diag_help(c->diags, diag, "rows of `queue` are given out once; `circular` begins anew when they have run out");
    diag_label(c->diags, diag, said->span, "the users");
}

void warn_rows_and_users(struct checker *c)
{
    for (const struct symbol *data = c->info->data; data; data = data->next)
        if (name_is(data->decl->strategy.text, "queue"))
            warn_too_few(c, data);
}

/* ------------------------------------------------------------------ the declaration */

void check_data(struct checker *c, struct decl *decl)
{
    struct diag *diag;
    const char *path;

    if (!decl->path || !check_constant(c, decl->symbol->env, decl->path, type_of(TYPE_STRING), "the name of a file"))
        return;
    if (decl->path->constness != CONST_KNOWN || decl->path->type.kind != TYPE_STRING) {
        diag_add(c->diags, DIAG_E0212, decl->path->span, "the name of a data file must be known to the compiler");
        return;
    }
    path = decl->path->known.text.p;
    if (!file_exists(c, decl->path->span, path)) {
        diag = diag_add(c->diags, DIAG_E0703, decl->path->span, "cannot read the file `%s`", path);
        diag_help(c->diags, diag, "its path is relative to this file: %s", path_beside(c, decl->path->span.file, path));
    } else if (!decl->data_read) {
        decl->data_read = true; /* the scenario may be looked at more than once */
        read_data_file(c, decl, path);
    }
}
