/* failure_keep.c - see failure_keep.h */
#include "failure_keep.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../base/memory.h"
#include "../log/log.h"
#include "../log/secret.h"
#include "../stats/stats.h"
#include "../stats/tally.h"
#include "text.h"

enum { SLOTS = 512 }; /* a power of two, more than twice FAILURE_KEEP_MOST */
_Static_assert(SLOTS > 2 * FAILURE_KEEP_MOST, "probing ends");

/* Failures that are known, by hash; 0: free. And what was kept of them, in order. */
static _Atomic uint64_t known[SLOTS];
static atomic_uint known_count, next_place;
static struct kept_failure *_Atomic kept[FAILURE_KEEP_MOST];

/* FNV-1a, 64 bits (http://www.isthe.com/chongo/tech/comp/fnv/) */
static uint64_t hash_add(uint64_t hash, const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ (unsigned char)p[i]) * UINT64_C(1099511628211);
    return (hash ^ 0xff) * UINT64_C(1099511628211);
}

bool failure_keep_wants(const char *type, const char *name, const char *message, size_t n)
{
    uint64_t hash = UINT64_C(14695981039346656037);

    if (atomic_load_explicit(&known_count, memory_order_relaxed) >= FAILURE_KEEP_MOST)
        return false;
    hash = hash_add(hash, type, strlen(type));
    hash = hash_add(hash, name, strlen(name));
    hash = hash_add(hash, message, n);
    hash += hash == 0;
    for (size_t i = (size_t)hash;; i++) {
        uint64_t there = atomic_load(&known[i % SLOTS]);

        if (there == 0 && atomic_compare_exchange_strong(&known[i % SLOTS], &there, hash))
            return atomic_fetch_add(&known_count, 1) < FAILURE_KEEP_MOST;
        if (there == hash)
            return false;
    }
}

static const char *masked_copy(const char *text)
{
    char *masked = secret_mask(text, strlen(text), NULL);

    return masked ? masked : memory_text(text, strlen(text));
}

/* As the statistics keep it. */
static const char *message_copy(const char *text)
{
    char *masked = secret_mask(text, strlen(text), NULL), *kept_text;

    kept_text = memory_text(masked ? masked : text,
                            tally_cut(masked ? masked : text, strlen(masked ? masked : text), STATS_MESSAGE_BYTES));
    free(masked);
    return kept_text;
}

void failure_keep_add(const struct kept_failure *failure)
{
    struct kept_failure *copy = memory_new(1, sizeof *copy);
    unsigned place = atomic_fetch_add(&next_place, 1);

    *copy = *failure;
    copy->type = memory_text(failure->type, strlen(failure->type));
    copy->name = memory_text(failure->name, strlen(failure->name));
    copy->message = message_copy(failure->message);
    copy->kind = memory_text(failure->kind, strlen(failure->kind));
    copy->task = memory_text(failure->task, strlen(failure->task));
    copy->request = masked_copy(failure->request);
    copy->response = masked_copy(failure->response);
    if (place < FAILURE_KEEP_MOST)
        atomic_store(&kept[place], copy);
}

/* A place that was taken may not be filled yet: what is behind it waits. */
size_t failure_keep_count(void)
{
    size_t n = 0;

    while (n < FAILURE_KEEP_MOST && atomic_load(&kept[n]))
        n++;
    return n;
}

const struct kept_failure *failure_keep_at(size_t index)
{
    return index < FAILURE_KEEP_MOST ? atomic_load(&kept[index]) : NULL;
}

const struct kept_failure *failure_keep_find(const char *type, const char *name, const char *message)
{
    for (size_t i = 0; i < FAILURE_KEEP_MOST; i++) {
        const struct kept_failure *one = atomic_load(&kept[i]);

        if (one && strcmp(one->type, type) == 0 && strcmp(one->name, name) == 0 && strcmp(one->message, message) == 0)
            return one;
    }
    return NULL;
}

void failure_keep_clear(void)
{
    for (size_t i = 0; i < FAILURE_KEEP_MOST; i++) {
        struct kept_failure *one = atomic_exchange(&kept[i], NULL);
        const char *const texts[] = {one ? one->type : NULL,    one ? one->name : NULL, one ? one->message : NULL,
                                     one ? one->kind : NULL,    one ? one->task : NULL, one ? one->request : NULL,
                                     one ? one->response : NULL};

        for (size_t k = 0; k < sizeof texts / sizeof *texts; k++)
            free((char *)(uintptr_t)texts[k]);
        free(one);
    }
    for (size_t i = 0; i < SLOTS; i++)
        atomic_store(&known[i], 0);
    atomic_store(&known_count, 0);
    atomic_store(&next_place, 0);
}

/* ---- showing them ----------------------------------------------------------------------------------- */

/* Each line behind the sign, control characters escaped. */
static void put_lines(FILE *out, char sign, const char *text)
{
    while (*text) {
        size_t len = strcspn(text, "\n"), size = len * 4 + 12, shown;
        char *line = memory_new(size, 1);

        shown = log_escape(line, size, text, len > 0 && text[len - 1] == '\r' ? len - 1 : len);
        fprintf(out, "   %c%s", sign, shown ? " " : "");
        fwrite(line, 1, shown, out);
        fputc('\n', out);
        free(line);
        text += len + (text[len] == '\n');
    }
}

static uint64_t occurrences(const struct stats_snapshot *snap, const struct kept_failure *one)
{
    for (size_t r = 0; r < snap->row_count; r++) {
        const struct stats_row_view *row = &snap->rows[r];

        if (strcmp(row->type, one->type) != 0 || strcmp(row->name, one->name) != 0)
            continue;
        for (size_t m = 0; m < row->message_count; m++) {
            if (strcmp(row->messages[m].text, one->message) == 0)
                return row->messages[m].count;
        }
    }
    return 0;
}

static void put_one(FILE *out, size_t number, const struct kept_failure *one, uint64_t count)
{
    char *name = text_shown(one->name), *message = text_shown(one->message), when[64];
    time_t seconds = (time_t)(one->unix_ms / 1000);
    struct tm tm;

    localtime_r(&seconds, &tm);
    strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S", &tm);
    fprintf(out, "%zu. %s %s: %s", number, one->type, name, message);
    if (count > 0)
        fprintf(out, " (%llu time%s)", (unsigned long long)count, count == 1 ? "" : "s");
    fprintf(out, "\n   first met by %s, user %llu, in %s, at %s,%03d, after %.2f ms\n", one->kind,
            (unsigned long long)one->user, one->task[0] ? one->task : "no task", when, (int)(one->unix_ms % 1000),
            (double)one->duration_ns / 1e6);
    put_lines(out, '>', one->request);
    put_lines(out, '<', one->response[0] ? one->response : "(no answer)");
    fputc('\n', out);
    free(name);
    free(message);
}

void failure_keep_print(FILE *out, const struct stats_snapshot *snap)
{
    size_t count = failure_keep_count();

    if (count == 0)
        return;
    fputs("The first failing request of each failure\n", out);
    for (size_t i = 0; i < count; i++)
        put_one(out, i + 1, failure_keep_at(i), occurrences(snap, failure_keep_at(i)));
    if (atomic_load(&known_count) >= FAILURE_KEEP_MOST)
        fprintf(out, "(of the first %d failures; more are not kept)\n\n", FAILURE_KEEP_MOST);
}
