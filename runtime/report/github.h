/*
 * github.h - what a run under GitHub Actions says of its end: annotations on the standard output, and a summary of the
 * step. Does nothing unless GITHUB_ACTIONS is "true". Internal to report/.
 */
#ifndef SWARM_GITHUB_H
#define SWARM_GITHUB_H

#include "document.h"

/* `::error …` and `::warning …` lines for what failed the run, into `out`. */
void github_annotations(FILE *out, const struct document *doc);
/* The summary of the step in Markdown. */
void github_summary(FILE *out, const struct document *doc);

/* Both, where GitHub Actions wants them: annotations to stdout, or to stderr when the standard output carries a report;
 * the summary appended to the file that GITHUB_STEP_SUMMARY names. A summary that cannot be written is logged: the run is
 * not judged by it. */
void github_tell(const struct document *doc, bool stdout_taken);

#endif
