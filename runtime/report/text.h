/*
 * text.h - small things the reports share: texts and numbers as they are shown. Internal to report/.
 */
#ifndef SWARM_REPORT_TEXT_H
#define SWARM_REPORT_TEXT_H

#include <stdint.h>
#include <stdio.h>

#include "../stats/stats.h"

enum { TEXT_PERCENTILES = 11 };

/* Locust's PERCENTILES_TO_REPORT and their column titles. */
extern const double text_percentiles[TEXT_PERCENTILES];
extern const char *const text_percentile_labels[TEXT_PERCENTILES];

/* A text of the run as it may be shown: secrets masked, control characters escaped; to be freed with
 * free(). */
char *text_shown(const char *text);

/* The same with control characters left as they are (in CSV they are quoted). */
char *text_masked(const char *text);

/* A text padded on the right to `width` characters (code points). */
void text_put_padded(FILE *out, const char *text, int width);

/* The shortest decimal that reads back as the same double, as Python's repr writes it: 8938.371428571429,
 * 4.0, 1e-05. */
void text_put_float(FILE *out, double value);

/* Unix milliseconds as 2023-11-14T22:13:20Z. */
void text_put_utc(FILE *out, int64_t unix_ms);

#endif
