/* Memory of one compilation: bump allocation, freed as a whole. Nothing in it is freed on its own. */
#ifndef SWARMC_ARENA_H
#define SWARMC_ARENA_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *arena); /* poisons, then frees every block */

/* Zeroed, aligned to 16; never NULL (out of memory ends the program with exit 3 and a message). */
void *arena_alloc(struct arena *arena, size_t size);
char *arena_copy(struct arena *arena, const char *text, size_t n); /* NUL-terminated copy */
char *arena_format(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *arena_vformat(struct arena *arena, const char *format, va_list args) __attribute__((format(printf, 2, 0)));

#define ARENA_NEW(arena, type)      ((type *)arena_alloc((arena), sizeof(type)))
#define ARENA_ARRAY(arena, type, n) ((type *)arena_alloc((arena), sizeof(type) * (size_t)(n)))

/* Interned names: equal texts are one pointer, so names compare with ==. */
const char *arena_intern(struct arena *arena, const char *text, size_t n);

/* Growable text (generated code, messages), in malloc'd memory; free with text_free. */
struct text {
    char *p; /* NUL-terminated once anything was added */
    size_t n, room;
};
void text_add(struct text *text, const char *p, size_t n);
void text_puts(struct text *text, const char *p);
void text_printf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_free(struct text *text);

#endif
