/*
 * text.h - small things the reports share: texts and numbers as they are shown. Internal to report/.
 */
#ifndef SWARM_REPORT_TEXT_H
#define SWARM_REPORT_TEXT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "../stats/stats.h"

enum { TEXT_PERCENTILES = 11 };

/* Locust's PERCENTILES_TO_REPORT and their column titles. */
extern const double text_percentiles[TEXT_PERCENTILES];
extern const char *const text_percentile_labels[TEXT_PERCENTILES];

/* Whether a percentile of n values says anything: at least one of them lies above it. Else it is the largest value so far,
 * and reports mark it. */
bool text_percentile_known(uint64_t n, double p);

/* A text of the run as it may be shown: secrets masked, control characters escaped; to be freed with
 * free(). */
char *text_shown(const char *text);

/* The same with control characters left as they are (in CSV they are quoted). */
char *text_masked(const char *text);

/* `text`, which is given away, with U+FFFD for each byte that is no UTF-8: a reader of a report may insist on it. */
char *text_valid(char *text);

/* The length of the UTF-8 character at `p`, a NUL-terminated text that has not ended; 0 when there is none (RFC 3629: no
 * overlong forms, no surrogates). */
int text_character(const unsigned char *p);
/* Writes it, U+FFFD for a byte that is none, and returns how many bytes of the text that was. */
int text_put_character(FILE *out, const unsigned char *p);

/* A text padded on the right to `width` characters (code points). */
void text_put_padded(FILE *out, const char *text, int width);

/* The shortest decimal that reads back as the same double, as Python's repr writes it: 8938.371428571429,
 * 4.0, 1e-05. */
void text_put_float(FILE *out, double value);

/* Unix milliseconds as 2023-11-14T22:13:20Z. */
void text_put_utc(FILE *out, int64_t unix_ms);

#endif
