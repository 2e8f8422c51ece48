#include "prepared.h"

#include <stdlib.h>
#include <strings.h>

#include "base/memory.h"
#include "digest.h"

/* ------------------------------------------------------------------ lists of headers */

struct header *header_list_find(const struct header_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcasecmp(list->items[i].name, name) == 0) {
            return &list->items[i];
        }
    }
    return NULL;
}

void header_list_set(struct header_list *list, const char *name, const char *value)
{
    struct header *header = header_list_find(list, name);

    if (!header) {
        list->items = memory_grow(list->items, list->count, &list->capacity, sizeof *list->items);
        header = &list->items[list->count++];
    }
    *header = (struct header){name, value};
}

void header_list_set_all(struct header_list *list, const struct fields *fields)
{
    for (size_t i = 0; i < fields->count; i++) {
        header_list_set(list, field_name(fields, &fields->items[i]), field_value(fields, &fields->items[i]));
    }
}

/* ------------------------------------------------------------------ making one */

/* The framing is ours. */
static bool unsent(const struct header *header)
{
    return !header->value || strcasecmp(header->name, "Content-Length") == 0 ||
           strcasecmp(header->name, "Transfer-Encoding") == 0;
}

static void merge(struct prepared *prepared)
{
    const struct swarm_call *call = prepared->call;
    struct header_list *list = &prepared->headers;
    size_t kept = 0;

    header_list_set_all(list, &prepared->kind->headers);
    if (call->compressed != SWARM_ENCODING_UNSAID) {
        header_list_set(list, "Accept-Encoding", http_accept_encoding((enum swarm_compressed)call->compressed));
    }
    for (uint32_t i = 0; i < call->header_count; i++) {
        header_list_set(list, call->headers[i].name, call->headers[i].value);
    }
    if (prepared->content_type && !header_list_find(list, "Content-Type")) {
        header_list_set(list, "Content-Type", prepared->content_type);
    }
    for (size_t i = 0; i < list->count; i++) {
        const struct header *header = &list->items[i];

        prepared->cookie |= strcasecmp(header->name, "Cookie") == 0;
        prepared->digest |= header->value && digest_kept(header->value);
        if (!unsent(header)) {
            list->items[kept++] = *header;
        }
    }
    list->count = kept;
}

static void write_lines(struct prepared *prepared)
{
    const struct http_target *target = &prepared->kind->target;
    struct bytes *out = &prepared->lines;

    if (!target->text.n) {
        return;
    }
    if (!header_list_find(&prepared->headers, "Host")) {
        bytes_add_text(out, "Host: ");
        url_write_host(out, &target->url);
        bytes_add_text(out, "\r\n");
    }
    for (size_t i = 0; i < prepared->headers.count; i++) {
        header_write(out, &prepared->headers.items[i]);
    }
}

/* A path that needs no cleaning, behind the target: known once and for all. */
static void write_request(struct prepared *prepared)
{
    const struct http_target *target = &prepared->kind->target;
    const struct swarm_call *call = prepared->call;
    const char *why;

    if (!call->url || call->build || call->url[0] != '/' || strchr(call->url, '#') || !target->text.n ||
        target->user.n) {
        return;
    }
    bytes_add(&prepared->text, target->text.p, target->text.n);
    bytes_add_text(&prepared->text, call->url);
    if (!url_parse(&prepared->url, prepared->text.p, prepared->text.n, &why)) {
        bytes_free(&prepared->text);
        return;
    }
    bytes_add_text(&prepared->request, call->method);
    bytes_add_char(&prepared->request, ' ');
    url_write_target(&prepared->request, &prepared->url);
    bytes_add_text(&prepared->request, " HTTP/1.1\r\n");
    bytes_add(&prepared->request, bytes_text(&prepared->lines), prepared->lines.n);
}

static struct prepared *make(const struct http_kind *kind, const struct swarm_call *call, const char *content_type)
{
    struct prepared *prepared = memory_new(1, sizeof *prepared);

    prepared->kind = kind;
    prepared->call = call;
    prepared->content_type = content_type;
    merge(prepared);
    write_lines(prepared);
    write_request(prepared);
    return prepared;
}

/* ------------------------------------------------------------------ the table */

static size_t place_of(const struct prepared_table *table, const struct http_kind *kind, const struct swarm_call *call)
{
    size_t at = ((uintptr_t)call / sizeof(void *) * 31 + (uintptr_t)kind / sizeof(void *)) & (table->capacity - 1);

    while (table->items[at] && (table->items[at]->call != call || table->items[at]->kind != kind)) {
        at = (at + 1) & (table->capacity - 1);
    }
    return at;
}

static void widen(struct prepared_table *table)
{
    struct prepared_table old = *table;

    table->capacity = old.capacity ? 2 * old.capacity : 64;
    table->items = memory_new(table->capacity, sizeof(struct prepared *));
    for (size_t i = 0; i < old.capacity; i++) {
        if (old.items[i]) {
            table->items[place_of(table, old.items[i]->kind, old.items[i]->call)] = old.items[i];
        }
    }
    free(old.items);
}

const struct prepared *prepared_of(struct prepared_table *table, const struct http_kind *kind,
                                   const struct swarm_call *call, const char *content_type)
{
    struct prepared **found;

    if (table->count * 2 >= table->capacity) {
        widen(table);
    }
    found = &table->items[place_of(table, kind, call)];
    if (!*found) {
        *found = make(kind, call, content_type);
        table->count++;
    }
    return *found;
}

void prepared_free_all(struct prepared_table *table)
{
    for (size_t i = 0; i < table->capacity; i++) {
        if (table->items[i]) {
            free(table->items[i]->headers.items);
            bytes_free(&table->items[i]->lines);
            bytes_free(&table->items[i]->text);
            bytes_free(&table->items[i]->request);
            free(table->items[i]);
        }
    }
    free(table->items);
    *table = (struct prepared_table){0};
}
