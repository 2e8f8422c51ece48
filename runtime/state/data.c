/* Rows of data files. A file is indexed at the start in one scan: one offset of four bytes a row. A row is made when it is
 * asked for: its texts point into the file, only quoted ones with quotes in them are copied. */
#include <stdlib.h>
#include <unistd.h>

#include "../base/memory.h"
#include "../base/random.h"
#include "../value/json.h"
#include "../value/value.h"
#include "file.h"
#include "scan.h"
#include "state.h"

#define MOST_BYTES ((uint64_t)UINT32_MAX)

struct rows {
    uv_mutex_t lock;   /* of next, order, random */
    const char *bytes; /* behind the byte order mark */
    size_t n;
    char *memory; /* of a file that was read; NULL: embedded */
    uint32_t *offsets;
    size_t count, room;
    struct swarm_value *columns; /* CSV: texts of the program's life */
    char **names;                /* what they point to where it had to be made */
    size_t column_count, column_room;
    uint64_t next;   /* rows given out so far; shuffle: in this round */
    uint32_t *order; /* shuffle: a permutation that is made as far as `next` */
    uint64_t random;
    const char *missing_of; /* of the JSON check: column being looked for */
    bool found;
};

/* ------------------------------------------------------------------ reading */

static void add_row(void *data, size_t from, size_t to)
{
    struct rows *rows = data;

    (void)to;
    rows->offsets = memory_grow(rows->offsets, rows->count, &rows->room, sizeof *rows->offsets);
    rows->offsets[rows->count++] = (uint32_t)from;
}

static size_t undouble(char *to, const char *text, size_t n)
{
    size_t used = 0;

    for (size_t i = 0; i < n; i++) {
        to[used++] = text[i];
        i += text[i] == '"';
    }
    return used;
}

static void add_column(void *data, const char *text, size_t n, bool escaped)
{
    struct rows *rows = data;
    size_t names_room = rows->column_room;

    rows->columns = memory_grow(rows->columns, rows->column_count, &rows->column_room, sizeof *rows->columns);
    if (rows->column_room != names_room) {
        rows->names = memory_resize(rows->names, rows->column_room, sizeof(char *));
    }
    rows->names[rows->column_count] = NULL;
    if (escaped) {
        char *name = memory_new(n + 1, 1);

        n = undouble(name, text, n);
        rows->names[rows->column_count] = name;
        text = name;
    }
    rows->columns[rows->column_count++] = swarm_text(text, (uint32_t)n);
}

/* Reads the whole file; a byte order mark stays in front. False: why. */
static bool read_file(struct rows *rows, const char *path, char *why, size_t size)
{
    uint64_t n;
    int fd = file_begin(path, &n, why, size);

    if (fd < 0) {
        return false;
    }
    if (n > MOST_BYTES) {
        snprintf(why, size, "%s is larger than 4 GB", path);
        close(fd);
        return false;
    }
    rows->memory = memory_new((size_t)n + 1, 1);
    if (!file_finish(fd, rows->memory, n, path, why, size)) {
        return false;
    }
    rows->bytes = rows->memory + scan_mark(rows->memory, n);
    rows->n = n - (size_t)(rows->bytes - rows->memory);
    return true;
}

static void forget(struct rows *rows)
{
    for (size_t i = 0; i < rows->column_count; i++) {
        free(rows->names[i]);
    }
    free(rows->names);
    free(rows->columns);
    free(rows->offsets);
    free(rows->order);
    free(rows->memory);
    free(rows);
}

/* One scan; `whole`: also what the compiler has checked in an embedded file. */
static bool look_through(const struct swarm_data *data, struct rows *rows, const char *path, bool whole, char *why,
                         size_t size)
{
    struct scan_error error = {0};
    struct scan scan = {.bytes = rows->bytes, .n = rows->n, .data = rows, .row = add_row, .error = &error};
    uint64_t line, column;
    bool good = !whole || scan_utf8(&scan);

    if (good && data->format == SWARM_CSV) {
        scan.name = add_column;
        good = scan_csv(&scan);
    } else if (good) {
        good = data->format == SWARM_LINES ? scan_lines(&scan) : scan_json(&scan);
    }
    if (good) {
        return true;
    }
    scan_position(rows->bytes, error.offset, &line, &column);
    snprintf(why, size, "%s:%" PRIu64 ":%" PRIu64 ": %s", path, line, column, error.what);
    return false;
}

