/* Files of test data, read at compile time: their columns, how many rows they have, and the first row that is wrong, which is
 * reported in the file's own lines and columns. What a row is stands in runtime/state/scan.h; the program reads the same way. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "checker.h"
#include "runtime/state/scan.h"

enum { MOST_COLUMNS = 1024 };

struct data_file {
    struct checker *c;
    struct decl *decl;
    const char *path;   /* as messages say it */
    const char *mapped; /* the whole file; NULL when it is empty */
    size_t size;
    struct scan scan;
    struct scan_error error;
    uint64_t rows;
    size_t room, hint;
    bool unknown; /* JSON: too many different keys, or keys with escapes */
};

static void count_row(void *data, size_t from, size_t to)
{
    struct data_file *file = data;

    (void)from;
    (void)to;
    file->rows++;
}

static void add_column(struct data_file *file, const char *text, size_t n)
{
    struct decl *decl = file->decl;

    if (decl->column_count == file->room) {
        size_t room = file->room ? file->room * 2 : 16;
        struct name *columns = ARENA_ARRAY(file->c->arena, struct name, room);
        if (decl->column_count)
            memcpy(columns, decl->columns, decl->column_count * sizeof *columns);
        decl->columns = columns;
        file->room = room;
    }
    decl->columns[decl->column_count++] =
        (struct name){arena_intern(file->c->arena, n ? text : "", n), decl->name.span};
}

static bool is_column(const struct decl *decl, size_t i, const char *text, size_t n)
{
    return i < decl->column_count && strlen(decl->columns[i].text) == n && memcmp(decl->columns[i].text, text, n) == 0;
}

/* A name of the first line of a CSV file. */
static void csv_name(void *data, const char *text, size_t n, bool escaped)
{
    struct data_file *file = data;
    struct text plain = {0};

    for (size_t i = 0; i < n; i++) {
        text_add(&plain, text + i, 1);
        i += escaped && text[i] == '"';
    }
    for (size_t i = 0; plain.n && i < file->decl->column_count && !file->error.what[0]; i++)
        if (is_column(file->decl, i, plain.p, plain.n))
            scan_fail(&file->scan, text, "the column `%.100s` stands twice", plain.p);
    add_column(file, plain.p, plain.n);
    text_free(&plain);
}

/* A key of a JSON row: mostly the one that came behind the one before. */
static void json_name(void *data, const char *text, size_t n, bool escaped)
{
    struct data_file *file = data;
    struct decl *decl = file->decl;

    if (file->unknown)
        return;
    for (size_t i = 0; i < decl->column_count; i++) {
        size_t at = (file->hint + i) % decl->column_count;
        if (is_column(decl, at, text, n)) {
            file->hint = at + 1;
            return;
        }
    }
    if (escaped || decl->column_count == MOST_COLUMNS || memchr(text, '\0', n))
        file->unknown = true;
    else
        add_column(file, text, n);
}

/* The file as a source of its own, so that the diagnostic shows the line; what is not UTF-8 is shown as `?`. */
static struct span place_in_file(struct data_file *file)
{
    struct checker *c = file->c;
    struct sources *sources = &c->unit->sources;
    char *shown = malloc(file->scan.n + 1);
    struct span span = file->decl->path->span;
    size_t offset = file->error.offset;

    if (!shown || sources->count == UINT16_MAX) {
        free(shown);
        return span;
    }
    memcpy(shown, file->scan.bytes, file->scan.n);
    for (size_t i = 0; i < file->scan.n;) {
        size_t length = scan_utf8_at((const unsigned char *)shown + i, file->scan.n - i);
        if (length == 0 || shown[i] == '\0')
            shown[i] = '?';
        i += length ? length : 1;
    }
    source_add(sources, c->arena, file->path, shown, file->scan.n);
    span.file = (uint16_t)(sources->count - 1);
    span.from = span.to = (uint32_t)offset;
    if (offset < file->scan.n && shown[offset] != '\n')
        span.to++;
    free(shown);
    return span;
}

static void report(struct data_file *file)
{
    struct checker *c = file->c;
    struct diag *diag = diag_add(c->diags, DIAG_E0705, place_in_file(file), "%s", file->error.what);

    diag_label(c->diags, diag, file->decl->path->span, "the data `%s` is read here",
               file->decl->name.text ? file->decl->name.text : "");
    if (name_is(file->decl->keyword.text, "csv") && strstr(file->error.what, "quoted field"))
        diag_help(c->diags, diag, "in a quoted field a quote is written twice: \"a \"\"b\"\" c\"");
}

static bool look_through(struct data_file *file)
{
    const char *format = file->decl->keyword.text;
    bool good;

    if (!scan_utf8(&file->scan))
        return false;
    if (name_is(format, "csv")) {
        file->scan.name = csv_name;
        good = scan_csv(&file->scan) && !file->error.what[0];
    } else if (name_is(format, "json")) {
        file->scan.name = json_name;
        good = scan_json(&file->scan);
    } else {
        good = scan_lines(&file->scan);
    }
    return good;
}

static void report_empty(struct data_file *file, const char *path)
{
    struct decl *decl = file->decl;
    const char *format = decl->keyword.text;
    struct checker *c = file->c;
    struct diag *diag;

    if (name_is(format, "csv") && !decl->column_count) {
        diag_add(c->diags, DIAG_E0706, decl->path->span, "`%s` is empty: its first line must name the columns", path);
    } else if (file->rows == 0 && !name_is(decl->strategy.text, "queue")) {
        diag = diag_add(c->diags, DIAG_E0706, decl->path->span, "`%s` has no rows", path);
        if (name_is(format, "csv"))
            diag_help(c->diags, diag, "its first line names the columns, the rows come behind it");
    }
}

static bool map_file(struct data_file *file)
{
    struct stat info;
    int fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool good = fd >= 0 && fstat(fd, &info) == 0 && S_ISREG(info.st_mode);

    if (good && info.st_size > 0) {
        void *bytes = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        good = bytes != MAP_FAILED;
        if (good) {
            file->mapped = bytes;
            file->size = (size_t)info.st_size;
        }
    }
    if (fd >= 0)
        close(fd);
    return good;
}

void read_data_file(struct checker *c, struct decl *decl, const char *path)
{
    struct data_file file = {.c = c, .decl = decl, .path = path_beside(c, decl->path->span.file, path)};
    struct diag *diag;
    size_t mark;

    if (!map_file(&file)) {
        diag = diag_add(c->diags, DIAG_E0703, decl->path->span, "cannot read the file `%s`", path);
        diag_help(c->diags, diag, "it must be an ordinary file: %s", file.path);
        return;
    }
    if (file.size > UINT32_MAX) {
        diag_add(c->diags, DIAG_E0703, decl->path->span, "`%s` is larger than 4 GB", path);
    } else {
        mark = file.mapped ? scan_mark(file.mapped, file.size) : 0;
        file.scan = (struct scan){.bytes = file.mapped ? file.mapped + mark : "",
                                  .n = file.size - mark,
                                  .data = &file,
                                  .row = count_row,
                                  .error = &file.error};
        decl->columns = NULL;
        decl->column_count = 0;
        if (!look_through(&file))
            report(&file);
        else
            report_empty(&file, path);
        if (file.unknown) {
            decl->columns = NULL;
            decl->column_count = 0;
        }
        decl->data_rows = file.rows;
        decl->data_size = file.size - mark;
        decl->data_mark = (unsigned)mark;
    }
    if (file.mapped)
        munmap((void *)(uintptr_t)file.mapped, file.size);
}
