/*
 * csv_history.h - thins a history of CSV lines that has become too large. Internal to report/.
 */
#ifndef SWARM_CSV_HISTORY_H
#define SWARM_CSV_HISTORY_H

#include "file.h"

/* Replaces the file by one with the lines of every second moment: its first line (the header) stays, lines that begin with the
 * same field belong to one moment. `file` goes on with the new one. Returns 0, or an errno and then the old file is as it was. */
int csv_history_thin(struct file_growing *file, const char *path);

#endif