/* ------------------------------------------------------------------ does a file fit? */

static void ignore_row(void *data, size_t from, size_t to)
{
    (void)data;
    (void)from;
    (void)to;
}

static void look_for_key(void *data, const char *text, size_t n, bool escaped)
{
    struct rows *rows = data;

    (void)escaped;
    rows->found |= strlen(rows->missing_of) == n && memcmp(rows->missing_of, text, n) == 0;
}

static bool has_column(const struct swarm_data *data, struct rows *rows, const char *column)
{
    struct scan_error error;
    struct scan scan = {
        .bytes = rows->bytes, .n = rows->n, .data = rows, .row = ignore_row, .name = look_for_key, .error = &error};

    if (data->format == SWARM_ROWS_OF_JSON) {
        rows->missing_of = column;
        rows->found = false;
        (void)scan_json(&scan);
        return rows->found;
    }
    for (size_t i = 0; i < rows->column_count; i++) {
        if (rows->columns[i].n == strlen(column) && memcmp(rows->columns[i].text, column, rows->columns[i].n) == 0) {
            return true;
        }
    }
    return false;
}

static bool check_columns(const struct swarm_data *data, struct rows *rows, const char *path, char *why, size_t size)
{
    for (uint32_t i = 0; i < data->column_count; i++) {
        if (!has_column(data, rows, data->columns[i])) {
            snprintf(why, size, "%s has no column `%s`, which %s (%s) has", path, data->columns[i], data->name,
                     data->file);
            return false;
        }
    }
    return true;
}

/* ------------------------------------------------------------------ opening */

static bool fill(struct swarm_data *data, struct rows *rows, const char *path, bool embedded, char *why, size_t size)
{
    if (embedded) {
        rows->bytes = data->bytes;
        rows->n = data->size;
    } else if (!read_file(rows, path, why, size)) {
        return false;
    }
    if (!look_through(data, rows, path, !embedded, why, size)) {
        return false;
    }
    if (!embedded && !check_columns(data, rows, path, why, size)) {
        return false;
    }
    if (rows->count == 0 && data->strategy != SWARM_QUEUE) {
        snprintf(why, size, "%s has no rows", path);
        return false;
    }
    rows->offsets = memory_resize(rows->offsets, rows->count ? rows->count : 1, sizeof *rows->offsets);
    return true;
}

bool data_open(struct swarm_data *data, const char *file, bool given, const struct state_settings *settings,
               uint32_t index, char *why, size_t size)
{
    struct rows *rows = memory_new(1, sizeof *rows);
    bool embedded = !file && data->bytes;
    char *path = given ? memory_text(file, strlen(file)) : file_beside(data->file, settings->directory);
    size_t used;

    if (!fill(data, rows, embedded ? data->file : path, embedded, why, size)) {
        used = strlen(why);
        if (!embedded && !given && used < size) {
            snprintf(why + used, size - used,
                     "; files above 64 MB are read from beside the program, another place is said with "
                     "--data %s=FILE",
                     data->name);
        }
        free(path);
        forget(rows);
        return false;
    }
    free(path);
    rows->random = settings->seed ^ (UINT64_C(0x9e3779b97f4a7c15) * (index + 1));
    if (data->strategy == SWARM_SHUFFLE) {
        rows->order = memory_new(rows->count, sizeof *rows->order);
        for (size_t i = 0; i < rows->count; i++) {
            rows->order[i] = (uint32_t)i;
        }
    }
    uv_mutex_init(&rows->lock);
    data->state = rows;
    return true;
}

