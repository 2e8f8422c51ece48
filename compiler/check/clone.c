/* Deep copies of declarations: what a user inherits is a copy, so that every expression has one meaning, and
 * an action with const parameters has a copy for each set of constants. What the checker wrote is not copied.
 */
#include "checker.h"

static struct expr *clone_expr(struct arena *arena, const struct expr *e);
static struct block *clone_block(struct arena *arena, const struct block *block);

#define COPY(arena, node) memcpy(arena_alloc((arena), sizeof *(node)), (node), sizeof *(node))

static struct item *clone_items(struct arena *arena, const struct item *item)
{
    struct item *first = NULL, **last = &first;

    for (; item; item = item->next) {
        struct item *copy = COPY(arena, item);
        copy->value = clone_expr(arena, item->value);
        copy->next = NULL;
        *last = copy;
        last = &copy->next;
    }
    return first;
}

static struct text_part *clone_parts(struct arena *arena, const struct text_part *part)
{
    struct text_part *first = NULL, **last = &first;

    for (; part; part = part->next) {
        struct text_part *copy = COPY(arena, part);
        copy->expr = clone_expr(arena, part->expr);
        copy->next = NULL;
        *last = copy;
        last = &copy->next;
    }
    return first;
}

static struct expr *clone_expr(struct arena *arena, const struct expr *e)
{
    if (!e)
        return NULL;
    struct expr *copy = COPY(arena, e);
    copy->condition = clone_expr(arena, e->condition);
    copy->left = clone_expr(arena, e->left);
    copy->right = clone_expr(arena, e->right);
    copy->items = clone_items(arena, e->items);
    copy->parts = clone_parts(arena, e->parts);
    copy->next = clone_expr(arena, e->next);
    copy->type = (struct type){0};
    copy->constness = CONST_NO;
    copy->known = (struct constant){0};
    copy->symbol = NULL;
    copy->builtin = NULL;
    copy->word = 0;
    return copy;
}

static struct part *clone_multipart(struct arena *arena, const struct part *part)
{
    struct part *first = NULL, **last = &first;

    for (; part; part = part->next) {
        struct part *copy = COPY(arena, part);
        copy->name = clone_expr(arena, part->name);
        copy->value = clone_expr(arena, part->value);
        copy->content_type = clone_expr(arena, part->content_type);
        copy->next = NULL;
        *last = copy;
        last = &copy->next;
    }
    return first;
}

struct attr *clone_attr(struct arena *arena, const struct attr *attr)
{
    struct attr *copy = COPY(arena, attr);
    copy->a = clone_expr(arena, attr->a);
    copy->b = clone_expr(arena, attr->b);
    copy->parts = clone_multipart(arena, attr->parts);
    copy->next = NULL;
    return copy;
}

static struct attr *clone_attrs(struct arena *arena, const struct attr *attr)
{
    struct attr *first = NULL, **last = &first;

    for (; attr; attr = attr->next) {
        *last = clone_attr(arena, attr);
        last = &(*last)->next;
    }
    return first;
}

static struct request *clone_request(struct arena *arena, const struct request *request)
{
    if (!request)
        return NULL;
    struct request *copy = COPY(arena, request);
    copy->url = clone_expr(arena, request->url);
    copy->as = clone_expr(arena, request->as);
    copy->attrs = clone_attrs(arena, request->attrs);
    copy->body = clone_block(arena, request->body);
    copy->otherwise = clone_block(arena, request->otherwise);
    copy->row = NULL;
    copy->reads_body = copy->implied_first = copy->implied_last = false;
    copy->index = 0;
    return copy;
}

static struct stmt *clone_stmt(struct arena *arena, const struct stmt *s)
{
    struct stmt *copy = COPY(arena, s);
    copy->target = clone_expr(arena, s->target);
    copy->value = clone_expr(arena, s->value);
    copy->message = clone_expr(arena, s->message);
    copy->every = clone_expr(arena, s->every);
    copy->within = clone_expr(arena, s->within);
    copy->max = clone_expr(arena, s->max);
    copy->body = clone_block(arena, s->body);
    copy->otherwise = clone_block(arena, s->otherwise);
    copy->request = clone_request(arena, s->request);
    copy->attr = clone_attrs(arena, s->attr);
    copy->next = NULL;
    copy->symbol = NULL;
    copy->conditional = copy->settles = false;
    return copy;
}

static struct block *clone_block(struct arena *arena, const struct block *block)
{
    if (!block)
        return NULL;
    struct block *copy = COPY(arena, block);
    struct stmt **last = &copy->first;
    copy->first = NULL;
    for (const struct stmt *s = block->first; s; s = s->next) {
        *last = clone_stmt(arena, s);
        last = &(*last)->next;
    }
    return copy;
}

static struct param *clone_params(struct arena *arena, const struct param *param)
{
    struct param *first = NULL, **last = &first;

    for (; param; param = param->next) {
        struct param *copy = COPY(arena, param);
        copy->symbol = NULL;
        copy->next = NULL;
        *last = copy;
        last = &copy->next;
    }
    return first;
}

static struct edge *clone_edges(struct arena *arena, const struct edge *edge)
{
    struct edge *first = NULL, **last = &first;

    for (; edge; edge = edge->next) {
        struct edge *copy = COPY(arena, edge);
        copy->weight = clone_expr(arena, edge->weight);
        copy->next = NULL;
        *last = copy;
        last = &copy->next;
    }
    return first;
}

struct decl *clone_decl(struct arena *arena, const struct decl *decl)
{
    struct decl *copy = COPY(arena, decl);
    struct decl **last = &copy->members;

    copy->value = clone_expr(arena, decl->value);
    copy->weight = clone_expr(arena, decl->weight);
    copy->params = clone_params(arena, decl->params);
    copy->body = clone_block(arena, decl->body);
    copy->attrs = clone_attrs(arena, decl->attrs);
    copy->edges = clone_edges(arena, decl->edges);
    copy->members = NULL;
    for (const struct decl *member = decl->members; member; member = member->next) {
        *last = clone_decl(arena, member);
        last = &(*last)->next;
    }
    copy->symbol = NULL;
    copy->scope = NULL;
    copy->owner = NULL;
    copy->used = NULL;
    copy->next = NULL;
    return copy;
}
