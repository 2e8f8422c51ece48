#include "fields.h"

#include <stdlib.h>
#include <strings.h>

#include "base/memory.h"

enum { FIELDS_KEEP = 8 * 1024, GARBAGE_LIMIT = 1024 };

static struct field *find(const struct fields *fields, const char *name)
{
    for (size_t i = 0; i < fields->count; i++) {
        const char *other = fields->text.p + fields->items[i].name;

        if (fields->any_case ? strcasecmp(other, name) == 0 : strcmp(other, name) == 0) {
            return &fields->items[i];
        }
    }
    return NULL;
}

const struct field *fields_find(const struct fields *fields, const char *name)
{
    return find(fields, name);
}

static uint32_t add_text(struct fields *fields, const char *text, size_t n)
{
    uint32_t offset = (uint32_t)fields->text.n;

    bytes_add(&fields->text, text, n);
    bytes_add_char(&fields->text, '\0');
    return offset;
}

/* Values that were set anew leave their old bytes behind; a session lives long. */
static void compact(struct fields *fields)
{
    struct bytes old = fields->text;

    if (fields->garbage < GARBAGE_LIMIT || fields->garbage < old.n / 2) {
        return;
    }
    fields->text = (struct bytes){0};
    for (size_t i = 0; i < fields->count; i++) {
        struct field *field = &fields->items[i];

        field->name = add_text(fields, old.p + field->name, strlen(old.p + field->name));
        field->value = add_text(fields, old.p + field->value, strlen(old.p + field->value));
    }
    fields->garbage = 0;
    bytes_free(&old);
}

void fields_set(struct fields *fields, const char *name, const char *value, size_t n)
{
    struct field *field = find(fields, name);

    if (!field) {
        fields->items = memory_grow(fields->items, fields->count, &fields->capacity, sizeof *fields->items);
        field = &fields->items[fields->count++];
        field->name = add_text(fields, name, strlen(name));
    } else {
        fields->garbage += strlen(fields->text.p + field->value) + 1;
    }
    field->value = add_text(fields, value ? value : "", value ? n : 0);
    field->null = !value;
    compact(fields);
}

void fields_remove(struct fields *fields, const char *name)
{
    struct field *field = find(fields, name);
    size_t index;

    if (!field) {
        return;
    }
    fields->garbage += strlen(fields->text.p + field->name) + strlen(fields->text.p + field->value) + 2;
    index = (size_t)(field - fields->items);
    memmove(field, field + 1, (--fields->count - index) * sizeof *field);
    compact(fields);
}

void fields_clear(struct fields *fields)
{
    bytes_clear(&fields->text, FIELDS_KEEP);
    fields->count = 0;
    fields->garbage = 0;
}

void fields_free(struct fields *fields)
{
    bytes_free(&fields->text);
    free(fields->items);
    *fields = (struct fields){.any_case = fields->any_case};
}