void data_close(struct swarm_data *data)
{
    struct rows *rows = data->state;

    if (rows) {
        uv_mutex_destroy(&rows->lock);
        forget(rows);
        data->state = NULL;
    }
}

uint32_t data_rows(const struct swarm_data *data)
{
    return (uint32_t)((const struct rows *)data->state)->count;
}

/* ------------------------------------------------------------------ the next row */

/* Fisher and Yates, one step each time; every round is a new permutation. */
static uint32_t shuffled(struct rows *rows)
{
    uint64_t i = rows->next++ % rows->count, other = i + random_below(&rows->random, rows->count - i);
    uint32_t row = rows->order[other];

    rows->order[other] = rows->order[i];
    rows->order[i] = row;
    return row;
}

/* False: there is none any more. */
static bool pick(struct strand *strand, const struct swarm_data *data, struct rows *rows, uint32_t *row)
{
    bool good = true;

    if (data->strategy == SWARM_RANDOM) {
        *row = (uint32_t)random_below(&strand->user->random, rows->count);
        return true;
    }
    uv_mutex_lock(&rows->lock);
    switch (data->strategy) {
    case SWARM_QUEUE:
        good = rows->next < rows->count;
        *row = (uint32_t)rows->next;
        rows->next += good;
        break;
    case SWARM_SHUFFLE:
        *row = shuffled(rows);
        break;
    default:
        *row = (uint32_t)(rows->next++ % rows->count);
    }
    uv_mutex_unlock(&rows->lock);
    return good;
}

static struct swarm_value text_of(const char *text, size_t n)
{
    return swarm_text(n ? text : "", (uint32_t)n);
}

static struct swarm_value csv_row(struct swarm_strand *s, const struct rows *rows, const char *p,
                                  const struct swarm_place *place)
{
    const char *end = rows->bytes + rows->n, *text = "";
    struct swarm_value *items = value_room(s, place, 2 * rows->column_count * sizeof *items);
    bool escaped;
    size_t n = 0;

    for (size_t i = 0; items && i < rows->column_count; i++) {
        p = scan_field(NULL, p, end, &text, &n, &escaped);
        items[2 * i] = rows->columns[i];
        items[2 * i + 1] = text_of(text, n);
        if (escaped) {
            char *copy = value_room(s, place, n);

            if (!copy) {
                return swarm_null();
            }
            items[2 * i + 1] = value_arena_text(copy, undouble(copy, text, n));
        }
        p += i + 1 < rows->column_count;
    }
    return items ? value_group(s, place, SWARM_OBJECT, items, (uint32_t)rows->column_count) : swarm_null();
}

static struct swarm_value row_at(struct swarm_strand *s, const struct swarm_data *data, const struct rows *rows,
                                 uint32_t row, const struct swarm_place *place)
{
    const char *p = rows->bytes + rows->offsets[row], *end = rows->bytes + rows->n, *stop;
    struct json_token token;

    switch (data->format) {
    case SWARM_CSV:
        return csv_row(s, rows, p, place);
    case SWARM_LINES:
        stop = memchr(p, '\n', (size_t)(end - p));
        stop = stop ? stop : end;
        return text_of(p, (size_t)(stop - p) - (stop[-1] == '\r'));
    default:
        (void)json_token(p, end, &token);
        return (struct swarm_value){.text = token.text, .n = token.n, .kind = SWARM_JSON, .owner = SWARM_PROGRAM};
    }
}

struct swarm_value swarm_next(struct swarm_strand *s, struct swarm_data *data, const struct swarm_place *place)
{
    struct rows *rows = data->state;
    uint32_t row;

    return pick(strand_of(s), data, rows, &row) ? row_at(s, data, rows, row, place) : swarm_null();
}

enum swarm_step swarm_take(struct swarm_strand *s, uint32_t at, struct swarm_data *data,
                           const struct swarm_place *place)
{
    struct strand *strand = strand_of(s);

    if (!strand_begin(strand, at)) {
        return strand_stopped(strand);
    }
    s->result = swarm_next(s, data, place);
    return SWARM_RUN;
}
