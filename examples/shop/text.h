/*
 * text.h - a growing text.
 *
 * A struct text of zeroes is an empty text. The text owns its memory: text_free() or a response takes it. When memory
 * is short the text is marked as failed and adding does nothing more; whoever uses it at the end looks at that once.
 */
#ifndef SHOP_TEXT_H
#define SHOP_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct text {
    char *data; /* ends in a NUL that len does not count; NULL while nothing was added */
    size_t len;
    size_t cap;
    bool failed;
};

void text_add_bytes(struct text *t, const char *bytes, size_t len);
void text_add(struct text *t, const char *s);
void text_addf(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* As a JSON text with its quotes; bytes that are no UTF-8 become U+FFFD. */
void text_add_json(struct text *t, const char *bytes, size_t len);
/* With the characters escaped that mean something in HTML. */
void text_add_html(struct text *t, const char *s);
void text_free(struct text *t);

#endif
