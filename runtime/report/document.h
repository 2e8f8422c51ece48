/*
 * document.h - what one report says, and the forms it is written in. Internal to report/. Each function writes a whole
 * document; errors of the FILE are the caller's to ask for.
 */
#ifndef SWARM_DOCUMENT_H
#define SWARM_DOCUMENT_H

#include <stdio.h>

#include "history.h"
#include "reports.h"

enum { DOCUMENT_VERSION = 1 }; /* of the JSON form: docs/report.schema.json */

struct document {
    const struct report_run *run;
    const struct stats_snapshot *snap;
    const struct history *history;
    const struct report_verdict *verdict; /* NULL: the run goes on */
    size_t row_histograms;                /* JSON: of how many rows (those with the most requests) */
};

void document_json(FILE *out, const struct document *doc);
void document_html(FILE *out, const struct document *doc);
void document_junit(FILE *out, const struct document *doc);
void document_prometheus(FILE *out, const struct document *doc);

#endif
