/* suggest.c - did you mean ...? Edit distance with transpositions (Damerau-Levenshtein, restricted). */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "table.h"

enum { LONGEST = 64 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static bool same(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

static size_t edit_distance(const char *a, const char *b)
{
    size_t rows[3][LONGEST + 1], la = strlen(a), lb = strlen(b);
    size_t *older = rows[0], *old = rows[1], *now = rows[2];

    if (la > LONGEST || lb > LONGEST)
        return LONGEST;
    for (size_t j = 0; j <= lb; j++)
        old[j] = j;
    memset(older, 0, sizeof rows[0]);
    for (size_t i = 1; i <= la; i++) {
        size_t *spare = older;

        now[0] = i;
        for (size_t j = 1; j <= lb; j++) {
            now[j] = least(least(old[j], now[j - 1]) + 1, old[j - 1] + !same(a[i - 1], b[j - 1]));
            if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
                now[j] = least(now[j], older[j - 2] + 1);
        }
        older = old;
        old = now;
        now = spare;
    }
    return old[lb];
}

const char *suggest_elsewhere(const char *typed)
{
    static const struct {
        const char *theirs, *ours;
    } names[] = {
        {"vus", "users"},
        {"concurrency", "users"},
        {"connections", "users"},
        {"clients", "users"},
        {"c", "users"},
        {"duration", "run-time"},
        {"d", "run-time"},
        {"z", "run-time"},
        {"out", "json"},
        {"output", "json"},
        {"summary-export", "json"},
        {"tag", "label"},
        {"quiet", "only-summary"},
        {"q", "only-summary"},
        {"no-web", "headless"},
        {"csv-base-name", "csv"},
        {"base-url", "host"},
        {"url", "host"},
        {"report", "html"},
    };

    typed += strspn(typed, "-");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(typed, names[i].theirs) == 0)
            return names[i].ours;
    }
    return NULL;
}

void suggest_start(struct suggestion *s, const char *typed)
{
    s->typed = typed;
    s->best[0] = '\0';
    /* About one slip in three characters still looks like the same word. */
    s->distance = strlen(typed) / 3 + 2;
}

void suggest_offer(struct suggestion *s, const char *candidate)
{
    size_t distance = edit_distance(s->typed, candidate);

    if (distance < s->distance) {
        s->distance = distance;
        snprintf(s->best, sizeof s->best, "%s", candidate);
    }
}
