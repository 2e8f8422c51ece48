/* One walk over statements and expressions for all that only look. */
#include "checker.h"

void walk_expr(struct walk *walk, struct expr *e)
{
    if (!e)
        return;
    if (walk->expr)
        walk->expr(walk, e);
    walk_expr(walk, e->condition);
    walk_expr(walk, e->left);
    walk_expr(walk, e->right);
    for (struct item *item = e->items; item; item = item->next)
        walk_expr(walk, item->value);
    for (struct text_part *part = e->parts; part; part = part->next)
        walk_expr(walk, part->expr);
}

void walk_attrs(struct walk *walk, struct attr *attr)
{
    for (; attr; attr = attr->next) {
        walk_expr(walk, attr->a);
        walk_expr(walk, attr->b);
        for (struct part *part = attr->parts; part; part = part->next) {
            walk_expr(walk, part->name);
            walk_expr(walk, part->value);
            walk_expr(walk, part->content_type);
        }
    }
}

static void walk_request(struct walk *walk, struct request *request)
{
    walk_expr(walk, request->url);
    walk_expr(walk, request->as);
    walk_attrs(walk, request->attrs);
    walk_block(walk, request->body);
    walk_block(walk, request->otherwise);
}

void walk_block(struct walk *walk, struct block *block)
{
    if (!block)
        return;
    for (struct stmt *s = block->first; s; s = s->next) {
        if (walk->stmt)
            walk->stmt(walk, s);
        walk_expr(walk, s->target);
        walk_expr(walk, s->value);
        walk_expr(walk, s->message);
        walk_expr(walk, s->every);
        walk_expr(walk, s->within);
        walk_expr(walk, s->max);
        if (s->attr)
            walk_attrs(walk, s->attr);
        if (s->request)
            walk_request(walk, s->request);
        walk_block(walk, s->body);
        walk_block(walk, s->otherwise);
    }
}
