/* Where a row is made: requests and `measure`s of that name in what a kind does. */
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
    for (struct decl *member = decl->members; member; member = member->next) {
        if (member->kind == DECL_TASK || member->kind == DECL_HOOK)
            walk_block(&walk, member->body);
        else if (decl_entry(member))
            look_into(search, decl_entry(member));
    }
}

static bool makes(const char *row, const struct decl *decl)
{
    struct search search = {.row = row};

    look_into(&search, decl);
    return search.found;
}

/* ------------------------------------------------------------------ entries */

struct makers {
    const char *row;
    struct row_maker *list;
    size_t count;
};

static void add(struct makers *makers, const struct decl *home, size_t entry)
{
    if (makers->count < MOST_MAKERS)
        makers->list[makers->count++] = (struct row_maker){home, entry};
}

/* In a hook of the group itself. */
static bool hooks_make(const char *row, const struct decl *group)
{
    for (const struct decl *member = group->members; member; member = member->next)
        if (member->kind == DECL_HOOK && makes(row, member))
            return true;
    return false;
}

static void look_at_entries(struct makers *makers, const struct decl *home)
{
    size_t index = 0;

    for (struct decl *member = home->members; member; member = member->next) {
        const struct decl *entry = decl_entry(member);
        if (!entry)
            continue;
        if (entry->kind == DECL_GROUP && entry->group_kind == GROUP_TASKS) {
            if (hooks_make(makers->row, entry))
                add(makers, home, index);
            look_at_entries(makers, entry);
        } else if (makes(makers->row, entry)) {
            add(makers, home, index);
        }
        index++;
    }
}

size_t row_makers(const struct kind *kind, const char *row, struct row_maker list[MOST_MAKERS])
{
    struct makers makers = {.row = row, .list = list};

    if (hooks_make(row, kind->decl))
        add(&makers, NULL, 0);
    look_at_entries(&makers, kind->decl);
    return makers.count;
}
