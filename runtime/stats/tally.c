/* tally.c - see tally.h */
#include "tally.h"

#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"
#include "stats.h"

uint32_t tally_hash(uint32_t hash, const void *bytes, size_t len)
{
    const unsigned char *p = bytes;

    for (size_t i = 0; i < len; i++)
        hash = (hash ^ p[i]) * 16777619u;
    return hash;
}

size_t tally_cut(const char *text, size_t len, size_t limit)
{
    if (len <= limit)
        return len;
    while (limit > 0 && ((unsigned char)text[limit] & 0xc0) == 0x80)
        limit--;
    return limit;
}

/* ---- notes ------------------------------------------------------------------------------------------ */

static char *copy_or_null(const char *text)
{
    return text ? memory_text(text, strlen(text)) : NULL;
}

static uint32_t note_hash(const struct tally_note *note)
{
    uint32_t hash = tally_hash(TALLY_HASH, note->text, strlen(note->text));

    if (note->file) {
        hash = tally_hash(hash, note->file, strlen(note->file));
        hash = tally_hash(hash, &note->line, sizeof note->line);
    }
    return hash;
}

static bool same_note(const struct tally_note *a, const struct tally_note *b)
{
    if (a->hash != b->hash || a->line != b->line || !a->file != !b->file)
        return false;
    return strcmp(a->text, b->text) == 0 && (!a->file || strcmp(a->file, b->file) == 0);
}

static struct tally_note *find_note(struct tally_notes *notes, const struct tally_note *like)
{
    for (size_t i = 0; i < notes->count; i++) {
        if (same_note(&notes->items[i], like))
            return &notes->items[i];
    }
    return NULL;
}

static void count_note(struct tally_note *note, const struct tally_note *add)
{
    if (add->first_ms < note->first_ms)
        note->first_ms = add->first_ms;
    if (add->last_ms > note->last_ms)
        note->last_ms = add->last_ms;
    note->count += add->count;
}

static void append_note(struct tally_notes *notes, const struct tally_note *add)
{
    struct tally_note *note;

    notes->items = memory_grow(notes->items, notes->count, &notes->capacity, sizeof *notes->items);
    note = &notes->items[notes->count++];
    *note = *add;
    note->text = copy_or_null(add->text);
    note->file = copy_or_null(add->file);
    note->kind = copy_or_null(add->kind);
    note->task = copy_or_null(add->task);
}

static void note_add(struct tally_notes *notes, const struct tally_note *add, size_t limit, const char *rest)
{
    struct tally_note wanted = *add;
    struct tally_note *note;

    wanted.hash = note_hash(&wanted);
    note = find_note(notes, &wanted);
    if (!note && notes->count >= limit) {
        wanted.text = (char *)(uintptr_t)rest;
        wanted.line = 0;
        wanted.file = add->file ? (char *)(uintptr_t) "" : NULL;
        wanted.kind = wanted.task = wanted.file;
        wanted.hash = note_hash(&wanted);
        note = find_note(notes, &wanted);
    }
    if (note)
        count_note(note, &wanted);
    else
        append_note(notes, &wanted);
}

void tally_message_add(struct tally_notes *notes, const struct tally_note *add)
{
    note_add(notes, add, STATS_MESSAGES, "(other messages)");
}

void tally_error_add(struct tally_notes *notes, const struct tally_note *add)
{
    note_add(notes, add, STATS_ERRORS, "(other errors)");
}

static void empty_notes(struct tally_notes *notes)
{
    for (size_t i = 0; i < notes->count; i++) {
        free(notes->items[i].file);
        free(notes->items[i].kind);
        free(notes->items[i].task);
        free(notes->items[i].text);
    }
    notes->count = 0;
}

void tally_notes_free(struct tally_notes *notes)
{
    empty_notes(notes);
    free(notes->items);
    memset(notes, 0, sizeof *notes);
}

/* ---- tallies ---------------------------------------------------------------------------------------- */

bool tally_any(const struct tally *t)
{
    return t->requests || t->failures || t->tries || t->cut || t->dropped || t->messages.count;
}

void tally_merge(struct tally *into, const struct tally *from)
{
    if (from->requests > 0 && (into->requests == 0 || from->min_ns < into->min_ns))
        into->min_ns = from->min_ns;
    if (from->max_ns > into->max_ns)
        into->max_ns = from->max_ns;
    into->requests += from->requests;
    into->failures += from->failures;
    into->tries += from->tries;
    into->cut += from->cut;
    into->dropped += from->dropped;
    into->bytes += from->bytes;
    into->total_ns += from->total_ns;
    into->first_byte_ns += from->first_byte_ns;
    into->first_byte_count += from->first_byte_count;
    hist_merge(&into->times, &from->times);
    hist_merge(&into->scheduled, &from->scheduled);
}

void tally_clear(struct tally *t)
{
    struct hist times = t->times, scheduled = t->scheduled;
    struct tally_notes messages = t->messages;

    hist_clear(&times);
    hist_clear(&scheduled);
    empty_notes(&messages);
    *t = (struct tally){.times = times, .scheduled = scheduled, .messages = messages};
}

void tally_free(struct tally *t)
{
    hist_free(&t->times);
    hist_free(&t->scheduled);
    tally_notes_free(&t->messages);
    memset(t, 0, sizeof *t);
}
