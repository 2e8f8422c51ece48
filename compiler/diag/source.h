/* Source files of one compilation and places in them. A span is a half-open byte range of one file. */
#ifndef SWARMC_SOURCE_H
#define SWARMC_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

struct span {
    uint32_t from, to; /* byte offsets; from == to is a point */
    uint16_t file;     /* index into struct sources */
};

struct source {
    const char *path; /* as given (or relative to the importing file's folder), for messages and #line */
    const char *text; /* n bytes and a NUL */
    size_t n;
    const uint32_t *lines; /* offset at which each line begins */
    uint32_t line_count;
    const char *wrong; /* what keeps it from being UTF-8 text, NULL when nothing does; such bytes are '?' in text */
    uint32_t wrong_at; /* offset of the first of them */
};

struct sources {
    struct source *file;
    uint16_t count;
};

/* 1-based line; column in characters (a UTF-8 code point or a tab is one). */
uint32_t source_line(const struct source *source, uint32_t offset);
uint32_t source_column(const struct source *source, uint32_t offset);

/* Reads a whole file into the arena. NULL and *error (a sentence: no such file, is a directory, larger than 16 MB,
 * …) when it cannot be used; text that is not UTF-8 or holds a NUL is marked as wrong. CRLF is kept; a byte order mark at the start is skipped. */
struct source *source_read(struct sources *sources, struct arena *arena, const char *path, const char **error);
/* A source from memory (standard input, tests, fuzzing), which is copied and marked as wrong in the same way. */
struct source *source_add(struct sources *sources, struct arena *arena, const char *path, const char *text, size_t n);

#endif
