/*
 * fields.h - names with values, each name once, in order of their first setting: headers of a request or
 * session (names in any case), cookies of a request or session (case matters). A name may be set to null: it
 * is then known not to be sent. All-zero is an empty list whose names' case matters.
 */
#ifndef SWARM_HTTP_FIELDS_H
#define SWARM_HTTP_FIELDS_H

#include <stdbool.h>
#include <stdint.h>

#include "bytes.h"

struct field {
    uint32_t name, value; /* offsets of NUL-terminated texts */
    bool null;
};

struct fields {
    struct bytes text;
    struct field *items;
    size_t count, capacity;
    size_t garbage; /* bytes of text that nothing refers to any more */
    bool any_case;
};

/* Sets a name's value, at its place if it has one. value NULL: null. */
void fields_set(struct fields *fields, const char *name, const char *value, size_t n);
/* Removes a name altogether. */
void fields_remove(struct fields *fields, const char *name);
/* The item of a name, or NULL. */
const struct field *fields_find(const struct fields *fields, const char *name);
void fields_clear(struct fields *fields);
void fields_free(struct fields *fields);

static inline const char *field_name(const struct fields *fields, const struct field *field)
{
    return fields->text.p + field->name;
}

static inline const char *field_value(const struct fields *fields, const struct field *field) /* NULL: null */
{
    return field->null ? NULL : fields->text.p + field->value;
}

#endif
