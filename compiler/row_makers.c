/* Which kinds of users can make a row: a request or `measure` of that name somewhere in what they do. */
#include <string.h>

#include "checker.h"
#include "row_makers.h"

struct search {
    const char *row;
    const struct decl *seen[256]; /* actions and groups looked into */
    unsigned count;
    bool found;
};

static void look_into(struct search *search, const struct decl *decl);

static bool is_named(const char *type, const char *name, size_t n, const char *row)
{
    size_t length = strlen(type);

    return strncmp(row, type, length) == 0 && row[length] == ' ' && strlen(row + length + 1) == n &&
           memcmp(row + length + 1, name, n) == 0;
}

static void see_stmt(struct walk *walk, struct stmt *s)
{
    struct search *search = walk->data;

    if (s->kind == STMT_REQUEST && s->request) {
        const struct row *row = s->request->row;
        search->found |= row ? is_named(row->type, row->name, strlen(row->name), search->row)
                             : request_fits_row(s->request, search->row);
    } else if (s->kind == STMT_MEASURE && s->message && s->message->constness == CONST_KNOWN) {
        struct slice name = s->message->known.text;
        search->found |= is_named("TRANSACTION", name.p, name.n, search->row);
    }
}

static void see_expr(struct walk *walk, struct expr *e)
{
    if (e->kind == EXPR_CALL && e->symbol && e->symbol->kind == SYMBOL_ACTION && e->symbol->decl)
        look_into(walk->data, e->symbol->decl);
}

static void look_into(struct search *search, const struct decl *decl)
{
    struct walk walk = {.stmt = see_stmt, .expr = see_expr, .data = search};

    for (unsigned i = 0; i < search->count; i++)
        if (search->seen[i] == decl)
            return;
    if (search->count < sizeof search->seen / sizeof *search->seen)
        search->seen[search->count++] = decl;
    else
        search->found = true; /* too much to look through: it may */
    if (search->found)
        return;
    walk_block(&walk, decl->body);
    for (const struct decl *member = decl->members; member; member = member->next) {
        if (member->kind == DECL_TASK || member->kind == DECL_HOOK)
            walk_block(&walk, member->body);
        else if (member->kind == DECL_GROUP)
            look_into(search, member);
        else if (member->kind == DECL_USE && member->symbol && member->symbol->decl)
            look_into(search, member->symbol->decl);
    }
}

bool kind_makes_row(const struct kind *kind, const char *row)
{
    struct search search = {.row = row};

    look_into(&search, kind->decl);
    return search.found;
}
