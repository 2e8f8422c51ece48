/* Sources: lines and columns, and what cannot be read. */
#include "compiler/diag/source.c"

#include <stdio.h>

#include "tap.h"

static void write_file(const char *path, const char *bytes, size_t n)
{
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(bytes, 1, n, file) != n || fclose(file) != 0)
        bail_out("cannot write %s", path);
}

static void test_places(struct arena *arena)
{
    struct sources sources = {0};
    const char *text = "a\n\tb\xc3\xa9z\r\n\nend";
    struct source *source = source_add(&sources, arena, "x.swarm", text, strlen(text));
    is_uint(source->line_count, 4, "lines");
    is_uint(source_line(source, 0), 1, "the first line is 1");
    is_uint(source_line(source, 1), 1, "a line end belongs to its line");
    is_uint(source_line(source, 2), 2, "the next line begins behind it");
    is_uint(source_column(source, 3), 2, "a tab is one column");
    is_uint(source_column(source, 6), 4, "a character of two bytes is one column");
    is_uint(source_line(source, 9), 3, "an empty line");
    is_uint(source_line(source, (uint32_t)source->n), 4, "the end of the file");
    is_uint(source_column(source, (uint32_t)source->n), 4, "and its column");
    struct source *empty = source_add(&sources, arena, "empty.swarm", "", 0);
    ok(empty->line_count == 1 && source_line(empty, 0) == 1 && source_column(empty, 0) == 1,
       "an empty file has one line");
    for (int i = 0; i < 40; i++)
        source_add(&sources, arena, "more", "x", 1);
    is_str(sources.file[0].path, "x.swarm", "the first of 42 is still there");
    is_uint(sources.count, 42, "all are");
}

static const char *error_of(struct arena *arena, const char *path)
{
    struct sources sources = {0};
    const char *error = NULL;
    struct source *source = source_read(&sources, arena, path, &error);
    return !source         ? error
           : source->wrong ? arena_format(arena, "line %u: %s", source_line(source, source->wrong_at), source->wrong)
                           : "";
}

static void test_files(struct arena *arena)
{
    const char *folder = getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp";
    const char *path = arena_format(arena, "%s/source_test.%d", folder, (int)getpid());
    like(error_of(arena, path), "no such file", "a missing file");
    like(error_of(arena, folder), "is a directory", "a folder");
    write_file(path, "user\n\xff\n", 7);
    like(error_of(arena, path), "line 2: this byte is not UTF-8", "a byte that is not UTF-8");
    write_file(path, "\xc0\xaf", 2);
    like(error_of(arena, path), "not UTF-8", "an overlong form");
    write_file(path, "\xed\xa0\x80", 3);
    like(error_of(arena, path), "not UTF-8", "a surrogate");
    write_file(path, "a\n\n\0b", 5);
    like(error_of(arena, path), "line 3: a NUL byte", "a NUL");
    size_t large = 16 * 1024 * 1024 + 1;
    char *bytes = calloc(1, large);
    if (!bytes)
        bail_out("no memory");
    memset(bytes, '#', large);
    write_file(path, bytes, large);
    like(error_of(arena, path), "larger than 16 MB", "a file that is too large");
    write_file(path, bytes, large - 1);
    is_str(error_of(arena, path), "", "16 MB can be read");
    free(bytes);
    write_file(path, "\xef\xbb\xbfuser", 7);
    struct sources sources = {0};
    const char *error = NULL;
    struct source *source = source_read(&sources, arena, path, &error);
    ok(source && source->n == 4 && strcmp(source->text, "user") == 0, "a byte order mark is skipped");
    unlink(path);
}

int main(void)
{
    struct arena *arena = arena_new();
    test_places(arena);
    test_files(arena);
    arena_free(arena);
    return tap_done();
}
